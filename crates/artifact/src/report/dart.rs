//! Machine output of Dart's and Flutter's test runner: an event a line.

use super::draft::{Held, detail_bytes};
use super::json::{Lines, Object, Value};
use super::lines::{Tail, head_lines};
use super::{Case, Detail, Draft, Head, Input, Problem, Scope, Status, Try};
use serde::de::MapAccess;
use std::collections::HashMap;
use std::sync::Arc;

/// Whether this is one.
pub(super) fn detect(head: &Head) -> bool {
    head_lines(head, 50).any(|line| {
        ["{\"", "\"protocolVersion\":", "\"runnerVersion\":", "\"type\":\"start\""]
            .iter()
            .all(|mark| line.contains(mark))
    })
}

/// One event, whatever it is of.
#[derive(Default)]
struct Event {
    of: String,
    time: Option<u64>,
    test_id: Option<u64>,
    runner: Option<String>,
    success: Option<bool>,
    result: String,
    skipped: bool,
    hidden: bool,
    is_failure: bool,
    error: Option<String>,
    trace: Option<String>,
    message: Option<String>,
    thing: Thing,
}

/// A suite, a group or a test.
#[derive(Default)]
struct Thing {
    id: Option<u64>,
    suite: Option<u64>,
    parent: Option<u64>,
    groups: Ids,
    name: String,
    path: Option<String>,
    platform: Option<String>,
    line: Option<u32>,
    root_line: Option<u32>,
    metadata: Metadata,
}

#[derive(Default)]
struct Metadata {
    reason: Option<String>,
}

#[derive(Default)]
struct Ids(Vec<u64>);

impl Object for Event {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "type" => self.of = value.name()?.unwrap_or_default(),
            "time" => self.time = value.count()?,
            "testID" => self.test_id = value.count()?,
            "runnerVersion" => self.runner = value.name()?,
            "success" => self.success = value.flag()?,
            "result" => self.result = value.name()?.unwrap_or_default(),
            "skipped" => self.skipped = value.flag()?.unwrap_or_default(),
            "hidden" => self.hidden = value.flag()?.unwrap_or_default(),
            "isFailure" => self.is_failure = value.flag()?.unwrap_or_default(),
            "error" => self.error = value.text()?,
            "stackTrace" => self.trace = value.text()?,
            "message" => self.message = value.text()?,
            "suite" | "group" | "test" => value.object(&mut self.thing)?,
            _ => {}
        }
        Ok(())
    }
}

impl Object for Thing {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "id" => self.id = value.count()?,
            "suiteID" => self.suite = value.count()?,
            "parentID" => self.parent = value.count()?,
            "groupIDs" => value.each(&mut self.groups)?,
            "name" => self.name = value.name()?.unwrap_or_default(),
            "path" => self.path = value.name()?,
            "platform" => self.platform = value.name()?,
            "line" => self.line = value.line()?,
            // Where the test is in its own file, for tests declared by a function of another.
            "root_line" => self.root_line = value.line()?,
            "metadata" => value.object(&mut self.metadata)?,
            _ => {}
        }
        Ok(())
    }
}

impl Object for Metadata {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        if name == "skipReason" {
            self.reason = value.text()?;
        }
        Ok(())
    }
}

impl Object for Ids {
    fn member<'de, A: MapAccess<'de>>(&mut self, _: &str, _: Value<'_, A>) -> Result<(), A::Error> {
        Ok(())
    }

    fn scalar(&mut self, scalar: super::json::Scalar<'_>) {
        if self.0.len() < 1000 {
            self.0.extend(scalar.count());
        }
    }
}

struct Suite {
    path: Arc<str>,
    platform: Option<String>,
}

/// A group: its name as the runner composes it, and its path.
struct Group {
    name: String,
    path: Arc<str>,
}

/// A test that has begun.
struct Open {
    began: u64,
    case: Case,
    errors: Vec<(Status, Detail)>,
    output: Tail,
    held_bytes: usize,
}

