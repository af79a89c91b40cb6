//! Cucumber messages: one envelope a line. Documents and pickles come first and are kept as names; each test case is
//! told when its last attempt has finished.

use super::cucumber::{self, Result, Worst};
use super::draft::{Held, detail_bytes};
use super::json::{self, Object, Scalar, Value};
use super::{Case, Detail, Draft, Head, Input, Problem, Scope, Status, Try, nest, stack};
use serde::de::MapAccess;
use std::collections::HashMap;
use std::sync::Arc;

/// Cells kept of a row of examples.
const CELLS: usize = 100;

/// Whether this is one.
pub(super) fn detect(head: &Head) -> bool {
    let is_envelope = |key: &str| head.has_path(key);
    let first = head.text.trim_start_matches(['{', ' ', '\t', '\r', '\n']);
    let begins =
        ["\"meta\"", "\"source\"", "\"gherkinDocument\"", "\"testRunStarted\"", "\"pickle\"", "\"parseError\""]
            .iter()
            .any(|key| first.starts_with(key));
    head.text.starts_with('{')
        && begins
        && (is_envelope("meta.protocolVersion")
            || is_envelope("gherkinDocument.feature")
            || is_envelope("pickle.astNodeIds"))
}

/// Reads one.
pub(super) fn read(input: Input, draft: &mut Draft) {
    let most = draft.limits().cases;
    let held = Held::new(draft.limits());
    let mut reader = Reader { draft, most, known: Known::default(), running: HashMap::new(), held, has_ended: false };
    let problems = json::lines(input, &mut reader);
    reader.finish();
    for problem in problems {
        draft.problem(problem);
    }
}

/// What was said before the tests ran, by id.
#[derive(Default)]
struct Known {
    scenarios: HashMap<String, Place>,
    rows: HashMap<String, Row>,
    pickles: HashMap<String, Pickle>,
    cases: HashMap<String, TestCase>,
}

struct Place {
    suite: Arc<str>,
    line: Option<u32>,
}

struct Row {
    parameters: Vec<(String, String)>,
    line: Option<u32>,
}

/// A test case that has not finished for good.
struct TestCase {
    pickle: String,
    /// Its steps by id; hooks have no text.
    steps: Vec<(String, String)>,
    tries: Vec<Try>,
}

/// An attempt that has not finished.
struct Attempt {
    case: String,
    worst: Worst,
    output: String,
    held_bytes: usize,
}

struct Reader<'a> {
    draft: &'a mut Draft,
    /// Beyond so many of each, nothing more is kept.
    most: usize,
    known: Known,
    running: HashMap<String, Attempt>,
    held: Held,
    has_ended: bool,
}

impl Object for Reader<'_> {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> std::result::Result<(), A::Error> {
        match name {
            "meta" => self.take(value, Meta::default(), Reader::meta),
            "gherkinDocument" => value.object(&mut Document {
                feature: Feature { known: &mut self.known, most: self.most, suite: Arc::default() },
            }),
            "pickle" => self.take(value, Pickle::default(), Reader::pickle),
            "testCase" => self.take(value, CaseMessage::default(), Reader::test_case),
            "testRunStarted" => self.take(value, Event::default(), Reader::run_started),
            "testCaseStarted" => self.take(value, Event::default(), Reader::case_started),
            "testStepFinished" => self.take(value, Event::default(), Reader::step_finished),
            "attachment" => self.take(value, Event::default(), Reader::attachment),
            "testCaseFinished" => self.take(value, Event::default(), Reader::case_finished),
            "testRunHookFinished" => self.take(value, Event::default(), Reader::hook_finished),
            "testRunFinished" => self.take(value, Event::default(), Reader::run_finished),
            "parseError" => self.take(value, ParseError::default(), Reader::parse_error),
            _ => Ok(()),
        }
    }
}

