//! `split` of a source: an array of many events becomes an event each.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests")]

use conformance::destination::Step;
use conformance::door::Request;
use conformance::routing::Routing;
use doorbell_adapters::startup;
use doorbell_core::config::Config;
use doorbell_core::event::Fact;
use doorbell_core::locate::Locate;
use doorbell_core::provider::{ALL, Facts};
use doorbell_core::schema::Schema;
use doorbell_core::source::DEFAULT_BUDGET;
use serde_json::Value;

const ONE_ROUTE: &str = "[[route]]\nto = ['a']\n";

fn json(pointer: &'static str) -> Locate {
    Locate::Json(pointer.into())
}

/// A source whose events stand at `at`, each with its own id and type, in front of a destination that does this.
fn splitting(at: Locate, script: &[Step]) -> Routing {
    Routing::of_source(ONE_ROUTE, &[("a", script)], |source| {
        source.split = Some(at);
        source.facts = Facts { id: vec![json("/id")].into(), kind: vec![json("/type")].into(), ..Facts::default() };
    })
}

fn bodies(routing: &Routing) -> Vec<String> {
    let taken = routing.taken("a").into_iter();
    let mut bodies: Vec<_> = taken.map(|taken| String::from_utf8(taken.body.to_vec()).unwrap()).collect();
    bodies.sort();
    bodies
}

fn ids(routing: &Routing) -> Vec<String> {
    let id =
        |cloudevent: &[u8]| serde_json::from_slice::<Value>(cloudevent).unwrap()["id"].as_str().unwrap().to_owned();
    let mut ids: Vec<_> = routing.taken("a").iter().map(|taken| id(&taken.cloudevent)).collect();
    ids.sort();
    ids.dedup();
    ids
}

