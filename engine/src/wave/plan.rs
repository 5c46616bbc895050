//! Works out what everyone is owed and freezes it as a draft: who, where, in which words, over which rung.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::Serialize;
use simrecall_core::access::Act;
use simrecall_core::cohort::{Exposure, FactSet, ItemSet, RevisionHash};
use simrecall_core::delivery::Rung;
use simrecall_core::id::{LineId, RevisionNo, SnapshotNo, SubscriberId, WaveNo};
use simrecall_core::incident::{Incident, IncidentCode};
use simrecall_core::notice::{NoticeKind, Variables};
use simrecall_core::subscriber::{Exposed, Recipient, fold};
use simrecall_core::wave::{
    Counts, Ladder, LeftOutReason, Owed, Pace, Statement, Told, notice_id, owed,
};
use simrecall_store::BucketRange;
use simrecall_store::cohort::Revision;
use simrecall_store::ledger::{LeftOut, NewWave, PlanCounts, Telling};
use simrecall_store::seal::IncidentKeys;

use super::households::{self, Parties};
use super::loading::{Draft, Loading};
use super::{ladder, policy};
use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::staff::hex;
use crate::target::TargetContent;
use crate::words::Words;
use crate::{cohort, incident, staff};

/// People worked on at once; their records are in memory together.
const PEOPLE: u64 = 4_000;

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
    /// Copies to the lines of children and companies.
    pub copies: u64,
    /// Lines the notices speak of.
    pub lines_told: u64,
    /// Lines whose holders know all that is true of them.
    pub left_out: u64,
    /// Rows that could not be resolved to a line.
    pub unresolved: u64,
    /// People who are told in another language than the one they chose, for want of a template.
    pub other_language: u64,
    /// When the last first try would go out, at the licensed pace.
    pub first_tries_end: DateTime<Utc>,
    /// When the last rung's patience would end, for somebody none before it reaches.
    pub last_rung_ends: DateTime<Utc>,
    /// What the messages would cost, in won.
    pub cost_won: f64,
    /// SHA-256 of the statement to sign.
    pub statement_sha256: String,
}

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
        by_kind: BTreeMap::new(),
        lines_told: 0,
        left_out: 0,
        other_language: 0,
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
    by_kind: BTreeMap<NoticeKind, u64>,
    lines_told: u64,
    left_out: u64,
    other_language: u64,
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
        let statement = self.statement(root, targets, &loading)?;
        let planned = self.answer(&statement, &loading);
        self.write_down(&statement, &planned, actor)?;
        Ok(planned)
    }

    fn plan_range(&mut self, range: BucketRange, loading: &mut Loading<'_>) -> Result<()> {
        let exposures = households::exposures(self.home, &self.revision, range)?;
        let told = self.told(range)?;
        let nothing = Told::default();
        let mut owing: Vec<(Case<'_>, Owed)> = Vec::new();
        let ids: BTreeSet<SubscriberId> = exposures.keys().chain(told.keys()).copied().collect();
        for person in ids {
            let exposures = exposures.get(&person).map(Vec::as_slice).unwrap_or_default();
            let case = Case { person, exposures, told: told.get(&person).unwrap_or(&nothing) };
            let owed = owed(&facts(exposures), case.told);
            self.leave_out(&case, &owed, loading)?;
            if owed.kind.is_some() {
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
            self.left_out += 1;
            loading.leave_out(LeftOut {
                wave: self.wave,
                person: case.person,
                line: exposure.line,
                reason: LeftOutReason::NothingOwed.code(),
            })?;
        }
        Ok(())
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
            return self.leave_out_unknown(case, owed, loading);
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
        let draft = self.draft(case, owed, &party.subscriber.brand, &recipients)?;
        self.note(kind, &draft, &recipients);
        for (line, facts) in &owed.facts {
            self.lines_told += 1;
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

    fn draft(
        &self,
        case: &Case<'_>,
        owed: &Owed,
        brand: &str,
        recipients: &[Recipient],
    ) -> Result<Draft> {
        let (confirmed, possible) = items(owed);
        let kind = owed.kind.ok_or_else(|| Problem::ours("owed", "a notice of nothing"))?;
        let primary = recipients
            .first()
            .ok_or_else(|| Problem::ours("fold", "a notice without a recipient"))?;
        let content = |recipient: &Recipient| TargetContent {
            contact: recipient.contact.clone(),
            variables: Variables {
                kind,
                language: self.words.templates.language_for(kind, recipient.language),
                brand: brand.to_owned(),
                addressee: Some(recipient.addressee.clone()),
                address: recipient.contact.postal.as_ref().map(|postal| postal.address.clone()),
                role: recipient.role,
                confirmed,
                possible,
                lines: u16::try_from(owed.facts.len()).unwrap_or(u16::MAX),
                as_of: format!("{}, {}", day(self.cutoff), self.revision.no),
            },
        };
        let rung = self.ladder.first(&primary.contact).ok_or_else(|| {
            Problem::configuration("ladder", "somebody has no contact that any rung needs")
                .hint("end the ladder with a posting in simrecall.toml")
        })?;
        Ok(Draft {
            person: case.person,
            notice: notice_id(self.incident.id, case.person, &owed.facts_hash),
            kind,
            language: self.words.templates.language_for(kind, primary.language),
            facts_hash: owed.facts_hash,
            rung,
            recipients: recipients.iter().map(|r| (r.role, content(r))).collect(),
        })
    }

    fn note(&mut self, kind: NoticeKind, draft: &Draft, recipients: &[Recipient]) {
        *self.by_kind.entry(kind).or_default() += 1;
        let chosen = recipients.first().map(|primary| primary.language);
        self.other_language += u64::from(chosen != Some(draft.language));
    }

    fn leave_out_unknown(
        &mut self,
        case: &Case<'_>,
        owed: &Owed,
        loading: &mut Loading<'_>,
    ) -> Result<()> {
        for line in owed.facts.keys() {
            self.left_out += 1;
            let reason = LeftOutReason::UnknownHolder.code();
            loading.leave_out(LeftOut {
                wave: self.wave,
                person: case.person,
                line: *line,
                reason,
            })?;
        }
        Ok(())
    }

    fn statement(&self, root: [u8; 32], targets: u64, loading: &Loading<'_>) -> Result<Statement> {
        let damaged = || Problem::ours("revision", "a revision without a hash");
        Ok(Statement {
            incident: self.incident.code.clone(),
            wave: self.wave,
            revision: self.revision.no,
            revision_hash: self.revision.hash.ok_or_else(damaged)?,
            snapshot: self.snapshot,
            cutoff: self.cutoff,
            targets_root: root,
            counts: Counts {
                persons: targets - loading.copies,
                copies: loading.copies,
                lines: self.lines_told,
                left_out: self.left_out,
                unresolved: self.revision.unresolved,
            },
            ..binding(self.home, &self.words)?
        })
    }

    fn answer(&self, statement: &Statement, loading: &Loading<'_>) -> Planned {
        let config = &self.home.config;
        let now = self.home.now();
        let messages = |rung: Rung| loading.by_rung.get(&rung).copied().unwrap_or(0);
        let short = messages(Rung::Lms) + messages(Rung::Sms) + loading.copies;
        let seconds =
            i64::try_from(short.div_ceil(u64::from(pace(self.home).0.max(1)))).unwrap_or(i64::MAX);
        let first_tries_end = now + chrono::TimeDelta::try_seconds(seconds).unwrap_or_default();
        let patience: chrono::TimeDelta = self
            .ladder
            .rules()
            .iter()
            .filter(|rule| !matches!(rule.rung, Rung::Posting | Rung::Letter))
            .map(|rule| rule.give_up_after)
            .sum();
        Planned {
            wave: self.wave,
            revision: self.revision.no.0,
            lines: self.revision.lines,
            persons: statement.counts.persons,
            by_kind: self.by_kind.iter().map(|(kind, n)| (kind.name(), *n)).collect(),
            by_rung: loading.by_rung.iter().map(|(rung, n)| (rung.name(), *n)).collect(),
            copies: loading.copies,
            lines_told: self.lines_told,
            left_out: self.left_out,
            unresolved: self.revision.unresolved,
            other_language: self.other_language,
            first_tries_end,
            last_rung_ends: first_tries_end + patience,
            cost_won: cost(config, loading),
            statement_sha256: hex(&statement.hash()),
        }
    }

    fn write_down(&self, statement: &Statement, planned: &Planned, actor: &str) -> Result<()> {
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
        let body = serde_json::json!({ "wave": self.wave.0, "statement_sha256": hex(&hash), "statement": text });
        let entry = self.home.entry("wave.planned", actor, Some(self.incident.id), body)?;
        self.home
            .store
            .write(|tx| {
                kept.iter().try_for_each(|template| tx.keep_template(template))?;
                tx.finish_plan(self.wave, &counts, &text, &hash)?;
                tx.journal(&entry).map(|_| ())
            })
            .map_err(problem::store)
    }
}

/// The part of a statement that follows from configuration and words, the rest left empty.
fn binding(home: &Home, words: &Words) -> Result<Statement> {
    let config = &home.config;
    let (per_second, window) = pace(home);
    let nowhere = |error| Problem::ours("statement", "an empty statement").caused_by(error);
    Ok(Statement {
        incident: IncidentCode::parse("NONE").map_err(nowhere)?,
        wave: WaveNo(0),
        revision: RevisionNo(0),
        revision_hash: RevisionHash([0; 32]),
        snapshot: SnapshotNo(0),
        cutoff: DateTime::<Utc>::UNIX_EPOCH,
        targets_root: [0; 32],
        counts: Counts::default(),
        templates: words.hashes(),
        sender: config.sender().to_owned(),
        ladder: ladder(config)?,
        routes: config.ladder.iter().map(|step| (step.rung, step.route.clone())).collect(),
        max_pace: Pace::new(per_second, window).map_err(|error| {
            Problem::configuration("pace", "the pace makes no sense").caused_by(error)
        })?,
        canary: config.wave.canary,
        policy: policy(config),
    })
}

/// What [`binding`] says, as it stands in a statement.
pub(super) fn binding_lines(home: &Home, words: &Words) -> Result<String> {
    binding(home, words).map(|statement| statement.canonical())
}

/// The most the routes may send in a second, and have unanswered at once.
fn pace(home: &Home) -> (u32, u32) {
    let routes = home.config.routes.values();
    let (pace, window) = routes.fold((0, 0_u32), |(pace, window), route| {
        (route.per_second().max(pace), window.saturating_add(route.window()))
    });
    // No licence is no limit.
    (if pace == 0 { u32::MAX } else { pace }, window)
}

fn facts(exposures: &[Exposure]) -> BTreeMap<LineId, FactSet> {
    exposures.iter().map(|exposure| (exposure.line, exposure.facts)).collect()
}

/// The items a notice names, over all its lines.
fn items(owed: &Owed) -> (ItemSet, ItemSet) {
    let all = owed.facts.values().fold(FactSet::EMPTY, |all, facts| all.union(*facts));
    (all.confirmed(), all.possible())
}

fn day(at: DateTime<Utc>) -> String {
    at.with_timezone(&chrono_tz::Asia::Seoul).format("%Y-%m-%d").to_string()
}

#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "an estimate to look at")]
fn cost(config: &crate::config::Config, loading: &Loading<'_>) -> f64 {
    let of = |rung: Rung, n: u64| {
        config.route_of(rung).map_or(0.0, |(_, route)| route.cost_won() * n as f64)
    };
    let firsts: f64 = loading.by_rung.iter().map(|(rung, n)| of(*rung, *n)).sum();
    firsts + of(Rung::Lms, loading.copies)
}
