//! The one thing that is to be done next for a case at a counter, from what is known of it.

use chrono::{DateTime, Utc};

use super::order;
use crate::replacement::State;

coded! {
    /// What is to be done next.
    Next {
        /// The customer shows the code of their own page.
        Present = 1 "present",
        /// Their papers are looked at.
        Papers = 2 "papers",
        /// Somebody elsewhere is looking at them: their answer is awaited.
        Look = 3 "look",
        /// Time has to pass before the swap may begin.
        Wait = 4 "wait",
        /// A supervisor puts their passkey to it as well.
        Countersign = 5 "countersign",
        /// The new card is scanned.
        Scan = 6 "scan",
        /// The customer says the last digits of their number, and the clerk confirms.
        Confirm = 7 "confirm",
        /// The swap runs.
        Follow = 8 "follow",
        /// It is done: the slip is printed.
        Slip = 9 "slip",
        /// Nothing that this counter can do.
        Nothing = 10 "none",
    }
}

/// What is known of a case at a counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact by itself")]
pub struct AtCounter {
    /// Where the case is.
    pub state: State,
    /// Whether presence is proven, afresh and unused.
    pub present: bool,
    /// Whether a second approver has seen them, likewise.
    pub seen: bool,
    /// Whether papers were shown, likewise.
    pub papers: bool,
    /// Whether a second look is asked for and not decided.
    pub looking: bool,
    /// Before when the swap does not begin, if it has to wait.
    pub wait_until: Option<DateTime<Utc>>,
    /// The case's open order.
    pub order: Option<order::State>,
    /// Whether that order needs a countersign that it does not have.
    pub unsigned: bool,
}

/// The next action.
pub fn next(case: &AtCounter, now: DateTime<Utc>) -> Next {
    match case.state {
        State::Verified if is_proven(case) => waiting(case, now).unwrap_or(Next::Scan),
        // In a verified case what was shown is too old, or a swap that went back has used it up: it is shown again.
        State::CheckedIn | State::Verified => proving(case, now),
        State::CardReserved => ordering(case, now),
        State::Swapping | State::AwaitingAttach | State::RollingBack => Next::Follow,
        State::Completed => Next::Slip,
        State::Applied
        | State::Cancelled
        | State::Waiting
        | State::Booked
        | State::NoShow
        | State::ManualRepair
        | State::FraudHold
        | State::Shipped
        | State::Delivered
        | State::Returned
        | State::ProfileOrdered
        | State::ProfileReleased
        | State::ProfileInstalled
        | State::Declined
        | State::Ineligible => Next::Nothing,
    }
}

/// Whether what a swap rests on is there, afresh and unused.
const fn is_proven(case: &AtCounter) -> bool {
    (case.present || case.seen) && case.papers
}

/// Who somebody is comes after that they are there: papers alone are looked at for nobody.
fn proving(case: &AtCounter, now: DateTime<Utc>) -> Next {
    if case.present || case.seen {
        let wait = waiting(case, now).filter(|_| case.papers);
        return wait.unwrap_or(Next::Papers);
    }
    if case.looking { Next::Look } else { Next::Present }
}

fn ordering(case: &AtCounter, now: DateTime<Utc>) -> Next {
    match case.order.filter(|order| order.is_open()) {
        Some(order::State::Confirmed) if case.unsigned => Next::Countersign,
        Some(order::State::Confirmed) => Next::Follow,
        // An assertion is still missing: the same button once more.
        Some(
            order::State::Made
            | order::State::Started
            | order::State::Refused
            | order::State::Lapsed,
        ) => Next::Confirm,
        None if is_proven(case) => waiting(case, now).unwrap_or(Next::Confirm),
        None => proving(case, now),
    }
}

fn waiting(case: &AtCounter, now: DateTime<Utc>) -> Option<Next> {
    case.wait_until.is_some_and(|until| now < until).then_some(Next::Wait)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use rstest::rstest;

    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    const CASE: AtCounter = AtCounter {
        state: State::CheckedIn,
        present: false,
        seen: false,
        papers: false,
        looking: false,
        wait_until: None,
        order: None,
        unsigned: false,
    };

    const PROVEN: AtCounter = AtCounter { present: true, papers: true, ..CASE };

    #[rstest]
    #[case::nothing_shown(CASE, Next::Present)]
    #[case::papers_alone(AtCounter { papers: true, ..CASE }, Next::Present)]
    #[case::looked_at(AtCounter { looking: true, ..CASE }, Next::Look)]
    #[case::there(AtCounter { present: true, ..CASE }, Next::Papers)]
    #[case::the_code_came_while_somebody_looked(
        AtCounter { present: true, looking: true, ..CASE },
        Next::Papers
    )]
    #[case::seen(AtCounter { seen: true, wait_until: Some(at(9)), ..CASE }, Next::Papers)]
    #[case::seen_with_papers(
        AtCounter { seen: true, papers: true, wait_until: Some(at(9)), ..CASE },
        Next::Wait
    )]
    fn at_the_counter(#[case] case: AtCounter, #[case] wanted: Next) {
        assert_eq!(next(&case, at(0)), wanted);
    }

    #[rstest]
    #[case::no_order(None, false, Next::Confirm)]
    #[case::made(Some(order::State::Made), true, Next::Confirm)]
    #[case::unsigned(Some(order::State::Confirmed), true, Next::Countersign)]
    #[case::confirmed(Some(order::State::Confirmed), false, Next::Follow)]
    #[case::refused(Some(order::State::Refused), false, Next::Confirm)]
    #[case::lapsed(Some(order::State::Lapsed), true, Next::Confirm)]
    fn with_a_card(
        #[case] order: Option<order::State>,
        #[case] unsigned: bool,
        #[case] wanted: Next,
    ) {
        let case = AtCounter { state: State::CardReserved, order, unsigned, ..PROVEN };
        assert_eq!(next(&case, at(0)), wanted);
    }

    #[rstest]
    #[case::both_again(AtCounter { present: false, papers: false, ..PROVEN }, Next::Present)]
    #[case::papers_again(AtCounter { papers: false, ..PROVEN }, Next::Papers)]
    #[case::presence_again(AtCounter { present: false, ..PROVEN }, Next::Present)]
    #[case::looked_at(AtCounter { present: false, looking: true, ..PROVEN }, Next::Look)]
    fn what_is_used_or_too_old_is_shown_again(#[case] case: AtCounter, #[case] wanted: Next) {
        for state in [State::Verified, State::CardReserved] {
            let case = AtCounter { state, ..case };
            assert_eq!(next(&case, at(0)), wanted);
            // An order that is open rests on what was shown when it was made.
            let order = Some(order::State::Confirmed);
            let ordered = AtCounter { state: State::CardReserved, order, ..case };
            assert_eq!(next(&ordered, at(0)), Next::Follow);
        }
    }

    #[test]
    fn a_wait_ends() {
        let case = AtCounter { state: State::Verified, wait_until: Some(at(10)), ..PROVEN };
        assert_eq!(next(&case, at(9)), Next::Wait);
        assert_eq!(next(&case, at(10)), Next::Scan);
    }

    #[test]
    fn what_no_counter_can_do_is_nothing() {
        let done = AtCounter { state: State::Completed, ..CASE };
        assert_eq!(next(&done, at(0)), Next::Slip);
        for state in [State::Booked, State::FraudHold, State::ManualRepair, State::Cancelled] {
            assert_eq!(next(&AtCounter { state, ..CASE }, at(0)), Next::Nothing);
        }
    }
}
