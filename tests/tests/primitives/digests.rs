//! Plain digests, with the secret as all of the text or a part of it, and the CRC.

use conformance::stage::{SECRET, tag};
use doorbell_core::verify::{Encoding, Hash, Part};

use super::{decided, judged, mac, ring};
use conformance::door::Request;

/// FIPS 180-4's example of three letters (csrc.nist.gov/projects/cryptographic-standards-and-guidelines/example-values), and
/// RFC 1321, A.5.
const ABC: [(Hash, &str); 5] = [
    (Hash::Md5, "900150983cd24fb0d6963f7d28e17f72"),
    (Hash::Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
    (Hash::Sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (Hash::Sha384, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"),
    (
        Hash::Sha512,
        concat!(
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a",
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        ),
    ),
];

#[test]
fn a_digest_of_the_secret_and_the_body() {
    for (hash, digest) in ABC {
        let before = mac(hash, vec![Part::Secret, Part::Body]);
        let after = mac(hash, vec![Part::Body, Part::Secret]);
        let keys = |secret: &str| ring(&before, secret).unwrap();
        assert_eq!(judged(&before, &keys("a"), b"bc", digest), "accept", "{hash:?}");
        assert_eq!(judged(&before, &keys("abc"), b"", digest), "accept", "{hash:?}");
        assert_eq!(judged(&after, &keys("c"), b"ab", digest), "accept", "{hash:?}");
        assert_eq!(judged(&before, &keys("a"), b"bd", digest), "bad-signature", "{hash:?}");
        assert_eq!(judged(&before, &keys("b"), b"bc", digest), "bad-signature", "{hash:?}");
        assert_eq!(judged(&after, &keys("a"), b"bc", digest), "bad-signature", "{hash:?}");
        assert_eq!(judged(&before, &keys("a"), b"bc", &digest[2..]), "malformed-signature", "{hash:?}");
    }
}

/// A digest that is signed instead of the body, in text.
#[test]
fn a_digest_of_the_body_is_signed() {
    for (hash, digest) in ABC {
        let scheme = mac(Hash::Sha256, vec![Part::BodyDigest(hash, Encoding::Hex)]);
        let keys = ring(&scheme, SECRET).unwrap();
        let tag = tag(digest.as_bytes());
        assert_eq!(judged(&scheme, &keys, b"abc", &tag), "accept", "{hash:?}");
        assert_eq!(judged(&scheme, &keys, b"abd", &tag), "bad-signature", "{hash:?}");
    }
}

/// The check value of CRC-32/ISO-HDLC, the one of IEEE 802.3 (reveng.sourceforge.io/crc-catalogue): 0xcbf43926.
#[test]
fn the_crc_of_the_body_is_signed_in_decimal() {
    let scheme = mac(Hash::Sha256, vec![Part::BodyCrc32]);
    let keys = ring(&scheme, SECRET).unwrap();
    let posted = |body: &'static str| Request::post("/in", body).header("x-tag", &tag(b"3421780262"));
    assert_eq!(decided(&scheme, &keys, posted("123456789")), "accept");
    assert_eq!(decided(&scheme, &keys, posted("123456788")), "bad-signature");
}
