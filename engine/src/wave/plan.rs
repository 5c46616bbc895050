//! Works out what everyone is owed and freezes it as a draft: who, where, in which words, over which rung.

mod answer;
mod draft;
mod outlook;
mod seal;
mod statement;
mod tally;
mod texts;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::json;
use simrecall_core::access::Act;
use simrecall_core::cohort::{Exposure, FactSet};
use simrecall_core::id::{LineId, SnapshotNo, SubscriberId, WaveNo};
use simrecall_core::incident::Incident;
use simrecall_core::subscriber::{Exposed, fold};
use simrecall_core::wave::{Ladder, LeftOutReason, Owed, Statement, Told, owed};
use simrecall_store::BucketRange;
use simrecall_store::cohort::Revision;
use simrecall_store::ledger::{LeftOut, NewWave, PlanCounts, Telling};
use simrecall_store::seal::IncidentKeys;

use super::households::{self, Parties};
use super::ladder;
use super::loading::Loading;
use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::staff::hex;
use crate::words::Words;
use crate::{cohort, incident, staff, suppression};
use seal::Seal;
use tally::Tally;
use texts::Texts;

pub use answer::{HeldBack, Planned, finding};
pub use outlook::{InTime, RouteLoad};
pub(super) use statement::binding_lines;

/// People worked on at once; their records are in memory together.
const PEOPLE: u64 = 4_000;

/// Plans the incident's next wave; an earlier draft is replaced.
pub fn plan(home: &Home, code: &str, revision: Option<i32>, by: &str) -> Result<Planned> {
    let incident = incident::by_code(home, code)?;
    let staff = staff::may(home, by, Act::Plan)?;
    let revision = cohort::revision(home, &incident, revision)?;
    let snapshot = home.store.read(|tx| tx.latest_snapshot(incident.id)).map_err(problem::store)?;
    let snapshot = snapshot.ok_or_else(|| Problem::state("registry", "there is no registry"))?;
    let words = Words::read(home, &incident::words(home, incident.id)?)?;
    let new = NewWave {
        incident: incident.id,
        revision: revision.no,
        snapshot: snapshot.no,
        cutoff: snapshot.as_of,
        planned_at: home.now(),
    };
    let wave = home.store.write(|tx| {
        tx.drop_draft(incident.id)?;
        tx.insert_wave(&new)
    });
    let wave = wave.map_err(problem::store)?;
    let planner = Planner {
        home,
        keys: home.keys.incident(incident.id).map_err(problem::keys)?,
        words,
        ladder: ladder(&home.config)?,
        incident,
        revision,
        snapshot: snapshot.no,
        cutoff: snapshot.as_of,
        wave,
        tally: Tally::default(),
        texts: Texts::default(),
    };
    planner.run(&staff.id.to_string())
}

struct Planner<'a> {
    home: &'a Home,
    keys: IncidentKeys,
    words: Words,
    ladder: Ladder,
    incident: Incident,
    revision: Revision,
    snapshot: SnapshotNo,
    cutoff: DateTime<Utc>,
    wave: WaveNo,
    tally: Tally,
    texts: Texts,
}

/// One person's part: what is true, what they were told.
struct Case<'a> {
    person: SubscriberId,
    exposures: &'a [Exposure],
    told: &'a Told,
}

