//! Cards that were changed where nobody works with us: brought in once, or refused with a reason for each row.

use std::fmt::Write as _;
use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rstest::rstest;
use simrecall_core::access::StaffRole;
use simrecall_core::identity::{Imsi, Msisdn};
use simrecall_core::order::Kind;
use simrecall_core::protection::StateKind;
use simrecall_core::replacement::{Event, State};
use simrecall_engine::config::Programme;
use simrecall_engine::drill::CODE;
use simrecall_engine::replacement::elsewhere::{ElsewhereAnswer, import};
use simrecall_engine::swap::{OsmoHlr, Provisioning, Reversal, reverse};
use simrecall_engine::{Result, staff};
use simrecall_gateway::hlr::HlrSettings;
use simrecall_store::line_hold::LineHold;
use simrecall_store::outbox::OrderState;
use simrecall_store::seal::Field;
use simrecall_tests::town::{CHILD, LEAKED, NEW_HOLDER, POSSIBLY, Townsperson};
use simrecall_tests::{Backend, HlrServer};

use super::stage::{LEAD, refused};
use crate::selfcheck::stage::{Place, Plan};

const PRIVACY: &str = "privacy.officer";
const HEADER: &str = "number,completed_at,new_imsi,new_iccid,paid_won,agency\n";

struct Town {
    place: Place,
    folder: tempfile::TempDir,
}

impl Town {
    fn open(backend: Backend) -> Self {
        let place = Place::with(backend, Plan::default());
        Self { place, folder: tempfile::tempdir().unwrap() }
    }

    fn file(&self, rows: &[String]) -> PathBuf {
        let mut text = HEADER.to_owned();
        for row in rows {
            writeln!(text, "{row}").unwrap();
        }
        let path = self.folder.path().join("elsewhere.csv");
        std::fs::write(&path, text).unwrap();
        path
    }

    fn import(&self, rows: &[String]) -> Result<ElsewhereAnswer> {
        self.import_at(rows, None)
    }

    fn import_at(
        &self,
        rows: &[String],
        hlr: Option<&dyn Provisioning>,
    ) -> Result<ElsewhereAnswer> {
        let mut home = self.place.home().clone();
        // What was paid for within these days is paid back.
        home.config.replacement.refund_from = NaiveDate::from_ymd_opt(2025, 9, 8);
        home.config.replacement.refund_until = NaiveDate::from_ymd_opt(2025, 9, 10);
        home.config.replacement.programme = Programme::Exposed;
        import(&home, CODE, hlr, &self.file(rows), [LEAD, PRIVACY])
    }

    /// Why a list is refused: column and code of each row.
    fn refusals(&self, rows: &[String]) -> Vec<String> {
        self.refusals_at(rows, None)
    }

    fn refusals_at(&self, rows: &[String], hlr: Option<&dyn Provisioning>) -> Vec<String> {
        assert_eq!(refused(self.import_at(rows, hlr)), "rejects");
        let path = simrecall_engine::csv_rows::rejects_path(&self.file(rows));
        let text = std::fs::read_to_string(path).unwrap();
        let cells = |line: &str| line.split(',').skip(1).take(2).collect::<Vec<_>>().join(" ");
        text.lines().skip(1).map(cells).collect()
    }

    fn key(&self, who: Townsperson) -> [u8; 16] {
        let number = Msisdn::parse(who.number).unwrap();
        self.place.home().keys.service().unwrap().blind(Field::Msisdn, number.expose())
    }
}

/// A row of somebody's, changed at a time, with whatever else is known.
fn row(who: Townsperson, at: &str, rest: &str) -> String {
    format!("{},{at},{rest}", who.number)
}

const DONE: &str = "2025-09-10T12:00:00+09:00";

#[rstest]
fn a_list_is_brought_in_once_with_all_that_follows_from_a_change(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let town = Town::open(backend);
    let home = town.place.home();
    // One who waits for a card, and one who never asked.
    let visit = town.place.visit(&town.place.walk_in(LEAKED)).unwrap();
    let line = town.place.door.lines(&visit).unwrap()[0].line;
    town.place.door.apply(&visit, &[line]).unwrap();
    let rows = [
        row(LEAKED, DONE, "450080000099901,,7700,"),
        row(POSSIBLY, "2025-09-01T12:00:00+09:00", ",,7700,"),
    ];
    let first = town.import(&rows).unwrap();
    assert_eq!((first.rows, first.completed, first.opened, first.known), (2, 2, 1, 0));
    // Only what was paid within the days is paid back, and nobody has approved it.
    assert_eq!(first.refunds, 1);
    let cases = town.place.door.replacements(&visit).unwrap();
    assert_eq!(cases.iter().map(|one| one.state).collect::<Vec<_>>(), ["completed"]);
    let done: DateTime<Utc> = DONE.parse().unwrap();
    let changed = home.store.read(|tx| tx.sim_change(&town.key(LEAKED))).unwrap();
    assert_eq!(changed, Some(done));
    let orders = home.store.read(|tx| tx.orders_in(OrderState::Due, 9)).unwrap();
    let mut kinds: Vec<Kind> = orders.iter().map(|one| one.kind).collect();
    kinds.sort();
    // The hold of the other is over already.
    assert_eq!(kinds, [Kind::Hold, Kind::Swapped, Kind::Swapped]);
    let claims = town.place.door.claims(&visit).unwrap();
    assert_eq!(
        claims.iter().map(|one| (one.state, one.amount_won)).collect::<Vec<_>>(),
        [("submitted", 7700)]
    );
    // The same list again changes nothing; another time is refused.
    let again = town.import(&rows).unwrap();
    assert_eq!((again.completed, again.known), (0, 2));
    let orders = home.store.read(|tx| tx.orders_in(OrderState::Due, 9)).unwrap();
    assert_eq!(orders.len(), 3);
    let other = [row(LEAKED, "2025-09-10T13:00:00+09:00", ",,,")];
    assert_eq!(town.refusals(&other), ["completed_at completed_otherwise"]);
    // It has no swap of ours.
    let incident = home.store.read(|tx| tx.incidents()).unwrap()[0].id;
    let case = home.store.read(|tx| tx.replacements_of(incident, &[line])).unwrap().remove(0);
    assert_eq!((case.state, case.completed_at), (State::Completed, Some(done)));
    let back = Reversal {
        incident: CODE,
        case: &case.id.to_string(),
        why: "not theirs",
        by: [LEAD, PRIVACY],
    };
    assert_eq!(refused(reverse(home, &back)), "case_state");
    let events = home.store.read(|tx| tx.case_events(incident, case.id)).unwrap();
    assert_eq!(events.last().unwrap().event, Some(Event::CompleteElsewhere));
}

