//! What staff may see and do, as rows: counts under many writers, honey, alarms, second looks, holds that wait for their owner.

use std::sync::Barrier;
use std::thread;

use chrono::TimeDelta;
use rstest::rstest;
use simrecall_core::access::limit::{Count, Limits, Load, Span};
use simrecall_core::id::{AlarmId, LookId, OrderId, TerminalId};
use simrecall_core::terminal::look::{Post, State};
use simrecall_store::StoreError;
use simrecall_store::alarm::{Alarm, AlarmKind, Closed};
use simrecall_store::call_code::CallCode;
use simrecall_store::honey::HoneyKind;
use simrecall_store::line_hold::{LineHold, NOT_ME};
use simrecall_store::look::{Asker, ImageAdded, Look, LookEnd, NewImage};
use simrecall_store::proof::{CaseProof, ProofKind};
use simrecall_store::staff_count::Tally;
use simrecall_tests::Backend;

use crate::law_stage::employ;
use crate::replacement_stage::{agencies, agency_id, applied, bytes, case, here, staff};
use crate::stage::{at, by_hand};
use crate::visit::winners;

/// Writers at once.
const WRITERS: usize = 8;

fn tally(who: u8, what: Count, span: Span) -> Tally {
    Tally { who: [who; 16], what, span, from: at(0) }
}

/// Eight at once count for a person and a terminal, each in a transaction that both counts have to allow: as many get through as the
/// lower bound says, and nothing of those that do not stays.
#[rstest]
fn limits_let_through_exactly_as_many_as_they_say(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = agencies(backend);
    let store = &stage.store;
    let limits = Limits::default();
    for what in Count::ALL {
        let bounds: Vec<(Span, i32)> = Span::ALL
            .into_iter()
            .filter_map(|span| Some((span, limits.most(what, span, Load::PLAIN)?)))
            .map(|(span, most)| (span, i32::try_from(most).unwrap()))
            .collect();
        let most = bounds.iter().map(|(_, most)| *most).min().unwrap();
        let tries = usize::try_from(most).unwrap() / WRITERS + 3;
        let start = Barrier::new(WRITERS);
        let through: usize = thread::scope(|scope| {
            let one = |writer: usize| {
                let (start, bounds) = (&start, &bounds);
                scope.spawn(move || {
                    start.wait();
                    let once = || {
                        store.write(|tx| {
                            // One person at two terminals: the person's count is what bounds.
                            let terminal = 100 + u8::try_from(writer % 2).unwrap();
                            for (span, most) in bounds {
                                for who in [1, terminal] {
                                    let room = tx.count_staff(&tally(who, what, *span), *most)?;
                                    room.ok_or(StoreError::State("full"))?;
                                }
                            }
                            Ok(())
                        })
                    };
                    (0..tries).filter(|_| once().is_ok()).count()
                })
            };
            let writers: Vec<_> = (0..WRITERS).map(one).collect();
            writers.into_iter().map(|one| one.join().unwrap()).sum()
        });
        assert_eq!(through, usize::try_from(most).unwrap(), "{what:?}");
        let counted = |who| {
            let (span, _) = bounds[0];
            store.read(|tx| tx.staff_counted(&tally(who, what, span))).unwrap()
        };
        assert_eq!(counted(1), most, "{what:?}");
        assert_eq!(counted(100) + counted(101), most, "what was refused left nothing: {what:?}");
    }
}

#[rstest]
fn windows_are_counted_apart_and_never_fall(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = agencies(backend);
    let store = &stage.store;
    let count = |at: &Tally, most| store.write(|tx| tx.count_staff(at, most)).unwrap();
    let first = tally(1, Count::Order, Span::Hour);
    let next = Tally { from: at(3_600), ..first };
    assert_eq!([count(&first, 2), count(&first, 2), count(&first, 2)], [Some(1), Some(2), None]);
    assert_eq!((count(&next, 2), count(&first, 0), count(&first, 3)), (Some(1), None, Some(3)));
    let all = store.read(|tx| tx.staff_counts(Count::Order, Span::Hour, at(0))).unwrap();
    assert_eq!(all, [([1; 16], 4)]);
    let late = store.read(|tx| tx.staff_counts(Count::Order, Span::Hour, at(1))).unwrap();
    assert_eq!(late, [([1; 16], 1)]);
    by_hand(&stage.url, "UPDATE staff_count SET spent = spent - 1").unwrap_err();
    store.write(|tx| tx.put_staff_load(at(0), 1_500)).unwrap();
    store.write(|tx| tx.put_staff_load(at(0), 1_900)).unwrap();
    assert_eq!(store.read(|tx| tx.staff_load(at(0))).unwrap(), Some(1_500));
    by_hand(&stage.url, "UPDATE staff_load SET thousandths = 2000").unwrap_err();
    assert_eq!(store.write(|tx| tx.purge_staff_counts(at(1))).unwrap(), 2);
    assert_eq!(store.read(|tx| tx.staff_counted(&next)).unwrap(), 1);
}

