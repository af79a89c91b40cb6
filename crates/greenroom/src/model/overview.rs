//! What the overview shows: metrics, workflows that need attention, new failures, flaky tests and what just happened.

use super::Millis;
use super::testing::{Novelty, RunRef};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Which branches figures are of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Branches {
    /// The default branch, without pull requests and forks.
    #[default]
    Default,
    /// Every branch.
    All,
    /// Runs with this head branch.
    Named(String),
}

/// Runs and tests of one workflow in one stretch of time: a day, or an hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stretch {
    /// Runs that succeeded.
    pub succeeded: i64,
    /// Runs that failed.
    pub failed: i64,
    /// Whether the last one that did either failed.
    pub ended_red: Option<bool>,
    /// Tests executed.
    pub tests: i64,
    /// Those of them that were flaky.
    pub flaky: i64,
}

/// A run of a commit, as needed for the time to a green signal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignalRun {
    /// Head commit.
    pub sha: String,
    /// As GitHub says; `None` until completed.
    pub conclusion: Option<String>,
    /// When it was created.
    pub created_at: Millis,
    /// When it ended.
    pub ended_at: Option<Millis>,
}

/// Everything on the first page, in one answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Overview {
    /// When this was worked out.
    pub generated_at: Millis,
    /// The branch asked for: `*` for all; null for each repository's default branch.
    pub branch: Option<String>,
    /// Days that figures look back; figures before it are those of as many days again.
    pub window_days: i64,
    /// Branches of the newest runs, default branches first, then by number of runs.
    pub branches: Vec<String>,
    /// Five figures.
    pub metrics: Vec<Metric>,
    /// All workflows: failing first, those with new failures and long streaks on top; then running, flaky, passing,
    /// idle and disabled.
    pub workflows: Vec<OverviewWorkflow>,
    /// Tests that failed and had not failed before, newest first.
    pub new_failures: Vec<NewFailure>,
    /// Tests with a verdict of flaky, worst first.
    pub flakiest: Vec<FlakyTest>,
    /// Runs on all branches, newest change first.
    pub recent: Vec<RecentChange>,
}

/// What a metric is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum MetricKey {
    /// Workflows failing now; `detail`: workflows that ever passed or failed.
    FailingWorkflows,
    /// Share of runs that succeeded among those that passed or failed; `detail`: how many those are.
    SuccessRate,
    /// Median of the time from a commit's first run until all its runs were green, in ms; `detail`: 95th percentile.
    TimeToGreen,
    /// Tests with a verdict of flaky; `detail`: those that became so in the window. The curve counts flaky results.
    FlakyTests,
    /// Results of tests in counted reports; `detail`: tests known.
    Executions,
}

/// One figure with its past.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Metric {
    /// What it is about.
    pub key: MetricKey,
    /// In the window; null where there is nothing to tell it from.
    pub value: Option<f64>,
    /// In the window before; null where that is not known.
    pub previous: Option<f64>,
    /// `value` less `previous`.
    pub delta: Option<f64>,
    /// A second figure; see the key.
    pub detail: Option<f64>,
    /// The figure by day, oldest first; by hour in a window of one day.
    pub spark: Vec<Option<f64>>,
}

/// Where a workflow stands, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum WorkflowStanding {
    /// Its last run that passed or failed has failed.
    Failing,
    /// It runs, and passed before.
    Running,
    /// Its last run passed only on a later attempt, or with flaky tests.
    Flaky,
    /// Its last run passed.
    Passing,
    /// No run has passed or failed.
    Idle,
    /// Switched off or deleted.
    Disabled,
}

/// A workflow in the overview.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OverviewWorkflow {
    /// GitHub's id.
    pub id: i64,
    /// `owner/name`.
    pub repository: String,
    /// Name.
    pub name: String,
    /// Path of its file.
    pub path: String,
    /// As GitHub says.
    pub state: String,
    /// Where it stands.
    pub standing: WorkflowStanding,
    /// Branch that all of this is of; null for all branches, also where it does not run on the branch asked for.
    pub branch: Option<String>,
    /// Its newest run.
    pub latest: Option<LatestRun>,
    /// Its newest runs.
    pub strip: Strip,
    /// Runs that succeeded in the window.
    pub succeeded: i64,
    /// Runs that failed in the window.
    pub failed: i64,
    /// Share of those that succeeded.
    pub success_rate: Option<f64>,
    /// That share less the one in the window before.
    pub success_delta: Option<f64>,
    /// Median duration of the runs of the strip.
    pub p50_duration_ms: Option<i64>,
    /// 95th percentile of the same.
    pub p95_duration_ms: Option<i64>,
    /// Since when it fails; null while it does not.
    pub failing_since: Option<FailingSince>,
    /// The newest run that succeeded, as far back as was looked.
    pub last_green: Option<RunRef>,
    /// Tests that failed in its newest failing run; where more than 200 results failed, those results.
    pub failed_tests: i64,
    /// At most three of them, news first.
    pub top_failures: Vec<TopFailure>,
    /// Where no test is known to have failed: what failed, at most two.
    pub other_failures: Vec<OtherFailure>,
    /// Its newest run, while that goes on.
    pub running: Option<RunningRun>,
}

