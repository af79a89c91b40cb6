//! The durable queue: what is asked for, who gets it, who comes late.

use crate::build::*;
use crate::support::both_engines;
use greenroom::model::QueueState;
use greenroom::model::task::TaskKind;
use greenroom::store::{Claimed, Lane, NewTask, QueueCounts, QueueQuery, Store, StoreError};
use std::collections::HashSet;

both_engines! {
    async fn asking_twice_for_the_same_thing_is_one_task(store: Store, _database: &Database) {
        let later = NewTask { due_at: NOON.plus(1_000), ..task(TaskKind::Artifact, 1) };
        store.enqueue(&[later]).await.unwrap();
        store.enqueue(&[task(TaskKind::Artifact, 1), task(TaskKind::Log, 1)]).await.unwrap();
        store.enqueue(&[]).await.unwrap();
        assert_eq!(store.queue_counts().await.unwrap(), QueueCounts { runs: 0, artifacts: 1, logs: 1, reading: 0 });
        // The earlier of both times counts.
        assert_eq!(claim(&store, Lane::Download).await.unwrap().kind, TaskKind::Artifact);
    }

    async fn thousands_of_tasks_are_enqueued_at_once(store: Store, _database: &Database) {
        let tasks: Vec<NewTask> = (0..1_234).map(|id| task(TaskKind::Log, id)).collect();
        store.enqueue(&tasks).await.unwrap();
        store.enqueue(&tasks).await.unwrap();
        assert_eq!(store.queue_counts().await.unwrap().all(), 1_234);
    }

    async fn tasks_are_claimed_by_kind_and_then_newest_first(store: Store, _database: &Database) {
        let at = |kind, subject, position| NewTask { position, ..task(kind, subject) };
        store
            .enqueue(&[
                at(TaskKind::Log, 1, 900),
                at(TaskKind::Artifact, 2, 100),
                at(TaskKind::Artifact, 3, 300),
                at(TaskKind::Recheck, 4, 900),
                at(TaskKind::RunDetails, 5, 200),
            ])
            .await
            .unwrap();
        assert_eq!(subjects(&store, Lane::Download).await, [3, 2, 1]);
        assert_eq!(subjects(&store, Lane::Metadata).await, [5, 4]);
    }

    async fn a_task_is_not_claimed_before_it_is_due(store: Store, _database: &Database) {
        store.enqueue(&[NewTask { due_at: NOON.plus(1), ..task(TaskKind::Recheck, 1) }]).await.unwrap();
        assert_eq!(claim(&store, Lane::Metadata).await, None);
        assert_eq!(store.due_counts(NOON).await.unwrap().all(), 0);
        let claimed = store.claim(Lane::Metadata, OWNER, NOON.plus(1), NOON.plus(2)).await.unwrap().unwrap();
        assert_eq!((claimed.subject, claimed.attempts), (1, 1));
    }

    async fn a_claim_whose_answer_was_lost_is_free_at_once_and_work_in_hand_is_not(store: Store, _database: &Database) {
        store.enqueue(&[task(TaskKind::Log, 1), task(TaskKind::Log, 2), task(TaskKind::Log, 3)]).await.unwrap();
        let claim_as = async |owner| store.claim(Lane::Download, owner, NOON, NOON.plus(99)).await.unwrap();
        let (lost, held) = (claim_as(OWNER).await.unwrap(), claim_as(OWNER).await.unwrap());
        let of_another = claim_as("another").await.unwrap();
        assert_eq!(store.release_unheld(OWNER, &[held.id]).await.unwrap(), 1);
        let again = claim_as(OWNER).await.unwrap();
        assert_eq!((again.id, again.attempts), (lost.id, 1), "nobody had worked on it");
        assert_eq!(claim_as(OWNER).await, None);
        store.renew(&held, OWNER, NOON.plus(99)).await.unwrap();
        store.renew(&of_another, "another", NOON.plus(99)).await.unwrap();
    }

    async fn a_lease_that_ran_out_goes_to_another_and_fences_the_first_off(store: Store, _database: &Database) {
        store.enqueue(&[task(TaskKind::Log, 1)]).await.unwrap();
        let late = store.claim(Lane::Download, "late", NOON, NOON.plus(10)).await.unwrap().unwrap();
        assert_eq!(store.claim(Lane::Download, "next", NOON.plus(9), NOON.plus(99)).await.unwrap(), None);
        let next = store.claim(Lane::Download, "next", NOON.plus(10), NOON.plus(99)).await.unwrap().unwrap();
        assert_eq!((next.id, next.attempts, next.epoch), (late.id, 2, late.epoch + 1));

        let fenced = |result| matches!(result, Err(StoreError::Fenced { task }) if task == late.id);
        assert!(fenced(store.renew(&late, "late", NOON.plus(999)).await));
        assert!(fenced(store.finish(&late, "late").await));
        assert!(fenced(store.record_log(&late, "late", "logs/1", 5, None, NOON).await));
        assert!(fenced(store.record_failure(&late, "late", "too late", None).await));
        // Giving back what is not ours changes nothing.
        store.release(&late, "late", NOON).await.unwrap();

        store.renew(&next, "next", NOON.plus(200)).await.unwrap();
        assert_eq!(store.claim(Lane::Download, "third", NOON.plus(150), NOON.plus(300)).await.unwrap(), None);
        store.finish(&next, "next").await.unwrap();
        assert_eq!(store.queue_counts().await.unwrap().all(), 0);
    }

    async fn the_same_owner_is_fenced_off_by_its_own_later_claim(store: Store, _database: &Database) {
        store.enqueue(&[task(TaskKind::Log, 1)]).await.unwrap();
        let first = store.claim(Lane::Download, OWNER, NOON, NOON.plus(10)).await.unwrap().unwrap();
        let second = store.claim(Lane::Download, OWNER, NOON.plus(10), NOON.plus(99)).await.unwrap().unwrap();
        assert!(matches!(store.finish(&first, OWNER).await, Err(StoreError::Fenced { .. })));
        store.finish(&second, OWNER).await.unwrap();
    }

    async fn a_task_asked_for_again_while_it_runs_runs_once_more(store: Store, _database: &Database) {
        let first = claimed(&store, TaskKind::RunDetails, 1).await;
        store.enqueue(&[task(TaskKind::RunDetails, 1)]).await.unwrap();
        assert_eq!(claim(&store, Lane::Metadata).await, None);
        store.finish(&first, OWNER).await.unwrap();
        let again = claim(&store, Lane::Metadata).await.unwrap();
        assert_eq!((again.subject, again.attempts), (1, 1));
        store.finish(&again, OWNER).await.unwrap();
        assert_eq!(claim(&store, Lane::Metadata).await, None);
    }

    async fn a_failed_task_waits_until_its_next_try_and_says_why(store: Store, _database: &Database) {
        let first = claimed(&store, TaskKind::Artifact, 1).await;
        store.record_failure(&first, OWNER, "connection reset", Some(NOON.plus(500))).await.unwrap();
        assert_eq!(claim(&store, Lane::Download).await, None);
        let (_, failed) = store.sync_items().await.unwrap();
        assert_eq!(failed.len(), 1);
        assert_eq!((failed[0].id, failed[0].reason.as_str(), failed[0].attempts), (1, "connection reset", 1));
        assert_eq!(failed[0].next_retry_at, Some(NOON.plus(500)));
        let second = store.claim(Lane::Download, OWNER, NOON.plus(500), NOON.plus(900)).await.unwrap().unwrap();
        assert_eq!(second.attempts, 2);
    }

    async fn a_task_given_up_comes_back_by_asking_or_by_a_refresh(store: Store, _database: &Database) {
        for (subject, kind) in [(1, TaskKind::Artifact), (2, TaskKind::Log)] {
            let claimed = claimed(&store, kind, subject).await;
            store.record_failure(&claimed, OWNER, "poisoned", None).await.unwrap();
        }
        assert_eq!(store.queue_counts().await.unwrap().all(), 0);
        assert_eq!(claim(&store, Lane::Download).await, None);
        let (_, failed) = store.sync_items().await.unwrap();
        assert!(failed.iter().all(|item| item.next_retry_at.is_none()) && failed.len() == 2, "{failed:?}");

        store.enqueue(&[task(TaskKind::Artifact, 1)]).await.unwrap();
        let asked = claim(&store, Lane::Download).await.unwrap();
        assert_eq!((asked.subject, asked.attempts), (1, 1));
        assert_eq!(store.retry_failed(NOON).await.unwrap(), 1);
        let refreshed = claim(&store, Lane::Download).await.unwrap();
        assert_eq!((refreshed.subject, refreshed.attempts), (2, 1));
    }

    async fn a_refresh_leaves_what_is_being_worked_on(store: Store, _database: &Database) {
        let first = claimed(&store, TaskKind::Log, 1).await;
        store.record_failure(&first, OWNER, "timeout", Some(NOON)).await.unwrap();
        let second = claim(&store, Lane::Download).await.unwrap();
        assert_eq!(store.retry_failed(NOON).await.unwrap(), 0);
        store.finish(&second, OWNER).await.unwrap();
    }

    async fn a_task_given_back_has_not_been_tried(store: Store, _database: &Database) {
        let first = claimed(&store, TaskKind::Log, 1).await;
        store.release(&first, OWNER, NOON.plus(7)).await.unwrap();
        assert_eq!(claim(&store, Lane::Download).await, None);
        let second = store.claim(Lane::Download, "two", NOON.plus(7), NOON.plus(99)).await.unwrap().unwrap();
        assert_eq!(second.attempts, 1);
    }

    async fn a_stopping_process_gives_back_what_it_holds_and_no_more(store: Store, _database: &Database) {
        store.enqueue(&[task(TaskKind::Log, 1), task(TaskKind::Log, 2)]).await.unwrap();
        let ours = claim(&store, Lane::Download).await.unwrap();
        let theirs = store.claim(Lane::Download, "two", NOON, NOON.plus(99)).await.unwrap().unwrap();
        store.release_all(OWNER).await.unwrap();
        let again = claim(&store, Lane::Download).await.unwrap();
        assert_eq!((again.id, again.attempts), (ours.id, 1));
        store.finish(&theirs, "two").await.unwrap();
    }

    async fn leases_of_a_process_that_died_are_freed_and_its_attempts_stay_counted(store: Store, _database: &Database) {
        with_repository(&store).await;
        assert!(store.take_poll_lease(REPOSITORY, "dead", NOON, NOON.plus(9_999)).await.unwrap());
        store.enqueue(&[task(TaskKind::Log, 1)]).await.unwrap();
        store.claim(Lane::Download, "dead", NOON, NOON.plus(9_999)).await.unwrap().unwrap();
        store.free_leases().await.unwrap();
        assert_eq!(claim(&store, Lane::Download).await.unwrap().attempts, 2);
        assert!(store.take_poll_lease(REPOSITORY, OWNER, NOON, NOON.plus(1)).await.unwrap());
    }

    async fn the_queue_tells_what_becomes_of_each_item(store: Store, _database: &Database) {
        store.enqueue(&[task(TaskKind::Log, 1), task(TaskKind::Log, 2), task(TaskKind::Reports, 3)]).await.unwrap();
        let first = claim(&store, Lane::Download).await.unwrap();
        store.record_failure(&first, OWNER, "poisoned", None).await.unwrap();
        claim(&store, Lane::Download).await.unwrap();
        let page = async |state, after| {
            let query = QueueQuery { state, after, limit: 1, ..QueueQuery::default() };
            store.queue_items(&query, NOON).await.unwrap()
        };
        let (given_up, end) = page(Some(QueueState::GivenUp), None).await;
        assert_eq!((given_up[0].id, given_up[0].reason.as_deref(), given_up[0].due_at, end), (first.subject, Some("poisoned"), None, None));
        let (running, _) = page(Some(QueueState::Running), None).await;
        assert_eq!((running.len(), running[0].kind.as_str(), running[0].attempts), (1, "log", 1));
        let (newest, next) = page(None, None).await;
        assert_eq!((newest[0].id, newest[0].state), (3, QueueState::Waiting));
        let (older, _) = page(None, next).await;
        assert_ne!(older[0].id, newest[0].id);
        let counts = store.queue_by_kind(NOON).await.unwrap();
        let log = counts.iter().find(|count| count.kind == "log").unwrap();
        assert_eq!((log.waiting, log.running, log.failed, log.given_up), (0, 1, 0, 1));
        assert!(store.oldest_due(NOON).await.unwrap().is_some());

        assert!(!store.retry_task(TaskKind::Log, 99, NOON).await.unwrap());
        assert!(store.retry_task(TaskKind::Log, first.subject, NOON).await.unwrap());
        assert_eq!(claim(&store, Lane::Download).await.unwrap().subject, first.subject);
    }

    async fn claimers_at_the_same_time_never_get_the_same_task(store: Store, database: &Database) {
        let tasks: Vec<NewTask> = (0..60).map(|id| task(TaskKind::Log, id)).collect();
        store.enqueue(&tasks).await.unwrap();
        // On PostgreSQL the second half are another process, as far as the database can tell.
        let other = if store.is_shared() { database.open().await } else { store.clone() };
        let claimers = (0..6).map(|number| {
            let store = if number % 2 == 0 { store.clone() } else { other.clone() };
            tokio::spawn(async move {
                let owner = format!("claimer {number}");
                let mut got = Vec::new();
                while let Some(claimed) = store.claim(Lane::Download, &owner, NOON, NOON.plus(9_999)).await.unwrap() {
                    got.push(claimed.subject);
                }
                got
            })
        });
        let all: Vec<i64> = futures::future::try_join_all(claimers).await.unwrap().concat();
        assert_eq!(all.len(), 60);
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), 60);
        if store.is_shared() {
            other.close().await;
        }
    }
}

/// Claims everything that is due in a lane, in order.
async fn subjects(store: &Store, lane: Lane) -> Vec<i64> {
    let mut subjects = Vec::new();
    while let Some(Claimed { subject, .. }) = claim(store, lane).await {
        subjects.push(subject);
    }
    subjects
}
