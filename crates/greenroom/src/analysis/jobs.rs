//! Figures of a workflow's jobs over several runs: how reliable, how slow, how often the run waited for them. Which
//! runs are read is left to the callers.

use super::statistics::nearest_rank;
use super::trends::{has_failed, share};
use crate::model::Millis;
use crate::model::trends::{JobRef, JobSample, JobStats, StepStats};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Outcomes in a strip.
const STRIP: usize = 24;
/// Steps told of a job.
const MOST_STEPS: usize = 5;
/// A job is queued this soon after the last of those it needs has ended.
const HANDOVER_MS: i64 = 2_000;
/// Or it starts this soon after that.
const PICK_UP_MS: i64 = 30_000;

/// Figures by name of job, of jobs in any order: most failures first, then slowest.
pub fn job_stats(jobs: &[JobSample]) -> Vec<JobStats> {
    let ran: Vec<&JobSample> = jobs.iter().filter(|job| job.conclusion.as_deref() != Some("skipped")).collect();
    let waited = waited_for(&ran);
    let critical = critical_jobs(&ran, &waited);
    let mut named: BTreeMap<&str, Vec<&JobSample>> = BTreeMap::new();
    for job in ran {
        named.entry(&job.name).or_default().push(job);
    }
    let stats = named.into_iter().map(|(name, jobs)| stats_of(name, jobs, &waited, &critical));
    let mut stats: Vec<JobStats> = stats.collect();
    stats.sort_by_key(|job| (Reverse(job.failed), Reverse(job.p50_ms)));
    stats
}

fn stats_of(
    name: &str,
    mut jobs: Vec<&JobSample>,
    waited: &HashMap<i64, &JobSample>,
    critical: &HashSet<i64>,
) -> JobStats {
    jobs.sort_by_key(|job| (job.at, job.id));
    let failure = |job: &JobSample| has_failed(job.conclusion.as_deref());
    let count = |failed| jobs.iter().filter(|job| failure(job) == Some(failed)).count() as i64;
    let (succeeded, failed) = (count(false), count(true));
    let durations = sorted(jobs.iter().filter_map(|job| span(job.started_at?, job.completed_at?)));
    // Waiting for other jobs is not waiting for a runner.
    let ready = |job: &JobSample| {
        job.created_at
            .max(waited.get(&job.id).and_then(|other| other.completed_at).filter(|at| Some(*at) <= job.started_at))
    };
    let queues = sorted(jobs.iter().filter_map(|job| span(ready(job)?, job.started_at?)));
    let (slowest_steps, failing_steps) = steps_of(&jobs);
    let on_path = jobs.iter().filter(|job| critical.contains(&job.id)).count() as i64;
    JobStats {
        name: name.to_owned(),
        runs: jobs.len() as i64,
        succeeded,
        failed,
        success_rate: share(succeeded, succeeded + failed),
        p50_ms: nearest_rank(&durations, 50),
        p95_ms: nearest_rank(&durations, 95),
        queue_p50_ms: nearest_rank(&queues, 50),
        queue_p95_ms: nearest_rank(&queues, 95),
        critical_share: share(on_path, jobs.len() as i64).unwrap_or_default(),
        strip: jobs[jobs.len().saturating_sub(STRIP)..].iter().map(|job| letter(failure(job))).collect(),
        last_failure: jobs.iter().rev().find(|job| failure(job) == Some(true)).map(|job| reference(job)),
        slowest_steps,
        failing_steps,
    }
}

fn reference(job: &JobSample) -> JobRef {
    JobRef { id: job.id, run_id: job.run_id, run_number: job.run_number, at: job.at }
}

fn letter(failed: Option<bool>) -> char {
    match failed {
        Some(false) => 'P',
        Some(true) => 'F',
        None => 'S',
    }
}

fn span(from: Millis, to: Millis) -> Option<i64> {
    (to >= from).then_some(to.0 - from.0)
}

