//! Registry snapshots.

use rstest::rstest;
use simrecall_core::access::Purpose;
use simrecall_core::identity::{Imsi, Msisdn};
use simrecall_store::permit::{OpenError, Permit, PermitIds, PermitRequest};
use simrecall_store::registry::{
    HeldNumber, Holding, KeyedHolding, LineKey, NewLine, SnapshotContent, SnapshotState,
};
use simrecall_store::seal::{Field, IncidentKeys};
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

fn imsi_key(keys: &IncidentKeys, of: &NewLine) -> [u8; 16] {
    keys.blind(Field::Imsi, of.held.record.imsi.as_ref().unwrap().expose())
}

fn number_key(keys: &IncidentKeys, of: &NewLine) -> [u8; 16] {
    keys.blind(Field::Msisdn, of.held.record.msisdn.expose())
}

fn holding(of: &NewLine) -> Holding {
    Holding {
        line: of.held.line,
        holder: of.holder,
        held_from: of.held.held_from,
        held_to: of.held.held_to,
    }
}

#[rstest]
fn a_batch_of_keys_finds_every_period_in_order(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    // The first snapshot has the same numbers: its rows must not show.
    let cast = cast(backend, 5);
    let (store, keys, incident) = (&cast.stage.store, &cast.keys, cast.keys.incident());
    let no = store.write(|tx| tx.begin_snapshot(incident, at(1))).unwrap();
    // Line 0 was person 0's, then person 1's with a new card, then under a new number as well; line 2 took over the
    // first number at last. Line 3 never had a card.
    let period = |n: usize, holder: usize, from: i64, to: Option<i64>| {
        let mut one = line(keys, n);
        one.holder = person_id(keys, holder);
        one.held.held_from = at(from);
        one.held.held_to = to.map(at);
        one
    };
    let first = period(0, 0, 0, Some(10));
    let mut second = period(0, 1, 20, Some(30));
    second.held.record.imsi = Some(Imsi::parse("450089999999999").unwrap());
    let mut third = period(0, 1, 30, None);
    third.held.record.imsi = second.held.record.imsi.clone();
    third.held.record.msisdn = Msisdn::parse("01099999999").unwrap();
    let mut fourth = period(2, 2, 40, None);
    fourth.held.record.msisdn = first.held.record.msisdn.clone();
    let mut bare = period(3, 3, 0, None);
    bare.held.record.imsi = None;
    let rows =
        [&third, &bare, &fourth, &second, &first].map(|one| Ok::<_, StoreError>(one.clone()));
    store.load_lines(keys, no, rows).unwrap();

    let keyed = |key: [u8; 16], of: &NewLine| KeyedHolding {
        key,
        holding: holding(of),
        msisdn: number_key(keys, of),
    };
    let old_imsi = imsi_key(keys, &first);
    let new_imsi = imsi_key(keys, &second);
    let mut expected = [keyed(old_imsi, &first), keyed(new_imsi, &second), keyed(new_imsi, &third)];
    expected.sort_by_key(|found| found.key);
    // Asked twice, answered once; what nobody had is left out.
    let asked = [new_imsi, [9; 16], old_imsi, new_imsi];
    let found = store.read(|tx| tx.holdings_by_imsi(incident, no, &asked)).unwrap();
    assert_eq!(found, expected);

    let number = number_key(keys, &first);
    let found = store.read(|tx| tx.holdings_by_msisdn(incident, no, &[number])).unwrap();
    assert_eq!(found, [&first, &second, &fourth].map(|of| keyed(number, of)));
    // Another incident's row of the same key, if there could be one, is not ours.
    let stranger = crate::stage::incident(9).id;
    let found = store.read(|tx| tx.holdings_by_msisdn(stranger, no, &[number])).unwrap();
    assert_eq!(found, []);

    let held = |of: &NewLine| HeldNumber { holding: holding(of), msisdn: number_key(keys, of) };
    let mut expected = [&first, &second, &third, &bare].map(held);
    expected.sort_by_key(|held| (held.holding.line, held.holding.held_from));
    let asked = [line_id(keys, 3), line_id(keys, 0), line_id(keys, 0), line_id(keys, 8)];
    assert_eq!(store.read(|tx| tx.numbers_of(incident, no, &asked)).unwrap(), expected);
    let plain: Vec<_> = expected.iter().map(|held| held.holding).collect();
    assert_eq!(store.read(|tx| tx.holders_of(incident, no, &asked)).unwrap(), plain);
}

#[rstest]
fn a_batch_has_any_number_of_keys(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[values(0, 1, 1_000, 1_001)] asked: usize,
) {
    let cast = cast(backend, 1_005);
    let (store, keys, incident) = (&cast.stage.store, &cast.keys, cast.keys.incident());
    let lines: Vec<NewLine> = (0..asked).map(|n| line(keys, n)).collect();
    let ids: Vec<_> = lines.iter().map(|of| of.held.line).collect();
    let (imsis, numbers): (Vec<_>, Vec<_>) =
        lines.iter().map(|of| (imsi_key(keys, of), number_key(keys, of))).unzip();
    let read = store.read(|tx| {
        Ok((
            tx.holdings_by_imsi(incident, cast.snapshot, &imsis)?,
            tx.holdings_by_msisdn(incident, cast.snapshot, &numbers)?,
            tx.numbers_of(incident, cast.snapshot, &ids)?,
        ))
    });
    let (by_imsi, by_number, by_line) = read.unwrap();
    let expected = |key: fn(&IncidentKeys, &NewLine) -> [u8; 16]| {
        let keyed = |of: &NewLine| KeyedHolding {
            key: key(keys, of),
            holding: holding(of),
            msisdn: number_key(keys, of),
        };
        let mut all: Vec<_> = lines.iter().map(keyed).collect();
        all.sort_by_key(|found| found.key);
        all
    };
    assert_eq!(by_imsi, expected(imsi_key));
    assert_eq!(by_number, expected(number_key));
    let found: Vec<_> = by_line.iter().map(|held| held.holding.line).collect();
    let mut sorted = ids;
    sorted.sort_unstable();
    assert_eq!(found, sorted);
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

pub(crate) fn permit(cast: &Cast, rows: u64) -> Permit {
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
