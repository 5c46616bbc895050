//! A spring like that of 2025, at any size: more people than cards, lots that arrive late, people of every tier, and some who do not
//! come. Everything goes through the installation's own lines, places and counters; only the register is left out.
//!
//! How many asked, and which cards came when, follows the figures that a carrier of 25 million lines published; the dates are the drill's.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use simrecall_core::id::{AgencyId, CardId, CaseId, IncidentId, LineId, LotId, SubscriberId};
use simrecall_core::replacement::card::State as CardState;
use simrecall_core::replacement::queue::{Place as InLine, Tier};
use simrecall_core::replacement::{Event, State, local_day, step};
use simrecall_engine::config::Programme;
use simrecall_engine::csv_rows::{LineRow, Rows};
use simrecall_engine::drill::{CODE, Scene, Setting};
use simrecall_engine::registry::{self, RegistryFiles};
use simrecall_engine::replacement::tick::tick;
use simrecall_engine::sample::{self, SamplePlan};
use simrecall_engine::{Clock, Home, agency, kpi};
use simrecall_store::card::{CardMove, NewCard, Reservation, Reserved};
use simrecall_store::lease::LeaseToken;
use simrecall_store::replacement::{CaseMove, Moved, PlaceChange, ReplacementCase};
use simrecall_store::seal::{Field, Table};
use simrecall_store::stock::{Lot, LotKind, LotState};
use simrecall_store::{StoreError, Tx};

use crate::counter::LEAD;

/// How many lines the carrier has whose figures these are.
const CARRIER: u64 = 25_000_000;
/// Who asks on the first day, and on each of the twenty days after it, and on each of the thirty after those.
const ASK: (u64, u64, u64) = (2_860_000, 300_000, 38_000);
/// Cards that arrive, by day: one million at first, five in May, the rest in June.
const LOTS: [(i64, u64); 8] = [
    (0, 1_000_000),
    (5, 1_250_000),
    (12, 1_250_000),
    (19, 1_250_000),
    (26, 1_250_000),
    (33, 1_500_000),
    (40, 1_500_000),
    (47, 1_500_000),
];
/// How many days it is watched.
pub const DAYS: i64 = 65;
/// How many rows are written in one transaction.
const AT_ONCE: usize = 200;
/// How many cases are read at a time.
const PAGE: i64 = 1_000;
const PRODUCT: &str = "usim";
const START: &str = "2025-09-12T08:00:00+09:00";

/// How large it is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Lines of the carrier.
    pub lines: u32,
    /// Shops, with one desk each.
    pub shops: u32,
    /// Hours each shop is open on a day.
    pub hours: u32,
}

/// What a day ended with.
#[derive(Debug, Clone)]
pub struct Day {
    /// The local day.
    pub day: NaiveDate,
    /// Visits that were due.
    pub visits: u64,
    /// New cards so far.
    pub swapped: u64,
    /// People who asked and have none yet.
    pub left: u64,
    /// Cards nobody has yet.
    pub stock: u64,
    /// How long it took to give cards to those who wait.
    pub tick: Duration,
}

/// The spring, as far as it has come.
#[derive(Debug)]
pub struct Spring {
    /// Its installation.
    pub home: Home,
    incident: IncidentId,
    size: Size,
    shops: Vec<AgencyId>,
    people: Vec<(LineId, SubscriberId)>,
    asked: usize,
    cards: u64,
    /// The longest wait of anybody who got a visit, by tier.
    pub longest: BTreeMap<Tier, TimeDelta>,
}

impl Spring {
    /// The morning of its first day.
    ///
    /// # Errors
    /// When the installation cannot be made.
    pub fn begin(dir: &Path, store: &str, size: Size) -> Result<Self> {
        let clock = Clock::still(START.parse::<DateTime<Utc>>()?);
        let nowhere = "127.0.0.1:1";
        let scene = Scene::set(&Setting { dir, store, smsc: nowhere, mail: nowhere, clock })?;
        scene.open_incident()?;
        let mut home = scene.home;
        home.config.replacement.programme = Programme::Everybody;
        let incidents = home.store.read(|tx| tx.incidents())?;
        let incident = incidents.first().context("the incident that was just opened")?.id;
        let people = register(&home, incident, size)?;
        let shops = shops(&home, size)?;
        let (asked, cards, longest) = (0, 0, BTreeMap::new());
        Ok(Self { home, incident, size, shops, people, asked, cards, longest })
    }

