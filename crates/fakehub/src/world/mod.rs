//! The truth behind the pretend GitHub: repositories, workflows, runs with attempts, jobs with steps, logs and
//! artifacts, tokens and a virtual clock. Holds and builds; [`lifecycle`] changes runs over time, [`tokens`] keeps
//! quotas. Knows nothing of HTTP.

pub mod behaviour;
pub mod lifecycle;
pub mod spec;
pub mod tokens;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use serde_json::Value;

use crate::clock::Clock;
use crate::content::{self, Log, Stored};
use crate::noise::{Noise, mix, mix_text};
use crate::rope::Rope;
pub use behaviour::Behaviour;
pub use spec::{ArtifactSpec, DigestClaim, JobSpec, RunSpec, StepSpec, Word};
pub use tokens::{Quota, Token, TokenKind};

const DAY_MS: i64 = 86_400_000;
/// 2026-03-02T09:00:00Z, when worlds begin unless told otherwise.
pub const DEFAULT_NOW_MS: i64 = 1_772_442_000_000;

/// A repository.
#[derive(Debug)]
pub struct Repository {
    /// GitHub's id, which renames do not change.
    pub id: i64,
    /// The owner's login.
    pub owner: String,
    /// The name.
    pub name: String,
    /// Names it had before, as (owner, name): the API answers 301 for them.
    pub former_names: Vec<(String, String)>,
    /// The default branch.
    pub default_branch: String,
    /// Whether anonymous callers see it.
    pub private: bool,
    /// The repository it was forked from. Forks are not served on their own.
    pub fork_of: Option<i64>,
    /// When it was created.
    pub created_at: i64,
    pub(crate) json: OnceLock<Arc<str>>,
}

/// A workflow.
#[derive(Clone, Debug)]
pub struct Workflow {
    /// GitHub's id.
    pub id: i64,
    /// Its repository.
    pub repository: i64,
    /// Its name.
    pub name: String,
    /// The file it lives in.
    pub path: String,
    /// `active`, `disabled_manually`, …
    pub state: Word,
    /// When it was created.
    pub created_at: i64,
    /// When it was last changed.
    pub updated_at: i64,
    next_run_number: i64,
}

/// A run, with all its attempts.
#[derive(Clone, Debug)]
pub struct Run {
    /// GitHub's id.
    pub id: i64,
    /// Its repository.
    pub repository: i64,
    /// Its workflow.
    pub workflow: i64,
    /// The workflow's name when it ran.
    pub name: String,
    /// The number within the workflow; re-runs keep it.
    pub run_number: i64,
    /// What caused it.
    pub event: Word,
    /// The head branch.
    pub branch: Option<String>,
    /// The head commit.
    pub sha: String,
    /// The title shown.
    pub title: String,
    /// The message of the head commit.
    pub commit_message: String,
    /// Who caused it.
    pub actor: String,
    /// Who caused the latest attempt.
    pub triggering_actor: String,
    /// The repository its head lives in, which is another one for forks.
    pub head_repository: i64,
    /// Open pull requests with this head.
    pub pull_requests: Vec<i64>,
    /// When its first attempt was created. It orders the listings; do not change it.
    pub created_at: i64,
    /// When anything about it last changed.
    pub updated_at: i64,
    /// Its attempts, oldest first; never empty.
    pub attempts: Vec<Attempt>,
    /// What a lagging search index still says: (changed at, status, conclusion).
    pub(crate) before_change: Option<(i64, Word, Option<Word>)>,
    pub(crate) guid: String,
    pub(crate) check_suite: i64,
}

impl Run {
    /// The latest attempt.
    pub fn latest(&self) -> &Attempt {
        // A run is built with an attempt and none is ever taken away.
        &self.attempts[self.attempts.len() - 1]
    }

    pub(crate) fn latest_mut(&mut self) -> &mut Attempt {
        let last = self.attempts.len() - 1;
        &mut self.attempts[last]
    }

    /// The status of the latest attempt.
    pub fn status(&self) -> &str {
        &self.latest().status
    }

    /// The conclusion of the latest attempt.
    pub fn conclusion(&self) -> Option<&str> {
        self.latest().conclusion.as_deref()
    }
}

/// One attempt at a run.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// 1 for the first.
    pub number: i64,
    /// The attempt's own creation time.
    pub created_at: i64,
    /// When it started.
    pub started_at: i64,
    /// When anything about it last changed.
    pub updated_at: i64,
    /// Its status.
    pub status: Word,
    /// Its conclusion.
    pub conclusion: Option<Word>,
    /// Who caused it.
    pub actor: String,
    /// Its jobs, in order.
    pub jobs: Vec<i64>,
}

