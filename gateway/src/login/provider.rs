//! The provider: the way to it, and the way back.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use openidconnect::core::{
    CoreAuthenticationFlow, CoreIdToken, CoreJsonWebKeySet, CoreTokenResponse, CoreUserInfoClaims,
};
use openidconnect::{
    AccessToken, AuthenticationContextClass, AuthorizationCode, CsrfToken, IssuerUrl, LanguageTag,
    Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope,
    TokenResponse as _,
};
use sha2::{Digest as _, Sha256};
use ureq::Agent;

use super::token::{self, Expected, Verified};
use super::wire::{self, Client, Errand, Metadata, of_discovery};
use super::{Back, Begun, Claims, Email, Kept, LoginError, LoginSettings, Phone};
use crate::web;

/// The carrier's login.
#[derive(Debug)]
pub struct Provider {
    web: Agent,
    settings: LoginSettings,
    metadata: Metadata,
    client: Client,
    /// What it publishes, as it was last seen; it changes its keys from time to time.
    keys: Mutex<CoreJsonWebKeySet>,
}

impl Provider {
    /// Asks the provider what it can do, and for its keys.
    pub fn discover(settings: LoginSettings, roots_pem: &[u8]) -> Result<Self, LoginError> {
        let web = web::agent(roots_pem, settings.patience);
        let issuer = IssuerUrl::new(settings.issuer.clone()).map_err(|_| LoginError::Address)?;
        let redirect = RedirectUrl::new(settings.redirect_uri.clone());
        let redirect = redirect.map_err(|_| LoginError::Address)?;
        if !wire::is_safe(&settings.issuer) || !wire::leads_back(&settings.redirect_uri) {
            return Err(LoginError::Address);
        }
        let errand = Errand::new(&web, settings.patience);
        let metadata = Metadata::discover(&issuer, &|request| errand.ask(request));
        let metadata = metadata.map_err(|error| of_discovery(&error))?;
        if !wire::is_whole(&metadata) {
            return Err(LoginError::Address);
        }
        let client = wire::client(&settings, &metadata).set_redirect_uri(redirect);
        let keys = Mutex::new(metadata.jwks().clone());
        Ok(Self { web, settings, metadata, client, keys })
    }

    /// The origin of the page somebody logs in on, such as `https://id.carrier.example`: the one that a form of ours may
    /// lead to.
    pub fn origin(&self) -> String {
        self.metadata.authorization_endpoint().url().origin().ascii_serialization()
    }

    /// Begins a login, with the page in a language if the provider has it (`ko`).
    pub fn begin(&self, language: Option<&str>) -> Begun {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let request = self.client.authorize_url(flow, CsrfToken::new_random, Nonce::new_random);
        let mut request = request
            .set_pkce_challenge(challenge)
            .set_max_age(Duration::from_secs(self.settings.max_age.into()))
            .add_scopes(self.settings.scopes.iter().cloned().map(Scope::new));
        for acr in &self.settings.acr {
            request = request.add_auth_context_value(AuthenticationContextClass::new(acr.clone()));
        }
        if let Some(language) = language {
            request = request.add_ui_locale(LanguageTag::new(language.to_owned()));
        }
        let (url, state, nonce) = request.url();
        let kept = Kept {
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            pkce_verifier: verifier.into_secret(),
        };
        Begun { url: url.into(), kept }
    }

    /// Ends a login: what the provider says of who came back, if everything about it is right. `kept` counts once: the
    /// caller forgets it before it calls this.
    pub fn finish(
        &self,
        kept: &Kept,
        back: &Back<'_>,
        now: DateTime<Utc>,
    ) -> Result<Claims, LoginError> {
        let code = self.code(kept, back)?;
        let errand = Errand::new(&self.web, self.settings.patience);
        let tokens = self.redeem(&errand, code, &kept.pkce_verifier)?;
        let id_token = tokens.id_token().ok_or(LoginError::Strange)?;
        let verified = self.verify(&errand, id_token, &kept.nonce, now)?;
        verified.belongs_with(tokens.access_token())?;
        self.claims(&errand, &verified, tokens.access_token())
    }

