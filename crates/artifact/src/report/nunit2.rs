//! NUnit 2 XML, which NUnit 3 and other runners can write as well; and what both readers of NUnit share.

use super::xml::{Handler, Keep, Shared, Tag, add_pair, instant_ms, non_empty, seconds_ms, suite_path, walk};
use super::{Case, Detail, Draft, Head, Input, Scope, Status};
use std::sync::Arc;

/// Whether this is one.
pub(super) fn detect(head: &Head) -> bool {
    head.root() == Some("test-results")
}

/// Reads one.
pub(super) fn read(input: Input, draft: &mut Draft) {
    walk(input, draft, &mut Nunit2::default());
}

/// What an element says about why it failed or was skipped.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub message: Option<String>,
    pub stack: Option<String>,
}

impl Outcome {
    /// The detail, where anything was said or something failed.
    pub fn take(&mut self, status: Status) -> Option<Detail> {
        let outcome = std::mem::take(self);
        let said = outcome.message.is_some() || outcome.stack.is_some();
        // A reason of a success is no reason of a failure.
        (status != Status::Passed && said).then(|| Detail {
            kind: None,
            message: outcome.message.unwrap_or_default(),
            stack: outcome.stack,
        })
    }
}

/// A suite that is open.
#[derive(Debug)]
pub(super) struct Fixture {
    pub name: String,
    /// Names from the outermost suite on.
    pub path: Arc<str>,
    pub is_failing: bool,
    /// Whether its own set-up or clean-up failed, rather than something in it.
    pub failed_itself: bool,
    /// Cases and failed suites in it.
    pub cases: u64,
    pub outcome: Outcome,
}

impl Fixture {
    pub fn new(name: &str, parent: Option<&Fixture>) -> Fixture {
        let name = part_of_path(name).to_owned();
        let path = suite_path(parent.map(|parent| &parent.path), &name);
        Fixture { name, path, is_failing: false, failed_itself: false, cases: 0, outcome: Outcome::default() }
    }

    /// Ends it: if it failed by itself, or without a case that could say so, it is told as a suite.
    pub fn finish(mut self, parent: Option<&mut Fixture>, draft: &mut Draft) {
        if self.failed_itself || (self.is_failing && self.cases == 0) {
            self.cases += 1;
            draft.push(Case {
                suite: self.path,
                name: self.name,
                status: Status::Errored,
                scope: Scope::Suite,
                detail: self.outcome.take(Status::Errored),
                ..Case::default()
            });
        }
        if let Some(parent) = parent {
            parent.cases += self.cases;
        }
    }
}

/// The last part of a path: assemblies are named by where they were built.
pub(super) fn part_of_path(name: &str) -> &str {
    let part = name.rsplit(['/', '\\']).next().unwrap_or(name);
    // Arguments of a parameterised suite may hold slashes.
    if part.is_empty() || name.contains('(') { name } else { part }
}

#[derive(Default)]
struct Nunit2 {
    fixtures: Vec<Fixture>,
    case: Option<Case>,
    outcome: Outcome,
    classes: Shared,
}

impl Handler for Nunit2 {
    fn start(&mut self, tag: Tag, draft: &mut Draft) -> Keep {
        match tag.name {
            "test-results" => start_results(tag, draft),
            "environment" => draft.set_tool(&format!("NUnit {}", tag.text("nunit-version"))),
            "test-suite" => {
                let mut fixture = Fixture::new(&tag.text("name"), self.fixtures.last());
                fixture.is_failing = matches!(&*tag.text("result"), "Failure" | "Error");
                self.fixtures.push(fixture);
            }
            "test-case" => {
                self.outcome = Outcome::default();
                self.case = Some(self.start_case(tag));
            }
            "category" => self.property("Category", tag.text("name")),
            "property" => self.property(&tag.text("name"), tag.text("value")),
            "message" | "stack-trace" => return Keep::Start,
            "output" => return Keep::End,
            _ => {}
        }
        Keep::Nothing
    }

    fn end(&mut self, name: &str, text: Option<String>, draft: &mut Draft) {
        let text = text.and_then(non_empty);
        let outcome = match (&self.case, self.fixtures.last_mut()) {
            (None, Some(fixture)) => &mut fixture.outcome,
            _ => &mut self.outcome,
        };
        match name {
            "message" => outcome.message = text,
            "stack-trace" => outcome.stack = text,
            "output" => {
                if let Some(case) = &mut self.case {
                    case.stdout = text;
                }
            }
            "test-case" => self.end_case(draft),
            "test-suite" => {
                if let Some(fixture) = self.fixtures.pop() {
                    fixture.finish(self.fixtures.last_mut(), draft);
                }
            }
            _ => {}
        }
    }
}

