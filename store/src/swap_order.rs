//! Swaps that clerks order at a terminal: what was asked for, what a passkey signed, who works at it and what it became.
//!
//! Every change is conditional on where the order is: of many who confirm, take, start or end one at once, one does.

use std::fmt;

use chrono::{DateTime, Utc};
use simrecall_core::id::{
    AgencyId, CaseId, ChallengeId, CredentialId, IncidentId, StaffId, SwapId, SwapOrderId,
    TerminalId,
};
use simrecall_core::terminal::order::{Event, Facts, State};

use crate::lease::LeaseToken;
use crate::tx::forward;

/// What a passkey signed, as it is checked again later.
#[derive(Clone, PartialEq, Eq)]
pub struct Signed {
    /// Which passkey.
    pub credential: CredentialId,
    /// What the authenticator says of itself.
    pub authenticator_data: Vec<u8>,
    /// What the browser says was asked, as JSON; it holds the challenge.
    pub client_data: Vec<u8>,
    /// Over both.
    pub signature: Vec<u8>,
}

impl fmt::Debug for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signed(by {})", self.credential)
    }
}

/// An order that is made.
#[derive(Clone, PartialEq, Eq)]
pub struct NewSwapOrder {
    /// What is to happen.
    pub facts: Facts,
    /// Keyed hash of what was asked for: the same order again is this one, another is refused.
    pub body: [u8; 32],
    /// The question to the clerk's passkey.
    pub challenge_id: ChallengeId,
    /// What it is to sign.
    pub challenge: Vec<u8>,
    /// The same for the browser, as JSON.
    pub options: String,
    /// Whether a supervisor has to sign, too.
    pub countersign: bool,
}

impl fmt::Debug for NewSwapOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewSwapOrder({})", self.facts.id)
    }
}

/// An order as it is.
#[derive(Clone, PartialEq, Eq)]
pub struct SwapOrder {
    /// What was asked for.
    pub order: NewSwapOrder,
    /// SHA-256 of what is to happen, as it was written down.
    pub hash: [u8; 32],
    /// Where it is.
    pub state: State,
    /// When it came there.
    pub changed_at: DateTime<Utc>,
    /// The clerk's assertion, and when it was taken.
    pub confirmed: Option<(DateTime<Utc>, Signed)>,
    /// Who works at it, until when; run out or not.
    pub lease: Option<(LeaseToken, DateTime<Utc>)>,
    /// The swap that it became.
    pub swap: Option<SwapId>,
    /// Why it was refused or lapsed.
    pub code: Option<String>,
}

impl fmt::Debug for SwapOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SwapOrder({}, {})", self.order.facts.id, self.state.name())
    }
}

/// A supervisor's signature under an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Countersign {
    /// The order.
    pub order: SwapOrderId,
    /// Its incident.
    pub incident: IncidentId,
    /// Who.
    pub staff: StaffId,
    /// At which terminal.
    pub terminal: TerminalId,
    /// What their passkey signed over.
    pub challenge: Vec<u8>,
    /// The signature.
    pub signed: Signed,
    /// When.
    pub at: DateTime<Utc>,
}

/// An order ends without a swap.
#[derive(Debug, Clone, Copy)]
pub struct OrderEnd<'a> {
    /// Which.
    pub id: SwapOrderId,
    /// Where it was when that was decided: an order that has gone on since does not end so.
    pub from: State,
    /// By what: refused, lapsed or given up.
    pub event: Event,
    /// The lease it is ended under; none: nobody may be working at it.
    pub token: Option<LeaseToken>,
    /// Why, as a stable code.
    pub code: &'a str,
    /// When.
    pub at: DateTime<Utc>,
}

forward! { swap_order:
    /// Writes an order down, unless it is there, or its case has an open one. Whether it did.
    pub fn put_swap_order(new: &NewSwapOrder) -> bool;
    /// Keeps that an order was asked for with wrong digits, by the keyed hash of all that was asked for. Whether that is new.
    pub fn keep_wrong_digits(body: &[u8; 32], incident: IncidentId, at: DateTime<Utc>) -> bool;
    /// Whether an order was asked for in these very words, and its digits were wrong.
    pub fn were_digits_wrong(body: &[u8; 32]) -> bool;
    /// One order.
    pub fn swap_order(id: SwapOrderId) -> Option<SwapOrder>;
    /// The last order of a case, open or not.
    pub fn last_swap_order(incident: IncidentId, case: CaseId) -> Option<SwapOrder>;
    /// A passkey was put to an order. Whether it was made and its time was not over.
    pub fn confirm_swap_order(id: SwapOrderId, signed: &Signed, at: DateTime<Utc>) -> bool;
    /// A supervisor signs, once. Whether the order is open and nobody had.
    pub fn countersign_order(countersign: &Countersign) -> bool;
    /// The supervisor's signature under an order.
    pub fn countersign_of(id: SwapOrderId) -> Option<Countersign>;
    /// Takes the oldest order that is confirmed, signed by all who have to, due and not over, and that nobody works at.
    pub fn take_swap_order(token: LeaseToken, now: DateTime<Utc>, until: DateTime<Utc>) -> Option<SwapOrder>;
    /// Stops working at an order, until it is due again. Whether the lease was ours.
    pub fn release_swap_order(id: SwapOrderId, token: LeaseToken, next_at: DateTime<Utc>) -> bool;
    /// An order became a swap. Whether it was confirmed, its time was not over, and the lease is ours and has not run out.
    pub fn start_swap_order(id: SwapOrderId, token: LeaseToken, swap: SwapId, at: DateTime<Utc>) -> bool;
    /// Ends an open order without a swap; one lapses only when its time is over. Whether it could be ended so.
    pub fn end_swap_order(end: &OrderEnd<'_>) -> bool;
    /// Open orders whose time is over and that nobody works at, oldest first, as many as `limit`.
    pub fn overdue_swap_orders(now: DateTime<Utc>, limit: i64) -> Vec<SwapOrder>;
    /// Open orders that a supervisor has to sign and nobody has, oldest first, as many as `limit`.
    pub fn unsigned_swap_orders(now: DateTime<Utc>, limit: i64) -> Vec<SwapOrder>;
    /// Orders that were made at an agency from an instant to before another, counted by where they are.
    pub fn count_swap_orders(agency: AgencyId, from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<(State, i64)>;
}
