//! A test's executions sorted by what code they ran: the unit of evidence. What follows from the evidence is
//! left to `verdict` and `since`.

use crate::model::Millis;
use crate::model::testing::{Execution, TestStatus};
use std::collections::{BTreeMap, HashMap};

/// Everything that ran one tree under one set of conditions.
#[derive(Clone, Debug)]
pub(super) struct Source<'a> {
    /// Conditions: the variant, and the workflow where the test never passes in it.
    pub series: Series<'a>,
    /// Tree, or commit.
    pub tree: &'a str,
    /// What ran, oldest first. Never empty.
    pub executions: Vec<&'a Execution>,
    /// Whether an attempt passed, in the end.
    pub passed: bool,
    /// Whether an attempt failed, or a try of it.
    pub failed: bool,
}

/// The conditions under which executions can be compared.
pub(super) type Series<'a> = (&'a str, Option<i64>);

impl<'a> Source<'a> {
    /// Whether the same code both passed and failed.
    pub fn is_mixed(&self) -> bool {
        self.passed && self.failed
    }

    /// Whether it failed and never passed.
    pub fn is_failing(&self) -> bool {
        !self.passed
    }

    /// When it ran last.
    pub fn at(&self) -> Millis {
        self.executions[self.executions.len() - 1].at
    }

    /// When the default branch ran it first.
    pub fn first_on_default(&self) -> Option<&'a Execution> {
        self.executions.iter().copied().find(|execution| execution.on_default)
    }
}

/// Whether an execution is evidence.
pub(super) fn counts(execution: &Execution) -> bool {
    !execution.fork && !execution.guarded && execution.status != TestStatus::Skipped
}

/// The order of time, with ties broken by what is known of two executions.
pub(super) fn moment(execution: &Execution) -> (Millis, i64, i64, i64, i64, i64) {
    (execution.at, execution.run_number, execution.run_id, execution.attempt, execution.report_id, execution.ordinal)
}

/// The sources of a test, in the order in which they ran last. Executions that are no evidence are left out.
pub(super) fn sources(executions: &[Execution]) -> Vec<Source<'_>> {
    let mut evidence: Vec<&Execution> = executions.iter().filter(|execution| counts(execution)).collect();
    evidence.sort_by_key(|execution| moment(execution));
    let apart = never_passing(&evidence);
    let mut places: HashMap<(Series<'_>, &str), usize> = HashMap::with_capacity(evidence.len());
    let mut groups: Vec<Vec<&Execution>> = Vec::with_capacity(evidence.len());
    for execution in evidence {
        let place = *places.entry((series(execution, &apart), execution.tree.as_str())).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push(execution),
            None => groups.push(vec![execution]),
        }
    }
    let mut sources: Vec<Source<'_>> =
        groups.into_iter().map(|group| source(series(group[0], &apart), &group[0].tree, group)).collect();
    sources.sort_by_key(|source| moment(source.executions[source.executions.len() - 1]));
    sources
}

fn series<'a>(execution: &'a Execution, apart: &[Conditions<'_>]) -> Series<'a> {
    let conditions = (execution.variant.as_str(), execution.workflow_id);
    (conditions.0, apart.contains(&conditions).then_some(conditions.1))
}

/// Variant and workflow.
type Conditions<'a> = (&'a str, i64);

/// Workflows in which the test never passes, by variant: they differ in more than chance from those in which it
/// does, and two of them are no contradiction.
fn never_passing<'a>(evidence: &[&'a Execution]) -> Vec<Conditions<'a>> {
    // There are few, so that lists are quicker than sets.
    let (mut failing, mut passing): (Vec<Conditions<'_>>, Vec<Conditions<'_>>) = (Vec::new(), Vec::new());
    for execution in evidence {
        let conditions = (execution.variant.as_str(), execution.workflow_id);
        let seen = if execution.status == TestStatus::Failed { &mut failing } else { &mut passing };
        if !seen.contains(&conditions) {
            seen.push(conditions);
        }
    }
    failing.retain(|conditions| !passing.contains(conditions));
    failing
}

fn source<'a>(series: Series<'a>, tree: &'a str, executions: Vec<&'a Execution>) -> Source<'a> {
    let (passed, failed) = match executions.as_slice() {
        [only] => (only.status != TestStatus::Failed, only.status != TestStatus::Passed),
        several => outcomes(several),
    };
    Source { series, tree, executions, passed, failed }
}

