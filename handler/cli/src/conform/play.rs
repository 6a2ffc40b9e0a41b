//! One request through the whole chain, as a door does it, at the moment of its case.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use doorbell_adapters::dedupe::memory::Memory;
use doorbell_core::config::Config;
use doorbell_core::delivery::Door;
use doorbell_core::destination::{Durability, Target};
use doorbell_core::event::Fact;
use doorbell_core::fault::Cause;
use doorbell_core::handshake::Confirmer;
use doorbell_core::name::DestinationName;
use doorbell_core::receiver::{Admission, Cut};
use doorbell_core::record::Record;
use doorbell_core::{BoxFuture, Clock, DeliveryId, Destination, Event, Head, Peer, Receipt, Receiver, Timestamp};
use http::{HeaderMap, Method};

use super::case::{Case, Request};
use super::setup::{self, Unsupported};

/// What came of a case.
#[derive(Debug)]
pub struct Played {
    /// The line of the log.
    pub record: Option<Record>,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The event that the destination got.
    pub(crate) kept: Option<Kept>,
}

/// What a destination gets to know.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) id: Option<String>,
    pub(crate) kind: Option<String>,
    pub(crate) action: Option<String>,
    pub(crate) body: Bytes,
    /// Whether the body came in an envelope, so that it is not the request's.
    pub(crate) opened: bool,
}

/// Sends the case's request through a receiver that has its source and nothing else. HTTPS is not asked for: no proxy is
/// trusted.
///
/// # Errors
/// [`Unsupported`] where what the case needs is not known here.
pub async fn play(case: &Case, config: Option<&Config>) -> Result<Played, Unsupported> {
    let shelf = Arc::new(Shelf::default());
    let name = DestinationName::parse("kept").ok_or_else(|| Unsupported("no name for the destination".to_owned()))?;
    let target = Arc::new(Target::new(name, Arc::clone(&shelf) as Arc<dyn Destination>));
    let source = setup::source(case, config, Arc::new(Confirms), target)?;
    let opened = source.provider.is_some_and(|provider| provider.envelope.is_some());
    let now = Timestamp::from_unix_seconds(case.now);
    let receiver = Receiver::new(vec![source], Arc::new(Memory::new()), Arc::new(Standing(now)), 0);
    let Rung { record, status, headers, body } = ring(&receiver, &case.request, now).await;
    let kept = shelf.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    Ok(Played {
        record,
        status,
        headers,
        // No server sends a body then (RFC 9110, 9.3.2).
        body: if case.request.method == Method::HEAD { Bytes::new() } else { body },
        kept: kept.map(|kept| Kept { opened, ..kept }),
    })
}

/// What a receiver answers.
#[derive(Debug)]
pub(crate) struct Rung {
    pub(crate) record: Option<Record>,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// One request, as a door does it.
pub(crate) async fn ring(receiver: &Receiver, request: &Request, now: Timestamp) -> Rung {
    let body = request.body.clone();
    let mut answer = match receiver.admit(head(request, now)) {
        Admission::Answered(answer) => *answer,
        Admission::Admitted(admitted) if body.len() > admitted.body_limit() => {
            receiver.refuse(*admitted, Cut::TooLarge)
        }
        Admission::Admitted(admitted) => receiver.receive(*admitted, body).await,
    };
    let record = answer.record.take();
    let (head, body) = answer.into_response().into_parts();
    Rung { record, status: head.status.as_u16(), headers: head.headers, body }
}

fn head(request: &Request, now: Timestamp) -> Head {
    let peer = Peer::Socket(None);
    let door = Door { id: DeliveryId::new("conform"), peer, received_at: now, remaining: None, age: Duration::ZERO };
    Head {
        method: request.method.clone(),
        path: request.path.clone(),
        query: Some(request.query.clone()).filter(|query| !query.is_empty()),
        headers: request.headers.clone(),
        door,
    }
}

/// A clock that stands. Whoever waits has waited: nothing here takes time, so it would be for ever.
#[derive(Debug)]
pub(crate) struct Standing(pub(crate) Timestamp);

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        self.0
    }

    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }

    fn sleep(&self, _duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// A destination that keeps the last event.
#[derive(Debug, Default)]
struct Shelf(Mutex<Option<Kept>>);

impl Destination for Shelf {
    fn durability(&self) -> Durability {
        Durability::None
    }

    fn hand_off<'a>(&'a self, event: &'a Event, _within: Duration) -> BoxFuture<'a, Result<Receipt, Cause>> {
        let text = |fact: Option<&Fact>| fact.map(|fact| fact.text().to_owned());
        let kept = Kept {
            id: text(event.id()),
            kind: text(event.kind()),
            action: text(event.action()),
            body: event.body().clone(),
            opened: false,
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(kept);
        Box::pin(std::future::ready(Ok(Receipt::new(Durability::None))))
    }
}

/// The sender of a subscription says yes; nobody is asked.
#[derive(Debug)]
struct Confirms;

impl Confirmer for Confirms {
    fn confirm(&self, _url: &str) -> BoxFuture<'static, Result<(), Cause>> {
        Box::pin(std::future::ready(Ok(())))
    }
}
