//! Why a line counts now and did not before.

use serde::{Deserialize, Serialize};

use super::{CellWindow, CellWindows, Encounter, Micros, Rules, Span, Windows};
use crate::cohort::{Certainty, FactSet, ItemSet};

/// What a derivation rests on, besides the records.
#[derive(Debug, Clone, Copy)]
pub struct Basis<'a> {
    /// Which cells were rogue.
    pub windows: &'a Windows,
    /// What counts.
    pub rules: &'a Rules,
}

/// Why a fact is there now and was not in the earlier revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The cell was not known to be rogue at any time.
    NewCell,
    /// The cell was rogue for longer than was known, or once more.
    LongerWindow,
    /// The cell could read more than was known.
    ReadsMore,
    /// That the cell was rogue was only possible, and is confirmed.
    SurerWindow,
    /// The windows of then would do; the rules of then would not.
    RulesChanged,
    /// Windows and rules of then would do: a record, a payment or a line of the registry was not there.
    NewRecords,
    /// No record says so, but somebody does.
    Evidence,
}

impl Cause {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::NewCell,
        Self::LongerWindow,
        Self::ReadsMore,
        Self::SurerWindow,
        Self::RulesChanged,
        Self::NewRecords,
        Self::Evidence,
    ];

    /// The word for it in rows and JSON: never renamed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NewCell => "new_cell",
            Self::LongerWindow => "longer_window",
            Self::ReadsMore => "reads_more",
            Self::SurerWindow => "surer_window",
            Self::RulesChanged => "rules_changed",
            Self::NewRecords => "new_records",
            Self::Evidence => "evidence",
        }
    }
}

/// A payment that is a loss.
#[derive(Debug, Clone, Copy)]
pub struct Payment<'a> {
    /// How it was proven: the carrier's own word.
    pub method: &'a str,
    /// When it was made.
    pub at: Micros,
}

/// Why an encounter of the derivation of `now` says something `new`: facts of it that its line did not have in the
/// revision derived from `earlier`. Asked is whether the earlier windows and rules would have found the same facts in the
/// encounter's own time. Where records without an end counted for less then, the rules are the cause even if they would:
/// an encounter does not say whether its record had an end.
pub fn cause(earlier: Basis<'_>, now: Basis<'_>, encounter: &Encounter, new: FactSet) -> Cause {
    let facts = |cell: &CellWindows, rules: &Rules, lift: Lift| {
        let leaked = lift.encounters(cell, rules, encounter.span);
        leaked.fold(FactSet::EMPTY, |all, (met, reads)| all.union(rules.leaked(reads, met.rule)))
    };
    Question { earlier, now, encounter, new }.answer(facts)
}

/// Why a payment is a loss because of an encounter of the derivation of `now`, and was none, or a less sure one, before:
/// the same as [`cause`], of the fact `new` that the payment makes.
pub fn cause_of_loss(
    earlier: Basis<'_>,
    now: Basis<'_>,
    encounter: &Encounter,
    payment: Payment<'_>,
    new: FactSet,
) -> Cause {
    let facts = |cell: &CellWindows, rules: &Rules, lift: Lift| {
        let Some(method) = rules.method(payment.method) else { return FactSet::EMPTY };
        let met = lift.encounters(cell, rules, encounter.span);
        let lost =
            met.flat_map(|(met, _)| rules.losses(&met, method, payment.at).collect::<Vec<_>>());
        lost.fold(FactSet::EMPTY, |all, rule| all.union(rules.lost(rule)))
    };
    Question { earlier, now, encounter, new }.answer(facts)
}

struct Question<'a> {
    earlier: Basis<'a>,
    now: Basis<'a>,
    encounter: &'a Encounter,
    new: FactSet,
}

impl<'a> Question<'a> {
    /// `facts` says what some windows of the cell and some rules make of the encounter's time.
    fn answer(&self, facts: impl Fn(&CellWindows, &Rules, Lift) -> FactSet) -> Cause {
        let covers = |cell: &CellWindows, rules: &Rules, lift| {
            self.new.minus(facts(cell, rules, lift)).is_empty()
        };
        let name = self.now.windows.get(self.encounter.window).map(|window| window.cell.as_bytes());
        let of = |windows: &'a Windows| name.and_then(|name| windows.of(name));
        let (Some(then), Some(today)) = (of(self.earlier.windows), of(self.now.windows)) else {
            return Cause::NewCell;
        };
        let rules = self.earlier.rules;
        if covers(then, rules, Lift::NONE) {
            // Not said of an encounter is whether its record had an end.
            let counted_less = rules.record_without_end < self.now.rules.record_without_end;
            return if counted_less { Cause::RulesChanged } else { Cause::NewRecords };
        }
        if !covers(today, rules, Lift::NONE) {
            return Cause::RulesChanged;
        }
        let reads = Lift { reads: self.new.possible().union(self.new.confirmed()), ..Lift::NONE };
        let surer = Lift { certainty: Certainty::Confirmed, ..Lift::NONE };
        let both = Lift { certainty: surer.certainty, ..reads };
        if covers(then, rules, surer) {
            Cause::SurerWindow
        } else if covers(then, rules, reads) || covers(then, rules, both) {
            Cause::ReadsMore
        } else {
            Cause::LongerWindow
        }
    }
}

/// What the windows of then are given of those of now, to see which of it they lacked.
#[derive(Debug, Clone, Copy)]
struct Lift {
    reads: ItemSet,
    certainty: Certainty,
}

impl Lift {
    const NONE: Self = Self { reads: ItemSet::EMPTY, certainty: Certainty::Possible };

    /// What a card meets that is at a cell, and what each window reads of it.
    fn encounters<'a>(
        self,
        cell: &'a CellWindows,
        rules: &'a Rules,
        occupied: Span,
    ) -> impl Iterator<Item = (Encounter, ItemSet)> + use<'a> {
        cell.near(occupied, rules.grace()).flat_map(move |window| {
            let certainty = window.certainty.max(self.certainty);
            let lifted = CellWindow { certainty, reads: window.reads.union(self.reads), ..*window };
            rules.met(&lifted, occupied).map(move |met| (met, lifted.reads)).collect::<Vec<_>>()
        })
    }
}

#[cfg(test)]
mod tests;
