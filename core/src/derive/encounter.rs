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

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::cohort::Certainty;
    use crate::derive::Windows;

    const MINUTE: i64 = 60_000_000;

    const fn minute(at: i64) -> Micros {
        Micros(at * MINUTE)
    }

    const fn span(from: Micros, to: Micros) -> Span {
        Span { from, to }
    }

    fn windows(of: &[(i64, i64, Certainty)]) -> Windows {
        Windows::new(of.iter().map(|(from, to, certainty)| Window {
            cell: "450-08-1".to_owned(),
            span: span(minute(*from), minute(*to)),
            reads: ItemSet::EMPTY.with(Item::Imsi),
            certainty: *certainty,
        }))
    }

    fn met(windows: &Windows, occupied: Span) -> Vec<(u32, u8, Span)> {
        let mut met = Vec::new();
        Rules::builtin().encounters(windows.of(b"450-08-1").unwrap(), occupied, &mut met);
        merge(&mut met);
        met.into_iter().map(|met| (met.window.0, met.rule.0, met.span)).collect()
    }

    #[test]
    fn a_record_counts_for_a_moment_at_least() {
        let rules = Rules::builtin();
        for (start, end, to) in [
            (0, Some(10), 10),
            (0, Some(1), 1),
            (7, Some(7), 8),
            (7, Some(3), 8),
            (0, None, 30 * MINUTE),
        ] {
            let occupied = rules.occupied(Micros(start), end.map(Micros));
            assert_eq!(occupied, span(Micros(start), Micros(to)), "{start} {end:?}");
        }
    }

    /// A confirmed window from minute 100 to 110: 2 minutes of grace for `in-window` (0), 10 for `near-window` (1).
    #[rstest]
    #[case::well_within(minute(103), minute(105), &[0, 1])]
    #[case::ends_as_the_near_reach_begins(minute(80), minute(90), &[])]
    #[case::ends_a_moment_into_it(minute(80), minute(90).next(), &[1])]
    #[case::ends_as_the_window_begins(minute(98), minute(100), &[0, 1])]
    #[case::ends_as_the_reach_begins(minute(95), minute(98), &[1])]
    #[case::ends_a_moment_into_the_reach(minute(95), minute(98).next(), &[0, 1])]
    #[case::starts_as_the_window_ends(minute(110), minute(111), &[0, 1])]
    #[case::starts_as_the_reach_ends(minute(112), minute(113), &[1])]
    #[case::starts_as_the_near_reach_ends(minute(120), minute(125), &[])]
    #[case::starts_a_moment_before(Micros(120 * MINUTE - 1), minute(125), &[1])]
    #[case::a_moment_at_the_start(minute(98), minute(98).next(), &[0, 1])]
    #[case::a_moment_too_early(Micros(98 * MINUTE - 1), minute(98), &[1])]
    #[case::around_it_all(minute(0), minute(500), &[0, 1])]
    fn every_bound(#[case] from: Micros, #[case] to: Micros, #[case] rules: &[u8]) {
        let found = met(&windows(&[(100, 110, Certainty::Confirmed)]), span(from, to));
        assert_eq!(found.iter().map(|(_, rule, _)| *rule).collect::<Vec<_>>(), rules);
        let reach = [span(minute(98), minute(112)), span(minute(90), minute(120))];
        for (_, rule, part) in found {
            assert_eq!(Some(part), span(from, to).meet(reach[usize::from(rule)]));
        }
    }

    #[test]
    fn a_possible_window_is_for_the_rule_that_takes_it() {
        let found =
            met(&windows(&[(100, 110, Certainty::Possible)]), span(minute(103), minute(105)));
        assert_eq!(found, [(0, 1, span(minute(103), minute(105)))]);
    }

    #[test]
    fn windows_that_touch_are_two() {
        let touching =
            windows(&[(100, 110, Certainty::Confirmed), (110, 120, Certainty::Confirmed)]);
        let found = met(&touching, span(minute(105), minute(106)));
        assert_eq!(found.iter().map(|(no, ..)| *no).collect::<Vec<_>>(), [0, 0, 1]);
        let found = met(&touching, span(minute(110), minute(111)));
        assert_eq!(found.iter().map(|(no, ..)| *no).collect::<Vec<_>>(), [0, 0, 1, 1]);
    }

    /// A window that begins before others and outlasts them is found behind them.
    #[test]
    fn a_long_window_is_not_hidden_by_short_ones() {
        let mut spans = vec![(0, 1_000, Certainty::Confirmed)];
        spans.extend((1..300).map(|at| (at, at + 1, Certainty::Confirmed)));
        let found = met(&windows(&spans), span(minute(900), minute(901)));
        assert_eq!(found.iter().map(|(no, ..)| *no).collect::<Vec<_>>(), [0, 0]);
    }

    #[test]
    fn what_overlaps_or_touches_is_one() {
        let one = |window, rule, from, to| Encounter {
            window: WindowNo(window),
            rule: LeakNo(rule),
            span: span(Micros(from), Micros(to)),
        };
        let mut all = vec![
            one(0, 0, 10, 20),
            one(1, 0, 0, 5),
            one(0, 0, 0, 10),
            one(0, 1, 20, 30),
            one(0, 0, 21, 25),
            one(0, 0, 2, 4),
            one(0, 0, 21, 25),
            one(0, 0, 22, 24),
        ];
        merge(&mut all);
        assert_eq!(all, [one(0, 0, 0, 20), one(0, 0, 21, 25), one(0, 1, 20, 30), one(1, 0, 0, 5)]);
    }

    /// An encounter from minute 100 to 105: payments count from minute 98 until minute 115.
    #[rstest]
    #[case(98 * MINUTE - 1, false)]
    #[case(98 * MINUTE, true)]
    #[case(103 * MINUTE, true)]
    #[case(115 * MINUTE - 1, true)]
    #[case(115 * MINUTE, false)]
    fn every_bound_of_a_loss(#[case] at: i64, #[case] lost: bool) {
        let rules = Rules::builtin();
        let met = |rule| Encounter {
            window: WindowNo(0),
            rule: LeakNo(rule),
            span: span(minute(100), minute(105)),
        };
        let losses = |rule, method| {
            let method = rules.method(method).unwrap();
            rules.losses(&met(rule), method, Micros(at)).collect::<Vec<_>>()
        };
        // In a window it is a loss, near one it may be.
        for leak in [0, 1] {
            let expected = if lost { vec![LossNo(leak)] } else { vec![] };
            assert_eq!(losses(leak, "ars"), expected);
            assert_eq!(losses(leak, "sms"), expected);
        }
        assert_eq!(rules.method("pass"), None);
    }
}
