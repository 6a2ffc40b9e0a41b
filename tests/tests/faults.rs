//! What goes wrong behind the door, and that no yes is said without a receipt.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::sync::Arc;
use std::time::Duration;

use conformance::dedupe::{Book, Break, Broken};
use conformance::destination::{Scripted, Step};
use conformance::door::{Heard, Request, admit};
use conformance::stage::{Stage, source_of};
use doorbell_core::Clock;
use doorbell_core::keys::Keys;
use doorbell_core::tally::Counts;

/// The default budget less the margin for the way back.
const BUDGET: Duration = Duration::from_millis(9_750);
const TICK: Duration = Duration::from_millis(1);
/// From the end of a budget to the end of its lease, and a little.
const LEASE_GRACE: Duration = Duration::from_secs(3);

const HANDED_OFF: (&str, &str, u16) = ("handed-off", "", 200);
const DUPLICATE: (&str, &str, u16) = ("duplicate", "", 200);

/// One destination under a script, behind a store that is right.
fn single(script: &[Step]) -> (Stage, Arc<Scripted>) {
    let destination = Scripted::new(script);
    (Stage::standard(vec![destination.target("one")], Arc::new(Book::default())), destination)
}

#[track_caller]
fn failed(heard: &Heard, fault: &str) {
    assert_eq!(heard.line(), ("failed", fault, 503));
    assert_eq!(heard.header("retry-after"), Some("5"));
    assert_eq!(&heard.body[..], b"try again later\n");
    assert_eq!(heard.record.as_ref().unwrap().fault.as_ref().unwrap().code(), fault);
}

#[test]
fn a_destination_that_is_down_is_a_503_and_the_retry_delivers() {
    let (stage, destination) = single(&[Step::Refuse]);
    let heard = stage.ring(stage.message("msg_1"));
    failed(&heard, "destination-failed");
    let record = heard.record.unwrap();
    assert_eq!(record.destination.unwrap().as_str(), "one");
    assert_eq!(record.fault.unwrap().to_string(), "destination-failed: as scripted");
    assert!(destination.taken().is_empty());

    assert_eq!(stage.ring(stage.message("msg_1")).line(), HANDED_OFF);
    assert_eq!(stage.ring(stage.message("msg_1")).line(), DUPLICATE);
    assert_eq!(destination.taken().len(), 1);
}

#[test]
fn a_slow_destination_is_a_503_when_the_budget_ends_and_not_before() {
    let (stage, destination) = single(&[Step::Hang]);
    let mut slow = stage.begin(stage.message("msg_1"));
    assert!(slow.run().is_none());
    stage.clock.advance(BUDGET - TICK);
    assert!(slow.run().is_none(), "answered before its budget ended");
    stage.clock.advance(TICK);
    failed(&slow.run().unwrap(), "destination-timed-out");
    assert_eq!(stage.ring(stage.message("msg_1")).line(), HANDED_OFF);
    assert_eq!(destination.taken().len(), 1);
}

#[test]
fn a_slow_destination_that_makes_it_is_a_200() {
    let (stage, destination) = single(&[Step::Wait]);
    let mut slow = stage.begin(stage.message("msg_1"));
    assert!(slow.run().is_none());
    stage.clock.advance(BUDGET - TICK);
    destination.release();
    assert_eq!(slow.run().unwrap().line(), HANDED_OFF);
}

#[test]
fn the_operators_timeout_ends_a_hand_off_before_the_budget() {
    // Longer than the budget it changes nothing.
    for (timeout, ends) in [(Duration::from_secs(2), Duration::from_secs(2)), (Duration::from_secs(60), BUDGET)] {
        let destination = Scripted::new(&[Step::Hang]);
        let target = destination.target_within("one", Some(timeout));
        let stage = Stage::standard(vec![target], Arc::new(Book::default()));
        let mut slow = stage.begin(stage.message("msg_1"));
        assert!(slow.run().is_none());
        stage.clock.advance(ends - TICK);
        assert!(slow.run().is_none());
        stage.clock.advance(TICK);
        failed(&slow.run().unwrap(), "destination-timed-out");
    }
}

#[test]
fn what_the_platform_leaves_and_the_age_of_the_process_cut_the_budget() {
    let (stage, _) = single(&[Step::Hang]);
    let mut request = stage.message("msg_1");
    request.remaining = Some(Duration::from_secs(5));
    request.age = Duration::from_secs(1);
    let mut slow = stage.begin(request);
    assert!(slow.run().is_none());
    stage.clock.advance(Duration::from_millis(3_750) - TICK);
    assert!(slow.run().is_none());
    stage.clock.advance(TICK);
    failed(&slow.run().unwrap(), "destination-timed-out");
}

