//! Whether a parcel may go to somebody, and where to: by records that are older than what an attacker could have changed.
//!
//! Nobody ever types an address here. Whoever moved, or has another mailbox than when they applied, comes to an agency.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use simrecall_core::access::{Purpose, refused};
use simrecall_core::id::{IncidentId, SnapshotNo};
use simrecall_core::identity::{EmailAddress, PostalAddress};
use simrecall_core::incident::{Channel, IncidentState};
use simrecall_core::subscriber::{LineRecord, Subscriber, SubscriberKind, is_child};
use simrecall_store::permit::{Permit, PermitRequest};
use simrecall_store::registry::Snapshot;
use simrecall_store::replacement::ReplacementCase;
use simrecall_store::seal::IncidentKeys;

use super::please_visit;
use crate::config::LoginBinds;
use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::replacement::found::holder_of;
use crate::replacement::line::{age, is_adult};
use crate::selfcheck::{same_for_all, unopened};
use crate::suppression::Reason;

/// Rows that one case opens: a holder and a line now, the holder twice before.
const ROWS: u64 = 4;

/// Somebody a parcel may go to, opened.
pub(super) struct Addressee {
    pub(super) subscriber: Subscriber,
    pub(super) line: LineRecord,
    pub(super) email: EmailAddress,
}

/// Why no parcel goes to somebody; staff read these words.
const NOT_ADULT: &str = "not_adult";
const DEAD: &str = "deceased";
const NO_LOGIN: &str = "no_login";
const COMPROMISED: &str = "channel_compromised";
const MAIL: &str = "mail_not_known_before";
const ADDRESS: &str = "address_not_known_before";

/// Whether the ways in which somebody would activate a card are open at all: a login in their own name, and a code by mail, which go
/// over different channels, none of which an open incident names.
pub(super) fn ways_are_open(home: &Home) -> Result<()> {
    let portal = home.config.portal.as_ref();
    let login = portal.and_then(|portal| portal.login.as_ref());
    let login = login
        .filter(|login| login.binds == LoginBinds::Subscriber)
        .filter(|login| !login.relies.contains(&Channel::Email));
    let Some(login) = login.filter(|_| home.config.code_route().is_some()) else {
        return Err(please_visit().detail(NO_LOGIN));
    };
    let incidents = home.store.read(|tx| tx.incidents())?;
    let open = incidents.into_iter().filter(|one| one.state == IncidentState::Open);
    let named: BTreeSet<Channel> = open.flat_map(|one| one.compromised).collect();
    let mut relies = login.relies.clone();
    relies.insert(Channel::Email);
    match refused(&relies, &named) {
        Some(_) => Err(please_visit().detail(COMPROMISED)),
        None => Ok(()),
    }
}

/// The holder of a case's line, if they may activate a card at home: adult, alive, and with a mail address that is theirs since before
/// the application. Who looked is in the journal before anything is opened.
pub(super) fn addressee(home: &Home, case: &ReplacementCase, actor: &str) -> Result<Addressee> {
    ways_are_open(home)?;
    let mut reader = Reader::of(home, case, actor)?;
    reader.addressee()
}

/// The same, with the postal address a parcel goes to: the one that was on record before the exposure, and still is.
pub(super) fn destination(
    home: &Home,
    case: &ReplacementCase,
    actor: &str,
) -> Result<(Addressee, PostalAddress)> {
    ways_are_open(home)?;
    let mut reader = Reader::of(home, case, actor)?;
    let addressee = reader.addressee()?;
    let before = reader.before_exposure()?.and_then(|one| one.record.address);
    let address = addressee.subscriber.record.address.clone();
    let address = address.filter(|now| Some(now) == before.as_ref());
    let address = address.ok_or_else(|| please_visit().detail(ADDRESS))?;
    Ok((addressee, address))
}

struct Reader<'a> {
    home: &'a Home,
    case: &'a ReplacementCase,
    keys: IncidentKeys,
    permit: Permit,
    snapshots: Vec<Snapshot>,
}

