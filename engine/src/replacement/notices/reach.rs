//! Where the people of a case or claim are reached, by the registry as it was before it began and as it is now.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use simrecall_core::access::Purpose;
use simrecall_core::id::{AboutId, IncidentId, SnapshotNo, SubscriberId};
use simrecall_core::notice::Language;
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

/// Rows that one case opens at most: a line, its holder, another who speaks for them and their line, in two snapshots.
const ROWS: u64 = 8;
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
        let before = ready.iter().filter(|one| one.as_of <= topic.since).max_by_key(|one| one.no);
        for no in BTreeSet::from([latest.no]).into_iter().chain(before.map(|one| one.no)) {
            let of_snapshot = of.entry(no).or_default();
            if !of_snapshot.iter().any(|one| one.of == topic.of) {
                of_snapshot.push(topic);
            }
        }
    }
    // Older snapshots first: what they say is not younger than the topic.
    for (no, topics) in of {
        let as_of = ready.iter().find(|one| one.no == no).map_or(home.now(), |one| one.as_of);
        let book = Book::read(home, incident, no, &topics)?;
        for topic in topics {
            let known = found.entry(topic.of).or_default();
            let changed_since = as_of > topic.since;
            for mut address in book.addresses(home, &keys, &mut permit, topic)? {
                address.changed_since = changed_since;
                let same = |one: &Address| one.channel == address.channel && one.to == address.to;
                if !known.iter().any(same) {
                    known.push(address);
                }
            }
        }
    }
    Ok(found)
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
    let address =
        Address { channel, recipient, language, changed_since: false, to, line: String::new() };
    home.config.replacement.courtesy_sms.then_some(address)
}

fn email(to: Option<&str>, (recipient, language): (Recipient, Language)) -> Option<Address> {
    let to = Zeroizing::new(to?.to_owned());
    let channel = CaseChannel::Email;
    Some(Address { channel, recipient, language, changed_since: false, to, line: String::new() })
}
