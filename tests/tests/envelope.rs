//! What a queue wraps around an event is taken off again: the event that comes out is the one that went in.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use conformance::dedupe::{Book, Forgetful};
use conformance::destination::{Scripted, Step, Taken};
use conformance::door::Request;
use conformance::stage::{Stage, source_of};
use conformance::token::{Mint, claims};
use doorbell_core::destination::{Durability, Target};
use doorbell_core::event::Fact;
use doorbell_core::fault::Cause;
use doorbell_core::name::DestinationName;
use doorbell_core::route::Filter;
use doorbell_core::source::Source;
use doorbell_core::{BoxFuture, Clock, Dedupe, Destination, Event, Receipt, Timestamp, cloudevent};
use serde_json::{Map, Value, json};

const PATH: &str = "/google-pubsub";

/// Keeps what [`Taken`] does not.
#[derive(Debug, Default)]
struct Looking(Mutex<Vec<Seen>>);

#[derive(Clone, Debug, Default, PartialEq)]
struct Seen {
    source: String,
    origin: String,
    content_type: Option<String>,
    ordering_key: Option<String>,
    attempt: Option<u32>,
    attributes: Vec<(String, String)>,
}

impl Destination for Looking {
    fn durability(&self) -> Durability {
        Durability::Durable
    }

    fn hand_off<'a>(&'a self, event: &'a Event, _within: Duration) -> BoxFuture<'a, Result<Receipt, Cause>> {
        let owned = |(name, value): (&str, std::borrow::Cow<'_, str>)| (name.to_owned(), value.into_owned());
        self.0.lock().unwrap().push(Seen {
            source: event.source().as_str().to_owned(),
            origin: event.origin().to_owned(),
            content_type: event.content_type().map(str::to_owned),
            ordering_key: event.ordering_key().map(str::to_owned),
            attempt: event.delivery_attempt(),
            attributes: cloudevent::attributes(event).into_iter().map(owned).collect(),
        });
        Box::pin(async { Ok(Receipt::new(Durability::Durable)) })
    }
}

struct Post {
    stage: Stage,
    kept: Arc<Scripted>,
    looking: Arc<Looking>,
}

impl Post {
    fn new(sources: &[&str], dedupe: Arc<dyn Dedupe>) -> Self {
        Self::changed(sources, dedupe, |_| ())
    }

    fn changed(sources: &[&str], dedupe: Arc<dyn Dedupe>, change: impl Fn(&mut Source)) -> Self {
        let (kept, looking) = (Scripted::new(&[]), Arc::<Looking>::default());
        let destination = Arc::clone(&looking);
        let name = DestinationName::parse("looking").unwrap();
        let seen = Arc::new(Target::new(name, destination));
        let of = |name: &&str| {
            let mut source = source_of(name, vec![kept.target("kept"), Arc::clone(&seen)]);
            change(&mut source);
            source
        };
        let stage = Stage::new(sources.iter().map(of).collect(), dedupe, 0);
        Self { stage, kept, looking }
    }

    /// Whose malformed pushes go to `dead`.
    fn with_dead_letters(dead: &Arc<Scripted>) -> Self {
        let change = |source: &mut Source| source.dead_letter = Some(dead.target("dead"));
        Self::changed(&["google-pubsub"], Arc::new(Book::default()), change)
    }

    fn token(&self) -> String {
        format!("Bearer {}", Mint::shared().token(&claims(self.stage.clock.now())))
    }

    fn push(&self, body: &str) -> Request {
        let request = Request::post(PATH, body.to_owned()).header("authorization", &self.token());
        request.header("content-type", "application/json")
    }

    fn wrapped(&self, message: &Value) -> Request {
        self.push(&json!({ "message": message, "subscription": "projects/p/subscriptions/s" }).to_string())
    }

