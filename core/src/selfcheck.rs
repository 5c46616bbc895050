//! What a person is told who asks about themselves: from facts, and from nothing else.

use serde::{Deserialize, Serialize};

use crate::cohort::{FactSet, ItemSet};
use crate::id::{LineId, RevisionNo, SubscriberId};

/// How a person stands who asks. Codes are stored: never renumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Something of theirs leaked for certain.
    Leaked = 1,
    /// Something of theirs may have leaked.
    Possibly = 2,
    /// A customer, and nothing of theirs was found so far.
    NotFound = 3,
    /// Nobody we can answer: no such number, another's address, a stranger.
    NotOurs = 4,
    /// We cannot answer here; they are asked to call.
    Ask = 5,
}

impl Standing {
    /// All of them, in code order.
    pub const ALL: [Self; 5] =
        [Self::Leaked, Self::Possibly, Self::NotFound, Self::NotOurs, Self::Ask];

    /// As stored.
    #[expect(clippy::as_conversions, reason = "a unit-only enum's discriminant is its code")]
    pub const fn code(self) -> i16 {
        self as i16
    }

    /// A code read back.
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.code() == code)
    }

    /// The word for it in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Leaked => "leaked",
            Self::Possibly => "possibly",
            Self::NotFound => "not_found",
            Self::NotOurs => "not_ours",
            Self::Ask => "ask",
        }
    }

    /// Whether items may be named beside it: of strangers, and of those who are asked to call, nothing is said.
    pub const fn names_items(self) -> bool {
        match self {
            Self::Leaked | Self::Possibly | Self::NotFound => true,
            Self::NotOurs | Self::Ask => false,
        }
    }
}

/// Who is answered: everything kept of what the page said is kept of one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A person, about all lines of theirs.
    Person(SubscriberId),
    /// Whoever has a line in their hands, about that line alone.
    Line(LineId),
}

impl Subject {
    /// The key of what is kept of them.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        match self {
            Self::Person(id) => id.as_bytes(),
            Self::Line(id) => id.as_bytes(),
        }
    }
}

/// What the answer is made from.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The latest revision that a released wave told.
    pub revision: RevisionNo,
    /// Whether the one who asks is a customer, or was one when it happened.
    pub is_ours: bool,
    /// Whether a suppression or a law asks for silence towards them.
    pub is_silent: bool,
    /// What the revision says of each of their lines; lines it does not name may be left out.
    pub lines: &'a [FactSet],
}

/// What the page said: the answer, without the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The revision it was made from.
    pub revision: RevisionNo,
    /// How the person stood.
    pub standing: Standing,
    /// Items that may have leaked, over all lines.
    pub possible: ItemSet,
    /// Items that leaked for certain, over all lines.
    pub confirmed: ItemSet,
}

/// What is another thing than the last time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// What the page said the last time.
    pub before: Seen,
    /// What is new, or known for certain now.
    pub added: FactSet,
    /// What was said and is not true any more.
    pub removed: FactSet,
}

/// How a person stands.
///
/// Silence comes first: were it said only to those whom a list names, saying it would name them.
pub fn standing(known: &Known<'_>) -> Standing {
    let all = together(known.lines);
    if known.is_silent {
        Standing::Ask
    } else if !known.is_ours {
        Standing::NotOurs
    } else if !all.confirmed().is_empty() {
        Standing::Leaked
    } else if !all.possible().is_empty() {
        Standing::Possibly
    } else {
        Standing::NotFound
    }
}

/// What the page says: items are named only where the standing lets them be.
pub fn seen(known: &Known<'_>) -> Seen {
    let standing = standing(known);
    let all = if standing.names_items() { together(known.lines) } else { FactSet::EMPTY };
    Seen {
        revision: known.revision,
        standing,
        possible: all.possible(),
        confirmed: all.confirmed(),
    }
}

/// The items this incident touched, for whomever, that did not leak for this person; an item that may have leaked is none.
pub fn not_leaked(touched: FactSet, seen: &Seen) -> ItemSet {
    if seen.standing.names_items() {
        let of_anybody = touched.confirmed().union(touched.possible());
        of_anybody.minus(seen.confirmed).minus(seen.possible)
    } else {
        ItemSet::EMPTY
    }
}

/// What differs from the last time; none if the page says the same, from whichever revision.
pub fn changed(before: &Seen, now: &Seen) -> Option<Change> {
    let said = |seen: &Seen| FactSet::new(seen.possible, seen.confirmed);
    let (then, today) = (said(before), said(now));
    (before.standing != now.standing || then != today).then(|| Change {
        before: *before,
        added: today.minus(then),
        removed: then.minus(today),
    })
}

fn together(lines: &[FactSet]) -> FactSet {
    lines.iter().fold(FactSet::EMPTY, |all, facts| all.union(*facts))
}

#[cfg(test)]
mod tests;
