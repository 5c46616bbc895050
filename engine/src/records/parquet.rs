//! Records as Parquet: the column that decides and the times of all rows, the rest of the rows that are wanted.

mod column;
mod schema;
mod words;

use std::fs::File;
use std::io::Read;
use std::ops::Range;

use ::parquet::errors::ParquetError;
use ::parquet::file::reader::{FileReader, RowGroupReader};
use ::parquet::file::serialized_reader::SerializedFileReader;
use ::parquet::file::statistics::Statistics;
use bytes::Bytes;
use simrecall_core::derive::Micros;

use super::input::Input;
use super::kind::{Kind, Value};
use super::sink::Sink;
use super::{FileFacts, Meter, facts, quick};
use crate::csv_rows::records::Hashing;
use crate::problem::{self, Problem, Result};
use column::{Column, guarded};
use schema::{Leaf, leaves};
use words::{Hit, Words};

/// Rows that are looked at together.
const BATCH: usize = 8_192;
/// Bytes that are hashed at once.
const CHUNK: usize = 64 * 1024;

/// Refuses columns that are missing or hold something else.
pub(super) fn check<K: Kind>(input: &Input<'_>) -> Result<()> {
    open::<K>(input).map(|_| ())
}

/// Reads all row groups. Half of a file's bytes are on the meter once it is hashed, the other half as it is read.
pub(super) fn read<K: Kind, S>(
    input: &Input<'_>,
    watch: &Meter,
    mut sink: Sink<'_, K, S>,
) -> Result<FileFacts> {
    let sha256 = hash(input, watch)?;
    let (reader, leaves) = open::<K>(input)?;
    let groups = reader.num_row_groups();
    let half = input.length() - input.length() / 2;
    let part = half / u64::try_from(groups).unwrap_or(1).max(1);
    let mut row = 0;
    for group in 0..groups {
        let refused = |error| damaged(input, error);
        let group = reader.get_row_group(group).map_err(refused)?;
        let mut rows = Group::new(group.as_ref(), &leaves, row).map_err(refused)?;
        rows.read(&mut sink).map_err(|stopped| stopped.problem(input))?;
        row += rows.count();
        watch.add_bytes(part);
    }
    watch.add_bytes(half - part * u64::try_from(groups).unwrap_or(0));
    input.check_unchanged()?;
    sink.finish(sha256)
}

fn open<K: Kind>(input: &Input<'_>) -> Result<(SerializedFileReader<File>, Vec<Leaf>)> {
    let file = input.again()?;
    let reader =
        guarded(|| SerializedFileReader::new(file)).map_err(|error| damaged(input, error))?;
    let leaves = leaves::<K>(input, reader.metadata())?;
    Ok((reader, leaves))
}

fn hash(input: &Input<'_>, watch: &Meter) -> Result<[u8; 32]> {
    let mut bytes = Hashing::new(input.again()?);
    let mut chunk = vec![0; CHUNK];
    let mut read = 0;
    loop {
        let more = bytes.read(&mut chunk).map_err(|error| problem::file(input.path, error))?;
        if more == 0 {
            return Ok(bytes.sha256());
        }
        let now = read + u64::try_from(more).unwrap_or(0);
        watch.add_bytes(now / 2 - read / 2);
        read = now;
    }
}

fn damaged(input: &Input<'_>, error: ParquetError) -> Problem {
    let what = format!("{} cannot be read as Parquet", input.path.display());
    Problem::input("parquet", what).caused_by(error).hint("write the file again")
}

/// Why a row group was not read to its end.
enum Stopped {
    Damaged(ParquetError),
    Refused(Problem),
}

impl Stopped {
    fn problem(self, input: &Input<'_>) -> Problem {
        match self {
            Self::Damaged(error) => damaged(input, error),
            Self::Refused(problem) => problem,
        }
    }
}

impl From<ParquetError> for Stopped {
    fn from(error: ParquetError) -> Self {
        Self::Damaged(error)
    }
}

impl From<Problem> for Stopped {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

/// One row group.
struct Group<'g> {
    held: &'g dyn RowGroupReader,
    leaves: &'g [Leaf],
    columns: Vec<Column>,
    /// Rows before it.
    before: u64,
    /// Rows in it.
    rows: usize,
}

/// How the rows that are wanted are found.
enum Search<'w> {
    /// There are none.
    Hopeless,
    /// By their words, which stand in a dictionary.
    Words(Words<'w>),
    /// By looking at the column of every row.
    Column,
}

/// Which columns are loaded for every row.
#[derive(Debug, Clone, Copy)]
struct Whole {
    wanted: Option<usize>,
    begins: Option<usize>,
}

impl Whole {
    fn has(self, place: usize) -> bool {
        self.wanted == Some(place) || self.begins == Some(place)
    }
}

impl<'g> Group<'g> {
    fn new(
        group: &'g dyn RowGroupReader,
        leaves: &'g [Leaf],
        before: u64,
    ) -> std::result::Result<Self, ParquetError> {
        let columns = leaves
            .iter()
            .map(|leaf| Column::open(group, *leaf))
            .collect::<std::result::Result<_, _>>()?;
        let rows = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
        Ok(Self { held: group, leaves, columns, before, rows })
    }

