//! What a run's reports mean together: which of them count, which job made each, and what they add up to. Pure.

use crate::analysis::{Candidate, is_outage, job_is_guarded, job_variant, reconcile};
use crate::model::results::{CoverageTotals, Standing, TestTotals, TestsState};
use crate::store::{DecidedReport, RunJob, RunReport, RunToTest};
use std::collections::{BTreeMap, BTreeSet};

/// How long after its job's end an artifact may still seem to appear: clocks differ.
const SLACK_MS: i64 = 5_000;
/// Formats that say more than others of the same execution, the richest last.
const BY_RICHNESS: &[&str] =
    &["go-text", "libtest-text", "tap", "junit", "mocha", "jest", "ctrf", "cucumber", "robot", "allure", "playwright"];

/// What a run's reports mean.
pub struct Meaning {
    /// One decision a report.
    pub decided: Vec<DecidedReport>,
    /// What they add up to.
    pub totals: TestTotals,
    /// Whether the run is no evidence.
    pub guarded: bool,
}

/// What else is known around a run's reports.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings {
    /// Artifacts that may still bring reports.
    pub unread: i64,
    /// Artifacts whose reading was given up.
    pub given_up: i64,
    /// Whether earlier runs of the workflow had reports.
    pub usual: bool,
}

/// Decides over the reports of a run, which an `outage` over several workflows may have hit.
pub fn of(run: &RunToTest, reports: &[RunReport], jobs: &[RunJob], outage: bool) -> Meaning {
    let made_by: Vec<Option<&RunJob>> = reports.iter().map(|report| job_of(report, jobs)).collect();
    let attempts: Vec<Option<i64>> = reports
        .iter()
        .zip(&made_by)
        .map(|(report, job)| job.map(|job| job.attempt).or(report.artifact_attempt))
        .collect();
    let standings = standings(reports, &attempts);
    let totals = sum(reports, &standings);
    let outages = outages(reports, &standings, &attempts);
    let decided = reports
        .iter()
        .enumerate()
        .map(|(index, report)| {
            let (standing, instead) = standings[index];
            let job = made_by[index];
            DecidedReport {
                id: report.id,
                standing,
                instead,
                attempt: attempts[index],
                job_id: job.map(|job| job.id),
                variant: job.map_or_else(String::new, |job| job_variant(&job.name, &labels(job))),
                guarded: outage
                    || outages.contains(&attempts[index])
                    || job.is_some_and(|job| job_is_guarded(job.conclusion.as_deref())),
                counted: is_tests(report) && standing != Standing::Duplicate && !run.fork,
            }
        })
        .collect::<Vec<DecidedReport>>();
    let mut counting = decided
        .iter()
        .zip(reports)
        .filter(|(one, report)| is_tests(report) && one.standing == Standing::Counted)
        .peekable();
    let guarded = counting.peek().is_some() && counting.all(|(one, _)| one.guarded);
    Meaning { decided, totals, guarded }
}

impl Meaning {
    /// Reports that a later attempt supersedes.
    pub fn superseded(&self) -> Vec<i64> {
        self.standing(Standing::Superseded)
    }

    /// Reports that count.
    pub fn counted(&self) -> Vec<i64> {
        self.standing(Standing::Counted)
    }

    fn standing(&self, standing: Standing) -> Vec<i64> {
        self.decided.iter().filter(|report| report.standing == standing).map(|report| report.id).collect()
    }

    /// Says what is known, and what is wrong.
    pub fn settle(&mut self, run: &RunToTest, reports: &[RunReport], around: Surroundings) {
        let (state, problem) = self.state(run, reports, around);
        self.totals.state = state;
        self.totals.problem = problem;
    }

