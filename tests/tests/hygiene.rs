//! Promise 4: no secret, signature or body in a log line or a reply. The binaries themselves, with every noise on.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests")]

#[path = "hygiene/sent.rs"]
mod sent;

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use conformance::door::Request;
use conformance::h2c;
use conformance::invocation::Front;
use conformance::marker::{Marker, none_in};
use conformance::program::Running;
use conformance::runtime_api::RuntimeApi;
use conformance::wire::{self, Wire};
use doorbell_adapters::clock::SystemClock;
use doorbell_core::Clock;
use serde_json::{Value, json};

use sent::{BODY, HEADER, LITERAL, PATH, SECRET, TOKEN, garbage, markers, requests, whsec};

const CONFIG: &str = r#"
[source.github]
provider = "github"
secret = "env://GITHUB_SECRET"
[source.gitlab]
provider = "gitlab"
secret = "env://GITLAB_SECRET"
[source.slack]
provider = "slack"
secret = "file://FOLDER/slack.secret"
[source.messages]
provider = "standard-webhooks"
secret = ["env://MESSAGES_SECRET", "env://MESSAGES_SECRET"]
[source.small]
provider = "github"
secret = "env://GITHUB_SECRET"
limits = { body = "1KiB" }
[source.closed]
provider = "github"
secret = "env://NOWHERE"
[destination.journal]
kind = "journal"
path = "events.jsonl"
[[route]]
from = ["messages"]
to = ["journal"]
respond = { content_type = "text/plain", body = "{{ body|int }}{{ body.none }}" }
[[route]]
to = ["journal"]
"#;

/// How many of [`requests`] are handed off.
const HANDED_OFF: usize = 4;

