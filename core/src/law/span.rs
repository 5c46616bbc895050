//! A length of time in words.

use std::fmt;

use chrono::TimeDelta;

/// A length of time in whole hours and minutes, as clocks are spoken of: `41 h 26 min`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub TimeDelta);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hours, minutes) = (self.0.num_hours(), self.0.num_minutes() % 60);
        let sign = if self.0 < TimeDelta::zero() { "-" } else { "" };
        match (hours.abs(), minutes.abs()) {
            (0, minutes) => write!(f, "{sign}{minutes} min"),
            (hours, minutes) => write!(f, "{sign}{hours} h {minutes} min"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_said_in_hours_and_minutes() {
        for (seconds, words) in [
            (0, "0 min"),
            (59, "0 min"),
            (3_599, "59 min"),
            (149_160, "41 h 26 min"),
            (259_200, "72 h 0 min"),
            (-5_400, "-1 h 30 min"),
        ] {
            assert_eq!(Span(TimeDelta::seconds(seconds)).to_string(), words);
        }
    }
}