impl Reader<'_> {
    fn take<'de, A: MapAccess<'de>, M: Object>(
        &mut self,
        value: Value<'_, A>,
        mut message: M,
        then: fn(&mut Self, M),
    ) -> std::result::Result<(), A::Error> {
        value.object(&mut message)?;
        then(self, message);
        Ok(())
    }

    fn meta(&mut self, meta: Meta) {
        self.draft.set_tool(&[meta.implementation.0, meta.implementation.1].join(" "));
    }

    fn pickle(&mut self, pickle: Pickle) {
        if self.known.pickles.len() < self.most {
            self.known.pickles.insert(pickle.id.clone(), pickle);
        }
    }

    fn test_case(&mut self, message: CaseMessage) {
        if self.known.cases.len() >= self.most {
            return;
        }
        let texts = self.known.pickles.get_mut(&message.pickle).map(|pickle| std::mem::take(&mut pickle.steps));
        let mut texts = texts.unwrap_or_default().into_iter().peekable();
        let mut steps = message.steps;
        for (_, step) in &mut steps {
            // They are in the order of the pickle, with hooks between them.
            *step = texts.next_if(|(id, _)| id == step).map(|(_, text)| text).unwrap_or_default();
        }
        self.known.cases.insert(message.id, TestCase { pickle: message.pickle, steps, tries: Vec::new() });
    }

    fn run_started(&mut self, event: Event) {
        event.at_ms.into_iter().for_each(|at| self.draft.set_started_at(at));
    }

    fn case_started(&mut self, event: Event) {
        if self.running.len() < self.most {
            let (worst, output) = (Worst::default(), String::new());
            self.running.insert(event.id, Attempt { case: event.test_case, worst, output, held_bytes: 0 });
        }
    }

    fn step_finished(&mut self, event: Event) {
        let Some(attempt) = self.running.get_mut(&event.started) else { return };
        let StepResult { result, nanoseconds, .. } = event.result;
        let steps = self.known.cases.get(&attempt.case).map(|case| case.steps.as_slice());
        let is_worse = result > attempt.worst.result;
        attempt.worst.add(result, nanoseconds, || {
            let step = steps.unwrap_or_default().iter().find(|(id, _)| *id == event.step);
            let text = step.map(|(_, text)| text.as_str()).filter(|text| !text.is_empty());
            cucumber::detail(result, text.unwrap_or("hook"), event.result.detail())
        });
        if let Some(detail) = attempt.worst.detail.as_mut().filter(|_| is_worse) {
            let bytes = detail_bytes(detail);
            match self.held.take(bytes) {
                true => attempt.held_bytes += bytes,
                false => *detail = Detail { kind: detail.kind.take(), ..Detail::default() },
            }
        }
    }

    fn attachment(&mut self, event: Event) {
        let is_log = event.media_type.as_deref() == Some("text/x.cucumber.log+plain") && !event.is_base64;
        let (Some(attempt), Some(body), true) = (self.running.get_mut(&event.started), event.body, is_log) else {
            return;
        };
        if attempt.output.len() < self.draft.limits().text_bytes && self.held.take(body.len() + 1) {
            attempt.held_bytes += body.len() + 1;
            attempt.output.push_str(&body);
            attempt.output.push('\n');
        }
    }

    fn case_finished(&mut self, event: Event) {
        let Some(attempt) = self.running.remove(&event.started) else { return };
        self.end_attempt(attempt, event.will_be_retried);
    }

    fn end_attempt(&mut self, attempt: Attempt, will_be_retried: bool) {
        let Attempt { case: id, worst, output, held_bytes } = attempt;
        let items = self.draft.limits().items;
        if will_be_retried {
            if let Some(case) = self.known.cases.get_mut(&id)
                && case.tries.len() <= items
            {
                let mut told = Case::default();
                worst.tell(&mut told);
                case.tries.push(Try { status: told.status, duration_ms: told.duration_ms, detail: told.detail });
            }
            return;
        }
        // What an attempt left that was run again stays counted: it waits for the last one.
        self.held.give_back(held_bytes);
        let mut case = self.known.take_case(id);
        worst.tell(&mut case);
        case.stdout = Some(output).filter(|output| !output.is_empty());
        self.draft.push(case);
    }

    fn hook_finished(&mut self, event: Event) {
        let result = event.result.result;
        if result.status().is_failing() {
            let detail = cucumber::detail(result, "hook of the run", event.result.detail());
            self.push_failure("hook of the run", None, detail);
        }
    }

    fn run_finished(&mut self, event: Event) {
        self.has_ended = true;
        let error = event.result.detail();
        // Failed outside of everything that was told.
        if let (Some(false), Some(detail)) = (event.success, error) {
            self.push_failure("test run", None, Some(detail));
        }
    }

    fn parse_error(&mut self, error: ParseError) {
        let detail = Detail { kind: Some("parse error".into()), message: error.message, stack: None };
        let file = error.source.uri.unwrap_or_default();
        self.push_failure(&file, Some(file.as_str().into()), Some(detail));
    }

    fn push_failure(&mut self, name: &str, file: Option<Arc<str>>, detail: Option<Detail>) {
        let (status, scope) = (Status::Errored, Scope::Suite);
        self.draft.push(Case { name: name.to_owned(), file, status, scope, detail, ..Case::default() });
    }

    /// Tells of attempts that never finished.
    fn finish(mut self) {
        let mut open: Vec<_> = std::mem::take(&mut self.running).into_iter().collect();
        open.sort_by(|one, other| one.0.cmp(&other.0));
        for (_, attempt) in open {
            let mut case = self.known.take_case(attempt.case);
            case.status = Status::Errored;
            case.detail = Some(Detail { message: "did not finish".into(), ..Detail::default() });
            self.draft.push(case);
        }
        if !self.has_ended {
            self.draft.problem(Problem::Interrupted { reason: "the run has no end".into() });
        }
    }
}

