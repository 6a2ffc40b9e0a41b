//! What the store in Firestore does between instances, and when the network or Firestore fails.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use doorbell_adapters::clock::SystemClock;
use doorbell_adapters::dedupe::firestore::{self, Place};
use doorbell_adapters::destination::Site;
use doorbell_adapters::outward::Outward;
use doorbell_adapters::secret::Vault;
use doorbell_adapters::startup::registry;
use doorbell_core::config::{Config, DedupeConfig};
use doorbell_core::dedupe::{Granted, Leader};
use doorbell_core::{Clock, Dedupe};
use futures_util::future::join_all;

use crate::bench::{A, AB, Bench, Got, LEASE, leased, names};
use crate::faults::Faults;
use crate::firestore_emulator::Emulator;

/// `[dedupe]` with these lines.
fn dedupe(lines: &str) -> DedupeConfig {
    let text = format!(
        "[dedupe]\nstore = \"firestore\"\n{lines}\n[source.bell]\ndangerously_unsigned = true\n\
         [[route]]\nto = [\"log\"]\n[destination.log]\nkind = \"discard\"\ndangerously_discard = true\n"
    );
    Config::parse(&text, "test.toml", &registry()).unwrap().dedupe
}

/// A collection that no other test has.
pub(crate) fn place(url: &str) -> Place {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let collection = format!("collection = \"case-{}\"", NEXT.fetch_add(1, Ordering::Relaxed));
    Place::new(&dedupe(&collection).settings, Some("demo".to_owned()), Some(url.to_owned())).unwrap()
}

pub(crate) fn store(place: &Place) -> Arc<dyn Dedupe> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let site = Site { folder: PathBuf::new(), vault: Arc::new(Vault::new()), outward: Outward::default(), clock };
    firestore::store(place.clone(), &site).unwrap()
}

fn instance(place: &Place) -> Bench {
    Bench { store: store(place) }
}

