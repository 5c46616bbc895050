//! Who is next: tiers, and the time that was waited.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::day::{later, local_day};
use crate::id::CaseId;

coded! {
    /// How urgent a case is: the lower, the sooner.
    Tier {
        /// Money was taken by way of the exposed card.
        LostMoney = 1 "lost_money",
        /// Leaves the country within three days.
        Travelling = 2 "travelling",
        /// Confirmed in a region where the fraud happens; or 75 or older; or disabled.
        AtRisk = 3 "at_risk",
        /// Surely exposed.
        Confirmed = 4 "confirmed",
        /// Possibly exposed.
        Possible = 5 "possible",
        /// Everybody else.
        Everybody = 6 "everybody",
    }
}

/// How long a full lift takes.
const LIFT: TimeDelta = TimeDelta::days(7);
/// Who leaves within so many days is travelling.
const SOON: u64 = 3;
/// From this age on somebody is at risk.
const OLD: u32 = 75;

/// How sure an exposure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exposed {
    /// Surely, in a region where the fraud happens.
    ConfirmedInFraudRegion,
    /// Surely.
    Confirmed,
    /// Possibly.
    Possible,
    /// Not.
    No,
}

/// What makes a case urgent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// Money was taken.
    pub lost_money: bool,
    /// The day they leave the country, if they said so.
    pub leaves_on: Option<NaiveDate>,
    /// How sure their exposure is.
    pub exposed: Exposed,
    /// Their age in years, if known.
    pub age: Option<u32>,
    /// They are registered as disabled.
    pub disabled: bool,
}

impl Need {
    /// The tier, as of an instant: the most urgent that fits. A journey that is over makes nobody urgent.
    pub fn tier(&self, now: DateTime<Utc>) -> Tier {
        let today = local_day(now);
        let soon = |day: NaiveDate| (today..=later(today, SOON)).contains(&day);
        if self.lost_money {
            return Tier::LostMoney;
        }
        if self.leaves_on.is_some_and(soon) {
            return Tier::Travelling;
        }
        if self.disabled || self.age.is_some_and(|age| age >= OLD) {
            return Tier::AtRisk;
        }
        match self.exposed {
            Exposed::ConfirmedInFraudRegion => Tier::AtRisk,
            Exposed::Confirmed => Tier::Confirmed,
            Exposed::Possible => Tier::Possible,
            Exposed::No => Tier::Everybody,
        }
    }
}

/// A place in the line: the least is served first. No two cases have the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The tier after waiting, from 1.
    pub lifted: i16,
    /// Since when it waits.
    pub applied_at: DateTime<Utc>,
    /// The case.
    pub case: CaseId,
}

impl Place {
    /// A case's place now. Each full seven days lift it by one tier, to the first at most: who waited five weeks stands there by the
    /// time of applying alone, so whoever waited six precedes all newcomers, and nobody starves.
    pub fn of(case: CaseId, tier: Tier, applied_at: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        let weeks = (now - applied_at).num_seconds().div_euclid(LIFT.num_seconds());
        let lift = i16::try_from(weeks.clamp(0, 6)).unwrap_or(0);
        let lifted = tier.code().saturating_sub(lift).max(Tier::LostMoney.code());
        Self { lifted, applied_at, case }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;
    use uuid::Uuid;

    use super::*;

    fn at(hour: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_757_000_000, 0).unwrap() + TimeDelta::hours(hour)
    }

    fn case(no: u128) -> CaseId {
        CaseId(Uuid::from_u128(no))
    }

    const NONE: Need = Need {
        lost_money: false,
        leaves_on: None,
        exposed: Exposed::No,
        age: None,
        disabled: false,
    };

