//! A world, its pretend GitHub and the program that mirrors it, under one clock that the test moves;
//! and the comparison of the mirror with the truth.

use crate::support::{Database, Engine, options, reading};
use bytes::Bytes;
use fakehub::{ArtifactSpec, Content, FakeHub, JobSpec, Request, Route, RunSpec, TOKEN, World};
use greenroom::app::{App, Tuning};
use greenroom::blobs::BlobKey;
use greenroom::clock::Clock;
use greenroom::config::{Config, RoomLimits};
use greenroom::events::{Activity, RefreshResult};
use greenroom::model::secret::Secret;
use greenroom::model::{
    Artifact, ArtifactState, FailedItem, Job, LogState, Millis, RefreshSummary, Run, RunDetail, SyncState,
};
use greenroom::store::{FileBlob, FileQuery, RunQuery, StoreError};
use greenroom::tasks::RetryPolicy;
use std::collections::BTreeSet;
use std::io::Read;
use std::time::Duration;

pub const MINUTE: i64 = 60_000;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;
/// Time between polls.
pub const INTERVAL: i64 = 10 * MINUTE;
/// How long a test waits for something that must happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// Makes of each `async fn name(database: Database) { … }` the two tests `name::sqlite` and
/// `name::postgres`.
macro_rules! on_both_engines {
    ($($(#[$attribute:meta])* async fn $name:ident($database:ident: Database) $body:block)+) => {
        $(mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn check($database: $crate::support::Database) $body

            $(#[$attribute])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                $crate::mirror::on_engine($crate::support::Engine::Sqlite, check).await;
            }

            $(#[$attribute])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                $crate::mirror::on_engine($crate::support::Engine::Postgres, check).await;
            }
        })+
    };
}
pub(crate) use on_both_engines;

/// Runs a test on an empty database of one engine, where there is one.
pub async fn on_engine(engine: Engine, test: impl AsyncFnOnce(Database)) {
    if let Some(database) = Database::new(engine).await {
        test(database).await;
    }
}

/// Where a world's first repository and workflow are.
#[derive(Clone, Copy)]
pub struct Place {
    pub repository: i64,
    pub workflow: i64,
}

/// A pretend GitHub and the program that mirrors it.
pub struct Mirror {
    pub hub: FakeHub,
    pub clock: Clock,
    pub config: Config,
    pub tuning: Tuning,
    pub place: Place,
    /// What was mirrored into, for a look behind the store.
    pub database: Database,
    app: Option<App>,
}

impl Mirror {
    /// A world with `octo/shop` and its workflow `CI`, as scripted; nothing is collected yet.
    pub async fn of(database: Database, script: impl FnOnce(&mut World, Place)) -> Mirror {
        Mirror::at(database, fakehub::DEFAULT_NOW_MS, script).await
    }

    /// The same with a world whose time is `now_ms`.
    pub async fn at(database: Database, now_ms: i64, script: impl FnOnce(&mut World, Place)) -> Mirror {
        let mut world = World::at(11, now_ms);
        let repository = world.add_repository("octo", "shop");
        let workflow = world.add_workflow(repository, "CI", ".github/workflows/ci.yml");
        // Whole hours pass in tests; a quota that fills up in between would hide what was spent.
        world.set_quota(50_000, 50_000, now_ms + 100 * DAY);
        let place = Place { repository, workflow };
        script(&mut world, place);
        let clock = Clock::manual(Millis(world.now()));
        let hub = FakeHub::start(world).await.unwrap();
        let config = config(&hub, &database);
        let retry = RetryPolicy { first_delay_ms: 1000, max_attempts: 3, ..RetryPolicy::default() };
        let tuning = Tuning {
            clock: clock.clone(),
            store: options(),
            retry,
            backoff_base: Duration::from_millis(2),
            reader: reading(),
        };
        Mirror { hub, clock, config, tuning, place, database, app: None }
    }

    /// The program, which must have been started.
    pub fn app(&self) -> &App {
        self.app.as_ref().unwrap()
    }

    /// Starts the program, which begins to collect at once.
    pub async fn start(&mut self) {
        self.app = Some(self.another(self.clock.clone()).await);
    }

    /// Answers over HTTP on a free port of loopback.
    pub async fn serve(&mut self) -> std::net::SocketAddr {
        let listener = tokio::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        self.app.as_mut().unwrap().answer(listener, &self.config, self.clock.clone()).unwrap()
    }

    /// Starts one more program on the same database, with a clock of its own.
    pub async fn another(&self, clock: Clock) -> App {
        loop {
            match App::start(&self.config, Tuning { clock: clock.clone(), ..self.tuning.clone() }).await {
                Ok(app) => return app,
                // A killed program lets go of its file when its last task is dropped.
                Err(error) if matches!(error.downcast_ref(), Some(StoreError::InUse { .. })) => {
                    tokio::task::yield_now().await
                }
                Err(error) => panic!("could not start: {error:#}"),
            }
        }
    }

    /// Starts the program and waits for the end of the first sync.
    pub async fn sync(&mut self) {
        self.start().await;
        self.settled().await;
    }

    /// Drops the program in the middle of whatever it does.
    pub fn kill(&mut self) {
        self.app = None;
    }

    /// Stops the program in order.
    pub async fn stop(&mut self) {
        self.app.take().unwrap().stop().await;
    }

    pub fn activity(&self) -> Activity {
        self.app().hub.activity()
    }

    /// Waits until no check is under way and nothing is due.
    pub async fn settled(&self) {
        self.until("nothing is left to do", async || self.is_settled(self.app()).await).await;
    }

    async fn is_settled(&self, app: &App) -> bool {
        let due = app.store.due_counts(self.clock.now()).await.unwrap();
        app.hub.activity().next_poll_at.is_some() && due.all() == 0
    }

    /// Waits until something holds, looking at every event of the program.
    pub async fn until(&self, what: &str, holds: impl AsyncFn() -> bool) {
        let mut events = self.app().hub.listen();
        let looking = async {
            while !holds().await {
                // Not everything a test waits for is announced.
                let _ = tokio::time::timeout(Duration::from_millis(20), events.recv()).await;
            }
        };
        if tokio::time::timeout(PATIENCE, looking).await.is_err() {
            let items = self.app().store.sync_items().await;
            panic!("waited in vain until {what}: {:#?}\n{items:#?}", self.activity());
        }
    }

    /// Waits until the first sync is said to be over, which follows its last download.
    pub async fn first_sync_over(&self) {
        self.until("the first sync is over", async || self.activity().state == SyncState::Operational).await;
    }

    /// Lets time pass on both sides.
    pub fn pass(&self, ms: i64) {
        self.hub.world(|world| world.advance(ms));
        self.clock.advance(ms);
    }

    /// Lets time pass until the next poll is due, and waits for all that follows from it.
    pub async fn poll(&self) {
        let due = self.activity().next_poll_at.unwrap();
        self.pass(due.since(self.clock.now()).max(0) + 1);
        self.until("the poll has ended", async || self.activity().next_poll_at.is_some_and(|next| next > due)).await;
        self.settled().await;
    }

    pub async fn try_refresh(&self) -> RefreshResult {
        self.app().hub.refresh().await
    }

    /// A refresh that must succeed.
    pub async fn refresh(&self) -> RefreshSummary {
        self.try_refresh().await.unwrap()
    }

    /// Requests of a kind so far.
    pub fn requests(&self, route: Route) -> Vec<Request> {
        self.hub.requests().into_iter().filter(|request| route == Route::Any || request.route == route).collect()
    }

    pub fn count(&self, route: Route) -> usize {
        self.requests(route).len()
    }

    /// Requests whose path contains `part`.
    pub fn asked_for(&self, part: &str) -> Vec<Request> {
        self.hub.requests().into_iter().filter(|request| request.path.contains(part)).collect()
    }

    /// The requests that fetched the content of an artifact.
    pub fn fetches(&self, artifact: i64) -> usize {
        self.asked_for(&format!("/artifacts/{artifact}/zip")).len()
    }

    pub fn add_run(&self, spec: RunSpec) -> i64 {
        self.hub.world(|world| world.add_run(self.place.workflow, spec))
    }

    pub async fn run(&self, id: i64) -> Option<RunDetail> {
        self.app().store.run(id).await.unwrap()
    }

    pub async fn artifact(&self, id: i64) -> Artifact {
        self.app().store.artifact(id).await.unwrap().unwrap_or_else(|| panic!("artifact {id} is not mirrored"))
    }

    pub async fn state(&self, artifact: i64) -> ArtifactState {
        self.artifact(artifact).await.state
    }

    pub async fn job(&self, run: i64, attempt: i64, id: i64) -> Job {
        let jobs = self.app().store.jobs(run, attempt).await.unwrap();
        jobs.into_iter().find(|job| job.id == id).unwrap_or_else(|| panic!("job {id} is not mirrored"))
    }

    /// Whether an artifact is known and mirrored whole.
    pub async fn is_complete(&self, id: i64) -> bool {
        let artifact = self.app().store.artifact(id).await.unwrap();
        artifact.is_some_and(|artifact| artifact.state == ArtifactState::Complete)
    }

    /// What failed or was given up.
    pub async fn failed(&self) -> Vec<FailedItem> {
        self.app().store.sync_items().await.unwrap().1
    }

    /// All mirrored runs, newest first.
    pub async fn runs(&self) -> Vec<Run> {
        let mut runs = Vec::new();
        let mut after = None;
        loop {
            let page = self.app().store.runs(&RunQuery { after, limit: 100, ..RunQuery::default() }).await.unwrap();
            runs.extend(page.items);
            match page.next {
                Some(next) => after = Some(next),
                None => return runs,
            }
        }
    }

    pub async fn files(&self, run_id: i64, artifact_id: i64) -> Vec<FileBlob> {
        let query = FileQuery { run_id, artifact_id: Some(artifact_id), limit: 100, ..FileQuery::default() };
        let mut files = Vec::new();
        for file in self.app().store.files(&query).await.unwrap().items {
            let (artifact, ordinal) = file.id.split_once('.').unwrap();
            files.push(
                self.app().store.file(artifact.parse().unwrap(), ordinal.parse().unwrap()).await.unwrap().unwrap(),
            );
        }
        files
    }

    /// A blob of the store, whole.
    pub async fn blob(&self, key: &str) -> Bytes {
        self.app().blobs.read_all(&BlobKey::parse(key).unwrap(), 1 << 30).await.unwrap()
    }

    /// The bytes of an artifact as mirrored, if it has any.
    pub async fn archive(&self, artifact: i64) -> Option<Bytes> {
        let row = self.app().store.artifact_blob(artifact).await.unwrap().unwrap();
        match row.blob {
            Some(key) => Some(self.blob(&key).await),
            None => None,
        }
    }

    /// The bytes of a file as a viewer would get them.
    pub async fn file_bytes(&self, file: &FileBlob) -> Vec<u8> {
        let blob = self.blob(file.blob.as_deref().unwrap()).await;
        if file.is_single {
            return blob.to_vec();
        }
        let start = file.data_offset as usize;
        let compressed = &blob[start..start + file.file.compressed_bytes as usize];
        let mut reader = artifact::open(compressed, file.method as u16, file.file.size_bytes as u64, file.crc32 as u32);
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).unwrap();
        bytes
    }

    /// The log of a job as mirrored, if there is one.
    pub async fn log(&self, job: i64) -> Option<Bytes> {
        let log = self.app().store.job_log(job).await.unwrap().unwrap();
        match log.blob {
            Some(key) => Some(self.blob(&key).await),
            None => None,
        }
    }

    /// Fails unless the mirror holds exactly what the world does, everything complete.
    pub async fn assert_equals_truth(&self) {
        self.assert_equals_truth_but(&[]).await;
    }

    /// The same, but for the artifacts named: for those the test has a word of its own.
    pub async fn assert_equals_truth_but(&self, exceptions: &[i64]) {
        let expected: BTreeSet<i64> =
            self.hub.world(|world| world.run_ids(self.place.repository)).into_iter().collect();
        let mirrored: BTreeSet<i64> =
            self.runs().await.into_iter().filter(|run| !run.deleted_upstream).map(|run| run.id).collect();
        assert_eq!(mirrored, expected, "the set of runs");
        for id in expected {
            self.assert_run_equals_truth(id, exceptions).await;
        }
    }

    pub async fn assert_run_equals_truth(&self, id: i64, exceptions: &[i64]) {
        let truth = self.hub.world(|world| world.run(id).unwrap().clone());
        let mirrored = self.run(id).await.unwrap_or_else(|| panic!("run {id} is not mirrored"));
        let run = &mirrored.run;
        assert_eq!(
            (run.status.as_str(), run.conclusion.as_deref(), run.attempt, run.run_number, run.title.as_str()),
            (truth.status(), truth.conclusion(), truth.latest().number, truth.run_number, truth.title.as_str()),
            "run {id}"
        );
        assert_eq!(
            (run.event.as_str(), run.actor.as_str(), &run.head_sha),
            (truth.event.as_ref(), truth.actor.as_str(), &truth.sha),
            "run {id}"
        );
        assert_eq!(
            (run.created_at.0 / 1000, run.updated_at.0 / 1000),
            (truth.created_at / 1000, truth.updated_at / 1000),
            "run {id}"
        );
        assert_eq!(run.pull_requests, truth.pull_requests, "run {id}");
        let mut attempts: Vec<_> =
            mirrored.attempts.iter().map(|a| (a.attempt, a.status.clone(), a.conclusion.clone())).collect();
        attempts.sort();
        let expected: Vec<_> = truth
            .attempts
            .iter()
            .map(|a| (a.number, a.status.to_string(), a.conclusion.as_deref().map(str::to_owned)))
            .collect();
        assert_eq!(attempts, expected, "attempts of run {id}");
        for attempt in &truth.attempts {
            self.assert_jobs_equal_truth(id, attempt.number).await;
        }
        let ids: BTreeSet<i64> = mirrored.artifacts.iter().map(|artifact| artifact.id).collect();
        let expected: BTreeSet<i64> = self.hub.world(|world| world.artifact_ids(id)).into_iter().collect();
        let missing: Vec<i64> = expected.difference(&ids).copied().collect();
        assert!(missing.is_empty(), "artifacts {missing:?} of run {id} are not mirrored");
        for artifact in expected.iter().filter(|artifact| !exceptions.contains(artifact)) {
            self.assert_artifact_is_complete(*artifact).await;
        }
    }

    async fn assert_jobs_equal_truth(&self, run: i64, attempt: i64) {
        let truth: Vec<_> = self.hub.world(|world| {
            let ids = world.job_ids(run, attempt);
            ids.into_iter().map(|id| (world.job(id).unwrap().clone(), world.job_log(id))).collect()
        });
        let mirrored = self.app().store.jobs(run, attempt).await.unwrap();
        let ids: BTreeSet<i64> = mirrored.iter().map(|job| job.id).collect();
        assert_eq!(ids, truth.iter().map(|(job, _)| job.id).collect(), "jobs of run {run}, attempt {attempt}");
        for (truth, log) in truth {
            let job = mirrored.iter().find(|job| job.id == truth.id).unwrap();
            assert_eq!(
                (job.status.as_str(), job.conclusion.as_deref()),
                (truth.status.as_ref(), truth.conclusion.as_deref()),
                "job {}",
                job.id
            );
            assert_eq!(job.steps.len(), truth.steps.len(), "steps of job {}", job.id);
            let state = match (truth.status.as_ref(), &log) {
                ("completed", Some(_)) => LogState::Complete,
                ("completed", None) => LogState::Missing,
                _ => LogState::Unfinished,
            };
            assert_eq!(job.log.state, state, "log of job {}: {:?}", job.id, job.log.reason);
            assert_eq!(self.log(job.id).await.as_deref(), log.as_deref(), "log of job {}", job.id);
        }
    }

    /// Fails unless every byte of an artifact is there and right: the archive and each file in it.
    pub async fn assert_artifact_is_complete(&self, id: i64) {
        let artifact = self.artifact(id).await;
        assert_eq!(artifact.state, ArtifactState::Complete, "artifact {id}: {:?}", artifact.reason);
        self.assert_bytes_equal_truth(&artifact).await;
    }

    async fn assert_bytes_equal_truth(&self, artifact: &Artifact) {
        let id = artifact.id;
        let (stored, bytes) =
            self.hub.world(|world| (world.artifact(id).unwrap().stored.clone(), world.artifact_bytes(id).unwrap()));
        assert_eq!(self.archive(id).await.as_deref(), Some(bytes.as_slice()), "bytes of artifact {id}");
        let expected: Vec<(String, Vec<u8>)> = match stored.content() {
            Content::Zip(files) | Content::StoredZip(files) => files.clone(),
            Content::Raw { file_name, bytes, .. } => vec![(file_name.clone(), bytes.clone())],
            _ => return,
        };
        let files = self.files(artifact.run_id, id).await;
        assert_eq!(files.len() as i64, artifact.file_count, "files of artifact {id}");
        let mut mirrored = Vec::new();
        for file in &files {
            mirrored.push((file.file.path.clone(), self.file_bytes(file).await));
        }
        assert_eq!(mirrored, expected, "files of artifact {id}");
    }

    /// Looks once at everything that is said to be complete; gives the number of artifacts.
    pub async fn assert_complete_is_true(&self) -> usize {
        let mut complete = 0;
        for run in self.runs().await {
            for artifact in self.run(run.id).await.unwrap().artifacts {
                if artifact.state == ArtifactState::Complete {
                    self.assert_bytes_equal_truth(&artifact).await;
                    complete += 1;
                }
            }
        }
        complete
    }
}

