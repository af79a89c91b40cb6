//! What the overview reads: a short walk along an index for each workflow, rollups by day, and lists that end early.
//! Nothing here grows with the history. What it all means is worked out by `analysis`.

use super::history::{ON_DEFAULT, RUN_REF, RunRefRow, first_line};
use super::push_ids;
use crate::model::overview::{Branches, NewFailure, OtherFailure, RecentChange, SignalRun, Stretch, TopFailure};
use crate::model::testing::{Novelty, RunRef};
use crate::model::{DAY_MS, Millis};
use crate::store::{Result, Store, on};
use sqlx::{Database, Encode, QueryBuilder, Type};
use std::collections::HashMap;

/// Runs of a workflow that are shown.
const STRIP: i64 = 48;
/// Runs of a workflow that tell since when it fails.
const MAX_STREAK: i64 = 200;
/// Runs of a workflow that its figures are counted from where no rollup has them.
const MAX_COUNTED: i64 = 1_000;
/// Runs of a repository that tell how long a green signal takes.
const MAX_SIGNALS: i64 = 2_000;
/// Failures of a run that its failed tests are told from.
pub const MAX_FAILURES: i64 = 200;
/// New failures looked through.
const MAX_NEW: i64 = 200;
/// Tests of a repository that are counted.
const MAX_TESTS: i64 = 100_000;
/// Runs whose branches are told.
const MAX_BRANCHED: i64 = 300;
/// Runs among which the newest changes are looked for.
const MAX_RECENT: i64 = 40;

/// A workflow, bare.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct WorkflowHead {
    /// GitHub's id.
    pub id: i64,
    /// Repository.
    pub repository_id: i64,
    /// Its owner.
    pub owner: String,
    /// Its name.
    pub repository: String,
    /// Its default branch.
    pub default_branch: String,
    /// Name of the workflow.
    pub name: String,
    /// Path of its file.
    pub path: String,
    /// As GitHub says.
    pub state: String,
}

/// A run of a strip.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct StripRun {
    /// GitHub's id.
    pub id: i64,
    /// Counter within the workflow.
    pub run_number: i64,
    /// Latest attempt.
    pub attempt: i64,
    /// As GitHub says.
    pub status: String,
    /// As GitHub says.
    pub conclusion: Option<String>,
    /// Head branch.
    pub branch: String,
    /// When it was created.
    pub created_at: i64,
    /// When its latest attempt started.
    pub started_at: Option<i64>,
    /// Duration of that attempt.
    pub duration_ms: Option<i64>,
    /// Tests that failed.
    pub failed_tests: Option<i64>,
    /// Tests that were flaky.
    pub flaky_tests: Option<i64>,
}

/// Tests of a repository: known ones (up to 100,000), flaky ones, and those that became flaky lately.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TestCounts {
    /// Known.
    pub known: i64,
    /// With a verdict of flaky.
    pub flaky: i64,
    /// Those of them that became so since then.
    pub newly_flaky: i64,
}

/// Stretches of equal length, the last one ending when they were asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretches {
    /// Begin of the first.
    pub from: Millis,
    /// Length of one.
    pub length_ms: i64,
    /// How many there are.
    pub count: usize,
}

impl Stretches {
    /// Which of them a moment is in.
    pub fn of(&self, at: Millis) -> Option<usize> {
        let at = usize::try_from(at.since(self.from).div_euclid(self.length_ms)).ok()?;
        (at < self.count).then_some(at)
    }
}

#[derive(sqlx::FromRow)]
struct DayRow {
    workflow_id: i64,
    day: i64,
    succeeded: i64,
    failed: i64,
    tests: i64,
    flaky: i64,
    ended_red: Option<bool>,
}

#[derive(sqlx::FromRow)]
struct CountedRow {
    created_at: i64,
    conclusion: Option<String>,
    tests: i64,
    flaky: i64,
}

