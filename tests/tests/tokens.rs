//! Signed tokens: one broken thing a case, and the guard that must fire. Everything else about each token is genuine, its
//! signature included.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests")]

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use conformance::case::{Bench, Played};
use conformance::destination::Scripted;
use conformance::door::Request;
use conformance::source::{keyring, scheme_of, source};
use conformance::stage::provider;
use conformance::token::{AUDIENCE, Mint, claims};
use doorbell_core::verify::{Scheme, Trust, verify};
use doorbell_core::{Delivery, Rejection, Timestamp};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp::from_unix_seconds(1_790_000_000);
const PUSH: &str = r#"{"message":{"data":"e30=","messageId":"1"},"subscription":"projects/p/subscriptions/s"}"#;

fn scheme() -> &'static Scheme {
    &provider("google-pubsub").scheme
}

/// A source that takes tokens of the keys in these documents.
fn bench_of(documents: &[String]) -> Bench {
    let kept = Scripted::new(&[]);
    let keys = keyring(scheme(), documents).unwrap();
    Bench::new(source(provider("google-pubsub"), "/in", Some(keys), vec![kept.target("kept")]), kept, NOW)
}

fn bench() -> &'static Bench {
    static BENCH: OnceLock<Bench> = OnceLock::new();
    BENCH.get_or_init(|| bench_of(&[Mint::shared().jwks()]))
}

fn with(authorization: &str) -> Request {
    Request::post("/in", PUSH).header("authorization", authorization)
}

fn play(token: &str) -> Played {
    bench().play(with(&format!("Bearer {token}")))
}

#[track_caller]
fn taken(played: &Played) {
    assert_eq!(played.heard.line(), ("handed-off", "", 200));
}

#[track_caller]
fn refused(played: &Played, guard: &str) {
    assert_eq!(played.heard.line(), ("refused", guard, 401));
    assert!(played.taken.is_none());
}

/// The genuine claims with some replaced; `null` takes one away.
fn changed(changes: &Value) -> Value {
    let mut claims = claims(NOW);
    let all = claims.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            all.remove(name)
        } else {
            all.insert(name.clone(), value.clone())
        };
    }
    claims
}

fn claiming(changes: &Value) -> Played {
    play(&Mint::shared().token(&changed(changes)))
}

/// A well signed token with that text for a header.
fn headed(header: &str) -> Played {
    play(&Mint::shared().token_of(header, &claims(NOW).to_string()))
}

#[test]
fn a_genuine_token_says_who_and_not_what() {
    let played = claiming(&json!({}));
    taken(&played);
    let kept = played.taken.unwrap();
    assert_eq!((kept.trust, kept.secret_version.as_deref()), (Trust::Authenticated, Some("0")));
}

#[test]
fn the_token_stands_once_after_its_scheme() {
    let token = Mint::shared().token(&claims(NOW));
    taken(&bench().play(with(&format!("bEARER {token}"))));
    refused(&bench().play(Request::post("/in", PUSH)), "missing-signature");
    for other in ["Basic dXNlcjpwYXNz".to_owned(), token.clone(), format!("Bearer{token}"), format!("Bearer\t{token}")]
    {
        refused(&bench().play(with(&other)), "missing-signature");
    }
    for nothing in ["", "Bearer"] {
        refused(&bench().play(with(nothing)), "empty-signature");
    }
    let twice = with(&format!("Bearer {token}")).header("authorization", &format!("Bearer {token}"));
    refused(&bench().play(twice), "duplicate-header");
}

/// A destination that signs anew leaves it out, too.
#[test]
fn the_header_of_the_token_is_known() {
    let scheme = scheme_of(provider("google-pubsub"));
    let keys = keyring(&scheme, &[Mint::shared().jwks()]).unwrap();
    let request = with(&format!("Bearer {}", Mint::shared().token(&claims(NOW))));
    let verified = verify(Delivery::new(request.head(NOW), request.body), &scheme, Some(&keys), NOW).unwrap();
    assert_eq!(verified.evidence_headers().collect::<Vec<_>>(), ["authorization"]);
}

