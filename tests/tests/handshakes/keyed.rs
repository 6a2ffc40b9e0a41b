//! Answers that are made with the key. They are signatures for the asking, so none of a delivery's may be among them.

use std::borrow::Cow::Borrowed;

use doorbell_core::keys::Keys;
use doorbell_core::provider::handshakes;
use doorbell_core::verify::{Encoding, Hash, Mac, Part, Scheme};

use super::{agreed, body_signed, get, json, mac, post, proven, refused, stage, stage_of, text};

const UUID: &str = "890e4665-4dfe-4ab1-b689-ed553bceeed0";

/// What each of these answers was computed with another implementation (Python's `hmac` and `hashlib`).
#[test]
fn a_keyed_answer_is_the_one_that_the_provider_computes() {
    let scheme = body_signed();
    json(
        &stage(handshakes::X_TWITTER).ring(get("crc_token=9b4507b3-9040-4669-9ca3-6b94edb50553")),
        r#"{"response_token":"sha256=u6k70AlZH7ZmCZBze84363RxAZESBjV4CyctixW1lCc="}"#,
    );
    json(
        &stage(handshakes::LINKEDIN).ring(get(&format!("challengeCode={UUID}"))),
        &format!(
            r#"{{"challengeCode":"{UUID}","challengeResponse":"0956a62705aae291baa792e09b842bbaedfe104377032d66ea262377327436a9"}}"#
        ),
    );
    let zoom = stage(handshakes::ZOOM);
    let validation = post(r#"{"event":"endpoint.url_validation","payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"}}"#);
    refused(&zoom.ring(validation.clone()), "missing-signature", 401);
    json(
        &zoom.ring(proven(&scheme, validation, &zoom)),
        r#"{"plainToken":"qgg8vlvZRS6UYooatFL8Aw","encryptedToken":"0a080b26ab943f62d334ca9a0c0635fc7791703390bea33a4e4251009bf27ef0"}"#,
    );
    let with = |asked| {
        let Scheme::Mac(mac) = body_signed() else { unreachable!() };
        stage_of(Scheme::Mac(Mac { hash: Hash::Sha1, ..mac }), asked, |source| {
            source.agreed = agreed(&[("public_key", "integration_public_key")]);
        })
    };
    text(
        &with(handshakes::BRAINTREE).ring(get("bt_challenge=20f9f8ed05f77439fe955c977e4c8a53")),
        "integration_public_key|60e536401ccc18dc81332a1cf36c3eb74bf9ab2f",
    );
    json(
        &with(handshakes::EBAY).ring(get("challenge_code=a8628072-3d33-45ee-9004-bee86830a22d")),
        r#"{"challengeResponse":"dd574f7d09a487d154644ba131b2dc257e2bf966834f761b62b3e376a538b398"}"#,
    );
}

#[test]
fn a_key_that_is_not_there_signs_nothing() {
    let stage = stage_of(body_signed(), handshakes::X_TWITTER, |source| {
        source.keys = Keys::fixed(None);
    });
    assert_eq!(stage.ring(get("crc_token=abc")).line(), ("failed", "secrets-missing", 503));
}

/// Whatever in an answer is as long as a digest.
fn digests(answer: &str) -> Vec<String> {
    let words = answer.split(|c: char| !c.is_ascii_alphanumeric() && !"+/=".contains(c));
    words.filter(|word| word.len() >= 40).map(|word| word.trim_start_matches("sha256=").to_owned()).collect()
}

/// A keyed answer is a signature for the asking. None of a delivery's may come of it, whatever is asked.
#[test]
fn no_answer_signs_a_delivery() {
    const ZOOM: &[Part] =
        &[Part::Literal(Borrowed("v0:")), Part::Header(Borrowed("x-time")), Part::Literal(Borrowed(":")), Part::Body];
    const LINKEDIN: &[Part] = &[Part::Literal(Borrowed("hmacsha256=")), Part::Body];
    let bodies = [
        "{}",
        r#"{"forged":1}"#,
        "abc",
        "1",
        UUID,
        "a=b",
        "20f9f8ed05f77439fe955c977e4c8a53",
        "v0:1790000000:{}",
        "bt_payload=20f9f8ed05f77439fe955c977e4c8a53",
        "20f9f8ed05f77439fe955c977e4c8a53\n",
        "[1]",
        "a.b~c_d-e/f+g",
    ];
    let forms = |body: &str| {
        [body.to_owned(), format!("hmacsha256={body}"), format!("v0:1790000000:{body}"), body.trim_end().to_owned()]
    };
    for (asked, scheme, parameter) in [
        (handshakes::X_TWITTER, mac(Encoding::Base64, &[Part::Body]), "crc_token"),
        (handshakes::LINKEDIN, mac(Encoding::Hex, LINKEDIN), "challengeCode"),
        (handshakes::ZOOM, mac(Encoding::Hex, ZOOM), ""),
        (handshakes::BRAINTREE, mac(Encoding::Hex, &[Part::Body]), "bt_challenge"),
        (handshakes::EBAY, mac(Encoding::Hex, &[Part::Body]), "challenge_code"),
    ] {
        let stage = stage_of(scheme.clone(), asked, |source| source.agreed = agreed(&[("public_key", "pk")]));
        // A genuine event is one all the same.
        let genuine = proven(&scheme, post(r#"{"event":"e"}"#).header("x-time", "1790000000"), &stage);
        assert_eq!(stage.ring(genuine).outcome(), "handed-off", "{parameter}");
        let mut answers = 0;
        for body in bodies {
            for challenge in forms(body) {
                let request = if parameter.is_empty() {
                    let token = serde_json::Value::from(challenge.as_str());
                    let asks = format!(r#"{{"event":"endpoint.url_validation","payload":{{"plainToken":{token}}}}}"#);
                    proven(&scheme, post(&asks).header("x-time", "1790000000"), &stage)
                } else {
                    let encoded: String = challenge.bytes().map(|byte| format!("%{byte:02X}")).collect();
                    get(&format!("{parameter}={encoded}"))
                };
                let heard = stage.ring(request);
                if heard.outcome() != "answered" {
                    refused(&heard, "bad-challenge", 400);
                    continue;
                }
                answers += 1;
                let answer = String::from_utf8(heard.body.to_vec()).unwrap();
                for tag in digests(&answer) {
                    for forged in bodies.iter().copied().chain([challenge.as_str()]) {
                        let request = post(forged).header("x-signature", &tag).header("x-time", "1790000000");
                        let heard = stage.ring(request);
                        assert_eq!(heard.outcome(), "refused", "{answer} signs {forged}");
                    }
                }
            }
        }
        assert!(answers > 0, "{parameter}: nothing was answered, so nothing was shown");
    }
}

/// LinkedIn's events are signed over this literal and the body.
#[test]
fn the_message_of_an_event_is_no_challenge() {
    let stage = stage(handshakes::LINKEDIN);
    for code in ["hmacsha256=%7B%22forged%22%3A1%7D", "hmacsha256=%7B%7D", "890E4665-4DFE-4AB1-B689-ED553BCEEED0", "a"]
    {
        refused(&stage.ring(get(&format!("challengeCode={code}"))), "bad-challenge", 400);
    }
    let zoom = self::stage(handshakes::ZOOM);
    let validation = r#"{"event":"endpoint.url_validation","payload":{"plainToken":"v0:1790000000:{}"}}"#;
    refused(&zoom.ring(proven(&body_signed(), post(validation), &zoom)), "bad-challenge", 400);
}

#[test]
fn a_signed_body_that_a_challenge_could_be_is_no_event() {
    let scheme = mac(Encoding::Base64, &[Part::Body]);
    let stage = stage_of(scheme.clone(), handshakes::X_TWITTER, |_| ());
    refused(&stage.ring(proven(&scheme, post("abc"), &stage)), "looks-like-challenge", 401);
    assert_eq!(stage.ring(proven(&scheme, post(r#"{"url":"a?b=c&d=e"}"#), &stage)).outcome(), "handed-off");
    let stage = stage_of(scheme.clone(), handshakes::BRAINTREE, |source| source.agreed = agreed(&[]));
    let forged = post("bt_signature=pk%7C0&bt_payload=20f9f8ed05f77439fe955c977e4c8a53");
    refused(&stage.ring(proven(&scheme, forged, &stage)), "looks-like-challenge", 401);
    assert_eq!(
        stage.ring(proven(&scheme, post("bt_payload=PG5vdGlmaWNhdGlvbj4%3D%0A"), &stage)).outcome(),
        "handed-off"
    );
}
