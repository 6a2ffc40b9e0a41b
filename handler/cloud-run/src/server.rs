//! The connection loop.

use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::handler::Handler;
use axum::response::Response;
use doorbell_adapters::app::App;
use doorbell_adapters::first_call::FirstCall;
use doorbell_core::clock::within;
use doorbell_core::receiver::{Admission, Answer, Cut};
use doorbell_core::{Door, Head, Peer};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
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

/// The state of the door, shared by its connections.
struct Shared {
    app: App,
    limits: Limits,
    in_flight: Arc<InFlight>,
    left_behind: TaskTracker,
    first_call: FirstCall,
}

/// How the drain ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drained {
    /// Everything in flight was answered.
    Whole,
    /// The time was up first.
    CutShort,
}

/// How long, and for how many bytes, a body is taken whose request is answered already.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 1 << 20;
/// Serves until `shutdown` completes; then takes no more connections, and ends when all that is in flight is
/// answered, at the latest after [`Limits::drain`].
pub async fn serve(listener: TcpListener, app: App, limits: Limits, shutdown: impl Future<Output = ()>) -> Drained {
    let shared = Arc::new(Shared {
        first_call: FirstCall::ready(app.clock.monotonic()),
        app,
        limits,
        in_flight: InFlight::new(limits.in_flight),
        left_behind: TaskTracker::new(),
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(limits.head);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(limits.body).keep_alive_timeout(limits.head);

    let connections = GracefulShutdown::new();
    let mut shutdown = pin!(shutdown);
    let accept = |socket: TcpStream, peer: SocketAddr| {
        // Replies are one small write each; waiting to merge them only costs the sender.
        let _not_tcp = socket.set_nodelay(true);
        // axum's handler as it is, one a connection: the receiver knows the paths, so a router would only look
        // every path up a second time.
        let handler = door.with_state(Caller { shared: Arc::clone(&shared), address: peer.ip().to_canonical() });
        let begun = Arc::new(Notify::new());
        let service = service_fn({
            let begun = Arc::clone(&begun);
            move |request: hyper::Request<hyper::body::Incoming>| {
                begun.notify_one();
                handler.clone().call(request.map(Body::new))
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
    };
    loop {
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            accepted = listener.accept() => match accepted {
                Ok((socket, peer)) => accept(socket, peer),
                // Out of file descriptors, or a connection reset in the queue: neither mends by spinning.
                Err(_) => shared.app.clock.sleep(Duration::from_millis(20)).await,
            },
        }
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
    let expects_go_ahead = parts.headers.contains_key(http::header::EXPECT);
    let door = Door {
        id: app.ids.next(),
        peer: Peer::Socket(Some(address)),
        received_at: app.clock.now(),
        remaining: None,
        age: shared.first_call.waited(app.clock.monotonic()),
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
        Admission::Answered(answer) => {
            shared.linger(body, expects_go_ahead);
            return shared.answer(*answer);
        }
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
    /// Takes the body of a request that is answered already and drops it, up to a limit. A server that closes with
    /// unread bytes resets the connection, and a sender that is still writing never sees its 401. One that waits to be
    /// told to go on has written nothing.
    fn linger(&self, body: Body, expects_go_ahead: bool) {
        if !expects_go_ahead && !body.is_end_stream() {
            let clock = Arc::clone(&self.app.clock);
            self.left_behind
                .spawn(async move { within(clock.as_ref(), LINGER, body::discard(body, LINGER_BYTES)).await });
        }
    }

    fn answer(&self, answer: Answer) -> Response {
        if let Some(record) = &answer.record {
            self.app.log.delivery(record, None, self.app.clock.as_ref());
        }
        answer.into_response().map(Body::from)
    }
}
