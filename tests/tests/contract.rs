//! What senders take for a yes is what they get, and nobody gets another no.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::sync::Arc;

use conformance::dedupe::Book;
use conformance::destination::{Scripted, Step};
use conformance::door::{Heard, Request};
use conformance::source::{keyring, source};
use conformance::stage::{SECRET, Stage, described, tag};
use doorbell_core::provider::{ALL, Later, Provider, Success, find};
use doorbell_core::source::Source;
use doorbell_core::verify::Scheme;

/// A delivery of nobody in particular.
const BODY: &str = "any body";

/// A source of `provider` whose deliveries are proven in the plainest way, and that remembers them.
fn stage(provider: &'static Provider, script: &[Step]) -> Stage {
    let scheme = Scheme::Mac(described());
    let keys = keyring(&scheme, &[SECRET]).unwrap();
    let bare = source(provider, "/in", Some(keys), vec![Scripted::new(script).target("one")]);
    Stage::new(vec![Source { scheme, ..bare }], Arc::new(Book::default()), 0)
}

fn rung(stage: &Stage, provider: &Provider, tag: &str) -> Heard {
    let mut request = Request::post("/in", BODY).header("x-tag", tag);
    request.method = provider.methods.first().unwrap().clone();
    for name in provider.required {
        request = request.header(name, "x");
    }
    stage.ring(request)
}

fn words(heard: &Heard) -> (u16, String) {
    (heard.status, String::from_utf8_lossy(&heard.body).into_owned())
}

#[test]
fn a_sender_that_insists_gets_what_it_insists_on() {
    let insists = [
        ("adyen", Some("payments"), 200, "[accepted]"),
        ("discord", Some("events"), 204, ""),
        ("dropbox-sign", None, 200, "Hello API Event Received"),
        ("fitbit", None, 204, ""),
        ("github", None, 200, ""),
        ("xero", None, 200, ""),
    ];
    for (name, mode, status, text) in insists {
        let provider = find(name, mode).unwrap();
        let stage = stage(provider, &[]);
        let first = rung(&stage, provider, &tag(BODY.as_bytes()));
        assert_eq!((first.outcome(), words(&first)), ("handed-off", (status, text.to_owned())), "{name}");
        // Its retry of what is held already is told the same.
        let again = rung(&stage, provider, &tag(BODY.as_bytes()));
        assert_eq!((again.outcome(), words(&again)), ("duplicate", (status, text.to_owned())), "{name}");
    }
}

/// HighLevel drops an event after a 5xx, and comes again after a 429.
#[test]
fn a_sender_that_drops_after_a_503_is_told_to_come_later() {
    let provider = find("highlevel", None).unwrap();
    let stage = stage(provider, &[Step::Refuse]);
    let first = rung(&stage, provider, &tag(BODY.as_bytes()));
    assert_eq!(first.status, 429);
    assert!(first.headers.contains_key("retry-after"));
    let again = rung(&stage, provider, &tag(BODY.as_bytes()));
    assert_eq!((again.outcome(), again.status), ("handed-off", 200));
}

#[test]
fn every_yes_is_one_to_its_sender_and_no_other_answer_is_changed() {
    for provider in ALL.iter().copied().filter(|provider| provider.envelope.is_none()) {
        let label = provider.label();
        let wanted = match provider.contract.success {
            Success::Unknown | Success::Any | Success::Ok | Success::OkOrNoContent | Success::Answer => (200, ""),
            Success::NoContent => (204, ""),
            Success::Text(text) => (200, text),
        };
        let heard = rung(&stage(provider, &[]), provider, &tag(BODY.as_bytes()));
        assert_eq!((heard.outcome(), words(&heard)), ("handed-off", (wanted.0, wanted.1.to_owned())), "{label}");

        let heard = rung(&stage(provider, &[]), provider, &tag(b"another body"));
        assert_eq!((heard.line(), words(&heard).1), (("refused", "bad-signature", 401), "unauthorized\n".to_owned()));

        let heard = rung(&stage(provider, &[Step::Refuse]), provider, &tag(BODY.as_bytes()));
        let status = match provider.contract.later {
            Later::Unavailable => 503,
            Later::TooMany => 429,
        };
        assert_eq!((heard.outcome(), words(&heard)), ("failed", (status, "try again later\n".to_owned())), "{label}");
    }
}
