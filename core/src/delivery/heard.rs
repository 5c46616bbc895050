//! Which parts of an attempt something was heard of, and when.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

/// Which parts of one attempt something was heard of. Parts count from 1; part 0 speaks for all of them.
///
/// Of each part the earliest time is kept, so that neither order nor repetition matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    of: i16,
    at: BTreeMap<i16, DateTime<Utc>>,
}

impl Heard {
    /// Nothing heard yet of so many parts.
    pub const fn nothing(of: i16) -> Self {
        Self { of, at: BTreeMap::new() }
    }

    /// Whether nothing was heard of any part.
    pub fn is_empty(&self) -> bool {
        self.at.is_empty()
    }

    /// How many parts something was heard of.
    pub fn count(&self) -> i16 {
        if self.at.contains_key(&0) {
            return self.of;
        }
        i16::try_from(self.at.len()).unwrap_or(i16::MAX)
    }

    /// When the last part was first heard of, if all were.
    pub fn complete_at(&self) -> Option<DateTime<Utc>> {
        let whole = self.at.get(&0).copied();
        let part = |n: i16| match (self.at.get(&n).copied(), whole) {
            (Some(own), Some(whole)) => Some(own.min(whole)),
            (own, whole) => own.or(whole),
        };
        (1..=self.of.max(1))
            .map(part)
            .try_fold(DateTime::<Utc>::MIN_UTC, |last, at| Some(last.max(at?)))
    }

    pub(super) fn hear(&mut self, part: i16, at: DateTime<Utc>) {
        let first = self.at.entry(part).or_insert(at);
        *first = at.min(*first);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    #[test]
    fn it_is_complete_when_the_last_part_was_heard_of() {
        let mut heard = Heard::nothing(3);
        assert!(heard.is_empty());
        heard.hear(3, at(5));
        heard.hear(1, at(9));
        assert_eq!((heard.count(), heard.complete_at()), (2, None));
        heard.hear(2, at(7));
        heard.hear(1, at(8));
        heard.hear(1, at(20));
        assert_eq!((heard.count(), heard.complete_at()), (3, Some(at(8))));
    }

    #[test]
    fn part_zero_speaks_for_all() {
        let mut heard = Heard::nothing(2);
        heard.hear(2, at(5));
        heard.hear(0, at(7));
        assert_eq!((heard.count(), heard.complete_at()), (2, Some(at(7))));
        heard.hear(1, at(3));
        assert_eq!(heard.complete_at(), Some(at(5)));
    }
}
