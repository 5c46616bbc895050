//! Wordings, message codes and fakes.

use rstest::rstest;
use simrecall_store::fake::NewFake;
use simrecall_store::wording::{NewCode, NewWording};
use simrecall_tests::Backend;

use crate::law_stage::{LIMITS, code, fake, wording};
use crate::ledger_stage::{STATEMENT, draft};
use crate::stage::{at, by_hand, cast, stage};

#[rstest]
fn a_wave_keeps_its_wordings(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let cast = cast(backend, 1);
    let store = &cast.stage.store;
    let wave = draft(&cast, 2, 10);
    let until = NewWording { window_until: Some(at(90)), ..wording(wave, 2) };
    store.write(|tx| tx.load_wordings(&[until.clone(), wording(wave, 1)])).unwrap();
    let again = store.write(|tx| tx.load_wordings(&[wording(wave, 1)])).unwrap_err();
    assert!(again.is_conflict(), "{again}");
    let kept = store.read(|tx| tx.wordings(wave)).unwrap();
    let new: Vec<_> = kept.iter().map(|kept| kept.new.clone()).collect();
    assert_eq!(new, [wording(wave, 1), until]);
    assert!(kept.iter().all(|kept| kept.sha256 == kept.new.wording.sha256()));
    assert!(kept.iter().all(|kept| kept.released_at.is_none()));
    store.write(|tx| tx.release(wave, &STATEMENT, at(10))).unwrap();
    let all = store.read(|tx| tx.all_wordings()).unwrap();
    assert_eq!(all.iter().map(|kept| kept.released_at).collect::<Vec<_>>(), [Some(at(10)); 2]);
}

#[rstest]
fn the_words_of_a_draft_go_with_it(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let cast = cast(backend, 1);
    let store = &cast.stage.store;
    let wave = draft(&cast, 2, 10);
    store.write(|tx| tx.load_wordings(&[wording(wave, 1)])).unwrap();
    store.write(|tx| tx.load_codes(&[code(wave, 1)])).unwrap();
    let dropped = store.write(|tx| tx.drop_draft(cast.keys.incident())).unwrap();
    assert_eq!(dropped, Some(wave));
    assert_eq!(store.read(|tx| tx.all_wordings()).unwrap(), []);
    assert_eq!(store.read(|tx| tx.code_targets(&[1; 16])).unwrap(), []);
}

#[rstest]
fn a_code_finds_its_targets(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let cast = cast(backend, 1);
    let store = &cast.stage.store;
    let wave = draft(&cast, 2, 10);
    // More codes than one statement takes on SQLite.
    let codes: Vec<NewCode> = (0..7_000_u16)
        .map(|n| {
            let mut one = code(wave, 0);
            one.target.pos = n.into();
            one.code[..2].copy_from_slice(&n.to_be_bytes());
            one
        })
        .collect();
    store.write(|tx| tx.load_codes(&codes)).unwrap();
    let twin = NewCode { target: codes[5].target, ..codes[3] };
    store.write(|tx| tx.load_codes(&[twin])).unwrap();
    let found = |one: &NewCode| store.read(|tx| tx.code_targets(&one.code)).unwrap();
    assert_eq!(found(&codes[3]), [codes[3].target, codes[5].target]);
    assert_eq!(found(&codes[6_999]), [codes[6_999].target]);
    assert_eq!(found(&code(wave, 9)), []);
    let again = store.write(|tx| tx.load_codes(&[codes[3]])).unwrap_err();
    assert!(again.is_conflict(), "{again}");
}

#[rstest]
fn a_code_is_asked_only_so_often(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let stage = stage(backend);
    let store = &stage.store;
    let ask =
        |n: u8, hour| store.write(|tx| tx.count_code_try(&[n; 16], at(hour), LIMITS)).unwrap();
    let answers: Vec<bool> = (0..7).map(|_| ask(1, 0)).collect();
    assert_eq!(answers, [true, true, true, true, true, false, false]);
    assert_eq!([ask(2, 0), ask(3, 0), ask(4, 0)], [true; 3]);
    // Eight in all were asked: nobody else is answered in that hour, and nothing more is written.
    assert_eq!([ask(5, 0), ask(2, 0)], [false; 2]);
    let rows =
        || by_hand(&stage.url, "SELECT count(*) || ' ' || sum(tries) FROM code_try").unwrap();
    assert_eq!(rows(), "4 8");
    assert!(ask(1, 3_600));
    assert_eq!(store.write(|tx| tx.forget_code_tries(at(3_600))).unwrap(), 4);
    assert_eq!(rows(), "1 1");
}

#[rstest]
fn fakes_are_kept_and_gathered(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let stage = stage(backend);
    let store = &stage.store;
    let add = |new: &NewFake| store.write(|tx| tx.add_fake(new)).unwrap();
    let of_first = NewFake { cluster: Some(1), ..fake("claim it here") };
    assert_eq!([add(&fake("refund here")), add(&fake("card stopped")), add(&of_first)], [1, 2, 3]);
    let clusters = || {
        let fakes = store.read(|tx| tx.fakes()).unwrap();
        fakes.iter().map(|fake| (fake.no, fake.cluster)).collect::<Vec<_>>()
    };
    assert_eq!(clusters(), [(1, 1), (2, 2), (3, 1)]);
    store.write(|tx| tx.set_fake_cluster(3, 2)).unwrap();
    assert_eq!(clusters(), [(1, 1), (2, 2), (3, 2)]);
    assert!(store.write(|tx| tx.set_fake_cluster(4, 2)).unwrap_err().is_not_found());
    let first = &store.read(|tx| tx.fakes()).unwrap()[0];
    let same = fake("refund here");
    assert_eq!((&first.text, &first.sender), (&same.text, &same.sender));
    assert_eq!((first.seen_at, first.added_at, first.by), (same.seen_at, same.added_at, same.by));
    assert!(!format!("{first:?}").contains("refund"), "{first:?}");
}
