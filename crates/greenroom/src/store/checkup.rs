//! What `doctor` asks a database about itself.

use super::{Engine, MIGRATIONS, Result, Store, on, write_on};
use crate::model::Millis;
use std::collections::BTreeSet;

/// SQLite before this version can corrupt a database in WAL mode.
const SQLITE_LEAST: [u32; 3] = [3, 51, 3];

impl Store {
    /// What the engine finds wrong with its own files, a line each; `deep` reads everything.
    pub async fn integrity(&self, deep: bool) -> Result<Vec<String>> {
        let Engine::Sqlite { read, .. } = &self.engine else { return Ok(Vec::new()) };
        let check = if deep { "PRAGMA integrity_check" } else { "PRAGMA quick_check" };
        let said: Vec<String> = sqlx::query_scalar(check).fetch_all(read).await?;
        let mut wrong: Vec<String> = said.into_iter().filter(|line| line != "ok").collect();
        let lost: Vec<(String, Option<i64>, String, i64)> =
            sqlx::query_as("PRAGMA foreign_key_check").fetch_all(read).await?;
        wrong.extend(lost.iter().map(|(table, row, parent, _)| {
            format!("row {} of {table} refers to a row that {parent} does not have", row.unwrap_or_default())
        }));
        Ok(wrong)
    }

    /// How the engine is set up, where that is not as it should be.
    pub async fn engine_problems(&self) -> Result<Vec<String>> {
        let mut wrong = Vec::new();
        match &self.engine {
            Engine::Sqlite { read, .. } => {
                let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(read).await?;
                if mode != "wal" {
                    wrong.push(format!("SQLite's journal mode is {mode}, not wal"));
                }
                let version: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(read).await?;
                let parts: Vec<u32> = version.split('.').map(|part| part.parse().unwrap_or(0)).collect();
                if parts.as_slice() < SQLITE_LEAST.as_slice() {
                    wrong.push(format!("SQLite {version} can corrupt a database in WAL mode; 3.51.3 is the least"));
                }
            }
            Engine::Postgres(pool) => {
                let settings: Vec<(String, String)> = sqlx::query_as(
                    "SELECT CAST(name AS TEXT), CAST(setting AS TEXT) FROM pg_settings WHERE name IN ('full_page_writes', 'server_version_num')",
                )
                .fetch_all(pool)
                .await?;
                for (name, value) in settings {
                    if name == "server_version_num" && value.parse::<i64>().is_ok_and(|version| version < 130_000) {
                        wrong.push(format!("PostgreSQL {value} is older than 13"));
                    }
                }
            }
        }
        Ok(wrong)
    }

    /// Indexes that the migrations made and that are not there any more.
    pub async fn missing_indexes(&self) -> Result<Vec<String>> {
        let sqlite = "SELECT name FROM sqlite_master WHERE type = 'index'";
        let postgres = "SELECT CAST(indexname AS TEXT) FROM pg_indexes WHERE schemaname = current_schema()";
        let there: Vec<String> = match &self.engine {
            Engine::Sqlite { read, .. } => sqlx::query_scalar(sqlite).fetch_all(read).await?,
            Engine::Postgres(pool) => sqlx::query_scalar(postgres).fetch_all(pool).await?,
        };
        let there: BTreeSet<String> = there.into_iter().collect();
        let version = usize::try_from(self.schema_version().await?).unwrap_or(0);
        let made = MIGRATIONS.iter().take(version).flat_map(|text| indexes_of(text, self.is_shared()));
        Ok(made.filter(|name| !there.contains(name)).collect())
    }

    /// Leases that ran out some time before `before` and that nobody has taken over.
    pub async fn stuck_leases(&self, before: Millis) -> Result<i64> {
        Ok(on!(self, db => {
            sqlx::query_scalar("SELECT count(*) FROM task WHERE owner IS NOT NULL AND leased_until > 0 AND leased_until < $1 AND NOT dead")
                .bind(before.0).fetch_one(db).await?
        }))
    }

    /// Frees such leases; their attempts stay counted.
    pub async fn free_stuck_leases(&self, before: Millis) -> Result<()> {
        write_on!(self, db => {
            sqlx::query("UPDATE task SET owner = NULL, leased_until = 0 WHERE owner IS NOT NULL AND leased_until > 0 AND leased_until < $1")
                .bind(before.0).execute(db).await?;
        });
        Ok(())
    }

    /// Tasks that were given up.
    pub async fn given_up(&self) -> Result<i64> {
        Ok(on!(self, db => sqlx::query_scalar("SELECT count(*) FROM task WHERE dead").fetch_one(db).await?))
    }
}

/// Names of the indexes that a migration makes on this engine.
fn indexes_of(migration: &str, is_postgres: bool) -> Vec<String> {
    let mut names = Vec::new();
    let mut is_other = false;
    for line in migration.lines().map(str::trim) {
        match line {
            "-- only sqlite" => is_other = is_postgres,
            "-- only postgres" => is_other = !is_postgres,
            "-- end" => is_other = false,
            _ if is_other => {}
            line => {
                let rest = line.strip_prefix("CREATE INDEX ").or_else(|| line.strip_prefix("CREATE UNIQUE INDEX "));
                names.extend(rest.and_then(|rest| rest.split_whitespace().next()).map(str::to_owned));
            }
        }
    }
    names
}
