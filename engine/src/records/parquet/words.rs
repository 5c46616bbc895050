//! The words of one column of one row group, asked by their place in the dictionary, so that a word is looked up once and not
//! once a row.
//!
//! The library would give every row its own hold of the word, which takes longer than all else we do with a row. Pages whose
//! words stand in a dictionary or one behind the other are read here; other ways of writing them are left to the library.

use std::collections::{BTreeMap, VecDeque};

use ::parquet::basic::Encoding;
use ::parquet::column::page::{Page, PageReader};
use ::parquet::errors::{ParquetError, Result};
use ::parquet::file::reader::RowGroupReader;
use bytes::Bytes;

use super::column::guarded;
use super::schema::Leaf;

/// Rows of one group that are wanted, found page by page.
pub(super) struct Words<'w> {
    pages: Box<dyn PageReader>,
    is_wanted: &'w dyn Fn(&[u8]) -> bool,
    optional: bool,
    /// For each word of the dictionary, whether it is wanted.
    dictionary: Vec<bool>,
    /// Those that are, by their place.
    wanted: BTreeMap<u32, Bytes>,
    /// Rows in the pages read so far.
    rows: usize,
    hits: VecDeque<Hit>,
}

/// A row that is wanted.
#[derive(Debug, Clone)]
pub(super) struct Hit {
    /// Its place in the group.
    pub(super) row: usize,
    /// Its word; empty if it has none.
    pub(super) word: Bytes,
}

impl<'w> Words<'w> {
    /// Opens the column; `None` if its pages are written in a way we leave to the library.
    #[expect(deprecated, reason = "old writers still say BIT_PACKED, of levels that are not there")]
    pub(super) fn open(
        group: &dyn RowGroupReader,
        leaf: Leaf,
        is_wanted: &'w dyn Fn(&[u8]) -> bool,
    ) -> Result<Option<Self>> {
        let ours = [
            Encoding::PLAIN,
            Encoding::PLAIN_DICTIONARY,
            Encoding::RLE_DICTIONARY,
            Encoding::RLE,
            Encoding::BIT_PACKED,
        ];
        let chunk = group.metadata().column(leaf.place);
        if !chunk.encodings().all(|encoding| ours.contains(&encoding)) {
            return Ok(None);
        }
        let pages = guarded(|| group.get_column_page_reader(leaf.place))?;
        Ok(Some(Self {
            pages,
            is_wanted,
            optional: leaf.optional,
            dictionary: Vec::new(),
            wanted: BTreeMap::new(),
            rows: 0,
            hits: VecDeque::new(),
        }))
    }

    /// Whether the dictionary says that no row of the group can be wanted. To be asked first of all.
    pub(super) fn none_is_wanted(
        &mut self,
        group: &dyn RowGroupReader,
        leaf: Leaf,
    ) -> Result<bool> {
        let chunk = group.metadata().column(leaf.place);
        let nulls = chunk.statistics().and_then(|known| known.null_count_opt());
        let all_in_it = chunk.page_encoding_stats_mask().is_some_and(|mask| {
            mask.is_only(Encoding::PLAIN_DICTIONARY) || mask.is_only(Encoding::RLE_DICTIONARY)
        });
        if !all_in_it || (leaf.optional && nulls != Some(0)) {
            return Ok(false);
        }
        self.read_page()?;
        Ok(self.rows == 0 && self.wanted.is_empty())
    }

    /// The wanted rows before `end` that were not given before.
    pub(super) fn until(&mut self, end: usize) -> Result<Vec<Hit>> {
        while self.rows < end {
            if !self.read_page()? {
                return Err(ParquetError::EOF("a column ends before its row group".to_owned()));
            }
        }
        let before = self.hits.partition_point(|hit| hit.row < end);
        Ok(self.hits.drain(..before).collect())
    }

    /// Reads one page; whether there was one.
    fn read_page(&mut self) -> Result<bool> {
        match guarded(|| self.pages.get_next_page())? {
            None => return Ok(false),
            Some(Page::DictionaryPage { buf, num_values, .. }) => {
                self.read_dictionary(&buf, num_values)?;
            }
            Some(Page::DataPage { buf, num_values, encoding, def_level_encoding, .. }) => {
                let rows = size(num_values)?;
                let (levels, values) = if self.optional {
                    if def_level_encoding != Encoding::RLE {
                        return Err(damaged("absent values are marked in a way of long ago"));
                    }
                    let length = buf.first_chunk().ok_or_else(cut_off)?;
                    let start = 4 + size(u32::from_le_bytes(*length))?;
                    (part(&buf, 4, start)?, part(&buf, start, buf.len())?)
                } else {
                    (Bytes::new(), buf)
                };
                self.read_rows(rows, &levels, &values, encoding)?;
            }
            Some(Page::DataPageV2 {
                buf,
                num_values,
                encoding,
                def_levels_byte_len,
                rep_levels_byte_len,
                ..
            }) => {
                let from = size(rep_levels_byte_len)?;
                let start = from + size(def_levels_byte_len)?;
                let (levels, values) = (part(&buf, from, start)?, part(&buf, start, buf.len())?);
                self.read_rows(size(num_values)?, &levels, &values, encoding)?;
            }
        }
        Ok(true)
    }

    fn read_dictionary(&mut self, page: &Bytes, count: u32) -> Result<()> {
        let mut plain = Plain { page, at: 0 };
        for place in 0..count {
            let word = plain.next()?;
            let is_wanted = (self.is_wanted)(word);
            self.dictionary.push(is_wanted);
            if is_wanted {
                self.wanted.insert(place, page.slice_ref(word));
            }
        }
        Ok(())
    }

