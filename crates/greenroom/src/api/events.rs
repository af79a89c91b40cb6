//! Live messages: what changed, gathered so that no client is told more than twice a second. They
//! say what to fetch again, never what it is now.

use super::bodies::Changed;
use super::params::{NoParams, Params};
use super::{Answer, Problem, Shared, sync};
use crate::events::Event as Change;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream;
use serde::Serialize;
use std::collections::{BTreeSet, VecDeque};
use std::convert::Infallible;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::time::Instant;

/// Time between two rounds of messages to one client.
const PAUSE: Duration = Duration::from_millis(500);
/// Time between comments that keep the connection open.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Live messages (server-sent events).
///
/// The first message is `sync` with the present state. Then `sync` (a Sync), `run`, `artifact` and
/// `workflow` (a Changed) as things happen, at most two rounds a second; `resync` (an empty object)
/// means that messages were missed and everything shown should be fetched again.
#[utoipa::path(get, path = "/api/events", responses(
    (status = 200, description = "Messages without end.", body = String, content_type = "text/event-stream"),
    (status = 503, description = "Too many live connections.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn get_events(
    State(shared): State<Shared>,
    headers: HeaderMap,
    _: Params<NoParams>,
) -> Answer<Response> {
    let Ok(seat) = shared.live.clone().try_acquire_owned() else {
        return Err(Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "Too many live connections; ask by polling instead.",
        )
        .retry_after(30));
    };
    metrics::gauge!("greenroom_sse_clients").increment(1.0);
    let client = Client {
        changes: shared.hub.listen(),
        shared,
        // What was missed is not kept, so a client that comes back starts afresh.
        gathered: Gathered { sync: true, missed: headers.contains_key("last-event-id"), ..Gathered::default() },
        ready: VecDeque::new(),
        next_round: Instant::now(),
        is_over: false,
        _seat: Seat { _permit: seat },
    };
    let messages = stream::unfold(client, async |mut client| {
        let message = client.next().await?;
        Some((Ok::<_, Infallible>(message), client))
    });
    let mut response = Sse::new(messages).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, no-transform"));
    // Some proxies hold back what they think is a page.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// Counts a client for as long as it is connected.
struct Seat {
    _permit: OwnedSemaphorePermit,
}

impl Drop for Seat {
    fn drop(&mut self) {
        metrics::gauge!("greenroom_sse_clients").decrement(1.0);
    }
}

/// One connection.
struct Client {
    shared: Shared,
    changes: broadcast::Receiver<Change>,
    gathered: Gathered,
    ready: VecDeque<Event>,
    next_round: Instant,
    is_over: bool,
    _seat: Seat,
}

/// What changed since the last round.
#[derive(Debug, Default, PartialEq, Eq)]
struct Gathered {
    sync: bool,
    missed: bool,
    runs: BTreeSet<i64>,
    workflows: BTreeSet<i64>,
    artifacts: BTreeSet<i64>,
    artifact_runs: BTreeSet<i64>,
}

impl Gathered {
    fn is_empty(&self) -> bool {
        *self == Gathered::default()
    }

    fn add(&mut self, change: Change) {
        match change {
            Change::Sync => self.sync = true,
            Change::Run(id) => drop(self.runs.insert(id)),
            Change::Workflow(id) => drop(self.workflows.insert(id)),
            Change::Artifact(id, run_id) => {
                self.artifacts.insert(id);
                self.artifact_runs.insert(run_id);
            }
        }
    }
}

impl Client {
    /// The next message; `None` when the server is going away.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(message) = self.ready.pop_front() {
                return Some(message);
            }
            if self.is_over {
                return None;
            }
            self.gather().await;
            self.prepare().await;
        }
    }

    /// Waits for the first change, then for the end of the pause, taking in what comes meanwhile.
    async fn gather(&mut self) {
        loop {
            let is_waiting = !self.gathered.is_empty();
            tokio::select! {
                biased;
                () = tokio::time::sleep_until(self.next_round), if is_waiting => return,
                change = self.changes.recv() => match change {
                    Ok(change) => self.gathered.add(change),
                    Err(RecvError::Lagged(_)) => self.gathered.missed = true,
                    Err(RecvError::Closed) => {
                        self.is_over = true;
                        return;
                    }
                },
            }
        }
    }

    /// Turns what was gathered into messages.
    async fn prepare(&mut self) {
        let gathered = std::mem::take(&mut self.gathered);
        if gathered.sync {
            match sync::body(&self.shared).await {
                Ok(body) => self.push("sync", &body),
                // The client asks again by itself; the reason is in the log.
                Err(_) => self.push("resync", &serde_json::json!({})),
            }
        }
        if gathered.missed {
            self.push("resync", &serde_json::json!({}));
        }
        self.push_changed("workflow", gathered.workflows, None);
        self.push_changed("run", gathered.runs, None);
        self.push_changed("artifact", gathered.artifacts, Some(gathered.artifact_runs));
        self.next_round = Instant::now() + PAUSE;
    }

    fn push_changed(&mut self, name: &str, ids: BTreeSet<i64>, run_ids: Option<BTreeSet<i64>>) {
        if !ids.is_empty() {
            self.push(
                name,
                &Changed { ids: ids.into_iter().collect(), run_ids: run_ids.map(|ids| ids.into_iter().collect()) },
            );
        }
    }

    fn push(&mut self, name: &str, data: &impl Serialize) {
        let id = self.shared.message.fetch_add(1, Ordering::Relaxed);
        match Event::default().event(name).id(id.to_string()).json_data(data) {
            Ok(message) => self.ready.push_back(message),
            Err(error) => tracing::error!(%error, "a live message could not be written"),
        }
    }
}
