//! Making a backup while the program serves. Killed at any point it leaves the backup before; the next one goes on with
//! what was copied.

use super::{BLOBS, BackedUpBlob, BackedUpFile, DATABASE, FORMAT, MANIFEST, Manifest, measure, place_of};
use crate::blobs::{BlobKey, Blobs, Missing, move_in};
use crate::care::identity;
use crate::clock::Clock;
use crate::model::{MINUTE_MS, Millis};
use crate::store::{BlobRecord, Store};
use anyhow::Context;
use futures::StreamExt;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// How long a backup that says nothing keeps others from removing content.
const LEASE_MS: i64 = 5 * MINUTE_MS;
/// Rows read at a time.
const PAGE: i64 = 1_000;
/// Temporary files begin with this.
const TEMPORARY: &str = ".tmp-";

/// What a backup has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// Blobs in the backup.
    pub blobs: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Blobs copied by this run; the others were there.
    pub copied: u64,
    /// Blobs that could not be copied, with the reason.
    pub missing: Vec<(String, String)>,
}

/// Makes a backup in `folder`, which is empty, does not exist yet, or holds an earlier one.
///
/// # Errors
/// The folder holds something else, another backup is being made in it, or the database, the file storage or the disk
/// failed. The backup before is as it was.
pub async fn make(store: &Store, blobs: &Blobs, clock: &Clock, folder: &Path) -> anyhow::Result<Made> {
    prepare(folder)?;
    // Not on the folder itself: moving files in locks that.
    let lock = std::fs::File::open(folder.join(BLOBS))?;
    anyhow::ensure!(lock.try_lock().is_ok(), "another backup is being made in {}", folder.display());
    let earlier = Manifest::read(folder).unwrap_or_default();
    let mut making = Making { store, blobs, clock, folder, announced: Millis(0) };
    let made = making.make(earlier).await;
    store.announce_backup(Millis(0)).await?;
    let made = made?;
    store.record_backup(clock.now()).await?;
    Ok(made)
}

struct Making<'a> {
    store: &'a Store,
    blobs: &'a Blobs,
    clock: &'a Clock,
    folder: &'a Path,
    announced: Millis,
}

impl Making<'_> {
    async fn make(&mut self, earlier: Option<Manifest>) -> anyhow::Result<Made> {
        self.announce().await?;
        let store_id =
            identity::id_of(self.store).await?.context("the database has no store id; start greenroom once")?;
        let created_at = self.clock.now();
        // What the copy of the database names was named before it was made, or is named after: blobs are never renamed.
        let mut named = BTreeMap::new();
        self.named(&mut named).await?;
        let database = self.copy_database(created_at).await?;
        self.named(&mut named).await?;
        let known = earlier.map(known_hashes).unwrap_or_default();
        let mut manifest = Manifest {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            created_at: created_at.0,
            engine: self.store.engine_name().to_owned(),
            schema: self.store.schema_version().await?,
            store_id,
            database,
            blobs: Vec::with_capacity(named.len()),
            missing: Vec::new(),
        };
        let mut made = Made::default();
        for (key, record) in named {
            self.announce().await?;
            match self.copy_blob(&key, &record, &known).await {
                Ok((blob, is_new)) => {
                    made.blobs += 1;
                    made.bytes += blob.bytes;
                    made.copied += u64::from(is_new);
                    manifest.blobs.push(blob);
                }
                Err(NotCopied::Content(reason)) => manifest.missing.push((key, reason)),
                Err(NotCopied::Trouble(error)) => return Err(error),
            }
        }
        made.missing.clone_from(&manifest.missing);
        self.write(&manifest)?;
        prune(self.folder, &manifest)?;
        Ok(made)
    }

    /// Keeps others from removing content for a while.
    async fn announce(&mut self) -> anyhow::Result<()> {
        let now = self.clock.now();
        if now.since(self.announced) > LEASE_MS / 5 {
            self.store.announce_backup(now.plus(LEASE_MS)).await?;
            self.announced = now;
        }
        Ok(())
    }

    /// Adds every blob that rows name now.
    async fn named(&self, named: &mut BTreeMap<String, BlobRecord>) -> anyhow::Result<()> {
        for is_artifact in [true, false] {
            let mut after = i64::MIN;
            loop {
                let page = self.store.blob_records(is_artifact, after, PAGE).await?;
                let Some((last, _)) = page.last() else { break };
                after = *last;
                named.extend(page.into_iter().map(|(_, record)| (record.blob.clone(), record)));
            }
        }
        Ok(())
    }

    async fn copy_database(&self, created_at: Millis) -> anyhow::Result<Vec<BackedUpFile>> {
        let name = format!("{DATABASE}{}", created_at.0);
        let folder = self.folder.join(&name);
        std::fs::create_dir(&folder)?;
        let mut files = Vec::new();
        for file in self.store.copy_to(&folder).await? {
            let path = folder.join(&file);
            std::fs::File::open(&path)?.sync_all()?;
            let (bytes, sha256) = tokio::task::spawn_blocking(move || measure(&path)).await??;
            files.push(BackedUpFile { path: format!("{name}/{file}"), bytes, sha256 });
        }
        std::fs::File::open(&folder)?.sync_all()?;
        Ok(files)
    }

    /// Copies a blob unless it is there; tells whether it was copied.
    async fn copy_blob(
        &self,
        key: &str,
        record: &BlobRecord,
        known: &HashMap<String, BackedUpBlob>,
    ) -> Result<(BackedUpBlob, bool), NotCopied> {
        let parsed = BlobKey::parse(key).with_context(|| format!("the database names an impossible blob {key:?}"))?;
        let bytes = u64::try_from(record.bytes).unwrap_or(0);
        let before = known.get(key).filter(|before| before.bytes == bytes);
        let expected = record.sha256.clone().or_else(|| before.map(|before| before.sha256.clone()));
        if let Some(sha256) = expected.clone()
            && std::fs::metadata(place_of(self.folder, &sha256)?).is_ok_and(|there| there.len() == bytes)
        {
            return Ok((BackedUpBlob { key: key.to_owned(), bytes, sha256 }, false));
        }
        let (file, found_bytes, sha256) = self.fetch(&parsed).await?;
        if found_bytes != bytes || expected.is_some_and(|expected| expected != sha256) {
            return Err(NotCopied::Content("its stored bytes are damaged".into()));
        }
        let (root, target) = (self.folder.to_owned(), place_of(self.folder, &sha256)?);
        tokio::task::spawn_blocking(move || move_in(file, &root, &target)).await.map_err(anyhow::Error::from)??;
        Ok((BackedUpBlob { key: key.to_owned(), bytes, sha256 }, true))
    }

    async fn fetch(&self, key: &BlobKey) -> Result<(NamedTempFile, u64, String), NotCopied> {
        let size = self.blobs.size(key).await?;
        let size = size.ok_or_else(|| NotCopied::Content("its stored bytes are missing".into()))?;
        let mut pieces = self.blobs.read(key, 0..size).await.map_err(|error| match error.is::<Missing>() {
            true => NotCopied::Content("its stored bytes are missing".into()),
            false => NotCopied::Trouble(error),
        })?;
        let mut file = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(self.folder.join(BLOBS))?;
        let (mut hash, mut bytes) = (Sha256::new(), 0);
        while let Some(piece) = pieces.next().await {
            let piece = piece?;
            hash.update(&piece);
            bytes += piece.len() as u64;
            file.write_all(&piece)?;
        }
        Ok((file, bytes, hex::encode(hash.finalize())))
    }

    fn write(&self, manifest: &Manifest) -> anyhow::Result<()> {
        let mut file = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(self.folder)?;
        file.write_all(manifest.text()?.as_bytes())?;
        move_in(file, self.folder, &self.folder.join(MANIFEST)).context("could not write the manifest")
    }
}

