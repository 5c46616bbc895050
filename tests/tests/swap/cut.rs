//! A worker that is killed at every point, forward and back: whoever comes next brings the swap to an end.
//!
//! The test's own binary runs as the worker and kills itself; what it had in memory is gone, as after a power failure.

use std::env;
use std::path::PathBuf;
use std::process::Command as Program;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rstest::rstest;
use serde::{Deserialize, Serialize};
use simrecall_core::id::{CaseId, SwapId};
use simrecall_core::replacement::swap::{Command, Outcome};
use simrecall_engine::drill::CODE;
use simrecall_engine::swap::{self, Ended, Order, Pace, Point, Watch};
use simrecall_engine::{Clock, Home};
use simrecall_gateway::hlr::{HlrSettings, OsmoHlr};
use simrecall_tests::Backend;

use crate::stage::{CLERK, Customer, LONG, PACE, Stage};
use crate::watching::Watching;

/// Where a worker finds what it has to do.
const TASK: &str = "SIMRECALL_TEST_SWAP";
/// More points than any swap has.
const MANY: usize = 60;

#[derive(Serialize, Deserialize)]
struct Task {
    home: PathBuf,
    now: DateTime<Utc>,
    work: Work,
    hlr: std::net::IpAddr,
    /// At which point it dies, from 1.
    dies_at: usize,
}

#[derive(Serialize, Deserialize)]
enum Work {
    /// Somebody began it.
    Goes(SwapId),
    /// It begins it itself, and goes on.
    Begins(CaseId),
}

/// Dies at a point.
struct Mortal {
    seen: usize,
    dies_at: usize,
}

impl Watch for Mortal {
    fn see(&mut self, _: &Point) {
        self.seen += 1;
        if self.seen == self.dies_at {
            let pid = std::process::id().to_string();
            Program::new("kill").args(["-KILL", &pid]).status().unwrap();
            std::thread::park();
        }
    }

    fn pause(&mut self, _: Duration) {}
}

/// Not a test: what a worker is, when this binary starts itself.
#[test]
fn worker() {
    let Ok(task) = env::var(TASK) else { return };
    let task: Task = serde_json::from_str(&task).unwrap();
    let home = Home::open(&task.home, Clock::still(task.now)).unwrap();
    let mut settings = HlrSettings::new(task.hlr);
    settings.patience = LONG;
    let hlr = OsmoHlr::new(settings).unwrap();
    let pace = Pace { stay: false, ..PACE };
    let mut mortal = Mortal { seen: 0, dies_at: task.dies_at };
    match task.work {
        Work::Goes(swap) => swap::run(&home, &hlr, swap, &pace, &mut mortal).unwrap(),
        Work::Begins(case) => {
            let order = Order { incident: CODE, case: &case.to_string(), by: CLERK };
            let begun = swap::begin(&home, &hlr, &order, &pace).unwrap();
            begun.run(&home, &hlr, &pace, &mut mortal).unwrap()
        }
    };
}

/// Runs a worker that dies at a point. Whether it did; otherwise there was no such point.
fn cut(stage: &Stage, work: Work, dies_at: usize) -> bool {
    let task = Task {
        home: stage.home.dir.clone(),
        now: stage.home.now(),
        work,
        hlr: stage.server.address(),
        dies_at,
    };
    let mut worker = Program::new(env::current_exe().unwrap());
    worker.args(["--exact", "cut::worker", "--nocapture"]);
    worker.env(TASK, serde_json::to_string(&task).unwrap());
    let ended = worker.output().unwrap();
    let killed = !ended.status.success() && ended.status.code().is_none();
    let said = String::from_utf8_lossy(&ended.stdout);
    assert!(killed || ended.status.success(), "a worker failed: {said}");
    killed
}

/// Whoever comes after the dead worker's lease is over.
fn repaired(stage: &Stage, customer: &mut Customer, swap: SwapId) -> Ended {
    stage.assert_never_both(customer);
    stage.home.clock.advance(TimeDelta::minutes(2));
    let mut new = customer.new.clone();
    let due = swap::due(&stage.home).unwrap();
    let ended = if due.contains(&swap) {
        let mut watching = Watching::new(&stage.home)
            .at_point(|_| stage.assert_never_both(customer))
            .at_pause(|| drop(stage.attach(&mut new)));
        stage.run(swap, &mut watching)
    } else {
        // It died after its last commit.
        Ended::RolledBackHeld
    };
    customer.new = new;
    ended
}

#[rstest]
#[case::sqlite(Backend::Sqlite, false)]
#[case::postgres(Backend::Postgres, false)]
#[case::sqlite_begins(Backend::Sqlite, true)]
#[case::postgres_begins(Backend::Postgres, true)]
fn a_worker_killed_at_any_point_on_the_way_loses_nothing(
    #[case] backend: Backend,
    #[case] begins: bool,
) {
    let most = u32::try_from(MANY).unwrap();
    let stage = Stage::new(backend, most);
    let (mut cuts, mut lost) = (0, 0);
    for (no, dies_at) in (1..=most).zip(1..) {
        let mut customer = stage.customer(no);
        let work = if begins {
            stage.reserve(&customer).unwrap();
            Work::Begins(customer.case)
        } else {
            Work::Goes(stage.started(&customer))
        };
        if !cut(&stage, work, dies_at) {
            break;
        }
        cuts += 1;
        let swap = stage.swap_of(&customer);
        let ended = repaired(&stage, &mut customer, swap);
        // A key that may have been written is not written again: a cut right before it ends at the old card.
        let commands = stage.commands(swap);
        let is_lost = commands.last().is_some_and(|(last, _)| *last != Command::AdmitNew);
        let expected = if is_lost { Ended::RolledBack } else { Ended::Completed };
        assert_eq!(ended, expected, "cut at {dies_at}: {commands:?}");
        lost += u32::from(is_lost);
        let key_in_doubt = commands.contains(&(Command::Key, Outcome::Unknown));
        assert!(!is_lost || key_in_doubt, "cut at {dies_at}: {commands:?}");
        assert!(commands.iter().filter(|(one, _)| *one == Command::Key).count() <= 1);
        stage.assert_ended(&mut customer, ended);
    }
    // Taken and looked, three for each of seven commands, and at least the wait.
    // Its intent has committed, and it was not sent yet: two points.
    assert!(cuts >= 24 && lost == 2, "{cuts} points, {lost} keys never sent");
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn a_worker_killed_at_any_point_on_the_way_back_loses_nothing(#[case] backend: Backend) {
    let most = u32::try_from(MANY).unwrap();
    let stage = Stage::new(backend, most);
    let mut cuts = 0;
    for (no, dies_at) in (1..=most).zip(1..) {
        let mut customer = stage.customer(no);
        stage.attach(&mut customer.old);
        let sqn = stage.row(&customer.old_imsi).unwrap().sqn;
        let swap = stage.started(&customer);
        stage.provisioned(swap);
        stage.hold(&customer);
        if !cut(&stage, Work::Goes(swap), dies_at) {
            break;
        }
        cuts += 1;
        let ended = repaired(&stage, &mut customer, swap);
        assert_eq!(ended, Ended::RolledBackHeld, "cut at {dies_at}: {:?}", stage.commands(swap));
        assert!(stage.row(&customer.old_imsi).unwrap().sqn >= sqn);
        stage.assert_ended(&mut customer, ended);
    }
    assert!(cuts >= 18, "{cuts} points only");
}
