//! The numbers of those who still have the line that something is about, as the latest registry says.

use std::collections::{BTreeMap, BTreeSet};

use simrecall_core::access::Purpose;
use simrecall_core::id::{IncidentId, LineId, SubscriberId};
use simrecall_core::identity::Msisdn;
use simrecall_store::permit::PermitRequest;
use simrecall_store::registry::SealedLine;
use simrecall_store::seal::IncidentKeys;

use crate::home::Home;
use crate::problem::Result;
use crate::selfcheck::{is_held, unopened};

/// Whose line it was.
pub(super) type Whose = (SubscriberId, LineId);

/// The numbers by whose they are; whoever has the line no more is left out. Who looks and what for is in the journal first.
pub(super) fn held_now(
    home: &Home,
    keys: &IncidentKeys,
    (incident, actor, scope): (IncidentId, &str, &str),
    of: &[Whose],
) -> Result<BTreeMap<Whose, Msisdn>> {
    let persons: BTreeSet<_> = of.iter().map(|(person, _)| *person).collect();
    let persons: Vec<_> = persons.into_iter().collect();
    let now = home.now();
    let parties = home.store.read(|tx| match tx.latest_snapshot(incident)? {
        Some(snapshot) => tx.parties(incident, snapshot.no, &persons),
        None => Ok(Vec::new()),
    })?;
    let mut permit = home.permit(&PermitRequest {
        purpose: Purpose::CustomerRequest,
        actor: actor.to_owned(),
        incident: Some(incident),
        scope: scope.to_owned(),
        fields: vec!["number".to_owned()],
        rows: u64::try_from(of.len()).unwrap_or(u64::MAX),
    })?;
    let mut numbers = BTreeMap::new();
    for whose in of {
        let (person, line) = whose;
        let theirs = parties.iter().find(|party| party.subscriber.id == *person);
        let has = |one: &&SealedLine| one.holding.line == *line && is_held(&one.holding, now);
        if let Some(line) = theirs.and_then(|party| party.lines.iter().find(has)) {
            let opened = line.open(&mut permit, keys).map_err(unopened)?;
            numbers.insert(*whose, opened.record.msisdn);
        }
    }
    Ok(numbers)
}
