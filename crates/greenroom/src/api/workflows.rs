//! Workflows with their figures, and their runs.

use super::bodies::RunPage;
use super::params::{self, NoParams, Params, RunParams};
use super::{Answer, Problem, Shared, runs};
use crate::analysis;
use crate::model::Workflow;
use axum::Json;
use axum::extract::{Path, State};

/// All workflows, failing first.
#[utoipa::path(get, path = "/api/workflows", responses(
    (status = 200, description = "Every workflow with its latest run, figures over 30 days and newest runs; failing first, then running, passing, disabled.", body = Vec<Workflow>),
    (status = 400, description = "A parameter is wrong.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list_workflows(State(shared): State<Shared>, _: Params<NoParams>) -> Answer<Json<Vec<Workflow>>> {
    Ok(Json(shared.store.workflows(shared.clock.now(), &shared.durations).await?))
}

/// A workflow.
#[utoipa::path(get, path = "/api/workflows/{id}", params(("id" = i64, Path, description = "GitHub's id of the workflow.")), responses(
    (status = 200, description = "The workflow.", body = Workflow),
    (status = 404, description = "There is no such workflow.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn get_workflow(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    _: Params<NoParams>,
) -> Answer<Json<Workflow>> {
    let id = params::id(&id, "workflow")?;
    let Some(mut workflow) = shared.store.workflow(id, shared.clock.now(), &shared.durations).await? else {
        return Err(Problem::not_found("workflow"));
    };
    workflow.summary.failing_since = analysis::runs_since(&shared.store.runs_on_default(id).await?);
    Ok(Json(workflow))
}

/// Runs of a workflow, newest first.
#[utoipa::path(get, path = "/api/workflows/{id}/runs", params(("id" = i64, Path, description = "GitHub's id of the workflow."), RunParams), responses(
    (status = 200, description = "A page of runs.", body = RunPage),
    (status = 400, description = "A parameter is wrong.", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "There is no such workflow.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list_workflow_runs(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Params(values): Params<RunParams>,
) -> Answer<Json<RunPage>> {
    let id = params::id(&id, "workflow")?;
    let query = runs::query(values, Some(id))?;
    if !shared.store.has_workflow(id).await? {
        return Err(Problem::not_found("workflow"));
    }
    Ok(Json(runs::page(&shared, &query).await?))
}
