//! The overview: one answer with everything on the first page. Reading is left to the store, judging to `analysis`.

use super::params::{self, OverviewParams, Params};
use super::{Answer, Shared};
use crate::analysis::overview as figures;
use crate::model::overview::{
    Branches, FailingSince, FlakyTest, LatestRun, Metric, MetricKey, Overview, OverviewWorkflow, RunningRun, Stretch,
    Strip, WorkflowStanding,
};
use crate::model::testing::Verdict;
use crate::model::{DAY_MS, HOUR_MS, Millis};
use crate::store::{
    MAX_FAILURES, Store, StoreError, Stretches, StripRun, TestCounts, TestQuery, TestSort, WorkflowHead,
};
use axum::Json;
use axum::extract::State;
use futures::future::{BoxFuture, FutureExt};
use futures::stream::{self, StreamExt, TryStreamExt};
use std::collections::HashMap;

/// Days looked back where no window is named.
const WINDOW_DAYS: i64 = 14;
/// New failures told.
const NEW_FAILURES: usize = 8;
/// Flaky tests told.
const FLAKIEST: i64 = 6;
/// Changed runs told.
const RECENT: usize = 10;
/// Branches told.
const BRANCHES: usize = 20;
/// Tests told of a failing workflow.
const TOP_FAILURES: usize = 3;
/// Runs of a streak that are told apart when failures are counted.
const COUNTED_STREAK: usize = 50;
/// Workflows whose default branch has been quiet for so long are shown with all their branches.
const QUIET_MS: i64 = 90 * DAY_MS;
/// Workflows that are read at the same time; each takes a connection.
const AT_ONCE: usize = 4;

/// The first page.
#[utoipa::path(get, path = "/api/overview", params(OverviewParams), responses(
    (status = 200, description = "Metrics, workflows, new failures, flaky tests and what just changed.", body = Overview),
    (status = 400, description = "A parameter is wrong.", body = super::Problem, content_type = "application/problem+json"),
))]
pub(super) async fn get_overview(
    State(shared): State<Shared>,
    Params(values): Params<OverviewParams>,
) -> Answer<Json<Overview>> {
    let repository = params::repository(values.repository)?;
    let branch = params::text("branch", values.branch)?;
    let words = "1d, 7d, 14d, 30d or 90d";
    let window_days = params::one_of("window", values.window.as_deref(), window, words)?.unwrap_or(WINDOW_DAYS);
    let branches = match &branch {
        None => Branches::Default,
        Some(all) if all == "*" => Branches::All,
        Some(name) => Branches::Named(name.clone()),
    };
    let now = shared.clock.now();
    let asked = Asked { store: &shared.store, now, branches, window_days, repository };
    Ok(Json(asked.answer(branch).await?))
}

fn window(word: &str) -> Option<i64> {
    [1, 7, 14, 30, 90].into_iter().find(|days| word == format!("{days}d"))
}

/// What an overview is asked of.
struct Asked<'a> {
    store: &'a Store,
    now: Millis,
    branches: Branches,
    window_days: i64,
    repository: Option<(String, String)>,
}

/// A workflow with its newest runs, and the branches they are of.
struct Read {
    head: WorkflowHead,
    branches: Branches,
    runs: Vec<StripRun>,
}

type Stored<T> = std::result::Result<T, StoreError>;

