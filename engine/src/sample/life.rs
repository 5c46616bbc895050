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

/// What must be found at a stage of a line with such meetings, the first of which is what it may have lost money by.
pub(super) fn answer(
    meetings: &[Meeting],
    loss: Option<Certainty>,
    cells: &Cells<'_>,
    stage: usize,
) -> Option<Answer> {
    let known = || meetings.iter().filter(|meeting| meeting.visit.stage <= stage);
    let at = known().map(Meeting::exposed_at).min()?;
    let leaked =
        known().fold(FactSet::EMPTY, |facts, meeting| facts.union(meeting.facts(cells, stage)));
    let reached = meetings.first().is_some_and(|main| main.visit.stage <= stage);
    let lost = loss
        .filter(|_| reached)
        .map_or(FactSet::EMPTY, |certainty| certainty.of(ItemSet::EMPTY.with(Item::PaymentLoss)));
    Some(Answer { facts: leaked.union(lost), at })
}
