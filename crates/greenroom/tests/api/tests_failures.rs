//! Families of failures: where they occur, and in which order and by which filters they are shown.

use crate::build::{self, NOON};
use crate::served::{Served, ids};
use crate::support::both_engines;
use crate::told::*;
use greenroom::model::results::Standing;
use greenroom::model::upstream::Run;
use greenroom::model::{DAY_MS, HOUR_MS};
use greenroom::store::{CaseRecord, Store};

fn broken(test: &str, why: &str) -> CaseRecord {
    CaseRecord { failure: Some(failure(why)), ..failed(test) }
}

/// Four runs, a day apart: `timeout` in three of them, `typo` on a topic branch alone.
async fn with_families(store: &Store, served: &Served) {
    let run = |id: i64, branch: &str, event: &str| Run {
        branch: branch.into(),
        event: event.into(),
        pull_requests: if event == "pull_request" { vec![40 + id] } else { vec![] },
        created_at: NOON.plus((id - 4) * DAY_MS),
        ..build::run(id)
    };
    build::with_runs(
        store,
        &[
            run(1, "main", "push"),
            run(2, "topic/a", "pull_request"),
            run(3, "topic/b", "pull_request"),
            run(4, "main", "push"),
        ],
    )
    .await;
    tested(served, 1, vec![broken("x", "100% timeout"), broken("y", "100% timeout")]).await;
    tested(served, 2, vec![broken("x", "100% timeout"), broken("z", "typo")]).await;
    tested(served, 3, vec![broken("x", "100% timeout")]).await;
    tested(served, 4, vec![broken("w", "newest")]).await;
}

