//! Where content is kept: archives and logs, immutable once put, read by range. The only room that
//! knows about directories and buckets. What is in a blob, and which blobs should exist, is known
//! to others.
//!
//! A blob is first written to a spool file on the same file system and then moved in, so it is
//! either absent or whole. [`Blobs::put`] returns when it would survive a power cut.

mod durable;
mod key;
mod space;
mod stream;

pub(crate) use durable::move_in;
pub use key::{BlobKey, Subject};
pub use space::{FileSystem, Space, max_open_files};

use crate::clock::Clock;
use crate::model::Millis;
use anyhow::Context;
use bytes::{Bytes, BytesMut};
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::local::LocalFileSystem;
use object_store::prefix::PrefixStore;
use object_store::{ClientOptions, GetOptions, GetRange, ObjectStore, ObjectStoreExt, WriteMultipart};
use sha2::{Digest, Sha256};
use std::io::{Read, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::NamedTempFile;
use tokio::sync::mpsc;

/// Spool files begin with this, so that they are known in a directory shared with others.
const SPOOL_PREFIX: &str = "greenroom-spool-";
/// Size of one part of an upload; 10,000 parts are the limit, so 80 GB.
const PART_BYTES: usize = 8 << 20;
/// Parts in flight, and in memory, at once.
const PARTS_AT_ONCE: usize = 2;
/// What is written to find out whether there is room.
const TRIAL_BYTES: usize = 64 << 10;
/// Suspected blobs that may wait to be looked at.
const SUSPECTS: usize = 256;
/// How long a store may take to say that it is there.
const USABLE_WITHIN: Duration = Duration::from_secs(5);

/// Content could not be kept: the place for it is full, read-only or does not answer. Concerns the
/// place, not the item.
#[derive(Debug, thiserror::Error)]
#[error("could not keep {what}")]
pub struct NotKept {
    what: String,
}

/// There is no such blob.
#[derive(Debug, thiserror::Error)]
#[error("the blob {key} is missing")]
pub struct Missing {
    /// Its name.
    pub key: BlobKey,
}

/// Blobs that somebody found missing, short or changed, waiting to be looked at.
#[derive(Clone, Debug)]
struct Suspects {
    bell: mpsc::Sender<BlobKey>,
    ear: Arc<Mutex<Option<mpsc::Receiver<BlobKey>>>>,
}

/// The content store. Clones are the same store.
#[derive(Clone, Debug)]
pub struct Blobs {
    suspects: Suspects,
    store: Arc<dyn ObjectStore>,
    /// Set when blobs are files: the directory they are in.
    root: Option<PathBuf>,
    spool: PathBuf,
}

/// A blob as a local file.
#[derive(Debug)]
pub enum Held {
    /// The blob itself.
    Kept(PathBuf),
    /// A copy of it.
    Copy(NamedTempFile),
}

impl Held {
    /// Where it is.
    pub fn path(&self) -> &Path {
        match self {
            Held::Kept(path) => path,
            Held::Copy(file) => file.path(),
        }
    }
}

/// A blob as a listing shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub key: BlobKey,
    /// Its length.
    pub bytes: u64,
    /// How long ago it was written, by the clock of the place itself.
    pub age: Duration,
}

/// While this lives, no process puts a blob into the directory. A bucket cannot be held still.
#[derive(Debug)]
pub struct Still {
    _lock: Option<std::fs::File>,
}

impl Blobs {
    /// Opens a directory, which is created if it is missing, or `s3://bucket/prefix`, whose settings
    /// come from the usual `AWS_…` environment variables. Fails on a directory that cannot be
    /// written to. An S3 store is not contacted; see [`Blobs::usable`].
    pub async fn open(location: &str) -> anyhow::Result<Blobs> {
        match location.split_once("://") {
            None => open_directory(Path::new(location))
                .with_context(|| format!("could not use the directory {location:?} for files")),
            Some(("s3", place)) => open_bucket(place).with_context(|| format!("could not use {location:?} for files")),
            Some(_) => {
                anyhow::bail!("could not use {location:?} for files: it is neither a directory nor s3://bucket/prefix")
            }
        }
    }

