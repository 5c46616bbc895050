//! A home with a wave that tells one person, for tests of the register and of fakes.

use chrono::{DateTime, TimeDelta, Utc};
use simrecall_core::access::StaffRole;
use simrecall_core::cohort::{FactSet, Item, ItemSet};
use simrecall_core::delivery::{ChunkKind, Rung, RungSet};
use simrecall_core::id::{
    AttemptKey, ChunkNo, IncidentId, NoticeId, RevisionNo, SnapshotNo, TargetKey, WaveNo,
};
use simrecall_core::identity::{EmailAddress, Msisdn};
use simrecall_core::incident::{Incident, IncidentCode, IncidentState};
use simrecall_core::notice::{Gap, Language, MessageCode, NoticeKind, Wording};
use simrecall_core::subscriber::{Contact, RecipientRole};
use simrecall_store::StoreError;
use simrecall_store::cohort::{NewExposure, NewRevision, RevisionContent};
use simrecall_store::ledger::{
    LeaseRequest, NewAttempt, NewChunk, NewNotice, NewTarget, NewWave, PlanCounts,
    Stage as ChunkStage, Telling,
};
use simrecall_store::registry::SnapshotContent;
use simrecall_store::seal::IncidentKeys;
use simrecall_store::wording::NewWording;
use tempfile::TempDir;

use super::code::{code_of, rows_of};
use crate::{Clock, Home, staff};

pub(crate) const CODE: &str = "HB-2025-09";
pub(crate) const NUMBER: &str = "010-1234-5678";
pub(crate) const EMAIL: &str = "kim@example.com";
const STATEMENT: [u8; 32] = [5; 32];

pub(crate) struct Stage {
    pub(crate) home: Home,
    pub(crate) folder: TempDir,
    incident: IncidentId,
    keys: IncidentKeys,
    wave: WaveNo,
}

/// A second of the story.
pub(crate) fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_757_000_000, 0).unwrap() + TimeDelta::seconds(second)
}

/// What the wave says to its one person.
pub(crate) fn wording() -> Wording {
    let body = " 고객님께\n고객님의 휴대전화번호가 유출된 사실을 확인하여 알려드립니다. 유심을 무료로 교체하실 수 있습니다.\n문의 080-000-0114 <114>\n확인 코드 ";
    Wording {
        kind: NoticeKind::Confirmed,
        language: Language::Korean,
        rung: Rung::Lms,
        role: RecipientRole::Holder,
        subject: Some("[개인정보 유출 통지]".to_owned()),
        pieces: vec!["[한빛모바일]\n".to_owned(), body.to_owned(), String::new()],
        gaps: vec![Gap::Name, Gap::Code],
    }
}