    /// One day, from the lots of the morning to the night.
    ///
    /// # Errors
    /// When somebody was passed over, or was called for a card that is not there; or the database fails.
    pub fn day(&mut self, day: i64) -> Result<Day> {
        self.receive(day)?;
        self.ask(day)?;
        let tick = self.allot()?;
        self.home.clock.advance(TimeDelta::hours(10));
        let visits = self.serve(day)?;
        let mut figures = kpi::figures(&self.home, CODE, (None, None))?;
        let of_day = figures.pop().context("today's figures")?;
        let (swapped, left, stock) = (of_day.swapped, of_day.left, of_day.stock);
        self.home.clock.advance(TimeDelta::hours(14));
        Ok(Day { day: of_day.day, visits, swapped, left, stock, tick })
    }

    /// Everybody in a state.
    ///
    /// # Errors
    /// When the database fails.
    pub fn cases(&self, state: State) -> Result<Vec<ReplacementCase>> {
        let mut all = Vec::new();
        self.each(state, |case| {
            all.push(case);
            Ok(())
        })?;
        Ok(all)
    }

    /// Goes through everybody in a state, so many of them in memory at a time.
    ///
    /// # Errors
    /// When the database fails, or `look` does.
    pub fn each(
        &self,
        state: State,
        mut look: impl FnMut(ReplacementCase) -> Result<()>,
    ) -> Result<()> {
        let (incident, mut after) = (self.incident, None);
        loop {
            let read = |tx: &mut Tx<'_>| tx.replacements_after(incident, state, after, PAGE);
            let page = self.home.store.read(read)?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some((last.applied_at, last.id));
            page.into_iter().try_for_each(&mut look)?;
        }
    }

    /// How many have asked.
    pub const fn asked(&self) -> usize {
        self.asked
    }

    /// Its incident.
    pub const fn incident(&self) -> IncidentId {
        self.incident
    }

    /// That much of the carrier's figure.
    fn scaled(&self, figure: u64) -> u64 {
        (figure * u64::from(self.size.lines)).div_ceil(CARRIER)
    }

    fn receive(&mut self, day: i64) -> Result<()> {
        let Some((_, many)) = LOTS.iter().find(|(on, _)| *on == day) else { return Ok(()) };
        let each = self.scaled(*many).div_ceil(self.shops.len().try_into()?);
        for (no, agency) in (0_u8..).zip(self.shops.clone()) {
            let now = self.home.now();
            let mut id = [no; 16];
            id.iter_mut().zip(day.to_be_bytes()).for_each(|(to, from)| *to = from);
            let id = LotId::from_bytes(id);
            let lot = Lot {
                id,
                agency,
                product: PRODUCT.to_owned(),
                supplier_ref: format!("PO-{day}-{no}"),
                kind: LotKind::Supplied,
                from_agency: None,
                expected_on: local_day(now),
                count_expected: i64::try_from(each)?,
                cards: 0,
                state: LotState::InTransit,
                counted: None,
                at: now,
                received_at: None,
            };
            let from = self.cards;
            self.cards += each;
            let cards =
                (from..self.cards).map(|no| self.card(no)).collect::<Result<Vec<NewCard>>>()?;
            self.home.store.write(|tx| {
                tx.add_lot(&lot)?;
                tx.add_cards(id, &cards, now)?;
                tx.receive_lot(id, &[], lot.count_expected, now)
            })?;
        }
        Ok(())
    }

    fn card(&self, no: u64) -> Result<NewCard> {
        let service = self.home.keys.service()?;
        let id = CardId::from_bytes(service.blind(Field::Iccid, &format!("{no:019}")));
        let sealed = service.seal(Table::Card, id.as_bytes(), b"{}")?;
        Ok(NewCard { id, imsi: service.blind(Field::Imsi, &format!("{no:015}")), sealed })
    }

    /// People of every tier ask, and wait at a shop.
    fn ask(&mut self, day: i64) -> Result<()> {
        let figure = match day {
            0 => ASK.0,
            1..=20 => ASK.1,
            21..=50 => ASK.2,
            _ => 0,
        };
        let many = usize::try_from(self.scaled(figure))?;
        let until = (self.asked + many).min(self.people.len());
        let new: Vec<usize> = (self.asked..until).collect();
        for some in new.chunks(AT_ONCE) {
            let now = self.home.now();
            self.home
                .store
                .write(|tx| some.iter().try_for_each(|no| self.applies(tx, *no, now)))?;
        }
        self.asked = until;
        Ok(())
    }

    fn applies(&self, tx: &mut Tx<'_>, no: usize, now: DateTime<Utc>) -> Result<(), StoreError> {
        let unknown = StoreError::NotFound("person");
        let (line, person) = self.people.get(no).copied().ok_or(unknown.clone())?;
        let agency = self.shops.get(no % self.shops.len()).copied().ok_or(unknown)?;
        let id = CaseId::from_bytes(*line.as_bytes());
        let case = ReplacementCase::applied(self.incident, line, id, person, now);
        let case = ReplacementCase { tier: tier(no), ..case };
        if !tx.apply_for_replacement(&case)? {
            return Err(StoreError::State("a case is open"));
        }
        let place = PlaceChange::Wait(agency, PRODUCT.to_owned());
        moved(tx, &case, (Event::Queue, place), now).map(drop)
    }