    #[track_caller]
    fn taken(&self, request: Request) -> (Taken, Seen) {
        assert_eq!(self.stage.ring(request).line(), ("handed-off", "", 200));
        (self.kept.taken().pop().unwrap(), self.looking.0.lock().unwrap().last().unwrap().clone())
    }
}

fn claimed(text: &str) -> Option<Fact> {
    Some(Fact::Claimed(text.to_owned()))
}

fn moment(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

/// A message as Doorbell's own destination publishes an event.
fn message_of(attributes: &[(String, String)], body: &[u8], id: &str) -> Value {
    let attributes: Map<String, Value> =
        attributes.iter().map(|(name, value)| (format!("ce-{name}"), Value::from(value.clone()))).collect();
    json!({
        "attributes": attributes,
        "data": STANDARD.encode(body),
        "messageId": id,
        "message_id": id,
        "publishTime": "2026-09-21T15:00:00.123Z",
        "publish_time": "2026-09-21T15:00:00.123Z",
    })
}

fn value<'a>(attributes: &'a [(String, String)], wanted: &str) -> Option<&'a str> {
    attributes.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
}

#[test]
fn an_event_comes_out_as_it_went_in() {
    let post = Post::new(&["github", "google-pubsub"], Arc::new(Forgetful));
    let bodies: [&[u8]; 4] = [br#"{"action":"opened"}"#, b"", b"\x00\xff not text", b"payload=%7B%7D"];
    for body in bodies {
        let github = Request::post("/github", body.to_vec())
            .header("x-github-event", "pull_request")
            .header("x-github-delivery", "guid-1")
            .header("content-type", "application/json; charset=utf-8")
            .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
            .header("tracestate", "a=1");
        let (first, before) = post.taken(post.stage.signed("github", github));
        let push = post
            .wrapped(&message_of(&before.attributes, body, "77"))
            .header("traceparent", "00-11111111111111111111111111111111-2222222222222222-00");
        let (second, after) = post.taken(push);

        assert_eq!(second.body, first.body);
        assert_eq!((&second.id, &second.kind, second.time), (&claimed("guid-1"), &claimed("pull_request"), first.time));
        assert_eq!((after.source.as_str(), after.origin.as_str()), ("google-pubsub", "github"));
        for name in ["specversion", "id", "source", "type", "time", "datacontenttype", "traceparent", "tracestate"] {
            let same = (value(&after.attributes, name), value(&before.attributes, name));
            assert!(same.0.is_some() && same.0 == same.1, "{name}: {same:?}");
        }
        // What this door proved, not what the message claims.
        assert_eq!(value(&before.attributes, "trust"), Some("verified"));
        assert_eq!(value(&after.attributes, "trust"), Some("authenticated"));
        let mut names: Vec<&str> = after.attributes.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
        let structured: Value = serde_json::from_slice(&second.cloudevent).unwrap();
        assert_eq!(structured["source"], "github");
        assert_eq!(structured["data_base64"], STANDARD.encode(body));
    }
}

#[test]
fn an_event_without_an_id_or_a_type_keeps_the_names_that_it_was_given() {
    let post = Post::new(&["github", "google-pubsub"], Arc::new(Forgetful));
    let (_, before) = post.taken(post.stage.signed("github", Request::post("/github", "{}")));
    let (_, after) = post.taken(post.wrapped(&message_of(&before.attributes, b"{}", "77")));
    for name in ["id", "source", "type", "time"] {
        assert_eq!(value(&after.attributes, name), value(&before.attributes, name), "{name}");
    }
    // The push is JSON; what is inside did not say what it is.
    assert_eq!((after.content_type, value(&after.attributes, "datacontenttype")), (None, None));
}

#[test]
fn extensions_go_on_but_for_those_of_a_door() {
    let post = Post::new(&["google-pubsub"], Arc::new(Forgetful));
    let attributes = json!({
        "ce-specversion": "1.0", "ce-id": "1", "ce-source": "/shop", "ce-type": "order", "ce-subject": "7",
        "ce-repo": "a/b", "ce-trust": "verified", "ce-doorbellid": "forged", "ce-secretversion": "forged",
        "ce-datacontentencoding": "base64",
        "ce-data": "{}", "ce-data_base64": "e30=", "ce-Upper": "x", "ce-": "x", "other": "x",
    });
    let (_, seen) = post.taken(post.wrapped(&json!({ "attributes": attributes, "messageId": "9" })));
    let kept = |name| value(&seen.attributes, name);
    assert_eq!((kept("subject"), kept("repo")), (Some("7"), Some("a/b")));
    assert_eq!(
        (kept("trust"), kept("secretversion"), kept("doorbellid")),
        (Some("authenticated"), Some("0"), Some("test-1"))
    );
    let gone = ["data", "data_base64", "datacontentencoding", "Upper", "", "other"];
    assert_eq!(gone.map(kept), [None; 6]);
}

#[test]
fn a_plain_message_is_an_event_of_the_queue() {
    let post = Post::new(&["google-pubsub"], Arc::new(Forgetful));
    let message = json!({
        "data": "aGVsbG8=", "messageId": "42", "publishTime": "2026-09-21T15:00:00.123Z", "orderingKey": "a/b",
        "attributes": { "Content-Type": "text/plain", "ce-id": "not an event without the rest" },
    });
    let body = json!({ "message": message, "subscription": "s", "deliveryAttempt": 3 }).to_string();
    let (taken, seen) = post.taken(post.push(&body));
    assert_eq!((&taken.body[..], &taken.id), (&b"hello"[..], &claimed("42")));
    assert_eq!(taken.kind, claimed("google.cloud.pubsub.topic.v1.messagePublished"));
    assert_eq!(taken.time, moment("2026-09-21T15:00:00.123Z"));
    assert_eq!((seen.origin.as_str(), seen.content_type.as_deref()), ("google-pubsub", Some("text/plain")));
    assert_eq!((seen.ordering_key.as_deref(), seen.attempt), (Some("a/b"), Some(3)));

    let snake = json!({ "message_id": "43", "publish_time": "2026-09-21T15:00:01Z", "ordering_key": "c" });
    let (taken, seen) = post.taken(post.wrapped(&snake));
    assert_eq!((taken.body.len(), taken.id, taken.time), (0, claimed("43"), moment("2026-09-21T15:00:01Z")));
    assert_eq!((seen.ordering_key.as_deref(), seen.attempt), (Some("c"), None));

    // A moment that is none is the moment of arrival.
    let (taken, _) = post.taken(post.wrapped(&json!({ "messageId": "44", "publishTime": "yesterday" })));
    assert_eq!(taken.time, post.stage.clock.now());
}

#[test]
fn an_unwrapped_message_has_its_metadata_in_headers() {
    let post = Post::new(&["google-pubsub"], Arc::new(Forgetful));
    let bare = |id: &str, body: &str| {
        Request::post(PATH, body.to_owned())
            .header("authorization", &post.token())
            .header("x-goog-pubsub-message-id", id)
            .header("x-goog-pubsub-publish-time", "2026-09-21T15:00:00Z")
            .header("x-goog-pubsub-ordering-key", "k")
            .header("content-type", "application/json")
    };
    let (taken, seen) = post.taken(bare("1", "[1]").header("x-goog-pubsub-delivery-attempt", "2"));
    assert_eq!((&taken.body[..], taken.id, taken.time), (&b"[1]"[..], claimed("1"), moment("2026-09-21T15:00:00Z")));
    assert_eq!((seen.ordering_key.as_deref(), seen.attempt), (Some("k"), Some(2)));
    assert_eq!(seen.content_type.as_deref(), Some("application/json"));

    let event = |request: Request| {
        let all = [("ce-specversion", "1.0"), ("ce-id", "e1"), ("ce-source", "github"), ("ce-type", "push")];
        all.into_iter().fold(request, |request, (name, value)| request.header(name, value))
    };
    let (taken, seen) =
        post.taken(event(bare("2", "{}")).header("ce-datacontenttype", "text/x").header("ce-repo", "r"));
    assert_eq!((taken.id, taken.kind), (claimed("e1"), claimed("push")));
    assert_eq!((seen.origin.as_str(), seen.content_type.as_deref()), ("github", Some("text/x")));
    assert_eq!(value(&seen.attributes, "repo"), Some("r"));

    // A publisher's attribute of the same name stands beside it: nobody knows which is which.
    for name in ["x-goog-pubsub-message-id", "x-goog-pubsub-ordering-key", "ce-id", "content-type"] {
        let heard = post.stage.ring(event(bare("3", "{}")).header(name, "other"));
        assert_eq!(heard.line(), ("refused", "malformed-envelope", 400), "{name}");
    }
}

#[test]
fn what_is_no_message_is_refused_and_counted() {
    let post = Post::new(&["google-pubsub"], Arc::new(Forgetful));
    let bodies = [
        "",
        "{",
        "[]",
        "null",
        r#"{"subscription":"s"}"#,
        r#"{"message":null}"#,
        r#"{"message":"text"}"#,
        r#"{"message":{"data":"e30"}}"#,
        r#"{"message":{"data":"not base64!"}}"#,
        r#"{"message":{"data":"e30=\n"}}"#,
        r#"{"message":{"data":7}}"#,
        r#"{"message":{"attributes":["a"]}}"#,
        r#"{"message":{"attributes":{"a":1}}}"#,
        r#"{"message":{"messageId":"1","messageId":"2"}}"#,
        r#"{"message":{}} {}"#,
        r#"{"message":{},"deliveryAttempt":-1}"#,
        // Unwrapped without metadata: nothing tells one message from another.
        r#"{"order":7}"#,
    ];
    for body in bodies {
        let heard = post.stage.ring(post.push(body));
        assert_eq!(heard.line(), ("refused", "malformed-envelope", 400), "{body}");
        assert_eq!(&heard.body[..], b"bad request\n");
    }
    let counts = post.stage.counts("google-pubsub");
    assert_eq!((counts.received, counts.refused), (bodies.len() as u64, bodies.len() as u64));
    // Without the proof nobody learns whether it could have been opened.
    let heard = post.stage.ring(Request::post(PATH, "{"));
    assert_eq!(heard.line(), ("refused", "missing-signature", 401));
    assert_eq!(post.kept.calls(), 0);
}

#[test]
fn a_poison_message_goes_to_the_dead_letters_with_its_reason() {
    let dead = Scripted::new(&[]);
    let post = Post::with_dead_letters(&dead);
    let bodies: [&[u8]; 4] = [b"{", b"{}", br#"{"message":{"messageId":"1","data":"?"}}"#, b"\x00\xff"];
    for body in bodies {
        let push = Request::post(PATH, body).header("authorization", &post.token()).header("content-type", "text/odd");
        let heard = post.stage.ring(push.clone());
        assert_eq!((heard.line(), heard.body.len()), (("dead-lettered", "malformed-envelope", 200), 0));
        let taken = dead.taken().pop().unwrap();
        assert_eq!((&taken.body[..], taken.kind), (body, claimed("doorbell.deadletter")));
        let event: Value = serde_json::from_slice(&taken.cloudevent).unwrap();
        let read = ["source", "reason", "datacontenttype", "trust"].map(|name| event[name].as_str().unwrap());
        assert_eq!(read, ["google-pubsub", "malformed-envelope", "text/odd", "authenticated"]);
        assert_eq!(post.stage.ring(push).line(), ("duplicate", "", 200));
    }
    // The one who cannot prove anything leaves nothing there.
    assert_eq!(post.stage.ring(Request::post(PATH, "{ ")).line(), ("refused", "missing-signature", 401));
    let forged = Request::post(PATH, "{ ").header("authorization", "Bearer a.b.c");
    assert_eq!(post.stage.ring(forged).status, 401);
    // What can be opened goes its way.
    post.taken(post.wrapped(&json!({ "messageId": "1" })));
    let counts = post.stage.counts("google-pubsub");
    assert!(counts.balanced());
    assert_eq!((counts.received, counts.handed_off, counts.duplicate, counts.refused), (11, 5, 4, 2));
    assert_eq!((dead.calls(), post.kept.calls()), (4, 1));
}

#[test]
fn a_poison_message_without_a_wrapper_is_told_from_another_by_its_id() {
    let dead = Scripted::new(&[]);
    let post = Post::with_dead_letters(&dead);
    for id in ["1", "2"] {
        let doubled =
            post.push("same").header("x-goog-pubsub-message-id", id).header("ce-id", "a").header("ce-id", "b");
        assert_eq!(post.stage.ring(doubled).line(), ("dead-lettered", "malformed-envelope", 200), "{id}");
    }
    assert_eq!(dead.taken().into_iter().map(|taken| taken.id).collect::<Vec<_>>(), ["1", "2"].map(claimed));
}

#[test]
fn a_poison_message_that_the_dead_letters_do_not_take_comes_again() {
    let dead = Scripted::new(&[Step::Refuse]);
    let post = Post::with_dead_letters(&dead);
    assert_eq!(post.stage.ring(post.push("{")).line(), ("failed", "destination-failed", 503));
    assert_eq!(post.stage.ring(post.push("{")).line(), ("dead-lettered", "malformed-envelope", 200));
    assert_eq!(dead.taken().len(), 1);
}

#[test]
fn another_attempt_and_another_publication_are_duplicates() {
    let event = |id: &str, origin: &str| {
        [("specversion", "1.0"), ("id", id), ("source", origin), ("type", "push")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let post = Post::new(&["google-pubsub"], Arc::new(Book::default()));
    let ring = |message: &Value, attempt: u32| {
        let body = json!({ "message": message, "subscription": "s", "deliveryAttempt": attempt }).to_string();
        post.stage.ring(post.push(&body)).line()
    };
    let (new, again) = (("handed-off", "", 200), ("duplicate", "", 200));
    let first = message_of(&event("e1", "github"), b"{}", "1");
    assert_eq!(ring(&first, 1), new);
    assert_eq!(ring(&first, 2), again, "another attempt");
    assert_eq!(ring(&message_of(&event("e1", "github"), b"{}", "2"), 1), again, "another publication");
    assert_eq!(ring(&message_of(&event("e2", "github"), b"{}", "3"), 1), new, "another id");
    assert_eq!(ring(&message_of(&event("e1", "github"), b"[]", "4"), 1), new, "another body");
    assert_eq!(ring(&message_of(&event("e1", "gitlab"), b"{}", "5"), 1), new, "another origin");
    // Plain messages are told apart by the queue's own id.
    let plain = |id: &str| json!({ "data": "e30=", "messageId": id });
    assert_eq!((ring(&plain("6"), 1), ring(&plain("6"), 2), ring(&plain("7"), 1)), (new, again, new));
}

#[test]
fn routes_read_the_type_and_the_action_of_what_is_inside() {
    let filters = ["pull_request.opened".to_owned(), "push".to_owned(), "issues.*".to_owned()];
    let only = |source: &mut Source| source.events = Filter::new(Some(&filters));
    let post = Post::changed(&["github", "google-pubsub"], Arc::new(Forgetful), only);
    let github = |kind: &str, body: &'static str| {
        post.stage.signed("github", Request::post("/github", body).header("x-github-event", kind))
    };
    // What is inside is not read again: the attribute says it.
    for (kind, body, action) in [("pull_request", r#"{"action":"opened"}"#, Some("opened")), ("push", "{}", None)] {
        let (_, before) = post.taken(github(kind, body));
        let (taken, after) = post.taken(post.wrapped(&message_of(&before.attributes, b"{}", "1")));
        assert_eq!(taken.action, action.and_then(claimed));
        assert_eq!([&before, &after].map(|seen| value(&seen.attributes, "action")), [action; 2]);
    }
    let inside = |kind: &str, action: &[(&str, &str)]| {
        let of = [("specversion", "1.0"), ("id", "1"), ("source", "github"), ("type", kind)];
        let of = of.iter().chain(action).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        post.stage.ring(post.wrapped(&message_of(&of.collect::<Vec<_>>(), br#"{"action":"opened"}"#, "1"))).outcome()
    };
    assert_eq!((inside("push", &[]), inside("star", &[])), ("handed-off", "ignored"));
    assert_eq!(inside("pull_request", &[("action", "closed")]), "ignored");
    assert_eq!(inside("pull_request", &[]), "ignored", "a body is no letter");
    assert_eq!((inside("issues", &[]), inside("issues", &[("action", "made")])), ("ignored", "handed-off"));
}
