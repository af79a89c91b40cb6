//! The queue as users see it: what is not done, why, and when it will be tried again.

use super::{Result, Store, on};
use crate::model::task::TaskKind;
use crate::model::{Millis, QueueCount, QueueItem, QueueState};
use sqlx::QueryBuilder;

/// Which items of the queue to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueQuery {
    /// Only those in this state.
    pub state: Option<QueueState>,
    /// Only those of this kind.
    pub kind: Option<TaskKind>,
    /// Only those after this one: its row.
    pub after: Option<i64>,
    /// Items wanted.
    pub limit: i64,
}

#[derive(sqlx::FromRow)]
struct QueueRow {
    id: i64,
    kind: String,
    subject: i64,
    run_id: i64,
    run_number: Option<i64>,
    workflow_name: Option<String>,
    artifact_name: Option<String>,
    job_name: Option<String>,
    attempts: i64,
    due_at: i64,
    dead: bool,
    leased_until: i64,
    reason: Option<String>,
}

impl QueueRow {
    fn state(&self, now: Millis) -> QueueState {
        match self {
            QueueRow { dead: true, .. } => QueueState::GivenUp,
            row if row.leased_until > now.0 => QueueState::Running,
            QueueRow { reason: Some(_), .. } => QueueState::Failed,
            _ => QueueState::Waiting,
        }
    }

    fn into_model(self, now: Millis) -> QueueItem {
        QueueItem {
            state: self.state(now),
            due_at: (!self.dead).then_some(Millis(self.due_at)),
            kind: self.kind,
            id: self.subject,
            run_id: self.run_id,
            run_number: self.run_number,
            workflow_name: self.workflow_name,
            name: self.artifact_name.or(self.job_name),
            attempts: self.attempts,
            reason: self.reason,
        }
    }
}

impl Store {
    /// Items of the queue, those enqueued last first, and the row where the next page begins.
    pub async fn queue_items(&self, query: &QueueQuery, now: Millis) -> Result<(Vec<QueueItem>, Option<i64>)> {
        let mut rows: Vec<QueueRow> = on!(self, db => {
            let mut sql = QueryBuilder::new(
                "SELECT t.id, t.kind, t.subject, t.run_id, r.run_number, w.name AS workflow_name, a.name AS artifact_name, j.name AS job_name, \
                 t.attempts, t.due_at, t.dead, t.leased_until, t.reason FROM task t \
                 LEFT JOIN run r ON r.id = t.run_id LEFT JOIN workflow w ON w.id = r.workflow_id \
                 LEFT JOIN artifact a ON t.kind IN ('artifact', 'reports') AND a.id = t.subject \
                 LEFT JOIN job j ON t.kind IN ('log', 'log-failures') AND j.id = t.subject WHERE ",
            );
            match query.state {
                None => sql.push("TRUE"),
                Some(QueueState::GivenUp) => sql.push("t.dead"),
                Some(QueueState::Running) => sql.push("NOT t.dead AND t.leased_until > ").push_bind(now.0),
                Some(QueueState::Failed) => sql.push("NOT t.dead AND t.reason IS NOT NULL AND t.leased_until <= ").push_bind(now.0),
                Some(QueueState::Waiting) => sql.push("NOT t.dead AND t.reason IS NULL AND t.leased_until <= ").push_bind(now.0),
            };
            if let Some(kind) = query.kind {
                sql.push(" AND t.kind = ").push_bind(kind.as_str());
            }
            if let Some(after) = query.after {
                sql.push(" AND t.id < ").push_bind(after);
            }
            sql.push(" ORDER BY t.id DESC LIMIT ").push_bind(query.limit + 1);
            sql.build_query_as().fetch_all(db).await?
        });
        let has_more = rows.len() as i64 > query.limit;
        rows.truncate(usize::try_from(query.limit).unwrap_or(0));
        let next = rows.last().filter(|_| has_more).map(|row| row.id);
        Ok((rows.into_iter().map(|row| row.into_model(now)).collect(), next))
    }

    /// How much of each kind of work is not done.
    pub async fn queue_by_kind(&self, now: Millis) -> Result<Vec<QueueCount>> {
        let rows: Vec<(String, bool, bool, bool, i64)> = on!(self, db => {
            sqlx::query_as(
                "SELECT kind, dead, leased_until > $1, reason IS NOT NULL, count(*) FROM task GROUP BY kind, dead, leased_until > $1, reason IS NOT NULL ORDER BY kind",
            ).bind(now.0).fetch_all(db).await?
        });
        let mut counts: Vec<QueueCount> = Vec::new();
        for (kind, dead, is_running, has_failed, count) in rows {
            if counts.last().is_none_or(|last| last.kind != kind) {
                counts.push(QueueCount { kind, ..QueueCount::default() });
            }
            let Some(last) = counts.last_mut() else { continue };
            match (dead, is_running, has_failed) {
                (true, _, _) => last.given_up += count,
                (false, true, _) => last.running += count,
                (false, false, true) => last.failed += count,
                (false, false, false) => last.waiting += count,
            }
        }
        Ok(counts)
    }

    /// When the item that has been due longest became due; `None` while nothing is due.
    pub async fn oldest_due(&self, now: Millis) -> Result<Option<Millis>> {
        let oldest: Option<i64> = on!(self, db => {
            sqlx::query_scalar("SELECT min(due_at) FROM task WHERE NOT dead AND leased_until <= $1 AND due_at <= $1")
                .bind(now.0).fetch_one(db).await?
        });
        Ok(oldest.map(Millis))
    }
}
