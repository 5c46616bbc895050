//! Reports, as answers show them, and the files they are written to.

use std::path::PathBuf;

use serde::Serialize;
use serde_json::Value;
use simrecall_core::filing::FilingNumber;
use simrecall_core::incident::Incident;
use simrecall_store::filing::Filing;

use super::{kind_of, number_of};
use crate::home::Home;
use crate::law::Moment;
use crate::problem::{self, Problem, Result};
use crate::staff::{hex, name_of};

/// The folder reports are written to, in the home.
const FOLDER: &str = "filings";

/// A report.
#[derive(Debug, Clone, Serialize)]
pub struct FilingAnswer {
    /// Its number.
    pub number: FilingNumber,
    /// The statute it is made under.
    pub statute: &'static str,
    /// The instant it shows.
    pub as_of: Moment,
    /// The number of the report it adds to.
    pub supplement_of: Option<FilingNumber>,
    /// Why it is late, as it says.
    pub late_reason: Option<String>,
    /// SHA-256 of its text.
    pub sha256: String,
    /// When it was rendered.
    pub rendered_at: Moment,
    /// Who rendered it.
    pub rendered_by: String,
    /// How it was submitted.
    pub submitted: Option<SubmittedAnswer>,
    /// What the authority answered.
    pub acknowledged: Option<AcknowledgedAnswer>,
    /// Where its text is.
    pub text_file: PathBuf,
    /// Where it is to print.
    pub html_file: PathBuf,
}

/// How a report was submitted.
#[derive(Debug, Clone, Serialize)]
pub struct SubmittedAnswer {
    /// When.
    pub at: Moment,
    /// How.
    pub channel: String,
    /// Who did.
    pub by: String,
}

/// What an authority answered.
#[derive(Debug, Clone, Serialize)]
pub struct AcknowledgedAnswer {
    /// When.
    pub at: Moment,
    /// The number or name of its paper.
    pub acknowledgement: String,
    /// Who recorded it.
    pub by: String,
}

/// A report, word for word.
#[derive(Debug, Clone, Serialize)]
pub struct FilingSheet {
    /// The report.
    #[serde(flatten)]
    pub filing: FilingAnswer,
    /// Its text.
    pub text: String,
    /// What it was rendered from.
    pub facts: Value,
}

impl FilingAnswer {
    /// Where it stands, in a word.
    pub const fn stands(&self) -> &'static str {
        match (&self.submitted, &self.acknowledged) {
            (None, _) => "draft",
            (Some(_), None) => "submitted",
            (Some(_), Some(_)) => "acknowledged",
        }
    }
}

/// A report.
pub(super) fn filing(home: &Home, incident: &Incident, filing: &Filing) -> Result<FilingAnswer> {
    let number = number_of(incident, filing)?;
    let new = &filing.new;
    let submitted = filing.submitted.as_ref().map(|submitted| {
        Ok::<_, Problem>(SubmittedAnswer {
            at: Moment::of(home, submitted.at),
            channel: submitted.channel.clone(),
            by: name_of(home, submitted.by)?,
        })
    });
    let acknowledged = filing.acknowledged.as_ref().map(|answer| {
        Ok::<_, Problem>(AcknowledgedAnswer {
            at: Moment::of(home, answer.at),
            acknowledgement: answer.acknowledgement.clone(),
            by: name_of(home, answer.by)?,
        })
    });
    let [text_file, html_file] = files(home, &number);
    Ok(FilingAnswer {
        statute: kind_of(filing)?.statute(),
        as_of: Moment::of(home, new.as_of),
        supplement_of: new.supplement_of.map(|no| FilingNumber { no, ..number.clone() }),
        late_reason: new.late_reason.clone(),
        sha256: hex(&new.body_sha256),
        rendered_at: Moment::of(home, new.at),
        rendered_by: name_of(home, new.by)?,
        submitted: submitted.transpose()?,
        acknowledged: acknowledged.transpose()?,
        text_file,
        html_file,
        number,
    })
}

/// A report, word for word; its files are written again, should they be gone.
pub(super) fn sheet(home: &Home, incident: &Incident, kept: &Filing) -> Result<FilingSheet> {
    write(home, incident, kept)?;
    let facts = serde_json::from_str(&kept.new.facts).map_err(|error| {
        Problem::ours("filing", "a filing's facts are damaged").caused_by(error)
    })?;
    Ok(FilingSheet { filing: filing(home, incident, kept)?, text: kept.new.text.clone(), facts })
}

/// Writes a report's text and what is to be printed.
pub(super) fn write(home: &Home, incident: &Incident, filing: &Filing) -> Result<()> {
    let folder = home.dir.join(FOLDER);
    std::fs::create_dir_all(&folder).map_err(|error| problem::file(&folder, error))?;
    let paths = files(home, &number_of(incident, filing)?);
    for (path, body) in paths.iter().zip([&filing.new.text, &filing.new.html]) {
        std::fs::write(path, body).map_err(|error| problem::file(path, error))?;
    }
    Ok(())
}

fn files(home: &Home, number: &FilingNumber) -> [PathBuf; 2] {
    let file = |ending| home.dir.join(FOLDER).join(format!("{}.{ending}", number.file_stem()));
    [file("txt"), file("html")]
}
