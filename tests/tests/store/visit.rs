//! Visits, the codes they ask for, and budgets.

use std::collections::BTreeSet;
use std::sync::Barrier;
use std::thread;

use chrono::TimeDelta;
use rstest::rstest;
use simrecall_core::access::{Capacity, Way};
use simrecall_core::id::{LineId, RequestId, SubscriberId};
use simrecall_core::incident::Channel;
use simrecall_store::Store;
use simrecall_store::budget::{Budget, Window};
use simrecall_store::proof_request::{ProofRequest, Spent};
use simrecall_store::session::{Session, SessionId, SessionProof, Shown};
use simrecall_tests::Backend;

use crate::stage::{Stage, at, by_hand, incident, stage};

const THREADS: usize = 8;

pub(crate) fn visit(n: u8) -> Session {
    Session {
        id: SessionId([n; 32]),
        incident: incident(1).id,
        browser: [n; 16],
        proof: None,
        started_at: at(0),
        touched_at: at(0),
    }
}

fn proved(n: u8, shown: Option<Shown>) -> Session {
    let relies = BTreeSet::from([Channel::Email, Channel::App]);
    let proof = SessionProof { way: Way::Login, relies, at: at(5), shown };
    Session { proof: Some(proof), ..visit(n) }
}

fn holder() -> Shown {
    Shown { capacity: Capacity::Holder, person: SubscriberId::from_bytes([7; 16]), line: None }
}

pub(crate) fn request(n: u8) -> ProofRequest {
    ProofRequest {
        session: SessionId([n; 32]),
        id: RequestId::from_bytes([n; 16]),
        way: Way::Email,
        msisdn: [3; 16],
        email: Some([4; 16]),
        target: [5; 16],
        code: Some([6; 32]),
        reference: None,
        tries_left: 5,
        made_at: at(0),
        expires_at: at(600),
    }
}

/// An open incident, and visit 1 to it.
fn visited(backend: Backend) -> Stage {
    let stage = stage(backend);
    stage.store.write(|tx| tx.open_incident(&incident(1), at(0))).unwrap();
    stage.store.write(|tx| tx.start_session(&visit(1))).unwrap();
    stage
}

/// How many of many threads that begin together were told yes.
pub(crate) fn winners(store: &Store, work: impl Fn(&Store) -> bool + Sync) -> usize {
    let start = Barrier::new(THREADS);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    work(store)
                })
            })
            .collect();
        threads.into_iter().filter(|_| true).map(|one| usize::from(one.join().unwrap())).sum()
    })
}

#[rstest]
fn a_visit_reads_back_with_what_it_proved(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = visited(backend);
    let line = Some(LineId::from_bytes([8; 16]));
    let user = Shown { capacity: Capacity::LineUser, line, ..holder() };
    let visits = [visit(1), proved(2, None), proved(3, Some(holder())), proved(4, Some(user))];
    for new in &visits[1..] {
        stage.store.write(|tx| tx.start_session(new)).unwrap();
    }
    for session in visits {
        let read = stage.store.read(|tx| tx.session(session.id)).unwrap();
        assert_eq!(read, Some(session));
    }
    assert_eq!(stage.store.read(|tx| tx.session(SessionId([9; 32]))).unwrap(), None);
    let again = stage.store.write(|tx| tx.start_session(&visit(1))).unwrap_err();
    assert!(again.is_conflict(), "{again}");
    // A line without a line user, a line user without a line.
    for shown in [Shown { line, ..holder() }, Shown { line: None, ..user }] {
        stage.store.write(|tx| tx.start_session(&proved(5, Some(shown)))).unwrap_err();
    }
}