    /// The code, if the same browser brought it back from the same provider.
    fn code(&self, kept: &Kept, back: &Back<'_>) -> Result<AuthorizationCode, LoginError> {
        let state = back.state.ok_or(LoginError::State)?;
        // By their hashes, so that the time it takes tells nothing of the state.
        if Sha256::digest(state) != Sha256::digest(&kept.state) {
            return Err(LoginError::State);
        }
        let announced = self.metadata.additional_metadata();
        match back.iss {
            Some(iss) if iss == self.settings.issuer => {}
            None if !announced.authorization_response_iss_parameter_supported => {}
            Some(_) | None => return Err(LoginError::Issuer),
        }
        // The words of RFC 6749, section 4.1.2.1; those of OpenID Connect say that nobody was logged in.
        match (back.error, back.code) {
            (None, Some(code)) => Ok(AuthorizationCode::new(code.to_owned())),
            (None, None) => Err(LoginError::Strange),
            (Some("server_error" | "temporarily_unavailable"), _) => Err(LoginError::Failed),
            (
                Some(
                    "invalid_request"
                    | "unauthorized_client"
                    | "invalid_scope"
                    | "unsupported_response_type",
                ),
                _,
            ) => Err(LoginError::Client),
            (Some(_), _) => Err(LoginError::Declined),
        }
    }

    fn redeem(
        &self,
        errand: &Errand<'_>,
        code: AuthorizationCode,
        verifier: &str,
    ) -> Result<CoreTokenResponse, LoginError> {
        let request = self.client.exchange_code(code).map_err(wire::not_announced)?;
        request
            .set_pkce_verifier(PkceCodeVerifier::new(verifier.to_owned()))
            .request(&|request| errand.ask(request))
            .map_err(|error| wire::of_token(&error))
    }

    /// A key nobody has heard of may be a new one: the provider is asked for its keys again, once.
    fn verify(
        &self,
        errand: &Errand<'_>,
        id_token: &CoreIdToken,
        nonce: &str,
        now: DateTime<Utc>,
    ) -> Result<Verified, LoginError> {
        let expected = Expected {
            issuer: self.metadata.issuer(),
            client_id: &self.settings.client_id,
            nonce,
            acr: &self.settings.acr,
            max_age: self.settings.max_age,
            now,
        };
        let known = self.keys.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match token::verify(id_token, known, &expected) {
            Err(LoginError::Key) => {}
            other => return other,
        }
        let asking = |request| errand.ask(request);
        let fetched = CoreJsonWebKeySet::fetch(self.metadata.jwks_uri(), &asking);
        let fetched = fetched.map_err(|error| of_discovery(&error))?;
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&fetched);
        token::verify(id_token, fetched, &expected)
    }

    /// What was asked for and is not in the token, the provider tells whoever has the access token.
    fn claims(
        &self,
        errand: &Errand<'_>,
        verified: &Verified,
        access: &AccessToken,
    ) -> Result<Claims, LoginError> {
        let signed = &verified.claims;
        let mut phone = signed
            .phone_number()
            .and_then(|number| Phone::read(number.as_str(), signed.phone_number_verified()));
        let mut email = signed
            .email()
            .and_then(|address| Email::read(address.as_str(), signed.email_verified()));
        let asked = |scope: &str| self.settings.scopes.iter().any(|asked| asked == scope);
        let missing = asked("phone") && phone.is_none() || asked("email") && email.is_none();
        if missing && self.metadata.userinfo_endpoint().is_some() {
            let told = self.told(errand, verified, access)?;
            phone = phone.or_else(|| {
                Phone::read(told.phone_number()?.as_str(), told.phone_number_verified())
            });
            email = email.or_else(|| Email::read(told.email()?.as_str(), told.email_verified()));
        }
        let amr = signed.auth_method_refs().into_iter().flatten();
        Ok(Claims {
            subject: signed.subject().as_str().to_owned(),
            phone,
            email,
            acr: signed.auth_context_ref().map(|acr| acr.as_str().to_owned()),
            amr: amr.map(|means| means.as_str().to_owned()).collect(),
            auth_time: verified.auth_time,
        })
    }

    /// The same person's data, from the address the provider announced for it.
    fn told(
        &self,
        errand: &Errand<'_>,
        verified: &Verified,
        access: &AccessToken,
    ) -> Result<CoreUserInfoClaims, LoginError> {
        let subject = verified.claims.subject().clone();
        let request = self.client.user_info(access.clone(), Some(subject));
        let request = request.map_err(wire::not_announced)?;
        request.request(&|request| errand.ask(request)).map_err(|error| wire::of_user_info(&error))
    }
}
