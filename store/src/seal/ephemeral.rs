//! Blocks that pass through a disk and must not be readable there: sealed with a key that never leaves memory.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use super::{SealError, TAG_LEN};

/// A key that dies with the process.
///
/// Blocks are numbered by their owner, and no number is used twice: it is the nonce.
pub struct EphemeralSeal {
    key: LessSafeKey,
}

impl EphemeralSeal {
    /// How much longer a block gets by being sealed, in bytes.
    pub const OVERHEAD: usize = TAG_LEN;

    /// A fresh key from the machine's random source.
    pub fn new() -> Result<Self, SealError> {
        let mut key = Zeroizing::new([0; 32]);
        aws_lc_rs::rand::fill(&mut *key).map_err(|_| SealError::Random)?;
        let key = UnboundKey::new(&AES_256_GCM, &*key).map_err(|_| SealError::Format)?;
        Ok(Self { key: LessSafeKey::new(key) })
    }

    /// Seals block `no` where it is.
    pub fn seal(&self, no: u64, block: &mut Vec<u8>) -> Result<(), SealError> {
        self.key
            .seal_in_place_append_tag(nonce(no), Aad::empty(), block)
            .map_err(|_| SealError::Altered)
    }

    /// Opens block `no` where it is, and gives its bytes.
    pub fn open<'a>(&self, no: u64, block: &'a mut [u8]) -> Result<&'a [u8], SealError> {
        let opened = self.key.open_in_place(nonce(no), Aad::empty(), block);
        opened.map(|bytes| &*bytes).map_err(|_| SealError::Altered)
    }
}

impl fmt::Debug for EphemeralSeal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EphemeralSeal(***)")
    }
}

fn nonce(no: u64) -> Nonce {
    let mut bytes = [0; NONCE_LEN];
    bytes.iter_mut().zip(no.to_le_bytes()).for_each(|(to, from)| *to = from);
    Nonce::assume_unique_for_key(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_opens_under_its_own_number_and_key_only() {
        let (seal, other) = (EphemeralSeal::new().unwrap(), EphemeralSeal::new().unwrap());
        let mut block = b"450081234567890".to_vec();
        seal.seal(7, &mut block).unwrap();
        assert_eq!(block.len(), 15 + EphemeralSeal::OVERHEAD);
        assert!(!block.windows(4).any(|part| part == b"4500"));
        assert_eq!(seal.open(8, &mut block.clone()).unwrap_err(), SealError::Altered);
        assert_eq!(other.open(7, &mut block.clone()).unwrap_err(), SealError::Altered);
        assert_eq!(seal.open(7, &mut block).unwrap(), b"450081234567890");
        assert_eq!(format!("{seal:?}"), "EphemeralSeal(***)");
    }
}
