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
/// is never left by the customer alone. What was done elsewhere ends a case wherever we have nothing in hand for it.
pub const fn moves(from: State) -> &'static [(Event, State)] {
    match from {
        State::Applied => APPLIED,
        State::Waiting | State::NoShow => WAITING,
        State::Booked => BOOKED,
        State::CheckedIn => CHECKED_IN,
        State::Verified => VERIFIED,
        State::CardReserved => CARD_RESERVED,
        State::Swapping => SWAPPING,
        State::AwaitingAttach => AWAITING_ATTACH,
        State::RollingBack => ROLLING_BACK,
        State::ManualRepair => MANUAL_REPAIR,
        State::FraudHold => FRAUD_HOLD,
        State::Completed => COMPLETED,
        State::Shipped => SHIPPED,
        State::Delivered => DELIVERED,
        State::Returned => RETURNED,
        State::ProfileOrdered => PROFILE_ORDERED,
        State::ProfileReleased => PROFILE_RELEASED,
        State::ProfileInstalled => PROFILE_INSTALLED,
        State::Cancelled | State::Declined | State::Ineligible => &[],
    }
}

/// Events that are possible, each with where it leads.
type Moves = &'static [(Event, State)];

const APPLIED: Moves = &[
    (Event::Book, State::Booked),
    (Event::Queue, State::Waiting),
    (Event::Ship, State::Shipped),
    (Event::OrderProfile, State::ProfileOrdered),
    (Event::CheckIn, State::CheckedIn),
    (Event::Hold, State::FraudHold),
    (Event::Decline, State::Declined),
    (Event::Cancel, State::Cancelled),
    (Event::Refuse, State::Ineligible),
    (Event::CompleteElsewhere, State::Completed),
];

/// Waiting for stock, and after a missed day: a later visit always counts, and who waits may wait elsewhere.
const WAITING: Moves = &[
    (Event::Book, State::Booked),
    (Event::Queue, State::Waiting),
    (Event::Ship, State::Shipped),
    (Event::OrderProfile, State::ProfileOrdered),
    (Event::CheckIn, State::CheckedIn),
    (Event::Hold, State::FraudHold),
    (Event::Decline, State::Declined),
    (Event::Cancel, State::Cancelled),
    (Event::Refuse, State::Ineligible),
    (Event::CompleteElsewhere, State::Completed),
];

const BOOKED: Moves = &[
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
    (Event::CompleteElsewhere, State::Completed),
];

const CHECKED_IN: Moves = &[
    (Event::Verify, State::Verified),
    (Event::Leave, State::Waiting),
    (Event::Hold, State::FraudHold),
];

const VERIFIED: Moves = &[
    (Event::Reserve, State::CardReserved),
    (Event::Leave, State::Waiting),
    (Event::Hold, State::FraudHold),
];

const CARD_RESERVED: Moves = &[
    (Event::Start, State::Swapping),
    (Event::Release, State::Verified),
    (Event::Leave, State::Waiting),
    (Event::Hold, State::FraudHold),
];

const SWAPPING: Moves = &[
    (Event::Provisioned, State::AwaitingAttach),
    (Event::RollBack, State::RollingBack),
    (Event::Hold, State::RollingBack),
    (Event::Stall, State::ManualRepair),
];

const AWAITING_ATTACH: Moves = &[
    (Event::Attach, State::Completed),
    (Event::RollBack, State::RollingBack),
    (Event::Hold, State::RollingBack),
    (Event::Stall, State::ManualRepair),
];

const ROLLING_BACK: Moves = &[
    (Event::RolledBack, State::Verified),
    (Event::RolledBackHeld, State::FraudHold),
    (Event::Stall, State::ManualRepair),
];

const MANUAL_REPAIR: Moves =
    &[(Event::Resume, State::Swapping), (Event::RollBack, State::RollingBack)];

const FRAUD_HOLD: Moves = &[(Event::Clear, State::Waiting), (Event::Decline, State::Declined)];

const COMPLETED: Moves = &[(Event::RollBack, State::RollingBack)];

const SHIPPED: Moves = &[
    (Event::Deliver, State::Delivered),
    (Event::ReturnParcel, State::Returned),
    (Event::Hold, State::FraudHold),
];

const DELIVERED: Moves = &[
    (Event::Verify, State::Verified),
    (Event::ReturnParcel, State::Returned),
    (Event::Hold, State::FraudHold),
];

const RETURNED: Moves = &[
    (Event::Ship, State::Shipped),
    (Event::Queue, State::Waiting),
    (Event::Hold, State::FraudHold),
    (Event::Cancel, State::Cancelled),
    (Event::CompleteElsewhere, State::Completed),
];

const PROFILE_ORDERED: Moves = &[
    (Event::ReleaseProfile, State::ProfileReleased),
    (Event::Hold, State::FraudHold),
    (Event::Cancel, State::Cancelled),
];

const PROFILE_RELEASED: Moves = &[
    (Event::InstallProfile, State::ProfileInstalled),
    (Event::Hold, State::FraudHold),
    (Event::Cancel, State::Cancelled),
];

const PROFILE_INSTALLED: Moves = &[
    (Event::Verify, State::Verified),
    (Event::Hold, State::FraudHold),
    (Event::Cancel, State::Cancelled),
];
