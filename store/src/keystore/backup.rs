//! The keystore's backup: an `age` file that either of two recipients can open.

use std::fmt;
use std::io::{self, Read, Write};
use std::str::FromStr;

use zeroize::Zeroizing;

use super::file::{hex, unhex};
use super::{Domain, KeystoreError, Secret};
use crate::seal;

const HEADING: &str = "simrecall keystore backup 1";

/// Who can open a backup: the public half, `age1…`.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipient(age::x25519::Recipient);

/// A text that is no key of the expected form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not {expected}")]
pub struct ParseAgeKeyError {
    expected: &'static str,
}

impl FromStr for Recipient {
    type Err = ParseAgeKeyError;

    fn from_str(text: &str) -> Result<Self, ParseAgeKeyError> {
        let parsed = text.trim().parse().map(Self);
        parsed.map_err(|_| ParseAgeKeyError { expected: "an age recipient of the form age1…" })
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recipient({})", self.0)
    }
}

/// The secret half of a [`Recipient`].
#[derive(Clone)]
pub struct SecretIdentity(age::x25519::Identity);

impl SecretIdentity {
    /// Its public half.
    pub fn recipient(&self) -> Recipient {
        Recipient(self.0.to_public())
    }

    /// A fresh one, for drills and tests.
    pub fn generate() -> Self {
        Self(age::x25519::Identity::generate())
    }
}

impl FromStr for SecretIdentity {
    type Err = ParseAgeKeyError;

    /// Reads the text of an identity file: comment lines, then one `AGE-SECRET-KEY-1…`.
    fn from_str(text: &str) -> Result<Self, ParseAgeKeyError> {
        let key = text.lines().map(str::trim).find(|line| line.starts_with("AGE-SECRET-KEY-"));
        key.and_then(|key| key.parse().ok())
            .map(Self)
            .ok_or(ParseAgeKeyError { expected: "an age identity with a line AGE-SECRET-KEY-1…" })
    }
}

impl fmt::Debug for SecretIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretIdentity(***)")
    }
}

/// One key, as a backup and the keystore know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupEntry {
    /// Whose key.
    pub domain: Domain,
    /// How the two compare.
    pub state: BackupState,
}

/// How a key in a backup and the key here compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackupState {
    /// The same key.
    Same,
    /// Two keys for one domain.
    Different,
    /// The keystore lacks it: never made here, or destroyed since.
    OnlyInBackup,
    /// Made since the backup.
    OnlyHere,
}

pub(super) fn write(
    keys: &[(Domain, Secret)],
    recipients: &[Recipient; 2],
    out: impl Write,
) -> Result<(), KeystoreError> {
    let [first, second] = recipients;
    if first == second {
        return Err(KeystoreError::OneRecipient);
    }
    let both: [&dyn age::Recipient; 2] = [&first.0, &second.0];
    let encryptor = age::Encryptor::with_recipients(both.into_iter())
        .map_err(|error| KeystoreError::Backup(io::Error::other(error)))?;
    let write = || -> io::Result<()> {
        let mut sealed = encryptor.wrap_output(out)?;
        writeln!(sealed, "{HEADING}")?;
        for (domain, key) in keys {
            let line = Zeroizing::new(format!("{domain} {}\n", *hex(&**key)));
            sealed.write_all(line.as_bytes())?;
        }
        sealed.finish()?.flush()
    };
    write().map_err(KeystoreError::Backup)
}

pub(super) fn read(
    identity: &SecretIdentity,
    backup: impl Read,
) -> Result<Vec<(Domain, Secret)>, KeystoreError> {
    let sealed = age::Decryptor::new(backup).map_err(|_| KeystoreError::Damaged { line: 1 })?;
    let identities: [&dyn age::Identity; 1] = [&identity.0];
    let mut opened =
        sealed.decrypt(identities.into_iter()).map_err(|_| KeystoreError::NotForIdentity)?;
    let mut text = Zeroizing::new(String::new());
    // A cut or altered file fails here, at its last block at the latest.
    opened.read_to_string(&mut text).map_err(|_| KeystoreError::Damaged { line: 1 })?;
    let mut lines = text.lines();
    if lines.next() != Some(HEADING) {
        return Err(KeystoreError::Damaged { line: 1 });
    }
    let entries = lines.zip(2..);
    entries.map(|(text, line)| entry(text).ok_or(KeystoreError::Damaged { line })).collect()
}

pub(super) fn compare(there: &[(Domain, Secret)], here: &[(Domain, Secret)]) -> Vec<BackupEntry> {
    let find = |keys: &[(Domain, Secret)], wanted: Domain| {
        keys.iter().find(|(domain, _)| *domain == wanted).map(|(_, key)| seal::key_id(key))
    };
    let mut found: Vec<BackupEntry> = there
        .iter()
        .map(|(domain, key)| {
            let state = match find(here, *domain) {
                None => BackupState::OnlyInBackup,
                Some(id) if id == seal::key_id(key) => BackupState::Same,
                Some(_) => BackupState::Different,
            };
            BackupEntry { domain: *domain, state }
        })
        .collect();
    let newer = here.iter().filter(|(domain, _)| find(there, *domain).is_none());
    found.extend(
        newer.map(|(domain, _)| BackupEntry { domain: *domain, state: BackupState::OnlyHere }),
    );
    found
}

fn entry(text: &str) -> Option<(Domain, Secret)> {
    let (domain, key) = text.split_once(' ')?;
    let key = <[u8; 32]>::try_from(unhex(key)?.as_slice()).ok()?;
    Some((domain.parse().ok()?, Zeroizing::new(key)))
}
