//! Visual Studio TRX: results and the definitions of tests, which are joined by their ids.
//!
//! Results come before their definitions in today's files and behind them in old ones, so that the class of a case
//! is filled in when everything was read.

use super::draft::cut_name;
use super::xml::{Handler, Keep, MOST_ITEMS, Shared, Tag, first_line, instant_ms, non_empty, seconds_ms, walk};
use super::{Attachment, Case, Detail, Draft, Head, Input, Problem, Scope, Status};
use std::collections::HashMap;
use std::sync::Arc;

/// Bytes of an id at most; longer ones are no ids.
const ID_BYTES: usize = 64;

/// Whether this is one: CppUnit's root has the same name.
pub(super) fn detect(head: &Head) -> bool {
    let has = |text: &str| head.text.contains(text);
    head.root() == Some("TestRun") && (has("/TeamTest/") || has("<UnitTestResult") || has("<TestDefinitions"))
}

/// Reads one.
pub(super) fn read(input: Input, draft: &mut Draft) {
    walk(input, draft, &mut Trx::default());
}

/// What a test's definition tells.
struct Definition {
    class: Option<Arc<str>>,
    suite: Arc<str>,
}

/// A result that is open.
#[derive(Default)]
struct OpenResult {
    case: Case,
    test_id: String,
    folder: String,
    message: Option<String>,
    stack: Option<String>,
    /// Rows of a data-driven test, which are results in the result.
    rows: u64,
    failing_rows: u64,
}

#[derive(Default)]
struct Trx {
    open: Vec<OpenResult>,
    /// Which test a case is a result of.
    results: Vec<(usize, String)>,
    definitions: HashMap<String, Definition>,
    definition: Option<(String, Arc<str>)>,
    property: Option<String>,
    classes: Shared,
    suites: Shared,
    is_aborted: bool,
    is_error: bool,
    in_error_info: bool,
}

impl Handler for Trx {
    fn start(&mut self, tag: Tag, draft: &mut Draft) -> Keep {
        match tag.name {
            // Manual, generic and web tests have results of other names.
            name if is_result(name) => self.open.push(start_result(tag)),
            "UnitTest" => {
                let storage = tag.text("storage");
                let file = storage.rsplit(['/', '\\']).next().unwrap_or_default();
                self.definition = Some((tag.text("id"), self.suites.of(file).unwrap_or_default()));
            }
            "TestMethod" => self.define(tag, draft),
            "ErrorInfo" => self.in_error_info = true,
            "StdOut" | "StdErr" | "DebugTrace" => return Keep::End,
            "Message" | "StackTrace" | "Text" | "Key" | "Value" => return Keep::Start,
            "ResultFile" => self.attach(tag.text("path")),
            "A" => self.attach(tag.text("href")),
            "Times" => set_times(tag, draft),
            "Counters" => set_claim(tag, draft),
            "ResultSummary" => {
                self.is_aborted |= matches!(&*tag.text("outcome"), "Aborted" | "Timeout" | "Disconnected")
            }
            "RunInfo" => self.is_error = tag.text("outcome") == "Error",
            _ => {}
        }
        Keep::Nothing
    }

    fn end(&mut self, name: &str, text: Option<String>, draft: &mut Draft) {
        let text = text.and_then(non_empty);
        match name {
            name if is_result(name) => self.end_result(draft),
            "UnitTest" => self.definition = None,
            "ErrorInfo" => self.in_error_info = false,
            "Text" => self.run_info(text.unwrap_or_default(), draft),
            "Key" => self.property = text,
            "ResultSummary" if self.is_aborted => {
                draft.problem(Problem::Interrupted { reason: "the test run was aborted".into() });
            }
            _ => self.result_text(name, text),
        }
    }

    fn finish(&mut self, draft: &mut Draft) {
        let cases = draft.cases_mut();
        for (place, id) in &self.results {
            let (Some(case), Some(definition)) = (cases.get_mut(*place), self.definitions.get(id)) else { continue };
            case.suite = definition.suite.clone();
            if let Some(class) = &definition.class {
                shorten(&mut case.name, class);
                case.class = Some(class.clone());
            }
        }
    }
}

