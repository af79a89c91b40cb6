//! What the collector reads and writes: repositories, workflows, runs, jobs, artifacts and their
//! content. Everything that belongs together is one transaction; doing it twice gives the same rows.

use super::days::recompute_days;
use super::queue::{finish_or_give_up_task, finish_task, insert_tasks};
use super::search::{Entry, RUN_TO_FIND, RunToFind, file_row, forget_entries, write_entries};
use super::{Claimed, NewTask, Result, Store, StoreError, on, push_ids, transaction, write_on};
use crate::model::merge::{ATTEMPT_SLACK_MS, Known};
use crate::model::task::TaskKind;
use crate::model::upstream;
use crate::model::{ArtifactState, FileType, LogState, Millis};
use sqlx::QueryBuilder;
use std::collections::{BTreeSet, HashMap};

/// Runs to be written, with the work that follows from them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunPlan {
    /// New or changed runs.
    pub runs: Vec<upstream::Run>,
    /// Work that follows.
    pub tasks: Vec<NewTask>,
    /// How many of the runs are new.
    pub new: i64,
    /// How many are known and changed.
    pub updated: i64,
}

/// A job as stored, with what the log policy decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRecord {
    /// What GitHub said.
    pub job: upstream::Job,
    /// Attempt it belongs to.
    pub attempt: i64,
    /// State of its log, for a job whose log was not decided before.
    pub log_state: LogState,
}

/// One file of an artifact, as indexed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryRow {
    /// Position in the archive.
    pub ordinal: i64,
    /// Name for display.
    pub path: String,
    /// Raw bytes of the name, where they are not valid UTF-8.
    pub raw_path: Option<Vec<u8>>,
    /// Size of the content.
    pub size_bytes: i64,
    /// Size inside the archive.
    pub compressed_bytes: i64,
    /// ZIP compression method.
    pub method: i64,
    /// Where its compressed bytes begin.
    pub data_offset: i64,
    /// CRC-32 of the content.
    pub crc32: i64,
    /// For choosing a viewer.
    pub file_type: FileType,
    /// Media type.
    pub media_type: String,
    /// What is unusual about it.
    pub flags: String,
}

/// Content of an artifact whose blob is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtifactContent {
    /// Complete, or rejected with the reason.
    pub state: ArtifactState,
    /// Why it is rejected.
    pub reason: Option<String>,
    /// Key of the blob.
    pub blob: String,
    /// Its size.
    pub blob_bytes: i64,
    /// Its SHA-256 in hex.
    pub sha256: String,
    /// `zip` or `single`.
    pub form: &'static str,
    /// Files inside.
    pub entries: Vec<EntryRow>,
    /// When the content was made: what retention goes by.
    pub content_at: Millis,
}

/// What fetching an artifact needs to know.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ArtifactToFetch {
    /// GitHub's id.
    pub id: i64,
    /// Repository.
    pub repository_id: i64,
    /// Run.
    pub run_id: i64,
    /// Name.
    pub name: String,
    /// Size as GitHub says.
    pub size_bytes: i64,
    /// `sha256:…` as GitHub says.
    pub digest: Option<String>,
    /// Whether GitHub has dropped the content.
    pub expired: bool,
    /// When GitHub drops it.
    pub expires_at: Option<i64>,
    /// When it was uploaded.
    pub created_at: Option<i64>,
    /// Where it stands.
    pub state: String,
    /// Key of its blob; of one that is quarantined, what could not be read.
    pub blob: Option<String>,
    /// SHA-256 of the blob.
    pub blob_sha256: Option<String>,
    /// `zip` or `single`.
    pub form: Option<String>,
}

/// What fetching a run's details needs to know.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct RunToDetail {
    /// GitHub's id.
    pub id: i64,
    /// Latest attempt.
    pub attempt: i64,
    /// Repository.
    pub repository_id: i64,
    /// As GitHub said.
    pub status: String,
    /// When the run was created.
    pub created_at: i64,
    /// When the latest attempt started.
    pub started_at: Option<i64>,
    /// Last change.
    pub updated_at: i64,
}

/// Content that retention may remove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldContent {
    /// An artifact, or a job's log.
    pub is_artifact: bool,
    /// GitHub's id of the artifact or job.
    pub id: i64,
    /// Run it belongs to.
    pub run_id: i64,
    /// Key of the blob.
    pub blob: String,
}

#[derive(sqlx::FromRow)]
struct KnownRow {
    id: i64,
    attempt: i64,
    status: String,
    conclusion: Option<String>,
    updated_at: i64,
    created_at: i64,
    title: String,
    pull_requests: String,
    deleted_upstream: bool,
}

