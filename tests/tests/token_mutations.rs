//! Every accepted case of a provider that signs with a token, with one bit changed: refused.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use conformance::case::{self, Case};
use conformance::door::Request;
use doorbell_core::verify::jwt::Place;
use doorbell_core::verify::{Jwt, Scheme, Trust};
use http::{HeaderName, HeaderValue};

/// The accepted cases of providers whose tokens stand in a header.
fn accepted() -> impl Iterator<Item = (Case, &'static Jwt, HeaderName)> {
    let cases = case::ours().into_iter().flat_map(|file| file.cases);
    cases.filter_map(|case| {
        let Scheme::Jwt(jwt) = &case.provider()?.scheme else { return None };
        let Place::Header(name, _) = &jwt.place else { return None };
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        (case.play(case.request()).heard.outcome() == "handed-off").then_some((case, jwt, name))
    })
}

#[test]
fn any_changed_bit_of_a_providers_token_is_refused() {
    let mut count = 0;
    for (case, _, name) in accepted() {
        let (bench, genuine) = (case.bench(), case.request());
        let value = genuine.headers[&name].to_str().unwrap();
        let start = value.find("ey").unwrap();
        for place in start..value.len() {
            let mut changed = value.as_bytes().to_vec();
            changed[place] ^= 1 << (place % 7);
            // What HTTP cannot carry never gets here.
            if !changed[place].is_ascii_graphic() {
                continue;
            }
            let mut request = genuine.clone();
            request.headers.insert(&name, HeaderValue::from_bytes(&changed).unwrap());
            let played = bench.play(request);
            let (outcome, guard, status) = played.heard.line();
            assert_eq!((outcome, status), ("refused", 401), "{}: byte {place}: {guard}", case.name);
            assert!(played.taken.is_none());
            count += 1;
        }
    }
    assert!(count > 5_000, "{count}");
}

#[test]
fn any_changed_bit_of_a_covered_body_is_refused() {
    let mut count = 0;
    for (case, jwt, _) in accepted().filter(|(_, jwt, _)| jwt.body.is_some()) {
        let (bench, genuine) = (case.bench(), case.request());
        for place in 0..genuine.body.len() {
            let mut body = genuine.body.to_vec();
            body[place] ^= 1 << (place % 8);
            let played = bench.play(Request { body: body.into(), ..genuine.clone() });
            assert_eq!(played.heard.line(), ("refused", "bad-body-hash", 401), "{}: byte {place}", case.name);
            count += 1;
        }
        let longer = Request { body: [&genuine.body[..], b"\n"].concat().into(), ..genuine };
        assert_eq!(bench.play(longer).heard.line(), ("refused", "bad-body-hash", 401), "{}", case.name);
        assert_eq!(Scheme::Jwt(jwt.clone()).trust(), Trust::Verified);
    }
    assert!(count > 1_000, "{count}");
}
