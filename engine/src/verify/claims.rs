//! Claims: each is where its steps lead, and pays no more than was granted, which is no more than was claimed.

use std::collections::BTreeMap;

use simrecall_core::access::Purpose;
use simrecall_core::claim::StateKind;
use simrecall_core::id::ClaimId;
use simrecall_core::incident::Incident;
use simrecall_store::claim::{Claim, ClaimEvent};
use simrecall_store::payment::{PayResult, Payment};

use super::{IncidentCount, Verified};
use crate::claim::{Record, open, permit_for};
use crate::home::Home;
use crate::problem::{self, Result};

/// Claims opened under one permit.
const AT_ONCE: usize = 500;

/// Recounts the claims of an incident.
pub(super) fn verify(
    home: &Home,
    incident: &Incident,
    count: &mut IncidentCount,
    found: &mut Verified,
) -> Result<()> {
    let (mut claims, payments) = home.store.read(|tx| {
        let claims = tx.claims_in(incident.id, &StateKind::ALL, i64::MAX)?;
        Ok((claims, tx.payments(incident.id)?))
    })?;
    let mut of: BTreeMap<ClaimId, Vec<Payment>> = BTreeMap::new();
    for payment in payments {
        of.entry(payment.new.claim).or_default().push(payment);
    }
    // A draft is nobody's but its owner's.
    claims.retain(|claim| claim.state != StateKind::Draft);
    if claims.is_empty() {
        return Ok(());
    }
    let keys = home.keys.incident(incident.id).map_err(problem::keys)?;
    for some in claims.chunks(AT_ONCE) {
        let mut permit = permit_for(home, Purpose::Audit, incident.id, "verify", some.len())?;
        for claim in some {
            let events = home.store.read(|tx| tx.claim_events(incident.id, claim.id))?;
            let record = open(&mut permit, &keys, claim)?;
            let payments = of.get(&claim.id).map(Vec::as_slice).unwrap_or_default();
            for what in faults(claim, &record, &events, payments) {
                found.fault(format!("{}: claim {} {what}", incident.code, claim.id));
            }
            count.claims += 1;
            count.claimed_won = count.claimed_won.saturating_add(record.won);
            let granted = record.state.granted().unwrap_or(0);
            count.granted_won = count.granted_won.saturating_add(granted);
            if paid(payments) > 0 {
                count.paid_won = count.paid_won.saturating_add(granted);
            }
        }
    }
    Ok(())
}

fn paid(payments: &[Payment]) -> usize {
    payments.iter().filter(|one| one.result == Some(PayResult::Paid)).count()
}

/// What does not fit together of a claim.
fn faults(
    claim: &Claim,
    record: &Record,
    events: &[ClaimEvent],
    payments: &[Payment],
) -> Vec<&'static str> {
    let open = payments.iter().filter(|one| one.result.is_none()).count();
    let starts = events.first().is_some_and(|first| first.from == StateKind::Draft);
    let joined = events.windows(2).all(|two| match two {
        [before, after] => before.to == after.from,
        _ => true,
    });
    let ends = events.last().is_some_and(|last| last.to == claim.state);
    let granted = record.state.granted();
    let checks = [
        (starts && joined && ends, "is not where its steps lead"),
        (record.state.kind() == claim.state, "says another state than its row"),
        (granted.is_none_or(|won| (1..=record.won).contains(&won)), "grants more than was claimed"),
        (
            (claim.state == StateKind::Paid) == (paid(payments) == 1) && paid(payments) < 2,
            "was paid otherwise than its payments say",
        ),
        (
            open == 0 || claim.state == StateKind::Scheduled,
            "has a payment open and is not scheduled",
        ),
    ];
    checks.into_iter().filter(|(is_so, _)| !is_so).map(|(_, what)| what).collect()
}
