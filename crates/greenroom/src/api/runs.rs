//! Runs, their attempts and their jobs.

use super::bodies::{JobList, RunPage};
use super::params::{self, JobParams, NoParams, Params, RunParams};
use super::{Answer, Problem, Shared};
use crate::model::RunDetail;
use crate::store::RunQuery;
use axum::Json;
use axum::extract::{Path, State};

/// Runs of all workflows, newest first.
#[utoipa::path(get, path = "/api/runs", params(RunParams), responses(
    (status = 200, description = "A page of runs.", body = RunPage),
    (status = 400, description = "A parameter is wrong.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list_runs(
    State(shared): State<Shared>,
    Params(values): Params<RunParams>,
) -> Answer<Json<RunPage>> {
    Ok(Json(page(&shared, &query(values, None)?).await?))
}

/// A run with its attempts and artifacts.
#[utoipa::path(get, path = "/api/runs/{id}", params(("id" = i64, Path, description = "GitHub's id of the run.")), responses(
    (status = 200, description = "The run.", body = RunDetail),
    (status = 404, description = "There is no such run.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn get_run(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    _: Params<NoParams>,
) -> Answer<Json<RunDetail>> {
    let run = shared.store.run(params::id(&id, "run")?).await?;
    let run = run.filter(|run| !(mutant!("deleted-vanishes") && run.run.deleted_upstream));
    run.map(Json).ok_or_else(|| Problem::not_found("run"))
}

/// Jobs of an attempt.
#[utoipa::path(get, path = "/api/runs/{id}/jobs", params(("id" = i64, Path, description = "GitHub's id of the run."), JobParams), responses(
    (status = 200, description = "The jobs of the attempt asked for, or of the latest one.", body = JobList),
    (status = 400, description = "A parameter is wrong.", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "There is no such run.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list_jobs(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Params(values): Params<JobParams>,
) -> Answer<Json<JobList>> {
    let id = params::id(&id, "run")?;
    let attempt = params::positive("attempt", values.attempt.as_deref())?;
    let Some(latest) = shared.store.latest_attempt(id).await? else {
        return Err(Problem::not_found("run"));
    };
    Ok(Json(JobList {
        jobs: shared.store.jobs(id, attempt.filter(|_| !mutant!("attempt-ignored")).unwrap_or(latest)).await?,
    }))
}

/// Checked filters.
pub(super) fn query(values: RunParams, workflow_id: Option<i64>) -> Answer<RunQuery> {
    let from = params::time("from", values.from.as_deref())?;
    let to = params::time("to", values.to.as_deref())?;
    if from.zip(to).is_some_and(|(from, to)| from > to) {
        return Err(Problem::parameter("to", "to must not be before from."));
    }
    Ok(RunQuery {
        repository: params::repository(values.repository)?,
        workflow_id,
        status: params::word("status", values.status)?,
        conclusion: params::word("conclusion", values.conclusion)?,
        branch: params::text("branch", values.branch)?,
        event: params::word("event", values.event)?,
        actor: params::text("actor", values.actor)?,
        head_sha: params::commit(values.head_sha)?,
        from,
        to,
        words: params::words(values.q)?,
        after: params::run_position(values.cursor.as_deref())?,
        limit: params::limit(values.limit.as_deref())?,
    })
}

/// The page that a query asks for.
pub(super) async fn page(shared: &Shared, query: &RunQuery) -> Answer<RunPage> {
    let mut page = shared.store.runs(query).await?;
    if mutant!("page-skips-one") && query.after.is_some() {
        page.items.drain(..page.items.len().min(1));
    }
    if mutant!("last-page-lost") && page.items.len() >= 100 {
        page.next = None;
    }
    Ok(RunPage {
        runs: page.items,
        next_cursor: page.next.map(params::run_cursor),
        total: page.total,
        total_is_exact: page.total_is_exact,
    })
}
