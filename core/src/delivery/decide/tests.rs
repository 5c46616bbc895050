use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::delivery::{AttemptState, Event, Intent};
use crate::wave::RungRule;

const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_757_600_000 + second, 0).unwrap()
}

/// LMS for 6 hours with 2 tries half an hour apart, then mail, then a letter, then the posting.
fn ladder() -> Ladder {
    let rule = |rung| RungRule {
        rung,
        give_up_after: TimeDelta::hours(6),
        max_tries: 2,
        retry_after: TimeDelta::minutes(30),
    };
    Ladder::new([Rung::Lms, Rung::Email, Rung::Letter, Rung::Posting].map(rule).to_vec()).unwrap()
}

fn lms_only() -> Ladder {
    Ladder::new(ladder().rules()[..1].to_vec()).unwrap()
}

fn policy() -> Policy {
    Policy {
        settle_after: TimeDelta::minutes(10),
        bounce_window: TimeDelta::hours(72),
        resend_doubt: true,
    }
}

fn all() -> RungSet {
    Rung::ALL.into_iter().collect()
}

fn attempt(rung: Rung, second: i64, outcomes: &[(OutcomeKind, i64)]) -> AttemptView {
    let intent = Intent { rung, parts: 1, at: at(second), resend: false };
    let events =
        outcomes.iter().map(|(kind, second)| Event { kind: *kind, part: 0, at: at(*second) });
    let state = AttemptState::of(&intent, events).unwrap();
    AttemptView { rung, at: intent.at, state, resend: false }
}

fn lms(second: i64, kind: OutcomeKind, known: i64) -> AttemptView {
    attempt(Rung::Lms, second, &[(kind, known)])
}

fn next(attempts: &[AttemptView], now: i64) -> Next {
    let view = TargetView { attempts, reach: all(), listed_after: false, heard: at(now) };
    decide(&view, &ladder(), &policy(), at(now))
}

const fn send(rung: Rung, kind: ChunkKind, not_before: DateTime<Utc>) -> Next {
    Next::Send { rung, kind, not_before }
}

#[test]
fn the_first_rung_is_the_first_that_reaches_them() {
    let reach = RungSet::EMPTY.with(Rung::Letter);
    let view = TargetView { attempts: &[], reach, listed_after: false, heard: at(0) };
    let first = |ladder: Ladder| decide(&view, &ladder, &policy(), at(0));
    assert_eq!(first(ladder()), send(Rung::Letter, ChunkKind::First, at(0)));
    assert_eq!(first(lms_only()), Next::Exhausted);
}

