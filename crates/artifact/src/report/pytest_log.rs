//! pytest-reportlog: an event a line, one for each phase of a test.

use super::draft::{Held, detail_bytes};
use super::json::{Lines, Object, Scalar, Value};
use super::lines::head_lines;
use super::pytest::{Outcome, Test, case_of, interruption, skip_reason};
use super::pytest_json::collection_failure;
use super::{Case, Detail, Draft, Head, Input, Problem, Scope, Status};
use serde::de::MapAccess;
use std::collections::HashMap;

/// Whether this is one.
pub(super) fn detect(head: &Head) -> bool {
    let is_event = |line: &str| line.starts_with('{') && line.contains("\"$report_type\"");
    head_lines(head, 50).any(is_event)
}

/// One event.
#[derive(Default)]
struct Event {
    of: String,
    node: String,
    version: Option<String>,
    exit: Option<u64>,
    line: Option<u64>,
    outcome: String,
    when: String,
    seconds: Option<f64>,
    is_expected: bool,
    report: LongReport,
    sections: Vec<Vec<String>>,
    properties: Vec<Vec<String>>,
}

impl Object for Event {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "$report_type" => self.of = value.name()?.unwrap_or_default(),
            "nodeid" => self.node = value.name()?.unwrap_or_default(),
            "pytest_version" => self.version = value.name()?,
            "exitstatus" => self.exit = value.count()?,
            "location" => {
                let mut place = Place::default();
                value.each(&mut place)?;
                self.line = place.line;
            }
            "outcome" => self.outcome = value.name()?.unwrap_or_default(),
            "when" => self.when = value.name()?.unwrap_or_default(),
            "duration" => self.seconds = value.number()?,
            "wasxfail" => self.is_expected = true,
            "longrepr" => value.each(&mut self.report)?,
            "sections" => self.sections = value.rows()?,
            "user_properties" => self.properties = value.rows()?,
            _ => {}
        }
        Ok(())
    }
}

/// `["path", 12, "name"]`
#[derive(Default)]
struct Place {
    line: Option<u64>,
}

impl Object for Place {
    fn member<'de, A: MapAccess<'de>>(&mut self, _: &str, _: Value<'_, A>) -> Result<(), A::Error> {
        Ok(())
    }

    fn scalar(&mut self, scalar: Scalar<'_>) {
        if let Scalar::Whole(line) = scalar {
            self.line = Some(line);
        }
    }
}

/// Why: a text, or the place and reason of a skip, or a traceback.
#[derive(Default)]
struct LongReport {
    text: Option<String>,
    crash: Crash,
    traceback: Traceback,
}

#[derive(Default)]
struct Crash {
    message: Option<String>,
}

#[derive(Default)]
struct Traceback {
    entry: Entry,
}

#[derive(Default)]
struct Entry {
    text: String,
    data: EntryData,
}

#[derive(Default)]
struct EntryData {
    lines: Vec<String>,
    place: FileLine,
}

#[derive(Default)]
struct FileLine {
    path: String,
    line: Option<u64>,
    message: Option<String>,
}

impl Object for LongReport {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "reprcrash" => value.object(&mut self.crash)?,
            "reprtraceback" => value.object(&mut self.traceback)?,
            _ => {}
        }
        Ok(())
    }

    fn scalar(&mut self, scalar: Scalar<'_>) {
        if let Scalar::Text(_) = scalar {
            self.text = scalar.text();
        }
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

impl Object for Traceback {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        if name == "reprentries" { value.each(&mut self.entry) } else { Ok(()) }
    }
}

impl Object for Entry {
    fn begin(&mut self) {
        self.data = EntryData::default();
    }

    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        if name == "data" { value.object(&mut self.data) } else { Ok(()) }
    }

    fn end(&mut self) {
        // Far more than a text may keep, and it is cut there.
        if self.text.len() > 256 << 10 {
            return;
        }
        for line in &self.data.lines {
            self.text.push_str(line);
            self.text.push('\n');
        }
        let place = &self.data.place;
        if let (Some(line), false) = (place.line, place.path.is_empty()) {
            let message = place.message.as_deref().unwrap_or_default();
            self.text.push_str(&format!("\n{}:{line}: {message}\n", place.path));
        }
    }
}

impl Object for EntryData {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "lines" => self.lines = value.texts()?,
            "reprfileloc" => value.object(&mut self.place)?,
            _ => {}
        }
        Ok(())
    }
}

impl Object for FileLine {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "path" => self.path = value.name()?.unwrap_or_default(),
            "lineno" => self.line = value.count()?,
            "message" => self.message = value.name()?,
            _ => {}
        }
        Ok(())
    }
}

