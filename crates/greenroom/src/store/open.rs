//! Opening a store: connection options, the lock on an SQLite file, migrations.

use super::{Engine, Result, Store, StoreError, on, write_on};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, PgTransaction};
use std::io::{Read, Write};
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// Migrations in order; the version of a schema is how many of them it has had.
pub const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_start.sql"),
    include_str!("migrations/0002_tests.sql"),
    include_str!("migrations/0003_search.sql"),
    include_str!("migrations/0004_overview.sql"),
    include_str!("migrations/0005_trends.sql"),
    include_str!("migrations/0006_care.sql"),
];

/// Number of the lock under which processes starting on one PostgreSQL take turns: "green" in ASCII.
const START_LOCK: i64 = 0x67_7265_656e;

/// Token of PostgreSQL's operator class for parts of words.
const TRIGRAMS: &str = "{trigrams}";

/// What can be tuned when opening.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// Connections that only read.
    pub readers: u32,
    /// Whether SQLite waits for the disk at each commit (`synchronous=FULL`). Only tests switch it off.
    pub durable: bool,
}

impl Default for StoreOptions {
    fn default() -> Self {
        StoreOptions { readers: 6, durable: true }
    }
}

impl Store {
    /// Opens `sqlite://path` or `postgres://…`, creating and migrating the schema.
    ///
    /// # Errors
    /// The address is not understood, the database cannot be reached, another process holds the
    /// SQLite file, or the schema is newer than this program.
    pub async fn open(address: &str, options: StoreOptions) -> Result<Store> {
        let store = Store::open_at(address, options, MIGRATIONS.len() as i64).await?;
        store.fill_search().await?;
        Ok(store)
    }

    /// The same, but of a schema that is older it makes `schema` and nothing newer: for filling it with what an earlier
    /// version has written.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub async fn open_at(address: &str, options: StoreOptions, schema: i64) -> Result<Store> {
        let store = if let Some(path) = sqlite_path(address) {
            open_sqlite(path, &options).await?
        } else if address.starts_with("postgres://") || address.starts_with("postgresql://") {
            open_postgres(address, &options).await?
        } else {
            return Err(StoreError::Address {
                address: without_password(address),
                reason: "expected sqlite://path or postgres://…".into(),
            });
        };
        store.migrate(schema).await?;
        Ok(store)
    }

    /// Opens a database that is there already beside the process that serves it: takes no lock, and changes no schema.
    ///
    /// # Errors
    /// The address is not understood, there is no database, or its schema is not the one this program knows.
    pub async fn open_beside(address: &str) -> Result<Store> {
        let store = Store::open_as_it_is(address).await?;
        let known = MIGRATIONS.len() as i64;
        match store.schema_version().await {
            Ok(found) if found > known => Err(StoreError::Newer { found, known }),
            Ok(found) if found < known => Err(StoreError::Older { found, known }),
            Ok(_) => Ok(store),
            Err(_) => Err(StoreError::Address {
                address: without_password(address),
                reason: "it holds nothing of greenroom".into(),
            }),
        }
    }

    /// The same whatever is in it.
    pub(super) async fn open_as_it_is(address: &str) -> Result<Store> {
        let options = StoreOptions { readers: 2, durable: true };
        match sqlite_path(address) {
            Some(path) if !Path::new(path).is_file() => Err(StoreError::Address {
                address: without_password(address),
                reason: "there is no such database".into(),
            }),
            Some(path) => connect_sqlite(path, &options, None).await,
            None => open_postgres(address, &options).await,
        }
    }

    /// Name of the engine, for messages.
    pub fn engine_name(&self) -> &'static str {
        match self.engine {
            Engine::Sqlite { .. } => "sqlite",
            Engine::Postgres(_) => "postgres",
        }
    }

    /// Whether other processes may share this database.
    pub fn is_shared(&self) -> bool {
        matches!(self.engine, Engine::Postgres(_))
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        on!(self, db => sqlx::query("SELECT 1").execute(db).await.map(drop))?;
        Ok(())
    }

    /// Size of the database.
    pub async fn size_bytes(&self) -> Result<i64> {
        let size = match &self.engine {
            Engine::Sqlite { read, .. } => {
                sqlx::query_scalar("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
                    .fetch_one(read)
                    .await
            }
            Engine::Postgres(pool) => {
                sqlx::query_scalar("SELECT pg_database_size(current_database())").fetch_one(pool).await
            }
        };
        Ok(size?)
    }

    /// Closes all connections, checkpointing SQLite.
    pub async fn close(&self) {
        match &self.engine {
            Engine::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
            Engine::Postgres(pool) => pool.close().await,
        }
    }

    async fn migrate(&self, wanted: i64) -> Result<()> {
        self.create_version_table().await?;
        let found = self.schema_version().await?;
        let known = MIGRATIONS.len() as i64;
        if found > known {
            return Err(StoreError::Newer { found, known });
        }
        for (version, text) in MIGRATIONS.iter().enumerate().take(wanted as usize).skip(found as usize) {
            self.apply(version as i64 + 1, text).await?;
        }
        Ok(())
    }

    /// On PostgreSQL `IF NOT EXISTS` looks before it creates, so that of two processes starting at
    /// once one would fail: they take turns.
    async fn create_version_table(&self) -> Result<()> {
        const CREATE: &str = "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)";
        match &self.engine {
            Engine::Sqlite { write, .. } => {
                write.execute(CREATE).await?;
            }
            Engine::Postgres(pool) => {
                let mut tx = pool.begin().await?;
                sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(START_LOCK).execute(&mut *tx).await?;
                (&mut *tx).execute(CREATE).await?;
                tx.commit().await?;
            }
        }
        Ok(())
    }

    /// Version of the schema in the database; 0 when it is empty.
    pub async fn schema_version(&self) -> Result<i64> {
        let version: Option<i64> = write_on!(self, db => {
            sqlx::query_scalar("SELECT max(version) FROM schema_version").fetch_one(db).await?
        });
        Ok(version.unwrap_or(0))
    }

    /// Applies one migration in one transaction. Two processes starting at once on PostgreSQL wait
    /// for each other at the version table; the second finds the work done.
    async fn apply(&self, version: i64, text: &str) -> Result<()> {
        match &self.engine {
            Engine::Sqlite { write, .. } => {
                let text = without_parts(text, "-- only postgres")
                    .replace("{id}", "INTEGER PRIMARY KEY")
                    .replace("{bytes}", "BLOB")
                    .replace("{keyed}", "WITHOUT ROWID")
                    .replace("{bytewise}", "");
                let mut tx = write.begin_with("BEGIN IMMEDIATE").await?;
                (&mut *tx).execute(AssertSqlSafe(text)).await?;
                sqlx::query("INSERT INTO schema_version (version) VALUES ($1)").bind(version).execute(&mut *tx).await?;
                tx.commit().await?;
            }
            Engine::Postgres(pool) => {
                let text = without_parts(text, "-- only sqlite")
                    .replace("{id}", "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY")
                    .replace("{bytes}", "BYTEA")
                    .replace("{keyed}", "")
                    .replace("{bytewise}", "COLLATE \"C\"");
                let mut tx = pool.begin().await?;
                (&mut *tx).execute("LOCK TABLE schema_version IN EXCLUSIVE MODE").await?;
                let done: Option<i64> =
                    sqlx::query_scalar("SELECT max(version) FROM schema_version").fetch_one(&mut *tx).await?;
                if done.unwrap_or(0) < version {
                    let text = match text.contains(TRIGRAMS) {
                        true => text.replace(TRIGRAMS, &trigrams(&mut tx).await?),
                        false => text,
                    };
                    (&mut *tx).execute(AssertSqlSafe(text)).await?;
                    sqlx::query("INSERT INTO schema_version (version) VALUES ($1)")
                        .bind(version)
                        .execute(&mut *tx)
                        .await?;
                }
                tx.commit().await?;
            }
        }
        Ok(())
    }
}

