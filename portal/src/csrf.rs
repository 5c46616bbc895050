//! Whether a request that changes something comes from a page of ours.

use http::header::ORIGIN;
use http::{HeaderMap, HeaderName};

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What a request's headers say of the page it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Came {
    /// A page of ours sent it.
    Ours,
    /// Another site did.
    Strange,
    /// An old browser says nothing: the form's token must.
    Unsaid,
}

/// Reads the headers. What the browser says of the site comes first; scripts cannot write it. The origin is compared letter
/// for letter.
pub(crate) fn came(headers: &HeaderMap, origin: &str) -> Came {
    let said = |name: &HeaderName| -> Option<&[u8]> {
        let mut lines = headers.get_all(name).iter();
        // Said twice is as good as said wrongly.
        lines.next().map(|line| if lines.next().is_some() { &[][..] } else { line.as_bytes() })
    };
    let ours = match (said(&FETCH_SITE), said(&ORIGIN)) {
        (Some(site), _) => site == b"same-origin",
        (None, Some(from)) => from == origin.as_bytes(),
        (None, None) => return Came::Unsaid,
    };
    if ours { Came::Ours } else { Came::Strange }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "https://check.example";

    fn headers(site: Option<&str>, origin: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in [(FETCH_SITE, site), (ORIGIN, origin)] {
            if let Some(value) = value {
                headers.append(name, value.parse().unwrap());
            }
        }
        headers
    }

    #[test]
    fn every_pair_of_headers_is_judged() {
        let origins = [None, Some(OURS), Some("null"), Some("https://evil.example")];
        let sites =
            [None, Some("same-origin"), Some("same-site"), Some("cross-site"), Some("none")];
        for site in sites {
            for origin in origins {
                let expected = match (site, origin) {
                    (Some("same-origin"), _) | (None, Some(OURS)) => Came::Ours,
                    (None, None) => Came::Unsaid,
                    (Some(_) | None, _) => Came::Strange,
                };
                assert_eq!(came(&headers(site, origin), OURS), expected, "{site:?} {origin:?}");
            }
        }
    }

    #[test]
    fn the_origin_is_compared_letter_for_letter() {
        for origin in [
            "https://check.example:443",
            "https://check.example/",
            "http://check.example",
            "https://check.example.evil",
            "HTTPS://check.example",
            "",
        ] {
            assert_eq!(came(&headers(None, Some(origin)), OURS), Came::Strange, "{origin}");
        }
        let mut twice = headers(Some("same-origin"), None);
        twice.append(FETCH_SITE, "same-origin".parse().unwrap());
        assert_eq!(came(&twice, OURS), Came::Strange);
    }
}
