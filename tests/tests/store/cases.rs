//! Cases: every move is a row, what is said is said once, proofs are used once, and an open case keeps its incident.

use rstest::rstest;
use simrecall_core::id::{OrderId, TicketId};
use simrecall_core::incident::IncidentState;
use simrecall_core::order::Kind;
use simrecall_core::replacement::swap::{Outcome, Reason};
use simrecall_core::replacement::told::Lately;
use simrecall_core::replacement::{Event, State};
use simrecall_store::case_notice::{
    CaseChannel, CaseNotice, CaseNoticeKind, CaseNoticeState, NewCaseNotice, Recipient,
};
use simrecall_store::line_hold::LineHold;
use simrecall_store::outbox::{NewOrder, OrderState};
use simrecall_store::proof::{CaseProof, ProofKind};
use simrecall_store::replacement::{CaseEvent, EventCount, Moved, PlaceChange, ReplacementCase};
use simrecall_store::swap::{Intended, Intent, SentCommand, Ticket, TicketClosed};
use simrecall_store::{Store, StoreError};
use simrecall_tests::Backend;

use crate::replacement_stage::{
    PRODUCT, agencies, agency_id, applied, case, day, go, go_in, here, new_swap, now, place, staff,
    stock, swapping, token,
};
use crate::stage::{Stage, at, by_hand};
use crate::visit::winners;

#[rstest]
fn every_move_is_kept_and_counted(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let stage = agencies(backend);
    let store = &stage.store;
    for n in 1..=3 {
        applied(store, n);
    }
    let wait = PlaceChange::Wait(agency_id(1), PRODUCT.to_owned());
    assert_eq!(go(store, 1, Event::Queue, State::Waiting, &wait), Moved::Done);
    assert_eq!(go(store, 1, Event::Cancel, State::Cancelled, &PlaceChange::Keep), Moved::Done);
    assert_eq!(go(store, 2, Event::Queue, State::Waiting, &wait), Moved::Done);
    let event = |no, from, event, to, agency| CaseEvent {
        no,
        from,
        event,
        to,
        by: event.map(|_| staff(1)),
        agency,
        at: if no == 1 { at(1) } else { at(100) },
    };
    assert_eq!(
        store.read(|tx| tx.case_events(here(), case(1).id)).unwrap(),
        [
            event(1, None, None, State::Applied, None),
            event(2, Some(State::Applied), Some(Event::Queue), State::Waiting, None),
            event(
                3,
                Some(State::Waiting),
                Some(Event::Cancel),
                State::Cancelled,
                Some(agency_id(1))
            ),
        ]
    );
    let count =
        |from, until| store.read(|tx| tx.count_case_events(here(), at(from), at(until))).unwrap();
    let begun = EventCount { from: None, event: None, to: State::Applied, agency: None, count: 3 };
    assert_eq!(count(0, 100), [begun]);
    assert_eq!(count(100, 101).iter().map(|one| one.count).collect::<Vec<_>>(), [2, 1]);
    let states = store.read(|tx| tx.count_cases(here())).unwrap();
    assert_eq!(states, [(State::Applied, 1), (State::Cancelled, 1), (State::Waiting, 1)]);
    assert_eq!(store.read(|tx| tx.case_drift(here())).unwrap(), []);
    for plant in [
        format!("UPDATE replacement_case SET state = {}", State::Cancelled.code()),
        "UPDATE replacement_case SET version = 7".to_owned(),
    ] {
        by_hand(&stage.url, &plant).unwrap();
        let drift = store.read(|tx| tx.case_drift(here())).unwrap();
        assert!(drift.contains(&case(3).id), "{plant}");
    }
}

#[rstest]
fn of_many_who_move_a_case_at_once_one_does(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = agencies(backend);
    let store = &stage.store;
    let case = applied(store, 1);
    let moved = winners(store, |store| {
        let keep = PlaceChange::Keep;
        store.write(|tx| go_in(tx, &case, Event::CheckIn, State::CheckedIn, keep.clone())).unwrap()
            == Moved::Done
    });
    assert_eq!((moved, now(store, 1).version), (1, 1));
    assert_eq!(store.read(|tx| tx.case_events(here(), case.id)).unwrap().len(), 2);
}

