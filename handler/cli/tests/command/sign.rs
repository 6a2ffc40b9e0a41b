//! `doorbell sign`: what it signs, the core accepts.

#![expect(clippy::wildcard_enum_match_arm, reason = "tests look at a few of many")]

use std::time::Duration;

use bytes::Bytes;
use doorbell_core::provider::{ALL, Provider};
use doorbell_core::secret::{LiveSecret, Secret, SecretVersion};
use doorbell_core::verify::{KeyForm, Mac, Part, Place, Scheme, TokenPlace, Trust, verify};
use doorbell_core::{Delivery, DeliveryId, Door, Head, Peer, Rejection, Timestamp};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use super::{doorbell, ended, folder_with, run_with};

const SECRET: (&str, &str) = ("TEST_SECRET", "whsec_dGVzdCBrZXkgb2YgdGhlIGNvbW1hbmQ=");
const NOW: &str = "1795000000";

fn headers(lines: &str) -> HeaderMap {
    let header = |line: &str| {
        let (name, value) = line.split_once(": ").unwrap();
        (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap())
    };
    lines.lines().map(header).collect()
}

/// Whether the evidence is in headers, and nothing is signed that only a config or a certain body says.
fn is_in_headers(scheme: &Scheme) -> bool {
    let message = match scheme {
        Scheme::Mac(mac) => &mac.message,
        Scheme::Token(token) => return matches!(token.at, TokenPlace::Header(_) | TokenPlace::Basic),
        _ => return scheme.needs().next().is_none(),
    };
    let elsewhere = |part: &Part| {
        matches!(part, Part::Json(_) | Part::Field(..) | Part::FormSorted | Part::HeadersOf(_) | Part::Query(_))
    };
    let timed = message.time.as_ref().is_some_and(|time| elsewhere(&time.part));
    let placed = matches!(message.tags, Place::Field(..) | Place::Query(_));
    scheme.needs().next().is_none() && !timed && !placed && !message.parts.iter().any(elsewhere)
}

/// A value for each header that is signed beside the time.
fn signed_headers(scheme: &Scheme) -> Vec<String> {
    let Scheme::Mac(Mac { message, .. }) = scheme else { return Vec::new() };
    let is_time = |part: &Part| message.time.as_ref().is_some_and(|time| time.part == *part);
    let header = |part: &Part| match part {
        Part::Header(name) if !is_time(part) && name != "content-type" => Some(format!("{name}: value-1")),
        _ => None,
    };
    message.parts.iter().filter_map(header).collect()
}

/// [`SECRET`] in the form that the scheme takes.
fn secret_of(scheme: &Scheme) -> &'static str {
    match scheme {
        Scheme::Mac(Mac { key: KeyForm::Hex, .. }) => "00112233445566778899aabbccddeeff",
        Scheme::Mac(Mac { key: KeyForm::Base64(""), .. }) => "dGVzdCBrZXkgb2YgdGhlIGNvbW1hbmQ=",
        Scheme::Mac(Mac { key: KeyForm::AfterLast(':'), .. }) => "app.key:secret",
        Scheme::Mac(Mac { key: KeyForm::AfterLast(_), .. }) => "signkey-test-secret",
        Scheme::Token(token) if token.at == TokenPlace::Basic => "user:password",
        _ => SECRET.1,
    }
}

fn accepted(provider: &Provider, headers: HeaderMap, body: &[u8]) -> Result<Trust, Rejection> {
    let received_at = Timestamp::from_unix_seconds(NOW.parse().unwrap());
    let id = DeliveryId::new("t");
    let door = Door { id, peer: Peer::Socket(None), received_at, remaining: None, age: Duration::ZERO };
    let head = Head { method: Method::POST, path: "/".into(), query: None, headers, door };
    let live =
        LiveSecret { version: SecretVersion::new("test"), secret: Secret::new(secret_of(&provider.scheme)).unwrap() };
    let keys = provider.scheme.keyring(vec![live]).unwrap();
    let delivery = Delivery::new(head, Bytes::copy_from_slice(body));
    let proven = verify(delivery, &provider.scheme, Some(&keys), received_at);
    proven.map(|it| it.trust()).map_err(|refused| refused.rejection)
}

