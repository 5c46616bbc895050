//! Orders to other systems: written with what they follow from, sent afterwards, until the other system takes them over or refuses.

use std::fmt;

use chrono::{DateTime, Utc};
use simrecall_core::coded;
use simrecall_core::id::OrderId;

use crate::lease::LeaseToken;
use crate::tx::forward;

coded! {
    /// What became of an order.
    OrderState {
        /// It is to be sent, or sent again.
        Due = 1 "due",
        /// The other system took it over.
        Taken = 2 "taken",
        /// The other system refused it.
        Refused = 3 "refused",
    }
}

/// An order that is to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct NewOrder {
    /// Its name, random: the receiver drops one it has seen.
    pub id: OrderId,
    /// What it asks for, as a code.
    pub kind: String,
    /// What it says, sealed under the service key and bound to the bytes of the id.
    pub sealed: Vec<u8>,
    /// When it was made.
    pub at: DateTime<Utc>,
}

impl fmt::Debug for NewOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewOrder({}, {})", self.id, self.kind)
    }
}

/// An order, as kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Order {
    /// Its name.
    pub id: OrderId,
    /// What it asks for.
    pub kind: String,
    /// What it says, sealed.
    pub sealed: Vec<u8>,
    /// What became of it.
    pub state: OrderState,
    /// How often it was tried.
    pub tries: i32,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// When it is tried next.
    pub next_at: DateTime<Utc>,
    /// When it was taken over or refused.
    pub settled_at: Option<DateTime<Utc>>,
}

impl fmt::Debug for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, state) = (&self.kind, self.state.name());
        write!(f, "Order({}, {kind}, {state}, tried {} times)", self.id, self.tries)
    }
}

forward! { outbox:
    /// Puts an order down to be sent.
    pub fn put_order(order: &NewOrder) -> ();
    /// Takes the order that is due longest and that nobody sends, and counts the try. `None`: there is none. One whose sender died
    /// is taken again once its lease has run out: the receiver sees it twice.
    pub fn claim_order(token: LeaseToken, now: DateTime<Utc>, until: DateTime<Utc>) -> Option<Order>;
    /// Says that an order was taken over or refused. Whether the lease is still ours.
    pub fn settle_order(id: OrderId, token: LeaseToken, state: OrderState, at: DateTime<Utc>) -> bool;
    /// Puts an order back, to be tried then. Whether the lease is still ours.
    pub fn retry_order(id: OrderId, token: LeaseToken, next_at: DateTime<Utc>) -> bool;
    /// One order.
    pub fn order(id: OrderId) -> Option<Order>;
    /// Orders in a state, oldest first, as many as `limit`.
    pub fn orders_in(state: OrderState, limit: i64) -> Vec<Order>;
}
