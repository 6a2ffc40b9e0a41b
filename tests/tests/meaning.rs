//! What a proven delivery means: its facts and what they rest on, what makes two of them one, what is taken.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use conformance::dedupe::{Book, Forgetful};
use conformance::destination::{Scripted, Taken};
use conformance::door::Request;
use conformance::source::{keyring, source};
use conformance::stage::{SECRET, Stage, source_of};
use doorbell_core::dedupe::Rule;
use doorbell_core::event::Fact;
use doorbell_core::locate::Locate;
use doorbell_core::name::SourceName;
use doorbell_core::provider::{Facts, find};
use doorbell_core::route::{Filter, Routes};
use doorbell_core::source::Source;
use doorbell_core::{Clock, Timestamp};

const HANDED_OFF: (&str, &str, u16) = ("handed-off", "", 200);
const DUPLICATE: (&str, &str, u16) = ("duplicate", "", 200);

fn signed(text: &str) -> Option<Fact> {
    Some(Fact::Signed(text.to_owned()))
}

fn claimed(text: &str) -> Option<Fact> {
    Some(Fact::Claimed(text.to_owned()))
}

/// A source that remembers, changed as the test says.
fn remembering(provider: &str, change: impl FnOnce(&mut Source)) -> Stage {
    let mut source = source_of(provider, vec![Scripted::new(&[]).target("one")]);
    change(&mut source);
    Stage::new(vec![source], Arc::new(Book::default()), 0)
}

/// What the destination got of a delivery that goes through.
#[track_caller]
fn taken(stage: &Stage, kept: &Scripted, request: Request) -> Taken {
    assert_eq!(stage.ring(request).line(), HANDED_OFF);
    kept.taken().pop().unwrap()
}

fn github(stage: &Stage, kind: &str, body: &'static str) -> Request {
    stage.signed("github", Request::post("/github", body).header("x-github-event", kind))
}

