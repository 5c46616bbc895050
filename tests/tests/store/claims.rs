//! Money: who found a claim, how long it may be objected to, what is told of it, and what is paid once.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rstest::rstest;
use simrecall_core::claim::{Kind, Source, StateKind as Step};
use simrecall_core::id::{AboutId, ClaimId, PaymentId};
use simrecall_core::incident::IncidentState;
use simrecall_core::replacement::told::Lately;
use simrecall_store::case_notice::{
    CaseChannel, CaseNoticeKind, CaseNoticeState, NewCaseNotice, Recipient,
};
use simrecall_store::claim::{Claim, ClaimStep};
use simrecall_store::payment::{NewPayment, PayResult};
use simrecall_store::{Store, StoreError};
use simrecall_tests::Backend;

use crate::customers::{claim, step};
use crate::law_stage::staff;
use crate::stage::{Cast, at, by_hand, cast};
use crate::visit::winners;

fn id(n: u8) -> ClaimId {
    ClaimId::from_bytes([n; 16])
}

fn drafted(cast: &Cast, n: u8) {
    cast.stage.store.write(|tx| tx.draft_claim(&claim(cast, n))).unwrap();
}

/// Brings a claim along these states.
fn walk(cast: &Cast, n: u8, states: &[Step]) {
    let mut from = Step::Draft;
    for to in states {
        assert!(step(cast, n, from, *to), "{} to {}", from.name(), to.name());
        from = *to;
    }
}

const SCHEDULED: [Step; 4] = [Step::Submitted, Step::UnderReview, Step::Approved, Step::Scheduled];
const REJECTED: [Step; 3] = [Step::Submitted, Step::UnderReview, Step::Rejected];

fn pay_day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 10, day).unwrap()
}

fn payment(cast: &Cast, n: u8, no: u8) -> NewPayment {
    NewPayment {
        id: PaymentId::from_bytes([no; 16]),
        incident: cast.keys.incident(),
        claim: id(n),
        pay_on: pay_day(10),
        by: staff(1),
        also_by: staff(2),
        at: at(200),
    }
}

fn put(store: &Store, payment: &NewPayment) -> bool {
    store.write(|tx| tx.put_payment(payment)).unwrap()
}

#[rstest]
fn one_payment_of_a_claim_is_open_and_one_is_ever_paid(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = cast(backend, 1);
    let (store, incident) = (&cast.stage.store, cast.keys.incident());
    drafted(&cast, 1);
    walk(&cast, 1, &SCHEDULED[..3]);
    assert!(!put(store, &payment(&cast, 1, 1)), "no day is set");
    assert!(step(&cast, 1, Step::Approved, Step::Scheduled));
    let next = std::sync::atomic::AtomicU8::new(1);
    let put_one = |store: &Store| {
        let no = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        put(store, &payment(&cast, 1, no))
    };
    assert_eq!(winners(store, put_one), 1);
    let open = store.read(|tx| tx.open_payments(incident, pay_day(10))).unwrap();
    assert_eq!((open.len(), open[0].no, open[0].result), (1, 1, None));
    assert_eq!(store.read(|tx| tx.open_payments(incident, pay_day(11))).unwrap(), []);
    let first = open[0].new.id;
    let settle = |id, result| store.write(|tx| tx.settle_payment(id, result, at(300))).unwrap();
    assert_eq!(
        winners(store, |store| {
            store.write(|tx| tx.settle_payment(first, PayResult::Failed, at(300))).unwrap()
        }),
        1
    );
    // A late word of an older payment moves nothing.
    assert!(!settle(first, PayResult::Paid));
    assert!(step(&cast, 1, Step::Scheduled, Step::PayFailed));
    assert!(!put(store, &payment(&cast, 1, 101)), "it failed, and no other day is set");
    assert!(step(&cast, 1, Step::PayFailed, Step::Scheduled));
    assert!(put(store, &payment(&cast, 1, 101)));
    assert!(settle(PaymentId::from_bytes([101; 16]), PayResult::Paid));
    assert!(!put(store, &payment(&cast, 1, 102)), "it was paid");
    let all = store.read(|tx| tx.payments_of(incident, id(1))).unwrap();
    let story: Vec<_> = all.iter().map(|one| (one.no, one.result)).collect();
    assert_eq!(story, [(1, Some(PayResult::Failed)), (2, Some(PayResult::Paid))]);
    assert_eq!(store.read(|tx| tx.payments(incident)).unwrap(), all);
    assert_eq!(store.read(|tx| tx.payment(first)).unwrap(), Some(all[0]));
    for change in [
        "UPDATE payment SET pay_on = pay_on + 1",
        "UPDATE payment SET result = 1",
        "UPDATE payment SET also_by = claim",
        "DELETE FROM payment",
    ] {
        let refused = by_hand(&cast.stage.url, change).unwrap_err();
        assert!(refused.contains("rows are immutable"), "{change}: {refused}");
    }
}

