//! How runs change over time: queued, started, step by step, completed, re-run, approved, deleted.

use std::sync::Arc;

use super::behaviour::CarriedOverJobs;
use super::spec::{JobSpec, RunSpec, Word};
use super::{Attempt, Job, Step, World};
use crate::clock::log_stamp;
use crate::noise::Noise;

/// One attempt to be built: how it stands and when it ran.
struct Plan {
    status: Word,
    conclusion: Option<Word>,
    started_at: i64,
    ended_at: i64,
}

impl World {
    pub(super) fn add_attempts(&mut self, run: i64, spec: RunSpec, created_at: i64) {
        let mut plans: Vec<Plan> = spec
            .earlier_attempts
            .iter()
            .map(|(conclusion, started_at, duration)| Plan {
                status: "completed".into(),
                conclusion: Some(conclusion.clone()),
                started_at: *started_at,
                ended_at: started_at + duration,
            })
            .collect();
        let after_earlier = plans.last().map(|plan| plan.ended_at + 60_000);
        let started_at = spec.started_at.or(after_earlier).unwrap_or(created_at);
        let (status, conclusion) = (spec.status.clone(), spec.conclusion.clone());
        plans.push(Plan { status, conclusion, started_at, ended_at: started_at + spec.duration_ms });
        let specs: Vec<Arc<JobSpec>> = spec.jobs.into_iter().map(Arc::new).collect();
        for plan in plans {
            self.add_attempt(run, &plan, &specs, &spec.actor);
        }
    }

    fn add_attempt(&mut self, run_id: i64, plan: &Plan, specs: &[Arc<JobSpec>], actor: &str) {
        let Some(run) = self.runs.get(&run_id) else { return };
        let number = run.attempts.len() as i64 + 1;
        // Recorded: a re-run's attempt is created two seconds after it "started".
        let created_at = if number == 1 { run.created_at } else { plan.started_at + 2_000 };
        let conclusions = job_conclusions(specs, plan.conclusion.as_deref());
        let jobs: Vec<i64> = specs
            .iter()
            .zip(conclusions)
            .map(|(spec, conclusion)| self.insert_job(run_id, number, spec, conclusion, plan))
            .collect();
        let updated_at = match plan.status.as_ref() {
            "completed" => plan.ended_at,
            _ => plan.started_at,
        };
        let Some(run) = self.runs.get_mut(&run_id) else { return };
        run.updated_at = updated_at;
        run.triggering_actor = actor.to_owned();
        run.attempts.push(Attempt {
            number,
            created_at,
            started_at: plan.started_at,
            updated_at,
            status: plan.status.clone(),
            conclusion: plan.conclusion.clone(),
            actor: actor.to_owned(),
            jobs,
        });
    }

    fn insert_job(&mut self, run: i64, attempt: i64, spec: &Arc<JobSpec>, conclusion: Word, plan: &Plan) -> i64 {
        let id = self.next_job_id();
        let mut noise = Noise::keyed(self.seed, id as u64);
        let created_at = plan.started_at + 1_000;
        let mut job = Job {
            id,
            run,
            attempt,
            name: spec.name.clone(),
            status: "queued".into(),
            conclusion: None,
            created_at,
            started_at: created_at,
            completed_at: None,
            steps: Vec::new(),
            labels: spec.labels.clone(),
            runner: None,
            log: spec.log.clone(),
            spec: spec.clone(),
            guid: noise.guid(),
        };
        let start = plan.started_at + spec.start_offset_ms;
        match spec.status.as_deref().unwrap_or(&plan.status) {
            "completed" => {
                let end = spec.duration_ms.map_or(plan.ended_at - 2_000, |duration| start + duration);
                begin(&mut job, start);
                complete(&mut job, conclusion, start, end.max(start));
            }
            "in_progress" => {
                begin(&mut job, start);
                advance_step(&mut job, start + 3_000);
            }
            other => job.status = other.to_owned().into(),
        }
        self.jobs.insert(id, job);
        id
    }

