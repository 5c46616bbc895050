//! The right edge of an RFC 6962 tree: all that is needed to add leaves and to name the root.

use sha2::{Digest, Sha256};

use super::LeafHash;

/// The roots of the perfect subtrees that make up the tree, largest first: one for each bit set in the size.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<[u8; 32]>,
}

/// Bytes that are no frontier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseFrontierError {
    /// Not even the size is there.
    #[error("the frontier has fewer than eight bytes")]
    Short,
    /// The number of hashes does not belong to the size.
    #[error("a tree of {size} leaves has {expected} bytes of peaks, not {found}")]
    Peaks {
        /// Leaves, as the first eight bytes say.
        size: u64,
        /// Bytes that belong to that size.
        expected: usize,
        /// Bytes that are there.
        found: usize,
    },
}

impl Frontier {
    /// The tree with no leaf.
    pub const fn new() -> Self {
        Self { size: 0, peaks: Vec::new() }
    }

    /// Adds a leaf and returns its index.
    pub fn push(&mut self, leaf: LeafHash) -> u64 {
        let index = self.size;
        let mut node = leaf.0;
        // Each trailing one of the old size is a peak that the new leaf completes a pair with.
        for _ in 0..index.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                node = inner(&left, &node);
            }
        }
        self.peaks.push(node);
        self.size += 1;
        index
    }

    /// How many leaves there are.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root (RFC 6962 §2.1); of no leaves it is the hash of nothing.
    pub fn root(&self) -> [u8; 32] {
        let smallest_first = self.peaks.iter().rev().copied();
        smallest_first
            .reduce(|right, left| inner(&left, &right))
            .unwrap_or_else(|| Sha256::digest([]).into())
    }

    /// The size in eight big-endian bytes, then the peaks.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.size.to_be_bytes().to_vec();
        bytes.extend(self.peaks.iter().flatten());
        bytes
    }

    /// Reads the bytes back.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ParseFrontierError> {
        let (size, rest) = bytes.split_first_chunk().ok_or(ParseFrontierError::Short)?;
        let size = u64::from_be_bytes(*size);
        let (peaks, odd) = rest.as_chunks();
        let expected = usize::try_from(size.count_ones()).unwrap_or(usize::MAX);
        if peaks.len() == expected && odd.is_empty() {
            Ok(Self { size, peaks: peaks.to_vec() })
        } else {
            Err(ParseFrontierError::Peaks { size, expected: expected * 32, found: rest.len() })
        }
    }
}

fn inner(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

#[cfg(test)]
mod tests {
    use ct_merkle::mem_backed_tree::MemoryBackedTree;

    use super::*;

    #[test]
    fn every_root_below_300_leaves_is_the_oracles() {
        let mut oracle = MemoryBackedTree::<Sha256, Vec<u8>>::new();
        let mut frontier = Frontier::new();
        for n in 0..300_u64 {
            assert_eq!(frontier.size(), n);
            assert_eq!(
                frontier.root().as_slice(),
                oracle.root().as_bytes().as_slice(),
                "{n} leaves"
            );
            let data = n.to_be_bytes().to_vec();
            assert_eq!(frontier.push(LeafHash::of(&data)), n);
            oracle.push(data);
        }
    }

    #[test]
    fn known_answers_of_rfc_6962() {
        let mut frontier = Frontier::new();
        let hex = |root: [u8; 32]| LeafHash(root).to_string();
        assert_eq!(
            hex(frontier.root()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        frontier.push(LeafHash::of(b""));
        assert_eq!(
            hex(frontier.root()),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
        );
    }

    #[test]
    fn a_frontier_continues_after_it_was_stored() {
        for before in 0..40 {
            let mut whole = Frontier::new();
            for n in 0..before {
                whole.push(LeafHash::of(&[n]));
            }
            let mut read = Frontier::from_bytes(&whole.to_bytes()).unwrap();
            assert_eq!(read, whole);
            read.push(LeafHash::of(b"next"));
            whole.push(LeafHash::of(b"next"));
            assert_eq!(read.root(), whole.root());
        }
    }

    #[test]
    fn bytes_that_are_no_frontier_are_refused() {
        assert_eq!(Frontier::from_bytes(&[0; 7]), Err(ParseFrontierError::Short));
        let mut bytes = 3_u64.to_be_bytes().to_vec();
        bytes.extend([0; 33]);
        let refused = Frontier::from_bytes(&bytes).unwrap_err();
        assert_eq!(refused, ParseFrontierError::Peaks { size: 3, expected: 64, found: 33 });
        assert_eq!(refused.to_string(), "a tree of 3 leaves has 64 bytes of peaks, not 33");
    }
}
