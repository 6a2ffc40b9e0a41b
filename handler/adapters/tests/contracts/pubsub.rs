//! A topic of Pub/Sub, against Google's emulator.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use doorbell_adapters::dedupe::memory::Memory;
use doorbell_adapters::destination::pubsub::{MAX_MESSAGE, Options, Pubsub, Topic, ordering_key};
use doorbell_adapters::destination::{self, Site};
use doorbell_adapters::outward::Outward;
use doorbell_adapters::secret::Vault;
use doorbell_adapters::startup::registry;
use doorbell_core::config::Config;
use doorbell_core::dedupe::Rule;
use doorbell_core::destination::{Durability, Receipt};
use doorbell_core::fault::Cause;
use doorbell_core::locate::Locate;
use doorbell_core::provider::Facts;
use doorbell_core::{BoxFuture, Destination, Event, Receiver};
use futures_util::future::join_all;
use google_cloud_auth::credentials::anonymous;
use http::{HeaderMap, HeaderName, StatusCode};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use crate::chain::{Still, send, source};
use crate::emulator::Emulator;
use crate::faults::Faults;

const TOPIC: &str = "projects/test/topics/events";
const SUBSCRIPTION: &str = "projects/test/subscriptions/events";
const PATIENCE: Duration = Duration::from_secs(2);
const MISSING: &str = "projects/test/topics/events: no topic, or pubsub.topics.publish is missing; run `gcloud pubsub \
    topics create events --project=test` or `gcloud pubsub topics add-iam-policy-binding events --project=test \
    --role=roles/pubsub.publisher --member=serviceAccount:ACCOUNT`";

/// Both ends of a topic.
struct Desk {
    emulator: Emulator,
    http: reqwest::Client,
}

impl Desk {
    /// With a topic and its subscription; `None` where there is no emulator.
    async fn open() -> Option<Self> {
        let desk = Self { emulator: Emulator::pubsub()?, http: reqwest::Client::new() };
        desk.create().await;
        Some(desk)
    }

    async fn call(&self, method: http::Method, path: &str, body: &Value) -> Value {
        let url = format!("{}/v1/{path}", self.emulator.url());
        let call = self.http.request(method, url).header("content-type", "application/json").body(body.to_string());
        let answer = call.send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }

    async fn create(&self) {
        self.call(http::Method::PUT, TOPIC, &json!({})).await;
        let subscription = json!({ "topic": TOPIC, "enableMessageOrdering": true, "ackDeadlineSeconds": 60 });
        self.call(http::Method::PUT, SUBSCRIPTION, &subscription).await;
    }

    async fn delete(&self) {
        self.call(http::Method::DELETE, SUBSCRIPTION, &json!({})).await;
        self.call(http::Method::DELETE, TOPIC, &json!({})).await;
    }

    /// The next messages, `count` of them, in the order in which they came; and none beside them.
    async fn pull(&self, count: usize) -> Vec<Message> {
        let mut messages = Vec::new();
        loop {
            let now = messages.len() >= count;
            let asked = json!({ "maxMessages": 1000, "returnImmediately": now });
            let answer = self.call(http::Method::POST, &format!("{SUBSCRIPTION}:pull"), &asked).await;
            let received = answer["receivedMessages"].as_array().cloned().unwrap_or_default();
            if received.is_empty() && now {
                assert_eq!(messages.len(), count);
                return messages;
            }
            let ids: Vec<_> = received.iter().map(|received| received["ackId"].clone()).collect();
            if !ids.is_empty() {
                let path = format!("{SUBSCRIPTION}:acknowledge");
                self.call(http::Method::POST, &path, &json!({ "ackIds": ids })).await;
            }
            messages.extend(received.iter().map(|received| Message::read(&received["message"])));
        }
    }

    async fn pubsub(&self, key: Option<&str>) -> Pubsub {
        pubsub(&self.emulator.url(), key).await
    }
}

#[derive(Debug)]
struct Message {
    data: Vec<u8>,
    attributes: BTreeMap<String, String>,
    key: String,
}

