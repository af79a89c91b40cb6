//! The nouns of the product, without I/O: what GitHub told us ([`upstream`]) and what we show
//! (this module: the bodies of the HTTP API). Layer 0: imports nothing of ours.

pub mod cells;
pub mod found;
pub mod merge;
pub mod overview;
pub mod results;
pub mod secret;
pub mod task;
pub mod testing;
pub mod time;
pub mod trends;
pub mod upstream;

pub use time::{DAY_MS, HOUR_MS, MINUTE_MS, Millis, SECOND_MS};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A step of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Position as GitHub counts; has gaps.
    pub number: i64,
    /// Display name.
    pub name: String,
    /// `queued`, `in_progress`, `completed` or a later value.
    pub status: String,
    /// Set once completed.
    pub conclusion: Option<String>,
    /// When it started.
    pub started_at: Option<Millis>,
    /// When it ended.
    pub completed_at: Option<Millis>,
}

/// A workflow with its latest run and figures over a window.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Workflow {
    /// GitHub's id.
    pub id: i64,
    /// `owner/name`.
    pub repository: String,
    /// Display name.
    pub name: String,
    /// Path of the workflow file.
    pub path: String,
    /// `active`, `disabled_manually`, … as GitHub says.
    pub state: String,
    /// Page on GitHub.
    pub html_url: String,
    /// Badge image on GitHub.
    pub badge_url: String,
    /// Newest run.
    pub latest_run: Option<Run>,
    /// Figures over the window.
    pub stats: WorkflowStats,
    /// Newest runs, newest first, for a strip.
    pub recent_runs: Vec<RecentRun>,
    /// What is known of its tests.
    pub summary: results::WorkflowSummary,
}

/// Figures of a workflow over the last `windowDays` days (UTC days, by creation of the run).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkflowStats {
    /// Length of the window.
    pub window_days: i64,
    /// All runs created in the window.
    pub total_runs: i64,
    /// Runs that ended with success.
    pub succeeded: i64,
    /// Runs that ended with failure, timed_out or startup_failure.
    pub failed: i64,
    /// `succeeded / (succeeded + failed)`, null without either.
    pub success_rate: Option<f64>,
    /// Mean duration of completed runs.
    pub average_duration_ms: Option<i64>,
    /// Median duration (nearest rank) of the newest 500 completed runs at most.
    pub p50_duration_ms: Option<i64>,
    /// 95th percentile (nearest rank) of the newest 500 completed runs at most.
    pub p95_duration_ms: Option<i64>,
}

/// One bar of a workflow's run strip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecentRun {
    /// GitHub's run id.
    pub id: i64,
    /// Counter within the workflow.
    pub run_number: i64,
    /// Latest attempt.
    pub attempt: i64,
    /// As GitHub says.
    pub status: String,
    /// As GitHub says.
    pub conclusion: Option<String>,
    /// When the run was created.
    pub created_at: Millis,
    /// Duration of the latest attempt, once completed.
    pub duration_ms: Option<i64>,
}

/// The commit a run was made for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Commit {
    /// Full hash.
    pub sha: String,
    /// Message.
    pub message: String,
    /// Author's name.
    pub author: String,
}

/// How far we are with mirroring a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ProcessingState {
    /// Seen, nothing fetched yet.
    Pending,
    /// Being fetched, or the run itself has not ended.
    Processing,
    /// Everything there is has been mirrored, or listed with the reason why not.
    Processed,
    /// Something failed; it is retried as `nextRetryAt` says.
    Failed,
}

/// Processing of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Processing {
    /// How far.
    pub state: ProcessingState,
    /// Why it failed.
    pub error: Option<String>,
    /// Most attempts that any of its unfinished items has had.
    pub attempts: i64,
    /// When the next try is due; null when none is planned.
    pub next_retry_at: Option<Millis>,
}

/// Counts over the mirrored files of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunSummary {
    /// Artifacts listed by GitHub.
    pub artifacts: i64,
    /// Files inside them.
    pub files: i64,
    /// Files of type image.
    pub images: i64,
    /// Files of type json.
    pub json: i64,
    /// Files of type text.
    pub text: i64,
    /// Files of type binary.
    pub binary: i64,
    /// Sum of the files' sizes.
    pub size_bytes: i64,
    /// Counts over its tests.
    pub tests: results::TestTotals,
}