#[rstest]
fn a_case_is_open_as_core_says(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let stage = agencies(backend);
    let store = &stage.store;
    assert_eq!(State::ALL.map(State::code), std::array::from_fn(|n| i16::try_from(n + 1).unwrap()));
    for (n, state) in (1..).zip(State::ALL) {
        applied(store, n);
        assert_eq!(go(store, n, Event::Hold, state, &PlaceChange::Keep), Moved::Done);
        let again = ReplacementCase { line: case(n).line, ..case(n + 100) };
        let opened = store.write(|tx| tx.apply_for_replacement(&again)).unwrap();
        assert_eq!(opened, !state.is_open(), "{state:?}");
    }
    let unknown = format!("UPDATE replacement_case SET state = {}", State::ALL.len() + 1);
    by_hand(&stage.url, &unknown).unwrap_err();
}

fn notice(n: u8, about: i32) -> NewCaseNotice {
    NewCaseNotice {
        incident: here(),
        of: case(1).id.into(),
        kind: CaseNoticeKind::Warning,
        channel: CaseChannel::Email,
        about,
        recipient: if n == 1 { Recipient::Holder } else { Recipient::Guardian },
        changed_since: n == 2,
        lately: if n == 2 { Lately::Came } else { Lately::Stayed },
        to: [n; 16],
        sealed: vec![n],
        at: at(n.into()),
    }
}

fn notices(store: &Store) -> Vec<CaseNotice> {
    store.read(|tx| tx.case_notices(here(), case(1).id)).unwrap()
}

#[rstest]
fn nobody_is_told_the_same_twice_without_a_mark(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = agencies(backend);
    let store = &stage.store;
    applied(store, 1);
    let add = |n, about| store.write(|tx| tx.add_case_notice(&notice(n, about))).unwrap();
    assert_eq!(winners(store, |_| add(1, 0)), 1);
    assert_eq!([add(2, 0), add(1, 0), add(1, 3)], [true, false, true]);
    let all = notices(store);
    assert_eq!(all.iter().map(|one| one.key.no).collect::<Vec<_>>(), [1, 2, 3]);
    let (first, second) = (all[0].key, all[1].key);
    let tried = winners(store, |store| {
        store.write(|tx| tx.try_case_notice(here(), &first, at(10))).unwrap()
    });
    assert_eq!(tried, 1);
    let found = |state, second| {
        store.read(|tx| tx.case_notices_in(here(), state, at(second), 9)).unwrap().len()
    };
    assert_eq!([found(CaseNoticeState::Trying, 9), found(CaseNoticeState::Trying, 10)], [0, 1]);
    // Its sender died.
    let repeated = winners(store, |store| {
        store.write(|tx| tx.repeat_case_notice(here(), &first, at(70))).unwrap()
    });
    assert_eq!(repeated, 1);
    let again = notices(store).pop().unwrap();
    assert_eq!(
        (again.flagged, again.state, again.to, again.key.no),
        (true, CaseNoticeState::Due, [1; 16], 4)
    );
    assert_eq!(notices(store)[0].state, CaseNoticeState::InDoubt);
    let settle = |key, state| store.write(|tx| tx.settle_case_notice(here(), key, state, at(80)));
    assert!(!settle(&again.key, CaseNoticeState::Handed).unwrap());
    assert!(store.write(|tx| tx.try_case_notice(here(), &again.key, at(75))).unwrap());
    assert!(settle(&again.key, CaseNoticeState::Handed).unwrap());
    assert!(!settle(&again.key, CaseNoticeState::Failed).unwrap());
    settle(&second, CaseNoticeState::Dropped).unwrap_err();
    let drop = || {
        let kinds = [CaseNoticeKind::Warning, CaseNoticeKind::Visit];
        store.write(|tx| tx.drop_case_notices(here(), case(1).id, &kinds, at(90))).unwrap()
    };
    assert_eq!([drop(), drop()], [2, 0]);
    let states: Vec<_> = notices(store).iter().map(|one| one.state).collect();
    let expected = [
        CaseNoticeState::InDoubt,
        CaseNoticeState::Dropped,
        CaseNoticeState::Dropped,
        CaseNoticeState::Handed,
    ];
    assert_eq!(states, expected);
}