    fn state(&self, run: &RunToTest, reports: &[RunReport], around: Surroundings) -> (TestsState, Option<String>) {
        if run.status != "completed" {
            return (TestsState::Pending, Some("The run has not ended: more reports may come.".into()));
        }
        if around.unread > 0 {
            return (
                TestsState::Pending,
                Some(format!("{} not read yet.", count(around.unread, "artifact is", "artifacts are"))),
            );
        }
        let counted = |report: &&RunReport| is_tests(report) && self.standing_of(report.id) == Standing::Counted;
        let tests: Vec<&RunReport> = reports.iter().filter(counted).collect();
        let ended_by_itself =
            matches!(run.conclusion.as_deref(), Some("success" | "failure" | "timed_out" | "startup_failure"));
        if around.given_up > 0 {
            let state = if self.totals.total > 0 { TestsState::Partial } else { TestsState::Unreadable };
            return (
                state,
                Some(format!(
                    "{} be read for reports.",
                    count(around.given_up, "artifact could not", "artifacts could not")
                )),
            );
        }
        if tests.is_empty() {
            return match around.usual && ended_by_itself {
                true => (
                    TestsState::Missing,
                    Some("Earlier runs of this workflow had test reports; this one has none.".into()),
                ),
                false => (TestsState::None, None),
            };
        }
        let unreadable: Vec<&&RunReport> =
            tests.iter().filter(|report| report.tests_state() == TestsState::Unreadable).collect();
        if unreadable.len() == tests.len() {
            return (
                TestsState::Unreadable,
                Some(format!("No test report can be read. {}", first_problem(unreadable[0]))),
            );
        }
        if self.totals.total == 0 {
            return (TestsState::Empty, Some("The test reports hold no test case: the tests did not run.".into()));
        }
        let flawed = |report: &&&RunReport| report.tests_state() != TestsState::Complete;
        match tests.iter().find(flawed) {
            None => (TestsState::Complete, None),
            Some(report) if report.tests_state() == TestsState::Empty => {
                (TestsState::Partial, Some(format!("{} holds no test case.", report.path)))
            }
            Some(report) => (TestsState::Partial, Some(first_problem(report))),
        }
    }

    fn standing_of(&self, report_id: i64) -> Standing {
        self.decided.iter().find(|report| report.id == report_id).map_or(Standing::Counted, |report| report.standing)
    }
}

/// Attempts in which nearly everything failed at once, whatever a later attempt says.
fn outages(
    reports: &[RunReport],
    standings: &[(Standing, Option<i64>)],
    attempts: &[Option<i64>],
) -> BTreeSet<Option<i64>> {
    let mut sums: BTreeMap<Option<i64>, (i64, i64)> = BTreeMap::new();
    for ((report, (standing, _)), attempt) in reports.iter().zip(standings).zip(attempts) {
        if is_tests(report) && *standing != Standing::Duplicate {
            let (total, failed) = sums.entry(*attempt).or_default();
            *total += report.total;
            *failed += report.failed;
        }
    }
    sums.into_iter().filter(|(_, (total, failed))| is_outage(*total, *failed)).map(|(attempt, _)| attempt).collect()
}

fn is_tests(report: &RunReport) -> bool {
    report.kind == "tests"
}

fn standings(reports: &[RunReport], attempts: &[Option<i64>]) -> Vec<(Standing, Option<i64>)> {
    let candidates: Vec<Candidate> = reports
        .iter()
        .zip(attempts)
        .map(|(report, attempt)| Candidate {
            report_id: report.id,
            artifact_id: report.artifact_id,
            artifact_name: report.artifact_name.clone(),
            path: report.path.clone(),
            attempt: *attempt,
            format: report.format.clone(),
            total: report.total,
            failed: report.failed,
            sketch: report.sketch.clone(),
            rank: BY_RICHNESS.iter().position(|format| *format == report.format).map_or(4, |at| at as i64),
            content_key: report.content_key,
        })
        .collect();
    reconcile(&candidates)
}

fn sum(reports: &[RunReport], standings: &[(Standing, Option<i64>)]) -> TestTotals {
    let mut totals = TestTotals::default();
    for (report, _) in reports.iter().zip(standings).filter(|(_, (standing, _))| *standing == Standing::Counted) {
        if is_tests(report) {
            totals.total += report.total;
            totals.failed += report.failed;
            totals.flaky += report.flaky;
            totals.skipped += report.skipped;
        }
        let coverage = report.coverage.as_deref().and_then(|text| serde_json::from_str::<CoverageTotals>(text).ok());
        // One coverage in two formats is one coverage: the one over most lines stands for all.
        if coverage.is_some_and(|coverage| totals.coverage.is_none_or(|known| coverage.lines > known.lines)) {
            totals.coverage = coverage;
        }
    }
    if mutant!("skipped-counts-as-passed") {
        totals.skipped = 0;
    }
    totals.passed = totals.total - totals.failed - totals.skipped;
    totals
}