/// A migration without the parts that are for the other engine.
fn without_parts(text: &str, start: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut is_skipped = false;
    for line in text.lines() {
        match line.trim() {
            "-- end" => is_skipped = false,
            mark if mark == start => is_skipped = true,
            _ if is_skipped => {}
            _ => {
                kept.push_str(line);
                kept.push('\n');
            }
        }
    }
    kept
}

/// PostgreSQL's operator class for an index on parts of words, with the schema it is in. It comes with the extension
/// `pg_trgm`, which is created where it is not there yet: any owner of a database may, since it is a trusted one.
async fn trigrams(tx: &mut PgTransaction<'_>) -> Result<String> {
    // One extension serves all schemas of a database: two processes must not create it at once.
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(START_LOCK).execute(&mut **tx).await?;
    if let Some(schema) = extension_schema(tx).await? {
        return Ok(format!("{schema}.gin_trgm_ops"));
    }
    let in_public: bool =
        sqlx::query_scalar("SELECT coalesce(has_schema_privilege(to_regnamespace('public')::oid, 'CREATE'), FALSE)")
            .fetch_one(&mut **tx)
            .await?;
    let create = if in_public {
        "CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public"
    } else {
        "CREATE EXTENSION IF NOT EXISTS pg_trgm"
    };
    (&mut **tx).execute(create).await.map_err(|error| StoreError::Extension { reason: error.to_string() })?;
    let schema = extension_schema(tx).await?;
    let schema =
        schema.ok_or_else(|| StoreError::Extension { reason: "it is not there after it was created".into() })?;
    Ok(format!("{schema}.gin_trgm_ops"))
}

/// Schema of the extension `pg_trgm`, quoted.
async fn extension_schema(tx: &mut PgTransaction<'_>) -> Result<Option<String>> {
    Ok(sqlx::query_scalar(
        "SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_trgm'",
    )
    .fetch_optional(&mut **tx)
    .await?)
}

