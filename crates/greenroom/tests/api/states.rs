//! What a user is told about runs, jobs and artifacts that are not all there.

use crate::build::{self, NOON, OWNER, REPOSITORY};
use crate::served::{NOW, Served};
use crate::support::both_engines;
use fakehub::zip::Entry;
use greenroom::events::RefreshError;
use greenroom::model::task::TaskKind;
use greenroom::model::upstream::Attempt;
use greenroom::model::{ArtifactState, LogState, RefreshSummary, SyncState};
use greenroom::store::{NewTask, OldContent};
use serde_json::json;

both_engines! {
    async fn processing_follows_the_queue(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1), build::running(2), build::run(3)]).await;
        let served = Served::new(&store, database).await;
        let processing = async |id: i64| served.get(&format!("/api/runs/{id}")).await.json()["processing"].clone();
        let nothing = json!({"state": "pending", "error": null, "attempts": 0, "nextRetryAt": null});
        assert_eq!(processing(1).await, nothing);
        assert_eq!(processing(2).await["state"], "processing");

        build::detail(&store, 1, &[]).await;
        assert_eq!(processing(1).await["state"], "processed");
        store.enqueue(&[NewTask { run_id: 1, ..build::task(TaskKind::Recheck, 1) }]).await.unwrap();
        assert_eq!(processing(1).await["state"], "processed", "a second look is nothing a user waits for");

        let claimed = served.list_artifact(5, 1, "a").await;
        assert_eq!(processing(1).await["state"], "processing");
        store.record_failure(&claimed, OWNER, "the connection broke", Some(NOW.plus(60_000))).await.unwrap();
        let failed = json!({"state": "failed", "error": "the connection broke", "attempts": 1, "nextRetryAt": NOW.plus(60_000).to_string()});
        assert_eq!(processing(1).await, failed);
        assert_eq!(served.get("/api/artifacts/5").await.json()["state"], "failed");

        let claimed = served.list_artifact(6, 1, "b").await;
        store.record_failure(&claimed, OWNER, "given up", None).await.unwrap();
        let both = processing(1).await;
        assert_eq!((both["error"].as_str(), both["nextRetryAt"].as_str()), (Some("given up"), Some(&*NOW.plus(60_000).to_string())));
        assert_eq!(processing(3).await, nothing, "one run's failure is not another's");
    }

    async fn attempts_and_jobs_are_shown_apart(store: Store, database: &Database) {
        let run = greenroom::model::upstream::Run { attempt: 2, ..build::run(1) };
        build::with_runs(&store, &[run]).await;
        let first = Attempt { run_id: 1, attempt: 1, status: "completed".into(), conclusion: Some("failure".into()), started_at: Some(NOON), updated_at: NOON.plus(5_000) };
        store.record_attempts(&[first]).await.unwrap();
        let of_attempt = |id: i64, attempt: i64| {
            let job = greenroom::model::upstream::Job { attempt: Some(attempt), name: format!("job {id}"), ..build::job(id, 1) };
            build::job_record(job)
        };
        build::detail(&store, 1, &[of_attempt(11, 1), of_attempt(21, 2), of_attempt(22, 2)]).await;
        let served = Served::new(&store, database).await;

        let run = served.get("/api/runs/1").await.json();
        let attempts: Vec<_> = run["attempts"].as_array().unwrap().iter().map(|attempt| (attempt["attempt"].as_i64(), attempt["conclusion"].as_str())).collect();
        assert_eq!(attempts, [(Some(2), Some("success")), (Some(1), Some("failure"))]);
        let jobs = async |query: &str| -> Vec<i64> {
            let list = served.get(&format!("/api/runs/1/jobs{query}")).await.json();
            crate::served::ids(list["jobs"].as_array().unwrap())
        };
        assert_eq!(jobs("").await, [21, 22]);
        assert_eq!(jobs("?attempt=1").await, [11]);
        assert_eq!(jobs("?attempt=3").await, [0_i64; 0]);
        let job = served.get("/api/runs/1/jobs?attempt=1").await.json()["jobs"][0].clone();
        assert_eq!((job["runnerName"].as_str(), job["labels"][0].as_str()), (Some("runner 1"), Some("ubuntu-latest")));
        assert_eq!(job["log"], json!({"state": "pending", "sizeBytes": null, "reason": null}));
    }

    async fn content_that_is_not_here_says_why(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1)]).await;
        let served = Served::new(&store, database).await;
        served.add_artifact(5, 1, "kept a while", &[Entry::deflated("a.txt", b"a")]).await;
        assert_eq!(served.get("/api/files/5.0/content").await.status, 200);
        let old = OldContent { is_artifact: true, id: 5, run_id: 1, blob: "gone".into() };
        store.forget_content(&old, "older than 90 days").await.unwrap();
        for path in ["/api/files/5.0/content", "/api/files/5.0/view-url", "/api/artifacts/5/zip"] {
            let detail = served.get(path).await.problem(410)["detail"].as_str().unwrap().to_owned();
            assert!(detail.contains("retention") && detail.contains("older than 90 days"), "{detail}");
        }
        assert_eq!(served.get("/api/files/5.0").await.json()["path"], "a.txt", "what is known about it stays");

        let claimed = served.list_artifact(6, 1, "late").await;
        assert!(served.get("/api/artifacts/6/zip").await.problem(404)["detail"].as_str().unwrap().contains("pending"));
        store.record_artifact_without_content(&claimed, OWNER, ArtifactState::Expired, "GitHub dropped it").await.unwrap();
        assert!(served.get("/api/artifacts/6/zip").await.problem(404)["detail"].as_str().unwrap().contains("GitHub dropped it"));

        served.add_job(31, 1, LogState::Unfinished).await;
        assert!(served.get("/api/jobs/31/log").await.problem(404)["detail"].as_str().unwrap().contains("unfinished"));
    }

    async fn sync_tells_live_and_lasting_things_together(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1)]).await;
        let served = Served::new(&store, database).await;
        assert!(served.get("/api/sync").await.json()["lastSyncAt"].is_null());
        store.record_check(REPOSITORY, NOW, None).await.unwrap();
        served.hub.update(|activity| {
            activity.state = SyncState::Operational;
            activity.next_poll_at = Some(NOW.plus(300_000));
        });
        let claimed = served.list_artifact(5, 1, "a").await;
        store.record_failure(&claimed, OWNER, "given up", None).await.unwrap();
        served.list_artifact(6, 1, "b").await;
        let sync = served.get("/api/sync").await.json();
        assert_eq!((sync["state"].as_str(), sync["pending"].as_i64()), (Some("operational"), Some(1)));
        assert_eq!(sync["lastSyncAt"], NOW.to_string());
        assert_eq!(sync["nextPollAt"], NOW.plus(300_000).to_string());
        assert_eq!(sync["repositories"], json!(["acme/shop"]));
        assert_eq!(sync["failed"], json!([{"kind": "artifact", "id": 5, "reason": "given up", "attempts": 1, "nextRetryAt": null}]));
    }

    async fn a_refresh_answers_with_what_the_collector_found(store: Store, database: &Database) {
        let served = Served::new(&store, database).await;
        let mut ear = served.hub.take_ear().unwrap();
        let summary = RefreshSummary { new_runs: 3, updated_runs: 2, new_files: 12, updated_workflows: 1 };
        let outcomes = [
            (Ok(summary), 200, "", ""),
            (Err(RefreshError::Limited { until: NOW.plus(90_500) }), 503, "91", "rate limit"),
            (Err(RefreshError::GitHub("GitHub answered 500".into())), 502, "", "GitHub answered 500"),
            (Err(RefreshError::Internal("the disk is full".into())), 500, "", "the disk is full"),
            (Err(RefreshError::NotRunning), 503, "30", "not running"),
        ];
        for (outcome, status, retry_after, error) in outcomes {
            let is_success = outcome.is_ok();
            let (reply, ()) = tokio::join!(served.ask(axum::http::Method::POST, "/api/refresh", &[]), async {
                ear.recv().await.unwrap().answer.send(outcome).unwrap();
            });
            assert_eq!((reply.status.as_u16(), reply.header("retry-after")), (status, retry_after));
            let body = reply.json();
            assert_eq!(body["success"], is_success);
            if is_success {
                assert_eq!(body["timestamp"], NOW.to_string());
                assert_eq!(body["summary"], json!({"newRuns": 3, "updatedRuns": 2, "newFiles": 12, "updatedWorkflows": 1}));
            } else {
                assert!(body["error"].as_str().unwrap().contains(error), "{body}");
            }
        }
    }
}
