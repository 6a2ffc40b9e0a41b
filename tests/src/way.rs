//! Every way to the chain, and what comes back on it.

use std::sync::Arc;

use bytes::Bytes;
use doorbell_cloud_run::Limits;
use http::Response;
use serde_json::Value;

use crate::dedupe::Book;
use crate::destination::{Scripted, Step, Taken};
use crate::door::Request;
use crate::h2c;
use crate::invocation::{Front, Invoked};
use crate::lines::outcome;
use crate::served::Served;
use crate::stage::Stage;

/// A way to the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The core, as any program may call it.
    Core,
    /// HTTP/1.1 over TCP.
    Http1,
    /// HTTP/2 with prior knowledge over TCP.
    H2c,
    /// An invocation of the function.
    Lambda(Front),
}

/// What came of a request.
#[derive(Debug)]
pub struct Came {
    /// Outcome, guard and status.
    pub line: String,
    /// Status, headers, body, without what names the delivery or belongs to the transport.
    pub reply: Reply,
}

/// A reply as every door must give it.
#[derive(Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers, sorted.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

/// What the destination got, without what names the delivery.
#[derive(Debug, PartialEq)]
pub struct Got {
    /// The body.
    pub body: Bytes,
    /// The event's attributes.
    pub attributes: Value,
    /// All facts with how far they are proven.
    pub facts: String,
}

/// Headers that may differ: they name the delivery, or are the transport's own.
const FREE: &[&str] = &["connection", "content-length", "date", "transfer-encoding", "x-doorbell-id"];

impl Reply {
    /// # Panics
    /// When it does not name its delivery exactly once.
    #[must_use]
    pub fn of(answer: &Response<Bytes>) -> Self {
        assert_eq!(answer.headers().get_all("x-doorbell-id").iter().count(), 1, "{answer:?}");
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = answer.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value)));
        let mut headers: Vec<_> = headers.filter(|(name, _)| !FREE.contains(&name.as_str())).collect();
        headers.sort();
        Self { status: answer.status().as_u16(), headers, body: answer.body().clone() }
    }
}

impl From<Taken> for Got {
    fn from(taken: Taken) -> Self {
        let mut attributes: Value = serde_json::from_slice(&taken.cloudevent).expect("an event has a JSON form");
        attributes.as_object_mut().expect("an event is an object").remove("doorbellid");
        let Taken { id, kind, action, trust, secret_version, time, body, .. } = taken;
        let facts = format!("{id:?} {kind:?} {action:?} {trust:?} {secret_version:?} {time:?}");
        Self { body, attributes, facts }
    }
}

impl Way {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Core,
        Self::Http1,
        Self::H2c,
        Self::Lambda(Front::Url),
        Self::Lambda(Front::HttpApi),
        Self::Lambda(Front::RestApi),
        Self::Lambda(Front::Alb),
        Self::Lambda(Front::AlbMulti),
    ];

    /// Sends `requests` one after the other.
    pub async fn send(self, stage: &Stage, requests: &[Request]) -> Vec<Came> {
        let mut came = Vec::with_capacity(requests.len());
        match self {
            Self::Core => {
                for request in requests {
                    let heard = stage.ring(request.clone());
                    let line = match &heard.record {
                        Some(record) => outcome(record.outcome, record.guard.unwrap_or_default(), heard.status),
                        None => heard.status.to_string(),
                    };
                    let mut answer = Response::new(heard.body);
                    *answer.status_mut() = heard.status.try_into().expect("a status");
                    *answer.headers_mut() = heard.headers;
                    came.push(Came { line, reply: Reply::of(&answer) });
                }
            }
            Self::Http1 | Self::H2c => {
                let served = Served::start(stage, Limits::default()).await;
                for request in requests {
                    let answer = match self {
                        Self::H2c => h2c::Connection::to(served.address).await.send(request).await,
                        Self::Core | Self::Http1 | Self::Lambda(_) => served.send(request).await,
                    };
                    came.push(Came { line: served.log.outcome(&answer), reply: Reply::of(&answer) });
                }
            }
            Self::Lambda(front) => {
                let invoked = Invoked::start(stage).await;
                for request in requests {
                    let answer = invoked.send(front, request).await;
                    came.push(Came { line: invoked.log.outcome(&answer), reply: Reply::of(&answer) });
                }
            }
        }
        came
    }
}

/// A stage of its own, and where its events go.
#[must_use]
pub fn stage(
    sources: fn(&Arc<Scripted>) -> Vec<doorbell_core::source::Source>,
    script: &[Step],
    hops: u8,
) -> (Stage, Arc<Scripted>) {
    let destination = Scripted::new(script);
    (Stage::new(sources(&destination), Arc::new(Book::default()), hops), destination)
}
