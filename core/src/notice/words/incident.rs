//! What happened, and what people can do, in the words of the incident team.

#[cfg(feature = "render")]
use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Language, WordsError, checked, checked_list, language};

/// An incident's words in every language it has them in; Korean and English always.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentWords {
    sha256: [u8; 32],
    texts: BTreeMap<Language, IncidentText>,
}

/// An incident's words in one language. What is empty was not written: a kind of notice that needs
/// it cannot be sent before it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IncidentText {
    /// When the data leaked.
    pub occurred: String,
    /// How it leaked.
    pub circumstances: String,
    /// When it may have leaked, for a notice of the possibility.
    pub suspected_occurred: String,
    /// How it may have leaked, for a notice of the possibility.
    pub suspected_circumstances: String,
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
    /// Why it is certain that nothing leaked, for an all-clear.
    pub all_clear_reason: String,
    /// Why something said before does not stand, for a correction.
    pub correction_reason: String,
    /// The same in plain words, for a child's own copy.
    #[serde(skip)]
    pub minor: Option<Box<PlainText>>,
}

/// What a child reads in place of the incident's words; a field that is empty is not replaced.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlainText {
    /// How it leaked.
    pub circumstances: String,
    /// How it may have leaked.
    pub suspected_circumstances: String,
    /// What the child can do, a sentence each.
    pub self_help: Vec<String>,
    /// What the carrier does, a sentence each.
    pub measures: Vec<String>,
    /// How a loss is made good, a sentence each.
    pub relief: Vec<String>,
    /// The rights under the Act, a sentence each.
    pub rights: Vec<String>,
    /// Why it is certain that nothing leaked.
    pub all_clear_reason: String,
    /// Why something said before does not stand.
    pub correction_reason: String,
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
    /// Reads the wording file of an incident: a section for each language.
    pub fn parse(toml: &str) -> Result<Self, WordsError> {
        let raw: RawWords = toml::from_str(toml).map_err(WordsError::Toml)?;
        if raw.law.is_some() {
            return Err(WordsError::Law);
        }
        let mut texts = BTreeMap::new();
        for (name, text) in &raw.texts {
            let language = language(name)?;
            texts.insert(language, text.checked(language)?);
        }
        for needed in [Language::Korean, Language::English] {
            if !texts.contains_key(&needed) {
                return Err(WordsError::NoLanguage(needed));
            }
        }
        Ok(Self { sha256: Sha256::digest(toml.as_bytes()).into(), texts })
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

#[cfg(feature = "render")]
impl IncidentText {
    /// The words as their reader gets them: a child's own copy has the plain ones.
    pub(in crate::notice) fn for_reader(&self, minor: bool) -> Cow<'_, Self> {
        let Some(plain) = self.minor.as_deref().filter(|_| minor) else {
            return Cow::Borrowed(self);
        };
        let text = |plain: &String, full: &String| {
            if plain.is_empty() { full.clone() } else { plain.clone() }
        };
        let list = |plain: &Vec<String>, full: &Vec<String>| {
            if plain.is_empty() { full.clone() } else { plain.clone() }
        };
        Cow::Owned(Self {
            circumstances: text(&plain.circumstances, &self.circumstances),
            suspected_circumstances: text(
                &plain.suspected_circumstances,
                &self.suspected_circumstances,
            ),
            self_help: list(&plain.self_help, &self.self_help),
            measures: list(&plain.measures, &self.measures),
            relief: list(&plain.relief, &self.relief),
            rights: list(&plain.rights, &self.rights),
            all_clear_reason: text(&plain.all_clear_reason, &self.all_clear_reason),
            correction_reason: text(&plain.correction_reason, &self.correction_reason),
            minor: None,
            ..self.clone()
        })
    }
}

/// One field of the words, as it is called in the file.
#[cfg(feature = "render")]
pub(in crate::notice) struct TextField<'a> {
    pub(in crate::notice) name: &'static str,
    /// Whether it stands among a child's plain words.
    pub(in crate::notice) minor: bool,
    pub(in crate::notice) texts: Vec<&'a str>,
}

#[cfg(feature = "render")]
impl IncidentText {
    /// Every field, a child's plain words last.
    pub(in crate::notice) fn fields(&self) -> Vec<TextField<'_>> {
        let plain = self.minor.as_deref().map_or_else(Vec::new, PlainText::fields);
        let full = [
            ("occurred", vec![self.occurred.as_str()]),
            ("circumstances", vec![&self.circumstances]),
            ("suspected_occurred", vec![&self.suspected_occurred]),
            ("suspected_circumstances", vec![&self.suspected_circumstances]),
            ("self_help", all(&self.self_help)),
            ("measures", all(&self.measures)),
            ("relief", all(&self.relief)),
            ("rights", all(&self.rights)),
            ("desk_name", vec![&self.desk.name]),
            ("desk_phone", vec![&self.desk.phone]),
            ("desk_hours", vec![&self.desk.hours]),
            ("all_clear_reason", vec![&self.all_clear_reason]),
            ("correction_reason", vec![&self.correction_reason]),
        ];
        let full = full.into_iter().map(|(name, texts)| TextField { name, minor: false, texts });
        full.chain(plain).collect()
    }
}

