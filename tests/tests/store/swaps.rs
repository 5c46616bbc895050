//! Swaps: one at a time for a line and for a card, one worker at a time, nothing sent that was not written down under a lease.

use std::sync::atomic::{AtomicU8, Ordering};

use rstest::rstest;
use simrecall_core::id::{OrderId, TicketId};
use simrecall_core::order::Kind;
use simrecall_core::replacement::swap::{Command, Outcome, Reason};
use simrecall_core::replacement::{Event, State};
use simrecall_store::Store;
use simrecall_store::line_hold::LineHold;
use simrecall_store::outbox::{NewOrder, OrderState};
use simrecall_store::replacement::{Moved, PlaceChange, ReplacementCase};
use simrecall_store::swap::{
    Intended, Intent, NewSwap, Opened, SentCommand, Swap, SwapState, Ticket, TicketClosed,
};
use simrecall_tests::Backend;

use crate::replacement_stage::{agencies, case, go, here, new_swap, staff, stock, swapping, token};
use crate::stage::{at, by_hand, stage};
use crate::visit::winners;

/// The first command; its number is another one's with `..`.
fn intent(lease: u8, case_state: State, command: Command, second: i64) -> Intent {
    let swap = new_swap(1, 1, 1, 1);
    Intent {
        swap: swap.id,
        number: swap.number,
        incident: swap.incident,
        case: swap.case,
        case_state,
        token: token(lease),
        now: at(second),
        until: at(second + 60),
        done: None,
        no: 1,
        command: SentCommand::Swap(command),
    }
}

fn intend(store: &Store, intent: &Intent) -> Intended {
    store.write(|tx| tx.intend(intent)).unwrap()
}

fn take(store: &Store, lease: u8, second: i64) -> bool {
    let id = new_swap(1, 1, 1, 1).id;
    store.write(|tx| tx.take_swap(id, token(lease), at(second), at(second + 60))).unwrap()
}

fn settle(store: &Store, no: i32, lease: u8, outcome: Outcome, second: i64) -> bool {
    let id = new_swap(1, 1, 1, 1).id;
    store.write(|tx| tx.settle_step(id, no, token(lease), outcome, at(second))).unwrap()
}

fn read(store: &Store) -> Swap {
    store.read(|tx| tx.swap(new_swap(1, 1, 1, 1).id)).unwrap().unwrap()
}

fn hold(by: Option<u8>) -> LineHold {
    LineHold {
        number: [1; 16],
        raised_at: at(50),
        by: by.map(staff),
        reason: "not_me".to_owned(),
        case: Some((here(), case(1).id)),
        cleared: None,
        owner_agreed_at: None,
    }
}

#[rstest]
fn of_a_hundred_orders_for_one_line_one_swap_begins(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = agencies(backend);
    let store = &stage.store;
    stock(store, 1, 1, 102);
    let next = AtomicU8::new(1);
    let done = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..100)
            .map(|_| {
                scope.spawn(|| {
                    // Each with a case, a card and a swap of its own making, for the same line.
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    let mine = ReplacementCase { line: case(1).line, ..case(n.into()) };
                    store
                        .write(|tx| {
                            let applied = tx.apply_for_replacement(&mine)?;
                            let opened = tx.open_swap(&new_swap(n, 1, n.into(), n.into()))?;
                            Ok((applied, opened == Opened::Yes))
                        })
                        .unwrap()
                })
            })
            .collect();
        threads.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(done.iter().filter(|(applied, _)| *applied).count(), 1);
    assert_eq!(done.iter().filter(|(_, opened)| *opened).count(), 1);
    for table in ["replacement_case", "swap", "case_event"] {
        let rows = by_hand(&stage.url, &format!("SELECT count(*) FROM {table}")).unwrap();
        assert_eq!(rows, "1", "{table}");
    }
}

#[rstest]
fn a_line_and_a_card_have_one_open_swap(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = swapping(backend);
    let store = &stage.store;
    let open =
        |n, number, card| store.write(|tx| tx.open_swap(&new_swap(n, number, card, 1))).unwrap();
    assert_eq!([open(2, 1, 2), open(3, 2, 1)], [Opened::LineBusy, Opened::CardBusy]);
    assert!(
        store.write(|tx| tx.raise_line_hold(&LineHold { number: [3; 16], ..hold(None) })).unwrap()
    );
    assert_eq!([open(4, 3, 2), open(5, 4, 2)], [Opened::LineHeld, Opened::Yes]);
    let of = store.read(|tx| tx.open_swap_of(&[1; 16])).unwrap().unwrap();
    assert_eq!(of, read(store));
    assert_eq!(store.read(|tx| tx.swaps_of(here(), case(1).id)).unwrap().len(), 2);
}

