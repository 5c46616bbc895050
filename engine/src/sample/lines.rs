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
    /// When its card was changed.
    pub(super) changed: Option<DateTime<Utc>>,
}

/// Which of a line's cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Card {
    /// The one it began with.
    First,
    /// The one it was changed to.
    Second,
}

impl Line {
    /// The card it had at a moment.
    pub(super) fn card(&self, at: DateTime<Utc>) -> Card {
        if self.changed.is_some_and(|changed| changed <= at) { Card::Second } else { Card::First }
    }
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
        let n = self.subscriber_number(number);
        format!("010-{:04}-{:04}", n / 10_000, n % 10_000)
    }

    /// What stands after 010.
    pub(super) fn subscriber_number(self, number: u64) -> u64 {
        self.spread(number, 1, self.range)
    }

    /// A Korean IMSI.
    pub(super) fn imsi(self, line: u64, card: Card) -> u64 {
        450_080_000_000_000 + self.spread(numbered(line, card), 2, 10_000_000_000)
    }

    /// An IMSI that no line has: a roamer's, from Japan or the United States.
    pub(super) fn strange_imsi(self, number: u64) -> u64 {
        let network =
            if number.is_multiple_of(3) { 310_260_000_000_000 } else { 440_100_000_000_000 };
        network + self.spread(number, 5, 10_000_000_000)
    }

    /// A 19-digit card number with its check digit.
    pub(super) fn iccid(self, line: u64, card: Card) -> u64 {
        let number = self.spread(numbered(line, card), 3, 100_000_000_000);
        with_check_digit(898_230_000_000_000_000 + number)
    }

    /// A device with its check digit.
    pub(super) fn imei(self, line: u64) -> u64 {
        with_check_digit(35_000_000_000_000 + self.spread(line, 4, 1_000_000_000_000))
    }

    /// A device whose check digit is wrong.
    pub(super) fn wrong_imei(self, line: u64) -> u64 {
        let imei = self.imei(line);
        if imei % 10 == 9 { imei - 9 } else { imei + 1 }
    }

    /// A cell.
    pub(super) fn cell(self, number: u64) -> u32 {
        u32::try_from(self.spread(number, 6, 1_000_000)).unwrap_or(0)
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

/// Every line has a number for each card.
const fn numbered(line: u64, card: Card) -> u64 {
    match card {
        Card::First => line,
        Card::Second => line + 5_000_000_000,
    }
}

/// Adds the digit that makes the sum of ISO/IEC 7812 come out.
const fn with_check_digit(number: u64) -> u64 {
    let (mut sum, mut rest, mut double) = (0, number, true);
    while rest > 0 {
        let digit = if double { rest % 10 * 2 } else { rest % 10 };
        sum += digit / 10 + digit % 10;
        rest /= 10;
        double = !double;
    }
    number * 10 + (10 - sum % 10) % 10
}
