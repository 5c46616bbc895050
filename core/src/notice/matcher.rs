//! Whether a text somebody holds in their hand is one the carrier sent.
//!
//! A text is compared with the registered wordings without white space and without the `[Web발신]`
//! that networks put in front, Hangul and other letters composed; its subject may stand above it.
//! Everything else must be equal, sign for sign, and what stands in a gap must be what goes there.
//! Nothing here needs a template, so a browser can do it too.

mod compact;
mod fakes;
mod fit;
mod place;
mod shingle;

use std::fmt;

use compact::{Compact, Pattern};
use shingle::Shingles;

pub use fakes::{Campaign, hosts, phrases};
pub use place::{Place, PlaceKind};

use super::Wording;
use super::harmless::has_address;

/// Shared shingles that make a text resemble one of ours at all.
const RESEMBLING: usize = 12;

/// What a text is, held against the register.
#[derive(Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Word for word one of ours.
    Official {
        /// Which of the wordings.
        at: usize,
        /// The name it speaks to, if to one: the reader says whether it is theirs.
        name: Option<String>,
    },
    /// Like one of ours, but not the same.
    Altered {
        /// Which of the wordings it resembles most.
        at: usize,
        /// Where it differs, in order; the first ones, if in many places.
        places: Vec<Place>,
    },
    /// Unlike ours, with an address in it; texts to handsets never hold one.
    Link,
    /// Unlike ours.
    NotOurs,
}

/// Shows no name and no text.
impl fmt::Debug for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Official { at, .. } => write!(f, "Official({at})"),
            Self::Altered { at, places } => {
                let kinds: Vec<PlaceKind> = places.iter().map(|place| place.kind).collect();
                write!(f, "Altered({at}, {kinds:?})")
            }
            Self::Link => f.write_str("Link"),
            Self::NotOurs => f.write_str("NotOurs"),
        }
    }
}

/// Wordings made ready to compare with.
#[derive(Debug)]
pub struct Matcher {
    patterns: Vec<Option<Pattern>>,
    shingles: Vec<Shingles>,
}

impl Matcher {
    /// Makes the wordings ready. One whose pieces and gaps do not alternate matches nothing.
    pub fn new<'a>(wordings: impl IntoIterator<Item = &'a Wording>) -> Self {
        let patterns: Vec<_> = wordings.into_iter().map(Pattern::of).collect();
        let words = |pattern: &Option<Pattern>| {
            pattern.as_ref().map(|pattern| Shingles::of(pattern.signs())).unwrap_or_default()
        };
        Self { shingles: patterns.iter().map(words).collect(), patterns }
    }

    /// Says what the text is. `at` counts the wordings as they were given.
    pub fn classify(&self, text: &str) -> Verdict {
        let text = Compact::of(text);
        if let Some((at, name)) = self.official(&text) {
            return Verdict::Official { at, name };
        }
        match self.nearest(&text) {
            Some((at, pattern)) => Verdict::Altered { at, places: place::places(pattern, &text) },
            None if has_address(text.shown()) => Verdict::Link,
            None => Verdict::NotOurs,
        }
    }

    fn official(&self, text: &Compact) -> Option<(usize, Option<String>)> {
        let fits = |pattern: &Option<Pattern>| fit::fit(pattern.as_ref()?, text);
        self.patterns
            .iter()
            .enumerate()
            .find_map(|(at, pattern)| fits(pattern).map(|fitted| (at, fitted.name)))
    }

    fn nearest(&self, text: &Compact) -> Option<(usize, &Pattern)> {
        let theirs = Shingles::of(text.signs());
        let near = |(at, ours): (usize, &Shingles)| {
            let shared = ours.shared(&theirs);
            // A third of ours, or half of a shorter text: copies are seldom whole.
            let resembles =
                shared >= RESEMBLING && (shared * 3 >= ours.len() || shared * 2 >= theirs.len());
            // Parts per million of the two together, so that the closest of several is taken.
            let score = shared * 1_000_000 / (ours.len() + theirs.len() - shared).max(1);
            resembles.then_some((score, at))
        };
        let (_, at) = self
            .shingles
            .iter()
            .enumerate()
            .filter_map(near)
            .max_by_key(|(score, at)| (*score, std::cmp::Reverse(*at)))?;
        Some((at, self.patterns.get(at)?.as_ref()?))
    }
}

/// Says what the text is, held against the wordings. For many texts, keep a [`Matcher`].
pub fn classify(text: &str, wordings: &[Wording]) -> Verdict {
    Matcher::new(wordings).classify(text)
}

/// Whether two spellings name one sender: numbers are compared by their digits, anything else as it
/// is, in small letters.
pub fn same_sender(theirs: &str, ours: &str) -> bool {
    let plain = |sender: &str| sender.trim().to_lowercase().replace(['-', ' ', '(', ')'], "");
    plain(theirs) == plain(ours)
}

#[cfg(test)]
mod tests;