    #[rstest]
    #[case(NONE, Tier::Everybody)]
    #[case(Need { exposed: Exposed::Possible, ..NONE }, Tier::Possible)]
    #[case(Need { exposed: Exposed::Confirmed, age: Some(74), ..NONE }, Tier::Confirmed)]
    #[case(Need { exposed: Exposed::ConfirmedInFraudRegion, ..NONE }, Tier::AtRisk)]
    #[case(Need { age: Some(75), ..NONE }, Tier::AtRisk)]
    #[case(Need { disabled: true, exposed: Exposed::Possible, ..NONE }, Tier::AtRisk)]
    #[case(Need { leaves_on: Some(local_day(at(0))), ..NONE }, Tier::Travelling)]
    #[case(Need { leaves_on: Some(later(local_day(at(0)), 3)), disabled: true, ..NONE }, Tier::Travelling)]
    #[case(Need { leaves_on: Some(later(local_day(at(0)), 4)), ..NONE }, Tier::Everybody)]
    #[case(Need { leaves_on: Some(local_day(at(-24))), ..NONE }, Tier::Everybody)]
    #[case(Need { lost_money: true, leaves_on: Some(local_day(at(0))), ..NONE }, Tier::LostMoney)]
    fn the_most_urgent_tier_counts(#[case] need: Need, #[case] tier: Tier) {
        assert_eq!(need.tier(at(0)), tier);
    }

    #[rstest]
    #[case(0, 6)]
    #[case(7 * 24 - 1, 6)]
    #[case(7 * 24, 5)]
    #[case(14 * 24, 4)]
    #[case(35 * 24 - 1, 2)]
    #[case(35 * 24, 1)]
    #[case(1_000 * 24, 1)]
    // A clock that was put back lifts nobody, and lowers nobody.
    #[case(-5, 6)]
    fn seven_full_days_lift_by_one(#[case] hours: i64, #[case] lifted: i16) {
        assert_eq!(Place::of(case(1), Tier::Everybody, at(0), at(hours)).lifted, lifted);
    }

    fn waiting() -> impl Strategy<Value = (Tier, i64, u128)> {
        (0..6_usize, 0..70 * 24_i64, 0..50_u128)
            .prop_map(|(tier, ago, no)| (Tier::ALL[tier], ago, no))
    }

    proptest! {
        #[test]
        fn the_order_is_total_and_serves_tiers(all in proptest::collection::vec(waiting(), 0..40)) {
            let now = at(0);
            let place = |(tier, ago, no): &(Tier, i64, u128)| Place::of(case(*no), *tier, at(-ago), now);
            let mut line: Vec<Place> = all.iter().map(place).collect();
            line.sort_unstable();
            for pair in line.windows(2) {
                prop_assert!(pair[0].lifted <= pair[1].lifted, "a lower tier went first");
                if pair[0].lifted == pair[1].lifted {
                    prop_assert!(pair[0].applied_at <= pair[1].applied_at);
                }
                let same = pair[0].case == pair[1].case && pair[0].applied_at == pair[1].applied_at;
                prop_assert!(same || pair[0] != pair[1]);
            }
        }

        #[test]
        fn who_waited_six_weeks_precedes_all_newcomers(old in 0..6_usize, new in 0..6_usize, more in 0..500_i64, age in 0..7 * 24_i64) {
            let now = at(0);
            let waited = Place::of(case(9), Tier::ALL[old], at(-42 * 24 - more), now);
            let newcomer = Place::of(case(1), Tier::ALL[new], at(-age), now);
            prop_assert!(waited < newcomer);
        }

        #[test]
        fn waiting_never_sets_anybody_back(a in waiting(), b in waiting(), hours in 0..60 * 24_i64) {
            // Who stands in the first tier is overtaken there only by who waits longer.
            let place = |of: &(Tier, i64, u128), now| Place::of(case(of.2), of.0, at(-of.1), now);
            prop_assert!(place(&a, at(hours)).lifted <= place(&a, at(0)).lifted);
            let (first, second) = (place(&a, at(0)), place(&b, at(0)));
            if first.lifted == 1 && first < second && a.1 > b.1 {
                prop_assert!(place(&a, at(hours)) < place(&b, at(hours)));
            }
        }
    }
}
