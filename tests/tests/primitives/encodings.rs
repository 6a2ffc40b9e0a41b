//! Hex and base64: one text for the same bytes, in keys, tags, tokens and credentials. A second spelling of a tag would make
//! one delivery look like two.

use conformance::door::Request;
use conformance::source::keyring;
use conformance::stage::{SECRET, described};
use doorbell_core::verify::{
    Algorithm, Encoding, Hash, KeyForm, Mac, Message, Part, Scheme, Signer, Token, TokenPlace,
};

use super::{decided, judged, mac, ring, signature};

/// RFC 4648, section 10: text, base64, base16 (in lower case).
const RFC_4648: [(&str, &str, &str); 6] = [
    ("f", "Zg==", "66"),
    ("fo", "Zm8=", "666f"),
    ("foo", "Zm9v", "666f6f"),
    ("foob", "Zm9vYg==", "666f6f62"),
    ("fooba", "Zm9vYmE=", "666f6f6261"),
    ("foobar", "Zm9vYmFy", "666f6f626172"),
];

#[test]
fn a_key_is_the_bytes_that_its_text_says() {
    let plain = mac(Hash::Sha256, vec![Part::Body]);
    let of = |key| Scheme::Mac(Mac { hash: Hash::Sha256, key, message: described().message });
    for (text, base64, base16) in RFC_4648 {
        let mut head = Request::post("/in", "").head(super::NOW);
        plain.sign(&mut head, b"", Signer::Shared(&ring(&plain, text).unwrap()), super::NOW).unwrap();
        let tag = head.headers["x-tag"].to_str().unwrap();
        for (form, key) in [
            (KeyForm::Base64(""), base64.to_owned()),
            (KeyForm::Base64("whsec_"), format!("whsec_{base64}")),
            (KeyForm::Base64After("whsec_"), format!("whsec_{base64}")),
            (KeyForm::Hex, base16.to_owned()),
            (KeyForm::Hex, base16.to_uppercase()),
        ] {
            assert_eq!(judged(&of(form), &ring(&of(form), key).unwrap(), b"", tag), "accept", "{form:?} {text}");
        }
    }
    // Stray bits, padding, blanks, another alphabet.
    for text in ["Zh==", "Zm9=", "Zg", "Zg=", "Zg===", "=Zg=", "Zg==Zg==", "Z g=", "Zg==\n", " Zg==", "Zm-_", "Zm9v\0"]
    {
        for form in [KeyForm::Base64(""), KeyForm::Base64("whsec_")] {
            assert!(ring(&of(form), text).is_err(), "{text:?}");
        }
    }
    for text in ["6", "666", "6g", "0x66", "66 ", " 66", "66\n", "6 6", "-6", "+6", "６６"] {
        assert!(ring(&of(KeyForm::Hex), text).is_err(), "{text:?}");
    }
}

const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Every text of base64 that differs from this one only in bits that count for nothing.
fn with_stray_bits(text: &str) -> Vec<String> {
    let digits = text.trim_end_matches('=');
    let (padding, bits) = (&text[digits.len()..], [0, 0, 4, 2][digits.len() % 4]);
    let alphabet = ALPHABET.replace("+/", if text.contains(['-', '_']) { "-_" } else { "+/" });
    let last = alphabet.find(&digits[digits.len() - 1..]).unwrap();
    let others = (1..1 << bits).map(|stray| &alphabet[last + stray..=last + stray]);
    others.map(|digit| format!("{}{digit}{padding}", &digits[..digits.len() - 1])).collect()
}

/// Other texts for the bytes of this one.
fn spellings(encoding: Encoding, text: &str) -> Vec<String> {
    let url_safe = text.replace('+', "-").replace('/', "_");
    let standard = text.replace('-', "+").replace('_', "/");
    let bare = text.trim_end_matches('=').to_owned();
    let padded = format!("{bare}{}", "=".repeat((4 - bare.len() % 4) % 4));
    let mut others = match encoding {
        Encoding::Hex => vec![text.to_uppercase(), text.replacen('a', "A", 1), format!("0x{text}")],
        Encoding::HexAnyCase => vec![format!("0x{text}")],
        Encoding::Base64 => [vec![bare, url_safe], with_stray_bits(text)].concat(),
        Encoding::Base64Url => [vec![padded, standard], with_stray_bits(text)].concat(),
        Encoding::Base64UrlPadded => [vec![bare, standard], with_stray_bits(text)].concat(),
    };
    let (first, rest) = text.split_at(4);
    let noise = [
        format!(" {text}"),
        format!("{text} "),
        format!("{text}="),
        format!("{first} {rest}"),
        format!("{first}\t{rest}"),
    ];
    others.extend(noise);
    others
}

