//! Filings, and what they say of an instant.

use std::collections::{BTreeMap, BTreeSet};

use rstest::rstest;
use simrecall_core::delivery::{OutcomeKind, Rung, TargetState, Terminal};
use simrecall_core::id::{AttemptKey, ChunkNo, RevisionNo, TargetKey, WaveNo};
use simrecall_store::counts::{AsOf, ToldCount};
use simrecall_store::filing::{Acknowledged, Filing, NewFiling, Submitted};
use simrecall_store::ledger::{NewAttempt, NewOutcome};
use simrecall_store::{Store, StoreError};
use simrecall_tests::Backend;

use crate::law_stage::{filing, staff};
use crate::ledger_stage::{attempt, intend, keys, lease, outcome, released};
use crate::stage::{at, by_hand, cast};

#[rstest]
fn a_filing_is_submitted_and_acknowledged_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = cast(backend, 1);
    let (store, id) = (&cast.stage.store, cast.keys.incident());
    let late = Some("the desk was closed".to_owned());
    let second = NewFiling { supplement_of: Some(1), late_reason: late, ..filing(id) };
    let other = NewFiling { kind: "kisa_incident".to_owned(), ..filing(id) };
    let add = |new: &NewFiling| store.write(|tx| tx.add_filing(new)).unwrap();
    assert_eq!([add(&filing(id)), add(&second), add(&other)], [1, 2, 1]);
    let orphan = NewFiling { supplement_of: Some(9), ..filing(id) };
    store.write(|tx| tx.add_filing(&orphan)).unwrap_err();

    let submitted = Submitted { at: at(20), by: staff(1), channel: "portal".to_owned() };
    let answer = Acknowledged { at: at(30), by: staff(2), acknowledgement: "2026-17".to_owned() };
    let submit = || store.write(|tx| tx.submit_filing(id, "pipc_leak", 1, &submitted));
    let acknowledge = || store.write(|tx| tx.acknowledge_filing(id, "pipc_leak", 1, &answer));
    assert!(matches!(acknowledge(), Err(StoreError::State(_))));
    submit().unwrap();
    assert!(matches!(submit(), Err(StoreError::State(_))));
    acknowledge().unwrap();
    assert!(matches!(acknowledge(), Err(StoreError::State(_))));

    let kept = |no, new, submitted, acknowledged| Filing { no, new, submitted, acknowledged };
    let first = kept(1, filing(id), Some(submitted.clone()), Some(answer.clone()));
    let one = store.read(|tx| tx.filing(id, "pipc_leak", 1)).unwrap();
    assert_eq!(one.as_ref(), Some(&first));
    assert_eq!(store.read(|tx| tx.filing(id, "pipc_leak", 3)).unwrap(), None);
    let all = store.read(|tx| tx.filings(id)).unwrap();
    assert_eq!(all, [kept(1, other, None, None), first, kept(2, second, None, None)]);

    for set in [
        "channel = 'letter'",
        "submitted_at = NULL, submitted_by = NULL, channel = NULL",
        "acknowledgement = '2026-18'",
    ] {
        let change = format!("UPDATE filing SET {set} WHERE submitted_at IS NOT NULL");
        let refused = by_hand(&cast.stage.url, &change).unwrap_err();
        assert!(refused.contains("filing rows are immutable"), "{change}: {refused}");
    }
    // Nothing is acknowledged that was not submitted, not even by hand.
    let early = "UPDATE filing SET acknowledged_at = as_of, acknowledged_by = created_by, acknowledgement = 'x'
         WHERE submitted_at IS NULL";
    by_hand(&cast.stage.url, early).unwrap_err();
}

