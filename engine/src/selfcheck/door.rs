//! The door: one incident, opened with as few rights as answering its people takes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};
use simrecall_core::access::{Way, refused};
use simrecall_core::id::IncidentId;
use simrecall_core::incident::{Channel, Incident, IncidentState};
use simrecall_core::notice::{CarrierWords, Language};
use simrecall_gateway::login::Discovery;
use simrecall_gateway::otp::OtpService;
use simrecall_store::seal::{DomainKeys, IncidentKeys};
use simrecall_store::selfcheck::Released;

use super::courier::Queues;
use super::real::Published as ReadyRegister;
use super::shown::{Public, Published, WayAnswer};
use super::texts::CodeTexts;
use crate::clock::Clock;
use crate::config::{LoginBinds, PortalConfig};
use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::sim_swap::SimSwap;
use crate::words;

/// The one who opens rows here, as the journal names them.
pub(crate) const ACTOR: &str = "portal";

/// Everything the customer's page asks for. Cheap to clone; clones share one queue of codes.
#[derive(Clone)]
pub struct Door {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) home: Home,
    pub(crate) config: PortalConfig,
    pub(crate) incident: IncidentId,
    pub(crate) code: String,
    pub(crate) title: String,
    pub(crate) keys: IncidentKeys,
    pub(crate) service: DomainKeys,
    pub(crate) brand: CarrierWords,
    pub(crate) texts: CodeTexts,
    pub(crate) codes: Queues,
    pub(crate) register: ReadyRegister,
    pub(crate) login: Discovery,
    pub(crate) touched: super::answer::TouchedItems,
    pub(crate) remembered: super::answer::Remembered,
    pub(crate) otp: OnceLock<OtpService>,
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Door").field("incident", &self.inner.code).finish_non_exhaustive()
    }
}

impl Door {
    /// Opens an installation to serve one incident's people: without migrating its database, and with no more keys in memory
    /// than those of the open incidents and of the service.
    pub fn open(dir: &Path, clock: Clock) -> Result<Self> {
        Self::of(Home::open_narrowed(dir, clock)?)
    }