#[rstest]
fn a_lease_is_taken_once_and_once_more_when_it_has_run_out(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = swapping(backend);
    let store = &stage.store;
    let id = read(store).id;
    let due = |second| store.read(|tx| tx.due_swaps(at(second), 9)).unwrap().len();
    assert_eq!([due(-1), due(0)], [0, 1]);
    let next = AtomicU8::new(1);
    let racing =
        |second| winners(store, |store| take(store, next.fetch_add(1, Ordering::Relaxed), second));
    assert_eq!(racing(0), 1);
    assert_eq!([due(59), due(60)], [0, 1]);
    assert_eq!([racing(59), racing(60)], [0, 1]);
    let (mine, _) = read(store).lease.unwrap();
    let renew =
        |second| store.write(|tx| tx.renew_swap(id, mine, at(second), at(second + 60))).unwrap();
    assert_eq!([renew(100), renew(160)], [true, false]);
    // Whoever lost it does nothing under it any more.
    assert_eq!(store.write(|tx| tx.count_miss(id, mine, at(160))).unwrap(), None);
    assert!(!store.write(|tx| tx.commit_plan(id, mine, at(160), &[2])).unwrap());
    assert!(!store.write(|tx| tx.complete_swap(id, mine, at(160), at(900))).unwrap());
    assert!(store.write(|tx| tx.release_swap(id, mine, Some(at(500)))).unwrap());
    assert!(!store.write(|tx| tx.release_swap(id, mine, None)).unwrap());
    assert_eq!([due(499), due(500)], [0, 1]);
    assert!(take(store, 99, 500));
    assert!(store.write(|tx| tx.release_swap(id, token(99), None)).unwrap());
    assert_eq!(due(9_999), 0);
    assert!(store.write(|tx| tx.wake_swap(id, at(600))).unwrap());
    assert_eq!(due(600), 1);
}

#[rstest]
fn nothing_is_sent_without_lease_state_and_line(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = swapping(backend);
    let store = &stage.store;
    let forward = |second| intent(1, State::Swapping, Command::Create, second);
    assert_eq!(intend(store, &forward(0)), Intended::LeaseLost);
    assert!(take(store, 1, 0));
    assert_eq!(intend(store, &forward(0)), Intended::Written);
    // Each holds the swap for another minute: to 60, then to 119.
    assert_eq!(intend(store, &Intent { no: 2, ..forward(59) }), Intended::Written);
    assert_eq!(read(store).lease, Some((token(1), at(119))));
    assert_eq!(intend(store, &Intent { no: 3, ..forward(119) }), Intended::LeaseLost);
    assert_eq!(
        intend(store, &Intent { no: 3, token: token(2), ..forward(60) }),
        Intended::LeaseLost
    );
    // A number is given once, whoever thinks that it is the next one.
    store.write(|tx| tx.intend(&Intent { no: 2, ..forward(60) })).unwrap_err();
    let forward = |second| Intent { no: 3, ..forward(second) };
    let back =
        |second| Intent { no: 3, ..intent(1, State::RollingBack, Command::DeleteNew, second) };
    assert_eq!(intend(store, &back(1)), Intended::CaseElsewhere(Some(State::Swapping)));
    // "Not me": forward nothing more is sent, back it is.
    assert!(store.write(|tx| tx.raise_line_hold(&hold(None))).unwrap());
    assert_eq!(intend(store, &forward(1)), Intended::LineHeld);
    assert_eq!(go(store, 1, Event::Hold, State::RollingBack, &PlaceChange::Keep), Moved::Done);
    assert_eq!(intend(store, &back(1)), Intended::Written);
    let steps = store.read(|tx| tx.swap_steps(read(store).id)).unwrap();
    let commands: Vec<_> = steps.iter().map(|step| (step.no, step.command)).collect();
    let sent = SentCommand::Swap;
    assert_eq!(
        commands,
        [(1, sent(Command::Create)), (2, sent(Command::Create)), (3, sent(Command::DeleteNew))]
    );
    assert!(steps.iter().all(|step| step.outcome == Outcome::Open && step.token == token(1)));
}