impl Message {
    fn read(message: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let attributes = message["attributes"].as_object().unwrap();
        Self {
            data: STANDARD.decode(text(&message["data"])).unwrap(),
            attributes: attributes.iter().map(|(name, value)| (name.clone(), text(value))).collect(),
            key: text(&message["orderingKey"]),
        }
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.data).unwrap()
    }
}

async fn pubsub(endpoint: &str, key: Option<&str>) -> Pubsub {
    let options = Options {
        topic: Topic::parse(TOPIC).unwrap(),
        ordering_key: key.map(|text| ordering_key(text).unwrap()),
        patience: PATIENCE,
        endpoint: Some(endpoint.to_owned()),
        credentials: anonymous::Builder::new().build(),
    };
    Pubsub::open(options).await.unwrap()
}

/// Keeps what the operator would read.
#[derive(Debug)]
struct Heard {
    destination: Pubsub,
    cause: Mutex<Option<String>>,
}

impl Destination for Heard {
    fn durability(&self) -> Durability {
        self.destination.durability()
    }

    fn hand_off<'a>(&'a self, event: &'a Event, within: Duration) -> BoxFuture<'a, Result<Receipt, Cause>> {
        Box::pin(async move {
            let outcome = self.destination.hand_off(event, within).await;
            *self.cause.lock().unwrap() = outcome.as_ref().err().map(ToString::to_string);
            outcome
        })
    }
}

/// A chain in front of the topic. Facts come from the headers `id`, `type` and `action`.
struct Front {
    receiver: Receiver,
    heard: Arc<Heard>,
}

impl Front {
    fn new(destination: Pubsub) -> Self {
        let heard = Arc::new(Heard { destination, cause: Mutex::default() });
        let mut source = source(Arc::clone(&heard) as Arc<dyn Destination>);
        let at = |name: &'static str| vec![Locate::Header(name.into())].into();
        source.facts = Facts { id: at("id"), kind: at("type"), action: at("action"), time: None, id_is_shared: false };
        source.dedupe = Rule::Off;
        source.body_limit = 32 << 20;
        let receiver = Receiver::new(vec![source], Arc::new(Memory::new()), Arc::new(Still), 0);
        Self { receiver, heard }
    }