#[cfg(feature = "render")]
impl PlainText {
    fn fields(&self) -> Vec<TextField<'_>> {
        let fields = [
            ("circumstances", vec![self.circumstances.as_str()]),
            ("suspected_circumstances", vec![&self.suspected_circumstances]),
            ("self_help", all(&self.self_help)),
            ("measures", all(&self.measures)),
            ("relief", all(&self.relief)),
            ("rights", all(&self.rights)),
            ("all_clear_reason", vec![&self.all_clear_reason]),
            ("correction_reason", vec![&self.correction_reason]),
        ];
        let field = |(name, texts)| TextField { name, minor: true, texts };
        fields.into_iter().map(field).collect()
    }
}

#[cfg(feature = "render")]
fn all(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

#[derive(Deserialize)]
struct RawWords {
    /// Until rule packs decided what a notice must hold, the file named the law.
    law: Option<toml::Value>,
    #[serde(flatten)]
    texts: BTreeMap<String, RawText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawText {
    occurred: Option<String>,
    circumstances: Option<String>,
    suspected_occurred: Option<String>,
    suspected_circumstances: Option<String>,
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
    all_clear_reason: Option<String>,
    correction_reason: Option<String>,
    minor: Option<RawPlain>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPlain {
    circumstances: Option<String>,
    suspected_circumstances: Option<String>,
    #[serde(default)]
    self_help: Vec<String>,
    #[serde(default)]
    measures: Vec<String>,
    #[serde(default)]
    relief: Vec<String>,
    #[serde(default)]
    rights: Vec<String>,
    all_clear_reason: Option<String>,
    correction_reason: Option<String>,
}

impl RawText {
    fn checked(&self, language: Language) -> Result<IncidentText, WordsError> {
        let fields = Fields(language);
        // Early on there may be no more than a suspicion; a notice of a leak then waits for more.
        let suspected = self.suspected_occurred.is_some() && self.suspected_circumstances.is_some();
        let known = |field, value: Option<&String>| {
            if suspected { fields.optional(field, value) } else { fields.text(field, value) }
        };
        Ok(IncidentText {
            occurred: known("occurred", self.occurred.as_ref())?,
            circumstances: known("circumstances", self.circumstances.as_ref())?,
            suspected_occurred: fields
                .optional("suspected_occurred", self.suspected_occurred.as_ref())?,
            suspected_circumstances: fields
                .optional("suspected_circumstances", self.suspected_circumstances.as_ref())?,
            self_help: fields.list("self_help", &self.self_help)?,
            measures: fields.list("measures", &self.measures)?,
            relief: fields.list("relief", &self.relief)?,
            rights: fields.optional_list("rights", &self.rights)?,
            desk: Desk {
                name: fields.text("desk_name", self.desk_name.as_ref())?,
                phone: fields.text("desk_phone", self.desk_phone.as_ref())?,
                hours: fields.optional("desk_hours", self.desk_hours.as_ref())?,
            },
            all_clear_reason: fields
                .optional("all_clear_reason", self.all_clear_reason.as_ref())?,
            correction_reason: fields
                .optional("correction_reason", self.correction_reason.as_ref())?,
            minor: match &self.minor {
                Some(plain) => Some(Box::new(plain.checked(fields)?)),
                None => None,
            },
        })
    }
}

impl RawPlain {
    fn checked(&self, fields: Fields) -> Result<PlainText, WordsError> {
        Ok(PlainText {
            circumstances: fields.optional("minor.circumstances", self.circumstances.as_ref())?,
            suspected_circumstances: fields
                .optional("minor.suspected_circumstances", self.suspected_circumstances.as_ref())?,
            self_help: fields.optional_list("minor.self_help", &self.self_help)?,
            measures: fields.optional_list("minor.measures", &self.measures)?,
            relief: fields.optional_list("minor.relief", &self.relief)?,
            rights: fields.optional_list("minor.rights", &self.rights)?,
            all_clear_reason: fields
                .optional("minor.all_clear_reason", self.all_clear_reason.as_ref())?,
            correction_reason: fields
                .optional("minor.correction_reason", self.correction_reason.as_ref())?,
        })
    }
}

/// Reads fields of one language's section.
#[derive(Clone, Copy)]
struct Fields(Language);

impl Fields {
    fn text(self, field: &'static str, value: Option<&String>) -> Result<String, WordsError> {
        checked(self.0, field, value)
    }

    /// One that may be missing, but not blank.
    fn optional(self, field: &'static str, value: Option<&String>) -> Result<String, WordsError> {
        if value.is_none() { Ok(String::new()) } else { self.text(field, value) }
    }

    fn list(self, field: &'static str, values: &[String]) -> Result<Vec<String>, WordsError> {
        checked_list(self.0, field, values)
    }

    fn optional_list(
        self,
        field: &'static str,
        values: &[String],
    ) -> Result<Vec<String>, WordsError> {
        if values.is_empty() { Ok(Vec::new()) } else { self.list(field, values) }
    }
}
