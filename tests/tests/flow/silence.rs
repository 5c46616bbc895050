//! What holds a sender back: a law that forbids to tell people of one country yet, and the night.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use rstest::rstest;
use simrecall_core::id::WaveNo;
use simrecall_engine::cohort::{self, ImportOptions};
use simrecall_engine::drill::{CODE, Scene, Setting};
use simrecall_engine::law::{self, NewFact};
use simrecall_engine::registry::{self, RegistryFiles};
use simrecall_engine::send::{Ended, SendOptions, Sent, Until, Unwatched, send};
use simrecall_engine::wave::{self, Planned};
use simrecall_engine::{Clock, Home, sample};
use simrecall_gateway::sandbox::smsc::SmscPlan;
use simrecall_tests::Backend;

use crate::support::{Network, Office, kst, people};

/// A Thursday, a week before Thanksgiving.
const START: &str = "2025-11-20T15:00:00Z";
/// Every how many people one is of the United States.
const EACH: usize = 5;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// An installation whose registry says of every fifth person that they are in the United States.
fn stage(dir: &Path, url: &str, network: &Network) -> (Scene, usize) {
    let scene = Scene::set(&Setting {
        dir,
        store: url,
        smsc: &network.smsc.address.to_string(),
        mail: &network.mail.address().to_string(),
        clock: Clock::still(at(START)),
    })
    .unwrap();
    bind_us(dir);
    let scene = Scene { home: Home::open(dir, scene.home.clock).unwrap() };
    scene.open_incident().unwrap();
    let files = sample::write(&people(7, 300), &dir.join("sample")).unwrap();
    let americans = add_country(&files.subscribers);
    let lists = RegistryFiles {
        subscribers: &files.subscribers,
        lines: &files.lines,
        as_of: scene.home.now(),
        accept_rejects: 0,
    };
    registry::import(&scene.home, CODE, &lists, "security.lead").unwrap();
    let options =
        ImportOptions { accept_rejects: 0, expect_change: true, known: None, by: "security.lead" };
    cohort::import(&scene.home, CODE, &files.exposures[0], &options).unwrap();
    (scene, americans)
}

/// The incident is bound by the law of both countries.
fn bind_us(dir: &Path) {
    let path = dir.join("simrecall.toml");
    let text = fs::read_to_string(&path).unwrap();
    let bound = text.replace("\"kr-network\"]", "\"kr-network\", \"us-cpni\"]");
    assert_ne!(text, bound);
    fs::write(&path, bound).unwrap();
}

fn add_country(subscribers: &Path) -> usize {
    let text = fs::read_to_string(subscribers).unwrap();
    let mut lines = text.lines();
    let mut out = format!("{}\n", lines.next().unwrap());
    for (n, line) in lines.enumerate() {
        let country = if n % EACH == 0 { "US" } else { "" };
        writeln!(out, "{line}{country}").unwrap();
    }
    fs::write(subscribers, &out).unwrap();
    out.lines().filter(|line| line.ends_with(",US")).count()
}

fn turn(scene: &Scene, wave: WaveNo) -> Sent {
    let options = SendOptions { until: Until::Idle, ..SendOptions::default() };
    send(&scene.home, wave, &options, &mut Unwatched).unwrap()
}

