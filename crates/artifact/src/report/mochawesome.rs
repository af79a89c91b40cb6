//! mochawesome's JSON, also as Cypress writes it: suites within suites, with hooks beside the tests.

use super::json::{self, Object, Scalar, Value};
use super::mocha::{Stats, TestError};
use super::nest::Nest;
use super::{Attachment, Case, Draft, Head, Input, Scope, Status};
use serde::de::MapAccess;
use std::sync::Arc;

/// Whether this is one.
pub(super) fn detect(head: &Head) -> bool {
    let has_stats = head.has_path("stats.passes") && head.has_path("stats.failures");
    let has_suites = head.has_path("results.suites") || head.has_path("results.uuid") || head.has_path("results.tests");
    has_stats && (has_suites || head.has_path("stats.testsRegistered") && head.has_path("results"))
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
            "stats" => value.object(&mut Stats { draft: self.draft }),
            "results" => value.each(&mut Suite { draft: self.draft, nest: Nest::default(), outer: None, file: None }),
            _ => Ok(()),
        }
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
            "title" => {
                let title = value.name()?.unwrap_or_default();
                self.nest.set_title(self.draft, title);
            }
            "fullFile" | "file" => {
                let file = value.name()?.filter(|file| !file.is_empty());
                // The first is the whole path, and the second is shorter.
                if self.file == self.outer {
                    self.file = file.map(Into::into).or(self.file.take());
                }
            }
            "beforeHooks" | "afterHooks" => value.each(&mut Test::new(self, true))?,
            "tests" => value.each(&mut Test::new(self, false))?,
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
        let file = self.file.clone();
        if file.is_some() && file != self.outer {
            self.draft.amend(self.nest.from(), |case| case.file = case.file.take().or_else(|| file.clone()));
        }
    }
}

struct Test<'a, 'b> {
    suite: &'a mut Suite<'b>,
    is_hook: bool,
    case: Case,
    state: Option<String>,
    fails: bool,
    passes: bool,
    timed_out: bool,
    error: TestError,
}

impl<'a, 'b> Test<'a, 'b> {
    fn new(suite: &'a mut Suite<'b>, is_hook: bool) -> Test<'a, 'b> {
        let (case, error) = (Case::default(), TestError::default());
        Test { suite, is_hook, case, state: None, fails: false, passes: false, timed_out: false, error }
    }

    fn status(&self) -> Status {
        match self.state.as_deref() {
            Some("passed") => Status::Passed,
            Some("failed") if self.timed_out || self.is_hook => Status::Errored,
            Some("failed") => self.error.status(Status::Failed),
            None if self.fails => Status::Failed,
            None if self.passes => Status::Passed,
            // Pending, or skipped because of a hook that failed.
            _ => Status::Skipped,
        }
    }
}

impl Object for Test<'_, '_> {
    fn begin(&mut self) {
        (self.case, self.error, self.state) = (Case::default(), TestError::default(), None);
        (self.fails, self.passes, self.timed_out) = (false, false, false);
    }

    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "title" => self.case.name = value.name()?.unwrap_or_default(),
            "duration" => self.case.duration_ms = value.duration(1.0)?,
            "state" => self.state = value.name()?,
            "fail" => self.fails = value.flag()?.unwrap_or(false),
            "pass" => self.passes = value.flag()?.unwrap_or(false),
            "timedOut" => self.timed_out = value.flag()?.unwrap_or(false),
            "err" => value.object(&mut self.error)?,
            "uuid" => self.case.properties.extend(value.name()?.map(|uuid| ("uuid".into(), uuid))),
            "context" => {
                if let Some(text) = value.text()? {
                    self.case.attachments = attachments(&text);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self) {
        let mut case = std::mem::take(&mut self.case);
        case.status = self.status();
        let error = std::mem::take(&mut self.error);
        if case.status.is_failing() {
            case.detail = error.detail();
        }
        if self.is_hook {
            // Hooks are told of only where they matter.
            if !case.status.is_failing() {
                return;
            }
            case.scope = Scope::Suite;
        }
        case.suite = Arc::clone(self.suite.nest.path());
        case.file = self.suite.file.clone();
        self.suite.draft.push(case);
    }
}

/// The files in the context of a test, which is JSON within a string: a path, one with a title, or a list of them.
fn attachments(context: &str) -> Vec<Attachment> {
    let mut files = Context::default();
    // A context that is anything else is of no interest, and no problem of the report.
    let _ = json::parse(context, &mut files);
    files.found
}

#[derive(Default)]
struct Context {
    title: Option<String>,
    value: Option<String>,
    found: Vec<Attachment>,
}

impl Context {
    fn add(&mut self, title: Option<String>, path: String) {
        let extension = path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        let is_file = ["png", "jpg", "jpeg", "gif", "webp", "mp4", "webm", "json", "txt", "log", "html"];
        if path.len() < 1024 && !path.contains('\n') && is_file.contains(&extension.as_str()) {
            let name = title.unwrap_or_else(|| path.rsplit('/').next().unwrap_or_default().to_owned());
            self.found.push(Attachment { name, path, media_type: None });
        }
    }
}

impl Object for Context {
    fn begin(&mut self) {
        (self.title, self.value) = (None, None);
    }

    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "title" => self.title = value.name()?,
            "value" => self.value = value.name()?,
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self) {
        if let Some(path) = self.value.take() {
            let title = self.title.take();
            self.add(title, path);
        }
    }

