//! Events become the requests that the doors made them of.

use crate::fixture::{BODY, Fixture, raw, set_body};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use doorbell_core::Peer;
use doorbell_core::receiver::Cut;
use doorbell_lambda::event::{Front, Occasion, Request, Unreadable};
use http::Method;
use serde_json::{Value, json};

fn read(event: &str) -> (Front, Result<Request, Unreadable>) {
    let event = serde_json::from_str(event).unwrap();
    let Occasion::Request(knock) = Occasion::recognise(event).unwrap() else { panic!("no front door") };
    (knock.front, knock.read())
}

fn request(event: &Value) -> Request {
    read(raw(event).get()).1.unwrap()
}

#[test]
fn every_door_gives_the_same_request() {
    // As sent: b=2&a=%7E1&b=&c
    let expected = [
        (Fixture::Url, Front::V2, "b=2&a=%7E1&b=&c"),
        (Fixture::HttpApi, Front::V2, "b=2&a=%7E1&b=&c"),
        (Fixture::RestApi, Front::V1, "b=2&b=&a=%7E1&c="),
        (Fixture::Alb, Front::Alb { multi_value: false }, "b=&a=%7E1&c="),
        (Fixture::AlbMulti, Front::Alb { multi_value: true }, "b=2&b=&a=%7E1&c="),
    ];
    for (fixture, front, query) in expected {
        let (recognised, request) = read(fixture.text());
        let request = request.unwrap();
        assert_eq!(recognised, front);
        assert_eq!(request.method, Method::POST, "{fixture:?}");
        assert_eq!(request.path, "/github", "{fixture:?}");
        assert_eq!(request.query.as_deref(), Some(query), "{fixture:?}");
        assert_eq!(request.headers["x-github-event"], "ping", "{fixture:?}");
        assert_eq!(request.headers["x-forwarded-for"], "203.0.113.9", "{fixture:?}");
        assert_eq!(request.body.decode(BODY.len()), Ok(Bytes::from(BODY)), "{fixture:?}");
    }
}

#[test]
fn the_platform_vouches_for_the_client_but_a_load_balancer_is_a_proxy() {
    for fixture in Fixture::ALL {
        let peer = request(&fixture.event()).peer;
        match fixture {
            Fixture::Alb | Fixture::AlbMulti => assert!(matches!(peer, Peer::Proxy), "{fixture:?}"),
            Fixture::Url | Fixture::HttpApi | Fixture::RestApi => {
                assert!(matches!(peer, Peer::Vouched(Some(ip)) if ip.to_string() == "203.0.113.9"), "{fixture:?}");
            }
        }
    }
    let mut console = Fixture::RestApi.event();
    console["requestContext"]["identity"]["sourceIp"] = "test-invoke-source-ip".into();
    assert!(matches!(request(&console).peer, Peer::Vouched(None)));
}

#[test]
fn one_stage_is_not_part_of_the_path() {
    let check = |fixture: Fixture, stage: &str, path: &str, expected: &str| {
        let mut event = fixture.event();
        event["requestContext"]["stage"] = stage.into();
        let name = if fixture == Fixture::RestApi { "path" } else { "rawPath" };
        event[name] = path.into();
        if fixture == Fixture::RestApi {
            event["requestContext"]["path"] = path.into();
        }
        assert_eq!(request(&event).path, expected, "{fixture:?} {stage} {path}");
    };
    for fixture in [Fixture::HttpApi, Fixture::RestApi] {
        check(fixture, "prod", "/prod/github", "/github");
        check(fixture, "prod", "/prod/prod/github", "/prod/github");
        check(fixture, "prod", "/prod", "/");
        check(fixture, "prod", "/prod/", "/");
        check(fixture, "prod", "/product/github", "/product/github");
        check(fixture, "prod", "/github", "/github");
        check(fixture, "prod", "/prod/a%2Fb%20c", "/a%2Fb%20c");
        check(fixture, "$default", "/$default/github", "/$default/github");
        check(fixture, "", "/github", "/github");
    }
}

#[test]
fn a_path_may_begin_like_the_stage_where_the_context_says_that_the_stage_is_apart() {
    let mut event = Fixture::RestApi.event();
    event["requestContext"]["stage"] = "github".into();
    event["requestContext"]["path"] = "/github/github".into();
    assert_eq!(request(&event).path, "/github");
}

#[test]
fn a_query_that_is_not_there_is_none() {
    for fixture in Fixture::ALL {
        let mut event = fixture.event();
        event["rawQueryString"] = "".into();
        for map in ["queryStringParameters", "multiValueQueryStringParameters"] {
            event[map] = if fixture == Fixture::RestApi { Value::Null } else { json!({}) };
        }
        assert_eq!(request(&event).query, None, "{fixture:?}");
    }
}

#[test]
fn a_decoded_query_is_encoded_again() {
    let mut event = Fixture::RestApi.event();
    event["multiValueQueryStringParameters"] = json!({ "a b": ["1&2=3", "ü"] });
    assert_eq!(request(&event).query.as_deref(), Some("a+b=1%262%3D3&a+b=%C3%BC"));
}

#[test]
fn cookies_are_one_header() {
    assert_eq!(request(&Fixture::Url.event()).headers["cookie"], "one=1; two=2");
}

