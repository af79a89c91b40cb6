//! Figures of a workflow over time: runs sorted into buckets, and the steps in between. Which runs are read is left
//! to the callers.

use super::changepoint::segments;
use super::health::{Tally, Trend, duration_shift, pass_rate_trend};
use super::statistics::nearest_rank;
use crate::model::trends::{ChangeKind, DayCount, RateTrend, RunSample, TrendSeries};
use crate::model::{DAY_MS, HOUR_MS, Millis};

/// Steps of the duration that are told.
const MOST_SHIFTS: usize = 5;
/// Days that are compared with the time before.
const SAMPLE_DAYS: i64 = 7;

/// A row of buckets of one length, the last one holding now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buckets {
    /// Where the first begins.
    pub from: Millis,
    /// Length of each.
    pub bucket_ms: i64,
    /// How many.
    pub count: usize,
}

impl Buckets {
    /// Buckets that fit a window: hours for two days, quarters of a day for a week, days for a quarter of a year,
    /// else weeks.
    pub fn over(window_days: i64, now: Millis) -> Buckets {
        let bucket_ms = match window_days {
            ..=2 => HOUR_MS,
            3..=7 => DAY_MS / 4,
            8..=92 => DAY_MS,
            _ => 7 * DAY_MS,
        };
        let count = ((window_days * DAY_MS + bucket_ms - 1) / bucket_ms).max(1);
        let last = now.0.div_euclid(bucket_ms);
        Buckets { from: Millis((last - count + 1) * bucket_ms), bucket_ms, count: count as usize }
    }

    /// Where each begins.
    pub fn begins(&self) -> Vec<Millis> {
        (0..self.count as i64).map(|at| self.from.plus(at * self.bucket_ms)).collect()
    }

    fn of(&self, at: Millis) -> Option<usize> {
        let place = usize::try_from((at.0 - self.from.0).div_euclid(self.bucket_ms)).ok()?;
        (place < self.count).then_some(place)
    }
}

/// What a conclusion counts as; `None` for what is neither success nor failure.
pub fn has_failed(conclusion: Option<&str>) -> Option<bool> {
    match conclusion? {
        "success" => Some(false),
        "failure" | "timed_out" | "startup_failure" => Some(true),
        _ => None,
    }
}

/// Figures by bucket, from runs in any order. `days` are exact counts by day, which replace what the runs tell.
pub fn series(buckets: &Buckets, samples: &[RunSample], days: Option<&[DayCount]>) -> TrendSeries {
    let mut parts: Vec<Vec<&RunSample>> = vec![Vec::new(); buckets.count];
    for sample in samples {
        if let Some(at) = buckets.of(sample.at) {
            parts[at].push(sample);
        }
    }
    let counts = match days {
        Some(days) => counts_of_days(buckets, days),
        None => parts.iter().map(|part| count(part)).collect(),
    };
    let mut series = TrendSeries::default();
    for (part, count) in parts.iter().zip(counts) {
        push(&mut series, part, count);
    }
    series
}

/// Runs, succeeded, failed.
type Count = [i64; 3];

fn count(part: &[&RunSample]) -> Count {
    let ended = |failed| part.iter().filter(|run| has_failed(run.conclusion.as_deref()) == Some(failed)).count() as i64;
    [part.len() as i64, ended(false), ended(true)]
}

fn counts_of_days(buckets: &Buckets, days: &[DayCount]) -> Vec<Count> {
    let mut counts = vec![[0; 3]; buckets.count];
    for day in days {
        let Some(at) = buckets.of(Millis(day.day * DAY_MS)) else { continue };
        for (sum, more) in counts[at].iter_mut().zip([day.runs, day.succeeded, day.failed]) {
            *sum += more;
        }
    }
    counts
}

