//! Test history over a history of runs: of the newest runs, a report of 2,000 results each.
//!
//! Written by a few statements over all rows rather than report by report through the store: the rows are such as the
//! store writes, and minutes become seconds. The runs of half of the workflows share their 2,000 tests; each other
//! workflow has 2,000 of its own.

use crate::databases::{Database, Engine};
use crate::history::{History, REPOSITORY, WORKFLOWS};
use greenroom::analysis::VERDICT_VERSION;
use greenroom::model::Millis;
use greenroom::model::cells::{Cell, pack};
use greenroom::model::testing::TestStatus;

/// Results in a report.
pub const CASES: i64 = 2_000;
const FAILED: i64 = 10;
const FLAKY: i64 = 4;
const SKIPPED: i64 = 20;
const FAMILIES: i64 = 3_000;
/// Workflows that share their tests.
const SHARING: i64 = WORKFLOWS / 2;
/// Reports written by one message.
const BATCH: i64 = 50;

/// What was written.
#[derive(Clone, Copy, Debug)]
pub struct Tested {
    /// Runs with a report.
    pub runs: i64,
}

impl Tested {
    /// Writes reports of the newest `runs` runs.
    pub async fn write(database: &Database, history: &History, runs: i64, now: Millis) -> Tested {
        let tested = Tested { runs };
        tested.write_reports(database, history).await;
        for statement in statements(database.engine, now) {
            database.execute(&statement).await;
        }
        history.settle(database).await;
        tested
    }

    /// Id of the `n`th test that many workflows share.
    pub fn test(&self, n: i64) -> i64 {
        1 + n.rem_euclid(CASES)
    }

    /// Id of the `n`th family.
    pub fn family(&self, n: i64) -> i64 {
        1 + n.rem_euclid(FAMILIES)
    }

    async fn write_reports(&self, database: &Database, history: &History) {
        for first in (0..self.runs).step_by(BATCH as usize) {
            let reports = first..(first + BATCH).min(self.runs);
            let statements: Vec<String> =
                reports.map(|n| insert_report(database.engine, history, history.runs - self.runs + n, n + 1)).collect();
            database.execute(&statements.join(";\n")).await;
        }
    }
}

fn insert_report(engine: Engine, history: &History, run: i64, report_id: i64) -> String {
    let workflow = run.rem_euclid(WORKFLOWS);
    let mut cells: Vec<Cell> = (0..CASES)
        .map(|ordinal| Cell {
            test_id: first_test(workflow) + (ordinal * 37 + report_id * 11) % CASES,
            status: status(ordinal),
            duration_ms: Some((ordinal * 13 + report_id) % 400),
        })
        .collect();
    let (run_id, workflow_id) = (history.run(run), history.workflow(run));
    let (cells, sketch) = (bytes(engine, &pack(&mut cells)), bytes(engine, &[7; 12_000]));
    format!(
        "INSERT INTO report (id, repository_id, run_id, workflow_id, artifact_id, ordinal, path, files, attempt, variant, format, kind, state, problems, standing, \
         counted, guarded, total, failed, flaky, skipped, dropped, findings, content_key, sketch, cells) VALUES ({report_id}, {REPOSITORY}, {run_id}, {workflow_id}, \
         {}, 2, 'junit.xml', 1, 1, 'os=linux', 'junit', 'tests', 'complete', '[]', 'counted', TRUE, FALSE, {CASES}, {FAILED}, {FLAKY}, {SKIPPED}, 0, 0, {report_id}, \
         {sketch}, {cells})",
        run_id * 2
    )
}

fn status(ordinal: i64) -> TestStatus {
    match ordinal {
        n if n < FAILED => TestStatus::Failed,
        n if n < FAILED + FLAKY => TestStatus::Flaky,
        n if n < FAILED + FLAKY + SKIPPED => TestStatus::Skipped,
        _ => TestStatus::Passed,
    }
}

/// Id of the first test of a workflow, by its number.
fn first_test(workflow: i64) -> i64 {
    if workflow < SHARING { 1 } else { 1 + (workflow - SHARING + 1) * CASES }
}

/// Bytes as SQL.
fn bytes(engine: Engine, bytes: &[u8]) -> String {
    match engine {
        Engine::Sqlite => format!("X'{}'", hex::encode(bytes)),
        Engine::Postgres => format!("'\\x{}'", hex::encode(bytes)),
    }
}

