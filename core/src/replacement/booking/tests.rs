use proptest::prelude::*;

use super::*;
use crate::replacement::day::later;

fn on(days: u64) -> NaiveDate {
    later(NaiveDate::from_ymd_opt(2025, 6, 20).unwrap(), days)
}

/// Cards, and two days with two hours of one desk each.
fn diary(available: u32) -> Diary {
    let mut diary = Diary::default();
    diary.arrive(available).unwrap();
    for day in 0..2 {
        for hour in [10, 11] {
            diary.open((on(day), hour), 1).unwrap();
        }
    }
    diary
}

#[test]
fn a_date_closes_when_bookings_reach_the_stock_held_for_it() {
    let mut diary = diary(5);
    diary.hold(on(0), 3).unwrap();
    for _ in 0..3 {
        diary.book((on(0), 10)).unwrap();
    }
    assert_eq!(diary.book((on(0), 11)), Err(BookingFault::DayFull));
    assert!(diary.offers(on(0)).is_empty());
    assert_eq!(diary.next_free((on(0), 10), 3), []);
    // Another day has its own.
    diary.hold(on(1), 1).unwrap();
    let offered = Offer { day: on(1), places: 1, hours: vec![(10, 12), (11, 12)] };
    assert_eq!(diary.offers(on(0)), [offered]);
    assert_eq!(diary.next_free((on(0), 11), 1), [(on(1), 10)]);
}

#[test]
fn an_hour_takes_twelve_for_each_desk() {
    let mut diary = diary(40);
    diary.hold(on(0), 40).unwrap();
    for _ in 0..12 {
        diary.book((on(0), 10)).unwrap();
    }
    assert_eq!(diary.book((on(0), 10)), Err(BookingFault::HourFull));
    assert_eq!(diary.next_free((on(0), 10), 5), [(on(0), 11)]);
    assert_eq!(diary.book((on(0), 12)), Err(BookingFault::Closed));
    assert_eq!(diary.open((on(0), 10), 0), Err(BookingFault::HourFull), "visits are there");
    diary.open((on(0), 10), 2).unwrap();
    diary.book((on(0), 10)).unwrap();
}

#[test]
fn a_walk_in_gets_only_what_nobody_was_promised() {
    let mut diary = diary(3);
    diary.hold(on(1), 2).unwrap();
    diary.take_free().unwrap();
    assert_eq!(diary.take_free(), Err(BookingFault::Promised { free: 0, wanted: 1 }));
    assert_eq!(diary.leave(1), Err(BookingFault::Promised { free: 0, wanted: 1 }));
    // The day is over, and nobody came: its cards are free again.
    diary.book((on(1), 10)).unwrap();
    assert_eq!(diary.end(on(1)), 1);
    assert_eq!((diary.free(), diary.day(on(1))), (2, Day::default()));
    diary.take_free().unwrap();
}

#[test]
fn a_promise_is_kept_once_and_stands_again_when_the_card_is_put_back() {
    let mut diary = diary(2);
    diary.hold(on(0), 2).unwrap();
    diary.book((on(0), 10)).unwrap();
    let before = diary.clone();
    diary.take_booked(on(0)).unwrap();
    assert_eq!((diary.available(), diary.day(on(0))), (1, Day { held: 1, booked: 0 }));
    assert_eq!(diary.take_booked(on(0)), Err(BookingFault::NotBooked));
    diary.put_back_booked(on(0)).unwrap();
    assert_eq!(diary, before);
}

#[test]
fn what_is_missing_is_missing_where_it_hurts_least() {
    let mut diary = diary(10);
    diary.hold(on(0), 3).unwrap();
    diary.hold(on(1), 5).unwrap();
    for _ in 0..2 {
        diary.book((on(0), 10)).unwrap();
        diary.book((on(1), 10)).unwrap();
        diary.book((on(1), 11)).unwrap();
    }
    // Two are free, one is held for each day without a visit.
    assert_eq!(diary.clone().lose(4), Ok(vec![]));
    assert_eq!(diary.lose(5), Ok(vec![(on(1), 1)]));
    assert_eq!((diary.day(on(0)).booked, diary.day(on(1)).booked), (2, 3));
    diary.free_hour((on(1), 11)).unwrap();
    assert_eq!(diary.hour((on(1), 11)).booked, 1);
    assert_eq!(diary.lose(4), Ok(vec![(on(1), 3), (on(0), 1)]));
    assert_eq!(diary.lose(2), Err(BookingFault::Promised { free: 1, wanted: 2 }));
}

#[test]
fn what_is_there_is_held_for_the_nearest_days() {
    let mut few = diary(30);
    let mut diary = diary(60);
    diary.allot(on(0), 6);
    assert_eq!((diary.day(on(0)).held, diary.day(on(1)).held, diary.free()), (24, 24, 12));
    let again = diary.clone();
    diary.allot(on(0), 6);
    assert_eq!(diary, again, "the desks take no more");
    few.allot(on(0), 2);
    assert_eq!((few.day(on(0)).held, few.day(on(1)).held, few.free()), (24, 4, 2));
}

