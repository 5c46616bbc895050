//! The states of a case, and what happens to it.

use super::swap::Direction;

coded! {
    /// Where a case is.
    State {
        /// Asked for; nothing was decided yet.
        Applied = 1 "applied",
        /// Taken back by who asked.
        Cancelled = 2 "cancelled",
        /// In line for stock, by tier and time.
        Waiting = 3 "waiting",
        /// Has a day, an hour and an agency, and a card held there.
        Booked = 4 "booked",
        /// Did not come; may come any day.
        NoShow = 5 "no_show",
        /// At a counter.
        CheckedIn = 6 "checked_in",
        /// Papers and presence were proven, and everybody concerned was told.
        Verified = 7 "verified",
        /// One card is kept for it.
        CardReserved = 8 "card_reserved",
        /// The register is being changed.
        Swapping = 9 "swapping",
        /// The register is changed; the new card has not been seen yet.
        AwaitingAttach = 10 "awaiting_attach",
        /// The register is being changed back.
        RollingBack = 11 "rolling_back",
        /// The swap could not decide: a ticket waits for a person.
        ManualRepair = 12 "manual_repair",
        /// The line is held: somebody said that this is not theirs, or a proof failed too often.
        FraudHold = 13 "fraud_hold",
        /// The new card works, the old one does not.
        Completed = 14 "completed",
        /// A card is on its way to the customer.
        Shipped = 15 "shipped",
        /// The card is at the customer's.
        Delivered = 16 "delivered",
        /// The parcel came back, or is lost.
        Returned = 17 "returned",
        /// An eSIM profile was asked for.
        ProfileOrdered = 18 "profile_ordered",
        /// The profile may be fetched.
        ProfileReleased = 19 "profile_released",
        /// The profile is in the handset.
        ProfileInstalled = 20 "profile_installed",
        /// The customer does not want it.
        Declined = 21 "declined",
        /// Not for this line.
        Ineligible = 22 "ineligible",
    }
}

coded! {
    /// What happens to a case.
    Event {
        /// A day, an hour and an agency are set, or others instead.
        Book = 1 "book",
        /// No place now: it waits in line.
        Queue = 2 "queue",
        /// A card is sent.
        Ship = 3 "ship",
        /// An eSIM profile is asked for.
        OrderProfile = 4 "order_profile",
        /// The customer is at a counter.
        CheckIn = 5 "check_in",
        /// The customer does not want it.
        Decline = 6 "decline",
        /// Who asked takes it back.
        Cancel = 7 "cancel",
        /// It turns out not to be for this line.
        Refuse = 8 "refuse",
        /// The day is over, and nobody came.
        Miss = 9 "miss",
        /// Papers and presence are proven.
        Verify = 10 "verify",
        /// The customer goes, or the proofs have aged.
        Leave = 11 "leave",
        /// The line is held: "not me", or a proof failed too often.
        Hold = 12 "hold",
        /// A card is kept for it.
        Reserve = 13 "reserve",
        /// The card is given back: its lease ran out, or it is to be another.
        Release = 14 "release",
        /// The swap begins.
        Start = 15 "start",
        /// The register is changed.
        Provisioned = 16 "provisioned",
        /// The new card was seen.
        Attach = 17 "attach",
        /// The swap goes back.
        RollBack = 18 "roll_back",
        /// The register is as it was.
        RolledBack = 19 "rolled_back",
        /// The register is as it was, and the line is held.
        RolledBackHeld = 20 "rolled_back_held",
        /// The swap cannot decide.
        Stall = 21 "stall",
        /// A person repaired what was in the way.
        Resume = 22 "resume",
        /// A hold was looked at by somebody else, and lifted.
        Clear = 23 "clear",
        /// The parcel arrived.
        Deliver = 24 "deliver",
        /// The parcel came back, or will not arrive.
        ReturnParcel = 25 "return_parcel",
        /// The profile may be fetched.
        ReleaseProfile = 26 "release_profile",
        /// The profile is in the handset.
        InstallProfile = 27 "install_profile",
        /// The line got its new card somewhere that does not work with us.
        CompleteElsewhere = 28 "complete_elsewhere",
    }
}

/// A replacement cannot go from where it is to there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a replacement that is {} cannot be {}", from.name(), event.done())]
pub struct IllegalMove {
    /// Where it is.
    pub from: State,
    /// What was asked for.
    pub event: Event,
}

