//! The ledger: leases, intents, outcomes, receipts, release and cancellation.

use std::collections::BTreeSet;
use std::sync::Mutex;

use rstest::rstest;
use simrecall_core::access::StaffRole;
use simrecall_core::delivery::{ChunkKind, OutcomeKind, Rung, Standing};
use simrecall_core::id::{AttemptKey, ChunkNo, StaffId, TargetKey};
use simrecall_core::wave::WaveState;
use simrecall_store::ledger::{
    ApprovalRow, Control, IntentResult, NewFollowUps, NewOutcome, NewReceipt, ReceiptFate,
    SettledBy,
};
use simrecall_store::staff::StaffMember;
use simrecall_store::{BucketRange, StoreError};
use simrecall_tests::Backend;

use crate::ledger_stage::{
    ROUTE, STATEMENT, assert_counters_hold, attempt, destination, draft, facts, intend, keys,
    lease, outcome, plan, provider_id, released, told,
};
use crate::stage::{at, cast, person_id};

const fn first(target: TargetKey) -> AttemptKey {
    AttemptKey { target, try_no: 1 }
}

#[rstest]
fn many_senders_lease_each_chunk_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (cast, wave) = released(backend, 60, 2);
    let taken = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for sender in 0..6 {
            let (store, taken) = (&cast.stage.store, &taken);
            scope.spawn(move || {
                while let Some(chunk) = lease(store, wave, 100, sender) {
                    taken.lock().unwrap().push(chunk.no);
                }
            });
        }
    });
    let taken = taken.into_inner().unwrap();
    assert_eq!(taken.len(), 30);
    assert_eq!(taken.iter().collect::<BTreeSet<_>>().len(), 30);
}

#[rstest]
fn a_lease_that_ran_out_is_retaken_and_its_token_is_worth_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (cast, wave) = released(backend, 3, 10);
    let store = &cast.stage.store;
    let stale = lease(store, wave, 100, 1).unwrap();
    assert!(!stale.retaken);
    assert_eq!(lease(store, wave, 159, 2), None);
    store.write(|tx| tx.renew_chunk(&stale, at(159), at(200))).unwrap();
    assert_eq!(lease(store, wave, 199, 2), None);
    let fresh = lease(store, wave, 200, 2).unwrap();
    assert!(fresh.retaken);
    let lost = StoreError::LeaseLost("a chunk");
    let target = keys(store, wave, fresh.no)[0];
    assert_eq!(intend(store, &stale, 201, &[attempt(target, 1)]), Err(lost.clone()));
    assert_eq!(store.write(|tx| tx.renew_chunk(&stale, at(201), at(900))), Err(lost.clone()));
    assert_eq!(store.write(|tx| tx.finish_chunk(&stale)), Err(lost.clone()));
    assert_eq!(store.write(|tx| tx.release_chunk(&stale)), Err(lost.clone()));
    // A lease of one's own that ran out writes no intents either.
    assert_eq!(intend(store, &fresh, 260, &[attempt(target, 1)]), Err(lost));
    intend(store, &fresh, 201, &[attempt(target, 1)]).unwrap();
    store.write(|tx| tx.finish_chunk(&fresh)).unwrap();
    assert_eq!(lease(store, wave, 900, 3), None);
    assert!(store.read(|tx| tx.chunk(wave, fresh.no)).unwrap().unwrap().is_done);
}

#[rstest]
fn the_same_try_is_never_written_twice(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (cast, wave) = released(backend, 20, 50);
    let store = &cast.stage.store;
    let chunk = lease(store, wave, 100, 1).unwrap();
    let all = keys(store, wave, chunk.no);
    assert_eq!(all.len(), 22);
    let batch: Vec<_> = all.iter().map(|key| attempt(*key, 1)).collect();
    intend(store, &chunk, 101, &batch).unwrap();
    let twice = intend(store, &chunk, 102, &batch[5..6]).unwrap_err();
    assert!(twice.is_conflict(), "{twice}");
    let skipped = intend(store, &chunk, 102, &[attempt(all[0], 3)]).unwrap_err();
    assert!(skipped.is_conflict(), "{skipped}");
    let row = store.read(|tx| tx.chunk(wave, chunk.no)).unwrap().unwrap();
    assert_eq!((row.n, row.count.tally.open), (22, 22));
    assert_counters_hold(store, wave);
}

