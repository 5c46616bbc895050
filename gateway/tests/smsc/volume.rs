//! Many messages over several connections, with everything going wrong a little.

use std::collections::BTreeSet;

use simrecall_gateway::Outcome;
use simrecall_gateway::sandbox::smsc::{Answers, Fate, Faults, Receipts, SmscPlan};
use simrecall_gateway::smsc::SmscSettings;

use crate::support::{Bench, phone};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_thousand_through_two_connections() {
    let mut bench = Bench::start(SmscPlan::default()).await;
    bench.settings = SmscSettings { binds: 2, window_per_bind: 100, ..bench.settings };
    let mut listener = bench.connect().await;
    listener.send_all(0..20_000).await;
    listener.wait_for_receipts(20_000).await;
    assert_eq!(listener.accepted(), 20_000);
    let ids: BTreeSet<_> = listener.receipts.iter().map(|receipt| &receipt.provider_id).collect();
    assert_eq!(ids.len(), 20_000);
    listener.close().await;
    let counts = bench.smsc.counts();
    assert_eq!((counts.logins, counts.taken, counts.acknowledged), (2, 20_000, 20_000));
    assert_eq!(bench.taken().len(), 20_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_wrong_a_little_and_nothing_lost() {
    let plan = SmscPlan {
        seed: 20_250_910,
        answers: Answers {
            unknown_permille: 20,
            queue_full_permille: 20,
            queue_full_times: 2,
            ..Answers::default()
        },
        faults: Faults {
            cut_after: Some(700),
            cuts: 10,
            noise_every: Some(97),
            ..Faults::default()
        },
        receipts: Receipts {
            spread_ms: 100,
            early_permille: 100,
            duplicate_permille: 50,
            failed_permille: 30,
            off_permille: 50,
            ..Receipts::default()
        },
        ..SmscPlan::default()
    };
    let mut bench = Bench::start(plan.clone()).await;
    bench.settings = SmscSettings { binds: 3, window_per_bind: 50, ..bench.settings };
    let mut listener = bench.connect().await;
    let mut todo: Vec<u64> = (0..5_000).collect();
    while !todo.is_empty() {
        listener.send_all(todo).await;
        let again = |outcome: &Outcome| matches!(outcome, Outcome::NotAccepted { .. });
        todo = listener
            .results
            .iter()
            .filter(|(_, outcome)| again(outcome))
            .map(|(tag, _)| *tag)
            .collect();
    }
    let taken = bench.taken();
    assert!(taken.values().all(|times| *times == 1), "something was taken twice");
    for (tag, outcome) in &listener.results {
        let times = taken.get(&phone(*tag)).copied().unwrap_or(0);
        match outcome {
            Outcome::Accepted { .. } => assert_eq!(times, 1),
            Outcome::Rejected { .. } => {
                assert_eq!((times, plan.refusal(&phone(*tag))), (0, Some(0x0B)));
            }
            Outcome::InDoubt { .. } => {}
            Outcome::NotAccepted { .. } => panic!("{outcome:?}"),
        }
    }
    assert!((1..=10 * 50).contains(&listener.in_doubt()), "{}", listener.in_doubt());
    let spoken = |number: &&String| plan.fate(number) != Fate::Silent;
    let wanted: BTreeSet<&String> = taken.keys().filter(spoken).collect();
    loop {
        let heard: BTreeSet<_> =
            listener.receipts.iter().map(|receipt| &receipt.destination).collect();
        if heard == wanted {
            break;
        }
        listener.hear().await;
    }
    listener.close().await;
}