#[derive(sqlx::FromRow)]
struct SignalRow {
    head_sha: String,
    conclusion: Option<String>,
    created_at: i64,
    ended_at: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct NewRow {
    test_id: i64,
    name: String,
    suite: String,
    class: Option<String>,
    message: String,
    run_id: i64,
    run_number: i64,
    workflow_name: String,
    report_id: i64,
    ordinal: i64,
    branch: String,
    at: i64,
}

#[derive(sqlx::FromRow)]
struct RecentRow {
    id: i64,
    owner: String,
    repository: String,
    workflow_id: i64,
    workflow_name: String,
    run_number: i64,
    attempt: i64,
    status: String,
    conclusion: Option<String>,
    branch: String,
    created_at: i64,
    started_at: Option<i64>,
    ended_at: Option<i64>,
    duration_ms: Option<i64>,
    failed_tests: Option<i64>,
}

/// Pushes that `run` is on these branches.
fn push_branches<DB: Database>(list: &mut QueryBuilder<DB>, branches: &Branches, default_branch: &str)
where
    String: for<'q> Encode<'q, DB> + Type<DB>,
{
    match branches {
        Branches::All => {}
        Branches::Default => {
            list.push(" AND run.branch = ").push_bind(default_branch.to_owned());
            list.push(" AND NOT run.fork AND run.event NOT LIKE 'pull_request%'");
        }
        Branches::Named(name) => {
            list.push(" AND run.branch = ").push_bind(name.clone());
        }
    }
}

impl Store {
    /// All workflows, of one repository or of all.
    pub async fn workflow_heads(&self, repository: Option<&(String, String)>) -> Result<Vec<WorkflowHead>> {
        Ok(on!(self, db => {
            let mut list = QueryBuilder::new("SELECT w.id, w.repository_id, p.owner, p.name AS repository, p.default_branch, w.name, w.path, w.state \
                FROM workflow w JOIN repository p ON p.id = w.repository_id");
            if let Some((owner, name)) = repository {
                list.push(" WHERE lower(p.owner) = lower(").push_bind(owner.clone()).push(") AND lower(p.name) = lower(").push_bind(name.clone()).push(")");
            }
            list.push(" ORDER BY w.id");
            list.build_query_as().fetch_all(db).await?
        }))
    }

    /// The newest 48 runs of a workflow on these branches, newest first.
    pub async fn strip_runs(&self, workflow: &WorkflowHead, branches: &Branches) -> Result<Vec<StripRun>> {
        Ok(on!(self, db => {
            let mut list = QueryBuilder::new("SELECT run.id, run.run_number, run.attempt, run.status, run.conclusion, run.branch, run.created_at, \
                run.started_at, run.duration_ms, t.failed AS failed_tests, t.flaky AS flaky_tests \
                FROM run LEFT JOIN run_tests t ON t.run_id = run.id WHERE run.workflow_id = ");
            list.push_bind(workflow.id);
            push_branches(&mut list, branches, &workflow.default_branch);
            list.push(" ORDER BY run.created_at DESC, run.id DESC LIMIT ").push_bind(STRIP);
            list.build_query_as().fetch_all(db).await?
        }))
    }

    /// The newest 200 completed runs of a workflow on these branches, newest first.
    pub async fn streak_runs(&self, workflow: &WorkflowHead, branches: &Branches) -> Result<Vec<RunRef>> {
        let rows: Vec<RunRefRow> = on!(self, db => {
            let mut list = QueryBuilder::new(format!("SELECT {RUN_REF} FROM run WHERE run.workflow_id = "));
            list.push_bind(workflow.id);
            push_branches(&mut list, branches, &workflow.default_branch);
            list.push(" AND run.conclusion IS NOT NULL ORDER BY run.created_at DESC, run.id DESC LIMIT ").push_bind(MAX_STREAK);
            list.build_query_as().fetch_all(db).await?
        });
        Ok(rows.into_iter().map(RunRefRow::into_model).collect())
    }

