//! The databases' own tools, loading the same rows in clear into tables without indexes.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::Result;
use simrecall_core::id::IncidentId;
use simrecall_store::keystore::{Keystore, RootKeySource};
use simrecall_store::seal::IncidentKeys;

use super::{Bench, name, rows};
use crate::Backend;
use crate::parts::run;

/// Columns of the plain table of subscribers: what ours has outside its record, then the record.
pub(super) const SUBSCRIBER: &str = "bucket smallint, incident uuid, snapshot integer, id uuid, language smallint, \
    kind smallint, brand text, guardian uuid, contact uuid, name text, email text";
/// Columns of the plain table of lines.
pub(super) const LINE: &str = "bucket smallint, incident uuid, snapshot integer, holder uuid, line uuid, \
    held_from timestamptz, held_to timestamptz, service smallint, msisdn text, imsi text, iccid text";
/// The indexes of ours, on the identifiers themselves.
const INDEXES: &str = "
    CREATE UNIQUE INDEX p_subscriber_key ON p_subscriber (bucket, incident, snapshot, id);
    CREATE UNIQUE INDEX p_line_key ON p_line (bucket, incident, snapshot, holder, line, held_from);
    CREATE INDEX p_line_line ON p_line (incident, snapshot, line);
    CREATE INDEX p_line_msisdn ON p_line (msisdn);
    CREATE INDEX p_line_imsi ON p_line (imsi) WHERE imsi IS NOT NULL;
    CREATE INDEX p_line_iccid ON p_line (iccid) WHERE iccid IS NOT NULL;
    ANALYZE p_subscriber; ANALYZE p_line;";

/// What the tool is called in the table.
pub(super) const fn tool(backend: Backend) -> &'static str {
    match backend {
        Backend::Sqlite => "sqlite3 .import",
        Backend::Postgres => "psql \\copy",
    }
}

/// Loads people, each with a line; seconds of the rows, and of the indexes.
pub(super) fn load(bench: &mut Bench, backend: Backend, people: u64) -> Result<(f64, f64)> {
    let folder = bench.room(&format!("plain-{}", name(backend).to_lowercase()))?;
    let (subscribers, lines) = write(&folder, people)?;
    let store = bench.database(backend, &folder)?;
    let tables = format!("CREATE TABLE p_subscriber ({SUBSCRIBER}); CREATE TABLE p_line ({LINE});");
    let script = Script { backend, store: &store };
    script.run(&[&tables])?;
    let rows = match backend {
        Backend::Sqlite => script.run(&[
            &format!(".import --csv {} p_subscriber", subscribers.display()),
            &format!(".import --csv {} p_line", lines.display()),
        ]),
        Backend::Postgres => script.run(&[
            &format!("\\copy p_subscriber from '{}' csv", subscribers.display()),
            &format!("\\copy p_line from '{}' csv", lines.display()),
        ]),
    }?;
    Ok((rows, script.run(&[INDEXES])?))
}

struct Script<'a> {
    backend: Backend,
    store: &'a str,
}

impl Script<'_> {
    /// Runs words one after another, as durable as our own connections; how long it took.
    fn run(&self, words: &[&str]) -> Result<f64> {
        let mut command = match self.backend {
            Backend::Sqlite => {
                let mut command = Command::new("sqlite3");
                command.arg("-bail").arg(self.store.trim_start_matches("sqlite:"));
                command.arg("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;").args(words);
                command
            }
            Backend::Postgres => {
                let mut command = Command::new("psql");
                command.args(["-Xq", "-v", "ON_ERROR_STOP=1", "-d", self.store]);
                command.args(words.iter().flat_map(|word| ["-c", word]));
                command
            }
        };
        let began = Instant::now();
        run(&mut command)?;
        Ok(began.elapsed().as_secs_f64())
    }
}

/// Writes both files.
fn write(folder: &Path, people: u64) -> Result<(PathBuf, PathBuf)> {
    let root = RootKeySource::File(folder.join("root.key"));
    let keystore = Keystore::create(&folder.join("keys"), &root)?;
    let keys = keystore.create_incident(IncidentId::from_bytes([7; 16]))?;
    let (subscribers, lines) = (folder.join("subscribers.csv"), folder.join("lines.csv"));
    write_file(&subscribers, people, &keys, rows::subscriber_row)?;
    write_file(&lines, people, &keys, rows::line_row)?;
    Ok((subscribers, lines))
}

fn write_file(
    path: &Path,
    people: u64,
    keys: &IncidentKeys,
    row: fn(&mut String, &IncidentKeys, u64) -> Result<()>,
) -> Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    let mut text = String::new();
    for n in 0..people {
        text.clear();
        row(&mut text, keys, n)?;
        file.write_all(text.as_bytes())?;
    }
    Ok(file.flush()?)
}
