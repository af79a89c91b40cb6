//! Playwright's JSON: files, suites and specs, with a test for each project and a result for each try. What a test
//! came to is decided as Playwright does, by what was expected of it.

use super::json::{self, Object, Scalar, Value};
use super::nest::Nest;
use super::{Attachment, Case, Detail, Draft, Head, Input, Problem, Scope, Status, Try, nest, stack};
use serde::de::MapAccess;
use std::sync::Arc;

/// Bytes of output kept of one try while reading; its end.
const OUTPUT_BYTES: usize = 64 << 10;
/// Tests of one spec that wait for its file and line, which stand behind them.
const WAITING: usize = 1_000;

/// Whether this is one. The configuration may fill all of the head.
pub(super) fn detect(head: &Head) -> bool {
    let has_config = ["config.forbidOnly", "config.globalTimeout", "config.projects", "config.preserveOutput"]
        .iter()
        .filter(|path| head.has_path(path))
        .count();
    has_config >= 3
        || head.has_path("suites.specs") && (has_config > 0 || head.has_path("stats.unexpected"))
        || head.has_path("suites.specs.tests")
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
        match name {
            "config" => value.object(&mut Config { draft: self.draft }),
            // The suites at the top are the files, which every spec names itself.
            "suites" => value.each(&mut Suite { draft: self.draft, nest: Nest::default(), is_file: true }),
            "errors" => value.each(&mut Outside { draft: self.draft, error: Error::default() }),
            "stats" => value.object(&mut Stats { draft: self.draft }),
            _ => Ok(()),
        }
    }
}

/// The configuration, of which only the version counts.
pub(super) struct Config<'a> {
    pub(super) draft: &'a mut Draft,
}

impl Object for Config<'_> {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        if name == "version"
            && let Some(version) = value.name()?
        {
            self.draft.set_tool(&format!("Playwright {version}"));
        }
        Ok(())
    }
}

struct Stats<'a> {
    draft: &'a mut Draft,
}

impl Object for Stats<'_> {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "startTime" => value.time_ms()?.into_iter().for_each(|at| self.draft.set_started_at(at)),
            "duration" => value.duration(1.0)?.into_iter().for_each(|ms| self.draft.set_duration_ms(ms)),
            "expected" | "unexpected" | "flaky" | "skipped" => {
                let count = value.count()?.unwrap_or(0);
                let claim = self.draft.claim_mut();
                claim.total = Some(claim.total.unwrap_or(0).saturating_add(count));
                match name {
                    "unexpected" => claim.failed = Some(count),
                    "skipped" => claim.skipped = Some(count),
                    _ => {}
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// An error outside of every test: a failure of the whole.
pub(super) struct Outside<'a> {
    pub(super) draft: &'a mut Draft,
    pub(super) error: Error,
}

impl Object for Outside<'_> {
    fn begin(&mut self) {
        self.error = Error::default();
    }

    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        self.error.member(name, value)
    }

    fn end(&mut self) {
        let error = std::mem::take(&mut self.error);
        let (file, line) = (error.location.file.clone(), error.location.line);
        let detail = error.detail();
        let message = detail.as_ref().map(|detail| detail.message.as_str()).unwrap_or_default();
        if message.starts_with("Testing stopped early") || message.starts_with("Timed out waiting") {
            self.draft.problem(Problem::Interrupted { reason: message.chars().take(200).collect() });
            return;
        }
        self.draft.push(Case {
            name: file.as_deref().map_or("error outside of tests".into(), |file| format!("error in {file}")),
            file,
            line,
            status: Status::Errored,
            scope: Scope::Suite,
            detail,
            ..Case::default()
        });
    }
}

/// An error of a test or outside of tests.
#[derive(Default)]
pub(super) struct Error {
    message: Option<String>,
    stack: Option<String>,
    value: Option<String>,
    snippet: Option<String>,
    location: Location,
}

