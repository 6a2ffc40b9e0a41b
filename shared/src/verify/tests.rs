use http::{HeaderMap, HeaderValue, Method};

use super::*;
use crate::delivery::{DeliveryId, Door, Peer};
use crate::provider;
use crate::secret::Secret;

const NOW: Timestamp = Timestamp::from_unix_seconds(1_795_000_000);

fn head() -> Head {
    let peer = Peer::Socket(None);
    let id = DeliveryId::new("t");
    let door = Door { id, peer, received_at: NOW, remaining: None, age: Duration::ZERO };
    Head { method: Method::POST, path: "/".into(), query: None, headers: HeaderMap::new(), door }
}

fn ring(scheme: &Scheme, text: &str) -> Keyring {
    let secret = Secret::new(text).unwrap();
    scheme.keyring(vec![LiveSecret { version: SecretVersion::new("test"), secret }]).unwrap()
}

/// Signs as the provider would, after every header that the scheme signs was put there.
fn signed(scheme: &Scheme, body: &[u8], keys: &Keyring) -> Head {
    let mut head = head();
    if let Scheme::Mac(mac) = scheme {
        for part in mac.signed.iter() {
            if let Part::Header(name) = part {
                let name = http::HeaderName::from_bytes(name.as_bytes()).unwrap();
                head.headers.insert(name, HeaderValue::from_static("msg_1"));
            }
        }
    }
    scheme.sign(&mut head, body, Some(keys), NOW).unwrap();
    head
}

#[test]
fn what_every_provider_signs_its_own_scheme_accepts() {
    let text = || Some("https://hooks.example.com/x".to_owned());
    let tokens = Tokens { issuer: text(), audience: text(), email: text(), url: text() };
    let schemes = provider::ALL.iter().map(|provider| (provider.scheme.clone().for_tokens(&tokens), provider.label()));
    // A private key is held by no scheme; an invocation is the platform's.
    for (scheme, label) in schemes.filter(|(scheme, _)| scheme.signs()) {
        let scheme = &scheme;
        let keys = ring(scheme, "whsec_dGVzdCBrZXkgb2YgdGhlIGNvcmU=");
        let delivery = |body: &'static [u8]| Delivery::new(signed(scheme, b"{}", &keys), Bytes::from_static(body));
        let verified = verify(delivery(b"{}"), scheme, Some(&keys), NOW);
        assert_eq!(verified.map(|it| it.trust()).map_err(|it| it.rejection), Ok(scheme.trust()), "{label}");

        let tampered = verify(delivery(b"[]"), scheme, Some(&keys), NOW).is_err();
        assert_eq!(tampered, scheme.trust() == Trust::Verified, "{label}");
        let others = ring(scheme, "whsec_YW5vdGhlciBrZXk=");
        assert!(verify(delivery(b"{}"), scheme, Some(&others), NOW).is_err(), "{label}");
    }
}

#[test]
fn unsigned_needs_no_evidence() {
    let mut head = head();
    assert_eq!(Scheme::Unsigned.sign(&mut head, b"", None, NOW), Ok(()));
    assert!(head.headers.is_empty());
}

#[test]
fn a_token_that_no_header_can_carry_is_said_so() {
    let scheme = Scheme::Token(Token { header: "x-token".into(), prefix: "".into() });
    for text in ["a\nb", "ä"] {
        let keys = ring(&scheme, text);
        let refused = scheme.sign(&mut head(), b"", Some(&keys), NOW);
        assert!(refused.is_err_and(|Signing(why)| why.contains("header")), "{text:?}");
    }
    assert!(scheme.sign(&mut head(), b"", None, NOW).is_err());
}

#[test]
fn a_scheme_covers_what_its_proof_covers() {
    let id = Locate::Header("webhook-id".into());
    for (name, covered) in [("standard-webhooks", true), ("github", false)] {
        let scheme = &provider::find(name, None).unwrap().scheme;
        assert_eq!(scheme.covers(&id), covered, "{name}");
        assert!(scheme.covers(&Locate::Json("/id".into())), "{name}");
    }
    assert!(!provider::find("gitlab", None).unwrap().scheme.covers(&Locate::Json("/id".into())));
}
