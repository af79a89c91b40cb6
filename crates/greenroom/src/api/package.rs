//! Archives inside artifacts, unpacked for a while: what the endpoints of `inside` read from. The bytes of a file never
//! change, so an unpacked archive is right for as long as it is kept. How many are unpacked at a time and kept is
//! bounded; which file may be asked for was decided by the caller.

use super::content::{self, Content};
use super::{Answer, Problem, Shared};
use crate::reader::Form;
use artifact::{Contents, FileAt, Limits, ReadAt, Refusal};
use axum::http::StatusCode;
use flate2::read::MultiGzDecoder;
use serde::Serialize;
use std::collections::VecDeque;
use std::fmt;
use std::io::{self, Read, Seek, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tempfile::NamedTempFile;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_util::io::{StreamReader, SyncIoBridge};
use utoipa::ToSchema;

/// Archives unpacked, traces and documents read at a time.
const SEATS: usize = 2;
/// How long a request waits for a seat.
const PATIENCE: Duration = Duration::from_secs(20);
/// Bytes on disk of the archives that stay unpacked.
const KEPT_BYTES: u64 = 512 << 20;
/// Bytes in memory of the answers that are kept.
const ANSWER_BYTES: u64 = 32 << 20;
/// What a gzip file may come to.
const MAX_GUNZIPPED_BYTES: u64 = 512 << 20;
/// Entries of an archive inside another.
const MAX_ENTRIES: u64 = 20_000;
/// Content of them that is checked.
const MAX_VERIFIED_BYTES: u64 = 512 << 20;
/// Where a tar says that it is one.
const HEAD_BYTES: usize = 512;

/// Formats of archives that can be looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum Format {
    Zip,
    Tar,
    TarGz,
    Gzip,
}

/// Which archive: a file of an artifact, or an entry of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PackageId {
    pub(super) artifact_id: i64,
    pub(super) ordinal: i64,
    pub(super) within: Option<u32>,
}

/// An archive whose entries can be read by position.
#[derive(Debug)]
pub(super) struct Package {
    pub(super) file: FileAt,
    pub(super) contents: Contents,
    pub(super) format: Format,
}

impl Package {
    /// Where the bytes of an entry are, or why they cannot be read.
    pub(super) fn content(self: &Arc<Package>, id: PackageId, entry: u32) -> Answer<(artifact::Entry, Content)> {
        let found = self.contents.entries.iter().find(|one| one.ordinal == entry);
        let found = found.ok_or_else(|| Problem::not_found("entry"))?;
        if let Some(flag) = found.flags.iter().find(|flag| flag.prevents_reading()) {
            let detail = format!("The archive holds this entry in a form that cannot be read ({flag}).");
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail));
        }
        let within = id.within.map(|within| format!("{within}-")).unwrap_or_default();
        let tag = format!("{}.{}-{within}{entry}-{}-{:08x}", id.artifact_id, id.ordinal, found.size_bytes, found.crc32);
        Ok((found.clone(), Content::of_entry(self.clone(), found, tag)))
    }
}

/// Archives and answers that were needed lately, and the seats of those who make them.
pub(super) struct Packages {
    seats: Semaphore,
    unpacked: Mutex<Recent<PackageId, Arc<Package>>>,
    /// Traces as they were answered.
    answers: Mutex<Recent<PackageId, bytes::Bytes>>,
}

impl fmt::Debug for Packages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Packages")
    }
}

impl Default for Packages {
    fn default() -> Packages {
        Packages {
            seats: Semaphore::new(SEATS),
            unpacked: Mutex::new(Recent::new(KEPT_BYTES)),
            answers: Mutex::new(Recent::new(ANSWER_BYTES)),
        }
    }
}

impl Packages {
    /// Waits for the right to do something that takes a processor for a while.
    pub(super) async fn seat(&self) -> Answer<SemaphorePermit<'_>> {
        match tokio::time::timeout(PATIENCE, self.seats.acquire()).await {
            Ok(permit) => permit.map_err(Problem::internal),
            Err(_) => {
                let busy = "Other archives are being read; try again in a moment.";
                Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, busy).retry_after(2))
            }
        }
    }

    pub(super) fn answer(&self, id: PackageId) -> Option<bytes::Bytes> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).get(&id)
    }

    pub(super) fn keep_answer(&self, id: PackageId, answer: bytes::Bytes) {
        let bytes = answer.len() as u64;
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).put(id, answer, bytes);
    }

    fn unpacked(&self, id: PackageId) -> Option<Arc<Package>> {
        self.unpacked.lock().unwrap_or_else(PoisonError::into_inner).get(&id)
    }
}

/// The archive that lies in `source`, unpacked now or lately. `name` is that of the file.
pub(super) async fn open(shared: &Shared, id: PackageId, source: Content, name: &str) -> Answer<Arc<Package>> {
    if let Some(package) = shared.packages.unpacked(id) {
        return Ok(package);
    }
    let _seat = shared.packages.seat().await?;
    // Another request may have done it while this one waited.
    if let Some(package) = shared.packages.unpacked(id) {
        return Ok(package);
    }
    let most = shared.settings.max_file_bytes;
    if source.size() > most {
        let detail = format!("The file has {} bytes; archives of up to {most} bytes are looked into.", source.size());
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail));
    }
    let spool = |shared: &Shared| shared.blobs.spool().map_err(|error| Problem::internal(format!("{error:#}")));
    let (packed, inflated) = (spool(shared)?, spool(shared)?);
    let chunks = content::stream(&shared.blobs, source).await?;
    let bridge = SyncIoBridge::new(StreamReader::new(chunks));
    let limits = Limits {
        max_entries: MAX_ENTRIES,
        max_file_bytes: most,
        max_verified_bytes: MAX_VERIFIED_BYTES,
        ..Limits::default()
    };
    let name = name.to_owned();
    let unpacking = tokio::task::spawn_blocking(move || unpack(bridge, packed, inflated, &name));
    let (file, form, format) = unpacking.await.map_err(Problem::internal)??;
    let read = shared.reader.archive(file.file().map_err(Problem::internal)?, form, limits).await;
    let contents = read.map_err(Problem::not_read)?.map_err(refused)?;
    let package = Arc::new(Package { file, contents, format });
    let bytes = package.file.len() + 256 * package.contents.entries.len() as u64;
    shared.packages.unpacked.lock().unwrap_or_else(PoisonError::into_inner).put(id, package.clone(), bytes);
    Ok(package)
}

