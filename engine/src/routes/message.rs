//! From a rendered notice to what a route takes.

use chrono::{DateTime, Days, Utc};
use chrono_tz::Tz;
use simrecall_core::delivery::Rung;
use simrecall_core::id::AttemptKey;
use simrecall_core::identity::Msisdn;
use simrecall_core::notice::Rendered;
use simrecall_core::notice::encoding::{Charset, EncodeError, Lms, fit_long};
use simrecall_core::subscriber::Contact;
use simrecall_gateway::files::{Letter, Posting};
use simrecall_gateway::mail::{self, BuildError, Mail, MailParts};
use simrecall_gateway::smsc::{Body, ShortMessage};

use crate::config::{Config, RouteConfig, SmppConfig};

/// The `data_coding` of a character set.
const fn data_coding(charset: Charset) -> u8 {
    match charset {
        // What most Korean networks take for KS X 1001.
        Charset::Ksx1001 => 0x84,
        Charset::Gsm7 => 0x00,
        Charset::Ucs2 => 0x08,
    }
}

/// What a route takes.
#[derive(Debug)]
pub(crate) enum Message {
    Short(ShortMessage),
    Mail(Mail),
    Letter(Letter),
    Posting(Posting),
}

/// One notice on its way over one rung.
#[derive(Debug)]
pub(crate) struct Envelope<'a> {
    pub(crate) key: AttemptKey,
    pub(crate) rung: Rung,
    pub(crate) contact: &'a Contact,
    pub(crate) rendered: &'a Rendered,
    /// The posting's page, shared by everyone it stands for.
    pub(crate) page: &'a str,
    pub(crate) at: DateTime<Utc>,
}

/// Why a notice cannot be put into an envelope; it takes the next rung.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unsendable {
    /// The recipient has nothing for this rung.
    #[error("no contact for {}", .0.name())]
    NoContact(Rung),
    /// The text does not fit.
    #[error("does not fit a long message")]
    Unfit(#[source] EncodeError),
    /// The mail cannot be built.
    #[error("cannot become a mail")]
    Mail(#[source] BuildError),
    /// The rung has no such text.
    #[error("no text for {}", .0.name())]
    NoText(Rung),
}

impl Unsendable {
    /// A short code for the outcome row.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::NoContact(_) => "no_contact",
            Self::Unfit(_) => "unfit",
            Self::Mail(_) => "bad_address",
            Self::NoText(_) => "no_text",
        }
    }
}

/// Puts a notice into what its route takes.
pub(crate) fn compose(
    config: &Config,
    route: &RouteConfig,
    envelope: &Envelope<'_>,
) -> Result<Message, Unsendable> {
    match route {
        RouteConfig::Smpp(smpp) => short(smpp, envelope).map(Message::Short),
        RouteConfig::Smtp(_) => mail(config, envelope).map(Message::Mail),
        RouteConfig::Letters { .. } => {
            let html = html(envelope)?;
            Ok(Message::Letter(Letter { reference: envelope.key.to_string(), html }))
        }
        RouteConfig::Posting { days, .. } => {
            posting(*days, config.law.zone, envelope).map(Message::Posting)
        }
    }
}

fn short(smpp: &SmppConfig, envelope: &Envelope<'_>) -> Result<ShortMessage, Unsendable> {
    let number = envelope.contact.msisdn.as_ref();
    let number = number.ok_or(Unsendable::NoContact(envelope.rung))?;
    let subject = envelope.rendered.subject.as_deref().unwrap_or_default();
    let said = (subject, envelope.rendered.text.as_str());
    short_text(smpp, number, said, envelope.key.short_reference()).map_err(Unsendable::Unfit)
}

/// A subject and a text for one phone.
pub(crate) fn short_text(
    smpp: &SmppConfig,
    number: &Msisdn,
    (subject, text): (&str, &str),
    reference: u16,
) -> Result<ShortMessage, EncodeError> {
    let capacity = smpp.capacity();
    let Lms { subject, text } = fit_long(subject, text, capacity)?;
    let (subject, bytes) = match smpp.subject_tag {
        Some(_) => (Some(subject), text),
        // Without a TLV for it the subject is the first line; it stays a long message all the same.
        None => (None, [subject, line_end(capacity.charset).to_vec(), text].concat()),
    };
    Ok(ShortMessage {
        source: smpp.sender.clone(),
        destination: number.expose().to_owned(),
        body: Body::Long { subject, bytes, data_coding: data_coding(capacity.charset) },
        reference,
        registered_delivery: true,
        validity: None,
    })
}

/// A line feed as the character set writes it.
const fn line_end(charset: Charset) -> &'static [u8] {
    match charset {
        Charset::Ksx1001 | Charset::Gsm7 => b"\n",
        Charset::Ucs2 => b"\0\n",
    }
}

fn mail(config: &Config, envelope: &Envelope<'_>) -> Result<Mail, Unsendable> {
    let to = envelope.contact.email.as_ref().ok_or(Unsendable::NoContact(envelope.rung))?;
    mail::build(&MailParts {
        reference: &envelope.key.to_string(),
        message: &envelope.key.target.to_string(),
        host: &config.mail.bounce_host,
        from: &config.mail.from,
        to: to.expose(),
        subject: envelope.rendered.subject.as_deref().unwrap_or_default(),
        text: &envelope.rendered.text,
        html: envelope.rendered.html.as_deref(),
        date: envelope.at,
    })
    .map_err(Unsendable::Mail)
}

fn posting(days: u16, zone: Tz, envelope: &Envelope<'_>) -> Result<Posting, Unsendable> {
    let from = envelope.at.with_timezone(&zone).date_naive();
    let until = from.checked_add_days(Days::new(u64::from(days))).unwrap_or(from);
    Ok(Posting {
        reference: envelope.key.to_string(),
        page: envelope.page.to_owned(),
        title: envelope.rendered.subject.clone().unwrap_or_default(),
        html: html(envelope)?,
        from,
        until,
    })
}

fn html(envelope: &Envelope<'_>) -> Result<String, Unsendable> {
    envelope.rendered.html.clone().ok_or(Unsendable::NoText(envelope.rung))
}
