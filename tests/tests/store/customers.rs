//! What customers were told and asked for, and what goes with an incident that is erased.

use rstest::rstest;
use simrecall_core::access::StaffRole;
use simrecall_core::claim::{Kind, Source, StateKind as Step};
use simrecall_core::cohort::{Exposure, FactSet, Item, ItemSet};
use simrecall_core::id::{CaseId, ClaimId, ReportId, RevisionNo};
use simrecall_core::incident::{Channel, IncidentState};
use simrecall_core::protection::StateKind;
use simrecall_core::replacement::{Event, State};
use simrecall_core::selfcheck::{Seen, Standing, Subject};
use simrecall_store::claim::{Claim, ClaimEvent, ClaimStep};
use simrecall_store::cohort::NewExposure;
use simrecall_store::fake_report::FakeReport;
use simrecall_store::incident::NamedChannel;
use simrecall_store::law::About;
use simrecall_store::protection::Protection;
use simrecall_store::replacement::{CaseMove, Moved, PlaceChange, ReplacementCase};
use simrecall_store::seal::Table;
use simrecall_store::selfcheck::{Released, ToldHere};
use simrecall_store::{Store, StoreError};
use simrecall_tests::Backend;

use crate::law_stage::{agreement, employ, staff, suppression};
use crate::ledger_stage::{STATEMENT, draft};
use crate::stage::{Cast, at, by_hand, cast, line_id, person_id, stage};
use crate::visit::{visit, winners};

fn case(cast: &Cast, line: usize, n: u8) -> ReplacementCase {
    let (incident, id) = (cast.keys.incident(), CaseId::from_bytes([n; 16]));
    let (line, person) = (line_id(&cast.keys, line), person_id(&cast.keys, line));
    ReplacementCase::applied(incident, line, id, person, at(n.into()))
}

fn cancel(store: &Store, case: &ReplacementCase) -> Moved {
    let step = CaseMove {
        case,
        event: Event::Cancel,
        to: State::Cancelled,
        place: PlaceChange::Leave,
        by: None,
        agency: None,
        at: at(50),
    };
    store.write(|tx| tx.move_case(&step)).unwrap()
}

pub(crate) fn claim(cast: &Cast, n: u8) -> Claim {
    let id = ClaimId::from_bytes([n; 16]);
    Claim {
        incident: cast.keys.incident(),
        id,
        person: person_id(&cast.keys, 0),
        line: line_id(&cast.keys, 0),
        state: Step::Draft,
        outside_cohort: false,
        sealed: cast.keys.seal(Table::Claim, id.as_bytes(), b"50000 won").unwrap(),
        made_at: at(i64::from(n)),
        changed_at: at(i64::from(n)),
        kind: Kind::Loss,
        source: Source::Customer,
        reference: None,
        appeal_until: None,
    }
}

pub(crate) fn step(cast: &Cast, n: u8, from: Step, to: Step) -> bool {
    let step = ClaimStep {
        incident: cast.keys.incident(),
        id: ClaimId::from_bytes([n; 16]),
        from,
        to,
        outside_cohort: (to == Step::Submitted).then_some(n == 2),
        sealed: None,
        by: (to == Step::UnderReview).then(|| staff(1)),
        also_by: None,
        at: at(100),
    };
    cast.stage.store.write(|tx| tx.step_claim(&step)).unwrap().is_some()
}

fn protection(state: StateKind, second: i64) -> Protection {
    Protection { imsi: [3; 16], state, since: at(second), sealed: vec![1, 2, 3] }
}

