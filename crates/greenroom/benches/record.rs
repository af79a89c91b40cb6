//! How long a run of 100,000 test cases takes to be recorded, on both engines: the first one, whose tests are all new,
//! and the next one; against the same number of bare rows written in one transaction to the same database.

#![allow(clippy::unwrap_used)]

#[path = "../tests/support/mod.rs"]
mod databases;
#[path = "support/table.rs"]
#[allow(dead_code, reason = "each benchmark uses its own part of this")]
mod table;

use databases::{Database, Engine};
use greenroom::model::results::{Standing, TestTotals, TestsState};
use greenroom::model::task::TaskKind;
use greenroom::model::testing::TestStatus;
use greenroom::model::upstream::{Artifact, Repository, Run, Workflow};
use greenroom::model::{DAY_MS, MINUTE_MS, Millis};
use greenroom::store::{
    CaseRecord, DecidedReport, FailureRecord, FamilyKey, Lane, NewTask, ReportRecord, RunPlan, Store, StoreOptions,
    Versions,
};
use std::time::{Duration, Instant};
use table::{Table, ratio};

const CASES: i64 = 100_000;
/// Every how many cases one fails.
const FAILS: i64 = 100;
const NOW: Millis = Millis(20_000 * DAY_MS);
const VERSIONS: Versions = Versions { readers: 1, log: 1, identity: 1, fingerprint: 1 };

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut table =
        Table::new(["database", "run", "recorded", "decided", "bare rows", "recorded to bare", "results a second"]);
    for engine in [Engine::Sqlite, Engine::Postgres] {
        runtime.block_on(measure(engine, &mut table));
    }
    table.print("Recording a run of 100,000 cases in one transaction, 1,000 of them failing");
}

