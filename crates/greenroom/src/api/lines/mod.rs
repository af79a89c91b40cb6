//! Logs and text files by lines, for logs of any size in constant memory: where things are, some lines, and search.
//! Lines are counted from 1.
//!
//! How a log is read is known to `artifact::log`; where bytes lie, to `content`.

mod index;
mod search;

pub(super) use index::LineIndexes;
pub(super) use search::SearchParams;

use super::content::{self, Content};
use super::media::{INERT, TEXT};
use super::params::{self, NoParams, Params};
use super::{Answer, Problem, Shared};
use crate::model::Step;
use artifact::log::{Index, LINE_BYTES, Level, StepStart, Window, step_lines};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::stream::{self, BoxStream, TryStreamExt};
use serde::{Deserialize, Serialize};
use std::io;
use utoipa::{IntoParams, ToSchema};

/// Most lines of one answer.
const MAX_LINES: i64 = 5_000;
/// Lines of an answer where no count is asked for.
const DEFAULT_LINES: i64 = 1_000;
/// Says which line the answer begins with.
const FIRST_LINE: HeaderName = HeaderName::from_static("x-first-line");

/// Which lines.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct LinesParams {
    /// First line, from 1; 1 where absent.
    #[param(value_type = Option<i64>, minimum = 1)]
    from: Option<String>,
    /// How many lines, 1 to 5000; 1000 where absent.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 5000)]
    count: Option<String>,
}

/// Where things are in a log or text. Lines are counted from 1.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct LineIndex {
    /// Length of the whole.
    size_bytes: u64,
    /// How many lines there are.
    lines: u64,
    /// Whether GitHub's times and markers are read in it.
    is_job_log: bool,
    /// Lines between two places that the server can begin reading at.
    stride: u64,
    /// The steps of the job; empty for a file.
    steps: Vec<StepLines>,
    /// Groups that were closed, in order: line of the title, line of the end, depth.
    groups: Vec<[u64; 3]>,
    /// Lines with annotations, in order; at most 500 of each level.
    marks: Vec<LineMark>,
    /// Whether marks or groups were left out.
    is_cut: bool,
    /// Errors, kept in `marks` or not.
    errors: u64,
    /// Warnings, kept in `marks` or not.
    warnings: u64,
    /// Lines per bucket of `minimap`.
    minimap_stride: u64,
    /// Worst level of each bucket: 0 nothing, 1 notice, 2 warning, 3 error. At most 400 buckets.
    minimap: Vec<u8>,
    /// Lines of which the first 32 KiB are handed out, and their lengths; the first 1,000.
    long_lines: Vec<[u64; 2]>,
}

/// A step and its lines.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct StepLines {
    /// Position as GitHub counts; has gaps.
    number: i64,
    /// Display name.
    name: String,
    /// How it ended.
    conclusion: Option<String>,
    /// Its first line; null where it wrote nothing or its beginning was not found.
    first_line: Option<u64>,
    /// Its last line.
    last_line: Option<u64>,
    /// How long it took.
    duration_ms: Option<i64>,
}

/// A line with an annotation.
#[derive(Debug, Serialize, ToSchema)]
struct LineMark {
    /// The line.
    line: u64,
    /// `error`, `warning` or `notice`.
    level: &'static str,
    /// What it says, without colours, cut at 300 bytes.
    text: String,
}

/// Where things are in the log of a job: steps, groups, marked lines, a picture of the whole.
#[utoipa::path(get, path = "/api/jobs/{id}/log/index", params(("id" = i64, Path, description = "GitHub's id of the job.")), responses(
    (status = 200, description = "Where things are. Steps are laid on the log by names and times, for the log does not tell them apart; where that finds nothing, a step has no lines.", body = LineIndex),
    (status = 404, description = "There is no such job, or no log of it; the detail says why.", body = Problem, content_type = "application/problem+json"),
    (status = 410, description = "Removed by retention.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn get_log_index(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Params(NoParams {}): Params<NoParams>,
) -> Answer<Json<LineIndex>> {
    let (found, content) = content::of_log(&shared, &id).await?;
    let index = index::of(&shared, &content, true).await?;
    Ok(Json(told(&index, &found.steps)))
}

