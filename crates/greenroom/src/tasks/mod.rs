//! Durable work: claims tasks under a lease, has them done, retries with backoff, gives up after
//! counted attempts. Knows no task's meaning: a handler is handed in by `app`.

use crate::clock::Clock;
use crate::model::task::{Lane, TaskKind};
use crate::model::{MINUTE_MS, Millis, SECOND_MS};
use crate::store::{Claimed, QueueCounts, Store, StoreError};
use std::collections::HashSet;
use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, RwLock, watch};
use tokio_util::task::AbortOnDropHandle;
use tracing::{error, warn};

/// How a task ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The handler has written the result and ended the task in one transaction.
    Done,
    /// Not now; the attempt does not count. The task is due again at this moment.
    Later(Millis),
    /// Nothing of this lane can be done before this moment; the attempt does not count.
    Pause(Millis),
    /// The result cannot be kept anywhere; the attempt does not count. The worker does nothing until
    /// the first moment, and the task is due again at the second: others may go better meanwhile.
    Blocked(Millis, Millis),
    /// It failed; another try may help.
    Failed(String),
    /// It failed, and trying again by itself cannot help.
    GiveUp(String),
}

/// When failed tasks are tried again.
#[derive(Clone, Debug)]
pub struct RetryPolicy {
    /// Whether failed tasks are tried again without being asked.
    pub retry: bool,
    /// Tries until a task is given up.
    pub max_attempts: i64,
    /// Wait after the first failure; doubled after each further one, up to an hour.
    pub first_delay_ms: i64,
    /// How long a lease lasts; it is renewed during work.
    pub lease_ms: i64,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        RetryPolicy { retry: true, max_attempts: 6, first_delay_ms: 30 * SECOND_MS, lease_ms: 5 * MINUTE_MS }
    }
}

impl RetryPolicy {
    /// When to try again after `attempts` tries, or `None` to give up. Spread by ±20 % of `roll`
    /// (0 to 1), so that what failed together is not retried together.
    pub fn next_try(&self, attempts: i64, now: Millis, roll: f64) -> Option<Millis> {
        if !self.retry || attempts >= self.max_attempts {
            return None;
        }
        let doublings = u32::try_from((attempts - 1).clamp(0, 20)).unwrap_or(0);
        let delay = self.first_delay_ms.saturating_mul(1_i64 << doublings).min(60 * MINUTE_MS);
        let spread = (delay as f64 * (0.8 + 0.4 * roll)) as i64;
        Some(now.plus(spread))
    }
}

/// Which lanes work. Downloads are held back until the first sync knows all runs; everything is
/// held back while the token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gates {
    /// Requests to the API.
    pub metadata: bool,
    /// Artifacts and logs.
    pub downloads: bool,
}

impl Gates {
    fn lets(self, lane: Lane) -> bool {
        match lane {
            Lane::Metadata => self.metadata,
            Lane::Download => self.metadata && self.downloads,
            // It asks nobody.
            Lane::Reading => true,
        }
    }
}

/// The queue as the rest of the program sees it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Tasks {
    store: Store,
    clock: Clock,
    owner: Arc<str>,
    policy: RetryPolicy,
    wake: Arc<Notify>,
    gates: watch::Sender<Gates>,
    stopping: watch::Sender<bool>,
    finished: Arc<[AtomicI64; TaskKind::ALL.len()]>,
    files: Arc<AtomicI64>,
    hands: Arc<Hands>,
}

/// What this process is working on, so that a claim whose answer was lost can be told from one at work.
#[derive(Debug, Default)]
struct Hands {
    held: Mutex<HashSet<i64>>,
    /// Held for reading from a claim to its place in `held`, for writing while others are given back.
    claiming: RwLock<()>,
    /// Whether the database broke off while it was told of a claim or of an end.
    is_unsure: AtomicBool,
}

