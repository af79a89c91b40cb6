//! What the HTTP API shows of reports, tests, failures and comparisons.

use super::Millis;
use super::testing::{Judgement, Novelty, RunRef, Since, TestStatus, Verdict};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is known of a run's tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TestsState {
    /// No report, and none was expected.
    #[default]
    None,
    /// Reports may still come: the run has not ended, or its artifacts are not read yet.
    Pending,
    /// All that was found has been read.
    Complete,
    /// Something was cut short: a truncated report, an unreadable one beside readable ones, dropped cases.
    Partial,
    /// There are reports, and no case in them: not green.
    Empty,
    /// There are reports, and none can be read.
    Unreadable,
    /// The workflow's runs have reports; this one has ended without.
    Missing,
}

impl TestsState {
    /// The word used in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            TestsState::None => "none",
            TestsState::Pending => "pending",
            TestsState::Complete => "complete",
            TestsState::Partial => "partial",
            TestsState::Empty => "empty",
            TestsState::Unreadable => "unreadable",
            TestsState::Missing => "missing",
        }
    }

    /// Reads [`TestsState::as_str`]; an unknown word counts as none.
    pub fn from_word(word: &str) -> TestsState {
        [
            TestsState::Pending,
            TestsState::Complete,
            TestsState::Partial,
            TestsState::Empty,
            TestsState::Unreadable,
            TestsState::Missing,
        ]
        .into_iter()
        .find(|state| state.as_str() == word)
        .unwrap_or(TestsState::None)
    }
}

/// Counts over a run's tests, each report counted once. `total` = `passed` + `failed` + `skipped`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TestTotals {
    /// Cases.
    pub total: i64,
    /// Passed, flaky ones included.
    pub passed: i64,
    /// Failed or erred.
    pub failed: i64,
    /// Not run.
    pub skipped: i64,
    /// Passed after a failing try: in the same job, or in an earlier attempt of the run.
    pub flaky: i64,
    /// What is known.
    pub state: TestsState,
    /// What is wrong, in a sentence.
    pub problem: Option<String>,
    /// Lines that coverage reports count, and how many of them were hit; null without such a report.
    pub coverage: Option<CoverageTotals>,
}

/// Coverage totals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoverageTotals {
    /// Files covered.
    pub files: i64,
    /// Lines that could be hit.
    pub lines: i64,
    /// Lines that were hit.
    pub lines_hit: i64,
    /// Branches, where the format has them.
    pub branches: i64,
    /// Branches taken.
    pub branches_hit: i64,
}

/// How a report counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// It counts.
    #[default]
    Counted,
    /// It tells of an execution that another report tells of as well.
    Duplicate,
    /// A later attempt has the same report anew.
    Superseded,
}

impl Standing {
    /// The word used in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Standing::Counted => "counted",
            Standing::Duplicate => "duplicate",
            Standing::Superseded => "superseded",
        }
    }

    /// Reads [`Standing::as_str`]; an unknown word counts as counted.
    pub fn from_word(word: &str) -> Standing {
        match word {
            "duplicate" => Standing::Duplicate,
            "superseded" => Standing::Superseded,
            _ => Standing::Counted,
        }
    }
}

/// A report found in an artifact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TestReport {
    /// Ours.
    pub id: i64,
    /// Run.
    pub run_id: i64,
    /// Attempt, where it is known.
    pub attempt: Option<i64>,
    /// Artifact it is in.
    pub artifact_id: i64,
    /// That artifact's name.
    pub artifact_name: String,
    /// Job that made it, where that can be told.
    pub job_id: Option<i64>,
    /// File it is in, the first one where it is several.
    pub file_id: String,
    /// Path inside the artifact: of the file, or of the folder where it is several files.
    pub path: String,
    /// How many files it is.
    pub files: i64,
    /// Format: `junit`, `playwright`, ….
    pub format: String,
    /// Name of the format for people.
    pub format_title: String,
    /// `tests`, `lint` or `coverage`.
    pub kind: String,
    /// Tool that wrote it, where the report says.
    pub tool: Option<String>,
    /// `complete`, `partial`, `empty` or `unreadable`.
    pub state: TestsState,
    /// How it counts.
    pub standing: Standing,
    /// Report that counts instead.
    pub instead: Option<i64>,
    /// What is wrong with it.
    pub problems: Vec<String>,
    /// Dimensions of the job it ran in.
    pub variant: String,
    /// Cases.
    pub total: i64,
    /// Passed, flaky ones included.
    pub passed: i64,
    /// Failed or erred.
    pub failed: i64,
    /// Not run.
    pub skipped: i64,
    /// Passed after a failing try in the same job.
    pub flaky: i64,
    /// Cases beyond the limit, not kept.
    pub dropped: i64,
    /// Findings, for a linter's report.
    pub findings: i64,
    /// Totals, for a coverage report.
    pub coverage: Option<CoverageTotals>,
    /// How long its tests took, as the report says.
    pub duration_ms: Option<i64>,
}

