//! Rendering a report: a numbered draft, or nothing if the same is there already.

use chrono::{DateTime, SubsecRound, Utc};
use serde::Serialize;
use simrecall_core::access::Act;
use simrecall_core::filing::{self, FilingFacts, FilingKind, RenderedFiling};
use simrecall_core::incident::Incident;
use simrecall_store::StoreError;
use simrecall_store::filing::{Filing, NewFiling};
use simrecall_store::staff::StaffMember as Staff;

use super::answer::{self, FilingAnswer};
use super::answered::{Late, Report, late};
use super::gather::Gathering;
use super::{number_of, of_kind};
use crate::home::Home;
use crate::incident;
use crate::law::{self, ClockRow};
use crate::problem::{self, Problem, Result};
use crate::staff::{self, hex};

/// A report to be rendered.
#[derive(Debug, Clone, Copy)]
pub struct NewDraft<'a> {
    /// Its kind's name.
    pub kind: &'a str,
    /// The incident's code.
    pub incident: &'a str,
    /// The instant it shows; now when absent.
    pub as_of: Option<DateTime<Utc>>,
    /// Why it comes late.
    pub late_reason: Option<&'a str>,
    /// The likely consequences for people, where a report says them; as in the report before when absent.
    pub consequences: Option<&'a str>,
    /// Who renders it.
    pub by: &'a str,
}

/// A report that was rendered.
#[derive(Debug, Clone, Serialize)]
pub struct DraftAnswer {
    /// The report.
    #[serde(flatten)]
    pub filing: FilingAnswer,
    /// Whether it was there already, word for word.
    pub no_change: bool,
    /// What has to be there before it can be submitted.
    pub missing: Vec<String>,
    /// The clocks it would answer.
    pub clocks: Vec<ClockRow>,
    /// Those it would come too late for if it were submitted now.
    pub late: Vec<Late>,
}

/// Renders a report as of an instant.
pub fn render(home: &Home, new: &NewDraft<'_>) -> Result<DraftAnswer> {
    let incident = incident::by_code(home, new.incident)?;
    let member = staff::may(home, new.by, Act::File)?;
    let kind = kind(new.kind)?;
    // As the databases keep it.
    let as_of = new.as_of.unwrap_or_else(|| home.now()).trunc_subsecs(6);
    law::check_moment(home, as_of)?;
    for (code, text) in [("late-reason", new.late_reason), ("consequences", new.consequences)] {
        if let Some(text) = text {
            law::said(code, text, "say it in a sentence the authority can read")?;
        }
    }
    let (late_reason, consequences) = (new.late_reason, new.consequences);
    let gathering = Gathering { home, incident: &incident, kind, as_of, late_reason, consequences };
    let earlier = of_kind(home, &incident, kind)?;
    let drawing = Drawing { gathering, earlier };
    if let Some(same) = drawing.same()? {
        answer::write(home, &incident, &same)?;
        return answer(home, &incident, &same, true);
    }
    let filing = drawing.keep(&member)?;
    answer::write(home, &incident, &filing)?;
    answer(home, &incident, &filing, false)
}

/// A report by its facts.
pub(super) fn facts(filing: &Filing) -> Result<FilingFacts> {
    serde_json::from_str(&filing.new.facts)
        .map_err(|error| Problem::ours("filing", "a filing's facts are damaged").caused_by(error))
}

struct Drawing<'a> {
    gathering: Gathering<'a>,
    /// The reports of its kind.
    earlier: Vec<Filing>,
}

impl Drawing<'_> {
    /// The report that says the same of the same instant, if there is one.
    fn same(&self) -> Result<Option<Filing>> {
        let as_of = self.gathering.as_of;
        for filing in self.earlier.iter().filter(|filing| filing.new.as_of == as_of) {
            let (_, rendered) = self.render(filing.no)?;
            if rendered.text == filing.new.text && rendered.html == filing.new.html {
                return Ok(Some(filing.clone()));
            }
        }
        Ok(None)
    }

    fn render(&self, no: i32) -> Result<(FilingFacts, RenderedFiling)> {
        let facts = self.gathering.facts(no, &self.earlier)?;
        let zone = self.gathering.home.config.law.zone;
        let rendered = filing::render(&facts, zone).map_err(|error| {
            Problem::ours("filing", "a report cannot be rendered").caused_by(error)
        })?;
        Ok((facts, rendered))
    }

    /// Keeps it under the next number.
    fn keep(&self, member: &Staff) -> Result<Filing> {
        let Gathering { home, incident, kind, as_of, .. } = self.gathering;
        let no = self.earlier.last().map_or(0, |last| last.no) + 1;
        let (facts, rendered) = self.render(no)?;
        let new = NewFiling {
            incident: incident.id,
            kind: kind.name().to_owned(),
            as_of,
            body_sha256: rendered.sha256(),
            facts: serde_json::to_string(&facts)
                .map_err(|error| Problem::ours("filing", "facts are no JSON").caused_by(error))?,
            supplement_of: facts.follows.map(|follows| follows.no),
            late_reason: facts.late_reason.clone(),
            by: member.id,
            at: home.now(),
            text: rendered.text.clone(),
            html: rendered.html.clone(),
        };
        let actor = member.id.to_string();
        let body = serde_json::json!({
            "filing": facts.number, "as_of": as_of, "sha256": hex(&new.body_sha256),
            "html_sha256": hex(&rendered.html_sha256()), "supplement_of": new.supplement_of,
            "late_reason": new.late_reason,
        });
        let entry = home.entry("filing.rendered", &actor, Some(incident.id), body)?;
        let kept = home.store.write(|tx| {
            if tx.add_filing(&new)? != no {
                return Err(StoreError::State("another filing was rendered in the same moment"));
            }
            tx.journal(&entry).map(|_| ())
        });
        match kept {
            Ok(()) => Ok(Filing { no, new, submitted: None, acknowledged: None }),
            Err(StoreError::State(why)) => {
                Err(Problem::state("filing", why).hint("run the same command again"))
            }
            Err(error) => Err(problem::store(error)),
        }
    }
}

fn answer(
    home: &Home,
    incident: &Incident,
    filing: &Filing,
    no_change: bool,
) -> Result<DraftAnswer> {
    let facts = facts(filing)?;
    let report = Report {
        home,
        incident,
        kind: number_of(incident, filing)?.kind,
        as_of: filing.new.as_of,
        is_supplement: filing.new.supplement_of.is_some(),
    };
    let missing = filing::missing(&facts, Report::asked(&report.rules()?));
    let clocks = report.open_clocks()?;
    Ok(DraftAnswer {
        filing: answer::filing(home, incident, filing)?,
        no_change,
        missing: missing.iter().map(ToString::to_string).collect(),
        late: late(&clocks, home.now()),
        clocks,
    })
}

fn kind(name: &str) -> Result<FilingKind> {
    FilingKind::parse(name.trim()).map_err(|error| {
        let known = FilingKind::ALL.map(FilingKind::name).join(", ");
        Problem::input("kind", format!("{name} is no kind of filing"))
            .detail(format!("one of {known}"))
            .caused_by(error)
            .hint("other reports are recorded with: simrecall clock done")
    })
}
