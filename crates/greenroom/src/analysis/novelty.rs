//! Whether a failure is news or was there before.

use crate::model::Millis;
use crate::model::testing::{Novelty, Verdict};

/// A failure of the same test or family somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Run.
    pub run_id: i64,
    /// When the run was created.
    pub at: Millis,
    /// Head branch.
    pub branch: String,
    /// Who caused the run.
    pub author: String,
    /// On the default branch.
    pub on_default: bool,
}

/// Whether a failure is news, and the run that proves it is not.
pub fn novelty(
    _verdict: Verdict,
    _own_branch: &str,
    _own_run: i64,
    _at: Millis,
    _earlier: &[Sighting],
) -> (Novelty, Option<i64>) {
    (Novelty::New, None)
}
