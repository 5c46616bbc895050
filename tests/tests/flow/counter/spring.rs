//! A spring like that of 2025, small: more people than cards, cards in lots, people of every tier. Nobody is passed over, nobody starves,
//! and nobody is called for a card that is not there.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use simrecall_core::access::StaffRole;
use simrecall_core::id::{AgencyId, CaseId, IncidentId};
use simrecall_core::replacement::card::State as CardState;
use simrecall_core::replacement::queue::Place as InLine;
use simrecall_core::replacement::{Event, State, local_day, step};
use simrecall_engine::config::Programme;
use simrecall_engine::csv_rows::{LineRow, Rows};
use simrecall_engine::drill::CODE;
use simrecall_engine::replacement::book;
use simrecall_engine::replacement::open::{self, NewCase};
use simrecall_engine::replacement::tick::tick;
use simrecall_engine::sample::{self, SamplePlan};
use simrecall_engine::stock::import::{self, NewBatch};
use simrecall_engine::stock::receive::{self, Arrival};
use simrecall_engine::{Clock, Home, agency, kpi, registry, staff};
use simrecall_store::card::{CardMove, Reservation, Reserved};
use simrecall_store::case_notice::{CaseNoticeKind, CaseNoticeState};
use simrecall_store::lease::LeaseToken;
use simrecall_store::replacement::{CaseMove, Moved, PlaceChange, ReplacementCase};
use simrecall_store::{StoreError, Tx};
use simrecall_tests::Backend;

use super::shop::{CLERK, encrypted, rows};
use crate::support::{Office, SECURITY, kst};

const SHOPS: [&str; 3] = ["jongno", "mapo", "songpa"];
/// Cards that come for each shop, by day: a trickle first, as in the spring of 2025, and enough in the end.
const LOTS: [(i64, u32); 5] = [(0, 10), (4, 15), (9, 30), (15, 40), (22, 60)];
const DAYS: i64 = 34;

/// What a day ended with.
struct Figures {
    booked: usize,
    swapped: u64,
    left: u64,
    stock: u64,
}

struct Spring {
    office: Office,
    home: Home,
    incident: IncidentId,
    numbers: Vec<String>,
    identity: age::x25519::Identity,
}

impl Spring {
    fn begin() -> Self {
        let office =
            Office::open(Backend::Sqlite, Clock::still(kst("2025-09-12T08:00")), None, None);
        let mut home = office.home().clone();
        home.config.replacement.programme = Programme::Everybody;
        let folder = home.dir.join("sample");
        std::fs::create_dir_all(&folder).unwrap();
        let files = sample::write(&SamplePlan::sized(20_250_428, 600), &folder).unwrap();
        let lists = registry::RegistryFiles {
            subscribers: &files.subscribers,
            lines: &files.lines,
            as_of: home.now(),
            accept_rejects: 0,
        };
        registry::import(&home, CODE, &lists, SECURITY).unwrap();
        let held = Rows::<LineRow>::open(&files.lines).unwrap();
        let held = held.filter_map(|row| row.unwrap().row);
        let now = home.now();
        let numbers: BTreeSet<String> = held
            .filter(|row| row.held_from <= now && row.held_to.is_none())
            .map(|row| row.msisdn.national())
            .collect();
        let key = home.dir.join("clerk.key");
        staff::add(&home, CLERK, &[StaffRole::Agency], &key, Some(SECURITY)).unwrap();
        let list = home.dir.join("agencies.csv");
        let head = "code,name,kind,region,address,desks,opens,closes,weekdays\n";
        let shops =
            SHOPS.map(|code| format!("{code},{code},shop,seoul,Seoul,1,10:00,12:00,mon-sun\n"));
        std::fs::write(&list, format!("{head}{}", shops.concat())).unwrap();
        agency::import(&home, &list, SECURITY).unwrap();
        let incident = simrecall_engine::incident::show(&home, CODE).unwrap().incident.id;
        let identity = age::x25519::Identity::generate();
        Self { office, home, incident, numbers: numbers.into_iter().collect(), identity }
    }

    fn lots(&self, day: i64) {
        use age::secrecy::ExposeSecret as _;
        let Some(at) = LOTS.iter().position(|(on, _)| *on == day) else { return };
        let identity = self.home.dir.join("identity.txt");
        std::fs::write(&identity, self.identity.to_string().expose_secret()).unwrap();
        for (no, agency) in SHOPS.iter().enumerate() {
            let lot = format!("PO-{day}-{agency}");
            let from = u32::try_from(at * 1_000 + no * 200).unwrap();
            let file = self.home.dir.join(format!("{lot}.age"));
            encrypted(&file, &self.identity, &rows(from, LOTS[at].1));
            let (identity, expected) = (identity.as_path(), local_day(self.home.now()));
            let new = NewBatch { file: &file, identity, agency, lot: &lot, expected, by: SECURITY };
            import::import(&self.home, &new).unwrap();
            receive::receive(&self.home, &Arrival { lot: &lot, missing: None, by: CLERK }).unwrap();
        }
    }