#[rstest]
fn an_answer_is_written_once_by_whose_it_is(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = swapping(backend);
    let store = &stage.store;
    let id = read(store).id;
    assert!(take(store, 1, 0));
    for (no, second) in (1..=3).zip(0..) {
        let asked = Intent { no, ..intent(1, State::Swapping, Command::Create, second) };
        assert_eq!(intend(store, &asked), Intended::Written);
    }
    for n in 1..=2 {
        assert_eq!(store.write(|tx| tx.count_miss(id, token(1), at(5))).unwrap(), Some(n));
    }
    assert!(settle(store, 1, 1, Outcome::Refused, 6));
    assert_eq!(read(store).misses, 2);
    assert!(!settle(store, 1, 1, Outcome::Done, 7));
    assert!(settle(store, 2, 1, Outcome::Done, 8));
    assert_eq!(read(store).misses, 0);
    // Another worker, while the first may still be at it, and after its lease.
    assert!(!settle(store, 3, 2, Outcome::Unknown, 59));
    assert!(take(store, 2, 62));
    assert!(settle(store, 3, 2, Outcome::Unknown, 63));
    store.write(|tx| tx.settle_step(id, 3, token(2), Outcome::Open, at(64))).unwrap_err();
    let outcomes: Vec<_> = store.read(|tx| tx.swap_steps(id)).unwrap();
    let outcomes: Vec<_> = outcomes.iter().map(|step| (step.outcome, step.settled_at)).collect();
    assert_eq!(
        outcomes,
        [
            (Outcome::Refused, Some(at(6))),
            (Outcome::Done, Some(at(8))),
            (Outcome::Unknown, Some(at(63)))
        ]
    );
}

#[rstest]
fn what_was_done_is_written_with_the_next_intent(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = swapping(backend);
    let store = &stage.store;
    let id = read(store).id;
    assert!(take(store, 1, 0));
    let forward = |no: i32, done, second| Intent {
        no,
        done,
        ..intent(1, State::Swapping, Command::Create, second)
    };
    assert_eq!(intend(store, &forward(1, None, 0)), Intended::Written);
    assert_eq!(store.write(|tx| tx.count_miss(id, token(1), at(1))).unwrap(), Some(1));
    let outcomes = || {
        let steps = store.read(|tx| tx.swap_steps(id)).unwrap();
        steps.iter().map(|step| (step.outcome, step.settled_at)).collect::<Vec<_>>()
    };
    // Not by somebody else, and not after the lease.
    let late = Intent { token: token(2), ..forward(2, Some(1), 2) };
    assert_eq!(intend(store, &late), Intended::LeaseLost);
    assert_eq!(intend(store, &forward(2, Some(1), 60)), Intended::LeaseLost);
    assert_eq!((outcomes(), read(store).misses), (vec![(Outcome::Open, None)], 1));
    assert_eq!(intend(store, &forward(2, Some(1), 3)), Intended::Written);
    let done = (Outcome::Done, Some(at(3)));
    assert_eq!((outcomes(), read(store).misses), (vec![done, (Outcome::Open, None)], 0));
    // It stays written where nothing more is sent.
    assert!(store.write(|tx| tx.raise_line_hold(&hold(None))).unwrap());
    assert_eq!(intend(store, &forward(3, Some(2), 4)), Intended::LineHeld);
    assert_eq!(outcomes(), [done, (Outcome::Done, Some(at(4)))]);
}

#[rstest]
fn a_swap_is_begun_under_the_lease_of_whoever_begins_it(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = swapping(backend);
    let store = &stage.store;
    let new = NewSwap { lease: Some((token(7), at(60))), ..new_swap(2, 2, 2, 1) };
    assert_eq!(store.write(|tx| tx.open_swap(&new)).unwrap(), Opened::Yes);
    assert_eq!(store.read(|tx| tx.swap(new.id)).unwrap(), Some(new.clone().opened()));
    let take = |second| {
        store.write(|tx| tx.take_swap(new.id, token(8), at(second), at(second + 60))).unwrap()
    };
    assert_eq!([take(59), take(60)], [false, true]);
}

