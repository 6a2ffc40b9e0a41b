//! Deliveries that go well: many at once, one after the other, in either HTTP.

use std::collections::BTreeSet;
use std::time::Duration;

use bytes::Bytes;
use conformance::destination::Step;
use conformance::door::Request;
use conformance::h2c;
use conformance::wire::{self, Wire};
use http::Method;

use super::open;

/// `count` senders at once, and a destination that takes 200 ms for each.
async fn at_once(count: usize) {
    let (served, stage, destination) = open(&vec![Step::After(Duration::from_millis(200)); count]).await;
    let ids: BTreeSet<String> = (0..count).map(|index| format!("msg_{index}")).collect();
    let address = served.address;
    let senders: Vec<_> = (ids.iter())
        .map(|id| stage.message(id))
        .map(|request| tokio::spawn(async move { wire::send(address, &request).await }))
        .collect();
    for sender in senders {
        assert_eq!(served.log.outcome(&sender.await.unwrap()), "handed-off 200");
    }
    let taken = destination.taken();
    let got: BTreeSet<String> = taken.iter().map(|taken| taken.id.as_ref().unwrap().text().to_owned()).collect();
    assert_eq!((taken.len(), got == ids), (count, true), "not each once");
    let counts = stage.counts("standard-webhooks");
    assert!(counts.balanced());
    assert_eq!(counts.handed_off, count as u64);
}

/// What one instance of Cloud Run takes by default.
#[tokio::test(flavor = "multi_thread")]
async fn eighty_at_once_are_each_handed_off_once() {
    at_once(80).await;
}

/// What one instance of Cloud Run takes at most.
#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_at_once_are_each_handed_off_once() {
    at_once(1_000).await;
}

#[tokio::test]
async fn a_connection_carries_more_than_one_delivery() {
    let (served, stage, destination) = open(&[]).await;
    let mut wire = Wire::to(served.address).await.unwrap();
    for id in ["msg_1", "msg_2"] {
        wire.send(wire::whole(&stage.message(id))).await;
        let answer = wire.reply(&Method::POST).await.unwrap();
        assert_eq!(served.log.outcome(&answer), "handed-off 200");
    }
    assert_eq!(destination.taken().len(), 2);
}

#[tokio::test]
async fn what_was_sent_before_the_first_answer_is_answered_in_order() {
    let (served, stage, destination) = open(&[Step::After(Duration::from_millis(20))]).await;
    let unsigned = Request::post("/standard-webhooks", "{}");
    let requests = [stage.message("msg_1"), stage.message("msg_2"), stage.message("msg_1"), unsigned];
    let mut wire = Wire::to(served.address).await.unwrap();
    wire.send(requests.each_ref().map(wire::whole).concat()).await;
    for outcome in ["handed-off 200", "handed-off 200", "duplicate 200", "refused missing-signature 401"] {
        let answer = wire.reply(&Method::POST).await.unwrap();
        assert_eq!(served.log.outcome(&answer), outcome);
    }
    assert_eq!(destination.taken().len(), 2);
}

#[tokio::test]
async fn h2c_is_answered_alike() {
    let (served, stage, destination) = open(&[]).await;
    let connection = h2c::Connection::to(served.address).await;
    for (id, outcome) in [("msg_1", "handed-off 200"), ("msg_1", "duplicate 200"), ("msg_2", "handed-off 200")] {
        let answer = connection.send(&stage.message(id)).await;
        assert_eq!(served.log.outcome(&answer), outcome);
    }
    assert_eq!(destination.taken().len(), 2);
}

/// Streams of one connection do not wait for each other.
#[tokio::test]
async fn h2c_streams_run_at_once() {
    let (served, stage, destination) = open(&[Step::Wait]).await;
    let connection = h2c::Connection::to(served.address).await;
    let slow = stage.message("msg_1");
    let (held, mut body) = connection.begin(&slow).await;
    body.send_data(slow.body.clone(), true).unwrap();
    conformance::served::eventually(|| destination.calls() == 1).await;
    let answer = connection.send(&stage.message("msg_2")).await;
    assert_eq!(served.log.outcome(&answer), "handed-off 200");
    destination.release();
    assert_eq!(served.log.outcome(&h2c::answer(held).await), "handed-off 200");
}

#[tokio::test]
async fn a_body_in_many_pieces_is_one_body() {
    let (served, stage, destination) = open(&[]).await;
    let request = stage.message("msg_1").header("transfer-encoding", "chunked");
    let mut wire = Wire::to(served.address).await.unwrap();
    wire.send(wire::head(&request, &[])).await;
    for byte in request.body.chunks(1) {
        wire.send(wire::chunk(byte)).await;
    }
    wire.send(wire::chunk(b"")).await;
    let answer = wire.reply(&Method::POST).await.unwrap();
    assert_eq!(served.log.outcome(&answer), "handed-off 200");
    assert_eq!(destination.taken().pop().unwrap().body, request.body);
}

#[tokio::test]
async fn probes_say_a_status_and_nothing_else() {
    let (served, stage, _) = open(&[]).await;
    for path in ["/-/live", "/-/ready"] {
        for method in [Method::GET, Method::HEAD] {
            let answer = served.send(&Request { method, ..Request::post(path, "") }).await;
            assert_eq!((answer.status().as_u16(), answer.body()), (200, &Bytes::new()));
            assert_eq!(served.log.of(&answer), None, "a probe has no line");
        }
        assert_eq!(served.log.outcome(&served.send(&Request::post(path, "")).await), "refused unknown-path 404");
    }
    assert_eq!(stage.counts("standard-webhooks"), doorbell_core::tally::Counts::default());
}

/// Whoever asks with a header alone gets no longer an answer than its own.
#[tokio::test]
async fn the_answer_to_head_has_no_body() {
    let (served, _, _) = open(&[]).await;
    let mut wire = Wire::to(served.address).await.unwrap();
    for path in ["/standard-webhooks", "/nowhere"] {
        wire.send(wire::head(&Request { method: Method::HEAD, ..Request::post(path, "") }, &[])).await;
        let answer = wire.reply(&Method::HEAD).await.unwrap();
        assert!([404, 405].contains(&answer.status().as_u16()));
    }
    // What followed a head would have been read as the beginning of this.
    wire.send(wire::head(&Request { method: Method::GET, ..Request::post("/-/live", "") }, &[])).await;
    assert_eq!(wire.reply(&Method::GET).await.unwrap().status(), 200);
}
