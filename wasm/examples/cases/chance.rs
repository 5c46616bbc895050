//! Chance that can be repeated: splitmix64 over a seed.

/// The source of everything that is drawn.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end.max(1)).unwrap_or(1);
        usize::try_from(self.next() % end).unwrap_or(0)
    }

    /// A number from `first` to `last`.
    pub(crate) fn between(&mut self, first: usize, last: usize) -> usize {
        first + self.below(last + 1 - first)
    }

    /// Whether one of so many times.
    pub(crate) fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub(crate) fn pick<T: Copy + Default>(&mut self, of: &[T]) -> T {
        of.get(self.below(of.len())).copied().unwrap_or_default()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        u8::try_from(self.next() & 255).unwrap_or(0)
    }

    /// So many signs of an alphabet.
    pub(crate) fn signs(&mut self, alphabet: &str, count: usize) -> String {
        let alphabet: Vec<char> = alphabet.chars().collect();
        (0..count).map(|_| self.pick(&alphabet)).collect()
    }

    /// The text with a few signs put in, left out, changed or moved; often with none.
    pub(crate) fn spoiled(&mut self, text: &str, odd: &str) -> String {
        let mut signs: Vec<char> = text.chars().collect();
        let odd: Vec<char> = odd.chars().collect();
        let blows = if self.one_in(2) { 0 } else { self.between(1, 3) };
        for _ in 0..blows {
            let at = self.below(signs.len() + 1);
            match self.below(4) {
                0 => signs.insert(at, self.pick(&odd)),
                1 if at < signs.len() => {
                    let _ = signs.remove(at);
                }
                2 => signs.iter_mut().skip(at).take(1).for_each(|sign| *sign = self.pick(&odd)),
                _ => signs.truncate(signs.len().saturating_sub(self.below(3))),
            }
        }
        signs.into_iter().collect()
    }
}