/// Everything that makes a program talk.
fn variables(more: &[(&'static str, String)]) -> Vec<(&'static str, String)> {
    let noise = [
        ("RUST_LOG", "trace"),
        ("RUST_BACKTRACE", "full"),
        ("RUST_LIB_BACKTRACE", "1"),
        ("AWS_LAMBDA_LOG_LEVEL", "TRACE"),
        ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
        ("GITHUB_SECRET", SECRET),
        ("GITLAB_SECRET", TOKEN),
        ("DOORBELL_CONFIG", "doorbell.toml"),
    ];
    let mut variables: Vec<_> = noise.map(|(name, value)| (name, value.to_owned())).into();
    variables.push(("MESSAGES_SECRET", whsec()));
    variables.extend_from_slice(more);
    variables
}

fn start(name: &str, words: &[&str], more: &[(&'static str, String)], folder: &Path) -> Running {
    let variables = variables(more);
    let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Running::start(name, words, &variables, folder)
}

fn folder(config: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let config = config.replace("FOLDER", folder.path().to_str().unwrap());
    std::fs::write(folder.path().join("doorbell.toml"), config).unwrap();
    std::fs::write(folder.path().join("slack.secret"), SECRET).unwrap();
    folder
}

/// Through HTTP/1.1 and h2c; every byte that came back.
async fn knock(address: std::net::SocketAddr, requests: &[Request]) -> Vec<u8> {
    let mut heard = Vec::new();
    for request in requests {
        let mut wire = Wire::to(address).await.unwrap();
        wire.send(wire::whole(request)).await;
        wire.reply(&request.method).await.unwrap();
        heard.extend(wire.heard);
        let answer = h2c::Connection::to(address).await.send(request).await;
        heard.extend(format!("{:?}\n", answer.headers()).into_bytes());
        heard.extend_from_slice(answer.body());
    }
    for bytes in garbage() {
        let mut wire = Wire::to(address).await.unwrap();
        wire.send(bytes).await;
        wire.close_writing().await;
        wire.rest().await;
        heard.extend(wire.heard);
    }
    heard
}

/// The collecting works: these words are there.
#[track_caller]
fn has(said: &[u8], words: &[&str]) {
    let said = String::from_utf8_lossy(said);
    words.iter().for_each(|word| assert!(said.contains(word), "no {word:?} in:\n{said}"));
}

#[track_caller]
fn journal(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("events.jsonl")).unwrap()
}

const ENDS: &[&str] = &[
    "handed-off",
    "duplicate",
    "answered",
    "too-large",
    "secrets-missing",
    "bad-signature",
    "malformed-signature",
    "bad-credentials",
    "unknown-path",
    "method-not-allowed",
    "respond_failed",
];

async fn through_the_http_door(name: &str, words: &[&str]) {
    let folder = folder(CONFIG);
    let now = SystemClock::start().now();
    let requests = requests(now);
    let markers = markers(&requests, now);
    let mut running = start(name, words, &[], folder.path());
    let listening = running.said("listening on ").await;
    let end = listening.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ':').unwrap_or(listening.len());
    let heard = knock(listening[..end].parse().unwrap(), &requests).await;
    let (status, said) = running.stopped();
    assert_eq!(status.code(), Some(0), "{}", String::from_utf8_lossy(&said));
    has(&said, ENDS);
    has(&said, &["body-incomplete"]);
    has(&heard, &["HTTP/1.1 200 OK", "HTTP/1.1 401 Unauthorized", "unauthorized\n", "HTTP/1.1 400 Bad Request"]);
    none_in(&markers, &format!("what {name} said"), &said);
    none_in(&markers, &format!("what {name} answered"), &heard);
    // The search finds what is there.
    let kept = journal(folder.path());
    assert_eq!(kept.lines().count(), HANDED_OFF, "{kept}");
    assert!(markers.iter().any(|marker| marker.found(kept.as_bytes()).is_some_and(|found| found == "body in base64")));
}

async fn through_the_lambda_door() {
    let folder = folder(CONFIG);
    let now = SystemClock::start().now();
    let requests = requests(now);
    let markers = markers(&requests, now);
    let mut api = RuntimeApi::start(SystemClock::start()).await;
    let environment = [
        ("AWS_LAMBDA_RUNTIME_API", api.address.to_string()),
        ("AWS_LAMBDA_FUNCTION_NAME", "doorbell".to_owned()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128".to_owned()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/doorbell".to_owned()),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/11/22/[$LATEST]0".to_owned()),
    ];
    let running = start("doorbell-lambda", &[], &environment, folder.path());
    let mut events: Vec<Value> =
        requests.iter().flat_map(|request| Front::ALL.map(|front| front.event(request))).collect();
    for front in Front::ALL {
        let genuine = front.event(&requests[0]);
        let mut broken = |pointer: &str, value: Value| {
            let mut event = genuine.clone();
            if let Some(field) = event.pointer_mut(pointer) {
                *field = value;
                events.push(event);
            }
        };
        broken("/isBase64Encoded", true.into());
        broken("/isBase64Encoded", HEADER.into());
        broken("/body", json!({ BODY: BODY }));
        broken("/headers", HEADER.into());
        broken("/headers", json!({ HEADER: { HEADER: HEADER } }));
        broken("/multiValueHeaders", json!({ HEADER: { HEADER: HEADER } }));
        broken("/httpMethod", format!("{PATH} {PATH}").into());
        broken("/requestContext/http/method", format!("{PATH} {PATH}").into());
        broken("/requestContext", json!({ "http": { HEADER: HEADER } }));
        broken("/requestContext", HEADER.into());
    }
    events.extend([json!({ "Records": [{ "body": BODY }] }), json!(BODY), json!([BODY, { BODY: BODY }]), Value::Null]);
    let mut heard = Vec::new();
    for event in &events {
        let answer = api.invoke(event).await;
        heard.extend(format!("{}\n{:?}\n", answer.start, answer.headers).into_bytes());
        heard.extend_from_slice(&answer.body);
        heard.push(b'\n');
    }
    // The log comes before the answer: it is all there.
    let (_, said) = running.stopped();
    has(&said, ENDS);
    has(&said, &["malformed-request", "not an event of a Function URL"]);
    has(&heard, &["/response", "/error", "\"statusCode\":200", "\"statusCode\":401", "\"statusCode\":400"]);
    none_in(&markers, "what the function said", &said);
    none_in(&markers, "what the function answered", &heard);
    assert!(journal(folder.path()).lines().count() >= HANDED_OFF);
}

/// A config that holds a secret by mistake, in as many ways as there are to get it wrong.
fn broken_starts() {
    let literal = |line: &str| {
        format!("[source.github]\nprovider = \"github\"\n{line}\n{}", &CONFIG[CONFIG.find("[destination").unwrap()..])
    };
    let shapes = [
        literal(&format!("secret = \"{LITERAL}\"")),
        literal(&format!("secret = [\"env://GITHUB_SECRET\", \"{LITERAL}\"]")),
        literal(&format!("secret = {{ value = \"{LITERAL}\" }}")),
        literal(&format!("secret = \"{LITERAL}")),
        literal(&format!("secret = {LITERAL}")),
        literal(&format!("secrte = \"{LITERAL}\"")),
        literal(&format!("secret = \"env://{LITERAL} {LITERAL}\"")),
        literal(&format!("secret = \"https://user:{LITERAL}@host/\"")),
        // Right in form, and no key of its scheme.
        "[source.messages]\nprovider = \"standard-webhooks\"\nsecret = \"env://NO_BASE64\"\n".to_owned()
            + &CONFIG[CONFIG.find("[destination").unwrap()..],
    ];
    let markers = [Marker::new("literal", LITERAL.as_bytes()), Marker::new("secret", SECRET.as_bytes())];
    let more = [("NO_BASE64", format!("whsec_{LITERAL}!")), ("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9".to_owned())];
    for config in shapes {
        let folder = folder(&config);
        for (name, words) in [
            ("doorbell", &["serve", "--listen", "127.0.0.1:0"][..]),
            ("doorbell-cloud-run", &["--listen", "127.0.0.1:0"]),
            ("doorbell-lambda", &[]),
        ] {
            let (status, said) = start(name, words, &more, folder.path()).ended();
            assert_eq!(status.code(), Some(64), "{name}: {config}\n{}", String::from_utf8_lossy(&said));
            none_in(&markers, &format!("{name}, with {config}"), &said);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_marker_reaches_a_log_line_or_a_reply() {
    through_the_http_door("doorbell", &["serve", "--listen", "127.0.0.1:0"]).await;
    through_the_http_door("doorbell-cloud-run", &["--listen", "127.0.0.1:0"]).await;
    through_the_lambda_door().await;
    broken_starts();
}

#[test]
fn a_marker_is_found_in_every_form_and_at_every_place() {
    let marker = Marker::new("secret", SECRET.as_bytes());
    let hex: String = SECRET.bytes().map(|byte| format!("{byte:02x}")).collect();
    for text in [
        SECRET.to_owned(),
        hex.to_uppercase(),
        hex,
        format!("{:?}", SECRET.as_bytes()),
        STANDARD.encode(SECRET),
        STANDARD.encode(format!("a{SECRET}b")),
        STANDARD.encode(format!("ab{SECRET}")),
    ] {
        assert!(marker.found(format!("x{text}y").as_bytes()).is_some(), "{text}");
    }
    assert_eq!(marker.found(&SECRET.as_bytes()[1..]), None);
}
