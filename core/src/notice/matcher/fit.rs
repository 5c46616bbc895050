//! Whether a text is a wording word for word, with something proper in each gap.

use super::compact::{Compact, FROM_THE_WEB, Pattern, Sign, begins};
use super::place::is_unseen;
use crate::notice::greetable::may_greet;
use crate::notice::harmless::has_address;
use crate::notice::{Gap, MessageCode};

/// Ways through a text that are followed at once; no genuine text comes near.
const MOST_WAYS: usize = 1_000;

/// What was found in the gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fitted {
    /// The name, on one line.
    pub(super) name: Option<String>,
}

/// A way through the text so far: up to which sign, and what was taken for what. Ways are few,
/// since what stands in one gap must stand in all others of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Way {
    at: usize,
    name: Option<Span>,
    code: Option<Span>,
    order: Option<Span>,
}

/// From the first sign to behind the last.
type Span = (usize, usize);

/// The most signs a gap holds.
pub(super) const fn longest(gap: Gap) -> usize {
    match gap {
        Gap::Order => 40,
        Gap::Code => 11,
        Gap::Name | Gap::Address => 80,
    }
}

/// What the gaps hold, if the text is the pattern.
pub(super) fn fit(pattern: &Pattern, text: &Compact) -> Option<Fitted> {
    let signs = text.signs();
    let ours: usize = pattern.pieces.iter().map(|piece| piece.signs().len()).sum();
    let gaps: usize = pattern.gaps.iter().map(|gap| longest(*gap)).sum();
    let above = pattern.subject.signs().len() + FROM_THE_WEB.len();
    if signs.len() < ours || signs.len() > ours + gaps + above {
        return None;
    }
    if !could_be(pattern, signs) {
        return None;
    }
    let mut tried = None;
    let mut starts = starts(pattern, signs);
    starts.sort_unstable();
    starts.into_iter().find_map(|start| {
        let is_new = tried.replace(start) != Some(start);
        is_new.then(|| fit_from(pattern, text, start)).flatten()
    })
}

/// Whether the text ends as ours does and holds our longest piece: nearly every other text is sorted out by that.
fn could_be(pattern: &Pattern, signs: &[Sign]) -> bool {
    let last = pattern.pieces.last().map(Compact::signs).unwrap_or_default();
    let end = signs.len().checked_sub(last.len()).and_then(|at| signs.get(at..));
    let longest = pattern.pieces.iter().map(Compact::signs).max_by_key(|piece| piece.len());
    let longest = longest.unwrap_or_default();
    end.is_some_and(|end| begins(end, last))
        && (longest.is_empty() || signs.windows(longest.len()).any(|run| begins(run, longest)))
}

/// Where the text proper may begin: behind a subject and the network's mark, in either order.
pub(super) fn starts(pattern: &Pattern, signs: &[Sign]) -> [usize; 5] {
    let mark = Compact::of(FROM_THE_WEB);
    let skip = |from: usize, what: &Compact| {
        let rest = signs.get(from..).unwrap_or_default();
        if begins(rest, what.signs()) { from + what.signs().len() } else { from }
    };
    let behind_mark = skip(0, &mark);
    let behind_subject = skip(0, &pattern.subject);
    let (mark_first, subject_first) =
        (skip(behind_mark, &pattern.subject), skip(behind_subject, &mark));
    [0, behind_mark, behind_subject, mark_first, subject_first]
}

fn fit_from(pattern: &Pattern, text: &Compact, start: usize) -> Option<Fitted> {
    let signs = text.signs();
    let mut pieces = pattern.pieces.iter();
    let first = Way { at: start, ..Way::default() };
    let mut ways: Vec<Way> = first.passed(pieces.next()?.signs(), signs).into_iter().collect();
    for (gap, piece) in pattern.gaps.iter().zip(pieces) {
        let before = std::mem::take(&mut ways);
        for way in before.iter().flat_map(|way| way.through(*gap, piece, (pattern, text))) {
            // Two ways to one place are one, or gaps side by side would multiply them.
            if ways.len() < MOST_WAYS && !ways.contains(&way) {
                ways.push(way);
            }
        }
    }
    let way = ways.into_iter().find(|way| way.at == signs.len())?;
    let name = way.name.map(|span| one_line(text, span));
    Some(Fitted { name })
}

impl Way {
    /// The way behind a piece, if the piece stands here.
    fn passed(self, piece: &[Sign], signs: &[Sign]) -> Option<Self> {
        let rest = signs.get(self.at..)?;
        begins(rest, piece).then(|| Self { at: self.at + piece.len(), ..self })
    }

    /// All ways through a gap and the piece behind it.
    fn through(
        self,
        gap: Gap,
        piece: &Compact,
        (pattern, text): (&Pattern, &Compact),
    ) -> Vec<Self> {
        let signs = text.signs();
        // Nothing but white space parts two gaps side by side, so there it is looked at after all.
        let is_parted = piece.signs().is_empty() && !piece.shown().is_empty();
        let ends = match self.held(gap) {
            Some((from, to)) => {
                let again = signs.get(from..to).unwrap_or_default();
                let rest = signs.get(self.at..).unwrap_or_default();
                let end = self.at + again.len();
                if begins(rest, again) { end..=end } else { return Vec::new() }
            }
            None => self.at + 1..=signs.len().min(self.at + longest(gap)),
        };
        let way = |end: usize| {
            let behind = Self { at: end, ..self }.passed(piece.signs(), signs)?;
            if is_parted && !has_blank_at(signs, end) {
                return None;
            }
            let span = (self.at, end);
            fills(pattern, gap, text, span).then(|| behind.holding(gap, span))
        };
        ends.filter_map(way).collect()
    }

    /// What must stand in a gap again; the lines of an address differ from each other.
    const fn held(&self, gap: Gap) -> Option<Span> {
        match gap {
            Gap::Name => self.name,
            Gap::Code => self.code,
            Gap::Order => self.order,
            Gap::Address => None,
        }
    }

    const fn holding(self, gap: Gap, span: Span) -> Self {
        match gap {
            Gap::Name => Self { name: Some(span), ..self },
            Gap::Code => Self { code: Some(span), ..self },
            Gap::Order => Self { order: Some(span), ..self },
            Gap::Address => self,
        }
    }
}

/// Whether these signs are what belongs in the gap.
pub(super) fn fills(pattern: &Pattern, gap: Gap, text: &Compact, span: Span) -> bool {
    let value = one_line(text, span);
    let harmless = || !has_address(&value) && !value.chars().any(is_unseen);
    match gap {
        Gap::Name => may_greet(&value) || pattern.is_letter && harmless(),
        Gap::Code => MessageCode::is_written(&value.replace(' ', "")),
        Gap::Order => value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b' ')),
        Gap::Address => harmless(),
    }
}

/// Whether white space stands before a sign; behind the last one there may be any.
fn has_blank_at(signs: &[Sign], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| signs.get(before));
    before.zip(signs.get(at)).is_none_or(|(before, next)| before.end() < next.at)
}

/// The signs with a blank for each stretch of white space between them.
fn one_line(text: &Compact, (from, to): Span) -> String {
    let part = text.part(text.signs().get(from..to).unwrap_or_default());
    part.split_whitespace().collect::<Vec<_>>().join(" ")
}
