//! A pretend GitHub for tests, demos and web development: faithful to the REST API of Actions, scriptable,
//! deterministic, in memory, on two loopback listeners (the API, and the blob store its redirects lead to).
//!
//! A [`World`] holds the truth and is scripted through [`FakeHub::world`]; [`Faults`] say what goes wrong; the access
//! log ([`FakeHub::requests`]) says what was asked.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod access;
mod api;
pub mod bench;
mod blob;
pub mod clock;
pub mod content;
mod cut;
pub mod demo;
mod faults;
pub mod noise;
mod reply;
pub mod rope;
mod server;
pub mod shelf;
pub mod world;
pub mod zip;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

pub use access::{Listener, Request};
pub use content::{Content, Log};
pub use faults::{BodyKind, Fault, Faults, LimitForm, Route, Rule};
pub use world::behaviour::{Behaviour, CarriedOverJobs, LatestJobs};
pub use world::{
    ArtifactSpec, DEFAULT_NOW_MS, DigestClaim, JobSpec, Quota, RunSpec, StepSpec, Token, TokenKind, World,
};

use access::AccessLog;
use server::Shared;

/// The token that is valid in every world.
pub const TOKEN: &str = "github_pat_11FAKEHUB0000000000000_defaulttokenofthepretendgithub";

/// How often a self-running world is looked after, besides at every request.
const TICK: Duration = Duration::from_millis(250);

/// A running pretend GitHub. Clones are handles to the same one; it stops with the last of them.
#[derive(Clone)]
pub struct FakeHub {
    shared: Arc<Shared>,
    api: SocketAddr,
    blob: SocketAddr,
    _down: Arc<DropGuard>,
}

impl std::fmt::Debug for FakeHub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FakeHub").field("api", &self.api).field("blob", &self.blob).finish()
    }
}

impl FakeHub {
    /// Starts on two free loopback ports.
    pub async fn start(world: World) -> anyhow::Result<FakeHub> {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        FakeHub::start_on(world, any, any).await
    }

    /// Starts on the given addresses; port 0 means any free one.
    pub async fn start_on(mut world: World, api: SocketAddr, blob: SocketAddr) -> anyhow::Result<FakeHub> {
        let api_socket =
            TcpListener::bind(api).await.with_context(|| format!("could not listen on {api} for the API"))?;
        let blob_socket =
            TcpListener::bind(blob).await.with_context(|| format!("could not listen on {blob} for the blob store"))?;
        let (api, blob) = (api_socket.local_addr()?, blob_socket.local_addr()?);
        world.set_urls(format!("http://{api}"), format!("http://{blob}"));
        let down = CancellationToken::new();
        let shared = Arc::new(Shared {
            world: Mutex::new(world),
            faults: Faults::default(),
            log: AccessLog::default(),
            hooks: Mutex::default(),
            down: down.clone(),
            tasks: TaskTracker::new(),
        });
        shared.tasks.spawn(server::accept(shared.clone(), Listener::Api, api_socket));
        shared.tasks.spawn(server::accept(shared.clone(), Listener::Blob, blob_socket));
        shared.tasks.spawn(keep_ticking(shared.clone()));
        Ok(FakeHub { shared, api, blob, _down: Arc::new(down.drop_guard()) })
    }

    /// `http://127.0.0.1:port` of the API.
    pub fn api_url(&self) -> String {
        format!("http://{}", self.api)
    }

    /// `http://127.0.0.1:port` of the blob store.
    pub fn blob_url(&self) -> String {
        format!("http://{}", self.blob)
    }

    /// Scripts or inspects the world. Requests wait meanwhile.
    pub fn world<T>(&self, script: impl FnOnce(&mut World) -> T) -> T {
        script(&mut self.shared.world())
    }

    /// The table of faults.
    pub fn faults(&self) -> Faults {
        self.shared.faults.clone()
    }

    /// Every request so far, in order of arrival.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.log.requests()
    }

    /// Forgets the requests so far and the peak in flight.
    pub fn clear_requests(&self) {
        self.shared.log.clear();
    }

    /// Waits until the requests so far satisfy the check, which is asked again with every arrival and every answer.
    pub async fn wait_until(&self, check: impl Fn(&[Request]) -> bool) {
        self.shared.log.wait_until(check).await;
    }

    /// Does something to the world once, right after the first answer to a request of this kind whose path and query
    /// contain the text has been made: a run inserted between two pages, an artifact deleted before its download.
    pub fn after_next(&self, route: Route, path_contains: &str, deed: impl FnOnce(&mut World) + Send + 'static) {
        let hook = server::Hook { route, path_contains: path_contains.to_owned(), deed: Box::new(deed) };
        self.shared.hooks.lock().unwrap_or_else(PoisonError::into_inner).push(hook);
    }

    /// How many requests of a listener were being answered at once, at most, bodies included.
    pub fn peak_in_flight(&self, listener: Listener) -> usize {
        self.shared.log.gauge(listener).peak()
    }

    /// Stops listening and cuts all connections.
    pub async fn stop(self) {
        self.shared.down.cancel();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }
}

async fn keep_ticking(shared: Arc<Shared>) {
    let mut interval = tokio::time::interval(TICK);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            () = shared.down.cancelled() => return,
            _ = interval.tick() => drop(shared.world()),
        }
    }
}
