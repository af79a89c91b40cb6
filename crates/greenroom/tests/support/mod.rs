//! What the integration tests share: a fresh database on each engine, as a [`Store`] or as an
//! address, and [`both_engines!`], which makes a test for each.
//!
//! PostgreSQL is the machine's own, started privately by `postgres.sh`: once for all tests where
//! `make test` did so (`GREENROOM_TEST_POSTGRES` is set), else once a test binary, until it ends.
//! Without an installed PostgreSQL, `make test` fails and `cargo test` says so and goes on with SQLite.

// Each test binary uses its own part of this.
#![allow(dead_code, unused_imports, unused_macros)]

use greenroom::store::{Store, StoreOptions};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

/// How `postgres.sh` says that no PostgreSQL is installed.
const UNAVAILABLE: i32 = 69;

/// An engine to test on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A file in a temporary folder.
    Sqlite,
    /// A schema of its own on the private server.
    Postgres,
}

/// An empty database. SQLite's file goes away with it; PostgreSQL's schema with the server.
pub struct Database {
    /// For `Store::open` and `DATABASE_URL`.
    pub address: String,
    /// What it is.
    pub engine: Engine,
    folder: TempDir,
}

impl Database {
    /// A new, empty database; `None` where the engine is not installed.
    pub async fn new(engine: Engine) -> Option<Database> {
        let folder = tempfile::Builder::new().prefix("greenroom-test-").tempdir().unwrap();
        let address = match engine {
            Engine::Sqlite => format!("sqlite://{}", folder.path().join("greenroom.db").display()),
            Engine::Postgres => new_schema(server()?).await,
        };
        Some(Database { address, engine, folder })
    }

    /// Opens a store that does not wait for the disk. SQLite lets one store at a time have the file.
    pub async fn open(&self) -> Store {
        Store::open(&self.address, options()).await.unwrap()
    }

    /// A temporary folder that lives as long as the database.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Runs SQL that no function of the store offers, on a connection of its own: for arranging what
    /// cannot happen otherwise, and for asserting on rows that no function reads.
    pub async fn execute(&self, sql: &str) {
        match self.engine {
            Engine::Sqlite => {
                let mut db = sqlx::SqliteConnection::connect(&self.address).await.unwrap();
                db.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
                db.close().await.unwrap();
            }
            Engine::Postgres => {
                let mut db = PgConnection::connect(&self.address).await.unwrap();
                db.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
                db.close().await.unwrap();
            }
        }
    }

    /// Rows of a query whose columns are all texts or NULL (cast numbers: `CAST(x AS TEXT)`).
    pub async fn rows(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        use sqlx::Row;
        macro_rules! fetch {
            ($connection:ty) => {{
                let mut db = <$connection>::connect(&self.address).await.unwrap();
                let rows = sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_all(&mut db).await.unwrap();
                db.close().await.unwrap();
                rows.iter().map(|row| (0..row.len()).map(|at| row.get(at)).collect()).collect()
            }};
        }
        match self.engine {
            Engine::Sqlite => fetch!(sqlx::SqliteConnection),
            Engine::Postgres => fetch!(PgConnection),
        }
    }

    /// The one number a query answers with.
    pub async fn number(&self, sql: &str) -> i64 {
        let rows = self.rows(&format!("SELECT CAST(({sql}) AS TEXT)")).await;
        rows[0][0].as_deref().unwrap().parse().unwrap()
    }
}

/// The same database opened once more: of SQLite a copy, for the harness still has the lock of the file.
pub async fn reopened(database: &Database) -> Store {
    let Some(path) = database.address.strip_prefix("sqlite://") else { return database.open().await };
    let copied = format!("{path}.copy");
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::copy(format!("{path}{end}"), format!("{copied}{end}"));
    }
    Store::open(&format!("sqlite://{copied}"), options()).await.unwrap()
}

/// How tests read apart: in processes of the program that is tested, for a test itself is no such program. Files may
/// be poisoned.
pub fn reading() -> greenroom::reader::Options {
    greenroom::reader::Options {
        program: env!("CARGO_BIN_EXE_greenroom").into(),
        poison: true,
        ..greenroom::reader::Options::default()
    }
}

/// How tests open stores: nothing in them survives a power cut, and need not.
pub fn options() -> StoreOptions {
    StoreOptions { readers: 3, durable: false }
}

/// Runs a test on an empty database of one engine, or says once that the engine is not there.
pub async fn on_engine(engine: Engine, test: impl AsyncFnOnce(Store, &Database)) {
    let Some(database) = Database::new(engine).await else { return };
    let store = database.open().await;
    test(store.clone(), &database).await;
    store.close().await;
}

/// Makes of each `async fn name(store: Store, database: &Database) { … }` the two tests
/// `name::sqlite` and `name::postgres`.
macro_rules! both_engines {
    ($($(#[$attribute:meta])* async fn $name:ident($store:ident: Store, $database:ident: &Database) $body:block)+) => {
        $(mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn check($store: greenroom::store::Store, $database: &$crate::support::Database) $body

            $(#[$attribute])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                $crate::support::on_engine($crate::support::Engine::Sqlite, check).await;
            }

            $(#[$attribute])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                $crate::support::on_engine($crate::support::Engine::Postgres, check).await;
            }
        })+
    };
}
pub(crate) use both_engines;

/// Makes a schema nobody has used and gives the address that leads into it.
async fn new_schema(server: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let mut connection = PgConnection::connect(server).await.unwrap();
    connection.execute(AssertSqlSafe(format!("CREATE SCHEMA {name}"))).await.unwrap();
    connection.close().await.unwrap();
    format!("{server}&options[search_path]={name}")
}

/// Address of the private server, started now where that has not been done.
fn server() -> Option<&'static str> {
    static SERVER: OnceLock<Option<String>> = OnceLock::new();
    SERVER.get_or_init(|| std::env::var("GREENROOM_TEST_POSTGRES").ok().or_else(start)).as_deref()
}

/// Starts a server that ends with this process: `postgres.sh` serves until its standard input
/// ends, and the operating system sees to that.
fn start() -> Option<String> {
    static KEPT_OPEN: OnceLock<Child> = OnceLock::new();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/postgres.sh");
    let mut child = Command::new("bash")
        .args([script, "attached"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("bash starts the private PostgreSQL");
    let mut address = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
    if address.is_empty() {
        let code = child.wait().unwrap().code();
        assert_eq!(code, Some(UNAVAILABLE), "the private PostgreSQL could not be started");
        // Past the test harness, which would keep it to itself.
        let said = b"skipped: the PostgreSQL tests: no PostgreSQL is installed (Debian: apt-get install postgresql)\n";
        std::io::stderr().write_all(said).unwrap();
        return None;
    }
    let _ = KEPT_OPEN.set(child);
    Some(address.trim().to_owned())
}