fn push(series: &mut TrendSeries, part: &[&RunSample], [runs, succeeded, failed]: Count) {
    let sorted = |value: fn(&RunSample) -> Option<i64>| {
        let mut values: Vec<i64> = part.iter().filter_map(|run| value(run)).collect();
        values.sort_unstable();
        values
    };
    let sum = |value: fn(&RunSample) -> i64| part.iter().map(|run| value(run)).sum::<i64>();
    let durations = sorted(|run| run.duration_ms);
    let (tests, flaky_tests) = (sum(|run| run.tests), sum(|run| run.flaky_tests));
    series.runs.push(runs);
    series.succeeded.push(succeeded);
    series.failed.push(failed);
    series.success_rate.push(share(succeeded, succeeded + failed));
    series.p50_ms.push(nearest_rank(&durations, 50));
    series.p95_ms.push(nearest_rank(&durations, 95));
    series.queue_p50_ms.push(nearest_rank(&sorted(|run| run.queue_ms), 50));
    series.tests.push(tests);
    series.failed_tests.push(sum(|run| run.failed_tests));
    series.flaky_tests.push(flaky_tests);
    series.flaky_rate.push(share(flaky_tests, tests));
    series.artifact_bytes.push(sum(|run| run.artifact_bytes));
}

/// A part of a whole; `None` of nothing.
pub(super) fn share(part: i64, whole: i64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// A step before it has a name: what changed, the first run after it, and the figure on both sides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// What changed.
    pub kind: ChangeKind,
    /// The first run after it.
    pub run_id: i64,
    /// The figure before.
    pub before: f64,
    /// The figure after.
    pub after: f64,
}

/// Steps in duration and success rate, oldest first, of runs that come newest first.
pub fn steps(samples: &[RunSample]) -> Vec<Step> {
    let oldest_first: Vec<&RunSample> = samples.iter().rev().collect();
    let mut steps: Vec<(usize, Step)> = duration_steps(&oldest_first);
    steps.extend(rate_steps(&oldest_first));
    steps.sort_by_key(|(at, _)| *at);
    steps.into_iter().map(|(_, step)| step).collect()
}

/// Of successful runs alone: how long a failure took says little.
fn duration_steps(runs: &[&RunSample]) -> Vec<(usize, Step)> {
    let timed = |run: &RunSample| {
        let duration = run.duration_ms?;
        (has_failed(run.conclusion.as_deref()) == Some(false)).then_some(duration)
    };
    let (places, durations): (Vec<usize>, Vec<i64>) =
        runs.iter().enumerate().filter_map(|(at, run)| Some((at, timed(run)?))).unzip();
    let mut found = Vec::new();
    let mut end = durations.len();
    while let Some(shift) = duration_shift(&durations[..end]).filter(|_| found.len() < MOST_SHIFTS) {
        let at = places[shift.at];
        let (before, after) = (shift.before_ms as f64, shift.after_ms as f64);
        found.push((at, Step { kind: ChangeKind::Duration, run_id: runs[at].id, before, after }));
        end = shift.at;
    }
    found
}

fn rate_steps(runs: &[&RunSample]) -> Vec<(usize, Step)> {
    let (places, failures): (Vec<usize>, Vec<bool>) =
        runs.iter().enumerate().filter_map(|(at, run)| Some((at, has_failed(run.conclusion.as_deref())?))).unzip();
    let segments = segments(&failures);
    let steps = segments.windows(2).map(|pair| {
        let at = places[pair[1].range.start];
        let (before, after) = (1.0 - pair[0].failure_rate(), 1.0 - pair[1].failure_rate());
        (at, Step { kind: ChangeKind::SuccessRate, run_id: runs[at].id, before, after })
    });
    steps.collect()
}