/// Some lines of the log of a job.
#[utoipa::path(get, path = "/api/jobs/{id}/log/lines", params(("id" = i64, Path, description = "GitHub's id of the job."), LinesParams), responses(
    (status = 200, description = "The lines as they are, each cut at 32 KiB; none beyond the end. `X-First-Line` says which line is the first.", body = String, content_type = "text/plain"),
    (status = 400, description = "A parameter is wrong.", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "There is no such job, or no log of it; the detail says why.", body = Problem, content_type = "application/problem+json"),
    (status = 410, description = "Removed by retention.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn get_log_lines(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Params(values): Params<LinesParams>,
) -> Answer<Response> {
    let (_, content) = content::of_log(&shared, &id).await?;
    lines(&shared, content, true, &values).await
}

/// Where things are in a file, read as text.
#[utoipa::path(get, path = "/api/files/{id}/index", params(("id" = String, Path, description = "`{artifactId}.{ordinal}`.")), responses(
    (status = 200, description = "Where things are; markers are read where the first lines are those of a job log.", body = LineIndex),
    (status = 404, description = "There is no such file, or its artifact is not mirrored.", body = Problem, content_type = "application/problem+json"),
    (status = 410, description = "Removed by retention.", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "The archive holds it in a form that cannot be read.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn get_file_index(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Params(NoParams {}): Params<NoParams>,
) -> Answer<Json<LineIndex>> {
    let (_, content) = content::of_file_id(&shared, &id).await?;
    let index = index::of(&shared, &content, false).await?;
    Ok(Json(told(&index, &[])))
}

/// Some lines of a file, read as text.
#[utoipa::path(get, path = "/api/files/{id}/lines", params(("id" = String, Path, description = "`{artifactId}.{ordinal}`."), LinesParams), responses(
    (status = 200, description = "The lines as they are, each cut at 32 KiB; none beyond the end. `X-First-Line` says which line is the first.", body = String, content_type = "text/plain"),
    (status = 400, description = "A parameter is wrong.", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "There is no such file, or its artifact is not mirrored.", body = Problem, content_type = "application/problem+json"),
    (status = 410, description = "Removed by retention.", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "The archive holds it in a form that cannot be read.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn get_file_lines(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Params(values): Params<LinesParams>,
) -> Answer<Response> {
    let (_, content) = content::of_file_id(&shared, &id).await?;
    lines(&shared, content, false, &values).await
}

/// Lines of the log of a job that match, by their text without times, markers and colours.
#[utoipa::path(get, path = "/api/jobs/{id}/log/search", params(("id" = i64, Path, description = "GitHub's id of the job."), SearchParams), responses(
    (status = 200, description = "A line of JSON for each line that matches, as it is found: `{line, spans}`, spans counted in UTF-16 units of the text; now and then `{searched}`, the line the search has got to; at the end `{done, matches, cut, next}`, where `next` is the `from` to go on with. An answer without that end broke off. Of a line the first MiB is searched.", body = String, content_type = "application/x-ndjson"),
    (status = 400, description = "A parameter is wrong, or the expression is.", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "There is no such job, or no log of it; the detail says why.", body = Problem, content_type = "application/problem+json"),
    (status = 410, description = "Removed by retention.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn search_log(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Params(values): Params<SearchParams>,
) -> Answer<Response> {
    let (_, content) = content::of_log(&shared, &id).await?;
    search::respond(&shared, content, true, values).await
}

