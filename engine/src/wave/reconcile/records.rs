//! The carrier's own records: one JSON object a line, for each submission it accepted.
//!
//! `{"destination":"8210…","reference":4711,"message_id":"…"}`; further fields are ignored.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use serde::Deserialize;
use simrecall_core::delivery::{OutcomeKind, Rung, Standing};
use simrecall_store::ledger::{NewOutcome, Wave};
use simrecall_store::seal::Field;

use super::{Reconciled, recorded};
use crate::home::Home;
use crate::problem::{self, Problem, Result};

#[derive(Deserialize)]
struct Record {
    destination: String,
    reference: u16,
    message_id: String,
}

/// Settles attempts in doubt by what the carrier says it took, and calls the rest not taken.
pub(super) fn settle(
    home: &Home,
    waves: &[Wave],
    file: &Path,
    done: &mut Reconciled,
) -> Result<()> {
    let Some((route, _)) = home.config.route_of(Rung::Lms) else {
        return Err(Problem::configuration(
            "ladder",
            "the ladder has no lms rung; its records cannot be matched",
        ));
    };
    let service = home.keys.service().map_err(problem::keys)?;
    let opened = File::open(file).map_err(|error| problem::file(file, error))?;
    for (n, line) in (1..).zip(BufReader::new(opened).lines()) {
        let line = line.map_err(|error| problem::file(file, error))?;
        let Some(record) = read(file, n, &line)? else { continue };
        let to = service.blind(Field::Destination, &record.destination);
        let matches = home
            .store
            .read(|tx| tx.find_doubt(route, to, record.reference))
            .map_err(problem::store)?;
        let Some(attempt) = matches.first() else {
            done.unmatched_records += 1;
            continue;
        };
        let accepted = NewOutcome {
            part: 1,
            provider_id: Some(record.message_id),
            ..recorded(*attempt, OutcomeKind::Accepted, home.now())
        };
        home.store
            .write(|tx| tx.commit_outcomes(std::slice::from_ref(&accepted)))
            .map_err(problem::store)?;
        done.found += 1;
    }
    waves.iter().try_for_each(|wave| rest(home, wave, route, done))
}

/// A line; none if it records something other than a submission.
fn read(file: &Path, n: u64, line: &str) -> Result<Option<Record>> {
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

/// What complete records do not show was not taken.
fn rest(home: &Home, wave: &Wave, route: &str, done: &mut Reconciled) -> Result<()> {
    let no = wave.no;
    let chunks = home.store.read(|tx| tx.chunks(no)).map_err(problem::store)?;
    for chunk in chunks.iter().filter(|chunk| crate::send::is_first(chunk.kind)) {
        let targets =
            home.store.read(|tx| tx.chunk_targets(no, chunk.no)).map_err(problem::store)?;
        let last = targets.iter().filter_map(|target| target.attempts.last());
        let missing: Vec<NewOutcome> = last
            .filter(|attempt| {
                attempt.route == route && attempt.state.standing() == Standing::InDoubt
            })
            .map(|attempt| recorded(attempt.key, OutcomeKind::NotTaken, home.now()))
            .collect();
        if !missing.is_empty() {
            home.store.write(|tx| tx.commit_outcomes(&missing)).map_err(problem::store)?;
            done.not_taken += u64::try_from(missing.len()).unwrap_or(0);
        }
    }
    Ok(())
}
