//! One connection, from login to loss: reads and writes at once, so that neither side can block the other.
//!
//! Everything happens in one task, turn by turn; a turn waits for whichever comes first of octets, room to write,
//! submissions, acknowledgements, a listener with room, and the clock.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use rusmpp::Pdu;
use rusmpp::pdus::{DataSmResp, DeliverSmResp};
use rusmpp::types::COctetString;
use tokio::io::{AsyncReadExt, AsyncWriteExt, WriteHalf};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::driver::Shared;
use super::frame::{self, Frame};
use super::link::{Link, Wire};
use super::message::{self, ShortMessage};
use super::receipt::Dialect;
use super::status;
use super::window::{Answer, Window};
use crate::route::{Ack, Acked, Event, Submission};

const SUBMIT_SM_RESP: u32 = 0x8000_0004;
const GENERIC_NACK: u32 = 0x8000_0000;
const DELIVER_SM: u32 = 0x05;
const DATA_SM: u32 = 0x0103;
const ENQUIRE_LINK: u32 = 0x15;
const UNBIND: u32 = 0x06;
const UNBIND_RESP: u32 = 0x8000_0006;

/// How many receipts may wait for their commit, and how many events for the listener, before we stop reading.
const MOST_WAITING: usize = 1_000;
/// Octets to gather before they are written; a batch of texts fits.
const MOST_GATHERED: usize = 256 * 1024;
/// How many submissions to take at once.
const MOST_TAKEN: usize = 256;
/// How many `enquire_link` may stay unanswered.
const MOST_ASKED: u32 = 2;
/// How many response timeouts in a row may pass without a single answer.
const MOST_SILENT: u32 = 3;
/// How many answers in a row may say "queue full" before we slow down.
const MOST_QUEUE_FULL: u32 = 5;
/// How long to wait for the answer to our leave-taking.
const LEAVE: Duration = Duration::from_secs(5);

/// How a session ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ending {
    /// Nobody listens any more; we took leave.
    Left,
    /// The connection is gone.
    Lost(String),
}

/// One connection.
pub(super) struct Session {
    shared: Arc<Shared>,
    link: Link,
    window: Window,
    dialect: Dialect,
    /// Encoded and not yet handed to the connection.
    out: BytesMut,
    /// The last answer before we hang up.
    farewell: BytesMut,
    /// Octets ever put into `out`, and ever handed to the connection.
    gathered: u64,
    written: u64,
    unflushed: bool,
    /// Events the listener had no room for yet.
    outbox: VecDeque<Event>,
    receipts: Receipts,
    /// Nothing more will be submitted.
    finished: bool,
    /// How many answers in a row said "queue full".
    queue_full: u32,
    clock: Clock,
}

/// Receipts handed out and not yet acknowledged.
struct Receipts {
    open: BTreeMap<u32, Delivery>,
    next: u32,
    acks: mpsc::UnboundedReceiver<Acked>,
    ack_to: mpsc::UnboundedSender<Acked>,
}

/// Which PDU a receipt came in.
#[derive(Debug, Clone, Copy)]
struct Delivery {
    sequence: u32,
    is_data: bool,
}

/// The session's times.
struct Clock {
    /// When to ask whether the other side is alive.
    ask_at: Instant,
    asked: u32,
    /// How often in a row a response timeout passed without any answer, and when it last did.
    silent: u32,
    silent_at: Instant,
    /// Nobody is late before this: until then we were not reading.
    grace_until: Instant,
    /// When the licence next allows something, if it holds us up.
    token_at: Option<Instant>,
}

/// What a turn brought.
enum Turn {
    Read(usize),
    Wrote(usize),
    Flushed,
    Submitted(Vec<Submission<ShortMessage>>),
    Acked(Vec<Acked>),
    /// The listener has room again, or is gone.
    Listener,
    Gone,
    Tick,
    Broken(String),
}

impl Session {
    /// Takes over a connection.
    pub(super) fn new(shared: Arc<Shared>, link: Link) -> Self {
        let now = Instant::now();
        let settings = &shared.settings;
        let (ack_to, acks) = mpsc::unbounded_channel();
        Self {
            window: Window::new(usize::from(settings.window_per_bind)),
            dialect: Dialect { ids: settings.ids, offset_minutes: settings.receipt_offset_minutes },
            clock: Clock {
                ask_at: now + settings.enquire_every,
                asked: 0,
                silent: 0,
                silent_at: now,
                grace_until: now,
                token_at: None,
            },
            link,
            shared,
            out: BytesMut::new(),
            farewell: BytesMut::new(),
            gathered: 0,
            written: 0,
            unflushed: false,
            outbox: VecDeque::new(),
            receipts: Receipts { open: BTreeMap::new(), next: 0, acks, ack_to },
            finished: false,
            queue_full: 0,
        }
    }

