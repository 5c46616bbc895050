//! What was done: recorded acts, reports that were submitted, postings that were started, revisions everyone was told of.

use simrecall_core::filing::FilingKind;
use simrecall_core::incident::{Incident, KnowledgeTime};
use simrecall_core::law::{Duty, LegalAct, PackSet, Rule, Scope};
use simrecall_store::filing::Filing;

use super::complete::Reach;
use crate::home::Home;
use crate::problem::{self, Result};

/// Everything that was done for an incident.
pub(super) fn of(
    home: &Home,
    packs: &PackSet,
    incident: &Incident,
    knowledge: &[KnowledgeTime],
    reaches: &[Reach],
) -> Result<Vec<LegalAct>> {
    let (recorded, filings, postings) = home
        .store
        .read(|tx| Ok((tx.acts(incident.id)?, tx.filings(incident.id)?, tx.postings(incident.id)?)))
        .map_err(problem::store)?;
    let mut acts: Vec<LegalAct> = recorded
        .into_iter()
        .map(|one| one.row)
        .map(|row| LegalAct { duty: row.duty, rule: row.rule, scope: row.scope, at: row.at })
        .collect();
    acts.extend(filings.iter().flat_map(|filing| filed(packs, filing, knowledge)));
    acts.extend(postings.iter().map(|posting| LegalAct {
        duty: Duty::Post,
        rule: Some(posting.new.rule.clone()),
        scope: Scope::Incident,
        at: posting.new.starts_at,
    }));
    acts.extend(reaches.iter().flat_map(|reach| told(packs, reach)));
    Ok(acts)
}

/// What a submitted filing does: the first of a kind is the report; each answers for the new facts it can have held.
fn filed(packs: &PackSet, filing: &Filing, knowledge: &[KnowledgeTime]) -> Vec<LegalAct> {
    let (Some(submitted), Ok(kind)) = (&filing.submitted, FilingKind::parse(&filing.new.kind))
    else {
        return Vec::new();
    };
    let rules = packs.iter().flat_map(|pack| pack.rules.iter().map(move |rule| (pack, rule)));
    let answered = rules.filter(|(pack, rule)| kind.answers(pack, rule)).map(|(_, rule)| rule);
    let mut acts = Vec::new();
    for rule in answered {
        let act = |scope| LegalAct {
            duty: rule.duty,
            rule: Some(rule.id.clone()),
            scope,
            at: submitted.at,
        };
        if rule.clock.is_each() {
            let held = |time: &&KnowledgeTime| {
                time.stands_for(rule.clock) && time.recorded_at <= filing.new.as_of
            };
            acts.extend(knowledge.iter().filter(held).map(|time| act(Scope::Fact(time.no))));
        } else if rule.duty == Duty::Report && filing.new.supplement_of.is_none() {
            acts.push(act(Scope::Incident));
        }
    }
    acts
}

/// What it does that everyone was told of a revision: each rule counts the ways it names.
fn told(packs: &PackSet, reach: &Reach) -> Vec<LegalAct> {
    let rules = packs.iter().flat_map(|pack| &pack.rules);
    let rules = rules.filter(|rule| rule.duty.is_per_revision());
    let act = |rule: &Rule| {
        Some(LegalAct {
            duty: rule.duty,
            rule: Some(rule.id.clone()),
            scope: Scope::Revision(reach.no),
            at: reach.complete(&rule.methods)?,
        })
    };
    let mut acts: Vec<LegalAct> = rules.filter_map(act).collect();
    // The same rule in another version is the same act.
    acts.dedup();
    acts
}