/// Two instances on one collection, and what they need to live.
async fn two() -> Option<(Bench, Bench, Arc<Emulator>)> {
    let emulator = Emulator::shared().await?;
    let place = place(&emulator.url());
    Some((instance(&place), instance(&place), emulator))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_twins_at_two_instances_have_one_leader_and_hear_of_it() {
    let Some((one, other, _emulator)) = two().await else { return };
    let racers = (0..50).map(|index| {
        let instance = if index % 2 == 0 { one.clone() } else { other.clone() };
        tokio::spawn(async move { instance.claim(1, AB, 0).await })
    });
    let (mut leaders, mut twins) = (Vec::new(), Vec::new());
    for granted in join_all(racers).await {
        match granted.unwrap() {
            Granted::Leased { token, .. } => leaders.push(token),
            Granted::InFlight(twin) => twins.push(tokio::spawn(twin)),
            Granted::Settled => panic!("nobody settled"),
        }
    }
    assert_eq!((leaders.len(), twins.len()), (1, 49));
    // Whoever settles need not be the instance that claimed.
    other.settle(1, (leaders[0], AB), AB, 100).await;
    for outcome in join_all(twins).await {
        assert_eq!(outcome.unwrap(), Leader::Settled);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_that_take_over_at_once_one_does() {
    let Some((one, other, _emulator)) = two().await else { return };
    for event in 0..5 {
        one.lease(event, A, 0).await;
        let racers = (0..20).map(|index| {
            let instance = if index % 2 == 0 { one.clone() } else { other.clone() };
            tokio::spawn(async move { instance.got(event, A, LEASE).await })
        });
        let all = join_all(racers).await;
        let leases = all.iter().filter(|got| matches!(got, Ok(Got::Leased(_)))).count();
        let waiting = all.iter().filter(|got| matches!(got, Ok(Got::InFlight))).count();
        assert_eq!((leases, waiting), (1, 19));
    }
}

#[tokio::test]
async fn a_leader_that_dies_after_its_hand_off_is_replaced_and_its_late_word_changes_nothing() {
    let Some((dead, heir, _emulator)) = two().await else { return };
    let stale = dead.lease(1, A, 0).await;
    assert_eq!(heir.got(1, A, LEASE - 1).await, Got::InFlight);
    let token = heir.lease(1, A, LEASE).await;
    dead.settle(1, (stale, A), A, 100).await;
    assert_eq!(dead.got(1, A, LEASE + 1).await, Got::InFlight);
    heir.settle(1, (token, A), A, 100).await;
    dead.settle(1, (stale, A), &[], 100).await;
    assert_eq!(dead.got(1, A, LEASE + 1).await, Got::Settled);
}

#[tokio::test]
async fn a_twin_hears_of_a_lease_that_runs_out() {
    let Some((one, other, _emulator)) = two().await else { return };
    one.lease(1, A, 0).await;
    let twin = other.twin(1, A, LEASE - 1).await;
    assert_eq!(tokio::time::timeout(Duration::from_secs(5), twin).await, Ok(Leader::Failed));
}

#[tokio::test]
async fn another_instance_claims_only_what_is_missing() {
    let Some((one, other, _emulator)) = two().await else { return };
    let token = one.lease(1, AB, 0).await;
    one.settle(1, (token, AB), A, 100).await;
    assert_eq!(other.got(1, AB, 1).await, leased(&["b"]));
}

#[tokio::test]
async fn a_record_that_expired_is_claimed_anew_though_it_is_still_there() {
    let Some((one, other, _emulator)) = two().await else { return };
    let token = one.lease(1, A, 0).await;
    one.settle(1, (token, A), A, 50).await;
    assert_eq!(other.got(1, A, 49).await, Got::Settled);
    assert_eq!(other.got(1, A, 50).await, leased(A));
    // The clock of the other instance is behind: the new lease stands.
    assert_eq!(one.got(1, A, 51).await, Got::InFlight);
}

#[tokio::test]
async fn an_instance_whose_clock_is_behind_frees_nothing() {
    let Some((one, behind, _emulator)) = two().await else { return };
    let token = one.lease(1, A, 1_000).await;
    assert_eq!(behind.got(1, A, -1_000).await, Got::InFlight);
    one.settle(1, (token, A), A, 2_000).await;
    assert_eq!(behind.got(1, A, -1_000).await, Got::Settled);
}

#[tokio::test]
async fn a_claim_whose_answer_is_lost_is_still_ours() {
    let Some(emulator) = Emulator::shared().await else { return };
    let faults = Faults::before(emulator.port()).await;
    let bench = instance(&place(&faults.url()));
    // New, taken over, and settled.
    faults.lose_the_next_answer();
    bench.lease(1, A, 0).await;
    faults.lose_the_next_answer();
    let granted = bench.claim(1, AB, LEASE).await;
    let Granted::Leased { token, missing } = granted else { panic!("{granted:?}") };
    assert_eq!(missing, names(AB));
    faults.lose_the_next_answer();
    bench.settle(1, (token, AB), AB, 100).await;
    assert_eq!(bench.got(1, AB, LEASE + 1).await, Got::Settled);
}

#[tokio::test]
async fn a_claim_and_its_settlement_are_one_write_each() {
    let Some(emulator) = Emulator::shared().await else { return };
    let faults = Faults::before(emulator.port()).await;
    let bench = instance(&place(&faults.url()));
    let token = bench.lease(1, A, 0).await;
    assert_eq!(faults.answers(), 1);
    bench.settle(1, (token, A), A, 100).await;
    assert_eq!(faults.answers(), 2);
}

#[tokio::test]
async fn silence_is_an_error_after_two_attempts() {
    let Some(emulator) = Emulator::shared().await else { return };
    let faults = Faults::before(emulator.port()).await;
    let bench = instance(&place(&faults.url()));
    faults.hang();
    let cause = tokio::time::timeout(Duration::from_secs(6), bench.try_claim(1, A, 0)).await.unwrap().unwrap_err();
    assert_eq!(cause.to_string(), "claim in firestore projects/demo/databases/(default): no answer in time");
}

#[tokio::test]
async fn what_is_down_is_an_error_and_works_when_it_is_back() {
    let Some(emulator) = Emulator::start().await else { return };
    let (place, port) = (place(&emulator.url()), emulator.port());
    let bench = instance(&place);
    bench.store.reach().await.unwrap();
    bench.lease(1, A, 0).await;
    drop(emulator);
    let cause = tokio::time::timeout(Duration::from_secs(5), bench.try_claim(2, A, 0)).await.unwrap().unwrap_err();
    assert_eq!(cause.to_string(), "claim in firestore projects/demo/databases/(default): no connection");
    assert!(bench.store.reach().await.is_err());
    let _emulator = Emulator::start_at(port).await.unwrap();
    bench.lease(2, A, 0).await;
}

#[test]
fn a_place_says_what_it_lacks() {
    let settings = |lines: &str| dedupe(lines).settings;
    let error = Place::new(&settings(""), None, None).unwrap_err();
    assert!(error.fix.contains("project = ") && error.fix.contains("GOOGLE_CLOUD_PROJECT"), "{}", error.fix);
    for name in ["a/b", "a?b", "..", "__x__", "a%2Fb", "a b"] {
        let named = settings(&format!("collection = \"{name}\""));
        let error = Place::new(&named, Some("demo".to_owned()), None).unwrap_err();
        assert_eq!(error.what, format!("firestore: {name:?} is no collection"));
    }
    assert!(Place::new(&settings("database = \"events\""), Some("example.com:shop".to_owned()), None).is_ok());
}