    /// Runs until the connection is lost or nobody listens. Whatever was taken on has its result by then.
    pub(super) async fn run(mut self) -> Ending {
        // Deliveries may have come in one piece with the login's answer.
        let mut ending = self.read_frames().err();
        while ending.is_none() {
            self.gather();
            let turn = self.turn().await;
            ending = self.take_turn(turn);
        }
        let ending = ending.unwrap_or(Ending::Left);
        if ending == Ending::Left {
            drop(tokio::time::timeout(LEAVE, self.leave()).await);
        } else {
            drop(tokio::time::timeout(LEAVE, self.say_farewell()).await);
        }
        let lost = self.window.lost(self.written);
        for event in self.outbox.into_iter().chain(lost) {
            // Nobody listening is no reason to stop: the others end the same way.
            drop(self.shared.events.send(event).await);
        }
        ending
    }

    async fn turn(&mut self) -> Turn {
        let may_read = self.may_read();
        let room = self.window.room().min(MOST_TAKEN);
        let wake = self.wake_at();
        let writing = self.unflushed || !self.out.is_empty();
        let mut acked = Vec::new();
        tokio::select! {
            read = self.link.reader.read_buf(&mut self.link.buffer), if may_read => {
                read.map_or_else(|error| Turn::Broken(error.to_string()), Turn::Read)
            }
            turn = push(&mut self.link.writer, &self.out), if writing => turn,
            batch = self.shared.take(room), if room > 0 && !self.finished => Turn::Submitted(batch),
            _ = self.receipts.acks.recv_many(&mut acked, MOST_WAITING) => Turn::Acked(acked),
            _ = self.shared.events.reserve(), if !self.outbox.is_empty() => Turn::Listener,
            () = self.shared.events.closed() => Turn::Gone,
            () = tokio::time::sleep_until(wake) => Turn::Tick,
        }
    }

    fn take_turn(&mut self, turn: Turn) -> Option<Ending> {
        match turn {
            Turn::Read(0) | Turn::Wrote(0) => return Some(lost("closed by the SMSC")),
            Turn::Read(_) => {
                self.heard();
                return self.read_frames().err();
            }
            Turn::Wrote(octets) => {
                self.out.advance(octets);
                self.written += u64::try_from(octets).unwrap_or(u64::MAX);
                self.unflushed = true;
            }
            Turn::Flushed => self.unflushed = false,
            Turn::Submitted(batch) => self.take_on(batch),
            Turn::Acked(acked) => self.acknowledge(&acked),
            Turn::Listener => self.pass_on(),
            Turn::Gone => return Some(Ending::Left),
            Turn::Tick => return self.tick(),
            Turn::Broken(reason) => {
                // A failed write may have sent any of what it was given.
                self.written = self.gathered;
                return Some(Ending::Lost(reason));
            }
        }
        None
    }

    /// Reading stops while too many receipts wait for their commit, or events for the listener.
    fn may_read(&self) -> bool {
        self.receipts.open.len() < MOST_WAITING && self.outbox.len() < MOST_WAITING
    }

    fn wake_at(&mut self) -> Instant {
        let deadline = self.window.next_deadline();
        let late = deadline.map(|deadline| deadline.max(self.clock.grace_until));
        [late, self.clock.token_at].into_iter().flatten().fold(self.clock.ask_at, Instant::min)
    }

    fn heard(&mut self) {
        self.clock.asked = 0;
        self.clock.ask_at = Instant::now() + self.shared.settings.enquire_every;
    }

    fn tick(&mut self) -> Option<Ending> {
        let now = Instant::now();
        self.clock.token_at = self.clock.token_at.filter(|at| *at > now);
        if !self.may_read() {
            self.clock.grace_until = now + self.shared.settings.response_timeout;
            self.heard();
            return None;
        }
        if now >= self.clock.grace_until && self.expire(now) {
            return Some(lost("no answers to submissions"));
        }
        if now < self.clock.ask_at {
            return None;
        }
        if self.clock.asked >= MOST_ASKED {
            return Some(lost("no answer to enquire_link"));
        }
        self.clock.asked += 1;
        self.clock.ask_at = now + self.shared.settings.enquire_every;
        let number = self.number();
        self.put(status::OK, number, Pdu::EnquireLink);
        None
    }

