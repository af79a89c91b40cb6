//! Since when something fails: the last green run, the first red one and the commits between. Whether that is
//! a regression is left to `verdict`.

use super::sources::{self, Source, counts, moment};
use super::verdict::RELIABLE_PASSES;
use crate::model::DAY_MS;
use crate::model::testing::{Execution, RunRef, Since};

/// Commits among which a culprit can still be named.
const MOST_COMMITS: usize = 20;
/// Series that ended this much earlier than others are not asked.
const STALE_MS: i64 = 14 * DAY_MS;

/// Since when a test fails on the default branch; `None` when it does not, or its run is not known. `run` looks a
/// run up by its id. Of several sets of conditions in which it fails the one that broke first is told.
pub fn since(executions: &[Execution], run: impl Fn(i64) -> Option<RunRef>) -> Option<Since> {
    let sources = sources::sources(executions);
    let rows = sources::on_default(&sources, STALE_MS);
    let breaks = rows.iter().filter_map(|row| Break::of(row));
    let found = breaks.min_by_key(|found| moment(found.first_red))?;
    let first_red = run(found.first_red.run_id)?;
    let last_green = found.last_green.and_then(|execution| run(execution.run_id));
    let (commits, has_gap) = between(executions, &found, run);
    let conclusion = Conclusion {
        passes: found.passes,
        commits: commits.len(),
        has_green: last_green.is_some(),
        has_gap: has_gap || (found.last_green.is_some() && last_green.is_none()),
    };
    let (inconclusive, reason) = conclusion.say();
    Some(Since { last_green, first_red: Some(first_red), commits, inconclusive, reason })
}

/// A failing streak of the default branch that has not ended.
struct Break<'a> {
    last_green: Option<&'a Execution>,
    first_red: &'a Execution,
    /// Sources in a row that passed before.
    passes: usize,
}

