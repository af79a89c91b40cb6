//! HTML reports shown in isolation: `/_view/{token}/{path}` serves one artifact's files with their
//! real types into an opaque origin, which has no cookies, no storage, no API and no way out. The
//! token is all the authority such a page has: bound to one artifact, good for half an hour.

use super::bodies::ViewUrl;
use super::content::{self, Extra};
use super::headers::CORP;
use super::params::{self, NoParams, Params};
use super::security::Host;
use super::{Answer, Problem, Shared, media};
use crate::model::{MINUTE_MS, Millis};
use crate::store::FileBlob;
use axum::Json;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use rand::Rng;
use sha2::Sha256;
use std::fmt;

/// How long a token is good.
const LIFE_MS: i64 = 30 * MINUTE_MS;
/// Larger HTML is shown as it is.
const MAX_SHIMMED_BYTES: u64 = 32 << 20;
/// Names what is signed, so that another use of the key could never be mistaken for it.
const PURPOSE: &[u8] = b"greenroom view 1";
/// Setting that holds the key.
const KEY_SETTING: &str = "view_key";
/// What may be asked of the browser's devices: nothing.
const PERMISSIONS: &str = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), clipboard-read=(), \
    display-capture=(), screen-wake-lock=(), serial=(), hid=(), midi=()";
const SHIM: &str = include_str!("shim.js");
/// Characters of a path that stand for themselves.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Signs tokens. Made once an installation, so that tokens survive a restart.
#[derive(Clone)]
pub(super) struct ViewKey(Vec<u8>);

impl fmt::Debug for ViewKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ViewKey(***)")
    }
}

impl ViewKey {
    /// A token for one artifact. Artifact and expiry stand in it in the clear, signed together.
    fn token(&self, artifact_id: i64, expires_at: Millis) -> String {
        let tag = self.mac(artifact_id, expires_at).finalize().into_bytes();
        format!("{artifact_id}.{}.{}", expires_at.0, URL_SAFE_NO_PAD.encode(tag))
    }

    /// The artifact a token is for; `None` when it is not ours or has expired.
    fn verify(&self, token: &str, now: Millis) -> Option<i64> {
        let mut parts = token.split('.');
        let artifact_id = canonical(parts.next()?)?;
        let expires_at = Millis(canonical(parts.next()?)?);
        let tag = URL_SAFE_NO_PAD.decode(parts.next()?).ok()?;
        if parts.next().is_some() {
            return None;
        }
        // Compares in constant time.
        self.mac(artifact_id, expires_at).verify_slice(&tag).ok()?;
        (now < expires_at).then_some(artifact_id)
    }

    /// Each field is preceded by its length, so that no two sets of fields have the same bytes.
    fn mac(&self, artifact_id: i64, expires_at: Millis) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        for field in [PURPOSE, &artifact_id.to_be_bytes(), &expires_at.0.to_be_bytes()] {
            mac.update(&(field.len() as u64).to_be_bytes());
            mac.update(field);
        }
        mac
    }
}

/// A positive number written in its one proper form.
fn canonical(text: &str) -> Option<i64> {
    let number: i64 = text.parse().ok()?;
    (number > 0 && number.to_string() == text).then_some(number)
}

async fn view_key(shared: &Shared) -> Answer<&ViewKey> {
    let load = async || {
        let mut fresh = [0_u8; 32];
        rand::rng().fill_bytes(&mut fresh);
        // Whoever writes first decides: two processes on one database must accept each other's tokens.
        let kept = shared.store.set_setting_once(KEY_SETTING, &hex::encode(fresh)).await?;
        hex::decode(kept).map(ViewKey).map_err(Problem::internal)
    };
    shared.view_key.get_or_try_init(load).await
}

