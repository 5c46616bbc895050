//! What happened to one line, and what is true of it therefore.

use simrecall_core::cohort::{Certainty, FactSet, Item, ItemSet};

use super::cells::{Cells, Slot};
use super::rows::{Attach, Payment};
use super::visit::Visit;

/// What happened to one line.
#[derive(Debug, Clone, Default)]
pub(super) struct Life {
    /// What must be found of it at each stage.
    pub(super) answers: Vec<Option<Answer>>,
    pub(super) records: Vec<Attach>,
    pub(super) payments: Vec<Payment>,
    /// A bit for each day on which something happened.
    pub(super) days: u32,
}

/// What is true of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) facts: FactSet,
    /// The first moment of it, in microseconds.
    pub(super) at: i64,
}

/// A visit that exposed the line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Meeting {
    pub(super) slot: Slot,
    pub(super) visit: Visit,
}

impl Meeting {
    /// When it exposed the line.
    pub(super) fn exposed_at(&self) -> i64 {
        self.visit.exposed_at(&self.slot)
    }

    /// What it leaked, as far as is known at a stage.
    fn facts(&self, cells: &Cells<'_>, stage: usize) -> FactSet {
        let reads = |part| cells.reads(self.slot.cell, part, stage);
        let Visit { possible, confirmed, .. } = self.visit;
        let possible = possible.map_or(ItemSet::EMPTY, reads);
        FactSet::new(possible, confirmed.map_or(ItemSet::EMPTY, reads))
    }
}

/// Money lost at a meeting, or perhaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Loss {
    /// From which stage on it can be known.
    pub(super) stage: usize,
    pub(super) certainty: Certainty,
}

/// What must be found at a stage of a line with such meetings, which lost money by one of them or not.
pub(super) fn answer(
    meetings: &[Meeting],
    loss: Option<Loss>,
    cells: &Cells<'_>,
    stage: usize,
) -> Option<Answer> {
    let known = || meetings.iter().filter(|meeting| meeting.visit.stage <= stage);
    let at = known().map(Meeting::exposed_at).min()?;
    let leaked =
        known().fold(FactSet::EMPTY, |facts, meeting| facts.union(meeting.facts(cells, stage)));
    let item = ItemSet::EMPTY.with(Item::PaymentLoss);
    let lost = loss.filter(|loss| loss.stage <= stage);
    let lost = lost.map_or(FactSet::EMPTY, |loss| loss.certainty.of(item));
    Some(Answer { facts: leaked.union(lost), at })
}