both_engines! {
    async fn families_tell_where_they_occur(store: Store, database: &Database) {
        let served = Served::new(&store, database).await;
        with_families(&store, &served).await;
        let page = served.get("/api/failures").await.json();
        assert_eq!(texts(&page["failures"], "title"), ["newest", "100% timeout", "typo"]);
        assert_eq!((page["total"].as_i64(), page["totalIsExact"].as_bool()), (Some(3), Some(true)));
        let timeout = &page["failures"][1];
        assert_eq!((timeout["runs"].as_i64(), timeout["tests"].as_i64(), timeout["branchCount"].as_i64()), (Some(3), Some(2), Some(3)));
        assert_eq!(timeout["branches"], serde_json::json!(["topic/b", "topic/a", "main"]));
        assert_eq!(timeout["pullRequests"], serde_json::json!([43, 42]));
        assert_eq!((timeout["firstRunId"].as_i64(), timeout["lastRunId"].as_i64(), timeout["onDefault"].as_bool()), (Some(1), Some(3), Some(true)));
        assert_eq!((page["failures"][2]["onDefault"].as_bool(), timeout["repository"].as_str()), (Some(false), Some("acme/shop")));

        let detail = served.get(&format!("/api/failures/{}", timeout["id"])).await.json();
        assert_eq!(detail["title"], timeout["title"]);
        assert_eq!(texts(&detail["failingTests"], "name"), ["x", "y"]);
        let newest = &detail["failingTests"][0];
        assert_eq!((newest["failures"].as_i64(), newest["lastRunId"].as_i64()), (Some(3), Some(3)));
        let result = served.get("/api/runs/3/tests").await.json()["tests"][0].clone();
        assert_eq!(newest["lastResultId"], result["id"]);
        let runs = detail["failingRuns"].as_array().unwrap();
        assert_eq!(ids(runs), [3, 2, 1]);
        assert_eq!((runs[2]["tests"].as_i64(), runs[0]["pullRequests"][0].as_i64(), runs[0]["event"].as_str()), (Some(2), Some(43), Some("pull_request")));
    }

    async fn a_family_that_only_a_duplicate_knows_is_not_shown(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1)]).await;
        let served = Served::new(&store, database).await;
        read(&served, 1, 11, "xml", &[report(vec![broken("x", "as XML says")])]).await;
        read(&served, 1, 12, "json", &[report(vec![broken("x", "as JSON says")])]).await;
        decide(&served, 1, |artifact, report| {
            report.standing = if artifact == 12 { Standing::Duplicate } else { Standing::Counted };
        }).await;
        let page = served.get("/api/failures").await.json();
        assert_eq!((texts(&page["failures"], "title"), page["total"].as_i64()), (vec!["as XML says".to_owned()], Some(1)));
        let test = id_of(&served, "x").await;
        assert_eq!(texts(&served.get(&format!("/api/tests/{test}")).await.json()["families"], "title"), ["as XML says"]);
    }

    async fn families_are_sorted_filtered_and_paged(store: Store, database: &Database) {
        let served = Served::new(&store, database).await;
        with_families(&store, &served).await;
        let cases = [
            ("sort=runs", vec!["100% timeout", "newest", "typo"]),
            ("sort=lastSeen", vec!["newest", "100% timeout", "typo"]),
            ("q=TIME", vec!["100% timeout"]),
            ("q=100%25+time", vec!["100% timeout"]),
            ("q=%25o", vec![]),
            ("branch=topic%2Fa", vec!["100% timeout", "typo"]),
            ("branch=main", vec!["newest", "100% timeout"]),
            ("branch=none", vec![]),
            ("onDefault=1", vec!["newest", "100% timeout"]),
            ("onDefault=1&branch=topic%2Fa", vec!["100% timeout"]),
            ("onDefault=0", vec!["newest", "100% timeout", "typo"]),
            ("since=1", vec!["newest"]),
            ("since=2", vec!["newest", "100% timeout"]),
            ("since=2&sort=runs", vec!["100% timeout", "newest"]),
            ("repository=acme/shop&q=typo", vec!["typo"]),
            ("repository=acme/none", vec![]),
        ];
        for (query, mut expected) in cases {
            for limit in [1, 2, 100] {
                let mut found: Vec<String> = served.all(&format!("/api/failures?{query}"), "failures", limit).await.iter()
                    .map(|family| family["title"].as_str().unwrap().to_owned()).collect();
                if query == "sort=runs" {
                    // Equal numbers of runs are ordered by id, which is not what this is about.
                    found[1..].sort();
                    expected[1..].sort();
                }
                assert_eq!(found, expected, "{query}, limit {limit}");
            }
            let page = served.get(&format!("/api/failures?limit=1&{query}")).await.json();
            assert_eq!((page["total"].as_i64(), page["totalIsExact"].as_bool()), (Some(expected.len() as i64), Some(true)), "{query}");
        }
    }

    async fn a_search_through_many_families_ends_its_pages(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1), Run { created_at: NOON.plus(-HOUR_MS), ..build::run(2) }]).await;
        let served = Served::new(&store, database).await;
        tested(&served, 1, (0..5_500).map(|n| broken("x", &format!("hay {n}"))).collect()).await;
        tested(&served, 2, vec![broken("y", "needle")]).await;
        // The index finds words of three characters and more.
        let exact = served.get("/api/failures?q=needle").await.json();
        assert_eq!((texts(&exact["failures"], "title"), exact["totalIsExact"].as_bool()), (vec!["needle".to_owned()], Some(true)));
        let first = served.get("/api/failures?q=dl").await.json();
        assert_eq!((first["failures"].as_array().unwrap().len(), first["totalIsExact"].as_bool()), (0, Some(false)));
        let cursor = first["nextCursor"].as_str().unwrap();
        let second = served.get(&format!("/api/failures?q=dl&cursor={cursor}")).await.json();
        assert_eq!((texts(&second["failures"], "title"), second["nextCursor"].as_str()), (vec!["needle".to_owned()], None));
        // The runs of a branch leave few enough.
        let exact = served.get("/api/failures?q=needle&branch=topic").await.json();
        assert_eq!((exact["total"].as_i64(), exact["totalIsExact"].as_bool()), (Some(0), Some(true)));
    }
}
