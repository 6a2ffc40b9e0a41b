//! A source that wants more than one proof: each with keys of its own, all of them.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use conformance::case::{Bench, Played};
use conformance::destination::Scripted;
use conformance::door::Request;
use conformance::source::{keyring, source};
use conformance::stage::{SECRET, provider};
use doorbell_core::Timestamp;
use doorbell_core::keys::Keys;
use doorbell_core::source::{Factor, Source};
use doorbell_core::verify::{Scheme, Signer, Token, TokenPlace, Trust};

const NOW: Timestamp = Timestamp::from_unix_seconds(1_790_000_000);
const BODY: &str = r#"{"n":1}"#;
const PASSWORD: &str = "adyen:a password that travels";

fn basic() -> Scheme {
    Scheme::Token(Token { at: TokenPlace::Basic, prefix: "".into() })
}

/// GitHub's signature under [`SECRET`], and a password besides.
fn bench(password: Keys) -> Bench {
    let kept = Scripted::new(&[]);
    let github = provider("github");
    let keys = keyring(&github.scheme, &[SECRET]).unwrap();
    let table = source(github, "/in", Some(keys), vec![kept.target("kept")]);
    Bench::new(Source { and: vec![Factor { scheme: basic(), keys: password }], ..table }, kept, NOW)
}

fn fixed() -> Keys {
    Keys::fixed(Some(keyring(&basic(), &[PASSWORD]).unwrap()))
}

/// A push signed with that secret, and sent with that password.
fn push(secret: &str, password: Option<&str>) -> Request {
    use base64::Engine;
    let scheme = &provider("github").scheme;
    let mut request = Request::post("/in", BODY);
    let mut head = request.head(NOW);
    scheme.sign(&mut head, BODY.as_bytes(), Signer::Shared(&keyring(scheme, &[secret]).unwrap()), NOW).unwrap();
    request.headers = head.headers;
    let encoded = |text: &str| format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text));
    match password {
        Some(password) => request.header("authorization", &encoded(password)),
        None => request,
    }
}

#[track_caller]
fn refused(played: &Played, guard: &str) {
    assert_eq!(played.heard.line(), ("refused", guard, 401));
    assert!(played.taken.is_none());
}

#[test]
fn both_proofs_are_worth_the_greater_one() {
    let played = bench(fixed()).play(push(SECRET, Some(PASSWORD)));
    assert_eq!(played.heard.line(), ("handed-off", "", 200));
    assert_eq!(played.taken.unwrap().trust, Trust::Verified);
}

#[test]
fn one_proof_is_none() {
    refused(&bench(fixed()).play(push(SECRET, None)), "missing-signature");
    refused(&bench(fixed()).play(push(SECRET, Some("adyen:guessed"))), "bad-credentials");
    refused(&bench(fixed()).play(push("guessed", Some(PASSWORD))), "bad-signature");
    let unsigned = Request { headers: http::HeaderMap::new(), ..push(SECRET, None) };
    refused(&bench(fixed()).play(unsigned), "missing-signature");
}

/// A password is in every request: whoever reads one must not be able to sign.
#[test]
fn what_opens_one_gate_does_not_open_the_other() {
    refused(&bench(fixed()).play(push(PASSWORD, Some(PASSWORD))), "bad-signature");
    refused(&bench(fixed()).play(push(SECRET, Some(&format!("adyen:{SECRET}")))), "bad-credentials");
}

#[test]
fn without_the_second_key_the_source_is_closed() {
    let played = bench(Keys::fixed(None)).play(push(SECRET, Some(PASSWORD)));
    assert_eq!(played.heard.line(), ("failed", "secrets-missing", 503));
    assert!(played.taken.is_none());
}
