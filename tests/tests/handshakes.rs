//! Who asks whether the URL is ours is answered as its provider wants it, and nobody else learns or gains anything.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "handshakes/keyed.rs"]
mod keyed;

use std::borrow::Cow::Borrowed;
use std::sync::{Arc, Mutex};

use conformance::dedupe::Forgetful;
use conformance::destination::Scripted;
use conformance::door::{Heard, Request};
use conformance::source::{asking, keyring, source};
use conformance::stage::Stage;
use doorbell_core::fault::Cause;
use doorbell_core::handshake::{Agreed, Captured, Handshake, KeyTaker, Taken};
use doorbell_core::provider::handshakes;
use doorbell_core::secret::Secret;
use doorbell_core::source::Source;
use doorbell_core::verify::{
    Encoding, Hash, KeyForm, Layout, Mac, Message, Part, Place, Scheme, Signer, Token, TokenPlace,
};
use doorbell_core::{BoxFuture, Clock};
use futures_util::FutureExt;
use http::Method;

const KEY: &str = "the-key-of-the-source";

/// HMAC-SHA256 in `x-signature` over these parts.
fn mac(encoding: Encoding, signed: &'static [Part]) -> Scheme {
    let message = Message {
        tags: Place::Header(Borrowed("x-signature")),
        layout: Layout::Whole(Borrowed("")),
        encoding,
        parts: Borrowed(signed),
        time: None,
        fixed: &[],
        body_digest: None,
    };
    Scheme::Mac(Mac { hash: Hash::Sha256, key: KeyForm::Raw, message })
}

fn body_signed() -> Scheme {
    mac(Encoding::Hex, &[Part::Body])
}

fn token(header: &'static str) -> Scheme {
    Scheme::Token(Token { at: TokenPlace::Header(Borrowed(header)), prefix: Borrowed("") })
}

fn stage_of(scheme: Scheme, handshakes: &'static [Handshake], change: impl FnOnce(&mut Source)) -> Stage {
    let keys = (!matches!(scheme, Scheme::Unsigned)).then(|| keyring(&scheme, &[KEY]).unwrap());
    let mut asking = source(asking(scheme, handshakes), "/in/asking", keys, vec![Scripted::new(&[]).target("kept")]);
    change(&mut asking);
    Stage::new(vec![asking], Arc::new(Forgetful), 0)
}

fn stage(handshakes: &'static [Handshake]) -> Stage {
    stage_of(body_signed(), handshakes, |_| ())
}

fn agreed(values: &[(&str, &str)]) -> Agreed {
    Agreed {
        verify_token: Some(Secret::new("verify me").unwrap()),
        values: values.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect(),
        url: Some("https://hooks.example.com/in/asking".to_owned()),
        taker: None,
    }
}

fn ask(method: Method, query: &str) -> Request {
    Request {
        method,
        query: Some(query.to_owned()).filter(|query| !query.is_empty()),
        ..Request::post("/in/asking", "")
    }
}

fn get(query: &str) -> Request {
    ask(Method::GET, query)
}

fn post(body: &str) -> Request {
    Request::post("/in/asking", body.to_owned())
}

/// With the evidence of this scheme.
fn proven(scheme: &Scheme, mut request: Request, stage: &Stage) -> Request {
    let mut head = request.head(stage.clock.now());
    let keys = keyring(scheme, &[KEY]).unwrap();
    scheme.sign(&mut head, &request.body, Signer::Shared(&keys), stage.clock.now()).unwrap();
    request.headers = head.headers;
    request
}

