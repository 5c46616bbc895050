//! VTY: OsmoHLR's command line over telnet. One command at a time; the prompt says that it is over.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use zeroize::{Zeroize as _, Zeroizing};

use super::ctrl::left;
use super::error::words;
use super::turn::Turn;
use super::{Doubt, HlrError, Refusal, Unsent};

/// The longest answer to one command, in bytes; the longest we ask for has less than 1 kB.
const LIMIT: usize = 16 << 10;
/// Telnet's "interpret as command".
const IAC: u8 = 0xFF;

/// The VTY side of an OsmoHLR.
#[derive(Debug)]
pub(super) struct Vty {
    address: SocketAddr,
    state: Turn<State>,
    /// Whether a connection was given up whose end has not come yet.
    owes: AtomicBool,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Closed,
    Open(Session),
    /// We ask nothing more on it, and wait for its end.
    Owing(TcpStream),
}

/// A connection in which commands may be given.
#[derive(Debug)]
struct Session {
    stream: TcpStream,
    /// What stands before a command: the HLR's name, and a sign for what may be done.
    prompt: String,
    /// Of a fixed size, so that it is never copied: answers hold keys.
    heard: Zeroizing<Vec<u8>>,
}

/// Why an answer was not read to its end.
enum Stop {
    /// Not in time.
    Silence,
    /// The connection ended.
    Cut,
    /// It does not end, or is no text.
    Nonsense,
}

impl Vty {
    pub(super) fn new(address: SocketAddr) -> Self {
        Self { address, state: Turn::default(), owes: AtomicBool::new(false) }
    }

    /// Gives one command and returns what it prints, one line after another; a line that begins with `%` is a refusal.
    pub(super) fn ask(&self, command: &str, until: Instant) -> Result<Zeroizing<String>, HlrError> {
        let answer = self.state.with(until, |state| {
            self.drain(state, until)?;
            let mut session = self.open(std::mem::take(state), until)?;
            let answer = session.command(command, until);
            *state = match &answer {
                Ok(_) | Err(HlrError::Refused(_)) => State::Open(session),
                Err(HlrError::Unknown(Doubt::Cut)) => State::Closed,
                Err(_) => self.retire(session.stream),
            };
            answer
        });
        answer.unwrap_or(Err(HlrError::Unreachable(Unsent::Busy)))
    }

    /// Waits for the end of a connection that was given up: until then, what was asked on it may still happen.
    pub(super) fn settle(&self, until: Instant) -> Result<(), HlrError> {
        if !self.owes.load(Ordering::Acquire) {
            return Ok(());
        }
        let settled = self.state.with(until, |state| self.drain(state, until));
        settled.unwrap_or(Err(HlrError::Unreachable(Unsent::Owing)))
    }

    /// Asks nothing more; what was asked is read to its end by the HLR before it closes its side.
    fn retire(&self, stream: TcpStream) -> State {
        self.owes.store(true, Ordering::Release);
        let _ended_already = stream.shutdown(Shutdown::Write);
        State::Owing(stream)
    }

    fn drain(&self, state: &mut State, until: Instant) -> Result<(), HlrError> {
        let State::Owing(stream) = state else { return Ok(()) };
        let mut scratch = [0; 4_096];
        while Instant::now() < until {
            let read =
                stream.set_read_timeout(Some(left(until))).and_then(|()| stream.read(&mut scratch));
            let is_over = match read {
                Ok(count) => count == 0,
                Err(error) => !is_pause(error.kind()),
            };
            if is_over {
                *state = State::Closed;
                self.owes.store(false, Ordering::Release);
                return Ok(());
            }
        }
        Err(HlrError::Unreachable(Unsent::Owing))
    }

    /// The session, greeted and enabled. Nothing was asked yet: whatever goes wrong has changed nothing.
    fn open(&self, state: State, until: Instant) -> Result<Session, HlrError> {
        if let State::Open(session) = state
            && session.is_quiet()
        {
            return Ok(session);
        }
        let unreachable = |_| HlrError::Unreachable(Unsent::NoConnection);
        let stream = TcpStream::connect_timeout(&self.address, left(until)).map_err(unreachable)?;
        stream.set_nodelay(true).map_err(unreachable)?;
        let heard = Zeroizing::new(Vec::with_capacity(LIMIT));
        let mut session = Session { stream, prompt: String::new(), heard };
        session.enable(until).map_err(|stop| {
            HlrError::Unreachable(match stop {
                Stop::Silence | Stop::Cut => Unsent::NoConnection,
                Stop::Nonsense => Unsent::Stranger,
            })
        })?;
        Ok(session)
    }
}