/// A job of an attempt.
#[derive(Clone, Debug)]
pub struct Job {
    /// GitHub's id, which is also its check run's.
    pub id: i64,
    /// Its run.
    pub run: i64,
    /// The attempt it ran in.
    pub attempt: i64,
    /// Its name.
    pub name: String,
    /// Its status.
    pub status: Word,
    /// Its conclusion.
    pub conclusion: Option<Word>,
    /// When it was created.
    pub created_at: i64,
    /// When it started; equal to `created_at` while queued.
    pub started_at: i64,
    /// When it completed.
    pub completed_at: Option<i64>,
    /// Its steps; empty if it never ran.
    pub steps: Vec<Step>,
    /// The runner's labels.
    pub labels: Vec<String>,
    /// The runner; `None` is null, as for skipped jobs.
    pub runner: Option<(i64, String)>,
    /// Its log.
    pub log: Log,
    pub(crate) spec: Arc<JobSpec>,
    pub(crate) guid: String,
}

/// A step of a job.
#[derive(Clone, Debug)]
pub struct Step {
    /// GitHub's number, which has gaps.
    pub number: i64,
    /// Its name.
    pub name: String,
    /// `queued`, `in_progress` or `completed`.
    pub status: Word,
    /// Its conclusion.
    pub conclusion: Option<Word>,
    /// When it started.
    pub started_at: Option<i64>,
    /// When it completed.
    pub completed_at: Option<i64>,
}

/// An artifact.
#[derive(Clone, Debug)]
pub struct Artifact {
    /// GitHub's id; a replacement has another one.
    pub id: i64,
    /// Its run.
    pub run: i64,
    /// The attempt it was uploaded in. GitHub does not tell.
    pub attempt: i64,
    /// The job that uploaded it. GitHub does not tell.
    pub job: Option<i64>,
    /// Its name.
    pub name: String,
    /// What is in it.
    pub stored: Arc<Stored>,
    /// What the listing says about the digest.
    pub digest: DigestClaim,
    /// What the listing says about the size, if not the truth.
    pub claimed_size: Option<u64>,
    /// When it was uploaded.
    pub created_at: i64,
    /// When it expires.
    pub expires_at: i64,
    /// Whether it was expired by hand.
    pub expired: bool,
    /// Listed, but its blob answers 404.
    pub lost: bool,
}

/// Something done when its time has come.
pub type Deed = Box<dyn FnOnce(&mut World) + Send>;

/// What a path on the blob store leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BlobTarget {
    Artifact(i64),
    JobLog(i64),
}

/// Everything there is.
pub struct World {
    pub(crate) seed: u64,
    clock: Clock,
    /// Switches for unconfirmed assumptions.
    pub behaviour: Behaviour,
    /// Where the API listens, set when it starts; absolute URLs begin with it.
    pub(crate) api_url: String,
    pub(crate) blob_url: String,
    pub(crate) repositories: BTreeMap<i64, Repository>,
    texts: RefCell<HashMap<String, Arc<str>>>,
    pub(crate) workflows: BTreeMap<i64, Workflow>,
    pub(crate) runs: HashMap<i64, Run>,
    pub(crate) jobs: HashMap<i64, Job>,
    pub(crate) artifacts: BTreeMap<i64, Artifact>,
    pub(crate) run_artifacts: HashMap<i64, Vec<i64>>,
    /// Listing order, oldest first, per repository and per workflow: (second, shuffle, run).
    pub(crate) order: HashMap<i64, Vec<(i64, u64, i64)>>,
    pub(crate) blobs: HashMap<String, BlobTarget>,
    pub(crate) tokens: HashMap<String, Token>,
    pub(crate) anonymous: Token,
    pub(crate) violations: u64,
    /// Whether somebody already keeps adding runs.
    pub(crate) growing: bool,
    agenda: BTreeMap<(i64, u64), Deed>,
    agenda_count: u64,
    ids: Ids,
}

#[derive(Debug)]
struct Ids {
    repository: i64,
    workflow: i64,
    run: i64,
    job: i64,
    artifact: i64,
    noise: Noise,
}

