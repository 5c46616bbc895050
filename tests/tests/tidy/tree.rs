//! The files of the tree and how a broken rule is told.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

/// One text file: its path from the root, and what is in it.
pub(super) struct File {
    pub(super) path: String,
    pub(super) text: String,
}

impl File {
    pub(super) fn is_rust(&self) -> bool {
        self.ends_with(".rs")
    }

    pub(super) fn ends_with(&self, ending: &str) -> bool {
        self.path.ends_with(ending)
    }

    /// Numbered from 1.
    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(at, line)| (at + 1, line))
    }
}

pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Every file git knows or would take, that is text.
pub(super) fn files() -> Vec<File> {
    let mut git = Command::new("git");
    git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(root());
    let listing = git.output().expect("git is missing; install it with: apt-get install -y git");
    assert!(listing.status.success(), "{}", String::from_utf8_lossy(&listing.stderr));
    let paths: BTreeSet<String> = String::from_utf8(listing.stdout)
        .unwrap()
        .split_terminator('\0')
        .map(str::to_owned)
        .collect();
    // A file that is deleted but not yet committed is listed too; one that is not UTF-8 is no text.
    let read =
        |path: String| Some(File { text: fs::read_to_string(root().join(&path)).ok()?, path });
    paths.into_iter().filter_map(read).collect()
}

/// Fails with one line per complaint.
#[track_caller]
pub(super) fn assert_none(complaints: impl IntoIterator<Item = String>) {
    let complaints: Vec<String> = complaints.into_iter().collect();
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}
