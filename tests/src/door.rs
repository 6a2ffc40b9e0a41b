//! A door without a network: it does with a request what every door does.

use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use doorbell_core::delivery::Door;
use doorbell_core::receiver::{Admission, Admitted, Cut};
use doorbell_core::record::Record;
use doorbell_core::{Answer, DeliveryId, Head, Peer, Receiver, Timestamp};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use crate::task::Task;

/// A request as a test writes it.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path.
    pub path: String,
    /// The query without `?`.
    pub query: Option<String>,
    /// The headers, repeated ones kept.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// The other end.
    pub peer: Peer,
    /// What the platform leaves.
    pub remaining: Option<Duration>,
    /// How old the process is.
    pub age: Duration,
}

impl Request {
    /// A POST from a socket.
    #[must_use]
    pub fn post(path: &str, body: impl Into<Bytes>) -> Self {
        Self {
            method: Method::POST,
            path: path.to_owned(),
            query: None,
            headers: HeaderMap::new(),
            body: body.into(),
            peer: Peer::Socket(Some(IpAddr::from([203, 0, 113, 7]))),
            remaining: None,
            age: Duration::ZERO,
        }
    }

    /// The same with one more header.
    #[must_use]
    #[track_caller]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().expect("a header name");
        self.headers.append(name, HeaderValue::from_bytes(value.as_bytes()).expect("a header value"));
        self
    }

    /// Its head as a door builds it.
    #[must_use]
    pub fn head(&self, received_at: Timestamp) -> Head {
        Head {
            method: self.method.clone(),
            path: self.path.clone(),
            query: self.query.clone(),
            headers: self.headers.clone(),
            door: Door {
                id: DeliveryId::new("test-1"),
                peer: self.peer,
                received_at,
                remaining: self.remaining,
                age: self.age,
            },
        }
    }
}

/// What came back.
#[derive(Debug)]
pub struct Heard {
    /// The line of the log.
    pub record: Option<Record>,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// Whether the request's body was asked for.
    pub body_read: bool,
}

impl Heard {
    /// From what the receiver answered.
    #[must_use]
    pub fn of(mut answer: Answer, body_read: bool) -> Self {
        let record = answer.record.take();
        let (head, body) = answer.into_response().into_parts();
        Self { record, status: head.status.as_u16(), headers: head.headers, body, body_read }
    }

    /// The outcome's name in the log.
    #[must_use]
    pub fn outcome(&self) -> &'static str {
        self.record.as_ref().map_or("", |record| record.outcome)
    }

    /// The guard's, fault's or reason's name in the log.
    #[must_use]
    pub fn guard(&self) -> &'static str {
        self.record.as_ref().and_then(|record| record.guard).unwrap_or("")
    }

    /// A header of the reply.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The outcome, the guard and the status at once.
    #[must_use]
    pub fn line(&self) -> (&'static str, &'static str, u16) {
        (self.outcome(), self.guard(), self.status)
    }
}

/// Judges the head alone.
///
/// # Errors
/// The answer, where the head is enough for one.
pub fn admit(receiver: &Receiver, request: &Request, now: Timestamp) -> Result<Box<Admitted>, Box<Heard>> {
    match receiver.admit(request.head(now)) {
        Admission::Admitted(admitted) => Ok(admitted),
        Admission::Answered(answer) => Err(Box::new(Heard::of(*answer, false))),
    }
}

/// Head, body within its limit, chain: not started yet.
#[must_use]
pub fn begin(receiver: &Receiver, request: Request, now: Timestamp) -> Task<'_, Heard> {
    Task::new(async move {
        let admitted = match admit(receiver, &request, now) {
            Ok(admitted) => *admitted,
            Err(heard) => return *heard,
        };
        let answer = if request.body.len() > admitted.body_limit() {
            receiver.refuse(admitted, Cut::TooLarge)
        } else {
            receiver.receive(admitted, request.body).await
        };
        Heard::of(answer, true)
    })
}

/// The same, for what waits for nothing.
#[must_use]
#[track_caller]
pub fn ring(receiver: &Receiver, request: Request, now: Timestamp) -> Heard {
    begin(receiver, request, now).finish()
}
