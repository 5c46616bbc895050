//! Whether a wave would be in time: the routes' pace and the ladder's patience against each clock.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::Serialize;
use simrecall_core::delivery::Rung;
use simrecall_core::law::{ClockState, Duty, Scope, Span};
use simrecall_core::wave::{Against, Load, Outlook, Quiet, against, outlook};

use super::super::loading::Loading;
use super::Planner;
use super::answer::HeldBack;
use crate::law;
use crate::problem::Result;

/// What one route would carry in first tries.
#[derive(Debug, Clone, Serialize)]
pub struct RouteLoad {
    /// Its name.
    pub route: String,
    /// The rung it carries.
    pub rung: &'static str,
    /// Messages, copies included.
    pub messages: u64,
    /// Messages a second; none when nothing limits it.
    pub per_second: Option<u32>,
}

/// How the wave's end stands to one clock.
#[derive(Debug, Clone, Serialize)]
pub struct InTime {
    /// The rule whose clock it is.
    pub rule: String,
    /// What the clock is about: the incident, or a revision.
    pub scope: String,
    /// When it must be done.
    pub due: DateTime<Utc>,
    /// Whether it would be.
    pub is_met: bool,
    /// The same in words.
    pub words: String,
}

/// What lies ahead of a wave.
pub(super) struct Ahead {
    pub(super) routes: Vec<RouteLoad>,
    pub(super) outlook: Outlook,
    pub(super) in_time: Vec<InTime>,
    /// The quiet hours that will be kept.
    pub(super) quiet: Option<Quiet>,
    /// Whether there are others, that a due time goes before.
    pub(super) quiet_overridden: bool,
}

impl Planner<'_> {
    pub(super) fn look_ahead(&self, loading: &Loading<'_>) -> Result<Ahead> {
        let now = self.home.now();
        let routes = self.route_loads(loading);
        let loads: Vec<Load> = routes
            .iter()
            .map(|load| Load { messages: load.messages, per_second: load.per_second })
            .collect();
        let zone = self.home.config.law.zone;
        let quiet = self.home.config.wave.quiet.map(|hours| (hours.0, &zone));
        let awake = outlook::<Tz>(&loads, &self.ladder, now, None);
        let rested = outlook(&loads, &self.ladder, now, quiet);
        let dues = self.dues()?;
        // Quiet hours are manners: the law's time goes before them.
        let misses = |seen: Outlook| dues.iter().any(|due| seen.last_rung_starts > due.at);
        let quiet_overridden = quiet.is_some() && misses(rested);
        let kept = quiet.filter(|_| !quiet_overridden).map(|(quiet, _)| quiet);
        let seen = if quiet_overridden { awake } else { rested };
        let in_time = dues.into_iter().map(|due| {
            let stands = against(seen, &loads, now, due.at);
            InTime {
                words: if due.at < now { ran_out(now, &due) } else { in_words(stands) },
                is_met: matches!(stands, Against::Spare(_)),
                rule: due.rule,
                scope: due.scope,
                due: due.at,
            }
        });
        Ok(Ahead {
            in_time: in_time.collect(),
            outlook: seen,
            routes,
            quiet: kept,
            quiet_overridden,
        })
    }

    fn route_loads(&self, loading: &Loading<'_>) -> Vec<RouteLoad> {
        let config = &self.home.config;
        let loads = config.ladder.iter().filter_map(|step| {
            let copies = if step.rung == Rung::Lms { loading.copies } else { 0 };
            let messages = loading.by_rung.get(&step.rung).copied().unwrap_or(0) + copies;
            let (route, settings) = config.route_of(step.rung)?;
            let per_second = Some(settings.per_second()).filter(|pace| *pace > 0);
            let (route, rung) = (route.to_owned(), step.rung.name());
            (messages > 0).then_some(RouteLoad { route, rung, messages, per_second })
        });
        loads.collect()
    }
}

/// A clock that a wave of notices answers.
struct Due {
    rule: String,
    scope: String,
    at: DateTime<Utc>,
}

impl Planner<'_> {
    /// The clocks that count and that this wave could end: those of telling people, of the incident and of this revision.
    fn dues(&self) -> Result<Vec<Due>> {
        let clocks = law::clocks(self.home, &self.incident)?;
        let mut dues: Vec<Due> = clocks
            .into_iter()
            // A posting has a clock of its own, which this wave's last rung does not end.
            .filter(|clock| clock.counts && clock.duty.tells() && clock.duty != Duty::Post)
            .filter(|clock| match clock.scope {
                Scope::Incident => true,
                Scope::Revision(no) => no == self.revision.no,
                Scope::Fact(_) => false,
            })
            .filter(|clock| !matches!(clock.state, ClockState::Met { .. }))
            .filter_map(|clock| {
                let (rule, scope) = (clock.rule.to_string(), clock.scope.to_string());
                Some(Due { rule, scope, at: clock.due? })
            })
            .collect();
        dues.sort_by_key(|due| due.at);
        Ok(dues)
    }

    /// Whom a law forbids to tell yet.
    pub(super) fn held_back(&self) -> Result<BTreeMap<String, HeldBack>> {
        let now = self.home.now();
        let mut held = BTreeMap::new();
        for block in law::blocks(self.home, &self.incident, now)? {
            let persons = self.tally.by_country.get(&block.country).copied().unwrap_or(0);
            if persons > 0 && block.holds(now) {
                let why = law::silence_words(&block, self.home.config.law.zone);
                held.insert(block.country, HeldBack { persons, why });
            }
        }
        Ok(held)
    }
}

/// Of a clock that no wave can meet any more.
fn ran_out(now: DateTime<Utc>, due: &Due) -> String {
    format!("the clock ran out {} ago", Span(now - due.at))
}

/// As a person would say it.
fn in_words(stands: Against) -> String {
    match stands {
        Against::Spare(left) => format!("{} before the clock", Span(left)),
        Against::Needs { late, per_second } => {
            format!("cannot meet it: {} late; needs {per_second} messages a second", Span(late))
        }
        Against::Hopeless { late } => format!(
            "cannot meet it: {} late at any pace; shorten give_up_after in [[ladder]]",
            Span(late)
        ),
    }
}
