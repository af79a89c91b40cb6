//! What is known about artifacts and the files inside them; their bytes are `content`'s business.

use super::bodies::{FilePage, LastGreenFile};
use super::params::{self, FileParams, NoParams, Params};
use super::{Answer, Problem, Shared};
use crate::model::{Artifact, File};
use crate::store::FileQuery;
use axum::Json;
use axum::extract::{Path, State};

/// Files of a run.
#[utoipa::path(get, path = "/api/runs/{id}/files", params(("id" = i64, Path, description = "GitHub's id of the run."), FileParams), responses(
    (status = 200, description = "A page of files.", body = FilePage),
    (status = 400, description = "A parameter is wrong.", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "There is no such run.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list_files(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Params(values): Params<FileParams>,
) -> Answer<Json<FilePage>> {
    let run_id = params::id(&id, "run")?;
    let query = FileQuery {
        run_id,
        file_type: params::file_type(values.file_type.as_deref())?,
        artifact_id: params::positive("artifactId", values.artifact_id.as_deref())?,
        q: params::text("q", values.q)?,
        after: params::file_position(values.cursor.as_deref())?,
        limit: params::limit(values.limit.as_deref())?,
    };
    if shared.store.latest_attempt(run_id).await?.is_none() {
        return Err(Problem::not_found("run"));
    }
    let page = shared.store.files(&query).await?;
    Ok(Json(FilePage { files: page.items, next_cursor: page.next.map(params::file_cursor), total: page.total }))
}

/// An artifact.
#[utoipa::path(get, path = "/api/artifacts/{id}", params(("id" = i64, Path, description = "GitHub's id of the artifact.")), responses(
    (status = 200, description = "The artifact.", body = Artifact),
    (status = 404, description = "There is no such artifact.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn get_artifact(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    _: Params<NoParams>,
) -> Answer<Json<Artifact>> {
    let artifact = shared.store.artifact(params::id(&id, "artifact")?).await?;
    artifact.map(Json).ok_or_else(|| Problem::not_found("artifact"))
}

/// A file.
#[utoipa::path(get, path = "/api/files/{id}", params(("id" = String, Path, description = "`{artifactId}.{ordinal}`.")), responses(
    (status = 200, description = "The file.", body = File),
    (status = 404, description = "There is no such file.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn get_file(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    _: Params<NoParams>,
) -> Answer<Json<File>> {
    let (artifact_id, ordinal) = params::file_id(&id)?;
    let found = shared.store.file(artifact_id, ordinal).await?;
    found.map(|found| Json(found.file)).ok_or_else(|| Problem::not_found("file"))
}

/// The same file in the last green run.
#[utoipa::path(get, path = "/api/files/{id}/last-green", params(("id" = String, Path, description = "`{artifactId}.{ordinal}`.")), responses(
    (status = 200, description = "The last green run before the file's own, of the same workflow and branch, else of the default branch; and the file of the same artifact and path there. For what a test tool calls actual, the expected picture where that run kept no other. Null where there is none.", body = LastGreenFile),
    (status = 404, description = "There is no such file.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn get_last_green(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    _: Params<NoParams>,
) -> Answer<Json<LastGreenFile>> {
    let (artifact_id, ordinal) = params::file_id(&id)?;
    let file = shared.store.file(artifact_id, ordinal).await?.ok_or_else(|| Problem::not_found("file"))?.file;
    let Some(run_id) = shared.store.last_green_before(file.run_id).await? else {
        return Ok(Json(LastGreenFile { run: None, file: None }));
    };
    let paths = same_picture(&file.path);
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let found = shared.store.files_of_run_by_path(run_id, &paths).await?;
    // Best is the same artifact, then the nearer name; of equals the newest artifact, which comes first.
    let rank = |one: &File| (one.artifact_name != file.artifact_name, paths.iter().position(|path| *path == one.path));
    let run = shared.store.run_refs(&[run_id]).await?.remove(&run_id);
    Ok(Json(LastGreenFile { run, file: found.into_iter().map(|found| found.file).min_by_key(rank) }))
}

/// Names under which another run may have kept the same picture, nearest first.
fn same_picture(path: &str) -> Vec<String> {
    let mut paths = vec![path.to_owned()];
    if let Some((stem, extension)) = path.rsplit_once('.') {
        for separator in ['-', '_', '.', ' '] {
            if let Some(stem) = stem.strip_suffix(&format!("{separator}actual")) {
                paths.push(format!("{stem}{separator}expected.{extension}"));
            }
        }
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::same_picture;

    #[test]
    fn what_came_is_held_against_what_was_expected() {
        assert_eq!(same_picture("a/cart-actual.png"), ["a/cart-actual.png", "a/cart-expected.png"]);
        assert_eq!(same_picture("a/cart.png"), ["a/cart.png"]);
        assert_eq!(same_picture("actual"), ["actual"]);
        assert_eq!(same_picture("a.b/-actual"), ["a.b/-actual"]);
    }
}