#[rstest]
#[case::no_result_yet(attempt(Rung::Lms, 0, &[]), 5, Next::Wait { until: at(10 * MINUTE) })]
#[case::doubt_may_settle(lms(0, OutcomeKind::InDoubt, 1), 2, Next::Wait { until: at(601) })]
#[case::doubt_stays(
    lms(0, OutcomeKind::InDoubt, 1),
    601,
    send(Rung::Lms, ChunkKind::Resend, at(601))
)]
#[case::throttled(lms(0, OutcomeKind::NotAccepted, 1), 1, send(Rung::Lms, ChunkKind::Retry, at(2)))]
#[case::never_taken_after_all(
    lms(0, OutcomeKind::NotTaken, 1),
    1,
    send(Rung::Lms, ChunkKind::Retry, at(2))
)]
#[case::never_taken_until_patience_ends(
    lms(0, OutcomeKind::NotAccepted, 1), 6 * HOUR, send(Rung::Email, ChunkKind::Rung, at(6 * HOUR))
)]
#[case::refused(lms(0, OutcomeKind::Rejected, 1), 2, send(Rung::Email, ChunkKind::Rung, at(2)))]
#[case::taken(lms(0, OutcomeKind::Accepted, 1), 2, Next::Wait { until: at(6 * HOUR) })]
#[case::silence(
    lms(0, OutcomeKind::Accepted, 1), 6 * HOUR, Next::Close { kind: OutcomeKind::Expired }
)]
#[case::taken_late(
    lms(0, OutcomeKind::Accepted, 6 * HOUR), 6 * HOUR, Next::Wait { until: at(6 * HOUR + 30 * MINUTE) }
)]
#[case::failed_early(
    lms(0, OutcomeKind::Failed, 60), 61, send(Rung::Lms, ChunkKind::Retry, at(31 * MINUTE))
)]
#[case::failed_late(
    lms(0, OutcomeKind::Failed, 6 * HOUR - 60), 6 * HOUR, send(Rung::Email, ChunkKind::Rung, at(6 * HOUR))
)]
#[case::expired_early(
    lms(0, OutcomeKind::Expired, 60), 61, send(Rung::Lms, ChunkKind::Retry, at(31 * MINUTE))
)]
#[case::delivered(
    lms(0, OutcomeKind::Delivered, 9), 10,
    Next::Reached { by: Rung::Lms, how: Terminal::Delivered, at: at(9) }
)]
#[case::mail_may_bounce(
    attempt(Rung::Email, 0, &[(OutcomeKind::Accepted, 0)]), 5, Next::Wait { until: at(72 * HOUR) }
)]
#[case::mail_stayed(
    attempt(Rung::Email, 0, &[(OutcomeKind::Accepted, 0)]), 72 * HOUR,
    Next::Close { kind: OutcomeKind::Mailed }
)]
#[case::mail_came_back(
    attempt(Rung::Email, 0, &[(OutcomeKind::Bounced, 7)]), 8,
    send(Rung::Letter, ChunkKind::Rung, at(8))
)]
#[case::letter_handed_over(
    attempt(Rung::Letter, 0, &[(OutcomeKind::Accepted, 0)]), 0,
    Next::Close { kind: OutcomeKind::Lettered }
)]
#[case::posting_stands(
    attempt(Rung::Posting, 0, &[(OutcomeKind::Accepted, 0)]), 0,
    Next::Close { kind: OutcomeKind::Published }
)]
#[case::posting_refused(
    attempt(Rung::Posting, 0, &[(OutcomeKind::Rejected, 0)]), 0, Next::Exhausted
)]
fn after_one_attempt(#[case] attempt: AttemptView, #[case] now: i64, #[case] expected: Next) {
    assert_eq!(next(&[attempt], now), expected);
}

#[test]
fn silence_counts_only_as_far_as_the_route_was_heard() {
    let attempts = [lms(0, OutcomeKind::Accepted, 1)];
    let doubtful = [lms(0, OutcomeKind::InDoubt, 1)];
    let look = |attempts, heard| {
        let view = TargetView { attempts, reach: all(), listed_after: false, heard: at(heard) };
        decide(&view, &ladder(), &policy(), at(60 * HOUR))
    };
    assert_eq!(look(&attempts, 2 * HOUR), Next::Wait { until: at(6 * HOUR) });
    assert_eq!(look(&attempts, 6 * HOUR), Next::Close { kind: OutcomeKind::Expired });
    assert_eq!(look(&doubtful, 2), Next::Wait { until: at(601) });
}

#[test]
fn a_late_receipt_ends_it_whatever_came_after() {
    let attempts = [
        attempt(
            Rung::Lms,
            0,
            &[(OutcomeKind::Expired, 6 * HOUR), (OutcomeKind::Delivered, 8 * HOUR)],
        ),
        attempt(Rung::Email, 6 * HOUR, &[(OutcomeKind::Accepted, 6 * HOUR)]),
    ];
    let reached = Next::Reached { by: Rung::Lms, how: Terminal::Delivered, at: at(8 * HOUR) };
    assert_eq!(next(&attempts, 9 * HOUR), reached);
    let view = TargetView { attempts: &attempts, reach: all(), listed_after: true, heard: at(0) };
    assert_eq!(decide(&view, &ladder(), &policy(), at(9 * HOUR)), reached);
}

