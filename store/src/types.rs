//! Two SQL types with one meaning in both databases, and the Rust values they carry.
//!
//! | SQL type | PostgreSQL | SQLite | Rust |
//! |---|---|---|---|
//! | [`Uid`] | `uuid` | 16-byte `BLOB` | [`Id`]: ids, blind indexes, tokens |
//! | [`Ts`] | `timestamptz` | microseconds since 1970 | [`At`] |

use std::io::Write as _;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::query_builder::QueryId;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{SqlOrd, SqlType};
use diesel::sqlite::{Sqlite, SqliteValue};
use simrecall_core::id::{
    AboutId, AgencyId, AlarmId, CardId, CaseId, ChallengeId, ClaimId, CredentialId, EntryId,
    IncidentId, LineId, LookId, LotId, NoticeId, OrderId, PaymentId, ReportId, RequestId,
    SessionNo, StaffId, SubscriberId, SwapId, SwapOrderId, TerminalId, TicketId,
};

/// 16 bytes that name something.
#[derive(Debug, Clone, Copy, Default, SqlType, QueryId)]
#[diesel(postgres_type(oid = 2950, array_oid = 2951))]
#[diesel(sqlite_type(name = "Binary"))]
pub struct Uid;

/// An instant, in microseconds.
#[derive(Debug, Clone, Copy, Default, SqlType, QueryId)]
#[diesel(postgres_type(oid = 1184, array_oid = 1185))]
#[diesel(sqlite_type(name = "Long"))]
pub struct Ts;

impl SqlOrd for Uid {}
impl SqlOrd for Ts {}

/// An id, a blind index or a lease's token, on its way to or from a row.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Uid)]
pub(crate) struct Id(pub(crate) [u8; 16]);

impl std::fmt::Debug for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Id(..)")
    }
}

impl From<[u8; 16]> for Id {
    fn from(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

macro_rules! ids {
    ($($name:ident),*) => {$(
        impl From<$name> for Id {
            fn from(id: $name) -> Self {
                Self(*id.as_bytes())
            }
        }

        impl From<Id> for $name {
            fn from(id: Id) -> Self {
                Self::from_bytes(id.0)
            }
        }
    )*};
}

ids!(
    AboutId,
    AgencyId,
    AlarmId,
    CardId,
    CaseId,
    ChallengeId,
    ClaimId,
    CredentialId,
    EntryId,
    IncidentId,
    LineId,
    LookId,
    LotId,
    NoticeId,
    OrderId,
    PaymentId,
    ReportId,
    RequestId,
    SessionNo,
    StaffId,
    SubscriberId,
    SwapId,
    SwapOrderId,
    TerminalId,
    TicketId
);

/// An instant on its way to or from a row; finer parts than microseconds are cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = Ts)]
pub(crate) struct At(i64);

impl From<DateTime<Utc>> for At {
    fn from(at: DateTime<Utc>) -> Self {
        Self(at.timestamp_micros())
    }
}

impl From<At> for DateTime<Utc> {
    fn from(at: At) -> Self {
        // Out of chrono's range only if a row was written by something else; the epoch then shows it.
        Self::from_timestamp_micros(at.0).unwrap_or(Self::UNIX_EPOCH)
    }
}

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

impl FromSql<Uid, Pg> for Id {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(value.as_bytes().try_into()?))
    }
}

impl FromSql<Uid, Sqlite> for Id {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(Self(value.read_blob().try_into()?))
    }
}

/// PostgreSQL counts from 2000-01-01, we from 1970.
const PG_EPOCH_MICROS: i64 = 946_684_800_000_000;

impl ToSql<Ts, Pg> for At {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(&self.0.saturating_sub(PG_EPOCH_MICROS).to_be_bytes())?;
        Ok(IsNull::No)
    }
}

impl ToSql<Ts, Sqlite> for At {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0);
        Ok(IsNull::No)
    }
}

impl FromSql<Ts, Pg> for At {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let micros = i64::from_be_bytes(value.as_bytes().try_into()?);
        Ok(Self(micros.saturating_add(PG_EPOCH_MICROS)))
    }
}

impl FromSql<Ts, Sqlite> for At {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(Self(value.read_long()))
    }
}

/// A local day as stored: days since 1970-01-01.
pub(crate) fn day_code(day: NaiveDate) -> i32 {
    let days = day.signed_duration_since(NaiveDate::default()).num_days();
    // Every date that chrono can name fits.
    i32::try_from(days).unwrap_or(i32::MAX)
}

/// A day read back.
pub(crate) fn day_of(code: i32) -> NaiveDate {
    // Out of chrono's range only if a row was written by something else; the epoch then shows it.
    NaiveDate::default().checked_add_signed(TimeDelta::days(code.into())).unwrap_or_default()
}
