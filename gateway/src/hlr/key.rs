//! The secret of a USIM.

use std::fmt;
use std::hint::black_box;

use zeroize::{Zeroize as _, ZeroizeOnDrop, Zeroizing};

/// How many bytes K has, and `OPc`.
const SIZE: usize = 16;

/// K and `OPc` of a USIM that authenticates by Milenage (3GPP TS 35.206). Wiped when dropped, never shown.
#[derive(Clone, ZeroizeOnDrop)]
pub struct MilenageKey {
    k: [u8; SIZE],
    opc: [u8; SIZE],
}

/// A text that is no key. It does not say which one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseKeyError {
    /// Not 32 signs.
    #[error("a key is written with 32 hexadecimal digits, this one has {actual} signs")]
    Length {
        /// How many it has.
        actual: usize,
    },
    /// Something other than hexadecimal digits.
    #[error("a key is written with hexadecimal digits alone")]
    Character,
}

impl ParseKeyError {
    /// A word for it that never changes.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Length { .. } => "key.length",
            Self::Character => "key.character",
        }
    }
}

impl MilenageKey {
    /// Reads K and `OPc`, 32 hexadecimal digits each, in either case.
    ///
    /// # Errors
    /// For whichever of the two is no key.
    pub fn parse(k: &str, opc: &str) -> Result<Self, ParseKeyError> {
        let mut key = Self { k: [0; SIZE], opc: [0; SIZE] };
        read(k, &mut key.k)?;
        read(opc, &mut key.opc)?;
        Ok(key)
    }

    /// K and `OPc` as bytes.
    pub const fn from_bytes(k: [u8; SIZE], opc: [u8; SIZE]) -> Self {
        Self { k, opc }
    }

    /// K as 32 hexadecimal digits. Every call is a disclosure.
    pub fn expose_k(&self) -> Zeroizing<String> {
        hex(&self.k)
    }

    /// `OPc` as 32 hexadecimal digits. Every call is a disclosure.
    pub fn expose_opc(&self) -> Zeroizing<String> {
        hex(&self.opc)
    }
}

/// In a time that does not tell where two keys differ.
impl PartialEq for MilenageKey {
    fn eq(&self, other: &Self) -> bool {
        let ours = self.k.iter().chain(&self.opc);
        let theirs = other.k.iter().chain(&other.opc);
        let differs = ours.zip(theirs).fold(0, |all, (a, b)| black_box(all | (a ^ b)));
        black_box(differs) == 0
    }
}

impl Eq for MilenageKey {}

impl fmt::Debug for MilenageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MilenageKey(***)")
    }
}

fn read(text: &str, into: &mut [u8; SIZE]) -> Result<(), ParseKeyError> {
    let actual = text.chars().count();
    if actual != 2 * SIZE {
        return Err(ParseKeyError::Length { actual });
    }
    let mut digits = text.chars().map(|sign| sign.to_digit(16).and_then(|d| u8::try_from(d).ok()));
    for byte in &mut *into {
        let (Some(Some(high)), Some(Some(low))) = (digits.next(), digits.next()) else {
            into.zeroize();
            return Err(ParseKeyError::Character);
        };
        *byte = high << 4 | low;
    }
    Ok(())
}

/// The room is taken at once: a text that grows leaves copies behind.
fn hex(bytes: &[u8; SIZE]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(2 * SIZE));
    for byte in bytes {
        for half in [byte >> 4, byte & 0xF] {
            text.extend(char::from_digit(u32::from(half), 16));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const K: &str = "465b5ce8b199b49faa5f0a2ee238a6bc";
    const OPC: &str = "CD63CB71954A9F4E48A5994E37A02BAF";

    #[test]
    fn a_key_is_64_digits_in_two_halves() {
        let key = MilenageKey::parse(K, OPC).unwrap();
        assert_eq!(*key.expose_k(), K);
        assert_eq!(*key.expose_opc(), OPC.to_lowercase());
        assert_eq!(format!("{key:?}"), "MilenageKey(***)");
    }

    #[test]
    fn anything_else_is_refused_without_being_shown() {
        let short = K.strip_prefix('4').unwrap();
        let injected = "465b5ce8b199b49faa5f0a2ee238a6\n1";
        for (k, opc, why) in [
            (short, OPC, ParseKeyError::Length { actual: 31 }),
            (K, "", ParseKeyError::Length { actual: 0 }),
            (injected, OPC, ParseKeyError::Character),
            (K, "+5b5ce8b199b49faa5f0a2ee238a6bc1", ParseKeyError::Character),
        ] {
            assert_eq!(MilenageKey::parse(k, opc), Err(why));
            assert!(!why.to_string().contains("5b5c"));
        }
    }

    #[test]
    fn keys_are_equal_in_both_halves_or_not_at_all() {
        let key = MilenageKey::parse(K, OPC).unwrap();
        assert_eq!(key, key.clone());
        assert_ne!(key, MilenageKey::parse(K, K).unwrap());
        assert_ne!(key, MilenageKey::parse(OPC, OPC).unwrap());
    }
}
