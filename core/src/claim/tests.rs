use std::collections::BTreeMap;
use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

fn reason(word: &str) -> Reason {
    Reason::parse(word).unwrap()
}

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 10, day).unwrap()
}

pub(crate) fn states() -> Vec<State> {
    vec![
        State::Draft,
        State::Submitted,
        State::UnderReview,
        State::NeedsEvidence { reason: reason("bill_missing") },
        State::Approved { won: 50_000 },
        State::Partial { won: 20_000, reason: reason("one_was_theirs") },
        State::Rejected { reason: reason("not_our_charge") },
        State::Appealed,
        State::Scheduled { won: 50_000, on: day(1) },
        State::Paid { won: 50_000 },
        State::PayFailed { won: 50_000, reason: reason("account_closed") },
        State::Withdrawn,
        State::Waived { won: 50_000 },
    ]
}

pub(crate) fn events() -> Vec<Event> {
    vec![
        Event::Submit,
        Event::Take,
        Event::Ask { reason: reason("bill_missing") },
        Event::Supply,
        Event::Find,
        Event::Approve,
        Event::ApprovePart { won: 30_000, reason: reason("one_was_theirs") },
        Event::Reject { reason: reason("not_our_charge") },
        Event::Appeal,
        Event::Schedule { on: day(9) },
        Event::Pay,
        Event::FailPay { reason: reason("account_closed") },
        Event::Waive,
        Event::Withdraw,
    ]
}

/// What the claims of these tests are about, in won.
pub(crate) const CLAIMED: u64 = 70_000;

/// Every move there is; what is not here is refused.
const MOVES: &str = "\
draft submitted submitted
draft found approved
draft withdrawn withdrawn
submitted taken under_review
submitted withdrawn withdrawn
under_review sent_back needs_evidence
under_review approved approved
under_review approved_in_part partial
under_review rejected rejected
under_review withdrawn withdrawn
needs_evidence taken under_review
needs_evidence supplied under_review
needs_evidence withdrawn withdrawn
approved scheduled scheduled
approved waived waived
partial appealed appealed
partial scheduled scheduled
partial waived waived
rejected appealed appealed
appealed taken under_review
appealed withdrawn withdrawn
scheduled paid paid
scheduled failed pay_failed
pay_failed scheduled scheduled
pay_failed waived waived
";

#[test]
fn every_state_meets_every_event() {
    let short = |done: &'static str| match done {
        "sent back for evidence" => "sent_back",
        "approved in part" => "approved_in_part",
        "failed to be paid" => "failed",
        plain => plain,
    };
    let mut found = String::new();
    for from in states() {
        for event in events() {
            match step(&from, &event, CLAIMED) {
                Ok(to) => {
                    let by = short(event.done());
                    writeln!(found, "{} {by} {}", from.name(), to.name()).unwrap();
                }
                Err(refused) => {
                    let expected = StepError::Illegal { from: from.kind(), done: event.done() };
                    assert_eq!(refused, expected);
                }
            }
        }
    }
    assert_eq!(found, MOVES);
}

#[test]
fn what_was_granted_is_what_is_paid() {
    let granted =
        [State::Approved { won: 50_000 }, State::Partial { won: 50_000, reason: reason("x") }];
    for from in granted {
        let step = |from: &State, event| step(from, &event, CLAIMED);
        let set = step(&from, Event::Schedule { on: day(2) }).unwrap();
        assert_eq!(set, State::Scheduled { won: 50_000, on: day(2) });
        let failed = step(&set, Event::FailPay { reason: reason("account_closed") }).unwrap();
        let again = step(&failed, Event::Schedule { on: day(3) }).unwrap();
        assert_eq!(again, State::Scheduled { won: 50_000, on: day(3) });
        assert_eq!(step(&again, Event::Pay), Ok(State::Paid { won: 50_000 }));
        assert_eq!(step(&failed, Event::Waive), Ok(State::Waived { won: 50_000 }));
    }
    let asked = Event::Ask { reason: reason("bill_missing") };
    let waits = State::NeedsEvidence { reason: reason("bill_missing") };
    assert_eq!(step(&State::UnderReview, &asked, CLAIMED), Ok(waits));
}

#[test]
fn a_claim_is_open_as_long_as_somebody_waits() {
    let open = StateKind::ALL.into_iter().filter(|kind| kind.is_open()).map(StateKind::name);
    assert_eq!(
        open.collect::<Vec<_>>(),
        [
            "submitted",
            "under_review",
            "needs_evidence",
            "approved",
            "partial",
            "appealed",
            "scheduled",
            "pay_failed"
        ]
    );
    // The database says the same in numbers: migration 0016, trigger incident_claim.
    let codes: Vec<_> =
        StateKind::ALL.into_iter().filter(|kind| kind.is_open()).map(StateKind::code).collect();
    assert_eq!(codes, [2, 3, 4, 5, 6, 8, 9, 11]);
}