impl Hands {
    fn held(&self) -> MutexGuard<'_, HashSet<i64>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tasks {
    /// A queue whose claims are made in the name of `owner`, unique to this process.
    pub fn new(store: Store, clock: Clock, owner: &str, policy: RetryPolicy) -> Tasks {
        Tasks {
            store,
            clock,
            owner: owner.into(),
            policy,
            wake: Arc::new(Notify::new()),
            gates: watch::channel(Gates { metadata: true, downloads: false }).0,
            stopping: watch::channel(false).0,
            finished: Arc::new([const { AtomicI64::new(0) }; TaskKind::ALL.len()]),
            files: Arc::new(AtomicI64::new(0)),
            hands: Arc::default(),
        }
    }

    /// In whose name tasks are claimed.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// Tells the workers that there is something to do.
    pub fn wake(&self) {
        self.wake.notify_waiters();
    }

    /// Which lanes work.
    pub fn gates(&self) -> Gates {
        *self.gates.borrow()
    }

    /// Opens or closes lanes.
    pub fn set_gates(&self, change: impl FnOnce(&mut Gates)) {
        self.gates.send_modify(change);
    }

    /// Stops all workers after what they have in hand is put down.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Counts files that became readable.
    pub fn count_files(&self, files: i64) {
        self.files.fetch_add(files, Ordering::Relaxed);
    }

    /// Files that became readable since the process started.
    pub fn files(&self) -> i64 {
        self.files.load(Ordering::Relaxed)
    }

    /// Tasks of a kind done since the process started.
    pub fn finished(&self, kind: TaskKind) -> i64 {
        self.finished[kind as usize].load(Ordering::Relaxed)
    }

