//! JUnit XML in all its dialects: suites in suites, cases with failures, reruns, outputs and attachments.
//!
//! There is no one schema; what is read here is what runners write. Cases are counted as they are read and never
//! by the report's own counters. A linter that writes JUnit is told by [`lint`] and counted in findings.

mod case;
mod lint;
mod suite;

use super::xml::{Handler, Keep, Shared, Tag, first_line, walk};
use super::{Case, Draft, Head, Input, Kind, Problem, Status};
use case::OpenCase;
use suite::{Root, Suite};

/// Whether this is one.
pub(super) fn detect(head: &Head) -> bool {
    head.is_xml() && matches!(head.root(), Some("testsuites" | "testsuite" | "testcase"))
}

/// Reads one.
pub(super) fn read(input: Input, draft: &mut Draft) {
    walk(input, draft, &mut Junit::default());
}

#[derive(Default)]
struct Junit {
    root: Root,
    suites: Vec<Suite>,
    /// The case that is open, if one is. One place for all of them spares moving each.
    case: OpenCase,
    in_case: bool,
    /// The first case of a suite: the output of the suite may belong to it.
    held: Option<Case>,
    classes: Shared,
    files: Shared,
    is_lint: bool,
}

impl Handler for Junit {
    fn start(&mut self, tag: Tag, draft: &mut Draft) -> Keep {
        match tag.name {
            "testsuites" => self.start_root(tag, draft),
            "testsuite" => self.start_suite(tag, draft),
            "testcase" => self.start_case(tag, draft),
            _ => {
                let most = *draft.limits();
                return match self.suites.last_mut() {
                    _ if self.in_case => self.case.start(tag, &most),
                    Some(suite) => suite.start(tag, &most, draft),
                    None => Keep::Nothing,
                };
            }
        }
        Keep::Nothing
    }

    fn end(&mut self, name: &str, text: Option<String>, draft: &mut Draft) {
        match name {
            "testsuites" => self.root = Root::default(),
            "testsuite" => self.end_suite(draft),
            "testcase" => self.end_case(draft),
            _ => match self.suites.last_mut() {
                _ if self.in_case => self.case.end(name, text, draft.limits()),
                Some(suite) => suite.end(name, text),
                None => {}
            },
        }
    }

    fn finish(&mut self, draft: &mut Draft) {
        // A case that was not read to its end may have been about to fail: only a failure is certain.
        if self.in_case && self.case.is_failing() {
            self.end_case(draft);
        }
        while !self.suites.is_empty() {
            self.end_suite(draft);
        }
        self.flush(draft);
    }
}

impl Junit {
    fn start_root(&mut self, tag: Tag, draft: &mut Draft) {
        self.root = Root::new(tag, draft);
        self.is_lint |= lint::is_linter(&self.root.name);
    }

    fn start_suite(&mut self, tag: Tag, draft: &mut Draft) {
        self.flush(draft);
        self.forget_case();
        if let Some(parent) = self.suites.last_mut() {
            parent.has_children = true;
        }
        let suite = Suite::new(tag, self.suites.last(), &mut self.root, &mut self.files, draft);
        self.is_lint |= lint::is_suite(&suite.name, tag);
        self.suites.push(suite);
    }

    fn end_suite(&mut self, draft: &mut Draft) {
        let Some(mut suite) = self.suites.pop() else { return };
        if let Some(held) = &mut self.held {
            suite.lend_output(held);
        }
        self.flush(draft);
        if !self.is_lint {
            suite.finish(draft);
        }
    }

    fn start_case(&mut self, tag: Tag, draft: &mut Draft) {
        self.flush(draft);
        self.forget_case();
        self.case.open(tag, self.suites.last(), &mut self.classes, &mut self.files);
        self.in_case = true;
        if let Some(suite) = self.suites.last_mut() {
            suite.cases += 1;
            self.is_lint |= lint::is_case(&suite.name, &self.case.case);
            if let Some(project) = &suite.project {
                self.case.case.variant.push(("project".to_owned(), project.clone()));
            }
        }
    }

