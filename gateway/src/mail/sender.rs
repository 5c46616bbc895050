//! The route: several connections feed on one queue.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;

use super::message::Mail;
use super::session::{Envelope, OpenError, Session, not_accepted};
use super::settings::{MailSettings, Starttls};
use super::wire::{Lost, tls};
use crate::route::{Event, LinkState, Outcome, Route, RouteError, Submission};

/// Opens the route: waits for the first connection to be greeted, encrypted and logged in.
///
/// Every submission gets exactly one result. When the submissions channel is dropped, what is queued is sent, each
/// connection says goodbye, and the events channel ends. While no connection is up, queued submissions are answered
/// with `NotAccepted` at the pace of the attempts to connect.
pub async fn connect(settings: MailSettings) -> Result<Route<Mail>, RouteError> {
    check(&settings)?;
    let first = Session::open(&settings).await.map_err(|error| refusal(&settings, error))?;
    let connections = usize::from(settings.connections);
    let window = connections * settings.window_per_connection;
    let (submissions, queue) = mpsc::channel(window);
    let (events, incoming) = mpsc::channel(window + 2 * connections);
    let shared = Arc::new(Shared {
        settings,
        queue: Mutex::new(queue),
        up: AtomicUsize::new(0),
        trying: AtomicUsize::new(connections),
    });
    let driver = tokio::spawn(drive(shared, events, first));
    Ok(Route { submissions, events: incoming, window, driver })
}

async fn drive(shared: Arc<Shared>, events: mpsc::Sender<Event>, first: Session) {
    let mut first = Some(first);
    let mut connections = JoinSet::new();
    for number in 0..usize::from(shared.settings.connections) {
        let connection =
            Connection { shared: Arc::clone(&shared), events: events.clone(), number, failures: 0 };
        connections.spawn(connection.run(first.take()));
    }
    drop(events);
    while connections.join_next().await.is_some() {}
}

#[derive(Debug)]
struct Shared {
    settings: MailSettings,
    queue: Mutex<mpsc::Receiver<Submission<Mail>>>,
    /// Connections in use.
    up: AtomicUsize,
    /// Connections that have not given up.
    trying: AtomicUsize,
}

#[derive(Debug)]
struct Connection {
    shared: Arc<Shared>,
    events: mpsc::Sender<Event>,
    number: usize,
    failures: u32,
}

/// Why a connection stopped being used.
#[derive(Debug)]
enum End {
    /// All submissions are answered and no more will come, or nobody listens any more.
    Finished,
    /// The conversation broke off.
    Lost(Lost),
}

/// Nobody reads our events any more.
#[derive(Debug)]
struct Unheard;

impl Connection {
    async fn run(mut self, mut session: Option<Session>) {
        loop {
            let opened = match session.take() {
                Some(session) => Ok(session),
                None => Session::open(&self.shared.settings).await,
            };
            let go_on = match opened {
                Ok(session) => self.use_up(session).await,
                Err(OpenError::Refused(code)) => return self.give_up(code).await,
                Err(OpenError::NotNow(code)) => self.wait_after(&code).await,
                Err(OpenError::Unreachable(lost)) => self.wait_after(lost.code()).await,
            };
            if !matches!(go_on, Ok(true)) {
                return;
            }
        }
    }

    /// Sends over one conversation until it ends; `true` if another is needed.
    async fn use_up(&mut self, mut session: Session) -> Result<bool, Unheard> {
        if self.shared.up.fetch_add(1, Ordering::AcqRel) == 0 {
            self.tell(Event::Link(LinkState::Up)).await?;
        }
        let end = self.converse(&mut session).await;
        let last = self.shared.up.fetch_sub(1, Ordering::AcqRel) == 1;
        match end? {
            End::Finished => {
                session.quit().await;
                Ok(false)
            }
            End::Lost(lost) => {
                if last {
                    let reason = lost.code().to_owned();
                    self.tell(Event::Link(LinkState::Down { reason })).await?;
                }
                // A relay that greets and hangs up must not be called again and again without a pause.
                if !session.has_delivered() {
                    return self.wait_after(lost.code()).await;
                }
                self.failures = 0;
                Ok(true)
            }
        }
    }

    async fn converse(&self, session: &mut Session) -> Result<End, Unheard> {
        let mut announced: Option<Submission<Mail>> = None;
        loop {
            let current = match announced.take() {
                Some(current) => current,
                None => match self.announce_next(session).await? {
                    Ok(current) => current,
                    Err(end) => return Ok(end),
                },
            };
            let next = if session.pipelines() { self.waiting() } else { None };
            let next_mail = next.as_ref().map(|next| &next.message);
            let outcome = session.deliver(&current.message, next_mail).await;
            self.report(current.tag, outcome).await?;
            if let Some(next) = next {
                announced = self.hear_about(session, next).await?;
            }
            if let Some(lost) = session.broken() {
                return Ok(End::Lost(lost));
            }
        }
    }

    /// Waits for a submission the relay is willing to take.
    async fn announce_next(
        &self,
        session: &mut Session,
    ) -> Result<Result<Submission<Mail>, End>, Unheard> {
        loop {
            if let Some(lost) = session.broken() {
                return Ok(Err(End::Lost(lost)));
            }
            let submission = tokio::select! {
                biased;
                submission = self.next() => submission,
                () = session.stirred() => continue,
            };
            let Some(submission) = submission else {
                return Ok(Err(End::Finished));
            };
            match session.announce(&submission.message).await {
                Envelope::Open => return Ok(Ok(submission)),
                Envelope::Refused(outcome) => self.report(submission.tag, outcome).await?,
            }
        }
    }

