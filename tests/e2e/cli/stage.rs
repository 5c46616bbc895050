//! A home in a folder of its own, lists to put into it, and the command to do so.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The incident of these tests.
pub(crate) const CODE: &str = "HB-2025-09";
const INCIDENT: &str = include_str!("../../../engine/src/drill/incident.toml");
/// The first line of an exposure list.
pub(crate) const EXPOSURE: &str = "line,msisdn,imsi,imei,items,certainty,exposed_at";
const SUBSCRIBERS: &str =
    "subscriber,kind,name,birth_date,language,brand,email,postcode,address,guardian,contact";
const LINES: &str = "line,subscriber,msisdn,imsi,iccid,service,held_from,held_to";
/// People in the registry, each with one line.
pub(crate) const PEOPLE: u32 = 12;

/// A folder with a home in it, or soon to have one.
pub(crate) struct Stage {
    folder: TempDir,
}

/// What the command said, and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    /// It must have ended like this.
    #[track_caller]
    pub(crate) fn with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    /// The answer of a command that was given `--json`.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }

    /// A problem must be shown with these words in it.
    #[track_caller]
    pub(crate) fn complains(&self, words: &[&str]) {
        assert_eq!(self.out, "", "a problem goes to standard error");
        assert!(self.err.starts_with("error: "), "{self:#?}");
        for words in words {
            assert!(self.err.contains(words), "no {words:?} in {self:#?}");
        }
    }
}

impl Stage {
    /// A folder without anything.
    pub(crate) fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A home with three people of staff and an open incident.
    pub(crate) fn opened() -> Self {
        let stage = Self::empty();
        stage.run(&["init"]).with(0);
        stage.add_staff("security", &[]).with(0);
        stage.add_staff("privacy", &["--by", "security"]).with(0);
        stage.add_staff("messaging", &["--by", "security"]).with(0);
        let file = stage.write("incident.toml", INCIDENT);
        stage.run(&["incident", "open", &file, "--by", "security"]).with(0);
        stage
    }

    /// The same, with a registry.
    pub(crate) fn ready() -> Self {
        let stage = Self::opened();
        stage.write("subscribers.csv", subscribers());
        stage.write("lines.csv", lines());
        stage.import_registry(&[]).with(0);
        stage
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn text_path(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// Writes a file; its path.
    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        std::fs::write(self.path(name), text).unwrap();
        self.text_path(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Changes a word of the configuration.
    pub(crate) fn configure(&self, from: &str, to: &str) {
        let config = self.read("simrecall.toml");
        assert!(config.contains(from), "{from} is not in the configuration");
        self.write("simrecall.toml", config.replace(from, to));
    }

    /// The command in this home, not started yet, with nothing of the tests' own surroundings.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_simrecall"));
        command.env_remove("SIMRECALL_HOME").env_remove("RUST_LOG");
        command.arg("--home").arg(self.folder.path()).args(words).stdin(Stdio::null());
        command
    }

    /// Adds somebody with a role of the same name.
    pub(crate) fn add_staff(&self, role: &str, more: &[&str]) -> Said {
        let key = self.text_path(&format!("{role}.key"));
        let words = ["staff", "add", role, "--role", role, "--key-out", &key];
        self.run(&[&words[..], more].concat())
    }

    pub(crate) fn run(&self, words: &[&str]) -> Said {
        said(self.command(words))
    }

    pub(crate) fn import_registry(&self, more: &[&str]) -> Said {
        let (subscribers, lines) = (self.text_path("subscribers.csv"), self.text_path("lines.csv"));
        let words = ["registry", "import", "--incident", CODE, "--by", "security"];
        let files = ["--subscribers", &subscribers, "--lines", &lines];
        let as_of = ["--as-of", "2025-09-10T00:00:00+09:00"];
        self.run(&[&words[..], &files, &as_of, more].concat())
    }

    /// Writes an exposure list and imports it.
    pub(crate) fn import(&self, list: impl AsRef<[u8]>, more: &[&str]) -> Said {
        let file = self.write("exposure.csv", list);
        let words = ["cohort", "import", "--incident", CODE, &file, "--by", "security"];
        self.run(&[&words[..], more].concat())
    }
}

/// Runs a command to its end.
pub(crate) fn said(mut command: Command) -> Said {
    let output = command.output().unwrap();
    Said {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The registry's people: P1 to P12.
pub(crate) fn subscribers() -> String {
    let row = |n| format!("P{n},person,김하나,1980-01-02,ko,hanbit,p{n}@mail.example,,,,\n");
    format!("{SUBSCRIBERS}\n{}", (1..=PEOPLE).map(row).collect::<String>())
}

/// Their lines: L1 to L12.
pub(crate) fn lines() -> String {
    let row =
        |n| format!("L{n},P{n},{},{},,voice,2020-01-01T00:00:00+09:00,\n", number(n), imsi(n));
    format!("{LINES}\n{}", (1..=PEOPLE).map(row).collect::<String>())
}

/// An exposure list of these lines.
pub(crate) fn exposure(lines: impl IntoIterator<Item = u32>) -> String {
    format!("{EXPOSURE}\n{}", lines.into_iter().map(exposed).collect::<String>())
}

/// One row of it.
pub(crate) fn exposed(n: u32) -> String {
    let (number, imsi) = (number(n), imsi(n));
    format!("L{n},{number},{imsi},356938035643809,imsi;imei,confirmed,2025-09-02T15:21:14+09:00\n")
}

pub(crate) fn number(n: u32) -> String {
    format!("010-1000-{n:04}")
}

pub(crate) fn imsi(n: u32) -> String {
    format!("4500800000{n:05}")
}