#[rstest]
fn what_may_be_told_is_the_highest_revision_of_a_released_wave(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = cast(backend, 1);
    let (store, id) = (&cast.stage.store, cast.keys.incident());
    let person = person_id(&cast.keys, 0);
    let released = || store.read(|tx| tx.released_revision(id)).unwrap();
    let history = || store.read(|tx| tx.person_history_released(id, person)).unwrap();
    let planned = draft(&cast, 2, 10);
    assert_eq!((released(), history()), (None, vec![]));
    assert_eq!(store.read(|tx| tx.person_history(id, person)).unwrap().len(), 1);
    store.write(|tx| tx.release(planned, &STATEMENT, at(10))).unwrap();
    let first = Released { revision: RevisionNo(1), at: at(10) };
    assert_eq!(released(), Some(first));
    let told = history();
    assert_eq!(told.iter().map(|notice| notice.wave).collect::<Vec<_>>(), [planned]);
    assert_eq!(told, store.read(|tx| tx.person_history(id, person)).unwrap());
}

#[rstest]
fn what_a_revision_touched_is_of_anybody(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = cast(backend, 1);
    let touched = |no| {
        let id = cast.keys.incident();
        cast.stage.store.read(|tx| tx.touched(id, RevisionNo(no))).unwrap()
    };
    let no = crate::cohort::begin(&cast);
    let of = [
        FactSet::new(ItemSet::EMPTY.with(Item::Imei), ItemSet::EMPTY),
        FactSet::new(ItemSet::EMPTY.with(Item::Imsi), ItemSet::EMPTY),
        FactSet::new(ItemSet::EMPTY, ItemSet::EMPTY.with(Item::Imsi)),
        FactSet::new(ItemSet::EMPTY.with(Item::Imei), ItemSet::EMPTY),
    ];
    let rows = of.into_iter().enumerate().map(|(n, facts)| {
        let (holder, line) = (person_id(&cast.keys, n), line_id(&cast.keys, n));
        let exposure = Exposure { holder, line, facts, exposed_at: at(0) };
        Ok::<_, StoreError>(NewExposure { exposure, record: None })
    });
    cast.stage.store.load_exposures(&cast.keys, no, rows).unwrap();
    let expected = FactSet::new(ItemSet::EMPTY.with(Item::Imei), ItemSet::EMPTY.with(Item::Imsi));
    assert_eq!((touched(1), touched(2)), (expected, FactSet::EMPTY));
}

#[rstest]
fn what_the_page_said_is_kept_once_for_each_subject(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = cast(backend, 1);
    let (store, id) = (&cast.stage.store, cast.keys.incident());
    let told = |revision, standing, second| {
        let seen = Seen {
            revision: RevisionNo(revision),
            standing,
            possible: ItemSet::EMPTY.with(Item::Location),
            confirmed: ItemSet::EMPTY.with(Item::Imsi),
        };
        ToldHere { seen, at: at(second) }
    };
    let person = Subject::Person(person_id(&cast.keys, 0));
    let line = Subject::Line(line_id(&cast.keys, 0));
    let read = |subject| store.read(|tx| tx.told_here(id, subject)).unwrap();
    let tell = |subject, told| store.write(|tx| tx.tell_here(id, subject, &told)).unwrap();
    assert_eq!(read(person), None);
    tell(person, told(2, Standing::Leaked, 5));
    tell(line, told(2, Standing::Possibly, 6));
    tell(person, told(3, Standing::Possibly, 7));
    assert_eq!(read(person), Some(told(3, Standing::Possibly, 7)));
    assert_eq!(read(line), Some(told(2, Standing::Possibly, 6)));
    // A slow process that still looks at the older list.
    tell(person, told(2, Standing::Leaked, 8));
    assert_eq!(read(person), Some(told(3, Standing::Possibly, 7)));
    assert_eq!(by_hand(&cast.stage.url, "SELECT count(*) FROM told_here").unwrap(), "2");
}

