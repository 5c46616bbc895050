//! Silence: an agency may want it longer, an urgent need may end it. Both are decisions with an author and a reason.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::Serialize;
use simrecall_core::access::Act;
use simrecall_core::incident::Incident;
use simrecall_core::law::{self, Block, Clock, ClockState, Duty, PackSet, Situation};
use simrecall_store::law::{About, BlockChange, BlockDecision, Recorded};

use super::agree::{self, Decided};
use super::fact::said;
use super::moment::Moment;
use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::{incident, staff};

/// Why people of a country are not told yet, and until when.
pub(crate) fn words(block: &Block, zone: Tz) -> String {
    match block.until {
        Some(until) => {
            let until = until.with_timezone(&zone).format("%Y-%m-%d %H:%M %:z");
            format!("{} forbids it until {until}", block.rule)
        }
        None => format!("{} forbids it, without end until law enforcement was told", block.rule),
    }
}

/// A silence, as answers show it.
#[derive(Debug, Clone, Serialize)]
pub struct SilenceRow {
    /// The rule.
    pub rule: String,
    /// People of which country it covers.
    pub country: String,
    /// From when.
    pub from: Moment,
    /// When people may be told; none while that is not known.
    pub until: Option<Moment>,
    /// Whether it holds now.
    pub holds: bool,
}

/// A decision about a silence, and what is silent now.
#[derive(Debug, Clone, Serialize)]
pub struct SilenceAnswer {
    /// How far it has come.
    pub decided: Decided,
    /// What is silent now.
    pub silences: Vec<SilenceRow>,
}

/// What is to be changed about a silence.
#[derive(Debug, Clone, Copy)]
pub struct NewDecision<'a> {
    /// The rule that asks for it.
    pub rule: &'a str,
    /// Longer, or over.
    pub change: BlockChange,
    /// Until when it is extended, if the agency said.
    pub until: Option<DateTime<Utc>>,
    /// Why, and on whose word.
    pub reason: &'a str,
}

/// Decides, or agrees to what somebody else has decided in the same words. Longer counts at once; over takes two.
pub fn decide(home: &Home, code: &str, new: &NewDecision<'_>, by: &str) -> Result<SilenceAnswer> {
    let incident = incident::by_code(home, code)?;
    let member = staff::may(home, by, Act::SelectClock)?;
    let rule = super::rule(home, &incident, new.rule)?;
    if rule.duty != Duty::Silence {
        return Err(Problem::input("rule", format!("{} asks for no silence", rule.id))
            .hint("clock list names the rules that do"));
    }
    if new.change == BlockChange::Extend && new.until.is_none() {
        return Err(Problem::input("until", "a longer silence has an end")
            .hint("--until is the day the agency named; it can name another one later"));
    }
    let record = BlockDecision {
        rule: rule.id,
        change: new.change,
        until: new.until,
        reason: said("reason", new.reason, "say why, and on whose word")?,
        by: member.id,
        at: home.now(),
    };
    let all = home.store.read(|tx| tx.block_decisions(incident.id)).map_err(problem::store)?;
    let open = all.iter().rev().find(|one| !counts(one) && is_same(&one.row, &record));
    let before = open.map(|open| open.agreed.clone()).unwrap_or_default();
    let agreement = agree::agreement(home, &member, Act::SelectClock, &before)?;
    let actor = member.id.to_string();
    let (kind, body) = (
        kind(new.change),
        serde_json::json!({
            "rule": record.rule, "until": record.until, "reason": record.reason,
            "agrees_to": open.map(|open| open.no),
        }),
    );
    let entry = home.entry(kind, &actor, Some(incident.id), body)?;
    let no = home.store.write(|tx| {
        let no = open.map_or_else(|| tx.decide_block(incident.id, &record), |open| Ok(open.no))?;
        tx.agree(incident.id, About::BlockDecision, no, &agreement)?;
        tx.journal(&entry)?;
        Ok(no)
    });
    answer(home, &incident, no.map_err(agree::refused)?)
}

