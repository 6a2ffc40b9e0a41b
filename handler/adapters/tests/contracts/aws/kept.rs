//! What arrives behind a queue, a topic and a bus.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use doorbell_adapters::aws::Client;
use doorbell_adapters::aws::service::{EVENTBRIDGE, SNS, SQS};
use doorbell_adapters::destination;
use doorbell_adapters::startup::registry;
use doorbell_core::Destination;
use doorbell_core::config::Config;
use http::StatusCode;
use serde_json::{Value, json};

use super::{BUS, ORDERED, QUEUE, TOPIC, aws, opened, site};
use crate::chain::{ring, routed};
use crate::moto::Moto;

const LIMIT: Duration = Duration::from_secs(10);
const URL: &str = "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs";
const ARN: &str = "arn:aws:sqs:eu-west-1:123456789012:jobs";

/// The far end of a queue.
struct Queue(Client);

impl Queue {
    async fn create(server: &Moto, name: &str, attributes: Value) -> Self {
        let queue = Self(aws(&server.url()).client(SQS, "eu-west-1").unwrap());
        queue.call("CreateQueue", &json!({ "QueueName": name, "Attributes": attributes })).await;
        queue
    }

    async fn call(&self, operation: &str, input: &Value) -> Value {
        // Some answers are empty.
        self.0.json(operation, input, LIMIT).await.unwrap_or_default()
    }

    async fn messages(&self, url: &str) -> Vec<Value> {
        let mut all = Vec::new();
        let input = json!({
            "QueueUrl": url, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"], "AttributeNames": ["All"],
            "WaitTimeSeconds": 0, "VisibilityTimeout": 60,
        });
        loop {
            let answer = self.call("ReceiveMessage", &input).await;
            let Some(messages) = answer["Messages"].as_array().filter(|messages| !messages.is_empty()) else {
                return all;
            };
            for message in messages {
                let receipt = json!({ "QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"] });
                self.call("DeleteMessage", &receipt).await;
                all.push(message.clone());
            }
        }
    }
}

/// The body as a worker turns it back, and the facts.
fn read(body: &Value, facts: &Value) -> (Vec<u8>, Value) {
    let facts: Value = serde_json::from_str(facts.as_str().unwrap()).unwrap();
    let body = body.as_str().unwrap();
    match facts["datacontentencoding"].as_str() {
        Some("base64") => (STANDARD_NO_PAD.decode(body.trim_end_matches('=')).unwrap(), facts),
        _ => (body.as_bytes().to_vec(), facts),
    }
}

#[tokio::test]
async fn a_queue_gives_the_bytes_back_as_they_came() {
    let Some(server) = Moto::start().await else { return };
    let queue = Queue::create(&server, "jobs", json!({})).await;
    let out = opened(&server.url(), QUEUE).await;
    out.reach().await.unwrap();
    let text = "{\"a\":\"é\u{10ffff}\\n\"}\r\n\t".as_bytes();
    let bodies = [text, b"", b"=", b"a\0b", "a\u{ffff}".as_bytes(), &[0xff, 0xfe], &[b'x'; 500_000]];
    for body in bodies {
        assert_eq!(out.take(&[("content-type", "text/plain")], body).await, Ok(()));
        let [message] = queue.messages(URL).await.try_into().unwrap();
        let attribute = &message["MessageAttributes"]["cloudevents"];
        assert_eq!(attribute["DataType"], "String");
        let (bytes, facts) = read(&message["Body"], &attribute["StringValue"]);
        assert!(bytes == body);
        assert_eq!((&facts["source"], &facts["specversion"]), (&json!("bell"), &json!("1.0")));
        assert_eq!(facts["datacontenttype"], "text/plain");
        assert_eq!(message["Attributes"].get("MessageGroupId"), None);
    }
    let refused = out.take(&[], &vec![b'x'; 1 << 20]).await.unwrap_err();
    let begins = format!("send to {URL}: 1048");
    assert!(
        refused.starts_with(&begins) && refused.contains("bytes, and 1048576 is the most; name a bucket"),
        "{refused}"
    );
    assert!(queue.messages(URL).await.is_empty());

    queue.call("DeleteQueue", &json!({ "QueueUrl": URL })).await;
    let gone = "; check its name, its region and its account, or deploy it";
    for (said, begins) in [
        (out.take(&[], b"x").await.unwrap_err(), format!("send to {URL}: QueueDoesNotExist (400)")),
        (out.reach().await.unwrap_err().to_string(), format!("ask about {URL}: QueueDoesNotExist (400)")),
    ] {
        assert!(said.starts_with(&begins) && said.ends_with(gone), "{said}");
    }
}

