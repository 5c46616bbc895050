//! One SMTP conversation: greeting, encryption, login, and one mail after another.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use memchr::memchr2;
use secrecy::ExposeSecret;

use super::message::Mail;
use super::reply::{Reply, Step};
use super::settings::{Login, MailSettings, Starttls, Trust};
use super::wire::{Lost, Wire};
use crate::route::Outcome;

/// A conversation that is past its greeting.
#[derive(Debug)]
pub(super) struct Session {
    wire: Wire,
    pipelining: bool,
    /// A refused envelope stands half open and must be cleared before the next.
    stale: bool,
    delivered: bool,
    broken: Option<Lost>,
}

/// Why a conversation did not begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum OpenError {
    /// Nobody there, or it stopped talking.
    Unreachable(Lost),
    /// Not now (4xx).
    NotNow(String),
    /// Never, as things are: login, missing STARTTLS, or a 5xx.
    Refused(String),
}

/// What the relay says to an announced mail.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Envelope {
    /// It wants the bytes.
    Open,
    /// It does not want it.
    Refused(Outcome),
}

impl Session {
    /// Connects, greets, encrypts and logs in as the settings ask.
    pub(super) async fn open(settings: &MailSettings) -> Result<Self, OpenError> {
        let wire = Wire::connect(&settings.address, settings.reply_timeout).await?;
        let mut session =
            Self { wire, pipelining: false, stale: false, delivered: false, broken: None };
        let greeting = session.wire.reply().await?;
        expect_done(&greeting)?;
        let mut offer = session.ehlo(&settings.helo).await?;
        if let Some(encrypted) = wants_tls(&settings.starttls, &offer)? {
            session.command("STARTTLS\r\n").await?;
            session.wire = session.wire.encrypt(encrypted).await?;
            offer = session.ehlo(&settings.helo).await?;
        }
        if let Some(login) = &settings.login {
            session.log_in(login, &offer).await?;
        }
        session.pipelining = offer.offers("PIPELINING");
        Ok(session)
    }

    /// Whether the next mail may be announced while the last is still on its way.
    pub(super) const fn pipelines(&self) -> bool {
        self.pipelining
    }

    /// Whether the relay has taken a mail in this conversation.
    pub(super) const fn has_delivered(&self) -> bool {
        self.delivered
    }

    /// Why the conversation ended, if it has.
    pub(super) const fn broken(&self) -> Option<Lost> {
        self.broken
    }

    /// Waits until the relay speaks unasked: it is leaving.
    pub(super) async fn stirred(&mut self) {
        self.wire.stirred().await;
        self.broken = Some(Lost::Disconnected);
    }

    /// Announces a mail and hears what the relay thinks of it.
    pub(super) async fn announce(&mut self, mail: &Mail) -> Envelope {
        if self.pipelining {
            let commands = self.envelope_commands(mail);
            if let Err(cut) = self.wire.write(commands.as_bytes()).await {
                return self.lost_before_dot(cut.lost);
            }
            return self.hear_envelope().await;
        }
        self.announce_stepwise(mail).await
    }

    /// Hands over the bytes of an announced mail, announces the next in the same breath, and hears about the first.
    /// The answers about the next stand ready for [`Session::hear_envelope`].
    pub(super) async fn deliver(&mut self, mail: &Mail, next: Option<&Mail>) -> Outcome {
        let mut bytes = stuffed(mail.bytes());
        let dot_at = bytes.len();
        if let Some(next) = next {
            bytes.extend_from_slice(self.envelope_commands(next).as_bytes());
        }
        if let Err(cut) = self.wire.write(&bytes).await {
            self.broken = Some(cut.lost);
            // Until the last byte of the dot was handed on, the relay cannot have taken the mail. After it the
            // answer may stand in the receive buffer still.
            if cut.written < dot_at {
                return not_accepted(cut.lost);
            }
        }
        match self.wire.reply().await {
            Ok(reply) if reply.is_done() => {
                self.delivered = true;
                Outcome::Accepted { provider_ids: vec![mail.provider_id().to_owned()] }
            }
            Ok(reply) => reply.refusal(Step::Dot),
            Err(lost) => {
                self.broken = Some(lost);
                in_doubt(lost)
            }
        }
    }