#[rstest]
fn a_list_with_a_bad_row_is_refused_whole(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let town = Town::open(backend);
    let home = town.place.home();
    let hold = LineHold {
        number: town.key(CHILD),
        raised_at: home.now(),
        by: None,
        reason: "not_me".to_owned(),
        case: None,
        cleared: None,
        owner_agreed_at: None,
    };
    home.store.write(|tx| tx.raise_line_hold(&hold)).unwrap();
    let tomorrow = (home.now() + TimeDelta::days(1)).to_rfc3339();
    let rows = [
        row(LEAKED, DONE, ",,,"),
        row(LEAKED, DONE, ",,,"),
        row(CHILD, DONE, ",,,"),
        row(POSSIBLY, &tomorrow, ",,,"),
        row(NEW_HOLDER, "2025-09-01T12:00:00+09:00", ",,,"),
        row(NEW_HOLDER, DONE, ",,,"),
        row(POSSIBLY, DONE, ",,,NOWHERE"),
        format!("010-2999-0001,{DONE},,,,"),
    ];
    assert_eq!(
        town.refusals(&rows),
        [
            "number number.twice",
            "number line_held",
            "completed_at time.future",
            "completed_at time.before",
            "number not_exposed",
            "agency agency.unknown",
            "number line_ended",
        ]
    );
    let written = [
        "0,,,,",
        "010-2000-0001,yesterday,,,,",
        "010-2000-0001,2025-09-10T12:00:00+09:00,1,2,a lot,",
    ];
    let codes = town.refusals(&written.map(str::to_owned));
    assert!(codes.contains(&"completed_at time.form".to_owned()), "{codes:?}");
    assert!(codes.contains(&"paid_won won.number".to_owned()), "{codes:?}");
    // Nothing of it was done.
    let orders = home.store.read(|tx| tx.orders_in(OrderState::Due, 9)).unwrap();
    assert_eq!(orders, []);
    assert_eq!(home.store.read(|tx| tx.sim_change(&town.key(LEAKED))).unwrap(), None);
    let clerk = home.dir.join("clerk.key");
    staff::add(home, "clerk.one", &[StaffRole::Clerk], &clerk, Some(LEAD)).unwrap();
    let file = town.file(&[row(LEAKED, DONE, ",,,")]);
    for (by, code) in [
        ([LEAD, LEAD], "two_persons"),
        ([LEAD, "legal.counsel"], "not_allowed"),
        ([LEAD, "nobody"], "staff"),
    ] {
        assert_eq!(refused(import(home, CODE, None, &file, by)), code);
    }
    import(home, CODE, None, &file, [LEAD, "clerk.one"]).unwrap();
}

/// A line that is tied to its handset, and a real HLR that has to agree.
#[rstest]
fn the_network_has_the_number_at_the_new_card_and_a_tie_goes_with_it(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let town = Town::open(backend);
    let (home, door) = (town.place.home(), &town.place.door);
    let visit = town.place.visit(&town.place.walk_in(LEAKED)).unwrap();
    let line = door.lines(&visit).unwrap()[0].line;
    door.protect(&visit, line, None).unwrap();
    assert_eq!(town.refusals(&[row(LEAKED, DONE, ",,,")]), ["new_imsi imsi.needed"]);
    let server = HlrServer::start().unwrap();
    let hlr = OsmoHlr::new(HlrSettings::new(server.address())).unwrap();
    let changed = [row(LEAKED, DONE, "450080000099901,,,")];
    assert_eq!(town.refusals_at(&changed, Some(&hlr)), ["new_imsi hlr_number"]);
    let (new, number) = (Imsi::parse("450080000099901").unwrap(), Msisdn::parse(LEAKED.number));
    hlr.create(&new).unwrap();
    hlr.set_number(&new, Some(&number.unwrap())).unwrap();
    assert_eq!(town.import_at(&changed, Some(&hlr)).unwrap().completed, 1);
    let service = home.keys.service().unwrap();
    let state = |imsi: &Imsi| {
        let key = service.blind(Field::Imsi, imsi.expose());
        let kept = home.store.read(|tx| tx.protections_of(&[key])).unwrap();
        kept.first().map(|one| one.state)
    };
    let old = Imsi::parse("450080000000001").unwrap();
    assert_eq!((state(&old), state(&new)), (Some(StateKind::Off), Some(StateKind::Requested)));
}
