//! KS X 1001 (EUC-KR): one byte for ASCII, two for everything else, both of them A1 or above.
//!
//! `encoding_rs` knows the vendor extension (windows-949), whose extra syllables older handsets and
//! message centres refuse, and writes `&#8361;` for what it lacks; both are found here.

use encoding_rs::EUC_KR;

use super::{Charset, EncodeError};

pub(super) fn encode(text: &str) -> Result<Vec<u8>, EncodeError> {
    let (bytes, _, replaced) = EUC_KR.encode(text);
    if replaced || !is_strict(&bytes) {
        // The slow way, only to name the character.
        let character =
            text.chars().find(|c| !is_carried(*c)).unwrap_or(char::REPLACEMENT_CHARACTER);
        return Err(EncodeError::Unmappable { character, charset: Charset::Ksx1001 });
    }
    Ok(bytes.into_owned())
}

pub(super) fn decode(bytes: &[u8]) -> Option<String> {
    let text = EUC_KR.decode_without_bom_handling_and_without_replacement(bytes)?;
    is_strict(bytes).then(|| text.into_owned())
}

/// Whether the set has the character.
fn is_carried(c: char) -> bool {
    let mut buffer = [0; 4];
    let (bytes, _, replaced) = EUC_KR.encode(c.encode_utf8(&mut buffer));
    !replaced && is_strict(&bytes)
}

/// Whether all pairs are KS X 1001: a lead and a trail of A1 or above.
fn is_strict(bytes: &[u8]) -> bool {
    let mut rest = bytes.iter();
    while let Some(byte) = rest.next() {
        if !byte.is_ascii() && (*byte < 0xa1 || rest.next().is_none_or(|trail| *trail < 0xa1)) {
            return false;
        }
    }
    true
}
