//! Keys that get old, rotate, vanish: nobody genuine is turned away for it, and no forger makes us ask for ever.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::sync::Arc;
use std::time::Duration;

use conformance::dedupe::Book;
use conformance::destination::{Scripted, Step};
use conformance::door::{Heard, Request};
use conformance::keys::{Fetch, ScriptedKeys};
use conformance::source::keyring;
use conformance::stage::{SECRET, Stage, provider, source_of};
use doorbell_core::Clock;
use doorbell_core::keys::{Keys, TTL};

const OTHER: &str = "YW5vdGhlciBzZWNyZXQ=";
const FORGED: &str = "Zm9yZ2VkIQ==";
const HANDED_OFF: (&str, &str, u16) = ("handed-off", "", 200);
const REFUSED: (&str, &str, u16) = ("refused", "bad-signature", 401);
const PAUSE: Duration = Duration::from_secs(30);
/// Of the budget of 9.75 s.
const THIRD: Duration = Duration::from_millis(3_250);

/// A stage whose one source got its first keys from the script's first line.
fn stage(script: impl IntoIterator<Item = Fetch>) -> (Stage, ScriptedKeys) {
    use doorbell_core::keys::{KeySource, Want};
    let destination = Scripted::new(&[Step::Take]);
    let keys = ScriptedKeys::new(&provider("github").scheme, script);
    let mut source = source_of("github", vec![destination.target("kept")]);
    let first = futures_util::FutureExt::now_or_never(keys.fetch(Want::Current)).unwrap();
    let stage = Stage::new(Vec::new(), Arc::new(Book::default()), 0);
    source.keys = Keys::fetched(Arc::new(keys.clone()), first, stage.clock.now());
    let Stage { clock, receiver: _ } = stage;
    let receiver = doorbell_core::Receiver::new(vec![source], Arc::new(Book::default()), Arc::new(clock.clone()), 0);
    (Stage { clock, receiver: Arc::new(receiver) }, keys)
}

/// A push that is unlike every other, signed with that secret.
fn push(stage: &Stage, secret: &str, number: u32) -> Request {
    use doorbell_core::verify::Scheme;
    let scheme = &provider("github").scheme;
    let Scheme::Mac(mac) = scheme else { panic!("GitHub signs") };
    let mut request = Request::post("/github", format!("{{\"n\":{number}}}"));
    let mut head = request.head(stage.clock.now());
    mac.sign(&mut head, &request.body, &keyring(scheme, &[secret]).unwrap(), stage.clock.now()).unwrap();
    request.headers = head.headers;
    request
}

#[track_caller]
fn rings(stage: &Stage, secret: &str, number: u32) -> Heard {
    stage.ring(push(stage, secret, number))
}

