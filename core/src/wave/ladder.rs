//! Which rungs a wave uses, in which order, and how long it waits on each.

use chrono::TimeDelta;

use crate::delivery::{Rung, RungSet};
use crate::problem::ProblemCode;

/// How one rung is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RungRule {
    /// The rung.
    pub rung: Rung,
    /// Patience, counted from the first attempt on the rung: after it the next rung is taken.
    pub give_up_after: TimeDelta,
    /// Attempts on the rung that may fail; those the network never took do not count.
    pub max_tries: i16,
    /// The pause between a failure and the next try.
    pub retry_after: TimeDelta,
}

/// The rungs of a wave, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ladder {
    rules: Vec<RungRule>,
}

/// A ladder that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LadderError {
    /// No rung at all.
    #[error("a ladder needs at least one rung")]
    Empty,
    /// A rung twice.
    #[error("{} stands twice on the ladder", .0.name())]
    Repeated(Rung),
    /// A rung that is never tried.
    #[error("{} has no try; max_tries must be at least 1", .0.name())]
    NoTries(Rung),
    /// A time that is zero, negative, not whole seconds or longer than ten years.
    #[error("{} has a time that is not between a second and ten years", .0.name())]
    Time(Rung),
    /// Something after the last resort.
    #[error("posting must be the last rung")]
    PostingNotLast,
}

impl LadderError {
    /// The stable code.
    pub const fn code(&self) -> ProblemCode {
        ProblemCode::BadSetting
    }
}

impl Ladder {
    /// A ladder of these rungs, in this order.
    pub fn new(rules: Vec<RungRule>) -> Result<Self, LadderError> {
        if rules.is_empty() {
            return Err(LadderError::Empty);
        }
        let mut seen = RungSet::EMPTY;
        for rule in &rules {
            if seen.contains(Rung::Posting) {
                return Err(LadderError::PostingNotLast);
            }
            if seen.contains(rule.rung) {
                return Err(LadderError::Repeated(rule.rung));
            }
            check(rule)?;
            seen = seen.with(rule.rung);
        }
        Ok(Self { rules })
    }

    /// The rungs, in order.
    pub fn rules(&self) -> &[RungRule] {
        &self.rules
    }

    /// How a rung is used, if it is.
    pub fn rule(&self, rung: Rung) -> Option<&RungRule> {
        self.rules.iter().find(|rule| rule.rung == rung)
    }

    /// The first rung that reaches somebody; none if the ladder has no posting and the contact nothing it needs.
    pub fn first(&self, reach: impl Into<RungSet>) -> Option<Rung> {
        let reach = reach.into();
        self.rules.iter().map(|rule| rule.rung).find(|rung| reaches(reach, *rung))
    }

    /// The rung after this one that reaches somebody; none after a rung that is not on the ladder.
    pub fn next(&self, after: Rung, reach: impl Into<RungSet>) -> Option<Rung> {
        let reach = reach.into();
        let mut rungs = self.rules.iter().map(|rule| rule.rung);
        rungs.find(|rung| *rung == after)?;
        rungs.find(|rung| reaches(reach, *rung))
    }
}

fn reaches(reach: RungSet, rung: Rung) -> bool {
    matches!(rung, Rung::Posting) || reach.contains(rung)
}

fn check(rule: &RungRule) -> Result<(), LadderError> {
    if rule.max_tries < 1 {
        return Err(LadderError::NoTries(rule.rung));
    }
    let sensible = |time: TimeDelta| {
        (1..=3_653 * 86_400).contains(&time.num_seconds()) && time.subsec_nanos() == 0
    };
    if sensible(rule.give_up_after) && sensible(rule.retry_after) {
        Ok(())
    } else {
        Err(LadderError::Time(rule.rung))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(rung: Rung) -> RungRule {
        RungRule {
            rung,
            give_up_after: TimeDelta::hours(6),
            max_tries: 2,
            retry_after: TimeDelta::minutes(30),
        }
    }

    fn ladder(rungs: &[Rung]) -> Ladder {
        Ladder::new(rungs.iter().copied().map(rule).collect()).unwrap()
    }

    #[test]
    fn rungs_the_contact_lacks_are_passed_over() {
        let all = ladder(&[Rung::Lms, Rung::Email, Rung::Letter, Rung::Posting]);
        let reach = RungSet::EMPTY.with(Rung::Lms).with(Rung::Letter);
        assert_eq!(all.first(reach), Some(Rung::Lms));
        assert_eq!(all.next(Rung::Lms, reach), Some(Rung::Letter));
        assert_eq!(all.next(Rung::Letter, reach), Some(Rung::Posting));
        assert_eq!(all.next(Rung::Posting, reach), None);
    }

    #[test]
    fn posting_needs_no_contact() {
        assert_eq!(ladder(&[Rung::Lms, Rung::Posting]).first(RungSet::EMPTY), Some(Rung::Posting));
        assert_eq!(ladder(&[Rung::Lms]).first(RungSet::EMPTY), None);
    }

    #[test]
    fn nothing_follows_a_rung_that_is_not_there() {
        let reach = Rung::ALL.into_iter().collect::<RungSet>();
        assert_eq!(ladder(&[Rung::Lms, Rung::Posting]).next(Rung::Email, reach), None);
    }

    #[test]
    fn senseless_ladders_are_refused() {
        let refused = |rules: &[RungRule]| Ladder::new(rules.to_vec()).unwrap_err();
        let lms = rule(Rung::Lms);
        assert_eq!(refused(&[]), LadderError::Empty);
        assert_eq!(refused(&[lms, lms]), LadderError::Repeated(Rung::Lms));
        assert_eq!(refused(&[rule(Rung::Posting), lms]), LadderError::PostingNotLast);
        assert_eq!(refused(&[RungRule { max_tries: 0, ..lms }]), LadderError::NoTries(Rung::Lms));
        for time in [
            TimeDelta::zero(),
            TimeDelta::seconds(-1),
            TimeDelta::milliseconds(1_500),
            TimeDelta::days(4_000),
        ] {
            let give_up = RungRule { give_up_after: time, ..lms };
            let retry = RungRule { retry_after: time, ..lms };
            assert_eq!(refused(&[give_up]), LadderError::Time(Rung::Lms), "{time}");
            assert_eq!(refused(&[retry]), LadderError::Time(Rung::Lms), "{time}");
        }
        assert_eq!(
            LadderError::NoTries(Rung::Lms).to_string(),
            "lms has no try; max_tries must be at least 1"
        );
    }
}
