//! Where the readers rightly differ from an oracle, and why. A row that no longer differs fails the test.

/// Path, fact, reason.
pub const FILES: &[(&str, &str, &str)] = &[
    (
        "gotestsum/internal/junitxml/testdata/junitxml-report.golden",
        "failed",
        "a package that broke off is among its failures but not among its tests; here it is a failed suite, in neither",
    ),
    (
        "gotestsum/internal/junitxml/testdata/junitxml-report.golden",
        "errored",
        "its one error is a counter without an element",
    ),
    (
        "mikepenz/corrupt-junit/e2e-tests/corrupt/target/sf-reports/TEST-test.CorruptTest.xml",
        "cases of a rejected file",
        "the failure before the place where the file breaks is kept, beside the problem",
    ),
];

/// One run reported in several formats that cannot agree: name of the run or set, fact, reason.
pub const RUNS: &[(&str, &str, &str)] = &[];

/// Files of other parts of the corpus that are reports although they are not there as such: end of the path, format.
pub const REPORTS_ELSEWHERE: &[(&str, &str)] = &[];
