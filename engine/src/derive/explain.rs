//! Why a line is in, or is not: the only answer that says where a card was and when, under a permit.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::Serialize;
use simrecall_core::access::Act;
use simrecall_core::cohort::Exposure;
use simrecall_core::derive::{Micros, Span};
use simrecall_core::id::{IncidentId, LineId, RevisionNo, SubscriberId};
use simrecall_core::identity::Imei;
use simrecall_store::cohort::exposure_row;
use simrecall_store::permit::{OpenError, Permit, PermitRequest};
use simrecall_store::registry::SealedLine;
use simrecall_store::seal::{IncidentKeys, Table};

use super::because::{Reason, Record};
use super::misses::{Misses, misses};
use super::watch::{Shown, Watch};
use crate::cohort::{revision, snapshot};
use crate::home::Home;
use crate::notice::{names, purpose};
use crate::problem::{self, Problem, Result};
use crate::{incident, staff};

/// Which line, and why somebody asks.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// The carrier's reference of the line.
    pub line: &'a str,
    /// The revision; the last one when absent.
    pub revision: Option<i32>,
    /// Why, as [`simrecall_core::access::Purpose::parse`] reads it.
    pub purpose: &'a str,
    /// The staff member who asks.
    pub by: &'a str,
    /// Attach records and cells to look for near misses in.
    pub records: Option<(&'a [PathBuf], &'a Path)>,
}

impl fmt::Debug for Question<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Question").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}

/// What is known of a line in a revision.
#[derive(Debug, Clone, Serialize)]
pub struct ExplainAnswer {
    /// The incident's code.
    pub incident: String,
    /// The revision.
    pub revision: RevisionNo,
    /// Whether the line is in it.
    pub is_in: bool,
    /// Whose line it was, in order of time.
    pub held: Vec<HeldAnswer>,
    /// How near its cards came to rogue cells, if records were given.
    pub misses: Option<Misses>,
}

/// A time in which a line had one holder, number and card.
#[derive(Debug, Clone, Serialize)]
pub struct HeldAnswer {
    /// From this moment on.
    pub from: DateTime<Utc>,
    /// The first moment it was not so; none if it still is.
    pub to: Option<DateTime<Utc>>,
    /// The number, masked.
    pub msisdn: String,
    /// The IMSI, masked.
    pub imsi: Option<String>,
    /// Which of the line's holders it was, from 1.
    pub holder: usize,
    /// What the revision says of the line under this holder.
    pub exposed: Option<ExposedAnswer>,
}

/// What a revision says of a line, and why.
#[derive(Debug, Clone, Serialize)]
pub struct ExposedAnswer {
    /// Items that leaked.
    pub confirmed: Vec<&'static str>,
    /// Items that may have leaked.
    pub possible: Vec<&'static str>,
    /// The first moment the line was exposed.
    pub exposed_at: DateTime<Utc>,
    /// The derivation that gave the reasons; an earlier one where a list came on top of it.
    pub derived: Option<RevisionNo>,
    /// Why: first the earliest reason for each fact, then the others. Empty for a line of a list.
    pub because: Vec<BecauseAnswer>,
    /// How many more reasons there were.
    pub more: u64,
    /// Who gave evidence of it, if anybody did.
    pub evidence: Vec<&'static str>,
}

/// One reason.
#[derive(Clone, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum BecauseAnswer {
    /// The line's card was at a rogue cell.
    Met {
        /// By which leak rule.
        rule: String,
        /// The cell.
        cell: String,
        /// From when.
        from: DateTime<Utc>,
        /// Until when.
        to: DateTime<Utc>,
        /// In which device, masked, if a record says so.
        device: Option<String>,
    },
    /// A payment of the line is a loss.
    Lost {
        /// By which loss rule.
        rule: String,
        /// When it was made.
        at: DateTime<Utc>,
        /// How much, in won.
        amount_won: u64,
        /// How it was proven.
        method: String,
    },
}

impl fmt::Debug for BecauseAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BecauseAnswer(***)")
    }
}

