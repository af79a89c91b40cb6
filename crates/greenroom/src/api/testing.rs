//! Tests: those of a run, those of a repository, one with its history, and the grid of a workflow. What is
//! thought of a test is worked out by `analysis`; reading its history is the store's business.

use super::params::{self, GridParams, HistoryParams, Params, RunTestParams, TestParams};
use super::{Answer, Problem, Shared};
use crate::analysis;
use crate::analysis::health::duration_shift;
use crate::analysis::statistics::nearest_rank;
use crate::model::Millis;
use crate::model::results::{
    DurationStep, Durations, Family, Grid, RunTests, Test, TestCause, TestDetail, Tests, VariantSummary,
};
use crate::model::testing::{Execution, Judgement, Novelty, Since, TestStatus};
use crate::store::{GridQuery, HistoryQuery, ResultQuery, TestQuery, TestSort};
use axum::Json;
use axum::extract::{Path, State};
use std::collections::BTreeMap;

/// Results that a test's judgement, variants and durations look at.
const EXECUTIONS: i64 = 500;
/// Families told of a test.
const FAMILIES: i64 = 20;
/// Most columns of a grid, and how many where none are asked for.
const GRID_RUNS: (i64, i64) = (200, 50);
/// Most rows of a grid, and how many where none are asked for.
const GRID_TESTS: (i64, i64) = (2_000, 200);

/// Tests of a run, failed ones first.
#[utoipa::path(get, path = "/api/runs/{id}/tests", params(("id" = i64, Path, description = "GitHub's id of the run."), RunTestParams), responses(
    (status = 200, description = "A page of results: failed ones first, then flaky, skipped, passed. Filters by words, suite, novelty or test look through 10,000 results a page.", body = RunTests),
    (status = 400, description = "A parameter is wrong.", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "There is no such run.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list_run_tests(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Params(values): Params<RunTestParams>,
) -> Answer<Json<RunTests>> {
    let run_id = params::id(&id, "run")?;
    let query = ResultQuery {
        run_id,
        attempt: params::positive("attempt", values.attempt.as_deref())?,
        status: params::test_status(values.status.as_deref())?,
        words: params::words(values.q)?,
        suite: params::text("suite", values.suite)?,
        novelty: params::one_of("novelty", values.novelty.as_deref(), Novelty::from_word, "new, known or flaky")?,
        report_id: params::positive("reportId", values.report_id.as_deref())?,
        test_id: params::positive("testId", values.test_id.as_deref())?,
        after: params::result_position(values.cursor.as_deref())?,
        limit: params::limit(values.limit.as_deref())?,
    };
    let Some(latest) = shared.store.latest_attempt(run_id).await? else {
        return Err(Problem::not_found("run"));
    };
    let page = shared.store.run_results(&query).await?;
    let is_first = query.after.is_none();
    Ok(Json(RunTests {
        tests: page.items,
        next_cursor: page.next.map(params::result_cursor),
        total: page.total,
        total_is_exact: page.total_is_exact,
        totals: shared.store.run_totals(&[run_id]).await?.remove(&run_id).unwrap_or_default(),
        reports: if is_first { shared.store.reports_of_run(run_id).await? } else { Vec::new() },
        log_failures: if is_first {
            shared.store.log_failures(run_id, query.attempt.unwrap_or(latest)).await?
        } else {
            Vec::new()
        },
    }))
}

/// Tests of all repositories.
#[utoipa::path(get, path = "/api/tests", params(TestParams), responses(
    (status = 200, description = "A page of tests. Filters are exact where they leave 5,000 tests to look through; beyond that a page looks through 5,000.", body = Tests),
    (status = 400, description = "A parameter is wrong.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list_tests(
    State(shared): State<Shared>,
    Params(values): Params<TestParams>,
) -> Answer<Json<Tests>> {
    let words = "failures, impact, flakiness, flips, failRate, slowness, lastFailure or name";
    let sort = params::one_of("sort", values.sort.as_deref(), TestSort::from_word, words)?.unwrap_or_default();
    let page = shared
        .store
        .tests(&TestQuery {
            repository: params::repository(values.repository)?,
            words: params::words(values.q)?,
            verdict: params::verdict(values.verdict.as_deref())?,
            sort,
            after: params::test_position(sort, values.cursor.as_deref())?,
            limit: params::limit(values.limit.as_deref())?,
        })
        .await?;
    Ok(Json(Tests {
        tests: page.items,
        next_cursor: page.next.map(|at| params::test_cursor(sort, at)),
        total: page.total,
        total_is_exact: page.total_is_exact,
    }))
}

