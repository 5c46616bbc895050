//! How a carrier or a brand names itself, and where its customers reach it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Language, WordsError, checked, language};

/// A carrier's or a brand's words; Korean and English always. Reads from TOML on its own or inside
/// a configuration.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "RawCarrier")]
pub struct CarrierWords {
    sha256: [u8; 32],
    hotline: String,
    official_host: String,
    texts: BTreeMap<Language, CarrierText>,
}

/// A carrier's or a brand's words in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CarrierText {
    /// Its name, as customers know it.
    pub name: String,
    /// The way to the incident's page inside its app.
    pub app_path: String,
}

impl CarrierWords {
    /// Reads `hotline`, `official_host`, and a section for each language with `name` and
    /// `app_path`.
    pub fn parse(toml: &str) -> Result<Self, WordsError> {
        let raw: RawCarrier = toml::from_str(toml).map_err(WordsError::Toml)?;
        Self::try_from(raw)
    }

    /// The customer centre's number.
    pub fn hotline(&self) -> &str {
        &self.hotline
    }

    /// The one host that mails and letters may name.
    pub fn official_host(&self) -> &str {
        &self.official_host
    }

    /// The SHA-256 of all its words.
    pub const fn sha256(&self) -> [u8; 32] {
        self.sha256
    }

    /// The words in one language.
    pub fn text(&self, language: Language) -> Option<&CarrierText> {
        self.texts.get(&language)
    }
}

#[derive(Deserialize)]
struct RawCarrier {
    hotline: Option<String>,
    official_host: Option<String>,
    #[serde(flatten)]
    texts: BTreeMap<String, RawText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawText {
    name: Option<String>,
    app_path: Option<String>,
}

impl TryFrom<RawCarrier> for CarrierWords {
    type Error = WordsError;

    fn try_from(raw: RawCarrier) -> Result<Self, Self::Error> {
        let hotline = raw.hotline.map(|text| text.trim().to_owned()).unwrap_or_default();
        if hotline.is_empty() {
            return Err(WordsError::MissingField { field: "hotline" });
        }
        if !hotline.bytes().all(|b| b.is_ascii_digit() || b"+-* ".contains(&b)) {
            return Err(WordsError::Hotline);
        }
        let official_host =
            raw.official_host.ok_or(WordsError::MissingField { field: "official_host" })?;
        if !is_host(&official_host) {
            return Err(WordsError::Host);
        }
        let mut texts = BTreeMap::new();
        for (name, text) in &raw.texts {
            let language = language(name)?;
            let name = checked(language, "name", text.name.as_ref())?;
            let app_path = checked(language, "app_path", text.app_path.as_ref())?;
            texts.insert(language, CarrierText { name, app_path });
        }
        for needed in [Language::Korean, Language::English] {
            if !texts.contains_key(&needed) {
                return Err(WordsError::NoLanguage(needed));
            }
        }
        Ok(Self { sha256: digest(&hotline, &official_host, &texts), hotline, official_host, texts })
    }
}

fn digest(hotline: &str, host: &str, texts: &BTreeMap<Language, CarrierText>) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"simrecall carrier words v1\n");
    // No field holds a control character, so zero bytes part them.
    for field in [hotline, host] {
        hash.update(field.as_bytes());
        hash.update([0]);
    }
    for (language, CarrierText { name, app_path }) in texts {
        for field in [language.tag(), name, app_path] {
            hash.update(field.as_bytes());
            hash.update([0]);
        }
    }
    hash.finalize().into()
}

/// Lower-case labels with dots between: no scheme, port or path.
fn is_host(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(label)
}