/// Says why a line is in, or is not. Who asks, and why, is in the journal before anything is opened.
pub fn explain(
    home: &Home,
    code: &str,
    question: &Question<'_>,
    watch: &mut dyn Watch,
) -> Result<ExplainAnswer> {
    let incident = incident::by_code(home, code)?;
    let member = staff::may(home, question.by, Act::OpenPerson)?;
    let purpose = purpose(question.purpose)?;
    let revision = revision(home, &incident, question.revision)?;
    let keys = home.keys.incident(incident.id).map_err(problem::keys)?;
    let line = keys.line_id(question.line);
    let registry = snapshot(home, &incident, Some(revision.snapshot.0))?;
    let sealed = sealed_lines(home, &keys, registry.no, line)?;
    let holders: BTreeSet<SubscriberId> = sealed.iter().map(|line| line.holding.holder).collect();
    let permit = home.permit(&PermitRequest {
        purpose,
        actor: member.id.to_string(),
        incident: Some(incident.id),
        scope: format!("why line {line} is or is not in {}", revision.no),
        fields: vec!["number".to_owned(), "imsi".to_owned(), "place and time".to_owned()],
        // A list of evidence on top of a derivation says nothing of its own of most lines: then the derivation's record is
        // opened too.
        rows: u64::try_from(sealed.len() + 2 * holders.len()).unwrap_or(u64::MAX),
    })?;
    if sealed.is_empty() {
        let what = format!("the registry of {code} knows no line by this reference");
        return Err(Problem::input("line", what)
            .hint("is it the carrier's own reference, letter for letter?"));
    }
    let derived = derived_by(home, incident.id, revision.no)?.filter(|no| *no < revision.no);
    let mut reader = Reader { home, permit, keys, revision: revision.no, derived };
    let (held, cards) = reader.held(&sealed, &holders)?;
    let misses = question
        .records
        .map(|(attach, cells)| misses(attach, cells, &cards, &mut Shown::new(home, watch)));
    Ok(ExplainAnswer {
        incident: incident.code.to_string(),
        revision: revision.no,
        is_in: held.iter().any(|held| held.exposed.is_some()),
        held,
        misses: misses.transpose()?,
    })
}

/// The last derivation up to a revision: later ones say nothing of it.
fn derived_by(
    home: &Home,
    incident: IncidentId,
    revision: RevisionNo,
) -> Result<Option<RevisionNo>> {
    let found = home.store.read(|tx| {
        for no in (1..=revision.0).rev().map(RevisionNo) {
            if tx.derivation(incident, no)?.is_some() {
                return Ok(Some(no));
            }
        }
        Ok(None)
    });
    found.map_err(problem::store)
}

/// Every period of a line, in order of time; records closed.
fn sealed_lines(
    home: &Home,
    keys: &IncidentKeys,
    snapshot: simrecall_core::id::SnapshotNo,
    line: LineId,
) -> Result<Vec<SealedLine>> {
    let incident = keys.incident();
    let parties = home.store.read(|tx| {
        let held = tx.holders_of(incident, snapshot, &[line])?;
        let holders: BTreeSet<SubscriberId> = held.iter().map(|held| held.holder).collect();
        tx.parties(incident, snapshot, &holders.into_iter().collect::<Vec<_>>())
    });
    let lines = parties.map_err(problem::store)?.into_iter().flat_map(|party| party.lines);
    let mut lines: Vec<SealedLine> = lines.filter(|held| held.holding.line == line).collect();
    lines.sort_by_key(|held| (held.holding.held_from, held.holding.holder));
    Ok(lines)
}

/// A card of the line, and when it was the line's.
pub(super) struct Card {
    pub(super) imsi: String,
    pub(super) held: Span,
}

struct Reader<'a> {
    home: &'a Home,
    permit: Permit,
    keys: IncidentKeys,
    revision: RevisionNo,
    /// The derivation that lists of evidence came on top of, if the revision is no derivation itself.
    derived: Option<RevisionNo>,
}

