//! What happened, and what people can do, in the words of the incident team.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Language, WordsError, checked, checked_list, language};

/// The version of the law whose elements a notice must hold (PIPA Art. 34(1) of Korea).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum NoticeLaw {
    /// Leaks learned of until 10 September 2026: items, when and how, what to do, measures and
    /// relief, contact.
    #[serde(rename = "kr-pipa-2023")]
    KrPipa2023,
    /// Leaks learned of from 11 September 2026: the same, and the person's rights under the Act.
    #[serde(rename = "kr-pipa-2026")]
    KrPipa2026,
}

/// An incident's words in every language it has them in; Korean and English always.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentWords {
    sha256: [u8; 32],
    law: NoticeLaw,
    texts: BTreeMap<Language, IncidentText>,
}

/// An incident's words in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IncidentText {
    /// When the data leaked.
    pub occurred: String,
    /// How it leaked.
    pub circumstances: String,
    /// What the person can do, a sentence each.
    pub self_help: Vec<String>,
    /// What the carrier does, a sentence each.
    pub measures: Vec<String>,
    /// How a loss is made good, a sentence each.
    pub relief: Vec<String>,
    /// The rights under the Act and how to use them, a sentence each; empty where the law of the
    /// time does not ask for them.
    pub rights: Vec<String>,
    /// Who takes reports.
    pub desk: Desk,
}

/// Who takes reports of loss.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Desk {
    /// The department.
    pub name: String,
    /// Its telephone number.
    pub phone: String,
    /// When it answers; may be empty.
    pub hours: String,
}

impl IncidentWords {
    /// Reads the wording file of an incident: `law`, then a section for each language.
    pub fn parse(toml: &str) -> Result<Self, WordsError> {
        let raw: RawWords = toml::from_str(toml).map_err(WordsError::Toml)?;
        let law = raw.law.ok_or(WordsError::MissingField { field: "law" })?;
        let mut texts = BTreeMap::new();
        for (name, text) in &raw.texts {
            let language = language(name)?;
            texts.insert(language, text.checked(language, law)?);
        }
        for needed in [Language::Korean, Language::English] {
            if !texts.contains_key(&needed) {
                return Err(WordsError::NoLanguage(needed));
            }
        }
        Ok(Self { sha256: Sha256::digest(toml.as_bytes()).into(), law, texts })
    }

    /// The law whose elements the words hold.
    pub const fn law(&self) -> NoticeLaw {
        self.law
    }

    /// The SHA-256 of the wording file.
    pub const fn sha256(&self) -> [u8; 32] {
        self.sha256
    }

    /// The words in one language.
    pub fn text(&self, language: Language) -> Option<&IncidentText> {
        self.texts.get(&language)
    }

    /// The languages there are words in.
    pub fn languages(&self) -> impl Iterator<Item = Language> {
        self.texts.keys().copied()
    }
}

#[derive(Deserialize)]
struct RawWords {
    law: Option<NoticeLaw>,
    #[serde(flatten)]
    texts: BTreeMap<String, RawText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawText {
    occurred: Option<String>,
    circumstances: Option<String>,
    #[serde(default)]
    self_help: Vec<String>,
    #[serde(default)]
    measures: Vec<String>,
    #[serde(default)]
    relief: Vec<String>,
    #[serde(default)]
    rights: Vec<String>,
    desk_name: Option<String>,
    desk_phone: Option<String>,
    desk_hours: Option<String>,
}

impl RawText {
    fn checked(&self, language: Language, law: NoticeLaw) -> Result<IncidentText, WordsError> {
        let text = |field, value: &Option<String>| checked(language, field, value.as_ref());
        let list = |field, values: &[String]| checked_list(language, field, values);
        let rights_owed = match law {
            NoticeLaw::KrPipa2023 => !self.rights.is_empty(),
            NoticeLaw::KrPipa2026 => true,
        };
        Ok(IncidentText {
            occurred: text("occurred", &self.occurred)?,
            circumstances: text("circumstances", &self.circumstances)?,
            self_help: list("self_help", &self.self_help)?,
            measures: list("measures", &self.measures)?,
            relief: list("relief", &self.relief)?,
            rights: if rights_owed { list("rights", &self.rights)? } else { Vec::new() },
            desk: Desk {
                name: text("desk_name", &self.desk_name)?,
                phone: text("desk_phone", &self.desk_phone)?,
                hours: match &self.desk_hours {
                    Some(_) => text("desk_hours", &self.desk_hours)?,
                    None => String::new(),
                },
            },
        })
    }
}
