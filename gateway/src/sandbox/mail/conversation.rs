//! The relay's side of one SMTP conversation.

use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::Shared;
use super::bounce::Returned;
use super::kept::Kept;
use super::log::Logged;
use super::plan::{Fate, draw};

/// No command may be longer, no message either.
const LINE_AT_MOST: u64 = 4096;
const MESSAGE_AT_MOST: usize = 16 * 1024 * 1024;

trait Duplex: AsyncRead + AsyncWrite + Send + Sync + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Duplex for T {}

/// Holds a conversation until either side has had enough.
pub(super) async fn hold(stream: TcpStream, shared: Arc<Shared>) {
    let nodelay = stream.set_nodelay(true);
    let stream: Box<dyn Duplex> = Box::new(stream);
    let mut conversation = Conversation {
        stream: BufReader::new(stream),
        answers: Vec::new(),
        shared,
        encrypted: false,
        logged_in: false,
        envelope: Envelope::default(),
    };
    // Whatever ends it, the peer sees a closed connection; that is all a relay would show.
    if nodelay.is_ok() && conversation.say("220 sandbox.invalid ESMTP\r\n").await.is_ok() {
        while let Ok(Next::Command) = conversation.turn().await {}
    }
}

struct Conversation {
    stream: BufReader<Box<dyn Duplex>>,
    /// Answers that have not left yet.
    answers: Vec<u8>,
    shared: Arc<Shared>,
    encrypted: bool,
    logged_in: bool,
    envelope: Envelope,
}

#[derive(Debug, Default)]
struct Envelope {
    return_path: Option<String>,
    recipient: Option<(String, Fate)>,
}

/// What comes after a command.
enum Next {
    Command,
    End,
}

/// What the plan does at this final dot.
enum AtDot {
    Answer,
    DropBefore,
    DropAfter,
    Silence,
}

