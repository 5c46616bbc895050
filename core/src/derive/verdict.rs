//! What a derivation says to evidence from outside: what the derivation missed shows here.

use super::{Micros, Span};
use crate::cohort::{Exposure, FactSet};

/// What a derivation says to a row of evidence. Codes are stored: never renumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// It derived the line, with every fact the evidence claims.
    Inside = 1,
    /// There are no records of that time: they cannot know.
    Outside = 2,
    /// The records reach there, and the derivation says less.
    Unexplained = 3,
}

impl Verdict {
    /// All verdicts.
    pub const ALL: [Self; 3] = [Self::Inside, Self::Outside, Self::Unexplained];

    /// The verdict on what evidence claims of a line.
    ///
    /// `derived` is what the records alone say of that line and holder, `recorded` the times that have records.
    pub fn on(claimed: &Exposure, derived: FactSet, recorded: &[Span]) -> Self {
        if claimed.facts.minus(derived).is_empty() {
            return Self::Inside;
        }
        let at = Micros::from(claimed.exposed_at);
        if recorded.iter().any(|span| span.contains(at)) {
            Self::Unexplained
        } else {
            Self::Outside
        }
    }

    /// The word for it in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inside => "inside",
            Self::Outside => "outside",
            Self::Unexplained => "unexplained",
        }
    }

    /// As stored.
    #[expect(clippy::as_conversions, reason = "a unit-only enum's discriminant is its code")]
    pub const fn code(self) -> i16 {
        self as i16
    }

    /// Reads a stored code back.
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::cohort::{Certainty, Item, ItemSet};
    use crate::id::{LineId, SubscriberId};

    const NOTHING: FactSet = FactSet::EMPTY;

    fn sure(items: &[Item]) -> FactSet {
        Certainty::Confirmed.of(items.iter().copied().collect())
    }

    fn maybe(items: &[Item]) -> FactSet {
        Certainty::Possible.of(items.iter().copied().collect::<ItemSet>())
    }

    #[rstest]
    #[case::same(sure(&[Item::Imsi]), sure(&[Item::Imsi]), 15, Verdict::Inside)]
    #[case::more_is_derived(sure(&[Item::Imsi]), sure(&[Item::Imsi, Item::Imei]), 15, Verdict::Inside)]
    #[case::surer_is_derived(maybe(&[Item::Imsi]), sure(&[Item::Imsi]), 15, Verdict::Inside)]
    #[case::derived_from_another_time(sure(&[Item::Imsi]), sure(&[Item::Imsi]), 99, Verdict::Inside)]
    #[case::only_possible(sure(&[Item::Imsi]), maybe(&[Item::Imsi]), 15, Verdict::Unexplained)]
    #[case::less_is_derived(sure(&[Item::Imsi, Item::PaymentLoss]), sure(&[Item::Imsi]), 15, Verdict::Unexplained)]
    #[case::nothing_is_derived(sure(&[Item::Imsi]), NOTHING, 10, Verdict::Unexplained)]
    #[case::second_hour(sure(&[Item::Imsi]), NOTHING, 39, Verdict::Unexplained)]
    #[case::just_before(sure(&[Item::Imsi]), NOTHING, 9, Verdict::Outside)]
    #[case::just_after(sure(&[Item::Imsi]), NOTHING, 20, Verdict::Outside)]
    #[case::less_and_elsewhere(sure(&[Item::Imsi, Item::Name]), sure(&[Item::Imsi]), 25, Verdict::Outside)]
    fn a_verdict(
        #[case] claimed: FactSet,
        #[case] derived: FactSet,
        #[case] at: i64,
        #[case] verdict: Verdict,
    ) {
        let span = |from, to| Span { from: Micros(from), to: Micros(to) };
        let claimed = Exposure {
            holder: SubscriberId::from_bytes([1; 16]),
            line: LineId::from_bytes([2; 16]),
            facts: claimed,
            exposed_at: Micros(at).utc(),
        };
        assert_eq!(Verdict::on(&claimed, derived, &[span(10, 20), span(30, 40)]), verdict);
    }

    #[test]
    fn codes_read_back_and_never_change() {
        assert_eq!(Verdict::ALL.map(Verdict::code), [1, 2, 3]);
        for code in 0..6 {
            let read = Verdict::from_code(code).map(Verdict::code);
            assert_eq!(read, (1..=3).contains(&code).then_some(code));
        }
    }
}
