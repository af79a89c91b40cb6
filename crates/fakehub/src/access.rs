//! The access log: what was asked, how it was answered, and how many were being answered at once.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;

use crate::faults::Route;

/// A demo that runs for days must not fill the memory.
const KEPT: usize = 200_000;

/// Which of the two listeners was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listener {
    /// The REST API.
    Api,
    /// The blob store.
    Blob,
}

/// One request, as it stands when looked at.
#[derive(Clone, Debug)]
pub struct Request {
    /// Which listener was asked.
    pub listener: Listener,
    /// What kind of request it was.
    pub route: Route,
    /// `GET`, …
    pub method: String,
    /// The path, still percent-encoded.
    pub path: String,
    /// The query, still percent-encoded, without the question mark; empty if there is none.
    pub query: String,
    /// The status answered; 0 while unanswered or when the connection was cut instead.
    pub status: u16,
    /// Whether an `Authorization` header came with it.
    pub had_authorization: bool,
    /// A short hash of the `Authorization` header.
    pub authorization: Option<String>,
    /// The `User-Agent`.
    pub user_agent: Option<String>,
    /// The `If-None-Match`.
    pub if_none_match: Option<String>,
    /// The `Range`.
    pub range: Option<String>,
    /// Virtual time of arrival, in ms.
    pub at_ms: i64,
    /// Number of arrival, from 0.
    pub order: u64,
    /// Real time of arrival.
    pub instant: Instant,
    /// Body bytes handed to the connection so far.
    pub bytes_sent: u64,
    /// Whether the whole body has been handed over.
    pub finished: bool,
    /// Whether it cost primary quota.
    pub counted: bool,
    /// Whether a fault was injected.
    pub faulted: bool,
    /// Whether it came inside a rate-limit window.
    pub violation: bool,
}

/// A request being answered.
#[derive(Debug)]
pub(crate) struct Live {
    pub arrived: Request,
    pub status: AtomicU16,
    pub bytes_sent: AtomicU64,
    pub finished: AtomicBool,
    pub counted: AtomicBool,
    pub faulted: AtomicBool,
    pub violation: AtomicBool,
}

impl Live {
    pub fn new(arrived: Request) -> Live {
        Live {
            arrived,
            status: AtomicU16::new(0),
            bytes_sent: AtomicU64::new(0),
            finished: AtomicBool::new(false),
            counted: AtomicBool::new(false),
            faulted: AtomicBool::new(false),
            violation: AtomicBool::new(false),
        }
    }

    fn snapshot(&self) -> Request {
        Request {
            status: self.status.load(Ordering::SeqCst),
            bytes_sent: self.bytes_sent.load(Ordering::SeqCst),
            finished: self.finished.load(Ordering::SeqCst),
            counted: self.counted.load(Ordering::SeqCst),
            faulted: self.faulted.load(Ordering::SeqCst),
            violation: self.violation.load(Ordering::SeqCst),
            ..self.arrived.clone()
        }
    }
}

/// All requests so far.
#[derive(Debug, Default)]
pub(crate) struct AccessLog {
    entries: Mutex<VecDeque<Arc<Live>>>,
    arrivals: AtomicU64,
    changed: Notify,
    api: Gauge,
    blob: Gauge,
}

impl AccessLog {
    pub fn next_order(&self) -> u64 {
        self.arrivals.fetch_add(1, Ordering::SeqCst)
    }

    pub fn record(&self, live: Arc<Live>) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= KEPT {
            entries.pop_front();
        }
        entries.push_back(live);
        drop(entries);
        self.changed.notify_waiters();
    }

    /// Says that a request has been answered.
    pub fn answered(&self) {
        self.changed.notify_waiters();
    }

    /// Waits until the requests so far satisfy the check, looked at with every arrival and every answer.
    pub async fn wait_until(&self, check: impl Fn(&[Request]) -> bool) {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            if check(&self.requests()) {
                return;
            }
            changed.await;
        }
    }

    pub fn requests(&self) -> Vec<Request> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).iter().map(|live| live.snapshot()).collect()
    }

    pub fn clear(&self) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.api.forget_peak();
        self.blob.forget_peak();
    }

    pub fn gauge(&self, listener: Listener) -> &Gauge {
        match listener {
            Listener::Api => &self.api,
            Listener::Blob => &self.blob,
        }
    }
}

/// How many are in flight, and how many were at most.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gauge {
    now: Arc<AtomicUsize>,
    peak: Arc<AtomicUsize>,
}

impl Gauge {
    pub fn enter(&self) -> InFlight {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.peak.fetch_max(now, Ordering::SeqCst);
        InFlight(self.now.clone())
    }

    pub fn now(&self) -> usize {
        self.now.load(Ordering::SeqCst)
    }

    pub fn peak(&self) -> usize {
        self.peak.load(Ordering::SeqCst)
    }

    fn forget_peak(&self) {
        self.peak.store(self.now(), Ordering::SeqCst);
    }
}

/// In flight until dropped.
#[derive(Debug)]
pub(crate) struct InFlight(Arc<AtomicUsize>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
