//! When a period ends, on the calendar of the statute's country.

use std::collections::BTreeSet;

use chrono::{
    DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc, Weekday,
};

use super::{Period, Zone};

/// The last moment of a period that starts at `from`; none if it has no end that can be computed.
///
/// Hours run through nights, week-ends and holidays. Days and months end at the same local time of day. Business days
/// are the full ones after the local day of `from`, without week-ends and the public holidays of the zone's country,
/// and end at the local midnight after the last of them.
pub fn due(period: Period, from: DateTime<Utc>, zone: Zone) -> Option<DateTime<Utc>> {
    due_besides(period, from, zone, &BTreeSet::new())
}

/// The same, with more days that are no business days.
pub(super) fn due_besides(
    period: Period,
    from: DateTime<Utc>,
    zone: Zone,
    holidays: &BTreeSet<NaiveDate>,
) -> Option<DateTime<Utc>> {
    let local = from.with_timezone(&zone.tz()).naive_local();
    match period {
        Period::Hours(n) => from.checked_add_signed(TimeDelta::hours(n.into())),
        Period::Days(n) => instant(zone, local.checked_add_days(Days::new(n.into()))?),
        Period::Months(n) => instant(zone, local.checked_add_months(Months::new(n))?),
        Period::BusinessDays(n) => {
            let last = business_day(local.date(), n, |day| is_free(day, zone, holidays))?;
            instant(zone, last.succ_opt()?.and_time(NaiveTime::MIN))
        }
        Period::Immediately | Period::UndueDelay | Period::None => None,
    }
}

/// The day in the zone.
pub(super) fn day(at: DateTime<Utc>, zone: Zone) -> NaiveDate {
    at.with_timezone(&zone.tz()).date_naive()
}

/// Whether the public holidays of the zone's country are computed here.
pub(super) const fn knows_holidays(zone: Zone) -> bool {
    match zone {
        Zone::NewYork | Zone::LosAngeles => true,
        Zone::Seoul | Zone::Tokyo | Zone::Brussels | Zone::London => false,
    }
}

/// The nth day after `day` that is not free.
fn business_day(day: NaiveDate, n: u32, free: impl Fn(NaiveDate) -> bool) -> Option<NaiveDate> {
    let mut days = day.iter_days().skip(1).filter(|day| !free(*day));
    days.nth(usize::try_from(n.checked_sub(1)?).ok()?)
}

fn is_free(day: NaiveDate, zone: Zone, holidays: &BTreeSet<NaiveDate>) -> bool {
    let weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    weekend || holidays.contains(&day) || (knows_holidays(zone) && is_us_holiday(day))
}

/// A local time as a moment: the earlier one where the clock is set back, and where it is set forward the moment
/// before, so that no due time is later than the wall clock says.
fn instant(zone: Zone, local: chrono::NaiveDateTime) -> Option<DateTime<Utc>> {
    let at = |local: &chrono::NaiveDateTime| zone.tz().from_local_datetime(local).earliest();
    let before = || local.checked_sub_signed(TimeDelta::hours(1));
    at(&local).or_else(|| at(&before()?)).map(|at| at.with_timezone(&Utc))
}

/// Whether federal offices of the United States are closed for a holiday (5 U.S.C. 6103), on the day itself or on the
/// working day it is observed on.
fn is_us_holiday(day: NaiveDate) -> bool {
    let shifted = match day.weekday() {
        // A holiday on Saturday is observed on the Friday before, one on Sunday on the Monday after.
        Weekday::Fri => day.succ_opt(),
        Weekday::Mon => day.pred_opt(),
        Weekday::Tue | Weekday::Wed | Weekday::Thu | Weekday::Sat | Weekday::Sun => None,
    };
    is_fixed(day) || shifted.is_some_and(is_fixed) || is_movable(day)
}

const fn is_fixed_date(month: u32, day: u32) -> bool {
    matches!((month, day), (1, 1) | (7, 4) | (11, 11) | (12, 25))
}

fn is_fixed(day: NaiveDate) -> bool {
    let juneteenth = day.year() >= 2021 && (day.month(), day.day()) == (6, 19);
    juneteenth || is_fixed_date(day.month(), day.day())
}

