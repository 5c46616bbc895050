//! By when, and how it stands.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::applies::{Bound, bound};
use super::calendar::due_besides;
use super::candidates::{Candidate, Whose};
use super::silence::blocks;
use super::{
    Anchor, Duty, LegalAct, Pack, PackId, PackSet, Rule, RuleId, Scope, Situation, Standing,
};

/// One duty with the time it gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Clock {
    /// The version of the statute.
    pub pack: PackId,
    /// The rule.
    pub rule: RuleId,
    /// What must be done.
    pub duty: Duty,
    /// How far the rule can be relied on.
    pub standing: Standing,
    /// What it is about.
    pub scope: Scope,
    /// What it counts from.
    pub anchor: Anchor,
    /// The number of the knowledge time it counts from; none if it has not started or counts from an act.
    pub knowledge: Option<i32>,
    /// Whether this is the clock that counts; false for what another reading of the same facts would say, and for rules
    /// that are not in force.
    pub counts: bool,
    /// The moment it counts from.
    pub from: Option<DateTime<Utc>>,
    /// The last moment; none if it has not started or has no outer limit.
    pub due: Option<DateTime<Utc>>,
    /// How it stands.
    pub state: ClockState,
    /// How long from its start to the act, or to now.
    #[serde(serialize_with = "seconds_of")]
    pub elapsed: Option<TimeDelta>,
}

/// How a clock stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ClockState {
    /// The moment it counts from has not come.
    NotStarted,
    /// Time is left.
    Running {
        /// How much.
        #[serde(serialize_with = "seconds")]
        left: TimeDelta,
    },
    /// Done in time.
    Met {
        /// When.
        at: DateTime<Utc>,
        /// How much time was left; none if there is no outer limit.
        #[serde(serialize_with = "seconds_of")]
        spare: Option<TimeDelta>,
    },
    /// Done too late, or not done and too late.
    Late {
        /// By how much, to the act or to now.
        #[serde(serialize_with = "seconds")]
        by: TimeDelta,
        /// When it was done, if it was.
        done: Option<DateTime<Utc>>,
    },
    /// Another rule forbids it for now.
    Blocked {
        /// Until when; none while it is not known.
        until: Option<DateTime<Utc>>,
    },
    /// The delay is excused.
    Excused {
        /// Until when.
        until: DateTime<Utc>,
    },
    /// Started, with no outer limit.
    Open,
    /// Not in force: shown and never counted.
    Pending,
}

/// Every clock of an incident: by statute and rule, the one that counts first, then what other readings of the same facts
/// would say.
pub fn clocks(packs: &PackSet, situation: &Situation, now: DateTime<Utc>) -> Vec<Clock> {
    let blocks = blocks(packs, situation, now);
    let mut clocks = Vec::new();
    for statute in &situation.statutes {
        for bound in bound(packs, statute, situation, now) {
            let block = blocks.iter().find(|block| {
                let covers = bound.rule.duty.tells() || block.rule == bound.rule.id;
                covers && block.country == bound.pack.country
            });
            let view = View { bound, situation, now, block };
            clocks.extend(view.clocks());
        }
        clocks.extend(packs.versions(statute).flat_map(pending));
    }
    clocks
}

/// A time in which a rule forbids to tell people of one country.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Block {
    /// The rule.
    pub rule: RuleId,
    /// Whom it covers: ISO 3166-1.
    pub country: String,
    /// From when.
    pub from: DateTime<Utc>,
    /// The first moment people may be told; none while law enforcement has not been notified.
    pub until: Option<DateTime<Utc>>,
}

impl Block {
    /// Whether it forbids to tell people at this moment.
    pub fn holds(&self, now: DateTime<Utc>) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

/// One rule that binds, and all it takes to say how it stands.
struct View<'a> {
    bound: Bound<'a>,
    situation: &'a Situation,
    now: DateTime<Utc>,
    block: Option<&'a Block>,
}

