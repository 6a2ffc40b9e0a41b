//! `doorbell check`: every problem with its place; what follows from a config that holds.

use serde_json::json;

use super::{doorbell, ended, folder_with, run, run_with};

const BROKEN: &str = r#"[source.github]
provider = "githb"
secret   = "hunter2"

[destination.journal]
kind = "journal"
path = "events.jsonl"
colour = "red"

[[route]]
to = ["jurnal"]
"#;

const WHOLE: &str = r#"public_url = "https://hooks.example.com"

[source.github]
provider = "github"
secret   = "env://GITHUB_SECRET"

[source.billing]
path       = "/in/stripe"
provider   = "stripe"
secret     = ["env://STRIPE_WHSEC", "env://STRIPE_WHSEC_OLD"]
ack_within = "8s"
limits     = { body = "8MiB" }

[source.partner]
secret = "file:///no/such/file"
verify = { hmac = "sha512", header = "X-Sig", prefix = "v1 ", encoding = "base64", signed = ["header:X-Time", ".", "body"], time = "header:X-Time" }
id     = "json:/id"
dedupe = "content"

[destination.journal]
kind    = "journal"
path    = "events.jsonl"
timeout = "20s"

[[route]]
to = ["journal"]
"#;

#[test]
fn every_problem_at_once_with_line_and_column_and_a_fix() {
    let folder = folder_with(BROKEN);
    let said = "\
doorbell.toml:2:12: \"provider\" is \"githb\", which is not known; did you mean \"github\"?
doorbell.toml:3:12: \"secret\" is not a reference to a secret; write env://NAME, file:///path, gcp-sm://project/name[@version], aws-sm://id[#json-key] or ssm:///path
doorbell.toml:8:1: unknown key \"colour\" in [destination.journal]; use kind, timeout, template, content_type, spill, claim_check, path, rotate or storage
doorbell.toml:11:7: no destination is called \"jurnal\"; did you mean \"journal\"?
";
    for command in ["check", "serve"] {
        let ended = run(folder.path(), &[command, "--config", "doorbell.toml"]);
        assert_eq!((ended.code, ended.stdout.as_str(), ended.stderr.as_str()), (64, "", said), "{command}");
    }
    let document = run(folder.path(), &["check", "--config", "doorbell.toml", "--json"]).json();
    assert_eq!(document["origin"], "doorbell.toml");
    assert_eq!(document["problems"].as_array().map(Vec::len), Some(4));
    assert_eq!(document["problems"][3]["column"], 7);
    assert!(!folder.path().join("events.jsonl").exists());
}

/// Found before anything is opened: the topic's service and the secrets are never asked.
#[test]
fn what_only_an_adapter_knows_is_said_with_the_rest() {
    let folder = folder_with(
        r#"[dedupe]
store = "firestore"
database = "a/b"

[source.github]
provider = "github"
secret = "env://GITHUB_SECRET"
schema = "push.json"

[destination.builds]
kind = "pubsub"
topic = "builds"
ordering_key = "{repo}"

[destination.chat]
kind = "http"
url = "http://chat.example.com/"
bearer = "env://CHAT_TOKEN"
audience = "https://chat.example.com"

[[route]]
to = ["builds", "chat"]
"#,
    );
    let said = "\
doorbell.toml:3:12: dedupe store: firestore: \"a/b\" is no database; database takes letters, digits, - and _
doorbell.toml:8:10: schema push.json: it cannot be read: No such file or directory (os error 2); name a file; a relative path starts at the config's folder
doorbell.toml:12:9: destination \"builds\": \"builds\" is no topic; write its full name: projects/PROJECT/topics/TOPIC
doorbell.toml:13:16: destination \"builds\": ordering_key: {repo} is not known; use {source}, {type}, {action}, {id}
doorbell.toml:17:7: destination \"chat\": url is not https; write https://, or say allow_private = true for a service of your own
doorbell.toml:18:10: destination \"chat\": bearer and audience are both there, and Authorization is one header; keep one
";
    for command in ["check", "serve"] {
        let ended = run(folder.path(), &[command, "--config", "doorbell.toml"]);
        assert_eq!((ended.code, ended.stdout.as_str(), ended.stderr.as_str()), (64, "", said), "{command}");
    }
}

