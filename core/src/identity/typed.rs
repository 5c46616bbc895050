//! What hands and spreadsheets do to an identifier: full-width digits, hyphens of all kinds,
//! blanks.

/// Full-width ASCII as plain ASCII, the ideographic and the no-break blank as a blank.
pub(super) fn half_width(text: &str) -> String {
    text.chars().map(narrow).collect()
}

/// The text without blanks and separators, in half-width ASCII.
pub(super) fn compact(text: &str) -> String {
    text.chars().map(narrow).filter(|c| !is_separator(*c)).collect()
}

/// Whether all of it is digits 0 to 9.
pub(super) fn all_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => {
            u32::from(c).checked_sub(0xfee0).and_then(char::from_u32).unwrap_or(c)
        }
        '\u{3000}' | '\u{a0}' => ' ',
        other => other,
    }
}

/// Blanks, dots, brackets, hyphens (also U+2010 to U+2015 and the minus sign), and invisible marks.
const fn is_separator(c: char) -> bool {
    matches!(
        c,
        ' ' | '\t' | '-' | '.' | '(' | ')' | '\u{2010}'
            ..='\u{2015}'
                | '\u{2212}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{202a}'
                | '\u{202c}'
                | '\u{feff}'
    )
}
