//! The history of one test: its executions, which judgements are made of, and pages of its results with their runs.

use super::Page;
use super::push_ids;
use super::results::VARIANT;
use crate::model::Millis;
use crate::model::results::HistoryEntry;
use crate::model::testing::{Execution, RunRef, TestStatus};
use crate::store::{Result, Store, on};
use sqlx::QueryBuilder;
use std::collections::HashMap;

/// Results looked through for filters before a page ends, however few it found.
const MAX_SEARCHED: i64 = 2_000;

/// Runs that tell since when a workflow fails.
const MAX_RUNS: i64 = 200;

/// Whether a run tells of the default branch.
pub(super) const ON_DEFAULT: &str =
    "(run.branch = repository.default_branch AND NOT run.fork AND run.event NOT LIKE 'pull_request%')";

/// Columns of a [`RunRefRow`].
pub(super) const RUN_REF: &str = "run.id AS run_id, run.run_number, run.attempt AS run_attempt, run.conclusion, run.created_at, run.branch, run.head_sha, \
    run.commit_message, run.commit_author";

/// Position of a result in a test's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryPosition {
    /// Creation of the run.
    pub at: Millis,
    /// Report.
    pub report_id: i64,
    /// Position within it.
    pub ordinal: i64,
}

/// Which results of a test.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HistoryQuery {
    /// The test.
    pub test_id: i64,
    /// Of runs on this head branch.
    pub branch: Option<String>,
    /// In exactly these dimensions.
    pub variant: Option<String>,
    /// Of runs of this workflow.
    pub workflow_id: Option<i64>,
    /// With this outcome.
    pub status: Option<TestStatus>,
    /// Where to go on.
    pub after: Option<HistoryPosition>,
    /// Page size.
    pub limit: i64,
}

#[derive(sqlx::FromRow)]
struct ExecutionRow {
    report_id: i64,
    ordinal: i64,
    run_id: i64,
    run_number: i64,
    attempt: Option<i64>,
    workflow_id: i64,
    job_id: Option<i64>,
    at: i64,
    tree_sha: String,
    head_sha: String,
    branch: String,
    on_default: bool,
    fork: bool,
    variant: String,
    status: i64,
    tries: i64,
    duration_ms: Option<i64>,
    family_id: Option<i64>,
    guarded: bool,
}

/// A run in short; see [`RUN_REF`].
#[derive(sqlx::FromRow)]
pub(super) struct RunRefRow {
    pub(super) run_id: i64,
    run_number: i64,
    run_attempt: i64,
    conclusion: Option<String>,
    created_at: i64,
    branch: String,
    head_sha: String,
    commit_message: String,
    commit_author: String,
}

#[derive(sqlx::FromRow)]
struct HistoryRow {
    at: i64,
    report_id: i64,
    ordinal: i64,
    #[sqlx(flatten)]
    run: RunRefRow,
    workflow_id: i64,
    workflow_name: String,
    attempt: Option<i64>,
    job_id: Option<i64>,
    status: i64,
    duration_ms: Option<i64>,
    tries: i64,
    variant: String,
    on_default: bool,
    fork: bool,
    guarded: bool,
    family_id: Option<i64>,
    message: Option<String>,
}

impl Store {
    /// The newest executions of a test, newest first, duplicates left out.
    pub async fn executions(&self, test_id: i64, limit: i64) -> Result<Vec<Execution>> {
        let rows: Vec<ExecutionRow> = on!(self, db => {
            let mut list = QueryBuilder::new(format!(
                "SELECT r.report_id, CAST(r.ordinal AS BIGINT) AS ordinal, p.run_id, run.run_number, p.attempt, p.workflow_id, p.job_id, r.at, \
                 run.tree_sha, run.head_sha, run.branch, {ON_DEFAULT} AS on_default, run.fork, {VARIANT} AS variant, CAST(r.status AS BIGINT) AS status, \
                 CAST(r.tries AS BIGINT) AS tries, CAST(r.duration_ms AS BIGINT) AS duration_ms, f.family_id, p.guarded \
                 FROM result r JOIN report p ON p.id = r.report_id JOIN run ON run.id = p.run_id JOIN repository ON repository.id = p.repository_id \
                 LEFT JOIN variant v ON v.id = r.variant_id LEFT JOIN failure f ON f.report_id = r.report_id AND f.ordinal = r.ordinal \
                 WHERE p.standing <> 'duplicate' AND r.test_id = "
            ));
            list.push_bind(test_id).push(" ORDER BY r.at DESC, r.report_id DESC, r.ordinal LIMIT ").push_bind(limit);
            list.build_query_as().fetch_all(db).await?
        });
        Ok(rows.into_iter().map(ExecutionRow::into_model).collect())
    }

