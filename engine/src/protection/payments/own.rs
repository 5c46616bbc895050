//! What customers see and do of their own small payments.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;
use simrecall_core::access::Unlock;
use simrecall_core::id::LineId;
use simrecall_core::identity::Msisdn;
use simrecall_core::order::Kind;
use simrecall_store::StoreError;
use simrecall_store::seal::Field;

use super::order;
use crate::problem::{Problem, Result};
use crate::replacement::CUSTOMER;
use crate::selfcheck::{Door, Visit};
use crate::swap::HOLD_PAYMENTS;

/// How the small payments of a line of theirs stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OwnPayments {
    /// The line.
    pub line: LineId,
    /// Its number, masked.
    pub number: String,
    /// How they stand.
    pub state: &'static str,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Until when they stay blocked, because the number has just got another card.
    pub until: Option<DateTime<Utc>>,
    /// Whether they may ask for the block to be lifted.
    pub liftable: bool,
}

impl Door {
    /// The small payments of each of their lines that were ever blocked.
    pub fn payments(&self, visit: &Visit) -> Result<Vec<OwnPayments>> {
        let own = self.own_lines(visit.asked(Unlock::Protect)?)?;
        let index = |number: &Msisdn| self.inner.service.blind(Field::Msisdn, number.expose());
        let lines: Vec<(LineId, String, [u8; 16])> = own
            .iter()
            .map(|(line, record)| (*line, record.msisdn.masked(), index(&record.msisdn)))
            .collect();
        let keys: Vec<[u8; 16]> = lines.iter().map(|(.., key)| *key).collect();
        let now = self.now();
        self.inner
            .home
            .store
            .read(|tx| {
                let blocks = tx.payment_blocks_of(&keys)?;
                let mut shown = Vec::new();
                for (line, number, key) in &lines {
                    let Some(block) = blocks.iter().find(|one| one.number == *key) else {
                        continue;
                    };
                    let changed = tx.sim_change(key)?;
                    let until = changed.map(|at| at + HOLD_PAYMENTS).filter(|until| now < *until);
                    let live = block.state.is_live();
                    shown.push(OwnPayments {
                        line: *line,
                        number: number.clone(),
                        state: block.state.name(),
                        since: block.changed_at,
                        until: until.filter(|_| live),
                        liftable: live && until.is_none(),
                    });
                }
                Ok(shown)
            })
            .map_err(Into::into)
    }

    /// Asks for the block of a line's small payments to be lifted. Refused while the line is held, and for 72 hours after it got another
    /// card: whoever stole the number would ask for it first.
    pub fn lift_payments(&self, visit: &Visit, line: LineId) -> Result<()> {
        let known = visit.asked(Unlock::LiftBlock)?;
        self.serves(known)?;
        let record = self.own_line(known, line)?;
        let (home, service) = (&self.inner.home, &self.inner.service);
        let number = service.blind(Field::Msisdn, record.msisdn.expose());
        let order = order(home, service, (Kind::Lift, &record.msisdn))?;
        let what = json!({ "lines": [line], "order": order.id });
        let entry = home.entry("payments.lifted", CUSTOMER, Some(self.inner.incident), what)?;
        let now = self.now();
        let mut until = None;
        let done = home.store.write(|tx| {
            // Whoever holds the line, or swaps its card, comes before or after this, not in between.
            tx.lock_line(&number)?;
            if tx.line_is_held(&number)? {
                return Err(StoreError::State(HELD));
            }
            until = tx.sim_change(&number)?.map(|at| at + HOLD_PAYMENTS);
            if until.is_some_and(|until| now < until) {
                return Err(StoreError::State(TOO_SOON));
            }
            if !tx.lift_payments(&number, order.id, now)? {
                return Err(StoreError::State(NOT_BLOCKED));
            }
            tx.put_order(&order)?;
            tx.journal(&entry).map(drop)
        });
        match done {
            Ok(()) => Ok(()),
            Err(StoreError::State(HELD)) => {
                Err(Problem::state("line_held", "the line is held: please call us"))
            }
            Err(StoreError::State(TOO_SOON)) => {
                let until = until.map(|until| until.to_rfc3339()).unwrap_or_default();
                Err(Problem::state(
                    "payments_wait",
                    format!("small payments stay blocked until {until}: the card is new"),
                ))
            }
            Err(StoreError::State(NOT_BLOCKED)) => {
                Err(Problem::state("already", "no block of this line's small payments is left"))
            }
            Err(error) => Err(error.into()),
        }
    }
}

const HELD: &str = "the line is held";
const TOO_SOON: &str = "the card is new";
const NOT_BLOCKED: &str = "small payments are not blocked";
