//! What a plan says it would do.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use simrecall_core::delivery::Rung;
use simrecall_core::id::WaveNo;
use simrecall_core::notice::lint::{Finding, Longest};
use simrecall_core::wave::Statement;

use super::super::loading::Loading;
use super::Planner;
use super::outlook::{Ahead, InTime, RouteLoad};
use super::seal::Seal;
use crate::config::Prices;
use crate::problem::Result;
use crate::staff::hex;

/// What a wave would do.
#[derive(Debug, Clone, Serialize)]
pub struct Planned {
    /// Its number.
    pub wave: WaveNo,
    /// The revision it tells.
    pub revision: i32,
    /// Lines in the revision.
    pub lines: u64,
    /// People who are told something.
    pub persons: u64,
    /// Of those, how many by which notice.
    pub by_kind: BTreeMap<&'static str, u64>,
    /// Of those, how many start on which rung.
    pub by_rung: BTreeMap<&'static str, u64>,
    /// Of those, how many are told in which language.
    pub by_language: BTreeMap<&'static str, u64>,
    /// Copies: to the lines of children and companies, and to handsets that cannot show the chosen language.
    pub copies: u64,
    /// Lines the notices speak of.
    pub lines_told: u64,
    /// Lines without a notice, each with a reason.
    pub left_out: u64,
    /// Of those, lines of people whom two approvers decided to tell nothing.
    pub suppressed: u64,
    /// Rows that could not be resolved to a line.
    pub unresolved: u64,
    /// People who are told in full by mail or letter, since the route to handsets does not carry their language.
    pub by_mail_for_language: u64,
    /// People who are told in another language than the one they chose.
    pub other_language: u64,
    /// People who are held back for now, by country.
    pub held_back: BTreeMap<String, HeldBack>,
    /// What each route would carry first.
    pub routes: Vec<RouteLoad>,
    /// When the last first try would go out, at the licensed pace.
    pub first_tries_end: DateTime<Utc>,
    /// When the last rung would begin, for somebody none before it reaches.
    pub last_rung_starts: DateTime<Utc>,
    /// Whether quiet hours are not kept, since a clock would be missed.
    pub quiet_overridden: bool,
    /// How that stands to each clock that counts, soonest first.
    pub in_time: Vec<InTime>,
    /// What the first messages would cost, in won; none without a price file.
    pub cost_won: Option<f64>,
    /// The longest message of each rung and language, against what its route carries.
    pub longest: Vec<Longest>,
    /// What lint found; nothing can be signed while there is something.
    pub lint: Vec<String>,
    /// Distinct texts, each registered word for word.
    pub wordings: usize,
    /// SHA-256 of the statement to sign; none while lint finds something.
    pub statement_sha256: Option<String>,
}

/// People whom a law forbids to tell yet.
#[derive(Debug, Clone, Serialize)]
pub struct HeldBack {
    /// How many.
    pub persons: u64,
    /// By which rule and until when, in words.
    pub why: String,
}

impl Planner<'_> {
    pub(super) fn answer(
        &self,
        statement: &Statement,
        loading: &Loading<'_>,
        (seal, seen): (&Seal, Ahead),
    ) -> Result<Planned> {
        let lint: Vec<String> = seal.report.findings.iter().map(finding).collect();
        Ok(Planned {
            wave: self.wave,
            revision: self.revision.no.0,
            lines: self.revision.lines,
            persons: statement.counts.persons,
            by_kind: self.tally.by_kind.iter().map(|(kind, n)| (kind.name(), *n)).collect(),
            by_rung: loading.by_rung.iter().map(|(rung, n)| (rung.name(), *n)).collect(),
            by_language: self.tally.by_language.iter().map(|(l, n)| (l.tag(), *n)).collect(),
            copies: loading.copies,
            lines_told: self.tally.lines_told,
            left_out: self.tally.left_out,
            suppressed: self.tally.suppressed,
            unresolved: self.revision.unresolved,
            by_mail_for_language: self.tally.by_mail_for_language,
            other_language: self.tally.other_language,
            held_back: self.held_back()?,
            routes: seen.routes,
            first_tries_end: seen.outlook.first_tries_end,
            last_rung_starts: seen.outlook.last_rung_starts,
            quiet_overridden: seen.quiet_overridden,
            in_time: seen.in_time,
            cost_won: self.cost(loading)?,
            longest: seal.report.longest.clone(),
            wordings: seal.wordings.len(),
            statement_sha256: lint.is_empty().then(|| hex(&statement.hash())),
            lint,
        })
    }

    #[expect(
        clippy::as_conversions,
        clippy::cast_precision_loss,
        reason = "an estimate to look at"
    )]
    fn cost(&self, loading: &Loading<'_>) -> Result<Option<f64>> {
        let config = &self.home.config;
        let Some(file) = &config.prices else { return Ok(None) };
        let prices = Prices::read(&self.home.path(file))?;
        let of = |(rung, n): (Rung, u64)| {
            let price = config.route_of(rung).and_then(|(route, _)| prices.won(route, rung));
            price.unwrap_or_default() * n as f64
        };
        let firsts = loading.by_rung.iter().map(|(rung, n)| (*rung, *n));
        Ok(Some(firsts.chain([(Rung::Lms, loading.copies)]).map(of).sum()))
    }
}

/// A finding in one line: where, which rule, what is wrong.
pub fn finding(finding: &Finding) -> String {
    let Finding { file, line, kind: _, language: _, rung, rule, what } = finding;
    let line = line.map(|line| format!(":{line}")).unwrap_or_default();
    let rung = rung.map(|rung| format!(" ({})", rung.name())).unwrap_or_default();
    format!("{file}{line}{rung}  {}: {what}", rule.name())
}