    /// A page of a test's results, newest first, duplicates left out. Its `total` is not counted.
    pub async fn history(&self, query: &HistoryQuery) -> Result<Page<HistoryEntry, HistoryPosition>> {
        let horizon = self.history_horizon(query).await?;
        let mut rows: Vec<HistoryRow> = on!(self, db => {
            let mut list = QueryBuilder::new(format!(
                "SELECT r.at, r.report_id, CAST(r.ordinal AS BIGINT) AS ordinal, {RUN_REF}, run.workflow_id, run.workflow_name, p.attempt, p.job_id, \
                 CAST(r.status AS BIGINT) AS status, CAST(r.duration_ms AS BIGINT) AS duration_ms, CAST(r.tries AS BIGINT) AS tries, {VARIANT} AS variant, \
                 {ON_DEFAULT} AS on_default, run.fork, p.guarded, f.family_id, substr(f.message, 1, 1000) AS message \
                 FROM result r JOIN report p ON p.id = r.report_id JOIN run ON run.id = p.run_id JOIN repository ON repository.id = p.repository_id \
                 LEFT JOIN variant v ON v.id = r.variant_id LEFT JOIN failure f ON f.report_id = r.report_id AND f.ordinal = r.ordinal \
                 WHERE p.standing <> 'duplicate' AND r.test_id = "
            ));
            list.push_bind(query.test_id);
            if let Some(at) = query.after {
                list.push(" AND (r.at, r.report_id) <= (").push_bind(at.at.0).push(", ").push_bind(at.report_id);
                list.push(") AND NOT (r.at = ").push_bind(at.at.0).push(" AND r.report_id = ").push_bind(at.report_id);
                list.push(" AND r.ordinal <= ").push_bind(at.ordinal).push(")");
            }
            if let Some(at) = horizon {
                list.push(" AND (r.at, r.report_id) >= (").push_bind(at.at.0).push(", ").push_bind(at.report_id);
                list.push(") AND NOT (r.at = ").push_bind(at.at.0).push(" AND r.report_id = ").push_bind(at.report_id);
                list.push(" AND r.ordinal > ").push_bind(at.ordinal).push(")");
            }
            if let Some(status) = query.status {
                list.push(" AND r.status = ").push_bind(status.number());
            }
            if let Some(workflow_id) = query.workflow_id {
                // The plus sign keeps SQLite from the index on runs of a workflow.
                list.push(if self.is_shared() { " AND run.workflow_id = " } else { " AND +run.workflow_id = " }).push_bind(workflow_id);
            }
            if let Some(branch) = &query.branch {
                list.push(if self.is_shared() { " AND run.branch = " } else { " AND +run.branch = " }).push_bind(branch.clone());
            }
            if let Some(variant) = &query.variant {
                list.push(format!(" AND {VARIANT} = ")).push_bind(variant.clone());
            }
            list.push(" ORDER BY r.at DESC, r.report_id DESC, r.ordinal LIMIT ").push_bind(query.limit + 1);
            list.build_query_as().fetch_all(db).await?
        });
        let has_more = rows.len() as i64 > query.limit;
        rows.truncate(query.limit.max(0) as usize);
        let next = if has_more { rows.last().map(HistoryRow::position) } else { horizon };
        let items: Vec<HistoryEntry> = rows.into_iter().map(HistoryRow::into_model).collect();
        Ok(Page { total: items.len() as i64, total_is_exact: false, items, next })
    }

    /// The oldest result that a filtered page looks through; `None` where it reaches the end of the history.
    async fn history_horizon(&self, query: &HistoryQuery) -> Result<Option<HistoryPosition>> {
        let is_filtered =
            query.branch.is_some() || query.variant.is_some() || query.workflow_id.is_some() || query.status.is_some();
        if !is_filtered {
            return Ok(None);
        }
        let row: Option<(i64, i64, i64)> = on!(self, db => {
            let mut list = QueryBuilder::new("SELECT at, report_id, CAST(ordinal AS BIGINT) FROM result WHERE test_id = ");
            list.push_bind(query.test_id);
            if let Some(at) = query.after {
                list.push(" AND (at, report_id) <= (").push_bind(at.at.0).push(", ").push_bind(at.report_id).push(")");
            }
            list.push(" ORDER BY at DESC, report_id DESC, ordinal LIMIT 1 OFFSET ").push_bind(MAX_SEARCHED - 1);
            list.build_query_as().fetch_optional(db).await?
        });
        Ok(row.map(|(at, report_id, ordinal)| HistoryPosition { at: Millis(at), report_id, ordinal }))
    }

