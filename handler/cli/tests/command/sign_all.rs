//! Every provider of the table is played: what `doorbell sign` makes, the provider's own scheme accepts.

#![expect(clippy::wildcard_enum_match_arm, reason = "tests look at a few of many")]

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use doorbell_core::provider::{ALL, Provider};
use doorbell_core::secret::{Keyring, LiveSecret, Secret, SecretVersion};
use doorbell_core::verify::{KeyForm, Mac, Message, Part, Scheme, TokenPlace, Tokens, Trust, verify};
use doorbell_core::{Delivery, DeliveryId, Door, Head, Peer, Timestamp};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Value, json};

use super::{doorbell, ended};

const NOW: &str = "1795000000";
const URL: &str = "https://hooks.example/in";
const ARN: &str = "arn:aws:sns:eu-west-1:123456789012:orders";
/// What a source's config says beside the secret, of whatever provider.
const VALUES: &[(&str, &str)] = &[
    ("issuer", "https://issuer.example"),
    ("audience", "hooks"),
    ("email", "sender@project.iam.gserviceaccount.com"),
    ("header", "x-chosen"),
    ("webhook_id", "WH-1"),
    ("bundle_id", "com.example"),
    ("environment", "Sandbox"),
    ("app_apple_id", "41234"),
    ("client_id", "fc2f3d1ab4d9"),
];

/// Nobody else can be these: their events are no requests.
const NOT_PLAYED: &[(&str, Option<&str>, &str)] = &[
    ("aws-eventbridge", Some("lambda"), "EventBridge invokes the function"),
    ("aws-sns", Some("lambda"), "SNS invokes the function"),
    ("aws-sqs", None, "Lambda's event source mapping invokes the function"),
    ("aws-sqs", Some("plain"), "Lambda's event source mapping invokes the function"),
];

/// A secret in the form that the scheme takes.
fn secret_of(scheme: &Scheme) -> &'static str {
    let key = match scheme {
        Scheme::Mac(Mac { key, .. }) => *key,
        Scheme::Items(items) => items.key,
        Scheme::Token(token) if token.at == TokenPlace::Basic => return "user:password",
        _ => KeyForm::Raw,
    };
    match key {
        KeyForm::Hex => "00112233445566778899aabbccddeeff",
        KeyForm::Base64("") => "dGVzdCBrZXkgb2YgdGhlIGNvbW1hbmQ=",
        KeyForm::AfterLast(':') => "app.key:secret",
        KeyForm::AfterLast(_) => "signkey-test-secret",
        _ => "whsec_dGVzdCBrZXkgb2YgdGhlIGNvbW1hbmQ=",
    }
}

fn message(scheme: &Scheme) -> Option<&Message> {
    match scheme {
        Scheme::Mac(mac) => Some(&mac.message),
        Scheme::Dialects(macs) => macs.first().map(|mac| &mac.message),
        Scheme::Signature(signature) => Some(&signature.message),
        _ => None,
    }
}

fn parts(scheme: &Scheme) -> &[Part] {
    message(scheme).map_or(&[], |message| &message.parts)
}

/// A body with everything in it that the scheme signs by its place.
fn body_of(scheme: &Scheme) -> String {
    if parts(scheme).iter().any(|part| matches!(part, Part::FormSorted | Part::FormOfPhp(_) | Part::UrlAndForm(_))) {
        return "b=2&a=1".to_owned();
    }
    let item = json!({ "NotificationRequestItem": { "pspReference": "7", "additionalData": {} } });
    let mut body = match scheme {
        Scheme::Items(_) => json!({ "notificationItems": [item, item] }),
        Scheme::Token(token) if matches!(token.at, TokenPlace::Every(..)) => {
            json!({ "value": [{ "a": 1 }, { "b": 2 }] })
        }
        _ => {
            json!({ "id": "evt_1", "Message": "hello", "serviceUrl": "https://smba.example", "signature": {}, "event": {} })
        }
    };
    for part in parts(scheme) {
        if let Part::Json(pointer) | Part::Field(pointer, _) = part {
            let mut at = &mut body;
            for name in pointer.split('/').skip(1) {
                at = at.as_object_mut().unwrap().entry(name).or_insert_with(|| json!({}));
            }
            *at = json!("value-1");
        }
    }
    body.to_string()
}

/// A value for each header that is signed beside the time.
fn signed_headers(scheme: &Scheme) -> Vec<String> {
    let time = message(scheme).and_then(|message| message.time.as_ref()).map(|time| &time.part);
    let header = |part: &Part| match part {
        Part::Header(name) if Some(part) != time && name != "content-type" => Some(format!("{name}: value-1")),
        _ => None,
    };
    parts(scheme).iter().filter_map(header).collect()
}

