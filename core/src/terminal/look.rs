//! A second look: somebody who cannot show their own code is looked at by another pair of eyes, elsewhere.
//!
//! No answer denies and keeps the customer's place. Who takes is given the oldest one: nobody chooses whom to look at.

use chrono::{DateTime, TimeDelta, Utc};

use crate::id::{AgencyId, StaffId, TerminalId};

/// For how long a look is open, from when it was asked for.
pub const LASTS: TimeDelta = TimeDelta::minutes(2);
/// For how long the images are kept after the decision.
pub const KEPT: TimeDelta = TimeDelta::days(14);
/// Images of one look at most.
pub const IMAGES: i16 = 6;
/// Whoever says yes has opened these: the papers, and the customer with the digits.
pub const NEEDED: [i16; 2] = [1, 2];

coded! {
    /// Where a look is.
    State {
        /// The clerk photographs, and nobody has taken it yet.
        Asked = 1 "asked",
        /// Somebody looks.
        Taken = 2 "taken",
        /// It is whom the papers show.
        Approved = 3 "approved",
        /// It is not, or cannot be said.
        Denied = 4 "denied",
        /// Nobody answered in time: the case keeps its place.
        Lapsed = 5 "lapsed",
    }
}

coded! {
    /// What happens to a look.
    Event {
        /// Somebody takes it.
        Take = 1 "take",
        /// They say yes.
        Approve = 2 "approve",
        /// They say no.
        Deny = 3 "deny",
        /// Two minutes are over.
        Lapse = 4 "lapse",
    }
}

/// A look does not go there from where it is, or not any more, or not yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoStep {
    /// Not from this state.
    #[error("a look that is {} cannot go there", .0.name())]
    From(State),
    /// Its two minutes are over.
    #[error("its two minutes are over")]
    Late,
    /// They are not over yet.
    #[error("its two minutes are not over yet")]
    Early,
}

impl State {
    /// Whether somebody may still answer.
    pub const fn is_open(self) -> bool {
        match self {
            Self::Asked | Self::Taken => true,
            Self::Approved | Self::Denied | Self::Lapsed => false,
        }
    }
}

/// Where a look that was asked for at an instant goes. Time is judged here: in the transaction that decides.
pub fn step(
    from: State,
    event: Event,
    (asked_at, now): (DateTime<Utc>, DateTime<Utc>),
) -> Result<State, NoStep> {
    let is_over = now >= asked_at + LASTS;
    match (from, event) {
        (State::Asked | State::Taken, Event::Lapse) if is_over => Ok(State::Lapsed),
        (State::Asked | State::Taken, Event::Lapse) => Err(NoStep::Early),
        (State::Asked, Event::Take) | (State::Taken, Event::Approve | Event::Deny) if is_over => {
            Err(NoStep::Late)
        }
        (State::Asked, Event::Take) => Ok(State::Taken),
        (State::Taken, Event::Approve) => Ok(State::Approved),
        (State::Taken, Event::Deny) => Ok(State::Denied),
        (State::Asked, Event::Approve | Event::Deny)
        | (State::Taken, Event::Take)
        | (
            State::Approved | State::Denied | State::Lapsed,
            Event::Take | Event::Approve | Event::Deny | Event::Lapse,
        ) => Err(NoStep::From(from)),
    }
}

/// Who stands where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Post {
    /// Who.
    pub staff: StaffId,
    /// At which terminal, if it was at one.
    pub terminal: Option<TerminalId>,
    /// At which agency; none: the centre.
    pub agency: Option<AgencyId>,
}

/// How somebody had to do with a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// At a counter: they checked it in, asked for a look, or took a proof of whoever stood there.
    AtCounter,
    /// From afar: they answered a look at it.
    FromAfar,
}