/// A file that belongs to a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TestAttachment {
    /// Name for people.
    pub name: String,
    /// Path as the report writes it.
    pub path: String,
    /// File of the same artifact that it is, where there is one.
    pub file_id: Option<String>,
    /// Where its content is.
    pub url: Option<String>,
    /// Media type, of our file or else as the report says.
    pub media_type: Option<String>,
}

/// An earlier try in the same job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TestTry {
    /// Outcome.
    pub status: TestStatus,
    /// How long it took.
    pub duration_ms: Option<i64>,
    /// Its message.
    pub message: Option<String>,
}

/// Why a test failed, was flaky or was skipped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TestFailure {
    /// Type of the error.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Message.
    pub message: String,
    /// Stack trace.
    pub stack: Option<String>,
    /// End of the standard output.
    pub stdout: Option<String>,
    /// End of the standard error.
    pub stderr: Option<String>,
    /// Files that belong to it.
    pub attachments: Vec<TestAttachment>,
    /// Earlier tries in the same job, oldest first.
    pub tries: Vec<TestTry>,
}

/// A test's result in a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TestResult {
    /// `{reportId}.{ordinal}`.
    pub id: String,
    /// The test.
    pub test_id: i64,
    /// Titles of the enclosing suites, joined with ` > `.
    pub suite: String,
    /// Class, module or package.
    pub class_name: Option<String>,
    /// Name.
    pub name: String,
    /// Source file.
    pub file: Option<String>,
    /// Line within it.
    pub line: Option<i64>,
    /// Run.
    pub run_id: i64,
    /// Attempt, where it is known.
    pub attempt: Option<i64>,
    /// Job, where it is known.
    pub job_id: Option<i64>,
    /// Report.
    pub report_id: i64,
    /// Dimensions it ran in.
    pub variant: String,
    /// Outcome.
    pub status: TestStatus,
    /// How long the last try took.
    pub duration_ms: Option<i64>,
    /// Tries in the job.
    pub tries: i64,
    /// What is thought of the test.
    pub verdict: Verdict,
    /// Outcomes of the test's newest results, as letters, oldest first; empty unless it failed or was flaky.
    pub strip: String,
    /// Share of recent sources on which the test contradicted itself.
    pub flake_rate: f64,
    /// Whether its failure is news; null unless it failed.
    pub novelty: Option<Novelty>,
    /// Family of its failure.
    pub family_id: Option<i64>,
    /// Why it failed; null for one that passed at once.
    pub failure: Option<TestFailure>,
}

/// A failure found in a job's log, for want of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LogFailure {
    /// Run.
    pub run_id: i64,
    /// Job.
    pub job_id: i64,
    /// Its name.
    pub job_name: String,
    /// Attempt.
    pub attempt: i64,
    /// Step that failed, where it is known.
    pub step: Option<String>,
    /// First line in the log, from 1.
    pub line: i64,
    /// Error code or type.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Rule that found it: a compiler or test runner.
    pub tool: Option<String>,
    /// Name of the failing test, where a runner says it.
    pub test: Option<String>,
    /// First informative line.
    pub message: String,
    /// The lines around it.
    pub excerpt: String,
    /// Family of the failure.
    pub family_id: Option<i64>,
}

/// Tests of a run, failed ones first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunTests {
    /// A page of results.
    pub tests: Vec<TestResult>,
    /// Next page.
    pub next_cursor: Option<String>,
    /// Results in all pages, as far as they were counted.
    pub total: i64,
    /// Whether `total` counts them all.
    pub total_is_exact: bool,
    /// Counts over all tests of the run.
    pub totals: TestTotals,
    /// Reports found, those that count first; on the first page only.
    pub reports: Vec<TestReport>,
    /// Failures found in logs of failed jobs that no report speaks for; on the first page only.
    pub log_failures: Vec<LogFailure>,
}

