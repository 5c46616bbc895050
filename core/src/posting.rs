//! The days a public posting stands, and which of them somebody can prove.
//!
//! Days are those of the statute's zone. The day a posting starts is not counted, as periods in days are counted in the
//! statutes we know: a posting of 30 days that starts on the 1st stands through the 31st. A day is proven by one look that
//! found the page as it was rendered.

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::Serialize;

/// What somebody who looked at a posting found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sight {
    /// The pages as they were rendered.
    Same,
    /// Something else in their place.
    Changed,
    /// Nothing: the page or its host did not answer.
    Failed,
}

/// One look at a posting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// When.
    pub at: DateTime<Utc>,
    /// What was found.
    pub sight: Sight,
}

/// What is asked of a posting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// When it starts.
    pub from: DateTime<Utc>,
    /// How many days it must stand, the first not counted.
    pub days: u32,
    /// Where days are counted.
    pub zone: Tz,
}

/// How far a posting is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Course {
    /// The day it starts, which is not counted.
    pub first: NaiveDate,
    /// The last day it must stand.
    pub last: NaiveDate,
    /// Which day of how many it is: 0 on the first, and never more than are asked.
    pub day: u32,
    /// How many days are asked.
    pub asked: u32,
    /// How many of them are proven so far.
    pub seen: u32,
    /// Days that are over and that nobody can prove.
    pub missing: Vec<NaiveDate>,
    /// Days on which somebody found something else in its place.
    pub changed: Vec<NaiveDate>,
    /// What the newest look found.
    pub now: Option<Sight>,
    /// Whether its last day is over.
    pub is_over: bool,
}

impl Term {
    /// How far it is, after these looks in any order.
    pub fn course(&self, looks: &[Look], now: DateTime<Utc>) -> Course {
        let (first, today) = (self.day_of(self.from), self.day_of(now));
        let last = first.checked_add_days(Days::new(u64::from(self.days))).unwrap_or(first);
        let days_of = |sight| -> BTreeSet<NaiveDate> {
            let found = looks.iter().filter(|look| look.sight == sight && look.at >= self.from);
            found.map(|look| self.day_of(look.at)).collect()
        };
        let same = days_of(Sight::Same);
        let counted = first.iter_days().skip(1).take_while(|day| *day <= last && *day <= today);
        let (proven, unproven): (Vec<_>, Vec<_>) = counted.partition(|day| same.contains(day));
        let passed = today.signed_duration_since(first).num_days().max(0);
        Course {
            first,
            last,
            day: u32::try_from(passed).unwrap_or(u32::MAX).min(self.days),
            asked: self.days,
            seen: u32::try_from(proven.len()).unwrap_or(u32::MAX),
            // What is left of today may still prove it.
            missing: unproven.into_iter().filter(|day| *day < today).collect(),
            changed: days_of(Sight::Changed).into_iter().collect(),
            now: looks.iter().max_by_key(|look| (look.at, look.sight)).map(|look| look.sight),
            is_over: today > last,
        }
    }

    fn day_of(&self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.zone).date_naive()
    }
}

impl Course {
    /// Whether it stood, so far as anybody can prove: no day is missing, and nothing else was found in its place last.
    pub fn is_sound(&self) -> bool {
        self.missing.is_empty() && !matches!(self.now, Some(Sight::Changed))
    }

