//! One customer's new card, from the application to the card that attaches, on a real HLR.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use simrecall_core::access::StaffRole;
use simrecall_core::identity::{Imsi, Msisdn};
use simrecall_core::problem::Blame;
use simrecall_core::replacement::local_day;
use simrecall_core::replacement::swap::Access;
use simrecall_gateway::hlr::{MilenageKey, Provisioning as _};
use simrecall_gateway::sandbox::hlr::HlrProcess;
use simrecall_gateway::sandbox::phone::{Attach, Domain, Phone, Switch};

use super::portal::{self, Customer};
use super::scene::{CODE, SIGNERS, Scene};
use super::supplier::{self, Made};
use super::words;
use crate::csv_rows::{LineRow, Rows};
use crate::home::{Home, write_new};
use crate::problem::{self, Problem, Result};
use crate::replacement::notices::notify;
use crate::replacement::shown::list;
use crate::replacement::tick::tick;
use crate::replacement::visit::{AtCounter, Showing, check_in, verify};
use crate::stock::import::{NewBatch, import};
use crate::stock::receive::{Arrival, receive};
use crate::swap::{Ended, Order, Pace, Point, Scan, Watch, reserve, run, start};
use crate::{agency, staff, swap};

/// Who serves at the counter.
pub(super) const CLERK: &str = "agency.clerk";
pub(super) const AGENCY: &str = "JONGNO";
const AGENCIES: &str = "code,name,kind,region,address,desks,opens,closes,weekdays\n\
     JONGNO,한빛모바일 종로점,shop,seoul,서울특별시 종로구 종로 1,3,10:00,20:00,mon-sat\n";
/// What the supplier calls the lot.
const LOT: &str = "HB-LOT-0001";
/// Cards in it.
const CARDS: u32 = 60;
/// What the HLR may take for anything.
const PATIENCE: Duration = Duration::from_secs(10);
/// What is at first in the old card's row; nobody but the drill knows it.
const OLD_KEY: MilenageKey = MilenageKey::from_bytes([0x4B; 16], [0x4F; 16]);

/// What is around one swap.
struct Stage<'a> {
    home: Home,
    hlr: HlrProcess,
    say: &'a mut dyn FnMut(&str),
}

/// Plays it, and says each step.
pub(super) fn swap(scene: &Scene, say: &mut dyn FnMut(&str)) -> Result<()> {
    let Some(one) = portal::last_exposed(&scene.home, 1)?.pop() else {
        return Err(Problem::ours("drill", "nobody of the story has a card to change"));
    };
    let hlr = network(&scene.home)?;
    say(&format!("Replacement  one customer's card, on OsmoHLR at {}", hlr.address()));
    let home = furnish(scene, &hlr)?;
    let mut stage = Stage { home, hlr, say };
    let made = stage.take_stock()?;
    let old = stage.serve_old_card(&one.number)?;
    let case = stage.book(&portal::log_in(&stage.home, &one)?)?;
    // A session does not outlive the days between.
    stage.come(&case, &portal::log_in(&stage.home, &one)?)?;
    let card = made.first().ok_or_else(|| Problem::ours("drill", "the lot is empty"))?;
    stage.change(&case, card, old)
}

/// A drill's own OsmoHLR, with what it held before.
pub(super) fn network(home: &Home) -> Result<HlrProcess> {
    let folder = home.dir.join("hlr");
    std::fs::create_dir_all(&folder).map_err(|error| problem::file(&folder, error))?;
    HlrProcess::start(&folder).map_err(|error| broken("OsmoHLR cannot start", error))
}

/// Where its two ways in are.
pub(super) fn ways_in(hlr: &HlrProcess) -> [SocketAddr; 2] {
    [4259, 4258].map(|port| SocketAddr::new(hlr.address(), port))
}

/// Names the HLR in the configuration, adds the clerk, and opens the installation again.
fn furnish(scene: &Scene, hlr: &HlrProcess) -> Result<Home> {
    let home = &scene.home;
    let key = home.dir.join("staff").join(format!("{CLERK}.key"));
    staff::add(home, CLERK, &[StaffRole::Clerk], &key, Some(SIGNERS[0]))?;
    let [ctrl, vty] = ways_in(hlr);
    let path = home.dir.join("simrecall.toml");
    let mut text = std::fs::read_to_string(&path).map_err(|error| problem::file(&path, error))?;
    // Writing to a string does not fail.
    let _ = write!(text, "\n[hlr]\nctrl = \"{ctrl}\"\nvty = \"{vty}\"\nlook_every = \"100ms\"\n");
    // Messages prove nothing in this incident, and the SMSC's log is held against the ledger of the waves.
    let quiet = "\n[replacement]\ncourtesy_sms = false\n";
    let text = text.replacen("\n[replacement]\n", quiet, 1);
    std::fs::write(&path, text).map_err(|error| problem::file(&path, error))?;
    portal::open_door(home)
}

