//! Whether there is anything new of a case, for a page that waits: it shows nothing of anybody and leaves no entry.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use simrecall_core::id::CaseId;
use simrecall_store::replacement::ReplacementCase;
use simrecall_store::{StoreError, Tx};

use super::{AgencyDoor, Seat};
use crate::problem::Result;
use crate::staff::hex;

/// How a case stands, without saying how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct News {
    /// Another one as soon as the case's answer would be another: moved, proved, told, a card kept, an order gone on. An
    /// answer to a look is a proof.
    pub news: String,
    /// The time here: a page asks for the case itself once its `wait_until` is over by this clock, not by its own.
    pub at: DateTime<Utc>,
}

impl AgencyDoor {
    /// Whether there is anything new of a case at their counter.
    pub fn news(&self, seat: &Seat, id: CaseId) -> Result<News> {
        let case = self.case_here(seat, id)?;
        let news = self.home().store.read(|tx| of(tx, &case))?;
        Ok(News { news, at: self.now() })
    }
}

/// What rows say of a case, as a hash.
pub(super) fn of(
    tx: &mut Tx<'_>,
    case: &ReplacementCase,
) -> std::result::Result<String, StoreError> {
    let (incident, id) = (case.incident, case.id);
    let mut hash = Sha256::new();
    hash.update(case.version.to_be_bytes());
    for one in tx.case_proofs(incident, id)? {
        hash.update(one.no.to_be_bytes());
        hash.update([u8::from(one.used_at.is_some())]);
    }
    for one in tx.case_notices(incident, id)? {
        hash.update(one.state.code().to_be_bytes());
    }
    if let Some(card) = tx.reserved_card(incident, id)? {
        hash.update(card.id.as_bytes());
    }
    if let Some(order) = tx.last_swap_order(incident, id)? {
        let signed = tx.countersign_of(order.order.facts.id)?.is_some();
        hash.update(order.order.facts.id.as_bytes());
        hash.update(order.state.code().to_be_bytes());
        hash.update([u8::from(signed)]);
    }
    let hash: [u8; 32] = hash.finalize().into();
    Ok(hex(hash.first_chunk::<16>().map_or(&[][..], |some| &some[..])))
}
