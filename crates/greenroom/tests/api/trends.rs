//! Trends of a workflow and figures of its jobs, on both engines.

use crate::build::{self, NOON, WORKFLOW, job_record};
use crate::served::Served;
use crate::support::{Database, both_engines};
use crate::told::*;
use greenroom::model::upstream::{Job, Run};
use greenroom::model::{DAY_MS, HOUR_MS, Step};
use greenroom::store::Store;
use serde_json::{Value, json};

/// A run so many days ago that took so many seconds.
fn run(id: i64, days: i64, conclusion: &str, seconds: i64) -> Run {
    let created_at = NOON.plus(-days * DAY_MS);
    Run {
        created_at,
        started_at: Some(created_at),
        updated_at: created_at.plus(seconds * 1_000),
        conclusion: Some(conclusion.into()),
        branch: if id == 4 { "topic".into() } else { "main".into() },
        ..build::run(id)
    }
}

async fn with_trends(store: &Store, database: &Database) -> Served {
    let served = Served::new(store, database).await;
    build::with_runs(
        store,
        &[
            run(1, 0, "success", 60),
            run(2, 1, "success", 30),
            run(3, 1, "failure", 90),
            run(4, 1, "cancelled", 10),
            run(5, 40, "success", 60),
        ],
    )
    .await;
    served
}

fn at(values: &Value, place: usize) -> &Value {
    let values = values.as_array().unwrap();
    &values[values.len() - place]
}