    /// People ask: many in the first days, of every tier.
    fn ask(&self, day: i64, next: &mut usize) {
        let many = match day {
            0..5 => 50,
            5..12 => 15,
            12..20 => 5,
            _ => 0,
        };
        for _ in 0..many {
            let Some(number) = self.numbers.get(*next) else { return };
            let new = NewCase {
                number,
                lost_money: next.is_multiple_of(23),
                leaves_on: (next.is_multiple_of(17)).then(|| local_day(self.home.now())),
                disabled: next.is_multiple_of(11),
                by: CLERK,
            };
            let case = open::open(&self.home, CODE, &new).unwrap().row.id;
            let shop = SHOPS[*next % SHOPS.len()];
            book::wait(&self.home, CODE, (&case, shop, None), CLERK).unwrap();
            *next += 1;
        }
    }

    fn cases(&self, state: State) -> Vec<ReplacementCase> {
        self.home.store.read(|tx| tx.replacements_in(self.incident, state, i64::MAX)).unwrap()
    }

    /// Gives visits, and holds what was given against who still waits.
    fn allot(&self) {
        let before: BTreeSet<CaseId> =
            self.cases(State::Waiting).iter().map(|one| one.id).collect();
        tick(&self.home).unwrap();
        let now = self.home.now();
        let place = |case: &ReplacementCase| InLine::of(case.id, case.tier, case.applied_at, now);
        let waiting = self.cases(State::Waiting);
        for booked in self.cases(State::Booked).iter().filter(|one| before.contains(&one.id)) {
            let passed = waiting
                .iter()
                .find(|one| one.agency == booked.agency && place(one) < place(booked));
            assert!(passed.is_none(), "{passed:?} was passed over for {booked:?}");
        }
        let counts = self.home.store.read(|tx| tx.stock_counts()).unwrap();
        let called = self.cases(State::Booked);
        for count in counts {
            let here = called.iter().filter(|one| one.agency == Some(count.agency)).count();
            assert!(i64::try_from(here).unwrap() <= count.available, "{count:?}: {here} called");
        }
    }

    /// Those who are booked for today come, but one in ten; and those who missed their day some days later.
    fn serve(&self, day: i64) -> usize {
        let today = local_day(self.home.now());
        let mut come: Vec<ReplacementCase> = self.cases(State::Booked);
        come.retain(|one| one.day == Some(today));
        let due = come.len();
        come.retain(|one| one.id.as_bytes()[0] % 10 != 0);
        if day % 5 == 0 {
            come.extend(self.cases(State::NoShow));
        }
        for case in come {
            let now = self.home.now();
            self.home.store.write(|tx| swapped(tx, &case, now)).unwrap();
        }
        due
    }
}

/// From the counter to a new card, without a register.
fn swapped(
    tx: &mut Tx<'_>,
    case: &ReplacementCase,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let (agency, product) = (case.agency.unwrap(), case.product.clone().unwrap());
    let Some(card) = tx.available_cards(agency, &product, 1)?.pop() else { return Ok(false) };
    let asked = Reservation {
        card,
        agency,
        product: &product,
        incident: case.incident,
        case: case.id,
        token: LeaseToken([7; 16]),
        until: None,
        now,
    };
    match tx.reserve_card(&asked)? {
        Reserved::Yes => {}
        Reserved::Promised => return Ok(false),
        other @ (Reserved::Again
        | Reserved::Unknown
        | Reserved::Elsewhere(_)
        | Reserved::OtherProduct
        | Reserved::OtherCase(_)
        | Reserved::NotAvailable(_)
        | Reserved::HasAnother(_)) => panic!("{other:?}"),
    }
    for event in [
        Event::CheckIn,
        Event::Verify,
        Event::Reserve,
        Event::Start,
        Event::Provisioned,
        Event::Attach,
    ] {
        moved(tx, case.id, (case.incident, agency), event, now)?;
    }
    let (from, to) = (CardState::Reserved, CardState::Active);
    assert!(tx.move_card(&CardMove { card, from, to, sealed: None, at: now })?);
    Ok(true)
}

