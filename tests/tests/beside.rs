//! `also`: destinations beside the required ones. What becomes of them is the operator's to know, and never the sender's.

use std::sync::Arc;
use std::time::Duration;

use conformance::dedupe::Book;
use conformance::destination::{Scripted, Step};
use conformance::stage::{Stage, source_of};
use doorbell_core::route::{Route, Routes};

/// The default budget less the margin for the way back.
const BUDGET: Duration = Duration::from_millis(9_750);
const TICK: Duration = Duration::from_millis(1);
const HANDED_OFF: (&str, &str, u16) = ("handed-off", "", 200);

/// `main` is required, `audit` is offered the event besides.
fn stage(main: &[Step], audit: &[Step]) -> (Stage, Arc<Scripted>, Arc<Scripted>) {
    let (main, audit) = (Scripted::new(main), Scripted::new(audit));
    let mut source = source_of("standard-webhooks", Vec::new());
    let also = vec![audit.target("audit")];
    source.routes = Routes::new(vec![Route { also, ..Route::to(vec![main.target("main")]) }]);
    (Stage::new(vec![source], Arc::new(Book::default()), 0), main, audit)
}

#[test]
fn both_get_the_bytes_that_came() {
    let (stage, main, audit) = stage(&[], &[]);
    assert_eq!(stage.ring(stage.message("msg_1")).line(), HANDED_OFF);
    assert_eq!(main.taken()[0].body, audit.taken()[0].body);
    let counts = stage.counts("standard-webhooks");
    assert_eq!((counts.handed_off, counts.also_held, counts.also_missed), (1, 1, 0));
    assert!(counts.balanced());
}

/// A broken audit trail must not turn orders away.
#[test]
fn one_that_is_down_changes_no_answer_and_is_named() {
    for (step, fault) in [(Step::Refuse, "destination-failed"), (Step::PanicInCall, "destination-panicked")] {
        let (stage, main, audit) = stage(&[], &[step]);
        let heard = stage.ring(stage.message("msg_1"));
        assert_eq!(heard.line(), HANDED_OFF);
        let record = heard.record.unwrap();
        let [(name, why)] = record.missed.as_slice() else { panic!("{record:?}") };
        assert_eq!((name.as_str(), why.code()), ("audit", fault));
        assert_eq!((main.taken().len(), audit.taken().len()), (1, 0));
        let counts = stage.counts("standard-webhooks");
        assert_eq!((counts.handed_off, counts.also_held, counts.also_missed), (1, 0, 1));
    }
}

#[test]
fn one_that_hangs_holds_the_sender_no_longer_than_its_budget() {
    let (stage, main, _audit) = stage(&[], &[Step::Hang]);
    let mut slow = stage.begin(stage.message("msg_1"));
    assert!(slow.run().is_none());
    assert_eq!(main.taken().len(), 1);
    stage.clock.advance(BUDGET - TICK);
    assert!(slow.run().is_none());
    stage.clock.advance(TICK);
    let heard = slow.run().unwrap();
    assert_eq!(heard.line(), HANDED_OFF);
    assert_eq!(heard.record.unwrap().missed[0].1.code(), "destination-timed-out");
}

/// What is not held will come again, and must not be announced twice.
#[test]
fn nothing_is_offered_before_the_event_is_held_or_after_it_was() {
    let (stage, main, audit) = stage(&[Step::Refuse], &[]);
    assert_eq!(stage.ring(stage.message("msg_1")).line(), ("failed", "destination-failed", 503));
    assert_eq!(audit.taken().len(), 0);
    assert_eq!(stage.ring(stage.message("msg_1")).line(), HANDED_OFF);
    assert_eq!(stage.ring(stage.message("msg_1")).line(), ("duplicate", "", 200));
    assert_eq!((main.taken().len(), audit.taken().len()), (1, 1));
}

/// Its twin waits for the event to be held, and not for who else is told.
#[test]
fn a_twin_is_answered_before_the_rest_is_told() {
    let (stage, _main, _audit) = stage(&[], &[Step::Hang]);
    let mut first = stage.begin(stage.message("msg_1"));
    assert!(first.run().is_none());
    assert_eq!(stage.ring(stage.message("msg_1")).line(), ("duplicate", "", 200));
    stage.clock.advance(BUDGET);
    assert_eq!(first.run().unwrap().line(), HANDED_OFF);
}
