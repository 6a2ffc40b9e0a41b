//! What the provider table says of each provider holds together.

use std::collections::BTreeMap;

use doorbell_core::locate::Locate;
use doorbell_core::provider::{ALL, After, Provider, Retries, Success};
use doorbell_core::verify::{Message, Part, Scheme};

fn places(provider: &Provider) -> impl Iterator<Item = &Locate> {
    let facts = &provider.facts;
    let time = facts.time.as_ref().map(|(place, _)| place);
    facts.id.iter().chain(facts.kind.iter()).chain(facts.action.iter()).chain(time)
}

/// Host and path of a link.
fn parts(link: &str) -> Option<(&str, &str)> {
    link.strip_prefix("https://")?.split_once('/')
}

#[test]
fn every_link_leads_to_a_page_of_its_provider() {
    let mut of: BTreeMap<&str, &str> = BTreeMap::new();
    for provider in ALL {
        let label = provider.label();
        let (host, path) = parts(provider.docs).unwrap_or_else(|| panic!("{label}: no https: {}", provider.docs));
        assert!(host.contains('.') && !host.contains(['@', ':']), "{label}: {host}");
        let path = path.trim_end_matches('/');
        assert!(!matches!(path, "" | "docs" | "help" | "document" | "documentation"), "{label}: a home page: {host}");
        // One page may tell of several modes, never of two providers.
        let other = of.insert(provider.docs, provider.name).filter(|other| *other != provider.name);
        assert_eq!(other, None, "{label}: its page is another's");
    }
}

#[test]
fn what_is_hearsay_is_something_that_the_entry_says() {
    for provider in ALL {
        let facts = &provider.facts;
        let inside = provider.envelope.is_some();
        for unsure in provider.evidence.unsure {
            let said = match *unsure {
                "the id" => inside || !facts.id.is_empty(),
                "the type" => inside || !facts.kind.is_empty(),
                "the time" => inside || facts.time.is_some(),
                "the deadline" => provider.deadline.is_some(),
                "the handshake" => !provider.handshakes.is_empty(),
                "the retries" => provider.retries != Retries::Unknown,
                "what it takes for a yes" => provider.contract.success != Success::Unknown,
                "what it does after a 4xx" => provider.contract.refused != After::Unknown,
                _ => true,
            };
            assert!(said, "{}: {unsure} is hearsay, and not said", provider.label());
        }
    }
}

/// Batches that come again as they were, so that the id of their first event is theirs.
const SENT_AGAIN_WHOLE: &[&str] = &[
    // A redelivery differs in `isRedelivery` alone, so the content would never tell it
    // (developers.line.biz, webhook redelivery).
    "line",
];

/// The id of one event of a batch would make a duplicate of another batch that begins with it: what follows were lost.
#[test]
fn the_id_of_one_event_is_not_the_id_of_a_batch() {
    for provider in ALL.iter().filter(|provider| !SENT_AGAIN_WHOLE.contains(&provider.name)) {
        for place in provider.facts.id.iter() {
            let of_one = matches!(place, Locate::Json(pointer) if pointer.contains("/0/"));
            let decides = provider.scheme.covers(place) && !provider.facts.id_is_shared;
            assert!(!(of_one && decides), "{}: {place:?}", provider.label());
        }
    }
}

/// Senders that sign each attempt with its own time, so that a late retry is as fresh as a first try; or whose own page or
/// library advises a window that ends before their retries do, so that one which kept its time would fail there, too.
const SIGNED_ANEW: &[&str] = &[
    // The library allows 30 s (npm @contentful/node-apps-toolkit).
    "contentful",
    // github.com/hook0/hook0, output-worker/src/work.rs.
    "hook0",
    // The library allows 60 s, and the last of the retries comes after hours (linear.app/developers/webhooks).
    "linear",
    // The library allows 5 s, and retries go on for days.
    "paddle",
    // The library allows five minutes (github.com/recurly/recurly-client-ruby, lib/recurly/webhooks.rb).
    "recurly",
    // docs.slack.dev/authentication/verifying-requests-from-slack: five minutes, and the last retry comes later.
    "slack",
    // A retry has a signature and a time of its own (docs.stripe.com/webhooks, replay attacks).
    "stripe",
    // Five minutes; the time is when it was sent (developers.webflow.com, verifying webhook signatures).
    "webflow",
];

/// By Standard Webhooks the time is that of the attempt (standard-webhooks.md, signature scheme;
/// docs.svix.com/receiving/verifying-payloads/why).
fn is_standard(scheme: &Scheme) -> bool {
    let by_it = |message: &Message| {
        message.time.as_ref().is_some_and(|time| {
            matches!(&time.part, Part::Header(name) if ["webhook-timestamp", "svix-timestamp"].contains(&&**name))
        })
    };
    match scheme {
        Scheme::Mac(mac) => by_it(&mac.message),
        Scheme::Dialects(macs) => macs.iter().all(|mac| by_it(&mac.message)),
        Scheme::Items(_)
        | Scheme::Signature(_)
        | Scheme::Token(_)
        | Scheme::Jwt(_)
        | Scheme::Detached(_)
        | Scheme::Chained(_)
        | Scheme::Sns(_)
        | Scheme::Invoked(_)
        | Scheme::Unsigned => false,
    }
}

/// What comes again with the time of its first attempt must still be fresh then, or every retry is refused.
#[test]
fn a_window_is_as_long_as_the_retries_that_keep_their_time() {
    let anew = |provider: &Provider| SIGNED_ANEW.contains(&provider.name) || is_standard(&provider.scheme);
    for provider in ALL.iter().filter(|provider| !anew(provider)) {
        let (Retries::For(horizon), Some(window)) = (provider.retries, provider.scheme.window()) else { continue };
        assert!(window.max_age >= horizon, "{}: {window:?} and retries for {horizon:?}", provider.label());
    }
}

#[test]
fn a_pointer_is_nothing_but_its_members() {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.' | '$');
    for provider in ALL {
        for place in places(provider) {
            let (Locate::Json(pointer) | Locate::FormJson(_, pointer)) = place else { continue };
            let mut members = pointer.split('/');
            assert_eq!(members.next(), Some(""), "{}: {pointer}", provider.label());
            assert!(members.all(|name| !name.is_empty() && name.chars().all(plain)), "{}: {pointer}", provider.label());
        }
    }
}
