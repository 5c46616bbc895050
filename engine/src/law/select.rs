//! Choosing the knowledge time that an anchor's clocks count from.
//!
//! The earliest candidate counts until somebody chooses. A later one moves deadlines later, so it takes two people of
//! different roles; until the second agrees, clocks go on counting from where they did.

use serde::Serialize;
use simrecall_core::access::Act;
use simrecall_core::id::RevisionNo;
use simrecall_core::incident::{Incident, KnowledgeTime, Selection};
use simrecall_core::law::Anchor;
use simrecall_store::law::{About, Recorded};

use super::agree::{self, Decided};
use super::fact::{anchor, said};
use super::list::{ClockRow, rows};
use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::{incident, staff};

/// What legal staff choose.
#[derive(Debug, Clone, Copy)]
pub struct Choice<'a> {
    /// The anchor's name.
    pub anchor: &'a str,
    /// For the clocks of this revision only.
    pub revision: Option<i32>,
    /// The number of the knowledge time.
    pub knowledge: i32,
    /// Why.
    pub reason: &'a str,
}

/// A choice, and the clocks as they count now.
#[derive(Debug, Clone, Serialize)]
pub struct SelectAnswer {
    /// How far the choice has come.
    pub decided: Decided,
    /// What was chosen for.
    pub anchor: Anchor,
    /// The knowledge time.
    pub knowledge: KnowledgeTime,
    /// The anchor's clocks that count.
    pub clocks: Vec<ClockRow>,
}

/// Chooses, or agrees to what somebody else has chosen in the same words.
pub fn select(home: &Home, code: &str, choice: &Choice<'_>, by: &str) -> Result<SelectAnswer> {
    let incident = incident::by_code(home, code)?;
    let member = staff::may(home, by, Act::SelectClock)?;
    let anchor = anchor(choice.anchor)?;
    let revision = choice.revision.map(RevisionNo);
    let (times, all) = home
        .store
        .read(|tx| Ok((tx.knowledge_times(incident.id)?, tx.selections(incident.id)?)))
        .map_err(problem::store)?;
    let time = candidate(&times, &incident, choice, anchor)?.clone();
    let selection = Selection {
        anchor,
        revision,
        knowledge: choice.knowledge,
        reason: said("reason", choice.reason, "say why, for whoever asks in two years")?,
        by: member.id,
        at: home.now(),
    };
    let open = open(&all, &selection).filter(|_| is_later(&times, &selection));
    let before = open.map(|open| open.agreed.clone()).unwrap_or_default();
    let agreement = agree::agreement(home, &member, Act::SelectClock, &before)?;
    let body = serde_json::json!({
        "anchor": anchor, "revision": revision, "knowledge": choice.knowledge,
        "reason": selection.reason, "agrees_to": open.map(|open| open.no),
    });
    let actor = member.id.to_string();
    let entry = home.entry("clock.selected", &actor, Some(incident.id), body)?;
    let no = home.store.write(|tx| {
        let no = open.map_or_else(|| tx.select(incident.id, &selection), |open| Ok(open.no))?;
        tx.agree(incident.id, About::Selection, no, &agreement)?;
        tx.journal(&entry)?;
        Ok(no)
    });
    let no = no.map_err(agree::refused)?;
    answer(home, &incident, no, time)
}

/// Whether a selection counts: two people agreed, or it moves no deadline later.
pub(super) fn counts(times: &[KnowledgeTime], selection: &Recorded<Selection>) -> bool {
    selection.is_agreed() || !is_later(times, &selection.row)
}

/// Whether clocks would count from an earlier moment without it.
pub(super) fn is_later(times: &[KnowledgeTime], selection: &Selection) -> bool {
    let Some(chosen) = times.iter().find(|time| time.no == selection.knowledge) else {
        return true;
    };
    let standing = || times.iter().filter(|time| time.stands_for(selection.anchor));
    let own = |time: &&KnowledgeTime| time.revision == selection.revision;
    // A later revision that has times of its own counts from these alone; the first shares the incident's.
    let is_alone =
        selection.revision.is_some_and(|no| no.0 > 1) && standing().any(|time| own(&time));
    let among = |time: &&KnowledgeTime| match selection.revision {
        None => true,
        Some(_) => own(time) || (!is_alone && time.revision.is_none()),
    };
    let earliest = standing().filter(among).map(|time| time.at).min();
    earliest.is_some_and(|earliest| chosen.at > earliest)
}

