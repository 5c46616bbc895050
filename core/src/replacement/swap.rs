//! The swap: what the network's register says now, and which single command is next.
//!
//! Nothing here remembers how far a swap came. [`next`] looks at the [`Truth`] and names one [`Command`], so that a crash
//! between two commands is no special case. What the register cannot say, such as whether a key was ever written, the swap's own rows
//! do: [`Past`]. Three rules hold in every order of commands, repetitions and losses:
//!
//! - no command writes the old row's key, and none writes the new one's twice: a written key sets its sequence number to 0;
//! - old and new are never both able to attach: one is barred before the other is admitted;
//! - the number is moved by taking and giving, because a register refuses to give what somebody has.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use begin::Of;

pub use after::{Answer, Course, LOOKS, after_failure};
pub use begin::{NoStart, may_start};
pub use past::{Outcome, Past};
pub use truth::{Access, Holder, KeyState, Number, Row, Truth};

mod after;
mod begin;
mod past;
mod truth;

/// How long a customer stands at the counter for the new card to be seen, from when it was admitted.
pub const ATTACH_WITHIN: TimeDelta = TimeDelta::minutes(10);

/// What a swap was begun with, committed by its first look; it never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// What the old card might use: the new one is to have the same, and the old one gets it back on the way back.
    pub old_access: Access,
    /// When the swap began: no earlier attach is the new card's.
    pub started_at: DateTime<Utc>,
}

impl Plan {
    /// Whether the new card was seen since this swap admitted it, or, if it never had to, since it began. To the second: registers
    /// keep no more.
    fn saw(&self, past: Past, new: &Row) -> bool {
        let since = past.admitted_at.unwrap_or(self.started_at).timestamp();
        new.registered_at.is_some_and(|at| at.timestamp() >= since)
    }
}

coded! {
    /// One change in the register. A swap is a few of them, each written down before it is sent.
    Command {
        /// Make the new card's row. A register may admit a new row at once; it has no key yet.
        Create = 1 "create",
        /// Let the new card attach no more.
        BarNew = 2 "bar_new",
        /// Give the new row its key, before it has the number. Never the old one's.
        Key = 3 "key",
        /// Let the old card attach no more, and tell the switch that serves it.
        BarOld = 4 "bar_old",
        /// Take the number from the old row.
        TakeFromOld = 5 "take_from_old",
        /// Give the number to the new row: the pivot. From here on it is the new card that has to work.
        GiveToNew = 6 "give_to_new",
        /// Let the new card attach, for what the old one might.
        AdmitNew = 7 "admit_new",
        /// Take the number from the new row.
        TakeFromNew = 8 "take_from_new",
        /// Give the number back to the old row.
        GiveToOld = 9 "give_to_old",
        /// Let the old card attach as it might before.
        AdmitOld = 10 "admit_old",
        /// Delete the new row with its key.
        DeleteNew = 11 "delete_new",
    }
}

coded! {
    /// Where a swap is going.
    Direction {
        /// To the new card.
        Forward = 1 "forward",
        /// To the old card; never forward again after it.
        Back = 2 "back",
    }
}

coded! {
    /// Why a swap cannot decide by itself: a person does.
    Reason {
        /// A third card has the number.
        NumberAtThird = 1 "number_at_third",
        /// The old row is not there: there is nothing to go back to.
        OldGone = 2 "old_gone",
        /// The old row has another number: it serves somebody else now.
        OldHasAnotherNumber = 3 "old_has_another_number",
        /// The old row has no key: going back would leave the number to a card that cannot attach.
        OldKeyGone = 4 "old_key_gone",
        /// The new row has a key that is not its card's.
        NewHasAnotherKey = 5 "new_has_another_key",
        /// The new row has another number: it serves somebody else.
        NewHasAnotherNumber = 6 "new_has_another_number",
        /// The new row is gone, or has the number and no key, after this swap had written its key.
        NewKeyGone = 7 "new_key_gone",
        /// Turned back because the new card was not seen, which then was after all.
        AttachedMeanwhile = 8 "attached_meanwhile",
        /// What the rows say and who has the number do not fit: somebody else is writing.
        Contradiction = 9 "contradiction",
        /// The same command was due at look after look.
        NoProgress = 10 "no_progress",
    }
}

