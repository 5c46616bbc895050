//! One statute in one version.

use std::collections::BTreeSet;
use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Anchor, Duty, Element, Ground, Method, Period, Recipient, Standing, Trigger, Zone};

macro_rules! word_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Box<str>);

        impl $name {
            /// The id over a word of a pack, or over one read back from a row.
            pub fn new(word: &str) -> Self {
                Self(word.into())
            }

            /// The word.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

word_id!(
    /// A pack's name, such as `kr-pipa-2026`.
    PackId
);
word_id!(
    /// A rule's name, such as `KR-PIPA-34-1`; the same rule has the same name in every version of its statute.
    RuleId
);

/// One statute in one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pack {
    /// Its name.
    pub id: PackId,
    /// The statute, as incidents name it: `kr-pipa`.
    pub statute: String,
    /// The statute's title.
    pub title: String,
    /// ISO 3166-1, or `EU`.
    pub country: String,
    /// ISO 3166-2, where only a part of the country is meant.
    pub region: Option<String>,
    /// The first day an incident may have been known for this version to apply; none if it is not in force.
    pub valid_from: Option<NaiveDate>,
    /// The last such day; none if no later version is known.
    pub valid_to: Option<NaiveDate>,
    /// Where days are counted.
    pub zone: Zone,
    /// The moment whose day picks the version.
    pub anchor: Anchor,
    /// How far it can be relied on, where a rule says nothing else.
    pub standing: Standing,
    /// Citations.
    pub source: Vec<String>,
    /// What else staff should know.
    pub note: Option<String>,
    /// Days that are no business days, besides those computed for the country.
    pub holidays: BTreeSet<NaiveDate>,
    /// The file it came from.
    pub file: String,
    /// What it asks.
    pub rules: Vec<Rule>,
}

/// One thing a statute asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Its name.
    pub id: RuleId,
    /// What must be done.
    pub duty: Duty,
    /// How far it can be relied on.
    pub standing: Standing,
    /// All of these must be true.
    pub when: Vec<Trigger>,
    /// If not empty, all triggers of at least one of these lists must be true too.
    pub any_of: Vec<Vec<Trigger>>,
    /// What the clock counts from.
    pub clock: Anchor,
    /// The rule whose first act the clock counts from as well.
    pub after: Option<RuleId>,
    /// How long it gives.
    pub period: Period,
    /// To whom it is owed.
    pub to: Recipient,
    /// What must be said.
    pub elements: BTreeSet<Element>,
    /// How it may be given.
    pub methods: BTreeSet<Method>,
    /// Why a posting is allowed; postings only.
    pub grounds: BTreeSet<Ground>,
    /// How many days a posting must stand; postings only.
    pub days: Option<u32>,
    /// What excuses a delay, in words; without it no excuse is taken.
    pub excuse: Option<String>,
    /// Exceptions, in words.
    pub exceptions: Vec<String>,
    /// Citations.
    pub source: Vec<String>,
    /// What else staff should know.
    pub note: Option<String>,
}