    /// Reports what is in doubt by now. True if the other side has been silent for too long.
    fn expire(&mut self, now: Instant) -> bool {
        let expired = self.window.expire(now);
        if expired.is_empty() {
            return false;
        }
        self.outbox.extend(expired);
        self.pass_on();
        if now >= self.clock.silent_at + self.shared.settings.response_timeout {
            self.clock.silent += 1;
            self.clock.silent_at = now;
        }
        self.clock.silent >= MOST_SILENT
    }

    /// Takes on new messages; those that can never be written are answered at once.
    fn take_on(&mut self, batch: Vec<Submission<ShortMessage>>) {
        self.finished = batch.is_empty();
        for Submission { tag, message } in batch {
            match message::to_pdus(&message, &self.shared.settings) {
                Ok(pdus) => self.window.admit(tag, pdus),
                Err(outcome) => self.outbox.push_back(Event::Result { tag, outcome }),
            }
        }
        self.pass_on();
    }

    /// Encodes what window and licence allow.
    fn gather(&mut self) {
        let now = Instant::now();
        let ready = u32::try_from(self.window.ready()).unwrap_or(u32::MAX);
        if ready == 0 || self.out.len() >= MOST_GATHERED {
            self.clock.token_at = None;
            return;
        }
        let mut tokens = match self.shared.bucket().take(ready, now) {
            Ok(tokens) => tokens,
            Err(wait) => {
                self.clock.token_at = Some(now + wait);
                return;
            }
        };
        self.clock.token_at = None;
        let deadline = now + self.shared.settings.response_timeout;
        while tokens > 0 && self.out.len() < MOST_GATHERED {
            let Some((part, pdu)) = self.window.next() else { break };
            let number = self.number();
            self.put(status::OK, number, pdu);
            self.window.launched(number, part, self.gathered, deadline);
            tokens -= 1;
        }
        self.shared.bucket().give_back(tokens);
    }

    /// A sequence number nothing waits under.
    fn number(&mut self) -> u32 {
        let mut number = self.link.sequence.next();
        while self.window.uses(number) {
            number = self.link.sequence.next();
        }
        number
    }

    fn put(&mut self, status: u32, sequence: u32, pdu: Pdu) {
        let before = self.out.len();
        frame::put(&mut self.out, status, sequence, pdu);
        self.gathered += u64::try_from(self.out.len() - before).unwrap_or(u64::MAX);
    }

    fn read_frames(&mut self) -> Result<(), Ending> {
        loop {
            match frame::next(&mut self.link.buffer) {
                Ok(Some(frame)) => self.read_frame(frame)?,
                Ok(None) => break,
                Err(broken) => {
                    frame::put(&mut self.farewell, status::INVALID_LENGTH, 0, Pdu::GenericNack);
                    return Err(Ending::Lost(broken.to_string()));
                }
            }
        }
        self.pass_on();
        Ok(())
    }

    fn read_frame(&mut self, frame: Frame) -> Result<(), Ending> {
        match frame.id {
            SUBMIT_SM_RESP | GENERIC_NACK => self.answered(frame),
            DELIVER_SM | DATA_SM => self.delivered(frame),
            ENQUIRE_LINK => self.put(status::OK, frame.sequence, Pdu::EnquireLinkResp),
            UNBIND => {
                frame::put(&mut self.farewell, status::OK, frame.sequence, Pdu::UnbindResp);
                return Err(lost("the SMSC took leave"));
            }
            // An answer we wait for no more, or never asked for.
            _ if frame.is_answer() => {}
            _ => self.put(status::INVALID_COMMAND, frame.sequence, Pdu::GenericNack),
        }
        Ok(())
    }

    fn answered(&mut self, frame: Frame) {
        let now = Instant::now();
        self.clock.silent = 0;
        let (id, sequence, code) = (frame.id, frame.sequence, frame.status);
        if self.asks_to_slow_down(code) {
            self.shared.bucket().slow_down(now);
        }
        let answer = if code != status::OK {
            Answer::Refused(status::outcome(code))
        } else if id == SUBMIT_SM_RESP {
            // Taken even if the id cannot be read: the status says so.
            Answer::Taken(self.provider_id(frame))
        } else {
            return;
        };
        self.outbox.extend(self.window.answered(sequence, answer));
    }

