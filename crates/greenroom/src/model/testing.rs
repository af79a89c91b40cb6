//! The nouns of test history: outcomes, executions of a test with their context, and judgements
//! over them. What the HTTP API shows of them is in [`super::results`].

use super::Millis;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Outcome of a test within one report: of its last try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TestStatus {
    /// It failed, erred or broke off.
    Failed,
    /// It passed after a failing try in the same job.
    Flaky,
    /// It was not run.
    Skipped,
    /// It passed.
    Passed,
}

impl TestStatus {
    /// Every status, in the order in which results are shown.
    pub const ALL: [TestStatus; 4] = [TestStatus::Failed, TestStatus::Flaky, TestStatus::Skipped, TestStatus::Passed];

    /// Number in the database, and rank in lists: failures first.
    pub fn number(self) -> i64 {
        self as i64
    }

    /// Reads [`TestStatus::number`]; an unknown number counts as skipped.
    pub fn from_number(number: i64) -> TestStatus {
        TestStatus::ALL.into_iter().find(|status| status.number() == number).unwrap_or(TestStatus::Skipped)
    }

    /// The word used in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            TestStatus::Failed => "failed",
            TestStatus::Flaky => "flaky",
            TestStatus::Skipped => "skipped",
            TestStatus::Passed => "passed",
        }
    }

    /// Reads [`TestStatus::as_str`].
    pub fn from_word(word: &str) -> Option<TestStatus> {
        TestStatus::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

/// One execution of a test, with what is needed to judge it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    /// Report it is in.
    pub report_id: i64,
    /// Position within the report.
    pub ordinal: i64,
    /// Run.
    pub run_id: i64,
    /// Counter of the run within its workflow.
    pub run_number: i64,
    /// Attempt of the run.
    pub attempt: i64,
    /// Workflow.
    pub workflow_id: i64,
    /// Job, where it is known.
    pub job_id: Option<i64>,
    /// When the run was created.
    pub at: Millis,
    /// Tree of the commit, or the commit where GitHub gave no tree: same tree, same code.
    pub tree: String,
    /// Head commit.
    pub head_sha: String,
    /// Head branch.
    pub branch: String,
    /// On the default branch, not by a pull request and not from a fork.
    pub on_default: bool,
    /// From a fork: kept out of the default branch's statistics and of verdicts.
    pub fork: bool,
    /// Dimensions it ran in; empty for none.
    pub variant: String,
    /// Outcome.
    pub status: TestStatus,
    /// Tries in the job, the last included.
    pub tries: i64,
    /// How long the last try took.
    pub duration_ms: Option<i64>,
    /// Family of its failure.
    pub family_id: Option<i64>,
    /// Shown, and no evidence: its job was cancelled, its runner was lost, or everything failed at once.
    pub guarded: bool,
}

/// What is thought of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// It fails and goes on failing, for longer than a regression is news.
    Broken,
    /// It passed reliably, and fails since a known run.
    Regressed,
    /// At least two times the same code both passed and failed.
    Flaky,
    /// It looks flaky, and the proof is missing.
    Suspect,
    /// It was flaky, and has not contradicted itself lately.
    Recovering,
    /// It was broken or regressed and passes again.
    Fixed,
    /// Fewer than five sources.
    NotEnoughData,
    /// None of these.
    Healthy,
}

impl Verdict {
    /// Every verdict, worst first.
    pub const ALL: [Verdict; 8] = [
        Verdict::Broken,
        Verdict::Regressed,
        Verdict::Flaky,
        Verdict::Suspect,
        Verdict::Recovering,
        Verdict::Fixed,
        Verdict::NotEnoughData,
        Verdict::Healthy,
    ];

    /// The word used in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Broken => "broken",
            Verdict::Regressed => "regressed",
            Verdict::Flaky => "flaky",
            Verdict::Suspect => "suspect",
            Verdict::Recovering => "recovering",
            Verdict::Fixed => "fixed",
            Verdict::NotEnoughData => "notEnoughData",
            Verdict::Healthy => "healthy",
        }
    }

    /// Reads [`Verdict::as_str`].
    pub fn from_word(word: &str) -> Option<Verdict> {
        Verdict::ALL.into_iter().find(|verdict| verdict.as_str() == word)
    }
}

