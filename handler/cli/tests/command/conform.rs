//! `doorbell conform`: whom it believes, what it names, how it ends.

use std::path::Path;

use serde_json::{Value, json};

use super::{Ended, run};

/// The case files of this repository.
const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors");

const DESCRIBED: &str = r#"
[source.chat]
secret = "env://NOT_SET"
verify = { hmac = "sha256", header = "X-Slack-Signature", prefix = "v0=", signed = ["v0:", "header:X-Slack-Request-Timestamp", ":", "body"], time = "header:X-Slack-Request-Timestamp" }
id = "json:/event_id"
type = "json:/event/type"

[source.forge-signed]
secret = "env://NOT_SET"
verify = { hmac = "sha256", header = "X-Hub-Signature-256", prefix = "sha256=", signed = ["body"] }
id = "header:X-GitHub-Delivery"
type = "header:X-GitHub-Event"

[destination.out]
kind = "stdout"
dangerously_stdout = true

[[route]]
to = ["out"]
"#;

/// A case of this repository, by its name.
fn case(name: &str) -> Value {
    let stem = name.split('/').next().unwrap();
    let text = std::fs::read_to_string(format!("{VECTORS}/{stem}.json")).unwrap();
    let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
    cases.into_iter().find(|case| case["name"] == name).unwrap()
}

/// The case with another value at that place.
fn with(mut case: Value, place: &str, value: Value) -> Value {
    let (parent, key) = place.rsplit_once('/').unwrap();
    case.pointer_mut(parent).unwrap()[key] = value;
    case
}

/// Runs a file of these cases.
fn conform(cases: &[Value], words: &[&str]) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("cases.json"), serde_json::to_vec(cases).unwrap()).unwrap();
    std::fs::write(folder.path().join("doorbell.toml"), DESCRIBED).unwrap();
    run(folder.path(), &[&["conform", "cases.json"], words].concat())
}

