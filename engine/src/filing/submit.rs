//! Submitting a report, and what the authority answers.

use chrono::{DateTime, Utc};
use serde::Serialize;
use simrecall_core::access::Act;
use simrecall_core::filing::{FilingChannel, FilingNumber, missing};
use simrecall_core::incident::Incident;
use simrecall_core::law::Standing;
use simrecall_store::StoreError;
use simrecall_store::filing::{Acknowledged, Filing, Submitted};

use super::answer::{self, FilingAnswer};
use super::answered::{Late, Report, late};
use super::draft::facts;
use super::{find, number_of, of_kind};
use crate::home::Home;
use crate::law::{self, ClockRow, Moment};
use crate::problem::{self, Problem, Result};
use crate::staff;

/// How a report was submitted.
#[derive(Debug, Clone, Copy)]
pub struct NewSubmission<'a> {
    /// When.
    pub at: DateTime<Utc>,
    /// The channel's name.
    pub channel: &'a str,
    /// Who submitted it.
    pub by: &'a str,
}

/// A report that was submitted, and the clocks that ended with it.
#[derive(Debug, Clone, Serialize)]
pub struct SubmitAnswer {
    /// The report.
    #[serde(flatten)]
    pub filing: FilingAnswer,
    /// The clocks it answers, as they stand now.
    pub clocks: Vec<ClockRow>,
}

/// Records that a report was submitted: once, whole, and with its reason if it is late.
pub fn submit(home: &Home, number: &str, new: &NewSubmission<'_>) -> Result<SubmitAnswer> {
    let (incident, filing) = find(home, number)?;
    let member = staff::may(home, new.by, Act::File)?;
    let number = number_of(&incident, &filing)?;
    let checked = Checked { home, incident: &incident, filing: &filing, number: &number };
    checked.is_draft()?;
    let channel = channel(new.channel)?;
    checked.moment(new.at)?;
    checked.follows_the_last()?;
    let report = checked.report();
    checked.is_whole(&report, channel)?;
    let open = report.open_clocks()?;
    let late = late(&open, new.at);
    checked.says_why(&late)?;
    let answered: Vec<_> = open.into_iter().map(|row| (row.rule, row.scope)).collect();
    let submitted = Submitted { at: new.at, by: member.id, channel: channel.name().to_owned() };
    let actor = member.id.to_string();
    let body = serde_json::json!({
        "filing": number, "at": new.at, "channel": channel, "sha256": staff::hex(&filing.new.body_sha256),
        "late": late, "late_reason": filing.new.late_reason,
    });
    let entry = home.entry("filing.submitted", &actor, Some(incident.id), body)?;
    let kept = home.store.write(|tx| {
        tx.submit_filing(incident.id, number.kind.name(), filing.no, &submitted)?;
        tx.journal(&entry).map(|_| ())
    });
    kept.map_err(refused)?;
    let mut clocks = report.clocks()?;
    clocks.retain(|row| answered.contains(&(row.rule.clone(), row.scope)));
    let filing = Filing { submitted: Some(submitted), ..filing };
    Ok(SubmitAnswer { filing: answer::filing(home, &incident, &filing)?, clocks })
}

/// Records what the authority answered: once.
pub fn acknowledge(
    home: &Home,
    number: &str,
    receipt: &str,
    at: DateTime<Utc>,
    by: &str,
) -> Result<FilingAnswer> {
    let (incident, filing) = find(home, number)?;
    let member = staff::may(home, by, Act::File)?;
    let number = number_of(&incident, &filing)?;
    let Some(submitted) = &filing.submitted else {
        return Err(Problem::state("not_submitted", format!("{number} was not submitted"))
            .hint(format!("first: simrecall filing submit {number} …")));
    };
    if filing.acknowledged.is_some() {
        return Err(Problem::state("acknowledged", format!("{number} is acknowledged already"))
            .hint("a second paper of the authority belongs to the next filing, or to a fact"));
    }
    law::check_moment(home, at)?;
    if at < submitted.at {
        let when = Moment::of(home, submitted.at);
        return Err(Problem::input("time", format!("{number} was submitted at {when} only"))
            .hint("an answer comes after the report; is the offset right?"));
    }
    let acknowledged = Acknowledged {
        at,
        by: member.id,
        acknowledgement: law::said("receipt", receipt, "give the number on the authority's paper")?,
    };
    let actor = member.id.to_string();
    let body = serde_json::json!({
        "filing": number, "at": at, "acknowledgement": acknowledged.acknowledgement,
    });
    let entry = home.entry("filing.acknowledged", &actor, Some(incident.id), body)?;
    let kept = home.store.write(|tx| {
        tx.acknowledge_filing(incident.id, number.kind.name(), filing.no, &acknowledged)?;
        tx.journal(&entry).map(|_| ())
    });
    kept.map_err(refused)?;
    answer::filing(home, &incident, &Filing { acknowledged: Some(acknowledged), ..filing })
}

