//! Whether a swap may begin, and what makes it undecidable whichever way it goes.

use super::{Access, Holder, KeyState, Number, Reason, Truth};

/// Who of the two has the number, if either.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Nobody,
    Old,
    New,
}

pub(super) fn known(truth: &Truth) -> Result<Of, Reason> {
    let holder = match truth.holder {
        Holder::Nobody => Of::Nobody,
        Holder::Old => Of::Old,
        Holder::New => Of::New,
        Holder::Third => return Err(Reason::NumberAtThird),
    };
    if truth.old.is_some_and(|old| old.number == Number::Other) {
        return Err(Reason::OldHasAnotherNumber);
    }
    if truth.new.is_some_and(|new| new.number == Number::Other) {
        return Err(Reason::NewHasAnotherNumber);
    }
    if truth.new.is_some_and(|new| new.key == KeyState::Other) {
        return Err(Reason::NewHasAnotherKey);
    }
    if truth.agrees() { Ok(holder) } else { Err(Reason::Contradiction) }
}

coded! {
    /// Why a swap does not begin. Nothing was changed.
    NoStart {
        /// The number is not at the old card.
        NumberElsewhere = 1 "number_elsewhere",
        /// The old row has no key: the line did not work before either.
        OldHasNoKey = 2 "old_has_no_key",
        /// The old row may use nothing: somebody barred the line.
        OldIsBarred = 3 "old_is_barred",
        /// The new card has a row already: it is not as new as it should be, and is quarantined.
        NewIsThere = 4 "new_is_there",
        /// Rows and holder do not fit: somebody else is writing.
        Contradiction = 5 "contradiction",
    }
}

/// Whether a swap may begin on what the first look shows: what the old card may use, for [`super::Plan`]; else why not.
pub fn may_start(truth: &Truth) -> Result<Access, NoStart> {
    let old = match (truth.old, truth.holder) {
        (Some(old), Holder::Old) => old,
        (Some(_), Holder::Nobody | Holder::New | Holder::Third)
        | (None, Holder::Nobody | Holder::Old | Holder::New | Holder::Third) => {
            return Err(NoStart::NumberElsewhere);
        }
    };
    if !truth.agrees() {
        return Err(NoStart::Contradiction);
    }
    if old.key == KeyState::None {
        return Err(NoStart::OldHasNoKey);
    }
    if !old.access.any() {
        return Err(NoStart::OldIsBarred);
    }
    if truth.new.is_some() { Err(NoStart::NewIsThere) } else { Ok(old.access) }
}
