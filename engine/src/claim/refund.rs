//! What somebody paid for a new card themselves, when it was changed elsewhere: a claim that they need not write.

use chrono::NaiveDate;
use simrecall_core::claim::{Kind, Source, State, StateKind};
use simrecall_core::id::{ClaimId, IncidentId, LineId, StaffId, SubscriberId};
use simrecall_store::claim::{Claim, ClaimStep};
use simrecall_store::seal::{Field, IncidentKeys};
use simrecall_store::{StoreError, Tx};

use super::{Record, is_outside, sealed};
use crate::home::{Home, random};

/// A refund to be looked at.
#[derive(Clone, Copy)]
pub(crate) struct NewRefund<'a> {
    pub(crate) incident: IncidentId,
    /// The line the card is for.
    pub(crate) line: LineId,
    /// Who holds it.
    pub(crate) person: SubscriberId,
    /// What they paid.
    pub(crate) won: u64,
    /// The day they paid it.
    pub(crate) day: NaiveDate,
    /// Where, as far as the list says; may be empty.
    pub(crate) shop: &'a str,
    /// Names the change of cards among all of the incident: the same one twice is a conflict.
    pub(crate) reference: &'a str,
    /// Who brought the list in.
    pub(crate) by: [StaffId; 2],
}

/// Puts a refund down as handed in, never approved, in the caller's transaction. The journal is the caller's.
pub(crate) fn add_refund(
    tx: &mut Tx<'_>,
    home: &Home,
    keys: &IncidentKeys,
    new: &NewRefund<'_>,
) -> Result<ClaimId, StoreError> {
    const FAILED: StoreError = StoreError::State("a refund cannot be sealed");
    let id = random().map(ClaimId::from_bytes).map_err(|_| FAILED)?;
    let record = Record {
        won: new.won,
        day: new.day,
        merchant: new.shop.to_owned(),
        note: String::new(),
        state: State::Submitted,
        twin: None,
    };
    let (sealed, now) = (sealed(keys, id, &record).map_err(|_| FAILED)?, home.now());
    let claim = Claim {
        incident: new.incident,
        id,
        person: new.person,
        line: new.line,
        state: StateKind::Draft,
        outside_cohort: false,
        sealed,
        made_at: now,
        changed_at: now,
        kind: Kind::Refund,
        source: Source::Elsewhere,
        reference: Some(keys.blind(Field::Reference, &format!("refund {}", new.reference))),
        appeal_until: None,
    };
    tx.draft_claim(&claim)?;
    let [by, also_by] = new.by;
    let step = ClaimStep {
        incident: new.incident,
        id,
        from: StateKind::Draft,
        to: StateKind::Submitted,
        outside_cohort: Some(is_outside(tx, new.incident, (new.person, new.line))?),
        sealed: None,
        by: Some(by),
        also_by: Some(also_by),
        at: now,
    };
    match tx.step_claim(&step)? {
        Some(_) => Ok(id),
        None => Err(StoreError::Busy),
    }
}
