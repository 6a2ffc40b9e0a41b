//! What the store in memory does when it is full.

use std::sync::Arc;

use doorbell_adapters::dedupe::memory::Memory;
use doorbell_core::dedupe::Leader;

use crate::bench::{A, AB, Bench, Got, LEASE, leased};

fn memory(capacity: usize) -> Bench {
    Bench { store: Arc::new(Memory::at_most(capacity)) }
}

#[tokio::test]
async fn a_full_memory_forgets_what_expires_soonest() {
    let bench = memory(3);
    for (event, expires) in [(1, 300), (2, 100), (3, 200)] {
        let token = bench.lease(event, A, 0).await;
        bench.settle(event, (token, A), A, expires).await;
    }
    bench.lease(4, A, 1).await;
    assert_eq!(bench.got(1, A, 1).await, Got::Settled);
    assert_eq!(bench.got(3, A, 1).await, Got::Settled);
    assert_eq!(bench.got(2, A, 1).await, leased(A));
    assert_eq!(bench.got(1, A, 1).await, Got::Settled);
    assert_eq!(bench.got(4, A, 1).await, Got::InFlight);
}

#[tokio::test]
async fn a_full_memory_drops_leases_that_ran_out_first() {
    let bench = memory(2);
    let token = bench.lease(1, A, 0).await;
    bench.settle(1, (token, A), A, 100).await;
    bench.lease(2, A, 0).await;
    let twin = bench.twin(2, A, 1).await;
    bench.lease(3, A, LEASE).await;
    assert_eq!(twin.await, Leader::Failed);
    assert_eq!(bench.got(1, A, LEASE).await, Got::Settled);
}

#[tokio::test]
async fn a_full_memory_never_drops_a_lease_in_flight() {
    let bench = memory(2);
    let token = bench.lease(1, A, 0).await;
    bench.lease(2, A, 0).await;
    let cause = bench.try_claim(3, A, 1).await.unwrap_err();
    assert_eq!(cause.to_string(), "claim in memory: all 2 records are in flight");
    assert_eq!(bench.got(1, A, 1).await, Got::InFlight);
    bench.settle(1, (token, A), &[], 100).await;
    assert_eq!(bench.got(3, A, 1).await, leased(A));
}

#[tokio::test]
async fn what_a_lease_that_ran_out_had_delivered_outlives_it_in_a_full_memory() {
    let bench = memory(2);
    let token = bench.lease(1, AB, 0).await;
    bench.settle(1, (token, AB), A, 500).await;
    bench.claim(1, AB, 0).await;
    let token = bench.lease(2, A, 0).await;
    bench.settle(2, (token, A), A, 100).await;
    bench.lease(3, A, LEASE).await;
    assert_eq!(bench.got(1, A, LEASE).await, Got::Settled);
}

/// A full memory of an event claimed again and another in flight has no room at `now`.
async fn check_no_room(bench: &Bench, now: i64) {
    assert!(bench.try_claim(3, A, now).await.is_err());
    assert_eq!(bench.got(1, AB, now).await, Got::InFlight);
}

#[tokio::test]
async fn an_event_claimed_again_is_no_longer_dropped_for_what_it_was() {
    let settled_in_part = memory(2);
    let token = settled_in_part.lease(1, AB, 0).await;
    settled_in_part.settle(1, (token, AB), A, 100).await;
    assert_eq!(settled_in_part.got(1, AB, 1).await, leased(&["b"]));
    settled_in_part.lease(2, A, 1).await;
    check_no_room(&settled_in_part, 2).await;

    let failed = memory(2);
    let token = failed.lease(1, AB, 0).await;
    failed.settle(1, (token, AB), &[], 100).await;
    failed.lease(1, AB, 5).await;
    failed.lease(2, A, 5).await;
    check_no_room(&failed, LEASE).await;

    let taken_over = memory(2);
    taken_over.lease(1, AB, 0).await;
    taken_over.lease(1, AB, LEASE).await;
    taken_over.lease(2, A, LEASE).await;
    check_no_room(&taken_over, LEASE + 1).await;
}