impl Session {
    /// Whether the other side has neither closed nor said anything since the last answer.
    fn is_quiet(&self) -> bool {
        let quiet = self.stream.set_nonblocking(true).and_then(|()| self.stream.peek(&mut [0]));
        let is_quiet = quiet.is_err_and(|error| error.kind() == ErrorKind::WouldBlock);
        self.stream.set_nonblocking(false).is_ok() && is_quiet
    }

    /// Reads the greeting, learns the prompt, and asks for the right to command.
    fn enable(&mut self, until: Instant) -> Result<(), Stop> {
        let name = loop {
            self.hear(until)?;
            let text = plain(&self.heard)?;
            let last = text.rsplit('\n').next().unwrap_or_default();
            if last.starts_with("Password:") {
                return Err(Stop::Nonsense);
            }
            if let Some(name) = last.strip_suffix("> ").filter(|name| is_name(name)) {
                break name.to_owned();
            }
        };
        self.prompt = format!("{name}# ");
        let answer = self.exchange("enable", until)?;
        if answer.is_empty() { Ok(()) } else { Err(Stop::Nonsense) }
    }

    fn command(&mut self, command: &str, until: Instant) -> Result<Zeroizing<String>, HlrError> {
        let answer = self.exchange(command, until).map_err(|stop| {
            HlrError::Unknown(match stop {
                Stop::Silence => Doubt::Silence,
                Stop::Cut => Doubt::Cut,
                Stop::Nonsense => Doubt::Nonsense,
            })
        })?;
        let refusal = answer.lines().find_map(|line| line.trim().strip_prefix('%')).map(refusal);
        refusal.map_or(Ok(answer), |refusal| Err(HlrError::Refused(refusal)))
    }

    /// Sends a line, and reads from its echo to the next prompt.
    fn exchange(&mut self, line: &str, until: Instant) -> Result<Zeroizing<String>, Stop> {
        // One command is one line: a second one in it would be carried out too.
        if line.chars().any(char::is_control) {
            return Err(Stop::Nonsense);
        }
        self.heard.zeroize();
        let sent = self.stream.set_write_timeout(Some(left(until)));
        sent.and_then(|()| self.stream.write_all(format!("{line}\n").as_bytes()))
            .map_err(|_| Stop::Cut)?;
        loop {
            self.hear(until)?;
            let text = plain(&self.heard)?;
            let Some(body) = text.strip_suffix(self.prompt.as_str()) else { continue };
            // The prompt stands at the beginning of a line, behind the echo.
            if let Some(body) = body.strip_suffix('\n') {
                let body = body
                    .strip_prefix(line)
                    .filter(|rest| rest.is_empty() || rest.starts_with(['\r', '\n']));
                return body
                    .map(|body| Zeroizing::new(body.trim().to_owned()))
                    .ok_or(Stop::Nonsense);
            }
        }
    }

    /// Reads what comes next, at least one byte.
    fn hear(&mut self, until: Instant) -> Result<(), Stop> {
        let mut scratch = Zeroizing::new([0; 2_048]);
        if Instant::now() >= until {
            return Err(Stop::Silence);
        }
        let read = self.stream.set_read_timeout(Some(left(until)));
        match read.and_then(|()| self.stream.read(scratch.as_mut_slice())) {
            Ok(0) => Err(Stop::Cut),
            Ok(count) if self.heard.len() + count > LIMIT => Err(Stop::Nonsense),
            Ok(count) => {
                self.heard.extend(scratch.get(..count).unwrap_or_default());
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
            Err(error) if is_pause(error.kind()) => Err(Stop::Silence),
            Err(_) => Err(Stop::Cut),
        }
    }
}

const fn is_pause(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

/// What an OsmoHLR may call itself at its prompt.
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 64
        && name.chars().all(|sign| sign.is_ascii_alphanumeric() || "-_.".contains(sign))
}

/// The text without telnet's own bytes; one that is not whole yet is left out.
fn plain(bytes: &[u8]) -> Result<Zeroizing<String>, Stop> {
    let mut text = Zeroizing::new(Vec::with_capacity(bytes.len()));
    let mut rest = bytes.iter().copied();
    while let Some(byte) = rest.next() {
        if byte != IAC {
            text.push(byte);
            continue;
        }
        match rest.next() {
            // WILL, WONT, DO and DONT name an option.
            Some(0xFB..=0xFE) => {
                let _option = rest.next();
            }
            Some(0xFA) => return Err(Stop::Nonsense),
            Some(_) | None => {}
        }
    }
    let text = std::str::from_utf8(&text).map_err(|_| Stop::Nonsense)?;
    Ok(Zeroizing::new(text.to_owned()))
}

fn refusal(text: &str) -> Refusal {
    let text = text.trim();
    if text.starts_with("No subscriber for ") { Refusal::NoSuchRow } else { words(text) }
}