#[test]
fn a_tag_has_one_spelling() {
    for encoding in
        [Encoding::Hex, Encoding::HexAnyCase, Encoding::Base64, Encoding::Base64Url, Encoding::Base64UrlPadded]
    {
        let message = Message { encoding, ..described().message };
        let scheme = Scheme::Mac(Mac { hash: Hash::Sha256, key: KeyForm::Raw, message });
        let keys = ring(&scheme, SECRET).unwrap();
        // A text with both digits by which the alphabets differ.
        let (body, tag) = (0..)
            .map(|number| {
                let body = format!("body {number}");
                let mut head = Request::post("/in", "").head(super::NOW);
                scheme.sign(&mut head, body.as_bytes(), Signer::Shared(&keys), super::NOW).unwrap();
                (body, head.headers["x-tag"].to_str().unwrap().to_owned())
            })
            .find(|(_, tag)| ["+/", "-_", "af"].iter().any(|both| both.chars().all(|digit| tag.contains(digit))))
            .unwrap();
        assert_eq!(judged(&scheme, &keys, body.as_bytes(), &tag), "accept", "{encoding:?}");
        for other in spellings(encoding, &tag) {
            let was = judged(&scheme, &keys, body.as_bytes(), &other);
            assert_eq!(was, "malformed-signature", "{encoding:?} {tag} {other:?}");
        }
    }
}

/// RFC 8032, 7.1, test 1: nothing, signed.
#[test]
fn a_signature_has_one_spelling() {
    let key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    let bytes = concat!(
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555",
        "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    );
    let base64 = "5VZDAMNgrHKQhuLMgG6CioSHfx645dl02HPgZSJJAVVfuIIVkKM7rMYeOXAc+bRr0lv18FlbviRlUUFDjnoQCw==";
    for (encoding, text) in [(Encoding::Hex, bytes), (Encoding::Base64, base64)] {
        let scheme = signature(Algorithm::Ed25519, encoding);
        let keys = ring(&scheme, key).unwrap();
        assert_eq!(judged(&scheme, &keys, b"", text), "accept", "{encoding:?}");
        for other in spellings(encoding, text).into_iter().filter(|other| other != text) {
            assert_eq!(judged(&scheme, &keys, b"", &other), "malformed-signature", "{encoding:?} {other:?}");
        }
    }
}

/// RFC 7515, A.1, as the whole body; its claims are good until 2011.
#[test]
fn a_token_has_one_spelling() {
    let header = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9";
    let claims = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let tag = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let key = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    let (scheme, keys) = super::jws::shared(key);
    let with = |parts: [&str; 3]| decided(&scheme, &keys, Request::post("/in", parts.join(".")));
    assert_eq!(with([header, claims, tag]), "expired-token");
    for part in 0..3 {
        let text = [header, claims, tag][part];
        for other in spellings(Encoding::Base64Url, text).into_iter().filter(|other| other != text) {
            let mut parts = [header, claims, tag];
            parts[part] = &other;
            assert_eq!(with(parts), "malformed-signature", "{other:?}");
        }
    }
}

#[test]
fn credentials_have_one_spelling() {
    let scheme = Scheme::Token(Token { at: TokenPlace::Basic, prefix: "".into() });
    let keys = keyring(&scheme, &["user:pw"]).unwrap();
    let with = |text: &str| decided(&scheme, &keys, Request::post("/in", "").header("authorization", text));
    assert_eq!(with("Basic dXNlcjpwdw=="), "accept");
    for other in spellings(Encoding::Base64, "dXNlcjpwdw==").into_iter().filter(|other| other != "dXNlcjpwdw==") {
        assert_eq!(with(&format!("Basic {other}")), "malformed-signature", "{other:?}");
    }
}
