//! What changed from one report to the next.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{FilingFacts, WaveFacts};
use crate::cohort::ItemSet;
use crate::id::{RevisionNo, WaveNo};

/// What changed since an earlier report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Since {
    /// The earlier report's number within the kind.
    pub no: i32,
    /// The instant it showed.
    pub as_of: DateTime<Utc>,
    /// Lines of the newest revision, then and now.
    pub lines: [u64; 2],
    /// People of the newest revision, then and now.
    pub persons: [u64; 2],
    /// People told, then and now.
    pub told: [u64; 2],
    /// People in doubt, then and now.
    pub in_doubt: [u64; 2],
    /// People not told, then and now.
    pub open: [u64; 2],
    /// Items that were not confirmed then.
    pub confirmed: ItemSet,
    /// Items that were neither confirmed nor possible then, and are possible now.
    pub possible: ItemSet,
    /// Items that no longer stand.
    pub withdrawn: ItemSet,
    /// Revisions made since.
    pub revisions: Vec<RevisionNo>,
    /// Waves let go since.
    pub waves: Vec<WaveNo>,
    /// Numbers of the knowledge times recorded since.
    pub knowledge: Vec<i32>,
    /// Parts that read otherwise now.
    pub parts: Vec<Part>,
}

/// A part of a report that staff write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Who reports.
    Filer,
    /// When it happened.
    Occurred,
    /// How it happened.
    Circumstances,
    /// Whether somebody got in from outside.
    ExternalAccess,
    /// Which knowledge time counts.
    CountedFrom,
    /// What people can do.
    SelfHelp,
    /// What the carrier does.
    Measures,
    /// How a loss is made good.
    Relief,
    /// People's rights.
    Rights,
    /// Who takes reports of loss.
    Desk,
    /// The likely consequences.
    Consequences,
}

impl Since {
    /// Compares two reports of one kind.
    pub fn between(before: &FilingFacts, now: &FilingFacts) -> Self {
        let both = |of: &dyn Fn(&FilingFacts) -> u64| [of(before), of(now)];
        let waves = |of: fn(&WaveFacts) -> u64| {
            both(&|facts: &FilingFacts| facts.waves.iter().map(of).sum::<u64>())
        };
        let (old, new) = (Stated::of(before), Stated::of(now));
        Self {
            no: before.number.no,
            as_of: before.as_of,
            lines: both(&|facts| facts.latest().map_or(0, |latest| latest.lines)),
            persons: both(&|facts| facts.latest().map_or(0, |latest| latest.persons)),
            told: both(&|facts| facts.persons_told),
            in_doubt: waves(|wave| wave.in_doubt),
            open: waves(|wave| wave.open),
            confirmed: new.confirmed.minus(old.confirmed),
            possible: new.possible.minus(old.confirmed.union(old.possible)),
            withdrawn: old.confirmed.union(old.possible).minus(new.confirmed.union(new.possible)),
            revisions: added(&before.revisions, &now.revisions, |revision| revision.no),
            waves: added(&before.waves, &now.waves, |wave| wave.no),
            knowledge: added(&before.knowledge, &now.knowledge, |known| known.no),
            parts: Part::ALL.into_iter().filter(|part| part.differs(before, now)).collect(),
        }
    }

    /// Whether the later report says nothing new.
    pub fn is_nothing(&self) -> bool {
        let same = |pair: [u64; 2]| pair[0] == pair[1];
        let counts = [self.lines, self.persons, self.told, self.in_doubt, self.open];
        let sets = [self.confirmed, self.possible, self.withdrawn];
        counts.into_iter().all(same)
            && sets.into_iter().all(ItemSet::is_empty)
            && self.revisions.is_empty()
            && self.waves.is_empty()
            && self.knowledge.is_empty()
            && self.parts.is_empty()
    }
}

impl Part {
    /// All parts, in the order of a report.
    pub const ALL: [Self; 11] = [
        Self::Filer,
        Self::Occurred,
        Self::Circumstances,
        Self::ExternalAccess,
        Self::CountedFrom,
        Self::SelfHelp,
        Self::Measures,
        Self::Relief,
        Self::Rights,
        Self::Desk,
        Self::Consequences,
    ];

    fn differs(self, before: &FilingFacts, now: &FilingFacts) -> bool {
        let counted = |facts: &FilingFacts| facts.counted_from().map(|known| known.no);
        let ((old, new), (was, is)) =
            ((&before.response, &now.response), (&before.leak, &now.leak));
        match self {
            Self::Filer => before.filer != now.filer,
            Self::Occurred => was.occurred != is.occurred || was.is_suspected != is.is_suspected,
            Self::Circumstances => was.circumstances != is.circumstances,
            Self::ExternalAccess => was.external_access != is.external_access,
            Self::CountedFrom => counted(before) != counted(now),
            Self::SelfHelp => old.self_help != new.self_help,
            Self::Measures => old.measures != new.measures,
            Self::Relief => old.relief != new.relief,
            Self::Rights => old.rights != new.rights,
            Self::Desk => old.desk != new.desk,
            Self::Consequences => before.consequences != now.consequences,
        }
    }
}

/// What the newest revision states.
#[derive(Default)]
struct Stated {
    confirmed: ItemSet,
    possible: ItemSet,
}

impl Stated {
    fn of(facts: &FilingFacts) -> Self {
        facts.latest().map_or_else(Self::default, |latest| Self {
            confirmed: latest.confirmed,
            possible: latest.possible,
        })
    }
}

/// The keys of rows that were not there before.
fn added<T, K: PartialEq>(before: &[T], now: &[T], key: impl Fn(&T) -> K) -> Vec<K> {
    let is_new = |one: &K| before.iter().all(|old| key(old) != *one);
    now.iter().map(&key).filter(is_new).collect()
}
