//! Speaking with the provider: its announcement, its answers, and what they mean when they are not what we hoped for.

use std::time::{Duration, Instant};

use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClient, CoreClientAuthMethod,
    CoreErrorResponseType, CoreGrantType, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm, CoreRequestTokenError, CoreResponseMode, CoreResponseType,
    CoreSubjectIdentifierType,
};
use openidconnect::{
    AdditionalProviderMetadata, AuthType, ClientId, ClientSecret, ConfigurationError,
    DiscoveryError, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse,
    ProviderMetadata, RequestTokenError, UserInfoError,
};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use ureq::Agent;
use ureq::http::Uri;

use super::{LoginError, LoginSettings};
use crate::web::{self, WebError};

/// No answer of a provider is larger, in bytes.
const LIMIT: u64 = 256 << 10;

/// What providers announce beyond OpenID Connect Discovery.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Announced {
    /// Whether it says who it is on the way back (RFC 9207, section 3).
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for Announced {}

pub(super) type Metadata = ProviderMetadata<
    Announced,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

pub(super) type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Some requests that together may take so long and no longer.
pub(super) struct Errand<'a> {
    web: &'a Agent,
    until: Instant,
}

impl<'a> Errand<'a> {
    pub(super) fn new(web: &'a Agent, patience: Duration) -> Self {
        Self { web, until: Instant::now() + patience }
    }

    /// One request. Nothing goes out in clear to another machine, whatever the provider announced.
    pub(super) fn ask(&self, request: HttpRequest) -> Result<HttpResponse, WebError> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(WebError::TimedOut);
        }
        web::ask_within(self.web, request, LIMIT, Some(left))
    }
}

pub(super) fn is_safe(address: &str) -> bool {
    address.parse::<Uri>().is_ok_and(|uri| web::is_safe(&uri))
}

/// Whether the browser may be sent back there: over https, or without leaving its own machine (`localhost` and the names
/// below it, RFC 6761).
pub(super) fn leads_back(address: &str) -> bool {
    let uri = address.parse::<Uri>();
    let is_here = |uri: &Uri| {
        uri.scheme_str() == Some("http")
            && uri.host().is_some_and(|host| host.ends_with(".localhost"))
    };
    uri.is_ok_and(|uri| web::is_safe(&uri) || is_here(&uri))
}

/// Whether everything the provider announced may be asked.
pub(super) fn is_whole(metadata: &Metadata) -> bool {
    let Some(token) = metadata.token_endpoint() else { return false };
    let told = metadata.userinfo_endpoint().map(|address| address.as_str());
    let others =
        [metadata.authorization_endpoint().as_str(), token.as_str(), metadata.jwks_uri().as_str()];
    others.into_iter().chain(told).all(is_safe)
}

/// Us, as the provider wants to be told: the secret in the header, unless it takes it only in the body.
pub(super) fn client(settings: &LoginSettings, metadata: &Metadata) -> Client {
    let secret = settings.client_secret.as_ref();
    let secret = secret.map(|secret| ClientSecret::new(secret.expose_secret().to_owned()));
    let id = ClientId::new(settings.client_id.clone());
    let client = CoreClient::from_provider_metadata(metadata.clone(), id, secret);
    let methods = metadata.token_endpoint_auth_methods_supported();
    let only_in_body = methods.is_some_and(|methods| {
        !methods.contains(&CoreClientAuthMethod::ClientSecretBasic)
            && methods.contains(&CoreClientAuthMethod::ClientSecretPost)
    });
    if only_in_body { client.set_auth_type(AuthType::RequestBody) } else { client }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the library may add errors; each is strange")]
pub(super) fn of_discovery(error: &DiscoveryError<WebError>) -> LoginError {
    match error {
        DiscoveryError::Request(error) => LoginError::Web(*error),
        DiscoveryError::UrlParse(_) => LoginError::Address,
        DiscoveryError::Response(status, ..) if status.is_server_error() => LoginError::Failed,
        _ => LoginError::Strange,
    }
}

pub(super) fn of_token(error: &CoreRequestTokenError<WebError>) -> LoginError {
    match error {
        RequestTokenError::Request(error) => LoginError::Web(*error),
        RequestTokenError::ServerResponse(answer) => match answer.error() {
            CoreErrorResponseType::InvalidGrant => LoginError::Code,
            CoreErrorResponseType::InvalidClient
            | CoreErrorResponseType::InvalidRequest
            | CoreErrorResponseType::InvalidScope
            | CoreErrorResponseType::UnauthorizedClient
            | CoreErrorResponseType::UnsupportedGrantType => LoginError::Client,
            CoreErrorResponseType::Extension(_) => LoginError::Strange,
        },
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => LoginError::Strange,
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the library may add errors; each is strange")]
pub(super) fn of_user_info(error: &UserInfoError<WebError>) -> LoginError {
    match error {
        UserInfoError::Request(error) => LoginError::Web(*error),
        UserInfoError::ClaimsVerification(_) => LoginError::Subject,
        UserInfoError::Response(status, ..) if status.is_server_error() => LoginError::Failed,
        _ => LoginError::Strange,
    }
}

/// The library refuses a request to an address that was not announced.
pub(super) const fn not_announced(_: ConfigurationError) -> LoginError {
    LoginError::Strange
}
