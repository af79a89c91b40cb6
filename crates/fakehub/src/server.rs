//! The two listeners: accepting, recording, cutting connections.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use sha2::{Digest, Sha256};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::access::{AccessLog, Listener, Live, Request};
use crate::faults::{Faults, Route};
use crate::reply::Body;
use crate::world::World;
use crate::{api, blob};

/// What both listeners work on.
pub(crate) struct Shared {
    pub world: Mutex<World>,
    pub faults: Faults,
    pub log: AccessLog,
    pub down: CancellationToken,
}

impl Shared {
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
    pub kill: CancellationToken,
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
        self.kill.cancel();
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
            Ok((stream, _)) => drop(tokio::spawn(serve(shared.clone(), listener, stream))),
            Err(error) => tracing::warn!(%error, "could not accept a connection"),
        }
    }
}

type Answer = Pin<Box<dyn Future<Output = Result<hyper::Response<Body>, std::convert::Infallible>> + Send>>;

async fn serve(shared: Arc<Shared>, listener: Listener, stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let kill = CancellationToken::new();
    let down = shared.down.clone();
    let service = {
        let kill = kill.clone();
        service_fn(move |request| -> Answer {
            let incomer = Incomer { shared: shared.clone(), request, kill: kill.clone() };
            Box::pin(async move {
                Ok(match listener {
                    Listener::Api => api::answer(incomer).await,
                    Listener::Blob => blob::answer(incomer).await,
                })
            })
        })
    };
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        biased;
        // An error here is a client that went away, or a body cut on purpose.
        _ = &mut connection => return,
        () = down.cancelled() => return,
        () = kill.cancelled() => {}
    }
    // With a zero linger time, closing sends a reset.
    let _ = connection.into_parts().io.into_inner().set_zero_linger();
}
