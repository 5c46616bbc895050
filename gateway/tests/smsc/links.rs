//! Connections: made, refused, lost, silent, made again.

use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use secrecy::SecretString;
use simrecall_gateway::sandbox::smsc::{Faults, Silence, Smsc, SmscPlan};
use simrecall_gateway::smsc::{SmscSettings, TlsSettings, connect};
use simrecall_gateway::{LinkState, Outcome, RouteError};
use tokio::net::TcpListener;

use crate::support::{Bench, Listener, settings};

fn faults(faults: Faults) -> SmscPlan {
    SmscPlan { faults, ..SmscPlan::default() }
}

#[tokio::test]
async fn a_wrong_password_is_refused_by_name() {
    let mut bench = Bench::start(SmscPlan::default()).await;
    bench.settings.password = SecretString::from("wrong");
    let refused = connect(bench.settings.clone()).await.unwrap_err();
    let address = bench.settings.address.clone();
    assert_eq!(refused, RouteError::Refused { address, code: "ESME_RINVPASWD".to_owned() });
}

#[tokio::test]
async fn a_password_smpp_cannot_write_is_a_setting() {
    let mut bench = Bench::start(SmscPlan::default()).await;
    bench.settings.password = SecretString::from("far too long for SMPP");
    let error = connect(bench.settings.clone()).await.unwrap_err();
    assert!(matches!(&error, RouteError::Setting { what } if !what.contains("far too")), "{error}");
}

#[tokio::test]
async fn nobody_there() {
    // A port that was free a moment ago, and is again.
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = connect(settings(&free.to_string())).await.unwrap_err();
    assert_eq!(error, RouteError::Unreachable { address: free.to_string() });
}

#[tokio::test]
async fn half_open_from_the_start() {
    let plan = faults(Faults { silence: Silence::Login, silences: 1, ..Faults::default() });
    let mut bench = Bench::start(plan).await;
    bench.settings.response_timeout = Duration::from_millis(200);
    let error = connect(bench.settings.clone()).await.unwrap_err();
    assert!(matches!(error, RouteError::Unreachable { .. }));
}

#[tokio::test]
async fn half_open_in_the_middle() {
    let plan = faults(Faults { silence: Silence::After(10), silences: 1, ..Faults::default() });
    let mut bench = Bench::start(plan).await;
    bench.settings = SmscSettings {
        enquire_every: Duration::from_millis(150),
        response_timeout: Duration::from_secs(20),
        window_per_bind: 5,
        ..bench.settings
    };
    let mut listener = bench.connect().await;
    listener.send_all(0..100).await;
    let doubtful = listener.in_doubt();
    assert!((1..=5).contains(&doubtful), "{doubtful}");
    assert_eq!(listener.accepted(), 100 - doubtful);
    let reason = "no answer to enquire_link".to_owned();
    assert!(listener.links.contains(&LinkState::Down { reason }), "{:?}", listener.links);
    assert_eq!(bench.smsc.counts().logins, 2);
}

#[tokio::test]
async fn no_answer_in_time_is_in_doubt() {
    let plan = faults(Faults { silence: Silence::After(1), silences: 1, ..Faults::default() });
    let mut bench = Bench::start(plan).await;
    bench.settings.response_timeout = Duration::from_millis(200);
    let mut listener = bench.connect().await;
    listener.send_all(0..3).await;
    assert_eq!(
        listener.count(|outcome| { *outcome == Outcome::InDoubt { code: "timed out".to_owned() } }),
        3
    );
}

#[tokio::test]
async fn the_smsc_asks_whether_we_are_alive() {
    let mut bench =
        Bench::start(faults(Faults { enquire_ms: Some(20), ..Faults::default() })).await;
    bench.settings.enquire_every = Duration::from_millis(20);
    let mut listener = bench.connect().await;
    listener.send_all(0..10).await;
    while bench.smsc.counts().alive < 5 {
        tokio::task::yield_now().await;
    }
    listener.send_all(10..20).await;
    assert_eq!((listener.accepted(), bench.smsc.counts().logins), (20, 1));
}

