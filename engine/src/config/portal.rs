//! The customer's page: which incident it answers for, where it listens, how often it may be asked.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;

use chrono::TimeDelta;
use serde::Deserialize;
use simrecall_core::incident::{Channel, IncidentCode};

use super::Span;

/// `[portal]`: one public page for one incident.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortalConfig {
    /// The incident it answers for, by its code.
    pub incident: IncidentCode,
    /// The host name people type; requests for another are not answered.
    pub host: String,
    /// Where people's browsers see it, without a slash at the end; by default `https://` and the host.
    #[serde(default)]
    pub origin: Option<String>,
    /// The brand whose words it speaks; by default the only one of `[brands]`.
    #[serde(default)]
    pub brand: Option<String>,
    /// Where it listens.
    #[serde(default = "public_port")]
    pub listen: SocketAddr,
    /// Where health and figures are asked for; never open to people.
    #[serde(default = "ops_port")]
    pub ops_listen: SocketAddr,
    /// A PEM file with the certificate chain, relative to the home.
    #[serde(default)]
    pub tls_cert: Option<PathBuf>,
    /// A PEM file with its key, relative to the home.
    #[serde(default)]
    pub tls_key: Option<PathBuf>,
    /// Proxies in front, as addresses or networks such as `10.0.0.0/8`: what they say of where a request came from is believed.
    #[serde(default)]
    pub proxies: Vec<String>,
    /// The answer leaves at a multiple of this, so that its time says nothing.
    #[serde(default = "quarter_second")]
    pub floor: Span,
    /// How old the registry snapshot may be for somebody who only proved that they have the line now.
    #[serde(default = "one_day")]
    pub registry_max_age: Span,
    /// The number that is answered day and night; by default the brand's.
    #[serde(default)]
    pub hotline: Option<String>,
    /// The mail route codes go over; by default the ladder's.
    #[serde(default)]
    pub mail_route: Option<String>,
    /// A folder with `theme.toml` and a logo, relative to the home.
    #[serde(default)]
    pub theme: Option<PathBuf>,
    /// The carrier's service that sends codes by SMS.
    #[serde(default)]
    pub otp: Option<OtpConfig>,
    /// The carrier's login.
    #[serde(default)]
    pub login: Option<LoginConfig>,
    /// How often, how long, how many.
    #[serde(default)]
    pub limits: Limits,
}

/// `[portal.otp]`: a CAMARA One Time Password SMS service, version 1.1.1.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtpConfig {
    /// Its base address, such as `https://api.carrier.example/one-time-password-sms/v1`.
    pub url: String,
    /// A file with the bearer token, relative to the home.
    pub token_file: PathBuf,
    /// A PEM file of roots for TLS; the machine's own when absent.
    #[serde(default)]
    pub tls_roots: Option<PathBuf>,
}

/// What a login's answer stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoginBinds {
    /// `sub` is the carrier's own reference of the account holder.
    Subscriber,
    /// `phone_number`, if it is said to be verified, is the line's.
    PhoneNumber,
}

/// `[portal.login]`: an OpenID Connect provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginConfig {
    /// Its issuer, an address that `/.well-known/openid-configuration` stands below.
    pub issuer: String,
    /// Who we are to it.
    pub client_id: String,
    /// A file with our secret, relative to the home, if it gave us one.
    #[serde(default)]
    pub client_secret_file: Option<PathBuf>,
    /// What its answer stands for.
    pub binds: LoginBinds,
    /// The channels a login relies on, such as `["sms"]` when it sends codes by SMS.
    #[serde(default)]
    pub relies: BTreeSet<Channel>,
    /// Values of `amr` or `acr` that rely on more: `sms = ["sms"]`.
    #[serde(default)]
    pub methods: std::collections::BTreeMap<String, BTreeSet<Channel>>,
    /// The strength to ask for, as `acr_values`.
    #[serde(default)]
    pub acr: Option<String>,
    /// A PEM file of roots for TLS; the machine's own when absent.
    #[serde(default)]
    pub tls_roots: Option<PathBuf>,
}

/// `[portal.limits]`. Whoever is a customer and whoever is not are counted alike.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// How long a code lives.
    pub code_life: Span,
    /// Tries for one code.
    pub tries: i16,
    /// Codes for one address or number in an hour.
    pub codes_an_hour: i32,
    /// Codes for one address or number in a day.
    pub codes_a_day: i32,
    /// Wrong codes for one address or number in a day.
    pub failures_a_day: i32,
    /// Requests of one network in an hour.
    pub network_an_hour: i32,
    /// Requests of all together in an hour.
    pub all_an_hour: i32,
    /// A session ends when nobody used it for so long.
    pub idle: Span,
    /// A session ends after so long whatever happens.
    pub session: Span,
    /// Codes that wait to be sent.
    pub queue: usize,
    /// Reports of fakes that wait for staff.
    pub reports: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            code_life: Span(TimeDelta::minutes(10)),
            tries: 5,
            codes_an_hour: 3,
            codes_a_day: 8,
            failures_a_day: 10,
            network_an_hour: 20,
            all_an_hour: 20_000,
            idle: Span(TimeDelta::minutes(15)),
            session: Span(TimeDelta::hours(1)),
            queue: 1_000,
            reports: 10_000,
        }
    }
}

