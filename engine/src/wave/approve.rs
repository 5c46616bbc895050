//! Signing a wave's statement, and letting the wave go once enough people have.

use std::path::Path;

use chrono::{DateTime, Utc};
use serde::Serialize;
use simrecall_core::access::{Act, Quorum, StaffRole};
use simrecall_core::id::{StaffId, WaveNo};
use simrecall_core::wave::{
    Approval, Approver, NotApproved, Signed, WaveState, approval_message, judge,
};
use simrecall_store::StoreError;
use simrecall_store::ledger::{ApprovalRow, Wave};

use super::get;
use crate::home::Home;
use crate::lint;
use crate::problem::{self, Problem, Result};
use crate::send::mark;
use crate::staff::{self, hex};
use crate::terminal::approval;
use crate::words::Words;

/// A signature that was taken.
#[derive(Debug, Clone, Serialize)]
pub struct Approved {
    /// The wave.
    pub wave: WaveNo,
    /// Who has signed it so far, and in which role.
    pub approvals: Vec<(String, &'static str)>,
    /// How many must.
    pub needed: usize,
    /// What they signed, in words.
    pub statement: String,
    /// Its SHA-256.
    pub statement_sha256: String,
}

/// Signs what the wave would do.
pub fn approve(home: &Home, no: WaveNo, name: &str, key: &Path) -> Result<Approved> {
    let wave = get(home, no)?;
    let member = staff::may(home, name, Act::Approve)?;
    let (statement, hash) = signable(&wave)?;
    let key = staff::own_key(home, key, &member)?;
    let role = member.roles.iter().copied().find(|role| role.may(Act::Approve));
    let role = role.ok_or_else(|| Problem::ours("role", "a role vanished"))?;
    let at = home.now();
    let message = approval_message(&hash, member.id, role, at);
    let row = ApprovalRow {
        wave: no,
        staff: member.id,
        role: role.code(),
        statement_sha256: hash,
        signature: staff::sign(&key, &message),
        at,
    };
    let actor = member.id.to_string();
    let body =
        serde_json::json!({ "wave": no.0, "statement_sha256": hex(&hash), "role": role.name() });
    let entry = home.entry("wave.approved", &actor, Some(wave.incident), body)?;
    let written = home.store.write(|tx| {
        tx.insert_approval(&row)?;
        tx.journal(&entry).map(|_| ())
    });
    written.map_err(|error| {
        if error.is_conflict() {
            Problem::state("signed", format!("{name} has signed wave {} already", no.0))
        } else {
            problem::store(error)
        }
    })?;
    Ok(Approved {
        wave: no,
        approvals: signatures(home, no)?
            .into_iter()
            .map(|(approval, _, name)| (name, approval.role.name()))
            .collect(),
        needed: home.config.wave.approvals,
        statement,
        statement_sha256: hex(&hash),
    })
}

/// Lets a wave go.
pub fn release(home: &Home, no: WaveNo, by: &str) -> Result<()> {
    let wave = get(home, no)?;
    let member = staff::may(home, by, Act::Release)?;
    let (statement, hash) = signable(&wave)?;
    check_as_asked(home, &wave, &statement)?;
    let signatures = signatures(home, no)?;
    let (judged, names): (Vec<_>, Vec<String>) = signatures
        .into_iter()
        .map(|(approval, approver, name)| ((approval, approver), name))
        .unzip();
    let needed = u8::try_from(home.config.wave.approvals).unwrap_or(u8::MAX);
    judge(&judged, &hash, Quorum { needed }).map_err(|error| {
        not_approved(no, error, &names)
            .hint(format!("people of {needed} different roles sign it: simrecall wave approve {} --as NAME --key FILE", no.0))
    })?;
    let actor = member.id.to_string();
    let body = serde_json::json!({ "wave": no.0, "statement_sha256": hex(&hash) });
    let entry = home.entry("wave.released", &actor, Some(wave.incident), body)?;
    let now = home.now();
    let ledger = crate::home::random()?;
    let released = home.store.write(|tx| {
        tx.begin_ledger(ledger)?;
        tx.release(no, &hash, now)?;
        tx.journal(&entry).map(|_| ())
    });
    released.map_err(|error| {
        let StoreError::State(why) = error else { return problem::store(error) };
        Problem::state("stale_plan", format!("wave {} cannot be released", no.0))
            .detail(why)
            .hint("plan again: simrecall wave plan")
    })?;
    mark::note_wave(home, no)
}

/// Refuses a wave that would go out under other words, or whose notices the law asks something else of by now: a pack was
/// changed, or another knowledge time was chosen.
fn check_as_asked(home: &Home, wave: &Wave, statement: &str) -> Result<()> {
    let incident = home.store.read(|tx| tx.incident(wave.incident)).map_err(problem::store)?;
    let incident = incident.ok_or_else(|| Problem::ours("incident", "a wave without one"))?;
    let words = Words::read(home, &crate::incident::words(home, incident.id)?)?;
    super::check_as_signed(home, wave, &words)?;
    let wordings = home.store.read(|tx| tx.wordings(wave.no)).map_err(problem::store)?;
    let kinds = wordings.iter().map(|kept| kept.new.wording.kind).collect();
    let asked = lint::asked_of(home, &incident, Some(wave.revision), &kinds)?;
    let asked = format!("asked {}", hex(&lint::asked_sha256(&asked)));
    if statement.lines().any(|line| line == asked) {
        return Ok(());
    }
    Err(Problem::state(
        "law_changed",
        format!("the law asks something else of wave {} than when it was signed", wave.no.0),
    )
    .detail("a rule pack was changed, or another knowledge time counts; nothing was released")
    .hint("plan again: simrecall wave plan"))
}

fn not_approved(no: WaveNo, error: NotApproved, signed: &[String]) -> Problem {
    let what = format!("wave {} is not approved; nothing was released", no.0);
    let problem = Problem::state("not_approved", what);
    let NotApproved::TooFew { quorum, stale } = error else { return problem.caused_by(error) };
    let who = if signed.is_empty() { "nobody".to_owned() } else { signed.join(", ") };
    let problem = problem.detail(format!(
        "{} of {} people of different roles have signed: {who}",
        quorum.have, quorum.needed
    ));
    if stale == 0 {
        return problem;
    }
    problem.detail(format!("{stale} of these signed an earlier version, which does not count"))
}

/// What a draft's approvers sign.
pub(crate) fn signable(wave: &Wave) -> Result<(String, [u8; 32])> {
    let draft = wave.state == WaveState::Draft;
    match (&wave.statement, wave.statement_sha256) {
        (Some(statement), Some(hash)) if draft => Ok((statement.clone(), hash)),
        _ => Err(Problem::state(
            "wave_state",
            format!("wave {} is {}", wave.no.0, wave.state.name()),
        )
        .hint("only a planned wave is signed and released")),
    }
}

/// The roles in which a statement was signed, in whatever way.
pub(crate) fn signed_as(home: &Home, no: WaveNo, hash: &[u8; 32]) -> Result<Vec<&'static str>> {
    let all = signatures(home, no)?.into_iter().map(|(approval, ..)| approval);
    Ok(all.filter(|one| one.statement_hash == *hash).map(|one| one.role.name()).collect())
}