#[tokio::test]
async fn an_smsc_that_goes_and_comes_back() {
    let mut bench = Bench::start(SmscPlan::default()).await;
    bench.settings.response_timeout = Duration::from_secs(2);
    let mut listener = bench.connect().await;
    listener.send_all(0..50).await;
    let Bench { smsc, folder, .. } = bench;
    let address = smsc.address;
    smsc.stop().await;
    listener.wait_for_link(|link| matches!(link, LinkState::Down { .. })).await;
    // While nobody is there, submissions come back unsent.
    listener.send_all(50..60).await;
    let given_back = Outcome::NotAccepted { code: "link down".to_owned() };
    assert_eq!(listener.count(|outcome| *outcome == given_back), 10);
    let log = folder.path().join("smsc.jsonl");
    let plan = SmscPlan { listen: address.to_string(), log, ..SmscPlan::default() };
    let smsc = Smsc::start(plan).await.unwrap();
    listener.links.clear();
    listener.wait_for_link(|link| *link == LinkState::Up).await;
    listener.send_all(50..60).await;
    assert_eq!((listener.accepted(), smsc.counts().taken), (60, 10));
    listener.close().await;
}

#[tokio::test]
async fn a_login_refused_after_a_loss_gives_everything_back() {
    let mut bench = Bench::start(SmscPlan::default()).await;
    bench.settings.binds = 2;
    let mut listener = bench.connect().await;
    listener.send_all(0..10).await;
    let Bench { smsc, folder, .. } = bench;
    let address = smsc.address;
    smsc.stop().await;
    let refusing = SmscPlan {
        listen: address.to_string(),
        log: folder.path().join("smsc.jsonl"),
        faults: Faults { login_status: Some(0x0D), ..Faults::default() },
        ..SmscPlan::default()
    };
    let smsc = Smsc::start(refusing).await.unwrap();
    let reason = "login refused (ESME_RBINDFAIL)".to_owned();
    listener.wait_for_link(|link| *link == LinkState::Refused { reason: reason.clone() }).await;
    listener.send_all(10..20).await;
    let given_back = Outcome::NotAccepted { code: "link refused".to_owned() };
    assert_eq!(listener.count(|outcome| *outcome == given_back), 10);
    assert_eq!(smsc.counts().logins, 0);
    listener.close().await;
}

#[tokio::test]
async fn sequence_numbers_go_round() {
    let mut bench = Bench::start(SmscPlan::default()).await;
    bench.settings.first_sequence = 0x7FFF_FFFF - 50;
    let mut listener = bench.connect().await;
    listener.send_all(0..300).await;
    listener.wait_for_receipts(300).await;
    assert_eq!((listener.accepted(), bench.smsc.counts().logins), (300, 1));
}

/// A certificate for `smsc.test` and the server that shows it.
fn certificate() -> (String, Arc<ServerConfig>) {
    let made = rcgen::generate_simple_self_signed(vec!["smsc.test".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    (made.cert.pem(), Arc::new(config))
}

#[tokio::test]
async fn through_tls() {
    let (pem, server) = certificate();
    let folder = tempfile::tempdir().unwrap();
    let plan = SmscPlan { log: folder.path().join("smsc.jsonl"), ..SmscPlan::default() };
    let smsc = Smsc::start_tls(plan, server).await.unwrap();
    let tls = TlsSettings::from_pem("smsc.test", pem.as_bytes()).unwrap();
    let good = SmscSettings { tls: Some(tls), ..settings(&smsc.address.to_string()) };
    let mut listener = Listener::new(connect(good.clone()).await.unwrap());
    listener.send_all(0..1_000).await;
    listener.wait_for_receipts(1_000).await;
    assert_eq!(listener.accepted(), 1_000);
    listener.close().await;
    assert_eq!(smsc.counts().leaves, 1);

    let other = TlsSettings::from_pem("smsc.test", certificate().0.as_bytes()).unwrap();
    let error = connect(SmscSettings { tls: Some(other), ..good.clone() }).await.unwrap_err();
    assert!(
        matches!(&error, RouteError::Refused { code, .. } if code.contains("certificate")),
        "{error}"
    );
    let misnamed = TlsSettings::from_pem("other.test", pem.as_bytes()).unwrap();
    let error = connect(SmscSettings { tls: Some(misnamed), ..good }).await.unwrap_err();
    assert!(matches!(error, RouteError::Refused { .. }), "{error}");
}
