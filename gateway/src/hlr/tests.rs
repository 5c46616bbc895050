//! Peers on loopback that misbehave: whatever they do, a call ends in time and says which of the three it is.

mod ctrl;
mod peer;
mod vty;

use std::time::{Duration, Instant};

use simrecall_core::identity::{Imsi, Msisdn};
use simrecall_core::replacement::swap::Access;

use self::peer::{Peer, closed_port};
use super::*;

/// Soon over, where no answer comes.
const HASTY: Duration = Duration::from_millis(500);
/// Enough for an answer from this machine, however busy it is.
const PATIENT: Duration = Duration::from_secs(10);

fn imsi() -> Imsi {
    Imsi::parse("450081234567890").unwrap()
}

fn number() -> Msisdn {
    Msisdn::parse("01012345678").unwrap()
}

fn key() -> MilenageKey {
    MilenageKey::parse("465b5ce8b199b49faa5f0a2ee238a6bc", "cd63cb71954a9f4e48a5994e37a02baf")
        .unwrap()
}

fn client(patience: Duration, ctrl: Option<&Peer>, vty: Option<&Peer>) -> OsmoHlr {
    let mut settings = HlrSettings::new([127, 0, 0, 1].into());
    settings.ctrl = ctrl.map_or_else(closed_port, Peer::address);
    settings.vty = vty.map_or_else(closed_port, Peer::address);
    settings.patience = patience;
    OsmoHlr::new(settings).unwrap()
}

/// Runs it, and sees to it that it ends in time.
fn timely<R>(call: impl FnOnce() -> R) -> R {
    let began = Instant::now();
    let outcome = call();
    assert!(began.elapsed() < PATIENT, "{:?}", began.elapsed());
    outcome
}

#[test]
fn another_machine_is_not_spoken_to_unless_its_network_is_trusted() {
    let mut settings = HlrSettings::new([192, 0, 2, 1].into());
    assert_eq!(OsmoHlr::new(settings).unwrap_err(), HlrError::Untrusted);
    settings.ctrl = ([127, 0, 0, 1], 4259).into();
    assert_eq!(OsmoHlr::new(settings).unwrap_err(), HlrError::Untrusted);
    settings.trusted_network = true;
    assert!(OsmoHlr::new(settings).is_ok());
}

#[test]
fn nobody_there_means_nothing_was_sent() {
    let hlr = client(PATIENT, None, None);
    let unreachable = HlrError::Unreachable(Unsent::NoConnection);
    assert_eq!(timely(|| hlr.create(&imsi())), Err(unreachable.clone()));
    assert_eq!(timely(|| hlr.set_access(&imsi(), Access::NONE)), Err(unreachable.clone()));
    assert!(!unreachable.may_have_been_done());
}

#[test]
fn a_look_waits_for_what_was_commanded_elsewhere() {
    // The command may have been read and not carried out: only the end of that connection says that it is over.
    let (say, may_end) = std::sync::mpsc::channel::<()>();
    let vty = Peer::start(move |at, stream| {
        peer::greet(stream)?;
        let line = peer::line(stream)?;
        if at == 0 {
            let _ended = may_end.recv();
            return Ok(());
        }
        peer::say(stream, &format!("{line}\r\n{}", peer::PROMPT))
    });
    let ctrl = Peer::start(|_, stream| peer::answer_all(stream, |_| "nam".into()));
    let hlr = client(HASTY, Some(&ctrl), Some(&vty));
    let silent = HlrError::Unknown(Doubt::Silence);
    assert_eq!(timely(|| hlr.set_access(&imsi(), Access::NONE)), Err(silent.clone()));
    assert!(silent.may_have_been_done());
    let owing = HlrError::Unreachable(Unsent::Owing);
    assert_eq!(timely(|| hlr.read(&imsi())).unwrap_err(), owing);
    assert_eq!(timely(|| hlr.set_number(&imsi(), None)), Err(owing));
    assert_eq!(ctrl.connections(), 0, "nothing was looked at");
    drop(say);
    // It has ended: the next look connects, and only the peer's odd answer is wrong with it.
    assert_eq!(timely(|| hlr.read(&imsi())).unwrap_err(), HlrError::Unknown(Doubt::Nonsense));
    assert_eq!(timely(|| hlr.set_access(&imsi(), Access::NONE)), Ok(()));
}

#[test]
fn no_error_and_no_debug_shows_a_value() {
    let ctrl = Peer::start(|_, stream| {
        peer::refuse_all(stream, "no 450081234567890 with 465b5ce8 for 821012345678\nhere")
    });
    let hlr = client(PATIENT, Some(&ctrl), None);
    let error = timely(|| hlr.set_key(&imsi(), &key())).unwrap_err();
    let shown = format!("{error} {error:?} {hlr:?} {:?}", key());
    // Six digits and more, which no port has.
    for secret in ["450081", "465b5c", "cd63", "821012", "345678"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(error.to_string().contains("for ############ here"), "{error}");
}
