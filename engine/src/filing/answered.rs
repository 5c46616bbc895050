//! Which clocks a report answers, what their rules ask of it, and whether it comes in time.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use simrecall_core::filing::FilingKind;
use simrecall_core::incident::Incident;
use simrecall_core::law::{
    ClockState, Duty, Element, Pack, PackSet, Rule, RuleId, Scope, Span, Standing, in_force,
};

use crate::home::Home;
use crate::law::{self, ClockRow, Moment};
use crate::problem::{self, Result};

/// A clock that has run out, or would have.
#[derive(Debug, Clone, Serialize)]
pub struct Late {
    /// The rule.
    pub rule: RuleId,
    /// What it is about.
    pub scope: Scope,
    /// How far the rule can be relied on.
    pub standing: Standing,
    /// When it ran out.
    pub due: Moment,
    /// By how much, in words.
    pub by: String,
}

/// A report, as the law looks at it.
pub(super) struct Report<'a> {
    pub(super) home: &'a Home,
    pub(super) incident: &'a Incident,
    pub(super) kind: FilingKind,
    /// The instant it shows.
    pub(super) as_of: DateTime<Utc>,
    /// Whether it adds to another one.
    pub(super) is_supplement: bool,
}

impl Report<'_> {
    /// The clocks it answers that nothing has answered yet.
    pub(super) fn open_clocks(&self) -> Result<Vec<ClockRow>> {
        let mut rows = self.clocks()?;
        rows.retain(|row| match row.state {
            ClockState::Met { .. } | ClockState::Late { done: Some(_), .. } => false,
            ClockState::NotStarted
            | ClockState::Running { .. }
            | ClockState::Late { done: None, .. }
            | ClockState::Blocked { .. }
            | ClockState::Excused { .. }
            | ClockState::Open
            | ClockState::Pending => true,
        });
        Ok(rows)
    }

    /// Every counting clock it can answer: the report's own if it is the first one, and that of each fact it can hold.
    pub(super) fn clocks(&self) -> Result<Vec<ClockRow>> {
        let packs = self.home.packs()?;
        let held = self.held()?;
        let mut rows = law::list(self.home, self.incident.code.as_str())?.clocks;
        rows.retain(|row| {
            let pack = packs.iter().find(|pack| pack.id == row.pack);
            let rule = pack.and_then(|pack| Some((pack, pack.rule(&row.rule)?)));
            rule.is_some_and(|(pack, rule)| {
                let fits = match row.scope {
                    Scope::Fact(no) => held.contains(&no),
                    Scope::Incident | Scope::Revision(_) => {
                        rule.duty != Duty::Report || !self.is_supplement
                    }
                };
                fits && self.kind.answers(pack, rule)
            })
        });
        Ok(rows)
    }

    /// The rules it is made under, in the version that binds; the newest there is where the incident does not name the statute.
    pub(super) fn rules(&self) -> Result<Vec<Rule>> {
        let packs = self.home.packs()?;
        let now = self.home.now();
        let situation = law::situation(self.home, self.incident)?;
        let binding = in_force(packs, &situation, None, now);
        let own = binding.into_iter().find(|pack| pack.statute == self.kind.statute());
        let pack = own.or_else(|| todays(packs, self.kind, now));
        let rules = pack
            .into_iter()
            .flat_map(|pack| pack.rules.iter().filter(|rule| self.kind.answers(pack, rule)));
        let asked = |rule: &&Rule| rule.duty == Duty::Report || self.is_supplement;
        Ok(rules.filter(asked).cloned().collect())
    }

    /// What these rules ask it to say.
    pub(super) fn asked(rules: &[Rule]) -> BTreeSet<Element> {
        rules.iter().flat_map(|rule| rule.elements.iter().copied()).collect()
    }

    /// Numbers of the knowledge times that were on record at the instant it shows.
    fn held(&self) -> Result<BTreeSet<i32>> {
        let times = self
            .home
            .store
            .read(|tx| tx.knowledge_times(self.incident.id))
            .map_err(problem::store)?;
        let held = times.iter().filter(|time| time.recorded_at <= self.as_of);
        Ok(held.map(|time| time.no).collect())
    }
}

/// Which of these clocks something done at a moment comes too late for.
pub(super) fn late(open: &[ClockRow], at: DateTime<Utc>) -> Vec<Late> {
    let late = |row: &ClockRow| {
        let due = row.due?;
        let by = at - due.0.with_timezone(&Utc);
        (by > TimeDelta::zero()).then(|| Late {
            rule: row.rule.clone(),
            scope: row.scope,
            standing: row.standing,
            due,
            by: Span(by).to_string(),
        })
    };
    open.iter().filter_map(late).collect()
}

fn todays(packs: &PackSet, kind: FilingKind, now: DateTime<Utc>) -> Option<&Pack> {
    let day = |pack: &Pack| now.with_timezone(&pack.zone.tz()).date_naive();
    packs.versions(kind.statute()).find(|pack| pack.is_in_force(day(pack)))
}
