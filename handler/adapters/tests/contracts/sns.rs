//! The certificates of SNS, and its confirmations.

use doorbell_adapters::outward::Outward;
use doorbell_adapters::sns::Sns;
use doorbell_core::handshake::Confirmer;
use doorbell_core::keys::{KeyFault, KeySource, Want};
use doorbell_core::provider;
use doorbell_core::verify::Scheme;
use serde_json::Value;

use crate::service::{Service, Turn, say};

const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:MyTopic";
const CONFIRM: &str = "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&Token=opaque";

fn scheme() -> Scheme {
    provider::find("aws-sns", None).unwrap().scheme.clone().for_topic(TOPIC)
}

fn sns(service: &Service) -> Sns {
    let place = format!("http://{}", service.address).parse().unwrap();
    Sns::at(scheme(), Some(place), Outward::default())
}

/// Two certificates by their URLs.
fn certificates() -> Vec<(String, String)> {
    let cases: Value = serde_json::from_str(include_str!("../../../../tests/vectors/aws-sns.json")).unwrap();
    let certificates = cases[0]["secret"]["certs"].as_object().unwrap();
    certificates.iter().map(|(url, pem)| (url.clone(), pem.as_str().unwrap().to_owned())).collect()
}

#[tokio::test]
async fn certificates_are_fetched_by_name_and_kept() {
    let all = certificates();
    let turns: Vec<Turn> = all.iter().map(|(_, pem)| Turn::Say("200 OK\r\n", pem.clone())).collect();
    let service = Service::start(&turns).await;
    let sns = sns(&service);
    let mut rings = vec![sns.fetch(Want::Current).await.unwrap()];
    for (url, _) in &all {
        rings.push(sns.fetch(Want::Named(url)).await.unwrap());
    }
    assert!(rings[0] != rings[1] && rings[1] != rings[2]);
    assert!(sns.fetch(Want::Current).await.unwrap() == rings[2], "what came stays, and nothing is fetched for it");
    let lines: Vec<String> = service.requests().into_iter().map(|request| request.line).collect();
    let path = |url: &str| format!("GET /{} HTTP/1.1", url.rsplit_once('/').unwrap().1);
    assert_eq!(lines, [path(&all[0].0), path(&all[1].0)]);
}

#[tokio::test]
async fn what_is_no_certificate_of_sns_is_not_kept() {
    let (url, pem) = certificates().remove(0);
    for (turn, said) in [
        (say("404 Not Found\r\n"), "answered 404, not 200"),
        (say("302 Found\r\nlocation: http://127.0.0.1/\r\n"), "answered 302, not 200"),
        (say("200 OK\r\n"), "an empty answer"),
        (Turn::Say("200 OK\r\n", "no certificate".to_owned()), "not an X.509 certificate"),
        (Turn::Say("200 OK\r\n", "x".repeat((256 << 10) + 1)), "longer than 262144 bytes"),
    ] {
        let service = Service::start(&[turn, Turn::Say("200 OK\r\n", pem.clone())]).await;
        let sns = sns(&service);
        match sns.fetch(Want::Named(&url)).await.unwrap_err() {
            KeyFault::Unreachable(cause) => assert!(cause.to_string().contains(said), "{cause}"),
            KeyFault::Gone(cause) => panic!("{cause}"),
        }
        assert!(sns.fetch(Want::Named(&url)).await.is_ok(), "what came before does not stand in the way");
    }
}

#[tokio::test]
async fn only_a_200_confirms_and_nobody_is_told_the_token() {
    let service = Service::start(&[
        say("200 OK\r\n"),
        say("403 Forbidden\r\n"),
        say("302 Found\r\nlocation: http://127.0.0.1/\r\n"),
        Turn::Close,
    ])
    .await;
    let sns = sns(&service);
    assert_eq!(sns.confirm(CONFIRM).await, Ok(()));
    assert_eq!(service.requests()[0].line, "GET /?Action=ConfirmSubscription&Token=opaque HTTP/1.1");
    for said in ["answered 403, not 200", "answered 302, not 200", "no answer"] {
        let cause = sns.confirm(CONFIRM).await.unwrap_err().to_string();
        assert!(cause.contains(said) && !cause.contains("opaque") && !cause.contains("Action"), "{cause}");
    }
}

#[tokio::test]
async fn nothing_is_asked_inside() {
    let sns = Sns::at(scheme(), None, Outward::default());
    for host in ["localhost", "127.0.0.1", "169.254.169.254"] {
        let cause = sns.confirm(&format!("https://{host}/?Action=ConfirmSubscription")).await.unwrap_err().to_string();
        assert!(cause.contains("not the public internet"), "{cause}");
    }
}
