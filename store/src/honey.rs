//! Numbers and codes that nobody has a reason to name: a table of their own, so that no total and no wave meets them.

use chrono::{DateTime, Utc};
use simrecall_core::coded;
use simrecall_core::id::StaffId;

use crate::tx::forward;

coded! {
    /// What is laid out.
    HoneyKind {
        /// A number that is allotted to nobody.
        Number = 1 "number",
        /// A case's code that no page shows.
        Code = 2 "code",
    }
}

forward! { honey:
    /// Lays one out, by a keyed hash under the service key. Whether it was not there.
    pub fn put_honey(key: &[u8; 16], kind: HoneyKind, by: StaffId, at: DateTime<Utc>) -> bool;
    /// Whether this is one.
    pub fn is_honey(key: &[u8; 16]) -> bool;
    /// How many of each kind are laid out.
    pub fn count_honey() -> Vec<(HoneyKind, i64)>;
}
