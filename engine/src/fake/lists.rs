//! What filters and authorities get: lists of senders, hosts and phrases.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use simrecall_core::notice::matcher::hosts;
use simrecall_store::fake::Fake;

use super::CampaignAnswer;
use crate::problem::{self, Result};

/// What was written.
#[derive(Debug, Clone, Serialize)]
pub struct Handed {
    /// The folder.
    pub folder: PathBuf,
    /// How many reports it is made of.
    pub reports: usize,
    /// Senders in `senders.csv`.
    pub senders: usize,
    /// Hosts in `hosts.csv`.
    pub hosts: usize,
    /// Phrases in `phrases.csv`.
    pub phrases: usize,
}

/// How often something was seen, and when.
#[derive(Debug, Clone, Copy)]
struct Seen {
    times: usize,
    first: DateTime<Utc>,
    last: DateTime<Utc>,
}

pub(super) struct Lists<'a> {
    reports: usize,
    senders: BTreeMap<String, Seen>,
    hosts: BTreeMap<String, Seen>,
    phrases: Vec<(&'a str, &'a CampaignAnswer)>,
}

impl<'a> Lists<'a> {
    pub(super) fn of(fakes: &[Fake], campaigns: &'a [CampaignAnswer]) -> Self {
        let (mut senders, mut named) = (BTreeMap::new(), BTreeMap::new());
        for fake in fakes {
            if !fake.sender.is_empty() {
                count(&mut senders, fake.sender.clone(), fake.seen_at);
            }
            for host in hosts(&fake.text) {
                count(&mut named, host, fake.seen_at);
            }
        }
        let phrases = campaigns.iter().flat_map(|campaign| {
            campaign.phrases.iter().map(move |phrase| (phrase.as_str(), campaign))
        });
        Self { reports: fakes.len(), senders, hosts: named, phrases: phrases.collect() }
    }

    pub(super) fn write(&self, folder: &Path) -> Result<Handed> {
        std::fs::create_dir_all(folder).map_err(|error| problem::file(folder, error))?;
        let phrases = self.phrases.iter().map(|(phrase, campaign)| {
            let number = campaign.campaign.to_string();
            row(&[phrase, &number, &campaign.reports.to_string()])
        });
        let phrases = std::iter::once("phrase,campaign,reports\r\n".to_owned()).chain(phrases);
        let files = [
            ("senders.csv", seen("sender", &self.senders)),
            ("hosts.csv", seen("host", &self.hosts)),
            ("phrases.csv", phrases.collect()),
        ];
        for (name, text) in files {
            let path = folder.join(name);
            std::fs::write(&path, text).map_err(|error| problem::file(&path, error))?;
        }
        Ok(Handed {
            folder: folder.to_owned(),
            reports: self.reports,
            senders: self.senders.len(),
            hosts: self.hosts.len(),
            phrases: self.phrases.len(),
        })
    }
}

fn count(list: &mut BTreeMap<String, Seen>, name: String, at: DateTime<Utc>) {
    let seen = list.entry(name).or_insert(Seen { times: 0, first: at, last: at });
    *seen = Seen { times: seen.times + 1, first: seen.first.min(at), last: seen.last.max(at) };
}

/// A list with its header.
fn seen(what: &str, list: &BTreeMap<String, Seen>) -> String {
    let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let rows = list.iter().map(|(name, seen)| {
        row(&[name, &seen.times.to_string(), &time(seen.first), &time(seen.last)])
    });
    std::iter::once(format!("{what},reports,first_seen,last_seen\r\n")).chain(rows).collect()
}

/// A row as RFC 4180 has it.
fn row(cells: &[&str]) -> String {
    let quoted = cells.iter().map(|cell| {
        let plain = !cell.contains([',', '"', '\n', '\r']);
        if plain { (*cell).to_owned() } else { format!("\"{}\"", cell.replace('"', "\"\"")) }
    });
    format!("{}\r\n", quoted.collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_quoted_when_it_must_be() {
        assert_eq!(row(&["a", "b,c", "d\"e"]), "a,\"b,c\",\"d\"\"e\"\r\n");
    }
}
