//! What stands behind a destination: the spill that takes an event when it fails, the keeper of bodies that are too large for it.

use std::sync::Arc;
use std::time::Duration;

use conformance::dedupe::Book;
use conformance::destination::{Scripted, Step};
use conformance::routing::read;
use conformance::stage::{Stage, source_of};
use doorbell_core::destination::{ClaimCheck, Target};
use doorbell_core::route::{Route, Routes};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The default budget less the margin for the way back.
const BUDGET: Duration = Duration::from_millis(9_750);
const TICK: Duration = Duration::from_millis(1);
const HANDED_OFF: (&str, &str, u16) = ("handed-off", "", 200);

fn behind(main: Arc<Target>, spill: Option<Arc<Target>>, keeper: Option<(usize, Arc<Target>)>) -> Arc<Target> {
    let main = Arc::into_inner(main).unwrap_or_else(|| panic!("a target of its own"));
    let claim_check = keeper.map(|(above, keeper)| ClaimCheck { above, keeper });
    Arc::new(Target { spill, claim_check, ..main })
}

fn stage(targets: Vec<Arc<Target>>) -> Stage {
    Stage::new(vec![source_of("standard-webhooks", targets)], Arc::new(Book::default()), 0)
}

/// `main` with a spill, and both of them.
fn spilling(main: &[Step], spill: &[Step]) -> (Stage, Arc<Scripted>, Arc<Scripted>) {
    let (main, spill) = (Scripted::new(main), Scripted::new(spill));
    (stage(vec![behind(main.target("main"), Some(spill.target("parked")), None)]), main, spill)
}

fn kept(destination: &Scripted) -> Vec<Value> {
    destination
        .taken()
        .iter()
        .map(|taken| serde_json::from_slice(&taken.cloudevent).unwrap_or_else(|error| panic!("{error}")))
        .collect()
}

/// A sender that never comes again loses nothing while the first choice is down.
#[test]
fn a_spill_takes_what_its_destination_does_not_and_says_why() {
    for (step, fault) in [(Step::Refuse, "destination-failed"), (Step::PanicInCall, "destination-panicked")] {
        let (stage, main, spill) = spilling(&[step], &[]);
        let heard = stage.ring(stage.message("msg_1"));
        assert_eq!(heard.line(), HANDED_OFF);
        let record = heard.record.unwrap();
        let [(name, why)] = record.spilled.as_slice() else { panic!("{record:?}") };
        assert_eq!((name.as_str(), why.code()), ("main", fault));
        assert_eq!((main.taken().len(), stage.counts("standard-webhooks").spilled), (0, 1));
        let [event] = kept(&spill).try_into().unwrap();
        assert_eq!((&event["spilledfrom"], &event["spilledfor"]), (&json!("main"), &json!(fault)));
        assert!(!spill.taken()[0].body.is_empty());
        assert_eq!(stage.ring(stage.message("msg_1")).line(), ("duplicate", "", 200), "held is held");
        assert_eq!((main.calls(), spill.calls()), (1, 1));
    }
}

#[test]
fn a_destination_that_takes_the_event_leaves_its_spill_alone() {
    let (stage, main, spill) = spilling(&[], &[]);
    let heard = stage.ring(stage.message("msg_1"));
    assert_eq!(heard.line(), HANDED_OFF);
    assert!(heard.record.unwrap().spilled.is_empty());
    assert_eq!((main.taken().len(), spill.calls(), stage.counts("standard-webhooks").spilled), (1, 0, 0));
    assert_eq!(kept(&main)[0].get("spilledfrom"), None);
}

/// The spill needs time of its own: a destination that hangs must not use up the sender's patience.
#[test]
fn a_destination_that_hangs_leaves_a_third_of_the_budget_to_its_spill() {
    let (stage, _main, spill) = spilling(&[Step::Hang], &[]);
    let mut slow = stage.begin(stage.message("msg_1"));
    assert!(slow.run().is_none());
    stage.clock.advance(BUDGET * 2 / 3 - TICK);
    assert!(slow.run().is_none());
    assert_eq!(spill.calls(), 0);
    stage.clock.advance(TICK);
    let heard = slow.run().unwrap();
    assert_eq!(heard.line(), HANDED_OFF);
    assert_eq!(heard.record.unwrap().spilled[0].1.code(), "destination-timed-out");
}

