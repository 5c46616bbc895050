//! The GSM alphabet (3GPP TS 23.038, 6.2.1): 128 characters, and ten more behind an escape.

use super::{Charset, EncodeError};

/// The septet before a character of the extension table.
pub(super) const ESCAPE: u8 = 0x1b;

/// The basic table in septet order; the escape's place holds the escape itself, which no text may
/// contain.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u{1b}ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// The extension table.
const EXTENSION: [(char, u8); 10] = [
    ('\u{c}', 0x0a),
    ('^', 0x14),
    ('{', 0x28),
    ('}', 0x29),
    ('\\', 0x2f),
    ('[', 0x3c),
    ('~', 0x3d),
    (']', 0x3e),
    ('|', 0x40),
    ('€', 0x65),
];

pub(super) fn encode(text: &str) -> Result<Vec<u8>, EncodeError> {
    let mut out = Vec::with_capacity(text.len());
    for character in text.chars() {
        if let Some(septet) = basic(character) {
            out.push(septet);
        } else if let Some((_, septet)) = EXTENSION.iter().find(|(c, _)| *c == character) {
            out.extend([ESCAPE, *septet]);
        } else {
            return Err(EncodeError::Unmappable { character, charset: Charset::Gsm7 });
        }
    }
    Ok(out)
}

pub(super) fn decode(septets: &[u8]) -> Option<String> {
    let mut out = String::with_capacity(septets.len());
    let mut rest = septets.iter();
    while let Some(septet) = rest.next() {
        if *septet == ESCAPE {
            let extended = rest.next()?;
            out.push(EXTENSION.iter().find(|(_, s)| s == extended)?.0);
        } else {
            out.push(BASIC.chars().nth(usize::from(*septet))?);
        }
    }
    Some(out)
}

fn basic(character: char) -> Option<u8> {
    match character {
        // The same places as in ASCII, and most of any text.
        'a'..='z' | 'A'..='Z' | '0'..='9' | ' ' | '\n' => u8::try_from(character).ok(),
        '\u{1b}' => None,
        _ => u8::try_from(BASIC.chars().position(|c| c == character)?).ok(),
    }
}
