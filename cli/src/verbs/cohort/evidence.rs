//! Evidence from outside, in words.

use simrecall_engine::cohort::{
    EvidenceAnswer, EvidenceSource, Kept, SourceAnswer, UnexplainedAnswer, Verdicts,
};

use crate::args::Source;
use crate::report::{Sheet, count, when};

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
    let sheet = sheet.row("evidence", format!("{} rows are new", count(kept.rows)));
    let against = match kept.against {
        Some(no) => format!("revision {}: {}", no.0, verdicts(&kept.verdicts)),
        None => NOTHING_DERIVED.to_owned(),
    };
    sheet.row_if(kept.rows > 0, "against", against).text()
}

/// All evidence of an incident.
pub(super) fn words(answer: &EvidenceAnswer) -> String {
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