    /// Gives visits, and holds what was given against who still waits and what is in stock.
    fn allot(&mut self) -> Result<Duration> {
        let mut waited: BTreeSet<CaseId> = BTreeSet::new();
        self.each(State::Waiting, |case| {
            waited.insert(case.id);
            Ok(())
        })?;
        let began = Instant::now();
        tick(&self.home)?;
        let took = began.elapsed();
        let now = self.home.now();
        let place = |case: &ReplacementCase| InLine::of(case.id, case.tier, case.applied_at, now);
        let mut first: BTreeMap<Option<AgencyId>, InLine> = BTreeMap::new();
        self.each(State::Waiting, |case| {
            let next = first.entry(case.agency).or_insert_with(|| place(&case));
            *next = place(&case).min(*next);
            Ok(())
        })?;
        let mut called: BTreeMap<AgencyId, i64> = BTreeMap::new();
        let mut longest = std::mem::take(&mut self.longest);
        self.each(State::Booked, |case| {
            *called.entry(case.agency.context("a booked case without a place")?).or_default() += 1;
            if waited.contains(&case.id) {
                let next = first.get(&case.agency);
                ensure!(next.is_none_or(|next| place(&case) < *next), "{next:?} is passed over");
                let longest = longest.entry(case.tier).or_default();
                *longest = (now - case.applied_at).max(*longest);
            }
            Ok(())
        })?;
        self.longest = longest;
        for count in self.home.store.read(|tx| tx.stock_counts())? {
            let here = called.get(&count.agency).copied().unwrap_or(0);
            ensure!(here <= count.available, "{count:?}: {here} are called");
        }
        Ok(took)
    }

    /// Those who are booked for today come, but one in fourteen; of those who missed their day most come later.
    fn serve(&self, day: i64) -> Result<u64> {
        let today = local_day(self.home.now());
        let mut come = Vec::new();
        self.each(State::Booked, |case| {
            come.extend(Some(case).filter(|case| case.day == Some(today)));
            Ok(())
        })?;
        let due = u64::try_from(come.len())?;
        let byte = |case: &ReplacementCase, at: usize| {
            case.id.as_bytes().get(at).copied().map_or(0, i64::from)
        };
        come.retain(|one| byte(one, 0) % 14 != 0);
        self.each(State::NoShow, |case| {
            let is_late = byte(&case, 1) % 4 != 0 && (byte(&case, 2) + day) % 9 == 0;
            come.extend(Some(case).filter(|_| is_late));
            Ok(())
        })?;
        for some in come.chunks(AT_ONCE) {
            let now = self.home.now();
            self.home
                .store
                .write(|tx| some.iter().try_for_each(|case| swapped(tx, case, now).map(drop)))?;
        }
        Ok(due)
    }
}

/// One in a hundred has lost money; most were surely exposed.
const fn tier(no: usize) -> Tier {
    match no % 100 {
        0 => Tier::LostMoney,
        1..=2 => Tier::Travelling,
        3..=14 => Tier::AtRisk,
        15..=79 => Tier::Confirmed,
        80..=94 => Tier::Possible,
        _ => Tier::Everybody,
    }
}

/// The lines of today, with who holds them.
fn register(home: &Home, incident: IncidentId, size: Size) -> Result<Vec<(LineId, SubscriberId)>> {
    let folder = home.dir.join("sample");
    fs::create_dir_all(&folder)?;
    let files = sample::write(&SamplePlan::sized(20_250_428, u64::from(size.lines)), &folder)?;
    let (subscribers, lines) = (files.subscribers.as_path(), files.lines.as_path());
    let lists = RegistryFiles { subscribers, lines, as_of: home.now(), accept_rejects: 0 };
    registry::import(home, CODE, &lists, LEAD)?;
    let keys = home.keys.incident(incident)?;
    let mut people = Vec::new();
    for row in Rows::<LineRow>::open(lines)? {
        let Some(held) = row?.row else { continue };
        if held.held_from <= home.now() && held.held_to.is_none() {
            people.push((keys.line_id(&held.line_ref), keys.subscriber_id(&held.subscriber_ref)));
        }
    }
    // Ids are keyed hashes: in their order, who asks when has nothing to do with the file.
    people.sort_unstable();
    Ok(people)
}

fn shops(home: &Home, size: Size) -> Result<Vec<AgencyId>> {
    let mut list = "code,name,kind,region,address,desks,opens,closes,weekdays\n".to_owned();
    for no in 0..size.shops {
        let closes = 9 + size.hours;
        writeln!(list, "shop-{no:03},Shop {no},shop,seoul,Seoul,1,09:00,{closes:02}:00,mon-sun")?;
    }
    let path = home.dir.join("agencies.csv");
    fs::write(&path, list)?;
    agency::import(home, &path, LEAD)?;
    Ok(agency::all(home)?.into_iter().map(|one| one.id).collect())
}

