//! Hangul that arrives as conjoining letters (file names and lists from some systems), put together
//! into syllables.
//!
//! The arithmetic is that of the Unicode Standard, section 3.12.

const SYLLABLE: u32 = 0xac00;
const LEAD: u32 = 0x1100;
const VOWEL: u32 = 0x1161;
const TAIL: u32 = 0x11a7;
const LEADS: u32 = 19;
const VOWELS: u32 = 21;
const TAILS: u32 = 28;

/// The text with every lead + vowel (+ tail) as one syllable.
pub(crate) fn compose(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut pending: Option<char> = None;
    for c in text.chars() {
        match pending.and_then(|before| joined(before, c)) {
            Some(both) => pending = Some(both),
            None => out.extend(pending.replace(c)),
        }
    }
    out.extend(pending);
    out
}

fn joined(before: char, c: char) -> Option<char> {
    let (a, b) = (u32::from(before), u32::from(c));
    let lead = a.checked_sub(LEAD).filter(|n| *n < LEADS);
    let vowel = b.checked_sub(VOWEL).filter(|n| *n < VOWELS);
    if let (Some(lead), Some(vowel)) = (lead, vowel) {
        return char::from_u32(SYLLABLE + (lead * VOWELS + vowel) * TAILS);
    }
    let open = a.checked_sub(SYLLABLE).filter(|n| *n < LEADS * VOWELS * TAILS && n % TAILS == 0)?;
    let tail = b.checked_sub(TAIL).filter(|n| (1..TAILS).contains(n))?;
    char::from_u32(SYLLABLE + open + tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conjoining_letters_become_syllables() {
        assert_eq!(compose("\u{1112}\u{1169}\u{11bc}\u{1100}\u{1175}\u{11af}"), "홍길");
        assert_eq!(compose("가\u{11a8}a"), "각a");
        assert_eq!(compose("홍길동 Kim"), "홍길동 Kim");
        assert_eq!(compose("\u{1112}"), "\u{1112}");
        assert_eq!(compose("각\u{11a8}"), "각\u{11a8}");
        assert_eq!(compose(""), "");
    }
}
