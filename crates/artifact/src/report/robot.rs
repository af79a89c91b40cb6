//! Robot Framework's output.xml, of Robot 2 to 7. Keywords are passed over: only how a suite's own teardown ended
//! matters, because its tests fail with it though their own status does not say so.

use super::xml::{Handler, Keep, Tag, add_pair, instant_ms, non_empty, seconds_ms, suite_path, walk};
use super::{Case, Detail, Draft, Head, Input, Status};
use std::sync::Arc;

/// Whether this is one.
pub(super) fn detect(head: &Head) -> bool {
    head.root() == Some("robot")
}

/// Reads one.
pub(super) fn read(input: Input, draft: &mut Draft) {
    walk(input, draft, &mut Robot::default());
}

/// What a keyword of a suite is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Teardown,
    Other,
}

struct Suite {
    path: Arc<str>,
    file: Option<Arc<str>>,
    /// Where its cases begin in the draft.
    first: usize,
    /// Message of its teardown, if that failed.
    failed_teardown: Option<String>,
}

#[derive(Default)]
struct Robot {
    suites: Vec<Suite>,
    case: Option<Case>,
    /// Open elements within the test, or within a keyword of a suite.
    depth: usize,
    keyword: Option<Role>,
    /// A failing status whose text is to come.
    is_failed_teardown: bool,
}

impl Handler for Robot {
    fn start(&mut self, tag: Tag, draft: &mut Draft) -> Keep {
        if self.case.is_some() || self.keyword.is_some() {
            self.depth += 1;
            return self.start_inside(tag);
        }
        match tag.name {
            "robot" => {
                draft.set_tool(tag.text("generator").split(" (").next().unwrap_or_default());
                if let Some(at) = tag.get("generated").and_then(|at| instant_ms(&at.cow())) {
                    draft.set_started_at(at);
                }
            }
            "suite" => self.start_suite(tag, draft),
            "test" if !self.suites.is_empty() => self.start_test(tag),
            "kw" if !self.suites.is_empty() => {
                let is_teardown = tag.get("type").is_some_and(|role| role.cow().eq_ignore_ascii_case("teardown"));
                self.keyword = Some(if is_teardown { Role::Teardown } else { Role::Other });
            }
            // The time of the outermost suite is that of the run.
            "status" if self.suites.len() == 1 => {
                if let Some(duration_ms) = duration(tag) {
                    draft.set_duration_ms(duration_ms);
                }
            }
            _ => {}
        }
        Keep::Nothing
    }

    fn end(&mut self, name: &str, text: Option<String>, draft: &mut Draft) {
        if self.depth > 0 {
            self.depth -= 1;
            return self.end_inside(name, text);
        }
        match name {
            "kw" => self.keyword = None,
            "test" => {
                if let Some(case) = self.case.take() {
                    draft.push(case);
                }
            }
            "suite" => self.end_suite(draft),
            _ => {}
        }
    }

    fn finish(&mut self, draft: &mut Draft) {
        while !self.suites.is_empty() {
            self.end_suite(draft);
        }
    }
}

impl Robot {
    fn start_suite(&mut self, tag: Tag, draft: &mut Draft) {
        let name = tag.text("name");
        let path = suite_path(self.suites.last().map(|parent| &parent.path), &name);
        let file = tag.get("source").and_then(|source| source.some()).map(Into::into);
        self.suites.push(Suite { path, file, first: draft.cases_mut().len(), failed_teardown: None });
    }

    fn end_suite(&mut self, draft: &mut Draft) {
        let Some(Suite { first, failed_teardown: Some(message), .. }) = self.suites.pop() else { return };
        let cases = draft.cases_mut();
        let first = first.min(cases.len());
        for case in cases[first..].iter_mut().filter(|case| !case.status.is_failing()) {
            case.status = Status::Failed;
            case.detail =
                Some(Detail { message: format!("Parent suite teardown failed: {message}"), ..Detail::default() });
        }
    }

    fn start_test(&mut self, tag: Tag) {
        let Some(suite) = self.suites.last() else { return };
        let mut case = Case {
            suite: suite.path.clone(),
            file: suite.file.clone(),
            // A test without a status was not run to its end.
            status: Status::Errored,
            ..Case::default()
        };
        for (key, value) in tag.attributes() {
            match key {
                "name" => case.name = value.text(),
                "line" => case.line = value.number().and_then(|line| u32::try_from(line).ok()),
                _ => {}
            }
        }
        self.case = Some(case);
    }