impl Error {
    fn detail(self) -> Option<Detail> {
        let message = self.message.or(self.value);
        let mut stack = self.stack;
        if let Some(snippet) = self.snippet {
            let stack = stack.get_or_insert_default();
            stack.push_str("\n\n");
            stack.push_str(&snippet);
        }
        stack::of_parts(None, message, stack)
    }
}

impl Object for Error {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "message" => self.message = value.text()?,
            "stack" => self.stack = value.text()?,
            "value" => self.value = value.text()?,
            "snippet" => self.snippet = value.text()?,
            "location" => value.object(&mut self.location)?,
            _ => {}
        }
        Ok(())
    }

    fn scalar(&mut self, scalar: Scalar<'_>) {
        self.message = scalar.text();
    }
}

/// A place in a file.
#[derive(Default)]
pub(super) struct Location {
    pub(super) file: Option<Arc<str>>,
    pub(super) line: Option<u32>,
}

impl Object for Location {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "file" => self.file = value.name()?.map(Into::into),
            "line" => self.line = value.line()?,
            _ => {}
        }
        Ok(())
    }
}

struct Suite<'a> {
    draft: &'a mut Draft,
    nest: Nest,
    is_file: bool,
}

impl Object for Suite<'_> {
    fn begin(&mut self) {
        self.nest.begin(self.draft);
    }

    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "title" if !self.is_file => {
                let title = value.name()?.unwrap_or_default();
                self.nest.set_title(self.draft, title);
                Ok(())
            }
            "specs" => value.each(&mut Spec::new(self.draft, Arc::clone(self.nest.path()))),
            "suites" => {
                value.each(&mut Suite { nest: Nest::below(self.nest.path()), draft: self.draft, is_file: false })
            }
            _ => Ok(()),
        }
    }

    fn end(&mut self) {
        self.nest.end(self.draft);
    }
}

struct Spec<'a> {
    draft: &'a mut Draft,
    suite: Arc<str>,
    case: Case,
    file: Option<Arc<str>>,
    tests: Vec<Test>,
}

impl<'a> Spec<'a> {
    fn new(draft: &'a mut Draft, suite: Arc<str>) -> Spec<'a> {
        Spec { draft, suite, case: Case::default(), file: None, tests: Vec::new() }
    }

    fn push_all(&mut self) {
        for test in std::mem::take(&mut self.tests) {
            let mut case = Case { suite: Arc::clone(&self.suite), file: self.file.clone(), ..self.case.clone() };
            test.settle(&mut case);
            self.draft.push(case);
        }
    }
}

impl Object for Spec<'_> {
    fn begin(&mut self) {
        self.case = Case::default();
        self.tests.clear();
    }

    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        let case = &mut self.case;
        match name {
            "title" => case.name = value.name()?.unwrap_or_default(),
            "tags" => case.properties.extend(value.names()?.into_iter().map(|tag| ("tag".into(), tag))),
            "id" => case.external_id = value.name()?,
            "line" => case.line = value.line()?,
            "file" => {
                let file = value.name()?;
                if file.as_deref() != self.file.as_deref() {
                    self.file = file.map(Into::into);
                }
            }
            "tests" => value.each(&mut Tests { spec: self, test: Test::default() })?,
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self) {
        self.push_all();
    }
}

struct Tests<'a, 'b> {
    spec: &'a mut Spec<'b>,
    test: Test,
}

impl Object for Tests<'_, '_> {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        self.test.member(name, value)
    }

    fn end(&mut self) {
        self.spec.tests.push(std::mem::take(&mut self.test));
        if self.spec.tests.len() >= WAITING {
            self.spec.push_all();
        }
    }
}

/// A test in one project, with all its tries.
#[derive(Default)]
struct Test {
    project: Option<String>,
    expected: Option<String>,
    status: Option<String>,
    properties: Vec<(String, String)>,
    results: Vec<TestResult>,
}

