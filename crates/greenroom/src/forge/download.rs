//! Content: artifacts and job logs. The API says where it is, the blob store serves it. The blob
//! store sees neither the token nor GitHub's headers, and its signed address is never printed.
//!
//! The body goes to the spool file in constant memory, hashed on the way. A broken transfer goes on
//! where it stopped if the store can prove that the content is still the same, and starts again
//! otherwise; an address that has expired is asked for anew.

use super::call::{Ask, Client, HOPS, TRIES, words};
use super::{ForgeError, disposition};
use bytes::Bytes;
use reqwest::header::{self, HeaderMap};
use reqwest::{Response, StatusCode, Url};
use sha2::{Digest, Sha256};
use std::io::{Seek, Write};
use std::sync::Arc;
use tempfile::NamedTempFile;

/// What is collected before it is hashed and written.
const BUFFER_BYTES: usize = 256 << 10;
/// A try that got this far is not counted: a large artifact may break often and still arrive.
const PROGRESS_BYTES: u64 = 16 << 20;

/// Content that has arrived completely.
#[derive(Debug)]
pub struct Download {
    /// Where it is; deleted when dropped.
    pub file: NamedTempFile,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256 in hex.
    pub sha256: String,
    /// As the blob store said, without parameters; `application/octet-stream` where it said nothing.
    pub media_type: String,
    /// Name the blob store gave. Hostile text, never a path.
    pub file_name: Option<String>,
    /// Whether it should be an archive: by media type and address, and by its first bytes where
    /// those say nothing.
    pub is_zip: bool,
}

/// Why a try ended without the whole content.
enum Fault {
    Final(ForgeError),
    /// It may pass. `ask_anew`: the address is no longer good.
    Passing {
        reason: String,
        ask_anew: bool,
    },
}

impl From<ForgeError> for Fault {
    fn from(error: ForgeError) -> Fault {
        Fault::Final(error)
    }
}

fn passing(reason: impl Into<String>) -> Fault {
    Fault::Passing { reason: reason.into(), ask_anew: false }
}

fn spool_error(error: impl std::fmt::Display) -> ForgeError {
    ForgeError::Spool { reason: error.to_string() }
}

/// Downloads what `url`, an API address, redirects to.
pub(super) async fn download(
    client: &Client,
    endpoint: &'static str,
    url: Url,
    into: NamedTempFile,
    cap_bytes: u64,
    expected_sha256: Option<&str>,
) -> Result<Download, ForgeError> {
    let mut transfer = Transfer { client, cap_bytes, sink: Sink::new(into), head: None, resumed: false };
    let mut address = None;
    let mut tries = 0;
    loop {
        let place = match address.take() {
            Some(place) => place,
            None => ask_where(client, endpoint, &url).await?,
        };
        let before = transfer.sink.bytes();
        let outcome = match transfer.receive(&place).await {
            Ok(()) => transfer.check(expected_sha256).await,
            Err(fault) => Err(fault),
        };
        let (reason, ask_anew) = match outcome {
            Ok(()) => return transfer.finish().await,
            Err(Fault::Final(error)) => return Err(error),
            Err(Fault::Passing { reason, ask_anew }) => (reason, ask_anew),
        };
        tries = if transfer.sink.bytes().saturating_sub(before) >= PROGRESS_BYTES { 1 } else { tries + 1 };
        if tries == TRIES {
            return Err(ForgeError::Transient { reason });
        }
        if !ask_anew {
            address = Some(place);
        }
        client.pause(endpoint, tries, &reason).await;
    }
}

/// Asks the API where the content is.
async fn ask_where(client: &Client, endpoint: &'static str, url: &Url) -> Result<Url, ForgeError> {
    let ask = Ask { endpoint, url: url.clone(), smaller: Vec::new(), etag: None };
    client.call(ask, |reply| reply.away()).await
}

/// What the headers said about the content that is arriving.
struct Head {
    /// Proves that a later part belongs to the same content. Weak tags prove nothing.
    etag: Option<String>,
    total: Option<u64>,
    media_type: Option<String>,
    file_name: Option<String>,
    path_is_zip: bool,
}