impl<'a> Reader<'a> {
    fn of(home: &'a Home, case: &'a ReplacementCase, actor: &str) -> Result<Self> {
        let incident = case.incident;
        let keys = home.keys.incident(incident).map_err(problem::keys)?;
        let permit = home.permit(&PermitRequest {
            purpose: Purpose::CustomerRequest,
            actor: actor.to_owned(),
            incident: Some(incident),
            scope: format!("whether a parcel may go to the holder of case {}", case.id),
            fields: ["name", "birth_date", "contact", "number"].map(str::to_owned).to_vec(),
            rows: ROWS,
        })?;
        let snapshots = home.store.read(|tx| tx.snapshots(incident))?;
        let snapshots = snapshots.into_iter().filter(|one| one.sha256.is_some()).collect();
        Ok(Self { home, case, keys, permit, snapshots })
    }

    /// As the newest registry has them.
    fn addressee(&mut self) -> Result<Addressee> {
        let (subscriber, line) = holder_of(self.home, self.case)?;
        let line = line.open(&mut self.permit, &self.keys).map_err(unopened)?.record;
        let subscriber = subscriber.open(&mut self.permit, &self.keys).map_err(unopened)?;
        let email = self.mailbox(&subscriber)?;
        Ok(Addressee { subscriber, line, email })
    }

    /// Where somebody who may activate a card at home is mailed to.
    fn mailbox(&mut self, subscriber: &Subscriber) -> Result<EmailAddress> {
        let (case, today) = (self.case, self.home.now());
        let years = age(subscriber.record.birth_date, today);
        let is_person = subscriber.kind == SubscriberKind::Person && !is_child(subscriber, today);
        if !is_person || !years.is_some_and(is_adult) {
            return Err(please_visit().detail(NOT_ADULT));
        }
        let known = self.home.store.read(|tx| tx.suppressions_of(case.incident, case.person))?;
        if known.iter().any(|one| one.row.reason == Reason::Deceased.name()) {
            return Err(please_visit().detail(DEAD));
        }
        let before = self.at(case.applied_at)?.and_then(|one| one.record.email);
        let before = before.as_ref().map(same_for_all);
        let now = subscriber.record.email.clone();
        now.filter(|now| Some(same_for_all(now)) == before)
            .ok_or_else(|| please_visit().detail(MAIL))
    }

    /// The holder as the last registry had them that is not younger than a moment.
    fn at(&mut self, moment: DateTime<Utc>) -> Result<Option<Subscriber>> {
        let theirs = self.snapshots.iter().filter(|one| one.as_of <= moment);
        match theirs.max_by_key(|one| (one.as_of, one.no)).map(|one| one.no) {
            Some(no) => self.read(no),
            None => Ok(None),
        }
    }

    /// The holder as the last registry before the exposure had them; of a line that no list names, the first registry.
    fn before_exposure(&mut self) -> Result<Option<Subscriber>> {
        let ReplacementCase { incident, line, person, .. } = *self.case;
        let exposed = self.home.store.read(|tx| match tx.released_revision(incident)? {
            Some(released) => tx.exposures_of(incident, released.revision, person),
            None => Ok(Vec::new()),
        })?;
        let of_line = exposed.into_iter().filter(|one| one.line == line);
        let first = self.snapshots.iter().map(|one| one.as_of).min();
        match of_line.map(|one| one.exposed_at).min().or(first) {
            Some(moment) => self.at(moment),
            None => Ok(None),
        }
    }

    fn read(&mut self, no: SnapshotNo) -> Result<Option<Subscriber>> {
        let (incident, person): (IncidentId, _) = (self.case.incident, self.case.person);
        let found = self.home.store.read(|tx| tx.parties(incident, no, &[person]))?;
        let Some(party) = found.into_iter().next() else { return Ok(None) };
        let opened = party.subscriber.open(&mut self.permit, &self.keys);
        opened.map(Some).map_err(unopened)
    }
}

/// Whether a problem is that no parcel goes to somebody, and not that nobody could look.
pub(super) fn is_about_them(problem: &Problem) -> bool {
    matches!(problem.code, "please_visit" | "line_ended")
}
