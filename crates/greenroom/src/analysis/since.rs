//! Since when something fails: the last green run, the first red one and the commits between.

use crate::model::testing::{Execution, RunRef, Since};

/// Since when a test fails on the default branch; `None` when it does not.
pub fn since(_executions: &[Execution], _run: impl Fn(i64) -> Option<RunRef>) -> Option<Since> {
    None
}

/// Since when a workflow fails on a branch, from its runs, newest first; `None` when it does not.
pub fn runs_since(_runs: &[RunRef]) -> Option<Since> {
    None
}
