//! What must never stand in a message that claims to be the carrier's: addresses, and words that
//! belittle.

/// The word that makes a leak sound smaller than it is; the law's word is 유출.
pub(super) const BELITTLING: &str = "노출";

/// Whether something in the text would be made a link by a handset or a mail program.
pub(super) fn has_address(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    lower.contains("://") || lower.contains("www.") || lower.contains('@') || has_domain(&lower)
}

/// A letter, digit or hyphen, a dot, and two letters or more: `naver.com`, `gov.kr`, `한글.한국`.
fn has_domain(text: &str) -> bool {
    let mut before = None;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let inside = before.is_some_and(|b: char| b.is_alphanumeric() || b == '-');
        if c == '.' && inside && is_top_level(rest.as_str()) {
            return true;
        }
        before = Some(c);
    }
    false
}

fn is_top_level(text: &str) -> bool {
    let latin = text.bytes().take_while(u8::is_ascii_alphabetic).count() >= 2;
    latin || ["한국", "닷컴", "닷넷"].iter().any(|top| text.starts_with(top))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found() {
        let found = [
            "http://x",
            "HTTPS://X",
            "www.hanbit",
            "hanbit.kr",
            "m.naver.com/abc",
            "a-b.io",
            "통신.한국",
            "desk@hanbit",
        ];
        for text in found {
            assert!(has_address(text), "{text}");
        }
        for text in
            ["2025. 9. 5.", "3.5GHz", "Co., Ltd.", "e.g. this", "했습니다. 고객", "끝.", "", "."]
        {
            assert!(!has_address(text), "{text}");
        }
    }
}
