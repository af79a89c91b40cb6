//! CTRF, the Common Test Report Format, in JSON.

use super::json::{self, Object, Value};
use super::{Attachment, Case, Draft, Head, Input, Status, Try, nest, stack};
use serde::de::MapAccess;

/// Whether this is one.
pub(super) fn detect(head: &Head) -> bool {
    head.has_path("results.tests")
        && (head.has_path("results.tool") || head.has_path("results.summary") || head.has_path("reportFormat"))
        || head.has_path("results.tool.name") && head.has_path("results.summary.tests")
}

/// Reads one.
pub(super) fn read(input: Input, draft: &mut Draft) {
    if let Err(problem) = json::document(input, &mut Document { draft }) {
        draft.problem(problem);
    }
}

struct Document<'a> {
    draft: &'a mut Draft,
}

impl Object for Document<'_> {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "results" => value.object(&mut Results { draft: self.draft }),
            _ => Ok(()),
        }
    }
}

struct Results<'a> {
    draft: &'a mut Draft,
}

impl Object for Results<'_> {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "tool" => {
                let mut tool = Tool::default();
                value.object(&mut tool)?;
                self.draft.set_tool(&[tool.name, tool.version].join(" "));
                Ok(())
            }
            "summary" => value.object(&mut Summary { draft: self.draft, start: None }),
            "tests" => value.each(&mut Test::new(self.draft)),
            _ => Ok(()),
        }
    }
}

#[derive(Default)]
struct Tool {
    name: String,
    version: String,
}

impl Object for Tool {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "name" => self.name = value.name()?.unwrap_or_default(),
            "version" => self.version = value.name()?.unwrap_or_default(),
            _ => {}
        }
        Ok(())
    }
}

struct Summary<'a> {
    draft: &'a mut Draft,
    start: Option<i64>,
}

impl Object for Summary<'_> {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "tests" => self.draft.claim_mut().total = value.count()?,
            "failed" => self.draft.claim_mut().failed = value.count()?,
            "skipped" | "pending" | "other" => {
                let claim = self.draft.claim_mut();
                claim.skipped = add(claim.skipped, value.count()?);
            }
            "start" => {
                // Zero stands for "unknown" with several reporters.
                self.start = value.time_ms()?.filter(|at| *at > 0);
                self.start.into_iter().for_each(|at| self.draft.set_started_at(at));
            }
            "stop" => {
                let took = value.time_ms()?.zip(self.start).and_then(|(stop, start)| u64::try_from(stop - start).ok());
                took.and_then(|ms| json::duration_ms(ms as f64))
                    .into_iter()
                    .for_each(|ms| self.draft.set_duration_ms(ms));
            }
            _ => {}
        }
        Ok(())
    }
}

fn add(sum: Option<u64>, more: Option<u64>) -> Option<u64> {
    more.map(|more| sum.unwrap_or(0).saturating_add(more)).or(sum)
}

/// A test, or one attempt of it: they have the same members.
#[derive(Default)]
struct Attempt {
    case: Case,
    status: String,
    raw_status: String,
    message: Option<String>,
    trace: Option<String>,
    number: Option<u64>,
}

impl Attempt {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "status" => self.status = value.name()?.unwrap_or_default(),
            "rawStatus" => self.raw_status = value.name()?.unwrap_or_default(),
            "duration" => self.case.duration_ms = value.duration(1.0)?,
            "message" => self.message = value.text()?,
            "trace" => self.trace = value.text()?,
            "attempt" => self.number = value.count()?,
            "stdout" => self.case.stdout = some(value.texts()?.join("\n")),
            "stderr" => self.case.stderr = some(value.texts()?.join("\n")),
            "attachments" => {
                self.case.attachments = value.list::<File>()?.into_iter().map(|file| file.0).collect();
            }
            _ => {}
        }
        Ok(())
    }

    fn settle(&mut self) {
        self.case.status = status(&self.status, &self.raw_status);
        self.case.detail = stack::of_parts(None, self.message.take(), self.trace.take());
    }
}

impl Object for Attempt {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        self.member(name, value)
    }

    fn end(&mut self) {
        self.settle();
    }
}

fn some(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

/// The words of the format are five; a framework's own word may say more of a failure.
fn status(word: &str, raw: &str) -> Status {
    const BROKEN: [&str; 5] = ["timedout", "interrupted", "broken", "error", "errored"];
    match word {
        "passed" => Status::Passed,
        "failed" if BROKEN.contains(&raw.to_ascii_lowercase().as_str()) => Status::Errored,
        "failed" => Status::Failed,
        // Neither good nor bad, whatever it is.
        _ => Status::Skipped,
    }
}

struct Test<'a> {
    draft: &'a mut Draft,
    last: Attempt,
    retries: Option<u64>,
    is_flaky: bool,
    attempts: Vec<Attempt>,
}

