//! Regions open one after the other, and none closes again.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

use super::day::local_day;

/// When which region may come, as a carrier's file says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phases {
    /// The first day of each region, by the word the agencies use for it.
    #[serde(default)]
    opens: BTreeMap<String, NaiveDate>,
    /// The first day of every region that is not named; without one, these wait for a date.
    others: Option<NaiveDate>,
}

/// How a region stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Opening {
    /// It is open.
    Open,
    /// It opens on that day, at its local midnight.
    On(NaiveDate),
    /// Nobody has said when.
    NotSet,
}

/// Phases that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPhases {
    /// Not TOML, a field that does not exist, or no date.
    #[error("{0}")]
    Toml(Box<str>),
    /// Regions that are open would close.
    #[error("{} would close again: {}", if .0.len() == 1 { "a region" } else { "regions" }, .0.join(", "))]
    Closes(Vec<String>),
}

/// The word for every region that is not named, in [`BadPhases::Closes`].
const OTHERS: &str = "others";

impl Phases {
    /// Everything is open, as if always.
    pub const fn open() -> Self {
        Self { opens: BTreeMap::new(), others: Some(NaiveDate::MIN) }
    }

    /// Reads a file such as `others = "2025-12-03"` and `[opens]` with `seoul = "2025-11-05"`.
    pub fn parse(text: &str) -> Result<Self, BadPhases> {
        toml::from_str(text).map_err(|error| BadPhases::Toml(error.message().into()))
    }

    /// How a region stands.
    pub fn opening(&self, region: &str, now: DateTime<Utc>) -> Opening {
        match self.opens.get(region).copied().or(self.others) {
            Some(day) if day <= local_day(now) => Opening::Open,
            Some(day) => Opening::On(day),
            None => Opening::NotSet,
        }
    }

    /// These in place of the ones before. Days may move as long as no region closes that was open.
    pub fn instead_of(self, before: &Self, now: DateTime<Utc>) -> Result<Self, BadPhases> {
        let named = before.opens.keys().chain(self.opens.keys()).map(String::as_str);
        let closes = |region: &str| {
            before.opening(region, now) == Opening::Open
                && self.opening(region, now) != Opening::Open
        };
        let mut closed: Vec<_> = named.filter(|region| closes(region)).map(str::to_owned).collect();
        closed.sort_unstable();
        closed.dedup();
        let open = |phases: &Self| phases.others.is_some_and(|day| day <= local_day(now));
        if open(before) && !open(&self) {
            closed.push(OTHERS.to_owned());
        }
        if closed.is_empty() { Ok(self) } else { Err(BadPhases::Closes(closed)) }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const WAVES: &str =
        "others = \"2025-12-03\"\n[opens]\nseoul = \"2025-11-05\"\ngangwon = \"2025-11-19\"\n";

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[rstest]
    #[case("seoul", "2025-11-04T23:59:59+09:00", Opening::On(day("2025-11-05")))]
    #[case("seoul", "2025-11-05T00:00:00+09:00", Opening::Open)]
    #[case("gangwon", "2025-11-18T23:00:00+09:00", Opening::On(day("2025-11-19")))]
    #[case("jeju", "2025-12-02T12:00:00+09:00", Opening::On(day("2025-12-03")))]
    #[case("jeju", "2025-12-03T00:00:00+09:00", Opening::Open)]
    fn a_region_opens_at_its_midnight(
        #[case] region: &str,
        #[case] now: &str,
        #[case] expected: Opening,
    ) {
        assert_eq!(Phases::parse(WAVES).unwrap().opening(region, at(now)), expected);
    }

    #[test]
    fn without_a_day_for_the_others_they_wait() {
        let phases = Phases::parse("[opens]\nseoul = \"2025-11-05\"\n").unwrap();
        assert_eq!(phases.opening("jeju", at("2026-11-05T00:00:00Z")), Opening::NotSet);
        assert_eq!(Phases::open().opening("jeju", at("1970-01-01T00:00:00Z")), Opening::Open);
    }

    #[test]
    fn a_region_that_is_open_does_not_close() {
        let before = Phases::parse(WAVES).unwrap();
        let now = at("2025-11-20T00:00:00Z");
        let late =
            Phases::parse("others = \"2026-01-01\"\n[opens]\nseoul = \"2025-11-05\"\n").unwrap();
        assert_eq!(
            late.clone().instead_of(&before, now),
            Err(BadPhases::Closes(vec!["gangwon".into()]))
        );
        let refused = late.clone().instead_of(&Phases::open(), now).unwrap_err();
        assert_eq!(refused.to_string(), "a region would close again: others");
        // What is not open yet may still move, in both directions.
        assert!(late.clone().instead_of(&before, at("2025-11-10T00:00:00Z")).is_ok());
        assert!(before.instead_of(&late, now).is_ok());
    }

    #[rstest]
    #[case("[opens]\nseoul = \"soon\"\n")]
    #[case("opened = \"2025-11-05\"\n")]
    #[case("others = 5\n")]
    fn what_is_wrong_is_said(#[case] text: &str) {
        assert!(matches!(Phases::parse(text), Err(BadPhases::Toml(said)) if !said.is_empty()));
    }
}
