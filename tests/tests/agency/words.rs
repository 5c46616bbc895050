//! Whatever the surface says no to, its page has words for, in both languages.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the verbs of the surface are written, and what they rest on.
const SOURCES: &[&str] = &[
    "engine/src/terminal",
    "engine/src/replacement/check_in.rs",
    "engine/src/replacement/code.rs",
    "engine/src/replacement/failed.rs",
    "engine/src/replacement/found.rs",
    "engine/src/replacement/line.rs",
    "engine/src/replacement/open.rs",
    "engine/src/replacement/places.rs",
    "engine/src/replacement/step.rs",
    "engine/src/replacement/visit",
    "engine/src/replacement/visit.rs",
    "engine/src/swap.rs",
    "engine/src/swap/before.rs",
    "engine/src/swap/scan.rs",
    "engine/src/swap/start.rs",
    "engine/src/stock.rs",
    "engine/src/stock/fate.rs",
    "engine/src/stock/receive.rs",
    "engine/src/stock/transfer.rs",
    "engine/src/agency.rs",
    "portal/src/agency",
];
/// What only the command line is answered: invitations, admissions and what is placed or closed there.
const ELSEWHERE: &[&str] = &[
    "alarm",
    "batch",
    "case",
    "codes",
    "header",
    "identity",
    "network",
    "self",
    "staff",
    "thumbprint",
    "two_persons",
];
/// What is answered before a verb is asked, by a layer, by the database or by the register, and by a rule that has no `Problem` of its own.
const LAYERS: &[&str] = &[
    "busy",
    "closed",
    "conflict",
    "contradiction",
    "database_busy",
    "limit",
    "malformed",
    "new_is_there",
    "not_allowed",
    "not_found",
    "number_elsewhere",
    "old_has_no_key",
    "old_is_barred",
    "ours",
    "signed_out",
    "strange",
    "too_fast",
    "too_large",
    "too_slow",
    "activation_not_told",
    "countersign",
    "no_identity",
    "no_older_contact",
    "no_possession",
    "nobody_to_tell",
    "not_told",
    "not_told_again",
    "objections",
    "protected",
    "shown_too_early",
    "sim_changed",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

fn sources(path: &Path, into: &mut Vec<PathBuf>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            sources(&entry.unwrap().path(), into);
        }
    } else if path.extension().is_some_and(|ending| ending == "rs") {
        into.push(path.to_path_buf());
    }
}

/// The codes of refusals that a source writes down; our own faults are told as one.
fn codes(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for verb in ["Problem::input(", "Problem::state("] {
        for rest in text.split(verb).skip(1) {
            let Some(rest) = rest.trim_start().strip_prefix('"') else { continue };
            found.insert(rest.split('"').next().unwrap().to_owned());
        }
    }
    found
}

/// The codes that a language's table of problems has words for.
fn problems(language: &str) -> BTreeSet<String> {
    let path = root().join(format!("portal/pages/agency/words/{language}.toml"));
    let text = fs::read_to_string(path).unwrap();
    let (_, table) = text.split_once("\n[problem]\n").unwrap();
    let table = table.split("\n[").next().unwrap();
    table
        .lines()
        .filter_map(|line| line.split_once(" = "))
        .map(|(code, _)| code.to_owned())
        .collect()
}

#[test]
fn every_refusal_has_words_in_both_languages() {
    let mut files = Vec::new();
    for source in SOURCES {
        let path = root().join(source);
        assert!(path.exists(), "{source}");
        sources(&path, &mut files);
    }
    let mut said: BTreeSet<String> = LAYERS.iter().map(|code| (*code).to_owned()).collect();
    for file in &files {
        said.extend(codes(&fs::read_to_string(file).unwrap()));
    }
    said.retain(|code| !ELSEWHERE.contains(&code.as_str()));
    assert!(said.len() > 70, "the sources are read: {}", said.len());
    for language in ["ko", "en"] {
        let problems = problems(language);
        let missing: Vec<&String> = said.difference(&problems).collect();
        assert_eq!(missing, Vec::<&String>::new(), "in {language}");
    }
}