    /// A new empty file to collect content in, deleted when dropped. For a directory it is on the
    /// same file system, so that [`Blobs::put`] need not copy. Fails with [`NotKept`].
    pub fn spool(&self) -> anyhow::Result<NamedTempFile> {
        let file = tempfile::Builder::new().prefix(SPOOL_PREFIX).tempfile_in(&self.spool);
        file.with_context(|| NotKept { what: format!("a file in {:?}", self.spool) })
    }

    /// Keeps `file` as the blob `key`, replacing what was there. Durable when it returns; after a
    /// failure, which is [`NotKept`], the blob is as it was.
    pub async fn put(&self, key: &BlobKey, file: NamedTempFile) -> anyhow::Result<()> {
        let kept = match &self.root {
            Some(root) => {
                let (root, target) = (root.clone(), root.join(key.as_str()));
                tokio::task::spawn_blocking(move || durable::move_in(file, &root, &target)).await?
            }
            None => self.upload(key, file).await,
        };
        kept.with_context(|| NotKept { what: format!("the blob {key}") })
    }

    async fn upload(&self, key: &BlobKey, file: NamedTempFile) -> anyhow::Result<()> {
        let path = object_path(key);
        let first = part(&file).await?;
        if first.len() < PART_BYTES {
            self.store.put(&path, first.into()).await?;
            return Ok(());
        }
        let mut upload = WriteMultipart::new_with_chunk_size(self.store.put_multipart(&path).await?, PART_BYTES);
        let mut next = first;
        while !next.is_empty() {
            upload.put(next);
            // On an error the upload is left to the bucket's own cleaning: aborting could fail likewise.
            upload.wait_for_capacity(PARTS_AT_ONCE).await?;
            next = part(&file).await?;
        }
        upload.finish().await?;
        Ok(())
    }