#[rstest]
fn subjects_count_once_until_their_swap(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = agencies(backend);
    let store = &stage.store;
    employ(store);
    let see = |who: u8, subject: u8, second| {
        store.write(|tx| tx.see_subject(staff(who), &[subject; 16], at(second))).unwrap();
    };
    for subject in 1..=5 {
        see(1, subject, 10);
        see(1, subject, 20);
    }
    see(2, 1, 10);
    // Back in time, as from a machine whose clock is behind: nothing changes.
    see(1, 5, 5);
    let own = |after| store.read(|tx| tx.subjects_of(staff(1), at(after))).unwrap();
    assert_eq!([own(0), own(19), own(20)], [5, 5, 0]);
    store.write(|tx| tx.subject_swapped(&[[1; 16], [2; 16]], at(30))).unwrap();
    store.write(|tx| tx.subject_swapped(&[], at(30))).unwrap();
    assert_eq!(own(0), 3);
    assert_eq!(store.read(|tx| tx.subjects_of_all(at(0))).unwrap(), [(staff(1), 3)]);
    by_hand(&stage.url, "UPDATE staff_subject SET swapped_at = NULL").unwrap_err();
}

#[rstest]
fn honey_is_found_by_its_hash_and_stays(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = agencies(backend);
    let store = &stage.store;
    employ(store);
    let put =
        |key: u8, kind| store.write(|tx| tx.put_honey(&[key; 16], kind, staff(1), at(0))).unwrap();
    assert_eq!(
        [put(1, HoneyKind::Number), put(1, HoneyKind::Number), put(2, HoneyKind::Code)],
        [true, false, true]
    );
    let is = |key: u8| store.read(|tx| tx.is_honey(&[key; 16])).unwrap();
    assert_eq!([is(1), is(2), is(3)], [true, true, false]);
    let counts = store.read(|tx| tx.count_honey()).unwrap();
    assert_eq!(counts, [(HoneyKind::Number, 1), (HoneyKind::Code, 1)]);
    by_hand(&stage.url, "DELETE FROM honey").unwrap_err();
    by_hand(&stage.url, "UPDATE honey SET kind = 2").unwrap_err();
}

fn alarm(n: u8, kind: AlarmKind, paused: bool) -> Alarm {
    Alarm {
        id: AlarmId::from_bytes([n; 16]),
        kind,
        staff: staff(1),
        terminal: Some(TerminalId::from_bytes([7; 16])),
        agency: Some(agency_id(1)),
        case: None,
        paused,
        order: OrderId::from_bytes([n; 16]),
        raised_at: at(n.into()),
        closed: None,
    }
}

