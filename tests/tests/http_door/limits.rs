//! What the door takes on, and how early it says no.

use std::sync::Arc;
use std::time::Duration;

use conformance::dedupe::Book;
use conformance::destination::{Scripted, Step};
use conformance::door::Request;
use conformance::h2c;
use conformance::served::{Served, eventually};
use conformance::stage::{Stage, long, source_of};
use conformance::wire::{self, Wire};
use doorbell_cloud_run::Limits;
use doorbell_core::source::Source;
use http::{Method, StatusCode};

use super::{open, open_with};

const LIMIT: usize = 1_000;

/// A source that takes bodies up to [`LIMIT`].
async fn small() -> (Served, Stage) {
    let destination = Scripted::new(&[]);
    let source = Source { body_limit: LIMIT, ..source_of("github", vec![destination.target("one")]) };
    let stage = Stage::new(vec![source], Arc::new(Book::default()), 0);
    (Served::start(&stage, Limits::default()).await, stage)
}

#[tokio::test]
async fn a_declared_length_over_the_limit_is_answered_before_a_byte_of_it() {
    let (served, stage) = small().await;
    let request = stage.signed("github", Request::post("/github", long(LIMIT + 1)));
    let declared = ("content-length", "1001");
    // Who asks before it sends is told no instead of to go on.
    for more in [&[declared][..], &[declared, ("expect", "100-continue")]] {
        let mut wire = Wire::to(served.address).await.unwrap();
        wire.send(wire::head(&request, more)).await;
        let answer = wire.reply(&Method::POST).await.unwrap();
        assert_eq!(served.log.outcome(&answer), "refused too-large 413");
    }
    let connection = h2c::Connection::to(served.address).await;
    let (answer, _body) = connection.begin(&request.header("content-length", "1001")).await;
    assert_eq!(served.log.outcome(&h2c::answer(answer).await), "refused too-large 413");
}

#[tokio::test]
async fn an_undeclared_length_over_the_limit_is_answered_at_the_first_byte_over() {
    let (served, stage) = small().await;
    let request = stage.signed("github", Request::post("/github", long(LIMIT + 1)));
    let mut wire = Wire::to(served.address).await.unwrap();
    wire.send(wire::head(&request, &[("transfer-encoding", "chunked")])).await;
    wire.send(wire::chunk(&request.body[..LIMIT])).await;
    wire.send(wire::chunk(&request.body[LIMIT..])).await;
    // The last chunk never comes.
    let answer = wire.reply(&Method::POST).await.unwrap();
    assert_eq!(served.log.outcome(&answer), "refused too-large 413");

    let connection = h2c::Connection::to(served.address).await;
    let (answer, mut body) = connection.begin(&request).await;
    body.send_data(request.body.clone(), false).unwrap();
    assert_eq!(served.log.outcome(&h2c::answer(answer).await), "refused too-large 413");

    let fits = stage.signed("github", Request::post("/github", long(LIMIT)).header("transfer-encoding", "chunked"));
    assert_eq!(served.log.outcome(&served.send(&fits).await), "handed-off 200");
}

#[tokio::test]
async fn a_head_without_evidence_is_answered_before_its_body() {
    let (served, _) = small().await;
    let request = Request::post("/github", long(LIMIT));
    for more in [&[("content-length", "1000")][..], &[("content-length", "1000"), ("expect", "100-continue")]] {
        let mut wire = Wire::to(served.address).await.unwrap();
        wire.send(wire::head(&request, more)).await;
        let answer = wire.reply(&Method::POST).await.unwrap();
        assert_eq!(served.log.outcome(&answer), "refused missing-signature 401");
    }
    let connection = h2c::Connection::to(served.address).await;
    let (answer, _body) = connection.begin(&request).await;
    assert_eq!(served.log.outcome(&h2c::answer(answer).await), "refused missing-signature 401");
}

#[tokio::test]
async fn who_asks_first_is_told_to_go_on() {
    let (served, stage, _) = open(&[]).await;
    let request = stage.message("msg_1");
    let length = request.body.len().to_string();
    let mut wire = Wire::to(served.address).await.unwrap();
    wire.send(wire::head(&request, &[("content-length", &length), ("expect", "100-continue")])).await;
    assert_eq!(wire.reply(&Method::POST).await.unwrap().status(), StatusCode::CONTINUE);
    wire.send(&request.body).await;
    let answer = wire.reply(&Method::POST).await.unwrap();
    assert_eq!(served.log.outcome(&answer), "handed-off 200");
}

#[tokio::test]
async fn a_head_that_does_not_end_ends_the_connection() {
    let limits = Limits { head: Duration::from_millis(100), ..Limits::default() };
    let (served, stage, _) = open_with(&[], limits).await;
    let mut wire = Wire::to(served.address).await.unwrap();
    wire.send("POST /standard-webhooks HTTP/1.1\r\nhost: a\r\nwebhook-id: m").await;
    wire.rest().await;
    // On a connection that has carried a delivery, too.
    let mut wire = Wire::to(served.address).await.unwrap();
    wire.send(wire::whole(&stage.message("msg_1"))).await;
    assert_eq!(wire.reply(&Method::POST).await.unwrap().status(), 200);
    wire.rest().await;
    assert_eq!(stage.counts("standard-webhooks").received, 1);
}

