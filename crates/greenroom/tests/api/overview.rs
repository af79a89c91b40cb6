//! The overview: what it says of workflows, tests and runs, of which branches, and that its rollups are right.

use crate::build::{self, NOON, REPOSITORY, WORKFLOW};
use crate::served::Served;
use crate::support::{Database, both_engines};
use crate::told::*;
use greenroom::model::testing::TestStatus;
use greenroom::model::upstream::{Repository, Run};
use greenroom::model::{DAY_MS, HOUR_MS, LogState, MINUTE_MS};
use greenroom::store::JobRecord;
use serde_json::Value;

/// A run so many hours before noon.
fn ago(id: i64, hours: i64, conclusion: &str) -> Run {
    let created_at = NOON.plus(-hours * HOUR_MS);
    Run {
        conclusion: Some(conclusion.into()),
        created_at,
        started_at: Some(created_at),
        updated_at: created_at.plus(id * MINUTE_MS),
        ..build::run(id)
    }
}

async fn overview(served: &Served, query: &str) -> Value {
    let reply = served.get(&format!("/api/overview{query}")).await;
    assert_eq!(reply.status, 200, "{:?}", reply.body);
    reply.json()
}

fn metric<'a>(overview: &'a Value, key: &str) -> &'a Value {
    overview["metrics"].as_array().unwrap().iter().find(|metric| metric["key"] == key).unwrap()
}

/// One row of the rollup of the default branch as text, by workflow and day.
async fn default_days(database: &Database) -> Vec<Vec<Option<String>>> {
    let columns =
        ["workflow_id", "day", "succeeded", "failed", "tests", "flaky"].map(|name| format!("CAST({name} AS TEXT)"));
    let sql = format!(
        "SELECT {}, CASE WHEN ended_red IS NULL THEN NULL WHEN ended_red THEN 'red' ELSE 'green' END FROM default_day ORDER BY workflow_id, day",
        columns.join(", ")
    );
    database.rows(&sql).await
}

