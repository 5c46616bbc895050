//! The machine of a card: from the lorry to the customer, or to the drawer of those that nobody gets.
//!
//! Once active, a card is never available again, and it becomes active once at most: there is no way back into `available` from
//! `active` or `retired`.

coded! {
    /// Where a card is.
    State {
        /// On its way to an agency: in a supplier's lot, in a transfer, in a parcel that comes back.
        InTransit = 1 "in_transit",
        /// In an agency's drawer, its pack sealed.
        Available = 2 "available",
        /// Kept for one case.
        Reserved = 3 "reserved",
        /// A customer's.
        Active = 4 "active",
        /// It was a customer's, who has another now.
        Retired = 5 "retired",
        /// Its pack was opened, its parcel came back, or a swap to it failed: somebody looks at it.
        Quarantined = 6 "quarantined",
        /// Of no use.
        Defective = 7 "defective",
        /// Not where it should be: nobody gets it any more, whoever brings it.
        Lost = 8 "lost",
    }
}

coded! {
    /// What happens to a card.
    Event {
        /// It was counted out at an agency.
        Receive = 1 "receive",
        /// It leaves for another agency.
        Send = 2 "send",
        /// It is kept for a case.
        Reserve = 3 "reserve",
        /// It is not needed after all; its pack is sealed.
        Release = 4 "release",
        /// The swap to it is complete.
        Activate = 5 "activate",
        /// Its customer has another.
        Retire = 6 "retire",
        /// Its pack was opened in vain, its parcel came back, or the swap to it failed.
        Quarantine = 7 "quarantine",
        /// It was looked at, and is good: its key was never written to a register.
        Pass = 8 "pass",
        /// It was looked at, and is not.
        Fail = 9 "fail",
        /// It is missing.
        Lose = 10 "lose",
    }
}

/// A card cannot go from where it is to there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a card that is {} cannot be {}", from.name(), event.done())]
pub struct IllegalMove {
    /// Where it is.
    pub from: State,
    /// What was asked for.
    pub event: Event,
}

impl Event {
    /// What a card is once it has happened, as a word for messages.
    pub const fn done(self) -> &'static str {
        match self {
            Self::Receive => "received",
            Self::Send => "sent",
            Self::Reserve => "reserved",
            Self::Release => "released",
            Self::Activate => "activated",
            Self::Retire => "retired",
            Self::Quarantine => "quarantined",
            Self::Pass => "passed",
            Self::Fail => "failed",
            Self::Lose => "lost",
        }
    }
}

/// The state after an event.
pub fn step(from: State, event: Event) -> Result<State, IllegalMove> {
    let mut moves = moves(from).iter();
    moves.find(|(by, _)| *by == event).map(|(_, to)| *to).ok_or(IllegalMove { from, event })
}

/// Whether a quarantined card may pass. A key that was written once is never written again: that would set its sequence number to 0.
pub const fn may_pass(key_was_written: bool) -> bool {
    !key_was_written
}

/// What may happen to a card that is there, and where it leads; everything else is refused.
pub const fn moves(from: State) -> &'static [(Event, State)] {
    match from {
        State::InTransit => &[(Event::Receive, State::Available), (Event::Lose, State::Lost)],
        State::Available => &[
            (Event::Reserve, State::Reserved),
            (Event::Send, State::InTransit),
            (Event::Lose, State::Lost),
        ],
        State::Reserved => &[
            (Event::Activate, State::Active),
            (Event::Release, State::Available),
            (Event::Quarantine, State::Quarantined),
            (Event::Lose, State::Lost),
        ],
        State::Active => &[(Event::Retire, State::Retired)],
        State::Quarantined => &[
            (Event::Pass, State::Available),
            (Event::Fail, State::Defective),
            (Event::Lose, State::Lost),
        ],
        State::Retired | State::Defective | State::Lost => &[],
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fmt::Write as _;

    use super::*;

    /// Everything that is not here is refused.
    const TABLE: &str = "\
in_transit receive available
in_transit lose lost
available send in_transit
available reserve reserved
available lose lost
reserved release available
reserved activate active
reserved quarantine quarantined
reserved lose lost
active retire retired
quarantined pass available
quarantined fail defective
quarantined lose lost
";

    #[test]
    fn every_state_meets_every_event() {
        let mut met = String::new();
        for from in State::ALL {
            for event in Event::ALL {
                match step(from, event) {
                    Ok(to) => {
                        writeln!(met, "{} {} {}", from.name(), event.name(), to.name()).unwrap();
                    }
                    Err(refused) => assert_eq!(refused, IllegalMove { from, event }),
                }
            }
        }
        assert_eq!(met, TABLE);
    }

    fn reached(from: State) -> BTreeSet<State> {
        let mut seen = BTreeSet::new();
        let mut ahead = vec![from];
        while let Some(state) = ahead.pop() {
            let to = moves(state).iter().map(|(_, to)| *to).filter(|to| !seen.contains(to));
            let to: Vec<_> = to.collect();
            seen.extend(to.iter().copied());
            ahead.extend(to);
        }
        seen
    }

    #[test]
    fn a_card_is_active_once_and_never_available_again() {
        assert_eq!(reached(State::Active), BTreeSet::from([State::Retired]));
        assert!(reached(State::Retired).is_empty() && reached(State::Lost).is_empty());
        assert!(reached(State::InTransit).contains(&State::Active));
        for state in State::ALL.into_iter().filter(|state| *state != State::Reserved) {
            assert!(!moves(state).iter().any(|(_, to)| *to == State::Active), "{state:?}");
        }
    }

    #[test]
    fn codes_and_words_are_kept_for_ever() {
        let states = State::ALL.map(|one| format!("{} {}", one.code(), one.name())).join(", ");
        assert_eq!(
            states,
            "1 in_transit, 2 available, 3 reserved, 4 active, 5 retired, 6 quarantined, \
             7 defective, 8 lost"
        );
        let events = Event::ALL.map(|one| format!("{} {}", one.code(), one.name())).join(", ");
        assert_eq!(
            events,
            "1 receive, 2 send, 3 reserve, 4 release, 5 activate, 6 retire, 7 quarantine, 8 pass, \
             9 fail, 10 lose"
        );
        let refused = step(State::Active, Event::Release).unwrap_err();
        assert_eq!(refused.to_string(), "a card that is active cannot be released");
    }
}