impl Asked<'_> {
    async fn answer(&self, branch: Option<String>) -> Answer<Overview> {
        let heads = self.store.workflow_heads(self.repository.as_ref()).await?;
        let mut repositories: Vec<&WorkflowHead> = heads.iter().collect();
        repositories.sort_by_key(|head| head.repository_id);
        repositories.dedup_by_key(|head| head.repository_id);
        let repository_ids: Vec<i64> = repositories.iter().map(|head| head.repository_id).collect();
        let read = self.read(&heads).await?;
        let by_workflow = self.stretches_by_workflow(&read).await?;
        let mut workflows = self.workflows(&read, &by_workflow).await?;
        let metrics = self.metrics(&workflows, &by_workflow, &repositories).await?;
        figures::order(&mut workflows);
        let since = self.now.plus(-self.window_days * DAY_MS);
        Ok(Overview {
            generated_at: self.now,
            branch,
            window_days: self.window_days,
            branches: self.branch_names(&repositories).await?,
            metrics,
            workflows,
            new_failures: match repository_ids.is_empty() {
                true => Vec::new(),
                false => self.store.new_failures(&repository_ids, &self.branches, since, NEW_FAILURES).await?,
            },
            flakiest: self.flakiest().await?,
            recent: self.recent(&repository_ids).await?,
        })
    }

    /// The stretches of the window and of the one before: days, or hours in a window of one day.
    fn stretches(&self) -> Stretches {
        let (length_ms, count) = match self.window_days {
            1 => (HOUR_MS, 48),
            days => (DAY_MS, 2 * days),
        };
        let end = (self.now.0.div_euclid(length_ms) + 1) * length_ms;
        Stretches { from: Millis(end - count * length_ms), length_ms, count: count as usize }
    }

    /// The newest runs of each workflow: of the branches asked for, or of all where it does not run on the default one.
    async fn read(&self, heads: &[WorkflowHead]) -> Stored<Vec<Read>> {
        let reading: Vec<BoxFuture<'_, _>> = heads.iter().map(|head| self.read_one(head).boxed()).collect();
        stream::iter(reading).buffered(AT_ONCE).try_collect().await
    }

    async fn read_one(&self, head: &WorkflowHead) -> Stored<Read> {
        let runs = self.store.strip_runs(head, &self.branches).await?;
        let is_quiet = runs.first().is_none_or(|run| self.now.since(Millis(run.created_at)) > QUIET_MS);
        if self.branches == Branches::Default && is_quiet {
            let all = self.store.strip_runs(head, &Branches::All).await?;
            if all.first().map(|run| run.id) != runs.first().map(|run| run.id) {
                return Ok(Read { head: head.clone(), branches: Branches::All, runs: all });
            }
        }
        Ok(Read { head: head.clone(), branches: self.branches.clone(), runs })
    }

    async fn stretches_by_workflow(&self, read: &[Read]) -> Stored<HashMap<i64, Vec<Stretch>>> {
        let stretches = self.stretches();
        let mut found = HashMap::new();
        let (rolled, counted): (Vec<&Read>, Vec<&Read>) =
            read.iter().partition(|one| stretches.length_ms == DAY_MS && !matches!(one.branches, Branches::Named(_)));
        for on_default in [true, false] {
            let of = |one: &&&Read| (one.branches == Branches::Default) == on_default;
            let ids: Vec<i64> = rolled.iter().filter(of).map(|one| one.head.id).collect();
            found.extend(self.store.days(&ids, on_default, &stretches).await?);
        }
        for one in counted {
            found.insert(one.head.id, self.store.counted(&one.head, &one.branches, &stretches).await?);
        }
        Ok(found)
    }

    async fn workflows(
        &self,
        read: &[Read],
        by_workflow: &HashMap<i64, Vec<Stretch>>,
    ) -> Stored<Vec<OverviewWorkflow>> {
        let running: Vec<i64> = read
            .iter()
            .filter_map(|one| one.runs.first())
            .filter(|run| run.status != "completed")
            .map(|run| run.id)
            .collect();
        let jobs = self.store.jobs_done(&running).await?;
        let mut workflows = Vec::with_capacity(read.len());
        for one in read {
            let stretches = by_workflow.get(&one.head.id).map_or(&[][..], Vec::as_slice);
            let mut workflow = bare(one, stretches, &jobs);
            if workflow.standing == WorkflowStanding::Failing {
                self.explain(one, &mut workflow).await?;
            }
            workflows.push(workflow);
        }
        Ok(workflows)
    }

    /// Since when a workflow fails, and what fails in it.
    async fn explain(&self, one: &Read, workflow: &mut OverviewWorkflow) -> Stored<()> {
        let runs = self.store.streak_runs(&one.head, &one.branches).await?;
        let mut streak = figures::streak(&runs);
        let Some(oldest) = streak.last().cloned() else { return Ok(()) };
        workflow.last_green = runs.iter().find(|run| run.conclusion.as_deref() == Some("success")).cloned();
        workflow.failing_since =
            Some(FailingSince { run: oldest, streak: streak.len() as i64, is_longer: workflow.last_green.is_none() });
        streak.truncate(COUNTED_STREAK);
        let newest = streak.first().map_or(0, |run| run.id);
        let mut failed = self.store.streak_failures(&streak).await?;
        failed.sort_by_key(|test| (figures::rank(test.novelty), std::cmp::Reverse(test.count)));
        let told = one.runs.iter().find(|run| run.id == newest).and_then(|run| run.failed_tests);
        // A test that failed in several places is one test, as far as all failures were read.
        let all = failed.len() as i64;
        workflow.failed_tests = told.filter(|told| *told > MAX_FAILURES || all == 0).unwrap_or(all);
        workflow.top_failures = failed.into_iter().take(TOP_FAILURES).collect();
        if workflow.top_failures.is_empty() {
            workflow.other_failures = self.store.other_failures(newest).await?;
        }
        Ok(())
    }

    async fn metrics(
        &self,
        workflows: &[OverviewWorkflow],
        by_workflow: &HashMap<i64, Vec<Stretch>>,
        repositories: &[&WorkflowHead],
    ) -> Stored<Vec<Metric>> {
        let stretches = self.stretches();
        let half = stretches.count / 2;
        let is_active = |workflow: &&OverviewWorkflow| workflow.standing != WorkflowStanding::Disabled;
        let active: Vec<&[Stretch]> = workflows
            .iter()
            .filter(is_active)
            .filter_map(|workflow| by_workflow.get(&workflow.id).map(Vec::as_slice))
            .collect();
        let sums = figures::sum(&active, stretches.count);
        let (before, window) = sums.split_at(half);
        let total = |part: &[Stretch], of: fn(&Stretch) -> i64| part.iter().map(of).sum::<i64>() as f64;
        let (succeeded, failed) = figures::judged(window);
        let tests = self.test_counts(repositories).await?;
        let daily = |of: fn(&Stretch) -> i64| window.iter().map(|one| Some(of(one) as f64)).collect::<Vec<_>>();
        let had_tests = total(before, |one| one.tests);
        Ok(vec![
            failing(workflows, &active, &stretches),
            figures::metric(
                MetricKey::SuccessRate,
                figures::success_rate(window),
                figures::success_rate(before),
                Some((succeeded + failed) as f64),
                window.iter().map(|one| figures::success_rate(std::slice::from_ref(one))).collect(),
            ),
            self.time_to_green(repositories).await?,
            figures::metric(
                MetricKey::FlakyTests,
                Some(tests.flaky as f64),
                None,
                Some(tests.newly_flaky as f64),
                daily(|one| one.flaky),
            ),
            figures::metric(
                MetricKey::Executions,
                Some(total(window, |one| one.tests)),
                (had_tests > 0.0).then_some(had_tests),
                Some(tests.known as f64),
                daily(|one| one.tests),
            ),
        ])
    }

    async fn time_to_green(&self, repositories: &[&WorkflowHead]) -> Stored<Metric> {
        let stretches = self.stretches();
        let mut signals = Vec::new();
        for head in repositories {
            signals.extend(figures::signals(&self.store.signal_runs(head, &self.branches, stretches.from).await?));
        }
        let half = stretches.count / 2;
        let at = |signal: &(Millis, i64)| stretches.of(signal.0).unwrap_or(0);
        let times = |from: usize, to: usize| {
            signals.iter().filter(move |signal| (from..to).contains(&at(signal))).map(|signal| signal.1)
        };
        Ok(figures::metric(
            MetricKey::TimeToGreen,
            figures::percentile(times(half, stretches.count), 0.5),
            figures::percentile(times(0, half), 0.5),
            figures::percentile(times(half, stretches.count), 0.95),
            (half..stretches.count).map(|one| figures::percentile(times(one, one + 1), 0.5)).collect(),
        ))
    }

    async fn test_counts(&self, repositories: &[&WorkflowHead]) -> Stored<TestCounts> {
        let since = self.now.plus(-self.window_days * DAY_MS);
        let mut sum = TestCounts::default();
        for head in repositories {
            let counts = self.store.test_counts(head.repository_id, since).await?;
            sum.known += counts.known;
            sum.flaky += counts.flaky;
            sum.newly_flaky += counts.newly_flaky;
        }
        Ok(sum)
    }

    async fn flakiest(&self) -> Stored<Vec<FlakyTest>> {
        let query = TestQuery {
            repository: self.repository.clone(),
            verdict: Some(Verdict::Flaky),
            sort: TestSort::Flakiness,
            limit: FLAKIEST,
            ..TestQuery::default()
        };
        let of = |test: crate::model::results::Test| FlakyTest {
            test_id: test.id,
            name: test.name,
            suite: test.suite,
            class_name: test.class_name,
            flake_rate: test.flake_rate,
            recent_failures: test.recent_failures,
            strip: test.strip,
        };
        Ok(self.store.tests(&query).await?.items.into_iter().map(of).collect())
    }

    async fn recent(&self, repositories: &[i64]) -> Stored<Vec<crate::model::overview::RecentChange>> {
        let mut recent = Vec::new();
        for id in repositories {
            recent.extend(self.store.recent_changes(*id, RECENT).await?);
        }
        recent.sort_by_key(|run| std::cmp::Reverse((run.at, run.id)));
        recent.truncate(RECENT);
        Ok(recent)
    }

    async fn branch_names(&self, repositories: &[&WorkflowHead]) -> Stored<Vec<String>> {
        let mut names: Vec<String> = repositories.iter().map(|head| head.default_branch.clone()).collect();
        for head in repositories {
            names.extend(self.store.busy_branches(head.repository_id).await?);
        }
        let mut seen = std::collections::HashSet::new();
        names.retain(|name| seen.insert(name.clone()));
        names.truncate(BRANCHES);
        Ok(names)
    }
}

