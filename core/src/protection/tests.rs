use chrono::TimeDelta;

use super::*;

fn imei(of: usize) -> Imei {
    Imei::parse(["490154203237518", "352099001761481"][of]).unwrap()
}

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_757_000_000, 0).unwrap() + TimeDelta::minutes(minute)
}

pub(crate) fn states() -> Vec<State> {
    vec![
        State::Off,
        State::Requested { imei: None },
        State::Requested { imei: Some(imei(0)) },
        State::On { imei: imei(0) },
        State::Suspended { imei: imei(0), until: at(60) },
        State::Tripped { imei: imei(0), at: at(5) },
    ]
}

pub(crate) fn events() -> Vec<Event> {
    vec![
        Event::Request { imei: None },
        Event::Request { imei: Some(imei(1)) },
        Event::Enroll { imei: None },
        Event::Confirm { imei: imei(0) },
        Event::Confirm { imei: imei(1) },
        Event::Suspend { until: at(90) },
        Event::Resume,
        Event::Rebind,
        Event::Trip { at: at(7) },
        Event::Keep,
        Event::Undo,
    ]
}

/// What each state becomes by each event; everything else is refused.
fn expected(from: &State, event: &Event) -> Option<State> {
    let zero = || imei(0);
    match (from.name(), event.done()) {
        ("off", "enrolled") => Some(State::Requested { imei: None }),
        ("off", "requested") => {
            let Event::Request { imei } = event else { unreachable!() };
            Some(State::Requested { imei: imei.clone() })
        }
        ("requested", "confirmed") => {
            let Event::Confirm { imei } = event else { unreachable!() };
            let fits = from.imei().is_none_or(|named| named == imei);
            fits.then(|| State::On { imei: imei.clone() })
        }
        ("on", "suspended") => Some(State::Suspended { imei: zero(), until: at(90) }),
        ("on", "tripped") => Some(State::Tripped { imei: zero(), at: at(7) }),
        ("suspended", "resumed")
        | ("tripped", "kept")
        | ("on" | "suspended" | "tripped", "rebound") => Some(State::On { imei: zero() }),
        ("requested", "rebound") => Some(from.clone()),
        ("requested" | "on" | "suspended" | "tripped", "undone") => Some(State::Off),
        _ => None,
    }
}

#[test]
fn every_state_meets_every_event() {
    let mut moves = 0;
    for from in states() {
        for event in events() {
            let to = step(&from, &event);
            assert_eq!(to.clone().ok(), expected(&from, &event), "{from:?} {event:?}");
            moves += usize::from(to.is_ok());
        }
    }
    assert_eq!(moves, 3 + (2 + 1) + 2 + 1 + 1 + 5 + 5);
}

#[test]
fn its_owner_undoes_it_from_everywhere_and_nobody_else_ever() {
    assert_eq!(Event::Undo.by(), Actor::Owner);
    for from in states().into_iter().filter(|state| *state != State::Off) {
        assert_eq!(step(&from, &Event::Undo), Ok(State::Off), "{from:?}");
        for event in events().into_iter().filter(|event| *event != Event::Undo) {
            assert_ne!(step(&from, &event), Ok(State::Off), "{from:?} {event:?}");
        }
    }
}

/// Whatever a protection was when a swap began: at the swap's end it is never weaker, and no suspension stays.
#[test]
fn a_swap_leaves_no_line_less_protected_than_it_was() {
    for before in states() {
        let loosened = at_swap(&before, at(0));
        let during = loosened.map_or(before.clone(), |event| step(&before, &event).unwrap());
        let was_on = before.kind() == StateKind::On;
        assert_eq!(during != before, was_on, "{before:?}");
        if was_on {
            assert_eq!(during, State::Suspended { imei: imei(0), until: at(15) });
        }
        let end = |completed| {
            after_swap(&before, &during, completed)
                .map_or(during.clone(), |event| step(&during, &event).unwrap())
        };
        assert_eq!(end(false), before, "rolled back");
        let bound = match before.kind() {
            StateKind::Off | StateKind::Requested => before.clone(),
            StateKind::On | StateKind::Suspended | StateKind::Tripped => {
                State::On { imei: imei(0) }
            }
        };
        assert_eq!(end(true), bound, "completed");
        assert_eq!(after_swap(&before, &during, true).is_none(), before == State::Off);
    }
}

/// Its owner may do something in the meantime, and time goes on: what the owner undid stays undone, and what came back stays back.
#[test]
fn what_happened_during_a_swap_stands() {
    let on = State::On { imei: imei(0) };
    for completed in [true, false] {
        assert_eq!(after_swap(&on, &State::Off, completed), None);
    }
    assert_eq!(after_swap(&on, &on, false), None);
    let theirs = State::Suspended { imei: imei(0), until: at(60) };
    assert_eq!(after_swap(&theirs, &theirs, false), None, "their own suspension runs on");
}

#[test]
fn a_suspension_comes_back_by_itself_but_for_a_swap_that_runs() {
    let suspended = State::Suspended { imei: imei(0), until: at(15) };
    assert!(!is_over(&suspended, false, at(14)));
    assert!(is_over(&suspended, false, at(15)));
    assert!(!is_over(&suspended, true, at(90)));
    for state in states().iter().filter(|state| state.kind() != StateKind::Suspended) {
        assert!(!is_over(state, false, at(1_000)), "{state:?}");
    }
    assert_eq!(step(&suspended, &Event::Resume), Ok(State::On { imei: imei(0) }));
}

#[test]
fn a_refusal_says_what_stands_in_the_way() {
    let refused = step(&State::Off, &Event::Undo).unwrap_err();
    assert_eq!(refused.to_string(), "a protection that is off cannot be undone");
    let other = step(&State::Requested { imei: Some(imei(0)) }, &Event::Confirm { imei: imei(1) });
    assert_eq!(other, Err(IllegalMove::OtherHandset));
}

#[test]
fn a_state_is_put_together_again_from_what_is_kept() {
    for state in states() {
        let again = State::of(state.kind(), state.imei().cloned(), state.moment());
        assert_eq!(again, Some(state));
    }
    for kind in [StateKind::On, StateKind::Suspended, StateKind::Tripped] {
        assert_eq!(State::of(kind, None, Some(at(0))), None, "{kind:?}");
    }
    assert_eq!(State::of(StateKind::Suspended, Some(imei(0)), None), None);
}

#[test]
fn codes_are_kept_for_ever_and_no_handset_is_shown() {
    assert_eq!(
        StateKind::ALL.map(|kind| (kind.code(), kind.name())),
        [(1, "off"), (2, "requested"), (3, "on"), (4, "suspended"), (5, "tripped")]
    );
    for kind in StateKind::ALL {
        assert_eq!(StateKind::from_code(kind.code()), Some(kind));
    }
    assert_eq!(StateKind::from_code(0), None);
    let shown = format!("{:?} {:?}", states(), events());
    assert!(!shown.contains("490154203237518") && !shown.contains("352099001761481"), "{shown}");
}
