//! The table itself.

use super::{Capacity, Unlock, Way};

/// Everything a person may do who is known, and is not merely somebody with a line in their hands. When the line met what
/// leaked it is not theirs to know: another may have carried it.
const OF_A_PERSON: &[Unlock] = &[
    Unlock::Items,
    Unlock::Apply,
    Unlock::Protect,
    Unlock::Unprotect,
    Unlock::Claim,
    Unlock::Notices,
    Unlock::LiftBlock,
    Unlock::Choose,
    Unlock::ReleaseHold,
];

/// Whom a clerk saw: the same, but for a hold they raised themselves. Nobody at a counter has a part in ending that.
const OF_A_COUNTER: &[Unlock] = &[
    Unlock::Items,
    Unlock::Apply,
    Unlock::Protect,
    Unlock::Unprotect,
    Unlock::Claim,
    Unlock::Notices,
    Unlock::LiftBlock,
    Unlock::Choose,
];

/// Who logged in at the carrier in their own name may also have a parcel's card take over: the strongest way there is at home.
const OF_A_LOGIN: &[Unlock] = &[
    Unlock::Items,
    Unlock::Apply,
    Unlock::Protect,
    Unlock::Unprotect,
    Unlock::Claim,
    Unlock::Notices,
    Unlock::Activate,
    Unlock::LiftBlock,
    Unlock::Choose,
    Unlock::ReleaseHold,
];

/// A code that came by message unlocks what the message said, and a claim.
const OF_A_MESSAGE: &[Unlock] = &[Unlock::Items, Unlock::Claim];

/// Who was seen, or known by name, with the line in their hands.
const OF_A_LINE: &[Unlock] = &[
    Unlock::Items,
    Unlock::Moment,
    Unlock::Apply,
    Unlock::Protect,
    Unlock::Unprotect,
    Unlock::Claim,
];

/// A way never proves that.
const NOTHING: &[Unlock] = &[];

/// What a proof of that way as that person unlocks.
const fn row(way: Way, capacity: Capacity) -> &'static [Unlock] {
    match way {
        Way::Email => match capacity {
            Capacity::Holder | Capacity::Guardian | Capacity::Company => OF_A_PERSON,
            Capacity::LineUser => NOTHING,
        },
        Way::Sms => match capacity {
            Capacity::LineUser => OF_A_MESSAGE,
            Capacity::Holder | Capacity::Guardian | Capacity::Company => NOTHING,
        },
        Way::Login => match capacity {
            Capacity::Holder => OF_A_LOGIN,
            Capacity::LineUser => OF_A_LINE,
            Capacity::Guardian | Capacity::Company => NOTHING,
        },
        Way::Agency => match capacity {
            Capacity::Holder | Capacity::Guardian | Capacity::Company => OF_A_COUNTER,
            Capacity::LineUser => OF_A_LINE,
        },
    }
}

pub(super) fn unlocks(way: Way, capacity: Capacity, unlock: Unlock) -> bool {
    row(way, capacity).contains(&unlock)
}

/// Whether the proof must be a fresh one: who finds an open page unties a line otherwise, spends its owner's money, or lifts
/// the hold they raised.
pub(super) const fn asks_for_fresh(unlock: Unlock) -> bool {
    match unlock {
        Unlock::Unprotect | Unlock::Activate | Unlock::LiftBlock | Unlock::ReleaseHold => true,
        Unlock::Items
        | Unlock::Moment
        | Unlock::Apply
        | Unlock::Protect
        | Unlock::Claim
        | Unlock::Choose
        | Unlock::Notices => false,
    }
}
