//! An older copy of the database sends nothing until it is reconciled; then nobody is told twice without a flag.

use std::path::PathBuf;

use chrono::TimeDelta;
use rstest::rstest;
use simrecall_core::delivery::Standing;
use simrecall_engine::drill::SENDER;
use simrecall_engine::send::{Ended, SendOptions, Until, Unwatched, send};
use simrecall_engine::wave::{self, ReconcileOptions, Reconciled, reconcile};
use simrecall_gateway::sandbox::smsc::{Answers, Receipts, SmscPlan};
use simrecall_tests::Backend;

use crate::support::{
    Network, Sending, Stage, Verdict, attempts, dues, faults, judge, people, taken,
};

/// When the copy is made, and how far the wave goes on after it, in messages.
const COPIED_AT: u64 = 300;
const LOST_AT: u64 = 800;

/// A wave whose database came back from a copy that is some hundred messages old.
struct Restored {
    network: Network,
    stage: Stage,
}

impl Restored {
    fn set(backend: Backend) -> Self {
        let network = Network::start(SmscPlan {
            answers: Answers { delay_ms: 30, ..Answers::default() },
            receipts: Receipts { spread_ms: 200, ..Receipts::default() },
            ..SmscPlan::default()
        });
        let stage = Stage::with(backend, &network, &people(21, 1_300));
        // The sender dies each time, so the copy holds intents without results, too.
        Sending::start(&stage).kill_at(&network, COPIED_AT);
        let (stage, copy) = stage.copy_database();
        Sending::start(&stage).kill_at(&network, LOST_AT);
        Self { stage: stage.put_back(copy), network }
    }

    fn assert_nothing_is_sent(&self) {
        let before = self.network.submits();
        let refused = send(self.stage.home(), self.stage.wave, &options(), &mut Unwatched);
        assert_eq!(refused.unwrap_err().code, "restored");
        assert_eq!(self.network.submits(), before, "something was submitted");
    }

    fn reconcile(&self, records: Option<PathBuf>) -> Reconciled {
        reconcile(self.stage.home(), &ReconcileOptions { records }, SENDER).unwrap()
    }

    /// Sends until nothing is left but receipts that went to the database that is lost.
    fn send_the_rest(&self) {
        let home = self.stage.home();
        for _ in 0..40 {
            let sent = send(home, self.stage.wave, &options(), &mut Unwatched).unwrap();
            let Some(next) = sent.next_look.filter(|_| sent.ended != Ended::Complete) else {
                return;
            };
            let wait = next - home.now();
            if wait > TimeDelta::hours(1) {
                return;
            }
            home.clock.advance(wait.max(TimeDelta::zero()) + TimeDelta::milliseconds(100));
        }
        panic!("the wave does not come to rest");
    }

    /// The verdict, and how many messages repeat one, flagged.
    fn judge(&self) -> (Verdict, usize) {
        let home = self.stage.home();
        let taken = taken(home, &self.network.smsc_log);
        let dues = dues(home, &[self.stage.wave]);
        (judge(&taken, &dues), taken.len().saturating_sub(dues.len()))
    }
}

fn options() -> SendOptions {
    SendOptions { until: Until::Idle, ..SendOptions::default() }
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn with_the_carriers_records_nobody_is_told_twice(#[case] backend: Backend) {
    let restored = Restored::set(backend);
    restored.assert_nothing_is_sent();
    let done = restored.reconcile(Some(restored.network.smsc_log.clone()));
    println!("{backend:?}: {done:?}");
    assert!(done.put_in_doubt > 0 && done.found >= LOST_AT - COPIED_AT, "{done:?}");
    // An SMSC's records say nothing of mails.
    let status = wave::status(restored.stage.home(), restored.stage.wave).unwrap();
    let doubt = |of: &str| {
        let rung = status.by_rung.iter().find(|(rung, _)| *rung == of);
        rung.map_or(0, |(_, tally)| u64::try_from(tally.in_doubt).unwrap())
    };
    assert_eq!((doubt("lms"), doubt("email")), (0, done.in_doubt), "{done:?}");
    restored.send_the_rest();
    let (verdict, repeated) = restored.judge();
    println!("{repeated} told twice, flagged");
    assert_eq!(verdict, Verdict::CLEAN);
    assert_eq!(repeated, 0, "complete records leave nothing to send again");
    assert_eq!(faults(restored.stage.home()), Vec::<String>::new());
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn without_records_everything_unresolved_is_resent_and_flagged(#[case] backend: Backend) {
    let restored = Restored::set(backend);
    restored.assert_nothing_is_sent();
    let done = restored.reconcile(None);
    println!("{backend:?}: {done:?}");
    assert!(done.in_doubt > 0 && done.found == 0, "{done:?}");
    restored.send_the_rest();
    let (verdict, repeated) = restored.judge();
    println!("{repeated} told twice, flagged");
    assert_eq!(verdict, Verdict::CLEAN);
    assert!(repeated > 0, "what the copy does not know is sent again");
    let home = restored.stage.home();
    let open = attempts(home, restored.stage.wave);
    assert!(open.iter().all(|attempt| attempt.state.standing() != Standing::Open));
    assert_eq!(faults(home), Vec::<String>::new());
}