#[test]
fn where_the_spill_fails_too_the_answer_is_no_and_says_both() {
    let (stage, main, spill) = spilling(&[Step::Refuse], &[Step::Refuse]);
    let heard = stage.ring(stage.message("msg_1"));
    assert_eq!(heard.line(), ("failed", "destination-failed", 503));
    let said = heard.record.unwrap().fault.unwrap().to_string();
    assert_eq!(
        said,
        "destination-failed: destination-failed: as scripted; and its spill parked: destination-failed: as scripted"
    );
    assert_eq!(stage.ring(stage.message("msg_1")).line(), HANDED_OFF, "nothing holds it, so it may come again");
    assert_eq!((main.taken().len(), spill.taken().len()), (1, 0));
}

/// A retry repeats what is missing, and what was spilled is not missing.
#[test]
fn what_was_spilled_is_not_handed_off_again_for_anothers_failure() {
    let (main, spill, other) = (Scripted::new(&[Step::Refuse]), Scripted::new(&[]), Scripted::new(&[Step::Refuse]));
    let main_target = behind(main.target("main"), Some(spill.target("parked")), None);
    let stage = stage(vec![main_target, other.target("other")]);
    let heard = stage.ring(stage.message("msg_1"));
    assert_eq!(heard.line(), ("failed", "destination-failed", 503));
    assert_eq!(heard.record.unwrap().spilled[0].0.as_str(), "main");
    assert_eq!(stage.ring(stage.message("msg_1")).line(), HANDED_OFF);
    assert_eq!((main.calls(), spill.taken().len(), other.taken().len()), (1, 1, 1));
}

/// What is only offered may have a spill, too; an operator hears of it.
#[test]
fn an_offer_that_is_spilled_is_held_and_told() {
    let (main, audit, spill) = (Scripted::new(&[]), Scripted::new(&[Step::Refuse]), Scripted::new(&[]));
    let mut source = source_of("standard-webhooks", Vec::new());
    let also = vec![behind(audit.target("audit"), Some(spill.target("parked")), None)];
    source.routes = Routes::new(vec![Route { also, ..Route::to(vec![main.target("main")]) }]);
    let stage = Stage::new(vec![source], Arc::new(Book::default()), 0);
    let heard = stage.ring(stage.message("msg_1"));
    assert_eq!(heard.line(), HANDED_OFF);
    let record = heard.record.unwrap();
    assert_eq!((record.missed.len(), record.spilled[0].0.as_str(), kept(&spill).len()), (0, "audit", 1));
    let counts = stage.counts("standard-webhooks");
    assert_eq!((counts.also_held, counts.also_missed, counts.spilled), (1, 0, 1));
}

#[test]
fn a_body_that_is_too_large_is_parked_and_the_event_says_where() {
    let (main, keeper) = (Scripted::new(&[]), Scripted::new(&[]));
    let body = stage(Vec::new()).message("msg_1").body;
    for (above, parked) in [(body.len() - 1, true), (body.len(), false)] {
        let stage = stage(vec![behind(main.target("main"), None, Some((above, keeper.target("large"))))]);
        assert_eq!(stage.ring(stage.message("msg_1")).line(), HANDED_OFF);
        let (event, whole) = (kept(&main).pop().unwrap(), kept(&keeper).pop());
        if parked {
            let digest = Sha256::digest(&body).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
            assert_eq!(event["dataref"], format!("kept:{digest}"));
            assert_eq!(event["datadigest"], format!("sha256:{digest}"));
            assert_eq!(event["datasize"], body.len().to_string());
            assert_eq!(event.get("data_base64"), None);
            assert_eq!(keeper.taken()[0].body, body);
            let whole = whole.unwrap();
            for same in ["id", "source", "type", "time", "datacontenttype", "trust", "doorbellid"] {
                assert_eq!(event[same], whole[same], "{same}");
            }
        } else {
            assert_eq!((main.taken()[1].body.clone(), event.get("dataref")), (body.clone(), None));
            assert_eq!(keeper.calls(), 1);
        }
    }
}

