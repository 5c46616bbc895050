//! The server's one state, and the ways every handler asks the engine and answers.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use governor::clock::DefaultClock;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use simrecall_core::access::Way;
use simrecall_core::notice::Language;
use simrecall_engine::selfcheck::{Door, SessionKey, Visit, WayAnswer};
use simrecall_engine::{Problem, Result};
use tokio::time::Instant;

use crate::admission::{Admission, Places, Work};
use crate::body::Typed;
use crate::call::Call;
use crate::floor::Floor;
use crate::form::Filled;
use crate::headers;
use crate::known::{Known, Snapshot};
use crate::manner::Manner;
use crate::metrics::{Metrics, gauge};
use crate::ops::Shown;
use crate::packed::Packed;
use crate::pages::{Context, FieldError, Page, Pages, Terms};
use crate::peer::Proxies;
use crate::rate::{Pace, Rate};
use crate::surface::Site;
use crate::trouble::Trouble;

/// How the server is set up, beyond what the configuration says of the page.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Whether browsers reach it over TLS.
    pub secure: bool,
    /// The port it listens on, which may stand behind its name.
    pub port: Option<u16>,
    /// When answers leave.
    pub floor: Floor,
    /// How many work at once.
    pub places: Places,
    /// How fast one network may ask.
    pub pace: Pace,
}

impl Setup {
    /// What fits one machine of two cores or more.
    pub fn usual(secure: bool, port: Option<u16>, floor: Floor) -> Self {
        let some = |count: u32| NonZeroU32::MIN.saturating_add(count - 1);
        Self {
            secure,
            port,
            floor,
            places: Places::usual(),
            // Many people share an address behind a mobile network's gateway.
            pace: Pace { per_second: some(50), at_once: some(200) },
        }
    }
}

/// The server's state.
#[derive(Debug)]
pub struct Portal {
    door: Door,
    pages: Arc<Pages>,
    pub(crate) site: Site,
    pub(crate) proxies: Proxies,
    pub(crate) rate: Rate<DefaultClock>,
    pub(crate) admission: Admission,
    pub(crate) metrics: Metrics,
    pub(crate) floor: Floor,
    pub(crate) policy: HeaderValue,
    login_policy: HeaderValue,
    known: Known,
    /// The register as browsers load it.
    pub(crate) packed: Packed,
}

impl Portal {
    /// Takes an open door and compiles the pages. Reads what anybody may know once.
    pub fn new(door: Door, setup: &Setup) -> Result<Arc<Self>> {
        let config = door.config();
        let theme = config.theme.as_deref().map(|theme| door.path(theme));
        let pages = Arc::new(Pages::new(theme.as_deref(), Terms::of(config))?);
        let proxies = Proxies::parse(config.proxies.iter().map(String::as_str))?;
        let site = Site::new(&config.host, setup.port, setup.secure);
        let (policy, login_policy) = policies(config.login.as_ref().map(|login| &*login.issuer))?;
        let first = Snapshot::read(&door, &pages, Instant::now())?;
        Ok(Arc::new(Self {
            pages,
            site,
            proxies,
            rate: Rate::new(setup.pace, &DefaultClock::default()),
            admission: Admission::new(&setup.places),
            metrics: Metrics::default(),
            floor: setup.floor,
            policy,
            login_policy,
            known: Known::new(first),
            packed: Packed::default(),
            door,
        }))
    }

    /// The door.
    pub fn door(&self) -> &Door {
        &self.door
    }

    /// Its figures so far, as `/metrics` says them.
    pub fn figures(&self) -> String {
        let mut text = self.metrics.text(&self.admission);
        let codes = self.door.waiting();
        gauge(&mut text, "simrecall_codes_waiting", "codes that wait to be sent", codes);
        text
    }

    pub(crate) fn pages(&self) -> &Pages {
        &self.pages
    }

    /// What anybody may know; read again in the background when it is old.
    pub(crate) fn known(self: &Arc<Self>) -> Arc<Snapshot> {
        if self.known.is_mine_to_read() {
            let portal = Arc::clone(self);
            drop(tokio::task::spawn_blocking(move || portal.read_again()));
        }
        self.known.latest()
    }

