//! Times as nearly every file writes them, read without ceremony.

/// Years outside these are slips of the keyboard, in seconds since 1970: from 1980 on, before 2100.
const OUR_TIME: std::ops::Range<i64> = 315_532_800..4_102_444_800;
/// Days before each month in a year that begins in March, so that a leap day is the last.
const DAYS_BEFORE: [i64; 13] = [0, 306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275];
const DAYS_IN: [i64; 13] = [0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/// From 1 March of the year 0 to 1 January 1970.
const DAYS_TO_1970: i64 = 719_468;

/// Whether a moment, in microseconds since 1970, is one a list may speak of.
pub(crate) fn is_of_our_time(micros: i64) -> bool {
    OUR_TIME.contains(&micros.div_euclid(1_000_000))
}

/// Reads `2025-09-04T15:33:20[.5](Z|+09:00)` as microseconds since 1970. `None` for anything else, rightly written or not.
pub(crate) fn micros(text: &[u8]) -> Option<i64> {
    let (whole, rest) = text.split_first_chunk::<19>()?;
    let (fraction, zone) = fraction(rest)?;
    let seconds = seconds(whole)? - offset(zone)?;
    OUR_TIME.contains(&seconds).then_some(seconds * 1_000_000 + fraction)
}

/// `YYYY-MM-DDTHH:MM:SS`, as if it were UTC.
fn seconds(text: &[u8; 19]) -> Option<i64> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', clock @ ..] = text else { return None };
    let [h1, h2, b':', n1, n2, b':', s1, s2] = clock else { return None };
    let year = two(*y1, *y2)? * 100 + two(*y3, *y4)?;
    let (month, day) = (two(*m1, *m2)?, two(*d1, *d2)?);
    let (hour, minute, second) = (two(*h1, *h2)?, two(*n1, *n2)?, two(*s1, *s2)?);
    let in_clock = hour < 24 && minute < 60 && second < 60;
    let days = in_clock.then(|| days(year, month, day))??;
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

/// Days from 1970 to a day of the calendar.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let place = usize::try_from(month).ok()?;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let in_month = (1..=*DAYS_IN.get(place)?).contains(&day) && (month != 2 || day < 29 || leap);
    // January and February end the year that began in March before them.
    let year = if month < 3 { year - 1 } else { year };
    let before = year * 365 + year / 4 - year / 100 + year / 400;
    in_month.then_some(before + DAYS_BEFORE.get(place)? + day - 1 - DAYS_TO_1970)
}

/// What stands behind the seconds: microseconds, and the rest. What is finer is cut off.
fn fraction(rest: &[u8]) -> Option<(i64, &[u8])> {
    let Some(digits) = rest.strip_prefix(b".") else { return Some((0, rest)) };
    let length = digits.iter().take_while(|b| b.is_ascii_digit()).count();
    let (digits, zone) = digits.split_at_checked(length).filter(|_| (1..=9).contains(&length))?;
    let shown = digits.iter().chain(b"00000").take(6);
    Some((shown.fold(0, |sum, b| sum * 10 + i64::from(b - b'0')), zone))
}

/// Seconds that a zone is ahead of UTC.
fn offset(zone: &[u8]) -> Option<i64> {
    match zone {
        [b'Z'] => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (two(*h1, *h2)?, two(*m1, *m2)?);
            let seconds = (hours * 60 + minutes) * 60;
            let ahead = if *sign == b'-' { -seconds } else { seconds };
            (hours < 24 && minutes < 60).then_some(ahead)
        }
        _ => None,
    }
}

fn two(tens: u8, ones: u8) -> Option<i64> {
    let both = tens.is_ascii_digit() && ones.is_ascii_digit();
    both.then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use proptest::prelude::*;

    use super::*;

    fn by_the_calendar(text: &str) -> Option<i64> {
        let read = DateTime::parse_from_rfc3339(text).ok()?.timestamp_micros();
        is_of_our_time(read).then_some(read)
    }

    #[test]
    fn every_day_of_our_time_is_the_calendars() {
        let mut day = chrono::NaiveDate::from_ymd_opt(1979, 12, 30).unwrap();
        while day < chrono::NaiveDate::from_ymd_opt(2100, 1, 3).unwrap() {
            let text = format!("{day}T23:59:59.999999+00:00");
            assert_eq!(micros(text.as_bytes()), by_the_calendar(&text), "{text}");
            day = day.succ_opt().unwrap();
        }
    }

    #[test]
    fn what_is_not_plain_is_left_to_the_calendar() {
        for plain in [
            "2025-09-04T15:33:20+09:00",
            "2025-09-04T15:33:20.5Z",
            "2025-09-04T15:33:20.123456789-11:30",
            "2024-02-29T00:00:00Z",
            "1980-01-01T00:00:00Z",
            "1980-01-01T08:59:59.999999+09:00",
            "2099-12-31T23:59:59.999999999Z",
            "2100-01-01T08:59:59+09:00",
        ] {
            assert_eq!(micros(plain.as_bytes()), by_the_calendar(plain), "{plain}");
        }
        for other in [
            "",
            "2025-09-04",
            "2025-09-04 15:33:20Z",
            "2025-09-04t15:33:20z",
            "2025-09-04T15:33:20",
            "2025-09-04T15:33:60Z",
            "2025-09-04T24:00:00Z",
            "2025-02-29T00:00:00Z",
            "2025-13-01T00:00:00Z",
            "2025-00-01T00:00:00Z",
            "2025-01-00T00:00:00Z",
            "2025-04-31T00:00:00Z",
            "2025-09-04T15:33:20.Z",
            "2025-09-04T15:33:20.1234567890Z",
            "2025-09-04T15:33:20+24:00",
            "2025-09-04T15:33:20+09:60",
            "2025-09-04T15:33:20+0900",
            "2025-09-04T15:33:20Z ",
            "0205-09-04T15:33:20Z",
            "2025-0a-04T15:33:20Z",
        ] {
            assert_eq!(micros(other.as_bytes()), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_the_calendar_reads(
            text in "(19[789]|20[0-9]|210)[0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{0,10})?(Z|[+-][0-2][0-9]:[0-6][0-9])?"
        ) {
            if let Some(read) = micros(text.as_bytes()) {
                prop_assert_eq!(Some(read), by_the_calendar(&text), "{}", text);
            }
        }
    }
}