/// What is next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Next {
    /// This one command.
    Act(Command),
    /// Nothing is left to do but to see the new card attach.
    Wait,
    /// Forward leads nowhere: the card's key may have been written, and is never written again. Go back.
    TurnBack,
    /// The end forward: the number is at the new card, which was seen; the old one cannot attach.
    Attached,
    /// The end back: the number is at the old card, which may what it might before.
    Undone,
    /// A person decides.
    Stuck(Reason),
}

impl Command {
    /// Whether it writes to the old row; the others write to the new one.
    pub const fn writes_old(self) -> bool {
        match self {
            Self::BarOld | Self::TakeFromOld | Self::GiveToOld | Self::AdmitOld => true,
            Self::Create
            | Self::BarNew
            | Self::Key
            | Self::GiveToNew
            | Self::AdmitNew
            | Self::TakeFromNew
            | Self::DeleteNew => false,
        }
    }

    /// Whether the number gets another card by it: at its intent and at its result the line's latest change is noted.
    pub const fn gives_number(self) -> bool {
        match self {
            Self::GiveToNew | Self::GiveToOld => true,
            Self::Create
            | Self::BarNew
            | Self::Key
            | Self::BarOld
            | Self::TakeFromOld
            | Self::AdmitNew
            | Self::TakeFromNew
            | Self::AdmitOld
            | Self::DeleteNew => false,
        }
    }
}

/// The next command, or why there is none.
///
/// Pure: the same arguments give the same answer. Conditions are ordered so that a command makes one untrue and no earlier one true
/// again: the loop ends. [`Next::Attached`] and [`Next::Undone`] are to be believed of a fresh look only.
pub fn next(direction: Direction, plan: &Plan, past: &Past, truth: &Truth) -> Next {
    match begin::known(truth) {
        Err(reason) => Next::Stuck(reason),
        Ok(holder) => match direction {
            Direction::Forward => forward(plan, *past, truth, holder),
            Direction::Back => back(plan, *past, truth, holder),
        },
    }
}

fn forward(plan: &Plan, past: Past, truth: &Truth, holder: Of) -> Next {
    let Some(new) = truth.new else {
        // Made once more, it would need its key once more.
        let gone = Next::Stuck(Reason::NewKeyGone);
        return if past.keyed { gone } else { Next::Act(Command::Create) };
    };
    if new.key == KeyState::None && past.keyed {
        return if holder == Of::New { Next::Stuck(Reason::NewKeyGone) } else { Next::TurnBack };
    }
    // Whoever is admitted before it is its turn is barred: without the number, or as long as a key would let it in beside the old.
    if new.access.any() && (holder != Of::New || new.key == KeyState::None) {
        return Next::Act(Command::BarNew);
    }
    if new.key == KeyState::None {
        return Next::Act(Command::Key);
    }
    if truth.old.is_some_and(|old| old.access.any()) {
        return Next::Act(Command::BarOld);
    }
    // The switch may not have heard that the old card is barred: once more, so that it does.
    if past.unheard && truth.old.is_some() && plan.old_access.any() && !new.access.any() {
        return Next::Act(Command::AdmitOld);
    }
    match holder {
        Of::Old => Next::Act(Command::TakeFromOld),
        Of::Nobody => Next::Act(Command::GiveToNew),
        Of::New if !new.access.covers(plan.old_access) => Next::Act(Command::AdmitNew),
        Of::New if plan.saw(past, &new) => Next::Attached,
        Of::New => Next::Wait,
    }
}

fn back(plan: &Plan, past: Past, truth: &Truth, holder: Of) -> Next {
    let Some(old) = truth.old else { return Next::Stuck(Reason::OldGone) };
    // A number that somebody has stays there until a person looked; one that nobody has is given home first.
    if old.key == KeyState::None && holder != Of::Nobody {
        return Next::Stuck(Reason::OldKeyGone);
    }
    if truth.new.is_some_and(|new| new.access.any()) {
        return Next::Act(Command::BarNew);
    }
    let seen = truth.new.is_some_and(|new| plan.saw(past, &new));
    match holder {
        Of::New if past.unseen && seen => return Next::Stuck(Reason::AttachedMeanwhile),
        Of::New => return Next::Act(Command::TakeFromNew),
        Of::Nobody => return Next::Act(Command::GiveToOld),
        Of::Old => {}
    }
    if !old.access.covers(plan.old_access) {
        return Next::Act(Command::AdmitOld);
    }
    // A row that this swap did not make is not its own to delete.
    if truth.new.is_some() && past.created { Next::Act(Command::DeleteNew) } else { Next::Undone }
}

#[cfg(test)]
mod tests;
