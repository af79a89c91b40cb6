//! The event stream of Playwright's blob reports (`report.jsonl`): the tests of each project, then what became of each
//! try. Kept beside the tests are only the tries of those that are running.

use super::json::{self, Object, Value};
use super::playwright::{self, Annotation, Config, Error, File, Location, Outside, TestResult};
use super::{Case, Detail, Draft, Head, Input, Problem, Status, Try};
use serde::de::MapAccess;
use std::collections::HashMap;
use std::sync::Arc;

/// Tries of running tests that may hold output at once.
const RUNNING: usize = 1_000;

/// Whether this is one.
pub(super) fn detect(head: &Head) -> bool {
    let first = head.text.lines().next().unwrap_or_default();
    let is_event = first.starts_with('{') && head.has_path("method") && head.has_path("params");
    is_event && ["onBlobReportMetadata", "onConfigure", "onProject"].iter().any(|name| first.contains(name))
}

/// Reads one.
pub(super) fn read(input: Input, draft: &mut Draft) {
    let tests = Tests { index: HashMap::new(), running: HashMap::new() };
    let mut event = Event { draft, tests, params: Params::default(), method: String::new(), has_ended: false };
    let problems = json::lines(input, &mut event);
    let has_ended = event.has_ended;
    for problem in problems {
        draft.problem(problem);
    }
    if !has_ended {
        draft.problem(Problem::Interrupted { reason: "the run has no end".into() });
    }
}

/// Where the tests are in the draft, and what is known of tries that have not ended.
struct Tests {
    index: HashMap<String, usize>,
    running: HashMap<String, TestResult>,
}

impl Tests {
    fn running(&mut self, test: &str) -> Option<&mut TestResult> {
        if self.running.len() >= RUNNING && !self.running.contains_key(test) {
            return None;
        }
        self.index.contains_key(test).then(|| self.running.entry(test.to_owned()).or_default())
    }
}

struct Event<'a> {
    draft: &'a mut Draft,
    tests: Tests,
    method: String,
    params: Params,
    has_ended: bool,
}

impl Object for Event<'_> {
    fn begin(&mut self) {
        self.method.clear();
        self.params = Params::default();
    }

    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "method" => self.method = value.name()?.unwrap_or_default(),
            "params" => value.object(&mut Body { event: self })?,
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self) {
        let params = std::mem::take(&mut self.params);
        match self.method.as_str() {
            "onTestBegin" => {
                self.tests.running(&params.test_id);
            }
            "onTestEnd" => self.end_test(params),
            "onAttach" => {
                if let Some(result) = self.tests.running(&params.test_id) {
                    result.attachments.extend(params.attachments);
                }
            }
            "onStdIO" => self.add_output(params),
            "onEnd" => self.end_run(&params.result),
            _ => {}
        }
    }
}

impl Event<'_> {
    fn add_output(&mut self, params: Params) {
        let (Some(text), false) = (params.data, params.is_base64) else { return };
        let Some(result) = self.tests.running(&params.test_id) else { return };
        match params.kind.as_str() {
            "stderr" => result.stderr.push(&text),
            _ => result.stdout.push(&text),
        }
    }

    fn end_run(&mut self, result: &RunResult) {
        self.has_ended = true;
        result.started_at.into_iter().for_each(|at| self.draft.set_started_at(at));
        result.test.duration_ms().into_iter().for_each(|ms| self.draft.set_duration_ms(ms));
        if matches!(result.test.status.as_str(), "interrupted" | "timedout") {
            self.draft.problem(Problem::Interrupted { reason: format!("the run was {}", result.test.status) });
        }
    }

    fn end_test(&mut self, params: Params) {
        let Some(index) = self.tests.index.get(&params.test_id).copied() else { return };
        let mut result = params.result.test;
        if let Some(mut before) = self.tests.running.remove(&params.test_id) {
            (result.stdout, result.stderr) = (before.stdout, before.stderr);
            before.attachments.append(&mut result.attachments);
            result.attachments = before.attachments;
        }
        let expected = params.expected.unwrap_or_else(|| "passed".into());
        let properties = playwright::annotations(params.annotations);
        self.draft.amend_one(index, |case| end_try(case, &expected, result, properties));
    }
}

