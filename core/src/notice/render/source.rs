//! A template as text: what is hashed, kept for ever, and compiled.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::notice::{Language, NoticeKind};

/// The SHA-256 of a template's source.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TemplateHash(pub [u8; 32]);

impl fmt::Display for TemplateHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for TemplateHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TemplateHash({self})")
    }
}

/// The files of one kind in one language, the parts they share with others included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateSource {
    /// The kind of notice.
    pub kind: NoticeKind,
    /// The language.
    pub language: Language,
    /// Text by name: `meta.toml`, `lms.hbs`, `email.txt.hbs`, `parts/elements.txt.hbs`, …
    pub files: BTreeMap<String, String>,
}

impl TemplateSource {
    /// The one text that stands for all files: JSON, names in order. This is what is kept.
    pub fn canonical(&self) -> String {
        serde_json::json!({
            "files": self.files,
            "kind": self.kind,
            "language": self.language,
            "simrecall_template": 1,
        })
        .to_string()
    }

    /// Reads back what [`TemplateSource::canonical`] gave.
    pub fn parse(canonical: &str) -> Option<Self> {
        serde_json::from_str(canonical).ok().filter(|source: &Self| source.canonical() == canonical)
    }

    /// The hash of the canonical text.
    pub fn sha256(&self) -> TemplateHash {
        TemplateHash(Sha256::digest(self.canonical().as_bytes()).into())
    }
}
