//! Garbage collection. A crash between blob and row, or a worker that came too late, leaves a blob that no row names;
//! a killed process leaves spool files. Both are removed once they are older than a grace, which is longer than any
//! download takes.
//!
//! Nothing that a running task may be about to name is removed: whoever is fetching holds a lease, and the blob is
//! looked at once more while nobody can put one.

use super::parts;
use crate::blobs::{BlobKey, Blobs, Listed};
use crate::clock::Clock;
use crate::model::{DAY_MS, HOUR_MS};
use crate::store::Store;
use futures::StreamExt;
use std::time::Duration;
use tokio::sync::watch;
use tracing::{info, warn};

/// How long a blob without a row is let be, unless told otherwise.
pub const DEFAULT_GRACE: Duration = Duration::from_millis(DAY_MS as u64);
/// Pause between the start and the first collection: starting is busy enough.
const FIRST_AFTER_MS: i64 = HOUR_MS;
/// Spool files younger than this may belong to a download that is stuck.
const SPOOL_GRACE: Duration = Duration::from_millis(HOUR_MS as u64);
/// Blobs looked up at a time.
const BATCH: usize = 500;

/// Collects garbage. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Garbage {
    /// Where the rows are.
    pub store: Store,
    /// Where the bytes are.
    pub blobs: Blobs,
    /// What time it is.
    pub clock: Clock,
}

/// What a collection found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Blobs looked at.
    pub blobs: u64,
    /// Blobs that no row names, older than the grace.
    pub orphans: Vec<Listed>,
    /// Their bytes.
    pub orphan_bytes: u64,
    /// Blobs that no row names, too young to be judged.
    pub young: u64,
    /// Spool files left behind, older than the grace.
    pub spool_files: u64,
}

impl Garbage {
    /// Collects once a day until told to stop.
    pub async fn run(self, mut stopping: watch::Receiver<bool>) {
        let mut pause_ms = FIRST_AFTER_MS;
        loop {
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(pause_ms as u64)) => {}
                _ = stopping.changed() => return,
            }
            pause_ms = DAY_MS;
            match self.sweep(DEFAULT_GRACE, false).await {
                Ok(swept) if swept.orphans.is_empty() && swept.spool_files == 0 => {}
                Ok(swept) => info!(
                    blobs = swept.orphans.len(),
                    bytes = swept.orphan_bytes,
                    spool_files = swept.spool_files,
                    "removed what no row names"
                ),
                Err(error) => warn!(error = format!("{error:#}"), "could not collect garbage"),
            }
        }
    }

    /// Removes every blob older than `grace` that no row names, and spool files of that age; with `is_dry` it only
    /// tells. Broken off at any point, the next one goes on.
    ///
    /// # Errors
    /// The database or the file storage failed; what was removed before stays removed.
    pub async fn sweep(&self, grace: Duration, is_dry: bool) -> anyhow::Result<Swept> {
        let mut swept = Swept::default();
        let listing = self.blobs.list().await?;
        let mut batches = listing.chunks(BATCH);
        while let Some(batch) = batches.next().await {
            let batch: Vec<Listed> = batch.into_iter().collect::<anyhow::Result<_>>()?;
            swept.blobs += batch.len() as u64;
            anyhow::ensure!(
                is_dry || !self.store.backup_is_running(self.clock.now()).await?,
                "a backup is being made; nothing is removed meanwhile"
            );
            for orphan in self.unnamed(batch).await? {
                if orphan.age < grace {
                    swept.young += 1;
                } else if is_dry || self.remove(&orphan.key).await? {
                    swept.orphan_bytes += orphan.bytes;
                    swept.orphans.push(orphan);
                }
            }
        }
        swept.spool_files = self.blobs.sweep_spool(grace.max(SPOOL_GRACE), is_dry).await?;
        metrics::gauge!("greenroom_blob_orphans").set(swept.young as f64);
        Ok(swept)
    }

    async fn unnamed(&self, batch: Vec<Listed>) -> anyhow::Result<Vec<Listed>> {
        let ids = |wants_artifacts: bool| -> Vec<i64> {
            let parts = batch.iter().map(|listed| parts(&listed.key));
            parts.filter(|(is_artifact, _)| *is_artifact == wants_artifacts).map(|(_, id)| id).collect()
        };
        let mut named = self.store.named_blobs(true, &ids(true)).await?;
        named.extend(self.store.named_blobs(false, &ids(false)).await?);
        Ok(batch.into_iter().filter(|listed| !named.contains(listed.key.as_str())).collect())
    }

    /// Removes a blob unless a row names it or somebody is fetching it; tells whether it was removed.
    ///
    /// # Errors
    /// The database or the file storage failed.
    pub async fn remove(&self, key: &BlobKey) -> anyhow::Result<bool> {
        let (is_artifact, id) = parts(key);
        // Whoever puts a blob had its lease before, and names the blob before it gives that back: while nobody puts
        // one, the answers cannot change to the worse.
        let still = self.blobs.hold_still().await?;
        let is_wanted = self.store.is_being_fetched(is_artifact, id, self.clock.now()).await?
            || self.store.named_blobs(is_artifact, &[id]).await?.contains(key.as_str());
        if !is_wanted {
            self.blobs.delete(key).await?;
            metrics::counter!("greenroom_gc_deleted_total").increment(1);
        }
        drop(still);
        Ok(!is_wanted)
    }
}
