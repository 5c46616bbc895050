//! Registry snapshots.

use rstest::rstest;
use simrecall_core::access::Purpose;
use simrecall_store::permit::{OpenError, Permit, PermitIds, PermitRequest};
use simrecall_store::registry::{Holding, LineKey, NewLine, SnapshotContent, SnapshotState};
use simrecall_store::seal::Field;
use simrecall_store::{BucketRange, StoreError};
use simrecall_tests::Backend;

use crate::stage::{Cast, at, cast, line, line_id, load_registry, person, person_id};

#[rstest]
fn a_snapshot_reads_back_by_range_line_and_number(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = cast(backend, 300);
    let (store, keys, no) = (&cast.stage.store, &cast.keys, cast.snapshot);
    let incident = keys.incident();
    let kept = store.read(|tx| tx.latest_snapshot(incident)).unwrap().unwrap();
    assert_eq!((kept.no, kept.subscribers, kept.lines), (no, 300, 300));
    assert_eq!(kept.sha256, Some([7; 32]));

    let mut seen = Vec::new();
    for range in BucketRange::covering(300, 100) {
        let subscribers = store.read(|tx| tx.subscribers_in(incident, no, range)).unwrap();
        let lines = store.read(|tx| tx.lines_of_holders_in(incident, no, range)).unwrap();
        assert_eq!(subscribers.len(), lines.len());
        seen.extend(subscribers.into_iter().map(|subscriber| subscriber.id));
    }
    let mut everybody: Vec<_> = (0..300).map(|n| person_id(keys, n)).collect();
    everybody.sort_unstable();
    seen.sort_unstable();
    assert_eq!(seen, everybody);

    let asked = [line_id(keys, 7), line_id(keys, 299), line_id(keys, 300)];
    let holders = store.read(|tx| tx.holders_of(incident, no, &asked)).unwrap();
    let mut expected: Vec<_> = [7, 299]
        .map(|n| Holding {
            line: line_id(keys, n),
            holder: person_id(keys, n),
            held_from: at(-1_000_000),
            held_to: None,
        })
        .into();
    expected.sort_unstable_by_key(|held| held.line);
    assert_eq!(holders, expected);

    let record = line(keys, 42).held.record;
    let imsi = record.imsi.unwrap();
    for key in [
        LineKey::Msisdn(keys.blind(Field::Msisdn, record.msisdn.expose())),
        LineKey::Imsi(keys.blind(Field::Imsi, imsi.expose())),
    ] {
        let found = store.read(|tx| tx.find_lines(incident, no, key)).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].holding.line, line_id(keys, 42));
    }
    let nobody = LineKey::Msisdn(keys.blind(Field::Msisdn, "821099999999"));
    assert!(store.read(|tx| tx.find_lines(incident, no, nobody)).unwrap().is_empty());
}

#[rstest]
fn parties_come_with_all_their_lines(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = cast(backend, 3);
    let (store, keys, incident) = (&cast.stage.store, &cast.keys, cast.keys.incident());
    let no = store.write(|tx| tx.begin_snapshot(incident, at(1))).unwrap();
    let people = (0..3).map(|n| Ok::<_, StoreError>(person(keys, n)));
    store.load_subscribers(keys, no, people).unwrap();
    // Person 0 held line 5 before person 1 did: a recycled number. Person 2 has none.
    let mut earlier = line(keys, 5);
    earlier.holder = person_id(keys, 0);
    earlier.held.held_to = Some(at(50));
    let mut later = line(keys, 5);
    later.holder = person_id(keys, 1);
    later.held.held_from = at(60);
    let lines: [NewLine; 3] = [line(keys, 0), earlier, later];
    store.load_lines(keys, no, lines.into_iter().map(Ok::<_, StoreError>)).unwrap();

    let asked = [2, 1, 0, 9].map(|n| person_id(keys, n));
    let parties = store.read(|tx| tx.parties(incident, no, &asked)).unwrap();
    let lines_of = |n| {
        let party = parties.iter().find(|party| party.subscriber.id == person_id(keys, n));
        party.map(|party| party.lines.len())
    };
    assert_eq!([0, 1, 2, 9].map(lines_of), [Some(2), Some(1), Some(0), None]);
    let holders = store.read(|tx| tx.holders_of(incident, no, &[line_id(keys, 5)])).unwrap();
    let of: Vec<_> = holders.iter().map(|held| (held.holder, held.held_to)).collect();
    assert_eq!(of, [(person_id(keys, 0), Some(at(50))), (person_id(keys, 1), None)]);
}

#[rstest]
fn a_ready_snapshot_takes_no_more_rows_and_cannot_be_dropped(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = cast(backend, 3);
    let (store, keys) = (&cast.stage.store, &cast.keys);
    let more = [Ok::<_, StoreError>(person(keys, 3))];
    let refused = store.load_subscribers(keys, cast.snapshot, more).unwrap_err();
    assert!(refused.is_immutable(), "{refused:?}");
    let refused = store.drop_draft_snapshot(keys.incident(), cast.snapshot).unwrap_err();
    assert!(refused.is_immutable(), "{refused:?}");
    let still =
        store.read(|tx| tx.subscribers_in(keys.incident(), cast.snapshot, BucketRange::ALL));
    assert_eq!(still.unwrap().len(), 3);
}

