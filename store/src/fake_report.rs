//! Texts that customers took for ours and reported: an inbox that cannot be flooded, which staff empty.

use std::fmt;

use chrono::{DateTime, Utc};
use simrecall_core::id::ReportId;

use crate::tx::forward;

/// One report. Its record is bound to the bytes of its id.
#[derive(Clone, PartialEq, Eq)]
pub struct FakeReport {
    /// Its name, random.
    pub id: ReportId,
    /// When it came in.
    pub reported_at: DateTime<Utc>,
    /// The text and its sender, sealed under the service key: a stranger's text may hold anything.
    pub sealed: Vec<u8>,
}

impl fmt::Debug for FakeReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FakeReport({}, {})", self.id, self.reported_at)
    }
}

forward! { fake_report:
    /// Puts a report into the inbox, unless it holds `most` already. Whether it did.
    pub fn put_fake_report(report: &FakeReport, most: i64) -> bool;
    /// The inbox, oldest first, as many as `limit`.
    pub fn fake_reports(limit: i64) -> Vec<FakeReport>;
    /// One report.
    pub fn fake_report(id: ReportId) -> Option<FakeReport>;
    /// Takes a report out. Whether it was there: of two who do so at once, one is told so.
    pub fn drop_fake_report(id: ReportId) -> bool;
}
