//! What the HTTP API reads: workflows with their figures, pages of runs and files, and where bytes
//! lie. Pages go by key, never by offset, so that no page is slower than the first one. What a user
//! is told about processing is derived here from the queue, never stored twice.

use super::{Result, Store, StoreError, on, write_on};
use crate::model::{
    Artifact, ArtifactState, Attempt, Commit, DAY_MS, FailedItem, File, FileType, Job, JobLog, LogState, Millis, Processing, ProcessingState, RecentRun, Run,
    RunDetail, RunSummary, Workflow, WorkflowStats,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sqlx::{Database, Encode, QueryBuilder, Type};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Days that the figures of a workflow look back.
pub const WINDOW_DAYS: i64 = 30;
/// Bars in a workflow's run strip.
const RECENT_RUNS: i64 = 48;
/// Completed runs that percentiles look at.
const TIMED_RUNS: i64 = 500;
/// Runs counted before counting is given up.
const MAX_COUNTED: i64 = 10_000;
/// The same where conditions are combined, which no index answers alone.
const MAX_COUNTED_COMBINED: i64 = 1_000;
/// Failed items told at most.
const MAX_FAILED: i64 = 100;

/// Conclusions that make a workflow count as failing.
const FAILURES: [&str; 3] = ["failure", "timed_out", "startup_failure"];
/// Conclusions GitHub knows; it accepts them as `status` too.
const CONCLUSIONS: [&str; 9] =
    ["success", "failure", "cancelled", "skipped", "timed_out", "action_required", "neutral", "stale", "startup_failure"];

/// A page of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T, P> {
    /// The items, in order.
    pub items: Vec<T>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<P>,
    /// Items in all pages, as far as they were counted.
    pub total: i64,
    /// Whether `total` counts them all.
    pub total_is_exact: bool,
}

/// Position of a run in the list: everything after it is older.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunPosition {
    /// Creation of the last run shown.
    pub created_at: Millis,
    /// Its id.
    pub id: i64,
}

/// Which runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunQuery {
    /// Owner and name.
    pub repository: Option<(String, String)>,
    /// Of this workflow.
    pub workflow_id: Option<i64>,
    /// A status or a conclusion.
    pub status: Option<String>,
    /// A conclusion.
    pub conclusion: Option<String>,
    /// Head branch.
    pub branch: Option<String>,
    /// Event.
    pub event: Option<String>,
    /// Login.
    pub actor: Option<String>,
    /// Head commit or its beginning, in lower case.
    pub head_sha: Option<String>,
    /// Created at or after.
    pub from: Option<Millis>,
    /// Created at or before.
    pub to: Option<Millis>,
    /// Lower-case words that must all occur.
    pub words: Vec<String>,
    /// Where to go on.
    pub after: Option<RunPosition>,
    /// Page size.
    pub limit: i64,
}

/// Position of a file in the list of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilePosition {
    /// Artifact of the last file shown.
    pub artifact_id: i64,
    /// Its ordinal.
    pub ordinal: i64,
}

/// Which files of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileQuery {
    /// The run.
    pub run_id: i64,
    /// Of this type.
    pub file_type: Option<FileType>,
    /// Of this artifact.
    pub artifact_id: Option<i64>,
    /// Part of the path, in any case.
    pub q: Option<String>,
    /// Where to go on.
    pub after: Option<FilePosition>,
    /// Page size.
    pub limit: i64,
}

/// A job's log and where its bytes are.
#[derive(Clone, Debug, PartialEq)]
pub struct LogBlob {
    /// The job.
    pub job_id: i64,
    /// Run it belongs to.
    pub run_id: i64,
    /// Name of the job.
    pub job_name: String,
    /// Where it stands.
    pub log: JobLog,
    /// Key of the blob, while it is ours.
    pub blob: Option<String>,
}

/// An artifact and where its bytes are.
#[derive(Clone, Debug, PartialEq)]
pub struct ArtifactBlob {
    /// The artifact.
    pub artifact: Artifact,
    /// Key of the blob, while it is ours.
    pub blob: Option<String>,
    /// Length of the blob.
    pub bytes: i64,
    /// SHA-256 of the blob in hexadecimal.
    pub sha256: Option<String>,
    /// Whether the blob is one file uploaded without an archive.
    pub is_single: bool,
}

/// A file and where its bytes lie inside its artifact's blob.
#[derive(Clone, Debug, PartialEq)]
pub struct FileBlob {
    /// The file.
    pub file: File,
    /// State of its artifact.
    pub state: ArtifactState,
    /// Why its artifact is not complete.
    pub reason: Option<String>,
    /// Key of the artifact's blob, while it is ours.
    pub blob: Option<String>,
    /// Whether the blob is this one file, without an archive around it.
    pub is_single: bool,
    /// ZIP compression method.
    pub method: i64,
    /// Where the compressed bytes begin.
    pub data_offset: i64,
    /// CRC-32 of the content.
    pub crc32: i64,
}

/// Percentiles already worked out, kept between calls. They are worked out again when the rollup of
/// a workflow or its newest run changes, so they never differ from a fresh calculation for long.
#[derive(Debug, Default)]
pub struct DurationCache(Mutex<HashMap<i64, (Fingerprint, Percentiles)>>);

