//! The clocks of an incident, soonest first.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use simrecall_core::id::RevisionNo;
use simrecall_core::incident::Incident;
use simrecall_core::law::{
    self, Anchor, Clock, ClockState, Facts, PackId, PackSet, Period, RuleId, Scope, Situation,
    Standing, Trigger,
};

use super::agree::{self, Decided};
use super::complete::Reach;
use super::moment::Moment;
use super::{select, silence, situation, words};
use crate::home::Home;
use crate::incident;
use crate::problem::{self, Result};
use simrecall_core::access::Act;

/// A clock, as answers show it.
#[derive(Debug, Clone, Serialize)]
pub struct ClockRow {
    /// The rule.
    pub rule: RuleId,
    /// The version of its statute.
    pub pack: PackId,
    /// What it asks, in plain words.
    pub what: String,
    /// How long it gives.
    pub period: Option<Period>,
    /// How far it can be relied on.
    pub standing: Standing,
    /// Whether it binds only because nobody has said that it does not.
    pub presumed: bool,
    /// Then, what staff have to determine.
    pub determine: Vec<String>,
    /// What it is about.
    pub scope: Scope,
    /// What it counts from.
    pub anchor: Anchor,
    /// The number of the knowledge time it counts from.
    pub knowledge: Option<i32>,
    /// Whether it is the one that counts.
    pub counts: bool,
    /// The moment it counts from.
    pub from: Option<Moment>,
    /// The last moment.
    pub due: Option<Moment>,
    /// How it stands.
    #[serde(flatten)]
    pub state: ClockState,
    /// How it stands, in plain words.
    pub stands: String,
    /// How many people of how many were told, where it is about telling people.
    pub done: Option<Done>,
}

/// How far telling people has come.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Done {
    /// People told.
    pub told: u64,
    /// People owed a notice; 0 while no wave was let go for them.
    pub owed: u64,
    /// People whose message was taken, and whose proof is not in.
    pub on_the_way: u64,
    /// Whether everybody was sent their notice and only proof is missing.
    pub proof_pending: bool,
}

/// Every clock of an incident.
#[derive(Debug, Clone, Serialize)]
pub struct ClockList {
    /// The incident.
    pub incident: String,
    /// The moment it was looked at.
    pub as_of: Moment,
    /// Clocks that count, soonest first.
    pub clocks: Vec<ClockRow>,
    /// What another choice of knowledge time would say.
    pub otherwise: Vec<ClockRow>,
    /// Rules that are not in force.
    pub pending: Vec<ClockRow>,
    /// Times in which people must not be told.
    pub silences: Vec<silence::SilenceRow>,
    /// Choices of a knowledge time that wait for somebody of another role.
    pub waiting: Vec<WaitingChoice>,
}

/// A choice that does not count yet.
#[derive(Debug, Clone, Serialize)]
pub struct WaitingChoice {
    /// How far it has come.
    pub decided: Decided,
    /// What was chosen for.
    pub anchor: Anchor,
    /// For the clocks of this revision only.
    pub revision: Option<RevisionNo>,
    /// The number of the knowledge time.
    pub knowledge: i32,
    /// Why.
    pub reason: String,
}

/// Every clock of an incident, soonest first.
pub fn list(home: &Home, code: &str) -> Result<ClockList> {
    let incident = incident::by_code(home, code)?;
    let (mut clocks, mut otherwise, mut pending) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows(home, &incident)? {
        match (row.standing, row.counts) {
            (Standing::Pending, _) => pending.push(row),
            (Standing::Verified | Standing::Unverified, true) => clocks.push(row),
            (Standing::Verified | Standing::Unverified, false) => otherwise.push(row),
        }
    }
    let now = home.now();
    let silences = silence::blocks(home, &incident, now)?;
    Ok(ClockList {
        incident: incident.code.to_string(),
        as_of: Moment::of(home, now),
        clocks,
        otherwise,
        pending,
        silences: silences.iter().map(|block| silence::row(home, block)).collect(),
        waiting: waiting(home, &incident)?,
    })
}

/// Every clock of an incident, as answers show it.
pub(super) fn rows(home: &Home, incident: &Incident) -> Result<Vec<ClockRow>> {
    let (packs, now) = (home.packs()?, home.now());
    let (situation, reaches) = situation::with_reaches(home, packs, incident, now)?;
    let clocks = silence::clocks(home, packs, incident, &situation, now)?;
    let certain = certain(packs, &situation, now);
    let (facts, reaches, certain) = (&situation.facts, &reaches, &certain);
    let view = View { home, packs, facts, reaches, certain, now };
    let mut rows: Vec<ClockRow> = clocks.iter().map(|clock| view.row(clock)).collect();
    rows.sort_by_key(|row| (order(row), row.due, row.rule.clone(), row.scope));
    Ok(rows)
}

