//! What is decided over a whole run once its reports are read: which report counts and which job made it, the run's
//! totals, the families that occur in it, and the judgements over the tests it touches. All of it is recomputed from
//! rows, so that doing it twice gives the same.

use super::days::recompute_days;
use super::queue::insert_tasks;
use super::reports::{count_results, lock_history};
use super::search::{Entry, Kind, write_entries};
use super::{NewTask, Result, Store, on, transaction, write_on};
use crate::model::results::{CoverageTotals, Standing, TestTotals, TestsState};
use crate::model::task::TaskKind;
use crate::model::testing::{Judgement, Novelty, TestStatus, Verdict};
use crate::model::{DAY_MS, MINUTE_MS, Millis};
use std::collections::{BTreeMap, BTreeSet};

/// Failures of a run whose novelty is decided, at most.
const MAX_NOVELTIES: i64 = 500;
/// Earlier failures looked at for the novelty of one.
const MAX_SIGHTINGS: i64 = 50;
/// How far back they are looked for.
const SIGHTED_WITHIN_MS: i64 = 21 * DAY_MS;
/// Results of a test that moved whose artifacts are read again: those of the branch it moved in.
const MAX_REREAD: i64 = 200;
/// How far apart the runs of one outage may begin.
const OUTAGE_WITHIN_MS: i64 = 30 * MINUTE_MS;
/// Workflows that one outage hits at least.
const OUTAGE_WORKFLOWS: usize = 3;
/// Failures looked at for the number of tests in a family.
const MAX_FAMILY_FAILURES: i64 = 5_000;
/// Time over which it is summed up what a test cost.
const IMPACT_MS: i64 = 30 * DAY_MS;

/// A run, as needed to say what its reports mean.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct RunToTest {
    /// GitHub's id.
    pub id: i64,
    /// Repository.
    pub repository_id: i64,
    /// Workflow.
    pub workflow_id: i64,
    /// When it was created.
    pub created_at: i64,
    /// As GitHub says.
    pub status: String,
    /// As GitHub says.
    pub conclusion: Option<String>,
    /// Latest attempt.
    pub attempt: i64,
    /// Head branch.
    pub branch: String,
    /// Login of whoever caused it.
    pub actor: String,
    /// From a fork.
    pub fork: bool,
}

/// A report of a run, as needed to say whether it counts.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct RunReport {
    /// Ours.
    pub id: i64,
    /// Artifact.
    pub artifact_id: i64,
    /// Its name.
    pub artifact_name: String,
    /// When it was uploaded.
    pub artifact_created_at: Option<i64>,
    /// Job whose log names its upload.
    pub artifact_job_id: Option<i64>,
    /// Attempt it was uploaded in.
    pub artifact_attempt: Option<i64>,
    /// Path.
    pub path: String,
    /// Format.
    pub format: String,
    /// `tests`, `lint` or `coverage`.
    pub kind: String,
    /// How much of it could be read.
    pub state: String,
    /// JSON list of sentences.
    pub problems: String,
    /// Cases.
    pub total: i64,
    /// Failed ones.
    pub failed: i64,
    /// Flaky ones.
    pub flaky: i64,
    /// Skipped ones.
    pub skipped: i64,
    /// Cases beyond the limit.
    pub dropped: i64,
    /// JSON.
    pub coverage: Option<String>,
    /// Equal for equal bytes.
    pub content_key: i64,
    /// What two reports of one execution are recognised by.
    pub sketch: Vec<u8>,
}

/// A job, as needed to say which reports it made.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct RunJob {
    /// GitHub's id.
    pub id: i64,
    /// Attempt.
    pub attempt: i64,
    /// Name.
    pub name: String,
    /// As GitHub says.
    pub conclusion: Option<String>,
    /// JSON list.
    pub labels: String,
    /// When it started.
    pub started_at: Option<i64>,
    /// When it ended.
    pub completed_at: Option<i64>,
}

/// What was decided about a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecidedReport {
    /// The report.
    pub id: i64,
    /// How it counts.
    pub standing: Standing,
    /// Report that counts instead.
    pub instead: Option<i64>,
    /// Attempt it belongs to.
    pub attempt: Option<i64>,
    /// Job that made it.
    pub job_id: Option<i64>,
    /// Dimensions of that job.
    pub variant: String,
    /// Whether it is no evidence.
    pub guarded: bool,
    /// Whether its results belong in the counters of their tests.
    pub counted: bool,
}