impl Ids {
    fn new(seed: u64) -> Ids {
        Ids {
            repository: 718_200_000,
            workflow: 84_100_000,
            run: 15_210_000_000,
            job: 42_800_000_000,
            artifact: 2_140_000_000,
            noise: Noise::keyed(seed, 0x1d5),
        }
    }
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World")
            .field("runs", &self.runs.len())
            .field("jobs", &self.jobs.len())
            .field("artifacts", &self.artifacts.len())
            .finish()
    }
}

impl World {
    /// An empty world at a fixed moment, with the default token.
    pub fn new(seed: u64) -> World {
        World::at(seed, DEFAULT_NOW_MS)
    }

    /// An empty world at the given moment, with the default token. The clock stands still.
    pub fn at(seed: u64, now_ms: i64) -> World {
        let mut world = World {
            seed,
            clock: Clock::at(now_ms),
            behaviour: Behaviour::default(),
            api_url: "http://127.0.0.1".to_owned(),
            blob_url: "http://127.0.0.1".to_owned(),
            repositories: BTreeMap::new(),
            texts: RefCell::default(),
            workflows: BTreeMap::new(),
            runs: HashMap::new(),
            jobs: HashMap::new(),
            artifacts: BTreeMap::new(),
            run_artifacts: HashMap::new(),
            order: HashMap::new(),
            blobs: HashMap::new(),
            tokens: HashMap::new(),
            anonymous: Token::anonymous(now_ms),
            violations: 0,
            growing: false,
            agenda: BTreeMap::new(),
            agenda_count: 0,
            ids: Ids::new(seed),
        };
        world.add_token(crate::TOKEN);
        world
    }

    /// The virtual time, in ms since 1970.
    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    /// Lets time pass, doing on the way what was scheduled.
    pub fn advance(&mut self, ms: i64) {
        self.set_now(self.now() + ms);
    }

    /// Jumps to a moment, doing on the way what was scheduled.
    pub fn set_now(&mut self, now_ms: i64) {
        self.do_due(now_ms);
        self.clock.set(now_ms);
    }

    /// Lets the clock run with the wall clock from here on, `speed` times as fast.
    pub fn follow_real_time(&mut self, speed: f64) {
        self.clock.run(speed);
    }

    /// Whether the clock runs by itself.
    pub fn follows_real_time(&self) -> bool {
        self.clock.is_running()
    }

    /// How fast the clock runs; 0 while it stands still.
    pub fn speed(&self) -> f64 {
        self.clock.speed()
    }

    /// Does what is due by now; only needed while the clock runs by itself.
    pub fn tick(&mut self) {
        let now = self.clock.unheld_now();
        self.do_due(now);
    }

    /// Schedules something for a moment. Moments that have passed come at the next tick.
    pub fn schedule(&mut self, at_ms: i64, deed: impl FnOnce(&mut World) + Send + 'static) {
        self.agenda_count += 1;
        self.agenda.insert((at_ms, self.agenda_count), Box::new(deed));
    }

    fn do_due(&mut self, until_ms: i64) {
        while let Some(next) = self.agenda.first_entry() {
            let (at, _) = *next.key();
            if at > until_ms {
                break;
            }
            let deed = next.remove();
            self.clock.hold(at);
            deed(self);
        }
        self.clock.release();
    }

    /// Adds a public repository.
    pub fn add_repository(&mut self, owner: &str, name: &str) -> i64 {
        self.insert_repository(owner, name, None)
    }

    fn insert_repository(&mut self, owner: &str, name: &str, fork_of: Option<i64>) -> i64 {
        self.ids.repository += 1 + self.ids.noise.below(997) as i64;
        let id = self.ids.repository;
        let repository = Repository {
            id,
            owner: owner.to_owned(),
            name: name.to_owned(),
            former_names: Vec::new(),
            default_branch: "main".to_owned(),
            private: false,
            fork_of,
            created_at: self.now() - 900 * DAY_MS,
            json: OnceLock::new(),
        };
        self.repositories.insert(id, repository);
        id
    }

    /// Renames or transfers; the old name answers 301 from now on.
    pub fn rename_repository(&mut self, id: i64, owner: &str, name: &str) {
        let Some(repository) = self.repositories.get_mut(&id) else { return };
        let old = (
            std::mem::replace(&mut repository.owner, owner.to_owned()),
            std::mem::replace(&mut repository.name, name.to_owned()),
        );
        repository.former_names.push(old);
        repository.json = OnceLock::new();
    }

    /// Hides a repository from anonymous callers, or shows it.
    pub fn set_private(&mut self, id: i64, private: bool) {
        if let Some(repository) = self.repositories.get_mut(&id) {
            repository.private = private;
            repository.json = OnceLock::new();
        }
    }

