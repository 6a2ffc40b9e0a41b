//! One response, in each door's words.

use bytes::Bytes;
use doorbell_lambda::event::Front;
use doorbell_lambda::reply::ReplyEvent;
use http::Response;
use serde_json::{Value, json};

fn check(front: Front, response: &Response<Bytes>, expected: &Value) {
    assert_eq!(serde_json::to_value(ReplyEvent::new(front, response.clone())).unwrap(), *expected, "{front:?}");
}

#[test]
fn headers_stand_where_the_door_looks() {
    let response = Response::builder().status(503).header("Retry-After", "5").body("later\n".into()).unwrap();
    let base = json!({ "statusCode": 503, "body": "later\n", "isBase64Encoded": false });
    let with = |more: Value| {
        let mut all = base.clone();
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    let (one, list) = (json!({ "retry-after": "5" }), json!({ "retry-after": ["5"] }));
    check(Front::V2, &response, &with(json!({ "headers": one, "cookies": [] })));
    check(Front::V1, &response, &with(json!({ "headers": one, "multiValueHeaders": list })));
    let described =
        |name: &str, headers: &Value| with(json!({ "statusDescription": "503 Service Unavailable", name: headers }));
    check(Front::Alb { multi_value: false }, &response, &described("headers", &one));
    check(Front::Alb { multi_value: true }, &response, &described("multiValueHeaders", &list));
}

#[test]
fn a_repeated_header_is_not_lost() {
    let response =
        Response::builder().header("x", "1").header("x", "2").header("set-cookie", "a=1").header("set-cookie", "b=2");
    let response = response.body(Bytes::new()).unwrap();
    let base = json!({ "statusCode": 200, "body": "", "isBase64Encoded": false });
    let mut v2 = base.clone();
    v2["headers"] = json!({ "x": "1, 2" });
    v2["cookies"] = json!(["a=1", "b=2"]);
    check(Front::V2, &response, &v2);
    let mut v1 = base;
    v1["headers"] = json!({});
    v1["multiValueHeaders"] = json!({ "x": ["1", "2"], "set-cookie": ["a=1", "b=2"] });
    check(Front::V1, &response, &v1);
}

#[test]
fn what_is_no_text_travels_in_base64() {
    let reply = ReplyEvent::new(Front::V2, Response::new(Bytes::from_static(&[0xff, 0, 0xfe])));
    let reply = serde_json::to_value(reply).unwrap();
    assert_eq!((&reply["body"], &reply["isBase64Encoded"]), (&json!("/wD+"), &json!(true)));
}
