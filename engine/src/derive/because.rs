//! Why a line is in: what is sealed with it, for those who may ask later.

use serde::{Deserialize, Serialize};
use simrecall_core::cohort::FactSet;
use simrecall_core::derive::Micros;

use super::ask::Ask;
use super::line::Found;
use crate::problem::{Problem, Result};

/// Reasons kept of one line.
const MOST: usize = 16;

/// What is sealed with an exposure. Personal: only ever serialised into a sealed record, or into an answer under a permit.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Record {
    /// The device the line was in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) imei: Option<String>,
    /// Why the line is in: first the earliest reason for each fact, then the others, earliest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) because: Vec<Reason>,
    /// How many more reasons there were.
    #[serde(default)]
    pub(crate) more: u64,
}

/// One reason.
#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Reason {
    /// The line's card was at a rogue cell.
    Met {
        /// By which leak rule.
        rule: String,
        /// The cell.
        cell: String,
        /// From when.
        from: Micros,
        /// Until when.
        to: Micros,
        /// In which device, if a record says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        imei: Option<String>,
    },
    /// A payment of the line is a loss.
    Lost {
        /// By which loss rule.
        rule: String,
        /// When it was made.
        at: Micros,
        /// How much, in won.
        amount_won: u64,
        /// How it was proven.
        method: String,
    },
}

impl std::fmt::Debug for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reason(***)")
    }
}

impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Record(***)")
    }
}

impl Record {
    /// The reasons for what the first rule set found.
    pub(super) fn of(ask: &Ask<'_>, found: &Found) -> Self {
        let mut reasons = reasons(ask, found);
        reasons.sort_by_key(|(at, ..)| *at);
        let imei = reasons.iter().find_map(|(_, _, reason)| reason.imei());
        let mut said = FactSet::EMPTY;
        let (mut first, mut rest) = (Vec::new(), Vec::new());
        for (_, facts, reason) in reasons {
            let list = if facts.minus(said).is_empty() { &mut rest } else { &mut first };
            list.push(reason);
            said = said.union(facts);
        }
        first.append(&mut rest);
        let more = u64::try_from(first.len().saturating_sub(MOST)).unwrap_or(u64::MAX);
        first.truncate(MOST);
        Self { imei, because: first, more }
    }

    /// As it is sealed.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self).map_err(|error| {
            Problem::ours("exposure", "an exposure cannot be written down").caused_by(error)
        })
    }

    /// A record that was opened.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self> {
        serde_json::from_slice(bytes).map_err(|_| {
            // What serde says of it may quote it.
            Problem::ours("exposure", "the sealed record of an exposure cannot be read")
        })
    }
}

impl Reason {
    fn imei(&self) -> Option<String> {
        match self {
            Self::Met { imei, .. } => imei.clone(),
            Self::Lost { .. } => None,
        }
    }
}

/// Every reason with its moment and what it says.
fn reasons(ask: &Ask<'_>, found: &Found) -> Vec<(Micros, FactSet, Reason)> {
    let rules = ask.rules(0);
    let met = found.met.iter().filter_map(|met| {
        let rule = rules?.leak_rule(met.encounter.rule)?.id.clone();
        let cell = ask.windows.get(met.encounter.window)?.cell.clone();
        let span = met.encounter.span;
        let imei = met.device.digits();
        let reason = Reason::Met { rule, cell, from: span.from, to: span.to, imei };
        Some((span.from, ask.leaks(0, &met.encounter), reason))
    });
    let lost = found.lost.iter().filter_map(|(no, paid)| {
        let rule = rules?.loss_rule(*no)?.id.clone();
        let method = ask.methods.word(paid.method)?.to_owned();
        let reason = Reason::Lost { rule, at: paid.at, amount_won: paid.amount_won, method };
        Some((paid.at, ask.lost(0, *no), reason))
    });
    met.chain(lost).collect()
}
