//! The journal: an entry commits with its effect; the sequencer numbers it soon after.

mod sequencer;
mod verify;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use simrecall_core::id::{EntryId, IncidentId};
use simrecall_core::journal::{Frontier, Leaf, LeafHash};

pub use self::sequencer::{Sequenced, sequence};
pub use self::verify::{JournalFault, JournalReport, verify_journal};
use crate::error::StoreError;
use crate::schema;
use crate::tx::{Tx, forward};
use crate::types::{At, Id};

/// Something that happened, to be written down with its effect.
#[derive(Debug, Clone)]
pub struct NewEntry<'a> {
    /// Random.
    pub id: EntryId,
    /// The incident it belongs to, if to one.
    pub incident: Option<IncidentId>,
    /// When; cut to microseconds.
    pub at: DateTime<Utc>,
    /// What happened, such as `wave.released`.
    pub kind: &'a str,
    /// Who did it: a staff id or the name of a job, never a person's name.
    pub actor: &'a str,
    /// The details. No personal data: entries outlive the incident's key.
    pub body: serde_json::Value,
    /// Random; keeps a short body from being guessed from its leaf.
    pub salt: [u8; 16],
}

/// An entry as it was written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub id: EntryId,
    /// When.
    pub at: DateTime<Utc>,
    /// What happened.
    pub kind: String,
    /// Who did it.
    pub actor: String,
    /// The incident it belongs to.
    pub incident: Option<IncidentId>,
    /// The details, as the JSON text that is hashed.
    pub body: String,
    /// Its leaf in the tree.
    pub leaf: LeafHash,
}

/// How far the journal is numbered, and the root over all of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeHead {
    /// How many leaves.
    pub size: u64,
    /// RFC 6962's root over them.
    pub root: [u8; 32],
}

#[derive(Debug, Clone, diesel::Insertable, diesel::Queryable)]
#[diesel(table_name = schema::journal_entry, treat_none_as_default_value = false)]
pub(crate) struct EntryRow {
    pub(crate) id: Id,
    pub(crate) at: At,
    pub(crate) kind: String,
    pub(crate) actor: String,
    pub(crate) incident: Option<Id>,
    pub(crate) body: String,
    pub(crate) salt: Vec<u8>,
    pub(crate) leaf: Vec<u8>,
}

/// A place in the tree and what stands there.
#[derive(Debug, Clone, diesel::Insertable, diesel::Queryable)]
#[diesel(table_name = schema::journal_leaf, treat_none_as_default_value = false)]
pub(crate) struct LeafRow {
    pub(crate) no: i64,
    pub(crate) id: Id,
    pub(crate) leaf: Vec<u8>,
}

forward! { journal:
    /// The latest entries of an incident, newest first.
    pub fn entries_of(incident: IncidentId, limit: i64) -> Vec<Entry>;
    /// The latest entries of one kind of an incident, newest first.
    pub fn entries_of_kind(incident: IncidentId, kind: &str, limit: i64) -> Vec<Entry>;
    /// How far the journal is numbered.
    pub fn tree_head() -> TreeHead;
    pub(crate) fn insert_entry(row: &EntryRow) -> ();
    pub(crate) fn queued(limit: i64) -> Vec<(Id, Vec<u8>)>;
    pub(crate) fn frontier() -> Frontier;
    pub(crate) fn number(leaves: &[LeafRow], frontier: &Frontier) -> ();
    pub(crate) fn leaves_from(no: i64, limit: i64) -> Vec<(LeafRow, EntryRow)>;
    pub(crate) fn journal_counts() -> (u64, u64);
}

impl Tx<'_> {
    /// Writes an entry down; it commits with this transaction or not at all.
    pub fn journal(&mut self, entry: &NewEntry<'_>) -> Result<LeafHash, StoreError> {
        let mut row = EntryRow {
            id: entry.id.into(),
            at: entry.at.into(),
            kind: entry.kind.to_owned(),
            actor: entry.actor.to_owned(),
            incident: entry.incident.map(Id::from),
            body: entry.body.to_string(),
            salt: entry.salt.to_vec(),
            leaf: Vec::new(),
        };
        let leaf = leaf_of(&row).ok_or(StoreError::Damaged("journal_entry"))?;
        row.leaf = leaf.0.to_vec();
        self.insert_entry(&row)?;
        Ok(leaf)
    }
}

/// The leaf that follows from an entry's fields; none when its salt is no salt.
pub(crate) fn leaf_of(row: &EntryRow) -> Option<LeafHash> {
    let leaf = Leaf {
        kind: &row.kind,
        at: row.at.into(),
        actor: &row.actor,
        incident: row.incident.map(IncidentId::from),
        body_sha256: Sha256::digest(row.body.as_bytes()).into(),
        salt: row.salt.as_slice().try_into().ok()?,
    };
    Some(leaf.hash())
}