/// The silences that hold at a moment, without those that were lifted.
pub(super) fn blocks(home: &Home, incident: &Incident, now: DateTime<Utc>) -> Result<Vec<Block>> {
    let packs = home.packs()?;
    let situation = super::situation::before_telling(home, packs, incident, now)?;
    let all = home.store.read(|tx| tx.block_decisions(incident.id)).map_err(problem::store)?;
    let mut blocks = law::blocks(packs, &situation, now);
    blocks.retain(|block| !is_lifted(&all, block, now));
    Ok(blocks)
}

/// Every clock; what a lifted silence had blocked runs on.
pub(super) fn clocks(
    home: &Home,
    packs: &PackSet,
    incident: &Incident,
    situation: &Situation,
    now: DateTime<Utc>,
) -> Result<Vec<Clock>> {
    let all = home.store.read(|tx| tx.block_decisions(incident.id)).map_err(problem::store)?;
    let blocks = law::blocks(packs, situation, now);
    let lifted: Vec<&Block> = blocks.iter().filter(|block| is_lifted(&all, block, now)).collect();
    let mut clocks = law::clocks(packs, situation, now);
    for clock in clocks.iter_mut().filter(|clock| matches!(clock.state, ClockState::Blocked { .. }))
    {
        let country = packs.iter().find(|pack| pack.id == clock.pack).map(|pack| &pack.country);
        if lifted.iter().any(|block| Some(&block.country) == country) {
            clock.state = unblocked(clock, now);
        }
    }
    Ok(clocks)
}

/// How a clock stands that nothing blocks any more.
fn unblocked(clock: &Clock, now: DateTime<Utc>) -> ClockState {
    match (clock.duty, clock.from, clock.due) {
        (Duty::Silence, ..) => ClockState::Met { at: now, spare: None },
        (_, None, _) => ClockState::NotStarted,
        (_, Some(_), None) => ClockState::Open,
        (_, Some(_), Some(due)) if now > due => ClockState::Late { by: now - due, done: None },
        (_, Some(_), Some(due)) => ClockState::Running { left: due - now },
    }
}

/// Whether the last decision about a silence that counts has ended it.
fn is_lifted(all: &[Recorded<BlockDecision>], block: &Block, now: DateTime<Utc>) -> bool {
    let about = |one: &&Recorded<BlockDecision>| {
        one.row.rule == block.rule && one.row.at <= now && counts(one)
    };
    let last = all.iter().rev().find(about);
    last.is_some_and(|one| one.row.change == BlockChange::Lift)
}

/// Whether a decision counts: more silence does at once.
pub(super) fn counts(decision: &Recorded<BlockDecision>) -> bool {
    match decision.row.change {
        BlockChange::Extend => true,
        BlockChange::Lift => decision.is_agreed(),
    }
}

/// A silence, as answers show it.
pub(super) fn row(home: &Home, block: &Block) -> SilenceRow {
    SilenceRow {
        rule: block.rule.to_string(),
        country: block.country.clone(),
        from: Moment::of(home, block.from),
        until: block.until.map(|until| Moment::of(home, until)),
        holds: block.holds(home.now()),
    }
}

fn answer(home: &Home, incident: &Incident, no: i32) -> Result<SilenceAnswer> {
    let all = home.store.read(|tx| tx.block_decisions(incident.id)).map_err(problem::store)?;
    let kept = all.iter().find(|one| one.no == no);
    let kept = kept
        .ok_or_else(|| Problem::ours("law_state", "a decision is not there after it was made"))?;
    let blocks = super::blocks(home, incident, home.now())?;
    Ok(SilenceAnswer {
        decided: agree::decided(home, no, counts(kept), Act::SelectClock, &kept.agreed)?,
        silences: blocks.iter().map(|block| row(home, block)).collect(),
    })
}

fn is_same(one: &BlockDecision, other: &BlockDecision) -> bool {
    (&one.rule, one.change, one.until) == (&other.rule, other.change, other.until)
}

const fn kind(change: BlockChange) -> &'static str {
    match change {
        BlockChange::Extend => "clock.extended",
        BlockChange::Lift => "clock.lifted",
    }
}
