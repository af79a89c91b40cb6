//! The blob listener: signed URLs that expire, ranges, and errors in XML, as the real store answers them. It knows no
//! tokens and refuses them.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hyper::{Method, Response};
use sha2::{Digest, Sha256};

use crate::access::{Listener, Live};
use crate::api::route::{Query, encode};
use crate::api::{delivery, disposition, injected};
use crate::clock::{http_date, rfc3339};
use crate::content::Stored;
use crate::faults::{Fault, Route};
use crate::reply::{Body, Reply, send};
use crate::rope::Rope;
use crate::server::Incomer;
use crate::world::{BlobTarget, World};

/// A URL that works for a while and needs no credentials.
pub(crate) fn signed_url(world: &World, path: &str, file_name: Option<&str>, mime: &str) -> String {
    let now = world.now();
    let expires = rfc3339(now + world.behaviour.signed_url_ms);
    let starts = rfc3339(now - 5_000);
    let mut query = Vec::new();
    if let Some(name) = file_name {
        query.push(format!("rscd={}", encode(&disposition(name))));
    }
    query.push(format!("rsct={}", encode(mime)));
    query.push(format!("se={}", encode(&expires)));
    query.push(format!("sig={}", signature(world.seed, path, &expires)));
    query.push("sp=r&spr=https&sr=b".to_owned());
    query.push(format!("st={}", encode(&starts)));
    query.push("sv=2025-11-05".to_owned());
    format!("{}{path}?{}", world.blob_url, query.join("&"))
}

fn signature(seed: u64, path: &str, expires: &str) -> String {
    hex::encode(Sha256::digest(format!("{seed}\n{path}\n{expires}").as_bytes()))
}

/// Where the bytes come from, so that they can be made without holding the world.
enum Source {
    Artifact(Arc<Stored>),
    Log(Box<dyn FnOnce() -> Rope + Send>),
}

struct Found {
    source: Source,
    etag: String,
    modified_ms: i64,
}

/// Answers one request.
pub(crate) async fn answer(incomer: Incomer) -> Response<Body> {
    let live = incomer.record(Listener::Blob, Route::Blob);
    let in_flight = incomer.shared.log.gauge(Listener::Blob).enter();
    let head = incomer.request.method() == Method::HEAD;
    let uri = incomer.request.uri();
    let path_and_query = uri.path_and_query().map_or("/", |text| text.as_str());
    let fault = incomer.shared.faults.decide(Route::Blob, path_and_query);
    live.faulted.store(fault.is_some(), Ordering::SeqCst);
    match fault {
        Some(Fault::Reset) => return incomer.reset().await,
        Some(Fault::Stall) => return std::future::pending().await,
        Some(Fault::SlowMs(ms)) => tokio::time::sleep(Duration::from_millis(ms)).await,
        _ => {}
    }
    let reply = match fault {
        Some(Fault::Status(status, kind)) => injected(status, kind),
        Some(Fault::NonJson200) => injected(200, crate::faults::BodyKind::Html),
        Some(Fault::RedirectLoop) => {
            Reply::new(302, "").header("location", format!("{}{uri}", incomer.shared.world().blob_url))
        }
        _ => blob(&incomer, &live, fault).await,
    };
    incomer.shared.do_hooks(Route::Blob, path_and_query);
    let response =
        send(with_common_headers(&incomer, reply), delivery(fault), head, live, incomer.cut.clone(), in_flight);
    incomer.shared.log.answered();
    response
}

async fn blob(incomer: &Incomer, live: &Live, fault: Option<Fault>) -> Reply {
    let found = match find(incomer, live) {
        Ok(found) => found,
        Err(reply) => return reply,
    };
    let made = tokio::task::spawn_blocking(move || match found.source {
        Source::Artifact(stored) => stored.rope(),
        Source::Log(make) => make(),
    });
    let Ok(mut rope) = made.await else {
        return error(500, "InternalError", "Server encountered an internal error. Please try again after some time.");
    };
    match fault {
        Some(Fault::FlipByte(at)) => rope = flipped(&rope, at),
        Some(Fault::WrongDigest) => rope = flipped(&rope, rope.len() / 2),
        _ => {}
    }
    let query = Query::parse(incomer.request.uri().query().unwrap_or_default());
    let mut reply = ranged(incomer, rope, &found.etag);
    if matches!(reply.status, 200 | 206) {
        reply.set_header("content-type", query.get("rsct").unwrap_or("application/octet-stream"));
        if let Some(disposition) = query.get("rscd") {
            reply.set_header("content-disposition", disposition);
        }
        reply.set_header("accept-ranges", "bytes");
        reply.set_header("etag", found.etag);
        reply.set_header("last-modified", http_date(found.modified_ms));
        reply.set_header("x-ms-blob-type", "BlockBlob");
        reply.set_header("x-ms-creation-time", http_date(found.modified_ms));
        reply.set_header("x-ms-lease-state", "available");
        reply.set_header("x-ms-lease-status", "unlocked");
        reply.set_header("x-ms-server-encrypted", "true");
    }
    reply
}