#[test]
fn a_token_has_one_form() {
    let token = Mint::shared().token(&claims(NOW));
    let [header, claims, signature]: [&str; 3] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
    for text in [
        format!(" {token}"),
        format!("{header}.{claims}"),
        format!("{header}.{claims}."),
        format!("{header}..{signature}"),
        format!(".{claims}.{signature}"),
        format!("{token}.{signature}"),
        format!("{header}.{claims}.{signature}="),
        format!("{header}.{claims}.{signature}!"),
        format!("{header}.{claims} .{signature}"),
        format!("{header}=.{claims}.{signature}"),
        "abc".to_owned(),
        "..".to_owned(),
    ] {
        refused(&play(&text), "malformed-signature");
    }
    // 256 bytes leave four bits over in the last digit; only zeros are the one spelling.
    let (start, last) = signature.split_at(signature.len() - 1);
    assert!("AQgw".contains(last));
    let stray = (last.as_bytes()[0] + 1) as char;
    refused(&play(&format!("{header}.{claims}.{start}{stray}")), "malformed-signature");
}

#[test]
fn a_token_that_no_issuer_makes_is_not_decoded() {
    let padded = |length: usize| Mint::shared().token(&changed(&json!({ "pad": "x".repeat(length) })));
    taken(&play(&padded(5_000)));
    assert!(padded(6_000).len() > 8 << 10);
    refused(&play(&padded(6_000)), "malformed-signature");
}