    /// A case within a case, or a suite within one, is nonsense: the outer case has no outcome.
    fn forget_case(&mut self) {
        if std::mem::take(&mut self.in_case) {
            self.case.forget();
        }
    }

    fn end_case(&mut self, draft: &mut Draft) {
        if !std::mem::take(&mut self.in_case) {
            return;
        }
        let suite = self.suites.last();
        let case = self.case.close(suite, draft.limits());
        if self.is_lint {
            draft.set_kind(Kind::Lint);
            draft.add_findings(u64::from(case.status.is_failing()));
        } else {
            note_breakdown(&case, draft);
            match suite {
                Some(suite) if suite.cases == 1 => self.held = Some(case),
                _ => draft.push(case),
            }
        }
    }

    fn flush(&mut self, draft: &mut Draft) {
        if let Some(case) = self.held.take() {
            draft.push(case);
        }
        if self.is_lint {
            draft.set_kind(Kind::Lint);
        }
    }
}

/// pytest writes an error of its own as a case.
fn note_breakdown(case: &Case, draft: &mut Draft) {
    if case.name == "internal" && case.class.as_deref() == Some("pytest") && case.status == Status::Errored {
        let message = case.detail.as_ref().map(|detail| first_line(&detail.message)).unwrap_or_default();
        draft.problem(Problem::Interrupted { reason: message.chars().take(300).collect() });
    }
}

#[cfg(test)]
mod tests {
    use super::super::xml::tests::sample;
    use super::super::{Format, Problem, Report, Scope, Status};

    fn read(text: &str) -> Report {
        sample(Format::Junit, text)
    }

    fn statuses(report: &Report) -> Vec<(&str, Status)> {
        report.cases.iter().map(|case| (case.name.as_str(), case.status)).collect()
    }

    #[test]
    fn nested_suites_are_a_path() {
        let report = read(
            "<testsuites><testsuite name='outer' file='o.py'><testsuite name='inner'>\
             <testcase name='one' classname='c' line='7' time='0.25'/></testsuite>\
             <testcase name='two' file='own.py'/></testsuite></testsuites>",
        );
        let one = &report.cases[0];
        assert_eq!((&*one.suite, one.class.as_deref(), one.line), ("outer > inner", Some("c"), Some(7)));
        assert_eq!((one.file.as_deref(), one.duration_ms), (Some("o.py"), Some(250)));
        assert_eq!((&*report.cases[1].suite, report.cases[1].file.as_deref()), ("outer", Some("own.py")));
    }

    #[test]
    fn every_status_is_told() {
        let report = read(
            "<testsuite name='s'><testcase name='pass'/><testcase name='fail'><failure/></testcase>\
             <testcase name='error'><skipped/><failure/><error/></testcase>\
             <testcase name='skip'><skipped message='why'/></testcase>\
             <testcase name='disabled' status='disabled'/><testcase name='suppressed' status='notrun' result='suppressed'/>\
             <testcase name='word' status='failed'/></testsuite>",
        );
        use Status::{Errored, Failed, Passed, Skipped};
        let expected = [Passed, Failed, Errored, Skipped, Skipped, Skipped, Failed];
        assert_eq!(report.cases.iter().map(|case| case.status).collect::<Vec<_>>(), expected);
        assert_eq!(report.cases[3].detail.as_ref().unwrap().message, "why");
    }

    #[test]
    fn several_failures_are_one_case_with_all_their_texts() {
        let report = read(
            "<testsuite name='s'><testcase name='t'><failure message='first' type='A'>stack 1</failure>\
             <failure message='second'>stack 2</failure></testcase></testsuite>",
        );
        let detail = report.cases[0].detail.as_ref().unwrap();
        assert_eq!((detail.message.as_str(), detail.kind.as_deref()), ("first", Some("A")));
        assert_eq!(detail.stack.as_deref(), Some("stack 1\n\nsecond\n\nstack 2"));
    }