    /// Reads what anybody may know again, now.
    pub fn read_again(&self) {
        self.known.put(Snapshot::read(&self.door, &self.pages, Instant::now()));
    }

    /// Lets the engine work, if there is a place for that kind of work. The place is given back when the work is done, even
    /// if nobody waits for its end any more.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        work: Work,
        job: impl FnOnce(&Door) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let place = self.admission.gate(work).enter().await?;
        let door = self.door.clone();
        let done = tokio::task::spawn_blocking(move || {
            let done = job(&door);
            drop(place);
            done
        });
        done.await.unwrap_or_else(|_| Err(Problem::ours("panic", "a piece of work broke off")))
    }

    /// Lets the engine work for whoever has a session. The session is looked up once there is a place.
    pub(crate) async fn visit<T: Send + 'static>(
        &self,
        work: Work,
        call: &Call,
        job: impl FnOnce(&Door, &Visit) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let caller = call.caller();
        self.work(work, move |door| {
            let key = caller.key.as_ref().ok_or_else(|| {
                Problem::state("session_missing", "nobody has shown who they are")
            })?;
            let visit = door.visit(key, &caller.browser())?;
            job(door, &visit)
        })
        .await
    }

    /// Trades a right code for a proved session. One that came by SMS is looked at by the carrier's own service.
    pub(crate) async fn redeem(&self, call: &Call, code: String) -> Result<SessionKey> {
        let caller = call.caller();
        self.work(Work::Abroad, move |door| {
            let key = caller
                .key
                .as_ref()
                .ok_or_else(|| Problem::state("session_missing", "no code was asked for here"))?;
            door.redeem(key, &caller.browser(), &code)
        })
        .await
    }

    /// A page.
    pub(crate) fn page(
        self: &Arc<Self>,
        page: Page,
        call: &Call,
        view: impl Serialize,
    ) -> Response {
        let typed = Typed::default();
        self.form(StatusCode::OK, Filled { page, call, typed: &typed }, &[], view)
    }

    /// Why a way is closed, as far as anybody may know; none while it is open. The engine asks again before it does anything.
    pub(crate) fn closed(self: &Arc<Self>, way: Way) -> Option<Problem> {
        let known = self.known();
        let answer = known.public.ways.iter().find(|answer| answer.way == way);
        match answer {
            Some(answer) if answer.open => None,
            Some(WayAnswer { because: Some(channel), .. }) => Some(Problem::state(
                "channel_compromised",
                format!("{channel} may be read by others in this incident"),
            )),
            Some(_) | None => Some(Problem::input("way", "this way is not set up here")),
        }
    }

    /// A page with what was typed, and what is wrong with it.
    pub(crate) fn form(
        self: &Arc<Self>,
        status: StatusCode,
        filled: Filled<'_>,
        errors: &[FieldError],
        view: impl Serialize,
    ) -> Response {
        let Filled { page, call, typed } = filled;
        let (known, token, typed) = (self.known(), call.token(), typed.shown());
        let context = Context {
            public: &known.public,
            token: &token,
            typed: &typed,
            errors,
            view,
            now: self.door.now(),
        };
        let body = self.pages.render(page, call.language, &context);
        let mut response = html(status, Body::from(body));
        if page == Page::Prove {
            // The form there may go on to the provider's own page.
            let policy = self.login_policy.clone();
            response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
        }
        response
    }

    /// What went wrong, as a page or as a document.
    pub(crate) fn trouble(self: &Arc<Self>, manner: &Manner, trouble: &Trouble) -> Response {
        let mut response = if manner.document {
            document(manner, trouble)
        } else if let Some(language) = manner.language.filter(|_| trouble.is_for_us()) {
            self.problem_page(language, trouble)
        } else {
            // Whoever asks for a page in no language of ours can read one of these two, or hands it to somebody.
            html(trouble.status, Body::from(include_str!("state/lost.html")))
        };
        if let Some(again) = trouble.again {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(again));
        }
        response
    }

    fn problem_page(self: &Arc<Self>, language: Language, trouble: &Trouble) -> Response {
        #[derive(Serialize)]
        struct View {
            code: &'static str,
            status: u16,
        }
        let known = self.known();
        let context = Context {
            public: &known.public,
            token: "",
            typed: &BTreeMap::new(),
            errors: &[],
            view: View { code: trouble.code, status: trouble.status.as_u16() },
            now: self.door.now(),
        };
        html(trouble.status, Body::from(self.pages.render(Page::Problem, language, &context)))
    }

    /// A problem of the engine's, answered. What is our own fault is logged; the one who asks gets the request's name.
    pub(crate) fn problem(self: &Arc<Self>, manner: &Manner, problem: &Problem) -> Response {
        let trouble = Trouble::from(problem);
        if trouble.status.is_server_error() && trouble.code != "busy" {
            log(manner, problem);
        }
        self.trouble(manner, &trouble)
    }
}

