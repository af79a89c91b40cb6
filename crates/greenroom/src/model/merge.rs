//! Which of two observations of a run is the newer one. Pure.
//!
//! GitHub's lists, gets and webhooks are answered by replicas that lag, so an observation may be
//! older than what we hold. A higher attempt always wins; within an attempt a later `updated_at`;
//! at the same second the further status (`facts`: completed wins at equal `updated_at`).

use super::Millis;
use super::upstream::Run;

/// By how much an artifact may seem older than the start of the attempt that uploaded it: GitHub's
/// clocks differ by seconds.
pub const ATTEMPT_SLACK_MS: i64 = 5_000;

/// What we know of a run, as far as merging needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Latest attempt.
    pub attempt: i64,
    /// As GitHub said.
    pub status: String,
    /// As GitHub said.
    pub conclusion: Option<String>,
    /// As GitHub said.
    pub updated_at: Millis,
    /// When the run was created.
    pub created_at: Millis,
    /// Title, which can change later.
    pub title: String,
    /// Pull requests, which change over time.
    pub pull_requests: Vec<i64>,
    /// Whether we believe GitHub no longer has it.
    pub deleted_upstream: bool,
}

/// Order of statuses within one attempt; unknown ones count as in progress.
pub fn rank(status: &str) -> i64 {
    match status {
        "requested" => 0,
        "queued" | "pending" | "waiting" => 1,
        "completed" => 3,
        _ => 2,
    }
}

/// Whether `seen` says something that `known` does not, and is not older than it.
pub fn is_news(known: &Known, seen: &Run) -> bool {
    if known.deleted_upstream {
        return true;
    }
    let position = |attempt, updated_at: Millis, status: &str| (attempt, updated_at, rank(status));
    let ours = position(known.attempt, known.updated_at, &known.status);
    let theirs = position(seen.attempt, seen.updated_at, &seen.status);
    theirs > ours
        || (theirs == ours
            && (known.status != seen.status
                || known.conclusion != seen.conclusion
                || known.title != seen.title
                || known.pull_requests != seen.pull_requests))
}

/// Whether taking `seen` means that jobs, logs and artifacts must be looked at again.
pub fn needs_details(known: Option<&Known>, seen: &Run) -> bool {
    match known {
        None => true,
        Some(known) => {
            known.attempt != seen.attempt || known.status != seen.status || known.conclusion != seen.conclusion
        }
    }
}