/// A report that is about to be submitted, and what may be wrong with it.
struct Checked<'a> {
    home: &'a Home,
    incident: &'a Incident,
    filing: &'a Filing,
    number: &'a FilingNumber,
}

impl<'a> Checked<'a> {
    fn report(&self) -> Report<'a> {
        Report {
            home: self.home,
            incident: self.incident,
            kind: self.number.kind,
            as_of: self.filing.new.as_of,
            is_supplement: self.filing.new.supplement_of.is_some(),
        }
    }

    fn is_draft(&self) -> Result<()> {
        let Some(submitted) = &self.filing.submitted else { return Ok(()) };
        let when = Moment::of(self.home, submitted.at);
        Err(Problem::state("submitted", format!("{} was submitted at {when}", self.number))
            .hint("what is new goes into the next one: simrecall filing render"))
    }

    /// Nothing is submitted before it is there; staff type minutes.
    fn moment(&self, at: DateTime<Utc>) -> Result<()> {
        law::check_moment(self.home, at)?;
        let rendered = self.filing.new.at.timestamp();
        if at.timestamp() >= rendered - rendered.rem_euclid(60) {
            return Ok(());
        }
        let when = Moment::of(self.home, self.filing.new.at);
        Err(Problem::input("time", format!("{} was rendered at {when} only", self.number))
            .hint("a report made without it is recorded with: simrecall clock done"))
    }

    /// It adds to the last one submitted, or is the first.
    fn follows_the_last(&self) -> Result<()> {
        let all = of_kind(self.home, self.incident, self.number.kind)?;
        let last = all.iter().rev().find(|filing| filing.submitted.is_some());
        let last = last.map(|filing| filing.no);
        if last == self.filing.new.supplement_of {
            return Ok(());
        }
        let last = FilingNumber { no: last.unwrap_or(0), ..self.number.clone() };
        Err(Problem::state(
            "overtaken",
            format!("{last} was submitted since {} was rendered", self.number),
        )
        .hint("render it again: it then adds to that one, and says what changed"))
    }

    /// Everything that the rules ask is there, and they take it this way.
    fn is_whole(&self, report: &Report<'_>, channel: FilingChannel) -> Result<()> {
        let rules = report.rules()?;
        if let Some(rule) = rules.iter().find(|rule| !channel.serves(rule)) {
            let ways: Vec<&str> = FilingChannel::ALL
                .into_iter()
                .filter(|channel| channel.serves(rule))
                .map(FilingChannel::name)
                .collect();
            let what = format!("{} takes no report by {}", rule.id, channel.name());
            return Err(
                Problem::input("channel", what).hint(format!("it takes: {}", ways.join(", ")))
            );
        }
        let missing = missing(&facts(self.filing)?, Report::asked(&rules));
        if missing.is_empty() {
            return Ok(());
        }
        let mut problem = Problem::state(
            "incomplete",
            format!("{} lacks what it must say; nothing was recorded", self.number),
        );
        for one in missing {
            problem = problem.detail(one.to_string());
        }
        Err(problem.hint(
            "[filing] in simrecall.toml says who reports; --consequences says what may follow; then render it again",
        ))
    }

    /// A late one says why.
    fn says_why(&self, late: &[Late]) -> Result<()> {
        if late.is_empty() || self.filing.new.late_reason.is_some() {
            return Ok(());
        }
        let mut problem = Problem::state(
            "late",
            format!("{} is late and does not say why; nothing was recorded", self.number),
        );
        for one in late {
            let standing = match one.standing {
                Standing::Unverified => ", unverified",
                Standing::Verified | Standing::Pending => "",
            };
            let line = format!(
                "{} ({}{standing}) was due {}: late by {}",
                one.rule, one.scope, one.due, one.by
            );
            problem = problem.detail(line);
        }
        Err(problem.hint("render it again with --late-reason, and submit that one"))
    }
}

fn channel(name: &str) -> Result<FilingChannel> {
    FilingChannel::parse(name.trim()).map_err(|_| {
        let known = FilingChannel::ALL.map(FilingChannel::name).join(", ");
        Problem::input("channel", format!("{name} is no way to submit a report"))
            .hint(format!("one of {known}"))
    })
}

/// Somebody else was quicker.
fn refused(error: StoreError) -> Problem {
    if let StoreError::State(why) = error {
        return Problem::state("filing", why).hint("somebody was quicker: simrecall filing list");
    }
    problem::store(error)
}
