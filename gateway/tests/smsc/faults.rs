//! What the SMSC says and does not say.

use std::time::Duration;

use simrecall_core::problem::Blame;
use simrecall_gateway::sandbox::smsc::{
    Answers, Cut, Fate, Faults, IdStyle, ReceiptForm, Receipts, Refusal, SmscLine, SmscPlan,
};
use simrecall_gateway::smsc::{Body, IdForm, IdForms, Segment, ShortMessage, SmscSettings};
use simrecall_gateway::{LinkState, Outcome, ReceiptStatus};

use crate::support::{Bench, PATIENCE, message, phone};

fn answers(answers: Answers) -> SmscPlan {
    SmscPlan { answers, ..SmscPlan::default() }
}

fn faults(faults: Faults) -> SmscPlan {
    SmscPlan { faults, ..SmscPlan::default() }
}

fn receipts(receipts: Receipts) -> SmscPlan {
    SmscPlan { receipts, ..SmscPlan::default() }
}

#[tokio::test]
async fn nothing_wrong() {
    let bench = Bench::start(SmscPlan::default()).await;
    let mut listener = bench.connect().await;
    listener.send_all(0..500).await;
    listener.wait_for_receipts(500).await;
    assert_eq!(listener.accepted(), 500);
    assert_eq!(listener.links, [LinkState::Up]);
    for receipt in &listener.receipts {
        assert_eq!((receipt.status, receipt.code.as_str()), (ReceiptStatus::Delivered, "DELIVRD"));
        let reference = receipt.reference.map(u64::from).unwrap();
        let id = receipt.provider_id.clone();
        assert_eq!(receipt.destination, phone(reference));
        assert_eq!(listener.results[&reference], Outcome::Accepted { provider_ids: vec![id] });
    }
    listener.close().await;
    let counts = bench.smsc.counts();
    assert_eq!((counts.taken, counts.acknowledged, counts.leaves), (500, 500, 1));
}

#[tokio::test]
async fn phones_refused_for_good_keep_their_code_and_blame() {
    let refuse = vec![
        Refusal { destination: phone(3), status: 0x0B },
        Refusal { destination: phone(4), status: 0x0A },
        Refusal { destination: phone(5), status: 0x45 },
    ];
    let bench = Bench::start(answers(Answers { refuse, ..Answers::default() })).await;
    let mut listener = bench.connect().await;
    listener.send_all(0..10).await;
    let rejected = |code: &str, blame| Outcome::Rejected { code: code.to_owned(), blame };
    assert_eq!(listener.results[&3], rejected("ESME_RINVDSTADR", Blame::Recipient));
    assert_eq!(listener.results[&4], rejected("ESME_RINVSRCADR", Blame::Configuration));
    assert_eq!(listener.results[&5], rejected("ESME_RSUBMITFAIL", Blame::Network));
    assert_eq!(listener.accepted(), 7);
}

#[tokio::test]
async fn a_full_queue_is_not_accepted_and_clears() {
    let plan =
        answers(Answers { queue_full_permille: 300, queue_full_times: 1, ..Answers::default() });
    let bench = Bench::start(plan).await;
    let mut listener = bench.connect().await;
    listener.send_all(0..200).await;
    let code = "ESME_RMSGQFUL".to_owned();
    let full = Outcome::NotAccepted { code };
    let again: Vec<u64> = listener
        .results
        .iter()
        .filter(|(_, outcome)| **outcome == full)
        .map(|(tag, _)| *tag)
        .collect();
    assert!(!again.is_empty() && again.len() + listener.accepted() == 200);
    listener.send_all(again).await;
    assert_eq!(listener.accepted(), 200);
    assert!(bench.taken().values().all(|times| *times == 1));
}

