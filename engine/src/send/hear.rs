//! From a route's events to rows: answers, late answers, receipts, the state of the link.

use std::collections::BTreeMap;

use simrecall_core::delivery::{OutcomeKind, Standing};
use simrecall_core::id::AttemptKey;
use simrecall_core::problem::Blame;
use simrecall_gateway::mail::bounces::{Held, read_maildir};
use simrecall_gateway::{Ack, Event, LinkState, Outcome, Receipt, ReceiptStatus};
use simrecall_store::ledger::{Applied, NewOutcome, NewReceipt, SettledBy};
use simrecall_store::seal::{Field, Table};

use super::Sender;
use crate::config::RouteConfig;
use crate::problem::{self, Problem, Result};

/// How often the bounce maildir is read.
const BOUNCES_EVERY: chrono::TimeDelta = chrono::TimeDelta::milliseconds(500);

/// What one turn heard, as rows to commit and what to do once they have.
#[derive(Default)]
pub(super) struct Heard {
    pub(super) outcomes: Vec<NewOutcome>,
    pub(super) receipts: BTreeMap<String, Vec<NewReceipt>>,
    /// Tags that were answered, and how.
    pub(super) answered: Vec<(u64, OutcomeKind)>,
    acks: Vec<Ack>,
    bounces: Vec<Held>,
}

impl Heard {
    pub(super) fn is_empty(&self) -> bool {
        self.outcomes.is_empty() && self.receipts.is_empty()
    }
}

impl Sender<'_> {
    /// Turns events into rows.
    pub(super) fn hear(&mut self, events: Vec<(usize, Event)>) -> Result<Heard> {
        let mut heard = Heard::default();
        for (lane, event) in events {
            match event {
                Event::Result { tag, outcome } => self.hear_result(&mut heard, tag, &outcome),
                Event::Late { tag, outcome } => {
                    if let Some(attempt) = self.doubtful.get(&tag) {
                        push_outcome(&mut heard, *attempt, &outcome, self.home.now());
                    }
                }
                Event::Receipt(receipt, ack) => {
                    self.hear_receipt(&mut heard, lane, &receipt)?;
                    heard.acks.push(ack);
                }
                Event::Link(state) => self.hear_link(lane, state),
            }
        }
        self.hear_bounces(&mut heard)?;
        Ok(heard)
    }

    fn hear_result(&self, heard: &mut Heard, tag: u64, outcome: &Outcome) {
        let Some(flight) = self.flights.get(&tag) else { return };
        let kind = push_outcome(heard, flight.attempt, outcome, self.home.now());
        heard.answered.push((tag, kind));
    }

    fn hear_receipt(&self, heard: &mut Heard, lane: usize, receipt: &Receipt) -> Result<()> {
        let Some(lane) = self.lanes.get(lane) else { return Ok(()) };
        if let Some(receipt) = self.receipt_row(&lane.route, receipt)? {
            heard.receipts.entry(lane.route.clone()).or_default().push(receipt);
        }
        Ok(())
    }

    fn receipt_row(&self, route: &str, receipt: &Receipt) -> Result<Option<NewReceipt>> {
        let kind = match receipt.status {
            ReceiptStatus::Delivered => OutcomeKind::Delivered,
            ReceiptStatus::Failed => OutcomeKind::Failed,
            ReceiptStatus::Expired => OutcomeKind::Expired,
            ReceiptStatus::Bounced => OutcomeKind::Bounced,
            ReceiptStatus::Pending => return Ok(None),
        };
        let row = format!("{route} {}", receipt.provider_id);
        let sealed = self
            .service
            .seal(Table::Orphan, row.as_bytes(), receipt.destination.as_bytes())
            .map_err(|error| {
                Problem::ours("seal", "a receipt cannot be sealed").caused_by(error)
            })?;
        let known = !receipt.destination.is_empty();
        Ok(Some(NewReceipt {
            provider_id: receipt.provider_id.clone(),
            kind,
            at: self.home.now(),
            code: Some(receipt.code.clone()),
            destination: known
                .then(|| self.service.blind(Field::Destination, &receipt.destination)),
            reference: receipt.reference,
            sealed,
        }))
    }

    fn hear_link(&mut self, lane: usize, state: LinkState) {
        let Some(lane) = self.lanes.get_mut(lane) else { return };
        match state {
            LinkState::Up => lane.up = true,
            LinkState::Down { reason } => {
                lane.up = false;
                lane.put_back();
                self.last_problem = Some(format!("{}: {reason}; trying again", lane.route));
            }
            LinkState::Refused { reason } => {
                lane.up = false;
                let what = format!("route {} refuses us: {reason}", lane.route);
                self.failed = Some(Problem::new("refused", Blame::Network, what).hint(format!(
                    "check [routes.{}] in simrecall.toml, then run the same command again",
                    lane.route
                )));
            }
        }
    }

    /// Reads bounces now and then; each file stays where it is until its receipt has committed.
    fn hear_bounces(&mut self, heard: &mut Heard) -> Result<()> {
        let Some(maildir) = &self.home.config.mail.bounces else { return Ok(()) };
        let now = self.home.now();
        if now - self.bounces_read < BOUNCES_EVERY {
            return Ok(());
        }
        self.bounces_read = now;
        let mail = self.lanes.iter().find(|lane| matches!(lane.config, RouteConfig::Smtp(_)));
        let Some(route) = mail.map(|lane| lane.route.clone()) else { return Ok(()) };
        let unread = |error| Problem::input("bounces", "bounces cannot be read").caused_by(error);
        let bounces = read_maildir(&self.home.path(maildir), &self.home.config.mail.bounce_host);
        for bounce in bounces.map_err(unread)?.take(super::HEARD_AT_ONCE) {
            let (receipt, held) = bounce.map_err(unread)?;
            if let Some(row) = self.receipt_row(&route, &receipt)? {
                heard.receipts.entry(route.clone()).or_default().push(row);
            }
            heard.bounces.push(held);
        }
        Ok(())
    }

    /// What was heard has committed: permits come back, receipts are acknowledged, refusals look for another way.
    pub(super) fn take_back(&mut self, heard: Heard, applied: &[Applied]) -> Result<()> {
        let now = self.home.now();
        for (tag, kind) in heard.answered {
            self.land(tag, kind, now);
        }
        heard.acks.into_iter().for_each(Ack::committed);
        for bounce in heard.bounces {
            if let Err(error) = bounce.committed() {
                tracing::warn!(%error, "a bounce that is committed stays in new/ and will be read again");
            }
        }
        self.note_anomalies(applied)?;
        for change in applied.iter().filter(|change| change.before != change.after) {
            if needs_a_look(change.after) {
                self.due.insert(change.attempt.target.chunk, now);
            }
        }
        self.halt_if_refused()
    }

    /// An outcome that cannot be one of its attempt changes nothing, and is not forgotten either.
    fn note_anomalies(&self, applied: &[Applied]) -> Result<()> {
        for change in applied {
            let Some(refused) = &change.refused else { continue };
            let body = serde_json::json!({
                "attempt": change.attempt.to_string(), "part": change.part, "why": refused.to_string(),
            });
            let entry =
                self.home.entry("ledger.anomaly", "sender", Some(self.wave.incident), body)?;
            self.home.store.write(|tx| tx.journal(&entry)).map_err(problem::store)?;
        }
        Ok(())
    }

    fn land(&mut self, tag: u64, kind: OutcomeKind, now: chrono::DateTime<chrono::Utc>) {
        let Some(flight) = self.flights.remove(&tag) else { return };
        if kind == OutcomeKind::InDoubt {
            self.doubtful.insert(tag, flight.attempt);
        }
        let Some(lane) = self.lanes.get_mut(flight.lane) else { return };
        lane.in_flight = lane.in_flight.saturating_sub(1);
        lane.answered += 1;
        lane.refused += u64::from(kind == OutcomeKind::Rejected);
        if let Some(work) = flight.chunk.and_then(|no| lane.held_as(no)) {
            work.out = work.out.saturating_sub(1);
            if kind == OutcomeKind::NotAccepted {
                let mut item = flight.item;
                item.try_no = item.try_no.saturating_add(1);
                work.queue.push_front(item);
            }
        }
        if kind == OutcomeKind::NotAccepted {
            lane.rest(now);
        }
    }
}

