//! The route against the sandbox relay: every fault, and what it means for each mail.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::PrivatePkcs8KeyDer;
use simrecall_core::problem::Blame;

use super::*;
use crate::route::{Event, LinkState, Outcome, ReceiptStatus, Route, RouteError, Submission};
use crate::sandbox::mail::{Fate, Logged, MailPlan, MailReceiver, read_log};

const SEED: u64 = 20_250_904;

struct Stage {
    relay: MailReceiver,
    log: PathBuf,
    dir: tempfile::TempDir,
}

async fn stage(plan: MailPlan, tls: Option<Arc<ServerConfig>>) -> Stage {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("relay.jsonl");
    println!("seed {}", plan.seed);
    let relay = MailReceiver::start("127.0.0.1:0", plan, &log, tls).await.unwrap();
    Stage { relay, log, dir }
}

impl Stage {
    fn settings(&self) -> MailSettings {
        MailSettings {
            retry_after: Duration::from_millis(1),
            retry_at_most: Duration::from_millis(20),
            reply_timeout: Duration::from_secs(20),
            ..MailSettings::new(self.relay.address().to_string(), "sender.example")
        }
    }

    fn taken(&self) -> BTreeMap<String, bool> {
        let mut taken = BTreeMap::new();
        for line in read_log(&self.log).unwrap() {
            if let Logged::Mail { message_id, answered, .. } = line {
                assert_eq!(taken.insert(message_id.clone(), answered), None, "{message_id} twice");
            }
        }
        taken
    }
}

fn mail(number: u64, to: &str) -> Mail {
    build(&MailParts {
        reference: &format!("w1.c1.p{number}.t1"),
        message: &format!("w1.c1.p{number}.t1"),
        host: "b.example",
        from: "privacy@carrier.example",
        to,
        subject: "[개인정보 유출 통지]",
        text: "고객님의 개인정보가 유출되었습니다.\n.\n..\n",
        html: Some("<p>고객님의 개인정보가 유출되었습니다.</p>"),
        date: DateTime::from_timestamp(1_757_000_000, 0).unwrap(),
    })
    .unwrap()
}

fn id(number: u64) -> String {
    format!("w1.c1.p{number}.t1@b.example")
}

/// Sends mails within the window and returns the one outcome of each.
async fn send_all(mut route: Route<Mail>, mails: Vec<Mail>) -> BTreeMap<u64, Outcome> {
    let count = mails.len();
    let submissions = route.submissions.clone();
    route.finish();
    let window = Arc::new(tokio::sync::Semaphore::new(route.window));
    let permits = Arc::clone(&window);
    let feeding = tokio::spawn(async move {
        for (tag, message) in (0..).zip(mails) {
            permits.acquire().await.unwrap().forget();
            submissions.send(Submission { tag, message }).await.unwrap();
        }
    });
    let mut outcomes = BTreeMap::new();
    while let Some(event) = route.events.recv().await {
        if let Event::Result { tag, outcome } = event {
            assert_eq!(outcomes.insert(tag, outcome), None, "two results for {tag}");
            window.add_permits(1);
        }
    }
    feeding.await.unwrap();
    assert_eq!(outcomes.len(), count, "a result for each");
    outcomes
}

async fn send_numbered(settings: MailSettings, n: u64) -> BTreeMap<u64, Outcome> {
    let route = connect(settings).await.unwrap();
    let mails = (0..n).map(|number| mail(number, &format!("p{number}@mail.example"))).collect();
    tokio::time::timeout(Duration::from_mins(1), send_all(route, mails)).await.unwrap()
}

/// What the relay's own log says must agree with what we were told.
fn reconcile(stage: &Stage, outcomes: &BTreeMap<u64, Outcome>) {
    let taken = stage.taken();
    for (tag, outcome) in outcomes {
        match (outcome, taken.get(&id(*tag))) {
            (Outcome::Accepted { provider_ids }, Some(true)) => {
                assert_eq!(provider_ids, &[id(*tag)]);
            }
            (Outcome::InDoubt { .. }, Some(false))
            | (
                Outcome::InDoubt { .. } | Outcome::NotAccepted { .. } | Outcome::Rejected { .. },
                None,
            ) => {}
            (outcome, taken) => panic!("mail {tag}: {outcome:?}, relay {taken:?}"),
        }
    }
}

fn count(outcomes: &BTreeMap<u64, Outcome>, is: impl Fn(&Outcome) -> bool) -> usize {
    outcomes.values().filter(|outcome| is(outcome)).count()
}

fn accepted(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Accepted { .. })
}

fn in_doubt(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::InDoubt { .. })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_thousand_mails_go_through_pipelined() {
    let stage = stage(MailPlan { seed: SEED, ..MailPlan::default() }, None).await;
    let settings = MailSettings { connections: 3, ..stage.settings() };
    let outcomes = send_numbered(settings, 5_000).await;
    assert_eq!(count(&outcomes, accepted), 5_000);
    reconcile(&stage, &outcomes);
    assert_eq!(stage.relay.taken(), 5_000);
}

