//! A carrier's installation on disk: configuration, keys, database, mark.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Months, Utc};
use serde_json::Value;
use simrecall_core::access::hours::local_day;
use simrecall_core::id::{EntryId, IncidentId};
use simrecall_core::incident::IncidentState;
use simrecall_core::law::PackSet;
use simrecall_store::journal::NewEntry;
use simrecall_store::keystore::{Domain, Keystore, Quarter, RootKeySource};
use simrecall_store::permit::{Permit, PermitIds, PermitRequest};
use simrecall_store::{Store, StoreError, Tx};

use crate::clock::Clock;
use crate::config::{Config, KeysConfig};
use crate::law::load_packs;
use crate::problem::{self, Problem, Result};

/// The file a new installation starts from.
const FIRST_CONFIG: &str = include_str!("home/simrecall.toml");
/// The carrier's names a new installation starts from.
const FIRST_CARRIER: &str = include_str!("home/carrier.toml");
/// The prices a new installation starts from.
const FIRST_PRICES: &str = include_str!("home/prices.toml");

/// An installation that is open.
#[derive(Debug, Clone)]
pub struct Home {
    /// Where it is.
    pub dir: PathBuf,
    /// What `simrecall.toml` says.
    pub config: Config,
    /// What time it is.
    pub clock: Clock,
    /// Memory.
    pub store: Store,
    /// Keys.
    pub keys: Keystore,
    /// Every rule pack, once somebody asked for one.
    packs: Arc<OnceLock<PackSet>>,
}

impl Home {
    /// Makes a new installation in an empty or absent folder.
    pub fn init(dir: &Path, store_url: &str, clock: Clock) -> Result<Self> {
        let path = dir.join("simrecall.toml");
        if path.exists() {
            return Err(Problem::state("exists", format!("{} exists already", path.display()))
                .hint("choose another folder with --home, or go on with this one"));
        }
        std::fs::create_dir_all(dir).map_err(|error| problem::file(dir, error))?;
        let config = FIRST_CONFIG.replace("sqlite:simrecall.db", store_url);
        write_new(&dir.join("carrier.toml"), FIRST_CARRIER)?;
        write_new(&dir.join("prices.toml"), FIRST_PRICES)?;
        let parsed = Config::parse(&config, [])?;
        Keystore::create(&dir.join("keys"), &root_key(dir, &parsed.keys)).map_err(problem::keys)?;
        write_new(&path, &config)?;
        Self::open(dir, clock)
    }

    /// Opens an installation.
    pub fn open(dir: &Path, clock: Clock) -> Result<Self> {
        let config = Config::read(dir)?;
        let keys = Keystore::open(&dir.join("keys"), &root_key(dir, &config.keys))
            .map_err(problem::keys)?;
        let store = Store::open(&rooted_url(dir, &config.store.url)).map_err(problem::store)?;
        Ok(Self { dir: dir.to_owned(), config, clock, store, keys, packs: Arc::default() })
    }

    /// Opens an installation to serve customers: its database is not brought up to date, and of its keys only those of the open
    /// incidents and of the service stay in memory.
    pub(crate) fn open_narrowed(dir: &Path, clock: Clock) -> Result<Self> {
        Self::open_with(dir, clock, |_| Ok(Vec::new()))
    }

    /// Opens an installation to serve staff: as to serve customers, with the keys of access records besides, of the last quarter,
    /// of this one, and of the next, which a server may live to see.
    pub(crate) fn open_for_staff(dir: &Path, clock: Clock) -> Result<Self> {
        let today = local_day(clock.now());
        Self::open_with(dir, clock, |keys| {
            let quarter = |months: i32| {
                let day = match u32::try_from(months) {
                    Ok(later) => today.checked_add_months(Months::new(later)),
                    Err(_) => today.checked_sub_months(Months::new(months.unsigned_abs())),
                };
                day.and_then(Quarter::of)
            };
            let mut domains = Vec::new();
            for quarter in [0, 3].into_iter().filter_map(quarter) {
                keys.access(quarter).map_err(problem::keys)?;
                domains.push(Domain::Access(quarter));
            }
            let there = keys.domains().map_err(problem::keys)?;
            let last = quarter(-3).map(Domain::Access).filter(|last| there.contains(last));
            domains.extend(last);
            Ok(domains)
        })
    }

