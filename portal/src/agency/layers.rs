//! What every request goes through: its host, its address, its pace; then what the kind of its place asks for.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, DATE};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::de::DeserializeOwned;
use simrecall_engine::terminal::{Came, Needs, Seat, Signed, Terminal, Turned};
use simrecall_engine::{Problem, Result};
use tokio::time::Instant;

use super::answer;
use super::cookie;
use super::kind::{Brings, RouteKind};
use super::state::Agency;
use crate::admission::Work;
use crate::body::{self, Kind};
use crate::csrf::{self, Came as From};
use crate::headers;
use crate::layers::Document;
use crate::manner::Manner;
use crate::peer::{Peer, network};
use crate::trouble::Fault;

const PROOF: HeaderName = HeaderName::from_static("dpop");
const NONCE: HeaderName = HeaderName::from_static("dpop-nonce");
/// Bytes of an image at most.
const IMAGE: usize = 1_024 * 1_024;

/// Where a request came from, as far as addresses say, and the origin a page of ours names.
#[derive(Debug, Clone)]
struct Checked {
    from: IpAddr,
    origin: String,
}

/// Counts what was answered, by the place and not by what it was asked about.
pub(super) async fn named(
    State(agency): State<Arc<Agency>>,
    request: Request,
    next: Next,
) -> Response {
    let asked = Instant::now();
    let response = next.run(request).await;
    let place = response.extensions().get::<RouteKind>().map_or("none", |kind| kind.path);
    agency.metrics.answered(place, response.status(), asked.elapsed());
    if let Some(refused) = response.extensions().get::<answer::Refused>() {
        agency.metrics.refused(refused.0);
    }
    tracing::info!(place, status = response.status().as_u16(), "answered staff");
    response
}

/// What everybody goes through, whatever they ask for.
pub(super) async fn through(
    State(agency): State<Arc<Agency>>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let manner = Manner::of(&parts);
    let mut response = match check(&agency, &parts) {
        Ok(checked) => {
            parts.extensions.insert(checked);
            next.run(Request::from_parts(parts, body)).await
        }
        Err(fault) => answer::fault(fault),
    };
    let secure = agency.site.is_secure();
    headers::put(response.headers_mut(), &agency.policy, secure, &manner.request);
    headers::let_scan(response.headers_mut());
    // Pages count down by it, and everything else here goes by this clock.
    let date = agency.door().now().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(date) = HeaderValue::try_from(date) {
        response.headers_mut().insert(DATE, date);
    }
    response
}

fn check(agency: &Agency, parts: &Parts) -> std::result::Result<Checked, Fault> {
    let origin = agency.site.origin(parts).ok_or(Fault::Misdirected)?;
    // Requests that come over no connection come from this process: a test.
    let peer = parts.extensions.get::<Peer>().map_or([127, 0, 0, 1].into(), |peer| peer.0);
    let from = agency.proxies.origin(peer, &parts.headers);
    if !agency.rate.lets(&network(from)) {
        return Err(Fault::TooFast);
    }
    Ok(Checked { from, origin })
}

/// What the kind of a place asks for, before its handler runs.
pub(super) async fn judged(
    State((agency, kind)): State<(Arc<Agency>, RouteKind)>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = judge(&agency, kind, request, next).await;
    response.extensions_mut().insert(kind);
    response
}

