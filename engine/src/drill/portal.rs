//! The customer's page in a drill: who can be tried, who was there before, and the mail receiver that gets the codes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use chrono::{DateTime, Months, Utc};
use serde::Serialize;
use simrecall_core::id::{IncidentId, LineId, RevisionNo, SubscriberId};
use simrecall_core::identity::{EmailAddress, Msisdn};
use simrecall_core::notice::Language;
use simrecall_core::selfcheck::{Standing, Subject};
use simrecall_core::subscriber::SubscriberKind;
use simrecall_gateway::sandbox::mail::{Kept, MailPlan, MailReceiver, read_kept};
use tokio::runtime::Runtime;

use super::scene::CODE;
use crate::config::Config;
use crate::csv_rows::{ExposureRow, LineRow, Row, Rows, SubscriberRow};
use crate::home::Home;
use crate::incident;
use crate::problem::{self, Problem, Result};
use crate::replacement::shown::{CaseRow, list};
use crate::sandbox::PLAIN;
use crate::selfcheck::{Answer, Ask, Browser, Door, SessionKey, Visit, courier};

/// What a drill's configuration lacks to serve the page. Every name below `localhost` is this machine (RFC 6761).
const PORTAL: &str = "\n[portal]                                # the customer's page: simrecall serve\nincident = \"HB-2025-09\"\nhost = \"public.localhost\"\nbrand = \"hanbit\"\n";
/// Nothing on one machine takes as long unless it is stuck.
const STUCK: Duration = Duration::from_secs(30);
/// How often to look for a code.
const LOOK: Duration = Duration::from_millis(20);
/// People younger than this in years are left out: a guardian speaks for them, or has just ceased to.
const GROWN: u32 = 16;

/// Somebody to try the page as; invented.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct ToTry {
    /// What the page will say.
    pub as_whom: &'static str,
    /// Their number.
    pub number: String,
    /// Their mail address.
    pub mail: String,
}

impl fmt::Debug for ToTry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ToTry({})", self.as_whom)
    }
}

/// Somebody of the sample who can prove who they are by mail.
pub(super) struct Candidate {
    reference: String,
    line: String,
    pub(super) number: Msisdn,
    pub(super) mail: EmailAddress,
}

/// Somebody of the sample on the customer's page, proved.
pub(super) struct Customer {
    pub(super) door: Door,
    session: SessionKey,
    _runtime: Runtime,
}

/// What somebody of the sample browses with.
const BROWSER: Browser<'static> = Browser { agent: "drill", network: "127.0.0.1" };

impl Customer {
    /// Who they are, for whatever they ask next.
    pub(super) fn visit(&self) -> Result<Visit> {
        self.door.visit(&self.session, &BROWSER)
    }

    /// Their line.
    pub(super) fn line(&self) -> Result<LineId> {
        let line = self.door.lines(&self.visit()?)?.into_iter().next();
        line.map(|line| line.line).ok_or_else(|| Problem::ours("drill", "the customer has no line"))
    }
}

/// People to try the page as: exposed, possibly exposed, not found, and one whom it told something else before. Whom the
/// people of another story lack is left out.
pub fn people(home: &Home) -> Result<Vec<ToTry>> {
    let incident = incident::by_code(home, CODE)?.id;
    let keys = home.keys.incident(incident).map_err(problem::keys)?;
    let released = home.store.read(|tx| tx.released_revision(incident))?;
    let revision = released.map_or(RevisionNo(0), |released| released.revision);
    let mut found: BTreeMap<&'static str, ToTry> = BTreeMap::new();
    for one in candidates(&home.dir.join("sample"))? {
        let person = keys.subscriber_id(&one.reference);
        let Some(as_whom) = as_whom(home, (incident, revision), person)? else { continue };
        let (number, mail) = (one.number.national(), one.mail.expose().to_owned());
        found.entry(as_whom).or_insert(ToTry { as_whom, number, mail });
        if found.len() == 4 {
            break;
        }
    }
    let order = ["exposed", "possibly", "not found", "changed"];
    Ok(order.into_iter().filter_map(|as_whom| found.remove(as_whom)).collect())
}

/// As whom somebody can be tried; none if the page has told them already, or tells them nothing.
fn as_whom(
    home: &Home,
    (incident, revision): (IncidentId, RevisionNo),
    person: SubscriberId,
) -> Result<Option<&'static str>> {
    let (exposures, told, silent) = home.store.read(|tx| {
        let exposures = tx.exposures_of(incident, revision, person)?;
        let told = tx.told_here(incident, Subject::Person(person))?;
        Ok((exposures, told, tx.suppressions_of(incident, person)?))
    })?;
    let confirmed = exposures.iter().any(|one| !one.facts.confirmed().is_empty());
    let possible = exposures.iter().any(|one| !one.facts.possible().is_empty());
    Ok(match (told, confirmed, possible) {
        _ if !silent.is_empty() => None,
        (Some(told), true, _) if told.seen.standing == Standing::NotFound => Some("changed"),
        (Some(_), ..) => None,
        (None, true, _) => Some("exposed"),
        (None, false, true) => Some("possibly"),
        (None, false, false) => Some("not found"),
    })
}