/// A test with its history.
#[utoipa::path(get, path = "/api/tests/{id}", params(("id" = i64, Path, description = "Id of the test."), HistoryParams), responses(
    (status = 200, description = "The test, what is thought of it, and a page of its results, newest first. Filters look through 2,000 results a page.", body = TestDetail),
    (status = 400, description = "A parameter is wrong.", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "There is no such test.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn get_test(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Params(values): Params<HistoryParams>,
) -> Answer<Json<TestDetail>> {
    let test_id = params::id(&id, "test")?;
    let query = HistoryQuery {
        test_id,
        branch: params::text("branch", values.branch)?,
        variant: params::text("variant", values.variant)?,
        workflow_id: params::positive("workflowId", values.workflow_id.as_deref())?,
        status: params::test_status(values.status.as_deref())?,
        after: params::history_position(values.cursor.as_deref())?,
        limit: params::limit(values.limit.as_deref())?,
    };
    let Some(test) = shared.store.test(test_id).await? else {
        return Err(Problem::not_found("test"));
    };
    let executions = shared.store.executions(test_id, EXECUTIONS).await?;
    let judgement = analysis::judge(&executions, shared.clock.now());
    let page = shared.store.history(&query).await?;
    let families = shared.store.families_of_test(test_id, FAMILIES).await?;
    Ok(Json(TestDetail {
        test: judged(test, &judgement),
        judgement,
        failing_since: failing_since(&shared, &executions).await?,
        history: page.items,
        next_cursor: page.next.map(params::history_cursor),
        branches: branches(&executions),
        variants: variants(&executions),
        durations: durations(&executions),
        duration_step: duration_step(&shared, &executions).await?,
        causes: families.iter().map(|family| cause(family, &families, &executions)).collect(),
        families,
    }))
}

/// Tests of a workflow against its newest runs.
#[utoipa::path(get, path = "/api/workflows/{id}/grid", params(("id" = i64, Path, description = "GitHub's id of the workflow."), GridParams), responses(
    (status = 200, description = "Tests × runs, newest run first, tests with most failures first.", body = Grid),
    (status = 400, description = "A parameter is wrong.", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "There is no such workflow.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn get_grid(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Params(values): Params<GridParams>,
) -> Answer<Json<Grid>> {
    let workflow_id = params::id(&id, "workflow")?;
    let query = GridQuery {
        workflow_id,
        runs: params::up_to("runs", values.runs.as_deref(), GRID_RUNS.0, GRID_RUNS.1)?,
        tests: params::up_to("tests", values.tests.as_deref(), GRID_TESTS.0, GRID_TESTS.1)?,
        branch: params::text("branch", values.branch)?,
        words: params::words(values.q)?,
        verdict: params::verdict(values.verdict.as_deref())?,
        hide_green: params::flag("hideGreen", values.hide_green.as_deref())?,
        before: params::named_run_position("before", values.before.as_deref())?,
        durations: params::flag("durations", values.durations.as_deref())?,
    };
    if !shared.store.has_workflow(workflow_id).await? {
        return Err(Problem::not_found("workflow"));
    }
    let (mut grid, next) = shared.store.grid(&query).await?;
    grid.next_cursor = next.map(params::run_cursor);
    Ok(Json(grid))
}

/// The test as the fresh judgement sees it, so that one page does not say two things.
fn judged(test: Test, judgement: &Judgement) -> Test {
    Test {
        verdict: judgement.verdict,
        reason: judgement.reason.clone(),
        since: judgement.since,
        flake_rate: judgement.flake_rate,
        score: judgement.score,
        recent_failures: judgement.recent_failures,
        flips: judgement.flips,
        fail_rate: judgement.fail_rate,
        ..test
    }
}

