//! From configuration to a running program: opens the stores, starts the workers, the collector and
//! the server, and puts everything down in order when asked to.

use crate::api::{self, Api};
use crate::blobs::{BlobKey, Blobs, NotKept};
use crate::care::{self, Garbage, Mender, Room};
use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::events::Hub;
use crate::forge::{Forge, ForgeError, ForgeOptions};
use crate::history::History;
use crate::ingest::{Ingest, IngestOptions, Mirror};
use crate::model::task::{Lane, TaskKind};
use crate::model::{HOUR_MS, MINUTE_MS, SECOND_MS};
use crate::reader::{self, Reader, ReaderError};
use crate::retention::Retention;
use crate::store::{Claimed, Store, StoreError, StoreOptions};
use crate::sync::{Collector, SyncOptions};
use crate::tasks::{Outcome, RetryPolicy, Tasks};
use anyhow::Context;
use axum::serve::ListenerExt;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tracing::{info, warn};

/// Workers for small requests to the API: as many as the gate in front of GitHub lets through at once.
const METADATA_WORKERS: usize = 4;
/// Workers for content beyond the downloads at a time: while some read what has arrived, as many
/// downloads as allowed go on.
const READING_WORKERS: usize = 2;
/// Workers that read reports and logs: one parses while the other writes.
const HISTORY_WORKERS: usize = 2;
/// Pause between two looks whether content can be kept again.
const STORAGE_PAUSE_MS: i64 = 5 * SECOND_MS;
/// How long an item waits whose content could not be kept: others may be small enough.
const STORAGE_WAIT_MS: i64 = MINUTE_MS;
/// How long an item waits that the database was no help with: its own trouble, not the item's.
const DATABASE_WAIT_MS: i64 = 5 * SECOND_MS;
/// How long an item waits for which no process could be started that reads.
const READER_PAUSE_MS: i64 = 5 * SECOND_MS;
/// How long requests may take to end once the program is asked to stop.
const GRACE: Duration = Duration::from_secs(10);

/// What tests and benchmarks set besides the configuration.
#[derive(Clone, Debug)]
pub struct Tuning {
    /// What time it is.
    pub clock: Clock,
    /// How the database is opened.
    pub store: StoreOptions,
    /// When failed work is tried again.
    pub retry: RetryPolicy,
    /// First pause between tries of one request to GitHub.
    pub backoff_base: Duration,
    /// How content is read apart.
    pub reader: reader::Options,
}

impl Default for Tuning {
    fn default() -> Self {
        Tuning {
            clock: Clock::System,
            store: StoreOptions::default(),
            retry: RetryPolicy::default(),
            backoff_base: Duration::from_millis(500),
            reader: reader::Options::default(),
        }
    }
}

/// Takes the address to listen on; before anything else, so that a port that is taken is found
/// before GitHub is asked.
///
/// # Errors
/// The address cannot be listened on.
pub async fn bind(config: &Config) -> anyhow::Result<TcpListener> {
    let wanted = SocketAddr::new(config.host, config.port);
    TcpListener::bind(wanted).await.with_context(|| format!("could not listen on {wanted} (HOST, PORT)"))
}

/// Opens the place for content.
///
/// # Errors
/// It cannot be used; a [`ConfigError`] that names the setting leads the chain.
pub async fn open_blobs(config: &Config) -> anyhow::Result<Blobs> {
    Blobs::open(&config.file_storage).await.with_context(|| ConfigError {
        setting: "FILE_STORAGE_PATH".into(),
        problem: format!("{:?} cannot be used", config.file_storage),
    })
}

/// Removes what killed processes have left; that it could not is no reason not to start.
async fn sweep_spool(blobs: &Blobs, older_than_ms: i64) {
    match blobs.sweep_spool(Duration::from_millis(older_than_ms as u64), false).await {
        Ok(0) => {}
        Ok(files) => info!(files, "deleted spool files left by an earlier process"),
        Err(error) => warn!(error = format!("{error:#}"), "could not delete spool files"),
    }
}