    /// Adds a job to the latest attempt of a run; its state follows from the run's. Answers 0 if there is no run.
    pub fn add_job(&mut self, run_id: i64, spec: JobSpec) -> i64 {
        let Some(run) = self.runs.get(&run_id) else { return 0 };
        let latest = run.latest();
        let plan = Plan {
            status: latest.status.clone(),
            conclusion: latest.conclusion.clone(),
            started_at: latest.started_at,
            ended_at: latest.updated_at.max(latest.started_at + 10_000),
        };
        let number = latest.number;
        let spec = Arc::new(spec);
        let conclusion = job_conclusions(std::slice::from_ref(&spec), plan.conclusion.as_deref()).remove(0);
        let id = self.insert_job(run_id, number, &spec, conclusion, &plan);
        if let Some(run) = self.runs.get_mut(&run_id) {
            run.latest_mut().jobs.push(id);
        }
        id
    }

    /// Lets a run begin, with all its jobs.
    pub fn start_run(&mut self, id: i64) {
        self.start_run_only(id);
        for job in self.latest_jobs(id) {
            self.start_job(job);
        }
    }

    /// Lets a run begin while its jobs still wait.
    pub fn start_run_only(&mut self, id: i64) {
        let now = self.now();
        self.change(id, "in_progress".into(), None);
        if let Some(run) = self.runs.get_mut(&id)
            && run.attempts.len() == 1
        {
            run.latest_mut().started_at = now.min(run.latest().started_at);
        }
    }

    /// Lets a queued job begin; one that is to be skipped is skipped at once.
    pub fn start_job(&mut self, id: i64) {
        let now = self.now();
        let Some(job) = self.jobs.get_mut(&id) else { return };
        if job.status == "completed" || job.status == "in_progress" {
            return;
        }
        if job.spec.conclusion.as_deref() == Some("skipped") {
            complete(job, "skipped".into(), now, now);
        } else {
            begin(job, now);
        }
        self.touch_run(job_run(self, id));
    }

    /// Completes the running step of a job and begins the next.
    pub fn advance_job(&mut self, id: i64) {
        let now = self.now();
        if let Some(job) = self.jobs.get_mut(&id)
            && job.status == "in_progress"
        {
            advance_step(job, now);
        }
    }

    /// Completes a job, as it was scripted or, without a script, successfully.
    pub fn complete_job(&mut self, id: i64) {
        let now = self.now();
        let Some(job) = self.jobs.get_mut(&id) else { return };
        if job.status != "completed" {
            let conclusion = job.spec.conclusion.clone().unwrap_or("success".into());
            let started_at = job.started_at;
            complete(job, conclusion, started_at, now);
        }
        self.touch_run(job_run(self, id));
    }

    /// Completes a run and what of it is unfinished.
    pub fn complete_run(&mut self, id: i64, conclusion: impl Into<Word>) {
        let now = self.now();
        let conclusion = conclusion.into();
        let jobs = self.latest_jobs(id);
        let specs: Vec<Arc<JobSpec>> =
            jobs.iter().filter_map(|job| self.jobs.get(job)).map(|job| job.spec.clone()).collect();
        for (job, how) in jobs.iter().zip(job_conclusions(&specs, Some(&conclusion))) {
            let Some(job) = self.jobs.get_mut(job) else { continue };
            if job.status == "completed" {
                continue;
            }
            let never_ran = job.status != "in_progress";
            let started_at = if never_ran { now } else { job.started_at };
            if never_ran && how != "cancelled" && how != "skipped" {
                begin(job, started_at);
            }
            complete(job, how, started_at, now);
        }
        self.change(id, "completed".into(), Some(conclusion));
    }

    /// Runs everything again as a new, queued attempt; answers its number, or 0 if there is no run.
    pub fn rerun(&mut self, id: i64) -> i64 {
        if self.behaviour.rerun_clears_artifacts {
            for artifact in self.artifact_ids(id) {
                self.delete_artifact(artifact);
            }
        }
        self.rerun_where(id, |_| true)
    }

    /// Runs the jobs that failed again as a new, queued attempt; answers its number, or 0 if there is no run.
    pub fn rerun_failed(&mut self, id: i64) -> i64 {
        self.rerun_where(id, |job| !matches!(job.conclusion.as_deref(), Some("success" | "neutral")))
    }

    /// Approves a run that waited for it (`action_required`), which makes a second attempt; answers its number.
    pub fn approve(&mut self, id: i64) -> i64 {
        self.rerun_where(id, |_| true)
    }