/// A failed result whose novelty is to be decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreshFailure {
    /// Report.
    pub report_id: i64,
    /// Position within it.
    pub ordinal: i64,
    /// Test.
    pub test_id: i64,
    /// Family.
    pub family_id: Option<i64>,
    /// What is thought of the test.
    pub verdict: Verdict,
}

/// An earlier failure of the same test or family.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct SightingRow {
    /// Run.
    pub run_id: i64,
    /// When the run was created.
    pub at: i64,
    /// Head branch.
    pub branch: String,
    /// Login of whoever caused it.
    pub actor: String,
    /// On the default branch, not by a pull request and not from a fork.
    pub on_default: bool,
}

/// What a test is called.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct TestTitle {
    /// Ours.
    pub id: i64,
    /// Hash of its identity.
    pub key: Vec<u8>,
    /// Titles of the enclosing suites.
    pub suite: String,
    /// Class, module or package.
    pub class: Option<String>,
    /// Name.
    pub name: String,
    /// Source file.
    pub file: Option<String>,
    /// When the first run that had it was created.
    pub first_seen_at: i64,
}

#[derive(sqlx::FromRow)]
struct FreshRow {
    report_id: i64,
    ordinal: i32,
    test_id: i64,
    family_id: Option<i64>,
    verdict: Option<String>,
}

/// SQL of "on the default branch", over `run r` and `repository o`.
pub(crate) const ON_DEFAULT: &str = "(r.branch = o.default_branch AND NOT r.fork AND r.event NOT LIKE 'pull_request%')";

impl Store {
    /// A run, as needed to say what its reports mean.
    pub async fn run_to_test(&self, run_id: i64) -> Result<Option<RunToTest>> {
        Ok(on!(self, db => {
            sqlx::query_as("SELECT id, repository_id, workflow_id, created_at, status, conclusion, attempt, branch, actor, fork FROM run WHERE id = $1")
                .bind(run_id).fetch_optional(db).await?
        }))
    }

    /// The reports of a run, oldest artifact first.
    pub async fn run_reports(&self, run_id: i64) -> Result<Vec<RunReport>> {
        Ok(write_on!(self, db => {
            sqlx::query_as(
                "SELECT p.id, p.artifact_id, a.name AS artifact_name, a.created_at AS artifact_created_at, a.job_id AS artifact_job_id, \
                 a.attempt AS artifact_attempt, p.path, p.format, p.kind, p.state, p.problems, p.total, p.failed, p.flaky, p.skipped, \
                 p.dropped, p.coverage, p.content_key, p.sketch FROM report p JOIN artifact a ON a.id = p.artifact_id WHERE p.run_id = $1 ORDER BY p.artifact_id, p.ordinal",
            )
            .bind(run_id).fetch_all(db).await?
        }))
    }

    /// The jobs of a run.
    pub async fn run_jobs(&self, run_id: i64) -> Result<Vec<RunJob>> {
        Ok(on!(self, db => {
            sqlx::query_as("SELECT id, attempt, name, conclusion, labels, started_at, completed_at FROM job WHERE run_id = $1 ORDER BY attempt, id")
                .bind(run_id).fetch_all(db).await?
        }))
    }

    /// Whether an artifact of the run is to be read any moment now, after which its results are asked for again.
    pub async fn reports_are_coming(&self, run_id: i64) -> Result<bool> {
        let task: Option<i64> = write_on!(self, db => {
            sqlx::query_scalar("SELECT id FROM task WHERE run_id = $1 AND kind = 'reports' AND NOT dead AND reason IS NULL LIMIT 1")
                .bind(run_id).fetch_optional(db).await?
        });
        Ok(task.is_some())
    }

    /// Artifacts of a run that may still bring reports, and those whose reading was given up.
    pub async fn unread_artifacts(&self, run_id: i64) -> Result<(i64, i64)> {
        Ok(write_on!(self, db => {
            sqlx::query_as(
                "SELECT count(*) FILTER (WHERE a.state <> 'complete' OR NOT t.dead), count(*) FILTER (WHERE a.state = 'complete' AND t.dead) \
                 FROM artifact a LEFT JOIN task t ON t.kind = 'reports' AND t.subject = a.id \
                 WHERE a.run_id = $1 AND (a.state IN ('pending', 'fetching', 'failed') OR (a.state = 'complete' AND t.id IS NOT NULL))",
            )
            .bind(run_id).fetch_one(db).await?
        }))
    }

