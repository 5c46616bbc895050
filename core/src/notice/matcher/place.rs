//! Where a text differs from ours, in words a clerk can read out.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::compact::{Compact, GAP, Pattern, Sign};
use super::fit::{fills, longest, starts};
use super::shingle::hash;
use crate::notice::{Gap, Language};

/// Signs that must agree before two texts count as together again.
const RUN: usize = 5;
/// Places named at most.
const MOST: usize = 20;
/// Signs of either text that a place shows at most.
const SHOWN: usize = 80;

/// How a place differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceKind {
    /// Something else stands there.
    Changed,
    /// Something of ours is not there.
    Missing,
    /// Something is there that is not ours.
    Added,
    /// A sign is there that nobody sees.
    Unseen,
    /// Signs that only look like ours.
    LookAlike,
    /// What stands where a name goes is more than a name.
    Name,
    /// What stands where a message code, an order number or an address goes is none.
    Gap,
}

/// One place where a text differs from a wording.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// How.
    pub kind: PlaceKind,
    /// What ours says, ○○○ for a gap; empty if nothing.
    pub ours: String,
    /// What the text says; empty if nothing. Signs nobody sees are spelled, `[U+200B]`.
    pub theirs: String,
}

/// Shows how it differs, not what the text says: it may hold a name.
impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Place({:?})", self.kind)
    }
}

impl Place {
    /// The difference as a sentence: Korean in Korean, English otherwise.
    pub fn words(&self, language: Language) -> String {
        match language {
            Language::Korean => self.in_korean(),
            Language::English | Language::Chinese | Language::Vietnamese | Language::Japanese => {
                self.in_english()
            }
        }
    }

    fn in_korean(&self) -> String {
        let Self { kind, ours, theirs } = self;
        match kind {
            PlaceKind::Changed => format!("원문은 “{ours}”인데 이 문자는 “{theirs}”입니다"),
            PlaceKind::Missing => format!("원문의 “{ours}” 부분이 빠져 있습니다"),
            PlaceKind::Added => format!("원문에 없는 “{theirs}” 내용이 들어 있습니다"),
            PlaceKind::Unseen => format!("눈에 보이지 않는 글자가 숨어 있습니다: “{theirs}”"),
            PlaceKind::LookAlike => {
                format!("원문의 “{ours}”와 모양만 비슷한 다른 글자입니다: “{theirs}”")
            }
            PlaceKind::Name => format!("이름 자리에 이름이 아닌 내용이 있습니다: “{theirs}”"),
            PlaceKind::Gap => {
                format!("확인 코드·번호·주소 자리에 맞지 않는 내용이 있습니다: “{theirs}”")
            }
        }
    }

    fn in_english(&self) -> String {
        let Self { kind, ours, theirs } = self;
        match kind {
            PlaceKind::Changed => format!("ours says “{ours}”, this says “{theirs}”"),
            PlaceKind::Missing => format!("“{ours}” is left out"),
            PlaceKind::Added => format!("“{theirs}” is added"),
            PlaceKind::Unseen => format!("an invisible sign is hidden in it: “{theirs}”"),
            PlaceKind::LookAlike => {
                format!("“{theirs}” only looks like our “{ours}”; the letters are others")
            }
            PlaceKind::Name => format!("more than a name stands where the name goes: “{theirs}”"),
            PlaceKind::Gap => {
                format!("this is no code, number or address of ours: “{theirs}”")
            }
        }
    }
}

/// Whether a sign leaves no mark on a screen, or turns the writing around.
pub(super) const fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{61c}'
        | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Where the text differs from the pattern, in order.
pub(super) fn places(pattern: &Pattern, text: &Compact) -> Vec<Place> {
    let start = starts(pattern, text.signs()).into_iter().max().unwrap_or(0);
    let mut walk = Walk { pattern, text, i: 0, j: start, gap: 0, found: Vec::new() };
    let (ours, theirs) = (pattern.signs(), text.signs());
    let tail = common_tail(ours, theirs.get(start..).unwrap_or_default());
    let ends = (ours.len() - tail, theirs.len() - tail);
    let runs = runs(ours.get(..ends.0).unwrap_or_default());
    while walk.found.len() < MOST && (walk.i, walk.j) != ends {
        walk.step(ends, &runs);
    }
    walk.found
}