#[tokio::test]
async fn a_relay_without_pipelining_is_spoken_to_step_by_step() {
    let plan = MailPlan {
        seed: SEED,
        stepwise: true,
        rejected_permille: 200,
        deferred_permille: 200,
        ..MailPlan::default()
    };
    let stage = stage(plan, None).await;
    let outcomes = send_numbered(stage.settings(), 200).await;
    reconcile(&stage, &outcomes);
    assert!((80..160).contains(&count(&outcomes, accepted)), "{outcomes:?}");
}

#[tokio::test]
async fn refusals_concern_one_mail_and_not_its_neighbours() {
    let fates = [(3, Fate::Reject), (4, Fate::Defer), (5, Fate::RejectContent), (9, Fate::Reject)];
    let recipients = fates.iter().map(|(n, fate)| (format!("p{n}@mail.example"), *fate)).collect();
    let stage = stage(MailPlan { seed: SEED, recipients, ..MailPlan::default() }, None).await;
    let outcomes = send_numbered(stage.settings(), 12).await;
    reconcile(&stage, &outcomes);
    let unknown = Outcome::Rejected { code: "550 5.1.1".to_owned(), blame: Blame::Recipient };
    assert_eq!((&outcomes[&3], &outcomes[&9]), (&unknown, &unknown));
    assert_eq!(outcomes[&4], Outcome::NotAccepted { code: "451 4.3.0".to_owned() });
    assert_eq!(
        outcomes[&5],
        Outcome::Rejected { code: "554 5.6.0".to_owned(), blame: Blame::Ours }
    );
    assert_eq!(count(&outcomes, accepted), 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_lost_before_the_dot_was_answered_leaves_doubt() {
    for (before, after) in [(7, 0), (0, 7), (11, 7)] {
        let plan = MailPlan {
            seed: SEED,
            drop_before_dot_every: before,
            drop_after_dot_every: after,
            ..MailPlan::default()
        };
        let stage = stage(plan, None).await;
        let settings = MailSettings { connections: 2, ..stage.settings() };
        let outcomes = send_numbered(settings, 300).await;
        reconcile(&stage, &outcomes);
        let doubts = count(&outcomes, in_doubt);
        // How many wait behind a lost connection, and so are not accepted, depends on the moment.
        assert!(doubts > 0 && count(&outcomes, accepted) > 0, "{doubts} in doubt");
        let taken = stage.taken();
        let silent = taken.values().filter(|answered| !**answered).count();
        assert!(silent <= doubts, "{silent} taken without an answer, {doubts} in doubt");
        assert_eq!(silent > 0, after > 0);
    }
}

#[tokio::test]
async fn a_relay_that_falls_silent_after_the_dot_leaves_doubt() {
    let plan = MailPlan { seed: SEED, silent_after_dot_every: 4, ..MailPlan::default() };
    let stage = stage(plan, None).await;
    let settings = MailSettings { reply_timeout: Duration::from_millis(100), ..stage.settings() };
    let outcomes = send_numbered(settings, 8).await;
    reconcile(&stage, &outcomes);
    assert_eq!(outcomes[&3], Outcome::InDoubt { code: "timed out".to_owned() });
    assert_eq!(outcomes[&4], Outcome::NotAccepted { code: "timed out".to_owned() });
}

#[tokio::test]
async fn a_relay_that_goes_away_answers_nobody_and_loses_nothing() {
    let stage = stage(MailPlan { seed: SEED, ..MailPlan::default() }, None).await;
    let mut route = connect(stage.settings()).await.unwrap();
    let first = Submission { tag: 0, message: mail(0, "p0@mail.example") };
    route.submissions.send(first).await.unwrap();
    assert!(matches!(route.events.recv().await, Some(Event::Link(LinkState::Up))));
    assert!(matches!(route.events.recv().await, Some(Event::Result { tag: 0, .. })));
    drop(stage.relay);
    assert!(matches!(route.events.recv().await, Some(Event::Link(LinkState::Down { .. }))));
    let second = Submission { tag: 1, message: mail(1, "p1@mail.example") };
    route.submissions.send(second).await.unwrap();
    let Some(Event::Result { tag: 1, outcome }) = route.events.recv().await else { panic!() };
    assert!(matches!(outcome, Outcome::NotAccepted { .. }), "{outcome:?}");
    route.finish();
    assert!(route.events.recv().await.is_none());
    assert!(route.close(Duration::from_secs(5)).await);
}

#[tokio::test]
async fn nobody_there_is_said_at_once() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let refused = connect(MailSettings::new(address.clone(), "sender.example")).await;
    assert_eq!(refused.err(), Some(RouteError::Unreachable { address }));
}

#[tokio::test]
async fn a_reply_that_is_no_smtp_ends_the_attempt() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let answering = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut stream, b"SSH-2.0-x\r\n").await.unwrap();
        stream
    });
    let refused = connect(MailSettings::new(address.clone(), "sender.example")).await;
    assert_eq!(refused.err(), Some(RouteError::Unreachable { address }));
    drop(answering.await);
}