impl Known {
    /// The case that a test case stands for, with its earlier tries. It is not needed any more after that.
    fn take_case(&mut self, id: String) -> Case {
        // Beyond the limit, or never announced.
        let Some(test) = self.cases.remove(&id) else { return Case { name: id, ..Case::default() } };
        let tries = test.tries;
        let Some(pickle) = self.pickles.remove(&test.pickle) else {
            return Case { name: id, tries, ..Case::default() };
        };
        let place = pickle.nodes.iter().find_map(|node| self.scenarios.get(node));
        let row = pickle.nodes.iter().find_map(|node| self.rows.remove(node));
        Case {
            suite: place.map(|place| Arc::clone(&place.suite)).unwrap_or_default(),
            name: pickle.name,
            file: pickle.uri,
            line: row.as_ref().and_then(|row| row.line).or_else(|| place.and_then(|place| place.line)),
            parameters: row.map(|row| row.parameters).unwrap_or_default(),
            properties: pickle.tags.into_iter().map(|tag| ("tag".to_owned(), tag)).collect(),
            tries,
            ..Case::default()
        }
    }
}

#[derive(Default)]
struct Meta {
    implementation: NameVersion,
}

impl Object for Meta {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> std::result::Result<(), A::Error> {
        if name == "implementation" {
            value.object(&mut self.implementation)?;
        }
        Ok(())
    }
}

#[derive(Default)]
struct NameVersion(String, String);

impl Object for NameVersion {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> std::result::Result<(), A::Error> {
        match name {
            "name" => self.0 = value.name()?.unwrap_or_default(),
            "version" => self.1 = value.name()?.unwrap_or_default(),
            _ => {}
        }
        Ok(())
    }
}

struct Document<'a> {
    feature: Feature<'a>,
}

impl Object for Document<'_> {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> std::result::Result<(), A::Error> {
        if name == "feature" {
            value.object(&mut self.feature)?;
        }
        Ok(())
    }
}

/// A feature, or a rule within it. Its name stands before its children.
struct Feature<'a> {
    known: &'a mut Known,
    most: usize,
    suite: Arc<str>,
}

impl Object for Feature<'_> {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> std::result::Result<(), A::Error> {
        match name {
            "name" => self.suite = nest::under(&self.suite, &value.name()?.unwrap_or_default()),
            "children" => {
                let feature = Feature { known: self.known, most: self.most, suite: Arc::clone(&self.suite) };
                value.each(&mut Child { feature })?;
            }
            _ => {}
        }
        Ok(())
    }
}

struct Child<'a> {
    feature: Feature<'a>,
}

impl Object for Child<'_> {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> std::result::Result<(), A::Error> {
        let Feature { known, most, suite } = &mut self.feature;
        match name {
            "rule" => value.object(&mut Feature { known, most: *most, suite: Arc::clone(suite) }),
            "scenario" => {
                let mut scenario = Scenario { known, most: *most, id: String::new(), line: Line::default() };
                value.object(&mut scenario)?;
                let (id, line) = (scenario.id, scenario.line.0);
                if known.scenarios.len() < *most {
                    known.scenarios.insert(id, Place { suite: Arc::clone(suite), line });
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

struct Scenario<'a> {
    known: &'a mut Known,
    most: usize,
    id: String,
    line: Line,
}

impl Object for Scenario<'_> {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> std::result::Result<(), A::Error> {
        match name {
            "id" => self.id = value.name()?.unwrap_or_default(),
            "location" => value.object(&mut self.line)?,
            "examples" => value.each(&mut Examples { known: self.known, most: self.most, header: Vec::new() })?,
            _ => {}
        }
        Ok(())
    }
}

#[derive(Default)]
struct Line(Option<u32>);

