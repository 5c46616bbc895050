//! What happens every day: records of ordinary cells, payments nobody asks about. None of it exposes anybody.

use super::SamplePlan;
use super::cells::{Cells, DAYS, SECOND, midnight, whole};
use super::dice::Dice;
use super::lines::{Card, Numbering};
use super::rows::{Attach, Payment};
use super::visit::{at_night, some_time};
use super::world::{COUNTING, OTHER, device};

/// Makes rows by their number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Noise<'a> {
    dice: Dice,
    numbering: Numbering,
    cells: Cells<'a>,
    lines: u64,
    rows: u64,
}

impl<'a> Noise<'a> {
    pub(super) fn new(plan: &SamplePlan, cells: Cells<'a>, lines: u64, rows: u64) -> Self {
        let (dice, numbering) = (Dice::new(plan.seed), Numbering::new(plan));
        Self { dice, numbering, cells, lines, rows }
    }

    /// A record, later in the period the higher its number, but for an hour or two.
    pub(super) fn attach(&self, row: u64) -> Attach {
        let [line, place, time] = [600, 601, 602].map(|question| self.dice.roll(row, question));
        let line = line % self.lines.max(1);
        let period = u128::from(DAYS * 24 * 3600 - 2 * 3600);
        let passed = u128::from(row) * period / u128::from(self.rows.max(1));
        let passed = u64::try_from(passed).unwrap_or(0) + time % 7_200;
        let start = midnight(0) + whole(passed) * SECOND + whole(place % 1_000) * 1_000;
        let end = start + whole(1 + time / 7_200 % 3_600) * SECOND;
        Attach {
            imsi: self.numbering.imsi(line, Card::First),
            imei: device(self.numbering.imei(line), self.dice, row),
            cell: self.cells.ordinary(place / 1_000),
            start,
            end: (!place.is_multiple_of(50)).then_some(end),
        }
    }

    /// A payment on a number, out of reach on days on which something happened to whoever had it.
    pub(super) fn payment(&self, row: u64, number: u64, days: u32) -> Payment {
        let day = self.dice.below(row, 610, DAYS);
        let at = if (days >> day) & 1 == 1 {
            at_night(self.dice, row, 611, day)
        } else {
            some_time(self.dice, row, 611, day)
        };
        let methods = if self.dice.permille(row, 612, 600) { &COUNTING } else { &OTHER };
        Payment {
            number: self.numbering.subscriber_number(number),
            at,
            won: (whole(self.dice.below(row, 613, 4_990)) + 10) * 100,
            method: self.dice.word(row, 614, methods),
        }
    }
}
