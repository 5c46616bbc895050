//! What other systems hear of a swap: written in the transaction that completes it, sent by `orders`.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use simrecall_core::identity::Msisdn;
use simrecall_core::order::Kind;
use simrecall_store::case_notice::CaseNoticeKind;
use simrecall_store::outbox::NewOrder;
use simrecall_store::replacement::ReplacementCase;
use simrecall_store::seal::DomainKeys;
use simrecall_store::{StoreError, Tx};

use super::work::Worker;
use crate::home::Home;
use crate::orders::{About, draft};
use crate::problem::Result;

/// For how long nothing is bought over the bill of a number that got another card.
pub(crate) const HOLD_PAYMENTS: TimeDelta = TimeDelta::hours(72);

/// What is not told any more once the new card works.
const REMINDERS: [CaseNoticeKind; 5] = [
    CaseNoticeKind::Warning,
    CaseNoticeKind::Visit,
    CaseNoticeKind::Missed,
    CaseNoticeKind::Shipped,
    CaseNoticeKind::Activation,
];

/// What follows from a number's change of cards, ready to be written.
pub(crate) struct Orders(Vec<NewOrder>);

impl Orders {
    /// Small payments wait for three days after a change of cards, and whoever listens learns that there was one.
    pub(crate) fn of_change(
        home: &Home,
        service: &DomainKeys,
        number: &Msisdn,
        changed_at: DateTime<Utc>,
    ) -> Result<Self> {
        let number = number.expose();
        let until = changed_at + HOLD_PAYMENTS;
        let hold = json!({ "number": number, "from": changed_at, "until": until });
        let event = json!({ "number": number, "at": changed_at });
        // One that is over is not asked for.
        let hold = (home.now() < until).then_some((Kind::Hold, hold));
        let all = hold.into_iter().chain([(Kind::Swapped, event)]);
        let order = |(kind, data)| {
            let about = About { kind, incident: None, subject: Some(number) };
            draft(home, service, &about, &data)
        };
        all.map(order).collect::<Result<_>>().map(Self)
    }

    /// Writes them, and drops what is not told any more.
    pub(crate) fn write(
        &self,
        tx: &mut Tx<'_>,
        case: &ReplacementCase,
        at: DateTime<Utc>,
    ) -> std::result::Result<(), StoreError> {
        tx.drop_case_notices(case.incident, case.id, &REMINDERS, at)?;
        self.0.iter().try_for_each(|order| tx.put_order(order))
    }
}

impl Worker<'_> {
    /// What follows from the swap's completion.
    pub(super) fn orders(&self) -> Result<Orders> {
        Orders::of_change(self.home, &self.service, &self.plan.number, self.home.now())
    }
}
