//! The words an incident and a carrier put into every notice, written by people and read from TOML.

mod carrier;
mod incident;

pub use carrier::{CarrierText, CarrierWords};
#[cfg(feature = "render")]
pub(in crate::notice) use incident::TextField;
pub use incident::{Desk, IncidentText, IncidentWords, PlainText};

use super::Language;
use super::harmless::{BELITTLING, has_address};

/// Private-use characters stand for what is filled in later and mark passages, so no wording may hold
/// one.
pub(super) const fn is_private_use(c: char) -> bool {
    matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
}

/// Words that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WordsError {
    /// Not TOML, a field that does not exist, or a value of the wrong type.
    #[error("the wording cannot be read")]
    Toml(#[source] toml::de::Error),
    /// A language that every notice needs has no words.
    #[error("there are no words in {}; add a [{}] section", .0.tag(), .0.tag())]
    NoLanguage(Language),
    /// A section that names no language.
    #[error("[{name}] is not a language of ours; one of ko, en, zh-Hans, vi, ja")]
    UnknownLanguage {
        /// The section's name.
        name: String,
    },
    /// A field is missing or empty.
    #[error("[{}] lacks {field}", language.tag())]
    Missing {
        /// The language.
        language: Language,
        /// The field, as written in the file.
        field: &'static str,
    },
    /// A field outside the languages is missing or empty.
    #[error("{field} is missing")]
    MissingField {
        /// The field, as written in the file.
        field: &'static str,
    },
    /// A web or mail address: official messages carry none but the official host.
    #[error("{field} in [{}] contains an address; name the app or a telephone number", language.tag())]
    Address {
        /// The language.
        language: Language,
        /// The field, as written in the file.
        field: &'static str,
    },
    /// The word the law does not use.
    #[error("{field} in [{}] says {BELITTLING}; the word is 유출 or 유출 가능성", language.tag())]
    Belittling {
        /// The language.
        language: Language,
        /// The field, as written in the file.
        field: &'static str,
    },
    /// A character that no text shows.
    #[error("{field} in [{}] holds a control or private-use character; remove it", language.tag())]
    Character {
        /// The language.
        language: Language,
        /// The field, as written in the file.
        field: &'static str,
    },
    /// Not a telephone number.
    #[error("hotline is not a telephone number such as 114 or 080-000-0114")]
    Hotline,
    /// The law stood in the file while notices followed one law alone.
    #[error("law is no field of the wording; remove the line that starts with law = from it")]
    Law,
    /// Not one plain host name.
    #[error("official_host is not a plain host name such as www.example.com")]
    Host,
}

/// A section's name as a language.
fn language(name: &str) -> Result<Language, WordsError> {
    Language::parse(name).map_err(|_| WordsError::UnknownLanguage { name: name.to_owned() })
}

/// One field's text, trimmed; refused if empty or harmful.
fn checked(
    language: Language,
    field: &'static str,
    text: Option<&String>,
) -> Result<String, WordsError> {
    let text = text.map(|text| text.trim()).unwrap_or_default();
    if text.is_empty() {
        return Err(WordsError::Missing { language, field });
    }
    if text.chars().any(|c| is_private_use(c) || (c.is_control() && c != '\n')) {
        return Err(WordsError::Character { language, field });
    }
    if has_address(text) {
        return Err(WordsError::Address { language, field });
    }
    if text.contains(BELITTLING) {
        return Err(WordsError::Belittling { language, field });
    }
    Ok(text.to_owned())
}

/// One field's list of sentences, at least one.
fn checked_list(
    language: Language,
    field: &'static str,
    list: &[String],
) -> Result<Vec<String>, WordsError> {
    if list.is_empty() {
        return Err(WordsError::Missing { language, field });
    }
    list.iter().map(|text| checked(language, field, Some(text))).collect()
}

#[cfg(test)]
pub(in crate::notice) mod tests;
