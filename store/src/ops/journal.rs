//! Queries on the journal.

use diesel::prelude::*;
use simrecall_core::id::IncidentId;
use simrecall_core::journal::{Frontier, LeafHash};

use super::Conn;
use crate::error::StoreError;
use crate::journal::{Entry, EntryRow, LeafRow, TreeHead};
use crate::schema::{journal_entry, journal_leaf, journal_queue, journal_tree};
use crate::types::Id;

pub(crate) fn insert_entry(conn: &mut Conn, row: &EntryRow) -> Result<(), StoreError> {
    diesel::insert_into(journal_entry::table).values(row).execute(conn)?;
    diesel::insert_into(journal_queue::table)
        .values((journal_queue::id.eq(row.id), journal_queue::at.eq(row.at)))
        .execute(conn)?;
    Ok(())
}

pub(crate) fn entries_of(
    conn: &mut Conn,
    incident: IncidentId,
    limit: i64,
) -> Result<Vec<Entry>, StoreError> {
    let rows: Vec<EntryRow> = journal_entry::table
        .filter(journal_entry::incident.eq(Id::from(incident)))
        .order((journal_entry::at.desc(), journal_entry::id.desc()))
        .limit(limit)
        .load(conn)?;
    rows.into_iter().map(entry).collect()
}

pub(crate) fn entries_of_kind(
    conn: &mut Conn,
    incident: IncidentId,
    kind: &str,
    limit: i64,
) -> Result<Vec<Entry>, StoreError> {
    let rows: Vec<EntryRow> = journal_entry::table
        .filter(journal_entry::incident.eq(Id::from(incident)))
        .filter(journal_entry::kind.eq(kind))
        .order((journal_entry::at.desc(), journal_entry::id.desc()))
        .limit(limit)
        .load(conn)?;
    rows.into_iter().map(entry).collect()
}

pub(crate) fn queued(conn: &mut Conn, limit: i64) -> Result<Vec<(Id, Vec<u8>)>, StoreError> {
    Ok(journal_queue::table
        .inner_join(journal_entry::table.on(journal_entry::id.eq(journal_queue::id)))
        .select((journal_entry::id, journal_entry::leaf))
        .order((journal_queue::at, journal_queue::id))
        .limit(limit)
        .load(conn)?)
}

pub(crate) fn frontier(conn: &mut Conn) -> Result<Frontier, StoreError> {
    let stored: Option<Vec<u8>> =
        journal_tree::table.select(journal_tree::frontier).first(conn).optional()?;
    stored.map_or_else(
        || Ok(Frontier::new()),
        |bytes| Frontier::from_bytes(&bytes).map_err(|_| StoreError::Damaged("journal_tree")),
    )
}

pub(crate) fn tree_head(conn: &mut Conn) -> Result<TreeHead, StoreError> {
    let stored: Option<(i64, Vec<u8>)> = journal_tree::table
        .select((journal_tree::size, journal_tree::root))
        .first(conn)
        .optional()?;
    let Some((size, root)) = stored else {
        return Ok(TreeHead { size: 0, root: Frontier::new().root() });
    };
    let root = root.as_slice().try_into().map_err(|_| StoreError::Damaged("journal_tree"))?;
    Ok(TreeHead { size: u64::try_from(size).unwrap_or(0), root })
}

pub(crate) fn number(
    conn: &mut Conn,
    leaves: &[LeafRow],
    frontier: &Frontier,
) -> Result<(), StoreError> {
    for some in leaves.chunks(1_000) {
        diesel::insert_into(journal_leaf::table).values(some).execute(conn)?;
        let ids = some.iter().map(|leaf| leaf.id);
        diesel::delete(journal_queue::table.filter(journal_queue::id.eq_any(ids))).execute(conn)?;
    }
    let size = i64::try_from(frontier.size()).unwrap_or(i64::MAX);
    let changed = (
        journal_tree::size.eq(size),
        journal_tree::frontier.eq(frontier.to_bytes()),
        journal_tree::root.eq(frontier.root().to_vec()),
    );
    diesel::insert_into(journal_tree::table)
        .values((journal_tree::one.eq(1), changed.clone()))
        .on_conflict(journal_tree::one)
        .do_update()
        .set(changed)
        .execute(conn)?;
    Ok(())
}

pub(crate) fn leaves_from(
    conn: &mut Conn,
    no: i64,
    limit: i64,
) -> Result<Vec<(LeafRow, EntryRow)>, StoreError> {
    Ok(journal_leaf::table
        .inner_join(journal_entry::table.on(journal_entry::id.eq(journal_leaf::id)))
        .filter(journal_leaf::no.ge(no))
        .order(journal_leaf::no)
        .limit(limit)
        .load(conn)?)
}

/// All entries, and those that wait for a number.
pub(crate) fn journal_counts(conn: &mut Conn) -> Result<(u64, u64), StoreError> {
    let entries: i64 = journal_entry::table.count().get_result(conn)?;
    let waiting: i64 = journal_queue::table.count().get_result(conn)?;
    Ok((entries.unsigned_abs(), waiting.unsigned_abs()))
}

fn entry(row: EntryRow) -> Result<Entry, StoreError> {
    let leaf = row.leaf.as_slice().try_into().map_err(|_| StoreError::Damaged("journal_entry"))?;
    Ok(Entry {
        id: row.id.into(),
        at: row.at.into(),
        kind: row.kind,
        actor: row.actor,
        incident: row.incident.map(IncidentId::from),
        body: row.body,
        leaf: LeafHash(leaf),
    })
}