/// Reads one.
pub(super) fn read(input: Input, draft: &mut Draft) {
    let mut lines = Lines::new(input);
    let held = Held::new(draft.limits());
    let mut run =
        Run { draft, suites: HashMap::new(), groups: HashMap::new(), open: HashMap::new(), held, done: false };
    while let Some(line) = lines.next() {
        let parsed = line.and_then(|line| {
            let mut event = Event::default();
            // Flutter's own events are arrays, and programs print in between.
            if line.text.starts_with('{') { line.parse(&mut event).map(|()| event) } else { Ok(event) }
        });
        match parsed {
            Ok(event) => run.take(event),
            Err(problem) => run.draft.problem(problem),
        }
    }
    run.finish();
}

struct Run<'d> {
    draft: &'d mut Draft,
    suites: HashMap<u64, Suite>,
    groups: HashMap<u64, Group>,
    open: HashMap<u64, Open>,
    held: Held,
    done: bool,
}

impl Run<'_> {
    fn take(&mut self, event: Event) {
        match event.of.as_str() {
            "start" => {
                let version = event.runner.unwrap_or_default();
                self.draft.set_tool(format!("Dart test {version}").trim());
            }
            "suite" if self.suites.len() < self.draft.limits().cases => self.suite(event.thing),
            "group" if self.groups.len() < self.draft.limits().cases => self.group(event.thing),
            "testStart" if self.open.len() < self.draft.limits().cases => self.start(event),
            "error" => self.error(event),
            "print" => self.print(event),
            "testDone" => self.test_done(&event),
            "done" => self.end(&event),
            _ => {}
        }
    }

    fn suite(&mut self, thing: Thing) {
        let Some(id) = thing.id else { return };
        let path = thing.path.unwrap_or_default().replace('\\', "/");
        self.suites.insert(id, Suite { path: path.into(), platform: thing.platform });
    }

    fn group(&mut self, thing: Thing) {
        let Some(id) = thing.id else { return };
        let parent = thing.parent.and_then(|parent| self.groups.get(&parent));
        let outer = parent.map(|parent| parent.path.clone()).or_else(|| self.path_of(thing.suite)).unwrap_or_default();
        let title = without_prefix(&thing.name, parent.map_or("", |parent| &parent.name));
        let mut path = super::nest::under(&outer, title).to_string();
        super::draft::cut_name(&mut path, self.draft.limits().name_bytes * 2);
        self.groups.insert(id, Group { path: path.into(), name: thing.name });
    }

    fn path_of(&self, suite: Option<u64>) -> Option<Arc<str>> {
        self.suites.get(&suite?).map(|suite| suite.path.clone())
    }

    fn start(&mut self, event: Event) {
        let test = event.thing;
        let Some(id) = test.id else { return };
        let suite = test.suite.and_then(|id| self.suites.get(&id));
        let file = suite.map(|suite| suite.path.clone());
        let group = test.groups.0.last().and_then(|id| self.groups.get(id));
        let name = without_prefix(&test.name, group.map_or("", |group| &group.name));
        // The runner's own tests: loading a file, and what is done before and after all.
        let is_own = test.groups.0.is_empty() && test.name.starts_with("loading ");
        let is_hook = name == "(setUpAll)" || name == "(tearDownAll)";
        let platform = suite.and_then(|suite| suite.platform.clone()).filter(|platform| platform != "vm");
        let case = Case {
            suite: group.map(|group| group.path.clone()).or_else(|| file.clone()).unwrap_or_default(),
            name: name.to_owned(),
            line: test.root_line.or(test.line),
            variant: platform.map(|platform| ("platform".to_owned(), platform)).into_iter().collect(),
            scope: if is_own || is_hook { Scope::Suite } else { Scope::Case },
            detail: test.metadata.reason.map(|message| Detail { message, ..Detail::default() }),
            file,
            ..Case::default()
        };
        let began = event.time.unwrap_or(0);
        self.open.insert(id, Open { began, case, errors: Vec::new(), output: Tail::default(), held_bytes: 0 });
    }

    fn error(&mut self, event: Event) {
        let most = self.draft.limits().items;
        let Some(open) = event.test_id.and_then(|id| self.open.get_mut(&id)) else { return };
        if open.errors.len() < most {
            let message = event.error.unwrap_or_default().trim_end().to_owned();
            let kind = kind(&message);
            let stack = event.trace.filter(|trace| !trace.is_empty());
            let status = if event.is_failure { Status::Failed } else { Status::Errored };
            let detail = Detail { kind, message, stack };
            let bytes = detail_bytes(&detail);
            if self.held.take(bytes) {
                open.held_bytes += bytes;
                open.errors.push((status, detail));
            } else {
                open.errors.push((status, Detail { kind: detail.kind, ..Detail::default() }));
            }
        }
    }

    fn print(&mut self, event: Event) {
        let most = self.draft.limits().text_bytes;
        let Some(open) = event.test_id.and_then(|id| self.open.get_mut(&id)) else { return };
        // What a tail holds grows by that at most.
        let bytes = event.message.as_ref().map_or(0, |message| message.len().min(most) + 1);
        if let Some(message) = event.message.filter(|_| self.held.take(bytes)) {
            let before = open.output.as_str().len();
            open.output.push_line(&message, most);
            let kept = open.output.as_str().len().saturating_sub(before).min(bytes);
            self.held.give_back(bytes - kept);
            open.held_bytes += kept;
        }
    }

    fn test_done(&mut self, event: &Event) {
        let Some(mut open) = event.test_id.and_then(|id| self.open.remove(&id)) else { return };
        let status = match event.result.as_str() {
            _ if event.skipped => Status::Skipped,
            "success" => Status::Passed,
            "failure" => Status::Failed,
            _ => Status::Errored,
        };
        // Loading a file and the like count where they fail only.
        if (event.hidden || open.case.scope == Scope::Suite) && !status.is_failing() {
            return;
        }
        open.case.duration_ms = event.time.and_then(|time| time.checked_sub(open.began));
        self.give(open, status);
    }

    fn give(&mut self, open: Open, status: Status) {
        let Open { mut case, mut errors, output, held_bytes, .. } = open;
        self.held.give_back(held_bytes);
        case.status = status;
        match status {
            Status::Skipped => {}
            // A test that is run again reports what failed before.
            Status::Passed => {
                let earlier = |(status, detail)| Try { status, duration_ms: None, detail: Some(detail) };
                case.tries = errors.into_iter().map(earlier).collect();
                case.detail = None;
            }
            Status::Failed | Status::Errored => {
                let rest = errors.split_off(errors.len().min(1));
                case.detail = errors.pop().map(|(_, detail)| with_rest(detail, &rest));
                case.stdout = output.text();
            }
        }
        self.draft.push(case);
    }

    fn end(&mut self, event: &Event) {
        self.done = true;
        if let Some(time) = event.time {
            self.draft.set_duration_ms(time);
        }
        if event.success.is_none() {
            let reason = "the runner was stopped before it was done".to_owned();
            self.draft.problem(Problem::Interrupted { reason });
        }
    }

    fn finish(mut self) {
        if !self.done {
            self.draft.problem(Problem::Truncated);
        }
        let mut left: Vec<(u64, Open)> = self.open.drain().collect();
        left.sort_unstable_by_key(|(id, _)| *id);
        for (_, mut open) in left {
            if open.errors.is_empty() {
                let message = "the test did not end".to_owned();
                open.errors.push((Status::Errored, Detail { message, ..Detail::default() }));
            }
            self.give(open, Status::Errored);
        }
    }
}

