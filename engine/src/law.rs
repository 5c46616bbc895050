//! What the law asks of an incident, by when, and what people decided about it.
//!
//! Rules and clocks are core's; here they meet the rows: who knew what when, what was chosen, excused, determined and
//! done. Nothing here moves a deadline later but a decision that two people of different roles made.

mod acts;
pub(crate) mod agree;
mod complete;
mod determine;
mod done;
mod excuse;
mod fact;
mod list;
mod moment;
mod packs;
mod select;
mod show;
mod silence;
mod situation;
mod words;

pub mod hold;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use simrecall_core::id::RevisionNo;
use simrecall_core::incident::Incident;
use simrecall_core::law::{self, Block, Clock, Element, Rule, RuleId, Situation};
use simrecall_core::notice::NoticeKind;

pub use agree::Decided;
pub use determine::{DetermineAnswer, Finding, determine};
pub use done::{ActAnswer, NewAct, record as record_act};
pub use excuse::{ExcuseAnswer, NewExcuse, excuse};
pub use fact::{FactAnswer, NewFact, add as add_fact};
pub use list::{ClockList, ClockRow, Done, WaitingChoice, list};
pub use moment::Moment;
pub use packs::load as load_packs;
pub use select::{Choice, SelectAnswer, select};
pub use show::{LawAnswer, duty_words, recipient_words, show};
pub use silence::{NewDecision, SilenceAnswer, SilenceRow, decide as decide_silence};
pub use simrecall_store::law::BlockChange as Change;

pub(crate) use fact::{anchors, said};
pub(crate) use moment::check as check_moment;
pub(crate) use packs::check as check_statutes;
pub(crate) use select::{chosen, waiting as waiting_selections};
pub(crate) use silence::words as silence_words;
pub(crate) use situation::statutes;

use crate::home::Home;
use crate::problem::{Problem, Result};

/// All that is true of an incident, as the law looks at it now.
pub(crate) fn situation(home: &Home, incident: &Incident) -> Result<Situation> {
    situation::of(home, home.packs()?, incident, home.now())
}

/// Every clock of an incident, those that do not count too.
pub(crate) fn clocks(home: &Home, incident: &Incident) -> Result<Vec<Clock>> {
    let (packs, now) = (home.packs()?, home.now());
    let situation = situation::of(home, packs, incident, now)?;
    silence::clocks(home, packs, incident, &situation, now)
}

/// The silences that hold at a moment: people of these countries must not be told.
pub(crate) fn blocks(home: &Home, incident: &Incident, now: DateTime<Utc>) -> Result<Vec<Block>> {
    silence::blocks(home, incident, now)
}

/// What the incident's statutes ask a kind of notice to say, and which rules do; of what a revision added, or of the whole.
pub(crate) fn asked_elements(
    home: &Home,
    incident: &Incident,
    revision: Option<RevisionNo>,
    kind: NoticeKind,
) -> Result<BTreeMap<Element, Vec<RuleId>>> {
    let (packs, now) = (home.packs()?, home.now());
    let situation = situation::of(home, packs, incident, now)?;
    Ok(law::elements_of(packs, &situation, revision, kind, now))
}

/// A rule of one of the incident's statutes, by its name.
fn rule(home: &Home, incident: &Incident, name: &str) -> Result<Rule> {
    let packs = home.packs()?;
    let statutes = statutes(home, incident.id)?;
    let wanted = RuleId::new(name.trim());
    let found = packs.rules(&wanted).filter(|(pack, _)| statutes.contains(&pack.statute));
    found.last().map(|(_, rule)| rule.clone()).ok_or_else(|| {
        Problem::input("rule", format!("{name} is no rule of {}", incident.code))
            .hint(format!("its rules: simrecall clock list --incident {}", incident.code))
    })
}
