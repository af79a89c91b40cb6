//! CTest's Test.xml, as it is sent to CDash. Its JUnit is read as JUnit.

use super::xml::{Handler, Keep, Shared, Tag, add_pair, non_empty, seconds_ms, walk};
use super::{Case, Detail, Draft, Head, Input, Status};

/// Whether this is one: builds and coverage of a site have the same root.
pub(super) fn detect(head: &Head) -> bool {
    head.root() == Some("Site") && head.text.contains("<Testing")
}

/// Reads one.
pub(super) fn read(input: Input, draft: &mut Draft) {
    walk(input, draft, &mut CTest::default());
}

#[derive(Default)]
struct CTest {
    case: Option<Case>,
    /// Name of the measurement that is open.
    measurement: String,
    /// The output is compressed, or another one than text.
    is_unreadable: bool,
    completion: Option<String>,
    exit: Option<String>,
    reason: Option<String>,
    suites: Shared,
}

impl Handler for CTest {
    fn start(&mut self, tag: Tag, draft: &mut Draft) -> Keep {
        match tag.name {
            "Site" => draft.set_tool(&tag.text("Generator")),
            "Test" => {
                // The list of names at the beginning has elements of the same name.
                if let Some(word) = tag.get("Status") {
                    self.case = Some(Case { status: status(&word.cow()), ..Case::default() });
                    (self.completion, self.exit, self.reason) = (None, None, None);
                }
            }
            "NamedMeasurement" => self.measurement = tag.text("name"),
            "Measurement" => self.measurement.clear(),
            "Value" => {
                self.is_unreadable = tag.get("encoding").is_some_and(|encoding| !encoding.is_empty())
                    || tag.get("compression").is_some_and(|compression| !compression.is_empty());
                return Keep::End;
            }
            "Name" | "Path" | "Label" | "StartTestTime" | "EndTestTime" => return Keep::Start,
            _ => {}
        }
        Keep::Nothing
    }

    fn end(&mut self, name: &str, text: Option<String>, draft: &mut Draft) {
        let text = text.and_then(non_empty);
        match (name, &mut self.case) {
            ("Test", _) => self.end_test(draft),
            ("Name", Some(case)) => case.name = text.unwrap_or_default(),
            ("Path", Some(case)) => {
                let path = text.unwrap_or_default();
                case.suite = self.suites.of(path.trim_start_matches("./").trim_start_matches('.')).unwrap_or_default();
            }
            ("Label", Some(case)) => add_pair(&mut case.properties, "label", text.unwrap_or_default()),
            ("Value", Some(_)) => self.measured(text),
            ("StartTestTime", None) => {
                if let Some(seconds) = text.and_then(|text| text.trim().parse::<i64>().ok()) {
                    draft.set_started_at(seconds.saturating_mul(1000));
                }
            }
            _ => {}
        }
    }
}

impl CTest {
    fn measured(&mut self, text: Option<String>) {
        let Some(case) = &mut self.case else { return };
        match self.measurement.as_str() {
            "" if !self.is_unreadable => case.stdout = text,
            "Execution Time" => case.duration_ms = text.and_then(|text| seconds_ms(&text)),
            "Completion Status" => self.completion = text,
            "Exit Code" => self.exit = text,
            "Fail Reason" => self.reason = text,
            "Exit Value" | "Processors" => {
                add_pair(&mut case.properties, &self.measurement, text.unwrap_or_default());
            }
            _ => {}
        }
    }

    fn end_test(&mut self, draft: &mut Draft) {
        let Some(mut case) = self.case.take() else { return };
        let completion = self.completion.take().unwrap_or_default();
        let exit = self.exit.take();
        // A test that could not be started is no test that was left out.
        let is_missing =
            ["Unable to find", "Missing", "Required Files", "Fixture"].iter().any(|word| completion.contains(word));
        if case.status == Status::Skipped && is_missing {
            case.status = Status::Errored;
        }
        // Time limits and signals are told as codes.
        if case.status == Status::Failed && exit.as_deref().is_some_and(|exit| exit != "Failed") {
            case.status = Status::Errored;
        }
        if case.status != Status::Passed {
            let message = self.reason.take().or(exit.clone()).unwrap_or(completion);
            case.detail = Some(Detail { kind: exit, message, stack: None });
        }
        draft.push(case);
    }
}

fn status(word: &str) -> Status {
    match word {
        "passed" => Status::Passed,
        "failed" => Status::Failed,
        "notrun" | "disabled" => Status::Skipped,
        _ => Status::Errored,
    }
}

#[cfg(test)]
mod tests {
    use super::super::xml::tests::sample;
    use super::super::{Format, Status};

    #[test]
    fn tests_are_read_with_their_measurements() {
        let report = sample(
            Format::CTest,
            "<Site Generator='ctest-3.30'><Testing><StartTestTime>1704067200</StartTestTime><TestList><Test>./ok</Test></TestList>\
             <Test Status='passed'><Name>ok</Name><Path>./sub</Path><Results><NamedMeasurement name='Execution Time'><Value>1.5</Value>\
             </NamedMeasurement><Measurement><Value>out</Value></Measurement></Results><Labels><Label>l</Label></Labels></Test>\
             <Test Status='failed'><Name>slow</Name><Results><NamedMeasurement name='Exit Code'><Value>Timeout</Value></NamedMeasurement>\
             <Measurement><Value encoding='base64' compression='gzip'>eJw=</Value></Measurement></Results></Test>\
             <Test Status='notrun'><Name>off</Name><Results><NamedMeasurement name='Completion Status'><Value>Disabled</Value></NamedMeasurement></Results></Test>\
             <Test Status='notrun'><Name>lost</Name><Results><NamedMeasurement name='Completion Status'><Value>Unable to find executable</Value></NamedMeasurement></Results></Test>\
             </Testing></Site>",
        );
        let [ok, slow, off, lost] = &report.cases[..] else { panic!() };
        assert_eq!((&*ok.suite, ok.duration_ms, ok.stdout.as_deref()), ("sub", Some(1500), Some("out")));
        assert_eq!((slow.status, slow.stdout.as_deref()), (Status::Errored, None));
        assert_eq!(slow.detail.as_ref().unwrap().message, "Timeout");
        assert_eq!((off.status, lost.status), (Status::Skipped, Status::Errored));
        assert_eq!((report.started_at, report.tool.as_deref()), (Some(1_704_067_200_000), Some("ctest-3.30")));
    }
}