fn sorted(values: impl Iterator<Item = i64>) -> Vec<i64> {
    let mut values: Vec<i64> = values.collect();
    values.sort_unstable();
    values
}

/// The slowest and the failing steps of a job.
fn steps_of(jobs: &[&JobSample]) -> (Vec<StepStats>, Vec<StepStats>) {
    let mut named: BTreeMap<&str, (i64, i64, Vec<i64>)> = BTreeMap::new();
    let ran = |conclusion: Option<&str>| !matches!(conclusion, None | Some("skipped"));
    for step in jobs.iter().flat_map(|job| &job.steps).filter(|step| ran(step.conclusion.as_deref())) {
        let (runs, failed, durations) = named.entry(&step.name).or_default();
        *runs += 1;
        *failed += i64::from(has_failed(step.conclusion.as_deref()) == Some(true));
        durations.extend(step.started_at.zip(step.completed_at).and_then(|(from, to)| span(from, to)));
    }
    let mut all: Vec<StepStats> = named
        .into_iter()
        .map(|(name, (runs, failed, mut durations))| {
            durations.sort_unstable();
            let (p50_ms, p95_ms) = (nearest_rank(&durations, 50), nearest_rank(&durations, 95));
            StepStats { name: name.to_owned(), runs, failed, p50_ms, p95_ms }
        })
        .collect();
    let mut failing: Vec<StepStats> = all.iter().filter(|step| step.failed > 0).cloned().collect();
    failing.sort_by_key(|step| Reverse(step.failed));
    failing.truncate(MOST_STEPS);
    all.sort_by_key(|step| Reverse(step.p50_ms));
    all.truncate(MOST_STEPS);
    (all, failing)
}

/// Jobs that the end of their run waited for: the one that ended last, the one it waited for, and so on.
fn critical_jobs(jobs: &[&JobSample], waited: &HashMap<i64, &JobSample>) -> HashSet<i64> {
    let mut last: HashMap<i64, &JobSample> = HashMap::new();
    for job in jobs {
        let held = last.entry(job.run_id).or_insert(job);
        if (job.completed_at, job.id) > (held.completed_at, held.id) {
            *held = job;
        }
    }
    let mut critical = HashSet::new();
    for job in last.into_values() {
        let mut next = Some(job);
        while let Some(job) = next.filter(|job| critical.insert(job.id)) {
            next = waited.get(&job.id).copied();
        }
    }
    critical
}

/// For each job that waited for another of its run the last of those, by the times alone, for needs are not told: it
/// ended just before this one was queued, or, where all are queued at once, shortly before this one began.
fn waited_for<'a>(jobs: &[&'a JobSample]) -> HashMap<i64, &'a JobSample> {
    let mut by_run: HashMap<i64, Vec<&JobSample>> = HashMap::new();
    for job in jobs {
        by_run.entry(job.run_id).or_default().push(job);
    }
    let of_run = |jobs: Vec<&'a JobSample>| {
        let pairs = jobs.iter().filter_map(|job| Some((job.id, last_before(job, &jobs)?)));
        pairs.collect::<Vec<_>>()
    };
    by_run.into_values().flat_map(of_run).collect()
}