    /// Figures by day of workflows, from the rollups: of all branches, or of the default one.
    pub async fn days(
        &self,
        ids: &[i64],
        on_default: bool,
        stretches: &Stretches,
    ) -> Result<HashMap<i64, Vec<Stretch>>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let first = stretches.from.day();
        let rows: Vec<DayRow> = on!(self, db => {
            let mut list = QueryBuilder::new(if on_default {
                "SELECT workflow_id, day, succeeded, failed, tests, flaky, ended_red FROM default_day WHERE workflow_id IN "
            } else {
                "SELECT a.workflow_id, a.day, a.succeeded, a.failed, a.tests, a.flaky, d.ended_red FROM workflow_day a \
                 LEFT JOIN default_day d ON d.workflow_id = a.workflow_id AND d.day = a.day WHERE a.workflow_id IN "
            });
            push_ids(&mut list, ids);
            list.push(if on_default { " AND day >= " } else { " AND a.day >= " }).push_bind(first);
            list.build_query_as().fetch_all(db).await?
        });
        let mut found: HashMap<i64, Vec<Stretch>> = HashMap::new();
        for row in rows {
            let Some(at) = stretches.of(Millis(row.day * DAY_MS)) else { continue };
            let row_of = found.entry(row.workflow_id).or_insert_with(|| vec![Stretch::default(); stretches.count]);
            row_of[at] = Stretch {
                succeeded: row.succeeded,
                failed: row.failed,
                ended_red: row.ended_red,
                tests: row.tests,
                flaky: row.flaky,
            };
        }
        Ok(found)
    }

    /// The same counted from the runs, at most the newest 1,000.
    pub async fn counted(
        &self,
        workflow: &WorkflowHead,
        branches: &Branches,
        stretches: &Stretches,
    ) -> Result<Vec<Stretch>> {
        let rows: Vec<CountedRow> = on!(self, db => {
            let mut list = QueryBuilder::new("SELECT run.created_at, run.conclusion, coalesce(t.total, 0) AS tests, coalesce(t.flaky, 0) AS flaky \
                FROM run LEFT JOIN run_tests t ON t.run_id = run.id WHERE run.workflow_id = ");
            list.push_bind(workflow.id);
            push_branches(&mut list, branches, &workflow.default_branch);
            list.push(" AND run.created_at >= ").push_bind(stretches.from.0);
            list.push(" ORDER BY run.created_at DESC, run.id DESC LIMIT ").push_bind(MAX_COUNTED);
            list.build_query_as().fetch_all(db).await?
        });
        let mut counted = vec![Stretch::default(); stretches.count];
        for row in rows.into_iter().rev() {
            let Some(at) = stretches.of(Millis(row.created_at)) else { continue };
            let stretch = &mut counted[at];
            match row.conclusion.as_deref() {
                Some("success") => (stretch.succeeded, stretch.ended_red) = (stretch.succeeded + 1, Some(false)),
                Some("failure" | "timed_out" | "startup_failure") => {
                    (stretch.failed, stretch.ended_red) = (stretch.failed + 1, Some(true));
                }
                _ => {}
            }
            stretch.tests += row.tests;
            stretch.flaky += row.flaky;
        }
        Ok(counted)
    }

