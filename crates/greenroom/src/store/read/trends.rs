//! What trends of a workflow and of its jobs are worked out from: its newest runs, narrowly, the rollup by day, and
//! the jobs of few runs.

use super::push_ids;
use crate::model::Millis;
use crate::model::trends::{DayCount, JobSample, RunSample};
use crate::store::{Result, Store, on};
use sqlx::QueryBuilder;

/// Which runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrendQuery {
    /// The workflow.
    pub workflow_id: i64,
    /// On this head branch.
    pub branch: Option<String>,
    /// Created at or after this.
    pub since: Millis,
    /// At most so many, the newest.
    pub limit: i64,
}

#[derive(sqlx::FromRow)]
struct SampleRow {
    id: i64,
    created_at: i64,
    conclusion: Option<String>,
    duration_ms: Option<i64>,
    queue_ms: Option<i64>,
    tests: Option<i64>,
    failed_tests: Option<i64>,
    flaky_tests: Option<i64>,
    artifact_bytes: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct DayRow {
    day: i64,
    runs: i64,
    succeeded: i64,
    failed: i64,
}

#[derive(sqlx::FromRow)]
struct JobRow {
    id: i64,
    run_id: i64,
    run_number: i64,
    run_created_at: i64,
    name: String,
    conclusion: Option<String>,
    created_at: Option<i64>,
    started_at: Option<i64>,
    completed_at: Option<i64>,
    steps: String,
}

impl Store {
    /// The newest runs of a workflow, newest first, and whether those are all that match.
    pub async fn run_samples(&self, query: &TrendQuery) -> Result<(Vec<RunSample>, bool)> {
        let mut rows: Vec<SampleRow> = on!(self, db => {
            let mut list = QueryBuilder::new(
                "SELECT r.id, r.created_at, r.conclusion, r.duration_ms, r.queue_ms, t.total AS tests, t.failed AS failed_tests, t.flaky AS flaky_tests, \
                 (SELECT CAST(sum(a.size_bytes) AS BIGINT) FROM artifact a WHERE a.run_id = r.id) AS artifact_bytes \
                 FROM run r LEFT JOIN run_tests t ON t.run_id = r.id WHERE r.workflow_id = ",
            );
            list.push_bind(query.workflow_id);
            if let Some(branch) = &query.branch {
                list.push(" AND r.branch = ").push_bind(branch.clone());
            }
            list.push(" AND r.created_at >= ").push_bind(query.since.0);
            list.push(" ORDER BY r.created_at DESC, r.id DESC LIMIT ").push_bind(query.limit + 1);
            list.build_query_as().fetch_all(db).await?
        });
        let is_complete = rows.len() as i64 <= query.limit;
        rows.truncate(query.limit.max(0) as usize);
        Ok((rows.into_iter().map(SampleRow::into_model).collect(), is_complete))
    }

    /// Counts of a workflow's runs by UTC day, from the day of `since` on.
    pub async fn day_counts(&self, workflow_id: i64, since: Millis) -> Result<Vec<DayCount>> {
        let rows: Vec<DayRow> = on!(self, db => {
            sqlx::query_as("SELECT day, runs, succeeded, failed FROM workflow_day WHERE workflow_id = $1 AND day >= $2 ORDER BY day")
                .bind(workflow_id).bind(since.day()).fetch_all(db).await?
        });
        Ok(rows
            .into_iter()
            .map(|row| DayCount { day: row.day, runs: row.runs, succeeded: row.succeeded, failed: row.failed })
            .collect())
    }

    /// Jobs of the latest attempts of the newest completed runs, how many runs that are, and whether those are all that
    /// match.
    pub async fn job_samples(&self, query: &TrendQuery) -> Result<(Vec<JobSample>, i64, bool)> {
        let mut ids: Vec<i64> = on!(self, db => {
            // Only completed runs have a duration. Asking for the status too would lead SQLite to the wrong index.
            let mut list = QueryBuilder::new("SELECT id FROM run WHERE duration_ms IS NOT NULL AND workflow_id = ");
            list.push_bind(query.workflow_id);
            if let Some(branch) = &query.branch {
                list.push(" AND branch = ").push_bind(branch.clone());
            }
            list.push(" AND created_at >= ").push_bind(query.since.0);
            list.push(" ORDER BY created_at DESC, id DESC LIMIT ").push_bind(query.limit + 1);
            list.build_query_scalar().fetch_all(db).await?
        });
        let is_complete = ids.len() as i64 <= query.limit;
        ids.truncate(query.limit.max(0) as usize);
        if ids.is_empty() {
            return Ok((Vec::new(), 0, is_complete));
        }
        let rows: Vec<JobRow> = on!(self, db => {
            let mut list = QueryBuilder::new(
                "SELECT j.id, j.run_id, r.run_number, r.created_at AS run_created_at, j.name, j.conclusion, j.created_at, j.started_at, j.completed_at, j.steps \
                 FROM run r JOIN job j ON j.run_id = r.id AND j.attempt = r.attempt WHERE r.id IN ",
            );
            push_ids(&mut list, &ids);
            list.build_query_as().fetch_all(db).await?
        });
        Ok((rows.into_iter().map(JobRow::into_model).collect(), ids.len() as i64, is_complete))
    }
}

impl SampleRow {
    fn into_model(self) -> RunSample {
        RunSample {
            id: self.id,
            at: Millis(self.created_at),
            conclusion: self.conclusion,
            duration_ms: self.duration_ms,
            queue_ms: self.queue_ms,
            tests: self.tests.unwrap_or_default(),
            failed_tests: self.failed_tests.unwrap_or_default(),
            flaky_tests: self.flaky_tests.unwrap_or_default(),
            artifact_bytes: self.artifact_bytes.unwrap_or_default(),
        }
    }
}

impl JobRow {
    fn into_model(self) -> JobSample {
        JobSample {
            id: self.id,
            run_id: self.run_id,
            run_number: self.run_number,
            at: Millis(self.run_created_at),
            name: self.name,
            conclusion: self.conclusion,
            created_at: self.created_at.map(Millis),
            started_at: self.started_at.map(Millis),
            completed_at: self.completed_at.map(Millis),
            steps: serde_json::from_str(&self.steps).unwrap_or_default(),
        }
    }
}
