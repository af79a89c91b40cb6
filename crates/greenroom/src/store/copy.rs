//! A consistent copy of the whole database in files, made while others write, and a database made of such a copy.
//! SQLite is copied by itself (`VACUUM INTO`), PostgreSQL table by table in one snapshot. A copy belongs to its engine.

use super::open::{lock, sqlite_path, without_password};
use super::{Engine, Store, StoreOptions};
use anyhow::Context;
use futures::TryStreamExt;
use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::path::Path;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Name of SQLite's copy.
const SQLITE_COPY: &str = "greenroom.db";
/// Names the tables of a copy of PostgreSQL in the order in which they can be filled.
const TABLES: &str = "tables.json";
/// Bytes sent to PostgreSQL at a time.
const CHUNK_BYTES: usize = 256 * 1024;
/// Keeps the version of the schema; filled by the migrations themselves.
const VERSION_TABLE: &str = "schema_version";

#[derive(Serialize, Deserialize)]
struct CopiedTable {
    name: String,
    columns: Vec<String>,
}

/// What is in a database that something is to be restored into.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Occupancy {
    /// Whether anything was mirrored into it.
    pub is_taken: bool,
    /// The setting that was asked for.
    pub setting: Option<String>,
}

impl Store {
    /// Writes a copy of the database, as of one moment, into an empty folder; gives the names of the files.
    ///
    /// # Errors
    /// The database or the folder failed; what was written so far is of no use.
    pub async fn copy_to(&self, folder: &Path) -> anyhow::Result<Vec<String>> {
        match &self.engine {
            Engine::Sqlite { write, .. } => {
                let target = folder.join(SQLITE_COPY);
                let target = target.to_str().context("the path of the copy is not UTF-8")?;
                sqlx::query("VACUUM INTO $1")
                    .bind(target)
                    .execute(write)
                    .await
                    .context("could not copy the database")?;
                Ok(vec![SQLITE_COPY.to_owned()])
            }
            Engine::Postgres(pool) => {
                let mut connection = pool.acquire().await?;
                sqlx::query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").execute(&mut *connection).await?;
                let copied = copy_tables(&mut connection, folder).await;
                sqlx::query("ROLLBACK").execute(&mut *connection).await?;
                copied.context("could not copy the database")
            }
        }
    }

    /// What a restore would meet at this address; `setting` is read from a database that is there.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn occupancy(address: &str, setting: &str) -> anyhow::Result<Occupancy> {
        if let Some(path) = sqlite_path(address) {
            let rests = ["-wal", "-shm", "-journal"].iter().any(|end| Path::new(&format!("{path}{end}")).exists());
            if !Path::new(path).exists() {
                anyhow::ensure!(!rests, "{path} is gone, but its journal is there: move {path}-wal away first");
                return Ok(Occupancy::default());
            }
        }
        let store = Store::open_as_it_is(address).await?;
        let occupancy = match store.schema_version().await.unwrap_or(0) {
            0 => Occupancy::default(),
            _ => Occupancy { is_taken: !store.is_empty().await?, setting: store.setting(setting).await? },
        };
        store.close().await;
        Ok(occupancy)
    }

    /// Makes a database of a copy whose schema is `schema`, in the place of one that is not taken. It is made whole or
    /// not at all.
    ///
    /// # Errors
    /// Somebody is using the database, the copy cannot be read, or the database failed.
    pub async fn load(address: &str, folder: &Path, schema: i64) -> anyhow::Result<()> {
        match sqlite_path(address) {
            Some(path) => load_file(path, &folder.join(SQLITE_COPY)),
            None => {
                let options = StoreOptions { readers: 1, durable: true };
                let store = Store::open_at(address, options, schema).await?;
                let Engine::Postgres(pool) = &store.engine else { anyhow::bail!("it is not PostgreSQL") };
                let mut connection = pool.acquire().await?;
                let mut tx = connection.begin().await?;
                load_tables(&mut tx, folder)
                    .await
                    .with_context(|| format!("could not fill {}", without_password(address)))?;
                tx.commit().await?;
                drop(connection);
                store.close().await;
                Ok(())
            }
        }
    }
}