    fn scalar(&mut self, scalar: Scalar<'_>) {
        scalar.name().into_iter().for_each(|path| self.add(None, path));
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Format, Limits, Look, look, read};
    use super::*;

    const SAMPLE: &str = r#"{
        "stats": {"suites": 2, "tests": 3, "passes": 1, "pending": 1, "failures": 1, "testsRegistered": 3},
        "results": [{"uuid": "u", "title": "", "fullFile": "", "file": "", "beforeHooks": [], "tests": [], "suites": [
            {"title": "cart", "fullFile": "/w/cart.js", "file": "/cart.js",
             "beforeHooks": [{"title": "\"before all\" hook", "state": "failed", "fail": true, "err": {"message": "no database"}},
                             {"title": "\"before each\" hook", "state": "passed"}],
             "tests": [
               {"title": "adds", "state": "passed", "pass": true, "duration": 4, "context": "\"shots/adds.png\"", "err": {}},
               {"title": "drops", "state": "failed", "fail": true, "duration": 5, "context": "{\"title\": \"video\", \"value\": \"v/drops.mp4\"}",
                "err": {"message": "AssertionError: no", "estack": "AssertionError: no\n    at x", "diff": "- 1\n+ 2"}},
               {"title": "waits", "state": null, "skipped": true, "context": null}],
             "suites": [{"title": "empty", "tests": [{"title": "later", "state": "pending", "pending": true}], "suites": []}]}]}],
        "meta": {"mocha": {"version": "10"}}
    }"#;

    #[test]
    fn a_report_is_told_and_read() {
        assert_eq!(look("x.json", SAMPLE.as_bytes()), Look::Report(Format::Mochawesome));
        let report = read(Format::Mochawesome, &mut SAMPLE.as_bytes(), &Limits::default());
        assert_eq!(report.problems, []);
        let [hook, adds, drops, waits, later] = &report.cases[..] else { panic!("{:?}", report.cases) };
        assert_eq!((hook.scope, hook.status), (Scope::Suite, Status::Errored));
        assert_eq!((&*adds.suite, adds.file.as_deref()), ("cart", Some("/w/cart.js")));
        assert_eq!(
            (adds.attachments[0].name.as_str(), adds.attachments[0].path.as_str()),
            ("adds.png", "shots/adds.png")
        );
        assert_eq!((drops.status, drops.attachments[0].name.as_str()), (Status::Failed, "video"));
        assert!(drops.detail.as_ref().unwrap().stack.as_ref().unwrap().ends_with("+ 2"));
        assert_eq!((waits.status, later.status), (Status::Skipped, Status::Skipped));
        assert_eq!((&*later.suite, later.file.as_deref()), ("cart > empty", Some("/w/cart.js")));
    }

    #[test]
    fn sorted_keys_change_nothing() {
        let text = r#"{"results": [{"suites": [{"tests": [{"state": "passed", "title": "a"}], "fullFile": "/f.js", "title": "in"}], "title": "out"}],
            "stats": {"failures": 0, "passes": 1}}"#;
        assert_eq!(look("x.json", text.as_bytes()), Look::Report(Format::Mochawesome));
        let report = read(Format::Mochawesome, &mut text.as_bytes(), &Limits::default());
        assert_eq!((&*report.cases[0].suite, report.cases[0].file.as_deref()), ("out > in", Some("/f.js")));
    }
}
