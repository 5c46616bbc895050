//! Lists of targets that a brand tells in its own name, and the results it sends back.

use chrono::{DateTime, Utc};
use simrecall_core::id::{ChunkNo, StaffId, WaveNo};

use crate::ledger::{LeaseRequest, LeasedChunk};
use crate::tx::forward;

/// A file that went to a brand, or came from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrandFile {
    /// The wave.
    pub wave: WaveNo,
    /// The brand.
    pub brand: String,
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
    /// How many targets or results are in it.
    pub rows: i64,
    /// Who exported or took it.
    pub by: StaffId,
    /// When.
    pub at: DateTime<Utc>,
}

forward! { brand_list:
    /// The plan gives a first chunk to the brand that tells its targets itself: no sender leases it.
    pub fn give_to_brand(wave: WaveNo, chunk: ChunkNo, brand: &str) -> ();
    /// Leases the next chunk of a brand's list, as [`Tx::lease_chunk`](crate::Tx::lease_chunk) leases one of ours.
    pub fn lease_listed(brand: &str, asked: &LeaseRequest<'_>) -> Option<LeasedChunk>;
    /// Keeps a list that went out; returns its number for that wave and brand.
    pub fn add_brand_list(file: &BrandFile) -> i32;
    /// The lists of a wave, by brand and number.
    pub fn brand_lists(wave: WaveNo) -> Vec<(i32, BrandFile)>;
    /// Keeps a file of results; returns its number for that wave and brand. One that was taken already is a conflict.
    pub fn add_brand_result(file: &BrandFile) -> i32;
    /// The files of results of a wave, by brand and number.
    pub fn brand_results(wave: WaveNo) -> Vec<(i32, BrandFile)>;
}