impl Nunit2 {
    fn start_case(&mut self, tag: Tag) -> Case {
        let suite = self.fixtures.last().map(|fixture| fixture.path.clone()).unwrap_or_default();
        let mut case = Case { suite, ..Case::default() };
        let (mut result, mut executed, mut success) = (None, None, None);
        for (key, value) in tag.attributes() {
            match key {
                "name" => {
                    let name = value.cow();
                    let (class, method) = split_name(&name);
                    case.class = self.classes.of(class);
                    case.name = method.to_owned();
                }
                "time" => case.duration_ms = seconds_ms(&value.cow()),
                "result" => result = Some(value.text()),
                "executed" => executed = Some(value.cow().eq_ignore_ascii_case("true")),
                "success" => success = Some(value.cow().eq_ignore_ascii_case("true")),
                _ => {}
            }
        }
        case.status = match (result.as_deref(), executed, success) {
            (Some("Success"), ..) => Status::Passed,
            (Some("Failure"), ..) => Status::Failed,
            (Some("Error" | "Cancelled"), ..) => Status::Errored,
            (Some("Ignored" | "NotRunnable" | "Inconclusive" | "Skipped" | "Invalid"), ..) => Status::Skipped,
            // Version 2.4 and older have no result.
            (_, Some(false), _) => Status::Skipped,
            (_, _, Some(true)) => Status::Passed,
            (_, _, Some(false)) => Status::Failed,
            _ => Status::Errored,
        };
        case
    }

    fn end_case(&mut self, draft: &mut Draft) {
        let Some(mut case) = self.case.take() else { return };
        case.detail = self.outcome.take(case.status);
        if let Some(fixture) = self.fixtures.last_mut() {
            fixture.cases += 1;
        }
        draft.push(case);
    }

    fn property(&mut self, name: &str, value: String) {
        if let Some(case) = &mut self.case {
            add_pair(&mut case.properties, name, value);
        }
    }
}

/// Splits a full name before its last part; dots within arguments do not count.
fn split_name(name: &str) -> (&str, &str) {
    let end = name.find(['(', '<', '"', ' ']).unwrap_or(name.len());
    match name[..end].rfind('.') {
        Some(dot) => (&name[..dot], &name[dot + 1..]),
        None => ("", name),
    }
}

fn start_results(tag: Tag, draft: &mut Draft) {
    if let Some(at) = instant_ms(&format!("{}T{}", tag.text("date"), tag.text("time"))) {
        draft.set_started_at(at);
    }
    let claim = draft.claim_mut();
    claim.total = tag.number("total");
    claim.failed = tag.number("failures");
    claim.errored = tag.number("errors");
    claim.skipped = tag.number("not-run");
}

#[cfg(test)]
mod tests {
    use super::super::xml::tests::sample;
    use super::super::{Format, Scope, Status};
    use super::*;

    #[test]
    fn cases_of_new_and_old_versions_are_read() {
        let report = sample(
            Format::Nunit2,
            "<test-results total='5' failures='1' date='2024-01-01' time='00:00:01'><environment nunit-version='2.6'/>\
             <test-suite name='C:\\x\\T.dll' result='Failure'><results><test-suite name='F' result='Failure'><results>\
             <test-case name='N.F.Bad' executed='True' result='Failure' time='0.5'><categories><category name='slow'/></categories>\
             <failure><message>no</message><stack-trace>at x</stack-trace></failure></test-case>\
             <test-case name='N.F.Ignored' executed='False' result='Ignored'><reason><message>why</message></reason></test-case>\
             <test-case name='N.F.OldOk(&quot;a.b&quot;)' executed='true' success='true'/><test-case name='OldBad' success='false'/>\
             <test-case name='N.F.OldSkip' executed='false'/></results></test-suite></results></test-suite></test-results>",
        );
        use Status::{Failed, Passed, Skipped};
        assert_eq!(
            report.cases.iter().map(|case| case.status).collect::<Vec<_>>(),
            [Failed, Skipped, Passed, Failed, Skipped]
        );
        let bad = &report.cases[0];
        assert_eq!((&*bad.suite, bad.class.as_deref(), bad.name.as_str()), ("T.dll > F", Some("N.F"), "Bad"));
        assert_eq!(bad.properties, [("Category".to_owned(), "slow".to_owned())]);
        assert_eq!((report.cases[2].class.as_deref(), report.cases[2].name.as_str()), (Some("N.F"), "OldOk(\"a.b\")"));
        assert_eq!((report.started_at, report.tool.as_deref()), (Some(1_704_067_201_000), Some("NUnit 2.6")));
    }

    #[test]
    fn a_failed_suite_without_cases_is_told() {
        let report = sample(
            Format::Nunit2,
            "<test-results><test-suite name='T.dll' result='Failure'><results><test-suite name='F' result='Error'>\
             <failure><message>cannot load</message></failure></test-suite></results></test-suite></test-results>",
        );
        assert_eq!(report.cases.len(), 1);
        assert_eq!((report.cases[0].scope, report.cases[0].name.as_str()), (Scope::Suite, "F"));
    }

    #[test]
    fn names_are_split_before_their_arguments() {
        assert_eq!(split_name("A.B.C(\"x.y\")"), ("A.B", "C(\"x.y\")"));
        assert_eq!(split_name("C"), ("", "C"));
    }

    #[test]
    fn a_detail_of_a_success_is_dropped() {
        let mut outcome = Outcome { message: Some("fine".into()), stack: None };
        assert_eq!(outcome.take(Status::Passed), None::<Detail>);
    }
}