/// A run at its latest attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// GitHub's id.
    pub id: i64,
    /// `owner/name`.
    pub repository: String,
    /// GitHub's workflow id.
    pub workflow_id: i64,
    /// Name of the workflow.
    pub workflow_name: String,
    /// Counter within the workflow.
    pub run_number: i64,
    /// Latest attempt, from 1.
    pub attempt: i64,
    /// Title.
    pub title: String,
    /// Event that caused it.
    pub event: String,
    /// As GitHub says; open set.
    pub status: String,
    /// As GitHub says; open set; null until completed.
    pub conclusion: Option<String>,
    /// Head branch.
    pub branch: String,
    /// Head commit's hash.
    pub head_sha: String,
    /// Head commit.
    pub commit: Commit,
    /// Login of whoever caused it.
    pub actor: String,
    /// Associated pull requests.
    pub pull_requests: Vec<i64>,
    /// Whether the head is in another repository: its content is less trusted.
    pub fork: bool,
    /// When the first attempt was created.
    pub created_at: Millis,
    /// When the latest attempt started.
    pub started_at: Option<Millis>,
    /// Last change that GitHub reported.
    pub updated_at: Millis,
    /// Duration of the latest attempt, once completed.
    pub duration_ms: Option<i64>,
    /// How much of that passed before its first job began.
    pub queue_ms: Option<i64>,
    /// Page on GitHub.
    pub html_url: String,
    /// Whether GitHub no longer has the run; our copy stays.
    pub deleted_upstream: bool,
    /// How far mirroring is.
    pub processing: Processing,
    /// Counts over its files.
    pub summary: RunSummary,
}

/// One attempt of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// From 1.
    pub attempt: i64,
    /// As GitHub says.
    pub status: String,
    /// As GitHub says.
    pub conclusion: Option<String>,
    /// When it started.
    pub started_at: Option<Millis>,
    /// Last change.
    pub updated_at: Millis,
    /// Duration, once completed.
    pub duration_ms: Option<i64>,
}

/// A run with its attempts and artifacts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunDetail {
    /// The run itself.
    #[serde(flatten)]
    pub run: Run,
    /// All attempts, newest first.
    pub attempts: Vec<Attempt>,
    /// All artifacts, newest first.
    pub artifacts: Vec<Artifact>,
}

/// Where a job's log stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogState {
    /// The job has not ended; GitHub serves logs only afterwards.
    Unfinished,
    /// To be fetched.
    Pending,
    /// Mirrored.
    Complete,
    /// GitHub has none: the job never ran a step, or the log is gone.
    Missing,
    /// Fetching failed; see the reason.
    Failed,
    /// Removed by retention.
    Deleted,
}

impl LogState {
    /// The word used in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            LogState::Unfinished => "unfinished",
            LogState::Pending => "pending",
            LogState::Complete => "complete",
            LogState::Missing => "missing",
            LogState::Failed => "failed",
            LogState::Deleted => "deleted",
        }
    }

    /// Reads [`LogState::as_str`]; an unknown word counts as failed.
    pub fn from_word(word: &str) -> LogState {
        [LogState::Unfinished, LogState::Pending, LogState::Complete, LogState::Missing, LogState::Deleted]
            .into_iter()
            .find(|state| state.as_str() == word)
            .unwrap_or(LogState::Failed)
    }
}

/// A job's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobLog {
    /// Where it stands.
    pub state: LogState,
    /// Size, once mirrored.
    pub size_bytes: Option<i64>,
    /// Why there is none.
    pub reason: Option<String>,
}

/// A job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// GitHub's id.
    pub id: i64,
    /// Run it belongs to.
    pub run_id: i64,
    /// Attempt it ran in.
    pub attempt: i64,
    /// Display name.
    pub name: String,
    /// As GitHub says.
    pub status: String,
    /// As GitHub says.
    pub conclusion: Option<String>,
    /// When it was created.
    pub created_at: Option<Millis>,
    /// When it started.
    pub started_at: Option<Millis>,
    /// When it ended.
    pub completed_at: Option<Millis>,
    /// Runner's name.
    pub runner_name: Option<String>,
    /// Labels of the runner asked for.
    pub labels: Vec<String>,
    /// Page on GitHub.
    pub html_url: String,
    /// Steps in order.
    pub steps: Vec<Step>,
    /// Its log.
    pub log: JobLog,
}

