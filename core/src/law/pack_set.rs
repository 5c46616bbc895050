//! All packs there are.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::read::read;
use super::{Pack, PackError, PackFault, Rule, RuleId, Standing};

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        [$(($name, include_str!(concat!("packs/", $name)))),+]
    };
}

/// The packs that ship with this version.
const BUILTIN: [(&str, &str); 14] = files![
    "kr-pipa-2023.toml",
    "kr-pipa-2026.toml",
    "kr-network-2024.toml",
    "kr-network-2026.toml",
    "eu-gdpr.toml",
    "eu-611-2013.toml",
    "eu-nis2.toml",
    "us-cpni-2007.toml",
    "us-cpni-2023.toml",
    "us-ca.toml",
    "uk-pecr-2013.toml",
    "uk-pecr-2025.toml",
    "uk-gdpr.toml",
    "jp-appi.toml",
];

/// All packs there are, sorted by statute and first day; at most one version of a statute on any day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackSet {
    packs: Vec<Pack>,
}

impl PackSet {
    /// The packs that ship with this version.
    pub fn builtin() -> Self {
        let read = Self::read(&BUILTIN);
        #[expect(clippy::expect_used, reason = "compiled in, and a test reads every one of them")]
        read.expect("invariant: the packs that ship can be read")
    }

    /// With one more pack: it takes the place of the one of the same id, or is added.
    pub fn with(mut self, file: &str, text: &str) -> Result<Self, PackError> {
        self.add(file, text)?;
        Ok(self)
    }

    /// The version of a statute for an incident known on a day; pending versions are never one.
    pub fn version(&self, statute: &str, day: NaiveDate) -> Option<&Pack> {
        self.packs.iter().find(|pack| pack.statute == statute && pack.is_in_force(day))
    }

    /// Every version of a statute, the pending ones too.
    pub fn versions<'a>(&'a self, statute: &str) -> impl Iterator<Item = &'a Pack> {
        self.packs.iter().filter(move |pack| pack.statute == statute)
    }

    /// The statutes an incident can name.
    pub fn statutes(&self) -> BTreeSet<&str> {
        self.packs.iter().map(|pack| pack.statute.as_str()).collect()
    }

    /// Every pack.
    pub fn iter(&self) -> std::slice::Iter<'_, Pack> {
        self.packs.iter()
    }

    /// A rule in every version that has it.
    pub fn rules<'a>(&'a self, id: &RuleId) -> impl Iterator<Item = (&'a Pack, &'a Rule)> {
        self.packs.iter().filter_map(move |pack| Some((pack, pack.rule(id)?)))
    }

    fn read(files: &[(&str, &str)]) -> Result<Self, PackError> {
        let mut set = Self { packs: Vec::new() };
        files.iter().try_for_each(|(file, text)| set.add(file, text))?;
        Ok(set)
    }

    fn add(&mut self, file: &str, text: &str) -> Result<(), PackError> {
        let (pack, overlaps) = read(file, text)?;
        let mut others = self.packs.iter().filter(|other| other.id != pack.id);
        if let Some(other) = others.find(|other| overlap(other, &pack)) {
            return Err(PackError { fault: PackFault::Overlap(other.id.clone()), ..overlaps });
        }
        self.packs.retain(|other| other.id != pack.id);
        self.packs.push(pack);
        self.packs.sort_by_cached_key(|pack| {
            let pending = pack.valid_from.is_none();
            (pack.statute.clone(), pending, pack.valid_from, pack.id.clone())
        });
        Ok(())
    }
}

impl<'a> IntoIterator for &'a PackSet {
    type Item = &'a Pack;
    type IntoIter = std::slice::Iter<'a, Pack>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Pack {
    /// Whether it is the version for an incident known on this day.
    pub fn is_in_force(&self, day: NaiveDate) -> bool {
        let begun = self.valid_from.is_some_and(|from| from <= day);
        begun && self.valid_to.is_none_or(|to| day <= to)
    }

    /// Where the people live that it protects: its region, else its country.
    pub fn place(&self) -> &str {
        self.region.as_deref().unwrap_or(&self.country)
    }

    /// One of its rules.
    pub fn rule(&self, id: &RuleId) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == *id)
    }

    /// Its rules whose text was read and which are in force.
    pub fn verified(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(|rule| rule.standing == Standing::Verified)
    }
}

fn overlap(one: &Pack, two: &Pack) -> bool {
    let starts = |a: &Pack, b: &Pack| a.valid_from.is_some_and(|day| b.is_in_force(day));
    one.statute == two.statute && (starts(one, two) || starts(two, one))
}
