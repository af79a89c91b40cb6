//! Builders of what GitHub tells, showing only what a test is about.

use greenroom::model::task::TaskKind;
use greenroom::model::upstream::{Artifact, Job, Repository, Run, Workflow};
use greenroom::model::{ArtifactState, DAY_MS, FileType, LogState, Millis};
use greenroom::store::{ArtifactContent, Claimed, EntryRow, JobRecord, Lane, NewTask, RunPlan, Store};

/// The repository of most tests.
pub const REPOSITORY: i64 = 11;
/// The workflow of most tests.
pub const WORKFLOW: i64 = 22;
/// In whose name most tests claim.
pub const OWNER: &str = "one";
/// A moment in the middle of a UTC day.
pub const NOON: Millis = Millis(20_000 * DAY_MS + DAY_MS / 2);

pub fn repository() -> Repository {
    Repository {
        id: REPOSITORY,
        owner: "acme".into(),
        name: "shop".into(),
        default_branch: "main".into(),
        html_url: "https://github.example/acme/shop".into(),
        private: false,
    }
}

pub fn workflow(id: i64, name: &str) -> Workflow {
    Workflow {
        id,
        name: name.into(),
        path: format!(".github/workflows/{name}.yml"),
        state: "active".into(),
        html_url: format!("https://github.example/acme/shop/{id}"),
        badge_url: format!("https://github.example/acme/shop/{id}.svg"),
        created_at: Some(NOON),
        updated_at: Some(NOON),
    }
}

/// A run's first attempt that has succeeded after a minute.
pub fn run(id: i64) -> Run {
    Run {
        id,
        workflow_id: WORKFLOW,
        workflow_name: "tests".into(),
        workflow_path: ".github/workflows/tests.yml".into(),
        run_number: id,
        attempt: 1,
        title: format!("run {id}"),
        event: "push".into(),
        status: "completed".into(),
        conclusion: Some("success".into()),
        branch: "main".into(),
        head_sha: format!("{id:040x}"),
        tree_sha: String::new(),
        commit_message: "change".into(),
        commit_author: "Ada".into(),
        actor: "ada".into(),
        pull_requests: vec![],
        fork: false,
        created_at: NOON,
        started_at: Some(NOON),
        updated_at: NOON.plus(60_000),
        html_url: String::new(),
    }
}

/// A run that is under way.
pub fn running(id: i64) -> Run {
    Run { status: "in_progress".into(), conclusion: None, updated_at: NOON.plus(1_000), ..run(id) }
}

/// A job of the first attempt that ended after 50 seconds.
pub fn job(id: i64, run_id: i64) -> Job {
    Job {
        id,
        run_id,
        attempt: Some(1),
        name: "unit".into(),
        status: "completed".into(),
        conclusion: Some("success".into()),
        created_at: Some(NOON),
        started_at: Some(NOON.plus(5_000)),
        completed_at: Some(NOON.plus(50_000)),
        runner_name: "runner 1".into(),
        labels: vec!["ubuntu-latest".into()],
        html_url: String::new(),
        steps: vec![],
    }
}

pub fn job_record(job: Job) -> JobRecord {
    JobRecord { attempt: job.attempt.unwrap(), job, log_state: LogState::Pending }
}

pub fn artifact(id: i64) -> Artifact {
    Artifact {
        id,
        run_id: None,
        name: "screenshots".into(),
        size_bytes: 1_000,
        digest: Some("sha256:aa".into()),
        expired: false,
        created_at: Some(NOON.plus(30_000)),
        expires_at: Some(NOON.plus(90 * DAY_MS)),
    }
}

pub fn task(kind: TaskKind, subject: i64) -> NewTask {
    NewTask { kind, subject, repository_id: REPOSITORY, run_id: 1, position: NOON.0, due_at: NOON }
}

pub fn entry(ordinal: i64, path: &str, file_type: FileType, size_bytes: i64) -> EntryRow {
    EntryRow {
        ordinal,
        path: path.into(),
        raw_path: None,
        size_bytes,
        compressed_bytes: size_bytes / 2,
        method: 8,
        data_offset: 30 + ordinal * 100,
        crc32: 4_000_000_000,
        file_type,
        media_type: "text/plain".into(),
        flags: String::new(),
    }
}

pub fn content(entries: Vec<EntryRow>) -> ArtifactContent {
    ArtifactContent {
        state: ArtifactState::Complete,
        reason: None,
        blob: "artifacts/1.zip".into(),
        blob_bytes: 900,
        sha256: "aa".into(),
        form: "zip",
        entries,
        content_at: NOON,
    }
}

/// Writes the repository and the workflow of most tests.
pub async fn with_repository(store: &Store) {
    store.record_repository(&repository()).await.unwrap();
    store.record_workflows(REPOSITORY, &[workflow(WORKFLOW, "tests")]).await.unwrap();
}

/// Writes runs without any work following from them.
pub async fn with_runs(store: &Store, runs: &[Run]) {
    with_repository(store).await;
    record(store, runs).await;
}

pub async fn record(store: &Store, runs: &[Run]) {
    store.record_runs(REPOSITORY, &RunPlan { runs: runs.to_vec(), ..RunPlan::default() }).await.unwrap();
}

/// Claims the next task of a lane for [`OWNER`] until an hour after noon.
pub async fn claim(store: &Store, lane: Lane) -> Option<Claimed> {
    store.claim(lane, OWNER, NOON, NOON.plus(3_600_000)).await.unwrap()
}

/// Enqueues one task and claims it.
pub async fn claimed(store: &Store, kind: TaskKind, subject: i64) -> Claimed {
    store.enqueue(&[task(kind, subject)]).await.unwrap();
    let claimed = claim(store, kind.lane()).await.unwrap();
    assert_eq!((claimed.kind, claimed.subject), (kind, subject));
    claimed
}

/// Writes the details of a run as its latest state asks for, claiming the task for it.
pub async fn detail(store: &Store, run_id: i64, jobs: &[JobRecord]) {
    let claimed = claimed(store, TaskKind::RunDetails, run_id).await;
    let seen = store.run_to_detail(run_id).await.unwrap().unwrap();
    store.record_details(&claimed, OWNER, &seen, jobs, &[], NOON).await.unwrap();
}