    /// Where all failures of a run are of one family for which the place does not matter, and it hit runs of at least
    /// three workflows within half an hour: those runs, this one included.
    pub async fn shared_outage(&self, run: &RunToTest) -> Result<Vec<i64>> {
        let families: Vec<(Option<i64>, Option<bool>)> = on!(self, db => {
            sqlx::query_as(
                "SELECT DISTINCT f.family_id, m.is_global FROM report p JOIN failure f ON f.report_id = p.id LEFT JOIN family m ON m.id = f.family_id \
                 WHERE p.run_id = $1 AND f.status = 0 LIMIT 2",
            )
            .bind(run.id).fetch_all(db).await?
        });
        let [(Some(family_id), Some(true))] = families[..] else { return Ok(Vec::new()) };
        let hit: Vec<(i64, i64)> = on!(self, db => {
            sqlx::query_as(
                "SELECT DISTINCT p.run_id, p.workflow_id FROM failure f JOIN report p ON p.id = f.report_id \
                 WHERE f.family_id = $1 AND f.status = 0 AND f.at >= $2 AND f.at <= $3",
            )
            .bind(family_id).bind(run.created_at - OUTAGE_WITHIN_MS).bind(run.created_at + OUTAGE_WITHIN_MS).fetch_all(db).await?
        });
        let workflows: BTreeSet<i64> = hit.iter().map(|(_, workflow_id)| *workflow_id).collect();
        Ok(if workflows.len() >= OUTAGE_WORKFLOWS {
            hit.into_iter().map(|(run_id, _)| run_id).collect()
        } else {
            Vec::new()
        })
    }

    /// Which of the given runs count as evidence although an outage hit them: over those is to be decided again.
    pub async fn runs_not_guarded(&self, run_ids: &[i64]) -> Result<Vec<i64>> {
        let mut found = Vec::new();
        for run_id in run_ids {
            let guarded: Option<bool> = on!(self, db => {
                sqlx::query_scalar("SELECT guarded FROM run_tests WHERE run_id = $1").bind(run_id).fetch_optional(db).await?
            });
            found.extend(guarded.filter(|guarded| !guarded).map(|_| *run_id));
        }
        Ok(found)
    }

    /// Whether one of the 20 runs of the workflow before this one that ended by themselves had test cases.
    pub async fn reports_are_usual(&self, run: &RunToTest) -> Result<bool> {
        let with_tests: i64 = on!(self, db => {
            sqlx::query_scalar(
                "SELECT count(*) FROM (SELECT t.total FROM run r JOIN run_tests t ON t.run_id = r.id WHERE r.workflow_id = $1 AND r.created_at < $2 \
                 AND r.conclusion IN ('success', 'failure') ORDER BY r.created_at DESC LIMIT 20) recent WHERE total > 0",
            )
            .bind(run.workflow_id).bind(run.created_at).fetch_one(db).await?
        });
        Ok(with_tests > 0)
    }

    /// Runs of the workflow after this one that ended by themselves and of which nothing is said, for want of reports:
    /// that this one has some makes them miss theirs. Newer runs are read before older ones.
    pub async fn runs_that_miss_reports(&self, run: &RunToTest) -> Result<Vec<i64>> {
        Ok(on!(self, db => {
            sqlx::query_scalar(
                "SELECT id FROM (SELECT r.id, r.conclusion FROM run r WHERE r.workflow_id = $1 AND r.created_at > $2 \
                 ORDER BY r.created_at LIMIT 20) later JOIN run_tests t ON t.run_id = later.id \
                 WHERE t.state = 'none' AND later.conclusion IN ('success', 'failure', 'timed_out', 'startup_failure')",
            )
            .bind(run.workflow_id).bind(run.created_at).fetch_all(db).await?
        }))
    }

    /// Packed cells of reports, in no order.
    pub async fn report_cells(&self, report_ids: &[i64]) -> Result<Vec<(i64, Vec<u8>)>> {
        let mut cells = Vec::with_capacity(report_ids.len());
        for id in report_ids {
            let packed: Option<Vec<u8>> = on!(self, db => {
                sqlx::query_scalar("SELECT cells FROM report WHERE id = $1").bind(id).fetch_optional(db).await?
            });
            cells.extend(packed.map(|packed| (*id, packed)));
        }
        Ok(cells)
    }