/// From the counter to a new card, without a register; whether there was a card for them.
fn swapped(
    tx: &mut Tx<'_>,
    case: &ReplacementCase,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let agency = case.agency.ok_or(StoreError::Damaged("replacement_case"))?;
    let Some(card) = tx.available_cards(agency, PRODUCT, 1)?.pop() else { return Ok(false) };
    let asked = Reservation {
        card,
        agency,
        product: PRODUCT,
        incident: case.incident,
        case: case.id,
        token: LeaseToken([7; 16]),
        until: None,
        now,
    };
    match tx.reserve_card(&asked)? {
        Reserved::Yes => {}
        // The cards that are here are promised to others.
        Reserved::Promised => return Ok(false),
        Reserved::Again
        | Reserved::Unknown
        | Reserved::Elsewhere(_)
        | Reserved::OtherProduct
        | Reserved::OtherCase(_)
        | Reserved::NotAvailable(_)
        | Reserved::HasAnother(_) => return Err(StoreError::State("an available card is not")),
    }
    let way = [
        Event::CheckIn,
        Event::Verify,
        Event::Reserve,
        Event::Start,
        Event::Provisioned,
        Event::Attach,
    ];
    let mut case = case.clone();
    for event in way {
        case = moved(tx, &case, (event, PlaceChange::Keep), now)?;
    }
    let (from, to) = (CardState::Reserved, CardState::Active);
    tx.move_card(&CardMove { card, from, to, sealed: None, at: now })
}

/// A case after a move, as it is kept.
fn moved(
    tx: &mut Tx<'_>,
    case: &ReplacementCase,
    (event, place): (Event, PlaceChange),
    at: DateTime<Utc>,
) -> Result<ReplacementCase, StoreError> {
    let to = step(case.state, event).map_err(|_| StoreError::State("a case cannot go there"))?;
    let (by, agency) = (None, case.agency);
    match tx.move_case(&CaseMove { case, event, to, place, by, agency, at })? {
        Moved::Done => {}
        Moved::Elsewhere | Moved::DayFull | Moved::HourFull => return Err(StoreError::Busy),
    }
    tx.replacement(case.incident, case.id)?.ok_or(StoreError::NotFound("case"))
}

/// Visits, new cards, people who are left and stock, by day.
pub fn chart(days: &[Day]) -> Result<String> {
    let (width, height, edge) = (900_u64, 420_u64, 70_u64);
    let all = |of: &Day| [of.visits, of.swapped, of.left, of.stock];
    let most = days.iter().flat_map(all).max().unwrap_or(1).max(1);
    let last = u64::try_from(days.len())?.saturating_sub(1).max(1);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <title>Visits due, new cards in all, people left and stock, by day</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
        width + 2 * edge + 120,
        height + 2 * edge
    );
    for part in 0..=4_u64 {
        let (value, y) = (most * part / 4, edge + height - height * part / 4);
        let (end, label) = (edge + width, edge - 6);
        writeln!(text, "<path d=\"M{edge} {y}H{end}\" stroke=\"#ddd\"/>")?;
        writeln!(text, "<text x=\"{label}\" y=\"{}\" text-anchor=\"end\">{value}</text>", y + 4)?;
    }
    for no in (0..=last).step_by(7) {
        let (x, y) = (edge + width * no / last, height + edge + 20);
        writeln!(text, "<text x=\"{x}\" y=\"{y}\" text-anchor=\"middle\">day {no}</text>")?;
    }
    let lines = [
        ("visits due", "#b36b00"),
        ("new cards", "#00704a"),
        ("people left", "#b00020"),
        ("stock", "#1f4e9c"),
    ];
    for (at, (name, colour)) in lines.into_iter().enumerate() {
        let value = |of: &Day| all(of).get(at).copied().unwrap_or(0);
        let mut path = String::new();
        for (no, of) in (0_u64..).zip(days) {
            let (x, y) = (edge + width * no / last, edge + height - height * value(of) / most);
            write!(path, "{}{x} {y}", if no == 0 { 'M' } else { 'L' })?;
        }
        writeln!(
            text,
            "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>"
        )?;
        let (x, y) = (edge + width + 12, edge + 20 * u64::try_from(at)?);
        writeln!(text, "<path d=\"M{x} {}h24\" stroke=\"{colour}\" stroke-width=\"3\"/>", y - 4)?;
        writeln!(text, "<text x=\"{}\" y=\"{y}\">{name}</text>", x + 30)?;
    }
    Ok(text + "</svg>\n")
}
