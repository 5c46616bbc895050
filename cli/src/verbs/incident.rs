//! `incident`: what happened, and what is known of it.

use std::process::ExitCode;

use simrecall_engine::incident::{self, IncidentAnswer, KnowledgeAnswer};
use simrecall_engine::law::{self, DetermineAnswer, FactAnswer, Finding, NewFact};
use simrecall_engine::{Home, Result};

use super::clock::{decision, one_line};
use super::{Desk, sequence};
use crate::args::{Answer, Determine, FactAdd, FactVerb, IncidentVerb};
use crate::report::{Sheet, count};

pub(super) fn run(desk: &Desk<'_>, verb: &IncidentVerb) -> Result<ExitCode> {
    let home = desk.open()?;
    match verb {
        IncidentVerb::Open { file, by } => {
            let answer = incident::open(&home, file, by)?;
            sequence(&home);
            Ok(desk.say(&answer, || words(&answer)))
        }
        IncidentVerb::Show { code } => {
            let answer = incident::show(&home, code)?;
            Ok(desk.say(&answer, || words(&answer)))
        }
        IncidentVerb::Compromise { code, channel, why, by } => {
            let answer = incident::compromise(&home, code, (*channel, why), by)?;
            sequence(&home);
            Ok(desk.say(&answer, || words(&answer)))
        }
        IncidentVerb::Fact(FactVerb::Add(typed)) => add(desk, &home, typed),
        IncidentVerb::Determine(typed) => determine(desk, &home, typed),
    }
}

fn add(desk: &Desk<'_>, home: &Home, typed: &FactAdd) -> Result<ExitCode> {
    let FactAdd { incident, at, what, evidence, who, anchor, revision, by } = typed;
    let fact = NewFact { at: *at, what, evidence, who, anchors: anchor, revision: *revision };
    let answer = law::add_fact(home, incident, &fact, by)?;
    sequence(home);
    Ok(desk.say(&answer, || added(&answer)))
}

fn determine(desk: &Desk<'_>, home: &Home, typed: &Determine) -> Result<ExitCode> {
    let Determine { incident, trigger, holds, at, who, why, by } = typed;
    let finding = Finding { trigger, holds: *holds == Answer::Yes, at: *at, who, why };
    let answer = law::determine(home, incident, &finding, by)?;
    sequence(home);
    Ok(desk.say(&answer, || determined(&answer)))
}

fn added(answer: &FactAnswer) -> String {
    let FactAnswer { knowledge, starts, candidate_for } = answer;
    let mut sheet = Sheet::default().line(&format!("knowledge time {}", knowledge.no));
    for row in starts {
        sheet = sheet.line(&format!(" starts:{}", one_line(row)));
    }
    for row in candidate_for {
        sheet = sheet.line(&format!(" would start, if counsel chose it:{}", one_line(row)));
    }
    if starts.is_empty() && candidate_for.is_empty() {
        sheet = sheet.line(" no clock counts from it");
    }
    sheet.text()
}

fn determined(answer: &DetermineAnswer) -> String {
    let DetermineAnswer { decided, trigger, holds, clocks } = answer;
    let what = format!("{trigger} {}", if *holds { "holds" } else { "does not hold" });
    let sheet = decision(Sheet::default(), decided, &what);
    clocks.iter().fold(sheet, |sheet, row| sheet.line(&one_line(row))).text()
}

fn words(answer: &IncidentAnswer) -> String {
    let incident = &answer.incident;
    let lost: Vec<&str> = incident.compromised.iter().map(|channel| channel.name()).collect();
    let mut sheet = Sheet::default()
        .line(&format!("{} {} ({})", incident.code, incident.title, incident.state.name()))
        .row_if(!lost.is_empty(), "proves nothing", lost.join(", "))
        .row("law", answer.statutes.join(", "))
        .row_if(answer.holds > 0, "held", format!("by {}: nothing is erased", answer.holds));
    sheet = answer.knowledge.iter().fold(sheet, known);
    sheet = sheet.row("registry", format!("{} snapshots", answer.snapshots));
    for (revision, lines) in &answer.revisions {
        sheet = sheet.row("revision", format!("{revision}  {} lines", count(*lines)));
    }
    for (wave, state) in &answer.waves {
        sheet = sheet.row("wave", format!("{wave}  {state}"));
    }
    sheet.text()
}

fn known(sheet: Sheet, known: &KnowledgeAnswer) -> Sheet {
    let time = &known.time;
    let of = time.revision.map_or_else(String::new, |no| format!(" · of what {no} added"));
    let text = format!("{}  {}  {} ({}){of}", time.no, known.when, time.what, time.evidence);
    let mut sheet = sheet.row("known", text);
    if !time.anchors.is_empty() {
        sheet = sheet.row("", format!("   candidate for {}", names(&time.anchors)));
    }
    if !known.selected.is_empty() {
        sheet = sheet.row("", format!("   · selected for {}", names(&known.selected)));
    }
    if !known.waiting.is_empty() {
        let waiting = names(&known.waiting);
        sheet = sheet.row("", format!("   · selected for {waiting}; waits for two roles"));
    }
    sheet
}

fn names(anchors: &std::collections::BTreeSet<simrecall_core::law::Anchor>) -> String {
    anchors.iter().map(|anchor| anchor.name()).collect::<Vec<_>>().join(", ")
}
