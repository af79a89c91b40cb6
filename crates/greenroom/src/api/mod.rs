//! The HTTP API: answers from the store and the blobs, tells what changes, and rings the collector's
//! bell. Handlers never call GitHub. Bytes of artifacts are hostile and leave only through
//! `content` and `view`, which decide under which headers.

mod address;
mod badge;
pub mod bodies;
mod compare;
mod content;
mod events;
mod failures;
mod files;
mod headers;
mod health;
mod inside;
mod lines;
mod media;
pub mod metrics;
mod operations;
mod overview;
mod package;
pub mod params;
mod plain;
mod problem;
mod proof;
mod range;
mod router;
mod runs;
mod search;
mod security;
mod summary;
mod sync;
mod testing;
mod thumbnails;
mod trends;
mod view;
mod workflows;

pub use problem::{Answer, Problem};
pub use router::{openapi, router};

use crate::blobs::Blobs;
use crate::clock::Clock;
use crate::events::Hub;
use crate::reader::Reader;
use crate::store::{DurationCache, Store};
use std::sync::Arc;
use tokio::sync::{OnceCell, Semaphore};

/// Live connections at a time; more are answered 503.
const MAX_LIVE_CLIENTS: usize = 256;

/// Everything the API is made of.
#[derive(Clone, Debug)]
pub struct Api {
    /// The database.
    pub store: Store,
    /// Artifacts and logs.
    pub blobs: Blobs,
    /// Who reads what is in them.
    pub reader: Reader,
    /// Live things.
    pub hub: Hub,
    /// The time.
    pub clock: Clock,
    /// What can be configured.
    pub settings: Settings,
}

/// What can be configured about the API.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Hosts answered besides the loopback names: `name` with any port, or `name:port`.
    pub allowed_hosts: Vec<String>,
    /// Larger HTML files are shown without changes for viewing.
    pub max_file_bytes: u64,
    /// Whether this process collects; without it a refresh is refused.
    pub collecting: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { allowed_hosts: Vec::new(), max_file_bytes: 100 << 20, collecting: true }
    }
}

/// What handlers share.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    store: Store,
    blobs: Blobs,
    reader: Reader,
    hub: Hub,
    clock: Clock,
    settings: Arc<Settings>,
    /// Percentiles of workflows.
    durations: Arc<DurationCache>,
    /// Where things are in the logs that were looked at last.
    line_indexes: Arc<lines::LineIndexes>,
    /// Small pictures, as far as they are remembered.
    thumbnails: Arc<thumbnails::Thumbnails>,
    /// Archives inside artifacts, unpacked for a while.
    packages: Arc<package::Packages>,
    /// Seats for live connections.
    live: Arc<Semaphore>,
    /// Key of the view tokens, read or made at first use.
    view_key: Arc<OnceCell<view::ViewKey>>,
    /// Numbers the messages of live connections, so that ids increase for every client.
    message: Arc<std::sync::atomic::AtomicU64>,
}

impl Shared {
    fn new(api: Api) -> Shared {
        // Starting at the present keeps ids increasing over restarts.
        let first = u64::try_from(api.clock.now().0).unwrap_or(0);
        Shared {
            store: api.store,
            blobs: api.blobs,
            reader: api.reader,
            hub: api.hub,
            clock: api.clock,
            settings: Arc::new(api.settings),
            durations: Arc::default(),
            line_indexes: Arc::default(),
            thumbnails: Arc::default(),
            packages: Arc::default(),
            live: Arc::new(Semaphore::new(MAX_LIVE_CLIENTS)),
            view_key: Arc::default(),
            message: Arc::new(std::sync::atomic::AtomicU64::new(first)),
        }
    }
}
