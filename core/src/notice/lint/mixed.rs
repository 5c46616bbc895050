//! Whether what is certain and what is possible are told apart.

use super::Subject;
use super::element::prepared;
use super::place::Place;
use super::report::{Notes, Rule};
use super::sentence::{says, sentences, squeezed};
use crate::cohort::ItemSet;
use crate::law::Element;
use crate::notice::render::marked::Form;
use crate::notice::{Language, NoticeKind, item_name};

/// Looks for an item in the passage of the other certainty.
pub(super) fn look_at_items(subject: &Subject<'_>, form: &Form, notes: &mut Notes) {
    let variables = subject.order.variables;
    let possible = variables.possible.minus(variables.confirmed);
    let passages = [
        (Element::Items, variables.confirmed, possible, "may have leaked, and stands as leaked"),
        (Element::ItemsPossible, possible, variables.confirmed, "leaked, and stands as possible"),
    ];
    for (element, right, wrong, what) in passages {
        let Some(passage) = form.passages.get(&element) else { continue };
        let rest = without(subject, &squeezed(passage), right);
        for item in wrong.iter() {
            if says(&rest, &prepared(subject, item_name(item, variables.language))) {
                let place = Place::of_element(subject, form, element);
                let name = item_name(item, Language::English);
                notes.add(subject.finding(Rule::Mixed, place, format!("{name:?} {what}")));
            }
        }
    }
}

/// A passage without the names that belong there, the longest first: one may be part of another.
fn without(subject: &Subject<'_>, passage: &str, items: ItemSet) -> String {
    let language = subject.order.variables.language;
    let mut names: Vec<String> =
        items.iter().map(|item| prepared(subject, item_name(item, language))).collect();
    names.sort_unstable_by_key(|name| std::cmp::Reverse(name.chars().count()));
    names.iter().fold(passage.to_owned(), |rest, name| rest.replace(name, "\u{0}"))
}

/// What a text may not do: say as certain what is possible, or the reverse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ban {
    Assert,
    Hedge,
}

/// Looks for wording of the wrong certainty.
pub(super) fn look(subject: &Subject<'_>, files: &[String], text: &str, notes: &mut Notes) {
    let language = subject.order.variables.language;
    let Some(ban) = ban(subject) else { return };
    let (phrases, what) = match ban {
        Ban::Assert => (asserting(language), "says as certain what is possible"),
        Ban::Hedge => (hedging(language), "says as possible what is certain"),
    };
    for (sentence, phrase) in spoken(text, phrases, excuses(language, ban)) {
        let place = Place::of(subject, files, sentence);
        let place = if place == Place::of(subject, files, "\u{0}") {
            Place::of(subject, files, phrase)
        } else {
            place
        };
        notes.add(subject.finding(Rule::Mixed, place, format!("{phrase:?} {what}")));
    }
}

/// Sentences with one of the phrases and with nothing that takes its edge off.
fn spoken<'a>(
    text: &'a str,
    phrases: &'a [&'a str],
    excuses: &'a [&'a str],
) -> impl Iterator<Item = (&'a str, &'a str)> {
    sentences(text).filter_map(move |sentence| {
        let lower = sentence.to_lowercase();
        let phrase = phrases.iter().find(|phrase| says(&lower, phrase))?;
        let excused = excuses.iter().any(|excuse| says(&lower, excuse));
        (!excused).then_some((sentence, *phrase))
    })
}

fn ban(subject: &Subject<'_>) -> Option<Ban> {
    let variables = subject.order.variables;
    let possible = !variables.possible.minus(variables.confirmed).is_empty();
    match variables.kind {
        NoticeKind::Possible => Some(Ban::Assert),
        NoticeKind::Confirmed | NoticeKind::Supplement | NoticeKind::LossFound => {
            match (variables.confirmed.is_empty(), possible) {
                (true, true) => Some(Ban::Assert),
                (false, false) => Some(Ban::Hedge),
                (true, false) | (false, true) => None,
            }
        }
        // They speak of both: of what was said before, and of what is so.
        NoticeKind::Correction
        | NoticeKind::AllClear
        | NoticeKind::RemedyVisit
        | NoticeKind::RemedyReady
        | NoticeKind::RemedyDone => None,
    }
}

const fn asserting(language: Language) -> &'static [&'static str] {
    match language {
        Language::Korean => &[
            "유출되었",
            "유출됐",
            "유출하였",
            "유출된 사실",
            "유출 사실",
            "유출 통지",
            "유출된 항목",
            "유출된 시점",
        ],
        Language::English => &["leaked", "leak notice", "were stolen", "was stolen"],
        Language::Chinese => &[
            "已泄露",
            "已经泄露",
            "已被泄露",
            "泄露了",
            "确认泄露",
            "发生泄露",
            "泄露的事实",
            "泄露通知",
        ],
        Language::Vietnamese => {
            &["bị rò rỉ", "đã rò rỉ", "bị lộ", "xác nhận rò rỉ", "thông báo rò rỉ"]
        }
        Language::Japanese => &[
            "漏えいしました",
            "漏えいしています",
            "漏えいした",
            "漏洩しました",
            "漏洩した",
            "流出しました",
            "流出した",
            "もれました",
            "漏えいのお知らせ",
        ],
    }
}

