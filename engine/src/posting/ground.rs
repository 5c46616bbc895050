//! Which rule allows a posting, for how long, and whether it comes in time.

use chrono::{DateTime, Utc};
use serde::Serialize;
use simrecall_core::incident::Incident;
use simrecall_core::law::{
    Clock, ClockState, Duty, Ground, Pack, Rule, RuleId, Scope, Standing, in_force,
};
use simrecall_store::ledger::Wave;

use crate::home::Home;
use crate::law;
use crate::problem::{Problem, Result};

/// The least number of days where a rule says none: what the strictest of them asks.
const DAYS: u32 = 30;

/// A ground that binds the incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Allowed {
    pub(super) ground: Ground,
    pub(super) rule: RuleId,
    pub(super) days: u32,
}

/// A notice clock that had run out when the posting was started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Late {
    /// Its rule.
    pub rule: RuleId,
    /// What it is about.
    pub scope: Scope,
    /// When it ran out.
    pub due: DateTime<Utc>,
    /// By how many seconds the posting comes late.
    pub by_seconds: i64,
}

/// The rule that `ground` names, by its own name or by the ground's, in the versions that bind these waves.
pub(super) fn allowed(
    home: &Home,
    incident: &Incident,
    waves: &[Wave],
    ground: &str,
    rule: Option<&str>,
) -> Result<Allowed> {
    let packs = home.packs()?;
    let situation = law::situation(home, incident)?;
    let mut all: Vec<(Ground, RuleId, u32)> = Vec::new();
    for wave in waves {
        for pack in in_force(packs, &situation, Some(wave.revision), home.now()) {
            all.extend(grounds(pack));
        }
    }
    all.sort();
    all.dedup();
    let word = Ground::parse(ground).ok();
    let named = rule.or(if word.is_some() { None } else { Some(ground) });
    let fits = |(ground, rule, _): &&(Ground, RuleId, u32)| {
        word.is_none_or(|word| word == *ground) && named.is_none_or(|named| named == rule.as_str())
    };
    let found: Vec<_> = all.iter().filter(fits).collect();
    match found.as_slice() {
        [(ground, rule, days)] => Ok(Allowed { ground: *ground, rule: rule.clone(), days: *days }),
        [] => Err(Problem::input(
            "ground",
            format!("no rule that binds {} allows a posting on {ground}", incident.code),
        )
        .detail(listed(&all))
        .hint("see: simrecall law show")),
        several => {
            let several: Vec<_> = several.iter().map(|one| (*one).clone()).collect();
            Err(Problem::input("ground", format!("{ground} is the ground of more than one rule, or a rule with more than one ground"))
                .detail(listed(&several))
                .hint("name both: --ground WORD --rule RULE"))
        }
    }
}

/// The clocks of the waves' notices that have run out without being met.
pub(super) fn late(home: &Home, incident: &Incident, waves: &[Wave]) -> Result<Vec<Late>> {
    let now = home.now();
    let is_notice = |clock: &Clock| {
        let about =
            clock.scope.revision().is_none_or(|no| waves.iter().any(|wave| wave.revision == no));
        about
            && clock.counts
            && matches!(clock.duty, Duty::Notify | Duty::NotifyPossible | Duty::Post)
    };
    let clocks = law::clocks(home, incident)?;
    let late = clocks.into_iter().filter(is_notice).filter_map(|clock| {
        let open = matches!(clock.state, ClockState::Late { done: None, .. });
        let due = clock.due.filter(|due| open && *due < now)?;
        let by_seconds = (now - due).num_seconds();
        Some(Late { rule: clock.rule, scope: clock.scope, due, by_seconds })
    });
    Ok(late.collect())
}

fn grounds(pack: &Pack) -> impl Iterator<Item = (Ground, RuleId, u32)> + '_ {
    let rules = pack.rules.iter().filter(|rule| rule.standing != Standing::Pending);
    let of = |rule: &Rule| (rule.id.clone(), rule.days.unwrap_or(DAYS));
    rules.flat_map(move |rule| {
        rule.grounds.iter().map(move |ground| {
            let (rule, days) = of(rule);
            (*ground, rule, days)
        })
    })
}

fn listed(all: &[(Ground, RuleId, u32)]) -> String {
    if all.is_empty() {
        return "none of its statutes knows a posting".to_owned();
    }
    let each =
        all.iter().map(|(ground, rule, days)| format!("{} ({rule}, {days} days)", ground.name()));
    each.collect::<Vec<_>>().join("; ")
}
