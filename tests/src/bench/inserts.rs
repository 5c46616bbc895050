//! The rows of a send, without a rule, a lock, a look or a network: as many a commit as the sender commits.

use std::time::Instant;

use anyhow::Result;
use diesel::connection::SimpleConnection as _;
use diesel::{
    Connection as _, ExecuteCopyFromDsl as _, PgConnection, RunQueryDsl as _, SqliteConnection,
};
use simrecall_store::Store;

use super::child::Measured;
use super::sql::{At, Attempt, Id, Outcome, Submission, attempt, outcome, submission};

/// Targets of a chunk.
const CHUNK: u64 = 1_000;
/// Values SQLite binds to one statement, at most.
const BINDS: usize = 32_766;
const ROUTE: &str = "smsc";
const START: i64 = 1_757_000_000_000_000;

/// In a process of its own: writes the rows of so many messages.
pub(super) fn insert(store: &str, messages: u64, group: u64) -> Result<Measured> {
    // The same tables with the same keys and triggers.
    drop(Store::open(store)?);
    let mut measured = Measured::default();
    let groups: Vec<Rows> = (0..messages.div_ceil(group))
        .map(|n| Rows::of(n * group, messages.min((n + 1) * group)))
        .collect::<Result<_>>()?;
    if let Some(path) = store.strip_prefix("sqlite:") {
        let mut conn = SqliteConnection::establish(path)?;
        conn.batch_execute("PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16384;")?;
        let began = Instant::now();
        groups.iter().try_for_each(|rows| rows.to_sqlite(&mut conn))?;
        measured.took("insert", began);
    } else {
        let mut conn = PgConnection::establish(store)?;
        let began = Instant::now();
        groups.iter().try_for_each(|rows| rows.to_postgres(&mut conn))?;
        measured.took("insert", began);
    }
    Ok(measured)
}

/// One commit's worth: intents, answers, network ids, receipts.
struct Rows {
    attempts: Vec<Attempt>,
    outcomes: Vec<Outcome>,
    submissions: Vec<Submission>,
}

impl Rows {
    fn of(from: u64, to: u64) -> Result<Self> {
        let size = usize::try_from(to - from)?;
        let mut rows = Self {
            attempts: Vec::with_capacity(size),
            outcomes: Vec::with_capacity(2 * size),
            submissions: Vec::with_capacity(size),
        };
        for n in from..to {
            rows.add(n)?;
        }
        Ok(rows)
    }

    fn add(&mut self, n: u64) -> Result<()> {
        let chunk = i32::try_from(n / CHUNK + 1)?;
        let pos = i32::try_from(n % CHUNK)?;
        let (bucket, at) = (i16::try_from(chunk % 32_768)?, At(START + i64::try_from(n)?));
        let provider_id = format!("{n:010}");
        let mixed = mix(n);
        self.attempts.push(Attempt {
            bucket,
            wave: 1,
            chunk,
            pos,
            try_no: 1,
            by_chunk: chunk,
            rung: 1,
            route: ROUTE,
            at,
            text_sha256: mixed.repeat(2),
            parts: 1,
            resend: false,
            destination_ix: Some(Id(mixed)),
        });
        for (kind, settled_by) in [(1, 1), (5, 2)] {
            self.outcomes.push(Outcome {
                bucket,
                wave: 1,
                chunk,
                pos,
                try_no: 1,
                part: 1,
                kind,
                at,
                code: (kind == 5).then(|| "DELIVRD".to_owned()),
                provider_id: Some(provider_id.clone()),
                settled_by,
            });
        }
        let [first, second, ..] = mixed;
        let bucket = i16::from_be_bytes([first & 0x7F, second]);
        self.submissions.push(Submission {
            bucket,
            route: ROUTE,
            provider_id,
            wave: 1,
            chunk,
            pos,
            try_no: 1,
            part: 1,
            at,
        });
        Ok(())
    }

    fn to_sqlite(&self, conn: &mut SqliteConnection) -> Result<()> {
        conn.immediate_transaction(|conn| {
            for some in self.attempts.chunks(BINDS / 13) {
                diesel::insert_into(attempt::table).values(some).execute(conn)?;
            }
            for some in self.outcomes.chunks(BINDS / 11) {
                diesel::insert_into(outcome::table).values(some).execute(conn)?;
            }
            for some in self.submissions.chunks(BINDS / 9) {
                diesel::insert_into(submission::table).values(some).execute(conn)?;
            }
            Ok(())
        })
    }

    fn to_postgres(&self, conn: &mut PgConnection) -> Result<()> {
        conn.transaction(|conn| {
            diesel::copy_from(attempt::table).from_insertable(&self.attempts).execute(conn)?;
            diesel::copy_from(outcome::table).from_insertable(&self.outcomes).execute(conn)?;
            diesel::copy_from(submission::table)
                .from_insertable(&self.submissions)
                .execute(conn)?;
            Ok(())
        })
    }
}

/// Sixteen bytes without order, as hashes are.
fn mix(n: u64) -> [u8; 16] {
    let one = (n + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let two = (one ^ (one >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    ((u128::from(two) << 64) | u128::from(one ^ two)).to_be_bytes()
}
