//! For those who run the server: alive, ready, metrics, and the description of the API.

use super::{Answer, Problem, Shared, metrics};
use ::metrics::gauge;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Alive.
#[utoipa::path(get, path = "/healthz", responses((status = 200, description = "The process is alive; nothing else is said.", body = String, content_type = "text/plain")))]
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// Ready: database and files can be used. GitHub is not asked, so that its outage does not count as ours.
#[utoipa::path(get, path = "/readyz", responses(
    (status = 200, description = "Database and files can be used.", body = String, content_type = "text/plain"),
    (status = 503, description = "One of them cannot; the detail says which.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn readyz(State(shared): State<Shared>) -> Answer<&'static str> {
    if let Err(error) = shared.store.ping().await {
        tracing::warn!(%error, "not ready: the database does not answer");
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "The database does not answer.").retry_after(5));
    }
    if let Err(error) = shared.blobs.usable().await {
        tracing::warn!(error = format!("{error:#}"), "not ready: the file storage cannot be used");
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "The file storage cannot be used.").retry_after(5));
    }
    Ok("ready\n")
}

/// Metrics.
#[utoipa::path(get, path = "/metrics", responses((status = 200, description = "Prometheus text.", body = String, content_type = "text/plain")))]
pub(super) async fn get_metrics(State(shared): State<Shared>) -> Response {
    tell_of_collection(&shared).await;
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], metrics::install().render()).into_response()
}

/// Figures that are read when they are asked for. Without the database the others are still told.
async fn tell_of_collection(shared: &Shared) {
    if let Ok((pending, failed)) = shared.store.sync_items().await {
        gauge!("greenroom_pending_items").set(pending as f64);
        gauge!("greenroom_failed_items").set(failed.len() as f64);
    }
    if let Ok(Some(at)) = shared.store.last_sync_at().await {
        gauge!("greenroom_last_sync_timestamp_seconds").set(at.0 as f64 / 1000.0);
    }
}

/// This description.
#[utoipa::path(get, path = "/api/openapi.json", responses((status = 200, description = "This document.", body = Object)))]
pub(super) async fn get_openapi() -> Answer<Response> {
    let text = super::openapi().to_pretty_json().map_err(Problem::internal)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], text).into_response())
}
