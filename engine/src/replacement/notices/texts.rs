//! What a notice of a case or claim says, in every language. No text has a link or an address of the network in it.

use std::collections::BTreeMap;

use serde::Deserialize;
use simrecall_core::notice::Language;
use simrecall_store::case_notice::CaseNoticeKind;

use crate::problem::{Problem, Result};

/// The texts of one kind in one language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    subject: String,
    text: String,
}

/// What goes into the gaps of a text.
#[derive(Debug, Clone, Default)]
pub(super) struct Gaps<'a> {
    pub(super) brand: &'a str,
    pub(super) hotline: &'a str,
    /// The number, masked.
    pub(super) line: &'a str,
    pub(super) agency: &'a str,
    pub(super) place: &'a str,
    pub(super) day: &'a str,
    pub(super) hour: &'a str,
    pub(super) bring: &'a str,
    /// How many days there are to object.
    pub(super) appeal_days: &'a str,
}

/// The texts of every kind and language.
#[derive(Debug)]
pub(super) struct CaseTexts(BTreeMap<(i16, Language), Said>);

impl CaseTexts {
    /// Those that come with the program.
    pub(super) fn builtin() -> Result<Self> {
        let mut texts = BTreeMap::new();
        for language in Language::ALL {
            let said: BTreeMap<String, Said> =
                toml::from_str(source(language)).map_err(|error| {
                    Problem::ours("texts", "the texts of a case's notices are damaged")
                        .caused_by(error)
                })?;
            for kind in CaseNoticeKind::ALL {
                let missing = || Problem::ours("texts", format!("no text says {}", kind.name()));
                let one = said.get(kind.name()).ok_or_else(missing)?;
                let (subject, text) = (one.subject.clone(), one.text.trim_start().to_owned());
                texts.insert((kind.code(), language), Said { subject, text });
            }
        }
        Ok(Self(texts))
    }

    /// Subject and text.
    pub(super) fn say(
        &self,
        kind: CaseNoticeKind,
        language: Language,
        gaps: &Gaps<'_>,
    ) -> (String, String) {
        let said = self.0.get(&(kind.code(), language));
        said.map(|said| (filled(&said.subject, gaps), filled(&said.text, gaps))).unwrap_or_default()
    }
}

fn filled(text: &str, gaps: &Gaps<'_>) -> String {
    let Gaps { brand, hotline, line, agency, place, day, hour, bring, appeal_days } = gaps;
    let of = [
        ("{brand}", brand),
        ("{hotline}", hotline),
        ("{line}", line),
        ("{agency}", agency),
        ("{place}", place),
        ("{day}", day),
        ("{hour}", hour),
        ("{bring}", bring),
        ("{appeal_days}", appeal_days),
    ];
    of.iter().fold(text.to_owned(), |text, (gap, value)| text.replace(gap, value))
}

const fn source(language: Language) -> &'static str {
    match language {
        Language::Korean => include_str!("../../../../templates/cases/ko.toml"),
        Language::English => include_str!("../../../../templates/cases/en.toml"),
        Language::Chinese => include_str!("../../../../templates/cases/zh-Hans.toml"),
        Language::Vietnamese => include_str!("../../../../templates/cases/vi.toml"),
        Language::Japanese => include_str!("../../../../templates/cases/ja.toml"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_says_what_it_must_and_leads_nowhere() {
        let texts = CaseTexts::builtin().unwrap();
        let gaps = Gaps {
            brand: "한빛모바일",
            hotline: "080-000-0114",
            line: "010-****-5678",
            agency: "종로점",
            place: "서울 종로구 1",
            day: "2025-11-06",
            hour: "10:00",
            bring: "여권",
            appeal_days: "30",
        };
        for language in Language::ALL {
            for kind in CaseNoticeKind::ALL {
                let (subject, text) = texts.say(kind, language, &gaps);
                let of = format!("{} {language:?}: {subject} {text}", kind.name());
                assert!(subject.contains("한빛모바일"), "{of}");
                assert!(text.contains("080-000-0114") && text.contains("010-****-5678"), "{of}");
                for never in ["http", "www", "://", "{", "}", "@", ".com", ".kr"] {
                    assert!(!text.contains(never) && !subject.contains(never), "{never} in {of}");
                }
                // A text that shows a sum or what was bought tells it to whoever reads along.
                for never in ["원", "won", "韩元", "ウォン", "₩"] {
                    assert!(!kind.is_of_claim() || !text.contains(never), "{never} in {of}");
                }
                let days = text.contains("30");
                assert_eq!(days, kind.begins_appeal(), "{of}");
                let visit = [CaseNoticeKind::Visit].contains(&kind);
                for must in ["종로점", "서울 종로구 1", "2025-11-06", "10:00", "여권"] {
                    assert!(!visit || text.contains(must), "{must} is not in {of}");
                }
            }
        }
    }
}