    /// Runs that tell how long a green signal takes, newest first: pushes, and where other branches count also pull
    /// requests. At most 2,000.
    pub async fn signal_runs(
        &self,
        workflow: &WorkflowHead,
        branches: &Branches,
        from: Millis,
    ) -> Result<Vec<SignalRun>> {
        let rows: Vec<SignalRow> = on!(self, db => {
            let mut list = QueryBuilder::new("SELECT run.head_sha, run.conclusion, run.created_at, coalesce(run.completed_at, run.started_at + run.duration_ms) AS ended_at \
                FROM run WHERE ");
            // The plus sign keeps SQLite from the index on repositories where the one on branches is better.
            let through_branch = !self.is_shared() && !matches!(branches, Branches::All);
            list.push(if through_branch { "+run.repository_id = " } else { "run.repository_id = " }).push_bind(workflow.repository_id);
            push_branches(&mut list, branches, &workflow.default_branch);
            list.push(" AND run.event IN ('push', 'pull_request', 'pull_request_target', 'merge_group') AND run.created_at >= ").push_bind(from.0);
            list.push(" ORDER BY run.created_at DESC, run.id DESC LIMIT ").push_bind(MAX_SIGNALS);
            list.build_query_as().fetch_all(db).await?
        });
        let of = |row: SignalRow| SignalRun {
            sha: row.head_sha,
            conclusion: row.conclusion,
            created_at: Millis(row.created_at),
            ended_at: row.ended_at.map(Millis),
        };
        Ok(rows.into_iter().map(of).collect())
    }

    /// How many tests a repository has, and how many of them are flaky; `since` is when "lately" begins.
    pub async fn test_counts(&self, repository_id: i64, since: Millis) -> Result<TestCounts> {
        let known: i64 = on!(self, db => {
            sqlx::query_scalar("SELECT count(*) FROM (SELECT 1 AS one FROM test WHERE repository_id = $1 LIMIT $2) AS counted")
                .bind(repository_id).bind(MAX_TESTS).fetch_one(db).await?
        });
        let (flaky, newly_flaky): (i64, i64) = on!(self, db => {
            sqlx::query_as("SELECT count(*), count(*) FILTER (WHERE since >= $2) FROM test WHERE repository_id = $1 AND verdict = 'flaky'")
                .bind(repository_id).bind(since.0).fetch_one(db).await?
        });
        Ok(TestCounts { known, flaky, newly_flaky })
    }

    /// Tests that failed in the first of these runs, which are those of one streak, newest first; in the order of the
    /// report, at most 200. News is what the earliest run said.
    pub async fn streak_failures(&self, runs: &[RunRef]) -> Result<Vec<TopFailure>> {
        let (Some(newest), Some(oldest)) = (runs.first(), runs.last()) else { return Ok(Vec::new()) };
        let rows: Vec<(i64, String, String, Option<String>)> = on!(self, db => {
            sqlx::query_as("SELECT f.test_id, t.name, t.suite, t.class FROM report p JOIN failure f ON f.report_id = p.id JOIN test t ON t.id = f.test_id \
                WHERE p.run_id = $1 AND p.standing = 'counted' AND f.status = 0 ORDER BY f.report_id, f.ordinal LIMIT $2")
                .bind(newest.id).bind(MAX_FAILURES).fetch_all(db).await?
        });
        let mut tests: Vec<TopFailure> = Vec::new();
        for (test_id, name, suite, class_name) in rows {
            if tests.iter().all(|test| test.test_id != test_id) {
                tests.push(TopFailure { test_id, name, suite, class_name, novelty: None, count: 0 });
            }
        }
        let run_ids: Vec<i64> = runs.iter().map(|run| run.id).collect();
        let test_ids: Vec<i64> = tests.iter().map(|test| test.test_id).collect();
        let seen = self.sightings_in(&test_ids, &run_ids, oldest.created_at).await?;
        for test in &mut tests {
            let own: Vec<&(i64, i64, Option<String>)> = seen.iter().filter(|(id, ..)| *id == test.test_id).collect();
            test.novelty = own.iter().find_map(|(_, _, word)| Novelty::from_word(word.as_deref()?));
            let mut of: Vec<i64> = own.iter().map(|(_, run_id, _)| *run_id).collect();
            of.sort_unstable();
            of.dedup();
            test.count = of.len() as i64;
        }
        Ok(tests)
    }

