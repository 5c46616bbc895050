//! Where the people of a case or claim are reached, by the registry as it was before it began and as it is now.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use simrecall_core::access::Purpose;
use simrecall_core::id::{AboutId, IncidentId, SnapshotNo, SubscriberId};
use simrecall_core::notice::Language;
use simrecall_core::replacement::told::{LATELY, Lately};
use simrecall_core::subscriber::{Service, SubscriberKind, is_child};
use simrecall_store::case_notice::{CaseChannel, Recipient};
use simrecall_store::permit::{Permit, PermitRequest};
use simrecall_store::registry::{SealedLine, SealedParty, Snapshot};
use simrecall_store::seal::IncidentKeys;
use zeroize::Zeroizing;

use super::{Address, Topic};
use crate::home::Home;
use crate::problem::{self, Result};
use crate::selfcheck::{is_held, unopened};

/// Rows that one case opens at most: a line, its holder, another who speaks for them and their line, in three snapshots.
const ROWS: u64 = 12;
/// Who opens them, as the journal names them.
const ACTOR: &str = "replacement";

/// Every address for each topic, under one permit.
pub(super) fn addresses(
    home: &Home,
    incident: IncidentId,
    topics: &[Topic],
) -> Result<BTreeMap<AboutId, Vec<Address>>> {
    let mut found: BTreeMap<AboutId, Vec<Address>> =
        topics.iter().map(|topic| (topic.of, Vec::new())).collect();
    let snapshots = home.store.read(|tx| tx.snapshots(incident))?;
    let ready: Vec<&Snapshot> = snapshots.iter().filter(|one| one.sha256.is_some()).collect();
    let Some(latest) = ready.iter().max_by_key(|one| one.no) else { return Ok(found) };
    let keys = home.keys.incident(incident).map_err(problem::keys)?;
    let count = u64::try_from(topics.len()).unwrap_or(u64::MAX);
    let mut permit = home.permit(&PermitRequest {
        purpose: Purpose::CustomerRequest,
        actor: ACTOR.to_owned(),
        incident: Some(incident),
        scope: "whom a case or claim is told about".to_owned(),
        fields: vec!["contact".to_owned()],
        rows: count.saturating_mul(ROWS),
    })?;
    let mut of: BTreeMap<SnapshotNo, Vec<&Topic>> = BTreeMap::new();
    for topic in topics {
        let (old, before) = snapshots_before(&ready, topic);
        for no in BTreeSet::from([latest.no]).into_iter().chain(old).chain(before) {
            let of_snapshot = of.entry(no).or_default();
            if !of_snapshot.iter().any(|one| one.of == topic.of) {
                of_snapshot.push(topic);
            }
        }
    }
    // Older snapshots first: what they say is not younger than the topic.
    let mut customers_then = BTreeSet::new();
    for (no, topics) in of {
        let book = Book::read(home, incident, no, &topics)?;
        for topic in topics {
            let known = found.entry(topic.of).or_default();
            let there = book.addresses(home, &keys, &mut permit, topic)?;
            let (old, before) = snapshots_before(&ready, topic);
            if old == Some(no) && book.holders.contains_key(&topic.person) {
                customers_then.insert(topic.of);
            }
            // Whoever was no customer three days before has changed nothing.
            let has_old = old != before && customers_then.contains(&topic.of);
            let is_younger = before.is_none_or(|before| no > before);
            add(known, there, (is_younger, before == Some(no) && has_old));
        }
    }
    Ok(found)
}

/// The snapshot of three days before a topic, or the oldest there is, and that of its beginning. Where the first is the second, nothing
/// is known of a change between them.
fn snapshots_before(
    ready: &[&Snapshot],
    topic: &Topic,
) -> (Option<SnapshotNo>, Option<SnapshotNo>) {
    let by = |at| ready.iter().filter(|one| one.as_of <= at).max_by_key(|one| one.no);
    let before = by(topic.since).map(|one| one.no);
    let oldest = ready.iter().filter(|one| one.as_of <= topic.since).min_by_key(|one| one.no);
    let old = by(topic.since - LATELY).or(oldest).map(|one| one.no);
    (old, before)
}

/// Adds what a snapshot says, as younger than its topic or not, and as changed in the three days before it or not.
fn add(known: &mut Vec<Address>, there: Vec<Address>, (is_younger, is_compared): (bool, bool)) {
    let same = |a: &Address, b: &Address| a.channel == b.channel && a.to == b.to;
    // At the application it was not there any more.
    if is_compared {
        for gone in known.iter_mut().filter(|one| !there.iter().any(|now| same(one, now))) {
            gone.lately = Lately::Went;
        }
    }
    for mut address in there {
        if known.iter().any(|one| same(one, &address)) {
            continue;
        }
        address.changed_since = is_younger;
        // A line's own number is no contact that somebody gave.
        if is_compared && address.channel != CaseChannel::Sms {
            address.lately = Lately::Came;
        }
        known.push(address);
    }
}