impl Reader<'_> {
    fn held(
        &mut self,
        sealed: &[SealedLine],
        holders: &BTreeSet<SubscriberId>,
    ) -> Result<(Vec<HeldAnswer>, Vec<Card>)> {
        let mut exposed = Vec::new();
        for holder in holders {
            let line = sealed.iter().find(|line| line.holding.holder == *holder);
            let line = line.map(|line| line.holding.line);
            exposed.push((
                *holder,
                line.map(|line| self.exposed(*holder, line)).transpose()?.flatten(),
            ));
        }
        let (mut answers, mut cards) = (Vec::new(), Vec::new());
        let mut order: Vec<SubscriberId> = Vec::new();
        for line in sealed {
            let holder = line.holding.holder;
            if !order.contains(&holder) {
                order.push(holder);
            }
            let opened = line.open(&mut self.permit, &self.keys).map_err(closed)?;
            let to = opened.held_to.map_or(Micros(i64::MAX), Micros::from);
            let held = Span { from: opened.held_from.into(), to };
            let imsi = opened.record.imsi.as_ref();
            cards.extend(imsi.map(|imsi| Card { imsi: imsi.expose().to_owned(), held }));
            answers.push(HeldAnswer {
                from: opened.held_from,
                to: opened.held_to,
                msisdn: opened.record.msisdn.masked(),
                imsi: imsi.map(simrecall_core::identity::Imsi::masked),
                holder: order.iter().position(|one| *one == holder).unwrap_or(0) + 1,
                exposed: exposed.iter().find(|(of, _)| *of == holder).and_then(|(_, e)| e.clone()),
            });
        }
        Ok((answers, cards))
    }

    /// What the revision says of the line under one holder.
    fn exposed(&mut self, holder: SubscriberId, line: LineId) -> Result<Option<ExposedAnswer>> {
        let (incident, no) = (self.keys.incident(), self.revision);
        let read = self
            .home
            .store
            .read(|tx| Ok((tx.exposures_of(incident, no, holder)?, tx.evidence(incident)?)));
        let (exposures, evidence) = read.map_err(problem::store)?;
        let Some(exposure) = exposures.into_iter().find(|exposure| exposure.line == line) else {
            return Ok(None);
        };
        let mut found = (no, self.record(no, holder, line)?);
        if let Some(derived) = self.derived.filter(|_| found.1.because.is_empty()) {
            found = (derived, self.record(derived, holder, line)?);
        }
        let said = evidence
            .iter()
            .filter(|row| (row.exposure.holder, row.exposure.line) == (holder, line));
        let sources: BTreeSet<&'static str> = said.map(|row| row.source.name()).collect();
        Ok(Some(answer(&exposure, found, sources.into_iter().collect())))
    }

    /// What is sealed with a line in a revision; nothing if it has no record there.
    fn record(&mut self, no: RevisionNo, holder: SubscriberId, line: LineId) -> Result<Record> {
        let incident = self.keys.incident();
        let sealed = self.home.store.read(|tx| tx.sealed_exposure(incident, no, holder, line));
        let Some(sealed) = sealed.map_err(problem::store)? else { return Ok(Record::default()) };
        let row = exposure_row(no, holder, line);
        let opened = self.permit.open(&self.keys, Table::Exposure, &row, &sealed);
        Record::read(&opened.map_err(closed)?)
    }
}

fn answer(
    exposure: &Exposure,
    (derived, record): (RevisionNo, Record),
    evidence: Vec<&'static str>,
) -> ExposedAnswer {
    ExposedAnswer {
        confirmed: names(exposure.facts.confirmed()),
        possible: names(exposure.facts.possible()),
        exposed_at: exposure.exposed_at,
        derived: (!record.because.is_empty()).then_some(derived),
        because: record.because.into_iter().map(because).collect(),
        more: record.more,
        evidence,
    }
}

fn because(reason: Reason) -> BecauseAnswer {
    match reason {
        Reason::Met { rule, cell, from, to, imei } => {
            let device = imei.and_then(|imei| Imei::parse(&imei).ok()).map(|imei| imei.masked());
            BecauseAnswer::Met { rule, cell, from: from.utc(), to: to.utc(), device }
        }
        Reason::Lost { rule, at, amount_won, method } => {
            BecauseAnswer::Lost { rule, at: at.utc(), amount_won, method }
        }
    }
}

fn closed(error: OpenError) -> Problem {
    Problem::ours("sealed", "a sealed record cannot be opened").caused_by(error)
}
