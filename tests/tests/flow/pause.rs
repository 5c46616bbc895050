//! Pause stops within one batch, resume sends exactly the rest, cancel owes again only what cannot have gone out.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use chrono::TimeDelta;
use rstest::rstest;
use simrecall_core::id::WaveNo;
use simrecall_engine::drill::SENDER;
use simrecall_engine::send::{Ended, SendOptions, Sent, Until, Unwatched, send};
use simrecall_engine::{Home, Result, wave};
use simrecall_gateway::sandbox::smsc::{Answers, Receipts, SmscPlan};
use simrecall_tests::Backend;

use crate::support::{
    Network, Stage, Verdict, attempts, dues, faults, judge, orphans, people, taken, wait_until,
};

const WINDOW: u64 = 100;

fn network(seed: u64) -> Network {
    Network::start(SmscPlan {
        seed,
        answers: Answers { delay_ms: 30, ..Answers::default() },
        receipts: Receipts { spread_ms: 100, ..Receipts::default() },
        ..SmscPlan::default()
    })
}

/// Sends on a thread, until everybody is told or somebody says stop.
fn sending(home: &Home, wave: WaveNo, stop: &Arc<AtomicBool>) -> JoinHandle<Result<Sent>> {
    let (home, stop) = (home.clone(), Arc::clone(stop));
    let options = SendOptions { until: Until::Complete, stop };
    thread::spawn(move || send(&home, wave, &options, &mut Unwatched))
}

fn in_flight(home: &Home, wave: WaveNo) -> u64 {
    wave::status(home, wave).unwrap().progress.in_flight
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn a_paused_wave_stops_within_a_batch_and_goes_on_with_the_rest(#[case] backend: Backend) {
    let network = network(11);
    let stage = Stage::with(backend, &network, &people(11, 1_500));
    let home = stage.home();
    let sender = sending(home, stage.wave, &Arc::default());
    let mut stopped_at = Vec::new();
    for goal in [150, 500, 900] {
        wait_until("messages to arrive", || network.submits() >= goal);
        wave::pause(home, stage.wave, SENDER, "a test").unwrap();
        let at_commit = network.submits();
        wait_until("answers to what is under way", || in_flight(home, stage.wave) == 0);
        let written = attempts(home, stage.wave).len();
        let after = network.submits();
        assert!(after - at_commit <= WINDOW, "{} more after the pause", after - at_commit);
        assert!(wave::status(home, stage.wave).unwrap().progress.paused);
        assert_eq!(attempts(home, stage.wave).len(), written, "a paused wave wrote an intent");
        stopped_at.push((at_commit, after));
        wave::resume(home, stage.wave, SENDER).unwrap();
    }
    println!("{backend:?}: at the pause, and after it: {stopped_at:?}");
    assert_eq!(sender.join().unwrap().unwrap().ended, Ended::Complete);
    let (taken, dues) = (taken(home, &network.smsc_log), dues(home, &[stage.wave]));
    assert_eq!(judge(&taken, &dues), Verdict::CLEAN);
    assert_eq!(taken.len(), dues.len(), "resume sends exactly the rest");
    assert!(attempts(home, stage.wave).iter().all(|attempt| !attempt.intent.resend));
    assert_eq!((orphans(home), faults(home)), (0, Vec::new()));
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn who_was_not_told_by_a_cancelled_wave_is_owed_again(#[case] backend: Backend) {
    let network = network(12);
    let stage = Stage::with(backend, &network, &people(12, 1_500));
    let home = stage.home();
    let sender = sending(home, stage.wave, &Arc::default());
    wait_until("messages to arrive", || network.submits() >= 400);
    let cancelled = wave::cancel(home, stage.wave, SENDER).unwrap();
    // Leases that were due for renewal are found gone: that is no fault of the sender's.
    home.clock.advance(TimeDelta::milliseconds(800));
    let at_commit = network.submits();
    assert_eq!(sender.join().unwrap().unwrap().ended, Ended::Cancelled);
    assert!(network.submits() - at_commit <= WINDOW);
    println!("{backend:?}: {cancelled:?}");

    let again = stage.scene.plan().unwrap();
    stage.scene.release(again.wave).unwrap();
    let sent = sending(home, again.wave, &Arc::default()).join().unwrap().unwrap();
    assert_eq!(sent.ended, Ended::Complete);
    let total = u64::try_from(cancelled.kept + cancelled.withdrawn).unwrap();
    let withdrawn = u64::try_from(cancelled.withdrawn).unwrap();
    assert!(cancelled.kept >= 400 && withdrawn > 0, "{cancelled:?}");
    assert_eq!(again.persons, withdrawn, "of {total}");
    // Who was told by the first wave has no target in the second, and the other way round.
    let told = |due: &&crate::support::Due<[u8; 16]>| !due.tries.is_empty();
    let dues = dues(home, &[stage.wave, again.wave]);
    let dues: Vec<_> = dues.iter().filter(told).cloned().collect();
    let taken = taken(home, &network.smsc_log);
    assert_eq!(judge(&taken, &dues), Verdict::CLEAN);
    assert_eq!(taken.len(), dues.len(), "nobody twice");
    let verified = simrecall_engine::verify::verify(home).unwrap();
    let count = &verified.incidents[0];
    assert_eq!((count.untold, count.lines_owed, count.told_twice), (0, 0, 0), "{count:?}");
}

/// Stops a sender in the middle of a wave; it drains, so nothing is in doubt.
#[test]
fn a_stopped_sender_leaves_nothing_in_doubt() {
    let network = network(13);
    let stage = Stage::with(Backend::Sqlite, &network, &people(13, 900));
    let home = stage.home();
    let stop = Arc::new(AtomicBool::new(false));
    let sender = sending(home, stage.wave, &stop);
    wait_until("messages to arrive", || network.submits() >= 200);
    stop.store(true, Ordering::Release);
    let sent = sender.join().unwrap().unwrap();
    assert_eq!(
        (sent.ended, sent.progress.in_flight, sent.progress.in_doubt),
        (Ended::Stopped, 0, 0)
    );
    let rest = sending(home, stage.wave, &Arc::default()).join().unwrap().unwrap();
    assert_eq!(rest.ended, Ended::Complete);
    let (taken, dues) = (taken(home, &network.smsc_log), dues(home, &[stage.wave]));
    assert_eq!(judge(&taken, &dues), Verdict::CLEAN);
    assert_eq!(taken.len(), dues.len());
}
