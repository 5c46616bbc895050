//! Orders to other systems: written with what they follow from, sent afterwards, until the other system takes them over or refuses.

use std::fmt;

use chrono::{DateTime, Utc};
use simrecall_core::coded;
use simrecall_core::id::{IncidentId, OrderId};
use simrecall_core::order::Kind;

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
    /// What it asks for.
    pub kind: Kind,
    /// What it says, sealed under the service key and bound to the bytes of the id.
    pub sealed: Vec<u8>,
    /// The incident whose data it says, if it is one's: it is erased with it.
    pub incident: Option<IncidentId>,
    /// What it is about, as a keyed hash under the service key. Orders of one subject are sent one after the other.
    pub subject: Option<[u8; 16]>,
    /// When it was made.
    pub at: DateTime<Utc>,
}

impl fmt::Debug for NewOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewOrder({}, {})", self.id, self.kind.name())
    }
}

/// An order, as kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Order {
    /// Its name.
    pub id: OrderId,
    /// What it asks for.
    pub kind: Kind,
    /// What it says, sealed.
    pub sealed: Vec<u8>,
    /// The incident whose data it says, if it is one's.
    pub incident: Option<IncidentId>,
    /// What it is about, and its place among the orders about that, from 1.
    pub subject: Option<([u8; 16], i32)>,
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
        let (kind, state) = (self.kind.name(), self.state.name());
        write!(f, "Order({}, {kind}, {state}, tried {} times)", self.id, self.tries)
    }
}

/// How many orders of a kind are in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderCount {
    /// What they ask for.
    pub kind: Kind,
    /// What became of them.
    pub state: OrderState,
    /// How many.
    pub count: i64,
    /// When the oldest of them was made.
    pub oldest: DateTime<Utc>,
}

/// What became of an order that was to be put back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutBack {
    /// It is due.
    Done,
    /// It is not there, or nobody refused it.
    NotRefused,
    /// There is a younger one about the same thing: it would be overtaken.
    Overtaken,
}

forward! { outbox:
    /// Puts an order down to be sent. One that has a subject comes after all others of that subject that were put down before; of
    /// several subjects in one transaction, take them in their order, so that no two transactions wait for each other.
    pub fn put_order(order: &NewOrder) -> ();
    /// Takes the order of a kind that is due longest and that nobody sends, and counts the try. `None`: there is none. One whose
    /// sender died is taken again once its lease has run out: the receiver sees it twice. One waits while an older one of its
    /// subject is due.
    pub fn claim_order(kind: Kind, token: LeaseToken, now: DateTime<Utc>, until: DateTime<Utc>) -> Option<Order>;
    /// Says that an order was taken over or refused. Whether the lease is still ours.
    pub fn settle_order(id: OrderId, token: LeaseToken, state: OrderState, at: DateTime<Utc>) -> bool;
    /// Puts an order back, to be tried then. Whether the lease is still ours.
    pub fn retry_order(id: OrderId, token: LeaseToken, next_at: DateTime<Utc>) -> bool;
    /// Gives an order back that was not tried after all: the try is not counted. Whether the lease is still ours.
    pub fn release_order(id: OrderId, token: LeaseToken) -> bool;
    /// Makes an order due that was refused, unless a younger one is about the same thing.
    pub fn put_back_order(id: OrderId, at: DateTime<Utc>) -> PutBack;
    /// Deletes an order to send a card that nobody has begun to send. Whether it did.
    pub fn delete_unsent_order(id: OrderId) -> bool;
    /// Deletes orders that were taken over before one instant, or refused before another: of each, as many as `limit`. How many.
    pub fn delete_settled_orders(taken: DateTime<Utc>, refused: DateTime<Utc>, limit: i64) -> u64;
    /// One order.
    pub fn order(id: OrderId) -> Option<Order>;
    /// Orders in a state, oldest first, as many as `limit`.
    pub fn orders_in(state: OrderState, limit: i64) -> Vec<Order>;
    /// Orders of a kind that were refused since then, by the order they were made in, as many as `limit`.
    pub fn orders_refused(kind: Kind, since: DateTime<Utc>, limit: i64) -> Vec<Order>;
    /// When the next order of a kind is due that is not being sent; none: there is none.
    pub fn next_order_at(kind: Kind) -> Option<DateTime<Utc>>;
    /// How many orders there are, by kind and state.
    pub fn count_orders() -> Vec<OrderCount>;
}
