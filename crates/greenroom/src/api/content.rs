//! Exact bytes of files, logs and archives, with range, entity tag and HEAD, in constant memory.
//! A deflated file goes out as it lies in its archive, between a gzip header and trailer, wherever
//! the client takes gzip. What may be opened in place is decided in `media`.

use super::headers::CORP;
use super::media::{self, INERT, Presentation};
use super::package::Package;
use super::params::{self, ContentParams, Params};
use super::proof::{self, Proof};
use super::range::{self, Wanted};
use super::{Answer, Problem, Shared};
use crate::blobs::{BlobKey, Blobs, Missing, Subject};
use crate::model::{ArtifactState, LogState};
use crate::store::{FileBlob, LogBlob};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use std::io::{self, Read};
use std::ops::Range;
use std::sync::Arc;
use tokio_util::io::{StreamReader, SyncIoBridge};

/// Immutable by id: an artifact uploaded again has another one.
pub(super) const FOR_EVER: &str = "private, max-age=31536000, immutable";
/// Bodies up to this length are read whole before anything is answered.
const SMALL_BYTES: u64 = 256 * 1024;
/// Most inflated bytes handed on at a time.
const CHUNK_BYTES: u64 = 128 * 1024;

/// What holds bytes.
#[derive(Clone, Debug)]
enum Place {
    /// What was mirrored.
    Blob(BlobKey),
    /// An archive inside an artifact, unpacked.
    Package(Arc<Package>),
}

/// Where bytes lie and how.
#[derive(Clone, Debug)]
pub(super) struct Content {
    place: Place,
    /// Stored bytes inside that place.
    stored: Range<u64>,
    /// Length of the content itself.
    size: u64,
    /// CRC-32 of the content, where the stored bytes are deflated.
    deflated: Option<u32>,
    /// What all of the stored bytes are proved by when they are read whole.
    proof: Proof,
    /// Names the content, without quotes.
    tag: String,
}

/// Headers that come with the bytes.
pub(super) type Extra = Vec<(HeaderName, String)>;

/// A file of an artifact.
#[utoipa::path(get, path = "/api/files/{id}/content", params(("id" = String, Path, description = "`{artifactId}.{ordinal}`."), ContentParams), responses(
    (status = 200, description = "The exact bytes; Range, ETag and HEAD work. Images, video, audio, PDF and text open in place, text always as text/plain; everything else is an attachment.", body = [u8], content_type = "application/octet-stream"),
    (status = 206, description = "The part asked for.", body = [u8], content_type = "application/octet-stream"),
    (status = 304, description = "The client has it already."),
    (status = 404, description = "There is no such file, or its artifact is not mirrored.", body = Problem, content_type = "application/problem+json"),
    (status = 410, description = "Removed by retention.", body = Problem, content_type = "application/problem+json"),
    (status = 416, description = "The range lies beyond the end.", body = Problem, content_type = "application/problem+json"),
    (status = 500, description = "The stored bytes are missing or damaged; they are fetched again where GitHub still has them.", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "The archive holds it in a form that cannot be read; the archive itself can be downloaded.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn get_content(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Params(values): Params<ContentParams>,
    method: Method,
    headers: HeaderMap,
) -> Answer<Response> {
    let is_download = values.is_download()?;
    let (found, content) = of_file_id(&shared, &id).await?;
    let presentation = media::on_app_host(&found.file);
    let disposition = media::disposition(&found.file.path, presentation.is_inline && !is_download);
    respond(&shared.blobs, &method, &headers, content, extra(presentation, disposition)).await
}

/// The log of a job, byte for byte as GitHub served it.
#[utoipa::path(get, path = "/api/jobs/{id}/log", params(("id" = i64, Path, description = "GitHub's id of the job."), ContentParams), responses(
    (status = 200, description = "The log; Range, ETag and HEAD work.", body = String, content_type = "text/plain"),
    (status = 206, description = "The part asked for.", body = String, content_type = "text/plain"),
    (status = 304, description = "The client has it already."),
    (status = 404, description = "There is no such job, or no log of it; the detail says why.", body = Problem, content_type = "application/problem+json"),
    (status = 410, description = "Removed by retention.", body = Problem, content_type = "application/problem+json"),
    (status = 416, description = "The range lies beyond the end.", body = Problem, content_type = "application/problem+json"),
    (status = 500, description = "The stored bytes are missing or damaged; they are fetched again where GitHub still has them.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn get_log(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Params(values): Params<ContentParams>,
    method: Method,
    headers: HeaderMap,
) -> Answer<Response> {
    let is_download = values.is_download()?;
    let (found, content) = of_log(&shared, &id).await?;
    let presentation = Presentation { content_type: media::TEXT.to_owned(), is_inline: true, policy: INERT };
    let disposition = media::disposition(&format!("{}.txt", found.job_name.replace(['/', '\\'], "_")), !is_download);
    respond(&shared.blobs, &method, &headers, content, extra(presentation, disposition)).await
}

