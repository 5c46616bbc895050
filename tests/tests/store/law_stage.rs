//! One row in each table of law, words, the ladder's end and filings.

use simrecall_core::access::StaffRole;
use simrecall_core::delivery::Rung;
use simrecall_core::id::{ChunkNo, IncidentId, StaffId, TargetKey, WaveNo};
use simrecall_core::incident::{KnowledgeTime, Selection};
use simrecall_core::law::{Anchor, Duty, Ground, RuleId, Scope};
use simrecall_core::notice::{Gap, Language, NoticeKind, Wording};
use simrecall_core::subscriber::RecipientRole;
use simrecall_store::brand_list::BrandFile;
use simrecall_store::fake::NewFake;
use simrecall_store::filing::NewFiling;
use simrecall_store::law::{
    About, ActRecord, Agreement, BlockChange, BlockDecision, Determination, ExcuseRecord,
};
use simrecall_store::posting::{NewPosting, Observation, Seen};
use simrecall_store::staff::StaffMember;
use simrecall_store::suppression::Suppression;
use simrecall_store::wording::{NewCode, NewWording, TryLimits};
use simrecall_store::{Store, StoreError, Tx};

use crate::stage::{Cast, at, knowledge, person_id};

pub(crate) const LIMITS: TryLimits = TryLimits { per_number: 5, in_all: 8 };

/// Staff 1 to 3, whatever they may.
pub(crate) fn employ(store: &Store) {
    for n in 1..=3 {
        let member = StaffMember {
            id: staff(n),
            name: format!("staff {n}"),
            roles: StaffRole::ALL.into(),
            added_at: at(0),
            retired_at: None,
            agency: None,
            paused_at: None,
        };
        store.write(|tx| tx.add_staff(&member)).unwrap();
    }
}

/// A row in every table that a wave has nothing to do with.
pub(crate) fn decide(cast: &Cast) {
    let incident = cast.keys.incident();
    let write = cast.stage.store.write(|tx| {
        tx.add_knowledge(incident, &knowledge(0))?;
        tx.select(incident, &selection(1))?;
        tx.add_excuse(incident, &excuse())?;
        tx.decide_block(incident, &block_decision())?;
        tx.determine(incident, &determination())?;
        tx.add_act(incident, &act())?;
        tx.agree(incident, About::Excuse, 1, &agreement(1, StaffRole::Legal))?;
        tx.add_hold(incident, "a court's order", staff(1), at(1))?;
        tx.start_posting(incident, &posting())?;
        tx.observe(incident, 1, &Observation { at: at(3), seen: Seen::Page([1; 32]) })?;
        tx.add_suppression(incident, &suppression(cast, 0))?;
        tx.add_filing(&filing(incident))?;
        tx.add_fake(&fake("refund here"))?;
        assert!(tx.count_code_try(&[1; 16], at(0), LIMITS)?);
        Ok(())
    });
    write.unwrap();
}

/// A row in every table of a wave.
pub(crate) fn word(tx: &mut Tx<'_>, wave: WaveNo) -> Result<(), StoreError> {
    tx.load_wordings(&[wording(wave, 1)])?;
    tx.load_codes(&[code(wave, 1)])?;
    tx.add_brand_list(&brand_file(wave, 1))?;
    tx.add_brand_result(&brand_file(wave, 2))?;
    Ok(())
}

pub(crate) fn staff(n: u8) -> StaffId {
    StaffId::from_bytes([n; 16])
}

pub(crate) fn selection(knowledge: i32) -> Selection {
    Selection {
        anchor: Anchor::KrLeakKnown,
        revision: None,
        knowledge,
        reason: "the forensic report names the items".to_owned(),
        by: staff(1),
        at: at(2),
    }
}

pub(crate) fn excuse() -> ExcuseRecord {
    ExcuseRecord {
        rule: RuleId::new("KR-PIPA-34-1"),
        scope: Scope::Incident,
        until: None,
        reason: "the hole is still open".to_owned(),
        by: staff(1),
        at: at(2),
    }
}

