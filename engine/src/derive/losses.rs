//! Payments meet encounters of the line that paid.

use std::collections::BTreeSet;

use super::ask::Ask;
use super::row::{Finding, Numbered, Paid, What};
use super::shuffle::{PARTITIONS, Shuffle};
use super::watch::{Pass, Shown};
use crate::problem::Result;

/// Adds to the findings each payment that is a loss. A payment that is listed twice is one.
pub(super) fn losses(
    ask: &Ask<'_>,
    paid: &Shuffle<Paid>,
    numbers: &Shuffle<Numbered>,
    findings: &Shuffle<Finding>,
    shown: &mut Shown<'_>,
) -> Result<()> {
    let mut sink = findings.sink();
    let all = u64::try_from(PARTITIONS).unwrap_or(u64::MAX);
    for (no, done) in (0..=u8::MAX).zip(0..) {
        shown.part(Pass::Losses, done, all);
        let mut numbers = numbers.partition(no)?;
        if numbers.is_empty() {
            continue;
        }
        numbers.sort_unstable();
        numbers.dedup();
        let mut paid = paid.partition(no)?;
        paid.sort_unstable();
        paid.dedup();
        for payment in &paid {
            for finding in lost(ask, payment, of_number(&numbers, &payment.msisdn)) {
                sink.push(&finding)?;
            }
        }
    }
    sink.close()
}

/// The rows of one number; they are in order.
fn of_number<'n>(numbers: &'n [Numbered], msisdn: &[u8; 16]) -> &'n [Numbered] {
    let from = numbers.partition_point(|row| row.msisdn < *msisdn);
    let to = numbers.partition_point(|row| row.msisdn <= *msisdn);
    numbers.get(from..to).unwrap_or_default()
}

/// What a payment is, by each rule once however many encounters it follows.
fn lost(ask: &Ask<'_>, paid: &Paid, numbers: &[Numbered]) -> BTreeSet<Finding> {
    let at = paid.payment.at;
    let mut found = BTreeSet::new();
    for Numbered { owner, set, met, .. } in numbers.iter().filter(|row| row.held.contains(at)) {
        let method = ask.method(*set, paid.payment.method);
        if let (Some(rules), Some(method)) = (ask.rules(*set), method) {
            let rules = rules.losses(met, method, at);
            found.extend(rules.map(|rule| Finding {
                owner: *owner,
                set: *set,
                what: What::Lost(rule, paid.payment),
            }));
        }
    }
    found
}