/// Whether somebody has to think about an attempt that has come to stand like this.
const fn needs_a_look(standing: Standing) -> bool {
    match standing {
        Standing::InDoubt
        | Standing::NotTaken
        | Standing::Rejected
        | Standing::Expired
        | Standing::Failed
        | Standing::Bounced => true,
        Standing::Open
        | Standing::NotAccepted
        | Standing::Accepted
        | Standing::Mailed
        | Standing::Lettered
        | Standing::Published
        | Standing::Delivered => false,
    }
}

/// The rows of one answer.
fn push_outcome(
    heard: &mut Heard,
    attempt: AttemptKey,
    outcome: &Outcome,
    at: chrono::DateTime<chrono::Utc>,
) -> OutcomeKind {
    let settled_by = SettledBy::Answer;
    let one = |kind, code: &String| NewOutcome {
        attempt,
        part: 0,
        kind,
        at,
        code: Some(code.clone()),
        provider_id: None,
        settled_by,
    };
    match outcome {
        Outcome::Accepted { provider_ids } => {
            heard.outcomes.extend((1..).zip(provider_ids).map(|(part, id)| NewOutcome {
                attempt,
                part,
                kind: OutcomeKind::Accepted,
                at,
                code: None,
                provider_id: Some(id.clone()),
                settled_by,
            }));
            OutcomeKind::Accepted
        }
        Outcome::NotAccepted { code } => {
            heard.outcomes.push(one(OutcomeKind::NotAccepted, code));
            OutcomeKind::NotAccepted
        }
        Outcome::Rejected { code, .. } => {
            heard.outcomes.push(one(OutcomeKind::Rejected, code));
            OutcomeKind::Rejected
        }
        Outcome::InDoubt { code } => {
            heard.outcomes.push(one(OutcomeKind::InDoubt, code));
            OutcomeKind::InDoubt
        }
    }
}
