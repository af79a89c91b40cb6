//! How a workflow and its jobs fare over time. What follows from the runs read is worked out by `analysis`.

use super::params::{self, Params, TrendParams};
use super::{Answer, Problem, Shared};
use crate::analysis::jobs::job_stats;
use crate::analysis::trends::{Buckets, Step, rate_trend, series, steps};
use crate::model::trends::{TrendChange, Trends, WorkflowJobs};
use crate::model::{DAY_MS, Millis};
use crate::store::TrendQuery;
use axum::Json;
use axum::extract::{Path, State};

/// Runs that trends are told from.
const TREND_RUNS: i64 = 5_000;
/// Runs whose jobs are read.
const JOB_RUNS: i64 = 200;

/// Figures of a workflow over time.
#[utoipa::path(get, path = "/api/workflows/{id}/trends", params(("id" = i64, Path, description = "GitHub's id of the workflow."), TrendParams), responses(
    (status = 200, description = "Figures by bucket, oldest first, and the steps in them. Durations, queues and tests are told from the newest 5,000 runs of the window.", body = Trends),
    (status = 400, description = "A parameter is wrong.", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "There is no such workflow.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn get_trends(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Params(values): Params<TrendParams>,
) -> Answer<Json<Trends>> {
    let now = shared.clock.now();
    let (window_days, mut query) = query(&shared, &id, values, TREND_RUNS).await?;
    let buckets = Buckets::over(window_days, now);
    query.since = buckets.from;
    let (samples, is_complete) = shared.store.run_samples(&query).await?;
    // The rollup knows no branches, and its days must not be cut in pieces.
    let days = if query.branch.is_none() && buckets.bucket_ms % DAY_MS == 0 {
        Some(shared.store.day_counts(query.workflow_id, buckets.from).await?)
    } else {
        None
    };
    Ok(Json(Trends {
        window_days,
        bucket_ms: buckets.bucket_ms,
        t: buckets.begins(),
        series: series(&buckets, &samples, days.as_deref()),
        changes: changes(&shared, steps(&samples)).await?,
        rate_trend: rate_trend(&samples, now),
        runs_read: samples.len() as i64,
        is_complete,
    }))
}

/// Jobs of a workflow over its newest runs.
#[utoipa::path(get, path = "/api/workflows/{id}/jobs", params(("id" = i64, Path, description = "GitHub's id of the workflow."), TrendParams), responses(
    (status = 200, description = "Figures by job of the newest 200 completed runs of the window: most failures first, then slowest.", body = WorkflowJobs),
    (status = 400, description = "A parameter is wrong.", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "There is no such workflow.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list_workflow_jobs(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Params(values): Params<TrendParams>,
) -> Answer<Json<WorkflowJobs>> {
    let (window_days, query) = query(&shared, &id, values, JOB_RUNS).await?;
    let (jobs, runs_read, is_complete) = shared.store.job_samples(&query).await?;
    Ok(Json(WorkflowJobs { window_days, runs_read, is_complete, jobs: job_stats(&jobs) }))
}

async fn query(shared: &Shared, id: &str, values: TrendParams, limit: i64) -> Answer<(i64, TrendQuery)> {
    let workflow_id = params::id(id, "workflow")?;
    let window_days = params::window(values.window.as_deref())?;
    let branch = params::text("branch", values.branch)?;
    if !shared.store.has_workflow(workflow_id).await? {
        return Err(Problem::not_found("workflow"));
    }
    let since = Millis(shared.clock.now().0 - window_days * DAY_MS);
    Ok((window_days, TrendQuery { workflow_id, branch, since, limit }))
}

/// Steps with the run they begin with.
async fn changes(shared: &Shared, steps: Vec<Step>) -> Answer<Vec<TrendChange>> {
    let ids: Vec<i64> = steps.iter().map(|step| step.run_id).collect();
    let runs = shared.store.run_refs(&ids).await?;
    let changes = steps.into_iter().filter_map(|step| {
        let run = runs.get(&step.run_id)?.clone();
        Some(TrendChange { kind: step.kind, before: step.before, after: step.after, run })
    });
    Ok(changes.collect())
}
