//! Small payments over a number's bill: blocked for those whose data leaked, until their owner wants them back. They outlive incidents:
//! everything of them is keyed and sealed in the service domain.

use std::fmt;

use chrono::{DateTime, Utc};
use simrecall_core::coded;
use simrecall_core::id::{IncidentId, LineId, OrderId};

use crate::tx::forward;

coded! {
    /// How the small payments of a number stand.
    BlockState {
        /// The system that knows about them has been asked to block them.
        BlockDue = 1 "block_due",
        /// It took that over.
        Blocked = 2 "blocked",
        /// It has been asked to lift the block.
        LiftDue = 3 "lift_due",
        /// It took that over. They are not blocked again.
        Lifted = 4 "lifted",
    }
}

impl BlockState {
    /// Those whose block nobody has asked to be lifted.
    pub const LIVE: [Self; 2] = [Self::BlockDue, Self::Blocked];

    /// Whether the block may be asked to be lifted.
    pub const fn is_live(self) -> bool {
        match self {
            Self::BlockDue | Self::Blocked => true,
            Self::LiftDue | Self::Lifted => false,
        }
    }
}

/// The small payments of one number.
#[derive(Clone, PartialEq, Eq)]
pub struct PaymentBlock {
    /// Blind index of the number under the service key; the record is bound to it.
    pub number: [u8; 16],
    /// The incident they were blocked over.
    pub incident: IncidentId,
    /// The line that had the number then.
    pub line: LineId,
    /// How they stand.
    pub state: BlockState,
    /// The order that moves them on, or moved them last.
    pub order: OrderId,
    /// The number, sealed under the service key.
    pub sealed: Vec<u8>,
    /// Since when they stand so.
    pub changed_at: DateTime<Utc>,
}

impl fmt::Debug for PaymentBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PaymentBlock({}, since {})", self.state.name(), self.changed_at)
    }
}

forward! { payment_block:
    /// Puts down that a number's small payments are to be blocked, unless something was put down for it before. Whether it was.
    pub fn block_payments(block: &PaymentBlock) -> bool;
    /// What is known of these numbers, by blind index; a number that was never blocked is left out.
    pub fn payment_blocks_of(numbers: &[[u8; 16]]) -> Vec<PaymentBlock>;
    /// Numbers of an incident that are blocked and that nobody has asked to be lifted, in the order of their index, after one, as many
    /// as `limit`.
    pub fn live_payment_blocks(incident: IncidentId, after: Option<[u8; 16]>, limit: i64) -> Vec<PaymentBlock>;
    /// Puts down that a number's block is to be lifted by this order, if it is live. Whether it was.
    pub fn lift_payments(number: &[u8; 16], order: OrderId, at: DateTime<Utc>) -> bool;
    /// An order was taken over: what waited for it moves on. Whether something did; a block that is to be lifted by now does not
    /// wait for it any more.
    pub fn payments_moved_on(order: OrderId, at: DateTime<Utc>) -> bool;
    /// How many numbers of an incident are in each state.
    pub fn count_payment_blocks(incident: IncidentId) -> Vec<(BlockState, i64)>;
}