#[tokio::test]
async fn a_queue_that_is_full_for_everybody_slows_us_down() {
    let plan =
        answers(Answers { queue_full_permille: 1_000, queue_full_times: 1, ..Answers::default() });
    let mut bench = Bench::start(plan).await;
    bench.settings.window_per_bind = 10;
    let mut listener = bench.connect().await;
    let before = tokio::time::Instant::now();
    listener.send_all(0..30).await;
    assert_eq!(listener.accepted(), 0);
    assert!(before.elapsed() >= Duration::from_secs(1), "{:?}", before.elapsed());
}

#[tokio::test]
async fn throttling_is_not_accepted_and_slows_us_down() {
    let plan = answers(Answers { licence_per_second: Some(100), ..Answers::default() });
    let bench = Bench::start(plan).await;
    let mut listener = bench.connect().await;
    listener.send_all(0..300).await;
    let throttled = Outcome::NotAccepted { code: "ESME_RTHROTTLED".to_owned() };
    let refused = listener.count(|outcome| *outcome == throttled);
    assert!(refused > 0 && refused + listener.accepted() == 300, "{refused} refused");
    assert_eq!(bench.taken().len(), listener.accepted());
}

#[tokio::test]
async fn a_licence_of_our_own_is_never_exceeded() {
    let plan = answers(Answers { licence_per_second: Some(500), ..Answers::default() });
    let mut bench = Bench::start(plan).await;
    bench.settings = SmscSettings { pace_per_second: 400, burst: 40, ..bench.settings };
    let mut listener = bench.connect().await;
    listener.send_all(0..600).await;
    assert_eq!(listener.accepted(), 600);
}

#[tokio::test]
async fn cut_after_the_last_submission_was_taken() {
    let plan = faults(Faults { cut_after: Some(130), cuts: 3, ..Faults::default() });
    let bench = Bench::start(plan).await;
    let mut listener = bench.connect().await;
    listener.send_all(0..1_000).await;
    let doubtful = listener.in_doubt();
    assert!((1..=3 * bench.settings.window()).contains(&doubtful), "{doubtful}");
    let taken = bench.taken();
    for (tag, outcome) in &listener.results {
        match outcome {
            Outcome::Accepted { .. } => assert_eq!(taken.get(&phone(*tag)), Some(&1)),
            Outcome::NotAccepted { code } => {
                assert_eq!((code.as_str(), taken.get(&phone(*tag))), ("link down", None));
            }
            Outcome::InDoubt { code } => assert_eq!(code, "disconnected"),
            Outcome::Rejected { .. } => panic!("{outcome:?}"),
        }
    }
    assert_eq!(bench.smsc.counts().logins, 4);
    assert!(listener.links.iter().any(|link| matches!(link, LinkState::Down { .. })));
}

#[tokio::test]
async fn cut_before_the_last_submission_was_taken() {
    let faults_ = Faults { cut_after: Some(50), cut: Cut::Untaken, cuts: 2, ..Faults::default() };
    let bench = Bench::start(faults(faults_)).await;
    let mut listener = bench.connect().await;
    listener.send_all(0..500).await;
    let taken = bench.taken();
    let lost = |(tag, outcome): (&u64, &Outcome)| {
        matches!(outcome, Outcome::Accepted { .. }) && !taken.contains_key(&phone(*tag))
    };
    assert!(!listener.results.iter().any(lost));
    assert!(listener.in_doubt() >= 2);
}

#[tokio::test]
async fn the_smsc_takes_leave() {
    let faults_ = Faults { cut_after: Some(50), cut: Cut::Unbind, cuts: 1, ..Faults::default() };
    let bench = Bench::start(faults(faults_)).await;
    let mut listener = bench.connect().await;
    listener.send_all(0..300).await;
    listener
        .wait_for_link(|link| *link == LinkState::Down { reason: "the SMSC took leave".to_owned() })
        .await;
    assert_eq!(bench.smsc.counts().logins, 2);
    assert!(listener.accepted() >= 50 + 100);
}