async fn failing_since(shared: &Shared, executions: &[Execution]) -> Answer<Option<Since>> {
    if !executions.iter().any(|execution| execution.on_default && execution.status == TestStatus::Failed) {
        return Ok(None);
    }
    let mut ids: Vec<i64> =
        executions.iter().filter(|execution| execution.on_default).map(|execution| execution.run_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let runs = shared.store.run_refs(&ids).await?;
    Ok(analysis::since(executions, |id| runs.get(&id).cloned()))
}

/// The newest step in the durations of what passed.
async fn duration_step(shared: &Shared, executions: &[Execution]) -> Answer<Option<DurationStep>> {
    let passed = executions.iter().rev().filter(|one| one.status == TestStatus::Passed);
    let (runs, durations): (Vec<i64>, Vec<i64>) = passed.filter_map(|one| Some((one.run_id, one.duration_ms?))).unzip();
    let Some(shift) = duration_shift(&durations) else { return Ok(None) };
    let run = shared.store.run_refs(&runs[shift.at..=shift.at]).await?.remove(&runs[shift.at]);
    Ok(run.map(|run| DurationStep { before_ms: shift.before_ms, after_ms: shift.after_ms, run }))
}

/// How often a test failed for a cause, and which of its other causes are nearly the same.
fn cause(family: &Family, families: &[Family], executions: &[Execution]) -> TestCause {
    let of_it: Vec<Millis> =
        executions.iter().filter(|one| one.family_id == Some(family.id)).map(|one| one.at).collect();
    let is_near = |other: &&Family| other.id != family.id && analysis::similar(&family.title, &other.title);
    TestCause {
        family_id: family.id,
        failures: of_it.len() as i64,
        first_at: of_it.iter().min().copied().unwrap_or(family.first_seen_at),
        last_at: of_it.iter().max().copied().unwrap_or(family.last_seen_at),
        similar: families.iter().filter(is_near).map(|other| other.id).collect(),
    }
}

/// Branches, most results first.
fn branches(executions: &[Execution]) -> Vec<String> {
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    executions.iter().for_each(|execution| *counts.entry(&execution.branch).or_default() += 1);
    let mut branches: Vec<(&str, i64)> = counts.into_iter().collect();
    branches.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    branches.into_iter().map(|(branch, _)| branch.to_owned()).collect()
}

fn variants(executions: &[Execution]) -> Vec<VariantSummary> {
    let mut parts: BTreeMap<&str, Vec<&Execution>> = BTreeMap::new();
    executions.iter().for_each(|execution| parts.entry(&execution.variant).or_default().push(execution));
    parts.into_iter().map(|(variant, executions)| variant_summary(variant, &executions)).collect()
}

fn variant_summary(variant: &str, executions: &[&Execution]) -> VariantSummary {
    let count = |status| executions.iter().filter(|execution| execution.status == status).count() as i64;
    let mut durations: Vec<i64> = executions.iter().filter_map(|execution| execution.duration_ms).collect();
    durations.sort_unstable();
    VariantSummary {
        variant: variant.to_owned(),
        results: executions.len() as i64,
        failures: count(TestStatus::Failed),
        flaky: count(TestStatus::Flaky),
        p50_duration_ms: nearest_rank(&durations, 50),
    }
}

/// Durations of the results that passed; how long a failure took says little about the test.
fn durations(executions: &[Execution]) -> Durations {
    let passed = |execution: &&Execution| matches!(execution.status, TestStatus::Passed | TestStatus::Flaky);
    let mut sorted: Vec<i64> = executions.iter().filter(passed).filter_map(|execution| execution.duration_ms).collect();
    sorted.sort_unstable();
    Durations {
        results: sorted.len() as i64,
        p50_ms: nearest_rank(&sorted, 50),
        p95_ms: nearest_rank(&sorted, 95),
        max_ms: sorted.last().copied(),
    }
}
