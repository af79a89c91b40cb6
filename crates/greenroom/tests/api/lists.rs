//! Lists: paging by key, filters, and parameters that are wrong.

use crate::build::{self, NOON, REPOSITORY, WORKFLOW};
use crate::served::{Served, ids};
use crate::support::both_engines;
use fakehub::zip::Entry;
use greenroom::model::upstream::Run;
use greenroom::model::{DAY_MS, HOUR_MS};
use greenroom::store::Store;

/// Sixty runs of all sorts, some of them made in the same second.
fn assorted_runs() -> Vec<Run> {
    (1..=60)
        .map(|id| Run {
            workflow_id: if id % 5 == 0 { 23 } else { WORKFLOW },
            created_at: NOON.plus(-(id / 3) * HOUR_MS),
            status: if id % 10 == 0 { "in_progress".into() } else { "completed".into() },
            conclusion: match id % 10 {
                0 => None,
                1 | 2 => Some("failure".into()),
                3 => Some("cancelled".into()),
                _ => Some("success".into()),
            },
            branch: if id % 4 == 0 { "release/1.0".into() } else { "main".into() },
            event: if id % 6 == 0 { "pull_request".into() } else { "push".into() },
            actor: if id % 7 == 0 { "grace".into() } else { "ada".into() },
            head_sha: format!("{:08x}{:032x}", id % 9, id),
            title: format!("Fix 100%_of \\ things in Ümlaut part {id}"),
            ..build::run(id)
        })
        .collect()
}

async fn with_assorted_runs(store: &Store) -> Vec<Run> {
    let mut runs = assorted_runs();
    build::with_repository(store).await;
    store.record_workflows(REPOSITORY, &[build::workflow(23, "nightly")]).await.unwrap();
    build::record(store, &runs).await;
    runs.sort_by_key(|run| std::cmp::Reverse((run.created_at, run.id)));
    runs
}