    /// Test, run and novelty of each failure of these tests in these runs, oldest first.
    async fn sightings_in(&self, tests: &[i64], runs: &[i64], from: Millis) -> Result<Vec<(i64, i64, Option<String>)>> {
        if tests.is_empty() {
            return Ok(Vec::new());
        }
        Ok(on!(self, db => {
            // From the tests to their reports: the other way round would read everything that failed in those runs.
            let mut list = QueryBuilder::new("SELECT f.test_id, p.run_id, f.novelty FROM failure f CROSS JOIN report p WHERE p.id = f.report_id \
                AND f.status = 0 AND p.standing = 'counted' AND f.test_id IN ");
            push_ids(&mut list, tests);
            list.push(" AND f.at >= ").push_bind(from.0).push(" AND p.run_id IN ");
            push_ids(&mut list, runs);
            list.push(" ORDER BY f.at, f.report_id, f.ordinal");
            list.build_query_as().fetch_all(db).await?
        }))
    }

    /// What failed in a run besides tests: what its logs say, or else its failed jobs; at most two.
    pub async fn other_failures(&self, run_id: i64) -> Result<Vec<OtherFailure>> {
        let rows: Vec<(i64, String, Option<String>)> = on!(self, db => {
            sqlx::query_as("SELECT j.id, j.name, (SELECT l.message FROM log_failure l WHERE l.job_id = j.id ORDER BY l.ordinal LIMIT 1) FROM job j \
                JOIN run r ON r.id = j.run_id WHERE j.run_id = $1 AND j.attempt = r.attempt AND j.conclusion IN ('failure', 'timed_out') ORDER BY j.id LIMIT 2")
                .bind(run_id).fetch_all(db).await?
        });
        let of = |(job_id, job_name, message): (i64, String, Option<String>)| OtherFailure {
            job_id,
            job_name,
            message: message.map(|message| first_line(&message).chars().take(200).collect()),
        };
        Ok(rows.into_iter().map(of).collect())
    }

    /// Ended and known jobs of the latest attempts of runs, by run.
    pub async fn jobs_done(&self, run_ids: &[i64]) -> Result<HashMap<i64, (i64, i64)>> {
        if run_ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows: Vec<(i64, i64, i64)> = on!(self, db => {
            let mut list = QueryBuilder::new("SELECT j.run_id, count(*) FILTER (WHERE j.status = 'completed'), count(*) FROM job j JOIN run r ON r.id = j.run_id \
                WHERE j.attempt = r.attempt AND j.run_id IN ");
            push_ids(&mut list, run_ids);
            list.push(" GROUP BY j.run_id");
            list.build_query_as().fetch_all(db).await?
        });
        Ok(rows.into_iter().map(|(run_id, done, known)| (run_id, (done, known))).collect())
    }

    /// Failures that were news, newest first, among the newest 200; a test may occur several times.
    pub async fn new_failures(
        &self,
        repositories: &[i64],
        branches: &Branches,
        since: Millis,
        limit: usize,
    ) -> Result<Vec<NewFailure>> {
        let rows: Vec<NewRow> = on!(self, db => {
            let mut list = QueryBuilder::new("SELECT f.test_id, t.name, t.suite, t.class, substr(f.message, 1, 400) AS message, p.run_id, run.run_number, \
                run.workflow_name, f.report_id, CAST(f.ordinal AS BIGINT) AS ordinal, run.branch, f.at \
                FROM (SELECT report_id, ordinal, test_id, at, message, status FROM failure WHERE novelty = 'new' AND at >= ");
            list.push_bind(since.0).push(" ORDER BY at DESC LIMIT ").push_bind(MAX_NEW);
            list.push(") f JOIN report p ON p.id = f.report_id JOIN run ON run.id = p.run_id JOIN test t ON t.id = f.test_id \
                JOIN repository ON repository.id = run.repository_id WHERE p.standing = 'counted' AND f.status = 0 AND run.repository_id IN ");
            push_ids(&mut list, repositories);
            match branches {
                Branches::All => {}
                Branches::Default => drop(list.push(" AND ").push(ON_DEFAULT)),
                Branches::Named(name) => drop(list.push(" AND run.branch = ").push_bind(name.clone())),
            }
            list.push(" ORDER BY f.at DESC, f.report_id DESC, f.ordinal");
            list.build_query_as().fetch_all(db).await?
        });
        let mut found: Vec<NewFailure> = Vec::new();
        for row in rows {
            if found.len() < limit && found.iter().all(|known| known.test_id != row.test_id) {
                found.push(row.into_model());
            }
        }
        Ok(found)
    }