fn proof(kind: ProofKind, passed: bool, second: i64) -> CaseProof {
    CaseProof {
        no: 0,
        kind,
        passed,
        by: Some(staff(1)),
        terminal: None,
        agency: None,
        made_at: at(second),
        used_at: None,
    }
}

#[rstest]
fn proofs_are_used_once_and_together(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = agencies(backend);
    let store = &stage.store;
    applied(store, 1);
    let id = case(1).id;
    let add = |proof: CaseProof| store.write(|tx| tx.add_case_proof(here(), id, &proof)).unwrap();
    let both = [ProofKind::Documents, ProofKind::Present];
    let uses =
        |since| store.write(|tx| tx.use_case_proofs(here(), id, &both, at(since), at(99))).unwrap();
    assert_eq!(add(proof(ProofKind::Documents, true, 10)), 1);
    assert_eq!(add(proof(ProofKind::Present, false, 11)), 2);
    assert!(!uses(0));
    assert_eq!(add(proof(ProofKind::Present, true, 12)), 3);
    // One of them is too old.
    assert!(!uses(11));
    assert_eq!(winners(store, |_| uses(10)), 1);
    let all = store.read(|tx| tx.case_proofs(here(), id)).unwrap();
    assert_eq!(
        all.iter().map(|one| one.used_at).collect::<Vec<_>>(),
        [Some(at(99)), None, Some(at(99))]
    );
    assert!(!uses(0));
    for change in ["UPDATE proof SET used_at = made_at", "UPDATE proof SET used_at = NULL"] {
        let refused = by_hand(&stage.url, change).unwrap_err();
        assert!(refused.contains("proof"), "{change}: {refused}");
    }
}

fn erase(store: &Store) -> Result<(), StoreError> {
    store.write(|tx| tx.set_incident_state(here(), IncidentState::Erasing))
}

#[rstest]
fn whoever_waits_for_a_card_keeps_the_incident(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = agencies(backend);
    let store = &stage.store;
    applied(store, 1);
    store.write(|tx| tx.add_case_notice(&notice(1, 0))).unwrap();
    store
        .write(|tx| tx.add_case_proof(here(), case(1).id, &proof(ProofKind::Present, true, 1)))
        .unwrap();
    assert_eq!(erase(store), Err(StoreError::OpenReplacements));
    assert_eq!(go(store, 1, Event::Attach, State::Completed, &PlaceChange::Keep), Moved::Done);
    let unsettled = |second| store.read(|tx| tx.unsettled_cases(here(), at(second))).unwrap();
    assert_eq!([unsettled(99), unsettled(100)], [1, 0]);
    // The database asks its own clock as well: completed an hour ago, and four days ago.
    let (hour, days) = match backend {
        Backend::Sqlite => (
            "(strftime('%s', 'now') - 3600) * 1000000",
            "(strftime('%s', 'now') - 4 * 86400) * 1000000",
        ),
        Backend::Postgres => ("now() - interval '1 hour'", "now() - interval '4 days'"),
    };
    let complete = |when: &str| {
        by_hand(&stage.url, &format!("UPDATE replacement_case SET completed_at = {when}")).unwrap()
    };
    complete(hour);
    assert_eq!(erase(store), Err(StoreError::OpenReplacements));
    complete(days);
    erase(store).unwrap();
    let late = store.write(|tx| tx.apply_for_replacement(&case(2)));
    assert!(matches!(late, Err(StoreError::State(_))), "{late:?}");
    let done = now(store, 1);
    let back =
        store.write(|tx| go_in(tx, &done, Event::RollBack, State::RollingBack, PlaceChange::Keep));
    assert!(matches!(back, Err(StoreError::State(_))), "{back:?}");
    store.write(|tx| tx.erase_customers(here())).unwrap();
    for table in ["replacement_case", "case_event", "case_notice", "proof"] {
        let left = by_hand(&stage.url, &format!("SELECT count(*) FROM {table}")).unwrap();
        assert_eq!(left, "0", "{table}");
    }
}

