//! Rows of the durable queue: enqueue, claim under a lease, finish, fail, release. What a task
//! means is not known here.
//!
//! A claim counts its attempt and commits before the work begins, so that work which kills the
//! process is counted. Each claim has an epoch; whoever comes late with an old one is fenced off.

use super::{Result, Store, StoreError, on, transaction, write_on};
use crate::model::Millis;
pub use crate::model::task::Lane;
use crate::model::task::TaskKind;
use sqlx::{Database, Encode, QueryBuilder, Type};

/// A task to be enqueued. Asking twice for the same (kind, subject) is one task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTask {
    /// What to do.
    pub kind: TaskKind,
    /// GitHub's id of the run, artifact or job.
    pub subject: i64,
    /// Repository it belongs to.
    pub repository_id: i64,
    /// Run it belongs to.
    pub run_id: i64,
    /// Higher first: creation time of the run.
    pub position: i64,
    /// Not before.
    pub due_at: Millis,
}

/// A task under our lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// Id of the row.
    pub id: i64,
    /// What to do.
    pub kind: TaskKind,
    /// GitHub's id of the run, artifact or job.
    pub subject: i64,
    /// Repository it belongs to.
    pub repository_id: i64,
    /// Run it belongs to.
    pub run_id: i64,
    /// Tries so far, this one included.
    pub attempts: i64,
    /// How often it had been asked for when we claimed it.
    pub requested: i64,
    /// Our lease.
    pub epoch: i64,
}

#[derive(sqlx::FromRow)]
struct ClaimedRow {
    id: i64,
    kind: String,
    subject: i64,
    repository_id: i64,
    run_id: i64,
    attempts: i64,
    requested: i64,
    epoch: i64,
}

/// How much is queued, dead tasks and second looks left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueCounts {
    /// Runs whose details are to be fetched.
    pub runs: i64,
    /// Artifacts to be fetched.
    pub artifacts: i64,
    /// Logs to be fetched.
    pub logs: i64,
    /// Artifacts, logs and runs to be read or judged: what is mirrored already.
    pub reading: i64,
}

impl QueueCounts {
    /// All of them.
    pub fn all(&self) -> i64 {
        self.runs + self.artifacts + self.logs + self.reading
    }
}

/// Inserts tasks inside a transaction; see [`Store::enqueue`].
macro_rules! insert_tasks {
    ($tx:ident : $db:ident, $tasks:expr) => {{
        for chunk in $tasks.chunks(500) {
            let mut query = sqlx::QueryBuilder::<$db>::new(
                "INSERT INTO task (kind, subject, repository_id, run_id, lane, priority, position, requested, attempts, due_at, dead, epoch, leased_until) ",
            );
            query.push_values(chunk, |mut row, task: &$crate::store::NewTask| {
                row.push_bind(task.kind.as_str())
                    .push_bind(task.subject)
                    .push_bind(task.repository_id)
                    .push_bind(task.run_id)
                    .push_bind(task.kind.lane().number())
                    .push_bind(task.kind.priority())
                    .push_bind(task.position)
                    .push_bind(1_i64)
                    .push_bind(0_i64)
                    .push_bind(task.due_at.0)
                    .push_bind(false)
                    .push_bind(0_i64)
                    .push_bind(0_i64);
            });
            query.push(
                " ON CONFLICT (kind, subject) DO UPDATE SET requested = task.requested + 1, \
                 due_at = CASE WHEN excluded.due_at < task.due_at THEN excluded.due_at ELSE task.due_at END, \
                 attempts = CASE WHEN task.dead THEN 0 ELSE task.attempts END, \
                 reason = CASE WHEN task.dead THEN NULL ELSE task.reason END, dead = excluded.dead",
            );
            query.build().execute(&mut *$tx).await?;
        }
    }};
}

