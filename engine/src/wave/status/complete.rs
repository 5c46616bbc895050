//! How many people are legally complete, by how; and what the others wait for.

use std::collections::BTreeSet;

use serde::Serialize;
use simrecall_core::delivery::Terminal;
use simrecall_core::id::SubscriberId;
use simrecall_core::wave::LeftOutReason;
use simrecall_store::BucketRange;
use simrecall_store::ledger::Wave;

use super::open::{Open, open};
use crate::home::Home;
use crate::problem::{self, Result};
use crate::{posting, suppression};

/// A wave's headline.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Headline {
    /// People who are owed this wave's notice, those left out for a legal reason among them.
    pub persons: i64,
    /// Of those, how many ended in a state the law knows.
    pub complete: i64,
    /// It reached a handset, a mailbox or a door.
    pub delivered: i64,
    /// It was mailed and did not come back within the bounce window.
    pub mailed: i64,
    /// It was handed to the post.
    pub lettered: i64,
    /// It stands on a public posting with a recorded ground, each day of it proven so far.
    pub published: i64,
    /// There is a legal reason to tell them nothing.
    pub suppressed: i64,
    /// What all others wait for.
    pub open: Open,
}

/// A wave's headline, from the rows.
pub(super) fn headline(home: &Home, wave: &Wave) -> Result<Headline> {
    let told = super::super::told(home, wave)?;
    let suppressed = suppressed(home, wave)?;
    let mut headline = Headline {
        persons: wave.counts.persons - wave.withdrawn + suppressed.planned,
        suppressed: suppressed.planned + suppressed.untold,
        ..Headline::default()
    };
    let mut posted = 0;
    for count in &told {
        match count.how {
            Terminal::Delivered => headline.delivered += count.persons,
            Terminal::Mailed => headline.mailed += count.persons,
            Terminal::Lettered => headline.lettered += count.persons,
            Terminal::Published => posted += count.persons,
            // Whoever is told nothing has no attempt.
            Terminal::Suppressed => {}
        }
    }
    let sound = posted > 0 && posting::is_sound(home, wave, home.now())?;
    headline.published = if sound { posted } else { 0 };
    headline.complete = headline.delivered
        + headline.mailed
        + headline.lettered
        + headline.published
        + headline.suppressed;
    headline.open = open(home, wave, &suppressed.people)?;
    headline.open.posting_unproven = posted - headline.published;
    headline.open.fit(headline.persons - headline.complete);
    Ok(headline)
}

/// The people of a wave who must be told nothing.
#[derive(Debug, Default)]
struct Suppressed {
    people: BTreeSet<SubscriberId>,
    /// Those the plan left out.
    planned: i64,
    /// Those who had a notice coming when it was decided.
    untold: i64,
}

fn suppressed(home: &Home, wave: &Wave) -> Result<Suppressed> {
    let people = suppression::suppressed(home, wave.incident, BucketRange::ALL)?;
    let mut found = Suppressed::default();
    for person in &people {
        let (notices, left_out) = home
            .store
            .read(|tx| {
                let range = BucketRange::one(person.bucket());
                Ok((tx.person_history(wave.incident, *person)?, tx.left_out_of(wave.no, range)?))
            })
            .map_err(problem::store)?;
        let notice = notices.iter().find(|notice| notice.wave == wave.no);
        let mut targets = notice.iter().flat_map(|notice| &notice.targets);
        let is_told = targets.any(|target| target.role.is_primary() && target.is_told());
        let reason = LeftOutReason::Suppressed.code();
        found.untold += i64::from(notice.is_some() && !is_told);
        let is_left = left_out.iter().any(|line| line.person == *person && line.reason == reason);
        found.planned += i64::from(notice.is_none() && is_left);
    }
    found.people = people;
    Ok(found)
}