#[rstest]
fn a_swap_is_done_settled_and_forgets_its_plan(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = swapping(backend);
    let store = &stage.store;
    let id = read(store).id;
    assert!(take(store, 1, 0));
    let plan =
        |sealed: &[u8]| store.write(|tx| tx.commit_plan(id, token(1), at(1), sealed)).unwrap();
    assert_eq!([plan(&[2]), plan(&[3])], [true, false]);
    let pivot = |second| store.write(|tx| tx.mark_pivot(id, at(second))).unwrap();
    assert_eq!([pivot(7), pivot(8)], [true, true]);
    assert!(store.write(|tx| tx.complete_swap(id, token(1), at(9), at(900))).unwrap());
    let done = read(store);
    assert_eq!((done.state, done.pivot_at, done.sealed), (SwapState::Done, Some(at(7)), vec![2]));
    assert!(store.write(|tx| tx.reopen_swap(id, at(20))).unwrap());
    assert_eq!((read(store).state, read(store).completed_at), (SwapState::Open, None));
    assert!(take(store, 2, 20));
    assert!(store.write(|tx| tx.complete_swap(id, token(2), at(30), at(900))).unwrap());
    assert!(take(store, 3, 900));
    assert!(store.write(|tx| tx.settle_swap(id, token(3), at(901))).unwrap());
    let over = read(store);
    assert_eq!((over.settled_at, over.sealed, over.lease), (Some(at(901)), vec![], None));
    assert!(!store.write(|tx| tx.reopen_swap(id, at(902))).unwrap());
    assert!(!take(store, 4, 903));
    assert!(store.read(|tx| tx.due_swaps(at(9_999), 9)).unwrap().is_empty());
    // The line may change cards again.
    assert_eq!(store.write(|tx| tx.open_swap(&new_swap(2, 1, 2, 1))).unwrap(), Opened::Yes);
    let second = new_swap(2, 1, 2, 1).id;
    assert!(store.write(|tx| tx.take_swap(second, token(5), at(0), at(60))).unwrap());
    assert!(store.write(|tx| tx.undo_swap(second, token(5), at(1))).unwrap());
    let back = store.read(|tx| tx.swap(second)).unwrap().unwrap();
    assert_eq!(
        (back.state, back.settled_at, back.sealed),
        (SwapState::RolledBack, Some(at(1)), vec![])
    );
}

#[rstest]
fn a_hold_is_cleared_by_somebody_else(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = stage(backend);
    let store = &stage.store;
    let raise = |by| store.write(|tx| tx.raise_line_hold(&hold(by))).unwrap();
    let clear = |by| store.write(|tx| tx.clear_line_hold(&[1; 16], staff(by), at(90))).unwrap();
    assert_eq!([raise(Some(1)), raise(Some(2))], [true, false]);
    assert_eq!([clear(1), clear(2), clear(3)], [false, true, false]);
    assert!(!store.read(|tx| tx.line_is_held(&[1; 16])).unwrap());
    // The customer's own: anybody of the staff clears it, once they have agreed.
    let agree = || store.write(|tx| tx.agree_to_clear(&[1; 16], at(80))).unwrap();
    assert_eq!(
        [raise(None), clear(1), agree(), clear(1), raise(Some(2))],
        [true, false, true, true, true]
    );
    let all = store.read(|tx| tx.line_holds(&[1; 16])).unwrap();
    let cleared: Vec<_> = all.iter().map(|hold| hold.cleared.map(|(_, by)| by)).collect();
    assert_eq!(cleared, [Some(staff(2)), Some(staff(1)), None]);
    assert_eq!(store.read(|tx| tx.live_line_holds(9)).unwrap(), [hold(Some(2))]);
    let own = "UPDATE line_hold SET cleared_at = raised_at, cleared_by = by_staff WHERE cleared_at IS NULL";
    by_hand(&stage.url, own).unwrap_err();
    assert_eq!(winners(store, |_| clear(1)), 1);
    assert_eq!(winners(store, |_| raise(None)), 1);
}