/// The job that made a report: the one whose log names the upload, else the only one that was running when the
/// artifact was uploaded, else the only one of those whose name is in the artifact's.
fn job_of<'a>(report: &RunReport, jobs: &'a [RunJob]) -> Option<&'a RunJob> {
    if let Some(id) = report.artifact_job_id {
        return jobs.iter().find(|job| job.id == id);
    }
    let at = report.artifact_created_at?;
    let running: Vec<&RunJob> = jobs
        .iter()
        .filter(|job| report.artifact_attempt.is_none_or(|attempt| attempt == job.attempt))
        .filter(|job| job.started_at.is_some_and(|start| start <= at + SLACK_MS))
        .filter(|job| job.completed_at.is_none_or(|end| at <= end + SLACK_MS))
        .collect();
    match running.as_slice() {
        [job] => Some(job),
        _ => {
            let mut named = running.into_iter().filter(|job| names(&report.artifact_name, &job.name));
            named.next().filter(|_| named.next().is_none())
        }
    }
}

/// Whether every value of the job's matrix, or its whole name, is in the artifact's name.
fn names(artifact_name: &str, job_name: &str) -> bool {
    let artifact = words(artifact_name);
    let wanted = match job_name.split_once('(') {
        Some((_, matrix)) => words(matrix),
        None => words(job_name),
    };
    !wanted.is_empty() && wanted.iter().all(|word| artifact.contains(word))
}