async fn measure(engine: Engine, table: &mut Table) {
    let name = if engine == Engine::Sqlite { "SQLite" } else { "PostgreSQL" };
    let Some(database) = Database::new(engine).await else {
        println!("not measured: PostgreSQL, because none is installed");
        return;
    };
    let store = Store::open(&database.address, StoreOptions::default()).await.unwrap();
    prepare(&store).await;
    let bare = bare_rows(&database).await;
    for (run, told) in [(1, "first, all tests new"), (2, "second, all tests known")] {
        let report = report(run);
        let begin = Instant::now();
        record(&store, run, &report).await;
        let recorded = begin.elapsed();
        let begin = Instant::now();
        decide(&store, run).await;
        let decided = begin.elapsed();
        let rate = format!("{:.0}", CASES as f64 / (recorded + decided).as_secs_f64());
        table.row([
            name.to_owned(),
            told.to_owned(),
            seconds(recorded),
            seconds(decided),
            seconds(bare),
            ratio(recorded, bare),
            rate,
        ]);
    }
    store.close().await;
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

/// As many rows of eight numbers as there are cases, in one statement: what the engine does without being told more.
async fn bare_rows(database: &Database) -> Duration {
    database.execute("CREATE TABLE bare (a BIGINT, b BIGINT, c BIGINT, d BIGINT, e BIGINT, f BIGINT, g BIGINT, h BIGINT, PRIMARY KEY (a, b))").await;
    let digits = "(SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 \
                  UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)";
    let insert = format!(
        "INSERT INTO bare SELECT 1, a.n + 10 * b.n + 100 * c.n + 1000 * d.n + 10000 * e.n, a.n, b.n, c.n, d.n, e.n, 1 \
         FROM {digits} a, {digits} b, {digits} c, {digits} d, {digits} e"
    );
    let begin = Instant::now();
    database.execute(&insert).await;
    begin.elapsed()
}

async fn prepare(store: &Store) {
    let repository = Repository {
        id: 1,
        owner: "acme".into(),
        name: "shop".into(),
        default_branch: "main".into(),
        html_url: String::new(),
        private: false,
    };
    let workflow = Workflow {
        id: 1,
        name: "CI".into(),
        path: ".github/workflows/ci.yml".into(),
        state: "active".into(),
        html_url: String::new(),
        badge_url: String::new(),
        created_at: None,
        updated_at: None,
    };
    store.record_repository(&repository).await.unwrap();
    store.record_workflows(1, &[workflow]).await.unwrap();
    let runs = (1..=2).map(run).collect();
    store.record_runs(1, &RunPlan { runs, ..RunPlan::default() }).await.unwrap();
    let artifacts: Vec<_> = (1..=2).map(|id| (artifact(id), id, Some(1))).collect();
    store.record_artifacts(1, &artifacts, &[]).await.unwrap();
}

fn run(id: i64) -> Run {
    Run {
        id,
        workflow_id: 1,
        workflow_name: "CI".into(),
        workflow_path: ".github/workflows/ci.yml".into(),
        run_number: id,
        attempt: 1,
        title: "A change".into(),
        event: "push".into(),
        status: "completed".into(),
        conclusion: Some("failure".into()),
        branch: "main".into(),
        head_sha: format!("{id:040x}"),
        tree_sha: String::new(),
        commit_message: "A change".into(),
        commit_author: "Ada".into(),
        actor: "ada".into(),
        pull_requests: vec![],
        fork: false,
        created_at: NOW.plus(id * MINUTE_MS),
        started_at: Some(NOW),
        updated_at: NOW.plus(10 * MINUTE_MS),
        html_url: String::new(),
    }
}

fn artifact(id: i64) -> Artifact {
    Artifact {
        id,
        run_id: Some(id),
        name: "results".into(),
        size_bytes: 1,
        digest: None,
        expired: false,
        created_at: Some(NOW),
        expires_at: None,
    }
}

fn report(run: i64) -> ReportRecord {
    ReportRecord {
        ordinal: 0,
        path: "junit.xml".into(),
        files: 1,
        format: "junit",
        kind: "tests",
        tool: None,
        state: TestsState::Complete,
        problems: vec![],
        dropped: 0,
        findings: 0,
        duration_ms: None,
        coverage: None,
        content_key: run,
        sketch: vec![0; 12_000],
        cases: (0..CASES).map(|number| case(number, run)).collect(),
    }
}

fn case(number: i64, run: i64) -> CaseRecord {
    let fails = number % FAILS == 0;
    let name = format!("keeps the total of order {number} to the cent");
    let family = FamilyKey { key: [(number % 7) as u8; 16], title: "expected # to be #".into(), is_global: false };
    let message = format!("expected {number} to be {}", number + run);
    CaseRecord {
        key: (number as u128).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_be_bytes(),
        suite: format!("shop > orders > group {}", number / 50),
        class: Some(format!("shop.orders.Group{}Test", number / 50)),
        search: name.clone(),
        name,
        file: Some(format!("src/orders/group{}.test.ts", number / 50)),
        variant: String::new(),
        status: if fails { TestStatus::Failed } else { TestStatus::Passed },
        duration_ms: Some(number % 1_000),
        tries: 1,
        failure: fails.then(|| FailureRecord { message, family: Some(family), ..FailureRecord::default() }),
    }
}

async fn record(store: &Store, run: i64, report: &ReportRecord) {
    let task =
        NewTask { kind: TaskKind::Reports, subject: run, repository_id: 1, run_id: run, position: 0, due_at: NOW };
    store.enqueue(&[task]).await.unwrap();
    let claimed = store.claim(Lane::Reading, "bench", NOW, NOW.plus(DAY_MS)).await.unwrap().unwrap();
    store.record_reports(&claimed, "bench", VERSIONS, std::slice::from_ref(report), &[], None).await.unwrap();
}

async fn decide(store: &Store, run: i64) {
    let to_test = store.run_to_test(run).await.unwrap().unwrap();
    let decided: Vec<DecidedReport> = store
        .run_reports(run)
        .await
        .unwrap()
        .into_iter()
        .map(|report| DecidedReport {
            id: report.id,
            standing: Standing::Counted,
            instead: None,
            attempt: Some(1),
            job_id: None,
            variant: String::new(),
            guarded: false,
            counted: true,
        })
        .collect();
    let totals =
        TestTotals { total: CASES, failed: CASES / FAILS, state: TestsState::Complete, ..TestTotals::default() };
    store.record_run_tests(&to_test, &decided, &totals, false).await.unwrap();
}
