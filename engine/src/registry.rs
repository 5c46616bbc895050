//! The registry: a snapshot of who held which line from when to when.

use std::path::Path;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sha2::{Digest, Sha256};
use simrecall_core::access::Act;
use simrecall_core::id::SnapshotNo;
use simrecall_core::subscriber::{HeldLine, LineRecord, Subscriber, SubscriberRecord};
use simrecall_store::registry::{NewLine, SnapshotContent};
use simrecall_store::seal::IncidentKeys;

use crate::csv_rows::{LineRow, Rows, SubscriberRow};
use crate::home::Home;
use crate::intake::{Intake, Taken, Tally, name_duplicates, usable};
use crate::problem::{self, Result};
use crate::staff::hex;
use crate::{incident, staff};

/// What to import.
#[derive(Debug, Clone, Copy)]
pub struct RegistryFiles<'a> {
    /// The subscribers' list.
    pub subscribers: &'a Path,
    /// The lines' list.
    pub lines: &'a Path,
    /// The moment the lists describe.
    pub as_of: DateTime<Utc>,
    /// How many bad rows to accept, over both lists.
    pub accept_rejects: u64,
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct SnapshotAnswer {
    /// Its number.
    pub snapshot: SnapshotNo,
    /// Whether the same files had been imported before: then nothing changed.
    pub no_change: bool,
    /// The moment it shows.
    pub as_of: DateTime<Utc>,
    /// Persons and companies.
    pub subscribers: u64,
    /// Lines, one for each period a line was held.
    pub lines: u64,
    /// SHA-256 over both files.
    pub sha256: String,
    /// Rows, and what became of them.
    pub tally: Tally,
}

/// Takes a snapshot: all of it, or nothing.
pub fn import(
    home: &Home,
    code: &str,
    files: &RegistryFiles<'_>,
    by: &str,
) -> Result<SnapshotAnswer> {
    let incident = incident::by_code(home, code)?;
    let actor = staff::may(home, by, Act::ImportCohort)?.id.to_string();
    let keys = home.keys.incident(incident.id).map_err(problem::keys)?;
    let subscribers = Rows::<SubscriberRow>::open(files.subscribers)?;
    let lines = Rows::<LineRow>::open(files.lines)?;
    let sha256 = both(subscribers.sha256(), lines.sha256());
    let last = home.store.read(|tx| tx.latest_snapshot(incident.id)).map_err(problem::store)?;
    if let Some(last) = last.filter(|last| last.sha256 == Some(sha256) && last.as_of == files.as_of)
    {
        return Ok(answer(&last, true, Tally::default()));
    }
    let no = home
        .store
        .write(|tx| tx.begin_snapshot(incident.id, files.as_of))
        .map_err(problem::store)?;
    let draft = Draft { home, keys: &keys, no, files, sha256, actor: &actor };
    let loaded = draft.load(subscribers, lines);
    if loaded.is_err() {
        // Nothing half done: what was loaded hangs below a draft, and goes with it.
        home.store.drop_draft_snapshot(incident.id, no).map_err(problem::store)?;
    }
    loaded
}

struct Draft<'a> {
    home: &'a Home,
    keys: &'a IncidentKeys,
    no: SnapshotNo,
    files: &'a RegistryFiles<'a>,
    sha256: [u8; 32],
    actor: &'a str,
}

