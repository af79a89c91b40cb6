//! What an exact name leads to: a number, a commit, an address of GitHub. Read for the search and for addresses whose
//! host was swapped.

use crate::store::search::pull_request_row;
use crate::store::{Result, Store, on};
use sqlx::QueryBuilder;

/// A run, as named by something else.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct NamedRun {
    /// GitHub's id.
    pub id: i64,
    /// Repository.
    pub repository_id: i64,
    /// Number GitHub shows.
    pub run_number: i64,
    /// Latest attempt.
    pub attempt: i64,
    /// Title.
    pub title: String,
    /// Head branch.
    pub branch: String,
    /// Head commit.
    pub head_sha: String,
}

const NAMED_RUN: &str = "SELECT id, repository_id, run_number, attempt, title, branch, head_sha FROM run WHERE ";

/// Most workflows looked at for the name of a file.
const WORKFLOWS: i64 = 5_000;

impl Store {
    /// A run by GitHub's id.
    pub async fn named_run(&self, id: i64) -> Result<Option<NamedRun>> {
        Ok(on!(self, db => {
            let mut query = QueryBuilder::new(NAMED_RUN);
            query.push("id = ").push_bind(id);
            query.build_query_as().fetch_optional(db).await?
        }))
    }

    /// Runs with a number, newest first; each workflow has its own. Of one repository or of all.
    pub async fn runs_numbered(&self, repository_id: Option<i64>, number: i64, limit: i64) -> Result<Vec<i64>> {
        Ok(on!(self, db => {
            let mut query = QueryBuilder::new("SELECT id FROM run WHERE run_number = ");
            query.push_bind(number);
            if let Some(id) = repository_id {
                query.push(" AND repository_id = ").push_bind(id);
            }
            query.push(" ORDER BY created_at DESC, id DESC LIMIT ").push_bind(limit);
            query.build_query_scalar().fetch_all(db).await?
        }))
    }

    /// The newest run of a commit, by the beginning of its hash in lower case.
    pub async fn run_of_commit(&self, repository_id: Option<i64>, sha: &str) -> Result<Option<NamedRun>> {
        // 'g' follows the last hexadecimal digit: a range over the index.
        let (start, end) = (sha.to_owned(), format!("{sha}g"));
        Ok(on!(self, db => {
            let mut query = QueryBuilder::new(NAMED_RUN);
            query.push("head_sha >= ").push_bind(start).push(" AND head_sha < ").push_bind(end);
            if let Some(id) = repository_id {
                query.push(" AND repository_id = ").push_bind(id);
            }
            query.push(" ORDER BY head_sha, created_at DESC LIMIT 1");
            query.build_query_as().fetch_optional(db).await?
        }))
    }

    /// The newest run of a branch.
    pub async fn run_of_branch(&self, repository_id: i64, branch: &str) -> Result<Option<NamedRun>> {
        Ok(on!(self, db => {
            let mut query = QueryBuilder::new(NAMED_RUN);
            query.push("branch = ").push_bind(branch).push(" AND repository_id = ").push_bind(repository_id);
            query.push(" ORDER BY created_at DESC, id DESC LIMIT 1");
            query.build_query_as().fetch_optional(db).await?
        }))
    }

    /// The login as runs have it, where somebody caused any.
    pub async fn actor_named(&self, login: &str) -> Result<Option<String>> {
        let lower = login.to_lowercase();
        Ok(on!(self, db => {
            sqlx::query_scalar("SELECT actor FROM run WHERE actor IN ($1, $2) LIMIT 1").bind(login).bind(lower).fetch_optional(db).await?
        }))
    }

    /// The newest run of a pull request.
    pub async fn run_of_pull_request(&self, repository_id: i64, number: i64) -> Result<Option<NamedRun>> {
        let row = pull_request_row(repository_id, number);
        let run: Option<i64> = on!(self, db => {
            sqlx::query_scalar("SELECT ref FROM search WHERE id = $1").bind(row).fetch_optional(db).await?
        });
        match run {
            Some(id) => self.named_run(id).await,
            None => Ok(None),
        }
    }

    /// The run of a job, and the job's name.
    pub async fn named_job(&self, id: i64) -> Result<Option<(i64, String)>> {
        Ok(on!(self, db => {
            sqlx::query_as("SELECT run_id, name FROM job WHERE id = $1").bind(id).fetch_optional(db).await?
        }))
    }

    /// The run of an artifact, and the artifact's name.
    pub async fn named_artifact(&self, id: i64) -> Result<Option<(i64, String)>> {
        Ok(on!(self, db => {
            sqlx::query_as("SELECT run_id, name FROM artifact WHERE id = $1").bind(id).fetch_optional(db).await?
        }))
    }

    /// A workflow by the name of its file, and its own name.
    pub async fn workflow_of_file(&self, repository_id: i64, file: &str) -> Result<Option<(i64, String)>> {
        let rows: Vec<(i64, String, String)> = on!(self, db => {
            sqlx::query_as("SELECT id, name, path FROM workflow WHERE repository_id = $1 ORDER BY id DESC LIMIT $2")
                .bind(repository_id).bind(WORKFLOWS).fetch_all(db).await?
        });
        let named = rows.into_iter().find(|(_, _, path)| path.rsplit('/').next() == Some(file));
        Ok(named.map(|(id, name, _)| (id, name)))
    }
}
