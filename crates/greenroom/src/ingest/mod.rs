//! Content: fetches an artifact or a log, makes the blob durable, reads what is inside, and writes
//! the rows in one transaction. No transaction is open while the network or the disk is.

use crate::blobs::{BlobKey, Blobs};
use crate::clock::Clock;
use crate::events::{Event, Hub};
use crate::forge::{Forge, ForgeError, RepoRef};
use crate::model::{ArtifactState, DAY_MS, FileType, LogState, MINUTE_MS, Millis, SECOND_MS};
use crate::reader::{Form, Reader, ReaderError, TRIES};
use crate::store::{ArtifactContent, ArtifactToFetch, Claimed, EntryRow, Store};
use crate::tasks::{Outcome, Tasks};
use anyhow::Context;
use artifact::{Contents, Refusal};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tracing::warn;

/// Limits and ages that apply to content.
#[derive(Clone, Debug)]
pub struct IngestOptions {
    /// Larger artifacts are listed and not downloaded.
    pub max_artifact_bytes: u64,
    /// Larger files are listed and downloadable, and not looked into.
    pub max_file_bytes: u64,
    /// Content older than this is not fetched; 0 for no limit.
    pub keep_days: i64,
    /// Downloads at the same time. What has arrived is read while the next ones are under way.
    pub downloads: usize,
}

/// Largest log that is mirrored. GitHub has no published limit.
const MAX_LOG_BYTES: u64 = 2 << 30;
/// GitHub shows a log some time after its job ended; until then 404 is not an answer.
const LOG_APPEARS_WITHIN_MS: i64 = 10 * MINUTE_MS;

/// Where content comes from and goes to.
pub struct Mirror {
    /// GitHub.
    pub forge: Forge,
    /// Where the rows go.
    pub store: Store,
    /// Where the bytes go.
    pub blobs: Blobs,
    /// Whom to tell.
    pub hub: Hub,
}

/// Fetches content. Cheap to clone.
#[derive(Clone)]
pub struct Ingest {
    forge: Forge,
    store: Store,
    blobs: Blobs,
    reader: Reader,
    hub: Hub,
    tasks: Tasks,
    clock: Clock,
    options: IngestOptions,
    slots: Arc<Semaphore>,
}

impl Ingest {
    /// An ingest over the given parts.
    pub fn new(mirror: Mirror, reader: Reader, tasks: Tasks, clock: Clock, options: IngestOptions) -> Ingest {
        let Mirror { forge, store, blobs, hub } = mirror;
        let slots = Arc::new(Semaphore::new(if mutant!("too-many-at-once") { 99 } else { options.downloads }));
        Ingest { forge, store, blobs, reader, hub, tasks, clock, options, slots }
    }

    /// Does a [`crate::model::task::TaskKind::Artifact`].
    ///
    /// # Errors
    /// What GitHub, the database or the disk answered; the caller decides about another try.
    pub async fn artifact(&self, claimed: &Claimed) -> anyhow::Result<Outcome> {
        let Some(row) = self.store.artifact_to_fetch(claimed.subject).await? else {
            self.store.finish(claimed, self.tasks.owner()).await?;
            return Ok(Outcome::Done);
        };
        if !matches!(
            ArtifactState::from_word(&row.state),
            ArtifactState::Pending | ArtifactState::Fetching | ArtifactState::Failed | ArtifactState::Quarantined
        ) {
            self.store.finish(claimed, self.tasks.owner()).await?;
            return Ok(Outcome::Done);
        }
        let kept = row.blob.as_ref().filter(|_| row.state == ArtifactState::Quarantined.as_str());
        let outcome = match (kept, self.known_absence(&row)) {
            (Some(blob), _) => self.read_again(claimed, &row, blob).await?,
            (None, Some((state, reason))) => self.without_content(claimed, state, &reason).await?,
            (None, None) => self.fetch(claimed, &row).await?,
        };
        self.hub.send(Event::Artifact(row.id, row.run_id));
        Ok(outcome)
    }

