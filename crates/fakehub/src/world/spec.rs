//! What a script says about new runs, jobs, steps and artifacts; everything left out is filled in plausibly.

use std::borrow::Cow;

use crate::content::{Content, Log};

/// A word of GitHub's, kept open: any text can be scripted.
pub type Word = Cow<'static, str>;

/// A new run. The default is a push to `main` by one job that succeeded.
#[derive(Clone, Debug)]
pub struct RunSpec {
    /// When it was created; now if absent.
    pub created_at: Option<i64>,
    /// When its first attempt started; `created_at` if absent.
    pub started_at: Option<i64>,
    /// `push`, `pull_request`, `schedule`, …
    pub event: Word,
    /// The head branch; null if absent.
    pub branch: Option<String>,
    /// The head commit; made up if absent.
    pub sha: Option<String>,
    /// The title; the commit subject or the workflow's name if absent.
    pub title: Option<String>,
    /// Who caused it.
    pub actor: String,
    /// `completed`, `queued`, `in_progress`, `waiting`, …
    pub status: Word,
    /// Only for completed runs.
    pub conclusion: Option<Word>,
    /// Its jobs.
    pub jobs: Vec<JobSpec>,
    /// The owner of the fork its head lives in.
    pub fork: Option<String>,
    /// Numbers of open pull requests with this head. GitHub leaves it empty for forks.
    pub pull_requests: Vec<i64>,
    /// How long a completed run took.
    pub duration_ms: i64,
    /// Attempts that came before, oldest first: (conclusion, started at, duration).
    pub earlier_attempts: Vec<(Word, i64, i64)>,
}

impl Default for RunSpec {
    fn default() -> RunSpec {
        RunSpec {
            created_at: None,
            started_at: None,
            event: "push".into(),
            branch: Some("main".into()),
            sha: None,
            title: None,
            actor: "dev-rowan".into(),
            status: "completed".into(),
            conclusion: Some("success".into()),
            jobs: vec![JobSpec::default()],
            fork: None,
            pull_requests: Vec::new(),
            duration_ms: 180_000,
            earlier_attempts: Vec::new(),
        }
    }
}

impl RunSpec {
    /// A completed run with this conclusion.
    pub fn completed(conclusion: impl Into<Word>) -> RunSpec {
        RunSpec::default().conclusion(conclusion)
    }

    /// A run that waits for a runner.
    pub fn queued() -> RunSpec {
        RunSpec::default().status("queued")
    }

    /// A run at work.
    pub fn in_progress() -> RunSpec {
        RunSpec::default().status("in_progress")
    }

    /// Sets the creation time.
    pub fn created_at(mut self, ms: i64) -> Self {
        self.created_at = Some(ms);
        self
    }

    /// Sets the start of the first attempt.
    pub fn started_at(mut self, ms: i64) -> Self {
        self.started_at = Some(ms);
        self
    }

    /// Sets the event.
    pub fn event(mut self, event: impl Into<Word>) -> Self {
        self.event = event.into();
        self
    }

    /// Sets the head branch.
    pub fn branch(mut self, branch: impl Into<String>) -> Self {
        self.branch = Some(branch.into());
        self
    }

    /// Sets the head commit.
    pub fn sha(mut self, sha: impl Into<String>) -> Self {
        self.sha = Some(sha.into());
        self
    }

    /// Sets the title.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Sets the actor.
    pub fn actor(mut self, actor: impl Into<String>) -> Self {
        self.actor = actor.into();
        self
    }

    /// Sets the status; anything but `completed` clears the conclusion.
    pub fn status(mut self, status: impl Into<Word>) -> Self {
        self.status = status.into();
        if self.status != "completed" {
            self.conclusion = None;
        }
        self
    }

    /// Completes it with this conclusion.
    pub fn conclusion(mut self, conclusion: impl Into<Word>) -> Self {
        self.status = "completed".into();
        self.conclusion = Some(conclusion.into());
        self
    }

