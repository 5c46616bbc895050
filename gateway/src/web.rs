//! HTTP to other services: which hosts are trusted, how long we wait, and what went wrong.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use ureq::http::{Method, Request, Response, Uri};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Error};

/// Why a service gave no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebError {
    /// The host cannot be found or reached.
    #[error("the host cannot be reached")]
    Unreachable,
    /// The host took too long.
    #[error("the host did not answer in time")]
    TimedOut,
    /// The host does not prove who it is, or would be asked in clear.
    #[error("the host is not trusted")]
    Untrusted,
    /// Larger than any answer of such a service.
    #[error("the answer is too large")]
    TooLarge,
    /// The answer broke off or is no HTTP.
    #[error("the answer cannot be read")]
    Unreadable,
}

/// Trusts the hosts that these PEM certificates vouch for, follows no redirect, and knows no proxy.
pub(crate) fn agent(roots_pem: &[u8], patience: Duration) -> Agent {
    let certificates = parse_pem(roots_pem).filter_map(|item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        Ok(_) | Err(_) => None,
    });
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = TlsConfig::builder()
        .unversioned_rustls_crypto_provider(provider)
        .root_certs(RootCerts::Specific(Arc::new(certificates.collect())))
        .build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .timeout_global(Some(patience))
        .max_redirects(0)
        .http_status_as_error(false)
        .accept_encoding("identity")
        .user_agent("simrecall")
        // What everybody sees, not what a proxy of this machine makes of it.
        .proxy(None)
        .build();
    config.into()
}

/// Asks, and reads the answer up to so many bytes. Nothing goes out in clear to another machine.
pub(crate) fn ask(
    agent: &Agent,
    request: Request<Vec<u8>>,
    limit: u64,
) -> Result<Response<Vec<u8>>, WebError> {
    ask_within(agent, request, limit, None)
}

/// The same, with another patience than the agent's own.
pub(crate) fn ask_within(
    agent: &Agent,
    request: Request<Vec<u8>>,
    limit: u64,
    patience: Option<Duration>,
) -> Result<Response<Vec<u8>>, WebError> {
    if !is_safe(request.uri()) {
        return Err(WebError::Untrusted);
    }
    let patience = patience.or(agent.config().timeouts().global);
    let answer = if *request.method() == Method::GET {
        let request = agent.configure_request(request.map(drop));
        agent.run(request.timeout_global(patience).build())
    } else {
        agent.run(agent.configure_request(request).timeout_global(patience).build())
    };
    let (head, mut body) = answer.map_err(|error| web_error(&error))?.into_parts();
    let read = body.with_config().limit(limit).read_to_vec();
    Ok(Response::from_parts(head, read.map_err(|error| web_error(&error))?))
}

/// Whether what is sent there can be read by nobody between: https, or this machine itself.
pub(crate) fn is_safe(address: &Uri) -> bool {
    let host = address.host().unwrap_or_default();
    match address.scheme_str() {
        Some("https") => !host.is_empty(),
        Some("http") => is_loopback(host),
        Some(_) | None => false,
    }
}

/// Whether a host is this machine itself.
pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the rest of a library's errors are one to us")]
pub(crate) fn web_error(error: &Error) -> WebError {
    match error {
        Error::Timeout(_) => WebError::TimedOut,
        Error::HostNotFound | Error::ConnectionFailed => WebError::Unreachable,
        Error::Tls(_) | Error::Rustls(_) => WebError::Untrusted,
        Error::BodyExceedsLimit(_) => WebError::TooLarge,
        Error::Io(error) => of_io(error),
        _ => WebError::Unreadable,
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the rest of the system's errors are one to us")]
fn of_io(error: &io::Error) -> WebError {
    if error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>()) {
        return WebError::Untrusted;
    }
    match error.kind() {
        io::ErrorKind::ConnectionRefused
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::HostUnreachable => WebError::Unreachable,
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => WebError::TimedOut,
        _ => WebError::Unreadable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_clear_only_to_this_machine() {
        for safe in [
            "https://id.carrier.example/x",
            "http://127.0.0.1:1/x",
            "http://[::1]:1/",
            "http://localhost/",
        ] {
            assert!(is_safe(&safe.parse().unwrap()), "{safe}");
        }
        for unsafe_ in
            ["http://id.carrier.example/", "ftp://127.0.0.1/", "/x", "http://127.0.0.1.example/"]
        {
            assert!(!is_safe(&unsafe_.parse().unwrap()), "{unsafe_}");
        }
    }
}
