//! The number a report goes by.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::FilingKind;
use crate::incident::IncidentCode;

/// The number a report goes by: `HB-2025-09/pipc_leak/2`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FilingNumber {
    /// The incident's code.
    pub incident: IncidentCode,
    /// The kind.
    pub kind: FilingKind,
    /// Its place among the incident's reports of that kind, from 1.
    pub no: i32,
}

/// A text that is no number of a report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not the number of a filing, such as HB-2025-09/pipc_leak/2")]
pub struct ParseFilingNumberError;

impl FilingNumber {
    /// Reads what staff typed.
    pub fn parse(text: &str) -> Result<Self, ParseFilingNumberError> {
        let mut parts = text.trim().split('/');
        let (Some(incident), Some(kind), Some(no), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(ParseFilingNumberError);
        };
        let incident = IncidentCode::parse(incident).map_err(|_| ParseFilingNumberError)?;
        let kind = FilingKind::parse(kind).map_err(|_| ParseFilingNumberError)?;
        let plain = no.bytes().all(|b| b.is_ascii_digit()) && !no.starts_with('0');
        let no = no.parse().ok().filter(|_| plain).ok_or(ParseFilingNumberError)?;
        Ok(Self { incident, kind, no })
    }

    /// A name for files that hold it, without an ending.
    pub fn file_stem(&self) -> String {
        format!("{}-{}-{}", self.incident, self.kind, self.no)
    }
}

impl fmt::Display for FilingNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.incident, self.kind, self.no)
    }
}

impl TryFrom<String> for FilingNumber {
    type Error = ParseFilingNumberError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<FilingNumber> for String {
    fn from(number: FilingNumber) -> Self {
        number.to_string()
    }
}
