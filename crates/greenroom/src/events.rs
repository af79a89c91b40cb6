//! The meeting place of the collector and the outside: what changed (for live updates), what the
//! collector is doing (for `/api/sync`), and the bell that asks it to check GitHub now. In memory
//! only: everything lasting is in the store.

use crate::model::{EndpointRequests, Millis, RateLimit, RefreshSummary, SyncProgress, SyncState};
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::{broadcast, mpsc, oneshot, watch};

/// Something changed; sent after the change is committed. Clients refetch what they show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// What the collector is doing has changed.
    Sync,
    /// A run, its attempts or its jobs.
    Run(i64),
    /// An artifact: id and run.
    Artifact(i64, i64),
    /// A workflow.
    Workflow(i64),
}

/// What the collector is doing right now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// As a user sees it.
    pub state: SyncState,
    /// When this process started collecting.
    pub started_at: Option<Millis>,
    /// When the next poll is due.
    pub next_poll_at: Option<Millis>,
    /// Why the last check failed.
    pub last_error: Option<String>,
    /// Why downloads wait: the place for content does not take any.
    pub storage_error: Option<String>,
    /// Work in hand.
    pub progress: SyncProgress,
    /// The token's limit.
    pub rate_limit: RateLimit,
    /// What was asked of GitHub so far.
    pub requests: Vec<EndpointRequests>,
    /// Repositories mirrored, `owner/name`.
    pub repositories: Vec<String>,
}

/// Why a refresh could not be done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefreshError {
    /// GitHub asked us to wait.
    #[error("GitHub's rate limit is used up until {until}; collection goes on by itself then")]
    Limited {
        /// When requests are sent again.
        until: Millis,
    },
    /// GitHub failed or refused.
    #[error("{0}")]
    GitHub(String),
    /// Our own side failed.
    #[error("{0}")]
    Internal(String),
    /// This process does not collect, or is shutting down.
    #[error("collection is not running")]
    NotRunning,
}

/// Outcome of a refresh.
pub type RefreshResult = std::result::Result<RefreshSummary, RefreshError>;

/// A request to check GitHub now; answered when everything found has been processed.
#[derive(Debug)]
pub struct RefreshRequest {
    /// Where the outcome goes.
    pub answer: oneshot::Sender<RefreshResult>,
}

/// Shared by all rooms that speak of live things. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Hub {
    events: broadcast::Sender<Event>,
    activity: watch::Sender<Activity>,
    bell: mpsc::UnboundedSender<RefreshRequest>,
    ear: Arc<Mutex<Option<mpsc::UnboundedReceiver<RefreshRequest>>>>,
}

impl Default for Hub {
    fn default() -> Self {
        Hub::new()
    }
}

impl Hub {
    /// A hub with nobody listening.
    pub fn new() -> Hub {
        let (bell, ear) = mpsc::unbounded_channel();
        Hub {
            events: broadcast::channel(4096).0,
            activity: watch::channel(Activity::default()).0,
            bell,
            ear: Arc::new(Mutex::new(Some(ear))),
        }
    }

    /// Tells everybody. Without listeners nothing happens.
    pub fn send(&self, event: Event) {
        let _ = self.events.send(event);
    }

    /// Events from now on; a listener that falls far behind is told it lagged and refetches.
    pub fn listen(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// What the collector is doing.
    pub fn activity(&self) -> Activity {
        self.activity.borrow().clone()
    }

    /// Changes what the collector is doing, telling everybody when that makes a difference.
    pub fn update(&self, change: impl FnOnce(&mut Activity)) {
        let changed = self.activity.send_if_modified(|activity| {
            let before = activity.clone();
            change(activity);
            *activity != before
        });
        if changed {
            self.send(Event::Sync);
        }
    }

    /// Follows what the collector is doing.
    pub fn watch_activity(&self) -> watch::Receiver<Activity> {
        self.activity.subscribe()
    }

    /// Asks for a check of GitHub now and waits for its outcome. Requests made while one is in
    /// flight join it.
    pub async fn refresh(&self) -> RefreshResult {
        let (answer, outcome) = oneshot::channel();
        self.bell.send(RefreshRequest { answer }).map_err(|_| RefreshError::NotRunning)?;
        outcome.await.unwrap_or(Err(RefreshError::NotRunning))
    }

    /// The collector's end of the bell; `None` when it was taken before.
    pub fn take_ear(&self) -> Option<mpsc::UnboundedReceiver<RefreshRequest>> {
        lock(&self.ear).take()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
