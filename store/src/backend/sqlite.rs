//! SQLite: one file, any number of processes, one writer at a time.
#![allow(clippy::duplicate_mod, reason = "the queries are compiled once per backend on purpose")]

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt as _;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};

use crate::error::StoreError;
use crate::migrations;

pub(crate) type Conn = SqliteConnection;

/// SQLite binds at most this many values to one statement.
pub(crate) const MOST_BINDS: usize = 32_766;

/// Name and definition of a table's indexes, those of a PRIMARY KEY aside.
pub(crate) const INDEXES_OF: &str = "SELECT name, sql AS definition FROM sqlite_master WHERE type = 'index' AND tbl_name = $1 AND sql IS NOT NULL";

/// Whether any schema of ours was ever made here.
const IS_MIGRATED: &str = "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = '__diesel_schema_migrations') AS is_there";

/// Puts many rows into one table, in statements of as many rows as may be bound.
macro_rules! bulk {
    ($conn:expr, $table:expr, $rows:expr, $columns:expr) => {
        for some in $rows.chunks($crate::backend::sqlite::MOST_BINDS / $columns) {
            diesel::RunQueryDsl::execute(diesel::insert_into($table).values(some), $conn)?;
        }
    };
}

/// Holds the rows of a query until the transaction ends: here a write transaction is alone anyway.
macro_rules! hold {
    ($query:expr) => {
        $query
    };
}

#[path = "../ops/agency.rs"]
pub(crate) mod agency;
#[path = "../ops/alarm.rs"]
pub(crate) mod alarm;
#[path = "../ops/approval_passkey.rs"]
pub(crate) mod approval_passkey;
#[path = "../ops/at_work.rs"]
pub(crate) mod at_work;
#[path = "../ops/benefit.rs"]
pub(crate) mod benefit;
#[path = "../ops/booking.rs"]
pub(crate) mod booking;
#[path = "../ops/brand_list.rs"]
pub(crate) mod brand_list;
#[path = "../ops/budget.rs"]
pub(crate) mod budget;
#[path = "../ops/bulk.rs"]
pub(crate) mod bulk;
#[path = "../ops/call_code.rs"]
pub(crate) mod call_code;
#[path = "../ops/card.rs"]
pub(crate) mod card;
#[path = "../ops/case_notice.rs"]
pub(crate) mod case_notice;
#[path = "../ops/challenge.rs"]
pub(crate) mod challenge;
#[path = "../ops/check_in.rs"]
pub(crate) mod check_in;
#[path = "../ops/claim.rs"]
pub(crate) mod claim;
#[path = "../ops/cohort.rs"]
pub(crate) mod cohort;
#[path = "../ops/counts.rs"]
pub(crate) mod counts;
#[path = "../ops/credential.rs"]
pub(crate) mod credential;
#[path = "../ops/derivation.rs"]
pub(crate) mod derivation;
#[path = "../ops/erasure.rs"]
pub(crate) mod erasure;
#[path = "../ops/fake.rs"]
pub(crate) mod fake;
#[path = "../ops/fake_report.rs"]
pub(crate) mod fake_report;
#[path = "../ops/filing.rs"]
pub(crate) mod filing;
#[path = "../ops/hold.rs"]
pub(crate) mod hold;
#[path = "../ops/honey.rs"]
pub(crate) mod honey;
#[path = "../ops/incident.rs"]
pub(crate) mod incident;
#[path = "../ops/invite.rs"]
pub(crate) mod invite;
#[path = "../ops/journal.rs"]
pub(crate) mod journal;
#[path = "../ops/law.rs"]
pub(crate) mod law;
#[path = "../ops/lease.rs"]
pub(crate) mod lease;
#[path = "../ops/ledger_commit.rs"]
pub(crate) mod ledger_commit;
#[path = "../ops/ledger_keys_sqlite.rs"]
pub(crate) mod ledger_keys;
#[path = "../ops/ledger_lease.rs"]
pub(crate) mod ledger_lease;
#[path = "../ops/ledger_orphan.rs"]
pub(crate) mod ledger_orphan;
#[path = "../ops/ledger_plan.rs"]
pub(crate) mod ledger_plan;
#[path = "../ops/ledger_read.rs"]
pub(crate) mod ledger_read;
#[path = "../ops/ledger_receipt.rs"]
pub(crate) mod ledger_receipt;
#[path = "../ops/ledger_settle.rs"]
pub(crate) mod ledger_settle;
#[path = "../ops/ledger_wave.rs"]
pub(crate) mod ledger_wave;
#[path = "../ops/line_hold.rs"]
pub(crate) mod line_hold;
#[path = "../ops/look.rs"]
pub(crate) mod look;
#[path = "../ops/outbox.rs"]
pub(crate) mod outbox;
#[path = "../ops/parcel.rs"]
pub(crate) mod parcel;
#[path = "../ops/payment.rs"]
pub(crate) mod payment;
#[path = "../ops/payment_block.rs"]
pub(crate) mod payment_block;
#[path = "../ops/posting.rs"]
pub(crate) mod posting;
#[path = "../ops/proof.rs"]
pub(crate) mod proof;
#[path = "../ops/proof_request.rs"]
pub(crate) mod proof_request;
#[path = "../ops/protection.rs"]
pub(crate) mod protection;
#[path = "../ops/registry.rs"]
pub(crate) mod registry;
#[path = "../ops/reject.rs"]
pub(crate) mod reject;
#[path = "../ops/replacement.rs"]
pub(crate) mod replacement;
#[path = "../ops/replacement_read.rs"]
pub(crate) mod replacement_read;
#[path = "../ops/selfcheck.rs"]
pub(crate) mod selfcheck;
#[path = "../ops/session.rs"]
pub(crate) mod session;
#[path = "../ops/sim_change.rs"]
pub(crate) mod sim_change;
#[path = "../ops/staff.rs"]
pub(crate) mod staff;
#[path = "../ops/staff_count.rs"]
pub(crate) mod staff_count;
#[path = "../ops/staff_session.rs"]
pub(crate) mod staff_session;
#[path = "../ops/stock.rs"]
pub(crate) mod stock;
#[path = "../ops/stock_recount.rs"]
pub(crate) mod stock_recount;
#[path = "../ops/suppression.rs"]
pub(crate) mod suppression;
#[path = "../ops/swap.rs"]
pub(crate) mod swap;
#[path = "../ops/swap_order.rs"]
pub(crate) mod swap_order;
#[path = "../ops/template.rs"]
pub(crate) mod template;
#[path = "../ops/terminal.rs"]
pub(crate) mod terminal;
#[path = "../ops/ticket.rs"]
pub(crate) mod ticket;
#[path = "../ops/wording.rs"]
pub(crate) mod wording;

