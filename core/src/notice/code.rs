//! The code in a notice by which its receiver can ask whether the carrier really sent it.
//!
//! Eight characters of Crockford's base 32 (no I, L, O, U) carry 40 bits; a ninth checks them. The
//! check is a sum over the field of 32 elements with a different weight for each place, so it finds
//! every single wrong character and every two that changed places.

use std::fmt;

/// Crockford's alphabet, in order of value.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters that carry the value.
const VALUES: usize = 8;
/// Bit that makes a letter (16 to 25) of a digit (0 to 9).
const LETTER: u8 = 16;

/// A message code: written `7K2-M9Q-X4T`, read out in three groups of three.
///
/// It always holds a letter, so that nobody and no handset takes it for a telephone number. `Debug`
/// does not show it: together with the number it leads to a person.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageCode([u8; 5]);

/// A text that is no message code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseCodeError {
    /// Not nine characters.
    #[error("a message code has 9 letters and digits, this one has {actual}")]
    Length {
        /// How many there are, blanks and hyphens aside.
        actual: usize,
    },
    /// A character no code has.
    #[error("a message code holds digits and letters of the Latin alphabet, without U")]
    Character,
    /// The last character does not fit the others.
    #[error("a character of the message code is wrong, or two changed places")]
    Check,
    /// Digits alone.
    #[error("a message code holds at least one letter; this may be a telephone number")]
    NoLetter,
}

impl ParseCodeError {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Length { .. } => "message_code.length",
            Self::Character => "message_code.character",
            Self::Check => "message_code.check",
            Self::NoLetter => "message_code.no_letter",
        }
    }
}

impl MessageCode {
    /// The code over 40 bits that nobody can guess. A value that would be written in digits alone
    /// gets a letter in front.
    pub fn from_bytes(bytes: [u8; 5]) -> Self {
        let mut symbols = symbols(bytes);
        if symbols.iter().all(|symbol| *symbol < 10)
            && let Some(first) = symbols.first_mut()
        {
            *first |= LETTER;
        }
        Self(packed(&symbols))
    }

    /// The 40 bits; not always the ones it was made from.
    pub const fn as_bytes(&self) -> &[u8; 5] {
        &self.0
    }

    /// Reads a code as people type it: any case, with or without blanks and hyphens, O for 0, I and
    /// L for 1.
    pub fn parse(text: &str) -> Result<Self, ParseCodeError> {
        let typed = text.chars().filter(|c| !is_parting(*c));
        let actual = typed.clone().count();
        if actual != VALUES + 1 {
            return Err(ParseCodeError::Length { actual });
        }
        let all = typed.map(symbol).collect::<Option<Vec<u8>>>();
        let all = all.ok_or(ParseCodeError::Character)?;
        let (values, check) = all.split_at_checked(VALUES).ok_or(ParseCodeError::Check)?;
        if check != [check_symbol(values)] {
            return Err(ParseCodeError::Check);
        }
        if values.iter().all(|symbol| *symbol < 10) {
            return Err(ParseCodeError::NoLetter);
        }
        Ok(Self(packed(values)))
    }

    /// Whether the text is a code written exactly as notices write it.
    pub fn is_written(text: &str) -> bool {
        Self::parse(text).is_ok_and(|code| code.to_string() == text)
    }
}

impl fmt::Display for MessageCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values = symbols(self.0);
        let all = values.iter().copied().chain([check_symbol(&values)]);
        for (place, symbol) in all.enumerate() {
            if place > 0 && place % 3 == 0 {
                f.write_str("-")?;
            }
            let letter = ALPHABET.get(usize::from(symbol)).copied().unwrap_or(b'0');
            write!(f, "{}", char::from(letter))?;
        }
        Ok(())
    }
}

impl fmt::Debug for MessageCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MessageCode(***)")
    }
}

