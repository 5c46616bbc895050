//! Protections: a line is tied to its handset, so that a copy of its card works in no other. Its owner unties it, staff never.

mod bind;
pub mod payments;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use simrecall_core::access::{Act, Purpose, Unlock};
use simrecall_core::id::{IncidentId, LineId};
use simrecall_core::identity::{Imei, Msisdn, exposed_option};
use simrecall_core::protection::{Event, State, StateKind, step};
use simrecall_core::subscriber::LineRecord;
use simrecall_store::permit::{Permit, PermitRequest};
use simrecall_store::protection::Protection;
use simrecall_store::seal::{DomainKeys, Field, Table};
use zeroize::Zeroizing;

pub use bind::{BindAnswer, bind, unbind};

use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::replacement::CUSTOMER;
use crate::selfcheck::{Door, OwnProtection, Visit};
use crate::terminal::honey;
use crate::{incident, staff};

/// What is sealed of a protection.
#[derive(Serialize, Deserialize)]
struct Record {
    #[serde(with = "exposed_option", default)]
    imei: Option<Imei>,
    moment: Option<DateTime<Utc>>,
}

/// A line's protection, as staff see it.
#[derive(Debug, Clone, Serialize)]
pub struct ProtectionAnswer {
    /// The line's number, masked.
    pub number: String,
    /// How it stands.
    pub state: &'static str,
    /// Since when; none if it was never on.
    pub since: Option<DateTime<Utc>>,
    /// The handset, masked, if one is known.
    pub imei: Option<String>,
}

/// Which line, and who looks.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// The line's number.
    pub number: &'a str,
    /// The staff member.
    pub by: &'a str,
}

/// How a line's protection stands. Who looked is in the journal before.
pub fn show(home: &Home, code: &str, look: &Look<'_>) -> Result<ProtectionAnswer> {
    let found = find(home, code, look)?;
    Ok(found.answer())
}

/// What the network says by hand: it ties the line to this handset. It confirms what was asked for; nobody else asks.
pub fn confirm(home: &Home, code: &str, look: &Look<'_>, imei: &str) -> Result<ProtectionAnswer> {
    let found = find(home, code, look)?;
    let member = staff::may(home, look.by, Act::ConfirmProtection)?;
    let imei = self::imei(imei)?;
    let event = Event::Confirm { imei };
    let kept = Kept { home, service: &found.service, incident: found.incident };
    let actor = member.id.to_string();
    let to = kept.step(&found, &event, ("protection.confirmed", &actor))?;
    Ok(Found { state: to, since: Some(home.now()), ..found }.answer())
}

/// What a protection's record says, opened under a permit of the service's domain.
pub(crate) fn opened(
    permit: &mut Permit,
    service: &DomainKeys,
    kept: &Protection,
) -> Result<State> {
    let opened = permit.open(service, Table::Protection, &kept.imsi, &kept.sealed);
    let opened = opened.map_err(|error| damaged().caused_by(error))?;
    // A parser's message may quote what it read, so it is not kept.
    let Record { imei, moment } = serde_json::from_slice(&opened).map_err(|_| damaged())?;
    State::of(kept.state, imei, moment).ok_or_else(damaged)
}

/// A protection as it is kept.
pub(crate) fn row(
    service: &DomainKeys,
    imsi: [u8; 16],
    (state, since): (&State, DateTime<Utc>),
) -> Result<Protection> {
    let record = Record { imei: state.imei().cloned(), moment: state.moment() };
    let plain = Zeroizing::new(serde_json::to_vec(&record).map_err(|_| damaged())?);
    let sealed = service.seal(Table::Protection, &imsi, &plain);
    let sealed = sealed.map_err(|error| damaged().caused_by(error))?;
    Ok(Protection { imsi, state: state.kind(), since, sealed })
}

struct Found {
    incident: IncidentId,
    line: LineId,
    service: DomainKeys,
    imsi: [u8; 16],
    number: String,
    state: State,
    since: Option<DateTime<Utc>>,
}

impl Found {
    fn answer(&self) -> ProtectionAnswer {
        ProtectionAnswer {
            number: self.number.clone(),
            state: self.state.name(),
            since: self.since,
            imei: self.state.imei().map(ToString::to_string),
        }
    }
}

/// Where protections are kept, and on whose behalf.
struct Kept<'a> {
    home: &'a Home,
    service: &'a DomainKeys,
    incident: IncidentId,
}

