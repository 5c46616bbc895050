//! The ways out of a carrier's installation, opened from its configuration.

mod message;

use std::path::{Path, PathBuf};

use secrecy::SecretString;
use simrecall_gateway::files::{self, Letter, Posting};
use simrecall_gateway::mail::{self, Login, Mail, MailSettings, Starttls, Trust};
use simrecall_gateway::smsc::{
    self, Backoff, IdForm, IdForms, ShortMessage, SmscSettings, TlsSettings,
};
use simrecall_gateway::{Event, Route, RouteError, Submission};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

pub(crate) use message::{Envelope, Message, compose, short_text};

use crate::config::{RouteConfig, SmppConfig, SmtpConfig};
use crate::home::Home;
use crate::problem::{self, Problem, Result};

/// An open route's entrance, and what still runs behind it.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) entrance: Entrance,
    pub(crate) events: mpsc::Receiver<Event>,
    pub(crate) window: usize,
    pub(crate) driver: JoinHandle<()>,
}

/// Where messages go in, by kind of route.
#[derive(Debug)]
pub(crate) enum Entrance {
    Short(mpsc::Sender<Submission<ShortMessage>>),
    Mail(mpsc::Sender<Submission<Mail>>),
    Letter(mpsc::Sender<Submission<Letter>>),
    Posting(mpsc::Sender<Submission<Posting>>),
}

impl Entrance {
    /// Hands one message over. The caller keeps to the window, so there is always room.
    pub(crate) fn push(&self, tag: u64, message: Message) -> Result<()> {
        let taken = match (self, message) {
            (Self::Short(way), Message::Short(message)) => {
                way.blocking_send(Submission { tag, message }).is_ok()
            }
            (Self::Mail(way), Message::Mail(message)) => {
                way.blocking_send(Submission { tag, message }).is_ok()
            }
            (Self::Letter(way), Message::Letter(message)) => {
                way.blocking_send(Submission { tag, message }).is_ok()
            }
            (Self::Posting(way), Message::Posting(message)) => {
                way.blocking_send(Submission { tag, message }).is_ok()
            }
            (Self::Short(_) | Self::Mail(_) | Self::Letter(_) | Self::Posting(_), _) => false,
        };
        if taken {
            return Ok(());
        }
        Err(Problem::ours("route", "a route ended while messages were handed to it"))
    }
}

/// Opens one route. `batch` names the folder of its files, where it has files.
pub(crate) async fn open(
    home: &Home,
    name: &str,
    config: &RouteConfig,
    batch: &str,
) -> Result<Opened> {
    let opened = match config {
        RouteConfig::Smpp(smpp) => {
            let route = smsc::connect(smsc_settings(home, smpp)?).await;
            route.map(|route| opened(route, Entrance::Short))
        }
        RouteConfig::Smtp(smtp) => {
            let route = mail::connect(mail_settings(home, smtp)?).await;
            route.map(|route| opened(route, Entrance::Mail))
        }
        RouteConfig::Letters { dir } => {
            files::letters(&home.path(dir), batch).map(|route| opened(route, Entrance::Letter))
        }
        RouteConfig::Posting { dir, .. } => {
            files::posting(&home.path(dir)).map(|route| opened(route, Entrance::Posting))
        }
    };
    opened.map_err(|error| unusable(name, config, &error))
}

fn opened<M>(
    route: Route<M>,
    entrance: impl FnOnce(mpsc::Sender<Submission<M>>) -> Entrance,
) -> Opened {
    Opened {
        entrance: entrance(route.submissions),
        events: route.events,
        window: route.window,
        driver: route.driver,
    }
}

fn smsc_settings(home: &Home, smpp: &SmppConfig) -> Result<SmscSettings> {
    let password = password(home, &smpp.password_file)?;
    let mut settings = SmscSettings::new(&smpp.address, &smpp.system_id, password);
    settings.binds = smpp.binds;
    settings.window_per_bind = u16::try_from(smpp.window)
        .map_err(|_| Problem::configuration("config", "a window is 65,535 at most"))?;
    settings.pace_per_second = if smpp.per_second == 0 { u32::MAX } else { smpp.per_second };
    settings.burst = (settings.pace_per_second / 10).max(1);
    settings.response_timeout = smpp.response_timeout.std();
    settings.subject_tag = smpp.subject_tag;
    settings.ids = id_forms(&smpp.id_form)?;
    settings.reconnect = Backoff::new(
        std::time::Duration::from_millis(200),
        std::time::Duration::from_secs(30),
        u64::from(std::process::id()),
    );
    if let Some(name) = &smpp.tls_server_name {
        let pem = roots(home, smpp.tls_roots.as_deref())?;
        let tls = TlsSettings::from_pem(name, &pem);
        settings.tls = Some(tls.map_err(|error| setting(&error))?);
    }
    Ok(settings)
}

