//! Where the readers rightly differ from an oracle, and why. A row that no longer differs fails the test.

/// Path, fact, reason.
pub const FILES: &[(&str, &str, &str)] = &[];

/// One run reported in several formats that cannot agree: name of the run or set, fact, reason.
pub const RUNS: &[(&str, &str, &str)] = &[];

/// Files of other parts of the corpus that are reports although they are not there as such: end of the path, format.
pub const REPORTS_ELSEWHERE: &[(&str, &str)] = &[];