/// The program, running.
pub struct App {
    /// The database.
    pub store: Store,
    /// Content.
    pub blobs: Blobs,
    /// What changes, and the bell.
    pub hub: Hub,
    /// GitHub.
    pub forge: Forge,
    /// Removes old content.
    pub retention: Retention,
    /// Removes what no row names.
    pub garbage: Garbage,
    tasks: Tasks,
    reader: reader::Options,
    stopping: watch::Sender<bool>,
    running: JoinSet<()>,
    server: Option<JoinHandle<()>>,
}

impl App {
    /// Opens everything and begins to collect. Does not listen.
    ///
    /// # Errors
    /// The database or the place for content cannot be used.
    pub async fn start(config: &Config, tuning: Tuning) -> anyhow::Result<App> {
        let store = Store::open(&config.database_url, tuning.store).await?;
        let blobs = open_blobs(config).await?;
        care::agree(&store, &blobs, config.adopt_storage).await?;
        let clock = tuning.clock;
        let hub = Hub::new();
        let owner = format!("{}-{:08x}", std::process::id(), rand::random::<u32>());
        let policy = RetryPolicy { retry: config.retry_failed && tuning.retry.retry, ..tuning.retry };
        let tasks = Tasks::new(store.clone(), clock.clone(), &owner, policy);
        if !store.is_shared() && !mutant!("leases-outlive-process") {
            store.free_leases().await?;
        }
        if !mutant!("spool-never-swept") {
            sweep_spool(&blobs, if store.is_shared() { HOUR_MS } else { 0 }).await;
        }
        let forge = Forge::new(ForgeOptions {
            api_url: config.api_url.clone(),
            token: config.token.clone(),
            timeout: config.api_timeout,
            clock: clock.clone(),
            backoff_base: tuning.backoff_base,
        })?;
        let retention = Retention {
            store: store.clone(),
            blobs: blobs.clone(),
            hub: hub.clone(),
            clock: clock.clone(),
            keep_days: config.keep_days,
        };
        let garbage = Garbage { store: store.clone(), blobs: blobs.clone(), clock: clock.clone() };
        let mut app = App {
            store,
            blobs,
            hub,
            forge,
            retention,
            garbage,
            tasks,
            reader: tuning.reader,
            stopping: watch::channel(false).0,
            running: JoinSet::new(),
            server: None,
        };
        app.collect(config, clock);
        Ok(app)
    }

    fn collect(&mut self, config: &Config, clock: Clock) {
        let options = SyncOptions {
            repositories: config.repositories.clone(),
            initial_sync_days: config.initial_sync_days,
            poll_interval_ms: config.poll_interval_ms,
        };
        let collector = Collector::new(
            self.forge.clone(),
            self.store.clone(),
            self.hub.clone(),
            self.tasks.clone(),
            clock.clone(),
            options,
        );
        let limits = IngestOptions {
            max_artifact_bytes: config.max_artifact_bytes,
            max_file_bytes: config.max_file_bytes,
            keep_days: config.keep_days,
            downloads: config.downloads,
        };
        let reader = Reader::new(self.reader.clone());
        let ingest = Ingest::new(
            Mirror {
                forge: self.forge.clone(),
                store: self.store.clone(),
                blobs: self.blobs.clone(),
                hub: self.hub.clone(),
            },
            reader.clone(),
            self.tasks.clone(),
            clock.clone(),
            limits,
        );
        let history = History {
            store: self.store.clone(),
            blobs: self.blobs.clone(),
            reader,
            hub: self.hub.clone(),
            tasks: self.tasks.clone(),
            clock: clock.clone(),
            max_file_bytes: config.max_file_bytes,
        };
        let mending_clock = clock.clone();
        let hands = Hands {
            collector: collector.clone(),
            ingest,
            history: history.clone(),
            blobs: self.blobs.clone(),
            garbage: self.garbage.clone(),
            room: Room::new(config.room, self.store.clone(), self.blobs.clone()),
            hub: self.hub.clone(),
            clock,
        };
        for _ in 0..METADATA_WORKERS {
            self.spawn_worker(Lane::Metadata, hands.clone());
        }
        for _ in 0..config.downloads + READING_WORKERS {
            self.spawn_worker(Lane::Download, hands.clone());
        }
        for _ in 0..HISTORY_WORKERS {
            self.spawn_worker(Lane::Reading, hands.clone());
        }
        self.running.spawn(history.run(self.stopping.subscribe()));
        self.running.spawn(collector.clone().show_progress(self.stopping.subscribe()));
        if let Some(ear) = self.hub.take_ear() {
            self.running.spawn(collector.run(ear, self.stopping.subscribe()));
        }
        self.running.spawn(self.retention.clone().run(self.stopping.subscribe()));
        self.running.spawn(self.garbage.clone().run(self.stopping.subscribe()));
        let mender = Mender {
            store: self.store.clone(),
            blobs: self.blobs.clone(),
            hub: self.hub.clone(),
            tasks: self.tasks.clone(),
            clock: mending_clock,
        };
        self.running.spawn(mender.run(self.stopping.subscribe()));
    }

