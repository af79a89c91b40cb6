//! The table of endpoints and the layers around them. Adding an endpoint is one function and one line.

use super::{
    Api, Problem, Shared, badge, compare, content, events, failures, files, headers, health, inside, lines, metrics,
    operations, overview, runs, search, security, summary, sync, testing, thumbnails, trends, view, workflows,
};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing};
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// How long an answer in JSON may take.
const TIMEOUT: Duration = Duration::from_secs(30);

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Greenroom",
        description = "The HTTP API of Greenroom, a self-hosted GitHub Actions test dashboard. Times are RFC 3339 in UTC, durations are in milliseconds, \
            sizes in bytes, ids of workflows, runs, jobs and artifacts are GitHub's own. Lists are paged with limit and cursor. \
            Errors are application/problem+json and name the parameter at fault.",
        license(name = "MIT OR Apache-2.0")
    ),
    components(schemas(super::bodies::Changed))
)]
struct Document;

/// Answers in JSON: compressed, and given up after a while.
fn json_endpoints() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(overview::get_overview))
        .routes(routes!(workflows::list_workflows))
        .routes(routes!(workflows::get_workflow))
        .routes(routes!(workflows::list_workflow_runs))
        .routes(routes!(runs::list_runs))
        .routes(routes!(runs::get_run))
        .routes(routes!(runs::list_jobs))
        .routes(routes!(testing::list_run_tests))
        .routes(routes!(compare::compare_run))
        .routes(routes!(testing::list_tests))
        .routes(routes!(testing::get_test))
        .routes(routes!(testing::get_grid))
        .routes(routes!(trends::get_trends))
        .routes(routes!(trends::list_workflow_jobs))
        .routes(routes!(failures::list_failures))
        .routes(routes!(failures::get_failure))
        .routes(routes!(files::list_files))
        .routes(routes!(files::get_artifact))
        .routes(routes!(files::get_file))
        .routes(routes!(lines::get_log_index))
        .routes(routes!(lines::get_log_lines))
        .routes(routes!(lines::get_file_index))
        .routes(routes!(lines::get_file_lines))
        .routes(routes!(files::get_last_green))
        .routes(routes!(thumbnails::get_thumbnail))
        .routes(routes!(view::get_view_url))
        .routes(routes!(badge::get_badge))
        .routes(routes!(summary::get_summary))
        .routes(routes!(search::search))
        .routes(routes!(inside::get_trace))
        .routes(routes!(inside::list_entries))
        .routes(routes!(inside::get_json))
        .routes(routes!(sync::get_sync))
        .routes(routes!(sync::list_queue))
        .routes(routes!(sync::retry))
        .routes(routes!(health::get_health))
        .routes(routes!(operations::get_openapi))
        .routes(routes!(operations::healthz))
        .routes(routes!(operations::readyz))
        .routes(routes!(operations::get_metrics))
}

/// Bytes as they are, live messages, and the refresh, which takes as long as it takes.
fn streaming_endpoints() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(content::get_log))
        .routes(routes!(lines::search_log))
        .routes(routes!(lines::search_file))
        .routes(routes!(content::get_zip))
        .routes(routes!(content::get_content))
        .routes(routes!(inside::get_entry_content))
        .routes(routes!(events::get_events))
        .routes(routes!(sync::refresh))
}

/// The description of the API, as it is in `openapi.json`.
pub fn openapi() -> utoipa::openapi::OpenApi {
    OpenApiRouter::with_openapi(Document::openapi()).merge(json_endpoints()).merge(streaming_endpoints()).into_openapi()
}

/// The server: API, isolated views and the web application.
pub fn router(api: Api) -> Router {
    let shared = Shared::new(api);
    let json = Router::from(json_endpoints()).layer(middleware::from_fn(timeout)).layer(CompressionLayer::new());
    Router::from(streaming_endpoints())
        .merge(json)
        .route("/_view/{token}/", routing::get(view::show_root))
        .route("/_view/{token}/{*path}", routing::get(view::show))
        .method_not_allowed_fallback(async || {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "This address does not answer that method.")
        })
        .fallback_service(Router::new().fallback(fallback).layer(CompressionLayer::new()))
        .layer(middleware::from_fn(security::small_body))
        .layer(middleware::from_fn(security::same_origin))
        .layer(middleware::from_fn_with_state(shared.clone(), security::known_host))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(headers::add))
        .layer(middleware::from_fn(metrics::count))
        .with_state(shared)
}

/// Everything no endpoint answers: the web application, except below the paths that are ours.
async fn fallback(request: Request) -> Response {
    let path = request.uri().path();
    let is_ours = ["/api", "/_view"]
        .iter()
        .any(|ours| path.strip_prefix(ours).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
    if is_ours {
        return Problem::not_found("address").into_response();
    }
    crate::web::serve(request.method(), path, request.headers())
}

async fn timeout(request: Request, next: Next) -> Response {
    match tokio::time::timeout(TIMEOUT, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "The answer took too long.").retry_after(5).into_response()
        }
    }
}

fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    Problem::internal(format!("panic: {}", text.unwrap_or("without a message"))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tower::ServiceExt;

    #[tokio::test]
    async fn a_panic_is_a_problem_that_tells_nothing() {
        let router: Router = Router::new()
            .route("/", routing::get(async || -> &'static str { panic!("secret detail") }))
            .layer(CatchPanicLayer::custom(panicked));
        let response = router.oneshot(Request::new(axum::body::Body::empty())).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        assert!(!String::from_utf8_lossy(&body).contains("secret"));
    }

    /// The checked-in contract says what the code does. `UPDATE_OPENAPI=1` writes it anew.
    #[test]
    fn openapi_json_is_up_to_date() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi.json");
        let mut current = super::openapi().to_pretty_json().unwrap();
        current.push('\n');
        if std::env::var_os("UPDATE_OPENAPI").is_some() {
            std::fs::write(path, &current).unwrap();
        }
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(kept == current, "openapi.json differs from the code; run the tests once with UPDATE_OPENAPI=1");
    }
}
