//! Codes: how they are made, how they are read, how hashes of them are compared.

/// Decimal digits of a code.
const DIGITS: u32 = 6;

/// Whether two hashes are equal, in a time that does not depend on where they differ.
pub(crate) fn same(one: &[u8], other: &[u8]) -> bool {
    let differs = one.iter().zip(other).fold(0, |differs, (a, b)| differs | (a ^ b));
    std::hint::black_box(differs) == 0 && one.len() == other.len()
}

/// A code of six digits, each as likely as any other. `random` gives 32 random bits.
pub(crate) fn code<E>(mut random: impl FnMut() -> Result<u32, E>) -> Result<String, E> {
    const CODES: u32 = 10_u32.pow(DIGITS);
    // What lies above the last whole million would make low codes likelier.
    const WHOLE: u32 = u32::MAX - u32::MAX % CODES;
    loop {
        let drawn = random()?;
        if drawn < WHOLE {
            return Ok(format!("{:06}", drawn % CODES));
        }
    }
}

/// A code as typed: six digits in any width, with blanks or hyphens between; none if it is something else.
pub(crate) fn typed(text: &str) -> Option<String> {
    let digit = |c: char| match c {
        '0'..='9' => Some(c),
        '０'..='９' => char::from_digit(u32::from(c) - u32::from('０'), 10),
        _ => None,
    };
    let kept = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{2013}'));
    let digits: Option<String> = kept.take(16).map(digit).collect();
    digits.filter(|digits| digits.len() == 6)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    fn draw(mut drawn: impl Iterator<Item = u32>) -> String {
        code(|| Ok::<_, Infallible>(drawn.next().unwrap())).unwrap()
    }

    #[test]
    fn every_code_is_as_likely_as_any_other() {
        assert_eq!(draw([0].into_iter()), "000000");
        assert_eq!(draw([999_999].into_iter()), "999999");
        assert_eq!(draw([1_000_042].into_iter()), "000042");
        // 4,294 whole millions fit; what is left is drawn again.
        assert_eq!(draw([4_293_999_999].into_iter()), "999999");
        assert_eq!(draw([4_294_000_000, u32::MAX, 7].into_iter()), "000007");
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        for text in ["042917", " 042 917 ", "042-917", "０４２９１７"] {
            assert_eq!(typed(text).as_deref(), Some("042917"), "{text}");
        }
        for text in ["", "42917", "0429170", "04291a", "٠٤٢٩١٧", &"0".repeat(100)] {
            assert_eq!(typed(text), None, "{text}");
        }
    }

    #[test]
    fn hashes_are_compared_whole() {
        assert!(same(b"abc", b"abc") && same(b"", b""));
        assert!(!same(b"abc", b"abd") && !same(b"abc", b"ab") && !same(b"abc", b""));
    }
}
