use proptest::prelude::*;
use rstest::rstest;

use super::*;

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_757_600_000 + second, 0).unwrap()
}

fn intent(rung: Rung, parts: i16) -> Intent {
    Intent { rung, parts, at: at(0), resend: false }
}

fn event(kind: OutcomeKind, part: i16, second: i64) -> Event {
    Event { kind, part, at: at(second) }
}

/// Each rung's standings, weakest evidence first.
fn standings(rung: Rung) -> Vec<Standing> {
    let kinds = OutcomeKind::ALL.into_iter().filter(|kind| fits(rung, *kind));
    let mut all: Vec<_> = kinds.map(|kind| alone(rung, kind).standing()).collect();
    all.push(Standing::Open);
    all.sort_unstable();
    all
}

fn alone(rung: Rung, kind: OutcomeKind) -> AttemptState {
    AttemptState::of(&intent(rung, 1), [event(kind, 1, 1)]).unwrap()
}

/// For every rung, state and outcome: refused if the outcome does not fit the rung, else the stronger of the two.
#[test]
fn every_state_meets_every_outcome() {
    let mut pairs = 0;
    for rung in Rung::ALL {
        let intent = intent(rung, 1);
        let reached = OutcomeKind::ALL.into_iter().filter(|kind| fits(rung, *kind));
        let open = AttemptState::open(&intent);
        for from in reached.map(|kind| alone(rung, kind)).chain([open]) {
            for kind in OutcomeKind::ALL {
                let stepped = from.clone().step(&intent, &event(kind, 1, 2));
                if fits(rung, kind) {
                    let claim = alone(rung, kind).standing();
                    assert_eq!(stepped.unwrap().standing(), from.standing().max(claim));
                } else {
                    assert_eq!(stepped, Err(IllegalMove::WrongRung { rung, kind }));
                }
                pairs += 1;
            }
        }
    }
    // Nine states over a message, eleven by mail, ten by letter, seven on the posting, each with twelve outcomes.
    assert_eq!(pairs, (9 + 9 + 11 + 10 + 7) * 12);
}

#[test]
fn what_is_stronger_is_said_once_and_in_one_order() {
    let message = [
        Standing::Open,
        Standing::InDoubt,
        Standing::NotTaken,
        Standing::NotAccepted,
        Standing::Rejected,
        Standing::Accepted,
        Standing::Expired,
        Standing::Failed,
        Standing::Delivered,
    ];
    assert_eq!(standings(Rung::Lms), message);
    assert_eq!(standings(Rung::Sms), message);
    let mail = [Standing::Accepted, Standing::Mailed, Standing::Expired, Standing::Failed];
    assert_eq!(standings(Rung::Email)[5..9], mail);
    assert_eq!(standings(Rung::Posting)[6], Standing::Published);
}

#[rstest]
#[case::failed(&[OutcomeKind::Accepted, OutcomeKind::Failed])]
#[case::expired(&[OutcomeKind::Accepted, OutcomeKind::Expired])]
#[case::in_doubt(&[OutcomeKind::InDoubt])]
#[case::not_taken(&[OutcomeKind::InDoubt, OutcomeKind::NotTaken])]
#[case::not_accepted(&[OutcomeKind::NotAccepted])]
#[case::rejected(&[OutcomeKind::Rejected])]
#[case::before_the_result(&[])]
fn a_late_receipt_lifts_whatever_was_believed(#[case] before: &[OutcomeKind]) {
    let intent = intent(Rung::Lms, 1);
    let before = before.iter().map(|kind| event(*kind, 1, 5));
    let late = event(OutcomeKind::Delivered, 1, 86_400);
    let state = AttemptState::of(&intent, before.chain([late])).unwrap();
    assert_eq!((state.standing(), state.since()), (Standing::Delivered, Some(at(86_400))));
}

#[test]
fn a_mail_that_comes_back_late_was_not_mailed() {
    let intent = intent(Rung::Email, 1);
    let events = [
        event(OutcomeKind::Accepted, 0, 1),
        event(OutcomeKind::Mailed, 0, 100),
        event(OutcomeKind::Bounced, 0, 200),
    ];
    let state = AttemptState::of(&intent, events).unwrap();
    assert_eq!(state, AttemptState::Bounced { at: at(200), arrived: Heard::nothing(1) });
}

