//! A transaction on one of the two databases.

use diesel::{PgConnection, SqliteConnection};

/// An open transaction; every operation of the store is a method of it.
///
/// Made by [`Store::write`](crate::Store::write) and [`Store::read`](crate::Store::read).
#[expect(missing_debug_implementations, reason = "a connection has nothing to show")]
pub enum Tx<'a> {
    /// On SQLite.
    Sqlite(&'a mut SqliteConnection),
    /// On PostgreSQL.
    Pg(&'a mut PgConnection),
}

/// Makes methods of [`Tx`] out of functions that `ops/<room>.rs` defines for each backend's `Conn`.
///
/// ```text
/// forward! { incident:
///     /// Opens an incident.
///     pub fn add_incident(row: &NewIncident) -> ();
/// }
/// ```
macro_rules! forward {
    ($room:ident: $(
        $(#[$meta:meta])*
        $vis:vis fn $name:ident($($arg:ident: $ty:ty),* $(,)?) -> $out:ty;
    )*) => {
        impl $crate::Tx<'_> {$(
            $(#[$meta])*
            $vis fn $name(&mut self, $($arg: $ty),*) -> Result<$out, $crate::StoreError> {
                match self {
                    Self::Sqlite(conn) => $crate::backend::sqlite::$room::$name(conn, $($arg),*),
                    Self::Pg(conn) => $crate::backend::pg::$room::$name(conn, $($arg),*),
                }
            }
        )*}
    };
}

pub(crate) use forward;
