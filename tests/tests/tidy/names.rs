//! Rules about what things are called, and which files belong together.

use std::collections::{BTreeMap, BTreeSet};

use super::tree::{File, assert_none, files};

/// Words that say nothing, or that have a better one in this house.
const BANNED: [(&str, &str); 6] = [
    ("manager", "say what it does"),
    ("util", "say what it does"),
    ("utils", "say what it does"),
    ("helper", "say what it does"),
    ("helpers", "say what it does"),
    ("operator", "say staff"),
];

/// What stands before a name where it is made.
const MAKERS: [&str; 9] =
    ["fn", "struct", "enum", "trait", "type", "mod", "const", "static", "macro_rules!"];

#[test]
fn names_mean_something() {
    assert_none(files().iter().flat_map(|file| {
        let of_file = file
            .path
            .split(['/', '.'])
            .filter_map(|name| complaint(name).map(|why| (0, name.to_owned(), why)));
        let declared =
            declared(file).filter_map(|(at, name)| Some((at, name.to_owned(), complaint(name)?)));
        let all: Vec<_> = of_file.chain(declared).collect();
        all.into_iter()
            .map(|(at, name, why)| format!("{}:{at}: {name}: {why}", file.path))
            .collect::<Vec<_>>()
    }));
}

#[test]
fn a_bad_name_is_seen() {
    assert!(complaint("send_manager").is_some());
    assert!(complaint("SendManager").is_some());
    assert!(complaint("process_chunk").is_some());
    assert!(complaint("processed").is_none());
    assert!(complaint("utility_bill").is_none());
}

#[test]
fn both_databases_have_the_same_migrations() {
    let files = files();
    let names = |tree: &str| -> BTreeSet<String> {
        files.iter().filter_map(|file| file.path.strip_prefix(tree).map(str::to_owned)).collect()
    };
    let sqlite = names("migrations/sqlite/");
    assert!(!sqlite.is_empty(), "no migrations found");
    assert_eq!(sqlite, names("migrations/postgres/"));
    assert_none(sqlite.iter().filter_map(|path| {
        let (folder, _) = path.rsplit_once('/')?;
        let both =
            ["up.sql", "down.sql"].iter().all(|name| sqlite.contains(&format!("{folder}/{name}")));
        (!both).then(|| format!("migrations/*/{folder}: up.sql and down.sql belong together"))
    }));
}

/// A notice that exists in one language for one rung exists in every language of that kind for it.
#[test]
fn notices_are_complete_in_every_language() {
    let mut kinds: BTreeMap<String, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for file in files() {
        let Some(rest) = file.path.strip_prefix("templates/notices/") else { continue };
        if let [kind, language, name] = rest.split('/').collect::<Vec<_>>()[..] {
            let languages = kinds.entry(kind.to_owned()).or_default();
            languages.entry(language.to_owned()).or_default().insert(name.to_owned());
        }
    }
    assert!(!kinds.is_empty(), "no templates found");
    assert_none(kinds.iter().flat_map(|(kind, languages)| {
        let all: BTreeSet<&String> = languages.values().flatten().collect();
        let gaps = languages.iter().flat_map(|(language, has)| {
            // A short message knows Korean and Latin letters only.
            let short = matches!(language.as_str(), "ko" | "en");
            all.iter()
                .filter(move |name| short || name.as_str() != "sms.hbs")
                .filter(|name| !has.contains(**name))
                .map(move |name| format!("{language}/{name}"))
        });
        gaps.map(|gap| format!("templates/notices/{kind}/{gap} is missing")).collect::<Vec<_>>()
    }));
}

fn declared(file: &File) -> impl Iterator<Item = (usize, &str)> {
    file.lines().filter(|_| file.is_rust()).filter_map(|(at, line)| {
        let mut words = line.split_whitespace().skip_while(|word| !MAKERS.contains(word));
        let name = words.nth(1)?.split(|c: char| !c.is_alphanumeric() && c != '_').next()?;
        let code = line.trim_start();
        (!code.starts_with("//") && !name.is_empty()).then_some((at, name))
    })
}

fn complaint(name: &str) -> Option<&'static str> {
    let words = words(name);
    if words.len() > 1 && words.first().is_some_and(|word| word == "process") {
        return Some("say which work is done");
    }
    BANNED.iter().find(|(word, _)| words.iter().any(|part| part == word)).map(|(_, why)| *why)
}

/// `SendManager` and `send_manager` are both `send`, `manager`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_lower = false;
    for c in name.chars() {
        let starts_word = c == '_' || c == '-' || (c.is_uppercase() && after_lower);
        if starts_word {
            words.push(String::new());
        }
        after_lower = c.is_lowercase();
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
    }
    words
}