impl Kept<'_> {
    /// Reads a protection back; a line without one is off. `why` goes into the journal before the record is opened.
    fn state(
        &self,
        imsi: &[u8; 16],
        (why, actor): (&str, &str),
    ) -> Result<(State, Option<DateTime<Utc>>)> {
        let kept = self.home.store.read(|tx| tx.protections_of(std::slice::from_ref(imsi)))?;
        let Some(kept) = kept.into_iter().next() else { return Ok((State::Off, None)) };
        let mut permit = self.home.permit(&PermitRequest {
            purpose: Purpose::CustomerRequest,
            actor: actor.to_owned(),
            incident: None,
            scope: why.to_owned(),
            fields: vec!["imei".to_owned()],
            rows: 1,
        })?;
        let state = opened(&mut permit, self.service, &kept)?;
        Ok((state, Some(kept.since)))
    }

    /// Moves a protection, if it still is where it was found, and says so in the journal.
    fn step(&self, found: &Found, event: &Event, (kind, actor): (&str, &str)) -> Result<State> {
        let from = found.state.kind();
        let to = step(&found.state, event).map_err(|error| {
            Problem::state("already", "the protection cannot go there").caused_by(error)
        })?;
        let row = row(self.service, found.imsi, (&to, self.home.now()))?;
        let body = serde_json::json!({ "line": found.line });
        let entry = self.home.entry(kind, actor, Some(self.incident), body)?;
        let moved = self.home.store.write(|tx| {
            let moved = tx.step_protection(from, &row)?;
            if moved {
                tx.journal(&entry)?;
            }
            Ok(moved)
        })?;
        if moved {
            Ok(to)
        } else {
            Err(Problem::state("already", "the protection has just changed"))
        }
    }
}

impl Door {
    /// The protection of each of their lines that has a card; one that never had any is off.
    pub fn protections(&self, visit: &Visit) -> Result<Vec<OwnProtection>> {
        let known = visit.asked(Unlock::Protect)?;
        let own = self.own_lines(known)?;
        let key = |(line, record): (&LineId, &LineRecord)| {
            Some((*line, record.msisdn.masked(), self.imsi_key(record)?))
        };
        let lines: Vec<(LineId, String, [u8; 16])> = own.iter().filter_map(key).collect();
        let keys: Vec<[u8; 16]> = lines.iter().map(|(.., key)| *key).collect();
        let kept = self.inner.home.store.read(|tx| tx.protections_of(&keys))?;
        let shown = |(line, number, key): (LineId, String, [u8; 16])| {
            let kept = kept.iter().find(|one| one.imsi == key);
            let state = kept.map_or(StateKind::Off, |one| one.state).name();
            OwnProtection { line, number, state, since: kept.map(|one| one.since) }
        };
        Ok(lines.into_iter().map(shown).collect())
    }

    /// Asks for a line to be tied to its handset: to this one, or to the one it is in. The network confirms it.
    pub fn protect(&self, visit: &Visit, line: LineId, imei: Option<&str>) -> Result<()> {
        self.serves(visit.asked(Unlock::Protect)?)?;
        let imei =
            imei.map(str::trim).filter(|imei| !imei.is_empty()).map(self::imei).transpose()?;
        self.move_protection(visit, line, &Event::Request { imei }, "protection.requested")
    }

    /// Unties a line, whatever became of its protection; it asks for a fresh proof.
    pub fn unprotect(&self, visit: &Visit, line: LineId) -> Result<()> {
        visit.asked(Unlock::Unprotect)?;
        self.move_protection(visit, line, &Event::Undo, "protection.undone")
    }

    fn move_protection(
        &self,
        visit: &Visit,
        line: LineId,
        event: &Event,
        kind: &str,
    ) -> Result<()> {
        let known = visit.asked(Unlock::Protect)?;
        let record = self.own_line(known, line)?;
        let imsi = self.imsi_key(&record).ok_or_else(no_card)?;
        let (home, service, incident) =
            (&self.inner.home, &self.inner.service, self.inner.incident);
        let kept = Kept { home, service, incident };
        let (state, since) =
            kept.state(&imsi, ("the protection of a line, for its owner", CUSTOMER))?;
        let (service, number) = (service.clone(), record.msisdn.masked());
        let found = Found { incident, line, service, imsi, number, state, since };
        kept.step(&found, event, (kind, CUSTOMER)).map(drop)
    }

    fn imsi_key(&self, record: &LineRecord) -> Option<[u8; 16]> {
        record.imsi.as_ref().map(|imsi| self.inner.service.blind(Field::Imsi, imsi.expose()))
    }
}

/// A line by its number, for staff.
fn find(home: &Home, code: &str, look: &Look<'_>) -> Result<Found> {
    let incident = incident::by_code(home, code)?.id;
    let member = staff::may(home, look.by, Act::ConfirmProtection)?;
    let number = Msisdn::parse(look.number)
        .map_err(|error| Problem::input("number", "this is no mobile number").caused_by(error))?;
    honey::touched_at_desk(home, &member, &number)?;
    let actor = member.id.to_string();
    let (line, record) = crate::selfcheck::line_of(home, incident, (&number, &actor))?;
    let service = home.keys.service().map_err(problem::keys)?;
    let imsi = record.imsi.as_ref().ok_or_else(no_card)?;
    let imsi = service.blind(Field::Imsi, imsi.expose());
    let kept = Kept { home, service: &service, incident };
    let (state, since) = kept.state(&imsi, ("the protection of a line, for staff", &actor))?;
    Ok(Found { incident, line, imsi, number: number.masked(), state, since, service })
}

fn imei(text: &str) -> Result<Imei> {
    Imei::parse(text).map_err(|error| {
        Problem::input("imei", "this is no IMEI").caused_by(error).hint("dial *#06# to see it")
    })
}

fn no_card() -> Problem {
    Problem::input("line", "the registry knows no card of this line")
}

fn damaged() -> Problem {
    Problem::ours("sealed", "the record of a protection does not open")
}
