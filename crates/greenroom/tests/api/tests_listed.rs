//! Tests in their orders, and one test with its history.

use crate::build::{self, NOON, WORKFLOW};
use crate::served::{Served, ids};
use crate::support::both_engines;
use crate::told::*;
use greenroom::model::results::Standing;
use greenroom::model::testing::TestStatus;
use greenroom::model::upstream::{Repository, Run};
use greenroom::model::{DAY_MS, HOUR_MS};
use greenroom::store::{CaseRecord, RunPlan, Store};

/// A run an hour after the one before.
fn hourly(id: i64) -> Run {
    Run { created_at: NOON.plus((id - 100) * HOUR_MS), ..build::run(id) }
}

/// Writes what orders and filters go by, for each of the tests `t 01`, `t 02`, ….
async fn with_judgements(store: &Store, served: &Served, database: &crate::support::Database, count: i64) {
    build::with_runs(store, &[build::run(1)]).await;
    tested(served, 1, (1..=count).map(|n| passed(&format!("t {n:02}"))).collect()).await;
    database
        .execute(
            "UPDATE test SET recent_failures = id % 5, score = (id % 7) / 8.0, average_ms = id % 4, last_failure_at = CASE WHEN id % 3 = 0 THEN 0 ELSE id END, \
             results = id % 10, verdict = CASE WHEN id % 6 = 0 THEN 'flaky' WHEN id % 6 = 1 THEN 'broken' END",
        )
        .await;
}

