//! Acts that no other row shows: a report that was telephoned in, a notice another office sent.

use chrono::{DateTime, Utc};
use serde::Serialize;
use simrecall_core::access::Act;
use simrecall_core::law::Scope;
use simrecall_store::law::ActRecord;

use super::excuse::scope;
use super::fact::said;
use super::list::{ClockRow, rows};
use super::moment::{self, Moment};
use crate::home::Home;
use crate::problem::{self, Result};
use crate::{incident, staff};

/// What was done.
#[derive(Debug, Clone, Copy)]
pub struct NewAct<'a> {
    /// The rule it was done for.
    pub rule: &'a str,
    /// Which of its clocks: `incident`, `r2`, `fact:4`.
    pub scope: &'a str,
    /// When.
    pub at: DateTime<Utc>,
    /// What was done, with what shows it.
    pub what: &'a str,
}

/// An act, and the clocks it was recorded for.
#[derive(Debug, Clone, Serialize)]
pub struct ActAnswer {
    /// Its number within the incident.
    pub no: i32,
    /// The rule.
    pub rule: String,
    /// What it was about.
    pub scope: Scope,
    /// When it was done.
    pub at: Moment,
    /// The rule's clocks of that scope that count.
    pub clocks: Vec<ClockRow>,
}

/// Records an act.
pub fn record(home: &Home, code: &str, new: &NewAct<'_>, by: &str) -> Result<ActAnswer> {
    let incident = incident::by_code(home, code)?;
    let member = staff::may(home, by, Act::File)?;
    moment::check(home, new.at)?;
    let rule = super::rule(home, &incident, new.rule)?;
    let record = ActRecord {
        duty: rule.duty,
        rule: Some(rule.id),
        scope: scope(new.scope)?,
        at: new.at,
        what: said("what", new.what, "say what was done, how, and what shows it")?,
        by: member.id,
        recorded_at: home.now(),
    };
    let actor = member.id.to_string();
    let body = serde_json::json!({
        "rule": record.rule, "scope": record.scope, "at": record.at, "what": record.what,
    });
    let entry = home.entry("act.recorded", &actor, Some(incident.id), body)?;
    let no = home.store.write(|tx| {
        let no = tx.add_act(incident.id, &record)?;
        tx.journal(&entry)?;
        Ok(no)
    });
    let no = no.map_err(problem::store)?;
    let mine = |row: &ClockRow| {
        Some(&row.rule) == record.rule.as_ref() && row.scope == record.scope && row.counts
    };
    Ok(ActAnswer {
        no,
        rule: new.rule.to_owned(),
        scope: record.scope,
        at: Moment::of(home, record.at),
        clocks: rows(home, &incident)?.into_iter().filter(mine).collect(),
    })
}
