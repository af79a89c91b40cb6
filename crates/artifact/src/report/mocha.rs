//! Mocha's JSON: one list of all tests, which does not say what became of them, and three lists that do. A hook that
//! failed is in none but the list of failures.

use super::json::{self, Object, Value};
use super::{Case, Detail, Draft, Head, Input, Scope, Status, Try, stack};
use serde::de::MapAccess;
use std::collections::hash_map::RandomState;
use std::collections::{HashMap, VecDeque};
use std::hash::BuildHasher;

/// Whether this is one.
pub(super) fn detect(head: &Head) -> bool {
    let is_mochawesome = head.has_path("results") || head.has_path("meta");
    head.has_path("stats.passes") && head.has_path("stats.failures") && head.has_path("stats.suites") && !is_mochawesome
}

/// Reads one.
pub(super) fn read(input: Input, draft: &mut Draft) {
    let mut document =
        Document { draft, waiting: HashMap::new(), keys: RandomState::new(), has_lists: false, is_full: false };
    if let Err(problem) = json::document(input, &mut document) {
        draft.problem(problem);
    }
}

struct Document<'a> {
    draft: &'a mut Draft,
    /// Tests that no list has told of yet, in their order, by a hash of title and file.
    waiting: HashMap<u64, Waiting>,
    keys: RandomState,
    /// Whether one of the lists that tell was read: with sorted keys they come first, and tell all.
    has_lists: bool,
    /// Whether the draft took no more of the tests.
    is_full: bool,
}

impl Object for Document<'_> {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        let list = match name {
            "stats" => return value.object(&mut Stats { draft: self.draft }),
            "tests" if self.has_lists => return Ok(()),
            "tests" => List::All,
            "pending" => List::Told(Status::Skipped),
            "failures" => List::Told(Status::Failed),
            "passes" => List::Told(Status::Passed),
            _ => return Ok(()),
        };
        self.has_lists |= matches!(list, List::Told(_));
        value.each(&mut Tests { document: self, list, test: Test::default() })
    }
}

/// Where tests of the same title are in the draft. Most often there is one.
struct Waiting {
    next: Option<usize>,
    more: VecDeque<usize>,
}

impl Document<'_> {
    fn key(&self, test: &Test) -> u64 {
        self.keys.hash_one((&test.full_title, &test.file))
    }

    fn announce(&mut self, test: Test) {
        let (key, index, status) = (self.key(&test), self.draft.len(), test.likely_status());
        self.draft.push(test.into_case(status, self.draft.limits().items));
        match self.draft.len() > index {
            true => {
                let first = || Waiting { next: Some(index), more: VecDeque::new() };
                self.waiting.entry(key).and_modify(|waiting| waiting.more.push_back(index)).or_insert_with(first);
            }
            false => self.is_full = true,
        }
    }

    fn tell(&mut self, test: Test, status: Status) {
        let key = self.key(&test);
        let waiting = self.waiting.get_mut(&key);
        match waiting.and_then(|waiting| waiting.next.take().or_else(|| waiting.more.pop_front())) {
            Some(index) => self.draft.amend_one(index, |case| test.tell(case, status)),
            // It was counted as dropped when it was announced.
            None if self.is_full && !is_hook(&test.title) => {}
            None => self.draft.push(test.into_case(status, self.draft.limits().items)),
        }
    }
}

/// The totals, which Mocha's other formats have too.
pub(super) struct Stats<'a> {
    pub(super) draft: &'a mut Draft,
}

impl Object for Stats<'_> {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "tests" => self.draft.claim_mut().total = value.count()?,
            "failures" => self.draft.claim_mut().failed = value.count()?,
            "pending" => self.draft.claim_mut().skipped = value.count()?,
            "start" => value.time_ms()?.into_iter().for_each(|at| self.draft.set_started_at(at)),
            "duration" => value.duration(1.0)?.into_iter().for_each(|ms| self.draft.set_duration_ms(ms)),
            _ => {}
        }
        Ok(())
    }
}

#[derive(Debug, Clone, Copy)]
enum List {
    /// Every test.
    All,
    /// Those that came to this.
    Told(Status),
}

