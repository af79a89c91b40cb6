//! Workflows with their figures: rollups for sums, a short walk along an index for the newest runs,
//! and percentiles that are worked out only when the runs behind them have changed.

use super::push_ids;
use crate::model::results::{TestsState, WorkflowSummary};
use crate::model::{DAY_MS, Millis, RecentRun, Run, Workflow, WorkflowStats};
use crate::store::{Result, Store, on};
use futures::future::{BoxFuture, FutureExt};
use futures::stream::{self, StreamExt, TryStreamExt};
use sqlx::QueryBuilder;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Days that the figures of a workflow look back.
pub const WINDOW_DAYS: i64 = 30;

/// Bars in the run strip of a workflow on its own page.
const RECENT_RUNS: i64 = 48;

/// The same in the list of workflows, whose time is spent on reading these.
const RECENT_RUNS_LISTED: i64 = 30;

/// Workflows whose newest runs are read at the same time; each takes a connection.
const WALKS_AT_ONCE: usize = 4;

/// Completed runs that percentiles look at.
const TIMED_RUNS: i64 = 500;

/// Conclusions that make a workflow count as failing.
const FAILURES: [&str; 3] = ["failure", "timed_out", "startup_failure"];

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

impl Store {
    /// All workflows with their figures: failing first, then running, passing, disabled; newest run
    /// first within each.
    pub async fn workflows(&self, now: Millis, cache: &DurationCache) -> Result<Vec<Workflow>> {
        let rows = on!(self, db => {
            sqlx::query_as("SELECT w.id, p.owner, p.name AS repository, p.default_branch, w.name, w.path, w.state, w.html_url, w.badge_url \
                FROM workflow w JOIN repository p ON p.id = w.repository_id ORDER BY w.id").fetch_all(db).await?
        });
        self.with_figures(rows, RECENT_RUNS_LISTED, now, cache).await
    }

    /// One workflow with its figures.
    pub async fn workflow(&self, id: i64, now: Millis, cache: &DurationCache) -> Result<Option<Workflow>> {
        let rows = on!(self, db => {
            sqlx::query_as("SELECT w.id, p.owner, p.name AS repository, p.default_branch, w.name, w.path, w.state, w.html_url, w.badge_url \
                FROM workflow w JOIN repository p ON p.id = w.repository_id WHERE w.id = $1").bind(id).fetch_all(db).await?
        });
        Ok(self.with_figures(rows, RECENT_RUNS, now, cache).await?.pop())
    }

    /// Whether there is such a workflow.
    pub async fn has_workflow(&self, id: i64) -> Result<bool> {
        let found: Option<i64> = on!(self, db => sqlx::query_scalar("SELECT id FROM workflow WHERE id = $1").bind(id).fetch_optional(db).await?);
        Ok(found.is_some())
    }

    /// Adds figures, up to `strip` recent runs and the latest run, and puts the workflows in order.
    async fn with_figures(
        &self,
        rows: Vec<WorkflowRow>,
        strip: i64,
        now: Millis,
        cache: &DurationCache,
    ) -> Result<Vec<Workflow>> {
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let mut recent: HashMap<i64, Vec<RecentRow>> = HashMap::new();
        for row in self.recent_runs(&ids, strip).await? {
            recent.entry(row.workflow_id).or_default().push(row);
        }
        let windows = self.windows(&ids, now).await?;
        let percentiles = self.percentiles(&ids, now, &windows, &recent, cache).await?;
        let newest: Vec<i64> = recent.values().filter_map(|runs| runs.first()).map(|run| run.id).collect();
        let mut latest: HashMap<i64, Run> =
            self.runs_by_id(&newest).await?.into_iter().map(|run| (run.workflow_id, run)).collect();

        let mut summaries = self.test_summaries(&recent).await?;
        let mut workflows: Vec<(u8, Workflow)> = rows
            .into_iter()
            .map(|row| {
                let runs = recent.remove(&row.id).unwrap_or_default();
                let standing = standing(&row, &runs);
                let window = windows.get(&row.id).copied().unwrap_or_default();
                let workflow = Workflow {
                    summary: summaries.remove(&row.id).unwrap_or_default(),
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

    /// What the newest completed run of each workflow that has any tests says of them, or that should have some; or else
    /// the newest one.
    async fn test_summaries(&self, recent: &HashMap<i64, Vec<RecentRow>>) -> Result<HashMap<i64, WorkflowSummary>> {
        let is_completed = |run: &&RecentRow| run.status == "completed";
        let ids: Vec<i64> = recent.values().flatten().filter(is_completed).map(|run| run.id).collect();
        let totals = self.run_totals(&ids).await?;
        let summary = |runs: &Vec<RecentRow>| {
            let has_tests = |run: &&RecentRow| {
                totals.get(&run.id).is_some_and(|tests| !matches!(tests.state, TestsState::None | TestsState::Pending))
            };
            let mut completed = runs.iter().filter(is_completed);
            let newest = completed.clone().find(has_tests).or_else(|| completed.next())?;
            let tests = totals.get(&newest.id).cloned().unwrap_or_default();
            Some(WorkflowSummary { tests, tests_run_id: Some(newest.id), failing_since: None })
        };
        Ok(recent.iter().filter_map(|(id, runs)| Some((*id, summary(runs)?))).collect())
    }

    /// The newest runs of each workflow, newest first. One short walk along an index a workflow: a
    /// window function would visit every run there is, and one statement joining all the walks takes
    /// PostgreSQL longer to plan than to run.
    async fn recent_runs(&self, ids: &[i64], most: i64) -> Result<Vec<RecentRow>> {
        let walks: Vec<BoxFuture<'_, _>> = ids.iter().map(|id| self.recent_runs_of(*id, most).boxed()).collect();
        let parts: Vec<Vec<RecentRow>> = stream::iter(walks).buffered(WALKS_AT_ONCE).try_collect().await?;
        Ok(parts.into_iter().flatten().collect())
    }

    async fn recent_runs_of(&self, workflow_id: i64, most: i64) -> Result<Vec<RecentRow>> {
        Ok(on!(self, db => {
            sqlx::query_as("SELECT workflow_id, id, run_number, attempt, status, conclusion, branch, created_at, duration_ms FROM run \
                WHERE workflow_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2").bind(workflow_id).bind(most).fetch_all(db).await?
        }))
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

#[cfg(test)]
mod tests {
    use super::nearest_rank;

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let sorted: Vec<i64> = (1..=20).collect();
        assert_eq!(nearest_rank(&sorted, 50), Some(10));
        assert_eq!(nearest_rank(&sorted, 95), Some(19));
        assert_eq!(nearest_rank(&[7], 50), Some(7));
        assert_eq!(nearest_rank(&[], 50), None);
    }
}
