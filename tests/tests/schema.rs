//! `schema` of a source: a JSON Schema that the bodies of its events must satisfy.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::sync::Arc;

use conformance::destination::Scripted;
use conformance::door::Request;
use conformance::routing::Routing;
use conformance::stage::{Stage, source_of};
use conformance::token::{Mint, claims};
use doorbell_adapters::startup::Found;
use doorbell_core::Clock;
use doorbell_core::route::{Filter, Route, Routes};
use doorbell_core::schema::Schema;
use serde_json::{Value, json};

const ORDER: &str = r##"{
  "type": "object", "required": ["type"],
  "properties": {
    "type": { "type": "string" },
    "data": { "required": ["id"], "properties": { "id": { "type": "integer" }, "code": { "pattern": "^[A-Z]+$" } } },
    "lines": { "items": { "$ref": "#/$defs/line" } }
  },
  "additionalProperties": { "maxLength": 3 },
  "$defs": { "line": { "required": ["sku"] } }
}"##;

/// A source that demands [`ORDER`], in front of one route.
fn demanding() -> Routing {
    Routing::of_source("[[route]]\nto = ['a']\n", &[("a", &[])], |source| {
        source.schema = Some(Schema::parse(ORDER.as_bytes()).unwrap());
    })
}

#[test]
fn what_satisfies_the_schema_goes_its_way() {
    let routing = demanding();
    for body in [r#"{"type":"order","data":{"id":7,"code":"AB"},"lines":[{"sku":"a"}]}"#, "type=order&x=1"] {
        assert_eq!(routing.ring(body).line(), ("handed-off", "", 200), "{body}");
    }
    assert_eq!(routing.holding(), [("a", 2)]);
}

