//! How often somebody may do something with customers' data, and which numbers are odd.
//!
//! Counted per person and per terminal, in hours and local days; the lower of the two bounds holds.

use serde::{Deserialize, Serialize};

/// Orders an hour at one desk on a normal day: what the capacity of an agency's hour is counted with.
const AN_HOUR: u64 = 12;
/// When look-ups and orders are out of proportion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Odd {
    /// More look-ups than so many for each order are odd.
    pub times: u32,
    /// From so many look-ups on, the last one included.
    pub from: u32,
}

impl Default for Odd {
    fn default() -> Self {
        Self { times: 3, from: 20 }
    }
}

coded! {
    /// What is counted.
    Count {
        /// A case was opened, checked in or not found; a number was named.
        LookUp = 1 "look_up",
        /// A swap was ordered.
        Order = 2 "order",
        /// Somebody else's order was signed.
        Countersign = 3 "countersign",
        /// The oldest second look was taken.
        LookTaken = 4 "look_taken",
        /// A line was held for a caller.
        Hold = 5 "hold",
        /// A code was typed that fits nothing.
        WrongCode = 6 "wrong_code",
    }
}

coded! {
    /// Over how long.
    Span {
        /// An hour of the clock.
        Hour = 1 "hour",
        /// A local day.
        Day = 2 "day",
    }
}

/// `[agency.limits]`: how often, per person and per terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Look-ups an hour, multiplied by load.
    pub look_ups_an_hour: u32,
    /// Look-ups a day, multiplied by load.
    pub look_ups_a_day: u32,
    /// Orders an hour, multiplied by load.
    pub orders_an_hour: u32,
    /// A supervisor's countersigns a day.
    pub countersigns_a_day: u32,
    /// Second looks taken an hour.
    pub looks_taken_an_hour: u32,
    /// Second looks of one case a day.
    pub looks_of_a_case_a_day: u32,
    /// Lines held for callers a day.
    pub holds_a_day: u32,
    /// Codes that fit nothing an hour.
    pub wrong_codes_an_hour: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            look_ups_an_hour: 40,
            look_ups_a_day: 200,
            orders_an_hour: 25,
            countersigns_a_day: 5,
            looks_taken_an_hour: 30,
            looks_of_a_case_a_day: 3,
            holds_a_day: 20,
            wrong_codes_an_hour: 10,
        }
    }
}

impl Limits {
    /// How often at most in a span; none: that span does not bound it.
    pub fn most(&self, count: Count, span: Span, load: Load) -> Option<u32> {
        match (count, span) {
            (Count::LookUp, Span::Hour) => Some(load.times(self.look_ups_an_hour)),
            (Count::LookUp, Span::Day) => Some(load.times(self.look_ups_a_day)),
            (Count::Order, Span::Hour) => Some(load.times(self.orders_an_hour)),
            (Count::Countersign, Span::Day) => Some(self.countersigns_a_day),
            (Count::LookTaken, Span::Hour) => Some(self.looks_taken_an_hour),
            (Count::Hold, Span::Day) => Some(self.holds_a_day),
            (Count::WrongCode, Span::Hour) => Some(self.wrong_codes_an_hour),
            (Count::Order | Count::LookTaken | Count::WrongCode, Span::Day)
            | (Count::Countersign | Count::Hold, Span::Hour) => None,
        }
    }
}

/// How busy the agencies are: what limits are multiplied by, in thousandths, from one to two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Load(u32);

impl Load {
    /// An ordinary day.
    pub const PLAIN: Self = Self(1_000);
    /// The busiest day that counts: a limit that grows without end is none.
    pub const MOST: Self = Self(2_000);

    /// From what each open agency did in 24 hours: the median of orders an hour of a desk, over the twelve of a normal day.
    /// Each as (orders, minutes that its desks were open, all added).
    pub fn of(agencies: &[(u64, u64)]) -> Self {
        let of_one = |(orders, minutes): &(u64, u64)| {
            let per_hour = orders.saturating_mul(1_000).saturating_mul(60) / minutes;
            u32::try_from(per_hour / AN_HOUR).unwrap_or(u32::MAX)
        };
        let open = agencies.iter().filter(|(_, minutes)| *minutes > 0);
        Self::from_thousandths(median(open.map(of_one).collect()))
    }

    /// As it was written down; what is out of bounds is moved into them.
    pub fn from_thousandths(thousandths: u32) -> Self {
        Self(thousandths.clamp(Self::PLAIN.0, Self::MOST.0))
    }

    /// In thousandths.
    pub const fn thousandths(self) -> u32 {
        self.0
    }

    fn times(self, limit: u32) -> u32 {
        let all = u64::from(limit) * u64::from(self.0) / 1_000;
        u32::try_from(all).unwrap_or(u32::MAX)
    }
}

/// What counts say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It may be done.
    Allow,
    /// It may, and somebody is told that the number is odd.
    Alarm,
    /// It may not: as many were done.
    Refuse,
}

/// What was counted in the spans that are open, this one not included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    /// Of the same in this hour.
    pub hour: u32,
    /// Of the same today.
    pub day: u32,
    /// Orders today.
    pub orders: u32,
}

