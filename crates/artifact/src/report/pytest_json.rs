//! pytest-json-report: one document with the tests, their phases and the collectors.

use super::json::{Object, Value, document, duration_ms};
use super::pytest::{Outcome, Test, case_of, interruption, skip_reason};
use super::{Case, Detail, Draft, Head, Input, Problem, Scope, Status, Try};
use serde::de::MapAccess;
use std::collections::HashMap;

/// Whether this is one.
pub(super) fn detect(head: &Head) -> bool {
    head.has_path("created") && head.has_path("exitcode") && (head.has_path("root") || head.has_path("tests.nodeid"))
}

/// Reads one.
pub(super) fn read(input: Input, draft: &mut Draft) {
    let mut root = Root { draft, exit: None };
    let result = document(input, &mut root);
    if let Some(reason) = root.exit.and_then(interruption) {
        draft.problem(Problem::Interrupted { reason });
    }
    if let Err(problem) = result {
        draft.problem(problem);
    }
}

struct Root<'d> {
    draft: &'d mut Draft,
    exit: Option<u64>,
}

impl Object for Root<'_> {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "created" => {
                if let Some(seconds) = value.number()?.filter(|seconds| seconds.abs() < 1e12) {
                    self.draft.set_started_at((seconds * 1000.0) as i64);
                }
            }
            "duration" => {
                if let Some(ms) = value.duration(1000.0)? {
                    self.draft.set_duration_ms(ms);
                }
            }
            "exitcode" => self.exit = value.count()?,
            "summary" => {
                let mut summary = Summary { draft: self.draft };
                value.object(&mut summary)?;
            }
            "collectors" => value.each(&mut Collector { draft: self.draft, raw: RawCollector::default() })?,
            "tests" => value.each(&mut Tests { draft: self.draft, raw: Raw::default(), earlier: HashMap::new() })?,
            _ => {}
        }
        Ok(())
    }
}

struct Summary<'d> {
    draft: &'d mut Draft,
}

impl Object for Summary<'_> {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        let claim = self.draft.claim_mut();
        match name {
            "total" => claim.total = value.count()?,
            "failed" => claim.failed = value.count()?,
            "error" => claim.errored = value.count()?,
            "skipped" => claim.skipped = value.count()?,
            _ => {}
        }
        Ok(())
    }
}

struct Collector<'d> {
    draft: &'d mut Draft,
    raw: RawCollector,
}

#[derive(Default)]
struct RawCollector {
    node: String,
    outcome: String,
    text: Option<String>,
}

impl Object for Collector<'_> {
    fn begin(&mut self) {
        self.raw = RawCollector::default();
    }

    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "nodeid" => self.raw.node = value.name()?.unwrap_or_default(),
            "outcome" => self.raw.outcome = value.name()?.unwrap_or_default(),
            "longrepr" => self.raw.text = value.text()?,
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self) {
        let raw = std::mem::take(&mut self.raw);
        self.draft_case(&raw);
    }
}

impl Collector<'_> {
    fn draft_case(&mut self, raw: &RawCollector) {
        let text = raw.text.clone().unwrap_or_default();
        let (status, detail) = match Outcome::from_word(&raw.outcome) {
            Outcome::Passed | Outcome::Rerun => return,
            Outcome::Failed => (Status::Errored, collection_failure(text)),
            Outcome::Skipped => (Status::Skipped, Detail { message: skip_reason(&text), ..Detail::default() }),
        };
        let case = Case { status, scope: Scope::Suite, detail: Some(detail), ..case_of(&raw.node) };
        self.draft.push(case);
    }
}

/// The message is the last line that pytest marks as the error.
pub(super) fn collection_failure(text: String) -> Detail {
    let marked = text.lines().rev().find_map(|line| line.strip_prefix("E  ")).map(str::trim);
    let message = marked.or_else(|| text.lines().next()).unwrap_or_default().to_owned();
    let kind = message.split_once(": ").map(|(class, _)| class).filter(|class| class.ends_with("Error"));
    Detail { kind: kind.map(str::to_owned), message, stack: Some(text).filter(|text| !text.is_empty()) }
}

