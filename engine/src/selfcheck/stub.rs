//! The door's signatures; what it does follows.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use simrecall_core::access::{Proven, Unlock};
use simrecall_core::id::LineId;

use super::{
    Answer, Ask, Asked, Browser, LoginBack, LoginStart, NewClaim, OwnCase, OwnClaim, OwnLine,
    OwnNotice, OwnProtection, Public, SessionKey,
};
use crate::config::PortalConfig;
use crate::problem::{Problem, Result};
use crate::register::{CodeAnswer, MatchAnswer};
use crate::{Clock, Home};

/// Everything the customer's page asks for. Cheap to clone; clones share one queue of codes.
#[derive(Debug, Clone)]
pub struct Door {
    home: Arc<Home>,
    config: Arc<PortalConfig>,
}

/// A session that was asked what it still proves.
#[derive(Debug, Clone)]
pub struct Visit {
    proven: Proven,
}

impl Visit {
    /// How they proved who they are, and as whom.
    pub const fn proven(&self) -> &Proven {
        &self.proven
    }

    /// Whether something is open to them now.
    pub fn may(&self, unlock: Unlock) -> bool {
        let _ = unlock;
        false
    }
}

fn unbuilt<T>() -> Result<T> {
    Err(Problem::ours("unbuilt", "not built yet"))
}

#[allow(clippy::missing_errors_doc, clippy::unused_self, unused_variables, reason = "signatures")]
impl Door {
    /// Opens an installation to serve one incident's people: without migrating its database, and with no more keys in memory
    /// than those of the open incidents and of the service.
    pub fn open(dir: &Path, clock: Clock) -> Result<Self> {
        Self::of(Home::open(dir, clock)?)
    }
    /// The door of an installation that is open already.
    pub fn of(home: Home) -> Result<Self> {
        let config = home.config.portal.clone();
        let config = config.ok_or_else(|| Problem::configuration("config", "no [portal]"))?;
        Ok(Self { home: Arc::new(home), config: Arc::new(config) })
    }
    /// What `[portal]` says.
    pub fn config(&self) -> &PortalConfig {
        &self.config
    }
    /// A path of the configuration: relative ones start at the home.
    pub fn path(&self, path: &Path) -> std::path::PathBuf {
        self.home.path(path)
    }
    /// The time.
    pub fn now(&self) -> DateTime<Utc> {
        self.home.now()
    }
    /// What anybody may know. It may be kept for a minute.
    pub fn public(&self) -> Result<Public> {
        unbuilt()
    }
    /// How many codes wait to be sent.
    pub fn waiting(&self) -> usize {
        0
    }
    /// Writes a request for a code and hands the code to the courier. Nothing is looked up.
    pub fn ask(&self, ask: &Ask<'_>, browser: &Browser<'_>) -> Result<Asked> {
        unbuilt()
    }
    /// Trades a right code for a proved session.
    pub fn redeem(
        &self,
        key: &SessionKey,
        browser: &Browser<'_>,
        code: &str,
    ) -> Result<SessionKey> {
        unbuilt()
    }
    /// Begins a login at the carrier. `language` is a tag for the provider's page.
    pub fn login(&self, browser: &Browser<'_>, language: &str) -> Result<LoginStart> {
        unbuilt()
    }
    /// Trades what a login came back with for a proved session.
    pub fn logged_in(
        &self,
        key: &SessionKey,
        browser: &Browser<'_>,
        back: &LoginBack<'_>,
    ) -> Result<SessionKey> {
        unbuilt()
    }
    /// A proved session, asked again what it still proves.
    pub fn visit(&self, key: &SessionKey, browser: &Browser<'_>) -> Result<Visit> {
        unbuilt()
    }
    /// What leaked of them.
    pub fn answer(&self, visit: &Visit) -> Result<Answer> {
        unbuilt()
    }
    /// What they were sent, oldest first.
    pub fn notices(&self, visit: &Visit) -> Result<Vec<OwnNotice>> {
        unbuilt()
    }
    /// The lines they hold or use now.
    pub fn lines(&self, visit: &Visit) -> Result<Vec<OwnLine>> {
        unbuilt()
    }
    /// Their replacements.
    pub fn replacements(&self, visit: &Visit) -> Result<Vec<OwnCase>> {
        unbuilt()
    }
    /// Applies for new cards; refused whole, with every reason.
    pub fn apply(&self, visit: &Visit, lines: &[LineId]) -> Result<Vec<OwnCase>> {
        unbuilt()
    }
    /// Takes an application back.
    pub fn cancel(&self, visit: &Visit, line: LineId) -> Result<()> {
        unbuilt()
    }
    /// The protection of each of their lines.
    pub fn protections(&self, visit: &Visit) -> Result<Vec<OwnProtection>> {
        unbuilt()
    }
    /// Asks for a line to be tied to its handset.
    pub fn protect(&self, visit: &Visit, line: LineId, imei: Option<&str>) -> Result<()> {
        unbuilt()
    }
    /// Unties a line.
    pub fn unprotect(&self, visit: &Visit, line: LineId) -> Result<()> {
        unbuilt()
    }
    /// Their claims.
    pub fn claims(&self, visit: &Visit) -> Result<Vec<OwnClaim>> {
        unbuilt()
    }
    /// Writes a claim down, or over a draft.
    pub fn draft_claim(&self, visit: &Visit, new: &NewClaim<'_>) -> Result<OwnClaim> {
        unbuilt()
    }
    /// Hands a claim in.
    pub fn submit_claim(&self, visit: &Visit, id: &str) -> Result<OwnClaim> {
        unbuilt()
    }
    /// Takes a claim back.
    pub fn withdraw_claim(&self, visit: &Visit, id: &str) -> Result<()> {
        unbuilt()
    }
    /// What a text is, held against everything released.
    pub fn real(&self, text: &str, sender: Option<&str>) -> Result<MatchAnswer> {
        unbuilt()
    }
    /// Whether a message with this code was sent to this number or address.
    pub fn real_code(&self, reach: &str, code: &str) -> Result<CodeAnswer> {
        unbuilt()
    }
    /// Keeps a report of a fake for staff.
    pub fn report_fake(&self, text: &str, sender: &str) -> Result<()> {
        unbuilt()
    }
    /// The published register, as the browser's matcher reads it. Problem `not_published` while there is none.
    pub fn register_json(&self) -> Result<Arc<[u8]>> {
        unbuilt()
    }
    /// Ends a session.
    pub fn finish(&self, key: &SessionKey) -> Result<()> {
        unbuilt()
    }
    /// Forgets sessions, requests and counts whose time is over.
    pub fn purge(&self) -> Result<()> {
        Ok(())
    }
}