impl Draft<'_> {
    fn load(
        &self,
        subscribers: Rows<SubscriberRow>,
        lines: Rows<LineRow>,
    ) -> Result<SnapshotAnswer> {
        let (keys, no, files) = (self.keys, self.no, self.files);
        let store = &self.home.store;
        let (first, second) = (subscribers.sha256(), lines.sha256());
        let mut intake = Intake::new(files.subscribers, files.accept_rejects);
        let rows = usable(subscribers, &mut intake).map(|row| Ok(subscriber(keys, row?)));
        let loaded_subscribers = store
            .load_subscribers(keys, no, rows)
            .map_err(|error| name_duplicates(files.subscribers, &["subscriber"], error))?;
        // What the first list used up of the accepted rows, the second cannot use again.
        let used = intake.bad_rows().min(files.accept_rejects);
        let taken_subscribers = intake.finish_at(used)?;
        let mut intake = Intake::new(files.lines, files.accept_rejects - used);
        let rows = usable(lines, &mut intake).map(|row| Ok(line(keys, row?)));
        let loaded_lines = store
            .load_lines(keys, no, rows)
            .map_err(|error| name_duplicates(files.lines, &["line", "held_from"], error))?;
        let taken_lines = intake.finish()?;
        let content = SnapshotContent {
            sha256: self.sha256,
            subscribers: loaded_subscribers,
            lines: loaded_lines,
        };
        self.finish(
            &content,
            &[(first, "subscribers", &taken_subscribers), (second, "lines", &taken_lines)],
        )
    }

    fn finish(
        &self,
        content: &SnapshotContent,
        lists: &[([u8; 32], &str, &Taken)],
    ) -> Result<SnapshotAnswer> {
        let incident = self.keys.incident();
        let tally = lists.iter().fold(Tally::default(), |sum, (_, _, taken)| Tally {
            rows: sum.rows + taken.tally.rows,
            bad_rows: sum.bad_rows + taken.tally.bad_rows,
            unresolved: sum.unresolved + taken.tally.unresolved,
        });
        let body = serde_json::json!({
            "snapshot": self.no.0, "sha256": hex(&content.sha256), "as_of": self.files.as_of,
            "subscribers": content.subscribers, "lines": content.lines, "rejected_rows": tally.bad_rows,
        });
        let entry = self.home.entry("registry.imported", self.actor, Some(incident), body)?;
        let snapshot = self.home.store.write(|tx| {
            tx.finish_snapshot(incident, self.no, content)?;
            for (sha256, source, taken) in lists {
                taken.keep(tx, incident, source, *sha256)?;
            }
            tx.journal(&entry)?;
            tx.snapshot(incident, self.no)
        });
        let snapshot = snapshot.map_err(problem::store)?;
        snapshot.map(|snapshot| answer(&snapshot, false, tally)).ok_or_else(|| {
            problem::Problem::ours("snapshot", "the snapshot is not there after it was made")
        })
    }
}

fn both(first: [u8; 32], second: [u8; 32]) -> [u8; 32] {
    Sha256::new().chain_update(first).chain_update(second).finalize().into()
}

fn answer(
    snapshot: &simrecall_store::registry::Snapshot,
    no_change: bool,
    tally: Tally,
) -> SnapshotAnswer {
    SnapshotAnswer {
        snapshot: snapshot.no,
        no_change,
        as_of: snapshot.as_of,
        subscribers: snapshot.subscribers,
        lines: snapshot.lines,
        sha256: snapshot.sha256.map(|hash| hex(&hash)).unwrap_or_default(),
        tally,
    }
}

fn subscriber(keys: &IncidentKeys, row: SubscriberRow) -> Subscriber {
    let id = |reference: &String| keys.subscriber_id(reference);
    Subscriber {
        id: id(&row.subscriber_ref),
        kind: row.kind,
        brand: row.brand,
        language: row.language,
        guardian: row.guardian_ref.as_ref().map(id),
        contact: row.contact_ref.as_ref().map(id),
        country: row.country.unwrap_or_default(),
        record: SubscriberRecord {
            name: row.name,
            birth_date: row.birth_date,
            email: row.email,
            address: row.address,
        },
    }
}

fn line(keys: &IncidentKeys, row: LineRow) -> NewLine {
    NewLine {
        holder: keys.subscriber_id(&row.subscriber_ref),
        held: HeldLine {
            line: keys.line_id(&row.line_ref),
            service: row.service,
            held_from: row.held_from,
            held_to: row.held_to,
            record: LineRecord { msisdn: row.msisdn, imsi: row.imsi, iccid: row.iccid },
        },
    }
}