#[rstest]
fn a_swap_that_is_not_settled_keeps_the_incident_and_outlives_it(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = swapping(backend);
    let store = &stage.store;
    let id = new_swap(1, 1, 1, 1).id;
    assert_eq!(go(store, 1, Event::Attach, State::Completed, &PlaceChange::Keep), Moved::Done);
    assert_eq!(erase(store), Err(StoreError::OpenReplacements));
    let done = store.write(|tx| {
        assert!(tx.take_swap(id, token(1), at(0), at(60))?);
        assert!(tx.complete_swap(id, token(1), at(1), at(900))?);
        tx.take_swap(id, token(2), at(900), at(960))
    });
    assert!(done.unwrap());
    assert_eq!(erase(store), Err(StoreError::OpenReplacements));
    assert!(store.write(|tx| tx.settle_swap(id, token(2), at(901))).unwrap());
    erase(store).unwrap();
    store.write(|tx| tx.erase_customers(here())).unwrap();
    assert!(store.read(|tx| tx.swap(id)).unwrap().is_some());
    assert_eq!(store.read(|tx| tx.recount_stock(day(0))).unwrap(), []);
}

/// A row in each table, settled where something can be.
fn furnished(backend: Backend) -> Stage {
    let stage = swapping(backend);
    let store = &stage.store;
    let swap = new_swap(1, 1, 1, 1);
    let ticket = Ticket {
        id: TicketId::from_bytes([1; 16]),
        swap: swap.id,
        reason: Reason::OldGone,
        truth: "x".to_owned(),
        opened_at: at(1),
        closed: None,
    };
    let hold = LineHold {
        number: [9; 16],
        raised_at: at(1),
        by: Some(staff(1)),
        reason: "x".to_owned(),
        case: None,
        cleared: None,
        owner_agreed_at: None,
    };
    let end = TicketClosed { at: at(2), by: staff(1), how: "x".to_owned() };
    let order = NewOrder {
        id: OrderId::from_bytes([1; 16]),
        kind: Kind::Hold,
        sealed: vec![1],
        incident: None,
        subject: None,
        at: at(0),
    };
    let write = store.write(|tx| {
        tx.add_case_notice(&notice(1, 0))?;
        let key = tx.case_notices(here(), case(1).id)?[0].key;
        tx.try_case_notice(here(), &key, at(2))?;
        tx.settle_case_notice(here(), &key, CaseNoticeState::Handed, at(3))?;
        tx.add_case_proof(here(), case(1).id, &proof(ProofKind::Present, true, 1))?;
        tx.use_case_proofs(here(), case(1).id, &[], at(0), at(1))?;
        tx.raise_line_hold(&hold)?;
        tx.clear_line_hold(&[9; 16], staff(2), at(2))?;
        tx.take_swap(swap.id, token(1), at(0), at(60))?;
        let intent = Intent {
            swap: swap.id,
            number: swap.number,
            incident: swap.incident,
            case: swap.case,
            case_state: State::Swapping,
            token: token(1),
            now: at(1),
            until: at(60),
            done: None,
            no: 1,
            command: SentCommand::DeleteOld,
        };
        assert_eq!(tx.intend(&intent)?, Intended::Written);
        tx.settle_step(swap.id, 1, token(1), Outcome::Done, at(2))?;
        tx.undo_swap(swap.id, token(1), at(3))?;
        tx.open_ticket(&ticket)?;
        tx.close_ticket(ticket.id, &end)?;
        tx.raise_sim_change(&[1; 16], at(1))?;
        tx.put_order(&order)?;
        let taken = tx.claim_order(Kind::Hold, token(1), at(1), at(9))?.unwrap();
        tx.settle_order(taken.id, token(1), OrderState::Taken, at(2))?;
        // One that is due: what is settled may go.
        tx.put_order(&NewOrder { id: OrderId::from_bytes([2; 16]), ..order.clone() })
    });
    write.unwrap();
    stage
}

