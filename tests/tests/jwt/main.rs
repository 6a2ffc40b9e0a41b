//! The primitive of signed tokens beyond one provider's: the vectors of RFC 7515, where a token may stand, what it binds,
//! what it is verified with.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests")]

mod detached;
mod rfc;

use std::time::Duration;

use conformance::door::Request;
use conformance::token::Mint;
use doorbell_core::locate::Locate;
use doorbell_core::secret::{Keyring, LiveSecret, Secret, SecretVersion};
use doorbell_core::verify::jwt::{Algorithm, Audience, BodyHash, Issuer, Life, Place, UrlClaim, UrlForm, Written};
use doorbell_core::verify::{Expected, Jwt, Scheme, Trust, verify};
use doorbell_core::{Delivery, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const NOW: Timestamp = Timestamp::from_unix_seconds(1_300_819_320);

/// Nothing but a signature and what the token says of its time.
fn plain(algorithm: Algorithm) -> Jwt {
    Jwt {
        place: Place::Header("authorization".into(), Some("Bearer")),
        algorithm,
        published: None,
        needs_key_id: false,
        issuer: Issuer::OneOf(&["joe"]),
        audience: Audience::Any,
        email: None,
        life: Life {
            skew: Duration::from_secs(60),
            needs_end: false,
            needs_start: false,
            max_age: None,
            max_lifetime: None,
        },
        needs: &[],
        endorsed: None,
        body: None,
        url: None,
    }
}

fn ring(jwt: &Jwt, secrets: &[Vec<u8>]) -> Keyring {
    let live = |bytes: &Vec<u8>| LiveSecret {
        version: SecretVersion::new("test"),
        secret: Secret::new(bytes.clone()).unwrap(),
    };
    Scheme::Jwt(jwt.clone()).keyring(secrets.iter().map(live).collect()).unwrap()
}

/// `accept`, or the guard.
fn decided(jwt: &Jwt, keys: &Keyring, request: Request, now: Timestamp) -> &'static str {
    let delivery = Delivery::new(request.head(now), request.body);
    match verify(delivery, &Scheme::Jwt(jwt.clone()), Some(keys), now) {
        Ok(verified) => {
            assert_eq!(verified.trust(), Scheme::Jwt(jwt.clone()).trust());
            "accept"
        }
        Err(refused) => refused.rejection.code(),
    }
}

fn with(token: &str) -> Request {
    Request::post("/in", "{}").header("authorization", &format!("Bearer {token}"))
}

fn set(keys: &[Value]) -> Vec<u8> {
    json!({ "keys": keys }).to_string().into_bytes()
}