#[test]
fn rows_that_cannot_be_are_refused() {
    let day = |held, booked| BTreeMap::from([(on(0), Day { held, booked })]);
    let hour = |desks, booked| BTreeMap::from([((on(0), 10), Hour { desks, booked })]);
    assert!(Diary::read(3, day(3, 3), hour(1, 12)).is_ok());
    for (available, days, hours) in
        [(2, day(3, 3), hour(1, 3)), (9, day(3, 4), hour(1, 4)), (9, day(3, 3), hour(1, 13))]
    {
        assert_eq!(Diary::read(available, days, hours), Err(BookingFault::Broken));
    }
}

#[derive(Debug, Clone, Copy)]
enum Op {
    Open(Slot, u32),
    Hold(u64, u32),
    Allot(u64, u32),
    Book(Slot),
    Unbook(Slot),
    TakeBooked(u64),
    TakeFree,
    PutBack(u64),
    Arrive(u32),
    Leave(u32),
    Lose(u32),
    End(u64),
}

fn slot() -> impl Strategy<Value = Slot> {
    (0..4_u64, 9..12_u8).prop_map(|(day, hour)| (on(day), hour))
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        (slot(), 0..3_u32).prop_map(|(slot, desks)| Op::Open(slot, desks)),
        (0..4_u64, 0..20_u32).prop_map(|(day, cards)| Op::Hold(day, cards)),
        (0..4_u64, 0..5_u32).prop_map(|(day, keep)| Op::Allot(day, keep)),
        slot().prop_map(Op::Book),
        slot().prop_map(Op::Book),
        slot().prop_map(Op::Unbook),
        (0..4_u64).prop_map(Op::TakeBooked),
        Just(Op::TakeFree),
        (0..4_u64).prop_map(Op::PutBack),
        (0..30_u32).prop_map(Op::Arrive),
        (0..10_u32).prop_map(Op::Leave),
        (0..10_u32).prop_map(Op::Lose),
        (0..2_u64).prop_map(Op::End),
    ]
}

/// Does it, and says how many cards came into the drawer by it.
fn run(diary: &mut Diary, op: Op) -> Result<i64, BookingFault> {
    match op {
        Op::Open(slot, desks) => diary.open(slot, desks).map(|()| 0),
        Op::Hold(day, cards) => diary.hold(on(day), cards).map(|()| 0),
        Op::Allot(day, keep) => {
            diary.allot(on(day), keep);
            Ok(0)
        }
        Op::Book(slot) => diary.book(slot).map(|()| 0),
        Op::Unbook(slot) => diary.unbook(slot).map(|()| 0),
        Op::TakeBooked(day) => diary.take_booked(on(day)).map(|()| -1),
        Op::TakeFree => diary.take_free().map(|()| -1),
        Op::PutBack(day) => diary.put_back_booked(on(day)).map(|()| 1),
        Op::Arrive(cards) => diary.arrive(cards).map(|()| cards.into()),
        Op::Leave(cards) => diary.leave(cards).map(|()| -i64::from(cards)),
        Op::Lose(cards) => diary.lose(cards).map(|_| -i64::from(cards)),
        Op::End(day) => {
            diary.end(on(day));
            Ok(0)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn bookings_never_exceed_stock(ops in proptest::collection::vec(op(), 0..80)) {
        let mut diary = diary(12);
        let mut cards = 12_i64;
        for op in ops {
            let before = diary.clone();
            if let Ok(came) = run(&mut diary, op) {
                cards += came;
            } else {
                prop_assert_eq!(&diary, &before, "{:?} was refused and changed something", op);
            }
            prop_assert_eq!(i64::from(diary.available()), cards);
            let again = Diary::read(diary.available, diary.days.clone(), diary.hours.clone());
            prop_assert_eq!(again.as_ref(), Ok(&diary), "{:?}", op);
            for offer in diary.offers(on(0)) {
                let mut tried = diary.clone();
                prop_assert_eq!(tried.book((offer.day, offer.hours[0].0)), Ok(()), "an offer that is none");
            }
        }
    }

    #[test]
    fn who_is_displaced_is_counted(ops in proptest::collection::vec(op(), 0..60), cards in 0..20_u32) {
        let mut diary = diary(12);
        for op in ops {
            let _ = run(&mut diary, op);
        }
        let booked = |diary: &Diary| diary.days.values().map(|day| day.booked).sum::<u32>();
        let (before, free) = (booked(&diary), diary.free());
        if let Ok(displaced) = diary.lose(cards) {
            let visits: u32 = displaced.iter().map(|(_, visits)| visits).sum();
            prop_assert_eq!(booked(&diary) + visits, before);
            prop_assert!(cards > free || visits == 0);
            prop_assert!(displaced.windows(2).all(|pair| pair[0].0 > pair[1].0), "the latest first");
        }
    }
}
