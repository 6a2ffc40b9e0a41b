//! `respond`: what the sender is told once its event is held.

use std::time::Duration;

use conformance::destination::Step;
use conformance::door::{Heard, Request};
use conformance::routing::{Routing, read};

const HELLO: &str = r#"{"type":"hello","who":"Ann \"<b>&amp;\" \\ \u0007","n":3}"#;
const HANDED_OFF: (&str, &str, u16) = ("handed-off", "", 200);

/// A route to `a` that tells its sender this.
fn route(respond: &str) -> String {
    format!("[[route]]\nto = [\"a\"]\nrespond = {respond}\n")
}

#[track_caller]
fn text(heard: &Heard) -> &str {
    std::str::from_utf8(&heard.body).unwrap_or("no text")
}

/// What the log says of an answer that could not be made.
fn untold(heard: &Heard) -> String {
    let untold = heard.record.as_ref().and_then(|record| record.untold.as_ref());
    untold.map(ToString::to_string).unwrap_or_default()
}

#[test]
fn a_template_makes_the_whole_answer() {
    let respond = r#"{ status = 201, headers = { "X-Y" = "z" }, body = '{"id": {{ id }}, "n": {{ body.n + 1 }}}' }"#;
    let routing = Routing::of(&route(respond), &["a"]);
    let heard = routing.ring(HELLO);
    assert_eq!(heard.line(), ("handed-off", "", 201));
    assert_eq!(text(&heard), r#"{"id": "msg_0", "n": 4}"#);
    assert_eq!(heard.header("content-type"), Some("application/json"));
    assert_eq!((heard.header("x-y"), heard.header("x-doorbell-id")), (Some("z"), Some("test-1")));
    assert_eq!(heard.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(routing.holding(), [("a", 1)]);
}

#[test]
fn ack_is_what_it_was() {
    let heard = Routing::of(&route("\"ack\""), &["a"]).ring(HELLO);
    assert_eq!((heard.line(), heard.body.len(), heard.header("content-type")), (HANDED_OFF, 0, None));
}

#[test]
fn a_template_knows_the_request_and_what_its_route_extracts() {
    let routes = r#"
[[route]]
extract = { who = "$.who", none = "$.none", unused = "$.n" }
to = ["a"]
respond = { content_type = "text/plain", body = "{{ type }} {{ method }} {{ path }} {{ query.a }} {{ query.b[1] }} {{ headers['x-own'] }} {{ who|length }} {{ none or 'nobody' }}" }
"#;
    let routing = Routing::of(routes, &["a"]);
    let query = Some("a=1%202&b=x&b=y".to_owned());
    let request = Request { query, ..Request::post("/standard-webhooks", HELLO) }.header("x-own", "own");
    let heard = routing.ring_with(request);
    assert_eq!(untold(&heard), "");
    assert_eq!(text(&heard), "hello POST /standard-webhooks 1 2 y own 18 nobody");
}

/// An operator who prints them all gives no evidence away.
#[test]
fn what_proves_is_not_among_the_headers_of_a_template() {
    let respond = r#"{ body = "{{ headers }}" }"#;
    let heard = Routing::of(&route(respond), &["a"]).ring(HELLO);
    assert!(text(&heard).contains("webhook-id") && !text(&heard).contains("webhook-signature"), "{}", text(&heard));
}

/// The body is the sender's, and often somebody's behind it.
#[test]
fn no_value_breaks_out_of_the_answer() {
    for (content_type, body, expected) in [
        ("application/json", "{{ body.who }}", r#""Ann \"<b>&amp;\" \\ \u0007""#),
        ("application/vnd.x+json", "[{{ body.who ~ 1 }}]", r#"["Ann \"<b>&amp;\" \\ \u00071"]"#),
        ("text/xml", "<a b=\"{{ body.who }}\"/>", "<a b=\"Ann &quot;&lt;b&gt;&amp;amp;&quot; \\ \u{fffd}\"/>"),
        ("text/html", "<p>{{ body.who }}</p>", "<p>Ann &quot;&lt;b&gt;&amp;amp;&quot; \\ \u{fffd}</p>"),
        ("text/plain; charset=utf-8", "{{ body.who }}", "Ann \"<b>&amp;\" \\ \u{7}"),
    ] {
        let respond = format!("{{ content_type = '{content_type}', body = '{body}' }}");
        let heard = Routing::of(&route(&respond), &["a"]).ring(HELLO);
        assert_eq!(text(&heard), expected, "{content_type}");
        assert_eq!(heard.header("content-type"), Some(content_type));
    }
}

#[test]
fn a_duplicate_is_told_the_same_again() {
    let routing = Routing::of(&route(r#"{ status = 202, body = '{{ body.n }}' }"#), &["a"]);
    let ring = || {
        routing.stage.ring(
            routing
                .stage
                .signed("standard-webhooks", Request::post("/standard-webhooks", HELLO).header("webhook-id", "m")),
        )
    };
    let (first, again) = (ring(), ring());
    assert_eq!((first.line(), text(&first)), (("handed-off", "", 202), "3"));
    assert_eq!((again.line(), text(&again)), (("duplicate", "", 202), "3"));
    assert_eq!(routing.holding(), [("a", 1)]);
}

/// A no would bring the event again, which is held.
#[test]
fn a_template_that_fails_is_a_plain_yes_and_a_warning_without_the_body() {
    for (body, content_type, why) in [
        ("{{ body.none }}", "text/plain", "template, line 1: undefined value"),
        (
            "{% for a in range(90000) %}{% for b in range(90000) %}{% endfor %}{% endfor %}",
            "text/plain",
            "too much work",
        ),
        ("{{ body.who|nothing }}", "text/plain", "template, line 1: unknown filter"),
        ("{{ body.n }},", "application/json", "template: what came out is no JSON"),
    ] {
        let respond = format!("{{ status = 202, content_type = '{content_type}', body = '{body}' }}");
        let routing = Routing::of(&route(&respond), &["a"]);
        let heard = routing.ring(HELLO);
        assert_eq!((heard.line(), heard.body.len()), (HANDED_OFF, 0), "{body}");
        let said = untold(&heard);
        assert!(said.contains(why) && !said.contains("Ann"), "{body}: {said}");
        assert_eq!(routing.holding(), [("a", 1)]);
    }
    let routing = Routing::of(&route(r#"{ body = "{{ body }}" }"#), &["a"]);
    for (body, why) in [("{\"a\":", "this one cannot be read"), ("\u{0}\u{1}=", "")] {
        let heard = routing.ring(body);
        assert_eq!(heard.line(), HANDED_OFF);
        assert!(untold(&heard).contains(why), "{}", untold(&heard));
    }
    let routing = Routing::of(&route(r#"{ body = "{{ body }}" }"#), &["a"]);
    let heard = routing.ring_with(Request::post("/standard-webhooks", vec![0xff, 0x00]));
    assert_eq!(heard.line(), HANDED_OFF);
    assert!(untold(&heard).contains("neither JSON nor text"), "{}", untold(&heard));
}

/// What is not held is not answered.
#[test]
fn a_template_says_nothing_of_an_event_that_is_not_held() {
    let routing = Routing::scripted(&route(r#"{ body = '"yes"' }"#), &[("a", &[Step::Refuse])]);
    let heard = routing.ring(HELLO);
    assert_eq!((heard.line(), text(&heard)), (("failed", "destination-failed", 503), "try again later\n"));
    assert_eq!(untold(&heard), "");
}

#[test]
fn relay_tells_what_the_destination_answered() {
    let routing = Routing::scripted(&route("\"relay\""), &[("a", &[Step::Say(br#"{"text":"hi"}"#)])]);
    let heard = routing.ring(HELLO);
    assert_eq!((heard.line(), text(&heard)), (HANDED_OFF, r#"{"text":"hi"}"#));
    assert_eq!(heard.header("content-type"), Some("application/json"));
}

#[test]
fn a_relayed_answer_is_not_kept_so_a_duplicate_gets_a_plain_yes() {
    let script: &[Step] = &[Step::Say(b"1"), Step::Say(b"2")];
    let routing = Routing::scripted(&route("\"relay\""), &[("a", script)]);
    let message = || {
        routing.stage.signed("standard-webhooks", Request::post("/standard-webhooks", HELLO).header("webhook-id", "m"))
    };
    assert_eq!(text(&routing.stage.ring(message())), "1");
    let again = routing.stage.ring(message());
    assert_eq!((again.line(), text(&again), untold(&again)), (("duplicate", "", 200), "", String::new()));
}

#[test]
fn an_answer_that_is_of_no_use_is_a_plain_yes_and_a_warning() {
    for (step, why) in
        [(Step::Mumble, "as scripted, no answer"), (Step::Take, "relay: a held the event before, or gives no answer")]
    {
        let routing = Routing::scripted(&route("\"relay\""), &[("a", &[step])]);
        let heard = routing.ring(HELLO);
        assert_eq!((heard.line(), text(&heard)), (HANDED_OFF, ""));
        assert_eq!(untold(&heard), why);
        assert_eq!(routing.holding(), [("a", 1)]);
    }
}

#[test]
fn a_destination_that_is_slow_is_a_503_as_ever() {
    let routing = Routing::scripted(&route("\"relay\""), &[("a", &[Step::Hang])]);
    let request = Request::post("/standard-webhooks", HELLO).header("webhook-id", "m");
    let mut slow = routing.stage.begin(routing.stage.signed("standard-webhooks", request));
    assert!(slow.run().is_none());
    routing.stage.clock.advance(Duration::from_secs(10));
    assert_eq!(slow.run().expect("the budget is spent").line(), ("failed", "destination-timed-out", 503));
}

/// What stands beside decides no answer.
#[test]
fn only_the_required_one_is_asked() {
    let routes = "[[route]]\nto = ['a']\nalso = ['b']\nrespond = 'relay'\n";
    let routing = Routing::scripted(routes, &[("a", &[Step::Say(b"1")]), ("b", &[Step::Say(b"2")])]);
    assert_eq!(text(&routing.ring(HELLO)), "1");
    assert_eq!(routing.holding(), [("a", 1), ("b", 1)]);
}

#[test]
fn of_several_routes_the_first_that_says_more_than_a_yes_decides() {
    let continued = |respond: &str| format!("[[route]]\nto = ['b']\ncontinue = true\nrespond = {respond}\n");
    let routes = continued("'ack'") + &continued("{ body = '1' }") + &route("{ body = '2' }");
    assert_eq!(text(&Routing::of(&routes, &["a", "b"]).ring(HELLO)), "1");
    let routes = continued("'relay'") + &route("{ body = '2' }");
    let scripts: &[(&str, &[Step])] = &[("a", &[Step::Say(b"a")]), ("b", &[Step::Say(b"b")])];
    assert_eq!(text(&Routing::scripted(&routes, scripts).ring(HELLO)), "b");
}

/// The other failed, so the event came again, and the one that answers held it by then: it is not asked twice.
#[test]
fn an_answer_that_was_lost_with_another_destination_is_a_plain_yes() {
    let routes = "[[route]]\nto = ['b']\ncontinue = true\n".to_owned() + &route("'relay'");
    let scripts: &[(&str, &[Step])] = &[("a", &[Step::Say(b"a")]), ("b", &[Step::Refuse])];
    let routing = Routing::scripted(&routes, scripts);
    let message = || {
        routing.stage.signed("standard-webhooks", Request::post("/standard-webhooks", HELLO).header("webhook-id", "m"))
    };
    assert_eq!(routing.stage.ring(message()).line(), ("failed", "destination-failed", 503));
    let again = routing.stage.ring(message());
    assert_eq!((again.line(), text(&again)), (HANDED_OFF, ""));
    assert_eq!(untold(&again), "relay: a held the event before, or gives no answer");
}

#[test]
fn what_cannot_be_told_is_a_problem_with_its_place() {
    for (respond, problem) in [
        ("'rely'", r#"3:11: "respond" is "rely", which is not known; did you mean "relay"?"#),
        ("7", r#"3:11: "respond" is not a name or a table; write one, in quotes, or give it keys in braces"#),
        ("{ status = 302 }", r#"3:22: "status" is out of range; write 200 to 299"#),
        (
            "{ text = 'x' }",
            r#"3:13: unknown key "text" in [route[].respond]; use status, headers, content_type or body"#,
        ),
        ("{ status = 204, body = 'x' }", "3:34: a 204 has no body; remove it, or choose another status"),
        ("{ content_type = 'text/plain' }", "3:28: content_type is that of body; add body, or remove it"),
        (
            "{ content_type = 'json', body = '1' }",
            r#"3:28: content_type "json" is no media type; write one such as "text/plain""#,
        ),
        ("{ body = '{{ bdoy }}' }", r#"3:20: template: "bdoy" is none of id, type, "#),
        ("{ body = '{{ body. }}' }", "3:20: template, line 1: "),
        (
            "{ body = '{\"a\": \"{{ id }}\"}' }",
            "3:20: template, line 1: {{ }} between quotes, and a JSON value brings its own",
        ),
        (
            "{ headers = { 'Content-Length' = '1' } }",
            r#"3:25: header "Content-Length" belongs to the connection; remove it"#,
        ),
        (
            "{ headers = { 'Connection' = 'close' } }",
            r#"3:25: header "Connection" belongs to the connection; remove it"#,
        ),
        (
            "{ headers = { 'content-type' = 'a/b' } }",
            r#"3:25: header "content-type" has a key of its own; say content_type"#,
        ),
        ("{ headers = { 'X-Doorbell-Id' = '1' } }", r#"3:25: header "X-Doorbell-Id" is set by Doorbell; remove it"#),
        ("{ headers = { 'X-A' = '1', 'x-a' = '2' } }", r#"3:38: header "x-a" is there twice; remove one"#),
        ("{ headers = { 'a b' = '1' } }", r#"3:25: "a b" is not the name of a header; mend it"#),
        ("{ headers = { 'X-A' = \"\\n\" } }", r#"3:25: header "X-A" is no header text; use visible ASCII"#),
    ] {
        let problems = read(&route(respond), &["a"]).unwrap_err();
        assert!(problems.starts_with(&format!("doorbell.toml:{problem}")), "{respond}: {problems}");
        assert_eq!(problems.lines().count(), 1, "{respond}: {problems}");
    }
}

#[test]
fn relay_wants_one_destination_that_answers() {
    let two = read("[[route]]\nto = ['a', 'b']\nrespond = 'relay'\n", &["a", "b"]).unwrap_err();
    let expected = "doorbell.toml:3:11: whose answer is relayed is not clear: to has more than one destination; leave the one that answers, and the others to also";
    assert_eq!(two, expected);
    let journal = "[[route]]\nto = ['j']\nrespond = 'relay'\n[destination.j]\nkind = 'journal'\npath = 'x'\n";
    let expected = "doorbell.toml:3:11: destination \"j\" is of kind \"journal\", which has no answer to relay; name one of kind http, or make the answer here: respond = { body = \"..\" }";
    assert_eq!(read(journal, &[]).unwrap_err(), expected);
}
