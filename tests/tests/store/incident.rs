//! Incidents, knowledge times, staff, templates, rejects.

use std::collections::BTreeSet;

use rstest::rstest;
use simrecall_core::access::StaffRole;
use simrecall_core::id::{IncidentId, StaffId};
use simrecall_core::incident::IncidentState;
use simrecall_core::notice::{Language, NoticeKind};
use simrecall_store::reject::{Reject, RejectedFile};
use simrecall_store::staff::StaffMember;
use simrecall_store::template::KeptTemplate;
use simrecall_tests::Backend;

use crate::stage::{at, incident, stage};

#[rstest]
fn an_incident_reads_back(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let stage = stage(backend);
    let (first, second) = (incident(1), incident(2));
    stage.store.write(|tx| tx.open_incident(&second, at(5))).unwrap();
    stage.store.write(|tx| tx.open_incident(&first, at(9))).unwrap();
    let read = |id| stage.store.read(|tx| tx.incident(id)).unwrap();
    assert_eq!(read(first.id), Some(first.clone()));
    assert_eq!(read(IncidentId::from_bytes([9; 16])), None);
    let by_code = stage.store.read(|tx| tx.incident_by_code(&second.code)).unwrap();
    assert_eq!(by_code, Some(second.clone()));
    assert_eq!(stage.store.read(|tx| tx.incidents()).unwrap(), [second, first]);
}

#[rstest]
fn a_code_in_use_is_a_conflict(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let stage = stage(backend);
    stage.store.write(|tx| tx.open_incident(&incident(1), at(0))).unwrap();
    let mut other = incident(2);
    other.code = incident(1).code;
    let refused = stage.store.write(|tx| tx.open_incident(&other, at(1))).unwrap_err();
    assert!(refused.is_conflict() && !refused.is_transient(), "{refused:?}");
}

#[rstest]
fn there_is_no_way_back_from_erasing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = stage(backend);
    let id = incident(1).id;
    let set = |state| stage.store.write(|tx| tx.set_incident_state(id, state));
    assert!(set(IncidentState::Closed).unwrap_err().is_not_found());
    stage.store.write(|tx| tx.open_incident(&incident(1), at(0))).unwrap();
    for state in [IncidentState::Closed, IncidentState::Open, IncidentState::Erasing] {
        set(state).unwrap();
        assert_eq!(stage.store.read(|tx| tx.incident(id)).unwrap().unwrap().state, state);
    }
    assert!(set(IncidentState::Open).unwrap_err().is_not_found());
}

#[rstest]
fn staff_come_and_go_and_their_keys_stay(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = stage(backend);
    let member = |n: u8, name: &str| StaffMember {
        id: StaffId::from_bytes([n; 16]),
        name: name.to_owned(),
        roles: BTreeSet::from([StaffRole::Legal, StaffRole::Privacy]),
        added_at: at(0),
        retired_at: None,
        agency: None,
        paused_at: None,
    };
    let (ana, bo) = (member(1, "ana"), member(2, "bo"));
    stage.store.write(|tx| tx.add_staff(&bo)).unwrap();
    stage.store.write(|tx| tx.add_staff(&ana)).unwrap();
    let twice = stage.store.write(|tx| tx.add_staff(&member(3, "bo"))).unwrap_err();
    assert!(twice.is_conflict());
    stage.store.write(|tx| tx.retire_staff(bo.id, at(7))).unwrap();
    assert!(stage.store.write(|tx| tx.retire_staff(bo.id, at(8))).unwrap_err().is_not_found());
    let retired = StaffMember { retired_at: Some(at(7)), ..bo };
    assert_eq!(stage.store.read(|tx| tx.staff_by_name("bo")).unwrap(), Some(retired.clone()));
    assert_eq!(stage.store.read(|tx| tx.staff(ana.id)).unwrap(), Some(ana.clone()));
    assert_eq!(stage.store.read(|tx| tx.all_staff()).unwrap(), [ana, retired]);
}

#[rstest]
fn a_template_is_kept_once(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let stage = stage(backend);
    let first = KeptTemplate {
        sha256: [1; 32],
        kind: NoticeKind::Supplement,
        language: Language::Vietnamese,
        source: "{{addressee}}".to_owned(),
        added_at: at(0),
    };
    let again = KeptTemplate { added_at: at(9), ..first.clone() };
    stage.store.write(|tx| tx.keep_template(&first)).unwrap();
    stage.store.write(|tx| tx.keep_template(&again)).unwrap();
    assert_eq!(stage.store.read(|tx| tx.template(&[1; 32])).unwrap(), Some(first));
    assert_eq!(stage.store.read(|tx| tx.template(&[2; 32])).unwrap(), None);
}

#[rstest]
fn rejects_are_kept_by_place(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let stage = stage(backend);
    stage.store.write(|tx| tx.open_incident(&incident(1), at(0))).unwrap();
    let file = RejectedFile { incident: incident(1).id, source: "exposure", sha256: [5; 32] };
    let reject = |row, column: &str| Reject {
        row,
        column: column.to_owned(),
        reason: "msisdn.length".to_owned(),
    };
    let rejects: Vec<_> =
        (0..1_500).flat_map(|n| [reject(n, "imsi"), reject(n, "msisdn")]).collect();
    for _ in 0..2 {
        stage.store.write(|tx| tx.keep_rejects(&file, &rejects)).unwrap();
    }
    assert_eq!(stage.store.read(|tx| tx.rejects_of(&file)).unwrap(), rejects);
    assert_eq!(stage.store.read(|tx| tx.rejected_rows(file.incident, "exposure")).unwrap(), 1_500);
    assert_eq!(stage.store.read(|tx| tx.rejected_rows(file.incident, "lines")).unwrap(), 0);
}
