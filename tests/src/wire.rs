//! HTTP/1.1 as bytes on a socket: no client between a test and what is really sent.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::door::Request;

/// No test waits longer for bytes that do not come: it has failed then.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// One end of a connection.
#[derive(Debug)]
pub struct Wire {
    socket: TcpStream,
    unread: BytesMut,
    /// Everything that came, raw.
    pub heard: Vec<u8>,
}

/// A request or a reply.
#[derive(Debug)]
pub struct Message {
    /// The request line or the status line.
    pub start: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Wire {
    /// Connects.
    ///
    /// # Errors
    /// Nobody listens there.
    pub async fn to(address: SocketAddr) -> std::io::Result<Self> {
        TcpStream::connect(address).await.map(Self::on)
    }

    /// On an accepted connection.
    #[must_use]
    pub fn on(socket: TcpStream) -> Self {
        Self { socket, unread: BytesMut::new(), heard: Vec::new() }
    }

    /// Sends these bytes.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.socket.write_all(bytes.as_ref()).await.expect("the other end reads");
    }

    /// The reply to `method`; `None` where the connection ended without one.
    ///
    /// # Panics
    /// When what comes is no reply, or none comes.
    pub async fn reply(&mut self, method: &Method) -> Option<Response<Bytes>> {
        let Message { start, headers, body } = self.message(method != Method::HEAD).await?;
        let status = start.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)).expect("a status line");
        let mut response = Response::new(body);
        *response.status_mut() = status.parse().expect("a status");
        *response.headers_mut() = headers;
        Some(response)
    }

    /// The next message; `None` where the connection ended before one.
    ///
    /// # Panics
    /// When what comes is none.
    pub async fn message(&mut self, has_body: bool) -> Option<Message> {
        let head = loop {
            if let Some(end) = self.unread.windows(4).position(|four| four == b"\r\n\r\n") {
                let head = self.unread.split_to(end);
                self.unread.advance(4);
                break String::from_utf8(head.to_vec()).expect("a head is text");
            }
            if !self.more().await {
                assert!(self.unread.is_empty(), "broken off in a head: {:?}", self.unread);
                return None;
            }
        };
        let mut lines = head.split("\r\n");
        let start = lines.next().unwrap_or_default().to_owned();
        let mut headers = HeaderMap::new();
        for line in lines {
            let (name, value) = line.split_once(':').expect("a header line");
            let name: HeaderName = name.parse().expect("a header name");
            headers.append(name, HeaderValue::from_str(value.trim()).expect("a header value"));
        }
        assert!(!headers.contains_key("transfer-encoding"), "nothing here needs it: {head}");
        let length = headers.get("content-length").and_then(|value| value.to_str().ok()?.parse().ok());
        let length = if has_body { length.unwrap_or(0) } else { 0 };
        while self.unread.len() < length {
            assert!(self.more().await, "broken off in a body");
        }
        Some(Message { start, headers, body: self.unread.split_to(length).freeze() })
    }

    /// Says that nothing more will be sent.
    pub async fn close_writing(&mut self) {
        let _closed_already = self.socket.shutdown().await;
    }

    /// Reads until the other end closes. What it still said, and whether it closed in order.
    pub async fn rest(&mut self) -> Bytes {
        while self.more().await {}
        std::mem::take(&mut self.unread).freeze()
    }

    /// The socket, to end the connection in one way or another.
    #[must_use]
    pub fn into_socket(self) -> TcpStream {
        self.socket
    }

    async fn more(&mut self) -> bool {
        let before = self.unread.len();
        let read = tokio::time::timeout(PATIENCE, self.socket.read_buf(&mut self.unread)).await;
        // A reset is an end, too.
        let more = read.expect("bytes, or the end of the connection").is_ok_and(|bytes| bytes > 0);
        self.heard.extend_from_slice(self.unread.get(before..).unwrap_or_default());
        more
    }
}

/// The head as it goes over the wire, with these headers besides its own.
#[must_use]
pub fn head(request: &Request, more: &[(&str, &str)]) -> Vec<u8> {
    let query = request.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
    let mut bytes = format!("{} {}{query} HTTP/1.1\r\nhost: doorbell.test\r\n", request.method, request.path);
    for (name, value) in more {
        bytes.push_str(&format!("{name}: {value}\r\n"));
    }
    let mut bytes = bytes.into_bytes();
    for (name, value) in &request.headers {
        for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            bytes.extend_from_slice(part);
        }
    }
    bytes.extend_from_slice(b"\r\n");
    bytes
}

/// One chunk of a body without a declared length.
#[must_use]
pub fn chunk(bytes: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

/// The whole request. Without a `content-length` of its own it gets the right one; with `transfer-encoding` it is chunked.
#[must_use]
pub fn whole(request: &Request) -> Vec<u8> {
    if request.headers.contains_key("transfer-encoding") {
        return [head(request, &[]), chunk(&request.body), chunk(b"")].concat();
    }
    let length = request.body.len().to_string();
    let declared = request.headers.contains_key("content-length");
    let more = [("content-length", length.as_str())];
    [head(request, if declared { &[] } else { &more }), request.body.to_vec()].concat()
}

/// Sends `request` on a connection of its own.
pub async fn send(address: SocketAddr, request: &Request) -> Response<Bytes> {
    let mut wire = Wire::to(address).await.expect("the door is open");
    wire.send(whole(request)).await;
    wire.reply(&request.method).await.expect("an answer")
}
