//! Protections that were loosened for a while come back by themselves, unless the line's card is being swapped: then the swap sees to it.

use std::collections::BTreeSet;

use simrecall_core::access::Purpose;
use simrecall_core::id::IncidentId;
use simrecall_core::protection::{Event, State as Tie, StateKind, step};
use simrecall_core::replacement::State;
use simrecall_store::permit::PermitRequest;
use simrecall_store::seal::{DomainKeys, Field};

use super::cases_in;
use super::found::of_case;
use crate::home::Home;
use crate::pages::rows;
use crate::problem::{self, Problem, Result};
use crate::protection::{opened, row};

/// As many as are looked at in one go.
const AT_ONCE: i64 = 10_000;
/// Who acts, as the journal names it.
const ACTOR: &str = "tick";

/// Ties those again whose while is over; how many.
pub(super) fn resume(home: &Home, incidents: &[IncidentId]) -> Result<u64> {
    let loose = home.store.read(|tx| tx.protections_in(StateKind::Suspended, AT_ONCE))?;
    if loose.is_empty() {
        return Ok(0);
    }
    let service = home.keys.service().map_err(problem::keys)?;
    let mut permit = home.permit(&PermitRequest {
        purpose: Purpose::CustomerRequest,
        actor: ACTOR.to_owned(),
        incident: None,
        scope: "protections that were loosened for a while".to_owned(),
        fields: vec!["imei".to_owned()],
        rows: u64::try_from(loose.len()).unwrap_or(u64::MAX),
    })?;
    let now = home.now();
    let mut over = Vec::new();
    for kept in loose {
        let state = opened(&mut permit, &service, &kept)?;
        if matches!(&state, Tie::Suspended { until, .. } if *until <= now) {
            over.push((kept, state));
        }
    }
    if over.is_empty() {
        return Ok(0);
    }
    let busy = being_swapped(home, &service, incidents)?;
    let mut done = 0;
    for (kept, state) in over.into_iter().filter(|(kept, _)| !busy.contains(&kept.imsi)) {
        let to = step(&state, &Event::Resume).map_err(|error| {
            Problem::ours("protection", "a protection does not come back").caused_by(error)
        })?;
        let tied = row(&service, kept.imsi, (&to, now))?;
        let entry = home.entry("protection.resumed", ACTOR, None, serde_json::json!({}))?;
        let moved = home.store.write(|tx| {
            let moved = tx.step_protection(StateKind::Suspended, &tied)?;
            if moved {
                tx.journal(&entry)?;
            }
            Ok(moved)
        })?;
        done += u64::from(moved);
    }
    Ok(done)
}

/// The old cards of the lines whose swap is open.
fn being_swapped(
    home: &Home,
    service: &DomainKeys,
    incidents: &[IncidentId],
) -> Result<BTreeSet<[u8; 16]>> {
    let mut busy = BTreeSet::new();
    for incident in incidents {
        for state in State::ALL.into_iter().filter(|state| state.is_swapping()) {
            for case in rows(cases_in(home, *incident, state)) {
                let case = case?;
                // Whose line has ended has no old card that anybody waits for.
                let Ok(found) = of_case(home, &case, ACTOR) else { continue };
                let imsi = found.record.imsi.as_ref();
                busy.extend(imsi.map(|imsi| service.blind(Field::Imsi, imsi.expose())));
            }
        }
    }
    Ok(busy)
}