    /// Removes a repository and everything in it: the API answers 404.
    pub fn delete_repository(&mut self, id: i64) {
        let runs: Vec<i64> = self.runs.values().filter(|run| run.repository == id).map(|run| run.id).collect();
        runs.into_iter().for_each(|run| self.delete_run(run));
        self.workflows.retain(|_, workflow| workflow.repository != id);
        self.repositories.remove(&id);
    }

    /// A repository.
    pub fn repository(&self, id: i64) -> Option<&Repository> {
        self.repositories.get(&id)
    }

    /// Adds an active workflow.
    pub fn add_workflow(&mut self, repository: i64, name: &str, path: &str) -> i64 {
        self.ids.workflow += 1 + self.ids.noise.below(40_000) as i64;
        let id = self.ids.workflow;
        let created_at = self.now() - 400 * DAY_MS;
        let workflow = Workflow {
            id,
            repository,
            name: name.to_owned(),
            path: path.to_owned(),
            state: "active".into(),
            created_at,
            updated_at: created_at + 30 * DAY_MS,
            next_run_number: 1,
        };
        self.workflows.insert(id, workflow);
        id
    }

    /// A workflow.
    pub fn workflow(&self, id: i64) -> Option<&Workflow> {
        self.workflows.get(&id)
    }

    /// A workflow, to be changed.
    pub fn workflow_mut(&mut self, id: i64) -> Option<&mut Workflow> {
        self.workflows.get_mut(&id)
    }

    /// Sets the number the next run of a workflow gets.
    pub fn set_next_run_number(&mut self, workflow: i64, number: i64) {
        if let Some(workflow) = self.workflows.get_mut(&workflow) {
            workflow.next_run_number = number;
        }
    }

    /// Takes a workflow off the list, as when its file is deleted; its runs stay.
    pub fn delete_workflow(&mut self, id: i64) {
        self.workflows.remove(&id);
    }

    /// Adds a run. Answers 0 if the workflow does not exist.
    pub fn add_run(&mut self, workflow: i64, spec: RunSpec) -> i64 {
        let now = self.now();
        let Some(flow) = self.workflows.get_mut(&workflow) else { return 0 };
        let (repository, name, run_number) = (flow.repository, flow.name.clone(), flow.next_run_number);
        flow.next_run_number += 1;
        self.ids.run += 1_000 + self.ids.noise.below(60_000) as i64;
        let id = self.ids.run;
        let mut noise = Noise::keyed(self.seed, id as u64);
        let created_at = spec.created_at.unwrap_or(now);
        let head_repository = match &spec.fork {
            Some(owner) => self.fork(repository, owner),
            None => repository,
        };
        let title = spec.title.clone().unwrap_or_else(|| name.clone());
        let run = Run {
            id,
            repository,
            workflow,
            name,
            run_number,
            event: spec.event.clone(),
            branch: spec.branch.clone(),
            sha: spec.sha.clone().unwrap_or_else(|| noise.hex(40)),
            commit_message: title.clone(),
            title,
            actor: spec.actor.clone(),
            triggering_actor: spec.actor.clone(),
            head_repository,
            pull_requests: spec.pull_requests.clone(),
            created_at,
            updated_at: created_at,
            attempts: Vec::new(),
            before_change: None,
            guid: noise.guid(),
            check_suite: 38_000_000_000 + id % 4_000_000_000,
        };
        self.runs.insert(id, run);
        for scope in [repository, workflow] {
            let place = (created_at.div_euclid(1000), mix(self.seed, id as u64), id);
            let order = self.order.entry(scope).or_default();
            let at = order.partition_point(|other| *other < place);
            order.insert(at, place);
        }
        self.add_attempts(id, spec, created_at);
        id
    }

    fn fork(&mut self, of: i64, owner: &str) -> i64 {
        let name = self.repositories.get(&of).map(|repository| repository.name.clone()).unwrap_or_default();
        let known =
            self.repositories.values().find(|repository| repository.fork_of == Some(of) && repository.owner == owner);
        match known.map(|repository| repository.id) {
            Some(id) => id,
            None => self.insert_repository(owner, &name, Some(of)),
        }
    }

    /// A run.
    pub fn run(&self, id: i64) -> Option<&Run> {
        self.runs.get(&id)
    }

    /// A run, to be changed freely except for `id` and `created_at`. `updated_at` is not moved.
    pub fn run_mut(&mut self, id: i64) -> Option<&mut Run> {
        self.runs.get_mut(&id)
    }

