//! What has to be shown at the counter: data, so that the notice, the page and the counter say the same.

mod read;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

pub use read::BadDocuments;

use crate::notice::Language;

coded! {
    /// Who comes for the card.
    Person {
        /// Whose line it is, of age.
        Adult = 1 "adult",
        /// Whose line it is, 14 or older and not of age.
        Minor = 2 "minor",
        /// A child under 14, with a guardian.
        Child = 3 "child",
        /// Whose line it is, without a resident registration.
        Foreigner = 4 "foreigner",
        /// Somebody for a company.
        Company = 5 "company",
        /// Somebody for somebody else.
        Proxy = 6 "proxy",
    }
}

/// The rules of one carrier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Documents {
    id: String,
    labels: BTreeMap<String, Labels>,
    people: BTreeMap<Person, Needs>,
}

/// A name in each language.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Labels {
    ko: String,
    en: String,
    #[serde(rename = "zh-Hans")]
    zh_hans: String,
    vi: String,
    ja: String,
}

impl Labels {
    pub(crate) fn get(&self, language: Language) -> &str {
        match language {
            Language::Korean => &self.ko,
            Language::English => &self.en,
            Language::Chinese => &self.zh_hans,
            Language::Vietnamese => &self.vi,
            Language::Japanese => &self.ja,
        }
    }
}

/// What one kind of person brings: one document of each group.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Needs {
    allowed: bool,
    groups: Vec<Vec<String>>,
}

/// Something that stands in the way at the counter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lack {
    /// This carrier serves nobody who comes like that.
    NotAllowed,
    /// The line is held: its holder comes in person.
    HeldLine,
    /// None of these was shown.
    OneOf(Vec<String>),
    /// Something was named that is no document here.
    Unknown(String),
}

impl Documents {
    /// The rules that ship with this version.
    pub fn builtin() -> Self {
        let read = Self::parse(include_str!("documents.toml"));
        #[expect(clippy::expect_used, reason = "compiled in, and a test reads it")]
        read.expect("invariant: the rules that ship can be read")
    }

    /// The name of the rules, kept with what was judged by them.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether somebody who comes like that is served at all.
    pub fn allows(&self, person: Person) -> bool {
        self.people.get(&person).is_some_and(|needs| needs.allowed)
    }

    /// What to bring: one of each list. Names, for forms and rows.
    pub fn groups(&self, person: Person) -> &[Vec<String>] {
        self.people.get(&person).map_or(&[], |needs| &needs.groups)
    }

    /// What to bring, as it is printed: one of each list.
    pub fn bring(&self, person: Person, language: Language) -> Vec<Vec<&str>> {
        let label = |name: &String| self.label(name, language);
        let group = |group: &Vec<String>| group.iter().filter_map(label).collect();
        self.groups(person).iter().map(group).collect()
    }

    /// A document's name in a language, if there is such a document.
    pub fn label(&self, name: &str, language: Language) -> Option<&str> {
        self.labels.get(name).map(|labels| labels.get(language))
    }

    /// Judges what was shown. Everything that stands in the way is named at once; documents that nobody asked for do no harm.
    pub fn judge(&self, person: Person, line_held: bool, shown: &[&str]) -> Result<(), Vec<Lack>> {
        let mut lacks = Vec::new();
        if !self.allows(person) {
            lacks.push(Lack::NotAllowed);
        }
        if line_held && person == Person::Proxy {
            lacks.push(Lack::HeldLine);
        }
        let shown: BTreeSet<&str> = shown.iter().copied().collect();
        let missing =
            |group: &&Vec<String>| !group.iter().any(|name| shown.contains(name.as_str()));
        lacks.extend(self.groups(person).iter().filter(missing).cloned().map(Lack::OneOf));
        let unknown = shown.iter().filter(|name| !self.labels.contains_key(**name));
        lacks.extend(unknown.map(|name| Lack::Unknown((*name).to_owned())));
        if lacks.is_empty() { Ok(()) } else { Err(lacks) }
    }
}

#[cfg(test)]
mod tests;