/// A runner composes names: what a test is called without the name of its group.
fn without_prefix<'n>(name: &'n str, prefix: &str) -> &'n str {
    match name.strip_prefix(prefix).map(str::trim_start) {
        Some(rest) if !rest.is_empty() => rest,
        _ => name,
    }
}

/// The class in front of the message, where it is the name of an error.
fn kind(message: &str) -> Option<String> {
    let end = message.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(message.len());
    let word = &message[..end];
    (word.ends_with("Exception") || word.ends_with("Error") || word == "TestFailure").then(|| word.to_owned())
}

fn with_rest(mut detail: Detail, rest: &[(Status, Detail)]) -> Detail {
    for (_, other) in rest {
        let stack = detail.stack.get_or_insert_default();
        for text in [Some(&other.message), other.stack.as_ref()].into_iter().flatten() {
            stack.push('\n');
            stack.push_str(text);
        }
    }
    detail
}

#[cfg(test)]
mod tests {
    use super::super::{Format, Limits, Report, read as read_report};
    use super::*;

    fn read_lines(lines: &[&str]) -> Report {
        let start = r#"{"protocolVersion":"0.1.1","runnerVersion":"1.25.3","pid":1,"type":"start","time":0}"#;
        let suite = r#"{"suite":{"id":0,"platform":"vm","path":"test/cart_test.dart"},"type":"suite","time":0}"#;
        let groups = r#"{"group":{"id":2,"suiteID":0,"parentID":null,"name":""},"type":"group","time":1}
{"group":{"id":3,"suiteID":0,"parentID":2,"name":"Cart"},"type":"group","time":1}"#;
        let text = [&[start, suite, groups], lines].concat().join("\n") + "\n";
        assert!(detect(&Head::new("out.json", text.as_bytes())), "not detected");
        read_report(Format::Dart, &mut text.as_bytes(), &Limits::default())
    }