pub(crate) fn block_decision() -> BlockDecision {
    BlockDecision {
        rule: RuleId::new("US-2011-SILENCE"),
        change: BlockChange::Extend,
        until: Some(at(900_000)),
        reason: "letter of the agency".to_owned(),
        by: staff(1),
        at: at(2),
    }
}

pub(crate) fn determination() -> Determination {
    Determination {
        trigger: "external_access".to_owned(),
        holds: false,
        at: at(2),
        who: "forensics".to_owned(),
        why: "report 7".to_owned(),
        by: staff(1),
        recorded_at: at(3),
    }
}

pub(crate) fn act() -> ActRecord {
    ActRecord {
        duty: Duty::Report,
        rule: None,
        scope: Scope::Incident,
        at: at(2),
        what: "called the desk".to_owned(),
        by: staff(1),
        recorded_at: at(3),
    }
}

pub(crate) fn agreement(n: u8, role: StaffRole) -> Agreement {
    Agreement { staff: staff(n), role, at: at(i64::from(n)) }
}

pub(crate) fn posting() -> NewPosting {
    NewPosting {
        page: "notice of a leak".to_owned(),
        waves: vec![WaveNo(1), WaveNo(3)],
        kind: NoticeKind::Confirmed,
        page_sha256: [3; 32],
        unknown_lines: 12,
        ground: Ground::ContactUnknown,
        rule: RuleId::new("KR-PIPA-POSTING"),
        reason: "the registry has no contact".to_owned(),
        place: "https://example.com/notice".to_owned(),
        starts_at: at(2),
        days: 30,
        by: staff(1),
        recorded_at: at(2),
    }
}

pub(crate) fn suppression(cast: &Cast, n: usize) -> Suppression {
    Suppression {
        person: person_id(&cast.keys, n),
        reason: "safety".to_owned(),
        note: "request 5".to_owned(),
        by: staff(1),
        at: at(2),
        lifted: None,
    }
}

pub(crate) fn filing(incident: IncidentId) -> NewFiling {
    NewFiling {
        incident,
        kind: "pipc_leak".to_owned(),
        as_of: at(10),
        body_sha256: [4; 32],
        text: "유출 신고".to_owned(),
        html: "<p>유출 신고</p>".to_owned(),
        facts: "{}".to_owned(),
        supplement_of: None,
        late_reason: None,
        by: staff(1),
        at: at(11),
    }
}

pub(crate) fn fake(text: &str) -> NewFake {
    NewFake {
        text: text.to_owned(),
        sender: "01000000000".to_owned(),
        seen_at: at(5),
        cluster: None,
        by: staff(1),
        added_at: at(6),
    }
}

pub(crate) fn wording(wave: WaveNo, no: i32) -> NewWording {
    let wording = Wording {
        kind: NoticeKind::Confirmed,
        language: Language::Korean,
        rung: Rung::Lms,
        role: RecipientRole::Holder,
        subject: Some("알림".to_owned()),
        pieces: vec![String::new(), format!(" 고객님, 안내 {no}")],
        gaps: vec![Gap::Name],
    };
    NewWording {
        wave,
        no,
        wording,
        sender: "114".to_owned(),
        window_from: at(10),
        window_until: None,
    }
}

pub(crate) fn code(wave: WaveNo, n: u8) -> NewCode {
    let target = TargetKey { wave, chunk: ChunkNo(1), pos: i32::from(n) };
    NewCode { code: [n; 16], target }
}

pub(crate) fn brand_file(wave: WaveNo, n: u8) -> BrandFile {
    BrandFile {
        wave,
        brand: "byul".to_owned(),
        sha256: [n; 32],
        rows: 40,
        by: staff(1),
        at: at(12),
    }
}

/// The knowledge time that [`knowledge`] makes, as it comes back under a number.
pub(crate) fn numbered(no: i32, time: KnowledgeTime) -> KnowledgeTime {
    KnowledgeTime { no, ..time }
}
