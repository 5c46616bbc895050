//! What one person is owed: what is true of their lines, minus what they were told.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::cohort::{FactSet, Item, ItemSet};
use crate::delivery::Terminal;
use crate::id::{IncidentId, LineId, NoticeId, SubscriberId, WaveNo};
use crate::notice::NoticeKind;

/// What one released wave told a person of one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Telling {
    /// The wave; later ones add to or replace what earlier ones said.
    pub wave: WaveNo,
    /// The line.
    pub line: LineId,
    /// The kind of notice that said it.
    pub kind: NoticeKind,
    /// What it said: new facts, or in a correction or an all-clear everything that stands.
    pub facts: FactSet,
}

/// All that a person was told, folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    lines: BTreeMap<LineId, FactSet>,
    history: [u8; 32],
}

impl Default for Told {
    fn default() -> Self {
        Self::of([])
    }
}

impl Told {
    /// Folds tellings, in whatever order they come.
    pub fn of(tellings: impl IntoIterator<Item = Telling>) -> Self {
        let mut tellings: Vec<_> = tellings.into_iter().collect();
        tellings.sort_unstable();
        let mut lines = BTreeMap::new();
        let mut history = Sha256::new_with_prefix(b"simrecall told v1\n");
        for telling in &tellings {
            let line: &mut FactSet = lines.entry(telling.line).or_default();
            let replaces = corrects(telling.kind);
            *line = if replaces { telling.facts } else { line.union(telling.facts) };
            history.update([u8::from(replaces)]);
            hash_line(&mut history, telling.line, telling.facts);
        }
        Self { lines, history: history.finalize().into() }
    }

    /// What they believe of each line.
    pub const fn lines(&self) -> &BTreeMap<LineId, FactSet> {
        &self.lines
    }

    fn of_line(&self, line: LineId) -> FactSet {
        self.lines.get(&line).copied().unwrap_or_default()
    }
}

/// What one person is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    /// The notice to give; none if they know everything.
    pub kind: Option<NoticeKind>,
    /// What it says of each line, and what is recorded as told: new facts only, or in a correction or an all-clear
    /// everything that stands of each line that something changed of.
    pub facts: BTreeMap<LineId, FactSet>,
    /// Items they were told of that now stand, certain or possible, for none of their lines: what a correction or an
    /// all-clear takes back.
    pub withdrawn: ItemSet,
    /// SHA-256 over `facts` and everything told before. Nobody gets two notices with the same one.
    pub facts_hash: [u8; 32],
}

/// What a person is owed, given what is true of their lines now and all they were told.
pub fn owed(now: &BTreeMap<LineId, FactSet>, told: &Told) -> Owed {
    let kind = kind(now, told);
    let facts = match kind {
        None => BTreeMap::new(),
        Some(kind) if corrects(kind) => standing(now, told),
        Some(_) => fresh(now, told),
    };
    let facts_hash = hash(kind.is_some_and(corrects), &facts, told);
    Owed { kind, facts, withdrawn: withdrawn(now, told), facts_hash }
}

/// The id of a notice: the same facts for the same person are the same notice.
pub fn notice_id(incident: IncidentId, person: SubscriberId, facts_hash: &[u8; 32]) -> NoticeId {
    let digest: [u8; 32] = Sha256::new_with_prefix(b"simrecall notice v1\n")
        .chain_update(incident.as_bytes())
        .chain_update(person.as_bytes())
        .chain_update(facts_hash)
        .finalize()
        .into();
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    // RFC 9562: version 8 and its variant.
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    NoticeId::from_bytes(bytes)
}

/// Why a line of the revision has no notice in a wave. Codes are stored: never renumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOutReason {
    /// Its holder was told everything that is true of it.
    NothingOwed = 1,
    /// The registry at the cut-off does not know who held it.
    UnknownHolder = 2,
    /// There is a legal reason to tell its holder nothing, which two approvers recorded.
    Suppressed = 3,
}

impl LeftOutReason {
    /// All reasons, in code order.
    pub const ALL: [Self; 3] = [Self::NothingOwed, Self::UnknownHolder, Self::Suppressed];

    /// As stored.
    #[expect(clippy::as_conversions, reason = "a unit-only enum's discriminant is its code")]
    pub const fn code(self) -> i16 {
        self as i16
    }