/// Whether somebody may look who had nothing to do with a case: another person and terminal than whoever checked in, asked, or gave a
/// proof in it, and another agency than every counter of it. The centre is everybody's other agency, and not its own.
///
/// Whoever looked from afar is out as a person for good, whatever they said; their agency is not: no customer stood there, and they did
/// not choose whom they were given. So with one centre and one other agency there is still somebody for another look.
pub fn is_stranger(taker: &Post, involved: &[(Part, Post)]) -> bool {
    let knows = |(part, one): &(Part, Post)| {
        let is_same =
            one.staff == taker.staff || one.terminal.is_some() && one.terminal == taker.terminal;
        is_same
            || match part {
                Part::AtCounter => one.agency == taker.agency,
                Part::FromAfar => false,
            }
    };
    !involved.iter().any(knows)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    const fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_757_000_000 + second, 0).unwrap()
    }

    #[test]
    fn what_happens_in_time_and_after() {
        use Event::{Approve, Deny, Lapse, Take};
        let row = |from, second| {
            [Take, Approve, Deny, Lapse].map(|event| step(from, event, (at(0), at(second))).ok())
        };
        assert_eq!(row(State::Asked, 119), [Some(State::Taken), None, None, None]);
        assert_eq!(
            row(State::Taken, 119),
            [None, Some(State::Approved), Some(State::Denied), None]
        );
        for from in [State::Asked, State::Taken] {
            assert_eq!(row(from, 120), [None, None, None, Some(State::Lapsed)]);
        }
        for from in [State::Approved, State::Denied, State::Lapsed] {
            assert!(!from.is_open());
            assert_eq!(row(from, 0), [None; 4]);
            assert_eq!(row(from, 120), [None; 4]);
        }
    }

    fn post(staff: u8, terminal: u8, agency: Option<u8>) -> Post {
        Post {
            staff: StaffId::from_bytes([staff; 16]),
            terminal: Some(TerminalId::from_bytes([terminal; 16])),
            agency: agency.map(|agency| AgencyId::from_bytes([agency; 16])),
        }
    }

    #[rstest]
    #[case::the_same_person(post(1, 9, Some(9)), [false, false])]
    #[case::the_same_terminal(post(9, 1, Some(9)), [false, false])]
    #[case::the_same_agency(post(9, 9, Some(1)), [false, true])]
    #[case::another_in_everything(post(9, 9, Some(9)), [true, true])]
    #[case::the_centre(post(9, 9, None), [true, true])]
    #[case::whoever_checked_in_before(post(2, 9, Some(9)), [false, false])]
    fn a_stranger_differs_in_everything(#[case] taker: Post, #[case] expected: [bool; 2]) {
        let stranger = [Part::AtCounter, Part::FromAfar].map(|part| {
            is_stranger(&taker, &[(part, post(1, 1, Some(1))), (part, post(2, 2, Some(1)))])
        });
        assert_eq!(stranger, expected);
    }

    #[test]
    fn the_centre_does_not_look_at_what_the_centre_asked() {
        let centre = post(1, 1, None);
        assert!(!is_stranger(&post(9, 9, None), &[(Part::AtCounter, centre)]));
        // What one of them denied, another of them may be given.
        assert!(is_stranger(&post(9, 9, None), &[(Part::FromAfar, centre)]));
        assert!(!is_stranger(&post(1, 9, None), &[(Part::FromAfar, centre)]));
        // Nobody stood at a terminal twice.
        let nowhere = Post { terminal: None, ..post(1, 1, Some(1)) };
        let taker = Post { terminal: None, ..post(9, 9, None) };
        assert!(is_stranger(&taker, &[(Part::AtCounter, nowhere)]));
    }

    proptest! {
        /// Whatever happens in whatever order: at most one answer, and none after two minutes.
        #[test]
        fn one_answer_at_most_and_none_too_late(
            events in prop::collection::vec((0..Event::ALL.len(), 0_i64..30), 0..20),
        ) {
            let (mut state, mut second, mut answered) = (State::Asked, 0, 0);
            for (place, after) in events {
                second += after;
                if let Ok(to) = step(state, Event::ALL[place], (at(0), at(second))) {
                    let is_answer = matches!(to, State::Approved | State::Denied);
                    answered += usize::from(is_answer);
                    prop_assert!(!is_answer || second < 120);
                    state = to;
                }
            }
            prop_assert!(answered <= 1);
        }
    }
}
