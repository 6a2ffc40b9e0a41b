//! What the head alone decides, and what a refusal may tell.

use std::sync::Arc;
use std::time::Duration;

use conformance::dedupe::Forgetful;
use conformance::destination::Scripted;
use conformance::door::{Heard, Request, admit};
use conformance::stage::{SECRET, Stage, long, source_of};
use conformance::unproven;
use doorbell_core::limit::Limiter;
use doorbell_core::receiver::Cut;
use doorbell_core::source::Source;
use doorbell_core::{Clock, Peer};
use http::Method;

/// One source of that provider, changed as the test says, behind so many proxies.
fn stage(provider: &str, hops: u8, change: impl FnOnce(&mut Source)) -> Stage {
    let mut source = source_of(provider, vec![Scripted::new(&[]).target("one")]);
    change(&mut source);
    Stage::new(vec![source], Arc::new(Forgetful), hops)
}

/// The answer from the head, which must be enough for one.
#[track_caller]
fn from_the_head(stage: &Stage, request: &Request) -> Heard {
    match admit(&stage.receiver, request, stage.clock.now()) {
        Err(heard) => *heard,
        Ok(_) => panic!("the body was asked for"),
    }
}

/// The most body that the door may read for it.
#[track_caller]
fn limit(stage: &Stage, request: &Request) -> usize {
    match admit(&stage.receiver, request, stage.clock.now()) {
        Ok(admitted) => admitted.body_limit(),
        Err(heard) => panic!("answered from the head: {:?}", heard.line()),
    }
}

fn form(body: &'static str) -> Request {
    Request::post("/slack", body).header("content-type", "application/x-www-form-urlencoded")
}

#[test]
fn a_token_may_be_the_last_segment_of_the_path() {
    let stage = Stage::new(vec![source_of("kestra", vec![Scripted::new(&[]).target("kept")])], Arc::new(Forgetful), 0);
    let at = |path: &str| stage.ring(Request::post(path, "{}")).line();
    assert_eq!(at(&format!("/kestra/{SECRET}")), ("handed-off", "", 200));
    assert_eq!(at("/kestra/another"), ("refused", "bad-credentials", 401));
    assert_eq!(at(&format!("/kestra/{SECRET}/x")), ("refused", "unknown-path", 404));
    assert_eq!(at(&format!("/other/{SECRET}")), ("refused", "unknown-path", 404));
    // Only where the token is there: no other source answers below its path.
    let stage = Stage::new(vec![source_of("github", vec![Scripted::new(&[]).target("kept")])], Arc::new(Forgetful), 0);
    assert_eq!(stage.ring(Request::post("/github/x", "{}")).line(), ("refused", "unknown-path", 404));
}

#[test]
fn an_unknown_path_is_a_404_and_nobodys_delivery() {
    let stage = stage("github", 0, |_| ());
    let github = stage.signed("github", Request::post("/github", "{}"));
    for path in ["/", "/GitHub", "/github/", "/github/x", "/%67ithub", "", "//github"] {
        let heard = from_the_head(&stage, &Request { path: path.to_owned(), ..github.clone() });
        assert_eq!(heard.line(), ("refused", "unknown-path", 404), "{path}");
        assert_eq!(&heard.body[..], b"not found\n");
    }
    assert_eq!(stage.counts("github").received, 0);
}

#[test]
fn another_method_is_a_405_that_says_which() {
    let stage = stage("github", 0, |_| ());
    for method in [Method::GET, Method::HEAD, Method::PUT, Method::DELETE, Method::OPTIONS, Method::PATCH] {
        let request = Request { method, ..stage.signed("github", Request::post("/github", "{}")) };
        let heard = from_the_head(&stage, &request);
        assert_eq!(heard.line(), ("refused", "method-not-allowed", 405));
        assert_eq!(heard.header("allow"), Some("POST"));
    }
}