impl<'a> Break<'a> {
    fn of(row: &[&Source<'a>]) -> Option<Break<'a>> {
        let streak = row.iter().rev().take_while(|source| source.is_failing()).count();
        let (before, failing) = row.split_at(row.len() - streak);
        let passes = before.iter().rev().take_while(|source| !source.is_failing()).count();
        let last_green = before.last().and_then(|source| source.first_on_default());
        Some(Break { last_green, first_red: failing.first()?.first_on_default()?, passes })
    }
}

/// The runs after the last green one up to the first red one, one for each commit; and whether any is unknown.
/// Runs that are no evidence are suspects all the more.
fn between(executions: &[Execution], found: &Break<'_>, run: impl Fn(i64) -> Option<RunRef>) -> (Vec<RunRef>, bool) {
    let Some(green) = found.last_green else { return (Vec::new(), false) };
    let mut inside: Vec<&Execution> = executions
        .iter()
        .filter(|execution| execution.on_default && !execution.fork && execution.head_sha != green.head_sha)
        .filter(|execution| (green.at..=found.first_red.at).contains(&execution.at) && execution.run_id != green.run_id)
        .filter(|execution| counts(execution) || execution.workflow_id == found.first_red.workflow_id)
        .collect();
    inside.sort_by_key(|execution| moment(execution));
    let mut commits: Vec<RunRef> = Vec::new();
    let mut has_gap = false;
    for execution in inside {
        match run(execution.run_id) {
            Some(run) if commits.iter().all(|known| known.head_sha != run.head_sha) => commits.push(run),
            Some(_) => {}
            None => has_gap = true,
        }
    }
    (commits, has_gap)
}

/// What can be concluded from a bracket.
struct Conclusion {
    passes: usize,
    commits: usize,
    has_green: bool,
    has_gap: bool,
}

impl Conclusion {
    /// Whether nothing can be concluded, and the sentence that says why or what is known.
    fn say(&self) -> (bool, String) {
        if self.has_gap {
            return (true, "Some of the runs in between are not known.".to_owned());
        }
        if !self.has_green {
            return (true, "It failed as long as its history reaches.".to_owned());
        }
        if self.commits > MOST_COMMITS {
            return (true, format!("There are {} commits in between, too many to name one.", self.commits));
        }
        if self.passes < RELIABLE_PASSES {
            return (true, format!("It was unreliable before: it passed only {} in a row.", times(self.passes)));
        }
        let passes = times(self.passes);
        match self.commits {
            0 => (false, format!("It passed {passes} in a row, and then failed on the same commit.")),
            1 => (false, format!("It passed {passes} in a row, and fails since one commit.")),
            commits => (false, format!("It passed {passes} in a row, and fails since one of {commits} commits.")),
        }
    }
}

fn times(count: usize) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

/// Since when a workflow fails on a branch, from its runs, newest first; `None` when it does not. Runs that are not
/// completed, or were cancelled or skipped, say nothing.
pub fn runs_since(runs: &[RunRef]) -> Option<Since> {
    let told: Vec<usize> = (0..runs.len()).filter(|at| outcome(&runs[*at]).is_some()).collect();
    let failed = |at: &&usize| outcome(&runs[**at]) == Some(false);
    let streak = told.iter().take_while(failed).count();
    let first_red = *told[..streak].last()?;
    let last_green = told.get(streak).copied();
    let passes = told[streak..].iter().take_while(|at| outcome(&runs[**at]) == Some(true)).count();
    let commits = last_green.map_or(Vec::new(), |green| commits_of(&runs[first_red..green], &runs[green]));
    let conclusion = Conclusion { passes, commits: commits.len(), has_green: last_green.is_some(), has_gap: false };
    let (inconclusive, reason) = conclusion.say();
    Some(Since {
        last_green: last_green.map(|at| runs[at].clone()),
        first_red: Some(runs[first_red].clone()),
        commits,
        inconclusive,
        reason,
    })
}

/// One run for each commit but the green one's, oldest first.
fn commits_of(newest_first: &[RunRef], green: &RunRef) -> Vec<RunRef> {
    let mut commits: Vec<RunRef> = Vec::new();
    for run in newest_first.iter().rev() {
        if run.head_sha != green.head_sha && commits.iter().all(|known| known.head_sha != run.head_sha) {
            commits.push(run.clone());
        }
    }
    commits
}

/// Whether a run passed, where it says so.
pub(super) fn outcome(run: &RunRef) -> Option<bool> {
    match run.conclusion.as_deref()? {
        "success" => Some(true),
        "failure" | "timed_out" | "startup_failure" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{Builder, at, history};
    use super::*;

    fn reference(id: i64) -> RunRef {
        RunRef {
            id,
            run_number: id,
            attempt: 1,
            conclusion: None,
            created_at: at(id),
            branch: "main".into(),
            head_sha: format!("commit {id}"),
            commit_message: String::new(),
            commit_author: String::new(),
        }
    }

    /// Last green, first red, commits between, and whether it is inconclusive.
    type Bracket = (Option<i64>, Option<i64>, Vec<i64>, bool);

    fn shown(since: Option<Since>) -> Option<Bracket> {
        since.map(|since| {
            assert!(since.reason.ends_with('.'));
            let id = |run: Option<RunRef>| run.map(|run| run.id);
            let commits = since.commits.iter().map(|run| run.id).collect();
            (id(since.last_green), id(since.first_red), commits, since.inconclusive)
        })
    }

    fn of(letters: &str) -> Option<Bracket> {
        shown(since(&history(letters), |id| Some(reference(id))))
    }

    #[test]
    fn the_bracket_of_a_test() {
        for (letters, expected) in [
            ("", None),
            ("PPPPP", None),
            ("PPPFP", None),
            ("PPPPPA", None),
            ("PPPPPF", Some((Some(5), Some(6), vec![6], false))),
            ("PPPPPFFF", Some((Some(5), Some(6), vec![6], false))),
            ("PPPPPGSF", Some((Some(5), Some(8), vec![6, 7, 8], false))),
            ("PPPPPFFG", Some((Some(5), Some(6), vec![6], false))),
            ("PPPPPAF", Some((Some(6), Some(7), vec![7], false))),
            ("PPPPF", Some((Some(4), Some(5), vec![5], true))),
            ("PPPPPFPF", Some((Some(7), Some(8), vec![8], true))),
            ("FFFFF", Some((None, Some(1), vec![], true))),
        ] {
            assert_eq!(of(letters), expected, "{letters}");
        }
        let wide = ["PPPPP", &"G".repeat(20), "F"].concat();
        assert!(of(&wide).is_some_and(|(_, _, commits, inconclusive)| commits.len() == 21 && inconclusive));
    }

    #[test]
    fn unknown_runs_leave_a_gap() {
        let executions = history("PPPPPGF");
        assert!(since(&executions, |id| (id != 6).then(|| reference(id))).is_some_and(|since| since.inconclusive));
        assert!(since(&executions, |id| (id != 5).then(|| reference(id))).is_some_and(|since| since.inconclusive));
        assert_eq!(since(&executions, |_| None), None);
    }

    #[test]
    fn other_branches_do_not_count() {
        let mut executions = history("PPPPP");
        executions.push(Builder::new(6).branch("mine").fail());
        assert_eq!(since(&executions, |id| Some(reference(id))), None);
        executions.push(Builder::new(7).fail());
        let bracket = shown(since(&executions, |id| Some(reference(id))));
        assert_eq!(bracket, Some((Some(5), Some(7), vec![7], false)));
    }

    #[test]
    fn one_failing_variant_is_enough() {
        let mut executions = history("PPPPPPPP");
        for run in 1..=8 {
            let builder = Builder::new(run).variant("windows");
            executions.push(if run > 6 { builder.fail() } else { builder.pass() });
        }
        let bracket = shown(since(&executions, |id| Some(reference(id))));
        assert_eq!(bracket, Some((Some(6), Some(7), vec![7], false)));
    }

    /// Runs from letters, oldest first: `P`, `F`, `C` cancelled, `Q` queued.
    fn runs(letters: &str) -> Option<Bracket> {
        let mut runs: Vec<RunRef> = letters
            .chars()
            .zip(1..)
            .map(|(letter, id)| RunRef {
                conclusion: match letter {
                    'P' => Some("success".into()),
                    'F' => Some("failure".into()),
                    'C' => Some("cancelled".into()),
                    _ => None,
                },
                ..reference(id)
            })
            .collect();
        runs.reverse();
        shown(runs_since(&runs))
    }

    #[test]
    fn the_bracket_of_a_workflow() {
        for (letters, expected) in [
            ("", None),
            ("Q", None),
            ("PPPPPP", None),
            ("FFP", None),
            ("FFPC", None),
            ("PPPPPF", Some((Some(5), Some(6), vec![6], false))),
            ("PPPPPCFFQ", Some((Some(5), Some(7), vec![6, 7], false))),
            ("PPF", Some((Some(2), Some(3), vec![3], true))),
            ("FFF", Some((None, Some(1), vec![], true))),
        ] {
            assert_eq!(runs(letters), expected, "{letters}");
        }
    }

    #[test]
    fn a_failure_of_the_same_commit_has_no_culprit() {
        let mut runs: Vec<RunRef> =
            (1..=6).map(|id| RunRef { conclusion: Some("success".into()), ..reference(id) }).collect();
        runs[5].conclusion = Some("failure".into());
        runs[5].head_sha = runs[4].head_sha.clone();
        runs.reverse();
        assert_eq!(shown(runs_since(&runs)), Some((Some(5), Some(6), vec![], false)));
    }
}