    /// The door of an installation that is open already.
    pub fn of(home: Home) -> Result<Self> {
        let config = home.config.portal.clone().ok_or_else(|| {
            Problem::configuration("config", "simrecall.toml has no [portal]")
                .hint("add [portal] with incident and host; see docs/OPERATIONS.md")
        })?;
        let incident = incident(&home, &config)?;
        let keys = home.keys.incident(incident.id).map_err(problem::keys)?;
        let service = home.keys.service().map_err(problem::keys)?;
        let brand = brand(&home, &config)?;
        let inner = Inner {
            incident: incident.id,
            code: incident.code.to_string(),
            title: incident.title,
            keys,
            service,
            brand,
            texts: CodeTexts::builtin()?,
            codes: Queues::new(config.limits.queue),
            register: ReadyRegister::default(),
            login: Discovery::default(),
            touched: super::answer::TouchedItems::default(),
            remembered: super::answer::Remembered::default(),
            otp: OnceLock::new(),
            config,
            home,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// What banks ask of the same installation, if `[camara]` says so.
    pub fn sim_swap(&self) -> Result<Option<SimSwap>> {
        let home = &self.inner.home;
        home.config.camara.is_some().then(|| SimSwap::of(home.clone())).transpose()
    }

    /// What `[portal]` says.
    pub fn config(&self) -> &PortalConfig {
        &self.inner.config
    }

    /// A path of the configuration: relative ones start at the home.
    pub fn path(&self, path: &Path) -> std::path::PathBuf {
        self.inner.home.path(path)
    }

    /// How many codes wait to be sent.
    pub fn waiting(&self) -> usize {
        self.inner.codes.len()
    }

    /// The time.
    pub fn now(&self) -> DateTime<Utc> {
        self.inner.home.now()
    }

    /// What anybody may know. It may be kept for a minute.
    pub fn public(&self) -> Result<Public> {
        let compromised = self.compromised()?;
        Ok(Public {
            incident: self.inner.code.clone(),
            title: self.inner.title.clone(),
            brand: self.brand_names(),
            hotline: self.hotline().to_owned(),
            official_host: self.inner.brand.official_host().to_owned(),
            published: self
                .published()?
                .map(|one| Published { revision: one.revision.0, at: one.at }),
            ways: Way::ALL
                .into_iter()
                .map(|way| self.way(way, &compromised))
                .collect::<Result<_>>()?,
        })
    }

    /// Forgets sessions, requests and counts whose time is over.
    pub fn purge(&self) -> Result<()> {
        let now = self.now();
        let limits = self.inner.config.limits;
        self.inner.home.store.write(|tx| {
            tx.purge_sessions(now - limits.idle.0, now - limits.session.0)?;
            tx.purge_requests(now)?;
            tx.purge_budgets(now)
        })?;
        Ok(())
    }
}

impl Door {
    /// The channels that prove nothing: those that any open incident names.
    pub(crate) fn compromised(&self) -> Result<BTreeSet<Channel>> {
        let incidents = self.inner.home.store.read(|tx| tx.incidents())?;
        let open = incidents.into_iter().filter(|incident| incident.state == IncidentState::Open);
        Ok(open.flat_map(|incident| incident.compromised).collect())
    }

    /// The highest revision that a released wave told, and when that was released.
    pub(crate) fn published(&self) -> Result<Option<Released>> {
        Ok(self.inner.home.store.read(|tx| tx.released_revision(self.inner.incident))?)
    }

    /// What a way relies on; none if it is not set up.
    pub(crate) fn relies(&self, way: Way) -> Option<BTreeSet<Channel>> {
        let config = &self.inner.config;
        match way {
            Way::Email => {
                self.inner.home.config.code_route().map(|_| BTreeSet::from([Channel::Email]))
            }
            Way::Sms => config.otp.as_ref().map(|_| BTreeSet::from([Channel::Sms])),
            Way::Login => config.login.as_ref().map(|login| login.relies.clone()),
            Way::Agency => None,
        }
    }

    /// The incident as it stands now.
    pub(crate) fn incident(&self) -> Result<Incident> {
        let found = self.inner.home.store.read(|tx| tx.incident(self.inner.incident))?;
        found.ok_or_else(|| Problem::state("incident", "the incident is gone"))
    }

    /// Refuses a way that is not set up, or relies on a compromised channel.
    pub(crate) fn is_open(&self, way: Way) -> Result<BTreeSet<Channel>> {
        let closed = |why| Problem::state("way_closed", format!("{} {why}", way.name()));
        let relies = self.relies(way).ok_or_else(|| closed("is not set up here"))?;
        if let Some(channel) = refused(&relies, &self.compromised()?) {
            return Err(compromised(channel));
        }
        if self.knows_lines_for(way)? { Ok(relies) } else { Err(closed("needs a newer registry")) }
    }

    /// Whether the registry is young enough for a way that shows who has a line now.
    fn knows_lines_for(&self, way: Way) -> Result<bool> {
        let binds = self.inner.config.login.as_ref().map(|login| login.binds);
        let shows_a_line = match way {
            Way::Sms => true,
            Way::Login => binds == Some(LoginBinds::PhoneNumber),
            Way::Email | Way::Agency => false,
        };
        if !shows_a_line {
            return Ok(true);
        }
        Ok(self.snapshot()?.is_some_and(|snapshot| self.is_young(&snapshot)))
    }

    /// The name people know, in their language.
    pub(crate) fn brand_name(&self, language: Language) -> &str {
        let brand = &self.inner.brand;
        let text = brand.text(language).or_else(|| brand.text(Language::English));
        text.map(|text| text.name.as_str()).unwrap_or_default()
    }

    /// The number that is answered day and night.
    pub(crate) fn hotline(&self) -> &str {
        self.inner.config.hotline.as_deref().unwrap_or_else(|| self.inner.brand.hotline())
    }

    fn brand_names(&self) -> BTreeMap<&'static str, String> {
        let name = |language: Language| (language.tag(), self.brand_name(language).to_owned());
        Language::ALL.into_iter().map(name).collect()
    }

    fn way(&self, way: Way, compromised: &BTreeSet<Channel>) -> Result<WayAnswer> {
        let relies = self.relies(way);
        let because = relies.as_ref().and_then(|relies| refused(relies, compromised));
        let open = relies.is_some() && because.is_none() && self.knows_lines_for(way)?;
        Ok(WayAnswer { way, open, because: because.map(Channel::name) })
    }
}

/// A channel that the attacker could read or write proves nothing.
pub(crate) fn compromised(channel: Channel) -> Problem {
    let what = format!("{} proves nothing while it is compromised", channel.name());
    Problem::state("channel_compromised", what).hint("choose another way to prove who you are")
}

fn incident(home: &Home, config: &PortalConfig) -> Result<Incident> {
    let incident = crate::incident::by_code(home, config.incident.as_str())?;
    match incident.state {
        IncidentState::Open => Ok(incident),
        IncidentState::Closed | IncidentState::Erasing => {
            let what = format!("{} is {}", incident.code, incident.state.name());
            Err(Problem::state("incident_state", what)
                .hint("name an open incident in [portal] of simrecall.toml"))
        }
    }
}

fn brand(home: &Home, config: &PortalConfig) -> Result<CarrierWords> {
    let brands: Vec<&String> = home.config.brands.keys().collect();
    let only = match brands.as_slice() {
        [only] => Some(*only),
        _ => None,
    };
    let brand = config.brand.as_ref().or(only).ok_or_else(|| {
        Problem::configuration("config", "simrecall.toml does not say whose words the page speaks")
            .hint("name one of [brands] in [portal]: brand = \"…\"")
    })?;
    words::of_brand(home, brand)
}