/// A test ended once more: what it was before becomes an earlier try.
fn end_try(case: &mut Case, expected: &str, result: TestResult, properties: Vec<(String, String)>) {
    let is_first =
        case.duration_ms.is_none() && case.detail.as_ref().is_some_and(|detail| detail.message == DID_NOT_RUN);
    if !is_first {
        let earlier = Try { status: case.status, duration_ms: case.duration_ms, detail: case.detail.take() };
        case.tries.push(earlier);
    }
    case.detail = None;
    let tries = std::mem::take(&mut case.tries);
    playwright::settle(case, expected, vec![result], None);
    case.tries = tries;
    if case.status == Status::Skipped {
        // Skipped on a retry because another failed: what it was before counts, as Playwright decides.
        case.detail = playwright::skip_reason(&properties).map(|message| Detail { message, ..Detail::default() });
        if let Some(at) = case.tries.iter().rposition(|earlier| earlier.status != Status::Skipped) {
            let counted = case.tries.remove(at);
            (case.status, case.detail) = (counted.status, counted.detail);
            case.duration_ms = counted.duration_ms;
        }
    }
    for pair in properties {
        if !case.properties.contains(&pair) {
            case.properties.push(pair);
        }
    }
}

/// What is told of a test of which no try ended.
const DID_NOT_RUN: &str = "did not run";

/// The parameters of every kind of event; each has some of them.
#[derive(Default)]
struct Params {
    test_id: String,
    expected: Option<String>,
    annotations: Vec<Annotation>,
    result: RunResult,
    attachments: Vec<File>,
    kind: String,
    data: Option<String>,
    is_base64: bool,
}

struct Body<'a, 'b> {
    event: &'a mut Event<'b>,
}

impl Object for Body<'_, '_> {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        let params = &mut self.event.params;
        match name {
            "testId" => params.test_id = value.name()?.unwrap_or_default(),
            "type" => params.kind = value.name()?.unwrap_or_default(),
            "data" => params.data = value.tail()?,
            "isBase64" => params.is_base64 = value.flag()?.unwrap_or(false),
            "attachments" => params.attachments = value.list()?,
            "result" => value.object(&mut params.result)?,
            "test" => value.object(&mut TestEnd { params })?,
            "config" => value.object(&mut Config { draft: self.event.draft })?,
            "project" => {
                let mut project = Project { event: self.event, name: Arc::default() };
                value.object(&mut project)?;
            }
            "error" => value.object(&mut Outside { draft: self.event.draft, error: Error::default() })?,
            _ => {}
        }
        Ok(())
    }
}

struct TestEnd<'a> {
    params: &'a mut Params,
}

impl Object for TestEnd<'_> {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "testId" => self.params.test_id = value.name()?.unwrap_or_default(),
            "expectedStatus" => self.params.expected = value.name()?,
            "annotations" => self.params.annotations = value.list()?,
            _ => {}
        }
        Ok(())
    }
}

/// The result of a try, or of the run.
#[derive(Default)]
struct RunResult {
    test: TestResult,
    started_at: Option<i64>,
}

impl Object for RunResult {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "startTime" => self.started_at = value.time_ms()?,
            _ => self.test.member(name, value)?,
        }
        Ok(())
    }
}

struct Project<'a, 'b> {
    event: &'a mut Event<'b>,
    name: Arc<str>,
}

impl Object for Project<'_, '_> {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "name" => self.name = value.name()?.unwrap_or_default().into(),
            "suites" => value.each(&mut Entry {
                event: self.event,
                project: Arc::clone(&self.name),
                parent: Arc::default(),
                depth: 0,
                path: Arc::default(),
                test_id: None,
                case: Case::default(),
            })?,
            _ => {}
        }
        Ok(())
    }
}

/// A file, a suite or a test: what it is shows by its members. The title stands before what it holds.
struct Entry<'a, 'b> {
    event: &'a mut Event<'b>,
    project: Arc<str>,
    parent: Arc<str>,
    depth: usize,
    path: Arc<str>,
    test_id: Option<String>,
    case: Case,
}

