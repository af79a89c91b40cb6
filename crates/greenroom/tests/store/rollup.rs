//! The rollup by workflow and day equals a recomputation from the runs, whatever was seen in
//! whatever order, and whoever wrote at the same time.

use crate::build::*;
use crate::support::{Database, both_engines};
use greenroom::model::task::TaskKind;
use greenroom::model::upstream::Run;
use greenroom::model::{DAY_MS, Millis};
use greenroom::store::{DurationCache, JobRecord, Lane, NewTask, Store, WINDOW_DAYS};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};

/// What one poll tells of a run, and when its jobs, if they are looked at, ended.
#[derive(Clone, Debug)]
struct Observation {
    run: i64,
    attempt: i64,
    ending: Option<&'static str>,
    took_ms: i64,
    jobs_end_ms: Option<i64>,
}

/// Figures of one day: runs, succeeded, failed, timed, sum of durations.
type Day = [i64; 5];

both_engines! {
    async fn the_rollup_equals_a_recomputation_after_any_observations(store: Store, database: &Database) {
        with_repository(&store).await;
        let cases = AtomicI64::new(1);
        let runtime = tokio::runtime::Handle::current();
        tokio::task::block_in_place(|| {
            let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
            runner.run(&observations(), |seen| {
                // Each case has a workflow and runs of its own: nothing has to be cleared.
                runtime.block_on(observe_and_compare(&store, database, cases.fetch_add(1, Ordering::Relaxed), &seen));
                Ok(())
            }).unwrap();
        });
    }

    async fn details_written_at_the_same_time_leave_the_rollup_right(store: Store, database: &Database) {
        let ids: Vec<i64> = (1..=24).collect();
        with_runs(&store, &ids.iter().map(|id| run(*id)).collect::<Vec<_>>()).await;
        store.enqueue(&ids.iter().map(|id| task(TaskKind::RunDetails, *id)).collect::<Vec<_>>()).await.unwrap();
        let workers = (0..4).map(|number| {
            let store = store.clone();
            tokio::spawn(async move {
                let owner = format!("worker {number}");
                while let Some(claimed) = store.claim(Lane::Metadata, &owner, NOON, NOON.plus(99_999)).await.unwrap() {
                    let id = claimed.subject;
                    let mut job = job(id * 100, id);
                    job.completed_at = Some(NOON.plus(id * 1_000));
                    let seen = store.run_to_detail(id).await.unwrap().unwrap();
                    let tasks: [NewTask; 1] = [NewTask { run_id: id, ..task(TaskKind::Log, id) }];
                    store.record_details(&claimed, &owner, &seen, &[job_record(job)], &tasks, NOON).await.unwrap();
                }
            })
        });
        futures::future::try_join_all(workers).await.unwrap();
        assert_eq!(rollup(database, WORKFLOW).await, BTreeMap::from([(NOON.day(), [24, 24, 0, 24, 300_000])]));
        assert_eq!(rollup(database, WORKFLOW).await, recomputed(database, WORKFLOW).await);
    }

    async fn figures_of_a_workflow_come_from_the_days_of_the_window(store: Store, _database: &Database) {
        let ended = |id, days: i64, conclusion: &str| {
            let created_at = NOON.plus(-days * DAY_MS);
            Run { created_at, started_at: Some(created_at), updated_at: created_at.plus(id * 1_000), conclusion: Some(conclusion.into()), ..run(id) }
        };
        with_runs(&store, &[
            ended(1, 0, "success"),
            ended(2, 1, "failure"),
            ended(3, WINDOW_DAYS - 1, "timed_out"),
            ended(4, 2, "cancelled"),
            ended(5, WINDOW_DAYS, "success"),
            running(6),
        ]).await;
        let found = store.workflow(WORKFLOW, NOON, &DurationCache::default()).await.unwrap().unwrap();
        assert_eq!((found.stats.total_runs, found.stats.succeeded, found.stats.failed), (5, 1, 2));
        assert_eq!(found.stats.success_rate, Some(1.0 / 3.0));
        assert_eq!(found.stats.average_duration_ms, Some((1_000 + 2_000 + 3_000 + 4_000) / 4));
        assert_eq!(found.latest_run.map(|run| run.id), Some(6));
        assert_eq!(found.recent_runs.len(), 6);
    }
}

