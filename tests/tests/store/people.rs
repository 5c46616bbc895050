//! People who work here: what they sign with, where they sit, and what nobody changes afterwards.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use rstest::rstest;
use simrecall_core::access::StaffRole;
use simrecall_core::id::{
    AgencyId, ChallengeId, CredentialId, SessionNo, StaffId, TerminalId, WaveNo,
};
use simrecall_store::approval_passkey::PasskeyApproval;
use simrecall_store::challenge::{Challenge, ChallengeKind};
use simrecall_store::credential::{Credential, CredentialKey, PasskeyKey};
use simrecall_store::invite::{CodeHash, Invite};
use simrecall_store::staff::StaffMember;
use simrecall_store::staff_session::{Before, CookieHash, StaffSession};
use simrecall_store::terminal::{NewTerminal, TerminalKey, TerminalState};
use simrecall_store::{Store, StoreError};
use simrecall_tests::Backend;

use crate::migrations::back_to;
use crate::stage::{Stage, at, by_hand, stage};

fn id(n: u8) -> StaffId {
    StaffId::from_bytes([n; 16])
}

fn member(n: u8) -> StaffMember {
    StaffMember {
        id: id(n),
        name: format!("clerk.{n}"),
        roles: BTreeSet::from([StaffRole::Clerk]),
        added_at: at(0),
        retired_at: None,
        agency: None,
        paused_at: None,
    }
}

fn passkey(n: u8, staff: u8) -> Credential {
    let key = PasskeyKey { id: vec![n; 32], point: [n; 64], record: "{}".to_owned() };
    Credential {
        id: CredentialId::from_bytes([n; 16]),
        staff: id(staff),
        key: CredentialKey::Passkey(key),
        counter: 0,
        added_at: at(1),
        ended_at: None,
    }
}

fn terminal(n: u8) -> NewTerminal {
    NewTerminal {
        id: TerminalId::from_bytes([n; 16]),
        agency: None,
        networks: Vec::new(),
        code: (CodeHash([n; 32]), at(900)),
        by: id(1),
        at: at(0),
    }
}

fn key(n: u8) -> TerminalKey {
    TerminalKey { point: [n; 64], thumbprint: [n; 32] }
}

fn session(n: u8, staff: u8) -> StaffSession {
    StaffSession {
        no: SessionNo::from_bytes([n; 16]),
        hash: CookieHash([n; 32]),
        before: None,
        staff: id(staff),
        terminal: TerminalId::from_bytes([1; 16]),
        credential: CredentialId::from_bytes([staff; 16]),
        started_at: at(10),
        touched_at: at(10),
    }
}

/// Two people with a passkey each, and a terminal that is on.
fn employed(backend: Backend) -> Stage {
    let stage = stage(backend);
    let write = stage.store.write(|tx| {
        for n in [1, 2] {
            tx.add_staff(&member(n))?;
            tx.add_credential(&passkey(n, n))?;
        }
        tx.enrol_terminal(&terminal(1))?;
        tx.bring_key(CodeHash([1; 32]), &key(1), at(1))?;
        tx.admit_terminal(TerminalId::from_bytes([1; 16]), id(2), at(2))
    });
    assert!(write.unwrap());
    stage
}

#[rstest]
fn a_passkey_is_one_persons_and_its_count_rises(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = employed(backend);
    let store = &stage.store;
    let theirs = Credential { id: CredentialId::from_bytes([9; 16]), ..passkey(1, 2) };
    assert!(store.write(|tx| tx.add_credential(&theirs)).unwrap_err().is_conflict());
    let first = CredentialId::from_bytes([1; 16]);
    let used = |counter| store.write(|tx| tx.use_passkey(first, "{\"a\":1}", counter)).unwrap();
    assert_eq!([0, 0, 3, 3, 2, 0, 4].map(used), [true, true, true, false, false, false, true]);
    let kept = store.read(|tx| tx.credential_by_key(&[1; 32])).unwrap().unwrap();
    assert_eq!((kept.counter, kept.passkey().unwrap().record.as_str()), (4, "{\"a\":1}"));
    assert_eq!(store.write(|tx| tx.end_passkeys(id(1), at(20))).unwrap(), 1);
    assert!(!used(5));
    let ended = store.read(|tx| tx.credential(first)).unwrap().unwrap();
    assert!(ended.signs_at(at(19)) && !ended.signs_at(at(20)) && !ended.signs_at(at(0)));
    assert_eq!(store.write(|tx| tx.end_passkeys(id(1), at(30))).unwrap(), 0);
}

