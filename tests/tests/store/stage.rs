//! What every test of the contract starts from.

use std::collections::BTreeSet;
use std::process::Command;

use chrono::{DateTime, TimeDelta, Utc};
use simrecall_core::id::{IncidentId, LineId, SnapshotNo, SubscriberId};
use simrecall_core::identity::{EmailAddress, Imsi, Msisdn, PersonName};
use simrecall_core::incident::{Channel, Incident, IncidentCode, IncidentState, KnowledgeTime};
use simrecall_core::notice::Language;
use simrecall_core::subscriber::{
    HeldLine, LineRecord, Service, Subscriber, SubscriberKind, SubscriberRecord,
};
use simrecall_store::keystore::{Keystore, RootKeySource};
use simrecall_store::registry::{NewLine, SnapshotContent};
use simrecall_store::seal::IncidentKeys;
use simrecall_store::{Store, StoreError};
use simrecall_tests::{Backend, Guard};
use tempfile::TempDir;

/// A fresh database, opened; it goes away with this.
pub(crate) struct Stage {
    pub(crate) store: Store,
    pub(crate) url: String,
    _guard: Guard,
}

/// An incident with its keys and a snapshot of `people`, each with one line.
pub(crate) struct Cast {
    pub(crate) stage: Stage,
    pub(crate) keys: IncidentKeys,
    pub(crate) snapshot: SnapshotNo,
    _folder: TempDir,
}

pub(crate) fn stage(backend: Backend) -> Stage {
    let (url, guard) = backend.fresh().unwrap();
    let store = Store::open(&url).unwrap();
    Stage { store, url, _guard: guard }
}

pub(crate) fn cast(backend: Backend, people: usize) -> Cast {
    let stage = stage(backend);
    let folder = tempfile::tempdir().unwrap();
    let root = RootKeySource::File(folder.path().join("root.key"));
    let keystore = Keystore::create(&folder.path().join("keys"), &root).unwrap();
    let incident = incident(1);
    let keys = keystore.create_incident(incident.id).unwrap();
    stage.store.write(|tx| tx.open_incident(&incident, at(0))).unwrap();
    let snapshot = load_registry(&stage.store, &keys, people);
    Cast { stage, keys, snapshot, _folder: folder }
}

/// Loads and finishes a snapshot in which person `n` holds line `n`.
pub(crate) fn load_registry(store: &Store, keys: &IncidentKeys, people: usize) -> SnapshotNo {
    let no = store.write(|tx| tx.begin_snapshot(keys.incident(), at(0))).unwrap();
    let all = (0..people).map(|n| Ok::<_, StoreError>(person(keys, n)));
    let subscribers = store.load_subscribers(keys, no, all).unwrap();
    let lines = store.load_lines(keys, no, (0..people).map(|n| Ok::<_, StoreError>(line(keys, n))));
    let content = SnapshotContent { sha256: [7; 32], subscribers, lines: lines.unwrap() };
    store.write(|tx| tx.finish_snapshot(keys.incident(), no, &content)).unwrap();
    no
}

pub(crate) fn incident(n: u8) -> Incident {
    Incident {
        id: IncidentId::from_bytes([n; 16]),
        code: IncidentCode::parse(&format!("HB-2025-{n:02}")).unwrap(),
        title: "rogue femtocells".to_owned(),
        compromised: BTreeSet::from([Channel::Sms, Channel::Ars]),
        state: IncidentState::Open,
    }
}

/// Somebody knew at that second, of whatever anchor is one of awareness.
pub(crate) fn knowledge(second: i64) -> KnowledgeTime {
    KnowledgeTime {
        no: 0,
        at: at(second) + TimeDelta::microseconds(123_456),
        anchors: BTreeSet::new(),
        revision: None,
        who: "fraud desk".to_owned(),
        what: "unusual micropayments".to_owned(),
        evidence: "ticket 1".to_owned(),
        recorded_at: at(second + 60),
    }
}

pub(crate) fn person_id(keys: &IncidentKeys, n: usize) -> SubscriberId {
    keys.subscriber_id(&format!("S{n}"))
}

pub(crate) fn line_id(keys: &IncidentKeys, n: usize) -> LineId {
    keys.line_id(&format!("L{n}"))
}

pub(crate) fn person(keys: &IncidentKeys, n: usize) -> Subscriber {
    Subscriber {
        id: person_id(keys, n),
        kind: SubscriberKind::Person,
        brand: "kt".to_owned(),
        language: Language::Korean,
        guardian: None,
        contact: None,
        country: String::new(),
        record: SubscriberRecord {
            name: PersonName::parse("홍길동").unwrap(),
            birth_date: None,
            email: Some(EmailAddress::parse(&format!("person{n}@example.com")).unwrap()),
            address: None,
        },
    }
}

pub(crate) fn line(keys: &IncidentKeys, n: usize) -> NewLine {
    let record = LineRecord {
        msisdn: Msisdn::parse(&format!("010{n:08}")).unwrap(),
        imsi: Some(Imsi::parse(&format!("45008{n:010}")).unwrap()),
        iccid: None,
    };
    NewLine {
        holder: person_id(keys, n),
        held: HeldLine {
            line: line_id(keys, n),
            service: Service::Voice,
            held_from: at(-1_000_000),
            held_to: None,
            record,
        },
    }
}

/// A second of the story.
pub(crate) fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_757_000_000, 0).unwrap() + TimeDelta::seconds(second)
}

/// What the database's own command line makes of a statement, as another process would: rows, or the refusal.
pub(crate) fn by_hand(url: &str, sql: &str) -> Result<String, String> {
    let output = match url.strip_prefix("sqlite:") {
        Some(path) => Command::new("sqlite3").args(["-bail", path, sql]).output(),
        None => {
            Command::new("psql").args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql, url]).output()
        }
    };
    let output = output.expect("sqlite3 and psql are there: apt-get install sqlite3 postgresql");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}