    fn count(&self) -> u64 {
        u64::try_from(self.rows).unwrap_or(0)
    }

    /// Shows what is wanted of it, and says when its records begin.
    fn read<K: Kind, S>(&mut self, sink: &mut Sink<'_, K, S>) -> std::result::Result<(), Stopped> {
        let wanted = sink.wanted();
        // A word with blanks around it is the word; an empty one is for the careful reading to refuse.
        let is_wanted = |word: &[u8]| {
            let word = word.trim_ascii();
            word.is_empty() || wanted(word)
        };
        let mut search = self.search::<K>(&is_wanted)?;
        let known = self.begins::<K>();
        known.into_iter().flatten().for_each(|at| sink.begins(at));
        let whole = Whole {
            wanted: matches!(search, Search::Column).then_some(K::WANTED),
            begins: known.is_none().then_some(K::BEGINS),
        };
        for from in (0..self.rows).step_by(BATCH) {
            let batch = from..self.rows.min(from + BATCH);
            sink.count(u64::try_from(batch.len()).unwrap_or(0))?;
            self.load(&batch, whole, sink)?;
            let hits = match &mut search {
                Search::Hopeless => Vec::new(),
                Search::Words(words) => words.until(batch.end)?,
                Search::Column => self.look_through::<K>(&batch, &is_wanted),
            };
            self.show(&batch, &hits, whole, sink)?;
        }
        Ok(())
    }

    fn search<'w, K: Kind>(
        &self,
        is_wanted: &'w dyn Fn(&[u8]) -> bool,
    ) -> std::result::Result<Search<'w>, ParquetError> {
        let Some(leaf) = self.leaves.get(K::WANTED) else { return Ok(Search::Hopeless) };
        let Some(mut words) = Words::open(self.held, *leaf, is_wanted)? else {
            return Ok(Search::Column);
        };
        let hopeless = words.none_is_wanted(self.held, *leaf)?;
        Ok(if hopeless { Search::Hopeless } else { Search::Words(words) })
    }

    /// The first and last moment, if they say all there is to say.
    fn begins<K: Kind>(&self) -> Option<[Micros; 2]> {
        let leaf = self.leaves.get(K::BEGINS)?;
        let Statistics::Int64(known) = self.held.metadata().column(leaf.place).statistics()? else {
            return None;
        };
        let moment = |number: &i64| quick::time(Value::Time(leaf.number.moment(*number)?));
        let (first, last) = (moment(known.min_opt()?)?, moment(known.max_opt()?)?);
        facts::same_hour(first, last).then_some([first, last])
    }

    /// Loads the columns that are looked at in every row, and says when the rows begin if nobody has.
    fn load<K: Kind, S>(
        &mut self,
        batch: &Range<usize>,
        whole: Whole,
        sink: &mut Sink<'_, K, S>,
    ) -> std::result::Result<(), ParquetError> {
        for (place, column) in self.columns.iter_mut().enumerate() {
            if whole.has(place) {
                column.load(std::iter::once(batch.clone()))?;
            }
        }
        if let Some(column) = whole.begins.and_then(|place| self.columns.get(place)) {
            let moments = (0..batch.len()).filter_map(|row| quick::time(column.get(row)));
            moments.for_each(|at| sink.begins(at));
        }
        Ok(())
    }

    fn look_through<K: Kind>(
        &self,
        batch: &Range<usize>,
        is_wanted: &dyn Fn(&[u8]) -> bool,
    ) -> Vec<Hit> {
        let Some(column) = self.columns.get(K::WANTED) else { return Vec::new() };
        let hit = |(at, row)| {
            let word = column.get(at).text().filter(|word| is_wanted(word))?;
            Some(Hit { row, word: Bytes::copy_from_slice(word) })
        };
        batch.clone().enumerate().filter_map(hit).collect()
    }

    /// Loads the rest of the rows that are wanted, and shows them.
    fn show<K: Kind, S>(
        &mut self,
        batch: &Range<usize>,
        hits: &[Hit],
        whole: Whole,
        sink: &mut Sink<'_, K, S>,
    ) -> std::result::Result<(), Stopped> {
        if hits.is_empty() {
            return Ok(());
        }
        let runs = || {
            let runs = hits.chunk_by(|one, next| one.row + 1 == next.row);
            runs.filter_map(|run| Some(run.first()?.row..run.last()?.row + 1))
        };
        for (place, column) in self.columns.iter_mut().enumerate() {
            if place != K::WANTED && !whole.has(place) {
                column.load(runs())?;
            }
        }
        let mut values = Vec::with_capacity(self.columns.len());
        for (loaded, hit) in hits.iter().enumerate() {
            values.clear();
            values.extend(self.columns.iter().enumerate().map(|(place, column)| match place {
                _ if place == K::WANTED => Value::Text(&hit.word),
                _ if whole.has(place) => column.get(hit.row - batch.start),
                _ => column.get(loaded),
            }));
            sink.take(self.before + u64::try_from(hit.row).unwrap_or(0) + 1, &values)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