#[test]
fn a_panic_in_a_destination_is_a_503_for_that_delivery_alone() {
    for step in [Step::PanicInCall, Step::PanicInFuture] {
        let (stage, destination) = single(&[step]);
        failed(&stage.ring(stage.message("msg_1")), "destination-panicked");
        assert_eq!(stage.ring(stage.message("msg_2")).line(), HANDED_OFF);
        assert_eq!(stage.ring(stage.message("msg_1")).line(), HANDED_OFF);
        assert_eq!(destination.taken().len(), 2);
    }
}

#[test]
fn a_panic_beside_a_good_destination_loses_neither() {
    let (good, bad) = (Scripted::new(&[]), Scripted::new(&[Step::PanicInCall]));
    let stage = Stage::standard(vec![good.target("good"), bad.target("bad")], Arc::new(Book::default()));
    failed(&stage.ring(stage.message("msg_1")), "destination-panicked");
    assert_eq!(stage.ring(stage.message("msg_1")).line(), HANDED_OFF);
    assert_eq!((good.calls(), bad.calls()), (1, 2));
}

#[test]
fn a_flapping_destination_gets_every_event_once() {
    let flaps = [Step::Refuse, Step::Take, Step::PanicInFuture, Step::Refuse, Step::Take, Step::Refuse];
    let (stage, destination) = single(&flaps);
    for id in ["msg_1", "msg_2", "msg_3", "msg_4"] {
        let yes = (0..4).find(|_| stage.ring(stage.message(id)).status == 200);
        assert!(yes.is_some(), "{id} never got through");
        assert_eq!(stage.ring(stage.message(id)).line(), DUPLICATE);
    }
    let ids: Vec<_> = destination.taken().into_iter().map(|taken| taken.id.unwrap().text().to_owned()).collect();
    assert_eq!(ids, ["msg_1", "msg_2", "msg_3", "msg_4"]);
}

#[test]
fn a_retry_repeats_only_the_destination_that_is_missing() {
    let (first, second) = (Scripted::new(&[]), Scripted::new(&[Step::Refuse, Step::Refuse]));
    let stage = Stage::standard(vec![first.target("first"), second.target("second")], Arc::new(Book::default()));
    failed(&stage.ring(stage.message("msg_1")), "destination-failed");
    assert_eq!((first.calls(), second.calls()), (1, 1));
    failed(&stage.ring(stage.message("msg_1")), "destination-failed");
    assert_eq!((first.calls(), second.calls()), (1, 2));
    assert_eq!(stage.ring(stage.message("msg_1")).line(), HANDED_OFF);
    assert_eq!((first.calls(), second.calls()), (1, 3));
    assert_eq!(stage.ring(stage.message("msg_1")).line(), DUPLICATE);
    assert_eq!((first.taken().len(), second.taken().len()), (1, 1));
}

#[test]
fn a_slow_destination_does_not_lose_the_receipt_of_a_fast_one() {
    let (fast, slow) = (Scripted::new(&[]), Scripted::new(&[Step::Hang]));
    let stage = Stage::standard(vec![slow.target("slow"), fast.target("fast")], Arc::new(Book::default()));
    let mut task = stage.begin(stage.message("msg_1"));
    assert!(task.run().is_none());
    assert_eq!(fast.taken().len(), 1, "the fan-out is not concurrent");
    stage.clock.advance(BUDGET);
    failed(&task.run().unwrap(), "destination-timed-out");
    assert_eq!(stage.ring(stage.message("msg_1")).line(), HANDED_OFF);
    assert_eq!((fast.calls(), slow.calls()), (1, 2));
}

#[test]
fn a_store_that_fails_to_claim_hands_nothing_off() {
    for (claim, fault) in
        [(Break::Fails, "dedupe-failed"), (Break::Panics, "panicked"), (Break::Hangs, "dedupe-failed")]
    {
        let destination = Scripted::new(&[]);
        let stage = Stage::standard(vec![destination.target("one")], Arc::new(Broken::new(claim, Break::Not)));
        let mut task = stage.begin(stage.message("msg_1"));
        let heard = task.run().unwrap_or_else(|| {
            stage.clock.advance(BUDGET);
            task.run().unwrap()
        });
        failed(&heard, fault);
        assert_eq!(destination.calls(), 0, "{claim:?}");
        assert!(stage.counts("standard-webhooks").balanced());
    }
}

#[test]
fn a_store_that_fails_to_settle_takes_no_yes_back() {
    for settle in [Break::Fails, Break::Hangs] {
        let destination = Scripted::new(&[]);
        let stage = Stage::standard(vec![destination.target("one")], Arc::new(Broken::new(Break::Not, settle)));
        let mut task = stage.begin(stage.message("msg_1"));
        let heard = task.run().unwrap_or_else(|| {
            stage.clock.advance(BUDGET);
            task.run().unwrap()
        });
        assert_eq!(heard.line(), HANDED_OFF, "{settle:?}");
        assert_eq!(heard.record.unwrap().fault.unwrap().code(), "dedupe-failed", "{settle:?}");
        assert_eq!(destination.taken().len(), 1);
    }
}

