//! HTTP/2 with prior knowledge, as Cloud Run speaks it to a container that asks for it.

use std::net::SocketAddr;

use bytes::{Bytes, BytesMut};
use h2::client::{ResponseFuture, SendRequest};
use h2::{RecvStream, SendStream};
use http::Response;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::door::Request;

/// One connection.
#[derive(Debug)]
pub struct Connection {
    requests: SendRequest<Bytes>,
    driver: JoinHandle<()>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Connection {
    /// Connects, and shakes hands.
    pub async fn to(address: SocketAddr) -> Self {
        let socket = TcpStream::connect(address).await.expect("the door is open");
        let (requests, connection) = h2::client::handshake(socket).await.expect("the door speaks HTTP/2");
        let driver = tokio::spawn(async move {
            let _broken_off = connection.await;
        });
        Self { requests, driver }
    }

    /// Starts a request. Its body is the caller's to send, and its answer to await.
    pub async fn begin(&self, request: &Request) -> (ResponseFuture, SendStream<Bytes>) {
        let query = request.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
        let mut sent = http::Request::new(());
        *sent.method_mut() = request.method.clone();
        *sent.uri_mut() = format!("http://doorbell.test{}{query}", request.path).parse().expect("a target");
        *sent.headers_mut() = request.headers.clone();
        // HTTP/2 has its own framing, and forbids the other one's.
        sent.headers_mut().remove("transfer-encoding");
        let mut requests = self.requests.clone().ready().await.expect("the connection is open");
        requests.send_request(sent, false).expect("a request")
    }

    /// Sends a whole request.
    pub async fn send(&self, request: &Request) -> Response<Bytes> {
        let (response, mut body) = self.begin(request).await;
        // Who is answered from the head need not be read.
        let _refused = body.send_data(request.body.clone(), true);
        answer(response).await
    }
}

/// The answer with its whole body.
pub async fn answer(response: ResponseFuture) -> Response<Bytes> {
    let (head, body) = response.await.expect("an answer").into_parts();
    Response::from_parts(head, whole(body).await)
}

async fn whole(mut body: RecvStream) -> Bytes {
    let mut whole = BytesMut::new();
    while let Some(data) = body.data().await {
        whole.extend_from_slice(&data.expect("a body that ends"));
    }
    whole.freeze()
}
