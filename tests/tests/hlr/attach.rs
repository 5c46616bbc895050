//! Phones before and after a swap.

use simrecall_core::replacement::swap::Access;
use simrecall_gateway::hlr::Provisioning as _;
use simrecall_tests::phone::{Attach, Cause, Domain, Phone, auc_gen};

use crate::stage::{Stage, new_imsi, new_key, new_phone, number, old_imsi, old_key, old_phone};

#[test]
fn after_a_swap_the_new_card_attaches_and_the_old_one_is_refused() {
    let stage = Stage::new();
    stage.line(&old_imsi(), &old_key(), &number());
    let (mut msc, mut sgsn) = (stage.switch("MSC-1"), stage.switch("SGSN-1"));
    let mut old = old_phone();
    let before = old.attach(&mut msc, Domain::Cs).unwrap();
    assert!(matches!(before, Attach::Attached { .. }), "{before:?}");
    stage.swap();
    let mut new = new_phone();
    for (switch, domain) in [(&mut msc, Domain::Cs), (&mut sgsn, Domain::Ps)] {
        let attach = new.attach(switch, domain).unwrap();
        assert!(
            matches!(&attach, Attach::Attached { number: Some(number), .. } if number == "821012345678"),
            "{domain:?}: {attach:?}"
        );
    }
    // Vectors are handed out to a disabled card; it is the registration that is refused.
    assert_eq!(old.attach(&mut msc, Domain::Cs).unwrap(), Attach::Refused(Cause::NOT_ALLOWED));
    assert_eq!(old.attach(&mut sgsn, Domain::Ps).unwrap(), Attach::Refused(Cause::NO_DATA));
}

#[test]
fn every_vector_is_the_one_that_the_new_key_gives() {
    let stage = Stage::new();
    stage.line(&old_imsi(), &old_key(), &number());
    stage.swap();
    let vectors = stage.switch("MSC-1").vectors(new_imsi().expose()).unwrap().unwrap();
    assert_eq!(vectors.len(), 5);
    for vector in vectors {
        let ours = auc_gen(&new_key(), &vector.rand, 0).unwrap();
        assert_eq!((&ours.res, &ours.ck, &ours.ik), (&vector.res, &vector.ck, &vector.ik));
        let others = auc_gen(&old_key(), &vector.rand, 0).unwrap();
        assert_ne!(others.res, vector.res);
        assert_ne!(others.ck, vector.ck);
    }
}

#[test]
fn a_card_with_another_key_does_not_know_the_network() {
    let stage = Stage::new();
    stage.line(&old_imsi(), &old_key(), &number());
    let mut phone = Phone::new(old_imsi(), new_key());
    let attach = phone.attach(&mut stage.switch("MSC-1"), Domain::Cs).unwrap();
    assert_eq!(attach, Attach::AnotherKey);
}

#[test]
fn an_unknown_imsi_has_no_vectors() {
    let stage = Stage::new();
    let mut switch = stage.switch("MSC-1");
    let attach = new_phone().attach(&mut switch, Domain::Cs).unwrap();
    assert_eq!(attach, Attach::NoVectors(Cause::UNKNOWN));
    assert_eq!(switch.register(new_imsi().expose(), Domain::Cs).unwrap(), Err(Cause::UNKNOWN));
}

/// The window between `create` and disabling: no card can be authenticated, but a switch that does not ask is let in.
#[test]
fn a_row_without_key_registers_at_a_switch_that_does_not_authenticate() {
    let stage = Stage::new();
    stage.hlr.create(&new_imsi()).unwrap();
    let mut switch = stage.switch("MSC-1");
    let attach = new_phone().attach(&mut switch, Domain::Cs).unwrap();
    assert_eq!(attach, Attach::NoVectors(Cause::UNKNOWN));
    assert_eq!(switch.register(new_imsi().expose(), Domain::Cs).unwrap(), Ok(None));
    assert!(stage.row(&new_imsi()).registered);
    stage.hlr.set_access(&new_imsi(), Access::NONE).unwrap();
    let refused = switch.register(new_imsi().expose(), Domain::Cs).unwrap();
    assert_eq!(refused, Err(Cause::NOT_ALLOWED));
}

#[test]
fn a_registration_is_seen_in_either_domain_and_stays() {
    for (domain, name) in [(Domain::Cs, "MSC-1"), (Domain::Ps, "SGSN-1")] {
        let stage = Stage::new();
        assert_eq!(stage.hlr.last_seen(&old_imsi()), Ok(None));
        stage.line(&old_imsi(), &old_key(), &number());
        assert_eq!(stage.hlr.last_seen(&old_imsi()), Ok(None));
        assert!(!stage.row(&old_imsi()).registered);
        old_phone().attach(&mut stage.switch(name), domain).unwrap();
        assert!(stage.row(&old_imsi()).registered);
        let seen = stage.hlr.last_seen(&old_imsi()).unwrap().expect("seen");
        assert!(seen.ago.as_secs() < 60, "{seen:?}");
        stage.hlr.set_access(&old_imsi(), Access::NONE).unwrap();
        assert!(stage.row(&old_imsi()).registered, "disabling forgets nothing");
        assert_eq!(stage.hlr.last_seen(&old_imsi()).unwrap().expect("seen").at, seen.at);
        stage.hlr.delete(&old_imsi()).unwrap();
        stage.hlr.create(&old_imsi()).unwrap();
        assert!(!stage.row(&old_imsi()).registered, "a new row begins anew");
        assert_eq!(stage.hlr.last_seen(&old_imsi()), Ok(None));
    }
}

#[test]
fn a_refused_registration_is_not_seen() {
    let stage = Stage::new();
    stage.line(&old_imsi(), &old_key(), &number());
    stage.hlr.set_access(&old_imsi(), Access::NONE).unwrap();
    let attach = old_phone().attach(&mut stage.switch("MSC-1"), Domain::Cs).unwrap();
    assert_eq!(attach, Attach::Refused(Cause::NOT_ALLOWED));
    assert!(!stage.row(&old_imsi()).registered);
    assert_eq!(stage.hlr.last_seen(&old_imsi()), Ok(None));
    assert!(stage.sqn(&old_imsi()) > 0, "it was given vectors all the same");
}
