//! The database: SQLite (one file, WAL) or PostgreSQL behind one set of functions. The only room
//! that names sqlx. SQL is written once, in the portable subset, beside the function that needs it;
//! [`on!`] and [`transaction!`] expand it for both engines.

mod care;
mod checkup;
mod collect;
mod copy;
mod days;
mod open;
mod purge;
pub mod queue;
mod read;
mod reports;
mod repository;
mod search;
mod testing;

pub use care::{BlobRecord, Mended};
pub use collect::{ArtifactContent, ArtifactToFetch, EntryRow, JobRecord, OldContent, RunPlan, RunToDetail};
pub use copy::Occupancy;
pub use open::{MIGRATIONS, StoreOptions};
pub use purge::Purged;
pub use queue::{Claimed, Lane, NewTask, QueueCounts};
pub use read::*;
pub use reports::{
    ArtifactToRead, CaseRecord, FailureRecord, FamilyKey, KeptAttachment, LogFailureRecord, ReportRecord, StoredEntry,
    Versions,
};
pub use repository::{Stored, Validator};
pub use testing::{DecidedReport, FreshFailure, RunJob, RunReport, RunToTest, SightingRow, TestTitle};

use sqlx::{Database, Encode, PgPool, QueryBuilder, SqlitePool, Type};
use std::sync::Arc;

/// Failures of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database answered with an error.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// Another process took the task over; nothing was written.
    #[error("the lease of task {task} was lost to another process")]
    Fenced {
        /// Id of the task.
        task: i64,
    },
    /// A row that must be there is not.
    #[error("{thing} is not in the database")]
    Missing {
        /// What is missing.
        thing: String,
    },
    /// The database was written by a later version.
    #[error("the database has schema {found}, this program knows {known}: use a newer version of greenroom")]
    Newer {
        /// Schema version in the database.
        found: i64,
        /// Newest schema version this program knows.
        known: i64,
    },
    /// The database was written by an earlier version and has not been migrated yet.
    #[error("the database has schema {found}, this program knows {known}: start greenroom once, which migrates it")]
    Older {
        /// Schema version in the database.
        found: i64,
        /// Newest schema version this program knows.
        known: i64,
    },
    /// PostgreSQL lacks what search is made of.
    #[error(
        "PostgreSQL's extension pg_trgm, which search needs, could not be created: {reason}. It belongs to PostgreSQL's \
         contrib package (Debian: postgresql-contrib, part of postgresql since 10; Fedora: postgresql-contrib). Where it is \
         installed and this user may not create it, let an administrator run CREATE EXTENSION pg_trgm in this database."
    )]
    Extension {
        /// What PostgreSQL said.
        reason: String,
    },
    /// Another process holds the SQLite file.
    #[error("the database {path} is in use by another greenroom process ({holder})")]
    InUse {
        /// Path of the database file.
        path: String,
        /// What the holder wrote about itself.
        holder: String,
    },
    /// The address of the database cannot be used.
    #[error("DATABASE_URL: could not open {address}: {reason}")]
    Address {
        /// The address, without password.
        address: String,
        /// Why.
        reason: String,
    },
}

/// Result of store functions.
pub type Result<T> = std::result::Result<T, StoreError>;

/// The two engines.
#[derive(Clone, Debug)]
pub(crate) enum Engine {
    /// One writing connection, several reading ones.
    Sqlite { write: SqlitePool, read: SqlitePool },
    /// One pool for everything.
    Postgres(PgPool),
}

/// The database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) engine: Engine,
    /// Holds the lock on the SQLite file for as long as the store lives.
    _lock: Option<Arc<std::fs::File>>,
}

/// Expands one query expression for both engines, on the reading side.
macro_rules! on {
    ($store:expr, $db:ident => $query:expr) => {
        match &$store.engine {
            $crate::store::Engine::Sqlite { read: $db, .. } => $query,
            $crate::store::Engine::Postgres($db) => $query,
        }
    };
}

/// Expands one statement for both engines, on the writing side.
macro_rules! write_on {
    ($store:expr, $db:ident => $query:expr) => {
        match &$store.engine {
            $crate::store::Engine::Sqlite { write: $db, .. } => $query,
            $crate::store::Engine::Postgres($db) => $query,
        }
    };
}

/// Expands one block for both engines inside a writing transaction. The block is an async block's
/// body giving `Result<T>`; an error rolls back.
macro_rules! transaction {
    ($store:expr, $tx:ident : $db:ident => $body:block) => {
        match &$store.engine {
            $crate::store::Engine::Sqlite { write, .. } => {
                #[allow(dead_code)]
                type $db = sqlx::Sqlite;
                let mut $tx = write.begin_with("BEGIN IMMEDIATE").await?;
                let out: $crate::store::Result<_> = async { $body }.await;
                $crate::store::settle($tx, out).await
            }
            $crate::store::Engine::Postgres(pool) => {
                #[allow(dead_code)]
                type $db = sqlx::Postgres;
                let mut $tx = pool.begin().await?;
                let out: $crate::store::Result<_> = async { $body }.await;
                $crate::store::settle($tx, out).await
            }
        }
    };
}

/// Ends a transaction as its work went: committed, or rolled back.
pub(crate) async fn settle<T, Db: sqlx::Database>(tx: sqlx::Transaction<'_, Db>, out: Result<T>) -> Result<T> {
    match out {
        Ok(value) => {
            tx.commit().await?;
            Ok(value)
        }
        Err(error) => {
            // Where this fails, too, the first error says why: SQLite may have ended the transaction by itself.
            let _ = tx.rollback().await;
            Err(error)
        }
    }
}

/// Pushes `(a, b, c)` for an IN clause.
fn push_ids<'a, DB: Database>(query: &mut QueryBuilder<DB>, ids: impl IntoIterator<Item = &'a i64>)
where
    i64: for<'q> Encode<'q, DB> + Type<DB>,
{
    query.push("(");
    let mut list = query.separated(", ");
    for id in ids {
        list.push_bind(*id);
    }
    query.push(")");
}

pub(crate) use {on, transaction, write_on};
