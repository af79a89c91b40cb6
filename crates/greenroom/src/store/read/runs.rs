//! Pages of runs, one run with its attempts, its jobs and where their logs are.

use super::content::{ARTIFACT_COLUMNS, ArtifactRow};
use super::{Page, containing, push_ids};
use crate::model::results::TestTotals;
use crate::model::{
    Attempt, Commit, Job, JobLog, LogState, Millis, Processing, ProcessingState, Run, RunDetail, RunSummary, Step,
};
use crate::store::{Result, Store, on};
use sqlx::{Database, Encode, QueryBuilder, Type};
use std::collections::HashMap;

/// Runs counted before counting is given up.
const MAX_COUNTED: i64 = 10_000;

/// The same where conditions are combined, which no index answers alone.
const MAX_COUNTED_COMBINED: i64 = 1_000;

/// Runs looked through for words before a page ends, however few it found: no index answers them,
/// and the time of a page must not grow with the history.
const MAX_SEARCHED: i64 = 5_000;

/// The same where a filter's index leads, which has no words, so that each run has to be read for them.
const MAX_SEARCHED_COMBINED: i64 = 1_000;

/// Conclusions GitHub knows; it accepts them as `status` too.
const CONCLUSIONS: [&str; 9] = [
    "success",
    "failure",
    "cancelled",
    "skipped",
    "timed_out",
    "action_required",
    "neutral",
    "stale",
    "startup_failure",
];

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

/// A job's log and where its bytes are.
#[derive(Clone, Debug, PartialEq)]
pub struct LogBlob {
    /// The job.
    pub job_id: i64,
    /// Run it belongs to.
    pub run_id: i64,
    /// Name of the job.
    pub job_name: String,
    /// Its steps.
    pub steps: Vec<Step>,
    /// Where it stands.
    pub log: JobLog,
    /// Key of the blob, while it is ours.
    pub blob: Option<String>,
    /// SHA-256 of the blob in hexadecimal, where it is known.
    pub sha256: Option<String>,
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
    queue_ms: Option<i64>,
    html_url: String,
    deleted_upstream: bool,
    details_at: Option<i64>,
}

const RUN_COLUMNS: &str = "SELECT r.id, p.owner, p.name AS repository, r.workflow_id, r.workflow_name, r.run_number, r.attempt, r.title, r.event, \
    r.status, r.conclusion, r.branch, r.head_sha, r.commit_message, r.commit_author, r.actor, r.pull_requests, r.fork, r.created_at, r.started_at, \
    r.updated_at, r.duration_ms, r.queue_ms, r.html_url, r.deleted_upstream, r.details_at FROM run r JOIN repository p ON p.id = r.repository_id";

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
    log_sha256: Option<String>,
}

const JOB_COLUMNS: &str = "SELECT id, run_id, attempt, name, status, conclusion, created_at, started_at, completed_at, runner_name, labels, html_url, \
    steps, log_state, log_reason, log_bytes, log_blob, log_sha256 FROM job";

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

impl Store {
    /// A page of runs, newest first.
    pub async fn runs(&self, query: &RunQuery) -> Result<Page<Run, RunPosition>> {
        let repository_id = match &query.repository {
            None => None,
            // A repository that is not mirrored has no runs; no run has the id 0.
            Some((owner, name)) => Some(self.repository_id(owner, name).await?.unwrap_or(0)),
        };
        let mut equal = equalities(query, repository_id);
        self.choose_index(query, &mut equal).await?;
        let horizon = self.horizon(query, &equal, query.after).await?;
        let mut rows: Vec<RunRow> = on!(self, db => {
            let mut list = QueryBuilder::new(RUN_COLUMNS);
            push_run_filters(&mut list, query, &equal);
            if let Some(after) = query.after {
                push_position(&mut list, "<", after);
            }
            if let Some(horizon) = horizon {
                push_position(&mut list, ">=", horizon);
            }
            list.push(" ORDER BY r.created_at DESC, r.id DESC LIMIT ").push_bind(query.limit + 1);
            list.build_query_as().fetch_all(db).await?
        });
        let has_more = rows.len() as i64 > query.limit;
        rows.truncate(query.limit.max(0) as usize);
        let last = rows.last().map(|row| RunPosition { created_at: Millis(row.created_at), id: row.id });
        let next = if has_more { last } else { horizon };
        let conditions = equal.len()
            + query.words.len()
            + usize::from(query.head_sha.is_some())
            + usize::from(query.from.is_some() || query.to.is_some());
        let most = if conditions > 1 { MAX_COUNTED_COMBINED } else { MAX_COUNTED };
        let counted_to = if query.after.is_none() { horizon } else { self.horizon(query, &equal, None).await? };
        let counted: i64 = if query.after.is_none() && !has_more {
            rows.len() as i64
        } else {
            on!(self, db => {
                let mut count = QueryBuilder::new("SELECT count(*) FROM (SELECT 1 AS one FROM run r");
                push_run_filters(&mut count, query, &equal);
                if let Some(horizon) = counted_to {
                    push_position(&mut count, ">=", horizon);
                }
                count.push(" LIMIT ").push_bind(most + 1).push(") AS counted");
                count.build_query_scalar().fetch_one(db).await?
            })
        };
        let total_is_exact = counted <= most && counted_to.is_none();
        Ok(Page { items: self.with_state(rows).await?, next, total: counted, total_is_exact })
    }

