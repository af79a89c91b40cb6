//! Test reports: what a file among an artifact's files says about tests, lint or coverage.
//!
//! A format is one file in `report/` and one line in the registry ([`registry`]). Every format is told by content
//! ([`look`]) and read as a stream into one [`Report`] ([`read`]), which never fails: what could not be read is a
//! [`Problem`] beside what could. Memory is bounded by [`Limits`] whatever the file holds. What a report means for
//! history, and which of two reports counts, is left to the callers.

mod allure;
mod boost;
mod clover;
mod cobertura;
mod cppunit;
mod ctest;
mod ctrf;
mod cucumber;
mod cucumber_messages;
mod dart;
mod decode;
mod draft;
mod go;
mod go_json;
mod go_text;
mod head;
mod istanbul;
mod jacoco;
mod jest;
mod json;
pub(crate) mod json_tidy;
mod junit;
mod lcov;
mod libtest_json;
mod libtest_text;
mod lines;
mod mocha;
mod mocha_stream;
mod mochawesome;
mod nest;
mod nunit2;
mod nunit3;
mod opencover;
mod playwright;
mod playwright_blob;
mod pytest;
mod pytest_json;
mod pytest_log;
mod qtest;
mod registry;
mod robot;
mod robot_json;
mod rspec;
mod sarif;
mod stack;
mod tap;
mod tap_line;
mod testng;
mod trx;
mod xml;
mod xunit;

pub use draft::Draft;
pub use head::{HEAD_BYTES, Head};
pub use registry::{Format, Input, look, read};

use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Version of all readers together; grows whenever one of them reads more or otherwise, so that archived
/// artifacts can be read again.
pub const VERSION: u32 = 1;

/// What a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Test cases.
    #[default]
    Tests,
    /// Findings of a linter or scanner: never counted as tests, whatever the format.
    Lint,
    /// Coverage totals.
    Coverage,
}

/// What became of a test case, or of one try of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// An assertion did not hold.
    Failed,
    /// It broke off otherwise: an exception, a crash, a time limit, a suite that could not be loaded.
    Errored,
    /// Not run, pending, to do, disabled, or failed as it was expected to.
    Skipped,
    /// It passed.
    #[default]
    Passed,
}

impl Status {
    /// Whether it is a failure or an error.
    pub fn is_failing(self) -> bool {
        matches!(self, Status::Failed | Status::Errored)
    }
}

/// Whether a case stands for a test or for the suite around tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// A test case.
    #[default]
    Case,
    /// Something around cases that failed: a file that could not be loaded, a hook, a build. It counts as a
    /// failure, though the producer does not count it among its cases.
    Suite,
}

/// Why a case failed, erred or was skipped.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Detail {
    /// Type of the error as the format says (`AssertionError`, `java.lang.IllegalStateException`).
    pub kind: Option<String>,
    /// Message, or the reason of a skip. May be empty.
    pub message: String,
    /// Stack trace or whatever longer text the format has.
    pub stack: Option<String>,
}

/// One earlier try of a case that was run again within the same job.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Try {
    /// What became of it.
    pub status: Status,
    /// How long it took.
    pub duration_ms: Option<u64>,
    /// Why it failed.
    pub detail: Option<Detail>,
}

/// A file that belongs to a case, as the report names it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Attachment {
    /// Name for people.
    pub name: String,
    /// Path as the report writes it. Hostile text: to be matched against the artifact's own names, never opened.
    pub path: String,
    /// Media type as the report says.
    pub media_type: Option<String>,
}

/// One test case with its final outcome. Names and texts are hostile, cut to [`Limits`] by [`Draft::push`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Case {
    /// Titles of the enclosing suites, outermost first, joined with ` > `. Shared among the cases of a suite.
    pub suite: Arc<str>,
    /// Class, module or package as the format says.
    pub class: Option<Arc<str>>,
    /// Name or title of the case itself.
    pub name: String,
    /// Source file of the test, as the format says.
    pub file: Option<Arc<str>>,
    /// Line of the test within that file, from 1.
    pub line: Option<u32>,
    /// Named parameters, in order.
    pub parameters: Vec<(String, String)>,
    /// Dimensions it ran in, such as `project` → `firefox`: kept apart from the identity.
    pub variant: Vec<(String, String)>,
    /// Final outcome: of the last try.
    pub status: Status,
    /// Case or suite.
    pub scope: Scope,
    /// How long the last try took. Negative and unreadable durations are absent.
    pub duration_ms: Option<u64>,
    /// Why it failed or was skipped.
    pub detail: Option<Detail>,
    /// Earlier tries in this job, oldest first. A case that passed after a failing one is flaky.
    pub tries: Vec<Try>,
    /// Standard output, its end when it is long.
    pub stdout: Option<String>,
    /// Standard error, its end when it is long.
    pub stderr: Option<String>,
    /// Files that belong to it.
    pub attachments: Vec<Attachment>,
    /// Properties, tags and annotations.
    pub properties: Vec<(String, String)>,
    /// Identity given by the framework (Playwright id, Allure historyId).
    pub external_id: Option<String>,
}

