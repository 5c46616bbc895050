//! The customer's page from its door: what each proof opens, and what nobody learns without one.

mod acts;
mod codes;
mod courier;
mod later;
mod message;
pub(crate) mod stage;

use rstest::rstest;
use simrecall_core::access::{Unlock, Way};
use simrecall_core::selfcheck::Standing;
use simrecall_engine::suppression::Reason;
use simrecall_tests::Backend;
use simrecall_tests::town::{
    AMERICAN, CHILD, CHILD_MAIL, COMPANY, DEAD, LATER, LEAKED, NEW_HOLDER, NOT_FOUND, OLD_HOLDER,
    POSSIBLY, SILENCED,
};

use stage::{Place, Plan, refused};

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn everybody_learns_what_is_theirs_and_nothing_else(#[case] backend: Backend) {
    let place = Place::open(backend);
    place.town.silence(SILENCED, Reason::CourtOrder).unwrap();
    place.town.silence(DEAD, Reason::Deceased).unwrap();
    let stranger = "stranger@elsewhere.example";
    for (number, address, standing, items) in [
        (LEAKED.number, LEAKED.mail, Standing::Leaked, 2),
        // Capitals and another spelling of the number make no difference.
        ("+82 10 2000 0002", "lee.minho@TOWN.example", Standing::Possibly, 1),
        (NOT_FOUND.number, NOT_FOUND.mail, Standing::NotFound, 0),
        (LATER.number, LATER.mail, Standing::NotFound, 0),
        (CHILD.number, CHILD.mail, Standing::Leaked, 2),
        (CHILD.number, CHILD_MAIL, Standing::NotOurs, 0),
        (COMPANY.number, COMPANY.mail, Standing::Leaked, 2),
        (SILENCED.number, SILENCED.mail, Standing::Ask, 0),
        (DEAD.number, DEAD.mail, Standing::NotOurs, 0),
        (NEW_HOLDER.number, NEW_HOLDER.mail, Standing::NotFound, 0),
        (OLD_HOLDER.number, OLD_HOLDER.mail, Standing::NotOurs, 0),
        (LEAKED.number, stranger, Standing::NotOurs, 0),
        (LEAKED.number, POSSIBLY.mail, Standing::NotOurs, 0),
        ("010-9999-9999", LEAKED.mail, Standing::NotOurs, 0),
    ] {
        let answer = place.answer(&place.prove(number, address));
        assert_eq!(answer.standing, standing, "{backend:?} {number} {address}");
        assert_eq!(answer.revision, 1);
        let named: usize =
            answer.lines.iter().map(|line| line.confirmed.len() + line.possible.len()).sum();
        assert_eq!(named, items, "{number} {address}");
        assert!(answer.lines.iter().all(|line| line.moment.is_none()), "a mail tells no moment");
        let says = standing.names_items();
        assert_eq!(answer.may.is_empty(), !says, "{number} {address}");
        assert_eq!(answer.not_leaked.is_empty(), !says || items == 2, "{number} {address}");
    }
    let company = place.answer(&place.walk_in(COMPANY));
    assert_eq!(company.lines.len(), 1, "of two lines one is on the list");
    assert_eq!(company.lines[0].number, "010-****-**06");
    let may = [
        "items",
        "apply",
        "protect",
        "unprotect",
        "claim",
        "notices",
        "lift_block",
        "choose",
        "release_hold",
    ];
    assert_eq!(company.may, may);
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn nothing_is_said_before_a_wave_was_released(#[case] backend: Backend) {
    let place = Place::unpublished(backend, Plan::default());
    let public = place.door.public().unwrap();
    assert_eq!((public.published, public.hotline.as_str()), (None, "114"));
    let key = place.walk_in(LEAKED);
    let answer = |key| place.door.answer(&place.visit(key).unwrap());
    assert_eq!(refused(answer(&key)), "not_published");
    place.town.import(1).unwrap();
    assert_eq!(refused(answer(&key)), "not_published", "an imported list tells nobody anything");
    assert_eq!(refused(place.door.register_json()), "not_published");
    let planned = place.town.scene.plan().unwrap();
    assert_eq!(refused(answer(&key)), "not_published");
    place.town.scene.release(planned.wave).unwrap();
    assert_eq!(answer(&key).unwrap().standing, Standing::Leaked);
    assert_eq!(place.door.public().unwrap().published.unwrap().revision, 1);
    assert!(place.door.register_json().is_ok());
}

#[test]
fn a_country_s_silence_holds_here_too() {
    let plan = Plan { statute: Some("us-cpni"), ..Plan::default() };
    let place = Place::with(Backend::Sqlite, plan);
    assert_eq!(place.answer(&place.walk_in(AMERICAN)).standing, Standing::Ask);
    assert_eq!(place.answer(&place.walk_in(LEAKED)).standing, Standing::Leaked);
    assert_eq!(refused(place.door.register_json()), "not_published", "it would tell everybody");
}

#[test]
fn the_first_page_says_which_ways_are_open_and_why_not() {
    let place = Place::open(Backend::Sqlite);
    let public = place.door.public().unwrap();
    let ways: Vec<_> = public.ways.iter().map(|way| (way.way, way.open, way.because)).collect();
    assert_eq!(
        ways,
        [
            (Way::Email, true, None),
            (Way::Sms, false, None),
            (Way::Login, false, None),
            (Way::Agency, false, None),
        ]
    );
    assert_eq!(public.brand["ko"], "한빛모바일");
    assert_eq!(public.incident, "HB-2025-09");
}

#[test]
fn a_stranger_s_session_opens_nothing() {
    let place = Place::open(Backend::Sqlite);
    let key = place.prove(LEAKED.number, "stranger@elsewhere.example");
    let visit = place.visit(&key).unwrap();
    assert!(Unlock::ALL.into_iter().all(|unlock| !visit.may(unlock)));
    assert_eq!(refused(place.door.lines(&visit)), "not_unlocked");
    assert_eq!(refused(place.door.notices(&visit)), "not_unlocked");
    assert_eq!(refused(place.door.claims(&visit)), "not_unlocked");
    assert_eq!(refused(place.door.apply(&visit, &[])), "not_unlocked");
}