fn give(secrets: &[&'static str]) -> Fetch {
    Fetch::Give(secrets.to_vec())
}

#[test]
fn a_delivery_under_a_newer_secret_fetches_it() {
    let (stage, keys) = stage([give(&[SECRET]), give(&[OTHER, SECRET])]);
    stage.clock.advance(PAUSE);
    assert_eq!(rings(&stage, OTHER, 1).line(), HANDED_OFF);
    assert_eq!(rings(&stage, SECRET, 2).line(), HANDED_OFF);
    assert_eq!(keys.asked(), [false, true], "one fetch, and it looked for the version before, too");
}

#[test]
fn a_forger_causes_two_fetches_and_then_no_more_than_age_does() {
    let (stage, keys) = stage([give(&[SECRET])]);
    // A genuine sender uses the keys all the time, so they never get old unnoticed.
    for second in 0..600 {
        assert_eq!(rings(&stage, FORGED, second).line(), REFUSED);
        stage.clock.advance(Duration::from_secs(1));
    }
    let fetches = keys.asked().len() - 1;
    assert!((10..=12).contains(&fetches), "{fetches} fetches in ten minutes: one a minute, and two for the forgeries");
}

#[test]
fn news_gives_unmatched_deliveries_their_two_fetches_back() {
    let (stage, keys) = stage([give(&[SECRET])]);
    for number in 0..3 {
        stage.clock.advance(PAUSE);
        assert_eq!(rings(&stage, FORGED, number).line(), REFUSED);
    }
    keys.rewrite([give(&[OTHER])]);
    stage.clock.advance(TTL);
    assert_eq!(rings(&stage, OTHER, 4).line(), HANDED_OFF);
    let before = keys.asked().len();
    stage.clock.advance(PAUSE);
    assert_eq!(rings(&stage, FORGED, 5).line(), REFUSED);
    assert_eq!(keys.asked().len(), before + 1);
}

#[test]
fn a_store_that_is_down_is_a_503_for_the_unmatched_and_never_a_401() {
    let (stage, keys) = stage([give(&[SECRET]), Fetch::Fail]);
    stage.clock.advance(PAUSE);
    let heard = rings(&stage, OTHER, 1);
    assert_eq!(heard.line(), ("failed", "keys-unreachable", 503));
    assert_eq!(heard.record.unwrap().fault.unwrap().to_string(), "keys-unreachable: as scripted");
    // Asked again only after a pause, and answered the same until then.
    assert_eq!(rings(&stage, OTHER, 2).line(), ("failed", "keys-unreachable", 503));
    assert_eq!(keys.asked().len(), 2);
    assert_eq!(rings(&stage, SECRET, 3).line(), HANDED_OFF, "what is held counts on");
    keys.rewrite([give(&[OTHER, SECRET])]);
    stage.clock.advance(Duration::from_secs(5));
    assert_eq!(rings(&stage, OTHER, 4).line(), HANDED_OFF);
}

#[test]
fn old_keys_count_on_while_the_store_is_down_and_the_log_says_so() {
    let (stage, keys) = stage([give(&[SECRET]), Fetch::Fail]);
    stage.clock.advance(TTL * 10);
    let heard = rings(&stage, SECRET, 1);
    assert_eq!(heard.line(), HANDED_OFF);
    assert_eq!(heard.record.unwrap().fault.unwrap().code(), "keys-unreachable");
    assert_eq!(rings(&stage, SECRET, 2).record.unwrap().fault, None, "said once a fetch");
    assert_eq!(keys.asked().len(), 2);
}

#[test]
fn withdrawn_keys_prove_nothing_any_more() {
    let (stage, keys) = stage([give(&[SECRET]), Fetch::Withdraw]);
    stage.clock.advance(TTL);
    assert_eq!(rings(&stage, SECRET, 1).line(), ("failed", "keys-unreachable", 503));
    assert_eq!(rings(&stage, SECRET, 2).line(), ("failed", "secrets-missing", 503));
    keys.rewrite([give(&[SECRET])]);
    stage.clock.advance(Duration::from_secs(5));
    assert_eq!(rings(&stage, SECRET, 3).line(), HANDED_OFF, "enabled again, it opens again");
}

#[test]
fn a_source_that_started_without_its_secret_opens_when_it_comes() {
    let (stage, keys) = stage([Fetch::Fail]);
    assert_eq!(rings(&stage, SECRET, 1).line(), ("failed", "secrets-missing", 503));
    assert_eq!(keys.asked().len(), 1, "not asked again at once");
    keys.rewrite([give(&[SECRET])]);
    stage.clock.advance(Duration::from_secs(5));
    assert_eq!(rings(&stage, SECRET, 2).line(), HANDED_OFF);
}

#[test]
fn a_store_that_hangs_takes_a_third_of_the_budget() {
    let (stage, keys) = stage([give(&[SECRET]), Fetch::Hang]);
    stage.clock.advance(PAUSE);
    let mut waiting = stage.begin(push(&stage, OTHER, 1));
    assert!(waiting.run().is_none());
    stage.clock.advance(THIRD - Duration::from_millis(1));
    assert!(waiting.run().is_none(), "gave up too early");
    stage.clock.advance(Duration::from_millis(1));
    assert_eq!(waiting.run().unwrap().line(), ("failed", "keys-unreachable", 503));
    keys.rewrite([give(&[OTHER])]);
    stage.clock.advance(Duration::from_secs(5));
    assert_eq!(rings(&stage, OTHER, 2).line(), HANDED_OFF, "the fetch that hangs was given up");
}

#[test]
fn sixteen_wait_for_one_fetch_and_no_more() {
    let (stage, keys) = stage([give(&[SECRET]), Fetch::Hang]);
    stage.clock.advance(PAUSE);
    let mut waiting: Vec<_> = (0..16).map(|number| stage.begin(push(&stage, OTHER, number))).collect();
    assert!(waiting.iter_mut().all(|task| task.run().is_none()));
    assert_eq!(rings(&stage, OTHER, 16).line(), ("failed", "keys-busy", 503));
    assert_eq!(rings(&stage, SECRET, 17).line(), HANDED_OFF, "who needs no fetch does not wait");
    assert_eq!(keys.asked().len(), 2);
}

#[test]
fn one_fetches_old_keys_anew_and_the_others_use_what_is_held() {
    let (stage, keys) = stage([give(&[SECRET]), Fetch::Hang]);
    stage.clock.advance(TTL);
    let mut first = stage.begin(push(&stage, SECRET, 1));
    assert!(first.run().is_none());
    assert_eq!(rings(&stage, SECRET, 2).line(), HANDED_OFF);
    drop(first);
    assert_eq!(keys.asked().len(), 2);
}

#[test]
fn an_adapter_that_panics_is_a_fault_and_not_the_end_of_the_source() {
    let (stage, keys) = stage([give(&[SECRET]), Fetch::Panic]);
    stage.clock.advance(PAUSE);
    assert_eq!(rings(&stage, OTHER, 1).line(), ("failed", "keys-unreachable", 503));
    keys.rewrite([give(&[OTHER])]);
    stage.clock.advance(Duration::from_secs(5));
    assert_eq!(rings(&stage, OTHER, 2).line(), HANDED_OFF);
}

#[test]
fn a_clock_that_was_set_back_makes_keys_old_not_young() {
    let (stage, keys) = stage([give(&[SECRET])]);
    stage.clock.set_wall(doorbell_core::Timestamp::from_unix_seconds(1));
    assert_eq!(rings(&stage, SECRET, 1).line(), HANDED_OFF);
    assert_eq!(keys.asked().len(), 2);
}
