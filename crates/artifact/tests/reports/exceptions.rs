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
    (
        "gotestsum/testjson/testdata/input/go-test-json.out",
        "failed",
        "a package that broke off is among its failures but not among its tests; here it is a failed suite, in neither",
    ),
    (
        "gotestsum/testjson/testdata/input/go-test-json.out",
        "passed",
        "what is left of the total when that package is taken for a failed test",
    ),
    ("allure2/allure2/flaky-not-set.json", "format", "it is nothing but a name and a status, which may be anything's"),
    ("xunit-plugin/boosttest/testcase4.xml", "total", TWICE),
    ("xunit-plugin/boosttest/testcase4.xml", "passed", TWICE),
    ("xunit-plugin/boosttest/testcase4.xml", "errored", TWICE),
    ("xunit-plugin/boosttest/testcase4.xml", "failing names", TWICE),
    ("xunit-plugin/nunit3/testcase2.xml", "failed", "the file says that it is an error: label=\"Error\""),
    ("xunit-plugin/nunit3/testcase2.xml", "errored", "the file says that it is an error: label=\"Error\""),
];

const TWICE: &str = "the file holds five cases; the stylesheet behind the oracle writes those of an inner suite twice";

/// One run reported in several formats that cannot agree: name of the run or set, fact, reason.
pub const RUNS: &[(&str, &str, &str)] = &[(
    "cucumber-js-examples-tables",
    "failing names",
    "JUnit names an example after its table and row, Cucumber's own JSON does not",
)];

/// Files of other parts of the corpus that are reports although they are not there as such: end of the path, format.
pub const REPORTS_ELSEWHERE: &[(&str, &str)] = &[];
