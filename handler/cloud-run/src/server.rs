//! The connection loop.

use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use doorbell_adapters::delivery_id::DeliveryIds;
use doorbell_adapters::log::Log;
use doorbell_core::clock::within;
use doorbell_core::receiver::{Admission, Answer, Cut};
use doorbell_core::{Clock, Door, Head, Peer, Receiver};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_util::task::TaskTracker;
use tower_service::Service;

use crate::body::{self, InFlight};
use crate::finish::Finish;

/// What one process may take on.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For the head of a request to be complete.
    pub head: Duration,
    /// For its body to be complete, after the head.
    pub body: Duration,
    /// Bytes of bodies held at once. More is answered 503 with `Retry-After`.
    pub in_flight: usize,
    /// From SIGTERM to the end, whatever is still running. Cloud Run kills after 10 s
    /// (cloud.google.com/run/docs/container-contract).
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(30),
            body: Duration::from_secs(15),
            in_flight: 64 << 20,
            drain: Duration::from_secs(9),
        }
    }
}

/// What the door needs of the rest.
#[derive(Debug)]
pub struct App {
    /// The chain.
    pub receiver: Arc<Receiver>,
    /// The clock that the receiver has, too.
    pub clock: Arc<dyn Clock>,
    /// Names deliveries.
    pub ids: DeliveryIds,
    /// Gets a line per delivery.
    pub log: Log,
}

/// The state of the door, shared by its connections.
struct Shared {
    app: App,
    limits: Limits,
    in_flight: Arc<InFlight>,
    left_behind: TaskTracker,
    ready_at: Duration,
    first: AtomicBool,
}

/// How the drain ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drained {
    /// Everything in flight was answered.
    Whole,
    /// The time was up first.
    CutShort,
}

/// A first request this soon after the port was bound was waiting for it, so its sender's clock has run
/// since the process began.
const WAITED: Duration = Duration::from_secs(1);

/// Serves until `shutdown` completes; then takes no more connections, and ends when all that is in flight is
/// answered, at the latest after [`Limits::drain`].
pub async fn serve(listener: TcpListener, app: App, limits: Limits, shutdown: impl Future<Output = ()>) -> Drained {
    let shared = Arc::new(Shared {
        ready_at: app.clock.monotonic(),
        app,
        limits,
        in_flight: InFlight::new(limits.in_flight),
        left_behind: TaskTracker::new(),
        first: AtomicBool::new(true),
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(limits.head);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(limits.body).keep_alive_timeout(limits.head);

    let connections = GracefulShutdown::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let (socket, peer) = tokio::select! {
            biased;
            () = &mut shutdown => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                // Out of file descriptors, or a connection reset in the queue: neither mends by spinning.
                Err(_) => {
                    shared.app.clock.sleep(Duration::from_millis(20)).await;
                    continue;
                }
            },
        };
        // Replies are one small write each; waiting to merge them only costs the sender.
        let _not_tcp = socket.set_nodelay(true);
        // One router a connection, so that a request need not carry its peer in an extension.
        let caller = Caller { shared: Arc::clone(&shared), address: peer.ip().to_canonical() };
        let router: Router = Router::new().fallback(door).with_state(caller);
        let begun = Arc::new(Notify::new());
        let service = service_fn({
            let begun = Arc::clone(&begun);
            move |request: hyper::Request<hyper::body::Incoming>| {
                begun.notify_one();
                router.clone().call(request.map(Body::new))
            }
        });
        let connection = builder.serve_connection(TokioIo::new(socket), service).into_owned();
        let connection = connections.watch(connection);
        let clock = Arc::clone(&shared.app.clock);
        tokio::spawn(async move {
            let mut connection = pin!(connection);
            // The limit on a head begins when the first bytes have said which HTTP it is. Whoever does not get
            // that far would keep a socket for ever.
            let first_head = async {
                tokio::select! {
                    _ended = connection.as_mut() => false,
                    () = begun.notified() => true,
                }
            };
            if let Ok(true) = within(clock.as_ref(), limits.head, first_head).await {
                // A sender that breaks off has its line in the log already, if it got as far as a head.
                let _broken_off = connection.await;
            }
        });
    }
    drop(listener);
    shared.left_behind.close();
    let drain = async {
        connections.shutdown().await;
        shared.left_behind.wait().await;
    };
    match within(shared.app.clock.as_ref(), limits.drain, drain).await {
        Ok(()) => Drained::Whole,
        Err(_) => Drained::CutShort,
    }
}

/// The state of one connection.
#[derive(Clone)]
struct Caller {
    shared: Arc<Shared>,
    address: IpAddr,
}

async fn door(State(Caller { shared, address }): State<Caller>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let app = &shared.app;
    let door = Door {
        id: app.ids.next(),
        peer: Peer::Socket(Some(address)),
        received_at: app.clock.now(),
        remaining: None,
        age: shared.age(),
    };
    let head = Head {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().map(str::to_owned),
        headers: parts.headers,
        door,
    };
    let admitted = match app.receiver.admit(head) {
        Admission::Admitted(admitted) => admitted,
        Admission::Answered(answer) => return shared.answer(*answer),
    };
    let read = body::read(body, admitted.body_limit(), &shared.in_flight);
    match within(app.clock.as_ref(), shared.limits.body, read).await.unwrap_or(Err(Cut::Incomplete)) {
        Err(cut) => shared.answer(app.receiver.refuse(*admitted, cut)),
        Ok((body, held)) => {
            let chain = {
                let shared = Arc::clone(&shared);
                async move {
                    let answer = shared.app.receiver.receive(*admitted, body).await;
                    drop(held);
                    shared.answer(answer)
                }
            };
            Finish::new(chain, &shared.left_behind).await
        }
    }
}

impl Shared {
    fn age(&self) -> Duration {
        let now = self.app.clock.monotonic();
        let waited = self.first.load(Ordering::Relaxed)
            && self.first.swap(false, Ordering::Relaxed)
            && now.saturating_sub(self.ready_at) < WAITED;
        if waited { now } else { Duration::ZERO }
    }

    fn answer(&self, answer: Answer) -> Response {
        if let Some(record) = &answer.record {
            self.app.log.delivery(record, None, self.app.clock.as_ref());
        }
        answer.into_response().map(Body::from)
    }
}
