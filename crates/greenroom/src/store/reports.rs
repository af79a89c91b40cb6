//! What reading an artifact's reports, or a job's log, leaves behind: reports, tests, results, failures and their
//! families. The same content recorded twice gives the same rows. Which report counts is decided later, over the
//! whole run (`testing.rs`); until then its results are in no test's counters.

use super::queue::{finish_or_give_up_task, finish_task, insert_tasks};
use super::search::{Entry, Kind, forget_entries, write_entries};
use super::{Claimed, NewTask, Result, Store, StoreError, on, transaction};
use crate::model::cells::{self, Cell};
use crate::model::results::{CoverageTotals, TestTry, TestsState};
use crate::model::testing::TestStatus;
use serde::{Deserialize, Serialize};
use sqlx::QueryBuilder;
use std::collections::{BTreeMap, HashMap};

/// Rows in one statement: SQLite takes 32,766 values at most.
const ROWS: usize = 2_000;
/// Keys looked up in one statement.
const KEYS: usize = 1_000;

/// A family as its failures know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FamilyKey {
    /// What its failures have in common, hashed.
    pub key: [u8; 16],
    /// The same, readable.
    pub title: String,
    /// Whether the place does not matter.
    pub is_global: bool,
}

/// A file that belongs to a failure, as kept in the database (JSON).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeptAttachment {
    /// Name for people.
    pub name: String,
    /// Path as the report writes it.
    pub path: String,
    /// Media type as the report says.
    pub media_type: Option<String>,
    /// The file of the same artifact that it is.
    pub ordinal: Option<i64>,
}

/// What is kept of a result that did not simply pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FailureRecord {
    /// File it is in.
    pub file_ordinal: i64,
    /// Line of the test in its source.
    pub line: Option<i64>,
    /// Type of the error.
    pub kind: Option<String>,
    /// Message, or the reason of a skip.
    pub message: String,
    /// Stack trace.
    pub stack: Option<String>,
    /// End of the standard output.
    pub stdout: Option<String>,
    /// End of the standard error.
    pub stderr: Option<String>,
    /// Earlier tries.
    pub tries: Vec<TestTry>,
    /// Files that belong to it.
    pub attachments: Vec<KeptAttachment>,
    /// Its family; `None` for a skip.
    pub family: Option<FamilyKey>,
}

/// A result, with what is needed when its test is seen for the first time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseRecord {
    /// Identity of the test, hashed.
    pub key: [u8; 16],
    /// Titles of the enclosing suites.
    pub suite: String,
    /// Class, module or package.
    pub class: Option<String>,
    /// Name.
    pub name: String,
    /// Source file.
    pub file: Option<String>,
    /// Lower-cased words for the text filter.
    pub search: String,
    /// Dimensions of the case itself.
    pub variant: String,
    /// Outcome.
    pub status: TestStatus,
    /// How long the last try took.
    pub duration_ms: Option<i64>,
    /// Tries, the last included.
    pub tries: i64,
    /// What is kept of it, unless it simply passed.
    pub failure: Option<FailureRecord>,
}

/// A report, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportRecord {
    /// File it is in, the first one where it is several.
    pub ordinal: i64,
    /// Path of the file, or of the folder where it is several.
    pub path: String,
    /// How many files it is.
    pub files: i64,
    /// Format.
    pub format: &'static str,
    /// `tests`, `lint` or `coverage`.
    pub kind: &'static str,
    /// Tool that wrote it.
    pub tool: Option<String>,
    /// How much of it could be read.
    pub state: TestsState,
    /// What is wrong with it.
    pub problems: Vec<String>,
    /// Cases beyond the limit.
    pub dropped: i64,
    /// Findings of a linter.
    pub findings: i64,
    /// How long its tests took.
    pub duration_ms: Option<i64>,
    /// Coverage totals.
    pub coverage: Option<CoverageTotals>,
    /// Equal for files with equal bytes.
    pub content_key: i64,
    /// What two reports of one execution are recognised by.
    pub sketch: Vec<u8>,
    /// The results, in any order; empty unless `kind` is `tests`.
    pub cases: Vec<CaseRecord>,
}

