//! Nothing personal is in clear anywhere it should not be, and a database without its keys answers nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rstest::rstest;
use simrecall_core::id::{IncidentId, SnapshotNo};
use simrecall_engine::drill::{Scene, Setting};
use simrecall_engine::sample::SamplePlan;
use simrecall_engine::{Clock, Home};
use simrecall_gateway::sandbox::smsc::SmscPlan;
use simrecall_store::keystore::{Keystore, RootKeySource};
use simrecall_store::registry::LineKey;
use simrecall_store::seal::{Field, IncidentKeys};
use simrecall_tests::{Backend, Cluster};

use crate::support::{Network, Planted, Searched, Sending, Stage, international, people};

/// How many values of each kind are looked for.
const OF_EACH: usize = 50;
/// Folders that are asked-for exports, or where the values come from.
const ASKED_FOR: [&str; 2] = ["sample", "letters"];

fn columns(csv: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(csv).unwrap();
    let rows = text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect());
    // The second half of an address that has a line break is no row.
    rows.filter(|row: &Vec<String>| row.len() >= 8).collect()
}

/// Numbers in two forms, cards, names and addresses: so many of each.
fn planted(sample: &Path) -> Planted {
    let mut planted = Planted::default();
    let lines = columns(&sample.join("lines.csv"));
    let subscribers = columns(&sample.join("subscribers.csv"));
    for number in some(&lines, 2) {
        planted.text(number);
        planted.digits(&international(number));
    }
    some(&lines, 3).chain(some(&lines, 4)).for_each(|card| planted.digits(card));
    some(&subscribers, 2).chain(some(&subscribers, 6)).for_each(|value| planted.text(value));
    assert_eq!(planted.len(), 6 * OF_EACH);
    planted
}

/// Values of one column that are long enough not to turn up by chance.
fn some(rows: &[Vec<String>], column: usize) -> impl Iterator<Item = &str> {
    let values = rows.iter().step_by(3).map(move |row| row[column].trim_matches('"'));
    values.filter(|value| value.chars().count() >= 3).take(OF_EACH)
}

/// The files of a database, while it is in use.
fn database_files(stage: &Stage) -> Vec<PathBuf> {
    match stage.backend {
        Backend::Sqlite => {
            let file = stage.url().trim_start_matches("sqlite:");
            let all = ["", "-wal", "-shm"].map(|end| PathBuf::from(format!("{file}{end}")));
            assert!(all[1].exists(), "the log of the database is looked at, too");
            all.into()
        }
        Backend::Postgres => {
            let cluster = Cluster::shared().unwrap();
            cluster.checkpoint().unwrap();
            vec![cluster.data_folder(), cluster.log_file()]
        }
    }
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn nothing_personal_is_found_in_clear(#[case] backend: Backend) {
    let network = Network::start(SmscPlan::default());
    let stage = Stage::with(backend, &network, &people(31, 700));
    let sample = stage.dir().join("sample");
    let planted = planted(&sample);
    let path = |name: &str| sample.join(name).to_string_lossy().into_owned();
    // Everything that reads or writes personal values runs as a program of its own, as noisily as it can.
    Sending::verb(
        &stage,
        &[
            "registry",
            "import",
            "--incident",
            "HB-2025-09",
            "--subscribers",
            &path("subscribers.csv"),
            "--lines",
            &path("lines.csv"),
            "--as-of",
            "2025-10-01T00:00:00+09:00",
            "--by",
            "security.lead",
        ],
    )
    .finish();
    Sending::verb(
        &stage,
        &[
            "cohort",
            "import",
            "--incident",
            "HB-2025-09",
            &path("exposure-r1.csv"),
            "--by",
            "security.lead",
        ],
    )
    .finish();
    Sending::start(&stage).finish();
    Sending::verb(&stage, &["verify"]).finish();

    let mut searched = Searched::default();
    planted.search(stage.folder.path(), &ASKED_FOR, &mut searched);
    for file in database_files(&stage) {
        planted.search(&file, &[], &mut searched);
    }
    println!(
        "{backend:?}: {} values in {} files of {} octets",
        planted.len(),
        searched.files,
        searched.octets
    );
    assert_eq!(searched.found, [], "files with values in clear, and how many");
    assert!(searched.octets > 1_000_000, "{} octets are not a database", searched.octets);
    // The search finds what is there: in the lists, in the letters, and in the sandbox's own log.
    let mut control = Searched::default();
    planted.search(&sample, &[], &mut control);
    planted.search(&stage.dir().join("letters"), &[], &mut control);
    planted.search(&network.smsc_log, &[], &mut control);
    let kinds: BTreeMap<_, _> = control.found.iter().cloned().collect();
    assert!(kinds.len() >= 4, "{kinds:?}");
}

/// How many of these numbers a database finds with these keys.
fn found(home: &Home, keys: &IncidentKeys, numbers: &[String]) -> usize {
    let (incident, no) = place(home);
    let search = |tx: &mut simrecall_store::Tx<'_>| {
        let mut found = 0;
        for number in numbers {
            let key = LineKey::Msisdn(keys.blind(Field::Msisdn, number));
            found += usize::from(!tx.find_lines(incident, no, key)?.is_empty());
        }
        Ok(found)
    };
    home.store.read(search).unwrap()
}

fn place(home: &Home) -> (IncidentId, SnapshotNo) {
    let read = |tx: &mut simrecall_store::Tx<'_>| {
        let incident = tx.incidents()?[0].id;
        Ok((incident, tx.latest_snapshot(incident)?.unwrap().no))
    };
    home.store.read(read).unwrap()
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn without_its_keys_a_copied_database_finds_nobody(#[case] backend: Backend) {
    let folder = tempfile::tempdir().unwrap();
    let (url, _database) = backend.fresh().unwrap();
    let scene = Scene::set(&Setting {
        dir: &folder.path().join("home"),
        store: &url,
        smsc: "127.0.0.1:1",
        mail: "127.0.0.1:1",
        clock: Clock::machine(),
    })
    .unwrap();
    scene.open_incident().unwrap();
    scene.take_registry(&SamplePlan::sized(41, 91_000)).unwrap();
    let home = &scene.home;
    let lines = columns(&home.dir.join("sample/lines.csv"));
    let numbers: Vec<String> =
        lines.iter().map(|row| international(&row[2])).take(100_000).collect();
    assert_eq!(numbers.len(), 100_000);

    let stranger = folder.path().join("stranger");
    fs::create_dir(&stranger).unwrap();
    let root = RootKeySource::File(stranger.join("root.key"));
    let keystore = Keystore::create(&stranger.join("keys"), &root).unwrap();
    let (incident, _) = place(home);
    let theirs = keystore.create_incident(incident).unwrap();
    assert_eq!(found(home, &theirs, &numbers), 0, "somebody is found without the keys");
    let ours = home.keys.incident(incident).unwrap();
    assert_eq!(found(home, &ours, &numbers), numbers.len(), "everybody is found with them");
}
