//! HMAC: Wycheproof, and RFC 2202 for MD5.

use doorbell_core::verify::{Hash, Part};
use wycheproof_ng_symmetric::mac::{TestName, TestSet};

use super::{Tally, hex, judged, mac, ring};

fn suite(hash: Hash, name: TestName) -> Tally {
    let scheme = mac(hash, vec![Part::Body]);
    let mut tally = Tally::default();
    for group in TestSet::load(name).unwrap().test_groups {
        for test in group.tests {
            let keys = ring(&scheme, test.key.to_vec()).unwrap();
            tally.count(test.result, judged(&scheme, &keys, &test.msg, &hex(&test.tag)));
        }
    }
    tally
}

/// A part of a digest is no tag: a forger would have to guess less. So the suites' shorter tags are refused, valid or not.
#[test]
fn tags_are_whole_digests() {
    for (hash, name, short) in [
        (Hash::Sha1, TestName::HmacSha1, 50),
        (Hash::Sha256, TestName::HmacSha256, 54),
        (Hash::Sha384, TestName::HmacSha384, 54),
        (Hash::Sha512, TestName::HmacSha512, 54),
    ] {
        suite(hash, name).is(&[
            ("valid", "accept", 33),
            ("valid", "malformed-signature", 33),
            ("invalid", "bad-signature", 54),
            ("invalid", "malformed-signature", short),
        ]);
    }
}

/// RFC 2202, sections 2 and 3: keys, texts, and the digests of MD5 and of SHA-1; the fifth case of each is no key of ours.
#[test]
fn the_vectors_of_rfc_2202() {
    let counted: Vec<u8> = (1..=25).collect();
    let vectors: [(Vec<u8>, Vec<u8>, Hash, &str); 12] = [
        (vec![0x0b; 16], b"Hi There".to_vec(), Hash::Md5, "9294727a3638bb1c13f48ef8158bfc9d"),
        (b"Jefe".to_vec(), b"what do ya want for nothing?".to_vec(), Hash::Md5, "750c783e6ab0b503eaa86e310a5db738"),
        (vec![0xaa; 16], vec![0xdd; 50], Hash::Md5, "56be34521d144c88dbb8c733f0e8b3f6"),
        (counted.clone(), vec![0xcd; 50], Hash::Md5, "697eaf0aca3a3aea3a75164746ffaa79"),
        (vec![0xaa; 80], LONG_KEY.to_vec(), Hash::Md5, "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd"),
        (vec![0xaa; 80], LONG_BOTH.to_vec(), Hash::Md5, "6f630fad67cda0ee1fb1f562db3aa53e"),
        (vec![0x0b; 20], b"Hi There".to_vec(), Hash::Sha1, "b617318655057264e28bc0b6fb378c8ef146be00"),
        (
            b"Jefe".to_vec(),
            b"what do ya want for nothing?".to_vec(),
            Hash::Sha1,
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
        ),
        (vec![0xaa; 20], vec![0xdd; 50], Hash::Sha1, "125d7342b9ac11cd91a39af48aa17b4f63f175d3"),
        (counted, vec![0xcd; 50], Hash::Sha1, "4c9007f4026250c6bc8414f9bf50c86c2d7235da"),
        (vec![0xaa; 80], LONG_KEY.to_vec(), Hash::Sha1, "aa4ae5e15272d00e95705637ce8a3b55ed402112"),
        (vec![0xaa; 80], LONG_BOTH.to_vec(), Hash::Sha1, "e8e99d0f45237d786d6bbaa7965c7808bbff1a91"),
    ];
    for (key, text, hash, digest) in vectors {
        let scheme = mac(hash, vec![Part::Body]);
        let keys = ring(&scheme, key.clone()).unwrap();
        assert_eq!(judged(&scheme, &keys, &text, digest), "accept", "{digest}");
        assert_eq!(judged(&scheme, &keys, &text, &digest[..24]), "malformed-signature", "{digest}");
        assert_eq!(judged(&scheme, &keys, &[&text[..], b"!"].concat(), digest), "bad-signature", "{digest}");
        let others = ring(&scheme, [key, vec![1]].concat()).unwrap();
        assert_eq!(judged(&scheme, &others, &text, digest), "bad-signature", "{digest}");
    }
    // The key of its fifth case, a form feed many times, is a secret that somebody forgot.
    assert!(ring(&mac(Hash::Md5, vec![Part::Body]), [0x0c; 16]).is_err());
}

const LONG_KEY: &[u8] = b"Test Using Larger Than Block-Size Key - Hash Key First";
const LONG_BOTH: &[u8] = b"Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data";
