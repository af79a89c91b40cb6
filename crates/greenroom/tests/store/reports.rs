//! Reports and results as recorded: twice the same rows, and counters that equal a recomputation.

use crate::build::*;
use crate::support::{Database, both_engines};
use greenroom::model::cells::{self, Cell};
use greenroom::model::results::{Standing, TestTotals, TestsState};
use greenroom::model::task::TaskKind;
use greenroom::model::testing::TestStatus;
use greenroom::store::{CaseRecord, DecidedReport, FailureRecord, FamilyKey, ReportRecord, Store, Versions};

const VERSIONS: Versions = Versions { readers: 1, log: 1, identity: 1, fingerprint: 1 };

fn case(name: &str, status: TestStatus) -> CaseRecord {
    let mut key = [0; 16];
    key[..name.len()].copy_from_slice(name.as_bytes());
    let fails = matches!(status, TestStatus::Failed | TestStatus::Flaky);
    let family = FamilyKey { key: [7; 16], title: "expected # to be #".into(), is_global: false };
    CaseRecord {
        key,
        suite: "shop > cart".into(),
        class: Some("Cart".into()),
        name: name.into(),
        file: Some("cart.test.ts".into()),
        search: format!("shop cart {name}"),
        variant: "project=chromium".into(),
        status,
        duration_ms: Some(10),
        tries: if status == TestStatus::Flaky { 2 } else { 1 },
        failure: fails.then(|| FailureRecord {
            message: "expected 1 to be 2".into(),
            family: Some(family),
            ..FailureRecord::default()
        }),
    }
}

fn report(ordinal: i64, cases: Vec<CaseRecord>) -> ReportRecord {
    ReportRecord {
        ordinal,
        path: format!("report-{ordinal}.xml"),
        files: 1,
        format: "junit",
        kind: "tests",
        tool: None,
        state: TestsState::Complete,
        problems: vec![],
        dropped: 0,
        findings: 0,
        duration_ms: Some(30),
        coverage: None,
        content_key: 1,
        sketch: vec![1, 2],
        cases,
    }
}

fn mixed() -> Vec<CaseRecord> {
    vec![
        case("passes", TestStatus::Passed),
        case("fails", TestStatus::Failed),
        case("wavers", TestStatus::Flaky),
        case("waits", TestStatus::Skipped),
    ]
}

async fn write(store: &Store, artifact_id: i64, run_id: i64, reports: &[ReportRecord]) {
    let mut task = claimed(store, TaskKind::Reports, artifact_id).await;
    task.run_id = run_id;
    store.record_reports(&task, OWNER, VERSIONS, reports, &[], None).await.unwrap();
}

/// Decides that every report of run 1 counts as `standing` says.
async fn decide(store: &Store, standing: impl Fn(i64) -> Standing) {
    let run = store.run_to_test(1).await.unwrap().unwrap();
    let reports = store.run_reports(1).await.unwrap();
    let decided: Vec<DecidedReport> = reports
        .iter()
        .map(|report| DecidedReport {
            id: report.id,
            standing: standing(report.id),
            instead: None,
            attempt: Some(1),
            job_id: None,
            variant: String::new(),
            guarded: false,
            counted: standing(report.id) != Standing::Duplicate,
        })
        .collect();
    let totals = TestTotals { total: 4, failed: 1, state: TestsState::Complete, ..TestTotals::default() };
    store.record_run_tests(&run, &decided, &totals, false).await.unwrap();
}

async fn with_two_artifacts(store: &Store) {
    with_runs(store, &[run(1)]).await;
    store.record_artifacts(REPOSITORY, &[(artifact(20), 1, Some(1)), (artifact(21), 1, Some(1))], &[]).await.unwrap();
}

