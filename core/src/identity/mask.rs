//! How values are shown to those who may not read them.

/// Longest run of stars, so that a huge cell does not fill a screen.
const MAX_STARS: usize = 16;

/// A value that could not be read, safe to show beside the error: at most the first three and last
/// two digits of something that looks like a number, at most the first character of anything else.
pub fn mask_unparsed(raw: &str) -> String {
    let text = raw.trim();
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let is_number = text.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | ' ' | '.'));
    if is_number && digits.len() >= 9 {
        return digits_masked(&digits, 3, 2);
    }
    first_only(text)
}

/// `head` first and `tail` last digits with stars between. Shows nothing if that would leave fewer
/// than four hidden.
pub(super) fn digits_masked(digits: &str, head: usize, tail: usize) -> String {
    let count = digits.chars().count();
    let Some(hidden) = count.checked_sub(head + tail).filter(|hidden| *hidden >= 4) else {
        return stars(count);
    };
    let start: String = digits.chars().take(head).collect();
    let end: String = digits.chars().skip(head + hidden).collect();
    format!("{start}{}{end}", stars(hidden))
}

/// The first character and two stars, whatever the length; only stars for a single character.
pub(super) fn first_only(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(first), Some(_)) if first.is_alphabetic() => format!("{first}**"),
        (Some(_), _) => "***".to_owned(),
        (None, _) => String::new(),
    }
}

fn stars(count: usize) -> String {
    "*".repeat(count.min(MAX_STARS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_value_shows_no_more_than_its_ends() {
        assert_eq!(mask_unparsed("010-1234-567"), "010*****67");
        assert_eq!(mask_unparsed(" 1234567 "), "***");
        assert_eq!(mask_unparsed("홍길동"), "홍**");
        assert_eq!(mask_unparsed("김"), "***");
        assert_eq!(mask_unparsed("=HYPERLINK(1)"), "***");
        assert_eq!(mask_unparsed(""), "");
        assert_eq!(mask_unparsed(&"7".repeat(1_000_000)).chars().count(), 21);
        assert_eq!(mask_unparsed("\u{1b}[31m010"), "***");
    }
}
