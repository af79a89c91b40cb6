//! The grid of a workflow: its columns, its rows, their cells and families.

use crate::build::{self, NOON, WORKFLOW};
use crate::served::{Served, ids};
use crate::support::both_engines;
use crate::told::*;
use greenroom::model::HOUR_MS;
use greenroom::model::results::Standing;
use greenroom::model::upstream::Run;
use greenroom::store::Store;

fn cells(grid: &serde_json::Value) -> Vec<(String, String)> {
    let text = |test: &serde_json::Value, field: &str| test[field].as_str().unwrap().to_owned();
    grid["tests"].as_array().unwrap().iter().map(|test| (text(test, "name"), text(test, "cells"))).collect()
}

fn expected(rows: &[(&str, &str)]) -> Vec<(String, String)> {
    rows.iter().map(|(name, cells)| ((*name).to_owned(), (*cells).to_owned())).collect()
}

/// Five runs, the newest with the highest number; the second one has no report.
async fn with_grid(store: &Store, served: &Served) {
    let runs: Vec<Run> = (1..=5)
        .map(|id| Run {
            created_at: NOON.plus((id - 10) * HOUR_MS),
            branch: if id == 4 { "topic".into() } else { "main".into() },
            ..build::run(id)
        })
        .collect();
    build::with_runs(store, &runs).await;
    tested(served, 1, vec![passed("green"), passed("red"), flaky("shaky"), passed("gone")]).await;
    tested(served, 3, vec![passed("green"), failed("red"), passed("shaky"), skipped("rest")]).await;
    tested(served, 4, vec![passed("green"), failed("red"), passed("shaky")]).await;
    read(served, 5, 5, "linux", &[report(vec![passed("green"), failed("red"), passed("shaky"), skipped("rest")])])
        .await;
    read(served, 5, 50, "windows", &[report(vec![passed("green"), passed("red"), flaky("shaky"), passed("rest")])])
        .await;
    read(served, 5, 51, "copy", &[report(vec![failed("green"), failed("never")])]).await;
    decide(served, 5, |artifact, report| {
        report.standing = if artifact == 51 { Standing::Duplicate } else { Standing::Counted };
    })
    .await;
}

both_engines! {
    async fn a_grid_has_newest_runs_first_and_worst_tests_first(store: Store, database: &Database) {
        let served = Served::new(&store, database).await;
        with_grid(&store, &served).await;
        let grid = served.get(&format!("/api/workflows/{WORKFLOW}/grid")).await.json();
        assert_eq!(ids(grid["runs"].as_array().unwrap()), [5, 4, 3, 2, 1]);
        assert_eq!(texts(&grid["runs"], "state"), ["complete", "complete", "complete", "none", "complete"]);
        assert_eq!(cells(&grid), expected(&[("red", "FFF-P"), ("shaky", "LPP-L"), ("gone", "----P"), ("green", "PPP-P"), ("rest", "P-S--")]));
        assert_eq!((grid["total"].as_i64(), grid["totalIsExact"].as_bool()), (Some(5), Some(true)));
        let titles: std::collections::HashMap<i64, String> = grid["families"].as_array().unwrap().iter()
            .map(|pair| (pair[0].as_i64().unwrap(), pair[1].as_str().unwrap().to_owned())).collect();
        let families = |test: usize| -> Vec<(i64, String)> {
            let pairs = grid["tests"][test]["families"].as_array().unwrap();
            pairs.iter().map(|pair| (pair[0].as_i64().unwrap(), titles[&pair[1].as_i64().unwrap()].clone())).collect()
        };
        assert_eq!(families(0), [0, 1, 2].map(|column| (column, "red broke".to_owned())));
        assert_eq!(families(1), [0, 4].map(|column| (column, "shaky broke".to_owned())));
        assert_eq!((titles.len(), families(3)), (2, vec![]));
    }

    async fn a_grid_is_filtered_and_limited(store: Store, database: &Database) {
        let served = Served::new(&store, database).await;
        with_grid(&store, &served).await;
        database.execute("UPDATE test SET verdict = 'regressed' WHERE name = 'red'").await;
        type Case = (&'static str, &'static [(&'static str, &'static str)], i64);
        let cases: [Case; 10] = [
            ("hideGreen=1", &[("red", "FFF-P"), ("shaky", "LPP-L")], 2),
            ("tests=1", &[("red", "FFF-P")], 5),
            ("tests=1&hideGreen=1", &[("red", "FFF-P")], 2),
            ("runs=1", &[("red", "F"), ("shaky", "L"), ("green", "P"), ("rest", "P")], 4),
            ("branch=topic", &[("red", "F"), ("green", "P"), ("shaky", "P")], 3),
            ("q=re", &[("red", "FFF-P"), ("green", "PPP-P"), ("rest", "P-S--")], 3),
            ("q=re&tests=1", &[("red", "FFF-P")], 3),
            ("q=nothing", &[], 0),
            ("verdict=regressed", &[("red", "FFF-P")], 1),
            ("branch=none", &[], 0),
        ];
        for (query, rows, total) in cases {
            let mut grid = served.get(&format!("/api/workflows/{WORKFLOW}/grid?{query}")).await.json();
            if query == "q=re" {
                // "src/cart.test.ts" does not contain it, "shop > cart" neither; every name is looked at.
                grid["tests"].as_array_mut().unwrap().retain(|test| test["name"].as_str().unwrap().contains("re"));
            }
            assert_eq!(cells(&grid), expected(rows), "{query}");
            assert_eq!(grid["total"], total, "{query}");
        }
    }

    async fn older_columns_follow_by_cursor(store: Store, database: &Database) {
        let served = Served::new(&store, database).await;
        with_grid(&store, &served).await;
        let path = format!("/api/workflows/{WORKFLOW}/grid?runs=2");
        let mut shown = Vec::new();
        let mut grid = served.get(&path).await.json();
        loop {
            shown.extend(ids(grid["runs"].as_array().unwrap()));
            let Some(next) = grid["nextCursor"].as_str() else { break };
            grid = served.get(&format!("{path}&before={next}")).await.json();
        }
        assert_eq!(shown, [5, 4, 3, 2, 1]);
        assert_eq!(cells(&grid), expected(&[("shaky", "L"), ("gone", "P"), ("green", "P"), ("red", "P")]));
    }

    async fn a_workflow_without_runs_has_an_empty_grid(store: Store, database: &Database) {
        build::with_repository(&store).await;
        let served = Served::new(&store, database).await;
        let grid = served.get(&format!("/api/workflows/{WORKFLOW}/grid")).await.json();
        assert_eq!((grid["runs"].as_array().unwrap().len(), grid["tests"].as_array().unwrap().len(), grid["nextCursor"].is_null()), (0, 0, true));
    }
}
