//! Ways into the network.

use std::path::PathBuf;

use chrono::TimeDelta;
use serde::Deserialize;
use simrecall_core::delivery::Rung;
use simrecall_core::notice::encoding::{Capacity, Charset};

use super::Span;

/// A way into the network.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum RouteConfig {
    /// A short message centre over SMPP 3.4.
    Smpp(SmppConfig),
    /// A mail relay over SMTP.
    Smtp(SmtpConfig),
    /// Letters as print-ready pages in a folder.
    Letters {
        /// The folder, relative to the home.
        dir: PathBuf,
    },
    /// The public posting as a page in a folder.
    Posting {
        /// The folder, relative to the home.
        dir: PathBuf,
        /// How many days it stands; the law asks for 30 at least.
        #[serde(default = "thirty")]
        days: u16,
    },
}

const fn thirty() -> u16 {
    30
}

/// The characters a route's long messages may hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RouteCharset {
    /// KS X 1001: Korean and English.
    #[default]
    Ksx1001,
    /// UCS-2: every language.
    Ucs2,
}

/// A short message centre.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmppConfig {
    /// Host and port.
    pub address: String,
    /// The login.
    pub system_id: String,
    /// A file with the password.
    pub password_file: PathBuf,
    /// The registered sender number.
    pub sender: String,
    /// Connections.
    #[serde(default = "one")]
    pub binds: u8,
    /// Submissions without an answer, per connection.
    #[serde(default = "hundred")]
    pub window: usize,
    /// The licence, in messages a second; 0 for none.
    #[serde(default)]
    pub per_second: u32,
    /// The characters a long message may hold.
    #[serde(default)]
    pub charset: RouteCharset,
    /// How many bytes a long message may have; by default 2,000 in KS X 1001 and 4,000 in UCS-2.
    #[serde(default)]
    pub long_bytes: Option<usize>,
    /// Seconds until an answer is given up for.
    #[serde(default = "sixty_seconds")]
    pub response_timeout: Span,
    /// TLS server name; no TLS when absent.
    #[serde(default)]
    pub tls_server_name: Option<String>,
    /// A PEM file of roots for TLS.
    #[serde(default)]
    pub tls_roots: Option<PathBuf>,
    /// The carrier's own TLV for the subject of a long message; without it the subject is the text's first line.
    #[serde(default)]
    pub subject_tag: Option<u16>,
    /// How the network writes message ids: `as_is`, `hex`, `decimal`, `hex_then_decimal`.
    #[serde(default = "as_is")]
    pub id_form: String,
}

const fn one() -> u8 {
    1
}
const fn hundred() -> usize {
    100
}
const fn sixty_seconds() -> Span {
    Span(TimeDelta::seconds(60))
}
fn as_is() -> String {
    "as_is".to_owned()
}

/// A mail relay.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpConfig {
    /// Host and port.
    pub address: String,
    /// The name in EHLO.
    pub helo: String,
    /// Connections.
    #[serde(default = "one")]
    pub connections: u8,
    /// `none`, `optional` or `required`.
    #[serde(default = "required")]
    pub starttls: String,
    /// A PEM file of roots for TLS.
    #[serde(default)]
    pub tls_roots: Option<PathBuf>,
    /// The login, if the relay asks for one.
    #[serde(default)]
    pub user: Option<String>,
    /// A file with the password.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
}

fn required() -> String {
    "required".to_owned()
}

impl SmppConfig {
    /// What its long messages may hold.
    pub fn capacity(&self) -> Capacity {
        let (charset, usual) = match self.charset {
            RouteCharset::Ksx1001 => (Charset::Ksx1001, 2_000),
            RouteCharset::Ucs2 => (Charset::Ucs2, 4_000),
        };
        Capacity { charset, long_bytes: self.long_bytes.unwrap_or(usual) }
    }
}

impl RouteConfig {
    /// Whether a rung can go over it.
    pub const fn carries(&self, rung: Rung) -> bool {
        match self {
            Self::Smpp(_) => matches!(rung, Rung::Lms | Rung::Sms),
            Self::Smtp(_) => matches!(rung, Rung::Email),
            Self::Letters { .. } => matches!(rung, Rung::Letter),
            Self::Posting { .. } => matches!(rung, Rung::Posting),
        }
    }

    /// The licence, in messages a second; 0 for none.
    pub const fn per_second(&self) -> u32 {
        match self {
            Self::Smpp(smpp) => smpp.per_second,
            Self::Smtp(_) | Self::Letters { .. } | Self::Posting { .. } => 0,
        }
    }

    /// Submissions that may be without an answer.
    pub fn window(&self) -> u32 {
        match self {
            Self::Smpp(smpp) => {
                u32::from(smpp.binds).saturating_mul(u32::try_from(smpp.window).unwrap_or(u32::MAX))
            }
            Self::Smtp(smtp) => u32::from(smtp.connections) * 32,
            Self::Letters { .. } | Self::Posting { .. } => 0,
        }
    }
}
