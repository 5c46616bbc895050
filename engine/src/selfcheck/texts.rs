//! What the message with a code says, in every language.

use std::collections::BTreeMap;

use serde::Deserialize;
use simrecall_core::notice::Language;

use crate::problem::{Problem, Result};

/// The texts of one language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    subject: String,
    text: String,
    sms: String,
    activation_subject: String,
    activation: String,
}

/// What goes into the gaps of a text.
#[derive(Clone, Copy)]
pub(crate) struct Gaps<'a> {
    pub(crate) brand: &'a str,
    pub(crate) minutes: u32,
    pub(crate) hotline: &'a str,
}

/// The texts of every language.
#[derive(Debug)]
pub(crate) struct CodeTexts(BTreeMap<Language, Said>);

impl CodeTexts {
    /// Those that come with the program.
    pub(crate) fn builtin() -> Result<Self> {
        let read = |language| Ok((language, toml::from_str(source(language))?));
        let texts: std::result::Result<_, toml::de::Error> =
            Language::ALL.into_iter().map(read).collect();
        texts.map(Self).map_err(|error| {
            Problem::ours("texts", "the texts of the code message are damaged").caused_by(error)
        })
    }

    /// Subject and text of a mail.
    pub(crate) fn mail(&self, language: Language, gaps: Gaps<'_>, code: &str) -> (String, String) {
        let text = self.0.get(&language);
        let fill = |text: &str| filled(text, gaps).replace("{code}", code);
        text.map(|text| (fill(&text.subject), fill(text.text.trim_start()))).unwrap_or_default()
    }

    /// Subject and text of the mail with the code that activates a card.
    pub(crate) fn activation(
        &self,
        language: Language,
        gaps: Gaps<'_>,
        code: &str,
    ) -> (String, String) {
        let text = self.0.get(&language);
        let fill = |text: &str| filled(text, gaps).replace("{code}", code);
        text.map(|text| (fill(&text.activation_subject), fill(text.activation.trim_start())))
            .unwrap_or_default()
    }

    /// The text of a message; `{{code}}` stays in it for the service that makes the code.
    pub(crate) fn sms(&self, language: Language, gaps: Gaps<'_>) -> String {
        self.0.get(&language).map(|text| filled(&text.sms, gaps)).unwrap_or_default()
    }
}

fn filled(text: &str, gaps: Gaps<'_>) -> String {
    text.replace("{brand}", gaps.brand)
        .replace("{minutes}", &gaps.minutes.to_string())
        .replace("{hotline}", gaps.hotline)
}

const fn source(language: Language) -> &'static str {
    match language {
        Language::Korean => include_str!("../../../templates/codes/ko.toml"),
        Language::English => include_str!("../../../templates/codes/en.toml"),
        Language::Chinese => include_str!("../../../templates/codes/zh-Hans.toml"),
        Language::Vietnamese => include_str!("../../../templates/codes/vi.toml"),
        Language::Japanese => include_str!("../../../templates/codes/ja.toml"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GAPS: Gaps<'static> =
        Gaps { brand: "한빛모바일", minutes: 10, hotline: "080-000-0114" };

    #[test]
    fn every_language_says_the_code_and_leads_nowhere() {
        let texts = CodeTexts::builtin().unwrap();
        let both = |language| {
            [texts.mail(language, GAPS, "042917"), texts.activation(language, GAPS, "042917")]
        };
        for (language, (subject, text)) in
            Language::ALL.into_iter().flat_map(|one| both(one).map(|said| (one, said)))
        {
            assert!(subject.contains("한빛모바일") && !subject.contains("042917"), "{subject}");
            assert_eq!(text.lines().filter(|line| *line == "042917").count(), 1, "{text}");
            for must in ["10", "080-000-0114", "한빛모바일"] {
                assert!(text.contains(must), "{language:?} lacks {must}");
            }
            for never in ["http", "www", "://", "{", "}", "@"] {
                assert!(!text.contains(never), "{language:?} has {never}");
            }
        }
    }

    #[test]
    fn a_short_message_leaves_the_code_to_the_service_and_fits() {
        let texts = CodeTexts::builtin().unwrap();
        for language in Language::ALL {
            let text = texts.sms(language, GAPS);
            assert_eq!(text.matches("{{code}}").count(), 1, "{text}");
            // CAMARA One Time Password SMS 1.1.1: 160 characters at most.
            assert!(text.chars().count() <= 160, "{text}");
            assert!(!text.replace("{{code}}", "").contains('{'), "{text}");
        }
    }
}
