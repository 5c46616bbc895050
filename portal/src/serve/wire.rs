//! What keeps strangers from reading along: TLS of our own, or a proxy that ends it.

use std::net::SocketAddr;
use std::path::PathBuf;

use simrecall_engine::{Problem, Result};
use tokio_rustls::TlsAcceptor;

use super::connection::Listening;
use super::tls;
use crate::peer::Proxies;

/// What a section of the configuration says of its listener.
pub(super) struct Said<'a> {
    /// The section's name.
    pub(super) section: &'static str,
    pub(super) listen: SocketAddr,
    /// The certificate and its key, if there are any.
    pub(super) tls: Option<(PathBuf, PathBuf)>,
    pub(super) proxies: &'a [String],
}

/// What lies between a listener and those who connect.
pub(super) struct Wire {
    tls: Option<TlsAcceptor>,
    proxies: Proxies,
}

impl Wire {
    /// As it is said. A listener that other machines reach and nothing covers is refused.
    pub(super) fn of(said: &Said<'_>) -> Result<Self> {
        let tls = said.tls.as_ref().map(|(cert, key)| tls::acceptor(cert, key)).transpose()?;
        let proxies = Proxies::parse(said.proxies.iter().map(String::as_str))?;
        let wire = Self { tls, proxies };
        refuse_open(said, wire.is_covered())?;
        Ok(wire)
    }

    /// Whether we end TLS ourselves.
    pub(super) const fn has_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// Whether a proxy stands before us.
    pub(super) const fn is_behind(&self) -> bool {
        !self.proxies.is_empty()
    }

    /// Whether those who connect do it over TLS, ours or a proxy's.
    pub(super) const fn is_covered(&self) -> bool {
        self.has_tls() || self.is_behind()
    }

    /// Puts it before a listener. In clear, nobody but the proxies may speak to us from another machine.
    pub(super) fn before(self, listening: Listening) -> Listening {
        let behind = (!self.has_tls() && self.is_behind()).then_some(self.proxies);
        listening.over(self.tls).behind(behind)
    }
}

/// People are not to be asked anything over a wire that others can read.
fn refuse_open(said: &Said<'_>, covered: bool) -> Result<()> {
    let Said { section, listen, .. } = said;
    if covered || listen.ip().is_loopback() {
        return Ok(());
    }
    let what = format!("{listen} can be reached from other machines, and nothing covers the wire");
    Err(Problem::configuration("open_listener", what).hint(format!(
        "give tls_cert and tls_key in [{section}], or name the proxy that ends TLS in proxies, or listen on 127.0.0.1",
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_wire_is_refused() {
        let said = |listen: &str| Said {
            section: "portal",
            listen: listen.parse().unwrap(),
            tls: None,
            proxies: &[],
        };
        assert_eq!(refuse_open(&said("0.0.0.0:443"), false).unwrap_err().code, "open_listener");
        assert!(refuse_open(&said("0.0.0.0:443"), true).is_ok());
        for loopback in ["127.0.0.1:80", "[::1]:80"] {
            assert!(refuse_open(&said(loopback), false).is_ok());
        }
    }
}
