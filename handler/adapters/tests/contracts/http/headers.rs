//! What leaves: bodies, and the headers of the sender, the event and the operator.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use doorbell_adapters::dedupe::memory::Memory;
use doorbell_core::keys::Keys;
use doorbell_core::secret::{LiveSecret, Secret, SecretVersion};
use doorbell_core::verify::{Scheme, Token, TokenPlace};
use http::HeaderMap;

use super::opened;
use crate::chain::{proving, send};
use crate::service::Service;

#[tokio::test]
async fn the_bytes_that_leave_are_the_bytes_that_came() {
    for body in [Vec::new(), b"{\"a\": 1 }\n".to_vec(), (0..=255).collect(), vec![b'x'; 300_000]] {
        let service = Service::start(&[]).await;
        opened(&service, "").await.take(&[("content-type", "text/odd")], &body).await.unwrap();
        let request = service.requests().remove(0);
        assert_eq!(request.body, body);
        assert_eq!(request.header("content-type"), Some("text/odd"));
        assert_eq!((request.header("ce-specversion"), request.header("ce-source")), (Some("1.0"), Some("bell")));
        assert_eq!((request.header("ce-trust"), request.header("ce-doorbellid")), (Some("unsigned"), Some("test")));
        assert_eq!(request.header("ce-id").map(str::len), Some(64));
        assert_eq!(request.header("ce-datacontenttype"), None);
    }
}

#[tokio::test]
async fn a_structured_event_holds_the_bytes() {
    let service = Service::start(&[]).await;
    let out = opened(&service, "body = \"cloudevent\"\nmethod = \"PUT\"").await;
    out.take(&[("content-type", "text/odd"), ("content-encoding", "gzip"), ("digest", "sha-256=x")], b"body")
        .await
        .unwrap();
    let request = service.requests().remove(0);
    assert_eq!(request.line, "PUT /in?token=hidden HTTP/1.1");
    assert_eq!(request.header("content-type"), Some("application/cloudevents+json"));
    for gone in ["content-encoding", "digest", "ce-id"] {
        assert_eq!(request.header(gone), None, "{gone}");
    }
    let event: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(STANDARD.decode(event["data_base64"].as_str().unwrap()).unwrap(), b"body");
    assert_eq!(event["datacontenttype"], "text/odd");
}

#[tokio::test]
async fn end_to_end_headers_go_along() {
    let kept = [
        ("user-agent", "Partner/1"),
        ("x-github-event", "push"),
        ("x-goog-channel-id", "7"),
        ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        ("tracestate", "a=b"),
        ("content-encoding", "br"),
        ("accept", "*/*"),
    ];
    let service = Service::start(&[]).await;
    opened(&service, "").await.take(&kept, b"body").await.unwrap();
    let request = service.requests().remove(0);
    for (name, value) in kept {
        assert_eq!(request.header(name), Some(value), "{name}");
    }
    assert_eq!(request.header("host"), Some(service.address.to_string().as_str()));
}

#[tokio::test]
async fn a_sender_says_nothing_in_our_name() {
    for name in [
        "authorization",
        "ce-id",
        "ce-mine",
        "cookie",
        "forwarded",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "upgrade",
        "expect",
        "x-amzn-oidc-data",
        "x-cloud-trace-context",
        "x-forwarded-for",
        "x-forwarded-proto",
        "x-goog-iap-jwt-assertion",
        "x-hub-signature-256",
        "x-named",
        "x-real-ip",
        "x-serverless-authorization",
    ] {
        let service = Service::start(&[]).await;
        opened(&service, "").await.take(&[(name, "theirs"), ("connection", "close, X-Named")], b"body").await.unwrap();
        assert_ne!(service.requests()[0].header(name), Some("theirs"), "{name}");
    }
}

#[tokio::test]
async fn the_operators_headers_replace_the_senders() {
    let service = Service::start(&[]).await;
    let out = opened(&service, "headers = { x-team = \"ours\", \"X-Other\" = \"a: b\" }").await;
    out.take(&[("x-team", "theirs"), ("x-team", "theirs too")], b"body").await.unwrap();
    let request = service.requests().remove(0);
    assert_eq!(request.headers.get_all("x-team").iter().collect::<Vec<_>>(), ["ours"]);
    assert_eq!(request.header("x-other"), Some("a: b"));
}

#[tokio::test]
async fn the_providers_evidence_goes_on_only_where_it_is_wanted() {
    for (line, expected) in [("", None), ("keep_signature = true", Some("evidence"))] {
        let service = Service::start(&[]).await;
        let out = opened(&service, line).await;
        let scheme = Scheme::Token(Token { at: TokenPlace::Header("x-gitlab-token".into()), prefix: "".into() });
        let secret = Secret::new("evidence").unwrap();
        let ring = scheme.keyring(vec![LiveSecret { version: SecretVersion::new("1"), secret }]).unwrap();
        let receiver = proving(scheme, Keys::fixed(Some(ring)), Arc::new(Memory::new()), Arc::new(out.clone()));
        let mut headers = HeaderMap::new();
        headers.insert("x-gitlab-token", "evidence".parse().unwrap());
        assert_eq!(send(&receiver, headers, Bytes::from_static(b"body")).await, 200);
        assert_eq!(service.requests()[0].header("x-gitlab-token"), expected);
    }
}
