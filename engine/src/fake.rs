//! Fakes that people report: kept, put together by campaign, handed on to filters and authorities.
//!
//! Who reported one is never kept.

mod inbox;
mod lists;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::Serialize;
use simrecall_core::access::Act;
use simrecall_core::notice::matcher::{Campaign, Verdict, hosts, phrases};
use simrecall_store::fake::{Fake, NewFake};
use simrecall_store::{StoreError, Tx};

pub use inbox::{ReportAnswer, accept, dismiss, reports};
pub use lists::Handed;

use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::register::Register;
use crate::staff;

/// Bytes of a report at most.
const MOST: usize = 100_000;
/// Characters of a sender at most.
const SENDER: usize = 64;

/// A report.
#[derive(Clone, Copy)]
pub struct Report<'a> {
    /// What the message said.
    pub text: &'a str,
    /// The number or address it came from; empty if nobody knows.
    pub sender: &'a str,
    /// When it was seen.
    pub seen_at: DateTime<Utc>,
    /// The staff member who records it.
    pub by: &'a str,
}

impl fmt::Debug for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Report").field("by", &self.by).finish_non_exhaustive()
    }
}

/// A fake that was kept.
#[derive(Debug, Clone, Serialize)]
pub struct Added {
    /// Its number.
    pub no: i32,
    /// The number of the first fake of its campaign.
    pub campaign: i32,
    /// How many of that campaign there are now.
    pub reports: usize,
    /// The wave and wording of ours it is made after.
    pub after: Option<(i32, i32)>,
    /// The hosts it names.
    pub hosts: BTreeSet<String>,
}

/// A campaign: fakes of one wording.
#[derive(Clone, Serialize)]
pub struct CampaignAnswer {
    /// The number of its first fake.
    pub campaign: i32,
    /// How many were reported.
    pub reports: usize,
    /// When one was first seen.
    pub first_seen: DateTime<Utc>,
    /// When one was last seen.
    pub last_seen: DateTime<Utc>,
    /// Where they came from.
    pub senders: BTreeSet<String>,
    /// The hosts they name.
    pub hosts: BTreeSet<String>,
    /// What they have in common.
    pub phrases: Vec<String>,
}

/// What a stranger wrote is not shown in passing.
impl fmt::Debug for CampaignAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CampaignAnswer({}, {} reports)", self.campaign, self.reports)
    }
}

/// Keeps a fake and puts it to its campaign. A genuine text is refused.
pub fn add(home: &Home, report: &Report<'_>) -> Result<Added> {
    let member = staff::may(home, report.by, Act::ReportFake)?;
    let sender = sender(report.sender)?;
    let text = text(report.text)?;
    let now = home.now();
    if report.seen_at > now {
        return Err(Problem::input("seen_at", "it cannot have been seen in the future")
            .hint("write the time with its zone, such as 2025-09-12T10:00:00+09:00"));
    }
    let (seen_at, by) = (report.seen_at, member.id);
    let after = made_after(home, text)?;
    let new = NewFake { text: text.to_owned(), sender, seen_at, cluster: None, by, added_at: now };
    let campaign = Campaign::of(text);
    let known = home.store.read(|tx| tx.fakes()).map_err(problem::store)?;
    let alike = clusters_like(&campaign, &known);
    let last = known.last().map_or(0, |fake| fake.no);
    let actor = by.to_string();
    let entry = home.entry("fake.added", &actor, None, serde_json::json!({ "after": after }))?;
    let kept = home.store.write(|tx| {
        let no = tx.add_fake(&new)?;
        tx.journal(&entry)?;
        join(tx, no, (&campaign, &alike), last)
    });
    let (no, cluster, reports) = kept.map_err(problem::store)?;
    Ok(Added { no, campaign: cluster, reports, after, hosts: hosts(text) })
}

/// All campaigns, the one with most reports first.
pub fn list(home: &Home) -> Result<Vec<CampaignAnswer>> {
    let fakes = home.store.read(|tx| tx.fakes()).map_err(problem::store)?;
    Ok(campaigns(&fakes))
}

/// Writes `senders.csv`, `hosts.csv` and `phrases.csv` into a folder, for the spam filter and for KISA's 118.
pub fn export(home: &Home, out: &Path, by: &str) -> Result<Handed> {
    let member = staff::may(home, by, Act::ReportFake)?;
    let fakes = home.store.read(|tx| tx.fakes()).map_err(problem::store)?;
    let campaigns = campaigns(&fakes);
    let handed = lists::Lists::of(&fakes, &campaigns).write(out)?;
    let actor = member.id.to_string();
    let body = serde_json::json!({
        "reports": handed.reports, "senders": handed.senders, "hosts": handed.hosts, "phrases": handed.phrases,
    });
    let entry = home.entry("fake.exported", &actor, None, body)?;
    home.store.write(|tx| tx.journal(&entry)).map_err(problem::store)?;
    Ok(handed)
}

