//! Numbers within an incident, without gaps.

/// The next number of a table within an incident. Whoever takes one holds off the others until the commit.
macro_rules! next_no {
    ($conn:expr, $table:ident, $incident:expr) => {{
        lock_until_commit($conn, stringify!($table))?;
        let last: Option<i32> = $table::table
            .filter($table::incident.eq(Id::from($incident)))
            .select(diesel::dsl::max($table::no))
            .first($conn)?;
        last.unwrap_or(0) + 1
    }};
}

pub(crate) use next_no;
