//! Days as the customers count them.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeZone, Utc};

use crate::law::Zone;

/// The day it is in the agencies: from midnight to midnight in Seoul.
pub fn local_day(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&Zone::Seoul.tz()).date_naive()
}

/// When a day begins. None where the calendar ends.
pub fn midnight(day: NaiveDate) -> Option<DateTime<Utc>> {
    let local = Zone::Seoul.tz().from_local_datetime(&day.and_time(NaiveTime::MIN));
    local.earliest().map(|at| at.with_timezone(&Utc))
}

/// So many days later; the last day of the calendar at most.
pub(super) fn later(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_add_days(Days::new(days)).unwrap_or(NaiveDate::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_seoul() {
        let day = NaiveDate::from_ymd_opt(2025, 11, 5).unwrap();
        let begins = midnight(day).unwrap();
        assert_eq!(begins.to_rfc3339(), "2025-11-04T15:00:00+00:00");
        assert_eq!(local_day(begins), day);
        assert_eq!(local_day(begins - chrono::TimeDelta::microseconds(1)), day.pred_opt().unwrap());
        assert_eq!(later(day, 26), NaiveDate::from_ymd_opt(2025, 12, 1).unwrap());
        assert_eq!(later(NaiveDate::MAX, 1), NaiveDate::MAX);
    }
}