impl Stage<'_> {
    fn dir(&self) -> PathBuf {
        self.home.dir.join("stock")
    }

    /// A supplier's batch, as it comes: encrypted for us, taken in sealed, counted.
    fn take_stock(&mut self) -> Result<Vec<Made>> {
        let dir = self.dir();
        std::fs::create_dir_all(&dir).map_err(|error| problem::file(&dir, error))?;
        let (agencies, identity) = (dir.join("agencies.csv"), dir.join("supplier.identity"));
        write_new(&agencies, AGENCIES)?;
        agency::import(&self.home, &agencies, SIGNERS[0])?;
        let batch = dir.join("HB-LOT-0001.csv.age");
        let made = supplier::deliver(CARDS, &batch, &identity)?;
        let expected = local_day(self.home.now());
        let new = NewBatch {
            file: &batch,
            identity: &identity,
            agency: AGENCY,
            lot: LOT,
            expected,
            by: SIGNERS[0],
        };
        import(&self.home, &new)?;
        let came = receive(&self.home, &Arrival { lot: LOT, missing: None, by: CLERK })?;
        tick(&self.home)?;
        (self.say)(&format!(
            " stock       lot {LOT}: {} cards counted at {}, their keys sealed",
            came.came, came.agency
        ));
        Ok(made)
    }

    /// The old card works: its row is in the HLR, and it attaches.
    fn serve_old_card(&mut self, number: &Msisdn) -> Result<Phone> {
        let mut old = old_card(&self.home, number)?;
        let attached = self.attach(&mut old)?;
        if matches!(attached, Attach::Attached { .. }) {
            return Ok(old);
        }
        Err(Problem::ours("drill", format!("the old card does not attach: {attached:?}")))
    }

    fn attach(&self, phone: &mut Phone) -> Result<Attach> {
        attach(&self.hlr, phone)
    }

    /// The customer applies on the page and chooses an hour; time passes until then.
    fn book(&mut self, customer: &Customer) -> Result<String> {
        let begins = book(customer, None)?;
        let cases = list(&self.home, CODE, None)?;
        let case = cases.first().ok_or_else(|| Problem::ours("drill", "no case is open"))?;
        (self.say)(&format!(
            " customer    applied and booked on the page: {AGENCY}, {}",
            words::moment(begins)
        ));
        notify(&self.home, CODE)?;
        let wait = begins - self.home.now();
        self.home.clock.advance(wait.max(chrono::TimeDelta::zero()));
        Ok(case.id.clone())
    }

    /// The customer comes, and shows papers and the code of their page; the old card's addresses are told before anything changes.
    fn come(&mut self, case: &str, customer: &Customer) -> Result<()> {
        let at = AtCounter { case, agency: AGENCY, by: CLERK };
        check_in(&self.home, CODE, &at)?;
        let code = customer.door.presence(&customer.visit()?, customer.line()?)?.code;
        let showing = Showing { person: None, shown: &["resident_card"], code: Some(&code) };
        let verified = verify(&self.home, CODE, &at, &showing)?;
        let told = notify(&self.home, CODE)?;
        (self.say)(&format!(
            " counter     resident card and the code of their page: verified · warnings handed over before anything changes: {}",
            told.handed
        ));
        if verified.verified && told.handed > 0 {
            return Ok(());
        }
        Err(Problem::ours("drill", "the customer could not be verified or warned"))
    }

    /// A card is scanned, and the number goes to it.
    fn change(&mut self, case: &str, card: &Made, mut old: Phone) -> Result<()> {
        let hlr = swap::register(&self.home)?;
        let scan = Scan { incident: CODE, case, iccid: card.iccid.expose(), by: CLERK };
        reserve(&self.home, &scan)?;
        let id = start(&self.home, &hlr, &Order { incident: CODE, case, by: CLERK })?;
        let pace = Pace { stay: false, ..swap::pace(&self.home)? };
        let waiting = run(&self.home, &hlr, id, &pace, &mut Said::to(self.say))?;
        if waiting != Ended::Waiting {
            return Err(Problem::ours("drill", format!("the swap ended early: {waiting:?}")));
        }
        let attached = self.attach(&mut Phone::new(card.imsi.clone(), card.key.clone()))?;
        let ended = run(&self.home, &hlr, id, &pace, &mut Said::to(self.say))?;
        let refused = self.attach(&mut old)?;
        let ends = (&attached, ended, &refused);
        let (Attach::Attached { .. }, Ended::Completed, Attach::Refused(cause)) = ends else {
            return Err(Problem::ours("drill", format!("the swap did not end well: {ends:?}")));
        };
        (self.say)(&format!(
            " attached    the new card has the number; the old one is refused (cause {})",
            cause.0
        ));
        Ok(())
    }
}

