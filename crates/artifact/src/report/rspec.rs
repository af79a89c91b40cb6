//! RSpec JSON.

use super::json::{Object, Value, document};
use super::{Case, Detail, Draft, Head, Input, Scope, Status};
use serde::de::MapAccess;
use std::sync::Arc;

/// Whether this is one.
pub(super) fn detect(head: &Head) -> bool {
    let is_example = head.has_path("examples.full_description") && head.has_path("examples.status");
    is_example || head.has_path("examples") && (head.has_path("summary_line") || head.has_path("summary.example_count"))
}

/// Reads one.
pub(super) fn read(input: Input, draft: &mut Draft) {
    let mut root =
        Root { example: Example { draft, raw: Raw::default() }, summary: Summary::default(), messages: vec![] };
    let result = document(input, &mut root);
    root.finish();
    if let Err(problem) = result {
        draft.problem(problem);
    }
}

struct Root<'d> {
    example: Example<'d>,
    summary: Summary,
    messages: Vec<String>,
}

#[derive(Default)]
struct Summary {
    duration_ms: Option<u64>,
    examples: Option<u64>,
    failures: Option<u64>,
    pending: Option<u64>,
    errors_outside: u64,
}

struct Example<'d> {
    draft: &'d mut Draft,
    raw: Raw,
}

#[derive(Default)]
struct Raw {
    id: Option<String>,
    description: String,
    full_description: String,
    status: String,
    file: Option<String>,
    line: Option<u32>,
    duration_ms: Option<u64>,
    pending: Option<String>,
    exception: Exception,
}

#[derive(Default)]
struct Exception {
    class: Option<String>,
    message: Option<String>,
    backtrace: Vec<String>,
}

impl Object for Root<'_> {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "version" => {
                if let Some(version) = value.name()? {
                    self.example.draft.set_tool(&format!("RSpec {version}"));
                }
            }
            "examples" => value.each(&mut self.example)?,
            "summary" => value.object(&mut self.summary)?,
            "messages" => self.messages = value.texts()?,
            _ => {}
        }
        Ok(())
    }
}

impl Root<'_> {
    fn finish(self) {
        let draft = self.example.draft;
        let claim = draft.claim_mut();
        claim.total = self.summary.examples;
        claim.failed = self.summary.failures;
        claim.skipped = self.summary.pending;
        if let Some(ms) = self.summary.duration_ms {
            draft.set_duration_ms(ms);
        }
        if self.summary.errors_outside == 0 {
            return;
        }
        let text = self.messages.join("\n");
        let message = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned();
        draft.push(Case {
            name: format!("{} errors outside of examples", self.summary.errors_outside),
            status: Status::Errored,
            scope: Scope::Suite,
            detail: Some(Detail { kind: None, message, stack: Some(text).filter(|text| !text.is_empty()) }),
            ..Case::default()
        });
    }
}

impl Object for Summary {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "duration" => self.duration_ms = value.duration(1000.0)?,
            "example_count" => self.examples = value.count()?,
            "failure_count" => self.failures = value.count()?,
            "pending_count" => self.pending = value.count()?,
            "errors_outside_of_examples_count" => self.errors_outside = value.count()?.unwrap_or(0),
            _ => {}
        }
        Ok(())
    }
}

impl Object for Example<'_> {
    fn begin(&mut self) {
        self.raw = Raw::default();
    }

    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        let raw = &mut self.raw;
        match name {
            "id" => raw.id = value.name()?,
            "description" => raw.description = value.name()?.unwrap_or_default(),
            "full_description" => raw.full_description = value.name()?.unwrap_or_default(),
            "status" => raw.status = value.name()?.unwrap_or_default(),
            "file_path" => raw.file = value.name()?,
            "line_number" => raw.line = value.line()?,
            "run_time" => raw.duration_ms = value.duration(1000.0)?,
            "pending_message" => raw.pending = value.text()?,
            "exception" => value.object(&mut raw.exception)?,
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self) {
        self.draft.push(std::mem::take(&mut self.raw).into_case());
    }
}

impl Object for Exception {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "class" => self.class = value.name()?,
            "message" => self.message = value.text()?,
            "backtrace" => self.backtrace = value.texts()?,
            _ => {}
        }
        Ok(())
    }
}

