//! What the collector is doing, and the bell that asks it to check GitHub now.

use super::bodies::{Queue, RefreshFailed, Refreshed, Retried};
use super::params::{self, NoParams, Params, QueueParams, RetryParams};
use super::{Answer, Problem, Shared};
use crate::events::RefreshError;
use crate::model::{QueueState, SECOND_MS, Sync};
use crate::store::QueueQuery;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// State of collection.
#[utoipa::path(get, path = "/api/sync", responses(
    (status = 200, description = "What the collector is doing, what is left, and what failed.", body = Sync),
))]
pub(super) async fn get_sync(State(shared): State<Shared>, _: Params<NoParams>) -> Answer<Json<Sync>> {
    Ok(Json(body(&shared).await?))
}

/// The state of collection: live things from the hub, lasting ones from the store.
pub(super) async fn body(shared: &Shared) -> Answer<Sync> {
    let (pending, failed) = shared.store.sync_items().await?;
    let last_sync_at = shared.store.last_sync_at().await?;
    let activity = shared.hub.activity();
    let repositories =
        if activity.repositories.is_empty() { shared.store.repositories().await? } else { activity.repositories };
    Ok(Sync {
        state: activity.state,
        started_at: activity.started_at,
        last_sync_at,
        next_poll_at: activity.next_poll_at,
        last_error: activity.storage_error.or(activity.last_error),
        pending,
        progress: activity.progress,
        rate_limit: activity.rate_limit,
        requests: activity.requests,
        failed,
        repositories,
    })
}

/// The queue: what is not done.
#[utoipa::path(get, path = "/api/sync/queue", params(QueueParams), responses(
    (status = 200, description = "A page of items, those enqueued last first, and how many there are of each kind.", body = Queue),
    (status = 400, description = "A parameter is wrong.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list_queue(
    State(shared): State<Shared>,
    Params(values): Params<QueueParams>,
) -> Answer<Json<Queue>> {
    let words = "waiting, running, failed or givenUp";
    let query = QueueQuery {
        state: params::one_of("state", values.state.as_deref(), QueueState::from_word, words)?,
        kind: params::task_kind(values.kind.as_deref())?,
        after: params::queue_position(values.cursor.as_deref())?,
        limit: params::limit(values.limit.as_deref())?,
    };
    let now = shared.clock.now();
    let (items, next) = shared.store.queue_items(&query, now).await?;
    let counts = shared.store.queue_by_kind(now).await?;
    Ok(Json(Queue { items, next_cursor: next.map(params::queue_cursor), counts }))
}

/// Tries again what failed, at once and with all tries ahead of it.
#[utoipa::path(post, path = "/api/sync/retry", params(RetryParams), responses(
    (status = 202, description = "It will be tried again; GitHub is asked by the collector, not by this request.", body = Retried),
    (status = 400, description = "A parameter is wrong.", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "The request comes from another web site.", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such item has failed.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn retry(State(shared): State<Shared>, Params(values): Params<RetryParams>) -> Answer<Response> {
    let now = shared.clock.now();
    let kind = params::task_kind(values.kind.as_deref())?;
    let retried = match (kind, params::positive("id", values.id.as_deref())?) {
        (None, None) => shared.store.retry_failed(now).await?,
        (Some(kind), Some(id)) if shared.store.retry_task(kind, id, now).await? => 1,
        (Some(_), Some(_)) => return Err(Problem::not_found("failed item")),
        (Some(_), None) => return Err(Problem::parameter("id", "id is needed beside kind.")),
        (None, Some(_)) => return Err(Problem::parameter("kind", "kind is needed beside id.")),
    };
    shared.hub.send(crate::events::Event::Sync);
    Ok((StatusCode::ACCEPTED, Json(Retried { retried })).into_response())
}

/// Checks GitHub now.
///
/// Answers when everything found has been processed; calls made meanwhile join it. A client that
/// goes away does not stop it.
#[utoipa::path(post, path = "/api/refresh", responses(
    (status = 200, description = "GitHub was checked and everything found was processed.", body = Refreshed),
    (status = 403, description = "The request comes from another web site.", body = Problem, content_type = "application/problem+json"),
    (status = 500, description = "This server failed.", body = RefreshFailed),
    (status = 502, description = "GitHub failed or refused.", body = RefreshFailed),
    (status = 503, description = "GitHub's rate limit is used up, or collection is not running; see Retry-After.", body = RefreshFailed),
))]
pub(super) async fn refresh(State(shared): State<Shared>, _: Params<NoParams>) -> Response {
    let outcome = if shared.settings.collecting { shared.hub.refresh().await } else { Err(RefreshError::NotRunning) };
    let now = shared.clock.now();
    let error = match outcome {
        Ok(summary) => return Json(Refreshed { success: true, timestamp: now, summary }).into_response(),
        Err(error) => error,
    };
    let (status, retry_after) = match &error {
        RefreshError::Limited { until } => {
            (StatusCode::SERVICE_UNAVAILABLE, Some((until.since(now) + SECOND_MS - 1) / SECOND_MS))
        }
        RefreshError::NotRunning => (StatusCode::SERVICE_UNAVAILABLE, Some(30)),
        RefreshError::GitHub(_) => (StatusCode::BAD_GATEWAY, None),
        RefreshError::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, None),
    };
    let mut response = (status, Json(RefreshFailed { success: false, error: error.to_string() })).into_response();
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
    }
    response
}
