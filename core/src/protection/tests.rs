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
        Event::Confirm { imei: imei(0) },
        Event::Confirm { imei: imei(1) },
        Event::Suspend { until: at(90) },
        Event::Resume,
        Event::Trip { at: at(7) },
        Event::Keep,
        Event::Undo,
    ]
}

/// What each state becomes by each event; everything else is refused.
fn expected(from: &State, event: &Event) -> Option<State> {
    let zero = || imei(0);
    match (from.name(), event.done()) {
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
        ("suspended", "resumed") | ("tripped", "kept") => Some(State::On { imei: zero() }),
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
    assert_eq!(moves, 2 + (2 + 1) + 2 + 1 + 1 + 5);
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