#[test]
fn a_twin_in_flight_waits_and_is_a_duplicate() {
    let (stage, destination) = single(&[Step::Wait]);
    let mut leader = stage.begin(stage.message("msg_1"));
    assert!(leader.run().is_none());
    let mut twins = [stage.begin(stage.message("msg_1")), stage.begin(stage.message("msg_1"))];
    assert!(twins.iter_mut().all(|twin| twin.run().is_none()));
    stage.clock.advance(Duration::from_secs(4));
    assert!(twins.iter_mut().all(|twin| twin.run().is_none()));
    destination.release();
    assert_eq!(leader.run().unwrap().line(), HANDED_OFF);
    for twin in &mut twins {
        assert_eq!(twin.run().unwrap().line(), DUPLICATE);
    }
    assert_eq!(destination.calls(), 1);
}

#[test]
fn a_leader_that_fails_fails_its_twin() {
    let (stage, destination) = single(&[Step::WaitRefuse]);
    let mut leader = stage.begin(stage.message("msg_1"));
    assert!(leader.run().is_none());
    let mut twin = stage.begin(stage.message("msg_1"));
    assert!(twin.run().is_none());
    destination.release();
    failed(&leader.run().unwrap(), "destination-failed");
    failed(&twin.run().unwrap(), "twin-failed");
    assert_eq!(stage.ring(stage.message("msg_1")).line(), HANDED_OFF);
    assert_eq!(destination.calls(), 2);
}

#[test]
fn a_twin_that_outlasts_its_budget_is_told_to_try_again() {
    let (stage, destination) = single(&[Step::Wait]);
    let mut leader = stage.begin(stage.message("msg_1"));
    assert!(leader.run().is_none());
    let mut hurried = stage.message("msg_1");
    hurried.remaining = Some(Duration::from_secs(2));
    let mut twin = stage.begin(hurried);
    assert!(twin.run().is_none());
    stage.clock.advance(Duration::from_millis(1_800));
    failed(&twin.run().unwrap(), "twin-in-flight");
    destination.release();
    assert_eq!(leader.run().unwrap().line(), HANDED_OFF);
    assert_eq!(stage.ring(stage.message("msg_1")).line(), DUPLICATE);
}

#[test]
fn a_clock_set_back_makes_no_second_event() {
    let (stage, destination) = single(&[]);
    let now = stage.clock.now();
    let delivery = stage.message("msg_1");
    assert_eq!(stage.ring(delivery.clone()).line(), HANDED_OFF);
    // Back by less than the future skew: the same delivery is still fresh.
    stage.clock.set_wall(doorbell_core::Timestamp::from_unix_micros(now.as_unix_micros() - 30_000_000));
    assert_eq!(stage.ring(delivery).line(), DUPLICATE);
    stage.clock.set_wall(doorbell_core::Timestamp::from_unix_micros(now.as_unix_micros() - 86_400_000_000));
    assert_eq!(stage.ring(stage.message("msg_1")).line(), DUPLICATE);
    assert_eq!(destination.calls(), 1);
}

#[test]
fn a_delivery_is_forgotten_only_after_its_window() {
    let (stage, destination) = single(&[]);
    assert_eq!(stage.ring(stage.message("msg_1")).line(), HANDED_OFF);
    stage.clock.advance(Duration::from_secs(24 * 3600) - TICK);
    assert_eq!(stage.ring(stage.message("msg_1")).line(), DUPLICATE);
    stage.clock.advance(TICK);
    assert_eq!(stage.ring(stage.message("msg_1")).line(), HANDED_OFF);
    assert_eq!(destination.calls(), 2);
}

#[test]
fn a_sender_that_is_gone_before_the_body_counts_as_refused() {
    let (stage, destination) = single(&[]);
    let admitted = admit(&stage.receiver, &stage.message("msg_1"), stage.clock.now()).unwrap();
    assert_eq!(stage.counts("standard-webhooks"), Counts { received: 1, ..Counts::default() });
    drop(admitted);
    let counts = stage.counts("standard-webhooks");
    assert_eq!(counts, Counts { received: 1, refused: 1, ..Counts::default() });
    assert_eq!(destination.calls(), 0);
}