/// A customer applies on the page and books an hour, or the first that it offers; when it begins.
pub(super) fn book(customer: &Customer, wanted: Option<&str>) -> Result<DateTime<Utc>> {
    let (door, visit, line) = (&customer.door, customer.visit()?, customer.line()?);
    door.apply(&visit, &[line])?;
    let offered = door.offers(&visit)?.into_iter().flat_map(|offer| offer.hours).next();
    let hour = wanted.map(str::to_owned).or(offered.map(|hour| hour.value));
    let hour = hour.ok_or_else(|| Problem::ours("drill", "no hour is free"))?;
    door.choose(&visit, line, &hour)?;
    begins(&hour)
}

/// When an hour begins that the page names by an agency, a day and an hour.
fn begins(offered: &str) -> Result<DateTime<Utc>> {
    let mut parts = offered.split_whitespace().skip(1);
    let day = parts.next().and_then(|day| day.parse().ok());
    let hour = parts.next().and_then(|hour| hour.parse().ok());
    day.zip(hour)
        .and_then(|(day, hour)| super::at_hour(day, hour))
        .ok_or_else(|| Problem::ours("drill", "an hour that was offered is none"))
}

/// Puts a number's old card into the HLR, where it works.
pub(super) fn old_card(home: &Home, number: &Msisdn) -> Result<Phone> {
    let imsi = imsi_of(&home.dir.join("sample"), number)?;
    let hlr = swap::register(home)?;
    let set = hlr
        .create(&imsi)
        .and_then(|()| hlr.set_key(&imsi, &OLD_KEY))
        .and_then(|()| hlr.set_number(&imsi, Some(number)))
        .and_then(|()| hlr.set_access(&imsi, Access { cs: true, ps: true }));
    set.map_err(|error| broken("the old card's row cannot be made", error))?;
    Ok(Phone::new(imsi, OLD_KEY))
}

/// A phone tries to attach.
pub(super) fn attach(hlr: &HlrProcess, phone: &mut Phone) -> Result<Attach> {
    let switch = Switch::connect(hlr.address(), "drill", PATIENCE);
    let attached = switch.and_then(|mut switch| phone.attach(&mut switch, Domain::Cs));
    attached.map_err(|error| broken("the phone cannot speak to the HLR", error))
}

/// Says each command of a swap with the time it took.
struct Said<'a> {
    say: &'a mut dyn FnMut(&str),
    since: Instant,
}

impl<'a> Said<'a> {
    fn to(say: &'a mut dyn FnMut(&str)) -> Self {
        Self { say, since: Instant::now() }
    }
}

impl Watch for Said<'_> {
    fn see(&mut self, point: &Point) {
        match point {
            Point::Intended { .. } => self.since = Instant::now(),
            Point::Answered { no, command, outcome } => {
                let took = self.since.elapsed().as_micros();
                let (command, outcome) = (command.name(), outcome.name());
                (self.say)(&format!("   {no}  {command:<14} {outcome:<8} {took:>6} µs"));
            }
            Point::Completed => (self.say)("      completed"),
            Point::Taken
            | Point::Looked { .. }
            | Point::Settled { .. }
            | Point::Unseen { .. }
            | Point::Turned { .. }
            | Point::Waiting { .. }
            | Point::RolledBack
            | Point::Ticket { .. }
            | Point::Tidied => {}
        }
    }
}

/// The card that the sample gave a line.
fn imsi_of(sample: &Path, number: &Msisdn) -> Result<Imsi> {
    for row in Rows::<LineRow>::open(&sample.join("lines.csv"))? {
        if let Some(line) = row?.row
            && line.msisdn == *number
            && let Some(imsi) = line.imsi
        {
            return Ok(imsi);
        }
    }
    Err(Problem::ours("drill", "the sample has no card for the line"))
}

pub(super) fn broken(what: &str, error: impl std::error::Error + Send + Sync + 'static) -> Problem {
    Problem::new("drill", Blame::Network, what)
        .caused_by(error)
        .hint("OsmoHLR is needed: apt-get install osmo-hlr libosmocore-utils")
}
