//! TestNG results XML.

use super::xml::{Handler, Keep, Shared, Tag, add_output, add_pair, instant_ms, non_empty, walk};
use super::{Case, Detail, Draft, Head, Input, Scope, Status, Try};
use std::collections::HashMap;

/// Whether this is one.
pub(super) fn detect(head: &Head) -> bool {
    head.root() == Some("testng-results")
}

/// Reads one.
pub(super) fn read(input: Input, draft: &mut Draft) {
    walk(input, draft, &mut TestNg::default());
}

#[derive(Default)]
struct TestNg {
    suite: String,
    test: String,
    class: String,
    case: Option<Case>,
    /// Configuration methods count only when they fail.
    is_config: bool,
    /// The method will be run again.
    is_retried: bool,
    /// Tries that were run again, by class, name and parameters.
    tries: HashMap<String, Vec<Case>>,
    tries_held: usize,
    detail: Option<Detail>,
    parameter: String,
    classes: Shared,
    suites: Shared,
}

impl Handler for TestNg {
    fn start(&mut self, tag: Tag, draft: &mut Draft) -> Keep {
        match tag.name {
            "testng-results" => start_results(tag, draft),
            "suite" => {
                self.suite = tag.text("name");
                if let Some(at) = tag.get("started-at").and_then(|at| instant_ms(&at.cow())) {
                    draft.set_started_at(at);
                }
                if let Some(duration_ms) = tag.number("duration-ms") {
                    draft.add_duration_ms(duration_ms);
                }
            }
            "test" => self.test = tag.text("name"),
            "class" => self.class = tag.text("name"),
            "test-method" => self.start_method(tag),
            "param" => self.parameter = tag.text("index"),
            "exception" => {
                self.detail =
                    Some(Detail { kind: tag.get("class").and_then(|class| class.some()), ..Detail::default() })
            }
            "message" | "full-stacktrace" | "short-stacktrace" | "value" => return Keep::Start,
            "line" => return Keep::End,
            _ => {}
        }
        Keep::Nothing
    }

    fn end(&mut self, name: &str, text: Option<String>, draft: &mut Draft) {
        match (name, &mut self.case, text.map(|text| text.trim().to_owned()).and_then(non_empty)) {
            ("test-method", ..) => self.end_method(draft),
            ("value", Some(case), Some(text)) => add_pair(&mut case.parameters, &self.parameter, text),
            ("line", Some(case), Some(text)) => {
                add_output(&mut case.stdout, &text);
                add_output(&mut case.stdout, "\n");
            }
            ("message", _, Some(text)) => {
                if let Some(detail) = &mut self.detail {
                    detail.message = text;
                }
            }
            ("full-stacktrace" | "short-stacktrace", _, Some(text)) => {
                if let Some(detail) = &mut self.detail {
                    detail.stack = Some(text);
                }
            }
            _ => {}
        }
    }

    fn finish(&mut self, draft: &mut Draft) {
        // Runs that were to be followed by another one, which never came.
        let mut left: Vec<_> = self.tries.drain().collect();
        left.sort_by(|one, other| one.0.cmp(&other.0));
        for case in left.into_iter().flat_map(|(_, cases)| cases) {
            draft.push(case);
        }
    }
}

impl TestNg {
    fn start_method(&mut self, tag: Tag) {
        let suite = match (self.suite.is_empty(), self.test.is_empty()) {
            (false, false) => format!("{} > {}", self.suite, self.test),
            _ => format!("{}{}", self.suite, self.test),
        };
        let mut case = Case {
            suite: self.suites.of(&suite).unwrap_or_default(),
            class: self.classes.of(&self.class),
            status: Status::Errored,
            ..Case::default()
        };
        (self.is_config, self.is_retried) = (false, false);
        for (key, value) in tag.attributes() {
            match key {
                "name" => case.name = value.text(),
                "status" => case.status = status(&value.cow()),
                "duration-ms" => case.duration_ms = value.number(),
                "is-config" => self.is_config = value.cow() == "true",
                "retried" => self.is_retried = value.cow() == "true",
                "description" | "groups" => case.properties.push((key.to_owned(), value.text())),
                _ => {}
            }
        }
        self.case = Some(case);
    }