    /// Branches of the newest 300 runs of a repository, those with most runs first.
    pub async fn busy_branches(&self, repository_id: i64) -> Result<Vec<String>> {
        let rows: Vec<(String, i64)> = on!(self, db => {
            sqlx::query_as("SELECT branch, count(*) FROM (SELECT branch FROM run WHERE repository_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2) AS newest \
                WHERE branch <> '' GROUP BY branch ORDER BY count(*) DESC, branch LIMIT 30").bind(repository_id).bind(MAX_BRANCHED).fetch_all(db).await?
        });
        Ok(rows.into_iter().map(|(branch, _)| branch).collect())
    }

    /// Runs that were created or go on, newest change first.
    pub async fn recent_changes(&self, repository_id: i64, limit: usize) -> Result<Vec<RecentChange>> {
        const COLUMNS: &str = "SELECT r.id, p.owner, p.name AS repository, r.workflow_id, r.workflow_name, r.run_number, r.attempt, r.status, r.conclusion, r.branch, \
            r.created_at, r.started_at, CASE WHEN r.status = 'completed' THEN coalesce(r.completed_at, r.started_at + r.duration_ms, r.updated_at) END AS ended_at, \
            r.duration_ms, t.failed AS failed_tests FROM run r JOIN repository p ON p.id = r.repository_id LEFT JOIN run_tests t ON t.run_id = r.id WHERE r.repository_id = ";
        let mut found: Vec<RecentChange> = Vec::new();
        for filter in ["", " AND r.status <> 'completed'"] {
            let rows: Vec<RecentRow> = on!(self, db => {
                let mut list = QueryBuilder::new(COLUMNS);
                list.push_bind(repository_id).push(filter).push(" ORDER BY r.created_at DESC, r.id DESC LIMIT ").push_bind(MAX_RECENT);
                list.build_query_as().fetch_all(db).await?
            });
            for row in rows {
                if found.iter().all(|known| known.id != row.id) {
                    found.push(row.into_model());
                }
            }
        }
        found.sort_by_key(|run| std::cmp::Reverse((run.at, run.id)));
        found.truncate(limit);
        let ids: Vec<i64> = found.iter().map(|run| run.id).collect();
        let jobs = self.jobs_done(&ids).await?;
        for run in &mut found {
            (run.jobs_done, run.jobs) = jobs.get(&run.id).copied().unwrap_or_default();
        }
        Ok(found)
    }
}

impl NewRow {
    fn into_model(self) -> NewFailure {
        NewFailure {
            test_id: self.test_id,
            name: self.name,
            suite: self.suite,
            class_name: self.class,
            message: first_line(&self.message),
            run_id: self.run_id,
            run_number: self.run_number,
            workflow_name: self.workflow_name,
            result_id: format!("{}.{}", self.report_id, self.ordinal),
            branch: self.branch,
            at: Millis(self.at),
        }
    }
}

impl RecentRow {
    fn into_model(self) -> RecentChange {
        let at = self.ended_at.or(self.started_at).map_or(self.created_at, |at| at.max(self.created_at));
        RecentChange {
            id: self.id,
            repository: format!("{}/{}", self.owner, self.repository),
            workflow_id: self.workflow_id,
            workflow_name: self.workflow_name,
            run_number: self.run_number,
            attempt: self.attempt,
            status: self.status,
            conclusion: self.conclusion,
            branch: self.branch,
            at: Millis(at),
            duration_ms: self.duration_ms,
            failed_tests: self.failed_tests,
            jobs_done: 0,
            jobs: 0,
        }
    }
}
