//! What is no evidence against a test: outages, cancelled jobs and lost runners.

/// Whether so much failed at once that the cause is not in the tests.
pub fn is_outage(total: i64, failed: i64) -> bool {
    total >= 20 && failed * 100 > total * 80
}

/// Whether a job's conclusion takes the weight from its results.
pub fn job_is_guarded(conclusion: Option<&str>) -> bool {
    matches!(conclusion, Some("cancelled" | "timed_out" | "startup_failure" | "stale"))
}