/// Where an artifact stands. All but `pending`, `fetching` and `failed` are terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ArtifactState {
    /// To be fetched.
    Pending,
    /// Being fetched.
    Fetching,
    /// Mirrored: every file answers with its exact bytes.
    Complete,
    /// The last try failed; another is planned.
    Failed,
    /// Fetched, but not readable as an archive; the bytes stay downloadable where we have them.
    Rejected,
    /// GitHub had dropped the content before we could fetch it.
    Expired,
    /// GitHub no longer has it.
    Gone,
    /// Not fetched by policy (size).
    Skipped,
    /// Given up after repeated failures; a manual refresh tries again.
    Quarantined,
    /// Content removed by retention; metadata stays.
    Deleted,
}

impl ArtifactState {
    /// Every state.
    pub const ALL: [ArtifactState; 10] = [
        ArtifactState::Pending,
        ArtifactState::Fetching,
        ArtifactState::Complete,
        ArtifactState::Failed,
        ArtifactState::Rejected,
        ArtifactState::Expired,
        ArtifactState::Gone,
        ArtifactState::Skipped,
        ArtifactState::Quarantined,
        ArtifactState::Deleted,
    ];

    /// The word used in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            ArtifactState::Pending => "pending",
            ArtifactState::Fetching => "fetching",
            ArtifactState::Complete => "complete",
            ArtifactState::Failed => "failed",
            ArtifactState::Rejected => "rejected",
            ArtifactState::Expired => "expired",
            ArtifactState::Gone => "gone",
            ArtifactState::Skipped => "skipped",
            ArtifactState::Quarantined => "quarantined",
            ArtifactState::Deleted => "deleted",
        }
    }

    /// Reads [`ArtifactState::as_str`]; an unknown word counts as failed.
    pub fn from_word(word: &str) -> ArtifactState {
        ArtifactState::ALL.into_iter().find(|state| state.as_str() == word).unwrap_or(ArtifactState::Failed)
    }
}

/// An artifact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Artifact {
    /// GitHub's id.
    pub id: i64,
    /// Run it belongs to.
    pub run_id: i64,
    /// Attempt it was uploaded in, judged by time; null when that cannot be told.
    pub attempt: Option<i64>,
    /// Name given by the workflow.
    pub name: String,
    /// Size of the archive: ours once mirrored, GitHub's word before.
    pub size_bytes: i64,
    /// GitHub's `sha256:…`, or ours where GitHub gave none and the content is mirrored.
    pub digest: Option<String>,
    /// Whether GitHub has dropped the content.
    pub expired: bool,
    /// When it was uploaded.
    pub created_at: Option<Millis>,
    /// When GitHub drops the content.
    pub expires_at: Option<Millis>,
    /// Files inside.
    pub file_count: i64,
    /// Where it stands.
    pub state: ArtifactState,
    /// Why it is not complete, or what is odd about it though it is, in words.
    pub reason: Option<String>,
}

/// What kind of file, for choosing a viewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum FileType {
    /// png, jpg, gif, webp, svg, avif, bmp.
    Image,
    /// JSON.
    Json,
    /// Anything readable as text.
    Text,
    /// Everything else.
    Binary,
}

impl FileType {
    /// The word used in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            FileType::Image => "image",
            FileType::Json => "json",
            FileType::Text => "text",
            FileType::Binary => "binary",
        }
    }

    /// Reads [`FileType::as_str`].
    pub fn from_word(word: &str) -> Option<FileType> {
        [FileType::Image, FileType::Json, FileType::Text, FileType::Binary]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }
}

/// A file inside an artifact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct File {
    /// `{artifactId}.{ordinal}`.
    pub id: String,
    /// Run it belongs to.
    pub run_id: i64,
    /// Artifact it is in.
    pub artifact_id: i64,
    /// That artifact's name.
    pub artifact_name: String,
    /// Name inside the artifact. Hostile text; never a path of ours.
    pub path: String,
    /// The raw bytes of the name in base64, where it is not valid UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path_base64: Option<String>,
    /// Size of the content.
    pub size_bytes: i64,
    /// Size inside the archive.
    pub compressed_bytes: i64,
    /// For choosing a viewer.
    #[serde(rename = "type")]
    pub file_type: FileType,
    /// Media type by content and name.
    pub media_type: String,
    /// What is unusual about it: `corrupt`, `unsafe-name`, `duplicate-name`, `encrypted`, `too-large`, …
    pub flags: Vec<String>,
    /// Where its content is: `/api/files/{id}/content`.
    pub url: String,
}

