//! How a case moves: one row for each state.

use super::{Event, IllegalMove, State};

/// The state after an event.
pub fn step(from: State, event: Event) -> Result<State, IllegalMove> {
    let mut moves = moves(from).iter();
    moves.find(|(by, _)| *by == event).map(|(_, to)| *to).ok_or(IllegalMove { from, event })
}

/// What may happen to a case that is there, and where it leads; everything else is refused.
///
/// Nothing but `start` begins a swap, and that from a reserved card of a verified customer; a person's `resume` goes on with one. A
/// hold is heard wherever a case is open, also when the customer has gone home for a day; a swap that runs is rolled back first. A hold
/// is never left by the customer alone.
pub const fn moves(from: State) -> &'static [(Event, State)] {
    match from {
        State::Applied => &[
            (Event::Book, State::Booked),
            (Event::Queue, State::Waiting),
            (Event::Ship, State::Shipped),
            (Event::OrderProfile, State::ProfileOrdered),
            (Event::CheckIn, State::CheckedIn),
            (Event::Hold, State::FraudHold),
            (Event::Decline, State::Declined),
            (Event::Cancel, State::Cancelled),
            (Event::Refuse, State::Ineligible),
        ],
        State::Waiting => &[
            (Event::Book, State::Booked),
            (Event::Ship, State::Shipped),
            (Event::OrderProfile, State::ProfileOrdered),
            (Event::CheckIn, State::CheckedIn),
            (Event::Hold, State::FraudHold),
            (Event::Decline, State::Declined),
            (Event::Cancel, State::Cancelled),
            (Event::Refuse, State::Ineligible),
        ],
        State::Booked => &[
            (Event::Book, State::Booked),
            (Event::Queue, State::Waiting),
            (Event::Miss, State::NoShow),
            (Event::Ship, State::Shipped),
            (Event::OrderProfile, State::ProfileOrdered),
            (Event::CheckIn, State::CheckedIn),
            (Event::Hold, State::FraudHold),
            (Event::Decline, State::Declined),
            (Event::Cancel, State::Cancelled),
            (Event::Refuse, State::Ineligible),
        ],
        State::NoShow => &[
            (Event::Book, State::Booked),
            (Event::Ship, State::Shipped),
            (Event::OrderProfile, State::ProfileOrdered),
            (Event::CheckIn, State::CheckedIn),
            (Event::Hold, State::FraudHold),
            (Event::Decline, State::Declined),
            (Event::Cancel, State::Cancelled),
            (Event::Refuse, State::Ineligible),
        ],
        State::CheckedIn => &[
            (Event::Verify, State::Verified),
            (Event::Leave, State::Waiting),
            (Event::Hold, State::FraudHold),
        ],
        State::Verified => &[
            (Event::Reserve, State::CardReserved),
            (Event::Leave, State::Waiting),
            (Event::Hold, State::FraudHold),
        ],
        State::CardReserved => &[
            (Event::Start, State::Swapping),
            (Event::Release, State::Verified),
            (Event::Leave, State::Waiting),
            (Event::Hold, State::FraudHold),
        ],
        State::Swapping => &[
            (Event::Provisioned, State::AwaitingAttach),
            (Event::RollBack, State::RollingBack),
            (Event::Hold, State::RollingBack),
            (Event::Stall, State::ManualRepair),
        ],
        State::AwaitingAttach => &[
            (Event::Attach, State::Completed),
            (Event::RollBack, State::RollingBack),
            (Event::Hold, State::RollingBack),
            (Event::Stall, State::ManualRepair),
        ],
        State::RollingBack => &[
            (Event::RolledBack, State::Verified),
            (Event::RolledBackHeld, State::FraudHold),
            (Event::Stall, State::ManualRepair),
        ],
        State::ManualRepair => {
            &[(Event::Resume, State::Swapping), (Event::RollBack, State::RollingBack)]
        }
        State::FraudHold => &[(Event::Clear, State::Waiting), (Event::Decline, State::Declined)],
        State::Completed => &[(Event::RollBack, State::RollingBack)],
        State::Shipped => &[
            (Event::Deliver, State::Delivered),
            (Event::ReturnParcel, State::Returned),
            (Event::Hold, State::FraudHold),
        ],
        State::Delivered => &[
            (Event::Verify, State::Verified),
            (Event::ReturnParcel, State::Returned),
            (Event::Hold, State::FraudHold),
        ],
        State::Returned => &[
            (Event::Ship, State::Shipped),
            (Event::Queue, State::Waiting),
            (Event::Hold, State::FraudHold),
            (Event::Cancel, State::Cancelled),
        ],
        State::ProfileOrdered => &[
            (Event::ReleaseProfile, State::ProfileReleased),
            (Event::Hold, State::FraudHold),
            (Event::Cancel, State::Cancelled),
        ],
        State::ProfileReleased => &[
            (Event::InstallProfile, State::ProfileInstalled),
            (Event::Hold, State::FraudHold),
            (Event::Cancel, State::Cancelled),
        ],
        State::ProfileInstalled => &[
            (Event::Verify, State::Verified),
            (Event::Hold, State::FraudHold),
            (Event::Cancel, State::Cancelled),
        ],
        State::Cancelled | State::Declined | State::Ineligible => &[],
    }
}
