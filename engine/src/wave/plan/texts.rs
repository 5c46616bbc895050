//! The texts a wave would send, each once: what differs between two people of one text is a name.

use std::collections::BTreeMap;

use simrecall_core::cohort::ItemSet;
use simrecall_core::identity::PersonName;
use simrecall_core::notice::{Language, NoticeKind, Variables};
use simrecall_core::subscriber::RecipientRole;

/// All that a text depends on, the person aside.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    brand: String,
    kind: NoticeKind,
    language: Language,
    role: RecipientRole,
    confirmed: ItemSet,
    possible: ItemSet,
    withdrawn: ItemSet,
    lines: u16,
    minor: bool,
    greeted: bool,
    /// Whether a letter can go to them.
    posted: bool,
}

/// The distinct texts of a wave; of each, the variables with the longest name.
#[derive(Debug, Default)]
pub(super) struct Texts(BTreeMap<Key, Variables>);

impl Texts {
    /// Notes what one recipient would be told.
    pub(super) fn note(&mut self, variables: &Variables) {
        let key = Key {
            brand: variables.brand.clone(),
            kind: variables.kind,
            language: variables.language,
            role: variables.role,
            confirmed: variables.confirmed,
            possible: variables.possible,
            withdrawn: variables.withdrawn,
            lines: variables.lines,
            minor: variables.minor,
            greeted: variables.addressee.is_some(),
            posted: variables.address.is_some(),
        };
        match self.0.get_mut(&key) {
            Some(longest) if length(longest) >= length(variables) => {}
            Some(longest) => longest.clone_from(variables),
            None => {
                self.0.insert(key, variables.clone());
            }
        }
    }

    /// Each text, with the longest name it is rendered with.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Variables> {
        self.0.values()
    }
}

/// How much room a name takes on a handset: a Korean letter takes two bytes, a Latin one takes one.
fn length(variables: &Variables) -> usize {
    let name = variables.addressee.as_ref().map(PersonName::expose).unwrap_or_default();
    name.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
}
