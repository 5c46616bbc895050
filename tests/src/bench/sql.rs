//! The ledger's three tables, as the bare inserts see them.

use std::io::Write as _;

use diesel::expression::AsExpression;
use diesel::pg::Pg;
use diesel::query_builder::QueryId;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::SqlType;
use diesel::sqlite::Sqlite;

/// `uuid`, or 16 bytes.
#[derive(Debug, Clone, Copy, Default, SqlType, QueryId)]
#[diesel(postgres_type(oid = 2950, array_oid = 2951))]
#[diesel(sqlite_type(name = "Binary"))]
pub struct Uid;

/// `timestamptz`, or microseconds since 1970.
#[derive(Debug, Clone, Copy, Default, SqlType, QueryId)]
#[diesel(postgres_type(oid = 1184, array_oid = 1185))]
#[diesel(sqlite_type(name = "Long"))]
pub struct Ts;

/// 16 bytes.
#[derive(Debug, Clone, Copy, AsExpression)]
#[diesel(sql_type = Uid)]
pub(super) struct Id(pub(super) [u8; 16]);

/// Microseconds since 1970.
#[derive(Debug, Clone, Copy, AsExpression)]
#[diesel(sql_type = Ts)]
pub(super) struct At(pub(super) i64);

/// 1970 to 2000, where PostgreSQL begins to count.
const EPOCH_MICROS: i64 = 946_684_800_000_000;

impl ToSql<Uid, Pg> for Id {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(&self.0)?;
        Ok(IsNull::No)
    }
}

impl ToSql<Uid, Sqlite> for Id {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_slice());
        Ok(IsNull::No)
    }
}

impl ToSql<Ts, Pg> for At {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(&(self.0 - EPOCH_MICROS).to_be_bytes())?;
        Ok(IsNull::No)
    }
}

impl ToSql<Ts, Sqlite> for At {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0);
        Ok(IsNull::No)
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Bool, Integer, Nullable, SmallInt, Text};
    use super::{Ts, Uid};

    attempt (bucket, wave, chunk, pos, try_no) {
        bucket -> SmallInt,
        wave -> Integer,
        chunk -> Integer,
        pos -> Integer,
        try_no -> SmallInt,
        by_chunk -> Integer,
        rung -> SmallInt,
        route -> Text,
        at -> Ts,
        text_sha256 -> Binary,
        parts -> SmallInt,
        resend -> Bool,
        destination_ix -> Nullable<Uid>,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, SmallInt, Text};
    use super::Ts;

    outcome (bucket, wave, chunk, pos, try_no, part, kind) {
        bucket -> SmallInt,
        wave -> Integer,
        chunk -> Integer,
        pos -> Integer,
        try_no -> SmallInt,
        part -> SmallInt,
        kind -> SmallInt,
        at -> Ts,
        code -> Nullable<Text>,
        provider_id -> Nullable<Text>,
        settled_by -> SmallInt,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, SmallInt, Text};
    use super::Ts;

    submission (bucket, route, provider_id, wave, chunk, pos, try_no, part) {
        bucket -> SmallInt,
        route -> Text,
        provider_id -> Text,
        wave -> Integer,
        chunk -> Integer,
        pos -> Integer,
        try_no -> SmallInt,
        part -> SmallInt,
        at -> Ts,
    }
}

/// A row of `attempt`.
#[derive(Debug, diesel::Insertable)]
#[diesel(table_name = attempt, treat_none_as_default_value = false)]
pub(super) struct Attempt {
    pub(super) bucket: i16,
    pub(super) wave: i32,
    pub(super) chunk: i32,
    pub(super) pos: i32,
    pub(super) try_no: i16,
    pub(super) by_chunk: i32,
    pub(super) rung: i16,
    pub(super) route: &'static str,
    pub(super) at: At,
    pub(super) text_sha256: Vec<u8>,
    pub(super) parts: i16,
    pub(super) resend: bool,
    pub(super) destination_ix: Option<Id>,
}

/// A row of `outcome`.
#[derive(Debug, diesel::Insertable)]
#[diesel(table_name = outcome, treat_none_as_default_value = false)]
pub(super) struct Outcome {
    pub(super) bucket: i16,
    pub(super) wave: i32,
    pub(super) chunk: i32,
    pub(super) pos: i32,
    pub(super) try_no: i16,
    pub(super) part: i16,
    pub(super) kind: i16,
    pub(super) at: At,
    pub(super) code: Option<String>,
    pub(super) provider_id: Option<String>,
    pub(super) settled_by: i16,
}

/// A row of `submission`.
#[derive(Debug, diesel::Insertable)]
#[diesel(table_name = submission, treat_none_as_default_value = false)]
pub(super) struct Submission {
    pub(super) bucket: i16,
    pub(super) route: &'static str,
    pub(super) provider_id: String,
    pub(super) wave: i32,
    pub(super) chunk: i32,
    pub(super) pos: i32,
    pub(super) try_no: i16,
    pub(super) part: i16,
    pub(super) at: At,
}
