//! The executions that prove a verdict, chosen so that a reader sees the contradiction at once.

use super::sources::{Source, moment};
use crate::model::testing::{Execution, Proof, ProofExecution, ProofKind, TestStatus};

/// Executions of one proof at most.
const MOST_EXECUTIONS: usize = 8;
/// Proofs of a judgement at most.
pub(super) const MOST_PROOFS: usize = 10;

/// A proof by these executions; of more than eight the first and the last ones are shown.
pub(super) fn proof<'a>(kind: ProofKind, executions: impl IntoIterator<Item = &'a Execution>) -> Proof {
    let mut executions: Vec<&Execution> = executions.into_iter().collect();
    executions.sort_by_key(|execution| moment(execution));
    executions.dedup_by_key(|execution| (execution.report_id, execution.ordinal));
    if executions.len() > MOST_EXECUTIONS {
        executions.drain(MOST_EXECUTIONS / 2..executions.len() - MOST_EXECUTIONS / 2);
    }
    Proof { kind, executions: executions.into_iter().map(shown).collect() }
}

fn shown(execution: &Execution) -> ProofExecution {
    ProofExecution {
        result_id: format!("{}.{}", execution.report_id, execution.ordinal),
        run_id: execution.run_id,
        run_number: execution.run_number,
        attempt: execution.attempt,
        job_id: execution.job_id,
        status: execution.status,
        at: execution.at,
        head_sha: execution.head_sha.clone(),
        branch: execution.branch.clone(),
    }
}

/// The proof that a mixed source is one, by the nearest contradiction in it.
pub(super) fn of_mixed(source: &Source<'_>) -> Proof {
    let executions = &source.executions;
    if let Some(flaky) = executions.iter().rev().find(|execution| execution.status == TestStatus::Flaky) {
        return proof(ProofKind::RetryInJob, [*flaky]);
    }
    let failed = |execution: &&&Execution| execution.status == TestStatus::Failed;
    let of_one_run = executions.iter().rev().filter(failed).find_map(|failure| {
        let pass = executions.iter().find(|other| {
            other.run_id == failure.run_id && other.attempt != failure.attempt && other.status == TestStatus::Passed
        });
        pass.map(|pass| [*failure, *pass])
    });
    match of_one_run {
        Some(pair) => proof(ProofKind::OtherAttempt, pair),
        None => proof(ProofKind::SameTree, executions.iter().copied()),
    }
}

/// One execution for each source: the last failure of a failing one, the last pass of another.
pub(super) fn of_row(kind: ProofKind, row: &[&Source<'_>]) -> Proof {
    proof(kind, row.iter().map(|source| witness(source)))
}

fn witness<'a>(source: &Source<'a>) -> &'a Execution {
    let wanted = |execution: &&&Execution| (execution.status == TestStatus::Failed) == source.is_failing();
    let on_default = |execution: &&&Execution| execution.on_default;
    let executions = &source.executions;
    let last = executions[executions.len() - 1];
    let best = executions.iter().rev().filter(wanted).find(on_default);
    best.or_else(|| executions.iter().rev().find(wanted)).copied().unwrap_or(last)
}
