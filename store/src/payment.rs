//! Money that the bank was told to pay: one open payment of a claim at most, and one that was paid.

use chrono::{DateTime, NaiveDate, Utc};
use simrecall_core::coded;
use simrecall_core::id::{ClaimId, IncidentId, PaymentId, StaffId};

use crate::tx::forward;

coded! {
    /// What the bank said of a payment.
    PayResult {
        /// The money went out.
        Paid = 1 "paid",
        /// It did not.
        Failed = 2 "failed",
    }
}

/// A payment that the bank is to be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewPayment {
    /// Its name, random: the bank drops one it has seen.
    pub id: PaymentId,
    /// The incident.
    pub incident: IncidentId,
    /// What is paid.
    pub claim: ClaimId,
    /// The day it is paid on.
    pub pay_on: NaiveDate,
    /// Who tells the bank.
    pub by: StaffId,
    /// The second of the two.
    pub also_by: StaffId,
    /// When it was written down.
    pub at: DateTime<Utc>,
}

/// A payment, as kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payment {
    /// What it was written down with.
    pub new: NewPayment,
    /// Its number among the claim's, from 1.
    pub no: i32,
    /// What the bank said; none as long as it said nothing.
    pub result: Option<PayResult>,
    /// When that was taken in.
    pub settled_at: Option<DateTime<Utc>>,
}

forward! { payment:
    /// Puts a payment down, if its claim is scheduled and neither paid nor about to be. Whether it did.
    pub fn put_payment(payment: &NewPayment) -> bool;
    /// One payment.
    pub fn payment(id: PaymentId) -> Option<Payment>;
    /// The payments of a claim, in order.
    pub fn payments_of(incident: IncidentId, claim: ClaimId) -> Vec<Payment>;
    /// All payments of an incident, by day and name.
    pub fn payments(incident: IncidentId) -> Vec<Payment>;
    /// Payments of a day of which the bank said nothing, by name.
    pub fn open_payments(incident: IncidentId, pay_on: NaiveDate) -> Vec<Payment>;
    /// Says what became of a payment. Whether it was open.
    pub fn settle_payment(id: PaymentId, result: PayResult, at: DateTime<Utc>) -> bool;
}