#[test]
fn nothing_is_granted_that_is_nothing_or_more_than_was_claimed() {
    let part = |won| Event::ApprovePart { won, reason: reason("one_was_theirs") };
    for (event, claimed, granted) in [
        (Event::Approve, 70_000, Ok(Some(70_000))),
        (Event::Approve, 0, Err(StepError::Amount)),
        (part(69_999), 70_000, Ok(Some(69_999))),
        (part(1), 70_000, Ok(Some(1))),
        (part(0), 70_000, Err(StepError::Amount)),
        (part(70_000), 70_000, Err(StepError::Amount)),
        (part(70_001), 70_000, Err(StepError::Amount)),
    ] {
        let decided = step(&State::UnderReview, &event, claimed).map(|to| to.granted());
        assert_eq!(decided, granted, "{event:?} of {claimed}");
    }
    assert_eq!(step(&State::Draft, &Event::Find, 5), Ok(State::Approved { won: 5 }));
    assert_eq!(step(&State::Draft, &Event::Find, 0), Err(StepError::Amount));
    // A record whose amount shrank under a decision pays nothing.
    let set = State::Scheduled { won: 5, on: day(1) };
    assert_eq!(step(&set, &Event::Pay, 4), Err(StepError::Amount));
}

#[test]
fn whoever_was_refused_may_object_for_a_while() {
    let told = DateTime::UNIX_EPOCH;
    let open =
        |kind: StateKind, until, second| kind.is_open_at(until, told + TimeDelta::seconds(second));
    assert!(open(StateKind::Rejected, None, 1 << 40));
    assert_eq!(
        [9, 10].map(|s| open(StateKind::Rejected, Some(told + TimeDelta::seconds(10)), s)),
        [true, false]
    );
    // Whoever was granted a part waits for it, too.
    assert!(open(StateKind::Partial, Some(told), 10));
    assert!(!open(StateKind::Paid, None, 0) && !open(StateKind::Waived, None, 0));
    let may: Vec<_> = states()
        .iter()
        .filter(|state| step(state, &Event::Appeal, CLAIMED).is_ok())
        .map(State::kind)
        .collect();
    assert_eq!(
        may,
        StateKind::ALL.into_iter().filter(|kind| kind.may_appeal()).collect::<Vec<_>>()
    );
    let granted: Vec<_> = states()
        .iter()
        .filter(|state| step(state, &Event::Waive, CLAIMED).is_ok())
        .map(State::kind)
        .collect();
    assert_eq!(
        granted,
        StateKind::ALL.into_iter().filter(|kind| kind.is_granted()).collect::<Vec<_>>()
    );
}

proptest! {
    /// Invariant 18: paid is at most granted, and granted at most claimed, whatever happens to a claim.
    #[test]
    fn what_is_paid_was_granted_and_what_is_granted_was_claimed(
        claimed in 0_u64..100,
        walk in prop::collection::vec((0_usize..14, 0_u64..120), 0..60),
    ) {
        let (mut state, mut granted, mut paid) = (State::Draft, None, 0);
        for (at, won) in walk {
            let mut event = events()[at].clone();
            if let Event::ApprovePart { won: part, .. } = &mut event {
                *part = won;
            }
            let Ok(to) = step(&state, &event, claimed) else { continue };
            if let Event::Find | Event::Approve | Event::ApprovePart { .. } = event {
                granted = to.granted();
            }
            if let State::Paid { won } = to {
                paid += won;
            }
            prop_assert!(to.granted().is_none() || to.granted() == granted);
            state = to;
        }
        prop_assert!(paid <= granted.unwrap_or(0) && granted.is_none_or(|won| 0 < won && won <= claimed));
    }
}

#[test]
fn codes_are_kept_for_ever() {
    let codes: BTreeMap<_, _> = states().iter().map(|state| (state.code(), state.name())).collect();
    let expected = [
        (1, "draft"),
        (2, "submitted"),
        (3, "under_review"),
        (4, "needs_evidence"),
        (5, "approved"),
        (6, "partial"),
        (7, "rejected"),
        (8, "appealed"),
        (9, "scheduled"),
        (10, "paid"),
        (11, "pay_failed"),
        (12, "withdrawn"),
        (13, "waived"),
    ];
    assert_eq!(codes, BTreeMap::from(expected));
    for state in states() {
        assert_eq!(StateKind::from_code(state.code()), Some(state.kind()));
        let kept = serde_json::to_value(&state).unwrap();
        assert_eq!(kept["is"], state.name());
        assert_eq!(serde_json::from_value::<State>(kept).unwrap(), state);
    }
    assert_eq!(StateKind::from_code(14), None);
    let refused = step(&State::Withdrawn, &Event::Withdraw, CLAIMED).unwrap_err();
    assert_eq!(refused.to_string(), "a claim that is withdrawn cannot be withdrawn");
}

#[test]
fn a_reason_is_a_word() {
    for good in ["x", "not_our_charge", "rule_7", &"a".repeat(40)] {
        assert_eq!(Reason::parse(good).unwrap().as_str(), good);
    }
    for bad in ["", "Hong", "not our charge", "홍길동", "010-1234-5678", &"a".repeat(41)] {
        assert_eq!(Reason::parse(bad), Err(ParseReasonError), "{bad}");
        assert!(serde_json::from_value::<Reason>(bad.into()).is_err());
    }
}