#[test]
fn a_probe_is_answered_and_leaves_no_line() {
    let stage = stage("github", 0, |_| ());
    for path in ["/-/live", "/-/ready"] {
        let probe = Request { method: Method::GET, ..Request::post(path, "") };
        let heard = from_the_head(&stage, &probe);
        assert_eq!((heard.status, heard.body.len(), heard.record.is_none()), (200, 0, true));
        assert_eq!(from_the_head(&stage, &Request::post(path, "")).line(), ("refused", "unknown-path", 404));
    }
}

#[test]
fn plain_http_behind_a_trusted_proxy_is_a_403() {
    let behind = stage("github", 1, |_| ());
    let request = behind.signed("github", Request::post("/github", "{}"));
    let plain = request.clone().header("x-forwarded-proto", "http");
    assert_eq!(from_the_head(&behind, &plain).line(), ("refused", "not-https", 403));
    let lie = request.clone().header("x-forwarded-proto", "https, http");
    assert_eq!(from_the_head(&behind, &lie).line(), ("refused", "not-https", 403));
    assert_eq!(behind.ring(request.header("x-forwarded-proto", "https")).status, 200);
    // Without a proxy to trust the header is anybody's word.
    let bare = stage("github", 0, |_| ());
    assert_eq!(bare.ring(plain).status, 200);
}

#[test]
fn an_address_that_is_not_on_the_list_is_a_403() {
    let listed = |hops| stage("github", hops, |source| source.allow = vec!["192.0.2.0/24".parse().unwrap()]);
    let direct = listed(0);
    let from = |stage: &Stage, address: Option<&str>| Request {
        peer: Peer::Socket(address.map(|text| text.parse().unwrap())),
        ..stage.signed("github", Request::post("/github", "{}"))
    };
    let refused = ("refused", "address-not-allowed", 403);
    assert_eq!(from_the_head(&direct, &from(&direct, Some("203.0.113.7"))).line(), refused);
    assert_eq!(from_the_head(&direct, &from(&direct, None)).line(), refused, "unknown is not allowed");
    assert_eq!(direct.ring(from(&direct, Some("192.0.2.9"))).status, 200);

    let behind = listed(1);
    let https = |request: Request| request.header("x-forwarded-proto", "https");
    let forwarded = |chain| https(from(&behind, Some("10.0.0.1"))).header("x-forwarded-for", chain);
    assert_eq!(from_the_head(&behind, &forwarded("192.0.2.9, 203.0.113.7")).line(), refused);
    assert_eq!(behind.ring(forwarded("203.0.113.7, 192.0.2.9")).status, 200);
    // What the platform itself vouches for needs no header.
    let vouched = Request { peer: Peer::Vouched(Some("192.0.2.1".parse().unwrap())), ..forwarded("203.0.113.7") };
    assert_eq!(behind.ring(vouched).status, 200);
}

#[test]
fn more_than_the_rate_is_a_429_that_says_when() {
    let stage = stage("github", 0, |source| source.rate = Some(Limiter::new(1, Duration::from_secs(10), 2)));
    let request = stage.signed("github", Request::post("/github", "{}"));
    assert_eq!([stage.ring(request.clone()).status, stage.ring(request.clone()).status], [200, 200]);
    let heard = stage.ring(request.clone());
    assert_eq!(heard.line(), ("refused", "too-many", 429));
    assert_eq!(heard.header("retry-after"), Some("11"));
    stage.clock.advance(Duration::from_secs(10));
    assert_eq!(stage.ring(request).status, 200);
}

/// Nobody who cannot prove anything uses up the rate of those who can.
#[test]
fn what_is_not_proven_does_not_use_up_the_rate() {
    let stage = stage("github", 0, |source| source.rate = Some(Limiter::new(1, Duration::from_secs(10), 1)));
    for _ in 0..5 {
        let heard = from_the_head(&stage, &Request::post("/github", "{}"));
        assert_eq!(heard.line(), ("refused", "missing-signature", 401));
        let forged = Request { body: "{ }".into(), ..stage.signed("github", Request::post("/github", "{}")) };
        assert_eq!(stage.ring(forged).line(), ("refused", "bad-signature", 401));
    }
    assert_eq!(stage.ring(stage.signed("github", Request::post("/github", "{}"))).status, 200);
}