fn lines(ended: &Ended) -> Vec<Value> {
    ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_case_of_this_repository_is_as_its_provider_has_it() {
    let ended = run(Path::new("."), &["conform", VECTORS, "--json"]);
    let lines = lines(&ended);
    let (totals, cases) = lines.split_last().unwrap();
    let count = cases.len();
    assert_eq!(totals, &json!({ "total": count, "ok": count, "differ": 0, "unsupported": 0 }), "{}", ended.stdout);
    assert!(count > 200 && ended.code == 0, "{count} cases, exit {}", ended.code);
}

#[test]
fn a_script_gets_a_line_a_case_and_the_totals() {
    let cases = [
        case("github/open/accept-genuine"),
        case("github/open/reject-tampered-body"),
        case("slack/open/handshake-url-verification"),
        with(case("github/open/accept-genuine"), "/expect/verdict", json!("reject")),
        with(case("github/open/accept-genuine"), "/provider", json!("nobody")),
    ];
    let ended = conform(&cases, &["--json"]);
    let line = |index: usize, expect: &str, found: &str, guard: Value, ok: bool| {
        let (name, provider) = (&cases[index]["name"], &cases[index]["provider"]);
        json!({ "name": name, "provider": provider, "expect": expect, "found": found, "guard": guard, "ok": ok })
    };
    let said = [
        line(0, "accept", "accept", Value::Null, true),
        line(1, "reject", "reject", json!("bad-signature"), true),
        line(2, "handshake", "handshake", Value::Null, true),
        line(3, "reject", "accept", Value::Null, false),
        line(4, "accept", "unsupported", Value::Null, false),
        json!({ "total": 5, "ok": 3, "differ": 1, "unsupported": 1 }),
    ];
    assert_eq!((ended.code, lines(&ended)), (1, said.to_vec()));
}

#[test]
fn a_person_gets_what_differs_and_the_totals_of_each_provider() {
    let cases = [
        case("slack/open/accept-genuine"),
        with(case("github/open/accept-genuine"), "/expect/verdict", json!("reject")),
        with(case("github/open/accept-genuine"), "/config/audience", json!("https://example.com")),
    ];
    let said = "\
differs: github/open/accept-genuine: wanted reject, found accept
github  2 cases, 0 ok, 1 differs, 1 unsupported
  unsupported: its entry has no place for issuer, audience and email
slack  1 case, 1 ok
no: 3 cases, 1 ok, 1 differs, 1 unsupported
";
    let ended = conform(&cases, &[]);
    assert_eq!((ended.code, ended.stdout.as_str(), ended.stderr.as_str()), (1, said, ""));
}

#[test]
fn one_wrong_detail_is_a_difference_that_says_which() {
    let (accepted, refused) = ("github/open/accept-genuine", "github/open/reject-tampered-body");
    let greeted = "slack/open/handshake-url-verification";
    for (name, place, value, why) in [
        (accepted, "/expect/event_id", json!("1"), "wanted event_id \"1\", found \"1fae4676-"),
        (accepted, "/expect/event_type", json!("push"), "wanted event_type \"push\", found \"issues.unlabeled\""),
        (accepted, "/secret", json!("another"), "wanted accept, found reject by bad-signature"),
        // Ours to mend, whatever the case expects.
        (refused, "/secret", Value::Null, "failed: secrets-missing"),
        (refused, "/expect/verdict", json!("accept"), "wanted accept, found reject by bad-signature"),
        (greeted, "/expect/verdict", json!("accept"), "wanted accept, found handshake"),
        (greeted, "/expect/response/status", json!(204), "wanted status 204, found 200"),
        (greeted, "/expect/response/headers", json!([["X-Token", "1"]]), "wanted X-Token: 1, found none"),
    ] {
        let ended = conform(&[with(case(name), place, value)], &[]);
        let line = format!("differs: {name}: {why}");
        assert!(ended.code == 1 && ended.stdout.starts_with(&line), "{place}: {}", ended.stdout);
    }
    let other = json!({ "verdict": "reject", "reason": "stale-timestamp", "reason_any_of": ["stale-timestamp"] });
    let ended = conform(&[with(case(refused), "/expect", other)], &[]);
    assert!(ended.stdout.contains("wanted reject for stale-timestamp"), "{}", ended.stdout);
    let body = json!({ "status": 200, "body": "no", "body_alternatives": ["nor this"] });
    let ended = conform(&[with(case(greeted), "/expect/response", body)], &[]);
    assert!(ended.stdout.contains("wanted body \"no\", found \"CWns71"), "{}", ended.stdout);
}

#[test]
fn what_a_case_leaves_open_is_no_difference() {
    let genuine = || case("github/open/accept-genuine");
    let greeted = || case("slack/open/handshake-url-verification");
    let refused = with(genuine(), "/expect", json!({ "verdict": "reject", "alternatives": [{ "verdict": "accept" }] }));
    let tagged = with(with(genuine(), "/expect/verdict", json!("reject")), "/tags", json!(["vendor-lax"]));
    for case in [
        refused,
        tagged,
        // A type and an action in one.
        with(genuine(), "/expect/event_type", json!("issues.unlabeled")),
        with(greeted(), "/expect/response", json!({ "status": 204, "alt_status": [200] })),
        with(greeted(), "/expect/response/headers", json!([["Content-Type", "text/plain"]])),
        with(case("github/open/reject-tampered-body"), "/expect", json!({ "verdict": "reject" })),
    ] {
        let ended = conform(std::slice::from_ref(&case), &[]);
        assert_eq!(ended.code, 0, "{}: {}", case["expect"], ended.stdout);
    }
}

#[test]
fn freshness_counts_where_the_case_says_so() {
    let stale = case("slack/open/reject-stale");
    for (tolerance, found, guard) in [
        (json!(300), "reject", json!("stale-timestamp")),
        (json!(0), "accept", Value::Null),
        (Value::Null, "accept", Value::Null),
        (json!(1_000_000), "accept", Value::Null),
    ] {
        let ended = conform(&[with(stale.clone(), "/config/tolerance", tolerance.clone())], &["--json"]);
        let line = lines(&ended)[0].clone();
        assert_eq!((&line["found"], &line["guard"]), (&json!(found), &guard), "{tolerance}");
    }
}

#[test]
fn a_source_of_the_config_stands_in_for_what_the_table_lacks() {
    let chat = |name: &str| with(case(name), "/provider", json!("chat"));
    let signed = |case: Value| with(with(case, "/provider", json!("forge")), "/config/mode", json!("signed"));
    let cases = [
        chat("slack/open/accept-genuine"),
        chat("slack/open/reject-stale"),
        chat("slack/open/reject-wrong-secret"),
        signed(case("github/open/accept-genuine")),
        signed(case("github/open/accept-rotation-signed-with-previous-secret")),
    ];
    let ended = conform(&cases, &["--config", "doorbell.toml"]);
    assert_eq!((ended.code, ended.stdout.lines().last()), (0, Some("yes: 5 cases, 5 ok")), "{}", ended.stdout);
    let ended = conform(&cases, &[]);
    let next = "the provider table has no forge of mode \"signed\"; describe [source.forge-signed] in --config";
    assert!(ended.code == 0 && ended.stdout.contains(next), "{}", ended.stdout);
}

/// A case that needs more than there is a place for must not be run without it.
#[test]
fn what_there_is_no_place_for_is_unsupported() {
    for (place, value) in [
        ("/config/colour", json!("red")),
        ("/config/mode", json!("sha1")),
        ("/config/json", json!(true)),
        ("/config/topic_arn", json!("arn:aws:sns:us-east-1:123456789012:a")),
        ("/config/issuers", json!(["https://example.com"])),
        ("/secret", json!({ "public_key": "AAAA" })),
        ("/secret", json!({ "jwks": { "keys": [] } })),
        ("/secret", json!({ "certs": {} })),
        ("/secret", json!({ "colour": "red" })),
    ] {
        let ended = conform(&[with(case("github/open/accept-genuine"), place, value.clone())], &["--json"]);
        let lines = lines(&ended);
        assert_eq!((ended.code, &lines[0]["found"]), (0, &json!("unsupported")), "{place} {value}");
        assert_eq!(lines[1], json!({ "total": 1, "ok": 0, "differ": 0, "unsupported": 1 }));
    }
    let other = with(case("google-pubsub/open/accept-genuine"), "/config/clock_skew", json!(5));
    assert_eq!(lines(&conform(&[other], &["--json"]))[0]["found"], "unsupported");
}

#[test]
fn what_is_no_case_file_is_named_with_its_place_and_nothing_is_run() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let genuine = case("github/open/accept-genuine");
    write("good.json", &json!([genuine]).to_string());
    let next = "; tests/vectors/README.md says what a case is\n";
    for (text, said) in [
        ("[".to_owned(), "1:1: EOF while parsing a list"),
        ("{}".to_owned(), "1:0: invalid type: map, expected a sequence"),
        ("[] []".to_owned(), "1:4: trailing characters"),
        ("[\n {\"name\": \"a\"}\n]".to_owned(), "2:14: [0]: missing field `provider`"),
    ] {
        write("bad.json", &text);
        for words in [&["conform", "good.json", "bad.json"][..], &["conform", "."]] {
            let ended = run(folder.path(), words);
            let place = if words.len() == 2 { "./bad.json" } else { "bad.json" };
            let said = format!("doorbell: {place}:{said}{next}");
            assert_eq!((ended.code, ended.stdout.as_str(), ended.stderr), (64, "", said));
        }
    }
    for (place, value, field) in [
        ("/now", json!("today"), "[1].now: invalid type"),
        ("/config/tolerance", json!("300"), "[1].config.tolerance: invalid type"),
        ("/secret", json!(7), "[1].secret: a secret is a text"),
        ("/request/method", json!("G T"), "[1].request.method: invalid HTTP method"),
        ("/request/headers", json!([["X Y", ""]]), "[1].request.headers: invalid HTTP header name"),
        ("/request/body_base64", json!("!"), "[1].request.body_base64: no base64"),
        ("/expect/verdict", json!("maybe"), "[1].expect.verdict: unknown variant `maybe`"),
    ] {
        let text = serde_json::to_string_pretty(&[&genuine, &with(genuine.clone(), place, value)]).unwrap();
        write("bad.json", &text);
        let ended = run(folder.path(), &["conform", "good.json", "bad.json"]);
        let line = ended.stderr.strip_prefix("doorbell: bad.json:").and_then(|rest| rest.split(':').next());
        assert!(line.is_some_and(|line| line.parse::<u32>().unwrap() > 40), "{place}: {}", ended.stderr);
        assert!(ended.stderr.contains(field) && ended.stderr.ends_with(next), "{place}: {}", ended.stderr);
        assert_eq!((ended.code, ended.stdout.as_str()), (64, ""), "{place}");
    }
}

#[test]
fn nothing_to_run_is_bad_usage() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("none.txt"), "[]").unwrap();
    std::fs::write(folder.path().join("broken.toml"), "[source.a]\nprovider = \"githb\"\n").unwrap();
    for (words, said) in [
        (&["conform"][..], "FILE|DIR"),
        (&["conform", "no-such-file.json"], "no-such-file.json: cannot read it: "),
        (&["conform", "."], "no *.json is in that folder"),
        (&["conform", "none.txt"], "there is no case"),
        (&["conform", VECTORS, "--config", "no-such-file.toml"], "no-such-file.toml: cannot read the config"),
        (&["conform", VECTORS, "--config", "broken.toml"], "broken.toml:2:12: \"provider\" is \"githb\""),
    ] {
        let ended = run(folder.path(), words);
        assert_eq!((ended.code, ended.stdout.as_str()), (64, ""), "{words:?}");
        assert!(ended.stderr.contains(said), "{words:?}: {}", ended.stderr);
    }
}
