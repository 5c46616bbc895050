//! Fakes that people report: which belong together, which hosts they name, which phrases a filter
//! can stop.

use std::collections::{BTreeMap, BTreeSet};

use super::compact::compose;
use super::place::is_unseen;
use super::shingle::Shingles;
use crate::notice::harmless::has_address;

/// Two texts are of one campaign when they share this part of the runs of both together.
const ALIKE: (usize, usize) = (6, 10);
/// Signs of a phrase, at least and at most.
const PHRASE: std::ops::RangeInclusive<usize> = 8..=60;
/// Phrases of a campaign at most.
const PHRASES: usize = 8;
/// What speaks to one person by name; such a phrase may hold a name.
const ADDRESSING: [&str; 6] = ["님", "귀하", "dear ", "mr.", "ms.", "様"];

/// What stays the same in the texts of one campaign: no blanks, no invisible signs, every number
/// and every host like any other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Campaign {
    form: Vec<char>,
    shingles: Shingles,
}

impl Campaign {
    /// The form of one text.
    pub fn of(text: &str) -> Self {
        let mut form: Vec<char> = Vec::with_capacity(text.len());
        let composed = compose(text).to_lowercase();
        for word in composed.split(char::is_whitespace) {
            let stands: Vec<char> = if has_address(word) {
                vec!['▲']
            } else {
                word.chars().filter(|c| !is_unseen(*c)).map(numberless).collect()
            };
            for c in stands {
                // One sign for a number, however long.
                if c != '0' || form.last() != Some(&'0') {
                    form.push(c);
                }
            }
        }
        Self { shingles: Shingles::of_chars(&form), form }
    }

    /// Whether both are of one campaign: Jaccard at least 0.6. Texts too short for that must be
    /// equal.
    pub fn is_like(&self, other: &Self) -> bool {
        let shared = self.shingles.shared(&other.shingles);
        let all = self.shingles.len() + other.shingles.len() - shared;
        self.form == other.form || all > 0 && shared * ALIKE.1 >= all * ALIKE.0
    }
}

const fn numberless(c: char) -> char {
    if c.is_ascii_digit() { '0' } else { c }
}

/// The hosts a text names, in lower case, each once.
pub fn hosts(text: &str) -> BTreeSet<String> {
    let text: String = compose(text).to_lowercase().chars().filter(|c| !is_unseen(*c)).collect();
    let mut hosts = BTreeSet::new();
    for (at, word) in words_of_hosts(&text) {
        let behind_scheme = text.get(..at).is_some_and(|before| before.ends_with("://"));
        let host = trimmed(word);
        if !host.is_empty() && (behind_scheme || has_address(host)) {
            hosts.insert(host.to_owned());
        }
    }
    hosts
}

/// Stretches of what a host is written with, and where they begin.
fn words_of_hosts(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.' | '_');
    let mut at = 0;
    text.split(move |c| !inside(c)).map(move |word| {
        let begins = text.len() - text.get(at..).unwrap_or_default().len();
        at += word.len();
        at += text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        (begins, word)
    })
}

/// Without the particles that Korean glues to a word: `주소는evil.kr에서` names `evil.kr`.
fn trimmed(word: &str) -> &str {
    let word = word.trim_matches(['.', '-', '_']);
    let Some((first, rest)) = word.split_once('.') else { return word };
    let glued = first.rfind(|c: char| !c.is_ascii()).filter(|_| first.ends_with(is_plain));
    let start = glued.map_or(0, |at| at + first.get(at..).map_or(0, first_len));
    let last = rest.rsplit('.').next().unwrap_or(rest);
    let plain = last.find(|c: char| !is_plain(c)).filter(|at| *at >= 2).unwrap_or(last.len());
    word.get(start..word.len() - (last.len() - plain)).unwrap_or(word)
}

fn first_len(text: &str) -> usize {
    text.chars().next().map_or(0, char::len_utf8)
}

const fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-'
}