    /// Runs the jobs that satisfy a condition again as a new, queued attempt, and carries the others over; answers its
    /// number, or 0 if there is no run.
    pub fn rerun_where(&mut self, id: i64, again: impl Fn(&Job) -> bool) -> i64 {
        let now = self.now();
        let Some(run) = self.runs.get(&id) else { return 0 };
        let number = run.latest().number + 1;
        let actor = run.actor.clone();
        let old_jobs: Vec<Job> = run.latest().jobs.iter().filter_map(|job| self.jobs.get(job)).cloned().collect();
        let plan = Plan { status: "queued".into(), conclusion: None, started_at: now, ended_at: now };
        let mut jobs = Vec::new();
        for old in old_jobs {
            if again(&old) {
                // A scripted failure is not repeated: the next attempt succeeds unless told otherwise.
                let spec = match old.spec.conclusion.as_deref() {
                    Some("failure" | "timed_out" | "cancelled") => {
                        Arc::new(JobSpec { conclusion: None, status: None, ..(*old.spec).clone() })
                    }
                    _ => Arc::new(JobSpec { status: None, ..(*old.spec).clone() }),
                };
                jobs.push(self.insert_job(id, number, &spec, "success".into(), &plan));
            } else {
                match self.behaviour.carried_over_jobs {
                    CarriedOverJobs::SameIds => jobs.push(old.id),
                    CarriedOverJobs::FreshIds => {
                        let fresh = self.next_job_id();
                        self.jobs.insert(fresh, Job { id: fresh, attempt: number, ..old });
                        jobs.push(fresh);
                    }
                    CarriedOverJobs::Absent => {}
                }
            }
        }
        self.remember_for_search(id);
        let Some(run) = self.runs.get_mut(&id) else { return 0 };
        run.updated_at = now;
        run.attempts.push(Attempt {
            number,
            created_at: now + 2_000,
            started_at: now,
            updated_at: now,
            status: "queued".into(),
            conclusion: None,
            actor,
            jobs,
        });
        number
    }

    /// Cancels a run.
    pub fn cancel_run(&mut self, id: i64) {
        self.complete_run(id, "cancelled");
    }

    /// Removes a run with its jobs, logs and artifacts: 404 from now on.
    pub fn delete_run(&mut self, id: i64) {
        let Some(run) = self.runs.remove(&id) else { return };
        for attempt in &run.attempts {
            for job in &attempt.jobs {
                self.jobs.remove(job);
            }
        }
        for artifact in self.run_artifacts.remove(&id).unwrap_or_default() {
            self.artifacts.remove(&artifact);
        }
        for scope in [run.repository, run.workflow] {
            if let Some(order) = self.order.get_mut(&scope) {
                order.retain(|(_, _, other)| *other != id);
            }
        }
    }

    /// Moves `updated_at` and nothing else, as unrelated events do.
    pub fn touch_run(&mut self, id: i64) {
        let now = self.now();
        if let Some(run) = self.runs.get_mut(&id) {
            run.updated_at = now.max(run.updated_at);
            run.latest_mut().updated_at = now;
        }
    }

    /// Sets status and conclusion of a run's latest attempt to any text, without touching its jobs.
    pub fn set_run_state(&mut self, id: i64, status: impl Into<Word>, conclusion: Option<Word>) {
        self.change(id, status.into(), conclusion);
    }

    fn change(&mut self, id: i64, status: Word, conclusion: Option<Word>) {
        self.remember_for_search(id);
        let now = self.now();
        let Some(run) = self.runs.get_mut(&id) else { return };
        run.updated_at = now;
        let attempt = run.latest_mut();
        attempt.status = status;
        attempt.conclusion = conclusion;
        attempt.updated_at = now;
    }

    fn remember_for_search(&mut self, id: i64) {
        let changed_at = self.now();
        if let Some(run) = self.runs.get_mut(&id) {
            let latest = run.latest();
            run.before_change = Some((changed_at, latest.status.clone(), latest.conclusion.clone()));
        }
    }

    fn latest_jobs(&self, run: i64) -> Vec<i64> {
        self.runs.get(&run).map(|run| run.latest().jobs.clone()).unwrap_or_default()
    }

    /// Gives a job that has not begun another script.
    pub fn replan_job(&mut self, id: i64, spec: JobSpec) {
        if let Some(job) = self.jobs.get_mut(&id) {
            job.log = spec.log.clone();
            job.spec = Arc::new(spec);
        }
    }

    /// Schedules the whole life of a queued run from now on: it starts, its jobs start, step and complete as their
    /// scripts say, and it completes with the conclusion. Answers when it will be over.
    pub fn play_run(&mut self, id: i64, conclusion: impl Into<Word>, queue_ms: i64) -> i64 {
        self.play(id, conclusion.into(), queue_ms, true)
    }

