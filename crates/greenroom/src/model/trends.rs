//! How a workflow and its jobs fare over time: what is sampled of their runs, and the answers made of it.

use super::testing::RunRef;
use super::{Millis, Step};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What trends are made of: one run, narrowly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunSample {
    /// GitHub's id.
    pub id: i64,
    /// When it was created.
    pub at: Millis,
    /// As GitHub says.
    pub conclusion: Option<String>,
    /// Duration of the latest attempt.
    pub duration_ms: Option<i64>,
    /// How long the first job was waited for.
    pub queue_ms: Option<i64>,
    /// Tests of its reports.
    pub tests: i64,
    /// Failed ones.
    pub failed_tests: i64,
    /// Flaky ones.
    pub flaky_tests: i64,
    /// Size of its artifacts.
    pub artifact_bytes: i64,
}

/// Runs counted on one UTC day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayCount {
    /// Days since 1970.
    pub day: i64,
    /// All runs.
    pub runs: i64,
    /// Successful ones.
    pub succeeded: i64,
    /// Failed ones.
    pub failed: i64,
}

/// Figures by bucket, one value each, in the order of `t`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrendSeries {
    /// Runs created.
    pub runs: Vec<i64>,
    /// Successful ones.
    pub succeeded: Vec<i64>,
    /// Failed ones: failure, timed out, or could not start.
    pub failed: Vec<i64>,
    /// `succeeded / (succeeded + failed)`; null where neither is there.
    pub success_rate: Vec<Option<f64>>,
    /// Median duration of completed runs.
    pub p50_ms: Vec<Option<i64>>,
    /// 95th percentile of the duration of completed runs.
    pub p95_ms: Vec<Option<i64>>,
    /// Median time that runs waited for their first job.
    pub queue_p50_ms: Vec<Option<i64>>,
    /// Results of tests.
    pub tests: Vec<i64>,
    /// Failed results.
    pub failed_tests: Vec<i64>,
    /// Flaky results.
    pub flaky_tests: Vec<i64>,
    /// `flakyTests / tests`; null without tests.
    pub flaky_rate: Vec<Option<f64>>,
    /// Size of the artifacts uploaded.
    pub artifact_bytes: Vec<i64>,
}

/// What changed at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum ChangeKind {
    /// The median duration of successful runs, in milliseconds.
    Duration,
    /// The share of runs that succeed.
    SuccessRate,
}

/// A step in a workflow's figures, and the first run after it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrendChange {
    /// What changed.
    pub kind: ChangeKind,
    /// The figure before.
    pub before: f64,
    /// The figure after.
    pub after: f64,
    /// The first run after the step.
    pub run: RunRef,
}

/// How the success rate of the last 7 days stands against the rest of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum RateTrend {
    /// Too few runs to tell.
    Unknown,
    /// No change beyond chance and five points.
    Steady,
    /// Significantly worse, by more than five points.
    Worse,
    /// Significantly worse, by more than fifteen points.
    MuchWorse,
    /// Significantly better, by more than five points.
    Better,
}

/// Figures of a workflow over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Trends {
    /// Days looked back.
    pub window_days: i64,
    /// Length of a bucket.
    pub bucket_ms: i64,
    /// Where each bucket begins, oldest first.
    pub t: Vec<Millis>,
    /// Figures by bucket.
    pub series: TrendSeries,
    /// Steps in duration and success rate, oldest first.
    pub changes: Vec<TrendChange>,
    /// How the last 7 days stand against the time before.
    pub rate_trend: RateTrend,
    /// Newest runs that durations, queues and tests are told from.
    pub runs_read: i64,
    /// Whether those are all runs of the window.
    pub is_complete: bool,
}

/// What figures of jobs are made of: one job of the latest attempt of a completed run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobSample {
    /// GitHub's id.
    pub id: i64,
    /// Its run.
    pub run_id: i64,
    /// Counter of the run within its workflow.
    pub run_number: i64,
    /// When the run was created.
    pub at: Millis,
    /// Display name.
    pub name: String,
    /// As GitHub says.
    pub conclusion: Option<String>,
    /// When it was queued.
    pub created_at: Option<Millis>,
    /// When it started.
    pub started_at: Option<Millis>,
    /// When it ended.
    pub completed_at: Option<Millis>,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// A step over several runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StepStats {
    /// Display name.
    pub name: String,
    /// Times it ran.
    pub runs: i64,
    /// Times it failed.
    pub failed: i64,
    /// Median duration.
    pub p50_ms: Option<i64>,
    /// 95th percentile of its duration.
    pub p95_ms: Option<i64>,
}

/// A job of a run, for a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobRef {
    /// GitHub's id of the job.
    pub id: i64,
    /// Its run.
    pub run_id: i64,
    /// Counter of the run within its workflow.
    pub run_number: i64,
    /// When the run was created.
    pub at: Millis,
}

/// A job over several runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobStats {
    /// Display name, which tells the jobs of a matrix apart.
    pub name: String,
    /// Times it ran: skipped ones do not count.
    pub runs: i64,
    /// Successful ones.
    pub succeeded: i64,
    /// Failed ones.
    pub failed: i64,
    /// `succeeded / (succeeded + failed)`; null where neither is there.
    pub success_rate: Option<f64>,
    /// Median duration of completed ones.
    pub p50_ms: Option<i64>,
    /// 95th percentile of the duration.
    pub p95_ms: Option<i64>,
    /// Median time it waited for a runner.
    pub queue_p50_ms: Option<i64>,
    /// 95th percentile of the time it waited for a runner.
    pub queue_p95_ms: Option<i64>,
    /// Share of its runs in which the end of the run waited for it: nothing gets faster without it.
    pub critical_share: f64,
    /// Outcomes of the newest 24, oldest first: `P` succeeded, `F` failed, `S` anything else.
    pub strip: String,
    /// Its newest failure.
    pub last_failure: Option<JobRef>,
    /// The slowest steps by median, at most five.
    pub slowest_steps: Vec<StepStats>,
    /// Steps that failed, most failures first, at most five.
    pub failing_steps: Vec<StepStats>,
}

/// The jobs of a workflow over its newest runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkflowJobs {
    /// Days looked back.
    pub window_days: i64,
    /// Newest completed runs that this is told from, at most 200.
    pub runs_read: i64,
    /// Whether those are all completed runs of the window.
    pub is_complete: bool,
    /// The jobs: most failures first, then slowest.
    pub jobs: Vec<JobStats>,
}
