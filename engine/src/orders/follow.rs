//! What an answer makes true, in the transaction that settles the order.

use chrono::{DateTime, Utc};
use simrecall_core::order::Kind;
use simrecall_store::outbox::{Order, OrderState};
use simrecall_store::{StoreError, Tx};

/// An order was taken over or refused.
pub(super) fn settled(
    tx: &mut Tx<'_>,
    order: &Order,
    state: OrderState,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    match (order.kind, state) {
        (Kind::Block | Kind::Lift, OrderState::Taken) => {
            tx.payments_moved_on(order.id, at).map(drop)
        }
        // What was refused stays due: somebody looks, and puts the order back.
        (Kind::Block | Kind::Lift, OrderState::Refused | OrderState::Due)
        | (Kind::Hold | Kind::Swapped | Kind::ShipCard | Kind::WaiveBill, _) => Ok(()),
    }
}
