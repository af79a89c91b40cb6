//! Looking into files: entries of archives inside artifacts, Playwright traces, and JSON documents a page at a time.
//! How an archive is unpacked is `package`'s business; how bytes leave is `content`'s and `media`'s.

use super::content;
use super::package::{self, Format, Package, PackageId};
use super::params::{self, Params};
use super::{Answer, Problem, Shared, media};
use crate::model::FileType;
use crate::reader::{Source, TraceBody};
use artifact::json_page::{JsonPage, NoPage};
use artifact::trace::{self, NotATrace};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio_util::io::{StreamReader, SyncIoBridge};
use utoipa::{IntoParams, ToSchema};

/// Larger documents are not read, not even by pages.
const MAX_JSON_BYTES: u64 = 1 << 30;
/// Most entries, or children of a value, in a page, and how many where the request does not say.
const MAX_PAGE: i64 = 1_000;
const PAGE: i64 = 200;

/// Which archive, where the file is an archive of archives.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct WithinParams {
    /// Number of the entry that is the archive meant, inside the file.
    #[param(value_type = Option<u32>)]
    within: Option<String>,
}

/// Which entries.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct EntryParams {
    /// Number of the entry that is the archive meant, inside the file.
    #[param(value_type = Option<u32>)]
    within: Option<String>,
    /// Part of the path, in any case of letters.
    q: Option<String>,
    /// Page size, 1 to 1,000; 200 where absent.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 1000)]
    limit: Option<String>,
    /// `nextCursor` of the page before.
    cursor: Option<String>,
}

/// How to hand out the bytes of an entry.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct EntryContentParams {
    /// `1` asks for an attachment.
    download: Option<String>,
    /// Number of the entry that is the archive meant, inside the file.
    #[param(value_type = Option<u32>)]
    within: Option<String>,
}

/// Which children of which value.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct JsonParams {
    /// JSON Pointer (RFC 6901) of the value; the document itself where absent.
    pointer: Option<String>,
    /// How many children to leave out.
    #[param(value_type = Option<i64>, minimum = 0)]
    offset: Option<String>,
    /// Most children, 1 to 1,000; 200 where absent.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 1000)]
    limit: Option<String>,
}

/// An entry of an archive inside an artifact.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct InnerEntry {
    /// Its number, which stays.
    #[schema(minimum = 0)]
    entry: u32,
    /// Its path, as the archive has it.
    path: String,
    /// Length of the content.
    size_bytes: i64,
    /// Bytes it takes in the archive.
    compressed_bytes: i64,
    /// How it is shown.
    #[serde(rename = "type")]
    file_type: FileType,
    /// Media type, by name and content.
    media_type: String,
    /// What is remarkable about it.
    flags: Vec<String>,
    /// Where its bytes are.
    url: String,
}

/// A page of the entries of an archive inside an artifact.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct EntryPage {
    /// What kind of archive it is.
    format: Format,
    /// Whether it looks like a Playwright trace.
    is_trace: bool,
    /// What is remarkable about the archive.
    flags: Vec<String>,
    /// The entries, in the order of the archive.
    entries: Vec<InnerEntry>,
    /// Asks for the next page; null at the end.
    next_cursor: Option<String>,
    /// Entries that match.
    total: i64,
}

