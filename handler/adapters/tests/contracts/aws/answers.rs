//! What a service may say, and what is sent to it.

use std::time::Duration;

use doorbell_adapters::destination;
use doorbell_adapters::right::Right;
use doorbell_core::Destination;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{BUS, FUNCTION, ORDERED, QUEUE, TOPIC, config, judged, opened};
use crate::service::{Request, Service, Turn};

const ALL: [&str; 5] = [QUEUE, ORDERED, TOPIC, BUS, FUNCTION];

/// The answer that is a yes to a hand-off.
fn yes(lines: &str) -> Turn {
    match lines {
        TOPIC => Turn::Say("200 OK\r\n", "<PublishResponse><MessageId>1</MessageId></PublishResponse>".to_owned()),
        BUS => put(&json!({ "EventId": "1" })),
        FUNCTION => Turn::Say("202 Accepted\r\n", String::new()),
        _ => Turn::Say("200 OK\r\n", "{\"MessageId\":\"1\"}".to_owned()),
    }
}

fn put(entry: &Value) -> Turn {
    let failed = u32::from(entry.get("ErrorCode").is_some());
    Turn::Say("200 OK\r\n", json!({ "FailedEntryCount": failed, "Entries": [entry] }).to_string())
}

fn no(status: &'static str, code: &str) -> Turn {
    Turn::Say(status, json!({ "__type": code, "message": "not authorized, or else" }).to_string())
}

async fn take(script: &[Turn], lines: &str) -> (Result<(), String>, Vec<Request>) {
    let service = Service::start(script).await;
    let out = opened(&format!("http://{}", service.address), lines).await;
    (out.take(&[], b"body").await, service.requests())
}

#[tokio::test]
async fn only_the_services_own_yes_is_a_receipt() {
    for lines in ALL {
        assert_eq!(take(&[yes(lines)], lines).await.0, Ok(()), "{lines}");
        // As a proxy that answers for it.
        let proxy = [Turn::Say("200 OK\r\n", "<html>hello</html>".to_owned())];
        assert!(take(&proxy, lines).await.0.is_err(), "{lines}");
    }
}

#[tokio::test]
async fn throttled_twice_is_one_receipt_in_the_end() {
    for lines in ALL {
        let slow = no("400 Bad Request\r\n", "ThrottlingException");
        let (taken, requests) = take(&[slow.clone(), slow, yes(lines)], lines).await;
        assert_eq!((taken, requests.len()), (Ok(()), 3), "{lines}");
    }
}

#[tokio::test]
async fn an_entry_that_a_bus_did_not_take_is_no_receipt() {
    let refused = put(&json!({ "ErrorCode": "NotAuthorizedForSourceException", "ErrorMessage": "body" }));
    let (taken, requests) = take(&[refused], BUS).await;
    let bus = "arn:aws:events:eu-west-1:123456789012:event-bus/jobs";
    assert_eq!(taken.unwrap_err(), format!("put on {bus}: NotAuthorizedForSourceException (200)"));
    assert_eq!(requests.len(), 1);

    let passing = ["ThrottlingException", "InternalFailure"].map(|code| put(&json!({ "ErrorCode": code })));
    let (taken, requests) = take(&[&passing[..], &[yes(BUS)]].concat(), BUS).await;
    assert_eq!((taken, requests.len()), (Ok(()), 3));
}

#[tokio::test]
async fn a_denial_gives_the_line_that_the_template_lacks() {
    for (lines, line) in [
        (QUEUE, "[sqs:SendMessage, sqs:GetQueueAttributes], Resource: \"arn:aws:sqs:eu-west-1:123456789012:jobs\" }"),
        (TOPIC, "[sns:Publish, sns:GetTopicAttributes], Resource: \"arn:aws:sns:eu-west-1:123456789012:jobs\" }"),
        (
            BUS,
            "[events:PutEvents, events:DescribeEventBus], Resource: \"arn:aws:events:eu-west-1:123456789012:event-bus/jobs\" }",
        ),
        (FUNCTION, "[lambda:InvokeFunction], Resource: \"arn:aws:lambda:eu-west-1:123456789012:function:jobs:live\" }"),
    ] {
        let (taken, requests) = take(&[no("403 Forbidden\r\n", "AccessDeniedException")], lines).await;
        let said = taken.unwrap_err();
        let next = format!("; add to DoorRole or WorkerRole in template.yaml: {{ Effect: Allow, Action: {line}");
        assert!(said.contains("AccessDeniedException (403)") && said.ends_with(&next), "{said}");
        assert_eq!(requests.len(), 1, "{lines}");
    }
}

#[tokio::test]
async fn a_silent_service_fails_in_time() {
    for lines in ALL {
        let service = Service::start(&[Turn::Hang, Turn::Hang, Turn::Hang]).await;
        let limit = Duration::from_millis(400);
        let out = opened(&format!("http://{}", service.address), lines).await.within(limit);
        let began = Instant::now();
        let said = out.take(&[], b"body").await.unwrap_err();
        assert!(said.ends_with(": no answer in time"), "{said}");
        assert!(began.elapsed() < limit + Duration::from_millis(200), "{:?}", began.elapsed());
    }
}

