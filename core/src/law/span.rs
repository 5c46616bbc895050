//! A length of time in words.

use std::fmt;

use chrono::TimeDelta;

/// From so many hours on they are counted in days.
const LONG: i64 = 240;

/// A length of time, as clocks are spoken of: `72 h`, `81 h 57 min`, and `20 days 1 h` when it is long. What is finer than that
/// is cut off, and so is the sign: the words around it say which way it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub TimeDelta);

/// The words of one language: less than a minute, days, hours, minutes.
type Units = (&'static str, [&'static str; 3]);

const ENGLISH: Units = ("less than a minute", [" days", " h", " min"]);
const KOREAN: Units = ("1분 미만", ["일", "시간", "분"]);

impl Span {
    /// The same in Korean: `81시간 57분`.
    pub fn korean(self) -> String {
        self.words(&KOREAN)
    }

    fn words(self, (nothing, [day, hour, minute]): &Units) -> String {
        let minutes = self.0.num_minutes().abs();
        let hours = minutes / 60;
        let parts = if hours >= LONG {
            [(hours / 24, day), (hours % 24, hour)]
        } else {
            [(hours, hour), (minutes % 60, minute)]
        };
        let said = parts.iter().filter(|(count, _)| *count > 0);
        let said: Vec<String> = said.map(|(count, unit)| format!("{count}{unit}")).collect();
        if said.is_empty() { (*nothing).to_owned() } else { said.join(" ") }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words(&ENGLISH))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_said_in_hours_until_nobody_counts_in_hours() {
        for (seconds, words, korean) in [
            (0, "less than a minute", "1분 미만"),
            (59, "less than a minute", "1분 미만"),
            (3_599, "59 min", "59분"),
            (149_160, "41 h 26 min", "41시간 26분"),
            (259_200, "72 h", "72시간"),
            (-231_360, "64 h 16 min", "64시간 16분"),
            (863_999, "239 h 59 min", "239시간 59분"),
            (864_000, "10 days", "10일"),
            (1_731_660, "20 days 1 h", "20일 1시간"),
        ] {
            let span = Span(TimeDelta::seconds(seconds));
            assert_eq!((span.to_string().as_str(), span.korean().as_str()), (words, korean));
        }
    }
}