    /// Whether it stood as long as was asked, each day proven.
    pub fn is_complete(&self) -> bool {
        self.is_over && self.is_sound()
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn seoul(days: u32) -> Term {
        Term { from: at("2025-10-01T15:00:00+09:00"), days, zone: Tz::Asia__Seoul }
    }

    fn look(text: &str, sight: Sight) -> Look {
        Look { at: at(text), sight }
    }

    /// A look at noon of each day, from the first to the last.
    fn daily(term: &Term, count: i64) -> Vec<Look> {
        let noon = |n| term.from + TimeDelta::days(n);
        (0..=count).map(|n| Look { at: noon(n), sight: Sight::Same }).collect()
    }

    #[test]
    fn thirty_days_seen_are_complete_when_the_last_is_over() {
        let term = seoul(30);
        let looks = daily(&term, 30);
        let last = term.course(&looks, at("2025-10-31T23:59:59+09:00"));
        assert_eq!((last.first, last.last), (day("2025-10-01"), day("2025-10-31")));
        assert_eq!((last.day, last.seen, last.is_over), (30, 30, false));
        assert!(last.is_sound() && !last.is_complete());
        let after = term.course(&looks, at("2025-11-01T00:00:00+09:00"));
        assert!(after.is_complete(), "{after:?}");
        assert_eq!((after.day, after.seen), (30, 30));
    }

    #[test]
    fn a_day_nobody_looked_is_named() {
        let term = seoul(30);
        let mut looks = daily(&term, 30);
        looks.retain(|look| look.at != term.from + TimeDelta::days(9));
        let course = term.course(&looks, at("2025-11-02T00:00:00+09:00"));
        assert_eq!(course.missing, [day("2025-10-10")]);
        assert_eq!(course.seen, 29);
        assert!(course.is_over && !course.is_complete());
    }

    #[test]
    fn today_is_not_missing_before_it_is_over() {
        let term = seoul(30);
        let course = term.course(&daily(&term, 1), at("2025-10-03T00:30:00+09:00"));
        assert_eq!((course.day, course.seen), (2, 1));
        assert!(course.missing.is_empty() && course.is_sound());
        let next = term.course(&daily(&term, 1), at("2025-10-04T00:00:00+09:00"));
        assert_eq!(next.missing, [day("2025-10-03")]);
    }

    #[test]
    fn a_changed_page_proves_nothing_and_is_named() {
        let term = seoul(30);
        let mut looks = vec![look("2025-10-02T09:00:00+09:00", Sight::Changed)];
        let course = term.course(&looks, at("2025-10-02T10:00:00+09:00"));
        assert_eq!((course.changed.as_slice(), course.seen), (&[day("2025-10-02")][..], 0));
        assert!(!course.is_sound());
        looks.push(look("2025-10-02T11:00:00+09:00", Sight::Same));
        let mended = term.course(&looks, at("2025-10-02T12:00:00+09:00"));
        assert_eq!((mended.changed.len(), mended.seen), (1, 1));
        assert!(mended.is_sound(), "the page is back within the day");
    }

    #[test]
    fn a_host_that_does_not_answer_proves_nothing_and_changes_nothing() {
        let term = seoul(30);
        let looks = [look("2025-10-02T09:00:00+09:00", Sight::Failed)];
        let course = term.course(&looks, at("2025-10-02T10:00:00+09:00"));
        assert_eq!((course.seen, course.now), (0, Some(Sight::Failed)));
        assert!(course.is_sound(), "the day is not over");
        assert!(!term.course(&looks, at("2025-10-03T00:00:00+09:00")).is_sound());
    }

    #[rstest]
    // Summer time ends on 2 November: the 2nd has 25 hours, and is one day all the same.
    #[case("2025-10-31T23:30:00-04:00", "2025-11-02T23:59:59-05:00", 2, "2025-11-30")]
    #[case("2025-10-31T23:30:00-04:00", "2025-11-03T00:00:00-05:00", 3, "2025-11-30")]
    // It begins on 8 March: the 8th has 23 hours.
    #[case("2026-03-07T00:00:00-05:00", "2026-03-08T23:59:59-04:00", 1, "2026-04-06")]
    #[case("2026-03-07T00:00:00-05:00", "2026-03-09T00:00:00-04:00", 2, "2026-04-06")]
    fn days_are_those_of_the_zone_whatever_its_clock_does(
        #[case] from: &str,
        #[case] now: &str,
        #[case] nth: u32,
        #[case] last: &str,
    ) {
        let term = Term { from: at(from), days: 30, zone: Tz::America__New_York };
        let course = term.course(&[], at(now));
        assert_eq!((course.day, course.last), (nth, day(last)));
        let expected: Vec<_> = (1..u64::from(nth)).map(|n| course.first + Days::new(n)).collect();
        assert_eq!(course.missing, expected);
    }

    #[test]
    fn a_look_before_the_start_proves_nothing() {
        let term = seoul(30);
        let looks = [look("2025-10-01T14:59:59+09:00", Sight::Changed)];
        assert!(term.course(&looks, at("2025-10-01T16:00:00+09:00")).changed.is_empty());
    }

    proptest! {
        #[test]
        fn every_day_that_is_over_is_either_proven_or_named(
            days in 1_u32..60, hours in 0_i64..2_000, looked in prop::collection::vec(0_i64..2_000, 0..80),
        ) {
            let term = Term { days, ..seoul(30) };
            let now = term.from + TimeDelta::hours(hours);
            let looks: Vec<Look> = looked
                .into_iter()
                .map(|hour| Look { at: term.from + TimeDelta::hours(hour), sight: Sight::Same })
                .filter(|look| look.at <= now)
                .collect();
            let course = term.course(&looks, now);
            let accounted = course.seen + u32::try_from(course.missing.len()).unwrap();
            let open = u32::from(accounted < course.day);
            prop_assert_eq!(accounted + open, course.day);
            prop_assert!(open == 0 || !course.is_over);
        }
    }
}