/// The sender is told where and which rule, and nothing that it sent.
#[test]
fn a_violation_is_a_422_that_names_its_place_and_the_rule() {
    for (body, told) in [
        (r#"{"kind":"order"}"#, "body: required\n"),
        (r#"{"type":"order","kind":"order"}"#, "/kind: maxLength\n"),
        ("[]", "body: type\n"),
        (r#"{"type":"order","data":{}}"#, "/data: required\n"),
        (r#"{"type":"order","data":{"id":"s3cret"}}"#, "/data/id: type\n"),
        (r#"{"type":"order","data":{"id":7,"code":"s3cret"}}"#, "/data/code: pattern\n"),
        (r#"{"type":"order","lines":[{"sku":1},{"s3cret":1}]}"#, "/lines/1: required\n"),
        ("payload=%7B%22kin%22%3A%22a%22%7D", "body: required\n"),
        ("kin=a", "body: required\n"),
    ] {
        let routing = demanding();
        let heard = routing.ring(body);
        assert_eq!(heard.line(), ("refused", "unfit-body", 422), "{body}");
        assert_eq!(heard.body, told);
        assert_eq!(heard.record.unwrap().unfit.unwrap().to_string() + "\n", told);
        assert_eq!(routing.holding(), []);
    }
}

/// A name in a pointer may be the sender's.
/// To explain a large body would take more memory than a small function has.
#[test]
fn of_a_large_body_it_is_not_said_what_is_wrong_with_it() {
    let schema = br#"{"anyOf":[{"items":{"type":"string"}},{"items":{"type":"boolean"}}]}"#;
    let routing = Routing::of_source("[[route]]\nto = ['a']\n", &[("a", &[])], |source| {
        source.schema = Some(Schema::parse(schema).unwrap());
    });
    for (count, told) in [(10, "body: anyOf\n"), (20_000, "body: schema\n")] {
        let heard = routing.ring(&format!("[{}]", vec!["1"; count].join(",")));
        assert_eq!((heard.line(), &heard.body[..]), (("refused", "unfit-body", 422), told.as_bytes()), "{count}");
        let right = routing.ring(&format!("[{}]", vec!["true"; count].join(",")));
        assert_eq!(right.line(), ("handed-off", "", 200), "{count}");
    }
}

#[test]
fn what_is_told_of_a_place_is_short_and_printable() {
    let heard = demanding().ring(&format!("{{\"type\":\"\",\"a\\n\u{fc}\\\"{}\":\"four\"}}", "x".repeat(4000)));
    assert_eq!(heard.body, format!("/a??\"{}: maxLength\n", "x".repeat(123)));
}

#[test]
fn what_is_no_json_is_refused_by_what_it_is() {
    for (body, line) in [
        (r#"{"type":"#, ("refused", "malformed-body", 400)),
        ("<order/>", ("refused", "unsupported-body", 415)),
        ("an order", ("refused", "unsupported-body", 415)),
        ("", ("refused", "unsupported-body", 415)),
    ] {
        let routing = demanding();
        assert_eq!(routing.ring(body).line(), line, "{body}");
    }
    let routing = demanding();
    let heard = routing.ring_with(Request::post("/standard-webhooks", &b"\xff\x00"[..]));
    assert_eq!(
        (heard.line(), &heard.body[..]),
        (("refused", "unsupported-body", 415), &b"unsupported media type\n"[..])
    );
}

/// Nothing is demanded of what nobody takes, and nobody learns what is demanded without a proof.
#[test]
fn only_proven_events_that_the_source_takes_are_judged() {
    let routing = Routing::of_source("[[route]]\nto = ['a']\n", &[("a", &[])], |source| {
        source.schema = Some(Schema::parse(b"{\"required\":[\"id\"]}").unwrap());
        source.events = Filter::new(Some(&["order".to_owned()]));
    });
    assert_eq!(routing.ring(r#"{"type":"note"}"#).line(), ("ignored", "filtered", 200));
    assert_eq!(routing.ring(r#"{"type":"order"}"#).line(), ("refused", "unfit-body", 422));
    let unsigned = Request::post("/standard-webhooks", r#"{"type":"order"}"#);
    assert_eq!(routing.stage.ring(unsigned).status, 401);
    // It comes before the routes: their conditions may take for granted what it demands.
    let routing = Routing::of_source("[[route]]\nwhen = 'body.id > 1'\nto = ['a']\n", &[("a", &[])], |source| {
        source.schema = Some(Schema::parse(b"{\"required\":[\"id\"]}").unwrap());
    });
    assert_eq!(routing.ring("{}").line(), ("refused", "unfit-body", 422));
}

/// A queue would bring it again for ever.
#[test]
fn behind_a_queue_a_violation_is_a_dead_letter() {
    let [kept, dead] = [Scripted::new(&[]), Scripted::new(&[])];
    let mut source = source_of("google-pubsub", Vec::new());
    source.routes = Routes::new(vec![Route::to(vec![kept.target("kept")])]);
    source.dead_letter = Some(dead.target("dead"));
    source.schema = Some(Schema::parse(b"{\"required\":[\"id\"]}").unwrap());
    let stage = Stage::new(vec![source], Arc::new(conformance::dedupe::Book::default()), 0);
    let bearer = format!("Bearer {}", Mint::shared().token(&claims(stage.clock.now())));
    let ring = |data: &str| {
        let message = json!({ "message": { "messageId": data, "data": data }, "subscription": "s" });
        stage.ring(Request::post("/google-pubsub", message.to_string()).header("authorization", &bearer))
    };
    assert_eq!(ring("eyJpZCI6MX0=").line(), ("handed-off", "", 200));
    for (data, reason) in [("e30=", "unfit-body"), ("PGEvPg==", "unsupported-body"), ("ew==", "malformed-body")] {
        assert_eq!(ring(data).line(), ("dead-lettered", reason, 200));
        let event: Value = serde_json::from_slice(&dead.taken().pop().unwrap().cloudevent).unwrap();
        assert_eq!(event["reason"], reason);
    }
    assert_eq!((kept.calls(), dead.calls()), (1, 3));
}

#[test]
fn the_draft_is_the_one_that_is_named() {
    let judged = |schema: Value, instance: Value| {
        Schema::parse(schema.to_string().as_bytes()).unwrap().check(&instance).map_err(|unfit| unfit.to_string())
    };
    // A list under `items` is draft-07's; `prefixItems` is 2020-12's.
    let seven = json!({"$schema": "http://json-schema.org/draft-07/schema#", "items": [{"type": "string"}], "prefixItems": [false]});
    assert_eq!(judged(seven.clone(), json!([1])), Err("/0: type".to_owned()));
    assert_eq!(judged(seven, json!(["a"])), Ok(()));
    for twenty in [
        json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "prefixItems": [{"type": "string"}]}),
        json!({"prefixItems": [{"type": "string"}]}),
    ] {
        assert_eq!(judged(twenty, json!([1])), Err("/0: type".to_owned()));
    }
    assert_eq!(
        judged(json!({"$ref": "https://json-schema.org/draft/2020-12/schema"}), json!({})),
        Ok(()),
        "a draft itself"
    );
}

/// An endless schema ends, and so does a pattern that is dear elsewhere.
#[test]
fn no_schema_runs_away() {
    let endless = Schema::parse(br##"{"allOf":[{"$ref":"#"}],"type":"object"}"##).unwrap();
    assert!(endless.check(&json!({"a": 1})).is_ok() && endless.check(&json!(1)).is_err());
    let dear = Schema::parse(br#"{"pattern":"^(a+)+$"}"#).unwrap();
    assert!(dear.check(&json!("a".repeat(100_000) + "b")).is_err());
}

#[test]
fn a_schema_that_cannot_be_used_is_pointed_at() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("schemas")).unwrap();
    let found = Found {
        text: "[source.hook]\nprovider = \"github\"\nsecret = \"env://S\"\nschema = \"schemas/order.json\"\n[destination.d]\nkind = \"discard\"\ndangerously_discard = true\n[[route]]\nto = [\"d\"]\n".to_owned(),
        origin: "doorbell.toml".to_owned(),
        folder: folder.path().to_owned(),
    };
    let file = folder.path().join("schemas/order.json");
    let problem = |said: &str| format!("doorbell.toml:4:10: schema {}: {said}", file.display());
    let missing = found.parse().unwrap_err().to_string();
    assert_eq!(
        missing.trim_end(),
        problem(
            "it cannot be read: No such file or directory (os error 2); name a file; a relative path starts at the config's folder"
        )
    );
    for (text, said) in [
        ("{", "it is no JSON: EOF while parsing an object at line 1 column 1; mend the schema"),
        (
            r#"{"type":"strnig"}"#,
            "at /type: \"strnig\" is not valid under any of the schemas listed in the 'anyOf' keyword; mend the schema",
        ),
        (
            r#"{"$ref":"https://example.com/order.json"}"#,
            "Resource 'https://example.com/order.json' is not present in a registry and retrieving it failed: Retrieval is disabled, cannot fetch https://example.com/order.json; mend the schema",
        ),
        (r##"{"$ref":"#/$defs/none"}"##, "Pointer '/$defs/none' does not exist; mend the schema"),
        (
            r#"{"properties":{"a":{"pattern":"(?=a)b"}}}"#,
            "at /properties/a/pattern: \"(?=a)b\" is not a \"regex\"; mend the schema",
        ),
        (
            r#"{"$schema":"http://json-schema.org/draft-04/schema#"}"#,
            "its $schema is neither https://json-schema.org/draft/2020-12/schema nor http://json-schema.org/draft-07/schema; mend the schema",
        ),
    ] {
        std::fs::write(&file, text).unwrap();
        let refused = found.parse().unwrap_err().to_string();
        assert!(refused.starts_with(&problem(said)), "{text}: {refused}");
    }
    std::fs::write(&file, ORDER).unwrap();
    assert!(found.parse().is_ok());
}