/// Removes a claimed task inside a transaction, or leaves it for another round when it was asked
/// for again meanwhile. Fails with `Fenced` when the lease is not ours any more.
macro_rules! finish_task {
    ($tx:ident, $claimed:expr, $owner:expr) => {{
        let claimed: &$crate::store::Claimed = $claimed;
        let gone = sqlx::query("DELETE FROM task WHERE id = $1 AND owner = $2 AND epoch = $3 AND requested = $4")
            .bind(claimed.id)
            .bind($owner)
            .bind(claimed.epoch)
            .bind(claimed.requested)
            .execute(&mut *$tx)
            .await?
            .rows_affected();
        if gone == 0 {
            let kept = sqlx::query(
                "UPDATE task SET owner = NULL, leased_until = 0, attempts = 0, reason = NULL \
                 WHERE id = $1 AND owner = $2 AND epoch = $3",
            )
            .bind(claimed.id)
            .bind($owner)
            .bind(claimed.epoch)
            .execute(&mut *$tx)
            .await?
            .rows_affected();
            if kept == 0 {
                return Err($crate::store::StoreError::Fenced { task: claimed.id });
            }
        }
    }};
}

/// Gives a claimed task up inside a transaction, for this reason; where there is none, finishes it.
macro_rules! finish_or_give_up_task {
    ($tx:ident, $claimed:expr, $owner:expr, $reason:expr) => {{
        let reason: Option<&str> = $reason;
        if let Some(reason) = reason {
            let claimed: &$crate::store::Claimed = $claimed;
            let kept = sqlx::query(
                "UPDATE task SET owner = NULL, leased_until = 0, reason = $1, due_at = 0, dead = TRUE WHERE id = $2 AND owner = $3 AND epoch = $4",
            )
            .bind(reason)
            .bind(claimed.id)
            .bind($owner)
            .bind(claimed.epoch)
            .execute(&mut *$tx)
            .await?
            .rows_affected();
            if kept == 0 {
                return Err($crate::store::StoreError::Fenced { task: claimed.id });
            }
        } else {
            finish_task!($tx, $claimed, $owner);
        }
    }};
}

pub(super) use {finish_or_give_up_task, finish_task, insert_tasks};

fn push_only<D: Database>(query: &mut QueryBuilder<D>, column: &str, value: Option<i64>)
where
    for<'q> i64: Encode<'q, D> + Type<D>,
{
    if let Some(value) = value {
        query.push(format!(" AND {column} = ")).push_bind(value);
    }
}

impl Store {
    /// Enqueues tasks. One that is queued already becomes due at the earlier of both times; one that
    /// is being worked on will be worked on once more; one that was given up starts afresh.
    pub async fn enqueue(&self, tasks: &[NewTask]) -> Result<()> {
        transaction!(self, tx: Db => {
            insert_tasks!(tx: Db, tasks);
            Ok(())
        })
    }

    /// Takes the first due task of a lane under a lease until `until`, counting the attempt.
    pub async fn claim(&self, lane: Lane, owner: &str, now: Millis, until: Millis) -> Result<Option<Claimed>> {
        let row: Option<ClaimedRow> = write_on!(self, db => {
            let mut query = QueryBuilder::new("UPDATE task SET owner = ");
            query.push_bind(owner).push(", epoch = epoch + 1, attempts = attempts + 1, leased_until = ").push_bind(if mutant!("claim-without-lease") { 0 } else { until.0 });
            query.push(" WHERE id = (SELECT id FROM task WHERE lane = ").push_bind(lane.number());
            query.push(" AND NOT dead AND due_at <= ").push_bind(now.0).push(" AND leased_until <= ").push_bind(now.0);
            query.push(" ORDER BY priority, position DESC LIMIT 1").push(self.skip_locked()).push(")");
            query.push(" RETURNING id, kind, subject, repository_id, run_id, attempts, requested, epoch");
            query.build_query_as().fetch_optional(db).await?
        });
        Ok(row.and_then(|row| {
            Some(Claimed {
                id: row.id,
                kind: TaskKind::from_word(&row.kind)?,
                subject: row.subject,
                repository_id: row.repository_id,
                run_id: row.run_id,
                attempts: row.attempts,
                requested: row.requested,
                epoch: row.epoch,
            })
        }))
    }