impl Object for Entry<'_, '_> {
    fn begin(&mut self) {
        self.path = Arc::clone(&self.parent);
        self.test_id = None;
        self.case = Case::default();
    }

    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "title" => {
                self.case.name = value.name()?.unwrap_or_default();
                self.path = playwright::suite_below(&self.parent, &self.case.name, self.depth == 0);
            }
            "testId" => self.test_id = value.name()?,
            "tags" => self.case.properties.extend(value.names()?.into_iter().map(|tag| ("tag".into(), tag))),
            "location" => {
                let mut location = Location::default();
                value.object(&mut location)?;
                (self.case.file, self.case.line) = (location.file, location.line);
            }
            // The first is the name since version 2 of the format.
            "entries" | "suites" | "tests" => value.each(&mut Entry {
                event: self.event,
                project: Arc::clone(&self.project),
                parent: Arc::clone(&self.path),
                depth: self.depth + 1,
                path: Arc::default(),
                test_id: None,
                case: Case::default(),
            })?,
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self) {
        let Some(id) = self.test_id.take() else { return };
        let mut case = std::mem::take(&mut self.case);
        case.suite = Arc::clone(&self.parent);
        case.status = Status::Skipped;
        case.detail = Some(Detail { message: DID_NOT_RUN.into(), ..Detail::default() });
        case.external_id = Some(id.clone());
        if !self.project.is_empty() {
            case.variant.push(("project".into(), self.project.to_string()));
        }
        let event = &mut *self.event;
        let index = event.draft.len();
        event.draft.push(case);
        if event.draft.len() > index {
            event.tests.index.insert(id, index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Format, Limits, Look, look, read};
    use super::*;

    const SAMPLE: &str = r#"{"method":"onBlobReportMetadata","params":{"version":2,"shard":{"total":2,"current":1}}}
{"method":"onConfigure","params":{"config":{"rootDir":"/w","version":"1.50.0","workers":1}}}
{"method":"onProject","params":{"project":{"name":"webkit","suites":[{"title":"a.spec.ts","entries":[{"title":"cart","entries":[{"testId":"t1","title":"adds","location":{"file":"a.spec.ts","line":4,"column":1},"retries":1,"tags":["@slow"]},{"testId":"t2","title":"drops","location":{"file":"a.spec.ts","line":8}},{"testId":"t3","title":"never"}]}]}]}}}
{"method":"onBegin","params":{}}
{"method":"onTestBegin","params":{"testId":"t1","result":{"id":"r1","retry":0,"startTime":1700000000000}}}
{"method":"onStdIO","params":{"type":"stdout","testId":"t1","resultId":"r1","data":"first","isBase64":false}}
{"method":"onTestEnd","params":{"test":{"testId":"t1","expectedStatus":"passed","annotations":[]},"result":{"id":"r1","duration":5,"status":"failed","errors":[{"message":"Error: no"}]}}}
{"method":"onTestBegin","params":{"testId":"t1","result":{"id":"r2","retry":1}}}
{"method":"onStdIO","params":{"type":"stdout","testId":"t1","resultId":"r2","data":"second"}}
{"method":"onAttach","params":{"testId":"t1","resultId":"r2","attachments":[{"name":"shot","path":"resources/1.png","contentType":"image/png"}]}}
{"method":"onTestEnd","params":{"test":{"testId":"t1","expectedStatus":"passed"},"result":{"id":"r2","duration":6,"status":"passed","errors":[]}}}
{"method":"onTestEnd","params":{"test":{"testId":"t2","expectedStatus":"failed","annotations":[{"type":"fail"}]},"result":{"id":"r3","duration":1,"status":"failed","errors":[{"message":"yes"}]}}}
{"method":"onError","params":{"error":{"message":"Error: worker died"}}}
{"method":"onEnd","params":{"result":{"status":"failed","startTime":1700000000000,"duration":900.4}}}
"#;

    #[test]
    fn an_event_stream_is_told_and_read() {
        assert_eq!(look("report.jsonl", SAMPLE.as_bytes()), Look::Report(Format::PlaywrightBlob));
        let report = read(Format::PlaywrightBlob, &mut SAMPLE.as_bytes(), &Limits::default());
        assert_eq!(report.problems, []);
        assert_eq!((report.tool.as_deref(), report.duration_ms), (Some("Playwright 1.50.0"), Some(900)));
        let [adds, drops, never, died] = &report.cases[..] else { panic!("{:?}", report.cases) };
        assert_eq!((&*adds.suite, adds.file.as_deref(), adds.line), ("cart", Some("a.spec.ts"), Some(4)));
        assert!(adds.is_flaky());
        assert_eq!(adds.tries[0].detail.as_ref().unwrap().message, "Error: no");
        assert_eq!((adds.stdout.as_deref(), adds.duration_ms), (Some("second"), Some(6)));
        assert_eq!(adds.attachments[0].path, "resources/1.png");
        assert_eq!(adds.variant, [("project".into(), "webkit".into())]);
        assert_eq!((drops.status, drops.detail.as_ref()), (Status::Passed, None));
        assert_eq!(never.status, Status::Skipped);
        assert_eq!(died.status, Status::Errored);
    }

    #[test]
    fn a_stream_without_an_end_is_interrupted() {
        let cut = &SAMPLE[..SAMPLE.find("{\"method\":\"onEnd\"").unwrap()];
        let report = read(Format::PlaywrightBlob, &mut cut.as_bytes(), &Limits::default());
        assert_eq!(report.cases.len(), 4);
        assert!(matches!(report.problems[..], [Problem::Interrupted { .. }]));
    }
}
