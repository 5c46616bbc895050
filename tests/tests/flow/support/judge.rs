//! The judge of every flow: what the network took against what had to be sent, and who was told twice.

use std::collections::{BTreeMap, BTreeSet};

/// A message the network took, by its own record.
#[derive(Debug, Clone)]
pub(crate) struct Taken<D> {
    /// Where it went.
    pub(crate) destination: D,
    /// The sender's reference.
    pub(crate) reference: u16,
    /// A hash of the text.
    pub(crate) text: String,
}

/// One attempt the ledger knows of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Try {
    /// Its reference.
    pub(crate) reference: u16,
    /// Whether it is flagged: the one before may have gone out.
    pub(crate) resend: bool,
}

/// One recipient who had to be told.
#[derive(Debug, Clone)]
pub(crate) struct Due<D> {
    /// Where.
    pub(crate) destination: D,
    /// What the ledger says was tried.
    pub(crate) tries: Vec<Try>,
}

/// What is wrong, in numbers; all zero is well.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Recipients nothing was sent to.
    pub(crate) lost: usize,
    /// Messages that repeat one and are not flagged.
    pub(crate) doubled: usize,
    /// Texts that came to a destination more often than there are recipients and flagged attempts.
    pub(crate) texts_doubled: usize,
    /// Messages the ledger knows nothing of.
    pub(crate) unknown: usize,
}

impl Verdict {
    pub(crate) const CLEAN: Self = Self { lost: 0, doubled: 0, texts_doubled: 0, unknown: 0 };
}

/// Judges.
pub(crate) fn judge<D: Ord + Clone>(taken: &[Taken<D>], dues: &[Due<D>]) -> Verdict {
    let mut by_reference: BTreeMap<(&D, u16), usize> = BTreeMap::new();
    for message in taken {
        *by_reference.entry((&message.destination, message.reference)).or_default() += 1;
    }
    let count = |due: &Due<D>, attempt: &Try| {
        by_reference.get(&(&due.destination, attempt.reference)).copied().unwrap_or(0)
    };
    let mut verdict = Verdict::default();
    for due in dues {
        let times: usize = due.tries.iter().map(|attempt| count(due, attempt)).sum();
        let flagged = due.tries.iter().filter(|t| t.resend && count(due, t) > 0).count();
        verdict.lost += usize::from(times == 0);
        verdict.doubled += times.saturating_sub(1 + flagged);
    }
    let known: BTreeSet<(&D, u16)> = dues
        .iter()
        .flat_map(|due| due.tries.iter().map(move |attempt| (&due.destination, attempt.reference)))
        .collect();
    verdict.unknown =
        by_reference.iter().filter(|(name, _)| !known.contains(name)).map(|(_, times)| times).sum();
    verdict.texts_doubled = texts_doubled(taken, dues);
    verdict
}

/// The same by destination and text alone, without believing a reference.
fn texts_doubled<D: Ord + Clone>(taken: &[Taken<D>], dues: &[Due<D>]) -> usize {
    let mut allowed: BTreeMap<&D, usize> = BTreeMap::new();
    for due in dues {
        *allowed.entry(&due.destination).or_default() +=
            1 + due.tries.iter().filter(|attempt| attempt.resend).count();
    }
    let mut texts: BTreeMap<(&D, &str), usize> = BTreeMap::new();
    for message in taken {
        *texts.entry((&message.destination, &message.text)).or_default() += 1;
    }
    let over = |(name, times): (&(&D, &str), &usize)| {
        times.saturating_sub(allowed.get(name.0).copied().unwrap_or(0))
    };
    texts.iter().map(over).sum()
}
