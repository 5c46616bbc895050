//! The loop: claim an order, open it, send it, settle it. One sender has one order in hand; several senders share the work.
//!
//! What was sent when its sender died is sent again, the same bytes: the receiver drops an id it has seen.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use simrecall_core::access::Purpose;
use simrecall_core::id::OrderId;
use simrecall_core::order::{Kind, pause};
use simrecall_gateway::webhook::{Delivery, WebhookError};
use simrecall_store::StoreError;
use simrecall_store::lease::LeaseToken;
use simrecall_store::outbox::{Order, OrderState};
use simrecall_store::permit::{Permit, PermitRequest};
use simrecall_store::seal::DomainKeys;

use super::draft::body;
use super::follow::Follow;
use super::list::{OrderList, list};
use super::receiver::{Receiver, unusable};
use crate::home::{Home, random};
use crate::problem::{self, Result};
use crate::replacement::parcel::over;

/// How long a sender may have an order in hand: longer than an answer may take.
const LEASE: TimeDelta = TimeDelta::seconds(60);
/// How many orders are opened under one permit.
const OPENED: u64 = 100;
/// How long orders are kept that were taken over.
const KEEP_TAKEN: TimeDelta = TimeDelta::days(30);
/// How long those are kept that were refused.
const KEEP_REFUSED: TimeDelta = TimeDelta::days(180);
/// How many rows are deleted at once.
const AT_ONCE: i64 = 1_000;
/// Who acts, as the journal names it.
const ACTOR: &str = "orders";
/// How often is looked for new orders.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How often is looked for orders that may go.
const TIDY_EVERY: TimeDelta = TimeDelta::hours(1);
/// It was somebody else's by then; the transaction was given up.
const ELSEWHERE: &str = "the order is somebody else's by now";

/// How long to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// Until nothing is due that can be sent now.
    Once,
    /// Until somebody stops it.
    Follow,
}

/// A moment of sending. Nothing in it is anybody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// An order is in hand; that has committed.
    Claimed(OrderId),
    /// Its receiver has answered, or will not.
    Answered(OrderId),
    /// What came of it has committed.
    Settled(OrderId),
}

/// Somebody who watches, and says when to stop.
pub trait Watch {
    /// Called at each point, in order.
    fn see(&mut self, _point: &Point) {}

    /// Whether to take no other order.
    fn stops(&self) -> bool {
        false
    }

    /// Lets this much time pass before it is looked for orders again.
    fn pause(&mut self, time: Duration) {
        std::thread::sleep(time);
    }
}

/// Nobody watches.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Watch for Unwatched {}

/// How a system fared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ReceiverAnswer {
    /// What it takes, as configured.
    pub name: String,
    /// How many orders it took over.
    pub taken: u64,
    /// How many it refused.
    pub refused: u64,
    /// How many tries it did not answer, or could not.
    pub put_off: u64,
    /// Why it was asked no more in this run: somebody has to look.
    pub stopped: Option<String>,
}

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SendAnswer {
    /// Each system.
    pub receivers: Vec<ReceiverAnswer>,
    /// How many old orders were deleted.
    pub deleted: u64,
    /// How the orders stand now.
    pub left: OrderList,
}

impl SendAnswer {
    /// Whether a system has to be looked at.
    pub fn is_stopped(&self) -> bool {
        self.receivers.iter().any(|one| one.stopped.is_some())
    }
}

/// Sends what is due, each to the system that takes it. It may be killed at any moment, and run as often as one likes at once.
pub fn send(home: &Home, pass: Pass, watch: &mut dyn Watch) -> Result<SendAnswer> {
    let mut receivers = Receiver::all(home)?;
    let service = home.keys.service().map_err(problem::keys)?;
    let mut desk = Desk { home, service, token: LeaseToken(random()?), permit: None, watch };
    let (mut deleted, mut tidied) = (desk.tidy()?, home.now());
    loop {
        // What nobody has begun to send, and is not wanted any more, is not sent.
        over::sweep_open(home)?;
        while desk.round(&mut receivers)? {}
        let all_stopped = receivers.iter().all(|one| one.answer.stopped.is_some());
        if pass == Pass::Once || all_stopped || desk.watch.stops() {
            break;
        }
        desk.watch.pause(LOOK_EVERY);
        if home.now() - tidied >= TIDY_EVERY {
            deleted += desk.tidy()?;
            tidied = home.now();
        }
    }
    let receivers = receivers.into_iter().map(|one| one.answer).collect();
    Ok(SendAnswer { receivers, deleted, left: list(home)? })
}

/// Somebody who sends.
struct Desk<'a> {
    home: &'a Home,
    service: DomainKeys,
    token: LeaseToken,
    permit: Option<Permit>,
    watch: &'a mut dyn Watch,
}

