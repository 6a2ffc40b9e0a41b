//! A detached signature (RFC 7515, appendix F) over a body as it is (RFC 7797).

use conformance::door::Request;
use conformance::source::keyring;
use conformance::stage::provider;
use conformance::token::Mint;
use doorbell_core::verify::jwt::{Algorithm, Payload, Published};
use doorbell_core::verify::{Detached, Scheme, verify};
use doorbell_core::{Delivery, Timestamp};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp::from_unix_seconds(1_790_000_000);
const KEYS: &str = "https://keys.example/jwks";

fn scheme(critical: bool) -> Scheme {
    Scheme::Detached(Detached {
        header: "x-jws".into(),
        algorithm: Algorithm::Rs256,
        published: Some(Published::At(KEYS.into())),
        needs_key_id: false,
        payload: Payload::Unencoded { critical },
        time: None,
    })
}

/// The protected header, the body and the signature of a genuine one. What a token signs after its dot is text of base64, so
/// that is the body.
fn signed(header: &str) -> [String; 3] {
    let token = Mint::shared().token_of(header, "{}");
    token.split('.').map(str::to_owned).collect::<Vec<_>>().try_into().unwrap()
}

fn decided(critical: bool, value: &str, body: &str) -> &'static str {
    let scheme = scheme(critical);
    let keys = keyring(&scheme, &[Mint::shared().jwks()]).unwrap();
    let request = Request::post("/in", body.to_owned()).header("x-jws", value);
    let delivery = Delivery::new(request.head(NOW), request.body);
    verify(delivery, &scheme, Some(&keys), NOW).map_or_else(|refused| refused.rejection.code(), |_| "accept")
}

/// RFC 7515, 4.1.11: what is critical and not understood changes what the signature means.
#[test]
fn what_is_critical_is_understood_or_refused() {
    let with = |more: Value| {
        let mut header = json!({ "alg": "RS256", "b64": false });
        more.as_object().unwrap().iter().for_each(|(name, value)| header[name] = value.clone());
        header.to_string()
    };
    for (header, strict, lax) in [
        (with(json!({ "crit": ["b64"] })), "accept", "accept"),
        (with(json!({})), "critical-header", "accept"),
        (with(json!({ "crit": ["exp"] })), "critical-header", "critical-header"),
        (with(json!({ "crit": ["b64", "exp"] })), "critical-header", "critical-header"),
        (with(json!({ "crit": [] })), "critical-header", "critical-header"),
        (with(json!({ "crit": "b64" })), "critical-header", "critical-header"),
        (with(json!({ "crit": ["b64"], "b64": true })), "unsupported-version", "unsupported-version"),
        (with(json!({ "crit": ["b64"], "alg": "HS256" })), "alg-not-allowed", "alg-not-allowed"),
        (with(json!({ "crit": ["b64"], "jku": KEYS })), "accept", "accept"),
        (with(json!({ "crit": ["b64"], "jku": "https://evil.example" })), "untrusted-url", "untrusted-url"),
        (with(json!({ "crit": ["b64"], "kid": "nobody" })), "unknown-key", "unknown-key"),
    ] {
        let [protected, body, signature] = signed(&header);
        let value = format!("{protected}..{signature}");
        assert_eq!([decided(true, &value, &body), decided(false, &value, &body)], [strict, lax], "{header}");
    }
}

#[test]
fn a_detached_signature_is_two_parts_of_a_limited_length() {
    let plain = json!({ "alg": "RS256", "b64": false }).to_string();
    let [protected, body, signature] = signed(&plain);
    for value in [
        format!("{protected}.{body}.{signature}"),
        format!("{protected}.a..{signature}"),
        format!("{protected}..{signature}.a"),
        format!("{protected}...{signature}"),
        format!("{protected}..{signature}="),
        format!("{protected}.."),
        format!("..{signature}"),
    ] {
        assert_eq!(decided(false, &value, &body), "malformed-signature", "{value}");
    }
    assert_eq!(decided(false, &format!("{protected}..{signature}"), "another"), "bad-signature");
    // 8 KiB, less the dots and the signature, are so many bytes before they are base64.
    let most = ((8 << 10) - 2 - signature.len()) / 4 * 3;
    for (bytes, was) in [(most, "accept"), (most + 1, "malformed-signature")] {
        let [protected, body, signature] = signed(&format!("{plain}{}", " ".repeat(bytes - plain.len())));
        assert_eq!(decided(false, &format!("{protected}..{signature}"), &body), was, "{bytes}");
    }
}

/// TrueLayer's: the signature names the headers that it covers, each once and so many at most.
#[test]
fn a_signature_names_no_more_headers_than_any_sender_signs() {
    let Scheme::Detached(plain) = scheme(false) else { panic!("another scheme") };
    let scheme = Scheme::Detached(Detached { payload: Payload::Request("x-time"), ..plain });
    let keys = keyring(&scheme, &[Mint::shared().jwks()]).unwrap();
    let with = |names: &[String]| {
        let header = json!({ "alg": "RS256", "tl_version": "2", "tl_headers": names.join(",") }).to_string();
        let mut request = Request::post("/in", "{}");
        let mut signed = "POST /in\n".to_owned();
        for name in names {
            request.headers.insert(http::HeaderName::from_bytes(name.as_bytes()).unwrap(), "1".parse().unwrap());
            signed.push_str(&format!("{name}: 1\n"));
        }
        let token = Mint::shared().token_of(&header, &format!("{signed}{{}}"));
        let parts: Vec<&str> = token.split('.').collect();
        let request = request.header("x-jws", &format!("{}..{}", parts[0], parts[2]));
        let delivery = Delivery::new(request.head(NOW), request.body);
        verify(delivery, &scheme, Some(&keys), NOW).map_or_else(|refused| refused.rejection.code(), |_| "accept")
    };
    let names: Vec<String> = (0..33).map(|number| format!("x-{number}")).collect();
    assert_eq!(with(&names[..0]), "accept");
    assert_eq!(with(&names[..32]), "accept");
    assert_eq!(with(&names), "malformed-signature");
    assert_eq!(with(&[names[0].clone(), names[0].to_uppercase()]), "malformed-signature");
}

#[test]
fn where_keys_are_published_is_known() {
    for name in ["truelayer", "saleor", "constant-contact"] {
        assert_eq!(provider(name).scheme.key_source().is_some(), provider(name).scheme.publishes_keys(), "{name}");
    }
    assert!(scheme(false).key_source().is_some());
}
