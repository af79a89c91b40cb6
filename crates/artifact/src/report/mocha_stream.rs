//! Mocha's JSON stream: one event a line, an array of its name and its content.

use super::json::{self, Object, Scalar, Value};
use super::mocha::Test;
use super::{Draft, Head, Input, Problem, Status};
use serde::de::MapAccess;

/// Whether this is one.
pub(super) fn detect(head: &Head) -> bool {
    let first = head.text.lines().next().unwrap_or_default();
    let event: String = first.chars().filter(|letter| !letter.is_whitespace()).take(20).collect();
    event.starts_with("[\"start\",{\"total\":")
}

/// Reads one.
pub(super) fn read(input: Input, draft: &mut Draft) {
    let mut event = Event { draft, name: String::new(), test: Test::default(), has_ended: false };
    let problems = json::lines(input, &mut event);
    let has_ended = event.has_ended;
    for problem in problems {
        draft.problem(problem);
    }
    if !has_ended {
        draft.problem(Problem::Interrupted { reason: "the run has no end".into() });
    }
}

struct Event<'a> {
    draft: &'a mut Draft,
    name: String,
    test: Test,
    has_ended: bool,
}

impl Object for Event<'_> {
    fn begin(&mut self) {
        self.test = Test::default();
    }

    fn scalar(&mut self, scalar: Scalar<'_>) {
        self.name = scalar.name().unwrap_or_default();
    }

    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match self.name.as_str() {
            "start" if name == "total" => self.draft.claim_mut().total = value.count()?,
            "end" => {
                self.has_ended = true;
                super::mocha::Stats { draft: self.draft }.member(name, value)?;
            }
            _ => self.test.member(name, value)?,
        }
        Ok(())
    }

    fn end(&mut self) {
        let status = match self.name.as_str() {
            "pass" => Status::Passed,
            "fail" => Status::Failed,
            "pending" => Status::Skipped,
            _ => return,
        };
        let items = self.draft.limits().items;
        self.draft.push(std::mem::take(&mut self.test).into_case(status, items));
        self.name.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Format, Limits, Look, look, read};
    use super::*;

    const SAMPLE: &str = r#"["start",{"total":2}]
["pass",{"title":"adds","fullTitle":"cart adds","file":"/c.js","duration":1,"currentRetry":0,"speed":"fast"}]
["fail",{"title":"drops","fullTitle":"cart drops","file":"/c.js","duration":2,"currentRetry":0,"err":"no","stack":"Error: no\n    at x"}]
["end",{"suites":1,"tests":2,"passes":1,"pending":0,"failures":1,"start":"2024-01-01T00:00:00.000Z","duration":9}]
"#;

    #[test]
    fn a_stream_is_told_and_read() {
        assert_eq!(look("x", SAMPLE.as_bytes()), Look::Report(Format::MochaStream));
        let report = read(Format::MochaStream, &mut SAMPLE.as_bytes(), &Limits::default());
        assert_eq!(report.problems, []);
        assert_eq!((report.claim.total, report.duration_ms), (Some(2), Some(9)));
        assert_eq!((report.cases[0].status, report.cases[1].status), (Status::Passed, Status::Failed));
        assert_eq!(report.cases[1].detail.as_ref().unwrap().message, "no");
    }

    #[test]
    fn a_stream_without_an_end_is_interrupted() {
        let cut = &SAMPLE[..SAMPLE.find("[\"end\"").unwrap()];
        let report = read(Format::MochaStream, &mut cut.as_bytes(), &Limits::default());
        assert_eq!(report.cases.len(), 2);
        assert!(matches!(report.problems[..], [Problem::Interrupted { .. }]));
    }
}
