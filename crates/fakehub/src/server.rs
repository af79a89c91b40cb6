//! The two listeners: accepting, recording, cutting connections.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use sha2::{Digest, Sha256};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::access::{AccessLog, Listener, Live, Request};
use crate::cut::{Cut, Transport};
use crate::faults::{Faults, Route};
use crate::reply::Body;
use crate::world::{Deed, World};
use crate::{api, blob};

/// What both listeners work on.
pub(crate) struct Shared {
    pub world: Mutex<World>,
    pub faults: Faults,
    pub log: AccessLog,
    pub hooks: Mutex<Vec<Hook>>,
    pub down: CancellationToken,
    /// Accepting and serving, until both are over.
    pub tasks: TaskTracker,
}

/// Something to be done once, after the first answer to a matching request has been made and before it is sent.
pub(crate) struct Hook {
    pub route: Route,
    pub path_contains: String,
    pub deed: Deed,
}

impl Shared {
    /// Does what was to be done after such a request.
    pub fn do_hooks(&self, route: Route, path_and_query: &str) {
        let due: Vec<Hook> = {
            let mut hooks = self.hooks.lock().unwrap_or_else(PoisonError::into_inner);
            hooks
                .extract_if(.., |hook| {
                    (hook.route == Route::Any || hook.route == route) && path_and_query.contains(&hook.path_contains)
                })
                .collect()
        };
        for hook in due {
            (hook.deed)(&mut self.world());
        }
    }

    /// The world as of now.
    pub fn world(&self) -> MutexGuard<'_, World> {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        if world.follows_real_time() {
            world.tick();
        }
        world
    }
}

/// A request with the connection it came on.
pub(crate) struct Incomer {
    pub shared: Arc<Shared>,
    pub request: hyper::Request<Incoming>,
    pub cut: Arc<Cut>,
}

impl Incomer {
    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.request.headers().get(name).and_then(|value| value.to_str().ok())
    }

    /// Writes the request into the access log.
    pub fn record(&self, listener: Listener, route: Route) -> Arc<Live> {
        let owned = |name: &str| self.header(name).map(str::to_owned);
        let live = Arc::new(Live::new(Request {
            listener,
            route,
            method: self.request.method().to_string(),
            path: self.request.uri().path().to_owned(),
            query: self.request.uri().query().unwrap_or_default().to_owned(),
            status: 0,
            had_authorization: self.request.headers().contains_key("authorization"),
            authorization: self.header("authorization").map(fingerprint),
            user_agent: owned("user-agent"),
            if_none_match: owned("if-none-match"),
            range: owned("range"),
            at_ms: self.shared.world().now(),
            order: self.shared.log.next_order(),
            instant: Instant::now(),
            bytes_sent: 0,
            finished: false,
            counted: false,
            faulted: false,
            violation: false,
        }));
        self.shared.log.record(live.clone());
        live
    }

    /// Resets the connection instead of answering.
    pub async fn reset(&self) -> hyper::Response<Body> {
        self.cut.reset_now();
        std::future::pending().await
    }
}

/// A short hash that tells credentials apart without giving them away.
pub(crate) fn fingerprint(authorization: &str) -> String {
    hex::encode(&Sha256::digest(authorization.as_bytes())[..6])
}

/// Accepts until told to stop.
pub(crate) async fn accept(shared: Arc<Shared>, listener: Listener, socket: TcpListener) {
    loop {
        let accepted = tokio::select! {
            () = shared.down.cancelled() => return,
            accepted = socket.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => drop(shared.tasks.spawn(serve(shared.clone(), listener, stream))),
            Err(error) => tracing::warn!(%error, "could not accept a connection"),
        }
    }
}

type Answer = Pin<Box<dyn Future<Output = Result<hyper::Response<Body>, std::convert::Infallible>> + Send>>;

async fn serve(shared: Arc<Shared>, listener: Listener, stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let cut = Arc::new(Cut::default());
    let down = shared.down.clone();
    let service = {
        let cut = cut.clone();
        service_fn(move |request| -> Answer {
            let incomer = Incomer { shared: shared.clone(), request, cut: cut.clone() };
            Box::pin(async move {
                Ok(match listener {
                    Listener::Api => api::answer(incomer).await,
                    Listener::Blob => blob::answer(incomer).await,
                })
            })
        })
    };
    let mut connection = http1::Builder::new().serve_connection(Transport::new(stream, cut.clone()), service);
    let by_reset = tokio::select! {
        biased;
        // An error here is a client that went away.
        _ = &mut connection => return,
        () = down.cancelled() => return,
        by_reset = cut.ended() => by_reset,
    };
    if by_reset {
        // A reset throws away what has not arrived yet, and what was sent is meant to arrive.
        tokio::time::sleep(Duration::from_millis(20)).await;
        // With a zero linger time, closing sends a reset.
        let _ = connection.into_parts().io.into_stream().set_zero_linger();
    }
}