/// Changes whenever the runs behind the percentiles do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fingerprint {
    since: i64,
    timed: i64,
    duration_ms: i64,
    newest: i64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Percentiles {
    p50: Option<i64>,
    p95: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct WorkflowRow {
    id: i64,
    owner: String,
    repository: String,
    default_branch: String,
    name: String,
    path: String,
    state: String,
    html_url: String,
    badge_url: String,
}

#[derive(sqlx::FromRow)]
struct RecentRow {
    workflow_id: i64,
    id: i64,
    run_number: i64,
    attempt: i64,
    status: String,
    conclusion: Option<String>,
    branch: String,
    created_at: i64,
    duration_ms: Option<i64>,
}

#[derive(Clone, Copy, Debug, Default, sqlx::FromRow)]
struct WindowRow {
    workflow_id: i64,
    runs: i64,
    succeeded: i64,
    failed: i64,
    timed: i64,
    duration_ms: i64,
}

#[derive(sqlx::FromRow)]
struct RunRow {
    id: i64,
    owner: String,
    repository: String,
    workflow_id: i64,
    workflow_name: String,
    run_number: i64,
    attempt: i64,
    title: String,
    event: String,
    status: String,
    conclusion: Option<String>,
    branch: String,
    head_sha: String,
    commit_message: String,
    commit_author: String,
    actor: String,
    pull_requests: String,
    fork: bool,
    created_at: i64,
    started_at: Option<i64>,
    updated_at: i64,
    duration_ms: Option<i64>,
    html_url: String,
    deleted_upstream: bool,
    details_at: Option<i64>,
}

const RUN_COLUMNS: &str = "SELECT r.id, p.owner, p.name AS repository, r.workflow_id, r.workflow_name, r.run_number, r.attempt, r.title, r.event, \
    r.status, r.conclusion, r.branch, r.head_sha, r.commit_message, r.commit_author, r.actor, r.pull_requests, r.fork, r.created_at, r.started_at, \
    r.updated_at, r.duration_ms, r.html_url, r.deleted_upstream, r.details_at FROM run r JOIN repository p ON p.id = r.repository_id";

/// What is left to do for a run.
#[derive(Clone, Debug, Default, sqlx::FromRow)]
struct TaskRow {
    run_id: i64,
    failed: i64,
    attempts: i64,
    next_retry_at: Option<i64>,
    newest_failed: Option<i64>,
}

#[derive(Clone, Copy, Debug, Default, sqlx::FromRow)]
struct SummaryRow {
    run_id: i64,
    artifacts: i64,
    files: i64,
    images: i64,
    json: i64,
    text: i64,
    binary_files: i64,
    file_bytes: i64,
}

#[derive(sqlx::FromRow)]
struct AttemptRow {
    attempt: i64,
    status: String,
    conclusion: Option<String>,
    started_at: Option<i64>,
    updated_at: i64,
    duration_ms: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct JobRow {
    id: i64,
    run_id: i64,
    attempt: i64,
    name: String,
    status: String,
    conclusion: Option<String>,
    created_at: Option<i64>,
    started_at: Option<i64>,
    completed_at: Option<i64>,
    runner_name: String,
    labels: String,
    html_url: String,
    steps: String,
    log_state: String,
    log_reason: Option<String>,
    log_bytes: Option<i64>,
    log_blob: Option<String>,
}

const JOB_COLUMNS: &str = "SELECT id, run_id, attempt, name, status, conclusion, created_at, started_at, completed_at, runner_name, labels, html_url, \
    steps, log_state, log_reason, log_bytes, log_blob FROM job";

#[derive(sqlx::FromRow)]
struct ArtifactRow {
    id: i64,
    run_id: i64,
    attempt: Option<i64>,
    name: String,
    size_bytes: i64,
    digest: Option<String>,
    expired: bool,
    created_at: Option<i64>,
    expires_at: Option<i64>,
    state: String,
    reason: Option<String>,
    blob: Option<String>,
    blob_bytes: Option<i64>,
    blob_sha256: Option<String>,
    form: Option<String>,
    files: i64,
}

const ARTIFACT_COLUMNS: &str = "SELECT id, run_id, attempt, name, size_bytes, digest, expired, created_at, expires_at, state, reason, blob, blob_bytes, \
    blob_sha256, form, files FROM artifact";

#[derive(sqlx::FromRow)]
struct FileRow {
    artifact_id: i64,
    ordinal: i64,
    run_id: i64,
    artifact_name: String,
    state: String,
    reason: Option<String>,
    blob: Option<String>,
    form: Option<String>,
    path: String,
    raw_path: Option<Vec<u8>>,
    size_bytes: i64,
    compressed_bytes: i64,
    method: i64,
    data_offset: i64,
    crc32: i64,
    file_type: String,
    media_type: String,
    flags: String,
}

const FILE_COLUMNS: &str = "SELECT f.artifact_id, f.ordinal, f.run_id, a.name AS artifact_name, a.state, a.reason, a.blob, a.form, f.path, f.raw_path, \
    f.size_bytes, f.compressed_bytes, f.method, f.data_offset, f.crc32, f.type AS file_type, f.media_type, f.flags \
    FROM file f JOIN artifact a ON a.id = f.artifact_id";

#[derive(sqlx::FromRow)]
struct FailedRow {
    kind: String,
    subject: i64,
    reason: String,
    attempts: i64,
    due_at: i64,
    dead: bool,
}

/// Expands to the rows of a list of run ids, in no order. An empty list asks nothing.
macro_rules! rows_of_runs {
    ($store:expr, $ids:expr, $head:expr, $tail:expr) => {{
        let ids: &[i64] = $ids;
        if ids.is_empty() {
            Vec::new()
        } else {
            on!($store, db => {
                let mut query = QueryBuilder::new($head);
                push_ids(&mut query, ids);
                query.push($tail);
                query.build_query_as().fetch_all(db).await?
            })
        }
    }};
}

impl StoreError {
    /// Whether the database cannot be reached at the moment, so that asking again later may help.
    pub fn is_unavailable(&self) -> bool {
        matches!(self, StoreError::Database(sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) | sqlx::Error::PoolClosed))
    }
}

impl Store {
    /// All workflows with their figures: failing first, then running, passing, disabled; newest run
    /// first within each.
    pub async fn workflows(&self, now: Millis, cache: &DurationCache) -> Result<Vec<Workflow>> {
        let rows = on!(self, db => {
            sqlx::query_as("SELECT w.id, p.owner, p.name AS repository, p.default_branch, w.name, w.path, w.state, w.html_url, w.badge_url \
                FROM workflow w JOIN repository p ON p.id = w.repository_id ORDER BY w.id").fetch_all(db).await?
        });
        self.with_figures(rows, now, cache).await
    }

    /// One workflow with its figures.
    pub async fn workflow(&self, id: i64, now: Millis, cache: &DurationCache) -> Result<Option<Workflow>> {
        let rows = on!(self, db => {
            sqlx::query_as("SELECT w.id, p.owner, p.name AS repository, p.default_branch, w.name, w.path, w.state, w.html_url, w.badge_url \
                FROM workflow w JOIN repository p ON p.id = w.repository_id WHERE w.id = $1").bind(id).fetch_all(db).await?
        });
        Ok(self.with_figures(rows, now, cache).await?.pop())
    }

    /// Whether there is such a workflow.
    pub async fn has_workflow(&self, id: i64) -> Result<bool> {
        let found: Option<i64> = on!(self, db => sqlx::query_scalar("SELECT id FROM workflow WHERE id = $1").bind(id).fetch_optional(db).await?);
        Ok(found.is_some())
    }

    /// Adds figures, recent runs and the latest run, and puts the workflows in order.
    async fn with_figures(&self, rows: Vec<WorkflowRow>, now: Millis, cache: &DurationCache) -> Result<Vec<Workflow>> {
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let mut recent: HashMap<i64, Vec<RecentRow>> = HashMap::new();
        for row in self.recent_runs(&ids).await? {
            recent.entry(row.workflow_id).or_default().push(row);
        }
        let windows = self.windows(&ids, now).await?;
        let percentiles = self.percentiles(&ids, now, &windows, &recent, cache).await?;
        let newest: Vec<i64> = recent.values().filter_map(|runs| runs.first()).map(|run| run.id).collect();
        let mut latest: HashMap<i64, Run> = self.runs_by_id(&newest).await?.into_iter().map(|run| (run.workflow_id, run)).collect();

        let mut workflows: Vec<(u8, Workflow)> = rows
            .into_iter()
            .map(|row| {
                let runs = recent.remove(&row.id).unwrap_or_default();
                let standing = standing(&row, &runs);
                let window = windows.get(&row.id).copied().unwrap_or_default();
                let workflow = Workflow {
                    id: row.id,
                    repository: format!("{}/{}", row.owner, row.repository),
                    name: row.name,
                    path: row.path,
                    state: row.state,
                    html_url: row.html_url,
                    badge_url: row.badge_url,
                    latest_run: latest.remove(&row.id),
                    stats: stats(window, percentiles.get(&row.id).copied().unwrap_or_default()),
                    recent_runs: runs.into_iter().map(RecentRow::into_model).collect(),
                };
                (standing, workflow)
            })
            .collect();
        workflows.sort_by_key(|(standing, workflow)| {
            let newest = workflow.latest_run.as_ref().map_or(Millis(i64::MIN), |run| run.created_at);
            (*standing, std::cmp::Reverse(newest), workflow.id)
        });
        Ok(workflows.into_iter().map(|(_, workflow)| workflow).collect())
    }

    /// The newest runs of each workflow, newest first. One short walk along an index a workflow: a
    /// window function would visit every run there is, and one statement joining all the walks takes
    /// PostgreSQL longer to plan than to run.
    async fn recent_runs(&self, ids: &[i64]) -> Result<Vec<RecentRow>> {
        let mut rows = Vec::new();
        for id in ids {
            let part: Vec<RecentRow> = on!(self, db => {
                sqlx::query_as("SELECT workflow_id, id, run_number, attempt, status, conclusion, branch, created_at, duration_ms FROM run \
                    WHERE workflow_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2").bind(*id).bind(RECENT_RUNS).fetch_all(db).await?
            });
            rows.extend(part);
        }
        Ok(rows)
    }

    /// Sums over the window, by workflow.
    async fn windows(&self, ids: &[i64], now: Millis) -> Result<HashMap<i64, WindowRow>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows: Vec<WindowRow> = on!(self, db => {
            let mut query = QueryBuilder::new("SELECT workflow_id, CAST(sum(runs) AS BIGINT) AS runs, CAST(sum(succeeded) AS BIGINT) AS succeeded, \
                CAST(sum(failed) AS BIGINT) AS failed, CAST(sum(timed) AS BIGINT) AS timed, CAST(sum(duration_ms) AS BIGINT) AS duration_ms \
                FROM workflow_day WHERE workflow_id IN ");
            push_ids(&mut query, ids);
            query.push(" AND day > ").push_bind(now.day() - WINDOW_DAYS).push(" AND day <= ").push_bind(now.day()).push(" GROUP BY workflow_id");
            query.build_query_as().fetch_all(db).await?
        });
        Ok(rows.into_iter().map(|row| (row.workflow_id, row)).collect())
    }

    /// Percentiles by workflow, from the cache where nothing has changed.
    async fn percentiles(
        &self,
        ids: &[i64],
        now: Millis,
        windows: &HashMap<i64, WindowRow>,
        recent: &HashMap<i64, Vec<RecentRow>>,
        cache: &DurationCache,
    ) -> Result<HashMap<i64, Percentiles>> {
        let since = (now.day() - WINDOW_DAYS + 1) * DAY_MS;
        let fingerprint = |id: &i64| {
            let window = windows.get(id).copied().unwrap_or_default();
            let newest = recent.get(id).and_then(|runs| runs.first()).map_or(0, |run| run.id);
            Fingerprint { since, timed: window.timed, duration_ms: window.duration_ms, newest }
        };
        let mut known = HashMap::new();
        let mut changed = Vec::new();
        {
            let kept = cache.0.lock().unwrap_or_else(PoisonError::into_inner);
            for id in ids {
                match kept.get(id) {
                    Some((seen, percentiles)) if *seen == fingerprint(id) => drop(known.insert(*id, *percentiles)),
                    _ => changed.push(*id),
                }
            }
        }
        let fresh = self.fresh_percentiles(&changed, since).await?;
        let mut kept = cache.0.lock().unwrap_or_else(PoisonError::into_inner);
        for id in changed {
            let percentiles = fresh.get(&id).copied().unwrap_or_default();
            kept.insert(id, (fingerprint(&id), percentiles));
            known.insert(id, percentiles);
        }
        Ok(known)
    }

    async fn fresh_percentiles(&self, ids: &[i64], since: i64) -> Result<HashMap<i64, Percentiles>> {
        let mut fresh = HashMap::new();
        for id in ids {
            // Only completed runs have a duration. Asking for the status too would lead SQLite to the wrong index.
            let mut durations: Vec<i64> = on!(self, db => {
                sqlx::query_scalar("SELECT duration_ms FROM run WHERE workflow_id = $1 AND created_at >= $2 AND duration_ms IS NOT NULL \
                    ORDER BY created_at DESC, id DESC LIMIT $3").bind(*id).bind(since).bind(TIMED_RUNS).fetch_all(db).await?
            });
            durations.sort_unstable();
            fresh.insert(*id, Percentiles { p50: nearest_rank(&durations, 50), p95: nearest_rank(&durations, 95) });
        }
        Ok(fresh)
    }

    /// A page of runs, newest first.
    pub async fn runs(&self, query: &RunQuery) -> Result<Page<Run, RunPosition>> {
        let repository_id = match &query.repository {
            None => None,
            // A repository that is not mirrored has no runs; no run has the id 0.
            Some((owner, name)) => Some(self.repository_id(owner, name).await?.unwrap_or(0)),
        };
        let mut equal = equalities(query, repository_id);
        self.choose_index(query, &mut equal).await?;
        let mut rows: Vec<RunRow> = on!(self, db => {
            let mut list = QueryBuilder::new(RUN_COLUMNS);
            push_run_filters(&mut list, query, &equal);
            if let Some(after) = query.after {
                list.push(" AND (r.created_at, r.id) < (").push_bind(after.created_at.0).push(", ").push_bind(after.id).push(")");
            }
            list.push(" ORDER BY r.created_at DESC, r.id DESC LIMIT ").push_bind(query.limit + 1);
            list.build_query_as().fetch_all(db).await?
        });
        let has_more = rows.len() as i64 > query.limit;
        rows.truncate(query.limit.max(0) as usize);
        let next = rows.last().filter(|_| has_more).map(|row| RunPosition { created_at: Millis(row.created_at), id: row.id });
        let conditions = equal.len() + query.words.len() + usize::from(query.head_sha.is_some()) + usize::from(query.from.is_some() || query.to.is_some());
        let most = if conditions > 1 { MAX_COUNTED_COMBINED } else { MAX_COUNTED };
        let counted: i64 = if query.after.is_none() && !has_more {
            rows.len() as i64
        } else {
            on!(self, db => {
                let mut count = QueryBuilder::new("SELECT count(*) FROM (SELECT 1 AS one FROM run r");
                push_run_filters(&mut count, query, &equal);
                count.push(" LIMIT ").push_bind(most + 1).push(") AS counted");
                count.build_query_scalar().fetch_one(db).await?
            })
        };
        Ok(Page { items: self.with_state(rows).await?, next, total: counted, total_is_exact: counted <= most })
    }

    /// Marks which comparisons should lead through their index: those that leave the fewest runs.
    ///
    /// SQLite keeps no statistics of a database that grew while it was open, and takes the first
    /// index it finds. Counting a little along each index costs less than one wrong choice.
    /// PostgreSQL knows better by itself.
    async fn choose_index(&self, query: &RunQuery, equal: &mut [Equality]) -> Result<()> {
        if self.is_shared() || (equal.len() < 2 && query.head_sha.is_none()) {
            return Ok(());
        }
        let mut best = None;
        for candidate in candidates(equal).into_iter().filter(|_| query.head_sha.is_none()) {
            let counted: i64 = on!(self, db => {
                let mut count = QueryBuilder::new("SELECT count(*) FROM (SELECT 1 AS one FROM run r WHERE TRUE");
                candidate.iter().for_each(|at| push_equality(&mut count, &equal[*at]));
                count.push(" LIMIT ").push_bind(best.as_ref().map_or(MAX_COUNTED, |(fewest, _)| *fewest)).push(") AS counted");
                count.build_query_scalar().fetch_one(db).await?
            });
            if best.as_ref().is_none_or(|(fewest, _)| counted < *fewest) {
                best = Some((counted, candidate));
            }
        }
        let leading = best.map(|(_, candidate)| candidate).unwrap_or_default();
        for (at, equality) in equal.iter_mut().enumerate() {
            equality.is_leading = leading.contains(&at);
        }
        Ok(())
    }

    async fn repository_id(&self, owner: &str, name: &str) -> Result<Option<i64>> {
        Ok(on!(self, db => {
            sqlx::query_scalar("SELECT id FROM repository WHERE lower(owner) = lower($1) AND lower(name) = lower($2) ORDER BY id DESC LIMIT 1")
                .bind(owner).bind(name).fetch_optional(db).await?
        }))
    }

    /// Runs by id, in no order; unknown ids are left out.
    async fn runs_by_id(&self, ids: &[i64]) -> Result<Vec<Run>> {
        let rows: Vec<RunRow> = rows_of_runs!(self, ids, format!("{RUN_COLUMNS} WHERE r.id IN "), "");
        self.with_state(rows).await
    }

    /// Adds what is derived: processing and the counts of files.
    async fn with_state(&self, rows: Vec<RunRow>) -> Result<Vec<Run>> {
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let tasks: Vec<TaskRow> = rows_of_runs!(
            self,
            &ids,
            "SELECT run_id, count(reason) AS failed, max(attempts) AS attempts, \
             min(CASE WHEN reason IS NOT NULL AND NOT dead THEN due_at END) AS next_retry_at, \
             max(CASE WHEN reason IS NOT NULL THEN id END) AS newest_failed FROM task WHERE kind <> 'recheck' AND run_id IN ",
            " GROUP BY run_id"
        );
        let failed: Vec<i64> = tasks.iter().filter_map(|row| row.newest_failed).collect();
        let reasons: Vec<(i64, Option<String>)> = rows_of_runs!(self, &failed, "SELECT run_id, reason FROM task WHERE id IN ", "");
        let summaries: Vec<SummaryRow> = rows_of_runs!(
            self,
            &ids,
            "SELECT run_id, count(*) AS artifacts, CAST(sum(files) AS BIGINT) AS files, CAST(sum(images) AS BIGINT) AS images, \
             CAST(sum(json) AS BIGINT) AS json, CAST(sum(text) AS BIGINT) AS text, CAST(sum(binary_files) AS BIGINT) AS binary_files, \
             CAST(sum(file_bytes) AS BIGINT) AS file_bytes FROM artifact WHERE run_id IN ",
            " GROUP BY run_id"
        );
        let mut tasks: HashMap<i64, TaskRow> = tasks.into_iter().map(|row| (row.run_id, row)).collect();
        let mut reasons: HashMap<i64, Option<String>> = reasons.into_iter().collect();
        let summaries: HashMap<i64, SummaryRow> = summaries.into_iter().map(|row| (row.run_id, row)).collect();
        Ok(rows
            .into_iter()
            .map(|row| {
                let id = row.id;
                let processing = processing(&row, tasks.remove(&id), reasons.remove(&id).flatten());
                row.into_model(processing, summaries.get(&id).copied().unwrap_or_default().into_model())
            })
            .collect())
    }

    /// A run with its attempts and artifacts, newest first.
    pub async fn run(&self, id: i64) -> Result<Option<RunDetail>> {
        let Some(run) = self.runs_by_id(&[id]).await?.pop() else { return Ok(None) };
        let attempts: Vec<AttemptRow> = on!(self, db => {
            sqlx::query_as("SELECT attempt, status, conclusion, started_at, updated_at, duration_ms FROM attempt WHERE run_id = $1 ORDER BY attempt DESC")
                .bind(id).fetch_all(db).await?
        });
        let artifacts: Vec<ArtifactRow> = on!(self, db => {
            let mut query = QueryBuilder::new(ARTIFACT_COLUMNS);
            query.push(" WHERE run_id = ").push_bind(id).push(" ORDER BY id DESC");
            query.build_query_as().fetch_all(db).await?
        });
        Ok(Some(RunDetail {
            run,
            attempts: attempts.into_iter().map(AttemptRow::into_model).collect(),
            artifacts: artifacts.into_iter().map(ArtifactRow::into_model).collect(),
        }))
    }

    /// The latest attempt of a run; `None` when there is no such run.
    pub async fn latest_attempt(&self, run_id: i64) -> Result<Option<i64>> {
        Ok(on!(self, db => sqlx::query_scalar("SELECT attempt FROM run WHERE id = $1").bind(run_id).fetch_optional(db).await?))
    }

    /// Jobs of one attempt of a run, in the order GitHub made them.
    pub async fn jobs(&self, run_id: i64, attempt: i64) -> Result<Vec<Job>> {
        let rows: Vec<JobRow> = on!(self, db => {
            let mut query = QueryBuilder::new(JOB_COLUMNS);
            query.push(" WHERE run_id = ").push_bind(run_id).push(" AND attempt = ").push_bind(attempt).push(" ORDER BY id");
            query.build_query_as().fetch_all(db).await?
        });
        Ok(rows.into_iter().map(JobRow::into_model).collect())
    }

    /// Where the log of a job is; `None` when there is no such job.
    pub async fn job_log(&self, job_id: i64) -> Result<Option<LogBlob>> {
        let row: Option<JobRow> = on!(self, db => {
            let mut query = QueryBuilder::new(JOB_COLUMNS);
            query.push(" WHERE id = ").push_bind(job_id);
            query.build_query_as().fetch_optional(db).await?
        });
        Ok(row.map(|mut row| {
            let blob = row.log_blob.take();
            let job = row.into_model();
            LogBlob { job_id: job.id, run_id: job.run_id, job_name: job.name, log: job.log, blob }
        }))
    }

    /// A page of the files of a run: newest artifact first, inside it in the order of the archive.
    pub async fn files(&self, query: &FileQuery) -> Result<Page<File, FilePosition>> {
        let mut rows: Vec<FileRow> = on!(self, db => {
            let mut list = QueryBuilder::new(FILE_COLUMNS);
            push_file_filters(&mut list, query);
            if let Some(after) = query.after {
                // The first key descends and the second ascends, so a row value cannot compare them.
                list.push(" AND (f.artifact_id < ").push_bind(after.artifact_id).push(" OR (f.artifact_id = ").push_bind(after.artifact_id);
                list.push(" AND f.ordinal > ").push_bind(after.ordinal).push("))");
            }
            list.push(" ORDER BY f.artifact_id DESC, f.ordinal LIMIT ").push_bind(query.limit + 1);
            list.build_query_as().fetch_all(db).await?
        });
        let has_more = rows.len() as i64 > query.limit;
        rows.truncate(query.limit.max(0) as usize);
        let next = rows.last().filter(|_| has_more).map(|row| FilePosition { artifact_id: row.artifact_id, ordinal: row.ordinal });
        let total = if query.after.is_none() && !has_more {
            rows.len() as i64
        } else {
            on!(self, db => {
                let mut count = QueryBuilder::new("SELECT count(*) FROM file f");
                push_file_filters(&mut count, query);
                count.build_query_scalar().fetch_one(db).await?
            })
        };
        Ok(Page { items: rows.into_iter().map(|row| row.into_model().file).collect(), next, total, total_is_exact: true })
    }

    /// An artifact.
    pub async fn artifact(&self, id: i64) -> Result<Option<Artifact>> {
        Ok(self.artifact_blob(id).await?.map(|found| found.artifact))
    }

    /// An artifact and where its bytes are.
    pub async fn artifact_blob(&self, id: i64) -> Result<Option<ArtifactBlob>> {
        let row: Option<ArtifactRow> = on!(self, db => {
            let mut query = QueryBuilder::new(ARTIFACT_COLUMNS);
            query.push(" WHERE id = ").push_bind(id);
            query.build_query_as().fetch_optional(db).await?
        });
        Ok(row.map(|row| ArtifactBlob {
            blob: row.blob.clone(),
            bytes: row.blob_bytes.unwrap_or(0),
            sha256: row.blob_sha256.clone(),
            is_single: row.form.as_deref() == Some("single"),
            artifact: row.into_model(),
        }))
    }

    /// A file and where its bytes lie.
    pub async fn file(&self, artifact_id: i64, ordinal: i64) -> Result<Option<FileBlob>> {
        let row: Option<FileRow> = on!(self, db => {
            let mut query = QueryBuilder::new(FILE_COLUMNS);
            query.push(" WHERE f.artifact_id = ").push_bind(artifact_id).push(" AND f.ordinal = ").push_bind(ordinal);
            query.build_query_as().fetch_optional(db).await?
        });
        Ok(row.map(FileRow::into_model))
    }

    /// The files of an artifact that have one of these paths, in the order of the archive.
    pub async fn files_by_path(&self, artifact_id: i64, paths: &[&str]) -> Result<Vec<FileBlob>> {
        let rows: Vec<FileRow> = on!(self, db => {
            let mut query = QueryBuilder::new(FILE_COLUMNS);
            query.push(" WHERE f.artifact_id = ").push_bind(artifact_id).push(" AND f.path IN (");
            let mut list = query.separated(", ");
            for path in paths {
                list.push_bind(*path);
            }
            query.push(") ORDER BY f.ordinal");
            query.build_query_as().fetch_all(db).await?
        });
        Ok(rows.into_iter().map(FileRow::into_model).collect())
    }

    /// How many items are not in a terminal state, and what failed or was given up, newest first.
    pub async fn sync_items(&self) -> Result<(i64, Vec<FailedItem>)> {
        let pending: i64 = on!(self, db => {
            sqlx::query_scalar("SELECT count(*) FROM task WHERE NOT dead AND kind <> 'recheck'").fetch_one(db).await?
        });
        Ok((pending, self.failed_items(MAX_FAILED).await?))
    }

    /// What failed or was given up, newest first.
    pub async fn failed_items(&self, limit: i64) -> Result<Vec<FailedItem>> {
        let rows: Vec<FailedRow> = on!(self, db => {
            sqlx::query_as("SELECT kind, subject, reason, attempts, due_at, dead FROM task WHERE reason IS NOT NULL ORDER BY id DESC LIMIT $1")
                .bind(limit).fetch_all(db).await?
        });
        Ok(rows.into_iter().map(FailedRow::into_model).collect())
    }

    /// `owner/name` of every mirrored repository, in order.
    pub async fn repositories(&self) -> Result<Vec<String>> {
        let rows: Vec<(String, String)> = on!(self, db => sqlx::query_as("SELECT owner, name FROM repository ORDER BY owner, name, id").fetch_all(db).await?);
        Ok(rows.into_iter().map(|(owner, name)| format!("{owner}/{name}")).collect())
    }

    /// When the repository checked least recently was checked with success; `None` until all have been.
    pub async fn last_sync_at(&self) -> Result<Option<Millis>> {
        let times: Vec<(Option<i64>,)> = on!(self, db => sqlx::query_as("SELECT last_sync_at FROM repository").fetch_all(db).await?);
        let oldest: Option<Vec<i64>> = times.into_iter().map(|(at,)| at).collect();
        Ok(oldest.and_then(|times| times.into_iter().min()).map(Millis))
    }

    /// A setting of this installation.
    pub async fn setting(&self, key: &str) -> Result<Option<String>> {
        // On the writing side: a setting is read right after it was written by somebody else.
        Ok(write_on!(self, db => sqlx::query_scalar("SELECT value FROM setting WHERE key = $1").bind(key).fetch_optional(db).await?))
    }

    /// Writes a setting unless it is there already, and answers with the value that counts.
    pub async fn set_setting_once(&self, key: &str, value: &str) -> Result<String> {
        write_on!(self, db => {
            sqlx::query("INSERT INTO setting (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING").bind(key).bind(value).execute(db).await?;
        });
        Ok(self.setting(key).await?.unwrap_or_else(|| value.to_owned()))
    }

    /// Writes a setting.
    pub async fn set_setting(&self, key: &str, value: &str) -> Result<()> {
        write_on!(self, db => {
            sqlx::query("INSERT INTO setting (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value")
                .bind(key).bind(value).execute(db).await?;
        });
        Ok(())
    }
}

