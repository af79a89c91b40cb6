//! Bodies that exist only at the HTTP edge: pages, the outcome of a refresh, live messages.

use crate::model::testing::RunRef;
use crate::model::{File, Job, Millis, QueueCount, QueueItem, RefreshSummary, Run};
use serde::Serialize;
use utoipa::ToSchema;

/// A page of runs, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunPage {
    /// The runs. A page of a search for words ends after 5,000 runs looked through (1,000 with further filters),
    /// however few it found.
    pub runs: Vec<Run>,
    /// Asks for the next page; null at the end.
    pub next_cursor: Option<String>,
    /// Runs that match the filters; counting ends at 10,001, with several filters at 1,001.
    pub total: i64,
    /// Whether `total` is the whole truth: false when there are more.
    pub total_is_exact: bool,
}

/// A page of the files of a run.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FilePage {
    /// The files: newest artifact first, inside it in the order of the archive.
    pub files: Vec<File>,
    /// Asks for the next page; null at the end.
    pub next_cursor: Option<String>,
    /// Files that match the filters.
    pub total: i64,
}

/// The same file in the last green run.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LastGreenFile {
    /// The last green run before the file's own.
    pub run: Option<RunRef>,
    /// The file there.
    pub file: Option<File>,
}

/// The jobs of an attempt.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobList {
    /// The jobs, in the order GitHub made them.
    pub jobs: Vec<Job>,
}

/// Outcome of a refresh that worked.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Refreshed {
    /// Always true.
    pub success: bool,
    /// When the check had been done.
    pub timestamp: Millis,
    /// What was found.
    pub summary: RefreshSummary,
}

/// Outcome of a refresh that failed.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RefreshFailed {
    /// Always false.
    pub success: bool,
    /// Why.
    pub error: String,
}

/// Where a file can be opened in isolation, for a while.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ViewUrl {
    /// Path on this server, for the `src` of a sandboxed frame.
    pub url: String,
    /// When it stops working.
    pub expires_at: Millis,
}

/// Data of a `run`, `artifact` or `workflow` message of `/api/events`: what has changed. A `sync`
/// message carries a `Sync`; a `resync` message has an empty object and means "fetch everything again".
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Changed {
    /// Ids of the runs, artifacts or workflows.
    pub ids: Vec<i64>,
    /// Runs of the artifacts; only in `artifact` messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_ids: Option<Vec<i64>>,
}

/// A page of the queue.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Queue {
    /// The items, those enqueued last first.
    pub items: Vec<QueueItem>,
    /// Asks for the next page; null at the end.
    pub next_cursor: Option<String>,
    /// Of the whole queue, by kind.
    pub counts: Vec<QueueCount>,
}

/// What a retry will try again.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Retried {
    /// How many items.
    pub retried: u64,
}

/// Whether one part works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum CheckState {
    /// It works.
    Ok,
    /// It works, and somebody should look at it.
    Warning,
    /// It does not work.
    Failing,
}

/// One part of the installation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// `database`, `storage`, `collection` or `queue`.
    pub name: String,
    /// Whether it works.
    pub state: CheckState,
    /// What was found, in a sentence.
    pub detail: String,
}

/// How the installation is.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// Version of the program.
    pub version: String,
    /// The worst of the checks.
    pub state: CheckState,
    /// The checks, in a fixed order.
    pub checks: Vec<Check>,
    /// `sqlite` or `postgres`.
    pub database: String,
    /// Size of the database.
    pub database_bytes: i64,
    /// Browsers that listen for live messages.
    pub live_clients: usize,
    /// When this was looked at.
    pub at: Millis,
}
