//! Legal reasons to tell somebody nothing: recorded by one, signed by two of different roles, lifted by one.
//!
//! A suppression that counts leaves the person's lines out of every plan, and ends their targets in waves that are under way
//! before the next intent. Nothing here opens a record: a person is known by what their reference is made into.

mod reason;

use std::collections::BTreeSet;
use std::fmt;
use std::fmt::Write as _;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sha2::{Digest, Sha256};
use simrecall_core::access::{Act, StaffRole};
use simrecall_core::id::{IncidentId, SubscriberId};
use simrecall_core::incident::Incident;
use simrecall_core::wave::approval_message;
use simrecall_store::BucketRange;
use simrecall_store::law::{About, Agreement, Recorded};
use simrecall_store::staff::StaffMember;
use simrecall_store::suppression::{Lift, Suppression};

pub use reason::{ParseReasonError, Reason};

use crate::home::Home;
use crate::incident;
use crate::problem::{self, Problem, Result};
use crate::staff::{self, hex};

/// Whom to leave out, and why.
#[derive(Clone, Copy)]
pub struct NewSuppression<'a> {
    /// The carrier's reference of the person.
    pub person: &'a str,
    /// Why.
    pub reason: Reason,
    /// Where the reason is written down; names nobody.
    pub note: &'a str,
    /// Who records it.
    pub by: &'a str,
}

impl fmt::Debug for NewSuppression<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewSuppression").field("reason", &self.reason).finish_non_exhaustive()
    }
}

