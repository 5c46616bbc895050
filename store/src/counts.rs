//! Who was told, counted from the rows themselves: headlines, and what filings say of an instant.

use chrono::{DateTime, Utc};
use simrecall_core::delivery::{Rung, Terminal};
use simrecall_core::id::{IncidentId, RevisionNo, WaveNo};

use crate::tx::forward;

/// What was known and done at an instant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AsOf {
    /// The revisions there were, oldest first.
    pub revisions: Vec<RevisionCount>,
    /// People told, by wave, rung and how it was proved.
    pub told: Vec<ToldCount>,
    /// People told at all, each counted once.
    pub persons_told: i64,
    /// Lines they were told of, each counted once.
    pub lines_told: i64,
}

/// How much a revision holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RevisionCount {
    /// The revision.
    pub no: RevisionNo,
    /// When it was made.
    pub at: DateTime<Utc>,
    /// Lines.
    pub lines: u64,
    /// People who held them.
    pub persons: u64,
    /// Rows that could not be resolved to a line.
    pub unresolved: u64,
}

/// People told in one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToldCount {
    /// In which wave.
    pub wave: WaveNo,
    /// By which rung.
    pub rung: Rung,
    /// What proved it.
    pub how: Terminal,
    /// How many.
    pub persons: i64,
    /// When the last of their notices went out: the attempt that proved good.
    pub last_act: DateTime<Utc>,
    /// When the last of them was proved.
    pub last_proof: DateTime<Utc>,
}

forward! { counts:
    /// What was known and done at an instant, counted from the rows.
    pub fn counts_as_of(incident: IncidentId, at: DateTime<Utc>) -> AsOf;
    /// How many people of each released wave were in doubt at an instant; waves with none are left out.
    pub fn in_doubt_as_of(incident: IncidentId, at: DateTime<Utc>) -> Vec<(WaveNo, u64)>;
    /// How the people of one wave were told, counted from the rows: its headline.
    pub fn wave_end_counts(wave: WaveNo) -> Vec<ToldCount>;
    /// How many people a revision concerns, by the country that the registry has for them; empty: the carrier's own.
    pub fn residents(incident: IncidentId, revision: RevisionNo) -> Vec<(String, u64)>;
    /// Whether anybody of a released wave was ever tried over a rung, by the chunks' counters.
    pub fn has_tried(incident: IncidentId, rung: Rung) -> bool;
}