#[rstest]
fn a_draft_can_be_dropped_with_its_rows(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = cast(backend, 3);
    let (store, keys, incident) = (&cast.stage.store, &cast.keys, cast.keys.incident());
    let no = store.write(|tx| tx.begin_snapshot(incident, at(1))).unwrap();
    store.load_subscribers(keys, no, (0..9).map(|n| Ok::<_, StoreError>(person(keys, n)))).unwrap();
    let wrong = SnapshotContent { sha256: [1; 32], subscribers: 8, lines: 0 };
    let refused = store.write(|tx| tx.finish_snapshot(incident, no, &wrong)).unwrap_err();
    assert!(matches!(refused, StoreError::State(_)), "{refused:?}");
    store.drop_draft_snapshot(incident, no).unwrap();
    assert_eq!(store.read(|tx| tx.snapshot(incident, no)).unwrap(), None);
    assert!(store.read(|tx| tx.subscribers_in(incident, no, BucketRange::ALL)).unwrap().is_empty());
    let kept = store.read(|tx| tx.snapshots(incident)).unwrap();
    assert_eq!(
        kept.iter().map(|kept| (kept.no, kept.state)).collect::<Vec<_>>(),
        [(cast.snapshot, SnapshotState::Ready)]
    );
    assert!(store.drop_draft_snapshot(incident, no).unwrap_err().is_not_found());
}

#[rstest]
fn somebody_who_is_there_twice_is_a_conflict(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = cast(backend, 0);
    let (store, keys, incident) = (&cast.stage.store, &cast.keys, cast.keys.incident());
    let no = store.write(|tx| tx.begin_snapshot(incident, at(1))).unwrap();
    let twice = || [0, 1, 0].map(|n| Ok::<_, StoreError>(person(keys, n)));
    // Into the empty table: found when the key's index is made.
    let refused = store.load_subscribers(keys, no, twice()).unwrap_err();
    assert!(refused.is_conflict(), "{refused:?}");
    assert!(store.read(|tx| tx.subscribers_in(incident, no, BucketRange::ALL)).unwrap().is_empty());
    // And into a table with rows: found at once.
    store.load_subscribers(keys, no, [Ok::<_, StoreError>(person(keys, 5))]).unwrap();
    let refused = store.load_subscribers(keys, no, twice()).unwrap_err();
    assert!(refused.is_conflict(), "{refused:?}");
}

#[rstest]
fn a_load_that_ends_early_leaves_no_row_and_all_indexes(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    #[derive(Debug, PartialEq)]
    enum Failed {
        Row(usize),
        Store(StoreError),
    }
    impl From<StoreError> for Failed {
        fn from(error: StoreError) -> Self {
            Self::Store(error)
        }
    }
    let cast = cast(backend, 0);
    let (store, keys, incident) = (&cast.stage.store, &cast.keys, cast.keys.incident());
    let no = store.write(|tx| tx.begin_snapshot(incident, at(1))).unwrap();
    let rows =
        (0..20_000).map(|n| if n < 15_000 { Ok(person(keys, n)) } else { Err(Failed::Row(n)) });
    assert_eq!(store.load_subscribers(keys, no, rows), Err(Failed::Row(15_000)));
    assert!(store.read(|tx| tx.subscribers_in(incident, no, BucketRange::ALL)).unwrap().is_empty());
    load_registry(store, keys, 2);
    let twice = [0, 0].map(|n| Ok::<_, Failed>(person(keys, n)));
    let refused = store.load_subscribers(keys, no, twice).unwrap_err();
    assert!(matches!(refused, Failed::Store(StoreError::Conflict(_))), "{refused:?}");
}

fn permit(cast: &Cast, rows: u64) -> Permit {
    let request = PermitRequest {
        purpose: Purpose::CustomerRequest,
        actor: "staff:1".to_owned(),
        incident: Some(cast.keys.incident()),
        scope: "one person".to_owned(),
        fields: vec!["name".to_owned(), "msisdn".to_owned()],
        rows,
    };
    cast.stage.store.permit(&request, at(1), PermitIds::random().unwrap()).unwrap()
}

#[rstest]
fn a_party_opens_under_a_permit_and_only_in_its_own_row(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let cast = cast(backend, 3);
    let (store, keys, incident) = (&cast.stage.store, &cast.keys, cast.keys.incident());
    let ids = [person_id(keys, 1), person_id(keys, 2)];
    let parties = store.read(|tx| tx.parties(incident, cast.snapshot, &ids)).unwrap();
    let of = |n: usize| parties.iter().find(|party| party.subscriber.id == ids[n - 1]).unwrap();

    let mut enough = permit(&cast, of(1).rows());
    let party = of(1).open(&mut enough, keys).unwrap();
    assert_eq!(party.subscriber, person(keys, 1));
    assert_eq!(party.lines, [line(keys, 1).held]);
    assert_eq!(enough.rows_left(), 0);
    assert!(matches!(of(2).open(&mut enough, keys), Err(OpenError::UsedUp { rows: 2 })));

    // A record that was moved to another person's row does not open.
    let mut swapped = of(1).subscriber.clone();
    swapped.sealed.clone_from(&of(2).subscriber.sealed);
    let refused = swapped.open(&mut permit(&cast, 1), keys).unwrap_err();
    assert!(matches!(refused, OpenError::Sealed { table: "subscriber", .. }), "{refused:?}");
}

#[test]
fn nothing_of_a_person_is_in_the_file() {
    let cast = cast(Backend::Sqlite, 50);
    let path = cast.stage.url.strip_prefix("sqlite:").unwrap();
    let mut bytes = std::fs::read(path).unwrap();
    bytes.extend(std::fs::read(format!("{path}-wal")).unwrap());
    let holds = |needle: &str| bytes.windows(needle.len()).any(|at| at == needle.as_bytes());
    assert!(holds("rogue femtocells"), "the search finds what is there");
    for planted in ["홍길동", "person7@", "821000000007", "0100000000", "450080000000007"] {
        assert!(!holds(planted), "{planted}");
    }
}