/// A field of a destination may hold what all its routes extract: what one leaves out would be empty for its events.
#[test]
fn a_field_knows_what_every_route_that_leads_there_extracts() {
    let config = |second: &str| {
        format!(
            "[source.a]\nprovider = \"github\"\nsecret = \"env://S\"\n[destination.q]\nkind = \"pubsub\"\n\
             topic = \"projects/demo/topics/builds\"\nordering_key = \"{{repo}}\"\n[[route]]\nto = [\"q\"]\ncontinue = true\n\
             extract = {{ repo = \"$.repository.full_name\" }}\n[[route]]\nto = [\"q\"]\n{second}\n"
        )
    };
    let checked = |second: &str| run(folder_with(&config(second)).path(), &["check", "--config", "doorbell.toml"]);
    let ended = checked("extract = { repo = '$.repository.full_name', ref = '$.ref' }");
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let said = "doorbell.toml:7:16: destination \"q\": ordering_key: {repo} is not known; use {source}, {type}, {action}, {id}\n";
    let ended = checked("extract = { ref = '$.ref' }");
    assert_eq!((ended.code, ended.stderr.as_str()), (64, said));
}

/// What is too large for a queue is a 503 until its sender gives up: an operator hears of it before.
#[test]
fn a_destination_that_takes_less_than_its_source_lets_in_is_warned_of() {
    let config = |of_source: &str, of_queue: &str| {
        format!(
            "[source.github]\nprovider = \"github\"\nsecret = \"env://S\"\n{of_source}\n[destination.queue]\nkind = \"sqs\"\n\
             queue_url = \"https://sqs.eu-west-1.amazonaws.com/123456789012/jobs\"\n{of_queue}\n[[route]]\nto = [\"queue\"]\n"
        )
    };
    let large = "claim_check = \"large\"\n[destination.large]\nkind = \"s3\"\nbucket = \"parked\"";
    let disk = "spill = \"disk\"\n[destination.disk]\nkind = \"journal\"\npath = \"a\"";
    let warning = "warning: doorbell.toml:5:14: destination \"queue\" of kind sqs surely takes 761856 bytes, but source \"github\" lets 26214400 in; say claim_check = \"..\", a destination of kind s3, gcs or folder that keeps what is larger, or lower limits.body of the source\n";
    for (of_source, of_queue, warned, to) in [
        ("", "", true, "queue (sqs, durable)"),
        ("", large, false, "queue (sqs, durable, large bodies in large)"),
        ("", disk, false, "queue (sqs, durable, else disk)"),
        ("limits = { body = \"512KiB\" }", "", false, "queue (sqs, durable)"),
    ] {
        let folder = folder_with(&config(of_source, of_queue));
        let ended = run(folder.path(), &["check", "--config", "doorbell.toml"]);
        assert_eq!(
            (ended.code, ended.stdout.contains(warning)),
            (0, warned),
            "{of_queue}: {}{}",
            ended.stdout,
            ended.stderr
        );
        assert!(ended.stdout.contains(&format!("  to        {to}\n")), "{}", ended.stdout);
    }
}

#[test]
fn what_follows_from_a_config() {
    let folder = folder_with(WHOLE);
    let ended = run(folder.path(), &["check", "--config", "doorbell.toml", "--target", "lambda-url"]);
    assert_eq!(ended.stdout, include_str!("check.txt"));
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
}