impl Object for Test {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "projectName" => self.project = value.name()?.filter(|project| !project.is_empty()),
            "expectedStatus" => self.expected = value.name()?,
            "status" => self.status = value.name()?,
            "annotations" => self.properties = annotations(value.list()?),
            "results" => self.results = value.list()?,
            _ => {}
        }
        Ok(())
    }
}

impl Test {
    fn settle(self, case: &mut Case) {
        case.variant = self.project.into_iter().map(|project| ("project".to_owned(), project)).collect();
        let reason = skip_reason(&self.properties);
        case.properties.extend(self.properties);
        case.properties.shrink_to_fit();
        let expected = self.expected.as_deref().unwrap_or("passed");
        settle(case, expected, self.results, self.status.as_deref());
        if case.status == Status::Skipped && case.detail.is_none() {
            case.detail = reason.map(|message| Detail { message, ..Detail::default() });
        }
    }
}

/// The annotations, as properties.
pub(super) fn annotations(list: Vec<Annotation>) -> Vec<(String, String)> {
    list.into_iter().map(|annotation| (annotation.kind, annotation.description)).collect()
}

/// Why a test was skipped, as its annotations say.
pub(super) fn skip_reason(properties: &[(String, String)]) -> Option<String> {
    let is_reason = |(kind, text): &&(String, String)| matches!(kind.as_str(), "skip" | "fixme") && !text.is_empty();
    properties.iter().find(is_reason).map(|(_, text)| text.clone())
}

/// An annotation of a test.
#[derive(Default)]
pub(super) struct Annotation {
    kind: String,
    description: String,
}

impl Object for Annotation {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "type" => self.kind = value.name()?.unwrap_or_default(),
            "description" => self.description = value.name()?.unwrap_or_default(),
            _ => {}
        }
        Ok(())
    }
}

/// The result of one try.
#[derive(Default)]
pub(super) struct TestResult {
    pub(super) status: String,
    duration_ms: Option<u64>,
    error: Option<Error>,
    errors: Vec<Error>,
    pub(super) stdout: Output,
    pub(super) stderr: Output,
    pub(super) attachments: Vec<File>,
}

impl Object for TestResult {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "status" => self.status = value.name()?.unwrap_or_default(),
            "duration" => self.duration_ms = value.duration(1.0)?,
            "error" => {
                let mut error = Error::default();
                value.object(&mut error)?;
                self.error = Some(error);
            }
            "errors" => self.errors = value.list()?,
            "stdout" => value.each(&mut self.stdout)?,
            "stderr" => value.each(&mut self.stderr)?,
            "attachments" => self.attachments.extend(value.list::<File>()?),
            _ => {}
        }
        Ok(())
    }
}

impl TestResult {
    /// How long it took.
    pub(super) fn duration_ms(&self) -> Option<u64> {
        self.duration_ms
    }

    /// What it came to, given what was expected of it.
    fn relative(&self, expected: &str) -> Status {
        match self.status.as_str() {
            "skipped" => Status::Skipped,
            "interrupted" => Status::Errored,
            status if status == expected => Status::Passed,
            "timedOut" => Status::Errored,
            _ => Status::Failed,
        }
    }

    fn detail(&mut self, expected: &str) -> Option<Detail> {
        let errors = std::mem::take(&mut self.errors);
        let mut details = errors.into_iter().filter_map(Error::detail);
        let (first, first_listed) = (self.error.take().and_then(Error::detail), details.next());
        // The error that stands alone is the first of the list, with its stack apart.
        let Some(mut detail) = first.or(first_listed) else { return self.unexplained(expected) };
        for more in details {
            let stack = detail.stack.get_or_insert_with(|| detail.message.clone());
            stack.push_str("\n\n");
            stack.push_str(&more.message);
        }
        Some(detail)
    }

    fn unexplained(&self, expected: &str) -> Option<Detail> {
        let message = match self.status.as_str() {
            "skipped" => return None,
            status if status == expected => return None,
            "passed" => format!("expected to be {expected}, but passed"),
            "timedOut" => "timed out".to_owned(),
            "interrupted" => "interrupted".to_owned(),
            _ => return None,
        };
        Some(Detail { message, ..Detail::default() })
    }
}