#[track_caller]
fn text(heard: &Heard, body: &str) {
    assert_eq!((heard.line(), heard.body.as_ref()), (("answered", "", 200), body.as_bytes()));
    assert_eq!(heard.header("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(heard.header("x-content-type-options"), Some("nosniff"));
}

#[track_caller]
fn json(heard: &Heard, body: &str) {
    assert_eq!((heard.line(), heard.body.as_ref()), (("answered", "", 200), body.as_bytes()));
    assert_eq!(heard.header("content-type"), Some("application/json"));
    assert_eq!(heard.header("x-content-type-options"), Some("nosniff"));
}

#[track_caller]
fn nothing(heard: &Heard, status: u16) {
    assert_eq!((heard.line(), heard.body.len()), (("answered", "", status), 0));
    assert_eq!(heard.header("content-type"), None);
}

#[track_caller]
fn refused(heard: &Heard, guard: &str, status: u16) {
    assert_eq!(heard.line(), ("refused", guard, status));
}

#[test]
fn a_parameter_comes_back_as_text_that_no_browser_runs() {
    for (asked, name) in [
        (handshakes::DROPBOX, "challenge"),
        (handshakes::ADOBE_IO_EVENTS, "challenge"),
        (handshakes::NYLAS, "challenge"),
        (handshakes::ONFLEET, "check"),
    ] {
        let stage = stage(asked);
        text(&stage.ring(get(&format!("{name}=%3Cscript%3Ea%2Bb&other=1"))), "<script>a+b");
        refused(&stage.ring(get("")), "missing-signature", 401);
        refused(&stage.ring(get(&format!("{name}="))), "missing-signature", 401);
        // Two readers would read two things.
        refused(&stage.ring(get(&format!("{name}=a&{name}=b"))), "missing-signature", 401);
        for bad in ["two+words", "%0A", "%C3%A9", "%FF", &"a".repeat(1_025)] {
            refused(&stage.ring(get(&format!("{name}={bad}"))), "bad-challenge", 400);
        }
    }
    let stage = stage(handshakes::MS_GRAPH);
    let sentence = "validationToken=Validation%3A+Testing+client+Request-Id%3A%20e7b1";
    text(&stage.ring(ask(Method::POST, sentence)), "Validation: Testing client Request-Id: e7b1");
    refused(&stage.ring(ask(Method::POST, "validationToken=a%0Ab")), "bad-challenge", 400);
    refused(&stage.ring(get(sentence)), "method-not-allowed", 405);
}

#[test]
fn only_methods_that_the_provider_uses_are_answered() {
    let stage = stage(handshakes::DROPBOX);
    for method in [Method::HEAD, Method::OPTIONS, Method::PUT, Method::DELETE] {
        let heard = stage.ring(ask(method, "challenge=a"));
        refused(&heard, "method-not-allowed", 405);
        assert_eq!(heard.header("allow"), Some("GET, POST"));
    }
    refused(&stage.ring(ask(Method::POST, "challenge=a")), "missing-signature", 401);
    // Evidence does not make an event of what is not posted.
    let scheme = body_signed();
    refused(&stage.ring(proven(&scheme, get(""), &stage)), "missing-header", 401);
}

#[test]
fn a_probe_is_answered_with_nothing() {
    for asked in [handshakes::TRELLO, handshakes::MANDRILL, handshakes::INTERCOM] {
        let stage = stage(asked);
        nothing(&stage.ring(ask(Method::HEAD, "")), 200);
        let heard = stage.ring(get(""));
        refused(&heard, "method-not-allowed", 405);
        assert_eq!(heard.header("allow"), Some("HEAD, POST"));
    }
    nothing(&stage(handshakes::UNISENDER_GO).ring(get("")), 200);
    nothing(&stage(handshakes::WOOCOMMERCE).ring(post("webhook_id=7")), 200);
    let stage = stage(handshakes::APIDECK);
    let announced = post(r#"{"message":"hello"}"#).header("x-apideck-event-type", "apideck.subscription.created");
    nothing(&stage.ring(announced), 200);
    refused(&stage.ring(post(r#"{"message":"hello"}"#)), "missing-signature", 401);
}

#[test]
fn a_verify_token_must_be_the_sources_own() {
    let with = |asked| stage_of(body_signed(), asked, |source| source.agreed = agreed(&[]));
    let right = "hub.mode=subscribe&hub.challenge=2710524401&hub.verify_token=verify+me";
    text(&with(handshakes::META).ring(get(right)), "2710524401");
    json(&with(handshakes::STRAVA).ring(get(right)), r#"{"hub.challenge":"2710524401"}"#);
    for asked in [handshakes::META, handshakes::STRAVA] {
        for wrong in [
            "hub.mode=subscribe&hub.challenge=1&hub.verify_token=nope",
            "hub.mode=subscribe&hub.challenge=1&hub.verify_token=verify+me+",
            "hub.mode=subscribe&hub.challenge=1",
            "hub.mode=subscribe&hub.challenge=1&hub.verify_token=verify+me&hub.verify_token=verify+me",
            "hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=verify+me",
            // The key that signs is no verify token.
            "hub.mode=subscribe&hub.challenge=1&hub.verify_token=the-key-of-the-source",
        ] {
            refused(&with(asked).ring(get(wrong)), "wrong-verify-token", 403);
        }
        // Not ours to judge without one.
        assert_eq!(stage(asked).ring(get(right)).line(), ("failed", "value-missing", 503));
    }
    let fitbit = with(handshakes::FITBIT);
    nothing(&fitbit.ring(get("verify=verify+me")), 204);
    refused(&fitbit.ring(get("verify=nope")), "unknown-subscription", 404);
    let lark = with(handshakes::LARK);
    let body = |token: &str| post(&format!(r#"{{"type":"url_verification","challenge":"ajls","token":"{token}"}}"#));
    json(&lark.ring(body("verify me")), r#"{"challenge":"ajls"}"#);
    refused(&lark.ring(body("nope")), "wrong-verify-token", 403);
}

/// A token that travels in URLs must not become a key.
#[test]
fn a_verify_token_signs_no_delivery() {
    let scheme = body_signed();
    let stage = stage_of(scheme.clone(), handshakes::META, |source| source.agreed = agreed(&[]));
    let request = post("{}");
    let mut head = request.head(stage.clock.now());
    let keys = keyring(&scheme, &["verify me"]).unwrap();
    scheme.sign(&mut head, &request.body, Signer::Shared(&keys), stage.clock.now()).unwrap();
    refused(&stage.ring(Request { headers: head.headers, ..request }), "bad-signature", 401);
}

#[test]
fn a_topic_or_an_origin_must_be_on_the_list() {
    let with = |asked, name: &str, list: &str| {
        stage_of(body_signed(), asked, |source| source.agreed = agreed(&[(name, list)]))
    };
    let hub = with(handshakes::WEBSUB, "topics", "https://a.example/feed https://b.example/feed");
    let intent =
        |topic: &str| get(&format!("hub.mode=subscribe&hub.topic={topic}&hub.challenge=c1&hub.lease_seconds=9"));
    text(&hub.ring(intent("https://b.example/feed")), "c1");
    refused(&hub.ring(intent("https://c.example/feed")), "unknown-subscription", 404);

    let bus = with(handshakes::CLOUDEVENTS_WEBHOOK, "allowed_origins", "eventgrid.azure.net");
    let request = || ask(Method::OPTIONS, "").header("webhook-request-origin", "eventgrid.azure.net");
    let heard = bus.ring(request().header("webhook-request-rate", "120"));
    nothing(&heard, 200);
    assert_eq!(heard.header("webhook-allowed-origin"), Some("eventgrid.azure.net"));
    assert_eq!(heard.header("webhook-allowed-rate"), Some("120"));
    assert_eq!(heard.header("allow"), Some("POST"));
    // Granted only where it was asked for.
    assert_eq!(bus.ring(request()).header("webhook-allowed-rate"), None);
    refused(&bus.ring(request().header("webhook-request-rate", "many")), "bad-challenge", 400);
    let other = ask(Method::OPTIONS, "").header("webhook-request-origin", "evil.example");
    refused(&bus.ring(other), "wrong-origin", 403);
    refused(&bus.ring(ask(Method::OPTIONS, "")), "missing-signature", 401);
}

#[test]
fn a_header_comes_back_in_a_header_or_in_the_body() {
    let smartsheet = stage(handshakes::SMARTSHEET);
    let heard = smartsheet.ring(post("{}").header("smartsheet-hook-challenge", "4e3a0c8d"));
    nothing(&heard, 200);
    assert_eq!(heard.header("smartsheet-hook-response"), Some("4e3a0c8d"));
    refused(&smartsheet.ring(post("{}").header("smartsheet-hook-challenge", "a b")), "bad-challenge", 400);
    let twice = post("{}").header("smartsheet-hook-challenge", "a").header("smartsheet-hook-challenge", "b");
    refused(&smartsheet.ring(twice), "missing-signature", 401);

    let scheme = token("x-adobesign-clientid");
    let acrobat = stage_of(scheme, handshakes::ADOBE_ACROBAT_SIGN, |_| ());
    let heard = acrobat.ring(get("").header("x-adobesign-clientid", KEY));
    nothing(&heard, 200);
    assert_eq!(heard.header("x-adobesign-clientid"), Some(KEY));
    refused(&acrobat.ring(get("").header("x-adobesign-clientid", "other")), "bad-credentials", 401);

    let okta = stage_of(token("authorization"), handshakes::OKTA, |_| ());
    let challenge = |request: Request| request.header("x-okta-verification-challenge", "pWX7OhzU");
    json(&okta.ring(challenge(get("").header("authorization", KEY))), r#"{"verification":"pWX7OhzU"}"#);
    refused(&okta.ring(challenge(get("").header("authorization", "nope"))), "bad-credentials", 401);
    refused(&okta.ring(challenge(get(""))), "missing-signature", 401);
    refused(&okta.ring(get("").header("authorization", KEY)), "missing-header", 401);

    let scheme = body_signed();
    let front = stage(handshakes::FRONT);
    let sync = || post(r#"{"type":"sync"}"#).header("x-front-challenge", "f1");
    json(&front.ring(proven(&scheme, sync(), &front)), r#"{"challenge":"f1"}"#);
    refused(&front.ring(sync()), "missing-signature", 401);
}

#[test]
fn what_is_signed_is_answered_after_the_proof_only() {
    let scheme = body_signed();
    let check = |asked: &'static [Handshake], body: &str, header: Option<(&str, &str)>| {
        let stage = stage(asked);
        let request = header.map_or_else(|| post(body), |(name, value)| post(body).header(name, value));
        refused(&stage.ring(request.clone()), "missing-signature", 401);
        refused(&stage.ring(request.clone().header("x-signature", &"0".repeat(64))), "bad-signature", 401);
        stage.ring(proven(&scheme, request, &stage))
    };
    json(&check(handshakes::DISCORD, r#"{"type":1,"token":"t"}"#, None), r#"{"type":1}"#);
    nothing(&check(handshakes::DISCORD_EVENTS, r#"{"type":0}"#, None), 204);
    nothing(&check(handshakes::LINE, r#"{"destination":"U1","events":[]}"#, None), 200);
    let intent = r#"{"events":[],"firstEventSequence":0,"lastEventSequence":0,"entropy":"S0"}"#;
    nothing(&check(handshakes::XERO, intent, None), 200);
    let kind = ("twitch-eventsub-message-type", "webhook_callback_verification");
    text(&check(handshakes::TWITCH, r#"{"challenge":"V6_x"}"#, Some(kind)), "V6_x");
    let event =
        r#"[{"eventType":"Microsoft.EventGrid.SubscriptionValidationEvent","data":{"validationCode":"C1-B2"}}]"#;
    let header = ("aeg-event-type", "SubscriptionValidation");
    json(&check(handshakes::AZURE_EVENT_GRID, event, Some(header)), r#"{"validationResponse":"C1-B2"}"#);
}

#[test]
fn a_challenge_that_is_not_signed_is_echoed_as_json() {
    let stage = stage(handshakes::MONDAY);
    json(&stage.ring(post(r#"{"challenge":"3eZb\"\\"}"#)), r#"{"challenge":"3eZb\"\\"}"#);
    for bad in ["two words", "\\u00e9", "\\n", &"a".repeat(1_025)] {
        refused(&stage.ring(post(&format!(r#"{{"challenge":"{bad}"}}"#))), "bad-challenge", 400);
    }
    refused(&stage.ring(post(r#"{"challenge":"a","event":{"type":"t"}}"#)), "missing-signature", 401);
}

#[test]
fn constants_of_the_source_are_told() {
    let code = "f8e2a1d4-0000-4000-8000-0123456789ab";
    let with = |asked, values: &[(&str, &str)]| stage_of(body_signed(), asked, |source| source.agreed = agreed(values));
    let airship = with(handshakes::AIRSHIP, &[("confirmation_code", code)]);
    let validate = |method| Request { method, ..Request::post("/in/validate", "") };
    json(&airship.ring(validate(Method::GET)), &format!(r#"{{"confirmation_code":"{code}"}}"#));
    let heard = airship.ring(validate(Method::POST));
    refused(&heard, "method-not-allowed", 405);
    assert_eq!(heard.header("allow"), Some("GET"));
    refused(&airship.ring(get("")), "method-not-allowed", 405);
    assert_eq!(stage(handshakes::AIRSHIP).ring(validate(Method::GET)).line(), ("failed", "value-missing", 503));

    let kit = with(handshakes::YANDEX_KIT, &[("store_id", "42")]);
    json(&kit.ring(post(r#"{"event":"WEBHOOK_VALIDATE"}"#)), r#"{"message":"validated_store_42"}"#);
}

/// Takes one key, if one is expected.
#[derive(Debug)]
struct Pending(Mutex<Vec<Result<Taken, Cause>>>);

impl KeyTaker for Pending {
    fn take(&self, _key: Captured) -> BoxFuture<'static, Result<Taken, Cause>> {
        std::future::ready(self.0.lock().unwrap().pop().unwrap_or(Ok(Taken::NotPending))).boxed()
    }
}

#[test]
fn a_key_is_taken_once_and_only_while_one_is_awaited() {
    let with = |asked, answers: Vec<Result<Taken, Cause>>| {
        stage_of(body_signed(), asked, |source| {
            source.agreed.taker = Some(Arc::new(Pending(Mutex::new(answers))));
            // There is none yet.
            source.keys = doorbell_core::keys::Keys::fixed(None);
        })
    };
    let asana = |secret: &str| post("{}").header("x-hook-secret", secret);
    let notion = || post(r#"{"verification_token":"secret_YAF5"}"#);
    let stage = with(handshakes::ASANA, vec![Ok(Taken::Kept)]);
    let heard = stage.ring(asana("b1174708c84f"));
    nothing(&heard, 200);
    assert_eq!(heard.header("x-hook-secret"), Some("b1174708c84f"));
    let heard = stage.ring(asana("of somebody else").header("x-other", "1"));
    refused(&heard, "bad-challenge", 400);
    let heard = stage.ring(asana("of-somebody-else"));
    refused(&heard, "no-registration", 403);
    assert_eq!(heard.header("x-hook-secret"), None, "nothing is echoed");

    let stage = with(handshakes::NOTION, vec![Ok(Taken::Kept)]);
    nothing(&stage.ring(notion()), 200);
    refused(&stage.ring(notion()), "no-registration", 403);
    let stage = with(handshakes::NOTION, vec![Err(Cause::new("as scripted"))]);
    assert_eq!(stage.ring(notion()).line(), ("failed", "key-not-kept", 503));
    // Nothing here keeps keys.
    refused(&self::stage(handshakes::NOTION).ring(notion()), "no-registration", 403);
    refused(&self::stage(handshakes::ASANA).ring(asana("b1174708c84f")), "no-registration", 403);
}
