//! Robot Framework's output.json: suites within suites. Keywords are passed over.

use super::json::{self, Object, Value};
use super::nest::Nest;
use super::{Case, Detail, Draft, Head, Input, Status};
use serde::de::MapAccess;
use std::sync::Arc;

/// Whether this is one.
pub(super) fn detect(head: &Head) -> bool {
    let is_whole = head.has_path("generator") && head.has_path("suite") && head.has_path("rpa");
    // A suite alone, as the result model writes it.
    let is_suite = head.has_path("name") && (head.has_path("tests.body") || head.has_path("suites.tests.body"));
    is_whole || is_suite && (head.has_path("source") || head.has_path("rpa"))
}

/// Reads one.
pub(super) fn read(input: Input, draft: &mut Draft) {
    let mut document = Document { suite: Suite { draft, nest: Nest::default(), outer: None, file: None } };
    if let Err(problem) = json::document(input, &mut document) {
        draft.problem(problem);
    }
}

/// The whole output, or a suite alone.
struct Document<'a> {
    suite: Suite<'a>,
}

impl Object for Document<'_> {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "generator" => {
                value.name()?.into_iter().for_each(|tool| self.suite.draft.set_tool(&tool));
                Ok(())
            }
            "suite" => value.object(&mut self.suite),
            "statistics" => value.object(&mut Statistics { draft: self.suite.draft }),
            _ => self.suite.member(name, value),
        }
    }
}

struct Statistics<'a> {
    draft: &'a mut Draft,
}

impl Object for Statistics<'_> {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "total" => value.object(&mut Total { draft: self.draft }),
            _ => Ok(()),
        }
    }
}

struct Total<'a> {
    draft: &'a mut Draft,
}

impl Object for Total<'_> {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        let claim = self.draft.claim_mut();
        match name {
            "pass" | "fail" | "skip" => {
                let count = value.count()?.unwrap_or(0);
                claim.total = Some(claim.total.unwrap_or(0).saturating_add(count));
                match name {
                    "fail" => claim.failed = Some(count),
                    "skip" => claim.skipped = Some(count),
                    _ => {}
                }
            }
            _ => {}
        }
        Ok(())
    }
}

struct Suite<'a> {
    draft: &'a mut Draft,
    nest: Nest,
    /// File of the suite around it.
    outer: Option<Arc<str>>,
    file: Option<Arc<str>>,
}

impl Object for Suite<'_> {
    fn begin(&mut self) {
        self.nest.begin(self.draft);
        self.file = self.outer.clone();
    }

    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "name" => {
                let title = value.name()?.unwrap_or_default();
                self.nest.set_title(self.draft, title);
            }
            "source" => self.file = value.name()?.map(Into::into),
            "start_time" => value.time_ms()?.into_iter().for_each(|at| self.draft.set_started_at(at)),
            "elapsed_time" => {
                // The outermost suite ends last.
                value.duration(1_000.0)?.into_iter().for_each(|ms| self.draft.set_duration_ms(ms));
            }
            "tests" => value.each(&mut Test { suite: self, case: Case::default() })?,
            "suites" => value.each(&mut Suite {
                nest: Nest::below(self.nest.path()),
                outer: self.file.clone(),
                file: None,
                draft: self.draft,
            })?,
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self) {
        self.nest.end(self.draft);
    }
}

struct Test<'a, 'b> {
    suite: &'a mut Suite<'b>,
    case: Case,
}

impl Object for Test<'_, '_> {
    fn begin(&mut self) {
        self.case = Case { status: Status::Skipped, ..Case::default() };
    }

    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        let case = &mut self.case;
        match name {
            "name" => case.name = value.name()?.unwrap_or_default(),
            "lineno" => case.line = value.line()?,
            "status" => case.status = value.name()?.as_deref().map_or(Status::Skipped, status),
            "message" => {
                let message = value.text()?.filter(|message| !message.is_empty());
                case.detail = message.map(|message| Detail { message, ..Detail::default() });
            }
            "elapsed_time" => case.duration_ms = value.duration(1_000.0)?,
            "tags" => case.properties.extend(value.names()?.into_iter().map(|tag| ("tag".into(), tag))),
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self) {
        let mut case = std::mem::take(&mut self.case);
        case.suite = Arc::clone(self.suite.nest.path());
        case.file = self.suite.file.clone();
        if case.status == Status::Passed {
            // A note of the test; it is no reason of anything.
            case.properties.extend(case.detail.take().map(|detail| ("message".into(), detail.message)));
        }
        self.suite.draft.push(case);
    }
}

fn status(word: &str) -> Status {
    match word {
        "PASS" => Status::Passed,
        "FAIL" => Status::Failed,
        // SKIP, NOT RUN, NOT SET.
        _ => Status::Skipped,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Format, Limits, Look, look, read};
    use super::*;

    const SAMPLE: &str = r#"{"generator": "Robot 7.1 (Python 3.12 on linux)", "generated": "2024-05-01T10:00:00.000000", "rpa": false,
        "suite": {"id": "s1", "name": "Shop", "source": "/w/shop", "suites": [
            {"id": "s1-s1", "name": "Cart", "source": "/w/shop/cart.robot", "setup": {"name": "Open", "status": "PASS"}, "tests": [
                {"id": "s1-s1-t1", "name": "Adds", "lineno": 3, "tags": ["fast"], "body": [{"name": "Log", "status": "FAIL", "body": []}],
                 "status": "PASS", "elapsed_time": 0.0256, "start_time": "2024-05-01T10:00:00.000000"},
                {"name": "Drops", "lineno": 9, "body": [], "status": "FAIL", "message": "1 != 2", "elapsed_time": 1},
                {"name": "Later", "body": [], "status": "SKIP", "message": "not yet"}],
             "status": "FAIL", "elapsed_time": 1.1, "start_time": "2024-05-01T10:00:00"}],
            "status": "FAIL", "elapsed_time": 1.5, "start_time": "2024-05-01T09:59:59"},
        "statistics": {"total": {"label": "All Tests", "pass": 1, "fail": 1, "skip": 1}}, "errors": []}"#;

    #[test]
    fn an_output_is_told_and_read() {
        assert_eq!(look("output.json", SAMPLE.as_bytes()), Look::Report(Format::RobotJson));
        let report = read(Format::RobotJson, &mut SAMPLE.as_bytes(), &Limits::default());
        assert_eq!(report.problems, []);
        assert_eq!((report.claim.total, report.duration_ms), (Some(3), Some(1500)));
        assert_eq!(report.started_at, json::time_ms("2024-05-01T09:59:59Z"));
        let [adds, drops, later] = &report.cases[..] else { panic!() };
        assert_eq!((&*adds.suite, adds.file.as_deref()), ("Shop > Cart", Some("/w/shop/cart.robot")));
        assert_eq!((adds.status, adds.line, adds.duration_ms), (Status::Passed, Some(3), Some(26)));
        assert_eq!((drops.status, drops.detail.as_ref().unwrap().message.as_str()), (Status::Failed, "1 != 2"));
        assert_eq!(later.status, Status::Skipped);
    }
}