/// Martin Luther King, Washington, Memorial, Labor and Columbus days, and Thanksgiving.
fn is_movable(day: NaiveDate) -> bool {
    let week = day.day().div_ceil(7);
    match (day.month(), day.weekday()) {
        (1 | 2, Weekday::Mon) => week == 3,
        (5, Weekday::Mon) => day.day() > 24,
        (9, Weekday::Mon) => week == 1,
        (10, Weekday::Mon) => week == 2,
        (11, Weekday::Thu) => week == 4,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc)
    }

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn hours_run_through_holidays_and_clock_changes() {
        // Chuseok 2025 lies between the two; hours do not stop for it.
        let end = due(Period::Hours(72), at("2025-10-03T18:00:00+09:00"), Zone::Seoul);
        assert_eq!(end, Some(at("2025-10-06T18:00:00+09:00")));
        // Summer time ends on 26 October 2025: 72 hours are 72 hours.
        let end = due(Period::Hours(72), at("2025-10-25T12:00:00+02:00"), Zone::Brussels);
        assert_eq!(end, Some(at("2025-10-28T11:00:00+01:00")));
    }

    #[test]
    fn days_and_months_end_at_the_same_time_of_day() {
        for (period, from, end) in [
            (Period::Days(3), "2025-10-25T12:00:00+02:00", "2025-10-28T12:00:00+01:00"),
            (Period::Months(1), "2026-01-31T09:00:00+01:00", "2026-02-28T09:00:00+01:00"),
            // 02:30 does not exist on 29 March 2026, and exists twice on 25 October 2026.
            (Period::Days(1), "2026-03-28T02:30:00+01:00", "2026-03-29T01:30:00+01:00"),
            (Period::Days(1), "2026-10-24T02:30:00+02:00", "2026-10-25T02:30:00+02:00"),
        ] {
            assert_eq!(due(period, at(from), Zone::Brussels), Some(at(end)), "{from}");
        }
    }

    #[test]
    fn business_days_are_full_ones_after_the_day() {
        for (from, end) in [
            // Thursday 25 June 2026: Fri, Mon-Thu, (Fri 3 July: Independence Day observed), Mon, Tue.
            ("2026-06-25T10:00:00-04:00", "2026-07-08T00:00:00-04:00"),
            // Saturday: seven from Monday.
            ("2026-08-01T10:00:00-04:00", "2026-08-12T00:00:00-04:00"),
            // 23:30 in New York is the next day in UTC.
            ("2026-08-03T23:30:00-04:00", "2026-08-13T00:00:00-04:00"),
            // Over Christmas and New Year.
            ("2026-12-23T09:00:00-05:00", "2027-01-06T00:00:00-05:00"),
        ] {
            assert_eq!(
                due(Period::BusinessDays(7), at(from), Zone::NewYork),
                Some(at(end)),
                "{from}"
            );
        }
    }

    #[test]
    fn no_number_no_end() {
        for period in [Period::Immediately, Period::UndueDelay, Period::None] {
            assert_eq!(due(period, at("2026-01-01T00:00:00Z"), Zone::Seoul), None);
        }
        let far = DateTime::<Utc>::MAX_UTC;
        assert_eq!(due(Period::BusinessDays(7), far, Zone::NewYork), None);
    }

    #[test]
    fn federal_holidays_of_2026_and_their_observed_days() {
        let days: Vec<_> = date("2026-01-01")
            .iter_days()
            .take(365)
            .filter(|day| is_us_holiday(*day))
            .map(|day| day.format("%m-%d").to_string())
            .collect();
        assert_eq!(
            days,
            [
                "01-01", "01-19", "02-16", "05-25", "06-19", "07-03", "07-04", "09-07", "10-12",
                "11-11", "11-26", "12-25"
            ]
        );
        // New Year's Day 2022 was a Saturday.
        assert!(is_us_holiday(date("2021-12-31")));
        // Veterans Day 2029 is a Sunday.
        assert!(is_us_holiday(date("2029-11-12")));
        assert!(!is_us_holiday(date("2020-06-19")));
    }
}