    /// Tests that failed in the given reports.
    pub async fn failed_tests(&self, report_id: i64) -> Result<Vec<i64>> {
        Ok(on!(self, db => {
            sqlx::query_scalar("SELECT DISTINCT test_id FROM failure WHERE report_id = $1 AND status = 0").bind(report_id).fetch_all(db).await?
        }))
    }

    /// Writes what was decided about a run's reports and everything that follows by counting: counters of tests,
    /// totals of the run, families and where they occur.
    pub async fn record_run_tests(
        &self,
        run: &RunToTest,
        decided: &[DecidedReport],
        totals: &TestTotals,
        guarded: bool,
    ) -> Result<()> {
        transaction!(self, tx: Db => {
            lock_history!(tx, run.repository_id);
            for report in decided {
                sqlx::query("UPDATE report SET standing = $1, instead = $2, attempt = $3, job_id = $4, variant = $5, guarded = $6 WHERE id = $7")
                    .bind(report.standing.as_str()).bind(report.instead).bind(report.attempt).bind(report.job_id).bind(&report.variant)
                    .bind(report.guarded).bind(report.id).execute(&mut *tx).await?;
                // From the row: another process may have read the artifact again meanwhile.
                let was: Option<bool> = sqlx::query_scalar("SELECT counted FROM report WHERE id = $1").bind(report.id).fetch_optional(&mut *tx).await?;
                if was.is_some_and(|was| was != report.counted) {
                    count_results!(tx, report.id, report.counted);
                }
            }
            let before: Vec<i64> = sqlx::query_scalar("SELECT family_id FROM family_run WHERE run_id = $1").bind(run.id).fetch_all(&mut *tx).await?;
            sqlx::query("DELETE FROM family_run WHERE run_id = $1").bind(run.id).execute(&mut *tx).await?;
            let on_default: bool = sqlx::query_scalar("SELECT r.branch = o.default_branch AND NOT r.fork AND r.event NOT LIKE 'pull_request%' FROM run r JOIN repository o ON o.id = r.repository_id WHERE r.id = $1")
                .bind(run.id).fetch_one(&mut *tx).await?;
            sqlx::query(
                "INSERT INTO family_run (family_id, run_id, on_default, at, tests) SELECT f.family_id, p.run_id, $3, $2, count(DISTINCT f.test_id) FROM report p \
                 JOIN failure f ON f.report_id = p.id WHERE p.run_id = $1 AND p.standing <> 'duplicate' AND f.family_id IS NOT NULL AND f.status <= 1 GROUP BY f.family_id, p.run_id",
            )
            .bind(run.id).bind(run.created_at).bind(on_default).execute(&mut *tx).await?;
            if totals.failed == 0 {
                // Where no report speaks of failures, the logs do.
                sqlx::query(
                    "INSERT INTO family_run (family_id, run_id, on_default, at, tests) SELECT family_id, run_id, $3, $2, 0 FROM log_failure WHERE run_id = $1 AND family_id IS NOT NULL \
                     GROUP BY family_id, run_id ON CONFLICT (family_id, run_id) DO NOTHING",
                )
                .bind(run.id).bind(run.created_at).bind(on_default).execute(&mut *tx).await?;
            }
            let after: Vec<i64> = sqlx::query_scalar("SELECT family_id FROM family_run WHERE run_id = $1").bind(run.id).fetch_all(&mut *tx).await?;
            for family_id in before.into_iter().chain(after).collect::<BTreeSet<i64>>() {
                sqlx::query(
                    "UPDATE family SET runs = (SELECT count(*) FROM family_run w WHERE w.family_id = family.id), \
                     tests = (SELECT count(DISTINCT test_id) FROM (SELECT f.test_id FROM failure f WHERE f.family_id = $1 ORDER BY f.at DESC LIMIT $2) newest), \
                     first_seen_at = coalesce((SELECT min(w.at) FROM family_run w WHERE w.family_id = family.id), first_seen_at), \
                     last_seen_at = coalesce((SELECT max(w.at) FROM family_run w WHERE w.family_id = family.id), last_seen_at), \
                     first_run_id = coalesce((SELECT w.run_id FROM family_run w WHERE w.family_id = family.id ORDER BY w.at, w.run_id LIMIT 1), first_run_id), \
                     last_run_id = coalesce((SELECT w.run_id FROM family_run w WHERE w.family_id = family.id ORDER BY w.at DESC, w.run_id DESC LIMIT 1), last_run_id) \
                     WHERE id = $1",
                )
                .bind(family_id).bind(MAX_FAMILY_FAILURES).execute(&mut *tx).await?;
                sqlx::query("UPDATE search SET at = (SELECT f.last_seen_at FROM family f WHERE f.id = $1) WHERE id = $2 AND ref = $1")
                    .bind(family_id).bind(Kind::Family.row(family_id)).execute(&mut *tx).await?;
            }
            let reports = decided.iter().filter(|report| report.standing == Standing::Counted).count() as i64;
            sqlx::query(
                "INSERT INTO run_tests (run_id, workflow_id, at, reports, total, failed, flaky, skipped, state, problem, guarded, coverage) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (run_id) DO UPDATE SET workflow_id = excluded.workflow_id, at = excluded.at, \
                 reports = excluded.reports, total = excluded.total, failed = excluded.failed, flaky = excluded.flaky, skipped = excluded.skipped, \
                 state = excluded.state, problem = excluded.problem, guarded = excluded.guarded, coverage = excluded.coverage",
            )
            .bind(run.id).bind(run.workflow_id).bind(run.created_at).bind(reports).bind(totals.total).bind(totals.failed).bind(totals.flaky).bind(totals.skipped)
            .bind(totals.state.as_str()).bind(totals.problem.as_deref()).bind(guarded)
            .bind(totals.coverage.as_ref().and_then(|coverage| serde_json::to_string::<CoverageTotals>(coverage).ok()))
            .execute(&mut *tx).await?;
            recompute_days!(tx, [(run.workflow_id, Millis(run.created_at).day())]);
            Ok(())
        })
    }