both_engines! {
    async fn trends_are_columns_by_bucket(store: Store, database: &Database) {
        let served = with_trends(&store, database).await;
        served.add_artifact(7, 1, "big", &[]).await;
        tested(&served, 3, vec![failed("red"), flaky("shaky"), passed("green"), passed("blue")]).await;
        let trends = served.get(&format!("/api/workflows/{WORKFLOW}/trends")).await.json();
        assert_eq!((&trends["windowDays"], &trends["bucketMs"]), (&json!(30), &json!(DAY_MS)));
        assert_eq!(trends["t"].as_array().unwrap().len(), 30);
        let series = &trends["series"];
        for column in series.as_object().unwrap().values() {
            assert_eq!(column.as_array().unwrap().len(), 30);
        }
        assert_eq!((at(&series["runs"], 1), at(&series["runs"], 2), at(&series["runs"], 3)), (&json!(1), &json!(3), &json!(0)));
        assert_eq!((at(&series["succeeded"], 2), at(&series["failed"], 2)), (&json!(1), &json!(1)));
        assert_eq!((at(&series["successRate"], 2), at(&series["successRate"], 3)), (&json!(0.5), &Value::Null));
        assert_eq!((at(&series["p50Ms"], 2), at(&series["p95Ms"], 2)), (&json!(30_000), &json!(90_000)));
        assert_eq!((at(&series["failedTests"], 2), at(&series["flakyTests"], 2), at(&series["flakyRate"], 2)), (&json!(1), &json!(1), &json!(0.25)));
        assert!(at(&series["artifactBytes"], 1).as_i64().unwrap() > 0);
        assert_eq!((&trends["runsRead"], &trends["isComplete"], &trends["rateTrend"]), (&json!(4), &json!(true), &json!("unknown")));
        assert_eq!(trends["changes"], json!([]));
    }

    async fn trends_are_narrowed_by_window_and_branch(store: Store, database: &Database) {
        let served = with_trends(&store, database).await;
        let asked = |query: &'static str| {
            let served = &served;
            async move { served.get(&format!("/api/workflows/{WORKFLOW}/trends?{query}")).await.json() }
        };
        let sum = |trends: &Value| trends["series"]["runs"].as_array().unwrap().iter().map(|count| count.as_i64().unwrap()).sum::<i64>();
        assert_eq!(sum(&asked("window=90d").await), 5);
        assert_eq!(sum(&asked("window=365d").await), 5);
        assert_eq!(sum(&asked("branch=topic").await), 1);
        assert_eq!(sum(&asked("branch=none").await), 0);
        let day = asked("window=1d").await;
        assert_eq!((&day["bucketMs"], day["t"].as_array().unwrap().len()), (&json!(HOUR_MS), 24));
        for query in ["window=30", "window=0d", "window=366d", "window=xd", "window=-1d", "nonsense=1"] {
            served.get(&format!("/api/workflows/{WORKFLOW}/trends?{query}")).await.problem(400);
            served.get(&format!("/api/workflows/{WORKFLOW}/jobs?{query}")).await.problem(400);
        }
        for path in ["trends", "jobs"] {
            served.get(&format!("/api/workflows/999/{path}")).await.problem(404);
            served.get(&format!("/api/workflows/x/{path}")).await.problem(404);
        }
    }

    async fn a_step_names_the_first_run_after_it(store: Store, database: &Database) {
        let served = Served::new(&store, database).await;
        let runs: Vec<Run> = (1..=40).map(|id| {
            let seconds = if id > 20 { 90 } else { 60 };
            Run { created_at: NOON.plus((id - 50) * HOUR_MS), ..run(id, 0, "success", seconds) }
        }).map(|run| Run { started_at: Some(run.created_at), updated_at: run.created_at.plus(run.updated_at.0 - NOON.0), branch: "main".into(), ..run }).collect();
        build::with_runs(&store, &runs).await;
        let changes = served.get(&format!("/api/workflows/{WORKFLOW}/trends")).await.json()["changes"].clone();
        assert_eq!(changes.as_array().unwrap().len(), 1, "{changes}");
        assert_eq!(changes[0]["kind"], "duration");
        assert!((20..=22).contains(&changes[0]["run"]["id"].as_i64().unwrap()), "{changes}");
        assert_eq!((&changes[0]["before"], &changes[0]["after"]), (&json!(60_000.0), &json!(90_000.0)));
    }

    async fn jobs_are_told_with_their_queue_and_their_steps(store: Store, database: &Database) {
        let served = with_trends(&store, database).await;
        for (id, conclusion) in [(1, "success"), (2, "failure"), (3, "success")] {
            let step = Step {
                number: 1, name: "run tests".into(), status: "completed".into(), conclusion: Some(conclusion.into()),
                started_at: Some(NOON), completed_at: Some(NOON.plus(id * 1_000)),
            };
            let job = Job { conclusion: Some(conclusion.into()), steps: vec![step], ..build::job(id * 10, id) };
            build::detail(&store, id, &[job_record(job)]).await;
        }
        let told = served.get(&format!("/api/workflows/{WORKFLOW}/jobs")).await.json();
        assert_eq!((&told["runsRead"], &told["isComplete"], told["jobs"].as_array().unwrap().len()), (&json!(4), &json!(true), 1));
        let job = &told["jobs"][0];
        assert_eq!((&job["name"], &job["runs"], &job["failed"]), (&json!("unit"), &json!(3), &json!(1)));
        assert_eq!((&job["p50Ms"], &job["queueP50Ms"], &job["criticalShare"]), (&json!(45_000), &json!(5_000), &json!(1.0)));
        assert_eq!((&job["lastFailure"]["id"], &job["failingSteps"][0]["name"]), (&json!(20), &json!("run tests")));
        assert_eq!(job["slowestSteps"][0]["p50Ms"], 2_000);
        let run = served.get("/api/runs/1").await.json();
        assert_eq!(run["queueMs"], 5_000);
        let trends = served.get(&format!("/api/workflows/{WORKFLOW}/trends")).await.json();
        assert_eq!(at(&trends["series"]["queueP50Ms"], 1), &json!(5_000));
    }

    async fn a_grid_tells_durations_and_how_many_are_green(store: Store, database: &Database) {
        let served = with_trends(&store, database).await;
        tested(&served, 1, vec![passed("green"), failed("red")]).await;
        let grid = served.get(&format!("/api/workflows/{WORKFLOW}/grid?hideGreen=1&durations=1")).await.json();
        assert_eq!((&grid["green"], grid["tests"].as_array().unwrap().len()), (&json!(1), 1));
        assert_eq!(grid["tests"][0]["p50DurationMs"], 100);
        let letters = grid["tests"][0]["durations"].as_str().unwrap();
        assert_eq!((letters.len(), letters.chars().next(), letters.chars().last()), (5, Some('D'), Some('-')));
        let without = served.get(&format!("/api/workflows/{WORKFLOW}/grid")).await.json();
        assert_eq!(without["tests"][0]["durations"], Value::Null);
    }

    async fn tests_are_ranked_by_what_they_cost(store: Store, database: &Database) {
        let served = with_trends(&store, database).await;
        tested(&served, 3, vec![failed("costly"), passed("green")]).await;
        tested(&served, 2, vec![failed("cheap"), passed("green")]).await;
        let now = served.clock.now();
        let mut judged = Vec::new();
        for name in ["costly", "cheap", "green"] {
            let id = id_of(&served, name).await;
            let executions = store.executions(id, 500).await.unwrap();
            judged.push((id, greenroom::analysis::judge(&executions, now)));
        }
        store.record_judgements(&judged, now).await.unwrap();
        for sort in ["impact", "failRate", "flips"] {
            let all = served.all(&format!("/api/tests?sort={sort}"), "tests", 2).await;
            let names: Vec<&str> = all.iter().map(|test| test["name"].as_str().unwrap()).collect();
            assert_eq!(names.len(), 3, "{sort}: {names:?}");
            if sort == "impact" {
                assert_eq!(names, ["costly", "cheap", "green"]);
                assert_eq!((&all[0]["impactMs"], &all[2]["impactMs"]), (&json!(90_000), &json!(0)));
            }
            if sort == "failRate" {
                assert_eq!((&all[0]["failRate"], names[2]), (&json!(1.0), "green"));
            }
        }
        served.get("/api/tests?sort=p95").await.problem(400);
        let detail = served.get(&format!("/api/tests/{}", judged[0].0)).await.json();
        assert_eq!((&detail["causes"][0]["failures"], &detail["causes"][0]["similar"]), (&json!(1), &json!([])));
        assert_eq!(detail["durationStep"], Value::Null);
    }
}
