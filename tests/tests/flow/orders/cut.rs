//! A sender that is killed between claim, answer and settlement: the same bytes come again, and what follows happens once.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use chrono::{DateTime, TimeDelta, Utc};
use rstest::rstest;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use simrecall_core::order::Kind;
use simrecall_engine::orders::{Pass, Point, Unwatched, Watch, send};
use simrecall_store::outbox::OrderState;
use simrecall_tests::Backend;
use simrecall_tests::peers::OrderTaker;

use super::stage::{Stage, arrived, opened, receivers};

/// Where a sender finds what it has to do.
const TASK: &str = "SIMRECALL_TEST_ORDERS";

#[derive(Serialize, Deserialize)]
struct Task {
    home: PathBuf,
    now: DateTime<Utc>,
    receivers: Value,
    /// At which point it dies, from 1.
    dies_at: usize,
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
            Command::new("kill").args(["-KILL", &pid]).status().unwrap();
            std::thread::park();
        }
    }
}

/// Not a test: what a sender is, when this binary starts itself.
#[test]
fn sender() {
    let Ok(task) = env::var(TASK) else { return };
    let task: Task = serde_json::from_str(&task).unwrap();
    let home = opened(&task.home, task.now, task.receivers);
    send(&home, Pass::Once, &mut Mortal { seen: 0, dies_at: task.dies_at }).unwrap();
}

#[rstest]
fn an_order_whose_sender_is_killed_comes_again_the_same(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    // Claimed, answered, settled.
    #[values((1, 0, 1), (2, 1, 2), (3, 1, 1))] cut: (usize, usize, usize),
) {
    let (dies_at, before, after) = cut;
    let taker = OrderTaker::start().unwrap();
    let takers: [(&OrderTaker, &[&str]); 1] = [(&taker, &["card.ship"])];
    let stage = Stage::new(backend, &takers);
    let id = stage.order(Kind::ShipCard, None);
    let (home, now) = (stage.home.dir.clone(), stage.home.now());
    let task = Task { home, now, receivers: receivers(&takers), dies_at };
    let mut sender = Command::new(env::current_exe().unwrap());
    sender.args(["--exact", "orders::cut::sender", "--nocapture"]);
    let ended = sender.env(TASK, serde_json::to_string(&task).unwrap()).output().unwrap();
    let said = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.code().is_none(), "the sender was not killed: {said}");
    assert_eq!(arrived(&taker, id).len(), before);
    // Nobody takes it before the dead one's lease is over.
    send(&stage.home, Pass::Once, &mut Unwatched).unwrap();
    assert_eq!(arrived(&taker, id).len(), before);
    stage.pass(TimeDelta::seconds(61));
    send(&stage.home, Pass::Once, &mut Unwatched).unwrap();
    let arrived = arrived(&taker, id);
    assert_eq!(arrived.len(), after);
    assert!(arrived.iter().all(|one| one.signed && one.body == arrived[0].body));
    assert_eq!(arrived.iter().filter(|one| !one.again).count(), 1);
    assert_eq!(stage.kept(id).state, OrderState::Taken);
}
