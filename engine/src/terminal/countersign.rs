//! A supervisor's own passkey under an order that a rule wants two people for: at another terminal, by somebody else than its clerk.
//!
//! It lets the rule be met. It waives no proof.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use simrecall_core::access::Act;
use simrecall_core::access::limit::Count;
use simrecall_core::id::{ChallengeId, SwapOrderId};
use simrecall_core::terminal::order::{State, lapses_at};
use simrecall_store::StoreError;
use simrecall_store::swap_order::{Countersign, Signed, SwapOrder};

use super::passkey::challenge_of;
use super::session::{Put, taken};
use super::{About, AgencyDoor, Seat, SignedIn, limit, view};
use crate::problem::{Problem, Result};
use crate::selfcheck::SessionKey;
use crate::staff::{hex, name_of};

/// As many are listed.
const MOST: i64 = 200;
/// What a transaction says of an order that takes no countersign any more.
const NOT_ANY_MORE: &str = "the order takes no countersign any more";

/// An order that waits for a supervisor. Nothing of a customer is in it.
#[derive(Debug, Clone, Serialize)]
pub struct Unsigned {
    /// The order.
    pub id: SwapOrderId,
    /// Where, by the agency's code.
    pub agency: String,
    /// Who serves there.
    pub clerk: String,
    /// When they signed.
    pub at: DateTime<Utc>,
    /// Until when it waits.
    pub until: DateTime<Utc>,
}

impl AgencyDoor {
    /// Orders that wait for a supervisor, of any agency, oldest first; not those of their own.
    pub fn unsigned_orders(&self, seat: &Seat) -> Result<Vec<Unsigned>> {
        may_sign(seat)?;
        let (home, now) = (self.home(), self.now());
        let orders = home.store.read(|tx| tx.unsigned_swap_orders(now, MOST))?;
        let codes = crate::agency::codes(home)?;
        let others = orders.iter().filter(|order| is_others(order, seat));
        let row = |order: &SwapOrder| {
            let facts = &order.order.facts;
            let at = order.confirmed.as_ref().map_or(facts.made_at, |(at, _)| *at);
            Ok(Unsigned {
                id: facts.id,
                agency: codes.get(&facts.agency).cloned().unwrap_or_default(),
                clerk: name_of(home, facts.staff)?,
                at,
                until: lapses_at(order.state, facts.until, Some(at)).unwrap_or(facts.until),
            })
        };
        others.map(row).collect()
    }

    /// Asks a supervisor's passkey whether they sign.
    pub fn begin_countersign(&self, seat: &Seat, id: SwapOrderId) -> Result<Put> {
        let order = self.unsigned(seat, id)?;
        self.ask(seat, &order, ("countersign", "order.countersign_asked"))
    }

    /// Signs.
    pub fn countersign(
        &self,
        seat: &Seat,
        id: SwapOrderId,
        (question, answer): (ChallengeId, Value),
    ) -> Result<SignedIn> {
        let (home, about) = (self.home(), About { what: "countersign", id: *id.as_bytes() });
        if seat.asks_again_for(&about.id) {
            let cookie = SessionKey::new()?;
            home.store.write(|tx| seat.renew(tx, &cookie, about.id, home.now()))?;
            return self.with_new(seat, cookie);
        }
        let order = self.unsigned(seat, id)?;
        let answered = self.check_step_up(seat, (question, &about), answer)?;
        let (facts, cookie) = (&order.order.facts, SessionKey::new()?);
        let new = Countersign {
            order: id,
            incident: facts.incident,
            staff: seat.staff.id,
            terminal: seat.terminal.id,
            challenge: challenge_of(&answered.question.state)?.to_vec(),
            signed: Signed::from(&answered.assertion),
            at: self.now(),
        };
        let body = json!({
            "order": id, "case": facts.case, "hash": hex(&order.hash),
            "terminal": seat.terminal.id, "credential": answered.assertion.credential,
            "assertion": hex(&answered.assertion.sha256()),
        });
        let entry = home.entry("order.countersigned", seat.actor(), Some(facts.incident), body)?;
        let done = home.store.write(|tx| {
            let now = home.now();
            seat.still(tx, now)?;
            answered.take(tx, now)?;
            limit::count(tx, home, seat, (Count::Countersign, None))?;
            if !tx.countersign_order(&new)? {
                return Err(StoreError::State(NOT_ANY_MORE));
            }
            seat.renew(tx, &cookie, about.id, now)?;
            tx.journal(&entry).map(drop)
        });
        match done {
            Ok(()) => self.with_new(seat, cookie),
            Err(StoreError::State(NOT_ANY_MORE)) => Err(not_any_more()),
            Err(error) => Err(taken(error)),
        }
    }

    /// An order that waits for a supervisor, and may be signed by this one.
    fn unsigned(&self, seat: &Seat, id: SwapOrderId) -> Result<SwapOrder> {
        may_sign(seat)?;
        let found = self.home().store.read(|tx| tx.swap_order(id))?;
        let order = found.filter(|order| order.order.countersign).ok_or_else(view::not_shown)?;
        if !is_others(&order, seat) {
            return Err(Problem::state("own_order", "somebody else signs, at another terminal"));
        }
        if order.state == State::Confirmed { Ok(order) } else { Err(not_any_more()) }
    }
}

fn is_others(order: &SwapOrder, seat: &Seat) -> bool {
    order.order.facts.staff != seat.staff.id && order.order.facts.terminal != seat.terminal.id
}

fn may_sign(seat: &Seat) -> Result<()> {
    let may = seat.staff.roles.iter().any(|role| role.may(Act::Countersign));
    if may { Ok(()) } else { Err(Problem::state("not_allowed", "a supervisor signs")) }
}

fn not_any_more() -> Problem {
    Problem::state("countersign_late", NOT_ANY_MORE)
}