impl Trx {
    fn define(&mut self, tag: Tag, draft: &Draft) {
        let Some((id, suite)) = &self.definition else { return };
        if id.len() > ID_BYTES || self.definitions.len() > draft.limits().cases {
            return;
        }
        let most = draft.limits().name_bytes;
        // An assembly's qualified name follows the class in old files.
        let mut class = tag.text("className");
        class.truncate(class.find(", ").unwrap_or(class.len()));
        cut_name(&mut class, most);
        let mut suite = suite.clone();
        if suite.len() > most {
            suite = suite[..suite.floor_char_boundary(most)].into();
        }
        self.definitions.insert(id.clone(), Definition { class: self.classes.of(&class), suite });
    }

    fn end_result(&mut self, draft: &mut Draft) {
        let Some(mut open) = self.open.pop() else { return };
        let mut case = open.case;
        if open.message.is_some() || open.stack.is_some() {
            let message = open.message.take().unwrap_or_default();
            case.detail = Some(Detail { kind: exception(&message), message, stack: open.stack.take() });
        }
        if let Some(parent) = self.open.last_mut() {
            parent.rows += 1;
            parent.failing_rows += u64::from(case.status.is_failing());
        }
        if open.rows > 0 {
            // The rows are the cases. What failed around them is not one of them.
            if open.failing_rows > 0 || !case.status.is_failing() {
                return;
            }
            case.scope = Scope::Suite;
        }
        let place = draft.cases_mut().len();
        draft.push(case);
        if draft.cases_mut().len() > place && open.test_id.len() <= ID_BYTES {
            self.results.push((place, open.test_id));
        }
    }

    fn result_text(&mut self, name: &str, text: Option<String>) {
        let (Some(open), Some(text)) = (self.open.last_mut(), text) else { return };
        match name {
            "Message" if self.in_error_info => open.message = Some(text),
            "StackTrace" if self.in_error_info => open.stack = Some(text),
            "StdOut" => open.case.stdout = Some(text),
            "StdErr" => open.case.stderr = Some(text),
            "DebugTrace" | "Message" if open.case.stdout.is_none() => open.case.stdout = Some(text),
            _ => {}
        }
    }

    fn run_info(&mut self, text: String, draft: &mut Draft) {
        let is_broken_off = text.contains("aborted") || text.contains("crashed");
        if std::mem::take(&mut self.is_error) && is_broken_off {
            self.is_aborted = false;
            draft.problem(Problem::Interrupted { reason: first_line(&text).chars().take(300).collect() });
        }
    }

    fn attach(&mut self, path: String) {
        let Some(open) = self.open.last_mut() else { return };
        if path.is_empty() || open.case.attachments.len() > MOST_ITEMS {
            return;
        }
        let name = path.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
        let path = if open.folder.is_empty() { path } else { format!("{}/{path}", open.folder) };
        open.case.attachments.push(Attachment { name, path, media_type: None });
    }
}

fn is_result(name: &str) -> bool {
    matches!(name, "UnitTestResult" | "TestResult" | "GenericTestResult" | "WebTestResult" | "ManualTestResult")
}

fn start_result(tag: Tag) -> OpenResult {
    let mut open = OpenResult::default();
    // Old writers leave out what is their default: an error.
    open.case.status = Status::Errored;
    for (key, value) in tag.attributes() {
        match key {
            "testName" => open.case.name = value.text(),
            "testId" => open.test_id = value.text(),
            "duration" => open.case.duration_ms = seconds_ms(&value.cow()),
            "outcome" => open.case.status = status(&value.cow()),
            "relativeResultsDirectory" => open.folder = value.text(),
            _ => {}
        }
    }
    open
}

fn status(outcome: &str) -> Status {
    match outcome {
        "Passed" | "PassedButRunAborted" | "Completed" | "Warning" => Status::Passed,
        "Failed" => Status::Failed,
        "NotExecuted" | "Inconclusive" | "NotRunnable" | "Pending" => Status::Skipped,
        _ => Status::Errored,
    }
}

/// `System.Exception : message` and `Test method A.B threw exception: System.Exception: message` tell the type.
fn exception(message: &str) -> Option<String> {
    let line = first_line(message);
    let line = line.split_once(" threw exception: ").map_or(line, |(_, rest)| rest);
    let (word, _) = line.split_once(':')?;
    let word = word.trim();
    let is_type = word.ends_with("Exception")
        && word.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '.' | '_' | '+'));
    is_type.then(|| word.to_owned())
}