both_engines! {
    async fn every_order_pages_through_all_tests(store: Store, database: &Database) {
        let served = Served::new(&store, database).await;
        with_judgements(&store, &served, database, 40).await;
        let everything = served.all("/api/tests", "tests", 100).await;
        assert_eq!(everything.len(), 40);
        let key = |name: &'static str| move |test: &serde_json::Value| test[name].as_f64().unwrap_or(0.0);
        type Key = Box<dyn Fn(&serde_json::Value) -> f64>;
        let numbers: [(&str, Key); 4] = [
            ("failures", Box::new(key("recentFailures"))),
            ("flakiness", Box::new(key("score"))),
            ("slowness", Box::new(key("averageDurationMs"))),
            ("lastFailure", Box::new(|test| {
                let text = test["lastFailureAt"].as_str().map_or(0, |text| greenroom::model::Millis::parse(text).unwrap().0);
                text as f64
            })),
        ];
        for (sort, key) in numbers {
            let mut expected = everything.clone();
            expected.sort_by(|a, b| (key(b), b["id"].as_i64()).partial_cmp(&(key(a), a["id"].as_i64())).unwrap());
            for limit in [1, 7, 40, 100] {
                assert_eq!(ids(&served.all(&format!("/api/tests?sort={sort}"), "tests", limit).await), ids(&expected), "{sort}, limit {limit}");
            }
        }
        let by_name = served.all("/api/tests?sort=name", "tests", 9).await;
        assert!(by_name.is_sorted_by_key(|test| test["name"].as_str().unwrap().to_owned()));
        let page = served.get("/api/tests?limit=3").await.json();
        assert_eq!((page["total"].as_i64(), page["totalIsExact"].as_bool()), (Some(40), Some(true)));
    }

    async fn filters_of_tests_show_exactly_what_matches(store: Store, database: &Database) {
        let served = Served::new(&store, database).await;
        with_judgements(&store, &served, database, 40).await;
        let everything = served.all("/api/tests?sort=name", "tests", 100).await;
        type Matches = fn(&serde_json::Value) -> bool;
        let cases: [(&str, Matches); 12] = [
            ("verdict=flaky", |test| test["id"].as_i64().unwrap() % 6 == 0),
            ("verdict=broken", |test| test["id"].as_i64().unwrap() % 6 == 1),
            ("verdict=regressed", |_| false),
            ("verdict=healthy", |test| test["id"].as_i64().unwrap() % 6 > 1 && test["id"].as_i64().unwrap() % 10 >= 5),
            ("verdict=notEnoughData", |test| test["id"].as_i64().unwrap() % 6 > 1 && test["id"].as_i64().unwrap() % 10 < 5),
            ("repository=ACME/shop", |_| true),
            ("repository=acme/other", |_| false),
            ("q=T+01", |test| test["name"] == "t 01"),
            ("q=cart.test", |_| true),
            ("q=%25", |_| false),
            ("q=t+2&verdict=flaky", |test| test["id"].as_i64().unwrap() % 6 == 0 && test["name"].as_str().unwrap().contains('2')),
            ("q=t+2&verdict=flaky&repository=acme/shop", |test| test["id"].as_i64().unwrap() % 6 == 0 && test["name"].as_str().unwrap().contains('2')),
        ];
        for (query, matches) in cases {
            let expected: Vec<i64> = ids(&everything.iter().filter(|test| matches(test)).cloned().collect::<Vec<_>>());
            for limit in [2, 100] {
                assert_eq!(ids(&served.all(&format!("/api/tests?sort=name&{query}"), "tests", limit).await), expected, "{query}, limit {limit}");
            }
            let page = served.get(&format!("/api/tests?sort=flakiness&limit=1&{query}")).await.json();
            assert_eq!((page["total"].as_i64(), page["totalIsExact"].as_bool()), (Some(expected.len() as i64), Some(true)), "{query}");
        }
    }

    async fn a_search_through_many_tests_ends_its_pages_and_says_so(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1)]).await;
        let served = Served::new(&store, database).await;
        let mut cases: Vec<CaseRecord> = (0..11_000).map(|n| passed(&format!("hay {n:05}"))).collect();
        cases[10] = passed("hay 00010 needle");
        cases[10_500] = passed("hay 10500 needle");
        tested(&served, 1, cases).await;
        database.execute("UPDATE test SET verdict = 'broken' WHERE name LIKE '%needle'").await;
        // The index finds words of three characters and more.
        let page = served.get("/api/tests?sort=name&q=needle").await.json();
        assert_eq!((page["total"].as_i64(), page["totalIsExact"].as_bool()), (Some(2), Some(true)));
        assert_eq!(texts(&page["tests"], "name"), ["hay 00010 needle", "hay 10500 needle"]);
        let mut found = Vec::new();
        let mut pages = 0;
        let mut cursor = String::new();
        loop {
            let page = served.get(&format!("/api/tests?sort=name&q=dl{cursor}")).await.json();
            found.extend(texts(&page["tests"], "name"));
            pages += 1;
            assert_eq!(page["totalIsExact"], false);
            let Some(next) = page["nextCursor"].as_str() else { break };
            assert!(pages < 10);
            cursor = format!("&cursor={next}");
        }
        assert_eq!((found, pages), (vec!["hay 00010 needle".into(), "hay 10500 needle".into()], 3));
        // The index on verdicts leaves few enough to be exact.
        let page = served.get("/api/tests?sort=name&q=dl&verdict=broken").await.json();
        assert_eq!((page["total"].as_i64(), page["totalIsExact"].as_bool()), (Some(2), Some(true)));
        let all = served.get("/api/tests?limit=1").await.json();
        assert_eq!((all["total"].as_i64(), all["totalIsExact"].as_bool()), (Some(10_001), Some(false)));
    }

    async fn a_strip_shows_the_newest_outcomes_oldest_first_without_duplicates(store: Store, database: &Database) {
        build::with_runs(&store, &(1..=30).map(hourly).collect::<Vec<_>>()).await;
        let served = Served::new(&store, database).await;
        for run_id in 1..=30 {
            let status = match run_id {
                28 => TestStatus::Failed,
                29 => TestStatus::Skipped,
                30 => TestStatus::Flaky,
                _ => TestStatus::Passed,
            };
            read(&served, run_id, run_id, "reports", &[report(vec![case("watched", status)])]).await;
            read(&served, run_id, 100 + run_id, "again", &[report(vec![failed("watched")])]).await;
            decide(&served, run_id, |artifact, report| {
                report.standing = if artifact > 100 { Standing::Duplicate } else { Standing::Counted };
            }).await;
        }
        let page = served.get("/api/tests").await.json();
        assert_eq!(page["tests"][0]["strip"], format!("{}FSL", "P".repeat(21)));
        assert_eq!((page["tests"][0]["results"].as_i64(), page["tests"][0]["failures"].as_i64()), (Some(30), Some(1)));
    }

    async fn a_history_pages_by_key_and_filters_what_it_shows(store: Store, database: &Database) {
        let runs: Vec<Run> = (1..=20)
            .map(|id| Run {
                branch: if id % 4 == 0 { "topic".into() } else { "main".into() },
                event: if id % 4 == 0 { "pull_request".into() } else { "push".into() },
                fork: id == 8,
                workflow_id: if id % 5 == 0 { 23 } else { WORKFLOW },
                // Some of them in the same moment.
                created_at: NOON.plus(id / 3 * HOUR_MS - DAY_MS),
                ..build::run(id)
            })
            .collect();
        build::with_repository(&store).await;
        store.record_workflows(build::REPOSITORY, &[build::workflow(23, "nightly")]).await.unwrap();
        build::record(&store, &runs).await;
        let served = Served::new(&store, database).await;
        for run_id in 1..=20 {
            let status = if run_id % 6 == 0 { TestStatus::Failed } else { TestStatus::Passed };
            let twice = CaseRecord { variant: "project=safari".into(), ..case("watched", status) };
            read(&served, run_id, run_id, "reports", &[report(vec![case("watched", status), twice, passed("other")])]).await;
            decide(&served, run_id, |_, report| report.variant = "os=linux".into()).await;
        }
        let test = id_of(&served, "watched").await;
        let path = format!("/api/tests/{test}");
        let all = served.all(&path, "history", 100).await;
        assert_eq!(all.len(), 40);
        let order = |entry: &serde_json::Value| std::cmp::Reverse(entry["run"]["createdAt"].as_str().unwrap().to_owned());
        assert!(all.is_sorted_by_key(order));
        for limit in [1, 3, 7, 40] {
            assert_eq!(served.all(&path, "history", limit).await, all, "limit {limit}");
        }
        type Matches = fn(&serde_json::Value) -> bool;
        let cases: [(&str, Matches); 8] = [
            ("status=failed", |entry| entry["run"]["id"].as_i64().unwrap() % 6 == 0),
            ("branch=topic", |entry| entry["run"]["id"].as_i64().unwrap() % 4 == 0),
            ("branch=none", |_| false),
            ("workflowId=23", |entry| entry["run"]["id"].as_i64().unwrap() % 5 == 0),
            ("variant=os%3Dlinux", |entry| entry["variant"] == "os=linux"),
            ("variant=os%3Dlinux%3B+project%3Dsafari", |entry| entry["variant"] == "os=linux; project=safari"),
            ("variant=safari", |_| false),
            ("branch=topic&workflowId=23&status=passed", |entry| entry["run"]["id"] == 20),
        ];
        for (query, matches) in cases {
            let expected: Vec<_> = all.iter().filter(|entry| matches(entry)).cloned().collect();
            for limit in [1, 100] {
                assert_eq!(served.all(&format!("{path}?{query}"), "history", limit).await, expected, "{query}, limit {limit}");
            }
        }
        let entry = all.iter().find(|entry| entry["run"]["id"] == 12).unwrap();
        assert_eq!((entry["onDefault"].as_bool(), entry["fork"].as_bool(), entry["message"].as_str()), (Some(false), Some(false), Some("watched broke")));
        assert_eq!((entry["workflowName"].as_str(), entry["attempt"].as_i64()), (Some("tests"), Some(1)));

        let detail = served.get(&path).await.json();
        assert_eq!(detail["branches"], serde_json::json!(["main", "topic"]));
        assert_eq!(texts(&detail["variants"], "variant"), ["os=linux", "os=linux; project=safari"]);
        let variant = &detail["variants"][0];
        assert_eq!((variant["results"].as_i64(), variant["failures"].as_i64(), variant["p50DurationMs"].as_i64()), (Some(20), Some(3), Some(100)));
        assert_eq!((detail["durations"]["results"].as_i64(), detail["durations"]["maxMs"].as_i64()), (Some(34), Some(100)));
        assert_eq!(texts(&detail["families"], "title"), ["watched broke"]);
        assert_eq!(detail["judgement"]["verdict"], detail["verdict"]);
    }

    async fn executions_carry_what_judgements_are_made_of(store: Store, database: &Database) {
        let runs = [
            Run { tree_sha: "tree".into(), ..hourly(1) },
            Run { branch: "main".into(), event: "pull_request".into(), ..hourly(2) },
            Run { fork: true, event: "push".into(), ..hourly(3) },
            Run { branch: "topic".into(), event: "push".into(), ..hourly(4) },
            hourly(5),
        ];
        build::with_runs(&store, &runs).await;
        let served = Served::new(&store, database).await;
        for run_id in 1..=5 {
            let mut watched = flaky("watched");
            watched.variant = if run_id == 1 { "project=firefox".into() } else { String::new() };
            read(&served, run_id, run_id, "reports", &[report(vec![watched])]).await;
            decide(&served, run_id, |_, report| {
                report.guarded = run_id == 4;
                report.attempt = if run_id == 5 { None } else { Some(run_id) };
                report.job_id = Some(run_id * 10);
                report.variant = if run_id < 3 { "matrix=20".into() } else { String::new() };
                report.standing = if run_id == 5 { Standing::Superseded } else { Standing::Counted };
            }).await;
        }
        let test = id_of(&served, "watched").await;
        let found = store.executions(test, 500).await.unwrap();
        let ids: Vec<i64> = found.iter().map(|execution| execution.run_id).collect();
        assert_eq!(ids, [5, 4, 3, 2, 1]);
        let by = |run_id: i64| &found[5 - run_id as usize];
        assert_eq!([1, 2, 3, 4, 5].map(|id| by(id).on_default), [true, false, false, false, true]);
        assert_eq!([1, 2, 3, 4, 5].map(|id| by(id).fork), [false, false, true, false, false]);
        assert_eq!([1, 2, 3].map(|id| by(id).variant.as_str()), ["matrix=20; project=firefox", "matrix=20", ""]);
        assert_eq!((by(1).tree.as_str(), by(2).tree.as_str()), ("tree", runs[1].head_sha.as_str()));
        assert_eq!((by(4).guarded, by(5).attempt, by(2).attempt, by(2).job_id), (true, 1, 2, Some(20)));
        assert_eq!((by(1).status, by(1).tries, by(1).duration_ms, by(1).at), (TestStatus::Flaky, 2, Some(100), runs[0].created_at));
        assert!(by(1).family_id.is_some());
        assert_eq!(store.executions(test, 2).await.unwrap(), found[..2]);
        // A duplicate tells of no execution of its own.
        decide(&served, 5, |_, report| report.standing = Standing::Duplicate).await;
        assert_eq!(store.executions(test, 500).await.unwrap(), found[1..]);
        assert_eq!(store.executions(test + 1, 500).await.unwrap(), []);
    }

    async fn tests_of_several_repositories_are_told_apart(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1)]).await;
        let other = Repository { id: 12, name: "office".into(), default_branch: "trunk".into(), ..build::repository() };
        store.record_repository(&other).await.unwrap();
        let run = Run { workflow_id: 99, ..build::run(2) };
        store.record_runs(12, &RunPlan { runs: vec![run], ..RunPlan::default() }).await.unwrap();
        let served = Served::new(&store, database).await;
        tested(&served, 1, vec![passed("a"), failed("b")]).await;
        // The builder of artifacts knows the first repository only.
        database.execute("UPDATE run SET repository_id = 11 WHERE id = 2").await;
        tested(&served, 2, vec![failed("c")]).await;
        database.execute("UPDATE run SET repository_id = 12 WHERE id = 2").await;
        database.execute("UPDATE test SET repository_id = 12 WHERE name = 'c'").await;
        database.execute("UPDATE family SET repository_id = 12 WHERE title LIKE 'c %'").await;
        let names = async |path: &str, list: &str, field: &str| {
            let mut names = texts(&served.get(path).await.json()[list], field);
            names.sort();
            names
        };
        assert_eq!(names("/api/tests", "tests", "name").await, ["a", "b", "c"]);
        assert_eq!(names("/api/tests?repository=acme/office", "tests", "name").await, ["c"]);
        assert_eq!(names("/api/tests?repository=acme/shop", "tests", "name").await, ["a", "b"]);
        assert_eq!(names("/api/failures?repository=acme/office", "failures", "title").await, ["c broke"]);
        assert_eq!(names("/api/failures?repository=acme/shop", "failures", "title").await, ["b broke"]);
    }
}
