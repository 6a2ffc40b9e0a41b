//! Evidence that is none, and readings of what is signed. Whoever sets a sender up goes by the guard's name.

use conformance::door::Request;
use conformance::source::keyring;
use conformance::stage::{SECRET, described, tag};
use doorbell_core::locate::Locate;
use doorbell_core::verify::{
    BodyDigest, Encoding, Expected, Hash, Layout, Mac, Message, Part, Place, Scheme, Signing, Time, Unit, verify,
};
use doorbell_core::{Delivery, Timestamp};

use super::{NOW, in_layout, of_parts};

/// `accept`, or the guard.
fn decided(mac: &Mac, request: Request, now: Timestamp) -> &'static str {
    let scheme = Scheme::Mac(mac.clone());
    let keys = keyring(&scheme, &[SECRET]).unwrap();
    let delivery = Delivery::new(request.head(now), request.body);
    verify(delivery, &scheme, Some(&keys), now).map_or_else(|refused| refused.rejection.code(), |_| "accept")
}

fn tagged(mac: &Mac, value: &str) -> &'static str {
    decided(mac, Request::post("/in", "{}").header("x-tag", value), NOW)
}

#[test]
fn evidence_that_is_empty_is_not_called_malformed_or_missing() {
    let at = |tags: Place| Mac { message: Message { tags, ..described().message }, ..described() };
    let query = |query: &str| Request { query: Some(query.to_owned()), ..Request::post("/in", "{}") };
    let by_query = at(Place::Query("sig".into()));
    assert_eq!(decided(&by_query, query(&format!("sig={}", tag(b"{}"))), NOW), "accept");
    assert_eq!(decided(&by_query, query("sig="), NOW), "empty-signature");
    assert_eq!(decided(&by_query, query("a=1"), NOW), "missing-signature");

    let by_field = at(Place::Field("/sig".into(), "sig".into()));
    for (body, was) in [
        (r#"{"sig":""}"#, "empty-signature"),
        (r#"{"a":1}"#, "missing-signature"),
        ("sig=&a=1", "empty-signature"),
        ("a=1", "missing-signature"),
        (r#"{"sig":"xyz"}"#, "malformed-signature"),
    ] {
        assert_eq!(decided(&by_field, Request::post("/in", body), NOW), was, "{body}");
    }
}

/// The one calls for another version of the scheme, the other for a look at what the sender wrote.
#[test]
fn evidence_of_another_version_is_told_from_evidence_without_a_tag() {
    let list = in_layout(Layout::List(" ".into(), "v1,".into()));
    assert_eq!(tagged(&list, &format!("v1,{}", tag(b"{}"))), "accept");
    assert_eq!(tagged(&list, "v2,abc"), "unsupported-version");
    assert_eq!(tagged(&list, "noise"), "malformed-signature");

    let time = Some(Time { part: Part::Pair("t".into()), unit: Unit::Seconds, window: None });
    for layout in [Layout::Pairs(",".into(), "v1".into()), Layout::Groups(" ".into(), ",".into(), "v1".into())] {
        let mac = in_layout(layout);
        let mac = Mac { message: Message { time: time.clone(), ..mac.message }, ..mac };
        assert_eq!(tagged(&mac, &format!("t=1790000000,v1={}", tag(b"{}"))), "accept");
        assert_eq!(tagged(&mac, "t=1790000000"), "malformed-signature");
        assert_eq!(tagged(&mac, "t=1790000000,v0=abc"), "unsupported-version");
        assert_eq!(tagged(&mac, "v0=abc"), "unsupported-version");
    }
}

/// A proxy's own `Authorization` is no attempt at ours; a blank in anything else is noise.
#[test]
fn only_another_scheme_of_authorization_is_no_evidence() {
    for (prefix, value, was) in [
        ("HMAC ", "Basic abc", "missing-signature"),
        ("HMAC ", "Basic", "malformed-signature"),
        ("sha256=", "Basic abc", "malformed-signature"),
        ("sha256=", "sha1=abc", "malformed-signature"),
    ] {
        assert_eq!(tagged(&in_layout(Layout::Whole(prefix.into())), value), was, "{prefix:?} {value}");
    }
}

/// Seconds where milliseconds were agreed on would be a moment in 1970, and pass where no window is set.
#[test]
fn milliseconds_have_twelve_digits_or_more() {
    let part = Part::Header("x-time".into());
    let mac = of_parts(vec![part.clone()]);
    let time = Some(Time { part, unit: Unit::Millis, window: None });
    let mac = Mac { message: Message { time, ..mac.message }, ..mac };
    for (time, was) in [
        ("1790000000000", "accept"),
        // 1999-12-31.
        ("946598400000", "accept"),
        ("17900000000", "malformed-timestamp"),
        ("1790000000", "malformed-timestamp"),
    ] {
        let request = Request::post("/in", "{}").header("x-time", time).header("x-tag", &tag(time.as_bytes()));
        assert_eq!(decided(&mac, request, NOW), was, "{time}");
    }
}

/// Of a part with two readings the sender's own is the first: its deliveries are signed as its other receivers expect.
#[test]
fn a_sender_signs_a_part_with_two_readings_as_it_is() {
    let url = Part::UrlOfAnyPort(Expected::Exactly("https://hooks.example/in".into()));
    let floats = Part::BodyWithFloats("weight");
    for (part, body, signed) in [
        (url, "{}", b"https://hooks.example/in".as_slice()),
        (floats, r#"{"weight":1}"#, br#"{"weight":1}"#.as_slice()),
        (Part::LineEndOrNot, "{}", b"".as_slice()),
    ] {
        let mac = of_parts(vec![part]);
        let keys = keyring(&Scheme::Mac(mac.clone()), &[SECRET]).unwrap();
        let mut head = Request::post("/in", body).head(NOW);
        mac.sign(&mut head, body.as_bytes(), &keys, NOW).unwrap();
        assert_eq!(head.headers["x-tag"], tag(signed).as_str(), "{mac:?}");
    }
}

/// Whoever sends by hand has to know which header they left out.
#[test]
fn a_sender_is_told_what_is_missing() {
    let mac = of_parts(vec![Part::Body, Part::Header("x-id".into()), Part::Header("x-more".into())]);
    let keys = keyring(&Scheme::Mac(mac.clone()), &[SECRET]).unwrap();
    let sign = |request: Request| mac.sign(&mut request.head(NOW), b"{}", &keys, NOW);
    let bare = Request::post("/in", "{}");
    assert_eq!(sign(bare.clone()), Err(Signing::Missing(Part::Header("x-id".into()))));
    assert_eq!(sign(bare.clone().header("x-id", "7")), Err(Signing::Missing(Part::Header("x-more".into()))));
    assert_eq!(sign(bare.header("x-id", "7").header("x-more", "8")), Ok(None));
}

/// A second digest in the URL would be another reading, and the delivery refused for it.
#[test]
fn a_sender_leaves_the_digest_that_a_url_has() {
    let body_digest =
        Some(BodyDigest { at: Locate::Query("digest".into()), hash: Hash::Sha256, encoding: Encoding::Hex });
    let mac = Mac { message: Message { body_digest, ..described().message }, ..described() };
    let keys = keyring(&Scheme::Mac(mac.clone()), &[SECRET]).unwrap();
    let query_of = |query: &str| {
        let mut head = Request { query: Some(query.to_owned()), ..Request::post("/in", "{}") }.head(NOW);
        mac.sign(&mut head, b"{}", &keys, NOW).unwrap();
        head.query.unwrap()
    };
    // sha256 of {}.
    let digest = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    assert_eq!(query_of("a=1"), format!("a=1&digest={digest}"));
    assert_eq!(query_of("digest=abc"), "digest=abc");
}

/// Twilio signs with or without the port. A password, or an address of IPv6, has a colon that is none of a port.
#[test]
fn a_port_is_what_follows_the_last_colon_and_is_digits() {
    for (url, otherwise) in [
        ("https://hooks.example/in", "https://hooks.example:443/in"),
        ("http://hooks.example/in", "http://hooks.example:80/in"),
        ("https://hooks.example:8443/in", "https://hooks.example/in"),
        ("https://user:password@hooks.example/in", "https://user:password@hooks.example:443/in"),
        ("https://[2001:db8::a]/in", "https://[2001:db8::a]:443/in"),
        ("https://[2001:db8::a]:8443/in", "https://[2001:db8::a]/in"),
    ] {
        let mac = of_parts(vec![Part::UrlOfAnyPort(Expected::Exactly(url.into()))]);
        assert_eq!(tagged(&mac, &tag(url.as_bytes())), "accept", "{url}");
        assert_eq!(tagged(&mac, &tag(otherwise.as_bytes())), "accept", "{url}");
        assert_eq!(tagged(&mac, &tag(b"https://user/in")), "bad-signature", "{url}");
    }
}