fn find(incomer: &Incomer, live: &Live) -> Result<Found, Reply> {
    if live.arrived.had_authorization {
        return Err(error(
            400,
            "InvalidAuthenticationInfo",
            "Authentication information is not given in the correct format. Check the value of Authorization header.",
        ));
    }
    if !matches!(*incomer.request.method(), Method::GET | Method::HEAD) {
        return Err(error(405, "UnsupportedHttpVerb", "The resource doesn't support specified Http Verb."));
    }
    let world = incomer.shared.world();
    let path = incomer.request.uri().path();
    let query = Query::parse(incomer.request.uri().query().unwrap_or_default());
    let expires = query.get("se").unwrap_or_default();
    let expires_ms = expires.parse::<jiff::Timestamp>().map_or(0, |at| at.as_millisecond());
    if query.get("sig") != Some(&signature(world.seed, path, expires)) || world.now() >= expires_ms {
        return Err(error(
            403,
            "AuthenticationFailed",
            "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.",
        ));
    }
    let gone = || error(404, "BlobNotFound", "The specified blob does not exist.");
    let target = *world.blobs.get(path).ok_or_else(gone)?;
    let (source, modified_ms) = match target {
        BlobTarget::Artifact(id) => {
            let artifact =
                world.artifact(id).filter(|artifact| !artifact.lost && !world.is_expired(artifact)).ok_or_else(gone)?;
            (Source::Artifact(artifact.stored.clone()), artifact.created_at)
        }
        BlobTarget::JobLog(id) => {
            let modified_ms = world.job(id).and_then(|job| job.completed_at).unwrap_or(0);
            (Source::Log(world.log_maker(id).ok_or_else(gone)?), modified_ms)
        }
    };
    let etag = format!("\"0x8D{}\"", &signature(modified_ms as u64, path, &format!("{target:?}"))[..13].to_uppercase());
    Ok(Found { source, etag, modified_ms })
}

/// All of it, the range asked for, or a refusal.
fn ranged(incomer: &Incomer, rope: Rope, etag: &str) -> Reply {
    if incomer.header("if-match").is_some_and(|wanted| wanted != "*" && wanted != etag) {
        return error(412, "ConditionNotMet", "The condition specified using HTTP conditional header(s) is not met.");
    }
    let len = rope.len();
    let suffixes = !incomer.shared.world().behaviour.suffix_ranges_ignored;
    let wanted = incomer.header("x-ms-range").or(incomer.header("range")).and_then(|text| range(text, len, suffixes));
    let mut reply = Reply::new(200, "");
    reply.body = rope;
    match wanted {
        None => reply,
        Some((from, _)) if from >= len => {
            error(416, "InvalidRange", "The range specified is invalid for the current size of the resource.")
                .header("content-range", format!("bytes */{len}"))
        }
        Some((from, to)) => {
            reply.status = 206;
            reply.part = Some((from, to - from + 1));
            reply.header("content-range", format!("bytes {from}-{to}/{len}"))
        }
    }
}

/// The range `bytes=a-b` or `bytes=a-`, inclusive; anything else is ignored, as the real store does.
fn range(text: &str, len: u64, suffixes: bool) -> Option<(u64, u64)> {
    let (from, to) = text.strip_prefix("bytes=")?.split_once('-')?;
    let last = len.saturating_sub(1);
    if from.is_empty() {
        let wanted: u64 = to.parse().ok()?;
        return suffixes.then(|| (len.saturating_sub(wanted), last));
    }
    let from: u64 = from.parse().ok()?;
    let to: u64 = if to.is_empty() { last } else { to.parse().ok()? };
    (from >= len || to >= from).then(|| (from, to.min(last)))
}

fn flipped(rope: &Rope, at: u64) -> Rope {
    let mut bytes = rope.to_vec();
    if let Some(byte) = bytes.get_mut(at as usize) {
        *byte ^= 0xff;
    }
    Rope::from(bytes::Bytes::from(bytes))
}

fn error(status: u16, code: &str, message: &str) -> Reply {
    let body = format!(
        "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>{message}\nRequestId:7c1d8c0e-c01e-0065-5b0c-000000000000\nTime:2026-03-02T09:00:00.0000000Z</Message></Error>"
    );
    Reply::new(status, body).header("content-type", "application/xml").header("x-ms-error-code", code)
}

fn with_common_headers(incomer: &Incomer, mut reply: Reply) -> Reply {
    let now = incomer.shared.world().now();
    reply.set_header("server", "Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0");
    reply.set_header("date", http_date(now));
    reply.set_header("x-ms-version", "2025-11-05");
    reply.set_header("x-ms-request-id", "7c1d8c0e-c01e-0065-5b0c-000000000000");
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_two_documented_range_forms_count() {
        assert_eq!(range("bytes=0-9", 100, false), Some((0, 9)));
        assert_eq!(range("bytes=90-", 100, false), Some((90, 99)));
        assert_eq!(range("bytes=90-500", 100, false), Some((90, 99)));
        assert_eq!(range("bytes=-10", 100, false), None);
        assert_eq!(range("bytes=-10", 100, true), Some((90, 99)));
        assert_eq!(range("bytes=9-3", 100, false), None);
        assert_eq!(range("items=0-9", 100, false), None);
        assert!(range("bytes=100-", 100, false).is_some_and(|(from, _)| from >= 100));
    }
}