    #[test]
    fn reruns_are_tries_and_the_last_one_counts() {
        let report = read(
            "<testsuite name='s'><testcase name='down' time='1'><failure message='1'/><rerunFailure message='2' time='3'>\
             <stackTrace>at x</stackTrace><system-out>noise</system-out></rerunFailure></testcase>\
             <testcase name='flaky'><flakyError message='once'><stackTrace>at y</stackTrace></flakyError></testcase></testsuite>",
        );
        let [down, flaky] = &report.cases[..] else { panic!() };
        assert_eq!((down.status, down.tries.len(), down.duration_ms), (Status::Failed, 1, Some(3000)));
        assert_eq!(down.detail.as_ref().unwrap().stack.as_deref(), Some("at x"));
        assert_eq!(down.tries[0].detail.as_ref().unwrap().message, "1");
        assert!(flaky.is_flaky() && flaky.tries[0].status == Status::Errored);
    }

    #[test]
    fn reruns_that_pytest_writes_as_bare_cases_are_tries() {
        let report = read(
            "<testsuites name='pytest tests'><testsuite name='pytest' tests='2'>\
             <testcase classname='m' name='a'/><testcase classname='m' name='b'/>\
             <testcase classname='m' name='a'><failure message='no'/></testcase>\
             <testcase classname='m' name='b'/></testsuite></testsuites>",
        );
        assert_eq!(statuses(&report), [("a", Status::Failed), ("b", Status::Passed)]);
        assert!(!report.cases[0].is_flaky() && report.cases[1].is_flaky());
    }

    #[test]
    fn a_teardown_error_behind_a_failure_is_the_same_case() {
        let report = read(
            "<testsuite name='pytest' tests='1' failures='1' errors='1'><testcase classname='m' name='a'>\
             <failure message='no'/></testcase><testcase classname='m' name='a'><error message='teardown'/></testcase></testsuite>",
        );
        assert_eq!(statuses(&report), [("a", Status::Failed)]);
        assert!(report.cases[0].detail.as_ref().unwrap().stack.as_ref().unwrap().contains("teardown"));
    }

    #[test]
    fn duplicates_of_other_tools_stay() {
        let report = read("<testsuite name='s' tests='1'><testcase name='a'/><testcase name='a'/></testsuite>");
        assert_eq!(report.cases.len(), 2);
    }

    #[test]
    fn a_suite_that_failed_is_told_beside_its_cases() {
        let report = read(
            "<testsuites><testsuite name='s'><testcase name='a'/><error message='setup broke'/></testsuite>\
             <testsuite name='dead' tests='0' errors='1'><system-err>cannot load</system-err></testsuite></testsuites>",
        );
        let suites: Vec<_> = report.cases.iter().filter(|case| case.scope == Scope::Suite).collect();
        assert_eq!(suites.iter().map(|case| case.name.as_str()).collect::<Vec<_>>(), ["s", "dead"]);
        assert!(suites.iter().all(|case| case.status == Status::Errored));
        assert_eq!(suites[1].stderr.as_deref(), Some("cannot load"));
    }

    #[test]
    fn a_file_that_failed_is_no_case_of_it() {
        let report = read(
            "<testsuites name='vitest tests'><testsuite name='a.test.ts'>\
             <testcase classname='a.test.ts' name='a.test.ts'><failure/></testcase>\
             <testcase classname='a.test.ts' name='works'/></testsuite></testsuites>",
        );
        assert_eq!(report.cases.iter().map(|case| case.scope).collect::<Vec<_>>(), [Scope::Suite, Scope::Case]);
        assert_eq!(report.tool.as_deref(), Some("Vitest"));
    }

    #[test]
    fn several_documents_and_no_root_are_read() {
        let report = read(
            "<?xml version='1.0'?><testsuite name='a' tests='1'><testcase name='1'/></testsuite>\n\
             <?xml version='1.0'?><testsuite name='b' tests='2'><testcase name='2'/></testsuite>",
        );
        assert_eq!((report.cases.len(), report.claim.total, report.problems.len()), (2, Some(3), 0));
        assert_eq!(read("<testcase name='1'/><testcase name='2'/>").cases.len(), 2);
        assert_eq!(read("<testsuites><testcase name='1'/></testsuites>").cases.len(), 1);
    }

