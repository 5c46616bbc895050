//! The keystore: a folder with one file per key domain, each key random, wrapped by the root key.
//!
//! | domain | file | lives |
//! |---|---|---|
//! | incident | `incident-<uuid>.key` | until the incident is erased |
//! | service | `service.key` | as long as the installation |
//! | access | `access-<year>q<quarter>.key` | two years at least |
//!
//! The folder has its own, short-lived backups: whoever has an old copy of it and the root key can read what was erased.

mod backup;
mod domain;
mod error;
mod file;
mod root;

use std::collections::BTreeMap;
use std::fmt;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use simrecall_core::id::IncidentId;
use zeroize::Zeroizing;

use crate::seal::{DomainKeys, IncidentKeys};

pub use backup::{BackupEntry, BackupState, ParseAgeKeyError, Recipient, SecretIdentity};
pub use domain::{Domain, ParseDomainError, Quarter};
pub use error::KeystoreError;
pub use root::RootKeySource;

/// A random key of 256 bits, wiped when dropped.
pub(crate) type Secret = Zeroizing<[u8; 32]>;

/// The folder of wrapped keys, opened with its root key. Cheap to clone.
#[derive(Clone)]
pub struct Keystore {
    dir: PathBuf,
    held: Held,
}

/// What a keystore opens keys with.
#[derive(Clone)]
enum Held {
    /// The root key: it opens any.
    Root(Arc<Secret>),
    /// Some keys, opened before the root key was let go.
    Some(Arc<BTreeMap<Domain, Secret>>),
}

impl fmt::Debug for Keystore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held = match &self.held {
            Held::Root(_) => "root ***",
            Held::Some(_) => "some ***",
        };
        f.debug_struct("Keystore").field("dir", &self.dir).field("held", &held).finish()
    }
}

impl Keystore {
    /// Makes the folder and the service key. A root key file that does not exist is made too, readable by its owner only.
    ///
    /// Refused when the folder has a service key already.
    pub fn create(dir: &Path, root: &RootKeySource) -> Result<Self, KeystoreError> {
        file::create_folder(dir)?;
        let keystore = Self::with_root(dir, root.read_or_create()?);
        keystore.make(Domain::Service)?;
        Ok(keystore)
    }

    /// Opens the folder. A wrong root key is found out here, not at the first look-up.
    pub fn open(dir: &Path, root: &RootKeySource) -> Result<Self, KeystoreError> {
        let keystore = Self::with_root(dir, root.read()?);
        keystore.key(Domain::Service)?;
        Ok(keystore)
    }

    /// The same keystore with the keys of these domains and without the root key, which is wiped with its last clone.
    ///
    /// It opens these and no other, and makes, destroys and backs up none: for a process that answers strangers.
    pub fn narrowed(self, domains: &[Domain]) -> Result<Self, KeystoreError> {
        let keys = domains.iter().map(|domain| Ok((*domain, self.key(*domain)?)));
        let keys: BTreeMap<Domain, Secret> = keys.collect::<Result<_, KeystoreError>>()?;
        Ok(Self { dir: self.dir, held: Held::Some(Arc::new(keys)) })
    }

    /// The keys of an incident.
    pub fn incident(&self, id: IncidentId) -> Result<IncidentKeys, KeystoreError> {
        let domain = Domain::Incident(id);
        let key = self.key(domain)?;
        IncidentKeys::derive(id, &key).map_err(|source| KeystoreError::Derive { domain, source })
    }

    /// Makes the key of a new incident.
    pub fn create_incident(&self, id: IncidentId) -> Result<IncidentKeys, KeystoreError> {
        self.make(Domain::Incident(id))?;
        self.incident(id)
    }

    /// Destroys the key of an incident: nobody can read its people any more, except from a backup of this folder.
    ///
    /// Whether it may be destroyed is for the caller to know.
    pub fn destroy_incident(&self, id: IncidentId) -> Result<(), KeystoreError> {
        let domain = Domain::Incident(id);
        self.root("destroy a key")?;
        file::destroy(&self.path(domain)).map_err(|error| missing(domain, error))
    }

    /// The keys of the service domain.
    pub fn service(&self) -> Result<DomainKeys, KeystoreError> {
        self.domain(Domain::Service)
    }

    /// The keys of a quarter's access records, made at the first call.
    pub fn access(&self, quarter: Quarter) -> Result<DomainKeys, KeystoreError> {
        let domain = Domain::Access(quarter);
        match self.make(domain) {
            Ok(()) | Err(KeystoreError::Exists { .. } | KeystoreError::Narrowed { .. }) => {
                self.domain(domain)
            }
            Err(error) => Err(error),
        }
    }

    /// The domains that have a key here, in order.
    pub fn domains(&self) -> Result<Vec<Domain>, KeystoreError> {
        match &self.held {
            Held::Root(_) => file::list(&self.dir),
            Held::Some(keys) => Ok(keys.keys().copied().collect()),
        }
    }

    /// Writes every key to a file that either of two recipients can open; the root key is not in it.
    pub fn backup(
        &self,
        recipients: &[Recipient; 2],
        out: impl Write,
    ) -> Result<Vec<Domain>, KeystoreError> {
        self.root("back up keys")?;
        let keys = self.all_keys()?;
        backup::write(&keys, recipients, out)?;
        Ok(keys.into_iter().map(|(domain, _)| domain).collect())
    }