    /// What can be told without asking GitHub.
    fn known_absence(&self, row: &ArtifactToFetch) -> Option<(ArtifactState, String)> {
        let now = self.clock.now();
        if row.expired || row.expires_at.is_some_and(|at| Millis(at) <= now) {
            return Some((ArtifactState::Expired, "GitHub had dropped its content before it could be fetched".into()));
        }
        let size = u64::try_from(row.size_bytes).unwrap_or(0);
        if size > self.options.max_artifact_bytes {
            return Some((ArtifactState::Skipped, too_large(size, self.options.max_artifact_bytes)));
        }
        let oldest_kept = now.plus(-self.options.keep_days * DAY_MS);
        if self.options.keep_days > 0 && row.created_at.is_some_and(|at| Millis(at) < oldest_kept) {
            return Some((
                ArtifactState::Deleted,
                format!("older than the {} days that content is kept", self.options.keep_days),
            ));
        }
        None
    }

    async fn without_content(&self, claimed: &Claimed, state: ArtifactState, reason: &str) -> anyhow::Result<Outcome> {
        self.store.record_artifact_without_content(claimed, self.tasks.owner(), state, reason).await?;
        Ok(Outcome::Done)
    }

    async fn fetch(&self, claimed: &Claimed, row: &ArtifactToFetch) -> anyhow::Result<Outcome> {
        self.store.record_fetching(row.id).await?;
        self.hub.send(Event::Artifact(row.id, row.run_id));
        let repository = self.repository(row.repository_id).await?;
        let expected = row.digest.as_deref().and_then(|digest| digest.strip_prefix("sha256:"));
        let spool = self.blobs.spool()?;
        // Held for the transfer only, so that the network does not wait for the disk.
        let slot = self.slots.acquire().await?;
        let download = match self
            .forge
            .download_artifact(&repository, row.id, spool, self.options.max_artifact_bytes, expected)
            .await
        {
            Ok(download) => download,
            Err(ForgeError::Gone) => {
                return self
                    .without_content(claimed, ArtifactState::Expired, "GitHub has dropped its content (410)")
                    .await;
            }
            Err(ForgeError::NotFound) => {
                return self.without_content(claimed, ArtifactState::Gone, "GitHub no longer has it (404)").await;
            }
            Err(ForgeError::TooLarge { bytes, cap }) => {
                return self.without_content(claimed, ArtifactState::Skipped, &too_large(bytes, cap)).await;
            }
            Err(error) => return Err(error.into()),
        };
        drop(slot);
        let name = download.file_name.clone().unwrap_or_else(|| row.name.clone());
        let read = match self.read(download.file.path(), download.is_zip, name).await {
            Ok(Err(refusal)) if expected.is_none() && claimed.attempts < TRIES => {
                // Without a digest nobody can tell a broken archive from a broken transfer.
                return Ok(Outcome::Failed(refusal.to_string()));
            }
            Err(error) if !is_quarantined(&error, claimed) => return Err(error.into()),
            read => read,
        };
        let archive = Archive {
            key: BlobKey::artifact(row.repository_id, row.id),
            bytes: download.bytes,
            sha256: download.sha256,
            form: if download.is_zip { "zip" } else { "single" },
        };
        // The blob first, then the rows, then the event: a crash in between leaves only work to redo.
        if mutant!("orphan-left") {
            let copy = self.blobs.spool()?;
            std::fs::copy(download.file.path(), copy.path())?;
            self.blobs.put(&BlobKey::artifact(0, row.id), copy).await?;
        }
        if mutant!("spool-left") {
            std::mem::forget(self.blobs.spool()?);
        }
        let mut late = Some(download.file);
        if let Some(file) = late.take_if(|_| !mutant!("complete-before-blob")) {
            let stored = self.blobs.put(&archive.key, file).await;
            stored.with_context(|| format!("could not store artifact {}", row.id))?;
        }
        metrics::counter!("greenroom_artifact_bytes_total").increment(archive.bytes);
        let outcome = self.record(claimed, row, archive, read).await?;
        if let Some(file) = late {
            self.blobs.put(&BlobKey::artifact(row.repository_id, row.id), file).await?;
        }
        Ok(outcome)
    }