/// Where each run of ours begins.
type Runs = BTreeMap<u64, Vec<usize>>;

fn runs(signs: &[Sign]) -> Runs {
    let mut runs = Runs::new();
    for (at, run) in signs.windows(RUN).enumerate() {
        if run.iter().all(|sign| sign.c != GAP) {
            runs.entry(run_hash(run)).or_default().push(at);
        }
    }
    runs
}

fn run_hash(run: &[Sign]) -> u64 {
    hash(&run.iter().map(|sign| sign.c).collect::<Vec<_>>())
}

/// How many signs at the end are the same, up to the last gap.
fn common_tail(ours: &[Sign], theirs: &[Sign]) -> usize {
    let pairs = ours.iter().rev().zip(theirs.iter().rev());
    pairs.take_while(|(a, b)| a.c == b.c && a.c != GAP).count()
}

/// Goes along both texts side by side.
struct Walk<'a> {
    pattern: &'a Pattern,
    text: &'a Compact,
    /// The sign of ours.
    i: usize,
    /// The sign of theirs.
    j: usize,
    /// The gap that comes next.
    gap: usize,
    found: Vec<Place>,
}

impl Walk<'_> {
    fn step(&mut self, ends: (usize, usize), runs: &Runs) {
        let ours = self.pattern.signs().get(self.i..ends.0).and_then(<[Sign]>::first);
        let theirs = self.text.signs().get(self.j..ends.1).and_then(<[Sign]>::first);
        match (ours, theirs) {
            (Some(a), _) if a.c == GAP && self.through_gap(ends) => {}
            (Some(a), Some(b)) if a.c == b.c && a.c != GAP => {
                self.i += 1;
                self.j += 1;
            }
            _ => self.differ(ends, runs),
        }
    }

    /// Goes on behind a gap, if what follows it follows here too.
    fn through_gap(&mut self, ends: (usize, usize)) -> bool {
        let Some(gap) = self.pattern.gaps.get(self.gap).copied() else { return false };
        let behind = self.pattern.signs().get(self.i + 1..ends.0).unwrap_or_default();
        let run = behind.get(..RUN.min(behind.len())).unwrap_or_default();
        // Far enough to see what was put in with a name.
        let last = ends.1.min(self.j + longest(gap) * 2);
        let stands = |at: &usize| {
            let rest = self.text.signs().get(*at..ends.1).unwrap_or_default();
            if run.is_empty() { rest.is_empty() } else { super::compact::begins(rest, run) }
        };
        let Some(end) = (self.j..=last).find(stands) else { return false };
        if !fills(self.pattern, gap, self.text, (self.j, end)) {
            let kind = match gap {
                Gap::Name => PlaceKind::Name,
                Gap::Code | Gap::Address | Gap::Order => PlaceKind::Gap,
            };
            let theirs = self.text.signs().get(self.j..end).unwrap_or_default();
            let theirs = spelled(self.text.part(theirs));
            self.found.push(Place { kind, ours: "○○○".to_owned(), theirs });
        }
        (self.i, self.j, self.gap) = (self.i + 1, end, self.gap + 1);
        true
    }

    /// Notes a difference and goes on where both texts are together again.
    fn differ(&mut self, ends: (usize, usize), runs: &Runs) {
        let (i, j) = self.together(ends, runs).unwrap_or(ends);
        let place = self.place((self.i, i), (self.j, j));
        self.found.push(place);
        let skipped = self.pattern.signs().get(self.i..i).unwrap_or_default();
        self.gap += skipped.iter().filter(|sign| sign.c == GAP).count();
        (self.i, self.j) = (i, j);
    }

    /// The nearest run both texts have from here on, by signs to skip in both together.
    fn together(&self, ends: (usize, usize), runs: &Runs) -> Option<(usize, usize)> {
        let theirs = self.text.signs().get(self.j..ends.1)?;
        let mut best: Option<(usize, usize, usize)> = None;
        for (skip, run) in theirs.windows(RUN).enumerate() {
            if best.is_some_and(|(cost, ..)| skip >= cost) {
                break;
            }
            let Some(all) = runs.get(&run_hash(run)) else { continue };
            let Some(at) = all.get(all.partition_point(|at| *at < self.i)) else { continue };
            let cost = skip + (at - self.i);
            if best.is_none_or(|(least, ..)| cost < least) {
                best = Some((cost, *at, self.j + skip));
            }
        }
        best.map(|(_, i, j)| (i, j))
    }

    fn place(&self, ours: (usize, usize), theirs: (usize, usize)) -> Place {
        let a = self.pattern.signs().get(ours.0..ours.1).unwrap_or_default();
        let b = self.text.signs().get(theirs.0..theirs.1).unwrap_or_default();
        let kind = kind(a, b);
        let widen = match kind {
            PlaceKind::Changed | PlaceKind::Unseen | PlaceKind::LookAlike => true,
            PlaceKind::Missing | PlaceKind::Added | PlaceKind::Name | PlaceKind::Gap => false,
        };
        let show = |text: &Compact, signs: &[Sign]| {
            spelled(if widen { word(text, signs) } else { text.part(signs) })
        };
        let ours = show(self.pattern.whole(), a).replace(GAP, "○○○");
        Place { kind, ours, theirs: show(self.text, b) }
    }
}