    /// The newest earlier run of the same workflow on the default branch whose tests are all known, where this one is
    /// on the default branch itself; and the counted reports of that run.
    pub async fn reports_before(&self, run: &RunToTest) -> Result<Vec<i64>> {
        let before: Option<i64> = on!(self, db => {
            let mut query = sqlx::QueryBuilder::new(
                "SELECT r.id FROM run r JOIN repository o ON o.id = r.repository_id JOIN run_tests t ON t.run_id = r.id WHERE r.workflow_id = ",
            );
            query.push_bind(run.workflow_id).push(" AND r.created_at < ").push_bind(run.created_at).push(" AND t.state = 'complete' AND t.total > 0 AND ");
            query.push(ON_DEFAULT).push(" AND EXISTS (SELECT 1 FROM run r JOIN repository o ON o.id = r.repository_id WHERE r.id = ").push_bind(run.id);
            query.push(" AND ").push(ON_DEFAULT).push(") ORDER BY r.created_at DESC LIMIT 1");
            query.build_query_scalar().fetch_optional(db).await?
        });
        let Some(before) = before else { return Ok(Vec::new()) };
        Ok(on!(self, db => {
            sqlx::query_scalar("SELECT id FROM report WHERE run_id = $1 AND standing = 'counted' AND kind = 'tests'").bind(before).fetch_all(db).await?
        }))
    }

    /// What tests are called.
    pub async fn titles(&self, tests: &[i64]) -> Result<Vec<TestTitle>> {
        let mut titles = Vec::with_capacity(tests.len());
        for chunk in tests.chunks(500) {
            let rows: Vec<TestTitle> = on!(self, db => {
                let mut query = sqlx::QueryBuilder::new("SELECT id, key, suite, class, name, file, first_seen_at FROM test WHERE id IN (");
                let mut list = query.separated(", ");
                for id in chunk {
                    list.push_bind(*id);
                }
                query.push(")");
                query.build_query_as().fetch_all(db).await?
            });
            titles.extend(rows);
        }
        Ok(titles)
    }

    /// Whether a run of the default branch before this one had a test.
    pub async fn was_on_default(&self, test_id: i64, run: &RunToTest) -> Result<bool> {
        let earlier: Option<i64> = on!(self, db => {
            let mut query = sqlx::QueryBuilder::new(
                "SELECT p.run_id FROM result s JOIN report p ON p.id = s.report_id JOIN run r ON r.id = p.run_id JOIN repository o ON o.id = r.repository_id WHERE s.test_id = ",
            );
            query.push_bind(test_id).push(" AND s.at < ").push_bind(run.created_at).push(" AND ").push(ON_DEFAULT).push(" LIMIT 1");
            query.build_query_scalar().fetch_optional(db).await?
        });
        Ok(earlier.is_some())
    }