#[rstest]
fn an_alarm_is_closed_by_somebody_else_and_a_pause_ends_with_the_last(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = agencies(backend);
    let store = &stage.store;
    employ(store);
    let raise = |alarm: &Alarm| store.write(|tx| tx.raise_alarm(alarm)).unwrap();
    assert!(raise(&alarm(1, AlarmKind::Drip, true)));
    assert!(!raise(&alarm(2, AlarmKind::Drip, true)), "one that is open rings once");
    assert!(raise(&alarm(3, AlarmKind::Honey, false)) && raise(&alarm(4, AlarmKind::Honey, true)));
    assert!(store.write(|tx| tx.pause_staff(staff(1), at(5))).unwrap());
    let close = |n: u8, by| {
        let id = AlarmId::from_bytes([n; 16]);
        store.write(|tx| tx.close_alarm(id, staff(by), at(9))).unwrap()
    };
    let paused = || store.read(|tx| tx.staff(staff(1))).unwrap().unwrap().paused_at.is_some();
    assert_eq!([close(1, 1), close(9, 2)], [Closed::Subject, Closed::NotOpen]);
    assert_eq!((close(1, 2), close(1, 2), paused()), (Closed::Done, Closed::NotOpen, true));
    assert_eq!((close(3, 2), paused()), (Closed::Done, true));
    assert_eq!((close(4, 3), paused()), (Closed::Done, false));
    assert!(raise(&alarm(5, AlarmKind::Drip, true)), "after the first is closed it rings again");
    let open = store.read(|tx| tx.alarms(true, 9)).unwrap();
    assert_eq!(
        open.iter().map(|one| one.id).collect::<Vec<_>>(),
        [alarm(5, AlarmKind::Drip, true).id]
    );
    assert_eq!(store.read(|tx| tx.alarms(false, 9)).unwrap().len(), 4);
    let honey = store.read(|tx| tx.alarms_of(staff(1), AlarmKind::Honey, at(4))).unwrap();
    assert_eq!(honey.len(), 1);
    by_hand(&stage.url, "UPDATE alarm SET closed_by = staff, closed_at = raised_at").unwrap_err();
    by_hand(&stage.url, "UPDATE alarm SET kind = 2 WHERE closed_at IS NULL").unwrap_err();
    by_hand(&stage.url, "DELETE FROM alarm").unwrap_err();
}

fn look(n: u8, second: i64) -> Look {
    Look {
        id: LookId::from_bytes([n; 16]),
        incident: here(),
        case: Some(case(n.into()).id),
        number: [n; 16],
        of: Some((case(n.into()).line, case(n.into()).person)),
        digits: 42,
        person: None,
        asked: Asker {
            staff: staff(1),
            terminal: TerminalId::from_bytes([1; 16]),
            agency: agency_id(1),
        },
        asked_at: at(second),
        state: State::Asked,
        taken: None,
        decided_at: None,
        reason: None,
        destroyed_at: None,
    }
}

fn post(n: u8) -> Post {
    let agency = (n < 3).then(|| agency_id(n));
    Post { staff: staff(n), terminal: Some(TerminalId::from_bytes([n; 16])), agency }
}

fn image(look: u8, no: i16, content: u8) -> NewImage {
    NewImage {
        look: LookId::from_bytes([look; 16]),
        no,
        incident: here(),
        content: [content; 32],
        sealed: vec![1, 2, 3],
        at: at(1),
    }
}

#[rstest]
fn one_of_many_takes_a_look_and_nobody_of_the_counter_does(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = agencies(backend);
    let store = &stage.store;
    employ(store);
    for n in 1..=2 {
        applied(store, n.into());
        assert!(store.write(|tx| tx.ask_look(&look(n, n.into()))).unwrap());
    }
    let again = Look { id: LookId::from_bytes([9; 16]), ..look(1, 5) };
    assert!(!store.write(|tx| tx.ask_look(&again)).unwrap(), "one of a case waits at a time");
    let id = look(1, 0).id;
    for own in [
        Post { staff: staff(1), ..post(2) },
        Post { terminal: post(1).terminal, ..post(2) },
        Post { agency: post(1).agency, ..post(2) },
    ] {
        store.write(|tx| tx.take_look(id, &own, at(9))).unwrap_err();
    }
    assert_eq!(
        winners(store, |store| store.write(|tx| tx.take_look(id, &post(3), at(9))).unwrap()),
        1
    );
    let taken = store.read(|tx| tx.look_taken_by(staff(3))).unwrap().unwrap();
    assert_eq!((taken.id, taken.taken), (id, Some((post(3), at(9)))));
    let waiting = store.read(|tx| tx.looks_in(State::Asked, 9)).unwrap();
    assert_eq!(waiting.iter().map(|one| one.id).collect::<Vec<_>>(), [look(2, 0).id]);
    let end = |from, to| LookEnd { from, to, at: at(20), reason: None, case: None };
    let done = |end: &LookEnd<'_>| store.write(|tx| tx.end_look(id, end)).unwrap();
    assert!(!done(&end(State::Asked, State::Lapsed)));
    let yes = end(State::Taken, State::Approved);
    assert_eq!(winners(store, |store| store.write(|tx| tx.end_look(id, &yes)).unwrap()), 1);
    assert!(!done(&end(State::Taken, State::Denied)), "what was answered is answered");
    by_hand(&stage.url, "UPDATE look SET state = 2 WHERE state = 3").unwrap_err();
    by_hand(&stage.url, "DELETE FROM look").unwrap_err();
}

