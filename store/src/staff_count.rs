//! How often staff did something, and whom they looked up: what limits, load and alarms are judged by.

use chrono::{DateTime, Utc};
use simrecall_core::access::limit::{Count, Span};
use simrecall_core::id::StaffId;

use crate::tx::forward;

/// What is counted, of whom, and in which window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// A person, a terminal or an agency, by its id.
    pub who: [u8; 16],
    /// What.
    pub what: Count,
    /// Over how long.
    pub span: Span,
    /// When the window began.
    pub from: DateTime<Utc>,
}

forward! { staff_count:
    /// Counts once more, in one statement, unless as many as `most` were counted. How many there are then; none: it is full, and
    /// nothing was changed. Of many at once exactly as many count as there was room for.
    pub fn count_staff(at: &Tally, most: i32) -> Option<i32>;
    /// How many were counted.
    pub fn staff_counted(at: &Tally) -> i32;
    /// How often everybody did something in the windows that began at that instant or later.
    pub fn staff_counts(what: Count, span: Span, since: DateTime<Utc>) -> Vec<([u8; 16], i64)>;
    /// How busy an hour is, if somebody has written it down: in thousandths of a normal one.
    pub fn staff_load(from: DateTime<Utc>) -> Option<i32>;
    /// Writes down how busy an hour is; what the first one wrote stands.
    pub fn put_staff_load(from: DateTime<Utc>, thousandths: i32) -> ();
    /// Somebody looked a subject up: a keyed hash.
    pub fn see_subject(staff: StaffId, subject: &[u8; 16], at: DateTime<Utc>) -> ();
    /// Whom somebody looked up after an instant without a completed swap: how many.
    pub fn subjects_of(staff: StaffId, after: DateTime<Utc>) -> i64;
    /// The same of everybody who looked anybody up.
    pub fn subjects_of_all(after: DateTime<Utc>) -> Vec<(StaffId, i64)>;
    /// A swap of a subject was completed, whoever looked it up; it may be known by several hashes.
    pub fn subject_swapped(subjects: &[[u8; 16]], at: DateTime<Utc>) -> ();
    /// Forgets counts and subjects that nobody asks for any more; how many rows.
    pub fn purge_staff_counts(before: DateTime<Utc>) -> usize;
}
