//! The code by which somebody shows that they stand at this counter now: their own session shows it, the clerk types it.
//!
//! It is a keyed hash over case, agency and minute, so nothing is kept of it before it is used. It is right in the minute it is shown in
//! and in the next one, for one case at one agency, and once.

use chrono::{DateTime, Utc};
use simrecall_core::id::AgencyId;
use simrecall_core::replacement::Event;
use simrecall_store::proof::ProofKind;
use simrecall_store::replacement::ReplacementCase;
use simrecall_store::seal::{DomainKeys, Tag};
use simrecall_store::{StoreError, Tx};

use crate::home::Home;
use crate::problem::{self, Result};

/// For how long a code is shown, in seconds; it is right twice as long at most.
const SHOWN: i64 = 60;

/// The agency where a case is at a counter now: where it was checked in last.
pub(crate) fn counter_of(home: &Home, case: &ReplacementCase) -> Result<Option<AgencyId>> {
    let events = home.store.read(|tx| tx.case_events(case.incident, case.id))?;
    let last = events.iter().rev().find(|one| one.event == Some(Event::CheckIn));
    Ok(last.and_then(|event| event.agency))
}

/// The code that is shown now, and for how many more seconds.
pub(crate) fn shown(
    home: &Home,
    service: &DomainKeys,
    (case, agency): (&ReplacementCase, AgencyId),
) -> (String, i64) {
    let now = home.now();
    let left = SHOWN - now.timestamp().rem_euclid(SHOWN);
    (of(service, (case, agency), window(now)), left)
}

/// Whether somebody typed a code that is right now.
pub(crate) fn is_right(
    home: &Home,
    case: &ReplacementCase,
    agency: AgencyId,
    typed: &str,
) -> Result<bool> {
    let service = home.keys.service().map_err(problem::keys)?;
    let now = window(home.now());
    let typed: String = typed.chars().filter(|sign| !sign.is_whitespace()).collect();
    let same = |no: i64| {
        let right = of(&service, (case, agency), no);
        let differs = right.bytes().zip(typed.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
        right.len() == typed.len() && differs == 0
    };
    Ok(same(now) | same(now - 1))
}

/// Whether a code of the time that one is right for has proven something already: it does so once.
pub(crate) fn was_used(
    tx: &mut Tx<'_>,
    home: &Home,
    case: &ReplacementCase,
) -> std::result::Result<bool, StoreError> {
    let oldest = (window(home.now()) - 1) * SHOWN;
    let proofs = tx.case_proofs(case.incident, case.id)?;
    Ok(proofs.iter().any(|one| {
        one.kind == ProofKind::Present && one.passed && one.made_at.timestamp() >= oldest
    }))
}

fn window(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(SHOWN)
}

fn of(service: &DomainKeys, (case, agency): (&ReplacementCase, AgencyId), window: i64) -> String {
    let window = window.to_be_bytes();
    let parts: [&[u8]; 5] = [
        b"customer present",
        case.incident.as_bytes(),
        case.id.as_bytes(),
        agency.as_bytes(),
        &window,
    ];
    let tag = service.tag(Tag::ProofCode, &parts);
    let number = tag.first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes));
    format!("{:06}", number % 1_000_000)
}
