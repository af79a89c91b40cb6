//! One answer against one oracle: every difference that counts, each with the name of the fact.

use super::answer::{Answer, Counts, failing, formats};
use super::manifest::{File, Oracle};
use super::names;
use artifact::report::{Case, Coverage, Kind, Report, Scope, Status};
use std::collections::BTreeMap;
use std::fmt::Debug;

/// A fact in which an answer differs from an oracle.
pub struct Difference {
    pub fact: &'static str,
    pub expected: String,
    pub found: String,
}

/// Differences as they are found.
#[derive(Default)]
pub struct Differences(pub Vec<Difference>);

impl Differences {
    fn note(&mut self, fact: &'static str, expected: impl Debug, found: impl Debug) {
        self.0.push(Difference { fact, expected: format!("{expected:?}"), found: format!("{found:?}") });
    }

    fn check<T: PartialEq + Debug>(&mut self, fact: &'static str, expected: Option<T>, found: T) {
        if let Some(expected) = expected.filter(|expected| *expected != found) {
            self.note(fact, expected, found);
        }
    }
}

/// Everything in which the answer differs from what the manifest says of the file.
pub fn differences(file: &File, answer: &Answer) -> Differences {
    let mut differences = Differences::default();
    if matches!(answer, Answer::Panicked) {
        differences.note("panic", "none", "panicked");
        return differences;
    }
    if file.expect == "reject" {
        rejected(file, answer, &mut differences);
        return differences;
    }
    if !is_detected(file, answer) {
        differences.note("format", words(file), answer.word());
    }
    if let Some(report) = answer.report() {
        let second = file.second_oracle.as_ref().filter(|oracle| oracle.agrees != Some(false));
        for oracle in [Some(&file.oracle), second].into_iter().flatten().filter(|oracle| oracle.is_given()) {
            compare(&file.format, oracle, report, &mut differences);
        }
    }
    differences
}

/// Whether the file is taken for what it is.
pub fn is_detected(file: &File, answer: &Answer) -> bool {
    match answer {
        Answer::Read(report) => formats(&file.format).contains(&report.format),
        Answer::Unreadable => file.expect == "reject",
        Answer::Other => formats(&file.format).is_empty() || is_beside_results(file),
        Answer::Panicked => false,
    }
}

/// Allure's own files beside the results hold no case: containers, attachments, categories, history.
fn is_beside_results(file: &File) -> bool {
    let cases = ["-result.json", "-testsuite.xml"];
    file.format == "allure-results"
        && file.oracle.strength == "none"
        && !cases.iter().any(|end| file.path.ends_with(end))
}

fn words(file: &File) -> Vec<&'static str> {
    formats(&file.format).iter().map(|format| format.as_str()).collect()
}

/// A file that must be rejected is no report, or it is read with a problem and never as a sound one.
fn rejected(file: &File, answer: &Answer, differences: &mut Differences) {
    let Some(report) = answer.report() else {
        if !file.format.starts_with("not-a-report") && matches!(answer, Answer::Other) {
            differences.note("reject", "a problem", answer.word());
        }
        return;
    };
    if report.problems.is_empty() {
        differences.note("reject", "a problem", "none");
    }
    differences.check("cases of a rejected file", file.oracle.total, report.cases.len() as u64);
}

fn compare(format: &str, oracle: &Oracle, report: &Report, differences: &mut Differences) {
    match report.kind {
        Kind::Lint => {
            differences.check("findings", oracle.results.or(oracle.findings).or(oracle.total), report.findings);
            differences.check("cases of a linter", Some(0), report.cases.len());
        }
        Kind::Coverage => coverage(oracle, report.coverage.unwrap_or_default(), differences),
        Kind::Tests => {
            counts(format, oracle, report, differences);
            failing_names(oracle, report, differences);
            executions(oracle, report, differences);
            marked_flaky(oracle, report, differences);
            never_green(format, oracle, report, differences);
            times(oracle, report, differences);
        }
    }
    if (format == "junit-xml(linter)" || format == "sarif") && report.kind != Kind::Lint {
        differences.note("kind", Kind::Lint, report.kind);
    }
}