/// Where a file can be opened in isolation.
///
/// For the `src` of a frame with `sandbox="allow-scripts allow-popups allow-forms allow-downloads allow-modals"`.
/// Ask again before it expires.
#[utoipa::path(get, path = "/api/files/{id}/view-url", params(("id" = String, Path, description = "`{artifactId}.{ordinal}`.")), responses(
    (status = 200, description = "Where, and until when.", body = ViewUrl),
    (status = 404, description = "There is no such file, or its artifact is not mirrored.", body = Problem, content_type = "application/problem+json"),
    (status = 410, description = "Removed by retention.", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "The file cannot be read, or its name cannot be an address.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn get_view_url(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    _: Params<NoParams>,
) -> Answer<Json<ViewUrl>> {
    let (artifact_id, ordinal) = params::file_id(&id)?;
    let found = shared.store.file(artifact_id, ordinal).await?.ok_or_else(|| Problem::not_found("file"))?;
    content::of_file(&found)?;
    let path = &found.file.path;
    let shown = shared.store.files_by_path(artifact_id, &[path.as_str()]).await?.pop();
    let is_addressable = path.split('/').all(|part| !matches!(part, "" | "." | ".."));
    if !is_addressable || shown.is_none_or(|shown| shown.file.id != found.file.id) {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "This file cannot be opened by its name; download it instead.",
        ));
    }
    let expires_at = shared.clock.now().plus(LIFE_MS);
    let token = view_key(&shared).await?.token(artifact_id, expires_at);
    Ok(Json(ViewUrl { url: format!("/_view/{token}/{}", utf8_percent_encode(path, PATH)), expires_at }))
}