/// Before its first bytes a connection has no version of HTTP, and so none of its limits.
#[tokio::test]
async fn a_connection_that_says_nothing_ends() {
    let (served, stage, _) = open(&[]).await;
    // A "P" may be the beginning of either HTTP.
    for words in ["", "P", "PRI * HTTP/2.0\r\n\r\n"] {
        let mut wire = Wire::to(served.address).await.unwrap();
        wire.send(words).await;
        eventually(|| stage.clock.sleepers() == 1).await;
        stage.clock.advance(Limits::default().head);
        assert!(wire.rest().await.is_empty(), "{words:?}");
    }
}

#[tokio::test]
async fn a_body_that_does_not_end_is_a_408() {
    let (served, stage, _) = open(&[]).await;
    let request = stage.message("msg_1");
    let mut wire = Wire::to(served.address).await.unwrap();
    wire.send(wire::head(&request, &[("content-length", "16")])).await;
    wire.send(&request.body[..8]).await;
    eventually(|| stage.counts("standard-webhooks").received == 1 && stage.clock.sleepers() == 1).await;
    stage.clock.advance(Limits::default().body);
    let answer = wire.reply(&Method::POST).await.unwrap();
    assert_eq!(served.log.outcome(&answer), "refused body-incomplete 408");

    let connection = h2c::Connection::to(served.address).await;
    let (answer, mut body) = connection.begin(&request).await;
    body.send_data(request.body.slice(..8), false).unwrap();
    eventually(|| stage.counts("standard-webhooks").received == 2 && stage.clock.sleepers() == 1).await;
    stage.clock.advance(Limits::default().body);
    assert_eq!(served.log.outcome(&h2c::answer(answer).await), "refused body-incomplete 408");
    assert!(stage.counts("standard-webhooks").balanced());
}

#[tokio::test]
async fn a_body_that_is_broken_off_is_refused_and_gives_its_bytes_back() {
    let message = r#"{"type":"test"}"#.len();
    let (served, stage, destination) = open_with(&[], Limits { in_flight: message, ..Limits::default() }).await;
    let request = stage.message("msg_1");
    let mut wire = Wire::to(served.address).await.unwrap();
    wire.send(wire::head(&request, &[("content-length", "15")])).await;
    wire.send(&request.body[..8]).await;
    eventually(|| stage.counts("standard-webhooks").received == 1).await;
    drop(wire);
    eventually(|| stage.counts("standard-webhooks").refused == 1).await;
    // The whole delivery is a new one: nothing of the first was taken.
    eventually(|| stage.clock.sleepers() == 0).await;
    assert_eq!(served.log.outcome(&served.send(&request).await), "handed-off 200");
    assert_eq!(destination.taken().len(), 1);
    assert!(stage.counts("standard-webhooks").balanced());
}

#[tokio::test]
async fn bytes_in_flight_are_bounded_and_given_back() {
    let message = r#"{"type":"test"}"#.len();
    let limits = Limits { in_flight: 2 * message - 1, ..Limits::default() };
    let (served, stage, destination) = open_with(&[Step::Wait], limits).await;
    let (first, address) = (stage.message("msg_1"), served.address);
    let held = tokio::spawn(async move { wire::send(address, &first).await });
    eventually(|| destination.calls() == 1).await;

    let second = stage.message("msg_2");
    for request in [second.clone(), second.clone().header("transfer-encoding", "chunked")] {
        let answer = served.send(&request).await;
        assert_eq!(served.log.outcome(&answer), "failed overloaded 503");
        assert_eq!(answer.headers()["retry-after"], "5");
    }
    // What has no body has room.
    assert_eq!(served.send(&Request::post("/standard-webhooks", "")).await.status(), 401);

    destination.release();
    assert_eq!(served.log.outcome(&held.await.unwrap()), "handed-off 200");
    assert_eq!(served.log.outcome(&served.send(&second).await), "handed-off 200");
    let counts = stage.counts("standard-webhooks");
    assert!(counts.balanced());
    assert_eq!((counts.handed_off, counts.failed, counts.refused), (2, 2, 1));
}

/// Who declares much and sends nothing must not close the door for those who send.
#[tokio::test]
async fn a_declared_length_takes_no_room() {
    let message = r#"{"type":"test"}"#.len();
    let (served, stage, _destination) = open_with(&[], Limits { in_flight: message, ..Limits::default() }).await;
    let mut silent = Vec::new();
    for _ in 0..3 {
        let mut wire = Wire::to(served.address).await.unwrap();
        wire.send(wire::head(&stage.message("msg_silent"), &[("content-length", "15")])).await;
        silent.push(wire);
    }
    eventually(|| stage.counts("standard-webhooks").received == 3).await;
    let answer = served.send(&stage.message("msg_1")).await;
    assert_eq!(served.log.outcome(&answer), "handed-off 200");
}