/// Pushes `(a, b, c)` for an IN clause.
fn push_ids<DB: Database>(query: &mut QueryBuilder<DB>, ids: &[i64])
where
    i64: for<'q> Encode<'q, DB> + Type<DB>,
{
    query.push("(");
    let mut list = query.separated(", ");
    for id in ids {
        list.push_bind(*id);
    }
    query.push(")");
}

/// A comparison of one column.
#[derive(Clone, Debug)]
struct Equality {
    column: &'static str,
    value: Value,
    /// Whether an index on the column may be used.
    is_leading: bool,
}

#[derive(Clone, Debug)]
enum Value {
    Text(String),
    Number(i64),
}

/// The filters that compare for equality.
fn equalities(query: &RunQuery, repository_id: Option<i64>) -> Vec<Equality> {
    let status_column = match &query.status {
        Some(word) if CONCLUSIONS.contains(&word.as_str()) => "conclusion",
        _ => "status",
    };
    let texts = [
        ("branch", &query.branch),
        ("actor", &query.actor),
        ("conclusion", &query.conclusion),
        (status_column, &query.status),
        ("event", &query.event),
    ];
    let numbers = [("workflow_id", query.workflow_id), ("repository_id", repository_id)];
    let texts = texts.into_iter().filter_map(|(column, value)| Some((column, Value::Text(value.clone()?))));
    let numbers = numbers.into_iter().filter_map(|(column, value)| Some((column, Value::Number(value?))));
    texts.chain(numbers).map(|(column, value)| Equality { column, value, is_leading: true }).collect()
}

