//! Backing keys up, and finding out whether a backup is worth anything.

use std::os::unix::fs::PermissionsExt;

use age::secrecy::ExposeSecret;
use age::x25519::Identity;

use crate::stage::{CODE, Said, Stage, exposure};

/// Somebody who can open a backup: their public half, and a file with the secret one.
fn somebody(stage: &Stage, name: &str) -> (String, String) {
    let identity = Identity::generate();
    let file =
        stage.write(name, format!("# of {name}\n{}\n", identity.to_string().expose_secret()));
    (identity.to_public().to_string(), file)
}

fn backup(stage: &Stage, recipients: &[&str], out: &str) -> Said {
    let mut words = vec!["key", "backup", "--by", "security", "--out", out, "--json"];
    words.extend(recipients.iter().flat_map(|recipient| ["--recipient", recipient]));
    stage.run(&words)
}

fn check(stage: &Stage, file: &str, identity: &str) -> Said {
    stage.run(&["key", "restore-check", file, "--identity", identity, "--json"])
}

#[test]
fn either_of_two_people_opens_a_backup_and_it_fits() {
    let stage = Stage::opened();
    let (first, first_file) = somebody(&stage, "first");
    let (second, second_file) = somebody(&stage, "second");
    let out = stage.text_path("backup.age");
    let written = backup(&stage, &[&first, &second], &out).with(0).json();
    assert_eq!(written["keys"].as_array().unwrap().len(), 2);
    let mode = std::fs::metadata(&out).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    for identity in [&first_file, &second_file] {
        let found = check(&stage, &out, identity).with(0).json();
        assert_eq!(
            found["incidents"],
            serde_json::json!([{ "incident": CODE, "in_backup": true }])
        );
        let keys = found["keys"].as_array().unwrap();
        assert!(keys.iter().all(|key| key["state"] == "same"), "{found}");
    }
    let (_, stranger) = somebody(&stage, "stranger");
    let refused = check(&stage, &out, &stranger).with(1).json();
    assert_eq!(refused["code"], "backup");
    let again = backup(&stage, &[&first, &second], &out).with(1).json();
    assert_eq!(again["code"], "file");
}

#[test]
fn a_backup_that_lacks_a_key_is_no_backup() {
    let stage = Stage::opened();
    let (first, identity) = somebody(&stage, "first");
    let (second, _) = somebody(&stage, "second");
    let out = stage.text_path("backup.age");
    backup(&stage, &[&first, &second], &out).with(0);
    let other = stage.read("incident.toml").replace(CODE, "HB-2025-10");
    let file = stage.write("other.toml", other);
    stage.run(&["incident", "open", &file, "--by", "security"]).with(0);
    let found = check(&stage, &out, &identity).with(1).json();
    let lacking = serde_json::json!({ "incident": "HB-2025-10", "in_backup": false });
    assert!(found["incidents"].as_array().unwrap().contains(&lacking), "{found}");
    let words = stage.run(&["key", "restore-check", &out, "--identity", &identity]).with(1).out;
    assert!(words.contains("NOT IN THE BACKUP"), "{words}");
}

#[test]
fn a_backup_is_for_two_people_and_made_by_who_may() {
    let stage = Stage::opened();
    let (first, _) = somebody(&stage, "first");
    let out = stage.text_path("backup.age");
    for recipients in [&[&*first][..], &[&first, &first], &[&first, "age1nobody"]] {
        let refused = backup(&stage, recipients, &out).with(1).json();
        assert_eq!(refused["code"], "recipient", "{refused}");
        assert!(!stage.path("backup.age").exists());
    }
    let words = ["key", "backup", "--by", "messaging", "--out", &out, "--recipient", &first];
    stage.run(&words).with(1).complains(&["messaging (messaging) may not do this"]);
}

#[test]
fn a_lost_keystore_comes_back_from_a_backup() {
    let stage = Stage::ready();
    let (first, identity) = somebody(&stage, "first");
    let (second, _) = somebody(&stage, "second");
    let (_, stranger) = somebody(&stage, "stranger");
    let out = stage.text_path("backup.age");
    backup(&stage, &[&first, &second], &out).with(0);
    let restore = |identity: &str| stage.run(&["key", "restore", &out, "--identity", identity]);
    assert!(restore(&identity).with(0).out.contains("nothing was changed"));

    // One key, then all of them with the root key.
    for lost in ["incident", "all"] {
        if lost == "all" {
            std::fs::remove_dir_all(stage.path("keys")).unwrap();
            stage
                .run(&["staff", "list"])
                .with(1)
                .complains(&["the keys cannot be used", "key restore"]);
        } else {
            let keys =
                std::fs::read_dir(stage.path("keys")).unwrap().map(|key| key.unwrap().path());
            let is_incident =
                |key: &std::path::PathBuf| key.to_string_lossy().contains("incident-");
            std::fs::remove_file(keys.into_iter().find(is_incident).unwrap()).unwrap();
        }
        restore(&stranger).with(1).complains(&["does not open"]);
        let back = restore(&identity).with(0).out;
        assert!(back.contains("incident-"), "{back}");
        let again = restore(&identity).with(0).out;
        assert!(again.contains("nothing was changed"), "{again}");
        // The same numbers have the same blind indexes, so the registry is known again.
        stage.import(exposure(1..=10), &["--expect-change"]).with(0);
        check(&stage, &out, &identity).with(0);
    }
    assert_eq!(stage.run(&["verify", "--json"]).with(0).json()["fault_count"], 0);
}

#[test]
fn a_backup_of_another_home_is_not_put_over_this_one() {
    let (stage, other) = (Stage::opened(), Stage::opened());
    let (first, identity) = somebody(&other, "first");
    let (second, _) = somebody(&other, "second");
    let out = other.text_path("backup.age");
    backup(&other, &[&first, &second], &out).with(0);
    let before = stage.read("keys/service.key");
    let said = stage.run(&["key", "restore", &out, "--identity", &identity]).with(1);
    said.complains(&[
        "is no backup of this keystore; nothing was put back",
        "for service",
        "hint: ",
    ]);
    assert_eq!(stage.read("keys/service.key"), before);

    // Another root key: what is there does not open, and is left alone.
    std::fs::copy(other.path("keys/root.key"), stage.path("keys/root.key")).unwrap();
    let said = stage.run(&["key", "restore", &out, "--identity", &identity]).with(1);
    said.complains(&["does not open; nothing was put back", "move the folder aside"]);
}
