//! Keeps the mirror equal to GitHub: decides when to check, checks each repository, and plans the
//! work that follows. `plan` is pure; `check` walks GitHub's listings; `details` looks at one run.
//! Downloads are `ingest`'s.

mod check;
mod details;
pub mod plan;

use crate::clock::Clock;
use crate::events::{Hub, RefreshError, RefreshRequest, RefreshResult};
use crate::forge::{Forge, ForgeError, RepoRef};
use crate::model::task::TaskKind;
use crate::model::{MINUTE_MS, Millis, RefreshSummary, SECOND_MS, SyncProgress, SyncState};
use crate::store::{QueueCounts, Store, StoreError, Stored};
use crate::tasks::Tasks;
use check::Check;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tracing::{info, warn};

/// What the collector is told by configuration.
#[derive(Clone, Debug)]
pub struct SyncOptions {
    /// Repositories as (owner, name).
    pub repositories: Vec<(String, String)>,
    /// How far back the first sync goes, in days.
    pub initial_sync_days: i64,
    /// Time between polls.
    pub poll_interval_ms: i64,
}

/// Why a check did not end.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// GitHub failed, refused or limits us.
    #[error(transparent)]
    Forge(#[from] ForgeError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// GitHub does not show the repository to this token.
    #[error("repository {repository} was not found: it does not exist, or the token may not read it")]
    NotFound {
        /// `owner/name`.
        repository: String,
    },
    /// What was found cannot be downloaded: there is no place for it.
    #[error("{reason}")]
    Storage {
        /// What is in the way.
        reason: String,
    },
    /// Another process has been polling this repository all the while.
    #[error("another process is checking this repository")]
    Busy,
}

/// What a check found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Runs never seen before.
    pub new_runs: i64,
    /// Known runs that changed.
    pub updated_runs: i64,
    /// Workflows that are new or changed.
    pub updated_workflows: i64,
}

/// How thorough a check is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// What a poll does: the newest runs, what is unfinished, one page of the sweep.
    Poll,
    /// What a refresh does: the whole sweep, and whatever failed is tried again.
    Refresh,
}

/// The collector. Cheap to clone; one loop runs per process.
#[derive(Clone)]
pub struct Collector {
    pub(crate) forge: Forge,
    pub(crate) store: Store,
    pub(crate) hub: Hub,
    pub(crate) tasks: Tasks,
    pub(crate) clock: Clock,
    pub(crate) options: Arc<SyncOptions>,
    /// Whether a first listing is being walked: it shows its own progress.
    listing: Arc<AtomicBool>,
}

impl Collector {
    /// A collector over the given parts.
    pub fn new(forge: Forge, store: Store, hub: Hub, tasks: Tasks, clock: Clock, options: SyncOptions) -> Collector {
        Collector { forge, store, hub, tasks, clock, options: Arc::new(options), listing: Arc::default() }
    }