    fn start_inside(&mut self, tag: Tag) -> Keep {
        match (tag.name, self.depth, &mut self.case) {
            ("status", 1, Some(case)) => {
                case.status = status(&tag.text("status"));
                case.duration_ms = duration(tag);
                Keep::Start
            }
            ("status", 1, None) => {
                self.is_failed_teardown = self.keyword == Some(Role::Teardown) && tag.text("status") == "FAIL";
                Keep::Start
            }
            ("tag", 1 | 2, Some(_)) => Keep::Start,
            // Since Robot 4 a keyword tells why it failed in its last message.
            ("msg", 1, None) if tag.get("level").is_some_and(|level| level.cow() == "FAIL") => Keep::Start,
            _ => Keep::Nothing,
        }
    }

    fn end_inside(&mut self, name: &str, text: Option<String>) {
        let Some(text) = text else { return };
        match (name, &mut self.case) {
            ("status", Some(case)) => {
                case.detail = non_empty(text).map(|message| Detail { message, ..Detail::default() });
                if case.status == Status::Passed {
                    case.detail = None;
                }
            }
            ("tag", Some(case)) => add_pair(&mut case.properties, "tag", text),
            ("msg" | "status", None) => self.note_teardown(name, text),
            _ => {}
        }
    }

    fn note_teardown(&mut self, name: &str, text: String) {
        let Some(suite) = self.suites.last_mut().filter(|_| self.keyword == Some(Role::Teardown)) else { return };
        if name == "status" {
            let is_failed = std::mem::take(&mut self.is_failed_teardown);
            let said = suite.failed_teardown.take().or(non_empty(text));
            suite.failed_teardown = is_failed.then(|| said.unwrap_or_default());
        } else {
            suite.failed_teardown = Some(text);
        }
    }
}

fn status(word: &str) -> Status {
    match word {
        "PASS" => Status::Passed,
        "FAIL" => Status::Failed,
        "SKIP" | "NOT RUN" | "NOT_RUN" => Status::Skipped,
        _ => Status::Errored,
    }
}

fn duration(tag: Tag) -> Option<u64> {
    if let Some(elapsed) = tag.get("elapsed") {
        return seconds_ms(&elapsed.cow());
    }
    let at = |key| instant_ms(&tag.get(key)?.cow());
    u64::try_from(at("endtime")? - at("starttime")?).ok()
}

#[cfg(test)]
mod tests {
    use super::super::xml::tests::sample;
    use super::super::{Format, Status};

    #[test]
    fn tests_of_nested_suites_are_read() {
        let report = sample(
            Format::Robot,
            "<robot generator='Robot 7.0 (Python 3)' generated='2024-01-01T00:00:00'><suite name='A' source='/a'>\
             <suite name='B' source='/a/b.robot'><kw name='s' type='SETUP'><status status='FAIL'/></kw>\
             <test name='Bad' line='5'><kw name='k'><status status='PASS'>inner</status></kw><tag>t1</tag>\
             <status status='FAIL' elapsed='0.25'>no</status></test><test name='Skip'><tags><tag>t2</tag></tags>\
             <status status='SKIP' starttime='20240101 00:00:00.100' endtime='20240101 00:00:00.300'>why</status></test>\
             <status status='FAIL'/></suite><status status='FAIL' elapsed='2'/></suite></robot>",
        );
        let [bad, skip] = &report.cases[..] else { panic!() };
        assert_eq!((&*bad.suite, bad.file.as_deref(), bad.line), ("A > B", Some("/a/b.robot"), Some(5)));
        assert_eq!(
            (bad.status, bad.duration_ms, bad.detail.as_ref().unwrap().message.as_str()),
            (Status::Failed, Some(250), "no")
        );
        assert_eq!(bad.properties, [("tag".to_owned(), "t1".to_owned())]);
        assert_eq!((skip.status, skip.duration_ms), (Status::Skipped, Some(200)));
        assert_eq!((report.tool.as_deref(), report.duration_ms), (Some("Robot 7.0"), Some(2000)));
    }

    #[test]
    fn tests_fail_with_the_teardown_of_their_suite() {
        let report = sample(
            Format::Robot,
            "<robot><suite name='A'><test name='t'><status status='PASS'/></test><kw type='teardown' name='k'>\
             <kw name='inner'><status status='FAIL'>deeper</status></kw><status status='FAIL'>broke</status></kw>\
             <status status='FAIL'/></suite></robot>",
        );
        assert_eq!(report.cases[0].status, Status::Failed);
        assert_eq!(report.cases[0].detail.as_ref().unwrap().message, "Parent suite teardown failed: broke");
    }
}
