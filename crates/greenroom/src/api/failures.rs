//! Families of failures: what failed in the same way, in how many runs, branches and pull requests.

use super::params::{self, FailureParams, NoParams, Params};
use super::{Answer, Problem, Shared};
use crate::model::DAY_MS;
use crate::model::results::{Failures, FamilyDetail};
use crate::store::{FailureQuery, FailureSort};
use axum::Json;
use axum::extract::{Path, State};

/// Days that `since` may look back.
const MAX_DAYS: i64 = 3_650;

/// Families of failures.
#[utoipa::path(get, path = "/api/failures", params(FailureParams), responses(
    (status = 200, description = "A page of families. Filters are exact where they leave 5,000 families to look through; beyond that a page looks through 5,000.", body = Failures),
    (status = 400, description = "A parameter is wrong.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list_failures(
    State(shared): State<Shared>,
    Params(values): Params<FailureParams>,
) -> Answer<Json<Failures>> {
    let sort = params::one_of("sort", values.sort.as_deref(), FailureSort::from_word, "lastSeen or runs")?;
    let sort = sort.unwrap_or_default();
    let days = match values.since.as_deref() {
        None | Some("") => None,
        since => Some(params::up_to("since", since, MAX_DAYS, MAX_DAYS)?),
    };
    let page = shared
        .store
        .families(&FailureQuery {
            repository: params::repository(values.repository)?,
            words: params::words(values.q)?,
            branch: params::text("branch", values.branch)?,
            on_default: params::flag("onDefault", values.on_default.as_deref())?,
            since: days.map(|days| shared.clock.now().plus(-days * DAY_MS)),
            sort,
            after: params::failure_position(sort, values.cursor.as_deref())?,
            limit: params::limit(values.limit.as_deref())?,
        })
        .await?;
    Ok(Json(Failures {
        failures: page.items,
        next_cursor: page.next.map(|at| params::failure_cursor(sort, at)),
        total: page.total,
        total_is_exact: page.total_is_exact,
    }))
}

/// A family of failures.
#[utoipa::path(get, path = "/api/failures/{id}", params(("id" = i64, Path, description = "Id of the family.")), responses(
    (status = 200, description = "The family, with the tests and runs that have it.", body = FamilyDetail),
    (status = 404, description = "There is no such family.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn get_failure(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    _: Params<NoParams>,
) -> Answer<Json<FamilyDetail>> {
    let family = shared.store.family(params::id(&id, "family of failures")?).await?;
    family.map(Json).ok_or_else(|| Problem::not_found("family of failures"))
}
