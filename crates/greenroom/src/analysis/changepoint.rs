//! Where in a history the failure rate changed: Bayesian segments of a row of passes and failures. What a change
//! means is left to `verdict`.
//!
//! A segment has one unknown failure rate with a Beta(0.3, 0.5) prior. A row is split where two segments explain
//! it better than one by more than a factor of 10,000, and the halves are split likewise: the constants LUCI uses.

use std::ops::Range;

/// Prior weight of failures.
const PRIOR_FAILED: f64 = 0.3;
/// Prior weight of passes.
const PRIOR_PASSED: f64 = 0.5;
/// How much better two segments must explain a row, in logarithms: `ln 10⁴`.
const LEAST_GAIN: f64 = 9.210_340_371_976_182;
/// Share of the probability that the interval of a change holds.
const INTERVAL: f64 = 0.99;

/// A part of a history with one failure rate.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// Positions it covers.
    pub range: Range<usize>,
    /// Failures in it.
    pub failed: usize,
    /// Positions at which it may begin instead, with 99 % certainty; of the first one its beginning.
    pub begins_within: Range<usize>,
}

impl Segment {
    /// Share of failures.
    pub fn failure_rate(&self) -> f64 {
        if self.range.is_empty() { 0.0 } else { self.failed as f64 / self.range.len() as f64 }
    }
}

/// The segments of a history of failures (`true`) and passes, oldest first. No segment for no history.
pub fn segments(failures: &[bool]) -> Vec<Segment> {
    if failures.is_empty() {
        return Vec::new();
    }
    let scale = Scale::new(failures);
    let mut bounds = vec![0, failures.len()];
    let mut open: Vec<Range<usize>> = std::iter::once(0..failures.len()).collect();
    while let Some(range) = open.pop() {
        let Some(at) = scale.split(&range) else { continue };
        bounds.push(at);
        open.push(range.start..at);
        open.push(at..range.end);
    }
    bounds.sort_unstable();
    let segment = |pair: &[usize], begins_within| {
        let range = pair[0]..pair[1];
        Segment { failed: scale.failed(&range), range, begins_within }
    };
    let first = segment(&bounds[..2], 0..1);
    let further = bounds.windows(3).map(|around| segment(&around[1..], scale.interval(around)));
    std::iter::once(first).chain(further).collect()
}

/// Running sums, so that a segment is weighed in constant time.
struct Scale {
    /// Failures before each position.
    failed: Vec<usize>,
    /// `ln` of the rising factorials of both priors and of their sum.
    failed_terms: Vec<f64>,
    passed_terms: Vec<f64>,
    all_terms: Vec<f64>,
}

impl Scale {
    fn new(failures: &[bool]) -> Scale {
        let rising = |prior: f64| {
            let mut sum = 0.0;
            let mut terms = vec![0.0];
            for at in 0..failures.len() {
                sum += (prior + at as f64).ln();
                terms.push(sum);
            }
            terms
        };
        let mut failed = vec![0];
        for failure in failures {
            failed.push(failed[failed.len() - 1] + usize::from(*failure));
        }
        Scale {
            failed,
            failed_terms: rising(PRIOR_FAILED),
            passed_terms: rising(PRIOR_PASSED),
            all_terms: rising(PRIOR_FAILED + PRIOR_PASSED),
        }
    }

    fn failed(&self, range: &Range<usize>) -> usize {
        self.failed[range.end] - self.failed[range.start]
    }

    /// Logarithm of the likelihood of a segment, its rate integrated out.
    fn likelihood(&self, range: Range<usize>) -> f64 {
        let failed = self.failed(&range);
        self.failed_terms[failed] + self.passed_terms[range.len() - failed] - self.all_terms[range.len()]
    }

    /// Where two segments explain a row best, if so much better than one.
    fn split(&self, range: &Range<usize>) -> Option<usize> {
        let positions = range.start + 1..range.end;
        let likelihood = |at: usize| self.likelihood(range.start..at) + self.likelihood(at..range.end);
        let (best, reached) =
            positions.map(|at| (at, likelihood(at))).max_by(|one, other| one.1.total_cmp(&other.1))?;
        (reached - self.likelihood(range.clone()) > LEAST_GAIN).then_some(best)
    }

    /// The positions around a change that hold 99 % of the probability, between the changes beside it. Grown
    /// towards the likelier side.
    fn interval(&self, around: &[usize]) -> Range<usize> {
        let (begin, change, end) = (around[0], around[1], around[2]);
        let likelihood = |at: usize| self.likelihood(begin..at) + self.likelihood(at..end);
        let reached = likelihood(change);
        let weight = |at: usize| if begin < at && at < end { (likelihood(at) - reached).exp() } else { -1.0 };
        let all: f64 = (begin + 1..end).map(weight).sum();
        let mut range = change..change + 1;
        let mut held = 1.0;
        while held < INTERVAL * all {
            let (left, right) = (weight(range.start - 1), weight(range.end));
            if left < 0.0 && right < 0.0 {
                break;
            }
            if left >= right {
                range.start -= 1;
            } else {
                range.end += 1;
            }
            held += left.max(right);
        }
        range
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(text: &str) -> Vec<bool> {
        text.bytes().map(|byte| byte == b'F').collect()
    }

    fn ranges(text: &str) -> Vec<Range<usize>> {
        segments(&history(text)).into_iter().map(|segment| segment.range).collect()
    }

    #[test]
    fn one_rate_is_one_segment() {
        for text in
            ["P", "F", "PPPPPPPPPPPPPPPPPPPP", "FFFFFFFFFFFFFFFFFFFF", "PFPFPFPFPFPFPFPFPFPF", "PPPPPFPPPPPPPFPPPP"]
        {
            assert_eq!(ranges(text).len(), 1, "{text}");
        }
        assert!(segments(&[]).is_empty());
    }

    #[test]
    fn a_regression_and_its_repair_are_three_segments() {
        let text = ["P".repeat(30), "F".repeat(30), "P".repeat(20)].concat();
        assert_eq!(ranges(&text), [0..30, 30..60, 60..80]);
        let segments = segments(&history(&text));
        assert_eq!(segments[1].failure_rate(), 1.0);
        assert_eq!(segments[1].begins_within, 29..32);
    }

    #[test]
    fn a_lasting_break_is_a_change_after_few_failures() {
        let after = |passes: usize, failures: usize| ranges(&["P".repeat(passes), "F".repeat(failures)].concat()).len();
        assert_eq!((after(50, 1), after(50, 5)), (1, 2));
    }

    #[test]
    fn a_vague_change_has_a_wide_interval() {
        let text = "PPPPPPPPPPPPPPPPPPPPPPPPPFPFFPFFFFFFPFFFFFFFF";
        let segments = segments(&history(text));
        assert_eq!(segments.len(), 2);
        assert!(segments[1].begins_within.len() > 1);
        assert!(segments[1].begins_within.contains(&segments[1].range.start));
    }

    proptest::proptest! {
        #[test]
        fn segments_cover_the_history(failures in proptest::collection::vec(proptest::bool::ANY, 0..200)) {
            let mut at = 0;
            for segment in segments(&failures) {
                proptest::prop_assert_eq!(segment.range.start, at);
                proptest::prop_assert!(segment.begins_within.contains(&segment.range.start));
                proptest::prop_assert_eq!(segment.failed, failures[segment.range.clone()].iter().filter(|f| **f).count());
                at = segment.range.end;
            }
            proptest::prop_assert_eq!(at, failures.len());
        }
    }
}
