//! Holds the connections of a route: logs in again after a loss, says how the route is, and gives submissions back
//! when there is nobody to hand them to.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::bucket::Bucket;
use super::link::{DialError, Dialler, Link};
use super::message::ShortMessage;
use super::session::{Ending, Session};
use super::settings::SmscSettings;
use crate::route::{Event, LinkState, Outcome, Route, RouteError, Submission};

/// Events that may wait for the listener before connections keep them back.
const EVENTS: usize = 1_024;

/// What the connections of a route share.
pub(super) struct Shared {
    /// How to reach the SMSC.
    pub(super) settings: SmscSettings,
    /// Where events go.
    pub(super) events: mpsc::Sender<Event>,
    queue: tokio::sync::Mutex<mpsc::Receiver<Submission<ShortMessage>>>,
    bucket: Mutex<Bucket>,
}

impl Shared {
    /// Waits for submissions and takes at most `most`; none means that there will never be one again.
    /// Nothing is lost if the wait is given up.
    pub(super) async fn take(&self, most: usize) -> Vec<Submission<ShortMessage>> {
        let mut batch = Vec::new();
        self.queue.lock().await.recv_many(&mut batch, most).await;
        batch
    }

    /// The licence.
    pub(super) fn bucket(&self) -> MutexGuard<'_, Bucket> {
        // A bucket is whole after every step, so a panic elsewhere leaves it usable.
        self.bucket.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a connection tells the driver.
enum News {
    Up,
    Down(String),
    GivenUp(String),
}

/// Logs in once, then starts the route.
pub(super) async fn start(settings: SmscSettings) -> Result<Route<ShortMessage>, RouteError> {
    settings.check()?;
    let dialler = Dialler::new(&settings)?;
    let first = dialler.dial().await.map_err(|error| match error {
        DialError::Refused(code) | DialError::TurnedAway(code) => {
            RouteError::Refused { address: settings.address.clone(), code }
        }
        DialError::NotNow(_) => RouteError::Unreachable { address: settings.address.clone() },
    })?;
    let window = settings.window();
    let (submissions, queue) = mpsc::channel(window);
    let (events_to, events) = mpsc::channel(EVENTS);
    let bucket = Bucket::new(settings.pace_per_second, settings.burst, Instant::now());
    let shared = Arc::new(Shared {
        settings,
        events: events_to,
        queue: tokio::sync::Mutex::new(queue),
        bucket: Mutex::new(bucket),
    });
    let driver = tokio::spawn(drive(shared, dialler, first));
    Ok(Route { submissions, events, window, driver })
}

/// Runs all connections until nobody listens.
async fn drive(shared: Arc<Shared>, dialler: Dialler, first: Link) {
    let (news_to, mut news) = mpsc::unbounded_channel();
    let mut first = Some(first);
    let mut binds = JoinSet::new();
    for number in 0..shared.settings.binds {
        let bind = Bind {
            number,
            shared: Arc::clone(&shared),
            dialler: dialler.clone(),
            news: news_to.clone(),
        };
        binds.spawn(bind.run(first.take()));
    }
    drop(news_to);
    let mut health = Health::new(shared.settings.binds);
    loop {
        let giving_back = health.gives_back(shared.settings.response_timeout, Instant::now());
        let look_again = health.down_since + shared.settings.response_timeout;
        tokio::select! {
            told = news.recv() => match told {
                Some(told) => health.hear(told, &shared).await,
                None if shared.events.is_closed() => break,
                // All have given up; what is still submitted must be answered.
                None => give_back_all(&shared).await,
            },
            batch = shared.take(64), if giving_back && !health.finished => {
                health.finished = batch.is_empty();
                give_back(&shared, batch, "link down").await;
            }
            () = tokio::time::sleep_until(look_again), if health.up == 0 && !giving_back => {}
            () = shared.events.closed() => break,
        }
    }
    while binds.join_next().await.is_some() {}
}

/// How the connections are, all in all.
struct Health {
    up: u8,
    given_up: u8,
    binds: u8,
    down_since: Instant,
    finished: bool,
}

impl Health {
    fn new(binds: u8) -> Self {
        Self { up: 0, given_up: 0, binds, down_since: Instant::now(), finished: false }
    }