    /// Length of a blob; `None` if there is none.
    pub async fn size(&self, key: &BlobKey) -> anyhow::Result<Option<u64>> {
        match self.store.head(&object_path(key)).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error).with_context(|| format!("could not look at the blob {key}")),
        }
    }

    /// The bytes `range` of a blob, in pieces of at most 256 KiB, in constant memory. Fails if there
    /// is no such blob or if the range begins beyond its end; ends early if it ends beyond it.
    pub async fn read(
        &self,
        key: &BlobKey,
        range: Range<u64>,
    ) -> anyhow::Result<BoxStream<'static, anyhow::Result<Bytes>>> {
        if range.is_empty() {
            return Ok(futures::stream::empty().boxed());
        }
        let options = GetOptions { range: Some(GetRange::Bounded(range)), ..GetOptions::default() };
        let found = match self.store.get_opts(&object_path(key), options).await {
            Err(object_store::Error::NotFound { .. }) => return Err(self.missing(key)),
            found => found.with_context(|| format!("could not read the blob {key}"))?,
        };
        let (blobs, key) = (self.clone(), key.clone());
        Ok(stream::pieces(found).inspect_err(move |_| blobs.suspect(&key)).boxed())
    }

    fn missing(&self, key: &BlobKey) -> anyhow::Error {
        self.suspect(key);
        Missing { key: key.clone() }.into()
    }

    /// Lets whoever mends know that this blob is not what it should be. Said too often, it is not heard.
    pub fn suspect(&self, key: &BlobKey) {
        let _ = self.suspects.bell.try_send(key.clone());
    }

    /// The mender's end of [`Blobs::suspect`]; `None` when it was taken before.
    pub fn take_suspects(&self) -> Option<mpsc::Receiver<BlobKey>> {
        self.suspects.ear.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take()
    }

    /// SHA-256 of a blob in hex, read from end to end; `None` if there is none.
    pub async fn sha256(&self, key: &BlobKey) -> anyhow::Result<Option<String>> {
        let Some(size) = self.size(key).await? else { return Ok(None) };
        let mut hash = Sha256::new();
        let mut pieces = self.read(key, 0..size).await?;
        while let Some(piece) = pieces.next().await {
            hash.update(&piece.with_context(|| format!("could not read the blob {key}"))?);
        }
        Ok(Some(hex::encode(hash.finalize())))
    }

    /// A short text kept beside the blobs under this name; `None` if there is none.
    pub async fn note(&self, name: &str) -> anyhow::Result<Option<String>> {
        match self.store.get(&name.into()).await {
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            found => {
                let bytes = found.with_context(|| format!("could not read {name:?}"))?.bytes().await?;
                Ok(Some(String::from_utf8_lossy(&bytes).trim().to_owned()))
            }
        }
    }

    /// Keeps a short text beside the blobs; durable when it returns.
    pub async fn set_note(&self, name: &str, text: &str) -> anyhow::Result<()> {
        match &self.root {
            None => drop(self.store.put(&name.into(), Bytes::from(text.to_owned()).into()).await?),
            Some(root) => {
                let mut file = self.spool()?;
                file.write_all(text.as_bytes()).with_context(|| NotKept { what: name.to_owned() })?;
                let (root, target) = (root.clone(), root.join(name));
                let kept = tokio::task::spawn_blocking(move || durable::move_in(file, &root, &target)).await?;
                kept.with_context(|| NotKept { what: name.to_owned() })?;
            }
        }
        Ok(())
    }

    /// Takes a text away again; that it is not there is fine.
    pub async fn remove_note(&self, name: &str) -> anyhow::Result<()> {
        match self.store.delete(&name.into()).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error).with_context(|| format!("could not remove {name:?}")),
        }
    }

    /// A whole blob. Fails if it is longer than `cap` bytes.
    pub async fn read_all(&self, key: &BlobKey, cap: u64) -> anyhow::Result<Bytes> {
        let size = self.size(key).await?.with_context(|| format!("there is no blob {key}"))?;
        anyhow::ensure!(size <= cap, "the blob {key} has {size} bytes, more than the {cap} allowed");
        let mut pieces = self.read(key, 0..size).await?;
        let mut whole = BytesMut::with_capacity(usize::try_from(size)?);
        while let Some(piece) = pieces.next().await {
            whole.extend_from_slice(&piece.with_context(|| format!("could not read the blob {key}"))?);
        }
        anyhow::ensure!(whole.len() as u64 == size, "the blob {key} ended after {} of {size} bytes", whole.len());
        Ok(whole.freeze())
    }

    /// A blob as a local file, for reading here and there in it: the kept one, or a copy that is deleted when dropped.
    /// Fails if there is no such blob.
    pub async fn hold(&self, key: &BlobKey) -> anyhow::Result<Held> {
        let Some(size) = self.size(key).await? else { return Err(self.missing(key)) };
        if let Some(root) = &self.root {
            return Ok(Held::Kept(root.join(key.as_str())));
        }
        let mut copy = self.spool()?;
        let mut pieces = self.read(key, 0..size).await?;
        while let Some(piece) = pieces.next().await {
            copy.write_all(&piece?).with_context(|| NotKept { what: format!("a copy of the blob {key}") })?;
        }
        Ok(Held::Copy(copy))
    }

    /// Every blob, in no order. What is not a blob of ours is left out, and so is what vanishes meanwhile.
    pub async fn list(&self) -> anyhow::Result<BoxStream<'static, anyhow::Result<Listed>>> {
        let now = self.now().await?;
        let found = self.store.list(None).filter_map(move |found| async move {
            match found {
                Err(object_store::Error::NotFound { .. }) => None,
                Err(error) => Some(Err(anyhow::Error::from(error).context("could not list the file storage"))),
                Ok(meta) => {
                    let key = BlobKey::parse(meta.location.as_ref())?;
                    let age_ms = u64::try_from(now.0 - meta.last_modified.timestamp_millis()).unwrap_or(0);
                    Some(Ok(Listed { key, bytes: meta.size, age: Duration::from_millis(age_ms) }))
                }
            }
        });
        Ok(found.boxed())
    }

    /// What time it is for the place: a file system's clock need not be the machine's.
    async fn now(&self) -> anyhow::Result<Millis> {
        if self.root.is_none() {
            return Ok(Clock::System.now());
        }
        let spool = self.spool.clone();
        let modified =
            tokio::task::spawn_blocking(move || tempfile::tempfile_in(spool)?.metadata()?.modified()).await??;
        let since = modified.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Ok(Millis(i64::try_from(since.as_millis())?))
    }

    /// Waits for puts under way, and keeps others waiting until the answer is dropped. For a bucket, and for a file
    /// system without locks, it does nothing.
    pub async fn hold_still(&self) -> anyhow::Result<Still> {
        let Some(root) = self.root.clone() else { return Ok(Still { _lock: None }) };
        let lock = tokio::task::spawn_blocking(move || durable::lock_out(&root)).await?;
        Ok(Still { _lock: lock })
    }

    /// Deletes a blob; that it is not there is fine.
    pub async fn delete(&self, key: &BlobKey) -> anyhow::Result<()> {
        match self.store.delete(&object_path(key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error).with_context(|| format!("could not delete the blob {key}")),
        }
    }

    /// How much room is left where content arrives, which for a directory is where it stays.
    ///
    /// # Errors
    /// The system does not say.
    pub fn space(&self) -> anyhow::Result<Space> {
        Space::of(&self.spool)
    }

    /// Whether content could be kept and read right now; says what is in the way otherwise.
    pub async fn usable(&self) -> anyhow::Result<()> {
        let mut trial = self.spool()?;
        trial.write_all(&[0; TRIAL_BYTES]).with_context(|| NotKept { what: format!("a file in {:?}", self.spool) })?;
        let nothing = object_path(&BlobKey::log(0, 0));
        match tokio::time::timeout(USABLE_WITHIN, self.store.head(&nothing)).await {
            Err(_) => anyhow::bail!("the file storage does not answer"),
            Ok(Ok(_) | Err(object_store::Error::NotFound { .. })) => Ok(()),
            Ok(Err(error)) => Err(error).context("the file storage does not answer"),
        }
    }

    /// Deletes spool files that killed processes have left, if untouched for `older_than`, and tells how many; with
    /// `is_dry` it only tells. What cannot be deleted is left for the next time.
    ///
    /// # Errors
    /// The place for spool files cannot be read.
    pub async fn sweep_spool(&self, older_than: Duration, is_dry: bool) -> anyhow::Result<u64> {
        let spool = self.spool.clone();
        let swept = tokio::task::spawn_blocking(move || sweep(&spool, older_than, is_dry)).await?;
        swept.context("could not look for old spool files")
    }
}

