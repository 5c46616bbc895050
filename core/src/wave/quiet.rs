//! The hours in which nobody is woken, and what they do to a wave's end.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};

/// Local hours in which no first message goes out, such as `21:00-08:00`; they may span midnight.
///
/// No law of ours forbids a legal notice at night; this is manners, and a due time goes before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quiet {
    from: NaiveTime,
    until: NaiveTime,
}

/// Not two different times of day with a hyphen between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not quiet hours such as 21:00-08:00")]
pub struct ParseQuietError;

impl Quiet {
    /// Reads `HH:MM-HH:MM`.
    pub fn parse(text: &str) -> Result<Self, ParseQuietError> {
        let time = |text: &str| NaiveTime::parse_from_str(text.trim(), "%H:%M");
        let (from, until) = text.split_once('-').ok_or(ParseQuietError)?;
        let from = time(from).map_err(|_| ParseQuietError)?;
        let until = time(until).map_err(|_| ParseQuietError)?;
        if from == until { Err(ParseQuietError) } else { Ok(Self { from, until }) }
    }

    /// When the quiet that `at` falls into ends; none outside it.
    pub fn ends<Z: TimeZone>(self, at: DateTime<Utc>, zone: &Z) -> Option<DateTime<Utc>> {
        let day = at.with_timezone(zone).date_naive();
        let spans = [day.pred_opt()?, day].map(|day| self.span(day, zone));
        spans.into_iter().flatten().find(|(from, until)| *from <= at && at < *until).map(|s| s.1)
    }

    /// When work of this length is done if it starts at `start` and rests in quiet hours.
    pub fn finish<Z: TimeZone>(
        self,
        start: DateTime<Utc>,
        work: TimeDelta,
        zone: &Z,
    ) -> DateTime<Utc> {
        let (mut at, mut left) = (start, work);
        loop {
            at = self.ends(at, zone).unwrap_or(at);
            let Some(next) = self.next(at, zone) else { return after(at, left) };
            let open = next - at;
            if left <= open {
                return after(at, left);
            }
            left -= open;
            at = next;
        }
    }

    /// When the next quiet begins.
    fn next<Z: TimeZone>(self, at: DateTime<Utc>, zone: &Z) -> Option<DateTime<Utc>> {
        let day = at.with_timezone(zone).date_naive();
        let days = [Some(day), day.succ_opt()];
        let starts = days.into_iter().flatten().filter_map(|day| self.span(day, zone));
        starts.map(|(from, _)| from).find(|from| *from >= at)
    }

    /// The quiet that begins on a day.
    fn span<Z: TimeZone>(self, day: NaiveDate, zone: &Z) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let end = if self.until > self.from { day } else { day.checked_add_days(Days::new(1))? };
        let instant = |day: NaiveDate, time: NaiveTime| {
            zone.from_local_datetime(&day.and_time(time)).earliest().map(|at| at.to_utc())
        };
        Some((instant(day, self.from)?, instant(end, self.until)?))
    }
}

impl std::fmt::Display for Quiet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.from.format("%H:%M"), self.until.format("%H:%M"))
    }
}

fn after(at: DateTime<Utc>, work: TimeDelta) -> DateTime<Utc> {
    at.checked_add_signed(work).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

#[cfg(test)]
mod tests {
    use chrono::FixedOffset;
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn seoul() -> FixedOffset {
        FixedOffset::east_opt(9 * 3600).unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        format!("2025-09-{text}:00+09:00").parse().unwrap()
    }

    #[rstest]
    #[case("11T20:59", None)]
    #[case("11T21:00", Some("12T08:00"))]
    #[case("12T07:59", Some("12T08:00"))]
    #[case("12T08:00", None)]
    fn quiet_spans_midnight(#[case] now: &str, #[case] ends: Option<&str>) {
        let quiet = Quiet::parse("21:00-08:00").unwrap();
        assert_eq!(quiet.ends(at(now), &seoul()), ends.map(at));
    }

    #[rstest]
    #[case("11T09:00", 3, "11T12:00")]
    #[case("11T20:00", 3, "12T10:00")]
    #[case("11T23:00", 3, "12T11:00")]
    #[case("11T09:00", 12, "11T21:00")]
    #[case("11T09:00", 25, "12T21:00")]
    #[case("11T09:00", 26, "13T09:00")]
    fn work_rests_at_night(#[case] start: &str, #[case] hours: i64, #[case] end: &str) {
        let quiet = Quiet::parse("21:00-08:00").unwrap();
        assert_eq!(quiet.finish(at(start), TimeDelta::hours(hours), &seoul()), at(end));
    }

    #[rstest]
    #[case("21:00")]
    #[case("21:00-21:00")]
    #[case("25:00-08:00")]
    fn others_are_refused(#[case] text: &str) {
        assert_eq!(Quiet::parse(text), Err(ParseQuietError));
    }

    proptest! {
        #[test]
        fn work_is_never_done_sooner_and_never_in_the_quiet(
            start in 0_i64..864_000,
            minutes in 1_i64..10_000,
        ) {
            let quiet = Quiet::parse("21:00-08:00").unwrap();
            let start = at("01T00:00") + TimeDelta::seconds(start);
            let work = TimeDelta::minutes(minutes);
            let end = quiet.finish(start, work, &seoul());
            prop_assert!(end >= start + work);
            let last = end - TimeDelta::seconds(1);
            prop_assert_eq!(quiet.ends(last, &seoul()), None);
        }
    }
}