    /// What is due now, what is being worked on included.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn due(&self) -> Result<QueueCounts, StoreError> {
        self.store.due_counts(self.clock.now()).await
    }

    /// Works on a lane until stopped: one worker. `handle` must end the task itself when it is done.
    pub async fn work<F, Fut>(&self, lane: Lane, handle: F)
    where
        F: Fn(Claimed) -> Fut,
        Fut: Future<Output = Outcome> + Send + 'static,
    {
        let mut stopping = self.stopping.subscribe();
        let mut gates = self.gates.subscribe();
        while !*stopping.borrow() {
            let open = gates.borrow_and_update().lets(lane);
            if !open {
                tokio::select! {
                    _ = gates.changed() => {}
                    _ = stopping.changed() => {}
                }
                continue;
            }
            let claimed = match self.claim(lane).await {
                Ok(claimed) => claimed,
                Err(error) => {
                    warn!(%error, "could not claim a task");
                    self.idle(&mut stopping, Duration::from_secs(5)).await;
                    continue;
                }
            };
            match claimed {
                None => self.idle(&mut stopping, Duration::from_millis(500)).await,
                Some(claimed) => {
                    let id = claimed.id;
                    self.work_on(claimed, &handle, &mut stopping).await;
                    self.hands.held().remove(&id);
                }
            }
        }
    }

    /// Claims a task; before that, gives back what is leased to us without anybody working on it.
    async fn claim(&self, lane: Lane) -> Result<Option<Claimed>, StoreError> {
        if self.hands.is_unsure.load(Ordering::Relaxed) {
            let _alone = self.hands.claiming.write().await;
            let held: Vec<i64> = self.hands.held().iter().copied().collect();
            self.store.release_unheld(&self.owner, &held).await?;
            self.hands.is_unsure.store(false, Ordering::Relaxed);
        }
        let _claiming = self.hands.claiming.read().await;
        let now = self.clock.now();
        let claimed = self.store.claim(lane, &self.owner, now, now.plus(self.policy.lease_ms)).await;
        match &claimed {
            Ok(claimed) => self.hands.held().extend(claimed.iter().map(|claimed| claimed.id)),
            Err(_) => self.hands.is_unsure.store(true, Ordering::Relaxed),
        }
        claimed
    }

    async fn work_on<F, Fut>(&self, claimed: Claimed, handle: &F, stopping: &mut watch::Receiver<bool>)
    where
        F: Fn(Claimed) -> Fut,
        Fut: Future<Output = Outcome> + Send + 'static,
    {
        if claimed.attempts > self.policy.max_attempts {
            let reason =
                format!("given up after {} tries that ended the program or never came back", claimed.attempts - 1);
            self.settle(&claimed, Outcome::GiveUp(reason)).await;
            return;
        }
        // A task of its own, so that a panic costs this item only; dropped with its worker.
        let mut work = AbortOnDropHandle::new(tokio::spawn(handle(claimed.clone())));
        let renewal = Duration::from_millis(u64::try_from(self.policy.lease_ms / 3).unwrap_or(1000));
        loop {
            tokio::select! {
                outcome = &mut work => {
                    let outcome = outcome.unwrap_or_else(|failure| Outcome::Failed(format!("processing broke off: {}", panic_text(failure))));
                    let pause = match outcome { Outcome::Pause(until) | Outcome::Blocked(until, _) => Some(until), _ => None };
                    self.settle(&claimed, outcome).await;
                    if let Some(until) = pause {
                        self.sleep_until(until, stopping).await;
                    }
                    return;
                }
                _ = tokio::time::sleep(renewal) => {
                    let until = self.clock.now().plus(self.policy.lease_ms);
                    if let Err(StoreError::Fenced { .. }) = self.store.renew(&claimed, &self.owner, until).await {
                        warn!(task.kind = claimed.kind.as_str(), subject = claimed.subject, "lost the lease of a task to another process");
                        work.abort();
                        return;
                    }
                }
                _ = stopping.changed() => {
                    work.abort();
                    return;
                }
            }
        }
    }

    async fn settle(&self, claimed: &Claimed, outcome: Outcome) {
        let now = self.clock.now();
        let written = match outcome {
            Outcome::Done => {
                self.finished[claimed.kind as usize].fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
            Outcome::Later(due_at) | Outcome::Blocked(_, due_at) => {
                self.store.release(claimed, &self.owner, due_at).await
            }
            Outcome::Pause(_) => self.store.release(claimed, &self.owner, now).await,
            Outcome::Failed(reason) => {
                let next = self.policy.next_try(claimed.attempts, now, rand::random());
                warn!(
                    task.kind = claimed.kind.as_str(),
                    subject = claimed.subject,
                    attempts = claimed.attempts,
                    reason,
                    "a task failed"
                );
                self.store.record_failure(claimed, &self.owner, &reason, next).await
            }
            Outcome::GiveUp(reason) => {
                warn!(
                    task.kind = claimed.kind.as_str(),
                    subject = claimed.subject,
                    attempts = claimed.attempts,
                    reason,
                    "a task was given up"
                );
                self.store.record_failure(claimed, &self.owner, &reason, None).await
            }
        };
        if let Err(error) = written {
            self.hands.is_unsure.store(true, Ordering::Relaxed);
            error!(task.kind = claimed.kind.as_str(), subject = claimed.subject, %error, "could not write how a task ended");
        }
    }

    async fn idle(&self, stopping: &mut watch::Receiver<bool>, most: Duration) {
        tokio::select! {
            () = self.wake.notified() => {}
            () = tokio::time::sleep(most) => {}
            _ = stopping.changed() => {}
        }
    }

    /// Sleeps by the clock, which tests may move.
    async fn sleep_until(&self, until: Millis, stopping: &mut watch::Receiver<bool>) {
        while !*stopping.borrow() {
            let left = until.since(self.clock.now());
            if left <= 0 {
                return;
            }
            let nap = Duration::from_millis(u64::try_from(left.min(SECOND_MS)).unwrap_or(1));
            tokio::select! {
                () = tokio::time::sleep(nap) => {}
                _ = stopping.changed() => {}
            }
        }
    }
}

fn panic_text(failure: tokio::task::JoinError) -> String {
    match failure.try_into_panic() {
        Ok(panic) => panic
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "panic".into()),
        Err(_) => "cancelled".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_tasks_wait_longer_each_time_and_are_given_up() {
        let policy = RetryPolicy::default();
        let waits: Vec<Option<i64>> = (1..=6).map(|n| policy.next_try(n, Millis(0), 0.5).map(|at| at.0)).collect();
        assert_eq!(waits, [Some(30_000), Some(60_000), Some(120_000), Some(240_000), Some(480_000), None]);
    }

    #[test]
    fn without_retries_the_first_failure_is_the_last() {
        let policy = RetryPolicy { retry: false, ..RetryPolicy::default() };
        assert_eq!(policy.next_try(1, Millis(0), 0.5), None);
    }
}
