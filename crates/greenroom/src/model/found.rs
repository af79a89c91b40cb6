//! What a search finds, as the HTTP API shows it.

use super::Millis;
use super::testing::Verdict;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A kind of thing that can be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum FoundType {
    /// Tests by name, suite, class and file.
    Tests,
    /// Runs by number, title, branch, commit, actor, workflow and event.
    Runs,
    /// Workflows by name and file.
    Workflows,
    /// Head branches.
    Branches,
    /// Files in artifacts by path; the newest of each path.
    Files,
    /// Families of failures by title and message.
    Failures,
}

impl FoundType {
    /// Every type, in the order in which they are shown.
    pub const ALL: [FoundType; 6] = [
        FoundType::Tests,
        FoundType::Failures,
        FoundType::Runs,
        FoundType::Workflows,
        FoundType::Branches,
        FoundType::Files,
    ];

    /// The word used in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            FoundType::Tests => "tests",
            FoundType::Runs => "runs",
            FoundType::Workflows => "workflows",
            FoundType::Branches => "branches",
            FoundType::Files => "files",
            FoundType::Failures => "failures",
        }
    }

    /// Reads [`FoundType::as_str`].
    pub fn from_word(word: &str) -> Option<FoundType> {
        FoundType::ALL.into_iter().find(|found| found.as_str() == word)
    }
}

/// Something found, with what a row of it shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FoundItem {
    /// Id of the test, run, workflow or family; of a file its own; of a branch the id of its newest run.
    pub id: String,
    /// Its name: of a test, title of a run or failure, name of a workflow or branch, path of a file.
    pub title: String,
    /// What is around it: suite and class of a test, workflow of a run, file of a workflow, message of a failure,
    /// artifact of a file.
    pub context: String,
    /// `owner/name`.
    pub repository: String,
    /// Where the application shows it.
    pub url: String,
    /// Of a test when it was last seen, of a failure too; else of its (newest) run when that was created.
    pub at: Option<Millis>,
    /// Status of the run: itself, or the newest of a branch or workflow.
    pub status: Option<String>,
    /// Conclusion of that run.
    pub conclusion: Option<String>,
    /// Number of that run; of a file, of the run that it is from.
    pub run_number: Option<i64>,
    /// Branch of that run.
    pub branch: Option<String>,
    /// Login of whoever caused that run.
    pub actor: Option<String>,
    /// What is thought of a test.
    pub verdict: Option<Verdict>,
    /// Runs with this failure.
    pub runs: Option<i64>,
    /// Size of a file.
    pub size_bytes: Option<i64>,
}

/// What was found of one type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FoundGroup {
    /// The type.
    #[serde(rename = "type")]
    pub found_type: FoundType,
    /// Best first: equal names, then beginnings of names, then beginnings of words, then parts of words; newest first
    /// among equals.
    pub items: Vec<FoundItem>,
    /// Whether there are more.
    pub more: bool,
    /// For the next page of this type; null at the end.
    pub next_cursor: Option<String>,
}

/// What the words stand for, where they name one thing exactly.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Resolved {
    /// `repository`, `workflow`, `run`, `attempt`, `job`, `artifact`, `pullRequest`, `commit`, `branch` or `actor`.
    pub kind: String,
    /// In words.
    pub title: String,
    /// Where the application shows it.
    pub url: String,
    /// Job whose log an address with `#step:N:L` leads into.
    pub job_id: Option<i64>,
    /// Number of the step.
    pub step: Option<i64>,
    /// Line within the step, from 1.
    pub line: Option<i64>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Found {
    /// One group for each type asked for, in the order in which they are shown, also where nothing was found.
    pub groups: Vec<FoundGroup>,
    /// What the words name exactly: a number, a commit, `@actor`, or an address of GitHub.
    pub resolved: Option<Resolved>,
    /// Where the words are an address of GitHub: what of it is not mirrored.
    pub not_mirrored: Option<String>,
}
