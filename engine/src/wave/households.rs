//! The people of one stretch of a revision, with everyone who speaks for them, opened under a permit.

use std::collections::{BTreeMap, BTreeSet};

use simrecall_core::access::Purpose;
use simrecall_core::cohort::Exposure;
use simrecall_core::id::{SnapshotNo, SubscriberId};
use simrecall_core::subscriber::{HeldLine, Party, Subscriber};
use simrecall_store::BucketRange;
use simrecall_store::permit::{Permit, PermitRequest};
use simrecall_store::registry::{
    SealedLine, SealedParty, SealedSubscriber, line_row, subscriber_row,
};
use simrecall_store::seal::{IncidentKeys, Table};

use crate::home::Home;
use crate::problem::{self, Problem, Result};

/// Ids looked up in one statement.
const AT_ONCE: usize = 500;

/// People by id.
pub(super) type Parties = BTreeMap<SubscriberId, Party>;

/// Opens the people `ids` name, and their guardians and contacts.
pub(super) fn open(
    home: &Home,
    keys: &IncidentKeys,
    snapshot: SnapshotNo,
    ids: &BTreeSet<SubscriberId>,
) -> Result<Parties> {
    let mut sealed = look_up(home, keys, snapshot, ids)?;
    let speakers: BTreeSet<SubscriberId> = sealed
        .iter()
        .flat_map(|party| [party.subscriber.guardian, party.subscriber.contact])
        .flatten()
        .filter(|id| !ids.contains(id))
        .collect();
    sealed.extend(look_up(home, keys, snapshot, &speakers)?);
    let rows = sealed.iter().map(|party| 1 + party.lines.len()).sum::<usize>();
    let mut permit = home.permit(&PermitRequest {
        purpose: Purpose::Plan,
        actor: "plan".to_owned(),
        incident: Some(keys.incident()),
        scope: format!("registry {snapshot}, {} people", sealed.len()),
        fields: ["name", "birth_date", "email", "address", "msisdn"].map(str::to_owned).to_vec(),
        rows: u64::try_from(rows).unwrap_or(u64::MAX),
    })?;
    sealed.iter().map(|party| open_party(&mut permit, keys, party)).collect()
}

fn look_up(
    home: &Home,
    keys: &IncidentKeys,
    snapshot: SnapshotNo,
    ids: &BTreeSet<SubscriberId>,
) -> Result<Vec<SealedParty>> {
    let ids: Vec<SubscriberId> = ids.iter().copied().collect();
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(AT_ONCE) {
        let parties = home.store.read(|tx| tx.parties(keys.incident(), snapshot, some));
        found.extend(parties.map_err(problem::store)?);
    }
    Ok(found)
}

/// The people with exposures in a range.
pub(super) fn exposures(
    home: &Home,
    revision: &simrecall_store::cohort::Revision,
    range: BucketRange,
) -> Result<BTreeMap<SubscriberId, Vec<Exposure>>> {
    let (incident, no) = (revision.incident, revision.no);
    let rows =
        home.store.read(|tx| tx.exposures_in(incident, no, range)).map_err(problem::store)?;
    let mut by_person: BTreeMap<SubscriberId, Vec<Exposure>> = BTreeMap::new();
    for exposure in rows {
        by_person.entry(exposure.holder).or_default().push(exposure);
    }
    Ok(by_person)
}

fn open_party(
    permit: &mut Permit,
    keys: &IncidentKeys,
    party: &SealedParty,
) -> Result<(SubscriberId, Party)> {
    let subscriber = open_subscriber(permit, keys, &party.subscriber)?;
    let lines = party.lines.iter().map(|line| open_line(permit, keys, line));
    Ok((subscriber.id, Party { lines: lines.collect::<Result<_>>()?, subscriber }))
}

fn open_subscriber(
    permit: &mut Permit,
    keys: &IncidentKeys,
    sealed: &SealedSubscriber,
) -> Result<Subscriber> {
    let row = subscriber_row(sealed.snapshot, sealed.id);
    let bytes = permit
        .open(keys, Table::Subscriber, &row, &sealed.sealed)
        .map_err(|error| damaged("subscriber").caused_by(error))?;
    Ok(Subscriber {
        id: sealed.id,
        kind: sealed.kind,
        brand: sealed.brand.clone(),
        language: sealed.language,
        guardian: sealed.guardian,
        contact: sealed.contact,
        country: sealed.country.clone(),
        // A parser's message may quote what it read, so it is not kept.
        record: serde_json::from_slice(&bytes).map_err(|_| damaged("subscriber"))?,
    })
}

fn open_line(permit: &mut Permit, keys: &IncidentKeys, sealed: &SealedLine) -> Result<HeldLine> {
    let row = line_row(sealed.snapshot, &sealed.holding);
    let bytes = permit
        .open(keys, Table::Line, &row, &sealed.sealed)
        .map_err(|error| damaged("line").caused_by(error))?;
    Ok(HeldLine {
        line: sealed.holding.line,
        service: sealed.service,
        held_from: sealed.holding.held_from,
        held_to: sealed.holding.held_to,
        record: serde_json::from_slice(&bytes).map_err(|_| damaged("line"))?,
    })
}

fn damaged(table: &str) -> Problem {
    Problem::ours("sealed", format!("a sealed record of {table} does not open"))
        .hint("if the key is another one, see docs/OPERATIONS.md, keys")
}