#[rstest]
fn a_visit_is_touched_seldom_and_ends_with_its_request(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = visited(backend);
    let store = &stage.store;
    let id = visit(1).id;
    let touch = |now: i64| store.write(|tx| tx.touch_session(id, at(now), at(now - 60))).unwrap();
    assert_eq!([touch(30), touch(61), touch(90), touch(122)], [false, true, false, true]);
    assert_eq!(store.read(|tx| tx.session(id)).unwrap().unwrap().touched_at, at(122));
    store.write(|tx| tx.put_request(&request(1))).unwrap();
    let drop = || store.write(|tx| tx.drop_session(id)).unwrap();
    assert_eq!([drop(), drop()], [true, false]);
    assert_eq!(store.read(|tx| tx.request(id)).unwrap(), None);
    assert_eq!(by_hand(&stage.url, "SELECT count(*) FROM proof_request").unwrap(), "0");
    // A request of a visit that is not there.
    store.write(|tx| tx.put_request(&request(1))).unwrap_err();
}

#[rstest]
fn visits_that_are_idle_or_old_end(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let stage = visited(backend);
    let store = &stage.store;
    for (n, started, touched) in [(2, 0, 900), (3, 900, 900), (4, 901, 901)] {
        let visit = Session { started_at: at(started), touched_at: at(touched), ..visit(n) };
        store.write(|tx| tx.start_session(&visit)).unwrap();
    }
    let left = || -> Vec<u8> {
        let is_there = |n: &u8| store.read(|tx| tx.session(SessionId([*n; 32]))).unwrap().is_some();
        (1..=4).filter(is_there).collect()
    };
    assert_eq!(store.write(|tx| tx.purge_sessions(at(0), at(-1))).unwrap(), 1);
    assert_eq!(left(), [2, 3, 4]);
    assert_eq!(store.write(|tx| tx.purge_sessions(at(1), at(0))).unwrap(), 1);
    assert_eq!(left(), [3, 4]);
    assert_eq!(store.write(|tx| tx.purge_sessions(at(900), at(0))).unwrap(), 1);
    assert_eq!(left(), [4]);
}

#[rstest]
fn a_newer_request_takes_the_older_ones_place(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = visited(backend);
    let store = &stage.store;
    store.write(|tx| tx.start_session(&visit(2))).unwrap();
    let (mine, of_others) = (request(1), request(2));
    store.write(|tx| tx.put_request(&mine).and_then(|()| tx.put_request(&of_others))).unwrap();
    let newer = ProofRequest {
        id: RequestId::from_bytes([9; 16]),
        way: Way::Sms,
        email: None,
        code: None,
        tries_left: 3,
        ..request(1)
    };
    store.write(|tx| tx.put_request(&newer)).unwrap();
    assert_eq!(store.read(|tx| tx.request(mine.session)).unwrap(), Some(newer.clone()));
    assert_eq!(store.read(|tx| tx.request(of_others.session)).unwrap(), Some(of_others));
    // What was meant for the older one comes too late.
    let keep =
        |id| store.write(|tx| tx.set_request_reference(newer.session, id, "auth-7")).unwrap();
    assert_eq!([keep(mine.id), keep(newer.id)], [false, true]);
    let kept = store.read(|tx| tx.request(newer.session)).unwrap().unwrap();
    assert_eq!(kept.reference.as_deref(), Some("auth-7"));
    let uses = |id| store.write(|tx| tx.use_request(newer.session, id)).unwrap();
    assert_eq!([uses(mine.id), uses(newer.id), uses(newer.id)], [false, true, false]);
}

#[rstest]
fn tries_are_spent_one_by_one_until_none_is_left_or_it_is_late(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = visited(backend);
    let store = &stage.store;
    let id = visit(1).id;
    let spend = |second| store.write(|tx| tx.spend_try(id, at(second))).unwrap();
    assert_eq!(spend(1), Spent::Nothing);
    store.write(|tx| tx.put_request(&request(1))).unwrap();
    for left in (0..5).rev() {
        assert_eq!(spend(599), Spent::Try(ProofRequest { tries_left: left, ..request(1) }));
    }
    assert_eq!([spend(599), spend(600)], [Spent::UsedUp, Spent::Expired]);
    store.write(|tx| tx.put_request(&request(1))).unwrap();
    assert_eq!(spend(600), Spent::Expired);
    assert_eq!(store.write(|tx| tx.purge_requests(at(599))).unwrap(), 0);
    assert_eq!(store.write(|tx| tx.purge_requests(at(600))).unwrap(), 1);
    assert_eq!(spend(1), Spent::Nothing);
}