/// A failure found in a job's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFailureRecord {
    /// First line, from 1.
    pub line: i64,
    /// Error code or type.
    pub kind: Option<String>,
    /// Rule that found it.
    pub tool: Option<String>,
    /// Name of the failing test.
    pub test: Option<String>,
    /// First informative line.
    pub message: String,
    /// The lines around it.
    pub excerpt: String,
    /// Its family.
    pub family: FamilyKey,
}

/// One file of a mirrored artifact, as needed to read it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct StoredEntry {
    /// Position in the archive.
    pub ordinal: i64,
    /// Name for display.
    pub path: String,
    /// Size of the content.
    pub size_bytes: i64,
    /// Size inside the archive.
    pub compressed_bytes: i64,
    /// ZIP compression method.
    pub method: i64,
    /// Where its compressed bytes begin.
    pub data_offset: i64,
    /// CRC-32 of the content.
    pub crc32: i64,
    /// Media type.
    pub media_type: String,
    /// What is unusual about it.
    pub flags: String,
}

/// What reading the reports of an artifact needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtifactToRead {
    /// Run.
    pub run_id: i64,
    /// Key of the blob.
    pub blob: String,
    /// Whether the blob is one file without an archive around it.
    pub is_single: bool,
    /// The files inside, in order.
    pub entries: Vec<StoredEntry>,
}

/// What of a run its results need.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
struct RunRow {
    repository_id: i64,
    workflow_id: i64,
    created_at: i64,
    attempt: Option<i64>,
}

