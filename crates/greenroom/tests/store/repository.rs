//! Repositories, workflows, validators: where collection stands.

use crate::build::*;
use crate::support::both_engines;
use greenroom::model::upstream::Repository;
use greenroom::store::Validator;
use std::collections::BTreeSet;

both_engines! {
    async fn a_renamed_repository_keeps_where_it_stands(store: Store, _database: &Database) {
        store.record_repository(&repository()).await.unwrap();
        store.record_initial_done(REPOSITORY).await.unwrap();
        store.record_sweep_page(REPOSITORY, 9).await.unwrap();
        store.record_newest_artifact(REPOSITORY, 500).await.unwrap();
        store.record_repository(&Repository { name: "store".into(), ..repository() }).await.unwrap();

        let stored = store.stored_repository(REPOSITORY).await.unwrap().unwrap();
        assert_eq!((stored.owner.as_str(), stored.name.as_str()), ("acme", "store"));
        assert_eq!((stored.initial_done, stored.sweep_page, stored.newest_artifact), (true, 9, 500));
        assert_eq!(store.repository_named("ACME", "Store").await.unwrap(), Some(stored));
        assert_eq!(store.repository_named("acme", "shop").await.unwrap(), None);
        assert_eq!(store.stored_repository(99).await.unwrap(), None);
        assert_eq!(store.repositories().await.unwrap(), ["acme/store"]);
    }

    async fn a_new_repository_stands_at_the_beginning(store: Store, _database: &Database) {
        store.record_repository(&repository()).await.unwrap();
        let stored = store.stored_repository(REPOSITORY).await.unwrap().unwrap();
        assert_eq!((stored.initial_done, stored.newest_artifact), (false, 0));
        assert!(store.is_empty().await.unwrap());
    }

    async fn the_newest_listed_artifact_never_goes_back(store: Store, _database: &Database) {
        store.record_repository(&repository()).await.unwrap();
        store.record_newest_artifact(REPOSITORY, 500).await.unwrap();
        store.record_newest_artifact(REPOSITORY, 400).await.unwrap();
        assert_eq!(store.stored_repository(REPOSITORY).await.unwrap().unwrap().newest_artifact, 500);
    }

    async fn one_process_at_a_time_polls_a_repository(store: Store, _database: &Database) {
        store.record_repository(&repository()).await.unwrap();
        let take = async |owner: &str, now: i64| store.take_poll_lease(REPOSITORY, owner, NOON.plus(now), NOON.plus(now + 100)).await.unwrap();
        assert!(take("one", 0).await);
        assert!(!take("two", 99).await);
        assert!(take("one", 50).await, "the holder may prolong it");
        assert!(!take("two", 149).await);
        assert!(take("two", 150).await, "it runs out");
        store.release_poll_lease(REPOSITORY, "one").await.unwrap();
        assert!(!take("one", 160).await, "only the holder can give it back");
        store.release_poll_lease(REPOSITORY, "two").await.unwrap();
        assert!(take("one", 160).await);
        assert!(!store.take_poll_lease(99, "one", NOON, NOON.plus(1)).await.unwrap());
    }

    async fn a_failed_check_keeps_when_the_last_good_one_was(store: Store, database: &Database) {
        store.record_repository(&repository()).await.unwrap();
        assert_eq!(store.last_sync_at().await.unwrap(), None);
        store.record_check(REPOSITORY, NOON, None).await.unwrap();
        store.record_check(REPOSITORY, NOON.plus(5), Some("bad gateway")).await.unwrap();
        assert_eq!(store.last_sync_at().await.unwrap(), Some(NOON));
        assert_eq!(database.rows("SELECT last_error FROM repository").await, [[Some("bad gateway".to_owned())]]);
        store.record_check(REPOSITORY, NOON.plus(9), None).await.unwrap();
        assert_eq!(store.last_sync_at().await.unwrap(), Some(NOON.plus(9)));
        assert_eq!(database.rows("SELECT last_error FROM repository").await, [[None]]);
    }

    async fn validators_are_kept_per_token_and_address_until_nobody_renews_them(store: Store, _database: &Database) {
        let page = Validator { etag: "W/\"1\"".into(), has_next: true, oldest: Some(7) };
        let newer = Validator { etag: "\"2\"".into(), has_next: false, oldest: None };
        store.record_validator("token a", "/runs", Some(&page), NOON).await.unwrap();
        store.record_validator("token b", "/runs", Some(&newer), NOON).await.unwrap();
        assert_eq!(store.validator("token a", "/runs").await.unwrap(), Some(page.clone()));
        assert_eq!(store.validator("token b", "/runs").await.unwrap(), Some(newer.clone()));
        assert_eq!(store.validator("token a", "/jobs").await.unwrap(), None);

        store.record_validator("token a", "/runs", Some(&newer), NOON.plus(10)).await.unwrap();
        store.forget_etags(NOON.plus(10)).await.unwrap();
        assert_eq!(store.validator("token a", "/runs").await.unwrap(), Some(newer));
        assert_eq!(store.validator("token b", "/runs").await.unwrap(), None);
        store.record_validator("token a", "/runs", None, NOON).await.unwrap();
        assert_eq!(store.validator("token a", "/runs").await.unwrap(), None);
    }

    async fn only_new_and_changed_workflows_count_as_changed(store: Store, _database: &Database) {
        store.record_repository(&repository()).await.unwrap();
        let both = [workflow(1, "build"), workflow(2, "lint")];
        assert_eq!(store.record_workflows(REPOSITORY, &both).await.unwrap(), [1, 2]);
        assert_eq!(store.record_workflows(REPOSITORY, &both).await.unwrap(), [0_i64; 0]);
        let mut disabled = workflow(2, "lint");
        disabled.state = "disabled_manually".into();
        assert_eq!(store.record_workflows(REPOSITORY, &[workflow(1, "build"), disabled]).await.unwrap(), [2]);
        assert!(store.has_workflow(2).await.unwrap());
        assert_eq!(store.unknown_workflows(&BTreeSet::from([1, 2, 3])).await.unwrap(), [3]);
        assert_eq!(store.unknown_workflows(&BTreeSet::new()).await.unwrap(), [0_i64; 0]);
    }
}
