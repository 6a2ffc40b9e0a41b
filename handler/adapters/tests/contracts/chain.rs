//! A chain with one unsigned source. Events, keys and leases have one birthplace each, so the tests
//! of what takes them ring the bell.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use doorbell_adapters::dedupe::memory::Memory;
use doorbell_adapters::startup;
use doorbell_core::config::Config;
use doorbell_core::dedupe::Rule;
use doorbell_core::delivery::Door;
use doorbell_core::destination::{ClaimCheck, Target};
use doorbell_core::handshake::Agreed;
use doorbell_core::keys::Keys;
use doorbell_core::name::{DestinationName, SourceName};
use doorbell_core::provider::Facts;
use doorbell_core::receiver::Admission;
use doorbell_core::respond::Respond;
use doorbell_core::route::{Filter, Route, Routes};
use doorbell_core::source::Source;
use doorbell_core::tally::Tally;
use doorbell_core::verify::Scheme;
use doorbell_core::{Answer, BoxFuture, Clock, Dedupe, DeliveryId, Destination, Head, Peer, Receiver, Timestamp};
use http::{HeaderMap, Method, StatusCode};

/// Stands still at the epoch; nothing ever times out.
#[derive(Debug)]
pub(crate) struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_seconds(0)
    }

    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }

    fn sleep(&self, _duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}

pub(crate) fn name(text: &str) -> DestinationName {
    DestinationName::parse(text).unwrap()
}

/// A source that hands whatever is posted to `/bell` to this destination.
pub(crate) fn source(destination: Arc<dyn Destination>) -> Source {
    let target = Arc::new(Target::new(name("only"), destination));
    Source {
        name: SourceName::parse("bell").unwrap(),
        path: "/bell".to_owned(),
        provider: None,
        scheme: Scheme::Unsigned,
        keys: Keys::fixed(None),
        confirmer: None,
        agreed: Agreed::default(),
        facts: Facts::default(),
        events: Filter::new(None),
        schema: None,
        split: None,
        batched: Tally::default(),
        dedupe: Rule::Content,
        window: Duration::from_secs(3600),
        body_limit: 1 << 20,
        rate: None,
        allow: Vec::new(),
        budget: Duration::from_secs(10),
        routes: Routes::new(vec![Route::to(vec![target])]),
        dead_letter: None,
        and: Vec::new(),
        tally: Tally::default(),
    }
}

/// A receiver of that source alone, for what this scheme proves.
pub(crate) fn proving(
    scheme: Scheme,
    keys: Keys,
    dedupe: Arc<dyn Dedupe>,
    destination: Arc<dyn Destination>,
) -> Receiver {
    Receiver::new(vec![Source { scheme, keys, ..source(destination) }], dedupe, Arc::new(Still), 0)
}

/// A receiver of that source alone.
pub(crate) fn receiver(dedupe: Arc<dyn Dedupe>, destination: Arc<dyn Destination>) -> Receiver {
    Receiver::new(vec![source(destination)], dedupe, Arc::new(Still), 0)
}

/// A receiver of that source alone, with the routes of a config to its destination `out`.
pub(crate) fn routed(config: &Config, destination: Arc<dyn Destination>) -> Receiver {
    let targets = startup::targets(config, &[(name("out"), Arc::clone(&destination))]);
    let source = Source { routes: config.routes_of("bell", &targets), ..source(destination) };
    Receiver::new(vec![source], Arc::new(Memory::new()), Arc::new(Still), 0)
}

/// A receiver of that source alone, which parks every body that is not empty in `keeper`.
pub(crate) fn parking(destination: Arc<dyn Destination>, keeper: Arc<dyn Destination>) -> Receiver {
    let keeper = Arc::new(Target::new(name("keeper"), keeper));
    let claim_check = Some(ClaimCheck { above: 0, keeper });
    let target = Arc::new(Target { claim_check, ..Target::new(name("only"), Arc::clone(&destination)) });
    let source = Source { routes: Routes::new(vec![Route::to(vec![target])]), ..source(destination) };
    Receiver::new(vec![source], Arc::new(Memory::new()), Arc::new(Still), 0)
}

/// A receiver of that source alone, which tells its senders what this destination answers.
pub(crate) fn relaying(destination: Arc<dyn Destination>) -> Receiver {
    let target = Arc::new(Target::new(name("only"), Arc::clone(&destination)));
    let route = Route { respond: Respond::Relay(name("only")), ..Route::to(vec![target]) };
    let source = Source { routes: Routes::new(vec![route]), ..source(destination) };
    Receiver::new(vec![source], Arc::new(Memory::new()), Arc::new(Still), 0)
}

/// Posts the body and says how it was answered.
pub(crate) async fn ring(receiver: &Receiver, body: Bytes) -> StatusCode {
    send(receiver, HeaderMap::new(), body).await
}

/// The same, with headers.
pub(crate) async fn send(receiver: &Receiver, headers: HeaderMap, body: Bytes) -> StatusCode {
    answer(receiver, headers, body).await.into_response().status()
}

/// The same; the whole answer, and its line in the log.
pub(crate) async fn answer(receiver: &Receiver, headers: HeaderMap, body: Bytes) -> Answer {
    let door = Door {
        id: DeliveryId::new("test"),
        peer: Peer::Socket(None),
        received_at: Timestamp::from_unix_seconds(0),
        remaining: None,
        age: Duration::ZERO,
    };
    let head = Head { method: Method::POST, path: "/bell".into(), query: None, headers, door };
    match receiver.admit(head) {
        Admission::Admitted(admitted) => receiver.receive(*admitted, body).await,
        Admission::Answered(answer) => *answer,
    }
}