    /// Opens a backup and holds it against the keys here, changing nothing.
    pub fn restore_check(
        &self,
        identity: &SecretIdentity,
        backup: impl Read,
    ) -> Result<Vec<BackupEntry>, KeystoreError> {
        self.root("hold a backup against its keys")?;
        let here = self.all_keys()?;
        Ok(backup::compare(&backup::read(identity, backup)?, &here))
    }

    /// Puts back the keys a backup has and this keystore lacks. Nothing is changed when any key differs.
    pub fn restore(
        &self,
        identity: &SecretIdentity,
        backup: impl Read,
    ) -> Result<Vec<Domain>, KeystoreError> {
        self.root("put keys back")?;
        self.put_back(&backup::read(identity, backup)?)
    }

    /// Makes a lost keystore again from a backup: every key of it that is not there, wrapped by the root key. A root key file that is lost
    /// too is made anew.
    ///
    /// Refused when the folder has a service key, or another key than the backup for one domain. The service key is written
    /// last, so that a rebuild that was interrupted is simply done again.
    pub fn rebuild(
        dir: &Path,
        root: &RootKeySource,
        identity: &SecretIdentity,
        backup: impl Read,
    ) -> Result<(Self, Vec<Domain>), KeystoreError> {
        // Nothing is made for a backup that does not open.
        let mut there = backup::read(identity, backup)?;
        if Self::is_in(dir) {
            return Err(KeystoreError::Exists { domain: Domain::Service });
        }
        let lacks = KeystoreError::Lacks { domain: Domain::Service };
        let service =
            there.iter().position(|(domain, _)| *domain == Domain::Service).ok_or(lacks)?;
        let last = there.remove(service);
        there.push(last);
        file::create_folder(dir)?;
        let keystore = Self::with_root(dir, root.read_or_create()?);
        let mut domains = keystore.put_back(&there)?;
        domains.sort_unstable();
        Ok((keystore, domains))
    }

    /// Whether a folder holds a keystore: one has a service key from its first moment on.
    pub fn is_in(dir: &Path) -> bool {
        path(dir, Domain::Service).exists()
    }

    fn with_root(dir: &Path, root: Secret) -> Self {
        Self { dir: dir.to_owned(), held: Held::Root(Arc::new(root)) }
    }

    /// The root key, for what asks for it.
    fn root(&self, what: &'static str) -> Result<&Secret, KeystoreError> {
        match &self.held {
            Held::Root(root) => Ok(root),
            Held::Some(_) => Err(KeystoreError::Narrowed { what }),
        }
    }

    fn domain(&self, domain: Domain) -> Result<DomainKeys, KeystoreError> {
        let key = self.key(domain)?;
        DomainKeys::derive(domain, &key).map_err(|source| KeystoreError::Derive { domain, source })
    }

    fn make(&self, domain: Domain) -> Result<(), KeystoreError> {
        self.wrap(domain, &random_key()?)
    }

    fn wrap(&self, domain: Domain, key: &Secret) -> Result<(), KeystoreError> {
        let path = self.path(domain);
        let text = file::wrap(self.root("make a key")?, domain, key)?;
        file::write_new(&path, text.as_bytes()).map_err(|error| {
            if error.is_io(std::io::ErrorKind::AlreadyExists) {
                KeystoreError::Exists { domain }
            } else {
                error
            }
        })
    }

    /// Writes those keys of a backup that are not here, in its order; none of them when any key differs.
    fn put_back(&self, there: &[(Domain, Secret)]) -> Result<Vec<Domain>, KeystoreError> {
        let found = backup::compare(there, &self.all_keys()?);
        if let Some(entry) = found.iter().find(|entry| entry.state == BackupState::Different) {
            return Err(KeystoreError::Differs { domain: entry.domain });
        }
        let missing = found.iter().filter(|entry| entry.state == BackupState::OnlyInBackup);
        let missing: Vec<Domain> = missing.map(|entry| entry.domain).collect();
        for (domain, key) in there.iter().filter(|(domain, _)| missing.contains(domain)) {
            self.wrap(*domain, key)?;
        }
        Ok(missing)
    }

    fn key(&self, domain: Domain) -> Result<Secret, KeystoreError> {
        let root = match &self.held {
            Held::Root(root) => root,
            Held::Some(keys) => {
                return keys.get(&domain).cloned().ok_or(KeystoreError::NotHeld { domain });
            }
        };
        let text = file::read(&self.path(domain)).map_err(|error| missing(domain, error))?;
        file::unwrap(root, domain, &text).ok_or(KeystoreError::Unwrap { domain })
    }

    fn all_keys(&self) -> Result<Vec<(Domain, Secret)>, KeystoreError> {
        self.domains()?.into_iter().map(|domain| Ok((domain, self.key(domain)?))).collect()
    }

    fn path(&self, domain: Domain) -> PathBuf {
        path(&self.dir, domain)
    }
}

fn path(dir: &Path, domain: Domain) -> PathBuf {
    dir.join(format!("{domain}.key"))
}

fn random_key() -> Result<Secret, KeystoreError> {
    let mut key = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *key).map_err(|_| KeystoreError::Random)?;
    Ok(key)
}

fn missing(domain: Domain, error: KeystoreError) -> KeystoreError {
    if error.is_io(std::io::ErrorKind::NotFound) { KeystoreError::NoKey { domain } } else { error }
}

#[cfg(test)]
mod tests;