/// Sets what became of a test by its tries, and by what Playwright says where it does.
pub(super) fn settle(case: &mut Case, expected: &str, mut results: Vec<TestResult>, said: Option<&str>) {
    let outcome = said.map_or_else(|| outcome(expected, &results), str::to_owned);
    let last = results.pop();
    case.tries.extend(results.into_iter().map(|mut result| Try {
        status: result.relative(expected),
        duration_ms: result.duration_ms,
        detail: result.detail(expected),
    }));
    let relative = last.as_ref().map(|last| last.relative(expected));
    case.status = match (outcome.as_str(), relative) {
        ("expected" | "flaky", _) => Status::Passed,
        ("unexpected", Some(status)) if status.is_failing() => status,
        ("unexpected", _) => Status::Failed,
        // It was running when the run was broken off.
        (_, Some(Status::Errored)) => Status::Errored,
        _ => Status::Skipped,
    };
    if let Some(mut last) = last {
        case.duration_ms = last.duration_ms;
        let detail = last.detail(expected);
        case.detail = detail.filter(|_| case.status != Status::Passed);
        (case.stdout, case.stderr) = (last.stdout.take(), last.stderr.take());
        case.attachments = last.attachments.into_iter().map(|file| file.0).collect();
    }
}

/// As Playwright decides it, for versions that do not say it: tries skipped at first do not count.
fn outcome(expected: &str, results: &[TestResult]) -> String {
    let ran: Vec<Status> = results
        .iter()
        .filter(|result| !matches!(result.status.as_str(), "skipped" | "interrupted"))
        .map(|result| result.relative(expected))
        .collect();
    let failing = ran.iter().filter(|status| status.is_failing()).count();
    match (ran.len(), failing) {
        (0, _) => "skipped",
        (_, 0) => "expected",
        (all, failing) if all == failing => "unexpected",
        _ => "flaky",
    }
    .to_owned()
}

/// Output of a try, in pieces.
#[derive(Default)]
pub(super) struct Output(String);

impl Output {
    /// Adds a piece; the end is kept.
    pub(super) fn push(&mut self, piece: &str) {
        self.0.push_str(piece);
        if self.0.len() > 2 * OUTPUT_BYTES {
            let from = self.0.ceil_char_boundary(self.0.len() - OUTPUT_BYTES);
            self.0.drain(..from);
        }
    }

    fn take(&mut self) -> Option<String> {
        Some(std::mem::take(&mut self.0)).filter(|text| !text.is_empty())
    }
}

impl Object for Output {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        if name == "text" {
            value.tail()?.into_iter().for_each(|text| self.push(&text));
        }
        Ok(())
    }

    fn scalar(&mut self, scalar: Scalar<'_>) {
        scalar.tail().into_iter().for_each(|text| self.push(&text));
    }
}

/// An attachment; the content of one that is written into the report is passed over.
#[derive(Default)]
pub(super) struct File(pub(super) Attachment);

impl Object for File {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "name" => self.0.name = value.name()?.unwrap_or_default(),
            "path" => self.0.path = value.name()?.unwrap_or_default(),
            "contentType" => self.0.media_type = value.name()?,
            _ => {}
        }
        Ok(())
    }
}

/// The path of suites below a file, for the blob report.
pub(super) fn suite_below(parent: &Arc<str>, title: &str, is_file: bool) -> Arc<str> {
    if is_file { Arc::clone(parent) } else { nest::under(parent, title) }
}

#[cfg(test)]
mod tests {
    use super::super::{Format, Limits, Look, Report, look, read};
    use super::*;