/// Pushes of one repository keep their order, those of two do not wait for each other.
#[tokio::test]
async fn an_extracted_value_keeps_the_order() {
    let Some(server) = Moto::start().await else { return };
    let queue = Queue::create(&server, "jobs.fifo", json!({ "FifoQueue": "true" })).await;
    let text = format!(
        "[source.bell]\ndangerously_unsigned = true\n[[route]]\nto = [\"out\"]\nextract = {{ full_name = \"$.repo\" }}\n\
         [destination.out]\n{ORDERED}\ngroup = \"{{source}}/{{full_name}}\"\n"
    );
    let config = Config::parse(&text, "test", &registry()).unwrap();
    let out = destination::open(&config.destinations[0], &site(&server.url())).await.unwrap();
    let receiver = routed(&config, out);
    for body in [r#"{"repo":"a/b"}"#, r#"{"repo":"c"}"#, "{}"] {
        assert_eq!(ring(&receiver, body.into()).await, StatusCode::OK);
    }
    let mut groups: Vec<Value> = queue.messages(&format!("{URL}.fifo")).await;
    groups.iter_mut().for_each(|message| *message = message["Attributes"]["MessageGroupId"].take());
    assert_eq!(groups, ["bell/a/b", "bell/c", "bell/"]);
}

#[tokio::test]
async fn the_same_event_twice_is_one_message_of_a_fifo_queue() {
    let Some(server) = Moto::start().await else { return };
    let queue = Queue::create(&server, "jobs.fifo", json!({ "FifoQueue": "true" })).await;
    let url = format!("{URL}.fifo");
    let out = opened(&server.url(), ORDERED).await;
    out.reach().await.unwrap();
    for body in [b"1", b"1", b"2"] {
        assert_eq!(out.take(&[], body).await, Ok(()));
    }
    let messages = queue.messages(&url).await;
    assert_eq!(messages.iter().map(|message| &message["Body"]).collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(messages[0]["Attributes"]["MessageGroupId"], "bell");
    assert_ne!(
        messages[0]["Attributes"]["MessageDeduplicationId"],
        messages[1]["Attributes"]["MessageDeduplicationId"]
    );
    let long = "x".repeat(129);
    for (group, becomes) in [("a {source}", None), (&long, None), ("{source}/{type}", Some("bell/unknown"))] {
        let out = opened(&server.url(), &format!("{ORDERED}\ngroup = \"{group}\"")).await;
        assert_eq!(out.take(&[], group.as_bytes()).await, Ok(()), "{group}");
        let [message] = queue.messages(&url).await.try_into().unwrap();
        let kept = message["Attributes"]["MessageGroupId"].as_str().unwrap();
        assert!(becomes.map_or(kept.len() == 64, |becomes| kept == becomes), "{kept}");
    }
}

#[tokio::test]
async fn a_topic_and_a_bus_pass_the_event_on() {
    let Some(server) = Moto::start().await else { return };
    let queue = Queue::create(&server, "jobs", json!({})).await;

    let sns = aws(&server.url()).client(SNS, "eu-west-1").unwrap();
    sns.form("CreateTopic", &[("Name", "jobs")], LIMIT).await.unwrap();
    let fields = [("TopicArn", "arn:aws:sns:eu-west-1:123456789012:jobs"), ("Protocol", "sqs"), ("Endpoint", ARN)];
    sns.form("Subscribe", &fields, LIMIT).await.unwrap();
    let out = opened(&server.url(), TOPIC).await;
    out.reach().await.unwrap();
    for body in [&b"{\"a\": 1}"[..], b"a\0b", b""] {
        assert_eq!(out.take(&[], body).await, Ok(()));
        let [message] = queue.messages(URL).await.try_into().unwrap();
        let note: Value = serde_json::from_str(message["Body"].as_str().unwrap()).unwrap();
        let (bytes, facts) = read(&note["Message"], &note["MessageAttributes"]["cloudevents"]["Value"]);
        assert_eq!((bytes.as_slice(), &facts["source"]), (body, &json!("bell")));
    }

    let events = aws(&server.url()).client(EVENTBRIDGE, "eu-west-1").unwrap();
    let call = async |operation: &str, input: Value| {
        let _answer: Value = events.json(operation, &input, LIMIT).await.unwrap_or_default();
    };
    call("CreateEventBus", json!({ "Name": "jobs" })).await;
    let pattern = json!({ "source": ["bell"], "detail-type": ["unknown"] }).to_string();
    call("PutRule", json!({ "Name": "all", "EventBusName": "jobs", "EventPattern": pattern })).await;
    let targets = json!([{ "Id": "queue", "Arn": ARN }]);
    call("PutTargets", json!({ "Rule": "all", "EventBusName": "jobs", "Targets": targets })).await;
    let out = opened(&server.url(), BUS).await;
    out.reach().await.unwrap();
    assert_eq!(out.take(&[], b"[1, \"a\0b\"]").await, Ok(()));
    let [message] = queue.messages(URL).await.try_into().unwrap();
    let event: Value = serde_json::from_str(message["Body"].as_str().unwrap()).unwrap();
    let detail = &event["detail"];
    assert_eq!((&detail["source"], &detail["specversion"]), (&json!("bell"), &json!("1.0")));
    assert_eq!(detail["data_base64"], "WzEsICJhAGIiXQ==");

    for (lines, says) in [
        (TOPIC.replace(":jobs", ":none"), "ask about arn:aws:sns:eu-west-1:123456789012:none: NotFound"),
        (BUS.replace("/jobs", "/none"), "ask about arn:aws:events:eu-west-1:123456789012:event-bus/none: Resource"),
    ] {
        let unreached = opened(&server.url(), &lines).await.reach().await.unwrap_err().to_string();
        assert!(unreached.starts_with(says) && unreached.ends_with("or deploy it"), "{unreached}");
    }
}