/// Rate limit of the token, as GitHub last said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RateLimit {
    /// Requests an hour; null until the first answer, or where GitHub sets no limit.
    pub limit: Option<i64>,
    /// Requests left.
    pub remaining: Option<i64>,
    /// When the count starts again.
    pub reset_at: Option<Millis>,
    /// While set and in the future, no request is sent.
    pub limited_until: Option<Millis>,
}

/// What a refresh found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RefreshSummary {
    /// Runs never seen before.
    pub new_runs: i64,
    /// Known runs that changed.
    pub updated_runs: i64,
    /// Files that became readable.
    pub new_files: i64,
    /// Workflows that are new or changed.
    pub updated_workflows: i64,
}

/// What the collector is doing, as a user sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SyncState {
    /// Nothing mirrored yet.
    #[default]
    Empty,
    /// First sync under way.
    Initial,
    /// Polling.
    Operational,
    /// A refresh is under way.
    Refreshing,
}

/// Progress of the work in hand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SyncProgress {
    /// `idle`, `workflows`, `runs`, `jobs`, `artifacts`, `logs`, `reports`, `limited`.
    pub phase: String,
    /// Items done in this phase.
    pub done: i64,
    /// Items known in this phase; 0 when not known yet.
    pub total: i64,
}

/// An item that failed or was given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FailedItem {
    /// `run`, `artifact` or `log`.
    pub kind: String,
    /// GitHub's id of the run, artifact or job.
    pub id: i64,
    /// Why.
    pub reason: String,
    /// Tries so far.
    pub attempts: i64,
    /// When the next is due; null when none is planned.
    pub next_retry_at: Option<Millis>,
}

/// What becomes of an item of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum QueueState {
    /// Nobody has taken it yet, or it is not due.
    Waiting,
    /// Somebody works on it.
    Running,
    /// It failed and will be tried again.
    Failed,
    /// It failed too often; only a retry or a refresh brings it back.
    GivenUp,
}

impl QueueState {
    /// Reads the word the API uses.
    pub fn from_word(word: &str) -> Option<QueueState> {
        match word {
            "waiting" => Some(QueueState::Waiting),
            "running" => Some(QueueState::Running),
            "failed" => Some(QueueState::Failed),
            "givenUp" => Some(QueueState::GivenUp),
            _ => None,
        }
    }
}

/// One piece of durable work that is not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueItem {
    /// `run`, `recheck`, `artifact`, `log`, `reports`, `log-failures` or `tests`.
    pub kind: String,
    /// GitHub's id of the run, artifact or job.
    pub id: i64,
    /// The run it belongs to.
    pub run_id: i64,
    /// Number of that run; null where the run is not known.
    pub run_number: Option<i64>,
    /// Workflow of that run.
    pub workflow_name: Option<String>,
    /// Name of the artifact or job.
    pub name: Option<String>,
    /// What becomes of it.
    pub state: QueueState,
    /// Tries so far.
    pub attempts: i64,
    /// When it is due; null when it was given up.
    pub due_at: Option<Millis>,
    /// Why the last try failed.
    pub reason: Option<String>,
}

/// How much of one kind of work is not done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueCount {
    /// As in an item.
    pub kind: String,
    /// Nobody works on it.
    pub waiting: i64,
    /// Somebody does.
    pub running: i64,
    /// To be tried again.
    pub failed: i64,
    /// Given up.
    pub given_up: i64,
}

/// Requests of one sort that this process sent to GitHub.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EndpointRequests {
    /// What was asked for.
    pub endpoint: String,
    /// How often.
    pub requests: i64,
    /// How many of them were answered "unchanged" and so cost nothing.
    pub unchanged: i64,
}

/// State of collection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Sync {
    /// What the collector is doing.
    pub state: SyncState,
    /// When the process started collecting.
    pub started_at: Option<Millis>,
    /// When the last successful check ended.
    pub last_sync_at: Option<Millis>,
    /// When the next check is due.
    pub next_poll_at: Option<Millis>,
    /// Why the last check failed; null after a success.
    pub last_error: Option<String>,
    /// Items not in a terminal state.
    pub pending: i64,
    /// Progress of the work in hand.
    pub progress: SyncProgress,
    /// The token's rate limit.
    pub rate_limit: RateLimit,
    /// What this process has asked of GitHub since it started, most first.
    pub requests: Vec<EndpointRequests>,
    /// Items that failed or were given up, newest first, at most 100.
    pub failed: Vec<FailedItem>,
    /// Repositories mirrored.
    pub repositories: Vec<String>,
}
