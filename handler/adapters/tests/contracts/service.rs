//! A service that answers as a test says, over real sockets, and keeps what it was sent.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// One request, as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) line: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// The number of its connection.
    pub(crate) connection: usize,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// What one request gets.
#[derive(Clone, Debug)]
pub(crate) enum Turn {
    /// Status and headers, each line with its end, and a body.
    Say(&'static str, String),
    /// A yes and the first byte of nine, and then nothing, for ever.
    Stall,
    /// A yes and the first byte of nine, and then the connection's end.
    Break,
    /// Nothing, for ever.
    Hang,
    /// The connection's end.
    Close,
}

pub(crate) fn say(status: &'static str) -> Turn {
    Turn::Say(status, String::new())
}

/// Follows a script, one turn a request, then says 200 to everything.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    script: Arc<Mutex<VecDeque<Turn>>>,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Service {
    pub(crate) async fn start(script: &[Turn]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let service = Self {
            address: listener.local_addr().unwrap(),
            script: Arc::new(Mutex::new(script.iter().cloned().collect())),
            requests: Arc::default(),
        };
        let served = service.clone();
        tokio::spawn(async move {
            for connection in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(served.clone().serve(stream, connection));
            }
        });
        service
    }

    /// Further turns, for what must name the address.
    pub(crate) fn then(&self, script: &[Turn]) {
        self.script.lock().unwrap().extend(script.iter().cloned());
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    async fn serve(self, stream: TcpStream, connection: usize) {
        let mut stream = BufReader::new(stream);
        loop {
            let Some(request) = read(&mut stream, connection).await else { return };
            self.requests.lock().unwrap().push(request);
            let turn = self.script.lock().unwrap().pop_front().unwrap_or_else(|| say("200 OK\r\n"));
            match turn {
                Turn::Hang => std::future::pending().await,
                Turn::Close => return,
                Turn::Stall | Turn::Break => {
                    let part = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n1";
                    let sent = stream.get_mut().write_all(part).await;
                    if sent.is_err() || matches!(turn, Turn::Break) {
                        return;
                    }
                    std::future::pending().await
                }
                Turn::Say(head, body) => {
                    let answer = format!("HTTP/1.1 {head}content-length: {}\r\n\r\n{body}", body.len());
                    if stream.get_mut().write_all(answer.as_bytes()).await.is_err() {
                        return;
                    }
                }
            }
        }
    }
}

async fn read(stream: &mut BufReader<TcpStream>, connection: usize) -> Option<Request> {
    let mut line = String::new();
    if stream.read_line(&mut line).await.ok()? == 0 {
        return None;
    }
    let mut headers = HeaderMap::new();
    loop {
        let mut header = String::new();
        stream.read_line(&mut header).await.ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        let name: HeaderName = name.parse().unwrap();
        headers.append(name, HeaderValue::from_str(value).unwrap());
    }
    let length = headers.get("content-length").map_or(0, |length| length.to_str().unwrap().parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Request { line: line.trim_end().to_owned(), headers, body, connection })
}