    /// Finds the wanted rows of a page.
    fn read_rows(
        &mut self,
        rows: usize,
        levels: &[u8],
        page: &Bytes,
        kind: Encoding,
    ) -> Result<()> {
        let first = self.rows;
        self.rows += rows;
        let there = self.there(rows, levels)?;
        let words = there.as_ref().map_or(rows, Vec::len);
        let row = |word: usize| match &there {
            Some(there) => there.get(word).copied().unwrap_or_default() + first,
            None => word + first,
        };
        if kind == Encoding::PLAIN {
            let mut plain = Plain { page, at: 0 };
            for at in 0..words {
                let word = plain.next()?;
                if (self.is_wanted)(word) {
                    self.hits.push_back(Hit { row: row(at), word: page.slice_ref(word) });
                }
            }
        } else if kind == Encoding::RLE_DICTIONARY || kind == Encoding::PLAIN_DICTIONARY {
            let Self { dictionary, wanted, hits, .. } = self;
            let (width, places) = page.split_first().ok_or_else(cut_off)?;
            Hybrid { bytes: places, width: *width }.each(words, |at, place, times| {
                let known =
                    dictionary.get(size(place)?).ok_or_else(|| damaged("an unknown word"))?;
                let word = if *known { wanted.get(&place) } else { None };
                if let Some(word) = word {
                    hits.extend(
                        (at..at + times).map(|at| Hit { row: row(at), word: word.clone() }),
                    );
                }
                Ok(())
            })?;
        } else {
            return Err(damaged("a page is written otherwise than its column says"));
        }
        if there.is_some() {
            // Those without a word were found before the others.
            self.hits.make_contiguous().sort_by_key(|hit| hit.row);
        }
        Ok(())
    }

    /// Which rows of a page have a word; `None` if all have. Those that have none are hits: it is for others to refuse them.
    fn there(&mut self, rows: usize, levels: &[u8]) -> Result<Option<Vec<usize>>> {
        if !self.optional {
            return Ok(None);
        }
        let first = self.rows - rows;
        let (mut there, hits) = (Vec::new(), &mut self.hits);
        Hybrid { bytes: levels, width: 1 }.each(rows, |at, level, times| {
            let rows = at..at + times;
            if level > 0 {
                there.extend(rows);
            } else {
                hits.extend(rows.map(|row| Hit { row: first + row, word: Bytes::new() }));
            }
            Ok(())
        })?;
        Ok((there.len() < rows).then_some(there))
    }
}

/// Words one behind the other, each with its length in four bytes before it.
struct Plain<'p> {
    page: &'p [u8],
    at: usize,
}

impl<'p> Plain<'p> {
    fn next(&mut self) -> Result<&'p [u8]> {
        let rest = self.page.get(self.at..).ok_or_else(cut_off)?;
        let (length, rest) = rest.split_first_chunk().ok_or_else(cut_off)?;
        let length = size(u32::from_le_bytes(*length))?;
        self.at += 4 + length;
        rest.get(..length).ok_or_else(cut_off)
    }
}

/// Small numbers, some as runs of one number and some side by side in as few bits as they need.
struct Hybrid<'p> {
    bytes: &'p [u8],
    /// Bits of a number.
    width: u8,
}

impl<'p> Hybrid<'p> {
    /// Shows `count` numbers, each with its place and how often it follows itself.
    fn each(
        mut self,
        count: usize,
        mut show: impl FnMut(usize, u32, usize) -> Result<()>,
    ) -> Result<()> {
        if self.width > 32 {
            return Err(damaged("numbers are too wide"));
        }
        let mut at = 0;
        while at < count {
            let header = self.header()?;
            let run = size(header >> 1)?;
            if header & 1 == 0 {
                let bytes = self.take(usize::from(self.width).div_ceil(8))?;
                let number = bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u32::from(*byte));
                let times = run.min(count - at);
                show(at, number, times)?;
                at += times;
            } else {
                let numbers = run.saturating_mul(8).min(count - at);
                let bytes = run.saturating_mul(usize::from(self.width)).min(self.bytes.len());
                let packed = Packed { bytes: self.take(bytes)?, width: self.width };
                for number in 0..numbers {
                    show(at + number, packed.get(number).ok_or_else(cut_off)?, 1)?;
                }
                at += numbers;
            }
        }
        Ok(())
    }

    fn header(&mut self) -> Result<u32> {
        let mut header = 0;
        for shift in (0..32).step_by(7) {
            let byte = self.take(1)?.first().copied().unwrap_or_default();
            header |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(header);
            }
        }
        Err(damaged("a run is too long"))
    }

    fn take(&mut self, count: usize) -> Result<&'p [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or_else(cut_off)?;
        self.bytes = rest;
        Ok(taken)
    }
}

/// Numbers side by side, the first in the lowest bits.
struct Packed<'p> {
    bytes: &'p [u8],
    width: u8,
}

impl Packed<'_> {
    fn get(&self, place: usize) -> Option<u32> {
        let bit = place * usize::from(self.width);
        let rest = self.bytes.get(bit / 8..)?;
        let word = rest.first_chunk().map_or_else(
            || rest.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
            |eight| u64::from_le_bytes(*eight),
        );
        u32::try_from(word >> (bit % 8) & ((1 << self.width) - 1)).ok()
    }
}

fn part(page: &Bytes, from: usize, to: usize) -> Result<Bytes> {
    if from <= to && to <= page.len() { Ok(page.slice(from..to)) } else { Err(cut_off()) }
}

fn size(number: u32) -> Result<usize> {
    usize::try_from(number).map_err(|_| damaged("a page is too large"))
}

fn cut_off() -> ParquetError {
    damaged("a page is cut off")
}

fn damaged(what: &str) -> ParquetError {
    ParquetError::General(what.to_owned())
}
