//! From the JSON of an invocation to the request that a front door made it of.
//!
//! The shape is recognised first, by names that only one door uses; then the event is read as that door's
//! type. Nothing is tried in turn: an event that happens to fit another type would be misread in silence.
//!
//! # What the doors destroy
//! Function URL and HTTP API (payload format 2.0) give the query verbatim, and join repeated headers with a
//! comma. REST API gives the query decoded: which characters were encoded, and where a name stood between
//! others, is lost. ALB leaves the encoding but groups by name; without multi-value headers it drops all but
//! the last value of a name, headers and query alike.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use doorbell_core::Peer;
use doorbell_core::receiver::Cut;
use http::{HeaderMap, HeaderValue, Method, header};
use lambda_http::aws_lambda_events::alb::AlbTargetGroupRequest;
use lambda_http::aws_lambda_events::apigw::{ApiGatewayProxyRequest, ApiGatewayV2httpRequest};
use serde::de::{DeserializeOwned, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::batch::Batch;

/// Why the function was invoked.
#[derive(Debug)]
pub enum Occasion<'e> {
    /// A request at a front door.
    Request(Knock<'e>),
    /// Events that a service of the platform brings.
    Batch(Batch<'e>),
}

/// A front door: how its events are read, and how it wants its answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Front {
    /// Function URL, and HTTP API with payload format 2.0
    /// (docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html,
    /// docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html).
    V2,
    /// REST API, and HTTP API with payload format 1.0
    /// (docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html).
    V1,
    /// An ALB's target group (docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html).
    Alb {
        /// The target group has multi-value headers enabled: it sends, and reads, no others.
        multi_value: bool,
    },
}

/// A request whose front door is known, not read yet.
#[derive(Clone, Copy, Debug)]
pub struct Knock<'e> {
    /// The door.
    pub front: Front,
    event: &'e RawValue,
    /// The query's maps, which the door's type would put into an order of its own.
    query: Option<&'e RawValue>,
}

/// A request as the door gives it.
#[derive(Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path, its encoding as delivered, without the stage.
    pub path: String,
    /// The query without the `?`; `None` where there is none.
    pub query: Option<String>,
    /// The headers, repeated ones kept where the door keeps them.
    pub headers: HeaderMap,
    /// The other end.
    pub peer: Peer,
    /// The body, still as the event carries it.
    pub body: Body,
}

/// A body as the event carries it: as text or in base64, at the platform's choice.
#[derive(Debug)]
pub struct Body {
    text: String,
    is_base64: bool,
}

/// No door that this function knows makes such events.
#[derive(Debug, PartialEq, Eq)]
pub struct UnknownEvent {
    /// The event's names, without their values: those may be anybody's secrets.
    keys: Vec<String>,
}

/// The event is its door's, but not well formed. Says no more, for serde's errors quote values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

/// The names that tell the doors apart, and what is taken from the event as it stands.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sketch<'e> {
    #[serde(borrow)]
    request_context: Option<&'e RawValue>,
    http_method: Option<IgnoredAny>,
    resource: Option<IgnoredAny>,
    multi_value_headers: Option<IgnoredAny>,
    #[serde(borrow)]
    query_string_parameters: Option<&'e RawValue>,
    #[serde(borrow)]
    multi_value_query_string_parameters: Option<&'e RawValue>,
    #[serde(rename = "Records", borrow)]
    records: Option<&'e RawValue>,
    #[serde(rename = "detail-type")]
    detail_type: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct ContextSketch {
    elb: Option<IgnoredAny>,
    http: Option<IgnoredAny>,
    identity: Option<IgnoredAny>,
}