#[test]
fn the_sender_never_chooses_the_algorithm() {
    let id = &Mint::shared().key_id;
    for algorithm in ["none", "None", "HS256", "RS384", "RS512", "PS256", "ES256", "rs256", ""] {
        refused(&headed(&json!({ "alg": algorithm, "kid": id }).to_string()), "alg-not-allowed");
    }
    let unsigned =
        |header: &str, claims: &str| format!("{}.{}.", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let none = json!({ "alg": "none", "kid": id }).to_string();
    refused(&play(&unsigned(&none, &claims(NOW).to_string())), "alg-not-allowed");
    let twice = format!(r#"{{"alg":"none","alg":"RS256","kid":"{id}"}}"#);
    for header in [json!({ "kid": id }).to_string(), json!({ "alg": 7, "kid": id }).to_string(), twice, "[]".to_owned()]
    {
        refused(&headed(&header), "malformed-signature");
    }
}

#[test]
fn extensions_that_must_be_understood_are_not() {
    let id = &Mint::shared().key_id;
    for critical in [json!(["b64"]), json!([]), json!(["exp"]), Value::Null, json!(false)] {
        refused(&headed(&json!({ "alg": "RS256", "kid": id, "crit": critical }).to_string()), "critical-header");
    }
    // Keys that a token brings along are nobody's.
    let own = json!({ "alg": "RS256", "kid": id, "jwk": Mint::shared().jwk(), "jku": "https://evil.example/keys" });
    taken(&headed(&own.to_string()));
}

#[test]
fn a_token_names_its_key() {
    for header in
        [json!({ "alg": "RS256" }), json!({ "alg": "RS256", "kid": "" }), json!({ "alg": "RS256", "kid": null })]
    {
        refused(&headed(&header.to_string()), "missing-key-id");
    }
    for id in ["key-2", "KEY-1", "key-1 ", "../key-1"] {
        refused(&headed(&json!({ "alg": "RS256", "kid": id }).to_string()), "unknown-key");
    }
}

#[test]
fn another_key_under_the_same_name_signs_nothing() {
    let (ours, theirs) = (Mint::shared(), Mint::new());
    refused(&play(&theirs.token(&claims(NOW))), "bad-signature");
    // A document with both, or two documents with one each: whichever signed counts.
    let both = json!({ "keys": [theirs.jwk(), ours.jwk()] }).to_string();
    for documents in [vec![both], vec![theirs.jwks(), ours.jwks()]] {
        let bench = bench_of(&documents);
        for mint in [ours, &theirs] {
            taken(&bench.play(with(&format!("Bearer {}", mint.token(&claims(NOW))))));
        }
    }
    // A few of them; the fifth is not tried any more.
    let all: Vec<Value> = std::iter::repeat_n(theirs.jwk(), 4).chain([ours.jwk()]).collect();
    let bench = bench_of(&[json!({ "keys": all }).to_string()]);
    refused(&bench.play(with(&format!("Bearer {}", ours.token(&claims(NOW))))), "bad-signature");
}

#[test]
fn the_issuer_is_one_of_the_list() {
    taken(&claiming(&json!({ "iss": "accounts.google.com" })));
    for issuer in [
        json!("https://accounts.google.com/"),
        json!("http://accounts.google.com"),
        json!("https://accounts.google.com.evil.example"),
        json!("HTTPS://accounts.google.com"),
        json!(""),
        Value::Null,
    ] {
        refused(&claiming(&json!({ "iss": issuer })), "wrong-issuer");
    }
}

#[test]
fn the_token_is_for_us() {
    taken(&claiming(&json!({ "aud": [AUDIENCE] })));
    taken(&claiming(&json!({ "aud": ["https://other.example", AUDIENCE] })));
    for audience in [
        json!("https://other.example"),
        json!(format!("{AUDIENCE}/")),
        json!(AUDIENCE.to_uppercase()),
        json!([]),
        json!(["https://other.example"]),
        json!(""),
        Value::Null,
    ] {
        refused(&claiming(&json!({ "aud": audience })), "wrong-audience");
    }
}

#[test]
fn the_token_is_of_the_account_and_the_issuer_vouches_for_it() {
    for email in [json!("other@my-project.iam.gserviceaccount.com"), json!(""), Value::Null] {
        refused(&claiming(&json!({ "email": email })), "wrong-email");
    }
    for verified in [json!(false), Value::Null] {
        refused(&claiming(&json!({ "email_verified": verified })), "email-not-verified");
    }
}

#[test]
fn a_template_takes_nothing() {
    let keys = keyring(scheme(), &[Mint::shared().jwks()]).unwrap();
    let request = with(&format!("Bearer {}", Mint::shared().token(&claims(NOW))));
    let delivery = Delivery::new(request.head(NOW), request.body);
    let refused = verify(delivery, scheme(), Some(&keys), NOW).unwrap_err();
    assert_eq!(refused.rejection, Rejection::WrongAudience);
}

#[test]
fn both_ends_of_a_token_count_with_five_minutes_either_way() {
    let at = |from: i64, to: i64| claiming(&json!({ "iat": 1_790_000_000 + from, "exp": 1_790_000_000 + to }));
    for (from, to) in [(-3_900, -300), (300, 3_600), (-86_000, 400), (0, 86_400)] {
        taken(&at(from, to));
    }
    refused(&at(-3_901, -301), "expired-token");
    refused(&at(301, 3_600), "not-yet-valid");
    refused(&at(-60, 86_341), "lifetime-too-long");
    let not_before = |seconds: i64| claiming(&json!({ "nbf": 1_790_000_000 + seconds }));
    taken(&not_before(300));
    taken(&not_before(-1_000));
    refused(&not_before(301), "not-yet-valid");
    // The ends of the number line are dull.
    let (first, last) = (i64::MIN, i64::MAX);
    refused(&claiming(&json!({ "iat": last })), "not-yet-valid");
    refused(&claiming(&json!({ "exp": first })), "expired-token");
    refused(&claiming(&json!({ "iat": first, "exp": last })), "lifetime-too-long");
}

#[test]
fn claims_that_cannot_be_read_are_none() {
    for changes in [
        json!({ "exp": null }),
        json!({ "iat": null }),
        json!({ "exp": "1790003540" }),
        json!({ "iat": 1_789_999_940.5 }),
        json!({ "nbf": "now" }),
        json!({ "exp": u64::MAX }),
        json!({ "email_verified": "true" }),
        json!({ "email_verified": 1 }),
        json!({ "aud": 7 }),
        json!({ "iss": ["https://accounts.google.com"] }),
    ] {
        refused(&claiming(&changes), "bad-token");
    }
    let header = Mint::shared().header().to_string();
    let genuine = claims(NOW).to_string();
    let twice = genuine.replacen('{', r#"{"email":"other@evil.example","#, 1);
    for text in ["[]", "null", "{", &twice, &format!("{genuine} x")] {
        refused(&play(&Mint::shared().token_of(&header, text)), "bad-token");
    }
}

#[test]
fn any_changed_bit_of_a_token_is_refused() {
    let genuine = Mint::shared().token(&claims(NOW));
    let guards = ["alg-not-allowed", "bad-signature", "malformed-signature", "missing-key-id", "unknown-key"];
    let mut count = 0;
    for place in 0..genuine.len() {
        for bit in 0..7 {
            let mut changed = genuine.clone().into_bytes();
            changed[place] ^= 1 << bit;
            // What HTTP cannot carry never gets here.
            let Some(changed) =
                String::from_utf8(changed).ok().filter(|text| text.bytes().all(|b| (32..127).contains(&b)))
            else {
                continue;
            };
            let played = play(&changed);
            let (outcome, guard, status) = played.heard.line();
            assert!(
                (outcome, status) == ("refused", 401) && guards.contains(&guard),
                "{place}.{bit}: {outcome} {guard}"
            );
            count += 1;
        }
    }
    assert!(count > genuine.len());
    println!("{count} changed tokens");
}

#[test]
fn a_ring_of_public_keys_has_one_that_signs() {
    let jwk = |changes: Value| {
        let mut jwk = Mint::shared().jwk();
        for (name, value) in changes.as_object().unwrap() {
            jwk[name] = value.clone();
        }
        json!({ "keys": [jwk] }).to_string()
    };
    let zeros = URL_SAFE_NO_PAD.encode([[0].as_slice(), &URL_SAFE_NO_PAD.decode(modulus()).unwrap()].concat());
    for fits in [jwk(json!({})), jwk(json!({ "use": null, "alg": null })), jwk(json!({ "n": zeros, "x5c": ["?"] }))] {
        assert!(keyring(scheme(), &[&fits]).is_ok(), "{fits}");
    }
    let number = |bytes: usize| URL_SAFE_NO_PAD.encode(vec![255; bytes]);
    let half = URL_SAFE_NO_PAD.encode([[127].as_slice(), &[255; 255]].concat());
    for useless in [
        "whsec_abc".to_owned(),
        "{}".to_owned(),
        r#"{"keys":[]}"#.to_owned(),
        Mint::shared().jwk().to_string(),
        jwk(json!({ "kty": "EC" })),
        jwk(json!({ "use": "enc" })),
        jwk(json!({ "alg": "RS512" })),
        jwk(json!({ "kid": "" })),
        jwk(json!({ "kid": null })),
        jwk(json!({ "n": null })),
        jwk(json!({ "n": "not base64url" })),
        jwk(json!({ "n": number(128) })),
        jwk(json!({ "n": half })),
        jwk(json!({ "n": number(1025) })),
        jwk(json!({ "e": "" })),
        jwk(json!({ "e": "AQ" })),
    ] {
        let wrong = keyring(scheme(), &[&useless]).err().unwrap_or_else(|| panic!("{useless}"));
        assert!(wrong.expected.contains("JWKS"), "{useless}");
    }
    // Others beside ours are passed over; a short one of our kind is not left out in silence.
    let keys = |other: Value| json!({ "keys": [other, Mint::shared().jwk()] }).to_string();
    assert!(keyring(scheme(), &[keys(json!({ "kty": "EC", "crv": "P-256" }))]).is_ok());
    assert!(keyring(scheme(), &[keys(json!({ "kty": "RSA", "kid": "old", "n": number(128), "e": "AQAB" }))]).is_err());
}

fn modulus() -> String {
    Mint::shared().jwk()["n"].as_str().unwrap().to_owned()
}

#[test]
fn fresher_keys_mend_what_a_rotation_breaks() {
    let mended: Vec<&str> =
        Rejection::ALL.iter().filter(|guard| guard.fresher_keys_may_mend()).map(|guard| guard.code()).collect();
    assert_eq!(mended, ["bad-credentials", "bad-signature", "unendorsed-key", "unknown-key"]);
}
