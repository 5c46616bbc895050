//! Every address that answers, and the page that says there is none.

pub(crate) mod asset;
mod claim;
mod lines;
mod login;
mod own;
mod prove;
mod real;
mod start;

use std::future::{Ready, ready};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Extension, State};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use http::header::LOCATION;
use http::{HeaderValue, StatusCode};

use crate::api;
use crate::layers::{self, Route};
use crate::manner::Manner;
use crate::state::Portal;
use crate::trouble::{Fault, Trouble};

pub(crate) use asset::{accepted, accepts};
pub(crate) use lines::line_id;
pub(crate) use prove::with_key;
pub(crate) use start::FOR_A_MINUTE;

/// A place and what answers there.
pub(crate) type Place = (&'static str, MethodRouter<Arc<Portal>>);

/// The whole server, to be put behind a listener or asked in process.
pub fn router(portal: Arc<Portal>) -> Router {
    let places = pages().into_iter().chain(api::places());
    let brought = from_fn_with_state(Arc::clone(&portal), layers::brought);
    let routes = places.fold(Router::new(), |router, (path, place)| {
        let place = place.route_layer(brought.clone());
        let named = axum::middleware::map_response(move |answer| said_by(path, answer));
        router.route(path, place.layer(named))
    });
    routes
        .fallback(not_found)
        .method_not_allowed_fallback(no_method)
        .layer(from_fn_with_state(Arc::clone(&portal), layers::through))
        .with_state(portal)
}

/// The pages, by path.
fn pages() -> Vec<Place> {
    vec![
        ("/", get(start::choose)),
        ("/a/{*path}", get(asset::asset)),
        ("/{lang}/", get(start::start)),
        ("/{lang}/help", get(start::help)),
        ("/{lang}/prove", get(prove::choose)),
        ("/{lang}/prove/email", get(prove::email).post(prove::by_email)),
        ("/{lang}/prove/sms", get(prove::sms).post(prove::by_sms)),
        ("/{lang}/prove/code", get(prove::code).post(prove::by_code)),
        ("/{lang}/prove/login", post(login::begin)),
        ("/login/callback", get(login::back)),
        ("/{lang}/answer", get(own::answer)),
        ("/{lang}/notices", get(own::notices)),
        ("/{lang}/replace", get(lines::replace).post(lines::apply)),
        ("/{lang}/protect", get(lines::protect).post(lines::lock)),
        ("/{lang}/claim", get(claim::claim).post(claim::draft)),
        ("/{lang}/claim/check", get(claim::check).post(claim::submit)),
        ("/{lang}/real", get(real::real).post(real::text)),
        ("/{lang}/real/code", post(real::code)),
        ("/{lang}/real/report", post(real::report)),
        ("/{lang}/finish", get(start::finished).post(start::finish)),
    ]
}

/// Every path that answers: what a test must walk.
pub fn paths() -> Vec<&'static str> {
    pages().into_iter().chain(api::places()).map(|(path, _)| path).collect()
}

fn said_by(path: &'static str, mut answer: Response) -> Ready<Response> {
    answer.extensions_mut().insert(Route(path));
    ready(answer)
}

async fn not_found(
    State(portal): State<Arc<Portal>>,
    Extension(manner): Extension<Manner>,
) -> Response {
    portal.trouble(&manner, &Trouble::from(Fault::NotFound))
}

async fn no_method(
    State(portal): State<Arc<Portal>>,
    Extension(manner): Extension<Manner>,
) -> Response {
    portal.trouble(&manner, &Trouble::from(Fault::Method))
}

/// Go there next, with GET.
pub(crate) fn see_other(path: &str) -> Response {
    match HeaderValue::from_str(path) {
        Ok(path) => (StatusCode::SEE_OTHER, [(LOCATION, path)]).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