/// Positions of the comparisons that have an index together, the likely best ones first.
fn candidates(equal: &[Equality]) -> Vec<Vec<usize>> {
    let at = |column: &str| equal.iter().position(|equality| equality.column == column);
    let pair = |column| Some(vec![at("workflow_id")?, at(column)?]);
    ["branch", "conclusion"].into_iter().filter_map(pair).chain((0..equal.len()).map(|at| vec![at])).collect()
}

fn push_equality<DB: Database>(list: &mut QueryBuilder<DB>, equality: &Equality)
where
    i64: for<'q> Encode<'q, DB> + Type<DB>,
    String: for<'q> Encode<'q, DB> + Type<DB>,
{
    // The plus sign changes no value; it keeps SQLite from using the index. It is never written for PostgreSQL.
    list.push(if equality.is_leading { " AND r." } else { " AND +r." }).push(equality.column).push(" = ");
    match &equality.value {
        Value::Text(text) => list.push_bind(text.clone()),
        Value::Number(number) => list.push_bind(*number),
    };
}

fn push_run_filters<DB: Database>(list: &mut QueryBuilder<DB>, query: &RunQuery, equal: &[Equality])
where
    i64: for<'q> Encode<'q, DB> + Type<DB>,
    String: for<'q> Encode<'q, DB> + Type<DB>,
{
    list.push(" WHERE TRUE");
    equal.iter().for_each(|equality| push_equality(list, equality));
    if let Some(beginning) = &query.head_sha {
        // 'g' follows the last hexadecimal digit: a range over the index instead of LIKE.
        list.push(" AND r.head_sha >= ").push_bind(beginning.clone()).push(" AND r.head_sha < ").push_bind(format!("{beginning}g"));
    }
    if let Some(from) = query.from {
        list.push(" AND r.created_at >= ").push_bind(from.0);
    }
    if let Some(to) = query.to {
        list.push(" AND r.created_at <= ").push_bind(to.0);
    }
    for word in &query.words {
        list.push(" AND r.search LIKE ").push_bind(containing(word)).push(" ESCAPE '\\'");
    }
}