/// How the success rate of the last 7 days stands against the runs before.
pub fn rate_trend(samples: &[RunSample], now: Millis) -> RateTrend {
    let (mut base, mut sample) = (Tally::default(), Tally::default());
    for run in samples {
        let tally = if run.at.0 > now.0 - SAMPLE_DAYS * DAY_MS { &mut sample } else { &mut base };
        match has_failed(run.conclusion.as_deref()) {
            Some(false) => tally.passed += 1,
            Some(true) => tally.failed += 1,
            None => {}
        }
    }
    match pass_rate_trend(base, sample) {
        Trend::Unknown => RateTrend::Unknown,
        Trend::Steady => RateTrend::Steady,
        Trend::Worse => RateTrend::Worse,
        Trend::MuchWorse => RateTrend::MuchWorse,
        Trend::Better => RateTrend::Better,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis(20_000 * DAY_MS + 5 * HOUR_MS);

    fn run(id: i64, days_ago: i64, conclusion: &str, duration_ms: i64) -> RunSample {
        RunSample {
            id,
            at: NOW.plus(-days_ago * DAY_MS),
            conclusion: Some(conclusion.into()),
            duration_ms: Some(duration_ms),
            ..RunSample::default()
        }
    }

    #[test]
    fn buckets_end_with_the_one_of_now() {
        for (days, bucket_ms, count) in
            [(1, HOUR_MS, 24), (7, DAY_MS / 4, 28), (30, DAY_MS, 30), (90, DAY_MS, 90), (365, 7 * DAY_MS, 53)]
        {
            let buckets = Buckets::over(days, NOW);
            assert_eq!((buckets.bucket_ms, buckets.count), (bucket_ms, count), "{days} days");
            assert_eq!(buckets.of(NOW), Some(count - 1));
            assert_eq!(buckets.of(buckets.from.plus(-1)), None);
            assert_eq!(buckets.begins().len(), count);
        }
    }

    #[test]
    fn runs_fall_into_their_bucket_and_empty_ones_have_no_rate() {
        let mut broken = run(3, 1, "failure", 5_000);
        (broken.tests, broken.flaky_tests, broken.failed_tests, broken.queue_ms) = (10, 1, 2, Some(700));
        let samples = [
            run(1, 0, "success", 1_000),
            run(2, 1, "success", 3_000),
            broken,
            run(4, 1, "cancelled", 9_000),
            run(5, 40, "failure", 1),
        ];
        let series = series(&Buckets::over(8, NOW), &samples, None);
        assert_eq!(series.runs[5..], [0, 3, 1]);
        assert_eq!(series.success_rate[5..], [None, Some(0.5), Some(1.0)]);
        assert_eq!((series.p50_ms[6], series.p95_ms[6], series.p50_ms[5]), (Some(5_000), Some(9_000), None));
        assert_eq!((series.queue_p50_ms[6], series.queue_p50_ms[7]), (Some(700), None));
        assert_eq!((series.failed_tests[6], series.flaky_rate[6], series.flaky_rate[7]), (2, Some(0.1), None));
    }

    #[test]
    fn exact_counts_replace_what_the_sampled_runs_tell() {
        let days = [DayCount { day: 19_999, runs: 9_000, succeeded: 6_000, failed: 2_000 }];
        let series = series(&Buckets::over(8, NOW), &[run(1, 1, "failure", 1_000)], Some(&days));
        assert_eq!((series.runs[6], series.success_rate[6], series.p50_ms[6]), (9_000, Some(0.75), Some(1_000)));
    }

    #[test]
    fn steps_name_the_first_run_after_them() {
        let durations = |slow: bool| if slow { 90_000 } else { 60_000 };
        let runs: Vec<RunSample> = (0..60)
            .map(|at| {
                let conclusion = if at >= 50 { "failure" } else { "success" };
                run(at, 60 - at, conclusion, durations(at >= 25) + at % 5 * 100)
            })
            .rev()
            .collect();
        let steps = steps(&runs);
        let kinds: Vec<ChangeKind> = steps.iter().map(|step| step.kind).collect();
        assert_eq!(kinds, [ChangeKind::Duration, ChangeKind::SuccessRate]);
        // The extremes of each side are left out: the step may be told a run beside where it is.
        assert!((24..=26).contains(&steps[0].run_id), "{}", steps[0].run_id);
        assert_eq!(steps[1].run_id, 50);
        assert_eq!((steps[1].before, steps[1].after), (1.0, 0.0));
        assert!(steps[0].before < 61_000.0 && steps[0].after > 89_000.0);
    }

    #[test]
    fn the_last_week_is_compared_with_the_time_before() {
        let mut runs: Vec<RunSample> = (0..40).map(|id| run(id, 20, "success", 1)).collect();
        assert_eq!(rate_trend(&runs, NOW), RateTrend::Unknown);
        runs.extend((0..6).map(|id| run(100 + id, 2, if id < 4 { "failure" } else { "success" }, 1)));
        assert_eq!(rate_trend(&runs, NOW), RateTrend::MuchWorse);
        assert_eq!(rate_trend(&[], NOW), RateTrend::Unknown);
    }
}