impl Head {
    fn read(headers: &HeaderMap, place: &Url, total: Option<u64>) -> Head {
        let text = |name: header::HeaderName| {
            headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let media_type =
            text(header::CONTENT_TYPE).and_then(|value| Some(value.split(';').next()?.trim().to_ascii_lowercase()));
        Head {
            etag: text(header::ETAG).filter(|tag| tag.starts_with('"')),
            total,
            media_type: media_type.filter(|media_type| !media_type.is_empty()),
            file_name: text(header::CONTENT_DISPOSITION).and_then(|value| disposition::file_name(&value)),
            path_is_zip: place.path().to_ascii_lowercase().ends_with(".zip"),
        }
    }
}

/// Whether content should be an archive. Uploads of a single file are not, and carry their own media
/// type; the old backend said `zip`, and some stores say nothing useful.
fn is_zip(media_type: Option<&str>, path_is_zip: bool, has_magic: bool) -> bool {
    match media_type {
        Some(
            "zip"
            | "application/zip"
            | "application/x-zip"
            | "application/x-zip-compressed"
            | "application/zip-compressed",
        ) => true,
        None | Some("application/octet-stream" | "binary/octet-stream") => path_is_zip || has_magic,
        Some(_) => path_is_zip && has_magic,
    }
}

struct Transfer<'a> {
    client: &'a Client,
    cap_bytes: u64,
    sink: Sink,
    head: Option<Head>,
    resumed: bool,
}