/// Why something counts as proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum ProofKind {
    /// It failed and passed in one job, by a retry.
    RetryInJob,
    /// It failed in one attempt of a run and passed in another.
    OtherAttempt,
    /// It failed in one run and passed in another of the same tree.
    SameTree,
    /// It went from pass to fail and back within few runs.
    ShortFlip,
    /// It failed in a row.
    FailingStreak,
    /// The last pass and the first failure after it.
    Onset,
    /// The last failure and the passes after it.
    Recovery,
}

/// An execution that proves something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProofExecution {
    /// `{reportId}.{ordinal}`.
    pub result_id: String,
    /// Run.
    pub run_id: i64,
    /// Counter of the run within its workflow.
    pub run_number: i64,
    /// Attempt.
    pub attempt: i64,
    /// Job, where it is known.
    pub job_id: Option<i64>,
    /// Outcome.
    pub status: TestStatus,
    /// When the run was created.
    pub at: Millis,
    /// Head commit.
    pub head_sha: String,
    /// Head branch.
    pub branch: String,
}

/// Executions that prove a verdict, together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Proof {
    /// Why they prove it.
    pub kind: ProofKind,
    /// The executions, oldest first, at most eight.
    pub executions: Vec<ProofExecution>,
}

/// A judgement over a test's executions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Judgement {
    /// What is thought of it.
    pub verdict: Verdict,
    /// The verdict in one sentence with its figures.
    pub reason: String,
    /// Version of the algorithm that judged.
    pub algorithm: i64,
    /// Since when, where it can be told.
    pub since: Option<Millis>,
    /// Sources (one tree and variant each) that neither guard nor fork excludes: of the last 14 days, or of up to 30
    /// where those hold fewer than 100.
    pub sources: i64,
    /// Sources among them on which it both passed and failed.
    pub mixed_sources: i64,
    /// `mixedSources / sources`.
    pub flake_rate: f64,
    /// For ranking by flakiness, higher is worse; 0 for a test that never contradicted itself.
    pub score: f64,
    /// Failures that count, in the window of 30 days.
    pub recent_failures: i64,
    /// How often it turned from passed to failed or back, on the default branch and in the same conditions.
    pub flips: i64,
    /// Share of the executions looked at that failed.
    pub fail_rate: f64,
    /// Passes in a row still needed to be 95 % sure that the flake is gone.
    pub passes_needed: Option<i64>,
    /// Executions that prove it, newest first, at most ten.
    pub proof: Vec<Proof>,
}

/// A run, in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunRef {
    /// GitHub's id.
    pub id: i64,
    /// Counter within its workflow.
    pub run_number: i64,
    /// Attempt.
    pub attempt: i64,
    /// As GitHub says.
    pub conclusion: Option<String>,
    /// When the run was created.
    pub created_at: Millis,
    /// Head branch.
    pub branch: String,
    /// Head commit.
    pub head_sha: String,
    /// First line of the commit's message.
    pub commit_message: String,
    /// The commit's author.
    pub commit_author: String,
}

/// Since when something fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Since {
    /// Last run in which it passed, before it failed.
    pub last_green: Option<RunRef>,
    /// First run in which it failed, and failed since.
    pub first_red: Option<RunRef>,
    /// The suspects, oldest first: runs after the last green one up to the first red one, one for each commit.
    pub commits: Vec<RunRef>,
    /// Whether the bracket is too wide or too incomplete to name a culprit.
    pub inconclusive: bool,
    /// Why it is inconclusive, or what is known.
    pub reason: String,
}

/// Whether a failure is news.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Novelty {
    /// Not seen on the default branch for 21 days, nor on other people's branches: caused here.
    New,
    /// Fails elsewhere as well: not caused by this change.
    Known,
    /// The test is known to be flaky.
    Flaky,
}

impl Novelty {
    /// The word used in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Novelty::New => "new",
            Novelty::Known => "known",
            Novelty::Flaky => "flaky",
        }
    }

    /// Reads [`Novelty::as_str`].
    pub fn from_word(word: &str) -> Option<Novelty> {
        match word {
            "new" => Some(Novelty::New),
            "known" => Some(Novelty::Known),
            "flaky" => Some(Novelty::Flaky),
            _ => None,
        }
    }
}
