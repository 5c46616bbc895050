//! One request, as handlers see it: the language, the session's key, and what tells browsers apart.

use std::sync::Arc;

use axum::extract::{Extension, FromRequestParts};
use axum::response::Response;
use http::HeaderMap;
use http::header::USER_AGENT;
use http::request::Parts;
use simrecall_core::notice::Language;
use simrecall_engine::selfcheck::{Browser, SessionKey};
use tokio::time::Instant;

use crate::cookie;
use crate::manner::Manner;
use crate::state::Portal;
use crate::trouble::{Fault, Trouble};

/// Letters of a browser's name that are looked at.
const AGENT: usize = 512;

/// What the checks found out about a request.
#[derive(Debug, Clone)]
pub(crate) struct Checked {
    /// The network it comes from.
    pub(crate) network: String,
    /// The origin that a page of ours would name.
    pub(crate) origin: String,
    /// When it came.
    pub(crate) asked: Instant,
}

/// Who asks, in values of its own, so that work can take it along.
pub(crate) struct Caller {
    /// The session's key, if the browser has one.
    pub(crate) key: Option<SessionKey>,
    agent: String,
    network: String,
}

impl Caller {
    /// What tells browsers apart.
    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser { agent: &self.agent, network: &self.network }
    }
}

/// Who sent these headers.
pub(crate) fn caller(headers: &HeaderMap, checked: &Checked) -> Caller {
    let agent = headers.get(USER_AGENT).map(|agent| agent.as_bytes()).unwrap_or_default();
    let agent = String::from_utf8_lossy(agent).chars().take(AGENT).collect();
    Caller { key: cookie::read(headers), agent, network: checked.network.clone() }
}

/// One request to a page or to the interface for programs.
pub(crate) struct Call {
    /// How it is answered.
    pub(crate) manner: Manner,
    /// The language of the page; of programs that name none, Korean.
    pub(crate) language: Language,
    /// When it came.
    pub(crate) asked: Instant,
    key: Option<SessionKey>,
    agent: String,
    network: String,
}

impl Call {
    /// Who asks.
    pub(crate) fn caller(&self) -> Caller {
        Caller { key: self.key.clone(), agent: self.agent.clone(), network: self.network.clone() }
    }

    /// What a form on the page carries to show that it is ours; empty without a session, when the browser's own headers must
    /// do.
    pub(crate) fn token(&self) -> String {
        self.key.as_ref().map(cookie::token).unwrap_or_default()
    }

    /// The path of a page in the same language.
    pub(crate) fn path(&self, page: &str) -> String {
        format!("/{}/{page}", self.language.tag())
    }
}

impl FromRequestParts<Arc<Portal>> for Call {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        portal: &Arc<Portal>,
    ) -> Result<Self, Self::Rejection> {
        let Extension(manner) = from_layers::<Manner>(parts, portal).await?;
        let Extension(checked) = from_layers::<Checked>(parts, portal).await?;
        let api = parts.uri.path().starts_with(crate::manner::API);
        let language = match manner.language {
            Some(language) => language,
            None if api => Language::Korean,
            None => return Err(portal.trouble(&manner, &Fault::NotFound.into())),
        };
        let Caller { key, agent, network } = caller(&parts.headers, &checked);
        Ok(Self { manner, language, asked: checked.asked, key, agent, network })
    }
}

/// What the outermost layers put there; they run before everything.
async fn from_layers<T: Clone + Send + Sync + 'static>(
    parts: &mut Parts,
    portal: &Arc<Portal>,
) -> Result<Extension<T>, Response> {
    Extension::from_request_parts(parts, portal).await.map_err(|_| {
        let manner = Manner::of(parts);
        portal.trouble(&manner, &Trouble::from(Fault::Malformed))
    })
}
