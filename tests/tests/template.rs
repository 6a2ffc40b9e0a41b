//! `template` of a destination: it gets a body that is made of the event, and the facts of the event with it.

use conformance::door::Request;
use conformance::routing::{Routing, read};
use serde_json::{Value, json};

/// A route to a queue `out` with these lines.
fn routes(route: &str, lines: &str) -> String {
    let queue = "kind = \"sqs\"\nqueue_url = \"https://sqs.eu-west-1.amazonaws.com/123456789012/jobs\"\n";
    format!("[[route]]\nto = [\"out\"]\n{route}\n[destination.out]\n{queue}{lines}\n")
}

fn made(routing: &Routing, body: &str) -> Value {
    assert_eq!(routing.ring(body).line(), ("handed-off", "", 200));
    let taken = routing.taken("out");
    let last = taken.last().unwrap_or_else(|| panic!("nothing was taken"));
    serde_json::from_slice(&last.cloudevent).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_destination_gets_what_its_template_makes_and_others_the_bytes_that_came() {
    let text = routes(
        "extract = { full_name = \"$.repo\" }\nalso = [\"audit\"]",
        r#"template = '{"text": {{ full_name ~ " of " ~ source }}, "whole": {{ body }}}'"#,
    );
    let routing = Routing::of(&text, &["out", "audit"]);
    let came = "{\"type\":\"push\",\n\"repo\":\"a/b\"}";
    let event = made(&routing, came);
    assert_eq!(event["data"], json!({"text": "a/b of standard-webhooks", "whole": {"type": "push", "repo": "a/b"}}));
    assert_eq!((&event["datacontenttype"], event.get("data_base64")), (&json!("application/json"), None));
    let audit: Value = serde_json::from_slice(&routing.taken("audit")[0].cloudevent).unwrap();
    assert_eq!(routing.taken("audit")[0].body, came);
    for same in ["id", "type", "source", "time", "trust", "doorbellid", "fullname"] {
        assert_eq!(event[same], audit[same], "{same}");
    }
}

#[test]
fn each_media_type_is_escaped_in_its_own_way() {
    for (content_type, made) in [
        ("application/vnd.partner+json; charset=utf-8", r#"["a\"<&\n"]"#),
        ("application/xml", "[a&quot;&lt;&amp;\n]"),
        ("text/html", "[a&quot;&lt;&amp;\n]"),
        ("text/plain", "[a\"<&\n]"),
    ] {
        let lines = format!("content_type = \"{content_type}\"\ntemplate = \"[{{{{ body }}}}]\"");
        let routing = Routing::of(&routes("", &lines), &["out"]);
        assert_eq!(routing.ring("a\"<&\n").line(), ("handed-off", "", 200));
        assert_eq!(String::from_utf8_lossy(&routing.taken("out")[0].body), made, "{content_type}");
        let event: Value = serde_json::from_slice(&routing.taken("out")[0].cloudevent).unwrap();
        assert_eq!(event["datacontenttype"], content_type);
    }
}

/// The line ends of a template would end the journal's line.
#[test]
fn what_is_made_as_json_is_one_line_of_the_event() {
    let routing = Routing::of(&routes("", "template = '''{\r\n\t\"a\":\n{{ body.b }}}\n'''"), &["out"]);
    assert_eq!(made(&routing, r#"{"b":"x\ny"}"#)["data"], json!({"a": "x\ny"}));
    assert!(!routing.taken("out")[0].cloudevent.contains(&b'\n'));
}

#[test]
fn a_template_that_fails_is_said_without_the_body_and_nothing_is_handed_off() {
    let long = format!("\"{}\"", "x".repeat(600 << 10));
    for (template, body, said) in [
        ("[\n{{ body.missing }}]", r#"{"own": "hunter2"}"#, "template, line 2: undefined value; say"),
        ("{{ body.own.deeper.still }}", r#"{"own": "hunter2"}"#, "template, line 1: undefined value"),
        ("{{ body.own|int }}", r#"{"own": "hunter2"}"#, "template, line 1: invalid operation"),
        ("{{ body|nothing }}", "hunter2", "template, line 1: unknown filter"),
        ("{ {{ body }} }", "hunter2", "template: what came out is no JSON"),
        (
            "{% for a in range(90000) %}{% for b in range(90000) %}{% endfor %}{% endfor %}",
            "",
            "ran out of fuel; it takes too much work",
        ),
        ("[{{ body }},{{ body }}]", long.as_str(), "failed to write output; 1 MiB is the most"),
    ] {
        let routing = Routing::of(&routes("", &format!("template = '''{template}'''")), &["out"]);
        let heard = routing.ring(body);
        assert_eq!(heard.line(), ("failed", "destination-failed", 503), "{template}");
        let cause = heard.record.unwrap().fault.unwrap().to_string();
        assert!(cause.starts_with("destination-failed: template") && cause.contains(said), "{template}: {cause}");
        assert!(!cause.contains("hunter2"), "{cause}");
        assert_eq!(routing.holding(), [], "{template}");
    }
}

#[test]
fn a_body_that_is_no_text_is_read_only_where_a_template_names_it() {
    let binary = || Request { body: vec![0xff, 0x00].into(), ..Request::post("/standard-webhooks", "") };
    let named = Routing::of(&routes("", "template = '{{ body }}'"), &["out"]);
    let heard = named.ring_with(binary());
    assert_eq!(heard.line(), ("failed", "destination-failed", 503));
    assert!(heard.record.unwrap().fault.unwrap().to_string().contains("neither JSON nor text"));
    let unnamed = Routing::of(&routes("", "template = '{{ id }}'"), &["out"]);
    assert_eq!(unnamed.ring_with(binary()).line(), ("handed-off", "", 200));
}

/// A spill takes the event, not what another destination would have made of it.
#[test]
fn a_template_that_fails_loses_nothing_where_there_is_a_spill() {
    let text = routes("", "template = '{{ body.missing }}'\nspill = 'disk'");
    let routing = Routing::of(&text, &["out", "disk"]);
    let came = r#"{"type":"push"}"#;
    assert_eq!(routing.ring(came).line(), ("handed-off", "", 200));
    assert_eq!((routing.holding(), routing.taken("disk")[0].body.as_ref()), (vec![("disk", 1)], came.as_bytes()));
}

#[test]
fn a_template_that_cannot_be_is_said_with_the_config() {
    for (lines, problem) in [
        ("template = '''[\n\n{{ body. }}'''", "7:12: template, line 3: "),
        ("template = '''{\n{% if body %}'''", "7:12: template, line 2: "),
        ("template = '''{\n{{ bdoy.user }}'''", "7:12: template: \"bdoy\" is none of id, type, action"),
        ("template = '''{% include \"x\" %}'''", "7:12: template, line 1: "),
        (
            "template = 'x'\ncontent_type = \"json\"",
            "8:16: content_type \"json\" is no media type; write one such as \"text/plain\"",
        ),
        ("content_type = \"text/plain\"", "7:16: content_type is that of template; add template, or remove it"),
    ] {
        let problems = read(&routes("", lines), &["out"]).unwrap_err();
        assert!(
            problems.starts_with(&format!("doorbell.toml:{problem}")) && problems.lines().count() == 1,
            "{problems}"
        );
    }
}
