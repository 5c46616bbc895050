//! PostgreSQL.
#![allow(clippy::duplicate_mod, reason = "the queries are compiled once per backend on purpose")]

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::{Integer, Text};
use diesel::{Connection as _, PgConnection, RunQueryDsl as _};

use crate::error::StoreError;
use crate::migrations;

pub(crate) type Conn = PgConnection;

/// Name and definition of a table's indexes, those of a PRIMARY KEY aside.
pub(crate) const INDEXES_OF: &str = "
    SELECT c.relname::text AS name, pg_get_indexdef(i.indexrelid) AS definition
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indrelid = to_regclass($1) AND NOT i.indisprimary
    ORDER BY c.relname";

/// Whether any schema of ours was ever made here.
const IS_MIGRATED: &str =
    "SELECT to_regclass('__diesel_schema_migrations') IS NOT NULL AS is_there";

/// Puts many rows into one table through COPY.
macro_rules! bulk {
    ($conn:expr, $table:expr, $rows:expr, $columns:expr) => {
        let rows = $rows;
        if !rows.is_empty() {
            diesel::ExecuteCopyFromDsl::execute(
                diesel::copy_from($table).from_insertable(rows),
                $conn,
            )?;
        }
    };
}

/// Holds the rows of a query until the transaction ends.
macro_rules! hold {
    ($query:expr) => {
        diesel::QueryDsl::for_update($query)
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
#[path = "../ops/ledger_keys_pg.rs"]
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

/// Opens a connection.
pub(crate) fn open(url: &str) -> Result<Conn, StoreError> {
    let mut conn = Conn::establish(url).map_err(|error| StoreError::Open(error.to_string()))?;
    conn.batch_execute("SET application_name = 'simrecall'; SET client_min_messages = 'warning'")?;
    Ok(conn)
}

/// Brings the schema up to date; processes that start together wait for one another.
pub(crate) fn migrate(conn: &mut Conn) -> Result<(), StoreError> {
    conn.transaction(|conn| {
        lock_until_commit(conn, "migrations")?;
        if migrations::pending(conn, &migrations::POSTGRES)? {
            migrations::run(conn, migrations::POSTGRES)?;
        }
        Ok(())
    })
}

/// Refuses any schema but the one this program was built with; changes nothing.
pub(crate) fn check(conn: &mut Conn) -> Result<(), StoreError> {
    migrations::check(conn, &migrations::POSTGRES, IS_MIGRATED)
}

/// Takes the whole schema away.
pub(crate) fn revert(conn: &mut Conn) -> Result<(), StoreError> {
    conn.transaction(|conn| {
        lock_until_commit(conn, "migrations")?;
        migrations::revert_all(conn, migrations::POSTGRES)
    })
}

/// A write transaction. Read committed: what must not run side by side takes [`lock_until_commit`] or a row lock.
pub(crate) fn write<T>(
    conn: &mut Conn,
    work: impl FnOnce(&mut Conn) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    conn.build_transaction().read_committed().read_write().run(work)
}

/// A read transaction: one snapshot from its first query on.
pub(crate) fn read<T>(
    conn: &mut Conn,
    work: impl FnOnce(&mut Conn) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    conn.build_transaction().repeatable_read().read_only().run(work)
}

/// Takes a lock of that name that ends with the transaction.
pub(crate) fn lock_until_commit(conn: &mut Conn, what: &str) -> Result<(), StoreError> {
    // As an expression, since a connection keeps the plan of one, and not that of a text.
    let lock = pg_advisory_xact_lock(hashtext("simrecall"), hashtext(what));
    diesel::select(lock).execute(conn)?;
    Ok(())
}

#[diesel::declare_sql_function]
extern "SQL" {
    fn hashtext(text: Text) -> Integer;
    // It returns nothing that could be read.
    fn pg_advisory_xact_lock(one: Integer, other: Integer) -> Bool;
}

/// Keeps others from the table until the transaction ends.
pub(crate) fn lock_table(conn: &mut Conn, table: &str) -> Result<(), StoreError> {
    Ok(conn.batch_execute(&format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))?)
}
