//! What went wrong, in plain words: what happened, whose side it is on, what to type next.

use std::fmt;

use simrecall_core::problem::Blame;

use crate::terminal::limit;

/// What a transaction says whose staff member is not signed in any more; also the code of that problem.
pub(crate) const SIGNED_OUT: &str = "signed_out";

/// The engine's result.
pub type Result<T> = std::result::Result<T, Problem>;

/// A refusal or failure that a person can act on. Never holds a personal value in clear.
#[derive(Debug)]
pub struct Problem {
    /// A stable word for it, the same in the CLI's JSON and over HTTP.
    pub code: &'static str,
    /// Whose side it is on.
    pub blame: Blame,
    /// What happened, one clause.
    pub what: String,
    /// Further lines: which row, which bind, how far it got.
    pub details: Vec<String>,
    /// What to type or change.
    pub hint: Option<String>,
    /// How many more times it may be tried before something else happens, where tries are counted.
    pub left: Option<u8>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Problem {
    /// A problem with nothing but its clause.
    pub fn new(code: &'static str, blame: Blame, what: impl Into<String>) -> Self {
        Self {
            code,
            blame,
            what: what.into(),
            details: Vec::new(),
            hint: None,
            left: None,
            source: None,
        }
    }

    /// What was handed in is wrong.
    pub fn input(code: &'static str, what: impl Into<String>) -> Self {
        Self::new(code, Blame::Input, what)
    }

    /// Not now, or not any more.
    pub fn state(code: &'static str, what: impl Into<String>) -> Self {
        Self::new(code, Blame::State, what)
    }

    /// The configuration is wrong.
    pub fn configuration(code: &'static str, what: impl Into<String>) -> Self {
        Self::new(code, Blame::Configuration, what)
    }

    /// A defect of ours.
    pub fn ours(code: &'static str, what: impl Into<String>) -> Self {
        Self::new(code, Blame::Ours, what)
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds a line.
    #[must_use]
    pub fn detail(mut self, line: impl Into<String>) -> Self {
        self.details.push(line.into());
        self
    }

    /// Says how many more times it may be tried.
    #[must_use]
    pub fn left(mut self, tries: usize) -> Self {
        self.left = u8::try_from(tries).ok();
        self
    }

    /// Keeps the error it came from.
    #[must_use]
    pub fn caused_by(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The exit code of the command: 1 refused, 3 cannot reach, 4 a defect of ours.
    pub const fn exit_code(&self) -> u8 {
        match self.blame {
            Blame::Input | Blame::State | Blame::Recipient | Blame::Configuration => 1,
            Blame::Network => 3,
            Blame::Ours => 4,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Problem {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| {
            let source: &(dyn std::error::Error + 'static) = source;
            source
        })
    }
}

/// A file could not be read or written.
pub(crate) fn file(path: &std::path::Path, error: std::io::Error) -> Problem {
    Problem::input("file", format!("{} cannot be used", path.display())).caused_by(error)
}

/// Keys could not be used.
pub(crate) fn keys(error: simrecall_store::keystore::KeystoreError) -> Problem {
    Problem::configuration("keys", "the keys cannot be used").caused_by(error).hint(
        "see [keys] in simrecall.toml; lost keys come back from a backup: simrecall key restore",
    )
}

/// Memory could not be used.
pub(crate) fn store(error: simrecall_store::StoreError) -> Problem {
    if error.is_conflict() {
        return Problem::state("conflict", "something is there already").caused_by(error);
    }
    if error == simrecall_store::StoreError::State(SIGNED_OUT) {
        return Problem::state(SIGNED_OUT, "nobody is signed in here");
    }
    if error.is_unreachable() {
        return Problem::new("database", Blame::Network, "the database cannot be reached")
            .caused_by(error)
            .hint("check [store] url in simrecall.toml and that the server runs");
    }
    if error == simrecall_store::StoreError::State(limit::OVER) {
        return limit::over();
    }
    if error.is_transient() {
        return Problem::state("database_busy", "the database is busy")
            .caused_by(error)
            .hint("run the same command again");
    }
    Problem::ours("database", "the database refuses").caused_by(error)
}

impl From<simrecall_store::StoreError> for Problem {
    fn from(error: simrecall_store::StoreError) -> Self {
        store(error)
    }
}
