//! A run beside another: which one is taken, and what differs in tests, files, jobs and steps.

use crate::build::{self, NOON};
use crate::served::Served;
use crate::support::both_engines;
use crate::told::*;
use fakehub::zip::Entry;
use greenroom::model::testing::TestStatus;
use greenroom::model::upstream::{Job, Run};
use greenroom::model::{HOUR_MS, LogState, Step};
use greenroom::store::{CaseRecord, JobRecord};

fn ran(id: i64, branch: &str, conclusion: &str) -> Run {
    Run {
        created_at: NOON.plus((id - 20) * HOUR_MS),
        branch: branch.into(),
        conclusion: Some(conclusion.into()),
        ..build::run(id)
    }
}

fn timed(case: CaseRecord, ms: i64) -> CaseRecord {
    CaseRecord { duration_ms: Some(ms), ..case }
}

both_engines! {
    async fn the_last_green_run_of_the_branch_is_taken_else_of_the_default_branch(store: Store, database: &Database) {
        build::with_repository(&store).await;
        store.record_workflows(build::REPOSITORY, &[build::workflow(23, "nightly")]).await.unwrap();
        let runs = [
            ran(1, "main", "success"),
            Run { fork: true, ..ran(2, "main", "success") },
            ran(3, "topic", "failure"),
            ran(4, "topic", "success"),
            Run { workflow_id: 23, ..ran(5, "topic", "success") },
            ran(6, "topic", "cancelled"),
            ran(7, "topic", "failure"),
            ran(8, "topic", "success"),
            ran(9, "main", "failure"),
            Run { workflow_id: 24, ..ran(10, "main", "failure") },
            Run { created_at: NOON.plus(-11 * HOUR_MS), ..ran(11, "main", "success") },
        ];
        build::record(&store, &runs).await;
        let served = Served::new(&store, database).await;
        let base = async |path: &str| served.get(path).await.json()["base"]["id"].as_i64().unwrap();
        assert_eq!(base("/api/runs/7/compare").await, 4);
        assert_eq!(base("/api/runs/7/compare?with=lastGreen").await, 4);
        assert_eq!(base("/api/runs/7/compare?with=9").await, 9);
        assert_eq!(base("/api/runs/3/compare").await, 1);
        assert_eq!(base("/api/runs/9/compare").await, 1);
        assert_eq!(base("/api/runs/1/compare?with=1").await, 1);
        for path in ["/api/runs/1/compare", "/api/runs/10/compare", "/api/runs/7/compare?with=999"] {
            assert_eq!(served.get(path).await.problem(404)["parameter"], "with", "{path}");
        }
        assert!(served.get("/api/runs/999/compare").await.problem(404)["parameter"].is_null());
    }

    async fn tests_are_put_side_by_side(store: Store, database: &Database) {
        build::with_runs(&store, &[ran(1, "main", "success"), ran(2, "main", "failure")]).await;
        let served = Served::new(&store, database).await;
        tested(&served, 1, vec![
            passed("breaks"), failed("mends"), failed("stays red"), failed("now skipped"), passed("goes"), timed(passed("slows"), 100), timed(passed("slows much"), 1_000),
            timed(passed("slows little"), 1_000), timed(passed("slows briefly"), 10), passed("stays"),
        ]).await;
        read(&served, 2, 2, "linux", &[report(vec![
            failed("breaks"), flaky("mends"), failed("stays red"), skipped("now skipped"), failed("comes red"), passed("comes"), timed(passed("slows"), 250),
            timed(passed("slows much"), 9_000), timed(passed("slows little"), 1_400), timed(passed("slows briefly"), 90), passed("stays"),
        ])]).await;
        read(&served, 2, 3, "windows", &[report(vec![passed("breaks"), skipped("stays")])]).await;
        decide(&served, 2, |_, _| {}).await;
        let comparison = served.get("/api/runs/2/compare").await.json();
        let names = |list: &str| {
            let mut names = texts(&comparison["tests"][list]["tests"], "name");
            if list != "slower" {
                names.sort();
            }
            assert_eq!(comparison["tests"][list]["total"], names.len(), "{list}");
            names
        };
        assert_eq!(names("newFailures"), ["breaks", "comes red"]);
        assert_eq!(names("fixed"), ["mends"]);
        assert_eq!(names("stillFailing"), ["stays red"]);
        assert_eq!(names("added"), ["comes", "comes red"]);
        assert_eq!(names("missing"), ["goes"]);
        assert_eq!(names("slower"), ["slows much", "slows"]);
        let tests = comparison["tests"]["newFailures"]["tests"].as_array().unwrap();
        let breaks = tests.iter().find(|test| test["name"] == "breaks").unwrap();
        assert_eq!((breaks["base"].as_str(), breaks["head"].as_str(), breaks["message"].as_str()), (Some("passed"), Some("failed"), Some("breaks broke")));
        let slow = &comparison["tests"]["slower"]["tests"][0];
        assert_eq!((slow["baseDurationMs"].as_i64(), slow["headDurationMs"].as_i64()), (Some(1_000), Some(9_000)));
        assert_eq!((comparison["baseTests"]["failed"].as_i64(), comparison["headTests"]["failed"].as_i64()), (Some(3), Some(3)));
    }

    async fn long_lists_are_cut_and_counted(store: Store, database: &Database) {
        build::with_runs(&store, &[ran(1, "main", "success"), ran(2, "main", "failure")]).await;
        let served = Served::new(&store, database).await;
        tested(&served, 1, (0..450).map(|n| passed(&format!("t {n}"))).collect()).await;
        tested(&served, 2, (0..450).map(|n| case(&format!("t {n}"), if n < 300 { TestStatus::Failed } else { TestStatus::Passed })).collect()).await;
        let failures = served.get("/api/runs/2/compare").await.json()["tests"]["newFailures"].clone();
        assert_eq!((failures["total"].as_i64(), failures["tests"].as_array().unwrap().len()), (Some(300), 200));
        assert!(failures["tests"].as_array().unwrap().iter().all(|test| test["message"].is_string()));
    }

    async fn files_are_matched_by_artifact_and_path(store: Store, database: &Database) {
        build::with_runs(&store, &[ran(1, "main", "success"), ran(2, "main", "failure")]).await;
        let served = Served::new(&store, database).await;
        let entries = |texts: &[(&'static str, &'static str)]| -> Vec<Entry> {
            texts.iter().map(|(path, text)| Entry::deflated(*path, text.as_bytes())).collect()
        };
        served.add_artifact(11, 1, "site", &entries(&[("same", "1"), ("other", "1"), ("gone", "1")])).await;
        served.add_artifact(12, 1, "only here", &entries(&[("same", "1")])).await;
        served.add_artifact(20, 2, "site", &entries(&[("same", "hidden by the later one")])).await;
        served.add_artifact(21, 2, "site", &entries(&[("same", "1"), ("other", "2"), ("new", "1")])).await;
        let files = served.get("/api/runs/2/compare").await.json()["files"].clone();
        let paths = |list: &str| texts(&files[list]["files"], "path");
        assert_eq!((paths("added"), paths("removed"), paths("changed")), (vec!["new".into()], vec!["same".into(), "gone".into()], vec!["other".into()]));
        assert_eq!((files["unchanged"].as_i64(), files["truncated"].as_bool()), (Some(1), Some(false)));
        let changed = &files["changed"]["files"][0];
        assert_eq!((changed["baseId"].as_str(), changed["headId"].as_str(), changed["artifactName"].as_str()), (Some("11.1"), Some("21.1"), Some("site")));
        assert_eq!((changed["baseBytes"].as_i64(), changed["headBytes"].as_i64()), (Some(1), Some(1)));
    }

    async fn jobs_and_steps_are_matched_by_name(store: Store, database: &Database) {
        build::with_runs(&store, &[ran(1, "main", "success"), ran(2, "main", "failure")]).await;
        let served = Served::new(&store, database).await;
        let step = |name: &str, conclusion: &str, seconds: i64| Step {
            number: 1, name: name.into(), status: "completed".into(), conclusion: Some(conclusion.into()), started_at: Some(NOON), completed_at: Some(NOON.plus(seconds * 1000)),
        };
        let job = |id: i64, run_id: i64, name: &str, seconds: i64, steps: Vec<Step>| JobRecord {
            log_state: LogState::Missing,
            ..build::job_record(Job { name: name.into(), started_at: Some(NOON), completed_at: Some(NOON.plus(seconds * 1000)), steps, ..build::job(id, run_id) })
        };
        build::detail(&store, 1, &[
            job(10, 1, "unit", 60, vec![step("build", "success", 10), step("test", "success", 20), step("test", "success", 21)]),
            job(11, 1, "lint", 5, vec![]),
            job(12, 1, "unit", 61, vec![]),
        ]).await;
        build::detail(&store, 2, &[
            job(20, 2, "unit", 90, vec![step("test", "failure", 30), step("publish", "skipped", 0)]),
            job(21, 2, "deploy", 7, vec![]),
            job(22, 2, "unit", 91, vec![]),
        ]).await;
        let comparison = served.get("/api/runs/2/compare").await.json();
        let jobs = comparison["jobs"].as_array().unwrap();
        let pairs: Vec<_> = jobs.iter().map(|job| (job["name"].as_str().unwrap(), job["baseId"].as_i64(), job["headId"].as_i64())).collect();
        assert_eq!(pairs, [("unit", Some(10), Some(20)), ("deploy", None, Some(21)), ("unit", Some(12), Some(22)), ("lint", Some(11), None)]);
        assert_eq!((jobs[0]["baseDurationMs"].as_i64(), jobs[0]["headDurationMs"].as_i64()), (Some(60_000), Some(90_000)));
        let steps: Vec<_> = jobs[0]["steps"].as_array().unwrap().iter()
            .map(|step| (step["name"].as_str().unwrap(), step["baseConclusion"].as_str(), step["headConclusion"].as_str(), step["baseDurationMs"].as_i64())).collect();
        assert_eq!(steps, [
            ("test", Some("success"), Some("failure"), Some(20_000)), ("publish", None, Some("skipped"), None),
            ("build", Some("success"), None, Some(10_000)), ("test", Some("success"), None, Some(21_000)),
        ]);
        assert_eq!(comparison["head"]["branch"], "main");
    }
}
