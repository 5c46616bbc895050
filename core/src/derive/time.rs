//! Moments, spans and lengths of time, in whole microseconds.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A moment: whole microseconds since 1970 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Micros(pub i64);

impl Micros {
    /// So much earlier; never before the first moment there is.
    #[must_use]
    pub const fn minus(self, length: Length) -> Self {
        Self(self.0.saturating_sub(length.micros()))
    }

    /// So much later; never after the last moment there is.
    #[must_use]
    pub const fn plus(self, length: Length) -> Self {
        Self(self.0.saturating_add(length.micros()))
    }

    /// The next moment.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The moment as a date and time; one outside the calendar becomes the calendar's first or last.
    pub const fn utc(self) -> DateTime<Utc> {
        match DateTime::from_timestamp_micros(self.0) {
            Some(at) => at,
            None if self.0 < 0 => DateTime::<Utc>::MIN_UTC,
            None => DateTime::<Utc>::MAX_UTC,
        }
    }
}

impl From<DateTime<Utc>> for Micros {
    /// The whole microsecond it lies in.
    fn from(at: DateTime<Utc>) -> Self {
        Self(at.timestamp_micros())
    }
}

/// From one moment, which is in it, to another, which is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// The first moment in it.
    pub from: Micros,
    /// The first moment after it.
    pub to: Micros,
}

impl Span {
    /// Whether no moment is in it.
    pub fn is_empty(self) -> bool {
        self.to <= self.from
    }

    /// Whether a moment is in it.
    pub fn contains(self, at: Micros) -> bool {
        self.from <= at && at < self.to
    }

    /// What both have in common, if there is any.
    pub fn meet(self, other: Self) -> Option<Self> {
        let common = Self { from: self.from.max(other.from), to: self.to.min(other.to) };
        (!common.is_empty()).then_some(common)
    }

    /// From the earlier start to the later end: both, and what lies between them.
    #[must_use]
    pub fn hull(self, other: Self) -> Self {
        Self { from: self.from.min(other.from), to: self.to.max(other.to) }
    }

    /// Wider by so much on both sides.
    #[must_use]
    pub const fn widened(self, by: Length) -> Self {
        self.reaching(by, by)
    }

    /// Wider by so much before and so much after.
    #[must_use]
    pub const fn reaching(self, before: Length, after: Length) -> Self {
        Self { from: self.from.minus(before), to: self.to.plus(after) }
    }
}

/// A length of time in whole seconds, as rules write it: `30s`, `2m`, `24h`, `3d`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Length {
    seconds: u32,
}

/// A text that is no length of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a length of time; such as 30s, 2m, 24h or 3d, and at most 9999 of them")]
pub struct ParseLengthError;

/// Units, the longest first, and their seconds.
const UNITS: [(char, u32); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

impl Length {
    /// No time at all.
    pub const ZERO: Self = Self { seconds: 0 };

    /// A length of whole seconds.
    pub const fn of_seconds(seconds: u32) -> Self {
        Self { seconds }
    }

    /// In seconds.
    pub const fn seconds(self) -> u32 {
        self.seconds
    }

    /// In microseconds.
    #[expect(clippy::as_conversions, reason = "widening; From is not const")]
    pub const fn micros(self) -> i64 {
        self.seconds as i64 * 1_000_000
    }

    /// Reads a count of 0 to 9999 and its unit.
    pub fn parse(text: &str) -> Result<Self, ParseLengthError> {
        let (_, unit) =
            UNITS.into_iter().find(|(name, _)| text.ends_with(*name)).ok_or(ParseLengthError)?;
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let one_unit = digits.len() + 1 == text.len();
        let short = (1..=4).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        let count: u32 = digits.parse().map_err(|_| ParseLengthError)?;
        if one_unit && short { Ok(Self { seconds: count * unit }) } else { Err(ParseLengthError) }
    }
}

impl fmt::Display for Length {
    /// In the longest unit that says it in whole numbers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = |(_, unit): &(char, u32)| {
            self.seconds.is_multiple_of(*unit) && (self.seconds > 0 || *unit == 1)
        };
        let (name, unit) = UNITS.into_iter().find(whole).unwrap_or(('s', 1));
        write!(f, "{}{name}", self.seconds / unit)
    }
}

impl Serialize for Length {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn span(from: i64, to: i64) -> Span {
        Span { from: Micros(from), to: Micros(to) }
    }

    #[test]
    fn spans_meet_where_both_are() {
        for (a, b, both) in [
            (span(0, 10), span(5, 15), Some(span(5, 10))),
            (span(0, 10), span(2, 3), Some(span(2, 3))),
            (span(0, 10), span(10, 20), None),
            (span(0, 10), span(9, 20), Some(span(9, 10))),
            (span(0, 10), span(20, 30), None),
            (span(5, 5), span(0, 10), None),
        ] {
            assert_eq!(a.meet(b), both);
            assert_eq!(b.meet(a), both);
        }
    }

    #[test]
    fn the_ends_of_time_are_no_overflow() {
        let all = span(i64::MIN, i64::MAX);
        assert_eq!(all.widened(Length::of_seconds(u32::MAX)), all);
        assert_eq!(Micros(i64::MAX).next(), Micros(i64::MAX));
        assert_eq!(Micros(i64::MAX).utc(), DateTime::<Utc>::MAX_UTC);
        assert_eq!(Micros(i64::MIN).utc(), DateTime::<Utc>::MIN_UTC);
    }

    #[test]
    fn moments_read_back_to_the_microsecond() {
        let at: DateTime<Utc> = "1969-12-31T23:59:59.999999900Z".parse().unwrap();
        assert_eq!(Micros::from(at), Micros(-1));
        assert_eq!(Micros(-1).utc().to_rfc3339(), "1969-12-31T23:59:59.999999+00:00");
    }

    #[test]
    fn lengths_read_back() {
        for (text, seconds, said) in [
            ("0s", 0, "0s"),
            ("0d", 0, "0s"),
            ("30s", 30, "30s"),
            ("2m", 120, "2m"),
            ("120s", 120, "2m"),
            ("90m", 5_400, "90m"),
            ("24h", 86_400, "1d"),
            ("0002m", 120, "2m"),
            ("9999d", 863_913_600, "9999d"),
        ] {
            let length = Length::parse(text).unwrap();
            assert_eq!(length.seconds(), seconds, "{text}");
            assert_eq!(length.to_string(), said);
            assert_eq!(Length::parse(said), Ok(length));
        }
        for bad in ["", "s", "2", "2 m", "-2m", "+2m", "2mm", "2w", "10000s", "1h30m", "２m", "2M"]
        {
            assert_eq!(Length::parse(bad), Err(ParseLengthError), "{bad}");
        }
    }
}