impl Transfer<'_> {
    /// Gets the rest of the content, or all of it.
    async fn receive(&mut self, place: &Url) -> Result<(), Fault> {
        let proof = self.head.as_ref().and_then(|head| head.etag.clone()).filter(|_| self.sink.bytes() > 0);
        if proof.is_none() {
            self.restart().await?;
        }
        let (response, place) = self.send(place.clone(), proof.as_deref()).await?;
        match response.status() {
            StatusCode::OK => {
                self.restart().await?;
                self.head = Some(Head::read(response.headers(), &place, response.content_length()));
            }
            StatusCode::PARTIAL_CONTENT if proof.is_some() && starts_at(&response) == Some(self.sink.bytes()) => {
                self.resumed = true
            }
            StatusCode::PARTIAL_CONTENT | StatusCode::PRECONDITION_FAILED | StatusCode::RANGE_NOT_SATISFIABLE => {
                self.restart().await?;
                return Err(passing("the blob store cannot go on where it stopped"));
            }
            status => return Err(refusal(status)),
        }
        self.stream(response).await
    }

    /// Sends the request, following redirects, always without the token.
    async fn send(&self, mut place: Url, proof: Option<&str>) -> Result<(Response, Url), Fault> {
        for _ in 0..=HOPS {
            self.client.reach.check(&place)?;
            let mut request = self.client.blob.get(place.clone());
            if mutant!("token-follows-redirect") {
                request = request.header(header::AUTHORIZATION, self.client.authorization.clone());
            }
            if let Some(etag) = proof {
                request = request
                    .header(header::RANGE, format!("bytes={}-", self.sink.bytes()))
                    .header(header::IF_MATCH, etag);
            }
            let answered = tokio::time::timeout(self.client.timeout, request.send()).await;
            let code = match &answered {
                Ok(Ok(response)) => response.status().as_str().to_owned(),
                _ => "error".to_owned(),
            };
            metrics::counter!("greenroom_github_requests_total", "endpoint" => "blob", "code" => code).increment(1);
            let response =
                answered.map_err(|_| passing("no answer in time"))?.map_err(|error| passing(words(error)))?;
            if !response.status().is_redirection() || response.status() == StatusCode::NOT_MODIFIED {
                return Ok((response, place));
            }
            let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
            let target = location.and_then(|location| place.join(location).ok());
            place = target
                .filter(|target| matches!(target.scheme(), "http" | "https"))
                .ok_or_else(|| passing("a redirect without a target"))?;
        }
        Err(ForgeError::Invalid { reason: format!("the content redirects more than {HOPS} times") }.into())
    }

    /// Reads the body to its end, and checks that this is the end that was announced.
    async fn stream(&mut self, mut response: Response) -> Result<(), Fault> {
        let total = self.head.as_ref().and_then(|head| head.total);
        self.check_size(total.unwrap_or(0))?;
        loop {
            let chunk = tokio::time::timeout(self.client.timeout, response.chunk()).await;
            let chunk = match chunk {
                Err(_) => Err(passing("the content stalled")),
                Ok(Err(error)) => Err(passing(words(error))),
                Ok(Ok(chunk)) => Ok(chunk),
            };
            match chunk {
                Ok(Some(chunk)) => {
                    self.check_size(self.sink.bytes().saturating_add(chunk.len() as u64))?;
                    self.sink.push(&chunk).await?;
                }
                Ok(None) => break,
                Err(fault) => {
                    self.sink.flush().await?;
                    return Err(fault);
                }
            }
        }
        self.sink.flush().await?;
        match total {
            Some(total) if total != self.sink.bytes() && !mutant!("partial-accepted") => {
                Err(passing(format!("{} of {total} bytes arrived", self.sink.bytes())))
            }
            _ => Ok(()),
        }
    }

    fn check_size(&self, bytes: u64) -> Result<(), ForgeError> {
        if bytes > self.cap_bytes { Err(ForgeError::TooLarge { bytes, cap: self.cap_bytes }) } else { Ok(()) }
    }

    /// Compares the digest. What was put together from parts gets a second chance in one piece.
    async fn check(&mut self, expected_sha256: Option<&str>) -> Result<(), Fault> {
        let Some(expected) = expected_sha256 else { return Ok(()) };
        let expected = expected.strip_prefix("sha256:").unwrap_or(expected).to_ascii_lowercase();
        let actual = self.sink.sha256();
        if expected == actual || mutant!("digest-ignored") {
            return Ok(());
        }
        if self.resumed {
            self.restart().await?;
            return Err(passing("the parts do not make the content that was uploaded"));
        }
        Err(ForgeError::DigestMismatch { expected, actual }.into())
    }

    async fn restart(&mut self) -> Result<(), ForgeError> {
        self.head = None;
        self.resumed = false;
        self.sink.restart().await
    }

    async fn finish(self) -> Result<Download, ForgeError> {
        let head = self.head.ok_or_else(|| ForgeError::Invalid { reason: "nothing was downloaded".into() })?;
        let (bytes, sha256, has_magic) = (self.sink.bytes(), self.sink.sha256(), self.sink.has_magic());
        Ok(Download {
            file: self.sink.into_file()?,
            bytes,
            sha256,
            is_zip: is_zip(head.media_type.as_deref(), head.path_is_zip, has_magic),
            media_type: head.media_type.unwrap_or_else(|| "application/octet-stream".into()),
            file_name: head.file_name,
        })
    }
}

/// First byte of a partial answer.
fn starts_at(response: &Response) -> Option<u64> {
    let range = response.headers().get(header::CONTENT_RANGE)?.to_str().ok()?;
    range.strip_prefix("bytes ")?.split_once('-')?.0.trim().parse().ok()
}

/// What a refusal by the blob store means. 403 and 401 are its words for an expired address.
fn refusal(status: StatusCode) -> Fault {
    let reason = format!("the blob store answers status {}", status.as_u16());
    match status.as_u16() {
        404 => ForgeError::NotFound.into(),
        410 => ForgeError::Gone.into(),
        401 | 403 => Fault::Passing { reason, ask_anew: true },
        408 | 429 | 500..=599 => passing(reason),
        _ => ForgeError::Invalid { reason }.into(),
    }
}

/// The spool file being written. Hashing and writing happen on the blocking threads.
struct Sink {
    file: Arc<NamedTempFile>,
    hasher: Sha256,
    buffer: Vec<u8>,
    first: [u8; 4],
    bytes: u64,
}