/// Assigns artifacts that were listed before all attempts of their run were known: each belongs to
/// the latest attempt that had started by then.
macro_rules! assign_attempts {
    ($tx:ident, $run_id:expr) => {{
        sqlx::query(
            "UPDATE artifact SET attempt = (SELECT max(a.attempt) FROM attempt a WHERE a.run_id = artifact.run_id AND a.started_at <= artifact.created_at + $1) \
             WHERE run_id = $2 AND attempt IS NULL \
             AND (SELECT count(*) FROM attempt a WHERE a.run_id = artifact.run_id) = (SELECT r.attempt FROM run r WHERE r.id = artifact.run_id)",
        )
        .bind(ATTEMPT_SLACK_MS)
        .bind($run_id)
        .execute(&mut *$tx)
        .await?;
    }};
}

/// Writes artifacts as GitHub lists them, inside a transaction. Content columns are left alone.
macro_rules! upsert_artifacts {
    ($tx:ident : $db:ident, $repository_id:expr, $artifacts:expr) => {{
        for chunk in $artifacts.chunks(500) {
            let mut query = sqlx::QueryBuilder::<$db>::new(
                "INSERT INTO artifact (id, repository_id, run_id, attempt, name, size_bytes, digest, expired, created_at, expires_at, \
                 state, reason, files, images, json, text, binary_files, file_bytes) ",
            );
            query.push_values(chunk, |mut row, (artifact, run_id, attempt): &(upstream::Artifact, i64, Option<i64>)| {
                row.push_bind(artifact.id)
                    .push_bind($repository_id)
                    .push_bind(*run_id)
                    .push_bind(*attempt)
                    .push_bind(artifact.name.as_str())
                    .push_bind(artifact.size_bytes)
                    .push_bind(artifact.digest.as_deref())
                    .push_bind(artifact.expired)
                    .push_bind(artifact.created_at.map(|at| at.0))
                    .push_bind(artifact.expires_at.map(|at| at.0))
                    .push_bind(if artifact.expired { "expired" } else { "pending" })
                    .push_bind(if artifact.expired { Some("GitHub had dropped its content before it was first seen") } else { None });
                for _ in 0..6 {
                    row.push_bind(0_i64);
                }
            });
            query.push(
                " ON CONFLICT (id) DO UPDATE SET expired = excluded.expired, expires_at = excluded.expires_at, \
                 size_bytes = excluded.size_bytes, digest = coalesce(excluded.digest, artifact.digest), \
                 attempt = coalesce(artifact.attempt, excluded.attempt)",
            );
            query.build().execute(&mut *$tx).await?;
        }
    }};
}

/// Asks for what follows from content that has just been recorded.
macro_rules! follow_up {
    ($tx:ident : $db:ident, $claimed:expr, $kind:expr, $subject:expr) => {{
        let claimed: &Claimed = $claimed;
        let position: Option<i64> =
            sqlx::query_scalar("SELECT created_at FROM run WHERE id = $1").bind(claimed.run_id).fetch_optional(&mut *$tx).await?;
        let task = NewTask {
            kind: $kind,
            subject: $subject,
            repository_id: claimed.repository_id,
            run_id: claimed.run_id,
            position: position.unwrap_or(0),
            due_at: Millis(0),
        };
        insert_tasks!($tx: $db, [task]);
    }};
}

impl Store {
    /// Writes workflows and tells which of them are new or changed.
    pub async fn record_workflows(&self, repository_id: i64, workflows: &[upstream::Workflow]) -> Result<Vec<i64>> {
        transaction!(self, tx: Db => {
            let mut changed = Vec::new();
            for workflow in workflows {
                let rows = sqlx::query(
                    "INSERT INTO workflow (id, repository_id, name, path, state, html_url, badge_url, created_at, updated_at) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
                     ON CONFLICT (id) DO UPDATE SET repository_id = excluded.repository_id, name = excluded.name, path = excluded.path, state = excluded.state, \
                     html_url = excluded.html_url, badge_url = excluded.badge_url, created_at = excluded.created_at, updated_at = excluded.updated_at \
                     WHERE workflow.repository_id <> excluded.repository_id OR workflow.name <> excluded.name OR workflow.path <> excluded.path OR workflow.state <> excluded.state \
                     OR workflow.html_url <> excluded.html_url OR workflow.badge_url <> excluded.badge_url \
                     OR workflow.updated_at IS DISTINCT FROM excluded.updated_at",
                )
                .bind(workflow.id).bind(repository_id).bind(&workflow.name).bind(&workflow.path).bind(&workflow.state)
                .bind(&workflow.html_url).bind(&workflow.badge_url)
                .bind(workflow.created_at.map(|at| at.0)).bind(workflow.updated_at.map(|at| at.0))
                .execute(&mut *tx).await?.rows_affected();
                if rows > 0 {
                    changed.push(workflow.id);
                }
            }
            let named = workflows.iter().filter(|workflow| changed.contains(&workflow.id));
            write_entries!(tx: Db, named.map(|workflow| Entry::workflow(workflow.id, &workflow.name, &workflow.path)).collect());
            Ok(changed)
        })
    }

    /// Whether nothing has been mirrored yet.
    pub async fn is_empty(&self) -> Result<bool> {
        let run: Option<i64> =
            on!(self, db => sqlx::query_scalar("SELECT id FROM run LIMIT 1").fetch_optional(db).await?);
        Ok(run.is_none())
    }

