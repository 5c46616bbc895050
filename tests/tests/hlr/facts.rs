//! What OsmoHLR 1.5.0 does by itself, on which the order of a swap rests.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, TcpStream};
use std::sync::Barrier;
use std::thread;

use simrecall_core::identity::Imsi;
use simrecall_core::replacement::swap::Access;
use simrecall_gateway::hlr::{HlrError, Provisioning as _, Refusal};
use simrecall_tests::phone::{Attach, Domain, Told};

use crate::stage::{Stage, new_imsi, new_key, number, old_imsi, old_key, old_phone};

/// A `SET` of CTRL that our client never makes.
fn raw_set(hlr: IpAddr, assignment: &str) -> String {
    let mut stream = TcpStream::connect((hlr, 4259)).unwrap();
    let text = format!("SET 1 {assignment}");
    let mut frame = u16::try_from(text.len() + 1).unwrap().to_be_bytes().to_vec();
    frame.extend([0xEE, 0x00]);
    frame.extend(text.as_bytes());
    stream.write_all(&frame).unwrap();
    let mut head = [0; 4];
    stream.read_exact(&mut head).unwrap();
    let mut answer = vec![0; usize::from(u16::from_be_bytes([head[0], head[1]])) - 1];
    stream.read_exact(&mut answer).unwrap();
    String::from_utf8(answer).unwrap()
}

fn set_of(imsi: &Imsi, what: &str) -> String {
    format!("subscriber.by-imsi-{}.{what}", imsi.expose())
}

#[test]
fn without_its_number_the_old_card_still_attaches() {
    let stage = Stage::new();
    stage.line(&old_imsi(), &old_key(), &number());
    stage.hlr.set_number(&old_imsi(), None).unwrap();
    let attach = old_phone().attach(&mut stage.switch("MSC-1"), Domain::Cs).unwrap();
    assert!(matches!(attach, Attach::Attached { number: None, .. }), "{attach:?}");
}

#[test]
fn ctrl_tells_no_vlr_and_vty_does() {
    let stage = Stage::new();
    stage.line(&old_imsi(), &old_key(), &number());
    let mut switch = stage.switch("MSC-1");
    let attach = old_phone().attach(&mut switch, Domain::Cs).unwrap();
    assert!(matches!(attach, Attach::Attached { .. }), "{attach:?}");
    for what in ["cs-enabled 0", "ps-enabled 0"] {
        let answer = raw_set(stage.server.address(), &set_of(&old_imsi(), what));
        assert!(answer.ends_with(" OK"), "{answer}");
    }
    assert_eq!(stage.row(&old_imsi()).access, Access::NONE);
    assert_eq!(switch.told().unwrap(), [], "CTRL has closed both domains, and nobody heard");
    stage.hlr.set_number(&old_imsi(), None).unwrap();
    stage.hlr.set_access(&old_imsi(), Access::NONE).unwrap();
    // Only a change is told: what is closed already has to be opened first for the VLR to hear of its closing.
    assert_eq!(switch.told().unwrap(), []);
    stage.hlr.set_access(&old_imsi(), Access::BOTH).unwrap();
    assert_eq!(switch.told().unwrap(), []);
    stage.hlr.set_access(&old_imsi(), Access::NONE).unwrap();
    let deleted = || Told::Deleted { imsi: old_imsi().expose().to_owned() };
    assert_eq!(switch.told().unwrap(), [deleted(), deleted()], "once for each domain");
    stage.hlr.delete(&old_imsi()).unwrap();
    assert_eq!(switch.told().unwrap(), [], "deleting tells nobody");
}

#[test]
fn writing_a_key_again_resets_its_sqn_and_its_card_refuses_the_network() {
    let stage = Stage::new();
    stage.line(&old_imsi(), &old_key(), &number());
    let (mut switch, mut phone) = (stage.switch("MSC-1"), old_phone());
    for _ in 0..2 {
        let attach = phone.attach(&mut switch, Domain::Cs).unwrap();
        assert!(matches!(attach, Attach::Attached { .. }), "{attach:?}");
    }
    assert!(stage.sqn(&old_imsi()) > 0);
    stage.hlr.set_key(&old_imsi(), &old_key()).unwrap();
    assert_eq!(stage.sqn(&old_imsi()), 0);
    let attach = phone.attach(&mut switch, Domain::Cs).unwrap();
    assert!(matches!(attach, Attach::Stale { .. }), "{attach:?}");
}