/// Whether one more may be done.
pub fn judge(limits: &Limits, load: Load, count: Count, counted: &Counted) -> Verdict {
    let has_room = |span, so_far| limits.most(count, span, load).is_none_or(|most| so_far < most);
    if !has_room(Span::Hour, counted.hour) || !has_room(Span::Day, counted.day) {
        return Verdict::Refuse;
    }
    if count == Count::LookUp
        && is_odd(&Odd::default(), counted.day.saturating_add(1), counted.orders)
    {
        return Verdict::Alarm;
    }
    Verdict::Allow
}

/// Whether somebody looks up more than they serve: today's look-ups, the last one included, and today's orders.
pub const fn is_odd(odd: &Odd, look_ups: u32, orders: u32) -> bool {
    look_ups >= odd.from && look_ups > orders.saturating_mul(odd.times)
}

/// The middle one, the lower of two; nothing of nobody.
pub(super) fn median(mut all: Vec<u32>) -> u32 {
    all.sort_unstable();
    let middle = all.len().saturating_sub(1) / 2;
    all.get(middle).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    const LIMITS: Limits = Limits {
        look_ups_an_hour: 40,
        look_ups_a_day: 200,
        orders_an_hour: 25,
        countersigns_a_day: 5,
        looks_taken_an_hour: 30,
        looks_of_a_case_a_day: 3,
        holds_a_day: 20,
        wrong_codes_an_hour: 10,
    };

    #[test]
    fn the_table_is_the_designs() {
        assert_eq!(Limits::default(), LIMITS);
        let row = |count| Span::ALL.map(|span| LIMITS.most(count, span, Load::PLAIN));
        assert_eq!(
            Count::ALL.map(row),
            [
                [Some(40), Some(200)],
                [Some(25), None],
                [None, Some(5)],
                [Some(30), None],
                [None, Some(20)],
                [Some(10), None],
            ]
        );
    }

    #[rstest]
    #[case::nobody(&[], 1_000)]
    #[case::a_quiet_day(&[(10, 480)], 1_000)]
    #[case::a_normal_day(&[(96, 480)], 1_000)]
    #[case::half_as_many_again(&[(144, 480)], 1_500)]
    #[case::twice(&[(192, 480)], 2_000)]
    #[case::more_than_counts(&[(1_000, 480)], 2_000)]
    #[case::one_shop_alone_is_not_the_median(&[(1_000, 480), (96, 480), (90, 480)], 1_000)]
    #[case::closed_shops_do_not_count(&[(0, 0), (144, 480), (0, 0)], 1_500)]
    fn load_is_the_median_of_open_agencies(#[case] agencies: &[(u64, u64)], #[case] expected: u32) {
        assert_eq!(Load::of(agencies).thousandths(), expected);
    }

    #[test]
    fn only_look_ups_and_orders_grow_with_load() {
        for count in Count::ALL {
            for span in Span::ALL {
                let [plain, most] =
                    [Load::PLAIN, Load::MOST].map(|load| LIMITS.most(count, span, load));
                let grows = matches!(count, Count::LookUp | Count::Order);
                assert_eq!(most, plain.map(|limit| if grows { 2 * limit } else { limit }));
            }
        }
    }

    #[rstest]
    #[case::nineteen(18, 0, Verdict::Allow)]
    #[case::twenty(19, 0, Verdict::Alarm)]
    #[case::three_to_one(20, 7, Verdict::Allow)]
    #[case::more(21, 7, Verdict::Alarm)]
    #[case::the_last(199, 100, Verdict::Allow)]
    #[case::over(200, 100, Verdict::Refuse)]
    fn look_ups_are_held_against_orders(
        #[case] day: u32,
        #[case] orders: u32,
        #[case] expected: Verdict,
    ) {
        let counted = Counted { hour: 0, day, orders };
        assert_eq!(judge(&LIMITS, Load::PLAIN, Count::LookUp, &counted), expected);
    }

    proptest! {
        /// Counted one by one, never more than the limit are let through, and exactly so many when enough come.
        #[test]
        fn never_one_over(
            place in 0..Count::ALL.len(), load in 0_u32..3_000, comes in 0_u32..500,
        ) {
            let count = Count::ALL[place];
            let load = Load::from_thousandths(load);
            let mut done = 0;
            for _ in 0..comes {
                let counted = Counted { hour: done, day: done, orders: 0 };
                if judge(&LIMITS, load, count, &counted) != Verdict::Refuse {
                    done += 1;
                }
            }
            let most = Span::ALL.iter().filter_map(|span| LIMITS.most(count, *span, load)).min();
            prop_assert_eq!(done, comes.min(most.unwrap()));
        }

        /// More look-ups never make an odd number even, more orders never an even one odd.
        #[test]
        fn the_ratio_is_monotone(look_ups in 0_u32..1_000, orders in 0_u32..1_000) {
            let is_odd = |look_ups, orders| is_odd(&Odd::default(), look_ups, orders);
            prop_assert!(!is_odd(look_ups, orders) || is_odd(look_ups + 1, orders));
            prop_assert!(is_odd(look_ups, orders) || !is_odd(look_ups, orders + 1));
        }

        #[test]
        fn load_is_bounded_and_grows_with_orders(
            orders in prop::collection::vec(0_u64..100_000, 1..9), more in 0_u64..1_000,
        ) {
            let of = |more| {
                let all: Vec<(u64, u64)> = orders.iter().map(|one| (one + more, 480)).collect();
                Load::of(&all)
            };
            prop_assert!(Load::PLAIN <= of(0) && of(0) <= of(more) && of(more) <= Load::MOST);
        }
    }
}
