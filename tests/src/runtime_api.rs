//! A stand-in for the Lambda Runtime API, as far as one function at a time needs it
//! (docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).

use std::net::SocketAddr;

use doorbell_core::Clock;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;

use crate::wire::{Message, Wire};

/// Hands out events and takes the answers.
#[derive(Debug)]
pub struct RuntimeApi {
    /// What `AWS_LAMBDA_RUNTIME_API` must say.
    pub address: SocketAddr,
    events: Sender<Vec<u8>>,
    answers: Receiver<Message>,
    server: JoinHandle<()>,
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl RuntimeApi {
    /// On a port of its own. Deadlines are a minute from this clock's time.
    pub async fn start(clock: impl Clock + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let (events, mut waiting) = channel::<Vec<u8>>(1);
        let (answered, answers) = channel(1);
        let server = tokio::spawn(async move {
            // The function speaks on one connection at a time; a new one means that it gave the old one up.
            while let Ok((socket, _)) = listener.accept().await {
                let mut wire = Wire::on(socket);
                while let Some(message) = wire.message(true).await {
                    if message.start.starts_with("GET /2018-06-01/runtime/invocation/next ") {
                        let Some(event) = waiting.recv().await else { return };
                        wire.send(invocation(&event, &clock)).await;
                    } else {
                        wire.send("HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n").await;
                        if answered.send(message).await.is_err() {
                            return;
                        }
                    }
                }
            }
        });
        Self { address, events, answers, server }
    }

    /// Hands out `event`; what the function posts for it, an answer or an error.
    pub async fn invoke(&mut self, event: &Value) -> Message {
        self.events.send(event.to_string().into_bytes()).await.expect("the stand-in runs");
        let answer = tokio::time::timeout(crate::wire::PATIENCE, self.answers.recv()).await;
        answer.expect("an answer in time").expect("the stand-in runs")
    }
}

fn invocation(event: &[u8], clock: &impl Clock) -> Vec<u8> {
    let deadline = clock.now().as_unix_micros() / 1_000 + 60_000;
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         lambda-runtime-aws-request-id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n\
         lambda-runtime-deadline-ms: {deadline}\r\n\
         lambda-runtime-invoked-function-arn: arn:aws:lambda:us-east-1:123456789012:function:doorbell\r\n\
         lambda-runtime-trace-id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1\r\n\r\n",
        event.len(),
    );
    [head.as_bytes(), event].concat()
}