/// Why a blob is not in the backup.
enum NotCopied {
    /// The blob is at fault: it is left out, and said to be.
    Content(String),
    /// Something else is: the backup fails.
    Trouble(anyhow::Error),
}

impl From<anyhow::Error> for NotCopied {
    fn from(error: anyhow::Error) -> Self {
        NotCopied::Trouble(error)
    }
}

impl From<std::io::Error> for NotCopied {
    fn from(error: std::io::Error) -> Self {
        NotCopied::Trouble(error.into())
    }
}

fn known_hashes(earlier: Manifest) -> HashMap<String, BackedUpBlob> {
    earlier.blobs.into_iter().map(|blob| (blob.key.clone(), blob)).collect()
}

/// Makes the folder, or refuses one that holds anything but a backup.
fn prepare(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder.join(BLOBS)).with_context(|| format!("could not make {}", folder.display()))?;
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let is_ours = name == MANIFEST || name == BLOBS || name.starts_with(DATABASE) || name.starts_with(TEMPORARY);
        anyhow::ensure!(
            is_ours,
            "{} holds {name:?}, which is no part of a backup: name a folder of its own",
            folder.display()
        );
    }
    Ok(())
}

/// Removes what the manifest does not name: the database before, content that is no longer kept, what a killed backup has
/// left.
fn prune(folder: &Path, manifest: &Manifest) -> anyhow::Result<()> {
    let kept: HashSet<PathBuf> = manifest.blobs.iter().filter_map(|blob| place_of(folder, &blob.sha256).ok()).collect();
    let current = format!("{DATABASE}{}", manifest.created_at);
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(DATABASE) && name != current {
            std::fs::remove_dir_all(entry.path())?;
        } else if name.starts_with(TEMPORARY) {
            std::fs::remove_file(entry.path())?;
        }
    }
    for entry in std::fs::read_dir(folder.join(BLOBS))? {
        let path = entry?.path();
        if !path.is_dir() {
            std::fs::remove_file(path)?;
            continue;
        }
        for blob in std::fs::read_dir(&path)? {
            let blob = blob?.path();
            if !kept.contains(&blob) {
                std::fs::remove_file(blob)?;
            }
        }
    }
    Ok(())
}
