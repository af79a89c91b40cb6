//! Mending. Whoever reads a blob and finds it missing, short or changed says so; here it is looked at from end to end.
//! If it is not what its row says, it is fetched again where GitHub still has it, and otherwise the row says what
//! happened. What GitHub itself served broken is not damage: the hash of the whole decides.

use super::parts;
use crate::blobs::{BlobKey, Blobs};
use crate::clock::Clock;
use crate::events::{Event, Hub};
use crate::model::{MINUTE_MS, Millis};
use crate::store::{Mended, Store};
use crate::tasks::Tasks;
use std::collections::HashMap;
use tokio::sync::watch;
use tracing::{error, warn};

/// How long a blob that was found whole is not looked at again, however often it is suspected.
const TRUSTED_MS: i64 = 10 * MINUTE_MS;
/// Blobs remembered as whole.
const REMEMBERED: usize = 1_000;

/// What a blob is like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// No row names it.
    Unnamed,
    /// It is what its row says.
    Whole,
    /// It has the right length, and its row knows no hash.
    Unproved,
    /// It is not there.
    Missing,
    /// It is not what its row says, in words.
    Damaged(String),
}

/// Looks at suspected blobs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Mender {
    /// Where the rows are.
    pub store: Store,
    /// Where the bytes are.
    pub blobs: Blobs,
    /// Whom to tell.
    pub hub: Hub,
    /// The queue.
    pub tasks: Tasks,
    /// What time it is.
    pub clock: Clock,
}

impl Mender {
    /// Looks at every suspect until told to stop.
    pub async fn run(self, mut stopping: watch::Receiver<bool>) {
        let Some(mut suspects) = self.blobs.take_suspects() else { return };
        let mut whole: HashMap<BlobKey, Millis> = HashMap::new();
        loop {
            let key = tokio::select! {
                key = suspects.recv() => key,
                _ = stopping.changed() => return,
            };
            let Some(key) = key else { return };
            let now = self.clock.now();
            if whole.get(&key).is_some_and(|at| now.since(*at) < TRUSTED_MS) {
                continue;
            }
            match self.look_at(&key).await {
                Ok(Condition::Whole | Condition::Unproved) => {
                    if whole.len() >= REMEMBERED {
                        whole.clear();
                    }
                    whole.insert(key, now);
                }
                Ok(_) => {}
                Err(error) => warn!(%key, error = format!("{error:#}"), "could not look at a suspected blob"),
            }
        }
    }

    /// Looks at a blob and has it fetched again if it is not what its row says.
    ///
    /// # Errors
    /// The database or the file storage failed.
    pub async fn look_at(&self, key: &BlobKey) -> anyhow::Result<Condition> {
        let condition = examine(&self.store, &self.blobs, key).await?;
        let reason = match &condition {
            Condition::Missing => "its stored bytes were missing".to_owned(),
            Condition::Damaged(how) => format!("its stored bytes were damaged: {how}"),
            Condition::Unnamed | Condition::Whole | Condition::Unproved => return Ok(condition),
        };
        let is_missing = condition == Condition::Missing;
        let (is_artifact, id) = parts(key);
        let mended = match is_artifact {
            true => self.store.mend_artifact(id, key.as_str(), is_missing, &reason, self.clock.now()).await?,
            false => self.store.mend_log(id, key.as_str(), is_missing, &reason).await?,
        };
        let fate = match mended {
            Mended::Unnamed => return Ok(Condition::Unnamed),
            Mended::Asked => "fetched-again",
            Mended::Lost => "lost",
        };
        error!(%key, reason, fate, "stored bytes are not what they were");
        let kind = if is_artifact { "artifact" } else { "log" };
        metrics::counter!("greenroom_damaged_blobs_total", "kind" => kind, "fate" => fate).increment(1);
        self.tasks.wake();
        let changed = if is_artifact {
            self.store.artifact(id).await?.map(|artifact| Event::Artifact(id, artifact.run_id))
        } else {
            self.store.job_log(id).await?.map(|log| Event::Run(log.run_id))
        };
        changed.into_iter().for_each(|event| self.hub.send(event));
        Ok(condition)
    }
}

/// Compares a blob with what its row says, reading all of it.
///
/// # Errors
/// The database or the file storage failed.
pub async fn examine(store: &Store, blobs: &Blobs, key: &BlobKey) -> anyhow::Result<Condition> {
    let (is_artifact, id) = parts(key);
    let record = store.blob_record(is_artifact, id).await?.filter(|record| record.blob == key.as_str());
    let Some(record) = record else { return Ok(Condition::Unnamed) };
    let Some(size) = blobs.size(key).await? else { return Ok(Condition::Missing) };
    if i64::try_from(size).ok() != Some(record.bytes) {
        return Ok(Condition::Damaged(format!("{size} bytes instead of {}", record.bytes)));
    }
    let Some(expected) = record.sha256 else { return Ok(Condition::Unproved) };
    Ok(match blobs.sha256(key).await? {
        None => Condition::Missing,
        Some(found) if found == expected => Condition::Whole,
        Some(_) => Condition::Damaged("their SHA-256 has changed".to_owned()),
    })
}