#[rstest]
fn a_terminal_goes_one_way(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let stage = employed(backend);
    let store = &stage.store;
    let two = TerminalId::from_bytes([2; 16]);
    store.write(|tx| tx.enrol_terminal(&terminal(2))).unwrap();
    let bring =
        |n: u8, second| store.write(|tx| tx.bring_key(CodeHash([2; 32]), &key(n), at(second)));
    let admit = |by| store.write(|tx| tx.admit_terminal(two, id(by), at(5))).unwrap();
    assert!(!admit(2), "no key yet");
    assert!(bring(1, 2).unwrap_err().is_conflict(), "the other terminal's key");
    assert_eq!(bring(2, 900).unwrap(), None, "too late");
    assert_eq!(bring(2, 899).unwrap(), Some(two));
    assert_eq!(bring(3, 3).unwrap(), None, "once");
    assert!(!admit(1) && admit(2) && !admit(2), "somebody else, once");
    store
        .write(|tx| tx.begin_staff_session(&StaffSession { terminal: two, ..session(5, 1) }))
        .unwrap();
    assert!(store.write(|tx| tx.switch_terminal_off(two, id(1), at(6))).unwrap());
    assert!(!store.write(|tx| tx.switch_terminal_off(two, id(1), at(7))).unwrap());
    assert_eq!(store.read(|tx| tx.staff_session_of(id(1))).unwrap(), None);
    let kept = store.read(|tx| tx.terminal_by_key(&[2; 32])).unwrap().unwrap();
    assert_eq!((kept.state, kept.off), (TerminalState::Off, Some((id(1), at(6)))));
    assert!(!admit(2));

    let first = |until| store.write(|tx| tx.note_request(two, &[7; 16], at(until))).unwrap();
    assert!(first(10) && !first(20));
    assert_eq!(store.write(|tx| tx.purge_terminal_requests(at(10))).unwrap(), 1);
    assert!(first(30));
}

#[rstest]
fn a_person_has_one_sign_in(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let stage = employed(backend);
    let store = &stage.store;
    let begin = |n, staff| store.write(|tx| tx.begin_staff_session(&session(n, staff))).unwrap();
    let found = |n: u8| store.read(|tx| tx.staff_session(CookieHash([n; 32]))).unwrap();
    begin(1, 1);
    begin(2, 2);
    begin(3, 1);
    assert_eq!((found(1), found(2).is_some(), found(3)), (None, true, Some(session(3, 1))));

    let no = SessionNo::from_bytes([3; 16]);
    let before = Before { hash: CookieHash([3; 32]), until: at(70), about: [8; 16] };
    let renew = |has: u8, gets: u8| {
        let (has, gets) = (CookieHash([has; 32]), CookieHash([gets; 32]));
        store.write(|tx| tx.renew_staff_session(no, has, gets, &before)).unwrap()
    };
    assert!(!renew(4, 5) && renew(3, 4));
    assert_eq!(found(3), found(4), "by the one before, too");
    assert_eq!(found(4).unwrap().before, Some(before));
    assert!(renew(4, 5) && found(4).is_none() && found(3).is_some());
    let hold = |n: u8| store.write(|tx| tx.hold_staff_session(no, CookieHash([n; 32]))).unwrap();
    assert!(hold(5) && !hold(3));

    let touch =
        |now, before| store.write(|tx| tx.touch_staff_session(no, at(now), at(before))).unwrap();
    assert!(!touch(50, 10) && touch(50, 11) && !touch(60, 50));
    // Used last at 10 or before.
    assert_eq!(store.write(|tx| tx.purge_staff_sessions(at(10), at(9))).unwrap(), 1);
    assert!(found(5).is_some() && found(2).is_none());
    assert_eq!(store.write(|tx| tx.purge_staff_sessions(at(9), at(10))).unwrap(), 1);
}

#[rstest]
fn whatever_takes_a_right_away_ends_the_sign_in(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = employed(backend);
    let store = &stage.store;
    let ends = |take: &dyn Fn() -> Result<(), StoreError>| {
        store.write(|tx| tx.begin_staff_session(&session(1, 1))).unwrap();
        take().unwrap();
        store.read(|tx| tx.staff_session_of(id(1))).unwrap().is_none()
    };
    assert!(ends(&|| store.write(|tx| tx.pause_staff(id(1), at(20)).map(drop))));
    assert!(store.read(|tx| tx.staff(id(1))).unwrap().unwrap().paused_at == Some(at(20)));
    assert!(!store.write(|tx| tx.pause_staff(id(1), at(30))).unwrap(), "since when it was");
    assert!(store.write(|tx| tx.resume_staff(id(1))).unwrap());
    assert!(ends(&|| store.write(|tx| tx.post_staff(id(1), None))));
    let nowhere = AgencyId::from_bytes([9; 16]);
    store.write(|tx| tx.post_staff(id(1), Some(nowhere))).unwrap_err();
    assert!(ends(&|| store.write(|tx| tx.retire_staff(id(1), at(40)))));
    assert!(store.write(|tx| tx.post_staff(id(1), None)).unwrap_err().is_not_found());
}

