//! What the command prints: answers to standard output, problems and progress to standard error.

use std::io::{ErrorKind, IsTerminal, Write};
use std::process::ExitCode;

use chrono::{DateTime, FixedOffset, Utc};
use serde::Serialize;
use simrecall_engine::Problem;

/// Where answers go, in words or as JSON.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Out {
    json: bool,
}

impl Out {
    pub(crate) const fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether a machine reads.
    pub(crate) const fn is_json(self) -> bool {
        self.json
    }

    /// Whether people watch: then progress is drawn.
    pub(crate) fn is_watched(self) -> bool {
        !self.json && std::io::stderr().is_terminal()
    }

    /// Prints an answer: the words, or the whole as JSON.
    pub(crate) fn answer(self, answer: &impl Serialize, words: impl FnOnce() -> String) {
        if self.json {
            let text = serde_json::to_string_pretty(answer).unwrap_or_default();
            print(&text);
        } else {
            print(words().trim_end());
        }
    }

    /// Prints a line of a command that says several: plainly, or each as JSON.
    pub(crate) fn say(self, line: &str) {
        if self.json {
            print(&serde_json::json!({ "says": line }).to_string());
        } else {
            print(line);
        }
    }

    /// Prints a passing remark to standard error, unless a machine reads.
    pub(crate) fn remark(self, line: &str) {
        if !self.json {
            write_line(&mut std::io::stderr(), line);
        }
    }

    /// Prints a problem and says how the command ends.
    pub(crate) fn fail(self, problem: &Problem) -> ExitCode {
        if self.json {
            print(&as_json(problem).to_string());
        } else {
            write_line(&mut std::io::stderr(), as_words(problem).trim_end());
        }
        ExitCode::from(problem.exit_code())
    }
}

fn as_json(problem: &Problem) -> serde_json::Value {
    serde_json::json!({
        "code": problem.code,
        "blame": problem.blame,
        "message": problem.what,
        "causes": causes(problem),
        "details": problem.details,
        "hint": problem.hint,
    })
}

fn as_words(problem: &Problem) -> String {
    let chain: Vec<String> = std::iter::once(problem.what.clone()).chain(causes(problem)).collect();
    let details = problem.details.iter().map(|line| format!("  {}", line.replace('\n', "\n  ")));
    let hint = problem.hint.iter().map(|hint| format!("hint: {hint}"));
    let first = std::iter::once(format!("error: {}", chain.join(": ")));
    first.chain(details).chain(hint).collect::<Vec<_>>().join("\n")
}

fn causes(problem: &Problem) -> Vec<String> {
    let mut causes = Vec::new();
    let mut next = std::error::Error::source(problem);
    while let Some(error) = next {
        causes.push(error.to_string());
        next = error.source();
    }
    causes
}

/// A line to standard output.
fn print(line: &str) {
    write_line(&mut std::io::stdout(), line);
}

/// A closed pipe is nobody's fault.
fn write_line(out: &mut impl Write, line: &str) {
    match writeln!(out, "{line}") {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
        Err(error) => tracing::warn!(%error, "cannot print"),
    }
}

/// Logs go to standard error.
pub(crate) fn start_log(verbose: u8) {
    let level = match verbose {
        0 => "error",
        1 => "info",
        _ => "debug",
    };
    // Only our own rooms: what a library says in detail may hold the values it was given, such as a name it renders.
    let filter = tracing_subscriber::EnvFilter::new(format!("error,simrecall={level}"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}

/// A number with commas between thousands.
pub(crate) fn count(number: impl Into<i128>) -> String {
    let digits = number.into().to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        let left = digits.len() - place;
        if place > 0 && left % 3 == 0 && !text.ends_with('-') {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A moment as people in Korea read it; the clock there never changes for summer.
pub(crate) fn when(at: DateTime<Utc>) -> String {
    FixedOffset::east_opt(9 * 3_600).map_or_else(
        || at.to_rfc3339(),
        |korea| at.with_timezone(&korea).format("%Y-%m-%d %H:%M:%S KST").to_string(),
    )
}

/// The first digits of a hash: enough to compare by eye.
pub(crate) fn short(hash: &str) -> String {
    hash.get(..12).map_or_else(|| hash.to_owned(), |start| format!("{start}…"))
}

/// An answer in words: a title, then rows that line up.
#[derive(Debug, Default)]
pub(crate) struct Sheet(String);

impl Sheet {
    /// A line across the whole width.
    pub(crate) fn line(mut self, line: &str) -> Self {
        self.0.push_str(line);
        self.0.push('\n');
        self
    }

    /// A name and what belongs to it.
    pub(crate) fn row(self, name: &str, value: impl std::fmt::Display) -> Self {
        self.line(&format!(" {name:<15} {value}"))
    }

    /// A row for something that need not be there.
    pub(crate) fn row_if(self, there: bool, name: &str, value: impl std::fmt::Display) -> Self {
        if there { self.row(name, value) } else { self }
    }

    /// What to type next.
    pub(crate) fn next(self, command: &str) -> Self {
        self.line(&format!("next: simrecall {command}"))
    }

    /// The whole.
    pub(crate) fn text(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_says_what_why_where_and_what_to_do() {
        let source = std::io::Error::other("no such luck");
        let problem = Problem::input("file", "the file cannot be used")
            .caused_by(source)
            .detail("row 1\nrow 2")
            .hint("try another");
        let words =
            "error: the file cannot be used: no such luck\n  row 1\n  row 2\nhint: try another";
        assert_eq!(as_words(&problem), words);
    }

    #[test]
    fn moments_are_those_of_korea() {
        let at = DateTime::from_timestamp(1_757_548_800, 0).unwrap();
        assert_eq!(when(at), "2025-09-11 09:00:00 KST");
    }

    #[test]
    fn thousands_are_parted_by_commas() {
        assert_eq!(count(7), "7");
        assert_eq!(count(16_647), "16,647");
        assert_eq!(count(-1_234_567), "-1,234,567");
    }
}