    /// A code read back.
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// The word for it in JSON and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NothingOwed => "nothing_owed",
            Self::UnknownHolder => "unknown_holder",
            Self::Suppressed => "suppressed",
        }
    }

    /// The word the person's notice ends on, if leaving the line out ends it.
    pub const fn terminal(self) -> Option<Terminal> {
        match self {
            Self::Suppressed => Some(Terminal::Suppressed),
            Self::NothingOwed | Self::UnknownHolder => None,
        }
    }
}

const fn corrects(kind: NoticeKind) -> bool {
    match kind {
        NoticeKind::Correction | NoticeKind::AllClear => true,
        NoticeKind::Possible
        | NoticeKind::Confirmed
        | NoticeKind::Supplement
        | NoticeKind::RemedyVisit
        | NoticeKind::RemedyReady
        | NoticeKind::RemedyDone
        | NoticeKind::LossFound => false,
    }
}

fn kind(now: &BTreeMap<LineId, FactSet>, told: &Told) -> Option<NoticeKind> {
    let true_of = |line| now.get(line).copied().unwrap_or_default();
    let knows_something = told.lines.values().any(|facts| !facts.is_empty());
    let has_wrong = told.lines.iter().any(|(line, facts)| !facts.minus(true_of(line)).is_empty());
    let fresh = fresh(now, told);
    if has_wrong && now.values().all(|facts| facts.is_empty()) {
        Some(NoticeKind::AllClear)
    } else if has_wrong {
        Some(NoticeKind::Correction)
    } else if fresh.is_empty() {
        None
    } else if knows_something && fresh.values().all(|facts| is_loss(*facts)) {
        Some(NoticeKind::LossFound)
    } else if knows_something {
        Some(NoticeKind::Supplement)
    } else if fresh.values().all(|facts| facts.confirmed().is_empty()) {
        Some(NoticeKind::Possible)
    } else {
        Some(NoticeKind::Confirmed)
    }
}

/// Whether all there is to say is that money was lost.
fn is_loss(facts: FactSet) -> bool {
    facts == FactSet::new(ItemSet::EMPTY, ItemSet::EMPTY.with(Item::PaymentLoss))
}

/// New facts of each line that has any.
fn fresh(now: &BTreeMap<LineId, FactSet>, told: &Told) -> BTreeMap<LineId, FactSet> {
    let owed = now.iter().map(|(line, facts)| (*line, facts.minus(told.of_line(*line))));
    owed.filter(|(_, facts)| !facts.is_empty()).collect()
}

/// Everything that stands of each line that something changed of, whether it came or went.
fn standing(now: &BTreeMap<LineId, FactSet>, told: &Told) -> BTreeMap<LineId, FactSet> {
    let lines = now.keys().chain(told.lines.keys()).copied();
    let standing = lines.map(|line| (line, now.get(&line).copied().unwrap_or_default()));
    let changed = standing.filter(|(line, facts)| {
        let told = told.of_line(*line);
        !facts.minus(told).is_empty() || !told.minus(*facts).is_empty()
    });
    changed.collect()
}

/// An item that goes from one line and stands for another is not taken back: the person's own facts still hold it.
fn withdrawn(now: &BTreeMap<LineId, FactSet>, told: &Told) -> ItemSet {
    items(told.lines.values()).minus(items(now.values()))
}

fn items<'a>(facts: impl Iterator<Item = &'a FactSet>) -> ItemSet {
    facts.fold(ItemSet::EMPTY, |all, facts| all.union(facts.possible()).union(facts.confirmed()))
}

fn hash(corrects: bool, facts: &BTreeMap<LineId, FactSet>, told: &Told) -> [u8; 32] {
    let mut hash = Sha256::new_with_prefix(b"simrecall facts v1\n");
    hash.update(told.history);
    hash.update([u8::from(corrects)]);
    for (line, facts) in facts {
        hash_line(&mut hash, *line, *facts);
    }
    hash.finalize().into()
}

fn hash_line(hash: &mut Sha256, line: LineId, facts: FactSet) {
    hash.update(line.as_bytes());
    hash.update(facts.possible().bits().to_be_bytes());
    hash.update(facts.confirmed().bits().to_be_bytes());
}

#[cfg(test)]
mod tests;