    /// Hears about a mail that was announced together with the last one's bytes; hands it back if it is wanted.
    async fn hear_about(
        &self,
        session: &mut Session,
        next: Submission<Mail>,
    ) -> Result<Option<Submission<Mail>>, Unheard> {
        let heard = match session.broken() {
            Some(lost) => Envelope::Refused(not_accepted(lost)),
            None => session.hear_envelope().await,
        };
        match heard {
            Envelope::Open => Ok(Some(next)),
            Envelope::Refused(outcome) => {
                self.report(next.tag, outcome).await?;
                Ok(None)
            }
        }
    }

    /// Pauses before the next attempt to connect; `true` if there is to be one.
    async fn wait_after(&mut self, code: &str) -> Result<bool, Unheard> {
        if self.shared.up.load(Ordering::Acquire) == 0 && self.answer_waiting(code).await? {
            return Ok(false);
        }
        tokio::select! {
            () = tokio::time::sleep(self.pause()) => {}
            () = self.events.closed() => return Err(Unheard),
        }
        self.failures = self.failures.saturating_add(1);
        Ok(true)
    }

    /// Stops for good. The last connection to do so answers whatever is still handed in.
    async fn give_up(self, code: String) {
        if self.shared.trying.fetch_sub(1, Ordering::AcqRel) > 1 {
            return;
        }
        let reason = format!("the relay refuses us ({code})");
        if self.tell(Event::Link(LinkState::Refused { reason })).await.is_err() {
            return;
        }
        while let Some(submission) = self.next().await {
            let outcome = Outcome::NotAccepted { code: code.clone() };
            if self.report(submission.tag, outcome).await.is_err() {
                return;
            }
        }
    }

    /// Answers what is queued while no connection is up; `true` if no more will come.
    async fn answer_waiting(&self, code: &str) -> Result<bool, Unheard> {
        let mut queue = self.shared.queue.lock().await;
        loop {
            match queue.try_recv() {
                Ok(submission) => {
                    let outcome = Outcome::NotAccepted { code: code.to_owned() };
                    self.report(submission.tag, outcome).await?;
                }
                Err(mpsc::error::TryRecvError::Empty) => return Ok(false),
                Err(mpsc::error::TryRecvError::Disconnected) => return Ok(true),
            }
        }
    }

    /// Doubles with every failure, up to the limit, less up to a quarter so that many senders do not march in step.
    fn pause(&self) -> Duration {
        let settings = &self.shared.settings;
        let doubled = settings.retry_after.saturating_mul(1 << self.failures.min(16));
        let whole = doubled.min(settings.retry_at_most);
        let number = u64::try_from(self.number).unwrap_or(0);
        let noise = scatter(settings.seed ^ (number << 32) ^ u64::from(self.failures)) % 256;
        let less = whole / 4 * u32::try_from(noise).unwrap_or(0) / 256;
        whole.saturating_sub(less)
    }

    async fn next(&self) -> Option<Submission<Mail>> {
        self.shared.queue.lock().await.recv().await
    }

    /// A submission that is there already. If another connection holds the queue, it is waiting: nothing is there.
    fn waiting(&self) -> Option<Submission<Mail>> {
        self.shared.queue.try_lock().ok()?.try_recv().ok()
    }

    async fn report(&self, tag: u64, outcome: Outcome) -> Result<(), Unheard> {
        self.tell(Event::Result { tag, outcome }).await
    }

    async fn tell(&self, event: Event) -> Result<(), Unheard> {
        self.events.send(event).await.map_err(|_| Unheard)
    }
}

fn check(settings: &MailSettings) -> Result<(), RouteError> {
    let wrong = |what: &str| Err(RouteError::Setting { what: what.to_owned() });
    let plain = |byte: u8| byte.is_ascii_graphic();
    if settings.connections == 0 || settings.window_per_connection == 0 {
        return wrong("a mail route needs one connection and a window of one at least");
    }
    if settings.helo.is_empty() || !settings.helo.bytes().all(plain) {
        return wrong("the name in EHLO must be a host name");
    }
    let encrypted = match &settings.starttls {
        Starttls::None => false,
        Starttls::Optional(trust) | Starttls::Required(trust) => {
            tls(trust).map_err(|error| RouteError::Setting { what: error.to_string() })?;
            matches!(settings.starttls, Starttls::Required(_))
        }
    };
    if settings.login.is_some() && !encrypted && !is_this_machine(&settings.address) {
        return wrong("a login goes over required STARTTLS only, or to this machine");
    }
    Ok(())
}

fn is_this_machine(address: &str) -> bool {
    ["127.", "localhost:", "[::1]:"].iter().any(|host| address.starts_with(host))
}

fn refusal(settings: &MailSettings, error: OpenError) -> RouteError {
    let address = settings.address.clone();
    match error {
        OpenError::Unreachable(_) => RouteError::Unreachable { address },
        OpenError::NotNow(code) | OpenError::Refused(code) => RouteError::Refused { address, code },
    }
}

/// Spreads the bits of a number (the finaliser of splitmix64).
const fn scatter(seed: u64) -> u64 {
    let mut x = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