#[test]
fn the_core_accepts_what_every_provider_is_made_to_send() {
    let folder = tempfile::tempdir().unwrap();
    // Nobody else has the key that a sender publishes the other half of, and only a platform invokes.
    for provider in ALL.iter().filter(|provider| provider.scheme.signs() && is_in_headers(&provider.scheme)) {
        let secret = secret_of(&provider.scheme);
        for (body, content_type) in
            [("{\"id\": \"evt_1\"}", "application/json"), ("a=b", "application/x-www-form-urlencoded")]
        {
            let mut words = vec!["sign", provider.name, "-", "--secret", "env://TEST_SECRET", "--at", NOW];
            words.extend(provider.mode.map(|mode| ["--mode", mode]).into_iter().flatten());
            let signed = signed_headers(&provider.scheme);
            words.extend(signed.iter().flat_map(|header| ["--header", header]));
            let ended = ended(doorbell(folder.path(), &words).env(SECRET.0, secret), body.as_bytes());
            assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{}", provider.label());
            let headers = headers(&ended.stdout);
            assert_eq!(headers["content-type"], content_type);
            for name in provider.required {
                assert!(headers.contains_key(*name), "{}: {name}", provider.label());
            }
            let trust = accepted(provider, headers, body.as_bytes());
            assert_eq!(trust, Ok(provider.scheme.trust()), "{}", provider.label());
        }
    }
}

#[test]
fn what_only_the_operator_knows_is_asked_for() {
    let folder = folder_with("{}");
    let sign = |flags: &[&str]| {
        run_with(
            folder.path(),
            SECRET,
            &[&["sign", "square", "doorbell.toml", "--secret", "env://TEST_SECRET"], flags].concat(),
        )
    };
    let ended = sign(&[]);
    assert_eq!((ended.code, ended.stderr.as_str()), (64, "doorbell: square signs its public_url; add --url URL\n"));
    // base64(HMAC-SHA256(key, "https://hooks.example/square" + "{}")), by Python's hmac.
    let ended = sign(&["--url", "https://hooks.example/square"]);
    assert!(
        ended.stdout.contains("X-Square-Hmacsha256-Signature: odJZ/PcL/89sJcYzWzLokVM2wqrFgUtSEvwWJQE1gPo=\n"),
        "{}",
        ended.stdout
    );
}

#[test]
fn flags_become_the_providers_headers() {
    let folder = folder_with("{}");
    let flags = ["--id", "id-1", "--type", "ping", "--header", "Content-Type: text/plain", "--header", "X-More: 1"];
    let words = [&["sign", "github", "doorbell.toml", "--secret", "env://TEST_SECRET"][..], &flags].concat();
    let ended = run_with(folder.path(), SECRET, &words);
    let signature = "sha256=5c5c7e4d742ff43bb1ecde754849e44e51ace02cd277685960a7d840247db247";
    let expected = format!(
        "Content-Type: text/plain\nX-Github-Delivery: id-1\nX-Github-Event: ping\nX-Hub-Signature-256: {signature}\nX-More: 1\n"
    );
    assert_eq!(ended.stdout, expected);
}

#[test]
fn the_operator_may_want_a_wrong_signature() {
    let folder = folder_with("{}");
    let wrong = format!("X-Hub-Signature-256: sha256={}", "0".repeat(64));
    let words = ["sign", "github", "doorbell.toml", "--secret", "env://TEST_SECRET", "--header", &wrong];
    let ended = run_with(folder.path(), SECRET, &words);
    let github = ALL.iter().find(|provider| provider.name == "github").unwrap();
    assert_eq!(accepted(github, headers(&ended.stdout), b"{}"), Err(Rejection::BadSignature));
}

const PARTNER: &str = r#"
[source.partner]
secret = ["env://TEST_SECRET", "env://TEST_SECRET"]
verify = { hmac = "sha256", header = "X-Sig", signed = ["header:X-Tenant", "header:X-Time", "body"], time = "header:X-Time", unit = "ms" }
id     = "header:X-Event-Id"
type   = "json:/kind"

[destination.journal]
kind = "journal"
path = "events.jsonl"

[[route]]
to = ["journal"]
"#;

#[test]
fn a_source_says_how_its_own_sender_signs() {
    let folder = folder_with(PARTNER);
    let words = ["sign", "-", "-", "--source", "partner", "--config", "doorbell.toml", "--at", NOW];
    let ended = run_with(folder.path(), SECRET, &words);
    let told = "doorbell: partner signs the header X-Tenant, which is missing; add --header \"X-Tenant: ...\"\n";
    assert_eq!((ended.code, ended.stderr.as_str()), (64, told));

    let ended = run_with(folder.path(), SECRET, &[&words[..], &["--header", "x-tenant: acme", "--id", "7"]].concat());
    let headers = headers(&ended.stdout);
    assert_eq!(
        (&headers["x-time"], &headers["x-event-id"]),
        (&"1795000000000".parse().unwrap(), &"7".parse().unwrap())
    );
    assert_eq!(headers["x-sig"].len(), 64);

    let ended = run_with(folder.path(), SECRET, &[&words[..], &["--type", "paid"]].concat());
    assert_eq!(ended.stderr, "doorbell: --type: partner has its type in /kind of the body; change it there\n");
}