fn last_before<'a>(job: &JobSample, others: &[&'a JobSample]) -> Option<&'a JobSample> {
    let (queued, started) = (job.created_at.or(job.started_at)?, job.started_at?);
    let is_before = |other: &&&JobSample| {
        other.id != job.id
            && other.completed_at.is_some_and(|ended| {
                let handed_over = (queued.0 - ended.0).abs() <= HANDOVER_MS;
                handed_over || (ended > queued && ended <= started && started.0 - ended.0 <= PICK_UP_MS)
            })
    };
    others.iter().filter(is_before).max_by_key(|other| (other.completed_at, other.id)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Step;

    /// A job of a run: queued, started and ended at these seconds.
    fn job(id: i64, run_id: i64, name: &str, conclusion: &str, [queued, started, ended]: [i64; 3]) -> JobSample {
        let at = |seconds: i64| Some(Millis(seconds * 1_000));
        JobSample {
            id,
            run_id,
            run_number: run_id,
            at: Millis(run_id * 1_000_000),
            name: name.into(),
            conclusion: Some(conclusion.into()),
            created_at: at(queued),
            started_at: at(started),
            completed_at: at(ended),
            steps: vec![],
        }
    }

    fn step(name: &str, conclusion: &str, seconds: i64) -> Step {
        Step {
            number: 1,
            name: name.into(),
            status: "completed".into(),
            conclusion: Some(conclusion.into()),
            started_at: Some(Millis(0)),
            completed_at: Some(Millis(seconds * 1_000)),
        }
    }

    #[test]
    fn the_path_goes_from_the_last_end_to_what_it_waited_for() {
        let jobs = [
            job(1, 1, "build", "success", [0, 1, 100]),
            job(2, 1, "lint", "success", [0, 1, 300]),
            job(3, 1, "test", "success", [101, 110, 400]),
            job(4, 1, "deploy", "skipped", [401, 401, 401]),
        ];
        let shares: Vec<(String, f64)> =
            job_stats(&jobs).into_iter().map(|job| (job.name, job.critical_share)).collect();
        assert_eq!(shares, [("lint".into(), 0.0), ("test".into(), 1.0), ("build".into(), 1.0)]);
    }

    #[test]
    fn jobs_queued_at_once_wait_for_what_ended_shortly_before_they_began() {
        let jobs = [
            job(1, 1, "shard 1", "success", [0, 9, 80]),
            job(2, 1, "shard 2", "success", [0, 9, 100]),
            job(3, 1, "merge", "success", [0, 103, 110]),
        ];
        let stats = job_stats(&jobs);
        let of = |name: &str| stats.iter().find(|job| job.name == name).unwrap();
        assert_eq!(["shard 1", "shard 2", "merge"].map(|name| of(name).critical_share), [0.0, 1.0, 1.0]);
        assert_eq!((of("merge").queue_p50_ms, of("shard 1").queue_p50_ms), (Some(3_000), Some(9_000)));
    }

    #[test]
    fn figures_are_by_name_with_the_worst_first() {
        let mut broken = job(3, 2, "test", "failure", [0, 30, 50]);
        broken.steps =
            vec![step("check out", "success", 2), step("run tests", "failure", 18), step("upload", "skipped", 0)];
        let jobs = [
            job(1, 1, "test", "success", [0, 10, 20]),
            broken,
            job(5, 3, "test", "cancelled", [0, 10, 12]),
            job(2, 1, "lint", "success", [0, 1, 500]),
        ];
        let stats = job_stats(&jobs);
        assert_eq!(stats.iter().map(|job| job.name.as_str()).collect::<Vec<_>>(), ["test", "lint"]);
        let test = &stats[0];
        assert_eq!((test.runs, test.succeeded, test.failed, test.success_rate), (3, 1, 1, Some(0.5)));
        assert_eq!((test.p50_ms, test.p95_ms, test.queue_p50_ms), (Some(10_000), Some(20_000), Some(10_000)));
        assert_eq!((test.strip.as_str(), test.last_failure.as_ref().map(|job| job.id)), ("PFS", Some(3)));
        let named = |steps: &[StepStats]| steps.iter().map(|step| step.name.clone()).collect::<Vec<_>>();
        assert_eq!(named(&test.slowest_steps), ["run tests", "check out"]);
        assert_eq!(named(&test.failing_steps), ["run tests"]);
    }

    #[test]
    fn jobs_without_times_or_that_end_before_they_began_have_no_durations() {
        let mut odd = job(1, 1, "odd", "success", [0, 50, 20]);
        odd.created_at = None;
        let stats = job_stats(&[odd]);
        assert_eq!((stats[0].p50_ms, stats[0].queue_p50_ms, stats[0].critical_share), (None, None, 1.0));
        assert!(job_stats(&[]).is_empty());
    }
}
