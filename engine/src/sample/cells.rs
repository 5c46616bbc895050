//! Rogue cells: which there are at each stage, when they were rogue, and what they read.

use simrecall_core::cohort::{Certainty, Item, ItemSet};

use super::dice::Dice;
use super::lines::Numbering;
use super::{RecordsPlan, SamplePlan};

/// Microseconds.
pub(super) const SECOND: i64 = 1_000_000;
/// Microseconds.
pub(super) const MINUTE: i64 = 60 * SECOND;
/// Microseconds.
pub(super) const HOUR: i64 = 60 * MINUTE;
/// Microseconds.
pub(super) const DAY: i64 = 24 * HOUR;
/// Days of the period; each cell is rogue at most once a day.
pub(super) const DAYS: u64 = 31;
/// Midnight in Korea at the start of the period, 5 August 2025.
const START: i64 = 1_754_319_600 * SECOND;
/// Ordinary cells.
pub(super) const ORDINARY: u64 = 4_000;
/// Times at which any cell is rogue.
const SLOTS: u64 = 500_000;

/// All rogue cells of a plan.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cells<'a> {
    dice: Dice,
    numbering: Numbering,
    by_stage: &'a [u64],
    days: u64,
    doubtful: bool,
}

/// A cell on one day. What happens in it keeps clear of other slots: from 40 minutes before it to half an hour after it
/// there is nothing of any other, and from 22 to 2 o'clock nothing at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    /// Which cell.
    pub(super) cell: u64,
    /// Which day.
    pub(super) day: u64,
    /// From which stage on it is known.
    pub(super) stage: usize,
    pub(super) kind: Kind,
    /// The first rogue moment.
    pub(super) from: i64,
    /// Where one window becomes the next, if there are two; else the middle.
    pub(super) seam: i64,
    /// The first moment not rogue any more.
    pub(super) to: i64,
}

/// How a slot makes windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// One window.
    Plain,
    /// Two windows that touch.
    Split,
    /// Two windows that touch; the first can read less.
    Mixed,
    /// One window that is not certain.
    Suspected,
    /// One window, found to be longer at the stage after the one it was found at.
    Grown,
}

/// Which of a slot's windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// All of them, or the second.
    Rich,
    /// The first of two that differ.
    Poor,
}

/// A row of a list of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) reads: ItemSet,
    pub(super) certainty: Certainty,
}

impl<'a> Cells<'a> {
    pub(super) fn new(plan: &SamplePlan, records: &'a RecordsPlan) -> Self {
        let all = records.cells.last().copied().unwrap_or(1);
        Self {
            dice: Dice::new(plan.seed),
            numbering: Numbering::new(plan),
            by_stage: &records.cells,
            days: (SLOTS / all.max(1)).clamp(1, DAYS),
            doubtful: records.possible_permille > 0,
        }
    }

    /// Rogue cells known by a stage; all of them after the last.
    pub(super) fn known(&self, stage: usize) -> u64 {
        let found = self.by_stage.get(stage).or(self.by_stage.last());
        found.copied().unwrap_or(0)
    }

    /// Rogue cells known before a stage.
    pub(super) fn known_before(&self, stage: usize) -> u64 {
        stage.checked_sub(1).map_or(0, |before| self.known(before))
    }

    /// How many days a cell was rogue.
    pub(super) const fn days(&self) -> u64 {
        self.days
    }

    /// When a cell was rogue on a day.
    pub(super) fn slot(&self, cell: u64, day: u64) -> Slot {
        let of = cell * DAYS + day;
        let stage = self.by_stage.iter().filter(|known| **known <= cell).count();
        let minutes = |question, sides| whole(self.dice.below(of, question, sides)) * MINUTE;
        let from = midnight(day) + 3 * HOUR + minutes(500, 12 * 60);
        let to = from + 2 * HOUR + minutes(501, 2 * 60 + 1);
        let seam = from + (to - from) / 2;
        Slot { cell, day, stage, kind: self.kind(of, day, stage), from, seam, to }
    }

    fn kind(&self, of: u64, day: u64, stage: usize) -> Kind {
        let grows = stage + 1 < self.by_stage.len();
        // Whatever somebody looks for, there is a plain one.
        if day == 0 {
            return Kind::Plain;
        }
        match self.dice.below(of, 502, 100) {
            0..15 => Kind::Split,
            15..25 if self.doubtful => Kind::Mixed,
            25..35 if self.doubtful => Kind::Suspected,
            35..55 if grows => Kind::Grown,
            _ => Kind::Plain,
        }
    }

    /// What is known of a slot at a stage: one window or two.
    pub(super) fn windows(&self, slot: &Slot, stage: usize) -> [Option<Window>; 2] {
        let window = |from, to, part, certainty| {
            Some(Window { from, to, reads: self.reads(slot.cell, part, stage), certainty })
        };
        let Slot { from, seam, to, .. } = *slot;
        let sure = |from, to, part| window(from, to, part, Certainty::Confirmed);
        if slot.stage > stage {
            return [None, None];
        }
        match slot.kind {
            Kind::Plain => [sure(from, to, Part::Rich), None],
            Kind::Split => [sure(from, seam, Part::Rich), sure(seam, to, Part::Rich)],
            Kind::Mixed => [sure(from, seam, Part::Poor), sure(seam, to, Part::Rich)],
            Kind::Suspected => [window(from, to, Part::Rich, Certainty::Possible), None],
            Kind::Grown if slot.stage == stage => [sure(from, to, Part::Rich), None],
            Kind::Grown => [sure(from, slot.last(), Part::Rich), None],
        }
    }

    /// What a cell could read, as far as is known at a stage.
    pub(super) fn reads(&self, cell: u64, part: Part, stage: usize) -> ItemSet {
        let poor = ItemSet::EMPTY.with(Item::Imsi);
        let early = stage == 0 && self.by_stage.len() > 1;
        if early || part == Part::Poor {
            poor
        } else if self.doubtful && cell % 5 == 4 {
            poor.with(Item::Imei)
        } else {
            poor.with(Item::Imei).with(Item::Msisdn)
        }
    }

    /// A rogue cell's identity.
    pub(super) fn rogue(&self, cell: u64) -> u32 {
        self.numbering.cell(cell)
    }

    /// An ordinary cell's identity.
    pub(super) fn ordinary(&self, cell: u64) -> u32 {
        self.numbering.cell(self.known(usize::MAX) + cell % ORDINARY)
    }
}

impl Slot {
    /// The first moment it is not rogue any more, when all is known.
    pub(super) const fn last(&self) -> i64 {
        match self.kind {
            Kind::Grown => self.to + HOUR,
            Kind::Plain | Kind::Split | Kind::Mixed | Kind::Suspected => self.to,
        }
    }
}

/// The start of a day of the period, in Korea.
pub(super) fn midnight(day: u64) -> i64 {
    START + whole(day) * DAY
}

/// A small number as a signed one.
pub(super) fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
