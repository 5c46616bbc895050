//! Rules from TOML, whole or as what differs.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Documents, Labels, Needs, Person};

/// How long a document's name may be, in characters: it has to fit a line of a notice.
const LONGEST: usize = 60;

/// Rules that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadDocuments {
    /// Not TOML, a field that does not exist, or a word that means nothing here.
    #[error("{0}")]
    Toml(Box<str>),
    /// The rules have no name.
    #[error("id is missing")]
    NoId,
    /// Nothing is said of somebody.
    #[error("[person.{}] is missing", .0.name())]
    NoPerson(Person),
    /// Somebody would be served without showing anything.
    #[error("[person.{}] needs nothing, or one of nothing", .0.name())]
    Empty(Person),
    /// Somebody has to show what is no document here.
    #[error("[person.{}] needs {name}, which is no document here", person.name())]
    Unknown {
        /// Who.
        person: Person,
        /// What.
        name: Box<str>,
    },
    /// A document's name is empty or too long in some language.
    #[error("[document.{0}] has a name that is empty or longer than {LONGEST} characters")]
    Label(Box<str>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    id: Option<String>,
    #[serde(default)]
    document: BTreeMap<String, Labels>,
    #[serde(default)]
    person: BTreeMap<Person, RawNeeds>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawNeeds {
    allowed: Option<bool>,
    needs: Option<Vec<Vec<String>>>,
}

impl Documents {
    /// Reads rules that say everything.
    pub fn parse(text: &str) -> Result<Self, BadDocuments> {
        let nothing = Self { id: String::new(), labels: BTreeMap::new(), people: BTreeMap::new() };
        nothing.with(text)
    }

    /// These rules with what a carrier's own file says otherwise: other documents, other needs, or `allowed` alone.
    pub fn with(mut self, text: &str) -> Result<Self, BadDocuments> {
        let raw: Raw =
            toml::from_str(text).map_err(|error| BadDocuments::Toml(error.message().into()))?;
        // Rules that say something else have another name.
        self.id = raw.id.filter(|id| !id.is_empty()).ok_or(BadDocuments::NoId)?;
        self.labels.extend(raw.document);
        for (person, needs) in raw.person {
            let entry = self.people.entry(person);
            let entry = entry.or_insert(Needs { allowed: true, groups: Vec::new() });
            entry.allowed = needs.allowed.unwrap_or(entry.allowed);
            entry.groups = needs.needs.unwrap_or(std::mem::take(&mut entry.groups));
        }
        self.checked()
    }

    fn checked(self) -> Result<Self, BadDocuments> {
        for (name, labels) in &self.labels {
            let all = [&labels.ko, &labels.en, &labels.zh_hans, &labels.vi, &labels.ja];
            let fits = |label: &&String| (1..=LONGEST).contains(&label.trim().chars().count());
            if !all.iter().all(fits) {
                return Err(BadDocuments::Label(name.as_str().into()));
            }
        }
        for person in Person::ALL {
            let needs = self.people.get(&person).ok_or(BadDocuments::NoPerson(person))?;
            if needs.groups.is_empty() || needs.groups.iter().any(Vec::is_empty) {
                return Err(BadDocuments::Empty(person));
            }
            let mut names = needs.groups.iter().flatten();
            if let Some(name) = names.find(|name| !self.labels.contains_key(*name)) {
                return Err(BadDocuments::Unknown { person, name: name.as_str().into() });
            }
        }
        Ok(self)
    }
}