#[test]
fn a_body_over_the_limit_is_a_413_and_stays_unread() {
    let stage = stage("github", 0, |source| source.body_limit = 1_000);
    let exactly = stage.signed("github", Request::post("/github", long(1_000)));
    assert_eq!(limit(&stage, &exactly), 1_000);
    assert_eq!(stage.ring(exactly.clone().header("content-length", "1000")).status, 200);
    for length in ["1001", "18446744073709551615"] {
        let heard = from_the_head(&stage, &exactly.clone().header("content-length", length));
        assert_eq!(heard.line(), ("refused", "too-large", 413), "{length}");
    }
    // Without a declared length the door stops reading at the limit.
    let chunked = stage.signed("github", Request::post("/github", long(1_001)));
    assert_eq!(stage.ring(chunked).line(), ("refused", "too-large", 413));
}

#[test]
fn evidence_that_the_head_shows_to_be_wrong_is_a_401_and_the_body_stays_unread() {
    for provider in ["github", "gitlab", "shopify", "standard-webhooks", "stripe"] {
        let stage = stage(provider, 0, |_| ());
        let bare = Request::post(&format!("/{provider}"), "{}");
        let header = doorbell_core::provider::find(provider, None).unwrap().scheme.evidence_header().unwrap();
        let heard = from_the_head(&stage, &bare);
        assert_eq!(heard.line(), ("refused", "missing-signature", 401), "{provider}");
        let heard = from_the_head(&stage, &bare.clone().header(header, ""));
        assert_eq!(heard.line(), ("refused", "empty-signature", 401), "{provider}");
        let heard = from_the_head(&stage, &bare.clone().header(header, "a").header(header, "a"));
        assert_eq!(heard.line(), ("refused", "duplicate-header", 401), "{provider}");
        let heard = from_the_head(&stage, &bare.clone().header(header, "sha256=\u{e9}"));
        assert_eq!(heard.line(), ("refused", "malformed-signature", 401), "{provider}");
    }
}

/// The same for tokens: whoever has none is not read from.
#[test]
fn a_token_that_the_head_shows_to_be_wrong_is_a_401_and_the_body_stays_unread() {
    for (provider, header, prefix, dots) in
        [("google-pubsub", "authorization", "Bearer ", ".e30."), ("truelayer", "tl-signature", "", "..")]
    {
        let stage = stage(provider, 0, |_| ());
        let bare = Request::post(&format!("/{provider}"), "{}");
        let heard = from_the_head(&stage, &bare);
        assert_eq!(heard.line(), ("refused", "missing-signature", 401), "{provider}");
        // {"alg":"none"}
        let unsigned = format!("{prefix}eyJhbGciOiJub25lIn0{dots}AA");
        for (value, guard) in [(&*format!("{prefix}a.b"), "malformed-signature"), (&unsigned, "alg-not-allowed")] {
            let heard = from_the_head(&stage, &bare.clone().header(header, value));
            assert_eq!(heard.line(), ("refused", guard, 401), "{provider} {value}");
        }
    }
}

#[test]
fn a_header_that_the_provider_always_sends_is_missed_from_the_head() {
    let stage = stage("shopify", 0, |_| ());
    let heard = from_the_head(&stage, &stage.signed("shopify", Request::post("/shopify", "{}")));
    assert_eq!(heard.line(), ("refused", "missing-header", 401));
}

#[test]
fn without_evidence_only_a_small_unsigned_handshake_is_read() {
    let stage = stage("slack", 0, |_| ());
    assert_eq!(limit(&stage, &form("ssl_check=1")), 4 << 10);
    assert_eq!(limit(&stage, &stage.signed("slack", Request::post("/slack", "{}"))), 1 << 20);

    let heard = stage.ring(form("token=abc&ssl_check=1"));
    assert_eq!((heard.line(), heard.body.len()), (("answered", "", 200), 0));

    let refused = ("refused", "missing-signature", 401);
    assert_eq!(from_the_head(&stage, &form("ssl_check=1").header("content-length", "4097")).line(), refused);
    let longer = Request { body: long((4 << 10) + 1), ..form("") };
    assert_eq!(stage.ring(longer).line(), refused);
    for body in ["", "ssl_check=0", "ssl_check=", "command=/x", "{\"ssl_check\":\"1\"}"] {
        assert_eq!(stage.ring(form(body)).line(), refused, "{body}");
    }
}