/// What a Playwright trace says.
#[utoipa::path(get, path = "/api/files/{id}/trace", params(("id" = String, Path, description = "`{artifactId}.{ordinal}` of the trace.zip."), WithinParams), responses(
    (status = 200, description = "Actions, errors, console, requests and screenshots of the trace. Long lists are cut, and `cuts` says so. Entries are those of `/api/files/{id}/entries`.", body = TraceBody),
    (status = 404, description = "There is no such file or entry.", body = Problem, content_type = "application/problem+json"),
    (status = 410, description = "Removed by retention.", body = Problem, content_type = "application/problem+json"),
    (status = 413, description = "The file is too large to be looked into.", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "The file is not a trace; the detail says what is wrong.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn get_trace(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Params(values): Params<WithinParams>,
) -> Answer<Response> {
    let (id, package) = open(&shared, &id, values.within.as_deref()).await?;
    let body = match shared.packages.answer(id) {
        Some(body) => body,
        None => {
            let _seat = shared.packages.seat().await?;
            let file = package.file.file().map_err(Problem::internal)?;
            let read = shared.reader.trace(file, package.contents.clone()).await;
            let body = bytes::Bytes::from(read.map_err(Problem::not_read)?.map_err(no_trace)?);
            shared.packages.keep_answer(id, body.clone());
            body
        }
    };
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

fn no_trace(reason: NotATrace) -> Problem {
    match reason {
        NotATrace::Unreadable(error) => Problem::internal(error),
        reason => Problem::new(StatusCode::UNPROCESSABLE_ENTITY, format!("The file is not a trace: {reason}.")),
    }
}

/// Entries of an archive inside an artifact.
#[utoipa::path(get, path = "/api/files/{id}/entries", params(("id" = String, Path, description = "`{artifactId}.{ordinal}` of a zip, tar, tar.gz or gzip file."), EntryParams), responses(
    (status = 200, description = "A page of entries, in the order of the archive.", body = EntryPage),
    (status = 400, description = "A parameter is wrong.", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "There is no such file or entry.", body = Problem, content_type = "application/problem+json"),
    (status = 410, description = "Removed by retention.", body = Problem, content_type = "application/problem+json"),
    (status = 413, description = "The file is too large to be looked into.", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "The file is not an archive that can be read; the detail says why.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list_entries(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Params(values): Params<EntryParams>,
) -> Answer<Json<EntryPage>> {
    let limit = params::up_to("limit", values.limit.as_deref(), MAX_PAGE, PAGE)? as usize;
    let after = whole("cursor", values.cursor.as_deref())?;
    let q = params::text("q", values.q)?.unwrap_or_default().to_lowercase();
    let (id, package) = open(&shared, &id, values.within.as_deref()).await?;
    let matching =
        || package.contents.entries.iter().filter(|entry| q.is_empty() || entry.name.to_lowercase().contains(&q));
    let total = matching().count() as i64;
    let is_after = |entry: &&artifact::Entry| after.is_none_or(|after| u64::from(entry.ordinal) > after);
    let mut entries: Vec<InnerEntry> =
        matching().filter(is_after).take(limit + 1).map(|entry| inner(id, entry)).collect();
    let has_more = entries.len() > limit;
    entries.truncate(limit);
    let next_cursor = entries.last().filter(|_| has_more).map(|entry| entry.entry.to_string());
    let flags = package.contents.flags.iter().map(|flag| flag.as_str().to_owned()).collect();
    let is_trace = trace::is_trace(&package.contents);
    Ok(Json(EntryPage { format: package.format, is_trace, flags, entries, next_cursor, total }))
}

fn kind(file_type: artifact::FileType) -> FileType {
    FileType::from_word(file_type.as_str()).unwrap_or(FileType::Binary)
}

fn inner(id: PackageId, entry: &artifact::Entry) -> InnerEntry {
    let PackageId { artifact_id, ordinal, within } = id;
    let within = within.map(|within| format!("?within={within}")).unwrap_or_default();
    InnerEntry {
        entry: entry.ordinal,
        path: entry.name.clone(),
        size_bytes: entry.size_bytes as i64,
        compressed_bytes: entry.compressed_bytes as i64,
        file_type: kind(entry.file_type),
        media_type: entry.media_type.clone(),
        flags: entry.flags.iter().map(|flag| flag.as_str().to_owned()).collect(),
        url: format!("/api/files/{artifact_id}.{ordinal}/entries/{}/content{within}", entry.ordinal),
    }
}

/// Bytes of an entry of an archive inside an artifact.
#[utoipa::path(get, path = "/api/files/{id}/entries/{entry}/content", params(("id" = String, Path, description = "`{artifactId}.{ordinal}` of the archive."), ("entry" = u32, Path, description = "Number of the entry."), EntryContentParams), responses(
    (status = 200, description = "The exact bytes, under the same rules as those of files.", body = [u8], content_type = "application/octet-stream"),
    (status = 206, description = "The part asked for.", body = [u8], content_type = "application/octet-stream"),
    (status = 304, description = "The client has it already."),
    (status = 404, description = "There is no such file or entry.", body = Problem, content_type = "application/problem+json"),
    (status = 410, description = "Removed by retention.", body = Problem, content_type = "application/problem+json"),
    (status = 413, description = "The archive is too large to be looked into.", body = Problem, content_type = "application/problem+json"),
    (status = 416, description = "The range lies beyond the end.", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "The archive or the entry cannot be read; the detail says why.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn get_entry_content(
    State(shared): State<Shared>,
    Path((id, entry)): Path<(String, String)>,
    Params(values): Params<EntryContentParams>,
    method: Method,
    headers: HeaderMap,
) -> Answer<Response> {
    let is_download = params::flag("download", values.download.as_deref())?;
    let entry = entry_number(Some(&entry)).ok().flatten().ok_or_else(|| Problem::not_found("entry"))?;
    let (id, package) = open(&shared, &id, values.within.as_deref()).await?;
    let (found, content) = package.content(id, entry)?;
    let presentation = media::presented(&found.name, kind(found.file_type), &found.media_type);
    let disposition = media::disposition(&found.name, presentation.is_inline && !is_download);
    content::respond(&shared.blobs, &method, &headers, content, content::extra(presentation, disposition)).await
}

/// Children of a value of a JSON file.
#[utoipa::path(get, path = "/api/files/{id}/json", params(("id" = String, Path, description = "`{artifactId}.{ordinal}`."), JsonParams), responses(
    (status = 200, description = "The value at the pointer, and some of its children with what they are.", body = JsonPage),
    (status = 400, description = "A parameter is wrong.", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "There is no such file, or no value at the pointer.", body = Problem, content_type = "application/problem+json"),
    (status = 410, description = "Removed by retention.", body = Problem, content_type = "application/problem+json"),
    (status = 413, description = "The file is too large.", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "The file is not valid JSON; the detail says where.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn get_json(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Params(values): Params<JsonParams>,
) -> Answer<Response> {
    let (artifact_id, ordinal) = params::file_id(&id)?;
    let limit = params::up_to("limit", values.limit.as_deref(), MAX_PAGE, PAGE)? as usize;
    let offset = whole("offset", values.offset.as_deref())?.unwrap_or(0);
    let pointer = values.pointer.unwrap_or_default();
    let found = shared.store.file(artifact_id, ordinal).await?.ok_or_else(|| Problem::not_found("file"))?;
    let content = content::of_file(&found)?;
    if content.size() > MAX_JSON_BYTES {
        let detail = format!("The file has {} bytes; JSON of up to {MAX_JSON_BYTES} bytes is read.", content.size());
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail));
    }
    let _seat = shared.packages.seat().await?;
    let bridge = SyncIoBridge::new(StreamReader::new(content::stream(&shared.blobs, content).await?));
    let read = shared.reader.json_page(Source::Stream(Box::new(bridge)), pointer, offset, limit).await;
    let page = read.map_err(Problem::not_read)?.map_err(|reason| match reason {
        NoPage::Pointer => Problem::parameter("pointer", format!("pointer is wrong: {reason}.")),
        NoPage::Missing => Problem::new(StatusCode::NOT_FOUND, "There is no value at this pointer."),
        NoPage::Malformed(_) => Problem::new(StatusCode::UNPROCESSABLE_ENTITY, format!("{reason}.")),
        NoPage::Unreadable(_) => Problem::internal(reason),
    })?;
    Ok(([(header::CONTENT_TYPE, "application/json")], page).into_response())
}