#[test]
fn a_chain_that_is_cut_off_counts_once_and_its_lease_runs_out() {
    let (stage, destination) = single(&[Step::Hang]);
    let mut cut = stage.begin(stage.message("msg_1"));
    assert!(cut.run().is_none());
    drop(cut);
    assert!(stage.counts("standard-webhooks").balanced());
    let mut early = stage.begin(stage.message("msg_1"));
    assert!(early.run().is_none(), "the lease of the chain that was cut off still holds");
    stage.clock.advance(BUDGET);
    failed(&early.run().unwrap(), "twin-in-flight");
    assert!(stage.begin(stage.message("msg_1")).run().is_none(), "a lease outlives its budget");
    stage.clock.advance(LEASE_GRACE);
    assert_eq!(stage.ring(stage.message("msg_1")).line(), HANDED_OFF);
    assert_eq!(destination.taken().len(), 1);
}

#[test]
fn a_spent_budget_hands_nothing_off() {
    let (stage, destination) = single(&[]);
    let mut late = stage.message("msg_1");
    late.age = Duration::from_secs(11);
    failed(&stage.ring(late), "budget-spent");
    assert_eq!(destination.calls(), 0);
    assert_eq!(stage.ring(stage.message("msg_1")).line(), HANDED_OFF);
}

#[test]
fn missing_secrets_close_their_source_and_no_other() {
    let destination = Scripted::new(&[]);
    let mut closed = source_of("github", vec![destination.target("one")]);
    closed.keys = Keys::fixed(None);
    let open = source_of("standard-webhooks", vec![destination.target("one")]);
    let stage = Stage::new(vec![closed, open], Arc::new(Book::default()), 0);
    let heard = stage.ring(stage.signed("github", Request::post("/github", "{}")));
    failed(&heard, "secrets-missing");
    assert!(!heard.body_read);
    assert_eq!(stage.ring(stage.message("msg_1")).line(), HANDED_OFF);
}

/// What was refused never claims: nobody without the secret can make a later genuine delivery a duplicate.
#[test]
fn a_forged_delivery_poisons_nothing() {
    let (stage, destination) = single(&[]);
    let mut forged = stage.message("msg_1");
    forged.body = r#"{"type":"forged"}"#.into();
    assert_eq!(stage.ring(forged).line(), ("refused", "bad-signature", 401));
    assert_eq!(stage.ring(stage.message("msg_1")).line(), HANDED_OFF);
    assert_eq!(destination.taken().len(), 1);
}

#[test]
fn what_comes_in_balances() {
    use doorbell_core::route::Filter;
    let destination = Scripted::new(&[Step::Take, Step::Refuse, Step::PanicInCall, Step::Hang]);
    let mut slack = source_of("slack", vec![destination.target("one")]);
    slack.events = Filter::new(Some(&["message".to_owned()]));
    let stage = Stage::new(vec![slack], Arc::new(Book::default()), 0);
    let event = |id: &str, kind: &str| {
        let body = format!(r#"{{"event_id":"{id}","event":{{"type":"{kind}"}}}}"#);
        stage.signed("slack", Request::post("/slack", body))
    };
    let unsigned = Request::post("/slack", "ssl_check=1").header("content-type", "application/x-www-form-urlencoded");
    let rung = [
        stage.ring(event("1", "message")),
        stage.ring(event("1", "message")),
        stage.ring(event("2", "message")),
        stage.ring(event("3", "message")),
        stage.ring(event("4", "reaction_added")),
        stage.ring(Request::post("/slack", "{}")),
        stage.ring(Request::post("/slack", "{}").header("x-slack-signature", "v0=00")),
        stage.ring(unsigned),
        stage.ring(stage.signed("slack", Request::post("/slack", r#"{"type":"url_verification","challenge":"abc"}"#))),
        stage.ring(Request { method: http::Method::GET, ..Request::post("/slack", "") }),
    ];
    assert_eq!(
        rung.each_ref().map(Heard::line),
        [
            HANDED_OFF,
            DUPLICATE,
            ("failed", "destination-failed", 503),
            ("failed", "destination-panicked", 503),
            ("ignored", "filtered", 200),
            ("refused", "missing-signature", 401),
            ("refused", "malformed-signature", 401),
            ("answered", "", 200),
            ("answered", "", 200),
            ("refused", "method-not-allowed", 405),
        ]
    );
    let mut slow = stage.begin(event("5", "message"));
    assert!(slow.run().is_none());
    assert!(!stage.counts("slack").balanced(), "one is in flight");
    stage.clock.advance(BUDGET);
    failed(&slow.run().unwrap(), "destination-timed-out");

    let counts = stage.counts("slack");
    assert!(counts.balanced());
    let expected = Counts {
        received: 11,
        refused: 3,
        answered: 2,
        ignored: 1,
        duplicate: 1,
        handed_off: 1,
        failed: 3,
        ..Counts::default()
    };
    assert_eq!(counts, expected);
    // Every yes to an event has its receipt.
    assert_eq!(destination.taken().len(), 1);
}