#[test]
fn a_target_that_is_listed_already_is_left_alone() {
    let attempts = [lms(0, OutcomeKind::Rejected, 1)];
    let view = TargetView { attempts: &attempts, reach: all(), listed_after: true, heard: at(9) };
    assert_eq!(decide(&view, &ladder(), &policy(), at(9)), Next::Listed);
}

#[test]
fn a_network_that_is_full_is_asked_less_and_less_often() {
    let mut attempts = Vec::new();
    let mut pauses = Vec::new();
    for n in 0..14 {
        attempts.push(lms(n, OutcomeKind::NotAccepted, n));
        let Next::Send { not_before, kind: ChunkKind::Retry, .. } = next(&attempts, n) else {
            panic!("{n}");
        };
        pauses.push((not_before - at(n)).num_seconds());
    }
    assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 1_800, 1_800, 1_800]);
}

#[test]
fn tries_the_network_never_took_do_not_use_up_the_others() {
    let attempts = [
        lms(0, OutcomeKind::NotAccepted, 0),
        lms(1, OutcomeKind::NotAccepted, 1),
        lms(2, OutcomeKind::Failed, 3),
    ];
    let again = send(Rung::Lms, ChunkKind::Retry, at(3 + 30 * MINUTE));
    assert_eq!(next(&attempts, 4), again);
    let failed_twice = [lms(0, OutcomeKind::Failed, 1), lms(2, OutcomeKind::Failed, 3)];
    assert_eq!(next(&failed_twice, 4), send(Rung::Email, ChunkKind::Rung, at(4)));
}

#[test]
fn a_resend_that_was_not_taken_stays_flagged() {
    let resent = AttemptView { resend: true, ..lms(700, OutcomeKind::NotAccepted, 701) };
    let attempts = [lms(0, OutcomeKind::InDoubt, 1), resent];
    assert_eq!(next(&attempts, 701), send(Rung::Lms, ChunkKind::Resend, at(702)));
}

#[test]
fn doubt_may_go_to_the_next_rung_by_policy() {
    let attempts = [lms(0, OutcomeKind::InDoubt, 1)];
    let view =
        TargetView { attempts: &attempts, reach: all(), listed_after: false, heard: at(999) };
    let policy = Policy { resend_doubt: false, ..policy() };
    let expected = send(Rung::Email, ChunkKind::Rung, at(999));
    assert_eq!(decide(&view, &ladder(), &policy, at(999)), expected);
    assert_eq!(decide(&view, &lms_only(), &policy, at(999)), Next::Exhausted);
}

#[test]
fn on_the_last_rung_nobody_is_given_up_who_was_never_told() {
    let now = 1_000 * HOUR;
    let look = |attempts: &[AttemptView]| {
        let view = TargetView { attempts, reach: all(), listed_after: false, heard: at(now) };
        decide(&view, &lms_only(), &policy(), at(now))
    };
    assert_eq!(
        look(&[lms(0, OutcomeKind::NotAccepted, 1)]),
        send(Rung::Lms, ChunkKind::Retry, at(2))
    );
    assert_eq!(
        look(&[lms(0, OutcomeKind::InDoubt, 1)]),
        send(Rung::Lms, ChunkKind::Resend, at(now))
    );
    assert_eq!(look(&[lms(0, OutcomeKind::Rejected, 1)]), Next::Exhausted);
}

/// How the network answers one attempt, in a simulation.
#[derive(Debug, Clone, Copy)]
struct Answer {
    result: OutcomeKind,
    receipt: Option<OutcomeKind>,
    after: i64,
}

fn any_answer() -> impl Strategy<Value = Answer> {
    let results = vec![
        OutcomeKind::Accepted,
        OutcomeKind::Accepted,
        OutcomeKind::NotAccepted,
        OutcomeKind::Rejected,
        OutcomeKind::InDoubt,
    ];
    let receipts = vec![
        None,
        Some(OutcomeKind::Delivered),
        Some(OutcomeKind::Failed),
        Some(OutcomeKind::Expired),
    ];
    let (result, receipt) = (prop::sample::select(results), prop::sample::select(receipts));
    (result, receipt, 0..8 * HOUR).prop_map(|(result, receipt, after)| Answer {
        result,
        receipt,
        after,
    })
}