    fn spawn_worker(&mut self, lane: Lane, hands: Hands) {
        let tasks = self.tasks.clone();
        self.running.spawn(async move {
            tasks
                .work(lane, move |claimed| {
                    let hands = hands.clone();
                    async move { hands.handle(claimed).await }
                })
                .await;
        });
    }

    /// Answers on `listener`; gives its address.
    ///
    /// # Errors
    /// The listener has no address.
    pub fn answer(&mut self, listener: TcpListener, config: &Config, clock: Clock) -> anyhow::Result<SocketAddr> {
        let address = listener.local_addr()?;
        let settings = api::Settings {
            allowed_hosts: config.allowed_hosts.clone(),
            max_file_bytes: config.max_file_bytes,
            collecting: true,
        };
        let api = Api {
            store: self.store.clone(),
            blobs: self.blobs.clone(),
            // Its own: who looks does not wait for what is collected.
            reader: Reader::new(self.reader.clone()),
            hub: self.hub.clone(),
            clock,
            settings,
        };
        let router = api::router(api);
        let mut stopping = self.stopping.subscribe();
        self.server = Some(tokio::spawn(async move {
            let stop = async move {
                let _ = stopping.wait_for(|stop| *stop).await;
            };
            // Headers and body are two writes: without this the second waits 40 ms for the client's acknowledgement.
            let listener = listener.tap_io(|connection| {
                let _ = connection.set_nodelay(true);
            });
            if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stop).await {
                warn!(%error, "the server ended");
            }
        }));
        Ok(address)
    }

    /// Stops collecting and answering, gives tasks back, closes the database.
    pub async fn stop(mut self) {
        self.stopping.send_replace(true);
        self.tasks.stop();
        let server = self.server.take();
        let ending = async {
            while self.running.join_next().await.is_some() {}
            if let Some(mut server) = server {
                // Live connections never end by themselves.
                if tokio::time::timeout(Duration::from_secs(2), &mut server).await.is_err() {
                    server.abort();
                }
            }
        };
        if tokio::time::timeout(GRACE, ending).await.is_err() {
            warn!("some work did not end in time and was broken off");
            self.running.abort_all();
        }
        if let Err(error) = self.store.release_all(self.tasks.owner()).await {
            warn!(%error, "could not give back the tasks in hand");
        }
        self.store.close().await;
        info!("stopped");
    }
}

/// Does tasks by their kind.
#[derive(Clone)]
struct Hands {
    collector: Collector,
    ingest: Ingest,
    history: History,
    blobs: Blobs,
    garbage: Garbage,
    room: Room,
    hub: Hub,
    clock: Clock,
}

