//! Looking at a published page, as anybody can: a file, or an address on the web.
//!
//! The bytes count as they are. Who publishes a page lays it there unchanged; a redirect is no page, and neither is an
//! error page.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ureq::http::Uri;
use ureq::{Agent, Error};

use crate::web::{self, WebError, is_loopback};

/// No page of ours is larger.
const LIMIT: u64 = 4 << 20;
/// How long a host may take, from the name look-up to the last byte.
const PATIENCE: Duration = Duration::from_secs(20);

/// A folder of pages that anybody can look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Site {
    /// A folder on this machine.
    Folder(PathBuf),
    /// The address under which the pages stand, without the last slash.
    Address(String),
}

/// An address under which no page can be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseSiteError {
    /// Not of the form `https://host/path`.
    #[error("not an address such as https://www.carrier.example/notice")]
    Form,
    /// In clear to another machine.
    #[error("http goes only to this machine itself; use https")]
    InClear,
    /// With a login, a query or a fragment, which a published page does not need.
    #[error("an address with a login, a query or a fragment is not one that everybody sees")]
    Extras,
}

/// Why a page could not be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unseen {
    /// Nothing there.
    #[error("no such page")]
    Missing,
    /// The host answers with something else than the page.
    #[error("the host answers {0}")]
    Status(u16),
    /// The host cannot be found or reached.
    #[error("the host cannot be reached")]
    Unreachable,
    /// The host took too long.
    #[error("the host did not answer in time")]
    TimedOut,
    /// The host does not prove who it is.
    #[error("the host's certificate is not trusted")]
    Untrusted,
    /// Larger than any page of ours.
    #[error("larger than any page of ours")]
    TooLarge,
    /// The file is there and cannot be read, or the answer broke off.
    #[error("cannot be read")]
    Unreadable,
}

impl Site {
    /// Reads an address: https, or http to this machine itself.
    pub fn parse(text: &str) -> Result<Self, ParseSiteError> {
        let uri: Uri = text.parse().map_err(|_| ParseSiteError::Form)?;
        let authority = uri.authority().ok_or(ParseSiteError::Form)?;
        let host = authority.host();
        if host.is_empty() {
            return Err(ParseSiteError::Form);
        }
        if authority.as_str().contains('@') || uri.query().is_some() || text.contains('#') {
            return Err(ParseSiteError::Extras);
        }
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if is_loopback(host) => {}
            Some("http") => return Err(ParseSiteError::InClear),
            Some(_) | None => return Err(ParseSiteError::Form),
        }
        Ok(Self::Address(text.trim_end_matches('/').to_owned()))
    }

    /// Where one page of it is.
    pub fn page(&self, name: &str) -> String {
        match self {
            Self::Folder(folder) => folder.join(name).display().to_string(),
            Self::Address(address) => format!("{address}/{name}"),
        }
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => folder.display().fmt(f),
            Self::Address(address) => f.write_str(address),
        }
    }
}

/// Looks at pages.
#[derive(Debug)]
pub struct Looker(Agent);

impl Looker {
    /// Trusts the hosts that these PEM certificates vouch for.
    pub fn new(roots_pem: &[u8]) -> Self {
        Self(web::agent(roots_pem, PATIENCE))
    }

    /// The bytes of one page.
    pub fn look(&self, site: &Site, name: &str) -> Result<Vec<u8>, Unseen> {
        match site {
            Site::Folder(folder) => file(&folder.join(name)),
            Site::Address(_) => self.fetch(&site.page(name)),
        }
    }

    fn fetch(&self, address: &str) -> Result<Vec<u8>, Unseen> {
        let mut answer = self.0.get(address).call().map_err(|error| unseen(&error))?;
        match answer.status().as_u16() {
            200 => {}
            404 | 410 => return Err(Unseen::Missing),
            status => return Err(Unseen::Status(status)),
        }
        let body = answer.body_mut().with_config().limit(LIMIT);
        body.read_to_vec().map_err(|error| unseen(&error))
    }
}

