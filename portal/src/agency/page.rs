//! Pages and what they load. They are the same for everybody and hold nothing: a browser gets them without a proof.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderValue, Uri};
use simrecall_engine::terminal::Needs;

use super::answer;
use super::kind::{Place, RouteKind, place};
use super::state::Agency;
use crate::pages::agency::file;
use crate::routes::asset::{accepted, accepts, sent};

/// Where pages are.
const PAGES: [&str; 7] =
    ["/", "/en/", "/en/enrol", "/en/terminal", "/ko/", "/ko/enrol", "/ko/terminal"];

pub(super) fn places() -> Vec<Place> {
    let open = |path| RouteKind::get(path).needs(Needs::Nothing);
    let pages = PAGES.into_iter().map(|path| place(open(path), page));
    pages.chain([place(open("/a/{*file}"), asset)]).collect()
}

async fn page(State(agency): State<Arc<Agency>>, uri: Uri, headers: HeaderMap) -> Response {
    let Some(html) = agency.shells.get(uri.path()) else { return answer::not_found() };
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    let head = [(CONTENT_TYPE, kind), (VARY, HeaderValue::from_static("accept-encoding"))];
    if !accepts(accepted(&headers), "gzip") {
        return (head, html.plain.clone()).into_response();
    }
    let gzip = [(CONTENT_ENCODING, HeaderValue::from_static("gzip"))];
    (head, gzip, html.gz.clone()).into_response()
}

async fn asset(uri: Uri, headers: HeaderMap) -> Response {
    file(uri.path()).map_or_else(answer::not_found, |asset| sent(asset, &headers))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::agency::Shells;

    #[test]
    fn every_shell_has_its_place() {
        let shells = Shells::new().unwrap();
        assert_eq!(shells.paths().collect::<Vec<_>>(), PAGES);
    }
}
