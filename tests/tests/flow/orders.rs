//! Orders to other systems: what each answer does, a system that is down, a lift and its block, a sender that is killed.

mod blocks;
mod cut;
mod elsewhere;
mod stage;

use std::collections::BTreeMap;
use std::thread;

use chrono::TimeDelta;
use rstest::rstest;
use simrecall_core::order::Kind;
use simrecall_engine::orders::{Pass, Retry, Unwatched, list, retry, send};
use simrecall_store::outbox::OrderState;
use simrecall_tests::Backend;
use simrecall_tests::peers::{OrderTaker, TakenOrder};

use self::stage::{LEAD, Stage, arrived, refused};

#[rstest]
fn an_answer_decides_what_becomes_of_an_order(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let taker = OrderTaker::start().unwrap();
    let stage = Stage::new(backend, &[(&taker, &["card.ship"])]);
    for (status, state, tries) in [
        (200, OrderState::Taken, 1),
        (204, OrderState::Taken, 1),
        (400, OrderState::Refused, 1),
        (409, OrderState::Refused, 1),
        (413, OrderState::Refused, 1),
        (422, OrderState::Refused, 1),
        (408, OrderState::Due, 1),
        (425, OrderState::Due, 1),
        (429, OrderState::Due, 1),
        (500, OrderState::Due, 1),
        (503, OrderState::Due, 1),
        // About the system, not about the order: no try is counted.
        (301, OrderState::Due, 0),
        (401, OrderState::Due, 0),
        (403, OrderState::Due, 0),
        (404, OrderState::Due, 0),
        (405, OrderState::Due, 0),
        (410, OrderState::Due, 0),
    ] {
        taker.answer("card.ship", status).unwrap();
        let id = stage.order(Kind::ShipCard, None);
        let answer = send(&stage.home, Pass::Once, &mut Unwatched).unwrap();
        let order = stage.kept(id);
        assert_eq!((order.state, order.tries), (state, tries), "{status}");
        let astray = state == OrderState::Due && tries == 0;
        assert_eq!(answer.is_stopped(), astray, "{status}");
        let again = (order.next_at - stage.home.now()).num_seconds();
        assert_eq!(again, if tries == 1 && state == OrderState::Due { 60 } else { 0 }, "{status}");
        // It is taken over at last, and the same bytes came each time.
        taker.answer("card.ship", 204).unwrap();
        stage.pass(TimeDelta::minutes(2));
        send(&stage.home, Pass::Once, &mut Unwatched).unwrap();
        let bodies: Vec<String> = arrived(&taker, id).into_iter().map(|one| one.body).collect();
        assert!(bodies.windows(2).all(|two| two[0] == two[1]), "{status}");
        if state == OrderState::Refused {
            assert_eq!(stage.kept(id).state, OrderState::Refused, "{status}");
        } else {
            assert_eq!(stage.kept(id).state, OrderState::Taken, "{status}");
        }
    }
    assert!(taker.orders().unwrap().iter().all(|one| one.signed));
    let text = format!("{:?}", list(&stage.home).unwrap());
    assert!(!text.contains("First Street"), "{text}");
}

#[rstest]
fn a_system_that_is_down_holds_up_no_other(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (down, up) = (OrderTaker::start().unwrap(), OrderTaker::start().unwrap());
    let stage = Stage::new(backend, &[(&down, &["card.*"]), (&up, &["bill.waive"])]);
    down.answer("*", 503).unwrap();
    let waiting: Vec<_> = (0..20).map(|_| stage.order(Kind::ShipCard, None)).collect();
    let going: Vec<_> = (0..20).map(|_| stage.order(Kind::WaiveBill, None)).collect();
    let nobodys = stage.order(Kind::Swapped, None);
    let answer = send(&stage.home, Pass::Once, &mut Unwatched).unwrap();
    assert!(!answer.is_stopped());
    assert_eq!((answer.receivers[0].put_off, answer.receivers[1].taken), (2, 20));
    assert_eq!(answer.left.nobody_takes[..2], ["micropayment.block", "micropayment.lift"]);
    assert!(going.iter().all(|id| stage.kept(*id).state == OrderState::Taken));
    assert_eq!(stage.kept(nobodys).state, OrderState::Due);
    down.answer("*", 204).unwrap();
    stage.pass(TimeDelta::minutes(1));
    send(&stage.home, Pass::Once, &mut Unwatched).unwrap();
    assert!(waiting.iter().all(|id| stage.kept(*id).state == OrderState::Taken));
    // A secret nobody can read is about the system, too.
    std::fs::remove_file(up.secret_file()).unwrap();
    let id = stage.order(Kind::WaiveBill, None);
    let answer = send(&stage.home, Pass::Once, &mut Unwatched).unwrap();
    assert!(answer.is_stopped() && answer.receivers[1].stopped.is_some());
    assert_eq!((stage.kept(id).state, stage.kept(id).tries), (OrderState::Due, 0));
}

