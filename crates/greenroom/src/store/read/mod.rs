//! What the HTTP API reads. Pages go by key, never by offset, so that no page is slower than the
//! first one. What a user is told about processing is derived here from the queue, never stored twice.

mod compare;
mod content;
mod families;
mod found;
mod grid;
mod history;
mod listed;
mod named;
mod overview;
mod queue;
mod results;
mod runs;
mod trends;
mod workflows;

pub use content::{ArtifactBlob, FileBlob, FilePosition, FileQuery};
pub use families::{FailurePosition, FailureQuery, FailureSort};
pub use found::{FoundPosition, FoundQuery};
pub use grid::GridQuery;
pub use history::{HistoryPosition, HistoryQuery};
pub use listed::{TestPosition, TestQuery, TestSort};
pub use named::NamedRun;
pub use overview::{MAX_FAILURES, Stretches, StripRun, TestCounts, WorkflowHead};
pub use queue::QueueQuery;
pub use results::{ResultPosition, ResultQuery};
pub use runs::{LogBlob, RunPosition, RunQuery};
pub use trends::TrendQuery;
pub use workflows::{DurationCache, WINDOW_DAYS};

use super::{Result, Store, StoreError, on, push_ids, write_on};
use crate::model::{FailedItem, Millis};

/// Failed items told at most.
const MAX_FAILED: i64 = 100;

/// A page of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T, P> {
    /// The items, in order.
    pub items: Vec<T>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<P>,
    /// Items in all pages, as far as they were counted.
    pub total: i64,
    /// Whether `total` counts them all.
    pub total_is_exact: bool,
}

#[derive(sqlx::FromRow)]
struct FailedRow {
    kind: String,
    subject: i64,
    reason: String,
    attempts: i64,
    due_at: i64,
    dead: bool,
}

impl StoreError {
    /// Whether the database cannot be reached at the moment, so that asking again later may help.
    pub fn is_unavailable(&self) -> bool {
        let StoreError::Database(error) = self else { return false };
        match error {
            sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) | sqlx::Error::PoolClosed => true,
            sqlx::Error::Database(said) => said.code().is_some_and(|code| is_trouble(&code)),
            _ => false,
        }
    }
}

/// Whether an error code tells of the database itself and not of what it was asked: on PostgreSQL a server that stops,
/// starts, is out of something, or breaks connections off; on SQLite a disk that fails or is full, or a lock.
fn is_trouble(code: &str) -> bool {
    if code.len() == 5 {
        return ["57P", "08", "53"].iter().any(|class| code.starts_with(class));
    }
    // The lowest byte is the primary code: busy, locked, i/o error, full, cannot open.
    code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 10 | 13 | 14))
}

impl Store {
    /// How many items are not in a terminal state, and what failed or was given up, newest first.
    pub async fn sync_items(&self) -> Result<(i64, Vec<FailedItem>)> {
        let pending: i64 = on!(self, db => {
            sqlx::query_scalar("SELECT count(*) FROM task WHERE NOT dead AND kind <> 'recheck'").fetch_one(db).await?
        });
        Ok((if mutant!("always-at-rest") { 0 } else { pending }, self.failed_items(MAX_FAILED).await?))
    }

    /// What failed or was given up, newest first.
    pub async fn failed_items(&self, limit: i64) -> Result<Vec<FailedItem>> {
        let rows: Vec<FailedRow> = on!(self, db => {
            sqlx::query_as("SELECT kind, subject, reason, attempts, due_at, dead FROM task WHERE reason IS NOT NULL ORDER BY id DESC LIMIT $1")
                .bind(limit).fetch_all(db).await?
        });
        Ok(rows.into_iter().map(FailedRow::into_model).collect())
    }

    /// `owner/name` of every mirrored repository, in order.
    pub async fn repositories(&self) -> Result<Vec<String>> {
        let rows: Vec<(String, String)> = on!(self, db => sqlx::query_as("SELECT owner, name FROM repository ORDER BY owner, name, id").fetch_all(db).await?);
        Ok(rows.into_iter().map(|(owner, name)| format!("{owner}/{name}")).collect())
    }

    /// When the repository checked least recently was checked with success; `None` until all have been.
    pub async fn last_sync_at(&self) -> Result<Option<Millis>> {
        let times: Vec<(Option<i64>,)> =
            on!(self, db => sqlx::query_as("SELECT last_sync_at FROM repository").fetch_all(db).await?);
        let oldest: Option<Vec<i64>> = times.into_iter().map(|(at,)| at).collect();
        Ok(oldest.and_then(|times| times.into_iter().min()).map(Millis))
    }

    /// A setting of this installation.
    pub async fn setting(&self, key: &str) -> Result<Option<String>> {
        // On the writing side: a setting is read right after it was written by somebody else.
        Ok(
            write_on!(self, db => sqlx::query_scalar("SELECT value FROM setting WHERE key = $1").bind(key).fetch_optional(db).await?),
        )
    }

    /// Writes a setting unless it is there already, and answers with the value that counts.
    pub async fn set_setting_once(&self, key: &str, value: &str) -> Result<String> {
        write_on!(self, db => {
            sqlx::query("INSERT INTO setting (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING").bind(key).bind(value).execute(db).await?;
        });
        Ok(self.setting(key).await?.unwrap_or_else(|| value.to_owned()))
    }

    /// Writes a setting.
    pub async fn set_setting(&self, key: &str, value: &str) -> Result<()> {
        write_on!(self, db => {
            sqlx::query("INSERT INTO setting (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value")
                .bind(key).bind(value).execute(db).await?;
        });
        Ok(())
    }
}

/// A LIKE pattern that finds `part` anywhere, its own wildcards taken literally.
fn containing(part: &str) -> String {
    let mut pattern = String::with_capacity(part.len() + 2);
    pattern.push('%');
    for character in part.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

impl FailedRow {
    fn into_model(self) -> FailedItem {
        // A second look at a run is to a user the same thing as the first.
        let kind = if self.kind == "recheck" { "run".to_owned() } else { self.kind };
        FailedItem {
            kind,
            id: self.subject,
            reason: self.reason,
            attempts: self.attempts,
            next_retry_at: (!self.dead).then_some(Millis(self.due_at)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::containing;

    #[test]
    fn trouble_of_the_database_is_told_from_trouble_with_a_statement() {
        for code in ["57P01", "57P03", "08006", "53100", "10", "778", "13", "5", "14"] {
            assert!(super::is_trouble(code), "{code}");
        }
        for code in ["23505", "22001", "40001", "42601", "1", "19", "2067", ""] {
            assert!(!super::is_trouble(code), "{code}");
        }
    }

    #[test]
    fn wildcards_of_a_search_are_literal() {
        assert_eq!(containing(r"50%_a\b"), r"%50\%\_a\\b%");
    }
}
