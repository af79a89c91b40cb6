//! Artifacts and logs: listed, fetched, failed, removed by retention.

use crate::build::*;
use crate::support::both_engines;
use greenroom::model::results::{TestTotals, TestsState};
use greenroom::model::task::TaskKind;
use greenroom::model::upstream::Artifact;
use greenroom::model::{ArtifactState, FileType, LogState, RunSummary};
use greenroom::store::{ArtifactContent, EntryRow, FileQuery, Lane, OldContent, Store, StoreError};

both_engines! {
    async fn artifacts_listed_twice_give_the_same_rows(store: Store, _database: &Database) {
        let listed = [(artifact(20), 1, Some(1)), (Artifact { expired: true, ..artifact(21) }, 1, None)];
        with_runs(&store, &[run(1)]).await;
        store.record_artifacts(REPOSITORY, &listed, &[task(TaskKind::Artifact, 20)]).await.unwrap();
        let before = store.run(1).await.unwrap().unwrap().artifacts;
        store.record_artifacts(REPOSITORY, &listed, &[]).await.unwrap();
        store.record_artifacts(REPOSITORY, &[], &[]).await.unwrap();
        assert_eq!(store.run(1).await.unwrap().unwrap().artifacts, before);
        let known = store.known_artifacts(&[20, 21, 22]).await.unwrap();
        assert_eq!((known[&20], known[&21]), ((ArtifactState::Pending, false), (ArtifactState::Expired, true)));
        assert_eq!(known.len(), 2);
        assert!(store.known_artifacts(&[]).await.unwrap().is_empty());
        assert!(before.iter().find(|artifact| artifact.id == 21).unwrap().reason.is_some());
    }

    async fn listing_an_artifact_again_keeps_what_is_known_better(store: Store, _database: &Database) {
        with_runs(&store, &[run(1)]).await;
        store.record_artifacts(REPOSITORY, &[(artifact(20), 1, Some(1))], &[]).await.unwrap();
        let again = Artifact { digest: None, expired: true, ..artifact(20) };
        store.record_artifacts(REPOSITORY, &[(again, 1, None)], &[]).await.unwrap();
        let found = store.artifact(20).await.unwrap().unwrap();
        assert_eq!((found.attempt, found.digest.as_deref(), found.expired), (Some(1), Some("sha256:aa"), true));
        assert_eq!(found.state, ArtifactState::Pending, "it is for the fetch to find out");
    }

    async fn content_written_twice_gives_the_same_rows(store: Store, _database: &Database) {
        with_artifact(&store).await;
        let whole = content(vec![
            entry(0, "a.png", FileType::Image, 100),
            entry(1, "b.json", FileType::Json, 20),
            entry(2, "c.txt", FileType::Text, 3),
            EntryRow { raw_path: Some(vec![0xff, 0x00, 0x41]), flags: "unsafe-name corrupt".into(), ..entry(4, "d\u{fffd}", FileType::Binary, 7) },
        ]);
        fetch(&store, 20, &whole).await;
        let files = all_files(&store).await;
        let summary = RunSummary {
            artifacts: 1,
            files: 4,
            images: 1,
            json: 1,
            text: 1,
            binary: 1,
            size_bytes: 130,
            tests: TestTotals { state: TestsState::Pending, ..TestTotals::default() },
        };
        assert_eq!(store.run(1).await.unwrap().unwrap().run.summary, summary);
        fetch(&store, 20, &whole).await;
        assert_eq!(all_files(&store).await, files);
        assert_eq!(store.run(1).await.unwrap().unwrap().run.summary, summary);

        assert_eq!(files.iter().map(|file| file.id.as_str()).collect::<Vec<_>>(), ["20.0", "20.1", "20.2", "20.4"]);
        assert_eq!(files[3].path_base64.as_deref(), Some("/wBB"));
        assert_eq!(files[3].flags, ["unsafe-name", "corrupt"]);
        let stored = store.file(20, 4).await.unwrap().unwrap();
        assert_eq!((stored.method, stored.data_offset, stored.crc32, stored.is_single), (8, 430, 4_000_000_000, false));
        assert_eq!(store.file(20, 3).await.unwrap(), None);
        let found = store.files_by_path(20, &["c.txt", "a.png", "nothing"]).await.unwrap();
        assert_eq!(found.iter().map(|found| found.file.path.as_str()).collect::<Vec<_>>(), ["a.png", "c.txt"]);
    }

    async fn content_fetched_anew_replaces_the_old_files(store: Store, _database: &Database) {
        with_artifact(&store).await;
        fetch(&store, 20, &content((0..5).map(|at| entry(at, "old", FileType::Text, 1)).collect())).await;
        fetch(&store, 20, &content(vec![entry(0, "new", FileType::Text, 9)])).await;
        let files = all_files(&store).await;
        assert_eq!((files.len(), files[0].path.as_str(), files[0].size_bytes), (1, "new", 9));
        assert_eq!(store.artifact(20).await.unwrap().unwrap().file_count, 1);
    }

    async fn an_artifact_of_many_thousand_files_is_written_whole(store: Store, database: &Database) {
        with_artifact(&store).await;
        let entries = (0..12_345).map(|at| entry(at, &format!("folder/{at}.txt"), FileType::Text, 2)).collect();
        fetch(&store, 20, &content(entries)).await;
        assert_eq!(database.number("SELECT count(*) FROM file").await, 12_345);
        assert_eq!(store.run(1).await.unwrap().unwrap().run.summary.size_bytes, 24_690);
    }

    async fn nothing_of_a_late_fetch_is_written(store: Store, database: &Database) {
        with_artifact(&store).await;
        store.enqueue(&[task(TaskKind::Artifact, 20)]).await.unwrap();
        let late = store.claim(Lane::Download, "late", NOON, NOON.plus(1)).await.unwrap().unwrap();
        let next = store.claim(Lane::Download, "next", NOON.plus(1), NOON.plus(99)).await.unwrap().unwrap();
        store.record_fetching(20).await.unwrap();

        let fenced = |result: Result<(), StoreError>| matches!(result, Err(StoreError::Fenced { .. }));
        assert!(fenced(store.record_artifact_content(&late, "late", &content(vec![entry(0, "late", FileType::Text, 1)])).await));
        assert!(fenced(store.record_artifact_without_content(&late, "late", ArtifactState::Gone, "404").await));
        assert!(fenced(store.record_failure(&late, "late", "late trouble", None).await));
        let found = store.artifact(20).await.unwrap().unwrap();
        assert_eq!((found.state, found.reason), (ArtifactState::Fetching, None));
        assert_eq!(database.number("SELECT count(*) FROM file").await, 0);

        store.record_artifact_content(&next, "next", &content(vec![entry(0, "next", FileType::Text, 1)])).await.unwrap();
        assert!(fenced(store.record_failure(&late, "late", "later trouble", Some(NOON)).await));
        assert_eq!(store.artifact(20).await.unwrap().unwrap().state, ArtifactState::Complete);
        let left = store.queue_counts().await.unwrap();
        assert_eq!((left.artifacts, left.reading), (0, 1), "its reports are to be read");
    }

    async fn an_artifact_given_back_is_no_longer_being_fetched(store: Store, _database: &Database) {
        with_artifact(&store).await;
        let state = async || store.artifact(20).await.unwrap().unwrap().state;
        let first = claimed(&store, TaskKind::Artifact, 20).await;
        store.record_fetching(20).await.unwrap();
        store.release(&first, "somebody else", NOON).await.unwrap();
        assert_eq!(state().await, ArtifactState::Fetching);
        store.release(&first, OWNER, NOON).await.unwrap();
        assert_eq!(state().await, ArtifactState::Pending);

        claimed(&store, TaskKind::Artifact, 20).await;
        store.record_fetching(20).await.unwrap();
        store.release_all(OWNER).await.unwrap();
        assert_eq!(state().await, ArtifactState::Pending);
    }

    async fn an_artifact_without_content_says_why(store: Store, _database: &Database) {
        with_artifact(&store).await;
        let claimed = claimed(&store, TaskKind::Artifact, 20).await;
        store.record_artifact_without_content(&claimed, OWNER, ArtifactState::Expired, "GitHub answered 410").await.unwrap();
        let found = store.artifact(20).await.unwrap().unwrap();
        assert_eq!((found.state, found.reason.as_deref(), found.expired), (ArtifactState::Expired, Some("GitHub answered 410"), true));
        assert_eq!(store.queue_counts().await.unwrap().artifacts, 0);
        assert_eq!(store.artifact_to_fetch(20).await.unwrap().unwrap().state, "expired");
        assert_eq!(store.artifact_to_fetch(99).await.unwrap(), None);
    }

    async fn a_rejected_archive_keeps_its_bytes_and_its_reason(store: Store, _database: &Database) {
        with_artifact(&store).await;
        let rejected = ArtifactContent { state: ArtifactState::Rejected, reason: Some("overlapping entries".into()), form: "single", ..content(vec![]) };
        fetch(&store, 20, &rejected).await;
        let found = store.artifact_blob(20).await.unwrap().unwrap();
        assert_eq!((found.artifact.state, found.artifact.reason.as_deref()), (ArtifactState::Rejected, Some("overlapping entries")));
        assert_eq!((found.blob.as_deref(), found.bytes, found.is_single), (Some("artifacts/1.zip"), 900, true));
        assert_eq!(found.sha256.as_deref(), Some("aa"));
    }

    async fn an_artifact_that_keeps_failing_is_quarantined_until_a_refresh(store: Store, _database: &Database) {
        with_artifact(&store).await;
        let state = async || store.artifact(20).await.unwrap().unwrap().state;
        let first = claimed(&store, TaskKind::Artifact, 20).await;
        store.record_fetching(20).await.unwrap();
        assert_eq!(state().await, ArtifactState::Fetching);
        store.record_failure(&first, OWNER, "reset", Some(NOON)).await.unwrap();
        assert_eq!(state().await, ArtifactState::Failed);
        let second = claim(&store, Lane::Download).await.unwrap();
        store.record_failure(&second, OWNER, "reset again", None).await.unwrap();
        assert_eq!(state().await, ArtifactState::Quarantined);
        assert_eq!(store.artifact(20).await.unwrap().unwrap().reason.as_deref(), Some("reset again"));
        store.retry_failed(NOON).await.unwrap();
        assert_eq!(state().await, ArtifactState::Pending);
        assert_eq!(claim(&store, Lane::Download).await.unwrap().attempts, 1);
    }

    async fn logs_are_complete_missing_or_failed(store: Store, _database: &Database) {
        with_runs(&store, &[run(1)]).await;
        detail(&store, 1, &[job_record(job(10, 1)), job_record(job(11, 1)), job_record(job(12, 1))]).await;
        let complete = claimed(&store, TaskKind::Log, 10).await;
        store.record_log(&complete, OWNER, "logs/10", 5, None, NOON).await.unwrap();
        let missing = claimed(&store, TaskKind::Log, 11).await;
        store.record_log_without_content(&missing, OWNER, LogState::Missing, "no step ever ran").await.unwrap();
        let failed = claimed(&store, TaskKind::Log, 12).await;
        store.record_failure(&failed, OWNER, "timeout", None).await.unwrap();
        let states = store.log_states(1).await.unwrap();
        assert_eq!((states[&10], states[&11], states[&12]), (LogState::Complete, LogState::Missing, LogState::Failed));
        assert_eq!(store.job_log(11).await.unwrap().unwrap().log.reason.as_deref(), Some("no step ever ran"));
        assert_eq!(store.retry_failed(NOON).await.unwrap(), 1);
        assert_eq!(store.log_states(1).await.unwrap()[&12], LogState::Pending);
        assert_eq!(store.job_log(99).await.unwrap(), None);
    }

    async fn retention_takes_old_content_and_leaves_the_rest(store: Store, _database: &Database) {
        with_artifact(&store).await;
        store.record_artifacts(REPOSITORY, &[(artifact(21), 1, None)], &[]).await.unwrap();
        detail(&store, 1, &[job_record(job(10, 1))]).await;
        fetch(&store, 20, &content(vec![entry(0, "old.txt", FileType::Text, 1)])).await;
        let newer = ArtifactContent { content_at: NOON.plus(10), blob: "artifacts/21.zip".into(), ..content(vec![]) };
        fetch(&store, 21, &newer).await;
        let log = claimed(&store, TaskKind::Log, 10).await;
        store.record_log(&log, OWNER, "logs/10", 5, None, NOON.plus(1)).await.unwrap();

        assert_eq!(store.content_made_before(NOON, 10).await.unwrap(), []);
        let old = store.content_made_before(NOON.plus(10), 10).await.unwrap();
        assert_eq!(old, [
            OldContent { is_artifact: true, id: 20, run_id: 1, blob: "artifacts/1.zip".into() },
            OldContent { is_artifact: false, id: 10, run_id: 1, blob: "logs/10".into() },
        ]);
        assert_eq!(store.content_made_before(NOON.plus(99), 1).await.unwrap()[0].id, 20, "oldest first");
        for one in &old {
            store.forget_content(one, "older than 90 days").await.unwrap();
            store.forget_content(one, "older than 90 days").await.unwrap();
        }
        assert_eq!(store.content_made_before(NOON.plus(10), 10).await.unwrap(), []);
        let found = store.artifact_blob(20).await.unwrap().unwrap();
        assert_eq!((found.artifact.state, found.blob), (ArtifactState::Deleted, None));
        assert_eq!(found.artifact.reason.as_deref(), Some("older than 90 days"));
        let file = store.file(20, 0).await.unwrap().unwrap();
        assert_eq!((file.file.path.as_str(), file.state, file.blob), ("old.txt", ArtifactState::Deleted, None));
        assert_eq!(store.log_states(1).await.unwrap()[&10], LogState::Deleted);
        assert_eq!(store.artifact(21).await.unwrap().unwrap().state, ArtifactState::Complete);
        // What retention removed does not come back by being listed or looked at again.
        store.record_artifacts(REPOSITORY, &[(artifact(20), 1, None)], &[]).await.unwrap();
        detail(&store, 1, &[job_record(job(10, 1))]).await;
        assert_eq!(store.artifact(20).await.unwrap().unwrap().state, ArtifactState::Deleted);
        assert_eq!(store.log_states(1).await.unwrap()[&10], LogState::Deleted);
    }
}

async fn with_artifact(store: &Store) {
    with_runs(store, &[run(1)]).await;
    store.record_artifacts(REPOSITORY, &[(artifact(20), 1, None)], &[]).await.unwrap();
}

async fn fetch(store: &Store, id: i64, content: &ArtifactContent) {
    let claimed = claimed(store, TaskKind::Artifact, id).await;
    store.record_artifact_content(&claimed, OWNER, content).await.unwrap();
}

async fn all_files(store: &Store) -> Vec<greenroom::model::File> {
    let page = store.files(&FileQuery { run_id: 1, limit: 100, ..FileQuery::default() }).await.unwrap();
    assert_eq!((page.total, page.next), (page.items.len() as i64, None));
    page.items
}
