//! xUnit.net XML, versions 1 to 3.

use super::trx::shorten;
use super::xml::{Handler, Keep, Shared, Tag, add_pair, instant_ms, non_empty, seconds_ms, walk};
use super::{Case, Detail, Draft, Head, Input, Scope, Status};
use std::sync::Arc;

/// Whether this is one.
pub(super) fn detect(head: &Head) -> bool {
    match head.root() {
        Some("assemblies") => true,
        Some("assembly") => {
            head.text.contains("<collection") || head.text.contains("<class") || head.text.contains("xUnit")
        }
        _ => false,
    }
}

/// Reads one.
pub(super) fn read(input: Input, draft: &mut Draft) {
    walk(input, draft, &mut Xunit::default());
}

#[derive(Default)]
struct Xunit {
    suite: Arc<str>,
    /// The test, or an error around tests, that is open.
    case: Option<Case>,
    has_detail: bool,
    detail: Detail,
    classes: Shared,
    files: Shared,
}

impl Handler for Xunit {
    fn start(&mut self, tag: Tag, draft: &mut Draft) -> Keep {
        match tag.name {
            "assembly" => self.start_assembly(tag, draft),
            "test" => self.start_test(tag),
            // Clean-up that failed is told beside the tests.
            "error" => {
                let name = tag.get("name").and_then(|name| name.some()).unwrap_or_else(|| tag.text("type"));
                self.case = Some(Case {
                    suite: self.suite.clone(),
                    name,
                    status: Status::Errored,
                    scope: Scope::Suite,
                    ..Case::default()
                });
            }
            "failure" => {
                self.detail.kind = tag.get("exception-type").and_then(|kind| kind.some());
                self.has_detail = true;
            }
            "trait" => {
                if let Some(case) = &mut self.case {
                    add_pair(&mut case.properties, &tag.text("name"), tag.text("value"));
                }
            }
            "message" | "stack-trace" | "reason" => return Keep::Start,
            "output" => return Keep::End,
            _ => {}
        }
        Keep::Nothing
    }

    fn end(&mut self, name: &str, text: Option<String>, draft: &mut Draft) {
        let text = text.and_then(non_empty);
        match name {
            "message" => self.detail.message = text.unwrap_or_default(),
            "stack-trace" => self.detail.stack = text,
            "reason" => {
                // Version 1 has a message inside.
                if let Some(text) = text {
                    self.detail.message = text;
                }
                self.has_detail = true;
            }
            "output" => {
                if let Some(case) = &mut self.case {
                    case.stdout = text;
                }
            }
            "test" | "error" => self.end_case(draft),
            _ => {}
        }
    }
}

impl Xunit {
    fn start_assembly(&mut self, tag: Tag, draft: &mut Draft) {
        let name = tag.text("name");
        self.suite = name.rsplit(['/', '\\']).next().unwrap_or_default().into();
        draft.set_tool(&tag.text("test-framework"));
        let moment = tag.get("timestamp").or_else(|| tag.get("start-rtf")).map(|at| at.text());
        let moment = moment.unwrap_or_else(|| format!("{}T{}", tag.text("run-date"), tag.text("run-time")));
        if let Some(at) = instant_ms(&moment) {
            draft.set_started_at(at);
        }
        if let Some(duration_ms) = tag.get("time").and_then(|time| seconds_ms(&time.cow())) {
            draft.add_duration_ms(duration_ms);
        }
        let claim = draft.claim_mut();
        let counters = [
            (&mut claim.total, "total"),
            (&mut claim.failed, "failed"),
            (&mut claim.errored, "errors"),
            (&mut claim.skipped, "skipped"),
        ];
        for (counter, key) in counters {
            if let Some(count) = tag.number(key) {
                *counter = Some(counter.unwrap_or(0).saturating_add(count));
            }
        }
    }

    fn start_test(&mut self, tag: Tag) {
        let mut case = Case { suite: self.suite.clone(), status: Status::Errored, ..Case::default() };
        let mut method = String::new();
        for (key, value) in tag.attributes() {
            match key {
                "name" => case.name = value.text(),
                "type" => case.class = self.classes.of(&value.cow()),
                "method" => method = value.text(),
                "time" => case.duration_ms = seconds_ms(&value.cow()),
                "result" => case.status = status(&value.cow()),
                "source-file" => case.file = self.files.of(&value.cow()),
                "source-line" => case.line = value.number().and_then(|line| u32::try_from(line).ok()),
                "id" => case.external_id = value.some(),
                _ => {}
            }
        }
        match &case.class {
            _ if case.name.is_empty() => case.name = method,
            Some(class) => shorten(&mut case.name, class),
            None => {}
        }
        self.case = Some(case);
    }

    fn end_case(&mut self, draft: &mut Draft) {
        let detail = std::mem::take(&mut self.detail);
        let has_detail = std::mem::take(&mut self.has_detail);
        let Some(mut case) = self.case.take() else { return };
        case.detail = has_detail.then_some(detail);
        draft.push(case);
    }
}

fn status(result: &str) -> Status {
    match result {
        "Pass" => Status::Passed,
        "Fail" => Status::Failed,
        "Skip" | "NotRun" => Status::Skipped,
        _ => Status::Errored,
    }
}

#[cfg(test)]
mod tests {
    use super::super::xml::tests::sample;
    use super::super::{Format, Scope, Status};

    #[test]
    fn tests_and_errors_around_them_are_read() {
        let report = sample(
            Format::Xunit,
            "<assemblies><assembly name='/x/T.dll' run-date='2024-01-01' run-time='00:00:01' total='3' time='1.5'>\
             <errors><error type='assembly-cleanup'><failure exception-type='E'><message>late</message></failure></error></errors>\
             <collection><test name='N.C.Ok(i: 1)' type='N.C' method='Ok' time='0.1' result='Pass'>\
             <traits><trait name='k' value='v'/></traits><output>hi</output></test>\
             <test name='N.C.Bad' type='N.C' result='Fail'><failure exception-type='X'><message>m</message>\
             <stack-trace>at y</stack-trace></failure></test>\
             <test name='N.C.No' type='N.C' result='Skip'><reason>why</reason></test></collection></assembly></assemblies>",
        );
        let [late, ok, bad, no] = &report.cases[..] else { panic!() };
        assert_eq!((late.scope, late.name.as_str(), &*late.suite), (Scope::Suite, "assembly-cleanup", "T.dll"));
        assert_eq!(
            (ok.name.as_str(), ok.class.as_deref(), ok.stdout.as_deref()),
            ("Ok(i: 1)", Some("N.C"), Some("hi"))
        );
        assert_eq!(ok.properties, [("k".to_owned(), "v".to_owned())]);
        let detail = bad.detail.as_ref().unwrap();
        assert_eq!(
            (bad.status, detail.kind.as_deref(), detail.stack.as_deref()),
            (Status::Failed, Some("X"), Some("at y"))
        );
        assert_eq!((no.status, no.detail.as_ref().unwrap().message.as_str()), (Status::Skipped, "why"));
        assert_eq!((report.started_at, report.claim.total), (Some(1_704_067_201_000), Some(3)));
    }
}