    /// Writes that tests have moved (new, then old) in a run, and asks for the artifacts that have results of the new
    /// ones (of the branch it came from, too) to be read again, which gives those results to the old test. What remains
    /// of a new one is removed once it has no results.
    pub async fn record_moves(&self, run: &RunToTest, moves: &[(TestTitle, i64)], now: Millis) -> Result<()> {
        transaction!(self, tx: Db => {
            lock_history!(tx, run.repository_id);
            for (new, old) in moves {
                sqlx::query("INSERT INTO test_alias (repository_id, key, test_id, run_id) VALUES ($1, $2, $3, $4) ON CONFLICT (repository_id, key) DO NOTHING")
                    .bind(run.repository_id).bind(&new.key).bind(old).bind(run.id).execute(&mut *tx).await?;
                let search: Option<String> = sqlx::query_scalar("SELECT search FROM test WHERE id = $1").bind(new.id).fetch_optional(&mut *tx).await?;
                sqlx::query("UPDATE test SET suite = $1, class = $2, name = $3, file = $4, search = coalesce($6, search) WHERE id = $5")
                    .bind(&new.suite).bind(new.class.as_deref()).bind(&new.name).bind(new.file.as_deref()).bind(old).bind(search.as_deref())
                    .execute(&mut *tx).await?;
                if let Some(search) = search {
                    write_entries!(tx: Db, vec![Entry::test(*old, &new.name, &search, run.created_at)]);
                }
            }
            let mut artifacts: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
            for (new, _) in moves {
                let found: Vec<(i64, i64, i64)> = sqlx::query_as(
                    "SELECT p.artifact_id, p.run_id, s.at FROM result s JOIN report p ON p.id = s.report_id WHERE s.test_id = $1 ORDER BY s.at DESC LIMIT $2",
                )
                .bind(new.id).bind(MAX_REREAD).fetch_all(&mut *tx).await?;
                artifacts.extend(found.into_iter().map(|(artifact_id, run_id, at)| (artifact_id, (run_id, at))));
            }
            let tasks: Vec<NewTask> = artifacts.into_iter()
                .map(|(subject, (run_id, position))| NewTask { kind: TaskKind::Reports, subject, repository_id: run.repository_id, run_id, position, due_at: now })
                .collect();
            insert_tasks!(tx: Db, tasks);
            Ok(())
        })
    }

    /// Tests whose judgement a run may change: those that failed or were flaky in it, and those in it that are
    /// thought ill of.
    pub async fn tests_to_judge(&self, run: &RunToTest) -> Result<Vec<i64>> {
        let mut tests: Vec<i64> = on!(self, db => {
            sqlx::query_scalar(
                "SELECT DISTINCT f.test_id FROM report p JOIN failure f ON f.report_id = p.id WHERE p.run_id = $1 AND p.standing <> 'duplicate' AND NOT p.guarded AND f.status <= 1",
            )
            .bind(run.id).fetch_all(db).await?
        });
        let ill: Vec<i64> = on!(self, db => {
            sqlx::query_scalar(
                "SELECT t.id FROM test t WHERE t.repository_id = $1 AND t.verdict IS NOT NULL AND EXISTS (SELECT 1 FROM result s JOIN report p ON p.id = s.report_id \
                 WHERE s.test_id = t.id AND s.at = $2 AND p.run_id = $3)",
            )
            .bind(run.repository_id).bind(run.created_at).bind(run.id).fetch_all(db).await?
        });
        tests.extend(ill);
        tests.sort_unstable();
        tests.dedup();
        Ok(tests)
    }

    /// Tests thought ill of whose judgement is older than `before` or by another algorithm, oldest first.
    pub async fn stale_judgements(&self, before: Millis, algorithm: i64, limit: i64) -> Result<Vec<i64>> {
        Ok(on!(self, db => {
            sqlx::query_scalar("SELECT id FROM test WHERE verdict IS NOT NULL AND (judged_at < $1 OR algorithm <> $2) ORDER BY judged_at, id LIMIT $3")
                .bind(before.0).bind(algorithm).bind(limit).fetch_all(db).await?
        }))
    }

