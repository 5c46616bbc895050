//! Signs that word processors put into a text and Korean handsets cannot show.

use crate::identity::compose_hangul;

/// The text with signs that KS X 1001 lacks in the form people read as the same: `₩38,500` as
/// `38,500원`, dashes as hyphens, invisible marks gone, Hangul composed. Letters are never changed.
pub fn normalise(text: &str) -> String {
    let text = won_behind_amount(&compose_hangul(text));
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{2010}'..='\u{2014}' | '\u{2212}' => out.push('-'),
            '\u{a0}' | '\u{2002}'..='\u{200a}' | '\u{202f}' => out.push(' '),
            '•' | '‧' | '・' => out.push('·'),
            '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' | '\r' => {}
            other => out.push(other),
        }
    }
    out
}

/// `₩` goes behind its amount as `원`, as it is said; one that stands alone becomes `원`.
fn won_behind_amount(text: &str) -> String {
    let mut pieces = text.split('₩');
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let digits_end = amount_len(piece);
        let (amount, rest) = piece.split_at_checked(digits_end).unwrap_or((piece, ""));
        out.push_str(amount.trim_start());
        out.push('원');
        out.push_str(rest);
    }
    out
}

/// Bytes of the amount in front: a blank, digits, and commas or dots between digits. 0 if there is
/// none.
fn amount_len(text: &str) -> usize {
    let ends = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, ',' | '.' | ' ')));
    let run = text.get(..ends.unwrap_or(text.len())).unwrap_or_default();
    // "₩ 500, and": the amount is one word.
    let lead = run.len() - run.trim_start().len();
    let word = run.trim_start().split(' ').next().unwrap_or_default();
    match word.trim_end_matches([',', '.']).len() {
        0 => 0,
        len => lead + len,
    }
}
