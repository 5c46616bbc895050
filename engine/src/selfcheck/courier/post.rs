//! The rounds of the courier who takes codes to the mail relay.

use std::collections::BTreeMap;

use simrecall_core::problem::Blame;
use simrecall_gateway::mail::{self, Mail, MailParts};
use simrecall_gateway::{Event, LinkState, Outcome, Route, Submission};
use tokio::time::{Instant, sleep_until};

use super::later::Later;
use super::{FAREWELL, Letter, Post};
use crate::problem::{Problem, Result};
use crate::routes::mail_settings;
use crate::selfcheck::Door;
use crate::staff::hex;

/// Takes codes to the relay until `stop`, then finishes what is under way.
pub(super) async fn run(door: &Door, stop: impl Future<Output = ()> + Send) {
    let mut rounds = Rounds::new(door);
    tokio::pin!(stop);
    loop {
        let has_room = rounds.has_room();
        let (wakes, waits) = (rounds.later.wakes_at(), rounds.later.len() > 0);
        tokio::select! {
            () = &mut stop => break,
            letter = door.inner.codes.posts.next(), if has_room => rounds.take(letter).await,
            event = heard(&mut rounds.route), if rounds.route.is_some() => rounds.hear(event),
            () = sleep_until(wakes), if waits => rounds.again().await,
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

struct Rounds<'a> {
    door: &'a Door,
    route: Option<Route<Mail>>,
    next_tag: u64,
    /// Mails without a result.
    under_way: BTreeMap<u64, Letter<Post>>,
    /// Those that wait for their next try.
    later: Later<Post>,
}

impl<'a> Rounds<'a> {
    fn new(door: &'a Door) -> Self {
        Self { door, route: None, next_tag: 0, under_way: BTreeMap::new(), later: Later::default() }
    }

    /// Whether one more can be under way. What waits for another try counts, so that a dead relay fills the queue and not memory.
    fn has_room(&self) -> bool {
        let window = self.route.as_ref().map_or(1, |route| route.window);
        self.under_way.len() + self.later.len() < window
    }

    async fn take(&mut self, letter: Letter<Post>) {
        self.later.forget_before(&letter);
        if letter.until <= self.door.now() {
            return;
        }
        if self.route.is_none() {
            self.route = self.connect().await;
        }
        if self.door.inner.codes.posts.overtakes(&letter) {
            return;
        }
        let (Some(route), Some(mail)) = (&self.route, built(self.door, &letter)) else {
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

    fn put_off(&mut self, letter: Letter<Post>) {
        if letter.until > self.door.now() {
            self.later.put(letter);
        }
    }

    async fn again(&mut self) {
        for letter in self.later.due() {
            self.take(letter).await;
        }
    }

    /// Waits for what is under way, not for what the network did not take.
    async fn finish(mut self) {
        let until = Instant::now() + FAREWELL;
        while !self.under_way.is_empty() {
            tokio::select! {
                () = sleep_until(until) => break,
                event = heard(&mut self.route), if self.route.is_some() => self.hear(event),
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
fn built(door: &Door, letter: &Letter<Post>) -> Option<Mail> {
    let Post { to, subject, text } = &letter.what;
    let config = &door.inner.home.config.mail;
    let reference = hex(letter.request.1.as_bytes());
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
