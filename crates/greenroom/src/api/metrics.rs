//! Counts and times requests, and keeps the numbers for `/metrics`.

use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use metrics::{counter, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// How often the numbers of histograms are folded, so that they do not pile up between scrapes.
const UPKEEP: Duration = Duration::from_secs(5);

/// Makes this process keep its metrics, once, and answers with what renders them.
pub fn install() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
        let builder = PrometheusBuilder::new();
        let recorder = match builder.set_buckets(&buckets) {
            Ok(builder) => builder.build_recorder(),
            Err(_) => PrometheusBuilder::new().build_recorder(),
        };
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("metrics are already kept by somebody else");
        }
        metrics::gauge!("greenroom_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
        let folded = handle.clone();
        let upkeep = move || {
            loop {
                std::thread::sleep(UPKEEP);
                folded.run_upkeep();
            }
        };
        if let Err(error) = std::thread::Builder::new().name("metrics".into()).spawn(upkeep) {
            tracing::warn!(%error, "metrics are folded only when they are read");
        }
        handle
    })
}

/// Counts every request by route, never by path: a crawler must not make a thousand series.
pub(super) async fn count(request: Request, next: Next) -> Response {
    install();
    let route =
        request.extensions().get::<MatchedPath>().map_or_else(|| "other".to_owned(), |path| path.as_str().to_owned());
    let method = method(request.method());
    let begin = Instant::now();
    let response = next.run(request).await;
    let code = response.status().as_u16().to_string();
    counter!("greenroom_http_requests_total", "route" => route.clone(), "method" => method, "code" => code)
        .increment(1);
    histogram!("greenroom_http_request_duration_seconds", "route" => route, "method" => method)
        .record(begin.elapsed().as_secs_f64());
    response
}

/// Methods are the client's words too; only known ones become labels.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