impl Sink {
    fn new(file: NamedTempFile) -> Sink {
        Sink {
            file: Arc::new(file),
            hasher: Sha256::new(),
            buffer: Vec::with_capacity(BUFFER_BYTES),
            first: [0; 4],
            bytes: 0,
        }
    }

    /// What has arrived, written or still in the buffer.
    fn bytes(&self) -> u64 {
        self.bytes
    }

    async fn push(&mut self, chunk: &Bytes) -> Result<(), ForgeError> {
        for (place, byte) in self.first.iter_mut().skip(usize::try_from(self.bytes).unwrap_or(usize::MAX)).zip(chunk) {
            *place = *byte;
        }
        self.bytes += chunk.len() as u64;
        self.buffer.extend_from_slice(chunk);
        if self.buffer.len() >= BUFFER_BYTES { self.flush().await } else { Ok(()) }
    }

    async fn flush(&mut self) -> Result<(), ForgeError> {
        let file = Arc::clone(&self.file);
        let mut hasher = std::mem::take(&mut self.hasher);
        let mut buffer = std::mem::take(&mut self.buffer);
        let written = tokio::task::spawn_blocking(move || {
            hasher.update(&buffer);
            file.as_file().write_all(&buffer)?;
            buffer.clear();
            Ok::<_, std::io::Error>((hasher, buffer))
        });
        (self.hasher, self.buffer) = written.await.map_err(spool_error)?.map_err(spool_error)?;
        Ok(())
    }

    /// Empties the file.
    async fn restart(&mut self) -> Result<(), ForgeError> {
        if self.bytes == 0 {
            return Ok(());
        }
        let file = Arc::clone(&self.file);
        let emptied = tokio::task::spawn_blocking(move || {
            file.as_file().set_len(0)?;
            file.as_file().rewind()
        });
        emptied.await.map_err(spool_error)?.map_err(spool_error)?;
        self.hasher = Sha256::new();
        self.buffer.clear();
        (self.first, self.bytes) = ([0; 4], 0);
        Ok(())
    }

    /// Hash of all that was flushed.
    fn sha256(&self) -> String {
        hex::encode(self.hasher.clone().finalize())
    }

    /// Whether it begins like an archive, an empty one included.
    fn has_magic(&self) -> bool {
        matches!(&self.first, b"PK\x03\x04" | b"PK\x05\x06")
    }

    fn into_file(self) -> Result<NamedTempFile, ForgeError> {
        Arc::try_unwrap(self.file).map_err(|_| spool_error("the file is still being written"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_is_known_by_type_then_address_then_content() {
        for (media_type, path_is_zip, has_magic, expected) in [
            (Some("application/zip"), false, false, true),
            (Some("zip"), false, true, true),
            (Some("text/html"), false, false, false),
            (Some("application/vnd.oasis.opendocument.text"), false, true, false),
            (Some("text/plain"), true, false, false),
            (Some("text/plain"), true, true, true),
            (Some("application/octet-stream"), true, false, true),
            (Some("application/octet-stream"), false, true, true),
            (Some("application/octet-stream"), false, false, false),
            (None, false, true, true),
            (None, false, false, false),
        ] {
            assert_eq!(
                is_zip(media_type, path_is_zip, has_magic),
                expected,
                "{media_type:?} {path_is_zip} {has_magic}"
            );
        }
    }

    #[tokio::test]
    async fn the_sink_hashes_what_it_writes_and_can_start_again() {
        let mut sink = Sink::new(NamedTempFile::new().unwrap());
        sink.push(&Bytes::from_static(b"PK")).await.unwrap();
        sink.push(&Bytes::from_static(b"\x03\x04rest")).await.unwrap();
        assert!(sink.has_magic());
        sink.flush().await.unwrap();
        assert_eq!(sink.bytes(), 8);
        sink.restart().await.unwrap();
        assert!(!sink.has_magic());
        sink.push(&Bytes::from_static(b"abc")).await.unwrap();
        sink.flush().await.unwrap();
        assert_eq!(sink.sha256(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(std::fs::read(sink.into_file().unwrap().path()).unwrap(), b"abc");
    }
}
