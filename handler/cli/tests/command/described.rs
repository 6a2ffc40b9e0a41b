//! What a table entry says can be written out in a config, and then decides the same.

#![expect(clippy::indexing_slicing, reason = "helpers of tests")]

use serde_json::{Value, json};

use super::run;

/// The case files of this repository.
const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors");

const HMAC: &[(&str, &str)] = &[
    (
        "stripe",
        r#"hmac = "sha256", header = "Stripe-Signature", pairs = ",", tag = "v1", signed = ["pair:t", ".", "body"], time = "pair:t""#,
    ),
    (
        "pagerduty",
        r#"hmac = "sha256", header = "X-PagerDuty-Signature", list = ",", prefix = "v1=", signed = ["body"]"#,
    ),
    (
        "square",
        r#"hmac = "sha256", encoding = "base64", header = "x-square-hmacsha256-signature", signed = ["url", "body"]"#,
    ),
    ("trello", r#"hmac = "sha1", encoding = "base64", header = "X-Trello-Webhook", signed = ["body", "url"]"#),
    (
        "linear",
        r#"hmac = "sha256", header = "Linear-Signature", signed = ["body"], time = "json:/webhookTimestamp", unit = "ms""#,
    ),
    (
        "typeform",
        r#"hmac = "sha256", encoding = "base64", header = "Typeform-Signature", prefix = "sha256=", signed = ["body"]"#,
    ),
    (
        "msteams-outgoing",
        r#"hmac = "sha256", encoding = "base64", key = "base64", header = "Authorization", prefix = "HMAC ", signed = ["body"]"#,
    ),
    (
        "standard-webhooks",
        r#"hmac = "sha256", encoding = "base64", key = "whsec", header = "webhook-signature", list = " ", prefix = "v1,", signed = ["header:webhook-id", ".", "header:webhook-timestamp", ".", "body"], time = "header:webhook-timestamp""#,
    ),
    (
        "twitch",
        r#"hmac = "sha256", header = "Twitch-Eventsub-Message-Signature", prefix = "sha256=", signed = ["header:Twitch-Eventsub-Message-Id", "header:Twitch-Eventsub-Message-Timestamp", "body"], time = "header:Twitch-Eventsub-Message-Timestamp", unit = "rfc3339""#,
    ),
    (
        "docusign",
        r#"hmac = "sha256", encoding = "base64", header = "X-DocuSign-Signature", numbered = true, signed = ["body"]"#,
    ),
    ("squarespace", r#"hmac = "sha256", key = "hex", header = "Squarespace-Signature", signed = ["body"]"#),
    (
        "mailgun",
        r#"hmac = "sha256", at = "json:/signature/signature", signed = ["json:/signature/timestamp", "json:/signature/token"], time = "json:/signature/timestamp""#,
    ),
    ("paystack", r#"hmac = "sha512", header = "x-paystack-signature", signed = ["body"]"#),
    ("patreon", r#"hmac = "md5", header = "X-Patreon-Signature", signed = ["body"]"#),
];

const OTHERS: &[(&str, &str)] = &[
    (
        "cloudinary",
        r#"hash = "sha1", header = "X-Cld-Signature", signed = ["body", "header:X-Cld-Timestamp", "secret"], time = "header:X-Cld-Timestamp""#,
    ),
    (
        "discord",
        r#"signature = "ed25519", encoding = "hex", header = "X-Signature-Ed25519", signed = ["header:X-Signature-Timestamp", "body"], time = "header:X-Signature-Timestamp""#,
    ),
    (
        "telnyx",
        r#"signature = "ed25519", header = "telnyx-signature-ed25519", signed = ["header:telnyx-timestamp", "|", "body"], time = "header:telnyx-timestamp""#,
    ),
    (
        "sendgrid",
        r#"signature = "ecdsa-p256", header = "X-Twilio-Email-Event-Webhook-Signature", signed = ["header:X-Twilio-Email-Event-Webhook-Timestamp", "body"], time = "header:X-Twilio-Email-Event-Webhook-Timestamp""#,
    ),
    ("wise", r#"signature = "rsa-sha256", header = "X-Signature-SHA256", signed = ["body"]"#),
    ("telegram", r#"token = "header:X-Telegram-Bot-Api-Secret-Token""#),
    ("google-monitoring-basic", "basic = true"),
    ("google-monitoring-token", r#"token = "query:auth_token""#),
    (
        "upstash-qstash",
        r#"jwt = "header:Upstash-Signature", alg = "HS256", issuer = "Upstash", body_claim = "body", encoding = "base64url", url_claim = "sub""#,
    ),
];

#[test]
fn an_hmac_is_as_good_as_its_entry() {
    all(HMAC);
}

#[test]
fn a_digest_a_public_key_and_a_token_are_as_good_as_their_entries() {
    all(OTHERS);
}

fn all(schemes: &[(&str, &str)]) {
    for (provider, verify) in schemes {
        let (file, mode) = match provider.strip_prefix("google-monitoring-") {
            Some(mode) => ("google-monitoring", json!(mode)),
            None => (*provider, Value::Null),
        };
        let text = std::fs::read_to_string(format!("{VECTORS}/{file}.json")).unwrap();
        let all: Vec<Value> = serde_json::from_str(&text).unwrap();
        // A described scheme is of one mode and one form of body, and greets nobody.
        let is_of_it = |case: &&Value| {
            case["expect"]["verdict"] != "handshake"
                && (mode.is_null() || case["config"]["mode"] == mode)
                && case["config"]["algorithm"] != "sha256"
                && case["config"]["mode"] != "events"
                && !case["name"].as_str().unwrap().contains("legacy-form")
        };
        let cases: Vec<Value> = all.iter().filter(is_of_it).map(described).collect();
        assert!(cases.len() >= 2, "{provider} has {} cases", cases.len());
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("cases.json"), serde_json::to_vec(&cases).unwrap()).unwrap();
        std::fs::write(folder.path().join("doorbell.toml"), config(verify)).unwrap();
        let ended = run(folder.path(), &["conform", "cases.json", "--config", "doorbell.toml"]);
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{provider}: {}", ended.stdout);
        assert!(ended.stdout.contains(&format!("{} cases, {0} ok", cases.len())), "{provider}: {}", ended.stdout);
    }
}

/// Under another name the table has nothing to say; facts of the event are not described here.
fn described(case: &Value) -> Value {
    let mut case = case.clone();
    case["provider"] = json!("described");
    let settings = case["config"].as_object_mut().unwrap();
    settings.remove("mode");
    settings.remove("algorithm");
    let expect = case["expect"].as_object_mut().unwrap();
    expect.remove("event_id");
    expect.remove("event_type");
    case
}

fn config(verify: &str) -> String {
    let said = if verify.contains("\"url\"") || verify.contains("url_claim") {
        "public_url = \"https://placeholder.example\"\n"
    } else {
        ""
    };
    format!(
        "[source.described]\nsecret = \"env://NOT_SET\"\n{said}verify = {{ {verify} }}\n\n\
         [destination.out]\nkind = \"stdout\"\ndangerously_stdout = true\n\n[[route]]\nto = [\"out\"]\n"
    )
}