/// Settings as `serve` would have them, for the pretend GitHub and a temporary folder.
fn config(hub: &FakeHub, database: &Database) -> Config {
    Config {
        token: Secret::new(TOKEN),
        repositories: vec![("octo".into(), "shop".into())],
        api_url: hub.api_url(),
        api_timeout: Duration::from_secs(10),
        poll_interval_ms: INTERVAL,
        initial_sync_days: 30,
        downloads: 3,
        retry_failed: true,
        max_file_bytes: 100 << 20,
        max_artifact_bytes: 1 << 20,
        keep_days: 0,
        database_url: database.address.clone(),
        file_storage: database.folder().join("files").display().to_string(),
        room: RoomLimits::default(),
        adopt_storage: false,
        host: std::net::Ipv4Addr::LOCALHOST.into(),
        port: 0,
        allowed_hosts: Vec::new(),
    }
}

/// A run that ended well some time ago.
pub fn past(world: &World, ms_ago: i64) -> RunSpec {
    RunSpec::completed("success").created_at(world.now() - ms_ago)
}

/// The same without jobs, for worlds of many.
pub fn bare(world: &World, ms_ago: i64) -> RunSpec {
    past(world, ms_ago).jobs(Vec::new())
}

/// A small archive whose content depends on its name.
pub fn report(name: &str) -> ArtifactSpec {
    let json = format!("{{\"suite\":\"{name}\",\"passed\":12}}");
    let log = format!("{name}\n").repeat(200);
    ArtifactSpec::zip(
        name,
        [("report.json", json.into_bytes()), ("logs/server.log", log.into_bytes()), ("empty.txt", Vec::new())],
    )
}

/// `count` completed runs an hour apart, newest first, each with a job and an artifact.
pub fn team(world: &mut World, place: Place, count: i64) -> Vec<i64> {
    let mut runs = Vec::new();
    for n in 0..count {
        let spec = past(world, (n + 1) * HOUR).jobs(vec![JobSpec::named("test")]);
        let run = world.add_run(place.workflow, spec);
        world.add_artifact(run, report(&format!("report-{n}")).created_at(world.now() - (n + 1) * HOUR + 2 * MINUTE));
        runs.push(run);
    }
    runs
}