/// Where a message came from, in one form: hyphens and blanks of numbers left out.
fn sender(text: &str) -> Result<String> {
    let text = text.trim();
    let is_number = text.chars().all(|c| c.is_ascii_digit() || "+-() ".contains(c));
    let plain: String = if is_number {
        text.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect()
    } else {
        text.to_lowercase()
    };
    let fits = |c: char| c.is_alphanumeric() || "+-_.@#* ".contains(c);
    let starts = plain.chars().next().is_none_or(|c| c.is_alphanumeric() || "+#*".contains(c));
    if starts && plain.chars().count() <= SENDER && plain.chars().all(fits) {
        return Ok(plain);
    }
    Err(Problem::input("sender", "this is neither a number, a name nor a mail address")
        .hint("write what the handset showed as the sender; leave it away if nobody knows"))
}

fn text(text: &str) -> Result<&str> {
    let text = text.trim();
    if text.is_empty() || text.len() > MOST {
        return Err(Problem::input("text", "a report holds the message's text, up to 100 kB")
            .hint("put the message alone into the file"));
    }
    Ok(text)
}

/// The wording of ours a fake is made after; refuses a text that is ours.
fn made_after(home: &Home, text: &str) -> Result<Option<(i32, i32)>> {
    let register = Register::read(home)?;
    let (verdict, kept) = register.classify(text);
    let place = kept.map(|kept| (kept.new.wave.0, kept.new.no));
    match verdict {
        Verdict::Official { .. } => {
            let (wave, no) = place.unwrap_or_default();
            let what = format!("this is no fake: it is wording {no} of wave {wave}, word for word");
            Err(Problem::input("official", what).hint(
                "if it came from another number than ours, say so: simrecall register match FILE --sender NUMBER",
            ))
        }
        Verdict::Altered { .. } | Verdict::Link | Verdict::NotOurs => Ok(place),
    }
}

/// The clusters that hold a fake like this one.
fn clusters_like(campaign: &Campaign, fakes: &[Fake]) -> BTreeSet<i32> {
    let like = |fake: &&Fake| campaign.is_like(&Campaign::of(&fake.text));
    fakes.iter().filter(like).map(|fake| fake.cluster).collect()
}

/// Puts a new fake and all that it joins into the cluster with the lowest number; says which that is and how many it has.
fn join(
    tx: &mut Tx<'_>,
    no: i32,
    (campaign, alike): (&Campaign, &BTreeSet<i32>),
    last: i32,
) -> std::result::Result<(i32, i32, usize), StoreError> {
    let fakes = tx.fakes()?;
    // What others added meanwhile was not compared yet.
    let late: Vec<Fake> = fakes.iter().filter(|fake| fake.no > last).cloned().collect();
    let mut joined = clusters_like(campaign, &late);
    joined.extend(fakes.iter().filter(|fake| alike.contains(&fake.no)).map(|fake| fake.cluster));
    let lowest = joined.first().copied().unwrap_or(no);
    let mut reports = 0;
    for fake in fakes.iter().filter(|fake| joined.contains(&fake.cluster)) {
        reports += 1;
        if fake.cluster != lowest {
            tx.set_fake_cluster(fake.no, lowest)?;
        }
    }
    Ok((no, lowest, reports))
}

fn campaigns(fakes: &[Fake]) -> Vec<CampaignAnswer> {
    let mut clusters: BTreeMap<i32, Vec<&Fake>> = BTreeMap::new();
    for fake in fakes {
        clusters.entry(fake.cluster).or_default().push(fake);
    }
    let mut campaigns: Vec<_> = clusters.into_iter().map(answer).collect();
    campaigns.sort_by_key(|one| (std::cmp::Reverse(one.reports), one.campaign));
    campaigns
}

fn answer((campaign, fakes): (i32, Vec<&Fake>)) -> CampaignAnswer {
    let seen = || fakes.iter().map(|fake| fake.seen_at);
    let senders = fakes.iter().map(|fake| fake.sender.clone()).filter(|sender| !sender.is_empty());
    CampaignAnswer {
        campaign,
        reports: fakes.len(),
        first_seen: seen().min().unwrap_or_default(),
        last_seen: seen().max().unwrap_or_default(),
        senders: senders.collect(),
        hosts: fakes.iter().flat_map(|fake| hosts(&fake.text)).collect(),
        phrases: phrases(fakes.iter().map(|fake| fake.text.as_str())),
    }
}

#[cfg(test)]
mod tests;
