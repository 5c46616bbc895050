//! Files that pages need: named by their hash, so that a browser keeps them for ever.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderValue, Uri};

use crate::manner::Manner;
use crate::pages::asset::Asset;
use crate::state::Portal;
use crate::trouble::{Fault, Trouble};

/// A name with another content has another name.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

pub(super) async fn asset(
    State(portal): State<Arc<Portal>>,
    Extension(manner): Extension<Manner>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let Some(asset) = portal.pages().asset(uri.path()) else {
        return portal.trouble(&manner, &Trouble::from(Fault::NotFound));
    };
    sent(asset, &headers)
}

/// A file as a browser takes it: with the smaller twin, if it reads such.
pub(crate) fn sent(asset: &Asset, headers: &HeaderMap) -> Response {
    let accepted = accepted(headers);
    let small = [("br", asset.br), ("gzip", asset.gz)];
    let small = small.into_iter().find_map(|(name, bytes)| {
        bytes.filter(|_| accepts(accepted, name)).map(|bytes| (name, bytes))
    });
    let kind = HeaderValue::from_static(asset.content_type);
    let (encoding, bytes) = small.unwrap_or(("", asset.bytes));
    let vary = HeaderValue::from_static("accept-encoding");
    let headers = [(CONTENT_TYPE, kind), (CACHE_CONTROL, FOR_EVER), (VARY, vary)];
    let mut response = (headers, Body::from(Bytes::from_static(bytes))).into_response();
    if !encoding.is_empty() {
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

/// The encodings a browser says it takes.
pub(crate) fn accepted(headers: &HeaderMap) -> &str {
    headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Whether a browser takes an encoding: named, and not with a weight of nothing.
pub(crate) fn accepts(accepted: &str, name: &str) -> bool {
    accepted.split(',').any(|entry| {
        let (one, weight) = entry.split_once(';').unwrap_or((entry, ""));
        let refused = weight
            .trim()
            .strip_prefix("q=")
            .is_some_and(|weight| weight.chars().all(|c| matches!(c, '0' | '.')));
        one.trim().eq_ignore_ascii_case(name) && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoding_is_used_where_it_is_taken() {
        for (accepted, takes) in [
            ("gzip, deflate, br", true),
            ("BR;q=0.5", true),
            ("br;q=0", false),
            ("gzip;q=1, br; q=0.0", false),
            ("brotli", false),
            ("", false),
        ] {
            assert_eq!(accepts(accepted, "br"), takes, "{accepted}");
        }
    }
}