impl View<'_> {
    fn clocks(&self) -> Vec<Clock> {
        let Bound { pack, rule, whose } = self.bound;
        let counting = self.situation.start(pack, rule, whose);
        let mut clocks = vec![self.clock(counting, true)];
        let others = self.situation.candidates(rule.clock, whose);
        let others = others.into_iter().filter(|other| Some(*other) != counting);
        clocks.extend(others.map(|other| self.clock(Some(other), false)));
        clocks
    }

    fn clock(&self, start: Option<Candidate>, counts: bool) -> Clock {
        let Bound { pack, rule, whose } = self.bound;
        let from = start.map(|start| start.at);
        let due = from.and_then(|from| pack.due(rule, from)).map(|due| due.max(self.excused(due)));
        let done = self.done(from);
        let end = done.unwrap_or(self.now);
        Clock {
            pack: pack.id.clone(),
            rule: rule.id.clone(),
            duty: rule.duty,
            standing: rule.standing,
            scope: whose.scope(),
            anchor: rule.clock,
            knowledge: start.and_then(|start| start.knowledge),
            counts,
            from,
            due,
            state: self.state(from, due, done),
            elapsed: from.map(|from| (end - from).max(TimeDelta::zero())),
        }
    }

    /// How it stands. A silence is kept by waiting; every other duty by doing something.
    fn state(
        &self,
        from: Option<DateTime<Utc>>,
        due: Option<DateTime<Utc>>,
        done: Option<DateTime<Utc>>,
    ) -> ClockState {
        if self.bound.rule.duty == Duty::Silence {
            return self.silence(due);
        }
        match (due, done) {
            (Some(due), Some(at)) if at > due => ClockState::Late { by: at - due, done },
            (due, Some(at)) => ClockState::Met { at, spare: due.map(|due| due - at) },
            (due, None) => self.undone(from, due),
        }
    }

    fn undone(&self, from: Option<DateTime<Utc>>, due: Option<DateTime<Utc>>) -> ClockState {
        if let Some(block) = self.block {
            return ClockState::Blocked { until: block.until };
        }
        match (from, due) {
            (None, _) => ClockState::NotStarted,
            (Some(_), None) => ClockState::Open,
            (Some(_), Some(due)) if self.now > due => {
                ClockState::Late { by: self.now - due, done: None }
            }
            (Some(_), Some(due)) if self.excuse() == Some(due) => {
                ClockState::Excused { until: due }
            }
            (Some(_), Some(due)) => ClockState::Running { left: due - self.now },
        }
    }

    fn silence(&self, due: Option<DateTime<Utc>>) -> ClockState {
        match (self.block, due) {
            (Some(block), _) => ClockState::Blocked { until: block.until },
            (None, Some(at)) => ClockState::Met { at, spare: None },
            (None, None) => ClockState::NotStarted,
        }
    }

    /// The later of a due time and the end of its excuse.
    fn excused(&self, due: DateTime<Utc>) -> DateTime<Utc> {
        self.excuse().map_or(due, |until| until.max(due))
    }

    /// Until when the delay is excused, if the rule knows an excuse.
    fn excuse(&self) -> Option<DateTime<Utc>> {
        let scope = self.bound.whose.scope();
        self.situation.excused(self.bound.rule, scope)
    }

    /// When it was first done. What was done before the clock began was done about something else.
    fn done(&self, from: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
        let Bound { rule, whose, .. } = self.bound;
        let acts = self.situation.acts.iter();
        let acts = acts.filter(|act| from.is_none_or(|from| act.at >= from));
        acts.filter(|act| does(act, rule, whose, from)).map(|act| act.at).min()
    }
}

impl Situation {
    /// The latest moment to which a rule's delay was excused.
    pub(super) fn excused(&self, rule: &Rule, scope: Scope) -> Option<DateTime<Utc>> {
        rule.excuse.as_ref()?;
        let about = self.excuses.iter().filter(|e| e.rule == rule.id && e.scope == scope);
        about.map(|excuse| excuse.until).max()
    }
}

impl Pack {
    /// When a rule's period ends, if it counts from this moment.
    pub fn due(&self, rule: &Rule, from: DateTime<Utc>) -> Option<DateTime<Utc>> {
        due_besides(rule.period, from, self.zone, &self.holidays)
    }
}

/// Whether an act does what a rule asks of this incident, revision or fact.
fn does(act: &LegalAct, rule: &Rule, whose: Whose, from: Option<DateTime<Utc>>) -> bool {
    match whose {
        Whose::Incident | Whose::Itself => act.is_for(rule) && act.scope == Scope::Incident,
        // What was done for the incident before there was a cohort was done for its first revision.
        Whose::First(_) => {
            act.is_for(rule) && (act.scope == whose.scope() || act.scope == Scope::Incident)
        }
        Whose::Later(_) => act.is_for(rule) && act.scope == whose.scope(),
        // A report holds every fact confirmed before it.
        Whose::Fact(_) => {
            let covers = act.scope == Scope::Incident && from.is_some_and(|from| act.at >= from);
            let first =
                act.rule.is_none() && act.duty == Duty::Report && rule.duty == Duty::ReportUpdate;
            (act.is_for(rule) && (act.scope == whose.scope() || covers)) || (first && covers)
        }
    }
}

/// What a version would ask that is not in force: shown, with no time to it.
fn pending(pack: &Pack) -> impl Iterator<Item = Clock> {
    let rules = pack.rules.iter().filter(|rule| rule.standing == Standing::Pending);
    rules.map(|rule| Clock {
        pack: pack.id.clone(),
        rule: rule.id.clone(),
        duty: rule.duty,
        standing: rule.standing,
        scope: Scope::Incident,
        anchor: rule.clock,
        knowledge: None,
        counts: false,
        from: None,
        due: None,
        state: ClockState::Pending,
        elapsed: None,
    })
}

fn seconds<S: serde::Serializer>(span: &TimeDelta, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_i64(span.num_seconds())
}

#[expect(clippy::ref_option, reason = "serde hands out a reference to the field")]
fn seconds_of<S: serde::Serializer>(span: &Option<TimeDelta>, to: S) -> Result<S::Ok, S::Error> {
    span.map(|span| span.num_seconds()).serialize(to)
}
