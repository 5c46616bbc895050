//! The same story with strangers: the npm package `smpp` as the carrier, Postfix's `smtp-sink` as the relay.

use std::collections::BTreeSet;

use rstest::rstest;
use simrecall_core::delivery::{Rung, Standing};
use simrecall_engine::drill::{DrillOptions, drill};
use simrecall_engine::sample::SamplePlan;
use simrecall_engine::send::{Ended, SendOptions, Unwatched, send};
use simrecall_engine::{Clock, Home};
use simrecall_store::seal::Field;
use simrecall_tests::peers::SmscOptions;
use simrecall_tests::{Backend, SmppServer, SmtpSink};

use crate::support::{
    Stage, Taken, Verdict, attempts, dues, faults, judge, orphans, people, recycled_numbers,
};

fn carrier() -> SmppServer {
    let options = SmscOptions { password: "sandbox".to_owned(), ..SmscOptions::default() };
    SmppServer::start_with(&options).unwrap()
}

/// What the carrier took, with numbers as the ledger knows them.
fn taken(home: &Home, carrier: &SmppServer) -> Vec<Taken<[u8; 16]>> {
    let keys = home.keys.service().unwrap();
    let submits = carrier.submits().unwrap().into_iter();
    let taken = submits.map(|submit| Taken {
        destination: keys.blind(Field::Destination, &submit.to),
        reference: submit.reference.expect("every message has a reference"),
        text: submit.text.or(submit.bytes).unwrap_or_default(),
    });
    taken.collect()
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn three_revisions_reach_everyone_through_another_carrier(#[case] backend: Backend) {
    let carrier = carrier();
    let folder = tempfile::tempdir().unwrap();
    let (store, _database) = backend.fresh().unwrap();
    let smsc = Some(carrier.address().to_string());
    let options = DrillOptions {
        store,
        smsc,
        seed: 51,
        plan: Some(SamplePlan::small_story(51)),
        portal: false,
    };
    let dir = folder.path().join("home");
    let mut said = Vec::new();
    let verified = drill(&dir, &options, &mut Unwatched, &mut |line| said.push(line.to_owned()));
    let verified = verified.unwrap_or_else(|problem| panic!("{problem:#?}\n{}", said.join("\n")));
    assert!(verified.is_sound(), "{:#?}", verified.faults);
    assert_eq!(verified.incidents[0].told_by.values().sum::<u64>(), 680);

    let home = Home::open(&dir, Clock::machine()).unwrap();
    let waves: Vec<_> = (1..=3).map(simrecall_core::id::WaveNo).collect();
    let taken = taken(&home, &carrier);
    let dues = dues(&home, &waves);
    println!("{backend:?}: {} messages for {} recipients", taken.len(), dues.len());
    assert_eq!(judge(&taken, &dues), Verdict::CLEAN);
    assert_eq!(taken.len(), dues.len());
    // All accepted, all receipts matched, nothing of ours misread.
    let mobile = waves.iter().flat_map(|wave| attempts(&home, *wave));
    let mobile = mobile.filter(|attempt| attempt.intent.rung == Rung::Lms);
    assert!(mobile.into_iter().all(|attempt| attempt.state.standing() == Standing::Delivered));
    assert_eq!(orphans(&home), 0);
    assert_eq!(carrier.acknowledged().unwrap().len(), taken.len());
    assert_eq!(carrier.complaints().unwrap(), Vec::<String>::new());
    let recycled = recycled_numbers(&home);
    assert!(!recycled.is_empty());
    assert!(carrier.submits().unwrap().iter().all(|submit| !recycled.contains(&submit.to)));
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn mails_reach_another_relay_once_each(#[case] backend: Backend) {
    let (carrier, relay) = (carrier(), SmtpSink::start().unwrap());
    let stage = Stage::set(backend, carrier.address(), relay.address(), &people(52, 900));
    let home = stage.home();
    let sent = send(home, stage.wave, &SendOptions::default(), &mut Unwatched).unwrap();
    assert_eq!(sent.ended, Ended::Complete);
    let mailed: Vec<_> = attempts(home, stage.wave)
        .into_iter()
        .filter(|attempt| attempt.intent.rung == Rung::Email)
        .collect();
    assert!(!mailed.is_empty());
    assert!(mailed.iter().all(|attempt| attempt.state.standing() == Standing::Mailed));
    let mails = relay.mails().unwrap();
    assert_eq!(mails.len(), mailed.len());
    let keys = home.keys.service().unwrap();
    let ours: BTreeSet<_> = mailed.iter().map(|attempt| attempt.destination).collect();
    for mail in &mails {
        let [to] = mail.to.as_slice() else { panic!("a mail to several people") };
        let to = to.trim_start_matches('<').trim_end_matches('>');
        assert!(ours.contains(&Some(keys.blind(Field::Destination, to))));
        assert!(mail.from.starts_with("<bounce+w1.c"), "a return path for each attempt");
        assert!(mail.message.contains("Message-ID: <w1.c"));
    }
    println!("{backend:?}: {} mails", mails.len());
    assert_eq!((orphans(home), faults(home)), (0, Vec::new()));
}
