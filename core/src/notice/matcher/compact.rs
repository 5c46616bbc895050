//! Texts without what may differ between two handsets: white space, the network's own first line,
//! the way letters are put together.

use crate::delivery::Rung;
use crate::identity::compose_hangul;
use crate::notice::{Gap, Wording};

/// What networks put in front of texts that came from a computer.
pub(super) const FROM_THE_WEB: &str = "[Web발신]";

/// One sign of a text, white space aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sign {
    /// The sign.
    pub(super) c: char,
    /// Where it begins in the text that is shown.
    pub(super) at: usize,
}

impl Sign {
    /// Where it ends in the text that is shown.
    pub(super) const fn end(self) -> usize {
        self.at + self.c.len_utf8()
    }
}

/// A text and its signs.
#[derive(Debug)]
pub(super) struct Compact {
    shown: String,
    signs: Vec<Sign>,
}

impl Compact {
    pub(super) fn of(text: &str) -> Self {
        let shown = compose(text);
        let signs = shown
            .char_indices()
            .filter(|(_, c)| !c.is_whitespace())
            .map(|(at, c)| Sign { c, at })
            .collect();
        Self { shown, signs }
    }

    /// The text, letters composed.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    /// Everything but white space.
    pub(super) fn signs(&self) -> &[Sign] {
        &self.signs
    }

    /// The part of the shown text that some of its signs stand for, white space inside included.
    pub(super) fn part(&self, signs: &[Sign]) -> &str {
        let ends = signs.first().zip(signs.last());
        ends.and_then(|(first, last)| self.shown.get(first.at..last.end())).unwrap_or_default()
    }
}

/// Whether the first signs are the same as all of the second.
pub(super) fn begins(signs: &[Sign], with: &[Sign]) -> bool {
    signs.len() >= with.len() && signs.iter().zip(with).all(|(a, b)| a.c == b.c)
}

/// A registered wording, ready to compare with.
#[derive(Debug)]
pub(super) struct Pattern {
    /// The subject, which some handsets show above the text.
    pub(super) subject: Compact,
    /// What stands before, between and behind the gaps.
    pub(super) pieces: Vec<Compact>,
    /// What goes between each two pieces.
    pub(super) gaps: Vec<Gap>,
    /// Whether it is a letter: its window shows a name as the registry has it.
    pub(super) is_letter: bool,
    /// The pieces as one text, a sign of its own in each gap.
    whole: Compact,
}

/// Stands for a gap where a whole pattern is looked at; a private sign no message holds.
pub(super) const GAP: char = '\u{e000}';

impl Pattern {
    pub(super) fn of(wording: &Wording) -> Option<Self> {
        wording.is_whole().then(|| Self {
            subject: Compact::of(wording.subject.as_deref().unwrap_or_default()),
            whole: Compact::of(&wording.pieces.join(&GAP.to_string())),
            pieces: wording.pieces.iter().map(|piece| Compact::of(piece)).collect(),
            gaps: wording.gaps.clone(),
            is_letter: wording.rung == Rung::Letter,
        })
    }

    /// The pieces as one text, [`GAP`] in each gap.
    pub(super) const fn whole(&self) -> &Compact {
        &self.whole
    }

    /// Its signs, [`GAP`] in each gap.
    pub(super) fn signs(&self) -> &[Sign] {
        self.whole.signs()
    }
}

/// Letters put together from their parts as our languages use them: Hangul, the marks of Vietnamese
/// and the voicing marks of kana. Any other mark stays where it is, and so equals nothing of ours.
pub(super) fn compose(text: &str) -> String {
    let text = compose_hangul(text);
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match out.chars().next_back().and_then(|before| joined(before, c)) {
            Some(both) => {
                out.pop();
                out.push(both);
            }
            None => out.push(c),
        }
    }
    out
}

/// Each row: a mark, then letters without and with it by turns.
const MARKED: [(char, &str); 8] = [
    ('\u{302}', "aâeêoôAÂEÊOÔạậẹệọộẠẬẸỆỌỘ"),
    ('\u{306}', "aăAĂạặẠẶ"),
    ('\u{31b}', "oơuưOƠUƯ"),
    ('\u{300}', "aàăằâầeèêềiìoòôồơờuùưừyỳAÀĂẰÂẦEÈÊỀIÌOÒÔỒƠỜUÙƯỪYỲ"),
    ('\u{301}', "aáăắâấeéêếiíoóôốơớuúưứyýAÁĂẮÂẤEÉÊẾIÍOÓÔỐƠỚUÚƯỨYÝ"),
    ('\u{303}', "aãăẵâẫeẽêễiĩoõôỗơỡuũưữyỹAÃĂẴÂẪEẼÊỄIĨOÕÔỖƠỠUŨƯỮYỸ"),
    ('\u{309}', "aảăẳâẩeẻêểiỉoỏôổơởuủưửyỷAẢĂẲÂẨEẺÊỂIỈOỎÔỔƠỞUỦƯỬYỶ"),
    ('\u{323}', "aạăặâậeẹêệiịoọôộơợuụưựyỵAẠĂẶÂẬEẸÊỆIỊOỌÔỘƠỢUỤƯỰYỴ"),
];

/// Kana whose voiced form is the next character; those of the ha row have a half-voiced one too.
const VOICED: &str = "かきくけこさしすせそたちつてとカキクケコサシスセソタチツテト";
const HALF_VOICED: &str = "はひふへほハヒフヘホ";

fn joined(before: char, mark: char) -> Option<char> {
    let after = |steps: u32| char::from_u32(u32::from(before) + steps);
    match mark {
        '\u{3099}' if VOICED.contains(before) || HALF_VOICED.contains(before) => after(1),
        '\u{3099}' if before == 'う' => Some('ゔ'),
        '\u{3099}' if before == 'ウ' => Some('ヴ'),
        '\u{309a}' if HALF_VOICED.contains(before) => after(2),
        _ => {
            let (_, letters) = MARKED.iter().find(|(sign, _)| *sign == mark)?;
            let place = letters.chars().step_by(2).position(|letter| letter == before)?;
            letters.chars().nth(place * 2 + 1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_in_parts_are_put_together() {
        for (parts, whole) in [
            ("\u{1112}\u{1169}\u{11bc}", "홍"),
            ("Nguye\u{302}\u{303}n", "Nguyễn"),
            ("the\u{323}\u{302}", "thệ"),
            ("\u{1b0}\u{301}", "ứ"),
            ("か\u{3099}は\u{309a}", "がぱ"),
            ("x\u{301}", "x\u{301}"),
            ("\u{301}", "\u{301}"),
        ] {
            assert_eq!(compose(parts), whole);
        }
    }

    #[test]
    fn a_part_keeps_its_white_space() {
        let text = Compact::of(" 홍 길동\n고객님 ");
        assert_eq!(text.signs().len(), 6);
        assert_eq!(text.part(&text.signs()[..3]), "홍 길동");
        assert_eq!(text.part(&[]), "");
    }
}
