//! What the service answers, told to the sender.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Response};

use super::opened;
use crate::chain::{answer, relaying};
use crate::service::{Service, Turn, say};

/// What the sender is told, and why it is no more than a yes.
async fn told(turn: Turn, within: Duration) -> (Response<Bytes>, String, usize) {
    let service = Service::start(&[turn]).await;
    let out = opened(&service, "").await.within(within);
    let mut answer = answer(&relaying(Arc::new(out)), HeaderMap::new(), Bytes::from_static(b"{}")).await;
    let untold = answer.record.take().unwrap().untold.map(|cause| cause.to_string()).unwrap_or_default();
    (answer.into_response(), untold, service.requests().len())
}

const LONG: Duration = Duration::from_secs(5);

#[tokio::test]
async fn status_type_and_body_are_told_and_nothing_else() {
    let head = "201 Created\r\ncontent-type: text/xml\r\nset-cookie: s=1\r\nserver: own\r\ncontent-encoding: odd\r\n";
    let (response, untold, _) = told(Turn::Say(head, "<a/>".to_owned()), LONG).await;
    assert_eq!((response.status().as_u16(), response.body().as_ref(), untold.as_str()), (201, &b"<a/>"[..], ""));
    let mut names: Vec<&str> = response.headers().keys().map(http::HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["content-encoding", "content-type", "x-content-type-options", "x-doorbell-id"]);
    assert_eq!(response.headers()["content-type"], "text/xml");
}

#[tokio::test]
async fn bytes_of_no_declared_type_are_not_guessed_at() {
    let (response, _, _) = told(Turn::Say("200 OK\r\n", "<script>".to_owned()), LONG).await;
    assert_eq!(response.headers()["content-type"], "application/octet-stream");
}

#[tokio::test]
async fn an_answer_without_a_body_has_no_type_either() {
    let (response, untold, _) = told(say("204 No Content\r\n"), LONG).await;
    assert_eq!((response.status().as_u16(), response.body().len(), untold.as_str()), (204, 0, ""));
    assert!(!response.headers().contains_key("content-type"));
}

/// The service said that it has the event: a no would bring it there again.
#[tokio::test]
async fn an_answer_that_cannot_be_told_is_a_plain_yes() {
    let mebibyte = 1 << 20;
    let (response, untold, _) = told(Turn::Say("200 OK\r\n", "x".repeat(mebibyte)), LONG).await;
    assert_eq!((response.body().len(), untold.as_str()), (mebibyte, ""));
    for (turn, within, why) in [
        (Turn::Say("200 OK\r\n", "x".repeat(mebibyte + 1)), LONG, "its answer is longer than 1 MiB"),
        (Turn::Break, LONG, "its answer broke off"),
        (Turn::Stall, Duration::from_millis(500), "its answer did not end in time"),
    ] {
        let (response, untold, requests) = told(turn, within).await;
        assert_eq!((response.status().as_u16(), response.body().len(), requests), (200, 0, 1), "{why}");
        assert!(untold.starts_with("POST 127.0.0.1:") && untold.ends_with(why), "{untold}");
        assert!(!untold.contains("hidden"), "{untold}");
    }
}

#[tokio::test]
async fn a_no_and_silence_are_a_503_as_ever() {
    for (turn, within) in [(say("400 Bad\r\n"), LONG), (Turn::Hang, Duration::from_millis(100))] {
        let (response, untold, requests) = told(turn, within).await;
        assert_eq!((response.status().as_u16(), untold.as_str(), requests), (503, "", 1));
    }
}