impl Conversation {
    async fn turn(&mut self) -> io::Result<Next> {
        let Some(line) = self.command().await? else { return Ok(Next::End) };
        let (verb, rest) = line.split_once([' ', ':']).unwrap_or((&line, ""));
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => self.ehlo().await?,
            "STARTTLS" => return self.starttls().await,
            "AUTH" => self.auth(rest).await?,
            "MAIL" => self.mail(&line).await?,
            "RCPT" => self.rcpt(&line).await?,
            "DATA" => return self.data().await,
            "RSET" => {
                self.envelope = Envelope::default();
                self.say("250 2.0.0 ok\r\n").await?;
            }
            "NOOP" => self.say("250 2.0.0 ok\r\n").await?,
            "QUIT" => {
                self.say("221 2.0.0 bye\r\n").await?;
                return Ok(Next::End);
            }
            _ => self.say("500 5.5.1 what?\r\n").await?,
        }
        Ok(Next::Command)
    }

    /// One line. Answers are flushed before waiting for more, so that answers to a group leave together.
    async fn command(&mut self) -> io::Result<Option<String>> {
        let mut line = Vec::new();
        if self.stream.buffer().is_empty() {
            self.flush().await?;
        }
        (&mut self.stream).take(LINE_AT_MOST).read_until(b'\n', &mut line).await?;
        if !line.ends_with(b"\n") {
            return Ok(None);
        }
        Ok(Some(String::from_utf8_lossy(&line).trim_end().to_owned()))
    }

    /// Answers; the bytes leave when nothing more waits to be read.
    async fn say(&mut self, text: &str) -> io::Result<()> {
        self.answers.extend_from_slice(text.as_bytes());
        if self.stream.buffer().is_empty() { self.flush().await } else { Ok(()) }
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.stream.write_all(&self.answers).await?;
        self.answers.clear();
        self.stream.flush().await
    }

    async fn ehlo(&mut self) -> io::Result<()> {
        let plan = &self.shared.plan;
        let mut text = String::from("250-sandbox.invalid\r\n");
        if !plan.stepwise {
            text.push_str("250-PIPELINING\r\n");
        }
        if self.shared.tls.is_some() && !self.encrypted {
            text.push_str("250-STARTTLS\r\n");
        }
        if plan.login.is_some() {
            text.push_str("250-AUTH PLAIN\r\n");
        }
        text.push_str("250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n");
        self.say(&text).await
    }

    async fn starttls(&mut self) -> io::Result<Next> {
        let Some(config) = self.shared.tls.clone().filter(|_| !self.encrypted) else {
            self.say("503 5.5.1 no\r\n").await?;
            return Ok(Next::Command);
        };
        self.answers.extend_from_slice(b"220 2.0.0 go ahead\r\n");
        self.flush().await?;
        let placeholder: Box<dyn Duplex> = Box::new(tokio::io::empty());
        let plain = std::mem::replace(&mut self.stream, BufReader::new(placeholder));
        let stream = TlsAcceptor::from(config).accept(plain.into_inner()).await?;
        let stream: Box<dyn Duplex> = Box::new(stream);
        self.stream = BufReader::new(stream);
        self.encrypted = true;
        Ok(Next::Command)
    }

    async fn auth(&mut self, rest: &str) -> io::Result<()> {
        let given =
            rest.split_once(' ').and_then(|(_, secret)| STANDARD.decode(secret.trim()).ok());
        let expected = self
            .shared
            .plan
            .login
            .as_ref()
            .map(|login| format!("\0{}\0{}", login.user, login.password).into_bytes());
        self.logged_in = given.is_some() && given == expected;
        let answer =
            if self.logged_in { "235 2.7.0 welcome\r\n" } else { "535 5.7.8 wrong login\r\n" };
        self.say(answer).await
    }

    async fn mail(&mut self, line: &str) -> io::Result<()> {
        if self.shared.plan.login.is_some() && !self.logged_in {
            return self.say("530 5.7.0 log in first\r\n").await;
        }
        self.envelope = Envelope { return_path: address(line), recipient: None };
        self.say("250 2.1.0 ok\r\n").await
    }

    async fn rcpt(&mut self, line: &str) -> io::Result<()> {
        let Some(recipient) = address(line).filter(|_| self.envelope.return_path.is_some()) else {
            return self.say("503 5.5.1 MAIL first\r\n").await;
        };
        let fate = self.shared.plan.fate(&recipient);
        let refusal = match fate {
            Fate::Reject => Some("550 5.1.1"),
            Fate::Defer => Some("451 4.3.0"),
            Fate::DeferOnce if self.first_time(&recipient) => Some("451 4.3.0"),
            Fate::DeferOnce | Fate::Take | Fate::RejectContent | Fate::Bounce => None,
        };
        let Some(code) = refusal else {
            self.envelope.recipient = Some((recipient, fate));
            return self.say("250 2.1.5 ok\r\n").await;
        };
        let answer = format!("{code} <{recipient}>: not now or never\r\n");
        self.shared.log.append(&[Logged::Refused { recipient, code: code.to_owned() }])?;
        self.say(&answer).await
    }

    fn first_time(&self, recipient: &str) -> bool {
        let short = draw(self.shared.plan.seed, recipient);
        self.shared.put_off.lock().unwrap_or_else(PoisonError::into_inner).insert(short)
    }

    async fn data(&mut self) -> io::Result<Next> {
        let envelope = std::mem::take(&mut self.envelope);
        let (Some(return_path), Some((recipient, fate))) =
            (envelope.return_path, envelope.recipient)
        else {
            self.say("554 5.5.1 no valid recipients\r\n").await?;
            return Ok(Next::Command);
        };
        self.say("354 go on\r\n").await?;
        let message = self.message().await?;
        let at_dot = self.at_dot();
        if matches!(at_dot, AtDot::DropBefore) {
            return Ok(Next::End);
        }
        if fate == Fate::RejectContent {
            let code = "554 5.6.0".to_owned();
            self.shared.log.append(&[Logged::Refused { recipient, code }])?;
            self.say("554 5.6.0 not this\r\n").await?;
            return Ok(Next::Command);
        }
        let answered = matches!(at_dot, AtDot::Answer);
        self.take(Taken { return_path, recipient, fate, message, answered })?;
        match at_dot {
            AtDot::Answer => {
                self.pause().await;
                self.say("250 2.0.0 taken\r\n").await?;
                Ok(Next::Command)
            }
            AtDot::Silence => std::future::pending().await,
            AtDot::DropBefore | AtDot::DropAfter => Ok(Next::End),
        }
    }

    /// The message without its stuffing, up to the lone dot.
    async fn message(&mut self) -> io::Result<Vec<u8>> {
        let mut message = Vec::new();
        loop {
            let start = message.len();
            if self.stream.buffer().is_empty() {
                self.flush().await?;
            }
            let room = u64::try_from(MESSAGE_AT_MOST - start).unwrap_or(0);
            (&mut self.stream).take(room).read_until(b'\n', &mut message).await?;
            if !message.ends_with(b"\n") {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let line = message.get(start..).unwrap_or_default();
            if line == b".\r\n" {
                message.truncate(start);
                return Ok(message);
            }
            if line.starts_with(b".") {
                message.remove(start);
            }
        }
    }

    fn at_dot(&self) -> AtDot {
        let plan = &self.shared.plan;
        let number = self.shared.dots.fetch_add(1, Ordering::AcqRel) + 1;
        let due = |every: u64| every > 0 && number.is_multiple_of(every);
        if due(plan.drop_before_dot_every) {
            AtDot::DropBefore
        } else if due(plan.drop_after_dot_every) {
            AtDot::DropAfter
        } else if due(plan.silent_after_dot_every) {
            AtDot::Silence
        } else {
            AtDot::Answer
        }
    }

    fn take(&self, taken: Taken) -> io::Result<()> {
        let Taken { return_path, recipient, fate, message, answered } = taken;
        let message_id = header(&message, "message-id").unwrap_or_default();
        let message_id = message_id.trim_matches(['<', '>']).to_owned();
        let line = Logged::Mail {
            message_id: message_id.clone(),
            recipient: recipient.clone(),
            return_path: return_path.clone(),
            sha256: hex(&Sha256::digest(&message)),
            answered,
        };
        if let Some(file) = &self.shared.kept
            && let Some(kept) = Kept::of(&recipient, &message)
        {
            file.append(&[kept])?;
        }
        self.shared.log.append(&[line])?;
        self.shared.taken.fetch_add(1, Ordering::AcqRel);
        if fate == Fate::Bounce {
            let date = header(&message, "date").unwrap_or_default();
            self.give_back(Returned { return_path, recipient, message_id, date });
        }
        Ok(())
    }

    fn give_back(&self, mail: Returned) {
        let shared = Arc::clone(&self.shared);
        let Some(maildir) = shared.plan.bounces.clone() else {
            shared.returned.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
            return;
        };
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(shared.plan.bounce_after_ms)).await;
            if let Err(error) = shared.send_back(&mail, &maildir) {
                tracing::error!(kind = %error.kind(), "the sandbox could not send a mail back");
            }
        });
    }

    async fn pause(&self) {
        if self.shared.plan.reply_delay_ms > 0 {
            tokio::time::sleep(Duration::from_millis(self.shared.plan.reply_delay_ms)).await;
        }
    }
}

struct Taken {
    return_path: String,
    recipient: String,
    fate: Fate,
    message: Vec<u8>,
    answered: bool,
}

fn address(line: &str) -> Option<String> {
    let (_, rest) = line.split_once('<')?;
    let (address, _) = rest.split_once('>')?;
    Some(address.to_owned())
}

fn header(message: &[u8], name: &str) -> Option<String> {
    message.split(|byte| *byte == b'\n').take_while(|line| !line.trim_ascii().is_empty()).find_map(
        |line| {
            let line = String::from_utf8_lossy(line);
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        },
    )
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
