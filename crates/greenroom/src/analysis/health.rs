//! Whether a workflow or a job got worse: its pass rate and its duration.

/// Outcomes counted over a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Passed, also after a retry.
    pub passed: i64,
    /// Failed.
    pub failed: i64,
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

/// How the pass rate of `sample` (7 days) stands against that of `base` (the 30 days before).
pub fn pass_rate_trend(_base: Tally, _sample: Tally) -> Trend {
    Trend::Unknown
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

/// The newest step in durations, oldest first.
pub fn duration_shift(_durations_ms: &[i64]) -> Option<DurationShift> {
    None
}
