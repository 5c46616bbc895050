//! A text cut into the parts of a concatenated short message (3GPP TS 23.040, 9.2.3.24.1 and
//! 9.2.3.24.8).

use super::gsm7::ESCAPE;
use super::{Charset, EncodeError, encode};

/// Parts a message can have: their number is one byte.
pub const MAX_PARTS: usize = 255;

/// Octets of user data in one message, header included.
const OCTETS: usize = 140;

/// The number that ties parts together, unique per destination while parts may be on their way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reference {
    /// One byte: every handset knows it.
    Eight(u8),
    /// Two bytes: fewer mix-ups, one septet less in each part.
    Sixteen(u16),
}

/// One part as a network takes it.
#[derive(Clone, PartialEq, Eq)]
pub struct Segment {
    /// The header with its own length in front; empty when there is one part only.
    pub udh: Vec<u8>,
    /// The text of the part; GSM septets unpacked, one in a byte.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Segment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Segment({:?} + {} bytes)", self.udh, self.bytes.len())
    }
}

impl Reference {
    /// Bytes of the header, its length byte included.
    const fn header_len(self) -> usize {
        match self {
            Self::Eight(_) => 6,
            Self::Sixteen(_) => 7,
        }
    }

    fn header(self, parts: u8, part: u8) -> Vec<u8> {
        match self {
            Self::Eight(reference) => vec![5, 0, 3, reference, parts, part],
            Self::Sixteen(reference) => {
                let [high, low] = reference.to_be_bytes();
                vec![6, 8, 4, high, low, parts, part]
            }
        }
    }
}

/// Cuts a text into as few parts as it takes, never inside a character: no escape, surrogate pair
/// or double byte is split.
pub fn segments(
    text: &str,
    charset: Charset,
    reference: Reference,
) -> Result<Vec<Segment>, EncodeError> {
    let bytes = encode(text, charset)?;
    if bytes.len() <= capacity(charset, 0) {
        return Ok(vec![Segment { udh: Vec::new(), bytes }]);
    }
    let cut = cut(&bytes, charset, capacity(charset, reference.header_len()));
    let too_many = EncodeError::TooManyParts { parts: cut.len() };
    let parts = u8::try_from(cut.len()).map_err(|_| too_many)?;
    let numbered = (1..=parts).zip(cut);
    Ok(numbered
        .map(|(part, bytes)| Segment { udh: reference.header(parts, part), bytes: bytes.to_vec() })
        .collect())
}

/// Bytes (septets for the GSM alphabet) that fit beside a header of so many octets.
const fn capacity(charset: Charset, header: usize) -> usize {
    match charset {
        Charset::Gsm7 => (OCTETS - header) * 8 / 7,
        Charset::Ucs2 => (OCTETS - header) / 2 * 2,
        Charset::Ksx1001 => OCTETS - header,
    }
}

fn cut(bytes: &[u8], charset: Charset, capacity: usize) -> Vec<&[u8]> {
    let mut parts = Vec::with_capacity(bytes.len() / capacity + 1);
    let mut rest = bytes;
    while !rest.is_empty() {
        let (part, tail) = rest.split_at(whole_characters(rest, charset, capacity));
        parts.push(part);
        rest = tail;
    }
    parts
}

/// How many of the first `capacity` bytes are whole characters.
fn whole_characters(bytes: &[u8], charset: Charset, capacity: usize) -> usize {
    if bytes.len() <= capacity {
        return bytes.len();
    }
    let head = bytes.get(..capacity).unwrap_or(bytes);
    let split = match charset {
        // An escape is never the second half of a pair, so an escape at the end has lost its
        // character.
        Charset::Gsm7 => usize::from(head.last() == Some(&ESCAPE)),
        // A high surrogate, D800 to DBFF, at the end has lost its low one.
        Charset::Ucs2 => {
            let unit = head.iter().rev().nth(1).copied().unwrap_or(0);
            if unit & 0xfc == 0xd8 { 2 } else { 0 }
        }
        // All bytes of double-byte characters have the high bit: an odd run of them ends inside
        // one.
        Charset::Ksx1001 => head.iter().rev().take_while(|byte| !byte.is_ascii()).count() % 2,
    };
    capacity - split
}