/// Leaves the class out of a full name.
pub(super) fn shorten(name: &mut String, class: &str) {
    if name.strip_prefix(class).is_some_and(|rest| rest.len() > 1 && rest.starts_with('.')) {
        name.drain(..=class.len());
    }
}

fn set_times(tag: Tag, draft: &mut Draft) {
    let at = |key| tag.get(key).and_then(|text| instant_ms(&text.cow()));
    if let Some(start) = at("start") {
        draft.set_started_at(start);
        if let Some(duration_ms) = at("finish").and_then(|finish| u64::try_from(finish - start).ok()) {
            draft.set_duration_ms(duration_ms);
        }
    }
}

fn set_claim(tag: Tag, draft: &mut Draft) {
    let claim = draft.claim_mut();
    claim.total = tag.number("total");
    claim.failed = tag.number("failed");
    claim.errored = tag.number("error");
    claim.skipped = tag.number("notExecuted");
}

#[cfg(test)]
mod tests {
    use super::super::xml::tests::sample;
    use super::super::{Format, Problem, Scope, Status};

    const HEAD: &str = "<TestRun xmlns='http://microsoft.com/schemas/VisualStudio/TeamTest/2010'>";

    #[test]
    fn results_are_joined_with_their_definitions() {
        let report = sample(
            Format::Trx,
            &format!(
                "{HEAD}<Times start='2024-01-01T00:00:00Z' finish='2024-01-01T00:00:02Z'/><Results>\
                 <UnitTestResult testId='1' testName='N.C.Fails' outcome='Failed' duration='00:00:01.5' relativeResultsDirectory='d'>\
                 <Output><StdOut>out</StdOut><ErrorInfo><Message>System.IO.IOException : no</Message><StackTrace>at x</StackTrace>\
                 </ErrorInfo></Output><ResultFiles><ResultFile path='a.png'/></ResultFiles></UnitTestResult>\
                 <UnitTestResult testId='2' testName='Skips' outcome='NotExecuted'/></Results><TestDefinitions>\
                 <UnitTest id='1' storage='c:\\x\\t.dll'><TestMethod className='N.C, t, Version=1' name='Fails'/></UnitTest>\
                 </TestDefinitions></TestRun>"
            ),
        );
        let [fails, skips] = &report.cases[..] else { panic!() };
        assert_eq!((&*fails.suite, fails.class.as_deref(), fails.name.as_str()), ("t.dll", Some("N.C"), "Fails"));
        assert_eq!(
            (fails.status, fails.duration_ms, fails.stdout.as_deref()),
            (Status::Failed, Some(1500), Some("out"))
        );
        let detail = fails.detail.as_ref().unwrap();
        assert_eq!((detail.kind.as_deref(), detail.stack.as_deref()), (Some("System.IO.IOException"), Some("at x")));
        assert_eq!((fails.attachments[0].name.as_str(), fails.attachments[0].path.as_str()), ("a.png", "d/a.png"));
        assert_eq!((skips.status, report.duration_ms), (Status::Skipped, Some(2000)));
    }

    #[test]
    fn rows_are_the_cases_of_a_data_driven_test() {
        let report = sample(
            Format::Trx,
            &format!(
                "{HEAD}<Results><UnitTestResult testName='T' outcome='Failed'><InnerResults>\
                 <UnitTestResult testName='T (1)' outcome='Passed'/><UnitTestResult testName='T (2)' outcome='Failed'/>\
                 </InnerResults></UnitTestResult></Results></TestRun>"
            ),
        );
        assert_eq!(report.cases.iter().map(|case| case.name.as_str()).collect::<Vec<_>>(), ["T (1)", "T (2)"]);
        assert!(report.cases.iter().all(|case| case.scope == Scope::Case));
    }

    #[test]
    fn a_crash_of_the_host_is_told() {
        let report = sample(
            Format::Trx,
            &format!(
                "{HEAD}<ResultSummary outcome='Failed'><RunInfos><RunInfo outcome='Error'><Text>The active test run was \
                 aborted. Reason: Test host process crashed</Text></RunInfo></RunInfos></ResultSummary></TestRun>"
            ),
        );
        assert!(matches!(&report.problems[..], [Problem::Interrupted { reason }] if reason.contains("crashed")));
    }
}