async fn copy_tables(connection: &mut PgConnection, folder: &Path) -> anyhow::Result<Vec<String>> {
    // In the order in which they were made: what a table refers to comes before it.
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT CAST(relname AS TEXT) FROM pg_class WHERE relkind = 'r' AND relnamespace = to_regnamespace(current_schema()) ORDER BY oid",
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut tables = Vec::new();
    for name in names.into_iter().filter(|name| name != VERSION_TABLE) {
        let columns: Vec<String> = sqlx::query_scalar(
            "SELECT CAST(column_name AS TEXT) FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position",
        )
        .bind(&name)
        .fetch_all(&mut *connection)
        .await?;
        let table = CopiedTable { name, columns };
        let mut file = tokio::fs::File::create(folder.join(table.file())).await?;
        let statement = format!("COPY {} TO STDOUT", table.in_sql());
        let mut rows = connection.copy_out_raw(&statement).await?;
        while let Some(bytes) = rows.try_next().await? {
            file.write_all(&bytes).await?;
        }
        drop(rows);
        file.flush().await?;
        tables.push(table);
    }
    tokio::fs::write(folder.join(TABLES), serde_json::to_vec_pretty(&tables)?).await?;
    Ok(tables.iter().map(CopiedTable::file).chain([TABLES.to_owned()]).collect())
}

async fn load_tables(connection: &mut PgConnection, folder: &Path) -> anyhow::Result<()> {
    let tables: Vec<CopiedTable> = serde_json::from_slice(&tokio::fs::read(folder.join(TABLES)).await?)?;
    // A database that was started once has settings of its own.
    sqlx::query("DELETE FROM setting").execute(&mut *connection).await?;
    for table in &tables {
        anyhow::ensure!(table.is_plausible(), "{:?} is no table of ours", table.name);
        let mut file = tokio::fs::File::open(folder.join(table.file())).await?;
        let mut filling = connection.copy_in_raw(&format!("COPY {} FROM STDIN", table.in_sql())).await?;
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            match file.read(&mut chunk).await? {
                0 => break,
                count => drop(filling.send(&chunk[..count]).await?),
            }
        }
        filling.finish().await.with_context(|| format!("could not fill the table {}", table.name))?;
    }
    let identities: Vec<(String, String)> = sqlx::query_as(
        "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) FROM information_schema.columns WHERE table_schema = current_schema() AND is_identity = 'YES'",
    )
    .fetch_all(&mut *connection)
    .await?;
    for (table, column) in identities {
        let set = format!(
            "SELECT setval(pg_get_serial_sequence('{table}', '{column}'), greatest(coalesce(max(\"{column}\"), 1), 1), max(\"{column}\") IS NOT NULL) FROM \"{table}\""
        );
        sqlx::query(AssertSqlSafe(set)).execute(&mut *connection).await?;
    }
    Ok(())
}

impl CopiedTable {
    fn file(&self) -> String {
        format!("{}.copy", self.name)
    }

    fn in_sql(&self) -> String {
        let columns: Vec<String> = self.columns.iter().map(|column| format!("\"{column}\"")).collect();
        format!("\"{}\" ({})", self.name, columns.join(", "))
    }

    /// Names come out of a file: nothing but the letters that ours have gets into a statement.
    fn is_plausible(&self) -> bool {
        let is_name = |name: &String| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        is_name(&self.name) && self.columns.iter().all(is_name)
    }
}

/// Puts the copy where the database is to be, in one step.
fn load_file(path: &str, copy: &Path) -> anyhow::Result<()> {
    let folder = Path::new(path).parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).with_context(|| format!("could not make {}", folder.display()))?;
    let _lock = lock(path)?;
    let mut file = tempfile::Builder::new().prefix("greenroom-restoring-").tempfile_in(folder)?;
    std::io::copy(&mut std::fs::File::open(copy)?, &mut file).context("could not copy the database")?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|failed| failed.error).with_context(|| format!("could not put {path} in its place"))?;
    std::fs::File::open(folder)?.sync_all()?;
    Ok(())
}
