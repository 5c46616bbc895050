//! What the tests that cross rooms share.
//!
//! * [`Backend`] hands a test an empty database, SQLite or PostgreSQL, by the same call.
//! * [`postgres`] starts a throw-away PostgreSQL cluster and takes it away again, however the test run ends.
//!
//! Nothing here is skipped in silence: a missing part is an error that says what to install.

mod backend;
mod parts;
pub mod postgres;

pub use backend::{Backend, Guard, sqlite_url};
pub use postgres::Cluster;
