//! `doorbell sign`: what it says, and what it asks for.

use http::{HeaderMap, HeaderName, HeaderValue};

use super::{folder_with, run_with};

const SECRET: (&str, &str) = ("TEST_SECRET", "whsec_dGVzdCBrZXkgb2YgdGhlIGNvbW1hbmQ=");
const NOW: &str = "1795000000";

fn headers(lines: &str) -> HeaderMap {
    let header = |line: &str| {
        let (name, value) = line.split_once(": ").unwrap();
        (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap())
    };
    lines.lines().map(header).collect()
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
    let words = ["sign", "google-pubsub", "doorbell.toml"];
    for (flags, asked) in [
        (&[][..], "google-pubsub signs its audience; add --value audience=TEXT"),
        (&["--value", "audience=hooks"], "google-pubsub signs its email; add --value email=TEXT"),
    ] {
        let ended = run_with(folder.path(), SECRET, &[&words[..], flags].concat());
        assert_eq!((ended.code, ended.stderr), (64, format!("doorbell: {asked}\n")));
    }
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
    assert!(ended.stdout.contains(&wrong), "{}", ended.stdout);
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