/// Lets one process after another write the history of a repository: on PostgreSQL two transactions that touch the
/// same tests in different order would wait for each other.
macro_rules! lock_history {
    ($tx:ident, $repository_id:expr) => {
        sqlx::query(
            "INSERT INTO setting (key, value) VALUES ($1, '') ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        )
        .bind(format!("history-lock:{}", $repository_id))
        .execute(&mut *$tx)
        .await?;
    };
}

/// Adds the results of a report to the counters of their tests, or takes them out again.
macro_rules! count_results {
    ($tx:ident, $report_id:expr, $counts:expr) => {{
        let (report_id, sign): (i64, i64) = ($report_id, if $counts { 1 } else { -1 });
        sqlx::query(
            "UPDATE test SET results = test.results + $2 * d.results, failures = test.failures + $2 * d.failures, \
             flaky_results = test.flaky_results + $2 * d.flaky, timed = test.timed + $2 * d.timed, duration_ms = test.duration_ms + $2 * d.ms, \
             average_ms = CASE WHEN test.timed + $2 * d.timed > 0 THEN (test.duration_ms + $2 * d.ms) / (test.timed + $2 * d.timed) ELSE 0 END, \
             last_seen_at = CASE WHEN d.at > test.last_seen_at THEN d.at ELSE test.last_seen_at END, \
             first_seen_at = CASE WHEN d.at < test.first_seen_at THEN d.at ELSE test.first_seen_at END, \
             last_failure_at = CASE WHEN $2 > 0 AND d.failures > 0 AND d.at > test.last_failure_at THEN d.at ELSE test.last_failure_at END \
             FROM (SELECT test_id, max(at) AS at, count(*) AS results, count(*) FILTER (WHERE status = 0) AS failures, \
                   count(*) FILTER (WHERE status = 1) AS flaky, count(duration_ms) AS timed, CAST(coalesce(sum(duration_ms), 0) AS BIGINT) AS ms \
                   FROM result WHERE report_id = $1 GROUP BY test_id) d WHERE test.id = d.test_id",
        )
        .bind(report_id)
        .bind(sign)
        .execute(&mut *$tx)
        .await?;
        sqlx::query("UPDATE report SET counted = $1 WHERE id = $2").bind(sign > 0).bind(report_id).execute(&mut *$tx).await?;
        if sign < 0 {
            sqlx::query(
                "UPDATE test SET last_failure_at = coalesce((SELECT max(f.at) FROM failure f JOIN report p ON p.id = f.report_id \
                 WHERE f.test_id = test.id AND f.status = 0 AND p.counted), 0) \
                 WHERE id IN (SELECT test_id FROM failure WHERE report_id = $1 AND status = 0)",
            )
            .bind(report_id)
            .execute(&mut *$tx)
            .await?;
        }
    }};
}

/// Ids of rows by their key in one repository; those that are missing are inserted first.
macro_rules! ids_by_key {
    ($tx:ident : $db:ident, $select:literal, $repository_id:expr, $keys:expr) => {{
        let mut ids: HashMap<[u8; 16], i64> = HashMap::with_capacity($keys.len());
        for chunk in $keys.chunks(KEYS) {
            let mut query = QueryBuilder::<$db>::new($select);
            query.push_bind($repository_id).push(" AND key IN (");
            let mut list = query.separated(", ");
            for key in chunk {
                list.push_bind(key.to_vec());
            }
            query.push(")");
            let rows: Vec<(i64, Vec<u8>)> = query.build_query_as().fetch_all(&mut *$tx).await?;
            ids.extend(rows.into_iter().filter_map(|(id, key)| Some((<[u8; 16]>::try_from(key).ok()?, id))));
        }
        ids
    }};
}

/// Ids of the families of failures; new ones begin with this run.
macro_rules! family_ids {
    ($tx:ident : $db:ident, $run:expr, $run_id:expr, $version:expr, $families:expr) => {{
        let families: BTreeMap<[u8; 16], (&FamilyKey, Option<&str>, &str)> = $families;
        let keys: Vec<[u8; 16]> = families.keys().copied().collect();
        let mut ids = ids_by_key!($tx: $db, "SELECT id, key FROM family WHERE repository_id = ", $run.repository_id, keys);
        let new: Vec<_> = families.into_iter().filter(|(key, _)| !ids.contains_key(key)).collect();
        for chunk in new.chunks(ROWS) {
            let mut query = QueryBuilder::<$db>::new(
                "INSERT INTO family (repository_id, key, version, title, kind, is_global, message, first_seen_at, first_run_id, last_seen_at, last_run_id, runs, tests) ",
            );
            query.push_values(chunk, |mut row, (key, (family, kind, message))| {
                row.push_bind($run.repository_id).push_bind(key.to_vec()).push_bind($version).push_bind(family.title.as_str()).push_bind(*kind)
                    .push_bind(family.is_global).push_bind(beginning(message)).push_bind($run.created_at).push_bind($run_id)
                    .push_bind($run.created_at).push_bind($run_id).push_bind(0_i64).push_bind(0_i64);
            });
            query.push(" RETURNING id, key");
            let rows: Vec<(i64, Vec<u8>)> = query.build_query_as().fetch_all(&mut *$tx).await?;
            ids.extend(rows.into_iter().filter_map(|(id, key)| Some((<[u8; 16]>::try_from(key).ok()?, id))));
            let found = chunk.iter().filter_map(|(key, (family, kind, message))| {
                Some(Entry::family(*ids.get(key)?, &family.title, *kind, beginning(message), $run.created_at))
            });
            write_entries!($tx: $db, found.collect());
        }
        ids
    }};
}

pub(super) use {count_results, lock_history};

impl Store {
    /// What reading the reports of an artifact needs to know; `None` unless it is mirrored.
    pub async fn artifact_to_read(&self, artifact_id: i64) -> Result<Option<ArtifactToRead>> {
        let row: Option<(i64, Option<String>, Option<String>)> = on!(self, db => {
            sqlx::query_as("SELECT run_id, blob, form FROM artifact WHERE id = $1 AND state = 'complete'").bind(artifact_id).fetch_optional(db).await?
        });
        let Some((run_id, Some(blob), form)) = row else { return Ok(None) };
        let entries = on!(self, db => {
            sqlx::query_as("SELECT ordinal, path, size_bytes, compressed_bytes, method, data_offset, crc32, media_type, flags FROM file WHERE artifact_id = $1 ORDER BY ordinal")
                .bind(artifact_id).fetch_all(db).await?
        });
        Ok(Some(ArtifactToRead { run_id, blob, is_single: form.as_deref() == Some("single"), entries }))
    }

    /// Writes the reports of an artifact in the place of those written before, the work that follows, and ends the
    /// task, or gives it up where `given_up` says that some could not be read. `versions` are those of the readers, of
    /// identity and of fingerprints.
    pub async fn record_reports(
        &self,
        claimed: &Claimed,
        owner: &str,
        versions: Versions,
        reports: &[ReportRecord],
        tasks: &[NewTask],
        given_up: Option<&str>,
    ) -> Result<()> {
        let artifact_id = claimed.subject;
        transaction!(self, tx: Db => {
            finish_or_give_up_task!(tx, claimed, owner, given_up);
            let run: Option<RunRow> = sqlx::query_as(
                "SELECT a.repository_id, r.workflow_id, r.created_at, a.attempt FROM artifact a JOIN run r ON r.id = a.run_id WHERE a.id = $1",
            )
            .bind(artifact_id).fetch_optional(&mut *tx).await?;
            let Some(run) = run else { return Err(StoreError::Missing { thing: format!("artifact {artifact_id}") }) };
            lock_history!(tx, run.repository_id);
            let before: Vec<(i64, i64, bool)> = sqlx::query_as("SELECT id, ordinal, counted FROM report WHERE artifact_id = $1")
                .bind(artifact_id).fetch_all(&mut *tx).await?;
            for (report_id, ordinal, counted) in before {
                if counted {
                    count_results!(tx, report_id, false);
                }
                sqlx::query("DELETE FROM result WHERE report_id = $1").bind(report_id).execute(&mut *tx).await?;
                sqlx::query("DELETE FROM failure WHERE report_id = $1").bind(report_id).execute(&mut *tx).await?;
                if !reports.iter().any(|report| report.ordinal == ordinal) {
                    sqlx::query("DELETE FROM report WHERE id = $1").bind(report_id).execute(&mut *tx).await?;
                }
            }
            let mut keys: Vec<[u8; 16]> = reports.iter().flat_map(|report| &report.cases).map(|case| case.key).collect();
            keys.sort_unstable();
            keys.dedup();
            let mut tests = ids_by_key!(tx: Db, "SELECT id, key FROM test WHERE repository_id = ", run.repository_id, keys);
            let moved = ids_by_key!(tx: Db, "SELECT test_id AS id, key FROM test_alias WHERE repository_id = ", run.repository_id, keys);
            tests.extend(moved);
            let new = first_of_each(reports, &tests);
            for chunk in new.chunks(ROWS / 2) {
                let mut query = QueryBuilder::<Db>::new(
                    "INSERT INTO test (repository_id, key, version, suite, class, name, file, search, first_seen_at, last_seen_at, last_failure_at, results, \
                     failures, flaky_results, timed, duration_ms, average_ms, reason, flake_rate, score, recent_failures, judged_at, algorithm) ",
                );
                query.push_values(chunk, |mut row, case| {
                    row.push_bind(run.repository_id).push_bind(case.key.to_vec()).push_bind(versions.identity).push_bind(case.suite.as_str())
                        .push_bind(case.class.as_deref()).push_bind(case.name.as_str()).push_bind(case.file.as_deref()).push_bind(case.search.as_str())
                        .push_bind(run.created_at).push_bind(run.created_at);
                    for _ in 0..7 {
                        row.push_bind(0_i64);
                    }
                    row.push_bind("").push_bind(0.0_f64).push_bind(0.0_f64).push_bind(0_i64).push_bind(0_i64).push_bind(0_i64);
                });
                query.push(" RETURNING id, key");
                let rows: Vec<(i64, Vec<u8>)> = query.build_query_as().fetch_all(&mut *tx).await?;
                tests.extend(rows.into_iter().filter_map(|(id, key)| Some((<[u8; 16]>::try_from(key).ok()?, id))));
                let found = chunk.iter().filter_map(|case| Some(Entry::test(*tests.get(&case.key)?, &case.name, &case.search, run.created_at)));
                write_entries!(tx: Db, found.collect());
            }
            let families = family_ids!(tx: Db, run, claimed.run_id, versions.fingerprint, families_of(reports));
            let mut variants: HashMap<&str, i64> = HashMap::from([("", 0)]);
            for report in reports {
                for case in &report.cases {
                    if !variants.contains_key(case.variant.as_str()) {
                        sqlx::query("INSERT INTO variant (text) VALUES ($1) ON CONFLICT (text) DO NOTHING").bind(&case.variant).execute(&mut *tx).await?;
                        let id: i64 = sqlx::query_scalar("SELECT id FROM variant WHERE text = $1").bind(&case.variant).fetch_one(&mut *tx).await?;
                        variants.insert(case.variant.as_str(), id);
                    }
                }
                let ordered = in_shown_order(&report.cases);
                let mut packed: Vec<Cell> = ordered.iter()
                    .map(|case| Cell { test_id: tests.get(&case.key).copied().unwrap_or_default(), status: case.status, duration_ms: case.duration_ms }).collect();
                let count = |status| ordered.iter().filter(|case| case.status == status).count() as i64;
                let report_id: i64 = sqlx::query_scalar(
                    "INSERT INTO report (repository_id, run_id, workflow_id, artifact_id, ordinal, path, files, attempt, variant, format, kind, tool, state, problems, \
                     standing, counted, guarded, total, failed, flaky, skipped, dropped, findings, duration_ms, coverage, content_key, sketch, cells) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', $9, $10, $11, $12, $13, 'counted', FALSE, FALSE, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24) \
                     ON CONFLICT (artifact_id, ordinal) DO UPDATE SET path = excluded.path, files = excluded.files, attempt = excluded.attempt, \
                     format = excluded.format, kind = excluded.kind, tool = excluded.tool, state = excluded.state, problems = excluded.problems, \
                     standing = 'counted', instead = NULL, counted = FALSE, guarded = FALSE, total = excluded.total, failed = excluded.failed, \
                     flaky = excluded.flaky, skipped = excluded.skipped, dropped = excluded.dropped, findings = excluded.findings, \
                     duration_ms = excluded.duration_ms, coverage = excluded.coverage, content_key = excluded.content_key, sketch = excluded.sketch, \
                     cells = excluded.cells RETURNING id",
                )
                .bind(run.repository_id).bind(claimed.run_id).bind(run.workflow_id).bind(artifact_id).bind(report.ordinal).bind(&report.path).bind(report.files)
                .bind(run.attempt).bind(report.format).bind(report.kind).bind(report.tool.as_deref()).bind(report.state.as_str()).bind(json(&report.problems))
                .bind(ordered.len() as i64).bind(count(TestStatus::Failed)).bind(count(TestStatus::Flaky)).bind(count(TestStatus::Skipped))
                .bind(report.dropped).bind(report.findings).bind(report.duration_ms).bind(report.coverage.as_ref().map(json)).bind(report.content_key)
                .bind(&report.sketch).bind(cells::pack(&mut packed)).fetch_one(&mut *tx).await?;
                let rows: Vec<(i32, &CaseRecord)> = (0_i32..).zip(ordered).collect();
                for chunk in rows.chunks(ROWS) {
                    let mut query = QueryBuilder::<Db>::new("INSERT INTO result (report_id, test_id, at, ordinal, duration_ms, variant_id, status, tries) ");
                    query.push_values(chunk, |mut row, (ordinal, case)| {
                        row.push_bind(report_id).push_bind(tests.get(&case.key).copied()).push_bind(run.created_at).push_bind(*ordinal)
                            .push_bind(case.duration_ms.map(narrow)).push_bind(variants.get(case.variant.as_str()).copied().map(narrow))
                            .push_bind(case.status.number() as i32).push_bind(narrow(case.tries));
                    });
                    query.build().execute(&mut *tx).await?;
                }
                let failures: Vec<(i32, &CaseRecord, &FailureRecord)> =
                    rows.iter().filter_map(|(ordinal, case)| Some((*ordinal, *case, case.failure.as_ref()?))).collect();
                for chunk in failures.chunks(ROWS / 2) {
                    let mut query = QueryBuilder::<Db>::new(
                        "INSERT INTO failure (report_id, ordinal, test_id, at, status, family_id, file_ordinal, line, kind, message, stack, stdout, stderr, tries, attachments) ",
                    );
                    query.push_values(chunk, |mut row, (ordinal, case, failure)| {
                        row.push_bind(report_id).push_bind(*ordinal).push_bind(tests.get(&case.key).copied()).push_bind(run.created_at)
                            .push_bind(case.status.number() as i32).push_bind(failure.family.as_ref().and_then(|family| families.get(&family.key)).copied())
                            .push_bind(failure.file_ordinal).push_bind(failure.line).push_bind(failure.kind.as_deref()).push_bind(failure.message.as_str())
                            .push_bind(failure.stack.as_deref()).push_bind(failure.stdout.as_deref()).push_bind(failure.stderr.as_deref())
                            .push_bind(json(&failure.tries)).push_bind(json(&failure.attachments));
                    });
                    query.build().execute(&mut *tx).await?;
                }
                for (_, case, _) in failures.iter().filter(|(_, case, _)| case.status == TestStatus::Failed) {
                    let row = tests.get(&case.key).map(|test_id| Kind::Test.row(*test_id));
                    sqlx::query("UPDATE search SET at = $1 WHERE id = $2 AND at < $1").bind(run.created_at).bind(row).execute(&mut *tx).await?;
                }
            }
            // Tests that have turned out to be others that moved.
            let gone: Vec<i64> = sqlx::query_scalar(
                "DELETE FROM test WHERE repository_id = $1 AND key IN (SELECT key FROM test_alias WHERE repository_id = $1) \
                 AND NOT EXISTS (SELECT 1 FROM result s WHERE s.test_id = test.id) RETURNING id",
            )
            .bind(run.repository_id).fetch_all(&mut *tx).await?;
            for test_id in gone {
                forget_entries!(tx: Db, vec![Kind::Test.row(test_id)], test_id);
            }
            sqlx::query("UPDATE artifact SET reports_version = $1 WHERE id = $2").bind(versions.readers).bind(artifact_id).execute(&mut *tx).await?;
            insert_tasks!(tx: Db, tasks);
            Ok(())
        })
    }

    /// Writes the failures found in a job's log in the place of those written before, which artifacts the job
    /// uploaded, the work that follows, and ends the task.
    pub async fn record_log_failures(
        &self,
        claimed: &Claimed,
        owner: &str,
        versions: Versions,
        failures: &[LogFailureRecord],
        artifact_ids: &[i64],
        tasks: &[NewTask],
    ) -> Result<()> {
        let job_id = claimed.subject;
        transaction!(self, tx: Db => {
            finish_task!(tx, claimed, owner);
            let run: Option<RunRow> = sqlx::query_as(
                "SELECT r.repository_id, r.workflow_id, r.created_at, j.attempt FROM job j JOIN run r ON r.id = j.run_id WHERE j.id = $1",
            )
            .bind(job_id).fetch_optional(&mut *tx).await?;
            let Some(run) = run else { return Err(StoreError::Missing { thing: format!("job {job_id}") }) };
            lock_history!(tx, run.repository_id);
            sqlx::query("DELETE FROM log_failure WHERE job_id = $1").bind(job_id).execute(&mut *tx).await?;
            let wanted = failures.iter().map(|failure| (failure.family.key, (&failure.family, failure.kind.as_deref(), failure.message.as_str()))).collect();
            let families = family_ids!(tx: Db, run, claimed.run_id, versions.fingerprint, wanted);
            let rows: Vec<(i64, &LogFailureRecord)> = (0_i64..).zip(failures).collect();
            for chunk in rows.chunks(ROWS) {
                let mut query = QueryBuilder::<Db>::new("INSERT INTO log_failure (job_id, ordinal, run_id, line, kind, tool, test, message, excerpt, family_id) ");
                query.push_values(chunk, |mut row, (ordinal, failure)| {
                    row.push_bind(job_id).push_bind(*ordinal).push_bind(claimed.run_id).push_bind(failure.line).push_bind(failure.kind.as_deref())
                        .push_bind(failure.tool.as_deref()).push_bind(failure.test.as_deref()).push_bind(failure.message.as_str())
                        .push_bind(failure.excerpt.as_str()).push_bind(families.get(&failure.family.key).copied());
                });
                query.build().execute(&mut *tx).await?;
            }
            for artifact_id in artifact_ids {
                // A log is written by whoever wrote the workflow: it may name artifacts of its own run only.
                sqlx::query("UPDATE artifact SET job_id = $1 WHERE id = $2 AND run_id = $3").bind(job_id).bind(artifact_id).bind(claimed.run_id)
                    .execute(&mut *tx).await?;
            }
            sqlx::query("UPDATE job SET log_version = $1 WHERE id = $2").bind(versions.log).bind(job_id).execute(&mut *tx).await?;
            insert_tasks!(tx: Db, tasks);
            Ok(())
        })
    }
}

/// Versions of the algorithms that made what is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions {
    /// Readers of reports.
    pub readers: i64,
    /// Reader of logs.
    pub log: i64,
    /// Identity of tests.
    pub identity: i64,
    /// Fingerprints of failures.
    pub fingerprint: i64,
}

