//! Key domains: what lives and dies together.

use std::fmt;
use std::str::FromStr;

use simrecall_core::id::IncidentId;

/// One key with one life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Domain {
    /// The people of one incident.
    Incident(IncidentId),
    /// Cards, protection, dates of replacement.
    Service,
    /// Who looked at whom, per quarter.
    Access(Quarter),
}

/// A quarter of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quarter {
    year: u16,
    quarter: u8,
}

impl Quarter {
    /// The quarter, counted from 1 to 4.
    pub const fn new(year: u16, quarter: u8) -> Option<Self> {
        if year <= 9999 && 1 <= quarter && quarter <= 4 {
            Some(Self { year, quarter })
        } else {
            None
        }
    }

    /// The quarter a day lies in.
    pub fn of(day: chrono::NaiveDate) -> Option<Self> {
        use chrono::Datelike;
        let quarter = u8::try_from(day.month0() / 3 + 1).ok()?;
        Self::new(u16::try_from(day.year()).ok()?, quarter)
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Incident(id) => write!(f, "incident-{id}"),
            Self::Service => f.write_str("service"),
            Self::Access(at) => write!(f, "access-{:04}q{}", at.year, at.quarter),
        }
    }
}

/// A name that is no key domain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a key domain")]
pub struct ParseDomainError;

impl FromStr for Domain {
    type Err = ParseDomainError;

    fn from_str(name: &str) -> Result<Self, ParseDomainError> {
        let parsed = if let Some(id) = name.strip_prefix("incident-") {
            uuid::Uuid::parse_str(id).ok().map(|id| Self::Incident(IncidentId(id)))
        } else if let Some((year, quarter)) =
            name.strip_prefix("access-").and_then(|rest| rest.split_once('q'))
        {
            let quarter = year.parse().ok().zip(quarter.parse().ok());
            quarter.and_then(|(year, quarter)| Quarter::new(year, quarter)).map(Self::Access)
        } else {
            (name == "service").then_some(Self::Service)
        };
        // One domain, one name: another spelling would be another file.
        parsed.filter(|domain| domain.to_string() == name).ok_or(ParseDomainError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_has_one_name() {
        for name in ["service", "access-2025q4", "incident-01010101-0101-0101-0101-010101010101"] {
            assert_eq!(name.parse::<Domain>().unwrap().to_string(), name);
        }
        for name in ["", "Service", "access-2025q5", "access-25q1", "access-2025q04", "incident-1"]
        {
            assert_eq!(name.parse::<Domain>(), Err(ParseDomainError), "{name}");
        }
        assert_eq!(
            "incident-01010101010101010101010101010101".parse::<Domain>(),
            Err(ParseDomainError)
        );
    }
}
