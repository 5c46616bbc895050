//! What leaked of somebody, by the latest revision that a released wave told.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use simrecall_core::access::{Capacity, Unlock};
use simrecall_core::cohort::{Exposure, FactSet};
use simrecall_core::id::{LineId, RevisionNo};
use simrecall_core::identity::mask_unparsed;
use simrecall_core::law::Block;
use simrecall_core::selfcheck::{self, Known as Facts, Seen, Standing};
use simrecall_store::registry::{SealedLine, SealedParty};
use simrecall_store::selfcheck::{Released, ToldHere};
use simrecall_store::session::SessionId;

use super::door::Door;
use super::session::{Known, Visit};
use super::shown::{Answer, AnswerLine, Changed};
use super::who::unopened;
use crate::law;
use crate::notice::names;
use crate::problem::{Problem, Result};

/// The items a revision touched, for whomever; they are asked of the database once for each revision.
#[derive(Debug, Default)]
pub(crate) struct TouchedItems(Mutex<Option<(RevisionNo, FactSet)>>);

/// Sessions that were told of a change are told again while they last: at most so many are remembered.
const REMEMBERED: usize = 10_000;

/// What was said to be another thing than before, for as long as a session lasts.
#[derive(Debug, Default)]
pub(crate) struct Remembered(Mutex<VecDeque<(SessionId, Changed)>>);

impl Remembered {
    fn keep(&self, session: SessionId, changed: Changed) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(other, _)| *other != session);
        if kept.len() >= REMEMBERED {
            kept.pop_front();
        }
        kept.push_back((session, changed));
    }

    fn of(&self, session: SessionId) -> Option<Changed> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|(other, _)| *other == session).map(|(_, changed)| *changed)
    }
}

impl Door {
    /// What leaked of whoever proved who they are. That it was asked is in the journal, not what came of it.
    pub fn answer(&self, visit: &Visit) -> Result<Answer> {
        let Released { revision, at: as_of } = self.published()?.ok_or_else(unpublished)?;
        let mut answer = Answer {
            standing: Standing::NotOurs,
            as_of,
            revision: revision.0,
            lines: Vec::new(),
            not_leaked: Vec::new(),
            told_since: None,
            changed: None,
            may: Vec::new(),
            incident_reference: self.inner.code.clone(),
        };
        let touched = self.touched(revision)?;
        if visit.known.is_none() {
            return Ok(answer);
        }
        let known = visit.asked(Unlock::Items)?;
        let exposures = self.exposures(known, revision)?;
        let lines: Vec<FactSet> = exposures.iter().map(|one| one.facts).collect();
        let is_silent = self.is_silent(known)?;
        let facts = Facts { revision, is_ours: true, is_silent, lines: &lines };
        let seen = selfcheck::seen(&facts);
        answer.standing = seen.standing;
        answer.changed = self.changed(visit, known, &seen)?;
        if seen.standing.names_items() {
            let open = Unlock::ALL.into_iter().filter(|one| visit.may(*one));
            answer.may = open.map(Unlock::name).collect();
            answer.not_leaked = names(selfcheck::not_leaked(touched, &seen));
            answer.lines = self.answer_lines(visit, known, &exposures)?;
            answer.told_since = self.told_since(known)?;
        }
        Ok(answer)
    }

    /// What a revision says of their lines.
    pub(crate) fn exposures(&self, known: &Known, revision: RevisionNo) -> Result<Vec<Exposure>> {
        let (incident, person) = (self.inner.incident, known.person);
        let mut found =
            self.inner.home.store.read(|tx| tx.exposures_of(incident, revision, person))?;
        found.retain(|one| !one.facts.is_empty() && known.line.is_none_or(|line| one.line == line));
        Ok(found)
    }

    fn answer_lines(
        &self,
        visit: &Visit,
        known: &Known,
        exposures: &[Exposure],
    ) -> Result<Vec<AnswerLine>> {
        let wanted: Vec<(LineId, _)> =
            exposures.iter().map(|one| (one.line, one.exposed_at)).collect();
        let numbers = self.numbers(known, |lines| {
            let at = |(line, at): &(LineId, _)| held_then(lines, *line, *at);
            wanted.iter().filter_map(at).collect()
        })?;
        let moment = visit.may(Unlock::Moment);
        let line = |one: &Exposure| AnswerLine {
            line: one.line,
            number: numbers.get(&one.line).cloned().unwrap_or_else(unknown_number),
            confirmed: names(one.facts.confirmed()),
            possible: names(one.facts.possible()),
            moment: moment.then_some(one.exposed_at),
        };
        Ok(exposures.iter().map(line).collect())
    }

