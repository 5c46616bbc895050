//! Cards on their way to customers' homes: one row a shipment, by the name of the order that asked for it. It goes with its incident.

use std::fmt;

use chrono::{DateTime, Utc};
use simrecall_core::id::{CardId, CaseId, IncidentId, OrderId};
use simrecall_core::replacement::parcel::End;

use crate::tx::forward;

/// One shipment.
#[derive(Clone, PartialEq, Eq)]
pub struct Parcel {
    /// The order that asks for it: the reference everybody outside knows it by.
    pub id: OrderId,
    /// The incident of its case.
    pub incident: IncidentId,
    /// The case.
    pub case: CaseId,
    /// The card in it.
    pub card: CardId,
    /// The case's version that shipped it: what its warning is about.
    pub about: i32,
    /// Keyed hash of the case and the last six digits on the card.
    pub tail: [u8; 32],
    /// When it was decided.
    pub shipped_at: DateTime<Utc>,
    /// When the other system took the order over.
    pub taken_at: Option<DateTime<Utc>>,
    /// When and how it ended.
    pub ended: Option<(DateTime<Utc>, End)>,
}

impl fmt::Debug for Parcel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Parcel({}, ended {:?})", self.id, self.ended)
    }
}

forward! { parcel:
    /// Keeps a shipment. A case has one at a time, and so has a card: another is a conflict.
    pub fn put_parcel(new: &Parcel) -> ();
    /// One shipment.
    pub fn parcel(id: OrderId) -> Option<Parcel>;
    /// The shipment of a case that has not ended.
    pub fn open_parcel(incident: IncidentId, case: CaseId) -> Option<Parcel>;
    /// The shipments of an incident that have not ended, oldest first.
    pub fn open_parcels(incident: IncidentId) -> Vec<Parcel>;
    /// The other system took the order over. Whether it is open, and had not been taken.
    pub fn take_parcel(id: OrderId, at: DateTime<Utc>) -> bool;
    /// Ends a shipment. Of many at once one does.
    pub fn end_parcel(id: OrderId, end: End, at: DateTime<Utc>) -> bool;
}
