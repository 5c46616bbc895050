//! Texts that were reported as coming from us. Who reported one is never kept.

use std::fmt;

use chrono::{DateTime, Utc};
use simrecall_core::id::StaffId;

use crate::tx::forward;

/// A fake to be kept.
#[derive(Clone, PartialEq, Eq)]
pub struct NewFake {
    /// What it said.
    pub text: String,
    /// The number or address it came from; empty if nobody knows.
    pub sender: String,
    /// When it was seen.
    pub seen_at: DateTime<Utc>,
    /// Those of one wording have one cluster: the number of its first fake.
    pub cluster: Option<i32>,
    /// Who recorded it.
    pub by: StaffId,
    /// When it was recorded.
    pub added_at: DateTime<Utc>,
}

/// The text is a stranger's, so it may hold anything.
impl fmt::Debug for NewFake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewFake({} characters, cluster {:?})", self.text.chars().count(), self.cluster)
    }
}

/// A fake as kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Fake {
    /// From 1.
    pub no: i32,
    /// What it said.
    pub text: String,
    /// The number or address it came from; empty if nobody knows.
    pub sender: String,
    /// When it was seen.
    pub seen_at: DateTime<Utc>,
    /// The number of the first fake of its cluster.
    pub cluster: i32,
    /// Who recorded it.
    pub by: StaffId,
    /// When it was recorded.
    pub added_at: DateTime<Utc>,
}

impl fmt::Debug for Fake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = self.text.chars().count();
        write!(f, "Fake({}, {length} characters, cluster {})", self.no, self.cluster)
    }
}

forward! { fake:
    /// Keeps a fake and returns its number; without a cluster it begins one of its own.
    pub fn add_fake(fake: &NewFake) -> i32;
    /// All fakes, oldest first.
    pub fn fakes() -> Vec<Fake>;
    /// Puts a fake into another cluster.
    pub fn set_fake_cluster(no: i32, cluster: i32) -> ();
}
