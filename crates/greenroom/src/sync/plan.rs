//! What follows from what GitHub showed. Pure: known and seen in, writes and tasks out.

use crate::model::merge::{ATTEMPT_SLACK_MS, Known, is_news, needs_details};
use crate::model::task::TaskKind;
use crate::model::{ArtifactState, LogState, MINUTE_MS, Millis, upstream};
use crate::store::{JobRecord, NewTask, RunPlan};
use std::collections::HashMap;

/// Moments after the end of a run at which jobs and artifacts are looked at once more: GitHub shows
/// some of them late.
pub const RECHECKS_MS: [i64; 3] = [MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS];

/// Which of the seen runs to write, and the work that follows. Unknown runs from before `cutoff` are
/// left alone unless they were started again since.
pub fn plan_runs(
    repository_id: i64,
    known: &HashMap<i64, Known>,
    seen: &[upstream::Run],
    cutoff: Millis,
    now: Millis,
) -> RunPlan {
    let mut plan = RunPlan::default();
    for run in seen {
        let before = known.get(&run.id);
        match before {
            None if last_activity(run) < cutoff => continue,
            None => plan.new += 1,
            Some(before) if mutant!("stale-after-rerun") && run.attempt > before.attempt => continue,
            Some(before) if is_news(before, run) => plan.updated += 1,
            Some(_) => continue,
        }
        // The same run may stand on two pages while the list shifts.
        if let Some(twin) = plan.runs.iter().position(|planned| planned.id == run.id) {
            plan.runs.remove(twin);
        }
        if needs_details(before, run) {
            plan.tasks.push(details_task(repository_id, run.id, run.created_at, now));
        }
        plan.runs.push(run.clone());
    }
    plan
}

fn last_activity(run: &upstream::Run) -> Millis {
    run.started_at.map_or(run.created_at, |started| started.max(run.created_at))
}

/// The task that fetches a run's attempts and jobs.
pub fn details_task(repository_id: i64, run_id: i64, created_at: Millis, now: Millis) -> NewTask {
    NewTask { kind: TaskKind::RunDetails, subject: run_id, repository_id, run_id, position: created_at.0, due_at: now }
}

/// The next second look at a run that ended at `ended_at`, if one is still to come.
pub fn recheck_task(
    repository_id: i64,
    run_id: i64,
    created_at: Millis,
    ended_at: Millis,
    now: Millis,
) -> Option<NewTask> {
    let due_at = RECHECKS_MS.into_iter().map(|after| ended_at.plus(after)).find(|at| *at > now)?;
    Some(NewTask { kind: TaskKind::Recheck, subject: run_id, repository_id, run_id, position: created_at.0, due_at })
}

/// An artifact seen in a listing, with the run it belongs to.
#[derive(Clone, Debug)]
pub struct SeenArtifact {
    /// What GitHub said.
    pub artifact: upstream::Artifact,
    /// Run it belongs to.
    pub run_id: i64,
    /// When that run was created.
    pub run_created_at: Millis,
    /// Attempt, judged by time.
    pub attempt: Option<i64>,
}

/// Rows of artifacts, and the work that follows from them.
pub type ArtifactPlan = (Vec<(upstream::Artifact, i64, Option<i64>)>, Vec<NewTask>);

/// Which artifacts to write and which to fetch.
pub fn plan_artifacts(
    repository_id: i64,
    known: &HashMap<i64, (ArtifactState, bool)>,
    seen: &[SeenArtifact],
    now: Millis,
) -> ArtifactPlan {
    let mut rows = Vec::new();
    let mut tasks = Vec::new();
    for SeenArtifact { artifact, run_id, run_created_at, attempt } in seen {
        match known.get(&artifact.id) {
            Some((_, expired)) if *expired == artifact.expired => continue,
            Some(_) => {}
            None if artifact.expired => {}
            None => tasks.push(NewTask {
                kind: TaskKind::Artifact,
                subject: artifact.id,
                repository_id,
                run_id: *run_id,
                position: run_created_at.0,
                due_at: now,
            }),
        }
        if rows.iter().all(|(row, _, _): &(upstream::Artifact, i64, Option<i64>)| row.id != artifact.id) {
            rows.push((artifact.clone(), *run_id, *attempt));
        }
    }
    (rows, tasks)
}

/// The attempt in whose time an artifact was uploaded: the latest that had started by then.
/// `None` while the attempts of the run, `latest` in number, are not all known: the store fills it
/// in once they are.
pub fn attempt_at(latest: i64, starts: &[(i64, Option<i64>)], created_at: Option<Millis>) -> Option<i64> {
    if latest <= 1 {
        return Some(latest);
    }
    if (starts.len() as i64) < latest {
        return None;
    }
    let created_at = created_at?.plus(ATTEMPT_SLACK_MS).0;
    starts.iter().filter(|(_, start)| start.is_some_and(|start| start <= created_at)).map(|(attempt, _)| *attempt).max()
}

/// Jobs as rows with the state of their logs, and the logs to fetch.
pub fn plan_jobs(
    repository_id: i64,
    run_id: i64,
    run_created_at: Millis,
    latest_attempt: i64,
    logs: &HashMap<i64, LogState>,
    jobs: &[upstream::Job],
    now: Millis,
) -> (Vec<JobRecord>, Vec<NewTask>) {
    let mut records: Vec<JobRecord> = Vec::new();
    let mut tasks = Vec::new();
    for job in jobs {
        if records.iter().any(|record| record.job.id == job.id) {
            continue;
        }
        let undecided = logs.get(&job.id).is_none_or(|state| *state == LogState::Unfinished);
        let log_state = if job.status != "completed" {
            LogState::Unfinished
        } else if job.steps.is_empty() {
            LogState::Missing
        } else {
            LogState::Pending
        };
        if undecided && log_state == LogState::Pending {
            tasks.push(NewTask {
                kind: TaskKind::Log,
                subject: job.id,
                repository_id,
                run_id,
                position: run_created_at.0,
                due_at: now,
            });
        }
        let mut job = job.clone();
        if mutant!("last-step-lost") {
            job.steps.pop();
        }
        records.push(JobRecord { attempt: job.attempt.unwrap_or(latest_attempt), log_state, job });
    }
    (records, tasks)
}