const fn public_port() -> SocketAddr {
    loopback(8480)
}
const fn ops_port() -> SocketAddr {
    loopback(8481)
}
const fn loopback(port: u16) -> SocketAddr {
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), port)
}
const fn quarter_second() -> Span {
    Span(TimeDelta::milliseconds(250))
}
const fn one_day() -> Span {
    Span(TimeDelta::days(1))
}

impl PortalConfig {
    /// Where people's browsers see the page, without a slash at the end.
    pub fn origin(&self) -> String {
        self.origin.clone().unwrap_or_else(|| format!("https://{}", self.host))
    }

    /// Which key makes no sense by itself, and why.
    pub(super) fn check(&self) -> Result<(), (&'static str, &'static str)> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
        if self.host.is_empty() || !self.host.chars().all(plain) {
            return Err(("host", "write the plain host name, such as check.carrier.example"));
        }
        let has_path = |origin: &str| {
            let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
            host.is_none_or(|host| host.is_empty() || host.contains('/'))
        };
        if self.origin.as_deref().is_some_and(has_path) {
            return Err(("origin", "write https:// and the host, nothing behind it"));
        }
        if self.tls_cert.is_some() != self.tls_key.is_some() {
            return Err(("tls_cert", "a certificate needs its tls_key, and a key its tls_cert"));
        }
        if self.floor.0 <= TimeDelta::zero() {
            return Err(("floor", "a span such as 250ms"));
        }
        self.limits.check()
    }
}

impl Limits {
    fn check(&self) -> Result<(), (&'static str, &'static str)> {
        let counts = [
            i64::from(self.tries),
            self.codes_an_hour.into(),
            self.codes_a_day.into(),
            self.failures_a_day.into(),
            self.network_an_hour.into(),
            self.all_an_hour.into(),
            self.reports,
        ];
        if counts.into_iter().any(|count| count < 1) || self.queue == 0 {
            return Err(("limits", "each limit is 1 at least, or nobody can ask"));
        }
        // RFC 6238 and NIST SP 800-63B §5.1.3.2 give an out-of-band code ten minutes at most.
        if self.tries > 10 || self.code_life.0 > TimeDelta::minutes(10) {
            return Err(("limits", "a code has 10 tries and 10 minutes at most"));
        }
        let spans = [self.code_life, self.idle, self.session];
        if spans.into_iter().any(|span| span.0 < TimeDelta::seconds(1)) {
            return Err(("limits", "each span is a second at least"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(more: &str) -> PortalConfig {
        let text = format!("incident = \"HB-2025-09\"\nhost = \"check.carrier.example\"\n{more}");
        toml::from_str(&text).unwrap()
    }

    #[test]
    fn two_keys_are_enough() {
        let config = read("");
        assert_eq!(config.check(), Ok(()));
        assert_eq!(config.origin(), "https://check.carrier.example");
        assert!(config.listen.ip().is_loopback() && config.ops_listen.ip().is_loopback());
        assert_eq!((config.limits.tries, config.limits.codes_an_hour), (5, 3));
    }

    #[test]
    fn what_makes_no_sense_names_its_key() {
        for (more, key) in [
            ("origin = \"https://x/y\"", "origin"),
            ("origin = \"x\"", "origin"),
            ("tls_cert = \"a.pem\"", "tls_cert"),
            ("floor = \"0s\"", "floor"),
            ("limits = { tries = 0 }", "limits"),
            ("limits = { tries = 11 }", "limits"),
            ("limits = { code_life = \"1h\" }", "limits"),
            ("limits = { idle = \"0s\" }", "limits"),
        ] {
            assert_eq!(read(more).check().unwrap_err().0, key, "{more}");
        }
        let host = PortalConfig { host: "a/b".to_owned(), ..read("") };
        assert_eq!(host.check().unwrap_err().0, "host");
    }

    #[test]
    fn a_login_says_what_it_relies_on() {
        let login = "[login]\nissuer = \"https://id.example\"\nclient_id = \"check\"\nbinds = \"subscriber\"\nrelies = [\"app\"]\nmethods = { sms = [\"sms\"] }";
        let login = read(login).login.unwrap();
        assert_eq!(login.binds, LoginBinds::Subscriber);
        assert_eq!(login.relies, BTreeSet::from([Channel::App]));
        assert_eq!(login.methods["sms"], BTreeSet::from([Channel::Sms]));
    }
}