/// A suppression, as far as everybody may see it.
#[derive(Debug, Clone, Serialize)]
pub struct SuppressionAnswer {
    /// Its number within the incident.
    pub no: i32,
    /// The first digits of the person's id, which stand for nobody outside this incident.
    pub person: String,
    /// Why.
    pub reason: String,
    /// Where that is written down.
    pub note: String,
    /// Who recorded it.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Who signed it, and in which role.
    pub signed: Vec<(String, &'static str)>,
    /// Whether it counts.
    pub counts: bool,
    /// When it was lifted, by whom and why.
    pub lifted: Option<(DateTime<Utc>, String, String)>,
}

/// Records a suppression; it counts once two people of different roles have signed it.
pub fn add(home: &Home, code: &str, new: &NewSuppression<'_>) -> Result<SuppressionAnswer> {
    let incident = incident::by_code(home, code)?;
    let member = staff::may(home, new.by, Act::Suppress)?;
    let note = required("note", new.note)?;
    let keys = home.keys.incident(incident.id).map_err(problem::keys)?;
    let person = keys.subscriber_id(new.person);
    crate::notice::known(home, &incident, person)?;
    let row = Suppression {
        person,
        reason: new.reason.name().to_owned(),
        note: note.to_owned(),
        by: member.id,
        at: home.now(),
        lifted: None,
    };
    let standing = home.store.read(|tx| tx.suppressions(incident.id)).map_err(problem::store)?;
    if let Some(before) = standing.iter().find(|one| one.row.person == person && is_open(one)) {
        return Err(Problem::state(
            "exists",
            format!("suppression {} is about the same person", before.no),
        )
        .hint(format!(
            "sign it: simrecall suppress approve {} --incident {code} --as NAME --key FILE",
            before.no
        )));
    }
    let actor = member.id.to_string();
    let body =
        serde_json::json!({ "person": person.to_string(), "reason": row.reason, "note": row.note });
    let entry = home.entry("suppression.added", &actor, Some(incident.id), body)?;
    let no = home.store.write(|tx| {
        let no = tx.add_suppression(incident.id, &row)?;
        tx.journal(&entry)?;
        Ok(no)
    });
    one(home, &incident, no.map_err(problem::store)?)
}

/// Signs a suppression with a staff member's own key.
pub fn approve(
    home: &Home,
    code: &str,
    no: i32,
    name: &str,
    key: &Path,
) -> Result<SuppressionAnswer> {
    let incident = incident::by_code(home, code)?;
    let member = staff::may(home, name, Act::Suppress)?;
    let found = open_one(home, &incident, no)?;
    let key = staff::own_key(home, key, &member)?;
    let role = free_role(&member, &found.agreed)?;
    let at = home.now();
    let statement = statement(&incident, &found);
    let hash: [u8; 32] = Sha256::digest(statement.as_bytes()).into();
    let signature = staff::sign(&key, &approval_message(&hash, member.id, role, at));
    let actor = member.id.to_string();
    let body = serde_json::json!({
        "suppression": no, "role": role.name(), "at": at.timestamp_micros(), "statement": statement,
        "statement_sha256": hex(&hash), "signature": hex(&signature),
    });
    let entry = home.entry("suppression.approved", &actor, Some(incident.id), body)?;
    let agreement = Agreement { staff: member.id, role, at };
    let signed = home.store.write(|tx| {
        tx.agree(incident.id, About::Suppression, no, &agreement)?;
        tx.journal(&entry).map(|_| ())
    });
    signed.map_err(|error| {
        if error.is_conflict() { signed_already(name, no) } else { problem::store(error) }
    })?;
    one(home, &incident, no)
}

/// Ends a suppression: the person is owed all that is true of them again.
pub fn lift(home: &Home, code: &str, no: i32, reason: &str, by: &str) -> Result<SuppressionAnswer> {
    let incident = incident::by_code(home, code)?;
    let member = staff::may(home, by, Act::Suppress)?;
    let reason = required("reason", reason)?;
    open_one(home, &incident, no)?;
    let actor = member.id.to_string();
    let body = serde_json::json!({ "suppression": no, "reason": reason });
    let entry = home.entry("suppression.lifted", &actor, Some(incident.id), body)?;
    let lift = Lift { at: home.now(), by: member.id, reason: reason.to_owned() };
    let lifted = home.store.write(|tx| {
        tx.lift_suppression(incident.id, no, &lift)?;
        tx.journal(&entry).map(|_| ())
    });
    lifted.map_err(problem::store)?;
    one(home, &incident, no)
}

/// Every suppression of an incident, oldest first.
pub fn list(home: &Home, code: &str) -> Result<Vec<SuppressionAnswer>> {
    let incident = incident::by_code(home, code)?;
    let found = home.store.read(|tx| tx.suppressions(incident.id)).map_err(problem::store)?;
    found.iter().map(|recorded| answer(home, recorded)).collect()
}

/// People of a range of buckets who must be told nothing now.
pub(crate) fn suppressed(
    home: &Home,
    incident: IncidentId,
    range: BucketRange,
) -> Result<BTreeSet<SubscriberId>> {
    let active = home.store.read(|tx| tx.active_suppressions(incident, range));
    Ok(active.map_err(problem::store)?.into_iter().map(|recorded| recorded.row.person).collect())
}

/// The bytes whose hash is signed: one `key value` a line, the free text last, its line breaks written out.
fn statement(incident: &Incident, recorded: &Recorded<Suppression>) -> String {
    let Suppression { person, reason, note, by, at, lifted: _ } = &recorded.row;
    let mut text = String::from("simrecall suppression v1\n");
    let lines = [
        ("incident", incident.code.to_string()),
        ("suppression", recorded.no.to_string()),
        ("person", person.to_string()),
        ("reason", reason.clone()),
        ("by", by.to_string()),
        ("at", at.timestamp_micros().to_string()),
        ("note", note.escape_debug().to_string()),
    ];
    for (key, value) in lines {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{key} {value}");
    }
    text
}

/// The role they sign in: one that nobody has signed in yet.
fn free_role(member: &StaffMember, before: &[Agreement]) -> Result<StaffRole> {
    let able = member.roles.iter().copied().filter(|role| role.may(Act::Suppress));
    let mut free = able.filter(|role| before.iter().all(|one| one.role != *role));
    free.next().ok_or_else(|| {
        let what = format!("somebody in {}'s role has signed already", member.name);
        Problem::state("same_role", what)
            .hint("two people of one role see the same things; ask somebody of another role")
    })
}

fn is_open(recorded: &Recorded<Suppression>) -> bool {
    recorded.row.lifted.is_none()
}

fn find(home: &Home, incident: &Incident, no: i32) -> Result<Recorded<Suppression>> {
    let found = home.store.read(|tx| tx.suppressions(incident.id)).map_err(problem::store)?;
    found.into_iter().find(|recorded| recorded.no == no).ok_or_else(|| {
        Problem::input("suppression", format!("{} has no suppression {no}", incident.code))
            .hint(format!("see: simrecall suppress list --incident {}", incident.code))
    })
}

fn open_one(home: &Home, incident: &Incident, no: i32) -> Result<Recorded<Suppression>> {
    let found = find(home, incident, no)?;
    if is_open(&found) {
        return Ok(found);
    }
    Err(Problem::state("lifted", format!("suppression {no} was lifted already"))
        .hint("if the reason is there again, record it again: simrecall suppress add"))
}

fn one(home: &Home, incident: &Incident, no: i32) -> Result<SuppressionAnswer> {
    answer(home, &find(home, incident, no)?)
}

fn answer(home: &Home, recorded: &Recorded<Suppression>) -> Result<SuppressionAnswer> {
    let row = &recorded.row;
    let signed = recorded.agreed.iter();
    let signed = signed.map(|one| Ok((staff::name_of(home, one.staff)?, one.role.name())));
    let lifted = row.lifted.as_ref();
    let lifted = lifted
        .map(|lift| staff::name_of(home, lift.by).map(|name| (lift.at, name, lift.reason.clone())))
        .transpose()?;
    Ok(SuppressionAnswer {
        no: recorded.no,
        person: row.person.to_string().chars().take(8).collect(),
        reason: row.reason.clone(),
        note: row.note.clone(),
        by: staff::name_of(home, row.by)?,
        at: row.at,
        signed: signed.collect::<Result<_>>()?,
        counts: recorded.is_agreed() && is_open(recorded),
        lifted,
    })
}

fn required<'a>(what: &'static str, text: &'a str) -> Result<&'a str> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Problem::input(what, format!("an empty {what} says nothing"))
            .hint("name the paper it stands in: whoever asks in two years has to find it"));
    }
    Ok(text)
}

fn signed_already(name: &str, no: i32) -> Problem {
    Problem::state("signed", format!("{name} has signed suppression {no} already"))
        .hint("somebody else, of another role, signs too")
}