#[test]
fn strict_takes_a_warning_for_a_no() {
    let folder = folder_with(WHOLE);
    let ended = run(folder.path(), &["check", "--config", "doorbell.toml", "--strict", "--json"]);
    assert_eq!((ended.code, &ended.json()["ok"]), (1, &json!(false)));
    // The journal's own disk is no warning on a machine that keeps it.
    let warnings = ended.json()["warnings"].as_array().unwrap().clone();
    let lines: Vec<_> = warnings.iter().map(|warning| warning["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [3, 23]);
}

#[test]
fn each_door_lets_through_so_much() {
    for (target, limit, warned) in [
        ("cloud-run", "32MiB", false),
        ("knative", "32MiB", false),
        ("lambda-url", "4500000B", false),
        ("lambda-v2", "4500001B", true),
        ("alb", "1MB", false),
        ("alb", "1MiB", true),
    ] {
        let folder = folder_with(&WHOLE.replace("8MiB", limit));
        let ended = run(folder.path(), &["check", "--config", "doorbell.toml", "--target", target]);
        assert_eq!(ended.stdout.contains("takes bodies up to"), warned, "{target} {limit}");
    }
}

#[test]
fn a_door_that_waits_less_than_the_sender_decides() {
    let folder = folder_with(&WHOLE.replace("\"8s\"", "\"60s\""));
    for (target, patience) in [("lambda-v1", 29_000), ("lambda-v2", 30_000), ("lambda-url", 60_000)] {
        let document = run(folder.path(), &["check", "--config", "doorbell.toml", "--target", target, "--json"]).json();
        assert_eq!(document["sources"][1]["ack_within_ms"], patience, "{target}");
    }
}

#[test]
fn online_says_which_secret_is_missing_or_wrong_and_never_what_it_is() {
    let config = WHOLE.replace("provider   = \"stripe\"", "provider   = \"standard-webhooks\"");
    let folder = folder_with(&config);
    let words = ["check", "--config", "doorbell.toml", "--online"];
    let ended = run_with(folder.path(), ("STRIPE_WHSEC", "hunter2!"), &words);
    for line in [
        "secret    env://GITHUB_SECRET is not set: set GITHUB_SECRET to the secret",
        "secret    env://STRIPE_WHSEC has the wrong shape: it must be base64 text, `whsec_` before it or not",
        "secret    file:///no/such/file cannot be read: mount it where this process may read it",
    ] {
        assert!(ended.stdout.contains(line), "{line}\n{}", ended.stdout);
    }
    assert!(ended.stdout.ends_with("no: doorbell.toml holds, but 4 secrets do not, 2 warnings\n"), "{}", ended.stdout);
    assert_eq!(ended.code, 1);
    assert!(!ended.stdout.contains("hunter2") && ended.stderr.is_empty());
}

#[test]
fn online_says_which_topic_cannot_be_reached() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let folder = folder_with(
        "[source.github]\nprovider = \"github\"\nsecret = \"env://GITHUB_SECRET\"\n[destination.builds]\nkind = \"pubsub\"\n\
         topic = \"projects/demo/topics/builds\"\n[[route]]\nto = [\"builds\"]\n",
    );
    let mut command = doorbell(folder.path(), &["check", "--config", "doorbell.toml", "--online"]);
    command.env("GITHUB_SECRET", "hunter2!").env("PUBSUB_EMULATOR_HOST", closed.to_string());
    let ended = ended(&mut command, b"");
    let line = "doorbell.toml:4:14: destination \"builds\" cannot be reached: ";
    assert!(ended.stdout.contains(line) && ended.stdout.contains("projects/demo/topics/builds"), "{}", ended.stdout);
    assert_eq!(ended.code, 1);
    let named = ["emit", "iam", "--gcp", "--config", "doorbell.toml", "--member", "serviceAccount:me"];
    let emitted = run(folder.path(), &named);
    let right = "gcloud pubsub topics add-iam-policy-binding builds --project=demo --member=serviceAccount:me \
                 --role=roles/pubsub.publisher\n";
    assert_eq!((emitted.code, emitted.stdout.as_str()), (0, right));
}

#[test]
fn the_snippet_of_every_provider_is_a_config() {
    let folder = folder_with("");
    for entry in run(folder.path(), &["providers", "--json"]).json().as_array().unwrap() {
        let rest = "[destination.out]\nkind = \"stdout\"\ndangerously_stdout = true\n[[route]]\nto = [\"out\"]\n";
        let config = format!("{}\n{rest}", entry["config"].as_str().unwrap());
        let ended = run_with(folder.path(), ("DOORBELL_CONFIG_TOML", config), &["check"]);
        assert_eq!(ended.code, 0, "{}: {}", entry["name"], ended.stderr);
    }
}

const ANSWERS: &str = r#"[source.agent]
provider = "dialogflow"
mode     = "es"
secret   = "env://AGENT"

[source.adyen]
provider = "adyen"
mode     = "payments"
secret   = "env://ADYEN"

[[route]]
from    = ["agent"]
when    = 'type == "a"'
to      = ["knows"]
respond = "relay"

[[route]]
from    = ["agent"]
when    = 'type == "b"'
to      = ["knows"]

[[route]]
to      = ["knows"]
respond = { status = 202, body = '{{ id }}' }

[destination.knows]
kind = "http"
url  = "https://knows.example.com/"
"#;

#[test]
fn what_each_route_tells_its_sender() {
    let folder = folder_with(ANSWERS);
    let ended = run(folder.path(), &["check", "--config", "doorbell.toml"]);
    let rows = ended.stdout.lines().filter_map(|line| line.strip_prefix("  respond   "));
    let told = "202 application/json, made here; a duplicate is told the same";
    assert_eq!(
        rows.collect::<Vec<_>>(),
        [
            "what knows answers, within the budget; a duplicate gets a plain yes: no answer is kept",
            "an empty 200, where the sender wants an answer: set respond",
            told,
            &format!("{told}; what the sender takes for a yes: 200 with \"[accepted]\""),
        ],
        "{}",
        ended.stdout
    );
    let ended = run(folder.path(), &["check", "--config", "doorbell.toml", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    let routes = report["sources"][0]["routes"].as_array().unwrap();
    assert_eq!(routes.iter().map(|route| &route["respond"]).collect::<Vec<_>>(), ["relay", "ack", "template"]);
}
