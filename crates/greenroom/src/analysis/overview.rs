//! What the figures of the overview mean: metrics with their past, where each workflow stands, and which comes first.
//! Pure; what is read for it is left to the store.

use super::since::outcome;
use super::statistics::quantile;
use crate::model::Millis;
use crate::model::overview::{Metric, MetricKey, OverviewWorkflow, SignalRun, Stretch, WorkflowStanding};
use crate::model::testing::{Novelty, RunRef};
use std::cmp::Reverse;
use std::collections::HashMap;

/// Share of runs that succeeded; `None` where none passed or failed.
pub fn success_rate(stretches: &[Stretch]) -> Option<f64> {
    let (succeeded, failed) = judged(stretches);
    (succeeded + failed > 0).then(|| succeeded as f64 / (succeeded + failed) as f64)
}

/// Runs that succeeded, and runs that failed.
pub fn judged(stretches: &[Stretch]) -> (i64, i64) {
    stretches.iter().fold((0, 0), |sum, one| (sum.0 + one.succeeded, sum.1 + one.failed))
}

/// A figure to four decimals.
pub fn round(figure: f64) -> f64 {
    (figure * 10_000.0).round() / 10_000.0
}

/// A metric, its figures to four decimals.
pub fn metric(
    key: MetricKey,
    value: Option<f64>,
    previous: Option<f64>,
    detail: Option<f64>,
    spark: Vec<Option<f64>>,
) -> Metric {
    Metric {
        key,
        value: value.map(round),
        previous: previous.map(round),
        delta: value.zip(previous).map(|(value, previous)| round(value - previous)),
        detail: detail.map(round),
        spark: spark.into_iter().map(|figure| figure.map(round)).collect(),
    }
}

/// Adds the figures of several workflows up, stretch by stretch.
pub fn sum(all: &[&[Stretch]], count: usize) -> Vec<Stretch> {
    let mut sums = vec![Stretch::default(); count];
    for (at, sum) in sums.iter_mut().enumerate() {
        for one in all.iter().filter_map(|stretches| stretches.get(at)) {
            sum.succeeded += one.succeeded;
            sum.failed += one.failed;
            sum.tests += one.tests;
            sum.flaky += one.flaky;
        }
    }
    sums
}

/// How many workflows were failing at the end of each stretch, as far as the stretches tell.
pub fn failing_over_time(all: &[&[Stretch]], count: usize) -> Vec<i64> {
    let mut failing = vec![0; count];
    for stretches in all {
        let mut is_red = false;
        for (at, total) in failing.iter_mut().enumerate() {
            is_red = stretches.get(at).and_then(|one| one.ended_red).unwrap_or(is_red);
            *total += i64::from(is_red);
        }
    }
    failing
}

/// Times to a green signal, with when each commit's first run was created: from there until the last of its runs had
/// passed. Commits with a run that goes on, failed or was cancelled never became green.
pub fn signals(runs: &[SignalRun]) -> Vec<(Millis, i64)> {
    struct Commit {
        begin: Millis,
        end: Option<Millis>,
        is_green: bool,
    }
    let mut commits: HashMap<&str, Commit> = HashMap::new();
    for run in runs {
        let commit = commits.entry(&run.sha).or_insert(Commit { begin: run.created_at, end: None, is_green: true });
        commit.begin = commit.begin.min(run.created_at);
        match run.conclusion.as_deref() {
            Some("success") => commit.end = commit.end.max(run.ended_at),
            Some("skipped" | "neutral") => {}
            _ => commit.is_green = false,
        }
    }
    let green = commits.into_values().filter(|commit| commit.is_green);
    let mut found: Vec<(Millis, i64)> =
        green.filter_map(|commit| Some((commit.begin, commit.end?.since(commit.begin).max(0)))).collect();
    found.sort_unstable();
    found
}

/// The time below which this share of the times lies.
pub fn percentile(times: impl Iterator<Item = i64>, share: f64) -> Option<f64> {
    quantile(&times.collect::<Vec<i64>>(), share).map(|ms| ms as f64)
}

/// The runs of the failing streak that has not ended, newest first: those that failed since the last one that passed.
pub fn streak(runs: &[RunRef]) -> Vec<RunRef> {
    let told = runs.iter().filter(|run| outcome(run).is_some());
    told.take_while(|run| outcome(run) == Some(false)).cloned().collect()
}

/// Where a failed test comes among others: news first, then known ones, flaky ones last.
pub fn rank(novelty: Option<Novelty>) -> u8 {
    match novelty {
        Some(Novelty::New) => 0,
        Some(Novelty::Known) => 1,
        None => 2,
        Some(Novelty::Flaky) => 3,
    }
}

/// Puts workflows in order: by standing; among the failing ones those with most news, then the longest streak; then
/// the newest run.
pub fn order(workflows: &mut [OverviewWorkflow]) {
    workflows.sort_by_key(|workflow| {
        let is_failing = workflow.standing == WorkflowStanding::Failing;
        let news = workflow.top_failures.iter().filter(|test| test.novelty == Some(Novelty::New)).count();
        let streak = workflow.failing_since.as_ref().map_or(0, |since| since.streak);
        let newest = workflow.latest.as_ref().map_or(Millis(i64::MIN), |run| run.created_at);
        let (news, streak) = if is_failing { (news, streak) } else { (0, 0) };
        (workflow.standing, Reverse(news), Reverse(streak), Reverse(newest), workflow.id)
    });
}