    /// The oldest run that a page after `after` looks through for words; `None` where it reaches the
    /// end of the history, or looks for no words.
    async fn horizon(
        &self,
        query: &RunQuery,
        equal: &[Equality],
        after: Option<RunPosition>,
    ) -> Result<Option<RunPosition>> {
        if query.words.is_empty() {
            return Ok(None);
        }
        let is_filtered = !equal.is_empty() || query.head_sha.is_some();
        let searched = if is_filtered { MAX_SEARCHED_COMBINED } else { MAX_SEARCHED };
        let filters = RunQuery { words: Vec::new(), ..query.clone() };
        let position: Option<(i64, i64)> = on!(self, db => {
            let mut list = QueryBuilder::new("SELECT r.created_at, r.id FROM run r");
            push_run_filters(&mut list, &filters, equal);
            if let Some(after) = after {
                push_position(&mut list, "<", after);
            }
            list.push(" ORDER BY r.created_at DESC, r.id DESC LIMIT 1 OFFSET ").push_bind(searched - 1);
            list.build_query_as().fetch_optional(db).await?
        });
        Ok(position.map(|(created_at, id)| RunPosition { created_at: Millis(created_at), id }))
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

    /// The repository of this name that was mirrored last, in any case.
    pub(super) async fn repository_id(&self, owner: &str, name: &str) -> Result<Option<i64>> {
        Ok(on!(self, db => {
            sqlx::query_scalar("SELECT id FROM repository WHERE lower(owner) = lower($1) AND lower(name) = lower($2) ORDER BY id DESC LIMIT 1")
                .bind(owner).bind(name).fetch_optional(db).await?
        }))
    }

    /// Runs by id, in no order; unknown ids are left out.
    pub(super) async fn runs_by_id(&self, ids: &[i64]) -> Result<Vec<Run>> {
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
             max(CASE WHEN reason IS NOT NULL THEN id END) AS newest_failed FROM task WHERE kind <> 'recheck' AND lane <> 2 AND run_id IN ",
            " GROUP BY run_id"
        );
        let failed: Vec<i64> = tasks.iter().filter_map(|row| row.newest_failed).collect();
        let reasons: Vec<(i64, Option<String>)> =
            rows_of_runs!(self, &failed, "SELECT run_id, reason FROM task WHERE id IN ", "");
        let summaries: Vec<SummaryRow> = rows_of_runs!(
            self,
            &ids,
            "SELECT run_id, count(*) AS artifacts, CAST(sum(files) AS BIGINT) AS files, CAST(sum(images) AS BIGINT) AS images, \
             CAST(sum(json) AS BIGINT) AS json, CAST(sum(text) AS BIGINT) AS text, CAST(sum(binary_files) AS BIGINT) AS binary_files, \
             CAST(sum(file_bytes) AS BIGINT) AS file_bytes FROM artifact WHERE run_id IN ",
            " GROUP BY run_id"
        );
        let mut tests = self.run_totals(&ids).await?;
        let mut tasks: HashMap<i64, TaskRow> = tasks.into_iter().map(|row| (row.run_id, row)).collect();
        let mut reasons: HashMap<i64, Option<String>> = reasons.into_iter().collect();
        let summaries: HashMap<i64, SummaryRow> = summaries.into_iter().map(|row| (row.run_id, row)).collect();
        Ok(rows
            .into_iter()
            .map(|row| {
                let id = row.id;
                let processing = processing(&row, tasks.remove(&id), reasons.remove(&id).flatten());
                let files = summaries.get(&id).copied().unwrap_or_default();
                row.into_model(processing, files.into_model(tests.remove(&id).unwrap_or_default()))
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
        Ok(
            on!(self, db => sqlx::query_scalar("SELECT attempt FROM run WHERE id = $1").bind(run_id).fetch_optional(db).await?),
        )
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
            let (blob, sha256) = (row.log_blob.take(), row.log_sha256.take());
            let job = row.into_model();
            LogBlob {
                job_id: job.id,
                run_id: job.run_id,
                job_name: job.name,
                steps: job.steps,
                log: job.log,
                blob,
                sha256,
            }
        }))
    }
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

fn push_position<DB: Database>(list: &mut QueryBuilder<DB>, comparison: &str, position: RunPosition)
where
    i64: for<'q> Encode<'q, DB> + Type<DB>,
{
    list.push(format!(" AND (r.created_at, r.id) {comparison} ("));
    list.push_bind(position.created_at.0).push(", ").push_bind(position.id).push(")");
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
        list.push(" AND r.head_sha >= ")
            .push_bind(beginning.clone())
            .push(" AND r.head_sha < ")
            .push_bind(format!("{beginning}g"));
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
            queue_ms: self.queue_ms,
            html_url: self.html_url,
            deleted_upstream: self.deleted_upstream,
            processing,
            summary,
        }
    }
}

impl SummaryRow {
    fn into_model(self, tests: TestTotals) -> RunSummary {
        RunSummary {
            tests,
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
            log: JobLog {
                state: LogState::from_word(&self.log_state),
                size_bytes: self.log_bytes,
                reason: self.log_reason,
            },
        }
    }
}