#[rstest]
fn pausing_refuses_intents_at_once_and_resuming_takes_them(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (cast, wave) = released(backend, 3, 10);
    let store = &cast.stage.store;
    let chunk = lease(store, wave, 100, 1).unwrap();
    let target = keys(store, wave, chunk.no)[0];
    let turn = |paused| {
        let control = Control { paused, pace: Some(7) };
        store.write(|tx| tx.set_control(wave, control, at(101))).unwrap();
        assert_eq!(store.read(|tx| tx.control(wave)).unwrap(), control);
    };
    let mark = || store.read(|tx| tx.ledger_mark()).unwrap().unwrap().1;
    let before = mark();
    turn(true);
    assert_eq!(intend(store, &chunk, 102, &[attempt(target, 1)]), Ok(IntentResult::Paused));
    assert_eq!(mark(), before);
    turn(false);
    let taken = intend(store, &chunk, 103, &[attempt(target, 1)]).unwrap();
    assert_eq!(taken, IntentResult::Committed { mark: before + 1, not_needed: vec![] });
    assert_eq!(mark(), before + 1);
}

#[rstest]
fn outcomes_are_written_once_and_late_good_news_wins(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (cast, wave) = released(backend, 20, 50);
    let store = &cast.stage.store;
    let chunk = lease(store, wave, 100, 1).unwrap();
    let all = keys(store, wave, chunk.no);
    let batch: Vec<_> = all.iter().map(|key| attempt(*key, 1)).collect();
    intend(store, &chunk, 101, &batch).unwrap();
    let commit = |outcomes: &[NewOutcome]| store.write(|tx| tx.commit_outcomes(outcomes)).unwrap();
    let accepts: Vec<_> =
        all.iter().map(|key| outcome(first(*key), OutcomeKind::Accepted, 102)).collect();
    assert!(commit(&accepts).applied.iter().all(|applied| applied.is_new));
    assert!(commit(&accepts).applied.iter().all(|applied| !applied.is_new));
    let failed: Vec<_> =
        all[..6].iter().map(|key| outcome(first(*key), OutcomeKind::Failed, 103)).collect();
    commit(&failed);
    let late = outcome(first(all[0]), OutcomeKind::Delivered, 104);
    // Twice in one batch, and once more: it counts once.
    let applied = commit(&[late.clone(), late.clone()]).applied;
    assert_eq!((applied[0].before, applied[0].after), (Standing::Failed, Standing::Delivered));
    assert!(applied[0].is_new && !applied[1].is_new);
    let repeated = commit(&[outcome(first(all[0]), OutcomeKind::Failed, 105), late]).applied;
    assert!(repeated.iter().all(|applied| applied.after == Standing::Delivered));
    let row = store.read(|tx| tx.chunk(wave, chunk.no)).unwrap().unwrap();
    let tally = row.count.tally;
    assert_eq!((tally.open, tally.accepted, tally.failed, tally.reached), (0, 16, 5, 1));
    assert_eq!((row.count.told, row.count.told_copies), (1, 0));
    let odd = commit(&[outcome(first(all[1]), OutcomeKind::Lettered, 106)]).applied;
    assert!(odd[0].refused.is_some() && !odd[0].is_new);
    let stranger = AttemptKey { target: all[0], try_no: 9 };
    let unknown =
        store.write(|tx| tx.commit_outcomes(&[outcome(stranger, OutcomeKind::Failed, 107)]));
    assert!(unknown.unwrap_err().is_not_found());
    assert_counters_hold(store, wave);
}

fn receipt(attempt: AttemptKey, kind: OutcomeKind, second: i64, echo: bool) -> NewReceipt {
    NewReceipt {
        provider_id: provider_id(attempt),
        kind,
        at: at(second),
        code: Some("000".to_owned()),
        destination: Some(destination(attempt.target)),
        reference: echo.then(|| attempt.short_reference()),
        sealed: b"sealed".to_vec(),
    }
}