#[rstest]
fn an_image_is_shown_once_and_destroyed_for_good(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = agencies(backend);
    let store = &stage.store;
    employ(store);
    for n in 1..=2 {
        applied(store, n.into());
        assert!(store.write(|tx| tx.ask_look(&look(n, n.into()))).unwrap());
    }
    let add = |image: &NewImage| store.write(|tx| tx.add_look_image(image)).unwrap();
    assert_eq!(
        [
            add(&image(1, 1, 1)),
            add(&image(1, 1, 1)),
            add(&image(1, 1, 2)),
            add(&image(1, 2, 1)),
            add(&image(2, 1, 1)),
            add(&image(1, 2, 3)),
        ],
        [
            ImageAdded::Yes,
            ImageAdded::Again,
            ImageAdded::Taken,
            ImageAdded::SeenBefore,
            ImageAdded::SeenBefore,
            ImageAdded::Yes,
        ]
    );
    let id = look(1, 0).id;
    assert_eq!(store.read(|tx| tx.look_images(id)).unwrap(), [1, 2]);
    let seen = || store.read(|tx| tx.look_images_seen(id)).unwrap();
    assert_eq!(seen(), [0_i16; 0]);
    for second in 3..5 {
        store.write(|tx| tx.see_look_image(id, 2, at(second))).unwrap();
        assert_eq!(seen(), [2]);
    }
    for change in ["seen_at = NULL", "sealed = content_ix", "no = 3"] {
        by_hand(&stage.url, &format!("UPDATE look_image SET {change} WHERE no = 2")).unwrap_err();
    }
    assert_eq!(store.read(|tx| tx.look_image(id, 1)).unwrap(), Some(vec![1, 2, 3]));
    assert_eq!(store.write(|tx| tx.destroy_look(id, at(9))).unwrap(), None, "it is not over");
    let end =
        LookEnd { from: State::Asked, to: State::Lapsed, at: at(9), reason: None, case: None };
    assert!(store.write(|tx| tx.end_look(id, &end)).unwrap());
    let due = |at, past| store.read(|tx| tx.looks_to_destroy(at, past, 9)).unwrap().len();
    assert_eq!([due(at(8), None), due(at(9), None), due(at(9), Some((at(9), id)))], [0, 1, 0]);
    assert_eq!(store.write(|tx| tx.destroy_look(id, at(10))).unwrap(), Some(2));
    assert_eq!(store.write(|tx| tx.destroy_look(id, at(10))).unwrap(), None);
    assert_eq!(store.read(|tx| tx.look_image(id, 1)).unwrap(), None);
    assert_eq!(add(&image(2, 3, 1)), ImageAdded::SeenBefore, "its hash stays");
    by_hand(&stage.url, "DELETE FROM look_image").unwrap_err();
}

/// A hold of the first line, by somebody or by the rules.
fn hold(by: Option<u8>, reason: &str) -> LineHold {
    LineHold {
        number: [1; 16],
        raised_at: at(10),
        by: by.map(staff),
        reason: reason.to_owned(),
        case: None,
        cleared: None,
        owner_agreed_at: None,
    }
}

#[rstest]
fn a_hold_that_its_owner_raised_waits_for_them(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = agencies(backend);
    let store = &stage.store;
    employ(store);
    let clear =
        |second| store.write(|tx| tx.clear_line_hold(&[1; 16], staff(2), at(second))).unwrap();
    let agree = |second| store.write(|tx| tx.agree_to_clear(&[1; 16], at(second))).unwrap();
    for other in [hold(Some(1), NOT_ME), hold(None, "proofs_failed")] {
        assert!(store.write(|tx| tx.raise_line_hold(&other)).unwrap());
        assert_eq!((other.is_owners(), agree(11), clear(12)), (false, false, true));
    }
    assert!(store.write(|tx| tx.raise_line_hold(&hold(None, NOT_ME))).unwrap());
    assert!(!clear(12), "nobody overrides what a customer said");
    by_hand(
        &stage.url,
        "UPDATE line_hold SET cleared_at = raised_at, cleared_by = NULL WHERE cleared_at IS NULL",
    )
    .unwrap_err();
    assert!(!agree(10), "what was proved before the hold agrees to nothing");
    assert!(agree(13) && agree(14));
    let held = store.read(|tx| tx.line_holds(&[1; 16])).unwrap();
    assert_eq!(held.last().unwrap().owner_agreed_at, Some(at(13)));
    assert!(clear(15) && !agree(16));
}

