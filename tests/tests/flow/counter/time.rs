//! What time does to cases.

use rstest::rstest;
use simrecall_core::replacement::State;
use simrecall_engine::drill::CODE;
use simrecall_engine::replacement::book;
use simrecall_engine::replacement::notices::notify;
use simrecall_engine::replacement::shown;
use simrecall_engine::replacement::tick::{TickAnswer, tick};
use simrecall_gateway::sandbox::mail::read_kept;
use simrecall_tests::Backend;
use simrecall_tests::town::{LEAKED, NOT_FOUND, POSSIBLY};

use super::shop::{CLERK, Shop};

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn cards_go_to_who_is_next_and_who_does_not_come_is_told_once_more(#[case] backend: Backend) {
    let shop = Shop::open(backend);
    // In line against their tiers: the last is the most urgent.
    let ids: Vec<String> = [NOT_FOUND, POSSIBLY, LEAKED]
        .into_iter()
        .map(|who| {
            let id = shop.case(who.number).unwrap().row.id;
            book::wait(shop.home(), CODE, (&id, "jongno", None), CLERK).unwrap();
            shop.place.pass(1);
            id
        })
        .collect();
    assert_eq!(tick(shop.home()).unwrap(), TickAnswer::default(), "there is no card");
    shop.stock("jongno", 1, 2);
    let done = tick(shop.home()).unwrap();
    assert_eq!((done.held, done.booked), (2, 2));
    let states: Vec<_> = ids.iter().map(|id| shop.state(id)).collect();
    assert_eq!(states, ["waiting", "booked", "booked"]);
    assert_eq!(tick(shop.home()).unwrap(), TickAnswer::default(), "done once");
    let sent = notify(shop.home(), CODE).unwrap();
    assert_eq!(sent.handed, 4, "{sent:?}");
    let mails = read_kept(&shop.place.mails()).unwrap();
    let visit = mails.iter().find(|mail| mail.text.contains("종로점")).unwrap();
    assert!(visit.text.contains("서울 종로구 종로 1") && visit.text.contains("09:00"));
    assert!(visit.text.contains("주민등록증"), "{}", visit.text);

    // Nobody came: the cards are free again, and go to whoever waits.
    shop.place.pass(2 * 24 * 60);
    let over = tick(shop.home()).unwrap();
    assert_eq!((over.missed, over.freed, over.booked), (2, 2, 1), "{over:?}");
    assert_eq!(shop.state(&ids[0]), "booked");
    assert_eq!((shop.state(&ids[1]), shop.state(&ids[2])), ("no_show", "no_show"));
    shop.place.pass(7 * 24 * 60);
    let week = tick(shop.home()).unwrap();
    assert_eq!(week.told_again, 2, "{week:?}");
    assert_eq!(tick(shop.home()).unwrap().told_again, 0, "once");
    let missed = shown::list(shop.home(), CODE, Some(State::NoShow)).unwrap();
    assert_eq!(missed.len(), 3, "the third did not come either");
    let incident = simrecall_engine::incident::show(shop.home(), CODE).unwrap().incident.id;
    let drift = shop.home().store.read(|tx| tx.case_drift(incident)).unwrap();
    assert_eq!(drift, []);
}