fn observations() -> impl Strategy<Value = Vec<Observation>> {
    let ending = prop_oneof![
        Just(None),
        Just(Some("success")),
        Just(Some("failure")),
        Just(Some("timed_out")),
        Just(Some("startup_failure")),
        Just(Some("cancelled")),
        Just(Some("a later word")),
    ];
    let observation = (0_i64..5, 1_i64..4, ending, 0_i64..100_000, proptest::option::of(-5_000_i64..100_000));
    let observation = observation.prop_map(|(run, attempt, ending, took_ms, jobs_end_ms)| Observation {
        run,
        attempt,
        ending,
        took_ms,
        jobs_end_ms,
    });
    proptest::collection::vec(observation, 1..14)
}

async fn observe_and_compare(store: &Store, database: &Database, case: i64, seen: &[Observation]) {
    let workflow_id = 1_000 + case;
    for one in seen {
        let id = case * 1_000 + one.run;
        // Created around midnight, so that runs of one case fall on several days.
        let created_at = Millis(NOON.day() * DAY_MS + (one.run - 2) * DAY_MS / 2 - 1);
        let started_at = created_at.plus(one.attempt * 10 * DAY_MS);
        let observed = Run {
            workflow_id,
            attempt: one.attempt,
            status: if one.ending.is_some() { "completed".into() } else { "in_progress".into() },
            conclusion: one.ending.map(str::to_owned),
            created_at,
            started_at: Some(started_at),
            updated_at: started_at.plus(one.took_ms),
            ..run(id)
        };
        record(store, &[observed]).await;
        if let Some(end) = one.jobs_end_ms {
            let mut job = job(id * 10 + one.attempt, id);
            job.attempt = Some(one.attempt);
            job.completed_at = Some(started_at.plus(end));
            detail(store, id, &[JobRecord { ..job_record(job) }]).await;
        }
    }
    assert_eq!(rollup(database, workflow_id).await, recomputed(database, workflow_id).await);
    for one in seen {
        let newest = seen.iter().filter(|other| other.run == one.run).map(|other| other.attempt).max();
        assert_eq!(store.latest_attempt(case * 1_000 + one.run).await.unwrap(), newest);
    }
}

async fn rollup(database: &Database, workflow_id: i64) -> BTreeMap<i64, Day> {
    let columns = ["day", "runs", "succeeded", "failed", "timed", "duration_ms"]
        .map(|name| format!("CAST({name} AS TEXT)"))
        .join(", ");
    let rows = database.rows(&format!("SELECT {columns} FROM workflow_day WHERE workflow_id = {workflow_id}")).await;
    rows.iter()
        .map(|row| {
            let number = |at: usize| row[at].as_deref().unwrap().parse::<i64>().unwrap();
            (number(0), [number(1), number(2), number(3), number(4), number(5)])
        })
        .collect()
}

/// The same figures, counted here from the runs.
async fn recomputed(database: &Database, workflow_id: i64) -> BTreeMap<i64, Day> {
    let sql = format!(
        "SELECT CAST(created_at AS TEXT), conclusion, CAST(duration_ms AS TEXT) FROM run WHERE workflow_id = {workflow_id}"
    );
    let mut days: BTreeMap<i64, Day> = BTreeMap::new();
    for row in database.rows(&sql).await {
        let day = days.entry(Millis(row[0].as_deref().unwrap().parse().unwrap()).day()).or_default();
        day[0] += 1;
        match row[1].as_deref() {
            Some("success") => day[1] += 1,
            Some("failure" | "timed_out" | "startup_failure") => day[2] += 1,
            _ => {}
        }
        if let Some(duration) = row[2].as_deref() {
            day[3] += 1;
            day[4] += duration.parse::<i64>().unwrap();
        }
    }
    days
}