    /// Sets the jobs.
    pub fn jobs(mut self, jobs: Vec<JobSpec>) -> Self {
        self.jobs = jobs;
        self
    }

    /// Makes it a run of a fork's head.
    pub fn fork(mut self, owner: impl Into<String>) -> Self {
        self.fork = Some(owner.into());
        self
    }

    /// Sets the pull request numbers.
    pub fn pull_requests(mut self, numbers: Vec<i64>) -> Self {
        self.pull_requests = numbers;
        self
    }

    /// Sets the duration of a completed run.
    pub fn duration_ms(mut self, ms: i64) -> Self {
        self.duration_ms = ms;
        self
    }

    /// Says that an attempt came before.
    pub fn earlier_attempt(mut self, conclusion: impl Into<Word>, started_at: i64, duration_ms: i64) -> Self {
        self.earlier_attempts.push((conclusion.into(), started_at, duration_ms));
        self
    }
}

/// A job of a run. The default is `build` with a few ordinary steps.
#[derive(Clone, Debug)]
pub struct JobSpec {
    /// The name, with the matrix values in brackets.
    pub name: String,
    /// How it ends (or ended). Derived from the run's conclusion if absent.
    pub conclusion: Option<Word>,
    /// Overrides what follows from the run's status.
    pub status: Option<Word>,
    /// Its steps. Skipped jobs have none.
    pub steps: Vec<StepSpec>,
    /// The runner's labels.
    pub labels: Vec<String>,
    /// How long after the run's start it starts.
    pub start_offset_ms: i64,
    /// How long it takes; the rest of the run if absent.
    pub duration_ms: Option<i64>,
    /// Its log, if it runs.
    pub log: Log,
}

impl Default for JobSpec {
    fn default() -> JobSpec {
        JobSpec::named("build")
    }
}

impl JobSpec {
    /// An ordinary job.
    pub fn named(name: impl Into<String>) -> JobSpec {
        JobSpec {
            name: name.into(),
            conclusion: None,
            status: None,
            steps: [
                "Set up job",
                "Run actions/checkout@v5",
                "Run tests",
                "Post Run actions/checkout@v5",
                "Complete job",
            ]
            .map(StepSpec::named)
            .to_vec(),
            labels: vec!["ubuntu-latest".into()],
            start_offset_ms: 4_000,
            duration_ms: None,
            log: Log::Derived,
        }
    }

    /// A job that never ran because its condition was false.
    pub fn skipped(name: impl Into<String>) -> JobSpec {
        JobSpec { steps: Vec::new(), log: Log::Missing, ..JobSpec::named(name).conclusion("skipped") }
    }

    /// Sets how it ends.
    pub fn conclusion(mut self, conclusion: impl Into<Word>) -> Self {
        self.conclusion = Some(conclusion.into());
        self
    }

    /// Overrides its status.
    pub fn status(mut self, status: impl Into<Word>) -> Self {
        self.status = Some(status.into());
        self
    }

    /// Sets the steps by name.
    pub fn steps<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.steps = names.into_iter().map(StepSpec::named).collect();
        self
    }

    /// Sets the runner's labels.
    pub fn labels<S: Into<String>>(mut self, labels: impl IntoIterator<Item = S>) -> Self {
        self.labels = labels.into_iter().map(Into::into).collect();
        self
    }

    /// Sets when it starts and how long it takes.
    pub fn timing(mut self, start_offset_ms: i64, duration_ms: i64) -> Self {
        self.start_offset_ms = start_offset_ms;
        self.duration_ms = Some(duration_ms);
        self
    }

    /// Sets the text of its log.
    pub fn log(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.log = Log::Text(text.into().into());
        self
    }

    /// Says that it leaves no log.
    pub fn without_log(mut self) -> Self {
        self.log = Log::Missing;
        self
    }
}

/// A step of a job.
#[derive(Clone, Debug)]
pub struct StepSpec {
    /// The name.
    pub name: String,
    /// How it ends. Derived from the job's conclusion if absent.
    pub conclusion: Option<Word>,
    /// Its share of the job's time, relative to the other steps.
    pub weight: i64,
}

