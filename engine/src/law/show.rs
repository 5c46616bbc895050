//! What the rule packs say.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::Serialize;
use simrecall_core::law::{Duty, Pack, Recipient};

use super::words;
use crate::home::Home;
use crate::problem::{Problem, Result};

/// Rule packs, and which statutes bind this carrier.
#[derive(Debug, Clone, Serialize)]
pub struct LawAnswer {
    /// The statutes an incident is judged by unless its file says otherwise.
    pub binding: BTreeSet<String>,
    /// The packs, by statute and version.
    pub packs: Vec<Pack>,
}

/// The packs: all, those of one statute or one of them; of these, all or those in force on a day.
pub fn show(home: &Home, pack: Option<&str>, on: Option<NaiveDate>) -> Result<LawAnswer> {
    let all = home.packs()?;
    let wanted =
        |one: &&Pack| pack.is_none_or(|name| one.id.as_str() == name || one.statute == name);
    let found: Vec<&Pack> = all.iter().filter(wanted).collect();
    if let (true, Some(name)) = (found.is_empty(), pack) {
        let known: Vec<&str> = all.iter().map(|pack| pack.id.as_str()).collect();
        return Err(Problem::input("pack", format!("no rule pack or statute is called {name}"))
            .detail(format!("packs: {}", known.join(", ")))
            .hint("packs of your own go into the folder that [law] packs names"));
    }
    let in_force = |one: &&Pack| on.is_none_or(|day| one.is_in_force(day));
    Ok(LawAnswer {
        binding: home.config.law.statutes.iter().cloned().collect(),
        packs: found.into_iter().filter(in_force).cloned().collect(),
    })
}

/// What a rule asks, in plain words.
pub fn duty_words(duty: Duty, to: &Recipient) -> String {
    words::duty(duty, to)
}

/// To whom it is owed, in plain words.
pub fn recipient_words(to: &Recipient) -> String {
    words::recipient(to)
}
