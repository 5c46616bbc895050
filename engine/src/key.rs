//! The keys of a home: backing them up to two people, trying such a backup before it is needed, and using it when it is.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde::Serialize;
use simrecall_core::access::Act;
use simrecall_core::incident::Incident;
use simrecall_store::keystore::{
    BackupState, Domain, Keystore, KeystoreError, Recipient, SecretIdentity,
};
use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::config::Config;
use crate::home::{Home, root_key};
use crate::problem::{self, Problem, Result};
use crate::staff;

/// How a backup fits this home.
#[derive(Debug, Clone, Serialize)]
pub struct RestoreAnswer {
    /// Each key, and how the backup's compares with the one here.
    pub keys: Vec<KeyAnswer>,
    /// Each incident of the database, and whether its key is in the backup.
    pub incidents: Vec<IncidentKeyAnswer>,
}

/// One key.
#[derive(Debug, Clone, Serialize)]
pub struct KeyAnswer {
    /// Whose: `service`, `incident-…`, `access-…`.
    pub domain: String,
    /// How the two compare.
    pub state: KeyState,
}

/// How a key in a backup and the key here compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// The same key.
    Same,
    /// Two keys for one domain: the backup is of another home.
    Different,
    /// The keystore here lacks it: lost, or destroyed with its incident.
    OnlyInBackup,
    /// Made since the backup.
    OnlyHere,
}

/// One incident's key.
#[derive(Debug, Clone, Serialize)]
pub struct IncidentKeyAnswer {
    /// The incident's code.
    pub incident: String,
    /// Whether the backup has its key.
    pub in_backup: bool,
}

/// What was put back.
#[derive(Debug, Clone, Serialize)]
pub struct Restored {
    /// Whether there was no keystore, so that it was made again.
    pub rebuilt: bool,
    /// The keys that were put back.
    pub keys: Vec<String>,
    /// Whether the journal says so. It does not while the rest of the home cannot be opened.
    pub journalled: bool,
}

impl RestoreAnswer {
    /// Whether the backup could stand in for the keystore: it has every key that is needed here, and no other in its place.
    pub fn fits(&self) -> bool {
        let whole = |key: &KeyAnswer| match key.state {
            KeyState::Same | KeyState::OnlyInBackup => true,
            KeyState::Different | KeyState::OnlyHere => false,
        };
        self.keys.iter().all(whole) && self.incidents.iter().all(|incident| incident.in_backup)
    }
}

/// Writes every key but the root key to a new file that either of two recipients can open; the domains in it.
pub fn backup(home: &Home, recipients: &[String], out: &Path, by: &str) -> Result<Vec<String>> {
    let member = staff::may(home, by, Act::BackUpKeys)?;
    let recipients = two(recipients)?;
    let domains = write(home, &recipients, out)?;
    let names: Vec<String> = domains.iter().map(ToString::to_string).collect();
    let actor = member.id.to_string();
    let entry =
        home.entry("keys.backed_up", &actor, None, serde_json::json!({ "domains": names }))?;
    home.store.write(|tx| tx.journal(&entry).map(|_| ())).map_err(|error| {
        // What the journal does not know of must not lie about.
        drop(std::fs::remove_file(out));
        problem::store(error)
    })?;
    Ok(names)
}

/// Opens a backup with one recipient's identity and holds it against the keys and the incidents here, changing nothing.
pub fn restore_check(home: &Home, file: &Path, identity_file: &Path) -> Result<RestoreAnswer> {
    let identity = identity(identity_file)?;
    let backup = File::open(file).map_err(|error| problem::file(file, error))?;
    let found =
        home.keys.restore_check(&identity, backup).map_err(|error| unopened(file, error))?;
    let in_backup: BTreeSet<Domain> = found
        .iter()
        .filter(|entry| state(entry.state) != KeyState::OnlyHere)
        .map(|entry| entry.domain)
        .collect();
    let key = |incident: &Incident| IncidentKeyAnswer {
        incident: incident.code.to_string(),
        in_backup: in_backup.contains(&Domain::Incident(incident.id)),
    };
    Ok(RestoreAnswer {
        keys: found
            .iter()
            .map(|entry| KeyAnswer { domain: entry.domain.to_string(), state: state(entry.state) })
            .collect(),
        incidents: incidents(home)?.iter().map(key).collect(),
    })
}