fn coverage(oracle: &Oracle, found: Coverage, differences: &mut Differences) {
    let lines = oracle.lines_found.or(oracle.lines_valid).or(oracle.lines_total);
    differences.check("lines", lines.or(oracle.line.map(|(missed, hit)| missed + hit)), found.lines);
    let hit = oracle.lines_hit.or(oracle.lines_covered).or(oracle.line.map(|(_, hit)| hit));
    differences.check("lines hit", hit, found.lines_hit);
    differences.check("branches", oracle.branch.map(|(missed, hit)| missed + hit), found.branches);
    differences.check("branches hit", oracle.branch.map(|(_, hit)| hit), found.branches_hit);
    differences.check("files", oracle.files, found.files);
}

/// Some producers count what failed around tests among their cases and some do not: one of both ways must agree in
/// everything.
fn counts(format: &str, oracle: &Oracle, report: &Report, differences: &mut Differences) {
    let ways = [false, true].map(|with_suites| {
        let mut differences = Differences::default();
        compare_counts(format, oracle, Counts::of(&report.cases, with_suites), &mut differences);
        differences
    });
    let [without, with] = ways;
    differences.0.extend(if with.0.len() < without.0.len() { with.0 } else { without.0 });
    let around = report.cases.iter().filter(|case| case.scope == Scope::Suite && case.status.is_failing()).count();
    differences.check("failed suites", oracle.suites_failed, around as u64);
}

/// Compares the counts of tests.
pub fn compare_counts(format: &str, oracle: &Oracle, counts: Counts, differences: &mut Differences) {
    differences.check("total", oracle.total.or(oracle.assertions), counts.total);
    let skipped = oracle.skipped.map(|skipped| skipped + oracle.pending.unwrap_or(0) + oracle.other.unwrap_or(0));
    differences.check("skipped", skipped, counts.skipped);
    passed_counts(format, oracle, counts, differences);
    if oracle.joins_failures() {
        differences.check("failed or errored", oracle.failed.or(oracle.failed_or_error), counts.failing());
    } else {
        differences.check("failed", oracle.failed, counts.failed);
        differences.check("errored", oracle.errors, counts.errored);
    }
    if let Some(statuses) = &oracle.scenario_status {
        scenarios(statuses, counts, differences);
    }
}

/// A flaky test counts as passed here. Playwright counts it beside the passed ones, and its JUnit does not tell.
fn passed_counts(format: &str, oracle: &Oracle, counts: Counts, differences: &mut Differences) {
    let flaky = oracle.flaky();
    let sum = [oracle.passed, oracle.failed, oracle.skipped, flaky].map(|count| count.unwrap_or(0)).iter().sum();
    let is_beside = flaky.is_some() && oracle.total == Some(sum);
    let beside = if is_beside { flaky.unwrap_or(0) } else { 0 };
    differences.check("passed", oracle.passed.map(|passed| passed + beside), counts.passed);
    if format != "junit-xml(playwright)" {
        differences.check("flaky", flaky, counts.flaky);
    }
}

/// Cucumber's statuses. Undefined and pending scenarios may be failures or skips, as the run was strict or not.
fn scenarios(statuses: &BTreeMap<String, u64>, counts: Counts, differences: &mut Differences) {
    let of = |words: &[&str]| -> u64 {
        statuses.iter().filter(|(word, _)| words.contains(&word.to_lowercase().as_str())).map(|(_, count)| count).sum()
    };
    differences.check("passed scenarios", Some(of(&["passed", "unknown"])), counts.passed);
    let surely_failing = of(&["failed", "ambiguous"]);
    let perhaps = of(&["undefined", "pending"]);
    if !(surely_failing..=surely_failing + perhaps).contains(&counts.failing()) {
        differences.note("failing scenarios", (surely_failing, perhaps), counts.failing());
    }
}

fn failing_names(oracle: &Oracle, report: &Report, differences: &mut Differences) {
    let Some(expected) = &oracle.failing else { return };
    let matched = names::compare(expected, &failing(report));
    if !matched.missing.is_empty() || !matched.surplus.is_empty() {
        let few = |names: Vec<String>| names.into_iter().take(3).collect::<Vec<_>>();
        differences.note("failing names", few(matched.missing), few(matched.surplus));
    }
}

