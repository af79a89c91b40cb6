//! Boost.Test XML: the log, which has what went wrong, and the report, which has outcomes alone.

use super::xml::{Handler, Keep, Shared, Tag, add_output, extend_detail, first_line, suite_path, walk};
use super::{Case, Detail, Draft, Head, Input, Problem, Scope, Status};
use std::sync::Arc;

/// Whether this is one.
pub(super) fn detect(head: &Head) -> bool {
    matches!(head.root(), Some("TestLog" | "TestResult"))
}

/// Reads one.
pub(super) fn read(input: Input, draft: &mut Draft) {
    walk(input, draft, &mut Boost::default());
}

#[derive(Default)]
struct Boost {
    suites: Vec<Arc<str>>,
    case: Option<Case>,
    /// An entry of the log that is open.
    entry: Option<Status>,
    files: Shared,
    /// Both in one stream tell of the same tests.
    has_log: bool,
    is_report: bool,
}

impl Handler for Boost {
    fn start(&mut self, tag: Tag, draft: &mut Draft) -> Keep {
        match tag.name {
            "TestLog" => (self.has_log, self.is_report) = (true, false),
            "TestResult" => self.is_report = true,
            "TestSuite" => self.start_suite(&tag.text("name")),
            "TestCase" if !(self.is_report && self.has_log) => self.start_case(tag),
            "BuildInfo" => draft.set_tool(&format!("Boost.Test {}", tag.text("boost"))),
            "Error" | "FatalError" | "Exception" => {
                self.entry = Some(if tag.name == "Error" { Status::Failed } else { Status::Errored });
                self.place(tag);
                return Keep::Start;
            }
            "Message" | "Warning" if self.case.is_some() => return Keep::Start,
            "TestingTime" => return Keep::Start,
            _ => {}
        }
        Keep::Nothing
    }

    fn end(&mut self, name: &str, text: Option<String>, draft: &mut Draft) {
        match name {
            "TestSuite" => {
                self.suites.pop();
            }
            "TestCase" => {
                if let Some(case) = self.case.take() {
                    draft.push(case);
                }
            }
            "Error" | "FatalError" | "Exception" => self.end_entry(text.unwrap_or_default(), draft),
            "Message" | "Warning" => {
                if let Some(case) = &mut self.case {
                    add_output(&mut case.stdout, text.unwrap_or_default().trim());
                    add_output(&mut case.stdout, "\n");
                }
            }
            "TestingTime" => {
                if let (Some(case), Some(text)) = (&mut self.case, text) {
                    case.duration_ms = text.trim().parse::<u64>().ok().map(|micros| micros / 1000);
                }
            }
            _ => {}
        }
    }

    fn finish(&mut self, draft: &mut Draft) {
        // The log is written as the tests run: a crash leaves the test open in which it happened.
        if let Some(mut case) = self.case.take() {
            case.status = Status::Errored;
            draft.problem(Problem::Interrupted {
                reason: first_line(&format!("in '{}'", case.name)).chars().take(300).collect(),
            });
            draft.push(case);
        }
    }
}

impl Boost {
    fn start_suite(&mut self, name: &str) {
        let path = suite_path(self.suites.last(), name);
        self.suites.push(path);
    }

    fn start_case(&mut self, tag: Tag) {
        let mut case = Case { suite: self.suites.last().cloned().unwrap_or_default(), ..Case::default() };
        let mut reason = None;
        for (key, value) in tag.attributes() {
            match key {
                "name" => case.name = value.text(),
                "file" => case.file = self.files.of(&value.cow()),
                "line" => case.line = value.number().and_then(|line| u32::try_from(line).ok()),
                "skipped" if value.cow() == "yes" => case.status = Status::Skipped,
                "reason" => reason = value.some(),
                "result" => case.status = result(&value.cow()),
                _ => {}
            }
        }
        if case.status == Status::Skipped {
            case.detail = reason.map(|message| Detail { message, ..Detail::default() });
        }
        self.case = Some(case);
    }

