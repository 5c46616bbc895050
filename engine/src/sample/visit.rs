//! A visit to a cell: one attach record, placed so that what it means is plain.

use simrecall_core::cohort::Certainty;

use super::cells::{DAY, HOUR, Kind, MINUTE, Part, SECOND, Slot, midnight, whole};
use super::dice::Dice;

/// The built-in rules' reach, which the answer is right by: windows are wider by this much for what is confirmed,
const GRACE: i64 = 2 * MINUTE;
/// and by this much for what is possible.
const NEAR: i64 = 10 * MINUTE;
/// How long a record without an end counts.
const OPEN: i64 = 30 * MINUTE;
/// How long before an encounter a payment is a loss,
const LOSS_BEFORE: i64 = 2 * MINUTE;
/// and how long after it.
const LOSS_AFTER: i64 = 10 * MINUTE;

/// When a card was at a cell, and what that means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Visit {
    pub(super) start: i64,
    pub(super) end: Option<i64>,
    /// The window whose reads are confirmed by it.
    pub(super) confirmed: Option<Part>,
    /// The window whose reads are possible by it.
    pub(super) possible: Option<Part>,
    /// From which stage on the slot's windows reach it.
    pub(super) stage: usize,
    /// Whether it ends or begins exactly at a bound.
    pub(super) at_a_bound: bool,
    /// Whether only grace puts it inside.
    pub(super) skewed: bool,
}

/// A span in which a payment is a loss, or may be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reach {
    pub(super) from: i64,
    pub(super) to: i64,
}

impl Visit {
    fn new(slot: &Slot, start: i64, end: i64) -> Self {
        Self {
            start,
            end: Some(end),
            confirmed: None,
            possible: None,
            stage: slot.stage,
            at_a_bound: false,
            skewed: false,
        }
    }

    fn open(slot: &Slot, start: i64) -> Self {
        Self { end: None, ..Self::new(slot, start, start) }
    }

    fn sure(self, part: Part) -> Self {
        Self { confirmed: Some(part), ..self }
    }

    fn perhaps(self, part: Part) -> Self {
        Self { possible: Some(part), ..self }
    }

    fn bound(self) -> Self {
        Self { at_a_bound: true, ..self }
    }

    fn by_grace(self) -> Self {
        Self { skewed: true, ..self }
    }

    /// The first moment the card was not there any more.
    pub(super) fn gone(&self) -> i64 {
        self.end.map_or(self.start + OPEN, |end| end.max(self.start + 1))
    }

    /// When a payment is a loss for certain, if ever.
    pub(super) fn reach(&self, slot: &Slot) -> Option<Reach> {
        self.confirmed.map(|_| self.around(slot, GRACE))
    }

    /// When a payment may be a loss.
    pub(super) fn wide_reach(&self, slot: &Slot) -> Reach {
        self.around(slot, NEAR)
    }

    fn around(&self, slot: &Slot, grace: i64) -> Reach {
        let from = self.start.max(slot.from - grace) - LOSS_BEFORE;
        Reach { from, to: self.gone().min(slot.last() + grace) + LOSS_AFTER }
    }

    /// How sure a loss is a payment at a moment.
    pub(super) fn loss(&self, slot: &Slot, at: i64) -> Option<Certainty> {
        let inside = |reach: Reach| reach.from <= at && at < reach.to;
        if self.reach(slot).is_some_and(inside) {
            Some(Certainty::Confirmed)
        } else {
            inside(self.wide_reach(slot)).then_some(Certainty::Possible)
        }
    }

    /// When the line was exposed by it.
    pub(super) fn exposed_at(&self, slot: &Slot) -> i64 {
        self.start.max(slot.from - NEAR)
    }

    /// In a window for certain. Every slot but a suspected one has such visits.
    pub(super) fn certain(slot: &Slot, dice: Dice, who: u64) -> Option<Self> {
        match slot.kind {
            Kind::Suspected => None,
            Kind::Grown => Some(inside(slot, dice, who).sure(Part::Rich)),
            Kind::Mixed => Some(mixed(slot, dice, who)),
            Kind::Split if dice.permille(who, 511, 500) => {
                Some(at_seam(slot, dice, who).sure(Part::Rich))
            }
            Kind::Plain | Kind::Split => Some(at_window(slot, dice, who).sure(Part::Rich)),
        }
    }

    /// Only in the hour by which a slot was found to be longer, so that it counts from the stage after the slot's.
    pub(super) fn in_growth(slot: &Slot, dice: Dice, who: u64) -> Option<Self> {
        let start = slot.to + 15 * MINUTE + seconds(dice, who, 512, 30 * 60);
        let visit = Self::new(slot, start, start + SECOND + seconds(dice, who, 513, 10 * 60));
        (slot.kind == Kind::Grown).then(|| Self { stage: slot.stage + 1, ..visit.sure(Part::Rich) })
    }

    /// Near a window, or in one that is not certain.
    pub(super) fn possible(slot: &Slot, dice: Dice, who: u64) -> Option<Self> {
        let visit = match slot.kind {
            Kind::Suspected if dice.permille(who, 514, 500) => inside(slot, dice, who),
            Kind::Plain | Kind::Split | Kind::Suspected => near(slot, dice, who),
            Kind::Mixed | Kind::Grown => return None,
        };
        Some(visit.perhaps(Part::Rich))
    }

