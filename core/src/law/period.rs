//! How long a rule gives.

use std::fmt;

/// How long a rule gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Period {
    /// Hours, which run through nights, week-ends and holidays: `72h`.
    Hours(u32),
    /// Calendar days, to the same time of day: `30d`.
    Days(u32),
    /// Calendar months, to the same day and time: `1mo`.
    Months(u32),
    /// Full business days after the day it counts from, to the end of the last: `7bd`.
    BusinessDays(u32),
    /// At once: no number of hours.
    Immediately,
    /// Without undue delay: no number of hours.
    UndueDelay,
    /// No limit.
    None,
}

/// A text that is no period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a period; such as 72h, 30d, 1mo, 7bd, immediately, undue_delay or none")]
pub struct ParsePeriodError;

impl Period {
    /// Reads the word of a pack; a count is 1 to 9999.
    pub fn parse(text: &str) -> Result<Self, ParsePeriodError> {
        match text {
            "immediately" => return Ok(Self::Immediately),
            "undue_delay" => return Ok(Self::UndueDelay),
            "none" => return Ok(Self::None),
            _ => {}
        }
        let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
        let digits = text.strip_suffix(unit).unwrap_or_default();
        let count =
            digits.parse().ok().filter(|n| (1..=9999).contains(n)).ok_or(ParsePeriodError)?;
        match unit {
            "h" => Ok(Self::Hours(count)),
            "d" => Ok(Self::Days(count)),
            "mo" => Ok(Self::Months(count)),
            "bd" => Ok(Self::BusinessDays(count)),
            _ => Err(ParsePeriodError),
        }
    }

    /// Whether it ends at a moment that can be computed.
    pub const fn is_bounded(self) -> bool {
        match self {
            Self::Hours(_) | Self::Days(_) | Self::Months(_) | Self::BusinessDays(_) => true,
            Self::Immediately | Self::UndueDelay | Self::None => false,
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hours(n) => write!(f, "{n}h"),
            Self::Days(n) => write!(f, "{n}d"),
            Self::Months(n) => write!(f, "{n}mo"),
            Self::BusinessDays(n) => write!(f, "{n}bd"),
            Self::Immediately => f.write_str("immediately"),
            Self::UndueDelay => f.write_str("undue_delay"),
            Self::None => f.write_str("none"),
        }
    }
}

by_name!(Period);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_read_back() {
        for text in ["24h", "72h", "3d", "1mo", "7bd", "immediately", "undue_delay", "none"] {
            assert_eq!(Period::parse(text).unwrap().to_string(), text);
        }
        for bad in ["", "h", "0h", "72", "72 h", "-1h", "99999h", "72H", "７２h"] {
            assert_eq!(Period::parse(bad), Err(ParsePeriodError), "{bad}");
        }
    }
}