impl Desk<'_> {
    /// One order of each kind, so that many of one hold up no other. Whether there was any.
    fn round(&mut self, receivers: &mut [Receiver]) -> Result<bool> {
        let mut any = false;
        for receiver in receivers {
            for kind in receiver.kinds.clone() {
                if self.watch.stops() {
                    return Ok(false);
                }
                any |= receiver.is_open(self.home.now()) && self.one(receiver, kind)?;
            }
        }
        Ok(any)
    }

    /// One order of a kind. Whether there was one.
    fn one(&mut self, receiver: &mut Receiver, kind: Kind) -> Result<bool> {
        let (store, now, token) = (&self.home.store, self.home.now(), self.token);
        let claimed = store.write(|tx| tx.claim_order(kind, token, now, now + LEASE))?;
        let Some(order) = claimed else { return Ok(false) };
        self.watch.see(&Point::Claimed(order.id));
        let body = self.opened(&order)?;
        // No transaction is open while the receiver is spoken to.
        let said = receiver.webhook.send(order.id.0, body, self.home.now());
        self.watch.see(&Point::Answered(order.id));
        self.settle(receiver, &order, said)?;
        self.watch.see(&Point::Settled(order.id));
        Ok(true)
    }

    fn opened(&mut self, order: &Order) -> Result<Vec<u8>> {
        let permit = match self.permit.take().filter(|permit| permit.rows_left() > 0) {
            Some(permit) => permit,
            None => self.home.permit(&PermitRequest {
                purpose: Purpose::Send,
                actor: ACTOR.to_owned(),
                incident: None,
                scope: "orders to other systems".to_owned(),
                fields: vec!["order".to_owned()],
                rows: OPENED,
            })?,
        };
        body(self.permit.insert(permit), &self.service, order)
    }

    fn settle(
        &self,
        receiver: &mut Receiver,
        order: &Order,
        said: std::result::Result<Delivery, WebhookError>,
    ) -> Result<()> {
        let (id, token, store) = (order.id, self.token, &self.home.store);
        match said {
            Ok(Delivery::Taken) => {
                receiver.answered();
                receiver.answer.taken += self.end(order, OrderState::Taken, None)?;
            }
            Ok(Delivery::Refused { status }) => {
                receiver.answered();
                receiver.answer.refused += self.end(order, OrderState::Refused, Some(status))?;
            }
            Ok(Delivery::Later(_)) => {
                let now = self.home.now();
                receiver.failed(now);
                let tries = u32::try_from(order.tries).unwrap_or(u32::MAX);
                store.write(|tx| tx.retry_order(id, token, now + pause(tries)))?;
            }
            Ok(Delivery::Astray { status }) => {
                receiver.stop(format!("it answers with status {status}"));
                store.write(|tx| tx.release_order(id, token))?;
            }
            Err(error @ (WebhookError::SecretFile | WebhookError::Address)) => {
                receiver.stop(error.to_string());
                store.write(|tx| tx.release_order(id, token))?;
            }
            Err(error @ WebhookError::Request) => {
                store.write(|tx| tx.release_order(id, token))?;
                return Err(unusable(error));
            }
        }
        Ok(())
    }

    /// Settles an order, with all that follows. How many that was: none if somebody else has it by now.
    fn end(&self, order: &Order, state: OrderState, status: Option<u16>) -> Result<u64> {
        let (home, token, now) = (self.home, self.token, self.home.now());
        let kind = match state {
            OrderState::Taken | OrderState::Due => "order.taken",
            OrderState::Refused => "order.refused",
        };
        let what =
            serde_json::json!({ "order": order.id, "kind": order.kind.name(), "status": status });
        let entry = home.entry(kind, ACTOR, order.incident, what)?;
        let follow = Follow::ready(home, order)?;
        let done = home.store.write(|tx| {
            if !tx.settle_order(order.id, token, state, now)? {
                return Err(StoreError::State(ELSEWHERE));
            }
            follow.settled(tx, (home, order), state, now)?;
            tx.journal(&entry).map(drop)
        });
        match done {
            Ok(()) => Ok(1),
            Err(StoreError::State(ELSEWHERE)) => Ok(0),
            Err(error) => Err(error.into()),
        }
    }

    /// Deletes what was settled long ago.
    fn tidy(&self) -> Result<u64> {
        let now: DateTime<Utc> = self.home.now();
        let (taken, refused) = (now - KEEP_TAKEN, now - KEEP_REFUSED);
        let mut deleted = 0;
        loop {
            let delete = |tx: &mut simrecall_store::Tx<'_>| {
                tx.delete_settled_orders(taken, refused, AT_ONCE)
            };
            match self.home.store.write(delete)? {
                0 => return Ok(deleted),
                some => deleted += some,
            }
        }
    }
}
