//! A span of time as people write it: `30s`, `10m`, `2h`, `3d`.

use chrono::TimeDelta;
use serde::{Deserialize, Deserializer};

/// A span of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub TimeDelta);

impl Span {
    /// Reads a number and its unit.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let count: i64 = digits.parse().ok().filter(|count| *count >= 0)?;
        let span = match text.strip_prefix(digits)? {
            "ms" => TimeDelta::try_milliseconds(count),
            "s" => TimeDelta::try_seconds(count),
            "m" => TimeDelta::try_minutes(count),
            "h" => TimeDelta::try_hours(count),
            "d" => TimeDelta::try_days(count),
            _ => None,
        };
        span.map(Self)
    }

    /// For timers of the standard library.
    pub fn std(self) -> std::time::Duration {
        self.0.to_std().unwrap_or_default()
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            serde::de::Error::custom(format!(
                "{text:?} is no span of time; write 30s, 10m, 2h or 3d"
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_as_people_write_them() {
        assert_eq!(Span::parse("90s"), Some(Span(TimeDelta::seconds(90))));
        assert_eq!(Span::parse("3d"), Some(Span(TimeDelta::days(3))));
        for bad in ["", "3", "d", "-1s", "1 h", "1y"] {
            assert_eq!(Span::parse(bad), None, "{bad}");
        }
    }
}
