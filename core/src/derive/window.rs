//! Which cells were rogue, and when.

use std::collections::BTreeSet;
use std::hash::{BuildHasherDefault, Hasher};

use serde::{Deserialize, Serialize};

use super::{Length, Micros, Span};
use crate::cohort::{Certainty, ItemSet};

/// A cell was rogue for a time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Window {
    /// Its identity, as the carrier writes it everywhere.
    pub cell: String,
    /// From when to when.
    pub span: Span,
    /// What it could read of a card that came by.
    pub reads: ItemSet,
    /// How sure it is that it was rogue then.
    pub certainty: Certainty,
}

/// A window's place in the order of its [`Windows`], from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WindowNo(pub u32);

/// All windows of a derivation, each once, in the order of cell, start, end, items and certainty.
#[derive(Debug, Clone, Default)]
pub struct Windows {
    all: Vec<Window>,
    by_cell: ByCell,
}

#[expect(clippy::disallowed_types, reason = "asked by key a billion times, never iterated")]
type ByCell = std::collections::HashMap<Box<[u8]>, CellWindows, BuildHasherDefault<CellHasher>>;

impl Windows {
    /// The windows of a list, which may come in any order. One given twice is one, and one that ends before it begins is
    /// none.
    pub fn new(windows: impl IntoIterator<Item = Window>) -> Self {
        let real = windows.into_iter().filter(|window| !window.span.is_empty());
        let all: Vec<Window> = real.collect::<BTreeSet<_>>().into_iter().collect();
        let mut by_cell = ByCell::default();
        for (window, no) in all.iter().zip(0..) {
            let cell: &mut CellWindows = by_cell.entry(window.cell.as_bytes().into()).or_default();
            cell.push(WindowNo(no), window);
        }
        Self { all, by_cell }
    }

    /// The windows of one cell; none if it never was rogue.
    pub fn of(&self, cell: &[u8]) -> Option<&CellWindows> {
        self.by_cell.get(cell)
    }

    /// One window.
    pub fn get(&self, no: WindowNo) -> Option<&Window> {
        self.all.get(usize::try_from(no.0).ok()?)
    }

    /// All windows, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Window> {
        self.all.iter()
    }

    /// The cells that were rogue at some time, in order.
    pub fn cells(&self) -> impl Iterator<Item = &str> {
        self.all
            .chunk_by(|a, b| a.cell == b.cell)
            .filter_map(|cell| Some(cell.first()?.cell.as_str()))
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// From the first start to the last end.
    pub fn hull(&self) -> Option<Span> {
        self.all.iter().map(|window| window.span).reduce(Span::hull)
    }
}

/// The windows of one cell, by their start.
#[derive(Debug, Clone, Default)]
pub struct CellWindows {
    windows: Vec<CellWindow>,
    /// For each window, the latest end of it and all before it, so that it never falls.
    ends: Vec<Micros>,
}

/// A window without its cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CellWindow {
    /// Its place among all.
    pub no: WindowNo,
    /// From when to when.
    pub span: Span,
    /// What the cell could read.
    pub reads: ItemSet,
    /// How sure it is.
    pub certainty: Certainty,
}

impl CellWindows {
    fn push(&mut self, no: WindowNo, window: &Window) {
        let Window { cell: _, span, reads, certainty } = *window;
        let end = self.ends.last().map_or(span.to, |last| span.to.max(*last));
        self.ends.push(end);
        self.windows.push(CellWindow { no, span, reads, certainty });
    }

    /// All of them, by their start.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &CellWindow> {
        self.windows.iter()
    }

    /// Those that may meet a span once they are wider by `grace` on both sides, and none too few.
    pub(super) fn near(&self, span: Span, grace: Length) -> impl Iterator<Item = &CellWindow> {
        let Span { from, to } = span.widened(grace);
        let over = self.ends.partition_point(|end| *end <= from);
        let begun = self.windows.partition_point(|window| window.span.from < to);
        self.windows.get(over..begun).unwrap_or_default().iter()
    }
}

