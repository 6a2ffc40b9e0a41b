//! Ed25519: Wycheproof, which has the vectors of RFC 8032 in it.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use doorbell_core::verify::{Algorithm, Encoding};
use serde_json::json;
use wycheproof_ng_eddsa::{TestName, TestSet};

use super::{Tally, hex, judged, ring, signature};

/// Under every way in which a provider shows its key.
#[test]
fn what_was_not_signed_is_refused_however_the_key_is_written() {
    let scheme = signature(Algorithm::Ed25519, Encoding::Hex);
    assert!(ring(&scheme, "whsec_abc").unwrap_err().expected.contains("Ed25519"));
    let mut tally = Tally::default();
    for group in TestSet::load(TestName::Ed25519).unwrap().test_groups {
        let point = &group.der[group.der.len() - 32..];
        let forms = [hex(point), STANDARD.encode(point), STANDARD.encode(&group.der), group.pem];
        let rings = forms.map(|text| ring(&scheme, text).unwrap());
        for test in group.tests {
            let was = rings.each_ref().map(|keys| judged(&scheme, keys, &test.msg, &hex(&test.sig)));
            assert!(was.iter().all(|one| *one == was[0]), "{was:?}: {test:?}");
            tally.count(test.result, was[0]);
        }
    }
    tally.is(&[
        ("valid", "accept", 88),
        ("invalid", "bad-signature", 51),
        ("invalid", "empty-signature", 1),
        ("invalid", "malformed-signature", 11),
    ]);
}

/// A key of X25519 has as many bytes and signs nothing: a source that took it would answer 401 to everybody.
#[test]
fn of_a_key_set_the_keys_of_ed25519_count() {
    let scheme = signature(Algorithm::Ed25519, Encoding::Hex);
    let group = TestSet::load(TestName::Ed25519).unwrap().test_groups.remove(0);
    let x = URL_SAFE_NO_PAD.encode(&group.der[group.der.len() - 32..]);
    let of = |kty: &str, crv: &str| json!({ "kty": kty, "crv": crv, "x": x });
    let set = |keys: &[serde_json::Value]| ring(&scheme, json!({ "keys": keys }).to_string());
    for other in [of("OKP", "X25519"), of("EC", "Ed25519"), of("EC", "P-256"), json!({ "kty": "OKP", "x": x })] {
        assert!(set(std::slice::from_ref(&other)).unwrap_err().expected.contains("JWKS"), "{other}");
        let keys = set(&[other, of("OKP", "Ed25519")]).unwrap();
        let test = group.tests.iter().find(|test| !test.result.must_fail()).unwrap();
        assert_eq!(judged(&scheme, &keys, &test.msg, &hex(&test.sig)), "accept");
    }
}