#[rstest]
fn the_latest_change_of_a_number_only_rises(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = stage(backend);
    let store = &stage.store;
    let known = || store.read(|tx| tx.sim_change(&[1; 16])).unwrap();
    let raise = |second| store.write(|tx| tx.raise_sim_change(&[1; 16], at(second))).unwrap();
    assert_eq!(known(), None);
    for (second, latest) in [(50, 50), (40, 50), (50, 50), (60, 60), (0, 60)] {
        raise(second);
        assert_eq!(known(), Some(at(latest)));
    }
    let next = AtomicU8::new(70);
    winners(store, |_| {
        raise(next.fetch_add(1, Ordering::Relaxed).into());
        true
    });
    assert_eq!(known(), Some(at(77)));
    let lower = match backend {
        Backend::Sqlite => "UPDATE sim_change SET at = at - 1",
        Backend::Postgres => "UPDATE sim_change SET at = at - interval '1 second'",
    };
    by_hand(&stage.url, "UPDATE sim_change SET at = NULL").unwrap_err();
    for wrong in [lower, "DELETE FROM sim_change"] {
        let refused = by_hand(&stage.url, wrong).unwrap_err();
        assert!(refused.contains("sim_change rows are immutable"), "{wrong}: {refused}");
    }
}

#[rstest]
fn a_swap_has_one_open_ticket(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let stage = swapping(backend);
    let store = &stage.store;
    let ticket = |n: u8| Ticket {
        id: TicketId::from_bytes([n; 16]),
        swap: read(store).id,
        reason: Reason::NumberAtThird,
        truth: "old: gone".to_owned(),
        opened_at: at(n.into()),
        closed: None,
    };
    let open = |n| store.write(|tx| tx.open_ticket(&ticket(n))).unwrap();
    assert_eq!([open(1), open(2)], [true, false]);
    assert_eq!(store.read(|tx| tx.open_tickets(9)).unwrap(), [ticket(1)]);
    let end = TicketClosed { at: at(9), by: staff(1), how: "put back by hand".to_owned() };
    let close = || store.write(|tx| tx.close_ticket(ticket(1).id, &end)).unwrap();
    assert_eq!([close(), close(), open(2)], [true, false, true]);
    let closed = Ticket { closed: Some(end.clone()), ..ticket(1) };
    assert_eq!(store.read(|tx| tx.ticket(closed.id)).unwrap(), Some(closed.clone()));
    assert_eq!(store.read(|tx| tx.tickets_of(closed.swap)).unwrap(), [closed, ticket(2)]);
}

#[rstest]
fn an_order_is_sent_by_one_at_a_time_until_it_is_settled(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = stage(backend);
    let store = &stage.store;
    let order = |n: u8| NewOrder {
        id: OrderId::from_bytes([n; 16]),
        kind: Kind::Hold,
        sealed: vec![n],
        incident: None,
        subject: None,
        at: at(n.into()),
    };
    for n in [1, 2] {
        store.write(|tx| tx.put_order(&order(n))).unwrap();
    }
    let claim = |lease: u8, second: i64| {
        let until = at(second + 30);
        let claimed =
            store.write(|tx| tx.claim_order(Kind::Hold, token(lease), at(second), until)).unwrap();
        claimed.map(|order| (order.sealed, order.tries))
    };
    assert_eq!(claim(1, 0), None);
    let next = AtomicU8::new(10);
    let claimed = winners(store, |_| claim(next.fetch_add(1, Ordering::Relaxed), 5).is_some());
    assert_eq!(claimed, 2);
    assert_eq!(claim(1, 34), None);
    // Their senders died.
    assert_eq!([claim(1, 35), claim(2, 35)], [Some((vec![1], 2)), Some((vec![2], 2))]);
    let settle = |n, lease, state| {
        store.write(|tx| tx.settle_order(order(n).id, token(lease), state, at(40))).unwrap()
    };
    assert_eq!([settle(1, 9, OrderState::Taken), settle(1, 1, OrderState::Taken)], [false, true]);
    let retry =
        |lease| store.write(|tx| tx.retry_order(order(2).id, token(lease), at(100))).unwrap();
    assert_eq!([retry(1), retry(2), retry(2)], [false, true, false]);
    assert_eq!([claim(3, 99), claim(3, 100)], [None, Some((vec![2], 3))]);
    assert!(settle(2, 3, OrderState::Refused));
    let taken = store.read(|tx| tx.orders_in(OrderState::Taken, 9)).unwrap();
    assert_eq!((taken.len(), taken[0].settled_at), (1, Some(at(40))));
    let refused = store.read(|tx| tx.order(order(2).id)).unwrap().unwrap();
    assert_eq!((refused.state, refused.tries), (OrderState::Refused, 3));
}
