//! CAMARA SIM Swap 2.1: a bank's system asks when a line last got another card. On a host name of its own, in the standard's
//! own words.

mod asked;
mod refusal;

use std::num::NonZeroU32;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{MethodRouter, post};
use chrono::SecondsFormat;
use governor::clock::DefaultClock;
use http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use simrecall_core::identity::Msisdn;
use simrecall_core::replacement::change::{Changes, Latest};
use simrecall_engine::sim_swap::{Grant, Scope, SimSwap};

use self::asked::Asked;
use self::refusal::Refusal;
use crate::admission::{Admission, Places, Work};
use crate::body::{self, Kind};
use crate::rate::{Pace, Rate};
use crate::surface::Site;

/// What a caller calls its request, said back in the answer.
const CORRELATOR: HeaderName = HeaderName::from_static("x-correlator");
/// The longest one.
const CORRELATOR_LENGTH: usize = 256;
/// How much faster than its pace a client may ask for a moment.
const BURST: u32 = 4;
const TRANSPORT: &str = "max-age=31536000; includeSubDomains";

/// The surface's one state.
#[derive(Debug)]
pub struct Camara {
    sim_swap: Arc<SimSwap>,
    site: Site,
    admission: Admission,
    rate: Rate<DefaultClock>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SimSwapInfo {
    latest_sim_change: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    monitored_period: Option<u32>,
}

#[derive(Serialize)]
struct CheckSimSwapInfo {
    swapped: bool,
}

impl Camara {
    /// The surface of an installation. `port` may stand behind its name; `secure` if it is reached over TLS.
    pub fn new(sim_swap: SimSwap, port: Option<u16>, secure: bool, places: &Places) -> Arc<Self> {
        let config = sim_swap.config();
        let per_second = NonZeroU32::new(config.per_second).unwrap_or(NonZeroU32::MIN);
        let at_once = per_second.saturating_mul(NonZeroU32::MIN.saturating_add(BURST - 1));
        Arc::new(Self {
            site: Site::new(&config.host, port, secure),
            admission: Admission::new(places),
            rate: Rate::new(Pace { per_second, at_once }, &DefaultClock::default()),
            sim_swap: Arc::new(sim_swap),
        })
    }

    /// Who asks: a token that is ours, in the header alone, whose client is within its pace.
    async fn grant(&self, headers: &HeaderMap) -> Result<Grant, Refusal> {
        let token = bearer(headers).ok_or(Refusal::Unauthenticated)?;
        let grant = self.work(Work::Abroad, move |sim_swap| sim_swap.grant(&token)).await?;
        let grant = grant.ok_or(Refusal::Unauthenticated)?;
        if self.rate.lets(&grant.client) { Ok(grant) } else { Err(Refusal::TooManyRequests) }
    }

    async fn changes(&self, number: Msisdn) -> Result<Changes, Refusal> {
        let known = self.work(Work::Reads, move |sim_swap| sim_swap.changes(&number)).await?;
        known.ok_or(Refusal::UnknownNumber)
    }

    async fn work<T: Send + 'static>(
        &self,
        work: Work,
        job: impl FnOnce(&SimSwap) -> simrecall_engine::Result<T> + Send + 'static,
    ) -> Result<T, Refusal> {
        let place = self.admission.gate(work).enter().await.map_err(|_| Refusal::Unavailable)?;
        let sim_swap = Arc::clone(&self.sim_swap);
        let done = tokio::task::spawn_blocking(move || {
            let done = job(&sim_swap);
            drop(place);
            done
        });
        match done.await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(problem)) => {
                tracing::error!(code = problem.code, %problem, "a question could not be answered");
                Err(Refusal::Unavailable)
            }
            Err(_) => Err(Refusal::Internal),
        }
    }
}

/// The whole surface, to be put behind a listener or asked in process.
pub fn router(camara: Arc<Camara>) -> Router {
    let place = |place: MethodRouter<Arc<Camara>>| {
        place.fallback(async || Refusal::MethodNotAllowed.answer())
    };
    Router::new()
        .route("/sim-swap/v2/retrieve-date", place(post(retrieve_date)))
        .route("/sim-swap/v2/check", place(post(check)))
        .fallback(async || Refusal::NotFound.answer())
        .layer(from_fn_with_state(Arc::clone(&camara), through))
        .with_state(camara)
}

