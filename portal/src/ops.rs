//! What the people who run the server ask it: whether it lives, whether it can answer, and its figures. On a listener of
//! its own that is open to this machine alone.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};

use crate::state::Portal;

/// The ops listener's addresses.
pub(crate) fn router(portal: Arc<Portal>) -> Router {
    Router::new()
        .route("/healthz", get(async || said(StatusCode::OK, "alive\n".to_owned())))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(portal)
}

/// Whether the database answers.
async fn ready(State(portal): State<Arc<Portal>>) -> Response {
    let asked = Arc::clone(&portal);
    let answer = tokio::task::spawn_blocking(move || asked.door().public()).await;
    match answer {
        Ok(Ok(_)) => said(StatusCode::OK, "ready\n".to_owned()),
        Ok(Err(problem)) => {
            said(StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {}\n", problem.code))
        }
        Err(_) => said(StatusCode::SERVICE_UNAVAILABLE, "not ready\n".to_owned()),
    }
}

async fn metrics(State(portal): State<Arc<Portal>>) -> Response {
    said(StatusCode::OK, portal.figures())
}

fn said(status: StatusCode, text: String) -> Response {
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    let headers = [(CONTENT_TYPE, kind), (CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (status, headers, text).into_response()
}
