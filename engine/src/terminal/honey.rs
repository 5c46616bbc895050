//! Numbers that are allotted to nobody, and codes that no page shows: whoever names one has no customer before them.
//!
//! They are rows of a table of their own, never of a registry, a cohort or a case, so no total and no wave meets them.

use serde::Serialize;
use serde_json::json;
use simrecall_core::access::Act;
use simrecall_core::identity::Msisdn;
use simrecall_core::incident::IncidentState;
use simrecall_core::terminal::look::Post;
use simrecall_store::alarm::AlarmKind;
use simrecall_store::honey::HoneyKind;
use simrecall_store::registry::LineKey;
use simrecall_store::seal::Field;
use simrecall_store::staff::StaffMember;
use simrecall_store::{StoreError, Tx};

use super::limit::OVER;
use super::{Seat, alarm};
use crate::home::{Home, random};
use crate::problem::{self, Problem, Result};
use crate::replacement::check_in;
use crate::replacement::line::number_index;
use crate::staff;

/// Codes that are made in one go at most.
const CODES: u32 = 1_000;

/// What was laid out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct HoneyAnswer {
    /// How many are new.
    pub added: u64,
    /// How many were there.
    pub known: u64,
    /// The codes that were made: shown now and never again.
    pub codes: Vec<String>,
}

/// Lays out numbers, each of which must be nobody's, and as many codes as are asked for.
pub fn add(home: &Home, numbers: &[&str], codes: u32, by: &str) -> Result<HoneyAnswer> {
    let member = staff::may(home, by, Act::PlaceHoney)?;
    if codes > CODES {
        return Err(Problem::input("codes", format!("{CODES} codes at a time at most")));
    }
    let service = home.keys.service().map_err(problem::keys)?;
    let mut keys = Vec::new();
    for (row, number) in numbers.iter().enumerate() {
        let unread = |error| {
            Problem::input("number", format!("the {}. is no mobile number", row + 1))
                .caused_by(error)
        };
        let number = Msisdn::parse(number).map_err(unread)?;
        if is_somebodys(home, &number)? {
            return Err(Problem::state("number", "a number is allotted to somebody")
                .detail(format!("the {}.", row + 1))
                .hint("lay out numbers of a range that the carrier does not sell"));
        }
        keys.push((number_index(&service, &number), HoneyKind::Number));
    }
    let mut answer = HoneyAnswer::default();
    for _ in 0..codes {
        let code = check_in::made_up(&random()?, &random()?);
        let key = check_in::read(&service, &code)
            .ok_or_else(|| Problem::ours("code", "a code that was made up does not read"))?;
        keys.push((key, HoneyKind::Code));
        answer.codes.push(code);
    }
    let actor = member.id.to_string();
    let body = json!({ "numbers": numbers.len(), "codes": codes });
    let entry = home.entry("honey.added", &actor, None, body)?;
    let now = home.now();
    answer.added = home.store.write(|tx| {
        let mut added = 0;
        for (key, kind) in &keys {
            added += u64::from(tx.put_honey(key, *kind, member.id, now)?);
        }
        tx.journal(&entry)?;
        Ok(added)
    })?;
    let all = u64::try_from(keys.len()).unwrap_or(u64::MAX);
    answer.known = all.saturating_sub(answer.added);
    Ok(answer)
}

/// Somebody at a terminal named this: if nobody has a reason to, it alarms. The answer must be the usual one.
pub(crate) fn touched(
    tx: &mut Tx<'_>,
    home: &Home,
    seat: &Seat,
    key: &[u8; 16],
) -> std::result::Result<bool, StoreError> {
    by_post(tx, home, &alarm::post(seat), key)
}

/// A write that says whether somebody named one, and was refused because they are over a limit: what they named is heard of all the
/// same, or whoever tries number after number would be heard of until the limit and no longer.
pub(crate) fn heard<T>(
    home: &Home,
    (seat, key): (&Seat, &[u8; 16]),
    done: std::result::Result<T, StoreError>,
) -> std::result::Result<T, StoreError> {
    if done.as_ref().is_err_and(|error| *error == StoreError::State(OVER)) {
        home.store.write(|tx| {
            seat.still(tx, home.now())?;
            touched(tx, home, seat, key)
        })?;
    }
    done
}

/// The same at a command line, in a transaction of its own: whatever is answered, it counts.
pub(crate) fn touched_at_desk(home: &Home, member: &StaffMember, number: &Msisdn) -> Result<()> {
    let service = home.keys.service().map_err(problem::keys)?;
    let key = number_index(&service, number);
    let post = Post { staff: member.id, terminal: None, agency: member.agency };
    // Most of what is named is none: it is not written for.
    if home.store.read(|tx| tx.is_honey(&key))? {
        home.store.write(|tx| by_post(tx, home, &post, &key))?;
    }
    Ok(())
}

fn by_post(
    tx: &mut Tx<'_>,
    home: &Home,
    post: &Post,
    key: &[u8; 16],
) -> std::result::Result<bool, StoreError> {
    if !tx.is_honey(key)? {
        return Ok(false);
    }
    alarm::raise(tx, home, post, (AlarmKind::Honey, None))?;
    Ok(true)
}

/// Whether the latest registry of an open incident knows the number, held or not.
fn is_somebodys(home: &Home, number: &Msisdn) -> Result<bool> {
    let incidents = home.store.read(|tx| tx.incidents())?;
    for incident in incidents.iter().filter(|one| one.state == IncidentState::Open) {
        let keys = home.keys.incident(incident.id).map_err(problem::keys)?;
        let key = LineKey::Msisdn(keys.blind(Field::Msisdn, number.expose()));
        let lines = home.store.read(|tx| match tx.latest_snapshot(incident.id)? {
            Some(snapshot) => tx.find_lines(incident.id, snapshot.no, key),
            None => Ok(Vec::new()),
        })?;
        if !lines.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}
