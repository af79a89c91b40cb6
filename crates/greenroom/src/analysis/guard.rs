//! What is no evidence against a test: outages, cancelled jobs and lost runners. It is shown all the same.

/// Results below which everything may fail at once by chance.
const LEAST_TESTS: i64 = 20;
/// Share of failures, in percent, beyond which the cause is not in the tests.
const OUTAGE_PERCENT: i64 = 80;

/// Whether so much failed at once that the cause is not in the tests: more than 80 % of at least 20 that ran.
pub fn is_outage(total: i64, failed: i64) -> bool {
    total >= LEAST_TESTS && failed.saturating_mul(100) > total.saturating_mul(OUTAGE_PERCENT)
}

/// Whether a job's conclusion takes the weight from its results: it was broken off, or its runner was lost.
pub fn job_is_guarded(conclusion: Option<&str>) -> bool {
    matches!(conclusion, Some("cancelled" | "timed_out" | "startup_failure" | "stale"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_most_of_many_tests() {
        for (total, failed, expected) in
            [(20, 17, true), (20, 16, false), (19, 19, false), (1000, 801, true), (1000, 800, false), (0, 0, false)]
        {
            assert_eq!(is_outage(total, failed), expected, "{failed} of {total}");
        }
    }

    #[test]
    fn jobs_that_broke_off_are_guarded() {
        for (conclusion, expected) in [
            (Some("cancelled"), true),
            (Some("timed_out"), true),
            (Some("startup_failure"), true),
            (Some("failure"), false),
            (Some("success"), false),
            (None, false),
        ] {
            assert_eq!(job_is_guarded(conclusion), expected, "{conclusion:?}");
        }
    }
}