#[test]
fn a_text_of_three_parts_is_delivered_with_its_last() {
    let intent = intent(Rung::Sms, 3);
    let mut state = AttemptState::open(&intent);
    for (event, standing) in [
        (event(OutcomeKind::Accepted, 1, 1), Standing::Open),
        (event(OutcomeKind::Delivered, 2, 2), Standing::Open),
        (event(OutcomeKind::Accepted, 2, 3), Standing::Open),
        (event(OutcomeKind::Accepted, 3, 4), Standing::Accepted),
        (event(OutcomeKind::Delivered, 1, 5), Standing::Accepted),
        (event(OutcomeKind::Failed, 3, 6), Standing::Failed),
        (event(OutcomeKind::Delivered, 3, 9), Standing::Delivered),
    ] {
        state = state.step(&intent, &event).unwrap();
        assert_eq!(state.standing(), standing, "{event:?}");
    }
    assert_eq!(state.since(), Some(at(9)));
}

#[test]
fn a_part_that_does_not_exist_is_refused() {
    let sms = intent(Rung::Sms, 2);
    for part in [-1, 3] {
        let refused = AttemptState::of(&sms, [event(OutcomeKind::Delivered, part, 1)]).unwrap_err();
        assert_eq!(refused, IllegalMove::NoSuchPart { part, parts: 2 });
        assert_eq!(refused.code(), ProblemCode::IllegalMove);
    }
    let refused = AttemptState::of(&sms, [event(OutcomeKind::Mailed, 1, 1)]).unwrap_err();
    assert_eq!(refused.to_string(), "an attempt over sms cannot become mailed");
}

#[test]
fn a_result_in_doubt_that_comes_after_the_receipt_changes_nothing() {
    let intent = intent(Rung::Lms, 1);
    let delivered = AttemptState::of(&intent, [event(OutcomeKind::Delivered, 1, 3)]).unwrap();
    for kind in [OutcomeKind::InDoubt, OutcomeKind::Accepted, OutcomeKind::Failed] {
        let stepped = delivered.clone().step(&intent, &event(kind, 0, 1)).unwrap();
        assert_eq!(stepped, delivered, "{kind:?}");
    }
}

prop_compose! {
    fn any_history()(rung in prop::sample::select(Rung::ALL.as_slice()), parts in 1..4_i16)(
        events in prop::collection::vec(
            (
                prop::sample::select(
                    OutcomeKind::ALL.into_iter().filter(|k| fits(rung, *k)).collect::<Vec<_>>(),
                ),
                0..=parts,
                0..50_i64,
            ).prop_map(|(kind, part, second)| event(kind, part, second)),
            0..10,
        ),
        rung in Just(rung),
        parts in Just(parts),
    ) -> (Intent, Vec<Event>) {
        (intent(rung, parts), events)
    }
}

proptest! {
    #[test]
    fn any_order_and_any_repetition_gives_the_same_state(
        ((intent, events), shuffled) in any_history().prop_flat_map(|(intent, events)| {
            let mut twice = events.clone();
            twice.extend(events.iter().copied().step_by(2));
            (Just((intent, events)), Just(twice).prop_shuffle())
        }),
    ) {
        let straight = AttemptState::of(&intent, events).unwrap();
        prop_assert_eq!(AttemptState::of(&intent, shuffled).unwrap(), straight);
    }

    #[test]
    fn evidence_only_grows((intent, events) in any_history()) {
        let mut state = AttemptState::open(&intent);
        for event in events {
            let before = state.standing();
            state = state.step(&intent, &event).unwrap();
            prop_assert!(state.standing() >= before);
            prop_assert_eq!(state.since().is_none(), state.standing() == Standing::Open);
        }
    }

    #[test]
    fn no_outcome_of_a_database_makes_it_panic(
        rung in prop::sample::select(Rung::ALL.as_slice()),
        kind in prop::sample::select(OutcomeKind::ALL.as_slice()),
        (parts, part) in any::<(i16, i16)>(),
    ) {
        let intent = Intent { rung, parts, at: at(0), resend: true };
        drop(AttemptState::of(&intent, [event(kind, part, 0)]));
    }
}
