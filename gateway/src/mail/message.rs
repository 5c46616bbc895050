//! One message: its envelope, its name, its bytes.

use std::fmt;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MessageBuilder, MultiPart, SinglePart};
use lettre::{Address, address::Envelope};
use sha2::{Digest, Sha256};

/// A mail ready for the network.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    return_path: String,
    recipient: String,
    provider_id: String,
    bytes: Vec<u8>,
}

/// What a message is made of.
#[derive(Clone, Copy)]
pub struct MailParts<'a> {
    /// The attempt's text form, such as `w3.c12.p881.t1`: where bounces go.
    pub reference: &'a str,
    /// The mail's own name, the same for every try, such as `w3.c12.p881`: its Message-ID, so that a receiver can tell a
    /// resend from a second mail.
    pub message: &'a str,
    /// The host of message ids and bounce addresses.
    pub host: &'a str,
    /// The sender people see: `privacy@carrier.example` or `Name <privacy@carrier.example>`.
    pub from: &'a str,
    /// The recipient's address; personal.
    pub to: &'a str,
    /// The subject.
    pub subject: &'a str,
    /// The plain side.
    pub text: &'a str,
    /// The HTML side, if there is one.
    pub html: Option<&'a str>,
    /// When it was written.
    pub date: DateTime<Utc>,
}

/// A message cannot be built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// The recipient's address cannot be used in an envelope.
    #[error("the recipient's address cannot be used")]
    Recipient,
    /// The sender's address cannot be used.
    #[error("the sender's address cannot be used")]
    Sender,
    /// The reference or host has characters no message id may have.
    #[error("the reference or its host cannot stand in a message id")]
    Reference,
    /// The message does not hold together.
    #[error("the message cannot be put together")]
    Message,
}

/// Builds the message of one attempt: the same parts always give the same bytes.
pub fn build(parts: &MailParts<'_>) -> Result<Mail, BuildError> {
    let id = at_host(parts.message, parts.host);
    let provider_id = at_host(parts.reference, parts.host);
    let bounces_to = return_path(parts.reference, parts.host);
    let to: Address = parts.to.parse().map_err(|_| BuildError::Recipient)?;
    let head = head(parts, &id, &bounces_to, to)?;
    let plain = SinglePart::plain(parts.text.to_owned());
    let message = match parts.html {
        None => head.singlepart(plain),
        Some(html) => head.multipart(
            MultiPart::alternative()
                .boundary(boundary(parts.reference))
                .singlepart(plain)
                .singlepart(SinglePart::html(html.to_owned())),
        ),
    };
    let bytes = message.map_err(|_| BuildError::Message)?.formatted();
    Mail::from_bytes(bounces_to, parts.to.to_owned(), provider_id, bytes)
}

/// A name at our host: a Message-ID without angle brackets, or the provider id of an attempt.
pub fn at_host(reference: &str, host: &str) -> String {
    format!("{reference}@{host}")
}

/// The address an attempt's bounces go to (a variable envelope return path).
pub fn return_path(reference: &str, host: &str) -> String {
    format!("{BOUNCE_PREFIX}{reference}@{host}")
}

/// The header that names the attempt, for reports that come to another address but enclose the mail.
pub(super) const ATTEMPT_HEADER: &str = "X-Attempt-Reference";
/// What bounce addresses begin with.
pub(super) const BOUNCE_PREFIX: &str = "bounce+";

impl Mail {
    /// A message somebody else built. Addresses must be plain ASCII without spaces, control characters or angle
    /// brackets, since they go into commands as they are.
    pub fn from_bytes(
        return_path: String,
        recipient: String,
        provider_id: String,
        bytes: Vec<u8>,
    ) -> Result<Self, BuildError> {
        if !fits_envelope(&recipient) {
            return Err(BuildError::Recipient);
        }
        if !fits_envelope(&return_path) {
            return Err(BuildError::Sender);
        }
        if !fits_envelope(&provider_id) {
            return Err(BuildError::Reference);
        }
        Ok(Self { return_path, recipient, provider_id, bytes })
    }

    /// Where bounces go.
    pub fn return_path(&self) -> &str {
        &self.return_path
    }

    /// Whom it is for; personal.
    pub fn recipient(&self) -> &str {
        &self.recipient
    }

    /// What its bounces and its result name it by: the attempt's reference at our host.
    pub fn provider_id(&self) -> &str {
        &self.provider_id
    }

    /// The whole message, headers first; personal.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail")
            .field("provider_id", &self.provider_id)
            .field("recipient", &"***")
            .field("length", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for MailParts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailParts")
            .field("reference", &self.reference)
            .field("to", &"***")
            .finish_non_exhaustive()
    }
}