both_engines! {
    async fn an_empty_store_has_an_empty_overview(store: Store, database: &Database) {
        let served = Served::new(&store, database).await;
        let found = overview(&served, "").await;
        for list in ["workflows", "newFailures", "flakiest", "recent", "branches"] {
            assert_eq!(found[list].as_array().map(Vec::len), Some(0), "{list}");
        }
        assert_eq!(metric(&found, "failingWorkflows")["value"], 0.0);
        assert_eq!(metric(&found, "successRate")["value"], Value::Null);
        assert_eq!(found["windowDays"], 14);
        assert_eq!(found["branch"], Value::Null);
    }

    async fn a_failing_workflow_says_since_when_and_what_fails(store: Store, database: &Database) {
        let served = Served::new(&store, database).await;
        let elsewhere = Run { branch: "mine".into(), ..ago(9, 1, "success") };
        let runs = [ago(1, 60, "success"), ago(2, 50, "success"), ago(3, 26, "failure"), ago(4, 25, "cancelled"), ago(5, 2, "failure"), elsewhere];
        build::with_runs(&store, &runs).await;
        tested(&served, 3, vec![failed("adds"), passed("removes"), passed("ships")]).await;
        tested(&served, 5, vec![failed("adds"), failed("removes"), passed("ships")]).await;
        database.execute("UPDATE failure SET novelty = CASE WHEN at < 1728000000000 + 43200000 - 7200000 THEN 'new' ELSE 'known' END").await;
        let found = overview(&served, "").await;
        let workflow = &found["workflows"][0];
        assert_eq!((&workflow["standing"], &workflow["branch"]), (&"failing".into(), &"main".into()));
        assert_eq!(workflow["strip"]["outcomes"], "PPFCF");
        assert_eq!(workflow["strip"]["numbers"], serde_json::json!([1, 2, 3, 4, 5]));
        let since = &workflow["failingSince"];
        assert_eq!((&since["run"]["id"], &since["streak"], &since["isLonger"]), (&3.into(), &2.into(), &false.into()));
        assert_eq!(workflow["lastGreen"]["id"], 2);
        assert_eq!(workflow["failedTests"], 2);
        let top: Vec<(&str, i64, &str)> = workflow["topFailures"].as_array().unwrap().iter()
            .map(|test| (test["name"].as_str().unwrap(), test["count"].as_i64().unwrap(), test["novelty"].as_str().unwrap())).collect();
        // What was news at the beginning of the streak still is.
        assert_eq!(top, [("adds", 2, "new"), ("removes", 1, "known")]);
        assert_eq!((&workflow["succeeded"], &workflow["failed"], &workflow["successRate"]), (&2.into(), &2.into(), &0.5.into()));
        let failing = metric(&found, "failingWorkflows");
        assert_eq!((&failing["value"], &failing["previous"], &failing["detail"]), (&1.0.into(), &0.0.into(), &1.0.into()));
        assert_eq!(metric(&found, "executions")["value"], 6.0);
        assert_eq!(found["newFailures"][0]["name"], "adds");
        assert_eq!(found["newFailures"][0]["message"], "adds broke");
        assert_eq!(found["newFailures"].as_array().unwrap().len(), 1);
        let recent: Vec<i64> = crate::served::ids(found["recent"].as_array().unwrap());
        assert_eq!(recent[..2], [9, 5], "newest change first, of all branches");
    }

    async fn branches_are_the_default_one_all_or_one_by_name(store: Store, database: &Database) {
        let served = Served::new(&store, database).await;
        let mine = |run: Run| Run { branch: "mine".into(), ..run };
        let pull = Run { event: "pull_request".into(), ..ago(3, 4, "failure") };
        let fork = Run { fork: true, ..ago(4, 3, "failure") };
        let runs = [ago(1, 6, "success"), mine(ago(2, 5, "failure")), pull, fork];
        build::with_runs(&store, &runs).await;
        for (query, outcomes, standing, branch) in [
            ("", "P", "passing", Value::from("main")),
            ("?branch=*", "PFFF", "failing", Value::Null),
            ("?branch=mine", "F", "failing", Value::from("mine")),
            ("?branch=nobodys", "", "idle", Value::from("nobodys")),
            ("?window=1d&branch=mine", "F", "failing", Value::from("mine")),
            ("?window=90d", "P", "passing", Value::from("main")),
        ] {
            let found = overview(&served, query).await;
            let workflow = &found["workflows"][0];
            assert_eq!(workflow["strip"]["outcomes"], outcomes, "{query}");
            assert_eq!(workflow["standing"], standing, "{query}");
            assert_eq!(workflow["branch"], branch, "{query}");
        }
        assert_eq!(overview(&served, "?branch=*").await["branches"], serde_json::json!(["main", "mine"]));
        assert_eq!(metric(&overview(&served, "?branch=*").await, "successRate")["detail"], 4.0);
        assert_eq!(metric(&overview(&served, "").await, "successRate")["detail"], 1.0);
    }

    async fn a_workflow_that_never_ran_on_the_default_branch_shows_all_its_branches(store: Store, database: &Database) {
        let served = Served::new(&store, database).await;
        build::with_runs(&store, &[Run { branch: "mine".into(), event: "pull_request".into(), ..ago(1, 6, "failure") }]).await;
        let workflow = overview(&served, "").await["workflows"][0].clone();
        assert_eq!((&workflow["branch"], &workflow["standing"], &workflow["failed"]), (&Value::Null, &"failing".into(), &1.into()));
        assert_eq!(workflow["failingSince"]["isLonger"], true);
    }

    async fn windows_compare_with_the_time_before(store: Store, database: &Database) {
        let served = Served::new(&store, database).await;
        let runs = [ago(1, 20 * 24, "success"), ago(2, 20 * 24 - 1, "failure"), ago(3, 30, "success"), ago(4, 5, "success")];
        build::with_runs(&store, &runs).await;
        let figures = |found: &Value| {
            let rate = metric(found, "successRate");
            (rate["value"].as_f64(), rate["previous"].as_f64(), rate["spark"].as_array().unwrap().len())
        };
        assert_eq!(figures(&overview(&served, "").await), (Some(1.0), Some(0.5), 14));
        assert_eq!(figures(&overview(&served, "?window=7d").await), (Some(1.0), None, 7));
        assert_eq!(figures(&overview(&served, "?window=1d").await), (Some(1.0), Some(1.0), 24));
        let found = overview(&served, "").await;
        assert_eq!(found["workflows"][0]["successDelta"], 0.5);
        // Each run is a commit of its own: 3 minutes and 4 minutes.
        let green = metric(&found, "timeToGreen");
        assert_eq!((green["value"].as_f64(), green["detail"].as_f64(), green["previous"].as_f64()), (Some(180_000.0), Some(240_000.0), Some(60_000.0)));
    }

    async fn a_running_workflow_tells_how_far_it_is(store: Store, database: &Database) {
        let served = Served::new(&store, database).await;
        build::with_runs(&store, &[ago(1, 6, "success"), build::running(2)]).await;
        served.add_job(21, 2, LogState::Unfinished).await;
        let found = overview(&served, "").await;
        let workflow = &found["workflows"][0];
        assert_eq!((&workflow["standing"], &workflow["strip"]["outcomes"]), (&"running".into(), &"PR".into()));
        assert_eq!((&workflow["running"]["runId"], &workflow["running"]["jobsDone"], &workflow["running"]["jobs"]), (&2.into(), &1.into(), &1.into()));
        assert_eq!(workflow["p50DurationMs"], 60_000);
        assert_eq!(found["recent"][0]["jobs"], 1);
    }

    async fn a_failure_without_tests_names_its_job(store: Store, database: &Database) {
        let served = Served::new(&store, database).await;
        build::with_runs(&store, &[ago(1, 6, "failure")]).await;
        let mut job = build::job(11, 1);
        job.conclusion = Some("failure".into());
        build::detail(&store, 1, &[JobRecord { ..build::job_record(job) }]).await;
        let workflow = overview(&served, "").await["workflows"][0].clone();
        assert_eq!(workflow["topFailures"], serde_json::json!([]));
        assert_eq!(workflow["otherFailures"], serde_json::json!([{"jobId": 11, "jobName": "unit", "message": null}]));
    }

    async fn flaky_tests_come_with_their_strips(store: Store, database: &Database) {
        let served = Served::new(&store, database).await;
        build::with_runs(&store, &[ago(1, 6, "success"), ago(2, 5, "success")]).await;
        for run_id in [1, 2] {
            tested(&served, run_id, vec![case("shaky", TestStatus::Flaky), passed("solid")]).await;
        }
        database.execute(&format!("UPDATE test SET verdict = 'flaky', flake_rate = 0.25, score = 1.0, since = {} WHERE name = 'shaky'", NOON.0)).await;
        let found = overview(&served, "").await;
        assert_eq!(found["flakiest"][0]["name"], "shaky");
        assert_eq!((&found["flakiest"][0]["strip"], &found["flakiest"][0]["flakeRate"]), (&"LL".into(), &0.25.into()));
        let flaky = metric(&found, "flakyTests");
        assert_eq!((&flaky["value"], &flaky["detail"]), (&1.0.into(), &1.0.into()));
        assert_eq!(flaky["spark"].as_array().unwrap().last().unwrap(), 2.0);
        assert_eq!(metric(&found, "executions")["detail"], 2.0);
        assert_eq!(found["workflows"][0]["standing"], "flaky", "its last run passed with a flaky test");
    }

    async fn the_rollup_of_the_default_branch_follows_runs_tests_and_the_branch(store: Store, database: &Database) {
        let served = Served::new(&store, database).await;
        let mine = Run { branch: "mine".into(), ..ago(3, 1, "failure") };
        build::with_runs(&store, &[ago(1, 3, "failure"), ago(2, 2, "success"), mine]).await;
        let day = NOON.day().to_string();
        let row = |figures: [&str; 4], ended: &str| {
            let workflow = WORKFLOW.to_string();
            [&workflow, day.as_str(), figures[0], figures[1], figures[2], figures[3], ended].map(|text| Some(text.to_owned())).to_vec()
        };
        assert_eq!(default_days(database).await, [row(["1", "1", "0", "0"], "green")]);
        tested(&served, 2, vec![flaky("shaky"), passed("solid")]).await;
        assert_eq!(default_days(database).await, [row(["1", "1", "2", "1"], "green")]);
        store.record_repository(&Repository { default_branch: "mine".into(), ..build::repository() }).await.unwrap();
        assert_eq!(default_days(database).await, [row(["0", "1", "0", "0"], "red")]);
    }

    async fn one_repository_can_be_asked_for(store: Store, database: &Database) {
        let served = Served::new(&store, database).await;
        build::with_runs(&store, &[ago(1, 6, "failure")]).await;
        let other = Repository { id: REPOSITORY + 1, name: "other".into(), ..build::repository() };
        store.record_repository(&other).await.unwrap();
        store.record_workflows(other.id, &[build::workflow(77, "deploy")]).await.unwrap();
        let names = async |query: &str| texts(&overview(&served, query).await["workflows"], "name");
        assert_eq!(names("").await, ["tests", "deploy"]);
        assert_eq!(names("?repository=ACME/other").await, ["deploy"]);
        assert_eq!(names("?repository=acme/shop").await, ["tests"]);
        assert_eq!(names("?repository=acme/none").await, Vec::<String>::new());
    }

    async fn wrong_parameters_of_the_overview_are_named(store: Store, database: &Database) {
        let served = Served::new(&store, database).await;
        for (query, parameter) in [("?window=15d", "window"), ("?repository=x", "repository"), ("?windows=7d", "windows")] {
            assert_eq!(served.get(&format!("/api/overview{query}")).await.problem(400)["parameter"], parameter);
        }
    }

    async fn the_overview_of_many_workflows_is_small(store: Store, database: &Database) {
        let served = Served::new(&store, database).await;
        build::with_repository(&store).await;
        let mut runs = Vec::new();
        let mut random: u64 = 7;
        let mut next = |below: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            i64::try_from((random >> 33) % below).unwrap()
        };
        let mut id = 17_000_000_000;
        for at in 0..48 {
            for workflow in 0..50 {
                id += 1 + next(900_000);
                let created_at = NOON.plus((at - 48) * 3 * HOUR_MS + workflow * MINUTE_MS);
                let failed = next(10) == 0;
                runs.push(Run {
                    workflow_id: 100 + workflow,
                    workflow_name: format!("Workflow number {workflow}"),
                    workflow_path: format!(".github/workflows/workflow-{workflow}.yml"),
                    run_number: 4_000 + at,
                    conclusion: Some(if failed { "failure" } else { "success" }.into()),
                    created_at,
                    started_at: Some(created_at),
                    updated_at: created_at.plus(300_000 + next(200_000)),
                    ..build::run(id)
                });
            }
        }
        build::record(&store, &runs).await;
        let reply = served.get_with("/api/overview?window=30d", &[("accept-encoding", "gzip")]).await;
        assert_eq!(reply.header("content-encoding"), "gzip");
        assert!(reply.body.len() < 24_000, "{} bytes", reply.body.len());
        eprintln!("{} bytes compressed", reply.body.len());
    }
}

#[test]
fn noon_is_the_day_the_arranged_novelty_means() {
    assert_eq!(NOON.0, 20_000 * DAY_MS + DAY_MS / 2);
    assert_eq!(NOON.0, 1_728_000_000_000 + 43_200_000);
}
