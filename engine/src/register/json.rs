//! The register for programs: what a browser needs to match a text with.

use chrono::{DateTime, Utc};
use serde::Serialize;
use simrecall_core::incident::Incident;
use simrecall_core::notice::Wording;

use super::publish::Released;
use crate::problem::{Problem, Result};
use crate::staff::hex;

/// The form of the file, in case another one follows.
const FORM: &str = "simrecall register v1";

#[derive(Serialize)]
struct File<'a> {
    form: &'static str,
    incident: &'a str,
    published_at: DateTime<Utc>,
    waves: Vec<WaveFile<'a>>,
}

#[derive(Serialize)]
struct WaveFile<'a> {
    wave: i32,
    released_at: Option<DateTime<Utc>>,
    /// Over everything its approvers signed.
    statement_sha256: Option<String>,
    wordings: Vec<WordingFile<'a>>,
}

#[derive(Serialize)]
struct WordingFile<'a> {
    no: i32,
    sha256: String,
    sender: &'a str,
    from: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
    wording: &'a Wording,
}

pub(super) fn text(
    incident: &Incident,
    released: &[Released],
    published_at: DateTime<Utc>,
) -> Result<String> {
    let file = File {
        form: FORM,
        incident: incident.code.as_str(),
        published_at,
        waves: released.iter().map(wave).collect(),
    };
    serde_json::to_string_pretty(&file).map_err(|error| {
        Problem::ours("register", "the register cannot be written").caused_by(error)
    })
}

fn wave(released: &Released) -> WaveFile<'_> {
    let wordings = released.wordings.iter().map(|kept| WordingFile {
        no: kept.new.no,
        sha256: hex(&kept.sha256),
        sender: &kept.new.sender,
        from: kept.released_at.unwrap_or(kept.new.window_from),
        until: kept.new.window_until,
        wording: &kept.new.wording,
    });
    WaveFile {
        wave: released.wave.no.0,
        released_at: released.wave.released_at,
        statement_sha256: released.wave.statement_sha256.as_ref().map(|hash| hex(hash)),
        wordings: wordings.collect(),
    }
}
