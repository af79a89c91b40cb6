//! What the readers say of a file, counted as the oracles count.

use artifact::report::{self, Case, Format, HEAD_BYTES, Limits, Look, Report, Scope, Status};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What the readers say of one file.
pub enum Answer {
    Read(Box<Report>),
    Unreadable,
    Other,
    Panicked,
}

impl Answer {
    /// Looks at the file and reads it when it is a report.
    pub fn of(name: &str, bytes: &[u8]) -> Answer {
        let read = || match report::look(name, &bytes[..bytes.len().min(HEAD_BYTES)]) {
            Look::Report(format) => Answer::Read(Box::new(report::read(format, &mut { bytes }, &Limits::default()))),
            Look::Unreadable(_) => Answer::Unreadable,
            Look::Other => Answer::Other,
        };
        catch_unwind(AssertUnwindSafe(read)).unwrap_or(Answer::Panicked)
    }

    pub fn report(&self) -> Option<&Report> {
        match self {
            Answer::Read(report) => Some(report),
            _ => None,
        }
    }

    /// The word for the detected format, or for what else became of the file.
    pub fn word(&self) -> &'static str {
        match self {
            Answer::Read(report) => report.format.as_str(),
            Answer::Unreadable => "unreadable",
            Answer::Other => "no report",
            Answer::Panicked => "panicked",
        }
    }
}

/// Cases by outcome.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Counts {
    pub total: u64,
    pub passed: u64,
    pub failed: u64,
    pub errored: u64,
    pub skipped: u64,
    pub flaky: u64,
}

impl Counts {
    /// Counts the tests; what failed around them ([`Scope::Suite`]) only where asked to.
    pub fn of<'a>(cases: impl IntoIterator<Item = &'a Case>, with_suites: bool) -> Counts {
        let mut counts = Counts::default();
        for case in cases.into_iter().filter(|case| with_suites || case.scope == Scope::Case) {
            counts.total += 1;
            counts.flaky += u64::from(case.is_flaky());
            *match case.status {
                Status::Passed => &mut counts.passed,
                Status::Failed => &mut counts.failed,
                Status::Errored => &mut counts.errored,
                Status::Skipped => &mut counts.skipped,
            } += 1;
        }
        counts
    }

    pub fn failing(&self) -> u64 {
        self.failed + self.errored
    }
}

pub fn failing(report: &Report) -> Vec<&Case> {
    report.cases.iter().filter(|case| case.status.is_failing()).collect()
}

/// The formats a file of this format in the manifest may be taken for. Empty: it is no report.
pub fn formats(format: &str) -> &'static [Format] {
    match format.split('(').next().unwrap_or_default() {
        "junit-xml" => &[Format::Junit],
        "nunit-xml" => &[Format::Nunit2, Format::Nunit3],
        "nunit2-xml" => &[Format::Nunit2],
        "nunit3-xml" => &[Format::Nunit3],
        "trx" => &[Format::Trx],
        "xunit-xml" => &[Format::Xunit],
        "boosttest-xml" => &[Format::Boost],
        "cppunit-xml" => &[Format::CppUnit],
        "ctest-xml" => &[Format::CTest],
        "qtestlib-xml" => &[Format::QTest],
        "robot-output-xml" => &[Format::Robot],
        "robot-output-json" => &[Format::RobotJson],
        "clover-xml" => &[Format::Clover],
        "cobertura-xml" => &[Format::Cobertura],
        "coverage-xml" => &[Format::OpenCover],
        "jacoco-xml" => &[Format::Jacoco],
        "lcov" => &[Format::Lcov],
        "istanbul-summary-json" => &[Format::Istanbul],
        "sarif" => &[Format::Sarif],
        "dart-json" => &[Format::Dart],
        "mocha-json" => &[Format::Mocha],
        "mocha-json-stream" => &[Format::MochaStream],
        "mochawesome-json" => &[Format::Mochawesome],
        "rspec-json" => &[Format::Rspec],
        "go-test-text" => &[Format::GoText],
        "go-test-json" => &[Format::GoJson],
        "libtest-json" => &[Format::LibtestJson],
        "libtest-text" => &[Format::LibtestText],
        "allure-results" => &[Format::Allure],
        "cucumber-json" => &[Format::Cucumber],
        "cucumber-messages-ndjson" => &[Format::CucumberMessages],
        "ctrf-json" => &[Format::Ctrf],
        "pytest-json-report" => &[Format::PytestJson],
        "pytest-reportlog" => &[Format::PytestLog],
        "jest-json" | "vitest-json" => &[Format::Jest],
        "playwright-json" => &[Format::Playwright],
        "tap" => &[Format::Tap],
        _ => &[],
    }
}
