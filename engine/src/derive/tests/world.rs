//! A small carrier whose registry and records a test writes down by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};
use simrecall_core::cohort::{FactSet, Item, ItemSet};
use simrecall_core::derive::Rules;
use simrecall_core::id::{LineId, RevisionNo, SubscriberId};
use simrecall_store::BucketRange;
use tempfile::TempDir;

use crate::clock::Clock;
use crate::cohort::snapshot;
use crate::derive::ask::Ask;
use crate::derive::line::lines;
use crate::derive::search::{Found, windows};
use crate::derive::watch::Shown;
use crate::derive::{DerivedAnswer, Inputs, Options, Unwatched, derive};
use crate::drill::{CODE, Scene, Setting};
use crate::home::Home;
use crate::problem::Result;
use crate::registry::{self, RegistryFiles};

pub(in crate::derive) const BY: &str = "security.lead";

/// A line in a time in which nothing of it changed. Times are seconds of the world's day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::derive) struct Held {
    pub(in crate::derive) line: u8,
    pub(in crate::derive) holder: u8,
    pub(in crate::derive) number: u8,
    pub(in crate::derive) card: u8,
    pub(in crate::derive) from: i64,
    pub(in crate::derive) to: Option<i64>,
}

/// What is true of a line: possible items, confirmed items, and the first moment in microseconds of the world's day.
pub(in crate::derive) type Said = (ItemSet, ItemSet, i64);

/// What is found of lines, by line and holder.
pub(in crate::derive) type Answer = BTreeMap<(u8, u8), Said>;

/// An installation with an open incident, and a folder for what the network recorded.
pub(in crate::derive) struct World {
    pub(in crate::derive) home: Home,
    folder: TempDir,
}

/// The start of the world's day.
pub(in crate::derive) fn day() -> DateTime<Utc> {
    "2025-09-04T00:00:00Z".parse().unwrap()
}

/// A moment by its second.
pub(in crate::derive) fn second(at: i64) -> String {
    micro(at * 1_000_000)
}

/// A moment by its microsecond.
pub(in crate::derive) fn micro(at: i64) -> String {
    (day() + TimeDelta::microseconds(at)).to_rfc3339()
}

pub(in crate::derive) fn items(items: &[Item]) -> ItemSet {
    items.iter().copied().collect()
}

pub(in crate::derive) fn imsi(card: u8) -> String {
    format!("4500812345678{card:02}")
}

pub(in crate::derive) fn msisdn(number: u8) -> String {
    format!("010012345{number:02}")
}

