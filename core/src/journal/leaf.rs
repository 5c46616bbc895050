//! The one encoding of a journal entry that is hashed.

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use crate::id::IncidentId;

/// The hash of a leaf, with RFC 6962's 0x00 in front so that no leaf passes for an inner node.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeafHash(pub [u8; 32]);

impl std::fmt::Debug for LeafHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LeafHash({self})")
    }
}

impl std::fmt::Display for LeafHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What a leaf says of a journal entry. The body itself is not in it, only a salted commitment to its hash: a body
/// can be erased later, and who holds the leaf alone cannot guess it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaf<'a> {
    /// What happened, such as `wave.released`.
    pub kind: &'a str,
    /// When; microseconds count, finer parts do not.
    pub at: DateTime<Utc>,
    /// Who did it: a staff id or the name of a job, never a person's name.
    pub actor: &'a str,
    /// The incident it belongs to, if to one.
    pub incident: Option<IncidentId>,
    /// SHA-256 of the body's stored bytes.
    pub body_sha256: [u8; 32],
    /// Random, kept beside the body and erased with it.
    pub salt: [u8; 16],
}

impl Leaf<'_> {
    /// The bytes that are hashed. Texts carry their length (four bytes, big-endian), so no two leaves share an encoding.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = b"simrecall leaf v1\n".to_vec();
        put_text(&mut bytes, self.kind);
        bytes.extend(self.at.timestamp_micros().to_be_bytes());
        put_text(&mut bytes, self.actor);
        match &self.incident {
            Some(id) => {
                bytes.push(1);
                bytes.extend(id.as_bytes());
            }
            None => bytes.push(0),
        }
        bytes.extend(self.commitment());
        bytes
    }

    /// The hash the tree is made of.
    pub fn hash(&self) -> LeafHash {
        LeafHash::of(&self.encode())
    }

    fn commitment(&self) -> [u8; 32] {
        // Both inputs have a fixed length, so plain concatenation is unambiguous.
        Sha256::new().chain_update(self.salt).chain_update(self.body_sha256).finalize().into()
    }
}

impl LeafHash {
    /// The leaf hash of any bytes (RFC 6962 §2.1).
    pub fn of(data: &[u8]) -> Self {
        Self(Sha256::new().chain_update([0]).chain_update(data).finalize().into())
    }
}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    // A text of 4 GiB does not occur; if it did, the saturated length would still be the same on every run.
    bytes.extend(u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
    bytes.extend(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf() -> Leaf<'static> {
        Leaf {
            kind: "wave.released",
            at: DateTime::from_timestamp(1_757_600_000, 123_456_000).unwrap(),
            actor: "staff:7",
            incident: Some(IncidentId::from_bytes([7; 16])),
            body_sha256: [1; 32],
            salt: [2; 16],
        }
    }

    #[test]
    fn the_encoding_is_pinned() {
        // Computed apart from this code. Changing it makes every journal kept so far unverifiable.
        insta::assert_snapshot!(leaf().hash(), @"7619936c41c4ac17fe5daa61c7891d30694fbca32a941206751d97e0f7b028b9");
    }

    #[test]
    fn every_field_counts() {
        let base = leaf();
        let others = [
            Leaf { kind: "wave.release", ..base },
            Leaf { at: base.at + chrono::TimeDelta::microseconds(1), ..base },
            Leaf { actor: "staff:8", ..base },
            Leaf { incident: None, ..base },
            Leaf { incident: Some(IncidentId::from_bytes([8; 16])), ..base },
            Leaf { body_sha256: [3; 32], ..base },
            Leaf { salt: [3; 16], ..base },
        ];
        for other in others {
            assert_ne!(other.hash(), base.hash(), "{other:?}");
        }
    }

    #[test]
    fn texts_do_not_run_into_one_another() {
        let (a, b) =
            (Leaf { kind: "ab", actor: "c", ..leaf() }, Leaf { kind: "a", actor: "bc", ..leaf() });
        assert_ne!(a.encode(), b.encode());
    }
}
