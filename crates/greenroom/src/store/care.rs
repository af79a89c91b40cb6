//! What looking after the content needs to know of the rows: which blobs are named, which are about to be, and which
//! are thought to be damaged. The bytes themselves are elsewhere.

use super::queue::insert_tasks;
use super::{NewTask, Result, Store, on, push_ids, transaction};
use crate::model::Millis;
use crate::model::task::TaskKind;
use sqlx::QueryBuilder;
use std::collections::HashSet;

/// Ids looked up in one statement.
const IDS: usize = 500;

/// Setting that says until when a backup is being made.
const BACKUP_UNTIL: &str = "backup-until";
/// Setting that says when the last one was made.
const BACKUP_AT: &str = "backup-at";

/// What the rows say of a blob.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct BlobRecord {
    /// Its key.
    pub blob: String,
    /// Its length.
    pub bytes: i64,
    /// Its SHA-256 in hex, where it is known.
    pub sha256: Option<String>,
}

/// What became of content that was found missing or damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mended {
    /// No row names that blob, so nothing is wrong.
    Unnamed,
    /// It is fetched again.
    Asked,
    /// GitHub no longer has it; the row says so.
    Lost,
}

/// What decides whether damaged content can be fetched again.
#[derive(sqlx::FromRow)]
struct DamagedRow {
    repository_id: i64,
    run_id: i64,
    position: i64,
    deleted_upstream: bool,
    expired: bool,
    expires_at: Option<i64>,
    state: String,
}

impl Store {
    /// Of these artifacts (or jobs, by their logs), the keys of the blobs that their rows name.
    pub async fn named_blobs(&self, is_artifact: bool, ids: &[i64]) -> Result<HashSet<String>> {
        let select = match is_artifact {
            true => "SELECT blob FROM artifact WHERE blob IS NOT NULL AND id IN ",
            false => "SELECT log_blob FROM job WHERE log_blob IS NOT NULL AND id IN ",
        };
        let mut named = HashSet::new();
        for chunk in ids.chunks(IDS) {
            let found: Vec<String> = on!(self, db => {
                let mut query = QueryBuilder::new(select);
                push_ids(&mut query, chunk);
                query.build_query_scalar().fetch_all(db).await?
            });
            named.extend(found);
        }
        Ok(named)
    }

    /// Whether somebody works on fetching this artifact (or the log of this job), and so may be about to name its blob.
    pub async fn is_being_fetched(&self, is_artifact: bool, id: i64, now: Millis) -> Result<bool> {
        let kind = if is_artifact { "artifact" } else { "log" };
        let leased: Option<i64> = on!(self, db => {
            sqlx::query_scalar("SELECT id FROM task WHERE kind = $1 AND subject = $2 AND leased_until > $3")
                .bind(kind).bind(id).bind(now.0).fetch_optional(db).await?
        });
        Ok(leased.is_some())
    }

    /// What the rows say of the blob of this artifact, or of the log of this job; `None` if they name none.
    pub async fn blob_record(&self, is_artifact: bool, id: i64) -> Result<Option<BlobRecord>> {
        let select = match is_artifact {
            true => {
                "SELECT blob, coalesce(blob_bytes, 0) AS bytes, blob_sha256 AS sha256 FROM artifact WHERE blob IS NOT NULL AND id = $1"
            }
            false => {
                "SELECT log_blob AS blob, coalesce(log_bytes, 0) AS bytes, log_sha256 AS sha256 FROM job WHERE log_blob IS NOT NULL AND id = $1"
            }
        };
        Ok(on!(self, db => sqlx::query_as(select).bind(id).fetch_optional(db).await?))
    }

    /// The blobs that artifacts (or logs) with ids above `after` name, in order of id, with the id.
    pub async fn blob_records(&self, is_artifact: bool, after: i64, limit: i64) -> Result<Vec<(i64, BlobRecord)>> {
        let select = match is_artifact {
            true => {
                "SELECT id, blob, coalesce(blob_bytes, 0), blob_sha256 FROM artifact WHERE blob IS NOT NULL AND id > $1 ORDER BY id LIMIT $2"
            }
            false => {
                "SELECT id, log_blob, coalesce(log_bytes, 0), log_sha256 FROM job WHERE log_blob IS NOT NULL AND id > $1 ORDER BY id LIMIT $2"
            }
        };
        let rows: Vec<(i64, String, i64, Option<String>)> =
            on!(self, db => sqlx::query_as(select).bind(after).bind(limit).fetch_all(db).await?);
        Ok(rows.into_iter().map(|(id, blob, bytes, sha256)| (id, BlobRecord { blob, bytes, sha256 })).collect())
    }

    /// Whether any row names a blob.
    pub async fn names_content(&self) -> Result<bool> {
        Ok(!self.blob_records(true, i64::MIN, 1).await?.is_empty()
            || !self.blob_records(false, i64::MIN, 1).await?.is_empty())
    }

    /// Bytes of all blobs that rows name.
    pub async fn content_bytes(&self) -> Result<i64> {
        Ok(on!(self, db => {
            sqlx::query_scalar(
                "SELECT CAST(coalesce((SELECT sum(blob_bytes) FROM artifact WHERE blob IS NOT NULL), 0) \
                 + coalesce((SELECT sum(log_bytes) FROM job WHERE log_blob IS NOT NULL), 0) AS BIGINT)",
            )
            .fetch_one(db).await?
        }))
    }

