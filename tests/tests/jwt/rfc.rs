//! The vectors of RFC 7515, and the keys that they are verified with.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use conformance::source::keyring;
use doorbell_core::Timestamp;
use doorbell_core::secret::Keyring;
use doorbell_core::verify::jwt::Algorithm;
use doorbell_core::verify::{Jwt, Scheme};
use serde_json::{Value, json};

use super::{NOW, decided, plain, ring, set, with};

/// RFC 7515, A.1.1 to A.3.1: the same claims under three keys.
const CLAIMS: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const END: i64 = 1_300_819_380;
const A1: (&str, &str) = ("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
const A1_KEY: &str = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
const A2: (&str, &str) = (
    "eyJhbGciOiJSUzI1NiJ9",
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
);
const A2_N: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
const A3: (&str, &str) =
    ("eyJhbGciOiJFUzI1NiJ9", "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q");
const A3_X: &str = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
const A3_Y: &str = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";

fn rfc((header, signature): (&str, &str)) -> String {
    format!("{header}.{CLAIMS}.{signature}")
}

fn a2_jwk() -> Value {
    json!({ "kty": "RSA", "n": A2_N, "e": "AQAB" })
}

fn a3_jwk() -> Value {
    json!({ "kty": "EC", "crv": "P-256", "x": A3_X, "y": A3_Y })
}

/// The three schemes of the RFC's tokens, with their key.
fn rfcs() -> [(Jwt, Keyring, (&'static str, &'static str)); 3] {
    let of = |algorithm, key: Vec<u8>, vector| {
        let jwt = plain(algorithm);
        let keys = ring(&jwt, &[key]);
        (jwt, keys, vector)
    };
    [
        of(Algorithm::Hs256, URL_SAFE_NO_PAD.decode(A1_KEY).unwrap(), A1),
        of(Algorithm::Rs256, set(&[a2_jwk()]), A2),
        of(Algorithm::Es256, set(&[a3_jwk()]), A3),
    ]
}

#[test]
fn the_tokens_of_the_rfc_are_taken_by_their_own_algorithm_alone() {
    let all = rfcs();
    for (jwt, keys, vector) in &all {
        assert_eq!(decided(jwt, keys, with(&rfc(*vector)), NOW), "accept", "{:?}", jwt.algorithm);
        for (_, _, other) in all.iter().filter(|(_, _, other)| other != vector) {
            assert_eq!(decided(jwt, keys, with(&rfc(*other)), NOW), "alg-not-allowed", "{:?}", jwt.algorithm);
            // The header of one, the signature of another.
            let mixed = decided(jwt, keys, with(&rfc((vector.0, other.1))), NOW);
            assert!(["bad-signature", "malformed-signature"].contains(&mixed), "{:?}: {mixed}", jwt.algorithm);
        }
        let later = Timestamp::from_unix_seconds(END + 61);
        assert_eq!(decided(jwt, keys, with(&rfc(*vector)), later), "expired-token");
    }
}

#[test]
fn any_changed_bit_of_the_rfcs_tokens_is_refused() {
    for (jwt, keys, vector) in rfcs() {
        let genuine = rfc(vector);
        for (place, bit) in (0..genuine.len()).flat_map(|place| (0..7).map(move |bit| (place, bit))) {
            let Some(changed) = flipped(genuine.as_bytes(), place, bit) else { continue };
            let was = decided(&jwt, &keys, with(&changed), NOW);
            let fair = ["alg-not-allowed", "bad-signature", "critical-header", "malformed-signature"];
            assert!(fair.contains(&was), "{:?} {place}.{bit}: {was}", jwt.algorithm);
        }
    }
}

/// What HTTP cannot carry never gets here.
fn flipped(bytes: &[u8], place: usize, bit: usize) -> Option<String> {
    let mut changed = bytes.to_vec();
    changed[place] ^= 1 << bit;
    String::from_utf8(changed).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_graphic()))
}