fn object_path(key: &BlobKey) -> object_store::path::Path {
    object_store::path::Path::from(key.as_str())
}

fn open_directory(root: &Path) -> anyhow::Result<Blobs> {
    anyhow::ensure!(!root.as_os_str().is_empty(), "its name is empty");
    let spool = root.join(".spool");
    std::fs::create_dir_all(&spool)?;
    let root = root.canonicalize()?;
    let store = Arc::new(LocalFileSystem::new_with_prefix(&root)?);
    let blobs = Blobs { suspects: suspects(), store, spool: root.join(".spool"), root: Some(root) };
    blobs.spool()?;
    Ok(blobs)
}

fn open_bucket(place: &str) -> anyhow::Result<Blobs> {
    let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
    anyhow::ensure!(!bucket.is_empty(), "the bucket is missing");
    // An image without a certificate store must work too.
    let roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS
        .iter()
        .filter_map(|root| object_store::Certificate::from_der(root).ok());
    let options = roots.fold(ClientOptions::new(), ClientOptions::with_root_certificate);
    let mut builder = AmazonS3Builder::new().with_client_options(options);
    for (name, value) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_")) {
        if let Ok(setting) = name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>() {
            builder = builder.with_config(setting, value);
        }
    }
    let endpoint = builder.get_config_value(&AmazonS3ConfigKey::Endpoint).unwrap_or_default();
    if endpoint.starts_with("http://") {
        builder = builder.with_allow_http(true);
    }
    let store = PrefixStore::new(builder.with_bucket_name(bucket).build()?, prefix);
    Ok(Blobs { suspects: suspects(), store: Arc::new(store), root: None, spool: std::env::temp_dir() })
}