    /// Runs in short, by id; unknown ids are left out.
    pub async fn run_refs(&self, ids: &[i64]) -> Result<HashMap<i64, RunRef>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows: Vec<RunRefRow> = on!(self, db => {
            let mut list = QueryBuilder::new(format!("SELECT {RUN_REF} FROM run WHERE run.id IN "));
            push_ids(&mut list, ids);
            list.build_query_as().fetch_all(db).await?
        });
        Ok(rows.into_iter().map(|row| (row.run_id, row.into_model())).collect())
    }

    /// The newest completed runs of a workflow on the default branch, newest first.
    pub async fn runs_on_default(&self, workflow_id: i64) -> Result<Vec<RunRef>> {
        // Asked for first: joined, it would keep the planner from the index over workflow and branch.
        let branch: Option<String> = on!(self, db => {
            sqlx::query_scalar("SELECT o.default_branch FROM workflow w JOIN repository o ON o.id = w.repository_id WHERE w.id = $1")
                .bind(workflow_id).fetch_optional(db).await?
        });
        let Some(branch) = branch else { return Ok(Vec::new()) };
        let rows: Vec<RunRefRow> = on!(self, db => {
            let mut list = QueryBuilder::new(format!("SELECT {RUN_REF} FROM run WHERE run.workflow_id = "));
            list.push_bind(workflow_id).push(" AND run.branch = ").push_bind(branch);
            list.push(" AND NOT run.fork AND run.event NOT LIKE 'pull_request%' AND run.conclusion IS NOT NULL");
            list.push(" ORDER BY run.created_at DESC, run.id DESC LIMIT ").push_bind(MAX_RUNS);
            list.build_query_as().fetch_all(db).await?
        });
        Ok(rows.into_iter().map(RunRefRow::into_model).collect())
    }
}

/// The first line of a text.
pub(super) fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

impl ExecutionRow {
    fn into_model(self) -> Execution {
        Execution {
            report_id: self.report_id,
            ordinal: self.ordinal,
            run_id: self.run_id,
            run_number: self.run_number,
            attempt: self.attempt.unwrap_or(1),
            workflow_id: self.workflow_id,
            job_id: self.job_id,
            at: Millis(self.at),
            tree: if self.tree_sha.is_empty() { self.head_sha.clone() } else { self.tree_sha },
            head_sha: self.head_sha,
            branch: self.branch,
            on_default: self.on_default,
            fork: self.fork,
            variant: self.variant,
            status: TestStatus::from_number(self.status),
            tries: self.tries,
            duration_ms: self.duration_ms,
            family_id: self.family_id,
            guarded: self.guarded,
        }
    }
}

impl RunRefRow {
    pub(super) fn into_model(self) -> RunRef {
        RunRef {
            id: self.run_id,
            run_number: self.run_number,
            attempt: self.run_attempt,
            conclusion: self.conclusion,
            created_at: Millis(self.created_at),
            branch: self.branch,
            head_sha: self.head_sha,
            commit_message: first_line(&self.commit_message),
            commit_author: self.commit_author,
        }
    }
}

impl HistoryRow {
    fn position(&self) -> HistoryPosition {
        HistoryPosition { at: Millis(self.at), report_id: self.report_id, ordinal: self.ordinal }
    }

    fn into_model(self) -> HistoryEntry {
        HistoryEntry {
            result_id: format!("{}.{}", self.report_id, self.ordinal),
            run: self.run.into_model(),
            workflow_id: self.workflow_id,
            workflow_name: self.workflow_name,
            attempt: self.attempt,
            job_id: self.job_id,
            status: TestStatus::from_number(self.status),
            duration_ms: self.duration_ms,
            tries: self.tries,
            variant: self.variant,
            on_default: self.on_default,
            fork: self.fork,
            guarded: self.guarded,
            family_id: self.family_id,
            message: self.message.map(|message| first_line(&message)),
        }
    }
}