/// The archive that an address names, unpacked.
async fn open(shared: &Shared, id: &str, within: Option<&str>) -> Answer<(PackageId, Arc<Package>)> {
    let (artifact_id, ordinal) = params::file_id(id)?;
    let within = entry_number(within)?;
    let outer_id = PackageId { artifact_id, ordinal, within: None };
    let found = shared.store.file(artifact_id, ordinal).await?.ok_or_else(|| Problem::not_found("file"))?;
    let source = content::of_file(&found)?;
    let outer = package::open(shared, outer_id, source, &found.file.path).await?;
    let Some(entry) = within else { return Ok((outer_id, outer)) };
    let (found, source) = outer.content(outer_id, entry)?;
    let inner_id = PackageId { within: Some(entry), ..outer_id };
    Ok((inner_id, package::open(shared, inner_id, source, &found.name).await?))
}

fn entry_number(text: Option<&str>) -> Answer<Option<u32>> {
    let number = whole("within", text)?;
    number.map(|number| u32::try_from(number).map_err(|_| Problem::not_found("entry"))).transpose()
}

/// A whole number, as text.
fn whole(name: &str, value: Option<&str>) -> Answer<Option<u64>> {
    let Some(text) = value else { return Ok(None) };
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(number) if is_plain => Ok(Some(number)),
        _ => Err(Problem::parameter(name, format!("{name} must be a whole number."))),
    }
}
