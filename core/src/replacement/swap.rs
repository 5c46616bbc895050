//! The swap: what the network's register says now, and which single command is next.
//!
//! Nothing here remembers how far a swap came. [`next`] looks at the [`Truth`] and names one [`Command`], so that a crash
//! between two commands is no special case. Three rules hold in every order of commands, repetitions and losses:
//!
//! - no command writes the old row's key: a written key sets its sequence number to 0;
//! - old and new are never both able to attach: one is barred before the other is admitted;
//! - the number is moved by taking and giving, because a register refuses to give what somebody has.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

pub use after::{Answer, Course, LOOKS, after_failure};
pub use truth::{Access, Holder, KeyState, Number, Row, Truth};

mod after;
mod truth;

/// How long a customer stands at the counter for the new card to be seen, from when it was admitted.
pub const ATTACH_WITHIN: TimeDelta = TimeDelta::minutes(10);

/// What a swap was begun with; it never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// What the old card may use, as read before the first command.
    pub old_access: Access,
    /// When the swap began. Only an attach from here on, to the second, is the new card's own: registers keep whole seconds.
    pub started_at: DateTime<Utc>,
}

impl Plan {
    /// What the new card is to have: what the old one had. A line that was barred altogether (a lost card) gets both domains;
    /// whether a line may be in service at all is asked before its swap.
    pub const fn new_access(&self) -> Access {
        if self.old_access.any() { self.old_access } else { Access::BOTH }
    }

    /// Whether the new card attached since the swap began.
    fn attached(&self, new: &Row) -> bool {
        new.registered_at.is_some_and(|at| at.timestamp() >= self.started_at.timestamp())
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
        /// Let the new card attach, for what the old one might use.
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
        /// The old row is not there.
        OldGone = 2 "old_gone",
        /// The old row has another number: it serves somebody else now.
        OldHasAnotherNumber = 3 "old_has_another_number",
        /// The old row has no key: going back would give the number to a card that cannot attach.
        OldKeyGone = 4 "old_key_gone",
        /// The old row's key is not what it was when the swap began.
        OldKeyChanged = 5 "old_key_changed",
        /// The new row has a key that is not its card's.
        NewHasAnotherKey = 6 "new_has_another_key",
        /// The new row has another number: it serves somebody else.
        NewHasAnotherNumber = 7 "new_has_another_number",
        /// What the rows say and who has the number do not fit: somebody else is writing.
        Contradiction = 8 "contradiction",
        /// The same command was due at look after look.
        NoProgress = 9 "no_progress",
    }
}

/// What is next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Next {
    /// This one command.
    Act(Command),
    /// Nothing is left to do but to see the new card attach.
    Wait,
    /// The end forward: the number is at the new card, which was seen; the old one cannot attach.
    Attached,
    /// The end back: the number is at the old card, which may what it might before; the new row is gone.
    Undone,
    /// A person decides.
    Stuck(Reason),
}

impl Command {
    /// What it writes to.
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

    /// Whether the number gets another card by it: when the latest change of the line is noted, before it is sent.
    pub const fn is_pivot(self) -> bool {
        match self {
            Self::GiveToNew => true,
            Self::Create
            | Self::BarNew
            | Self::Key
            | Self::BarOld
            | Self::TakeFromOld
            | Self::AdmitNew
            | Self::TakeFromNew
            | Self::GiveToOld
            | Self::AdmitOld
            | Self::DeleteNew => false,
        }
    }
}

/// The next command, or why there is none.
///
/// Pure: the same truth gives the same answer. Conditions are ordered so that a command makes one untrue and no earlier one true
/// again: the loop ends. [`Next::Attached`] and [`Next::Undone`] are to be believed of a fresh look only.
pub fn next(direction: Direction, plan: &Plan, truth: &Truth) -> Next {
    let (old, holder) = match begin(truth) {
        Ok(known) => known,
        Err(reason) => return Next::Stuck(reason),
    };
    match direction {
        Direction::Forward => forward(plan, &old, truth.new.as_ref(), holder),
        Direction::Back => back(plan, &old, truth.new.as_ref(), holder),
    }
}

/// Who of the two has the number, if either.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Nobody,
    Old,
    New,
}

/// What makes a swap undecidable in both directions.
fn begin(truth: &Truth) -> Result<(Row, Of), Reason> {
    let holder = match truth.holder {
        Holder::Nobody => Of::Nobody,
        Holder::Old => Of::Old,
        Holder::New => Of::New,
        Holder::Third => return Err(Reason::NumberAtThird),
    };
    let old = truth.old.ok_or(Reason::OldGone)?;
    if old.number == Number::Other {
        return Err(Reason::OldHasAnotherNumber);
    }
    if truth.new.is_some_and(|new| new.number == Number::Other) {
        return Err(Reason::NewHasAnotherNumber);
    }
    if truth.new.is_some_and(|new| new.key == KeyState::Other) {
        return Err(Reason::NewHasAnotherKey);
    }
    if truth.agrees() { Ok((old, holder)) } else { Err(Reason::Contradiction) }
}

fn forward(plan: &Plan, old: &Row, new: Option<&Row>, holder: Of) -> Next {
    let Some(new) = new else { return Next::Act(Command::Create) };
    let has_key = new.key != KeyState::None;
    // Whoever is admitted before it is its turn is barred: without the number, or as long as a key would let it attach beside the old.
    if new.access.any() && (holder != Of::New || !has_key) {
        return Next::Act(Command::BarNew);
    }
    if !has_key {
        return Next::Act(Command::Key);
    }
    if old.access.any() {
        return Next::Act(Command::BarOld);
    }
    match holder {
        Of::Old => Next::Act(Command::TakeFromOld),
        Of::Nobody => Next::Act(Command::GiveToNew),
        Of::New if !new.access.covers(plan.new_access()) => Next::Act(Command::AdmitNew),
        Of::New if plan.attached(new) => Next::Attached,
        Of::New => Next::Wait,
    }
}

fn back(plan: &Plan, old: &Row, new: Option<&Row>, holder: Of) -> Next {
    let dead = match old.key {
        KeyState::Ours => None,
        KeyState::None => Some(Reason::OldKeyGone),
        KeyState::Other => Some(Reason::OldKeyChanged),
    };
    // A number that somebody has stays there until a person looked; one that nobody has is given home first.
    if let (Some(reason), true) = (dead, holder != Of::Nobody) {
        return Next::Stuck(reason);
    }
    if new.is_some_and(|new| new.access.any()) {
        return Next::Act(Command::BarNew);
    }
    match holder {
        Of::New => return Next::Act(Command::TakeFromNew),
        Of::Nobody => return Next::Act(Command::GiveToOld),
        Of::Old => {}
    }
    if !old.access.covers(plan.old_access) {
        return Next::Act(Command::AdmitOld);
    }
    if new.is_some() { Next::Act(Command::DeleteNew) } else { Next::Undone }
}

#[cfg(test)]
mod tests;
