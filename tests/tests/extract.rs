//! `extract` of a route: values out of an event, for conditions and as attributes of what leaves.

use conformance::door::Request;
use conformance::routing::{Routing, read};
use serde_json::{Value, json};

const ORDER: &str = r#"{"type":"order","data":{"id":7,"items":[{"sku":"a","n":2},{"sku":"b","n":1}],"paid":true,"note":null,"who":{"mail":"a@example.com"}},"a/b":"slash"}"#;

/// The attributes of what leaves for one route with this `extract`.
#[track_caller]
fn attributes(extract: &str, request: Request) -> Value {
    let routing = Routing::of(&format!("[[route]]\nto = ['a']\nextract = {extract}\n"), &["a"]);
    let heard = routing.ring_with(request);
    assert_eq!(heard.line(), ("handed-off", "", 200), "{extract}: {:?}", heard.record);
    let taken = routing.taken("a");
    let [event] = taken.as_slice() else { panic!("{} events", taken.len()) };
    serde_json::from_slice(&event.cloudevent).unwrap_or_else(|error| panic!("{error}"))
}

fn post(body: &str) -> Request {
    Request::post("/standard-webhooks", body.to_owned())
}

#[test]
fn values_leave_as_attributes() {
    for (place, value) in [
        ("$.data.id", json!("7")),
        ("$.data.paid", json!("true")),
        ("$.data.items[0].sku", json!("a")),
        ("$['a/b']", json!("slash")),
        ("$.data.items[*].sku", json!("[\"a\",\"b\"]")),
        ("$.data.items[?@.n > 1].sku", json!("[\"a\"]")),
        ("$.data.who", json!("{\"mail\":\"a@example.com\"}")),
        ("$.data.none", Value::Null),
        ("$.data.note", Value::Null),
        ("header:X-Region", json!("eu")),
        ("query:tenant", json!("t 1")),
        ("path:1", json!("standard-webhooks")),
        ("path:2", Value::Null),
        ("re:\"mail\":\"(?<x>[^\"]+)\"", json!("a@example.com")),
        ("re:(?<other>o)(?<x>r)der", json!("r")),
        ("re:[0-9]+", json!("7")),
    ] {
        let request = Request { query: Some("tenant=t%201".to_owned()), ..post(ORDER).header("x-region", "eu") };
        let place = json!(place).to_string();
        assert_eq!(attributes(&format!("{{ x = {place} }}"), request)["x"], value, "{place}");
    }
}

#[test]
fn xml_is_read_by_xpath_and_forms_by_their_fields() {
    let xml = r#"<?xml version="1.0"?><t:ticket xmlns:t="urn:t" id="7"><priority>high &amp; up</priority></t:ticket>"#;
    let found = attributes("{ id_of = \"/*/@id\", p = \"//priority\" }", post(xml));
    assert_eq!((&found["idof"], &found["p"]), (&json!("7"), &json!("high & up")));
    let found = attributes("{ cmd = \"$.command\" }", post("command=%2Fdeploy&text=now"));
    assert_eq!(found["cmd"], "/deploy");
}

#[test]
fn a_type_is_demanded_and_a_default_stands_in() {
    let found = attributes(
        r#"{ n = { from = "$.data.id", type = "integer" }, s = { from = "$.data.id", type = "string" }, d = { from = "$.none", type = "integer", default = "3" } }"#,
        post(ORDER),
    );
    assert_eq!((&found["n"], &found["s"], &found["d"]), (&json!("7"), &json!("7"), &json!("3")));
}

