//! The counters a chunk keeps of the attempts it carried out.

use serde::{Deserialize, Serialize};

use super::Standing;

/// How many attempts stand how. Kept with every commit, and counted again from the rows to check.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// No result yet.
    pub open: i32,
    /// Taken; neither receipt nor end of patience yet.
    pub accepted: i32,
    /// Not taken, so far as known: they repeat nothing when sent again.
    pub not_accepted: i32,
    /// Refused for good.
    pub rejected: i32,
    /// Nobody knows whether they were taken.
    pub in_doubt: i32,
    /// Delivered, mailed, lettered or published.
    pub reached: i32,
    /// Failed, expired or bounced.
    pub failed: i32,
}

impl Tally {
    /// Moves one attempt from where it stood (nowhere, if its intent is new) to where it stands.
    pub fn apply(&mut self, old: Option<Standing>, new: Standing) {
        if let Some(old) = old {
            *self.of(old) -= 1;
        }
        *self.of(new) += 1;
    }

    /// All attempts: one for each intent.
    pub const fn intents(&self) -> i32 {
        self.open
            + self.accepted
            + self.not_accepted
            + self.rejected
            + self.in_doubt
            + self.reached
            + self.failed
    }

    /// Both tallies together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            open: self.open + other.open,
            accepted: self.accepted + other.accepted,
            not_accepted: self.not_accepted + other.not_accepted,
            rejected: self.rejected + other.rejected,
            in_doubt: self.in_doubt + other.in_doubt,
            reached: self.reached + other.reached,
            failed: self.failed + other.failed,
        }
    }

    const fn of(&mut self, standing: Standing) -> &mut i32 {
        match standing {
            Standing::Open => &mut self.open,
            Standing::Accepted => &mut self.accepted,
            Standing::NotAccepted | Standing::NotTaken => &mut self.not_accepted,
            Standing::Rejected => &mut self.rejected,
            Standing::InDoubt => &mut self.in_doubt,
            Standing::Mailed | Standing::Lettered | Standing::Published | Standing::Delivered => {
                &mut self.reached
            }
            Standing::Expired | Standing::Failed | Standing::Bounced => &mut self.failed,
        }
    }
}

impl FromIterator<Standing> for Tally {
    fn from_iter<I: IntoIterator<Item = Standing>>(standings: I) -> Self {
        standings.into_iter().fold(Self::default(), |mut tally, standing| {
            tally.apply(None, standing);
            tally
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_standing() -> impl Strategy<Value = Standing> {
        prop::sample::select(Standing::ALL.as_slice())
    }

    proptest! {
        #[test]
        fn moving_attempts_one_by_one_gives_what_counting_gives(
            walks in prop::collection::vec(prop::collection::vec(any_standing(), 1..5), 0..20),
        ) {
            let mut kept = Tally::default();
            for walk in &walks {
                let mut old = None;
                for new in walk {
                    kept.apply(old, *new);
                    old = Some(*new);
                }
            }
            let counted: Tally = walks.iter().filter_map(|walk| walk.last().copied()).collect();
            prop_assert_eq!(kept, counted);
            prop_assert_eq!(usize::try_from(kept.intents()).unwrap(), walks.len());
        }
    }
}
