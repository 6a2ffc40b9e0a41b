//! The event that a front door of Lambda makes of a request: for `cargo lambda invoke`, and for a function's own tests.
//!
//! The shapes are those of docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html,
//! docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html,
//! .../set-up-lambda-proxy-integrations.html and docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::ValueEnum;
use http::HeaderMap;
use reqwest::Url;
use serde_json::{Map, Value, json};

/// A front door.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Front {
    /// A function URL
    Url,
    /// A REST API of API Gateway
    V1,
    /// An HTTP API of API Gateway
    V2,
    /// An Application Load Balancer
    Alb,
}

/// Made up, as all that no sender decides.
const ACCOUNT: &str = "123456789012";
const ADDRESS: &str = "192.0.2.44";
const REQUEST: &str = "00000000-0000-4000-8000-000000000000";

impl Front {
    /// The event of a POST to `url`.
    pub(crate) fn event(self, url: &Url, headers: &HeaderMap, body: &[u8], millis: i64) -> Value {
        let (path, query, host) = (url.path(), url.query().unwrap_or_default(), url.host_str().unwrap_or_default());
        let mut lines: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in headers {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            lines.entry(name.as_str().to_owned()).or_default().push(value);
        }
        lines.insert("host".to_owned(), vec![host.to_owned()]);
        lines.insert("content-length".to_owned(), vec![body.len().to_string()]);
        lines.insert("x-forwarded-for".to_owned(), vec![ADDRESS.to_owned()]);
        lines.insert("x-forwarded-proto".to_owned(), vec!["https".to_owned()]);
        let joined: BTreeMap<&String, String> = lines.iter().map(|(name, values)| (name, values.join(","))).collect();
        let pairs: Map<String, Value> = match self {
            // A balancer leaves the encoding, an API takes it off.
            Self::Alb => raw(query).map(|(name, value)| (name.to_owned(), value.into())).collect(),
            Self::Url | Self::V1 | Self::V2 => {
                url.query_pairs().map(|(name, value)| (name.into(), value.into())).collect()
            }
        };
        let (body, is_base64) = (STANDARD.encode(body), true);
        match self {
            Self::Url | Self::V2 => json!({
                "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query, "headers": joined,
                "requestContext": {
                    "accountId": ACCOUNT, "apiId": "doorbell", "domainName": host, "domainPrefix": "doorbell",
                    "http": { "method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": ADDRESS, "userAgent": "" },
                    "requestId": REQUEST, "routeKey": "$default", "stage": "$default", "timeEpoch": millis,
                },
                "body": body, "isBase64Encoded": is_base64,
            }),
            Self::V1 => json!({
                "resource": "/{proxy+}", "path": path, "httpMethod": "POST", "headers": joined, "multiValueHeaders": lines,
                "queryStringParameters": pairs, "multiValueQueryStringParameters": listed(&pairs),
                "requestContext": {
                    "accountId": ACCOUNT, "apiId": "doorbell", "domainName": host, "httpMethod": "POST",
                    "identity": { "sourceIp": ADDRESS }, "path": format!("/prod{path}"), "protocol": "HTTP/1.1",
                    "requestId": REQUEST, "requestTimeEpoch": millis, "resourcePath": "/{proxy+}", "stage": "prod",
                },
                "body": body, "isBase64Encoded": is_base64,
            }),
            Self::Alb => json!({
                "requestContext": { "elb": { "targetGroupArn":
                    format!("arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}:targetgroup/doorbell/6d0ecf831eec9f09") } },
                "httpMethod": "POST", "path": path, "queryStringParameters": pairs, "headers": joined,
                "body": body, "isBase64Encoded": is_base64,
            }),
        }
    }
}

fn listed(pairs: &Map<String, Value>) -> BTreeMap<&String, [&Value; 1]> {
    pairs.iter().map(|(name, value)| (name, [value])).collect()
}

fn raw(query: &str) -> impl Iterator<Item = (&str, &str)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}