    /// Which of the given workflows are not in the store.
    pub async fn unknown_workflows(&self, ids: &BTreeSet<i64>) -> Result<Vec<i64>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let known: Vec<i64> = on!(self, db => {
            let mut query = QueryBuilder::new("SELECT id FROM workflow WHERE id IN ");
            push_ids(&mut query, ids);
            query.build_query_scalar().fetch_all(db).await?
        });
        Ok(ids.iter().copied().filter(|id| !known.contains(id)).collect())
    }

    /// What is known of the given runs.
    pub async fn known_runs(&self, ids: &[i64]) -> Result<HashMap<i64, Known>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows: Vec<KnownRow> = on!(self, db => {
            let mut query = QueryBuilder::new("SELECT id, attempt, status, conclusion, updated_at, created_at, title, pull_requests, deleted_upstream FROM run WHERE id IN ");
            push_ids(&mut query, ids);
            query.build_query_as().fetch_all(db).await?
        });
        Ok(rows
            .into_iter()
            .map(|row| {
                let known = Known {
                    attempt: row.attempt,
                    status: row.status,
                    conclusion: row.conclusion,
                    updated_at: Millis(row.updated_at),
                    created_at: Millis(row.created_at),
                    title: row.title,
                    pull_requests: serde_json::from_str(&row.pull_requests).unwrap_or_default(),
                    deleted_upstream: row.deleted_upstream,
                };
                (row.id, known)
            })
            .collect())
    }

    /// Writes new and changed runs, their latest attempt, the rollups they touch and the work that
    /// follows, in one transaction. An older attempt never overwrites a newer one.
    pub async fn record_runs(&self, repository_id: i64, plan: &RunPlan) -> Result<()> {
        if plan.runs.is_empty() && plan.tasks.is_empty() {
            return Ok(());
        }
        let days: BTreeSet<(i64, i64)> = plan.runs.iter().map(|run| (run.workflow_id, run.created_at.day())).collect();
        transaction!(self, tx: Db => {
            for chunk in plan.runs.chunks(200) {
                for run in chunk {
                    let rows = sqlx::query(
                        "INSERT INTO workflow (id, repository_id, name, path, state, html_url, badge_url) VALUES ($1, $2, $3, $4, 'unknown', '', '') \
                         ON CONFLICT (id) DO NOTHING",
                    )
                    .bind(run.workflow_id).bind(repository_id).bind(&run.workflow_name).bind(&run.workflow_path).execute(&mut *tx).await?.rows_affected();
                    if rows > 0 {
                        write_entries!(tx: Db, vec![Entry::workflow(run.workflow_id, &run.workflow_name, &run.workflow_path)]);
                    }
                }
                let mut query = QueryBuilder::<Db>::new(
                    "INSERT INTO run (id, repository_id, workflow_id, workflow_name, run_number, attempt, title, event, status, conclusion, branch, head_sha, tree_sha, \
                     commit_message, commit_author, actor, pull_requests, fork, created_at, started_at, updated_at, duration_ms, html_url, deleted_upstream, search) ",
                );
                query.push_values(chunk, |mut row, run| {
                    row.push_bind(run.id).push_bind(repository_id).push_bind(run.workflow_id).push_bind(run.workflow_name.as_str())
                        .push_bind(run.run_number).push_bind(run.attempt).push_bind(run.title.as_str()).push_bind(run.event.as_str())
                        .push_bind(run.status.as_str()).push_bind(run.conclusion.as_deref()).push_bind(run.branch.as_str()).push_bind(run.head_sha.as_str()).push_bind(run.tree_sha.as_str())
                        .push_bind(run.commit_message.as_str()).push_bind(run.commit_author.as_str()).push_bind(run.actor.as_str())
                        .push_bind(serde_json::to_string(&run.pull_requests).unwrap_or_default()).push_bind(run.fork && !mutant!("fork-forgotten"))
                        .push_bind(run.created_at.0).push_bind(run.started_at.map(|at| at.0)).push_bind(run.updated_at.0)
                        .push_bind(provisional_duration(run)).push_bind(run.html_url.as_str()).push_bind(false).push_bind(search_text(run));
                });
                query.push(
                    " ON CONFLICT (id) DO UPDATE SET workflow_name = excluded.workflow_name, attempt = excluded.attempt, title = excluded.title, \
                     status = excluded.status, conclusion = excluded.conclusion, branch = excluded.branch, head_sha = excluded.head_sha, tree_sha = excluded.tree_sha, \
                     commit_message = excluded.commit_message, commit_author = excluded.commit_author, actor = excluded.actor, \
                     pull_requests = excluded.pull_requests, fork = excluded.fork, started_at = excluded.started_at, updated_at = excluded.updated_at, \
                     html_url = excluded.html_url, deleted_upstream = excluded.deleted_upstream, search = excluded.search, \
                     duration_ms = CASE WHEN run.completed_at IS NOT NULL AND run.attempt = excluded.attempt AND run.status = excluded.status THEN run.duration_ms ELSE excluded.duration_ms END, \
                     completed_at = CASE WHEN run.attempt = excluded.attempt AND run.status = excluded.status THEN run.completed_at ELSE NULL END, \
                     queue_ms = CASE WHEN run.attempt = excluded.attempt THEN run.queue_ms ELSE NULL END, \
                     details_at = CASE WHEN run.attempt = excluded.attempt AND run.status = excluded.status AND run.conclusion IS NOT DISTINCT FROM excluded.conclusion THEN run.details_at ELSE NULL END \
                     WHERE excluded.attempt >= run.attempt",
                );
                query.build().execute(&mut *tx).await?;
                let mut query = QueryBuilder::<Db>::new("INSERT INTO attempt (run_id, attempt, status, conclusion, started_at, updated_at, duration_ms) ");
                query.push_values(chunk, |mut row, run| {
                    row.push_bind(run.id).push_bind(run.attempt).push_bind(run.status.as_str()).push_bind(run.conclusion.as_deref())
                        .push_bind(run.started_at.map(|at| at.0)).push_bind(run.updated_at.0).push_bind(provisional_duration(run));
                });
                query.push(
                    " ON CONFLICT (run_id, attempt) DO UPDATE SET status = excluded.status, conclusion = excluded.conclusion, \
                     started_at = excluded.started_at, updated_at = excluded.updated_at, \
                     duration_ms = CASE WHEN attempt.status = excluded.status AND attempt.duration_ms IS NOT NULL THEN attempt.duration_ms ELSE excluded.duration_ms END",
                );
                query.build().execute(&mut *tx).await?;
                // From the rows: an older attempt has not overwritten a newer one.
                let mut query = QueryBuilder::<Db>::new(RUN_TO_FIND);
                query.push("id IN ");
                push_ids(&mut query, chunk.iter().map(|run| &run.id));
                let written: Vec<RunToFind> = query.build_query_as().fetch_all(&mut *tx).await?;
                write_entries!(tx: Db, written.iter().flat_map(Entry::run).collect());
            }
            recompute_days!(tx, &days);
            insert_tasks!(tx: Db, plan.tasks);
            Ok(())
        })
    }

    /// Unfinished runs of a repository with their creation time, newest first, at most 1,000.
    pub async fn unfinished_runs(&self, repository_id: i64, created_after: Millis) -> Result<Vec<(i64, i64)>> {
        Ok(on!(self, db => {
            sqlx::query_as("SELECT id, created_at FROM run WHERE repository_id = $1 AND status <> 'completed' AND NOT deleted_upstream AND created_at > $2 ORDER BY created_at DESC LIMIT 1000")
                .bind(repository_id).bind(created_after.0).fetch_all(db).await?
        }))
    }

    /// Runs whose details were never fetched and that no task stands for: what a crash may leave.
    pub async fn runs_without_details(&self, repository_id: i64) -> Result<Vec<(i64, i64)>> {
        Ok(on!(self, db => {
            sqlx::query_as("SELECT id, created_at FROM run WHERE repository_id = $1 AND details_at IS NULL AND NOT deleted_upstream \
                            AND NOT EXISTS (SELECT 1 FROM task WHERE kind = 'run' AND subject = run.id) ORDER BY created_at DESC LIMIT 1000")
                .bind(repository_id).fetch_all(db).await?
        }))
    }

    /// Runs we believe GitHub has, created in `from..=to`.
    pub async fn runs_created_between(&self, repository_id: i64, from: Millis, to: Millis) -> Result<Vec<i64>> {
        Ok(on!(self, db => {
            sqlx::query_scalar("SELECT id FROM run WHERE repository_id = $1 AND created_at >= $2 AND created_at <= $3 AND NOT deleted_upstream")
                .bind(repository_id).bind(from.0).bind(to.0).fetch_all(db).await?
        }))
    }

    /// Marks a run as gone from GitHub; our copy stays. Its remaining work is dropped: GitHub has
    /// nothing left to fetch.
    pub async fn mark_deleted_upstream(&self, run_id: i64) -> Result<()> {
        transaction!(self, tx: Db => {
            sqlx::query("UPDATE run SET deleted_upstream = TRUE WHERE id = $1").bind(run_id).execute(&mut *tx).await?;
            sqlx::query("UPDATE artifact SET state = 'gone', reason = 'its run was deleted on GitHub' WHERE run_id = $1 AND state IN ('pending', 'fetching', 'failed', 'quarantined')")
                .bind(run_id).execute(&mut *tx).await?;
            sqlx::query("UPDATE job SET log_state = 'missing', log_reason = 'its run was deleted on GitHub' WHERE run_id = $1 AND log_state IN ('unfinished', 'pending', 'failed')")
                .bind(run_id).execute(&mut *tx).await?;
            // What is mirrored is still read.
            sqlx::query("DELETE FROM task WHERE run_id = $1 AND lane <> 2").bind(run_id).execute(&mut *tx).await?;
            Ok(())
        })
    }

    /// What fetching the details of a run needs to know.
    pub async fn run_to_detail(&self, run_id: i64) -> Result<Option<RunToDetail>> {
        Ok(on!(self, db => {
            sqlx::query_as("SELECT id, attempt, repository_id, status, created_at, started_at, updated_at FROM run WHERE id = $1").bind(run_id).fetch_optional(db).await?
        }))
    }

    /// Attempts of a run that are stored as completed.
    pub async fn completed_attempts(&self, run_id: i64) -> Result<Vec<i64>> {
        Ok(on!(self, db => {
            sqlx::query_scalar("SELECT attempt FROM attempt WHERE run_id = $1 AND status = 'completed'").bind(run_id).fetch_all(db).await?
        }))
    }

    /// Start of each attempt of a run, oldest first: what an artifact's attempt is judged by.
    pub async fn attempt_starts(&self, run_id: i64) -> Result<Vec<(i64, Option<i64>)>> {
        Ok(on!(self, db => {
            sqlx::query_as("SELECT attempt, started_at FROM attempt WHERE run_id = $1 ORDER BY attempt").bind(run_id).fetch_all(db).await?
        }))
    }

    /// Where the logs of a run's jobs stand.
    pub async fn log_states(&self, run_id: i64) -> Result<HashMap<i64, LogState>> {
        let rows: Vec<(i64, String)> = on!(self, db => {
            sqlx::query_as("SELECT id, log_state FROM job WHERE run_id = $1").bind(run_id).fetch_all(db).await?
        });
        Ok(rows.into_iter().map(|(id, word)| (id, LogState::from_word(&word))).collect())
    }

    /// Writes attempts of a run seen on their own.
    pub async fn record_attempts(&self, attempts: &[upstream::Attempt]) -> Result<()> {
        transaction!(self, tx: Db => {
            for attempt in attempts {
                let duration = attempt.started_at.filter(|_| attempt.status == "completed").map(|start| attempt.updated_at.since(start).max(0));
                sqlx::query(
                    "INSERT INTO attempt (run_id, attempt, status, conclusion, started_at, updated_at, duration_ms) VALUES ($1, $2, $3, $4, $5, $6, $7) \
                     ON CONFLICT (run_id, attempt) DO UPDATE SET status = excluded.status, conclusion = excluded.conclusion, \
                     started_at = excluded.started_at, updated_at = excluded.updated_at, duration_ms = coalesce(attempt.duration_ms, excluded.duration_ms)",
                )
                .bind(attempt.run_id).bind(attempt.attempt).bind(&attempt.status).bind(attempt.conclusion.as_deref())
                .bind(attempt.started_at.map(|at| at.0)).bind(attempt.updated_at.0).bind(duration).execute(&mut *tx).await?;
            }
            Ok(())
        })
    }

    /// Writes the jobs of a run and what follows, and ends the task that fetched them. `seen` is the
    /// (attempt, status) the details stand for: when the run has moved on meanwhile it stays to do.
    pub async fn record_details(
        &self,
        claimed: &Claimed,
        owner: &str,
        seen: &RunToDetail,
        jobs: &[JobRecord],
        tasks: &[NewTask],
        now: Millis,
    ) -> Result<()> {
        transaction!(self, tx: Db => {
            for chunk in jobs.chunks(500) {
                let mut query = QueryBuilder::<Db>::new(
                    "INSERT INTO job (id, run_id, attempt, name, status, conclusion, created_at, started_at, completed_at, runner_name, labels, html_url, steps, log_state) ",
                );
                query.push_values(chunk, |mut row, record| {
                    let job = &record.job;
                    row.push_bind(job.id).push_bind(seen.id).push_bind(record.attempt).push_bind(job.name.as_str()).push_bind(job.status.as_str())
                        .push_bind(job.conclusion.as_deref()).push_bind(job.created_at.map(|at| at.0)).push_bind(job.started_at.map(|at| at.0))
                        .push_bind(job.completed_at.map(|at| at.0)).push_bind(job.runner_name.as_str())
                        .push_bind(serde_json::to_string(&job.labels).unwrap_or_default()).push_bind(job.html_url.as_str())
                        .push_bind(serde_json::to_string(&job.steps).unwrap_or_default()).push_bind(record.log_state.as_str());
                });
                query.push(
                    " ON CONFLICT (id) DO UPDATE SET attempt = excluded.attempt, name = excluded.name, status = excluded.status, conclusion = excluded.conclusion, \
                     created_at = excluded.created_at, started_at = excluded.started_at, completed_at = excluded.completed_at, runner_name = excluded.runner_name, \
                     labels = excluded.labels, html_url = excluded.html_url, steps = excluded.steps, \
                     log_state = CASE WHEN job.log_state = 'unfinished' THEN excluded.log_state ELSE job.log_state END",
                );
                query.build().execute(&mut *tx).await?;
            }
            if seen.status == "completed" {
                // From the rows: jobs that had not changed were not sent again.
                let ends: Vec<(i64, i64, Option<i64>)> = sqlx::query_as(
                    "SELECT attempt, max(completed_at), min(CASE WHEN conclusion = 'skipped' THEN NULL ELSE started_at END) \
                     FROM job WHERE run_id = $1 AND completed_at IS NOT NULL GROUP BY attempt",
                )
                .bind(seen.id).fetch_all(&mut *tx).await?;
                for (attempt, completed_at, first_started_at) in ends {
                    if let Some(first_started_at) = first_started_at {
                        sqlx::query("UPDATE run SET queue_ms = CASE WHEN $1 > started_at THEN $1 - started_at ELSE 0 END WHERE id = $2 AND attempt = $3 AND started_at IS NOT NULL")
                            .bind(first_started_at).bind(seen.id).bind(attempt).execute(&mut *tx).await?;
                    }
                    sqlx::query("UPDATE attempt SET duration_ms = $1 - started_at WHERE run_id = $2 AND attempt = $3 AND started_at IS NOT NULL AND started_at <= $1 AND status = 'completed'")
                        .bind(completed_at).bind(seen.id).bind(attempt).execute(&mut *tx).await?;
                    sqlx::query("UPDATE run SET completed_at = $1, duration_ms = $1 - started_at WHERE id = $2 AND attempt = $3 AND status = 'completed' AND started_at IS NOT NULL AND started_at <= $1")
                        .bind(completed_at).bind(seen.id).bind(attempt).execute(&mut *tx).await?;
                }
            }
            sqlx::query("UPDATE run SET details_at = $1 WHERE id = $2 AND attempt = $3 AND status = $4")
                .bind(now.0).bind(seen.id).bind(seen.attempt).bind(&seen.status).execute(&mut *tx).await?;
            let workflow_id: Option<i64> = sqlx::query_scalar("SELECT workflow_id FROM run WHERE id = $1").bind(seen.id).fetch_optional(&mut *tx).await?;
            if let Some(workflow_id) = workflow_id {
                recompute_days!(tx, &[(workflow_id, Millis(seen.created_at).day())]);
            }
            assign_attempts!(tx, seen.id);
            // First ended, then asked for again: a second look may follow a second look.
            finish_task!(tx, claimed, owner);
            insert_tasks!(tx: Db, tasks);
            if seen.status == "completed" {
                follow_up!(tx: Db, claimed, TaskKind::Tests, seen.id);
            }
            Ok(())
        })
    }

    /// Which of the given artifacts are known, with their state and whether GitHub said expired.
    pub async fn known_artifacts(&self, ids: &[i64]) -> Result<HashMap<i64, (ArtifactState, bool)>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows: Vec<(i64, String, bool)> = on!(self, db => {
            let mut query = QueryBuilder::new("SELECT id, state, expired FROM artifact WHERE id IN ");
            push_ids(&mut query, ids);
            query.build_query_as().fetch_all(db).await?
        });
        Ok(rows.into_iter().map(|(id, state, expired)| (id, (ArtifactState::from_word(&state), expired))).collect())
    }

    /// Writes artifacts as GitHub lists them (with run and attempt) and the work that follows.
    pub async fn record_artifacts(
        &self,
        repository_id: i64,
        artifacts: &[(upstream::Artifact, i64, Option<i64>)],
        tasks: &[NewTask],
    ) -> Result<()> {
        if artifacts.is_empty() && tasks.is_empty() {
            return Ok(());
        }
        transaction!(self, tx: Db => {
            upsert_artifacts!(tx: Db, repository_id, artifacts);
            let undecided: BTreeSet<i64> = artifacts.iter().filter(|(_, _, attempt)| attempt.is_none()).map(|(_, run_id, _)| *run_id).collect();
            for run_id in &undecided {
                assign_attempts!(tx, run_id);
            }
            insert_tasks!(tx: Db, tasks);
            Ok(())
        })
    }

    /// What fetching an artifact needs to know.
    pub async fn artifact_to_fetch(&self, id: i64) -> Result<Option<ArtifactToFetch>> {
        Ok(on!(self, db => {
            sqlx::query_as("SELECT id, repository_id, run_id, name, size_bytes, digest, expired, expires_at, created_at, state, blob, blob_sha256, form FROM artifact WHERE id = $1")
                .bind(id).fetch_optional(db).await?
        }))
    }

    /// Shows that an artifact is being fetched.
    pub async fn record_fetching(&self, id: i64) -> Result<()> {
        write_on!(self, db => {
            sqlx::query("UPDATE artifact SET state = 'fetching' WHERE id = $1 AND state IN ('pending', 'failed')").bind(id).execute(db).await?;
        });
        Ok(())
    }

    /// Writes the content of an artifact whose blob is durable, and ends the task that fetched it; of one that is
    /// quarantined, gives the task up.
    pub async fn record_artifact_content(
        &self,
        claimed: &Claimed,
        owner: &str,
        content: &ArtifactContent,
    ) -> Result<()> {
        let count = |file_type| content.entries.iter().filter(|entry| entry.file_type == file_type).count() as i64;
        let file_bytes: i64 = content.entries.iter().fold(0, |sum, entry| sum.saturating_add(entry.size_bytes));
        let given_up = content.reason.as_deref().filter(|_| content.state == ArtifactState::Quarantined);
        transaction!(self, tx: Db => {
            finish_or_give_up_task!(tx, claimed, owner, given_up);
            sqlx::query("DELETE FROM file WHERE artifact_id = $1").bind(claimed.subject).execute(&mut *tx).await?;
            for chunk in content.entries.chunks(2000) {
                let mut query = QueryBuilder::<Db>::new(
                    "INSERT INTO file (artifact_id, ordinal, run_id, path, raw_path, size_bytes, compressed_bytes, method, data_offset, crc32, type, media_type, flags) ",
                );
                query.push_values(chunk, |mut row, entry| {
                    row.push_bind(claimed.subject).push_bind(entry.ordinal).push_bind(claimed.run_id).push_bind(entry.path.as_str())
                        .push_bind(entry.raw_path.as_deref()).push_bind(entry.size_bytes).push_bind(entry.compressed_bytes).push_bind(entry.method)
                        .push_bind(entry.data_offset).push_bind(entry.crc32).push_bind(entry.file_type.as_str()).push_bind(entry.media_type.as_str())
                        .push_bind(entry.flags.as_str());
                });
                query.build().execute(&mut *tx).await?;
            }
            sqlx::query(
                "UPDATE artifact SET state = $1, reason = $2, blob = $3, blob_bytes = $4, blob_sha256 = $5, form = $6, content_at = $7, \
                 files = $8, images = $9, json = $10, text = $11, binary_files = $12, file_bytes = $13 WHERE id = $14",
            )
            .bind(content.state.as_str()).bind(content.reason.as_deref()).bind(&content.blob).bind(content.blob_bytes).bind(&content.sha256)
            .bind(content.form).bind(content.content_at.0).bind(content.entries.len() as i64)
            .bind(count(FileType::Image)).bind(count(FileType::Json)).bind(count(FileType::Text)).bind(count(FileType::Binary)).bind(file_bytes)
            .bind(claimed.subject).execute(&mut *tx).await?;
            let found = content.entries.iter().map(|entry| {
                Entry::file(claimed.repository_id, claimed.subject, entry.ordinal, &entry.path, content.content_at.0)
            });
            write_entries!(tx: Db, found.collect());
            let kind = if content.state == ArtifactState::Complete { TaskKind::Reports } else { TaskKind::Tests };
            if !mutant!("reports-never-read") {
                follow_up!(tx: Db, claimed, kind, if kind == TaskKind::Reports { claimed.subject } else { claimed.run_id });
            }
            Ok(())
        })
    }

    /// Writes that an artifact has no content of ours, for good, and ends its task.
    pub async fn record_artifact_without_content(
        &self,
        claimed: &Claimed,
        owner: &str,
        state: ArtifactState,
        reason: &str,
    ) -> Result<()> {
        transaction!(self, tx: Db => {
            finish_task!(tx, claimed, owner);
            sqlx::query("UPDATE artifact SET state = $1, reason = $2, expired = CASE WHEN $1 = 'expired' THEN TRUE ELSE expired END WHERE id = $3")
                .bind(state.as_str()).bind(reason).bind(claimed.subject).execute(&mut *tx).await?;
            follow_up!(tx: Db, claimed, TaskKind::Tests, claimed.run_id);
            Ok(())
        })
    }

    /// Writes a job's log whose blob is durable, with the SHA-256 of the blob in hex, and ends its task.
    pub async fn record_log(
        &self,
        claimed: &Claimed,
        owner: &str,
        blob: &str,
        bytes: i64,
        sha256: Option<&str>,
        content_at: Millis,
    ) -> Result<()> {
        transaction!(self, tx: Db => {
            finish_task!(tx, claimed, owner);
            sqlx::query("UPDATE job SET log_state = 'complete', log_reason = NULL, log_blob = $1, log_bytes = $2, log_sha256 = $3, log_content_at = $4 WHERE id = $5")
                .bind(blob).bind(bytes).bind(sha256).bind(content_at.0).bind(claimed.subject).execute(&mut *tx).await?;
            follow_up!(tx: Db, claimed, TaskKind::LogFailures, claimed.subject);
            Ok(())
        })
    }

    /// Writes that a job has no log of ours, for good, and ends its task.
    pub async fn record_log_without_content(
        &self,
        claimed: &Claimed,
        owner: &str,
        state: LogState,
        reason: &str,
    ) -> Result<()> {
        transaction!(self, tx: Db => {
            finish_task!(tx, claimed, owner);
            sqlx::query("UPDATE job SET log_state = $1, log_reason = $2 WHERE id = $3")
                .bind(state.as_str()).bind(reason).bind(claimed.subject).execute(&mut *tx).await?;
            Ok(())
        })
    }

    /// When a job ended.
    pub async fn job_completed_at(&self, job_id: i64) -> Result<Option<i64>> {
        let at: Option<Option<i64>> = on!(self, db => {
            sqlx::query_scalar("SELECT completed_at FROM job WHERE id = $1").bind(job_id).fetch_optional(db).await?
        });
        Ok(at.flatten())
    }

    /// Ends a task that turned out to have nothing to do.
    pub async fn finish(&self, claimed: &Claimed, owner: &str) -> Result<()> {
        transaction!(self, tx: Db => {
            finish_task!(tx, claimed, owner);
            Ok(())
        })
    }

    /// Notes that a try failed: the task is due again at `due_at`, or given up when that is `None`.
    pub async fn record_failure(
        &self,
        claimed: &Claimed,
        owner: &str,
        reason: &str,
        due_at: Option<Millis>,
    ) -> Result<()> {
        let (artifact_state, dead) = if due_at.is_some() { ("failed", false) } else { ("quarantined", true) };
        transaction!(self, tx: Db => {
            let held = sqlx::query("UPDATE task SET owner = NULL, leased_until = 0, reason = $1, due_at = $2, dead = $3 WHERE id = $4 AND owner = $5 AND epoch = $6")
                .bind(reason).bind(due_at.map_or(0, |at| at.0)).bind(dead).bind(claimed.id).bind(owner).bind(claimed.epoch).execute(&mut *tx).await?.rows_affected();
            if held == 0 {
                return Err(StoreError::Fenced { task: claimed.id });
            }
            match claimed.kind {
                TaskKind::Artifact => {
                    sqlx::query("UPDATE artifact SET state = $1, reason = $2 WHERE id = $3 AND state IN ('pending', 'fetching', 'failed')")
                        .bind(artifact_state).bind(reason).bind(claimed.subject).execute(&mut *tx).await?;
                }
                TaskKind::Log => {
                    sqlx::query("UPDATE job SET log_state = 'failed', log_reason = $1 WHERE id = $2 AND log_state IN ('pending', 'failed')")
                        .bind(reason).bind(claimed.subject).execute(&mut *tx).await?;
                }
                // Without its reports the run's tests are to be judged all the same.
                TaskKind::Reports if dead => follow_up!(tx: Db, claimed, TaskKind::Tests, claimed.run_id),
                _ => {}
            }
            Ok(())
        })
    }

    /// Content made before `before`, oldest first.
    pub async fn content_made_before(&self, before: Millis, limit: i64) -> Result<Vec<OldContent>> {
        let artifacts: Vec<(i64, i64, String)> = on!(self, db => {
            sqlx::query_as("SELECT id, run_id, blob FROM artifact WHERE blob IS NOT NULL AND content_at < $1 ORDER BY content_at LIMIT $2")
                .bind(before.0).bind(limit).fetch_all(db).await?
        });
        let logs: Vec<(i64, i64, String)> = on!(self, db => {
            sqlx::query_as("SELECT id, run_id, log_blob FROM job WHERE log_blob IS NOT NULL AND log_content_at < $1 ORDER BY log_content_at LIMIT $2")
                .bind(before.0).bind(limit).fetch_all(db).await?
        });
        let old = |is_artifact| move |(id, run_id, blob)| OldContent { is_artifact, id, run_id, blob };
        Ok(artifacts.into_iter().map(old(true)).chain(logs.into_iter().map(old(false))).collect())
    }

    /// Writes that the content is gone; the blob is deleted afterwards.
    pub async fn forget_content(&self, old: &OldContent, reason: &str) -> Result<()> {
        transaction!(self, tx: Db => {
            if old.is_artifact {
                sqlx::query("UPDATE artifact SET state = 'deleted', reason = $1, blob = NULL WHERE id = $2").bind(reason).bind(old.id).execute(&mut *tx).await?;
                let paths: Vec<(i64, String)> = sqlx::query_as(
                    "SELECT a.repository_id, f.path FROM file f JOIN artifact a ON a.id = f.artifact_id WHERE f.artifact_id = $1",
                )
                .bind(old.id).fetch_all(&mut *tx).await?;
                forget_entries!(tx: Db, paths.iter().map(|(repository_id, path)| file_row(*repository_id, path).0).collect(), old.id);
            } else {
                sqlx::query("UPDATE job SET log_state = 'deleted', log_reason = $1, log_blob = NULL WHERE id = $2").bind(reason).bind(old.id).execute(&mut *tx).await?;
            }
            Ok(())
        })
    }
}

/// Duration of a completed run as far as the run itself tells; its jobs tell better.
fn provisional_duration(run: &upstream::Run) -> Option<i64> {
    let started = run.started_at.filter(|_| run.is_completed())?;
    Some(run.updated_at.since(started).max(0))
}

/// What the text filter looks at: lower case, at most 400 characters.
fn search_text(run: &upstream::Run) -> String {
    let sha: String = run.head_sha.chars().take(12).collect();
    let text = format!(
        "#{} {} {} {} {} {} {}",
        run.run_number, run.title, run.branch, run.actor, sha, run.workflow_name, run.event
    );
    text.to_lowercase().chars().filter(|c| *c != '\0').take(400).collect()
}