    /// As [`play_run`](World::play_run); without detail, steps are filled in only when their job completes.
    pub(crate) fn play(&mut self, id: i64, conclusion: Word, queue_ms: i64, in_detail: bool) -> i64 {
        let start = self.now() + queue_ms;
        let Some(attempt) = self.runs.get(&id).map(|run| run.latest().number) else { return start };
        self.schedule(start, move |world| {
            if world.is_unfinished(id, attempt) {
                world.start_run_only(id);
            }
        });
        let mut end = start + 5_000;
        for job_id in self.latest_jobs(id) {
            let Some(job) = self.jobs.get(&job_id) else { continue };
            if job.status == "completed" {
                continue;
            }
            let spec = job.spec.clone();
            let begins = start + spec.start_offset_ms;
            let duration = spec.duration_ms.unwrap_or(60_000);
            self.schedule(begins, move |world| world.start_job(job_id));
            if spec.conclusion.as_deref() == Some("skipped") {
                continue;
            }
            let weights: i64 = spec.steps.iter().map(|step| step.weight).sum::<i64>().max(1);
            let mut passed = 0;
            for step in spec.steps.iter().take(if in_detail { spec.steps.len().saturating_sub(1) } else { 0 }) {
                passed += step.weight;
                self.schedule(begins + duration * passed / weights, move |world| world.advance_job(job_id));
            }
            self.schedule(begins + duration, move |world| world.complete_job(job_id));
            end = end.max(begins + duration + 2_000);
        }
        self.schedule(end, move |world| {
            if world.is_unfinished(id, attempt) {
                world.complete_run(id, conclusion);
            }
        });
        end
    }

    /// Whether this attempt is still the latest and has not completed.
    pub(crate) fn is_unfinished(&self, run: i64, attempt: i64) -> bool {
        self.runs.get(&run).is_some_and(|run| run.latest().number == attempt && run.latest().status != "completed")
    }
}

fn job_run(world: &World, job: i64) -> i64 {
    world.jobs.get(&job).map_or(0, |job| job.run)
}

/// How each job ends when the run ends so: as scripted; otherwise well, except that somebody must be to blame.
fn job_conclusions(specs: &[Arc<JobSpec>], run: Option<&str>) -> Vec<Word> {
    let (default, culprit): (Word, Option<Word>) = match run {
        Some("failure") => ("success".into(), Some("failure".into())),
        Some("timed_out") => ("success".into(), Some("timed_out".into())),
        Some("cancelled" | "stale") => ("cancelled".into(), None),
        Some("skipped") => ("skipped".into(), None),
        _ => ("success".into(), None),
    };
    let mut conclusions: Vec<Word> =
        specs.iter().map(|spec| spec.conclusion.clone().unwrap_or(default.clone())).collect();
    let blamed =
        specs.iter().any(|spec| matches!(spec.conclusion.as_deref(), Some("failure" | "timed_out" | "cancelled")));
    if let (Some(culprit), false) = (culprit, blamed)
        && let Some(last) = specs.iter().rposition(|spec| spec.conclusion.is_none())
    {
        conclusions[last] = culprit;
    }
    conclusions
}

fn begin(job: &mut Job, at: i64) {
    let mut noise = Noise::keyed(job.id as u64, 0x9e11);
    let number = noise.between(1_000_000_001, 1_000_940_000);
    let name = match job.labels.first().map(String::as_str) {
        Some(label) if label.starts_with("self-hosted") => format!("metal-{}", noise.between(1, 12)),
        _ => format!("GitHub Actions {number}"),
    };
    job.runner = Some((number, name));
    job.status = "in_progress".into();
    job.started_at = at;
    let steps = numbered(&job.spec);
    job.steps = steps;
    if let Some(first) = job.steps.first_mut() {
        first.status = "in_progress".into();
        first.started_at = Some(at);
    }
}

/// The steps, still queued, with gaps in their numbers before the post steps as the runner leaves them.
fn numbered(spec: &JobSpec) -> Vec<Step> {
    let is_post = |name: &str| name.starts_with("Post ") || name == "Complete job";
    let ordinary = spec.steps.iter().filter(|step| !is_post(&step.name)).count() as i64;
    spec.steps
        .iter()
        .enumerate()
        .map(|(index, step)| Step {
            number: index as i64 + 1 + if is_post(&step.name) { ordinary - 1 } else { 0 },
            name: step.name.clone(),
            status: "queued".into(),
            conclusion: None,
            started_at: None,
            completed_at: None,
        })
        .collect()
}