/// Quick on the short names of cells. The names come from the carrier's own list, so nobody chooses them to collide.
#[derive(Debug, Clone, Copy, Default)]
struct CellHasher(u64);

impl CellHasher {
    fn mix(&mut self, word: u64) {
        let wide = u128::from(self.0 ^ word ^ 0x9e37_79b9_7f4a_7c15) * 0xd6e8_feb8_6659_fd93;
        let bytes = wide.to_le_bytes();
        let (low, high) = bytes.split_at(8);
        self.0 = word_of(low) ^ word_of(high);
    }
}

impl Hasher for CellHasher {
    fn write(&mut self, bytes: &[u8]) {
        bytes.chunks(8).for_each(|chunk| self.mix(word_of(chunk)));
    }

    fn write_usize(&mut self, count: usize) {
        self.mix(u64::try_from(count).unwrap_or(u64::MAX));
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// At most eight bytes as a number.
fn word_of(bytes: &[u8]) -> u64 {
    bytes.first_chunk().map_or_else(
        || bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)),
        |eight| u64::from_le_bytes(*eight),
    )
}

#[cfg(test)]
mod tests {
    use std::hash::Hash as _;

    use super::*;

    fn window(cell: &str, from: i64, to: i64) -> Window {
        Window {
            cell: cell.to_owned(),
            span: Span { from: Micros(from), to: Micros(to) },
            reads: ItemSet::EMPTY,
            certainty: Certainty::Possible,
        }
    }

    #[test]
    fn windows_have_one_order_and_no_doubles() {
        let list = [
            window("b", 0, 5),
            window("a", 9, 10),
            window("a", 3, 3),
            window("a", 5, 2),
            window("b", 0, 5),
            window("a", 1, 4),
        ];
        let windows = Windows::new(list.clone());
        let expected = [window("a", 1, 4), window("a", 9, 10), window("b", 0, 5)];
        assert!(windows.iter().eq(&expected));
        assert!(Windows::new(list.into_iter().rev()).iter().eq(&expected));
        assert_eq!(windows.get(WindowNo(2)), Some(&expected[2]));
        assert_eq!(windows.get(WindowNo(3)), None);
        assert_eq!(windows.cells().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(windows.hull(), Some(Span { from: Micros(0), to: Micros(10) }));
        assert_eq!(windows.len(), 3);
    }

    #[test]
    fn a_cell_is_found_by_its_exact_name() {
        let names: Vec<String> = (0..2_000).map(|no| format!("450-08-{:x}", no * 7_919)).collect();
        let windows = Windows::new(names.iter().map(|name| window(name, 0, 1)));
        for name in &names {
            let of = windows.of(name.as_bytes()).unwrap();
            let found = of.iter().map(|one| windows.get(one.no).unwrap().cell.as_str());
            assert_eq!(found.collect::<Vec<_>>(), [name]);
        }
        for other in ["", "450-08-", "450-08-0 ", "450-08-0\0", "\u{0}450-08-0"] {
            assert!(windows.of(other.as_bytes()).is_none(), "{other:?}");
        }
    }

    /// Names as networks give them differ in a few characters; a hash that let them collide would cost every record.
    #[test]
    fn names_of_cells_spread() {
        let hash = |name: &str| {
            let mut hasher = CellHasher::default();
            name.as_bytes().hash(&mut hasher);
            hasher.finish()
        };
        for form in [
            |no: u32| format!("450-08-{no}"),
            |no: u32| format!("{no:07x}"),
            |no: u32| no.to_string(),
        ] {
            let hashes = (0..50_000).map(|no| hash(&form(no)));
            // As the table uses them: low bits for the place, high bits to tell neighbours apart.
            let places: BTreeSet<u64> = hashes.clone().map(|hash| hash & 0xffff).collect();
            let tags: BTreeSet<u64> = hashes.clone().map(|hash| hash >> 57).collect();
            assert_eq!(hashes.collect::<BTreeSet<_>>().len(), 50_000);
            assert!(places.len() > 32_000, "{} places", places.len());
            assert_eq!(tags.len(), 128);
        }
    }
}