#[rstest]
fn a_code_and_a_question_are_used_once_and_in_time(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = employed(backend);
    let store = &stage.store;
    let invite = |n: u8| Invite {
        code: CodeHash([n; 32]),
        staff: id(1),
        by: (id(2), None),
        made_at: at(0),
        until: at(100),
        used_at: None,
    };
    let add = |n| store.write(|tx| tx.add_invite(&invite(n))).unwrap();
    let used =
        |n: u8, second| store.write(|tx| tx.use_invite(CodeHash([n; 32]), at(second))).unwrap();
    add(1);
    add(2);
    assert!(!used(1, 50), "a newer one voids it");
    assert!(!used(2, 100) && used(2, 99) && !used(2, 99));
    store.write(|tx| tx.add_invite(&Invite { by: (id(1), None), ..invite(3) })).unwrap_err();

    let question = Challenge {
        id: ChallengeId::from_bytes([1; 16]),
        kind: ChallengeKind::StepUp,
        terminal: TerminalId::from_bytes([1; 16]),
        staff: Some(id(1)),
        invite: None,
        about: Some(("order".to_owned(), [4; 16])),
        pair: Some([5; 32]),
        state: "{}".to_owned(),
        made_at: at(0),
        until: at(120),
    };
    store.write(|tx| tx.add_challenge(&question)).unwrap();
    let open = |second| store.read(|tx| tx.open_challenge(question.id, at(second))).unwrap();
    assert_eq!((open(119), open(120)), (Some(question.clone()), None));
    let used = |second| store.write(|tx| tx.use_challenge(question.id, at(second))).unwrap();
    assert!(!used(120) && used(119) && !used(119));
    assert_eq!(open(119), None);
    let bare = Challenge { id: ChallengeId::from_bytes([2; 16]), pair: None, ..question };
    store.write(|tx| tx.add_challenge(&bare)).unwrap_err();
    assert_eq!(store.write(|tx| tx.purge_challenges(at(119))).unwrap(), 0);
    assert_eq!(store.write(|tx| tx.purge_challenges(at(120))).unwrap(), 1);
}

#[rstest]
fn what_people_did_stays(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let stage = employed(backend);
    let store = &stage.store;
    let invite = Invite {
        code: CodeHash([1; 32]),
        staff: id(1),
        by: (id(2), None),
        made_at: at(0),
        until: at(100),
        used_at: None,
    };
    let write = store.write(|tx| {
        tx.add_invite(&invite)?;
        tx.use_invite(invite.code, at(1))?;
        tx.end_passkeys(id(1), at(20))?;
        tx.switch_terminal_off(TerminalId::from_bytes([1; 16]), id(1), at(6))
    });
    write.unwrap();
    for (table, columns) in [
        ("staff", "name roles added_at"),
        ("credential", "staff kind key_id public_key added_at ended_at"),
        ("invite", "staff first_by second_by made_at until used_at"),
        ("terminal", "agency networks state key thumbprint admitted_by off_at"),
    ] {
        for column in columns.split(' ') {
            let change = format!("UPDATE {table} SET {column} = {column}");
            let refused = by_hand(&stage.url, &change).expect_err(&change);
            assert!(
                refused.contains(&format!("{table} rows are immutable")),
                "{change}: {refused}"
            );
        }
        let delete = format!("DELETE FROM {table}");
        by_hand(&stage.url, &delete).expect_err(&delete);
    }
    let approval = PasskeyApproval {
        wave: WaveNo(1),
        staff: id(1),
        role: StaffRole::Privacy.code(),
        credential: CredentialId::from_bytes([1; 16]),
        statement_sha256: [1; 32],
        challenge: [2; 32],
        pair: [3; 32],
        authenticator_data: Vec::new(),
        client_data: Vec::new(),
        signature: Vec::new(),
        at: at(0),
    };
    assert!(store.write(|tx| tx.insert_passkey_approval(&approval)).unwrap_err().is_not_found());
}

#[rstest]
fn whoever_worked_here_before_works_here_still(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = stage(backend);
    drop(stage.store);
    back_to(&stage.url, backend, "0019_benefits");
    let (key, uid, when) = match backend {
        Backend::Sqlite => {
            ("X'".to_owned() + &"07".repeat(32) + "'", "X'01010101010101010101010101010101'", "0")
        }
        Backend::Postgres => (
            "'\\x".to_owned() + &"07".repeat(32) + "'",
            "'01010101-0101-0101-0101-010101010101'",
            "'2025-09-11T00:00:00Z'",
        ),
    };
    let insert = format!(
        "INSERT INTO staff (id, name, roles, public_key, added_at) VALUES ({uid}, 'ana', 'agency,legal', {key}, {when})"
    );
    by_hand(&stage.url, &insert).unwrap();
    let store = Store::open(&stage.url).unwrap();
    let ana = store.read(|tx| tx.staff_by_name("ana")).unwrap().unwrap();
    assert_eq!(ana.roles, BTreeSet::from([StaffRole::Clerk, StaffRole::Legal]));
    let keys = store.read(|tx| tx.credentials(ana.id)).unwrap();
    assert_eq!(keys.iter().map(Credential::ed25519).collect::<Vec<_>>(), [Some(&[7; 32])]);
    assert!(keys[0].signs_at(ana.added_at + TimeDelta::zero()));
    drop(store);
    back_to(&stage.url, backend, "0019_benefits");
    let said = by_hand(&stage.url, "SELECT roles, length(public_key) FROM staff").unwrap();
    assert_eq!(said, "agency,legal|32");
}
