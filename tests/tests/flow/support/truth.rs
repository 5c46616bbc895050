//! What the network says it took, from its own logs, and what the lists say of numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use simrecall_core::delivery::Rung;
use simrecall_core::id::{AttemptKey, TargetKey, WaveNo};
use simrecall_engine::Home;
use simrecall_gateway::sandbox::mail::{Logged, read_log};
use simrecall_gateway::sandbox::smsc::{SmscLine, read_lines};
use simrecall_store::seal::Field;

use super::{Taken, attempts};

/// The SMSC's own log, with numbers as the ledger knows them.
pub(crate) fn taken(home: &Home, log: &Path) -> Vec<Taken<[u8; 16]>> {
    let keys = home.keys.service().unwrap();
    let lines = read_lines(log).unwrap().into_iter();
    let taken = lines.filter_map(|line| match line {
        SmscLine::Submit { destination, reference, sha256, .. } => Some(Taken {
            destination: keys.blind(Field::Destination, &destination),
            reference: reference.expect("every message has a reference"),
            text: sha256,
        }),
        SmscLine::Refuse { .. } | SmscLine::Receipt { .. } | SmscLine::Acknowledge { .. } => None,
    });
    taken.collect()
}

/// Mails beyond the first one for each target and the flagged ones.
pub(crate) fn mails_doubled(home: &Home, wave: WaveNo, log: &Path) -> usize {
    let mut allowed: BTreeMap<TargetKey, usize> = BTreeMap::new();
    for attempt in attempts(home, wave).iter().filter(|a| a.intent.rung == Rung::Email) {
        let extra = usize::from(attempt.intent.resend);
        *allowed.entry(attempt.key.target).or_insert(1) += extra;
    }
    let mut mails: BTreeMap<TargetKey, usize> = BTreeMap::new();
    for line in read_log(log).unwrap() {
        if let Logged::Mail { message_id, .. } = line {
            // A mail has its target's name, whichever try it is.
            let (target, _) = message_id.split_once('@').unwrap();
            let first = AttemptKey::parse(&format!("{target}.t1")).unwrap();
            *mails.entry(first.target).or_default() += 1;
        }
    }
    let over = |(target, n): (&TargetKey, &usize)| {
        n.saturating_sub(allowed.get(target).copied().unwrap_or(0))
    };
    mails.iter().map(over).sum()
}

/// Numbers that changed hands after they were exposed: the line's old holder gave them up, somebody else has them.
pub(crate) fn recycled_numbers(home: &Home) -> BTreeSet<String> {
    let text = fs::read_to_string(home.dir.join("sample/lines.csv")).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let mut holders: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in &rows {
        holders.entry(row[2]).or_default().insert(row[1]);
    }
    let given_up = rows.iter().filter(|row| !row[7].is_empty() && holders[row[2]].len() > 1);
    given_up.map(|row| international(row[2])).collect()
}

/// A Korean number of the sample as networks write it.
pub(crate) fn international(typed: &str) -> String {
    format!("82{}", typed.replace('-', "").trim_start_matches('0'))
}
