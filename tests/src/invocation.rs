//! The Lambda doors: the event that each makes of a request, and the answer it makes of the function's.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use doorbell_adapters::delivery_id::DeliveryIds;
use doorbell_core::Clock;
use doorbell_lambda::{App, Function};
use http::{HeaderName, Method, Response};
use lambda_runtime::Context;
use serde_json::value::to_raw_value;
use serde_json::{Map, Value, json};

use crate::door::Request;
use crate::lines::Lines;
use crate::stage::Stage;

/// What stands before the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Front {
    /// Function URL.
    Url,
    /// HTTP API, payload format 2.0, with a stage in the path.
    HttpApi,
    /// REST API.
    RestApi,
    /// ALB.
    Alb,
    /// ALB with multi-value headers enabled.
    AlbMulti,
}

/// The client's address in every event.
const CLIENT: &str = "203.0.113.7";

impl Front {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Url, Self::HttpApi, Self::RestApi, Self::Alb, Self::AlbMulti];

    /// The event that this front makes of `request` (shapes: `handler/lambda/tests/events`).
    #[must_use]
    pub fn event(self, request: &Request) -> Value {
        let method = request.method.as_str();
        let text = std::str::from_utf8(&request.body);
        let is_base64 = text.is_err();
        let body = text.map_or_else(|_| STANDARD.encode(&request.body), str::to_owned);
        let mut event = match self {
            Self::Url => v2(request, "$default", &request.path),
            Self::HttpApi => v2(request, "prod", &format!("/prod{}", request.path)),
            Self::RestApi => json!({
                "resource": "/{proxy+}",
                "path": request.path,
                "httpMethod": method,
                "headers": last(&headers(request)),
                "multiValueHeaders": headers(request),
                "queryStringParameters": last(&query(request, decoded)),
                "multiValueQueryStringParameters": query(request, decoded),
                "requestContext": {
                    "httpMethod": method,
                    "identity": { "sourceIp": CLIENT },
                    "path": format!("/prod{}", request.path),
                    "requestTimeEpoch": 1_790_000_000_000_i64,
                    "stage": "prod",
                },
            }),
            Self::Alb => json!({
                "requestContext": { "elb": { "targetGroupArn": "arn:aws:elasticloadbalancing:x:1:targetgroup/x/1" } },
                "httpMethod": method,
                "path": request.path,
                "headers": last(&headers(request)),
                "queryStringParameters": last(&query(request, str::to_owned)),
            }),
            Self::AlbMulti => json!({
                "requestContext": { "elb": { "targetGroupArn": "arn:aws:elasticloadbalancing:x:1:targetgroup/x/1" } },
                "httpMethod": method,
                "path": request.path,
                "multiValueHeaders": headers(request),
                "multiValueQueryStringParameters": query(request, str::to_owned),
            }),
        };
        let fields = event.as_object_mut().expect("events are objects");
        fields.insert("body".to_owned(), body.into());
        fields.insert("isBase64Encoded".to_owned(), is_base64.into());
        event
    }

    /// What the client of this front gets, when the function answered so.
    ///
    /// # Panics
    /// When the answer is not in this front's words.
    #[must_use]
    pub fn response(self, answer: &Value) -> Response<Bytes> {
        let text = |name: &str| answer.get(name).and_then(Value::as_str);
        let body = text("body").expect("an answer has a body");
        let is_base64 = answer.get("isBase64Encoded").and_then(Value::as_bool).expect("an answer says how");
        let body = if is_base64 { STANDARD.decode(body).expect("base64") } else { body.as_bytes().to_vec() };
        let mut response = Response::new(Bytes::from(body));
        let status = answer.get("statusCode").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
        *response.status_mut() = status.and_then(|code| code.try_into().ok()).expect("a status");
        let map = |name: &str| answer.get(name).and_then(Value::as_object);
        let headers = match self {
            Self::Url | Self::HttpApi | Self::Alb => map("headers"),
            Self::RestApi | Self::AlbMulti => map("multiValueHeaders"),
        };
        for (name, value) in headers.expect("the headers stand where this front looks") {
            let name: HeaderName = name.parse().expect("a header name");
            let one = std::slice::from_ref(value);
            for value in value.as_array().map_or(one, Vec::as_slice) {
                let value = value.as_str().and_then(|value| value.parse().ok()).expect("a header value");
                response.headers_mut().append(name.clone(), value);
            }
        }
        if matches!(self, Self::Alb | Self::AlbMulti) {
            assert_eq!(text("statusDescription"), Some(response.status().to_string().as_str()));
        }
        response
    }
}

