//! What staff wrote, without anything that looks like one person's number or address.
//!
//! Staff are told never to write such things down; what they wrote cannot be changed, and a report has a deadline, so
//! it is masked rather than refused.

use super::{FilingFacts, Response};
use crate::identity::{EmailAddress, Msisdn, mask_unparsed};

impl FilingFacts {
    /// The same with numbers and addresses of persons masked; the filer's and the desk's own stay.
    #[must_use]
    pub fn masked(mut self) -> Self {
        mask(&mut self.title);
        mask(&mut self.leak.occurred);
        mask(&mut self.leak.circumstances);
        for known in &mut self.knowledge {
            mask(&mut known.who);
            mask(&mut known.what);
            mask(&mut known.evidence);
        }
        let Response { self_help, measures, relief, rights, desk: _ } = &mut self.response;
        for sentence in [self_help, measures, relief, rights].into_iter().flatten() {
            mask(sentence);
        }
        mask(&mut self.consequences);
        self.late_reason.iter_mut().for_each(mask);
        self
    }
}

fn mask(text: &mut String) {
    if let Some(masked) = masked(text) {
        *text = masked;
    }
}

/// The text with what is personal masked; none if nothing is.
fn masked(text: &str) -> Option<String> {
    let spans = [numbers(text), addresses(text)].concat();
    if spans.is_empty() {
        return None;
    }
    let hidden = |at: usize| spans.iter().find(|span| span.start == at);
    let inside = |at: usize| spans.iter().any(|span| span.contains(&at));
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        if let Some(found) = hidden(at).and_then(|span| text.get(span.clone())) {
            out.push_str(&mask_unparsed(found));
        } else if !inside(at) {
            out.push(c);
        }
    }
    Some(out)
}

type Span = std::ops::Range<usize>;

/// Mail addresses.
fn addresses(text: &str) -> Vec<Span> {
    let parts = |c: char| c.is_whitespace() || "<>()[],;:\"'".contains(c);
    let is_address = |span: &Span| {
        text.get(span.clone()).is_some_and(|word| {
            word.contains('@') && EmailAddress::parse(word.trim_end_matches('.')).is_ok()
        })
    };
    runs(text, |c| !parts(c)).into_iter().filter(is_address).collect()
}

/// Mobile numbers in one to four groups of digits, and numbers of the length of other identifiers in one or two.
fn numbers(text: &str) -> Vec<Span> {
    let groups = runs(text, |c| c.is_ascii_digit());
    let mut found = Vec::new();
    let mut at = 0;
    while at < groups.len() {
        let whole = (1..=4).rev().find_map(|many| personal(text, groups.get(at..at + many)?));
        at += whole.as_ref().map_or(1, |(_, many)| *many);
        found.extend(whole.map(|(span, _)| span));
    }
    found
}

/// Groups of digits that are one person's number, with how many groups they are.
fn personal(text: &str, groups: &[Span]) -> Option<(Span, usize)> {
    let (first, last) = (groups.first()?, groups.last()?);
    let span = first.start..last.end;
    let joined = groups.windows(2).all(|two| match two {
        [one, two] => {
            text.get(one.end..two.start).is_some_and(|gap| [" ", "-", "."].contains(&gap))
        }
        _ => true,
    });
    let before = text.get(..span.start).and_then(|head| head.chars().next_back());
    let after = text.get(span.end..).and_then(|tail| tail.chars().next());
    // Korean words stand right after a number; Latin letters make it part of a hash.
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    if !joined || is_part(before) || is_part(after) {
        return None;
    }
    let digits: String = groups.iter().filter_map(|group| text.get(group.clone())).collect();
    let is_mobile = is_mobile(&digits);
    let is_identifier = groups.len() <= 2 && matches!(digits.len(), 13 | 15 | 18..=20);
    (is_mobile || is_identifier).then_some((span, groups.len()))
}

fn is_mobile(digits: &str) -> bool {
    let national = digits.strip_prefix("82").map(|rest| format!("0{rest}"));
    let korean = |digits: &str| digits.starts_with("01") && Msisdn::parse(digits).is_ok();
    korean(digits) || national.is_some_and(|digits| korean(&digits))
}

/// The stretches of a text whose characters all pass.
fn runs(text: &str, passes: impl Fn(char) -> bool) -> Vec<Span> {
    let mut found: Vec<Span> = Vec::new();
    for (at, c) in text.char_indices().filter(|(_, c)| passes(*c)) {
        match found.last_mut().filter(|last| last.end == at) {
            Some(last) => last.end = at + c.len_utf8(),
            None => found.push(at..at + c.len_utf8()),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn persons_numbers_and_addresses_are_masked() {
        for (text, shown) in [
            ("전화 010-1234-5678에서 신고", "전화 010******78에서 신고"),
            ("call 010 1234 5678, then", "call 010******78, then"),
            ("+82 10-1234-5678", "+821*******78"),
            ("IMSI 450081234567890.", "IMSI 450**********90."),
            ("주민번호 800102-1234567", "주민번호 800********67"),
            ("mail of kim@example.com (2)", "mail of k** (2)"),
            ("ICCID 8982081234567890123", "ICCID 898**************23"),
        ] {
            assert_eq!(masked(text).as_deref(), Some(shown), "{text}");
        }
    }

    #[test]
    fn dates_hashes_and_counts_stay() {
        for text in [
            "2025-09-05 03:00 차단, 22,227 회선",
            "list: kt-1.csv, sha256 3f9a450081234567890c1",
            "경찰 통보 2025-09-01, 문서 12",
            "080-000-0114",
            "call 118 or 1833-6972",
            "2025년 8월 5일부터 9월 5일까지",
        ] {
            assert_eq!(masked(text), None, "{text}");
        }
    }
}