fn certificate() -> (Trust, Arc<ServerConfig>) {
    let made = rcgen::generate_simple_self_signed(vec!["relay.example".to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .unwrap();
    let trust =
        Trust { server_name: "relay.example".to_owned(), roots_pem: made.cert.pem().into_bytes() };
    (trust, Arc::new(config))
}

fn plain_login() -> crate::sandbox::mail::PlainLogin {
    crate::sandbox::mail::PlainLogin { user: "notice".to_owned(), password: "p".to_owned() }
}

#[tokio::test]
async fn mails_go_encrypted_after_a_login() {
    let (trust, config) = certificate();
    let plan = MailPlan { seed: SEED, login: Some(plain_login()), ..MailPlan::default() };
    let stage = stage(plan, Some(config)).await;
    let login = |password: &str| {
        Some(Login { user: "notice".to_owned(), password: password.to_owned().into() })
    };
    let good = MailSettings {
        starttls: Starttls::Required(trust.clone()),
        login: login("p"),
        ..stage.settings()
    };
    let outcomes = send_numbered(good.clone(), 50).await;
    assert_eq!(count(&outcomes, accepted), 50);
    reconcile(&stage, &outcomes);
    let address = stage.relay.address().to_string();
    let bad = connect(MailSettings { login: login("q"), ..good.clone() }).await;
    assert_eq!(
        bad.err(),
        Some(RouteError::Refused { address: address.clone(), code: "535 5.7.8".to_owned() })
    );
    let stranger = Trust { server_name: "other.example".to_owned(), ..trust };
    let wrong_name =
        connect(MailSettings { starttls: Starttls::Required(stranger), ..good.clone() }).await;
    assert_eq!(wrong_name.err(), Some(RouteError::Unreachable { address }));
    assert!(!format!("{good:?}").contains("\"p\""));
}

#[tokio::test]
async fn required_encryption_is_not_given_up() {
    let (trust, _) = certificate();
    let stage = stage(MailPlan { seed: SEED, ..MailPlan::default() }, None).await;
    let address = stage.relay.address().to_string();
    let required = MailSettings { starttls: Starttls::Required(trust.clone()), ..stage.settings() };
    let refused = connect(required).await.err();
    assert_eq!(refused, Some(RouteError::Refused { address, code: "no STARTTLS".to_owned() }));
    let optional = MailSettings { starttls: Starttls::Optional(trust), ..stage.settings() };
    assert_eq!(count(&send_numbered(optional, 3).await, accepted), 3);
}

#[tokio::test]
async fn a_login_never_goes_in_clear_to_another_machine() {
    let settings = MailSettings {
        login: Some(Login { user: "notice".to_owned(), password: "p".to_owned().into() }),
        ..MailSettings::new("relay.example:25", "sender.example")
    };
    assert!(matches!(connect(settings).await, Err(RouteError::Setting { .. })));
}

#[tokio::test]
async fn mails_that_come_back_become_receipts() {
    let plan = MailPlan { seed: SEED, bounced_permille: 300, ..MailPlan::default() };
    let stage = stage(plan.clone(), None).await;
    let outcomes = send_numbered(stage.settings(), 100).await;
    assert_eq!(count(&outcomes, accepted), 100);
    let expected: Vec<u64> = (0..100)
        .filter(|number| plan.fate(&format!("p{number}@mail.example")) == Fate::Bounce)
        .collect();
    let maildir = stage.dir.path().join("bounces");
    assert_eq!(stage.relay.bounce_now(&maildir).unwrap(), expected.len());
    assert_eq!(stage.relay.bounce_now(&maildir).unwrap(), 0, "each comes back once");
    let mut found = Vec::new();
    for bounce in bounces::read_maildir(&maildir, "b.example").unwrap() {
        let (receipt, held) = bounce.unwrap();
        assert_eq!(receipt.status, ReceiptStatus::Bounced);
        assert_eq!(receipt.at, DateTime::from_timestamp(1_757_000_000, 0));
        let number = receipt.provider_id.strip_prefix("w1.c1.p").unwrap();
        found.push(number.split('.').next().unwrap().parse::<u64>().unwrap());
        held.committed().unwrap();
    }
    found.sort_unstable();
    assert_eq!(found, expected);
    assert!(bounces::read_maildir(&maildir, "b.example").unwrap().next().is_none());
}