/// What a customer says is kept whoever held the line before, and nobody's clearing of the one ends the other.
#[rstest]
fn a_line_is_held_by_its_owner_beside_anybody_else(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = agencies(backend);
    let store = &stage.store;
    employ(store);
    let raise = |hold: LineHold| store.write(|tx| tx.raise_line_hold(&hold)).unwrap();
    let held = || store.read(|tx| tx.line_is_held(&[1; 16])).unwrap();
    let clear =
        |second| store.write(|tx| tx.clear_line_hold(&[1; 16], staff(2), at(second))).unwrap();
    assert_eq!([raise(hold(Some(1), "caller")), raise(hold(None, NOT_ME))], [true, true]);
    assert_eq!(
        [raise(hold(Some(2), NOT_ME)), raise(hold(None, "proofs_failed"))],
        [false, false],
        "one of anybody's"
    );
    assert_eq!(
        winners(store, |store| store.write(|tx| tx.raise_line_hold(&hold(None, NOT_ME))).unwrap()),
        0
    );
    assert_eq!([clear(12), held(), clear(12), held()], [true, true, false, true]);
    assert!(store.write(|tx| tx.agree_to_clear(&[1; 16], at(13))).unwrap());
    assert_eq!([clear(14), held()], [true, false]);
    // Where both may end, both do.
    assert_eq!([raise(hold(None, NOT_ME)), raise(hold(Some(1), "caller"))], [true, true]);
    assert!(store.write(|tx| tx.agree_to_clear(&[1; 16], at(16))).unwrap());
    assert_eq!([clear(17), held(), clear(18)], [true, false, false]);
}

#[rstest]
fn failed_proofs_are_counted_over_all_cases_of_a_line(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = agencies(backend);
    let store = &stage.store;
    applied(store, 1);
    let prove = |n: u32, passed, second| {
        let proof = CaseProof {
            no: 0,
            kind: ProofKind::Seen,
            passed,
            by: Some(staff(1)),
            terminal: Some(TerminalId::from_bytes([4; 16])),
            agency: Some(agency_id(1)),
            made_at: at(second),
            used_at: None,
        };
        store.write(|tx| tx.add_case_proof(here(), case(n).id, &proof)).unwrap();
        proof
    };
    applied(store, 3);
    let first = prove(1, false, 10);
    prove(1, true, 11);
    prove(1, false, 20);
    prove(3, false, 20);
    let failed =
        |since| store.read(|tx| tx.failed_proofs(here(), case(1).line, at(since))).unwrap();
    assert_eq!([failed(0), failed(11), failed(21)], [2, 1, 0]);
    let kept = store.read(|tx| tx.case_proofs(here(), case(1).id)).unwrap();
    assert_eq!(kept[0], CaseProof { no: 1, ..first });
}

#[rstest]
fn digits_name_one_case_while_they_are_shown(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = agencies(backend);
    let store = &stage.store;
    let code = |n: u32, digits: u8, until| CallCode {
        code: [digits; 32],
        case: (here(), case(n).id),
        salt: bytes(n),
        until: at(until),
    };
    let show = |code: &CallCode, now| store.write(|tx| tx.show_call_code(code, at(now))).unwrap();
    assert!(show(&code(1, 1, 600), 0));
    assert!(!show(&code(2, 1, 600), 1), "these digits name another case");
    assert!(show(&code(2, 2, 601), 1) && show(&code(1, 3, 602), 2));
    let named = |digits: u8, now| {
        let found = store.read(|tx| tx.call_code(&[digits; 32], at(now))).unwrap();
        found.map(|found| found.case.1)
    };
    assert_eq!([named(1, 3), named(2, 3), named(3, 3)], [None, Some(case(2).id), Some(case(1).id)]);
    assert_eq!((named(2, 601), named(3, 601)), (None, Some(case(1).id)));
    assert!(show(&code(3, 2, 1_300), 700), "what is over is free again");
    let of = |n: u32| store.read(|tx| tx.call_code_of(here(), case(n).id, at(701))).unwrap();
    assert_eq!((of(1), of(3).map(|one| one.until)), (None, Some(at(700) + TimeDelta::minutes(10))));
}