/// A test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Test {
    /// Ours.
    pub id: i64,
    /// `owner/name`.
    pub repository: String,
    /// Titles of the enclosing suites, joined with ` > `.
    pub suite: String,
    /// Class, module or package.
    pub class_name: Option<String>,
    /// Name.
    pub name: String,
    /// Source file.
    pub file: Option<String>,
    /// When the first run that had it was created.
    pub first_seen_at: Millis,
    /// When the last run that had it was created.
    pub last_seen_at: Millis,
    /// When the last run in which it failed was created.
    pub last_failure_at: Option<Millis>,
    /// Results ever, duplicates left out.
    pub results: i64,
    /// Failed results ever.
    pub failures: i64,
    /// Results ever that passed after a failing try.
    pub flaky_results: i64,
    /// Mean duration over all results that have one.
    pub average_duration_ms: Option<i64>,
    /// What is thought of it.
    pub verdict: Verdict,
    /// The verdict in one sentence.
    pub reason: String,
    /// Since when it is so, where it can be told.
    pub since: Option<Millis>,
    /// Share of recent sources on which it contradicted itself.
    pub flake_rate: f64,
    /// For ranking by flakiness, higher is worse.
    pub score: f64,
    /// Failures that count, in the last 30 days.
    pub recent_failures: i64,
    /// What it cost: the durations of the runs in which it failed in the last 30 days, together.
    pub impact_ms: i64,
    /// How often it turned from passed to failed or back on the default branch, among its newest 500 results.
    pub flips: i64,
    /// Share of its newest 500 results that failed; 0 for a test that gave no cause for a judgement.
    pub fail_rate: f64,
    /// Outcomes of the newest results, oldest first, for a strip: `P`, `F`, `L` (flaky) or `S`.
    pub strip: String,
}

/// A page of tests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tests {
    /// The tests.
    pub tests: Vec<Test>,
    /// Next page.
    pub next_cursor: Option<String>,
    /// Tests in all pages, as far as they were counted.
    pub total: i64,
    /// Whether `total` counts them all.
    pub total_is_exact: bool,
}

/// A result in a test's history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HistoryEntry {
    /// `{reportId}.{ordinal}`.
    pub result_id: String,
    /// Run.
    pub run: RunRef,
    /// Workflow.
    pub workflow_id: i64,
    /// Its name.
    pub workflow_name: String,
    /// Attempt, where it is known.
    pub attempt: Option<i64>,
    /// Job, where it is known.
    pub job_id: Option<i64>,
    /// Outcome.
    pub status: TestStatus,
    /// How long the last try took.
    pub duration_ms: Option<i64>,
    /// Tries in the job.
    pub tries: i64,
    /// Dimensions it ran in.
    pub variant: String,
    /// On the default branch, not by a pull request and not from a fork.
    pub on_default: bool,
    /// From a fork.
    pub fork: bool,
    /// Whether it is no evidence: cancelled, or everything failed at once.
    pub guarded: bool,
    /// Family of its failure.
    pub family_id: Option<i64>,
    /// First line of its message, unless it passed.
    pub message: Option<String>,
}

/// Results of one variant of a test, among the newest 500 results.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VariantSummary {
    /// Dimensions; empty for none.
    pub variant: String,
    /// Results.
    pub results: i64,
    /// Failed ones.
    pub failures: i64,
    /// Flaky ones.
    pub flaky: i64,
    /// Median duration.
    pub p50_duration_ms: Option<i64>,
}

/// Durations among the newest 500 results that passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Durations {
    /// Results with a duration.
    pub results: i64,
    /// Median (nearest rank).
    pub p50_ms: Option<i64>,
    /// 95th percentile (nearest rank).
    pub p95_ms: Option<i64>,
    /// Longest.
    pub max_ms: Option<i64>,
}

/// A step in the duration of a test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DurationStep {
    /// Median of the twelve results before, in milliseconds.
    pub before_ms: i64,
    /// Median of the twelve results from it on.
    pub after_ms: i64,
    /// The first run with the new duration.
    pub run: RunRef,
}

/// How often a test failed for one cause, among its newest 500 results.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TestCause {
    /// Family.
    pub family_id: i64,
    /// Failed and flaky results with it.
    pub failures: i64,
    /// When the oldest of them ran.
    pub first_at: Millis,
    /// When the newest of them ran.
    pub last_at: Millis,
    /// Other families of this test whose titles are near enough to be one cause.
    pub similar: Vec<i64>,
}

/// A test with its history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TestDetail {
    /// The test itself.
    #[serde(flatten)]
    pub test: Test,
    /// The verdict with its proof.
    pub judgement: Judgement,
    /// Since when it fails on the default branch; null while it passes there.
    pub failing_since: Option<Since>,
    /// A page of results, newest first.
    pub history: Vec<HistoryEntry>,
    /// Next page of the history.
    pub next_cursor: Option<String>,
    /// Branches among the newest 500 results, most results first.
    pub branches: Vec<String>,
    /// Variants among the newest 500 results.
    pub variants: Vec<VariantSummary>,
    /// Durations.
    pub durations: Durations,
    /// The newest step in the durations of its passed results; null where there is none.
    pub duration_step: Option<DurationStep>,
    /// Families of its failures, newest first, at most 20.
    pub families: Vec<Family>,
    /// How often each of those occurred in this test.
    pub causes: Vec<TestCause>,
}