/// The newest run of a workflow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LatestRun {
    /// GitHub's id.
    pub id: i64,
    /// Counter within the workflow.
    pub run_number: i64,
    /// Latest attempt.
    pub attempt: i64,
    /// As GitHub says.
    pub status: String,
    /// As GitHub says; null until completed.
    pub conclusion: Option<String>,
    /// Head branch.
    pub branch: String,
    /// When it was created.
    pub created_at: Millis,
}

/// Runs in columns, oldest first; equal positions belong together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Strip {
    /// GitHub's ids.
    pub ids: Vec<i64>,
    /// Counters within the workflow.
    pub numbers: Vec<i64>,
    /// One letter a run: `P` passed, `L` passed on a later attempt or with flaky tests, `F` failed, `C` cancelled, `S` skipped,
    /// `A` waits for somebody, `R` running, `Q` not begun, `U` anything else.
    pub outcomes: String,
    /// Durations to the second; null until completed.
    pub durations_ms: Vec<Option<i64>>,
}

/// Since when a workflow fails.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FailingSince {
    /// The first run that failed.
    pub run: RunRef,
    /// Runs that failed in a row; runs that neither passed nor failed are left out.
    pub streak: i64,
    /// Whether more runs have failed than were looked at.
    pub is_longer: bool,
}

/// A test that failed in a workflow's newest failing run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TopFailure {
    /// The test.
    pub test_id: i64,
    /// Name.
    pub name: String,
    /// Titles of the enclosing suites.
    pub suite: String,
    /// Class, module or package.
    pub class_name: Option<String>,
    /// Whether it was news when it failed first in these runs in a row.
    pub novelty: Option<Novelty>,
    /// In how many of the runs in a row it failed.
    pub count: i64,
}

/// A failure that no test report speaks of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OtherFailure {
    /// Job.
    pub job_id: i64,
    /// Its name.
    pub job_name: String,
    /// First line of what its log says, where that was found.
    pub message: Option<String>,
}

/// A run that goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunningRun {
    /// GitHub's id.
    pub run_id: i64,
    /// When its attempt started; null while it waits.
    pub started_at: Option<Millis>,
    /// Jobs that have ended.
    pub jobs_done: i64,
    /// Jobs known.
    pub jobs: i64,
}

/// A test that failed and had not failed before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewFailure {
    /// The test.
    pub test_id: i64,
    /// Name.
    pub name: String,
    /// Titles of the enclosing suites.
    pub suite: String,
    /// Class, module or package.
    pub class_name: Option<String>,
    /// First line of its message.
    pub message: String,
    /// Run in which it failed.
    pub run_id: i64,
    /// That run's counter.
    pub run_number: i64,
    /// That run's workflow.
    pub workflow_name: String,
    /// Result in that run.
    pub result_id: String,
    /// Head branch.
    pub branch: String,
    /// When the run was created.
    pub at: Millis,
}

/// A test that contradicts itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FlakyTest {
    /// The test.
    pub test_id: i64,
    /// Name.
    pub name: String,
    /// Titles of the enclosing suites.
    pub suite: String,
    /// Class, module or package.
    pub class_name: Option<String>,
    /// Share of recent sources on which it contradicted itself.
    pub flake_rate: f64,
    /// Failures that count, in the last 30 days.
    pub recent_failures: i64,
    /// Outcomes of its newest results, oldest first: `P`, `F`, `L` (flaky) or `S`.
    pub strip: String,
}

/// A run that changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecentChange {
    /// GitHub's id.
    pub id: i64,
    /// `owner/name`.
    pub repository: String,
    /// Workflow.
    pub workflow_id: i64,
    /// Its name.
    pub workflow_name: String,
    /// Counter within the workflow.
    pub run_number: i64,
    /// Latest attempt.
    pub attempt: i64,
    /// As GitHub says.
    pub status: String,
    /// As GitHub says; null until completed.
    pub conclusion: Option<String>,
    /// Head branch.
    pub branch: String,
    /// When it ended, started or was created, whichever came last.
    pub at: Millis,
    /// Duration of the latest attempt, once completed.
    pub duration_ms: Option<i64>,
    /// Tests that failed; null where no report has been read.
    pub failed_tests: Option<i64>,
    /// Jobs of the latest attempt that have ended.
    pub jobs_done: i64,
    /// Jobs of the latest attempt.
    pub jobs: i64,
}
