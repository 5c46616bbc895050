//! When a terminal may do what: its agency's opening hours, in Korean time.

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, TimeZone, Utc};

use crate::law::Zone;

/// For how long after closing a case that was checked in before may be ended.
pub const GRACE: TimeDelta = TimeDelta::minutes(30);

/// When an agency, or the centre, is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// When it opens, in minutes from local midnight.
    pub opens_minute: i16,
    /// When it closes, likewise; 1440 is the end of the day.
    pub closes_minute: i16,
    /// On which days; bit 0 is Monday.
    pub weekdays: i16,
    /// Since when it is closed for good.
    pub closed_at: Option<DateTime<Utc>>,
}

/// A kind of act, as far as the hours ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Signs in.
    SignsIn,
    /// Looks at something of a customer's.
    Looks,
    /// Begins something: checks in, scans, makes an order.
    Begins,
    /// Ends what was begun before closing.
    Ends,
    /// Is done at any hour: follows a swap, gives up, holds, signs out.
    Always,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::SignsIn, Self::Looks, Self::Begins, Self::Ends, Self::Always];

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignsIn => "signs_in",
            Self::Looks => "looks",
            Self::Begins => "begins",
            Self::Ends => "ends",
            Self::Always => "always",
        }
    }
}

/// Whether an act of a kind may be done now.
pub fn may(kind: Kind, hours: &Hours, now: DateTime<Utc>) -> bool {
    let grace = match kind {
        Kind::SignsIn | Kind::Looks | Kind::Begins => TimeDelta::zero(),
        Kind::Ends => GRACE,
        Kind::Always => return true,
    };
    // The half hour after closing may reach into the next day.
    let today = local_day(now);
    let days = [Some(today), today.checked_sub_days(Days::new(1))];
    days.into_iter().flatten().filter_map(|day| open_on(hours, day)).any(|(opens, closes)| {
        opens <= now && now < closes + grace && hours.closed_at.is_none_or(|at| now < at)
    })
}

/// From when until when it is open on the local day of an instant, if it is at all.
pub fn today(hours: &Hours, now: DateTime<Utc>) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let is_open = hours.closed_at.is_none_or(|at| now < at);
    open_on(hours, local_day(now)).filter(|_| is_open)
}

/// The local day of an instant.
pub fn local_day(now: DateTime<Utc>) -> NaiveDate {
    now.with_timezone(&Zone::Seoul.tz()).date_naive()
}

/// When a local day begins.
pub fn midnight(day: NaiveDate) -> Option<DateTime<Utc>> {
    let local = Zone::Seoul.tz().from_local_datetime(&day.and_hms_opt(0, 0, 0)?);
    local.earliest().map(|at| at.with_timezone(&Utc))
}

fn open_on(hours: &Hours, day: NaiveDate) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let is_weekday = hours.weekdays & (1 << day.weekday().num_days_from_monday()) != 0;
    let from = midnight(day).filter(|_| is_weekday)?;
    let at = |minute: i16| from + TimeDelta::minutes(minute.into());
    Some((at(hours.opens_minute), at(hours.closes_minute)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    /// Weekdays 09:30 to 18:00.
    const SHOP: Hours =
        Hours { opens_minute: 570, closes_minute: 1080, weekdays: 0b1_1111, closed_at: None };

    fn seoul(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(&format!("{text}+09:00")).unwrap().to_utc()
    }

    // 2025-09-15 is a Monday.
    #[rstest]
    #[case::before("2025-09-15T09:29:59", [false, false, false, false, true])]
    #[case::opens("2025-09-15T09:30:00", [true; 5])]
    #[case::last_second("2025-09-15T17:59:59", [true; 5])]
    #[case::closes("2025-09-15T18:00:00", [false, false, false, true, true])]
    #[case::grace("2025-09-15T18:29:59", [false, false, false, true, true])]
    #[case::night("2025-09-15T18:30:00", [false, false, false, false, true])]
    #[case::three_in_the_morning("2025-09-16T03:00:00", [false, false, false, false, true])]
    #[case::saturday("2025-09-20T12:00:00", [false, false, false, false, true])]
    fn a_shop_does_by_day_what_it_may_not_at_night(#[case] at: &str, #[case] expected: [bool; 5]) {
        assert_eq!(Kind::ALL.map(|kind| may(kind, &SHOP, seoul(at))), expected);
    }

    #[test]
    fn the_last_half_hour_of_a_day_that_ends_at_midnight_is_the_next_days_first() {
        let late = Hours { closes_minute: 1440, weekdays: 1, ..SHOP };
        let at = seoul("2025-09-16T00:29:00");
        assert!(may(Kind::Ends, &late, at) && !may(Kind::Begins, &late, at));
        assert!(!may(Kind::Ends, &late, seoul("2025-09-16T00:30:00")));
    }

    #[test]
    fn a_shop_that_is_closed_for_good_does_what_is_always_done() {
        let closed = Hours { closed_at: Some(seoul("2025-09-15T12:00:00")), ..SHOP };
        let at = |text| Kind::ALL.map(|kind| may(kind, &closed, seoul(text)));
        assert_eq!(at("2025-09-15T11:59:59"), [true; 5]);
        assert_eq!(at("2025-09-15T12:00:00"), [false, false, false, false, true]);
        assert_eq!(today(&closed, seoul("2025-09-16T12:00:00")), None);
    }

    #[test]
    fn today_is_a_local_day() {
        let monday = (seoul("2025-09-15T09:30:00"), seoul("2025-09-15T18:00:00"));
        assert_eq!(today(&SHOP, seoul("2025-09-15T00:00:00")), Some(monday));
        assert_eq!(today(&SHOP, seoul("2025-09-15T23:59:59")), Some(monday));
        assert_eq!(today(&SHOP, seoul("2025-09-14T23:59:59")), None);
    }

    proptest! {
        /// Whoever may begin may also end; nothing is refused of what is always done; what begins does so on an open day.
        #[test]
        fn each_kind_may_at_least_what_a_stricter_one_may(
            opens in 0_i16..1440, length in 0_i16..1440, weekdays in 0_i16..128, second in 0_i64..2_000_000,
        ) {
            let closes_minute = (opens + length).min(1440);
            let hours = Hours { opens_minute: opens, closes_minute, weekdays, closed_at: None };
            let now = DateTime::from_timestamp(1_757_000_000 + second, 0).unwrap();
            let [signs, looks, begins, ends, always] = Kind::ALL.map(|kind| may(kind, &hours, now));
            prop_assert!(always && signs == looks && looks == begins && (ends || !begins));
            let open = today(&hours, now).is_some_and(|(from, to)| from <= now && now < to);
            prop_assert_eq!(begins, open);
        }
    }
}
