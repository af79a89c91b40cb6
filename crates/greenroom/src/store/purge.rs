//! Purging: content that must not be here any more, together with everything that was read out of it. The row stays and
//! says so, and nothing fetches it again.

use super::queue::insert_tasks;
use super::reports::{count_results, lock_history};
use super::search::{Entry, Kind, file_row, forget_entries, write_entries};
use super::{Engine, NewTask, Result, Store, on, push_ids, transaction};
use crate::model::Millis;
use crate::model::task::TaskKind;
use sqlx::QueryBuilder;

/// Ids in one statement.
const IDS: usize = 500;
/// Tables that text of content is in.
const TABLES: &str =
    "artifact, job, file, report, result, failure, family, log_failure, test, search, search_text, run_tests";

/// What was purged, as far as the rows go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purged {
    /// Repository it belonged to.
    pub repository_id: i64,
    /// Run it belonged to.
    pub run_id: i64,
}

#[derive(sqlx::FromRow)]
struct PurgedRow {
    repository_id: i64,
    run_id: i64,
    position: i64,
}

/// Removes, of these families, those that nothing belongs to any more; of the others what they say is taken from what
/// is left.
macro_rules! tidy_families {
    ($tx:ident : $db:ident, $families:expr) => {{
        for id in $families {
            let id: i64 = id;
            let message: Option<String> = sqlx::query_scalar(
                "SELECT message FROM (SELECT message, at FROM failure WHERE family_id = $1 \
                 UNION ALL SELECT message, 0 AS at FROM log_failure WHERE family_id = $1) said ORDER BY at DESC LIMIT 1",
            )
            .bind(id).fetch_optional(&mut *$tx).await?;
            let Some(message) = message else {
                sqlx::query("DELETE FROM family_run WHERE family_id = $1").bind(id).execute(&mut *$tx).await?;
                sqlx::query("DELETE FROM family WHERE id = $1").bind(id).execute(&mut *$tx).await?;
                forget_entries!($tx: $db, vec![Kind::Family.row(id)], id);
                continue;
            };
            let message = &message[..message.floor_char_boundary(2_000)];
            let row: Option<(String, Option<String>, i64)> =
                sqlx::query_as("UPDATE family SET message = $1 WHERE id = $2 RETURNING title, kind, last_seen_at")
                    .bind(message).bind(id).fetch_optional(&mut *$tx).await?;
            if let Some((title, kind, at)) = row {
                write_entries!($tx: $db, vec![Entry::family(id, &title, kind.as_deref(), message, at)]);
            }
        }
    }};
}

impl Store {
    /// Removes an artifact's rows of content (files, reports, results, failures, what is found by them) and writes that
    /// it was deleted for this reason. Its blob is deleted afterwards. `None` if there is no such artifact.
    pub async fn purge_artifact(&self, id: i64, reason: &str) -> Result<Option<Purged>> {
        transaction!(self, tx: Db => {
            let row: Option<PurgedRow> = sqlx::query_as(
                "SELECT a.repository_id, a.run_id, r.created_at AS position FROM artifact a JOIN run r ON r.id = a.run_id WHERE a.id = $1",
            )
            .bind(id).fetch_optional(&mut *tx).await?;
            let Some(row) = row else { return Ok(None) };
            lock_history!(tx, row.repository_id);
            // First, so that who works on it now cannot write any more.
            sqlx::query("DELETE FROM task WHERE kind IN ('artifact', 'reports') AND subject = $1").bind(id).execute(&mut *tx).await?;
            let reports: Vec<(i64, bool)> =
                sqlx::query_as("SELECT id, counted FROM report WHERE artifact_id = $1").bind(id).fetch_all(&mut *tx).await?;
            let (mut tests, mut families): (Vec<i64>, Vec<i64>) = (Vec::new(), Vec::new());
            for (report_id, counted) in reports {
                if counted {
                    count_results!(tx, report_id, false);
                }
                let found: Vec<i64> = sqlx::query_scalar("DELETE FROM result WHERE report_id = $1 RETURNING test_id").bind(report_id).fetch_all(&mut *tx).await?;
                tests.extend(found);
                let found: Vec<Option<i64>> = sqlx::query_scalar("DELETE FROM failure WHERE report_id = $1 RETURNING family_id").bind(report_id).fetch_all(&mut *tx).await?;
                families.extend(found.into_iter().flatten());
                sqlx::query("DELETE FROM report WHERE id = $1").bind(report_id).execute(&mut *tx).await?;
            }
            tests.sort_unstable();
            tests.dedup();
            for chunk in tests.chunks(IDS) {
                let mut query = QueryBuilder::<Db>::new("SELECT id FROM test WHERE NOT EXISTS (SELECT 1 FROM result s WHERE s.test_id = test.id) AND id IN ");
                push_ids(&mut query, chunk);
                let gone: Vec<i64> = query.build_query_scalar().fetch_all(&mut *tx).await?;
                for test_id in gone {
                    sqlx::query("DELETE FROM test_alias WHERE test_id = $1").bind(test_id).execute(&mut *tx).await?;
                    sqlx::query("DELETE FROM test WHERE id = $1").bind(test_id).execute(&mut *tx).await?;
                    forget_entries!(tx: Db, vec![Kind::Test.row(test_id)], test_id);
                }
            }
            families.sort_unstable();
            families.dedup();
            tidy_families!(tx: Db, families);
            let paths: Vec<String> = sqlx::query_scalar("DELETE FROM file WHERE artifact_id = $1 RETURNING path").bind(id).fetch_all(&mut *tx).await?;
            forget_entries!(tx: Db, paths.iter().map(|path| file_row(row.repository_id, path).0).collect(), id);
            sqlx::query(
                "UPDATE artifact SET state = 'deleted', reason = $1, blob = NULL, blob_bytes = NULL, blob_sha256 = NULL, content_at = NULL, \
                 files = 0, images = 0, json = 0, text = 0, binary_files = 0, file_bytes = 0 WHERE id = $2",
            )
            .bind(reason).bind(id).execute(&mut *tx).await?;
            insert_tasks!(tx: Db, [row.tests_task()]);
            Ok(Some(Purged { repository_id: row.repository_id, run_id: row.run_id }))
        })
    }