    const LOADING: &str = r#"{"test":{"id":1,"name":"loading test/cart_test.dart","suiteID":0,"groupIDs":[]},"type":"testStart","time":1}"#;
    const PAYS: &str = r#"{"test":{"id":4,"name":"Cart pays","suiteID":0,"groupIDs":[2,3],"line":9,"metadata":{"skip":false}},"type":"testStart","time":10}"#;

    #[test]
    fn tests_carry_their_groups_errors_and_prints() {
        let report = read_lines(&[
            LOADING,
            r#"{"testID":1,"result":"success","skipped":false,"hidden":true,"type":"testDone","time":5}"#,
            PAYS,
            r#"{"testID":4,"message":"hello","type":"print","time":11}"#,
            r#"{"testID":4,"error":"StateError: no money","stackTrace":"cart_test.dart 9:3","isFailure":false,"type":"error","time":12}"#,
            r#"{"testID":4,"result":"error","skipped":false,"hidden":false,"type":"testDone","time":15}"#,
            r#"{"test":{"id":5,"name":"Cart ships","suiteID":0,"groupIDs":[2,3],"metadata":{"skip":true,"skipReason":"no ship"}},"type":"testStart","time":16}"#,
            r#"{"testID":5,"result":"success","skipped":true,"hidden":false,"type":"testDone","time":16}"#,
            r#"{"success":false,"type":"done","time":20}"#,
        ]);
        assert_eq!(report.problems, []);
        let [pays, ships] = &report.cases[..] else { panic!("{:?}", report.cases) };
        assert_eq!((pays.suite.as_ref(), pays.name.as_str()), ("test/cart_test.dart > Cart", "pays"));
        assert_eq!((pays.status, pays.duration_ms, pays.line), (Status::Errored, Some(5), Some(9)));
        assert_eq!(pays.detail.as_ref().unwrap().kind.as_deref(), Some("StateError"));
        assert_eq!(pays.stdout.as_deref(), Some("hello"));
        assert_eq!((ships.status, ships.detail.as_ref().unwrap().message.as_str()), (Status::Skipped, "no ship"));
    }

    #[test]
    fn a_file_that_does_not_load_is_a_failure_of_the_suite() {
        let report = read_lines(&[
            LOADING,
            r#"{"testID":1,"error":"Failed to load","isFailure":false,"type":"error","time":2}"#,
            r#"{"testID":1,"result":"error","skipped":false,"hidden":false,"type":"testDone","time":5}"#,
            r#"{"success":false,"type":"done","time":20}"#,
        ]);
        assert_eq!((report.cases[0].scope, report.cases[0].status), (Scope::Suite, Status::Errored));
    }

    #[test]
    fn a_test_without_an_end_is_an_error() {
        let report = read_lines(&[PAYS]);
        assert_eq!((report.cases[0].status, &report.problems[..]), (Status::Errored, &[Problem::Truncated][..]));
    }
}