    /// Ids of a repository's (or a workflow's) runs in listing order, newest first.
    pub fn run_ids(&self, scope: i64) -> Vec<i64> {
        self.order.get(&scope).map(|order| order.iter().rev().map(|(_, _, id)| *id).collect()).unwrap_or_default()
    }

    /// Ids of the jobs of an attempt, in order.
    pub fn job_ids(&self, run: i64, attempt: i64) -> Vec<i64> {
        self.runs
            .get(&run)
            .and_then(|run| run.attempts.iter().find(|one| one.number == attempt))
            .map(|one| one.jobs.clone())
            .unwrap_or_default()
    }

    /// A job.
    pub fn job(&self, id: i64) -> Option<&Job> {
        self.jobs.get(&id)
    }

    /// A job, to be changed freely.
    pub fn job_mut(&mut self, id: i64) -> Option<&mut Job> {
        self.jobs.get_mut(&id)
    }

    pub(crate) fn next_job_id(&mut self) -> i64 {
        self.ids.job += 1 + self.ids.noise.below(400) as i64;
        self.ids.job
    }

    /// Sets the text of a job's log; byte order marks are added as the runner does.
    pub fn set_job_log(&mut self, job: i64, text: impl Into<Vec<u8>>) {
        if let Some(job) = self.jobs.get_mut(&job) {
            job.log = Log::Text(text.into().into());
        }
    }

    /// Sets a job's log to be served exactly so.
    pub fn set_exact_job_log(&mut self, job: i64, bytes: impl Into<Vec<u8>>) {
        if let Some(job) = self.jobs.get_mut(&job) {
            job.log = Log::Exact(bytes.into().into());
        }
    }

    /// Loses a job's log: the redirect works, the blob answers 404.
    pub fn remove_log(&mut self, job: i64) {
        if let Some(job) = self.jobs.get_mut(&job) {
            job.log = Log::Missing;
        }
    }

    /// A job's log exactly as the blob store serves it, or `None` where it answers 404.
    pub fn job_log(&self, job: i64) -> Option<Vec<u8>> {
        self.log_maker(job).map(|make| make().to_vec())
    }

    /// How to make a job's log, so that it can be made without holding the world.
    pub(crate) fn log_maker(&self, id: i64) -> Option<Box<dyn FnOnce() -> Rope + Send>> {
        let job = self.jobs.get(&id)?;
        if job.status != "completed" || job.steps.is_empty() {
            return None;
        }
        let crlf = self.behaviour.crlf_logs;
        match job.log.clone() {
            Log::Missing => None,
            Log::Exact(bytes) => Some(Box::new(move || bytes.into())),
            Log::Text(bytes) => Some(Box::new(move || content::as_uploaded(&bytes, crlf).into())),
            Log::Made(make) => Some(Box::new(move || content::as_uploaded(&make(), crlf).into())),
            Log::Rope(make) => Some(Box::new(move || make())),
            Log::Derived => {
                let job = job.clone();
                Some(Box::new(move || content::as_uploaded(&lifecycle::derived_log(&job), crlf).into()))
            }
        }
    }

    /// Adds an artifact to a run, visible at once. Answers 0 if the run does not exist.
    pub fn add_artifact(&mut self, run: i64, spec: ArtifactSpec) -> i64 {
        let now = self.now();
        let Some(owner) = self.runs.get(&run) else { return 0 };
        let attempt = spec.attempt.unwrap_or(owner.latest().number);
        let started_at =
            owner.attempts.iter().find(|one| one.number == attempt).map_or(owner.created_at, |one| one.started_at);
        self.ids.artifact += 1 + self.ids.noise.below(900) as i64;
        let id = self.ids.artifact;
        let created_at = spec.created_at.unwrap_or(now);
        let artifact = Artifact {
            id,
            run,
            attempt,
            job: spec.job,
            name: spec.name,
            stored: Arc::new(Stored::new(spec.content)),
            digest: spec.digest,
            claimed_size: spec.size_bytes,
            created_at,
            // Recorded: 90 days after the job's start, not after the upload.
            expires_at: started_at + self.behaviour.artifact_retention_days * DAY_MS,
            expired: spec.expired,
            lost: spec.lost,
        };
        self.artifacts.insert(id, artifact);
        self.run_artifacts.entry(run).or_default().push(id);
        id
    }

    /// An artifact.
    pub fn artifact(&self, id: i64) -> Option<&Artifact> {
        self.artifacts.get(&id)
    }

