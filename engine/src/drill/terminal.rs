//! An agency at work in a drill, for whoever tries its page: people and terminals that wait for their keys, customers who are booked,
//! their old cards on OsmoHLR, whoever follows orders, and a hand that puts the new card in.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use simrecall_core::access::StaffRole;
use simrecall_core::id::CardId;
use simrecall_core::identity::{Iccid, Imsi, Msisdn};
use simrecall_core::replacement::local_day;
use simrecall_gateway::hlr::{MilenageKey, Provisioning as _};
use simrecall_gateway::sandbox::hlr::HlrProcess;
use simrecall_gateway::sandbox::phone::{Attach, Phone};
use simrecall_store::seal::Field;
use simrecall_store::terminal::TerminalState;

use super::scene::{CODE, COUNSEL, SIGNERS};
use super::swap::{AGENCY, CLERK, attach, book, broken, network, old_card, ways_in};
use super::{at_hour, portal};
use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::replacement::book::{FreeDay, free};
use crate::replacement::notices::notify;
use crate::replacement::tick::tick;
use crate::stock::import::made;
use crate::terminal::device::{self, Enrolled};
use crate::terminal::enrol::{self, Invited, Why};
use crate::terminal::follow::{Followed, follow};
use crate::{agency, staff, swap};

/// What a drill's configuration lacks to serve staff.
const SECTION: &str = "\n[agency]                                # staff's page: simrecall serve --surface agency\nhost = \"agency.localhost\"\norigin = \"http://agency.localhost:8483\"\n";
/// The agency of the drill, open whenever somebody tries it.
const ROUND_THE_CLOCK: &str = "code,name,kind,region,address,desks,opens,closes,weekdays\n\
     JONGNO,한빛모바일 종로점,shop,seoul,서울특별시 종로구 종로 1,3,00:00,24:00,mon-sun\n";
/// Answers for the agency.
const SUPERVISOR: &str = "agency.supervisor";
/// How many customers come.
const CUSTOMERS: u32 = 2;
/// When a drill's day begins, in Seoul.
const MORNING: u8 = 9;
/// How many orders run at a time.
const WORKERS: usize = 2;
/// How often notices go out, and how long a hand takes to put a card in.
const TURN: Duration = Duration::from_secs(1);

/// Somebody who may be tried, and what they still need.
#[derive(Debug)]
pub struct Sits {
    /// Their name.
    pub name: &'static str,
    /// What they do.
    pub does: &'static str,
    /// Where: the agency's code; none for the customer centre.
    pub agency: Option<&'static str>,
    /// A terminal there, if none is on yet: it waits for a browser's key.
    pub terminal: Option<Enrolled>,
    /// An invitation, if they have no passkey yet.
    pub invite: Option<Invited>,
}

/// A customer who is booked; invented.
#[derive(Clone, PartialEq, Eq)]
pub struct Coming {
    /// Their number.
    pub number: String,
    /// Their mail address.
    pub mail: String,
    /// When they are booked.
    pub at: DateTime<Utc>,
    /// What is printed on a card that is in the drawer for them.
    pub card: String,
}

impl fmt::Debug for Coming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Coming(at {})", self.at)
    }
}

/// The agency, with all that is around it.
#[derive(Debug)]
pub struct Counter {
    home: Home,
    hlr: HlrProcess,
    cards: Vec<NewCard>,
    numbers: Vec<Msisdn>,
    customers: Vec<Coming>,
}

/// A card as its supplier made it.
struct NewCard {
    iccid: Iccid,
    imsi: Imsi,
    key: MilenageKey,
}

impl fmt::Debug for NewCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewCard({})", self.iccid.masked())
    }
}

impl Counter {
    /// Opens the agency of a drill that was played, on the morning after the last thing that happened in it, with two customers more who
    /// are booked. A mail receiver must be there: they prove who they are on their own page.
    pub fn open(home: &Home) -> Result<Self> {
        let hlr = network(home)?;
        let home = furnish(home, &hlr)?;
        let stock = home.dir.join("stock");
        let cards = made(&stock.join("HB-LOT-0001.csv.age"), &stock.join("supplier.identity"))?;
        let card = |(iccid, imsi, key)| NewCard { iccid, imsi, key };
        let cards = cards.into_iter().map(card).collect();
        let mut counter = Self { home, hlr, cards, numbers: Vec::new(), customers: Vec::new() };
        counter.come()?;
        Ok(counter)
    }