#[rstest]
fn a_receipt_that_overtakes_its_answer_waits_for_it(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (cast, wave) = released(backend, 4, 10);
    let store = &cast.stage.store;
    let chunk = lease(store, wave, 100, 1).unwrap();
    let all = keys(store, wave, chunk.no);
    let batch: Vec<_> = all.iter().map(|key| attempt(*key, 1)).collect();
    intend(store, &chunk, 101, &batch).unwrap();
    let early = [
        receipt(first(all[0]), OutcomeKind::Delivered, 102, false),
        receipt(first(all[1]), OutcomeKind::Failed, 102, false),
    ];
    let take =
        |receipts: &[NewReceipt]| store.write(|tx| tx.commit_receipts(ROUTE, receipts)).unwrap();
    assert_eq!(take(&early), [ReceiptFate::Waits, ReceiptFate::Waits]);
    take(&early);
    assert_eq!(store.read(|tx| tx.orphans(ROUTE)).unwrap(), 2);
    let accepts: Vec<_> =
        all.iter().map(|key| outcome(first(*key), OutcomeKind::Accepted, 103)).collect();
    let committed = store.write(|tx| tx.commit_outcomes(&accepts)).unwrap();
    assert_eq!(committed.applied.len(), all.len() + 2);
    assert_eq!(store.read(|tx| tx.orphans(ROUTE)).unwrap(), 0);
    let later = take(&[receipt(first(all[2]), OutcomeKind::Delivered, 104, false)]);
    assert!(matches!(&later[..], [ReceiptFate::Applied(applied)] if applied.is_new));
    let row = store.read(|tx| tx.chunk(wave, chunk.no)).unwrap().unwrap();
    assert_eq!((row.count.tally.reached, row.count.tally.failed), (2, 1));
    // An id of another route is another id.
    let elsewhere = store.read(|tx| tx.match_receipts("mail", &[&provider_id(first(all[2]))]));
    assert_eq!(elsewhere.unwrap(), [None]);
    assert_counters_hold(store, wave);
}

#[rstest]
fn a_dead_sender_leaves_doubt_that_an_echoed_reference_settles(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (cast, wave) = released(backend, 5, 10);
    let store = &cast.stage.store;
    let dead = lease(store, wave, 100, 1).unwrap();
    let all = keys(store, wave, dead.no);
    let batch: Vec<_> = all.iter().map(|key| attempt(*key, 1)).collect();
    intend(store, &dead, 101, &batch).unwrap();
    store
        .write(|tx| tx.commit_outcomes(&[outcome(first(all[0]), OutcomeKind::Accepted, 102)]))
        .unwrap();
    // One receipt is here before anybody knows that its attempt is in doubt.
    let early = receipt(first(all[1]), OutcomeKind::Delivered, 103, true);
    store.write(|tx| tx.commit_receipts(ROUTE, std::slice::from_ref(&early))).unwrap();

    let alive = lease(store, wave, 200, 2).unwrap();
    assert!(alive.retaken);
    let doubted = store.write(|tx| tx.doubt_open_intents(&alive, at(201))).unwrap();
    let settled = doubted.iter().find(|applied| applied.kind == OutcomeKind::Delivered).unwrap();
    assert_eq!((settled.attempt, settled.after), (first(all[1]), Standing::Delivered));
    assert_eq!(store.read(|tx| tx.doubts()).unwrap(), i64::try_from(all.len()).unwrap() - 2);
    assert_eq!(store.write(|tx| tx.doubt_open_intents(&alive, at(202))).unwrap(), []);

    let mut unknown = receipt(first(all[2]), OutcomeKind::Delivered, 203, true);
    unknown.reference = Some(first(all[2]).short_reference().wrapping_add(1));
    let echoed = receipt(first(all[3]), OutcomeKind::Delivered, 203, true);
    let fates = store.write(|tx| tx.commit_receipts(ROUTE, &[unknown.clone(), echoed.clone()]));
    let fates = fates.unwrap();
    assert_eq!(fates[0], ReceiptFate::Waits);
    assert!(
        matches!(&fates[1], ReceiptFate::Applied(applied) if applied.after == Standing::Delivered)
    );
    // From now on the network's id finds the attempt, and the late answer changes nothing.
    let found = store.read(|tx| tx.match_receipts(ROUTE, &[&echoed.provider_id])).unwrap();
    assert_eq!(found[0].unwrap().attempt, first(all[3]));
    let answer = [outcome(first(all[3]), OutcomeKind::Accepted, 204)];
    let late = store.write(|tx| tx.commit_outcomes(&answer)).unwrap();
    assert_eq!(late.applied[0].after, Standing::Delivered);
    assert_counters_hold(store, wave);
}