/// The letter of a run in a strip: see `Strip::outcomes`.
pub fn letter(status: &str, conclusion: Option<&str>, attempt: i64, flaky_tests: i64) -> char {
    match (status, conclusion) {
        (_, Some("success")) if attempt > 1 || flaky_tests > 0 => 'L',
        (_, Some("success")) => 'P',
        (_, Some("failure" | "timed_out" | "startup_failure")) => 'F',
        (_, Some("cancelled")) => 'C',
        (_, Some("skipped")) => 'S',
        (_, Some("action_required")) => 'A',
        ("in_progress", None) => 'R',
        ("completed", _) | (_, Some(_)) => 'U',
        _ => 'Q',
    }
}

/// Where a workflow stands, from the letters of its runs, newest first.
pub fn standing(state: &str, letters: impl Iterator<Item = char> + Clone) -> WorkflowStanding {
    if state.starts_with("disabled") || state == "deleted" {
        return WorkflowStanding::Disabled;
    }
    let judged = letters.clone().find(|letter| matches!(letter, 'P' | 'L' | 'F'));
    match (judged, letters.clone().next()) {
        (Some('F'), _) => WorkflowStanding::Failing,
        (_, Some('R' | 'Q')) => WorkflowStanding::Running,
        (Some('L'), _) => WorkflowStanding::Flaky,
        (Some(_), _) => WorkflowStanding::Passing,
        (None, _) => WorkflowStanding::Idle,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretches(letters: &str) -> Vec<Stretch> {
        let of = |letter| match letter {
            'P' => Stretch { succeeded: 1, ended_red: Some(false), ..Stretch::default() },
            'F' => Stretch { failed: 1, ended_red: Some(true), ..Stretch::default() },
            _ => Stretch::default(),
        };
        letters.chars().map(of).collect()
    }

    #[test]
    fn a_workflow_stays_red_until_a_run_passes() {
        let (one, two) = (stretches("PF..P."), stretches("..FFF."));
        assert_eq!(failing_over_time(&[&one, &two], 6), [0, 1, 2, 2, 1, 1]);
        assert_eq!(failing_over_time(&[], 2), [0, 0]);
    }

    #[test]
    fn rates_are_of_runs_that_passed_or_failed() {
        assert_eq!(success_rate(&stretches("PPPF..")), Some(0.75));
        assert_eq!(success_rate(&stretches("..")), None);
        let sums = sum(&[&stretches("PF"), &stretches("P")], 2);
        assert_eq!(sums.iter().map(|one| (one.succeeded, one.failed)).collect::<Vec<_>>(), [(2, 0), (0, 1)]);
    }

    fn run(sha: &str, conclusion: Option<&str>, created_at: i64, ended_at: i64) -> SignalRun {
        SignalRun {
            sha: sha.into(),
            conclusion: conclusion.map(str::to_owned),
            created_at: Millis(created_at),
            ended_at: conclusion.map(|_| Millis(ended_at)),
        }
    }

    #[test]
    fn a_commit_is_green_when_all_its_runs_are() {
        let runs = [
            run("a", Some("success"), 10, 50),
            run("a", Some("success"), 0, 40),
            run("a", Some("skipped"), 0, 0),
            run("b", Some("success"), 100, 120),
            run("b", Some("failure"), 100, 130),
            run("c", Some("success"), 200, 220),
            run("c", None, 200, 0),
            run("d", Some("skipped"), 300, 300),
            run("e", Some("success"), 400, 400),
        ];
        assert_eq!(signals(&runs), [(Millis(0), 50), (Millis(400), 0)]);
        assert_eq!(percentile([30, 10, 20].into_iter(), 0.5), Some(20.0));
        assert_eq!(percentile([].into_iter(), 0.5), None);
    }

    #[test]
    fn standing_goes_by_the_last_run_that_says_something() {
        for (letters, expected) in [
            ("", WorkflowStanding::Idle),
            ("CS", WorkflowStanding::Idle),
            ("CFP", WorkflowStanding::Failing),
            ("RF", WorkflowStanding::Failing),
            ("RP", WorkflowStanding::Running),
            ("Q", WorkflowStanding::Running),
            ("LF", WorkflowStanding::Flaky),
            ("CPF", WorkflowStanding::Passing),
        ] {
            assert_eq!(standing("active", letters.chars()), expected, "{letters}");
            assert_eq!(standing("disabled_manually", letters.chars()), WorkflowStanding::Disabled);
        }
    }

    #[test]
    fn letters_of_runs() {
        for (status, conclusion, attempt, flaky, expected) in [
            ("completed", Some("success"), 1, 0, 'P'),
            ("completed", Some("success"), 2, 0, 'L'),
            ("completed", Some("success"), 1, 3, 'L'),
            ("completed", Some("timed_out"), 1, 3, 'F'),
            ("completed", Some("a later word"), 1, 0, 'U'),
            ("completed", None, 1, 0, 'U'),
            ("in_progress", None, 1, 0, 'R'),
            ("waiting", None, 1, 0, 'Q'),
            ("completed", Some("action_required"), 1, 0, 'A'),
        ] {
            assert_eq!(letter(status, conclusion, attempt, flaky), expected, "{status} {conclusion:?}");
        }
    }

    #[test]
    fn figures_are_rounded_and_compared() {
        let found = metric(MetricKey::SuccessRate, Some(2.0 / 3.0), Some(0.5), None, vec![Some(1.0 / 3.0), None]);
        assert_eq!((found.value, found.delta), (Some(0.6667), Some(0.1667)));
        assert_eq!(found.spark, [Some(0.3333), None]);
        assert_eq!(metric(MetricKey::SuccessRate, Some(1.0), None, None, vec![]).delta, None);
    }
}
