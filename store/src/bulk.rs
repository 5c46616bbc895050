//! Loading many rows: in batches, without indexes while the table is empty.

use crate::error::StoreError;
use crate::store::Store;
use crate::tx::{Tx, forward};

/// Rows that are sealed, bound and sent together. Memory holds one batch.
const BATCH: usize = 10_000;

/// A table that grows to millions of rows; its indexes can be dropped and made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BigTable {
    Subscriber,
    Line,
    Exposure,
}

impl BigTable {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Subscriber => "subscriber",
            Self::Line => "line",
            Self::Exposure => "exposure",
        }
    }
}

/// A row of a big table, and how many of them are put in at once.
pub(crate) trait Stored: Sized {
    const TABLE: BigTable;

    fn put(tx: &mut Tx<'_>, rows: &[Self]) -> Result<(), StoreError>;
}

/// An index as the database itself describes it.
#[derive(Debug, Clone, diesel::QueryableByName)]
pub(crate) struct IndexDdl {
    #[diesel(sql_type = diesel::sql_types::Text)]
    pub(crate) name: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    pub(crate) definition: String,
}

forward! { bulk:
    pub(crate) fn is_empty(table: BigTable) -> bool;
    pub(crate) fn drop_indexes(table: BigTable) -> Vec<IndexDdl>;
    pub(crate) fn make_indexes(table: BigTable, indexes: &[IndexDdl]) -> ();
}

/// Puts all rows into their table, batch by batch, and returns how many there were.
///
/// Into an empty table everything goes in one transaction, with the indexes made at its end: several times quicker, and a key
/// that is there twice shows then. Into a table with rows each batch is a transaction of its own, since other processes write
/// too; what a failure leaves behind hangs below a draft that can be dropped.
pub(crate) fn load<R: Stored, E: From<StoreError>>(
    store: &Store,
    rows: impl IntoIterator<Item = Result<R, E>>,
) -> Result<u64, E> {
    let mut batches = Batches { rows: rows.into_iter(), stopped: None, count: 0 };
    let done = if store.read(|tx| tx.is_empty(R::TABLE))? {
        store.write_once(|tx| load_empty(tx, &mut batches))
    } else {
        load_filled(store, &mut batches)
    };
    match batches.stopped {
        Some(error) => Err(error),
        None => Ok(done.map(|()| batches.count)?),
    }
}

fn load_empty<R: Stored, E, I: Iterator<Item = Result<R, E>>>(
    tx: &mut Tx<'_>,
    batches: &mut Batches<I, E>,
) -> Result<(), StoreError> {
    // Somebody may have been quicker: then the list of dropped indexes is empty and the indexes stay.
    let dropped = tx.drop_indexes(R::TABLE)?;
    while let Some(batch) = batches.next_batch()? {
        R::put(tx, &batch)?;
    }
    tx.make_indexes(R::TABLE, &dropped)
}

fn load_filled<R: Stored, E, I: Iterator<Item = Result<R, E>>>(
    store: &Store,
    batches: &mut Batches<I, E>,
) -> Result<(), StoreError> {
    while let Some(batch) = batches.next_batch()? {
        store.write(|tx| R::put(tx, &batch))?;
    }
    Ok(())
}

/// Rows from somewhere else, in batches; its error is kept aside while the transaction rolls back.
struct Batches<I, E> {
    rows: I,
    stopped: Option<E>,
    count: u64,
}

impl<R, E, I: Iterator<Item = Result<R, E>>> Batches<I, E> {
    fn next_batch(&mut self) -> Result<Option<Vec<R>>, StoreError> {
        let mut batch = Vec::new();
        for row in self.rows.by_ref().take(BATCH) {
            match row {
                Ok(row) => batch.push(row),
                Err(error) => {
                    self.stopped = Some(error);
                    return Err(StoreError::State("the rows to load ended early"));
                }
            }
        }
        self.count += u64::try_from(batch.len()).unwrap_or(u64::MAX);
        Ok((!batch.is_empty()).then_some(batch))
    }
}