fn moved(
    tx: &mut Tx<'_>,
    id: CaseId,
    (incident, agency): (IncidentId, AgencyId),
    event: Event,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let case = tx.replacement(incident, id)?.unwrap();
    let to = step(case.state, event).unwrap();
    let (place, by, agency) = (PlaceChange::Keep, None, Some(agency));
    let done = tx.move_case(&CaseMove { case: &case, event, to, place, by, agency, at })?;
    assert_eq!(done, Moved::Done);
    Ok(())
}

#[test]
fn a_spring_in_which_cards_are_scarce_serves_everybody_in_order() {
    let spring = Spring::begin();
    let (mut next, mut figures) = (0, Vec::new());
    for day in 0..DAYS {
        spring.lots(day);
        spring.ask(day, &mut next);
        spring.allot();
        spring.office.clock.advance(TimeDelta::hours(10));
        let booked = spring.serve(day);
        let of_day = kpi::figures(&spring.home, CODE, (None, None)).unwrap().remove(0);
        let (swapped, left, stock) = (of_day.swapped, of_day.left, of_day.stock);
        figures.push(Figures { booked, swapped, left, stock });
        spring.office.clock.advance(TimeDelta::hours(14));
    }
    assert!(next > 390, "{next} asked");
    let waiting = spring.cases(State::Waiting);
    assert!(waiting.is_empty(), "{} starve: {:?}", waiting.len(), waiting.first());
    let last = figures.last().unwrap();
    assert!(last.swapped * 10 >= u64::try_from(next).unwrap() * 9, "{} of {next}", last.swapped);
    // Cards were all there was to wait for: on no day were there both a line and cards nobody was promised.
    let home = &spring.home;
    let due = home
        .store
        .read(|tx| tx.case_notices_in(spring.incident, CaseNoticeState::Due, home.now(), i64::MAX));
    let visits = due.unwrap().iter().filter(|one| one.key.kind == CaseNoticeKind::Visit).count();
    assert!(visits > 0, "people were told");
    let drift = home
        .store
        .read(|tx| Ok((tx.recount_stock(local_day(home.now()))?, tx.case_drift(spring.incident)?)));
    assert_eq!(drift.unwrap(), (Vec::new(), Vec::new()));
    let chart = Path::new(env!("CARGO_TARGET_TMPDIR")).join("spring.svg");
    std::fs::write(&chart, svg(&figures)).unwrap();
    println!("{}", chart.display());
}

/// Booked, swapped, left and stock by day.
fn svg(figures: &[Figures]) -> String {
    let (width, height, edge) = (900_u64, 420_u64, 50_u64);
    let all = |of: &Figures| [u64::try_from(of.booked).unwrap(), of.swapped, of.left, of.stock];
    let most = figures.iter().flat_map(all).max().unwrap_or(1).max(1);
    let days = u64::try_from(figures.len()).unwrap().max(2);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"sans-serif\" font-size=\"13\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
        width + 2 * edge + 110,
        height + 2 * edge
    );
    for part in 0..=4_u64 {
        let (value, y) = (most * part / 4, edge + height - height * part / 4);
        writeln!(text, "<path d=\"M{edge} {y}H{}\" stroke=\"#ddd\"/><text x=\"{}\" y=\"{}\" text-anchor=\"end\">{value}</text>", edge + width, edge - 6, y + 4).unwrap();
    }
    for day in (0..days).step_by(7) {
        let x = edge + width * day / (days - 1);
        writeln!(
            text,
            "<text x=\"{x}\" y=\"{}\" text-anchor=\"middle\">day {day}</text>",
            height + edge + 20
        )
        .unwrap();
    }
    let lines =
        [("visits", "#b36b00"), ("swapped", "#00704a"), ("left", "#b00020"), ("stock", "#1f4e9c")];
    for (at, (name, colour)) in lines.into_iter().enumerate() {
        let point = |(day, of): (usize, &Figures)| {
            let x = edge + width * u64::try_from(day).unwrap() / (days - 1);
            (x, edge + height - height * all(of)[at] / most)
        };
        let points: Vec<(u64, u64)> = figures.iter().enumerate().map(point).collect();
        let path: Vec<String> = points.iter().map(|(x, y)| format!("{x} {y}")).collect();
        let (_, y) = points.last().unwrap();
        writeln!(text, "<path d=\"M{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/><text x=\"{}\" y=\"{}\" fill=\"{colour}\">{name}</text>", path.join("L"), edge + width + 8, if name == "left" { y + 18 } else { y + 4 }).unwrap();
    }
    text + "</svg>\n"
}
