//! A command that was not answered is over before anything else is asked.

use std::time::Duration;

use simrecall_core::replacement::swap::Access;
use simrecall_gateway::hlr::{Doubt, HlrError, Provisioning as _, Unsent};
use simrecall_tests::HlrServer;

use crate::stage::{Stage, new_imsi, new_key, number, old_imsi, old_key};

const HASTY: Duration = Duration::from_secs(1);

/// Asks until the HLR has ended what it was asked before.
fn settled<T>(mut look: impl FnMut() -> Result<T, HlrError>) -> T {
    for _ in 0..30 {
        match look() {
            Err(HlrError::Unreachable(Unsent::Owing)) => {}
            other => return other.unwrap(),
        }
    }
    panic!("the HLR does not end what it was asked");
}

#[test]
fn a_frozen_hlr_is_waited_for_and_a_late_number_is_seen() {
    let stage = Stage::with_patience(HASTY);
    stage.line(&old_imsi(), &old_key(), &number());
    stage.server.freeze().unwrap();
    let late = stage.hlr.set_number(&old_imsi(), None);
    assert_eq!(late, Err(HlrError::Unknown(Doubt::Silence)));
    // Frozen, it could say the old truth after the look and carry the command out later: so there is no look.
    let look = stage.hlr.read(&old_imsi());
    assert_eq!(look.unwrap_err(), HlrError::Unreachable(Unsent::Owing));
    let next = stage.hlr.set_access(&old_imsi(), Access::NONE);
    assert_eq!(next, Err(HlrError::Unreachable(Unsent::Owing)));
    stage.server.go_on().unwrap();
    assert_eq!(settled(|| stage.hlr.holder(&number())), None, "the late command is in the look");
    assert_eq!(stage.row(&old_imsi()).access, Access::BOTH, "the denied one was never sent");
}

#[test]
fn a_frozen_hlr_is_waited_for_and_a_late_access_is_seen() {
    let stage = Stage::with_patience(HASTY);
    stage.line(&old_imsi(), &old_key(), &number());
    // A session is open, so that the command goes out.
    stage.hlr.set_access(&old_imsi(), Access::BOTH).unwrap();
    stage.server.freeze().unwrap();
    let late = stage.hlr.set_access(&old_imsi(), Access::NONE);
    assert_eq!(late, Err(HlrError::Unknown(Doubt::Silence)));
    let look = stage.hlr.read(&old_imsi());
    assert_eq!(look.unwrap_err(), HlrError::Unreachable(Unsent::Owing));
    stage.server.go_on().unwrap();
    let row = settled(|| stage.hlr.read(&old_imsi()));
    assert_eq!(row.unwrap().access, Access::NONE, "the late command is in the look");
}

#[test]
fn a_killed_hlr_owes_nothing() {
    let mut stage = Stage::with_patience(HASTY);
    stage.line(&old_imsi(), &old_key(), &number());
    stage.hlr.create(&new_imsi()).unwrap();
    stage.server.freeze().unwrap();
    let late = stage.hlr.set_key(&new_imsi(), &new_key());
    assert_eq!(late, Err(HlrError::Unknown(Doubt::Silence)));
    stage.server.restart().unwrap();
    let row = settled(|| stage.hlr.read(&new_imsi())).unwrap();
    assert!(!row.has_key(), "what it had not read is gone with it");
}

#[test]
fn two_servers_have_two_addresses_and_a_killed_one_keeps_its_rows() {
    let mut stage = Stage::new();
    let other = HlrServer::start().unwrap();
    assert_ne!(stage.server.address(), other.address());
    stage.line(&old_imsi(), &old_key(), &number());
    stage.server.kill();
    stage.server.restart().unwrap();
    let hlr = stage.another();
    assert_eq!(hlr.holder(&number()), Ok(Some(old_imsi())));
    assert!(stage.server.log().contains("CTRL at 127.77."));
}