#[rstest]
fn who_may_object_keeps_the_incident(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = cast(backend, 1);
    let (store, incident) = (&cast.stage.store, cast.keys.incident());
    let erase = || store.write(|tx| tx.set_incident_state(incident, IncidentState::Erasing));
    let open = |now: DateTime<Utc>| store.read(|tx| tx.open_claims(incident, now)).unwrap();
    let appeal = |n, until| store.write(|tx| tx.begin_appeal(incident, id(n), until)).unwrap();
    for n in [1, 2] {
        drafted(&cast, n);
        walk(&cast, n, &REJECTED);
    }
    assert_eq!((erase(), open(at(0))), (Err(StoreError::OpenClaims), 2));
    // It began and is over, by any clock.
    assert!(appeal(1, at(10)));
    assert!(!appeal(1, at(99)), "a time that began is not moved");
    assert_eq!([at(9), at(10)].map(open), [2, 1]);
    let far: DateTime<Utc> = "2100-01-01T00:00:00Z".parse().unwrap();
    assert!(appeal(2, far));
    assert_eq!((erase(), open(at(10))), (Err(StoreError::OpenClaims), 1));
    let kept = store.read(|tx| tx.claim(incident, id(2))).unwrap().unwrap();
    assert_eq!(kept.appeal_until, Some(far));
    // An objection ends the time, and the next decision begins none by itself.
    assert!(step(&cast, 2, Step::Rejected, Step::Appealed));
    assert!(!appeal(2, at(10)), "nothing is decided");
    assert!(step(&cast, 2, Step::Appealed, Step::UnderReview));
    assert!(step(&cast, 2, Step::UnderReview, Step::Rejected));
    let again = store.read(|tx| tx.claim(incident, id(2))).unwrap().unwrap();
    assert_eq!(again.appeal_until, None);
    assert!(appeal(2, at(10)));
    assert_eq!(open(at(10)), 0);
    erase().unwrap();
}

#[rstest]
fn what_was_found_is_found_once(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let cast = cast(backend, 1);
    let (store, incident) = (&cast.stage.store, cast.keys.incident());
    let found = |n, reference: u8| Claim {
        source: Source::Carrier,
        reference: Some([reference; 16]),
        ..claim(&cast, n)
    };
    let next = std::sync::atomic::AtomicU8::new(1);
    let begun = winners(store, |store| {
        let n = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        match store.write(|tx| tx.draft_claim(&found(n, 7))) {
            Ok(()) => true,
            Err(error) => {
                assert!(error.is_conflict(), "{error}");
                false
            }
        }
    });
    assert_eq!(begun, 1);
    let asked = [[7; 16], [8; 16]];
    let known = store.read(|tx| tx.claim_references(incident, &asked)).unwrap();
    assert_eq!(known, [[7; 16]]);
    let refund = Claim { kind: Kind::Refund, source: Source::Elsewhere, ..found(101, 8) };
    store.write(|tx| tx.draft_claim(&refund)).unwrap();
    let kept = store.read(|tx| tx.claim(incident, id(101))).unwrap().unwrap();
    assert_eq!(
        (kept.kind, kept.source, kept.reference),
        (Kind::Refund, Source::Elsewhere, Some([8; 16]))
    );
    for wrong in [
        Claim { reference: None, ..found(102, 9) },
        Claim { source: Source::Customer, ..found(102, 9) },
        Claim { kind: Kind::Loss, source: Source::Elsewhere, ..found(102, 9) },
    ] {
        store.write(|tx| tx.draft_claim(&wrong)).unwrap_err();
    }
    for change in ["kind = 3 - kind", "source = 3", "reference_ix = id"] {
        let refused = by_hand(&cast.stage.url, &format!("UPDATE claim SET {change}")).unwrap_err();
        assert!(refused.contains("rows are immutable"), "{change}: {refused}");
    }
    let both = ClaimStep {
        incident,
        id: id(101),
        from: Step::Draft,
        to: Step::Submitted,
        outside_cohort: Some(false),
        sealed: None,
        by: Some(staff(1)),
        also_by: Some(staff(2)),
        at: at(9),
    };
    assert_eq!(store.write(|tx| tx.step_claim(&both)).unwrap(), Some(1));
    let events = store.read(|tx| tx.claim_events(incident, id(101))).unwrap();
    assert_eq!((events[0].by, events[0].also_by), (Some(staff(1)), Some(staff(2))));
}