fn v2(request: &Request, stage: &str, path: &str) -> Value {
    // Format 2.0 joins repeated headers with commas.
    let joined: BTreeMap<String, String> =
        headers(request).into_iter().map(|(name, values)| (name, values.join(","))).collect();
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": request.query.as_deref().unwrap_or_default(),
        "headers": joined,
        "requestContext": {
            "http": { "method": request.method.as_str(), "path": path, "protocol": "HTTP/1.1", "sourceIp": CLIENT },
            "stage": stage,
        },
    })
}

type Lists = BTreeMap<String, Vec<String>>;

/// The request's headers, and those that a platform adds.
fn headers(request: &Request) -> Lists {
    let mut lists = Lists::new();
    for (name, value) in &request.headers {
        let value = value.to_str().expect("an event carries text only").to_owned();
        lists.entry(name.as_str().to_owned()).or_default().push(value);
    }
    lists.remove("transfer-encoding");
    for (name, value) in [("x-forwarded-for", CLIENT), ("x-forwarded-proto", "https")] {
        lists.entry(name.to_owned()).or_insert_with(|| vec![value.to_owned()]);
    }
    lists
}

fn query(request: &Request, form: fn(&str) -> String) -> Lists {
    let mut lists = Lists::new();
    for pair in request.query.iter().flat_map(|query| query.split('&')) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        lists.entry(form(name)).or_default().push(form(value));
    }
    lists
}

/// The only encoded character that a test sends.
fn decoded(text: &str) -> String {
    text.replace("%7E", "~")
}

fn last(lists: &Lists) -> Map<String, Value> {
    let last = |values: &[String]| values.last().cloned().unwrap_or_default().into();
    lists.iter().map(|(name, values)| (name.clone(), last(values))).collect()
}

/// A function in this process.
#[derive(Debug)]
pub struct Invoked {
    function: Function,
    /// Its log.
    pub log: Lines,
    clock: Arc<dyn Clock>,
}

impl Invoked {
    /// A function in front of the stage.
    pub async fn start(stage: &Stage) -> Self {
        let (log, lines) = Lines::new();
        let clock: Arc<dyn Clock> = Arc::new(stage.clock.clone());
        let ids = DeliveryIds::new().expect("random bytes");
        let app = App { receiver: Arc::clone(&stage.receiver), clock: Arc::clone(&clock), ids, log };
        let invoked = Self { function: Function::new(app), log: lines, clock };
        // The first request carries the age of its process, which the stage's clock makes a long one.
        let probe = Request { method: Method::GET, ..Request::post("/-/ready", "") };
        assert_eq!(invoked.send(Front::Url, &probe).await.status(), 200);
        invoked
    }

    /// Sends `request` through `front`.
    pub async fn send(&self, front: Front, request: &Request) -> Response<Bytes> {
        self.invoke(front, &front.event(request)).await
    }

    /// Hands `event` of `front` to the function.
    pub async fn invoke(&self, front: Front, event: &Value) -> Response<Bytes> {
        let event = to_raw_value(event).expect("an event is JSON");
        let mut context = Context::default();
        // A minute from now.
        let now = self.clock.now().as_unix_micros() / 1_000;
        context.deadline = u64::try_from(now + 60_000).expect("a time after 1970");
        let answer = self.function.answer(&event, &context).await.expect("an event of a front door");
        front.response(&serde_json::to_value(answer).expect("an answer is JSON"))
    }
}
