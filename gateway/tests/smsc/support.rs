//! A sandbox, a route to it, and a listener that keeps account.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use secrecy::SecretString;
use simrecall_gateway::sandbox::smsc::{Smsc, SmscLine, SmscPlan};
use simrecall_gateway::smsc::{Backoff, Body, ShortMessage, SmscSettings, connect};
use simrecall_gateway::{Event, LinkState, Outcome, Receipt, Route, Submission};
use tempfile::TempDir;

/// Longer than anything takes on a slow machine.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// A sandbox and what goes with it.
pub(crate) struct Bench {
    pub(crate) smsc: Smsc,
    pub(crate) folder: TempDir,
    pub(crate) settings: SmscSettings,
}

impl Bench {
    pub(crate) async fn start(plan: SmscPlan) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let plan = SmscPlan { log: folder.path().join("smsc.jsonl"), ..plan };
        println!("seed {}", plan.seed);
        let smsc = Smsc::start(plan).await.unwrap();
        let settings = settings(&smsc.address.to_string());
        Self { smsc, folder, settings }
    }

    pub(crate) async fn connect(&self) -> Listener {
        Listener::new(connect(self.settings.clone()).await.unwrap())
    }

    /// How often each phone was taken, by the sandbox's own record.
    pub(crate) fn taken(&self) -> BTreeMap<String, usize> {
        let mut taken = BTreeMap::new();
        for line in self.smsc.lines().unwrap() {
            if let SmscLine::Submit { destination, .. } = line {
                *taken.entry(destination).or_insert(0) += 1;
            }
        }
        taken
    }
}

/// Quick to try again; a timeout that only a server without an answer ever meets.
pub(crate) fn settings(address: &str) -> SmscSettings {
    SmscSettings {
        pace_per_second: 1_000_000,
        burst: 100_000,
        response_timeout: PATIENCE,
        reconnect: Backoff::new(Duration::from_millis(5), Duration::from_millis(50), 1),
        ..SmscSettings::new(address, "simrecall", SecretString::from("sandbox"))
    }
}

pub(crate) fn phone(tag: u64) -> String {
    format!("8210{tag:08}")
}

pub(crate) fn message(tag: u64) -> ShortMessage {
    ShortMessage {
        source: "0215881234".to_owned(),
        destination: phone(tag),
        body: Body::Long { subject: None, bytes: vec![0xB0, 0xA1, 0xB0, 0xA1], data_coding: 0x84 },
        reference: u16::try_from(tag % 65_536).unwrap(),
        registered_delivery: true,
        validity: None,
    }
}

/// Submits within the window and keeps everything it hears.
pub(crate) struct Listener {
    pub(crate) route: Route<ShortMessage>,
    pub(crate) results: BTreeMap<u64, Outcome>,
    pub(crate) late: BTreeMap<u64, Outcome>,
    pub(crate) receipts: Vec<Receipt>,
    pub(crate) links: Vec<LinkState>,
    pub(crate) open: BTreeSet<u64>,
    /// Receipts to drop before the first is committed.
    pub(crate) drop_first: usize,
}

impl Listener {
    pub(crate) fn new(route: Route<ShortMessage>) -> Self {
        Self {
            route,
            results: BTreeMap::new(),
            late: BTreeMap::new(),
            receipts: Vec::new(),
            links: Vec::new(),
            open: BTreeSet::new(),
            drop_first: 0,
        }
    }

    /// Submits messages and waits until each has its result.
    pub(crate) async fn send_all(&mut self, tags: impl IntoIterator<Item = u64>) {
        for tag in tags {
            self.submit(tag, message(tag)).await;
        }
        self.settle().await;
    }

    pub(crate) async fn submit(&mut self, tag: u64, message: ShortMessage) {
        while self.open.len() >= self.route.window {
            self.hear().await;
        }
        assert!(self.open.insert(tag), "tag {tag} twice");
        self.route.submissions.send(Submission { tag, message }).await.unwrap();
    }

    pub(crate) async fn settle(&mut self) {
        while !self.open.is_empty() {
            self.hear().await;
        }
    }

    /// Listens until so many receipts came.
    pub(crate) async fn wait_for_receipts(&mut self, count: usize) {
        while self.receipts.len() < count {
            self.hear().await;
        }
    }

    pub(crate) async fn wait_for_link(&mut self, wanted: impl Fn(&LinkState) -> bool) {
        while !self.links.iter().any(&wanted) {
            self.hear().await;
        }
    }

    /// Takes the next event.
    pub(crate) async fn hear(&mut self) {
        let event = tokio::time::timeout(PATIENCE, self.route.events.recv()).await;
        match event.expect("silence").expect("the route ended") {
            Event::Result { tag, outcome } => {
                assert!(self.open.remove(&tag), "a second result for {tag}");
                self.results.insert(tag, outcome);
            }
            Event::Late { tag, outcome } => {
                assert!(matches!(self.results.get(&tag), Some(Outcome::InDoubt { .. })));
                assert!(self.late.insert(tag, outcome).is_none(), "two late answers for {tag}");
            }
            Event::Receipt(_, ack) if self.drop_first > 0 => {
                self.drop_first -= 1;
                drop(ack);
            }
            Event::Receipt(receipt, ack) => {
                self.receipts.push(receipt);
                ack.committed();
            }
            Event::Link(state) => self.links.push(state),
        }
    }

    pub(crate) fn count(&self, wanted: impl Fn(&Outcome) -> bool) -> usize {
        self.results.values().filter(|outcome| wanted(outcome)).count()
    }

    pub(crate) fn accepted(&self) -> usize {
        self.count(|outcome| matches!(outcome, Outcome::Accepted { .. }))
    }

    pub(crate) fn in_doubt(&self) -> usize {
        self.count(|outcome| matches!(outcome, Outcome::InDoubt { .. }))
    }

    /// Ends the route in order.
    pub(crate) async fn close(mut self) {
        self.route.finish();
        assert!(self.route.close(PATIENCE).await, "the route did not end");
    }
}