fn file(path: &Path) -> Result<Vec<u8>, Unseen> {
    let read = || {
        let mut bytes = Vec::new();
        File::open(path)?.take(LIMIT + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes: Vec<u8> = read().map_err(|error: io::Error| {
        if error.kind() == io::ErrorKind::NotFound { Unseen::Missing } else { Unseen::Unreadable }
    })?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= LIMIT) {
        Ok(bytes)
    } else {
        Err(Unseen::TooLarge)
    }
}

fn unseen(error: &Error) -> Unseen {
    match web::web_error(error) {
        WebError::TimedOut => Unseen::TimedOut,
        WebError::Unreachable => Unseen::Unreachable,
        WebError::Untrusted => Unseen::Untrusted,
        WebError::TooLarge => Unseen::TooLarge,
        WebError::Unreadable => Unseen::Unreadable,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// A host that gives this answer to each of so many visitors.
    fn host(answer: Vec<u8>, visitors: usize) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/notice/", listener.local_addr().unwrap());
        thread::spawn(move || {
            for _ in 0..visitors {
                let (mut visitor, _) = listener.accept().unwrap();
                let mut asked = Vec::new();
                while !asked.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    visitor.read_exact(&mut byte).unwrap();
                    asked.push(byte[0]);
                }
                assert!(asked.starts_with(b"GET /notice/page.html HTTP/1.1\r\n"));
                visitor.write_all(&answer).unwrap();
            }
        });
        address
    }

    fn answer(status: &str, body: &str) -> Vec<u8> {
        let length = body.len();
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
            .into_bytes()
    }

    fn look(address: &str) -> Result<Vec<u8>, Unseen> {
        Looker::new(b"").look(&Site::parse(address).unwrap(), "page.html")
    }

    #[test]
    fn a_page_is_its_bytes() {
        let body = "<!doctype html><p>공고</p>\n";
        assert_eq!(look(&host(answer("200 OK", body), 1)), Ok(body.as_bytes().to_vec()));
    }

    #[test]
    fn an_error_page_or_a_redirect_is_no_page() {
        assert_eq!(look(&host(answer("404 Not Found", "no"), 1)), Err(Unseen::Missing));
        assert_eq!(look(&host(answer("503 Busy", "no"), 1)), Err(Unseen::Status(503)));
        let moved = b"HTTP/1.1 301 Moved\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n".to_vec();
        assert_eq!(look(&host(moved, 1)), Err(Unseen::Status(301)));
    }

    #[test]
    fn nobody_there_and_half_an_answer_are_no_page() {
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert_eq!(look(&format!("http://{closed}/notice")), Err(Unseen::Unreachable));
        let half = b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n<p>".to_vec();
        assert!(look(&host(half, 1)).is_err());
    }

    #[test]
    fn a_file_is_a_page_too() {
        let dir = tempfile::tempdir().unwrap();
        let site = Site::Folder(dir.path().to_owned());
        let looker = Looker::new(b"");
        assert_eq!(looker.look(&site, "page.html"), Err(Unseen::Missing));
        std::fs::write(dir.path().join("page.html"), "<p>").unwrap();
        assert_eq!(looker.look(&site, "page.html"), Ok(b"<p>".to_vec()));
        std::fs::create_dir(dir.path().join("folder.html")).unwrap();
        assert_eq!(looker.look(&site, "folder.html"), Err(Unseen::Unreadable));
        let huge = File::create(dir.path().join("huge.html")).unwrap();
        huge.set_len(LIMIT + 1).unwrap();
        assert_eq!(looker.look(&site, "huge.html"), Err(Unseen::TooLarge));
    }

    #[test]
    fn addresses_are_those_everybody_sees() {
        let parsed = Site::parse("https://www.carrier.example/notice/").unwrap();
        assert_eq!(parsed.page("p.html"), "https://www.carrier.example/notice/p.html");
        for (text, error) in [
            ("www.carrier.example", ParseSiteError::Form),
            ("/notice", ParseSiteError::Form),
            ("ftp://www.carrier.example/", ParseSiteError::Form),
            ("http://www.carrier.example/", ParseSiteError::InClear),
            ("https://me@www.carrier.example/", ParseSiteError::Extras),
            ("https://www.carrier.example/?a=b", ParseSiteError::Extras),
            ("https://www.carrier.example/#top", ParseSiteError::Extras),
        ] {
            assert_eq!(Site::parse(text), Err(error), "{text}");
        }
        for text in ["http://127.0.0.1:8080/x", "http://[::1]/", "http://localhost:80"] {
            assert!(Site::parse(text).is_ok(), "{text}");
        }
    }
}
