//! What a swap was begun with: numbers and cards, sealed.

use serde::{Deserialize, Serialize};
use simrecall_core::access::Purpose;
use simrecall_core::id::{LineId, SwapId};
use simrecall_core::identity::{Imsi, Msisdn, exposed};
use simrecall_core::replacement::swap::Plan;
use simrecall_store::permit::{Permit, PermitRequest};
use simrecall_store::seal::{DomainKeys, Table};
use simrecall_store::swap::Swap;
use zeroize::Zeroizing;

use crate::card::CardRecord;
use crate::home::Home;
use crate::problem::{Problem, Result};

/// Who opens a swap's records, as the journal names it.
pub(super) const ACTOR: &str = "swap";

/// A swap's plan. `Debug` is not there: it holds a number and two IMSIs.
#[derive(Serialize, Deserialize)]
pub(super) struct PlanRecord {
    /// The line, by its key within the incident.
    pub(super) line: LineId,
    /// The number that is moved.
    #[serde(with = "exposed")]
    pub(super) number: Msisdn,
    /// The old card.
    #[serde(with = "exposed")]
    pub(super) old: Imsi,
    /// The new card.
    #[serde(with = "exposed")]
    pub(super) new: Imsi,
    /// What the first look said.
    pub(super) plan: Plan,
    /// Whether the line was tied to its handset, and the swap loosened that.
    pub(super) loosened: bool,
}

impl PlanRecord {
    /// Sealed for its row.
    pub(super) fn seal(&self, service: &DomainKeys, id: SwapId) -> Result<Vec<u8>> {
        let text = Zeroizing::new(serde_json::to_vec(self).map_err(|_| damaged())?);
        let sealed = service.seal(Table::Swap, id.as_bytes(), &text);
        sealed.map_err(|error| damaged().caused_by(error))
    }

    fn open(permit: &mut Permit, service: &DomainKeys, swap: &Swap) -> Result<Self> {
        let opened = permit.open(service, Table::Swap, swap.id.as_bytes(), &swap.sealed);
        let opened = opened.map_err(|error| damaged().caused_by(error))?;
        // A parser's message may quote what it read, so it is not kept.
        serde_json::from_slice(&opened).map_err(|_| damaged())
    }
}

/// The plan of a swap and the record of its card, opened under one permit; who wants to see them is in the journal before.
pub(super) fn opened(
    home: &Home,
    service: &DomainKeys,
    (swap, sealed_card): (&Swap, &[u8]),
    actor: &str,
) -> Result<(PlanRecord, CardRecord)> {
    let mut permit = home.permit(&PermitRequest {
        purpose: Purpose::CustomerRequest,
        actor: actor.to_owned(),
        incident: None,
        scope: format!("swap {}", swap.id),
        fields: ["number", "imsi", "key"].map(str::to_owned).to_vec(),
        rows: 2,
    })?;
    let plan = PlanRecord::open(&mut permit, service, swap)?;
    let card = CardRecord::open(&mut permit, service, (swap.card, sealed_card))?;
    Ok((plan, card))
}

fn damaged() -> Problem {
    Problem::ours("sealed", "the plan of a swap does not open")
}