#[test]
fn bad_evidence_is_never_a_handshake() {
    let stage = stage("slack", 0, |_| ());
    let lines = [
        stage.ring(form("ssl_check=1").header("x-slack-signature", "")),
        stage.ring(form("ssl_check=1").header("x-slack-signature", "v0=00")),
        stage.ring(form("ssl_check=1").header("x-slack-signature", "a").header("x-slack-signature", "a")),
        // The signed handshake, not signed.
        stage.ring(Request::post("/slack", r#"{"type":"url_verification","challenge":"abc"}"#)),
    ]
    .map(|heard| heard.line());
    let guards = ["empty-signature", "malformed-signature", "duplicate-header", "missing-signature"];
    assert_eq!(lines, guards.map(|guard| ("refused", guard, 401)));
}

#[test]
fn an_echo_is_short_and_visible_or_it_is_refused() {
    let stage = stage("slack", 0, |_| ());
    let challenge = |text: &str| {
        let body = format!(r#"{{"type":"url_verification","challenge":"{text}"}}"#);
        stage.ring(stage.signed("slack", Request::post("/slack", body)))
    };
    let heard = challenge("3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P");
    assert_eq!(heard.line(), ("answered", "", 200));
    assert_eq!(&heard.body[..], b"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P");
    assert_eq!(heard.header("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(heard.header("x-content-type-options"), Some("nosniff"));
    for text in ["", "two words", "line\\nbreak", "\\u00e9", &"a".repeat(1_025)] {
        assert_eq!(challenge(text).line(), ("refused", "bad-challenge", 400), "{text}");
    }
}

#[test]
fn a_body_that_did_not_come_as_it_should_is_refused_and_counted() {
    let stage = stage("github", 0, |_| ());
    let cut = |cut| {
        let request = stage.signed("github", Request::post("/github", "{}"));
        let admitted = admit(&stage.receiver, &request, stage.clock.now()).unwrap();
        Heard::of(stage.receiver.refuse(*admitted, cut), true).line()
    };
    assert_eq!(cut(Cut::TooLarge), ("refused", "too-large", 413));
    assert_eq!(cut(Cut::Incomplete), ("refused", "body-incomplete", 408));
    assert_eq!(cut(Cut::Undecodable), ("refused", "malformed-request", 400));
    assert_eq!(cut(Cut::Overloaded), ("failed", "overloaded", 503));
    let counts = stage.counts("github");
    assert!(counts.balanced());
    assert_eq!((counts.received, counts.refused, counts.failed), (4, 3, 1));
}

/// The reply is no oracle: whichever guard of the proof fired, the sender reads the same bytes.
#[test]
fn every_401_is_the_same_but_for_its_id() {
    let stage = unproven::stage(&Scripted::new(&[]));
    let guards = [
        "bad-credentials",
        "bad-signature",
        "duplicate-header",
        "empty-signature",
        "future-timestamp",
        "malformed-signature",
        "malformed-timestamp",
        "missing-header",
        "missing-signature",
        "missing-timestamp",
        "stale-timestamp",
        "too-many-signatures",
        "unsupported-version",
    ];
    for (guard, (name, request)) in guards.into_iter().zip(unproven::every_kind(&stage)) {
        let mut heard = stage.ring(request);
        assert_eq!((name, heard.line()), (guard, ("refused", guard, 401)));
        assert!(heard.headers.remove("x-doorbell-id").is_some());
        let mut headers: Vec<_> = heard.headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
        headers.sort();
        assert_eq!(headers, ["content-type: \"text/plain; charset=utf-8\"", "x-content-type-options: \"nosniff\""]);
        assert_eq!(&heard.body[..], b"unauthorized\n");
    }
}