#[test]
fn a_body_that_cannot_be_parked_is_not_said_to_be_somewhere() {
    for (step, fault) in [
        (Step::Refuse, "destination-failed: claim check in large: as scripted"),
        (Step::PanicInFuture, "destination-panicked"),
    ] {
        let (main, keeper) = (Scripted::new(&[]), Scripted::new(&[step]));
        let stage = stage(vec![behind(main.target("main"), None, Some((0, keeper.target("large"))))]);
        let heard = stage.ring(stage.message("msg_1"));
        assert_eq!(heard.record.as_ref().unwrap().fault.as_ref().unwrap().to_string(), fault);
        assert_eq!((heard.line().2, main.calls()), (503, 0));
    }
}

#[test]
fn what_stands_behind_is_checked_with_the_config() {
    let queue = "kind = \"sqs\"\nqueue_url = \"https://sqs.eu-west-1.amazonaws.com/123456789012/jobs\"\n";
    let bucket = "[destination.large]\nkind = \"s3\"\nbucket = \"parked-bodies\"\n";
    let journal = |more: &str| format!("[destination.disk]\nkind = \"journal\"\npath = \"a.jsonl\"\n{more}");
    let config = |of_queue: &str, others: &str| {
        read(&format!("[[route]]\nto = [\"queue\"]\n[destination.queue]\n{queue}{of_queue}\n{others}"), &[])
    };
    let sound = config("spill = \"disk\"\nclaim_check = \"large\"", &format!("{bucket}{}", journal(""))).unwrap();
    let behind = |name: &str| {
        let destination = sound.destinations.iter().find(|destination| destination.name == name).unwrap();
        [&destination.spill, &destination.claim_check].map(|other| other.as_ref().map(|other| other.value.as_str()))
    };
    assert_eq!(behind("queue"), [Some("disk"), Some("large")]);
    assert_eq!(behind("large"), [None, None]);
    for (of_queue, others, problem) in [
        ("spill = \"dsk\"", journal(""), "6:9: no destination is called \"dsk\"; did you mean \"disk\"?"),
        (
            "spill = \"queue\"",
            String::new(),
            "6:9: destination \"queue\" spills into itself; name another, one that fails for other reasons",
        ),
        (
            "spill = \"disk\"",
            format!("{}{bucket}", journal("spill = \"large\"\n")),
            "6:9: destination \"queue\" spills into \"disk\", which has a spill of its own; a spill that fails is a 503: remove the spill of one of them",
        ),
        (
            "spill = \"screen\"",
            "[destination.screen]\nkind = \"stdout\"\n".to_owned(),
            "8:8: destination \"screen\" is required, but its kind keeps nothing; choose a kind that keeps events, or add dangerously_stdout = true",
        ),
        (
            "claim_check = \"disk\"",
            journal(""),
            "6:15: destination \"disk\" is of kind \"journal\", which keeps no bodies; name one of kind s3, gcs or folder",
        ),
        (
            "spill = \"disk\"",
            format!("{}{bucket}", journal("claim_check = \"large\"\n")),
            "10:15: destination \"disk\" is of kind \"journal\", which takes bodies of any size; remove it",
        ),
        (
            "",
            bucket.to_owned(),
            "7:14: no route uses destination \"large\"; add \"large\" to a route's to or also, or remove it",
        ),
    ] {
        let problems = config(of_queue, &others).unwrap_err();
        assert_eq!(problems, format!("doorbell.toml:{problem}"), "{of_queue}");
    }
}