/// What every request goes through: its name is said back, and it is for this host.
async fn through(State(camara): State<Arc<Camara>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let correlator = correlator(&parts.headers);
    let (path, is_ours) = (parts.uri.path().to_owned(), camara.site.origin(&parts).is_some());
    let mut response = match &correlator {
        _ if !is_ours => Refusal::Misdirected.answer(),
        Err(refusal) => refusal.answer(),
        Ok(_) => next.run(Request::from_parts(parts, body)).await,
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if camara.site.is_secure() {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(TRANSPORT));
    }
    if let Ok(Some(correlator)) = correlator {
        headers.insert(CORRELATOR, correlator);
    }
    tracing::info!(path, status = response.status().as_u16(), "answered a bank");
    response
}

async fn retrieve_date(State(camara): State<Arc<Camara>>, request: Request) -> Response {
    answer(date_of(&camara, request).await)
}

async fn date_of(camara: &Camara, request: Request) -> Result<SimSwapInfo, Refusal> {
    let (grant, asked) = come_in(camara, request, Scope::RetrieveDate).await?;
    let changes = camara.changes(asked.number(&grant)?).await?;
    Ok(match changes.latest(camara.sim_swap.now()) {
        Latest::At(at) => SimSwapInfo {
            latest_sim_change: Some(at.to_rfc3339_opts(SecondsFormat::Millis, true)),
            monitored_period: None,
        },
        Latest::NotFor { days } => {
            SimSwapInfo { latest_sim_change: None, monitored_period: Some(days) }
        }
        Latest::Unknown => SimSwapInfo { latest_sim_change: None, monitored_period: None },
    })
}

async fn check(State(camara): State<Arc<Camara>>, request: Request) -> Response {
    answer(was_swapped(&camara, request).await)
}

async fn was_swapped(camara: &Camara, request: Request) -> Result<CheckSimSwapInfo, Refusal> {
    let (grant, asked) = come_in(camara, request, Scope::Check).await?;
    let hours = asked.hours()?;
    let changes = camara.changes(asked.number(&grant)?).await?;
    let swapped = changes.changed_within(hours, camara.sim_swap.now());
    Ok(CheckSimSwapInfo { swapped: swapped.map_err(Refusal::TooFarBack)? })
}

/// Who asks, whether they may, and what: in this order, so that nobody learns of the form before they are known.
async fn come_in(
    camara: &Camara,
    request: Request,
    scope: Scope,
) -> Result<(Grant, Asked), Refusal> {
    let (parts, body) = request.into_parts();
    let grant = camara.grant(&parts.headers).await?;
    if !grant.allows(scope) {
        return Err(Refusal::PermissionDenied);
    }
    if !Kind::Json.is_said(&parts.headers) {
        return Err(Refusal::UnsupportedMediaType);
    }
    let bytes = body::read(body)
        .await
        .map_err(|_| Refusal::invalid("the body is too large or broke off"))?;
    let asked = Asked::read(&bytes, scope == Scope::Check)?;
    Ok((grant, asked))
}

/// The token of an `Authorization` header that comes once.
fn bearer(headers: &HeaderMap) -> Option<String> {
    let mut said = headers.get_all(AUTHORIZATION).iter();
    let (first, None) = (said.next()?.to_str().ok()?, said.next()) else { return None };
    let (scheme, token) = first.split_once(' ')?;
    let is_plain = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    (scheme.eq_ignore_ascii_case("bearer") && is_plain).then(|| token.to_owned())
}

/// `^[a-zA-Z0-9-_:;.\/<>{}]{0,256}$`
fn correlator(headers: &HeaderMap) -> Result<Option<HeaderValue>, Refusal> {
    let mut said = headers.get_all(&CORRELATOR).iter();
    let Some(first) = said.next() else { return Ok(None) };
    let is_sign = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_:;./<>{}".contains(byte);
    let fits = first.len() <= CORRELATOR_LENGTH && first.as_bytes().iter().all(is_sign);
    if fits && said.next().is_none() {
        Ok(Some(first.clone()))
    } else {
        Err(Refusal::invalid(
            "x-correlator has at most 256 letters, digits and - _ : ; . / < > { }",
        ))
    }
}

fn answer(said: Result<impl Serialize, Refusal>) -> Response {
    let body = said.map(|said| serde_json::to_vec(&said));
    match body {
        Ok(Ok(body)) => document(StatusCode::OK, body),
        Ok(Err(_)) => Refusal::Internal.answer(),
        Err(refusal) => refusal.answer(),
    }
}

fn document(status: StatusCode, body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