#[rstest]
fn a_cause_is_followed_up_once_and_the_told_are_left_alone(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (cast, wave) = released(backend, 3, 10);
    let store = &cast.stage.store;
    let chunk = lease(store, wave, 100, 1).unwrap();
    let all = keys(store, wave, chunk.no);
    intend(store, &chunk, 101, &[attempt(all[0], 1), attempt(all[1], 1)]).unwrap();
    let failed = [all[0], all[1]].map(|key| outcome(first(key), OutcomeKind::Failed, 102));
    store.write(|tx| tx.commit_outcomes(&failed)).unwrap();
    store.write(|tx| tx.finish_chunk(&chunk)).unwrap();
    let again = NewFollowUps {
        wave,
        kind: ChunkKind::Retry,
        rung: Rung::Lms,
        priority: 0,
        not_before: at(200),
        targets: vec![(all[0], 1), (all[1], 1)],
    };
    let no = ChunkNo(2);
    assert_eq!(store.write(|tx| tx.append_chunk(&again)).unwrap(), [(no, 2)]);
    assert_eq!(store.write(|tx| tx.append_chunk(&again)).unwrap(), []);
    let more = NewFollowUps { targets: vec![(all[0], 1), (all[2], 0)], ..again };
    assert_eq!(store.write(|tx| tx.append_chunk(&more)).unwrap(), [(ChunkNo(3), 1)]);

    assert_eq!(lease(store, wave, 199, 1), None);
    let retry = lease(store, wave, 200, 1).unwrap();
    assert_eq!((retry.no, retry.kind, retry.n), (no, ChunkKind::Retry, 2));
    let targets = store.read(|tx| tx.chunk_targets(wave, retry.no)).unwrap();
    let listed: Vec<_> = targets.iter().map(|target| target.key).collect();
    assert_eq!(listed, [all[0], all[1]]);
    assert!(targets.iter().all(|target| target.listed_after() && target.next_try() == 2));
    // A receipt comes in after all: that person is not told again.
    let late = [outcome(first(all[0]), OutcomeKind::Delivered, 201)];
    store.write(|tx| tx.commit_outcomes(&late)).unwrap();
    let second = [attempt(all[0], 2), attempt(all[1], 2)];
    let IntentResult::Committed { not_needed, .. } = intend(store, &retry, 202, &second).unwrap()
    else {
        panic!("the wave is released")
    };
    assert_eq!(not_needed, [all[0]]);
    let target = &store.read(|tx| tx.targets(&[all[1]])).unwrap()[0];
    assert_eq!(target.attempts.len(), 2);
    assert_eq!(target.attempts[1].by_chunk, retry.no);
    assert!(!target.listed_after());
    assert_counters_hold(store, wave);
}

#[rstest]
fn only_the_latest_plan_with_its_own_statement_is_released(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = cast(backend, 1);
    let (store, incident) = (&cast.stage.store, cast.keys.incident());
    let wave = draft(&cast, 5, 10);
    assert_eq!(told(store, incident), 0);
    let other = store.write(|tx| tx.release(wave, &[6; 32], at(10))).unwrap_err();
    assert_eq!(other, StoreError::State("the statement is not the wave's"));
    assert_eq!(lease(store, wave, 100, 1), None);
    let mark = store.write(|tx| tx.release(wave, &STATEMENT, at(10))).unwrap();
    assert_eq!(store.read(|tx| tx.ledger_mark()).unwrap(), Some(([9; 16], mark)));
    assert_eq!(told(store, incident), 5);
    let again = store.write(|tx| tx.release(wave, &STATEMENT, at(11))).unwrap_err();
    assert_eq!(again, StoreError::State("the wave is no draft"));
    assert_eq!(store.write(|tx| tx.drop_draft(incident)).unwrap(), None);
}

