//! Whether a token is right: signed by the provider, for us, now, in answer to our question (OpenID Connect Core 1.0,
//! section 3.1.3.7 and 3.1.3.8).

use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::core::{
    CoreIdToken, CoreIdTokenClaims, CoreIdTokenVerifier, CoreJsonWebKey, CoreJsonWebKeySet,
    CoreJwsSigningAlgorithm,
};
use openidconnect::{
    AccessToken, AccessTokenHash, ClaimsVerificationError, ClientId, IssuerUrl, Nonce,
    SignatureVerificationError,
};

use super::LoginError;

/// Signatures we take: those that only the provider can make. Never `none`, and never one by a secret we share.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 4] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EdDsa,
];
/// How far the provider's clock and ours may be apart.
const SKEW: TimeDelta = TimeDelta::seconds(60);
/// How long ago a token may have been made: it is fetched the moment it is.
const FRESH: TimeDelta = TimeDelta::minutes(5);

/// What the token must say.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a IssuerUrl,
    pub(super) client_id: &'a str,
    pub(super) nonce: &'a str,
    /// The strengths that are enough; empty takes any.
    pub(super) acr: &'a [String],
    /// How long ago somebody may have logged in, in seconds.
    pub(super) max_age: u32,
    pub(super) now: DateTime<Utc>,
}

/// A token that is right, with what made it so.
pub(super) struct Verified {
    pub(super) claims: CoreIdTokenClaims,
    pub(super) auth_time: DateTime<Utc>,
    algorithm: CoreJwsSigningAlgorithm,
    key: CoreJsonWebKey,
}

pub(super) fn verify(
    id_token: &CoreIdToken,
    keys: CoreJsonWebKeySet,
    expected: &Expected<'_>,
) -> Result<Verified, LoginError> {
    let now = expected.now;
    // As a public client even where we have a secret: then nothing the secret signs is taken.
    let id = ClientId::new(expected.client_id.to_owned());
    let verifier = CoreIdTokenVerifier::new_public_client(id, expected.issuer.clone(), keys)
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(move || now)
        .set_issue_time_verifier_fn(move |issued| {
            if issued <= now + SKEW && issued >= now - FRESH { Ok(()) } else { Err(String::new()) }
        });
    let nonce = Nonce::new(expected.nonce.to_owned());
    let claims = id_token.claims(&verifier, &nonce).map_err(|error| of_claims(&error))?.clone();
    if claims.authorized_party().is_some_and(|party| party.as_str() != expected.client_id) {
        return Err(LoginError::Audience);
    }
    let auth_time = logged_in(&claims, expected)?;
    strong_enough(&claims, expected.acr)?;
    let algorithm = id_token.signing_alg().map_err(|error| of_signature(&error))?.clone();
    let key = id_token.signing_key(&verifier).map_err(|error| of_signature(&error))?.clone();
    Ok(Verified { claims, auth_time, algorithm, key })
}

impl Verified {
    /// Whether the access token came with this token, where the provider says by which it is known (`at_hash`).
    pub(super) fn belongs_with(&self, access: &AccessToken) -> Result<(), LoginError> {
        let Some(told) = self.claims.access_token_hash() else { return Ok(()) };
        let ours = AccessTokenHash::from_token(access, &self.algorithm, &self.key);
        if ours.is_ok_and(|ours| ours == *told) { Ok(()) } else { Err(LoginError::AccessToken) }
    }
}

/// `max_age` was asked, so the provider must say when they logged in.
fn logged_in(
    claims: &CoreIdTokenClaims,
    expected: &Expected<'_>,
) -> Result<DateTime<Utc>, LoginError> {
    let at = claims.auth_time().ok_or(LoginError::TooOld)?;
    let oldest = expected.now - TimeDelta::seconds(expected.max_age.into()) - SKEW;
    if at >= oldest && at <= expected.now + SKEW { Ok(at) } else { Err(LoginError::TooOld) }
}

fn strong_enough(claims: &CoreIdTokenClaims, enough: &[String]) -> Result<(), LoginError> {
    let said = claims.auth_context_ref().map(|acr| acr.as_str());
    let is_enough = said.is_some_and(|said| enough.iter().any(|acr| acr == said));
    if enough.is_empty() || is_enough { Ok(()) } else { Err(LoginError::TooWeak) }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the library may add errors; each is strange")]
fn of_claims(error: &ClaimsVerificationError) -> LoginError {
    match error {
        ClaimsVerificationError::Expired(_) => LoginError::Expired,
        ClaimsVerificationError::InvalidAudience(_) => LoginError::Audience,
        ClaimsVerificationError::InvalidIssuer(_) => LoginError::Issuer,
        ClaimsVerificationError::InvalidNonce(_) => LoginError::Nonce,
        ClaimsVerificationError::SignatureVerification(error) => of_signature(error),
        _ => LoginError::Strange,
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the library may add errors; each is strange")]
fn of_signature(error: &SignatureVerificationError) -> LoginError {
    match error {
        SignatureVerificationError::CryptoError(_) | SignatureVerificationError::InvalidKey(_) => {
            LoginError::Signature
        }
        SignatureVerificationError::DisallowedAlg(_)
        | SignatureVerificationError::NoSignature
        | SignatureVerificationError::UnsupportedAlg(_) => LoginError::Algorithm,
        SignatureVerificationError::NoMatchingKey
        | SignatureVerificationError::AmbiguousKeyId(_) => LoginError::Key,
        _ => LoginError::Strange,
    }
}