/// For each anchor and revision, the newest choice that counts.
pub(crate) fn chosen<'a>(
    times: &[KnowledgeTime],
    all: &'a [Recorded<Selection>],
) -> Vec<&'a Selection> {
    let counting: Vec<&Selection> =
        all.iter().filter(|one| counts(times, one)).map(|one| &one.row).collect();
    let about = |row: &Selection| (row.anchor, row.revision);
    let is_newest = |place: usize, one: &Selection| {
        counting.iter().skip(place + 1).all(|later| about(later) != about(one))
    };
    let newest = counting.iter().enumerate().filter(|(place, one)| is_newest(*place, one));
    newest.map(|(_, one)| *one).collect()
}

/// For each anchor and revision, the newest choice if it waits for somebody of another role.
pub(crate) fn waiting<'a>(
    times: &[KnowledgeTime],
    all: &'a [Recorded<Selection>],
) -> Vec<&'a Recorded<Selection>> {
    let about = |one: &Recorded<Selection>| (one.row.anchor, one.row.revision);
    let is_newest = |place: usize, one: &Recorded<Selection>| {
        all.iter().skip(place + 1).all(|later| about(later) != about(one))
    };
    let newest = all.iter().enumerate().filter(|(place, one)| is_newest(*place, one));
    newest.map(|(_, one)| one).filter(|one| !counts(times, one)).collect()
}

/// The newest choice of the same that is still waiting for somebody.
fn open<'a>(all: &'a [Recorded<Selection>], new: &Selection) -> Option<&'a Recorded<Selection>> {
    let same = |row: &Selection| {
        (row.anchor, row.revision, row.knowledge) == (new.anchor, new.revision, new.knowledge)
    };
    let about = |row: &Selection| (row.anchor, row.revision) == (new.anchor, new.revision);
    let newest = all.iter().rev().find(|one| about(&one.row))?;
    (same(&newest.row) && !newest.is_agreed()).then_some(newest)
}

fn candidate<'a>(
    times: &'a [KnowledgeTime],
    incident: &Incident,
    choice: &Choice<'_>,
    anchor: Anchor,
) -> Result<&'a KnowledgeTime> {
    let hint = format!("its knowledge times: simrecall incident show {}", incident.code);
    let time = times.iter().find(|time| time.no == choice.knowledge).ok_or_else(|| {
        let what = format!("{} has no knowledge time {}", incident.code, choice.knowledge);
        Problem::input("knowledge", what).hint(hint.clone())
    })?;
    if !time.stands_for(anchor) {
        let what = format!("knowledge time {} is no candidate for {anchor}", time.no);
        return Err(Problem::input("knowledge", what).hint(hint));
    }
    if time.revision.is_some() && time.revision.map(|no| no.0) != choice.revision {
        let no = time.revision.map_or(0, |no| no.0);
        let what = format!("knowledge time {} is about what revision {no} added", time.no);
        return Err(Problem::input("knowledge", what).hint(format!("--revision {no} chooses it")));
    }
    Ok(time)
}

fn answer(home: &Home, incident: &Incident, no: i32, time: KnowledgeTime) -> Result<SelectAnswer> {
    let (times, all) = home
        .store
        .read(|tx| Ok((tx.knowledge_times(incident.id)?, tx.selections(incident.id)?)))
        .map_err(problem::store)?;
    let kept = all.iter().rev().find(|one| one.no == no);
    let kept = kept
        .ok_or_else(|| Problem::ours("law_state", "a selection is not there after it was made"))?;
    let anchor = kept.row.anchor;
    let counting = counts(&times, kept);
    let decided = agree::decided(home, no, counting, Act::SelectClock, &kept.agreed)?;
    let clocks = rows(home, incident)?.into_iter().filter(|row| row.counts && row.anchor == anchor);
    Ok(SelectAnswer { decided, anchor, knowledge: time, clocks: clocks.collect() })
}
