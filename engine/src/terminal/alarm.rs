//! Alarms: a row, an order to whoever watches, and an entry, in the transaction of what set them off.
//!
//! What sets one off is told to nobody at the terminal: the answer is the usual one. Where the answer is a refusal, what counts is
//! committed first.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::json;
use simrecall_core::access::Act;
use simrecall_core::id::{AlarmId, CaseId, IncidentId};
use simrecall_core::order::Kind;
use simrecall_core::terminal::look::Post;
use simrecall_store::alarm::{Alarm, AlarmKind, Closed};
use simrecall_store::{StoreError, Tx};
use uuid::Uuid;

use super::Seat;
use crate::home::{Home, random};
use crate::orders::{About, draft};
use crate::problem::{self, Problem, Result};
use crate::staff;

/// Over how long a second honey pauses whoever named it.
const HONEY: TimeDelta = TimeDelta::days(30);
/// How many alarms a list names.
const NAMED: i64 = 200;
/// What a transaction says if an order to whoever watches cannot be put together.
const UNSEALED: StoreError = StoreError::State("an alarm cannot be sealed");

/// Where somebody sits.
pub(crate) fn post(seat: &Seat) -> Post {
    Post {
        staff: seat.staff.id,
        terminal: Some(seat.terminal.id),
        agency: seat.agency.as_ref().map(|agency| agency.id),
    }
}

/// Raises an alarm about somebody. Whether it rang: of drips and ratios one is open at a time.
pub(crate) fn raise(
    tx: &mut Tx<'_>,
    home: &Home,
    who: &Post,
    (kind, case): (AlarmKind, Option<(IncidentId, CaseId)>),
) -> std::result::Result<bool, StoreError> {
    let now = home.now();
    let paused = pauses(tx, who, kind, now)?;
    let id = AlarmId::from_bytes(random().map_err(|_| UNSEALED)?);
    let service = home.keys.service().map_err(|_| UNSEALED)?;
    let actor = who.staff.to_string();
    let said = json!({
        "alarm": id, "kind": kind.name(), "staff": who.staff, "terminal": who.terminal,
        "agency": who.agency, "case": case.map(|(_, case)| case), "paused": paused, "at": now,
    });
    let about = About { kind: Kind::Alarm, incident: None, subject: Some(&actor) };
    let order = draft(home, &service, &about, &said).map_err(|_| UNSEALED)?;
    let alarm = Alarm {
        id,
        kind,
        staff: who.staff,
        terminal: who.terminal,
        agency: who.agency,
        case,
        paused,
        order: order.id,
        raised_at: now,
        closed: None,
    };
    if !tx.raise_alarm(&alarm)? {
        return Ok(false);
    }
    tx.put_order(&order)?;
    let incident = case.map(|(incident, _)| incident);
    let entry = home.entry("alarm.raised", &actor, incident, said).map_err(|_| UNSEALED)?;
    tx.journal(&entry)?;
    if paused {
        tx.pause_staff(who.staff, now)?;
    }
    Ok(true)
}

/// Whether somebody is kept from signing in as well.
fn pauses(
    tx: &mut Tx<'_>,
    who: &Post,
    kind: AlarmKind,
    now: DateTime<Utc>,
) -> std::result::Result<bool, StoreError> {
    match kind {
        AlarmKind::Drip | AlarmKind::ImageAgain => Ok(true),
        AlarmKind::Ratio | AlarmKind::LostCard => Ok(false),
        AlarmKind::Honey => {
            let before = tx.alarms_of(who.staff, AlarmKind::Honey, now - HONEY)?;
            Ok(!before.is_empty())
        }
    }
}

/// An alarm, as a list shows it.
#[derive(Debug, Clone, Serialize)]
pub struct AlarmRow {
    /// Its name.
    pub id: AlarmId,
    /// What rang.
    pub kind: &'static str,
    /// Whom it is about.
    pub staff: String,
    /// At which terminal; none at a command line.
    pub terminal: Option<String>,
    /// Of which agency, by its code; none: of the centre.
    pub agency: Option<String>,
    /// With which case.
    pub case: Option<CaseId>,
    /// Whether they are kept from signing in until it is closed.
    pub paused: bool,
    /// When it rang.
    pub raised_at: DateTime<Utc>,
    /// When it was closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// Who closed it.
    pub closed_by: Option<String>,
}

/// Alarms that nobody has closed, oldest first; or all, youngest first.
pub fn list(home: &Home, all: bool) -> Result<Vec<AlarmRow>> {
    let (alarms, staff) = home.store.read(|tx| Ok((tx.alarms(!all, NAMED)?, tx.all_staff()?)))?;
    let agencies = crate::agency::codes(home)?;
    let name = |id| staff.iter().find(|one| one.id == id).map(|one| one.name.clone());
    let row = |one: Alarm| AlarmRow {
        id: one.id,
        kind: one.kind.name(),
        staff: name(one.staff).unwrap_or_default(),
        terminal: one.terminal.map(|terminal| terminal.to_string()),
        agency: one.agency.and_then(|agency| agencies.get(&agency).cloned()),
        case: one.case.map(|(_, case)| case),
        paused: one.paused,
        raised_at: one.raised_at,
        closed_at: one.closed.map(|(at, _)| at),
        closed_by: one.closed.and_then(|(_, by)| name(by)),
    };
    Ok(alarms.into_iter().map(row).collect())
}

/// Ends an alarm, having looked; whoever was paused by it alone may sign in again. Its subject does not end it.
pub fn close(home: &Home, id: &str, by: &str) -> Result<AlarmRow> {
    let member = staff::may(home, by, Act::CloseAlarm)?;
    let unknown = || {
        Problem::input("alarm", "there is no such alarm, or somebody closed it")
            .hint("see: simrecall alarm list")
    };
    let id = Uuid::parse_str(id.trim()).map(AlarmId).map_err(|_| unknown())?;
    let (actor, now) = (member.id.to_string(), home.now());
    let entry = home.entry("alarm.closed", &actor, None, json!({ "alarm": id }))?;
    let closed = home.store.write(|tx| {
        let closed = tx.close_alarm(id, member.id, now)?;
        if closed == Closed::Done {
            tx.journal(&entry)?;
        }
        Ok(closed)
    });
    match closed.map_err(problem::store)? {
        Closed::Done => list(home, true)?.into_iter().find(|one| one.id == id).ok_or_else(unknown),
        Closed::NotOpen => Err(unknown()),
        Closed::Subject => {
            Err(Problem::state("same_person", "whom an alarm is about does not close it")
                .hint("ask a colleague to look"))
        }
    }
}