    /// Where the first failure of a case is, for logs that do not say where the case is.
    fn place(&mut self, tag: Tag) {
        let Some(case) = self.case.as_mut().filter(|case| case.file.is_none()) else { return };
        let file = tag.text("file");
        if file != "unknown location" {
            case.file = self.files.of(&file);
            case.line = tag.number("line").and_then(|line| u32::try_from(line).ok());
        }
    }

    fn end_entry(&mut self, text: String, draft: &mut Draft) {
        let Some(status) = self.entry.take() else { return };
        let text = text.trim();
        let message = first_line(text).to_owned();
        let detail = Detail { kind: None, stack: (message.len() < text.len()).then(|| text.to_owned()), message };
        let Some(case) = &mut self.case else {
            return self.fail_suite(status, detail, draft);
        };
        case.status = if case.status.is_failing() { case.status.max(status) } else { status };
        match &mut case.detail {
            Some(first) => extend_detail(first, detail, draft.limits().text_bytes),
            none => *none = Some(detail),
        }
    }

    /// A fixture of a suite failed.
    fn fail_suite(&mut self, status: Status, detail: Detail, draft: &mut Draft) {
        let suite = self.suites.last().cloned().unwrap_or_default();
        let name = suite.rsplit(" > ").next().unwrap_or_default().to_owned();
        draft.push(Case { suite, name, status, scope: Scope::Suite, detail: Some(detail), ..Case::default() });
    }
}

fn result(word: &str) -> Status {
    match word {
        "passed" => Status::Passed,
        "failed" => Status::Failed,
        "skipped" => Status::Skipped,
        _ => Status::Errored,
    }
}

#[cfg(test)]
mod tests {
    use super::super::xml::tests::sample;
    use super::super::{Format, Problem, Status};

    #[test]
    fn a_log_is_read() {
        let report = sample(
            Format::Boost,
            "<TestLog><BuildInfo boost='1.80'/><TestSuite name='M'><TestSuite name='S' file='t.cpp' line='1'>\
             <TestCase name='ok' file='t.cpp' line='3'><Info>check passed</Info><Message>hello</Message><TestingTime>2500</TestingTime></TestCase>\
             <TestCase name='bad'><Error file='t.cpp' line='9'>a != b</Error><Error file='t.cpp' line='10'>c != d</Error></TestCase>\
             <TestCase name='dead'><Exception file='unknown location' line='0'><![CDATA[SIGABRT]]><LastCheckpoint>here</LastCheckpoint></Exception></TestCase>\
             <TestCase name='skip' skipped='yes' reason='disabled'/></TestSuite></TestSuite></TestLog>",
        );
        let [ok, bad, dead, skip] = &report.cases[..] else { panic!() };
        assert_eq!(
            (&*ok.suite, ok.line, ok.duration_ms, ok.stdout.as_deref()),
            ("M > S", Some(3), Some(2), Some("hello\n"))
        );
        assert_eq!((bad.status, bad.file.as_deref(), bad.line), (Status::Failed, Some("t.cpp"), Some(9)));
        assert!(bad.detail.as_ref().unwrap().stack.as_ref().unwrap().contains("c != d"));
        assert_eq!((dead.status, dead.file.as_deref()), (Status::Errored, None));
        assert_eq!((skip.status, skip.detail.as_ref().unwrap().message.as_str()), (Status::Skipped, "disabled"));
    }

    #[test]
    fn a_report_is_read_unless_it_repeats_the_log() {
        let result = "<TestResult><TestSuite name='M'><TestCase name='a' result='failed'/></TestSuite></TestResult>";
        assert_eq!(sample(Format::Boost, result).cases[0].status, Status::Failed);
        let both = format!("<TestLog><TestSuite name='M'><TestCase name='a'/></TestSuite></TestLog>{result}");
        assert_eq!(sample(Format::Boost, &both).cases.len(), 1);
    }

    #[test]
    fn a_crash_is_an_error_of_the_test_it_happened_in() {
        let report = sample(Format::Boost, "<TestLog><TestSuite name='M'><TestCase name='a'><Info>x</Info>");
        assert_eq!(report.cases[0].status, Status::Errored);
        assert!(report.problems.contains(&Problem::Truncated) && report.problems.len() == 2);
    }
}
