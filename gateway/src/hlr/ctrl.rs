//! CTRL: one connection, many questions at once, each answer known by its id.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::error::words;
use super::frame::{self, Broken, Message};
use super::turn::Turn;
use super::{Doubt, HlrError, Refusal, Unsent};

/// How many questions may wait for their answers on the connection.
const WAITING: usize = 1_024;
/// How much of a connection that we have given up is read to find its end, in bytes.
const LAST_WORDS: usize = 1 << 20;

/// What a question begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    /// To read.
    Get,
    /// To write.
    Set,
}

impl Verb {
    const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Set => "SET",
        }
    }
}

/// The CTRL side of an OsmoHLR.
#[derive(Debug)]
pub(super) struct Ctrl {
    address: SocketAddr,
    /// Whose turn it is to connect and to write.
    writing: Turn<()>,
    link: Mutex<Option<Arc<Link>>>,
}

type Answer = Result<Zeroizing<String>, HlrError>;

/// One connection.
#[derive(Debug)]
struct Link {
    stream: TcpStream,
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: HashMap<u32, Waiting>,
    last_id: u32,
    /// We ask nothing more on it, and wait for its end.
    retired: bool,
    ended: bool,
}

#[derive(Debug)]
struct Waiting {
    verb: Verb,
    variable: String,
    answer: SyncSender<Answer>,
}

impl Ctrl {
    pub(super) fn new(address: SocketAddr) -> Self {
        Self { address, writing: Turn::default(), link: Mutex::new(None) }
    }

    /// Asks, and waits for the answer: the value of a reply.
    pub(super) fn ask(&self, verb: Verb, variable: &str, value: &str, until: Instant) -> Answer {
        let sent = self.writing.with(until, |()| {
            let link = self.open(until)?;
            let (id, answer) = link.send(verb, variable, value, until)?;
            Ok((link, id, answer))
        });
        let (link, id, answer) = sent.unwrap_or(Err(HlrError::Unreachable(Unsent::Busy)))?;
        match answer.recv_timeout(left(until)) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Timeout) => link.too_late(id, &answer),
            Err(RecvTimeoutError::Disconnected) => Err(HlrError::Unknown(Doubt::Cut)),
        }
    }

    /// Waits for the end of a connection that was given up: until then, what was asked on it may still happen.
    pub(super) fn settle(&self, until: Instant) -> Result<(), HlrError> {
        let link = lock(&self.link).clone();
        link.map_or(Ok(()), |link| link.settle(until))
    }

    /// What was answered makes no sense: no more is asked on this connection.
    pub(super) fn give_up(&self, doubt: Doubt) -> HlrError {
        let link = lock(&self.link).clone();
        if let Some(link) = link {
            link.retire(doubt);
        }
        HlrError::Unknown(doubt)
    }

    /// The connection, made if there is none.
    fn open(&self, until: Instant) -> Result<Arc<Link>, HlrError> {
        let link = lock(&self.link).clone();
        if let Some(link) = link {
            link.settle(until)?;
            if !lock(&link.state).ended {
                return Ok(link);
            }
        }
        let link = Link::connect(self.address, until)
            .map_err(|_| HlrError::Unreachable(Unsent::NoConnection))?;
        *lock(&self.link) = Some(Arc::clone(&link));
        Ok(link)
    }
}

impl Drop for Ctrl {
    /// The reading thread ends with its connection.
    fn drop(&mut self) {
        if let Some(link) = lock(&self.link).take() {
            let _closed_already = link.stream.shutdown(Shutdown::Both);
        }
    }
}

impl Link {
    fn connect(address: SocketAddr, until: Instant) -> std::io::Result<Arc<Self>> {
        let stream = TcpStream::connect_timeout(&address, left(until))?;
        stream.set_nodelay(true)?;
        let incoming = stream.try_clone()?;
        let link = Arc::new(Self { stream, state: Mutex::default(), ended: Condvar::new() });
        let reader = Arc::clone(&link);
        thread::Builder::new().name("hlr-ctrl".into()).spawn(move || reader.read(incoming))?;
        Ok(link)
    }

    /// Writes one question. A frame that is not whole when the connection fails cannot be carried out.
    fn send(
        &self,
        verb: Verb,
        variable: &str,
        value: &str,
        until: Instant,
    ) -> Result<(u32, Receiver<Answer>), HlrError> {
        let (answer, receiver) = sync_channel(1);
        let id = {
            let mut state = lock(&self.state);
            if state.waiting.len() >= WAITING {
                return Err(HlrError::Unreachable(Unsent::Busy));
            }
            // From 1 to 2^31 - 1 and again: more than can be waited for.
            state.last_id = state.last_id % 0x7FFF_FFFF + 1;
            let id = state.last_id;
            state.waiting.insert(id, Waiting { verb, variable: variable.to_owned(), answer });
            id
        };
        let frame = frame::request(verb.name(), id, variable, value);
        let Some(frame) = frame else {
            lock(&self.state).waiting.remove(&id);
            return Err(HlrError::Refused(Refusal::BadValue));
        };
        let written = self
            .stream
            .set_write_timeout(Some(left(until)))
            .and_then(|()| (&self.stream).write_all(&frame));
        if written.is_ok() {
            return Ok((id, receiver));
        }
        lock(&self.state).waiting.remove(&id);
        self.retire(Doubt::Cut);
        Err(HlrError::Unreachable(Unsent::NoConnection))
    }

