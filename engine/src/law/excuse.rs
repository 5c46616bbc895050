//! Excusing a delay: an obstacle the law knows, recorded by two people of different roles.

use chrono::{DateTime, Utc};
use serde::Serialize;
use simrecall_core::access::Act;
use simrecall_core::incident::Incident;
use simrecall_core::law::{Rule, Scope};
use simrecall_store::law::{About, ExcuseRecord, Recorded};

use super::agree::{self, Decided};
use super::fact::said;
use super::list::{ClockRow, rows};
use super::moment::Moment;
use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::{incident, staff};

/// What is excused.
#[derive(Debug, Clone, Copy)]
pub struct NewExcuse<'a> {
    /// The rule's name.
    pub rule: &'a str,
    /// Which of its clocks: `incident`, `r2`, `fact:4`.
    pub scope: &'a str,
    /// Until when, if that is known.
    pub until: Option<DateTime<Utc>>,
    /// What the obstacle is.
    pub reason: &'a str,
}

/// An excuse, and the clock as it stands now.
#[derive(Debug, Clone, Serialize)]
pub struct ExcuseAnswer {
    /// How far it has come.
    pub decided: Decided,
    /// The rule.
    pub rule: String,
    /// What it is about.
    pub scope: Scope,
    /// What the law takes as an excuse, in its own words.
    pub allowed: String,
    /// Until when, if that is known.
    pub until: Option<Moment>,
    /// The rule's clocks of that scope.
    pub clocks: Vec<ClockRow>,
}

/// Excuses, or agrees to what somebody else has excused in the same words.
pub fn excuse(home: &Home, code: &str, new: &NewExcuse<'_>, by: &str) -> Result<ExcuseAnswer> {
    let incident = incident::by_code(home, code)?;
    let member = staff::may(home, by, Act::ExcuseClock)?;
    let (rule, allowed) = excusable(home, &incident, new.rule)?;
    let record = ExcuseRecord {
        rule: rule.id,
        scope: scope(new.scope)?,
        until: new.until,
        reason: said(
            "reason",
            new.reason,
            "say what the obstacle is, and where that is written down",
        )?,
        by: member.id,
        at: home.now(),
    };
    let all = home.store.read(|tx| tx.excuses(incident.id)).map_err(problem::store)?;
    let open = open(&all, &record);
    let before = open.map(|open| open.agreed.clone()).unwrap_or_default();
    let agreement = agree::agreement(home, &member, Act::ExcuseClock, &before)?;
    let actor = member.id.to_string();
    let body = serde_json::json!({
        "rule": record.rule, "scope": record.scope, "until": record.until, "reason": record.reason,
        "agrees_to": open.map(|open| open.no),
    });
    let entry = home.entry("clock.excused", &actor, Some(incident.id), body)?;
    let no = home.store.write(|tx| {
        let no = open.map_or_else(|| tx.add_excuse(incident.id, &record), |open| Ok(open.no))?;
        tx.agree(incident.id, About::Excuse, no, &agreement)?;
        tx.journal(&entry)?;
        Ok(no)
    });
    let no = no.map_err(agree::refused)?;
    let all = home.store.read(|tx| tx.excuses(incident.id)).map_err(problem::store)?;
    let kept = all.iter().find(|one| one.no == no);
    let kept =
        kept.ok_or_else(|| Problem::ours("law_state", "an excuse is not there after it was made"))?;
    answer(home, &incident, kept, allowed)
}

fn answer(
    home: &Home,
    incident: &Incident,
    kept: &Recorded<ExcuseRecord>,
    allowed: String,
) -> Result<ExcuseAnswer> {
    let ExcuseRecord { rule, scope, until, .. } = &kept.row;
    let mine = |row: &ClockRow| row.rule == *rule && row.scope == *scope && row.counts;
    Ok(ExcuseAnswer {
        decided: agree::decided(home, kept.no, kept.is_agreed(), Act::ExcuseClock, &kept.agreed)?,
        rule: rule.to_string(),
        scope: *scope,
        allowed,
        until: until.map(|until| Moment::of(home, until)),
        clocks: rows(home, incident)?.into_iter().filter(mine).collect(),
    })
}

/// The newest of the same that is still waiting for somebody.
fn open<'a>(
    all: &'a [Recorded<ExcuseRecord>],
    new: &ExcuseRecord,
) -> Option<&'a Recorded<ExcuseRecord>> {
    let same =
        |row: &ExcuseRecord| (&row.rule, row.scope, row.until) == (&new.rule, new.scope, new.until);
    all.iter().rev().find(|one| same(&one.row) && !one.is_agreed())
}

fn excusable(home: &Home, incident: &Incident, name: &str) -> Result<(Rule, String)> {
    let rule = super::rule(home, incident, name)?;
    let Some(allowed) = rule.excuse.clone() else {
        return Err(Problem::input("rule", format!("{} knows no excuse", rule.id))
            .hint("simrecall law show says which rules do, and what they take"));
    };
    Ok((rule, allowed))
}

/// What a clock is about, as typed.
pub(super) fn scope(text: &str) -> Result<Scope> {
    Scope::parse(text.trim()).map_err(|error| {
        Problem::input("scope", format!("{text} is no scope"))
            .caused_by(error)
            .hint("clock list prints it beside each rule")
    })
}