/// The archive as a file that can be read by position, and how it is put together.
fn unpack(
    mut source: impl Read,
    mut packed: NamedTempFile,
    inflated: NamedTempFile,
    name: &str,
) -> Answer<(FileAt, Form, Format)> {
    io::copy(&mut source, &mut packed).map_err(Problem::internal)?;
    let head = head(packed.path()).map_err(Problem::internal)?;
    // The files have no names once they are open, so that nothing is left of them whatever happens.
    let file = FileAt::open(packed.path()).map_err(Problem::internal)?;
    if head.starts_with(b"PK") {
        return Ok((file, Form::Zip, Format::Zip));
    }
    if artifact::is_tar(&head) {
        return Ok((file, Form::Tar, Format::Tar));
    }
    if head.starts_with(b"\x1f\x8b") {
        return gunzip(packed, inflated, name);
    }
    Err(Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "The file is not an archive that can be looked into: zip, tar, tar.gz or gzip.",
    ))
}

fn head(path: &std::path::Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    std::fs::File::open(path)?.take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    Ok(head)
}

fn gunzip(mut packed: NamedTempFile, mut inflated: NamedTempFile, name: &str) -> Answer<(FileAt, Form, Format)> {
    packed.rewind().map_err(Problem::internal)?;
    let mut content = MultiGzDecoder::new(io::BufReader::new(packed)).take(MAX_GUNZIPPED_BYTES + 1);
    let copied = io::copy(&mut content, &mut inflated);
    let bytes = copied.map_err(|error| {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, format!("The file cannot be inflated: {error}."))
    })?;
    if bytes > MAX_GUNZIPPED_BYTES {
        let detail = format!("The file inflates to more than {MAX_GUNZIPPED_BYTES} bytes.");
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail));
    }
    inflated.flush().map_err(Problem::internal)?;
    let file = FileAt::open(inflated.path()).map_err(Problem::internal)?;
    if artifact::is_tar(&head(inflated.path()).map_err(Problem::internal)?) {
        return Ok((file, Form::Tar, Format::TarGz));
    }
    let inner = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let inner = inner.strip_suffix(".gz").or(inner.strip_suffix(".gzip")).unwrap_or(inner);
    let inner = if inner.is_empty() { "content" } else { inner };
    Ok((file, Form::Single(inner.to_owned()), Format::Gzip))
}

fn refused(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Unreadable(error) => Problem::internal(error),
        refusal @ (Refusal::TooManyEntries { .. } | Refusal::NamesTooLarge { .. }) => {
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, format!("The archive is not looked into: {refusal}."))
        }
        refusal => Problem::new(StatusCode::UNPROCESSABLE_ENTITY, format!("The archive cannot be read: {refusal}.")),
    }
}

/// Values used lately, up to a weight; the one unused for longest goes first.
struct Recent<K, V> {
    kept: VecDeque<(K, V, u64)>,
    bytes: u64,
    most_bytes: u64,
}

impl<K: PartialEq, V: Clone> Recent<K, V> {
    fn new(most_bytes: u64) -> Recent<K, V> {
        Recent { kept: VecDeque::new(), bytes: 0, most_bytes }
    }

    fn get(&mut self, key: &K) -> Option<V> {
        let at = self.kept.iter().position(|(kept, _, _)| kept == key)?;
        let found = self.kept.remove(at)?;
        let value = found.1.clone();
        self.kept.push_front(found);
        Some(value)
    }

    /// Keeps a value, which replaces one of the same key. One that weighs more than all may is not kept.
    fn put(&mut self, key: K, value: V, bytes: u64) {
        self.kept.retain(|(kept, _, weight)| {
            let stays = *kept != key;
            self.bytes -= if stays { 0 } else { *weight };
            stays
        });
        if bytes > self.most_bytes {
            return;
        }
        self.kept.push_front((key, value, bytes));
        self.bytes += bytes;
        while self.bytes > self.most_bytes {
            let Some((_, _, weight)) = self.kept.pop_back() else { break };
            self.bytes -= weight;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_unused_for_longest_goes_first() {
        let mut recent = Recent::new(10);
        recent.put("a", 1, 4);
        recent.put("b", 2, 4);
        assert_eq!(recent.get(&"a"), Some(1));
        recent.put("c", 3, 4);
        assert_eq!((recent.get(&"a"), recent.get(&"b"), recent.get(&"c")), (Some(1), None, Some(3)));
    }

    #[test]
    fn a_value_replaces_its_forerunner_and_one_too_heavy_is_not_kept() {
        let mut recent = Recent::new(10);
        recent.put("a", 1, 4);
        recent.put("a", 2, 10);
        assert_eq!((recent.get(&"a"), recent.bytes), (Some(2), 10));
        recent.put("a", 3, 11);
        assert_eq!((recent.get(&"a"), recent.bytes), (None, 0));
    }
}