/// One case for each test that is not known yet.
fn first_of_each<'a>(reports: &'a [ReportRecord], known: &HashMap<[u8; 16], i64>) -> Vec<&'a CaseRecord> {
    let mut first: BTreeMap<[u8; 16], &CaseRecord> = BTreeMap::new();
    for case in reports.iter().flat_map(|report| &report.cases) {
        if !known.contains_key(&case.key) {
            first.entry(case.key).or_insert(case);
        }
    }
    first.into_values().collect()
}

fn families_of(reports: &[ReportRecord]) -> BTreeMap<[u8; 16], (&FamilyKey, Option<&str>, &str)> {
    let failures = reports.iter().flat_map(|report| &report.cases).filter_map(|case| case.failure.as_ref());
    failures
        .filter_map(|failure| {
            let family = failure.family.as_ref()?;
            Some((family.key, (family, failure.kind.as_deref(), failure.message.as_str())))
        })
        .collect()
}

/// Failed ones first, then flaky, skipped, passed; otherwise as in the report.
fn in_shown_order(cases: &[CaseRecord]) -> Vec<&CaseRecord> {
    let mut ordered: Vec<&CaseRecord> = cases.iter().collect();
    ordered.sort_by_key(|case| case.status);
    ordered
}

/// The beginning of a message, for a family.
fn beginning(message: &str) -> &str {
    &message[..message.floor_char_boundary(2_000)]
}

fn narrow(number: i64) -> i32 {
    number.clamp(0, i64::from(i32::MAX)) as i32
}

fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
