//! The carrier's own records: one JSON object a line, for each submission it accepted.
//!
//! `{"destination":"8210…","reference":4711,"message_id":"…"}`; further fields are ignored, and so are lines about anything else.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use serde::Deserialize;
use simrecall_core::delivery::Rung;
use simrecall_core::id::AttemptKey;
use simrecall_store::seal::Field;

use crate::home::Home;
use crate::problem::{self, Problem, Result};

/// What a carrier took, by destination and reference.
pub(super) struct Records {
    route: String,
    taken: HashMap<([u8; 16], u16), Vec<String>>,
    left: u64,
}

#[derive(Deserialize)]
struct Record {
    destination: String,
    reference: u16,
    message_id: String,
}

impl Records {
    /// Reads a file; numbers are kept as blind indexes only.
    pub(super) fn read(home: &Home, file: &Path) -> Result<Self> {
        let Some((route, _)) = home.config.route_of(Rung::Lms) else {
            return Err(Problem::configuration(
                "ladder",
                "the ladder has no lms rung; its records cannot be matched",
            ));
        };
        let service = home.keys.service().map_err(problem::keys)?;
        let opened = File::open(file).map_err(|error| problem::file(file, error))?;
        let mut records = Self { route: route.to_owned(), taken: HashMap::new(), left: 0 };
        for (n, line) in (1..).zip(BufReader::new(opened).lines()) {
            let line = line.map_err(|error| problem::file(file, error))?;
            if let Some(record) = parse(file, n, &line)? {
                let to = service.blind(Field::Destination, &record.destination);
                records.taken.entry((to, record.reference)).or_default().push(record.message_id);
                records.left += 1;
            }
        }
        Ok(records)
    }

    /// The route they are about.
    pub(super) fn route(&self) -> &str {
        &self.route
    }

    /// The network's id of an attempt it took; each record speaks for one attempt.
    pub(super) fn take(&mut self, to: [u8; 16], attempt: AttemptKey) -> Option<String> {
        let id = self.taken.get_mut(&(to, attempt.short_reference()))?.pop()?;
        self.left -= 1;
        Some(id)
    }

    /// How many records spoke for no attempt that was looked up.
    pub(super) const fn left(&self) -> u64 {
        self.left
    }
}

/// A line; none if it records something other than a submission.
fn parse(file: &Path, n: u64, line: &str) -> Result<Option<Record>> {
    let value: serde_json::Value = serde_json::from_str(line).map_err(|_| bad_line(file, n))?;
    if value.get("message_id").is_none() || value.get("destination").is_none() {
        return Ok(None);
    }
    // A parser's message may quote the number, so it is not kept.
    serde_json::from_value(value).map(Some).map_err(|_| bad_line(file, n))
}

fn bad_line(file: &Path, n: u64) -> Problem {
    Problem::input("records", format!("{}, line {n}: not a record", file.display()))
        .hint("one JSON object a line, with destination, reference and message_id")
}
