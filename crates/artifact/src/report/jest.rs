//! Jest's and Vitest's JSON: files with the assertions in them. A file that could not be loaded has none, and is a
//! failure of its own.

use super::json::{self, Object, Scalar, Value};
use super::{Case, Detail, Draft, Head, Input, Problem, Scope, Status, Try, nest, stack};
use serde::de::MapAccess;
use std::sync::Arc;

/// Whether this is one.
pub(super) fn detect(head: &Head) -> bool {
    head.has_path("numTotalTests") && head.has_path("numTotalTestSuites")
        || head.has_path("testResults.assertionResults")
}

/// Reads one.
pub(super) fn read(input: Input, draft: &mut Draft) {
    if let Err(problem) = json::document(input, &mut Document { draft }) {
        draft.problem(problem);
    }
}

struct Document<'a> {
    draft: &'a mut Draft,
}

impl Object for Document<'_> {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        let draft = &mut *self.draft;
        match name {
            "numTotalTests" => draft.claim_mut().total = value.count()?,
            "numFailedTests" => draft.claim_mut().failed = value.count()?,
            "numRuntimeErrorTestSuites" => draft.claim_mut().errored = value.count()?,
            "numPendingTests" | "numTodoTests" => {
                let more = value.count()?.unwrap_or(0);
                let claim = draft.claim_mut();
                claim.skipped = Some(claim.skipped.unwrap_or(0).saturating_add(more));
            }
            "startTime" => value.time_ms()?.into_iter().for_each(|at| draft.set_started_at(at)),
            "wasInterrupted" => {
                let reason = value.flag()?.filter(|is_so| *is_so).map(|_| "the run was interrupted".to_owned());
                reason.into_iter().for_each(|reason| draft.problem(Problem::Interrupted { reason }));
            }
            "testResults" => value.each(&mut File::new(draft))?,
            _ => {}
        }
        Ok(())
    }
}

struct File<'a> {
    draft: &'a mut Draft,
    name: Option<Arc<str>>,
    from: usize,
    has_failures: bool,
    is_failed: bool,
    message: Option<String>,
    started_at: Option<f64>,
    duration_ms: Option<u64>,
    suite: Arc<str>,
}

impl<'a> File<'a> {
    fn new(draft: &'a mut Draft) -> File<'a> {
        File {
            draft,
            name: None,
            from: 0,
            has_failures: false,
            is_failed: false,
            message: None,
            started_at: None,
            duration_ms: None,
            suite: Arc::default(),
        }
    }
}

impl Object for File<'_> {
    fn begin(&mut self) {
        (self.name, self.message, self.started_at, self.duration_ms) = (None, None, None, None);
        (self.has_failures, self.is_failed) = (false, false);
        self.from = self.draft.len();
    }

    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "name" | "testFilePath" => self.name = value.name()?.map(Into::into),
            "status" => self.is_failed = value.name()?.as_deref() == Some("failed"),
            "message" | "failureMessage" => self.message = value.text()?.filter(|text| !text.trim().is_empty()),
            "testExecError" => {
                let mut error = ExecError::default();
                value.object(&mut error)?;
                self.message = error.0.or(self.message.take());
                self.is_failed |= self.message.is_some();
            }
            "startTime" => self.started_at = value.number()?,
            "endTime" => {
                let took = value.number()?.zip(self.started_at).map(|(end, start)| end - start);
                self.duration_ms = took.and_then(json::duration_ms);
            }
            "assertionResults" | "testResults" => value.each(&mut Assertion::new(self))?,
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self) {
        let name = self.name.clone();
        self.draft.amend(self.from, |case| case.file = name.clone());
        // Also where every test passed: a snapshot that is obsolete, an error behind the last test.
        if self.is_failed && !self.has_failures {
            self.draft.push(Case {
                name: name.as_deref().unwrap_or("test file").to_owned(),
                file: name,
                status: Status::Errored,
                scope: Scope::Suite,
                duration_ms: self.duration_ms,
                detail: self.message.take().map(stack::detail),
                ..Case::default()
            });
        }
    }
}

#[derive(Default)]
struct ExecError(Option<String>);

impl Object for ExecError {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "message" if self.0.is_none() => self.0 = value.text()?,
            "stack" => self.0 = value.text()?.filter(|text| !text.is_empty()).or(self.0.take()),
            _ => {}
        }
        Ok(())
    }

    fn scalar(&mut self, scalar: Scalar<'_>) {
        self.0 = scalar.text();
    }
}

struct Assertion<'a, 'b> {
    file: &'a mut File<'b>,
    case: Case,
    titles: Vec<String>,
    status: String,
    messages: Vec<String>,
    retry_reasons: Vec<String>,
    invocations: u64,
}

impl<'a, 'b> Assertion<'a, 'b> {
    fn new(file: &'a mut File<'b>) -> Assertion<'a, 'b> {
        Assertion {
            file,
            case: Case::default(),
            titles: Vec::new(),
            status: String::new(),
            messages: Vec::new(),
            retry_reasons: Vec::new(),
            invocations: 1,
        }
    }

    /// Earlier tries: with their reasons where they are told, else as many as were counted.
    fn tries(&mut self) -> Vec<Try> {
        let reasons = std::mem::take(&mut self.retry_reasons);
        let most = self.file.draft.limits().items;
        let unknown = (self.invocations.saturating_sub(1) as usize).min(most).saturating_sub(reasons.len());
        let failed = |detail: Option<Detail>| Try { status: Status::Failed, duration_ms: None, detail };
        let told = reasons.into_iter().map(|reason| failed(Some(stack::detail(reason))));
        (0..unknown).map(|_| failed(None)).chain(told).collect()
    }
}

