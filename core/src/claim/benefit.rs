//! What a carrier offers those whose data leaked: data, so that the page, the file and the database say the same.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Deserialize;

use super::Reason;
use crate::notice::Language;
use crate::replacement::documents::Labels;

/// How long a benefit's name may be, in characters.
const LONGEST: usize = 60;

/// The benefits of one carrier, in order of their codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Benefits(BTreeMap<String, Benefit>);

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Benefit {
    code: String,
    group: String,
    labels: Labels,
    opens: Option<NaiveDate>,
    closes: Option<NaiveDate>,
}

/// Benefits that cannot be used. Texts name codes and groups.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadBenefits {
    /// Not TOML, or a field that does not exist.
    #[error("{0}")]
    Toml(Box<str>),
    /// A code or a group's name is no word of small letters.
    #[error("{0:?} is not one word of 1 to 40 small letters, digits and underscores")]
    Word(Box<str>),
    /// A benefit has no name.
    #[error("[benefit.{0}] has no name")]
    NoName(Box<str>),
    /// A benefit's name is empty or too long in some language.
    #[error("[benefit.{0}] has a name that is empty or longer than {LONGEST} characters")]
    Name(Box<str>),
    /// A benefit closes before it opens, or without opening.
    #[error("[benefit.{0}] closes before it opens")]
    Closes(Box<str>),
    /// A group names what is no benefit.
    #[error("group {group} names {code}, which is no benefit here")]
    Unknown {
        /// The group.
        group: Box<str>,
        /// What it names.
        code: Box<str>,
    },
    /// A benefit is named twice.
    #[error("{0} is in two groups, or twice in one")]
    Twice(Box<str>),
    /// A group is called as a benefit.
    #[error("group {0} is called as a benefit")]
    Called(Box<str>),
}

/// Somebody cannot choose that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChooseError {
    /// There is no such benefit.
    #[error("there is no such benefit")]
    Unknown,
    /// It is not open on that day.
    #[error("this benefit is not open now")]
    Closed,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    group: Option<BTreeMap<String, Vec<String>>>,
    #[serde(default)]
    benefit: BTreeMap<String, RawBenefit>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBenefit {
    name: Option<Labels>,
    opens: Option<NaiveDate>,
    closes: Option<NaiveDate>,
}

impl Benefits {
    /// Those that ship with this version; none of them is offered before a carrier says from when.
    pub fn builtin() -> Self {
        let read = Self(BTreeMap::new()).with(include_str!("benefits.toml"));
        #[expect(clippy::expect_used, reason = "compiled in, and a test reads it")]
        read.expect("invariant: the benefits that ship can be read")
    }

    /// These with what a carrier's own file says otherwise: days, names, other benefits. A file that has groups has all of them.
    pub fn with(mut self, text: &str) -> Result<Self, BadBenefits> {
        let raw: Raw =
            toml::from_str(text).map_err(|error| BadBenefits::Toml(error.message().into()))?;
        for (code, said) in raw.benefit {
            Reason::parse(&code).map_err(|_| BadBenefits::Word(code.as_str().into()))?;
            let before = self.0.remove(&code);
            let group = before.as_ref().map_or_else(|| code.clone(), |one| one.group.clone());
            let opens = said.opens.or(before.as_ref().and_then(|one| one.opens));
            let closes = said.closes.or(before.as_ref().and_then(|one| one.closes));
            let labels = said.name.or(before.map(|one| one.labels));
            let labels = labels.ok_or_else(|| BadBenefits::NoName(code.as_str().into()))?;
            self.0.insert(code.clone(), Benefit { code, group, labels, opens, closes });
        }
        match raw.group {
            Some(groups) => self.group(groups)?,
            None => self.named_apart()?,
        }
        self.checked()
    }

    /// A benefit that was added is not called as a group that was there.
    fn named_apart(&self) -> Result<(), BadBenefits> {
        let taken =
            self.0.values().find(|one| one.group != one.code && self.0.contains_key(&one.group));
        taken.map_or(Ok(()), |one| Err(BadBenefits::Called(one.group.as_str().into())))
    }

    fn group(&mut self, groups: BTreeMap<String, Vec<String>>) -> Result<(), BadBenefits> {
        for (code, benefit) in &mut self.0 {
            benefit.group.clone_from(code);
        }
        let mut grouped = BTreeSet::new();
        for (group, codes) in groups {
            Reason::parse(&group).map_err(|_| BadBenefits::Word(group.as_str().into()))?;
            // What is in no group is kept under its own code.
            if self.0.contains_key(&group) {
                return Err(BadBenefits::Called(group.as_str().into()));
            }
            for code in codes {
                let Some(benefit) = self.0.get_mut(&code) else {
                    let (group, code) = (group.as_str().into(), code.as_str().into());
                    return Err(BadBenefits::Unknown { group, code });
                };
                benefit.group.clone_from(&group);
                if !grouped.insert(code.clone()) {
                    return Err(BadBenefits::Twice(code.as_str().into()));
                }
            }
        }
        Ok(())
    }

    fn checked(self) -> Result<Self, BadBenefits> {
        for benefit in self.0.values() {
            let code = || Box::<str>::from(benefit.code.as_str());
            let fits = |language: Language| {
                (1..=LONGEST).contains(&benefit.name(language).trim().chars().count())
            };
            if !Language::ALL.into_iter().all(fits) {
                return Err(BadBenefits::Name(code()));
            }
            if benefit.closes.is_some_and(|last| benefit.opens.is_none_or(|first| last < first)) {
                return Err(BadBenefits::Closes(code()));
            }
        }
        Ok(self)
    }

    /// All of them, in order of their codes.
    pub fn iter(&self) -> impl Iterator<Item = &Benefit> {
        self.0.values()
    }

    /// The one of that code.
    pub fn get(&self, code: &str) -> Option<&Benefit> {
        self.0.get(code)
    }

    /// The one that somebody chooses on a day, in the carrier's zone.
    pub fn choose(&self, code: &str, on: NaiveDate) -> Result<&Benefit, ChooseError> {
        let benefit = self.get(code).ok_or(ChooseError::Unknown)?;
        if benefit.is_open(on) { Ok(benefit) } else { Err(ChooseError::Closed) }
    }
}

impl Benefit {
    /// Its code.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Of what one may be chosen for a line.
    pub fn group(&self) -> &str {
        &self.group
    }

    /// What it is called.
    pub fn name(&self, language: Language) -> &str {
        self.labels.get(language)
    }

    /// The first day on which it may be chosen; none if it is not offered.
    pub const fn opens(&self) -> Option<NaiveDate> {
        self.opens
    }

    /// The last day; none if it stays open.
    pub const fn closes(&self) -> Option<NaiveDate> {
        self.closes
    }

    /// Whether it may be chosen on a day.
    pub fn is_open(&self, on: NaiveDate) -> bool {
        self.opens.is_some_and(|first| first <= on) && self.closes.is_none_or(|last| on <= last)
    }
}

#[cfg(test)]
mod tests;