    /// Nothing in time. The answer may have come while we were about to say so.
    fn too_late(&self, id: u32, answer: &Receiver<Answer>) -> Answer {
        lock(&self.state).waiting.remove(&id);
        if let Ok(answer) = answer.try_recv() {
            return answer;
        }
        self.half_close();
        Err(HlrError::Unknown(Doubt::Silence))
    }

    /// Asks nothing more; whoever still waits does so for what was asked.
    fn half_close(&self) {
        lock(&self.state).retired = true;
        let _ended_already = self.stream.shutdown(Shutdown::Write);
    }

    /// Asks nothing more and believes nothing more.
    fn retire(&self, doubt: Doubt) {
        self.half_close();
        let waiting = std::mem::take(&mut lock(&self.state).waiting);
        fail(waiting, doubt);
    }

    fn settle(&self, until: Instant) -> Result<(), HlrError> {
        let mut state = lock(&self.state);
        while state.retired && !state.ended {
            let Some(left) = until.checked_duration_since(Instant::now()) else {
                return Err(HlrError::Unreachable(Unsent::Owing));
            };
            let waited = self.ended.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(())
    }

    /// Reads answers until the connection ends; a thread of its own.
    fn read(&self, mut stream: TcpStream) {
        let broken = loop {
            match frame::next(&mut stream) {
                Ok(text) if self.take(&text) => {}
                Ok(_) => break Broken::Nonsense,
                Err(broken) => break broken,
            }
        };
        let has_ended = match broken {
            Broken::Ended => true,
            Broken::Nonsense => {
                self.retire(Doubt::Nonsense);
                reaches_end(&mut stream)
            }
        };
        // A side that talks on and on is never done: then nothing is asked any more.
        if has_ended {
            let mut state = lock(&self.state);
            state.ended = true;
            let waiting = std::mem::take(&mut state.waiting);
            drop(state);
            fail(waiting, Doubt::Cut);
            self.ended.notify_all();
        }
    }

    /// Hands one message to whoever waits for it; false if nobody can have asked for this.
    fn take(&self, text: &str) -> bool {
        let (id, kind, outcome) = match frame::message(text) {
            None => return false,
            Some(Message::Trap) => return true,
            Some(Message::Got(id, variable, value)) => (id, Some((Verb::Get, variable)), Ok(value)),
            Some(Message::Done(id, variable, value)) => {
                (id, Some((Verb::Set, variable)), Ok(value))
            }
            Some(Message::Refused(id, why)) => (id, None, Err(HlrError::Refused(refusal(why)))),
        };
        let mut state = lock(&self.state);
        let Some(waiting) = state.waiting.remove(&id) else {
            // Of a connection that was given up, late answers are what is waited for.
            return state.retired;
        };
        drop(state);
        let fits = kind.is_none_or(|kind| kind == (waiting.verb, waiting.variable.as_str()));
        let outcome = outcome.map(|value| Zeroizing::new(value.to_owned()));
        let answer = if fits { outcome } else { Err(HlrError::Unknown(Doubt::Nonsense)) };
        // Whoever asked may just have stopped waiting.
        let _nobody_waits = waiting.answer.try_send(answer);
        fits
    }
}

fn fail(waiting: HashMap<u32, Waiting>, doubt: Doubt) {
    for waiting in waiting.into_values() {
        let _nobody_waits = waiting.answer.try_send(Err(HlrError::Unknown(doubt)));
    }
}

/// Whether the other side ends the connection after not too many more words.
fn reaches_end(stream: &mut TcpStream) -> bool {
    let mut scratch = [0; 4_096];
    let mut heard = 0;
    while heard < LAST_WORDS {
        match stream.read(&mut scratch) {
            Ok(0) => return true,
            Ok(more) => heard += more,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => return true,
        }
    }
    false
}

/// OsmoHLR 1.5.0 says why in these words.
fn refusal(text: &str) -> Refusal {
    match text.trim() {
        "No such subscriber." | "Subscriber doesn't exist." => Refusal::NoSuchRow,
        "Subscriber already exists." => Refusal::RowExists,
        "Update MSISDN failed" => Refusal::NumberTaken,
        "Value failed verification."
        | "Invalid IMSI value."
        | "Invalid KI."
        | "SET with trailing characters" => Refusal::BadValue,
        other => words(other),
    }
}

/// What is left of somebody's patience; a connection is never given no time at all.
pub(super) fn left(until: Instant) -> Duration {
    until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1))
}

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}
