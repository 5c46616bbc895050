//! Ranges of buckets: a big table is read one range at a time, so memory stays flat.

use simrecall_core::id::Bucket;

/// Buckets from the first to the last, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BucketRange {
    first: i16,
    last: i16,
}

impl BucketRange {
    /// Every bucket.
    pub const ALL: Self = Self { first: 0, last: i16::MAX };

    /// One bucket.
    pub const fn one(bucket: Bucket) -> Self {
        Self { first: bucket.get(), last: bucket.get() }
    }

    /// All buckets, cut so that `rows` evenly spread rows make about `per_range` a range.
    pub fn covering(rows: u64, per_range: u64) -> impl Iterator<Item = Self> {
        let ranges = rows.div_ceil(per_range.max(1)).clamp(1, Bucket::COUNT.unsigned_abs().into());
        let ranges = i32::try_from(ranges).unwrap_or(Bucket::COUNT);
        (0..ranges).map(move |n| {
            let start = |n: i32| i64::from(n) * i64::from(Bucket::COUNT) / i64::from(ranges);
            let first = i16::try_from(start(n)).unwrap_or(i16::MAX);
            Self { first, last: i16::try_from(start(n + 1) - 1).unwrap_or(i16::MAX) }
        })
    }

    /// The first bucket, as stored.
    pub const fn first(self) -> i16 {
        self.first
    }

    /// The last bucket, as stored.
    pub const fn last(self) -> i16 {
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_cover_every_bucket_once() {
        for rows in [0, 1, 999, 1_000, 1_001, 123_456, 27_000_000, u64::MAX] {
            let ranges: Vec<_> = BucketRange::covering(rows, 1_000).collect();
            let mut next = 0_i32;
            for range in &ranges {
                assert_eq!(i32::from(range.first()), next, "{rows}");
                assert!(range.last() >= range.first());
                next = i32::from(range.last()) + 1;
            }
            assert_eq!(next, Bucket::COUNT, "{rows}");
        }
    }
}