impl Object for Line {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> std::result::Result<(), A::Error> {
        if name == "line" {
            self.0 = value.line()?;
        }
        Ok(())
    }
}

/// A table of examples. Its header stands before its body.
struct Examples<'a> {
    known: &'a mut Known,
    most: usize,
    header: Vec<String>,
}

impl Object for Examples<'_> {
    fn begin(&mut self) {
        self.header.clear();
    }

    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> std::result::Result<(), A::Error> {
        match name {
            "tableHeader" => {
                let mut row = TableRow::default();
                value.object(&mut row)?;
                self.header = row.cells.into_iter().map(|cell| cell.0).take(CELLS).collect();
            }
            "tableBody" => value.each(&mut Rows { examples: self, row: TableRow::default() })?,
            _ => {}
        }
        Ok(())
    }
}

struct Rows<'a, 'b> {
    examples: &'a mut Examples<'b>,
    row: TableRow,
}

impl Object for Rows<'_, '_> {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> std::result::Result<(), A::Error> {
        self.row.member(name, value)
    }

    fn end(&mut self) {
        let TableRow { id, line, cells } = std::mem::take(&mut self.row);
        let Examples { known, most, header } = &mut *self.examples;
        if known.rows.len() < *most {
            let parameters = header.iter().cloned().zip(cells.into_iter().map(|cell| cell.0)).collect();
            known.rows.insert(id, Row { parameters, line: line.0 });
        }
    }
}

#[derive(Default)]
struct TableRow {
    id: String,
    line: Line,
    cells: Vec<Cell>,
}

impl Object for TableRow {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> std::result::Result<(), A::Error> {
        match name {
            "id" => self.id = value.name()?.unwrap_or_default(),
            "location" => value.object(&mut self.line)?,
            "cells" => self.cells = value.list()?,
            _ => {}
        }
        Ok(())
    }
}

#[derive(Default)]
struct Cell(String);

impl Object for Cell {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> std::result::Result<(), A::Error> {
        if name == "value" {
            self.0 = value.name()?.unwrap_or_default();
        }
        Ok(())
    }
}

#[derive(Default)]
struct Pickle {
    id: String,
    uri: Option<Arc<str>>,
    name: String,
    nodes: Vec<String>,
    tags: Vec<String>,
    steps: Vec<(String, String)>,
}

impl Object for Pickle {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> std::result::Result<(), A::Error> {
        match name {
            "id" => self.id = value.name()?.unwrap_or_default(),
            "uri" => self.uri = value.name()?.map(Into::into),
            "name" => self.name = value.name()?.unwrap_or_default(),
            "astNodeIds" => self.nodes = value.names()?,
            "tags" => self.tags = value.list::<Part>()?.into_iter().map(|part| part.text).collect(),
            "steps" => self.steps = value.list::<Part>()?.into_iter().map(|part| (part.id, part.text)).collect(),
            _ => {}
        }
        Ok(())
    }
}

/// A tag or a step of a pickle, or a step of a test case.
#[derive(Default)]
struct Part {
    id: String,
    text: String,
    pickle_step: String,
}

impl Object for Part {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> std::result::Result<(), A::Error> {
        match name {
            "id" => self.id = value.name()?.unwrap_or_default(),
            "name" | "text" => self.text = value.name()?.unwrap_or_default(),
            "pickleStepId" => self.pickle_step = value.name()?.unwrap_or_default(),
            _ => {}
        }
        Ok(())
    }
}

#[derive(Default)]
struct CaseMessage {
    id: String,
    pickle: String,
    steps: Vec<(String, String)>,
}

impl Object for CaseMessage {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> std::result::Result<(), A::Error> {
        match name {
            "id" => self.id = value.name()?.unwrap_or_default(),
            "pickleId" => self.pickle = value.name()?.unwrap_or_default(),
            "testSteps" => {
                self.steps = value.list::<Part>()?.into_iter().map(|part| (part.id, part.pickle_step)).collect();
            }
            _ => {}
        }
        Ok(())
    }
}

/// The members of every event of the run; each event has some of them.
#[derive(Default)]
struct Event {
    id: String,
    test_case: String,
    started: String,
    step: String,
    at_ms: Option<i64>,
    will_be_retried: bool,
    success: Option<bool>,
    result: StepResult,
    body: Option<String>,
    is_base64: bool,
    media_type: Option<String>,
}