impl Case {
    /// Whether it passed after a failing try.
    pub fn is_flaky(&self) -> bool {
        self.status == Status::Passed && self.tries.iter().any(|earlier| earlier.status.is_failing())
    }
}

/// Numbers a report claims about itself. Shown as a claim, never counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Claim {
    /// Cases.
    pub total: Option<u64>,
    /// Failures.
    pub failed: Option<u64>,
    /// Errors.
    pub errored: Option<u64>,
    /// Skips.
    pub skipped: Option<u64>,
}

/// Coverage totals of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Coverage {
    /// Files it covers.
    pub files: u64,
    /// Lines that could be hit.
    pub lines: u64,
    /// Lines that were hit.
    pub lines_hit: u64,
    /// Branches, where the format has them.
    pub branches: u64,
    /// Branches taken.
    pub branches_hit: u64,
}

/// What was wrong with a report. The rest of it is still there.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case", tag = "problem")]
pub enum Problem {
    /// No byte in it, or nothing but white space.
    #[error("the file is empty")]
    Empty,
    /// It ended in the middle.
    #[error("the file ends in the middle")]
    Truncated,
    /// Not well-formed from here on.
    #[error("not well-formed: {reason}")]
    Malformed {
        /// What the parser says, and where.
        reason: String,
    },
    /// A report by its name, but in no format that is known.
    #[error("not a report in any known format")]
    Unknown,
    /// Elements are nested deeper than the limit.
    #[error("nested deeper than {limit} levels")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// Reading the bytes failed.
    #[error("could not be read: {reason}")]
    Unreadable {
        /// Why.
        reason: String,
    },
    /// The producer says that it broke off.
    #[error("the test run broke off: {reason}")]
    Interrupted {
        /// What the producer says.
        reason: String,
    },
}

/// What may be kept of one report. Beyond it things are cut or dropped, and that is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Cases; the rest is counted in [`Report::dropped_cases`].
    pub cases: usize,
    /// Bytes of a name, title, class, path or property.
    pub name_bytes: usize,
    /// Bytes of a message, stack or output.
    pub text_bytes: usize,
    /// Bytes of all messages, stacks and outputs together.
    pub all_text_bytes: usize,
    /// Tries, attachments, parameters and properties of one case, each.
    pub items: usize,
    /// Levels of nesting.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            cases: 250_000,
            name_bytes: 1024,
            text_bytes: 32 << 10,
            all_text_bytes: 32 << 20,
            items: 32,
            depth: 100,
        }
    }
}

/// A report, read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Format it was read as.
    pub format: Format,
    /// What it is about.
    pub kind: Kind,
    /// Tool that wrote it, where the report says (`pytest 8.3`, `Playwright`).
    pub tool: Option<String>,
    /// Cases in the order of the report.
    pub cases: Vec<Case>,
    /// Cases beyond the limit.
    pub dropped_cases: u64,
    /// Whether some text was cut.
    pub cut_text: bool,
    /// What it claims about itself.
    pub claim: Claim,
    /// Findings, for [`Kind::Lint`].
    pub findings: u64,
    /// Totals, for [`Kind::Coverage`].
    pub coverage: Option<Coverage>,
    /// When it was started, in milliseconds since the epoch, where the report says.
    pub started_at: Option<i64>,
    /// How long the whole run took, where the report says.
    pub duration_ms: Option<u64>,
    /// What was wrong with it.
    pub problems: Vec<Problem>,
}

/// What a look at the beginning of a file tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// A report in this format.
    Report(Format),
    /// Named like a report, and none that can be read.
    Unreadable(Problem),
    /// Something else.
    Other,
}
