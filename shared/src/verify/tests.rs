#![expect(clippy::wildcard_enum_match_arm, reason = "tests look at a few of many")]

use std::time::Duration;

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

/// The message of a scheme that its secret is enough to sign, with nothing of the body to look up.
fn message(scheme: &Scheme) -> Option<&Message> {
    let message = match scheme {
        Scheme::Mac(mac) => &mac.message,
        Scheme::Dialects(macs) => &macs.first()?.message,
        _ => return None,
    };
    let looks_up = |part: &Part| {
        matches!(
            part,
            Part::Json(_)
                | Part::Field(..)
                | Part::FormSorted
                | Part::UrlAndForm(_)
                | Part::HeadersOf(_)
                | Part::Query(_)
        )
    };
    let plain = !matches!(message.tags, Place::Field(..)) && !message.parts.iter().any(looks_up);
    let timed = |time: &Time| matches!(time.part, Part::Json(_) | Part::Field(..));
    // A digest of the body stands in the URL, which the sender writes.
    (plain && message.body_digest.is_none() && !message.time.as_ref().is_some_and(timed)).then_some(message)
}

/// Signs as the provider would, after every header that the scheme signs was put there.
fn signed(scheme: &Scheme, body: &[u8], keys: &Keyring) -> Head {
    let mut head = head();
    for part in message(scheme).into_iter().flat_map(|message| message.parts.iter()) {
        if let Part::Header(name) = part {
            let name = http::HeaderName::from_bytes(name.as_bytes()).unwrap();
            head.headers.insert(name, HeaderValue::from_static("msg_1"));
        }
    }
    scheme.sign(&mut head, body, Signer::Shared(keys), NOW).unwrap();
    head
}

/// A secret of every form that is text of base64, of hex, or has parts.
fn secrets(scheme: &Scheme) -> [&'static str; 2] {
    let form = match scheme {
        Scheme::Mac(mac) => mac.key,
        Scheme::Dialects(macs) => macs[0].key,
        _ => KeyForm::Raw,
    };
    match form {
        KeyForm::Hex => ["00112233445566778899aabbccddeeff", "ff112233445566778899aabbccddeeff"],
        KeyForm::Base64("") => ["dGVzdCBrZXkgb2YgdGhlIGNvcmU=", "YW5vdGhlciBrZXk="],
        KeyForm::AfterLast(':') => ["id:one", "id:two"],
        KeyForm::AfterLast(_) => ["signkey-test-one", "signkey-test-two"],
        _ => ["whsec_dGVzdCBrZXkgb2YgdGhlIGNvcmU=", "whsec_YW5vdGhlciBrZXk="],
    }
}

#[test]
fn what_every_provider_signs_its_own_scheme_accepts() {
    let values = [("webhook_id".to_owned(), "1".to_owned())].into();
    let mut count = 0;
    for provider in provider::ALL {
        let scheme = provider.scheme.clone().for_setup(Some("https://hooks.example/x"), &values);
        if message(&scheme).is_none() {
            continue;
        }
        count += 1;
        let (scheme, label) = (&scheme, provider.label());
        let [ours, theirs] = secrets(scheme);
        let keys = ring(scheme, ours);
        let delivery = |body: &'static [u8]| Delivery::new(signed(scheme, b"{}", &keys), Bytes::from_static(body));
        let verified = verify(delivery(b"{}"), scheme, Some(&keys), NOW);
        assert_eq!(verified.map(|it| it.trust()).map_err(|it| it.rejection), Ok(scheme.trust()), "{label}");

        let tampered = verify(delivery(b"[]"), scheme, Some(&keys), NOW).is_err();
        assert_eq!(tampered, scheme.trust() == Trust::Verified, "{label}");
        let others = ring(scheme, theirs);
        assert!(verify(delivery(b"{}"), scheme, Some(&others), NOW).is_err(), "{label}");
    }
    assert!(count > 150, "{count}");
}

#[test]
fn unsigned_needs_no_evidence() {
    let mut head = head();
    assert_eq!(Scheme::Unsigned.sign(&mut head, b"", Signer::Nothing, NOW), Ok(None));
    assert!(head.headers.is_empty());
}

#[test]
fn a_token_that_no_header_can_carry_is_said_so() {
    let scheme = Scheme::Token(Token { at: TokenPlace::Header("x-token".into()), prefix: "".into() });
    for text in ["a\nb", "ä"] {
        let keys = ring(&scheme, text);
        let refused = scheme.sign(&mut head(), b"", Signer::Shared(&keys), NOW);
        assert!(matches!(refused, Err(Signing::Impossible(why)) if why.contains("header")), "{text:?}");
    }
    assert!(scheme.sign(&mut head(), b"", Signer::Nothing, NOW).is_err());
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

/// A fact that is signed is more than a claim, and one that is not must not pass for it.
#[test]
fn a_part_covers_its_own_facts_and_no_others() {
    let url = || Expected::Exactly("https://a.example".into());
    let (query, form, json) = (Locate::Query("id".into()), Locate::Form("id".into()), Locate::Json("/id".into()));
    let if_there = Part::IfThere("".into(), &Part::Query(Cow::Borrowed("id")), "".into());
    for (part, covered) in [
        (Part::EncodedUri, [true, false, false]),
        (Part::PathAndQuery, [true, false, false]),
        (Part::Url(url()), [true, false, false]),
        (Part::UrlOfAnyPort(url()), [true, false, false]),
        (Part::UrlAndForm(url()), [true, true, false]),
        (if_there, [true, false, false]),
        (Part::Query("id".into()), [true, false, false]),
        (Part::Query("another".into()), [false, false, false]),
        (Part::Json("/id".into()), [false, false, true]),
        (Part::Json("/another".into()), [false, false, false]),
        (Part::Path, [false, false, false]),
        (Part::Field("/id".into(), "id".into()), [false, true, true]),
        (Part::BodyCrc32, [false, false, false]),
        (Part::Body, [false, true, true]),
    ] {
        let was = [&query, &form, &json].map(|place| message::covers(std::slice::from_ref(&part), place));
        assert_eq!(was, covered, "{part:?}");
    }
    let part = Part::Field("/payload/id".into(), "payload/id".into());
    let inside = |pointer: &'static str| Locate::FormJson("payload".into(), pointer.into());
    assert!(message::covers(std::slice::from_ref(&part), &inside("/id")));
    assert!(!message::covers(std::slice::from_ref(&part), &inside("/type")));
}
