//! What pages say, by language: `pages/words/<language>.toml` for customers, others for staff.

use std::collections::BTreeMap;

use simrecall_core::notice::Language;
use simrecall_engine::{Problem, Result};

/// The law's word is 유출; this one makes less of it.
const BELITTLING: &str = "노출";

/// One language's words by key, such as `start.question`.
#[derive(Debug)]
pub(super) struct Words(BTreeMap<String, String>);

impl Words {
    /// The words of a key.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// Every key and its words.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, words)| (key.as_str(), words.as_str()))
    }

    /// The words that start with a prefix, by what follows it.
    pub(super) fn under<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.iter().filter_map(move |(key, words)| Some((key.strip_prefix(prefix)?, words)))
    }

    /// The words a problem's code is told in; several codes may share them.
    pub(super) fn problem<'a>(&self, code: &'a str) -> &'a str {
        let code = match code {
            "misdirected" | "method" | "media_type" => "malformed",
            "database_busy" => "busy",
            "login_no_answer" | "login_failed" | "otp_no_answer" | "otp_failing" | "otp_busy" => {
                "no_answer"
            }
            "way" => "way_closed",
            code if code.starts_with("login_") => "login",
            code => code,
        };
        if self.0.contains_key(&format!("problem.{code}")) { code } else { "other" }
    }
}

/// Reads the words of all languages.
pub(super) fn all() -> Result<BTreeMap<Language, Words>> {
    read_all(Language::ALL.into_iter().map(|language| (language, source(language))))
}

/// Reads words in several languages. Each must have what Korean has, with the same gaps, and nothing else.
pub(super) fn read_all(
    sources: impl Iterator<Item = (Language, &'static str)>,
) -> Result<BTreeMap<Language, Words>> {
    let mut all = BTreeMap::new();
    for (language, source) in sources {
        all.insert(language, read(language, source)?);
    }
    if let Some(korean) = all.get(&Language::Korean) {
        for (language, words) in &all {
            same(*language, words, korean)?;
        }
    }
    Ok(all)
}

const fn source(language: Language) -> &'static str {
    match language {
        Language::Korean => include_str!("../../pages/words/ko.toml"),
        Language::English => include_str!("../../pages/words/en.toml"),
        Language::Chinese => include_str!("../../pages/words/zh-Hans.toml"),
        Language::Vietnamese => include_str!("../../pages/words/vi.toml"),
        Language::Japanese => include_str!("../../pages/words/ja.toml"),
    }
}

fn read(language: Language, source: &str) -> Result<Words> {
    let table: toml::Table = source
        .parse()
        .map_err(|error: toml::de::Error| wrong(language, "cannot be read").caused_by(error))?;
    let mut words = BTreeMap::new();
    flatten(language, "", &table, &mut words)?;
    Ok(Words(words))
}

fn flatten(
    language: Language,
    prefix: &str,
    table: &toml::Table,
    words: &mut BTreeMap<String, String>,
) -> Result<()> {
    for (name, value) in table {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        if let Some(table) = value.as_table() {
            flatten(language, &key, table, words)?;
            continue;
        }
        let text = value.as_str().map(str::trim).unwrap_or_default();
        if text.is_empty() {
            return Err(wrong(language, &format!("say nothing for {key}")));
        }
        if text.contains(BELITTLING) {
            return Err(wrong(language, &format!("say {BELITTLING} at {key}; the word is 유출")));
        }
        words.insert(key, text.to_owned());
    }
    Ok(())
}

fn same(language: Language, words: &Words, korean: &Words) -> Result<()> {
    for (key, text) in korean.iter() {
        let theirs = words.get(key).ok_or_else(|| wrong(language, &format!("lack {key}")))?;
        if gaps(theirs) != gaps(text) {
            return Err(wrong(language, &format!("have other gaps than the Korean at {key}")));
        }
    }
    if let Some((key, _)) = words.iter().find(|(key, _)| korean.get(key).is_none()) {
        return Err(wrong(language, &format!("have {key}, which the Korean lack")));
    }
    Ok(())
}

/// The names in braces, in alphabetical order.
fn gaps(text: &str) -> Vec<&str> {
    let mut gaps: Vec<&str> =
        text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)).collect();
    gaps.sort_unstable();
    gaps
}

fn wrong(language: Language, what: &str) -> Problem {
    Problem::ours("words", format!("the words in {} {what}", language.tag()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Words {
        let mut words = BTreeMap::new();
        flatten(Language::English, "", &text.parse().unwrap(), &mut words).unwrap();
        Words(words)
    }

    #[test]
    fn a_missing_word_is_named() {
        let korean = of("[a]\nb = '예'\nc = '{n}차'");
        let lacking = same(Language::English, &of("[a]\nb = 'yes'"), &korean).unwrap_err();
        assert_eq!(lacking.what, "the words in en lack a.c");
        let more = of("[a]\nb = 'yes'\nc = '{n}th'\nd = 'no'");
        let more = same(Language::English, &more, &korean).unwrap_err();
        assert_eq!(more.what, "the words in en have a.d, which the Korean lack");
        let gap = same(Language::English, &of("[a]\nb = 'yes'\nc = 'th'"), &korean).unwrap_err();
        assert_eq!(gap.what, "the words in en have other gaps than the Korean at a.c");
    }

    #[test]
    fn the_belittling_word_and_silence_are_refused() {
        let mut words = BTreeMap::new();
        for text in ["a = '정보가 노출되었습니다'", "a = ' '", "a = 3"] {
            let table = text.parse().unwrap();
            assert!(flatten(Language::Korean, "", &table, &mut words).is_err(), "{text}");
        }
    }

    #[test]
    fn every_language_says_the_same() {
        assert_eq!(all().unwrap().len(), Language::ALL.len());
    }
}
