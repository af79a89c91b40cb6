//! Which lines of a job's log belong to which step. The log does not say: GitHub serves all steps as one text. Told
//! are the steps' names and start times, to the second; found in the log are lines at which a step may begin.
//!
//! The steps are laid on those lines in order, so that names agree and times are as near as possible. Where nothing
//! fits, a step has no lines, and what it wrote counts to the step before.

use super::index::{Head, HeadKind};

/// What is known of a step beforehand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepStart<'a> {
    /// Display name.
    pub name: &'a str,
    /// When it started, in milliseconds since 1970. A step that never did has no lines.
    pub started_ms: Option<i64>,
    /// Whether it was passed over, so that it wrote nothing.
    pub is_skipped: bool,
}

/// Steps looked at.
const MOST_STEPS: usize = 500;
/// Seconds that are as bad as leaving a step without lines.
const LOST_SECONDS: i64 = 60;
/// Seconds that a name which agrees makes up for.
const NAME_SECONDS: i64 = 600;

/// First and last line of each step, of a log with so many lines; `None` where it is not known, or nothing was written.
pub fn step_lines(steps: &[StepStart<'_>], heads: &[Head], lines: u64) -> Vec<Option<(u64, u64)>> {
    let mut firsts: Vec<Option<u64>> = vec![None; steps.len()];
    if lines == 0 {
        return vec![None; steps.len()];
    }
    let live: Vec<usize> = (0..steps.len().min(MOST_STEPS))
        .filter(|at| !steps[*at].is_skipped && steps[*at].started_ms.is_some())
        .collect();
    let (set_up, rest) = match live.first() {
        Some(first) if steps[*first].name == "Set up job" => (Some(*first), &live[1..]),
        _ => (None, &live[..]),
    };
    if let Some(at) = set_up {
        firsts[at] = Some(1);
    }
    let rest_steps: Vec<&StepStart<'_>> = rest.iter().map(|at| &steps[*at]).collect();
    for (at, head) in rest.iter().zip(lay(&rest_steps, heads)) {
        firsts[*at] = head.map(|head| heads[head].line);
    }
    let mut end = lines;
    let mut ranges = vec![None; steps.len()];
    for (range, first) in ranges.iter_mut().zip(firsts).rev() {
        if let Some(first) = first {
            *range = Some((first, end));
            end = first - 1;
        }
    }
    ranges
}

/// The head of each step: the order-preserving choice with the least cost.
fn lay(steps: &[&StepStart<'_>], heads: &[Head]) -> Vec<Option<usize>> {
    let width = heads.len() + 1;
    // Least cost of the steps from `s` on, given the heads from `h` on; and whether `s` takes `h`, or is lost.
    let mut cost = vec![0i64; width];
    let mut choice = vec![Choice::Lost; steps.len() * width];
    for (s, step) in steps.iter().enumerate().rev() {
        let after = std::mem::replace(&mut cost, vec![0; width]);
        for h in (0..width).rev() {
            let mut best = (after[h] + LOST_SECONDS, Choice::Lost);
            if let Some(head) = heads.get(h) {
                if cost[h + 1] <= best.0 {
                    best = (cost[h + 1], Choice::Later);
                }
                if let Some(distance) = distance(step, head)
                    && after[h + 1] + distance <= best.0
                {
                    best = (after[h + 1] + distance, Choice::Here);
                }
            }
            cost[h] = best.0;
            choice[s * width + h] = best.1;
        }
    }
    let mut h = 0;
    let mut laid = Vec::with_capacity(steps.len());
    for s in 0..steps.len() {
        while choice[s * width + h] == Choice::Later {
            h += 1;
        }
        let is_here = choice[s * width + h] == Choice::Here;
        laid.push(is_here.then_some(h));
        h += usize::from(is_here);
    }
    laid
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Choice {
    Here,
    Later,
    Lost,
}

/// How badly a step fits a head, in seconds; `None` where it cannot.
fn distance(step: &StepStart<'_>, head: &Head) -> Option<i64> {
    let kind = match step.name {
        "Complete job" => HeadKind::Complete,
        "Initialize containers" => HeadKind::StartContainers,
        "Stop containers" => HeadKind::StopContainers,
        name if name.starts_with("Post ") && head.kind == HeadKind::Post => HeadKind::Post,
        _ => HeadKind::Run,
    };
    if kind != head.kind {
        return None;
    }
    let apart = match (step.started_ms, head.at_ms) {
        // The step's time is cut to the second.
        (Some(started), Some(at)) => (at.div_euclid(1000) - started.div_euclid(1000)).abs(),
        _ => 0,
    };
    let name_agrees = kind != HeadKind::Run || step.name == head.text;
    Some(if name_agrees { apart - NAME_SECONDS } else { apart })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(name: &str, second: i64) -> StepStart<'_> {
        StepStart { name, started_ms: Some(second * 1000), is_skipped: false }
    }

    fn head(line: u64, kind: HeadKind, text: &str, ms: i64) -> Head {
        Head { line, kind, text: text.into(), at_ms: Some(ms) }
    }

    fn run(line: u64, text: &str, ms: i64) -> Head {
        head(line, HeadKind::Run, text, ms)
    }

    #[test]
    fn each_step_begins_where_it_is_run() {
        let steps = [
            step("Set up job", 0),
            step("Run actions/checkout@v5", 1),
            step("Tests", 5),
            StepStart { is_skipped: true, ..step("Upload", 9) },
            step("Post Run actions/checkout@v5", 9),
            step("Complete job", 9),
        ];
        let heads = [
            run(20, "Run actions/checkout@v5", 1_100),
            run(30, "Run npm test", 5_200),
            head(90, HeadKind::Post, "Post job cleanup.", 9_100),
            head(95, HeadKind::Complete, "Cleaning up orphan processes", 9_300),
        ];
        let expected = [Some((1, 19)), Some((20, 29)), Some((30, 89)), None, Some((90, 94)), Some((95, 99))];
        assert_eq!(step_lines(&steps, &heads, 99), expected);
    }

    #[test]
    fn what_a_composite_action_runs_begins_no_step() {
        let steps = [step("Prepare", 0), step("Tests", 10)];
        let heads = [
            run(1, "Run ./.github/actions/prepare", 100),
            run(5, "Run npm ci", 300),
            run(9, "Run npm run build", 6_000),
            run(12, "Run npm test", 10_400),
        ];
        assert_eq!(step_lines(&steps, &heads, 20), [Some((1, 11)), Some((12, 20))]);
    }

    #[test]
    fn clocks_that_drift_do_not_matter_while_the_order_is_plain() {
        let steps = [step("Install", 10), step("Build", 20), step("Test", 30)];
        let heads = [run(1, "Run a", 19_000), run(5, "Run b", 31_000), run(9, "Run c", 44_000)];
        assert_eq!(step_lines(&steps, &heads, 10), [Some((1, 4)), Some((5, 8)), Some((9, 10))]);
    }

    #[test]
    fn what_is_not_found_is_not_made_up() {
        let steps = [step("Set up job", 0), step("Tests", 500)];
        assert_eq!(step_lines(&steps, &[run(5, "Run early", 1_000)], 9), [Some((1, 9)), None]);
        assert_eq!(step_lines(&steps, &[], 0), [None, None]);
        let never = [StepStart { name: "Tests", started_ms: None, is_skipped: false }];
        assert_eq!(step_lines(&never, &[run(1, "Run x", 0)], 9), [None]);
    }
}
