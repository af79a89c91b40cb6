//! Qt Test XML: functions are the cases, rows of their data are not.

use super::xml::{Handler, Keep, Shared, Tag, add_output, extend_detail, non_empty, walk};
use super::{Case, Detail, Draft, Head, Input, Status};
use std::sync::Arc;

/// Whether this is one.
pub(super) fn detect(head: &Head) -> bool {
    head.root() == Some("TestCase") && (head.text.contains("<TestFunction") || head.text.contains("<QtVersion"))
}

/// Reads one.
pub(super) fn read(input: Input, draft: &mut Draft) {
    walk(input, draft, &mut QTest::default());
}

/// What an incident or a message says about its function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Passed,
    Skipped,
    Failed,
    /// Output of the test.
    Words,
}

#[derive(Default)]
struct QTest {
    class: Option<Arc<str>>,
    function: Option<Case>,
    said: Option<Said>,
    has_passed: bool,
    row: Option<String>,
    text: Option<String>,
    skip: Option<Detail>,
    files: Shared,
}

impl Handler for QTest {
    fn start(&mut self, tag: Tag, draft: &mut Draft) -> Keep {
        match tag.name {
            "TestCase" => self.class = tag.get("name").and_then(|name| name.some()).map(Into::into),
            "TestFunction" => {
                self.has_passed = false;
                self.skip = None;
                self.function = Some(Case { class: self.class.clone(), name: tag.text("name"), ..Case::default() });
            }
            "Incident" | "Message" => self.start_incident(tag),
            "Duration" => {
                let ms =
                    tag.get("msecs").and_then(|ms| ms.cow().parse::<f64>().ok()).filter(|ms| (0.0..1e12).contains(ms));
                match &mut self.function {
                    Some(function) => function.duration_ms = ms.map(|ms| ms.round() as u64),
                    None => ms.into_iter().for_each(|ms| draft.add_duration_ms(ms.round() as u64)),
                }
            }
            "Description" | "DataTag" | "QtVersion" => return Keep::Start,
            _ => {}
        }
        Keep::Nothing
    }

    fn end(&mut self, name: &str, text: Option<String>, draft: &mut Draft) {
        let text = text.map(|text| text.trim().to_owned()).and_then(non_empty);
        match name {
            "QtVersion" => draft.set_tool(&format!("Qt Test {}", text.unwrap_or_default())),
            "Description" => self.text = text,
            "DataTag" => self.row = text,
            "Incident" | "Message" => self.end_incident(draft),
            "TestFunction" => self.end_function(draft),
            _ => {}
        }
    }

    fn finish(&mut self, draft: &mut Draft) {
        // The file is written as the tests run: the function that is open when it ends is where it broke off.
        if let Some(mut function) = self.function.take() {
            if !function.status.is_failing() {
                function.status = Status::Errored;
            }
            draft.push(function);
        }
    }
}

impl QTest {
    fn start_incident(&mut self, tag: Tag) {
        (self.row, self.text) = (None, None);
        let kind = tag.text("type");
        let said = match kind.as_str() {
            // A failure that was expected, or of a test on the black list, is none.
            "pass" | "xfail" | "bpass" | "bfail" | "bxpass" | "bxfail" => Said::Passed,
            "fail" | "xpass" | "qfatal" => Said::Failed,
            "skip" => Said::Skipped,
            _ => Said::Words,
        };
        self.said = Some(said);
        let Some(function) = self.function.as_mut().filter(|function| said == Said::Failed && function.file.is_none())
        else {
            return;
        };
        function.file = self.files.of(&tag.text("file"));
        function.line = tag.number("line").and_then(|line| u32::try_from(line).ok()).filter(|line| *line > 0);
    }

    fn end_incident(&mut self, draft: &mut Draft) {
        let (Some(said), Some(function)) = (self.said.take(), &mut self.function) else { return };
        let mut message = self.text.take().unwrap_or_default();
        if let Some(row) = self.row.take() {
            message = format!("[{row}] {message}");
        }
        match said {
            Said::Passed => self.has_passed = true,
            Said::Skipped => self.skip = Some(Detail { message, ..Detail::default() }),
            Said::Failed => {
                function.status = Status::Failed;
                let detail = Detail { message, ..Detail::default() };
                match &mut function.detail {
                    Some(first) => extend_detail(first, detail, draft.limits().text_bytes),
                    none => *none = Some(detail),
                }
            }
            Said::Words => {
                message.push('\n');
                add_output(&mut function.stdout, &message);
            }
        }
    }

    fn end_function(&mut self, draft: &mut Draft) {
        let Some(mut function) = self.function.take() else { return };
        // Rows may be skipped one by one: a function is when all of them were.
        if let Some(skip) = self.skip.take().filter(|_| !self.has_passed && function.status == Status::Passed) {
            function.status = Status::Skipped;
            function.detail = Some(skip);
        }
        draft.push(function);
    }
}

#[cfg(test)]
mod tests {
    use super::super::xml::tests::sample;
    use super::super::{Format, Status};

    #[test]
    fn functions_are_the_cases() {
        let report = sample(
            Format::QTest,
            "<TestCase name='tst_X'><Environment><QtVersion>6.5</QtVersion></Environment>\
             <TestFunction name='ok'><Incident type='xfail' file='' line='0'/><Incident type='pass' file='' line='0'/><Duration msecs='1.6'/></TestFunction>\
             <TestFunction name='bad'><Message type='qdebug'><Description>hi</Description></Message><Incident type='fail' file='x.cpp' line='4'>\
             <DataTag>a</DataTag><Description>no</Description></Incident><Incident type='fail'><DataTag>b</DataTag><Description>no</Description></Incident></TestFunction>\
             <TestFunction name='skip'><Message type='skip'><Description>why</Description></Message></TestFunction></TestCase>",
        );
        let [ok, bad, skip] = &report.cases[..] else { panic!() };
        assert_eq!((ok.class.as_deref(), ok.status, ok.duration_ms), (Some("tst_X"), Status::Passed, Some(2)));
        assert_eq!(
            (bad.status, bad.file.as_deref(), bad.line, bad.stdout.as_deref()),
            (Status::Failed, Some("x.cpp"), Some(4), Some("hi\n"))
        );
        let detail = bad.detail.as_ref().unwrap();
        assert_eq!((detail.message.as_str(), detail.stack.as_deref()), ("[a] no", Some("[b] no")));
        assert_eq!((skip.status, skip.detail.as_ref().unwrap().message.as_str()), (Status::Skipped, "why"));
    }

    #[test]
    fn a_crash_is_an_error_of_the_function_it_happened_in() {
        let report = sample(Format::QTest, "<TestCase name='t'><TestFunction name='dead'>");
        assert_eq!(report.cases[0].status, Status::Errored);
    }
}
