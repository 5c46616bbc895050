//! `incident`: what happened, and what is known of it.

use std::process::ExitCode;

use simrecall_engine::Result;
use simrecall_engine::incident::{self, IncidentAnswer};

use super::{Desk, sequence};
use crate::args::IncidentVerb;
use crate::report::{Sheet, count, when};

pub(super) fn run(desk: &Desk<'_>, verb: &IncidentVerb) -> Result<ExitCode> {
    let home = desk.open()?;
    let answer = match verb {
        IncidentVerb::Open { file, by } => {
            let answer = incident::open(&home, file, by)?;
            sequence(&home);
            answer
        }
        IncidentVerb::Show { code } => incident::show(&home, code)?,
    };
    Ok(desk.say(&answer, || words(&answer)))
}

fn words(answer: &IncidentAnswer) -> String {
    let incident = &answer.incident;
    let lost: Vec<&str> = incident.compromised.iter().map(|channel| channel.name()).collect();
    let mut sheet = Sheet::default()
        .line(&format!("{} {} ({})", incident.code, incident.title, incident.state.name()))
        .row_if(!lost.is_empty(), "proves nothing", lost.join(", "));
    for known in &answer.knowledge {
        let selected = if known.selected { " · selected" } else { "" };
        let text = format!("{}  {} ({}){selected}", when(known.at), known.what, known.evidence);
        sheet = sheet.row("known", text);
    }
    sheet = sheet.row("registry", format!("{} snapshots", answer.snapshots));
    for (revision, lines) in &answer.revisions {
        sheet = sheet.row("revision", format!("{revision}  {} lines", count(*lines)));
    }
    for (wave, state) in &answer.waves {
        sheet = sheet.row("wave", format!("{wave}  {state}"));
    }
    sheet.text()
}
