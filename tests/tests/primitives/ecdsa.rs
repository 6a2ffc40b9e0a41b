//! ECDSA on P-256 with signatures in DER: Wycheproof, and RFC 6979 for SHA-1.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use doorbell_core::verify::{Algorithm, Encoding};
use wycheproof_ng_ecdsa::{TestName, TestSet};

use super::{Tally, judged, ring, signature};

/// Among the refused ones are BER where DER belongs, numbers out of range, and a signature of zeros (CVE-2022-21449).
#[test]
fn what_was_not_signed_is_refused() {
    let scheme = signature(Algorithm::EcdsaP256, Encoding::Base64);
    let weaker = signature(Algorithm::EcdsaP256Sha1, Encoding::Base64);
    assert!(ring(&scheme, "whsec_abc").unwrap_err().expected.contains("P-256"));
    let mut tally = Tally::default();
    for group in TestSet::load(TestName::EcdsaSecp256r1Sha256).unwrap().test_groups {
        let rings = [STANDARD.encode(&group.der), group.pem].map(|text| ring(&scheme, text).unwrap());
        let other_hash = ring(&weaker, STANDARD.encode(&group.der)).unwrap();
        for test in group.tests {
            let tag = STANDARD.encode(&test.sig);
            let was = rings.each_ref().map(|keys| judged(&scheme, keys, &test.msg, &tag));
            assert_eq!(was[0], was[1], "{test:?}");
            assert_ne!(judged(&weaker, &other_hash, &test.msg, &tag), "accept", "{test:?}");
            tally.count(test.result, was[0]);
        }
    }
    tally.is(&[
        ("valid", "accept", 174),
        ("invalid", "bad-signature", 287),
        ("invalid", "empty-signature", 1),
        ("invalid", "malformed-signature", 22),
    ]);
}

/// RFC 6979, A.2.5: its key, and the signatures with SHA-1 of two texts, in DER.
#[test]
fn the_vectors_of_rfc_6979_with_sha_1() {
    let x = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6";
    let y = "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
    let scheme = signature(Algorithm::EcdsaP256Sha1, Encoding::Hex);
    // The point as it is (SEC 1, 2.3.3), in hex.
    let keys = ring(&scheme, format!("04{x}{y}")).unwrap();
    let stronger = signature(Algorithm::EcdsaP256, Encoding::Hex);
    let same = ring(&stronger, format!("04{x}{y}")).unwrap();
    for (text, r, s) in [
        (
            "sample",
            "61340c88c3aaebeb4f6d667f672ca9759a6ccaa9fa8811313039ee4a35471d32",
            "6d7f147dac089441bb2e2fe8f7a3fa264b9c475098fdcf6e00d7c996e1b8b7eb",
        ),
        (
            "test",
            "0cbcc86fd6abd1d99e703e1ec50069ee5c0b4ba4b9ac60e409e8ec5910d81a89",
            "01b9d7b73dfaa60d5651ec4591a0136f87653e0fd780c3b1bc872ffdeae479b1",
        ),
    ] {
        let der = format!("30440220{r}0220{s}");
        assert_eq!(judged(&scheme, &keys, text.as_bytes(), &der), "accept", "{text}");
        assert_eq!(judged(&scheme, &keys, b"another", &der), "bad-signature", "{text}");
        assert_eq!(judged(&stronger, &same, text.as_bytes(), &der), "bad-signature", "{text}: another hash");
        assert_eq!(judged(&scheme, &keys, text.as_bytes(), &format!("{r}{s}")), "bad-signature", "{text}: no DER");
    }
}