impl State {
    /// Whether something is still to come of it: a line has one such case at most.
    pub const fn is_open(self) -> bool {
        match self {
            Self::Applied
            | Self::Waiting
            | Self::Booked
            | Self::NoShow
            | Self::CheckedIn
            | Self::Verified
            | Self::CardReserved
            | Self::Swapping
            | Self::AwaitingAttach
            | Self::RollingBack
            | Self::ManualRepair
            | Self::FraudHold
            | Self::Shipped
            | Self::Delivered
            | Self::Returned
            | Self::ProfileOrdered
            | Self::ProfileReleased
            | Self::ProfileInstalled => true,
            Self::Cancelled | Self::Completed | Self::Declined | Self::Ineligible => false,
        }
    }

    /// Whether somebody at a counter may show who they are: from check-in on, and again before a swap that has not begun. What was
    /// shown is good for an hour, and used up by a swap that went back.
    pub const fn takes_proofs(self) -> bool {
        match self {
            Self::CheckedIn | Self::Verified | Self::CardReserved => true,
            Self::Applied
            | Self::Cancelled
            | Self::Waiting
            | Self::Booked
            | Self::NoShow
            | Self::Swapping
            | Self::AwaitingAttach
            | Self::RollingBack
            | Self::ManualRepair
            | Self::FraudHold
            | Self::Completed
            | Self::Shipped
            | Self::Delivered
            | Self::Returned
            | Self::ProfileOrdered
            | Self::ProfileReleased
            | Self::ProfileInstalled
            | Self::Declined
            | Self::Ineligible => false,
        }
    }

    /// Whether the register is, or may be, between the two cards: the number need not be at either.
    pub const fn is_swapping(self) -> bool {
        match self {
            Self::Swapping | Self::AwaitingAttach | Self::RollingBack | Self::ManualRepair => true,
            Self::Applied
            | Self::Cancelled
            | Self::Waiting
            | Self::Booked
            | Self::NoShow
            | Self::CheckedIn
            | Self::Verified
            | Self::CardReserved
            | Self::FraudHold
            | Self::Completed
            | Self::Shipped
            | Self::Delivered
            | Self::Returned
            | Self::ProfileOrdered
            | Self::ProfileReleased
            | Self::ProfileInstalled
            | Self::Declined
            | Self::Ineligible => false,
        }
    }
}

impl State {
    /// Which way its swap goes, if one runs and no person has to decide.
    pub const fn direction(self) -> Option<Direction> {
        match self {
            Self::Swapping | Self::AwaitingAttach => Some(Direction::Forward),
            Self::RollingBack => Some(Direction::Back),
            Self::Applied
            | Self::Cancelled
            | Self::Waiting
            | Self::Booked
            | Self::NoShow
            | Self::CheckedIn
            | Self::Verified
            | Self::CardReserved
            | Self::ManualRepair
            | Self::FraudHold
            | Self::Completed
            | Self::Shipped
            | Self::Delivered
            | Self::Returned
            | Self::ProfileOrdered
            | Self::ProfileReleased
            | Self::ProfileInstalled
            | Self::Declined
            | Self::Ineligible => None,
        }
    }
}

impl Event {
    /// What a replacement is once it has happened, as words for messages.
    pub const fn done(self) -> &'static str {
        match self {
            Self::Book => "booked",
            Self::Queue => "queued",
            Self::Ship => "shipped",
            Self::OrderProfile => "ordered as a profile",
            Self::CheckIn => "checked in",
            Self::Decline => "declined",
            Self::Cancel => "cancelled",
            Self::Refuse => "refused",
            Self::Miss => "missed",
            Self::Verify => "verified",
            Self::Leave => "left",
            Self::Hold => "held",
            Self::Reserve => "given a card",
            Self::Release => "parted from its card",
            Self::Start => "started",
            Self::Provisioned => "provisioned",
            Self::Attach => "attached",
            Self::RollBack => "rolled back",
            Self::RolledBack => "put back as it was",
            Self::RolledBackHeld => "put back as it was, and held",
            Self::Stall => "stalled",
            Self::Resume => "resumed",
            Self::Clear => "cleared",
            Self::Deliver => "delivered",
            Self::ReturnParcel => "returned",
            Self::ReleaseProfile => "released as a profile",
            Self::InstallProfile => "installed as a profile",
            Self::CompleteElsewhere => "completed elsewhere",
        }
    }
}
