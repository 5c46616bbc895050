//! Rows sorted into partitions through a file that nobody else can read.
//!
//! A shuffle is one unlinked file in the installation's folder, written in blocks sealed with a key that is only in memory.
//! However many rows there are, memory holds a block for each partition of a writer, and one partition while it is read.

use std::fs::File;
use std::io;
use std::marker::PhantomData;
use std::mem::take;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};

use simrecall_core::id::Bucket;
use simrecall_store::seal::EphemeralSeal;

use crate::problem::{self, Problem, Result};

/// How many partitions there are: one for each value of a byte.
pub(super) const PARTITIONS: usize = 256;
/// Bytes of rows in a block, before it is sealed.
const BLOCK: usize = 16 * 1024;
/// Buckets in a partition of rows that belong to a person.
const BUCKETS: i16 = 128;

/// A row of fixed size.
pub(super) trait Row: Sized {
    /// Its size, in bytes.
    const LEN: usize;

    /// Where it goes.
    fn partition(&self) -> u8;

    /// Writes it into exactly [`LEN`](Self::LEN) bytes.
    fn put(&self, to: &mut Writer<'_>);

    /// Reads it back.
    fn take(from: &mut Reader<'_>) -> Option<Self>;
}

/// The partition of a row by somebody's blind key.
pub(super) const fn by_key(key: &[u8; 16]) -> u8 {
    key[0]
}

/// The partition of a row by its person: partitions follow one another as buckets do.
pub(super) fn by_bucket(bucket: Bucket) -> u8 {
    u8::try_from(bucket.get() / BUCKETS).unwrap_or(u8::MAX)
}

/// Rows on their way to a later pass.
#[derive(Debug)]
pub(super) struct Shuffle<R> {
    file: File,
    seal: EphemeralSeal,
    next: AtomicU64,
    blocks: Mutex<Vec<Vec<Block>>>,
    rows: AtomicU64,
    kind: PhantomData<fn() -> R>,
}

/// Where a block lies: its number says its place and its nonce.
#[derive(Debug, Clone, Copy)]
struct Block {
    no: u64,
    len: usize,
}

impl<R: Row> Shuffle<R> {
    /// An empty one, with its file in a folder.
    pub(super) fn new(dir: &Path) -> Result<Self> {
        let file = tempfile::tempfile_in(dir).map_err(|error| problem::file(dir, error))?;
        let seal = EphemeralSeal::new().map_err(|error| {
            Problem::ours("shuffle", "no key can be made for what is set aside").caused_by(error)
        })?;
        let blocks = Mutex::new(vec![Vec::new(); PARTITIONS]);
        let (next, rows) = (AtomicU64::new(0), AtomicU64::new(0));
        Ok(Self { file, seal, next, blocks, rows, kind: PhantomData })
    }

    /// Somebody who adds rows; several may at once, each with a writer of their own.
    pub(super) fn sink(&self) -> Sink<'_, R> {
        Sink { shuffle: self, blocks: vec![Vec::new(); PARTITIONS], rows: 0 }
    }

    /// How many rows were added by sinks that are closed.
    pub(super) fn rows(&self) -> u64 {
        self.rows.load(Ordering::Acquire)
    }

    /// Every row of one partition, in no order.
    pub(super) fn partition(&self, no: u8) -> Result<Vec<R>> {
        let blocks = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        let blocks = blocks.get(usize::from(no)).cloned().unwrap_or_default();
        let bytes: usize = blocks.iter().map(|block| block.len).sum();
        let mut rows = Vec::with_capacity(bytes / R::LEN.max(1));
        let mut sealed = Vec::new();
        for block in blocks {
            sealed.clear();
            sealed.resize(block.len + EphemeralSeal::OVERHEAD, 0);
            self.file.read_exact_at(&mut sealed, offset(block.no)).map_err(lost)?;
            let plain = self.seal.open(block.no, &mut sealed).map_err(lost)?;
            for row in plain.chunks_exact(R::LEN) {
                rows.push(R::take(&mut Reader { rest: row }).ok_or_else(|| lost(damaged()))?);
            }
        }
        Ok(rows)
    }

    fn write(&self, partition: usize, mut bytes: Vec<u8>) -> Result<()> {
        let (no, len) = (self.next.fetch_add(1, Ordering::AcqRel), bytes.len());
        self.seal.seal(no, &mut bytes).map_err(lost)?;
        self.file.write_all_at(&bytes, offset(no)).map_err(|error| {
            Problem::configuration("disk", "what is set aside between two passes cannot be written")
                .caused_by(error)
                .hint("is there room on the disk of the installation's folder?")
        })?;
        let mut blocks = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(blocks) = blocks.get_mut(partition) {
            blocks.push(Block { no, len });
        }
        Ok(())
    }
}

/// Adds rows; what it holds is lost unless it is closed.
#[derive(Debug)]
pub(super) struct Sink<'a, R> {
    shuffle: &'a Shuffle<R>,
    blocks: Vec<Vec<u8>>,
    rows: u64,
}

