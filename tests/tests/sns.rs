//! Messages of SNS topics: whose they are, which certificate proves them, and what is asked of SNS.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use conformance::clock::ManualClock;
use conformance::confirm::Confirms;
use conformance::dedupe::Forgetful;
use conformance::destination::Scripted;
use conformance::door::{Heard, Request, ring};
use conformance::source::{certificates, keyring, source};
use conformance::stage::provider;
use conformance::topic::{self, CERTIFICATE, CONFIRM, TOKEN, TOPIC, Topic};
use doorbell_core::event::Fact;
use doorbell_core::fault::Cause;
use doorbell_core::keys::{KeyFault, KeySource, Keys, Want};
use doorbell_core::secret::Keyring;
use doorbell_core::source::Source;
use doorbell_core::verify::{Scheme, Trust};
use doorbell_core::{BoxFuture, Receiver, Timestamp};
use serde_json::{Value, json};

/// 2026-09-21.
const NOW: Timestamp = Timestamp::from_unix_seconds(1_790_000_000);
const NAME: &str = "sns.amazonaws.com";

fn scheme() -> Scheme {
    provider("aws-sns").scheme.clone().for_topic(TOPIC)
}

/// SNS's host, without a network: certificates by URL.
#[derive(Clone, Debug, Default)]
struct Host {
    has: Arc<Mutex<HashMap<String, String>>>,
    held: Arc<Mutex<Vec<(String, String)>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Host {
    fn put(&self, url: &str, pem: String) {
        self.has.lock().unwrap().insert(url.to_owned(), pem);
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl KeySource for Host {
    fn fetch(&self, want: Want<'_>) -> BoxFuture<'static, Result<Keyring, KeyFault>> {
        let mut held = self.held.lock().unwrap();
        let mut missing = false;
        if let Want::Named(url) = want {
            self.asked.lock().unwrap().push(url.to_owned());
            match self.has.lock().unwrap().get(url) {
                Some(pem) => held.push((url.to_owned(), pem.clone())),
                None => missing = true,
            }
        }
        let all = held.iter().map(|(url, pem)| (url.as_str(), pem.as_str()));
        let ring = certificates(&scheme(), all).unwrap();
        let fetched = if missing { Err(KeyFault::Unreachable(Cause::new("no such certificate"))) } else { Ok(ring) };
        Box::pin(std::future::ready(fetched))
    }

    fn ttl(&self) -> Duration {
        Duration::MAX
    }
}

struct Stand {
    clock: ManualClock,
    receiver: Receiver,
    kept: Arc<Scripted>,
    topic: Topic,
    host: Host,
    confirms: Confirms,
}

/// A source whose certificates come from SNS's host, where the topic's is.
fn stand() -> Stand {
    let (topic, host) = (Topic::default(), Host::default());
    host.put(CERTIFICATE, topic.certificate(NAME, 40));
    let keys = Keys::named(Arc::new(host.clone()), Ok(certificates(&scheme(), []).unwrap()), NOW);
    with(topic, host, keys, Confirms::default())
}

fn with(topic: Topic, host: Host, keys: Keys, confirms: Confirms) -> Stand {
    let kept = Scripted::new(&[]);
    let bare = source(provider("aws-sns"), "/sns", None, vec![kept.target("kept")]);
    let source = Source { scheme: scheme(), keys, confirmer: Some(Arc::new(confirms.clone())), ..bare };
    let clock = ManualClock::at(NOW);
    let receiver = Receiver::new(vec![source], Arc::new(Forgetful), Arc::new(clock.clone()), 0);
    Stand { clock, receiver, kept, topic, host, confirms }
}

impl Stand {
    fn now(&self) -> Timestamp {
        use doorbell_core::Clock;
        self.clock.now()
    }

    fn notification(&self) -> Value {
        self.topic.message("Notification", self.now())
    }

    fn ring(&self, message: &Value) -> Heard {
        self.ring_bytes(message.to_string())
    }

    fn ring_bytes(&self, body: impl Into<bytes::Bytes>) -> Heard {
        ring(&self.receiver, Request::post("/sns", body), self.now())
    }

    #[track_caller]
    fn refuses(&self, message: &Value, guard: &str) {
        assert_eq!(self.ring(message).line(), ("refused", guard, 401), "{message}");
        assert_eq!(self.kept.calls(), 0, "{guard}: refused and handed off");
    }
}

fn changed(message: &Value, field: &str, value: impl Into<Value>) -> Value {
    topic::with(message.clone(), field, value)
}

const HANDED_OFF: (&str, &str, u16) = ("handed-off", "", 200);

#[test]
fn a_message_is_the_event_that_was_published() {
    let stand = stand();
    assert_eq!(stand.ring(&stand.notification()).line(), HANDED_OFF);
    let facts = json!({ "specversion": "1.0", "id": "evt_1", "source": "github", "type": "push" }).to_string();
    let facts = json!({ "cloudevents": { "Type": "String", "Value": facts } });
    assert_eq!(stand.ring(&changed(&stand.notification(), "MessageAttributes", facts)).line(), HANDED_OFF);
    let [plain, event] = stand.kept.taken().try_into().unwrap();
    assert_eq!(plain.body, "{\"order\": 7}");
    assert_eq!(plain.kind.as_ref().map(Fact::text), Some("Notification"));
    // Attributes are not signed: what they say is a claim, and another id would let a captured message pass again.
    assert_eq!(event.kind, Some(Fact::Claimed("push".to_owned())));
    assert_eq!(event.id.as_ref().map(Fact::text), stand.notification()["MessageId"].as_str());
    assert_eq!((event.body, event.id), (plain.body, plain.id));
    assert_eq!(scheme().trust(), Trust::Verified);
}

#[test]
fn what_is_not_the_topics_is_refused_before_anything_is_fetched() {
    let stand = stand();
    let genuine = stand.notification();
    let others = TOPIC.replace("123456789012", "210987654321");
    stand.refuses(&stand.topic.signed(changed(&genuine, "TopicArn", others)), "wrong-topic");
    let name = CERTIFICATE.rsplit_once('/').unwrap().1;
    for url in [
        format!("http://sns.eu-west-1.amazonaws.com/{name}"),
        format!("https://sns.eu-west-2.amazonaws.com/{name}"),
        format!("https://sns.eu-west-1.amazonaws.com.cn/{name}"),
        format!("https://sns.eu-west-1.amazonaws.com.evil.example/{name}"),
        format!("https://sns.eu-west-1.amazonaws.com:443/{name}"),
        format!("https://me@sns.eu-west-1.amazonaws.com/{name}"),
        format!("https://sns.eu-west-1.amazonaws.com\\@evil.example/{name}"),
        format!("https://sns.eu-west-1.amazonaws.com/bucket/{name}"),
        format!("https://sns.eu-west-1.amazonaws.com/../{name}"),
        format!("https://s3.amazonaws.com/sns.eu-west-1.amazonaws.com/{name}"),
        format!("{CERTIFICATE}?x=.pem"),
        CERTIFICATE.replace("0123456789abcdef", "../../internal-x"),
        CERTIFICATE.replace("0123456789abcdef", "0123456789ABCDEF"),
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-.pem".to_owned(),
        "http://169.254.169.254/latest/meta-data".to_owned(),
    ] {
        stand.refuses(&changed(&genuine, "SigningCertURL", url), "untrusted-url");
    }
    for (field, value, guard) in [
        ("Signature", json!(null), "missing-signature"),
        ("Signature", json!(""), "empty-signature"),
        ("Signature", json!("=A=="), "malformed-signature"),
        ("Type", json!("Anything"), "malformed-signature"),
        ("MessageId", json!("1\nSubject\n2"), "malformed-signature"),
        ("SignatureVersion", json!("3"), "unsupported-version"),
        ("SignatureVersion", json!(2), "malformed-signature"),
    ] {
        stand.refuses(&changed(&genuine, field, value), guard);
    }
    let twice = genuine.to_string().replacen('{', "{\"Message\":\"first\",", 1);
    let deep = format!("{{\"x\":{}", "[".repeat(100_000));
    let fields: Vec<&Value> = genuine.as_object().unwrap().values().collect();
    for body in [twice, deep, json!(fields).to_string(), "order 7".to_owned()] {
        assert_eq!(stand.ring_bytes(body).line(), ("refused", "malformed-signature", 401));
    }
    let raw = Request::post("/sns", "order 7").header("x-amz-sns-rawdelivery", "true");
    assert_eq!(ring(&stand.receiver, raw, stand.now()).line(), ("refused", "missing-signature", 401));
    assert!(stand.host.asked().is_empty(), "{:?}", stand.host.asked());
}

#[test]
fn a_changed_bit_is_refused_or_changes_nothing() {
    let stand = stand();
    let genuine = stand.topic.signed(changed(&stand.notification(), "Subject", "Order"));
    assert_eq!(stand.ring(&genuine).line(), HANDED_OFF);
    let event = |taken: conformance::destination::Taken| (taken.body, taken.id, taken.kind);
    let expected = event(stand.kept.taken().remove(0));
    let body = genuine.to_string().into_bytes();
    let mut passed = 0;
    for place in 0..body.len() {
        let mut body = body.clone();
        body[place] ^= 1 << (place % 7);
        let calls = stand.kept.calls();
        match stand.ring_bytes(body.clone()).line() {
            HANDED_OFF => {
                let taken = stand.kept.taken().pop().unwrap();
                assert!(stand.kept.calls() == calls + 1 && event(taken) == expected, "byte {place}");
                passed += 1;
            }
            (outcome, _, status) => assert!(["refused", "failed"].contains(&outcome) && status != 200, "byte {place}"),
        }
    }
    assert_eq!(passed, 0, "every byte of this body counts");
    for field in ["Message", "MessageId", "Subject", "Timestamp"] {
        let forged = changed(&genuine, field, format!("{}0", genuine[field].as_str().unwrap()));
        assert_eq!(stand.ring(&forged).line(), ("refused", "bad-signature", 401), "{field}");
    }
}

#[test]
fn the_border_between_two_fields_cannot_be_moved() {
    let stand = stand();
    let genuine = stand.notification();
    let id = genuine["MessageId"].as_str().unwrap();
    // Whoever may publish writes a message that reads as more than one field.
    let crafted = stand.topic.signed(changed(&genuine, "Message", "{}\nMessageId\nchosen\nSubject\nhello"));
    assert_eq!(stand.ring(&crafted).line(), HANDED_OFF);
    let mut moved = changed(&crafted, "Message", "{}");
    moved["MessageId"] = "chosen".into();
    moved["Subject"] = format!("hello\nMessageId\n{id}").into();
    assert_eq!(stand.ring(&moved).line(), ("refused", "malformed-signature", 401));
}

#[test]
fn a_message_is_taken_as_long_as_sns_may_retry_it() {
    let stand = stand();
    let aged = |seconds: i64| {
        let at = stand.now().as_unix_micros() / 1_000_000 - seconds;
        stand.ring(&stand.topic.message("Notification", Timestamp::from_unix_seconds(at))).line()
    };
    assert_eq!([aged(65 * 60), aged(-60)], [HANDED_OFF; 2]);
    assert_eq!(aged(65 * 60 + 1), ("refused", "stale-timestamp", 401));
    assert_eq!(aged(-61), ("refused", "future-timestamp", 401));
    let timeless = stand.topic.signed(changed(&stand.notification(), "Timestamp", "yesterday"));
    assert_eq!(stand.ring(&timeless).line(), ("refused", "malformed-timestamp", 401));
}

#[test]
fn a_certificate_must_be_of_sns_and_of_now() {
    let topic = Topic::default();
    for other in ["evil.example", "sns.us-east-1.amazonaws.com", "sns-signing.us-east-1.amazonaws.com"] {
        assert!(keyring(&scheme(), &[topic.certificate(other, 40)]).is_err(), "{other}");
    }
    assert!(keyring(&scheme(), &["-----BEGIN CERTIFICATE-----\n"]).is_err());
    for own in [NAME, "sns-signing.eu-west-1.amazonaws.com"] {
        assert!(keyring(&scheme(), &[topic.certificate(own, 40)]).is_ok(), "{own}");
    }
    let china = provider("aws-sns").scheme.clone().for_topic("arn:aws-cn:sns:cn-north-1:123456789012:orders");
    for (of, is_its_own) in [("sns.amazonaws.com.cn", true), ("sns-cn-north-1.amazonaws.com.cn", true), (NAME, false)] {
        assert_eq!(keyring(&china, &[topic.certificate(of, 40)]).is_ok(), is_its_own, "{of}");
    }
    let expired = keyring(&scheme(), &[topic.certificate(NAME, 25)]).unwrap();
    let stand = with(topic, Host::default(), Keys::fixed(Some(expired)), Confirms::default());
    stand.refuses(&stand.notification(), "expired-certificate");
}

#[test]
fn a_pinned_certificate_needs_no_network() {
    let topic = Topic::default();
    let pinned = keyring(&scheme(), &[topic.certificate(NAME, 40)]).unwrap();
    let stand = with(topic, Host::default(), Keys::fixed(Some(pinned)), Confirms::default());
    assert_eq!(stand.ring(&stand.notification()).line(), HANDED_OFF);
    let forged = Topic::default().message("Notification", stand.now());
    assert_eq!(stand.ring(&forged).line(), ("refused", "bad-signature", 401));
}

#[test]
fn a_certificate_is_fetched_once_and_only_the_one_that_is_named_proves() {
    let stand = stand();
    let other = CERTIFICATE.replace("0123", "4567");
    stand.host.put(&other, Topic::default().certificate(NAME, 40));
    for _ in 0..3 {
        assert_eq!(stand.ring(&stand.notification()).line(), HANDED_OFF);
    }
    let forged = Topic::default().message("Notification", stand.now());
    assert_eq!(stand.ring(&forged).line(), ("refused", "bad-signature", 401));
    assert_eq!(stand.host.asked(), [CERTIFICATE], "a certificate does not change: a bad signature asks for none");

    let under_other = changed(&stand.notification(), "SigningCertURL", other.as_str());
    assert_eq!(stand.ring(&under_other).line(), ("failed", "keys-busy", 503), "it is too soon, and no 401 for that");
    stand.clock.advance(Duration::from_secs(30));
    let under_other = changed(&stand.notification(), "SigningCertURL", other.as_str());
    assert_eq!(stand.ring(&under_other).line(), ("refused", "bad-signature", 401));
    assert_eq!(stand.host.asked(), [CERTIFICATE, &other]);
}

#[test]
fn a_certificate_that_does_not_come_is_a_503_and_an_invented_one_is_asked_for_once() {
    let stand = stand();
    let invented = |number: u32| CERTIFICATE.replace("01234567", &format!("{number:08x}"));
    let forged = |stand: &Stand, number| changed(&stand.notification(), "SigningCertURL", invented(number));
    for second in 0..60 {
        assert_eq!(stand.ring(&forged(&stand, second)).line(), ("failed", "keys-unreachable", 503));
        assert_eq!(stand.ring(&forged(&stand, 0)).line(), ("failed", "keys-unreachable", 503));
        stand.clock.advance(Duration::from_secs(1));
    }
    let fetches = stand.host.asked();
    assert!(fetches.len() <= 13, "{} fetches in a minute", fetches.len());
    let of_the_first = fetches.iter().filter(|url| **url == invented(0)).count();
    assert!(of_the_first <= 2, "{of_the_first}: what did not come is not asked for again at once");
    // Whoever invents names does not keep the genuine one from coming, nor one that came from counting.
    stand.clock.advance(Duration::from_secs(5));
    assert_eq!(stand.ring(&stand.notification()).line(), HANDED_OFF);
    assert_eq!(stand.ring(&forged(&stand, 99)).line(), ("failed", "keys-busy", 503));
    assert_eq!(stand.ring(&stand.notification()).line(), HANDED_OFF);
}

#[test]
fn a_subscription_is_confirmed_after_the_proof() {
    let stand = stand();
    let heard = stand.ring(&stand.topic.message("SubscriptionConfirmation", stand.now()));
    assert_eq!((heard.line(), heard.body.len()), (("answered", "", 200), 0));
    assert_eq!(stand.confirms.asked(), [CONFIRM]);
    assert_eq!(stand.kept.calls(), 0);
    let said = format!("{:?}", heard.record);
    assert!(!said.contains(TOKEN) && !said.contains("Action="), "{said}");
}

#[test]
fn nothing_unproven_is_asked() {
    let stand = stand();
    let genuine = stand.topic.message("SubscriptionConfirmation", stand.now());
    for forged in [
        changed(&genuine, "SubscribeURL", "https://evil.example/"),
        changed(&genuine, "Token", "another"),
        Topic::default().message("SubscriptionConfirmation", stand.now()),
    ] {
        stand.refuses(&forged, "bad-signature");
    }
    let stale = stand.topic.message("SubscriptionConfirmation", Timestamp::from_unix_seconds(1_780_000_000));
    stand.refuses(&stale, "stale-timestamp");
    for url in [
        "https://evil.example/?Action=ConfirmSubscription",
        "http://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription",
        "https://sns.eu-west-1.amazonaws.com@evil.example/?Action=ConfirmSubscription",
        "https://sns.eu-west-1.amazonaws.com:8443/?Action=ConfirmSubscription",
        "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription",
    ] {
        stand.refuses(&stand.topic.signed(changed(&genuine, "SubscribeURL", url)), "untrusted-url");
    }
    assert!(stand.confirms.asked().is_empty());
}

#[test]
fn a_confirmation_that_fails_is_a_503_so_that_sns_asks_again() {
    let topic = Topic::default();
    let pinned = keyring(&scheme(), &[topic.certificate(NAME, 40)]).unwrap();
    let stand = with(topic, Host::default(), Keys::fixed(Some(pinned)), Confirms::failing());
    let heard = stand.ring(&stand.topic.message("SubscriptionConfirmation", stand.now()));
    assert_eq!(heard.line(), ("failed", "confirmation-failed", 503));
}

#[test]
fn the_end_of_a_subscription_is_an_event_and_subscribes_nothing_again() {
    let stand = stand();
    let heard = stand.ring(&stand.topic.message("UnsubscribeConfirmation", stand.now()));
    assert_eq!(heard.line(), HANDED_OFF);
    let kind = stand.kept.taken().pop().unwrap().kind;
    assert_eq!(kind.as_ref().map(Fact::text), Some("UnsubscribeConfirmation"));
    assert!(stand.confirms.asked().is_empty());
}
