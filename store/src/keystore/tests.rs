#![expect(clippy::disallowed_methods, reason = "here the keystore alone is looked at")]

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
    let names: Vec<String> = keystore.domains().unwrap().iter().map(ToString::to_string).collect();
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

#[test]
fn a_lost_keystore_is_rebuilt_and_opens_what_it_sealed() {
    let home = Home::new();
    let keystore = home.create();
    let before = keystore.create_incident(incident(1)).unwrap();
    let quarter = Quarter::new(2025, 4).unwrap();
    keystore.access(quarter).unwrap();
    let sealed = before.seal(Table::Line, b"row", b"text").unwrap();
    let service = keystore.service().unwrap().blind(Field::Destination, "821012345678");
    let person = SecretIdentity::generate();
    let both = [person.recipient(), SecretIdentity::generate().recipient()];
    let mut backup = Vec::new();
    let all = keystore.backup(&both, &mut backup).unwrap();
    let there = Keystore::rebuild(&home.keys(), &home.root, &person, backup.as_slice());
    assert!(matches!(there, Err(KeystoreError::Exists { domain: Domain::Service })), "{there:?}");

    // The folder is gone, and so is the root key.
    drop(keystore);
    fs::remove_dir_all(home.keys()).unwrap();
    let RootKeySource::File(root) = &home.root else { unreachable!() };
    let old_root = fs::read(root).unwrap();
    fs::remove_file(root).unwrap();
    let stranger = SecretIdentity::generate();
    let refused = Keystore::rebuild(&home.keys(), &home.root, &stranger, backup.as_slice());
    assert!(matches!(refused, Err(KeystoreError::NotForIdentity)), "{refused:?}");
    assert!(!home.keys().exists() && !root.exists(), "something was made for nothing");

    let (_, back) =
        Keystore::rebuild(&home.keys(), &home.root, &person, backup.as_slice()).unwrap();
    assert_eq!(back, all);
    assert_ne!(fs::read(root).unwrap(), old_root);
    let keystore = Keystore::open(&home.keys(), &home.root).unwrap();
    let after = keystore.incident(incident(1)).unwrap();
    assert_eq!(after.as_ref().open(Table::Line, b"row", &sealed).unwrap().as_slice(), b"text");
    assert_eq!(after.blind(Field::Imsi, "1"), before.blind(Field::Imsi, "1"));
    let again = keystore.service().unwrap().blind(Field::Destination, "821012345678");
    assert_eq!(again, service);
}

#[test]
fn an_interrupted_rebuild_is_done_again_and_another_key_stops_it() {
    let home = Home::new();
    let keystore = home.create();
    keystore.create_incident(incident(1)).unwrap();
    let person = SecretIdentity::generate();
    let both = [person.recipient(), SecretIdentity::generate().recipient()];
    let mut backup = Vec::new();
    keystore.backup(&both, &mut backup).unwrap();
    let rebuild = || Keystore::rebuild(&home.keys(), &home.root, &person, backup.as_slice());

    fs::remove_file(home.keys().join("service.key")).unwrap();
    let (keystore, domains) = rebuild().unwrap();
    assert_eq!(domains, [Domain::Service]);
    assert_eq!(keystore.domains().unwrap(), [Domain::Incident(incident(1)), Domain::Service]);

    keystore.destroy_incident(incident(1)).unwrap();
    keystore.create_incident(incident(1)).unwrap();
    fs::remove_file(home.keys().join("service.key")).unwrap();
    let refused = rebuild().unwrap_err();
    assert!(matches!(refused, KeystoreError::Differs { .. }), "{refused}");
    assert!(!Keystore::is_in(&home.keys()), "half a keystore passes for one");
}

#[test]
fn a_narrowed_keystore_opens_what_it_was_told_and_nothing_else() {
    let home = Home::new();
    let whole = home.create();
    for n in [1, 2] {
        whole.create_incident(incident(n)).unwrap();
    }
    let quarter = Quarter::new(2025, 4).unwrap();
    let sealed = whole.incident(incident(1)).unwrap().seal(Table::Claim, b"row", b"won").unwrap();
    let files = || {
        let mut names: Vec<_> =
            fs::read_dir(home.keys()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = files();

    let domains = [Domain::Service, Domain::Incident(incident(1))];
    let narrow = whole.narrowed(&domains).unwrap();
    // It needs neither the root key nor the folder any more.
    fs::remove_file(home.folder.path().join("root.key")).unwrap();
    narrow.service().unwrap();
    let keys = narrow.incident(incident(1)).unwrap();
    assert_eq!(keys.as_ref().open(Table::Claim, b"row", &sealed).unwrap().as_slice(), b"won");
    assert_eq!(narrow.domains().unwrap(), [Domain::Incident(incident(1)), Domain::Service]);

    let other = narrow.incident(incident(2)).unwrap_err();
    assert!(matches!(other, KeystoreError::NotHeld { .. }), "{other}");
    let access = narrow.access(quarter).unwrap_err();
    assert!(matches!(access, KeystoreError::NotHeld { .. }), "{access}");
    let refused = |error: KeystoreError| {
        assert!(matches!(error, KeystoreError::Narrowed { .. }), "{error}");
    };
    refused(narrow.create_incident(incident(3)).unwrap_err());
    refused(narrow.destroy_incident(incident(1)).unwrap_err());
    let identity = SecretIdentity::generate();
    let both = [identity.recipient(), SecretIdentity::generate().recipient()];
    let mut out = Vec::new();
    refused(narrow.backup(&both, &mut out).unwrap_err());
    assert!(out.is_empty());
    refused(narrow.restore_check(&identity, out.as_slice()).unwrap_err());
    refused(narrow.restore(&identity, out.as_slice()).unwrap_err());
    // Narrowing again gives no more than there is.
    let more = narrow.clone().narrowed(&[Domain::Incident(incident(2))]).unwrap_err();
    assert!(matches!(more, KeystoreError::NotHeld { .. }), "{more}");
    assert_eq!(narrow.narrowed(&[Domain::Service]).unwrap().domains().unwrap(), [Domain::Service]);
    assert_eq!(files(), before);
}

#[test]
fn narrowing_lets_the_root_key_go() {
    let home = Home::new();
    let whole = home.create();
    let Held::Root(root) = &whole.held else { panic!("a keystore that was created has its root") };
    let watch = Arc::downgrade(root);
    let shown = format!("{whole:?}");
    let narrow = whole.narrowed(&[Domain::Service]).unwrap();
    assert!(watch.upgrade().is_none());
    assert!(shown.contains("root ***") && format!("{narrow:?}").contains("some ***"));
    let lost = narrow.narrowed(&[Domain::Incident(incident(9))]);
    assert!(lost.is_err());
}
