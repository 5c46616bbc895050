//! Every call of the trait, and how the HLR refuses it.

use chrono::DateTime;
use simrecall_core::replacement::swap::{Access, KeyState};
use simrecall_gateway::hlr::{
    Enforcement, HlrError, LockOrder, MilenageKey, Provisioning as _, Refusal,
};

use crate::stage::{Stage, new_imsi, new_key, number, old_imsi, old_key};

#[test]
fn a_row_is_made_read_and_deleted() {
    let stage = Stage::new();
    let (hlr, imsi) = (&stage.hlr, old_imsi());
    assert_eq!(hlr.read(&imsi), Ok(None));
    hlr.create(&imsi).unwrap();
    let row = stage.row(&imsi);
    assert_eq!((row.number.clone(), row.sqn, row.registered), (None, None, false));
    assert!(!row.has_key());
    assert_eq!(hlr.create(&imsi), Err(HlrError::Refused(Refusal::RowExists)));
    hlr.delete(&imsi).unwrap();
    assert_eq!(hlr.read(&imsi), Ok(None));
    assert_eq!(hlr.delete(&imsi), Err(HlrError::Refused(Refusal::NoSuchRow)));
}

#[test]
fn a_key_is_written_and_recognised() {
    let stage = Stage::new();
    let (hlr, imsi) = (&stage.hlr, old_imsi());
    hlr.create(&imsi).unwrap();
    assert_eq!(stage.row(&imsi).key_is(&old_key()), KeyState::None);
    hlr.set_key(&imsi, &old_key()).unwrap();
    let row = stage.row(&imsi);
    assert_eq!(row.key_is(&old_key()), KeyState::Ours);
    assert_eq!(row.key_is(&new_key()), KeyState::Other);
    assert_eq!(row.sqn, Some(0));
    let halves = MilenageKey::parse(&old_key().expose_k(), &new_key().expose_opc()).unwrap();
    assert_eq!(row.key_is(&halves), KeyState::Other);
    let gone = hlr.set_key(&new_imsi(), &new_key());
    assert_eq!(gone, Err(HlrError::Refused(Refusal::NoSuchRow)));
}

#[test]
fn a_number_has_one_holder() {
    let stage = Stage::new();
    let hlr = &stage.hlr;
    assert_eq!(hlr.holder(&number()), Ok(None));
    let gone = hlr.set_number(&old_imsi(), Some(&number()));
    assert_eq!(gone, Err(HlrError::Refused(Refusal::NoSuchRow)));
    stage.line(&old_imsi(), &old_key(), &number());
    hlr.create(&new_imsi()).unwrap();
    assert_eq!(hlr.holder(&number()), Ok(Some(old_imsi())));
    assert_eq!(stage.row(&old_imsi()).number, Some(number()));
    // The other has it.
    let taken = hlr.set_number(&new_imsi(), Some(&number()));
    assert_eq!(taken, Err(HlrError::Refused(Refusal::NumberTaken)));
    // What is so already is done.
    hlr.set_number(&old_imsi(), Some(&number())).unwrap();
    hlr.set_number(&old_imsi(), None).unwrap();
    hlr.set_number(&old_imsi(), None).unwrap();
    assert_eq!(hlr.holder(&number()), Ok(None));
    hlr.set_number(&new_imsi(), Some(&number())).unwrap();
    assert_eq!(hlr.holder(&number()), Ok(Some(new_imsi())));
    assert_eq!(stage.row(&old_imsi()).number, None);
}

#[test]
fn access_is_opened_and_closed_by_domain() {
    let stage = Stage::new();
    let gone = stage.hlr.set_access(&old_imsi(), Access::NONE);
    assert_eq!(gone, Err(HlrError::Refused(Refusal::NoSuchRow)));
    stage.hlr.create(&old_imsi()).unwrap();
    for access in Access::ALL.into_iter().chain([Access::NONE, Access::NONE]) {
        stage.hlr.set_access(&old_imsi(), access).unwrap();
        assert_eq!(stage.row(&old_imsi()).access, access);
    }
}

#[test]
fn an_osmohlr_keeps_no_lock() {
    let stage = Stage::new();
    let until = DateTime::UNIX_EPOCH;
    for order in [
        LockOrder::Suspend { imsi: old_imsi(), until },
        LockOrder::Bind { imsi: new_imsi(), imei: None },
        LockOrder::Release { imsi: old_imsi() },
    ] {
        assert_eq!(stage.hlr.lock(&order), Ok(Enforcement::Unenforced));
    }
}

#[test]
fn a_fresh_row_is_open_in_both_domains() {
    let stage = Stage::new();
    stage.hlr.create(&old_imsi()).unwrap();
    assert_eq!(stage.row(&old_imsi()).access, Access::BOTH);
}