#[rstest]
fn counts_are_those_of_the_instant(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let (cast, wave) = released(backend, 20, 10);
    let (store, id) = (&cast.stage.store, cast.keys.incident());
    let chunk = lease(store, wave, 100, 1).unwrap();
    let all = keys(store, wave, chunk.no);
    let intents: Vec<NewAttempt> = all.iter().map(|key| attempt(*key, 1)).collect();
    let has_tried = |rung| store.read(|tx| tx.has_tried(id, rung)).unwrap();
    assert!(!has_tried(Rung::Lms));
    intend(store, &chunk, 101, &intents).unwrap();
    assert!(has_tried(Rung::Lms) && !has_tried(Rung::Posting));
    // Person 3's copy stands right after their primary target: it tells nobody of the headline.
    let told: Vec<NewOutcome> = all[..6]
        .iter()
        .zip((200..).step_by(10))
        .map(|(key, second)| of(*key, OutcomeKind::Delivered, second))
        .collect();
    store.write(|tx| tx.commit_outcomes(&told)).unwrap();
    store.write(|tx| tx.commit_outcomes(&[of(all[7], OutcomeKind::Failed, 205)])).unwrap();

    let as_of = |second| store.read(|tx| tx.counts_as_of(id, at(second))).unwrap();
    assert_eq!(as_of(0), AsOf::default());
    let known = as_of(9);
    assert_eq!(known.revisions.iter().map(|one| one.no).collect::<Vec<_>>(), [RevisionNo(1)]);
    assert_eq!((known.persons_told, known.told.len()), (0, 0));
    assert_eq!(as_of(199).persons_told, 0);
    // Targets 0 to 4 by then, of which 4 is a copy.
    let then = as_of(245);
    assert_eq!((then.persons_told, then.lines_told), (4, 4));
    assert_eq!(then.told, [count(wave, 4, 230)]);
    assert_eq!(as_of(10_000).told, [count(wave, 5, 250)]);
    assert_eq!(store.read(|tx| tx.wave_end_counts(wave)).unwrap(), [count(wave, 5, 250)]);
    assert_eq!(store.read(|tx| tx.wave_end_counts(WaveNo(9))).unwrap(), []);
}

/// Doubt is of an instant, too: what settled it later is not known then.
#[rstest]
fn doubt_is_that_of_the_instant(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    use OutcomeKind::{Accepted, Delivered, InDoubt, NotTaken};
    let (cast, wave) = released(backend, 20, 10);
    let (store, id) = (&cast.stage.store, cast.keys.incident());
    let chunk = lease(store, wave, 100, 1).unwrap();
    let all = keys(store, wave, chunk.no);
    let intents: Vec<NewAttempt> = all.iter().map(|key| attempt(*key, 1)).collect();
    intend(store, &chunk, 101, &intents).unwrap();
    let learnt = [
        (0, InDoubt, 110), // nothing else is ever learnt
        (1, InDoubt, 110),
        (1, Delivered, 200),
        (2, InDoubt, 110),
        (2, NotTaken, 300),
        (4, InDoubt, 110), // a copy
        (5, Accepted, 105),
    ];
    for (n, kind, second) in learnt {
        store.write(|tx| tx.commit_outcomes(&[of(all[n], kind, second)])).unwrap();
    }
    let in_doubt = |second| store.read(|tx| tx.in_doubt_as_of(id, at(second))).unwrap();
    assert_eq!(in_doubt(9), []);
    assert_eq!(in_doubt(109), []);
    assert_eq!(in_doubt(110), [(wave, 3)]);
    assert_eq!(in_doubt(200), [(wave, 2)]);
    assert_eq!(in_doubt(300), [(wave, 1)]);
    assert_eq!(in_doubt(9_999), [(wave, 1)]);
}

fn of(target: TargetKey, kind: OutcomeKind, second: i64) -> NewOutcome {
    outcome(AttemptKey { target, try_no: 1 }, kind, second)
}

fn count(wave: WaveNo, persons: i64, last_proof: i64) -> ToldCount {
    ToldCount {
        wave,
        rung: Rung::Lms,
        how: Terminal::Delivered,
        persons,
        last_act: at(101),
        last_proof: at(last_proof),
    }
}

/// Whatever is learnt in whatever order, the counts in SQL are those of core's fold.
#[rstest]
fn the_counts_are_those_of_the_fold(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let mut ways = BTreeSet::new();
    for seed in 1..=6_u64 {
        println!("seed {seed}");
        let (cast, wave) = released(backend, 30, 10);
        let store = &cast.stage.store;
        scramble(store, &cast.stage.url, wave, &mut Dice(seed));
        let counted = store.read(|tx| tx.wave_end_counts(wave)).unwrap();
        assert_eq!(counted, folded(store, wave));
        let then = store.read(|tx| tx.counts_as_of(cast.keys.incident(), at(1_000))).unwrap();
        assert_eq!(then.told, counted);
        let persons: i64 = counted.iter().map(|one| one.persons).sum();
        assert_eq!((then.persons_told, then.lines_told), (persons, persons));
        ways.extend(counted.iter().map(|one| one.how));
    }
    assert_eq!(ways.len(), 4, "{ways:?}");
}

