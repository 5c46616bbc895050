//! A system that takes orders, and how it fares in this run.

use chrono::{DateTime, Utc};
use simrecall_core::order::{Kind, pause};
use simrecall_gateway::webhook::{Webhook, WebhookError};

use super::send::ReceiverAnswer;
use crate::home::Home;
use crate::problem::{Problem, Result};
use crate::routes::roots;

/// After so many failures in a row a system is left alone for a while.
const FAILURES: u32 = 2;

/// Refuses what would write an order that nobody takes: the configuration names no system for its kind.
pub fn needs_receiver(home: &Home, kind: Kind) -> Result<()> {
    match home.config.orders.receiver(kind) {
        Some(_) => Ok(()),
        None => Err(nobody(kind)),
    }
}

fn nobody(kind: Kind) -> Problem {
    let kind = kind.name();
    Problem::configuration("no_receiver", format!("no system is named that takes orders {kind}"))
        .hint("add [[orders.receivers]] to simrecall.toml, with kinds, url and secret_file")
}

/// One system.
pub(super) struct Receiver {
    pub(super) kinds: Vec<Kind>,
    pub(super) webhook: Webhook,
    pub(super) answer: ReceiverAnswer,
    /// How often in a row it did not answer, or could not.
    failures: u32,
    /// When it may be asked again.
    open_at: Option<DateTime<Utc>>,
}

impl Receiver {
    /// Every system that is configured.
    pub(super) fn all(home: &Home) -> Result<Vec<Self>> {
        let one = |config: &crate::config::ReceiverConfig| {
            let roots = roots(home, config.tls_roots.as_deref())?;
            let webhook = Webhook::new(&config.url, &home.path(&config.secret_file), &roots);
            let webhook = webhook.map_err(unusable)?;
            let kinds = Kind::ALL.into_iter().filter(|kind| config.takes(*kind)).collect();
            let answer = ReceiverAnswer { name: config.name(), ..ReceiverAnswer::default() };
            Ok(Self { kinds, webhook, answer, failures: 0, open_at: None })
        };
        home.config.orders.receivers.iter().map(one).collect()
    }

    /// Whether it is asked now.
    pub(super) fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.answer.stopped.is_none() && self.open_at.is_none_or(|at| at <= now)
    }

    /// It answered, whatever it said.
    pub(super) fn answered(&mut self) {
        (self.failures, self.open_at) = (0, None);
    }

    /// It did not answer, or could not. Who fails twice in a row has a pause, so that it holds up no other.
    pub(super) fn failed(&mut self, now: DateTime<Utc>) {
        self.answer.put_off += 1;
        self.failures += 1;
        if self.failures >= FAILURES {
            self.open_at = Some(now + pause(self.failures - 1));
        }
    }

    /// It takes nothing in this run: somebody has to look.
    pub(super) fn stop(&mut self, why: String) {
        self.answer.stopped = Some(why);
    }
}

pub(super) fn unusable(error: WebhookError) -> Problem {
    Problem::new(error.code(), error.blame(), error.to_string())
        .caused_by(error)
        .hint("see [[orders.receivers]] in simrecall.toml")
}
