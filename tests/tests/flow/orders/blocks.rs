//! Small payments: blocked for those whose data leaked, lifted by their owner, let go at the end.

use chrono::{DateTime, TimeDelta, Utc};
use rstest::rstest;
use simrecall_core::identity::Msisdn;
use simrecall_core::order::Kind;
use simrecall_engine::drill::CODE;
use simrecall_engine::orders::{Pass, Unwatched, send};
use simrecall_engine::protection::payments::{OwnPayments, Release, block, release};
use simrecall_engine::protection::{Look, bind, unbind};
use simrecall_engine::selfcheck::Visit;
use simrecall_engine::swap::OsmoHlr;
use simrecall_gateway::hlr::HlrSettings;
use simrecall_store::line_hold::LineHold;
use simrecall_store::outbox::OrderState;
use simrecall_store::seal::Field;
use simrecall_tests::peers::OrderTaker;
use simrecall_tests::town::{LEAKED, NOT_FOUND, POSSIBLY, Townsperson};
use simrecall_tests::{Backend, HlrServer};

use super::stage::{LEAD, refused};
use crate::selfcheck::stage::{Place, Plan};

const PRIVACY: &str = "privacy.officer";

struct Town {
    place: Place,
    taker: OrderTaker,
}

impl Town {
    fn open(backend: Backend) -> Self {
        let taker = OrderTaker::start().unwrap();
        let portal = taker.config(&["micropayment.*"]);
        let place = Place::with(backend, Plan { portal: &portal, ..Plan::default() });
        Self { place, taker }
    }

    fn key(&self, who: Townsperson) -> [u8; 16] {
        let number = Msisdn::parse(who.number).unwrap();
        self.place.home().keys.service().unwrap().blind(Field::Msisdn, number.expose())
    }

    fn visit(&self, who: Townsperson) -> Visit {
        self.place.visit(&self.place.walk_in(who)).unwrap()
    }

    fn payments(&self, visit: &Visit) -> Vec<OwnPayments> {
        self.place.door.payments(visit).unwrap()
    }

    fn send(&self) {
        send(self.place.home(), Pass::Once, &mut Unwatched).unwrap();
    }

    /// Orders of a kind that were taken over about somebody.
    fn taken(&self, kind: Kind, who: Townsperson) -> usize {
        let number = Msisdn::parse(who.number).unwrap();
        let all = self.taker.orders().unwrap().into_iter();
        let about = all.filter(|one| one.kind == kind.name() && one.body.contains(number.expose()));
        about.filter(|one| one.signed && !one.again && one.status == 204).count()
    }
}

#[rstest]
fn blocks_are_put_down_once_and_what_its_owner_lifted_stays_lifted(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let town = Town::open(backend);
    let home = town.place.home();
    // Seven of eight: one line is somebody else's by now.
    let first = block(home, CODE, 1, LEAD).unwrap();
    assert_eq!((first.lines, first.blocked, first.known, first.gone), (8, 7, 0, 1));
    let again = block(home, CODE, 1, PRIVACY).unwrap();
    assert_eq!((again.blocked, again.known), (0, 7));
    let due = home.store.read(|tx| tx.orders_in(OrderState::Due, 99)).unwrap();
    assert_eq!(due.len(), 7);
    let visit = town.visit(LEAKED);
    let line = town.place.door.lines(&visit).unwrap()[0].line;
    assert_eq!(town.payments(&visit)[0].state, "block_due");
    town.send();
    assert_eq!(town.payments(&visit)[0].state, "blocked");
    assert_eq!((town.taken(Kind::Block, LEAKED), town.taken(Kind::Block, NOT_FOUND)), (1, 0));
    town.place.door.lift_payments(&visit, line).unwrap();
    assert_eq!(town.payments(&visit)[0].state, "lift_due");
    assert_eq!(refused(town.place.door.lift_payments(&visit, line)), "already");
    town.send();
    assert_eq!(town.payments(&visit)[0].state, "lifted");
    assert_eq!(town.taken(Kind::Lift, LEAKED), 1);
    assert_eq!(block(home, CODE, 1, LEAD).unwrap().blocked, 0);
    assert_eq!(town.payments(&visit)[0].state, "lifted");
    // Nobody else's, and nobody's who is on no list.
    let other = town.visit(NOT_FOUND);
    assert_eq!(town.payments(&other), []);
    assert_eq!(refused(town.place.door.lift_payments(&other, line)), "line");
    // The others are let go by two of different roles, unless their line is held.
    assert_eq!(refused(release(home, CODE, Release::All, [LEAD, LEAD])), "two_persons");
    let ended = release(home, CODE, Release::Ended, [LEAD, PRIVACY]).unwrap();
    assert_eq!((ended.released, ended.kept), (0, 6));
    hold(&town, POSSIBLY, home.now());
    let all = release(home, CODE, Release::All, [LEAD, PRIVACY]).unwrap();
    assert_eq!((all.released, all.held, all.kept), (5, 1, 0));
    town.send();
    assert_eq!(town.taken(Kind::Lift, POSSIBLY), 0);
}