struct Tests<'d> {
    draft: &'d mut Draft,
    raw: Raw,
    /// Tries of tests that are run again.
    earlier: HashMap<String, Vec<Try>>,
}

#[derive(Default)]
struct Raw {
    node: String,
    line: Option<u64>,
    outcome: String,
    phases: [Phase; 3],
    properties: Vec<(String, String)>,
}

#[derive(Default)]
struct Phase {
    seconds: Option<f64>,
    outcome: String,
    crash: Crash,
    last: Crash,
    text: Option<String>,
    stdout: Option<String>,
    stderr: Option<String>,
}

#[derive(Default)]
struct Crash {
    message: Option<String>,
}

const PHASES: [&str; 3] = ["setup", "call", "teardown"];

impl Object for Tests<'_> {
    fn begin(&mut self) {
        self.raw = Raw::default();
    }

    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        let raw = &mut self.raw;
        match name {
            "nodeid" => raw.node = value.name()?.unwrap_or_default(),
            "lineno" => raw.line = value.count()?,
            "outcome" => raw.outcome = value.name()?.unwrap_or_default(),
            "setup" => value.object(&mut raw.phases[0])?,
            "call" => value.object(&mut raw.phases[1])?,
            "teardown" => value.object(&mut raw.phases[2])?,
            "metadata" => raw.properties.extend(value.pairs()?),
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self) {
        let raw = std::mem::take(&mut self.raw);
        let outcome = raw.outcome.clone();
        let mut test = Test::default();
        // Counted from 0.
        test.line = raw.line.and_then(|line| u32::try_from(line.saturating_add(1)).ok());
        test.properties = raw.properties;
        for (when, phase) in PHASES.iter().zip(raw.phases) {
            phase.add_to(&mut test, when);
        }
        if let Some(earlier) = self.earlier.remove(&raw.node) {
            test.tries = earlier;
        }
        if outcome == "rerun" && self.earlier.len() < self.draft.limits().cases {
            test.add_phase("call", Outcome::Rerun, None, None);
            test.end_try();
            self.earlier.insert(raw.node, test.tries);
            return;
        }
        let mut case = test.into_case(&raw.node);
        case.status = status(&outcome, case.status);
        self.draft.push(case);
    }
}

/// The outcome of the whole, where the phases do not tell it.
fn status(outcome: &str, of_phases: Status) -> Status {
    match outcome {
        "passed" | "xpassed" => Status::Passed,
        "error" if !of_phases.is_failing() => Status::Errored,
        "failed" if !of_phases.is_failing() => Status::Failed,
        "skipped" | "xfailed" => Status::Skipped,
        _ => of_phases,
    }
}

impl Object for Phase {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "duration" => self.seconds = value.number()?,
            "outcome" => self.outcome = value.name()?.unwrap_or_default(),
            "crash" => value.object(&mut self.crash)?,
            "traceback" => value.each(&mut self.last)?,
            "longrepr" => self.text = value.text()?,
            "stdout" => self.stdout = value.tail()?,
            "stderr" => self.stderr = value.tail()?,
            _ => {}
        }
        Ok(())
    }
}

impl Object for Crash {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        if name == "message" {
            self.message = value.text()?;
        }
        Ok(())
    }
}

impl Phase {
    fn add_to(self, test: &mut Test, when: &str) {
        let outcome = Outcome::from_word(&self.outcome);
        test.stdout.push_str(&self.stdout.unwrap_or_default());
        test.stderr.push_str(&self.stderr.unwrap_or_default());
        let seconds = self.seconds.filter(|seconds| duration_ms(*seconds).is_some());
        let detail = match (outcome, self.text) {
            (Outcome::Passed, _) => None,
            (Outcome::Skipped, Some(text)) if self.crash.message.is_none() || text.starts_with('(') => {
                Some(Detail { message: skip_reason(&text), ..Detail::default() })
            }
            (_, stack) => {
                let kind = self.last.message.filter(|kind| !kind.is_empty() && !kind.contains(' '));
                Some(Detail { kind, message: self.crash.message.unwrap_or_default(), stack })
            }
        };
        test.add_phase(when, outcome, seconds, detail);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Format, Limits, Report, read as read_report};
    use super::*;