    /// Opens an installation with no more keys than those of the open incidents, of the service, and of the domains named.
    fn open_with(
        dir: &Path,
        clock: Clock,
        more: impl FnOnce(&Keystore) -> Result<Vec<Domain>>,
    ) -> Result<Self> {
        let config = Config::read(dir)?;
        let store =
            Store::open_current(&rooted_url(dir, &config.store.url)).map_err(problem::store)?;
        let incidents = store.read(|tx| tx.incidents()).map_err(problem::store)?;
        let open = incidents.iter().filter(|incident| incident.state == IncidentState::Open);
        let mut domains: Vec<Domain> = open.map(|one| Domain::Incident(one.id)).collect();
        domains.push(Domain::Service);
        let keys = Keystore::open(&dir.join("keys"), &root_key(dir, &config.keys))
            .map_err(problem::keys)?;
        domains.extend(more(&keys)?);
        let keys = keys.narrowed(&domains).map_err(problem::keys)?;
        Ok(Self { dir: dir.to_owned(), config, clock, store, keys, packs: Arc::default() })
    }

    /// A path of the configuration: relative ones start at the home.
    pub fn path(&self, path: &Path) -> PathBuf {
        self.dir.join(path)
    }

    /// Every rule pack of this installation. They are read when they are first asked for, and never again: what is done in
    /// one run is judged by the same law.
    pub(crate) fn packs(&self) -> Result<&PackSet> {
        if let Some(packs) = self.packs.get() {
            return Ok(packs);
        }
        let packs = load_packs(&self.dir, &self.config.law)?;
        Ok(self.packs.get_or_init(|| packs))
    }

    /// The time.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// A journal entry about what `actor` does.
    pub fn entry<'a>(
        &self,
        kind: &'a str,
        actor: &'a str,
        incident: Option<IncidentId>,
        body: Value,
    ) -> Result<NewEntry<'a>> {
        Ok(NewEntry {
            id: EntryId::from_bytes(random()?),
            incident,
            at: self.now(),
            kind,
            actor,
            body,
            salt: random()?,
        })
    }

    /// Writes an entry in somebody's transaction.
    pub(crate) fn journal(
        &self,
        tx: &mut Tx<'_>,
        (kind, actor): (&str, &str),
        incident: Option<IncidentId>,
        body: Value,
    ) -> std::result::Result<(), StoreError> {
        let entry = self.entry(kind, actor, incident, body);
        tx.journal(&entry.map_err(|_| StoreError::State("an entry cannot be made"))?).map(drop)
    }

    /// The right to open sealed rows; it exists once the journal says so.
    pub fn permit(&self, request: &PermitRequest) -> Result<Permit> {
        self.store.permit(request, self.now(), permit_ids()?).map_err(problem::store)
    }

    /// The same as one, with what is written together with its entry.
    pub(crate) fn permit_with(
        &self,
        request: &PermitRequest,
        with: impl FnMut(&mut Tx<'_>) -> std::result::Result<(), StoreError>,
    ) -> Result<Permit> {
        self.store.permit_with(request, (self.now(), permit_ids()?), with).map_err(problem::store)
    }

    /// Two at once, for somebody who needs both.
    pub(crate) fn two_permits(&self, requests: [&PermitRequest; 2]) -> Result<[Permit; 2]> {
        let ids = [permit_ids()?, permit_ids()?];
        self.store.two_permits(requests, self.now(), ids).map_err(problem::store)
    }
}

fn permit_ids() -> Result<PermitIds> {
    Ok(PermitIds { entry: EntryId::from_bytes(random()?), salt: random()? })
}

/// Sixteen bytes nobody can guess.
pub(crate) fn random() -> Result<[u8; 16]> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| {
        Problem::ours("random", "the system gives no random bytes").detail(error.to_string())
    })?;
    Ok(bytes)
}

/// Writes a file that must not exist yet.
pub(crate) fn write_new(path: &Path, text: &str) -> Result<()> {
    use std::io::Write;
    let mut file = std::fs::File::create_new(path).map_err(|error| problem::file(path, error))?;
    file.write_all(text.as_bytes()).map_err(|error| problem::file(path, error))
}

/// Where the configuration says the root key is.
pub(crate) fn root_key(dir: &Path, keys: &KeysConfig) -> RootKeySource {
    if let Some(command) = &keys.root_key_command {
        return RootKeySource::Command(command.clone());
    }
    if let Some(name) = &keys.root_key_environment {
        return RootKeySource::Environment(name.clone());
    }
    let file = keys.root_key_file.clone().unwrap_or_else(|| PathBuf::from("keys/root.key"));
    RootKeySource::File(dir.join(file))
}

/// A relative SQLite path starts at the home.
fn rooted_url(dir: &Path, url: &str) -> String {
    url.strip_prefix("sqlite:")
        .map_or_else(|| url.to_owned(), |path| format!("sqlite:{}", dir.join(path).display()))
}