#[rstest]
fn what_was_written_down_stays_as_it_is(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = furnished(backend);
    stock(&stage.store, 1, 10, 12);
    for (table, columns) in [
        ("agency", "id code"),
        ("lot", "id agency product supplier_ref kind from_agency at expected_on counted state"),
        ("card", "id imsi_ix product"),
        ("replacement_case", "line person applied_at"),
        ("case_event", "from_state event to_state by_staff agency at"),
        ("case_notice", "kind about recipient flagged state to_ix sealed made_at"),
        ("proof", "kind passed by_staff made_at used_at"),
        ("line_hold", "number_ix raised_at by_staff reason case_id cleared_at cleared_by"),
        ("swap", "number_ix card opened_at sealed state settled_at"),
        ("swap_step", "command at token outcome settled_at"),
        ("ticket", "swap reason truth opened_at closed_at closed_by how"),
        ("outbox", "kind sealed made_at incident subject subject_no state tries"),
    ] {
        let expected = format!("{table} rows are immutable");
        for column in columns.split(' ') {
            let change = format!("UPDATE {table} SET {column} = {column}");
            let refused = by_hand(&stage.url, &change).expect_err(&change);
            assert!(refused.contains(&expected), "{change}: {refused}");
        }
        let delete = format!("DELETE FROM {table}");
        let refused = by_hand(&stage.url, &delete).expect_err(&delete);
        let reason = ["rows are immutable", "violates foreign key constraint"];
        assert!(reason.iter().any(|words| refused.contains(words)), "{delete}: {refused}");
        if backend == Backend::Postgres {
            let truncate = format!("TRUNCATE {table} CASCADE");
            let refused = by_hand(&stage.url, &truncate).expect_err(&truncate);
            assert!(refused.contains("rows are immutable"), "{truncate}: {refused}");
        }
    }
}

#[rstest]
fn cases_from_before_keep_their_story(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = agencies(backend);
    let store = &stage.store;
    stock(store, 1, 1, 3);
    assert!(store.write(|tx| tx.hold_places(agency_id(1), PRODUCT, day(1), 1)).unwrap());
    for n in [1, 2] {
        applied(store, n);
    }
    assert_eq!(go(store, 1, Event::Book, State::Booked, &place(1, 1, 9)), Moved::Done);
    assert_eq!(go(store, 2, Event::Decline, State::Declined, &PlaceChange::Keep), Moved::Done);
    let url = stage.url.clone();
    crate::migrations::back_to(&url, backend, "0013_portal");
    let old = by_hand(&url, "SELECT state FROM replacement_case ORDER BY state").unwrap();
    assert_eq!(old, "1\n2");
    let store = Store::open(&url).unwrap();
    // The older version knew two states.
    assert_eq!(now(&store, 1).state, State::Applied);
    assert_eq!(now(&store, 2).state, State::Cancelled);
    assert_eq!(store.read(|tx| tx.case_drift(here())).unwrap(), []);
    assert_eq!(go(&store, 1, Event::Cancel, State::Cancelled, &PlaceChange::Keep), Moved::Done);
    let events = store.read(|tx| tx.case_events(here(), case(2).id)).unwrap();
    assert_eq!(
        events.iter().map(|one| one.to).collect::<Vec<_>>(),
        [State::Applied, State::Cancelled]
    );
}
