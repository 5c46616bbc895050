//! One hash over all a wave's targets, which its approvers sign.

use sha2::{Digest, Sha256};

use crate::id::{NoticeId, TargetKey};
use crate::journal::{Frontier, LeafHash};
use crate::problem::ProblemCode;
use crate::subscriber::RecipientRole;

/// What the signed hash says of one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TargetLeaf {
    /// Its place in the plan.
    pub key: TargetKey,
    /// The notice it carries.
    pub notice: NoticeId,
    /// As whom they are told.
    pub role: RecipientRole,
    /// SHA-256 of the record before it is sealed: contact and variables.
    pub record_sha256: [u8; 32],
}

/// Targets came out of order, so their root would not be stable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("targets must come in ascending order of chunk and position, each once")]
pub struct TargetsOutOfOrder;

impl TargetsOutOfOrder {
    /// The stable code.
    pub const fn code(&self) -> ProblemCode {
        ProblemCode::OutOfOrder
    }
}

/// The root of an RFC 6962 tree over all targets of one wave, in the order of their keys, so that any one of them can
/// later be proved to be among those that were approved.
#[derive(Debug, Clone, Default)]
pub struct TargetSet {
    tree: Frontier,
    last: Option<TargetKey>,
}

impl TargetSet {
    /// Adds one target.
    pub fn push(&mut self, target: &TargetLeaf) -> Result<(), TargetsOutOfOrder> {
        if self.last.is_some_and(|last| last >= target.key) {
            return Err(TargetsOutOfOrder);
        }
        self.last = Some(target.key);
        self.tree.push(target.hash());
        Ok(())
    }

    /// How many targets there are.
    pub const fn len(&self) -> u64 {
        self.tree.size()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The root of all that was pushed.
    pub fn root(&self) -> [u8; 32] {
        self.tree.root()
    }
}

impl TargetLeaf {
    /// The leaf of one target.
    pub fn hash(&self) -> LeafHash {
        let TargetKey { wave, chunk, pos } = self.key;
        let digest = Sha256::new()
            .chain_update(b"simrecall target v1\n")
            .chain_update(wave.0.to_be_bytes())
            .chain_update(chunk.0.to_be_bytes())
            .chain_update(pos.to_be_bytes())
            .chain_update(self.notice.as_bytes())
            .chain_update(self.role.code().to_be_bytes())
            .chain_update(self.record_sha256)
            .finalize();
        LeafHash::of(&digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{ChunkNo, WaveNo};

    fn target(chunk: i32, pos: i32) -> TargetLeaf {
        TargetLeaf {
            key: TargetKey { wave: WaveNo(1), chunk: ChunkNo(chunk), pos },
            notice: NoticeId::from_bytes([5; 16]),
            role: RecipientRole::Holder,
            record_sha256: [6; 32],
        }
    }

    fn root(targets: &[TargetLeaf]) -> [u8; 32] {
        let mut set = TargetSet::default();
        for target in targets {
            set.push(target).unwrap();
        }
        assert_eq!(usize::try_from(set.len()).unwrap(), targets.len());
        set.root()
    }

    #[test]
    fn every_field_and_every_target_counts() {
        let base = target(1, 0);
        let notice = NoticeId::from_bytes([4; 16]);
        let others = [
            root(&[]),
            root(&[target(1, 1)]),
            root(&[target(2, 0)]),
            root(&[base, target(1, 1)]),
            root(&[TargetLeaf { notice, ..base }]),
            root(&[TargetLeaf { role: RecipientRole::Line, ..base }]),
            root(&[TargetLeaf { record_sha256: [7; 32], ..base }]),
        ];
        for other in others {
            assert_ne!(other, root(&[base]));
        }
        assert_eq!(root(&[base]), root(&[target(1, 0)]));
    }

    #[test]
    fn the_order_is_not_the_callers_choice() {
        let mut set = TargetSet::default();
        set.push(&target(1, 1)).unwrap();
        assert_eq!(set.push(&target(1, 0)), Err(TargetsOutOfOrder));
        assert_eq!(set.push(&target(1, 1)), Err(TargetsOutOfOrder));
        set.push(&target(2, 0)).unwrap();
    }
}