#[rstest]
fn a_lift_never_overtakes_its_block(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    const NUMBERS: u8 = 30;
    let taker = OrderTaker::start().unwrap();
    let stage = Stage::new(backend, &[(&taker, &["micropayment.*"])]);
    for n in 0..NUMBERS {
        for kind in [Kind::Block, Kind::Lift, Kind::Hold] {
            stage.order(kind, Some([n + 1; 16]));
        }
    }
    taker.falter(3).unwrap();
    for _ in 0..30 {
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| send(&stage.home, Pass::Once, &mut Unwatched).unwrap());
            }
        });
        stage.pass(TimeDelta::hours(1));
    }
    let mut by_number: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for TakenOrder { body, kind, status, again, .. } in taker.orders().unwrap() {
        if status == 204 && !again {
            let number = body.split("\"number\":").nth(1).unwrap().to_owned();
            by_number.entry(number).or_default().push(kind);
        }
    }
    assert_eq!(by_number.len(), usize::from(NUMBERS));
    let in_order = ["micropayment.block", "micropayment.lift", "micropayment.hold"];
    assert!(by_number.values().all(|kinds| *kinds == in_order), "{by_number:?}");
    let due = stage.home.store.read(|tx| tx.orders_in(OrderState::Due, 9)).unwrap();
    assert_eq!(due, []);
}

#[rstest]
fn what_was_refused_is_put_back_unless_something_younger_is_about_the_same(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let taker = OrderTaker::start().unwrap();
    let stage = Stage::new(backend, &[(&taker, &["micropayment.*"])]);
    taker.answer("*", 422).unwrap();
    let alone = stage.order(Kind::Block, Some([1; 16]));
    let overtaken = stage.order(Kind::Block, Some([2; 16]));
    send(&stage.home, Pass::Once, &mut Unwatched).unwrap();
    taker.answer("*", 204).unwrap();
    let younger = stage.order(Kind::Lift, Some([2; 16]));
    send(&stage.home, Pass::Once, &mut Unwatched).unwrap();
    assert_eq!(stage.kept(younger).state, OrderState::Taken);
    let one =
        |id: simrecall_core::id::OrderId| retry(&stage.home, Retry::One(&id.to_string()), LEAD);
    assert_eq!(refused(one(overtaken)), "overtaken");
    assert_eq!(refused(one(younger)), "order");
    let since = stage.home.now() - TimeDelta::hours(1);
    let answer = retry(&stage.home, Retry::Since(Kind::Block, since), LEAD).unwrap();
    assert_eq!((answer.put_back, answer.overtaken), (1, 1));
    send(&stage.home, Pass::Once, &mut Unwatched).unwrap();
    assert_eq!(stage.kept(alone).state, OrderState::Taken);
    // What was settled long ago goes; what was refused stays longer.
    stage.pass(TimeDelta::days(31));
    assert_eq!(send(&stage.home, Pass::Once, &mut Unwatched).unwrap().deleted, 2);
    assert_eq!(stage.kept(overtaken).state, OrderState::Refused);
    stage.pass(TimeDelta::days(150));
    assert_eq!(send(&stage.home, Pass::Once, &mut Unwatched).unwrap().deleted, 1);
}