/// Rules that bind whatever people may still find.
fn certain(
    packs: &PackSet,
    situation: &Situation,
    now: DateTime<Utc>,
) -> BTreeSet<(RuleId, Scope)> {
    let Facts { external_access, intrusion, high_risk, cpni, .. } = situation.facts;
    let mut residents_over = situation.facts.residents_over.clone();
    for trigger in packs.iter().flat_map(|pack| &pack.rules).flat_map(|rule| &rule.when) {
        if let Trigger::ResidentsOver(count) = trigger {
            residents_over.entry(*count).or_insert(false);
        }
    }
    let facts = Facts {
        external_access: Some(external_access.unwrap_or(false)),
        intrusion: Some(intrusion.unwrap_or(false)),
        high_risk: Some(high_risk.unwrap_or(false)),
        cpni: Some(cpni.unwrap_or(false)),
        residents_over,
        ..situation.facts.clone()
    };
    let situation = Situation { facts, ..situation.clone() };
    let clocks = law::clocks(packs, &situation, now);
    clocks.into_iter().map(|clock| (clock.rule, clock.scope)).collect()
}

struct View<'a> {
    home: &'a Home,
    packs: &'a PackSet,
    facts: &'a Facts,
    reaches: &'a [Reach],
    certain: &'a BTreeSet<(RuleId, Scope)>,
    now: DateTime<Utc>,
}

impl View<'_> {
    fn row(&self, clock: &Clock) -> ClockRow {
        let pack = self.packs.iter().find(|pack| pack.id == clock.pack);
        let rule = pack.and_then(|pack| pack.rule(&clock.rule));
        let done = self.done(clock);
        let moment = |at| Moment::of(self.home, at);
        let presumed = !self.certain.contains(&(clock.rule.clone(), clock.scope));
        let open = pack.zip(rule).filter(|_| presumed);
        let open = open.map(|(pack, rule)| self.facts.presumed(pack, rule)).unwrap_or_default();
        // While an obstacle lasts, nobody knows yet when it is due.
        let lasts = matches!(clock.state, ClockState::Excused { until } if until <= self.now);
        ClockRow {
            rule: clock.rule.clone(),
            pack: clock.pack.clone(),
            what: rule.map(|rule| words::duty(rule.duty, &rule.to)).unwrap_or_default(),
            period: rule.map(|rule| rule.period),
            standing: clock.standing,
            presumed,
            determine: open.iter().map(ToString::to_string).collect(),
            scope: clock.scope,
            anchor: clock.anchor,
            knowledge: clock.knowledge,
            counts: clock.counts,
            from: clock.from.map(moment),
            due: clock.due.filter(|_| !lasts).map(moment),
            state: clock.state,
            stands: words::state(self.home, clock.state, done.as_ref(), self.now),
            done,
        }
    }

    fn done(&self, clock: &Clock) -> Option<Done> {
        let no = clock.scope.revision().filter(|_| clock.duty.is_per_revision())?;
        let reach = self.reaches.iter().find(|reach| reach.no == no)?;
        let missing = reach.owed.saturating_sub(reach.told);
        Some(Done {
            told: reach.told,
            owed: reach.owed,
            on_the_way: reach.on_the_way,
            proof_pending: missing > 0 && reach.on_the_way >= missing,
        })
    }
}

/// What has to be done first comes first; what was done comes last.
const fn order(row: &ClockRow) -> u8 {
    match row.state {
        ClockState::Late { done: None, .. }
        | ClockState::Running { .. }
        | ClockState::Excused { .. } => 0,
        ClockState::Blocked { .. } | ClockState::Open => 1,
        ClockState::NotStarted => 2,
        ClockState::Late { done: Some(_), .. } | ClockState::Met { .. } => 3,
        ClockState::Pending => 4,
    }
}

fn waiting(home: &Home, incident: &Incident) -> Result<Vec<WaitingChoice>> {
    let (times, all) = home
        .store
        .read(|tx| Ok((tx.knowledge_times(incident.id)?, tx.selections(incident.id)?)))
        .map_err(problem::store)?;
    let waiting = select::waiting(&times, &all);
    waiting
        .into_iter()
        .map(|one| {
            let row = &one.row;
            Ok(WaitingChoice {
                decided: agree::decided(home, one.no, false, Act::SelectClock, &one.agreed)?,
                anchor: row.anchor,
                revision: row.revision,
                knowledge: row.knowledge,
                reason: row.reason.clone(),
            })
        })
        .collect()
}

impl ClockRow {
    /// How much time is left; less than nothing when it is late and not done.
    pub fn left(&self) -> Option<TimeDelta> {
        match self.state {
            ClockState::Running { left } => Some(left),
            ClockState::Late { by, done: None } => Some(-by),
            ClockState::NotStarted
            | ClockState::Met { .. }
            | ClockState::Late { done: Some(_), .. }
            | ClockState::Blocked { .. }
            | ClockState::Excused { .. }
            | ClockState::Open
            | ClockState::Pending => None,
        }
    }
}
