//! What the register says of the two cards, and what a command makes of it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Command, Plan};

/// What a card may use: calls and messages, data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Access {
    /// The circuit-switched domain.
    pub cs: bool,
    /// The packet-switched domain.
    pub ps: bool,
}

impl Access {
    /// Nothing: the card is barred.
    pub const NONE: Self = Self { cs: false, ps: false };
    /// Everything.
    pub const BOTH: Self = Self { cs: true, ps: true };
    /// All four.
    pub const ALL: [Self; 4] =
        [Self::NONE, Self { cs: true, ps: false }, Self { cs: false, ps: true }, Self::BOTH];

    /// Whether it may attach at all.
    pub const fn any(self) -> bool {
        self.cs || self.ps
    }

    /// Whether it has at least what the other has.
    pub const fn covers(self, other: Self) -> bool {
        (self.cs || !other.cs) && (self.ps || !other.ps)
    }
}

/// Which number a row has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Number {
    /// None.
    None,
    /// The one that is being moved.
    Ours,
    /// Another.
    Other,
}

/// Which key a row has. Keys themselves never come here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// None: the card cannot attach, whatever it may use.
    None,
    /// The new card's own. Of the old row, any: nobody here knows what it should be.
    Ours,
    /// Another; never said of the old row.
    Other,
}

/// One card's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Row {
    /// Its number.
    pub number: Number,
    /// Its key.
    pub key: KeyState,
    /// What it may use.
    pub access: Access,
    /// When a switch last let it in, if one ever did: by our clock, and not rounded down by more than the fraction of a second.
    pub registered_at: Option<DateTime<Utc>>,
}

impl Row {
    /// Whether a phone with this card would be let in.
    pub fn can_attach(&self) -> bool {
        self.key != KeyState::None && self.access.any()
    }
}

/// Which card has the number, asked by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// None.
    Nobody,
    /// The old one.
    Old,
    /// The new one.
    New,
    /// Another.
    Third,
}

/// What the register says now; without numbers or keys, so that a ticket may show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Truth {
    /// The old card's row, if there is one.
    pub old: Option<Row>,
    /// The new card's row, if there is one.
    pub new: Option<Row>,
    /// Who has the number.
    pub holder: Holder,
}

impl Truth {
    /// Whether rows and holder say the same. They are read one after the other: what does not agree was changed in between.
    pub fn agrees(&self) -> bool {
        let has = |row: Option<Row>| row.is_some_and(|row| row.number == Number::Ours);
        has(self.old) == (self.holder == Holder::Old)
            && has(self.new) == (self.holder == Holder::New)
    }

    /// Whether the number has come to the new card.
    pub fn is_past_pivot(&self) -> bool {
        self.holder == Holder::New
    }

    /// What is true once a command is done: what the loop believes between two looks.
    ///
    /// A command that the register would refuse, such as giving away a number that somebody has, changes nothing.
    #[must_use]
    pub fn after(&self, plan: &Plan, command: Command) -> Self {
        let mut truth = *self;
        match command {
            Command::Create => {
                truth.new = truth.new.or(Some(CREATED));
            }
            Command::BarNew => truth.admit_new(Access::NONE),
            Command::AdmitNew => truth.admit_new(plan.old_access),
            Command::BarOld => truth.admit_old(Access::NONE),
            Command::AdmitOld => truth.admit_old(plan.old_access),
            Command::Key => {
                truth.new = truth.new.map(|row| Row { key: KeyState::Ours, ..row });
            }
            Command::TakeFromOld => {
                truth.old = truth.old.map(numberless);
                truth.freed(Holder::Old);
            }
            Command::TakeFromNew => {
                truth.new = truth.new.map(numberless);
                truth.freed(Holder::New);
            }
            Command::GiveToNew => {
                (truth.new, truth.holder) = given(truth.new, truth.holder, Holder::New);
            }
            Command::GiveToOld => {
                (truth.old, truth.holder) = given(truth.old, truth.holder, Holder::Old);
            }
            Command::DeleteNew => {
                truth.new = None;
                truth.freed(Holder::New);
            }
        }
        truth
    }

    fn admit_new(&mut self, access: Access) {
        self.new = self.new.map(|row| Row { access, ..row });
    }

    fn admit_old(&mut self, access: Access) {
        self.old = self.old.map(|row| Row { access, ..row });
    }

    fn freed(&mut self, by: Holder) {
        if self.holder == by {
            self.holder = Holder::Nobody;
        }
    }
}

/// A row as a register makes it: admitted at once, and of no use without a key.
const CREATED: Row =
    Row { number: Number::None, key: KeyState::None, access: Access::BOTH, registered_at: None };

fn numberless(row: Row) -> Row {
    Row { number: Number::None, ..row }
}

fn given(row: Option<Row>, holder: Holder, to: Holder) -> (Option<Row>, Holder) {
    match (row, holder) {
        (Some(row), Holder::Nobody) => (Some(Row { number: Number::Ours, ..row }), to),
        (row, holder) => (row, holder),
    }
}
