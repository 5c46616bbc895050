//! Rows that an import was allowed to leave out: where they stand and why, never what is in them.

use simrecall_core::id::IncidentId;

use crate::schema;
use crate::tx::forward;
use crate::types::Id;

/// One value of one row that could not be taken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reject {
    /// The row in its file; the first one after the header is 1.
    pub row: u64,
    /// The column; empty when it is the row as a whole.
    pub column: String,
    /// The reason, as a word that never changes: `msisdn.length`.
    pub reason: String,
}

/// Which file rejects belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RejectedFile<'a> {
    /// The incident.
    pub incident: IncidentId,
    /// Which kind of file: `exposure`, `subscribers`, `lines`.
    pub source: &'a str,
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
}

#[derive(Debug, Clone, diesel::Insertable)]
#[diesel(table_name = schema::reject, treat_none_as_default_value = false)]
pub(crate) struct RejectRow<'a> {
    pub(crate) incident: Id,
    pub(crate) source: &'a str,
    pub(crate) file_sha256: &'a [u8],
    pub(crate) row_no: i64,
    pub(crate) column_name: &'a str,
    pub(crate) reason: &'a str,
}

forward! { reject:
    /// Keeps the rejects of a file; those that are kept already stay.
    pub fn keep_rejects(file: &RejectedFile<'_>, rejects: &[Reject]) -> ();
    /// The rejects of a file, by row and column.
    pub fn rejects_of(file: &RejectedFile<'_>) -> Vec<Reject>;
    /// How many different rows of all files of an incident were left out.
    pub fn rejected_rows(incident: IncidentId, source: &str) -> u64;
}

impl<'a> RejectRow<'a> {
    pub(crate) fn new(file: &'a RejectedFile<'_>, of: &'a Reject) -> Self {
        Self {
            incident: file.incident.into(),
            source: file.source,
            file_sha256: &file.sha256,
            row_no: i64::try_from(of.row).unwrap_or(i64::MAX),
            column_name: &of.column,
            reason: &of.reason,
        }
    }
}