/// The archive of an artifact, byte for byte as GitHub served it.
#[utoipa::path(get, path = "/api/artifacts/{id}/zip", params(("id" = i64, Path, description = "GitHub's id of the artifact."), ContentParams), responses(
    (status = 200, description = "The archive, or the file itself where it was uploaded without one; Range, ETag and HEAD work.", body = [u8], content_type = "application/zip"),
    (status = 206, description = "The part asked for.", body = [u8], content_type = "application/zip"),
    (status = 304, description = "The client has it already."),
    (status = 404, description = "There is no such artifact, or it is not mirrored; the detail says why.", body = Problem, content_type = "application/problem+json"),
    (status = 410, description = "Removed by retention.", body = Problem, content_type = "application/problem+json"),
    (status = 416, description = "The range lies beyond the end.", body = Problem, content_type = "application/problem+json"),
    (status = 500, description = "The stored bytes are missing or damaged; they are fetched again where GitHub still has them.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn get_zip(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Params(values): Params<ContentParams>,
    method: Method,
    headers: HeaderMap,
) -> Answer<Response> {
    let id = params::id(&id, "artifact")?;
    // Always an attachment, so there is nothing to choose; the parameter is still checked.
    values.is_download()?;
    let found = shared.store.artifact_blob(id).await?.ok_or_else(|| Problem::not_found("artifact"))?;
    let Some(blob) = &found.blob else {
        return Err(no_content(found.artifact.state, found.artifact.reason.as_deref()));
    };
    let size = length(found.bytes)?;
    let sha256 = found.sha256;
    let hash = sha256.clone().unwrap_or_else(|| format!("{id}-{size}"));
    // Of what was damaged and cannot be fetched again, the rest is still of use.
    let proof = Proof::sha256(sha256.as_deref().filter(|_| found.artifact.state != ArtifactState::Rejected));
    let content =
        Content { place: key(blob)?, stored: 0..size, size, deflated: None, proof, tag: format!("zip-{hash}") };
    let name = found.artifact.name.replace(['/', '\\'], "_");
    let (content_type, name) =
        if found.is_single { (media::BYTES, name) } else { ("application/zip", format!("{name}.zip")) };
    let presentation = Presentation { content_type: content_type.to_owned(), is_inline: false, policy: INERT };
    respond(&shared.blobs, &method, &headers, content, extra(presentation, media::disposition(&name, false))).await
}

/// The headers of bytes that are contained.
pub(super) fn extra(presentation: Presentation, disposition: String) -> Extra {
    // The browser's own viewer shows a document inside the application; nothing else of an artifact is framed here.
    let is_framed = presentation.content_type == "application/pdf" && presentation.is_inline;
    let frame = if is_framed { "SAMEORIGIN" } else { "DENY" };
    vec![
        (header::X_FRAME_OPTIONS, frame.to_owned()),
        (header::CONTENT_TYPE, presentation.content_type),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CONTENT_SECURITY_POLICY, presentation.policy.to_owned()),
        (header::CACHE_CONTROL, FOR_EVER.to_owned()),
        (CORP, "same-origin".to_owned()),
    ]
}

/// A file by its id in a path, and where its bytes are, or why there are none.
pub(super) async fn of_file_id(shared: &Shared, id: &str) -> Answer<(FileBlob, Content)> {
    let (artifact_id, ordinal) = params::file_id(id)?;
    let found = shared.store.file(artifact_id, ordinal).await?.ok_or_else(|| Problem::not_found("file"))?;
    let content = of_file(&found)?;
    Ok((found, content))
}

/// The log of a job by its id in a path, and where its bytes are, or why there are none.
pub(super) async fn of_log(shared: &Shared, id: &str) -> Answer<(LogBlob, Content)> {
    let id = params::id(id, "job")?;
    let found = shared.store.job_log(id).await?.ok_or_else(|| Problem::not_found("job"))?;
    let Some(blob) = &found.blob else { return Err(no_log(found.log.state, found.log.reason.as_deref())) };
    let size = length(found.log.size_bytes.unwrap_or(0))?;
    let proof = Proof::sha256(found.sha256.as_deref().filter(|_| found.log.state != LogState::Missing));
    let tag = format!("log-{id}-{size}");
    let content = Content { place: key(blob)?, stored: 0..size, size, deflated: None, proof, tag };
    Ok((found, content))
}