/// Failures with one cause.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Family {
    /// Ours.
    pub id: i64,
    /// `owner/name`.
    pub repository: String,
    /// Its failures' common first line, with what varies masked.
    pub title: String,
    /// Type of the error.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Whether the place does not matter (an outage, a browser crash), rather than a frame of ours.
    pub is_global: bool,
    /// Message of the newest failure.
    pub message: String,
    /// When the first run with it was created.
    pub first_seen_at: Millis,
    /// That run.
    pub first_run_id: i64,
    /// When the newest run with it was created.
    pub last_seen_at: Millis,
    /// That run.
    pub last_run_id: i64,
    /// Runs with it.
    pub runs: i64,
    /// Tests with it; 0 when it is known from logs alone.
    pub tests: i64,
    /// How many branches have it, among its newest 20 runs.
    pub branch_count: i64,
    /// Some of those branches, newest first, at most ten.
    pub branches: Vec<String>,
    /// Pull requests whose runs have it, among its newest 20 runs, at most twenty.
    pub pull_requests: Vec<i64>,
    /// Whether one of its newest 20 runs is on the default branch: not by a pull request and not from a fork.
    pub on_default: bool,
}

/// A test in a family.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FamilyTest {
    /// The test.
    pub id: i64,
    /// Titles of the enclosing suites.
    pub suite: String,
    /// Class, module or package.
    pub class_name: Option<String>,
    /// Name.
    pub name: String,
    /// What is thought of it.
    pub verdict: Verdict,
    /// Its failures among the newest 1,000 of the family.
    pub failures: i64,
    /// When the newest run in which it failed so was created.
    pub last_seen_at: Millis,
    /// The newest result in which it failed so: `{reportId}.{ordinal}`.
    pub last_result_id: String,
    /// The run of that result.
    pub last_run_id: i64,
}

/// A run in which a family occurs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FamilyRun {
    /// The run.
    #[serde(flatten)]
    pub run: RunRef,
    /// Workflow.
    pub workflow_id: i64,
    /// Its name.
    pub workflow_name: String,
    /// Event.
    pub event: String,
    /// From a fork.
    pub fork: bool,
    /// Pull requests it was made for.
    pub pull_requests: Vec<i64>,
    /// Tests that failed so in it; 0 when it is known from its logs alone.
    pub tests: i64,
}

/// A family with where it occurs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FamilyDetail {
    /// The family itself.
    #[serde(flatten)]
    pub family: Family,
    /// Tests that fail so, newest failure first, at most 50.
    pub failing_tests: Vec<FamilyTest>,
    /// Runs with it, newest first, at most 50.
    pub failing_runs: Vec<FamilyRun>,
    /// Where logs of those runs show it, for want of a report, at most 20.
    pub log_failures: Vec<LogFailure>,
}

/// A page of families.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Failures {
    /// The families.
    pub failures: Vec<Family>,
    /// Next page.
    pub next_cursor: Option<String>,
    /// Families in all pages, as far as they were counted.
    pub total: i64,
    /// Whether `total` counts them all.
    pub total_is_exact: bool,
}

/// A column of a grid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GridRun {
    /// The run.
    #[serde(flatten)]
    pub run: RunRef,
    /// What is known of its tests.
    pub state: TestsState,
    /// Whether it is no evidence: everything failed at once.
    pub guarded: bool,
}

/// A row of a grid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GridTest {
    /// The test.
    pub id: i64,
    /// Titles of the enclosing suites.
    pub suite: String,
    /// Class, module or package.
    pub class_name: Option<String>,
    /// Name.
    pub name: String,
    /// What is thought of it.
    pub verdict: Verdict,
    /// One letter a column, in the order of `runs`: `P` passed, `F` failed, `L` flaky, `S` skipped, `-` not in that run.
    /// Of several results in one run the worst is shown.
    pub cells: String,
    /// Median duration of its results in these runs.
    pub p50_duration_ms: Option<i64>,
    /// One character a column where `durations=1` asks for it: `-` where there is no duration, else the character with
    /// the code 48 + round(3 · log2(ms + 1)).
    pub durations: Option<String>,
    /// Families of the failed and flaky cells: (column, family), by column.
    pub families: Vec<(i64, i64)>,
}

