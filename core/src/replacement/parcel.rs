//! A card that goes to the customer's home: what the carrier's reports do to its case, and what becomes of the card.

use super::State;
use super::card;

coded! {
    /// What a carrier of parcels reports.
    Report {
        /// It was handed over.
        Delivered = 1 "delivered",
        /// It came back, its pack as it was or not.
        Returned = 2 "returned",
        /// Nobody knows where it is.
        Lost = 3 "lost",
    }
}

coded! {
    /// How a parcel ended.
    End {
        /// Its card is the customer's, and works.
        Activated = 1 "activated",
        /// It came back.
        Returned = 2 "returned",
        /// Nobody knows where it is, or nobody activated its card for too long.
        Lost = 3 "lost",
        /// The other system did not take the order to ship it.
        Refused = 4 "refused",
        /// The customer would rather go to a shop.
        Declined = 5 "declined",
        /// The line was held.
        Held = 6 "held",
        /// The swap to its card went back.
        RolledBack = 7 "rolled_back",
    }
}

/// What a report does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The case is delivered.
    Deliver,
    /// The parcel ends, and the case is in line again.
    Back(End),
    /// Nothing: it is said twice, or too late.
    Nothing,
}

/// What a report does to a case that is there. Once somebody has activated the card it evidently arrived.
pub const fn heard(state: State, report: Report) -> Effect {
    match (state, report) {
        (State::Shipped, Report::Delivered) => Effect::Deliver,
        (State::Shipped | State::Delivered, Report::Returned) => Effect::Back(End::Returned),
        (State::Shipped | State::Delivered, Report::Lost) => Effect::Back(End::Lost),
        (
            State::Delivered
            | State::Applied
            | State::Cancelled
            | State::Waiting
            | State::Booked
            | State::NoShow
            | State::CheckedIn
            | State::Verified
            | State::CardReserved
            | State::Swapping
            | State::AwaitingAttach
            | State::RollingBack
            | State::ManualRepair
            | State::FraudHold
            | State::Completed
            | State::Returned
            | State::ProfileOrdered
            | State::ProfileReleased
            | State::ProfileInstalled
            | State::Declined
            | State::Ineligible,
            Report::Delivered | Report::Returned | Report::Lost,
        ) => Effect::Nothing,
    }
}

/// How a parcel ends whose case is there, if it does by that alone. Who says "not me" or "rather a shop" on the page moves the case;
/// the page moves no card, so this is what staff's side makes of it.
pub const fn overtaken(state: State) -> Option<End> {
    match state {
        State::FraudHold | State::Declined => Some(End::Held),
        State::Returned
        // Done elsewhere: the swap to a parcel's card ends the parcel with itself.
        | State::Completed
        | State::Applied
        | State::Waiting
        | State::Booked
        | State::NoShow
        | State::CheckedIn
        | State::Cancelled
        | State::Ineligible
        | State::ProfileOrdered
        | State::ProfileReleased
        | State::ProfileInstalled => Some(End::Declined),
        // What ends these ends the parcel with it.
        State::Shipped
        | State::Delivered
        | State::Verified
        | State::CardReserved
        | State::Swapping
        | State::AwaitingAttach
        | State::RollingBack
        | State::ManualRepair => None,
    }
}

/// Where the card of a parcel that ended is. What left the warehouse is given to nobody before it was looked at, and a card whose key
/// was written is never of use again.
pub const fn card_after(end: End, keyed: bool) -> card::State {
    match end {
        End::Activated => card::State::Active,
        End::Lost => card::State::Lost,
        // It never left.
        End::Refused => card::State::Available,
        End::Returned | End::Declined | End::Held | End::RolledBack if keyed => {
            card::State::Defective
        }
        End::Returned | End::Declined | End::Held | End::RolledBack => card::State::Quarantined,
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::super::{Event, step};
    use super::*;

    /// Every state: what each report does, and how the parcel ends by the state alone.
    const TABLE: &str = "\
applied: - - - ends declined
cancelled: - - - ends declined
waiting: - - - ends declined
booked: - - - ends declined
no_show: - - - ends declined
checked_in: - - - ends declined
verified: - - - goes on
card_reserved: - - - goes on
swapping: - - - goes on
awaiting_attach: - - - goes on
rolling_back: - - - goes on
manual_repair: - - - goes on
fraud_hold: - - - ends held
completed: - - - ends declined
shipped: deliver returned lost goes on
delivered: - returned lost goes on
returned: - - - ends declined
profile_ordered: - - - ends declined
profile_released: - - - ends declined
profile_installed: - - - ends declined
declined: - - - ends held
ineligible: - - - ends declined
";

    #[test]
    fn every_state_hears_every_report() {
        let mut met = String::new();
        for state in State::ALL {
            let said: Vec<&str> = Report::ALL
                .into_iter()
                .map(|report| match heard(state, report) {
                    Effect::Deliver => "deliver",
                    Effect::Back(end) => end.name(),
                    Effect::Nothing => "-",
                })
                .collect();
            let by_itself = overtaken(state)
                .map_or_else(|| "goes on".to_owned(), |end| format!("ends {}", end.name()));
            writeln!(met, "{}: {} {by_itself}", state.name(), said.join(" ")).unwrap();
        }
        assert_eq!(met, TABLE);
    }

    #[test]
    fn what_a_report_does_is_a_move_of_the_case() {
        for state in State::ALL {
            for report in Report::ALL {
                let event = match heard(state, report) {
                    Effect::Deliver => Event::Deliver,
                    Effect::Back(_) => Event::ReturnParcel,
                    Effect::Nothing => continue,
                };
                let to = step(state, event).unwrap();
                assert_eq!(heard(to, report), Effect::Nothing, "{state:?} hears {report:?} twice");
                if event == Event::ReturnParcel {
                    assert_eq!(step(to, Event::Queue), Ok(State::Waiting));
                }
            }
        }
    }

    #[test]
    fn a_card_that_was_away_is_given_to_nobody_unseen() {
        for end in End::ALL {
            for keyed in [false, true] {
                let after = card_after(end, keyed);
                let is_free = after == card::State::Available;
                assert_eq!(is_free, end == End::Refused, "{end:?}");
                assert!(!keyed || after != card::State::Quarantined, "{end:?}");
            }
        }
    }

    #[test]
    fn codes_are_kept_for_ever() {
        let words = |all: Vec<(i16, &str)>| {
            all.iter().map(|(code, name)| format!("{code} {name}")).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(
            words(End::ALL.map(|one| (one.code(), one.name())).to_vec()),
            "1 activated, 2 returned, 3 lost, 4 refused, 5 declined, 6 held, 7 rolled_back"
        );
        assert_eq!(
            words(Report::ALL.map(|one| (one.code(), one.name())).to_vec()),
            "1 delivered, 2 returned, 3 lost"
        );
    }
}
