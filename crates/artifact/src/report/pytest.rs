//! What both JSON forms of pytest's results share: node ids, phases and how they make up one outcome.

use super::{Case, Detail, Status, Try};
use std::sync::Arc;

/// What one phase of a test (setup, call, teardown) came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Outcome {
    /// Passed, or not run.
    #[default]
    Passed,
    /// Failed.
    Failed,
    /// Skipped, or failed as it was expected to.
    Skipped,
    /// Failed, and to be run again.
    Rerun,
}

impl Outcome {
    /// Reads pytest's word.
    pub(super) fn from_word(word: &str) -> Outcome {
        match word {
            "failed" | "error" => Outcome::Failed,
            "skipped" | "xfailed" => Outcome::Skipped,
            "rerun" => Outcome::Rerun,
            _ => Outcome::Passed,
        }
    }
}

/// A test as far as its phases have been told.
#[derive(Debug, Default)]
pub(super) struct Test {
    status: Status,
    is_rerun: bool,
    duration_ms: f64,
    detail: Option<Detail>,
    /// Earlier tries.
    pub(super) tries: Vec<Try>,
    /// Standard output of all phases.
    pub(super) stdout: String,
    /// Standard error of all phases.
    pub(super) stderr: String,
    /// Line from 1.
    pub(super) line: Option<u32>,
    /// What the test recorded.
    pub(super) properties: Vec<(String, String)>,
}

impl Test {
    /// Adds a phase. The first failure counts; one around the test is an error.
    pub(super) fn add_phase(&mut self, when: &str, outcome: Outcome, seconds: Option<f64>, detail: Option<Detail>) {
        self.duration_ms += seconds.unwrap_or(0.0) * 1000.0;
        let status = match outcome {
            Outcome::Passed => return,
            Outcome::Skipped => Status::Skipped,
            Outcome::Failed | Outcome::Rerun if when == "call" => Status::Failed,
            Outcome::Failed | Outcome::Rerun => Status::Errored,
        };
        self.is_rerun |= outcome == Outcome::Rerun;
        if !self.status.is_failing() && (status.is_failing() || self.status == Status::Passed) {
            (self.status, self.detail) = (status, detail);
        }
    }

    /// Ends a try. Says whether it is one that is run again.
    pub(super) fn end_try(&mut self) -> bool {
        let is_rerun = std::mem::take(&mut self.is_rerun);
        if is_rerun {
            let duration_ms = super::json::duration_ms(self.duration_ms);
            self.tries.push(Try { status: self.status, duration_ms, detail: self.detail.take() });
            (self.status, self.duration_ms) = (Status::Passed, 0.0);
            (self.stdout, self.stderr) = (String::new(), String::new());
        }
        is_rerun
    }

    /// Makes it an error that the test did not end.
    pub(super) fn break_off(&mut self) {
        if !self.status.is_failing() {
            let message = "the test did not end".to_owned();
            (self.status, self.detail) = (Status::Errored, Some(Detail { message, ..Detail::default() }));
        }
    }

    /// The case.
    pub(super) fn into_case(self, node: &str) -> Case {
        let mut case = case_of(node);
        let text = |text: String| Some(text).filter(|text| !text.is_empty());
        case.status = self.status;
        case.duration_ms = super::json::duration_ms(self.duration_ms);
        case.detail = self.detail;
        case.tries = self.tries;
        (case.stdout, case.stderr) = (text(self.stdout), text(self.stderr));
        case.line = self.line;
        case.properties = self.properties;
        case
    }
}

/// A case by its node id, `path/test_a.py::TestClass::test_name[parameters]`, named as pytest's JUnit names it.
pub(super) fn case_of(node: &str) -> Case {
    // Parameters may hold anything, separators included.
    let bare = node.find('[').unwrap_or(node.len());
    let name_at = node[..bare].rfind("::").map_or(0, |at| at + 2);
    let mut outer = node[..name_at].split("::").filter(|part| !part.is_empty());
    let name = node[name_at..].to_owned();
    let Some(file) = outer.next() else { return Case { name, ..Case::default() } };
    let classes: Vec<&str> = outer.collect();
    let module = file.strip_suffix(".py").unwrap_or(file).replace('/', ".");
    let class = [&[module.as_str()], &classes[..]].concat().join(".");
    let suite = [&[file], &classes[..]].concat().join(" > ");
    Case { suite: suite.into(), class: Some(class.into()), name, file: Some(Arc::from(file)), ..Case::default() }
}

/// The reason in `('path', 12, 'Skipped: reason')`, or the whole text.
pub(super) fn skip_reason(text: &str) -> String {
    match text.split_once("Skipped: ") {
        Some((_, reason)) => reason.trim_end_matches(')').trim_end_matches(['\'', '"']).to_owned(),
        None => text.to_owned(),
    }
}

/// Why the session says that it ended badly for reasons other than failing tests.
pub(super) fn interruption(exit: u64) -> Option<String> {
    let reason = match exit {
        2 => "pytest was interrupted",
        3 => "pytest broke off with an internal error",
        4 => "pytest was called wrongly",
        _ => return None,
    };
    Some(format!("{reason} (exit code {exit})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_ids_are_taken_apart() {
        let case = case_of("a/test_b.py::TestC::test_d[x::y/z.py]");
        assert_eq!((case.suite.as_ref(), case.class.as_deref()), ("a/test_b.py > TestC", Some("a.test_b.TestC")));
        assert_eq!((case.name.as_str(), case.file.as_deref()), ("test_d[x::y/z.py]", Some("a/test_b.py")));
        assert_eq!(case_of("a/test_b.py").name, "a/test_b.py");
    }

    #[test]
    fn the_first_failure_of_the_phases_counts() {
        let mut test = Test::default();
        test.add_phase("setup", Outcome::Passed, Some(0.1), None);
        test.add_phase("call", Outcome::Failed, Some(0.2), None);
        test.add_phase("teardown", Outcome::Failed, Some(0.3), None);
        let case = test.into_case("a.py::b");
        assert_eq!((case.status, case.duration_ms), (Status::Failed, Some(600)));
    }

    #[test]
    fn reasons_of_skips_are_found() {
        assert_eq!(skip_reason("('/a/b.py', 12, 'Skipped: no (real) ship')"), "no (real) ship");
    }
}
