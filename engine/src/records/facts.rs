//! What is known of a file once it was read.

use simrecall_core::derive::{Micros, Span};

use crate::intake::{Refused, Settled};
use crate::problem::Result;

/// One hour in microseconds.
const HOUR: i64 = 3_600_000_000;
/// Hours from 1970 to 2100, the end of what lists may speak of.
const HOURS: usize = 4_102_444_800 / 3_600;

/// A file that was read.
#[derive(Debug, Clone)]
pub struct FileFacts {
    /// Its name, without the folder.
    pub name: String,
    /// SHA-256 of its bytes as they lie on the disk.
    pub sha256: [u8; 32],
    /// Rows in it, without the header.
    pub rows: u64,
    /// Of those, rows with anything wrong.
    pub bad_rows: u64,
    /// When its earliest record begins.
    pub first: Option<Micros>,
    /// When its latest record begins.
    pub last: Option<Micros>,
    /// The whole hours of UTC in which records begin; neighbours are one span.
    pub hours: Vec<Span>,
    pub(super) refused: Refused,
}

/// The hours in which records of any of the files begin, in order.
pub fn hours_of<'a>(files: impl IntoIterator<Item = &'a FileFacts>) -> Vec<Span> {
    let mut all: Vec<Span> = files.into_iter().flat_map(|file| &file.hours).copied().collect();
    all.sort_unstable();
    all.into_iter().fold(Vec::new(), join)
}

/// Refuses what was read unless exactly as many rows are bad, over all files, as the caller accepts.
pub fn settle<'a>(
    files: impl IntoIterator<Item = &'a FileFacts>,
    accept_rejects: u64,
) -> Result<()> {
    let mut names = Vec::new();
    let mut refused = Vec::new();
    let mut rows = 0;
    for file in files {
        rows += file.rows;
        if file.bad_rows > 0 {
            names.push(file.name.as_str());
            refused.push(file.refused.clone().named(&file.name));
        }
    }
    let name = match names.as_slice() {
        [] => "the records".to_owned(),
        [one] => (*one).to_owned(),
        [one, others @ ..] => format!("{one} and {} more", others.len()),
    };
    let all = Settled {
        name,
        rows,
        end: "nothing was derived",
        fate: "they are left out, and the answer says how many",
    };
    all.settle(&refused, accept_rejects)
}

/// When records begin, gathered one by one.
#[derive(Debug)]
pub(super) struct Begins {
    pub(super) first: Option<Micros>,
    pub(super) last: Option<Micros>,
    /// A bit for each hour since 1970.
    hours: Vec<u64>,
}

impl Begins {
    pub(super) fn new() -> Self {
        Self { first: None, last: None, hours: vec![0; HOURS.div_ceil(64)] }
    }

    /// A record begins then.
    pub(super) fn add(&mut self, at: Micros) {
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        self.last = Some(self.last.map_or(at, |last| last.max(at)));
        let hour = hour_of(at);
        if let Some(bits) = self.hours.get_mut(hour / 64) {
            *bits |= 1 << (hour % 64);
        }
    }

    /// The hours, as spans.
    pub(super) fn hours(&self) -> Vec<Span> {
        let bits = self.hours.iter().zip(0..).filter(|(bits, _)| **bits != 0);
        let hours = bits.flat_map(|(bits, word)| {
            let set = (0..64_i64).filter(move |bit| bits >> bit & 1 == 1);
            set.map(move |bit| word * 64 + bit)
        });
        let spans = hours
            .map(|hour: i64| Span { from: Micros(hour * HOUR), to: Micros((hour + 1) * HOUR) });
        spans.fold(Vec::new(), join)
    }
}

/// Whether all moments between two lie in one hour.
pub(super) fn same_hour(one: Micros, other: Micros) -> bool {
    hour_of(one) == hour_of(other)
}

fn hour_of(at: Micros) -> usize {
    usize::try_from(at.0.div_euclid(HOUR)).unwrap_or(usize::MAX)
}

/// Adds a span that begins where the others do or later.
fn join(mut spans: Vec<Span>, next: Span) -> Vec<Span> {
    match spans.last_mut().filter(|last| next.from <= last.to) {
        Some(last) => last.to = last.to.max(next.to),
        None => spans.push(next),
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_that_touch_are_one_span() {
        let mut begins = Begins::new();
        for at in [HOUR * 3 - 1, HOUR * 70, HOUR, HOUR * 64 - 1, HOUR * 64] {
            begins.add(Micros(at));
        }
        let hours = |from: i64, to: i64| Span { from: Micros(from * HOUR), to: Micros(to * HOUR) };
        assert_eq!(begins.hours(), [hours(1, 3), hours(63, 65), hours(70, 71)]);
        assert_eq!((begins.first, begins.last), (Some(Micros(HOUR)), Some(Micros(HOUR * 70))));
        assert!(same_hour(Micros(HOUR), Micros(2 * HOUR - 1)));
        assert!(!same_hour(Micros(HOUR), Micros(2 * HOUR)));
    }

    #[test]
    fn no_record_is_no_hour() {
        assert_eq!(Begins::new().hours(), []);
    }
}