fn suspects() -> Suspects {
    let (bell, ear) = mpsc::channel(SUSPECTS);
    Suspects { bell, ear: Arc::new(Mutex::new(Some(ear))) }
}

/// The next part of a file that is being uploaded; empty at its end.
async fn part(file: &NamedTempFile) -> anyhow::Result<Bytes> {
    let mut file = file.as_file().try_clone()?;
    let read = tokio::task::spawn_blocking(move || {
        let mut part = Vec::with_capacity(PART_BYTES);
        Read::by_ref(&mut file).take(PART_BYTES as u64).read_to_end(&mut part)?;
        Ok::<_, std::io::Error>(part)
    });
    Ok(read.await??.into())
}

fn sweep(spool: &Path, older_than: Duration, is_dry: bool) -> std::io::Result<u64> {
    // Age is measured by the file system's own clock: what a new file says it was made at.
    let now = tempfile::tempfile_in(spool)?.metadata()?.modified()?;
    let mut deleted = 0;
    for entry in std::fs::read_dir(spool)? {
        let entry = entry?;
        let ours = entry.file_name().to_string_lossy().starts_with(SPOOL_PREFIX);
        let age =
            entry.metadata().and_then(|meta| meta.modified()).map(|at| now.duration_since(at).unwrap_or_default());
        let is_old = ours && age.is_ok_and(|age| age >= older_than);
        if is_old && (is_dry || std::fs::remove_file(entry.path()).is_ok()) {
            deleted += 1;
        }
    }
    Ok(deleted)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn blobs() -> (tempfile::TempDir, Blobs) {
        let directory = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(directory.path().join("a/b").to_str().unwrap()).await.unwrap();
        (directory, blobs)
    }

    async fn put(blobs: &Blobs, key: &BlobKey, content: &[u8]) {
        let mut file = blobs.spool().unwrap();
        file.write_all(content).unwrap();
        blobs.put(key, file).await.unwrap();
    }

    async fn read(blobs: &Blobs, key: &BlobKey, range: Range<u64>) -> anyhow::Result<Vec<u8>> {
        let mut pieces = blobs.read(key, range).await?;
        let mut whole = Vec::new();
        while let Some(piece) = pieces.next().await {
            let piece = piece?;
            assert!(piece.len() <= 256 << 10);
            whole.extend_from_slice(&piece);
        }
        Ok(whole)
    }

    fn spool_files(blobs: &Blobs) -> usize {
        std::fs::read_dir(&blobs.spool).unwrap().count()
    }

    #[tokio::test]
    async fn what_was_put_is_read_whole_and_by_range() {
        let (_directory, blobs) = blobs().await;
        let key = BlobKey::artifact(1, 2);
        let content: Vec<u8> = (0..1_000_003_u32).map(|n| (n % 251) as u8).collect();
        put(&blobs, &key, &content).await;
        assert_eq!(blobs.size(&key).await.unwrap(), Some(1_000_003));
        assert_eq!(blobs.read_all(&key, 1_000_003).await.unwrap(), content);
        for range in [0..1, 0..1_000_003, 262_143..262_146, 999_999..1_000_003, 5..5] {
            let expected = &content[range.start as usize..range.end as usize];
            assert_eq!(read(&blobs, &key, range.clone()).await.unwrap(), expected, "{range:?}");
        }
        assert_eq!(read(&blobs, &key, 1_000_000..9_999_999).await.unwrap(), &content[1_000_000..], "ends early");
        assert!(read(&blobs, &key, 1_000_003..1_000_004).await.is_err(), "begins beyond the end");
        assert!(blobs.read_all(&key, 1_000_002).await.unwrap_err().to_string().contains("1000003"));
        assert_eq!(spool_files(&blobs), 0);
    }

    #[tokio::test]
    async fn a_second_put_replaces_and_a_reader_keeps_what_it_began() {
        let (_directory, blobs) = blobs().await;
        let key = BlobKey::log(1, 2);
        put(&blobs, &key, b"first").await;
        let begun = blobs.read(&key, 0..5).await.unwrap();
        put(&blobs, &key, b"second!").await;
        assert_eq!(blobs.read_all(&key, 100).await.unwrap().as_ref(), b"second!");
        let old: Vec<Bytes> = begun.map(Result::unwrap).collect().await;
        assert_eq!(old.concat(), b"first");
    }

    #[tokio::test]
    async fn what_is_missing_has_no_size_and_may_be_deleted() {
        let (_directory, blobs) = blobs().await;
        let key = BlobKey::log(1, 2);
        assert_eq!(blobs.size(&key).await.unwrap(), None);
        assert!(blobs.read(&key, 0..1).await.is_err());
        blobs.delete(&key).await.unwrap();
        put(&blobs, &key, b"x").await;
        blobs.delete(&key).await.unwrap();
        assert_eq!(blobs.size(&key).await.unwrap(), None);
    }

    #[tokio::test]
    async fn an_empty_blob_is_a_blob() {
        let (_directory, blobs) = blobs().await;
        let key = BlobKey::artifact(1, 2);
        put(&blobs, &key, b"").await;
        assert_eq!(blobs.size(&key).await.unwrap(), Some(0));
        assert_eq!(blobs.read_all(&key, 0).await.unwrap().len(), 0);
    }

    #[tokio::test]
    async fn old_spool_files_are_swept_and_nothing_else() {
        let (_directory, blobs) = blobs().await;
        let key = BlobKey::artifact(1, 2);
        put(&blobs, &key, b"kept").await;
        let (_file, left) = blobs.spool().unwrap().keep().unwrap();
        let stranger = blobs.spool.join("notes.txt");
        std::fs::write(&stranger, "mine").unwrap();
        assert_eq!(blobs.sweep_spool(Duration::from_secs(3600), false).await.unwrap(), 0);
        assert_eq!(blobs.sweep_spool(Duration::ZERO, true).await.unwrap(), 1);
        assert!(left.exists(), "it is too young, and then only counted");
        assert_eq!(blobs.sweep_spool(Duration::ZERO, false).await.unwrap(), 1);
        assert!(!left.exists());
        assert!(stranger.exists());
        assert_eq!(blobs.read_all(&key, 10).await.unwrap().as_ref(), b"kept");
        blobs.usable().await.unwrap();
    }

    #[tokio::test]
    async fn a_place_that_cannot_be_used_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        std::fs::write(&file, "").unwrap();
        for location in [file.join("below").to_str().unwrap(), "", "ftp://x/y", "s3:///prefix"] {
            let error = format!("{:#}", Blobs::open(location).await.unwrap_err());
            assert!(error.contains(&format!("{location:?}")), "{error}");
        }
    }

    #[tokio::test]
    async fn a_store_whose_directory_vanished_is_not_usable() {
        let (directory, blobs) = blobs().await;
        blobs.usable().await.unwrap();
        std::fs::remove_dir_all(directory.path()).unwrap();
        assert!(blobs.usable().await.unwrap_err().to_string().contains(".spool"));
    }

    #[tokio::test]
    async fn a_bucket_is_opened_without_being_contacted() {
        let blobs = Blobs::open("s3://bucket/some/prefix").await.unwrap();
        assert!(blobs.root.is_none());
        let opened = format!("{:?}", blobs.store);
        assert!(opened.contains("\"bucket\"") && opened.contains("some/prefix"), "{opened}");
        assert!(blobs.spool().unwrap().path().starts_with(std::env::temp_dir()));
    }
}