impl Object for Event {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> std::result::Result<(), A::Error> {
        match name {
            "id" => self.id = value.name()?.unwrap_or_default(),
            "testCaseId" => self.test_case = value.name()?.unwrap_or_default(),
            "testCaseStartedId" => self.started = value.name()?.unwrap_or_default(),
            "testStepId" => self.step = value.name()?.unwrap_or_default(),
            "timestamp" => {
                let mut time = Nanoseconds::default();
                value.object(&mut time)?;
                self.at_ms = Some(time.0 / 1e6).filter(|ms| ms.abs() < 1e15 && *ms > 0.0).map(|ms| ms as i64);
            }
            "willBeRetried" => self.will_be_retried = value.flag()?.unwrap_or(false),
            "success" => self.success = value.flag()?,
            "testStepResult" | "result" => value.object(&mut self.result)?,
            "message" | "exception" => self.result.member(name, value)?,
            "body" => self.body = value.text()?,
            "contentEncoding" => self.is_base64 = value.name()?.as_deref() == Some("BASE64"),
            "mediaType" => self.media_type = value.name()?,
            _ => {}
        }
        Ok(())
    }
}

#[derive(Default)]
struct StepResult {
    result: Result,
    nanoseconds: f64,
    message: Option<String>,
    exception: Exception,
}

impl StepResult {
    fn detail(self) -> Option<Detail> {
        let Exception { kind, message, stack } = self.exception;
        match (message, stack) {
            (None, None) => {
                let detail = self.message.filter(|message| !message.is_empty()).map(stack::detail)?;
                Some(Detail { kind: kind.or(detail.kind), ..detail })
            }
            // The message beside the exception is its stack, in older versions.
            (message, stack) => stack::of_parts(kind, message, stack.or(self.message)),
        }
    }
}

impl Object for StepResult {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> std::result::Result<(), A::Error> {
        match name {
            "status" => self.result = value.name()?.as_deref().map(Result::of_word).unwrap_or_default(),
            "duration" => {
                let mut time = Nanoseconds::default();
                value.object(&mut time)?;
                self.nanoseconds = time.0;
            }
            "message" => self.message = value.text()?,
            "exception" => value.object(&mut self.exception)?,
            _ => {}
        }
        Ok(())
    }
}

#[derive(Default)]
struct Exception {
    kind: Option<String>,
    message: Option<String>,
    stack: Option<String>,
}

impl Object for Exception {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> std::result::Result<(), A::Error> {
        match name {
            "type" => self.kind = value.name()?,
            "message" => self.message = value.text()?,
            "stackTrace" => self.stack = value.text()?,
            _ => {}
        }
        Ok(())
    }
}

/// A time or a duration.
#[derive(Default)]
struct Nanoseconds(f64);

impl Object for Nanoseconds {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> std::result::Result<(), A::Error> {
        match name {
            "seconds" => self.0 += value.number()?.unwrap_or(0.0) * 1e9,
            "nanos" => self.0 += value.number()?.unwrap_or(0.0),
            _ => {}
        }
        Ok(())
    }

    fn scalar(&mut self, scalar: Scalar<'_>) {
        self.0 = scalar.number().unwrap_or(0.0);
    }
}

#[derive(Default)]
struct ParseError {
    source: Source,
    message: String,
}

impl Object for ParseError {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> std::result::Result<(), A::Error> {
        match name {
            "source" => value.object(&mut self.source)?,
            "message" => self.message = value.text()?.unwrap_or_default(),
            _ => {}
        }
        Ok(())
    }
}

#[derive(Default)]
struct Source {
    uri: Option<String>,
}

impl Object for Source {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> std::result::Result<(), A::Error> {
        if name == "uri" {
            self.uri = value.name()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Format, Limits, Look, look, read};
    use super::*;