fn head(
    parts: &MailParts<'_>,
    id: &str,
    bounces_to: &str,
    to: Address,
) -> Result<MessageBuilder, BuildError> {
    let return_path: Address = bounces_to.parse().map_err(|_| BuildError::Reference)?;
    let envelope =
        Envelope::new(Some(return_path), vec![to.clone()]).map_err(|_| BuildError::Message)?;
    let seconds = u64::try_from(parts.date.timestamp()).unwrap_or(0);
    Ok(Message::builder()
        .from(sender(parts.from)?)
        .to(Mailbox::new(None, to))
        .subject(one_line(parts.subject))
        .date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
        .message_id(Some(format!("<{id}>")))
        .raw_header(raw(ATTEMPT_HEADER, parts.reference))
        // RFC 3834: nobody's holiday notice should answer a legal notice. The second header is the same plea in the
        // form Exchange understands.
        .raw_header(raw("Auto-Submitted", "auto-generated"))
        .raw_header(raw("X-Auto-Response-Suppress", "OOF, AutoReply"))
        .envelope(envelope))
}

fn raw(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// Reads `address` or `Name <address>`; the name may be in any script.
fn sender(text: &str) -> Result<Mailbox, BuildError> {
    let (name, address) = match text.trim().strip_suffix('>').and_then(|rest| rest.rsplit_once('<'))
    {
        Some((name, address)) => (name.trim().trim_matches('"'), address),
        None => ("", text.trim()),
    };
    let address = address.parse().map_err(|_| BuildError::Sender)?;
    let name = (!name.is_empty()).then(|| one_line(name));
    Ok(Mailbox::new(name, address))
}

/// A header value cannot begin a new header.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn boundary(reference: &str) -> String {
    let digest = Sha256::digest(reference.as_bytes());
    digest.iter().take(16).fold(String::from("part-"), |text, byte| format!("{text}{byte:02x}"))
}

fn fits_envelope(address: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>');
    let local_and_host = address.rsplit_once('@');
    let both = local_and_host.is_some_and(|(local, host)| !local.is_empty() && !host.is_empty());
    both && address.len() <= 254 && address.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts() -> MailParts<'static> {
        MailParts {
            reference: "w3.c12.p881.t1",
            message: "w3.c12.p881",
            host: "bounce.carrier.example",
            from: "케이티 개인정보보호팀 <privacy@carrier.example>",
            to: "hong@mail.example",
            subject: "[개인정보 유출 통지]",
            text: "고객님의 개인정보가 유출되었습니다.\n.\n끝",
            html: Some("<p>고객님의 개인정보가 유출되었습니다.</p>"),
            date: DateTime::from_timestamp(1_757_000_000, 0).unwrap(),
        }
    }

    #[test]
    fn the_same_parts_give_the_same_bytes() {
        let one = build(&parts()).unwrap();
        assert_eq!(one, build(&parts()).unwrap());
        assert_eq!(one.provider_id(), "w3.c12.p881.t1@bounce.carrier.example");
        assert_eq!(one.return_path(), "bounce+w3.c12.p881.t1@bounce.carrier.example");
        let text = String::from_utf8(one.bytes().to_vec()).unwrap();
        assert!(text.contains("Message-ID: <w3.c12.p881@bounce.carrier.example>\r\n"), "{text}");
        assert!(text.contains("Auto-Submitted: auto-generated\r\n"), "{text}");
        assert!(text.contains("multipart/alternative"), "{text}");
        assert!(text.contains("Date: Thu, 04 Sep 2025"), "{text}");
        assert!(text.is_ascii(), "every relay can carry it");
    }

    #[test]
    fn a_subject_cannot_begin_a_header() {
        let hostile = MailParts { subject: "x\r\nBcc: evil@mail.example", ..parts() };
        let text = String::from_utf8(build(&hostile).unwrap().bytes().to_vec()).unwrap();
        assert!(!text.contains("\nBcc:"), "{text}");
    }

    #[test]
    fn hostile_envelopes_are_refused() {
        for to in
            ["", "a b@c.example", "a@b.example>\r\nRCPT TO:<x@y.example", "홍@mail.example", "a@"]
        {
            assert_eq!(build(&MailParts { to, ..parts() }), Err(BuildError::Recipient), "{to}");
        }
        let reference = "w3>\r\n";
        assert_eq!(build(&MailParts { reference, ..parts() }), Err(BuildError::Reference));
        assert_eq!(build(&MailParts { from: "nobody", ..parts() }), Err(BuildError::Sender));
    }

    #[test]
    fn debug_names_nobody() {
        let shown = format!("{:?} {:?}", build(&parts()).unwrap(), parts());
        assert!(!shown.contains("hong"), "{shown}");
    }
}