#[rstest]
fn a_person_is_suppressed_from_the_second_agreement(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = cast(backend, 2);
    let (store, id) = (&cast.stage.store, cast.keys.incident());
    employ(store);
    store.write(|tx| tx.add_suppression(id, &suppression(&cast, 0))).unwrap();
    let of = |n| store.read(|tx| tx.suppressions_of(id, person_id(&cast.keys, n))).unwrap().len();
    let agree = |n, role| {
        let one = agreement(n, role);
        store.write(|tx| tx.agree(id, About::Suppression, 1, &one)).unwrap();
    };
    agree(1, StaffRole::Legal);
    assert_eq!([of(0), of(1)], [0, 0]);
    agree(2, StaffRole::Privacy);
    assert_eq!([of(0), of(1)], [1, 0]);
}

#[rstest]
fn a_line_has_one_open_case(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let cast = cast(backend, 2);
    let (store, id) = (&cast.stage.store, cast.keys.incident());
    let apply = |case: &ReplacementCase| store.write(|tx| tx.apply_for_replacement(case)).unwrap();
    let (first, second) = (case(&cast, 0, 1), case(&cast, 0, 2));
    assert_eq!([apply(&first), apply(&second), apply(&case(&cast, 1, 3))], [true, false, true]);
    assert_eq!([(); 2].map(|()| cancel(store, &first)), [Moved::Done, Moved::Elsewhere]);
    assert!(apply(&second));
    let lines = [line_id(&cast.keys, 0)];
    let cancelled =
        ReplacementCase { state: State::Cancelled, changed_at: at(50), version: 1, ..first };
    let found = store.read(|tx| tx.replacements_of(id, &lines)).unwrap();
    assert_eq!(found, [cancelled, second]);
    let other = "UPDATE replacement_case SET person = line";
    let refused = by_hand(&cast.stage.url, other).unwrap_err();
    assert!(refused.contains("replacement_case rows are immutable"), "{refused}");
    by_hand(&cast.stage.url, "DELETE FROM replacement_case").unwrap_err();
}

#[rstest]
fn of_many_who_apply_at_once_one_does(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = cast(backend, 1);
    let next = std::sync::atomic::AtomicU8::new(1);
    let applied = winners(&cast.stage.store, |store| {
        let n = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        store.write(|tx| tx.apply_for_replacement(&case(&cast, 0, n))).unwrap()
    });
    assert_eq!(applied, 1);
    let tied = winners(&cast.stage.store, |store| {
        let to = protection(StateKind::Requested, 1);
        store.write(|tx| tx.step_protection(StateKind::Off, &to)).unwrap()
    });
    assert_eq!(tied, 1);
}

#[rstest]
fn a_protection_moves_from_where_it_is(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = stage(backend);
    let go = |from, to, second| {
        stage.store.write(|tx| tx.step_protection(from, &protection(to, second))).unwrap()
    };
    let waiting = || stage.store.read(|tx| tx.protections_in(StateKind::Requested, 9)).unwrap();
    assert!(!go(StateKind::Requested, StateKind::On, 1));
    assert!(go(StateKind::Off, StateKind::Requested, 2));
    assert_eq!(waiting(), [protection(StateKind::Requested, 2)]);
    assert!(!go(StateKind::Off, StateKind::Requested, 3));
    assert!(go(StateKind::Requested, StateKind::On, 4));
    assert!(go(StateKind::On, StateKind::Off, 5));
    assert!(go(StateKind::Off, StateKind::Requested, 6));
    let found = stage.store.read(|tx| tx.protections_of(&[[9; 16], [3; 16]])).unwrap();
    assert_eq!(found, [protection(StateKind::Requested, 6)]);
}