    const SAMPLE: &str = r#"{"meta":{"protocolVersion":"30.0.0","implementation":{"name":"acme-cucumber","version":"3"}}}
{"gherkinDocument":{"uri":"shop.feature","feature":{"location":{"line":1},"keyword":"Feature","name":"Shop","children":[{"background":{"id":"b"}},{"rule":{"id":"r","name":"Stock","children":[{"scenario":{"id":"s1","location":{"line":4},"name":"buys","steps":[],"examples":[{"tableHeader":{"id":"h","cells":[{"value":"what"},{"value":"many"}]},"tableBody":[{"id":"row1","location":{"line":9},"cells":[{"value":"tea"},{"value":"2"}]}]}]}}]}},{"scenario":{"id":"s2","location":{"line":12},"name":"sells","examples":[]}}]}}}
{"pickle":{"id":"p1","uri":"shop.feature","name":"buys tea","astNodeIds":["s1","row1"],"steps":[{"id":"ps1","text":"it buys","astNodeIds":["x"]}],"tags":[{"name":"@fast"}]}}
{"pickle":{"id":"p2","uri":"shop.feature","name":"sells","astNodeIds":["s2"],"steps":[{"id":"ps2","text":"it sells"}],"tags":[]}}
{"testRunStarted":{"timestamp":{"seconds":1700000000,"nanos":500000000}}}
{"testCase":{"id":"c1","pickleId":"p1","testSteps":[{"id":"t0","hookId":"h"},{"id":"t1","pickleStepId":"ps1"}]}}
{"testCase":{"id":"c2","pickleId":"p2","testSteps":[{"id":"t2","pickleStepId":"ps2"}]}}
{"testCaseStarted":{"id":"a1","testCaseId":"c1","attempt":0,"timestamp":{"seconds":0,"nanos":0}}}
{"testStepFinished":{"testCaseStartedId":"a1","testStepId":"t0","testStepResult":{"status":"PASSED","duration":{"seconds":0,"nanos":1000000}}}}
{"testStepFinished":{"testCaseStartedId":"a1","testStepId":"t1","testStepResult":{"status":"FAILED","message":"sold out","exception":{"type":"StockError","message":"sold out","stackTrace":"StockError: sold out\nat x"},"duration":{"seconds":1,"nanos":500000000}}}}
{"testCaseFinished":{"testCaseStartedId":"a1","willBeRetried":true}}
{"testCaseStarted":{"id":"a2","testCaseId":"c1","attempt":1}}
{"attachment":{"testCaseStartedId":"a2","body":"hello","mediaType":"text/x.cucumber.log+plain","contentEncoding":"IDENTITY"}}
{"testStepFinished":{"testCaseStartedId":"a2","testStepId":"t1","testStepResult":{"status":"PASSED","duration":{"seconds":0,"nanos":2000000}}}}
{"testCaseFinished":{"testCaseStartedId":"a2","willBeRetried":false}}
{"testCaseStarted":{"id":"a3","testCaseId":"c2","attempt":0}}
{"testStepFinished":{"testCaseStartedId":"a3","testStepId":"t2","testStepResult":{"status":"UNDEFINED","duration":{"seconds":0,"nanos":0}}}}
{"testCaseFinished":{"testCaseStartedId":"a3","willBeRetried":false}}
{"testRunHookFinished":{"testRunHookStartedId":"z","result":{"status":"FAILED","message":"Error: no clean up"}}}
{"testRunFinished":{"success":false}}
"#;

    #[test]
    fn messages_are_told_and_read() {
        assert_eq!(look("x.ndjson", SAMPLE.as_bytes()), Look::Report(Format::CucumberMessages));
        let report = read(Format::CucumberMessages, &mut SAMPLE.as_bytes(), &Limits::default());
        assert_eq!(report.problems, []);
        assert_eq!((report.tool.as_deref(), report.started_at), (Some("acme-cucumber 3"), Some(1_700_000_000_500)));
        let [buys, sells, hook] = &report.cases[..] else { panic!("{:?}", report.cases) };
        assert_eq!((&*buys.suite, buys.name.as_str(), buys.line), ("Shop > Stock", "buys tea", Some(9)));
        assert_eq!(buys.parameters, [("what".into(), "tea".into()), ("many".into(), "2".into())]);
        assert!(buys.is_flaky());
        assert_eq!(buys.tries[0].duration_ms, Some(1501));
        assert_eq!(buys.tries[0].detail.as_ref().unwrap().kind.as_deref(), Some("StockError"));
        assert_eq!((buys.stdout.as_deref(), buys.duration_ms), (Some("hello\n"), Some(2)));
        assert_eq!((sells.status, sells.line), (Status::Failed, Some(12)));
        assert_eq!(sells.detail.as_ref().unwrap().message, "undefined: it sells");
        assert_eq!((hook.scope, hook.detail.as_ref().unwrap().message.as_str()), (Scope::Suite, "Error: no clean up"));
    }

    #[test]
    fn what_did_not_finish_is_an_error() {
        let cut = &SAMPLE[..SAMPLE.find("{\"testCaseFinished\":{\"testCaseStartedId\":\"a3\"").unwrap()];
        let report = read(Format::CucumberMessages, &mut cut.as_bytes(), &Limits::default());
        assert_eq!((report.cases.len(), report.cases[1].status), (2, Status::Errored));
        assert!(matches!(report.problems[..], [Problem::Interrupted { .. }]));
    }
}
