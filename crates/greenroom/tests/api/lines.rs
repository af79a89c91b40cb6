//! Logs and files by lines: where things are, windows, and search.

use crate::build::{self, NOON, OWNER, REPOSITORY};
use crate::served::Served;
use crate::support::both_engines;
use fakehub::zip::Entry;
use greenroom::blobs::BlobKey;
use greenroom::model::Step;
use greenroom::model::{LogState, task::TaskKind};
use greenroom::store::{JobRecord, NewTask};
use serde_json::{Value, json};

const LOG: &str = "\u{feff}2024-10-04T12:00:05.1000000Z Current runner version: '2.336.0'
2024-10-04T12:00:05.2000000Z ##[group]Operating System
2024-10-04T12:00:05.3000000Z ##[endgroup]
2024-10-04T12:00:06.1000000Z ##[group]Run npm test
2024-10-04T12:00:06.1000000Z \u{1b}[36;1mnpm test\u{1b}[0m
2024-10-04T12:00:06.1000000Z ##[endgroup]
2024-10-04T12:00:07.1000000Z ##[warning]slow
2024-10-04T12:00:08.1000000Z ##[error]Process completed with exit code 1.
2024-10-04T12:00:09.1000000Z Cleaning up orphan processes
";

fn step(number: i64, name: &str, second: i64, conclusion: &str) -> Step {
    let started_at = Some(NOON.plus(second * 1000));
    Step {
        number,
        name: name.into(),
        status: "completed".into(),
        conclusion: Some(conclusion.into()),
        started_at,
        completed_at: started_at.map(|at| at.plus(1000)),
    }
}

async fn add_log_with_steps(served: &Served, job_id: i64, steps: Vec<Step>, log: &[u8]) {
    let job = greenroom::model::upstream::Job { steps, ..build::job(job_id, 1) };
    let record = JobRecord { log_state: LogState::Pending, ..build::job_record(job) };
    build::detail(&served.store, 1, &[record]).await;
    let task = NewTask { run_id: 1, ..build::task(TaskKind::Log, job_id) };
    served.store.enqueue(&[task]).await.unwrap();
    let claimed = served.claim(TaskKind::Log, job_id).await;
    let key = BlobKey::log(REPOSITORY, job_id);
    served.put(&key, log).await;
    served
        .store
        .record_log(&claimed, OWNER, key.as_str(), i64::try_from(log.len()).unwrap(), None, NOON)
        .await
        .unwrap();
}

/// 12,345 lines, each of another length.
fn long() -> String {
    (1..=12_345_usize).map(|n| format!("line {n} {}\n", "x".repeat(n % 97))).collect()
}

async fn answers(served: &Served, path: &str) -> Vec<Value> {
    let reply = served.get(path).await;
    assert_eq!(
        (reply.status.as_u16(), reply.header("content-type")),
        (200, "application/x-ndjson"),
        "{:?}",
        reply.body
    );
    let text = String::from_utf8(reply.body.to_vec()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

both_engines! {
    async fn an_index_tells_steps_groups_and_marks(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1)]).await;
        let served = Served::new(&store, database).await;
        let steps = vec![
            step(1, "Set up job", 5, "success"),
            step(2, "Tests", 6, "failure"),
            step(3, "Upload", 9, "skipped"),
            step(9, "Complete job", 9, "success"),
        ];
        add_log_with_steps(&served, 31, steps, LOG.as_bytes()).await;
        let index = served.get("/api/jobs/31/log/index").await.json();
        assert_eq!((index["lines"].as_u64(), index["sizeBytes"].as_u64()), (Some(9), Some(LOG.len() as u64)));
        assert_eq!(index["groups"], json!([[2, 3, 0], [4, 6, 0]]));
        assert_eq!(
            index["marks"],
            json!([{"line": 7, "level": "warning", "text": "slow"}, {"line": 8, "level": "error", "text": "Process completed with exit code 1."}])
        );
        assert_eq!((index["errors"].as_u64(), index["warnings"].as_u64(), index["isCut"].as_bool()), (Some(1), Some(1), Some(false)));
        assert_eq!(index["minimap"], json!([0, 0, 0, 0, 0, 0, 2, 3, 0]));
        let steps = index["steps"].as_array().unwrap();
        assert_eq!((&steps[0]["firstLine"], &steps[0]["lastLine"]), (&json!(1), &json!(3)));
        assert_eq!((&steps[1]["firstLine"], &steps[1]["lastLine"]), (&json!(4), &json!(8)));
        assert_eq!((&steps[2]["firstLine"], &steps[2]["conclusion"]), (&Value::Null, &json!("skipped")));
        assert_eq!((&steps[3]["firstLine"], &steps[3]["lastLine"], &steps[3]["durationMs"]), (&json!(9), &json!(9), &json!(1000)));
    }

    async fn lines_are_those_of_the_log_wherever_they_begin(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1)]).await;
        let served = Served::new(&store, database).await;
        let text = long();
        served.add_log(31, 1, text.as_bytes()).await;
        served.add_artifact(5, 1, "report", &[Entry::deflated("long.txt", text.as_bytes()), Entry::stored("stored.txt", text.clone())]).await;
        let all: Vec<&str> = text.split_inclusive('\n').collect();
        for path in ["/api/jobs/31/log/lines", "/api/files/5.0/lines", "/api/files/5.1/lines"] {
            for (from, count) in [(1, 1), (1, 5000), (999, 3), (1000, 1), (1001, 2000), (12_345, 10), (7_000, 5_000)] {
                let reply = served.get(&format!("{path}?from={from}&count={count}")).await;
                assert_eq!(reply.header("x-first-line"), from.to_string());
                assert_eq!(reply.header("content-type"), "text/plain; charset=utf-8");
                let end = (from - 1 + count).min(all.len());
                assert!(reply.body == all[from - 1..end].concat(), "{path} {from} {count}");
            }
            assert_eq!(served.get(path).await.body, all[..1000].concat());
            for beyond in ["?from=12346", "?from=9223372036854775807&count=5000"] {
                let reply = served.get(&format!("{path}{beyond}")).await;
                assert_eq!((reply.status.as_u16(), reply.body.len()), (200, 0), "{beyond}");
            }
            for (query, parameter) in [("from=0", "from"), ("from=-1", "from"), ("count=0", "count"), ("count=5001", "count"), ("line=1", "line")] {
                assert_eq!(served.get(&format!("{path}?{query}")).await.problem(400)["parameter"], parameter, "{query}");
            }
        }
        let empty = served.get("/api/files/5.0/index").await.json();
        assert_eq!((empty["lines"].as_u64(), empty["steps"].as_array().map(Vec::len)), (Some(12_345), Some(0)));
    }

    async fn a_line_without_end_costs_a_bounded_answer(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1)]).await;
        let served = Served::new(&store, database).await;
        let mut log = vec![b'x'; 3 << 20];
        log.extend(b"\nend\n");
        served.add_log(31, 1, &log).await;
        let index = served.get("/api/jobs/31/log/index").await.json();
        assert_eq!(index["longLines"], json!([[1, 3 << 20]]));
        let lines = served.get("/api/jobs/31/log/lines").await;
        assert_eq!(lines.body.len(), (32 << 10) + 1 + 4);
        assert!(lines.body.ends_with(b"x\nend\n"));
    }

    async fn search_finds_what_a_reader_sees(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1)]).await;
        let served = Served::new(&store, database).await;
        served.add_log(31, 1, LOG.as_bytes()).await;
        let search = "/api/jobs/31/log/search";
        let done = |matches: u64| json!({"done": true, "matches": matches, "cut": false, "next": null});
        assert_eq!(
            answers(&served, &format!("{search}?q=NPM%20test")).await,
            [json!({"line": 4, "spans": [[4, 12]]}), json!({"line": 5, "spans": [[0, 8]]}), done(2)]
        );
        assert_eq!(answers(&served, &format!("{search}?q=NPM%20test&case=1")).await, [done(0)]);
        assert_eq!(answers(&served, &format!("{search}?q=%23%23%5Bgroup")).await, [done(0)], "markers are no text");
        assert_eq!(answers(&served, &format!("{search}?q=%5Eslow%24&regex=1")).await[0]["line"], 7);
        assert_eq!(answers(&served, &format!("{search}?q=e&from=8&limit=1")).await[1]["next"], 9);
        for (query, parameter) in [("", "q"), ("q=", "q"), ("q=(&regex=1", "q"), ("q=a&limit=50001", "limit"), ("q=a&from=0", "from")] {
            assert_eq!(served.get(&format!("{search}?{query}")).await.problem(400)["parameter"], parameter, "{query}");
        }
    }

    async fn search_goes_on_where_it_was_cut(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1)]).await;
        let served = Served::new(&store, database).await;
        let text = long();
        served.add_artifact(5, 1, "report", &[Entry::deflated("long.txt", text.as_bytes())]).await;
        let expected: Vec<u64> = (1..=12_345).filter(|n| n.to_string().contains('7')).collect();
        let (mut found, mut from) = (Vec::new(), 1);
        loop {
            let mut told = answers(&served, &format!("/api/files/5.0/search?q=7&from={from}&limit=1000")).await;
            let end = told.pop().unwrap();
            assert_eq!(end["matches"].as_u64(), Some(told.len() as u64));
            found.extend(told.iter().map(|hit| hit["line"].as_u64().unwrap()));
            match end["next"].as_u64() {
                Some(next) => from = next,
                None => break,
            }
        }
        assert_eq!(found, expected);
    }

    async fn a_log_that_is_not_here_says_why_by_lines_too(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1)]).await;
        let served = Served::new(&store, database).await;
        served.add_job(31, 1, LogState::Unfinished).await;
        for path in ["index", "lines", "search?q=a"] {
            let problem = served.get(&format!("/api/jobs/31/log/{path}")).await.problem(404);
            assert!(problem["detail"].as_str().unwrap().contains("unfinished"), "{problem}");
            served.get(&format!("/api/jobs/99/log/{path}")).await.problem(404);
            served.get(&format!("/api/files/9.9/{path}")).await.problem(404);
        }
    }
}