    /// Hears the answers to an envelope that was announced together.
    pub(super) async fn hear_envelope(&mut self) -> Envelope {
        let mut refusal = None;
        if self.stale {
            // The answer to RSET; if it is a refusal, the next one will be too.
            if let Err(lost) = self.wire.reply().await {
                return self.lost_before_dot(lost);
            }
            self.stale = false;
        }
        for step in [Step::Mail, Step::Rcpt] {
            match self.wire.reply().await {
                Ok(reply) if reply.is_done() => {}
                Ok(reply) => drop(refusal.get_or_insert_with(|| reply.refusal(step))),
                Err(lost) => return self.end_with(refusal, lost),
            }
        }
        match self.wire.reply().await {
            Ok(reply) => self.judge_data(refusal, &reply).await,
            Err(lost) => self.end_with(refusal, lost),
        }
    }

    /// Says goodbye; whatever comes back no longer matters.
    pub(super) async fn quit(mut self) {
        if self.broken.is_none() && self.wire.write(b"QUIT\r\n").await.is_ok() {
            drop(self.wire.reply().await);
        }
    }

    async fn judge_data(&mut self, refusal: Option<Outcome>, reply: &Reply) -> Envelope {
        match (refusal, reply.wants_more()) {
            (None, true) => Envelope::Open,
            (None, false) => {
                self.stale = true;
                Envelope::Refused(reply.refusal(Step::Data))
            }
            (Some(outcome), false) => {
                self.stale = true;
                Envelope::Refused(outcome)
            }
            (Some(outcome), true) => {
                // RFC 2920 §3.1: a relay may say 354 although it took no recipient; a lone dot ends it.
                self.end_empty_data().await;
                Envelope::Refused(outcome)
            }
        }
    }

    async fn end_empty_data(&mut self) {
        if let Err(cut) = self.wire.write(b".\r\n").await {
            self.broken = Some(cut.lost);
        } else if let Err(lost) = self.wire.reply().await {
            self.broken = Some(lost);
        }
    }

    async fn announce_stepwise(&mut self, mail: &Mail) -> Envelope {
        let [mail_from, rcpt_to] = address_commands(mail);
        if self.stale {
            if let Err(lost) = self.ask("RSET\r\n").await {
                return self.lost_before_dot(lost);
            }
            self.stale = false;
        }
        for (step, command) in [(Step::Mail, mail_from), (Step::Rcpt, rcpt_to)] {
            match self.ask(&command).await {
                Ok(reply) if reply.is_done() => {}
                Ok(reply) => {
                    self.stale = true;
                    return Envelope::Refused(reply.refusal(step));
                }
                Err(lost) => return self.lost_before_dot(lost),
            }
        }
        match self.ask("DATA\r\n").await {
            Ok(reply) => self.judge_data(None, &reply).await,
            Err(lost) => self.lost_before_dot(lost),
        }
    }

    fn envelope_commands(&self, mail: &Mail) -> String {
        let reset = if self.stale { "RSET\r\n" } else { "" };
        let [mail_from, rcpt_to] = address_commands(mail);
        format!("{reset}{mail_from}{rcpt_to}DATA\r\n")
    }

    fn lost_before_dot(&mut self, lost: Lost) -> Envelope {
        self.end_with(None, lost)
    }

    fn end_with(&mut self, refusal: Option<Outcome>, lost: Lost) -> Envelope {
        self.broken = Some(lost);
        Envelope::Refused(refusal.unwrap_or_else(|| not_accepted(lost)))
    }

    async fn ask(&mut self, command: &str) -> Result<Reply, Lost> {
        self.wire.write(command.as_bytes()).await.map_err(|cut| cut.lost)?;
        self.wire.reply().await
    }

    async fn command(&mut self, command: &str) -> Result<Reply, OpenError> {
        let reply = self.ask(command).await?;
        expect_done(&reply)?;
        Ok(reply)
    }

