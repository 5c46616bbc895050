//! The surface that staff work at: a process and a host name of its own, for browsers that hold a terminal's key.
//!
//! | room | does |
//! |---|---|
//! | `layers` | what every request goes through: host, address, pace; then its place's needs: body, proof, session, hours, role |
//! | `state` | what all of them share |
//! | `figures` | what whoever runs it watches |
//! | `answer` | JSON, or a stable code |
//! | `cookie` | the session's cookie |
//! | [`kind`] | what each place needs, does and shows: data, so that tests can walk it |
//! | `page` | shells that hold no data, and what they load |
//! | `session`, `enrol`, `approvals` | signing in, terminals and passkeys, waves |
//! | `looks`, `calls` | second looks, and what callers ask for |
//! | `queue`, `cases`, `orders`, `shelf` | the counter |
//!
//! **Invariant**: a place without a kind cannot be reached, and whatever its kind asks for is judged before its handler runs.

mod answer;
mod approvals;
mod calls;
mod cases;
mod cookie;
mod enrol;
mod figures;
pub mod kind;
mod layers;
mod looks;
mod orders;
mod page;
mod queue;
mod session;
mod shelf;
mod state;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;

pub use self::kind::{Brings, RouteKind};
pub use self::state::{Agency, AgencySetup};

use self::kind::Place;

/// The whole surface, to be put behind a listener or asked in process.
pub fn router(agency: Arc<Agency>) -> Router {
    let routes = places().into_iter().fold(Router::new(), |router, Place { kind, handler }| {
        let judged = from_fn_with_state((Arc::clone(&agency), kind), layers::judged);
        router.route(kind.path, handler.route_layer(judged))
    });
    routes
        .fallback(async || answer::not_found())
        .method_not_allowed_fallback(async || answer::no_method())
        .layer(from_fn_with_state(Arc::clone(&agency), layers::through))
        .layer(from_fn_with_state(Arc::clone(&agency), layers::named))
        .with_state(agency)
}

/// What every place needs, does and shows: what a test must walk.
pub fn kinds() -> Vec<RouteKind> {
    places().into_iter().map(|place| place.kind).collect()
}

fn places() -> Vec<Place> {
    let all = [
        page::places(),
        enrol::places(),
        session::places(),
        approvals::places(),
        looks::places(),
        calls::places(),
        queue::places(),
        cases::places(),
        orders::places(),
        shelf::places(),
    ];
    all.into_iter().flatten().collect()
}