/// Who law enforcement was told at, and when the silence ends: seven full business days, with Thanksgiving between.
fn told_law_enforcement(home: &Home, at: DateTime<Utc>) {
    let fact = NewFact {
        at,
        what: "reported through the central reporting facility",
        evidence: "confirmation 2025-11-20",
        who: "legal counsel",
        anchors: &["us.le_notified".to_owned()],
        revision: None,
    };
    law::add_fact(home, CODE, &fact, "security.lead").unwrap();
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn nobody_in_a_silence_is_told_and_everybody_else_is(#[case] backend: Backend) {
    let network = Network::start(SmscPlan { seed: 7, ..SmscPlan::default() });
    let (url, _database) = backend.fresh().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (scene, americans) = stage(&folder.path().join("home"), &url, &network);
    let home = &scene.home;

    let planned = scene.plan().unwrap();
    let held = &planned.held_back["US"];
    assert!(held.persons > 20 && held.persons <= u64::try_from(americans).unwrap(), "{held:?}");
    assert!(held.why.contains("US-2011-SILENCE"), "{held:?}");
    scene.release(planned.wave).unwrap();

    let sent = turn(&scene, planned.wave);
    assert_eq!(sent.ended, Ended::Idle);
    assert!(sent.progress.held_back.unwrap().contains("people in US"));
    let told = wave::status(home, planned.wave).unwrap().told;
    let others = i64::try_from(planned.persons - held.persons).unwrap();
    assert!(told > 0 && told <= others, "{told} of {others}");

    // Told on a Thursday afternoon: Friday is the first full day, Thanksgiving is none.
    told_law_enforcement(home, at(START));
    let held = turn(&scene, planned.wave).progress.held_back.unwrap();
    assert!(held.contains("until 2025-12-03 14:00 +09:00"), "{held}");
    home.clock.advance(at("2025-12-03T04:59:59Z") - home.now());
    turn(&scene, planned.wave);
    let told = wave::status(home, planned.wave).unwrap().told;
    assert!(told <= others, "{told} of {others}: somebody was told too early");

    home.clock.advance(TimeDelta::seconds(1));
    turn(&scene, planned.wave);
    let told = wave::status(home, planned.wave).unwrap().told;
    assert!(told > others, "{told} of {others}: the silence did not end");
}

/// At ten in the evening of the day the leak was found, with nobody to be woken until eight.
fn evening(backend: Backend, network: &Network) -> Office {
    let clock = Clock::still(kst("2025-09-11T22:00"));
    let mut office = Office::open(backend, clock, Some(network), None);
    let path = office.home().dir.join("simrecall.toml");
    let text = fs::read_to_string(&path).unwrap();
    let quiet = text.replace("# quiet = \"21:00-08:00\" ", "quiet = \"21:00-08:00\" ");
    assert_ne!(text, quiet);
    fs::write(&path, quiet).unwrap();
    let home = Home::open(&office.home().dir, office.clock.clone()).unwrap();
    office.scene = Scene { home };
    office
}

fn planned(office: &Office) -> Planned {
    let (_, lists) = office.scene.take_registry(&people(9, 120)).unwrap();
    office.scene.take_list(&lists[0]).unwrap();
    office.scene.plan().unwrap()
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn nobody_is_woken_at_night_and_everybody_is_told_in_the_morning(#[case] backend: Backend) {
    let network = Network::start(SmscPlan { seed: 9, ..SmscPlan::default() });
    let office = evening(backend, &network);
    office.chosen_by_both();
    let planned = planned(&office);
    assert!(!planned.quiet_overridden, "{:?}", planned.in_time);
    assert!(planned.first_tries_end > kst("2025-09-12T08:00"));
    office.scene.release(planned.wave).unwrap();

    let held = turn(&office.scene, planned.wave).progress.held_back.unwrap();
    assert!(held.contains("quiet hours until 08:00"), "{held}");
    assert_eq!(network.submits(), 0, "somebody was woken");
    office.clock.advance(kst("2025-09-12T08:00") - office.home().now());
    turn(&office.scene, planned.wave);
    assert!(network.submits() > 0, "the night did not end");
}

#[test]
fn a_clock_goes_before_the_night() {
    let network = Network::start(SmscPlan { seed: 9, ..SmscPlan::default() });
    // Nobody chose: the clock of the first warning counts, and it ran out a week ago.
    let planned = planned(&evening(Backend::Sqlite, &network));
    assert!(planned.quiet_overridden && planned.first_tries_end < kst("2025-09-12T08:00"));
    assert!(planned.in_time.iter().all(|clock| !clock.is_met && clock.words.contains("ran out")));
}