    /// The same for the log of a job, and the failures found in it. `None` if there is no such job.
    pub async fn purge_log(&self, job_id: i64, reason: &str) -> Result<Option<Purged>> {
        transaction!(self, tx: Db => {
            let row: Option<PurgedRow> = sqlx::query_as(
                "SELECT r.repository_id, j.run_id, r.created_at AS position FROM job j JOIN run r ON r.id = j.run_id WHERE j.id = $1",
            )
            .bind(job_id).fetch_optional(&mut *tx).await?;
            let Some(row) = row else { return Ok(None) };
            lock_history!(tx, row.repository_id);
            sqlx::query("DELETE FROM task WHERE kind IN ('log', 'log-failures') AND subject = $1").bind(job_id).execute(&mut *tx).await?;
            let families: Vec<Option<i64>> = sqlx::query_scalar("DELETE FROM log_failure WHERE job_id = $1 RETURNING family_id").bind(job_id).fetch_all(&mut *tx).await?;
            let mut families: Vec<i64> = families.into_iter().flatten().collect();
            families.sort_unstable();
            families.dedup();
            tidy_families!(tx: Db, families);
            sqlx::query("UPDATE job SET log_state = 'deleted', log_reason = $1, log_blob = NULL, log_bytes = NULL, log_sha256 = NULL, log_content_at = NULL WHERE id = $2")
                .bind(reason).bind(job_id).execute(&mut *tx).await?;
            insert_tasks!(tx: Db, [row.tests_task()]);
            Ok(Some(Purged { repository_id: row.repository_id, run_id: row.run_id }))
        })
    }

    /// Ids of all artifacts of a run, and of all its jobs; `None` if there is no such run.
    pub async fn contents_of_run(&self, run_id: i64) -> Result<Option<(Vec<i64>, Vec<i64>)>> {
        if self.run_to_detail(run_id).await?.is_none() {
            return Ok(None);
        }
        let artifacts = on!(self, db => sqlx::query_scalar("SELECT id FROM artifact WHERE run_id = $1 ORDER BY id").bind(run_id).fetch_all(db).await?);
        let jobs = on!(self, db => sqlx::query_scalar("SELECT id FROM job WHERE run_id = $1 ORDER BY id").bind(run_id).fetch_all(db).await?);
        Ok(Some((artifacts, jobs)))
    }

    /// Makes what was deleted unreadable in the files of the database, as far as the engine does that: SQLite's file is
    /// written anew and its write-ahead log emptied; PostgreSQL's tables are vacuumed. Tells whether nothing is left of
    /// it in files of ours: a reader may keep the write-ahead log from being emptied.
    pub async fn scrub(&self) -> Result<bool> {
        match &self.engine {
            Engine::Sqlite { write, .. } => {
                sqlx::query("VACUUM").execute(write).await?;
                let (busy, _, _): (i64, i64, i64) =
                    sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(write).await?;
                Ok(busy == 0)
            }
            Engine::Postgres(pool) => {
                sqlx::query(sqlx::AssertSqlSafe(format!("VACUUM {TABLES}"))).execute(pool).await?;
                Ok(true)
            }
        }
    }
}

impl PurgedRow {
    /// What its run's tests add up to has changed.
    fn tests_task(&self) -> NewTask {
        NewTask {
            kind: TaskKind::Tests,
            subject: self.run_id,
            repository_id: self.repository_id,
            run_id: self.run_id,
            position: self.position,
            due_at: Millis(0),
        }
    }
}
