//! Days and times as people of a language write them, in Korean time.

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use chrono_tz::Asia::Seoul;
use simrecall_core::notice::Language;

const ENGLISH: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A day: `2025년 9월 11일`.
pub(super) fn date(language: Language, day: NaiveDate) -> String {
    let (y, m, d) = (day.year(), day.month(), day.day());
    match language {
        Language::Korean => format!("{y}년 {m}월 {d}일"),
        Language::English => {
            let month =
                ENGLISH.iter().zip(1..).find(|(_, no)| *no == m).map_or("", |(name, _)| name);
            format!("{d} {month} {y}")
        }
        Language::Chinese | Language::Japanese => format!("{y}年{m}月{d}日"),
        Language::Vietnamese => format!("{d}/{m}/{y}"),
    }
}

/// The day of an instant in Korea.
pub(super) fn day(language: Language, at: DateTime<Utc>) -> String {
    date(language, at.with_timezone(&Seoul).date_naive())
}

/// Day and minute of an instant in Korea.
pub(super) fn time(language: Language, at: DateTime<Utc>) -> String {
    let local = at.with_timezone(&Seoul);
    let (h, min) = (local.hour(), local.minute());
    let day = date(language, local.date_naive());
    match language {
        Language::Korean => format!("{day} {h}시 {min:02}분"),
        Language::English => format!("{day}, {h}:{min:02} (Korean time)"),
        Language::Chinese => format!("{day} {h}:{min:02}(韩国时间)"),
        Language::Vietnamese => format!("{h}:{min:02} {day} (giờ Hàn Quốc)"),
        Language::Japanese => format!("{day} {h}:{min:02}(韓国時間)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_written_as_korea_has_it() {
        let at = "2025-09-11T20:05:00Z".parse().unwrap();
        let written = Language::ALL.map(|language| time(language, at));
        assert_eq!(
            written,
            [
                "2025년 9월 12일 5시 05분",
                "12 September 2025, 5:05 (Korean time)",
                "2025年9月12日 5:05(韩国时间)",
                "5:05 12/9/2025 (giờ Hàn Quốc)",
                "2025年9月12日 5:05(韓国時間)",
            ]
        );
        assert_eq!(day(Language::English, at), "12 September 2025");
    }
}
