//! Granted claims get the next of the days the carrier pays on.

use chrono::NaiveDate;
use serde::Serialize;
use simrecall_core::access::Act;
use simrecall_core::claim::{Event, StateKind, may_object};
use simrecall_store::claim::Claim;

use super::desk::{Desk, Moving, With};
use super::{AT_ONCE, claims_in, open, permit, today};
use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::replacement::notices::Letters;
use crate::{incident, staff};

/// What was scheduled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ScheduleAnswer {
    /// The day they are paid on.
    pub pay_on: NaiveDate,
    /// Claims that are.
    pub scheduled: u64,
    /// Claims granted in part whose owners may still object.
    pub may_object: u64,
    /// Claims whose payment failed, and that wait until somebody says that what was wrong is mended.
    pub failed: u64,
}

/// Sets a day for every granted claim; for those whose payment failed only with `again`.
pub fn schedule(home: &Home, code: &str, again: bool, by: &str) -> Result<ScheduleAnswer> {
    let member = staff::may(home, by, Act::HandleClaim)?;
    let incident = incident::by_code(home, code)?.id;
    let pay_on = next_day(home)?;
    let keys = home.keys.incident(incident).map_err(problem::keys)?;
    let actor = member.id.to_string();
    let desk = Desk { home, keys: &keys, by: Some(member.id), also_by: None, actor: &actor };
    let granted: Vec<StateKind> =
        StateKind::ALL.into_iter().filter(|state| state.is_granted()).collect();
    let mut answer = ScheduleAnswer { pay_on, scheduled: 0, may_object: 0, failed: 0 };
    for page in claims_in(home, incident, &granted) {
        let mut claims = page?;
        claims.retain(|claim| {
            if claim.state == StateKind::Partial && may_object(claim.appeal_until, home.now()) {
                answer.may_object += 1;
                return false;
            }
            let waits = claim.state == StateKind::PayFailed && !again;
            answer.failed += u64::from(waits);
            !waits
        });
        for some in claims.chunks(AT_ONCE) {
            answer.scheduled += set(&desk, some, pay_on)?;
        }
    }
    Ok(answer)
}

/// Sets the day for some, in one transaction; how many still were where they were found.
fn set(desk: &Desk<'_>, some: &[Claim], on: NaiveDate) -> Result<u64> {
    let home = desk.home;
    let Some(Claim { incident, .. }) = some.first() else { return Ok(0) };
    let mut permit = permit(home, *incident, desk.actor, some.len())?;
    let ready = |claim: &Claim| {
        let record = open(&mut permit, desk.keys, claim)?;
        desk.ready(claim, record, &Event::Schedule { on }, With::default())
    };
    let moves: Vec<Moving> = some.iter().map(ready).collect::<Result<_>>()?;
    let ids: Vec<_> = some.iter().map(|claim| claim.id).collect();
    let body = serde_json::json!({ "pay_on": on, "claims": ids });
    let entry = home.entry("claim.scheduled", desk.actor, Some(*incident), body)?;
    let done = home.store.write(|tx| {
        let mut done = 0;
        for moving in &moves {
            done += u64::from(moving.write(tx, home, &Letters::none())?);
        }
        tx.journal(&entry)?;
        Ok(done)
    })?;
    Ok(done)
}

/// The next day the carrier pays on: not today, whose run may be over.
fn next_day(home: &Home) -> Result<NaiveDate> {
    let today = today(home, home.now());
    let next = home.config.claims.pay_dates.iter().filter(|day| **day > today).min();
    next.copied().ok_or_else(|| {
        Problem::state("no_pay_date", "no day is set on which claims are paid")
            .hint("name the next ones in simrecall.toml: [claims] pay_dates = [\"2025-10-10\", …]")
    })
}