impl<'e> Occasion<'e> {
    /// What the event is, by its names.
    ///
    /// # Errors
    /// [`UnknownEvent`]: nothing that this function answers.
    pub fn recognise(event: &'e RawValue) -> Result<Self, UnknownEvent> {
        let unknown = || UnknownEvent::of(event);
        let sketch: Sketch<'e> = serde_json::from_str(event.get()).map_err(|_| unknown())?;
        if let Some(records) = sketch.records {
            return Batch::of(records).map(Self::Batch).ok_or_else(unknown);
        }
        if sketch.detail_type.is_some() {
            return Ok(Self::Batch(Batch::of_bus(event)));
        }
        let context = sketch.request_context.ok_or_else(unknown)?;
        let context: ContextSketch = serde_json::from_str(context.get()).map_err(|_| unknown())?;
        let front = if context.elb.is_some() {
            Front::Alb { multi_value: sketch.multi_value_headers.is_some() }
        } else if context.http.is_some() {
            Front::V2
        } else if sketch.http_method.is_some() && (context.identity.is_some() || sketch.resource.is_some()) {
            Front::V1
        } else {
            return Err(unknown());
        };
        // Where both are given, the single-value map has only the last value of each name.
        let query = sketch.multi_value_query_string_parameters.or(sketch.query_string_parameters);
        Ok(Self::Request(Knock { front, event, query }))
    }
}

impl Knock<'_> {
    /// Reads the request.
    ///
    /// # Errors
    /// [`Unreadable`]: a field of the door's type is missing or malformed.
    pub fn read(&self) -> Result<Request, Unreadable> {
        match self.front {
            Front::V2 => self.read_v2(),
            Front::V1 => self.read_v1(),
            Front::Alb { .. } => self.read_alb(),
        }
    }

    fn read_v2(&self) -> Result<Request, Unreadable> {
        let event: ApiGatewayV2httpRequest = read(self.event)?;
        let context = event.request_context;
        let mut headers = event.headers;
        // Format 2.0 takes cookies out of the headers; RFC 6265, 5.4 has one line of them.
        if let Some(cookies) = event.cookies.filter(|cookies| !cookies.is_empty()) {
            let line = HeaderValue::from_str(&cookies.join("; ")).map_err(|_| Unreadable)?;
            headers.insert(header::COOKIE, line);
        }
        Ok(Request {
            method: context.http.method,
            path: without_stage(event.raw_path.unwrap_or_default(), context.stage.as_deref()),
            query: event.raw_query_string.filter(|query| !query.is_empty()),
            headers,
            peer: vouched(context.http.source_ip.as_deref()),
            body: Body::new(event.body, event.is_base64_encoded),
        })
    }

    fn read_v1(&self) -> Result<Request, Unreadable> {
        let event: ApiGatewayProxyRequest = read(self.event)?;
        let (context, path) = (event.request_context, event.path.unwrap_or_default());
        // `requestContext.path` has the stage. Where it is the path with a stage before it, the path has
        // none, though it may begin with a word that is also the stage's name.
        let bare = match (&context.path, &context.stage) {
            (Some(whole), Some(stage)) => whole.strip_prefix('/').and_then(|whole| whole.strip_prefix(stage.as_str())),
            (None, _) | (_, None) => None,
        };
        let has_no_stage = bare == Some(path.as_str());
        let query = self.query()?;
        let mut encoded = form_urlencoded::Serializer::new(String::new());
        encoded.extend_pairs(query.iter());
        Ok(Request {
            method: event.http_method,
            path: if has_no_stage { path } else { without_stage(path, context.stage.as_deref()) },
            query: Some(encoded.finish()).filter(|query| !query.is_empty()),
            headers: multi_or(event.multi_value_headers, event.headers),
            peer: vouched(context.identity.source_ip.as_deref()),
            body: Body::new(event.body, event.is_base64_encoded),
        })
    }

    fn read_alb(&self) -> Result<Request, Unreadable> {
        let event: AlbTargetGroupRequest = read(self.event)?;
        let query: Vec<String> = self.query()?.iter().map(|(name, value)| format!("{name}={value}")).collect();
        Ok(Request {
            method: event.http_method,
            path: event.path.unwrap_or_default(),
            query: Some(query.join("&")).filter(|query| !query.is_empty()),
            headers: multi_or(event.multi_value_headers, event.headers),
            peer: Peer::Proxy,
            body: Body::new(event.body, event.is_base64_encoded),
        })
    }

    fn query(&self) -> Result<Pairs, Unreadable> {
        self.query.map_or_else(|| Ok(Pairs::default()), read)
    }
}