const fn hedging(language: Language) -> &'static [&'static str] {
    match language {
        Language::Korean => &[
            "유출되었을 가능성",
            "유출됐을 가능성",
            "유출 가능성",
            "유출되었을 수",
            "유출이 의심",
            "유출된 것으로 의심",
            "유출 의심",
        ],
        Language::English => &[
            "may have leaked",
            "might have leaked",
            "could have leaked",
            "possibly leaked",
            "possible leak",
            "suspected leak",
        ],
        Language::Chinese => &["可能已泄露", "可能泄露", "可能已经泄露", "可能被泄露", "疑似泄露"],
        Language::Vietnamese => {
            &["có thể đã bị rò rỉ", "có thể bị rò rỉ", "nghi bị rò rỉ", "khả năng rò rỉ"]
        }
        Language::Japanese => &[
            "漏えいした可能性",
            "漏えいの可能性",
            "漏えいのおそれ",
            "漏えいしたおそれ",
            "流出した可能性",
            "流出の可能性",
            "漏えいが疑われ",
            "もれたかもしれ",
        ],
    }
}

/// What makes a sentence harmless: it says that something is possible, or what happens if.
const fn excuses(language: Language, ban: Ban) -> &'static [&'static str] {
    match (language, ban) {
        (Language::Korean, Ban::Assert) => &[
            "가능성",
            "의심",
            "는지",
            "을지",
            "여부",
            "을 수",
            "경우",
            "되면",
            "하면",
            "되는 대로",
            "확인되지 않",
            "아직",
            "않았",
        ],
        (Language::English, Ban::Assert) => &[
            "may",
            "might",
            "could",
            "whether",
            "if",
            "possible",
            "possibly",
            "suspect",
            "suspected",
            "once",
            "not",
            "when we",
            "as soon as",
        ],
        (Language::Chinese, Ban::Assert) => {
            &["可能", "是否", "如果", "如有", "如确认", "若", "一旦", "疑", "未"]
        }
        (Language::Vietnamese, Ban::Assert) => {
            &["có thể", "khả năng", "nghi", "hay không", "nếu", "khi", "chưa", "không"]
        }
        (Language::Japanese, Ban::Assert) => &[
            "可能性",
            "おそれ",
            "恐れ",
            "疑",
            "かどうか",
            "かもしれ",
            "場合",
            "たら",
            "次第",
            "未",
            "いません",
        ],
        (Language::Korean, Ban::Hedge) => &["경우", "되면", "하면"],
        (Language::English, Ban::Hedge) => &["if", "once"],
        (Language::Chinese, Ban::Hedge) => &["如果", "若", "一旦"],
        (Language::Vietnamese, Ban::Hedge) => &["nếu", "khi"],
        (Language::Japanese, Ban::Hedge) => &["場合", "たら", "次第"],
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn found(language: Language, ban: Ban, text: &str) -> bool {
        let phrases = match ban {
            Ban::Assert => asserting(language),
            Ban::Hedge => hedging(language),
        };
        spoken(text, phrases, excuses(language, ban)).next().is_some()
    }

    #[rstest]
    #[case(Language::Korean, "고객님의 개인정보가 유출되었습니다.")]
    #[case(Language::Korean, "[개인정보 유출 통지]")]
    #[case(Language::English, "Your data has leaked.")]
    #[case(Language::English, "Personal data leak notice")]
    #[case(Language::Chinese, "您的个人信息已泄露。")]
    #[case(Language::Chinese, "本公司已确认您的个人信息发生泄露。")]
    #[case(Language::Vietnamese, "Dữ liệu của bạn đã bị rò rỉ.")]
    #[case(Language::Vietnamese, "[Thông báo rò rỉ thông tin cá nhân]")]
    #[case(Language::Japanese, "個人情報が漏えいしました。")]
    #[case(Language::Japanese, "この電話の個人情報がもれました。")]
    fn a_possible_leak_is_not_asserted(#[case] language: Language, #[case] text: &str) {
        assert!(found(language, Ban::Assert, text));
    }

    #[rstest]
    #[case(Language::Korean, "개인정보가 유출되었을 가능성이 있어 알려드립니다.")]
    #[case(
        Language::Korean,
        "유출되었는지 확인하고 있으며, 유출된 사실이 확인되면 다시 알려드립니다."
    )]
    #[case(Language::Korean, "[개인정보 유출 가능성 통지]")]
    #[case(Language::English, "Your data may have leaked. We tell you whether it leaked.")]
    #[case(Language::English, "[Possible personal data leak notice]")]
    #[case(Language::Chinese, "您的个人信息可能已泄露。")]
    #[case(Language::Vietnamese, "Dữ liệu của bạn có thể đã bị rò rỉ.")]
    #[case(Language::Vietnamese, "Khi xác nhận có bị rò rỉ hay không, chúng tôi sẽ báo ngay.")]
    #[case(Language::Japanese, "個人情報が漏えいした可能性があります。")]
    #[case(Language::Japanese, "個人情報がもれたかもしれません。可能性はまだ調べています。")]
    fn a_possibility_may_be_told(#[case] language: Language, #[case] text: &str) {
        assert!(!found(language, Ban::Assert, text));
        let hedges = ["가능성", "may have", "可能已", "có thể", "可能性"];
        assert_eq!(
            found(language, Ban::Hedge, text),
            hedges.iter().any(|hedge| text.contains(hedge)),
            "{text}"
        );
    }
}