/// The last of the sample who are surely exposed and never applied for a card, as many as are asked for: those who try the page are
/// the first.
pub(super) fn last_exposed(home: &Home, many: u32) -> Result<Vec<Candidate>> {
    let incident = incident::by_code(home, CODE)?.id;
    let keys = home.keys.incident(incident).map_err(problem::keys)?;
    let released = home.store.read(|tx| tx.released_revision(incident))?;
    let revision = released.map_or(RevisionNo(0), |released| released.revision);
    let (mut found, many) = (Vec::new(), usize::try_from(many).unwrap_or(usize::MAX));
    for one in candidates(&home.dir.join("sample"))?.into_iter().rev() {
        if found.len() == many {
            break;
        }
        let (person, line) = (keys.subscriber_id(&one.reference), keys.line_id(&one.line));
        let cases = home.store.read(|tx| tx.replacements_of(incident, &[line]))?;
        let is_exposed = as_whom(home, (incident, revision), person)? == Some("exposed");
        if cases.is_empty() && is_exposed {
            found.push(one);
        }
    }
    Ok(found)
}

/// The sample's grown people with an address, who hold one voice line now and whose number nobody had before them.
fn candidates(sample: &Path) -> Result<Vec<Candidate>> {
    let mut lines: BTreeMap<String, Vec<LineRow>> = BTreeMap::new();
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    for line in rows::<LineRow>(&sample.join("lines.csv"))? {
        *numbers.entry(line.msisdn.expose().to_owned()).or_default() += 1;
        lines.entry(line.subscriber_ref.clone()).or_default().push(line);
    }
    let mut found = Vec::new();
    for row in rows::<SubscriberRow>(&sample.join("subscribers.csv"))? {
        let held = lines.remove(&row.subscriber_ref).unwrap_or_default();
        let [line] = held.as_slice() else { continue };
        let is_alone = numbers.get(line.msisdn.expose()) == Some(&1) && line.held_to.is_none();
        let grown_on =
            row.birth_date.and_then(|born| born.checked_add_months(Months::new(GROWN * 12)));
        let is_grown = grown_on.is_some_and(|day| day < line.held_from.date_naive());
        let is_person = row.kind == SubscriberKind::Person && row.country.is_none();
        if let Some(mail) = row.email.filter(|_| is_alone && is_grown && is_person) {
            let (line, number) = (line.line_ref.clone(), line.msisdn.clone());
            found.push(Candidate { reference: row.subscriber_ref, line, number, mail });
        }
    }
    Ok(found)
}

/// Somebody whom the first list does not name and the last one does.
fn named_later(lists: &[std::path::PathBuf], sample: &Path) -> Result<Option<Candidate>> {
    let (Some(first), Some(last)) = (lists.first(), lists.last()) else { return Ok(None) };
    let lines = |list: &Path| -> Result<BTreeSet<String>> {
        Ok(rows::<ExposureRow>(list)?.into_iter().map(|row| row.line_ref).collect())
    };
    let early = lines(first)?;
    let certain = |row: &ExposureRow| !row.facts().confirmed().is_empty();
    let late: BTreeSet<String> = rows::<ExposureRow>(last)?
        .into_iter()
        .filter(|row| certain(row) && !early.contains(&row.line_ref))
        .map(|row| row.line_ref)
        .collect();
    let holder = |line: LineRow| late.contains(&line.line_ref).then_some(line.subscriber_ref);
    let holders: BTreeSet<String> =
        rows::<LineRow>(&sample.join("lines.csv"))?.into_iter().filter_map(holder).collect();
    Ok(candidates(sample)?.into_iter().find(|one| holders.contains(&one.reference)))
}

fn rows<T: Row>(path: &Path) -> Result<Vec<T>> {
    let mut found = Vec::new();
    for parsed in Rows::<T>::open(path)? {
        found.extend(parsed?.row);
    }
    Ok(found)
}

/// Writes `[portal]` into a drill's configuration, if it is not there, and opens the drill again.
pub fn open_door(home: &Home) -> Result<Home> {
    // Somebody may have written it since this one was opened.
    let opened = Home::open(&home.dir, home.clock.clone())?;
    if opened.config.portal.is_some() {
        return Ok(opened);
    }
    append(home, PORTAL)?;
    Home::open(&home.dir, home.clock.clone())
}

/// Puts a section at the end of a drill's configuration.
pub(super) fn append(home: &Home, section: &str) -> Result<()> {
    let path = home.dir.join("simrecall.toml");
    let file = OpenOptions::new().append(true).open(&path);
    let written = file.and_then(|mut file| file.write_all(section.as_bytes()));
    written.map_err(|error| problem::file(&path, error))
}