/// A workflow as far as its newest runs and its stretches tell.
fn bare(one: &Read, stretches: &[Stretch], jobs: &HashMap<i64, (i64, i64)>) -> OverviewWorkflow {
    let Read { head, branches, runs } = one;
    let (before, window) = stretches.split_at(stretches.len() / 2);
    let (succeeded, failed) = figures::judged(window);
    let (rate, rate_before) = (figures::success_rate(window), figures::success_rate(before));
    let durations = || runs.iter().filter_map(|run| run.duration_ms);
    OverviewWorkflow {
        id: head.id,
        repository: format!("{}/{}", head.owner, head.repository),
        name: head.name.clone(),
        path: head.path.clone(),
        state: head.state.clone(),
        standing: figures::standing(&head.state, runs.iter().map(letter)),
        branch: match branches {
            Branches::Default => Some(head.default_branch.clone()),
            Branches::Named(name) => Some(name.clone()),
            Branches::All => None,
        },
        latest: runs.first().map(latest),
        strip: strip(runs),
        succeeded,
        failed,
        success_rate: rate.map(figures::round),
        success_delta: rate.zip(rate_before).map(|(rate, before)| figures::round(rate - before)),
        p50_duration_ms: figures::percentile(durations(), 0.5).map(|ms| ms as i64),
        p95_duration_ms: figures::percentile(durations(), 0.95).map(|ms| ms as i64),
        failing_since: None,
        last_green: None,
        failed_tests: 0,
        top_failures: Vec::new(),
        other_failures: Vec::new(),
        running: runs.first().filter(|run| run.status != "completed").map(|run| {
            let (jobs_done, jobs) = jobs.get(&run.id).copied().unwrap_or_default();
            RunningRun { run_id: run.id, started_at: run.started_at.map(Millis), jobs_done, jobs }
        }),
    }
}