/// The sender is told what is missing, and nothing that it sent.
#[test]
fn an_event_without_what_is_required_is_a_422_that_names_it() {
    for (extract, told) in [
        (r#"{ ticket_id = { from = "$.data.ticket_id", required = true } }"#, "ticket_id: required\n"),
        (r#"{ ticket_id = { from = "$.data.note", required = true } }"#, "ticket_id: required\n"),
        (r#"{ mail = { from = "$.data.who.mail", type = "integer" } }"#, "mail: type\n"),
    ] {
        let routing = Routing::of(&format!("[[route]]\nto = ['a']\nextract = {extract}\n"), &["a"]);
        let heard = routing.ring(ORDER);
        assert_eq!(heard.line(), ("refused", "unfit-body", 422), "{extract}");
        assert_eq!(heard.body, told);
        assert_eq!(heard.record.unwrap().unfit.unwrap().to_string() + "\n", told);
        assert_eq!(routing.holding(), []);
    }
}

/// Nothing is required of an event that another route takes.
#[test]
fn a_route_demands_of_the_events_that_it_takes_alone() {
    let routes = "[[route]]\nwhen = 'type == \"ticket\"'\nextract = { t = { from = '$.ticket', required = true } }\nto = ['a']\n[[route]]\nto = ['b']\n";
    let routing = Routing::of(routes, &["a", "b"]);
    assert_eq!(routing.ring(ORDER).line(), ("handed-off", "", 200));
    assert_eq!(routing.holding(), [("b", 1)]);
}

#[test]
fn conditions_know_the_names() {
    let routes =
        "[[route]]\nextract = { n = '$.data.id', none = '$.none' }\nwhen = 'n == 7 && none == null'\nto = ['a']\n";
    let routing = Routing::of(routes, &["a"]);
    assert_eq!(routing.ring(ORDER).line(), ("handed-off", "", 200));
    let xml = "[[route]]\nextract = { p = '//priority' }\nwhen = 'p in [\"high\", \"critical\"]'\nto = ['a']\n";
    let routing = Routing::of(xml, &["a"]);
    assert_eq!(routing.ring("<t><priority>high</priority></t>").line(), ("handed-off", "", 200));
    assert_eq!(routing.ring("<t><priority>low</priority></t>").line(), ("ignored", "unrouted", 200));
    assert_eq!(routing.ring(ORDER).line(), ("ignored", "unrouted", 200), "a body of another kind has nothing there");
    assert_eq!(routing.ring("<t><priority>low</t>").line(), ("refused", "malformed-body", 400));
}

/// Half of a surrogate pair, as JavaScript writes it: no tree is made of that body, and a value beside it is found in one pass.
#[test]
fn what_a_route_takes_does_not_depend_on_what_the_routes_before_it_ask_for() {
    let half = r#"{"type":"order","id":"o1","note":"\ud83d"}"#;
    for before in ["", "[[route]]\nwhen = 'size(body) == 0'\non_error = 'ignore'\nto = ['a']\n"] {
        let route = "[[route]]\nextract = { n = { from = '$.id', required = true } }\nto = ['a']\n";
        let routing = Routing::of(&format!("{before}{route}"), &["a"]);
        assert_eq!(routing.ring(half).line(), ("handed-off", "", 200), "after {before:?}");
        let event: Value = serde_json::from_slice(&routing.taken("a")[0].cloudevent).unwrap();
        assert_eq!(event["n"], "o1");
    }
}

#[test]
fn routes_that_go_on_add_what_they_take() {
    let routes = "[[route]]\ncontinue = true\nextract = { n = '$.data.id' }\nto = ['a']\n[[route]]\nextract = { m = '$.data.who.mail' }\nto = ['b']\n";
    let routing = Routing::of(routes, &["a", "b"]);
    assert_eq!(routing.ring(ORDER).line(), ("handed-off", "", 200));
    let [a, b] = ["a", "b"].map(|name| serde_json::from_slice::<Value>(&routing.taken(name)[0].cloudevent).unwrap());
    assert_eq!((&a, &a["n"], &a["m"]), (&b, &json!("7"), &json!("a@example.com")));
}

/// A document says itself what it is written in, and what it says is signed.
#[test]
fn a_document_in_another_charset_is_read_as_it_says() {
    let routing = Routing::of("[[route]]\nto = ['a']\nextract = { name = '/a/text()' }\n", &["a"]);
    let body = b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>gr\xfc\xdfe</a>";
    let request = Request { body: body.to_vec().into(), ..Request::post("/standard-webhooks", "") };
    assert_eq!(routing.ring_with(request).line(), ("handed-off", "", 200));
    let event: Value = serde_json::from_slice(&routing.taken("a")[0].cloudevent).unwrap();
    assert_eq!(event["name"], "grüße");
    assert_eq!(routing.taken("a")[0].body, body.as_slice(), "the bytes go on as they came");
}

/// What stands in quotes is a name or a text, whatever it looks like.
#[test]
fn names_and_texts_are_no_steps_of_a_path() {
    for path in ["$..a", "$['a..b']..c", "$[?@.a == '$..match(']", "$['it\\\\'s $']..b"] {
        let extract = format!("[[route]]\nto = ['a']\nextract = {{ a = \"{path}\" }}\n");
        assert!(read(&extract, &["a"]).is_ok(), "{path}: {:?}", read(&extract, &["a"]).err());
    }
}

#[test]
fn what_is_wrong_with_it_is_said_at_its_place() {
    for (extract, problem) in [
        ("{ X = '$.a' }", "\"X\" is no name for an extracted value; use at most 20 of a-z, 0-9 and _, a letter first"),
        ("{ origin = '$.a' }", "\"origin\" is the name of something else that every event has; choose another"),
        ("{ body = '$.a' }", "\"body\" is the name of something else that every event has; choose another"),
        (
            "{ doorbell_id = '$.a' }",
            "\"doorbell_id\" is the name of something else that every event has; choose another",
        ),
        (
            "{ a_b = '$.a', ab = '$.b' }",
            "\"ab\" and \"a_b\" are both attribute \"ab\"; rename one: attributes have no _",
        ),
        ("{ a = '$.a[' }", "\"a\": \"$.a[\" is no JSONPath, at character"),
        ("{ a = '$..a..b' }", "\"a\": \"$..a..b\" may take any time for a large body: more than one `..`;"),
        ("{ a = '$.a[?@.b == $.c]' }", "may take any time for a large body: a `$` in a filter"),
        ("{ a = '$.a[?search(@.b, \"c\")]' }", "may take any time for a large body: match and search"),
        ("{ a = '//a[' }", "\"a\": \"//a[\" is no XPath 1.0"),
        ("{ a = 're:(' }", "\"a\": \"(\" is no regular expression: unclosed group"),
        ("{ a = 'path:0' }", "\"a\": \"0\" is no segment of a path: 1 is the first"),
        ("{ a = 'cookie:b' }", "\"a\": \"cookie:b\" is no place in a request"),
        ("{ a = { from = '$.a', type = 'integer', default = 'x' } }", "the default of \"a\" is not of its type"),
        ("{ a = { from = '$.a', default = 'x', required = true } }", "\"a\" has a default and is required"),
        ("{ a = { type = 'integer' } }", "[route[].extract.a] has no \"from\""),
    ] {
        let found = read(&format!("[[route]]\nto = ['a']\nextract = {extract}\n"), &["a"]).unwrap_err();
        assert!(found.starts_with("doorbell.toml:3:") && found.contains(problem), "{extract}: {found}");
    }
    let clash = "[[route]]\ncontinue = true\nextract = { n = '$.a' }\nto = ['a']\n[[route]]\nextract = { n = '$.b' }\nto = ['b']\n";
    let found = read(clash, &["a", "b"]).unwrap_err();
    assert!(found.starts_with("doorbell.toml:6:13: \"n\" is taken from elsewhere than \"n\" of line 3"), "{found}");
}