fn push_file_filters<DB: Database>(list: &mut QueryBuilder<DB>, query: &FileQuery)
where
    i64: for<'q> Encode<'q, DB> + Type<DB>,
    String: for<'q> Encode<'q, DB> + Type<DB>,
{
    list.push(" WHERE f.run_id = ").push_bind(query.run_id);
    if let Some(id) = query.artifact_id {
        list.push(" AND f.artifact_id = ").push_bind(id);
    }
    if let Some(file_type) = query.file_type {
        list.push(" AND f.type = ").push_bind(file_type.as_str().to_owned());
    }
    if let Some(part) = &query.q {
        list.push(" AND lower(f.path) LIKE lower(").push_bind(containing(part)).push(") ESCAPE '\\'");
    }
}

/// A LIKE pattern that finds `part` anywhere, its own wildcards taken literally.
fn containing(part: &str) -> String {
    let mut pattern = String::with_capacity(part.len() + 2);
    pattern.push('%');
    for character in part.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

/// Place of a workflow in the list: failing, running, passing, disabled.
fn standing(row: &WorkflowRow, recent: &[RecentRow]) -> u8 {
    if row.state.starts_with("disabled") || row.state == "deleted" {
        return 3;
    }
    let is_failure = |run: &&RecentRow| run.conclusion.as_deref().is_some_and(|word| FAILURES.contains(&word));
    let judged = |run: &&RecentRow| run.conclusion.as_deref() == Some("success") || is_failure(run);
    let last = recent.iter().find(judged);
    let last_on_default = recent.iter().filter(|run| run.branch == row.default_branch).find(judged);
    if [last, last_on_default].iter().flatten().any(is_failure) {
        0
    } else if recent.first().is_some_and(|run| run.status != "completed") {
        1
    } else {
        2
    }
}

fn stats(window: WindowRow, percentiles: Percentiles) -> WorkflowStats {
    let judged = window.succeeded + window.failed;
    WorkflowStats {
        window_days: WINDOW_DAYS,
        total_runs: window.runs,
        succeeded: window.succeeded,
        failed: window.failed,
        success_rate: (judged > 0).then(|| window.succeeded as f64 / judged as f64),
        average_duration_ms: (window.timed > 0).then(|| window.duration_ms / window.timed),
        p50_duration_ms: percentiles.p50,
        p95_duration_ms: percentiles.p95,
    }
}

/// The nearest-rank percentile of sorted values.
fn nearest_rank(sorted: &[i64], percent: usize) -> Option<i64> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

/// How far mirroring of a run is, from what is left in the queue.
fn processing(run: &RunRow, tasks: Option<TaskRow>, reason: Option<String>) -> Processing {
    let left = tasks.clone().unwrap_or_default();
    let state = if left.failed > 0 {
        ProcessingState::Failed
    } else if run.details_at.is_none() && run.status == "completed" {
        ProcessingState::Pending
    } else if run.status != "completed" || tasks.is_some() {
        ProcessingState::Processing
    } else {
        ProcessingState::Processed
    };
    Processing { state, error: reason, attempts: left.attempts, next_retry_at: left.next_retry_at.map(Millis) }
}

impl RecentRow {
    fn into_model(self) -> RecentRun {
        RecentRun {
            id: self.id,
            run_number: self.run_number,
            attempt: self.attempt,
            status: self.status,
            conclusion: self.conclusion,
            created_at: Millis(self.created_at),
            duration_ms: self.duration_ms,
        }
    }
}

impl RunRow {
    fn into_model(self, processing: Processing, summary: RunSummary) -> Run {
        Run {
            id: self.id,
            repository: format!("{}/{}", self.owner, self.repository),
            workflow_id: self.workflow_id,
            workflow_name: self.workflow_name,
            run_number: self.run_number,
            attempt: self.attempt,
            title: self.title,
            event: self.event,
            status: self.status,
            conclusion: self.conclusion,
            branch: self.branch,
            head_sha: self.head_sha.clone(),
            commit: Commit { sha: self.head_sha, message: self.commit_message, author: self.commit_author },
            actor: self.actor,
            pull_requests: serde_json::from_str(&self.pull_requests).unwrap_or_default(),
            fork: self.fork,
            created_at: Millis(self.created_at),
            started_at: self.started_at.map(Millis),
            updated_at: Millis(self.updated_at),
            duration_ms: self.duration_ms,
            html_url: self.html_url,
            deleted_upstream: self.deleted_upstream,
            processing,
            summary,
        }
    }
}

impl SummaryRow {
    fn into_model(self) -> RunSummary {
        RunSummary {
            artifacts: self.artifacts,
            files: self.files,
            images: self.images,
            json: self.json,
            text: self.text,
            binary: self.binary_files,
            size_bytes: self.file_bytes,
        }
    }
}

impl AttemptRow {
    fn into_model(self) -> Attempt {
        Attempt {
            attempt: self.attempt,
            status: self.status,
            conclusion: self.conclusion,
            started_at: self.started_at.map(Millis),
            updated_at: Millis(self.updated_at),
            duration_ms: self.duration_ms,
        }
    }
}

impl JobRow {
    fn into_model(self) -> Job {
        Job {
            id: self.id,
            run_id: self.run_id,
            attempt: self.attempt,
            name: self.name,
            status: self.status,
            conclusion: self.conclusion,
            created_at: self.created_at.map(Millis),
            started_at: self.started_at.map(Millis),
            completed_at: self.completed_at.map(Millis),
            runner_name: Some(self.runner_name).filter(|name| !name.is_empty()),
            labels: serde_json::from_str(&self.labels).unwrap_or_default(),
            html_url: self.html_url,
            steps: serde_json::from_str(&self.steps).unwrap_or_default(),
            log: JobLog { state: LogState::from_word(&self.log_state), size_bytes: self.log_bytes, reason: self.log_reason },
        }
    }
}

impl ArtifactRow {
    fn into_model(self) -> Artifact {
        let ours = self.blob_sha256.map(|hash| format!("sha256:{hash}"));
        Artifact {
            id: self.id,
            run_id: self.run_id,
            attempt: self.attempt,
            name: self.name,
            size_bytes: self.blob_bytes.unwrap_or(self.size_bytes),
            digest: self.digest.or(ours),
            expired: self.expired,
            created_at: self.created_at.map(Millis),
            expires_at: self.expires_at.map(Millis),
            file_count: self.files,
            state: ArtifactState::from_word(&self.state),
            reason: self.reason,
        }
    }
}

impl FileRow {
    fn into_model(self) -> FileBlob {
        let id = format!("{}.{}", self.artifact_id, self.ordinal);
        FileBlob {
            state: ArtifactState::from_word(&self.state),
            reason: self.reason,
            blob: self.blob,
            is_single: self.form.as_deref() == Some("single"),
            method: self.method,
            data_offset: self.data_offset,
            crc32: self.crc32,
            file: File {
                url: format!("/api/files/{id}/content"),
                id,
                run_id: self.run_id,
                artifact_id: self.artifact_id,
                artifact_name: self.artifact_name,
                path: self.path,
                path_base64: self.raw_path.map(|raw| STANDARD.encode(raw)),
                size_bytes: self.size_bytes,
                compressed_bytes: self.compressed_bytes,
                file_type: FileType::from_word(&self.file_type).unwrap_or(FileType::Binary),
                media_type: self.media_type,
                flags: self.flags.split_whitespace().map(str::to_owned).collect(),
            },
        }
    }
}

impl FailedRow {
    fn into_model(self) -> FailedItem {
        // A second look at a run is to a user the same thing as the first.
        let kind = if self.kind == "recheck" { "run".to_owned() } else { self.kind };
        FailedItem {
            kind,
            id: self.subject,
            reason: self.reason,
            attempts: self.attempts,
            next_retry_at: (!self.dead).then_some(Millis(self.due_at)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let sorted: Vec<i64> = (1..=20).collect();
        assert_eq!(nearest_rank(&sorted, 50), Some(10));
        assert_eq!(nearest_rank(&sorted, 95), Some(19));
        assert_eq!(nearest_rank(&[7], 50), Some(7));
        assert_eq!(nearest_rank(&[], 50), None);
    }

    #[test]
    fn wildcards_of_a_search_are_literal() {
        assert_eq!(containing(r"50%_a\b"), r"%50\%\_a\\b%");
    }
}