/// Path of an SQLite address, without its scheme.
pub(super) fn sqlite_path(address: &str) -> Option<&str> {
    let rest = address.strip_prefix("sqlite:")?;
    Some(rest.strip_prefix("//").unwrap_or(rest))
}

/// An address fit for messages: user and password of a URL are left out.
pub fn without_password(address: &str) -> String {
    match (address.find("://"), address.rfind('@')) {
        (Some(scheme), Some(at)) if at > scheme => format!("{}://…{}", &address[..scheme], &address[at..]),
        _ => address.to_owned(),
    }
}

async fn open_sqlite(path: &str, options: &StoreOptions) -> Result<Store> {
    let refuse = |reason: String| StoreError::Address { address: format!("sqlite://{path}"), reason };
    if path.is_empty() {
        return Err(refuse("the path is empty".into()));
    }
    if let Some(folder) = Path::new(path).parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)
            .map_err(|error| refuse(format!("could not create {}: {error}", folder.display())))?;
    }
    let lock = lock(path)?;
    connect_sqlite(path, options, Some(lock)).await
}

/// Rows of an answer that wait for their reader.
const ROWS_HANDED_OVER: usize = 1_000;

async fn connect_sqlite(path: &str, options: &StoreOptions, lock: Option<std::fs::File>) -> Result<Store> {
    let refuse = |reason: String| StoreError::Address { address: format!("sqlite://{path}"), reason };
    let connect = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(lock.is_some())
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(if options.durable { SqliteSynchronous::Full } else { SqliteSynchronous::Off })
        .foreign_keys(true)
        // What is deleted is overwritten: it may have leaked a secret.
        .pragma("secure_delete", "FAST")
        .busy_timeout(Duration::from_secs(10))
        .pragma("cache_size", "-16000")
        // Rows come from a thread of the driver, which by itself waits for their reader after every fifty.
        .row_buffer_size(ROWS_HANDED_OVER)
        .optimize_on_close(true, None);
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        .min_connections(1)
        .test_before_acquire(false)
        // After an i/o error SQLite has ended the transaction by itself and the connection still counts it: the only
        // writing connection would refuse every transaction from then on. A rollback may be on its way, hence the ping.
        .before_acquire(|connection, _| {
            Box::pin(async move {
                if connection.is_in_transaction() {
                    connection.ping().await?;
                }
                Ok(!connection.is_in_transaction())
            })
        })
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(connect.clone())
        .await
        .map_err(|error| refuse(error.to_string()))?;
    let read = SqlitePoolOptions::new()
        .max_connections(options.readers)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(connect.pragma("query_only", "ON"))
        .await
        .map_err(|error| refuse(error.to_string()))?;
    Ok(Store { engine: Engine::Sqlite { write, read }, _lock: lock.map(Arc::new) })
}

/// Takes the lock that keeps a second process from the same file. The operating system lets go of
/// it when the process ends, however it ends.
pub(super) fn lock(path: &str) -> Result<std::fs::File> {
    let lock_path = format!("{path}.lock");
    let refuse = |reason: String| StoreError::Address { address: format!("sqlite://{path}"), reason };
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .read(true)
        .write(true)
        .truncate(false)
        .open(&lock_path)
        .map_err(|error| refuse(format!("could not open {lock_path}: {error}")))?;
    match file.try_lock() {
        Ok(()) => {
            file.set_len(0)
                .and_then(|()| write!(file, "process {}", std::process::id()))
                .map_err(|error| refuse(format!("could not write {lock_path}: {error}")))?;
            Ok(file)
        }
        Err(std::fs::TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = file.read_to_string(&mut holder);
            Err(StoreError::InUse { path: path.to_owned(), holder })
        }
        Err(std::fs::TryLockError::Error(error)) => Err(refuse(format!("could not lock {lock_path}: {error}"))),
    }
}

/// How long PostgreSQL lets a transaction wait for us; ours never wait for anything but the database.
const IDLE_IN_TRANSACTION: &str = "20s";

async fn open_postgres(address: &str, options: &StoreOptions) -> Result<Store> {
    let refuse = |reason: String| StoreError::Address { address: without_password(address), reason };
    let connect =
        PgConnectOptions::from_str(address).map_err(|error| refuse(error.to_string()))?.application_name("greenroom");
    // A process that sleeps in the middle of a transaction must not hold up the others for as long as it sleeps.
    let connect = connect.options([("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION)]);
    let pool = PgPoolOptions::new()
        .max_connections(options.readers + 4)
        .acquire_timeout(Duration::from_secs(10))
        .test_before_acquire(false)
        .connect_with(connect.clone())
        .await;
    match pool {
        Ok(pool) => Ok(Store { engine: Engine::Postgres(pool), _lock: None }),
        // The pool only says how long it has tried; one more try says why that failed.
        Err(sqlx::Error::PoolTimedOut) => match PgConnection::connect_with(&connect).await {
            Err(error) => Err(refuse(error.to_string())),
            Ok(_) => Err(refuse("it answers too slowly".into())),
        },
        Err(error) => Err(refuse(error.to_string())),
    }
}