    async fn send(&self, headers: &[(&'static str, &str)], body: impl Into<Bytes>) -> StatusCode {
        let header = |(name, value): &(&'static str, &str)| (HeaderName::from_static(name), value.parse().unwrap());
        send(&self.receiver, headers.iter().map(header).collect::<HeaderMap>(), body.into()).await
    }

    /// Sends what is refused, and says why.
    async fn refused(&self, body: impl Into<Bytes>) -> String {
        assert_eq!(self.send(&[], body).await, StatusCode::SERVICE_UNAVAILABLE);
        self.heard.cause.lock().unwrap().take().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_are_kept_byte_for_byte() {
    let Some(desk) = Desk::open().await else { return };
    let front = Front::new(desk.pubsub(None).await);
    let mut bodies = vec![Vec::new(), (0..=255).collect(), b"{\"a\":\"line\\n\"}\n".to_vec(), vec![b'x'; 1 << 20]];
    for body in &bodies {
        assert_eq!(front.send(&[], body.clone()).await, StatusCode::OK);
    }
    let mut kept: Vec<_> = desk.pull(bodies.len()).await.into_iter().map(|message| message.data).collect();
    bodies.sort();
    kept.sort();
    assert!(kept == bodies);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_attributes_are_those_of_the_event() {
    let Some(desk) = Desk::open().await else { return };
    let front = Front::new(desk.pubsub(Some("{{{source}/{type}/{action}/{id}}}")).await);
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let headers = [("id", "17"), ("type", "push"), ("action", "made"), ("content-type", "a/b"), ("traceparent", trace)];
    assert_eq!(front.send(&headers, "body").await, StatusCode::OK);
    let [message] = desk.pull(1).await.try_into().unwrap();
    let expected = [
        ("ce-action", "made"),
        ("ce-doorbellid", "test"),
        ("ce-id", "17"),
        ("ce-source", "bell"),
        ("ce-specversion", "1.0"),
        ("ce-time", "1970-01-01T00:00:00Z"),
        ("ce-traceparent", trace),
        ("ce-trust", "unsigned"),
        ("ce-type", "push"),
        ("content-type", "a/b"),
    ];
    assert_eq!(message.attributes, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    assert_eq!(message.key, "{bell/push/made/17}");
}

#[tokio::test(flavor = "multi_thread")]
async fn attributes_longer_than_the_service_takes_are_no_failure() {
    let Some(desk) = Desk::open().await else { return };
    let front = Front::new(desk.pubsub(Some("{id}")).await);
    let (a, b) = ("x".repeat(2_000) + "a", "x".repeat(2_000) + "b");
    for long in [&a, &b] {
        assert_eq!(front.send(&[("id", long), ("type", long), ("content-type", long)], "body").await, StatusCode::OK);
    }
    let messages = desk.pull(2).await;
    for message in &messages {
        assert_eq!(message.attributes["content-type"], a[..1024]);
        assert_eq!(message.attributes["ce-id"].len(), 64);
        assert_eq!([&message.attributes["ce-type"], &message.key], [&message.attributes["ce-id"]; 2]);
    }
    assert_ne!(messages[0].attributes["ce-id"], messages[1].attributes["ce-id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_key_keeps_its_order() {
    let Some(desk) = Desk::open().await else { return };
    let front = Front::new(desk.pubsub(Some("{type}")).await);
    // More than one publisher's worth: the order outlives the change.
    let keys: Vec<_> = (0..11).map(|key| format!("key-{key}")).collect();
    let one = async |key: &String| {
        for number in 0..100 {
            assert_eq!(front.send(&[("type", key)], number.to_string()).await, StatusCode::OK);
        }
    };
    join_all(keys.iter().map(one)).await;
    let messages = desk.pull(1_100).await;
    for key in &keys {
        let numbers = messages.iter().filter(|message| message.key == *key).map(|message| message.text().to_owned());
        assert!(numbers.eq((0..100).map(|number| number.to_string())), "{key}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_topic_is_said_with_what_mends_it_and_works_again_once_it_is_back() {
    let Some(desk) = Desk::open().await else { return };
    for key in [None, Some("key")] {
        let front = Front::new(desk.pubsub(key).await);
        assert_eq!(front.heard.destination.reach().await, Ok(()));
        desk.delete().await;
        assert_eq!(front.heard.destination.reach().await, Err(Cause::new(MISSING)));
        assert_eq!(front.refused("lost").await, MISSING);
        desk.create().await;
        // The key that the failure paused takes the next message at once.
        assert_eq!(front.send(&[], "kept").await, StatusCode::OK);
        assert_eq!(front.heard.destination.reach().await, Ok(()));
        assert_eq!(desk.pull(1).await[0].text(), "kept", "only what was acknowledged, and no message of the warming");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_failure_of_a_key_is_not_the_failure_of_its_neighbours() {
    let Some(desk) = Desk::open().await else { return };
    let front = Front::new(desk.pubsub(Some("key")).await);
    desk.delete().await;
    let all = join_all((0..20).map(|number| front.send(&[], number.to_string()))).await;
    assert!(all.iter().all(|answer| *answer == StatusCode::SERVICE_UNAVAILABLE));
    desk.create().await;
    let all = join_all((0..20).map(|number| front.send(&[], number.to_string()))).await;
    assert!(all.iter().all(|answer| *answer == StatusCode::OK), "{all:?}");
    desk.pull(20).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_away_fails_in_time_and_is_found_again() {
    let Some(mut desk) = Desk::open().await else { return };
    for key in [None, Some("key")] {
        let front = Front::new(desk.pubsub(key).await);
        assert_eq!(front.send(&[], "before").await, StatusCode::OK);
        desk.emulator.stop();
        let began = Instant::now();
        let cause = front.refused("during").await;
        assert!(began.elapsed() < PATIENCE + Duration::from_millis(500), "{:?}", began.elapsed());
        assert_eq!(cause, "publish to projects/test/topics/events: no connection");
        let unreached = front.heard.destination.reach().await.unwrap_err().to_string();
        let asking = "ask for permissions on projects/test/topics/events: no connection";
        assert!(unreached == asking || unreached == cause, "{unreached}");
        desk.emulator.resume();
        desk.create().await;
        assert_eq!(front.send(&[], "after").await, StatusCode::OK);
        assert_eq!(desk.pull(1).await[0].text(), "after");
    }
}

/// As when a NAT forgot it, or an instance was frozen.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_fell_silent_costs_one_delivery() {
    let Some(desk) = Desk::open().await else { return };
    let way = Faults::before(desk.emulator.port()).await;
    for key in [None, Some("key")] {
        let front = Front::new(pubsub(&way.url(), key).await);
        assert_eq!(front.send(&[], "before").await, StatusCode::OK);
        way.silence();
        assert_eq!(front.refused("unanswered").await, "publish to projects/test/topics/events: no answer in time");
        assert_eq!(front.send(&[], "after").await, StatusCode::OK);
        way.silence();
        // A deadline may be shorter than the client's patience.
        assert!(timeout(PATIENCE / 4, front.send(&[], "given up")).await.is_err());
        assert_eq!(front.send(&[], "after that").await, StatusCode::OK);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_at_once_arrive_once_each() {
    let Some(desk) = Desk::open().await else { return };
    let front = Front::new(desk.pubsub(None).await);
    let all = join_all((0..2_000).map(|number| front.send(&[], number.to_string()))).await;
    assert!(all.iter().all(|answer| *answer == StatusCode::OK));
    let mut kept: Vec<u32> = desk.pull(2_000).await.iter().map(|message| message.text().parse().unwrap()).collect();
    kept.sort_unstable();
    assert!(kept.into_iter().eq(0..2_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_the_topic_refuses_is_not_the_failure_of_its_neighbours() {
    let Some(desk) = Desk::open().await else { return };
    desk.delete().await;
    let schema = json!({ "type": "record", "name": "r", "fields": [{ "name": "n", "type": "int" }] }).to_string();
    let schema = json!({ "type": "AVRO", "definition": schema });
    desk.call(http::Method::POST, "projects/test/schemas?schemaId=numbers", &schema).await;
    let settings = json!({ "schema": "projects/test/schemas/numbers", "encoding": "JSON" });
    desk.call(http::Method::PUT, TOPIC, &json!({ "schemaSettings": settings })).await;
    for key in [None, Some("key")] {
        let front = Front::new(desk.pubsub(key).await);
        let body = |number: i32| if number == 10 { "{}".to_owned() } else { format!("{{\"n\":{number}}}") };
        let all = join_all((0..20).map(|number| front.send(&[], body(number)))).await;
        let refused: Vec<_> = (0..20).filter(|number| all[*number] != StatusCode::OK).collect();
        assert_eq!(refused, [10]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_is_not_even_sent() {
    let front = Front::new(pubsub("http://127.0.0.1:1", None).await);
    let cause = front.refused(vec![b'x'; MAX_MESSAGE]).await;
    let rest = cause.strip_prefix("publish to projects/test/topics/events: the message has 10000").unwrap();
    assert!(rest.ends_with(" bytes, and 10000000 is the most"), "{cause}");
}

#[tokio::test]
async fn a_destination_that_cannot_be_is_said_when_it_is_opened() {
    for (keys, what, fix) in [
        ("topic = \"events\"", "\"events\" is no topic", "write its full name: projects/PROJECT/topics/TOPIC"),
        (
            "topic = \"projects/p/topics/abc\"\nordering_key = \"{repo}\"",
            "ordering_key: {repo} is not known",
            "use {source}, {type}, {action}, {id}",
        ),
        (
            "topic = \"projects/p/topics/abc\"\nordering_key = \"{id\"",
            "ordering_key: a { is never closed",
            "a brace itself is {{",
        ),
    ] {
        let text = format!(
            "[source.a]\ndangerously_unsigned = true\n[[route]]\nto = [\"b\"]\n[destination.b]\nkind = \"pubsub\"\n{keys}\n"
        );
        let config = Config::parse(&text, "test", &registry()).unwrap();
        let site = Site {
            folder: PathBuf::new(),
            vault: Arc::new(Vault::new()),
            outward: Outward::default(),
            clock: Arc::new(Still),
        };
        let error = destination::open(&config.destinations[0], &site).await.unwrap_err();
        assert_eq!((error.what.as_str(), error.fix.as_str()), (what, fix));
    }
}
