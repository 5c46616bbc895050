//! How alike two texts are, by the runs of four signs they share.

use super::compact::Sign;

/// Signs in a run.
const RUN: usize = 4;

/// The set of runs of a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Shingles(Vec<u64>);

impl Shingles {
    pub(super) fn of(signs: &[Sign]) -> Self {
        Self::of_chars(&signs.iter().map(|sign| sign.c).collect::<Vec<_>>())
    }

    pub(super) fn of_chars(text: &[char]) -> Self {
        let mut runs: Vec<u64> = text.windows(RUN).map(hash).collect();
        runs.sort_unstable();
        runs.dedup();
        Self(runs)
    }

    /// How many runs there are.
    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    /// How many runs both have.
    pub(super) fn shared(&self, other: &Self) -> usize {
        let (few, many) = if self.len() <= other.len() { (self, other) } else { (other, self) };
        if few.len() * 16 < many.len() {
            return few.0.iter().filter(|run| many.0.binary_search(run).is_ok()).count();
        }
        let mut rest = many.0.iter().peekable();
        few.0
            .iter()
            .filter(|run| {
                while rest.next_if(|next| next < run).is_some() {}
                rest.next_if_eq(run).is_some()
            })
            .count()
    }
}

/// FNV-1a over the characters: the same on every machine and in every version.
pub(super) fn hash(run: &[char]) -> u64 {
    run.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, c| {
        (hash ^ u64::from(u32::from(*c))).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(text: &str) -> Shingles {
        Shingles::of_chars(&text.chars().collect::<Vec<_>>())
    }

    #[test]
    fn runs_are_counted_once() {
        assert_eq!(of("abc").len(), 0);
        assert_eq!(of("abcd").len(), 1);
        assert_eq!(of("aaaaaaaa").len(), 1);
        assert_eq!(of("abcdef").shared(&of("xbcdey")), 1);
    }

    proptest! {
        #[test]
        fn both_ways_of_counting_agree(a in "[ab]{0,40}", b in "[ab]{0,40}", long in "[abc]{600}") {
            let (a, b, long) = (of(&a), of(&b), of(&long));
            for (one, other) in [(&a, &b), (&b, &a), (&a, &long), (&long, &b)] {
                let plain = one.0.iter().filter(|run| other.0.contains(run)).count();
                prop_assert_eq!(one.shared(other), plain);
            }
        }
    }
}
