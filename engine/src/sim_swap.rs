//! When a line last got another card: what banks ask before they trust a message to it.

mod token;

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use simrecall_core::identity::Msisdn;
use simrecall_core::incident::IncidentState;
use simrecall_core::replacement::change::Changes;
use simrecall_store::registry::LineKey;
use simrecall_store::seal::{DomainKeys, Field};

pub use token::{Grant, Scope};

use self::token::Tokens;
use crate::clock::Clock;
use crate::config::CamaraConfig;
use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::selfcheck::is_held;

/// What answers, open. It has the keys of the open incidents, to find who has a number, and the service's, under which changes
/// are kept; it opens no sealed row.
#[derive(Debug)]
pub struct SimSwap {
    home: Home,
    service: DomainKeys,
    config: CamaraConfig,
    tokens: Tokens,
}

impl SimSwap {
    /// Opens an installation to answer banks.
    pub fn open(dir: &Path, clock: Clock) -> Result<Self> {
        Self::of(Home::open_narrowed(dir, clock)?)
    }

    /// The same of an installation that is open already.
    pub fn of(home: Home) -> Result<Self> {
        let config = home.config.camara.clone().ok_or_else(|| {
            Problem::configuration("config", "simrecall.toml has no [camara]")
                .hint("add [camara] with host and watched_since; see docs/OPERATIONS.md")
        })?;
        let service = home.keys.service().map_err(problem::keys)?;
        let tokens = Tokens::read(&home, &config)?;
        Ok(Self { home, service, config, tokens })
    }

    /// What `[camara]` says.
    pub fn config(&self) -> &CamaraConfig {
        &self.config
    }

    /// A path of the configuration: relative ones start at the home.
    pub fn path(&self, path: &Path) -> PathBuf {
        self.home.path(path)
    }

    /// What time it is.
    pub fn now(&self) -> DateTime<Utc> {
        self.home.now()
    }

    /// What a bearer token allows; none if it is no token of ours, or not any more. Silence of whoever knows is a problem, never
    /// a yes.
    pub fn grant(&self, token: &str) -> Result<Option<Grant>> {
        self.tokens.grant(token)
    }

    /// What is known of the changes of whoever's line has this number now; none if it is nobody's.
    pub fn changes(&self, number: &Msisdn) -> Result<Option<Changes>> {
        let Some(held_from) = self.held_from(number)? else { return Ok(None) };
        let key = self.service.blind(Field::Msisdn, number.expose());
        let swapped = self.home.store.read(|tx| tx.sim_change(&key))?;
        let watched_since = self.config.watched_since;
        // A new holder has a new card too. Of what was before, only the registry speaks, and it keeps no cards' times.
        let given = (held_from >= watched_since).then_some(held_from);
        Ok(Some(Changes { latest: swapped.max(given), watched_since }))
    }

    /// Since when somebody has this number, as the newest snapshot of any open incident says.
    fn held_from(&self, number: &Msisdn) -> Result<Option<DateTime<Utc>>> {
        let now = self.now();
        let mut held = None;
        for incident in self.home.store.read(|tx| tx.incidents())? {
            if incident.state != IncidentState::Open {
                continue;
            }
            // One that was opened after this server began has keys that it was not given.
            let Ok(keys) = self.home.keys.incident(incident.id) else { continue };
            let key = LineKey::Msisdn(keys.blind(Field::Msisdn, number.expose()));
            let lines = self.home.store.read(|tx| match tx.latest_snapshot(incident.id)? {
                Some(snapshot) => tx.find_lines(incident.id, snapshot.no, key),
                None => Ok(Vec::new()),
            })?;
            let here = lines.iter().filter(|line| is_held(&line.holding, now));
            held = held.max(here.map(|line| line.holding.held_from).max());
        }
        Ok(held)
    }
}
