//! Tests of a run: order, pages, filters, reports, and what runs and workflows say of them.

use crate::build::{self, WORKFLOW};
use crate::served::Served;
use crate::support::both_engines;
use crate::told::*;
use greenroom::model::results::{CoverageTotals, Standing, TestTry, TestsState};
use greenroom::model::testing::TestStatus;
use greenroom::model::upstream::{Job, Run};
use greenroom::model::{LogState, Step};
use greenroom::store::{CaseRecord, FailureRecord, KeptAttachment, LogFailureRecord, ReportRecord};

fn names(items: &[serde_json::Value]) -> Vec<String> {
    items.iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

/// A report of so many cases of each kind, named after the kind and a number.
fn mixed(prefix: &str, counts: [usize; 4]) -> ReportRecord {
    let mut cases = Vec::new();
    for (status, count) in TestStatus::ALL.into_iter().zip(counts) {
        cases.extend((0..count).map(|n| case(&format!("{prefix} {} {n}", status.as_str()), status)));
    }
    cases.reverse();
    report(cases)
}

both_engines! {
    async fn results_come_failed_first_over_all_reports_page_by_page(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1), build::run(2)]).await;
        let served = Served::new(&store, database).await;
        read(&served, 1, 11, "linux", &[mixed("a", [2, 1, 3, 5])]).await;
        read(&served, 1, 12, "windows", &[mixed("b", [3, 0, 0, 2])]).await;
        read(&served, 1, 13, "empty", &[mixed("c", [0, 0, 0, 0])]).await;
        decide(&served, 1, |_, _| {}).await;
        tested(&served, 2, vec![failed("elsewhere")]).await;

        let all = served.all("/api/runs/1/tests", "tests", 100).await;
        let expected = ["a failed 1", "a failed 0", "b failed 2", "b failed 1", "b failed 0", "a flaky 0", "a skipped 2", "a skipped 1", "a skipped 0"];
        assert_eq!(names(&all)[..9], expected);
        assert_eq!(all.len(), 16);
        assert!(all[9..].iter().all(|result| result["status"] == "passed" && result["failure"].is_null() && result["familyId"].is_null()));
        for limit in [1, 2, 5, 16] {
            assert_eq!(served.all("/api/runs/1/tests", "tests", limit).await, all, "limit {limit}");
            assert_eq!(served.all("/api/runs/1/tests?q=cart", "tests", limit).await, all, "limit {limit}");
        }
        let page = served.get("/api/runs/1/tests?limit=3").await.json();
        assert_eq!((page["total"].as_i64(), page["totalIsExact"].as_bool()), (Some(16), Some(true)));
        let counts = ["total", "passed", "failed", "skipped", "flaky"].map(|name| page["totals"][name].as_i64().unwrap());
        assert_eq!(counts, [16, 8, 5, 3, 1]);
        assert_eq!(page["reports"].as_array().unwrap().len(), 3);
        let cursor = page["nextCursor"].as_str().unwrap();
        let second = served.get(&format!("/api/runs/1/tests?limit=3&cursor={cursor}")).await.json();
        assert_eq!((second["reports"].as_array().unwrap().len(), second["total"].as_i64()), (0, Some(16)));
    }

    async fn filters_show_exactly_what_matches(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1)]).await;
        let served = Served::new(&store, database).await;
        let in_suite = |name: &str, suite: &str, status| CaseRecord { suite: suite.into(), ..case(name, status) };
        let cases = vec![
            in_suite("pays", "checkout", TestStatus::Failed),
            in_suite("100%_refund", "checkout > Refunds", TestStatus::Failed),
            in_suite("lists", "checkouts", TestStatus::Passed),
            in_suite("naïve ÜBER", "checkout > refunds > late", TestStatus::Skipped),
            in_suite("retries", "cart", TestStatus::Flaky),
        ];
        read(&served, 1, 11, "linux", &[report(cases)]).await;
        read(&served, 1, 12, "windows", &[report(vec![failed("third")])]).await;
        decide(&served, 1, |_, _| {}).await;
        database.execute("UPDATE failure SET novelty = 'new' WHERE message LIKE 'pays%'").await;
        database.execute("UPDATE failure SET novelty = 'known' WHERE message LIKE 'third%'").await;
        let report_id = served.get("/api/runs/1/tests").await.json()["reports"][1]["id"].as_i64().unwrap();
        let cases = [
            ("status=failed", vec!["pays", "100%_refund", "third"]),
            ("status=flaky", vec!["retries"]),
            ("status=skipped", vec!["naïve ÜBER"]),
            ("status=passed", vec!["lists"]),
            ("q=refund", vec!["100%_refund"]),
            ("q=100%25_", vec!["100%_refund"]),
            ("q=%C3%BCber", vec!["naïve ÜBER"]),
            ("q=cart+RETRIES", vec!["retries"]),
            ("q=nothing", vec![]),
            ("suite=checkout", vec!["pays", "100%_refund", "naïve ÜBER"]),
            ("suite=checkout+%3E+Refunds", vec!["100%_refund"]),
            ("suite=checkou", vec![]),
            ("suite=checkout&status=failed&q=refund", vec!["100%_refund"]),
            ("novelty=new", vec!["pays"]),
            ("novelty=known", vec!["third"]),
            ("novelty=flaky", vec![]),
            ("novelty=new&status=passed", vec![]),
            (&format!("reportId={report_id}"), vec!["third"]),
            ("reportId=999999", vec![]),
        ];
        for (query, expected) in cases {
            for limit in [1, 100] {
                assert_eq!(names(&served.all(&format!("/api/runs/1/tests?{query}"), "tests", limit).await), expected, "{query}");
            }
            let page = served.get(&format!("/api/runs/1/tests?limit=1&{query}")).await.json();
            assert_eq!((page["total"].as_i64(), page["totalIsExact"].as_bool()), (Some(expected.len() as i64), Some(true)), "{query}");
        }
    }

    async fn a_search_through_many_results_ends_its_pages(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1)]).await;
        let served = Served::new(&store, database).await;
        let mut cases: Vec<CaseRecord> = (0..23_000).map(|n| passed(&format!("hay {n}"))).collect();
        cases[500] = passed("needle one");
        cases[22_900] = passed("needle two");
        cases[3] = failed("needle zero");
        read(&served, 1, 11, "linux", &[report(cases)]).await;
        decide(&served, 1, |_, _| {}).await;
        let mut found = Vec::new();
        let mut pages = 0;
        let mut cursor = String::new();
        loop {
            let page = served.get(&format!("/api/runs/1/tests?q=needle{cursor}")).await.json();
            found.extend(names(page["tests"].as_array().unwrap()));
            pages += 1;
            let Some(next) = page["nextCursor"].as_str() else { break };
            assert_eq!(page["totalIsExact"], false);
            assert!(pages < 10);
            cursor = format!("&cursor={next}");
        }
        assert_eq!((found, pages), (vec!["needle zero".into(), "needle one".into(), "needle two".into()], 3));
        assert_eq!(served.get("/api/runs/1/tests").await.json()["total"], 23_000);
    }

    async fn a_failure_comes_with_everything_that_is_known_of_it(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1)]).await;
        let served = Served::new(&store, database).await;
        let failure = FailureRecord {
            line: Some(7),
            kind: Some("AssertionError".into()),
            stack: Some("at cart".into()),
            stdout: Some("out".into()),
            tries: vec![TestTry { status: TestStatus::Failed, duration_ms: Some(5), message: Some("first".into()) }],
            attachments: vec![
                KeptAttachment { name: "shot".into(), path: "../shot.png".into(), media_type: Some("image/png".into()), ordinal: Some(1) },
                KeptAttachment { name: "lost".into(), path: "lost.txt".into(), media_type: None, ordinal: None },
            ],
            ..failure("cart broke")
        };
        let broken = CaseRecord { failure: Some(failure), variant: "project=firefox".into(), tries: 2, class: Some("Cart".into()), ..failed("broken") };
        read(&served, 1, 11, "linux", &[report(vec![broken, passed("fine")])]).await;
        decide(&served, 1, |_, report| {
            report.variant = "matrix=20".into();
            report.job_id = Some(77);
            report.attempt = Some(1);
        }).await;
        let page = served.get("/api/runs/1/tests").await.json();
        let result = &page["tests"][0];
        assert_eq!((result["variant"].as_str(), result["tries"].as_i64(), result["jobId"].as_i64()), (Some("matrix=20; project=firefox"), Some(2), Some(77)));
        assert_eq!((result["line"].as_i64(), result["file"].as_str(), result["className"].as_str()), (Some(7), Some("src/cart.test.ts"), Some("Cart")));
        assert_eq!(result["verdict"], "notEnoughData");
        assert_eq!(result["id"], format!("{}.0", result["reportId"]));
        let failure = &result["failure"];
        assert_eq!((failure["type"].as_str(), failure["message"].as_str()), (Some("AssertionError"), Some("cart broke\nexpected 1")));
        assert_eq!((failure["stack"].as_str(), failure["stdout"].as_str(), failure["stderr"].as_str()), (Some("at cart"), Some("out"), None));
        assert_eq!(failure["tries"], serde_json::json!([{"status": "failed", "durationMs": 5, "message": "first"}]));
        assert_eq!(failure["attachments"][0]["fileId"], "11.1");
        assert_eq!(failure["attachments"][0]["url"], "/api/files/11.1/content");
        assert!(failure["attachments"][1]["url"].is_null());
        assert_eq!(served.get("/api/files/11.1/content").await.status, 200);
        assert_eq!(page["tests"][1]["variant"], "matrix=20");
        let family = result["familyId"].as_i64().unwrap();
        assert_eq!(served.get(&format!("/api/failures/{family}")).await.json()["title"], "cart broke");
    }

    async fn an_attempt_shows_its_own_reports_and_duplicates_stay_out(store: Store, database: &Database) {
        build::with_runs(&store, &[Run { attempt: 2, ..build::run(1) }]).await;
        let served = Served::new(&store, database).await;
        read(&served, 1, 11, "first", &[report(vec![failed("shaky")])]).await;
        read(&served, 1, 12, "second", &[report(vec![passed("shaky")])]).await;
        read(&served, 1, 13, "second-json", &[report(vec![passed("shaky")])]).await;
        decide(&served, 1, |artifact, report| {
            report.attempt = Some(if artifact == 11 { 1 } else { 2 });
            report.standing = match artifact {
                11 => Standing::Superseded,
                12 => Standing::Counted,
                _ => Standing::Duplicate,
            };
        }).await;
        let of = async |query: &str| -> Vec<String> {
            let page = served.get(&format!("/api/runs/1/tests{query}")).await.json();
            assert_eq!(page["reports"][0]["standing"], "counted");
            texts(&page["tests"], "status")
        };
        assert_eq!(of("").await, ["passed"]);
        assert_eq!(of("?attempt=1").await, ["failed"]);
        assert_eq!(of("?attempt=2").await, ["passed"]);
        assert_eq!(of("?attempt=3").await, Vec::<String>::new());
        assert_eq!(served.get("/api/runs/1").await.json()["summary"]["tests"]["total"], 1);
    }

    async fn reports_say_what_they_are_and_what_is_wrong(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1)]).await;
        let served = Served::new(&store, database).await;
        let broken = ReportRecord { state: TestsState::Unreadable, problems: vec!["it ends early".into()], ..report(vec![]) };
        let coverage = CoverageTotals { files: 2, lines: 10, lines_hit: 9, branches: 0, branches_hit: 0 };
        let covered = ReportRecord { ordinal: 1, path: "lcov.info".into(), kind: "coverage", format: "lcov", coverage: Some(coverage), ..report(vec![]) };
        read(&served, 1, 11, "linux", &[broken, covered]).await;
        decide(&served, 1, |_, _| {}).await;
        database.execute("UPDATE run_tests SET state = 'unreadable', problem = 'No report can be read.'").await;
        let page = served.get("/api/runs/1/tests").await.json();
        let reports = &page["reports"];
        assert_eq!(texts(reports, "state"), ["unreadable", "complete"]);
        assert_eq!(texts(reports, "formatTitle"), ["JUnit XML", "LCOV coverage"]);
        assert_eq!(texts(reports, "fileId"), ["11.0", "11.1"]);
        assert_eq!(reports[0]["problems"], serde_json::json!(["it ends early"]));
        assert_eq!(reports[1]["coverage"]["linesHit"], 9);
        assert_eq!((page["totals"]["state"].as_str(), page["totals"]["problem"].as_str()), (Some("unreadable"), Some("No report can be read.")));
        assert_eq!(page["tests"].as_array().unwrap().len(), 0);
    }

    async fn failures_in_logs_come_with_job_and_step(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1)]).await;
        let served = Served::new(&store, database).await;
        let step = |name: &str, conclusion: &str| Step {
            number: 1, name: name.into(), status: "completed".into(), conclusion: Some(conclusion.into()), started_at: None, completed_at: None,
        };
        let job = Job { steps: vec![step("Set up", "success"), step("Compile", "failure")], name: "build".into(), ..build::job(5, 1) };
        build::detail(&store, 1, &[greenroom::store::JobRecord { log_state: LogState::Missing, ..build::job_record(job) }]).await;
        let found = LogFailureRecord {
            line: 40, kind: Some("E0425".into()), tool: Some("rustc".into()), test: None, message: "cannot find value".into(), excerpt: "error".into(),
            family: family("cannot find value"),
        };
        read_log(&served, 1, 5, &[found]).await;
        decide(&served, 1, |_, _| {}).await;
        let page = served.get("/api/runs/1/tests").await.json();
        let failure = &page["logFailures"][0];
        assert_eq!((failure["jobName"].as_str(), failure["step"].as_str(), failure["line"].as_i64()), (Some("build"), Some("Compile"), Some(40)));
        assert_eq!((failure["type"].as_str(), failure["attempt"].as_i64()), (Some("E0425"), Some(1)));
        let family = served.get(&format!("/api/failures/{}", failure["familyId"])).await.json();
        assert_eq!((family["tests"].as_i64(), family["runs"].as_i64()), (Some(0), Some(1)));
        assert_eq!(family["logFailures"][0], *failure);
        assert_eq!(family["failingRuns"][0]["id"], 1);
    }

    async fn runs_and_workflows_tell_the_totals_of_their_tests(store: Store, database: &Database) {
        let later = |id| Run { created_at: build::NOON.plus(id), ..build::run(id) };
        build::with_runs(&store, &[later(1), later(2), later(3), Run { status: "in_progress".into(), conclusion: None, ..later(4) }]).await;
        let served = Served::new(&store, database).await;
        tested(&served, 1, vec![passed("a")]).await;
        tested(&served, 2, vec![failed("a"), flaky("b"), skipped("c")]).await;
        tested(&served, 4, vec![passed("a"), passed("b")]).await;
        let list = served.get("/api/runs").await.json();
        let totals: Vec<i64> = list["runs"].as_array().unwrap().iter().map(|run| run["summary"]["tests"]["total"].as_i64().unwrap()).collect();
        assert_eq!(totals, [2, 0, 3, 1]);
        // Nothing is said of a run before it was looked at.
        assert_eq!(list["runs"][1]["summary"]["tests"]["state"], "pending");
        assert_eq!(served.get("/api/runs/3/tests").await.json()["totals"]["state"], "pending");
        let summary = served.get("/api/runs/2").await.json()["summary"]["tests"].clone();
        let counts = ["total", "passed", "failed", "skipped", "flaky"].map(|name| summary[name].as_i64().unwrap());
        assert_eq!(counts, [3, 1, 1, 1, 1]);
        // Run 3 has no tests and run 4 has not ended.
        for workflow in [served.get("/api/workflows").await.json()[0].clone(), served.get(&format!("/api/workflows/{WORKFLOW}")).await.json()] {
            assert_eq!(workflow["summary"]["testsRunId"], 2);
            assert_eq!(workflow["summary"]["tests"], summary);
        }
    }

    async fn unknown_runs_and_wrong_parameters_are_told(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1)]).await;
        let served = Served::new(&store, database).await;
        for path in ["/api/runs/2/tests", "/api/runs/x/tests", "/api/tests/1", "/api/tests/0", "/api/failures/1", "/api/workflows/1/grid", "/api/runs/2/compare"] {
            served.get(path).await.problem(404);
        }
        let cursor = {
            tested(&served, 1, vec![passed("a"), passed("b")]).await;
            served.get("/api/tests?limit=1").await.json()["nextCursor"].as_str().unwrap().to_owned()
        };
        for (path, name) in [
            ("/api/runs/1/tests?status=green", "status"),
            ("/api/runs/1/tests?attempt=0", "attempt"),
            ("/api/runs/1/tests?novelty=old", "novelty"),
            ("/api/runs/1/tests?reportId=x", "reportId"),
            ("/api/runs/1/tests?limit=101", "limit"),
            ("/api/runs/1/tests?q=a+b+c+d+e+f+g+h+i", "q"),
            ("/api/runs/1/tests?suite=%00", "suite"),
            ("/api/runs/1/tests?page=2", "page"),
            (&format!("/api/runs/1/tests?cursor={cursor}"), "cursor"),
            ("/api/tests?sort=age", "sort"),
            ("/api/tests?verdict=bad", "verdict"),
            ("/api/tests?repository=acme", "repository"),
            (&format!("/api/tests?sort=name&cursor={cursor}"), "cursor"),
            ("/api/tests/1?status=green", "status"),
            ("/api/tests/1?workflowId=x", "workflowId"),
            ("/api/tests/1?cursor=AAAA", "cursor"),
            ("/api/failures?since=0", "since"),
            ("/api/failures?since=4000", "since"),
            ("/api/failures?sort=name", "sort"),
            ("/api/failures?onDefault=yes", "onDefault"),
            ("/api/failures/1?x=1", "x"),
            ("/api/workflows/22/grid?runs=201", "runs"),
            ("/api/workflows/22/grid?tests=0", "tests"),
            ("/api/workflows/22/grid?verdict=x", "verdict"),
            ("/api/workflows/22/grid?hideGreen=maybe", "hideGreen"),
            ("/api/workflows/22/grid?before=x", "before"),
            ("/api/runs/1/compare?with=yesterday", "with"),
            ("/api/runs/1/compare?base=1", "base"),
        ] {
            let problem = served.get(path).await.problem(400);
            assert_eq!(problem["parameter"], name, "{path}");
        }
    }
}
