//! Orders to other systems of the carrier's: what they ask for, and when one is sent again.

use chrono::TimeDelta;

/// After how long an order is sent again that was not taken over at its first try.
const FIRST: TimeDelta = TimeDelta::minutes(1);
/// The longest pause between two tries.
const LONGEST: TimeDelta = TimeDelta::hours(1);
/// How often the first pause is doubled at most.
const DOUBLINGS: u32 = 6;

coded! {
    /// What an order asks for.
    Kind {
        /// Nothing is bought over this number's bill any more.
        Block = 1 "micropayment.block",
        /// It may be again.
        Lift = 2 "micropayment.lift",
        /// Nothing is, for a while: the number has just got another card.
        Hold = 3 "micropayment.hold",
        /// Nothing is asked for: a number has got another card.
        Swapped = 4 "sim.swapped",
        /// A card is sent to somebody's home.
        ShipCard = 5 "card.ship",
        /// Less is asked for by the next bill.
        WaiveBill = 6 "bill.waive",
        /// Somebody should look what one of the staff does.
        Alarm = 7 "staff.alarm",
    }
}

impl Kind {
    /// What kinds that one system takes have in common: orders of a family about the same thing go one after the other.
    pub const fn family(self) -> &'static str {
        match self {
            Self::Block | Self::Lift | Self::Hold => "micropayment",
            Self::Swapped => "sim",
            Self::ShipCard => "card",
            Self::WaiveBill => "bill",
            Self::Alarm => "staff",
        }
    }
}

/// How long to wait after so many tries in a row that failed: a minute, doubled with each, an hour at most.
pub fn pause(failed: u32) -> TimeDelta {
    let doubled = 1 << failed.saturating_sub(1).min(DOUBLINGS);
    (FIRST * doubled).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_named_after_its_family() {
        for kind in Kind::ALL {
            let (family, rest) = kind.name().split_once('.').unwrap();
            assert_eq!((family, rest.is_empty()), (kind.family(), false));
            assert_eq!(Kind::parse(kind.name()), Some(kind));
        }
    }

    #[test]
    fn pauses_grow_to_an_hour_and_stay_there() {
        let minutes: Vec<i64> = (0..=9).map(|failed| pause(failed).num_minutes()).collect();
        assert_eq!(minutes, [1, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(pause(u32::MAX), LONGEST);
    }
}