/// Blanks and hyphens of every kind.
const fn is_parting(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// A typed character's value.
fn symbol(c: char) -> Option<u8> {
    let byte = match c.to_ascii_uppercase() {
        'O' => b'0',
        'I' | 'L' => b'1',
        other => u8::try_from(other).ok()?,
    };
    let place = ALPHABET.iter().position(|letter| *letter == byte)?;
    u8::try_from(place).ok()
}

/// Eight times five bits, the first ones first.
fn symbols(bytes: [u8; 5]) -> [u8; VALUES] {
    let bits = bytes.iter().fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte));
    [35, 30, 25, 20, 15, 10, 5, 0].map(|shift| u8::try_from((bits >> shift) & 31).unwrap_or(0))
}

fn packed(symbols: &[u8]) -> [u8; 5] {
    let bits = symbols.iter().fold(0_u64, |bits, symbol| (bits << 5) | u64::from(*symbol));
    bits.to_be_bytes().last_chunk().copied().unwrap_or_default()
}

/// The symbol that makes the weighted sum of all nine zero.
fn check_symbol(values: &[u8]) -> u8 {
    values.iter().fold(0, |sum, value| doubled(sum ^ value))
}

/// Times the field's generator, modulo x⁵ + x² + 1.
const fn doubled(symbol: u8) -> u8 {
    let carried = if symbol & 16 == 0 { 0 } else { 0b10_0101 };
    (symbol << 1) ^ carried
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LETTERS: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    #[test]
    fn a_code_is_written_in_three_groups() {
        let code = MessageCode::from_bytes([0x12, 0x34, 0x56, 0x78, 0x9a]);
        assert_eq!(code.to_string(), "28T-5CY-4TH");
        assert_eq!(format!("{code:?}"), "MessageCode(***)");
    }

    #[test]
    fn digits_alone_are_never_a_code() {
        let code = MessageCode::from_bytes([0; 5]);
        assert!(code.to_string().starts_with('G'), "{code}");
        assert_eq!(MessageCode::parse("000-000-000"), Err(ParseCodeError::NoLetter));
        for number in ["010-1234-56", "114", "", "010-1234-5678"] {
            assert!(MessageCode::parse(number).is_err(), "{number}");
        }
    }

    #[test]
    fn a_refused_code_says_why() {
        assert_eq!(MessageCode::parse("28T-5CY-4"), Err(ParseCodeError::Length { actual: 7 }));
        assert_eq!(MessageCode::parse("28T-5CY-4TU"), Err(ParseCodeError::Character));
        assert_eq!(MessageCode::parse("28T-5CY-4T가"), Err(ParseCodeError::Character));
        assert_eq!(MessageCode::parse("28T-5CY-4TX"), Err(ParseCodeError::Check));
    }

    proptest! {
        #[test]
        fn a_code_reads_back_however_it_is_typed(bytes: [u8; 5]) {
            let code = MessageCode::from_bytes(bytes);
            let written = code.to_string();
            prop_assert!(MessageCode::is_written(&written));
            prop_assert_eq!(MessageCode::from_bytes(*code.as_bytes()), code);
            let plain = written.replace('-', "");
            let typed = plain.to_lowercase().replace('0', "o").replace('1', "l");
            for typed in [plain.clone(), typed, plain.replace('1', "I"), format!(" {plain} ")] {
                prop_assert_eq!(MessageCode::parse(&typed), Ok(code), "{}", typed);
            }
            prop_assert!(!MessageCode::is_written(&plain));
        }

        #[test]
        fn one_wrong_character_is_always_found(bytes: [u8; 5], place in 0..9_usize, other in 0..32_usize) {
            let written = MessageCode::from_bytes(bytes).to_string().replace('-', "");
            let mut wrong: Vec<char> = written.chars().collect();
            wrong[place] = LETTERS.chars().nth(other).unwrap();
            let wrong: String = wrong.into_iter().collect();
            prop_assert!(wrong == written || MessageCode::parse(&wrong).is_err());
        }

        #[test]
        fn two_characters_that_changed_places_are_always_found(
            bytes: [u8; 5],
            one in 0..9_usize,
            two in 0..9_usize,
        ) {
            let written = MessageCode::from_bytes(bytes).to_string().replace('-', "");
            let mut wrong: Vec<char> = written.chars().collect();
            wrong.swap(one, two);
            let wrong: String = wrong.into_iter().collect();
            prop_assert!(wrong == written || MessageCode::parse(&wrong).is_err());
        }
    }
}
