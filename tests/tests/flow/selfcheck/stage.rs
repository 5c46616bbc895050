//! A town with its door open, a courier that runs, and people who walk in.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::TimeDelta;
use simrecall_core::notice::Language;
use simrecall_engine::selfcheck::{Answer, Ask, Browser, Door, SessionKey, Visit, courier};
use simrecall_engine::{Clock, Home, Result};
use simrecall_gateway::sandbox::mail::read_kept;
use simrecall_gateway::sandbox::smsc::SmscPlan;
use simrecall_tests::town::{self, Ground, Town, Townsperson};
use simrecall_tests::{Backend, Guard};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::support::{Network, wait_until};

/// The browser people use.
pub(crate) const AGENT: &str = "Mozilla/5.0 (Linux; Android 16)";

/// What is different in a town.
#[derive(Clone, Copy)]
pub(crate) struct Plan<'a> {
    pub(crate) compromised: &'a str,
    pub(crate) statute: Option<&'a str>,
    pub(crate) portal: &'a str,
    /// Another relay than the sandbox's.
    pub(crate) mail: Option<&'a str>,
}

impl Default for Plan<'_> {
    fn default() -> Self {
        Self { compromised: "[\"sms\", \"ars\"]", statute: None, portal: "", mail: None }
    }
}

pub(crate) struct Place {
    pub(crate) town: Town,
    pub(crate) door: Door,
    pub(crate) clock: Clock,
    network: Network,
    /// Each request comes from a network of its own, unless a test says otherwise.
    networks: AtomicU32,
    courier: Runtime,
    _folder: TempDir,
    _database: Guard,
}

impl Place {
    pub(crate) fn open(backend: Backend) -> Self {
        Self::with(backend, Plan::default())
    }

    /// A town whose first list was published, and its door, opened as the server opens it.
    pub(crate) fn with(backend: Backend, plan: Plan<'_>) -> Self {
        let place = Self::unpublished(backend, plan);
        place.town.publish(1).unwrap();
        place
    }

    pub(crate) fn unpublished(backend: Backend, plan: Plan<'_>) -> Self {
        let network = Network::start(SmscPlan::default());
        let folder = tempfile::tempdir().unwrap();
        let (url, database) = backend.fresh().unwrap();
        let clock = town::clock().unwrap();
        let dir = folder.path().join("home");
        let mail = network.mail.address().to_string();
        let town = Town::build(&Ground {
            dir: &dir,
            store: &url,
            smsc: &network.smsc.address.to_string(),
            mail: plan.mail.unwrap_or(&mail),
            compromised: plan.compromised,
            statute: plan.statute,
            portal: plan.portal,
            clock: &clock,
        })
        .unwrap();
        let door = Door::open(&dir, clock.clone()).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        runtime.spawn(courier::run(door.clone(), std::future::pending()));
        Self {
            town,
            door,
            clock,
            network,
            networks: AtomicU32::new(0),
            courier: runtime,
            _folder: folder,
            _database: database,
        }
    }

    /// Where the mails that came are kept.
    pub(crate) fn plain(&self) -> &Path {
        &self.network.plain
    }

    /// Where the courier runs.
    pub(crate) fn runtime(&self) -> &Runtime {
        &self.courier
    }

    pub(crate) fn home(&self) -> &Home {
        self.town.home()
    }

    pub(crate) fn pass(&self, minutes: i64) {
        self.clock.advance(TimeDelta::minutes(minutes));
    }

    /// A network nobody used yet.
    pub(crate) fn network(&self) -> String {
        let no = self.networks.fetch_add(1, Ordering::Relaxed);
        format!("198.51.{}.{}", no / 256, no % 256)
    }

    /// Asks for a code by mail.
    pub(crate) fn ask(&self, number: &str, address: &str) -> Result<SessionKey> {
        self.ask_again(number, address, None)
    }

    pub(crate) fn ask_again(
        &self,
        number: &str,
        address: &str,
        before: Option<&SessionKey>,
    ) -> Result<SessionKey> {
        let ask = Ask::Email { number, address, language: Language::Korean, before };
        let network = self.network();
        let asked = self.door.ask(&ask, &Browser { agent: AGENT, network: &network })?;
        assert_eq!(asked.minutes, 10);
        Ok(asked.session)
    }

    /// The codes that came to an address so far.
    pub(crate) fn codes(&self, address: &str) -> Vec<String> {
        let kept = read_kept(&self.network.plain).unwrap_or_default();
        let theirs = kept.into_iter().filter(|mail| mail.recipient.eq_ignore_ascii_case(address));
        let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|b| b.is_ascii_digit());
        theirs.filter_map(|mail| mail.text.lines().find(is_code).map(str::to_owned)).collect()
    }

    /// The `n`-th code that comes to an address.
    pub(crate) fn code(&self, address: &str, n: usize) -> String {
        wait_until("a code", || self.codes(address).len() >= n);
        self.codes(address).swap_remove(n - 1)
    }

    /// Where the relay keeps what it takes.
    pub(crate) fn mails(&self) -> std::path::PathBuf {
        self.network.plain.clone()
    }

    pub(crate) fn redeem(&self, key: &SessionKey, code: &str) -> Result<SessionKey> {
        self.door.redeem(key, &browser(), code)
    }

    /// Asks, reads the mail and types the code.
    pub(crate) fn prove(&self, number: &str, address: &str) -> SessionKey {
        let before = self.codes(address).len();
        let asked = self.ask(number, address).unwrap();
        self.redeem(&asked, &self.code(address, before + 1)).unwrap()
    }

    pub(crate) fn walk_in(&self, who: Townsperson) -> SessionKey {
        self.prove(who.number, who.mail)
    }

    pub(crate) fn visit(&self, key: &SessionKey) -> Result<Visit> {
        self.door.visit(key, &browser())
    }

    pub(crate) fn answer(&self, key: &SessionKey) -> Answer {
        self.door.answer(&self.visit(key).unwrap()).unwrap()
    }

    /// Counts entries of the journal by kind.
    pub(crate) fn journal(&self) -> BTreeMap<String, usize> {
        let incident = simrecall_engine::incident::show(self.home(), "HB-2025-09").unwrap();
        let id = incident.incident.id;
        let mut counts = BTreeMap::new();
        for kind in ["permit.granted", "replacement.applied", "claim.submitted", "claim.taken"] {
            let entries =
                self.home().store.read(|tx| tx.entries_of_kind(id, kind, 10_000)).unwrap();
            counts.insert(kind.to_owned(), entries.len());
        }
        counts
    }
}

pub(crate) const fn browser() -> Browser<'static> {
    Browser { agent: AGENT, network: "192.0.2.1" }
}

/// A problem's code.
pub(crate) fn refused<T>(result: Result<T>) -> &'static str {
    result.map(|_| ()).unwrap_err().code
}