/// Everything test history holds, ids of reports and tests included.
async fn rows(database: &Database) -> Vec<Vec<Option<String>>> {
    let mut all = Vec::new();
    for table in [
        "SELECT CAST(id AS TEXT), CAST(artifact_id AS TEXT), CAST(ordinal AS TEXT), standing, CAST(counted AS TEXT), CAST(total AS TEXT), CAST(failed AS TEXT) FROM report ORDER BY id",
        "SELECT CAST(id AS TEXT), name, CAST(results AS TEXT), CAST(failures AS TEXT), CAST(flaky_results AS TEXT), CAST(timed AS TEXT), CAST(duration_ms AS TEXT), \
         CAST(average_ms AS TEXT), CAST(last_failure_at AS TEXT) FROM test ORDER BY name",
        "SELECT CAST(report_id AS TEXT), CAST(ordinal AS TEXT), CAST(test_id AS TEXT), CAST(status AS TEXT), CAST(tries AS TEXT) FROM result ORDER BY report_id, ordinal",
        "SELECT CAST(report_id AS TEXT), CAST(ordinal AS TEXT), message, CAST(family_id AS TEXT) FROM failure ORDER BY report_id, ordinal",
        "SELECT title, CAST(runs AS TEXT), CAST(tests AS TEXT), CAST(first_run_id AS TEXT) FROM family ORDER BY id",
        "SELECT CAST(family_id AS TEXT), CAST(run_id AS TEXT), CAST(tests AS TEXT) FROM family_run ORDER BY family_id, run_id",
    ] {
        all.extend(database.rows(table).await);
    }
    all
}

/// Asserts that the counters of every test are what its counted results add up to.
async fn assert_counters(database: &Database) {
    let wrong = database
        .number(
            "SELECT count(*) FROM test t LEFT JOIN (SELECT s.test_id, count(*) AS n, count(*) FILTER (WHERE s.status = 0) AS f, \
             count(*) FILTER (WHERE s.status = 1) AS l, count(s.duration_ms) AS d, CAST(coalesce(sum(s.duration_ms), 0) AS BIGINT) AS ms, \
             max(CASE WHEN s.status = 0 THEN s.at END) AS last FROM result s JOIN report p ON p.id = s.report_id WHERE p.counted GROUP BY s.test_id) c ON c.test_id = t.id \
             WHERE t.results <> coalesce(c.n, 0) OR t.failures <> coalesce(c.f, 0) OR t.flaky_results <> coalesce(c.l, 0) OR t.timed <> coalesce(c.d, 0) \
             OR t.duration_ms <> coalesce(c.ms, 0) OR t.last_failure_at <> coalesce(c.last, 0)",
        )
        .await;
    assert_eq!(wrong, 0, "tests whose counters differ from their results");
}