#[rstest]
fn a_claim_has_notices_of_its_own(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let cast = cast(backend, 1);
    let (store, incident) = (&cast.stage.store, cast.keys.incident());
    drafted(&cast, 1);
    let notice = |about, to: u8| NewCaseNotice {
        incident,
        of: AboutId::from(id(1)),
        kind: CaseNoticeKind::ClaimRefused,
        channel: CaseChannel::Email,
        about,
        recipient: Recipient::Holder,
        changed_since: false,
        lately: Lately::Stayed,
        to: [to; 16],
        sealed: vec![1],
        at: at(5),
    };
    let add = |about, to| store.write(|tx| tx.add_case_notice(&notice(about, to))).unwrap();
    assert_eq!(winners(store, |_| add(3, 1)), 1);
    assert_eq!([add(3, 2), add(3, 1), add(6, 1)], [true, false, true]);
    let all = store.read(|tx| tx.claim_notices(incident, id(1))).unwrap();
    assert_eq!(
        all.iter().map(|one| (one.key.no, one.about)).collect::<Vec<_>>(),
        [(1, 3), (2, 3), (3, 6)]
    );
    let key = all[0].key;
    assert!(store.write(|tx| tx.try_case_notice(incident, &key, at(6))).unwrap());
    let handed = CaseNoticeState::Handed;
    assert!(store.write(|tx| tx.settle_case_notice(incident, &key, handed, at(7))).unwrap());
    let due =
        |state| store.read(|tx| tx.case_notices_in(incident, state, at(99), 9)).unwrap().len();
    assert_eq!([due(CaseNoticeState::Due), due(handed)], [2, 1]);
}

#[rstest]
fn claims_from_before_keep_their_story(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = cast(backend, 1);
    let incident = cast.keys.incident();
    for n in [1, 2, 3] {
        drafted(&cast, n);
    }
    walk(&cast, 1, &REJECTED);
    walk(&cast, 2, &SCHEDULED[..3]);
    assert!(step(&cast, 2, Step::Approved, Step::Waived));
    let url = cast.stage.url.clone();
    crate::migrations::back_to(&url, backend, "0015_sim_change");
    assert_eq!(by_hand(&url, "SELECT state FROM claim ORDER BY made_at").unwrap(), "7\n10\n1");
    let store = Store::open(&url).unwrap();
    let now = |n| store.read(|tx| tx.claim(incident, id(n))).unwrap().unwrap();
    let kinds: Vec<_> = [1, 2, 3].map(|n| (now(n).state, now(n).kind, now(n).source)).into();
    let own = (Kind::Loss, Source::Customer);
    let expected = [Step::Rejected, Step::Paid, Step::Draft].map(|state| (state, own.0, own.1));
    assert_eq!(kinds, expected);
    // Whoever was refused before anybody could object may still do so.
    assert_eq!(now(1).appeal_until, Some(now(1).changed_at + TimeDelta::days(44)));
    let events = store.read(|tx| tx.claim_events(incident, id(2))).unwrap();
    assert_eq!(events.last().map(|one| (one.from, one.to)), Some((Step::Approved, Step::Paid)));
    assert!(step(&cast, 1, Step::Rejected, Step::Appealed));
}