    /// Reads the kept blob of an artifact that was quarantined: GitHub may have dropped it since.
    async fn read_again(&self, claimed: &Claimed, row: &ArtifactToFetch, blob: &str) -> anyhow::Result<Outcome> {
        let key = BlobKey::parse(blob).with_context(|| format!("artifact {} has no blob", row.id))?;
        let held = self.blobs.hold(&key).await?;
        let is_zip = row.form.as_deref() != Some("single");
        let read = match self.read(held.path(), is_zip, row.name.clone()).await {
            Err(error) if !is_quarantined(&error, claimed) => return Err(error.into()),
            read => read,
        };
        let archive = Archive {
            bytes: std::fs::metadata(held.path())?.len(),
            sha256: row.blob_sha256.clone().unwrap_or_default(),
            form: if is_zip { "zip" } else { "single" },
            key,
        };
        self.record(claimed, row, archive, read).await
    }

    /// What is in the file at `path`, read apart.
    async fn read(&self, path: &Path, is_zip: bool, name: String) -> Result<Reading, ReaderError> {
        let file = std::fs::File::open(path).map_err(ReaderError::Source)?;
        let max_file_bytes = self.options.max_file_bytes;
        if !is_zip {
            let entry = self.reader.alone(file, name, max_file_bytes).await?;
            return Ok(Ok(Inside { entries: vec![row_of(entry)], oddity: None }));
        }
        let limits = artifact::Limits { max_file_bytes, ..artifact::Limits::default() };
        let contents = self.reader.archive(file, Form::Zip, limits).await?;
        Ok(contents.map(inside))
    }

    /// Writes what became of an archive whose blob is durable.
    async fn record(
        &self,
        claimed: &Claimed,
        row: &ArtifactToFetch,
        archive: Archive,
        read: Result<Reading, ReaderError>,
    ) -> anyhow::Result<Outcome> {
        let (state, reason, entries) = match read {
            Ok(Ok(inside)) => (ArtifactState::Complete, inside.oddity, inside.entries),
            Ok(Err(_)) if mutant!("reason-forgotten") => (ArtifactState::Rejected, None, Vec::new()),
            Ok(Err(refusal)) => (ArtifactState::Rejected, Some(refusal.to_string()), Vec::new()),
            Err(error) => (ArtifactState::Quarantined, Some(format!("{error} ({TRIES} tries)")), Vec::new()),
        };
        if let Some(reason) = reason.as_deref().filter(|_| state == ArtifactState::Quarantined) {
            warn!(artifact.id = row.id, reason, "an artifact is quarantined");
        }
        let content = ArtifactContent {
            state,
            reason,
            blob: archive.key.as_str().to_owned(),
            blob_bytes: i64::try_from(archive.bytes).unwrap_or(i64::MAX),
            sha256: archive.sha256,
            form: archive.form,
            entries,
            content_at: row.created_at.map_or(self.clock.now(), Millis),
        };
        self.store.record_artifact_content(claimed, self.tasks.owner(), &content).await?;
        self.tasks.count_files(content.entries.len() as i64);
        Ok(Outcome::Done)
    }

    /// Does a [`crate::model::task::TaskKind::Log`].
    ///
    /// # Errors
    /// What GitHub, the database or the disk answered; the caller decides about another try.
    pub async fn log(&self, claimed: &Claimed) -> anyhow::Result<Outcome> {
        let now = self.clock.now();
        let owner = self.tasks.owner();
        let repository = self.repository(claimed.repository_id).await?;
        let ended_at = self.store.job_completed_at(claimed.subject).await?.map(Millis);
        if self.options.keep_days > 0 && ended_at.is_some_and(|at| at < now.plus(-self.options.keep_days * DAY_MS)) {
            let reason = format!("older than the {} days that content is kept", self.options.keep_days);
            self.store.record_log_without_content(claimed, owner, LogState::Deleted, &reason).await?;
            return Ok(Outcome::Done);
        }
        let slot = self.slots.acquire().await?;
        let downloaded =
            self.forge.download_log(&repository, claimed.subject, self.blobs.spool()?, MAX_LOG_BYTES).await;
        drop(slot);
        match downloaded {
            // A log has no digest, but a page for people is none: something on the way answered instead.
            Ok(download) if download.media_type == "text/html" => {
                return Ok(Outcome::Failed("a web page came instead of the log".into()));
            }
            Ok(download) => {
                let key = BlobKey::log(claimed.repository_id, claimed.subject);
                let bytes = i64::try_from(download.bytes).unwrap_or(i64::MAX);
                let bytes = if mutant!("log-truncated") { bytes.min(500) } else { bytes };
                self.blobs
                    .put(&key, download.file)
                    .await
                    .with_context(|| format!("could not store the log of job {}", claimed.subject))?;
                let sha256 = Some(download.sha256.as_str());
                self.store.record_log(claimed, owner, key.as_str(), bytes, sha256, ended_at.unwrap_or(now)).await?;
            }
            Err(ForgeError::NotFound | ForgeError::Gone) => {
                if ended_at.is_some_and(|at| now.since(at) < LOG_APPEARS_WITHIN_MS) {
                    return Ok(Outcome::Later(now.plus(30 * SECOND_MS)));
                }
                self.store
                    .record_log_without_content(claimed, owner, LogState::Missing, "GitHub has no log of this job")
                    .await?;
            }
            Err(ForgeError::TooLarge { bytes, cap }) => {
                self.store.record_log_without_content(claimed, owner, LogState::Missing, &too_large(bytes, cap)).await?
            }
            Err(error) => return Err(error.into()),
        }
        self.hub.send(Event::Run(claimed.run_id));
        Ok(Outcome::Done)
    }