/// Visits the page as somebody whom the first list does not name, so that it has told them something else before.
pub(super) fn visit_early(
    home: &Home,
    lists: &[std::path::PathBuf],
) -> Result<Option<(String, Answer)>> {
    let sample = home.dir.join("sample");
    let Some(one) = named_later(lists, &sample)? else { return Ok(None) };
    let customer = log_in(home, &one)?;
    let answer = customer.door.answer(&customer.visit()?)?;
    customer.door.finish(&customer.session)?;
    Ok(Some((one.number.masked(), answer)))
}

/// Proves on the page who somebody is, by the code that is mailed to them.
pub(super) fn log_in(home: &Home, one: &Candidate) -> Result<Customer> {
    let door = Door::of(open_door(home)?)?;
    let plain = home.dir.join("sandbox").join(PLAIN);
    let runtime = runtime(1)?;
    runtime.spawn(courier::run(door.clone(), std::future::pending()));
    let (number, address) = (one.number.national(), one.mail.expose());
    let ask = Ask::Email { number: &number, address, language: Language::Korean, before: None };
    let before = codes(&plain).len();
    let asked = door.ask(&ask, &BROWSER)?;
    let started = Instant::now();
    let code = loop {
        let came = codes(&plain).into_iter().skip(before).find(|(to, _)| to == address);
        match came {
            Some((_, code)) => break code,
            None if started.elapsed() > STUCK => {
                return Err(Problem::ours("drill", "the code of a visit did not come"));
            }
            None => std::thread::sleep(LOOK),
        }
    };
    let session = door.redeem(&asked.session, &BROWSER, &code)?;
    Ok(Customer { door, session, _runtime: runtime })
}

/// The codes in what was kept, with whom each went to, oldest first.
fn codes(plain: &Path) -> Vec<(String, String)> {
    let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|b| b.is_ascii_digit());
    let code = |kept: Kept| {
        let code = kept.text.lines().find(is_code)?.to_owned();
        Some((kept.recipient, code))
    };
    // There is no file before the first mail.
    read_kept(plain).unwrap_or_default().into_iter().filter_map(code).collect()
}

fn runtime(threads: usize) -> Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build()
        .map_err(|error| Problem::ours("runtime", "cannot start").caused_by(error))
}

/// A mail receiver where a drill's configuration says the relay is.
#[derive(Debug)]
pub struct Postbox {
    _runtime: Runtime,
    _mail: MailReceiver,
    plain: std::path::PathBuf,
    seen: usize,
}

impl Postbox {
    /// Starts it; what came before is not told again.
    pub fn open(home: &Home) -> Result<Self> {
        let address = relay(&home.config)?;
        let dir = home.dir.join("sandbox");
        std::fs::create_dir_all(&dir).map_err(|error| problem::file(&dir, error))?;
        let (plain, log) = (dir.join(PLAIN), dir.join("mail.jsonl"));
        let runtime = runtime(1)?;
        let plan = MailPlan { keep: Some(plain.clone()), ..MailPlan::default() };
        let mail = runtime.block_on(MailReceiver::start(address, plan, &log, None));
        let mail = mail.map_err(|error| {
            Problem::input("sandbox", format!("the mail receiver cannot start at {address}"))
                .caused_by(error)
                .hint("is another sandbox running there?")
        })?;
        let seen = codes(&plain).len();
        Ok(Self { _runtime: runtime, _mail: mail, plain, seen })
    }

    /// The codes that came since it was asked last, with whom each went to.
    pub fn codes(&mut self) -> Vec<(String, String)> {
        let fresh: Vec<_> = codes(&self.plain).into_iter().skip(self.seen).collect();
        self.seen += fresh.len();
        fresh
    }
}

fn relay(config: &Config) -> Result<&str> {
    let (_, smtp) = config
        .code_route()
        .ok_or_else(|| Problem::configuration("config", "no mail route carries codes"))?;
    Ok(&smtp.address)
}

/// When the last thing of a drill happened that is on record: its clock goes on from there.
pub fn ended_at(home: &Home) -> Result<DateTime<Utc>> {
    let incident = incident::by_code(home, CODE)?.id;
    let waves = home.store.read(|tx| tx.waves_of(incident))?;
    let last = waves.iter().filter_map(|wave| wave.released_at).max();
    let last =
        last.ok_or_else(|| Problem::state("drill", "this is no drill that was played to its end"))?;
    let moved = |case: CaseRow| [Some(case.applied_at), case.completed_at, booked_for(&case)];
    let cases = list(home, CODE, None)?.into_iter().flat_map(moved).flatten();
    Ok(cases.max().map_or(last, |moved| moved.max(last)))
}

/// The hour a case is booked for.
fn booked_for(case: &CaseRow) -> Option<DateTime<Utc>> {
    let hour = u32::try_from(case.hour?).ok()?;
    super::at_hour(case.day?, hour)
}
