//! CppUnit XML.

use super::xml::{Handler, Keep, Shared, Tag, non_empty, walk};
use super::{Case, Detail, Draft, Head, Input, Status};

/// Whether this is one: TRX's root has the same name.
pub(super) fn detect(head: &Head) -> bool {
    let has = |text: &str| head.text.contains(text);
    head.root() == Some("TestRun") && (has("<FailedTests") || has("<SuccessfulTests"))
}

/// Reads one.
pub(super) fn read(input: Input, draft: &mut Draft) {
    walk(input, draft, &mut CppUnit::default());
}

#[derive(Default)]
struct CppUnit {
    case: Option<Case>,
    detail: Detail,
    is_ignored: bool,
    classes: Shared,
    files: Shared,
}

impl Handler for CppUnit {
    fn start(&mut self, tag: Tag, _draft: &mut Draft) -> Keep {
        match tag.name {
            "FailedTest" => self.case = Some(Case { status: Status::Failed, ..Case::default() }),
            "Test" | "IgnoredTest" => {
                let status =
                    if self.is_ignored || tag.name == "IgnoredTest" { Status::Skipped } else { Status::Passed };
                self.case = Some(Case { status, ..Case::default() });
            }
            "IgnoredTests" => self.is_ignored = true,
            "Name" | "FailureType" | "File" | "Line" | "Message" | "Tests" | "Errors" | "Failures" => {
                return Keep::Start;
            }
            _ => {}
        }
        Keep::Nothing
    }

    fn end(&mut self, name: &str, text: Option<String>, draft: &mut Draft) {
        let text = text.map(|text| text.trim().to_owned()).and_then(non_empty);
        match (name, &mut self.case) {
            ("FailedTest" | "Test" | "IgnoredTest", _) => self.end_case(draft),
            ("IgnoredTests", _) => self.is_ignored = false,
            ("Name", Some(case)) => {
                let name = text.unwrap_or_default();
                let (class, method) = name.rsplit_once("::").unwrap_or(("", &name));
                case.class = self.classes.of(class);
                case.name = method.to_owned();
            }
            ("FailureType", Some(case)) => {
                if text.as_deref() == Some("Error") {
                    case.status = Status::Errored;
                }
                self.detail.kind = text;
            }
            ("File", Some(case)) => case.file = self.files.of(&text.unwrap_or_default()),
            ("Line", Some(case)) => case.line = text.and_then(|line| line.parse().ok()),
            ("Message", Some(_)) => self.detail.message = text.unwrap_or_default(),
            (_, None) => claim(name, text, draft),
            _ => {}
        }
    }
}

impl CppUnit {
    fn end_case(&mut self, draft: &mut Draft) {
        let detail = std::mem::take(&mut self.detail);
        let Some(mut case) = self.case.take() else { return };
        case.detail = case.status.is_failing().then_some(detail);
        draft.push(case);
    }
}

fn claim(name: &str, text: Option<String>, draft: &mut Draft) {
    let count = text.and_then(|text| text.parse().ok());
    let claim = draft.claim_mut();
    match name {
        "Tests" => claim.total = count,
        "Errors" => claim.errored = count,
        "Failures" => claim.failed = count,
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::xml::tests::sample;
    use super::super::{Format, Status};

    #[test]
    fn failed_and_successful_tests_are_read() {
        let report = sample(
            Format::CppUnit,
            "<TestRun><FailedTests><FailedTest id='1'><Name>A::B::bad</Name><FailureType>Assertion</FailureType><Location>\
             <File>a.cpp</File><Line>7</Line></Location><Message>no\nway</Message></FailedTest><FailedTest id='2'><Name>dead</Name>\
             <FailureType>Error</FailureType></FailedTest></FailedTests><SuccessfulTests><Test id='3'><Name>A::ok</Name></Test>\
             </SuccessfulTests><Statistics><Tests>3</Tests><Errors>1</Errors><Failures>1</Failures></Statistics></TestRun>",
        );
        let [bad, dead, ok] = &report.cases[..] else { panic!() };
        assert_eq!((bad.class.as_deref(), bad.name.as_str(), bad.line), (Some("A::B"), "bad", Some(7)));
        assert_eq!(bad.detail.as_ref().unwrap().message, "no\nway");
        assert_eq!((dead.status, ok.status, report.claim.total), (Status::Errored, Status::Passed, Some(3)));
    }
}
