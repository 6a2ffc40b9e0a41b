//! Invocations through the whole chain, with doubles for what is behind it.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use doorbell_adapters::delivery_id::DeliveryIds;
use doorbell_adapters::log::{Format, Log};
use doorbell_core::dedupe::{Granted, Lease, Request, Rule};
use doorbell_core::destination::{Durability, Target};
use doorbell_core::fault::Cause;
use doorbell_core::handshake::Agreed;
use doorbell_core::keys::Keys;
use doorbell_core::name::{DestinationName, SourceName};
use doorbell_core::route::{Filter, Route, Routes};
use doorbell_core::secret::{LiveSecret, Secret, SecretVersion};
use doorbell_core::source::Source;
use doorbell_core::tally::{Counts, Tally};
use doorbell_core::verify::Scheme;
use doorbell_core::{
    BoxFuture, Clock, Dedupe, DeliveryId, Destination, Door, Event, Head, Peer, Receipt, Receiver, Timestamp, provider,
};
use doorbell_lambda::function::Failed;
use doorbell_lambda::{App, Function};
use http::{HeaderMap, Method};
use lambda_runtime::Context;
use serde_json::{Value, json};

use crate::fixture::{BODY, Fixture, raw, set_body};

/// 2026-11-22T10:00:00Z in milliseconds.
const NOW: i64 = 1_795_341_600_000;
const SIGNATURE: &str = "X-Hub-Signature-256";

/// Stands still until it is told otherwise. Panics as often as it is asked to.
#[derive(Debug, Default)]
struct TestClock {
    monotonic: AtomicU64,
    panics: AtomicUsize,
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        let left = self.panics.load(Ordering::Relaxed);
        self.panics.store(left.saturating_sub(1), Ordering::Relaxed);
        assert_eq!(left, 0, "the clock broke");
        Timestamp::from_unix_millis(NOW)
    }
    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.monotonic.load(Ordering::Relaxed))
    }
    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}

#[derive(Debug)]
struct NothingTwice;

impl Dedupe for NothingTwice {
    fn claim<'a>(&'a self, request: Request<'a>) -> BoxFuture<'a, Result<Granted, Cause>> {
        Box::pin(async move { Ok(Granted::Leased { token: 1, missing: request.destinations.to_vec() }) })
    }
    fn settle<'a>(&'a self, _: &'a Lease, _: &'a [DestinationName], _: Timestamp) -> BoxFuture<'a, Result<(), Cause>> {
        Box::pin(async { Ok(()) })
    }
}

/// Keeps what it is given; panics at a ping that says so.
#[derive(Debug, Default)]
struct Shelf {
    bodies: Mutex<Vec<Bytes>>,
    budgets: Mutex<Vec<Duration>>,
}

impl Destination for Shelf {
    fn durability(&self) -> Durability {
        Durability::Durable
    }
    fn hand_off<'a>(&'a self, event: &'a Event, within: Duration) -> BoxFuture<'a, Result<Receipt, Cause>> {
        Box::pin(async move {
            assert_ne!(event.body(), &Bytes::from_static(b"panic"), "the shelf broke");
            self.bodies.lock().unwrap().push(event.body().clone());
            self.budgets.lock().unwrap().push(within);
            Ok(Receipt::new(Durability::Durable))
        })
    }
}

pub(crate) struct Bench {
    function: Function,
    receiver: Arc<Receiver>,
    clock: Arc<TestClock>,
    shelf: Arc<Shelf>,
}

fn scheme() -> Scheme {
    provider::find("github", None).unwrap().scheme.clone()
}

fn secret() -> Vec<LiveSecret> {
    vec![LiveSecret { version: SecretVersion::new("1"), secret: Secret::new("correct horse battery staple").unwrap() }]
}

/// A function with the source `/github`, started at 300 ms.
fn bench() -> Bench {
    bench_of(|_github| ())
}