    const SAMPLE: &str = r#"{"created":1767323045.5,"duration":0.5,"exitcode":2,"root":"/w","environment":{},
        "summary":{"failed":1,"total":4},
        "collectors":[{"nodeid":"","outcome":"passed","result":[]},
            {"nodeid":"test_ship.py","outcome":"failed","result":[],"longrepr":"test_ship.py:1: in <module>\nE   NameError: no"}],
        "tests":[
        {"nodeid":"test_cart.py::TestCart::test_adds","lineno":4,"outcome":"passed","setup":{"duration":0.1,"outcome":"passed"},
         "call":{"duration":0.2,"outcome":"passed","stdout":"hello"},"teardown":{"duration":0.1,"outcome":"passed"}},
        {"nodeid":"test_cart.py::test_pays","lineno":9,"outcome":"failed","setup":{"duration":0.1,"outcome":"passed"},
         "call":{"duration":0.2,"outcome":"failed","crash":{"path":"/w/a.py","lineno":3,"message":"assert 1 == 2"},
                 "traceback":[{"message":""},{"message":"AssertionError"}],"longrepr":"the long text"}},
        {"nodeid":"test_cart.py::test_db","lineno":9,"outcome":"error","setup":{"outcome":"failed","crash":{"message":"no db"}}},
        {"nodeid":"test_cart.py::test_later","lineno":9,"outcome":"xfailed","call":{"outcome":"skipped","crash":{"message":"assert 0"}}},
        {"nodeid":"test_cart.py::test_skip","lineno":9,"outcome":"skipped","setup":{"outcome":"skipped","longrepr":"('a.py', 1, 'Skipped: no ship')"}}
        ]}"#;

    fn read_json(text: &str) -> Report {
        assert!(detect(&Head::new("out.json", text.as_bytes())), "not detected");
        read_report(Format::PytestJson, &mut text.as_bytes(), &Limits::default())
    }

    #[test]
    fn tests_and_collectors_are_read() {
        let report = read_json(SAMPLE);
        let cases: Vec<_> = report.cases.iter().map(|case| (case.name.as_str(), case.scope, case.status)).collect();
        let expected = [
            ("test_ship.py", Scope::Suite, Status::Errored),
            ("test_adds", Scope::Case, Status::Passed),
            ("test_pays", Scope::Case, Status::Failed),
            ("test_db", Scope::Case, Status::Errored),
            ("test_later", Scope::Case, Status::Skipped),
            ("test_skip", Scope::Case, Status::Skipped),
        ];
        assert_eq!(cases, expected);
        let detail = |at: usize| report.cases[at].detail.clone().unwrap();
        assert_eq!(detail(0).message, "NameError: no");
        assert_eq!((detail(2).kind.as_deref(), detail(2).message.as_str()), (Some("AssertionError"), "assert 1 == 2"));
        assert_eq!((detail(3).message.as_str(), detail(5).message.as_str()), ("no db", "no ship"));
        let adds = &report.cases[1];
        assert_eq!((adds.duration_ms, adds.line, adds.stdout.as_deref()), (Some(400), Some(5), Some("hello")));
        assert_eq!((report.started_at, report.duration_ms), (Some(1_767_323_045_500), Some(500)));
        assert_eq!(
            report.problems,
            [Problem::Interrupted { reason: "pytest was interrupted (exit code 2)".to_owned() }]
        );
    }

    #[test]
    fn a_rerun_is_a_try() {
        let test = |outcome: &str| {
            format!(
                r#"{{"nodeid":"a.py::b","outcome":"{outcome}","call":{{"outcome":"{outcome}","crash":{{"message":"no"}}}}}}"#
            )
        };
        let text = format!(r#"{{"created":1,"exitcode":0,"root":"/","tests":[{},{}]}}"#, test("rerun"), test("passed"));
        let report = read_json(&text);
        assert_eq!((report.cases.len(), report.cases[0].is_flaky()), (1, true));
    }
}