fn kind(ours: &[Sign], theirs: &[Sign]) -> PlaceKind {
    if ours.is_empty() && theirs.iter().all(|sign| is_unseen(sign.c)) {
        return PlaceKind::Unseen;
    }
    let alike = |(a, b): (&Sign, &Sign)| skeleton(a.c) == skeleton(b.c);
    match (ours.is_empty(), theirs.is_empty()) {
        (true, _) => PlaceKind::Added,
        (false, true) => PlaceKind::Missing,
        (false, false) if ours.len() == theirs.len() && ours.iter().zip(theirs).all(alike) => {
            PlaceKind::LookAlike
        }
        (false, false) => PlaceKind::Changed,
    }
}

/// The Latin letter or digit a sign is easily taken for.
fn skeleton(c: char) -> char {
    const ALIKE: [(&str, char); 20] = [
        ("аαａ", 'a'),
        ("еｅ", 'e'),
        ("оοОΟօ०໐oO", '0'),
        ("рρｐ", 'p'),
        ("сϲｃ", 'c'),
        ("хχｘ", 'x'),
        ("уγｙ", 'y'),
        ("іІιΙIⅠl|ｌ", '1'),
        ("АΑ", 'A'),
        ("ВΒ", 'B'),
        ("ЕΕ", 'E'),
        ("МΜ", 'M'),
        ("НΗ", 'H'),
        ("ТΤ", 'T'),
        ("РΡ", 'P'),
        ("СϹ", 'C'),
        ("ХΧ", 'X'),
        ("КΚ", 'K'),
        ("Ѕ", 'S'),
        ("‐‑‒–—−ー一ㅡ", '-'),
    ];
    let found = ALIKE.iter().find_map(|(all, plain)| all.contains(c).then_some(*plain));
    found.unwrap_or_else(|| match u32::from(c) {
        // Full-width forms are the ASCII ones moved up.
        wide @ 0xff01..=0xff5e => char::from_u32(wide - 0xfee0).unwrap_or(c),
        _ => c,
    })
}

/// The words the signs stand in, whole.
fn word<'a>(text: &'a Compact, signs: &[Sign]) -> &'a str {
    let (shown, part) = (text.shown(), text.part(signs));
    let Some(first) = signs.first() else { return part };
    let before = shown.get(..first.at).unwrap_or_default();
    let start = before.rfind(char::is_whitespace).map_or(0, |at| at + blank_len(before, at));
    let end = first.at + part.len();
    let after = shown.get(end..).unwrap_or_default();
    let end = end + after.find(char::is_whitespace).unwrap_or(after.len());
    shown.get(start..end).unwrap_or(part)
}

fn blank_len(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
}

/// On one line, unseen signs spelled, long parts cut in the middle.
fn spelled(text: &str) -> String {
    let mut line = String::new();
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for c in words.chars() {
        if is_unseen(c) {
            // Writing to a string does not fail.
            let _ = write!(line, "[U+{:04X}]", u32::from(c));
        } else {
            line.push(c);
        }
    }
    let length = line.chars().count();
    if length <= SHOWN {
        return line;
    }
    let start: String = line.chars().take(SHOWN / 2).collect();
    let end: String = line.chars().skip(length - SHOWN / 2).collect();
    format!("{start} … {end}")
}