fn advance_step(job: &mut Job, at: i64) {
    let Some(index) = job.steps.iter().position(|step| step.status != "completed") else { return };
    let planned = job.spec.steps.get(index).and_then(|step| step.conclusion.clone());
    let step = &mut job.steps[index];
    step.status = "completed".into();
    step.conclusion = Some(planned.unwrap_or("success".into()));
    step.started_at = step.started_at.or(Some(at));
    step.completed_at = Some(at);
    if let Some(next) = job.steps.get_mut(index + 1) {
        next.status = "in_progress".into();
        next.started_at = Some(at);
    }
}

fn complete(job: &mut Job, conclusion: Word, started_at: i64, ended_at: i64) {
    job.status = "completed".into();
    job.completed_at = Some(ended_at);
    match conclusion.as_ref() {
        "skipped" => {
            job.steps.clear();
            job.runner = None;
            job.started_at = ended_at;
            job.created_at = job.created_at.min(ended_at);
        }
        "cancelled" if job.steps.is_empty() => job.runner = Some((0, String::new())),
        _ => complete_steps(job, &conclusion, started_at, ended_at),
    }
    job.conclusion = Some(conclusion);
}

/// Spreads the steps over the job's time and decides which one is to blame for its end.
fn complete_steps(job: &mut Job, conclusion: &str, started_at: i64, ended_at: i64) {
    let specs = &job.spec.steps;
    let weights: i64 = specs.iter().map(|step| step.weight).sum::<i64>().max(1);
    let scripted = specs.iter().position(|step| step.conclusion.as_deref() == Some("failure"));
    let is_bad = matches!(conclusion, "failure" | "timed_out" | "cancelled");
    let culprit = is_bad
        .then(|| scripted.unwrap_or(job.steps.len().saturating_sub(3).max(1).min(job.steps.len().saturating_sub(1))));
    let mut passed = 0;
    for (index, step) in job.steps.iter_mut().enumerate() {
        let begun = started_at + (ended_at - started_at) * passed / weights;
        passed += specs.get(index).map_or(0, |spec| spec.weight);
        if step.status == "completed" {
            continue;
        }
        let after_culprit = culprit.is_some_and(|culprit| index > culprit);
        let is_post = step.name.starts_with("Post ") || step.name == "Complete job";
        let planned = specs.get(index).and_then(|spec| spec.conclusion.clone());
        let how: Word = match (planned, culprit == Some(index)) {
            (Some(planned), _) => planned,
            (None, true) if conclusion == "timed_out" => "cancelled".into(),
            (None, true) => conclusion.to_owned().into(),
            (None, false) if after_culprit && !is_post => "skipped".into(),
            _ => "success".into(),
        };
        step.status = "completed".into();
        step.conclusion = Some(how);
        step.started_at = step.started_at.or(Some(begun));
        step.completed_at = Some(started_at + (ended_at - started_at) * passed / weights);
    }
}

/// A short but well-formed log of a job whose script says nothing about it.
pub(crate) fn derived_log(job: &Job) -> Vec<u8> {
    let mut noise = Noise::keyed(job.id as u64, 0x106);
    let mut out = String::new();
    let mut say = |ms: i64, text: &str| out.push_str(&format!("{} {text}\n", log_stamp(ms, noise.next_u64())));
    for step in &job.steps {
        let at = step.started_at.unwrap_or(job.started_at);
        say(at, &format!("##[group]Run {}", step.name));
        say(at + 120, &format!("\u{1b}[36;1m{}\u{1b}[0m", step.name.to_lowercase()));
        say(at + 130, "shell: /usr/bin/bash -e {0}");
        say(at + 140, "##[endgroup]");
        match step.conclusion.as_deref() {
            Some("failure") => {
                say(at + 900, "\u{1b}[31mFAIL\u{1b}[0m 1 of 12 checks");
                say(at + 950, "##[error]Process completed with exit code 1.");
            }
            Some("skipped") => {}
            _ => say(at + 900, "\u{1b}[32mok\u{1b}[0m"),
        }
    }
    out.into_bytes()
}