struct Tests<'a, 'b> {
    document: &'a mut Document<'b>,
    list: List,
    test: Test,
}

impl Object for Tests<'_, '_> {
    fn begin(&mut self) {
        self.test = Test::default();
    }

    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        self.test.member(name, value)
    }

    fn end(&mut self) {
        let test = std::mem::take(&mut self.test);
        match self.list {
            List::All => self.document.announce(test),
            List::Told(status) => self.document.tell(test, status),
        }
    }
}

/// A test as Mocha's reporters write it.
#[derive(Default)]
pub(super) struct Test {
    title: String,
    full_title: String,
    file: Option<String>,
    duration_ms: Option<u64>,
    retries: u64,
    error: TestError,
}

impl Object for Test {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "title" => self.title = value.name()?.unwrap_or_default(),
            "fullTitle" => self.full_title = value.name()?.unwrap_or_default(),
            "file" => self.file = value.name()?,
            "duration" => self.duration_ms = value.duration(1.0)?,
            "currentRetry" => self.retries = value.count()?.unwrap_or(0),
            "err" => value.object(&mut self.error)?,
            "stack" => self.error.stack = value.text()?,
            _ => {}
        }
        Ok(())
    }
}

impl Test {
    /// What a test came to as far as it can be told without the other lists. One that did not run has no duration.
    fn likely_status(&self) -> Status {
        match (&self.error.is_there(), self.duration_ms) {
            (true, _) => Status::Failed,
            (false, None) => Status::Skipped,
            (false, Some(_)) => Status::Passed,
        }
    }

    fn tell(self, case: &mut Case, status: Status) {
        case.status = self.error.status(status);
        case.detail = if status == Status::Failed { self.error.detail() } else { None };
    }

    /// The case, of which at most so many tries are kept.
    pub(super) fn into_case(mut self, status: Status, items: usize) -> Case {
        // The titles of the suites are joined with spaces, and cannot be told apart any more.
        let suite = self.full_title.strip_suffix(self.title.as_str()).unwrap_or_default().trim();
        let is_hook = is_hook(&self.title);
        let failed = Try { status: Status::Failed, ..Try::default() };
        let mut case = Case {
            suite: suite.into(),
            name: std::mem::take(&mut self.title),
            file: self.file.take().map(Into::into),
            duration_ms: self.duration_ms,
            scope: if is_hook { Scope::Suite } else { Scope::Case },
            tries: vec![failed; usize::try_from(self.retries).unwrap_or(items).min(items)],
            ..Case::default()
        };
        self.tell(&mut case, status);
        if is_hook && case.status.is_failing() {
            case.status = Status::Errored;
        }
        case
    }
}

/// Whether a title is one that Mocha gives to hooks.
pub(super) fn is_hook(title: &str) -> bool {
    ["before all", "after all", "before each", "after each"]
        .iter()
        .any(|hook| title.strip_prefix('"').is_some_and(|title| title.starts_with(hook)) && title.contains("\" hook"))
}

/// An error as Mocha's reporters write it.
#[derive(Default)]
pub(super) struct TestError {
    name: Option<String>,
    code: Option<String>,
    message: Option<String>,
    pub(super) stack: Option<String>,
    diff: Option<String>,
    is_comparison: bool,
}

impl TestError {
    fn is_there(&self) -> bool {
        self.message.is_some() || self.stack.is_some()
    }

    /// A failure that is none of an assertion: a time limit, or an error of a kind of its own.
    pub(super) fn status(&self, status: Status) -> Status {
        let is_timeout = self.code.as_deref() == Some("ERR_MOCHA_TIMEOUT");
        let is_assertion = self.is_comparison || self.name.as_deref().is_none_or(|name| name.contains("Assertion"));
        match status {
            Status::Failed if is_timeout || !is_assertion => Status::Errored,
            other => other,
        }
    }

    /// The error as a detail.
    pub(super) fn detail(self) -> Option<Detail> {
        let mut detail = stack::of_parts(self.name, self.message, self.stack)?;
        if let Some(diff) = self.diff {
            let stack = detail.stack.get_or_insert_default();
            stack.push_str("\n\n");
            stack.push_str(&diff);
        }
        Some(detail)
    }
}