/// The people of some topics in one snapshot, sealed.
struct Book {
    holders: BTreeMap<SubscriberId, SealedParty>,
    others: BTreeMap<SubscriberId, SealedParty>,
}

impl Book {
    fn read(home: &Home, incident: IncidentId, no: SnapshotNo, topics: &[&Topic]) -> Result<Self> {
        let parties = |ids: Vec<SubscriberId>| -> Result<BTreeMap<SubscriberId, SealedParty>> {
            let found = home.store.read(|tx| tx.parties(incident, no, &ids))?;
            Ok(found.into_iter().map(|party| (party.subscriber.id, party)).collect())
        };
        let ids: BTreeSet<SubscriberId> = topics.iter().map(|topic| topic.person).collect();
        let holders = parties(ids.into_iter().collect())?;
        let others = holders.values().flat_map(|one| {
            [one.subscriber.guardian, one.subscriber.contact].into_iter().flatten()
        });
        let others: BTreeSet<SubscriberId> = others.collect();
        let others = parties(others.into_iter().collect())?;
        Ok(Self { holders, others })
    }

    fn addresses(
        &self,
        home: &Home,
        keys: &IncidentKeys,
        permit: &mut Permit,
        topic: &Topic,
    ) -> Result<Vec<Address>> {
        let now = home.now();
        let Some(party) = self.holders.get(&topic.person) else { return Ok(Vec::new()) };
        let holder = party.subscriber.open(permit, keys).map_err(unopened)?;
        let (mut found, mut masked): (Vec<Address>, String) = (Vec::new(), String::new());
        let own = party.lines.iter().rfind(|line| line.holding.line == topic.line);
        if let Some(line) = own {
            let number = line.open(permit, keys).map_err(unopened)?.record.msisdn;
            masked = number.masked();
            // Somebody else may have the number of a line that ended.
            if is_held(&line.holding, now) {
                let to = (CaseChannel::Sms, number.expose());
                found.extend(sms(home, to, (Recipient::Holder, holder.language)));
            }
        }
        let mail = holder.record.email.as_ref().map(|mail| mail.expose());
        found.extend(email(mail, (Recipient::Holder, holder.language)));
        let speaks = match holder.kind {
            SubscriberKind::Company => holder.contact.map(|id| (id, Recipient::Contact)),
            SubscriberKind::Person if is_child(&holder, now) => {
                holder.guardian.map(|id| (id, Recipient::Guardian))
            }
            SubscriberKind::Person => None,
        };
        if let Some((id, recipient)) = speaks
            && let Some(other) = self.others.get(&id)
        {
            let opened = other.subscriber.open(permit, keys).map_err(unopened)?;
            let mail = opened.record.email.as_ref().map(|mail| mail.expose());
            found.extend(email(mail, (recipient, opened.language)));
            if let Some(line) = voice(other, now) {
                let number = line.open(permit, keys).map_err(unopened)?.record.msisdn;
                let to = (CaseChannel::OtherSms, number.expose());
                found.extend(sms(home, to, (recipient, opened.language)));
            }
        }
        // Whom a notice is about: the line's own number, wherever it goes.
        for address in &mut found {
            address.line.clone_from(&masked);
        }
        Ok(found)
    }
}

/// A line somebody can read a message on now.
fn voice(party: &SealedParty, now: DateTime<Utc>) -> Option<&SealedLine> {
    let mut lines = party.lines.iter();
    lines.find(|line| line.service == Service::Voice && is_held(&line.holding, now))
}

fn sms(
    home: &Home,
    (channel, to): (CaseChannel, &str),
    (recipient, language): (Recipient, Language),
) -> Option<Address> {
    let to = Zeroizing::new(to.to_owned());
    let address = Address {
        channel,
        recipient,
        language,
        changed_since: false,
        lately: Lately::Stayed,
        to,
        line: String::new(),
    };
    home.config.replacement.courtesy_sms.then_some(address)
}

fn email(to: Option<&str>, (recipient, language): (Recipient, Language)) -> Option<Address> {
    let to = Zeroizing::new(to?.to_owned());
    let channel = CaseChannel::Email;
    Some(Address {
        channel,
        recipient,
        language,
        changed_since: false,
        lately: Lately::Stayed,
        to,
        line: String::new(),
    })
}