fn hold(town: &Town, who: Townsperson, at: DateTime<Utc>) {
    let hold = LineHold {
        number: town.key(who),
        raised_at: at,
        by: None,
        reason: "not_me".to_owned(),
        case: None,
        cleared: None,
        owner_agreed_at: None,
    };
    assert!(town.place.home().store.write(|tx| tx.raise_line_hold(&hold)).unwrap());
}

#[rstest]
fn a_lift_waits_for_a_fresh_proof_a_free_line_and_three_days_after_a_new_card(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let town = Town::open(backend);
    let (home, door) = (town.place.home(), &town.place.door);
    block(home, CODE, 1, LEAD).unwrap();
    let key = town.place.walk_in(LEAKED);
    let line = door.lines(&town.place.visit(&key).unwrap()).unwrap()[0].line;
    let lift = || door.lift_payments(&town.place.visit(&key).unwrap(), line);
    let changed = home.now() - TimeDelta::hours(71);
    home.store.write(|tx| tx.raise_sim_change(&town.key(LEAKED), changed)).unwrap();
    assert_eq!(refused(lift()), "payments_wait");
    let until = changed + TimeDelta::hours(72);
    let said = lift().unwrap_err().what;
    assert!(said.contains(&until.to_rfc3339()), "{said}");
    let shown = &town.payments(&town.place.visit(&key).unwrap())[0];
    assert_eq!((shown.until, shown.liftable), (Some(until), false));
    town.place.pass(11);
    assert_eq!(refused(lift()), "proof_too_old");
    town.place.pass(60);
    // It may be lifted while the block is still to be sent, and comes after it.
    let visit = town.visit(LEAKED);
    assert!(town.payments(&visit)[0].liftable);
    door.lift_payments(&visit, line).unwrap();
    town.send();
    town.send();
    let kinds: Vec<String> = town
        .taker
        .orders()
        .unwrap()
        .into_iter()
        .filter(|one| one.body.contains(Msisdn::parse(LEAKED.number).unwrap().expose()))
        .map(|one| one.kind)
        .collect();
    assert_eq!(kinds, ["micropayment.block", "micropayment.lift"]);
    assert_eq!(town.payments(&visit)[0].state, "lifted");
    hold(&town, POSSIBLY, home.now());
    let visit = town.visit(POSSIBLY);
    let line = door.lines(&visit).unwrap()[0].line;
    assert_eq!(refused(door.lift_payments(&visit, line)), "line_held");
}

#[rstest]
fn without_a_system_that_takes_it_nothing_is_blocked(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let place = Place::open(backend);
    assert_eq!(refused(block(place.home(), CODE, 1, LEAD)), "no_receiver");
    assert_eq!(refused(block(place.home(), CODE, 1, "legal.counsel")), "not_allowed");
    assert_eq!(refused(release(place.home(), CODE, Release::All, [LEAD, PRIVACY])), "no_receiver");
}

/// Staff have an exposed line tied, for its owner; nobody of the staff unties one.
#[rstest]
fn staff_tie_an_exposed_line_and_untie_none(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let place = Place::open(backend);
    let home = place.home();
    let look = |who: Townsperson| Look { number: who.number, by: LEAD };
    assert_eq!(refused(bind(home, CODE, &look(NOT_FOUND), None, None)), "not_exposed");
    let imei = "490154203237518";
    let bound = bind(home, CODE, &look(LEAKED), Some(imei), None).unwrap();
    assert_eq!((bound.protection.state, bound.enforced), ("requested", None));
    // A network without a register of handsets leaves it so.
    let server = HlrServer::start().unwrap();
    let hlr = OsmoHlr::new(HlrSettings::new(server.address())).unwrap();
    let again = bind(home, CODE, &look(LEAKED), None, Some(&hlr)).unwrap();
    assert_eq!((again.protection.state, again.enforced), ("requested", Some(false)));
    assert_eq!(refused(unbind(home, &look(LEAKED))), "owner_only");
    let visit = place.visit(&place.walk_in(LEAKED)).unwrap();
    let line = place.door.lines(&visit).unwrap()[0].line;
    assert_eq!(place.door.protections(&visit).unwrap()[0].state, "requested");
    place.door.unprotect(&visit, line).unwrap();
    assert_eq!(place.door.protections(&visit).unwrap()[0].state, "off");
}
