//! What every dedupe store must do. A new store adds its line to [`stores`] and passes the same list.

use std::any::Any;
use std::sync::Arc;

use doorbell_adapters::dedupe::memory::Memory;
use doorbell_core::Dedupe;
use doorbell_core::dedupe::{Granted, Leader};
use futures_util::FutureExt;
use futures_util::future::join_all;

use crate::bench::{A, AB, Bench, Got, LEASE, leased, names};

/// An empty store of each kind, with what must live as long as it.
async fn stores() -> Vec<(&'static str, Arc<dyn Dedupe>, Box<dyn Any>)> {
    let memory: Arc<dyn Dedupe> = Arc::new(Memory::new());
    #[cfg_attr(
        not(any(feature = "aws", feature = "google")),
        expect(unused_mut, reason = "what needs a feature is pushed")
    )]
    let mut stores: Vec<(_, _, Box<dyn Any>)> = vec![("memory", memory, Box::new(()))];
    #[cfg(feature = "google")]
    if let Some(emulator) = crate::firestore_emulator::Emulator::shared().await {
        let store = crate::firestore::store(&crate::firestore::place(&emulator.url()));
        stores.push(("firestore", store, Box::new(emulator)));
    }
    #[cfg(feature = "aws")]
    if let Some(moto) = crate::moto::Moto::shared().await {
        let store = crate::dynamodb::opened(&crate::dynamodb::table(&moto).await, &moto.url());
        stores.push(("dynamodb", store, Box::new(moto)));
    }
    stores
}

/// Runs a case on every store.
async fn every<F: Future<Output = ()>>(case: impl Fn(Bench) -> F) {
    for (kind, store, _guard) in stores().await {
        println!("{kind}");
        case(Bench { store }).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_racers_one_gets_the_lease() {
    every(|bench| async move {
        for event in 0..20 {
            let racers = (0..50).map(|_| {
                let bench = bench.clone();
                tokio::spawn(async move { bench.got(event, A, 0).await })
            });
            let all = join_all(racers).await;
            let leases = all.iter().filter(|got| matches!(got, Ok(Got::Leased(_)))).count();
            let waiting = all.iter().filter(|got| matches!(got, Ok(Got::InFlight))).count();
            assert_eq!((leases, waiting), (1, 49));
        }
    })
    .await;
}

#[tokio::test]
async fn other_events_do_not_wait() {
    every(|bench| async move {
        bench.lease(1, A, 0).await;
        assert_eq!(bench.got(2, A, 0).await, leased(A));
    })
    .await;
}

#[tokio::test]
async fn a_twin_hears_that_its_leader_settled() {
    every(|bench| async move {
        let token = bench.lease(1, AB, 0).await;
        let mut twins = [bench.twin(1, AB, 1).await, bench.twin(1, AB, 1).await];
        assert!(twins.iter_mut().all(|twin| twin.now_or_never().is_none()));
        bench.settle(1, (token, AB), AB, 100).await;
        assert_eq!(join_all(twins).await, [Leader::Settled; 2]);
        assert_eq!(bench.got(1, AB, 2).await, Got::Settled);
    })
    .await;
}

#[tokio::test]
async fn a_twin_hears_that_its_leader_failed_and_the_event_is_free() {
    every(|bench| async move {
        let token = bench.lease(1, A, 0).await;
        let twin = bench.twin(1, A, 1).await;
        bench.settle(1, (token, A), &[], 100).await;
        assert_eq!(twin.await, Leader::Failed);
        assert_eq!(bench.got(1, A, 2).await, leased(A));
    })
    .await;
}

#[tokio::test]
async fn after_a_partial_delivery_only_the_rest_is_missing() {
    every(|bench| async move {
        let token = bench.lease(1, AB, 0).await;
        let twin = bench.twin(1, AB, 1).await;
        bench.settle(1, (token, AB), A, 100).await;
        assert_eq!(twin.await, Leader::Failed);
        assert_eq!(bench.got(1, A, 2).await, Got::Settled);
        let Granted::Leased { token, missing } = bench.claim(1, AB, 2).await else { panic!() };
        assert_eq!(missing, names(&["b"]));
        let twin = bench.twin(1, AB, 3).await;
        bench.settle(1, (token, &["b"]), &["b"], 100).await;
        assert_eq!(twin.await, Leader::Settled);
        assert_eq!(bench.got(1, AB, 4).await, Got::Settled);
        assert_eq!(bench.got(1, &["a", "b", "c"], 4).await, leased(&["c"]));
    })
    .await;
}

#[tokio::test]
async fn what_is_delivered_is_free_again_when_it_expires() {
    every(|bench| async move {
        let token = bench.lease(1, AB, 0).await;
        bench.settle(1, (token, AB), A, 50).await;
        let Granted::Leased { token, .. } = bench.claim(1, AB, 2).await else { panic!() };
        bench.settle(1, (token, &["b"]), &["b"], 100).await;
        assert_eq!(bench.got(1, AB, 49).await, Got::Settled);
        assert_eq!(bench.got(1, &["b"], 50).await, Got::Settled);
        assert_eq!(bench.got(1, AB, 50).await, leased(A));
    })
    .await;
}

#[tokio::test]
async fn a_lease_that_ran_out_is_taken_over_and_its_token_is_stale() {
    every(|bench| async move {
        let slow = bench.lease(1, A, 0).await;
        let twin_of_the_slow = bench.twin(1, A, LEASE - 1).await;
        let fast = bench.lease(1, A, LEASE).await;
        assert_ne!(slow, fast);
        assert_eq!(twin_of_the_slow.await, Leader::Failed);
        let mut twin = bench.twin(1, A, LEASE + 1).await;
        // It delivered after all, but no longer speaks for the event.
        bench.settle(1, (slow, A), A, 100).await;
        assert!((&mut twin).now_or_never().is_none());
        assert_eq!(bench.got(1, A, LEASE + 1).await, Got::InFlight);
        bench.settle(1, (fast, A), &[], 100).await;
        assert_eq!(twin.await, Leader::Failed);
        assert_eq!(bench.got(1, A, LEASE + 1).await, leased(A));
    })
    .await;
}

#[tokio::test]
async fn settling_twice_or_what_nobody_claimed_changes_nothing() {
    every(|bench| async move {
        bench.settle(1, (1, A), A, 100).await;
        let token = bench.lease(1, A, 0).await;
        bench.settle(1, (token, A), A, 100).await;
        bench.settle(1, (token, A), &[], 100).await;
        assert_eq!(bench.got(1, A, 1).await, Got::Settled);
    })
    .await;
}

#[tokio::test]
async fn a_late_settlement_counts_while_nobody_took_over() {
    every(|bench| async move {
        let token = bench.lease(1, A, 0).await;
        bench.settle(1, (token, A), A, 100).await;
        assert_eq!(bench.got(1, A, LEASE + 1).await, Got::Settled);
    })
    .await;
}

#[tokio::test]
async fn a_clock_that_is_set_back_frees_nothing() {
    every(|bench| async move {
        let token = bench.lease(1, A, 1_000).await;
        assert_eq!(bench.got(1, A, 0).await, Got::InFlight);
        bench.settle(1, (token, A), A, 2_000).await;
        for now in [1_999, 0, -1_000_000, 1_500] {
            assert_eq!(bench.got(1, A, now).await, Got::Settled, "{now}");
        }
        // Claims of others at a time past its own do not end it either.
        bench.lease(2, A, 5_000).await;
        assert_eq!(bench.got(1, A, 1_999).await, Got::Settled);
    })
    .await;
}
