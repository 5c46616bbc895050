//! Agencies and cards.

use rstest::rstest;
use simrecall_engine::agency;
use simrecall_engine::stock::fate::{self, Fate};
use simrecall_engine::stock::look::{self, CountAnswer};
use simrecall_engine::stock::receive::{self, Arrival};
use simrecall_engine::stock::transfer::{self, Sending};
use simrecall_tests::Backend;

use super::shop::{AGENCIES, CLERK, Shop, iccid, row, rows};
use crate::selfcheck::stage::refused;
use crate::support::SECURITY;

fn count(shop: &Shop, code: &str) -> CountAnswer {
    let all = look::show(shop.home(), Some(code)).unwrap();
    all.counts.into_iter().find(|one| one.product == "usim").unwrap()
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn a_list_of_agencies_is_whole_or_nothing(#[case] backend: Backend) {
    let shop = Shop::open(backend);
    let again = shop.write("again.csv", &AGENCIES.replace("종로점", "종로 본점"));
    let came = agency::import(shop.home(), &again, SECURITY).unwrap();
    assert_eq!((came.added, came.changed, came.same), (0, 1, 2));
    assert_eq!(refused(agency::import(shop.home(), &again, CLERK)), "not_allowed");
    let wrong = format!(
        "{AGENCIES}jongno,x,shop,seoul,x,1,09:00,18:00,mon\nnew,see www.evil.example,shop,seoul,x,1,18:00,09:00,fri-mon\n"
    );
    let wrong = shop.write("wrong.csv", &wrong);
    let problem = agency::import(shop.home(), &wrong, SECURITY).unwrap_err();
    assert!(problem.what.contains("rows rejected"), "{problem:?}");
    let said = problem.details.join("\n");
    for part in ["row 6", "name", "closes", "weekdays", "row 5", "code"] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
    assert!(!said.contains("evil"));
    assert_eq!(agency::all(shop.home()).unwrap().len(), 3, "nothing of it is there");
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn a_batch_with_any_fault_is_no_batch(#[case] backend: Backend) {
    let shop = Shop::open(backend);
    let (good, short) = (rows(1, 3), row(4).replace(&format!("{:032x}", 5), "abc"));
    let (twice, digit) = (row(2), iccid(5));
    let (stem, last) = digit.split_at(18);
    let digit = format!("{stem}{}", (last.parse::<u8>().unwrap() + 1) % 10);
    let digit = row(5).replace(&iccid(5), &digit);
    let same_imsi = row(6).replace("450089000000006", "450089000000001");
    let text = format!("{good}{short}\n{twice}\n{digit}\n{same_imsi}\nnonsense\n");
    let batch = shop.batch("bad.age", &text);
    let problem = shop.import(&batch, "jongno", "PO-1").unwrap_err();
    assert_eq!(problem.code, "rejects");
    assert!(problem.what.contains("5 of 8 rows rejected; no card was taken in"), "{problem}");
    let said = problem.details.join("\n");
    let listed = std::fs::read_to_string(shop.folder.join("bad.age.rejects.csv")).unwrap();
    for code in ["key.length", "card.twice", "iccid.check_digit", "row.width"] {
        assert!(listed.contains(code), "{code} is not in {listed}");
    }
    for part in ["row 5", "row 6", "row 7", "row 8", "row 9"] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
    for secret in [iccid(2), "450089000000001".to_owned(), format!("{:032x}", 3)] {
        assert!(!said.contains(&secret) && !listed.contains(&secret));
    }
    assert!(look::show(shop.home(), None).unwrap().coming.is_empty());
    // Not for us, not encrypted, not ours to take in.
    let other = Shop { identity: age::x25519::Identity::generate(), ..shop };
    let stranger = age::x25519::Identity::generate();
    let shop = Shop { identity: stranger, ..other };
    let batch = shop.batch("foreign.age", &good);
    let shop = Shop { identity: age::x25519::Identity::generate(), ..shop };
    assert_eq!(refused(shop.import(&batch, "jongno", "PO-1")), "batch");
    let clear = shop.write("clear.csv", &good);
    assert_eq!(refused(shop.import(&clear, "jongno", "PO-1")), "batch");
    let headless = shop.batch("headless.age", &row(1));
    assert_eq!(refused(shop.import(&headless, "jongno", "PO-1")), "header");
    let batch = shop.batch("good.age", &good);
    assert_eq!(refused(shop.import(&batch, "nowhere", "PO-1")), "agency");
    let lots = shop.import(&batch, "jongno", "PO-1").unwrap();
    assert_eq!((lots.len(), lots[0].cards), (1, 3));
    let problem = shop.import(&batch, "busan", "PO-2").unwrap_err();
    assert!(problem.what.contains("3 of 3"), "{problem}");
    let listed = std::fs::read_to_string(shop.folder.join("good.age.rejects.csv")).unwrap();
    assert_eq!(listed.matches("card.known").count(), 6, "by ICCID and by IMSI: {listed}");
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn cards_are_counted_sent_on_and_lost(#[case] backend: Backend) {
    let shop = Shop::open(backend);
    let batch = shop.batch("lot.age", &rows(1, 10));
    shop.import(&batch, "depot", "PO-1").unwrap();
    let strange = shop.write("strange.txt", &format!("iccid\n{}\n{}\n123\n", iccid(1), iccid(99)));
    let arrival = Arrival { lot: "PO-1", missing: Some(&strange), by: CLERK };
    let problem = receive::receive(shop.home(), &arrival).unwrap_err();
    assert_eq!((problem.code, problem.details.len()), ("rejects", 2), "{problem:?}");
    let missing = shop.write("missing.txt", &format!("{}\n", iccid(3)));
    let arrival = Arrival { missing: Some(&missing), ..arrival };
    let came = receive::receive(shop.home(), &arrival).unwrap();
    assert_eq!((came.came, came.lost), (9, 1));
    assert_eq!(refused(shop.receive("PO-1")), "lot");
    let depot = count(&shop, "depot");
    assert_eq!((depot.received, depot.available, depot.lost), (10, 9, 1));

    let send = |count, to| {
        let sending = Sending { from: "depot", to, product: "usim", count, by: CLERK };
        transfer::transfer(shop.home(), &sending)
    };
    assert_eq!(refused(send(10, "jongno")), "too_few");
    assert_eq!(refused(send(1, "depot")), "transfer");
    let sent = send(4, "jongno").unwrap();
    assert_eq!(look::show(shop.home(), None).unwrap().coming[0].cards, 4);
    shop.receive(&sent.lot).unwrap();
    let (depot, jongno) = (count(&shop, "depot"), count(&shop, "jongno"));
    assert_eq!((depot.available, depot.moved_out), (5, 4));
    assert_eq!((jongno.available, jongno.moved_in, jongno.received), (4, 4, 0));

    let settle = |n: u32, fate| fate::settle(shop.home(), &iccid(n), fate, CLERK);
    assert_eq!(refused(settle(99, Fate::Lost)), "card_unknown");
    assert_eq!(refused(settle(1, Fate::Good)), "card_state");
    assert_eq!(refused(settle(1, Fate::Defective)), "card_state");
    let lost = settle(1, Fate::Lost).unwrap();
    assert_eq!((lost.state, lost.moved), ("lost", 0));
    assert!(lost.card.contains('*'), "{}", lost.card);
    assert_eq!(refused(settle(1, Fate::Lost)), "card_state");
    let drift = shop.home().store.read(|tx| tx.recount_stock(shop.day(0))).unwrap();
    assert_eq!(drift, []);
}
