//! Reports to authorities: rendered from the ledger as of an instant, submitted once, acknowledged once.
//!
//! Rendering looks at the rows as they were then and at nothing else, so the same instant gives the same bytes. Submitting
//! is where the law is asked: what the report must hold, by which way it may go, and whether it comes in time. A late
//! one says why, in the report itself.

mod answer;
mod answered;
mod draft;
mod gather;
mod submit;

use simrecall_core::filing::{FilingKind, FilingNumber};
use simrecall_core::incident::Incident;
use simrecall_store::filing::Filing;

pub use answer::{AcknowledgedAnswer, FilingAnswer, FilingSheet, SubmittedAnswer};
pub use answered::Late;
pub use draft::{DraftAnswer, NewDraft, render};
pub use submit::{NewSubmission, SubmitAnswer, acknowledge, submit};

use crate::home::Home;
use crate::incident;
use crate::problem::{self, Problem, Result};

/// Every report of an incident, by kind and number.
pub fn list(home: &Home, code: &str) -> Result<Vec<FilingAnswer>> {
    let incident = incident::by_code(home, code)?;
    let filings = home.store.read(|tx| tx.filings(incident.id)).map_err(problem::store)?;
    filings.iter().map(|filing| answer::filing(home, &incident, filing)).collect()
}

/// One report, word for word.
pub fn show(home: &Home, number: &str) -> Result<FilingSheet> {
    let (incident, filing) = find(home, number)?;
    answer::sheet(home, &incident, &filing)
}

/// A report by the number staff typed.
fn find(home: &Home, number: &str) -> Result<(Incident, Filing)> {
    let number = FilingNumber::parse(number).map_err(|error| {
        Problem::input("filing_number", format!("{number:?} is not the number of a filing"))
            .caused_by(error)
            .hint("filing list prints the numbers")
    })?;
    let incident = incident::by_code(home, number.incident.as_str())?;
    let filing = home
        .store
        .read(|tx| tx.filing(incident.id, number.kind.name(), number.no))
        .map_err(problem::store)?;
    let filing = filing.ok_or_else(|| {
        Problem::input("filing", format!("there is no filing {number}"))
            .hint(format!("see: simrecall filing list --incident {}", incident.code))
    })?;
    Ok((incident, filing))
}

/// What a kept report is.
fn kind_of(filing: &Filing) -> Result<FilingKind> {
    FilingKind::parse(&filing.new.kind)
        .map_err(|error| Problem::ours("filing", "a filing is of no known kind").caused_by(error))
}

/// The number a kept report goes by.
fn number_of(incident: &Incident, filing: &Filing) -> Result<FilingNumber> {
    Ok(FilingNumber { incident: incident.code.clone(), kind: kind_of(filing)?, no: filing.no })
}

/// The reports of one kind, by number.
fn of_kind(home: &Home, incident: &Incident, kind: FilingKind) -> Result<Vec<Filing>> {
    let mut all = home.store.read(|tx| tx.filings(incident.id)).map_err(problem::store)?;
    all.retain(|filing| filing.new.kind == kind.name());
    Ok(all)
}