/// Everything that was signed of a wave, each with what is on record of its signer.
fn signatures(home: &Home, no: WaveNo) -> Result<Vec<(Approval, Approver, String)>> {
    let mut all = Vec::new();
    for row in home.store.read(|tx| tx.approvals(no)).map_err(problem::store)? {
        let (approver, name) = approver(home, row.staff, row.at)?;
        all.push((
            Approval {
                staff: row.staff,
                role: role_of(row.staff, row.role)?,
                statement_hash: row.statement_sha256,
                signed: Signed::Ed25519(row.signature),
                at: row.at,
            },
            approver,
            name,
        ));
    }
    let by_passkey = home.store.read(|tx| tx.passkey_approvals(no)).map_err(problem::store)?;
    let incident = get(home, no)?.incident;
    for row in by_passkey {
        let (approver, name) = approver(home, row.staff, row.at)?;
        let holds = approval::holds(home, incident, &row)?;
        all.push((
            Approval {
                staff: row.staff,
                role: role_of(row.staff, row.role)?,
                statement_hash: row.statement_sha256,
                signed: Signed::Passkey { holds },
                at: row.at,
            },
            approver,
            name,
        ));
    }
    Ok(all)
}

fn unknown(id: StaffId) -> Problem {
    Problem::ours("staff", format!("{id} signed and is not on record"))
}

fn role_of(staff: StaffId, code: i16) -> Result<StaffRole> {
    StaffRole::from_code(code).ok_or_else(|| unknown(staff))
}

/// What is on record of somebody who signed at a moment, and their name.
fn approver(home: &Home, id: StaffId, at: DateTime<Utc>) -> Result<(Approver, String)> {
    let (member, keys) =
        home.store.read(|tx| Ok((tx.staff(id)?, tx.credentials(id)?))).map_err(problem::store)?;
    let member = member.ok_or_else(|| unknown(id))?;
    let keys = keys.iter().filter(|key| key.signs_at(at)).filter_map(|key| key.ed25519().copied());
    let approver = Approver {
        public_keys: keys.collect(),
        roles: member.roles.iter().copied().collect(),
        retired_at: member.retired_at,
    };
    Ok((approver, member.name))
}