/// Which known runs a listing should have shown and did not: they may be gone.
pub fn missing_runs(known: &[i64], listed: &std::collections::HashSet<i64>, most: usize) -> Vec<i64> {
    known.iter().copied().filter(|id| !listed.contains(id)).take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000;

    fn run(id: i64, attempt: i64, status: &str, updated_at: i64) -> upstream::Run {
        upstream::Run {
            id,
            workflow_id: 1,
            workflow_name: "CI".into(),
            workflow_path: ".github/workflows/ci.yml".into(),
            run_number: id,
            attempt,
            title: "title".into(),
            event: "push".into(),
            status: status.into(),
            conclusion: (status == "completed").then(|| "success".into()),
            branch: "main".into(),
            head_sha: "abc".into(),
            tree_sha: String::new(),
            commit_message: String::new(),
            commit_author: String::new(),
            actor: String::new(),
            pull_requests: vec![],
            fork: false,
            created_at: Millis(50 * DAY),
            started_at: Some(Millis(50 * DAY)),
            updated_at: Millis(updated_at),
            html_url: String::new(),
        }
    }

    fn known(run: &upstream::Run) -> Known {
        Known {
            attempt: run.attempt,
            status: run.status.clone(),
            conclusion: run.conclusion.clone(),
            updated_at: run.updated_at,
            created_at: run.created_at,
            title: run.title.clone(),
            pull_requests: run.pull_requests.clone(),
            deleted_upstream: false,
        }
    }

    fn plan(before: Option<&upstream::Run>, seen: &upstream::Run) -> (i64, i64, usize) {
        let known = before.map(|run| (run.id, known(run))).into_iter().collect();
        let plan = plan_runs(1, &known, std::slice::from_ref(seen), Millis(40 * DAY), Millis(60 * DAY));
        (plan.new, plan.updated, plan.tasks.len())
    }

    #[test]
    fn observations_are_merged_by_attempt_time_and_rank() {
        let done = run(1, 1, "completed", 100);
        type Case = (&'static str, Option<upstream::Run>, upstream::Run, (i64, i64, usize));
        let cases: [Case; 8] = [
            ("unknown run", None, done.clone(), (1, 0, 1)),
            ("same again", Some(done.clone()), done.clone(), (0, 0, 0)),
            ("finished", Some(run(1, 1, "in_progress", 90)), done.clone(), (0, 1, 1)),
            ("stale replica", Some(done.clone()), run(1, 1, "in_progress", 90), (0, 0, 0)),
            ("stale at the same second", Some(done.clone()), run(1, 1, "in_progress", 100), (0, 0, 0)),
            ("re-run", Some(done.clone()), run(1, 2, "queued", 200), (0, 1, 1)),
            ("older attempt", Some(run(1, 2, "queued", 200)), run(1, 1, "completed", 300), (0, 0, 0)),
            ("touched only", Some(done.clone()), run(1, 1, "completed", 500), (0, 1, 0)),
        ];
        for (name, before, seen, expected) in cases {
            assert_eq!(plan(before.as_ref(), &seen), expected, "{name}");
        }
    }

    #[test]
    fn old_unknown_runs_are_left_alone_unless_run_again() {
        let mut old = run(1, 1, "completed", 100);
        old.created_at = Millis(10 * DAY);
        old.started_at = Some(Millis(10 * DAY));
        assert_eq!(plan(None, &old), (0, 0, 0));
        old.attempt = 2;
        old.started_at = Some(Millis(55 * DAY));
        assert_eq!(plan(None, &old), (1, 0, 1));
    }

    #[test]
    fn a_run_listed_twice_is_written_once() {
        let seen = [run(1, 1, "queued", 1), run(1, 1, "completed", 2)];
        let plan = plan_runs(1, &HashMap::new(), &seen, Millis(0), Millis(0));
        assert_eq!(plan.runs, vec![seen[1].clone()]);
    }

    #[test]
    fn an_artifact_belongs_to_the_attempt_that_had_started() {
        let starts = [(1, Some(1_000_000)), (2, Some(2_000_000))];
        assert_eq!(attempt_at(2, &starts, Some(Millis(1_500_000))), Some(1));
        assert_eq!(attempt_at(2, &starts, Some(Millis(1_999_000))), Some(2), "within the slack");
        assert_eq!(attempt_at(2, &starts, None), None);
        assert_eq!(attempt_at(1, &[], None), Some(1));
        assert_eq!(attempt_at(3, &starts, Some(Millis(1_500_000))), None, "an attempt is not known yet");
    }

    #[test]
    fn second_looks_come_one_after_the_other_and_end() {
        let next = |now| recheck_task(1, 1, Millis(0), Millis(0), Millis(now)).map(|task| task.due_at.0);
        assert_eq!(next(0), Some(60_000));
        assert_eq!(next(60_000), Some(300_000));
        assert_eq!(next(300_000), Some(1_800_000));
        assert_eq!(next(1_800_000), None);
    }
}