impl Stage {
    /// An incident with a draft; nothing is released yet.
    pub(crate) fn draft() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::init(folder.path(), "sqlite:simrecall.db", Clock::still(at(100))).unwrap();
        let staff = [
            ("security", StaffRole::Security, None),
            ("messaging", StaffRole::Messaging, Some("security")),
            ("audit", StaffRole::Audit, Some("security")),
        ];
        for (name, role, by) in staff {
            let key = folder.path().join(format!("{name}.key"));
            staff::add(&home, name, &[role], &key, by).unwrap();
        }
        let incident = IncidentId::from_bytes([7; 16]);
        home.keys.create_incident(incident).unwrap();
        let opened = Incident {
            id: incident,
            code: IncidentCode::parse(CODE).unwrap(),
            title: "rogue cells".to_owned(),
            compromised: std::collections::BTreeSet::new(),
            state: IncidentState::Open,
        };
        home.store.write(|tx| tx.open_incident(&opened, at(0))).unwrap();
        let keys = home.keys.incident(incident).unwrap();
        let mut stage = Self { home, folder, incident, keys, wave: WaveNo(0) };
        stage.plan();
        stage
    }

    /// The same, released and sent.
    pub(crate) fn sent() -> Self {
        let stage = Self::draft();
        stage.release();
        stage.send();
        stage
    }

    /// The text its person holds.
    pub(crate) fn text(&self) -> String {
        let code = self.code().to_string();
        wording().fill(|_, gap| match gap {
            Gap::Name => "김민수",
            Gap::Code | Gap::Address | Gap::Order => code.as_str(),
        })
    }

    /// The code in it.
    pub(crate) fn code(&self) -> MessageCode {
        code_of(&self.keys, &self.target())
    }

    pub(crate) fn release(&self) {
        self.home.store.write(|tx| tx.release(self.wave, &STATEMENT, at(10))).unwrap();
    }

    fn target(&self) -> TargetKey {
        TargetKey { wave: self.wave, chunk: ChunkNo(1), pos: 0 }
    }

    fn plan(&mut self) {
        let (revision, snapshot) = self.cohort();
        let incident = self.incident;
        let new = NewWave { incident, revision, snapshot, cutoff: at(0), planned_at: at(5) };
        self.home.store.write(|tx| tx.begin_ledger([9; 16])).unwrap();
        self.wave = self.home.store.write(|tx| tx.insert_wave(&new)).unwrap();
        let counts = PlanCounts { persons: 1, lines: 1, targets: 1, copies: 0, left_out: 0 };
        self.load();
        let wave = self.wave;
        self.home.store.write(|tx| tx.finish_plan(wave, &counts, "we tell", &STATEMENT)).unwrap();
    }

    fn cohort(&self) -> (RevisionNo, SnapshotNo) {
        let (store, incident) = (&self.home.store, self.incident);
        let snapshot = store.write(|tx| tx.begin_snapshot(incident, at(0))).unwrap();
        let content = SnapshotContent { sha256: [7; 32], subscribers: 0, lines: 0 };
        store.write(|tx| tx.finish_snapshot(incident, snapshot, &content)).unwrap();
        let new = NewRevision {
            incident,
            snapshot,
            provenance: "a list".to_owned(),
            data_cutoff: at(0),
            created_at: at(1),
        };
        let no = store.write(|tx| tx.begin_revision(&new)).unwrap();
        let none = std::iter::empty::<Result<NewExposure, StoreError>>();
        store.load_exposures(&self.keys, no, none).unwrap();
        let (hash, lines) = store.hash_revision(incident, no).unwrap();
        let content = RevisionContent { hash, lines, unresolved: 0 };
        store.write(|tx| tx.finish_revision(incident, no, &content)).unwrap();
        (no, snapshot)
    }

    fn load(&self) {
        let (incident, key) = (self.incident, self.target());
        let person = self.keys.subscriber_id("P1");
        let notice = NoticeId::from_bytes([3; 16]);
        let contact = Contact {
            msisdn: Some(Msisdn::parse(NUMBER).unwrap()),
            email: Some(EmailAddress::parse(EMAIL).unwrap()),
            postal: None,
        };
        let codes = rows_of(&self.keys, &key, &contact);
        let new = NewWording {
            wave: self.wave,
            no: 1,
            wording: wording(),
            sender: "114".to_owned(),
            window_from: at(5),
            window_until: None,
        };
        self.home
            .store
            .write(|tx| {
                tx.load_targets(&[NewTarget {
                    key,
                    person,
                    notice,
                    role: RecipientRole::Holder,
                    reach: RungSet::EMPTY.with(Rung::Lms),
                    sealed: vec![1; 40],
                }])?;
                tx.load_notices(&[NewNotice {
                    incident,
                    person,
                    facts_sha256: [1; 32],
                    notice,
                    kind: NoticeKind::Confirmed,
                    language: Language::Korean,
                    primary: key,
                    copies: 0,
                }])?;
                tx.load_tellings(&[Telling {
                    incident,
                    person,
                    line: self.keys.line_id("L1"),
                    wave: self.wave,
                    facts: FactSet::new(ItemSet::EMPTY.with(Item::Msisdn), ItemSet::EMPTY),
                }])?;
                tx.insert_chunks(&[first_chunk(self.wave)])?;
                tx.load_codes(&codes)?;
                tx.load_wordings(std::slice::from_ref(&new))
            })
            .unwrap();
    }

    fn send(&self) {
        let asked = LeaseRequest {
            wave: self.wave,
            rungs: &[Rung::Lms],
            blocked: &[],
            now: at(20),
            until: at(80),
            token: [1; 16],
        };
        let store = &self.home.store;
        let chunk = store.write(|tx| tx.lease_chunk(&asked)).unwrap().unwrap();
        let key = AttemptKey { target: self.target(), try_no: 1 };
        let attempt =
            NewAttempt { key, text_sha256: [2; 32], parts: 1, resend: false, destination: None };
        store
            .write(|tx| tx.commit_intents(&chunk, "lms", at(30), std::slice::from_ref(&attempt)))
            .unwrap();
    }
}

fn first_chunk(wave: WaveNo) -> NewChunk {
    NewChunk {
        wave,
        no: ChunkNo(1),
        kind: ChunkKind::First,
        rung: Rung::Lms,
        stage: ChunkStage::Main,
        priority: 0,
        country: String::new(),
        not_before: at(0),
        n: 1,
    }
}