#[test]
fn a_named_key_is_the_only_one_even_where_no_name_is_asked_for() {
    let jwt = plain(Algorithm::Rs256);
    let (ours, theirs) = (Mint::named("ours"), Mint::named("theirs"));
    let keys = ring(&jwt, &[set(&[theirs.jwk(), ours.jwk()])]);
    let token = |header: Value| ours.token_of(&header.to_string(), r#"{"iss":"joe"}"#);
    for (header, was) in [
        (json!({ "alg": "RS256" }), "accept"),
        (json!({ "alg": "RS256", "kid": "ours" }), "accept"),
        (json!({ "alg": "RS256", "kid": "theirs" }), "bad-signature"),
        (json!({ "alg": "RS256", "kid": "nobody" }), "unknown-key"),
    ] {
        assert_eq!(decided(&jwt, &keys, with(&token(header.clone())), NOW), was, "{header}");
    }
}

/// A token of the shared test issuer for a scheme with one key.
fn minted(claims: &Value) -> String {
    Mint::shared().token(claims)
}

fn rs256(change: impl FnOnce(&mut Jwt)) -> (Jwt, Keyring) {
    let mut jwt = plain(Algorithm::Rs256);
    change(&mut jwt);
    let keys = ring(&jwt, &[Mint::shared().jwks().into_bytes()]);
    (jwt, keys)
}

#[test]
fn a_token_stands_where_the_scheme_says() {
    let token = minted(&json!({ "iss": "joe" }));
    let at = |name: &str, value: &str| Request::post("/in", "{}").header(name, value);
    let (bare, keys) = rs256(|jwt| jwt.place = Place::Header("x-token".into(), None));
    let (jira, _) = rs256(|jwt| jwt.place = Place::Header("authorization".into(), Some("JWT")));
    let (json, _) = rs256(|jwt| jwt.place = Place::Json("/signed/payload".into()));
    let (body, _) = rs256(|jwt| jwt.place = Place::Body);
    let posted = |body: &str| Request::post("/in", body.to_owned());
    let inside = |value: &str| posted(&format!(r#"{{"signed":{{"payload":{value}}},"more":1}}"#));
    for (jwt, request, was) in [
        (&bare, at("x-token", &token), "accept"),
        (&bare, at("x-token", &format!("Bearer {token}")), "malformed-signature"),
        (&bare, at("authorization", &token), "missing-signature"),
        (&bare, at("x-token", ""), "empty-signature"),
        (&jira, at("authorization", &format!("jwt {token}")), "accept"),
        (&jira, at("authorization", &format!("Bearer {token}")), "missing-signature"),
        (&json, inside(&format!("\"{token}\"")), "accept"),
        (&json, inside("\"\""), "empty-signature"),
        (&json, inside("null"), "missing-signature"),
        (&json, inside(&format!("[\"{token}\"]")), "missing-signature"),
        (&json, posted(&token), "missing-signature"),
        (&body, posted(&token), "accept"),
        (&body, posted(&format!("{token}\n")), "malformed-signature"),
        (&body, posted(&format!("\"{token}\"")), "malformed-signature"),
        (&body, posted(""), "missing-signature"),
    ] {
        assert_eq!(decided(jwt, &keys, request.clone(), NOW), was, "{:?} {request:?}", jwt.place);
    }
    // Of a body that is a token all of it is covered; of one that holds a token, only that.
    let covers = |jwt: &Jwt| Scheme::Jwt(jwt.clone()).covers(&Locate::Json("/id".into()));
    assert_eq!([&bare, &json, &body].map(covers), [false, false, true]);
    assert_eq!(Scheme::Jwt(body).trust(), Trust::Verified);
    assert_eq!(Scheme::Jwt(json).trust(), Trust::Authenticated);
}

#[test]
fn a_claim_stands_once() {
    let (jwt, keys) = rs256(|_| {});
    let header = Mint::shared().header().to_string();
    for (claims, was) in [
        (r#"{"iss":"joe","more":{"iss":"x","iss":"y"}}"#, "accept"),
        (r#"{"iss":"joe","iss":"joe"}"#, "bad-token"),
        (r#"{"iss":"joe","\u0069ss":"jim"}"#, "bad-token"),
        (r#"{"iss":"joe","more":1,"more":1}"#, "bad-token"),
        (r#"["joe"]"#, "bad-token"),
    ] {
        let token = Mint::shared().token_of(&header, claims);
        assert_eq!(decided(&jwt, &keys, with(&token), NOW), was, "{claims}");
    }
}

#[test]
fn a_token_counts_in_its_time() {
    let at = |seconds: i64| 1_300_819_320 + seconds;
    let life = |needs_end, needs_start, max_age: Option<u64>, max_lifetime: Option<u64>| {
        rs256(|jwt| {
            let seconds = |time: Option<u64>| time.map(Duration::from_secs);
            jwt.life = Life {
                needs_end,
                needs_start,
                max_age: seconds(max_age),
                max_lifetime: seconds(max_lifetime),
                ..jwt.life
            };
        })
    };
    for ((jwt, keys), claims, was) in [
        (life(false, false, None, None), json!({}), "accept"),
        (life(false, false, None, None), json!({ "exp": at(-60) }), "accept"),
        (life(false, false, None, None), json!({ "exp": at(-61) }), "expired-token"),
        (life(false, false, None, None), json!({ "iat": at(61) }), "not-yet-valid"),
        (life(false, false, None, None), json!({ "nbf": at(61) }), "not-yet-valid"),
        (life(true, false, None, None), json!({ "iat": at(0) }), "bad-token"),
        (life(false, true, None, None), json!({ "exp": at(0) }), "bad-token"),
        (life(false, false, Some(300), None), json!({ "exp": at(60) }), "bad-token"),
        (life(false, false, Some(300), None), json!({ "iat": at(-300) }), "accept"),
        (life(false, false, Some(300), None), json!({ "iat": at(-301), "exp": at(900) }), "stale-timestamp"),
        (life(false, false, Some(300), None), json!({ "iat": at(61) }), "future-timestamp"),
        (life(false, false, None, Some(600)), json!({ "iat": at(0), "exp": at(600) }), "accept"),
        (life(false, false, None, Some(600)), json!({ "iat": at(0), "exp": at(601) }), "lifetime-too-long"),
    ] {
        let mut claims = claims;
        claims["iss"] = json!("joe");
        assert_eq!(decided(&jwt, &keys, with(&minted(&claims)), NOW), was, "{:?} {claims}", jwt.life);
    }
}

#[test]
fn what_is_asked_for_is_there() {
    let (jwt, keys) = rs256(|jwt| jwt.needs = &["jti"]);
    for (id, was) in
        [(json!("1"), "accept"), (json!(""), "bad-token"), (json!(1), "bad-token"), (Value::Null, "bad-token")]
    {
        assert_eq!(decided(&jwt, &keys, with(&minted(&json!({ "iss": "joe", "jti": id }))), NOW), was, "{id}");
    }
}

#[test]
fn a_digest_in_a_token_covers_the_body() {
    // SHA-256 of the two bytes `{}`.
    let (hex, base64) = (
        "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
        "RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=",
    );
    let url_safe = base64.replace('+', "-").replace('/', "_");
    let bare = url_safe.trim_end_matches('=');
    for (written, genuine, others) in [
        (Written::Hex, vec![hex], vec![hex.to_uppercase(), base64.to_owned(), hex[1..].to_owned()]),
        (Written::Base64, vec![base64], vec![url_safe.clone(), base64.trim_end_matches('=').to_owned()]),
        (Written::Base64Url, vec![url_safe.as_str(), bare], vec![base64.to_owned(), hex.to_owned()]),
    ] {
        let (jwt, keys) = rs256(|jwt| {
            jwt.body = Some(BodyHash { claim: "hash".into(), written, absent_if_empty: false });
        });
        let said = |hash: Value| with(&minted(&json!({ "iss": "joe", "hash": hash })));
        for hash in genuine {
            assert_eq!(decided(&jwt, &keys, said(json!(hash)), NOW), "accept", "{written:?}");
            let changed = Request { body: "{ }".into(), ..said(json!(hash)) };
            assert_eq!(decided(&jwt, &keys, changed, NOW), "bad-body-hash", "{written:?}");
        }
        for hash in others.into_iter().map(Value::from).chain([json!(""), Value::Null]) {
            assert_eq!(decided(&jwt, &keys, said(hash.clone()), NOW), "bad-body-hash", "{written:?} {hash}");
        }
        assert_eq!(decided(&jwt, &keys, said(json!([hex])), NOW), "bad-token", "{written:?}");
        assert_eq!(Scheme::Jwt(jwt).trust(), Trust::Verified);
    }
}

#[test]
fn a_url_in_a_token_is_ours() {
    let url = "https://hooks.example.com/in";
    let form = |form| {
        rs256(move |jwt| jwt.url = Some(UrlClaim { claim: "u".into(), form, url: Expected::Exactly(url.into()) }))
    };
    // SHA-256 of `https://hooks.example.com/in?a=1`.
    let digest = "becb8181a16c543d3ee4bd203401b2d60621006f10df21bba470da42639ead75";
    for (of, claimed, was) in [
        (UrlForm::Whole, "https://hooks.example.com/in?a=1", "accept"),
        (UrlForm::Whole, url, "wrong-url"),
        (UrlForm::Whole, "https://HOOKS.example.com/in?a=1", "wrong-url"),
        (UrlForm::Bare, url, "accept"),
        (UrlForm::Bare, "https://HOOKS.example.com/in/?b=2", "accept"),
        (UrlForm::Bare, "https://hooks.example.com/IN", "wrong-url"),
        (UrlForm::Bare, "http://hooks.example.com/in", "wrong-url"),
        (UrlForm::Bare, "https://hooks.example.com.evil.example/in", "wrong-url"),
        (UrlForm::Bare, "", "wrong-url"),
        (UrlForm::Sha256Hex, digest, "accept"),
        (UrlForm::Sha256Hex, url, "wrong-url"),
    ] {
        let (jwt, keys) = form(of);
        let mut request = with(&minted(&json!({ "iss": "joe", "u": claimed })));
        request.query = Some("a=1".to_owned());
        assert_eq!(decided(&jwt, &keys, request, NOW), was, "{of:?} {claimed}");
    }
}

/// npm atlassian-jwt, `createCanonicalRequest`: method, path and query, the path without a slash at its end.
#[test]
fn a_canonical_request_in_a_token_is_ours() {
    for (url, signed, was) in [
        ("https://hooks.example.com/in", "POST&/in&a=1&b=1,2", "accept"),
        ("https://hooks.example.com/in/", "POST&/in&a=1&b=1,2", "accept"),
        ("https://hooks.example.com/in/", "POST&/in/&a=1&b=1,2", "wrong-url"),
        ("https://hooks.example.com/", "POST&/&a=1&b=1,2", "accept"),
        ("https://hooks.example.com", "POST&/&a=1&b=1,2", "accept"),
        ("https://hooks.example.com/a&b", "POST&/a%26b&a=1&b=1,2", "accept"),
        ("https://hooks.example.com/in", "POST&/in&a=1&b=2,1", "wrong-url"),
        ("https://hooks.example.com/in", "GET&/in&a=1&b=1,2", "wrong-url"),
    ] {
        let form = UrlForm::CanonicalRequest;
        let (jwt, keys) = rs256(|jwt| {
            jwt.url = Some(UrlClaim { claim: "qsh".into(), form, url: Expected::Exactly(url.to_owned().into()) })
        });
        let digest: String = Sha256::digest(signed).iter().map(|byte| format!("{byte:02x}")).collect();
        let mut request = with(&minted(&json!({ "iss": "joe", "qsh": digest })));
        request.query = Some("b=2&jwt=x&a=1&b=1".to_owned());
        assert_eq!(decided(&jwt, &keys, request, NOW), was, "{url} {signed}");
    }
}

/// What is longer is not decoded: a header could hold as much as the door lets through.
#[test]
fn a_token_in_a_header_has_a_limit() {
    let (jwt, keys) = rs256(|_| {});
    let of_length = |wanted: usize| {
        let signature = minted(&json!({})).rsplit_once('.').unwrap().1.len();
        let written = |text: &str| (text.len() * 4).div_ceil(3);
        // Base64 has no text of some lengths; a blank in the header makes up for it.
        let of = |blanks: usize, filler: usize| {
            let header = format!("{}{}", Mint::shared().header(), " ".repeat(blanks));
            (header, json!({ "iss": "joe", "filler": "x".repeat(filler) }).to_string())
        };
        let mut all = (0..3).flat_map(|blanks| (wanted * 2 / 3..wanted * 3 / 4).map(move |filler| of(blanks, filler)));
        let fits = |(header, claims): &(String, String)| written(header) + written(claims) + signature + 2 == wanted;
        let (header, claims) = all.find(fits).unwrap();
        Mint::shared().token_of(&header, &claims)
    };
    assert_eq!(decided(&jwt, &keys, with(&of_length(8 << 10)), NOW), "accept");
    assert_eq!(decided(&jwt, &keys, with(&of_length((8 << 10) + 1)), NOW), "malformed-signature");
}

#[test]
fn a_template_takes_nothing() {
    let open = || Some(Expected::Configured);
    let url = || Some(UrlClaim { claim: "sub".into(), form: UrlForm::Whole, url: Expected::Configured });
    type Change = fn(&mut Jwt);
    let changes: [(&str, Change); 4] = [
        ("wrong-issuer", |jwt| jwt.issuer = Issuer::Configured),
        ("wrong-audience", |jwt| jwt.audience = Audience::Configured),
        ("wrong-audience", |jwt| jwt.audience = Audience::Url),
        ("wrong-issuer", |jwt| jwt.issuer = Issuer::OneOf(&[])),
    ];
    let token = minted(&json!({ "iss": "joe", "aud": "", "email": "", "email_verified": true, "sub": "" }));
    for (guard, change) in changes {
        let (jwt, keys) = rs256(change);
        assert_eq!(decided(&jwt, &keys, with(&token), NOW), guard);
    }
    let (jwt, keys) = rs256(|jwt| jwt.email = open());
    assert_eq!(decided(&jwt, &keys, with(&token), NOW), "wrong-email");
    let (jwt, keys) = rs256(|jwt| jwt.url = url());
    assert_eq!(decided(&jwt, &keys, with(&token), NOW), "wrong-url");
}
