//! Evidence from outside, in words.

use std::process::ExitCode;

use simrecall_engine::cohort::{
    self, EvidenceAnswer, EvidenceSource, Kept, Looking, SourceAnswer, UnexplainedAnswer, Verdicts,
    Withdraw,
};
use simrecall_engine::{Home, Problem, Result};

use crate::args::{EvidenceAct, EvidenceArgs, Source};
use crate::report::{Sheet, count, when};
use crate::verbs::clock::decision;
use crate::verbs::{Desk, sequence};

pub(super) fn run(desk: &Desk<'_>, home: &Home, typed: &EvidenceArgs) -> Result<ExitCode> {
    let EvidenceArgs { act, incident, purpose, by } = typed;
    if let Some(EvidenceAct::Withdraw { incident, list, reason, by }) = act {
        let answer = cohort::withdraw(home, incident, &Withdraw { no: *list, reason, by })?;
        sequence(home);
        let what = format!("list {list} of evidence is out at the next derivation");
        let sheet = Sheet::default();
        return Ok(desk.say(&answer, || decision(sheet, &answer.decided, &what).text()));
    }
    let incident = incident.as_deref().ok_or_else(|| {
        Problem::input("incident", "say which incident").hint("--incident with its code")
    })?;
    let looking = purpose.as_deref().zip(by.as_deref());
    let looking = looking.map(|(purpose, by)| Looking { purpose, by });
    let answer = cohort::evidence(home, incident, looking.as_ref())?;
    sequence(home);
    Ok(desk.say(&answer, || words(&answer)))
}

impl From<Source> for EvidenceSource {
    fn from(source: Source) -> Self {
        match source {
            Source::Police => Self::Police,
            Source::Customer => Self::Customer,
            Source::Claim => Self::Claim,
            Source::Other => Self::Other,
        }
    }
}

/// What became of added evidence.
pub(super) fn added(sheet: Sheet, kept: &Kept) -> String {
    let sheet = match kept.list {
        Some(no) => sheet.row("evidence", format!("list {no}, {} rows", count(kept.rows))),
        None => sheet.row("evidence", "on record already"),
    };
    let against = match kept.against {
        Some(no) => format!("revision {}: {}", no.0, verdicts(&kept.verdicts)),
        None => NOTHING_DERIVED.to_owned(),
    };
    sheet.row_if(kept.list.is_some(), "against", against).text()
}

/// All evidence of an incident.
fn words(answer: &EvidenceAnswer) -> String {
    let sheet = Sheet::default();
    let mut sheet = match answer.against {
        _ if answer.sources.is_empty() => return sheet.line("no evidence from outside").text(),
        Some(no) => sheet.line(&format!("against revision {}, the last one derived", no.0)),
        None => sheet.line(NOTHING_DERIVED),
    };
    for SourceAnswer { source, rows, verdicts: said } in &answer.sources {
        let said = answer.against.map(|_| format!(" · {}", verdicts(said))).unwrap_or_default();
        sheet = sheet.row(source, format!("{} rows{said}", count(*rows)));
    }
    for row in answer.unexplained.iter().flatten() {
        sheet = sheet.line(&unexplained(row));
    }
    sheet.text()
}

const NOTHING_DERIVED: &str = "nothing was derived yet to compare with";

fn verdicts(of: &Verdicts) -> String {
    format!(
        "{} inside · {} outside · {} unexplained",
        count(of.inside),
        count(of.outside),
        count(of.unexplained)
    )
}

fn unexplained(row: &UnexplainedAnswer) -> String {
    let number = row.number.as_deref().unwrap_or("no number");
    let items: Vec<&str> = row.confirmed.iter().chain(&row.possible).copied().collect();
    let note = row.note.as_deref().unwrap_or_default();
    let (no, at) = (row.no, when(row.exposed_at));
    format!("list {no}  {number}  {}  {at}  {} ({note})", items.join(", "), row.source)
}