impl<R: Row> Sink<'_, R> {
    /// Adds a row.
    pub(super) fn push(&mut self, row: &R) -> Result<()> {
        self.rows += 1;
        let partition = usize::from(row.partition());
        let Some(block) = self.blocks.get_mut(partition) else { return Ok(()) };
        if block.capacity() == 0 {
            block.reserve_exact(BLOCK + EphemeralSeal::OVERHEAD);
        }
        let at = block.len();
        block.resize(at + R::LEN, 0);
        row.put(&mut Writer { rest: block.get_mut(at..).unwrap_or_default() });
        if block.len() + R::LEN > BLOCK {
            let full = take(block);
            self.shuffle.write(partition, full)?;
        }
        Ok(())
    }

    /// Writes what is left.
    pub(super) fn close(mut self) -> Result<()> {
        for (partition, block) in take(&mut self.blocks).into_iter().enumerate() {
            if !block.is_empty() {
                self.shuffle.write(partition, block)?;
            }
        }
        self.shuffle.rows.fetch_add(self.rows, Ordering::AcqRel);
        Ok(())
    }
}

/// The bytes of a row, from the front.
#[derive(Debug)]
pub(super) struct Writer<'a> {
    rest: &'a mut [u8],
}

impl Writer<'_> {
    /// Writes so many bytes; those that do not fit are a defect of the row, which its test finds.
    pub(super) fn bytes<const N: usize>(&mut self, bytes: [u8; N]) {
        if let Some((to, rest)) = take(&mut self.rest).split_first_chunk_mut() {
            *to = bytes;
            self.rest = rest;
        }
    }
}

/// The bytes of a row, from the front.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    /// Reads so many bytes.
    pub(super) fn bytes<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*bytes)
    }
}

/// Blocks have places of one size: a short one leaves a hole.
fn offset(no: u64) -> u64 {
    let slot = u64::try_from(BLOCK + EphemeralSeal::OVERHEAD).unwrap_or(u64::MAX);
    no.saturating_mul(slot)
}

fn lost(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Problem {
    Problem::ours("shuffle", "what was set aside between two passes cannot be read again")
        .caused_by(error)
}

fn damaged() -> io::Error {
    io::Error::from(io::ErrorKind::InvalidData)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
    struct Marked {
        key: [u8; 16],
        no: u32,
    }

    impl Row for Marked {
        const LEN: usize = 20;

        fn partition(&self) -> u8 {
            by_key(&self.key)
        }

        fn put(&self, to: &mut Writer<'_>) {
            to.bytes(self.key);
            to.bytes(self.no.to_be_bytes());
        }

        fn take(from: &mut Reader<'_>) -> Option<Self> {
            Some(Self { key: from.bytes()?, no: u32::from_be_bytes(from.bytes()?) })
        }
    }

    fn shuffled(dir: &Path, rows: &[Marked], writers: usize) -> Shuffle<Marked> {
        let shuffle = Shuffle::new(dir).unwrap();
        std::thread::scope(|scope| {
            let shuffle = &shuffle;
            for rows in rows.chunks(rows.len().div_ceil(writers).max(1)) {
                scope.spawn(move || {
                    let mut sink = shuffle.sink();
                    for row in rows {
                        sink.push(row).unwrap();
                    }
                    sink.close().unwrap();
                });
            }
        });
        shuffle
    }

    fn all(shuffle: &Shuffle<Marked>) -> Vec<Marked> {
        let mut rows = Vec::new();
        for no in 0..=u8::MAX {
            let part = shuffle.partition(no).unwrap();
            assert!(part.iter().all(|row| row.partition() == no));
            rows.extend(part);
        }
        rows.sort_unstable();
        rows
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn what_goes_in_comes_out(
            mut rows in prop::collection::vec(
                (any::<u8>(), any::<u32>())
                    .prop_map(|(first, no)| Marked { key: [first; 16], no }),
                0..3_000,
            ),
            writers in 1..4_usize,
        ) {
            let folder = tempfile::tempdir().unwrap();
            let shuffle = shuffled(folder.path(), &rows, writers);
            prop_assert_eq!(shuffle.rows(), u64::try_from(rows.len()).unwrap());
            rows.sort_unstable();
            prop_assert_eq!(all(&shuffle), rows);
            prop_assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "it has a name");
        }
    }

    #[test]
    fn blocks_fill_up_and_nothing_in_the_file_can_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let key = *b"450081234567890!";
        let rows: Vec<_> = (0..50_000).map(|no| Marked { key, no }).collect();
        let shuffle = shuffled(folder.path(), &rows, 3);
        assert_eq!(all(&shuffle), rows);
        let len = usize::try_from(shuffle.file.metadata().unwrap().len()).unwrap();
        assert!(len > 50_000 * 20);
        let mut raw = vec![0; len];
        shuffle.file.read_exact_at(&mut raw, 0).unwrap();
        assert!(!raw.windows(8).any(|part| part == b"45008123" || part == b"890!\0\0\x03\xe8"));
    }

    #[test]
    fn a_changed_block_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let rows = [Marked { key: [9; 16], no: 1 }];
        let shuffle = shuffled(folder.path(), &rows, 1);
        shuffle.file.write_all_at(b"x", 3).unwrap();
        assert_eq!(shuffle.partition(9).unwrap_err().code, "shuffle");
    }

    #[test]
    fn partitions_of_people_follow_one_another_as_buckets_do() {
        let partitions: Vec<u8> =
            (0..=i16::MAX).map(|bucket| by_bucket(Bucket::from_i16(bucket))).collect();
        assert!(partitions.is_sorted());
        let sizes: Vec<usize> = partitions.chunk_by(|a, b| a == b).map(<[u8]>::len).collect();
        assert_eq!(sizes, [128; PARTITIONS]);
    }
}
