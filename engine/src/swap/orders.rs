//! What other systems hear of a swap: written in the transaction that completes it, sent by the outbox.

use chrono::{DateTime, Utc};
use serde_json::json;
use simrecall_core::id::OrderId;
use simrecall_store::case_notice::CaseNoticeKind;
use simrecall_store::outbox::NewOrder;
use simrecall_store::replacement::ReplacementCase;
use simrecall_store::seal::Table;
use simrecall_store::{StoreError, Tx};
use zeroize::Zeroizing;

use super::KEEP_OLD;
use super::work::Worker;
use crate::home::random;
use crate::problem::{Problem, Result};

/// What is not told any more once the new card works.
const REMINDERS: [CaseNoticeKind; 4] = [
    CaseNoticeKind::Warning,
    CaseNoticeKind::Visit,
    CaseNoticeKind::Missed,
    CaseNoticeKind::Shipped,
];

/// Orders that are ready to be written.
pub(super) struct Orders(Vec<NewOrder>);

impl Orders {
    pub(super) fn write(
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
    /// Small payments wait for three days after a change of cards, and whoever listens learns that there was one.
    pub(super) fn orders(&self) -> Result<Orders> {
        let now = self.home.now();
        let number = self.plan.number.expose();
        let until = now + KEEP_OLD;
        let hold = json!({ "number": number, "from": now, "until": until });
        let event = json!({ "number": number, "at": now });
        let orders = [("micropayment.hold", hold), ("sim.swapped", event)];
        let order = |(kind, body): (&str, serde_json::Value)| {
            let id = OrderId::from_bytes(random()?);
            let text = Zeroizing::new(body.to_string());
            let sealed = self.service.seal(Table::Outbox, id.as_bytes(), text.as_bytes());
            let sealed = sealed.map_err(|error| {
                Problem::ours("sealed", "an order cannot be sealed").caused_by(error)
            })?;
            Ok(NewOrder { id, kind: kind.to_owned(), sealed, at: now })
        };
        orders.into_iter().map(order).collect::<Result<_>>().map(Orders)
    }
}