#[rstest]
fn a_plan_made_before_a_cancellation_is_not_released_after_it(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (cast, wave) = released(backend, 5, 10);
    let (store, incident) = (&cast.stage.store, cast.keys.incident());
    let empty = draft(&cast, 0, 10);
    store.write(|tx| tx.cancel(wave, at(20))).unwrap();
    let stale = store.write(|tx| tx.release(empty, &STATEMENT, at(21))).unwrap_err();
    assert!(
        matches!(stale, StoreError::State(words) if words.contains("since the plan")),
        "{stale}"
    );
    assert_eq!(store.write(|tx| tx.drop_draft(incident)).unwrap(), Some(empty));
    // Everybody is owed again, and the same notice may be written again.
    let next = draft(&cast, 5, 10);
    store.write(|tx| tx.release(next, &STATEMENT, at(30))).unwrap();
    assert_eq!(told(store, incident), 5);
}

#[rstest]
fn nobody_is_told_the_same_twice_by_two_waves(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (cast, _) = released(backend, 5, 10);
    let twice = plan(&cast, 6, 10).unwrap_err();
    assert!(twice.is_conflict(), "{twice}");
    // What the refused plan left behind is no draft that could be signed.
    let (store, incident) = (&cast.stage.store, cast.keys.incident());
    let waves = store.read(|tx| tx.waves_of(incident)).unwrap();
    assert_eq!(waves.last().unwrap().state, WaveState::Planning);
    let dropped = store.write(|tx| tx.drop_draft(incident)).unwrap();
    assert_eq!(dropped, Some(waves.last().unwrap().no));
    assert_eq!(told(store, incident), 5);
}

#[rstest]
fn cancelling_keeps_those_who_may_have_been_told(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (cast, wave) = released(backend, 12, 50);
    let (store, incident) = (&cast.stage.store, cast.keys.incident());
    let chunk = lease(store, wave, 100, 1).unwrap();
    // Persons 0 to 5; person 3 has a copy right behind.
    let all = keys(store, wave, chunk.no);
    let primary: Vec<TargetKey> = [0, 1, 2, 3, 5, 6].map(|n| all[n]).to_vec();
    let copy = all[4];
    let batch: Vec<_> = primary[..5].iter().chain([&copy]).map(|key| attempt(*key, 1)).collect();
    intend(store, &chunk, 101, &batch).unwrap();
    let mut doubt = outcome(first(primary[1]), OutcomeKind::InDoubt, 102);
    doubt.settled_by = SettledBy::Answer;
    let learnt = [
        outcome(first(primary[0]), OutcomeKind::Accepted, 102),
        doubt,
        outcome(first(primary[2]), OutcomeKind::Rejected, 102),
        outcome(first(primary[3]), OutcomeKind::NotAccepted, 102),
        outcome(first(copy), OutcomeKind::Accepted, 102),
    ];
    store.write(|tx| tx.commit_outcomes(&learnt)).unwrap();
    let cancelled = store.write(|tx| tx.cancel(wave, at(110))).unwrap();
    // Kept: accepted, in doubt, open. Withdrawn: rejected, not accepted (its copy does not count), never tried.
    assert_eq!((cancelled.kept, cancelled.withdrawn), (3, 9));
    assert_eq!(told(store, incident), 3);
    let closed = store.read(|tx| tx.wave(wave)).unwrap().unwrap();
    assert_eq!((closed.state, closed.withdrawn), (WaveState::Cancelled, 9));
    assert_eq!((closed.released_at, closed.closed_at), (Some(at(10)), Some(at(110))));
    let late = intend(store, &chunk, 111, &[attempt(primary[5], 1)]).unwrap();
    assert_eq!(late, IntentResult::Closed);
    assert_eq!(lease(store, wave, 500, 2), None);
    // What was under way is still followed.
    let receipt = [outcome(first(primary[0]), OutcomeKind::Delivered, 112)];
    store.write(|tx| tx.commit_outcomes(&receipt)).unwrap();
    let again = store.write(|tx| tx.cancel(wave, at(113))).unwrap_err();
    assert_eq!(again, StoreError::State("only a released wave can be cancelled"));
    assert_counters_hold(store, wave);
}