impl StepSpec {
    /// An ordinary step.
    pub fn named(name: impl Into<String>) -> StepSpec {
        StepSpec { name: name.into(), conclusion: None, weight: 1 }
    }

    /// Sets how it ends.
    pub fn conclusion(mut self, conclusion: impl Into<Word>) -> Self {
        self.conclusion = Some(conclusion.into());
        self
    }

    /// Sets its share of the job's time.
    pub fn weight(mut self, weight: i64) -> Self {
        self.weight = weight;
        self
    }
}

/// What the listing says about an artifact's digest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DigestClaim {
    /// The SHA-256 of the blob.
    #[default]
    Correct,
    /// Nothing, as for old uploads.
    Absent,
    /// Something that is not the SHA-256 of the blob.
    Wrong,
}

/// A new artifact.
#[derive(Clone, Debug)]
pub struct ArtifactSpec {
    /// Its name.
    pub name: String,
    /// What is in it.
    pub content: Content,
    /// What the listing says about the digest.
    pub digest: DigestClaim,
    /// Whether it has expired already.
    pub expired: bool,
    /// When it was uploaded; now if absent.
    pub created_at: Option<i64>,
    /// The job that uploaded it, for the blob path; none in particular if absent.
    pub job: Option<i64>,
    /// The attempt it belongs to; the latest if absent.
    pub attempt: Option<i64>,
    /// What the listing says about the size, if not the truth.
    pub size_bytes: Option<u64>,
    /// Listed, but its blob answers 404: lost upstream.
    pub lost: bool,
}

impl ArtifactSpec {
    /// An artifact with this content.
    pub fn new(name: impl Into<String>, content: Content) -> ArtifactSpec {
        ArtifactSpec {
            name: name.into(),
            content,
            digest: DigestClaim::Correct,
            expired: false,
            created_at: None,
            job: None,
            attempt: None,
            size_bytes: None,
            lost: false,
        }
    }

    /// A zip of these files.
    pub fn zip<N: Into<String>, B: Into<Vec<u8>>>(
        name: impl Into<String>,
        files: impl IntoIterator<Item = (N, B)>,
    ) -> ArtifactSpec {
        let files = files.into_iter().map(|(name, bytes)| (name.into(), bytes.into())).collect();
        ArtifactSpec::new(name, Content::Zip(files))
    }

    /// A single file uploaded without an archive.
    pub fn raw(file_name: impl Into<String>, mime: impl Into<String>, bytes: impl Into<Vec<u8>>) -> ArtifactSpec {
        let file_name = file_name.into();
        ArtifactSpec::new(file_name.clone(), Content::Raw { file_name, mime: mime.into(), bytes: bytes.into() })
    }

    /// Any bytes, served as `application/zip`.
    pub fn bytes(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> ArtifactSpec {
        ArtifactSpec::new(name, Content::Bytes(bytes.into()))
    }

    /// Sets what the listing says about the digest.
    pub fn digest(mut self, digest: DigestClaim) -> Self {
        self.digest = digest;
        self
    }

    /// Makes it expired.
    pub fn expired(mut self) -> Self {
        self.expired = true;
        self
    }

    /// Sets the upload time.
    pub fn created_at(mut self, ms: i64) -> Self {
        self.created_at = Some(ms);
        self
    }

    /// Sets the job that uploaded it.
    pub fn job(mut self, job: i64) -> Self {
        self.job = Some(job);
        self
    }

    /// Sets the attempt it belongs to.
    pub fn attempt(mut self, attempt: i64) -> Self {
        self.attempt = Some(attempt);
        self
    }

    /// Sets the size the listing claims.
    pub fn claimed_size(mut self, bytes: u64) -> Self {
        self.size_bytes = Some(bytes);
        self
    }

    /// Lists it, but loses its blob.
    pub fn lost(mut self) -> Self {
        self.lost = true;
        self
    }
}
