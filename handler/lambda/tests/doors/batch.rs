//! What SQS, SNS and EventBridge bring, record by record.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use doorbell_core::keys::Keys;
use doorbell_core::provider;
use doorbell_core::verify::Invoked;
use doorbell_lambda::function::Failed;
use serde_json::{Value, json};

use crate::fixture::Fixture;
use crate::function::{Bench, bench_of};

const QUEUE: &str = "arn:aws:sqs:eu-west-1:123456789012:jobs";
const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:jobs";

fn bench(name: &str, mode: Option<&str>, path: &str) -> Bench {
    let provider = provider::find(name, mode).unwrap();
    bench_of(|source| {
        source.path = path.to_owned();
        source.provider = Some(provider);
        source.scheme = provider.scheme.clone();
        source.keys = Keys::fixed(None);
        source.facts = provider.facts.clone();
        source.body_limit = 1 << 20;
        source.allow = Vec::new();
    })
}

fn queue() -> Bench {
    bench("aws-sqs", None, QUEUE)
}

fn facts(id: &str, base64: bool) -> String {
    let mut facts = json!({"specversion": "1.0", "id": id, "source": "github", "type": "push"});
    if base64 {
        facts["datacontentencoding"] = "base64".into();
    }
    facts.to_string()
}

/// As AWS documents it, with an event of Doorbell's inside.
fn record(id: &str, body: &str) -> Value {
    json!({
        "messageId": id,
        "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a...",
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1545082649183",
            "SenderId": "AIDAIENQZJOLO23YVJ4VO",
            "ApproximateFirstReceiveTimestamp": "1545082649185",
        },
        "messageAttributes": { "cloudevents": { "stringValue": facts(id, false), "dataType": "String" } },
        "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
        "eventSource": "aws:sqs",
        "eventSourceARN": QUEUE,
        "awsRegion": "eu-west-1",
    })
}

fn with(mut record: Value, pointer: &str, value: impl Into<Value>) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    record.pointer_mut(parent).unwrap()[name] = value.into();
    record
}

fn in_group(group: &str, record: Value) -> Value {
    with(record, "/attributes/MessageGroupId", group)
}

