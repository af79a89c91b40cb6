//! An answer before it goes out, and the body that sends it, faithfully or as a fault demands.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use futures::stream;
use http_body_util::BodyExt;
use http_body_util::StreamBody;
use http_body_util::combinators::BoxBody;
use hyper::Response;
use hyper::body::Frame;

use crate::access::{InFlight, Live};
use crate::cut::Cut;
use crate::rope::{CHUNK_BYTES, Rope};

/// The body type of both listeners.
pub(crate) type Body = BoxBody<Bytes, std::io::Error>;

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Rope,
    /// The part of `body` that is sent: (from, length).
    pub part: Option<(u64, u64)>,
    /// Sent without a length, in chunks.
    pub chunked: bool,
}

impl Reply {
    pub fn new(status: u16, body: impl Into<Bytes>) -> Reply {
        Reply { status, headers: Vec::new(), body: Rope::from(body.into()), part: None, chunked: false }
    }

    pub fn json(status: u16, body: &serde_json::Value) -> Reply {
        Reply::new(status, body.to_string()).header("content-type", "application/json; charset=utf-8")
    }

    pub fn header(mut self, name: &str, value: impl Into<String>) -> Reply {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Replaces a header, or adds it.
    pub fn set_header(&mut self, name: &str, value: impl Into<String>) {
        self.headers.retain(|(other, _)| other != name);
        self.headers.push((name.to_owned(), value.into()));
    }
}

/// How the end of a body is spoilt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Cut,
    Reset,
    Stall,
}

/// How a body is sent.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Delivery {
    pub spoilt_at: Option<(u64, Ending)>,
    /// (bytes per piece, real ms between pieces)
    pub drip: Option<(u64, u64)>,
}

struct Sending {
    body: Rope,
    at: u64,
    end: u64,
    delivery: Delivery,
    live: Arc<Live>,
    cut: Arc<Cut>,
    _in_flight: InFlight,
}

/// Turns a reply into what hyper sends. `head` answers without the body.
pub(crate) fn send(
    reply: Reply,
    delivery: Delivery,
    head: bool,
    live: Arc<Live>,
    cut: Arc<Cut>,
    in_flight: InFlight,
) -> Response<Body> {
    live.status.store(reply.status, Ordering::SeqCst);
    let (from, len) = reply.part.unwrap_or((0, reply.body.len()));
    let mut builder = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        builder = builder.header(name.as_str(), value.as_str());
    }
    let bodiless = head || matches!(reply.status, 204 | 304);
    if !matches!(reply.status, 204 | 304) && !reply.chunked {
        builder = builder.header("content-length", len);
    }
    let body = if bodiless || len == 0 && delivery.spoilt_at.is_none() {
        live.finished.store(true, Ordering::SeqCst);
        http_body_util::Empty::new().map_err(|never| match never {}).boxed()
    } else {
        let sending =
            Sending { body: reply.body, at: from, end: from + len, delivery, live, cut, _in_flight: in_flight };
        StreamBody::new(SyncStream(Box::pin(stream::unfold((sending, from), next_piece)))).boxed()
    };
    builder
        .body(body)
        .unwrap_or_else(|_| Response::new(http_body_util::Empty::new().map_err(|never| match never {}).boxed()))
}

async fn next_piece(
    (mut sending, from): (Sending, u64),
) -> Option<(Result<Frame<Bytes>, std::io::Error>, (Sending, u64))> {
    let mut limit = CHUNK_BYTES.min(sending.end - sending.at);
    if let Some((at, ending)) = sending.delivery.spoilt_at {
        let left = (from + at).saturating_sub(sending.at);
        if left == 0 {
            return spoil(sending, ending).await;
        }
        limit = limit.min(left);
    }
    if limit == 0 {
        sending.live.finished.store(true, Ordering::SeqCst);
        return None;
    }
    if let Some((bytes, every_ms)) = sending.delivery.drip {
        if sending.at > from {
            tokio::time::sleep(Duration::from_millis(every_ms)).await;
        }
        limit = limit.min(bytes.max(1));
    }
    let piece = sending.body.chunk(sending.at, limit);
    sending.at += piece.len() as u64;
    sending.live.bytes_sent.fetch_add(piece.len() as u64, Ordering::SeqCst);
    if sending.at >= sending.end {
        sending.live.finished.store(true, Ordering::SeqCst);
    }
    Some((Ok(Frame::data(piece)), (sending, from)))
}

async fn spoil(sending: Sending, ending: Ending) -> Option<(Result<Frame<Bytes>, std::io::Error>, (Sending, u64))> {
    match ending {
        Ending::Cut => sending.cut.close_after_flush(),
        Ending::Reset => sending.cut.reset_after_flush(),
        Ending::Stall => {}
    }
    // The body never ends by itself; it is dropped with the connection.
    std::future::pending().await
}

type PieceStream = std::pin::Pin<Box<dyn futures::Stream<Item = Result<Frame<Bytes>, std::io::Error>> + Send + Sync>>;

/// A boxed stream with a name, so that the body type can be written down.
struct SyncStream(PieceStream);

impl futures::Stream for SyncStream {
    type Item = Result<Frame<Bytes>, std::io::Error>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(context)
    }
}