#[test]
fn a_fact_is_signed_only_where_the_proof_covers_it() {
    let kept = Scripted::new(&[]);
    let sources = ["github", "gitlab", "standard-webhooks"].map(|name| source_of(name, vec![kept.target("kept")]));
    let stage = Stage::new(sources.into(), Arc::new(Forgetful), 0);

    // Headers beside the tag, body under it.
    let delivery = Request::post("/github", r#"{"action":"opened"}"#).header("x-github-event", "issues");
    let got = taken(&stage, &kept, stage.signed("github", delivery.header("x-github-delivery", "1-2")));
    assert_eq!((got.id, got.kind, got.action), (claimed("1-2"), claimed("issues"), signed("opened")));

    // Both under it.
    let got = taken(&stage, &kept, stage.message("msg_1"));
    assert_eq!((got.id, got.kind, got.action), (signed("msg_1"), signed("test"), None));

    // A token covers nothing.
    let delivery =
        Request::post("/gitlab", "{}").header("x-gitlab-token", SECRET).header("x-gitlab-event", "Push Hook");
    let got = taken(&stage, &kept, delivery.header("x-gitlab-event-uuid", "u"));
    assert_eq!((got.id, got.kind), (claimed("u"), claimed("Push Hook")));
}

/// GitHub and Slack send JSON inside a form too. The body alone says what it is: an unsigned `Content-Type` must not
/// change what signed bytes mean.
#[test]
fn the_json_in_a_form_has_facts_as_well() {
    let kept = Scripted::new(&[]);
    let sources = ["github", "slack"].map(|name| source_of(name, vec![kept.target("kept")]));
    let stage = Stage::new(sources.into(), Arc::new(Forgetful), 0);
    let form = |path, body: &'static str| {
        Request::post(path, body).header("content-type", "Application/X-WWW-Form-Urlencoded; charset=utf-8")
    };
    let slack = |request| taken(&stage, &kept, stage.signed("slack", request)).kind;
    assert_eq!(slack(form("/slack", "payload=%7B%22type%22%3A%22block_actions%22%7D")), signed("block_actions"));
    assert_eq!(slack(form("/slack", "command=%2Fweather&text=94070")), signed("/weather"));
    assert_eq!(slack(form("/slack", r#"{"event":{"type":"message"}}"#)), signed("message"));
    assert_eq!(slack(form("/slack", r#" {"event":{"type":"message"},"text":"&command=/deploy&"}"#)), signed("message"));
    assert_eq!(slack(Request::post("/slack", "command=%2Fweather")), signed("/weather"));
    let delivery = form("/github", "payload=%7B%22action%22%3A%22opened%22%7D");
    assert_eq!(taken(&stage, &kept, stage.signed("github", delivery)).action, signed("opened"));
}

#[test]
fn a_header_is_covered_by_its_own_name_and_a_body_only_by_the_body() {
    let kept = Scripted::new(&[]);
    // One scheme signs two headers; the type stands in a third.
    let signing = find("gitlab", Some("signing-token")).unwrap();
    let keys = keyring(&signing.scheme, &[SECRET]).unwrap();
    let signing = source(signing, "/standard-webhooks", Some(keys), vec![kept.target("kept")]);
    // The other proves the sender only; the facts stand in the body.
    let mut token = source_of("gitlab", vec![kept.target("kept")]);
    let kind = vec![Locate::Json("/kind".into())].into();
    token.facts = Facts { id: vec![Locate::Form("id".into())].into(), kind, ..Facts::default() };
    let stage = Stage::new(vec![signing, token], Arc::new(Forgetful), 0);

    let got = taken(&stage, &kept, stage.message("msg_1").header("x-gitlab-event", "Push Hook"));
    assert_eq!((got.id, got.kind), (signed("msg_1"), claimed("Push Hook")));
    let delivery = Request::post("/gitlab", r#"{"kind":"push"}"#).header("x-gitlab-token", SECRET);
    assert_eq!(taken(&stage, &kept, delivery).kind, claimed("push"));
    let form = Request::post("/gitlab", "id=7").header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(taken(&stage, &kept, form.header("x-gitlab-token", SECRET)).id, claimed("7"));
}

#[test]
fn the_time_of_an_event_is_its_own_and_else_that_of_its_arrival() {
    let kept = Scripted::new(&[]);
    let sources = ["stripe", "standard-webhooks"].map(|name| source_of(name, vec![kept.target("kept")]));
    let stage = Stage::new(sources.into(), Arc::new(Forgetful), 0);
    let stripe = |body| taken(&stage, &kept, stage.signed("stripe", Request::post("/stripe", body))).time;
    assert_eq!(stripe(r#"{"created":1700000000}"#), Timestamp::from_unix_seconds(1_700_000_000));
    assert_eq!(stripe(r#"{"created":"soon"}"#), stage.clock.now());
    assert_eq!(stripe("{}"), stage.clock.now());
    let body = r#"{"timestamp":"2026-11-23T14:24:27.5+01:00"}"#;
    let delivery = Request::post("/standard-webhooks", body).header("webhook-id", "msg_1");
    let got = taken(&stage, &kept, stage.signed("standard-webhooks", delivery));
    assert_eq!(got.time, Timestamp::from_unix_millis(1_795_440_267_500));
}

/// An alert keeps its id when it ends.
#[test]
fn the_end_of_an_alert_is_no_duplicate_of_its_beginning() {
    let alert = |status: &str| format!(r#"{{"status":"{status}","id":"1","alerts":[{{"fingerprint":"f"}}]}}"#);
    for name in ["grafana", "mongodb-atlas"] {
        let stage = remembering(name, |_| ());
        let rung = |status| stage.ring(stage.signed(name, Request::post(&format!("/{name}"), alert(status)))).line();
        assert_eq!([rung("firing"), rung("resolved"), rung("resolved")], [HANDED_OFF, HANDED_OFF, DUPLICATE], "{name}");
    }
}

/// GitHub's delivery id is an unsigned header.
#[test]
fn a_claimed_id_makes_deliveries_distinct_and_never_equal() {
    let stage = remembering("github", |_| ());
    let ring = |id: &str, body: &'static str| {
        let request = Request::post("/github", body).header("x-github-delivery", id);
        stage.ring(stage.signed("github", request)).line()
    };
    assert_eq!(ring("1", r#"{"n":1}"#), HANDED_OFF);
    assert_eq!(ring("1", r#"{"n":1}"#), DUPLICATE);
    assert_eq!(ring("1", r#"{"n":2}"#), HANDED_OFF, "equal by a claimed id alone");
    assert_eq!(ring("2", r#"{"n":1}"#), HANDED_OFF, "not distinct by its claimed id");
}

#[test]
fn a_signed_id_is_enough_to_be_equal() {
    let stage = remembering("stripe", |_| ());
    let ring = |body| stage.ring(stage.signed("stripe", Request::post("/stripe", body))).line();
    assert_eq!(ring(r#"{"id":"evt_1","attempt":1}"#), HANDED_OFF);
    assert_eq!(ring(r#"{"id":"evt_1","attempt":2}"#), DUPLICATE);
    assert_eq!(ring(r#"{"id":"evt_2","attempt":1}"#), HANDED_OFF);
}

#[test]
fn without_an_id_the_content_decides_and_an_empty_body_is_nobodys_twin() {
    let stage = remembering("github", |_| ());
    let ring = |body, query: &str| {
        let query = Some(query.to_owned()).filter(|query| !query.is_empty());
        stage.ring(stage.signed("github", Request { query, ..Request::post("/github", body) })).line()
    };
    assert_eq!([ring("a", ""), ring("a", "")], [HANDED_OFF, DUPLICATE]);
    assert_eq!([ring("a", "x"), ring("a", "x")], [HANDED_OFF, DUPLICATE]);
    assert_eq!([ring("", ""), ring("", "")], [HANDED_OFF, HANDED_OFF]);
    // The border between query and body is part of the content.
    assert_eq!([ring("bc", "a"), ring("c", "ab")], [HANDED_OFF, HANDED_OFF]);
}

#[test]
fn the_operators_rule_decides_what_a_twin_is() {
    let ring = |stage: &Stage, id: &str| {
        let request = Request::post("/github", "same").header("x-github-delivery", id);
        stage.ring(stage.signed("github", request)).line()
    };
    let content = remembering("github", |source| source.dedupe = Rule::Content);
    assert_eq!([ring(&content, "1"), ring(&content, "2")], [HANDED_OFF, DUPLICATE]);
    let off = remembering("github", |source| source.dedupe = Rule::Off);
    assert_eq!([ring(&off, "1"), ring(&off, "1")], [HANDED_OFF, HANDED_OFF]);
}

/// One store serves all sources: neither equal ids nor equal bodies meet there.
#[test]
fn what_two_sources_take_is_never_one_event() {
    let named = |name: &str, rule| {
        let mut source = source_of("standard-webhooks", vec![Scripted::new(&[]).target("one")]);
        source.name = SourceName::parse(name).unwrap();
        source.path = format!("/{name}");
        source.dedupe = rule;
        source
    };
    for rule in [Rule::Id, Rule::Content] {
        let stage = Stage::new(vec![named("a", rule), named("ab", rule)], Arc::new(Book::default()), 0);
        let ring = |name: &str, id: &str| stage.ring(Request { path: format!("/{name}"), ..stage.message(id) }).line();
        assert_eq!([ring("a", "bc"), ring("a", "bc")], [HANDED_OFF, DUPLICATE]);
        assert_eq!(ring("ab", "bc"), HANDED_OFF, "{rule:?}");
        let expected = if rule == Rule::Id { HANDED_OFF } else { DUPLICATE };
        assert_eq!(ring("ab", "c"), expected, "{rule:?}: the border between source and id is lost");
    }
    // The same path under two names, one after the other: content is of a source, not of a path.
    let book: Arc<Book> = Arc::default();
    for name in ["a", "b"] {
        let source = Source { path: "/standard-webhooks".to_owned(), ..named(name, Rule::Content) };
        let stage = Stage::new(vec![source], Arc::clone(&book) as _, 0);
        assert_eq!(stage.ring(stage.message("msg_1")).line(), HANDED_OFF, "{name}");
    }
}

#[track_caller]
fn filtered(entry: &str, kind: &str, body: &'static str, takes: bool) {
    let stage = remembering("github", |source| source.events = Filter::new(Some(&[entry.to_owned()])));
    let expected = if takes { HANDED_OFF } else { ("ignored", "filtered", 200) };
    assert_eq!(stage.ring(github(&stage, kind, body)).line(), expected, "{entry} and {kind} {body}");
}

#[test]
fn an_entry_of_events_takes_what_it_says() {
    let (opened, closed, none) = (r#"{"action":"opened"}"#, r#"{"action":"closed"}"#, "{}");
    for body in [opened, closed, none] {
        filtered("issues", "issues", body, true);
        filtered("issues", "issues_x", body, false);
        filtered("issues", "issue", body, false);
        filtered("issues", "issues.deleted", body, false);
        filtered("customer.created", "customer.created", body, true);
        filtered("customer.created", "customer.deleted", body, false);
        filtered("customer.*", "customer.created", body, true);
        filtered("customer.*", "customer.source.created", body, true);
        filtered("customer.*", "customers", body, false);
        filtered("customer.*", "customers.created", body, false);
    }
    filtered("issues.opened", "issues", opened, true);
    filtered("issues.opened", "issues", closed, false);
    filtered("issues.opened", "issues", none, false);
    filtered("issues.opened", "pull_request", opened, false);
    filtered("issues.*", "issues", opened, true);
    filtered("issues.*", "issues", none, false);
}

#[test]
fn an_event_without_a_type_is_on_no_list_and_one_without_a_route_goes_nowhere() {
    let listed = remembering("github", |source| source.events = Filter::new(Some(&["push".to_owned()])));
    let untyped = listed.signed("github", Request::post("/github", "{}"));
    assert_eq!(listed.ring(untyped).line(), ("ignored", "filtered", 200));
    let empty = remembering("github", |source| source.events = Filter::new(Some(&[])));
    assert_eq!(empty.ring(github(&empty, "push", "{}")).line(), ("ignored", "filtered", 200));
    let unrouted = remembering("github", |source| source.routes = Routes::default());
    assert_eq!(unrouted.ring(github(&unrouted, "push", "{}")).line(), ("ignored", "unrouted", 200));
}

#[test]
fn the_bytes_that_leave_are_the_bytes_that_came() {
    let kept = Scripted::new(&[]);
    let stage = Stage::new(vec![source_of("github", vec![kept.target("kept")])], Arc::new(Forgetful), 0);
    let every: Vec<u8> = (0..=255).collect();
    for body in [every, b"{ \"a\" : 1.00 }\r\n".to_vec(), b"\xef\xbb\xbf{}".to_vec(), Vec::new()] {
        let request = Request::post("/github", body.clone()).header("x-github-event", "a \"quoted\" \\ type");
        let got = taken(&stage, &kept, stage.signed("github", request.header("content-type", "application/json")));
        assert_eq!(got.body, body);
        let event: serde_json::Value = serde_json::from_slice(&got.cloudevent).unwrap();
        assert_eq!(STANDARD.decode(event["data_base64"].as_str().unwrap()).unwrap(), body);
        assert!(!got.cloudevent.contains(&b'\n'), "one line");
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        assert_eq!([text("specversion"), text("source"), text("type")], ["1.0", "github", "a \"quoted\" \\ type"]);
        assert_eq!([text("trust"), text("doorbellid"), text("secretversion")], ["verified", "test-1", "0"]);
        assert_eq!([text("datacontenttype"), text("time")], ["application/json", "2026-09-21T14:13:20Z"]);
        // Without an id the content names it: the same wherever it goes.
        assert_eq!(text("id").len(), 64);
    }
}