    /// Writes that the blob of an artifact is missing, or not what it was: where GitHub still has the bytes they are
    /// fetched again; else the artifact says what happened. What is left of a damaged blob stays readable.
    pub async fn mend_artifact(
        &self,
        id: i64,
        blob: &str,
        is_missing: bool,
        reason: &str,
        now: Millis,
    ) -> Result<Mended> {
        transaction!(self, tx: Db => {
            let row: Option<DamagedRow> = sqlx::query_as(
                "SELECT a.repository_id, a.run_id, r.created_at AS position, r.deleted_upstream, a.expired, a.expires_at, a.state \
                 FROM artifact a JOIN run r ON r.id = a.run_id WHERE a.id = $1 AND a.blob = $2",
            )
            .bind(id).bind(blob).fetch_optional(&mut *tx).await?;
            let Some(row) = row else { return Ok(Mended::Unnamed) };
            if is_missing {
                sqlx::query("UPDATE artifact SET blob = NULL WHERE id = $1").bind(id).execute(&mut *tx).await?;
            }
            if !matches!(row.state.as_str(), "complete" | "rejected") {
                return Ok(Mended::Asked);
            }
            let can_be_fetched = !row.deleted_upstream && !row.expired && row.expires_at.is_none_or(|at| at > now.0);
            let (state, told) = match (can_be_fetched, is_missing) {
                (true, _) => ("pending", format!("{reason}; it is fetched again")),
                (false, true) => ("gone", format!("{reason}, and GitHub no longer has it")),
                (false, false) => ("rejected", format!("{reason}, and GitHub no longer has it; what is left can be read")),
            };
            sqlx::query("UPDATE artifact SET state = $1, reason = $2 WHERE id = $3").bind(state).bind(told).bind(id).execute(&mut *tx).await?;
            if !can_be_fetched {
                return Ok(Mended::Lost);
            }
            insert_tasks!(tx: Db, [row.task(TaskKind::Artifact, id)]);
            Ok(Mended::Asked)
        })
    }

    /// The same for the log of a job.
    pub async fn mend_log(&self, job_id: i64, blob: &str, is_missing: bool, reason: &str) -> Result<Mended> {
        transaction!(self, tx: Db => {
            let row: Option<DamagedRow> = sqlx::query_as(
                "SELECT r.repository_id, j.run_id, r.created_at AS position, r.deleted_upstream, FALSE AS expired, \
                 CAST(NULL AS BIGINT) AS expires_at, j.log_state AS state FROM job j JOIN run r ON r.id = j.run_id WHERE j.id = $1 AND j.log_blob = $2",
            )
            .bind(job_id).bind(blob).fetch_optional(&mut *tx).await?;
            let Some(row) = row else { return Ok(Mended::Unnamed) };
            if is_missing {
                sqlx::query("UPDATE job SET log_blob = NULL WHERE id = $1").bind(job_id).execute(&mut *tx).await?;
            }
            if row.state != "complete" {
                return Ok(Mended::Asked);
            }
            let (state, told) = match row.deleted_upstream {
                false => ("pending", format!("{reason}; it is fetched again")),
                true => ("missing", format!("{reason}, and GitHub no longer has it")),
            };
            sqlx::query("UPDATE job SET log_state = $1, log_reason = $2 WHERE id = $3").bind(state).bind(told).bind(job_id).execute(&mut *tx).await?;
            if row.deleted_upstream {
                return Ok(Mended::Lost);
            }
            insert_tasks!(tx: Db, [row.task(TaskKind::Log, job_id)]);
            Ok(Mended::Asked)
        })
    }

    /// Whether a backup is being made right now: then nothing is removed, so that what it has listed is there when it is
    /// copied.
    pub async fn backup_is_running(&self, now: Millis) -> Result<bool> {
        let until = self.setting(BACKUP_UNTIL).await?.and_then(|until| until.parse::<i64>().ok());
        Ok(until.is_some_and(|until| until > now.0))
    }

    /// Says that a backup is being made until this moment; a past one that it has ended.
    pub async fn announce_backup(&self, until: Millis) -> Result<()> {
        self.set_setting(BACKUP_UNTIL, &until.0.to_string()).await
    }

    /// Notes that a backup has been made.
    pub async fn record_backup(&self, at: Millis) -> Result<()> {
        self.set_setting(BACKUP_AT, &at.0.to_string()).await
    }

    /// When the last backup was made, if ever.
    pub async fn last_backup(&self) -> Result<Option<Millis>> {
        Ok(self.setting(BACKUP_AT).await?.and_then(|at| at.parse().ok()).map(Millis))
    }

    /// Artifacts and logs that retention would remove, and their bytes.
    pub async fn count_made_before(&self, before: Millis) -> Result<(i64, i64, i64)> {
        let (artifacts, artifact_bytes): (i64, i64) = on!(self, db => {
            sqlx::query_as("SELECT count(*), CAST(coalesce(sum(blob_bytes), 0) AS BIGINT) FROM artifact WHERE blob IS NOT NULL AND content_at < $1")
                .bind(before.0).fetch_one(db).await?
        });
        let (logs, log_bytes): (i64, i64) = on!(self, db => {
            sqlx::query_as("SELECT count(*), CAST(coalesce(sum(log_bytes), 0) AS BIGINT) FROM job WHERE log_blob IS NOT NULL AND log_content_at < $1")
                .bind(before.0).fetch_one(db).await?
        });
        Ok((artifacts, logs, artifact_bytes + log_bytes))
    }
}

impl DamagedRow {
    fn task(&self, kind: TaskKind, subject: i64) -> NewTask {
        NewTask {
            kind,
            subject,
            repository_id: self.repository_id,
            run_id: self.run_id,
            position: self.position,
            due_at: Millis(0),
        }
    }
}