#[tokio::test]
async fn late_answers_settle_the_doubt() {
    let plan = answers(Answers { late_permille: 200, late_ms: 800, ..Answers::default() });
    let mut bench = Bench::start(plan).await;
    bench.settings.response_timeout = Duration::from_millis(300);
    let mut listener = bench.connect().await;
    listener.send_all(0..50).await;
    let doubtful = listener.in_doubt();
    assert!(doubtful > 0);
    while listener.late.len() < doubtful {
        listener.hear().await;
    }
    assert!(listener.late.values().all(|outcome| matches!(outcome, Outcome::Accepted { .. })));
    assert_eq!(bench.taken().len(), 50);
}

#[tokio::test]
async fn noise_costs_an_answer_and_not_the_connection() {
    let bench = Bench::start(faults(Faults { noise_every: Some(10), ..Faults::default() })).await;
    let mut listener = bench.connect().await;
    listener.send_all(0..200).await;
    listener.wait_for_receipts(200).await;
    assert_eq!(listener.accepted(), 200);
    listener.close().await;
    let counts = bench.smsc.counts();
    assert_eq!((counts.logins, counts.nacks), (1, 20));
}

#[tokio::test]
async fn receipts_before_their_answers() {
    let bench =
        Bench::start(receipts(Receipts { early_permille: 1_000, ..Receipts::default() })).await;
    let mut listener = bench.connect().await;
    listener.send_all(0..100).await;
    listener.wait_for_receipts(100).await;
    let ids = |outcome: &Outcome| match outcome {
        Outcome::Accepted { provider_ids } => provider_ids.clone(),
        Outcome::NotAccepted { .. } | Outcome::Rejected { .. } | Outcome::InDoubt { .. } => {
            panic!("{outcome:?}")
        }
    };
    let mut accepted: Vec<String> = listener.results.values().flat_map(ids).collect();
    let mut told: Vec<_> =
        listener.receipts.iter().map(|receipt| receipt.provider_id.clone()).collect();
    accepted.sort();
    told.sort();
    assert_eq!(accepted, told);
}

#[tokio::test]
async fn receipts_late_twice_and_out_of_order() {
    let plan = receipts(Receipts {
        delay_ms: 20,
        spread_ms: 200,
        duplicate_permille: 1_000,
        ..Receipts::default()
    });
    let bench = Bench::start(plan).await;
    let mut listener = bench.connect().await;
    listener.send_all(0..100).await;
    listener.wait_for_receipts(200).await;
    let order: Vec<_> =
        listener.receipts.iter().map(|receipt| receipt.reference.unwrap()).collect();
    assert!(order.windows(2).any(|pair| pair[0] > pair[1]), "in order after all");
    assert!((0..100).all(|tag| order.iter().filter(|reference| **reference == tag).count() == 2));
}

#[tokio::test]
async fn phones_off_and_out_of_reach() {
    let plan = receipts(Receipts {
        failed_permille: 200,
        off_permille: 300,
        off_ms: Some(30),
        ..Receipts::default()
    });
    let bench = Bench::start(plan.clone()).await;
    let mut listener = bench.connect().await;
    listener.send_all(0..200).await;
    listener.wait_for_receipts(200).await;
    for receipt in &listener.receipts {
        let wanted = match plan.fate(&receipt.destination) {
            Fate::Delivered => (ReceiptStatus::Delivered, "DELIVRD"),
            Fate::Failed => (ReceiptStatus::Failed, "UNDELIV/011"),
            Fate::Expired => (ReceiptStatus::Expired, "EXPIRED"),
            Fate::Silent => panic!("nothing is said of a silent phone"),
        };
        assert_eq!((receipt.status, receipt.code.as_str()), wanted);
    }
}