fn letter(run: &StripRun) -> char {
    figures::letter(&run.status, run.conclusion.as_deref(), run.attempt, run.flaky_tests.unwrap_or(0))
}

fn latest(run: &StripRun) -> LatestRun {
    LatestRun {
        id: run.id,
        run_number: run.run_number,
        attempt: run.attempt,
        status: run.status.clone(),
        conclusion: run.conclusion.clone(),
        branch: run.branch.clone(),
        created_at: Millis(run.created_at),
    }
}

/// The runs in columns, oldest first.
fn strip(runs: &[StripRun]) -> Strip {
    let oldest_first = || runs.iter().rev();
    Strip {
        ids: oldest_first().map(|run| run.id).collect(),
        numbers: oldest_first().map(|run| run.run_number).collect(),
        outcomes: oldest_first().map(letter).collect(),
        durations_ms: oldest_first().map(|run| run.duration_ms.map(|ms| (ms + 500) / 1000 * 1000)).collect(),
    }
}

/// How many workflows fail, now and before.
fn failing(workflows: &[OverviewWorkflow], active: &[&[Stretch]], stretches: &Stretches) -> Metric {
    let half = stretches.count / 2;
    let count = |of: WorkflowStanding| workflows.iter().filter(|workflow| workflow.standing == of).count();
    let now = count(WorkflowStanding::Failing) as f64;
    let judged = workflows.len() - count(WorkflowStanding::Idle) - count(WorkflowStanding::Disabled);
    let mut past = figures::failing_over_time(active, stretches.count);
    let before = past.get(half.wrapping_sub(1)).map(|failing| *failing as f64);
    let mut spark: Vec<Option<f64>> = past.split_off(half).into_iter().map(|failing| Some(failing as f64)).collect();
    if let Some(last) = spark.last_mut() {
        *last = Some(now);
    }
    figures::metric(MetricKey::FailingWorkflows, Some(now), before, Some(judged as f64), spark)
}
