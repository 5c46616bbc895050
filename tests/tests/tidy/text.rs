//! Rules about what is written in files.

use super::tree::{File, assert_none, files, root};

/// No file is longer.
const HARD: usize = 1_000;
/// A longer one is printed, as a candidate for splitting.
const SOFT: usize = 500;
/// Made by tools, or law.
const NOT_WRITTEN: [&str; 4] =
    ["Cargo.lock", "package-lock.json", "requirements.txt", "LICENSE-APACHE"];
/// Where the environment may be read: settings, the root key a key service puts there, and what cargo tells a build.
const READS_ENVIRONMENT: [&str; 6] = [
    "core/build.rs",
    "portal/build.rs",
    "engine/src/config",
    "store/src/keystore/root.rs",
    "tests/",
    "tools/",
];

fn written() -> impl Iterator<Item = File> {
    files().into_iter().filter(|file| !NOT_WRITTEN.iter().any(|name| file.ends_with(name)))
}

#[test]
fn files_are_short() {
    let mut too_long = Vec::new();
    for file in written() {
        let lines = file.text.lines().count();
        if lines > HARD {
            too_long.push(format!("{}: {lines} lines, at most {HARD}", file.path));
        } else if lines > SOFT {
            println!("{}: {lines} lines; could it be two files?", file.path);
        }
    }
    assert_none(too_long);
}

#[test]
fn work_left_over_names_its_issue() {
    // In two halves, so that this file does not complain about itself.
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
    assert_none(written().flat_map(|file| {
        let open = file.lines().filter(|(_, line)| {
            marks.iter().any(|mark| is_word(line, mark) && !line.contains(&format!("{mark}(#")))
        });
        open.map(|(at, line)| format!("{}:{at}: say which issue: {}", file.path, line.trim()))
            .collect::<Vec<_>>()
    }));
}

#[test]
fn nothing_points_into_one_machine() {
    let homes = [
        concat!("/ro", "ot/"),
        concat!("/ho", "me/"),
        concat!("/Us", "ers/"),
        concat!("/wo", "rk/"),
    ];
    assert_none(written().flat_map(|file| {
        let odd =
            file.lines().filter(|(_, line)| homes.iter().any(|home| starts_a_path(line, home)));
        odd.map(|(at, line)| format!("{}:{at}: a path of one machine: {}", file.path, line.trim()))
            .collect::<Vec<_>>()
    }));
}

#[test]
fn no_lock_file_of_npm_names_a_host() {
    for folder in ["tests", "portal/packages"] {
        let lock = std::fs::read_to_string(root().join(folder).join("package-lock.json")).unwrap();
        assert!(!lock.contains("\"resolved\""), "run npm with --omit-lockfile-registry-resolved");
        assert!(lock.contains("\"integrity\": \"sha512-"), "{folder}: nothing says what was meant");
    }
}

#[test]
fn the_environment_is_read_in_one_place() {
    assert_none(written().filter(File::is_rust).flat_map(|file| {
        let allowed = READS_ENVIRONMENT.iter().any(|place| file.path.starts_with(place));
        let reads = file.lines().filter(|(_, line)| !allowed && line.contains("env::var"));
        reads
            .map(|(at, _)| {
                format!("{}:{at}: the environment is read by the configuration", file.path)
            })
            .collect::<Vec<_>>()
    }));
}

#[test]
fn scripts_stop_at_the_first_failure() {
    let scripts =
        written().filter(|file| file.text.starts_with("#!") && file.text.contains("bash\n"));
    assert_none(scripts.filter_map(|file| {
        (!file.text.contains("\nset -euo pipefail\n"))
            .then(|| format!("{}: set -euo pipefail", file.path))
    }));
}

fn is_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line.get(at + word.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

/// `/x/` in the middle of a longer path (`a/x/b`) belongs to that path.
fn starts_a_path(line: &str, prefix: &str) -> bool {
    line.match_indices(prefix).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        !before
            .is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '}' | '*' | '~'))
    })
}