impl<'a> Test<'a> {
    fn new(draft: &'a mut Draft) -> Test<'a> {
        Test { draft, last: Attempt::default(), retries: None, is_flaky: false, attempts: Vec::new() }
    }

    fn tries(&mut self) -> Vec<Try> {
        let mut attempts = std::mem::take(&mut self.attempts);
        // Some reporters list the last attempt too.
        if self.retries.is_some_and(|retries| attempts.len() as u64 > retries) {
            attempts.pop();
        }
        let mut tries: Vec<Try> = attempts
            .into_iter()
            .map(|attempt| attempt.case)
            .map(|case| Try { status: case.status, duration_ms: case.duration_ms, detail: case.detail })
            .collect();
        let is_retried = self.is_flaky || self.last.case.status.is_failing();
        if tries.is_empty() && is_retried {
            // They are counted, but not told.
            let least = u64::from(self.is_flaky);
            let count = self.retries.unwrap_or(0).max(least).min(self.draft.limits().items as u64);
            tries = (0..count).map(|_| Try { status: Status::Failed, ..Try::default() }).collect();
        }
        tries
    }
}

impl Object for Test<'_> {
    fn begin(&mut self) {
        (self.last, self.retries, self.is_flaky) = (Attempt::default(), None, false);
        self.attempts.clear();
    }

    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        let case = &mut self.last.case;
        match name {
            "name" => case.name = value.name()?.unwrap_or_default(),
            "suite" => case.suite = nest::joined(&value.names()?, &case.suite),
            "filePath" => case.file = value.name()?.map(Into::into),
            "line" => case.line = value.line()?,
            "id" | "testId" => case.external_id = value.name()?,
            "browser" | "device" => case.variant.extend(value.name()?.map(|text| (name.to_owned(), text))),
            "parameters" => case.parameters = value.pairs()?,
            "tags" => case.properties.extend(value.names()?.into_iter().map(|tag| ("tag".into(), tag))),
            "labels" => case.properties.extend(value.pairs()?),
            "type" => case.properties.extend(value.name()?.map(|text| ("type".into(), text))),
            "retries" => self.retries = value.count()?,
            "flaky" => self.is_flaky = value.flag()?.unwrap_or(false),
            "retryAttempts" => self.attempts = value.list()?,
            _ => self.last.member(name, value)?,
        }
        Ok(())
    }

    fn end(&mut self) {
        self.last.settle();
        let tries = self.tries();
        let case = std::mem::take(&mut self.last.case);
        self.draft.push(Case { tries, ..case });
    }
}

#[derive(Default)]
struct File(Attachment);

impl Object for File {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "name" => self.0.name = value.name()?.unwrap_or_default(),
            "path" => self.0.path = value.name()?.unwrap_or_default(),
            "contentType" => self.0.media_type = value.name()?,
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Format, Limits, Look, look, read};
    use super::*;

    const SAMPLE: &str = r#"{
        "reportFormat": "CTRF", "specVersion": "1.0.0",
        "results": {
            "tool": {"name": "acme", "version": "2.1"},
            "summary": {"tests": 3, "passed": 1, "failed": 1, "skipped": 0, "pending": 1, "start": 1700000000000, "stop": 1700000002500},
            "tests": [
                {"name": "adds", "suite": ["math", "sums"], "status": "passed", "duration": 12.4, "flaky": true, "retries": 1,
                 "filePath": "math.test.js", "line": 7, "tags": ["fast"], "browser": "firefox",
                 "retryAttempts": [{"attempt": 1, "status": "failed", "message": "Error: off by one", "duration": 3}]},
                {"name": "divides", "suite": "math > quotients", "status": "failed", "rawStatus": "timedOut", "duration": -1,
                 "message": "too slow", "trace": "TimeoutError: too slow\n    at f (a.js:1:1)", "parameters": {"by": 0},
                 "attachments": [{"name": "shot", "contentType": "image/png", "path": "shots/1.png"}]},
                {"name": "subtracts", "status": "pending"}
            ]
        }
    }"#;

    #[test]
    fn a_report_is_told_and_read() {
        assert_eq!(look("x.json", SAMPLE.as_bytes()), Look::Report(Format::Ctrf));
        let report = read(Format::Ctrf, &mut SAMPLE.as_bytes(), &Limits::default());
        assert_eq!(report.problems, []);
        assert_eq!((report.tool.as_deref(), report.duration_ms), (Some("acme 2.1"), Some(2500)));
        assert_eq!((report.claim.total, report.claim.skipped), (Some(3), Some(1)));
        let [adds, divides, subtracts] = &report.cases[..] else { panic!() };
        assert_eq!((&*adds.suite, adds.line, adds.duration_ms), ("math > sums", Some(7), Some(12)));
        assert!(adds.is_flaky() && adds.tries.len() == 1);
        assert_eq!(adds.variant, [("browser".into(), "firefox".into())]);
        assert_eq!((divides.status, divides.duration_ms), (Status::Errored, None));
        assert_eq!(divides.detail.as_ref().unwrap().kind.as_deref(), Some("TimeoutError"));
        assert_eq!(divides.parameters, [("by".into(), "0".into())]);
        assert_eq!(divides.attachments[0].path, "shots/1.png");
        assert_eq!(subtracts.status, Status::Skipped);
    }

    #[test]
    fn counted_retries_of_a_flaky_test_are_tries() {
        let text =
            r#"{"results": {"tool": {}, "tests": [{"name": "a", "status": "passed", "flaky": true, "retries": 2}]}}"#;
        let report = read(Format::Ctrf, &mut text.as_bytes(), &Limits::default());
        assert_eq!(report.cases[0].tries.len(), 2);
        assert!(report.cases[0].is_flaky());
    }
}