    async fn ehlo(&mut self, helo: &str) -> Result<Reply, OpenError> {
        self.command(&format!("EHLO {helo}\r\n")).await
    }

    async fn log_in(&mut self, login: &Login, offer: &Reply) -> Result<(), OpenError> {
        if !offer.offers_auth("PLAIN") {
            return Err(OpenError::Refused("no AUTH PLAIN".to_owned()));
        }
        let secret = format!("\0{}\0{}", login.user, login.password.expose_secret());
        self.command(&format!("AUTH PLAIN {}\r\n", STANDARD.encode(secret))).await?;
        Ok(())
    }
}

impl From<Lost> for OpenError {
    fn from(lost: Lost) -> Self {
        Self::Unreachable(lost)
    }
}

/// Whom to trust if the conversation is to be encrypted.
fn wants_tls<'a>(starttls: &'a Starttls, offer: &Reply) -> Result<Option<&'a Trust>, OpenError> {
    match starttls {
        Starttls::None => Ok(None),
        Starttls::Optional(trust) => Ok(offer.offers("STARTTLS").then_some(trust)),
        Starttls::Required(trust) if offer.offers("STARTTLS") => Ok(Some(trust)),
        Starttls::Required(_) => Err(OpenError::Refused("no STARTTLS".to_owned())),
    }
}

/// The outcome of a mail whose connection ended before its final dot.
pub(super) fn not_accepted(lost: Lost) -> Outcome {
    Outcome::NotAccepted { code: lost.code().to_owned() }
}

fn in_doubt(lost: Lost) -> Outcome {
    Outcome::InDoubt { code: lost.code().to_owned() }
}

fn expect_done(reply: &Reply) -> Result<(), OpenError> {
    if reply.is_done() {
        Ok(())
    } else if reply.is_permanent() {
        Err(OpenError::Refused(reply.label()))
    } else {
        Err(OpenError::NotNow(reply.label()))
    }
}

fn address_commands(mail: &Mail) -> [String; 2] {
    [
        format!("MAIL FROM:<{}>\r\n", mail.return_path()),
        format!("RCPT TO:<{}>\r\n", mail.recipient()),
    ]
}

/// The bytes as they go out: every line ends in CR LF, leading dots are doubled, and a lone dot ends it.
///
/// Bare CR and bare LF become CR LF, so that no relay can disagree with us about where the message ends.
fn stuffed(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + message.len() / 32 + 8);
    let mut rest = message;
    while !rest.is_empty() {
        let end = memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
        let (line, after) = rest.split_at(end);
        if line.first() == Some(&b'.') {
            out.push(b'.');
        }
        out.extend_from_slice(line);
        out.extend_from_slice(b"\r\n");
        rest = after.strip_prefix(b"\r\n").or_else(|| after.get(1..)).unwrap_or_default();
    }
    out.extend_from_slice(b".\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dots_are_doubled_and_lines_end_alike() {
        let table: [(&[u8], &[u8]); 5] = [
            (b"a\r\n.\r\nb", b"a\r\n..\r\nb\r\n.\r\n"),
            (b"a\n.\nMAIL FROM:<x>\n", b"a\r\n..\r\nMAIL FROM:<x>\r\n.\r\n"),
            (b"a\r.\rb\r\n", b"a\r\n..\r\nb\r\n.\r\n"),
            (b"", b".\r\n"),
            (b"..", b"...\r\n.\r\n"),
        ];
        for (message, wire) in table {
            assert_eq!(stuffed(message), wire, "{}", String::from_utf8_lossy(message));
        }
    }

    proptest! {
        #[test]
        fn nothing_ends_a_message_early(message in "[a.\\r\\n]{0,40}") {
            let wire = String::from_utf8(stuffed(message.as_bytes())).unwrap();
            let whole = format!("\r\n{wire}");
            prop_assert_eq!(whole.matches("\r\n.\r\n").count(), 1);
            prop_assert_eq!(wire.matches('\n').count(), wire.matches("\r\n").count());
            prop_assert_eq!(wire.matches('\r').count(), wire.matches("\r\n").count());
        }
    }
}