/// Problems speak of codes and places, never of a person; their sources are the engine's own.
fn log(manner: &Manner, problem: &Problem) {
    let cause = std::error::Error::source(problem).map(ToString::to_string).unwrap_or_default();
    tracing::error!(request = %manner.request, code = problem.code, %problem, cause, "a request failed");
}

impl Shown for Portal {
    fn ready(&self) -> Result<()> {
        self.door.public().map(drop)
    }

    fn figures(&self) -> String {
        Self::figures(self)
    }
}

fn html(status: StatusCode, body: Body) -> Response {
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    (status, [(CONTENT_TYPE, kind)], body).into_response()
}

/// A problem as RFC 9457 writes it.
fn document(manner: &Manner, trouble: &Trouble) -> Response {
    let document = crate::api::ProblemDocument {
        kind: format!("urn:simrecall:problem:{}", trouble.code),
        title: trouble.status.canonical_reason().unwrap_or("problem").to_owned(),
        status: trouble.status.as_u16(),
        code: trouble.code.to_owned(),
        detail: trouble.detail.clone(),
        instance: format!("urn:simrecall:request:{}", manner.request),
    };
    let kind = HeaderValue::from_static("application/problem+json");
    let body = serde_json::to_vec(&document).unwrap_or_default();
    (trouble.status, [(CONTENT_TYPE, kind)], body).into_response()
}

/// What pages may load and where their forms may go: of all pages, and of the one whose form goes on to the provider.
fn policies(issuer: Option<&str>) -> Result<(HeaderValue, HeaderValue)> {
    let wrong =
        || Problem::configuration("config", "portal.login.issuer is no address of a server");
    let login = issuer.map(|issuer| origin_of(issuer).ok_or_else(wrong)).transpose()?;
    let policy = |login| HeaderValue::try_from(headers::content_policy(login)).map_err(|_| wrong());
    Ok((policy(None)?, policy(login.as_deref())?))
}

/// Scheme, host and port of a URL, as a policy names them; none of what is no whole URL, or names somebody besides.
fn origin_of(url: &str) -> Option<String> {
    let parts = url.parse::<http::Uri>().ok()?.into_parts();
    let (scheme, authority) = (parts.scheme?, parts.authority?);
    (!authority.as_str().contains('@')).then(|| format!("{scheme}://{authority}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_names_an_origin_and_nothing_more() {
        let origin = |url| origin_of(url).unwrap_or_default();
        assert_eq!(
            origin("https://id.carrier.example/realms/one?a=b"),
            "https://id.carrier.example"
        );
        assert_eq!(origin("http://127.0.0.1:8081"), "http://127.0.0.1:8081");
        assert_eq!(origin("https://id.example:8443/"), "https://id.example:8443");
        // A semicolon would begin a directive of its own; a space another source.
        for url in [
            "",
            "id.example",
            "/realms",
            "https://a@id.example/",
            "https://id.example; img-src *",
            "https://id example",
        ] {
            assert_eq!(origin(url), "", "{url}");
        }
    }
}
