//! Whether a workflow or a job got worse: its pass rate against what was usual, and steps in its duration. Which
//! runs are counted is left to the callers.

use super::statistics::{fisher_more_failures, median};

/// Level of significance.
const SIGNIFICANCE: f64 = 0.05;
/// Change of the pass rate that is forgiven.
const PITY: f64 = 0.05;
/// Change of the pass rate that is much.
const MUCH: f64 = 0.15;
/// Failures, or runs, below which nothing is said.
const LEAST_FAILURES: i64 = 3;
/// Durations before and after a step that are compared.
const STEP_WINDOW: usize = 12;
/// Difference between them, in standard errors, that makes a step.
const STEP_T: f64 = 7.0;
/// Least change of the median that is worth telling.
const STEP_RATIO: f64 = 0.10;

/// Outcomes counted over a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Passed, also after a retry.
    pub passed: i64,
    /// Failed.
    pub failed: i64,
}

impl Tally {
    /// All of them.
    pub fn total(self) -> i64 {
        self.passed + self.failed
    }

    /// Share that passed; 1 of none.
    pub fn pass_rate(self) -> f64 {
        if self.total() == 0 { 1.0 } else { self.passed as f64 / self.total() as f64 }
    }
}

/// How a pass rate moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trend {
    /// Too few to tell.
    Unknown,
    /// No change beyond chance and five points.
    Steady,
    /// Significantly worse, by more than five points.
    Worse,
    /// Significantly worse, by more than fifteen points.
    MuchWorse,
    /// Significantly better, by more than five points.
    Better,
}

/// How the pass rate of `sample` (7 days) stands against that of `base` (the 30 days before): by Fisher's exact
/// test at 95 %, with five points of pity and at least three failures.
pub fn pass_rate_trend(base: Tally, sample: Tally) -> Trend {
    if base.total() < LEAST_FAILURES || sample.total() < LEAST_FAILURES {
        return Trend::Unknown;
    }
    let drop = base.pass_rate() - sample.pass_rate();
    let is_certain = |one: Tally, other: Tally| {
        one.failed >= LEAST_FAILURES
            && fisher_more_failures(one.passed, one.failed, other.passed, other.failed) < SIGNIFICANCE
    };
    if drop > PITY && is_certain(sample, base) {
        return if drop > MUCH { Trend::MuchWorse } else { Trend::Worse };
    }
    if drop < -PITY && is_certain(base, sample) { Trend::Better } else { Trend::Steady }
}

/// A step in a series of durations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DurationShift {
    /// Index of the first duration after the step.
    pub at: usize,
    /// Median before, in milliseconds.
    pub before_ms: i64,
    /// Median after, in milliseconds.
    pub after_ms: i64,
}

/// The newest step in durations, oldest first: twelve before and twelve after it differ by seven standard errors
/// and by a tenth. The two extremes of each side are left out, for one slow runner is no step.
pub fn duration_shift(durations_ms: &[i64]) -> Option<DurationShift> {
    let positions = STEP_WINDOW..(durations_ms.len() + 1).saturating_sub(STEP_WINDOW);
    let strengths: Vec<(usize, f64)> = positions.map(|at| (at, strength(durations_ms, at))).collect();
    // Around a step many positions pass: the best of the newest group is the step.
    let last = strengths.iter().rposition(|(_, strength)| *strength >= STEP_T)?;
    let first = strengths[..last].iter().rposition(|(_, strength)| *strength < STEP_T).map_or(0, |at| at + 1);
    let (at, _) = strengths[first..=last].iter().copied().max_by(|one, other| one.1.total_cmp(&other.1))?;
    let before_ms = median(&durations_ms[at - STEP_WINDOW..at])?;
    let after_ms = median(&durations_ms[at..at + STEP_WINDOW])?;
    let change = (after_ms - before_ms).abs() as f64 / before_ms.max(1) as f64;
    (change >= STEP_RATIO).then_some(DurationShift { at, before_ms, after_ms })
}

/// Welch's t between the windows before and after a position.
fn strength(durations_ms: &[i64], at: usize) -> f64 {
    let (before, after) = (spread(&durations_ms[at - STEP_WINDOW..at]), spread(&durations_ms[at..at + STEP_WINDOW]));
    let error = (before.1 + after.1).sqrt();
    // Durations without any spread are told too coarsely to be this certain: a millisecond stands in.
    (before.0 - after.0).abs() / error.max(1.0)
}

/// Mean and squared standard error, without the lowest and the highest value.
fn spread(values: &[i64]) -> (f64, f64) {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let kept = &sorted[1..sorted.len() - 1];
    let count = kept.len() as f64;
    let mean = kept.iter().sum::<i64>() as f64 / count;
    let squares: f64 = kept.iter().map(|value| (*value as f64 - mean).powi(2)).sum();
    (mean, squares / (count - 1.0) / count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trend(base: (i64, i64), sample: (i64, i64)) -> Trend {
        let tally = |(passed, failed)| Tally { passed, failed };
        pass_rate_trend(tally(base), tally(sample))
    }

    #[test]
    fn trends_need_certainty_and_size() {
        for (base, sample, expected) in [
            ((0, 0), (10, 10), Trend::Unknown),
            ((100, 0), (1, 1), Trend::Unknown),
            ((100, 0), (10, 2), Trend::Steady),
            ((100, 0), (10, 3), Trend::MuchWorse),
            ((500, 5), (93, 7), Trend::Worse),
            ((1000, 10), (960, 40), Trend::Steady),
            ((50, 50), (50, 50), Trend::Steady),
            ((50, 50), (95, 5), Trend::Better),
        ] {
            assert_eq!(trend(base, sample), expected, "{base:?} {sample:?}");
        }
    }

    /// Durations around a mean, with a little noise that repeats.
    fn around(mean: i64, count: usize) -> Vec<i64> {
        (0..count).map(|at| mean + [0, 13, -9, 4, -17, 8, 21, -5][at % 8] * mean / 1000).collect()
    }

    #[test]
    fn a_step_is_found_where_it_is() {
        let series = [around(60_000, 30), around(90_000, 20)].concat();
        let shift = duration_shift(&series).expect("a step");
        assert_eq!(shift.at, 30);
        assert!((59_000..61_000).contains(&shift.before_ms) && (88_000..92_000).contains(&shift.after_ms));
    }

    #[test]
    fn what_is_no_step_is_left_alone() {
        let mut one_slow = around(60_000, 50);
        one_slow[25] = 600_000;
        for series in [
            vec![],
            around(60_000, 23),
            around(60_000, 60),
            one_slow,
            [around(60_000, 30), around(61_500, 30)].concat(),
        ] {
            assert_eq!(duration_shift(&series), None, "{} durations", series.len());
        }
    }

    #[test]
    fn of_two_steps_the_newest_is_told() {
        let series = [around(60_000, 30), around(90_000, 30), around(40_000, 15)].concat();
        assert_eq!(duration_shift(&series).map(|shift| shift.at), Some(60));
    }
}