#[test]
fn sqn_never_falls_there_and_back() {
    let stage = Stage::new();
    stage.line(&old_imsi(), &old_key(), &number());
    let (mut switch, mut phone) = (stage.switch("MSC-1"), old_phone());
    phone.attach(&mut switch, Domain::Cs).unwrap();
    let before = stage.sqn(&old_imsi());
    stage.swap();
    assert_eq!(stage.sqn(&old_imsi()), before);
    stage.hlr.set_access(&new_imsi(), Access::NONE).unwrap();
    stage.hlr.set_number(&new_imsi(), None).unwrap();
    stage.hlr.set_number(&old_imsi(), Some(&number())).unwrap();
    stage.hlr.set_access(&old_imsi(), Access::BOTH).unwrap();
    stage.hlr.delete(&new_imsi()).unwrap();
    assert_eq!(stage.sqn(&old_imsi()), before);
    let attach = phone.attach(&mut switch, Domain::Cs).unwrap();
    assert!(
        matches!(&attach, Attach::Attached { number: Some(number), sqn }
            if number == "821012345678" && *sqn > before),
        "{attach:?}"
    );
}

#[test]
fn a_crash_between_taking_and_giving_leaves_a_number_without_owner() {
    let mut stage = Stage::new();
    stage.line(&old_imsi(), &old_key(), &number());
    stage.hlr.create(&new_imsi()).unwrap();
    stage.hlr.set_key(&new_imsi(), &new_key()).unwrap();
    stage.hlr.set_number(&old_imsi(), None).unwrap();
    stage.server.kill();
    assert!(stage.hlr.read(&old_imsi()).is_err());
    stage.server.restart().unwrap();
    // The first call may still meet the end of the old connection.
    let hlr = stage.another();
    assert_eq!(hlr.holder(&number()), Ok(None));
    hlr.set_number(&new_imsi(), Some(&number())).unwrap();
    assert_eq!(stage.hlr.holder(&number()), Ok(Some(new_imsi())), "the first client has recovered");
}

#[test]
fn of_eight_connections_one_gets_the_number() {
    const RACERS: usize = 8;
    let stage = Stage::new();
    let imsis: Vec<Imsi> =
        (0..RACERS).map(|at| Imsi::parse(&format!("45008123450000{at}")).unwrap()).collect();
    for imsi in &imsis {
        stage.hlr.create(imsi).unwrap();
    }
    for round in 0..20 {
        let start = Barrier::new(RACERS);
        let won: Vec<bool> = thread::scope(|scope| {
            let race = |imsi| {
                let (hlr, start) = (stage.another(), &start);
                scope.spawn(move || {
                    start.wait();
                    match hlr.set_number(imsi, Some(&number())) {
                        Ok(()) => true,
                        Err(HlrError::Refused(Refusal::NumberTaken)) => false,
                        Err(other) => panic!("{other}"),
                    }
                })
            };
            let racers: Vec<_> = imsis.iter().map(race).collect();
            racers.into_iter().map(|racer| racer.join().unwrap()).collect()
        });
        assert_eq!(won.iter().filter(|won| **won).count(), 1, "round {round}");
        let holder = stage.hlr.holder(&number()).unwrap().unwrap();
        assert!(won[imsis.iter().position(|imsi| *imsi == holder).unwrap()]);
        stage.hlr.set_number(&holder, None).unwrap();
    }
}

#[test]
fn nothing_can_be_slipped_in_behind_a_value() {
    let stage = Stage::new();
    stage.line(&old_imsi(), &old_key(), &number());
    for value in [
        "821099998888 0",
        "821099998888\nSET 2 subscriber.delete 450081234567890",
        "821099998888\r\nSET 2 subscriber.delete 450081234567890",
    ] {
        let answer =
            raw_set(stage.server.address(), &set_of(&old_imsi(), &format!("msisdn {value}")));
        assert!(answer.starts_with("ERROR "), "{answer}");
    }
    assert_eq!(stage.row(&old_imsi()).number, Some(number()));
}
