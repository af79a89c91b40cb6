//! The rollups by workflow and day: recomputed from the runs of a day and their tests whenever one of those changes,
//! so that they always equal a recomputation. Reading them is left to `read`.

use super::{Result, Store, transaction};

/// Recomputes the rollup rows of the given (workflow, day) pairs from the runs themselves.
macro_rules! recompute_days {
    ($tx:ident, $days:expr) => {{
        for (workflow_id, day) in $days {
            if mutant!("sums-not-renewed") {
                continue;
            }
            // On PostgreSQL two transactions at once would not see each other's runs: whoever comes
            // second waits here for the workflow's row, and counts afterwards.
            sqlx::query("UPDATE workflow SET name = name WHERE id = $1").bind(workflow_id).execute(&mut *$tx).await?;
            for (forget, count) in [
                ("DELETE FROM workflow_day WHERE workflow_id = $1 AND day = $2", $crate::store::days::ALL),
                ("DELETE FROM default_day WHERE workflow_id = $1 AND day = $2", $crate::store::days::DEFAULT),
            ] {
                sqlx::query(forget).bind(workflow_id).bind(day).execute(&mut *$tx).await?;
                sqlx::query(count)
                    .bind(workflow_id)
                    .bind(day)
                    .bind(day * crate::model::DAY_MS)
                    .bind((day + 1) * crate::model::DAY_MS)
                    .execute(&mut *$tx)
                    .await?;
            }
        }
    }};
}
pub(super) use recompute_days;

/// Counts a workflow's runs of one day: `$1` workflow, `$2` day, `$3` its begin, `$4` its end.
pub(super) const ALL: &str = "INSERT INTO workflow_day (workflow_id, day, runs, succeeded, failed, timed, duration_ms, tests, flaky) \
    SELECT r.workflow_id, $2, count(*), count(*) FILTER (WHERE r.conclusion = 'success'), \
    count(*) FILTER (WHERE r.conclusion IN ('failure', 'timed_out', 'startup_failure')), \
    count(r.duration_ms), CAST(coalesce(sum(r.duration_ms), 0) AS BIGINT), \
    CAST(coalesce(sum(t.total), 0) AS BIGINT), CAST(coalesce(sum(t.flaky), 0) AS BIGINT) \
    FROM run r LEFT JOIN run_tests t ON t.run_id = r.id \
    WHERE r.workflow_id = $1 AND r.created_at >= $3 AND r.created_at < $4 GROUP BY r.workflow_id";

/// The same for those on the default branch.
pub(super) const DEFAULT: &str = "INSERT INTO default_day (workflow_id, day, succeeded, failed, tests, flaky, ended_red) \
    SELECT r.workflow_id, $2, count(*) FILTER (WHERE r.conclusion = 'success'), \
    count(*) FILTER (WHERE r.conclusion IN ('failure', 'timed_out', 'startup_failure')), \
    CAST(coalesce(sum(t.total), 0) AS BIGINT), CAST(coalesce(sum(t.flaky), 0) AS BIGINT), \
    (SELECT l.conclusion <> 'success' FROM run l WHERE l.workflow_id = $1 AND l.created_at >= $3 AND l.created_at < $4 \
     AND l.branch = (SELECT o.default_branch FROM workflow w JOIN repository o ON o.id = w.repository_id WHERE w.id = $1) \
     AND NOT l.fork AND l.event NOT LIKE 'pull_request%' \
     AND l.conclusion IN ('success', 'failure', 'timed_out', 'startup_failure') ORDER BY l.created_at DESC, l.id DESC LIMIT 1) \
    FROM run r LEFT JOIN run_tests t ON t.run_id = r.id WHERE r.workflow_id = $1 AND r.created_at >= $3 AND r.created_at < $4 \
    AND r.branch = (SELECT o.default_branch FROM workflow w JOIN repository o ON o.id = w.repository_id WHERE w.id = $1) \
    AND NOT r.fork AND r.event NOT LIKE 'pull_request%' GROUP BY r.workflow_id";

impl Store {
    /// Recomputes all days of a repository: another branch has become the default one.
    pub(super) async fn recompute_repository(&self, repository_id: i64) -> Result<()> {
        transaction!(self, tx: Db => {
            let days: Vec<(i64, i64)> = sqlx::query_as("SELECT d.workflow_id, d.day FROM workflow_day d JOIN workflow w ON w.id = d.workflow_id WHERE w.repository_id = $1 ORDER BY d.workflow_id, d.day")
                .bind(repository_id).fetch_all(&mut *tx).await?;
            recompute_days!(tx, days);
            Ok(())
        })
    }
}