impl Object for TestError {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "name" => self.name = value.name()?,
            "code" => self.code = value.name()?,
            "message" => self.message = value.text()?,
            "stack" | "estack" => self.stack = value.text()?,
            "diff" => self.diff = value.text()?,
            "actual" | "expected" | "showDiff" => self.is_comparison = true,
            _ => {}
        }
        Ok(())
    }

    fn scalar(&mut self, scalar: json::Scalar<'_>) {
        self.message = scalar.text();
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Format, Limits, Look, look, read};
    use super::*;

    const SAMPLE: &str = r#"{
        "stats": {"suites": 1, "tests": 4, "passes": 2, "pending": 1, "failures": 2, "start": "2024-01-01T00:00:00.000Z", "duration": 20},
        "tests": [
            {"title": "adds", "fullTitle": "cart adds", "file": "/cart.js", "duration": 3, "currentRetry": 1, "err": {}},
            {"title": "same", "fullTitle": "cart same", "file": "/cart.js", "duration": 1, "err": {"message": "no"}},
            {"title": "same", "fullTitle": "cart same", "file": "/cart.js", "duration": 2, "err": {}},
            {"title": "later", "fullTitle": "cart later", "file": "/cart.js", "currentRetry": 0, "err": {}}
        ],
        "pending": [{"title": "later", "fullTitle": "cart later", "file": "/cart.js", "err": {}}],
        "failures": [
            {"title": "same", "fullTitle": "cart same", "file": "/cart.js", "err": {"message": "no", "stack": "AssertionError: no\n    at x"}},
            {"title": "\"before each\" hook for \"adds\"", "fullTitle": "cart \"before each\" hook for \"adds\"", "err": {"message": "broken"}}
        ],
        "passes": [
            {"title": "adds", "fullTitle": "cart adds", "file": "/cart.js", "err": {}},
            {"title": "same", "fullTitle": "cart same", "file": "/cart.js", "err": {}}
        ]
    }"#;

    #[test]
    fn a_report_is_told_and_read() {
        assert_eq!(look("x.json", SAMPLE.as_bytes()), Look::Report(Format::Mocha));
        let report = read(Format::Mocha, &mut SAMPLE.as_bytes(), &Limits::default());
        assert_eq!(report.problems, []);
        let [adds, first, second, later, hook] = &report.cases[..] else { panic!("{:?}", report.cases) };
        assert_eq!((&*adds.suite, adds.name.as_str(), adds.duration_ms), ("cart", "adds", Some(3)));
        assert!(adds.is_flaky());
        assert_eq!((first.status, second.status, later.status), (Status::Failed, Status::Passed, Status::Skipped));
        assert_eq!(first.detail.as_ref().unwrap().kind.as_deref(), Some("AssertionError"));
        assert_eq!((hook.scope, hook.status), (Scope::Suite, Status::Errored));
    }

    #[test]
    fn sorted_keys_and_full_drafts_count_each_test_once() {
        let tests = r#""tests": [{"title": "a", "fullTitle": "a", "duration": 1}, {"title": "b", "fullTitle": "b", "duration": 1}]"#;
        let passes = tests.replace("tests", "passes");
        for text in [format!("{{{passes}, {tests}}}"), format!("{{{tests}, {passes}}}")] {
            let limits = Limits { cases: 1, ..Limits::default() };
            let report = read(Format::Mocha, &mut text.as_bytes(), &limits);
            assert_eq!((report.cases.len(), report.dropped_cases), (1, 1));
        }
    }

    #[test]
    fn errors_of_their_own_kind_are_no_failures_of_an_assertion() {
        let of = |name: Option<&str>| {
            TestError { name: name.map(Into::into), ..TestError::default() }.status(Status::Failed)
        };
        assert_eq!(
            (of(None), of(Some("AssertionError")), of(Some("TypeError"))),
            (Status::Failed, Status::Failed, Status::Errored)
        );
    }
}