impl LongReport {
    fn detail(self, outcome: Outcome) -> Option<Detail> {
        if outcome == Outcome::Passed {
            return None;
        }
        if let Some(text) = self.text {
            let is_skip = outcome == Outcome::Skipped;
            let message = if is_skip { skip_reason(&text) } else { text };
            return Some(Detail { message, ..Detail::default() });
        }
        let entry = self.traceback.entry;
        let kind = entry.data.place.message.filter(|kind| !kind.is_empty() && !kind.contains(' '));
        let stack = Some(entry.text.trim_end().to_owned()).filter(|text| !text.is_empty());
        Some(Detail { kind, message: self.crash.message.unwrap_or_default(), stack })
    }
}

/// Reads one.
pub(super) fn read(input: Input, draft: &mut Draft) {
    let mut lines = Lines::new(input);
    let held = Held::new(draft.limits());
    let mut log = Log { draft, open: HashMap::new(), held, order: 0, has_finished: false };
    while let Some(line) = lines.next() {
        let mut event = Event::default();
        match line.and_then(|line| line.parse(&mut event)) {
            Ok(()) => log.take(event),
            Err(problem) => log.draft.problem(problem),
        }
    }
    log.finish();
}

/// A test that has begun.
struct Open {
    order: u64,
    held_bytes: usize,
    test: Test,
}

struct Log<'d> {
    draft: &'d mut Draft,
    /// Tests between their setup and their teardown, and where they stand in the order of beginning.
    open: HashMap<String, Open>,
    held: Held,
    order: u64,
    has_finished: bool,
}

impl Log<'_> {
    fn take(&mut self, event: Event) {
        match event.of.as_str() {
            "SessionStart" => {
                let version = event.version.unwrap_or_default();
                self.draft.set_tool(format!("pytest {version}").trim());
            }
            "SessionFinish" => {
                self.has_finished = true;
                if let Some(reason) = event.exit.and_then(interruption) {
                    self.draft.problem(Problem::Interrupted { reason });
                }
            }
            "CollectReport" => self.collected(event),
            "TestReport" => self.phase(event),
            _ => {}
        }
    }

    fn collected(&mut self, event: Event) {
        let outcome = Outcome::from_word(&event.outcome);
        let status = match outcome {
            Outcome::Failed => Status::Errored,
            Outcome::Skipped => Status::Skipped,
            Outcome::Passed | Outcome::Rerun => return,
        };
        let detail = match event.report.detail(outcome) {
            Some(detail) if status == Status::Errored && detail.stack.is_none() => {
                Some(collection_failure(detail.message))
            }
            other => other,
        };
        self.draft.push(Case { status, scope: Scope::Suite, detail, ..case_of(&event.node) });
    }

    fn phase(&mut self, event: Event) {
        let most = self.draft.limits();
        if self.open.len() >= most.cases && !self.open.contains_key(&event.node) {
            return;
        }
        let most = most.text_bytes;
        self.order += 1;
        let order = self.order;
        let begin = || Open { order, held_bytes: 0, test: Test::default() };
        let Open { held_bytes, test, .. } = self.open.entry(event.node.clone()).or_insert_with(begin);
        let outcome = Outcome::from_word(&event.outcome);
        test.line = event.line.and_then(|line| u32::try_from(line.saturating_add(1)).ok());
        // A test that was expected to fail reports as skipped when it does, and as passed when it does not.
        let detail = event.report.detail(outcome).map(|detail| expected(detail, event.is_expected));
        let detail = detail.map(|detail| hold(detail, held_bytes, &mut self.held));
        test.add_phase(&event.when, outcome, event.seconds.filter(|seconds| *seconds >= 0.0), detail);
        *held_bytes += add_sections(test, event.sections, most, &mut self.held);
        if event.when != "teardown" {
            return;
        }
        for pair in event.properties {
            if let [name, value] = &pair[..] {
                test.properties.push((name.clone(), value.clone()));
            }
        }
        if !test.end_try()
            && let Some(Open { test, held_bytes, .. }) = self.open.remove(&event.node)
        {
            self.held.give_back(held_bytes);
            self.draft.push(test.into_case(&event.node));
        }
    }

    fn finish(mut self) {
        if !self.has_finished {
            self.draft.problem(Problem::Truncated);
        }
        let mut left: Vec<(String, Open)> = self.open.drain().collect();
        left.sort_unstable_by_key(|(_, open)| open.order);
        for (node, Open { mut test, .. }) in left {
            test.break_off();
            self.draft.push(test.into_case(&node));
        }
    }
}

fn expected(detail: Detail, is_expected: bool) -> Detail {
    if is_expected && detail.message.is_empty() {
        return Detail { message: "expected to fail".to_owned(), ..detail };
    }
    detail
}

/// The detail, without its texts where no more may be held.
fn hold(detail: Detail, held_bytes: &mut usize, held: &mut Held) -> Detail {
    let bytes = detail_bytes(&detail);
    if held.take(bytes) {
        *held_bytes += bytes;
        return detail;
    }
    Detail { kind: detail.kind, ..Detail::default() }
}

