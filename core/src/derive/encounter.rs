//! When a card was at a rogue cell, and what follows from it.

use super::rules::bit;
use super::{CellWindow, CellWindows, LeakNo, LossNo, MethodNo, Micros, Rules, Span};
use super::{Window, WindowNo};
use crate::cohort::{FactSet, Item, ItemSet};

/// A card was within a window's reach by a rule.
///
/// In order of window, rule, start and end, which is the order [`merge`] leaves them in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Encounter {
    /// The window.
    pub window: WindowNo,
    /// The rule.
    pub rule: LeakNo,
    /// The part of the record's time that lies within the window's reach.
    pub span: Span,
}

/// Makes one of those of the same window and rule that overlap or touch, and puts them in order.
///
/// The outcome covers the same moments as what went in, so neither the order of records nor whether one was divided or
/// given twice can be seen in it; and since a loss rule's reach widens the start and the end only, encounters that touch
/// have the same losses before and after. Give it the encounters of one holding at a time.
pub fn merge(encounters: &mut Vec<Encounter>) {
    encounters.sort_unstable();
    encounters.dedup_by(|next, kept| {
        let joins =
            (next.window, next.rule) == (kept.window, kept.rule) && next.span.from <= kept.span.to;
        if joins {
            kept.span.to = kept.span.to.max(next.span.to);
        }
        joins
    });
}

impl Rules {
    /// How long a card counts as being at a cell: never less than one moment. A record without an end counts as long as
    /// the rules say.
    pub fn occupied(&self, start: Micros, end: Option<Micros>) -> Span {
        let to =
            end.map_or_else(|| start.plus(self.record_without_end), |end| end.max(start.next()));
        Span { from: start, to }
    }

    /// Adds the encounters of a card that was at a cell for a time.
    pub fn encounters(&self, windows: &CellWindows, occupied: Span, out: &mut Vec<Encounter>) {
        for window in windows.near(occupied, self.grace()) {
            out.extend(self.met(window, occupied));
        }
    }

    /// What an encounter of a window by a rule says of the card.
    pub fn leaks(&self, window: &Window, rule: LeakNo) -> FactSet {
        self.leaked(window.reads, rule)
    }

    /// The loss rules by which a payment of that line and holder is a loss because of an encounter.
    pub fn losses(
        &self,
        encounter: &Encounter,
        method: MethodNo,
        at: Micros,
    ) -> impl Iterator<Item = LossNo> {
        let Encounter { window: _, rule: leak, span } = *encounter;
        let named = self.methods.get(usize::from(method.0)).map_or(0, |method| method.losses);
        self.loss_rules()
            .filter(move |(no, rule)| named & bit(no.0) != 0 && rule.leak.contains(&leak))
            .filter(move |(_, rule)| span.reaching(rule.before, rule.after).contains(at))
            .map(|(no, _)| no)
    }

    /// What a loss by a rule says of the line.
    pub fn lost(&self, rule: LossNo) -> FactSet {
        let loss = ItemSet::EMPTY.with(Item::PaymentLoss);
        self.loss_rule(rule).map_or(FactSet::EMPTY, |rule| rule.fact.of(loss))
    }

    /// The encounters of one window.
    pub(super) fn met(
        &self,
        window: &CellWindow,
        occupied: Span,
    ) -> impl Iterator<Item = Encounter> {
        let CellWindow { no, span, reads: _, certainty } = *window;
        self.leak_rules().filter_map(move |(rule, leak)| {
            let reach = leak.takes(certainty).then(|| span.widened(leak.grace))?;
            Some(Encounter { window: no, rule, span: occupied.meet(reach)? })
        })
    }

    pub(super) fn leaked(&self, reads: ItemSet, rule: LeakNo) -> FactSet {
        self.leak_rule(rule).map_or(FactSet::EMPTY, |rule| rule.fact.of(reads))
    }
}