    fn report(tests: &str) -> Report {
        let text = format!(
            r#"{{"config": {{"version": "1.50.0", "forbidOnly": true, "globalTimeout": 0, "projects": []}},
            "suites": [{{"title": "cart.spec.ts", "file": "cart.spec.ts", "specs": [], "suites": [
                {{"title": "cart", "specs": [{{"title": "adds", "tags": ["smoke"], "id": "ab-cd", "file": "cart.spec.ts",
                 "tests": [{tests}], "line": 9}}]}}]}}],
            "errors": [{{"message": "Error: no tests found", "location": {{"file": "x.spec.ts", "line": 1}}}}],
            "stats": {{"startTime": "2024-01-01T00:00:00.000Z", "duration": 1200.5, "expected": 1, "unexpected": 1, "flaky": 1, "skipped": 0}}}}"#
        );
        assert_eq!(look("x.json", text.as_bytes()), Look::Report(Format::Playwright));
        read(Format::Playwright, &mut text.as_bytes(), &Limits::default())
    }

    #[test]
    fn a_test_is_read_with_all_that_is_said_of_it() {
        let report = report(
            r#"{"projectName": "firefox", "expectedStatus": "passed", "status": "flaky",
            "annotations": [{"type": "issue", "description": "12"}], "results": [
              {"status": "timedOut", "duration": 30000, "errors": [{"message": "Test timeout"}], "retry": 0},
              {"status": "passed", "duration": 21, "stdout": [{"text": "a\n"}, {"buffer": "AA=="}, "b"], "stderr": [],
               "attachments": [{"name": "trace", "contentType": "application/zip", "path": "t/trace.zip"}, {"name": "x", "body": "AA"}]}]}"#,
        );
        assert_eq!(report.problems, []);
        assert_eq!((report.tool.as_deref(), report.claim.total), (Some("Playwright 1.50.0"), Some(3)));
        let [case, outside] = &report.cases[..] else { panic!() };
        assert_eq!((&*case.suite, case.name.as_str(), case.line), ("cart", "adds", Some(9)));
        assert_eq!((case.file.as_deref(), case.external_id.as_deref()), (Some("cart.spec.ts"), Some("ab-cd")));
        assert!(case.is_flaky());
        assert_eq!((case.tries[0].status, case.tries[0].duration_ms), (Status::Errored, Some(30_000)));
        assert_eq!(case.variant, [("project".into(), "firefox".into())]);
        assert_eq!(case.properties[1], ("issue".into(), "12".into()));
        assert_eq!(case.stdout.as_deref(), Some("a\nb"));
        assert_eq!(case.attachments[0].path, "t/trace.zip");
        assert_eq!((outside.scope, outside.status), (Scope::Suite, Status::Errored));
        assert_eq!(outside.file.as_deref(), Some("x.spec.ts"));
    }

    fn status_of(test: &str) -> (Status, Option<String>) {
        let case = report(test).cases.remove(0);
        (case.status, case.detail.map(|detail| detail.message))
    }

    #[test]
    fn what_was_expected_decides() {
        let failed = r#""results": [{"status": "failed", "error": {"message": "no"}}]"#;
        let passed = r#""results": [{"status": "passed"}]"#;
        for said in ["", r#""status": "expected","#] {
            assert_eq!(
                status_of(&format!(r#"{{{said} "expectedStatus": "failed", {failed}}}"#)),
                (Status::Passed, None)
            );
        }
        let (status, message) = status_of(&format!(r#"{{"expectedStatus": "failed", {passed}}}"#));
        assert_eq!((status, message.as_deref()), (Status::Failed, Some("expected to be failed, but passed")));
        let (status, message) = status_of(&format!(r#"{{"expectedStatus": "passed", {failed}}}"#));
        assert_eq!((status, message.as_deref()), (Status::Failed, Some("no")));
        assert_eq!(status_of(r#"{"expectedStatus": "passed", "status": "skipped", "results": []}"#).0, Status::Skipped);
        assert_eq!(status_of(r#"{"results": [{"status": "interrupted"}]}"#).0, Status::Errored);
    }
}