#[rstest]
fn a_claim_keeps_every_step(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let cast = cast(backend, 2);
    let (store, id) = (&cast.stage.store, cast.keys.incident());
    for n in [1, 2] {
        store.write(|tx| tx.draft_claim(&claim(&cast, n))).unwrap();
    }
    let redraft = |claim: &Claim| store.write(|tx| tx.redraft_claim(claim)).unwrap();
    let anew = Claim { line: line_id(&cast.keys, 1), changed_at: at(50), ..claim(&cast, 1) };
    assert!(redraft(&anew));
    assert!(!redraft(&Claim { person: person_id(&cast.keys, 1), ..claim(&cast, 1) }));
    assert!(step(&cast, 1, Step::Draft, Step::Submitted));
    assert!(!step(&cast, 1, Step::Draft, Step::Submitted));
    assert!(!redraft(&anew));
    assert!(step(&cast, 1, Step::Submitted, Step::UnderReview));
    assert!(step(&cast, 2, Step::Draft, Step::Submitted));
    let event = |from, to, by| ClaimEvent { from, to, by, also_by: None, at: at(100) };
    assert_eq!(
        store.read(|tx| tx.claim_events(id, claim(&cast, 1).id)).unwrap(),
        [
            event(Step::Draft, Step::Submitted, None),
            event(Step::Submitted, Step::UnderReview, Some(staff(1)))
        ]
    );
    let reviewed = Claim { state: Step::UnderReview, changed_at: at(100), ..anew };
    let outside = Claim {
        state: Step::Submitted,
        outside_cohort: true,
        changed_at: at(100),
        ..claim(&cast, 2)
    };
    let mut reviewed = reviewed;
    let mut outside = outside;
    reviewed.sealed = store.read(|tx| tx.claim(id, reviewed.id)).unwrap().unwrap().sealed;
    outside.sealed = store.read(|tx| tx.claim(id, outside.id)).unwrap().unwrap().sealed;
    let of = store.read(|tx| tx.claims_of(id, person_id(&cast.keys, 0))).unwrap();
    assert_eq!(of, [reviewed, outside.clone()]);
    let submitted = store.read(|tx| tx.claims_in(id, &[Step::Submitted], 9)).unwrap();
    assert_eq!(submitted, [outside.clone()]);
    assert_eq!(store.read(|tx| tx.claims_outside(id)).unwrap(), [outside]);
    assert_eq!(store.read(|tx| tx.open_claims(id, at(0))).unwrap(), 2);
    for change in [
        "UPDATE claim SET line = person",
        "UPDATE claim SET person = line",
        "DELETE FROM claim_event",
    ] {
        let refused = by_hand(&cast.stage.url, change).unwrap_err();
        assert!(refused.contains("rows are immutable"), "{change}: {refused}");
    }
}

#[rstest]
fn of_many_who_hand_in_a_claim_at_once_one_does(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = cast(backend, 1);
    let id = cast.keys.incident();
    cast.stage.store.write(|tx| tx.draft_claim(&claim(&cast, 1))).unwrap();
    let handed = winners(&cast.stage.store, |_| step(&cast, 1, Step::Draft, Step::Submitted));
    let events = cast.stage.store.read(|tx| tx.claim_events(id, claim(&cast, 1).id)).unwrap();
    assert_eq!((handed, events.len()), (1, 1));
}

#[rstest]
fn the_inbox_holds_so_many_and_no_more(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let stage = stage(backend);
    let next = std::sync::atomic::AtomicU8::new(1);
    let report = |n: u8| FakeReport {
        id: ReportId::from_bytes([n; 16]),
        reported_at: at(i64::from(n)),
        sealed: vec![n],
    };
    let kept = winners(&stage.store, |store| {
        let n = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        store.write(|tx| tx.put_fake_report(&report(n), 5)).unwrap()
    });
    assert_eq!(kept, 5);
    let inbox = stage.store.read(|tx| tx.fake_reports(9)).unwrap();
    assert_eq!(inbox.len(), 5);
    assert!(inbox.is_sorted_by_key(|report| report.reported_at));
    let first = inbox[0].clone();
    assert_eq!(stage.store.read(|tx| tx.fake_report(first.id)).unwrap(), Some(first.clone()));
    let taken =
        winners(&stage.store, |store| store.write(|tx| tx.drop_fake_report(first.id)).unwrap());
    assert_eq!(taken, 1);
    assert!(stage.store.write(|tx| tx.put_fake_report(&report(99), 5)).unwrap());
}