    async fn repository(&self, id: i64) -> anyhow::Result<RepoRef> {
        let stored =
            self.store.stored_repository(id).await?.with_context(|| format!("repository {id} is not in the store"))?;
        Ok(RepoRef { id: stored.id, owner: stored.owner, name: stored.name })
    }
}

fn too_large(bytes: u64, cap: u64) -> String {
    format!("{} MiB is more than the limit of {} MiB", bytes.div_ceil(1 << 20), cap >> 20)
}

/// What an artifact holds, and what is odd about it as a whole.
struct Inside {
    entries: Vec<EntryRow>,
    oddity: Option<String>,
}

fn inside(contents: Contents) -> Inside {
    let flags: Vec<&str> = contents.flags.iter().map(|flag| flag.as_str()).collect();
    let oddity = format!("other programs may read another archive in these bytes ({})", flags.join(", "));
    let mut entries: Vec<EntryRow> = contents.entries.into_iter().map(row_of).collect();
    if mutant!("duplicate-name-dropped") {
        entries.dedup_by(|a, b| a.path == b.path);
    }
    Inside { entries, oddity: (!flags.is_empty()).then_some(oddity) }
}

/// What is in an archive, or why it is refused.
type Reading = Result<Inside, Refusal>;

/// A blob that is durable.
struct Archive {
    key: BlobKey,
    bytes: u64,
    sha256: String,
    form: &'static str,
}

/// Whether an item has ended the process that reads for the last time.
fn is_quarantined(error: &ReaderError, claimed: &Claimed) -> bool {
    matches!(error, ReaderError::Died(_)) && claimed.attempts >= TRIES
}

fn row_of(entry: artifact::Entry) -> EntryRow {
    let flags: Vec<&str> = entry.flags.iter().map(|flag| flag.as_str()).collect();
    let exact = std::str::from_utf8(&entry.raw_name).is_ok_and(|name| name == entry.name) && !entry.name.contains('\0');
    EntryRow {
        ordinal: i64::from(entry.ordinal),
        path: shown(&entry.name),
        raw_path: (!exact).then_some(entry.raw_name),
        size_bytes: signed(entry.size_bytes),
        compressed_bytes: signed(entry.compressed_bytes),
        method: i64::from(entry.method),
        data_offset: signed(entry.data_offset),
        crc32: i64::from(entry.crc32),
        file_type: file_type(entry.file_type),
        media_type: entry.media_type.to_string(),
        flags: flags.join(" "),
    }
}

/// PostgreSQL cannot hold NUL in text; the raw bytes are kept beside it.
fn shown(name: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    let name = if mutant!("name-normalised") { name.nfc().collect() } else { name.to_owned() };
    name.replace('\0', "\u{FFFD}")
}

fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

fn file_type(kind: artifact::FileType) -> FileType {
    match kind {
        artifact::FileType::Image => FileType::Image,
        artifact::FileType::Json => FileType::Json,
        artifact::FileType::Text => FileType::Text,
        artifact::FileType::Binary => FileType::Binary,
    }
}
