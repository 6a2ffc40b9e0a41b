//! `doorbell try`: what would become of a delivery, without it becoming so.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{folder_with, run, run_with};

const CONFIG: &str = r#"[source.github]
provider = "github"
secret   = "env://S"
events   = ["push"]

[[route]]
when    = 'body.ref == "refs/heads/dev"'
to      = ["staging"]

[[route]]
when     = 'type == "push"'
extract  = { sha = { from = "$.after", required = true } }
continue = true
to       = ["builds"]

[[route]]
when    = 'type == "push"'
to      = ["audit"]

[[route]]
when    = 'body.none == 1'
to      = ["staging"]

[destination.builds]
kind = "journal"
path = "builds.jsonl"

[destination.staging]
kind = "journal"
path = "staging.jsonl"

[destination.audit]
kind = "journal"
path = "audit.jsonl"
"#;
const BODY: &str = r#"{"ref":"refs/heads/main","after":"6113728f"}"#;

/// What is said of a delivery of GitHub's with this type and body.
#[track_caller]
fn tried(kind: &str, body: &str, sign: bool, words: &[&str]) -> (i32, String) {
    let folder = folder_with(CONFIG);
    let file = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    file("body", body);
    let secret = ("S", "a secret of this test");
    let signed =
        run_with(folder.path(), secret, &["sign", "github", "body", "--secret", "env://S", "--type", kind, "--json"]);
    let mut headers = signed.json().pointer("/headers").unwrap().clone();
    if !sign {
        headers.as_array_mut().unwrap().retain(|header| {
            !header.pointer("/0").unwrap().as_str().unwrap().eq_ignore_ascii_case("x-hub-signature-256")
        });
    }
    let request =
        json!({"method": "POST", "path": "/github", "headers": headers, "body_base64": STANDARD.encode(body)});
    file("capture.json", &request.to_string());
    let words = [&["try", "capture.json", "--config", "doorbell.toml"], words].concat();
    let ended = run_with(folder.path(), secret, &words);
    for journal in ["builds", "staging", "audit"] {
        assert!(!folder.path().join(format!("{journal}.jsonl")).exists(), "nothing is handed off");
    }
    (ended.code, ended.stdout + &ended.stderr)
}

#[test]
fn the_verdict_the_routes_what_would_be_sent_and_the_answer() {
    let (code, said) = tried("push", BODY, true, &["--json"]);
    let report: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (code, &report["verdict"], &report["answer"]["status"]),
        (0, &json!("handed-off"), &json!(200)),
        "{said}"
    );
    assert_eq!((&report["events"][0]["type"], &report["events"][0]["trust"]), (&json!("push"), &json!("verified")));
    let routes: Vec<_> =
        report["events"][0]["routes"].as_array().unwrap().iter().map(|route| route["said"].as_str().unwrap()).collect();
    assert_eq!(routes, ["does not take it", "takes it", "takes it", "is not asked"]);
    let sent: Vec<_> =
        report["sent"].as_array().unwrap().iter().map(|sent| (&sent["destination"], &sent["event"]["sha"])).collect();
    assert_eq!(sent, [(&json!("builds"), &json!("6113728f")), (&json!("audit"), &json!("6113728f"))]);
    assert_eq!(report["sent"][0]["event"]["data_base64"], STANDARD.encode(BODY));
}

#[test]
fn a_person_reads_the_same() {
    let (code, said) = tried("push", BODY, true, &[]);
    assert_eq!(code, 0, "{said}");
    for line in [
        "verdict   handed-off\n",
        "route 1   does not take it: body.ref == \"refs/heads/dev\"\n",
        "route 4   is not asked: body.none == 1\n",
        "answer    200 empty\n",
    ] {
        assert!(said.contains(line), "{line:?} is not in:\n{said}");
    }
}

#[test]
fn what_is_refused_or_ignored_says_why() {
    let (code, said) = tried("push", BODY, false, &[]);
    assert_eq!((code, said.contains("verdict   refused: missing-signature\n")), (1, true), "{said}");
    let (code, said) = tried("ping", BODY, true, &[]);
    assert_eq!(
        (code, said.contains("verdict   ignored: filtered\n"), said.contains("source github does not take it")),
        (0, true, true),
        "{said}"
    );
    let (code, said) = tried("push", r#"{"ref":"refs/heads/main"}"#, true, &[]);
    assert_eq!(
        (code, said.contains("verdict   refused: unfit-body\n"), said.contains("answer    422 sha: required\n")),
        (1, true, true),
        "{said}"
    );
    let (code, said) = tried("push", r#"{"ref""#, true, &[]);
    assert_eq!((code, said.contains("route 1   cannot read the body")), (1, true), "{said}");
}

/// Of a batch each event is shown, and what each destination would be sent of it.
#[test]
fn a_batch_is_shown_event_by_event_in_the_shape_that_is_wanted() {
    let config = "[source.hooks]\ndangerously_unsigned = true\nsplit = \"/events\"\n[[route]]\nto = [\"queue\"]\n\
        [destination.queue]\nkind = \"sqs\"\nqueue_url = \"https://sqs.eu-west-1.amazonaws.com/123456789012/jobs\"\n\
        template = '{\"number\": {{ body.n }}}'\n";
    let folder = folder_with(config);
    let body = STANDARD.encode(r#"{"events":[{"n":1},{"n":2}]}"#);
    let request = json!({"method": "POST", "path": "/hooks", "headers": [], "body_base64": body});
    std::fs::write(folder.path().join("capture"), request.to_string()).unwrap();
    let report = run(folder.path(), &["try", "capture", "--config", "doorbell.toml", "--json"]).json();
    let events = report["events"].as_array().map(Vec::len);
    assert_eq!((&report["verdict"], events), (&json!("handed-off"), Some(2)), "{report}");
    let sent = report["sent"].as_array().unwrap().iter().map(|sent| sent["event"]["data"]["number"].as_u64().unwrap());
    let mut sent: Vec<_> = sent.collect();
    sent.sort_unstable();
    assert_eq!(sent, [1, 2]);
}
