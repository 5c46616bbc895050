//! A claim as a person types it.

use chrono::{Days, NaiveDate};
use simrecall_core::claim::State;

use super::Record;
use crate::problem::{Problem, Result};
use crate::selfcheck::NewClaim;

/// The most won a claim is about; more than any micropayment limit lets through in years.
pub(super) const MOST_WON: u64 = 100_000_000;
/// Characters of a merchant's name.
pub(super) const MERCHANT: usize = 100;
/// Characters of a note.
pub(super) const NOTE: usize = 2_000;
/// How many days ago a payment may be: claims of this kind lapse after three years (Korean Civil Code, article 766).
const OLDEST: Days = Days::new(3 * 366);

/// Reads a claim. The first thing that is wrong is the problem; the codes of the others are its details.
pub(super) fn record(new: &NewClaim<'_>, today: NaiveDate) -> Result<Record> {
    let (day, won) = (day(new.day, today), won(new.amount));
    let merchant = text(new.merchant, (1, MERCHANT), "claim_merchant");
    let note = text(new.note, (0, NOTE), "claim_note");
    match (day, won, merchant, note) {
        (Ok(day), Ok(won), Ok(merchant), Ok(note)) => {
            Ok(Record { won, day, merchant, note, state: State::Draft, twin: None })
        }
        (day, won, merchant, note) => {
            let wrong = [day.err(), won.err(), merchant.err(), note.err()];
            let mut wrong = wrong.into_iter().flatten();
            let first = wrong.next().unwrap_or_else(|| Problem::ours("claim", "nothing is wrong"));
            Err(wrong.fold(first, |first, other| first.detail(other.code)))
        }
    }
}

fn day(text: &str, today: NaiveDate) -> Result<NaiveDate> {
    let refused = |what| Problem::input("claim_day", what).hint("write it as 2025-09-05");
    let day = NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d")
        .map_err(|_| refused("this is no day"))?;
    if day > today {
        return Err(refused("this day is still to come"));
    }
    if today.checked_sub_days(OLDEST).is_some_and(|oldest| day < oldest) {
        return Err(refused("this day is more than three years ago"));
    }
    Ok(day)
}

fn won(text: &str) -> Result<u64> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace() && *c != ',').collect();
    let plain = plain.trim_start_matches('₩').trim_end_matches('원');
    let is_number = !plain.is_empty() && plain.bytes().all(|b| b.is_ascii_digit());
    let won = plain.parse().ok().filter(|won| is_number && (1..=MOST_WON).contains(won));
    won.ok_or_else(|| {
        Problem::input("claim_amount", "this is no amount in won").hint("write it as 49,500")
    })
}

/// A text within its bounds, in characters; of control characters only line breaks.
pub(super) fn text(
    text: &str,
    (least, most): (usize, usize),
    code: &'static str,
) -> Result<String> {
    let text = text.trim().replace("\r\n", "\n");
    let fits = (least..=most).contains(&text.chars().count());
    if fits && !text.chars().any(|c| c.is_control() && c != '\n') {
        return Ok(text);
    }
    Err(Problem::input(code, format!("this takes {least} to {most} characters")))
}

#[cfg(test)]
mod tests {
    use simrecall_core::id::LineId;

    use super::*;

    fn new<'a>(day: &'a str, amount: &'a str, merchant: &'a str, note: &'a str) -> NewClaim<'a> {
        NewClaim { line: LineId::from_bytes([1; 16]), day, amount, merchant, note, id: None }
    }

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2025, 9, 12).unwrap()
    }

    #[test]
    fn what_people_type_is_read() {
        for amount in ["49500", "49,500", "49,500원", " 49 500 원", "₩49,500"] {
            let read = record(&new("2025-09-05", amount, " 게임 ", "두 번\r\n결제"), today());
            let read = read.unwrap();
            assert_eq!((read.won, read.merchant.as_str()), (49_500, "게임"), "{amount}");
            assert_eq!(read.note, "두 번\n결제");
        }
    }

    #[test]
    fn everything_that_is_wrong_is_named_at_once() {
        let all = record(&new("yesterday", "-1", "", "\u{7}"), today()).err().unwrap();
        assert_eq!(all.code, "claim_day");
        assert_eq!(all.details, ["claim_amount", "claim_merchant", "claim_note"]);
        for (day, amount, code) in [
            ("2025-09-13", "1", "claim_day"),
            ("2021-09-12", "1", "claim_day"),
            ("2025-09-12", "0", "claim_amount"),
            ("2025-09-12", "100000001", "claim_amount"),
            ("2025-09-12", "1.5", "claim_amount"),
            ("2025-09-12", "", "claim_amount"),
        ] {
            let refused = record(&new(day, amount, "x", ""), today()).err().unwrap();
            assert_eq!(refused.code, code, "{day} {amount}");
        }
    }
}
