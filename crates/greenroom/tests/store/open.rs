//! Opening: migrations, refusals, addresses.

use crate::build::*;
use crate::support::{Database, Engine, both_engines, options};
use greenroom::store::{MIGRATIONS, Store, StoreError};
use std::process::Command;

both_engines! {
    async fn a_new_database_is_migrated_and_opening_it_again_changes_nothing(store: Store, database: &Database) {
        let known = MIGRATIONS.len() as i64;
        assert_eq!(store.schema_version().await.unwrap(), known);
        with_runs(&store, &[run(1)]).await;
        store.close().await;
        drop(store);
        // SQLite's file is still locked by the store of the harness; its copy has the same content.
        let address = copy(database);
        let again = Store::open(&address, options()).await.unwrap();
        assert_eq!(again.schema_version().await.unwrap(), known);
        assert_eq!(again.run_to_detail(1).await.unwrap().unwrap().attempt, 1);
        again.close().await;
        assert_eq!(database.number("SELECT count(*) FROM schema_version").await, known);
    }

    async fn a_newer_schema_is_refused_naming_both_versions(store: Store, database: &Database) {
        store.close().await;
        let newer = MIGRATIONS.len() as i64 + 41;
        database.execute(&format!("INSERT INTO schema_version (version) VALUES ({newer})")).await;
        let error = Store::open(&copy(database), options()).await.unwrap_err();
        assert!(matches!(error, StoreError::Newer { found, known } if found == newer && known == MIGRATIONS.len() as i64));
        let text = error.to_string();
        assert!(text.contains(&newer.to_string()) && text.contains(&format!("knows {}", MIGRATIONS.len())), "{text}");
    }

    async fn an_open_store_answers_and_names_its_engine(store: Store, database: &Database) {
        store.ping().await.unwrap();
        let is_postgres = database.engine == Engine::Postgres;
        assert_eq!(store.engine_name(), if is_postgres { "postgres" } else { "sqlite" });
        assert_eq!(store.is_shared(), is_postgres);
        store.close().await;
        assert!(store.ping().await.unwrap_err().is_unavailable());
    }

    async fn settings_are_kept_and_the_first_word_can_be_made_to_count(store: Store, _database: &Database) {
        assert_eq!(store.setting("key").await.unwrap(), None);
        assert_eq!(store.set_setting_once("key", "first").await.unwrap(), "first");
        assert_eq!(store.set_setting_once("key", "second").await.unwrap(), "first");
        store.set_setting("key", "third").await.unwrap();
        assert_eq!(store.setting("key").await.unwrap().as_deref(), Some("third"));
    }
}

/// The same database under an address that is not locked.
fn copy(database: &Database) -> String {
    let Some(path) = database.address.strip_prefix("sqlite://") else { return database.address.clone() };
    let copied = format!("{path}.copy");
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::copy(format!("{path}{end}"), format!("{copied}{end}"));
    }
    format!("sqlite://{copied}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_start_at_once_on_postgres_migrate_it_once() {
    for _ in 0..8 {
        let Some(database) = Database::new(Engine::Postgres).await else { return };
        let stores =
            futures::future::try_join_all((0..4).map(|_| Store::open(&database.address, options()))).await.unwrap();
        for store in stores {
            assert_eq!(store.schema_version().await.unwrap(), MIGRATIONS.len() as i64);
            store.close().await;
        }
        assert_eq!(database.number("SELECT count(*) FROM schema_version").await, MIGRATIONS.len() as i64);
    }
}

#[tokio::test]
async fn a_second_process_on_the_same_sqlite_file_is_refused_naming_the_first() {
    let database = Database::new(Engine::Sqlite).await.unwrap();
    let store = database.open().await;
    let output = Command::new(env!("CARGO_BIN_EXE_greenroom"))
        .args(["check-config", "--offline"])
        .env("DATABASE_URL", &database.address)
        .env("FILE_STORAGE_PATH", database.folder().join("files"))
        .env("GITHUB_TOKEN", "unused")
        .env("GITHUB_REPOSITORIES", "acme/shop")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{said}");
    assert!(said.contains("in use by another greenroom process"), "{said}");
    assert!(said.contains(&format!("process {}", std::process::id())), "{said}");
    assert!(said.contains("greenroom.db"), "{said}");
    store.close().await;
}

#[tokio::test]
async fn the_sqlite_file_is_free_again_when_the_store_is_gone() {
    let database = Database::new(Engine::Sqlite).await.unwrap();
    let first = database.open().await;
    assert!(matches!(Store::open(&database.address, options()).await, Err(StoreError::InUse { .. })));
    first.close().await;
    drop(first);
    database.open().await.close().await;
}

#[tokio::test]
async fn missing_folders_of_an_sqlite_file_are_made() {
    let database = Database::new(Engine::Sqlite).await.unwrap();
    let address = format!("sqlite://{}/a/b/c.db", database.folder().display());
    Store::open(&address, options()).await.unwrap().close().await;
    assert!(database.folder().join("a/b/c.db").is_file());
}

#[tokio::test]
async fn bad_addresses_are_refused_with_the_address_and_without_the_password() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "not a database, but long enough to be taken for one: ".repeat(100)).unwrap();
    let cases = [
        ("mysql://user:hidden@host/name".to_owned(), "expected sqlite://path or postgres://"),
        ("greenroom.db".to_owned(), "expected sqlite://path or postgres://"),
        ("sqlite://".to_owned(), "the path is empty"),
        (format!("sqlite://{}/below/x.db", file.display()), "could not create"),
        (format!("sqlite://{}", folder.path().display()), "could not open"),
        (format!("sqlite://{}", file.display()), "not a database"),
        ("postgres://user:hidden@127.0.0.1:1/name".to_owned(), "refused"),
        ("postgres://user:hidden@127.0.0.1:port/name".to_owned(), "port"),
    ];
    for (address, reason) in cases {
        let error = Store::open(&address, options()).await.unwrap_err().to_string();
        assert!(error.contains(reason), "{address}: {error}");
        assert!(!error.contains("hidden"), "{address}: {error}");
    }
}