/// Whether an attempt passed, and whether one failed.
fn outcomes(executions: &[&Execution]) -> (bool, bool) {
    let mut attempts: BTreeMap<(i64, i64), (bool, bool)> = BTreeMap::new();
    for execution in executions {
        let (failed, flaky) = attempts.entry((execution.run_id, execution.attempt)).or_default();
        *failed |= execution.status == TestStatus::Failed;
        *flaky |= execution.status == TestStatus::Flaky;
    }
    // Two results of one attempt without a retry are two tests of one name: together they have failed.
    let passed = attempts.values().any(|(failed, flaky)| *flaky || !failed);
    let failed = attempts.values().any(|(failed, flaky)| *failed || *flaky);
    (passed, failed)
}

/// The sources the default branch ran, by series, in its order. Series that ended more than `stale_ms` before the
/// newest are left out: nobody will repair a job that is gone.
pub(super) fn on_default<'s, 'a>(sources: &'s [Source<'a>], stale_ms: i64) -> Vec<Vec<&'s Source<'a>>> {
    let mut series: BTreeMap<Series<'a>, Vec<&'s Source<'a>>> = BTreeMap::new();
    for source in sources {
        if source.first_on_default().is_some() {
            series.entry(source.series).or_default().push(source);
        }
    }
    let mut rows: Vec<Vec<&Source<'_>>> = series.into_values().collect();
    for row in &mut rows {
        row.sort_by_key(|source| source.first_on_default().map(moment));
    }
    let newest = |row: &Vec<&Source<'_>>| row.iter().map(|source| source.at()).max().unwrap_or_default();
    let newest_of_all = rows.iter().map(newest).max().unwrap_or_default();
    rows.retain(|row| newest_of_all.since(newest(row)) <= stale_ms);
    rows
}

#[cfg(test)]
mod tests {
    use super::super::samples::{Builder, history};
    use super::*;

    fn only(executions: &[Execution]) -> (bool, bool) {
        let sources = sources(executions);
        assert_eq!(sources.len(), 1);
        (sources[0].passed, sources[0].failed)
    }

    #[test]
    fn what_ran_the_same_tree_is_one_source() {
        let executions = history("PPF");
        assert_eq!(sources(&executions).len(), 3);
        let again = [Builder::new(1).tree("a").pass(), Builder::new(2).tree("a").branch("x").fail()];
        assert_eq!(only(&again), (true, true));
        let other_variant = [Builder::new(1).tree("a").pass(), Builder::new(2).tree("a").variant("v").fail()];
        assert_eq!(sources(&other_variant).len(), 2);
    }

    #[test]
    fn a_retry_and_another_attempt_contradict() {
        assert_eq!(only(&[Builder::new(1).flaky()]), (true, true));
        assert_eq!(only(&[Builder::new(1).fail(), Builder::new(1).attempt(2).pass()]), (true, true));
        assert_eq!(only(&[Builder::new(1).fail(), Builder::new(1).attempt(2).fail()]), (false, true));
    }

    #[test]
    fn two_tests_of_one_name_do_not_contradict() {
        let mut twin = Builder::new(1).pass();
        twin.ordinal = 7;
        assert_eq!(only(&[Builder::new(1).fail(), twin]), (false, true));
    }

    #[test]
    fn a_workflow_that_never_passes_is_a_condition_of_its_own() {
        let both: Vec<Execution> = (1..6)
            .flat_map(|day| {
                let tree = format!("t{day}");
                [Builder::new(day).tree(&tree).pass(), Builder::new(day + 100).tree(&tree).workflow(2).fail()]
            })
            .collect();
        assert!(sources(&both).iter().all(|source| !source.is_mixed()));
    }

    #[test]
    fn forks_guarded_and_skipped_executions_are_no_evidence() {
        let executions = [Builder::new(1).fork().fail(), Builder::new(2).guarded().fail(), Builder::new(3).skip()];
        assert!(sources(&executions).is_empty());
    }

    #[test]
    fn series_that_ended_long_ago_are_left_out() {
        let old = Builder::new(1).variant("old").fail();
        let executions = [old, Builder::new(40).pass()];
        let sources = sources(&executions);
        assert_eq!(on_default(&sources, 14 * crate::model::DAY_MS).len(), 1);
        assert_eq!(on_default(&sources, 90 * crate::model::DAY_MS).len(), 2);
    }
}