async fn kept_by_the_queue(bench: &Bench, records: Vec<Value>) -> Vec<String> {
    let said = bench.answer(&json!({ "Records": records }), 3_000).await.unwrap();
    let items = said["batchItemFailures"].as_array().unwrap();
    items.iter().map(|item| item["itemIdentifier"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn only_the_poisoned_message_goes_back() {
    let bench = queue();
    let binary =
        with(record("3", &STANDARD.encode([0, 255])), "/messageAttributes/cloudevents/stringValue", facts("3", true));
    let poisoned = [
        with(record("no facts", "{}"), "/messageAttributes", json!({})),
        with(record("no JSON", "{}"), "/messageAttributes/cloudevents/stringValue", "{"),
        with(record("no CloudEvent", "{}"), "/messageAttributes/cloudevents/stringValue", "{\"id\":\"1\"}"),
        with(record("no base64", "?"), "/messageAttributes/cloudevents/stringValue", facts("4", true)),
        with(record("half a CloudEvent", "{\"specversion\":\"1.0\"}"), "/messageAttributes", json!({})),
        with(record("no text", "{}"), "/body", 1),
    ];
    for poison in poisoned {
        let id = poison["messageId"].as_str().unwrap().to_owned();
        let records = vec![record("1", "one\u{1F600}"), poison, record("2", "two"), binary.clone()];
        assert_eq!(kept_by_the_queue(&bench, records).await, [id]);
        assert_eq!(bench.kept(), ["one\u{1F600}".as_bytes(), b"two", &[0, 255]]);
    }
    let counts = bench.counts();
    assert!(counts.balanced());
    assert_eq!((counts.handed_off, counts.refused), (18, 6));
}

#[tokio::test]
async fn the_empty_body_and_the_structured_form_are_what_they_were() {
    let bench = queue();
    let empty = with(record("1", "="), "/messageAttributes/cloudevents/stringValue", facts("1", true));
    let structured = |data: &str| {
        let text = format!(r#"{{"specversion":"1.0","id":"7","source":"a","type":"b",{data}}}"#);
        with(record("2", &text), "/messageAttributes", json!({}))
    };
    let records = vec![
        empty,
        structured(r#""data_base64":"AP8=""#),
        structured(r#""data":{"a" : 1}"#),
        structured(r#""datacontenttype":"text/plain","data":"a\nb""#),
    ];
    assert!(kept_by_the_queue(&bench, records).await.is_empty());
    assert_eq!(bench.kept(), [&b""[..], &[0, 255], br#"{"a" : 1}"#, b"a\nb"]);
}

#[tokio::test]
async fn a_plain_queue_takes_any_message() {
    let bench = bench("aws-sqs", Some("plain"), QUEUE);
    let plain = with(record("1", "any text"), "/messageAttributes", json!({}));
    assert!(kept_by_the_queue(&bench, vec![plain]).await.is_empty());
    assert_eq!(bench.kept(), ["any text"]);
}

#[tokio::test]
async fn nothing_overtakes_a_message_of_its_group() {
    let bench = queue();
    let records = vec![
        in_group("a", record("a1", "a1")),
        in_group("a", record("a2", "panic")),
        in_group("b", record("b1", "b1")),
        in_group("a", record("a3", "a3")),
        in_group("b", record("b2", "b2")),
    ];
    assert_eq!(kept_by_the_queue(&bench, records).await, ["a2", "a3"]);
    let mut kept = bench.kept();
    kept.sort_unstable();
    assert_eq!(kept, ["a1", "b1", "b2"]);
}

#[tokio::test]
async fn a_queue_that_no_source_takes_keeps_its_messages() {
    let bench = queue();
    let strange = with(record("1", "one"), "/eventSourceARN", "arn:aws:sqs:eu-west-1:123456789012:others");
    assert_eq!(kept_by_the_queue(&bench, vec![strange, record("2", "two")]).await, ["1"]);
    assert_eq!(bench.kept(), ["two"]);
}

#[tokio::test]
async fn a_record_without_a_name_fails_the_whole_invocation() {
    let bench = queue();
    let nameless = with(record("1", "panic"), "/messageId", Value::Null);
    let failed = bench.answer(&json!({ "Records": [nameless] }), 3_000).await;
    assert_eq!(failed, Err(Failed::Records("malformed-envelope")));
}

#[tokio::test]
async fn a_request_cannot_speak_for_a_queue() {
    for fixture in Fixture::ALL {
        let bench = queue();
        let mut event = fixture.event();
        let path = if matches!(fixture, Fixture::Url | Fixture::HttpApi) { "rawPath" } else { "path" };
        event[path] = QUEUE.into();
        let reply = bench.answer(&event, 3_000).await.unwrap();
        assert_eq!(reply["statusCode"], 401, "{fixture:?}: {reply}");
        assert!(bench.kept().is_empty());
    }
}

fn notification(message: &str, attributes: &Value) -> Value {
    json!({ "Records": [{
        "EventVersion": "1.0",
        "EventSubscriptionArn": format!("{TOPIC}:21be56ed-a058-49f5-8c98-aedd2564c486"),
        "EventSource": "aws:sns",
        "Sns": {
            "SignatureVersion": "1",
            "Timestamp": "2019-01-02T12:45:07.000Z",
            "MessageId": "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
            "Message": message,
            "MessageAttributes": attributes,
            "Type": "Notification",
            "TopicArn": TOPIC,
            "Subject": "TestInvoke",
        },
    }] })
}

#[tokio::test]
async fn a_notification_is_taken_or_fails_by_the_name_of_its_guard() {
    let bench = bench("aws-sns", Some("lambda"), TOPIC);
    let facts_of = |text: String| json!({ "cloudevents": { "Type": "String", "Value": text } });
    assert_eq!(bench.answer(&notification("Hello", &json!({})), 3_000).await, Ok(Value::Null));
    let binary = notification("AP8=", &facts_of(facts("1", true)));
    assert_eq!(bench.answer(&binary, 3_000).await, Ok(Value::Null));
    assert_eq!(bench.kept(), [&b"Hello"[..], &[0, 255]]);
    let broken = bench.answer(&notification("Hello", &facts_of("{".to_owned())), 3_000).await;
    assert_eq!(broken, Err(Failed::Records("malformed-envelope")));
    let failed = bench.answer(&notification("panic", &json!({})), 3_000).await;
    assert_eq!(failed, Err(Failed::Records("destination-panicked")));
}

#[tokio::test]
async fn an_event_of_a_bus_is_its_detail() {
    let bench = bench("aws-eventbridge", Some("lambda"), Invoked::EVENT_BUS);
    let event = |detail: Value| {
        json!({
            "version": "0",
            "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
            "detail-type": "EC2 Instance State-change Notification",
            "source": "aws.ec2",
            "account": "111122223333",
            "time": "2017-12-22T18:43:48Z",
            "region": "us-west-1",
            "resources": ["arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0"],
            "detail": detail,
        })
    };
    assert_eq!(bench.answer(&event(json!({"state": "terminated"})), 3_000).await, Ok(Value::Null));
    let cloudevent = json!({"specversion": "1.0", "id": "1", "source": "a", "type": "b", "data_base64": "AP8="});
    assert_eq!(bench.answer(&event(cloudevent), 3_000).await, Ok(Value::Null));
    assert_eq!(bench.kept(), [&br#"{"state":"terminated"}"#[..], &[0, 255]]);
    let half = bench.answer(&event(json!({"specversion": "1.0"})), 3_000).await;
    assert_eq!(half, Err(Failed::Records("malformed-envelope")));
}
