//! Who may ask: known hosts only, against DNS rebinding, and requests that change something only
//! from our own pages, against other web sites.

use super::{Problem, Shared};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::Ipv4Addr;

/// Largest body a request may announce; no endpoint reads one.
const MAX_BODY_BYTES: u64 = 1 << 20;

/// The Host of a request, checked: `name` or `name:port` in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Host(pub(super) String);

/// Refuses hosts that are not ours: a foreign name that leads here is somebody else's page reading
/// this server through the visitor's browser.
pub(super) async fn known_host(State(shared): State<Shared>, mut request: Request, next: Next) -> Response {
    match host(request.headers(), request.uri()).filter(|host| is_known(host, &shared.settings.allowed_hosts)) {
        Some(host) => {
            request.extensions_mut().insert(Host(host));
            next.run(request).await
        }
        None => Problem::new(
            StatusCode::MISDIRECTED_REQUEST,
            "This server does not answer for that host name; ALLOWED_HOSTS lists the names it answers for.",
        )
        .into_response(),
    }
}

/// Refuses requests that change something and come from another site.
///
/// Browsers always send `Origin` with such requests, and `Sec-Fetch-Site` where they know it. A
/// request with neither comes from a program such as curl on this machine or behind the operator's
/// own proxy: it can reach the port anyway, and there is no login yet that it could abuse.
pub(super) async fn same_origin(request: Request, next: Next) -> Response {
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE);
    if is_safe || is_own(request.headers(), request.extensions().get::<Host>()) {
        return next.run(request).await;
    }
    Problem::new(StatusCode::FORBIDDEN, "Only this server's own pages may ask for changes.").into_response()
}

/// Refuses bodies that announce more than any endpoint wants.
pub(super) async fn small_body(request: Request, next: Next) -> Response {
    let announced =
        request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|bytes| bytes > MAX_BODY_BYTES) {
        return Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large.").into_response();
    }
    next.run(request).await
}

/// The one host a request is for, in lower case; `None` where it is missing, doubled, contradictory or odd.
fn host(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    let mut values = headers.get_all(header::HOST).iter();
    let first = values.next();
    if values.next().is_some() {
        return None;
    }
    let named = match first {
        Some(value) => Some(value.to_str().ok()?.to_ascii_lowercase()),
        None => None,
    };
    let addressed = uri.authority().map(|authority| authority.as_str().to_ascii_lowercase());
    let host = match (named, addressed) {
        (Some(named), Some(addressed)) if named != addressed => return None,
        (named, addressed) => named.or(addressed)?,
    };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'[' | b']');
    (!host.is_empty() && host.bytes().all(is_plain)).then_some(host)
}

/// Name and port; `None` where the port is no number.
fn split(host: &str) -> Option<(&str, Option<u16>)> {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => {
            let (inside, after) = rest.split_once(']')?;
            (host.get(..inside.len() + 2)?, after)
        }
        None => host.find(':').map_or((host, ""), |at| host.split_at(at)),
    };
    match port.strip_prefix(':') {
        Some(digits) => Some((name, Some(digits.parse().ok()?))),
        None if port.is_empty() => Some((name, None)),
        None => None,
    }
}

fn is_known(host: &str, allowed: &[String]) -> bool {
    let Some((name, _)) = split(host) else { return false };
    let is_loopback =
        name == "localhost" || name == "[::1]" || name.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback());
    is_loopback || allowed.iter().any(|entry| entry.eq_ignore_ascii_case(host) || entry.eq_ignore_ascii_case(name))
}

fn is_own(headers: &HeaderMap, host: Option<&Host>) -> bool {
    let fetched_from_elsewhere =
        headers.get_all("sec-fetch-site").iter().any(|value| !matches!(value.as_bytes(), b"same-origin" | b"none"));
    if fetched_from_elsewhere {
        return false;
    }
    // Whether a proxy in front speaks TLS is not known here; host and port are what matters.
    let ours = |origin: &str| {
        let rest = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        rest.zip(host).is_some_and(|(rest, host)| rest.eq_ignore_ascii_case(&host.0))
    };
    headers.get_all(header::ORIGIN).iter().all(|origin| origin.to_str().is_ok_and(ours))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn loopback_names_and_allowed_ones_are_known_with_any_port() {
        let allowed = ["ci.example.org".to_owned(), "exact.example.org:8443".to_owned()];
        for host in [
            "localhost",
            "localhost:3000",
            "127.0.0.1:1",
            "127.8.8.8",
            "[::1]:3000",
            "[::1]",
            "ci.example.org",
            "ci.example.org:80",
            "exact.example.org:8443",
        ] {
            assert!(is_known(host, &allowed), "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "10.0.0.1",
            "exact.example.org",
            "exact.example.org:80",
            "localhost:x",
            "[::1]x",
            "[::2]",
            "127.1",
        ] {
            assert!(!is_known(host, &allowed), "{host}");
        }
    }

    #[test]
    fn a_missing_doubled_or_odd_host_is_none() {
        let uri = Uri::from_static("/");
        let mut headers = HeaderMap::new();
        assert_eq!(host(&headers, &uri), None);
        headers.append(header::HOST, HeaderValue::from_static("LocalHost:3000"));
        assert_eq!(host(&headers, &uri).as_deref(), Some("localhost:3000"));
        assert_eq!(host(&headers, &Uri::from_static("http://evil.example/")), None);
        headers.append(header::HOST, HeaderValue::from_static("evil.example"));
        assert_eq!(host(&headers, &uri), None);
        headers.clear();
        headers.append(header::HOST, HeaderValue::from_static("localhost/@evil"));
        assert_eq!(host(&headers, &uri), None);
    }

    #[test]
    fn only_our_own_origin_may_change_things() {
        let ours = Host("localhost:3000".into());
        let asks = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.append(*name, HeaderValue::from_static(value));
            }
            is_own(&headers, Some(&ours))
        };
        assert!(asks(&[]));
        assert!(asks(&[("origin", "http://localhost:3000")]));
        assert!(asks(&[("origin", "http://localhost:3000"), ("sec-fetch-site", "same-origin")]));
        assert!(asks(&[("sec-fetch-site", "none")]));
        for headers in [
            [("origin", "null"), ("sec-fetch-site", "same-origin")],
            [("origin", "http://localhost:3001"), ("sec-fetch-site", "same-site")],
            [("origin", "http://localhost:3000"), ("sec-fetch-site", "cross-site")],
            [("origin", "http://localhost:3000"), ("origin", "http://evil.example")],
            [("origin", "http://localhost:3000.evil.example"), ("sec-fetch-site", "none")],
        ] {
            assert!(!asks(&headers), "{headers:?}");
        }
    }
}