impl Planner<'_> {
    fn run(mut self, actor: &str) -> Result<Planned> {
        let home = self.home;
        let keys = self.keys.clone();
        let mut loading = Loading::new(home, &keys, self.wave, home.config.wave.canary);
        for range in BucketRange::covering(self.revision.lines, PEOPLE) {
            self.plan_range(range, &mut loading)?;
        }
        let (root, targets) = loading.finish()?;
        let seal = self.seal()?;
        let ahead = self.look_ahead(&loading)?;
        let statement = self.statement((root, targets), &loading, (&seal, &ahead))?;
        let planned = self.answer(&statement, &loading, (&seal, ahead))?;
        self.write_down(&statement, (&planned, &seal), actor)?;
        Ok(planned)
    }

    fn plan_range(&mut self, range: BucketRange, loading: &mut Loading<'_>) -> Result<()> {
        let exposures = households::exposures(self.home, &self.revision, range)?;
        let told = self.told(range)?;
        let suppressed = suppression::suppressed(self.home, self.incident.id, range)?;
        let nothing = Told::default();
        let mut owing: Vec<(Case<'_>, Owed)> = Vec::new();
        let ids: BTreeSet<SubscriberId> = exposures.keys().chain(told.keys()).copied().collect();
        for person in ids {
            let exposures = exposures.get(&person).map(Vec::as_slice).unwrap_or_default();
            let case = Case { person, exposures, told: told.get(&person).unwrap_or(&nothing) };
            let owed = owed(&facts(exposures), case.told);
            self.leave_out(&case, &owed, loading)?;
            if suppressed.contains(&person) {
                self.leave_out_all(&case, &owed, LeftOutReason::Suppressed, loading)?;
            } else if owed.kind.is_some() {
                owing.push((case, owed));
            }
        }
        let ids = owing.iter().map(|(case, _)| case.person).collect();
        let parties = households::open(self.home, &self.keys, self.snapshot, &ids)?;
        owing.iter().try_for_each(|(case, owed)| self.plan_person(case, owed, &parties, loading))
    }

    fn told(&self, range: BucketRange) -> Result<BTreeMap<SubscriberId, Told>> {
        let rows = self.home.store.read(|tx| tx.told_in(self.incident.id, range));
        let mut by_person: BTreeMap<SubscriberId, Vec<_>> = BTreeMap::new();
        for (person, telling) in rows.map_err(problem::store)? {
            by_person.entry(person).or_default().push(telling);
        }
        Ok(by_person.into_iter().map(|(person, tellings)| (person, Told::of(tellings))).collect())
    }

    /// Lines of which there is nothing new to say.
    fn leave_out(&mut self, case: &Case<'_>, owed: &Owed, loading: &mut Loading<'_>) -> Result<()> {
        for exposure in case.exposures.iter().filter(|e| !owed.facts.contains_key(&e.line)) {
            self.leave_out_line(case.person, exposure.line, LeftOutReason::NothingOwed, loading)?;
        }
        Ok(())
    }

    /// Lines of which there is something to say, and a reason not to.
    fn leave_out_all(
        &mut self,
        case: &Case<'_>,
        owed: &Owed,
        reason: LeftOutReason,
        loading: &mut Loading<'_>,
    ) -> Result<()> {
        let lines = owed.facts.keys();
        lines
            .into_iter()
            .try_for_each(|line| self.leave_out_line(case.person, *line, reason, loading))
    }

    fn leave_out_line(
        &mut self,
        person: SubscriberId,
        line: LineId,
        reason: LeftOutReason,
        loading: &mut Loading<'_>,
    ) -> Result<()> {
        self.tally.left_out += 1;
        self.tally.suppressed += u64::from(reason == LeftOutReason::Suppressed);
        loading.leave_out(LeftOut { wave: self.wave, person, line, reason: reason.code() })
    }

    fn plan_person(
        &mut self,
        case: &Case<'_>,
        owed: &Owed,
        parties: &Parties,
        loading: &mut Loading<'_>,
    ) -> Result<()> {
        let Some(kind) = owed.kind else { return Ok(()) };
        let Some(party) = parties.get(&case.person) else {
            // The registry of today does not know them any more.
            return self.leave_out_all(case, owed, LeftOutReason::UnknownHolder, loading);
        };
        self.words.knows(&party.subscriber.brand)?;
        let speaker = |id: Option<SubscriberId>| id.and_then(|id| parties.get(&id));
        let exposed: Vec<(LineId, DateTime<Utc>)> =
            case.exposures.iter().map(|exposure| (exposure.line, exposure.exposed_at)).collect();
        let recipients = fold(&Exposed {
            person: party,
            guardian: speaker(party.subscriber.guardian),
            company_contact: speaker(party.subscriber.contact),
            exposed: &exposed,
            cutoff: self.cutoff,
        });
        let draft = self.draft(case, owed, &party.subscriber, recipients)?;
        self.tally.note(kind, &draft);
        for (line, facts) in &owed.facts {
            self.tally.lines_told += 1;
            loading.tell(Telling {
                incident: self.incident.id,
                person: case.person,
                line: *line,
                wave: self.wave,
                facts: *facts,
            })?;
        }
        loading.add(draft)
    }

    /// Freezes the plan as a draft that can be signed; one that lint refuses stays unfinished and goes with the next plan.
    fn write_down(
        &self,
        statement: &Statement,
        (planned, seal): (&Planned, &Seal),
        actor: &str,
    ) -> Result<()> {
        if !seal.report.is_clean() {
            return self.refuse(planned, actor);
        }
        let signed = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let counts = PlanCounts {
            persons: signed(planned.persons),
            lines: signed(planned.lines_told),
            targets: signed(planned.persons),
            copies: signed(planned.copies),
            left_out: signed(planned.left_out),
        };
        let (text, hash) = (statement.canonical(), statement.hash());
        let kept = self.words.kept_templates(self.home.now());
        let body = json!({ "wave": self.wave.0, "statement_sha256": hex(&hash), "statement": text, "wordings": seal.registered() });
        let entry = self.home.entry("wave.planned", actor, Some(self.incident.id), body)?;
        self.home
            .store
            .write(|tx| {
                kept.iter().try_for_each(|template| tx.keep_template(template))?;
                tx.load_wordings(&seal.wordings)?;
                tx.finish_plan(self.wave, &counts, &text, &hash)?;
                tx.journal(&entry).map(|_| ())
            })
            .map_err(problem::store)
    }

    fn refuse(&self, planned: &Planned, actor: &str) -> Result<()> {
        let body = json!({ "wave": self.wave.0, "lint": planned.lint });
        let entry = self.home.entry("wave.lint_failed", actor, Some(self.incident.id), body)?;
        self.home.store.write(|tx| tx.journal(&entry).map(|_| ())).map_err(problem::store)
    }
}

fn facts(exposures: &[Exposure]) -> BTreeMap<LineId, FactSet> {
    exposures.iter().map(|exposure| (exposure.line, exposure.facts)).collect()
}