/// Tests × runs of a workflow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Grid {
    /// Columns, newest first.
    pub runs: Vec<GridRun>,
    /// Rows, those with most failures first.
    pub tests: Vec<GridTest>,
    /// Tests in these runs that match the filters, those beyond the limit of rows included.
    pub total: i64,
    /// Whether `total` counts them all: a filter looks through the 10,000 tests with most failures.
    pub total_is_exact: bool,
    /// Tests in these runs that neither failed nor were flaky, whatever the filters.
    pub green: i64,
    /// For `before`: the next columns, older ones; null at the end.
    pub next_cursor: Option<String>,
    /// Titles of the families named in cells: (family, title).
    pub families: Vec<(i64, String)>,
}

/// A test in a comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ComparedTest {
    /// The test.
    pub id: i64,
    /// Titles of the enclosing suites.
    pub suite: String,
    /// Class, module or package.
    pub class_name: Option<String>,
    /// Name.
    pub name: String,
    /// What is thought of it.
    pub verdict: Verdict,
    /// Outcome in the other run.
    pub base: Option<TestStatus>,
    /// Outcome in this run.
    pub head: Option<TestStatus>,
    /// Duration in the other run.
    pub base_duration_ms: Option<i64>,
    /// Duration in this run.
    pub head_duration_ms: Option<i64>,
    /// First line of the message in this run, where it fails.
    pub message: Option<String>,
}

/// Some items, and how many there are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ComparedTests {
    /// How many.
    pub total: i64,
    /// The first 200.
    pub tests: Vec<ComparedTest>,
}

/// Tests of two runs side by side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TestComparison {
    /// Fail here and did not fail there.
    pub new_failures: ComparedTests,
    /// Failed there and pass here.
    pub fixed: ComparedTests,
    /// Fail in both.
    pub still_failing: ComparedTests,
    /// Only here.
    pub added: ComparedTests,
    /// Only there.
    pub missing: ComparedTests,
    /// At least half again as slow and by 100 ms or more, slowest first.
    pub slower: ComparedTests,
}

/// A file in a comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ComparedFile {
    /// Name of the artifact.
    pub artifact_name: String,
    /// Path inside it.
    pub path: String,
    /// The file of the other run.
    pub base_id: Option<String>,
    /// The file of this run.
    pub head_id: Option<String>,
    /// Size there.
    pub base_bytes: Option<i64>,
    /// Size here.
    pub head_bytes: Option<i64>,
}

/// Some files, and how many there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ComparedFiles {
    /// How many.
    pub total: i64,
    /// The first 200.
    pub files: Vec<ComparedFile>,
}

/// Files of two runs side by side, matched by artifact name and path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FileComparison {
    /// Only here.
    pub added: ComparedFiles,
    /// Only there.
    pub removed: ComparedFiles,
    /// In both, with other content.
    pub changed: ComparedFiles,
    /// In both, with equal content.
    pub unchanged: i64,
    /// Whether a run has more files than are compared.
    pub truncated: bool,
}

/// A job or step in a comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ComparedSpan {
    /// Name.
    pub name: String,
    /// Conclusion there.
    pub base_conclusion: Option<String>,
    /// Conclusion here.
    pub head_conclusion: Option<String>,
    /// Duration there.
    pub base_duration_ms: Option<i64>,
    /// Duration here.
    pub head_duration_ms: Option<i64>,
}

/// A job in a comparison, with its steps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ComparedJob {
    /// The job itself.
    #[serde(flatten)]
    pub job: ComparedSpan,
    /// The job there.
    pub base_id: Option<i64>,
    /// The job here.
    pub head_id: Option<i64>,
    /// Its steps, in order.
    pub steps: Vec<ComparedSpan>,
}

/// Two runs side by side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// The other run.
    pub base: RunRef,
    /// This run.
    pub head: RunRef,
    /// Tests of the other run.
    pub base_tests: TestTotals,
    /// Tests of this run.
    pub head_tests: TestTotals,
    /// Tests.
    pub tests: TestComparison,
    /// Files.
    pub files: FileComparison,
    /// Jobs of the latest attempts, matched by name.
    pub jobs: Vec<ComparedJob>,
}

/// What a workflow's answer says of its tests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkflowSummary {
    /// Tests of its newest completed run that has any, or of its newest completed run.
    pub tests: TestTotals,
    /// That run.
    pub tests_run_id: Option<i64>,
    /// Since when it fails on the default branch; null while it passes there, and in the list of workflows.
    pub failing_since: Option<Since>,
}