    /// Writes judgements. A test that is healthy, or of which too little is known, is thought nothing of.
    pub async fn record_judgements(&self, judged: &[(i64, Judgement)], now: Millis) -> Result<()> {
        if judged.is_empty() {
            return Ok(());
        }
        transaction!(self, tx: Db => {
            let mut query = sqlx::QueryBuilder::<Db>::new("SELECT DISTINCT repository_id FROM test WHERE id IN (");
            let mut list = query.separated(", ");
            for (test_id, _) in judged {
                list.push_bind(*test_id);
            }
            query.push(") ORDER BY repository_id");
            let repositories: Vec<i64> = query.build_query_scalar().fetch_all(&mut *tx).await?;
            for repository_id in repositories {
                lock_history!(tx, repository_id);
            }
            for (test_id, judgement) in judged {
                let verdict = Some(judgement.verdict).filter(|verdict| !matches!(verdict, Verdict::Healthy | Verdict::NotEnoughData));
                sqlx::query(
                    "UPDATE test SET verdict = $1, reason = $2, since = $3, flake_rate = $4, score = $5, recent_failures = $6, judged_at = $7, algorithm = $8, \
                     flips = $10, fail_rate = $11, impact_ms = coalesce((SELECT CAST(sum(lost.duration_ms) AS BIGINT) FROM (SELECT DISTINCT r.id, r.duration_ms \
                     FROM failure f JOIN report p ON p.id = f.report_id JOIN run r ON r.id = p.run_id WHERE f.test_id = $9 AND f.at >= $12 AND f.status = 0 \
                     AND p.standing <> 'duplicate' AND NOT p.guarded AND r.duration_ms IS NOT NULL) AS lost), 0) WHERE id = $9",
                )
                .bind(verdict.map(Verdict::as_str)).bind(&judgement.reason).bind(judgement.since.map(|at| at.0)).bind(judgement.flake_rate)
                .bind(judgement.score).bind(judgement.recent_failures).bind(now.0).bind(judgement.algorithm).bind(test_id)
                .bind(judgement.flips).bind(judgement.fail_rate).bind(now.0 - IMPACT_MS).execute(&mut *tx).await?;
            }
            Ok(())
        })
    }

    /// Failed results of a run whose novelty is to be decided, at most 500.
    pub async fn fresh_failures(&self, run_id: i64) -> Result<Vec<FreshFailure>> {
        let rows: Vec<FreshRow> = on!(self, db => {
            sqlx::query_as(
                "SELECT f.report_id, f.ordinal, f.test_id, f.family_id, t.verdict FROM report p JOIN failure f ON f.report_id = p.id JOIN test t ON t.id = f.test_id \
                 WHERE p.run_id = $1 AND p.standing <> 'duplicate' AND NOT p.guarded AND f.status = $2 ORDER BY f.report_id, f.ordinal LIMIT $3",
            )
            .bind(run_id).bind(TestStatus::Failed.number() as i32).bind(MAX_NOVELTIES).fetch_all(db).await?
        });
        Ok(rows.into_iter().map(FreshRow::into_failure).collect())
    }

    /// Failures of the same test, or of the same family in any test, in other runs of the 21 days before; newest first.
    pub async fn sightings(&self, run: &RunToTest, test_id: i64, family_id: Option<i64>) -> Result<Vec<SightingRow>> {
        let mut rows = self.sightings_by(run, "f.test_id", test_id).await?;
        if let Some(family_id) = family_id {
            rows.extend(self.sightings_by(run, "f.family_id", family_id).await?);
        }
        rows.sort_by_key(|row| std::cmp::Reverse((row.at, row.run_id)));
        rows.dedup();
        Ok(rows)
    }

    async fn sightings_by(&self, run: &RunToTest, column: &'static str, id: i64) -> Result<Vec<SightingRow>> {
        Ok(on!(self, db => {
            let mut query = sqlx::QueryBuilder::new("SELECT r.id AS run_id, f.at, r.branch, r.actor, ");
            query.push(ON_DEFAULT).push(
                " AS on_default FROM failure f JOIN report p ON p.id = f.report_id JOIN run r ON r.id = p.run_id JOIN repository o ON o.id = r.repository_id WHERE ",
            );
            query.push(column).push(" = ").push_bind(id);
            query.push(" AND f.status = 0 AND NOT p.guarded AND f.at < ").push_bind(run.created_at);
            query.push(" AND f.at >= ").push_bind(run.created_at - SIGHTED_WITHIN_MS).push(" AND r.id <> ").push_bind(run.id);
            query.push(" ORDER BY f.at DESC LIMIT ").push_bind(MAX_SIGHTINGS);
            query.build_query_as().fetch_all(db).await?
        }))
    }