    /// Shows how far the queue is, until told to stop.
    pub async fn show_progress(self, mut stopping: watch::Receiver<bool>) {
        // What had been finished when the work in hand began.
        let mut base = [0; TaskKind::ALL.len()];
        while !*stopping.borrow() {
            if !self.listing.load(Ordering::Relaxed)
                && let Ok(due) = self.tasks.due().await
            {
                let now = self.clock.now();
                let finished = TaskKind::ALL.map(|kind| self.tasks.finished(kind));
                if due.all() == 0 {
                    base = finished;
                }
                let of = |kinds: &[TaskKind], due: i64| {
                    let done = kinds.iter().map(|kind| finished[*kind as usize] - base[*kind as usize]).sum();
                    SyncProgress { phase: String::new(), done, total: done + due }
                };
                let limited = self.forge.rate_limit().limited_until.is_some_and(|until| until > now);
                let (phase, progress) = match due {
                    QueueCounts { runs: 1.., .. } => ("jobs", of(&[TaskKind::RunDetails], due.runs)),
                    QueueCounts { artifacts: 1.., .. } => ("artifacts", of(&[TaskKind::Artifact], due.artifacts)),
                    QueueCounts { logs: 1.., .. } => ("logs", of(&[TaskKind::Log], due.logs)),
                    QueueCounts { reading: 1.., .. } => {
                        ("reports", of(&[TaskKind::Reports, TaskKind::LogFailures, TaskKind::Tests], due.reading))
                    }
                    _ => ("idle", SyncProgress::default()),
                };
                let phase = if limited { "limited" } else { phase };
                self.hub.update(|activity| {
                    activity.progress = SyncProgress { phase: phase.to_owned(), ..progress };
                    activity.rate_limit = self.forge.rate_limit();
                    activity.requests = self.forge.requests();
                });
            }
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(500)) => {}
                _ = stopping.changed() => {}
            }
        }
    }

    /// Checks GitHub until told to stop: at once, then at every interval and whenever the bell rings.
    pub async fn run(self, mut ear: mpsc::UnboundedReceiver<RefreshRequest>, mut stopping: watch::Receiver<bool>) {
        let started = self.clock.now();
        let names = self.options.repositories.iter().map(|(owner, name)| format!("{owner}/{name}")).collect();
        self.hub.update(|activity| {
            activity.started_at = Some(started);
            activity.repositories = names;
        });
        let mut repositories = vec![None; self.options.repositories.len()];
        if self.every(&repositories, |stored| stored.initial_done).await.unwrap_or(false) {
            self.tasks.set_gates(|gates| gates.downloads = true);
        }
        let mut waiters: Vec<oneshot::Sender<RefreshResult>> = Vec::new();
        let mut failures = 0;
        // What a poll found while a refresh was waiting for its end: part of that refresh's answer.
        let mut carried = RefreshSummary::default();
        loop {
            let depth = if waiters.is_empty() { Depth::Poll } else { Depth::Refresh };
            let outcome = {
                let mut joined = Vec::new();
                let flight = self.flight(depth, &mut repositories);
                tokio::pin!(flight);
                let outcome = loop {
                    tokio::select! {
                        outcome = &mut flight => break Some(outcome),
                        Some(request) = ear.recv() => joined.push(request.answer),
                        _ = stopping.changed() => break None,
                    }
                };
                // Those who came during a refresh get its answer; those who came during a poll get
                // a refresh of their own, at once.
                if depth == Depth::Refresh || outcome.is_none() {
                    waiters.append(&mut joined);
                    Flight { outcome, next: Vec::new() }
                } else {
                    Flight { outcome, next: joined }
                }
            };
            let Some(result) = outcome.outcome else {
                return;
            };
            failures = if result.is_ok() { 0 } else { failures + 1 };
            let next_poll = self.conclude(&result, failures, &repositories).await;
            carried = plus(carried, result.as_ref().copied().unwrap_or_default());
            let answer: RefreshResult = result.map(|_| carried).map_err(|error| refresh_error(&error));
            for waiter in waiters.drain(..) {
                let _ = waiter.send(answer.clone());
            }
            if outcome.next.is_empty() || depth == Depth::Refresh {
                carried = RefreshSummary::default();
            }
            waiters = outcome.next;
            while let Ok(request) = ear.try_recv() {
                waiters.push(request.answer);
            }
            if waiters.is_empty() {
                match self.wait(next_poll, &repositories, &mut ear, &mut stopping).await {
                    Wake::Poll => {}
                    Wake::Refresh(request) => waiters.push(request.answer),
                    Wake::Stop => return,
                }
            }
        }
    }

    /// One flight over all repositories; a refresh also waits until what it found is processed.
    async fn flight(&self, depth: Depth, repositories: &mut [Option<RepoRef>]) -> Result<RefreshSummary, CheckError> {
        let files_before = self.tasks.files();
        self.show_state(depth, repositories).await?;
        if depth == Depth::Refresh {
            self.store.retry_failed(self.clock.now()).await?;
            // Whether content can be kept now will be seen.
            self.hub.update(|activity| activity.storage_error = None);
            self.tasks.wake();
        }
        let mut found = Found::default();
        let mut failure = None;
        let mut checked = 0;
        for (name, known) in self.options.repositories.iter().zip(repositories) {
            match self.check_named(name, known, depth).await {
                Ok(more) => {
                    checked += 1;
                    found.new_runs += more.new_runs;
                    found.updated_runs += more.updated_runs;
                    found.updated_workflows += more.updated_workflows;
                }
                Err(error) => {
                    warn!(repository = format!("{}/{}", name.0, name.1), %error, "could not check a repository");
                    let token =
                        matches!(error, CheckError::Forge(ForgeError::Limited { .. } | ForgeError::Unauthorized));
                    failure.get_or_insert(error);
                    if token {
                        break;
                    }
                }
            }
        }
        if failure.is_none() {
            // What follows can take long, and GitHub answers again.
            self.hub.update(|activity| activity.last_error = None);
        }
        if checked > 0 {
            self.open_downloads().await?;
        }
        if let Some(error) = failure {
            return Err(error);
        }
        if depth == Depth::Refresh {
            self.drain().await?;
        }
        Ok(RefreshSummary {
            new_runs: found.new_runs,
            updated_runs: found.updated_runs,
            new_files: self.tasks.files() - files_before,
            updated_workflows: found.updated_workflows,
        })
    }

    async fn show_state(&self, depth: Depth, repositories: &[Option<RepoRef>]) -> Result<(), StoreError> {
        let initial = !self.first_sync_over(repositories).await?;
        self.hub.update(|activity| {
            activity.next_poll_at = None;
            if initial {
                activity.state = SyncState::Initial;
            } else if depth == Depth::Refresh {
                activity.state = SyncState::Refreshing;
            } else {
                activity.state = SyncState::Operational;
            }
        });
        Ok(())
    }

    /// Whether what the first sync of each configured repository listed has been fetched, or failed
    /// and waits for its next try. Lasting: a restart does not begin anew.
    async fn first_sync_over(&self, resolved: &[Option<RepoRef>]) -> Result<bool, StoreError> {
        if self.every(resolved, |stored| stored.mirrored).await? {
            return Ok(true);
        }
        if self.tasks.due().await?.all() > 0 {
            return Ok(false);
        }
        self.store.record_mirrored().await?;
        self.every(resolved, |stored| stored.mirrored).await
    }

    /// Whether all configured repositories are in the store and fulfil the condition. Once resolved
    /// it goes by the id: the name may have changed.
    async fn every(&self, resolved: &[Option<RepoRef>], fulfils: fn(&Stored) -> bool) -> Result<bool, StoreError> {
        for ((owner, name), known) in self.options.repositories.iter().zip(resolved) {
            let stored = match known {
                Some(known) => self.store.stored_repository(known.id).await?,
                None => self.store.repository_named(owner, name).await?,
            };
            if !stored.is_some_and(|stored| fulfils(&stored)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn check_named(
        &self,
        name: &(String, String),
        known: &mut Option<RepoRef>,
        depth: Depth,
    ) -> Result<Found, CheckError> {
        if let Some(repository) = known {
            match self.check(repository, depth).await {
                // The history of the one that was meant ends here; that of the other begins.
                Err(CheckError::Forge(ForgeError::Replaced)) => *known = None,
                other => return other,
            }
        }
        let repository = known.insert(self.resolve(name).await?);
        self.check(repository, depth).await
    }

    /// Finds the numeric id, which survives renames.
    async fn resolve(&self, (owner, name): &(String, String)) -> Result<RepoRef, CheckError> {
        let repository = self.forge.repository(owner, name).await.map_err(|error| match error {
            ForgeError::NotFound => CheckError::NotFound { repository: format!("{owner}/{name}") },
            other => other.into(),
        })?;
        self.store.record_repository(&repository).await?;
        Ok(RepoRef { id: repository.id, owner: repository.owner, name: repository.name })
    }

    async fn check(&self, repository: &RepoRef, depth: Depth) -> Result<Found, CheckError> {
        self.take_lease(repository, depth).await?;
        let outcome = Check::new(self, repository).run(depth).await;
        self.listing.store(false, Ordering::Relaxed);
        self.store.release_poll_lease(repository.id, self.tasks.owner()).await?;
        let error = outcome.as_ref().err().map(ToString::to_string);
        self.store.record_check(repository.id, self.clock.now(), error.as_deref()).await?;
        outcome
    }

    /// Takes the right to poll. A refresh waits for another process to finish; a poll leaves it to it.
    async fn take_lease(&self, repository: &RepoRef, depth: Depth) -> Result<(), CheckError> {
        let tries = if depth == Depth::Refresh { 240 } else { 8 };
        for _ in 0..tries {
            let now = self.clock.now();
            if self.store.take_poll_lease(repository.id, self.tasks.owner(), now, now.plus(2 * MINUTE_MS)).await? {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        Err(CheckError::Busy)
    }

    /// After the first listing, downloads begin once the details of all runs are known.
    async fn open_downloads(&self) -> Result<(), CheckError> {
        if !self.tasks.gates().downloads {
            self.wait_for(|due| due.runs == 0).await?;
        }
        self.tasks.set_gates(|gates| gates.downloads = true);
        self.tasks.wake();
        Ok(())
    }

    /// Waits until nothing is due any more, or nothing can be kept.
    async fn drain(&self) -> Result<(), CheckError> {
        let trouble = || self.hub.activity().storage_error;
        self.wait_for(|due| due.all() == 0 || trouble().is_some()).await?;
        match trouble() {
            Some(reason) => Err(CheckError::Storage { reason }),
            None => Ok(()),
        }
    }

    async fn wait_for(&self, reached: impl Fn(&crate::store::QueueCounts) -> bool) -> Result<(), CheckError> {
        loop {
            let due = self.tasks.due().await?;
            if reached(&due) {
                return Ok(());
            }
            let now = self.clock.now();
            if let Some(until) = self.forge.rate_limit().limited_until.filter(|until| *until > now) {
                return Err(ForgeError::Limited { until }.into());
            }
            if !self.tasks.gates().metadata {
                return Err(ForgeError::Unauthorized.into());
            }
            self.tasks.wake();
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// GitHub refuses the token: nothing is asked any more until a check finds it accepted.
    pub fn stop_asking(&self) {
        self.tasks.set_gates(|gates| gates.metadata = false);
        self.hub.update(|activity| activity.last_error = Some(ForgeError::Unauthorized.to_string()));
    }

    /// Shows how a flight ended; gives the time of the next poll, or `None` when the token is
    /// refused: asking again by itself would not help.
    async fn conclude(
        &self,
        result: &Result<RefreshSummary, CheckError>,
        failures: u32,
        repositories: &[Option<RepoRef>],
    ) -> Option<Millis> {
        let now = self.clock.now();
        let interval = self.options.poll_interval_ms;
        let next = match result {
            Ok(summary) => {
                if *summary != RefreshSummary::default() {
                    info!(
                        new_runs = summary.new_runs,
                        updated_runs = summary.updated_runs,
                        updated_workflows = summary.updated_workflows,
                        "checked GitHub"
                    );
                }
                Some(now.plus(interval))
            }
            Err(CheckError::Forge(ForgeError::Unauthorized)) => {
                self.stop_asking();
                None
            }
            Err(CheckError::Forge(ForgeError::Limited { until })) => Some(until.plus(SECOND_MS)),
            Err(CheckError::Storage { .. }) => Some(now.plus(interval)),
            Err(CheckError::Busy) => Some(now.plus(interval.min(30 * SECOND_MS))),
            Err(_) => Some(now.plus(interval.min((15 * SECOND_MS) << failures.min(6)))),
        };
        let error = match result {
            // Trouble with our own storage is shown for as long as it lasts.
            Ok(_)
            | Err(CheckError::Busy | CheckError::Storage { .. } | CheckError::Forge(ForgeError::Limited { .. })) => {
                None
            }
            Err(error) => Some(error.to_string()),
        };
        let first_sync_over = self.first_sync_over(repositories).await.unwrap_or(false);
        let empty = self.store.is_empty().await.unwrap_or(false);
        self.hub.update(|activity| {
            activity.next_poll_at = next;
            if !matches!(result, Err(CheckError::Busy | CheckError::Forge(ForgeError::Limited { .. }))) {
                activity.last_error = error;
            }
            activity.rate_limit = self.forge.rate_limit();
            activity.requests = self.forge.requests();
            activity.state = match (first_sync_over, result) {
                (true, _) => SyncState::Operational,
                (false, Err(CheckError::Forge(ForgeError::Limited { .. }))) => SyncState::Initial,
                (false, _) if empty => SyncState::Empty,
                (false, _) => SyncState::Initial,
            };
        });
        next
    }

    /// Waits for the next poll, by the clock, which tests may move.
    async fn wait(
        &self,
        next_poll: Option<Millis>,
        repositories: &[Option<RepoRef>],
        ear: &mut mpsc::UnboundedReceiver<RefreshRequest>,
        stopping: &mut watch::Receiver<bool>,
    ) -> Wake {
        loop {
            let left = next_poll.map_or(i64::MAX, |at| at.since(self.clock.now()));
            if left <= 0 {
                return Wake::Poll;
            }
            if self.hub.activity().state == SyncState::Initial
                && self.first_sync_over(repositories).await.unwrap_or(false)
            {
                self.hub.update(|activity| activity.state = SyncState::Operational);
            }
            let nap = Duration::from_millis(u64::try_from(left.min(SECOND_MS)).unwrap_or(1));
            tokio::select! {
                () = tokio::time::sleep(nap) => {}
                request = ear.recv() => match request {
                    Some(request) => return Wake::Refresh(request),
                    None => return Wake::Stop,
                },
                _ = stopping.changed() => return Wake::Stop,
            }
        }
    }
}

fn plus(a: RefreshSummary, b: RefreshSummary) -> RefreshSummary {
    RefreshSummary {
        new_runs: a.new_runs + b.new_runs,
        updated_runs: a.updated_runs + b.updated_runs,
        new_files: a.new_files + b.new_files,
        updated_workflows: a.updated_workflows + b.updated_workflows,
    }
}

struct Flight {
    outcome: Option<Result<RefreshSummary, CheckError>>,
    next: Vec<oneshot::Sender<RefreshResult>>,
}

enum Wake {
    Poll,
    Refresh(RefreshRequest),
    Stop,
}

fn refresh_error(error: &CheckError) -> RefreshError {
    match error {
        CheckError::Forge(ForgeError::Limited { until }) => RefreshError::Limited { until: *until },
        CheckError::Forge(_) | CheckError::NotFound { .. } => RefreshError::GitHub(error.to_string()),
        CheckError::Store(error) => RefreshError::Internal(error.to_string()),
        CheckError::Busy | CheckError::Storage { .. } => RefreshError::Internal(error.to_string()),
    }
}
