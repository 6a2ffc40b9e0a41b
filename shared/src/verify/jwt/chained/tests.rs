use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};

use super::*;
use crate::delivery::{DeliveryId, Door, Peer};
use crate::provider;
use crate::verify::{Scheme, verify};

// 2026-01-01, a moment at which Apple's certificates count.
const NOW: Timestamp = Timestamp::from_unix_seconds(1_767_225_600);
/// Of Apple's own library (see `chain.rs`).
const CERTIFICATES: [&[u8]; 3] = [
    include_bytes!("../chain/apple_signer.der"),
    include_bytes!("../chain/apple_issuer.der"),
    include_bytes!("../../../provider/apple_root_ca_g3.der"),
];

fn apple() -> Chained {
    let Scheme::Chained(chained) = &provider::find("apple-app-store", Some("v2")).unwrap().scheme else {
        panic!("another")
    };
    chained.clone()
}

fn head(headers: HeaderMap) -> Head {
    let id = DeliveryId::new("t");
    let age = std::time::Duration::ZERO;
    let door = Door { id, peer: Peer::Socket(None), received_at: NOW, remaining: None, age };
    Head { method: Method::POST, path: "/".into(), query: None, headers, door }
}

/// A token under these certificates that nobody signed.
fn unsigned(algorithm: &str) -> String {
    let header = json!({ "alg": algorithm, "x5c": CERTIFICATES.map(|der| STANDARD.encode(der)) });
    let claims = json!({ "signedDate": NOW.as_unix_micros() / 1_000 });
    let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
    format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode([1; 64]))
}

/// Whoever names no root takes what the sender's real certificates sign: a chain that leads to it gets as far as the signature.
#[test]
fn without_a_secret_the_root_of_the_table_counts() {
    let scheme = Scheme::Chained(apple());
    let keys = scheme.keyring(Vec::new()).unwrap();
    let body = json!({ "signedPayload": unsigned("ES256") }).to_string();
    let delivery = |body: String| Delivery::new(head(HeaderMap::new()), Bytes::from(body));
    let refused = verify(delivery(body.clone()), &scheme, Some(&keys), NOW).unwrap_err();
    assert_eq!(refused.rejection, Rejection::BadSignature);
    let none = Keyring { keys: Vec::new(), marks: Vec::new() };
    let refused = verify(delivery(body), &scheme, Some(&none), NOW).unwrap_err();
    assert_eq!(refused.rejection, Rejection::UntrustedCertificate);
}

/// No body is read for a token that its head already shows to be none.
#[test]
fn a_token_in_a_header_is_judged_by_its_head() {
    let scheme = Scheme::Chained(Chained { place: Place::Header("x-token".into(), None), ..apple() });
    let with =
        |value: &str| HeaderMap::from_iter([("x-token".parse().unwrap(), HeaderValue::from_str(value).unwrap())]);
    for (headers, was) in [
        (HeaderMap::new(), Err(Rejection::MissingSignature)),
        (with(""), Err(Rejection::EmptySignature)),
        (with("a.b"), Err(Rejection::MalformedSignature)),
        (with(&unsigned("none")), Err(Rejection::AlgNotAllowed)),
        (with(&unsigned("ES256")), Ok(())),
    ] {
        assert_eq!(scheme.admit(&head(headers)), was);
    }
    assert_eq!(Scheme::Chained(apple()).admit(&head(HeaderMap::new())), Ok(()), "it stands in the body");
}

/// One root signs for all customers of the sender: what the config has to say and does not is nobody's.
#[test]
fn only_what_need_not_be_said_may_be_left_open() {
    let said = |required, expected| {
        let bound = Bound { value: "bundle_id", said: &[Said::At("/data/bundleId")], required, expected };
        bound.check(br#"{"data":{"bundleId":"com.example.app"}}"#)
    };
    let exactly = |text: &'static str| Expected::Exactly(text.into());
    assert_eq!(said(true, Expected::Configured), Err(Rejection::WrongAudience));
    assert_eq!(said(false, Expected::Configured), Ok(()));
    for required in [true, false] {
        assert_eq!(said(required, exactly("com.example.app")), Ok(()), "{required}");
        assert_eq!(said(required, exactly("com.example.another")), Err(Rejection::WrongAudience), "{required}");
    }
}
