//! As whom somebody is told.

use serde::{Deserialize, Serialize};

/// As whom a recipient is told. Codes are stored: never renumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecipientRole {
    /// The person or company whose line it is.
    Holder = 1,
    /// The guardian of a child under 14.
    Guardian = 2,
    /// The person who speaks for a company.
    CompanyContact = 3,
    /// The exposed line itself: a copy for a child's line, or for the known user of a company's line.
    Line = 4,
    /// The handset of somebody who is told in full by mail or letter, in a language it can show: a copy.
    Handset = 5,
}

impl RecipientRole {
    /// All roles, in code order.
    pub const ALL: [Self; 5] =
        [Self::Holder, Self::Guardian, Self::CompanyContact, Self::Line, Self::Handset];

    /// As stored.
    #[expect(clippy::as_conversions, reason = "a unit-only enum's discriminant is its code")]
    pub const fn code(self) -> i16 {
        self as i16
    }

    /// A code read back.
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }

    /// The word for it in files, JSON and templates.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Holder => "holder",
            Self::Guardian => "guardian",
            Self::CompanyContact => "company_contact",
            Self::Line => "line",
            Self::Handset => "handset",
        }
    }

    /// Whether headlines count this recipient; copies are counted beside them.
    pub const fn is_primary(self) -> bool {
        match self {
            Self::Holder | Self::Guardian | Self::CompanyContact => true,
            Self::Line | Self::Handset => false,
        }
    }
}