/// Where the bytes of a file are, or why there are none.
pub(super) fn of_file(found: &FileBlob) -> Answer<Content> {
    let Some(blob) = &found.blob else { return Err(no_content(found.state, found.reason.as_deref())) };
    let unreadable: Vec<&str> = found
        .file
        .flags
        .iter()
        .map(String::as_str)
        .filter(|word| word.parse().is_ok_and(artifact::Flag::prevents_reading))
        .collect();
    if !unreadable.is_empty() {
        let detail = format!(
            "The archive holds this file in a form that cannot be read ({}). The archive itself can be downloaded.",
            unreadable.join(", ")
        );
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail));
    }
    let size = length(found.file.size_bytes)?;
    let start = length(found.data_offset)?;
    let compressed = length(found.file.compressed_bytes)?;
    let crc32 = u32::try_from(found.crc32).map_err(Problem::internal)?;
    let (stored, deflated, proof) = match (found.is_single, found.method) {
        (true, _) => (
            0..size,
            None,
            Proof::sha256(found.blob_sha256.as_deref().filter(|_| found.state != ArtifactState::Rejected)),
        ),
        (false, 0) => (start..start + size, None, Proof::Crc32(crc32)),
        (false, _) => (start..start + compressed, Some(crc32), Proof::Deflated { crc32, size }),
    };
    let tag = format!("{}-{size}-{crc32:08x}", found.file.id);
    Ok(Content { place: key(blob)?, stored, size, deflated, proof, tag })
}

fn no_content(state: ArtifactState, reason: Option<&str>) -> Problem {
    let because = reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
    match state {
        ArtifactState::Deleted => {
            Problem::new(StatusCode::GONE, format!("The content of this artifact was removed by retention{because}."))
        }
        state => Problem::new(
            StatusCode::NOT_FOUND,
            format!("The content of this artifact is not here: its state is {}{because}.", state.as_str()),
        ),
    }
}

fn no_log(state: LogState, reason: Option<&str>) -> Problem {
    let because = reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
    match state {
        LogState::Deleted => Problem::new(StatusCode::GONE, format!("The log was removed by retention{because}.")),
        state => Problem::new(
            StatusCode::NOT_FOUND,
            format!("The log is not here: its state is {}{because}.", state.as_str()),
        ),
    }
}

fn key(text: &str) -> Answer<Place> {
    BlobKey::parse(text)
        .map(Place::Blob)
        .ok_or_else(|| Problem::internal(format!("the database names an impossible blob {text:?}")))
}

fn length(bytes: i64) -> Answer<u64> {
    u64::try_from(bytes).map_err(Problem::internal)
}