/// Puts back the keys of a backup: all of them where the keystore is gone, those that are missing where it is there.
///
/// Needs the configuration and the root key's source, and nothing else of the home. Refused when any key differs.
pub fn restore(dir: &Path, clock: Clock, file: &Path, identity_file: &Path) -> Result<Restored> {
    let config = Config::read(dir)?;
    let identity = identity(identity_file)?;
    let backup = File::open(file).map_err(|error| problem::file(file, error))?;
    let (folder, root) = (dir.join("keys"), root_key(dir, &config.keys));
    let rebuilt = !Keystore::is_in(&folder);
    let back = if rebuilt {
        Keystore::rebuild(&folder, &root, &identity, backup).map(|(_, domains)| domains)
    } else {
        Keystore::open(&folder, &root).and_then(|keys| keys.restore(&identity, backup))
    };
    let back = back.map_err(|error| not_restored(file, error))?;
    let keys: Vec<String> = back.iter().map(ToString::to_string).collect();
    let journalled = keys.is_empty() || note_restored(dir, clock, &keys, rebuilt);
    Ok(Restored { rebuilt, keys, journalled })
}

/// Says in the journal that keys came back, if there is one already.
fn note_restored(dir: &Path, clock: Clock, keys: &[String], rebuilt: bool) -> bool {
    let note = || -> Result<()> {
        let home = Home::open(dir, clock)?;
        let body = serde_json::json!({ "domains": keys, "rebuilt": rebuilt });
        let entry = home.entry("keys.restored", "restore", None, body)?;
        home.store.write(|tx| tx.journal(&entry).map(|_| ())).map_err(problem::store)?;
        crate::journal::sequence(&home)
    };
    note().inspect_err(|problem| tracing::warn!(%problem, "not in the journal")).is_ok()
}

#[expect(
    clippy::redundant_closure_for_method_calls,
    reason = "a method of `Tx<'_>` is not general enough to stand for the closure"
)]
fn incidents(home: &Home) -> Result<Vec<Incident>> {
    home.store.read(|tx| tx.incidents()).map_err(problem::store)
}

fn two(recipients: &[String]) -> Result<[Recipient; 2]> {
    let parsed = recipients.iter().map(|text| text.parse::<Recipient>()).collect::<Vec<_>>();
    let parsed: Vec<Recipient> =
        parsed.into_iter().collect::<std::result::Result<_, _>>().map_err(|error| {
            Problem::input("recipient", "a recipient cannot be used").caused_by(error).hint(
                "each of two people makes an identity with age-keygen and gives its public half",
            )
        })?;
    let many = parsed.len();
    <[Recipient; 2]>::try_from(parsed).map_err(|_| {
        Problem::input("recipient", format!("a backup has exactly 2 recipients, not {many}"))
            .hint("give --recipient twice, for two people")
    })
}

fn write(home: &Home, recipients: &[Recipient; 2], out: &Path) -> Result<Vec<Domain>> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(out);
    let file = file.map_err(|error| problem::file(out, error))?;
    let written = home.keys.backup(recipients, &file).map_err(unwritten);
    let synced = written
        .and_then(|domains| file.sync_all().map(|()| domains).map_err(|e| problem::file(out, e)));
    if synced.is_err() {
        drop(std::fs::remove_file(out));
    }
    synced
}

fn identity(path: &Path) -> Result<SecretIdentity> {
    let text =
        Zeroizing::new(std::fs::read_to_string(path).map_err(|error| problem::file(path, error))?);
    text.parse::<SecretIdentity>().map_err(|error| {
        Problem::input("identity", format!("{} holds no identity", path.display())).caused_by(error)
    })
}

fn unwritten(error: KeystoreError) -> Problem {
    if matches!(error, KeystoreError::OneRecipient) {
        return Problem::input("recipient", "both recipients are the same")
            .hint("give --recipient twice, for two people");
    }
    problem::keys(error)
}

fn unopened(file: &Path, error: KeystoreError) -> Problem {
    if matches!(error, KeystoreError::NotForIdentity | KeystoreError::Damaged { .. }) {
        let what = format!("{} does not open", file.display());
        return Problem::input("backup", what).caused_by(error);
    }
    problem::keys(error)
}

fn not_restored(file: &Path, error: KeystoreError) -> Problem {
    if matches!(error, KeystoreError::Differs { .. } | KeystoreError::Lacks { .. }) {
        let what =
            format!("{} is no backup of this keystore; nothing was put back", file.display());
        return Problem::state("backup", what)
            .caused_by(error)
            .hint("compare them with: simrecall key restore-check");
    }
    if matches!(error, KeystoreError::Unwrap { .. }) {
        let what = "the keys folder is there and does not open; nothing was put back";
        return Problem::state("keys", what).caused_by(error).hint(
            "if its root key is lost, move the folder aside and run the same command: it is made again",
        );
    }
    unopened(file, error)
}

const fn state(state: BackupState) -> KeyState {
    match state {
        BackupState::Same => KeyState::Same,
        BackupState::Different => KeyState::Different,
        BackupState::OnlyInBackup => KeyState::OnlyInBackup,
        BackupState::OnlyHere => KeyState::OnlyHere,
    }
}