    /// The masked numbers of those lines of theirs that are chosen, opened under one permit.
    pub(crate) fn numbers(
        &self,
        known: &Known,
        choose: impl Fn(&[SealedLine]) -> Vec<&SealedLine>,
    ) -> Result<BTreeMap<LineId, String>> {
        let mut permit = self.permit("the numbers of somebody's own lines")?;
        let Some(party) = self.party(known)? else { return Ok(BTreeMap::new()) };
        let open = |line: &SealedLine| {
            let held = line.open(&mut permit, &self.inner.keys).map_err(unopened)?;
            Ok((held.line, held.record.msisdn.masked()))
        };
        choose(&party.lines).into_iter().map(open).collect()
    }

    /// Them with their lines, closed.
    pub(crate) fn party(&self, known: &Known) -> Result<Option<SealedParty>> {
        let Some(snapshot) = self.snapshot()? else { return Ok(None) };
        Ok(self.parties(snapshot.no, &[known.person])?.into_iter().next())
    }

    /// Whether nothing may be said to them here: a suppression that counts, or their country's law.
    pub(crate) fn is_silent(&self, known: &Known) -> Result<bool> {
        let (incident, person) = (self.inner.incident, known.person);
        if !self.inner.home.store.read(|tx| tx.suppressions_of(incident, person))?.is_empty() {
            return Ok(true);
        }
        let now = self.now();
        let incident = self.incident()?;
        let blocks: Vec<Block> = law::blocks(&self.inner.home, &incident, now)?;
        let home = &self.inner.home.config.law.country;
        let country = self.party(known)?.map(|party| party.subscriber.country).unwrap_or_default();
        let theirs = if country.is_empty() { home } else { &country };
        Ok(blocks.iter().any(|block| block.holds(now) && block.country == *theirs))
    }

    /// Refuses whoever is told to call instead of being answered: what they ask for, a person looks at. What they asked for
    /// before they may take back.
    pub(crate) fn serves(&self, known: &Known) -> Result<()> {
        if !self.is_silent(known)? {
            return Ok(());
        }
        Err(Problem::state("please_call", "this cannot be done here")
            .hint("call us; staff do it with you"))
    }

    /// What this page said before, if it says something else now; what it says now is kept for the next time.
    fn changed(&self, visit: &Visit, known: &Known, now: &Seen) -> Result<Option<Changed>> {
        let (incident, subject) = (self.inner.incident, known.subject());
        let before = self.inner.home.store.read(|tx| tx.told_here(incident, subject))?;
        let changed = before.and_then(|ToldHere { seen, at }| {
            let change = selfcheck::changed(&seen, now)?;
            let Seen { revision, standing, .. } = change.before;
            Some(Changed { at, revision: revision.0, standing })
        });
        if let Some(changed) = changed {
            self.inner.remembered.keep(visit.id, changed);
        }
        if changed.is_some() || before.is_none_or(|before| before.seen.revision != now.revision) {
            let told = ToldHere { seen: *now, at: self.now() };
            self.inner.home.store.write(|tx| tx.tell_here(incident, subject, &told))?;
        }
        Ok(changed.or_else(|| self.inner.remembered.of(visit.id)))
    }

    fn touched(&self, revision: RevisionNo) -> Result<FactSet> {
        let mut kept = self.inner.touched.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, touched)) = *kept
            && of == revision
        {
            return Ok(touched);
        }
        let touched = self.inner.home.store.read(|tx| tx.touched(self.inner.incident, revision))?;
        *kept = Some((revision, touched));
        Ok(touched)
    }

    /// When the first notice reached them, if one did.
    fn told_since(&self, known: &Known) -> Result<Option<DateTime<Utc>>> {
        match known.proven.capacity {
            Capacity::LineUser => Ok(None),
            Capacity::Holder | Capacity::Guardian | Capacity::Company => {
                super::notices::told_since(self, known)
            }
        }
    }
}

/// The line as it was held then; as it was held last, if the snapshot does not know.
fn held_then(lines: &[SealedLine], line: LineId, at: DateTime<Utc>) -> Option<&SealedLine> {
    let of = || lines.iter().filter(move |held| held.holding.line == line);
    let then = of().find(|held| super::who::is_held(&held.holding, at));
    then.or_else(|| of().max_by_key(|held| held.holding.held_from))
}

fn unknown_number() -> String {
    mask_unparsed("")
}

/// Nobody was told anything yet, so nothing is said here either.
pub(crate) fn unpublished() -> Problem {
    Problem::state("not_published", "the list is still being made").hint("ask again later")
}
