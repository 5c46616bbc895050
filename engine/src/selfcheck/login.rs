//! The carrier's own login instead of a code.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use simrecall_core::access::{Purpose, Way, refused};
use simrecall_core::id::RequestId;
use simrecall_core::incident::Channel;
use simrecall_gateway::login::{Back, Claims, Kept, LoginError, LoginSettings, Provider};
use simrecall_store::permit::PermitRequest;
use simrecall_store::proof_request::{ProofRequest, Spent};
use simrecall_store::seal::{Field, Table};
use simrecall_store::session::Session;

use super::door::{ACTOR, Door, compromised};
use super::key::{Browser, SessionKey};
use super::shown::{LoggedIn, LoginBack, LoginStart};
use super::who::{Found, unopened};
use crate::config::{LoginBinds, LoginConfig};
use crate::home::random;
use crate::problem::{Problem, Result};
use crate::routes::{password, roots};
use crate::staff::{hex, unhex_any};

/// How long the provider may take at the beginning of a login, and again at its end. Somebody is waiting.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is remembered of somebody who is at the provider.
#[derive(Serialize, Deserialize)]
struct Away {
    kept: Kept,
    /// The tag of the language they read here.
    language: String,
}

impl Door {
    /// Begins a login at the carrier. `language` is the tag of the language its page may speak.
    ///
    /// The provider is asked who it is at the first login; nobody is logged in while it does not answer.
    pub fn login(&self, browser: &Browser<'_>, language: &str) -> Result<LoginStart> {
        self.is_open(Way::Login)?;
        self.spend_request(browser)?;
        let begun = self.provider()?.begin(Some(language));
        let (session, new) = self.pre_session(None, browser)?;
        let now = self.now();
        let id = RequestId::from_bytes(random()?);
        let request = ProofRequest {
            session: session.id(),
            id,
            way: Way::Login,
            // A login names nobody before it comes back.
            msisdn: [0; 16],
            email: None,
            target: self.budget_key(&[b"login"]),
            code: None,
            reference: Some(
                self.sealed(id, &Away { kept: begun.kept, language: language.to_owned() })?,
            ),
            tries_left: 1,
            made_at: now,
            expires_at: now + self.inner.config.limits.code_life.0,
        };
        self.inner.home.store.write(|tx| {
            new.as_ref().map_or(Ok(()), |new| tx.start_session(new))?;
            tx.put_request(&request)
        })?;
        Ok(LoginStart { session, url: begun.url })
    }

    /// Trades what a login came back with for a proved session. It comes back once, to the browser that went.
    pub fn logged_in(
        &self,
        key: &SessionKey,
        browser: &Browser<'_>,
        back: &LoginBack<'_>,
    ) -> Result<LoggedIn> {
        self.is_open(Way::Login)?;
        let session = self.unproved(key, browser)?;
        let Away { kept, language } = self.kept(&session)?;
        let LoginBack { code, state, iss, error } = *back;
        let back = Back { code, state, iss, error };
        let claims = self.provider()?.finish(&kept, &back, self.now()).map_err(failed)?;
        let config = self.inner.config.login.as_ref().ok_or_else(not_set_up)?;
        let relies = relies(config, &claims);
        if let Some(channel) = refused(&relies, &self.compromised()?) {
            return Err(compromised(channel));
        }
        let found = self.named(config.binds, &claims)?;
        let session = self.proved(&session, Way::Login, relies, found)?;
        Ok(LoggedIn { session, language })
    }

    fn named(&self, binds: LoginBinds, claims: &Claims) -> Result<Found> {
        match binds {
            LoginBinds::Subscriber => self.by_reference(&claims.subject),
            LoginBinds::PhoneNumber => {
                let verified = claims.phone.as_ref().filter(|phone| phone.verified);
                verified.map_or(Ok(Found::Nobody), |phone| {
                    self.by_line(&self.inner.keys.blind(Field::Msisdn, phone.number.expose()))
                })
            }
        }
    }

    /// What a login of this session began with; it is used up.
    fn kept(&self, session: &Session) -> Result<Away> {
        let now = self.now();
        let spent = self.inner.home.store.write(|tx| {
            let spent = tx.spend_try(session.id, now)?;
            match &spent {
                Spent::Try(request) if request.way == Way::Login => {
                    tx.use_request(session.id, request.id).map(|used| used.then_some(spent))
                }
                Spent::Try(_) | Spent::UsedUp | Spent::Expired | Spent::Nothing => Ok(None),
            }
        })?;
        let over = || failed(LoginError::State);
        let Some(Spent::Try(request)) = spent else { return Err(over()) };
        let sealed = request.reference.as_deref().and_then(unhex_any).ok_or_else(over)?;
        let mut permit = self.inner.home.permit(&PermitRequest {
            purpose: Purpose::CustomerRequest,
            actor: ACTOR.to_owned(),
            incident: None,
            scope: "what a login began with".to_owned(),
            fields: vec!["state".to_owned()],
            rows: 1,
        })?;
        let opened = permit.open(&self.inner.service, Table::Login, request.id.as_bytes(), &sealed);
        let opened = opened.map_err(unopened)?;
        serde_json::from_slice(&opened).map_err(|_| over())
    }

    fn sealed(&self, id: RequestId, away: &Away) -> Result<String> {
        let failed = || Problem::ours("sealed", "a login cannot be sealed");
        let plain = zeroize::Zeroizing::new(serde_json::to_vec(away).map_err(|_| failed())?);
        let sealed = self.inner.service.seal(Table::Login, id.as_bytes(), &plain);
        sealed.map(|sealed| hex(&sealed)).map_err(|error| failed().caused_by(error))
    }

    fn provider(&self) -> Result<Arc<Provider>> {
        if let Some(provider) = self.inner.login.known() {
            return Ok(provider);
        }
        let config = self.inner.config.login.as_ref().ok_or_else(not_set_up)?;
        let roots = roots(&self.inner.home, config.tls_roots.as_deref())?;
        let settings = self.settings(config)?;
        self.inner.login.provider(|| Provider::discover(settings, &roots)).map_err(failed)
    }

    fn settings(&self, config: &LoginConfig) -> Result<LoginSettings> {
        let home = &self.inner.home;
        let secret = config.client_secret_file.as_ref().map(|file| password(home, file));
        let secret: Option<SecretString> = secret.transpose()?;
        let scopes = match config.binds {
            LoginBinds::Subscriber => Vec::new(),
            LoginBinds::PhoneNumber => vec!["phone".to_owned()],
        };
        let max_age = self.inner.config.limits.code_life.0.num_seconds();
        Ok(LoginSettings {
            issuer: config.issuer.clone(),
            client_id: config.client_id.clone(),
            client_secret: secret,
            redirect_uri: format!("{}/login/callback", self.inner.config.origin()),
            scopes,
            acr: config.acr.iter().cloned().collect(),
            max_age: u32::try_from(max_age).unwrap_or(u32::MAX),
            patience: PATIENCE,
        })
    }
}

/// The channels a login went over: those it always does, and those its own words name.
fn relies(config: &LoginConfig, claims: &Claims) -> BTreeSet<Channel> {
    let said = claims.amr.iter().chain(claims.acr.iter());
    let more = said.filter_map(|word| config.methods.get(word)).flatten();
    config.relies.iter().chain(more).copied().collect()
}

fn failed(error: LoginError) -> Problem {
    Problem::new(error.code(), error.blame(), "the login did not succeed")
        .caused_by(error)
        .hint("try again, or choose another way to prove who you are")
}

fn not_set_up() -> Problem {
    Problem::state("way_closed", "no login is set up here")
}