    /// Writes whether failures are news, and the run that proves it.
    pub async fn record_novelties(&self, decided: &[(FreshFailure, Novelty, Option<i64>)]) -> Result<()> {
        transaction!(self, tx: Db => {
            for (failure, novelty, run_id) in decided {
                sqlx::query("UPDATE failure SET novelty = $1, novelty_run = $2 WHERE report_id = $3 AND ordinal = $4")
                    .bind(novelty.as_str()).bind(*run_id).bind(failure.report_id).bind(failure.ordinal as i32).execute(&mut *tx).await?;
            }
            Ok(())
        })
    }

    /// Enqueues, newest first and at most `limit` of each, mirrored artifacts and logs that no reader of these
    /// versions has looked at, and runs over which nothing was decided: after an upgrade everything is read again, from what is archived. Gives how many.
    pub async fn enqueue_unread(&self, readers: i64, log: i64, limit: i64, now: Millis) -> Result<usize> {
        let artifacts: Vec<(i64, i64, i64, i64)> = on!(self, db => {
            sqlx::query_as(
                "SELECT a.id, a.repository_id, a.run_id, r.created_at FROM artifact a JOIN run r ON r.id = a.run_id WHERE a.state = 'complete' AND a.reports_version < $1 \
                 AND NOT EXISTS (SELECT 1 FROM task t WHERE t.kind = 'reports' AND t.subject = a.id) ORDER BY a.reports_version, a.id DESC LIMIT $2",
            )
            .bind(readers).bind(limit).fetch_all(db).await?
        });
        let jobs: Vec<(i64, i64, i64, i64)> = on!(self, db => {
            sqlx::query_as(
                "SELECT j.id, r.repository_id, j.run_id, r.created_at FROM job j JOIN run r ON r.id = j.run_id WHERE j.log_state = 'complete' AND j.log_version < $1 \
                 AND NOT EXISTS (SELECT 1 FROM task t WHERE t.kind = 'log-failures' AND t.subject = j.id) ORDER BY j.log_version, j.id DESC LIMIT $2",
            )
            .bind(log).bind(limit).fetch_all(db).await?
        });
        let task = |kind| {
            move |(subject, repository_id, run_id, position)| NewTask {
                kind,
                subject,
                repository_id,
                run_id,
                position,
                due_at: now,
            }
        };
        let tasks: Vec<NewTask> = artifacts
            .into_iter()
            .map(task(TaskKind::Reports))
            .chain(jobs.into_iter().map(task(TaskKind::LogFailures)))
            .collect();
        self.enqueue(&tasks).await?;
        Ok(tasks.len())
    }

    /// Key of the blob of a job's log and whether the job failed; `None` unless it is mirrored.
    pub async fn log_to_read(&self, job_id: i64) -> Result<Option<(String, bool)>> {
        let row: Option<(Option<String>, Option<String>)> = on!(self, db => {
            sqlx::query_as("SELECT log_blob, conclusion FROM job WHERE id = $1 AND log_state = 'complete'").bind(job_id).fetch_optional(db).await?
        });
        Ok(row.and_then(|(blob, conclusion)| {
            Some((blob?, matches!(conclusion.as_deref(), Some("failure" | "timed_out" | "startup_failure"))))
        }))
    }

    /// The task that decides over a run.
    pub async fn tests_task(&self, run_id: i64) -> Result<Option<NewTask>> {
        let run = self.run_to_test(run_id).await?;
        Ok(run.map(|run| NewTask {
            kind: TaskKind::Tests,
            subject: run.id,
            repository_id: run.repository_id,
            run_id: run.id,
            position: run.created_at,
            due_at: Millis(0),
        }))
    }
}

impl RunReport {
    /// How much of it could be read.
    pub fn tests_state(&self) -> TestsState {
        TestsState::from_word(&self.state)
    }
}

impl FreshRow {
    fn into_failure(self) -> FreshFailure {
        FreshFailure {
            report_id: self.report_id,
            ordinal: i64::from(self.ordinal),
            test_id: self.test_id,
            family_id: self.family_id,
            verdict: self.verdict.as_deref().and_then(Verdict::from_word).unwrap_or(Verdict::Healthy),
        }
    }
}
