//! The web application, embedded in the binary. Every address that is no file of it gets the same
//! page: the application finds its way by the address itself.

use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../web/dist"]
#[allow_missing = true]
struct Assets;

/// Policy of the application's page: its own files and nothing else, and no text becomes script or markup.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; \
    connect-src 'self'; worker-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types default";

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Greenroom</title>\
    <h1>Greenroom is running</h1><p>This binary was built without the web application: run <code>npm ci && npm run build</code> in \
    <code>web</code> and build again. The API answers at <a href=\"/api/openapi.json\">/api/openapi.json</a>.</p></html>\n";

/// Answers a request for the application.
pub fn serve(method: &Method, path: &str, headers: &HeaderMap) -> Response {
    if *method != Method::GET && *method != Method::HEAD {
        return (
            StatusCode::METHOD_NOT_ALLOWED,
            [(header::ALLOW, "GET, HEAD")],
            "This address answers GET and HEAD only.\n",
        )
            .into_response();
    }
    let name = path.trim_start_matches('/');
    let is_asset = name.starts_with("assets/");
    if let Some(file) = Assets::get(name).filter(|_| !name.is_empty()) {
        return answer(name, &file, is_asset, headers);
    }
    if is_asset {
        // A page would be read as a script here, and fail with a message that helps nobody.
        return (StatusCode::NOT_FOUND, "There is no such file.\n").into_response();
    }
    match Assets::get("index.html") {
        Some(page) => answer("index.html", &page, false, headers),
        None => ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(NOT_BUILT)).into_response(),
    }
}

/// Names below `assets/` contain a hash of the content, so they never change.
fn answer(name: &str, file: &EmbeddedFile, is_hashed: bool, headers: &HeaderMap) -> Response {
    let etag = format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..16]));
    let is_known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|tags| tags.contains(&etag));
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        file.data.clone().into_owned().into_response()
    };
    let media_type = mime_guess::from_path(name).first_or_octet_stream();
    let content_type =
        if media_type.type_() == "text" { format!("{media_type}; charset=utf-8") } else { media_type.to_string() };
    let cache = if is_hashed { "public, max-age=31536000, immutable" } else { "no-cache" };
    let answer = response.headers_mut();
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    answer.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    for (name, text) in [(header::CONTENT_TYPE, content_type), (header::ETAG, etag)] {
        if let Ok(value) = HeaderValue::try_from(text) {
            answer.insert(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_of_the_application_gets_its_page() {
        let none = HeaderMap::new();
        for path in ["/", "/runs/1", "/files/5.0", "/../../etc/passwd", "/index.html"] {
            let response = serve(&Method::GET, path, &none);
            assert_eq!(response.status(), StatusCode::OK, "{path}");
            assert_eq!(response.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8", "{path}");
            assert_eq!(response.headers()[header::CONTENT_SECURITY_POLICY], POLICY, "{path}");
        }
        assert_eq!(serve(&Method::GET, "/assets/of-an-older-build.js", &none).status(), StatusCode::NOT_FOUND);
        assert_eq!(serve(&Method::POST, "/", &none).status(), StatusCode::METHOD_NOT_ALLOWED);
    }

    #[test]
    fn a_hashed_file_is_kept_for_ever_and_known_by_its_tag() {
        let file = EmbeddedFile {
            data: b"body{}".as_slice().into(),
            metadata: rust_embed::Metadata::__rust_embed_new([7; 32], None, None),
        };
        let fresh = answer("assets/a-1b2c.css", &file, true, &HeaderMap::new());
        assert_eq!(fresh.headers()[header::CONTENT_TYPE], "text/css; charset=utf-8");
        assert_eq!(fresh.headers()[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
        let conditional = HeaderMap::from_iter([(header::IF_NONE_MATCH, fresh.headers()[header::ETAG].clone())]);
        assert_eq!(answer("assets/a-1b2c.css", &file, true, &conditional).status(), StatusCode::NOT_MODIFIED);
    }
}
