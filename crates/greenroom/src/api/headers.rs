//! Headers that every answer carries. An answer that set its own keeps it.

use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::middleware::Next;
use axum::response::Response;

/// Keeps answers out of pages of other sites.
pub(super) const CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
/// Keeps pages of other sites from holding on to ours.
const COOP: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
/// Gives each origin its own agent cluster.
const ORIGIN_AGENT_CLUSTER: HeaderName = HeaderName::from_static("origin-agent-cluster");

pub(super) async fn add(request: Request, next: Next) -> Response {
    let is_view = request.uri().path().starts_with("/_view/");
    let mut response = next.run(request).await;
    if mutant!("headers-forgotten") {
        return response;
    }
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // The same for all answers of this host: a browser decides once, by the first one.
    headers.insert(ORIGIN_AGENT_CLUSTER, HeaderValue::from_static("?1"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.entry(CORP).or_insert(HeaderValue::from_static("same-origin"));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-cache"));
    let policy = headers
        .entry(CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    // A sandboxed document that is opened in a tab of its own may not ask for an opener policy:
    // browsers answer that with a network error.
    let is_sandboxed =
        policy.to_str().is_ok_and(|policy| policy.split(';').any(|part| part.trim_start().starts_with("sandbox")));
    if !is_sandboxed && !is_view {
        headers.insert(COOP, HeaderValue::from_static("same-origin"));
    }
    // A view is framed by the application; its own policy says by whom. A document says so itself.
    if !is_view {
        headers.entry(X_FRAME_OPTIONS).or_insert(HeaderValue::from_static("DENY"));
    }
    response
}
