//! The courier's rounds.

use std::collections::BTreeMap;
use std::time::Duration;

use simrecall_core::problem::Blame;
use simrecall_gateway::mail::{self, Mail, MailParts};
use simrecall_gateway::{Event, LinkState, Outcome, Route, Submission};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::Letter;
use crate::problem::{Problem, Result};
use crate::routes::mail_settings;
use crate::selfcheck::Door;
use crate::selfcheck::otp;

/// Between two tries for one code, and between two tries to reach the relay.
const PAUSE: Duration = Duration::from_secs(3);
/// How long what is under way may take once the courier is told to stop.
const FAREWELL: Duration = Duration::from_secs(5);
/// Messages handed to the carrier's service at a time.
const SHORT: usize = 4;

/// Takes codes to the network until `stop`, then finishes what is under way.
///
/// A code that the network does not take is tried again for as long as it lives. Without a mail route that can be reached it
/// keeps trying to reach it.
pub async fn run(door: Door, stop: impl Future<Output = ()> + Send) {
    let mut rounds = Rounds::new(door.clone());
    tokio::pin!(stop);
    loop {
        let has_room = rounds.has_room();
        let wakes = rounds.wakes_at();
        tokio::select! {
            () = &mut stop => break,
            letter = door.inner.queue.next(), if has_room => rounds.take(letter).await,
            event = heard(&mut rounds.route), if rounds.route.is_some() => rounds.hear(event),
            Some(_) = rounds.short.join_next() => {}
            () = sleep_until(wakes), if !rounds.later.is_empty() => rounds.again().await,
        }
    }
    rounds.finish().await;
}

/// What came out of the route; nothing once it has ended.
async fn heard(route: &mut Option<Route<Mail>>) -> Option<Event> {
    match route {
        Some(route) => route.events.recv().await,
        None => None,
    }
}

struct Rounds {
    door: Door,
    route: Option<Route<Mail>>,
    next_tag: u64,
    /// Mails without a result.
    under_way: BTreeMap<u64, Letter>,
    /// Those that wait for their next try.
    later: Vec<(Instant, Letter)>,
    short: JoinSet<()>,
}

impl Rounds {
    fn new(door: Door) -> Self {
        Self {
            door,
            route: None,
            next_tag: 0,
            under_way: BTreeMap::new(),
            later: Vec::new(),
            short: JoinSet::new(),
        }
    }

    /// Whether one more can be under way. What waits for another try counts, so that a dead relay fills the queue and not memory.
    fn has_room(&self) -> bool {
        let window = self.route.as_ref().map_or(1, |route| route.window);
        self.under_way.len() + self.later.len() < window && self.short.len() < SHORT
    }

    fn wakes_at(&self) -> Instant {
        let soonest = self.later.iter().map(|(at, _)| *at).min();
        soonest.unwrap_or_else(|| Instant::now() + PAUSE)
    }

    async fn take(&mut self, letter: Letter) {
        if letter.until() <= self.door.now() {
            return;
        }
        match letter {
            Letter::Mail { .. } => self.post(letter).await,
            Letter::Sms { request, number, text, .. } => {
                let door = self.door.clone();
                self.short.spawn_blocking(move || otp::send(&door, request, &number, &text));
            }
        }
    }

    async fn post(&mut self, letter: Letter) {
        if self.route.is_none() {
            self.route = self.connect().await;
        }
        let (Some(route), Some(mail)) = (&self.route, built(&self.door, &letter)) else {
            if self.route.is_none() {
                self.put_off(letter);
            }
            return;
        };
        self.next_tag += 1;
        let tag = self.next_tag;
        if route.submissions.send(Submission { tag, message: mail }).await.is_ok() {
            self.under_way.insert(tag, letter);
        } else {
            self.route = None;
            self.put_off(letter);
        }
    }