/// A P-256 signature has one length, and numbers that are none are none (Wycheproof, `ecdsa_secp256r1_sha256_p1363`).
#[test]
fn signatures_of_p256_that_are_no_numbers() {
    let [_, _, (jwt, keys, (header, genuine))] = rfcs();
    let genuine = URL_SAFE_NO_PAD.decode(genuine).unwrap();
    let order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    let order: Vec<u8> = (0..32).map(|at| u8::from_str_radix(&order[at * 2..at * 2 + 2], 16).unwrap()).collect();
    let (r, s) = genuine.split_at(32);
    let one = [&[0; 31][..], &[1]].concat();
    for (what, signature, guard) in [
        ("zeros", vec![0; 64], "bad-signature"),
        ("r is 0", [&[0; 32], s].concat(), "bad-signature"),
        ("s is 0", [r, &[0; 32]].concat(), "bad-signature"),
        ("ones", [&one[..], &one].concat(), "bad-signature"),
        ("r is the order", [&order[..], s].concat(), "bad-signature"),
        ("s is the order", [r, &order[..]].concat(), "bad-signature"),
        ("halves swapped", [s, r].concat(), "bad-signature"),
        ("shorter", genuine[..63].to_vec(), "malformed-signature"),
        ("longer", [&genuine[..], &[0]].concat(), "malformed-signature"),
        ("padded numbers", [&[0][..], r, &[0], s].concat(), "malformed-signature"),
        ("DER", der(r, s), "malformed-signature"),
    ] {
        let token = rfc((header, &URL_SAFE_NO_PAD.encode(&signature)));
        assert_eq!(decided(&jwt, &keys, with(&token), NOW), guard, "{what}");
    }
}

fn der(r: &[u8], s: &[u8]) -> Vec<u8> {
    let integer = |number: &[u8]| {
        let sign = if number[0] & 0x80 == 0 { &[][..] } else { &[0] };
        [&[2, u8::try_from(number.len() + sign.len()).unwrap()], sign, number].concat()
    };
    let (r, s) = (integer(r), integer(s));
    [&[0x30, u8::try_from(r.len() + s.len()).unwrap()], &r[..], &s].concat()
}

#[test]
fn a_public_key_is_a_document_or_one_key() {
    // The prefix of a P-256 SubjectPublicKeyInfo, up to the point (RFC 5480, 2.2).
    let prefix = STANDARD.decode("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE").unwrap();
    let coordinate = |text| URL_SAFE_NO_PAD.decode(text).unwrap();
    let spki = STANDARD.encode([prefix, coordinate(A3_X), coordinate(A3_Y)].concat());
    let pem = |body: &str| format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n");
    let (first, rest) = spki.split_at(64);
    let jwt = plain(Algorithm::Es256);
    for text in [spki.clone(), pem(&spki), pem(&format!("{first}\n{rest}"))] {
        let keys = ring(&jwt, &[text.clone().into_bytes()]);
        assert_eq!(decided(&jwt, &keys, with(&rfc(A3)), NOW), "accept", "{text}");
        // A key without an id is for every token, also one that must name its key.
        let strict = Jwt { needs_key_id: true, ..jwt.clone() };
        assert_eq!(decided(&strict, &keys, with(&rfc(A3)), NOW), "missing-key-id");
    }
    let changed = |changes: Value| {
        let mut jwk = a3_jwk();
        changes.as_object().unwrap().iter().for_each(|(name, value)| jwk[name] = value.clone());
        String::from_utf8(set(&[jwk])).unwrap()
    };
    let zero = URL_SAFE_NO_PAD.encode([0; 32]);
    for useless in [
        "whsec_abc".to_owned(),
        "{}".to_owned(),
        String::from_utf8(set(&[])).unwrap(),
        String::from_utf8(set(&[a2_jwk()])).unwrap(),
        changed(json!({ "crv": "P-384" })),
        changed(json!({ "alg": "ES384" })),
        changed(json!({ "use": "enc" })),
        changed(json!({ "y": A3_X })),
        changed(json!({ "x": zero, "y": zero })),
        changed(json!({ "x": null })),
        changed(json!({ "x": URL_SAFE_NO_PAD.encode([1; 31]) })),
        pem(&spki[..40]),
        pem(&STANDARD.encode("no key")),
        pem(&spki).replace("PUBLIC", "PRIVATE"),
    ] {
        let wrong = keyring(&Scheme::Jwt(jwt.clone()), &[&useless]).err().unwrap_or_else(|| panic!("{useless}"));
        assert!(wrong.expected.contains("P-256") && wrong.expected.contains("JWKS"), "{useless}");
        assert!(keyring(&Scheme::Jwt(plain(Algorithm::Rs256)), &[&pem(&spki)]).is_err(), "an EC key is no RSA key");
    }
}