/// The root of an artifact.
pub(super) async fn show_root(
    state: State<Shared>,
    host: Extension<Host>,
    Path(token): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Answer<Response> {
    show(state, host, Path((token, String::new())), method, headers).await
}

/// A file of the artifact that the token is for.
pub(super) async fn show(
    State(shared): State<Shared>,
    Extension(host): Extension<Host>,
    Path((token, path)): Path<(String, String)>,
    method: Method,
    headers: HeaderMap,
) -> Answer<Response> {
    // A service worker would outlive the page and answer for it.
    if headers.contains_key("service-worker") {
        return Ok(refusal("Service workers are not allowed here."));
    }
    let now = shared.clock.now();
    let Some(artifact_id) = view_key(&shared).await?.verify(&token, now) else {
        return Ok(refusal("This link has expired or is not valid. Go back to the file and open it again."));
    };
    match lookup(&shared, artifact_id, &path).await? {
        Lookup::File(found) => serve(&shared, &host, &token, &found, &method, &headers).await,
        Lookup::Folder => Ok(into_folder(&token, &path)),
        Lookup::Nothing => Err(Problem::not_found("file in this artifact")),
    }
}

enum Lookup {
    File(Box<FileBlob>),
    /// The path names a folder with an index page, but lacks the final slash.
    Folder,
    Nothing,
}

/// The last file of that name, as every unpacker would leave it; for a folder its index page.
async fn lookup(shared: &Shared, artifact_id: i64, path: &str) -> Answer<Lookup> {
    let index =
        if path.is_empty() || path.ends_with('/') { format!("{path}index.html") } else { format!("{path}/index.html") };
    let mut found = shared.store.files_by_path(artifact_id, &[path, &index]).await?;
    if let Some(at) = found.iter().rposition(|found| found.file.path == path) {
        return Ok(Lookup::File(Box::new(found.swap_remove(at))));
    }
    Ok(match found.pop() {
        Some(_) if !path.is_empty() && !path.ends_with('/') => Lookup::Folder,
        Some(found) => Lookup::File(Box::new(found)),
        None => Lookup::Nothing,
    })
}

/// Relative links inside an index page count from its folder.
fn into_folder(token: &str, path: &str) -> Response {
    let to = format!("/_view/{token}/{}/", utf8_percent_encode(path, PATH));
    (StatusCode::FOUND, [(header::LOCATION, to)]).into_response()
}

async fn serve(
    shared: &Shared,
    host: &Host,
    token: &str,
    found: &FileBlob,
    method: &Method,
    headers: &HeaderMap,
) -> Answer<Response> {
    let source = content::of_file(found)?;
    let mut content_type = media::in_view(&found.file);
    let is_html = content_type.starts_with("text/html");
    if is_html && source.size() <= MAX_SHIMMED_BYTES.min(shared.settings.max_file_bytes) {
        let page = content::in_memory(&shared.blobs, source).await?;
        return shimmed(
            page,
            extra("text/html; charset=utf-8".into(), host, token, &found.file.path),
            extra("text/html".into(), host, token, &found.file.path),
        );
    }
    if is_html {
        // Whether it is UTF-8 is not known without reading all of it; the page says it itself.
        content_type = "text/html".into();
    }
    content::respond(&shared.blobs, method, headers, source, extra(content_type, host, token, &found.file.path)).await
}

/// The page with the shim, where it is text that the shim can be put into; otherwise as it is.
fn shimmed(page: Vec<u8>, utf8: Extra, unknown: Extra) -> Answer<Response> {
    let is_utf8 = !page.contains(&0) && std::str::from_utf8(&page).is_ok();
    let (body, extra) = if is_utf8 { (with_shim(page), utf8) } else { (page, unknown) };
    let mut response = body.into_response();
    for (name, value) in extra {
        response.headers_mut().insert(name, HeaderValue::try_from(value).map_err(Problem::internal)?);
    }
    Ok(response)
}

fn with_shim(page: Vec<u8>) -> Vec<u8> {
    let at = shim_position(&page);
    let mut whole = Vec::with_capacity(page.len() + SHIM.len() + 32);
    whole.extend_from_slice(&page[..at]);
    whole.extend_from_slice(b"<script>");
    whole.extend_from_slice(SHIM.as_bytes());
    whole.extend_from_slice(b"</script>");
    whole.extend_from_slice(&page[at..]);
    whole
}

/// Right after `<head>`; without one after `<html>`, after the doctype, or at the beginning. Only the
/// beginning of the page is looked at: what comes later is content.
fn shim_position(page: &[u8]) -> usize {
    let beginning = page[..page.len().min(64 * 1024)].to_ascii_lowercase();
    ["<head", "<html", "<!doctype"].iter().find_map(|tag| end_of_tag(&beginning, tag.as_bytes())).unwrap_or(0)
}

fn end_of_tag(page: &[u8], tag: &[u8]) -> Option<usize> {
    let ends_name =
        |at: usize| page.get(at).is_some_and(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/'));
    let start =
        page.windows(tag.len()).enumerate().position(|(at, window)| window == tag && ends_name(at + tag.len()))?;
    let length = page[start..].iter().position(|&byte| byte == b'>')?;
    Some(start + length + 1)
}

/// The headers that isolate a view; measured with real reports and a hostile page.
fn extra(content_type: String, host: &Host, token: &str, path: &str) -> Extra {
    vec![
        (header::CONTENT_TYPE, content_type),
        (header::CONTENT_SECURITY_POLICY, policy(host, token)),
        (CORP, "cross-origin".to_owned()),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*".to_owned()),
        (header::CACHE_CONTROL, "private, max-age=300".to_owned()),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS.to_owned()),
        (HeaderName::from_static("x-robots-tag"), "noindex".to_owned()),
        (header::CONTENT_DISPOSITION, media::disposition(path, true)),
    ]
}

/// Scoped to the token's path rather than to the host, so that a report cannot load anything else of ours.
fn policy(host: &Host, token: &str) -> String {
    // A policy cannot name an IPv6 address; there the host as a whole has to do.
    let is_nameable = !host.0.contains('[');
    let origin = if is_nameable { format!("http://{}", host.0) } else { "'self'".to_owned() };
    let own = if is_nameable { format!("{origin}/_view/{token}/") } else { origin.clone() };
    format!(
        "sandbox allow-scripts allow-popups allow-forms allow-downloads allow-modals; \
         default-src {own} data: blob:; script-src {own} 'unsafe-inline' 'unsafe-eval' blob:; style-src {own} 'unsafe-inline'; \
         img-src {own} data: blob:; media-src {own} data: blob:; font-src {own} data: blob:; connect-src {own} data: blob:; \
         worker-src blob:; frame-src {own} blob: data:; form-action 'none'; base-uri {own}; frame-ancestors {origin}"
    )
}

/// A plain page inside the frame; it knows nothing and links nowhere.
fn refusal(text: &str) -> Response {
    let page = format!("<!doctype html><meta charset=\"utf-8\"><title>Not shown</title><p>{text}</p>");
    let headers = [
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox; frame-ancestors 'self'"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (StatusCode::FORBIDDEN, headers, Html(page)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key() -> ViewKey {
        ViewKey((0..32).collect())
    }

    proptest! {
        #[test]
        fn w22_a_token_is_good_for_its_artifact_until_it_expires(artifact_id in 1..i64::MAX, expires_at in 1..i64::MAX) {
            let token = key().token(artifact_id, Millis(expires_at));
            prop_assert_eq!(key().verify(&token, Millis(expires_at - 1)), Some(artifact_id));
            prop_assert_eq!(key().verify(&token, Millis(expires_at)), None);
            prop_assert_eq!(ViewKey(vec![1; 32]).verify(&token, Millis(0)), None);
        }

        #[test]
        fn w21_no_changed_token_is_good(artifact_id in 1..1_000_000_000_i64, expires_at in 1..2_000_000_000_000_i64, at: usize, with in "[0-9A-Za-z._=+ -]{0,2}") {
            let token = key().token(artifact_id, Millis(expires_at));
            let at = at % token.len();
            let changed = format!("{}{with}{}", &token[..at], &token[at + 1..]);
            prop_assume!(changed != token);
            prop_assert_eq!(key().verify(&changed, Millis(0)), None);
        }

        #[test]
        fn w21_fields_shifted_across_their_border_are_not_good(digits in "[1-9][0-9]{3,16}", border in 1usize..16, other in 1usize..16) {
            prop_assume!(border < digits.len() && other < digits.len() && border != other);
            let number = |text: &str| text.parse::<i64>().unwrap();
            prop_assume!(number(&digits[border..]) > 0 && number(&digits[other..]) > 0);
            let token = key().token(number(&digits[..border]), Millis(number(&digits[border..])));
            let tag = token.rsplit('.').next().unwrap();
            let shifted = format!("{}.{}.{tag}", &digits[..other], &digits[other..]);
            prop_assume!(shifted != token);
            prop_assert_eq!(key().verify(&shifted, Millis(0)), None);
        }

        #[test]
        fn nonsense_is_no_token(text in ".{0,80}") {
            prop_assert_eq!(key().verify(&text, Millis(0)), None);
        }
    }

    #[test]
    fn the_shim_comes_right_after_the_head_tag() {
        for (page, before) in [
            ("<!DOCTYPE html><html><HEAD lang=x><title>", "<!DOCTYPE html><html><HEAD lang=x>"),
            ("<html><header></header><head>", "<html><header></header><head>"),
            ("<html lang=en><body>", "<html lang=en>"),
            ("<!doctype html><p>", "<!doctype html>"),
            ("<p>hello", ""),
            ("", ""),
            ("<head", ""),
        ] {
            assert_eq!(&page[..shim_position(page.as_bytes())], before, "{page}");
        }
        let page = with_shim(b"<head><script>own()</script>".to_vec());
        let text = String::from_utf8(page).unwrap();
        assert!(text.find("sessionStorage").unwrap() < text.find("own()").unwrap());
        assert!(!SHIM.contains("</script"), "the shim must not end its own element");
    }

    #[test]
    fn the_policy_names_only_the_token() {
        let policy = policy(&Host("localhost:3000".into()), "7.9.x");
        assert!(policy.contains("default-src http://localhost:3000/_view/7.9.x/ data: blob:;"), "{policy}");
        assert!(policy.contains("frame-ancestors http://localhost:3000"), "{policy}");
        for never in ["allow-same-origin", "allow-top-navigation", "allow-popups-to-escape-sandbox", "'self'", "*"] {
            assert!(!policy.contains(never), "{never}");
        }
        assert!(super::policy(&Host("[::1]:3000".into()), "t").contains("frame-ancestors 'self'"));
    }
}
