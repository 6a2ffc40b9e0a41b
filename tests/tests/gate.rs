//! The gate at its edges, and schemes that no provider of the table has.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "gate/evidence.rs"]
mod evidence;
#[path = "gate/items.rs"]
mod items;

use std::sync::Arc;
use std::time::Duration;

use conformance::case::{Bench, Played};
use conformance::dedupe::Forgetful;
use conformance::destination::Scripted;
use conformance::door::Request;
use conformance::source::{keyring, source};
use conformance::stage::{SECRET, Stage, described, provider, source_of, tag};
use doorbell_core::secret::Secret;
use doorbell_core::source::Source;
use doorbell_core::verify::message::MAX_PARTS;
use doorbell_core::verify::{
    Encoding, Hash, Invoked, KeyForm, Layout, Mac, Message, Part, Scheme, Time, Token, TokenPlace, Trust, Unit, Window,
    verify,
};
use doorbell_core::{Clock, Delivery, Peer, Timestamp};

const NOW: Timestamp = Timestamp::from_unix_seconds(1_790_000_000);

/// A source of that scheme under these secrets.
fn bench<S: AsRef<str>>(scheme: &Scheme, secrets: &[S]) -> Bench {
    let kept = Scripted::new(&[]);
    let keys = keyring(scheme, secrets).unwrap();
    let table = source(provider("github"), "/in", Some(keys), vec![kept.target("kept")]);
    Bench::new(Source { provider: None, scheme: scheme.clone(), ..table }, kept, NOW)
}