    /// After a response timeout without any connection, submissions go back to the caller.
    fn gives_back(&self, patience: Duration, now: Instant) -> bool {
        self.up == 0 && now >= self.down_since + patience
    }

    /// The route is up from its first connection to its last.
    async fn hear(&mut self, news: News, shared: &Shared) {
        let state = match news {
            News::Up => {
                self.up += 1;
                (self.up == 1).then_some(LinkState::Up)
            }
            News::Down(reason) => {
                self.up -= 1;
                self.down_since = Instant::now();
                (self.up == 0).then_some(LinkState::Down { reason })
            }
            News::GivenUp(reason) => {
                self.given_up += 1;
                tracing::warn!(%reason, "a connection to the SMSC has given up");
                (self.given_up == self.binds).then_some(LinkState::Refused { reason })
            }
        };
        if let Some(state) = state {
            drop(shared.events.send(Event::Link(state)).await);
        }
    }
}

/// Answers every submission until there can be no more, then waits for the listener to go.
async fn give_back_all(shared: &Shared) {
    loop {
        let batch = tokio::select! {
            batch = shared.take(64) => batch,
            () = shared.events.closed() => return,
        };
        if batch.is_empty() {
            return shared.events.closed().await;
        }
        give_back(shared, batch, "link refused").await;
    }
}

async fn give_back(shared: &Shared, batch: Vec<Submission<ShortMessage>>, code: &str) {
    for Submission { tag, message: _ } in batch {
        let outcome = Outcome::NotAccepted { code: code.to_owned() };
        drop(shared.events.send(Event::Result { tag, outcome }).await);
    }
}

/// One connection and its successors.
struct Bind {
    number: u8,
    shared: Arc<Shared>,
    dialler: Dialler,
    news: mpsc::UnboundedSender<News>,
}

impl Bind {
    /// Ends when nobody listens, or when the SMSC refuses us for good.
    async fn run(self, mut ready: Option<Link>) {
        let backoff = self.shared.settings.reconnect;
        let mut failures = 0;
        loop {
            let link = match ready.take() {
                Some(link) => link,
                None => match self.dial().await {
                    None => return,
                    Some(Ok(link)) => link,
                    Some(Err(DialError::Refused(code))) => {
                        self.tell(News::GivenUp(format!("login refused ({code})")));
                        return;
                    }
                    Some(Err(error @ (DialError::NotNow(_) | DialError::TurnedAway(_)))) => {
                        failures += 1;
                        tracing::debug!(bind = self.number, failures, %error, "no connection");
                        if self.pause(failures).await {
                            continue;
                        }
                        return;
                    }
                },
            };
            self.tell(News::Up);
            let since = Instant::now();
            match Session::new(Arc::clone(&self.shared), link).run().await {
                Ending::Left => return,
                Ending::Lost(reason) => self.tell(News::Down(reason)),
            }
            // A connection that lasted starts the pauses afresh; one that is cut at once does not.
            failures = if since.elapsed() > backoff.pause(0, u32::MAX) { 1 } else { failures + 1 };
            if !self.pause(failures).await {
                return;
            }
        }
    }

    async fn dial(&self) -> Option<Result<Link, DialError>> {
        tokio::select! {
            link = self.dialler.dial() => Some(link),
            () = self.shared.events.closed() => None,
        }
    }

    /// False if nobody listens any more.
    async fn pause(&self, failures: u32) -> bool {
        let pause = self.shared.settings.reconnect.pause(self.number, failures);
        tokio::select! {
            () = tokio::time::sleep(pause) => true,
            () = self.shared.events.closed() => false,
        }
    }

    /// The driver outlives us, unless the whole program is ending.
    fn tell(&self, news: News) {
        drop(self.news.send(news));
    }
}