fn id_forms(form: &str) -> Result<IdForms> {
    let one = match form {
        "as_is" => IdForm::AsIs,
        "hex" => IdForm::Hex,
        "decimal" => IdForm::Decimal,
        "hex_then_decimal" => {
            return Ok(IdForms { answers: IdForm::Hex, receipts: IdForm::Decimal });
        }
        _ => {
            return Err(Problem::configuration("config", format!("no id form is called {form}"))
                .hint("write as_is, hex, decimal or hex_then_decimal (answers in hex, receipts in decimal)"));
        }
    };
    Ok(IdForms { answers: one, receipts: one })
}

pub(crate) fn mail_settings(home: &Home, smtp: &SmtpConfig) -> Result<MailSettings> {
    let mut settings = MailSettings::new(&smtp.address, &smtp.helo);
    settings.connections = smtp.connections;
    settings.starttls = starttls(home, smtp)?;
    if let (Some(user), Some(file)) = (&smtp.user, &smtp.password_file) {
        settings.login = Some(Login { user: user.clone(), password: password(home, file)? });
    }
    Ok(settings)
}

fn starttls(home: &Home, smtp: &SmtpConfig) -> Result<Starttls> {
    let trust = || -> Result<Trust> {
        let server_name = smtp.address.rsplit_once(':').map_or(&*smtp.address, |(host, _)| host);
        let roots_pem = roots(home, smtp.tls_roots.as_deref())?;
        Ok(Trust { server_name: server_name.to_owned(), roots_pem })
    };
    match smtp.starttls.as_str() {
        "none" => Ok(Starttls::None),
        "optional" => Ok(Starttls::Optional(trust()?)),
        "required" => Ok(Starttls::Required(trust()?)),
        other => Err(Problem::configuration("config", format!("no starttls is called {other}"))
            .hint("write none, optional or required")),
    }
}

/// The certificates that vouch for hosts: those of a file, else the machine's own.
pub(crate) fn roots(home: &Home, file: Option<&Path>) -> Result<Vec<u8>> {
    let path = file.map_or_else(
        || PathBuf::from("/etc/ssl/certs/ca-certificates.crt"),
        |file| home.path(file),
    );
    std::fs::read(&path).map_err(|error| problem::file(&path, error))
}

pub(crate) fn password(home: &Home, file: &Path) -> Result<SecretString> {
    let path = home.path(file);
    let text = std::fs::read_to_string(&path).map_err(|error| {
        problem::file(&path, error)
            .hint("write the password into this file, readable by its owner only")
    })?;
    Ok(SecretString::from(text.trim_end().to_owned()))
}

fn setting(error: &RouteError) -> Problem {
    Problem::configuration("config", error.to_string()).hint("mend simrecall.toml")
}

fn unusable(name: &str, config: &RouteConfig, error: &RouteError) -> Problem {
    let kind = match config {
        RouteConfig::Smpp(_) => "SMSC",
        RouteConfig::Smtp(_) => "mail relay",
        RouteConfig::Letters { .. } | RouteConfig::Posting { .. } => "folder",
    };
    match error {
        RouteError::Unreachable { address } => {
            Problem::new("unreachable", simrecall_core::problem::Blame::Network, format!("the {kind} at {address} cannot be reached"))
                .detail(format!("route {name}; nothing was submitted"))
                .hint("is it running, and is the address right? Then run the same command again")
        }
        RouteError::Refused { address, code } => {
            Problem::new("refused", simrecall_core::problem::Blame::Network, format!("the {kind} at {address} refuses our login ({code})"))
                .detail(format!("route {name}; nothing was submitted"))
                .hint(format!("check [routes.{name}] and its password_file in simrecall.toml, then run the same command again"))
        }
        RouteError::Setting { .. } => setting(error),
    }
}
