//! Keys that a provider publishes.

use std::time::Duration;

use doorbell_adapters::key_set::KeySet;
use doorbell_adapters::outward::{Outward, Reach};
use doorbell_core::keys::{KeyFault, KeySource, Want};
use doorbell_core::verify::{KeyPlace, Scheme, Token, TokenPlace};

use crate::service::{Service, Turn, say};

fn scheme() -> Scheme {
    Scheme::Token(Token { at: TokenPlace::Header("authorization".into()), prefix: "Bearer ".into() })
}

fn set(service: &Service, reach: Reach) -> KeySet {
    let url = format!("http://{}/certs?v=1", service.address);
    KeySet::at(scheme(), &KeyPlace::Set(url.into()), reach, Outward::default()).unwrap()
}

fn unreachable(fetched: Result<doorbell_core::secret::Keyring, KeyFault>) -> String {
    match fetched.unwrap_err() {
        KeyFault::Unreachable(cause) => cause.to_string(),
        KeyFault::Gone(cause) => panic!("{cause}"),
    }
}

#[tokio::test]
async fn keys_are_fetched_and_live_as_long_as_the_answer_says() {
    let body = "{\"keys\":[]}".to_owned();
    let service = Service::start(&[
        Turn::Say("200 OK\r\ncache-control: public, max-age=7200\r\n", body.clone()),
        Turn::Say("200 OK\r\ncache-control: max-age=1\r\n", body),
    ])
    .await;
    let set = set(&service, Reach::Anywhere);
    assert_eq!(set.ttl(), Duration::from_secs(3600));
    let first = set.fetch(Want::Current).await.unwrap();
    assert_eq!(set.ttl(), Duration::from_secs(7200));
    assert!(set.fetch(Want::Mismatch).await.unwrap() == first, "the same document is the same ring");
    assert_eq!(set.ttl(), Duration::from_secs(60));
    let requests = service.requests();
    assert_eq!(requests[0].line, "GET /certs?v=1 HTTP/1.1");
    assert_eq!((requests[0].connection, requests[1].connection), (0, 0));
}

#[tokio::test]
async fn what_is_no_key_set_is_said_so_and_withdraws_nothing() {
    let elsewhere = Service::start(&[]).await;
    let moved: &'static str =
        Box::leak(format!("302 Found\r\nlocation: http://{}/\r\n", elsewhere.address).into_boxed_str());
    for (turn, said) in [
        (say(moved), "answered 302, not 200"),
        (say("404 Not Found\r\n"), "answered 404, not 200"),
        (say("200 OK\r\n"), "an empty answer"),
        (Turn::Say("200 OK\r\n", "x".repeat((256 << 10) + 1)), "longer than 262144 bytes"),
        (Turn::Close, "no answer: "),
    ] {
        let service = Service::start(&[turn.clone(), turn]).await;
        let cause = unreachable(set(&service, Reach::Anywhere).fetch(Want::Current).await);
        assert!(cause.starts_with("http://127.0.0.1/certs ") && cause.contains(said), "{cause}");
    }
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn the_largest_set_is_taken() {
    let service = Service::start(&[Turn::Say("200 OK\r\n", "x".repeat(256 << 10))]).await;
    assert!(set(&service, Reach::Anywhere).fetch(Want::Current).await.is_ok());
}

#[tokio::test]
async fn keys_are_never_fetched_from_inside() {
    for host in ["localhost", "127.0.0.1", "169.254.169.254"] {
        let url = format!("https://{host}/certs");
        for place in [KeyPlace::Set(url.clone().into()), KeyPlace::Issuer(url.clone().into())] {
            let set = KeySet::new(scheme(), &place, Outward::default()).unwrap();
            let cause = unreachable(set.fetch(Want::Current).await);
            assert!(cause.contains("not the public internet"), "{cause}");
        }
    }
}

#[tokio::test]
async fn an_issuers_metadata_names_its_keys() {
    let jwks = "{\"keys\":[]}".to_owned();
    let turns = |metadata: String| {
        [Turn::Say("200 OK\r\n", metadata), Turn::Say("200 OK\r\ncache-control: max-age=7200\r\n", jwks.clone())]
    };
    // What the metadata says is known only once the service has its address.
    let service = Service::start(&[]).await;
    let issuer = format!("http://{}", service.address);
    let set = |issuer: &str| {
        let place = KeyPlace::Issuer(issuer.to_owned().into());
        KeySet::at(scheme(), &place, Reach::Anywhere, Outward::default()).unwrap()
    };
    service.then(&turns(format!(r#"{{"issuer":"{issuer}","jwks_uri":"{issuer}/keys"}}"#)));
    let keys = set(&issuer);
    keys.fetch(Want::Current).await.unwrap();
    assert_eq!(keys.ttl(), Duration::from_secs(7200));
    let lines: Vec<String> = service.requests().into_iter().map(|request| request.line).collect();
    assert_eq!(lines, ["GET /.well-known/openid-configuration HTTP/1.1", "GET /keys HTTP/1.1"]);
    // Elsewhere is not asked.
    let elsewhere = Service::start(&[]).await;
    let uri = format!("http://{}/keys", elsewhere.address);
    service.then(&turns(format!(r#"{{"issuer":"{issuer}","jwks_uri":"{uri}"}}"#)));
    assert!(unreachable(set(&issuer).fetch(Want::Current).await).contains("another host"));
    assert!(elsewhere.requests().is_empty());
}