    /// A full queue may be one phone's, which is no reason to slow down; several in a row are the SMSC's.
    fn asks_to_slow_down(&mut self, code: u32) -> bool {
        self.queue_full = if code == status::QUEUE_FULL { self.queue_full + 1 } else { 0 };
        code == status::THROTTLED || self.queue_full >= MOST_QUEUE_FULL
    }

    fn provider_id(&self, frame: Frame) -> String {
        let Some(Pdu::SubmitSmResp(resp)) = frame.decode() else { return String::new() };
        self.dialect.ids.answers.normalise(resp.message_id().as_str())
    }

    fn delivered(&mut self, frame: Frame) {
        let delivery = Delivery { sequence: frame.sequence, is_data: frame.id == DATA_SM };
        let Some(pdu) = frame.decode() else {
            tracing::warn!("a delivery cannot be decoded");
            self.put(status::INVALID_LENGTH, delivery.sequence, Pdu::GenericNack);
            return;
        };
        let Some(receipt) = self.dialect.read(&pdu) else {
            tracing::info!("a delivery that is no receipt was refused");
            self.answer_delivery(delivery, status::UNWANTED);
            return;
        };
        let number = self.receipts.next;
        self.receipts.next = number.wrapping_add(1);
        self.receipts.open.insert(number, delivery);
        let ack = Ack::numbered(number, self.receipts.ack_to.clone());
        self.outbox.push_back(Event::Receipt(receipt, ack));
    }

    fn acknowledge(&mut self, acked: &[Acked]) {
        for ack in acked {
            if let Some(delivery) = self.receipts.open.remove(&ack.number) {
                let code = if ack.committed { status::OK } else { status::AGAIN };
                self.answer_delivery(delivery, code);
            }
        }
    }

    fn answer_delivery(&mut self, delivery: Delivery, code: u32) {
        let id = COctetString::empty;
        let pdu: Pdu = if delivery.is_data {
            DataSmResp::new(id(), Vec::new()).into()
        } else {
            DeliverSmResp::new(id(), Vec::new()).into()
        };
        self.put(code, delivery.sequence, pdu);
    }

    /// Hands events to the listener for as long as it has room.
    fn pass_on(&mut self) {
        while let Some(event) = self.outbox.pop_front() {
            if let Err(mpsc::error::TrySendError::Full(event)) = self.shared.events.try_send(event)
            {
                self.outbox.push_front(event);
                break;
            }
        }
    }

    /// Only between two PDUs, and without what is still gathered: that counts as never sent.
    async fn say_farewell(&mut self) {
        if self.out.is_empty() && self.link.writer.write_all(&self.farewell).await.is_ok() {
            drop(self.link.writer.flush().await);
        }
    }

    /// Acknowledges what was committed, takes leave and waits for the answer.
    async fn leave(&mut self) {
        let mut acked = Vec::new();
        while let Ok(ack) = self.receipts.acks.try_recv() {
            acked.push(ack);
        }
        self.acknowledge(&acked);
        let number = self.number();
        self.put(status::OK, number, Pdu::Unbind);
        if self.link.writer.write_all(&self.out).await.is_err() {
            return;
        }
        drop(self.link.writer.flush().await);
        while let Ok(octets) = self.link.reader.read_buf(&mut self.link.buffer).await {
            if octets == 0 {
                break;
            }
            while let Ok(Some(frame)) = frame::next(&mut self.link.buffer) {
                if frame.id == UNBIND_RESP {
                    return;
                }
            }
        }
    }
}

/// Hands octets to the connection, or lets it pass on what it holds back. Nothing is lost if it is given up.
async fn push(writer: &mut WriteHalf<Box<dyn Wire>>, out: &[u8]) -> Turn {
    let broken = |error: std::io::Error| Turn::Broken(error.to_string());
    if out.is_empty() {
        writer.flush().await.map_or_else(broken, |()| Turn::Flushed)
    } else {
        writer.write(out).await.map_or_else(broken, Turn::Wrote)
    }
}

fn lost(reason: &str) -> Ending {
    Ending::Lost(reason.to_owned())
}