    #[test]
    fn a_cut_file_keeps_what_is_certain() {
        let report = read("<testsuite name='s'><testcase name='a'/><testcase name='b'><system-out>x");
        assert_eq!(
            (statuses(&report), report.problems.clone()),
            (vec![("a", Status::Passed)], vec![Problem::Truncated])
        );
        let report = read("<testsuite name='s'><testcase name='b'><failure message='m'>x");
        assert_eq!(statuses(&report), [("b", Status::Failed)]);
    }

    #[test]
    fn attachments_properties_and_outputs_are_kept() {
        let report = read(
            "<testsuite name='s'><testcase name='a' owner='me' value_param='5'><properties><property name='p' value='v'/>\
             <property name='attachment' value='a/b.png'/><property name='q'>text</property></properties>\
             <system-out>hello\n[[ATTACHMENT|out/shot.png]]\n</system-out><system-err>bad</system-err></testcase></testsuite>",
        );
        let case = &report.cases[0];
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(case.properties, [pair("owner", "me"), pair("p", "v"), pair("q", "text")]);
        assert_eq!(case.parameters, [pair("value_param", "5")]);
        let paths: Vec<_> = case.attachments.iter().map(|file| (file.name.as_str(), file.path.as_str())).collect();
        assert_eq!(paths, [("b.png", "a/b.png"), ("shot.png", "out/shot.png")]);
        assert!(case.stdout.as_ref().unwrap().starts_with("hello") && case.stderr.as_deref() == Some("bad"));
    }

    #[test]
    fn suites_of_mocha_share_the_file_of_the_first_one() {
        let report = read(
            "<testsuites name='Mocha Tests'><testsuite name='Root Suite' file='a.cy.js'/><testsuite name='x'><testcase name='1'/>\
             </testsuite><testsuite name='Root Suite' file='b.cy.js'/><testsuite name='y'><testcase name='2'/></testsuite></testsuites>",
        );
        let files: Vec<_> = report.cases.iter().map(|case| case.file.as_deref()).collect();
        assert_eq!(files, [Some("a.cy.js"), Some("b.cy.js")]);
    }

    #[test]
    fn an_error_of_pytest_itself_is_a_broken_run() {
        let report = read(
            "<testsuite name='pytest'><testcase classname='pytest' name='internal'><error message='internal error'/></testcase></testsuite>",
        );
        assert_eq!(report.problems, [Problem::Interrupted { reason: "internal error".into() }]);
    }

    #[test]
    fn a_failure_of_a_class_is_no_case_of_it() {
        let report = read(
            "<testsuite name='c.X'><testcase name='' classname='c.X'><error message='BeforeAll'/></testcase></testsuite>",
        );
        assert_eq!((report.cases[0].scope, report.cases[0].name.as_str()), (Scope::Suite, "c.X"));
    }

    #[test]
    fn counters_are_a_claim() {
        let report = read(
            "<testsuites tests='9' failures='8' errors='7' skipped='6' time='1,024.5' timestamp='2024-01-02T00:00:00Z'>\
             <testsuite name='s' tests='5'/></testsuites>",
        );
        assert_eq!((report.cases.len(), report.claim.total, report.claim.skipped), (0, Some(9), Some(6)));
        assert_eq!((report.duration_ms, report.started_at), (Some(1_024_500), Some(1_704_153_600_000)));
    }

    #[test]
    fn output_of_a_suite_with_one_failed_case_is_that_cases() {
        let report = read(
            "<testsuite name='//a:b'><testcase name='//a:b'><error message='exit 1'/></testcase>\
             <system-out>the log</system-out></testsuite>",
        );
        assert_eq!(report.cases[0].stdout.as_deref(), Some("the log"));
    }
}