    /// Its installation, on the clock of the drill.
    pub const fn home(&self) -> &Home {
        &self.home
    }

    /// Who comes.
    pub fn customers(&self) -> &[Coming] {
        &self.customers
    }

    /// Two customers book the next hour on their page, and it is that hour.
    fn come(&mut self) -> Result<()> {
        let now = self.home.now();
        let today = at_hour(local_day(now), MORNING.into()).filter(|nine| *nine > now);
        let morning =
            today.or_else(|| at_hour(local_day(now).succ_opt()?, MORNING.into())).unwrap_or(now);
        self.home.clock.advance(morning - now);
        // As each morning: places for the cards there are.
        tick(&self.home)?;
        let (mut cards, hour) = (self.in_drawer()?.into_iter(), self.hour()?);
        for one in portal::last_exposed(&self.home, CUSTOMERS)? {
            let at = book(&portal::log_in(&self.home, &one)?, Some(&hour))?;
            old_card(&self.home, &one.number)?;
            let card = cards.next();
            let card = card.ok_or_else(|| Problem::state("drill", "the drawer is empty"))?;
            self.customers.push(Coming {
                number: one.number.national(),
                mail: one.mail.expose().to_owned(),
                at,
                card,
            });
            self.numbers.push(one.number);
        }
        let first = self.customers.iter().map(|one| one.at).min();
        let first = first.ok_or_else(|| Problem::state("drill", "everybody has a new card"))?;
        self.home.clock.advance(first - self.home.now());
        notify(&self.home, CODE).map(drop)
    }

    /// The first forenoon hour of a day that takes them both, as the page names it.
    fn hour(&self) -> Result<String> {
        let is_good = |hour: &&u8| **hour > MORNING;
        for FreeDay { day, places, hours } in free(&self.home, AGENCY, None)? {
            let hour = hours.iter().find(is_good).filter(|_| places >= CUSTOMERS);
            if let Some(hour) = hour {
                return Ok(format!("{AGENCY} {day} {hour}"));
            }
        }
        Err(Problem::state("drill", "the drawer has no cards for more customers")
            .hint("play it anew: remove the folder of the drill"))
    }

    /// What is printed on the cards in the drawer that are nobody's.
    fn in_drawer(&self) -> Result<Vec<String>> {
        let place = agency::by_code(&self.home, AGENCY)?.id;
        let product = &self.home.config.replacement.product;
        let most = i64::try_from(self.cards.len()).unwrap_or(i64::MAX);
        let there = self.home.store.read(|tx| tx.available_cards(place, product, most))?;
        let service = self.home.keys.service().map_err(problem::keys)?;
        let is_there = |card: &&NewCard| {
            there.contains(&CardId::from_bytes(service.blind(Field::Iccid, card.iccid.expose())))
        };
        Ok(self.cards.iter().filter(is_there).map(|card| card.iccid.expose().to_owned()).collect())
    }

    /// Who may be tried. Whoever has no passkey gets an invitation, and where no terminal is on, one is expected.
    pub fn seats(&self) -> Result<Vec<Sits>> {
        let [security, privacy] = SIGNERS;
        let agency = Some(AGENCY);
        let on = device::list(&self.home)?;
        let has_terminal = |place: Option<&str>| {
            on.iter().any(|one| one.state == TerminalState::On && one.agency.as_deref() == place)
        };
        let terminal = |place: Option<&str>| {
            let expected = || device::enrol(&self.home, place, &[], security);
            (!has_terminal(place)).then(expected).transpose()
        };
        let who = staff::list(&self.home)?;
        let invite = |name: &str, by: &[&str]| {
            let has_one = who.iter().any(|one| one.name == name && one.passkeys > 0);
            let by: Vec<String> = by.iter().map(|name| (*name).to_owned()).collect();
            let invited = || enrol::invite(&self.home, name, Why::First, &by);
            (!has_one).then(invited).transpose()
        };
        Ok(vec![
            Sits {
                name: CLERK,
                does: "serves customers",
                agency,
                terminal: terminal(agency)?,
                invite: invite(CLERK, &[security])?,
            },
            Sits {
                name: SUPERVISOR,
                does: "answers for the agency",
                agency,
                terminal: None,
                invite: invite(SUPERVISOR, &[security, privacy])?,
            },
            Sits {
                name: security,
                does: "takes second looks",
                agency: None,
                terminal: terminal(None)?,
                invite: invite(security, &[privacy, COUNSEL])?,
            },
        ])
    }

