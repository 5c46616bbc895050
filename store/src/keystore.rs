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
    root: Arc<Secret>,
}

impl fmt::Debug for Keystore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keystore").field("dir", &self.dir).field("root", &"***").finish()
    }
}

impl Keystore {
    /// Makes the folder and the service key. A root key file that does not exist is made too, readable by its owner only.
    ///
    /// Refused when the folder has a service key already.
    pub fn create(dir: &Path, root: &RootKeySource) -> Result<Self, KeystoreError> {
        file::create_folder(dir)?;
        let keystore = Self { dir: dir.to_owned(), root: Arc::new(root.read_or_create()?) };
        keystore.make(Domain::Service)?;
        Ok(keystore)
    }

    /// Opens the folder. A wrong root key is found out here, not at the first look-up.
    pub fn open(dir: &Path, root: &RootKeySource) -> Result<Self, KeystoreError> {
        let keystore = Self { dir: dir.to_owned(), root: Arc::new(root.read()?) };
        keystore.key(Domain::Service)?;
        Ok(keystore)
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
            Ok(()) | Err(KeystoreError::Exists { .. }) => self.domain(domain),
            Err(error) => Err(error),
        }
    }

    /// The domains that have a key here, in order.
    pub fn domains(&self) -> Result<Vec<Domain>, KeystoreError> {
        file::list(&self.dir)
    }

    /// Writes every key to a file that either of two recipients can open; the root key is not in it.
    pub fn backup(
        &self,
        recipients: &[Recipient; 2],
        out: impl Write,
    ) -> Result<Vec<Domain>, KeystoreError> {
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
        let here = self.all_keys()?;
        Ok(backup::compare(&backup::read(identity, backup)?, &here))
    }

    /// Puts back the keys a backup has and this keystore lacks. Nothing is changed when any key differs.
    pub fn restore(
        &self,
        identity: &SecretIdentity,
        backup: impl Read,
    ) -> Result<Vec<Domain>, KeystoreError> {
        let there = backup::read(identity, backup)?;
        let found = backup::compare(&there, &self.all_keys()?);
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

    fn domain(&self, domain: Domain) -> Result<DomainKeys, KeystoreError> {
        let key = self.key(domain)?;
        DomainKeys::derive(domain, &key).map_err(|source| KeystoreError::Derive { domain, source })
    }

    fn make(&self, domain: Domain) -> Result<(), KeystoreError> {
        self.wrap(domain, &random_key()?)
    }

    fn wrap(&self, domain: Domain, key: &Secret) -> Result<(), KeystoreError> {
        let path = self.path(domain);
        let text = file::wrap(&self.root, domain, key)?;
        file::write_new(&path, text.as_bytes()).map_err(|error| {
            if error.is_io(std::io::ErrorKind::AlreadyExists) {
                KeystoreError::Exists { domain }
            } else {
                error
            }
        })
    }

    fn key(&self, domain: Domain) -> Result<Secret, KeystoreError> {
        let text = file::read(&self.path(domain)).map_err(|error| missing(domain, error))?;
        file::unwrap(&self.root, domain, &text).ok_or(KeystoreError::Unwrap { domain })
    }

    fn all_keys(&self) -> Result<Vec<(Domain, Secret)>, KeystoreError> {
        self.domains()?.into_iter().map(|domain| Ok((domain, self.key(domain)?))).collect()
    }

    fn path(&self, domain: Domain) -> PathBuf {
        self.dir.join(format!("{domain}.key"))
    }
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
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use tempfile::TempDir;

    use super::*;
    use crate::seal::{Field, Table};

    struct Home {
        folder: TempDir,
        root: RootKeySource,
    }

    impl Home {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let root = RootKeySource::File(folder.path().join("root.key"));
            Self { folder, root }
        }

        fn keys(&self) -> PathBuf {
            self.folder.path().join("keys")
        }

        fn create(&self) -> Keystore {
            Keystore::create(&self.keys(), &self.root).unwrap()
        }
    }

    fn incident(n: u8) -> IncidentId {
        IncidentId::from_bytes([n; 16])
    }

    #[test]
    fn keys_come_back_the_same_and_belong_to_one_incident() {
        let home = Home::new();
        let made = home.create().create_incident(incident(1)).unwrap();
        let keystore = Keystore::open(&home.keys(), &home.root).unwrap();
        let read = keystore.incident(incident(1)).unwrap();
        assert_eq!(made.blind(Field::Imsi, "1"), read.blind(Field::Imsi, "1"));
        let sealed = made.seal(Table::Line, b"row", b"text").unwrap();
        assert_eq!(read.as_ref().open(Table::Line, b"row", &sealed).unwrap().as_slice(), b"text");
        let other = keystore.create_incident(incident(2)).unwrap();
        assert_ne!(made.blind(Field::Imsi, "1"), other.blind(Field::Imsi, "1"));
        let again = keystore.create_incident(incident(1)).unwrap_err();
        assert!(matches!(again, KeystoreError::Exists { .. }), "{again}");
        let quarter = Quarter::new(2025, 4).unwrap();
        keystore.access(quarter).unwrap();
        keystore.access(quarter).unwrap();
        let names: Vec<String> =
            keystore.domains().unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(
            names,
            [
                "incident-01010101-0101-0101-0101-010101010101",
                "incident-02020202-0202-0202-0202-020202020202",
                "service",
                "access-2025q4"
            ]
        );
    }

    #[test]
    fn a_destroyed_key_is_gone_and_only_that_one() {
        let home = Home::new();
        let keystore = home.create();
        keystore.create_incident(incident(1)).unwrap();
        keystore.create_incident(incident(2)).unwrap();
        keystore.destroy_incident(incident(1)).unwrap();
        let gone = keystore.incident(incident(1)).unwrap_err();
        assert!(matches!(gone, KeystoreError::NoKey { .. }), "{gone}");
        let twice = keystore.destroy_incident(incident(1)).unwrap_err();
        assert!(matches!(twice, KeystoreError::NoKey { .. }), "{twice}");
        keystore.incident(incident(2)).unwrap();
    }

    #[test]
    fn a_root_key_that_others_may_read_is_refused_with_the_way_out() {
        let home = Home::new();
        home.create();
        let RootKeySource::File(path) = &home.root else { unreachable!() };
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(path, Permissions::from_mode(0o640)).unwrap();
        let refused = Keystore::open(&home.keys(), &home.root).unwrap_err();
        assert!(refused.to_string().contains("chmod 600"), "{refused}");
        fs::set_permissions(path, Permissions::from_mode(0o400)).unwrap();
        Keystore::open(&home.keys(), &home.root).unwrap();
    }

    #[test]
    fn key_files_are_for_their_owner_only_and_hold_no_key_in_clear() {
        let home = Home::new();
        home.create().create_incident(incident(1)).unwrap();
        for entry in fs::read_dir(home.keys()).unwrap() {
            let entry = entry.unwrap();
            let mode = entry.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{:?}", entry.path());
        }
        assert_eq!(fs::metadata(home.keys()).unwrap().permissions().mode() & 0o077, 0);
    }

    #[test]
    fn another_root_key_or_a_swapped_file_does_not_open() {
        let home = Home::new();
        let keystore = home.create();
        keystore.create_incident(incident(1)).unwrap();
        keystore.create_incident(incident(2)).unwrap();
        let path = |n| home.keys().join(format!("incident-{}.key", incident(n)));
        let first = fs::read_to_string(path(1)).unwrap();
        let second = fs::read_to_string(path(2)).unwrap();
        fs::write(path(1), &second).unwrap();
        assert!(matches!(keystore.incident(incident(1)), Err(KeystoreError::Unwrap { .. })));
        let name = format!("incident-{}", incident(1));
        let renamed = second.replace(&format!("incident-{}", incident(2)), &name);
        fs::write(path(1), renamed).unwrap();
        assert!(matches!(keystore.incident(incident(1)), Err(KeystoreError::Unwrap { .. })));
        fs::write(path(1), first).unwrap();
        keystore.incident(incident(1)).unwrap();

        let other = Home::new();
        other.create();
        let wrong = Keystore::open(&home.keys(), &other.root).unwrap_err();
        assert!(matches!(wrong, KeystoreError::Unwrap { domain: Domain::Service }), "{wrong}");
    }

    #[test]
    fn the_root_key_may_come_from_a_command() {
        let home = Home::new();
        home.create();
        let RootKeySource::File(path) = &home.root else { unreachable!() };
        let argv = ["cat".to_owned(), path.display().to_string()].to_vec();
        Keystore::open(&home.keys(), &RootKeySource::Command(argv)).unwrap();
        let failing = RootKeySource::Command(vec!["false".to_owned(), "secret".to_owned()]);
        let error = Keystore::open(&home.keys(), &failing).unwrap_err().to_string();
        assert_eq!(error, "no root key from the command false");
        let talking = RootKeySource::Command(vec!["echo".to_owned(), "hello".to_owned()]);
        let error = Keystore::open(&home.keys(), &talking).unwrap_err().to_string();
        assert!(error.contains("64 hexadecimal digits"), "{error}");
        let unset = RootKeySource::Environment("SIMRECALL_NO_SUCH_VARIABLE".to_owned());
        let error = Keystore::open(&home.keys(), &unset).unwrap_err().to_string();
        assert!(error.contains("SIMRECALL_NO_SUCH_VARIABLE"), "{error}");
    }

    #[test]
    fn either_recipient_opens_a_backup_and_nobody_else() {
        let home = Home::new();
        let keystore = home.create();
        keystore.create_incident(incident(1)).unwrap();
        let people: [SecretIdentity; 3] = std::array::from_fn(|_| SecretIdentity::generate());
        let both = [people[0].recipient(), people[1].recipient()];
        let mut backup = Vec::new();
        let domains = keystore.backup(&both, &mut backup).unwrap();
        assert_eq!(domains, [Domain::Incident(incident(1)), Domain::Service]);
        for person in &people[..2] {
            let found = keystore.restore_check(person, backup.as_slice()).unwrap();
            assert!(found.iter().all(|entry| entry.state == BackupState::Same), "{found:?}");
        }
        let stranger = keystore.restore_check(&people[2], backup.as_slice()).unwrap_err();
        assert!(matches!(stranger, KeystoreError::NotForIdentity), "{stranger}");
        let twice = [people[0].recipient(), people[0].recipient()];
        let refused = keystore.backup(&twice, Vec::new()).unwrap_err();
        assert!(matches!(refused, KeystoreError::OneRecipient), "{refused}");
    }

    #[test]
    fn a_backup_brings_back_what_is_missing_and_refuses_what_differs() {
        let home = Home::new();
        let keystore = home.create();
        let before = keystore.create_incident(incident(1)).unwrap();
        let person = SecretIdentity::generate();
        let both = [person.recipient(), SecretIdentity::generate().recipient()];
        let mut backup = Vec::new();
        keystore.backup(&both, &mut backup).unwrap();
        keystore.destroy_incident(incident(1)).unwrap();
        keystore.create_incident(incident(2)).unwrap();
        let states: Vec<BackupState> = keystore
            .restore_check(&person, backup.as_slice())
            .unwrap()
            .iter()
            .map(|entry| entry.state)
            .collect();
        let expected = [BackupState::OnlyInBackup, BackupState::Same, BackupState::OnlyHere];
        assert_eq!(states, expected);
        let back = keystore.restore(&person, backup.as_slice()).unwrap();
        assert_eq!(back, [Domain::Incident(incident(1))]);
        let after = keystore.incident(incident(1)).unwrap();
        assert_eq!(before.blind(Field::Imsi, "1"), after.blind(Field::Imsi, "1"));

        keystore.destroy_incident(incident(1)).unwrap();
        keystore.create_incident(incident(1)).unwrap();
        let differs = keystore.restore(&person, backup.as_slice()).unwrap_err();
        assert!(matches!(differs, KeystoreError::Differs { .. }), "{differs}");
        let cut = &backup[..backup.len() - 1];
        assert!(keystore.restore_check(&person, cut).is_err());
    }

    #[test]
    fn nothing_secret_is_shown() {
        let home = Home::new();
        let keystore = home.create();
        let RootKeySource::File(path) = &home.root else { unreachable!() };
        let root = fs::read_to_string(path).unwrap();
        let shown = format!("{keystore:?} {:?}", SecretIdentity::generate());
        assert!(!shown.contains(root.trim()) && !shown.contains("AGE-SECRET"), "{shown}");
    }
}
