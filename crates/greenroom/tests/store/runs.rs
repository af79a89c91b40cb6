//! Runs and their attempts, jobs and logs: seen again, seen late, run again.

use crate::build::*;
use crate::support::both_engines;
use greenroom::model::task::TaskKind;
use greenroom::model::upstream::{Attempt, Run};
use greenroom::model::{DAY_MS, LogState, ProcessingState};
use greenroom::store::{JobRecord, Lane, RunPlan, RunQuery, StoreError};

const RUN_ROWS: &str = "SELECT CAST(id AS TEXT), CAST(attempt AS TEXT), status, conclusion, title, branch, search, CAST(duration_ms AS TEXT), \
    CAST(details_at AS TEXT), CAST(completed_at AS TEXT) FROM run ORDER BY id";
const ATTEMPT_ROWS: &str = "SELECT CAST(run_id AS TEXT), CAST(attempt AS TEXT), status, conclusion, CAST(duration_ms AS TEXT) FROM attempt ORDER BY run_id, attempt";

both_engines! {
    async fn runs_written_twice_give_the_same_rows(store: Store, database: &Database) {
        let plan = RunPlan { runs: (1..=450).map(run).collect(), tasks: (1..=450).map(|id| task(TaskKind::RunDetails, id)).collect(), ..RunPlan::default() };
        with_repository(&store).await;
        store.record_runs(REPOSITORY, &plan).await.unwrap();
        let once = (database.rows(RUN_ROWS).await, database.rows(ATTEMPT_ROWS).await);
        store.record_runs(REPOSITORY, &plan).await.unwrap();
        assert_eq!((database.rows(RUN_ROWS).await, database.rows(ATTEMPT_ROWS).await), once);
        assert_eq!((once.0.len(), once.1.len()), (450, 450));
        assert_eq!(store.queue_counts().await.unwrap().runs, 450);
        assert!(!store.is_empty().await.unwrap());
        let ids: Vec<i64> = (0..=2_000).collect();
        assert_eq!(store.known_runs(&ids).await.unwrap().len(), 450);
    }

    async fn an_empty_plan_changes_nothing(store: Store, database: &Database) {
        store.record_runs(REPOSITORY, &RunPlan::default()).await.unwrap();
        assert_eq!(database.number("SELECT count(*) FROM run").await, 0);
        assert!(store.known_runs(&[]).await.unwrap().is_empty());
    }

    async fn a_workflow_nobody_listed_comes_with_its_run(store: Store, database: &Database) {
        store.record_repository(&repository()).await.unwrap();
        record(&store, &[run(1)]).await;
        assert_eq!(database.rows("SELECT name, state FROM workflow").await, [[Some("tests".into()), Some("unknown".into())]]);
        assert_eq!(store.record_workflows(REPOSITORY, &[workflow(WORKFLOW, "tests")]).await.unwrap(), [WORKFLOW]);
        // The run's own idea of its workflow never overwrites the listed one.
        record(&store, &[Run { workflow_name: "old name".into(), ..run(2) }]).await;
        assert_eq!(database.rows("SELECT name, state FROM workflow").await, [[Some("tests".into()), Some("active".into())]]);
    }

    async fn what_is_known_of_a_run_is_what_was_written(store: Store, _database: &Database) {
        let seen = Run { attempt: 3, pull_requests: vec![7, 8], title: "fix".into(), ..run(1) };
        with_runs(&store, std::slice::from_ref(&seen)).await;
        let known = &store.known_runs(&[1, 2]).await.unwrap()[&1];
        assert_eq!((known.attempt, known.status.as_str(), known.conclusion.as_deref()), (3, "completed", Some("success")));
        assert_eq!((known.updated_at, known.created_at, known.deleted_upstream), (seen.updated_at, seen.created_at, false));
        assert_eq!((known.title.as_str(), &known.pull_requests), ("fix", &vec![7, 8]));
    }

    async fn an_older_attempt_never_overwrites_a_newer_one(store: Store, database: &Database) {
        with_runs(&store, &[Run { attempt: 2, conclusion: Some("failure".into()), title: "second".into(), ..run(1) }]).await;
        let before = database.rows(RUN_ROWS).await;
        record(&store, &[Run { title: "first".into(), ..run(1) }]).await;
        assert_eq!(database.rows(RUN_ROWS).await, before);
        // The older attempt is history of its own.
        assert_eq!(store.attempt_starts(1).await.unwrap(), [(1, Some(NOON.0)), (2, Some(NOON.0))]);
        assert_eq!(store.latest_attempt(1).await.unwrap(), Some(2));
    }

    async fn details_are_to_be_fetched_again_when_a_run_moves_on(store: Store, _database: &Database) {
        let detailed = async || store.runs_without_details(REPOSITORY).await.unwrap().is_empty();
        with_runs(&store, &[running(1)]).await;
        assert!(!detailed().await);
        detail(&store, 1, &[]).await;
        assert!(detailed().await);
        record(&store, &[Run { title: "new title".into(), updated_at: NOON.plus(2_000), ..running(1) }]).await;
        assert!(detailed().await, "a title asks for nothing");
        let changes = [
            run(1),
            Run { conclusion: Some("failure".into()), ..run(1) },
            Run { attempt: 2, conclusion: Some("failure".into()), ..run(1) },
        ];
        for change in changes {
            record(&store, std::slice::from_ref(&change)).await;
            assert!(!detailed().await, "{change:?}");
            detail(&store, 1, &[]).await;
            record(&store, std::slice::from_ref(&change)).await;
            assert!(detailed().await, "seeing the same again asks for nothing: {change:?}");
        }
    }

    async fn details_of_a_run_that_moved_on_meanwhile_stay_to_do(store: Store, _database: &Database) {
        with_runs(&store, &[running(1)]).await;
        let claimed = claimed(&store, TaskKind::RunDetails, 1).await;
        let seen = store.run_to_detail(1).await.unwrap().unwrap();
        record(&store, &[run(1)]).await;
        store.record_details(&claimed, OWNER, &seen, &[], &[], NOON).await.unwrap();
        assert_eq!(store.runs_without_details(REPOSITORY).await.unwrap(), [(1, NOON.0)]);
        // A queued task stands for the run already.
        store.enqueue(&[task(TaskKind::RunDetails, 1)]).await.unwrap();
        assert_eq!(store.runs_without_details(REPOSITORY).await.unwrap(), []);
    }

    async fn the_last_job_tells_how_long_an_attempt_took(store: Store, _database: &Database) {
        // `updated_at` moves when anything about the run changes, also long after its end.
        with_runs(&store, &[Run { updated_at: NOON.plus(9_000_000), ..run(1) }]).await;
        assert_eq!(store.run(1).await.unwrap().unwrap().run.duration_ms, Some(9_000_000));
        let mut longest = job(11, 1);
        longest.completed_at = Some(NOON.plus(70_000));
        let jobs = [job_record(job(10, 1)), job_record(longest), job_record(job(12, 1))];
        detail(&store, 1, &jobs).await;
        let duration = async || {
            let found = store.run(1).await.unwrap().unwrap();
            (found.run.duration_ms, found.attempts[0].duration_ms)
        };
        assert_eq!(duration().await, (Some(70_000), Some(70_000)));
        record(&store, &[Run { updated_at: NOON.plus(10_000_000), ..run(1) }]).await;
        assert_eq!(duration().await, (Some(70_000), Some(70_000)), "a later change keeps what the jobs told");
        // A second attempt is timed from its own start.
        record(&store, &[Run { attempt: 2, started_at: Some(NOON.plus(500_000)), updated_at: NOON.plus(520_000), ..run(1) }]).await;
        assert_eq!(store.run(1).await.unwrap().unwrap().run.duration_ms, Some(20_000));
    }

    async fn a_job_that_ended_before_its_attempt_began_tells_nothing(store: Store, _database: &Database) {
        with_runs(&store, &[Run { started_at: Some(NOON.plus(55_000)), ..run(1) }]).await;
        detail(&store, 1, &[job_record(job(10, 1))]).await;
        assert_eq!(store.run(1).await.unwrap().unwrap().run.duration_ms, Some(5_000));
    }

    async fn jobs_written_twice_give_the_same_rows_and_keep_their_logs(store: Store, _database: &Database) {
        with_runs(&store, &[run(1)]).await;
        let jobs = [
            JobRecord { log_state: LogState::Unfinished, ..job_record(job(10, 1)) },
            job_record(job(11, 1)),
            JobRecord { log_state: LogState::Missing, ..job_record(job(12, 1)) },
        ];
        detail(&store, 1, &jobs).await;
        let log = claimed(&store, TaskKind::Log, 11).await;
        store.record_log(&log, OWNER, "logs/11", 77, None, NOON).await.unwrap();
        let before = store.jobs(1, 1).await.unwrap();
        assert_eq!(before.iter().map(|job| job.id).collect::<Vec<_>>(), [10, 11, 12]);
        detail(&store, 1, &jobs).await;
        assert_eq!(store.jobs(1, 1).await.unwrap(), before);
        // Only a log that could not be decided is decided anew.
        let later: Vec<JobRecord> = [10, 11, 12].map(|id| job_record(job(id, 1))).into();
        detail(&store, 1, &later).await;
        let states = store.log_states(1).await.unwrap();
        assert_eq!((states[&10], states[&11], states[&12]), (LogState::Pending, LogState::Complete, LogState::Missing));
        let blob = store.job_log(11).await.unwrap().unwrap();
        assert_eq!((blob.blob.as_deref(), blob.log.size_bytes, blob.run_id), (Some("logs/11"), Some(77), 1));
        assert_eq!(store.job_completed_at(11).await.unwrap(), Some(NOON.0 + 50_000));
        assert_eq!(store.job_completed_at(99).await.unwrap(), None);
    }

    async fn a_run_with_thousands_of_jobs_is_written_whole(store: Store, database: &Database) {
        with_runs(&store, &[run(1)]).await;
        let jobs: Vec<JobRecord> = (0..1_100).map(|id| job_record(job(id, 1))).collect();
        detail(&store, 1, &jobs).await;
        assert_eq!(database.number("SELECT count(*) FROM job").await, 1_100);
    }

    async fn the_details_of_a_late_holder_are_not_written(store: Store, database: &Database) {
        with_runs(&store, &[run(1)]).await;
        store.enqueue(&[task(TaskKind::RunDetails, 1)]).await.unwrap();
        let late = store.claim(Lane::Metadata, "late", NOON, NOON.plus(1)).await.unwrap().unwrap();
        store.claim(Lane::Metadata, "next", NOON.plus(1), NOON.plus(9)).await.unwrap().unwrap();
        let seen = store.run_to_detail(1).await.unwrap().unwrap();
        let result = store.record_details(&late, "late", &seen, &[job_record(job(10, 1))], &[task(TaskKind::Log, 10)], NOON).await;
        assert!(matches!(result, Err(StoreError::Fenced { .. })));
        assert_eq!(database.number("SELECT count(*) FROM job").await, 0);
        assert_eq!(store.queue_counts().await.unwrap().logs, 0);
        assert_eq!(store.runs_without_details(REPOSITORY).await.unwrap(), []);
        assert_eq!(database.number("SELECT count(*) FROM run WHERE details_at IS NULL").await, 1);
    }

    async fn details_can_ask_for_the_task_that_wrote_them(store: Store, _database: &Database) {
        with_runs(&store, &[running(1)]).await;
        let claimed = claimed(&store, TaskKind::Recheck, 1).await;
        let seen = store.run_to_detail(1).await.unwrap().unwrap();
        store.record_details(&claimed, OWNER, &seen, &[], &[task(TaskKind::Recheck, 1)], NOON).await.unwrap();
        let again = claim(&store, Lane::Metadata).await.unwrap();
        assert_eq!((again.subject, again.attempts), (1, 1));
    }

    async fn attempts_seen_on_their_own_keep_the_better_duration(store: Store, _database: &Database) {
        with_runs(&store, &[Run { attempt: 2, ..run(1) }]).await;
        let first = Attempt {
            run_id: 1,
            attempt: 1,
            status: "completed".into(),
            conclusion: Some("failure".into()),
            started_at: Some(NOON),
            updated_at: NOON.plus(33_000),
        };
        store.record_attempts(std::slice::from_ref(&first)).await.unwrap();
        store.record_attempts(&[Attempt { updated_at: NOON.plus(99_000), ..first }]).await.unwrap();
        let attempts = store.run(1).await.unwrap().unwrap().attempts;
        assert_eq!(attempts.iter().map(|attempt| attempt.attempt).collect::<Vec<_>>(), [2, 1]);
        assert_eq!((attempts[1].duration_ms, attempts[1].conclusion.as_deref()), (Some(33_000), Some("failure")));
        let mut completed = store.completed_attempts(1).await.unwrap();
        completed.sort_unstable();
        assert_eq!(completed, [1, 2]);
    }

    async fn runs_are_found_by_what_is_left_to_do_and_by_time(store: Store, _database: &Database) {
        let old = Run { created_at: NOON.plus(-40 * DAY_MS), ..running(3) };
        with_runs(&store, &[run(1), running(2), old, Run { created_at: NOON.plus(1), ..running(4) }]).await;
        let since = NOON.plus(-35 * DAY_MS);
        assert_eq!(store.unfinished_runs(REPOSITORY, since).await.unwrap(), [(4, NOON.0 + 1), (2, NOON.0)]);
        assert_eq!(store.unfinished_runs(99, since).await.unwrap(), []);
        let mut between = store.runs_created_between(REPOSITORY, NOON, NOON).await.unwrap();
        between.sort_unstable();
        assert_eq!(between, [1, 2]);
        store.mark_deleted_upstream(2).await.unwrap();
        assert_eq!(store.runs_created_between(REPOSITORY, NOON, NOON).await.unwrap(), [1]);
        assert_eq!(store.unfinished_runs(REPOSITORY, since).await.unwrap(), [(4, NOON.0 + 1)]);
    }

    async fn a_run_deleted_upstream_stays_and_its_remaining_work_goes(store: Store, _database: &Database) {
        with_runs(&store, &[run(1), run(2)]).await;
        let jobs = [job_record(job(10, 1)), job_record(job(11, 1))];
        detail(&store, 1, &jobs).await;
        store.record_artifacts(REPOSITORY, &[(artifact(20), 1, None), (artifact(21), 1, None)], &[]).await.unwrap();
        let first = claimed(&store, TaskKind::Artifact, 20).await;
        store.record_artifact_content(&first, OWNER, &content(vec![])).await.unwrap();
        let in_hand = claimed(&store, TaskKind::Artifact, 21).await;

        store.mark_deleted_upstream(1).await.unwrap();
        store.mark_deleted_upstream(1).await.unwrap();
        let found = store.run(1).await.unwrap().unwrap();
        assert!(found.run.deleted_upstream);
        let states: Vec<&str> = found.artifacts.iter().map(|artifact| artifact.state.as_str()).collect();
        assert_eq!(states, ["gone", "complete"], "what is ours stays");
        assert_eq!(store.log_states(1).await.unwrap()[&10], LogState::Missing);
        let left = store.queue_counts().await.unwrap();
        assert_eq!((left.runs, left.artifacts, left.logs), (0, 0, 0));
        assert!(left.reading > 0, "what is ours is still read");
        assert!(matches!(store.finish(&in_hand, OWNER).await, Err(StoreError::Fenced { .. })));
        assert!(!store.run(2).await.unwrap().unwrap().run.deleted_upstream);
        // Seen again after all, it is back.
        record(&store, &[run(1)]).await;
        assert!(!store.run(1).await.unwrap().unwrap().run.deleted_upstream);
    }

    async fn processing_of_a_run_is_told_from_the_queue(store: Store, _database: &Database) {
        with_runs(&store, &[run(1)]).await;
        let processing = async || store.run(1).await.unwrap().unwrap().run.processing;
        assert_ne!(processing().await.state, ProcessingState::Processed);
        detail(&store, 1, &[]).await;
        assert_eq!(processing().await.state, ProcessingState::Processed);
        let log = claimed(&store, TaskKind::Log, 10).await;
        assert_eq!(processing().await.state, ProcessingState::Processing);
        store.record_failure(&log, OWNER, "timeout", Some(NOON.plus(9))).await.unwrap();
        let failed = processing().await;
        assert_eq!((failed.state, failed.error.as_deref()), (ProcessingState::Failed, Some("timeout")));
        assert_eq!((failed.attempts, failed.next_retry_at), (1, Some(NOON.plus(9))));
    }

    async fn runs_of_one_second_are_all_on_the_pages_once(store: Store, _database: &Database) {
        with_runs(&store, &(1..=7).map(run).collect::<Vec<_>>()).await;
        let mut query = RunQuery { limit: 3, ..RunQuery::default() };
        let mut ids = Vec::new();
        loop {
            let page = store.runs(&query).await.unwrap();
            assert_eq!((page.total, page.total_is_exact), (7, true));
            ids.extend(page.items.iter().map(|run| run.id));
            let Some(next) = page.next else { break };
            query.after = Some(next);
        }
        assert_eq!(ids, [7, 6, 5, 4, 3, 2, 1]);
    }
}
