//! Lines, their numbers and cards, and when they were held.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::SamplePlan;
use super::dice::Dice;

/// Numbers behind 010.
pub(super) const NUMBERS: u64 = 100_000_000;
/// Of these, the ones that are given to nobody: 010-0 and 010-1.
const UNUSED_NUMBERS: u64 = 20_000_000;
/// Coprime to ten, so that multiplying by it visits every number once.
const STEP: u64 = 7_368_787;

/// A line over one period.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// Counts all lines of the sample; names the line.
    pub(super) no: u64,
    /// Which of all numbers it has; a line that took over a number has that of another.
    pub(super) number: u64,
    /// The first list it is exposed in, from 0; `None` for a line that is not exposed.
    pub(super) stage: Option<usize>,
    /// Whether it takes no calls and messages.
    pub(super) data: bool,
    pub(super) held_from: DateTime<Utc>,
    pub(super) held_to: Option<DateTime<Utc>>,
}

/// Makes numbers and cards.
#[derive(Debug, Clone, Copy)]
pub(super) struct Numbering {
    dice: Dice,
    range: u64,
}

/// An upper bound: every person may bring one more subscriber with a line.
pub(super) fn numbers_needed(plan: &SamplePlan) -> u64 {
    let (lines, people) = plan.stages.last().map_or((0, 0), |last| (last.lines, last.people));
    lines.saturating_add(people).saturating_add(plan.bystanders.saturating_mul(2))
}

impl Numbering {
    pub(super) fn new(plan: &SamplePlan) -> Self {
        let range = if numbers_needed(plan) <= UNUSED_NUMBERS { UNUSED_NUMBERS } else { NUMBERS };
        Self { dice: Dice::new(plan.seed), range }
    }

    /// `010-0123-4567`.
    pub(super) fn msisdn(self, number: u64) -> String {
        let n = self.spread(number, 1, self.range);
        format!("010-{:04}-{:04}", n / 10_000, n % 10_000)
    }

    /// A Korean IMSI.
    pub(super) fn imsi(self, line: u64) -> String {
        format!("45008{:010}", self.spread(line, 2, 10_000_000_000))
    }

    /// A 19-digit card number with its check digit.
    pub(super) fn iccid(self, line: u64) -> String {
        with_check_digit(format!("8982300{:011}", self.spread(line, 3, 100_000_000_000)))
    }

    /// A device with its check digit.
    pub(super) fn imei(self, line: u64) -> String {
        with_check_digit(format!("35{:012}", self.spread(line, 4, 1_000_000_000_000)))
    }

    /// A device whose check digit is wrong.
    pub(super) fn wrong_imei(self, line: u64) -> String {
        let mut imei = self.imei(line);
        let wrong = match imei.pop() {
            Some('9') | None => '0',
            Some(digit) => char::from_digit(digit.to_digit(10).unwrap_or(0) + 1, 10).unwrap_or('0'),
        };
        imei.push(wrong);
        imei
    }

    /// Another number for each, in an order that shows nothing. The range is a power of ten, or twice one.
    fn spread(self, n: u64, question: u64, range: u64) -> u64 {
        let start = u128::from(self.dice.roll(0, question));
        let spread = u128::from(n) * u128::from(STEP) + start;
        u64::try_from(spread % u128::from(range)).unwrap_or(0)
    }
}

/// When the line leaked: between 5 August and 5 September 2025, Korean time.
pub(super) fn exposed_at(dice: Dice, line: u64) -> DateTime<Utc> {
    let seconds = dice.below(line, 200, 31 * 24 * 3600);
    day(2025, 8, 5) + whole_seconds(seconds)
}

/// When a line began: in the ten years before.
pub(super) fn began(dice: Dice, line: u64) -> DateTime<Utc> {
    let days = dice.below(line, 201, 3650) + 1;
    day(2025, 8, 1) - TimeDelta::days(i64::try_from(days).unwrap_or(1))
}

/// When a line was given up: within four days after the exposure's last day.
pub(super) fn given_up(dice: Dice, line: u64) -> DateTime<Utc> {
    day(2025, 9, 6) + whole_seconds(dice.below(line, 202, 4 * 24 * 3600))
}

/// Midnight of a day in Korea.
fn day(year: i32, month: u32, day: u32) -> DateTime<Utc> {
    let midnight = NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
    midnight.and_time(chrono::NaiveTime::MIN).and_utc() - TimeDelta::hours(9)
}

fn whole_seconds(seconds: u64) -> TimeDelta {
    TimeDelta::seconds(i64::try_from(seconds).unwrap_or(0))
}

/// Adds the digit that makes the sum of ISO/IEC 7812 come out.
fn with_check_digit(mut digits: String) -> String {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0') * if place % 2 == 0 { 2 } else { 1 };
            digit / 10 + digit % 10
        })
        .sum();
    digits.extend(char::from_digit((10 - sum % 10) % 10, 10));
    digits
}
