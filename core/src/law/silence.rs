//! Times in which nobody of a country may be told.

use chrono::{DateTime, Utc};

use super::applies::{binds, in_force};
use super::candidates::Whose;
use super::{Block, Duty, Pack, PackSet, Rule, Scope, Situation};

/// The silences that hold now. Only rules whose text was read hold anything back.
pub fn blocks(packs: &PackSet, situation: &Situation, now: DateTime<Utc>) -> Vec<Block> {
    let mut found = Vec::new();
    for pack in in_force(packs, situation, None, now) {
        let silences = pack.verified().filter(|rule| rule.duty == Duty::Silence);
        let bound = silences.filter(|rule| binds(pack, rule, situation, None));
        found.extend(bound.filter_map(|rule| block(pack, rule, situation)));
    }
    found.retain(|block| block.holds(now));
    found
}

/// A silence begins when the breach is determined; its end is known once law enforcement is notified.
fn block(pack: &Pack, rule: &Rule, situation: &Situation) -> Option<Block> {
    let determined = situation.counting(pack.anchor, Whose::Incident).map(|known| known.at);
    let notified = situation.start(pack, rule, Whose::Incident).map(|start| start.at);
    let from = determined.into_iter().chain(notified).min()?;
    let ends = notified.and_then(|at| pack.due(rule, at));
    let until = ends.map(|end| situation.excused(rule, Scope::Incident).unwrap_or(end).max(end));
    Some(Block { rule: rule.id.clone(), country: pack.country.clone(), from, until })
}