async fn judge(agency: &Arc<Agency>, kind: RouteKind, request: Request, next: Next) -> Response {
    if kind.needs == Needs::Nothing {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let bytes = match bring(&parts, kind, body).await {
        Ok(bytes) => bytes,
        Err(fault) => return answer::fault(fault),
    };
    let (nonce, came) = come(agency, kind, &parts, bytes.clone()).await;
    let mut response = match came {
        Ok(came) => {
            parts.extensions.insert(came);
            parts.extensions.insert(Document(bytes));
            next.run(Request::from_parts(parts, Body::empty())).await
        }
        Err(Turned::UseNonce) => answer::use_nonce(),
        Err(Turned::Refused(problem)) => answer::refusal(&problem),
    };
    if let Some(nonce) = nonce.and_then(|nonce| HeaderValue::try_from(nonce).ok()) {
        response.headers_mut().insert(NONCE, nonce);
    }
    response
}

/// What a request is brought, if it is of the kind its place takes and comes from a page of ours.
async fn bring(parts: &Parts, kind: RouteKind, body: Body) -> std::result::Result<Bytes, Fault> {
    let Some(checked) = parts.extensions.get::<Checked>() else { return Err(Fault::Misdirected) };
    // Who says nothing of where it came from is a program, and has signed: no page of another site can.
    if csrf::came(&parts.headers, &checked.origin) == From::Strange {
        return Err(Fault::Strange);
    }
    let (said, most) = match kind.brings {
        Brings::Nothing => (None, 0),
        Brings::Json => (Some(Kind::Json), body::MOST),
        Brings::Jpeg => (Some(Kind::Jpeg), IMAGE),
    };
    if said.is_some_and(|kind| !kind.is_said(&parts.headers)) {
        return Err(Fault::MediaType);
    }
    if length(&parts.headers)
        .is_some_and(|length| usize::try_from(length).map_or(true, |length| length > most))
    {
        return Err(Fault::TooLarge);
    }
    body::read_to(body, most).await
}

/// How long a request says its body is.
fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Who came, judged by the door as the place's kind says.
async fn come(
    agency: &Arc<Agency>,
    kind: RouteKind,
    parts: &Parts,
    body: Bytes,
) -> (Option<String>, std::result::Result<Came, Turned>) {
    let mut proofs = parts.headers.get_all(&PROOF).iter();
    let proof = proofs.next().filter(|_| proofs.next().is_none());
    let proof = proof.and_then(|proof| proof.to_str().ok()).map(str::to_owned);
    let cookie = cookie::read(&parts.headers).map(str::to_owned);
    let target = parts.uri.path_and_query().map(|target| target.as_str().to_owned());
    let method = parts.method.as_str().to_owned();
    let from = parts.extensions.get::<Checked>().map(|checked| checked.from);
    let done = agency.work(Work::Writes, move |door| {
        let (Some(target), Some(from)) = (target, from) else {
            return Err(Problem::input("malformed", "the request has no path"));
        };
        let signed = Signed {
            proof: proof.as_deref(),
            method: &method,
            target: &target,
            body: &body,
            cookie: cookie.as_deref(),
            from,
        };
        let (nonce, came) = door.come(&signed, kind.needs);
        let came = came.and_then(|came| {
            allow(door, kind, &came)?;
            Ok(came)
        });
        Ok((nonce, came))
    });
    done.await.unwrap_or_else(|problem| (None, Err(Turned::Refused(problem))))
}

/// Whether who came may do this now; that they did something is written down.
fn allow(
    door: &simrecall_engine::terminal::AgencyDoor,
    kind: RouteKind,
    came: &Came,
) -> Result<()> {
    if let Some(seat) = &came.seat {
        if seat.asks_again() && !kind.again {
            return Err(Problem::state("signed_out", "nobody is signed in here"));
        }
        if kind.may.is_some_and(|act| !seat.staff.roles.iter().any(|role| role.may(act))) {
            return Err(Problem::state("not_allowed", "whoever sits there may not do this"));
        }
    }
    if let Some(terminal) = &came.terminal {
        door.in_hours(kind.hours, terminal)?;
    }
    match &came.seat {
        Some(seat) if !kind.polls => door.touch(seat),
        Some(_) | None => Ok(()),
    }
}

/// Whoever sits there.
pub(super) struct Seated(pub(super) Seat);

/// The terminal it is asked from.
pub(super) struct At(pub(super) Terminal);

/// The key that signed, known or not.
pub(super) struct ByKey(pub(super) Came);

/// What was brought, read.
pub(super) struct Brought<T>(pub(super) T);

fn signed_out() -> Response {
    answer::refusal(&Problem::state("signed_out", "nobody is signed in here"))
}

impl<S: Sync> FromRequestParts<S> for Seated {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> std::result::Result<Self, Response> {
        let seat = parts.extensions.get::<Came>().and_then(|came| came.seat.clone());
        seat.map(Self).ok_or_else(signed_out)
    }
}

impl<S: Sync> FromRequestParts<S> for At {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> std::result::Result<Self, Response> {
        let terminal = parts.extensions.get::<Came>().and_then(|came| came.terminal.clone());
        terminal.map(Self).ok_or_else(signed_out)
    }
}

impl<S: Sync> FromRequestParts<S> for ByKey {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> std::result::Result<Self, Response> {
        parts.extensions.get::<Came>().cloned().map(Self).ok_or_else(signed_out)
    }
}

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Brought<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> std::result::Result<Self, Response> {
        let read =
            parts.extensions.get::<Document>().map(|brought| serde_json::from_slice(&brought.0));
        match read {
            Some(Ok(read)) => Ok(Self(read)),
            Some(Err(_)) | None => Err(answer::fault(Fault::Malformed)),
        }
    }
}
