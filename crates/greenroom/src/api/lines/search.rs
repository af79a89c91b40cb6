//! Search in logs and files, as a stream of JSON lines: it begins to answer before it has read everything, holds no
//! thread while a client is slow, and ends when the client goes away.

use super::super::content::{self, Content};
use super::super::params;
use super::super::{Answer, Problem, Shared};
use super::index;
use artifact::log::{Hit, Pattern, Search, SearchFrom};
use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::stream::{self, BoxStream, TryStreamExt};
use serde::Deserialize;
use serde_json::json;
use std::io;
use utoipa::IntoParams;

/// Most matching lines of one answer.
const MAX_LIMIT: i64 = 50_000;
/// Matching lines where no limit is asked for.
const DEFAULT_LIMIT: i64 = 1_000;
/// Bytes after which the stream says how far it has got.
const TELL_BYTES: usize = 16 << 20;

/// What to search for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in super::super) struct SearchParams {
    /// What to look for, at most 256 characters.
    #[param(value_type = String)]
    q: Option<String>,
    /// `1`: `q` is a regular expression, in the syntax of Rust's `regex`.
    regex: Option<String>,
    /// `1`: upper and lower case differ.
    case: Option<String>,
    /// First line that may be found, from 1; 1 where absent.
    #[param(value_type = Option<i64>, minimum = 1)]
    from: Option<String>,
    /// Matching lines that are told, 1 to 50000; 1000 where absent.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 50_000)]
    limit: Option<String>,
}

/// Searches a content; `values` are checked before it is touched.
pub(super) async fn respond(
    shared: &Shared,
    content: Content,
    is_job_log: bool,
    values: SearchParams,
) -> Answer<Response> {
    let text = params::text("q", values.q)?.ok_or_else(|| Problem::parameter("q", "q says what to look for."))?;
    let is_regex = params::flag("regex", values.regex.as_deref())?;
    let match_case = params::flag("case", values.case.as_deref())?;
    let from = params::positive("from", values.from.as_deref())?.unwrap_or(1).unsigned_abs();
    let limit = params::up_to("limit", values.limit.as_deref(), MAX_LIMIT, DEFAULT_LIMIT)?;
    let pattern =
        Pattern::new(&text, is_regex, match_case).map_err(|why| Problem::parameter("q", format!("q: {why}.")))?;
    let index = index::of(shared, &content, is_job_log).await?;
    let (offset, skip) = index.place(from).unwrap_or((index.size_bytes, 0));
    let place = SearchFrom { start: from - skip, from, limit: usize::try_from(limit).map_err(Problem::internal)? };
    let end = content.size();
    let pieces = content::bytes_of(&shared.blobs, content, offset..end).await?;
    let searching = Searching { pieces, search: Search::new(pattern, index.is_job_log, place), unsaid: 0 };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, Body::from_stream(answers(searching))).into_response())
}

/// A search, and the bytes it has not seen.
struct Searching {
    pieces: BoxStream<'static, io::Result<Bytes>>,
    search: Search,
    /// Bytes since something was said.
    unsaid: usize,
}

/// Lines of JSON: what is found as it is found, now and then how far the search has got, in the end whether that was all.
fn answers(searching: Searching) -> impl futures::Stream<Item = io::Result<Bytes>> {
    stream::try_unfold(Some(searching), async |searching| {
        let Some(mut searching) = searching else { return Ok(None) };
        loop {
            let piece = if searching.search.next().is_some() { None } else { searching.pieces.try_next().await? };
            let Some(piece) = piece else { return Ok(Some((searching.last(), None))) };
            searching.unsaid += piece.len();
            let (found, mut went_on) = tokio::task::spawn_blocking(move || {
                let mut found = Vec::new();
                searching.search.push(&piece, &mut found);
                (found, searching)
            })
            .await
            .map_err(io::Error::other)?;
            let mut said = told(&found);
            if said.is_empty() && went_on.unsaid >= TELL_BYTES {
                said = format!("{}\n", json!({ "searched": went_on.search.line() }));
            }
            if !said.is_empty() {
                went_on.unsaid = 0;
                return Ok(Some((Bytes::from(said), Some(went_on))));
            }
            searching = went_on;
        }
    })
}

impl Searching {
    /// What is found at the end, and that it is the end.
    fn last(mut self) -> Bytes {
        let mut found = Vec::new();
        self.search.finish(&mut found);
        let next = self.search.next();
        let end = json!({ "done": true, "matches": self.search.told(), "cut": next.is_some(), "next": next });
        Bytes::from(format!("{}{end}\n", told(&found)))
    }
}

fn told(found: &[Hit]) -> String {
    found.iter().map(|hit| format!("{}\n", json!({ "line": hit.line, "spans": hit.spans }))).collect()
}
