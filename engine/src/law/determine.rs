//! What nobody can count: whether somebody got in from outside, whether the risk is high. People say so, with a reason.
//!
//! Until they do, it is taken to be true and the duty runs. That it is not ends a duty, so it takes two people of
//! different roles; that it is takes one.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::Serialize;
use simrecall_core::access::Act;
use simrecall_core::incident::Incident;
use simrecall_core::law::{Facts, Trigger};
use simrecall_store::law::{About, Determination, Recorded};

use super::agree::{self, Decided};
use super::fact::said;
use super::list::{ClockRow, rows};
use super::moment;
use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::{incident, staff};

/// What can be determined of every incident.
const KNOWN: [Trigger; 6] = [
    Trigger::ExternalAccess,
    Trigger::Intrusion,
    Trigger::HighRisk,
    Trigger::Cpni,
    Trigger::ContactUnknown,
    Trigger::NoneLeaked,
];

/// What people found.
#[derive(Debug, Clone, Copy)]
pub struct Finding<'a> {
    /// The trigger's name.
    pub trigger: &'a str,
    /// Whether it holds.
    pub holds: bool,
    /// Since when that is known.
    pub at: DateTime<Utc>,
    /// Who found it.
    pub who: &'a str,
    /// Why, with what shows it.
    pub why: &'a str,
}

/// A determination, and the clocks as they stand now.
#[derive(Debug, Clone, Serialize)]
pub struct DetermineAnswer {
    /// How far it has come.
    pub decided: Decided,
    /// What was determined.
    pub trigger: String,
    /// Whether it holds.
    pub holds: bool,
    /// The clocks that count.
    pub clocks: Vec<ClockRow>,
}

/// Determines, or agrees to what somebody else has determined in the same words.
pub fn determine(
    home: &Home,
    code: &str,
    finding: &Finding<'_>,
    by: &str,
) -> Result<DetermineAnswer> {
    let incident = incident::by_code(home, code)?;
    let act = act(finding.holds);
    let member = staff::may(home, by, act)?;
    moment::check(home, finding.at)?;
    let record = Determination {
        trigger: trigger(home, &incident, finding.trigger)?.to_string(),
        holds: finding.holds,
        at: finding.at,
        who: said("who", finding.who, "say which team or office found it")?,
        why: said("why", finding.why, "say why, and what shows it")?,
        by: member.id,
        recorded_at: home.now(),
    };
    let all = home.store.read(|tx| tx.determinations(incident.id)).map_err(problem::store)?;
    let newest = all.iter().rev().find(|one| one.row.trigger == record.trigger);
    let open = newest.filter(|one| one.row.holds == record.holds && !counts(one));
    let before = open.map(|open| open.agreed.clone()).unwrap_or_default();
    let agreement = agree::agreement(home, &member, act, &before)?;
    let actor = member.id.to_string();
    let body = serde_json::json!({
        "trigger": record.trigger, "holds": record.holds, "at": record.at, "who": record.who,
        "why": record.why, "agrees_to": open.map(|open| open.no),
    });
    let entry = home.entry("incident.determined", &actor, Some(incident.id), body)?;
    let no = home.store.write(|tx| {
        let no = open.map_or_else(|| tx.determine(incident.id, &record), |open| Ok(open.no))?;
        tx.agree(incident.id, About::Determination, no, &agreement)?;
        tx.journal(&entry)?;
        Ok(no)
    });
    answer(home, &incident, no.map_err(agree::refused)?)
}

/// Whether a determination counts: one that adds duties does at once.
fn counts(one: &Recorded<Determination>) -> bool {
    one.row.holds || one.is_agreed()
}

/// Lays what was determined over what was counted; the newest that counts of each trigger does.
pub(super) fn lay_over(facts: &mut Facts, all: &[Recorded<Determination>]) {
    for one in all.iter().filter(|one| counts(one)) {
        let holds = one.row.holds;
        match Trigger::parse(&one.row.trigger) {
            Ok(Trigger::ExternalAccess) => facts.external_access = Some(holds),
            Ok(Trigger::Intrusion) => facts.intrusion = Some(holds),
            Ok(Trigger::HighRisk) => facts.high_risk = Some(holds),
            Ok(Trigger::Cpni) => facts.cpni = Some(holds),
            Ok(Trigger::ContactUnknown) => facts.contact_unknown = holds,
            Ok(Trigger::NoneLeaked) => facts.none_leaked = holds,
            Ok(Trigger::ResidentsOver(count)) => {
                facts.residents_over.insert(count, holds);
            }
            Ok(
                Trigger::Always
                | Trigger::Leak
                | Trigger::Possible
                | Trigger::PersonsAtLeast(_)
                | Trigger::PersonsOver(_)
                | Trigger::Sensitive
                | Trigger::NewFact
                | Trigger::Reported,
            )
            | Err(_) => {}
        }
    }
}

/// That something is not so ends a duty, which is for those who answer for the law.
const fn act(holds: bool) -> Act {
    if holds { Act::AddKnowledge } else { Act::SelectClock }
}

fn trigger(home: &Home, incident: &Incident, name: &str) -> Result<Trigger> {
    let known = known(home, incident)?;
    let parsed = Trigger::parse(name.trim()).ok().filter(|trigger| known.contains(trigger));
    parsed.ok_or_else(|| {
        let known: Vec<String> = known.iter().map(ToString::to_string).collect();
        Problem::input("trigger", format!("{name} is nothing people determine"))
            .detail(format!("one of {}", known.join(", ")))
            .hint("what can be counted, such as persons or items, follows from the cohort")
    })
}

/// The same, with what the incident's statutes ask about places in which nobody can count.
fn known(home: &Home, incident: &Incident) -> Result<BTreeSet<Trigger>> {
    let statutes = super::statutes(home, incident.id)?;
    let packs = home.packs()?.iter().filter(|pack| statutes.contains(&pack.statute));
    let rules = packs.filter(|pack| pack.region.is_some()).flat_map(|pack| &pack.rules);
    let triggers = rules.flat_map(|rule| rule.when.iter().chain(rule.any_of.iter().flatten()));
    let places = triggers.filter(|trigger| matches!(trigger, Trigger::ResidentsOver(_)));
    Ok(places.copied().chain(KNOWN).collect())
}

fn answer(home: &Home, incident: &Incident, no: i32) -> Result<DetermineAnswer> {
    let all = home.store.read(|tx| tx.determinations(incident.id)).map_err(problem::store)?;
    let kept = all.iter().find(|one| one.no == no);
    let kept = kept.ok_or_else(|| {
        Problem::ours("law_state", "a determination is not there after it was made")
    })?;
    let act = act(kept.row.holds);
    Ok(DetermineAnswer {
        decided: agree::decided(home, no, counts(kept), act, &kept.agreed)?,
        trigger: kept.row.trigger.clone(),
        holds: kept.row.holds,
        clocks: rows(home, incident)?.into_iter().filter(|row| row.counts).collect(),
    })
}
