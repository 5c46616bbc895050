//! What was on record at an instant: rows that came later are not looked at.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use simrecall_core::filing::{
    Determined, FilingFacts, FilingKind, FilingNumber, Follows, KnownFacts, Leak, Mark, ReliefDesk,
    Response, RevisionFacts, Since, ToldFacts, WaveFacts,
};
use simrecall_core::id::WaveNo;
use simrecall_core::incident::{Incident, KnowledgeTime};
use simrecall_core::law::Trigger;
use simrecall_core::notice::{IncidentText, IncidentWords};
use simrecall_core::wave::WaveState;
use simrecall_store::counts::{AsOf, ToldCount};
use simrecall_store::filing::Filing;
use simrecall_store::law::Recorded;
use simrecall_store::ledger::Wave;

use crate::cohort::Adds;
use crate::home::Home;
use crate::incident::WORDS;
use crate::law::{self, Moment};
use crate::problem::{self, Problem, Result};

/// What is gathered, and what staff typed for it.
pub(super) struct Gathering<'a> {
    pub(super) home: &'a Home,
    pub(super) incident: &'a Incident,
    pub(super) kind: FilingKind,
    pub(super) as_of: DateTime<Utc>,
    pub(super) late_reason: Option<&'a str>,
    /// The likely consequences; those of the report before when absent.
    pub(super) consequences: Option<&'a str>,
}