/// The phrases most texts of one campaign share, the commonest first: no address, no long number,
/// nothing that speaks to somebody by name. Of several texts only what two of them say.
pub fn phrases<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let (mut said, mut reports): (BTreeMap<String, usize>, usize) = (BTreeMap::new(), 0);
    for text in texts {
        reports += 1;
        let composed = compose(text);
        let once: BTreeSet<String> = composed.split(is_end).filter_map(phrase).collect();
        for phrase in once {
            *said.entry(phrase).or_default() += 1;
        }
    }
    let mut common: Vec<_> =
        said.into_iter().filter(|(_, times)| *times >= reports.min(2)).collect();
    common.sort_by_key(|(phrase, times)| {
        (std::cmp::Reverse((*times, phrase.chars().count())), phrase.clone())
    });
    common.into_iter().take(PHRASES).map(|(phrase, _)| phrase).collect()
}

const fn is_end(c: char) -> bool {
    matches!(c, '\n' | '\r' | '.' | '!' | '?' | '。' | '！' | '？')
}

fn phrase(part: &str) -> Option<String> {
    let visible: String = part.chars().filter(|c| !is_unseen(*c)).collect();
    let line = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    // What begins with a sign would be a formula to some programs that open a list.
    let line = line.trim_start_matches(|c: char| !c.is_alphanumeric());
    let lower = line.to_lowercase();
    let digits = line.chars().filter(char::is_ascii_digit).count();
    let fit = PHRASE.contains(&line.chars().count())
        && digits < 4
        && !has_address(line)
        && !ADDRESSING.iter().any(|word| lower.contains(word));
    fit.then(|| line.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FAKE: &str = "[한빛] 홍길동님 개인정보가 유출되었습니다. 보상금 신청을 오늘까지 해 주십시오!\nhttp://hanbit-care.top/a1";

    #[test]
    fn a_campaign_keeps_its_form_under_other_numbers_and_hosts() {
        let one = Campaign::of(FAKE);
        let other = FAKE.replace("hanbit-care.top/a1", "bit.ly/xYz").replace("홍길동", "김철수");
        assert!(one.is_like(&Campaign::of(&other)));
        let spaced = FAKE.replace(' ', "\u{200b}  ");
        assert!(one.is_like(&Campaign::of(&spaced)));
        let foreign = "택배 주소가 잘못되었습니다. 아래에서 고쳐 주세요 http://cj.top/x";
        assert!(!one.is_like(&Campaign::of(foreign)));
        assert!(Campaign::of("a").is_like(&Campaign::of("a")));
        assert!(!Campaign::of("a").is_like(&Campaign::of("b")));
        assert!(
            Campaign::of("call 010-1234-5678 now").is_like(&Campaign::of("call 02-123-4567 now"))
        );
    }

    #[test]
    fn hosts_are_found_in_whatever_stands_around_them() {
        let found = |text: &str| hosts(text).into_iter().collect::<Vec<_>>().join(" ");
        assert_eq!(found(FAKE), "hanbit-care.top");
        assert_eq!(found("주소는evil.kr에서 확인"), "evil.kr");
        assert_eq!(found("HTTP://1.2.3.4:8080/x"), "1.2.3.4");
        assert_eq!(
            found("www.a-b.co.kr, bit.ly/q. 2025.9.5. 통신.한국 a@b.io"),
            "b.io bit.ly www.a-b.co.kr 통신.한국"
        );
        assert_eq!(found("ev\u{200b}il.com"), "evil.com");
        assert_eq!(found("주소 없음."), "");
    }

    #[test]
    fn phrases_name_nobody() {
        assert_eq!(phrases([FAKE]), ["보상금 신청을 오늘까지 해 주십시오"]);
        let other = FAKE.replace("오늘까지", "내일까지");
        assert_eq!(phrases([FAKE, &other]), Vec::<String>::new());
        assert_eq!(phrases([FAKE, &other, FAKE]), ["보상금 신청을 오늘까지 해 주십시오"]);
        assert_eq!(phrases(["=HYPERLINK(1) 지금 바로 누르기"]), ["HYPERLINK(1) 지금 바로 누르기"]);
    }

    proptest! {
        #[test]
        fn likeness_goes_both_ways(a in "\\PC{0,80}", b in "\\PC{0,80}") {
            let (one, other) = (Campaign::of(&a), Campaign::of(&b));
            prop_assert!(one.is_like(&one));
            prop_assert_eq!(one.is_like(&other), other.is_like(&one));
            drop((hosts(&a), phrases([a.as_str(), b.as_str()])));
        }
    }
}