#[rstest]
fn of_many_at_once_as_many_try_as_were_left_and_one_succeeds(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = visited(backend);
    let id = visit(1).id;
    stage.store.write(|tx| tx.put_request(&request(1))).unwrap();
    let tried = winners(&stage.store, |store| {
        matches!(store.write(|tx| tx.spend_try(id, at(1))).unwrap(), Spent::Try(_))
    });
    assert_eq!(tried, 5);
    let used =
        winners(&stage.store, |store| store.write(|tx| tx.use_request(id, request(1).id)).unwrap());
    assert_eq!(used, 1);
}

fn minutes(minutes: i64, limit: i32) -> Window {
    Window { span: TimeDelta::minutes(minutes), limit }
}

#[rstest]
fn a_budget_has_two_windows_and_spends_from_both_or_none(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = stage(backend);
    let store = &stage.store;
    let budget = Budget { short: minutes(60, 3), long: minutes(24 * 60, 8) };
    let spend = |minute: i64| {
        let now = at(60 * minute);
        let room = store.read(|tx| tx.has_budget(&[1; 16], &budget, now)).unwrap();
        let spent = store.write(|tx| tx.spend_budget(&[1; 16], &budget, now)).unwrap();
        assert_eq!(room, spent, "minute {minute}");
        spent
    };
    let row = || by_hand(&stage.url, "SELECT short_spent, long_spent FROM budget").unwrap();
    // Two refusals in the first hour count nowhere.
    assert_eq!([0, 1, 2, 3, 59].map(spend), [true, true, true, false, false]);
    assert_eq!(row(), "3|3");
    assert_eq!([60, 61, 62, 63].map(spend), [true, true, true, false]);
    assert_eq!([120, 121, 122].map(spend), [true, true, false]);
    assert_eq!(row(), "2|8");
    assert_eq!([1439, 1440].map(spend), [false, true]);
    assert_eq!(row(), "1|1");
    assert!(store.write(|tx| tx.spend_budget(&[2; 16], &budget, at(0))).unwrap());
    let closed = Budget::of(minutes(60, 0));
    assert!(!store.write(|tx| tx.spend_budget(&[3; 16], &closed, at(0))).unwrap());
}

#[rstest]
fn what_did_not_count_is_given_back_and_old_budgets_are_forgotten(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = stage(backend);
    let store = &stage.store;
    let budget = Budget::of(minutes(10, 1));
    let spend = |second| store.write(|tx| tx.spend_budget(&[1; 16], &budget, at(second))).unwrap();
    let give = || store.write(|tx| tx.return_budget(&[1; 16])).unwrap();
    assert_eq!([spend(0), spend(1)], [true, false]);
    give();
    assert_eq!([spend(2), spend(3)], [true, false]);
    give();
    give();
    assert_eq!([spend(4), spend(5)], [true, false]);
    // The last spending at second 4 keeps it until second 604.
    assert_eq!(store.write(|tx| tx.purge_budgets(at(603))).unwrap(), 0);
    assert_eq!(store.write(|tx| tx.purge_budgets(at(604))).unwrap(), 1);
    assert!(spend(605));
}

#[rstest]
fn of_many_at_once_exactly_as_many_spend_as_there_was_room_for(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = stage(backend);
    let budget = Budget { short: minutes(60, 20), long: minutes(120, 21) };
    let spent = std::sync::atomic::AtomicUsize::new(0);
    winners(&stage.store, |store| {
        for _ in 0..4 {
            let did = store.write(|tx| tx.spend_budget(&[1; 16], &budget, at(1))).unwrap();
            spent.fetch_add(usize::from(did), std::sync::atomic::Ordering::Relaxed);
        }
        true
    });
    assert_eq!(spent.into_inner(), 20);
    let row = by_hand(&stage.url, "SELECT short_spent, long_spent FROM budget").unwrap();
    assert_eq!(row, "20|20");
}