#[test]
fn repeated_headers_stay_where_the_door_keeps_them() {
    let values = |fixture: Fixture| {
        let mut event = fixture.event();
        fixture.set_header(&mut event, "X-Twice", &["one", "two"]);
        let headers = request(&event).headers;
        headers.get_all("x-twice").iter().map(|value| value.to_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(values(Fixture::RestApi), ["one", "two"]);
    assert_eq!(values(Fixture::AlbMulti), ["one", "two"]);
    assert_eq!(values(Fixture::Url), ["one,two"]);
    assert_eq!(values(Fixture::Alb), ["two"]);
}

#[test]
fn spellings_of_one_name_are_one_header() {
    let mut event = Fixture::RestApi.event();
    event["multiValueHeaders"]["X-Sig"] = json!(["one"]);
    event["multiValueHeaders"]["x-sig"] = json!(["two"]);
    assert_eq!(request(&event).headers.get_all("x-sig").iter().count(), 2);
}

#[test]
fn a_body_has_the_same_bytes_as_text_and_in_base64() {
    for (body, as_text) in [("ü € \u{1f514}\r\n\0", true), ("", true), (BODY, true)] {
        for is_base64 in [false, as_text] {
            let mut event = Fixture::Url.event();
            let carried = if is_base64 { STANDARD.encode(body) } else { body.to_owned() };
            set_body(&mut event, &carried, is_base64);
            assert_eq!(request(&event).body.decode(64), Ok(Bytes::from(body)), "{is_base64}");
        }
    }
    let mut event = Fixture::Alb.event();
    event["body"] = Value::Null;
    assert_eq!(request(&event).body.decode(64), Ok(Bytes::new()));
    set_body(&mut event, "/wD+", true);
    assert_eq!(request(&event).body.decode(3), Ok(Bytes::from_static(&[0xff, 0, 0xfe])));
}

#[test]
fn a_body_is_cut_at_the_limit_and_not_before() {
    let check = |body: &str, is_base64: bool, limit: usize, expected: Result<usize, Cut>| {
        let mut event = Fixture::Alb.event();
        set_body(&mut event, body, is_base64);
        assert_eq!(request(&event).body.decode(limit).map(|bytes| bytes.len()), expected, "{body} {limit}");
    };
    check("1234", false, 4, Ok(4));
    check("12345", false, 4, Err(Cut::TooLarge));
    for (length, limit, fits) in
        [(4, 4, true), (5, 4, false), (6, 4, false), (6, 6, true), (7, 4, false), (9, 4, false)]
    {
        let expected = if fits { Ok(length) } else { Err(Cut::TooLarge) };
        check(&STANDARD.encode("x".repeat(length)), true, limit, expected);
    }
    check("not base64", true, 64, Err(Cut::Undecodable));
    check("YQ", true, 64, Err(Cut::Undecodable));
}

#[test]
fn what_no_door_makes_is_unknown_and_named_by_its_keys_only() {
    let check = |event: Value, named: &str| {
        let unknown = Occasion::recognise(&raw(&event)).unwrap_err().to_string();
        assert_eq!(
            unknown,
            format!("not an event of a Function URL, API Gateway, ALB, SQS, SNS or EventBridge: {named}")
        );
    };
    check(json!({ "Records": [{ "eventSource": "aws:kinesis", "body": "hunter2" }] }), "an object with Records");
    check(json!({ "Records": [] }), "an object with Records");
    check(json!({ "Records": { "body": "hunter2" } }), "an object with Records");
    check(json!({ "version": "0", "detail": {} }), "an object with detail, version");
    check(json!({ "requestContext": { "connectionId": "hunter2", "identity": {} } }), "an object with requestContext");
    check(json!({ "requestContext": "hunter2" }), "an object with requestContext");
    check(json!({ "version": "2.0", "requestContext": {} }), "an object with requestContext, version");
    check(json!(["hunter2"]), "no object with names");
    check(json!({ "line\nbreak": 1, "x".repeat(99): 2 }), &format!("an object with line\\nbreak, {}", "x".repeat(40)));
}

#[test]
fn a_known_event_with_a_malformed_field_is_unreadable() {
    let check = |fixture: Fixture, path: &str, value: Value| {
        let mut event = fixture.event();
        *event.pointer_mut(path).unwrap() = value;
        assert_eq!(read(raw(&event).get()).1.unwrap_err(), Unreadable, "{fixture:?} {path}");
    };
    for fixture in Fixture::ALL {
        check(fixture, "/isBase64Encoded", json!("no"));
        check(fixture, "/body", json!({}));
    }
    check(Fixture::Url, "/headers/host", json!("line\nbreak"));
    check(Fixture::Url, "/cookies/0", json!("line\nbreak"));
    check(Fixture::Url, "/requestContext/http/method", json!("P OST"));
    check(Fixture::RestApi, "/multiValueHeaders/Host/0", json!("line\nbreak"));
    check(Fixture::AlbMulti, "/multiValueQueryStringParameters/b", json!(1));
    let surrogate = Fixture::Url.text().replace("awesome", "\\ud83d");
    assert_eq!(read(&surrogate).1.unwrap_err(), Unreadable);
}

#[test]
fn no_flipped_byte_of_an_event_panics() {
    for fixture in Fixture::ALL {
        let mut event = fixture.text().as_bytes().to_vec();
        for place in 0..event.len() {
            for other in [b'"', b'0', b'{', b'n', 0xff] {
                let byte = std::mem::replace(&mut event[place], other);
                if let Ok(event) = serde_json::from_slice(&event)
                    && let Ok(Occasion::Request(knock)) = Occasion::recognise(event)
                    && let Ok(request) = knock.read()
                {
                    let _any = request.body.decode(1 << 20);
                }
                event[place] = byte;
            }
        }
    }
}