both_engines! {
    async fn pages_of_any_size_show_the_same_runs(store: Store, database: &Database) {
        let runs = with_assorted_runs(&store).await;
        let served = Served::new(&store, database).await;
        let expected: Vec<i64> = runs.iter().map(|run| run.id).collect();
        for limit in [1, 7, 60, 100] {
            assert_eq!(ids(&served.all("/api/runs", "runs", limit).await), expected, "limit {limit}");
        }
        let first = served.get("/api/runs").await.json();
        assert_eq!((first["total"].as_i64(), first["totalIsExact"].as_bool()), (Some(60), Some(true)));
        assert_eq!(first["runs"].as_array().unwrap().len(), 50);

        let of_workflow: Vec<i64> = runs.iter().filter(|run| run.workflow_id == 23).map(|run| run.id).collect();
        for limit in [1, 7, 100] {
            assert_eq!(ids(&served.all("/api/workflows/23/runs", "runs", limit).await), of_workflow, "limit {limit}");
        }
    }

    async fn a_search_for_words_goes_through_a_long_history_page_by_page(store: Store, database: &Database) {
        const RUNS: i64 = 11_000;
        build::with_repository(&store).await;
        let title = |id: i64| if id == 1 || id == 5_500 { "the needle".to_owned() } else { "hay".to_owned() };
        let runs: Vec<Run> =
            (1..=RUNS).map(|id| Run { title: title(id), created_at: NOON.plus((id - RUNS) / 2), ..build::run(id) }).collect();
        for runs in runs.chunks(1_000) {
            build::record(&store, runs).await;
        }
        let served = Served::new(&store, database).await;
        for list in ["/api/runs?q=needle".to_owned(), format!("/api/workflows/{WORKFLOW}/runs?q=needle")] {
            let mut cursor = String::new();
            let mut pages = Vec::new();
            loop {
                let page = served.get(&format!("{list}{cursor}")).await.json();
                pages.push(ids(page["runs"].as_array().unwrap()));
                assert!(pages.len() <= 12, "{list} does not come to an end");
                match page["nextCursor"].as_str() {
                    Some(next) => cursor = format!("&cursor={next}"),
                    None => break,
                }
                assert_eq!(page["totalIsExact"], false, "nobody has looked through all runs");
            }
            assert!(pages.len() >= 3, "{list} looks through everything at once");
            assert_eq!(pages.concat(), [5_500, 1], "{list}");
        }
        let short = served.get("/api/runs?q=needle&from=2000-01-01T00:00:00Z&to=2001-01-01T00:00:00Z").await.json();
        assert_eq!((short["total"].as_i64(), short["totalIsExact"].as_bool()), (Some(0), Some(true)));
    }

    async fn each_filter_shows_exactly_what_matches(store: Store, database: &Database) {
        let runs = with_assorted_runs(&store).await;
        let served = Served::new(&store, database).await;
        type Matches = fn(&Run) -> bool;
        let cases: [(&str, Matches); 23] = [
            ("repository=acme/shop", |_| true),
            ("repository=ACME/Shop", |_| true),
            ("repository=acme/other", |_| false),
            ("status=completed", |run| run.status == "completed"),
            ("status=in_progress", |run| run.status == "in_progress"),
            ("status=failure", |run| run.conclusion.as_deref() == Some("failure")),
            ("status=brand_new_status", |_| false),
            ("conclusion=cancelled", |run| run.conclusion.as_deref() == Some("cancelled")),
            ("branch=release%2F1.0", |run| run.branch == "release/1.0"),
            ("branch=release", |_| false),
            ("event=pull_request", |run| run.event == "pull_request"),
            ("actor=grace", |run| run.actor == "grace"),
            ("headSha=00000007", |run| run.head_sha.starts_with("00000007")),
            ("headSha=0000000", |_| true),
            ("headSha=0000000500000000000000000000000000000005", |run| run.id == 5),
            ("from=1970-01-01T00:00:00Z", |_| true),
            ("to=1970-01-01T00:00:00Z", |_| false),
            ("q=part", |_| true),
            ("q=100%25_of", |_| true),
            ("q=100x_of", |_| false),
            ("q=%5C", |_| true),
            ("q=GRACE+part", |run| run.actor == "grace"),
            ("branch=main&event=push&status=success&q=ada", |run| {
                run.branch == "main" && run.event == "push" && run.conclusion.as_deref() == Some("success") && run.actor == "ada"
            }),
        ];
        for (query, matches) in cases {
            let expected: Vec<i64> = runs.iter().filter(|run| matches(run)).map(|run| run.id).collect();
            for limit in [4, 100] {
                assert_eq!(ids(&served.all(&format!("/api/runs?{query}"), "runs", limit).await), expected, "{query}, limit {limit}");
            }
            assert_eq!(served.get(&format!("/api/runs?{query}&limit=1")).await.json()["total"], expected.len(), "{query}");
        }
        let (from, to) = (NOON.plus(-10 * HOUR_MS), NOON.plus(-5 * HOUR_MS));
        let expected: Vec<i64> = runs.iter().filter(|run| run.created_at >= from && run.created_at <= to).map(|run| run.id).collect();
        assert_eq!(expected.len(), 18);
        assert_eq!(ids(&served.all(&format!("/api/runs?from={from}&to={to}"), "runs", 5).await), expected);
    }

    async fn n12_a_wrong_parameter_is_named(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1)]).await;
        let served = Served::new(&store, database).await;
        let foreign = {
            served.add_artifact(5, 1, "a", &[Entry::deflated("a", b"a"), Entry::deflated("b", b"b")]).await;
            served.get("/api/runs/1/files?limit=1").await.json()["nextCursor"].as_str().unwrap().to_owned()
        };
        let long = "x".repeat(300);
        for (path, name) in [
            ("/api/runs?limit=0", "limit"),
            ("/api/runs?limit=101", "limit"),
            ("/api/runs?limit=abc", "limit"),
            ("/api/runs?limit=-1", "limit"),
            ("/api/runs?limit=9223372036854775808", "limit"),
            ("/api/runs?limit=1&limit=2", "limit"),
            ("/api/runs?cursor=garbage", "cursor"),
            (&format!("/api/runs?cursor={foreign}"), "cursor"),
            ("/api/runs?from=yesterday", "from"),
            ("/api/runs?to=2026-13-01T00:00:00Z", "to"),
            ("/api/runs?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z", "to"),
            ("/api/runs?status=not%20a%20word", "status"),
            ("/api/runs?conclusion=%27", "conclusion"),
            ("/api/runs?event=%00", "event"),
            ("/api/runs?repository=acme", "repository"),
            ("/api/runs?headSha=abc", "headSha"),
            ("/api/runs?headSha=zzzzzzzzz", "headSha"),
            ("/api/runs?branch=a%00b", "branch"),
            (&format!("/api/runs?actor={long}"), "actor"),
            (&format!("/api/runs?q={long}"), "q"),
            ("/api/runs?q=a+b+c+d+e+f+g+h+i", "q"),
            ("/api/runs?page=2", "page"),
            ("/api/runs?head_sha=abcdefg", "head_sha"),
            ("/api/workflows/22/runs?limit=0", "limit"),
            ("/api/workflows?limit=1", "limit"),
            ("/api/runs/1?x=1", "x"),
            ("/api/runs/1/jobs?attempt=x", "attempt"),
            ("/api/runs/1/jobs?attempt=0", "attempt"),
            ("/api/runs/1/files?type=movie", "type"),
            ("/api/runs/1/files?artifactId=x", "artifactId"),
            ("/api/runs/1/files?cursor=AAAA", "cursor"),
            ("/api/files/5.0/content?download=maybe", "download"),
            ("/api/files/5.0/content?a%0d%0ab=1", "a\\r\\nb"),
            ("/api/sync?verbose", "verbose"),
        ] {
            let problem = served.get(path).await.problem(400);
            assert_eq!(problem["parameter"], name, "{path}");
        }
    }

    async fn unknown_ids_and_addresses_are_404(store: Store, database: &Database) {
        let served = Served::new(&store, database).await;
        for path in [
            "/api/workflows/1", "/api/workflows/1/runs", "/api/workflows/x", "/api/runs/1", "/api/runs/:id", "/api/runs/-1", "/api/runs/1/jobs",
            "/api/runs/1/files", "/api/runs/99999999999999999999", "/api/jobs/1/log", "/api/artifacts/1", "/api/artifacts/1/zip", "/api/files/1.0",
            "/api/files/1", "/api/files/1.0/content", "/api/files/1.0/view-url", "/api/files/..%2f..%2fetc%2fpasswd/content", "/api", "/api/", "/api/nothing",
            "/api/runs/1/", "/_view", "/_view/",
        ] {
            served.get(path).await.problem(404);
        }
    }

    async fn workflows_come_failing_first_with_their_figures(store: Store, database: &Database) {
        build::with_repository(&store).await;
        let disabled = greenroom::model::upstream::Workflow { state: "disabled_manually".into(), ..build::workflow(5, "disabled") };
        let others = [build::workflow(1, "passing"), build::workflow(2, "failing"), build::workflow(3, "running"), build::workflow(4, "main-fails"), disabled];
        store.record_workflows(REPOSITORY, &others).await.unwrap();
        let ran = |id: i64, workflow_id: i64, conclusion: &str, minutes: i64| Run {
            workflow_id,
            conclusion: Some(conclusion.into()),
            created_at: NOON.plus(id),
            started_at: Some(NOON.plus(id)),
            updated_at: NOON.plus(id + minutes * 60_000),
            ..build::run(id)
        };
        let mut runs: Vec<Run> = (1..=10).map(|id| ran(id, 1, if id == 1 { "failure" } else { "success" }, id)).collect();
        runs.push(Run { created_at: NOON.plus(-31 * DAY_MS), ..ran(11, 1, "failure", 500) });
        runs.extend([ran(20, 2, "success", 1), ran(21, 2, "timed_out", 1), ran(22, 2, "cancelled", 1)]);
        runs.extend([ran(30, 3, "success", 1), Run { status: "queued".into(), conclusion: None, ..ran(31, 3, "", 1) }]);
        runs.extend([ran(40, 4, "failure", 1), Run { branch: "topic".into(), ..ran(41, 4, "success", 1) }]);
        runs.push(ran(50, 5, "failure", 1));
        build::record(&store, &runs).await;
        let served = Served::new(&store, database).await;

        let list = served.get("/api/workflows").await.json();
        let workflows = list.as_array().unwrap();
        assert_eq!(ids(workflows), [4, 2, 3, 1, WORKFLOW, 5]);
        let passing = &workflows[3];
        assert_eq!(passing["repository"], "acme/shop");
        assert_eq!(passing["latestRun"]["id"], 10);
        assert_eq!(passing["recentRuns"].as_array().unwrap().len(), 11);
        assert_eq!(passing["recentRuns"][0]["id"], 10);
        let stats = &passing["stats"];
        assert_eq!((stats["windowDays"].as_i64(), stats["totalRuns"].as_i64()), (Some(30), Some(10)));
        assert_eq!((stats["succeeded"].as_i64(), stats["failed"].as_i64()), (Some(9), Some(1)));
        assert_eq!(stats["successRate"].as_f64(), Some(0.9));
        assert_eq!(stats["averageDurationMs"], 330_000);
        assert_eq!((stats["p50DurationMs"].as_i64(), stats["p95DurationMs"].as_i64()), (Some(300_000), Some(600_000)));
        let never_ran = served.get(&format!("/api/workflows/{WORKFLOW}")).await.json();
        assert!(never_ran["latestRun"].is_null() && never_ran["stats"]["successRate"].is_null() && never_ran["stats"]["p50DurationMs"].is_null());

        // Percentiles are kept between calls and follow what happens.
        build::record(&store, &[ran(60, 1, "success", 1000)]).await;
        let stats = served.get("/api/workflows/1").await.json()["stats"].clone();
        assert_eq!((stats["p50DurationMs"].as_i64(), stats["p95DurationMs"].as_i64()), (Some(360_000), Some(60_000_000)));
    }

    async fn pages_and_filters_of_files_agree(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1), build::run(2)]).await;
        let served = Served::new(&store, database).await;
        let pixel = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0";
        for id in [5, 6] {
            let mut entries: Vec<Entry> = (0..9).map(|n| Entry::deflated(format!("logs/Part {n}_100%.txt"), b"text")).collect();
            entries.push(Entry::stored("shot.png", pixel.to_vec()));
            entries.push(Entry::deflated("a/result.json", b"{}"));
            entries.push(Entry::deflated("b.bin", b"\0\x01\x02\xff"));
            served.add_artifact(id, 1, &format!("artifact-{id}"), &entries).await;
        }
        served.add_artifact(7, 2, "elsewhere", &[Entry::deflated("x.txt", b"x")]).await;

        let of = async |query: &str, limit| -> Vec<String> {
            let files = served.all(&format!("/api/runs/1/files{query}"), "files", limit).await;
            files.iter().map(|file| file["id"].as_str().unwrap().to_owned()).collect()
        };
        let expected: Vec<String> = [6, 5].iter().flat_map(|id| (0..12).map(move |n| format!("{id}.{n}"))).collect();
        for limit in [1, 7, 24, 100] {
            assert_eq!(of("", limit).await, expected, "limit {limit}");
        }
        assert_eq!(of("?type=image", 1).await, ["6.9", "5.9"]);
        assert_eq!(of("?type=json", 100).await, ["6.10", "5.10"]);
        assert_eq!(of("?type=binary&artifactId=5", 100).await, ["5.11"]);
        assert_eq!(of("?artifactId=5&q=part%203", 100).await, ["5.3"]);
        assert_eq!(of("?q=_100%25", 100).await.len(), 18);
        assert_eq!(of("?q=x100", 100).await.len(), 0);
        assert_eq!(of("?artifactId=7", 100).await.len(), 0);
        assert_eq!(served.get("/api/runs/1/files?type=text&limit=2").await.json()["total"], 18);

        let file = served.get("/api/files/6.9").await.json();
        assert_eq!(file["path"], "shot.png");
        assert_eq!((file["type"].as_str(), file["mediaType"].as_str()), (Some("image"), Some("image/png")));
        assert_eq!((file["runId"].as_i64(), file["artifactName"].as_str()), (Some(1), Some("artifact-6")));
        assert_eq!(file["url"], "/api/files/6.9/content");
        assert!(file.get("pathBase64").is_none());
        let summary = served.get("/api/runs/1").await.json()["summary"].clone();
        let counts = ["artifacts", "files", "images", "json", "text", "binary"].map(|name| summary[name].as_i64().unwrap());
        assert_eq!(counts, [2, 24, 2, 2, 18, 2]);
        assert_eq!(summary["sizeBytes"], 2 * (9 * 4 + pixel.len() + 2 + 4));
    }

    async fn a_count_beyond_ten_thousand_says_that_it_is_not_exact(store: Store, database: &Database) {
        build::with_repository(&store).await;
        let runs: Vec<Run> = (1..=10_005).map(build::run).collect();
        build::record(&store, &runs).await;
        let served = Served::new(&store, database).await;
        let page = served.get("/api/runs?limit=1").await.json();
        assert_eq!((page["total"].as_i64(), page["totalIsExact"].as_bool()), (Some(10_001), Some(false)));
    }

    async fn names_that_are_not_utf8_keep_their_bytes(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1)]).await;
        let served = Served::new(&store, database).await;
        served.add_artifact(5, 1, "a", &[Entry::deflated(b"caf\xe9.txt".to_vec(), b"x"), Entry::deflated("e\u{301}.txt", b"y")]).await;
        let files = served.all("/api/runs/1/files", "files", 100).await;
        assert_eq!(files[0]["pathBase64"], "Y2Fm6S50eHQ=");
        assert!(files[1].get("pathBase64").is_none());
        assert_eq!(served.get("/api/files/5.0/content").await.body, "x");
    }
}