both_engines! {
    async fn reports_recorded_twice_give_the_same_rows(store: Store, database: &Database) {
        with_two_artifacts(&store).await;
        let reports = [report(0, mixed()), report(3, vec![case("passes", TestStatus::Passed)])];
        write(&store, 20, 1, &reports).await;
        decide(&store, |_| Standing::Counted).await;
        let first = rows(database).await;
        write(&store, 20, 1, &reports).await;
        decide(&store, |_| Standing::Counted).await;
        assert_eq!(rows(database).await, first);
        assert_counters(database).await;
        assert_eq!(database.number("SELECT results FROM test WHERE name = 'passes'").await, 2);
    }

    async fn results_count_once_whatever_is_decided_how_often(store: Store, database: &Database) {
        with_two_artifacts(&store).await;
        write(&store, 20, 1, &[report(0, mixed())]).await;
        write(&store, 21, 1, &[report(0, mixed())]).await;
        assert_eq!(database.number("SELECT CAST(sum(results) AS BIGINT) FROM test").await, 0, "nothing counts before it is decided");
        let second = store.run_reports(1).await.unwrap()[1].id;
        for _ in 0..2 {
            decide(&store, |_| Standing::Counted).await;
            assert_counters(database).await;
            assert_eq!(database.number("SELECT failures FROM test WHERE name = 'fails'").await, 2);
            decide(&store, |id| if id == second { Standing::Duplicate } else { Standing::Counted }).await;
            assert_counters(database).await;
            assert_eq!(database.number("SELECT failures FROM test WHERE name = 'fails'").await, 1);
        }
    }

    async fn a_report_that_is_gone_when_read_again_leaves_nothing(store: Store, database: &Database) {
        with_two_artifacts(&store).await;
        write(&store, 20, 1, &[report(0, mixed())]).await;
        decide(&store, |_| Standing::Counted).await;
        write(&store, 20, 1, &[]).await;
        decide(&store, |_| Standing::Counted).await;
        assert_counters(database).await;
        for table in ["report", "result", "failure", "family_run"] {
            assert_eq!(database.number(&format!("SELECT count(*) FROM {table}")).await, 0, "{table}");
        }
        assert_eq!(database.number("SELECT last_failure_at FROM test WHERE name = 'fails'").await, 0);
    }

    async fn results_are_numbered_as_they_are_shown(store: Store, database: &Database) {
        with_two_artifacts(&store).await;
        write(&store, 20, 1, &[report(0, mixed())]).await;
        let shown = database.rows("SELECT t.name FROM result s JOIN test t ON t.id = s.test_id ORDER BY s.report_id, s.ordinal").await;
        let names: Vec<&str> = shown.iter().map(|row| row[0].as_deref().unwrap()).collect();
        assert_eq!(names, ["fails", "wavers", "waits", "passes"]);
    }

    async fn cells_say_what_the_results_say(store: Store, database: &Database) {
        with_two_artifacts(&store).await;
        write(&store, 20, 1, &[report(0, mixed())]).await;
        let report_id = store.run_reports(1).await.unwrap()[0].id;
        let packed = store.report_cells(&[report_id]).await.unwrap();
        let found: Vec<Cell> = cells::unpack(&packed[0].1).collect();
        let expected = database.rows("SELECT CAST(test_id AS TEXT), CAST(status AS TEXT), CAST(duration_ms AS TEXT) FROM result ORDER BY test_id").await;
        let expected: Vec<Cell> = expected
            .iter()
            .map(|row| {
                let number = |at: usize| row[at].as_deref().unwrap().parse::<i64>().unwrap();
                Cell { test_id: number(0), status: TestStatus::from_number(number(1)), duration_ms: Some(number(2)) }
            })
            .collect();
        assert_eq!(found, expected);
    }

    async fn a_family_knows_its_runs_and_tests(store: Store, database: &Database) {
        with_two_artifacts(&store).await;
        write(&store, 20, 1, &[report(0, mixed())]).await;
        decide(&store, |_| Standing::Counted).await;
        let family = database.rows("SELECT title, CAST(runs AS TEXT), CAST(tests AS TEXT), CAST(first_run_id AS TEXT), CAST(last_run_id AS TEXT) FROM family").await;
        let expected = ["expected # to be #", "1", "2", "1", "1"].map(|text| Some(text.to_owned()));
        assert_eq!(family, [expected.to_vec()], "the failed and the flaky test share it; the skipped one has none");
    }

    async fn forty_thousand_results_are_one_transaction(store: Store, database: &Database) {
        with_two_artifacts(&store).await;
        let cases = (0..40_000).map(|number| case(&format!("t{number}"), if number % 100 == 0 { TestStatus::Failed } else { TestStatus::Passed })).collect();
        write(&store, 20, 1, &[report(0, cases)]).await;
        decide(&store, |_| Standing::Counted).await;
        assert_eq!(database.number("SELECT count(*) FROM result").await, 40_000);
        assert_eq!(database.number("SELECT count(*) FROM failure").await, 400);
        assert_counters(database).await;
    }

    async fn readers_of_a_later_version_are_asked_to_read_again(store: Store, database: &Database) {
        with_two_artifacts(&store).await;
        write(&store, 20, 1, &[report(0, mixed())]).await;
        database.execute("UPDATE artifact SET state = 'complete', reports_version = CASE id WHEN 20 THEN 1 ELSE 2 END").await;
        assert_eq!(store.enqueue_unread(1, 1, 10, NOON).await.unwrap(), 0);
        assert_eq!(store.enqueue_unread(2, 1, 10, NOON).await.unwrap(), 1);
        assert_eq!(store.enqueue_unread(2, 1, 10, NOON).await.unwrap(), 0, "once is enough");
    }
}