#[test]
fn each_element_is_an_event_of_exactly_its_bytes() {
    let routing = splitting(json("/data/events"), &[]);
    let heard = routing.ring("{\"data\": {\"events\": [ {\"id\":\"e1\", \"type\":\"open\"} ,\n{\"type\":\"click\",\"n\":1.0,\"id\":\"e2\"}]}}");
    assert_eq!(heard.line(), ("handed-off", "", 200));
    assert_eq!(heard.record.unwrap().events, Some(2));
    assert_eq!(bodies(&routing), [r#"{"id":"e1", "type":"open"}"#, r#"{"type":"click","n":1.0,"id":"e2"}"#]);
    let mut kinds: Vec<_> = routing.taken("a").into_iter().map(|taken| (taken.id, taken.kind)).collect();
    kinds.sort_by_key(|(id, _)| id.as_ref().map(|id| id.text().to_owned()));
    let signed = |text: &str| Some(Fact::Signed(text.to_owned()));
    assert_eq!(kinds, [(signed("e1"), signed("open")), (signed("e2"), signed("click"))]);
    let (deliveries, events) = counts(&routing);
    assert!(deliveries.balanced() && events.balanced());
    assert_eq!((deliveries.handed_off, events.handed_off), (1, 2));
}

fn counts(routing: &Routing) -> (doorbell_core::tally::Counts, doorbell_core::tally::Counts) {
    let batched = routing.stage.receiver.batched("standard-webhooks").unwrap();
    (routing.stage.counts("standard-webhooks"), batched)
}

/// One answer cannot be every event's: the sender of a batch is told a plain yes.
#[test]
fn a_batch_is_told_a_plain_yes_whatever_its_route_says() {
    let routes = "[[route]]\nto = ['a']\nrespond = { body = '{{ id }}' }\n";
    let routing = Routing::of_source(routes, &[("a", &[])], |source| source.split = Some(json("/events")));
    for (delivery, body) in
        [("handed-off", ""), ("duplicate", "")].into_iter().zip([r#"{"events":[{"a":1},{"a":2}]}"#; 2])
    {
        let heard = routing.ring(body);
        assert_eq!(heard.line(), (delivery.0, delivery.1, 200));
        assert_eq!(heard.body, "");
    }
    assert_eq!(routing.ring(r#"{"a":1}"#).body, "\"msg_2\"", "what is no batch is answered as ever");
}

/// An operator must hear of each destination that failed, whichever event of a batch it was.
#[test]
fn what_became_of_any_event_of_a_batch_is_told() {
    let routes =
        "[[route]]\nto = ['a']\nalso = ['c']\n[destination.a]\nkind = 'http'\nurl = 'https://a.example'\nspill = 'b'\n";
    let scripts: &[(&str, &[Step])] =
        &[("a", &[Step::Take, Step::Refuse, Step::Refuse]), ("b", &[]), ("c", &[Step::Take, Step::Refuse])];
    let routing = Routing::of_source(routes, scripts, |source| source.split = Some(json("/events")));
    let record = routing.ring(r#"{"events":[{"a":1},{"a":2},{"a":3}]}"#).record.unwrap();
    let named = |all: &[(doorbell_core::name::DestinationName, doorbell_core::Fault)]| {
        all.iter().map(|(name, fault)| format!("{name} {}", fault.code())).collect::<Vec<_>>()
    };
    assert_eq!(named(&record.spilled), ["a destination-failed"], "once");
    assert_eq!(named(&record.missed), ["c destination-failed"]);
    assert_eq!(counts(&routing).0.spilled, 2);
}

/// The array in a form is Mandrill's.
#[test]
fn an_array_in_a_form_is_split_too() {
    let routing = splitting(Locate::FormJson("mandrill_events".into(), "".into()), &[]);
    let heard = routing.ring("mandrill_events=%5B%7B%22id%22%3A1%7D%2C%7B%22id%22%3A2%7D%5D");
    assert_eq!(heard.line(), ("handed-off", "", 200));
    assert_eq!(bodies(&routing), [r#"{"id":1}"#, r#"{"id":2}"#]);
    assert_eq!(routing.ring("other=1").line(), ("handed-off", "", 200), "one event");
}

/// Without ids equal events are as many as they are; a retry of the batch brings none of them again, another batch does.
#[test]
fn equal_events_of_a_batch_are_several_and_its_retry_is_none() {
    let routing = splitting(json(""), &[]);
    assert_eq!(routing.ring("[{},{},{}]").line(), ("handed-off", "", 200));
    assert_eq!((bodies(&routing).len(), ids(&routing).len()), (3, 3));
    assert_eq!(routing.ring("[{},{},{}]").line(), ("duplicate", "", 200));
    assert_eq!(routing.ring("[{},{}]").line(), ("handed-off", "", 200));
    assert_eq!((bodies(&routing).len(), ids(&routing).len()), (5, 5));
}

/// With ids a retry that is batched otherwise brings what is new alone.
#[test]
fn an_event_with_an_id_is_the_same_in_every_batch() {
    let routing = splitting(json(""), &[]);
    assert_eq!(routing.ring(r#"[{"id":"a"},{"id":"b"}]"#).line(), ("handed-off", "", 200));
    assert_eq!(routing.ring(r#"[{"id":"b"},{"id":"c"}]"#).line(), ("handed-off", "", 200));
    assert_eq!(ids(&routing), ["a", "b", "c"]);
    let (_, events) = counts(&routing);
    assert_eq!((events.received, events.handed_off, events.duplicate), (4, 3, 1));
}

#[test]
fn one_that_fails_is_a_503_and_the_retry_brings_only_what_is_missing() {
    let routing = splitting(json(""), &[Step::Take, Step::Refuse, Step::Take]);
    let heard = routing.ring("[{\"n\":1},{\"n\":2},{\"n\":3}]");
    assert_eq!(heard.line(), ("failed", "destination-failed", 503));
    assert_eq!(heard.record.unwrap().destination.unwrap().as_str(), "a");
    assert_eq!(bodies(&routing).len(), 2);
    assert_eq!(routing.ring("[{\"n\":1},{\"n\":2},{\"n\":3}]").line(), ("handed-off", "", 200));
    assert_eq!(bodies(&routing), [r#"{"n":1}"#, r#"{"n":2}"#, r#"{"n":3}"#]);
    let (deliveries, events) = counts(&routing);
    assert_eq!((deliveries.failed, events.failed, events.duplicate, events.handed_off), (1, 1, 2, 3));
}

/// Its sender hears of it; what is well is held, and what fails comes first: a retry may mend that.
#[test]
fn one_that_is_refused_is_a_422_and_the_others_are_held() {
    let unfit = |script: &[Step]| {
        Routing::of_source(ONE_ROUTE, &[("a", script)], |source| {
            source.split = Some(json("/events"));
            // The id of this one is in a header: it is the delivery's, and no event's.
            source.schema = Some(Schema::parse(br#"{"required":["id"]}"#).unwrap());
        })
    };
    let body = r#"{"events":[{"id":1},{},{"id":3}]}"#;
    let routing = unfit(&[]);
    let heard = routing.ring(body);
    assert_eq!((heard.line(), &heard.body[..]), (("refused", "unfit-body", 422), &b"body: required\n"[..]));
    assert_eq!(heard.record.unwrap().events, Some(3));
    assert_eq!(bodies(&routing), [r#"{"id":1}"#, r#"{"id":3}"#]);
    assert_eq!(unfit(&[Step::Refuse]).ring(body).line(), ("failed", "destination-failed", 503));
}

/// Ten thousand events could each be thought about for a while, and their sender has left long ago.
#[test]
fn an_event_whose_turn_comes_too_late_is_not_decided_on() {
    let routes = "[[route]]\nextract = { n = { from = '$.n', required = true } }\nto = ['a']\n";
    let routing = Routing::of_source(routes, &[("a", &[Step::Hang; 16])], |source| source.split = Some(json("")));
    let held = r#"{"n":1}"#;
    let body = format!("[{},{{}},{{}}]", vec![held; 16].join(","));
    let request = Request::post("/standard-webhooks", body).header("webhook-id", "msg_1");
    let mut ringing = routing.stage.begin(routing.stage.signed("standard-webhooks", request));
    assert!(ringing.run().is_none());
    routing.stage.clock.advance(DEFAULT_BUDGET);
    assert_eq!(ringing.run().unwrap().status, 503);
    let (_, events) = counts(&routing);
    assert_eq!((events.failed, events.refused), (18, 0));
}

#[test]
fn what_holds_no_array_is_one_event_and_what_cannot_be_read_is_refused() {
    let routing = splitting(json("/events"), &[]);
    for body in [r#"{"events":{"id":1}}"#, r#"{"id":2}"#, "[]", "text", "a=b"] {
        assert_eq!(routing.ring(body).line(), ("handed-off", "", 200), "{body}");
    }
    assert_eq!(bodies(&routing).len(), 5);
    assert_eq!(routing.ring(r#"{"events":[]}"#).line(), ("ignored", "empty-batch", 200));
    for body in [r#"{"events":["#, r#"{"events":[1,]}"#] {
        assert_eq!(routing.ring(body).line(), ("refused", "malformed-body", 400), "{body}");
    }
    let many = |count: usize| format!("{{\"events\":[{}1]}}", "1,".repeat(count - 1));
    assert_eq!(routing.ring(&many(10_001)).line(), ("refused", "malformed-body", 400));
    assert_eq!(routing.ring(&many(10_000)).line(), ("handed-off", "", 200));
    assert_eq!(bodies(&routing).len(), 10_005);
}

/// `grafana` sends one notification of its alerts, Unisender nests lists in lists.
#[test]
fn every_sender_of_arrays_has_facts_of_one_element() {
    for provider in ALL {
        let facts = &provider.facts;
        let all = || [&facts.id, &facts.kind, &facts.action].into_iter().flat_map(|places| places.iter());
        let into_first = |place: &Locate| matches!(place, Locate::Json(pointer) | Locate::FormJson(_, pointer) if pointer.contains("/0/"));
        let Some(batch) = &provider.batch else {
            let known = ["grafana", "unisender-go"].contains(&provider.name);
            assert!(known || !all().any(into_first), "{}: an array, and no batch", provider.label());
            continue;
        };
        let element = facts.of_element(batch);
        for (whole, own) in [(&facts.id, &element.id), (&facts.kind, &element.kind), (&facts.action, &element.action)] {
            assert_eq!(
                whole.iter().any(into_first),
                own.iter().any(|at| matches!(at, Locate::Json(_))),
                "{}",
                provider.label()
            );
        }
        let time = facts.time.as_ref().is_some_and(|(at, _)| into_first(at));
        assert_eq!(time, element.time.is_some(), "{}", provider.label());
    }
}

#[test]
fn where_the_array_is_must_be_known() {
    let read = |keys: &str| {
        let text = format!(
            "[source.hook]\n{keys}\nsecret = 'env://S'\n[destination.d]\nkind = 'discard'\ndangerously_discard = true\n[[route]]\nto = ['d']\n"
        );
        Config::parse(&text, "doorbell.toml", &startup::registry()).map_err(|problems| problems.to_string())
    };
    let described = "verify = { hmac = 'sha256', header = 'X-S', signed = ['body'] }\nid = 'json:/id'";
    for (keys, problem) in [
        ("provider = 'github'\nsplit = true".to_owned(), "3:1: GitHub sends no arrays of events; remove it"),
        (
            "provider = 'sendgrid'\nsplit = ''".to_owned(),
            "3:1: where the events of SendGrid Event Webhook / Inbound Parse are is known; write split = true",
        ),
        (
            format!("{described}\nsplit = true"),
            "4:1: where the array is nobody says; write its JSON pointer, such as split = \"/events\"",
        ),
        (
            format!("{described}\nsplit = 'events'"),
            "4:9: \"split\" is not where an array is; write true, or a JSON pointer such as \"/events\"; \"\" is the whole body",
        ),
    ] {
        let found = read(&keys).unwrap_err();
        assert_eq!(found.trim_end(), format!("doorbell.toml:{problem}"));
    }
    let source = read("provider = 'sendgrid'\nsplit = true").unwrap().sources.remove(0);
    assert_eq!((source.split.clone(), source.facts().id), (Some(json("")), vec![json("/sg_event_id")].into()));
    let source = read(&format!("{described}\nsplit = '/events'")).unwrap().sources.remove(0);
    assert_eq!((source.split.clone(), source.facts().id), (Some(json("/events")), vec![json("/id")].into()));
}