    /// An artifact, to be changed freely.
    pub fn artifact_mut(&mut self, id: i64) -> Option<&mut Artifact> {
        self.artifacts.get_mut(&id)
    }

    /// Ids of a run's artifacts, oldest first.
    pub fn artifact_ids(&self, run: i64) -> Vec<i64> {
        self.run_artifacts.get(&run).cloned().unwrap_or_default()
    }

    /// An artifact's blob exactly as served. Not for gigabytes.
    pub fn artifact_bytes(&self, id: i64) -> Option<Vec<u8>> {
        self.artifacts.get(&id).map(|artifact| artifact.stored.rope().to_vec())
    }

    /// Whether an artifact has expired, by hand or by time.
    pub fn is_expired(&self, artifact: &Artifact) -> bool {
        artifact.expired || artifact.expires_at <= self.now()
    }

    /// Expires an artifact: still listed, its download answers 410.
    pub fn expire_artifact(&mut self, id: i64) {
        if let Some(artifact) = self.artifacts.get_mut(&id) {
            artifact.expired = true;
        }
    }

    /// Deletes an artifact: 404 from now on, also for URLs signed before.
    pub fn delete_artifact(&mut self, id: i64) {
        if let Some(artifact) = self.artifacts.remove(&id)
            && let Some(ids) = self.run_artifacts.get_mut(&artifact.run)
        {
            ids.retain(|other| *other != id);
        }
    }

    /// Replaces an artifact as an overwriting upload does: the old id is gone, the new one is returned.
    pub fn replace_artifact(&mut self, id: i64, content: crate::content::Content) -> i64 {
        let Some(old) = self.artifacts.get(&id) else { return 0 };
        let (run, spec) = (
            old.run,
            ArtifactSpec { job: old.job, attempt: Some(old.attempt), ..ArtifactSpec::new(old.name.clone(), content) },
        );
        self.delete_artifact(id);
        self.add_artifact(run, spec)
    }

    /// How many requests came inside a rate-limit window.
    pub fn violations(&self) -> u64 {
        self.violations
    }

    /// How many runs, jobs and artifacts there are.
    pub fn counts(&self) -> (usize, usize, usize) {
        (self.runs.len(), self.jobs.len(), self.artifacts.len())
    }

    /// The path of a blob, which holds the GUIDs of the run and of the job as real ones do.
    pub(crate) fn blob_path(&mut self, target: BlobTarget) -> Option<String> {
        let path = match target {
            BlobTarget::Artifact(id) => {
                let artifact = self.artifacts.get(&id)?;
                let run = self.runs.get(&artifact.run)?;
                let job_guid = match artifact.job.and_then(|job| self.jobs.get(&job)) {
                    Some(job) => job.guid.clone(),
                    None => Noise::keyed(self.seed, id as u64).guid(),
                };
                let name = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(artifact.name.as_bytes()));
                let extension = match artifact.stored.content() {
                    crate::content::Content::Raw { .. } => "",
                    _ => ".zip",
                };
                format!("/actions-results/{}/workflow-job-run-{job_guid}/artifacts/{name}{extension}", run.guid)
            }
            BlobTarget::JobLog(id) => {
                let job = self.jobs.get(&id)?;
                let run = self.runs.get(&job.run)?;
                format!("/actions-results/{}/workflow-job-run-{}/logs/job/job-logs.txt", run.guid, job.guid)
            }
        };
        self.blobs.insert(path.clone(), target);
        Some(path)
    }

    /// A text that depends on nothing but its key (and where the API listens), made once.
    pub(crate) fn cached_text(&self, key: &str, make: impl FnOnce() -> Value) -> Arc<str> {
        if let Some(text) = self.texts.borrow().get(key) {
            return text.clone();
        }
        let text: Arc<str> = make().to_string().into();
        self.texts.borrow_mut().insert(key.to_owned(), text.clone());
        text
    }

    /// Says where the listeners are; URLs made before are forgotten.
    pub(crate) fn set_urls(&mut self, api_url: String, blob_url: String) {
        (self.api_url, self.blob_url) = (api_url, blob_url);
        self.texts.borrow_mut().clear();
        self.repositories.values_mut().for_each(|repository| repository.json = OnceLock::new());
    }

    /// A user's id, the same wherever the login shows up.
    pub(crate) fn user_id(login: &str) -> i64 {
        1_000_000 + (mix_text(7, login) % 180_000_000) as i64
    }
}