#[tokio::test]
async fn a_function_is_called_asynchronously_and_only_tried_at_the_start() {
    let service = Service::start(&[Turn::Say("204 No Content\r\n", String::new()), yes(FUNCTION)]).await;
    let out = opened(&format!("http://{}", service.address), FUNCTION).await;
    out.reach().await.unwrap();
    out.take(&[], b"a\0b").await.unwrap();
    let [tried, called] = service.requests().try_into().unwrap();
    let function = "arn:aws:lambda:eu-west-1:123456789012:function:jobs:live";
    for request in [&tried, &called] {
        assert_eq!(request.line, format!("POST /2015-03-31/functions/{function}/invocations HTTP/1.1"));
    }
    assert_eq!((tried.header("x-amz-invocation-type"), tried.body.as_slice()), (Some("DryRun"), &b"{}"[..]));
    assert_eq!(called.header("x-amz-invocation-type"), Some("Event"));
    let payload: Value = serde_json::from_slice(&called.body).unwrap();
    assert_eq!((&payload["source"], &payload["data_base64"]), (&json!("bell"), &json!("YQBi")));
    assert_eq!(tried.connection, called.connection, "warmed");
}

/// What `emit iam --aws` prints is what is used, neither more nor less.
#[tokio::test]
async fn the_rights_are_those_of_the_calls() {
    for lines in ALL {
        let service = Service::start(&[Turn::Say("200 OK\r\n", "{}".to_owned()), yes(lines)]).await;
        let out = opened(&format!("http://{}", service.address), lines).await;
        // A function is answered otherwise: how is not asked here.
        let _answer = out.reach().await;
        out.take(&[], b"body").await.unwrap();
        let rights = destination::grants(&config(lines));
        let [Right::Aws(permit)] = rights.as_slice() else { panic!("{lines}") };
        let mut granted: Vec<&str> = permit.actions.iter().map(|action| action.split_once(':').unwrap().1).collect();
        let mut called: Vec<String> = service.requests().iter().map(operation).collect();
        granted.sort_unstable();
        called.sort_unstable();
        called.dedup();
        assert_eq!(called, granted, "{lines}");
    }
}

fn operation(request: &Request) -> String {
    if let Some(target) = request.header("x-amz-target") {
        return target.rsplit('.').next().unwrap().to_owned();
    }
    if request.line.contains("/invocations") {
        return "InvokeFunction".to_owned();
    }
    let body = String::from_utf8_lossy(&request.body).into_owned();
    body.strip_prefix("Action=").unwrap().split('&').next().unwrap().to_owned()
}

#[test]
fn what_cannot_be_is_said_by_the_check_with_the_right_form() {
    for (lines, key, what, fix) in [
        (
            "kind = \"sqs\"\nqueue_url = \"jobs\"",
            "queue_url",
            "\"jobs\" is no URL of a queue",
            "write it as https://sqs.REGION.amazonaws.com/ACCOUNT/NAME; another place needs AWS_ENDPOINT_URL",
        ),
        (
            &format!("{QUEUE}\ngroup = \"{{repo}}\""),
            "group",
            "group: {repo} is not known",
            "use {source}, {type}, {action}, {id}",
        ),
        (
            "kind = \"sns\"\ntopic = \"arn:aws:sqs:eu-west-1:123456789012:jobs\"",
            "topic",
            "\"arn:aws:sqs:eu-west-1:123456789012:jobs\" is no topic",
            "write its ARN: arn:aws:sns:REGION:ACCOUNT:NAME",
        ),
        (
            "kind = \"eventbridge\"\nbus = \"arn:aws:events:eu-west-1:123456789012:rule/x\"",
            "bus",
            "\"arn:aws:events:eu-west-1:123456789012:rule/x\" is no bus",
            "write its name, or its ARN: arn:aws:events:REGION:ACCOUNT:event-bus/NAME",
        ),
        (
            "kind = \"eventbridge\"\nevent_source = \"aws.{source}\"",
            "event_source",
            "event_source: aws. begins the names of AWS's own services",
            "begin with another word",
        ),
        (
            "kind = \"lambda\"\nfunction = \"a/b\"",
            "function",
            "\"a/b\" is no function",
            "write its name, NAME:ALIAS, or its ARN: arn:aws:lambda:REGION:ACCOUNT:function:NAME",
        ),
    ] {
        let [error] = judged(lines).try_into().unwrap();
        assert_eq!((error.key, error.what.as_str(), error.fix.as_str()), (Some(key), what, fix));
    }
    for lines in ["kind = \"eventbridge\"", "kind = \"lambda\"\nfunction = \"jobs:$LATEST\"", QUEUE, ORDERED, TOPIC] {
        assert!(judged(lines).is_empty(), "{lines}");
    }
}