#[tokio::test]
async fn receipts_as_text_alone_with_ids_in_another_base() {
    let plan = SmscPlan {
        answers: Answers { ids: IdStyle::HexThenDecimal, ..Answers::default() },
        receipts: Receipts {
            form: ReceiptForm::Text,
            echo_reference: false,
            ..Receipts::default()
        },
        started_at: "2025-09-10T14:30:00Z".parse().unwrap(),
        ..SmscPlan::default()
    };
    let mut bench = Bench::start(plan).await;
    bench.settings.ids = IdForms { answers: IdForm::Hex, receipts: IdForm::Decimal };
    let mut listener = bench.connect().await;
    listener.send_all(0..30).await;
    listener.wait_for_receipts(30).await;
    for receipt in &listener.receipts {
        let ids = vec![receipt.provider_id.clone()];
        assert_eq!(receipt.reference, None);
        assert!(receipt.at.unwrap().to_rfc3339().starts_with("2025-09-10T14:3"));
        assert!(
            listener
                .results
                .values()
                .any(|outcome| { *outcome == Outcome::Accepted { provider_ids: ids.clone() } })
        );
    }
}

#[tokio::test]
async fn a_receipt_that_is_not_committed_comes_again() {
    let bench = Bench::start(SmscPlan::default()).await;
    let mut listener = bench.connect().await;
    listener.drop_first = 5;
    listener.send_all(0..20).await;
    listener.wait_for_receipts(20).await;
    listener.close().await;
    let counts = bench.smsc.counts();
    assert_eq!((counts.receipts, counts.acknowledged), (25, 20));
}

#[tokio::test]
async fn receipts_outlive_the_connection_they_were_sent_on() {
    let bench = Bench::start(SmscPlan::default()).await;
    let mut listener = bench.connect().await;
    listener.send_all(0..20).await;
    // Dropped with its events unread: nothing of it was acknowledged.
    let heard = listener.receipts.len();
    drop(listener);
    let mut second = bench.connect().await;
    second.wait_for_receipts(20 - heard).await;
    second.close().await;
    assert_eq!(bench.smsc.counts().acknowledged, 20);
}

#[tokio::test]
async fn every_part_of_a_text_has_its_id_and_its_receipt() {
    let refuse = vec![Refusal { destination: phone(2), status: 0x0B }];
    let bench = Bench::start(answers(Answers { refuse, ..Answers::default() })).await;
    let mut listener = bench.connect().await;
    for tag in 1..=2 {
        let part = |n| Segment { udh: vec![5, 0, 3, 7, 3, n], bytes: vec![b'a'; 134] };
        let body = Body::Segments { segments: vec![part(1), part(2), part(3)], data_coding: 0 };
        listener.submit(tag, ShortMessage { body, ..message(tag) }).await;
    }
    listener.settle().await;
    listener.wait_for_receipts(3).await;
    let Outcome::Accepted { provider_ids } = &listener.results[&1] else { panic!() };
    assert_eq!(provider_ids.len(), 3);
    assert!(matches!(listener.results[&2], Outcome::Rejected { blame: Blame::Recipient, .. }));
    let headers: Vec<String> = bench
        .smsc
        .lines()
        .unwrap()
        .into_iter()
        .filter_map(|line| match line {
            SmscLine::Submit { udh, .. } => Some(udh),
            SmscLine::Refuse { .. } | SmscLine::Receipt { .. } | SmscLine::Acknowledge { .. } => {
                None
            }
        })
        .collect();
    assert_eq!(headers, ["050003070301", "050003070302", "050003070303"]);
}

#[tokio::test]
async fn what_can_never_be_written_is_answered_without_the_smsc() {
    let bench = Bench::start(SmscPlan::default()).await;
    let mut listener = bench.connect().await;
    let bad = ShortMessage { destination: "+82 10".to_owned(), ..message(1) };
    listener.submit(1, bad).await;
    listener.settle().await;
    assert!(matches!(listener.results[&1], Outcome::Rejected { blame: Blame::Recipient, .. }));
    listener.route.finish();
    assert!(listener.route.close(PATIENCE).await);
    assert_eq!(bench.smsc.counts().submits, 0);
}