    fn end_method(&mut self, draft: &mut Draft) {
        let detail = self.detail.take();
        let Some(mut case) = self.case.take() else { return };
        if case.status != Status::Passed {
            case.detail = detail;
        }
        if self.is_config {
            if case.status.is_failing() {
                case.scope = Scope::Suite;
                draft.push(case);
            }
            return;
        }
        let key = format!("{:?}\n{}\n{:?}", case.class, case.name, case.parameters);
        if self.is_retried && self.tries_held < draft.limits().cases {
            // A run that is followed by another one is written as skipped, though it failed.
            case.status = Status::Failed;
            self.tries_held += 1;
            self.tries.entry(key).or_default().push(case);
            return;
        }
        for earlier in self.tries.remove(&key).unwrap_or_default() {
            self.tries_held -= 1;
            case.tries.push(Try { status: earlier.status, duration_ms: earlier.duration_ms, detail: earlier.detail });
        }
        draft.push(case);
    }
}

fn start_results(tag: Tag, draft: &mut Draft) {
    draft.set_tool("TestNG");
    let claim = draft.claim_mut();
    claim.total = tag.number("total");
    claim.failed = tag.number("failed");
    claim.skipped = tag.number("skipped");
}

fn status(word: &str) -> Status {
    match word {
        "PASS" => Status::Passed,
        "FAIL" => Status::Failed,
        "SKIP" => Status::Skipped,
        _ => Status::Errored,
    }
}

#[cfg(test)]
mod tests {
    use super::super::xml::tests::sample;
    use super::super::{Format, Scope, Status};

    #[test]
    fn methods_are_read_with_their_parameters_and_tries() {
        let report = sample(
            Format::TestNg,
            "<testng-results skipped='1' failed='1' total='3'><suite name='S' started-at='2024-01-01T00:00:00 UTC' duration-ms='9'>\
             <test name='T'><class name='c.X'><test-method is-config='true' name='setUp' status='PASS'/>\
             <test-method is-config='true' name='tearDown' status='FAIL'><exception class='E'><message>m</message></exception></test-method>\
             <test-method name='a' status='SKIP' retried='true' duration-ms='5'><params><param index='0'><value>1</value></param></params>\
             <exception class='E'><message>once</message></exception></test-method>\
             <test-method name='a' status='PASS' duration-ms='6'><params><param index='0'><value><![CDATA[1]]></value></param></params></test-method>\
             <test-method name='b' status='FAIL'><exception class='java.lang.Error'><message><![CDATA[ no ]]></message>\
             <full-stacktrace>at y</full-stacktrace></exception><reporter-output><line>out</line></reporter-output></test-method>\
             </class></test></suite></testng-results>",
        );
        let [config, a, b] = &report.cases[..] else { panic!() };
        assert_eq!((config.scope, config.name.as_str()), (Scope::Suite, "tearDown"));
        assert!(a.is_flaky() && a.tries.len() == 1 && a.parameters == [("0".to_owned(), "1".to_owned())]);
        assert_eq!((&*b.suite, b.class.as_deref(), b.status), ("S > T", Some("c.X"), Status::Failed));
        let detail = b.detail.as_ref().unwrap();
        assert_eq!(
            (detail.kind.as_deref(), detail.message.as_str(), detail.stack.as_deref()),
            (Some("java.lang.Error"), "no", Some("at y"))
        );
        assert_eq!(b.stdout.as_deref(), Some("out\n"));
    }

    #[test]
    fn a_retry_that_never_came_stays_a_failure() {
        let report = sample(
            Format::TestNg,
            "<testng-results><suite name='S'><test name='T'><class name='c'><test-method name='a' status='SKIP' retried='true'/>\
             </class></test></suite></testng-results>",
        );
        assert_eq!(report.cases[0].status, Status::Failed);
    }
}