/// Answers with bytes: whole, in part, as gzip, or not at all because the client has them.
pub(super) async fn respond(
    blobs: &Blobs,
    method: &Method,
    headers: &HeaderMap,
    content: Content,
    extra: Extra,
) -> Answer<Response> {
    let range = headers.get(header::RANGE).filter(|_| *method == Method::GET).and_then(|value| value.to_str().ok());
    let as_gzip = content.deflated.filter(|_| range.is_none() && content.size > 0 && range::accepts_gzip(headers));
    let etag = if as_gzip.is_some() { format!("\"{}-gzip\"", content.tag) } else { format!("\"{}\"", content.tag) };
    let etag = if mutant!("one-tag-for-all") { "\"all\"".to_owned() } else { etag };
    let is_vary = content.deflated.is_some();
    let mut response = if range::is_known(headers, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let range = range.filter(|_| range::may_be_partial(headers, &etag));
        let is_head = *method == Method::HEAD;
        match (as_gzip, range::wanted(range, content.size)) {
            (Some(crc32), _) => gzip(blobs, content, crc32, is_head).await?,
            (None, Wanted::Whole) => whole(blobs, content, is_head).await?,
            (None, Wanted::Part(part)) => partial(blobs, content, part).await?,
            (None, Wanted::Nothing) => return Ok(beyond(content.size)),
        }
    };
    let answer = response.headers_mut();
    for (name, value) in extra {
        answer.insert(name, HeaderValue::try_from(value).map_err(Problem::internal)?);
    }
    answer.insert(header::ETAG, HeaderValue::try_from(etag).map_err(Problem::internal)?);
    answer.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if is_vary {
        answer.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
    Ok(response)
}

async fn whole(blobs: &Blobs, content: Content, is_head: bool) -> Answer<Response> {
    let size = content.size;
    let body = if is_head { Body::empty() } else { body(blobs, content, 0..size).await? };
    Ok(([(header::CONTENT_LENGTH, size)], body).into_response())
}

async fn partial(blobs: &Blobs, content: Content, part: Range<u64>) -> Answer<Response> {
    let of = format!("bytes {}-{}/{}", part.start, part.end - 1, content.size);
    let length = part.end - part.start;
    let body = body(blobs, content, part).await?;
    Ok((StatusCode::PARTIAL_CONTENT, [(header::CONTENT_LENGTH, length.to_string()), (header::CONTENT_RANGE, of)], body)
        .into_response())
}

fn beyond(size: u64) -> Response {
    let mut response = Problem::new(
        StatusCode::RANGE_NOT_SATISFIABLE,
        format!("The range lies beyond the end; there are {size} bytes."),
    )
    .into_response();
    if let Ok(value) = HeaderValue::try_from(format!("bytes */{size}")) {
        response.headers_mut().insert(header::CONTENT_RANGE, value);
    }
    response
}

/// The deflated bytes as they lie in the archive, made a gzip body by what stands around them.
async fn gzip(blobs: &Blobs, content: Content, crc32: u32, is_head: bool) -> Answer<Response> {
    let trailer = artifact::gzip_trailer(crc32, content.size);
    let length =
        artifact::GZIP_HEADER.len() as u64 + (content.stored.end - content.stored.start) + trailer.len() as u64;
    let body = if is_head {
        Body::empty()
    } else {
        let once = |bytes: Bytes| stream::once(std::future::ready(io::Result::Ok(bytes)));
        let middle = proved(blobs, &content).await?;
        let all = once(Bytes::from_static(&artifact::GZIP_HEADER)).chain(middle);
        let all = all.chain(once(Bytes::copy_from_slice(&trailer)));
        sent(all.boxed(), &content.place, length).await?
    };
    Ok(([(header::CONTENT_LENGTH, length.to_string()), (header::CONTENT_ENCODING, "gzip".to_owned())], body)
        .into_response())
}

/// A part of the content, not compressed.
async fn body(blobs: &Blobs, content: Content, part: Range<u64>) -> Answer<Body> {
    let (place, length) = (content.place.clone(), part.end - part.start);
    sent(bytes_of(blobs, content, part).await?, &place, length).await
}

/// A body of `length` bytes. A small one is read before anything is answered, so that damage has an answer of its own;
/// a large one that turns out to be damaged is cut short of its end.
async fn sent(bytes: BoxStream<'static, io::Result<Bytes>>, place: &Place, length: u64) -> Answer<Body> {
    if length > SMALL_BYTES {
        return Ok(Body::from_stream(bytes));
    }
    Ok(Body::from(gathered(bytes, place).await?))
}

async fn gathered(bytes: BoxStream<'static, io::Result<Bytes>>, place: &Place) -> Answer<Vec<u8>> {
    let whole = bytes.try_fold(Vec::new(), async |mut whole: Vec<u8>, chunk| {
        whole.extend_from_slice(&chunk);
        Ok(whole)
    });
    whole.await.map_err(|error| match place {
        Place::Blob(key) => Problem::damaged(&called(key)),
        Place::Package(_) => Problem::internal(error),
    })
}

/// A blob as its user knows it.
fn called(key: &BlobKey) -> String {
    match key.subject() {
        Subject::Artifact(id) => format!("artifact {id}"),
        Subject::Log(job_id) => format!("the log of job {job_id}"),
    }
}

/// The bytes `part` of a content, in order, in pieces.
pub(super) async fn bytes_of(
    blobs: &Blobs,
    content: Content,
    part: Range<u64>,
) -> Answer<BoxStream<'static, io::Result<Bytes>>> {
    if part.is_empty() {
        return Ok(stream::empty().boxed());
    }
    match content.deflated {
        None if part == (0..content.size) => proved(blobs, &content).await,
        None => read(blobs, &content.place, content.stored.start + part.start..content.stored.start + part.end).await,
        Some(crc32) => {
            let stored = read(blobs, &content.place, content.stored).await?;
            let inflated = inflate(stored, content.size, crc32, part);
            Ok(inflated.inspect_err(suspicion(blobs, &content.place)).boxed())
        }
    }
}

/// All of a content in memory; the caller has looked at its size.
pub(super) async fn in_memory(blobs: &Blobs, content: Content) -> Answer<Vec<u8>> {
    let (size, place) = (content.size, content.place.clone());
    gathered(bytes_of(blobs, content, 0..size).await?, &place).await
}