impl World {
    pub(in crate::derive) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("home");
        let setting = Setting {
            dir: &dir,
            store: "sqlite:simrecall.db",
            smsc: "127.0.0.1:1",
            mail: "127.0.0.1:1",
            clock: Clock::still("2025-09-12T00:00:00Z".parse().unwrap()),
        };
        let scene = Scene::set(&setting).unwrap();
        scene.open_incident().unwrap();
        Self { home: scene.home, folder }
    }

    /// A file of the network's.
    pub(in crate::derive) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// Takes a registry in, as of a second of the day.
    pub(in crate::derive) fn registry(&self, held: &[Held], as_of: i64) {
        let mut people = "subscriber,kind,name,birth_date,language,brand,email,postcode,address,guardian,contact\n".to_owned();
        let holders: BTreeSet<u8> = held.iter().map(|held| held.holder).collect();
        let person = |holder| format!("P{holder},person,김하나,1980-01-02,ko,hanbit,,,,,\n");
        people.extend(holders.into_iter().map(person));
        let mut lines = "line,subscriber,msisdn,imsi,iccid,service,held_from,held_to\n".to_owned();
        lines.extend(held.iter().map(|Held { line, holder, number, card, from, to }| {
            let (msisdn, imsi) = (msisdn(*number), imsi(*card));
            let (from, to) = (second(*from), to.map(second).unwrap_or_default());
            format!("L{line},P{holder},{msisdn},{imsi},,voice,{from},{to}\n")
        }));
        let files = RegistryFiles {
            subscribers: &self.file("subscribers.csv", &people),
            lines: &self.file("lines.csv", &lines),
            as_of: day() + TimeDelta::seconds(as_of),
            accept_rejects: 0,
        };
        registry::import(&self.home, CODE, &files, BY).unwrap();
    }

    /// Attach records from rows without their header.
    pub(in crate::derive) fn attach(&self, name: &str, rows: &str) -> PathBuf {
        self.file(name, &format!("imsi,imei,cell,start,end\n{rows}"))
    }

    pub(in crate::derive) fn cells(&self, rows: &str) -> PathBuf {
        self.file("cells.csv", &format!("cell,from,to,reads,certainty\n{rows}"))
    }

    pub(in crate::derive) fn payments(&self, rows: &str) -> PathBuf {
        self.file("payments.csv", &format!("msisdn,at,amount_won,method\n{rows}"))
    }

    pub(in crate::derive) fn derive(
        &self,
        attach: &[PathBuf],
        cells: &PathBuf,
        payments: &[PathBuf],
    ) -> Result<DerivedAnswer> {
        self.derive_with(attach, cells, payments, &options())
    }

    pub(in crate::derive) fn derive_with(
        &self,
        attach: &[PathBuf],
        cells: &PathBuf,
        payments: &[PathBuf],
        options: &Options<'_>,
    ) -> Result<DerivedAnswer> {
        derive(&self.home, CODE, &Inputs { attach, cells, payments }, options, &mut Unwatched)
    }

    /// What the passes find, and nothing is made of it.
    pub(in crate::derive) fn finds(
        &self,
        attach: &[PathBuf],
        cells: &PathBuf,
        payments: &[PathBuf],
    ) -> Answer {
        let incident = crate::incident::by_code(&self.home, CODE).unwrap();
        let keys = self.home.keys.incident(incident.id).unwrap();
        let snapshot = snapshot(&self.home, &incident, None).unwrap();
        let (windows, read) = windows(cells, 0).unwrap();
        let sets = [Rules::builtin()];
        let ask = Ask::new(&self.home, &keys, &snapshot, &windows, &sets);
        let mut watch = Unwatched;
        let mut shown = Shown::new(&self.home, &mut watch);
        let inputs = Inputs { attach, cells, payments };
        let found = Found::search(&ask, &inputs, (read, 0), &mut shown).unwrap();
        let mut answer = Answer::new();
        for no in 0..=u8::MAX {
            for line in lines(&ask, &found.resolved.findings, no).unwrap() {
                let found = line.by_set[0].as_ref().unwrap();
                let names = self.names(line.owner.line, line.owner.holder);
                answer.insert(names, said(found.facts, found.first.utc()));
            }
        }
        answer
    }

    /// What a revision says, by line and holder.
    pub(in crate::derive) fn says(&self, no: RevisionNo) -> Answer {
        let incident = crate::incident::by_code(&self.home, CODE).unwrap().id;
        let found =
            self.home.store.read(|tx| tx.exposures_in(incident, no, BucketRange::ALL)).unwrap();
        found
            .iter()
            .map(|one| (self.names(one.line, one.holder), said(one.facts, one.exposed_at)))
            .collect()
    }

    /// The numbers a test gave a line and its holder.
    pub(in crate::derive) fn names(&self, line: LineId, holder: SubscriberId) -> (u8, u8) {
        let incident = crate::incident::by_code(&self.home, CODE).unwrap().id;
        let keys = self.home.keys.incident(incident).unwrap();
        let line = (0..=99).find(|no| keys.line_id(&format!("L{no}")) == line).unwrap();
        let holder = (0..=99).find(|no| keys.subscriber_id(&format!("P{no}")) == holder).unwrap();
        (line, holder)
    }
}

pub(in crate::derive) fn said(facts: FactSet, exposed_at: DateTime<Utc>) -> Said {
    let at = (exposed_at - day()).num_microseconds().unwrap();
    (facts.possible(), facts.confirmed(), at)
}

pub(in crate::derive) fn options<'a>() -> Options<'a> {
    Options {
        rules: None,
        registry: None,
        accept_rejects: 0,
        removes: 0,
        expect_change: true,
        known: None,
        by: BY,
    }
}
