//! The APIs of CAMARA that this installation offers to other companies' systems.

use std::net::SocketAddr;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use serde::Deserialize;

/// `[camara]`: SIM Swap 2.1, on a host name of its own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CamaraConfig {
    /// The host name banks ask; requests for another are not answered.
    pub host: String,
    /// Where it listens.
    #[serde(default = "port")]
    pub listen: SocketAddr,
    /// A PEM file with the certificate chain, relative to the home.
    #[serde(default)]
    pub tls_cert: Option<PathBuf>,
    /// A PEM file with its key, relative to the home.
    #[serde(default)]
    pub tls_key: Option<PathBuf>,
    /// Proxies in front, as addresses or networks.
    #[serde(default)]
    pub proxies: Vec<String>,
    /// Since when every change of a card is made here: what was changed elsewhere is not known.
    pub watched_since: DateTime<Utc>,
    /// A TOML file with the tokens that are taken, relative to the home.
    #[serde(default)]
    pub token_file: Option<PathBuf>,
    /// Who says what a token stands for, where no file does.
    #[serde(default)]
    pub introspection: Option<IntrospectionConfig>,
    /// Requests a second for each client of a token.
    #[serde(default = "per_second")]
    pub per_second: u32,
}

/// `[camara.introspection]`: OAuth 2.0 Token Introspection, RFC 7662.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntrospectionConfig {
    /// The endpoint.
    pub url: String,
    /// Who we are to it.
    pub client_id: String,
    /// A file with our secret, relative to the home.
    pub client_secret_file: PathBuf,
    /// The member of its answer that has the number of whoever consented to a three-legged token.
    #[serde(default = "phone_number")]
    pub number_member: String,
    /// A PEM file of roots for TLS; the machine's own when absent.
    #[serde(default)]
    pub tls_roots: Option<PathBuf>,
}

const fn port() -> SocketAddr {
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8482)
}
const fn per_second() -> u32 {
    50
}
fn phone_number() -> String {
    "phone_number".to_owned()
}

impl CamaraConfig {
    /// Which key makes no sense by itself, and why.
    pub(super) fn check(&self) -> Result<(), (&'static str, &'static str)> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
        if self.host.is_empty() || !self.host.chars().all(plain) {
            return Err(("host", "write the plain host name, such as api.carrier.example"));
        }
        if self.tls_cert.is_some() != self.tls_key.is_some() {
            return Err(("tls_cert", "a certificate needs its tls_key, and a key its tls_cert"));
        }
        if self.token_file.is_some() == self.introspection.is_some() {
            return Err((
                "token_file",
                "say who knows the tokens: a token_file, or [camara.introspection], not both",
            ));
        }
        if self.per_second == 0 {
            return Err(("per_second", "1 at least, or nobody can ask"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(more: &str) -> CamaraConfig {
        let text = format!(
            "host = \"api.carrier.example\"\nwatched_since = \"2025-09-01T00:00:00+09:00\"\n{more}"
        );
        toml::from_str(&text).unwrap()
    }

    #[test]
    fn tokens_come_from_one_place() {
        assert_eq!(read("token_file = \"tokens.toml\"").check(), Ok(()));
        let asked = "[introspection]\nurl = \"https://id.example/i\"\nclient_id = \"a\"\nclient_secret_file = \"s\"";
        assert_eq!(read(asked).check(), Ok(()));
        assert_eq!(read("").check().unwrap_err().0, "token_file");
        let both = format!("token_file = \"tokens.toml\"\n{asked}");
        assert_eq!(read(&both).check().unwrap_err().0, "token_file");
    }

    #[test]
    fn what_makes_no_sense_names_its_key() {
        for (more, key) in [("tls_cert = \"a.pem\"", "tls_cert"), ("per_second = 0", "per_second")]
        {
            let more = format!("token_file = \"t\"\n{more}");
            assert_eq!(read(&more).check().unwrap_err().0, key, "{more}");
        }
    }
}