/// How often tests were run, and how often they failed.
fn executions(oracle: &Oracle, report: &Report, differences: &mut Differences) {
    let tests = || report.cases.iter().filter(|case| case.scope == Scope::Case);
    let all: usize = tests().map(|case| 1 + case.tries.len()).sum();
    differences.check("attempts", oracle.attempts, all as u64);
    differences.check("reruns", oracle.reruns, tests().map(|case| case.tries.len() as u64).sum());
    for (name, (runs, failures)) in &oracle.runs {
        let statuses = executions_of(report, name);
        let failed = statuses.iter().filter(|status| status.is_failing()).count() as u64;
        differences.check("runs", Some((*runs, *failures)), (statuses.len() as u64, failed));
    }
    for name in &oracle.flaky_names {
        let statuses = executions_of(report, name.rsplit("::").next().unwrap_or(name));
        let is_flaky = statuses.contains(&Status::Passed) && statuses.iter().any(|status| status.is_failing());
        if !is_flaky {
            differences.note("flaky name", name, statuses);
        }
    }
}

/// Allure's mark, which its user gives; a test that passed after a failing try is flaky by itself.
fn marked_flaky(oracle: &Oracle, report: &Report, differences: &mut Differences) {
    let is_marked = |case: &Case| case.properties.iter().any(|(name, value)| name == "flaky" && value == "true");
    let is_flaky = report.cases.iter().any(|case| case.is_flaky() || is_marked(case));
    differences.check("flaky mark", oracle.flaky.as_ref().and_then(serde_json::Value::as_bool), is_flaky);
}

fn executions_of(report: &Report, name: &str) -> Vec<Status> {
    let is_it = |case: &&Case| case.name == name || name.ends_with(&format!(".{}", case.name));
    let of = |case: &Case| case.tries.iter().map(|earlier| earlier.status).chain([case.status]).collect::<Vec<_>>();
    report.cases.iter().filter(is_it).flat_map(of).collect()
}

/// A run that its tool calls failed is never shown as green. JUnit cannot say what failed outside of tests.
fn never_green(format: &str, oracle: &Oracle, report: &Report, differences: &mut Differences) {
    let exit = oracle.asserted.get("exitCode").and_then(serde_json::Value::as_i64);
    let has_failed =
        oracle.run_success == Some(false) || (exit.is_some_and(|code| code != 0) && !format.contains("junit"));
    let statuses = oracle.scenario_status.iter().flatten();
    let is_unfinished =
        statuses.into_iter().any(|(word, count)| *count > 0 && ["UNDEFINED", "PENDING"].contains(&word.as_str()));
    if has_failed && !is_unfinished && failing(report).is_empty() && report.problems.is_empty() {
        differences.note("never green", "a failure or a problem", "neither");
    }
}

fn times(oracle: &Oracle, report: &Report, differences: &mut Differences) {
    if oracle.start_ms.is_some() {
        differences.check("started at", Some(oracle.start_ms), report.started_at);
    }
    if let (Some(duration_ms), [case]) = (oracle.duration_ms, report.cases.as_slice()) {
        differences.check("duration", Some(Some(duration_ms)), case.duration_ms);
    }
}

#[test]
fn a_wrong_count_name_or_status_is_a_difference() {
    let text = "<testsuite name='s'><testcase name='a' classname='c'/>\
                <testcase name='b' classname='c'><failure message='m'/></testcase></testsuite>";
    let report = artifact::report::read(artifact::report::Format::Junit, &mut text.as_bytes(), &Default::default());
    let facts = |oracle: Oracle| {
        let mut differences = Differences::default();
        compare("junit-xml", &oracle, &report, &mut differences);
        differences.0.into_iter().map(|difference| difference.fact).collect::<Vec<_>>()
    };
    let right = || Oracle {
        total: Some(2),
        passed: Some(1),
        failed: Some(1),
        errors: Some(0),
        skipped: Some(0),
        failing: Some(vec!["c::b".into()]),
        ..Oracle::default()
    };
    assert!(facts(right()).is_empty());
    assert_eq!(facts(Oracle { total: Some(3), ..right() }), ["total"]);
    assert_eq!(facts(Oracle { failed: Some(0), errors: Some(1), ..right() }), ["failed", "errored"]);
    assert_eq!(facts(Oracle { failing: Some(vec!["c::a".into()]), ..right() }), ["failing names"]);
    assert_eq!(facts(Oracle { failing: Some(Vec::new()), ..right() }), ["failing names"]);
    assert_eq!(facts(Oracle { attempts: Some(3), ..right() }), ["attempts"]);
}