/// Two attempts for most targets, the first over any rung, in one to three parts, with whatever may be learnt of them.
fn scramble(store: &Store, url: &str, wave: WaveNo, dice: &mut Dice) {
    while let Some(chunk) = lease(store, wave, 100, 1) {
        let all = keys(store, wave, chunk.no);
        for try_no in 1..=2_i16 {
            let second = 100 + i64::from(try_no);
            let intents: Vec<NewAttempt> = all
                .iter()
                .map(|key| NewAttempt { parts: 1 + dice.below(3), ..attempt(*key, try_no) })
                .collect();
            intend(store, &chunk, second, &intents).unwrap();
        }
        store.write(|tx| tx.finish_chunk(&chunk)).unwrap();
    }
    // The rungs are turned by hand: a route's own rung would need a chunk of its own for each.
    turn_rungs(url, dice);
    for chunk in store.read(|tx| tx.chunks(wave)).unwrap() {
        for target in store.read(|tx| tx.chunk_targets(wave, chunk.no)).unwrap() {
            for one in &target.attempts {
                let learnt: Vec<NewOutcome> = (0..dice.below(4))
                    .map(|_| NewOutcome {
                        part: dice.below(one.intent.parts + 1),
                        ..outcome(
                            one.key,
                            dice.kind(one.intent.rung),
                            200 + i64::from(dice.below(90)),
                        )
                    })
                    .collect();
                store.write(|tx| tx.commit_outcomes(&learnt)).unwrap();
            }
        }
    }
}

fn turn_rungs(url: &str, dice: &mut Dice) {
    let drop = if url.starts_with("sqlite:") {
        "DROP TRIGGER attempt_no_update"
    } else {
        "DROP TRIGGER attempt_no_update ON attempt"
    };
    by_hand(url, drop).unwrap();
    for rest in 0..7 {
        let rung = Rung::ALL[usize::try_from(dice.below(5)).unwrap()].code();
        let turn =
            format!("UPDATE attempt SET rung = {rung} WHERE (pos + 3 * try_no) % 7 = {rest}");
        by_hand(url, &turn).unwrap();
    }
}

fn folded(store: &Store, wave: WaveNo) -> Vec<ToldCount> {
    let mut found: BTreeMap<(i16, i16), ToldCount> = BTreeMap::new();
    for no in 1..=3 {
        for target in store.read(|tx| tx.chunk_targets(wave, ChunkNo(no))).unwrap() {
            let TargetState::Reached { by, how, at: proof } = TargetState::of(&target.views())
            else {
                continue;
            };
            if !target.role.is_primary() {
                continue;
            }
            let proved = target.attempts.iter().find(|one| {
                one.state.standing().is_positive()
                    && one.state.since() == Some(proof)
                    && one.intent.rung == by
            });
            let act = proved.unwrap().intent.at;
            let new =
                ToldCount { wave, rung: by, how, persons: 0, last_act: act, last_proof: proof };
            let count = found.entry((by.code(), code(how))).or_insert(new);
            count.persons += 1;
            count.last_act = count.last_act.max(act);
            count.last_proof = count.last_proof.max(proof);
        }
    }
    found.into_values().collect()
}

fn code(how: Terminal) -> i16 {
    match how {
        Terminal::Delivered => OutcomeKind::Delivered.code(),
        Terminal::Mailed => OutcomeKind::Mailed.code(),
        Terminal::Lettered => OutcomeKind::Lettered.code(),
        Terminal::Published => OutcomeKind::Published.code(),
        Terminal::Suppressed => 0,
    }
}

/// The same throws for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: i16) -> i16 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i16::try_from((self.0 >> 33) % u64::try_from(sides).unwrap()).unwrap()
    }

    /// Something that may be learnt of an attempt over this rung.
    fn kind(&mut self, rung: Rung) -> OutcomeKind {
        use OutcomeKind::{
            Accepted, Bounced, Delivered, Expired, Failed, InDoubt, Lettered, Mailed, Published,
        };
        let kinds: &[OutcomeKind] = match rung {
            Rung::Lms | Rung::Sms => &[Accepted, InDoubt, Delivered, Delivered, Failed, Expired],
            Rung::Email => &[Accepted, Mailed, Mailed, Bounced, Expired, Delivered],
            Rung::Letter => &[Accepted, Lettered, Delivered, Failed],
            Rung::Posting => &[Accepted, Published],
        };
        kinds[usize::try_from(self.below(i16::try_from(kinds.len()).unwrap())).unwrap()]
    }
}