/// Plays one target to its end and returns it with the number of attempts it took.
fn play(answers: &[Answer], reach: RungSet) -> (Next, Vec<AttemptView>) {
    let mut attempts: Vec<AttemptView> = Vec::new();
    let mut now = at(0);
    for _ in 0..1_000 {
        let view = TargetView { attempts: &attempts, reach, listed_after: false, heard: now };
        match decide(&view, &ladder(), &policy(), now) {
            Next::Wait { until } => {
                assert!(until > now, "waits for the past");
                now = until;
            }
            Next::Listed => panic!("nobody lists"),
            Next::Close { kind } => {
                let last = attempts.last_mut().unwrap();
                let intent = Intent { rung: last.rung, parts: 1, at: last.at, resend: last.resend };
                let event = Event { kind, part: 0, at: now };
                last.state = last.state.clone().step(&intent, &event).unwrap();
            }
            Next::Send { rung, kind, not_before } => {
                now = now.max(not_before);
                let answer = answers[attempts.len() % answers.len()];
                attempts.push(answered(rung, matches!(kind, ChunkKind::Resend), now, answer));
            }
            end @ (Next::Reached { .. } | Next::Exhausted) => return (end, attempts),
        }
    }
    panic!("no end after 1,000 steps");
}

fn answered(rung: Rung, resend: bool, now: DateTime<Utc>, answer: Answer) -> AttemptView {
    let intent = Intent { rung, parts: 1, at: now, resend };
    let mut events = vec![Event { kind: answer.result, part: 0, at: now }];
    if let (OutcomeKind::Accepted, Some(kind), Rung::Lms | Rung::Sms) =
        (answer.result, answer.receipt, rung)
    {
        events.push(Event { kind, part: 0, at: now + TimeDelta::seconds(answer.after) });
    }
    let state = AttemptState::of(&intent, events).unwrap();
    AttemptView { rung, at: now, state, resend }
}

fn sends_twice_unflagged(attempts: &[AttemptView]) -> bool {
    attempts.windows(2).any(|pair| {
        let in_doubt = pair[0].state.standing() == Standing::InDoubt;
        in_doubt && pair[0].rung == pair[1].rung && !pair[1].resend
    })
}

proptest! {
    #[test]
    fn whatever_the_network_answers_a_target_comes_to_an_end(
        mut answers in prop::collection::vec(any_answer(), 1..12),
        rungs in prop::collection::vec(prop::sample::select(Rung::ALL.as_slice()), 0..4),
    ) {
        // A network that is full for ever has no end; this one takes something now and then.
        answers.push(Answer { result: OutcomeKind::Accepted, receipt: None, after: 0 });
        let (end, attempts) = play(&answers, rungs.into_iter().collect());
        let ends_well = matches!(end, Next::Reached { .. });
        let refused = attempts.iter().any(|a| a.rung == Rung::Posting && a.state.standing() == Standing::Rejected);
        prop_assert!(ends_well || refused, "{:?}", attempts);
        prop_assert!(!sends_twice_unflagged(&attempts));
        let orders = attempts.windows(2).all(|pair| pair[0].rung <= pair[1].rung);
        prop_assert!(orders, "a rung is never climbed back");
    }

    #[test]
    fn on_each_rung_no_more_attempts_fail_than_its_rule_allows(
        mut answers in prop::collection::vec(any_answer(), 1..12),
    ) {
        answers.retain(|answer| answer.result != OutcomeKind::InDoubt);
        answers.push(Answer { result: OutcomeKind::Accepted, receipt: Some(OutcomeKind::Failed), after: 1 });
        let (_, attempts) = play(&answers, all());
        for rule in ladder().rules() {
            let on = attempts.iter().filter(|a| a.rung == rule.rung);
            let tried = on.filter(|a| !a.state.standing().never_taken()).count();
            prop_assert!(tried <= usize::try_from(rule.max_tries).unwrap());
        }
    }
}
