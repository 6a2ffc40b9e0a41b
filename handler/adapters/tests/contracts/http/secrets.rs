//! What proves who we are.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use doorbell_core::delivery::Door;
use doorbell_core::secret::{LiveSecret, Secret, SecretVersion};
use doorbell_core::{Delivery, DeliveryId, Head, Peer, Timestamp, provider};
use http::Method;

use super::{opened, try_open};
use crate::service::{Service, say};

fn file(folder: &Path, text: &str) -> String {
    let path = folder.join("secret");
    std::fs::write(&path, text).unwrap();
    format!("file://{}", path.display())
}

#[tokio::test]
async fn each_secret_stands_where_the_config_says() {
    let folder = tempfile::tempdir().unwrap();
    let place = file(folder.path(), "open sesame\n");
    for (line, header, expected) in [
        (format!("bearer = \"{place}\""), "authorization", "Bearer open sesame"),
        (
            format!("basic = {{ user = \"Aladdin\", password = \"{place}\" }}"),
            "authorization",
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        ),
        (format!("headers = {{ x-api-key = \"{place}\" }}"), "x-api-key", "open sesame"),
        (format!("headers = {{ Authorization = \"{place}\" }}"), "authorization", "open sesame"),
    ] {
        let service = Service::start(&[]).await;
        let out = opened(&service, &line).await;
        out.take(&[(header, "theirs")], b"body").await.unwrap();
        assert_eq!(service.requests()[0].header(header), Some(expected), "{line}");
        assert!(!format!("{out:?}").contains("sesame"), "{out:?}");
    }
}

#[tokio::test]
async fn a_rotated_secret_is_fetched_when_the_old_one_is_refused() {
    for status in ["401 Who\r\n", "403 No\r\n"] {
        let folder = tempfile::tempdir().unwrap();
        let place = file(folder.path(), "old");
        let service = Service::start(&[say("200 OK\r\n"), say(status)]).await;
        let out = opened(&service, &format!("bearer = \"{place}\"")).await;
        out.take(&[], b"1").await.unwrap();
        file(folder.path(), "new");
        out.take(&[], b"2").await.unwrap();
        let sent: Vec<_> =
            service.requests().iter().map(|request| request.header("authorization").unwrap().to_owned()).collect();
        assert_eq!(sent, ["Bearer old", "Bearer old", "Bearer new"]);
    }
}

#[tokio::test]
async fn a_secret_that_stays_refused_is_not_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let place = file(folder.path(), "wrong");
    let service = Service::start(&vec![say("401 Who\r\n"); 9]).await;
    let said = opened(&service, &format!("bearer = \"{place}\"")).await.take(&[], b"body").await.unwrap_err();
    assert!(said.contains("answered 401") && !said.contains("wrong"), "{said}");
    assert_eq!(service.requests().len(), 1);
}

#[tokio::test]
async fn a_missing_secret_is_said_at_the_start_and_does_not_prevent_it() {
    let lines = "url = \"http://127.0.0.1:1/\"\nallow_private = true\nbearer = \"file:///no/such/secret\"";
    let said = try_open(lines).await.unwrap().reach().await.unwrap_err().to_string();
    assert!(said.contains("file:///no/such/secret cannot be read"), "{said}");
}

#[tokio::test]
async fn a_fresh_signature_is_that_of_standard_webhooks() {
    let folder = tempfile::tempdir().unwrap();
    let key = "whsec_dGVzdCBrZXkgb2YgdGhlIGNvcmU=";
    let place = file(folder.path(), key);
    for form in ["body = \"event\"", "body = \"cloudevent\""] {
        let service = Service::start(&[]).await;
        let out = opened(&service, &format!("sign = \"{place}\"\n{form}")).await;
        out.take(&[("webhook-signature", "v1,theirs"), ("webhook-id", "theirs")], b"body").await.unwrap();
        let request = service.requests().remove(0);
        if form.contains("\"event\"") {
            assert_eq!(request.header("webhook-id"), request.header("ce-id"));
        }
        let now = request.header("webhook-timestamp").unwrap().parse().unwrap();
        let scheme = &provider::find("standard-webhooks", None).unwrap().scheme;
        let secret = Secret::new(key).unwrap();
        let keys = scheme.keyring(vec![LiveSecret { version: SecretVersion::new("1"), secret }]).unwrap();
        let now = Timestamp::from_unix_seconds(now);
        let id = DeliveryId::new("t");
        let door = Door { id, peer: Peer::Socket(None), received_at: now, remaining: None, age: Duration::ZERO };
        let head = Head { method: Method::POST, path: "/".into(), query: None, headers: request.headers.clone(), door };
        let delivery = Delivery::new(head, Bytes::from(request.body.clone()));
        assert!(doorbell_core::verify::verify(delivery, scheme, Some(&keys), now).is_ok(), "{form}");
    }
}