    /// Follows orders, hands notices over and puts new cards in, until somebody says stop.
    pub fn work(
        &self,
        stop: &AtomicBool,
        followed: &(dyn Fn(&Followed) + Sync),
        said: &(dyn Fn(&str) + Sync),
    ) -> Result<()> {
        let (hlr, pace) = (swap::register(&self.home)?, swap::pace(&self.home)?);
        let goes_on = || !stop.load(Ordering::Acquire);
        std::thread::scope(|scope| {
            scope.spawn(|| follow(&self.home, &hlr, (&pace, WORKERS), stop, followed));
            let mut inside = BTreeSet::new();
            while goes_on() {
                let turn = notify(&self.home, CODE).map(drop);
                if let Err(problem) = turn.and_then(|()| self.put_in(&hlr, &mut inside, said)) {
                    tracing::warn!(code = problem.code, %problem, "the drill's street stands still");
                }
                std::thread::sleep(TURN);
            }
        });
        Ok(())
    }

    /// Whoever's number has gone to a new card puts it in, until it is registered.
    fn put_in(
        &self,
        hlr: &swap::OsmoHlr,
        inside: &mut BTreeSet<String>,
        said: &(dyn Fn(&str) + Sync),
    ) -> Result<()> {
        for number in &self.numbers {
            let holder = hlr.holder(number).map_err(|error| broken("the HLR is silent", error))?;
            let card = self.cards.iter().find(|card| Some(&card.imsi) == holder.as_ref());
            let Some(card) = card.filter(|card| !inside.contains(card.iccid.expose())) else {
                continue;
            };
            let mut phone = Phone::new(card.imsi.clone(), card.key.clone());
            if let Attach::Attached { .. } = attach(&self.hlr, &mut phone)? {
                inside.insert(card.iccid.expose().to_owned());
                said(&format!("the new card of {} is in a phone", number.masked()));
            }
        }
        Ok(())
    }
}

/// Names the HLR's address of today in the configuration, serves staff, and has the people in it who work there.
fn furnish(home: &Home, hlr: &HlrProcess) -> Result<Home> {
    let opened = portal::open_door(home)?;
    if opened.config.agency.is_none() {
        portal::append(&opened, SECTION)?;
    }
    let path = opened.dir.join("simrecall.toml");
    let text = std::fs::read_to_string(&path).map_err(|error| problem::file(&path, error))?;
    let [ctrl, vty] = ways_in(hlr);
    let line = |line: &str| match line.split_once(" = ") {
        Some(("ctrl", _)) => format!("ctrl = \"{ctrl}\"\n"),
        Some(("vty", _)) => format!("vty = \"{vty}\"\n"),
        Some(_) | None => format!("{line}\n"),
    };
    let text: String = text.lines().map(line).collect();
    std::fs::write(&path, text).map_err(|error| problem::file(&path, error))?;
    let home = Home::open(&opened.dir, opened.clock)?;
    let list = home.dir.join("stock").join("agencies-day-and-night.csv");
    std::fs::write(&list, ROUND_THE_CLOCK).map_err(|error| problem::file(&list, error))?;
    let [security, _] = SIGNERS;
    agency::import(&home, &list, security)?;
    let who = staff::list(&home)?;
    if !who.iter().any(|one| one.name == SUPERVISOR) {
        staff::add_without_key(&home, SUPERVISOR, &[StaffRole::Supervisor], security)?;
    }
    for name in [CLERK, SUPERVISOR] {
        let is_posted =
            |one: &staff::StaffAnswer| one.name == name && one.agency.as_deref() == Some(AGENCY);
        if !who.iter().any(is_posted) {
            enrol::post(&home, name, Some(AGENCY), security)?;
        }
    }
    Ok(home)
}
