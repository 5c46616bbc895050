//! What an answer makes true, in the transaction that settles the order.

use chrono::{DateTime, Utc};
use simrecall_core::order::Kind;
use simrecall_store::outbox::{Order, OrderState};
use simrecall_store::{StoreError, Tx};

use crate::home::Home;
use crate::problem::Result;
use crate::replacement::parcel::over;

/// What an order's answer takes besides the order, made ready before the transaction.
pub(super) struct Follow {
    parcel: Option<over::Settled>,
}

impl Follow {
    /// For an order that was answered.
    pub(super) fn ready(home: &Home, order: &Order) -> Result<Self> {
        let parcel = match order.kind {
            Kind::ShipCard => over::Settled::ready(home, order.id)?,
            Kind::Block
            | Kind::Lift
            | Kind::Hold
            | Kind::Swapped
            | Kind::WaiveBill
            | Kind::Alarm => None,
        };
        Ok(Self { parcel })
    }

    /// The order was taken over or refused.
    pub(super) fn settled(
        &self,
        tx: &mut Tx<'_>,
        (home, order): (&Home, &Order),
        state: OrderState,
        at: DateTime<Utc>,
    ) -> std::result::Result<(), StoreError> {
        match (order.kind, state) {
            (Kind::Block | Kind::Lift, OrderState::Taken) => {
                tx.payments_moved_on(order.id, at).map(drop)
            }
            (Kind::ShipCard, OrderState::Taken) => {
                self.parcel.as_ref().map_or(Ok(()), |parcel| parcel.taken(tx, home))
            }
            (Kind::ShipCard, OrderState::Refused) => {
                self.parcel.as_ref().map_or(Ok(()), |parcel| parcel.refused(tx, home))
            }
            // What was refused stays due: somebody looks, and puts the order back.
            (Kind::Block | Kind::Lift, OrderState::Refused)
            | (Kind::Hold | Kind::Swapped | Kind::WaiveBill | Kind::Alarm, _)
            | (Kind::Block | Kind::Lift | Kind::ShipCard, OrderState::Due) => Ok(()),
        }
    }
}
