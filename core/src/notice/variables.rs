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
    /// How many lines it is about.
    pub lines: u16,
    /// Which state of knowledge it speaks of, such as `2025-10-17, r3`.
    pub as_of: String,
}
