//! Chance without state: the same question always gets the same answer.

/// Answers questions about numbered things.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dice {
    seed: u64,
}

impl Dice {
    pub(super) const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// An evenly spread number for a thing and a question about it (splitmix64's finaliser, twice).
    pub(super) const fn roll(self, thing: u64, question: u64) -> u64 {
        scatter(scatter(self.seed ^ thing.wrapping_mul(0x9e37_79b9_7f4a_7c15)) ^ question)
    }

    /// A number below `sides`.
    pub(super) const fn below(self, thing: u64, question: u64, sides: u64) -> u64 {
        self.roll(thing, question) % if sides == 0 { 1 } else { sides }
    }

    /// Whether this is one of the chosen of a thousand.
    pub(super) const fn permille(self, thing: u64, question: u64, chosen: u64) -> bool {
        self.below(thing, question, 1000) < chosen
    }

    /// One of a list.
    fn pick<T>(self, thing: u64, question: u64, list: &[T]) -> Option<&T> {
        let at = self.below(thing, question, u64::try_from(list.len()).unwrap_or(1));
        list.get(usize::try_from(at).unwrap_or(0))
    }

    /// One word of a list.
    pub(super) fn word(self, thing: u64, question: u64, list: &[&'static str]) -> &'static str {
        self.pick(thing, question, list).copied().unwrap_or_default()
    }
}

const fn scatter(seed: u64) -> u64 {
    let mut x = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