/// Everything but the reports.
fn statements(engine: Engine, now: Millis) -> Vec<String> {
    let tests = CASES * (WORKFLOWS - SHARING + 1);
    let key = match engine {
        Engine::Sqlite => "CAST('key ' || n AS BLOB)",
        Engine::Postgres => "convert_to('key ' || n, 'UTF8')",
    };
    let numbers = |last: i64| {
        format!("WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {last})")
    };
    let workflow = format!("(p.workflow_id % {WORKFLOWS})");
    vec![
        format!(
            "INSERT INTO test (id, repository_id, key, version, suite, name, file, search, first_seen_at, last_seen_at, last_failure_at, results, failures, \
             flaky_results, timed, duration_ms, average_ms, verdict, reason, flake_rate, score, recent_failures, judged_at, algorithm) \
             {} SELECT n, {REPOSITORY}, {key}, 1, 'suite ' || n % 100, 'test ' || n || ' does what it should', 'src/part-' || n % 100 || '.test.ts', \
             'suite ' || n % 100 || ' test ' || n || ' does what it should src/part-' || n % 100 || '.test.ts', 0, {now}, {now} - n * 1000, 100, n % 7, 0, 100, 20000, \
             n % 500, CASE n % 50 WHEN 0 THEN 'flaky' WHEN 1 THEN 'broken' END, '', 0, CASE n % 50 WHEN 0 THEN (n % 13) / 13.0 ELSE 0 END, \
             CASE n % 20 WHEN 0 THEN n % 11 ELSE 0 END, {now}, {VERDICT_VERSION} FROM numbers",
            numbers(tests),
            now = now.0,
        ),
        format!(
            "INSERT INTO result (report_id, test_id, at, ordinal, duration_ms, variant_id, status, tries) {} \
             SELECT p.id, CASE WHEN {workflow} < {SHARING} THEN 1 ELSE 1 + ({workflow} - {SHARING} + 1) * {CASES} END + ((n - 1) * 37 + p.id * 11) % {CASES}, \
             run.created_at, n - 1, ((n - 1) * 13 + p.id) % 400, 0, \
             CASE WHEN n <= {FAILED} THEN 0 WHEN n <= {FAILED} + {FLAKY} THEN 1 WHEN n <= {FAILED} + {FLAKY} + {SKIPPED} THEN 2 ELSE 3 END, 1 \
             FROM report p JOIN run ON run.id = p.run_id CROSS JOIN numbers",
            numbers(CASES),
        ),
        format!(
            "INSERT INTO failure (report_id, ordinal, test_id, at, status, family_id, novelty, file_ordinal, message, stack, tries, attachments) \
             SELECT report_id, ordinal, test_id, at, status, 1 + test_id % {FAMILIES}, CASE status WHEN 0 THEN 'known' END, 2, 'expected 1, received ' || test_id, \
             '{}', '[]', '[]' FROM result WHERE status < 2",
            "at step (src/cart.ts:12:5) ".repeat(30),
        ),
        format!(
            "INSERT INTO family (id, repository_id, key, version, title, is_global, message, first_seen_at, first_run_id, last_seen_at, last_run_id, runs, tests) \
             {} SELECT n, {REPOSITORY}, {key}, 1, 'expected 1, received ' || n, FALSE, 'expected 1', 0, 0, {now} - n * 1000, 0, n % 100, 1 FROM numbers",
            numbers(FAMILIES),
            now = now.0,
        ),
        "INSERT INTO family_run (family_id, run_id, at, on_default, tests) SELECT f.family_id, p.run_id, f.at, r.branch = 'main', count(*) FROM failure f JOIN report p ON p.id = f.report_id JOIN run r ON r.id = p.run_id \
         GROUP BY f.family_id, p.run_id, f.at, r.branch"
            .to_owned(),
        "INSERT INTO run_tests (run_id, workflow_id, at, reports, total, failed, flaky, skipped, state, guarded) \
         SELECT p.run_id, p.workflow_id, run.created_at, 1, p.total, p.failed, p.flaky, p.skipped, 'complete', FALSE FROM report p JOIN run ON run.id = p.run_id"
            .to_owned(),
    ]
}
