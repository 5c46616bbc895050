//! What one recipient's notice says that another's may not.

use serde::{Deserialize, Serialize};

use super::{Language, NoticeKind};
use crate::cohort::ItemSet;
use crate::identity::{PersonName, PostalAddress, exposed_option};
use crate::subscriber::RecipientRole;

/// The part of a notice that belongs to one recipient. Serialises in clear: it goes into a sealed
/// record.
///
/// With the template's hash and the incident's and carrier's words it gives the exact text again,
/// for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variables {
    /// What the notice is.
    pub kind: NoticeKind,
    /// The language it is rendered in: what `TemplateSet::language_for` gave, not always what the
    /// person chose.
    pub language: Language,
    /// The code of the brand that speaks; the caller passes that brand's
    /// [`CarrierWords`](super::CarrierWords).
    pub brand: String,
    /// Whom the greeting names. A name that could act as a link, or that handsets cannot show, is
    /// left out.
    #[serde(with = "exposed_option", default)]
    pub addressee: Option<PersonName>,
    /// Where the letter goes; a letter is refused without it, other rungs never show it.
    #[serde(with = "exposed_option", default)]
    pub address: Option<PostalAddress>,
    /// As whom they are told.
    pub role: RecipientRole,
    /// Items that leaked for certain, as far as this notice says.
    pub confirmed: ItemSet,
    /// Items that may have leaked, as far as this notice says.
    pub possible: ItemSet,
    /// Items they were told of that no longer stand; a correction and an all-clear name them.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub withdrawn: ItemSet,
    /// How many lines it is about.
    pub lines: u16,
    /// Which state of knowledge it speaks of, such as `2025-10-17, r3`.
    pub as_of: String,
    /// Whether the reader is a child: their own copy says it in plain words.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub minor: bool,
    /// The message code that proves the notice genuine; only a message and a mail show it. One that
    /// is not letters, digits and hyphens is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Where and until when the card is replaced; notices of a remedy need it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<RemedyVariables>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_empty(items: &ItemSet) -> bool {
    items.is_empty()
}

/// What a notice of a remedy says of one order. Fields that do not apply are empty.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RemedyVariables {
    /// The agency's name.
    #[serde(default)]
    pub agency: String,
    /// Its street address, in one line.
    #[serde(default)]
    pub address: String,
    /// Until when the card waits, or the appointment stands, as people write a day.
    #[serde(default)]
    pub until: String,
    /// When the agency is open.
    #[serde(default)]
    pub hours: String,
    /// The number of the order: letters, digits and hyphens.
    #[serde(default)]
    pub order: String,
}

impl std::fmt::Debug for RemedyVariables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RemedyVariables(…)")
    }
}