/// Sections are told again with each phase: those of the last phase have them all. Gives the bytes that were added.
fn add_sections(test: &mut Test, sections: Vec<Vec<String>>, most: usize, held: &mut Held) -> usize {
    let mut bytes = 0;
    for section in sections {
        let [title, text] = &section[..] else { continue };
        let into = if title.contains("stderr") { &mut test.stderr } else { &mut test.stdout };
        let is_output = title.contains("stdout") || title.contains("stderr");
        if is_output && into.len() < most && !into.ends_with(text.as_str()) && held.take(text.len()) {
            into.push_str(text);
            bytes += text.len();
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::super::{Format, Limits, Report, read as read_report};
    use super::*;

    fn read_lines(lines: &[&str]) -> Report {
        let text = lines.join("\n") + "\n";
        assert!(detect(&Head::new("out.jsonl", text.as_bytes())), "not detected");
        read_report(Format::PytestLog, &mut text.as_bytes(), &Limits::default())
    }

    fn phase(when: &str, outcome: &str, more: &str) -> String {
        format!(
            r#"{{"$report_type":"TestReport","nodeid":"test_cart.py::test_pays","location":["test_cart.py",8,"test_pays"],
            "when":"{when}","outcome":"{outcome}","duration":0.1,"sections":[]{more}}}"#
        )
        .replace('\n', "")
    }

    const START: &str = r#"{"pytest_version":"9.0","$report_type":"SessionStart"}"#;
    const FINISH: &str = r#"{"exitstatus":1,"$report_type":"SessionFinish"}"#;
    const FAILURE: &str = r#","longrepr":{"reprcrash":{"path":"/w/a.py","lineno":9,"message":"assert 1 == 2"},
        "reprtraceback":{"reprentries":[{"type":"ReprEntry","data":{"lines":[">   assert 1 == 2"],
        "reprfileloc":{"path":"a.py","lineno":9,"message":"AssertionError"}}}]}},"sections":[["Captured stdout call","hello\n"]]"#;

    #[test]
    fn phases_make_one_case() {
        let report = read_lines(&[
            START,
            r#"{"$report_type":"CollectReport","nodeid":"test_ship.py","outcome":"failed","longrepr":"test_ship.py:1\nE   NameError: no"}"#,
            &phase("setup", "passed", ""),
            &phase("call", "failed", FAILURE),
            &phase("teardown", "passed", r#","user_properties":[["owner","shop"]]"#),
            FINISH,
        ]);
        let [ship, pays] = &report.cases[..] else { panic!("{:?}", report.cases) };
        assert_eq!((ship.scope, ship.status), (Scope::Suite, Status::Errored));
        assert_eq!(ship.detail.as_ref().unwrap().message, "NameError: no");
        assert_eq!((pays.name.as_str(), pays.status, pays.duration_ms), ("test_pays", Status::Failed, Some(300)));
        let detail = pays.detail.as_ref().unwrap();
        assert_eq!((detail.kind.as_deref(), detail.message.as_str()), (Some("AssertionError"), "assert 1 == 2"));
        assert_eq!(detail.stack.as_deref(), Some(">   assert 1 == 2\n\na.py:9: AssertionError"));
        assert_eq!((pays.line, pays.stdout.as_deref()), (Some(9), Some("hello\n")));
        assert_eq!(pays.properties, [("owner".to_owned(), "shop".to_owned())]);
        assert_eq!((report.tool.as_deref(), report.problems.len()), (Some("pytest 9.0"), 0));
    }

    #[test]
    fn a_rerun_is_a_try() {
        let report = read_lines(&[
            START,
            &phase("setup", "passed", ""),
            &phase("call", "rerun", FAILURE),
            &phase("teardown", "passed", ""),
            &phase("setup", "passed", ""),
            &phase("call", "passed", ""),
            &phase("teardown", "passed", ""),
            FINISH,
        ]);
        assert_eq!((report.cases.len(), report.cases[0].tries.len(), report.cases[0].is_flaky()), (1, 1, true));
    }

    #[test]
    fn a_log_that_breaks_off_is_not_green() {
        let report = read_lines(&[START, &phase("setup", "passed", "")]);
        assert_eq!((report.cases[0].status, &report.problems[..]), (Status::Errored, &[Problem::Truncated][..]));
    }

    #[test]
    fn skips_have_reasons() {
        let report = read_lines(&[
            START,
            &phase("setup", "skipped", r#","longrepr":["/w/a.py",3,"Skipped: no ship"]"#),
            &phase("teardown", "passed", ""),
            FINISH,
        ]);
        assert_eq!(report.cases[0].status, Status::Skipped);
        assert_eq!(report.cases[0].detail.as_ref().unwrap().message, "no ship");
    }
}
