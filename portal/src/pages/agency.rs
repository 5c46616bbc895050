//! The agency's pages: a shell in each language that holds words and nothing else. All that is of anybody comes later, by
//! requests that are signed.

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use handlebars::Handlebars;
use serde_json::json;
use simrecall_core::notice::Language;
use simrecall_engine::{Problem, Result};

use super::asset;
use super::words::{Words, read_all};
use crate::packed::gzip;

const SHELL: &str = include_str!("../../pages/agency/shell.html");
/// The languages that staff work in.
const SOURCES: [(Language, &str); 2] = [
    (Language::Korean, include_str!("../../pages/agency/words/ko.toml")),
    (Language::English, include_str!("../../pages/agency/words/en.toml")),
];

/// Which page a shell is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Shell {
    /// Where staff work.
    Work,
    /// Where somebody gets a passkey.
    Enrol,
    /// Where a browser becomes a terminal.
    Terminal,
}

impl Shell {
    const ALL: [Self; 3] = [Self::Work, Self::Enrol, Self::Terminal];

    /// What stands behind the language in its path.
    const fn path(self) -> &'static str {
        match self {
            Self::Work => "",
            Self::Enrol => "enrol",
            Self::Terminal => "terminal",
        }
    }
}

/// A shell's bytes, as they are and as gzip.
#[derive(Clone)]
pub(crate) struct Html {
    pub(crate) plain: Bytes,
    pub(crate) gz: Bytes,
}

/// The shells of all pages, made once.
pub(crate) struct Shells(BTreeMap<String, Html>);

impl fmt::Debug for Shells {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shells({:?})", self.0.keys())
    }
}

impl Shells {
    /// Makes them.
    ///
    /// # Errors
    /// When a language lacks words, or the shell does not compile: ours.
    pub(crate) fn new() -> Result<Self> {
        let words = read_all(SOURCES.into_iter())?;
        let mut registry = Handlebars::new();
        registry.set_strict_mode(true);
        registry.register_template_string("shell", SHELL).map_err(defect)?;
        let mut all = BTreeMap::new();
        for (language, words) in &words {
            for shell in Shell::ALL {
                let html = registry.render("shell", &model(*language, words, shell));
                let path = format!("/{}/{}", language.tag(), shell.path());
                let plain = Bytes::from(html.map_err(defect)?);
                let gz = gzip(&plain)?;
                all.insert(path, Html { plain, gz });
            }
        }
        // Who names no language gets the one of the country.
        if let Some(first) = all.get("/ko/").cloned() {
            all.insert("/".to_owned(), first);
        }
        Ok(Self(all))
    }

    /// The paths that are pages.
    #[cfg(test)]
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The page of a path.
    pub(crate) fn get(&self, path: &str) -> Option<&Html> {
        self.0.get(path)
    }
}

/// A file of the agency's surface, by the path of a request.
pub(crate) fn file(path: &str) -> Option<&'static asset::Asset> {
    asset::agency().iter().find(|asset| asset.path == path)
}

fn model(language: Language, words: &Words, shell: Shell) -> serde_json::Value {
    let say = |key: &str| words.get(key).unwrap_or_default().to_owned();
    let all: BTreeMap<&str, &str> = words.iter().collect();
    // Nothing in it can end the element it stands in.
    let all = json!(all).to_string().replace('<', "\\u003c").replace('>', "\\u003e");
    json!({
        "lang": language.tag(),
        "ko": language == Language::Korean,
        "page": if shell == Shell::Work { "work" } else { shell.path() },
        "path": shell.path(),
        "assets": asset::agency_folder(),
        "words": all.replace('&', "\\u0026"),
        "title": say("site.name"),
        "skip": say("site.skip"),
        "views": say("site.views"),
        "languages": say("site.languages"),
        "loading": say("site.loading"),
        "script": say("site.script"),
    })
}

fn defect(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Problem {
    Problem::ours("page", "the agency's page does not compile").caused_by(error)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The modules that we wrote.
    fn modules() -> impl Iterator<Item = (&'static str, &'static str)> {
        let ours = asset::agency().iter().filter(|asset| {
            asset.content_type.starts_with("text/javascript") && !asset.name.contains('/')
        });
        ours.map(|asset| (asset.name, std::str::from_utf8(asset.bytes).unwrap()))
    }

    /// What stands between an opening and the quote that ends it.
    fn quoted<'a>(text: &'a str, opening: &'a str) -> impl Iterator<Item = &'a str> {
        text.split(opening).skip(1).filter_map(|rest| Some(rest.split_once('\'')?.0))
    }

    #[test]
    fn every_page_is_there_in_both_languages() {
        let shells = Shells::new().unwrap();
        let paths: Vec<&str> = shells.paths().collect();
        let wanted =
            ["/", "/en/", "/en/enrol", "/en/terminal", "/ko/", "/ko/enrol", "/ko/terminal"];
        assert_eq!(paths, wanted);
        for path in paths {
            let html = String::from_utf8(shells.get(path).unwrap().plain.to_vec()).unwrap();
            let main = format!("{}/main.js", asset::agency_folder());
            assert!(html.contains(&main) && file(&main).is_some(), "{path}");
            assert_eq!(html.matches("aria-current").count(), 1, "{path}");
            assert_eq!(html.matches("</script>").count(), 2, "{path}");
        }
    }

    #[test]
    fn what_a_module_says_has_words() {
        let words = read_all(SOURCES.into_iter()).unwrap();
        let korean = &words[&Language::Korean];
        let mut rooms = BTreeSet::new();
        for (name, text) in modules() {
            for key in quoted(text, " t('").chain(quoted(text, "(t('")).chain(quoted(text, "[t('"))
            {
                assert!(korean.get(key).is_some(), "{name} says {key}, which has no words");
            }
            rooms.extend(quoted(text, "named('"));
        }
        assert!(rooms.len() > 10, "{rooms:?}");
        for room in rooms {
            let has = korean.iter().any(|(key, _)| key.starts_with(&format!("{room}.")));
            assert!(has, "nothing is named in {room}");
        }
    }

    /// The policy refuses it; a module that tried would fail in front of a customer.
    #[test]
    fn no_module_makes_markup_or_code_of_text() {
        let banned = ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("];
        for (name, text) in modules() {
            for word in banned {
                assert!(!text.contains(word), "{name}: {word}");
            }
            assert!(!text.contains("http:") && !text.contains("https:"), "{name} names a place");
        }
    }

    /// Everything before somebody asks for a camera.
    #[test]
    fn a_first_visit_is_small() {
        const MOST: usize = 64 * 1024;
        let files = asset::agency().iter().filter(|asset| !asset.name.contains('/'));
        let files: usize = files.map(asset::Asset::least).sum();
        let page = Shells::new().unwrap().get("/ko/").unwrap().gz.len();
        println!("page {page}, files {files}, of {MOST} bytes");
        assert!(page + files <= MOST);
    }
}
