//! A run beside another one: by default the newest green one before it.

use super::params::{self, CompareParams, Params};
use super::{Answer, Problem, Shared};
use crate::model::results::Comparison;
use axum::Json;
use axum::extract::{Path, State};

/// A run compared with another one.
#[utoipa::path(get, path = "/api/runs/{id}/compare", params(("id" = i64, Path, description = "GitHub's id of the run."), CompareParams), responses(
    (status = 200, description = "Tests, files, jobs and steps of both runs side by side.", body = Comparison),
    (status = 400, description = "A parameter is wrong.", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "There is no such run; with `parameter` = `with`: none to compare with.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn compare_run(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Params(values): Params<CompareParams>,
) -> Answer<Json<Comparison>> {
    let head = params::id(&id, "run")?;
    let with = match values.with.as_deref() {
        None | Some("" | "lastGreen") => None,
        Some(text) => Some(
            params::id(text, "run")
                .map_err(|_| Problem::parameter("with", "with must be lastGreen or the id of a run."))?,
        ),
    };
    if shared.store.latest_attempt(head).await?.is_none() {
        return Err(Problem::not_found("run"));
    }
    let base = match with {
        Some(id) => shared.store.latest_attempt(id).await?.map(|_| id),
        None => shared.store.last_green_before(head).await?,
    };
    let Some(base) = base else { return Err(nothing_to_compare_with(with)) };
    let comparison = shared.store.comparison(base, head).await?;
    comparison.map(Json).ok_or_else(|| Problem::not_found("run"))
}

fn nothing_to_compare_with(with: Option<i64>) -> Problem {
    let detail = match with {
        Some(id) => format!("There is no run {id} to compare with."),
        None => {
            "No earlier run of this workflow succeeded, neither on its branch nor on the default branch.".to_owned()
        }
    };
    Problem { parameter: Some("with".to_owned()), ..Problem::new(axum::http::StatusCode::NOT_FOUND, detail) }
}