    /// In, or near, a slot of one window.
    pub(super) fn plain(slot: &Slot, doubtful: bool, dice: Dice, who: u64) -> Self {
        if doubtful {
            near(slot, dice, who).perhaps(Part::Rich)
        } else {
            inside(slot, dice, who).sure(Part::Rich)
        }
    }

    /// At a rogue cell, but too early or too late for any rule.
    pub(super) fn nowhere_near(slot: &Slot, dice: Dice, who: u64) -> Self {
        let last = slot.last() + NEAR;
        match dice.below(who, 515, 4) {
            0 => Self::new(slot, slot.from - 25 * MINUTE, slot.from - NEAR).bound(),
            1 => Self::new(slot, last, last + 5 * MINUTE).bound(),
            2 => Self::open(slot, slot.from - NEAR - OPEN).bound(),
            _ => {
                let start = midnight(slot.day) + 23 * HOUR + seconds(dice, who, 516, 30 * 60);
                Self::new(slot, start, start + 10 * MINUTE)
            }
        }
    }

    /// Well inside.
    pub(super) fn within(slot: &Slot, dice: Dice, who: u64) -> Self {
        inside(slot, dice, who)
    }
}

/// Any time of a day.
pub(super) fn some_time(dice: Dice, who: u64, question: u64, day: u64) -> i64 {
    midnight(day) + whole(dice.below(who, question, 24 * 3600)) * SECOND
}

/// In the hour before a day's midnight, which no encounter and no loss rule reaches.
pub(super) fn at_night(dice: Dice, who: u64, question: u64, day: u64) -> i64 {
    midnight(day) + DAY - HOUR + seconds(dice, who, question, 3_600)
}

fn seconds(dice: Dice, who: u64, question: u64, sides: u64) -> i64 {
    whole(dice.below(who, question, sides)) * SECOND
}

fn inside(slot: &Slot, dice: Dice, who: u64) -> Visit {
    let room = u64::try_from((slot.to - slot.from) / SECOND - 20 * 60).unwrap_or(1);
    let start = slot.from + seconds(dice, who, 517, room);
    Visit::new(slot, start, start + SECOND + seconds(dice, who, 518, 15 * 60))
}

/// Every way in which a record can meet one window by the narrower grace.
fn at_window(slot: &Slot, dice: Dice, who: u64) -> Visit {
    let (from, to) = (slot.from, slot.to);
    let skew = seconds(dice, who, 519, 119) + SECOND;
    let visit = |start, end| Visit::new(slot, start, end);
    match dice.below(who, 520, 20) {
        0 => visit(from - 20 * MINUTE, to + 3 * MINUTE),
        1 => visit(from - skew - 3 * MINUTE, from - skew).by_grace(),
        2 => visit(to + skew, to + skew + 2 * MINUTE).by_grace(),
        3 => visit(from - 5 * MINUTE, from).bound().by_grace(),
        4 => visit(to, to + 2 * MINUTE).bound().by_grace(),
        5 => Visit::open(slot, from + skew),
        6 => visit(from - 5 * MINUTE, from - GRACE + 1).bound().by_grace(),
        7 => visit(to + GRACE - 1, to + GRACE + 2 * MINUTE).bound().by_grace(),
        8 => Visit { end: Some(from + skew), ..visit(from + skew, from + skew) },
        9 => visit(from, to).bound(),
        10 => Visit::open(slot, from - 20 * MINUTE),
        11 => Visit::open(slot, from - GRACE - OPEN + 1).bound().by_grace(),
        _ => inside(slot, dice, who),
    }
}

/// Up to, from or over the moment at which one window becomes the next.
fn at_seam(slot: &Slot, dice: Dice, who: u64) -> Visit {
    let (start, end) = match dice.below(who, 521, 3) {
        0 => (slot.seam - 5 * MINUTE, slot.seam),
        1 => (slot.seam, slot.seam + 5 * MINUTE),
        _ => (slot.seam - 7 * MINUTE, slot.seam + MINUTE),
    };
    Visit::new(slot, start, end).bound()
}

/// Where the first window reads less than the second: clear of the second, near it, or in both.
fn mixed(slot: &Slot, dice: Dice, who: u64) -> Visit {
    let until = |end| Visit::new(slot, slot.seam - 20 * MINUTE, end);
    match dice.below(who, 522, 3) {
        0 => until(slot.seam - 15 * MINUTE).sure(Part::Poor),
        1 => until(slot.seam - GRACE).bound().sure(Part::Poor).perhaps(Part::Rich),
        _ => until(slot.seam + 5 * MINUTE).sure(Part::Rich),
    }
}

/// Every way in which a record can meet one window by the wider grace only.
fn near(slot: &Slot, dice: Dice, who: u64) -> Visit {
    let (from, to) = (slot.from, slot.to);
    match dice.below(who, 523, 7) {
        0 => Visit::new(slot, from - 6 * MINUTE, from - GRACE).bound(),
        1 => Visit::new(slot, to + GRACE, to + 5 * MINUTE).bound(),
        2 => Visit::open(slot, from - GRACE - OPEN).bound(),
        3 => Visit::new(slot, from - 15 * MINUTE, from - NEAR + 1).bound(),
        4 => Visit::new(slot, to + NEAR - 1, to + 15 * MINUTE).bound(),
        5 => Visit::open(slot, from - NEAR - OPEN + 1).bound(),
        _ => Visit::new(slot, from - 8 * MINUTE, from - 5 * MINUTE),
    }
}
