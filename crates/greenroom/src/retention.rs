//! Removes content older than it is to be kept. Metadata stays and says so. The row goes first, the
//! blob after: a crash in between leaves a blob that nothing shows, never a row without its blob.

use crate::blobs::{BlobKey, Blobs};
use crate::clock::Clock;
use crate::events::{Event, Hub};
use crate::model::{DAY_MS, HOUR_MS};
use crate::store::{OldContent, Store};
use std::time::Duration;
use tokio::sync::watch;
use tracing::{info, warn};

/// Removes old content. Cheap to clone.
#[derive(Clone)]
pub struct Retention {
    /// Where the rows are.
    pub store: Store,
    /// Where the bytes are.
    pub blobs: Blobs,
    /// Whom to tell.
    pub hub: Hub,
    /// What time it is.
    pub clock: Clock,
    /// Days that content is kept; 0 keeps it for ever.
    pub keep_days: i64,
}

impl Retention {
    /// Sweeps once an hour until told to stop.
    pub async fn run(self, mut stopping: watch::Receiver<bool>) {
        if self.keep_days == 0 {
            return;
        }
        while !*stopping.borrow() {
            match self.sweep().await {
                Ok(0) => {}
                Ok(removed) => info!(removed, keep_days = self.keep_days, "removed old content"),
                Err(error) => warn!(error = format!("{error:#}"), "could not remove old content"),
            }
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(HOUR_MS as u64)) => {}
                _ = stopping.changed() => {}
            }
        }
    }

    /// Removes everything that is too old now; gives the number of items. While a backup is made it waits.
    ///
    /// # Errors
    /// The database or the blob store failed; what was removed before stays removed.
    pub async fn sweep(&self) -> anyhow::Result<u64> {
        if self.keep_days == 0 {
            return Ok(0);
        }
        let before = self.clock.now().plus(-self.keep_days * DAY_MS);
        let mut removed = 0;
        loop {
            if self.store.backup_is_running(self.clock.now()).await? {
                return Ok(removed);
            }
            let old = self.store.content_made_before(before, 200).await?;
            if old.is_empty() {
                return Ok(removed);
            }
            for item in &old {
                self.remove(item).await?;
                removed += 1;
            }
        }
    }

    async fn remove(&self, item: &OldContent) -> anyhow::Result<()> {
        let reason = format!("removed after the {} days that content is kept", self.keep_days);
        self.store.forget_content(item, &reason).await?;
        if let Some(key) = BlobKey::parse(&item.blob) {
            self.blobs.delete(&key).await?;
        }
        let event = if item.is_artifact { Event::Artifact(item.id, item.run_id) } else { Event::Run(item.run_id) };
        self.hub.send(event);
        Ok(())
    }
}