/// All of a content as a stream.
pub(super) async fn stream(blobs: &Blobs, content: Content) -> Answer<BoxStream<'static, io::Result<Bytes>>> {
    let size = content.size;
    bytes_of(blobs, content, 0..size).await
}

/// Bytes of an unpacked archive.
fn unpacked(package: Arc<Package>, range: Range<u64>) -> impl futures::Stream<Item = io::Result<Bytes>> {
    stream::try_unfold(range, move |left| {
        let package = package.clone();
        async move {
            let length = (left.end - left.start).min(CHUNK_BYTES);
            if length == 0 {
                return Ok(None);
            }
            let reading = tokio::task::spawn_blocking(move || {
                let mut chunk = BytesMut::zeroed(length as usize);
                artifact::Section::new(&package.file, left.start, length).read_exact(&mut chunk)?;
                io::Result::Ok(chunk.freeze())
            });
            let chunk = reading.await.map_err(io::Error::other)??;
            Ok(Some((chunk, left.start + length..left.end)))
        }
    })
}

impl Content {
    /// The bytes of an entry of an unpacked archive; `tag` names them.
    pub(super) fn of_entry(package: Arc<Package>, entry: &artifact::Entry, tag: String) -> Content {
        let stored = entry.data_offset..entry.data_offset + entry.compressed_bytes;
        let deflated = (entry.method == 8).then_some(entry.crc32);
        Content { place: Place::Package(package), stored, size: entry.size_bytes, deflated, proof: Proof::None, tag }
    }

    /// Length of the content.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// What tells this content from every other.
    pub(super) fn tag(&self) -> &str {
        &self.tag
    }
}

async fn read(blobs: &Blobs, place: &Place, range: Range<u64>) -> Answer<BoxStream<'static, io::Result<Bytes>>> {
    let key = match place {
        Place::Blob(key) => key,
        Place::Package(package) => return Ok(unpacked(package.clone(), range).boxed()),
    };
    let stream = blobs.read(key, range).await.map_err(|error| match error.is::<Missing>() {
        true => Problem::damaged(&called(key)),
        false => Problem::internal(format!("{error:#}")),
    })?;
    Ok(stream.map_err(|error| io::Error::other(format!("{error:#}"))).boxed())
}

/// All stored bytes of a content, the last of them only once all are proved.
async fn proved(blobs: &Blobs, content: &Content) -> Answer<BoxStream<'static, io::Result<Bytes>>> {
    let stored = read(blobs, &content.place, content.stored.clone()).await?;
    Ok(proof::proved(stored, content.proof.clone()).inspect_err(suspicion(blobs, &content.place)).boxed())
}

/// Lets the mender know of bytes that are not what they should be.
fn suspicion(blobs: &Blobs, place: &Place) -> impl FnMut(&io::Error) + Send + 'static {
    let (blobs, place) = (blobs.clone(), place.clone());
    move |_| {
        if let Place::Blob(key) = &place {
            blobs.suspect(key);
        }
    }
}

/// A deflated entry being inflated.
struct Inflating {
    reader: artifact::EntryReader<SyncIoBridge<StreamReader<BoxStream<'static, io::Result<Bytes>>, Bytes>>>,
    skip: u64,
    left: u64,
}

/// The inflated bytes of `part`. A thread is borrowed only while a chunk is being made, so that
/// slow readers hold none. The last bytes come only when size and checksum are proved; otherwise the
/// stream fails and the connection is cut short.
fn inflate(
    stored: BoxStream<'static, io::Result<Bytes>>,
    size: u64,
    crc32: u32,
    part: Range<u64>,
) -> impl futures::Stream<Item = io::Result<Bytes>> {
    let bridge = SyncIoBridge::new(StreamReader::new(stored));
    let reader = artifact::open(bridge, 8, size, crc32);
    let start = Inflating { reader, skip: part.start, left: part.end - part.start };
    stream::try_unfold(start, async |inflating| {
        if inflating.left == 0 {
            return Ok(None);
        }
        tokio::task::spawn_blocking(move || inflating.next()).await.map_err(io::Error::other)?.map(Some)
    })
}

impl Inflating {
    fn next(mut self) -> io::Result<(Bytes, Inflating)> {
        if self.skip > 0 {
            io::copy(&mut (&mut self.reader).take(self.skip), &mut io::sink())?;
            self.skip = 0;
        }
        let mut chunk = BytesMut::zeroed(self.left.min(CHUNK_BYTES) as usize);
        let mut filled = 0;
        while filled < chunk.len() {
            match self.reader.read(&mut chunk[filled..])? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => filled += count,
            }
        }
        self.left -= filled as u64;
        Ok((chunk.freeze(), self))
    }
}