    /// The one clause of the queue that PostgreSQL needs and SQLite does not know.
    fn skip_locked(&self) -> &'static str {
        if self.is_shared() { " FOR UPDATE SKIP LOCKED" } else { "" }
    }

    /// Keeps a lease alive during long work.
    ///
    /// # Errors
    /// `Fenced` when the lease is not ours any more.
    pub async fn renew(&self, claimed: &Claimed, owner: &str, until: Millis) -> Result<()> {
        let kept = write_on!(self, db => {
            sqlx::query("UPDATE task SET leased_until = $1 WHERE id = $2 AND owner = $3 AND epoch = $4")
                .bind(until.0).bind(claimed.id).bind(owner).bind(claimed.epoch).execute(db).await?.rows_affected()
        });
        if kept == 0 { Err(StoreError::Fenced { task: claimed.id }) } else { Ok(()) }
    }

    /// Gives a task back without having done it; the attempt does not count.
    pub async fn release(&self, claimed: &Claimed, owner: &str, due_at: Millis) -> Result<()> {
        transaction!(self, tx: Db => {
            let held = sqlx::query("UPDATE task SET owner = NULL, leased_until = 0, attempts = attempts - 1, due_at = $1 WHERE id = $2 AND owner = $3 AND epoch = $4")
                .bind(due_at.0).bind(claimed.id).bind(owner).bind(claimed.epoch).execute(&mut *tx).await?.rows_affected();
            if held > 0 && claimed.kind == TaskKind::Artifact {
                sqlx::query("UPDATE artifact SET state = 'pending' WHERE id = $1 AND state = 'fetching'")
                    .bind(claimed.subject).execute(&mut *tx).await?;
            }
            Ok(())
        })
    }

    /// Gives back everything a stopping process holds, the right to poll included; those attempts
    /// do not count.
    pub async fn release_all(&self, owner: &str) -> Result<()> {
        write_on!(self, db => {
            sqlx::query("UPDATE repository SET poll_owner = NULL, poll_until = 0 WHERE poll_owner = $1").bind(owner).execute(db).await?;
            sqlx::query("UPDATE artifact SET state = 'pending' WHERE state = 'fetching' AND id IN (SELECT subject FROM task WHERE kind = 'artifact' AND owner = $1)")
                .bind(owner).execute(db).await?;
            sqlx::query("UPDATE task SET owner = NULL, leased_until = 0, attempts = attempts - 1 WHERE owner = $1 AND leased_until > 0")
                .bind(owner).execute(db).await?;
        });
        Ok(())
    }

    /// Frees what is leased to `owner` and not among `held`: a claim whose answer was lost, so that nobody works on it.
    /// The attempt does not count.
    pub async fn release_unheld(&self, owner: &str, held: &[i64]) -> Result<u64> {
        transaction!(self, tx: Db => {
            let but_held = |query: &mut QueryBuilder<Db>| {
                query.push(" owner = ").push_bind(owner.to_owned()).push(" AND leased_until > 0");
                held.iter().for_each(|id| { query.push(" AND id <> ").push_bind(*id); });
            };
            let mut query = QueryBuilder::<Db>::new("UPDATE artifact SET state = 'pending' WHERE state = 'fetching' AND id IN (SELECT subject FROM task WHERE kind = 'artifact' AND");
            but_held(&mut query);
            query.push(")").build().execute(&mut *tx).await?;
            let mut query = QueryBuilder::<Db>::new("UPDATE task SET owner = NULL, leased_until = 0, attempts = attempts - 1 WHERE");
            but_held(&mut query);
            Ok(query.build().execute(&mut *tx).await?.rows_affected())
        })
    }

    /// Frees the leases of processes that no longer exist; for a database that only one process can
    /// use. The attempts stay counted: the work may be what ended the process.
    pub async fn free_leases(&self) -> Result<()> {
        write_on!(self, db => {
            sqlx::query("UPDATE task SET owner = NULL, leased_until = 0 WHERE leased_until > 0").execute(db).await?;
            sqlx::query("UPDATE artifact SET state = 'pending' WHERE state = 'fetching'").execute(db).await?;
            sqlx::query("UPDATE repository SET poll_owner = NULL, poll_until = 0").execute(db).await?;
        });
        Ok(())
    }

    /// Makes every failed or given-up task due now, with all its attempts ahead of it, and every
    /// download that was put off.
    pub async fn retry_failed(&self, now: Millis) -> Result<u64> {
        self.retry(now, None).await
    }

    /// The same for one task that failed or was given up; tells whether there was one.
    pub async fn retry_task(&self, kind: TaskKind, subject: i64, now: Millis) -> Result<bool> {
        Ok(self.retry(now, Some((kind, subject))).await? > 0)
    }

    async fn retry(&self, now: Millis, only: Option<(TaskKind, i64)>) -> Result<u64> {
        let subject = only.map(|(_, subject)| subject);
        let wants = |kind: TaskKind| only.is_none_or(|(asked, _)| asked == kind);
        transaction!(self, tx: Db => {
            if wants(TaskKind::Artifact) {
                let mut query = QueryBuilder::<Db>::new("UPDATE artifact SET state = 'pending' WHERE state = 'quarantined' AND blob IS NULL AND id IN (SELECT subject FROM task WHERE dead AND kind = 'artifact')");
                push_only(&mut query, "id", subject);
                query.build().execute(&mut *tx).await?;
            }
            if wants(TaskKind::Log) {
                let mut query = QueryBuilder::<Db>::new("UPDATE job SET log_state = 'pending' WHERE id IN (SELECT subject FROM task WHERE dead AND kind = 'log')");
                push_only(&mut query, "id", subject);
                query.build().execute(&mut *tx).await?;
            }
            let mut query = QueryBuilder::<Db>::new("UPDATE task SET due_at = ");
            query.push_bind(now.0).push(", attempts = 0, dead = FALSE WHERE leased_until <= ").push_bind(now.0);
            match only {
                None => query.push(" AND (reason IS NOT NULL OR (lane = 1 AND due_at > ").push_bind(now.0).push("))"),
                Some((kind, subject)) => query.push(" AND reason IS NOT NULL AND kind = ").push_bind(kind.as_str()).push(" AND subject = ").push_bind(subject),
            };
            Ok(query.build().execute(&mut *tx).await?.rows_affected())
        })
    }

    /// How much is queued.
    pub async fn queue_counts(&self) -> Result<QueueCounts> {
        self.count_tasks(None).await
    }

    /// How much is due now.
    pub async fn due_counts(&self, now: Millis) -> Result<QueueCounts> {
        self.count_tasks(Some(now)).await
    }

    async fn count_tasks(&self, due_by: Option<Millis>) -> Result<QueueCounts> {
        let rows: Vec<(String, i64)> = on!(self, db => {
            sqlx::query_as("SELECT kind, count(*) FROM task WHERE NOT dead AND due_at <= $1 GROUP BY kind")
                .bind(due_by.map_or(i64::MAX, |by| by.0)).fetch_all(db).await?
        });
        let count = |kind: TaskKind| rows.iter().find(|(word, _)| word == kind.as_str()).map_or(0, |(_, count)| *count);
        Ok(QueueCounts {
            runs: count(TaskKind::RunDetails),
            artifacts: count(TaskKind::Artifact),
            logs: count(TaskKind::Log),
            reading: count(TaskKind::Reports) + count(TaskKind::LogFailures) + count(TaskKind::Tests),
        })
    }
}