    async fn connect(&self) -> Option<Route<Mail>> {
        let home = &self.door.inner.home;
        let opened = async {
            let (_, smtp) = home.config.code_route().ok_or_else(no_route)?;
            let mut settings = mail_settings(home, smtp)?;
            // Codes have a connection of their own, whatever notices do.
            settings.connections = 1;
            let opened = mail::connect(settings).await;
            opened.map_err(|error| {
                Problem::new("unreachable", Blame::Network, "the mail route cannot be opened")
                    .caused_by(error)
            })
        };
        let opened: Result<Route<Mail>> = opened.await;
        opened.inspect_err(|problem| tracing::warn!(code = problem.code, "codes wait")).ok()
    }

    fn hear(&mut self, event: Option<Event>) {
        match event {
            Some(Event::Result { tag, outcome } | Event::Late { tag, outcome }) => {
                let Some(letter) = self.under_way.remove(&tag) else { return };
                match outcome {
                    Outcome::Accepted { .. } => {}
                    // A code that came twice is the same code.
                    Outcome::NotAccepted { .. } | Outcome::InDoubt { .. } => self.put_off(letter),
                    // The address does not exist: nobody is told, since that would tell it to whoever typed it.
                    Outcome::Rejected { code, .. } => tracing::info!(%code, "a code was refused"),
                }
            }
            Some(Event::Receipt(_, ack)) => ack.committed(),
            Some(Event::Link(LinkState::Up | LinkState::Down { .. })) => {}
            Some(Event::Link(LinkState::Refused { reason })) => {
                tracing::warn!(%reason, "the mail relay refuses us; codes wait");
                self.give_up_route();
            }
            None => self.give_up_route(),
        }
    }

    fn give_up_route(&mut self) {
        self.route = None;
        for (_, letter) in std::mem::take(&mut self.under_way) {
            self.put_off(letter);
        }
    }

    fn put_off(&mut self, letter: Letter) {
        if letter.until() > self.door.now() {
            self.later.push((Instant::now() + PAUSE, letter));
        }
    }

    async fn again(&mut self) {
        let now = Instant::now();
        let (due, later) =
            std::mem::take(&mut self.later).into_iter().partition(|(at, _)| *at <= now);
        self.later = later;
        let due: Vec<(Instant, Letter)> = due;
        for (_, letter) in due {
            self.take(letter).await;
        }
    }

    /// Waits for what is under way, not for what the network did not take.
    async fn finish(mut self) {
        let until = Instant::now() + FAREWELL;
        while !self.under_way.is_empty() || !self.short.is_empty() {
            tokio::select! {
                () = sleep_until(until) => break,
                event = heard(&mut self.route), if self.route.is_some() => self.hear(event),
                Some(_) = self.short.join_next() => {}
                else => break,
            }
        }
        if let Some(mut route) = self.route {
            route.finish();
            let _closed = route.close(FAREWELL).await;
        }
    }
}

/// The mail, with a return path of its own: what comes back is not taken for an attempt.
fn built(door: &Door, letter: &Letter) -> Option<Mail> {
    let Letter::Mail { reference, to, subject, text, .. } = letter else { return None };
    let config = &door.inner.home.config.mail;
    let name = format!("code.{reference}");
    let parts = MailParts {
        reference: &name,
        message: &name,
        host: &config.bounce_host,
        from: &config.from,
        to,
        subject,
        text,
        html: None,
        date: door.now(),
    };
    let built = mail::build(&parts).and_then(|mail| {
        let return_path = format!("code+{reference}@{}", config.bounce_host);
        let provider_id = mail.provider_id().to_owned();
        Mail::from_bytes(return_path, to.clone(), provider_id, mail.bytes().to_vec())
    });
    built.inspect_err(|error| tracing::warn!(%error, "a code's mail cannot be built")).ok()
}

fn no_route() -> Problem {
    Problem::configuration("config", "no mail route carries codes")
        .hint("add an email rung, or mail_route in [portal]")
}
