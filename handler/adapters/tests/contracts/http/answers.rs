//! What each answer leads to.

use std::time::{Duration, Instant};

use doorbell_core::destination::Durability;

use super::opened;
use crate::service::{Service, Turn, say};

#[tokio::test]
async fn a_yes_is_a_receipt_and_the_connection_is_used_again() {
    let service = Service::start(&[
        Turn::Say("202 Accepted\r\n", "x".repeat(60 << 10)),
        say("204 No Content\r\n"),
        say("200 OK\r\n"),
    ])
    .await;
    let out = opened(&service, "").await;
    assert_eq!(out.inner.durability(), Durability::Durable);
    for _ in 0..3 {
        assert_eq!(out.take(&[], b"{}").await, Ok(()));
    }
    let connections: Vec<_> = service.requests().iter().map(|request| request.connection).collect();
    assert_eq!(connections, [0, 0, 0]);
    assert_eq!(service.requests()[0].line, "POST /in?token=hidden HTTP/1.1");
}

#[tokio::test]
async fn what_may_pass_is_tried_again() {
    for turn in [say("503 Unavailable\r\n"), say("429 Slow\r\nretry-after: 0\r\n"), say("408 Late\r\n"), Turn::Close] {
        let service = Service::start(std::slice::from_ref(&turn)).await;
        assert_eq!(opened(&service, "").await.take(&[], b"body").await, Ok(()), "{turn:?}");
        let bodies: Vec<_> = service.requests().iter().map(|request| request.body.clone()).collect();
        assert_eq!(bodies, [b"body", b"body"], "{turn:?}");
    }
}

#[tokio::test]
async fn three_times_is_enough() {
    let service = Service::start(&vec![say("503 Unavailable\r\n"); 9]).await;
    let said = opened(&service, "").await.take(&[], b"body").await.unwrap_err();
    assert!(said.contains("answered 503; look at its own log; tried 3 of 3 times"), "{said}");
    assert_eq!(service.requests().len(), 3);
}

#[tokio::test]
async fn a_no_stands_at_once() {
    for (status, next) in [
        ("400 Bad\r\n", "answered 400; "),
        ("401 Who\r\n", "answered 401; check bearer"),
        ("404 Gone\r\n", "answered 404; check url and method"),
        ("413 Long\r\n", "answered 413; it takes no body of this size"),
    ] {
        let service = Service::start(&[Turn::Say(status, "what the body says".to_owned())]).await;
        let said = opened(&service, "").await.take(&[("x-own", "own value")], b"sent").await.unwrap_err();
        let place = format!("POST 127.0.0.1:{}/in: ", service.address.port());
        assert!(said.starts_with(&place) && said.contains(next), "{said}");
        for hidden in ["hidden", "what the body says", "own value", "sent"] {
            assert!(!said.contains(hidden), "{said}");
        }
        assert_eq!(service.requests().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Service::start(&[]).await;
    let moved = format!("307 Moved\r\nlocation: http://{}/\r\n", elsewhere.address);
    let service = Service::start(&[say(Box::leak(moved.into_boxed_str()))]).await;
    let said = opened(&service, "").await.take(&[], b"body").await.unwrap_err();
    assert!(said.contains("answered 307; redirects are not followed"), "{said}");
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn a_service_that_wants_to_be_left_alone_for_too_long_is_not_asked_again() {
    let service = Service::start(&[say("503 Unavailable\r\nretry-after: 60\r\n")]).await;
    let said = opened(&service, "").await.take(&[], b"body").await.unwrap_err();
    assert!(said.contains("tried 1 of 3 times"), "{said}");
    assert_eq!(service.requests().len(), 1);
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the limit is one of real time")]
async fn a_service_that_hangs_costs_no_more_than_the_limit() {
    let service = Service::start(&[Turn::Hang]).await;
    let out = opened(&service, "").await.within(Duration::from_millis(300));
    let began = Instant::now();
    let said = out.take(&[], b"body").await.unwrap_err();
    assert!(said.contains("no answer in time"), "{said}");
    assert!(began.elapsed() < Duration::from_secs(3));
    assert_eq!(service.requests().len(), 1);
}

#[tokio::test]
async fn a_service_that_is_not_there_is_said_so() {
    let service = Service::start(&[]).await;
    let out = opened(&service, "").await;
    assert!(out.inner.reach().await.is_ok(), "asked nothing");
    assert!(service.requests().is_empty());
    let gone = super::Out::of(super::try_open("url = \"http://127.0.0.1:1/\"\nallow_private = true").await.unwrap());
    let said = gone.take(&[], b"body").await.unwrap_err();
    assert!(said.contains("no connection: ") && said.contains("tried 3 of 3"), "{said}");
}
