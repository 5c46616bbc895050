//! What every request goes through before a handler sees it, and every answer after: in one order, at one place.
//!
//! Name · host · address · pace; then the place and its method; what is posted: kind · where it came from · body; then the
//! handler; then the headers and the count.

use std::sync::Arc;

use axum::extract::{Extension, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, Method};
use tokio::time::Instant;

use crate::body::{self, Kind, Typed};
use crate::call::Checked;
use crate::csrf::{self, Came};
use crate::manner::{API, Manner};
use crate::peer::{Peer, network};
use crate::state::Portal;
use crate::trouble::{Fault, Trouble};
use crate::{cookie, headers};

/// Which of our routes answered; what metrics count by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Route(pub(crate) &'static str);

/// What is counted when no route answered.
const NO_ROUTE: Route = Route("none");

/// A program's document, as it came.
#[derive(Debug, Clone)]
pub(crate) struct Document(pub(crate) bytes::Bytes);

/// What everybody goes through, whatever they ask for.
pub(crate) async fn through(
    State(portal): State<Arc<Portal>>,
    request: Request,
    next: Next,
) -> Response {
    let asked = Instant::now();
    let (mut parts, body) = request.into_parts();
    let manner = Manner::of(&parts);
    parts.extensions.insert(manner.clone());
    let mut response = match check(&portal, &parts, asked) {
        Ok(checked) => {
            parts.extensions.insert(checked);
            next.run(Request::from_parts(parts, body)).await
        }
        Err(fault) => portal.trouble(&manner, &Trouble::from(fault)),
    };
    headers::put(response.headers_mut(), &portal.policy, portal.site.is_secure(), &manner.request);
    let route = response.extensions().get().copied().unwrap_or(NO_ROUTE);
    portal.metrics.answered(route.0, response.status(), asked.elapsed());
    tracing::info!(request = %manner.request, route = route.0, status = response.status().as_u16(), "answered");
    response
}

fn check(portal: &Portal, parts: &Parts, asked: Instant) -> Result<Checked, Fault> {
    let origin = portal.site.origin(parts).ok_or(Fault::Misdirected)?;
    // Requests that come over no connection come from this process: a test.
    let peer = parts.extensions.get::<Peer>().map_or([127, 0, 0, 1].into(), |peer| peer.0);
    let network = network(portal.proxies.origin(peer, &parts.headers));
    if !portal.rate.lets(&network) {
        return Err(Fault::TooFast);
    }
    Ok(Checked { network, origin, asked })
}

/// What a place that takes it is brought goes through besides. It lies before every method of every place, so that nothing
/// is posted past it; a place that takes no POST has said so before.
pub(crate) async fn brought(
    State(portal): State<Arc<Portal>>,
    Extension(manner): Extension<Manner>,
    Extension(checked): Extension<Checked>,
    request: Request,
    next: Next,
) -> Response {
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    match bring(request, &checked.origin).await {
        Ok(request) => next.run(request).await,
        Err(fault) => portal.trouble(&manner, &Trouble::from(fault)),
    }
}

async fn bring(request: Request, origin: &str) -> Result<Request, Fault> {
    let (mut parts, body) = request.into_parts();
    let came = csrf::came(&parts.headers, origin);
    let kind = if parts.uri.path().starts_with(API) { Kind::Json } else { Kind::Form };
    if !kind.is_said(&parts.headers) {
        return Err(Fault::MediaType);
    }
    if came == Came::Strange {
        return Err(Fault::Strange);
    }
    if is_too_long(&parts.headers) {
        return Err(Fault::TooLarge);
    }
    let bytes = body::read(body).await?;
    match kind {
        // No page of another site can send this kind without asking us first, and we never say yes.
        Kind::Json | Kind::Jpeg => drop(parts.extensions.insert(Document(bytes))),
        Kind::Form => {
            let typed = body::typed(bytes).await?;
            if came == Came::Unsaid && !has_token(&parts.headers, &typed) {
                return Err(Fault::Strange);
            }
            parts.extensions.insert(typed);
        }
    }
    Ok(Request::from_parts(parts, axum::body::Body::empty()))
}

/// What says that it is too long need not be read.
fn is_too_long(headers: &HeaderMap) -> bool {
    let said = headers.get(http::header::CONTENT_LENGTH).and_then(|said| said.to_str().ok());
    said.and_then(|said| said.parse().ok()).is_some_and(body::is_too_long)
}

fn has_token(headers: &HeaderMap, typed: &Typed) -> bool {
    cookie::read(headers).is_some_and(|key| cookie::fits(&key, &typed.one("token")))
}

/// What a handler of a form gets.
pub(crate) type Brought = Extension<Typed>;