/// The provider's scheme as a source's config fills it in.
fn set_up(provider: &Provider) -> Scheme {
    let said = |wanted: &str| VALUES.iter().find(|(name, _)| *name == wanted).map(|(_, text)| (*text).to_owned());
    let tokens =
        Tokens { issuer: said("issuer"), audience: said("audience"), email: said("email"), url: Some(URL.to_owned()) };
    let values = VALUES.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    provider.scheme.clone().for_setup(Some(URL), &values).for_tokens(&tokens).for_topic(ARN)
}

/// What the command says of this body, and the secret of a source that is to take it.
fn signed(folder: &Path, provider: &Provider, body: &str) -> (Value, Vec<u8>) {
    let scheme = &provider.scheme;
    let values = VALUES.iter().map(|(name, text)| format!("{name}={text}")).chain([format!("arn={ARN}")]);
    let values: Vec<String> = values.collect();
    let headers = signed_headers(scheme);
    // One key of a kind and a form for all: RSA takes a while.
    let pins = matches!(scheme, Scheme::Sns(_) | Scheme::Chained(_));
    let key = format!("{:?}-{pins}.pem", scheme.private_algorithm());
    let mut words = vec!["sign", provider.name, "-", "--json", "--at", NOW, "--url", URL];
    words.extend(provider.mode.map(|mode| ["--mode", mode]).into_iter().flatten());
    words.extend(values.iter().flat_map(|value| ["--value", value]));
    words.extend(headers.iter().flat_map(|header| ["--header", header]));
    let is_private = scheme.private_algorithm().is_some();
    words.extend(if is_private { ["--key", &key] } else { ["--secret", "env://TEST_SECRET"] });
    let ended = ended(doorbell(folder, &words).env("TEST_SECRET", secret_of(scheme)), body.as_bytes());
    assert_eq!(ended.code, 0, "{}: {}{}", provider.label(), ended.stdout, ended.stderr);
    let public = || std::fs::read(folder.join(format!("{key}.pub"))).unwrap();
    let secret = if is_private { public() } else { secret_of(scheme).into() };
    (ended.json(), secret)
}

fn ring(scheme: &Scheme, secret: Vec<u8>) -> Keyring {
    scheme
        .keyring(vec![LiveSecret { version: SecretVersion::new("file"), secret: Secret::new(secret).unwrap() }])
        .unwrap()
}

/// The delivery that the command's words make.
fn delivery(said: &Value, body: &str) -> Delivery {
    let received_at = Timestamp::from_unix_seconds(NOW.parse().unwrap());
    let door =
        Door { id: DeliveryId::new("t"), peer: Peer::Socket(None), received_at, remaining: None, age: Duration::ZERO };
    let mut headers = HeaderMap::new();
    for pair in said["headers"].as_array().unwrap() {
        let [name, value] = [&pair[0], &pair[1]].map(|text| text.as_str().unwrap());
        headers.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap());
    }
    let place = said["path"].as_str().unwrap();
    let (path, query) = place.split_once('?').map_or((place, None), |(path, query)| (path, Some(query.to_owned())));
    let head = Head { method: Method::POST, path: path.to_owned(), query, headers, door };
    Delivery::new(head, Bytes::from(said["body"].as_str().unwrap_or(body).to_owned()))
}

#[test]
fn every_provider_accepts_what_it_is_made_to_send() {
    let folder = tempfile::tempdir().unwrap();
    let mut played = 0;
    for provider in ALL {
        let label = provider.label();
        if NOT_PLAYED.iter().any(|(name, mode, _)| (*name, *mode) == (provider.name, provider.mode)) {
            assert!(provider.scheme.invoked().is_some(), "{label} is no invocation: play it");
            continue;
        }
        let (scheme, body) = (set_up(provider), body_of(&provider.scheme));
        let (said, secret) = signed(folder.path(), provider, &body);
        let keys = ring(&scheme, secret);
        let proven =
            verify(delivery(&said, &body), &scheme, Some(&keys), Timestamp::from_unix_seconds(NOW.parse().unwrap()));
        let trust: Result<Trust, _> = proven.map(|it| it.trust()).map_err(|refused| refused.rejection);
        assert_eq!(trust, Ok(scheme.trust()), "{label}: {said:#}");
        let names: Vec<String> =
            said["headers"].as_array().unwrap().iter().map(|pair| pair[0].as_str().unwrap().to_lowercase()).collect();
        for name in provider.required {
            assert!(names.contains(&(*name).to_owned()), "{label}: {name}");
        }
        played += 1;
    }
    assert_eq!(played + NOT_PLAYED.len(), ALL.len());
}
