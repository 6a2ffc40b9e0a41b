//! A way to a server that loses what a network can lose.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const PASS: u8 = 0;
const LOSE: u8 = 1;
const HANG: u8 = 2;

/// Passes everything on until it is told otherwise.
#[derive(Clone, Debug)]
pub(crate) struct Faults {
    port: u16,
    mode: Arc<AtomicU8>,
    requests: Arc<AtomicUsize>,
    silences: Arc<AtomicUsize>,
}

impl Faults {
    /// In front of a server on this machine.
    pub(crate) async fn before(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let faults = Self { port, mode: Arc::default(), requests: Arc::default(), silences: Arc::default() };
        let way = faults.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let way = way.clone();
                tokio::spawn(async move { way.carry(client, server).await });
            }
        });
        faults
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The next answer is lost, and its connection with it. The request has arrived.
    pub(crate) fn lose_the_next_answer(&self) {
        self.mode.store(LOSE, Ordering::SeqCst);
    }

    /// Nothing is answered from now on.
    #[cfg(feature = "google")]
    pub(crate) fn hang(&self) {
        self.mode.store(HANG, Ordering::SeqCst);
    }

    /// Nothing is answered on the connections that are open; new ones work.
    #[cfg(feature = "google")]
    pub(crate) fn silence(&self) {
        self.silences.fetch_add(1, Ordering::SeqCst);
    }

    /// How many answers came from the server.
    pub(crate) fn answers(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    async fn carry(&self, client: TcpStream, server: u16) {
        let Ok(server) = TcpStream::connect(("127.0.0.1", server)).await else { return };
        let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
            (client.into_split(), server.into_split());
        let born = self.silences.load(Ordering::SeqCst);
        let requests = tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
        let mut answer = vec![0; 1 << 16];
        while let Ok(length @ 1..) = from_server.read(&mut answer).await {
            if answer.starts_with(b"HTTP/1.1 ") {
                self.requests.fetch_add(1, Ordering::SeqCst);
            }
            if self.mode.compare_exchange(LOSE, PASS, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
                break;
            }
            if self.mode.load(Ordering::SeqCst) == HANG || self.silences.load(Ordering::SeqCst) != born {
                continue;
            }
            if to_client.write_all(&answer[..length]).await.is_err() {
                break;
            }
        }
        requests.abort();
    }
}