#[rstest]
fn a_channel_that_is_named_stays_named(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = cast(backend, 1);
    let (store, id) = (&cast.stage.store, cast.keys.incident());
    let named = |channel| NamedChannel {
        channel,
        reason: "mail server read by strangers".to_owned(),
        by: staff(1),
        at: at(7),
    };
    let name = |channel| store.write(|tx| tx.name_compromised(id, &named(channel))).unwrap();
    let before = store.read(|tx| tx.incident(id)).unwrap().unwrap();
    assert!(!before.compromised.contains(&Channel::Email));
    assert_eq!([Channel::Sms, Channel::Email, Channel::Email].map(name), [false, true, false]);
    let after = store.read(|tx| tx.incident(id)).unwrap().unwrap();
    assert!(after.compromised.is_superset(&before.compromised));
    assert!(after.compromised.contains(&Channel::Email));
    let by_code = store.read(|tx| tx.incident_by_code(&after.code)).unwrap();
    assert_eq!(by_code, Some(after.clone()));
    assert_eq!(store.read(|tx| tx.incidents()).unwrap(), [after]);
    assert_eq!(store.read(|tx| tx.named_channels(id)).unwrap(), [named(Channel::Email)]);
    for change in ["DELETE FROM incident_channel", "UPDATE incident_channel SET channel = 'sms'"] {
        let refused = by_hand(&cast.stage.url, change).unwrap_err();
        assert!(refused.contains("incident_channel rows are immutable"), "{refused}");
    }
}

#[rstest]
fn an_open_claim_keeps_its_incident_and_the_rest_goes_with_it(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = cast(backend, 2);
    let (store, id) = (&cast.stage.store, cast.keys.incident());
    let erase = || store.write(|tx| tx.set_incident_state(id, IncidentState::Erasing));
    let seen = Seen {
        revision: RevisionNo(1),
        standing: Standing::NotFound,
        possible: ItemSet::EMPTY,
        confirmed: ItemSet::EMPTY,
    };
    let left_behind = store.write(|tx| {
        tx.start_session(&visit(1))?;
        tx.put_request(&crate::visit::request(1))?;
        let subject = Subject::Person(person_id(&cast.keys, 0));
        tx.tell_here(id, subject, &ToldHere { seen, at: at(1) })?;
        tx.step_protection(StateKind::Off, &protection(StateKind::Requested, 1))?;
        tx.draft_claim(&claim(&cast, 1))?;
        tx.draft_claim(&claim(&cast, 2))
    });
    left_behind.unwrap();
    assert!(step(&cast, 1, Step::Draft, Step::Submitted));
    assert_eq!(erase(), Err(StoreError::OpenClaims));
    assert!(matches!(store.write(|tx| tx.erase_customers(id)), Err(StoreError::State(_))));
    assert!(step(&cast, 1, Step::Submitted, Step::Withdrawn));
    assert!(store.write(|tx| tx.apply_for_replacement(&case(&cast, 0, 1))).unwrap());
    assert_eq!(erase(), Err(StoreError::OpenReplacements));
    assert_eq!(cancel(store, &case(&cast, 0, 1)), Moved::Done);
    // A draft was handed to nobody.
    erase().unwrap();
    let late = store.write(|tx| tx.draft_claim(&claim(&cast, 3)));
    assert!(matches!(late, Err(StoreError::State(_))), "{late:?}");
    store.write(|tx| tx.erase_customers(id)).unwrap();
    for table in [
        "session",
        "proof_request",
        "told_here",
        "replacement_case",
        "case_event",
        "claim",
        "claim_event",
    ] {
        let left = by_hand(&cast.stage.url, &format!("SELECT count(*) FROM {table}")).unwrap();
        assert_eq!(left, "0", "{table}");
    }
    assert_eq!(by_hand(&cast.stage.url, "SELECT count(*) FROM protection").unwrap(), "1");
}
