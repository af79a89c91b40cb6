//! Purging: content that leaked something is removed for good, with everything that was read out of it. The rows go
//! first, so that nothing shows the content and nobody writes it again; the bytes follow.

use crate::blobs::{BlobKey, Blobs};
use crate::clock::Clock;
use crate::store::Store;

/// What is to be purged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leak {
    /// An artifact, by GitHub's id.
    Artifact(i64),
    /// The log of a job, by the job's id.
    Log(i64),
    /// Every artifact and every log of a run.
    Run(i64),
}

/// What was purged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PurgedContent {
    /// Artifacts.
    pub artifacts: u64,
    /// Logs.
    pub logs: u64,
    /// Whether the files of the database hold nothing of it any more; not where somebody is reading an older state.
    pub is_scrubbed: bool,
}

/// Purges; `None` if there is nothing of that id.
///
/// # Errors
/// The database or the file storage failed; doing it again goes on.
pub async fn purge(store: &Store, blobs: &Blobs, clock: &Clock, leak: Leak) -> anyhow::Result<Option<PurgedContent>> {
    let (artifacts, jobs) = match leak {
        Leak::Artifact(id) => (vec![id], vec![]),
        Leak::Log(job_id) => (vec![], vec![job_id]),
        Leak::Run(id) => match store.contents_of_run(id).await? {
            None => return Ok(None),
            Some(contents) => contents,
        },
    };
    let reason = format!("purged at {}", clock.now());
    let mut purged = PurgedContent::default();
    for id in artifacts {
        let Some(row) = store.purge_artifact(id, &reason).await? else { return Ok(None) };
        blobs.delete(&BlobKey::artifact(row.repository_id, id)).await?;
        purged.artifacts += 1;
    }
    for job_id in jobs {
        let Some(row) = store.purge_log(job_id, &reason).await? else { return Ok(None) };
        blobs.delete(&BlobKey::log(row.repository_id, job_id)).await?;
        purged.logs += 1;
    }
    purged.is_scrubbed = store.scrub().await?;
    tracing::warn!(?leak, artifacts = purged.artifacts, logs = purged.logs, "content was purged");
    Ok(Some(purged))
}