impl Object for Assertion<'_, '_> {
    fn begin(&mut self) {
        (self.case, self.invocations) = (Case::default(), 1);
        self.titles.clear();
        self.status.clear();
        self.messages.clear();
        self.retry_reasons.clear();
    }

    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        let case = &mut self.case;
        match name {
            "title" => case.name = value.name()?.unwrap_or_default(),
            "fullName" if case.name.is_empty() => case.name = value.name()?.unwrap_or_default(),
            "ancestorTitles" => self.titles = value.names()?,
            "status" => self.status = value.name()?.unwrap_or_default(),
            "duration" => case.duration_ms = value.duration(1.0)?,
            "failureMessages" => self.messages = value.texts()?,
            "retryReasons" => self.retry_reasons = value.texts()?,
            "invocations" => self.invocations = value.count()?.unwrap_or(1),
            "location" => {
                let mut location = Location(None);
                value.object(&mut location)?;
                case.line = location.0;
            }
            "tags" => case.properties.extend(value.names()?.into_iter().map(|tag| ("tag".into(), tag))),
            "meta" => case.properties.extend(value.pairs()?),
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self) {
        let mut case = std::mem::take(&mut self.case);
        case.suite = nest::joined(&self.titles, &self.file.suite);
        self.file.suite = Arc::clone(&case.suite);
        case.status = status(&self.status);
        case.detail = stack::of_texts(std::mem::take(&mut self.messages));
        if self.status == "todo" && case.detail.is_none() {
            case.detail = Some(Detail { message: "todo".into(), ..Detail::default() });
        }
        case.tries = self.tries();
        self.file.has_failures |= case.status.is_failing();
        self.file.draft.push(case);
    }
}

fn status(word: &str) -> Status {
    match word {
        "passed" => Status::Passed,
        "failed" => Status::Failed,
        // Pending, skipped, todo, disabled, and `run` where a run broke off.
        _ => Status::Skipped,
    }
}

struct Location(Option<u32>);

impl Object for Location {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        if name == "line" {
            self.0 = value.line()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Format, Limits, Look, look, read};
    use super::*;

    const SAMPLE: &str = r#"{
        "numFailedTestSuites": 2, "numTotalTestSuites": 3, "numTotalTests": 3, "numFailedTests": 1, "numPendingTests": 1,
        "startTime": 1700000000000, "success": false, "wasInterrupted": false,
        "testResults": [
            {"assertionResults": [
                {"ancestorTitles": ["list", "push"], "title": "grows", "fullName": "list push grows", "status": "passed",
                 "duration": 4, "failureMessages": [], "invocations": 3, "retryReasons": ["Error: later\n    at a (l.js:1:1)"],
                 "location": {"column": 5, "line": 12}},
                {"ancestorTitles": ["list"], "title": "shrinks", "status": "failed", "duration": null,
                 "failureMessages": ["Error: expected 1\n    at b (l.js:2:2)", "Error: and more"]},
                {"ancestorTitles": [], "title": "sorts", "status": "todo", "failureMessages": []}
             ], "endTime": 1700000001500, "message": "1 failed", "name": "/src/list.test.js", "startTime": 1700000001000, "status": "failed"},
            {"assertionResults": [], "message": "SyntaxError: unexpected token", "name": "/src/tree.test.js", "status": "failed"},
            {"assertionResults": [], "message": "", "name": "/src/empty.test.js", "status": "passed"}
        ]
    }"#;

    #[test]
    fn a_report_is_told_and_read() {
        assert_eq!(look("x.json", SAMPLE.as_bytes()), Look::Report(Format::Jest));
        let report = read(Format::Jest, &mut SAMPLE.as_bytes(), &Limits::default());
        assert_eq!(report.problems, []);
        let [grows, shrinks, sorts, tree] = &report.cases[..] else { panic!("{:?}", report.cases) };
        assert_eq!((&*grows.suite, grows.line), ("list > push", Some(12)));
        assert_eq!(grows.file.as_deref(), Some("/src/list.test.js"));
        assert!(grows.is_flaky() && grows.tries.len() == 2);
        assert_eq!(grows.tries[1].detail.as_ref().unwrap().message, "Error: later");
        assert_eq!(shrinks.status, Status::Failed);
        let detail = shrinks.detail.as_ref().unwrap();
        assert_eq!((detail.message.as_str(), detail.kind.as_deref()), ("Error: expected 1", Some("Error")));
        assert!(detail.stack.as_ref().unwrap().ends_with("and more"));
        assert_eq!(sorts.status, Status::Skipped);
        assert_eq!((tree.scope, tree.status, tree.name.as_str()), (Scope::Suite, Status::Errored, "/src/tree.test.js"));
    }

    #[test]
    fn a_file_that_failed_though_its_tests_passed_is_a_failure() {
        let text = r#"{"testResults": [{"assertionResults": [{"title": "a", "status": "passed"}], "status": "failed",
            "message": "obsolete snapshot", "name": "a.test.js"}]}"#;
        assert_eq!(look("x.json", text.as_bytes()), Look::Report(Format::Jest));
        let report = read(Format::Jest, &mut text.as_bytes(), &Limits::default());
        assert_eq!(report.cases.len(), 2);
        assert_eq!(report.cases[1].scope, Scope::Suite);
    }

    #[test]
    fn what_was_read_before_the_end_stays() {
        let cut = &SAMPLE[..SAMPLE.find("sorts").unwrap()];
        let report = read(Format::Jest, &mut cut.as_bytes(), &Limits::default());
        assert_eq!((report.cases.len(), &report.problems[..]), (2, &[Problem::Truncated][..]));
    }
}
