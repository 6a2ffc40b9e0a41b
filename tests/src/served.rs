//! The HTTP door in this process.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use doorbell_adapters::delivery_id::DeliveryIds;
use doorbell_cloud_run::{App, Drained, Limits, serve};
use http::{Method, Response};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::door::Request;
use crate::lines::Lines;
use crate::stage::Stage;
use crate::wire;

/// A door on a port of its own.
#[derive(Debug)]
pub struct Served {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its log.
    pub log: Lines,
    stop: oneshot::Sender<()>,
    door: JoinHandle<Drained>,
}

/// A door that was asked to stop.
#[derive(Debug)]
pub struct Stopping {
    /// Where it listened.
    pub address: SocketAddr,
    /// Its log.
    pub log: Lines,
    door: JoinHandle<Drained>,
}

impl Served {
    /// Opens a door to the stage.
    pub async fn start(stage: &Stage, limits: Limits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let (log, lines) = Lines::new();
        let app = App {
            receiver: Arc::clone(&stage.receiver),
            clock: Arc::new(stage.clock.clone()),
            ids: DeliveryIds::new().expect("random bytes"),
            log,
        };
        let (stop, stopped) = oneshot::channel();
        let door = tokio::spawn(serve(listener, app, limits, async move {
            let _dropped = stopped.await;
        }));
        // The first request carries the age of its process, which the stage's clock makes a long one.
        let probe = wire::send(address, &Request { method: Method::GET, ..Request::post("/-/ready", "") }).await;
        assert_eq!(probe.status(), 200);
        Self { address, log: lines, stop, door }
    }

    /// Sends `request` on a connection of its own.
    pub async fn send(&self, request: &Request) -> Response<Bytes> {
        wire::send(self.address, request).await
    }

    /// What SIGTERM does.
    #[must_use]
    pub fn stop(self) -> Stopping {
        let Self { address, log, stop, door } = self;
        stop.send(()).expect("the door is open");
        Stopping { address, log, door }
    }
}

impl Stopping {
    /// Whether it still waits for somebody, after a chance to end.
    pub async fn waits(&self) -> bool {
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
        !self.door.is_finished()
    }

    /// How it ended.
    pub async fn drained(self) -> Drained {
        self.door.await.expect("the door ends in order")
    }
}

/// Waits until `done`; gives up after half a minute, because then it never happens.
#[track_caller]
pub fn eventually(mut done: impl FnMut() -> bool) -> impl Future<Output = ()> {
    let place = std::panic::Location::caller();
    async move {
        for _ in 0..10_000 {
            if done() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        panic!("it never happened: {place}");
    }
}
