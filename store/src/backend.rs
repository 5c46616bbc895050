//! The two databases: what differs between them, and the shared queries compiled for each.

pub(crate) mod pg;
pub(crate) mod sqlite;
