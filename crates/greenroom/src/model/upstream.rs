//! What GitHub told us: observations, already tolerant and typed, before we add anything of our own.
//! `status`, `conclusion`, `event` and `state` stay open texts: GitHub adds values without notice.

use super::Millis;

/// A repository as GitHub describes it. The id survives renames and transfers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// GitHub's numeric id.
    pub id: i64,
    /// Login of the owner.
    pub owner: String,
    /// Name without the owner.
    pub name: String,
    /// Branch that new pull requests target; empty where unknown.
    pub default_branch: String,
    /// Page on GitHub.
    pub html_url: String,
    /// Whether reading it needs permission.
    pub private: bool,
}

/// A workflow, one per file (or implicit: Dependabot, CodeQL default setup, Pages).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workflow {
    /// GitHub's numeric id.
    pub id: i64,
    /// Display name.
    pub name: String,
    /// Path of the file, possibly empty.
    pub path: String,
    /// `active`, `deleted`, `disabled_fork`, `disabled_inactivity`, `disabled_manually` or a later value.
    pub state: String,
    /// Page on GitHub.
    pub html_url: String,
    /// Badge image.
    pub badge_url: String,
    /// When the workflow was created.
    pub created_at: Option<Millis>,
    /// When the workflow last changed.
    pub updated_at: Option<Millis>,
}

/// A run at its latest attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// GitHub's numeric id; the same for all attempts.
    pub id: i64,
    /// Workflow it belongs to.
    pub workflow_id: i64,
    /// Name of the workflow when the run was made; empty where GitHub sent none.
    pub workflow_name: String,
    /// Path of the workflow file, without `@ref`.
    pub workflow_path: String,
    /// Counter within the workflow.
    pub run_number: i64,
    /// Latest attempt, from 1.
    pub attempt: i64,
    /// Title of the run (run-name, commit subject or pull-request title).
    pub title: String,
    /// Event that caused it.
    pub event: String,
    /// `queued`, `in_progress`, `completed`, `waiting`, `requested`, `pending` or a later value.
    pub status: String,
    /// Set once completed.
    pub conclusion: Option<String>,
    /// Head branch; empty where GitHub sent none.
    pub branch: String,
    /// Head commit.
    pub head_sha: String,
    /// Its tree; empty where GitHub sent none. Same tree, same code.
    pub tree_sha: String,
    /// First line(s) of the commit message.
    pub commit_message: String,
    /// Author's name.
    pub commit_author: String,
    /// Login of whoever caused the run.
    pub actor: String,
    /// Numbers of the open pull requests that GitHub associates.
    pub pull_requests: Vec<i64>,
    /// Whether the head repository is another one than the run's.
    pub fork: bool,
    /// When the first attempt was created.
    pub created_at: Millis,
    /// When the latest attempt started.
    pub started_at: Option<Millis>,
    /// Last change of anything; not a completion time.
    pub updated_at: Millis,
    /// Page on GitHub.
    pub html_url: String,
}

impl Run {
    /// Whether this attempt has ended.
    pub fn is_completed(&self) -> bool {
        self.status == "completed"
    }
}

/// One attempt of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Run it belongs to.
    pub run_id: i64,
    /// From 1.
    pub attempt: i64,
    /// As for runs.
    pub status: String,
    /// As for runs.
    pub conclusion: Option<String>,
    /// When the attempt started.
    pub started_at: Option<Millis>,
    /// Last change.
    pub updated_at: Millis,
}

/// A job of one attempt; its id is also its check-run id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// GitHub's numeric id.
    pub id: i64,
    /// Run it belongs to.
    pub run_id: i64,
    /// Attempt it ran in; `None` where GitHub did not say.
    pub attempt: Option<i64>,
    /// Display name, with matrix values.
    pub name: String,
    /// As for runs.
    pub status: String,
    /// As for runs.
    pub conclusion: Option<String>,
    /// When it was created.
    pub created_at: Option<Millis>,
    /// When it started; equals `created_at` while queued.
    pub started_at: Option<Millis>,
    /// When it ended.
    pub completed_at: Option<Millis>,
    /// Runner's name; empty for jobs that never started.
    pub runner_name: String,
    /// Labels asked for in `runs-on`.
    pub labels: Vec<String>,
    /// Page on GitHub.
    pub html_url: String,
    /// Steps in order.
    pub steps: Vec<super::Step>,
}

/// An artifact as listed; its content is fetched separately.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// GitHub's numeric id; a re-upload under the same name has another one.
    pub id: i64,
    /// Run it belongs to, where GitHub said so.
    pub run_id: Option<i64>,
    /// Name given by the workflow.
    pub name: String,
    /// Size of the uploaded blob (v4 and later) or of the files (v3).
    pub size_bytes: i64,
    /// `sha256:…` of the uploaded blob; v4 uploads only.
    pub digest: Option<String>,
    /// Whether GitHub has dropped the content.
    pub expired: bool,
    /// When it was uploaded.
    pub created_at: Option<Millis>,
    /// When GitHub will drop the content.
    pub expires_at: Option<Millis>,
}