impl Gathering<'_> {
    /// Everything that stands in the report with this number. `earlier` are the reports of its kind.
    pub(super) fn facts(&self, no: i32, earlier: &[Filing]) -> Result<FilingFacts> {
        let words = self.words()?;
        let before = self.submitted_before(earlier)?;
        let follows = before.last().map(|last| Follows {
            no: last.number.no,
            supplement: u32::try_from(before.len()).unwrap_or(u32::MAX),
        });
        let said = before.last().map(|last| last.consequences.as_str());
        let counts = self.counts()?;
        let number = FilingNumber { incident: self.incident.code.clone(), kind: self.kind, no };
        let mut facts = FilingFacts {
            number,
            follows,
            as_of: self.as_of,
            filer: self.home.config.filing.filer(self.kind.language()),
            title: self.incident.title.clone(),
            leak: self.leak(&words)?,
            revisions: self.revisions(&counts)?,
            knowledge: self.knowledge()?,
            waves: self.waves(&counts)?,
            persons_told: counts.persons_told.unsigned_abs(),
            lines_told: counts.lines_told.unsigned_abs(),
            response: response(words),
            consequences: self.consequences.or(said).unwrap_or_default().trim().to_owned(),
            late_reason: self.late_reason.map(|reason| reason.trim().to_owned()),
            since: None,
        }
        .masked();
        facts.since = before.last().map(|last| Since::between(last, &facts));
        Ok(facts)
    }

    /// The words people are told in, in the report's language.
    fn words(&self) -> Result<IncidentText> {
        let entries = self
            .home
            .store
            .read(|tx| tx.entries_of_kind(self.incident.id, WORDS, i64::MAX))
            .map_err(problem::store)?;
        let then = entries.iter().find(|entry| entry.at <= self.as_of).ok_or_else(|| {
            let at = Moment::of(self.home, self.as_of);
            Problem::input("as_of", format!("{} was not on record at {at}", self.incident.code))
                .hint("name an instant after the incident was opened, or leave --as-of out")
        })?;
        let damaged = || Problem::ours("words", "the incident's registered words are damaged");
        let body: serde_json::Value = serde_json::from_str(&then.body).map_err(|_| damaged())?;
        let text = body.get("words").and_then(|words| words.as_str()).ok_or_else(damaged)?;
        let words = IncidentWords::parse(text).map_err(|error| damaged().caused_by(error))?;
        words.text(self.kind.language()).cloned().ok_or_else(damaged)
    }

    /// What the reports say that had been submitted, oldest first.
    fn submitted_before(&self, earlier: &[Filing]) -> Result<Vec<FilingFacts>> {
        let is_before = |filing: &&Filing| {
            filing.submitted.as_ref().is_some_and(|submitted| submitted.at < self.as_of)
        };
        let read = |filing: &Filing| {
            serde_json::from_str(&filing.new.facts).map_err(|error| {
                Problem::ours("filing", "a filing's facts are damaged").caused_by(error)
            })
        };
        earlier.iter().filter(is_before).map(read).collect()
    }

    fn counts(&self) -> Result<AsOf> {
        let read = self.home.store.read(|tx| tx.counts_as_of(self.incident.id, self.as_of));
        read.map_err(problem::store)
    }

    /// When and how; what is only suspected while nothing more is known.
    fn leak(&self, words: &IncidentText) -> Result<Leak> {
        let is_suspected = words.circumstances.is_empty();
        let (occurred, circumstances) = if is_suspected {
            (&words.suspected_occurred, &words.suspected_circumstances)
        } else {
            (&words.occurred, &words.circumstances)
        };
        Ok(Leak {
            occurred: occurred.clone(),
            circumstances: circumstances.clone(),
            is_suspected,
            external_access: self.external_access()?,
        })
    }

    fn external_access(&self) -> Result<Determined> {
        let all = self
            .home
            .store
            .read(|tx| tx.determinations(self.incident.id))
            .map_err(problem::store)?;
        let word = Trigger::ExternalAccess.to_string();
        let mut then =
            all.into_iter().rev().filter_map(|one| self.then(one, |row| row.recorded_at));
        // That it is so counts at once; that it is not takes two people.
        let counts = then.find(|one| one.row.trigger == word && (one.row.holds || one.is_agreed()));
        Ok(match counts.map(|one| one.row.holds) {
            Some(true) => Determined::Yes,
            Some(false) => Determined::No,
            None => Determined::Open,
        })
    }

    /// A decision as it stood then: with those who had agreed by then, or not at all.
    fn then<T>(
        &self,
        mut one: Recorded<T>,
        at: impl Fn(&T) -> DateTime<Utc>,
    ) -> Option<Recorded<T>> {
        one.agreed.retain(|agreement| agreement.at <= self.as_of);
        (at(&one.row) <= self.as_of).then_some(one)
    }

    fn revisions(&self, counts: &AsOf) -> Result<Vec<RevisionFacts>> {
        let read = self.home.store.read(|tx| tx.revisions(self.incident.id));
        let rows = read.map_err(problem::store)?;
        let mut found = Vec::with_capacity(counts.revisions.len());
        for count in &counts.revisions {
            let Some(row) = rows.iter().find(|row| row.no == count.no) else { continue };
            let adds = Adds::of(self.home, row)?;
            found.push(RevisionFacts {
                no: count.no,
                at: count.at,
                lines: count.lines,
                persons: count.persons,
                unresolved: count.unresolved,
                confirmed: adds.all_confirmed,
                possible: adds.all_possible,
            });
        }
        Ok(found)
    }

    /// Who knew what when, in the order it happened, with what counts for this report.
    fn knowledge(&self) -> Result<Vec<KnownFacts>> {
        let id = self.incident.id;
        let (mut times, all) = self
            .home
            .store
            .read(|tx| Ok((tx.knowledge_times(id)?, tx.selections(id)?)))
            .map_err(problem::store)?;
        times.retain(|time| time.recorded_at <= self.as_of);
        times.sort_by_key(|time| (time.at, time.no));
        let then: Vec<_> = all.into_iter().filter_map(|one| self.then(one, |row| row.at)).collect();
        let anchor = self.kind.anchor();
        let chosen = law::chosen(&times, &then);
        let chosen = chosen.iter().find(|one| one.anchor == anchor && one.revision.is_none());
        let chosen = chosen.map(|one| one.knowledge);
        let earliest = times.iter().find(|time| time.stands_for(anchor)).map(|time| time.no);
        let mark = |time: &KnowledgeTime| match (time.stands_for(anchor), chosen) {
            (false, _) => Mark::Other,
            (true, Some(no)) if no == time.no => Mark::Selected,
            (true, None) if earliest == Some(time.no) => Mark::Earliest,
            (true, _) => Mark::Candidate,
        };
        Ok(times.iter().map(|time| known(time, mark(time))).collect())
    }

    fn waves(&self, counts: &AsOf) -> Result<Vec<WaveFacts>> {
        let id = self.incident.id;
        let (waves, in_doubt) = self
            .home
            .store
            .read(|tx| Ok((tx.waves_of(id)?, tx.in_doubt_as_of(id, self.as_of)?)))
            .map_err(problem::store)?;
        let in_doubt: BTreeMap<WaveNo, u64> = in_doubt.into_iter().collect();
        let wave = |wave: &Wave| {
            let told = counts.told.iter().filter(|told| told.wave == wave.no);
            let in_doubt = in_doubt.get(&wave.no).copied().unwrap_or(0);
            self.wave(wave, told.collect(), in_doubt)
        };
        Ok(waves.iter().filter_map(wave).collect())
    }

    fn wave(&self, wave: &Wave, told: Vec<&ToldCount>, in_doubt: u64) -> Option<WaveFacts> {
        let released_at = wave.released_at.filter(|at| *at <= self.as_of)?;
        let was_closed = wave.closed_at.is_some_and(|at| at <= self.as_of);
        let is_cancelled = was_closed && wave.state == WaveState::Cancelled;
        let withdrawn = if is_cancelled { wave.withdrawn } else { 0 };
        let owed = u64::try_from(wave.counts.persons - withdrawn).unwrap_or(0);
        let told: Vec<ToldFacts> = told
            .into_iter()
            .map(|one| ToldFacts {
                rung: one.rung,
                how: one.how,
                persons: one.persons.unsigned_abs(),
            })
            .collect();
        let sum: u64 = told.iter().map(|one| one.persons).sum();
        Some(WaveFacts {
            no: wave.no,
            revision: wave.revision,
            released_at,
            is_cancelled,
            owed,
            left_out: u64::try_from(wave.counts.left_out).unwrap_or(0),
            told,
            in_doubt,
            open: owed.saturating_sub(sum).saturating_sub(in_doubt),
        })
    }
}

fn known(time: &KnowledgeTime, mark: Mark) -> KnownFacts {
    KnownFacts {
        no: time.no,
        at: time.at,
        who: time.who.clone(),
        what: time.what.clone(),
        evidence: time.evidence.clone(),
        anchors: time.anchors.iter().copied().collect(),
        revision: time.revision,
        mark,
    }
}

fn response(words: IncidentText) -> Response {
    let desk =
        ReliefDesk { name: words.desk.name, phone: words.desk.phone, hours: words.desk.hours };
    Response {
        self_help: words.self_help,
        measures: words.measures,
        relief: words.relief,
        rights: words.rights,
        desk,
    }
}