#[rstest]
fn one_persons_history_shows_notices_copies_and_attempts(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (cast, wave) = released(backend, 12, 5);
    let (store, incident) = (&cast.stage.store, cast.keys.incident());
    let chunk = lease(store, wave, 100, 1).unwrap();
    let all = keys(store, wave, chunk.no);
    intend(store, &chunk, 101, &[attempt(all[3], 1)]).unwrap();
    let person = person_id(&cast.keys, 3);
    let history = store.read(|tx| tx.person_history(incident, person)).unwrap();
    let [notice] = &history[..] else { panic!("one notice") };
    assert_eq!(notice.wave, wave);
    assert_eq!(notice.tellings, [(cast.keys.line_id("L3"), facts())]);
    let places: Vec<_> = notice.targets.iter().map(|target| target.key).collect();
    assert_eq!(places, [all[3], all[4]]);
    assert!(notice.targets.iter().all(|target| target.person == person));
    assert_eq!((notice.targets[0].attempts.len(), notice.targets[1].attempts.len()), (1, 0));
    let nobody = person_id(&cast.keys, 99);
    assert_eq!(store.read(|tx| tx.person_history(incident, nobody)).unwrap(), []);
}

#[rstest]
fn a_signature_counts_for_the_statement_it_was_given(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = cast(backend, 1);
    let store = &cast.stage.store;
    let wave = draft(&cast, 2, 10);
    let staff = StaffId::from_bytes([4; 16]);
    let member = StaffMember {
        id: staff,
        name: "kim".to_owned(),
        roles: BTreeSet::from([StaffRole::Privacy]),
        added_at: at(0),
        retired_at: None,
        agency: None,
        paused_at: None,
    };
    store.write(|tx| tx.add_staff(&member)).unwrap();
    let approval = ApprovalRow {
        wave,
        staff,
        role: StaffRole::Privacy.code(),
        statement_sha256: STATEMENT,
        signature: [8; 64],
        at: at(7),
    };
    let of_another = ApprovalRow { statement_sha256: [6; 32], ..approval };
    let refused = store.write(|tx| tx.insert_approval(&of_another)).unwrap_err();
    assert_eq!(refused, StoreError::State("the statement is not the wave's"));
    store.write(|tx| tx.insert_approval(&approval)).unwrap();
    assert!(store.write(|tx| tx.insert_approval(&approval)).unwrap_err().is_conflict());
    assert_eq!(store.read(|tx| tx.approvals(wave)).unwrap(), [approval]);
    store.write(|tx| tx.drop_draft(cast.keys.incident())).unwrap();
    assert_eq!(store.read(|tx| tx.approvals(wave)).unwrap(), []);
}

#[rstest]
fn attempts_an_older_copy_does_not_know_are_adopted_in_doubt(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (cast, wave) = released(backend, 25, 10);
    let store = &cast.stage.store;
    let lost: Vec<_> =
        (1..=3).flat_map(|no| keys(store, wave, ChunkNo(no))).map(|key| attempt(key, 1)).collect();
    let adopted = store.write(|tx| tx.adopt_attempts(Rung::Lms, ROUTE, at(300), &lost)).unwrap();
    assert!(adopted.applied.iter().all(|applied| applied.after == Standing::InDoubt));
    assert_eq!(store.read(|tx| tx.doubts()).unwrap(), i64::try_from(lost.len()).unwrap());
    let counts = store.read(|tx| tx.wave_counts(wave)).unwrap();
    assert_eq!(counts.by_rung.len(), 1);
    assert_eq!(counts.by_rung[0].1.in_doubt, i32::try_from(lost.len()).unwrap());
    let echoed = receipt(lost[0].key, OutcomeKind::Delivered, 301, true);
    store.write(|tx| tx.commit_receipts(ROUTE, std::slice::from_ref(&echoed))).unwrap();
    assert_eq!(store.read(|tx| tx.wave_counts(wave)).unwrap().told, 1);
    assert_counters_hold(store, wave);
}

#[rstest]
fn what_a_wave_tells_reads_back(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let (cast, wave) = released(backend, 40, 10);
    let (store, incident) = (&cast.stage.store, cast.keys.incident());
    let ranges = || BucketRange::covering(40, 7);
    let tellings = ranges().flat_map(|range| store.read(|tx| tx.tellings_of(wave, range)).unwrap());
    assert_eq!(tellings.filter(|telling| telling.facts == facts()).count(), 40);
    let told = ranges().flat_map(|range| store.read(|tx| tx.told_in(incident, range)).unwrap());
    assert_eq!(told.filter(|(_, told)| told.facts == facts()).count(), 40);
    let waves = store.read(|tx| tx.waves_of(incident)).unwrap();
    assert_eq!(waves.len(), 1);
    assert_eq!((waves[0].counts.persons, waves[0].counts.copies), (40, 4));
}