/// The same, with another source in its place.
pub(crate) fn bench_of(change: impl FnOnce(&mut Source)) -> Bench {
    let clock = Arc::new(TestClock { monotonic: AtomicU64::new(300), ..TestClock::default() });
    let shelf = Arc::new(Shelf::default());
    let github = provider::find("github", None).unwrap();
    let name = DestinationName::parse("shelf").unwrap();
    let target = Target::new(name, Arc::clone(&shelf) as Arc<dyn Destination>);
    let mut source = Source {
        name: SourceName::parse("github").unwrap(),
        path: "/github".to_owned(),
        provider: Some(github),
        scheme: scheme(),
        keys: Keys::fixed(Some(scheme().keyring(secret()).unwrap())),
        confirmer: None,
        agreed: Agreed::default(),
        facts: github.facts.clone(),
        events: Filter::new(None),
        schema: None,
        split: None,
        batched: Tally::default(),
        dedupe: Rule::Id,
        window: Duration::from_secs(60),
        body_limit: 64,
        rate: None,
        allow: vec!["203.0.113.0/24".parse().unwrap()],
        budget: Duration::from_secs(10),
        routes: Routes::new(vec![Route::to(vec![Arc::new(target)])]),
        dead_letter: None,
        and: Vec::new(),
        tally: Tally::default(),
    };
    change(&mut source);
    let receiver =
        Arc::new(Receiver::new(vec![source], Arc::new(NothingTwice), Arc::clone(&clock) as Arc<dyn Clock>, 0));
    let function = Function::new(App {
        receiver: Arc::clone(&receiver),
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        ids: DeliveryIds::new().unwrap(),
        log: Log::new(Format::Lambda),
    });
    Bench { function, receiver, clock, shelf }
}

fn signature(body: &str) -> String {
    let door = Door {
        id: DeliveryId::new("t"),
        peer: Peer::Socket(None),
        received_at: Timestamp::from_unix_millis(NOW),
        remaining: None,
        age: Duration::ZERO,
    };
    let mut head = Head { method: Method::POST, path: "/github".into(), query: None, headers: HeaderMap::new(), door };
    let Scheme::Mac(mac) = scheme() else { panic!("GitHub signs with a MAC") };
    let keys = scheme().keyring(secret()).unwrap();
    mac.sign(&mut head, body.as_bytes(), &keys, Timestamp::from_unix_millis(NOW)).unwrap();
    head.headers[SIGNATURE].to_str().unwrap().to_owned()
}

fn signed(fixture: Fixture, body: &str) -> Value {
    let mut event = fixture.event();
    set_body(&mut event, body, false);
    fixture.set_header(&mut event, header_name(fixture, SIGNATURE), &[&signature(body)]);
    fixture.set_header(&mut event, header_name(fixture, "Content-Length"), &[&body.len().to_string()]);
    event
}