/// A request that `mac` signed under [`SECRET`] at that moment.
fn signed(mac: &Mac, at: Timestamp) -> Request {
    let mut request = Request::post("/in", r#"{"a":1}"#).header("x-id", "7");
    let keys = keyring(&Scheme::Mac(mac.clone()), &[SECRET]).unwrap();
    let mut head = request.head(at);
    mac.sign(&mut head, &request.body, &keys, at).unwrap();
    request.headers = head.headers;
    request
}

#[track_caller]
fn refused(played: &Played, guard: &str) {
    assert_eq!(played.heard.line(), ("refused", guard, 401));
    assert!(played.taken.is_none());
}

#[test]
fn both_ends_of_the_window_are_inside() {
    let kept = Scripted::new(&[]);
    let stage = Stage::new(vec![source_of("standard-webhooks", vec![kept.target("kept")])], Arc::new(Forgetful), 0);
    let signed_at = stage.clock.now();
    let delivery = stage.message("msg_1");
    let at = |seconds: i64| {
        stage.clock.set_wall(Timestamp::from_unix_micros(signed_at.as_unix_micros() + seconds * 1_000_000));
        stage.ring(delivery.clone()).line()
    };
    assert_eq!(at(300), ("handed-off", "", 200));
    assert_eq!(at(301), ("refused", "stale-timestamp", 401));
    assert_eq!(at(-60), ("handed-off", "", 200));
    assert_eq!(at(-61), ("refused", "future-timestamp", 401));
}

#[test]
fn a_time_is_digits_and_nothing_else() {
    let kept = Scripted::new(&[]);
    let stage = Stage::new(vec![source_of("slack", vec![kept.target("kept")])], Arc::new(Forgetful), 0);
    let at = |time: &str, tag: String| {
        let request = Request::post("/slack", "{}").header("x-slack-request-timestamp", time);
        stage.ring(request.header("x-slack-signature", &format!("v0={tag}"))).line()
    };
    assert_eq!(at("1790000000", tag(b"v0:1790000000:{}")), ("handed-off", "", 200));
    let genuine_tags = [
        ("+1790000000", tag(b"v0:+1790000000:{}")),
        ("-1790000000", tag(b"v0:-1790000000:{}")),
        ("1790000000.0", tag(b"v0:1790000000.0:{}")),
        ("179e7", tag(b"v0:179e7:{}")),
        ("0x6ab13b80", tag(b"v0:0x6ab13b80:{}")),
        ("99999999999999999999", tag(b"v0:99999999999999999999:{}")),
        ("", tag(b"v0::{}")),
    ];
    for (time, tag) in genuine_tags {
        assert_eq!(at(time, tag), ("refused", "malformed-timestamp", 401), "{time}");
    }
    // The last second that there is lies far ahead, it does not wrap around.
    let last = tag(b"v0:9223372036854775807:{}");
    assert_eq!(at("9223372036854775807", last), ("refused", "future-timestamp", 401));
    assert_eq!(at("0", tag(b"v0:0:{}")), ("refused", "stale-timestamp", 401));
}

#[test]
fn no_more_candidates_are_looked_at_than_any_provider_sends() {
    let stage = Stage::standard(vec![Scripted::new(&[]).target("kept")], Arc::new(Forgetful));
    let with = |foreign: usize| {
        let mut request = stage.message("msg_1");
        let genuine = request.headers.get("webhook-signature").unwrap().to_str().unwrap().to_owned();
        let all = format!("{}{genuine}", format!("v1,{}= ", "A".repeat(43)).repeat(foreign));
        request.headers.insert("webhook-signature", all.parse().unwrap());
        stage.ring(request).line()
    };
    assert_eq!(with(15), ("handed-off", "", 200));
    assert_eq!(with(16), ("refused", "too-many-signatures", 401));
}

#[test]
fn a_tag_has_one_length() {
    let mac = described();
    let bench = bench(&Scheme::Mac(mac.clone()), &[SECRET]);
    let genuine = signed(&mac, NOW).headers.get("x-tag").unwrap().to_str().unwrap().to_owned();
    for tag in [format!("{genuine}0"), format!("{genuine}00"), genuine.repeat(3), genuine[1..].to_owned()] {
        refused(&bench.play(Request::post("/in", r#"{"a":1}"#).header("x-tag", &tag)), "malformed-signature");
    }
}

#[test]
fn tags_of_other_kinds_are_passed_over_and_noise_is_not() {
    let mac = in_layout(Layout::Pairs(",".into(), "v1".into()));
    let bench = bench(&Scheme::Mac(mac.clone()), &[SECRET]);
    let with = |key: &str| {
        let mut request = signed(&mac, NOW);
        let value = request.headers.get("x-tag").unwrap().to_str().unwrap().to_owned();
        request.headers.insert("x-tag", format!("{key}=abc,{value}").parse().unwrap());
        bench.play(request)
    };
    for key in ["v0", "test_key", "test-key"] {
        assert_eq!(with(key).heard.line(), ("handed-off", "", 200), "{key}");
    }
    for key in ["", "v 0", "v.0"] {
        refused(&with(key), "malformed-signature");
    }
}

fn in_layout(layout: Layout) -> Mac {
    let mac = described();
    Mac { message: Message { layout, ..mac.message }, ..described() }
}

fn of_parts(parts: Vec<Part>) -> Mac {
    let mac = described();
    Mac { message: Message { parts: parts.into(), ..mac.message }, ..described() }
}

/// What lies behind the last part that is fed would count as signed, and would not be.
#[test]
fn no_more_parts_are_signed_than_are_fed() {
    let literals = |count: usize| vec![Part::Literal("a".into()); count];
    let of = of_parts;
    let play = |scheme: &Mac, sender: &Mac| bench(&Scheme::Mac(scheme.clone()), &[SECRET]).play(signed(sender, NOW));

    let most = of([literals(MAX_PARTS - 1), vec![Part::Body]].concat());
    assert_eq!(play(&most, &most).heard.line(), ("handed-off", "", 200));
    let more = of([literals(MAX_PARTS), vec![Part::Body]].concat());
    refused(&play(&more, &of(literals(MAX_PARTS))), "bad-signature");
}

/// A forger writes the list, too: it must not be work without end, and names each header once.
#[test]
fn a_list_of_signed_headers_is_short() {
    let mac = of_parts(vec![Part::ListedHeaders("x-list", &[]), Part::Body]);
    let bench = bench(&Scheme::Mac(mac.clone()), &[SECRET]);
    let with = |names: &[String]| {
        let mut request = Request::post("/in", "{}").header("x-list", &names.join(", "));
        for name in names.iter().filter(|name| !name.is_empty()) {
            request.headers.insert(http::HeaderName::from_bytes(name.as_bytes()).unwrap(), "1".parse().unwrap());
        }
        let keys = keyring(&Scheme::Mac(mac.clone()), &[SECRET]).unwrap();
        let mut head = request.head(NOW);
        if mac.sign(&mut head, &request.body, &keys, NOW).is_err() {
            return bench.play(request.header("x-tag", &tag(b"{}")));
        }
        bench.play(Request { headers: head.headers, ..request })
    };
    let names: Vec<String> = (0..33).map(|number| format!("x-{number}")).collect();
    assert_eq!(with(&names[..32]).heard.line(), ("handed-off", "", 200));
    refused(&with(&names), "malformed-signature");
    refused(&with(&[names[0].clone(), String::new()]), "malformed-signature");
    refused(&with(&[names[0].clone(), names[0].clone()]), "malformed-signature");
}

#[test]
fn a_secret_that_is_none_makes_no_ring() {
    assert!(Secret::new("").is_err());
    let standard = &provider("standard-webhooks").scheme;
    for secret in ["whsec_", "whsec_not base64!", "whsec_c2VjcmV0LQ", "====", ""] {
        assert!(keyring(standard, &[secret]).is_err(), "{secret}");
    }
    let ascii = Scheme::Mac(Mac { key: KeyForm::Ascii, ..described() });
    assert!(keyring(&ascii, &["secret-ä"]).is_err(), "the sender would sign with other bytes");
    assert!(keyring(standard, &[SECRET, "whsec_"]).is_err(), "one bad secret is not left out in silence");
    let none: [&str; 0] = [];
    for name in ["github", "gitlab", "standard-webhooks"] {
        assert!(keyring(&provider(name).scheme, &none).is_err(), "{name}");
    }
}

#[test]
fn the_version_that_matched_is_known() {
    let mac = described();
    let played = bench(&Scheme::Mac(mac.clone()), &["another", SECRET]).play(signed(&mac, NOW));
    assert_eq!(played.taken.unwrap().secret_version.as_deref(), Some("1"));
    assert_eq!(played.heard.record.unwrap().secret_version.unwrap().as_str(), "1");

    let token = Scheme::Token(Token { at: TokenPlace::Header("authorization".into()), prefix: "Bearer ".into() });
    let played =
        bench(&token, &["first", "second"]).play(Request::post("/in", "").header("authorization", "Bearer first"));
    assert_eq!(played.taken.unwrap().secret_version.as_deref(), Some("0"));
}

#[test]
fn a_token_is_all_of_it_after_its_prefix() {
    let token = Scheme::Token(Token { at: TokenPlace::Header("authorization".into()), prefix: "Bearer ".into() });
    let bench = bench(&token, &["token-1"]);
    let with = |value: &str| bench.play(Request::post("/in", "").header("authorization", value));
    assert_eq!(with("Bearer token-1").taken.unwrap().trust, Trust::Authenticated);
    for value in ["Bearer token-", "Bearer token-11", "Bearer TOKEN-1", "Bearer  token-1", "Bearer "] {
        refused(&with(value), "bad-credentials");
    }
    for value in ["token-1", "bearer token-1", "Basic token-1"] {
        refused(&with(value), "malformed-signature");
    }
}

#[test]
fn trust_says_what_was_proven() {
    let trust = |played: Played| played.taken.unwrap().trust;
    let body = described();
    assert_eq!(trust(bench(&Scheme::Mac(body.clone()), &[SECRET]).play(signed(&body, NOW))), Trust::Verified);
    let no_body = of_parts(vec![Part::Header("x-id".into())]);
    let scheme = Scheme::Mac(no_body.clone());
    assert_eq!(trust(bench(&scheme, &[SECRET]).play(signed(&no_body, NOW))), Trust::Authenticated);
    assert_eq!(trust(bench(&Scheme::Unsigned, &[SECRET]).play(Request::post("/in", ""))), Trust::Unsigned);
}

/// Who proves nothing has no secret to wait for.
#[test]
fn an_unsigned_source_is_open_without_a_secret() {
    let kept = Scripted::new(&[]);
    let table = source(provider("github"), "/in", None, vec![kept.target("kept")]);
    let bench = Bench::new(Source { provider: None, scheme: Scheme::Unsigned, ..table }, kept, NOW);
    assert_eq!(bench.play(Request::post("/in", "{}")).heard.line(), ("handed-off", "", 200));
}

/// A head that says so proves nothing: only Lambda's door makes such a peer.
#[test]
fn only_the_platform_itself_speaks_for_its_services() {
    let scheme = Scheme::Invoked(Invoked::Sqs);
    let by = |peer| {
        let request = Request { peer, ..Request::post("arn:aws:sqs:eu-west-1:123456789012:orders", "{}") };
        verify(Delivery::new(request.head(NOW), request.body), &scheme, None, NOW)
    };
    assert_eq!(by(Peer::Invoker).unwrap().trust(), Trust::Authenticated);
    for peer in [Peer::Socket(None), Peer::Vouched(None), Peer::Proxy] {
        assert_eq!(by(peer).unwrap_err().rejection.code(), "missing-signature", "{peer:?}");
    }
}

/// A destination that signs anew leaves it out: a token is not passed on to whoever is behind.
#[test]
fn the_header_of_the_evidence_is_known() {
    let token = Scheme::Token(Token { at: TokenPlace::Header("x-token".into()), prefix: "".into() });
    let keys = keyring(&token, &[SECRET]).unwrap();
    let request = Request::post("/in", "{}").header("x-token", SECRET);
    let verified = verify(Delivery::new(request.head(NOW), request.body), &token, Some(&keys), NOW).unwrap();
    assert_eq!(verified.evidence_headers().collect::<Vec<_>>(), ["x-token"]);

    let mac = described();
    let keys = keyring(&Scheme::Mac(mac.clone()), &[SECRET]).unwrap();
    let request = signed(&mac, NOW);
    let delivery = Delivery::new(request.head(NOW), request.body);
    let verified = verify(delivery, &Scheme::Mac(mac), Some(&keys), NOW).unwrap();
    assert_eq!(verified.evidence_headers().collect::<Vec<_>>(), ["x-tag"]);
}

/// What a scheme signs it accepts, and nothing else, in every form that a config can describe.
#[test]
fn every_described_form_goes_both_ways() {
    let layouts = [
        Layout::Whole("".into()),
        Layout::Whole("sha=".into()),
        Layout::List(" ".into(), "v1,".into()),
        Layout::Listed("v0=".into(), ",".into()),
        Layout::Marked(",".into(), '|'),
        Layout::TimeFirst(",".into()),
        Layout::InOrder(",".into(), &["t", "v1"]),
        Layout::Pairs(",".into(), "v1".into()),
        Layout::Pairs(";".into(), "sig".into()),
        Layout::Groups(" ".into(), ",".into(), "v1".into()),
    ];
    let encodings =
        [Encoding::Hex, Encoding::HexAnyCase, Encoding::Base64, Encoding::Base64Url, Encoding::Base64UrlPadded];
    let window = Some(Window { max_age: Duration::from_secs(5), max_future: Duration::from_secs(1) });
    for hash in [Hash::Md5, Hash::Sha1, Hash::Sha256, Hash::Sha384, Hash::Sha512] {
        for encoding in encodings {
            for layout in &layouts {
                for unit in [Unit::Seconds, Unit::Millis, Unit::Rfc3339, Unit::HttpDate] {
                    // A date of HTTP has a comma, which parts what stands in one header here.
                    if unit == Unit::HttpDate && !matches!(layout, Layout::Whole(_)) {
                        continue;
                    }
                    let part = match layout {
                        Layout::Pairs(..) | Layout::Groups(..) | Layout::InOrder(..) | Layout::TimeFirst(_) => {
                            Part::Pair("t".into())
                        }
                        Layout::Whole(_)
                        | Layout::List(..)
                        | Layout::Listed(..)
                        | Layout::Marked(..)
                        | Layout::JsonInBase64(..)
                        | Layout::HttpSignature { .. } => Part::Header("x-time".into()),
                    };
                    let signed_parts = vec![part.clone(), Part::Literal(".".into()), Part::Body];
                    let message = Message {
                        encoding,
                        layout: layout.clone(),
                        parts: signed_parts.into(),
                        time: Some(Time { part, unit, window }),
                        ..described().message
                    };
                    let mac = Mac { hash, key: KeyForm::Base64("whsec_"), message };
                    goes_both_ways(&mac);
                }
            }
        }
    }
}

#[track_caller]
fn goes_both_ways(mac: &Mac) {
    let bench = bench(&Scheme::Mac(mac.clone()), &[format!("whsec_{SECRET}")]);
    let played = bench.play(signed(mac, NOW));
    assert_eq!(played.heard.line(), ("handed-off", "", 200), "{mac:?}");
    assert_eq!(played.taken.unwrap().trust, Trust::Verified);

    let other_body = Request { body: r#"{"a":2}"#.into(), ..signed(mac, NOW) };
    refused(&bench.play(other_body), "bad-signature");
    refused(&bench.play(signed(mac, Timestamp::from_unix_seconds(1_789_999_994))), "stale-timestamp");
    refused(&bench.play(signed(mac, Timestamp::from_unix_seconds(1_790_000_002))), "future-timestamp");

    let mut upper = signed(mac, NOW);
    let value = upper.headers.get("x-tag").unwrap().to_str().unwrap().to_owned();
    let start = value.rfind(['=', ',', '|']).filter(|at| at + 1 < value.len()).map_or(0, |at| at + 1);
    let (before, tag) = value.split_at(start);
    upper.headers.insert("x-tag", format!("{before}{}", tag.to_uppercase()).parse().unwrap());
    match mac.message.encoding {
        Encoding::HexAnyCase => assert_eq!(bench.play(upper).heard.status, 200),
        Encoding::Hex => refused(&bench.play(upper), "malformed-signature"),
        Encoding::Base64 | Encoding::Base64Url | Encoding::Base64UrlPadded => {}
    }
}
