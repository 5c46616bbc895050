//! What the people who run a server ask it: whether it lives, whether it can answer, and its figures. On a listener of its own that
//! is open to this machine alone, whichever surface is served.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use simrecall_engine::Result;

/// What a surface says of itself. Both may ask the database, and are asked where that may take its time.
pub(crate) trait Shown: Send + Sync + 'static {
    /// Whether the database answers.
    fn ready(&self) -> Result<()>;
    /// Its figures, as Prometheus reads them: numbers, and nothing of anybody.
    fn figures(&self) -> String;
}

/// The ops listener's addresses.
pub(crate) fn router<S: Shown>(shown: Arc<S>) -> Router {
    Router::new()
        .route("/healthz", get(async || said(StatusCode::OK, "alive\n".to_owned())))
        .route("/readyz", get(ready::<S>))
        .route("/metrics", get(metrics::<S>))
        .with_state(shown)
}

/// Whether the database answers.
async fn ready<S: Shown>(State(shown): State<Arc<S>>) -> Response {
    match tokio::task::spawn_blocking(move || shown.ready()).await {
        Ok(Ok(())) => said(StatusCode::OK, "ready\n".to_owned()),
        Ok(Err(problem)) => {
            said(StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {}\n", problem.code))
        }
        Err(_) => said(StatusCode::SERVICE_UNAVAILABLE, "not ready\n".to_owned()),
    }
}

async fn metrics<S: Shown>(State(shown): State<Arc<S>>) -> Response {
    match tokio::task::spawn_blocking(move || shown.figures()).await {
        Ok(figures) => said(StatusCode::OK, figures),
        Err(_) => said(StatusCode::SERVICE_UNAVAILABLE, "no figures\n".to_owned()),
    }
}

fn said(status: StatusCode, text: String) -> Response {
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    let headers = [(CONTENT_TYPE, kind), (CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (status, headers, text).into_response()
}