/// REST API keeps the sender's spelling.
fn header_name(fixture: Fixture, name: &'static str) -> &'static str {
    match (fixture, name) {
        (Fixture::RestApi, name) => name,
        (_, SIGNATURE) => "x-hub-signature-256",
        (_, _) => "content-length",
    }
}

impl Bench {
    async fn invoke(&self, event: &Value) -> Value {
        self.invoke_within(event, 3_000).await
    }

    async fn invoke_within(&self, event: &Value, millis: i64) -> Value {
        self.answer(event, millis).await.unwrap()
    }

    /// What the platform is told, or why the invocation failed.
    pub(crate) async fn answer(&self, event: &Value, millis: i64) -> Result<Value, Failed> {
        let mut context = Context::default();
        context.request_id = "8476a536-e9f4-11e8-9739-2dfe598c3fcd".to_owned();
        context.deadline = u64::try_from(NOW + millis).unwrap();
        let said = self.function.answer(&raw(event), &context).await?;
        Ok(serde_json::to_value(said).unwrap())
    }

    pub(crate) fn kept(&self) -> Vec<Bytes> {
        std::mem::take(&mut *self.shelf.bodies.lock().unwrap())
    }

    pub(crate) fn counts(&self) -> Counts {
        self.receiver.counts("github").unwrap()
    }
}

/// Status, headers and body as the sender gets them; the id is checked and left out.
fn seen(fixture: Fixture, reply: &Value) -> (u64, Vec<(String, String)>, String) {
    let mut headers: Vec<(String, String)> = match fixture {
        Fixture::RestApi | Fixture::AlbMulti => {
            let lists = reply["multiValueHeaders"].as_object().unwrap();
            lists.iter().map(|(name, values)| (name.clone(), values[0].as_str().unwrap().to_owned())).collect()
        }
        Fixture::Url | Fixture::HttpApi | Fixture::Alb => {
            let single = reply["headers"].as_object().unwrap();
            single.iter().map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
        }
    };
    let before = headers.len();
    headers.retain(|(name, _)| name != "x-doorbell-id");
    assert_eq!(before - headers.len(), 1, "{reply}");
    (reply["statusCode"].as_u64().unwrap(), headers, reply["body"].as_str().unwrap().to_owned())
}

/// Every door gives this answer to its event, in the same words, and nothing is kept.
async fn refused(change: impl Fn(Fixture, &mut Value), status: u64) {
    let mut first = None;
    for fixture in Fixture::ALL {
        let bench = bench();
        let mut event = signed(fixture, BODY);
        change(fixture, &mut event);
        let seen = seen(fixture, &bench.invoke(&event).await);
        assert_eq!(seen.0, status, "{fixture:?}");
        assert_eq!(*first.get_or_insert(seen.clone()), seen, "{fixture:?}");
        assert!(bench.kept().is_empty(), "{fixture:?}");
        assert!(bench.counts().balanced(), "{fixture:?}");
    }
}

#[tokio::test]
async fn a_signed_delivery_is_kept_byte_for_byte_at_every_door() {
    for fixture in Fixture::ALL {
        let bench = bench();
        let mut event = signed(fixture, BODY);
        let as_text = seen(fixture, &bench.invoke(&event).await);
        set_body(&mut event, &STANDARD.encode(BODY), true);
        let in_base64 = seen(fixture, &bench.invoke(&event).await);
        assert_eq!(as_text, in_base64);
        assert_eq!(as_text, seen(Fixture::Url, &self::bench().invoke(&signed(Fixture::Url, BODY)).await));
        assert_eq!((as_text.0, as_text.2.as_str()), (200, ""), "{fixture:?}");
        assert_eq!(bench.kept(), [BODY, BODY], "{fixture:?}");
        assert_eq!(bench.counts().handed_off, 2);
    }
}

#[tokio::test]
async fn a_tampered_body_is_401() {
    refused(|_, event| set_body(event, "{\"zen\":\"Keep it logically awesomE.\"}", false), 401).await;
}

#[tokio::test]
async fn a_body_that_is_no_base64_is_400() {
    refused(|_, event| set_body(event, "*", true), 400).await;
}

#[tokio::test]
async fn a_body_over_the_limit_is_413_whatever_its_declared_length() {
    refused(|_, event| set_body(event, &"x".repeat(65), false), 413).await;
    refused(|_, event| set_body(event, &STANDARD.encode("x".repeat(65)), true), 413).await;
}

#[tokio::test]
async fn a_malformed_header_is_400() {
    let malformed = |fixture: Fixture, event: &mut Value| fixture.set_header(event, "x-odd", &["line\nbreak"]);
    refused(malformed, 400).await;
}

/// ALB without multi-value headers drops the first one before anybody can see it.
#[tokio::test]
async fn a_repeated_signature_is_401() {
    for fixture in [Fixture::Url, Fixture::HttpApi, Fixture::RestApi, Fixture::AlbMulti] {
        let bench = bench();
        let (mut event, right) = (signed(fixture, BODY), signature(BODY));
        fixture.set_header(&mut event, header_name(fixture, SIGNATURE), &["sha256=00", &right]);
        assert_eq!(bench.invoke(&event).await["statusCode"], 401, "{fixture:?}");
        assert!(bench.kept().is_empty());
    }
}

#[tokio::test]
async fn an_address_off_the_list_is_403() {
    let elsewhere = |fixture: Fixture, event: &mut Value| match fixture {
        Fixture::Url | Fixture::HttpApi => event["requestContext"]["http"]["sourceIp"] = "198.51.100.1".into(),
        Fixture::RestApi => event["requestContext"]["identity"]["sourceIp"] = "198.51.100.1".into(),
        // The first entry is the client's own invention.
        Fixture::Alb | Fixture::AlbMulti => {
            fixture.set_header(event, "x-forwarded-for", &["203.0.113.9, 198.51.100.1"]);
        }
    };
    refused(elsewhere, 403).await;
}

#[tokio::test]
async fn plain_http_at_a_load_balancer_is_403() {
    for fixture in Fixture::ALL {
        let mut event = signed(fixture, BODY);
        fixture.set_header(&mut event, "x-forwarded-proto", &["http"]);
        // API Gateway and Function URLs have no plain listener: there the header says nothing.
        let expected = if matches!(fixture, Fixture::Alb | Fixture::AlbMulti) { 403 } else { 200 };
        assert_eq!(bench().invoke(&event).await["statusCode"], expected, "{fixture:?}");
    }
}

#[tokio::test]
async fn another_path_and_another_method_are_404_and_405() {
    let elsewhere = |fixture: Fixture, event: &mut Value| match fixture {
        Fixture::Url | Fixture::HttpApi => event["rawPath"] = "/gitlab".into(),
        Fixture::RestApi | Fixture::Alb | Fixture::AlbMulti => event["path"] = "/gitlab".into(),
    };
    refused(elsewhere, 404).await;
    let get = |fixture: Fixture, event: &mut Value| match fixture {
        Fixture::Url | Fixture::HttpApi => event["requestContext"]["http"]["method"] = "GET".into(),
        Fixture::RestApi | Fixture::Alb | Fixture::AlbMulti => event["httpMethod"] = "GET".into(),
    };
    refused(get, 405).await;
}

#[tokio::test]
async fn a_panic_in_a_destination_is_503() {
    refused(|fixture, event| *event = signed(fixture, "panic"), 503).await;
}

#[tokio::test]
async fn a_panic_before_the_chain_is_503_and_the_next_delivery_is_taken() {
    for fixture in Fixture::ALL {
        let bench = bench();
        let event = signed(fixture, BODY);
        bench.clock.panics.store(1, Ordering::Relaxed);
        let (status, headers, body) = seen(fixture, &bench.invoke(&event).await);
        assert_eq!((status, body.as_str()), (503, "try again later\n"), "{fixture:?}");
        assert!(headers.contains(&("retry-after".to_owned(), "5".to_owned())), "{fixture:?}");
        assert_eq!(bench.invoke(&event).await["statusCode"], 200, "{fixture:?}");
    }
}

#[tokio::test]
async fn the_deadline_and_the_wait_for_the_start_cut_the_budget() {
    let bench = bench();
    let event = signed(Fixture::Url, BODY);
    for millis in [1_300, 1_000, 900_000, 0] {
        bench.invoke_within(&event, millis).await;
    }
    // A tenth is kept for the way back, at most 250 ms. Only the first sender waited for the start (300 ms).
    // Of 15 minutes the source's own 10 s remain; of nothing, nothing: it is not even tried.
    let expected = [900, 900, 9_750].map(Duration::from_millis);
    assert_eq!(*bench.shelf.budgets.lock().unwrap(), expected);
    assert_eq!(bench.counts().failed, 1);
}

#[tokio::test]
async fn an_environment_that_was_started_ahead_kept_nobody_waiting() {
    let bench = bench();
    bench.clock.monotonic.store(3_600_000, Ordering::Relaxed);
    bench.invoke_within(&signed(Fixture::Url, BODY), 1_000).await;
    assert_eq!(*bench.shelf.budgets.lock().unwrap(), [Duration::from_millis(900)]);
}

#[tokio::test]
async fn an_unknown_event_is_an_error_and_the_function_lives() {
    let bench = bench();
    let unknown = bench.function.answer(&raw(&json!({ "Records": [] })), &Context::default()).await.unwrap_err();
    let diagnostic = lambda_runtime::Diagnostic::from(unknown);
    assert_eq!(diagnostic.error_type, "UnknownEvent");
    assert!(diagnostic.error_message.ends_with("an object with Records"));
    assert_eq!(bench.invoke(&signed(Fixture::Url, BODY)).await["statusCode"], 200);
}

#[tokio::test]
async fn a_probe_of_the_load_balancer_is_answered() {
    let probe = json!({
        "requestContext": { "elb": { "targetGroupArn": "arn" } }, "httpMethod": "GET", "path": "/-/ready",
        "queryStringParameters": {}, "headers": { "user-agent": "ELB-HealthChecker/2.0" },
        "body": "", "isBase64Encoded": false
    });
    assert_eq!(bench().invoke(&probe).await["statusCode"], 200);
}