fn words(text: &str) -> Vec<String> {
    text.split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

fn labels(job: &RunJob) -> Vec<String> {
    serde_json::from_str(&job.labels).unwrap_or_default()
}

fn first_problem(report: &RunReport) -> String {
    let problems: Vec<String> = serde_json::from_str(&report.problems).unwrap_or_default();
    let problem = problems.first().map_or("it is incomplete", String::as_str);
    format!("{}: {problem}.", report.path)
}

fn count(number: i64, one: &str, more: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { more })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run() -> RunToTest {
        RunToTest {
            id: 1,
            repository_id: 1,
            workflow_id: 1,
            created_at: 0,
            status: "completed".into(),
            conclusion: Some("failure".into()),
            attempt: 1,
            branch: "main".into(),
            actor: "ada".into(),
            fork: false,
        }
    }

    fn report(id: i64, artifact_name: &str, attempt: i64, total: i64, failed: i64) -> RunReport {
        RunReport {
            id,
            artifact_id: id,
            artifact_name: artifact_name.into(),
            artifact_created_at: Some(50_000 * attempt),
            artifact_job_id: None,
            artifact_attempt: Some(attempt),
            path: "junit.xml".into(),
            format: "junit".into(),
            kind: "tests".into(),
            state: "complete".into(),
            problems: "[]".into(),
            total,
            failed,
            flaky: 0,
            skipped: 0,
            dropped: 0,
            coverage: None,
            content_key: id,
            sketch: Vec::new(),
        }
    }

    fn job(id: i64, attempt: i64, name: &str, conclusion: &str) -> RunJob {
        RunJob {
            id,
            attempt,
            name: name.into(),
            conclusion: Some(conclusion.into()),
            labels: r#"["ubuntu-latest"]"#.into(),
            started_at: Some(40_000 * attempt),
            completed_at: Some(60_000 * attempt),
        }
    }

    fn state(reports: &[RunReport], around: Surroundings) -> (TestsState, Option<String>) {
        let mut meaning = of(&run(), reports, &[], false);
        meaning.settle(&run(), reports, around);
        (meaning.totals.state, meaning.totals.problem)
    }

    const QUIET: Surroundings = Surroundings { unread: 0, given_up: 0, usual: false };

    #[test]
    fn the_job_of_a_report_is_told_by_log_or_time_or_name() {
        let jobs = [job(7, 1, "unit (ubuntu, 20)", "success"), job(8, 1, "unit (ubuntu, 22)", "success")];
        let told = |report: RunReport| of(&run(), &[report], &jobs, false).decided[0].job_id;
        assert_eq!(told(RunReport { artifact_job_id: Some(8), ..report(1, "results", 1, 9, 0) }), Some(8));
        assert_eq!(told(report(1, "results-ubuntu-22", 1, 9, 0)), Some(8));
        assert_eq!(told(report(1, "results", 1, 9, 0)), None, "either may have made it");
        let alone = of(&run(), &[report(1, "results", 1, 9, 0)], &jobs[..1], false);
        assert_eq!(alone.decided[0].job_id, Some(7), "no other was running");
    }

    #[test]
    fn an_attempt_in_which_all_fails_is_no_evidence_and_the_next_one_is() {
        let meaning = of(&run(), &[report(1, "results", 1, 30, 28), report(2, "results", 2, 30, 0)], &[], false);
        let guarded: Vec<bool> = meaning.decided.iter().map(|report| report.guarded).collect();
        assert_eq!((guarded.as_slice(), meaning.guarded), (&[true, false][..], false));
        assert_eq!((meaning.totals.total, meaning.totals.failed), (30, 0), "the later attempt counts");
        assert!(of(&run(), &[report(1, "results", 1, 30, 1)], &[], true).guarded, "an outage over several workflows");
    }

    #[test]
    fn a_cancelled_jobs_report_is_no_evidence() {
        let meaning = of(&run(), &[report(1, "results", 1, 30, 1)], &[job(7, 1, "unit", "cancelled")], false);
        assert!(meaning.decided[0].guarded && meaning.decided[0].counted);
    }

    #[test]
    fn a_forks_results_are_in_no_counter() {
        let fork = RunToTest { fork: true, ..run() };
        assert!(!of(&fork, &[report(1, "results", 1, 30, 1)], &[], false).decided[0].counted);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let empty = RunReport { state: "empty".into(), ..report(1, "a", 1, 0, 0) };
        let broken = RunReport {
            state: "unreadable".into(),
            problems: r#"["the file is empty"]"#.into(),
            ..report(2, "b", 1, 0, 0)
        };
        let whole = report(3, "c", 1, 5, 0);
        assert_eq!(state(&[], QUIET).0, TestsState::None);
        assert_eq!(state(&[], Surroundings { usual: true, ..QUIET }).0, TestsState::Missing);
        assert_eq!(state(&[], Surroundings { unread: 2, ..QUIET }).0, TestsState::Pending);
        assert_eq!(state(&[], Surroundings { given_up: 1, ..QUIET }).0, TestsState::Unreadable);
        assert_eq!(state(std::slice::from_ref(&empty), QUIET).0, TestsState::Empty);
        assert_eq!(state(std::slice::from_ref(&broken), QUIET).0, TestsState::Unreadable);
        assert_eq!(state(std::slice::from_ref(&whole), QUIET), (TestsState::Complete, None));
        let (partial, problem) = state(&[whole, broken, empty], QUIET);
        assert_eq!((partial, problem.as_deref()), (TestsState::Partial, Some("junit.xml: the file is empty.")));
    }

    #[test]
    fn linters_and_coverage_are_not_tests() {
        let lint = RunReport { kind: "lint".into(), ..report(1, "lint", 1, 0, 0) };
        let small = r#"{"files":1,"lines":10,"linesHit":9,"branches":0,"branchesHit":0}"#;
        let coverage =
            RunReport { kind: "coverage".into(), coverage: Some(small.into()), ..report(2, "coverage", 1, 0, 0) };
        let meaning = of(&run(), &[lint, coverage], &[], false);
        assert_eq!((meaning.totals.total, meaning.totals.coverage.map(|totals| totals.lines_hit)), (0, Some(9)));
        assert!(!meaning.guarded && meaning.decided.iter().all(|report| !report.counted));
    }
}