impl Raw {
    fn into_case(self) -> Case {
        let status = match self.status.as_str() {
            "passed" => Status::Passed,
            "failed" => Status::Failed,
            _ => Status::Skipped,
        };
        let (suite, name) = match self.full_description.strip_suffix(self.description.as_str()) {
            Some(outer) if !self.description.is_empty() => (outer.trim(), self.description.as_str()),
            _ => ("", self.full_description.as_str()),
        };
        let name = if name.is_empty() { self.id.clone().unwrap_or_default() } else { name.to_owned() };
        Case {
            suite: Arc::from(suite),
            name,
            file: self.file.map(Arc::from),
            line: self.line,
            status,
            duration_ms: self.duration_ms,
            detail: detail(status, self.pending, self.exception),
            external_id: self.id,
            ..Case::default()
        }
    }
}

fn detail(status: Status, pending: Option<String>, exception: Exception) -> Option<Detail> {
    match status {
        Status::Passed => None,
        Status::Skipped => pending.map(|message| Detail { message, ..Detail::default() }),
        _ => {
            let message = exception.message.unwrap_or_default().trim_matches('\n').to_owned();
            let stack = Some(exception.backtrace.join("\n")).filter(|stack| !stack.is_empty());
            Some(Detail { kind: exception.class, message, stack })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Claim, Format, Limits, Problem, Report, read as read_report};
    use super::*;

    const SAMPLE: &str = r#"{"version":"3.13.0","messages":["\nAn error occurred while loading ./spec/ship_spec.rb.\nNameError: no"],
        "examples":[
        {"id":"./spec/cart_spec.rb[1:1]","description":"adds","full_description":"Cart adds","status":"passed",
         "file_path":"./spec/cart_spec.rb","line_number":3,"run_time":0.25,"pending_message":null},
        {"id":"./spec/cart_spec.rb[1:2]","description":"pays","full_description":"Cart pays","status":"failed","run_time":1e9999,
         "exception":{"class":"RuntimeError","message":"no money","backtrace":["a.rb:1","b.rb:2"]}},
        {"id":"./spec/cart_spec.rb[1:3]","description":"ships","full_description":"Cart ships","status":"pending","pending_message":"no ship"}],
        "summary":{"duration":0.5,"example_count":3,"failure_count":1,"pending_count":1,"errors_outside_of_examples_count":1},
        "summary_line":"3 examples, 1 failure, 1 pending"}"#;

    fn read_json(text: &str) -> Report {
        assert!(detect(&Head::new("out.json", text.as_bytes())), "not detected");
        read_report(Format::Rspec, &mut text.as_bytes(), &Limits::default())
    }

    #[test]
    fn examples_are_read() {
        let report = read_json(&SAMPLE.replace("1e9999", "0.001"));
        let cases: Vec<_> =
            report.cases.iter().map(|case| (case.suite.as_ref(), case.name.as_str(), case.status)).collect();
        let expected = [
            ("Cart", "adds", Status::Passed),
            ("Cart", "pays", Status::Failed),
            ("Cart", "ships", Status::Skipped),
            ("", "1 errors outside of examples", Status::Errored),
        ];
        assert_eq!(cases, expected);
        assert_eq!((report.cases[0].duration_ms, report.cases[0].line), (Some(250), Some(3)));
        let detail = report.cases[1].detail.as_ref().unwrap();
        assert_eq!((detail.kind.as_deref(), detail.stack.as_deref()), (Some("RuntimeError"), Some("a.rb:1\nb.rb:2")));
        assert_eq!(report.cases[2].detail.as_ref().unwrap().message, "no ship");
        assert!(report.cases[3].detail.as_ref().unwrap().message.starts_with("An error occurred"));
        assert_eq!(report.claim, Claim { total: Some(3), failed: Some(1), errored: None, skipped: Some(1) });
        assert_eq!((report.duration_ms, report.problems), (Some(500), vec![]));
    }

    #[test]
    fn a_cut_document_keeps_the_examples_before_the_cut() {
        let cut = SAMPLE.find("\"status\":\"failed\"").unwrap();
        let report = read_json(&SAMPLE[..cut]);
        assert_eq!((report.cases.len(), report.problems), (1, vec![Problem::Truncated]));
    }
}