/// Opens the file for writing, making it if need be (readable by its owner only).
pub(crate) fn open_writer(path: &str) -> Result<Conn, StoreError> {
    create_private(path)?;
    let mut conn = open(path)?;
    settings(&mut conn, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
    settings(&mut conn, "PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -16384;")?;
    Ok(conn)
}

/// Opens the file for reading only.
pub(crate) fn open_reader(path: &str) -> Result<Conn, StoreError> {
    let mut conn = open(path)?;
    settings(&mut conn, "PRAGMA query_only = ON;")?;
    Ok(conn)
}

/// Brings the schema up to date; processes that start together wait for one another.
pub(crate) fn migrate(conn: &mut Conn) -> Result<(), StoreError> {
    conn.exclusive_transaction(|conn| {
        if migrations::pending(conn, &migrations::SQLITE)? {
            migrations::run(conn, migrations::SQLITE)?;
        }
        Ok(())
    })
}

/// Refuses any schema but the one this program was built with; changes nothing.
pub(crate) fn check(conn: &mut Conn) -> Result<(), StoreError> {
    migrations::check(conn, &migrations::SQLITE, IS_MIGRATED)
}

/// Takes the whole schema away.
pub(crate) fn revert(conn: &mut Conn) -> Result<(), StoreError> {
    conn.exclusive_transaction(|conn| migrations::revert_all(conn, migrations::SQLITE))
}

/// A write transaction; it waits for the writer's place before it reads, so that it cannot fail half way.
pub(crate) fn write<T>(
    conn: &mut Conn,
    work: impl FnOnce(&mut Conn) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    conn.immediate_transaction(work)
}

/// A read transaction: one snapshot from its first query on.
pub(crate) fn read<T>(
    conn: &mut Conn,
    work: impl FnOnce(&mut Conn) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    conn.transaction(work)
}

/// Takes a lock that ends with the transaction: here the transaction itself is one.
#[expect(clippy::unnecessary_wraps, reason = "same signature as on PostgreSQL, where it can fail")]
pub(crate) const fn lock_until_commit(_conn: &mut Conn, _what: &str) -> Result<(), StoreError> {
    Ok(())
}

/// Keeps others from the table until the transaction ends: here it does so anyway.
#[expect(clippy::unnecessary_wraps, reason = "same signature as on PostgreSQL, where it can fail")]
pub(crate) const fn lock_table(_conn: &mut Conn, _table: &str) -> Result<(), StoreError> {
    Ok(())
}

/// Makes the file if it is not there. One that is there is not touched: whoever closes it once, in whatever way, drops every lock that
/// this process has on it, and then another process takes itself for the last one and removes what was written but not moved yet.
fn create_private(path: &str) -> Result<(), StoreError> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StoreError::Open(error.to_string())),
    }
}

fn open(path: &str) -> Result<Conn, StoreError> {
    let mut conn = Conn::establish(path).map_err(|error| StoreError::Open(error.to_string()))?;
    // First and alone: every later statement may have to wait for another process.
    settings(&mut conn, "PRAGMA busy_timeout = 10000;")?;
    settings(&mut conn, "PRAGMA foreign_keys = ON;")?;
    Ok(conn)
}

fn settings(conn: &mut Conn, pragmas: &str) -> Result<(), StoreError> {
    Ok(conn.batch_execute(pragmas)?)
}