/// Lines of a file, read as text, that match.
#[utoipa::path(get, path = "/api/files/{id}/search", params(("id" = String, Path, description = "`{artifactId}.{ordinal}`."), SearchParams), responses(
    (status = 200, description = "As of the log of a job.", body = String, content_type = "application/x-ndjson"),
    (status = 400, description = "A parameter is wrong, or the expression is.", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "There is no such file, or its artifact is not mirrored.", body = Problem, content_type = "application/problem+json"),
    (status = 410, description = "Removed by retention.", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "The archive holds it in a form that cannot be read.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn search_file(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Params(values): Params<SearchParams>,
) -> Answer<Response> {
    let (_, content) = content::of_file_id(&shared, &id).await?;
    search::respond(&shared, content, false, values).await
}

/// The index as clients see it.
fn told(index: &Index, steps: &[Step]) -> LineIndex {
    LineIndex {
        size_bytes: index.size_bytes,
        lines: index.lines,
        is_job_log: index.is_job_log,
        stride: index.stride,
        steps: told_steps(index, steps),
        groups: index.groups.iter().map(|group| [group.first, group.last, 0]).collect(),
        marks: index
            .marks
            .iter()
            .map(|mark| LineMark { line: mark.line, level: word(mark.level), text: mark.text.clone() })
            .collect(),
        is_cut: index.is_cut,
        errors: index.counts[Level::Error as usize - 1],
        warnings: index.counts[Level::Warning as usize - 1],
        minimap_stride: index.minimap_stride,
        minimap: index.minimap.clone(),
        long_lines: index.long_lines.iter().map(|(line, bytes)| [*line, *bytes]).collect(),
    }
}

fn word(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Notice => "notice",
    }
}

fn told_steps(index: &Index, steps: &[Step]) -> Vec<StepLines> {
    let starts: Vec<StepStart<'_>> = steps
        .iter()
        .map(|step| StepStart {
            name: &step.name,
            started_ms: step.started_at.map(|at| at.0),
            is_skipped: step.conclusion.as_deref() == Some("skipped"),
        })
        .collect();
    let ranges = step_lines(&starts, &index.heads, index.lines);
    let told = |(step, range): (&Step, Option<(u64, u64)>)| StepLines {
        number: step.number,
        name: step.name.clone(),
        conclusion: step.conclusion.clone(),
        first_line: range.map(|(first, _)| first),
        last_line: range.map(|(_, last)| last),
        duration_ms: step.completed_at.zip(step.started_at).map(|(end, start)| end.since(start)),
    };
    steps.iter().zip(ranges).map(told).collect()
}

async fn lines(shared: &Shared, content: Content, is_job_log: bool, values: &LinesParams) -> Answer<Response> {
    let from = params::positive("from", values.from.as_deref())?.unwrap_or(1);
    let count = params::up_to("count", values.count.as_deref(), MAX_LINES, DEFAULT_LINES)?;
    let index = index::of(shared, &content, is_job_log).await?;
    let first = u64::try_from(from).map_err(Problem::internal)?;
    let count = u64::try_from(count).map_err(Problem::internal)?.min((index.lines + 1).saturating_sub(first));
    let body = match index.place(first) {
        None => Body::empty(),
        Some((start, skip)) => {
            let end = index.end(first + count - 1);
            let pieces = content::bytes_of(&shared.blobs, content, start..end).await?;
            Body::from_stream(windowed(pieces, Window::new(skip, count, LINE_BYTES)))
        }
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(TEXT)),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(INERT)),
        (header::CACHE_CONTROL, HeaderValue::from_static(content::FOR_EVER)),
        (FIRST_LINE, HeaderValue::from(first)),
    ];
    Ok((headers, body).into_response())
}

/// What of the pieces belongs to the window.
fn windowed(
    pieces: BoxStream<'static, io::Result<Bytes>>,
    window: Window,
) -> impl futures::Stream<Item = io::Result<Bytes>> {
    stream::try_unfold((pieces, window), async |(mut pieces, mut window)| {
        let mut out = Vec::new();
        while out.is_empty() && !window.is_done() {
            let Some(piece) = pieces.try_next().await? else { break };
            window.push(&piece, &mut out);
        }
        Ok((!out.is_empty()).then_some((Bytes::from(out), (pieces, window))))
    })
}