impl Hands {
    async fn handle(self, claimed: Claimed) -> Outcome {
        if let Some(wait) = self.wait_for_storage(&claimed).await {
            return wait;
        }
        let done = match claimed.kind {
            TaskKind::RunDetails | TaskKind::Recheck => self.collector.look_into(&claimed).await,
            TaskKind::Artifact => self.ingest.artifact(&claimed).await,
            TaskKind::Log => self.ingest.log(&claimed).await,
            TaskKind::Reports => self.history.reports(&claimed).await,
            TaskKind::LogFailures => self.history.log_failures(&claimed).await,
            TaskKind::Tests => self.history.tests(&claimed).await,
        };
        match done {
            Ok(outcome) => outcome,
            Err(error) => {
                if let Some(StoreError::Fenced { .. }) = error.downcast_ref() {
                    self.clear_away(&claimed).await;
                }
                self.judge(&error)
            }
        }
    }

    /// Whoever comes too late may have put a blob that no row will ever name.
    async fn clear_away(&self, claimed: &Claimed) {
        let key = match claimed.kind {
            TaskKind::Artifact => BlobKey::artifact(claimed.repository_id, claimed.subject),
            TaskKind::Log => BlobKey::log(claimed.repository_id, claimed.subject),
            _ => return,
        };
        if let Err(error) = self.garbage.remove(&key).await {
            warn!(error = format!("{error:#}"), "could not remove what came too late; the daily collection will");
        }
    }

    /// While content cannot be kept, none is asked for: GitHub counts every request.
    async fn wait_for_storage(&self, claimed: &Claimed) -> Option<Outcome> {
        if claimed.kind.lane() != Lane::Download {
            return None;
        }
        let room = self.room.left().await;
        if room.is_ok() && self.hub.activity().storage_error.is_none() {
            return None;
        }
        let usable = match room {
            Ok(()) => self.blobs.usable().await,
            full => full,
        };
        match usable {
            Ok(()) => {
                info!("content can be kept again");
                self.hub.update(|activity| activity.storage_error = None);
                None
            }
            Err(error) => {
                self.show_storage_error(&error);
                let now = self.clock.now();
                Some(Outcome::Blocked(now.plus(STORAGE_PAUSE_MS), now))
            }
        }
    }

    /// What an error means for the task: trouble with the token is nobody's fault.
    fn judge(&self, error: &anyhow::Error) -> Outcome {
        let now = self.clock.now();
        match error.downcast_ref::<StoreError>() {
            Some(StoreError::Fenced { .. }) => return Outcome::Later(now),
            Some(error) if error.is_unavailable() => return Outcome::Later(now.plus(DATABASE_WAIT_MS)),
            _ => {}
        }
        if error.is::<NotKept>() || matches!(error.downcast_ref(), Some(ForgeError::Spool { .. })) {
            self.show_storage_error(error);
            return Outcome::Blocked(now.plus(STORAGE_PAUSE_MS), now.plus(STORAGE_WAIT_MS));
        }
        if error.downcast_ref().is_some_and(ReaderError::is_nobodys_fault) {
            return Outcome::Later(now.plus(READER_PAUSE_MS));
        }
        match error.downcast_ref::<ForgeError>() {
            Some(ForgeError::Limited { until }) => Outcome::Pause(until.plus(SECOND_MS)),
            Some(ForgeError::Unauthorized) => {
                self.collector.stop_asking();
                Outcome::Later(now)
            }
            Some(ForgeError::Forbidden { .. }) => Outcome::GiveUp(format!("{error:#}")),
            _ => Outcome::Failed(format!("{error:#}")),
        }
    }

    /// Said once, not for every item that waits.
    fn show_storage_error(&self, error: &anyhow::Error) {
        let reason =
            format!("content cannot be kept in FILE_STORAGE_PATH; downloads wait and go on by themselves ({error:#})");
        if self.hub.activity().storage_error.is_none() {
            warn!("{reason}");
        }
        self.hub.update(|activity| activity.storage_error = Some(reason));
    }
}
