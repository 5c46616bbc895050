//! A spring like that of 2025, small: nobody is passed over, nobody starves, and nobody is called for a card that is not there.
//! `make bench ARGS=spring` has it at a hundredth of its size.

use std::path::Path;

use chrono::TimeDelta;
use rstest::rstest;
use simrecall_core::replacement::queue::Tier;
use simrecall_core::replacement::{State, local_day};
use simrecall_store::case_notice::{CaseNoticeKind, CaseNoticeState};
use simrecall_tests::Backend;
use simrecall_tests::spring::{DAYS, Size, Spring, chart};

/// As many hours a shop as serve 360,000 of 25 million a day.
const SIZE: Size = Size { lines: 1_200, shops: 3, hours: 1 };

#[rstest]
fn a_spring_in_which_cards_are_scarce_serves_everybody_in_order(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (url, _guard) = backend.fresh().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut spring = Spring::begin(&dir.path().join("home"), &url, SIZE).unwrap();
    let days: Vec<_> = (0..DAYS).map(|day| spring.day(day).unwrap()).collect();

    assert!(spring.asked() > 470, "{} asked", spring.asked());
    let waiting = spring.cases(State::Waiting).unwrap();
    assert!(waiting.is_empty(), "{} starve: {:?}", waiting.len(), waiting.first());
    let last = days.last().unwrap();
    let asked = u64::try_from(spring.asked()).unwrap();
    assert!(last.swapped * 10 >= asked * 9, "{} of {asked}", last.swapped);
    let longest = |tier| spring.longest.get(&tier).copied().unwrap_or_default();
    assert!(longest(Tier::LostMoney) < longest(Tier::Everybody), "{:?}", spring.longest);
    // Ageing: after six weeks nobody is behind whoever came later.
    assert!(longest(Tier::Everybody) <= TimeDelta::days(42), "{:?}", spring.longest);

    let (home, incident) = (&spring.home, spring.incident());
    let due = home
        .store
        .read(|tx| tx.case_notices_in(incident, CaseNoticeState::Due, home.now(), i64::MAX))
        .unwrap();
    let told = |kind| due.iter().filter(|one| one.key.kind == kind).count();
    assert!(told(CaseNoticeKind::Visit) > 0 && told(CaseNoticeKind::Missed) > 0);
    let drift = home
        .store
        .read(|tx| Ok((tx.recount_stock(local_day(home.now()))?, tx.case_drift(incident)?)));
    assert_eq!(drift.unwrap(), (Vec::new(), Vec::new()));

    let picture = Path::new(env!("CARGO_TARGET_TMPDIR")).join("spring.svg");
    std::fs::write(&picture, chart(&days).unwrap()).unwrap();
    println!("{}", picture.display());
}
