//! Looking up a few every day, for weeks: what no limit of a day sees.
//!
//! KT 2012: 8.7 million records left through look-ups like an agency's, over five months, unnoticed. So distinct customers without a
//! completed swap are counted for a month, and held against what others of the role do.

use chrono::TimeDelta;

use super::limit::median;

/// How far back is looked.
pub const SPAN: TimeDelta = TimeDelta::days(30);

/// When it is too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// So many never alarm: a shop has people who leave again.
    pub floor: u32,
    /// So many times the median of the role do not either.
    pub times: u32,
}

impl Default for Rule {
    fn default() -> Self {
        Self { floor: 60, times: 3 }
    }
}

/// How many distinct customers without a completed swap are let be, given what each of the others of the role has.
///
/// The person themselves is not among the others: who is alone in a role, or one of two, would be the measure of themselves.
pub fn most(rule: &Rule, others: &[u32]) -> u32 {
    median(others.to_vec()).saturating_mul(rule.times).max(rule.floor)
}

/// Whether somebody drips.
pub fn is_drip(rule: &Rule, own: u32, others: &[u32]) -> bool {
    own > most(rule, others)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::alone(60, &[], false)]
    #[case::alone_and_over(61, &[], true)]
    #[case::quiet_colleagues(61, &[0, 3, 5], true)]
    #[case::busy_colleagues(100, &[30, 40, 50], false)]
    #[case::three_times_the_median(120, &[30, 40, 50], false)]
    #[case::over_three_times(121, &[30, 40, 50], true)]
    #[case::one_who_drips_too_is_not_the_measure(200, &[10, 12, 6_000], true)]
    fn held_against_the_others(#[case] own: u32, #[case] others: &[u32], #[case] expected: bool) {
        assert_eq!(is_drip(&Rule::default(), own, others), expected);
    }

    proptest! {
        #[test]
        fn a_few_never_alarm_and_more_never_alarm_less(
            own in 0_u32..100_000, others in prop::collection::vec(0_u32..10_000, 0..20),
        ) {
            let is_drip = |own| is_drip(&Rule::default(), own, &others);
            prop_assert!(own > 60 || !is_drip(own));
            prop_assert!(!is_drip(own) || is_drip(own + 1));
        }
    }
}