impl Body {
    fn new(text: Option<String>, is_base64: bool) -> Self {
        Self { text: text.unwrap_or_default(), is_base64 }
    }

    /// The bytes, at most `limit` of them.
    ///
    /// # Errors
    /// [`Cut::TooLarge`], [`Cut::Undecodable`].
    pub fn decode(self, limit: usize) -> Result<Bytes, Cut> {
        // Four characters are three bytes, less two of padding. What is too long even so is not decoded.
        let at_least = if self.is_base64 { (self.text.len() / 4 * 3).saturating_sub(2) } else { self.text.len() };
        if at_least > limit {
            return Err(Cut::TooLarge);
        }
        if !self.is_base64 {
            return Ok(Bytes::from(self.text));
        }
        let bytes = STANDARD.decode(self.text).map_err(|_| Cut::Undecodable)?;
        if bytes.len() > limit { Err(Cut::TooLarge) } else { Ok(Bytes::from(bytes)) }
    }
}

impl UnknownEvent {
    /// The event's names, cut to some of them and to a readable length.
    #[must_use]
    pub fn keys(&self) -> &[String] {
        &self.keys
    }

    /// More names than an error message is read for, and longer ones than events have.
    const KEYS: usize = 16;
    const KEY_LENGTH: usize = 40;

    fn of(event: &RawValue) -> Self {
        let names: BTreeMap<String, IgnoredAny> = serde_json::from_str(event.get()).unwrap_or_default();
        let short = |name: String| name.chars().flat_map(char::escape_default).take(Self::KEY_LENGTH).collect();
        Self { keys: names.into_keys().take(Self::KEYS).map(short).collect() }
    }
}

impl fmt::Display for UnknownEvent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("not an event of a Function URL, API Gateway, ALB, SQS, SNS or EventBridge: ")?;
        if self.keys.is_empty() {
            return formatter.write_str("no object with names");
        }
        write!(formatter, "an object with {}", self.keys.join(", "))
    }
}

impl std::error::Error for UnknownEvent {}

impl From<UnknownEvent> for lambda_runtime::Diagnostic {
    fn from(unknown: UnknownEvent) -> Self {
        Self { error_type: "UnknownEvent".to_owned(), error_message: unknown.to_string() }
    }
}

/// The path without one leading `/stage`, which HTTP API puts before it for every stage but `$default`.
fn without_stage(path: String, stage: Option<&str>) -> String {
    let Some(stage) = stage.filter(|stage| !stage.is_empty() && *stage != "$default") else { return path };
    match path.strip_prefix('/').and_then(|path| path.strip_prefix(stage)) {
        Some("") => "/".to_owned(),
        Some(rest) if rest.starts_with('/') => rest.to_owned(),
        Some(_) | None => path,
    }
}

fn vouched(source_ip: Option<&str>) -> Peer {
    Peer::Vouched(source_ip.and_then(|address| address.parse().ok()))
}

/// The multi-value map, which has everything that the other one has, where there is one.
fn multi_or(multi: HeaderMap, single: HeaderMap) -> HeaderMap {
    if multi.is_empty() { single } else { multi }
}

fn read<T: DeserializeOwned>(event: &RawValue) -> Result<T, Unreadable> {
    serde_json::from_str(event.get()).map_err(|_| Unreadable)
}

/// A query's map in the order in which it is written, values of one name together.
#[derive(Debug, Default)]
struct Pairs(Vec<(String, OneOrMany)>);

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl Pairs {
    fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().flat_map(|(name, values)| {
            let values = match values {
                OneOrMany::One(value) => std::slice::from_ref(value),
                OneOrMany::Many(values) => values.as_slice(),
            };
            values.iter().map(move |value| (name.as_str(), value.as_str()))
        })
    }
}

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Pairs;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a map of names to values")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}
